/* Group communication as everything above sees it: downward one call, upward five events in one total order; and beside the
 * order, for bulk that only one member needs, a way to it alone. Which provider runs (local, totem, corosync, sim) is nobody's business above
 * this line; one provider test suite judges them all. */
#ifndef AISLE_GROUP_GROUP_H
#define AISLE_GROUP_GROUP_H

#include "core/base/identity.h"

enum group_view_kind {
	GROUP_VIEW_TRANSITIONAL, /* those of the old ring that come along; what follows is delivered in the transitional configuration */
	GROUP_VIEW_REGULAR,
};

/* Lists are ascending and without duplicates. An id may stand under left and joined: a node that restarted unnoticed (R2). */
struct group_view {
	enum group_view_kind kind;
	struct ring_id ring;            /* regular: the new ring's; transitional: the transitional configuration's own (sheet §1) */
	const uint32_t *members;
	size_t member_count;
	const uint32_t *joined;
	size_t joined_count;
	const uint32_t *left;
	size_t left_count;
	int64_t release_not_before_ns; /* regular: monotonic clock; nothing is released as stable, decided or read before (R16). 0: at once */
};

enum group_event_kind {
	GROUP_EVENT_DELIVER,
	GROUP_EVENT_VIEW,
	GROUP_EVENT_STABLE,   /* all up to there was applied by every member of the current regular view, which all have installed */
	GROUP_EVENT_FRESH,    /* the read lease of R16: to the monotonic `fresh_until_ns`; INT64_MAX: no end; 0: ended */
	GROUP_EVENT_WRITABLE, /* after multicast was refused: there is room again */
	GROUP_EVENT_DIRECT,   /* for this node alone, outside the order: what a member of this regular view sent, or nothing: it may be lost */
};

/* Pointers are valid while the event is being handled. */
struct group_event {
	enum group_event_kind kind;
	uint32_t sender;          /* DELIVER, DIRECT */
	struct bytes message;     /* DELIVER, DIRECT */
	struct position position; /* DELIVER: of the message (its last packet); STABLE: the line */
	struct group_view view;   /* VIEW */
	int64_t fresh_until_ns;   /* FRESH */
};

enum group_urgency {
	GROUP_ORDINARY,
	GROUP_BARRIER, /* a queue and room of its own, goes first */
	GROUP_BULK,    /* the same, goes when nothing else waits, and in small part beside what never ends */
	GROUP_URGENCIES,
};

struct group;

struct group_operations {
	/* Queues one message for all members, this node included. Copies it. False: refused for now (full); WRITABLE follows.
	 * Never delivers from inside the call. */
	bool (*multicast)(struct group *group, struct bytes message, enum group_urgency urgency);
	/* Queues one message of at most direct_size_max bytes for one other member, behind the bulk that waits and before what is multicast
	 * as bulk later: who gets both and nothing is lost gets them in that order. Not sent again when lost, void with the view. Copies it.
	 * False: as with multicast. NULL where direct_size_max is 0. */
	bool (*direct)(struct group *group, uint32_t node, struct bytes message);
	/* Leaves for good, telling the others (LEAVE). */
	void (*leave)(struct group *group);
};

struct group {
	const struct group_operations *operations;
	size_t message_size_max; /* of one multicast, bytes */
	size_t direct_size_max;  /* of one message to a single member; 0: the provider has no such way */
};

/* Who takes the events: the engine. */
typedef void group_event_fn(void *context, const struct group_event *event);

static inline bool group_multicast(struct group *group, struct bytes message, enum group_urgency urgency)
{
	return group->operations->multicast(group, message, urgency);
}

static inline bool group_direct(struct group *group, uint32_t node, struct bytes message)
{
	return group->operations->direct(group, node, message);
}

static inline void group_leave(struct group *group)
{
	group->operations->leave(group);
}

#endif
