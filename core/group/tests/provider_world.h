/* A provider as the suite sees it: nodes in one process, on virtual time. Each node's events are recorded, and held against what
 * core/group/group.h promises as they come. */
#ifndef AISLE_GROUP_TESTS_PROVIDER_WORLD_H
#define AISLE_GROUP_TESTS_PROVIDER_WORLD_H

#include "core/group/group.h"

enum { WORLD_NODES_MAX = 4, WORLD_MEMBERS_MAX = 8 };

struct delivery {
	struct delivery *next;
	uint32_t sender;
	struct position position;
	uint64_t digest;
	size_t size;
	char text[32]; /* its beginning */
};

/* What one node saw. */
struct witness {
	uint32_t node;
	struct delivery *first, **last;
	size_t delivered, delivered_in_ring;
	struct position position; /* of the last delivery in this ring */
	struct position stable;
	struct ring_id ring;
	uint32_t members[WORLD_MEMBERS_MAX];
	size_t member_count;
	size_t regular_views, transitional_views, writable;
	size_t directs, direct_at; /* how many, and how many deliveries were before the last */
	uint32_t direct_sender;
	int64_t fresh_until_ns;
	bool in_event, in_call;
	/* From inside an event, once: multicasts `echo` on the first delivery. */
	const char *echo;
	struct group *group;
	const char *broken; /* the first promise that was not kept */
};

struct provider_world;

struct provider_kind {
	const char *name;
	size_t node_count;
	struct provider_world *(*open)(struct witness *witnesses); /* node ids 1 to node_count; nothing has happened yet */
	void (*run)(struct provider_world *world, int64_t duration_ns); /* virtual time; or until nothing is left to do, without time */
	int64_t (*now_ns)(struct provider_world *world);
	bool (*has_left)(struct provider_world *world, uint32_t node);
	void (*close)(struct provider_world *world);
};

extern const struct provider_kind provider_kind_local;
extern const struct provider_kind provider_kind_totem;

/* What a world hands events to; `context` is the node's witness. */
void witness_event(void *context, const struct group_event *event);

#endif
