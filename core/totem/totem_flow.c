/* Flow control: a window a rotation for all, a maximum a visit for each, and shares by backlog. All arithmetic is signed: a counter that
 * a lost token or a peer's mistake took below zero must never read as room without end. */
#include "core/totem/totem_flow.h"

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static uint32_t clamped(int64_t value)
{
	return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

uint32_t totem_flow_allowance(const struct totem_flow *flow, struct totem_flow_limits limits, uint32_t fcc, uint32_t backlog,
                              uint32_t waiting)
{
	/* What this node sent in its last visit is in fcc and is not counted against it. */
	const int64_t room = (int64_t)limits.window - ((int64_t)fcc - flow->sent);
	int64_t allowance = smaller(limits.visit_max, room);
	const int64_t all = (int64_t)backlog + waiting - flow->backlog;

	if (waiting > 0 && all > 0) {
		const int64_t share = (int64_t)limits.window * waiting / all;
		allowance = smaller(allowance, share < 1 ? 1 : share);
	}
	return clamped(allowance);
}

void totem_flow_update(struct totem_flow *flow, uint32_t *fcc, uint32_t *backlog, uint32_t sent, uint32_t waiting)
{
	*fcc = clamped((int64_t)*fcc + sent - flow->sent);
	*backlog = clamped((int64_t)*backlog + waiting - flow->backlog);
	flow->sent = sent;
	flow->backlog = waiting;
}
