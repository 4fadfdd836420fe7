/* One-shot timers of all that runs on the loop, in nanoseconds, on one timerfd (the loop's own have the grain of a millisecond).
 * Whoever owns timers has a number; a timer is (owner, id). */
#ifndef AISLE_DAEMON_TIMERS_H
#define AISLE_DAEMON_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct timers;

struct timer_due {
	uint32_t owner;
	uint64_t id;
	int64_t at_ns;
};

struct timers *timers_new(void); /* NULL: errno */
void timers_free(struct timers *timers);
int timers_descriptor(const struct timers *timers); /* readable when one is due */
void timers_woken(struct timers *timers);           /* the descriptor was readable: it will not be any more */
bool timers_set(struct timers *timers, uint32_t owner, uint64_t id, int64_t at_ns); /* false: no memory */
void timers_cancel(struct timers *timers, uint32_t owner, uint64_t id);
void timers_cancel_all(struct timers *timers, uint32_t owner);
/* Takes the earliest that is due at or before now_ns. False: none. */
bool timers_take(struct timers *timers, int64_t now_ns, struct timer_due *due);
/* After changes, before the loop sleeps: sets the descriptor to the earliest. */
void timers_arm(struct timers *timers);

#endif
