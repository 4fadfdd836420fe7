/* To give the core to whoever wants it and look again, instead of sleeping: pays while those who get it give it back soon. Beside somebody who
 * computes it does not, as he keeps it for milliseconds, while a sleeper that is woken gets it at once: then nobody yields for a while. Used by the
 * client for its answers and by the daemon for the ring's packets. */
#ifndef AISLE_IPC_YIELD_H
#define AISLE_IPC_YIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes: not known yet. */
struct ipc_yield {
	int64_t not_before_ns, pause_ns;
	uint32_t short_count; /* of yields, since the last long one */
};

bool ipc_yield(struct ipc_yield *yield); /* false: has not yielded, since somebody kept the core lately */

/* Does a thread of this policy (sched_getscheduler()) give its core away by a yield? A real-time one gives it to its like alone, and one with a
 * deadline loses it for its whole period. */
bool ipc_yield_gives(int policy);

/* The rule by itself. */
bool ipc_yield_pays(const struct ipc_yield *yield, int64_t now_ns);
void ipc_yield_took(struct ipc_yield *yield, int64_t began_ns, int64_t ended_ns);

#endif
