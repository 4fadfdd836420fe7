/* The worlds of `local` (one node) and `totem` (three machines between which packets take a tenth of a millisecond). */
#include "core/group/tests/provider_world.h"

#include <stdlib.h>

#include "core/base/list.h"
#include "core/group/local.h"
#include "core/group/totem_group.h"

enum { QUEUE_SIZE = 3 * 1024 * 1024, TIMERS_MAX = 16 };

/* local */

struct local_world {
	struct local *local;
	struct witness *witness;
	uint64_t unused;
};

static struct provider_world *local_world_open(struct witness *witnesses)
{
	struct local_world *world = calloc(1, sizeof(*world));

	world->local = local_new(1, 4, QUEUE_SIZE);
	world->witness = &witnesses[0];
	witnesses[0].group = local_group(world->local);
	return (struct provider_world *)world;
}

static void local_world_run(struct provider_world *base, int64_t duration_ns)
{
	struct local_world *world = (struct local_world *)base;

	(void)duration_ns;
	while (local_is_pending(world->local))
		local_drain(world->local, 7, witness_event, world->witness);
}

static int64_t local_world_now(struct provider_world *world)
{
	(void)world;
	return 0;
}

static bool local_world_has_left(struct provider_world *base, uint32_t node)
{
	(void)node;
	return local_has_left(((struct local_world *)base)->local);
}

static void local_world_close(struct provider_world *base)
{
	local_free(((struct local_world *)base)->local);
	free(base);
}

const struct provider_kind provider_kind_local = {.name = "local", .node_count = 1, .open = local_world_open, .run = local_world_run,
	.now_ns = local_world_now, .has_left = local_world_has_left, .close = local_world_close};

/* totem */

enum { TOTEM_NODES = 3 };

static const int64_t flight_ns = 100000;

struct totem_world;

struct totem_node {
	struct totem_world *world;
	uint32_t node;
	struct totem_group group;
	int64_t timers[TIMERS_MAX]; /* INT64_MAX: not set */
	bool woken, storing, left;
	uint64_t store_seq;
};

struct flying {
	struct list entry;
	int64_t at_ns;
	uint32_t node;
	size_t size;
	uint8_t data[];
};

struct totem_world {
	int64_t now_ns;
	uint64_t chance;
	struct list flying; /* in the order of their arrival */
	struct totem_node nodes[TOTEM_NODES];
};

static int64_t on_monotonic(void *context)
{
	return ((struct totem_node *)context)->world->now_ns;
}

static uint64_t on_random(void *context)
{
	struct totem_world *world = ((struct totem_node *)context)->world;

	world->chance = world->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return world->chance;
}

static void packet_send(struct totem_world *world, uint32_t node, struct bytes packet)
{
	struct flying *flying = malloc(sizeof(*flying) + packet.size);

	*flying = (struct flying){.at_ns = world->now_ns + flight_ns, .node = node, .size = packet.size};
	memcpy(flying->data, packet.data, packet.size);
	list_append(&world->flying, &flying->entry);
}

static void on_multicast(void *context, struct bytes packet)
{
	struct totem_node *node = context;

	for (uint32_t other = 1; other <= TOTEM_NODES; other++)
		if (other != node->node)
			packet_send(node->world, other, packet);
}

static void on_unicast(void *context, uint32_t to, struct bytes packet)
{
	packet_send(((struct totem_node *)context)->world, to, packet);
}

static void on_timer_set(void *context, uint32_t timer, int64_t at_ns)
{
	((struct totem_node *)context)->timers[timer % TIMERS_MAX] = at_ns;
}

static void on_timer_cancel(void *context, uint32_t timer)
{
	((struct totem_node *)context)->timers[timer % TIMERS_MAX] = INT64_MAX;
}

static void on_wake(void *context)
{
	((struct totem_node *)context)->woken = true;
}

static void on_store(void *context, uint64_t ring_seq)
{
	struct totem_node *node = context;

	node->storing = true;
	node->store_seq = ring_seq;
}

static void on_log(void *context, int level, const char *log_id, const char *text)
{
	(void)context;
	(void)level;
	(void)log_id;
	(void)text;
}

static void on_left(void *context)
{
	((struct totem_node *)context)->left = true;
}

static struct provider_world *totem_world_open(struct witness *witnesses)
{
	struct totem_world *world = calloc(1, sizeof(*world));

	world->now_ns = 1000000000;
	list_init(&world->flying);
	for (uint32_t i = 0; i < TOTEM_NODES; i++) {
		struct totem_node *node = &world->nodes[i];
		const struct totem_host host = {.context = node, .monotonic_ns = on_monotonic, .random = on_random, .multicast = on_multicast,
			.unicast = on_unicast, .timer_set = on_timer_set, .timer_cancel = on_timer_cancel, .wake = on_wake, .store = on_store,
			.log = on_log, .left = on_left};
		struct totem_config config;

		totem_config_default(&config);
		config.node = i + 1;
		config.queue_size_max = QUEUE_SIZE;
		node->world = world;
		node->node = i + 1;
		for (size_t timer = 0; timer < TIMERS_MAX; timer++)
			node->timers[timer] = INT64_MAX;
		if (!totem_group_init(&node->group, &config, &host, witness_event, &witnesses[i]))
			abort();
		witnesses[i].group = &node->group.group;
	}
	for (uint32_t i = 0; i < TOTEM_NODES; i++)
		totem_group_start(&world->nodes[i].group, 0);
	return (struct provider_world *)world;
}

/* What is asked for now: wakes and stores, which take no time. */
static bool node_settle(struct totem_node *node)
{
	if (node->woken) {
		node->woken = false;
		totem_group_wake(&node->group);
		return true;
	}
	if (node->storing) {
		node->storing = false;
		totem_group_stored(&node->group, node->store_seq);
		return true;
	}
	return false;
}

static bool timer_fire(struct totem_world *world, int64_t until_ns)
{
	struct totem_node *node = NULL;
	size_t timer = 0;

	for (size_t i = 0; i < TOTEM_NODES; i++)
		for (size_t j = 0; j < TIMERS_MAX; j++)
			if (!world->nodes[i].left && (node == NULL || world->nodes[i].timers[j] < node->timers[timer])) {
				node = &world->nodes[i];
				timer = j;
			}
	if (node == NULL || node->timers[timer] > until_ns)
		return false;
	if (node->timers[timer] > world->now_ns)
		world->now_ns = node->timers[timer];
	node->timers[timer] = INT64_MAX;
	totem_group_timer(&node->group, (uint32_t)timer, 0);
	return true;
}

static void packet_land(struct totem_world *world, struct flying *flying)
{
	struct totem_node *node = &world->nodes[flying->node - 1];

	list_remove(&flying->entry);
	if (flying->at_ns > world->now_ns)
		world->now_ns = flying->at_ns;
	if (!node->left)
		totem_group_packet(&node->group, 0, bytes_of(flying->data, flying->size));
	free(flying);
}

static bool world_step(struct totem_world *world, int64_t until_ns)
{
	for (size_t i = 0; i < TOTEM_NODES; i++)
		if (!world->nodes[i].left && node_settle(&world->nodes[i]))
			return true;
	struct flying *next = list_is_empty(&world->flying) ? NULL : container_of(world->flying.next, struct flying, entry);
	const int64_t landing_ns = next == NULL ? INT64_MAX : next->at_ns;
	if (timer_fire(world, landing_ns < until_ns ? landing_ns - 1 : until_ns))
		return true;
	if (next == NULL || landing_ns > until_ns)
		return false;
	packet_land(world, next);
	return true;
}

static void totem_world_run(struct provider_world *base, int64_t duration_ns)
{
	struct totem_world *world = (struct totem_world *)base;
	const int64_t until_ns = world->now_ns + duration_ns;

	while (world_step(world, until_ns))
		continue;
	world->now_ns = until_ns;
}

static int64_t totem_world_now(struct provider_world *base)
{
	return ((struct totem_world *)base)->now_ns;
}

static bool totem_world_has_left(struct provider_world *base, uint32_t node)
{
	return ((struct totem_world *)base)->nodes[node - 1].left;
}

static void totem_world_close(struct provider_world *base)
{
	struct totem_world *world = (struct totem_world *)base;

	while (!list_is_empty(&world->flying)) {
		struct flying *flying = container_of(world->flying.next, struct flying, entry);

		list_remove(&flying->entry);
		free(flying);
	}
	for (size_t i = 0; i < TOTEM_NODES; i++)
		totem_group_clear(&world->nodes[i].group);
	free(world);
}

const struct provider_kind provider_kind_totem = {.name = "totem", .node_count = TOTEM_NODES, .open = totem_world_open,
	.run = totem_world_run, .now_ns = totem_world_now, .has_left = totem_world_has_left, .close = totem_world_close};
