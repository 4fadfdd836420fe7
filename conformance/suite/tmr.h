/* The timer library under test, what its callbacks saw, and its descriptor for the common assertions. */
#ifndef AISLE_SUITE_TMR_H
#define AISLE_SUITE_TMR_H

#include "conformance/suite/com.h"
#include "saTmr.h"

struct tmr_library {
	void *library;
	__typeof__(&saTmrInitialize) initialize;
	__typeof__(&saTmrSelectionObjectGet) selection_object_get;
	__typeof__(&saTmrDispatch) dispatch;
	__typeof__(&saTmrFinalize) finalize;
	__typeof__(&saTmrTimerStart) start;
	__typeof__(&saTmrTimerReschedule) reschedule;
	__typeof__(&saTmrTimerCancel) cancel;
	__typeof__(&saTmrPeriodicTimerSkip) skip;
	__typeof__(&saTmrTimerRemainingTimeGet) remaining_get;
	__typeof__(&saTmrTimerAttributesGet) attributes_get;
	__typeof__(&saTmrTimeGet) time_get;
	__typeof__(&saTmrClockTickGet) tick_get;
};

/* One handle of the library and what a test does with it. */
struct tmr {
	struct test *test;
	struct tmr_library api;
	SaTmrHandleT handle;
	SaSelectionObjectT descriptor;
};

/* One callback. */
struct tmr_call {
	SaTmrTimerIdT id;
	const void *data;
	SaUint64T count;
	uint64_t thread;
	int64_t at_ns; /* monotonic */
	SaTmrHandleT handle; /* whose dispatch it came from */
};

enum { TMR_CALLS_MAX = 4096 };

/* What the callbacks of this process saw; callbacks carry no context. `hook` runs inside each. */
struct tmr_seen {
	struct tmr_call calls[TMR_CALLS_MAX];
	size_t count;
	void (*hook)(struct tmr *tmr, const struct tmr_call *call);
	struct tmr *hook_context;
	SaTmrHandleT dispatching;
};
extern struct tmr_seen tmr_seen;
extern const SaTmrCallbacksT tmr_callbacks;

struct tmr_library tmr_library_open(struct test *test);
SaAisErrorT tmr_initialize(struct test *test, const struct tmr_library *api, SaTmrHandleT *handle, const SaTmrCallbacksT *callbacks);
struct tmr tmr_begin(struct test *test);
struct tmr tmr_begin_with(struct test *test, const SaTmrCallbacksT *callbacks);

/* These fail the test unless they return OK. */
SaTmrTimerIdT tmr_start(struct tmr *tmr, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period, const void *data);
SaTmrTimerIdT tmr_start_duration(struct tmr *tmr, double first_s, double period_s, const void *data);
SaTimeT tmr_time(struct tmr *tmr);
SaTimeT tmr_remaining(struct tmr *tmr, SaTmrTimerIdT id);
void tmr_dispatch(struct tmr *tmr, SaDispatchFlagsT flags);
void tmr_dispatch_until(struct tmr *tmr, size_t count); /* callbacks seen in all */
void tmr_wait_expired(struct tmr *tmr);                 /* the descriptor is readable; nothing is dispatched */
bool tmr_is_quiet(const struct tmr *tmr);

SaAisErrorT tmr_start_code(struct tmr *tmr, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period);
SaAisErrorT tmr_reschedule_code(struct tmr *tmr, SaTmrTimerIdT id, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period);

/* Is `count` what a timer that was started in one moment can have expired in another, on its grid? The machine may stall between any two
 * readings of the clock: the bounds then only grow. */
struct tmr_moment {
	int64_t before_ns, after_ns; /* monotonic, around an action */
};
void tmr_count_on_grid(struct test *test, SaUint64T count, struct tmr_moment start, struct tmr_moment expired, double first_s, double period_s);

extern const struct subject tmr_subject;

#endif
