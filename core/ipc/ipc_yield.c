#include "core/ipc/ipc_yield.h"

#include <sched.h>

#include "core/ipc/ipc_clock.h"

/* Fifty clients that take turns have the core for some 100 us; who computes has it for some milliseconds. */
static const int64_t long_ns = 1000000;
static const int64_t pause_min_ns = 100000000, pause_max_ns = 1600000000;

bool ipc_yield_pays(const struct ipc_yield *yield, int64_t now_ns)
{
	return now_ns >= yield->not_before_ns;
}

void ipc_yield_took(struct ipc_yield *yield, int64_t began_ns, int64_t ended_ns)
{
	if (ended_ns - began_ns <= long_ns)
		return;
	/* Again so soon after the last pause: he is still there. */
	const bool again = yield->pause_ns > 0 && began_ns - yield->not_before_ns < pause_min_ns;
	const int64_t longer_ns = 2 * yield->pause_ns;
	yield->pause_ns = !again ? pause_min_ns : longer_ns < pause_max_ns ? longer_ns : pause_max_ns;
	yield->not_before_ns = ended_ns + yield->pause_ns;
}

bool ipc_yield(struct ipc_yield *yield)
{
	const int64_t began_ns = ipc_clock_ns();

	if (!ipc_yield_pays(yield, began_ns))
		return false;
	sched_yield();
	ipc_yield_took(yield, began_ns, ipc_clock_ns());
	return true;
}
