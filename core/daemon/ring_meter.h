/* What the ring costs, measured where messages go down to it and come back: from a message's multicast to its own delivery here (agreed) and
 * to its stability, of one message at a time, and how often the token went on. Sums for `ais status`; nothing is decided by them. */
#ifndef AISLE_DAEMON_RING_METER_H
#define AISLE_DAEMON_RING_METER_H

#include "core/group/group.h"

enum ring_meter_state { RING_METER_IDLE, RING_METER_SENT, RING_METER_DELIVERED };

enum { RING_METER_BEGIN_SIZE = 128 };

struct ring_meter {
	struct group group; /* what the daemon is given */
	struct group *below;
	group_event_fn *take;
	void *take_context;
	int64_t (*monotonic_ns)(void *context);
	uint32_t node;
	/* The message that is being followed: known by its size and beginning, which carries the operation's number. */
	enum ring_meter_state state;
	uint8_t begin[RING_METER_BEGIN_SIZE];
	size_t begin_size, size;
	int64_t sent_ns, delivered_ns;
	struct position position;
	uint64_t samples, agreed_ns, stable_ns, tokens;
	uint64_t messages; /* that went down to the ring */
};

/* To be put between `below`, whose events go to ring_meter_event() with the meter as context, and `take`. */
void ring_meter_init(struct ring_meter *meter, uint32_t node, int64_t (*monotonic_ns)(void *context), group_event_fn *take,
                     void *take_context);
void ring_meter_attach(struct ring_meter *meter, struct group *below);
void ring_meter_event(void *meter, const struct group_event *event);

#endif
