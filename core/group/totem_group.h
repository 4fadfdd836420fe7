/* The provider `totem`: glue between the pure machine and its host. Executes outputs in their order and only at the outermost call, so
 * whatever the application does while it handles an event is done after it. Daemon and simulator both use it. */
#ifndef AISLE_GROUP_TOTEM_GROUP_H
#define AISLE_GROUP_TOTEM_GROUP_H

#include "core/totem/totem_outputs.h"

/* What the machine asks of the world. None of these calls back into the group from inside the call. */
struct totem_host {
	void *context;
	int64_t (*monotonic_ns)(void *context);
	uint64_t (*random)(void *context);
	void (*multicast)(void *context, struct bytes packet);             /* to every other node, on every network */
	void (*unicast)(void *context, uint32_t node, struct bytes packet);
	void (*direct)(void *context, uint32_t node, struct bytes packet);  /* the same, may wait for company; NULL: as any other */
	void (*flush)(void *context);                                       /* packets that wait for company must wait no longer; NULL: none do */
	void (*timer_set)(void *context, uint32_t timer, int64_t at_ns);    /* replaces; when due: totem_group_timer() */
	void (*timer_cancel)(void *context, uint32_t timer);
	void (*wake)(void *context);                                        /* call totem_group_wake() soon, but not inside this call */
	void (*store)(void *context, uint64_t ring_seq);                    /* when durable: totem_group_stored() */
	void (*log)(void *context, int level, const char *log_id, const char *text);
	void (*left)(void *context);                                        /* the group may be freed, but not inside this call */
};

struct totem_group {
	struct group group;
	struct totem *totem;
	struct totem_host host;
	group_event_fn *event;
	void *event_context;
	struct totem_outputs outputs;
	bool draining;
};

bool totem_group_init(struct totem_group *group, const struct totem_config *config, const struct totem_host *host,
                      group_event_fn *event, void *event_context); /* false: no memory, or a value out of range */
void totem_group_clear(struct totem_group *group);

void totem_group_start(struct totem_group *group, uint64_t stored_ring_seq); /* 0: nothing is stored */
void totem_group_packet(struct totem_group *group, uint32_t network, struct bytes packet);
void totem_group_timer(struct totem_group *group, uint32_t timer, int64_t late_ns);
void totem_group_stored(struct totem_group *group, uint64_t ring_seq);
void totem_group_wake(struct totem_group *group);
bool totem_group_multicast(struct totem_group *group, struct bytes message, enum group_urgency urgency, bool safe);

#endif
