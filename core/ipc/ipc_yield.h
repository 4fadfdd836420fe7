/* To give the core to whoever wants it and look again, instead of sleeping: pays while those who get it give it back soon. Beside somebody who
 * computes it does not, as he keeps it for milliseconds, while a sleeper that is woken gets it at once: then nobody yields for a while. */
#ifndef AISLE_IPC_YIELD_H
#define AISLE_IPC_YIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroes: not known yet. */
struct ipc_yield {
	int64_t not_before_ns, pause_ns;
};

bool ipc_yield(struct ipc_yield *yield); /* false: has not yielded, since somebody kept the core lately */

/* The rule by itself. */
bool ipc_yield_pays(const struct ipc_yield *yield, int64_t now_ns);
void ipc_yield_took(struct ipc_yield *yield, int64_t began_ns, int64_t ended_ns);

#endif
