/* See ipc_yield.h. */
#include "core/ipc/ipc_yield.h"

#include <sched.h>

#include "core/ipc/ipc_clock.h"

enum { SHORT_ENOUGH = 64 }; /* more than a client looks for one answer: whoever looks seldom beside one who computes keeps its long pause */

/* Fifty clients that take turns have the core for some 100 us; who computes has it for some milliseconds. */
static const int64_t long_ns = 1000000;
static const int64_t pause_min_ns = 100000000, pause_max_ns = 1600000000;
/* One who has it so long after the last pause, and not while others looked in between, is taken for the system at some upkeep: soon gone. */
static const int64_t lone_ns = 250000000, pause_lone_ns = 10000000;

bool ipc_yield_gives(int policy)
{
	return (policy & ~SCHED_RESET_ON_FORK) == SCHED_OTHER;
}

bool ipc_yield_pays(const struct ipc_yield *yield, int64_t now_ns)
{
	return now_ns >= yield->not_before_ns;
}

static void short_took(struct ipc_yield *yield)
{
	if (++yield->short_count % SHORT_ENOUGH == 0)
		yield->pause_ns /= 2;
}

static int64_t pause_longer(int64_t pause_ns)
{
	if (2 * pause_ns < pause_min_ns)
		return pause_min_ns;
	return 2 * pause_ns > pause_max_ns ? pause_max_ns : 2 * pause_ns;
}

void ipc_yield_took(struct ipc_yield *yield, int64_t began_ns, int64_t ended_ns)
{
	if (ended_ns - began_ns <= long_ns) {
		short_took(yield);
		return;
	}
	const bool is_lone = yield->short_count >= SHORT_ENOUGH && began_ns - yield->not_before_ns > lone_ns;
	yield->short_count = 0;
	yield->pause_ns = is_lone ? pause_lone_ns : pause_longer(yield->pause_ns);
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
