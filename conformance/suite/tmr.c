/* The timer library under test: what its assertions stand on, and its descriptor for COM. */
#include "conformance/suite/tmr.h"

#include <pthread.h>
#include <string.h>

struct tmr_seen tmr_seen;

static void on_expired(SaTmrTimerIdT id, const void *data, SaUint64T count)
{
	const struct tmr_call call = {
		.id = id, .data = data, .count = count, .thread = (uint64_t)pthread_self(), .at_ns = now_ns(), .handle = tmr_seen.dispatching,
	};

	tmr_seen.calls[tmr_seen.count % TMR_CALLS_MAX] = call;
	__atomic_add_fetch(&tmr_seen.count, 1, __ATOMIC_RELEASE);
	if (tmr_seen.hook != NULL)
		tmr_seen.hook(tmr_seen.hook_context, &call);
}

const SaTmrCallbacksT tmr_callbacks = {on_expired};

struct tmr_library tmr_library_open(struct test *test)
{
	void *library = library_open(test, "libSaTmr.so.3");

	return (struct tmr_library){
		.library = library,
		.initialize = library_symbol(test, library, "saTmrInitialize"),
		.selection_object_get = library_symbol(test, library, "saTmrSelectionObjectGet"),
		.dispatch = library_symbol(test, library, "saTmrDispatch"),
		.finalize = library_symbol(test, library, "saTmrFinalize"),
		.start = library_symbol(test, library, "saTmrTimerStart"),
		.reschedule = library_symbol(test, library, "saTmrTimerReschedule"),
		.cancel = library_symbol(test, library, "saTmrTimerCancel"),
		.skip = library_symbol(test, library, "saTmrPeriodicTimerSkip"),
		.remaining_get = library_symbol(test, library, "saTmrTimerRemainingTimeGet"),
		.attributes_get = library_symbol(test, library, "saTmrTimerAttributesGet"),
		.time_get = library_symbol(test, library, "saTmrTimeGet"),
		.tick_get = library_symbol(test, library, "saTmrClockTickGet"),
	};
}

SaAisErrorT tmr_initialize(struct test *test, const struct tmr_library *api, SaTmrHandleT *handle, const SaTmrCallbacksT *callbacks)
{
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	SaAisErrorT error;

	do {
		SaVersionT version = {'A', 1, 1};
		error = api->initialize(handle, callbacks, &version);
		if (error == SA_AIS_ERR_TRY_AGAIN)
			test_sleep(test, 0.02);
	} while (error == SA_AIS_ERR_TRY_AGAIN && now_ns() < until);
	return error;
}

struct tmr tmr_begin_with(struct test *test, const SaTmrCallbacksT *callbacks)
{
	struct tmr tmr = {.test = test, .api = tmr_library_open(test)};

	test_code(test, tmr_initialize(test, &tmr.api, &tmr.handle, callbacks), SA_AIS_OK, "saTmrInitialize");
	test_code(test, tmr.api.selection_object_get(tmr.handle, &tmr.descriptor), SA_AIS_OK, "saTmrSelectionObjectGet");
	return tmr;
}

struct tmr tmr_begin(struct test *test)
{
	return tmr_begin_with(test, &tmr_callbacks);
}

/* --- what tests do --- */

SaTmrTimerIdT tmr_start(struct tmr *tmr, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period, const void *data)
{
	const SaTmrTimerAttributesT attributes = {type, first, period};
	SaTmrTimerIdT id = 0;
	SaTimeT at;

	test_code(tmr->test, tmr->api.start(tmr->handle, &attributes, data, &id, &at), SA_AIS_OK, "saTmrTimerStart(%s %lld ns, period %lld ns)",
	          type == SA_TIME_ABSOLUTE ? "absolute" : "duration", (long long)first, (long long)period);
	return id;
}

SaTmrTimerIdT tmr_start_duration(struct tmr *tmr, double first_s, double period_s, const void *data)
{
	return tmr_start(tmr, SA_TIME_DURATION, (SaTimeT)(first_s * 1e9), (SaTimeT)(period_s * 1e9), data);
}

SaAisErrorT tmr_start_code(struct tmr *tmr, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period)
{
	const SaTmrTimerAttributesT attributes = {type, first, period};
	SaTmrTimerIdT id;
	SaTimeT at;

	return tmr->api.start(tmr->handle, &attributes, NULL, &id, &at);
}

SaAisErrorT tmr_reschedule_code(struct tmr *tmr, SaTmrTimerIdT id, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period)
{
	const SaTmrTimerAttributesT attributes = {type, first, period};
	SaTimeT at;

	return tmr->api.reschedule(tmr->handle, id, &attributes, &at);
}

SaTimeT tmr_time(struct tmr *tmr)
{
	SaTimeT now = -1;

	test_code(tmr->test, tmr->api.time_get(tmr->handle, &now), SA_AIS_OK, "saTmrTimeGet");
	return now;
}

SaTimeT tmr_remaining(struct tmr *tmr, SaTmrTimerIdT id)
{
	SaTimeT ns = -1;

	test_code(tmr->test, tmr->api.remaining_get(tmr->handle, id, &ns), SA_AIS_OK, "saTmrTimerRemainingTimeGet");
	test_true(tmr->test, ns >= 0, "remaining: %lld ns", (long long)ns);
	return ns;
}

void tmr_dispatch(struct tmr *tmr, SaDispatchFlagsT flags)
{
	tmr_seen.dispatching = tmr->handle;
	test_code(tmr->test, tmr->api.dispatch(tmr->handle, flags), SA_AIS_OK, "saTmrDispatch(%d)", (int)flags);
}

void tmr_wait_expired(struct tmr *tmr)
{
	test_true(tmr->test, descriptor_readable(tmr->descriptor, test_limit_ns(tmr->test, 10)), "an expiration waits for a dispatch");
}

bool tmr_is_quiet(const struct tmr *tmr)
{
	return !descriptor_readable(tmr->descriptor, 0);
}

void tmr_dispatch_until(struct tmr *tmr, size_t count)
{
	while (tmr_seen.count < count) {
		tmr_wait_expired(tmr);
		tmr_dispatch(tmr, SA_DISPATCH_ALL);
	}
}

void tmr_count_on_grid(struct test *test, SaUint64T count, struct tmr_moment start, struct tmr_moment expired, double first_s, double period_s)
{
	const int64_t first_ns = (int64_t)(first_s * 1e9), period_ns = (int64_t)(period_s * 1e9);
	const int64_t least_ns = expired.before_ns - start.after_ns - first_ns, most_ns = expired.after_ns - start.before_ns - first_ns;
	const int64_t least = least_ns < 0 ? 0 : 1 + least_ns / period_ns, most = most_ns < 0 ? 0 : 1 + most_ns / period_ns;

	test_true(test, (int64_t)count >= least && (int64_t)count <= most, "count %llu is between %lld and %lld", (unsigned long long)count,
	          (long long)least, (long long)most);
}

/* --- the descriptor for COM: a timer that is due at once stands for an asynchronous call, its data for the invocation --- */

static void subject_expired(SaTmrTimerIdT id, const void *data, SaUint64T count)
{
	(void)id;
	(void)count;
	subject_called((SaInvocationT)(uintptr_t)data, SA_AIS_OK, true);
}

static const SaTmrCallbacksT subject_callbacks = {subject_expired};

static SaAisErrorT subject_start(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation, SaTmrTimeTypeT type)
{
	__typeof__(&saTmrTimerStart) start = library_symbol(test, library, "saTmrTimerStart");
	SaTmrTimerAttributesT attributes = {type, 1, 0};
	SaTmrTimerIdT id;
	SaTimeT at;

	const SaAisErrorT error = start(handle, &attributes, (const void *)(uintptr_t)invocation, &id, &at);
	memset(&attributes, 0xa5, sizeof attributes);
	return error;
}

static SaAisErrorT subject_ask(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	return subject_start(test, library, handle, invocation, SA_TIME_DURATION);
}

static SaAisErrorT subject_ask_wrongly(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	return subject_start(test, library, handle, invocation, (SaTmrTimeTypeT)9);
}

static SaAisErrorT subject_work(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saTmrTimeGet) time_get = library_symbol(test, library, "saTmrTimeGet");
	SaTimeT now;

	return time_get(handle, &now);
}

static void subject_fence(struct test *test, void *library, SaUint64T handle)
{
	test_code(test, subject_work(test, library, handle), SA_AIS_OK, "saTmrTimeGet");
}

const struct subject tmr_subject = {
	.service = "tmr", .soname = "libSaTmr.so.3", .prefix = "saTmr", .version = {'A', 1, 1}, .pending_at_once = true,
	.callbacks = &subject_callbacks, .callbacks_size = sizeof subject_callbacks,
	.ask = subject_ask, .ask_wrongly = subject_ask_wrongly, .ask_has_input = true, .fence = subject_fence, .work = subject_work,
};
