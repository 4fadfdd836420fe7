/* The `totem` world: real Totem machines behind the real group provider, an application that sends messages, the EVS checkers. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/sim/check_totem_inside.h"
#include "conformance/sim/sim_course.h"
#include "conformance/sim/sim_stack.h"
#include "conformance/sim/totem_tell.h"

enum { MESSAGE_SIZE_TYPICAL = 200, MESSAGE_SIZE_LONG = 9000, MESSAGE_SIZE_LONGEST = 60000, DRAIN_MS_MAX = 60000,
       ASYMMETRY_CONSENSUS_COUNT = 40, ASYMMETRY_VIEWS_MAX = 9 };

struct world {
	struct sim *sim;
	const struct sim_options *options;
	struct history history;
	struct inside inside;
	struct totem_config config;
	struct sim_course course;
	uint32_t lives_begun[SIM_NODES_MAX + 1];
};

struct member {
	struct sim_stack stack;
	struct world *world;
	uint32_t life;
	bool writable_awaited; /* a message was refused */
	enum totem_state state; /* after the last step */
};

static struct member *member_of(struct sim_stack *stack)
{
	return container_of(stack, struct member, stack);
}

static void on_event(struct sim_stack *stack, const struct group_event *event)
{
	struct member *member = member_of(stack);
	struct world *world = member->world;

	if (sim_tracing(world->sim) && event->kind != GROUP_EVENT_FRESH)
		sim_trace(world->sim, stack->node, "%s", totem_tell_event(event).text);
	switch (event->kind) {
	case GROUP_EVENT_DELIVER:
		history_deliver(&world->history, member->life, event);
		break;
	case GROUP_EVENT_VIEW:
		history_view(&world->history, member->life, &event->view);
		break;
	case GROUP_EVENT_STABLE:
		history_stable(&world->history, member->life, event->position);
		break;
	case GROUP_EVENT_WRITABLE:
		member->writable_awaited = false;
		break;
	case GROUP_EVENT_FRESH:
	case GROUP_EVENT_DIRECT:
		break;
	}
	inside_event(&world->inside, member->stack.node, event);
}

static void on_packet_out(struct sim_stack *stack, uint32_t to, struct bytes packet)
{
	struct member *member = member_of(stack);

	if (sim_tracing(stack->sim))
		sim_trace(stack->sim, stack->node, "%s", totem_tell_packet(packet, member->world->config.cluster, to).text);
	inside_packet_out(&member->world->inside, stack->node, packet);
}

static void on_left(struct sim_stack *stack)
{
	struct member *member = member_of(stack);

	history_life_end(&member->world->history, member->life);
}

static void on_stepping(struct sim_stack *stack, struct bytes packet)
{
	inside_before(&member_of(stack)->world->inside, stack->node, packet);
}

static void on_stepped(struct sim_stack *stack)
{
	struct member *member = member_of(stack);
	struct world *world = member->world;
	const enum totem_state state = stack->group.totem->state;
	const bool entered = state != member->state && (state == TOTEM_COMMIT || state == TOTEM_RECOVERY || state == TOTEM_OPERATIONAL);

	member->state = state;
	inside_after(&world->inside, stack->node);
	if (entered)
		sim_course_ambush(&world->course, 6000);
}

static const struct sim_stack_hooks hooks = {
	.stepping = on_stepping, .stepped = on_stepped, .packet_out = on_packet_out, .left = on_left, .group_event = on_event,
};

static void *member_start(struct sim *sim, uint32_t node)
{
	struct world *world = sim_context(sim);
	struct member *member = calloc(1, sizeof(*member));

	if (member == NULL)
		abort();
	sim_stack_init(&member->stack, sim, node, &world->config, &hooks);
	member->world = world;
	member->life = history_life_begin(&world->history, node, false);
	inside_life_begin(&world->inside, node, member->stack.group.totem, member->life);
	sim_stack_start(&member->stack, sim_stack_stored_or_guess(sim, node, world->lives_begun[node]++ > 0));
	return member;
}

static void member_stop(void *instance)
{
	struct member *member = instance;

	history_life_end(&member->world->history, member->life);
	inside_life_end(&member->world->inside, member->stack.node);
	sim_stack_clear(&member->stack);
	free(member);
}

static const struct sim_program program = {
	.start = member_start, .stop = member_stop, .packet = sim_stack_packet, .timer = sim_stack_timer, .stored = sim_stack_stored,
};

static size_t message_size(struct sim *sim)
{
	const uint64_t kind = sim_random_below(sim, 100);
	const size_t longest = kind < 90 ? MESSAGE_SIZE_TYPICAL : kind < 99 ? MESSAGE_SIZE_LONG : MESSAGE_SIZE_LONGEST;

	return HISTORY_MESSAGE_SIZE_MIN + sim_random_below(sim, longest);
}

static void member_send(struct member *member)
{
	struct world *world = member->world;
	const size_t size = message_size(world->sim);
	const bool safe = sim_chance(world->sim, 16384);
	const enum group_urgency urgency = sim_chance(world->sim, 6000) ? GROUP_BARRIER : sim_chance(world->sim, 6000) ? GROUP_BULK : GROUP_ORDINARY;
	uint8_t *bytes = malloc(size);

	if (bytes == NULL)
		abort();
	history_message_make(&world->history, member->life, urgency, safe, bytes, size);
	if (!sim_stack_multicast(&member->stack, bytes_of(bytes, size), urgency, safe)) {
		history_message_refused(&world->history, member->life, urgency);
		member->writable_awaited = true;
	}
	free(bytes);
}

static void act(void *context, uint32_t node)
{
	struct world *world = context;
	struct sim *sim = world->sim;
	struct member *member = sim_node_instance(sim, node);
	const uint64_t burst = sim_chance(sim, 3000) ? 1 + sim_random_below(sim, 40) : 1;

	for (uint64_t i = 0; i < burst && member != NULL && !member->stack.left && !sim_node_paused(sim, node); i++)
		member_send(member);
	if (world->course.hostile && member != NULL && !member->stack.left && !sim_node_paused(sim, node) && sim_chance(sim, 60)) {
		sim_trace(sim, node, "is told to leave");
		sim_stack_leave(&member->stack);
	}
}

static void config_draw(struct world *world, uint32_t nodes)
{
	struct totem_config *config = &world->config;

	sim_stack_totem_draw(world->sim, nodes, config);
	config->messages_max = 1 + (uint32_t)sim_random_below(world->sim, 20);
	config->seqno_unchanged_rotations = 10 + (uint32_t)sim_random_below(world->sim, 30);
	config->send_join_ms = sim_chance(world->sim, 20000) ? 5 : 0;
	config->packet_size_max = 600 + (uint32_t)sim_random_below(world->sim, sim_chance(world->sim, 8000) ? 8000 : 900);
	if (sim_chance(world->sim, 8000))
		config->queue_size_max = 8000;
	if (sim_chance(world->sim, 16000))
		config->seq_start = sim_chance(world->sim, 32768) ? 0xffffff00 : 0x7fffff00;
	if (sim_chance(world->sim, 16000))
		config->fail_recv_rotations = 30 + (uint32_t)sim_random_below(world->sim, 200);
	totem_config_derive(config);
	if (world->options->mutation != 0)
		config->mutations = UINT64_C(1) << world->options->mutation;
}

/* TOT-007, -008, -045, -046, -061: once the network is whole, one ring of all, and everything is delivered everywhere. */
static bool one_ring(const struct world *world, bool drained)
{
	struct sim *sim = world->sim;
	const struct totem_ring *first = NULL;

	for (uint32_t node = SIM_NODE_FIRST; node <= sim_node_count(sim); node++) {
		const struct member *member = sim_node_instance(sim, node);
		if (member == NULL || (drained && member->writable_awaited))
			return false;
		const struct totem *totem = member->stack.group.totem;
		if (totem->state != TOTEM_OPERATIONAL || (drained && !totem_queue_is_empty(&totem->queue)))
			return false;
		if (first == NULL)
			first = totem->installed;
		if (!ring_id_equal(first->id, totem->installed->id) || totem->installed->members.count != sim_node_count(sim))
			return false;
		if (drained && (totem->installed->delivered != first->delivered || totem->installed->stable != first->delivered))
			return false;
	}
	return true;
}

static bool in_one_ring(const void *world)
{
	return one_ring(world, false);
}

static bool in_one_ring_drained(const void *world)
{
	return one_ring(world, true);
}

static void check_liveness(struct world *world)
{
	const struct totem_config *config = &world->config;
	const int64_t bound_ms = config->token_ms + 3 * (int64_t)config->consensus_ms + 20 * (int64_t)config->join_ms + config->send_join_ms +
	                         config->merge_ms + config->hold_ms;
	const int64_t yield_ms = 17 * (int64_t)config->consensus_ms; /* one that gave way just before */

	if (sim_course_reaches(&world->course, in_one_ring, yield_ms + 4 * bound_ms) &&
	    sim_course_reaches(&world->course, in_one_ring_drained, DRAIN_MS_MAX))
		return;
	for (uint32_t node = SIM_NODE_FIRST; node <= sim_node_count(world->sim) && sim_tracing(world->sim); node++) {
		const struct member *member = sim_node_instance(world->sim, node);
		if (member == NULL)
			continue;
		const struct totem *totem = member->stack.group.totem;
		sim_trace(world->sim, node, "at the end: state %d ring %s members %zu aru %" PRIu64 " delivered %" PRIu64 " stable %" PRIu64
		          " queue %zu", (int)totem->state, ring_id_text(totem->installed->id).text, totem->installed->members.count,
		          totem->installed->aru, totem->installed->delivered, totem->installed->stable, totem->queue.bytes[0]);
	}
	sim_violation(world->sim, "TOT-045 one-ring", "after healing not all nodes are in one ring with everything delivered");
}

static struct sim_chaos chaos_draw(struct sim *sim)
{
	struct sim_chaos chaos = sim_course_chaos_draw(sim, 20, 400, 5);

	chaos.pause_max_ns = 300 * SIM_MS;
	chaos.disk_lost = sim_chance(sim, 8000) ? 16000 : 0;
	return chaos;
}

/* TOT-047: two nodes do not hear each other, all others hear both. Safety as ever, and views do not follow each other without end. */
static void asymmetry_run(struct world *world)
{
	struct sim *sim = world->sim;
	const uint32_t a = SIM_NODE_FIRST + (uint32_t)sim_random_below(sim, sim_node_count(sim));
	const uint32_t b = SIM_NODE_FIRST + a % sim_node_count(sim);
	size_t before[SIM_NODES_MAX + 1] = {0};

	sim_cut(sim, a, b, true);
	sim_cut(sim, b, a, sim_chance(sim, 40000)); /* else one way only */
	sim_run(sim, ASYMMETRY_CONSENSUS_COUNT * (int64_t)world->config.consensus_ms * SIM_MS);
	for (uint32_t node = SIM_NODE_FIRST; node <= sim_node_count(sim); node++)
		before[node] = world->history.lives[node - SIM_NODE_FIRST].period_count;
	sim_run(sim, ASYMMETRY_CONSENSUS_COUNT * (int64_t)world->config.consensus_ms * SIM_MS);
	for (uint32_t node = SIM_NODE_FIRST; node <= sim_node_count(sim); node++) {
		const size_t views = (world->history.lives[node - SIM_NODE_FIRST].period_count - before[node]) / 2;
		if (views > ASYMMETRY_VIEWS_MAX)
			sim_violation(sim, "TOT-047 regrouping-is-bounded", "node %" PRIu32 " installs %zu rings within %d times consensus", node, views,
			              ASYMMETRY_CONSENSUS_COUNT);
	}
}

static void chaos_run(struct world *world)
{
	const struct sim_chaos chaos = chaos_draw(world->sim);

	sim_course_strike(&world->course, &chaos, 3000 * SIM_MS);
	sim_run(world->sim, 60 * SIM_MS); /* who was leaving has left */
}

void world_totem_run(struct sim *sim, const struct sim_options *options)
{
	struct world world = {.sim = sim, .options = options, .history = {.sim = sim}};
	const uint32_t nodes = sim_course_nodes_draw(sim, options, 2, 6);

	world.inside = (struct inside){.sim = sim, .history = &world.history};
	sim_context_set(sim, &world);
	config_draw(&world, nodes);
	sim_network(sim)->reorder_delay_max_ns = (int64_t)(1 + sim_random_below(sim, 150)) * SIM_MS;
	world.course = (struct sim_course){.sim = sim, .world = &world, .act = act};
	world.course.act_interval_max_ns = (int64_t)(1 + sim_random_below(sim, 20)) * SIM_MS / 2;
	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + nodes; node++) {
		sim_node_add(sim, node, &program);
		sim_node_drift(sim, node, (int32_t)sim_random_below(sim, 200) - 100, 0);
	}
	sim_course_begin(&world.course);
	sim_run(sim, 200 * SIM_MS);
	if (nodes > 1 && sim_chance(sim, 3000))
		asymmetry_run(&world);
	else
		chaos_run(&world);
	sim_chaos_end(sim);
	sim_run(sim, 200 * SIM_MS);
	world.course.busy = false;
	check_liveness(&world);
	check_membership(&world.history);
	check_evs_order(&world.history);
	check_evs_delivery(&world.history);
	check_safe(&world.history);
	check_stable(&world.history);
	sim_stop_all(sim);
	history_clear(&world.history);
	inside_clear(&world.inside);
}
