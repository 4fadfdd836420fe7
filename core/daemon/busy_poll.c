/* See busy_poll.h. */
#include "core/daemon/busy_poll.h"

#include "core/ipc/ipc_yield.h"

enum { BUSY_WAITS = 4 }; /* who waited no longer than so many looks is busy: a wake-up, and others that had the core, are part of a wait */

static const int64_t look_default_ns = 100000;

int64_t busy_poll_look_ns(int64_t told_ns, int policy)
{
	if (told_ns >= 0)
		return told_ns;
	return ipc_yield_gives(policy) ? look_default_ns : 0;
}

void busy_poll_init(struct busy_poll *poll, int64_t look_ns)
{
	*poll = (struct busy_poll){.look_ns = look_ns, .waited_ns = INT64_MAX};
}

void busy_poll_come(struct busy_poll *poll, int64_t now_ns)
{
	poll->waited_ns = now_ns - poll->since_ns;
}

void busy_poll_done(struct busy_poll *poll, int64_t now_ns)
{
	poll->since_ns = now_ns;
}

bool busy_poll_looks(const struct busy_poll *poll, int64_t now_ns)
{
	return poll->waited_ns <= BUSY_WAITS * poll->look_ns && now_ns - poll->since_ns < poll->look_ns;
}
