/* All timers of one handle, as a pure machine: what is due when, what an expiration counts, what each call of the standard does to a timer.
 * Two clocks come in with every call; no descriptor, no lock. Called by tmr_client.c.
 *
 * A first expiration of the type ABSOLUTE stands on the wall clock and follows its steps; everything else, periods included, stands on the
 * steady clock. A timer that is due waits on the steady clock for whoever dispatches, and there expirations are in their order. */
#ifndef AISLE_TMR_TIMERS_H
#define AISLE_TMR_TIMERS_H

#include <stdbool.h>

#include "core/base/handle.h"
#include "saTmr.h"

enum tmr_clock { TMR_STEADY, TMR_WALL, TMR_CLOCKS };

/* Both clocks at one moment, in ns. The wall clock is read first, so that no timer expires before its time on either. */
struct tmr_now {
	int64_t at[TMR_CLOCKS];
};

struct tmr_timer;

/* Soonest first; of equals the one that was started or rescheduled first. */
struct tmr_heap {
	struct tmr_timer **timers;
	size_t count, capacity;
};

struct tmr_timers {
	struct handle_table ids;
	SaUint64T key; /* of this handle: makes its ids unknown to every other */
	struct tmr_heap heaps[TMR_CLOCKS];
	struct tmr_now last; /* both clocks as last seen: what tells a step of the wall clock from time that passed */
	uint64_t sequence;
	size_t count;
};

struct tmr_expired {
	SaTmrTimerIdT id;
	const void *data;
	SaUint64T count;
};

void tmr_timers_init(struct tmr_timers *timers, SaUint64T key, struct tmr_now now);
void tmr_timers_clear(struct tmr_timers *timers);

/* OK, INVALID_PARAM, NO_MEMORY. */
SaAisErrorT tmr_start(struct tmr_timers *timers, struct tmr_now now, const SaTmrTimerAttributesT *attributes, const void *data,
                      SaTmrTimerIdT *id);
/* OK, INVALID_PARAM, NOT_EXIST. */
SaAisErrorT tmr_reschedule(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id, const SaTmrTimerAttributesT *attributes);
/* These: OK, NOT_EXIST. */
SaAisErrorT tmr_cancel(struct tmr_timers *timers, SaTmrTimerIdT id, const void **data);
SaAisErrorT tmr_skip(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id);
SaAisErrorT tmr_remaining(struct tmr_timers *timers, struct tmr_now now, SaTmrTimerIdT id, SaTimeT *remaining);
SaAisErrorT tmr_attributes(const struct tmr_timers *timers, SaTmrTimerIdT id, SaTmrTimerAttributesT *attributes);

/* What is due on the wall clock moves over to the steady one, to wait among the others and to go on by its period. All that take the time do it; a
 * dispatch does it as it begins: what a step of the wall clock has made due is due then, and not only after `until`. */
void tmr_settle(struct tmr_timers *timers, struct tmr_now now);

/* Takes the oldest expiration that was due on the steady clock at `until`; a single event timer is gone with it. False: none. */
bool tmr_expire(struct tmr_timers *timers, struct tmr_now now, int64_t until, struct tmr_expired *expired);
/* When the first timer of a clock is due; SA_TIME_MAX: never. */
int64_t tmr_due(const struct tmr_timers *timers, enum tmr_clock clock);
/* How long until the first of all is due, 0: one is; SA_TIME_MAX: never. */
int64_t tmr_due_in(struct tmr_timers *timers, struct tmr_now now);

#endif
