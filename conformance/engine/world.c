/* One seed from boot to rest: everybody meets and serves, then chance picks among what may happen, then faults stop and all must end. */
#include "conformance/engine/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void world_violation(struct world *world, const char *format, ...)
{
	va_list arguments;

	if (world->violated)
		return;
	world->violated = true;
	va_start(arguments, format);
	vsnprintf(world->violation, sizeof world->violation, format, arguments);
	va_end(arguments);
	world_trace(world, "VIOLATION %s", world->violation);
}

void world_trace(struct world *world, const char *format, ...)
{
	char text[800];
	va_list arguments;

	if (world->options.say == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	world->options.say(world->options.context, text);
}

uint64_t world_random(struct world *world)
{
	uint64_t x = (world->random += UINT64_C(0x9e3779b97f4a7c15));

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Each seed has its own mixture, so that one run covers what the model needed several settings for. */
static struct world_options options_draw(uint64_t seed, unsigned nodes)
{
	struct world dice = {.random = seed * 7919 + 1};
	struct world_options options = {.seed = seed, .forms = 6, .steps = 700, .partitions = true, .locks = true, .reads = true};
	const uint64_t kind = world_random(&dice) % 8;

	options.nodes = 3 + (world_random(&dice) % 4 == 0) + (world_random(&dice) % 8 == 0);
	options.nodes = nodes == 0 ? options.nodes : nodes;
	options.quorum = kind != 0 && kind != 1;
	options.partitions = kind != 1;
	options.operations = world_random(&dice) % 3 == 0 ? 20 : world_random(&dice) % 2 == 0 ? 8 : 4;
	options.crashes = (unsigned)(world_random(&dice) % 4);
	options.locks = world_random(&dice) % 3 != 0;
	options.reads = world_random(&dice) % 3 != 0;
	options.half = kind == 2;
	options.adopt = kind == 3 && world_random(&dice) % 2 == 0;
	options.timeouts = world_random(&dice) % 2 == 0;
	options.range_size = world_random(&dice) % 2 == 0 ? 64 : 1024;
	options.timed = world_random(&dice) % 3 == 0;
	options.token_ns = INT64_C(1000000) * (world_random(&dice) % 2 == 0 ? 400 : 1500);
	if (world_random(&dice) % 3 == 0)
		options.without = (unsigned)(1 + world_random(&dice) % ((1u << options.nodes) - 2));
	options.fencing = world_random(&dice) % 4 == 0;
	options.locks |= options.fencing;
	options.votes = world_random(&dice) % 4 == 0;
	options.opens = world_random(&dice) % 3 == 0;
	if (world_random(&dice) % 4 == 0)
		options.old = (unsigned)(1 + world_random(&dice) % ((1u << options.nodes) - 2));
	/* Without its disk a node that served alone could come to an id of a ring that it was in before. */
	options.disks = world_random(&dice) % 4 == 0 && !options.adopt && options.quorum;
	if (world_random(&dice) % 4 == 0) { /* few faults, so that much happens behind the back of who was left out */
		options.forms = 1 + (unsigned)(world_random(&dice) % 2);
		options.crashes = 0;
		options.reads = true;
	}
	if (kind == 2 && world_random(&dice) % 2 == 0)
		options.half = options.nodes - 1; /* one has all content */
	if (kind < 2 && world_random(&dice) % 2 == 0)
		options.half = 1 + (unsigned)(world_random(&dice) % (options.nodes - 1));
	if (options.half > 0 && options.quorum && world_random(&dice) % 4 == 0)
		options.adopt = true;
	options.stay = world_random(&dice) % 4 == 1;
	if (world_random(&dice) % 8 == 0) /* three nodes that write and are cut, and nothing else */
		return (struct world_options){.seed = seed, .nodes = 3, .operations = 20, .forms = 10, .steps = 700, .quorum = true,
		                              .partitions = true, .range_size = options.range_size, .stay = options.stay};
	if (world_random(&dice) % 8 == 1) /* a lock that is kept, while others go on without its holder */
		return (struct world_options){.seed = seed, .nodes = 3, .operations = 20, .forms = 3, .steps = 700, .quorum = true,
		                              .partitions = true, .locks = true, .keeps = true, .range_size = options.range_size};
	const uint64_t lone = world_random(&dice) % 16;
	if (lone < 2) /* one node is left out while the others go on: it reads on, or has the lock, and agents fence */
		return (struct world_options){.seed = seed, .nodes = 3, .operations = 40, .forms = 1, .steps = 700, .quorum = true,
		                              .partitions = true, .lone = true, .reads = lone == 0, .locks = lone == 1, .keeps = lone == 1,
		                              .fencing = lone == 1, .range_size = options.range_size};
	return options;
}

struct world_options world_options_of_seed(uint64_t seed, unsigned nodes)
{
	struct world_options options = options_draw(seed, nodes);

	options.nodes = nodes == 0 ? options.nodes : nodes;
	return options;
}

void world_init(struct world *world, const struct world_options *options)
{
	static const unsigned rates[] = {1, 3, 8, 20};

	memset(world, 0, sizeof *world);
	world->options = *options;
	world->random = options->seed * UINT64_C(0x2545f4914f6cdd1d) + 88172645463325252;
	world->rate = rates[world_random(world) % 4];
	world->now_ns = INT64_C(1000000000);
}

void world_clear(struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes; p++)
		if (world->nodes[p].up)
			node_stop(world, p);
	for (size_t r = 0; r < world->ring_count; r++) {
		for (size_t m = 0; m < world->rings[r]->message_count; m++)
			free(world->rings[r]->messages[m].data);
		free(world->rings[r]);
	}
	world->ring_count = 0;
}

static unsigned all_nodes(const struct world *world)
{
	return (1u << world->options.nodes) - 1;
}

static bool is_one_ring(const struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes; p++) {
		const struct node *node = &world->nodes[p];

		if (!node->up || node->attempt != NULL || node->ring->members != all_nodes(world) || node->ring->left != 0)
			return false;
	}
	return true;
}

static void form_towards_one(struct world *world)
{
	if (oracle_form_allowed(world, all_nodes(world))) {
		oracle_form(world, all_nodes(world));
		return;
	}
	for (unsigned p = 0; p < world->options.nodes; p++)
		if (world->nodes[p].failed != 0 && oracle_form_allowed(world, bit(p)) && world->ring_count < WORLD_RINGS_MAX)
			oracle_form(world, bit(p));
}

static bool run_without_faults(struct world *world, unsigned steps_max, bool (*until)(const struct world *world))
{
	struct world_event events[WORLD_EVENTS_MAX];

	for (unsigned step = 0; step < steps_max && !world->violated; step++) {
		const size_t count = oracle_enabled(world, events, false);

		if (count == 0 || (until != NULL && until(world)))
			return true;
		oracle_step(world, events[world_random(world) % count]);
	}
	return false;
}

/* P5: faults stop. True: all are in one ring, at rest. */
static bool come_to_rest(struct world *world, bool (*until)(const struct world *world))
{
	const bool partitions = world->options.partitions;
	bool one = false;

	world->options.partitions = true;
	for (unsigned p = 0; p < world->options.nodes && world->ring_count < WORLD_RINGS_MAX - 8; p++)
		if (!world->nodes[p].up)
			oracle_boot(world, p);
	for (int round = 0; round < 6 && !one && !world->violated; round++) {
		one = is_one_ring(world);
		if (!one && world->ring_count < WORLD_RINGS_MAX - 6)
			form_towards_one(world);
		if (!run_without_faults(world, 20000, until) && !world->violated)
			world_violation(world, "P5 no end");
	}
	world->options.partitions = partitions;
	for (unsigned p = 0; p < world->options.nodes; p++)
		one = one && world->nodes[p].up && world->nodes[p].ring->message_count < WORLD_MESSAGES_MAX - 1;
	return one && is_one_ring(world);
}

static bool last_are_half(const struct world *world)
{
	for (unsigned i = 1; i <= world->options.half; i++) {
		const struct node *node = &world->nodes[world->options.nodes - i];

		if (!node_current(node) || node_service(node)->complete)
			return false;
	}
	return true;
}

void world_begin(struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes; p++)
		oracle_boot(world, p);
	come_to_rest(world, NULL);
	for (unsigned i = 1; i <= world->options.half && !world->violated; i++)
		oracle_step(world, (struct world_event){WORLD_CRASH, world->options.nodes - i, 0, 0});
	if (world->options.half > 0 && !world->violated)
		come_to_rest(world, last_are_half);
	world->forms = world->crashes = 0;
	world->counts.views = world->counts.primaries = world->counts.joins = 0;
}

static unsigned weight_form(const struct world *world, unsigned members)
{
	const unsigned nodes = world->options.nodes, out = all_nodes(world) & ~members;

	if (world->options.lone && (bits(out) != 1 || (world->options.keeps && world->nodes[lowest(out)].belief == 0)))
		return 0;
	if (world->options.lone)
		return 20 * world->rate;
	if (world->options.keeps && bits(out) == 1 && world->nodes[lowest(out)].belief != 0) /* only who holds the lock is left out */
		return 20 * world->rate;
	return world->rate * (nodes == 3 ? 8 : nodes == 4 ? 4 : 2) * (out == 0 ? 2 : 1) / 4;
}

static unsigned weight(const struct world *world, struct world_event event)
{
	switch (event.kind) {
	case WORLD_FORM:
		return weight_form(world, event.node);
	case WORLD_CRASH:
		return world->rate;
	case WORLD_START:
		return 4 * world->rate + 40;
	case WORLD_REQUEST:
		if (event.a == WORLD_REQUEST_READ) /* the more where others may have gone on without this node */
			return world->nodes[event.node].ring->left == 0 ? 30 : 100;
		if (event.a == WORLD_REQUEST_CLOSE)
			return 10;
		if (world->options.lone && world->nodes[event.node].ring->left != 0)
			return 0;
		if (world->options.lone && event.a == WORLD_REQUEST_ADD) /* few are on their way at a cut: what is read after it depends on none */
			return 15;
		if (event.a == WORLD_REQUEST_UNLOCK && (world->options.fencing || world->options.keeps))
			return 5; /* who holds it keeps it long */
		return event.a == WORLD_REQUEST_LOCK ? 80 : 90;
	case WORLD_INSTALL:
	case WORLD_EXCHANGE:
	case WORLD_SEND:
	case WORLD_DELIVER:
		return 300;
	case WORLD_RECEIVE:
	case WORLD_STABLE:
		return 200;
	case WORLD_ADOPT:
		return 8;
	case WORLD_FENCE:
		return 60;
	case WORLD_EXPECTED:
	case WORLD_DEVICE:
		return 6;
	case WORLD_LEAVE:
	case WORLD_LEASE:
		return world->options.timed ? 300 : 80;
	case WORLD_TOKEN:
	case WORLD_PASS:
		break;
	}
	return 80;
}

/* One node may be slow: it receives, applies and installs behind the others. */
static unsigned weight_biased(const struct world *world, struct world_event event, int slow)
{
	if ((int)event.node == slow && (event.kind == WORLD_DELIVER || event.kind == WORLD_RECEIVE || event.kind == WORLD_INSTALL))
		return 15;
	return weight(world, event);
}

static void step_by_chance(struct world *world, int slow)
{
	struct world_event events[WORLD_EVENTS_MAX];
	const size_t count = oracle_enabled(world, events, true);
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += weight_biased(world, events[i], slow);
	uint64_t pick = total == 0 ? 0 : world_random(world) % total;
	for (size_t i = 0; i < count; i++) {
		const unsigned share = weight_biased(world, events[i], slow);

		if (pick < share) {
			oracle_step(world, events[i]);
			return;
		}
		pick -= share;
	}
}

/* Everything ends in the views that there are: nothing is left to the next barrier. */
static void stay(struct world *world)
{
	world_trace(world, "--- all come to rest where they are");
	if (run_without_faults(world, 20000, NULL))
		check_locks_at_rest(world);
}

void world_rest(struct world *world)
{
	if (!come_to_rest(world, NULL) || world->violated)
		return;
	check_end_at_rest(world);
	if (!world->violated)
		check_opens_at_rest(world);
	if (!world->violated)
		check_locks_at_rest(world);
}

bool world_run(struct world *world)
{
	world_begin(world);
	world_trace(world, "--- from here on by chance");
	const int slow = world_random(world) % 4 == 0 ? (int)(world_random(world) % world->options.nodes) : -1;
	for (unsigned step = 0; step < world->options.steps && !world->violated; step++)
		step_by_chance(world, slow);
	world_trace(world, "--- faults stop");
	if (!world->violated && world->options.stay)
		stay(world);
	if (!world->violated)
		world_rest(world);
	return !world->violated;
}
