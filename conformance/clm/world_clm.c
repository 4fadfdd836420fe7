/* One seed of the `clm` world: nodes boot and meet, clients ask while faults strike and clocks jump, then all is healed and every tracker
 * must have been told where it ended. */
#include "conformance/clm/world_clm.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/clm/mutants.h"

static struct clm_world_node *node_of(struct sim_stack *stack)
{
	return container_of(stack, struct clm_world_node, stack);
}

/* --- The world's eye on the service. --- */

static void on_view_stable(struct service *service, const struct service_view *stable)
{
	struct clm_world_node *node = node_of(service_host(service)->context);
	struct world_clm *world = node->world;

	if (world->full_view_withheld && stable->member_count == world->nodes)
		return;
	clm_fact_ended(node); /* it may end and be stable in one step */
	check_clm_stable(node, stable);
	if (sim_violated(world->sim))
		return;
	sim_trace(world->sim, node->stack.node, "tells view %" PRIu64 " of %zu", stable->ring.seq, stable->member_count);
	world->counts.views++;
	node->told_before = node->told;
	node->told = node->installed;
	check_clm_numbers_view(node);
	for (size_t i = 0; i < world->clients; i++)
		node->clients[i].transitions = 0;
	node->telling = true;
	world->inner.view_stable(service, stable);
	node->telling = false;
	check_clm_trackers_told(node);
}

/* --- A node. --- */

static void on_engine_stepping(struct sim_stack *stack, const struct group_event *event)
{
	struct clm_world_node *node = node_of(stack);

	if (event != NULL && event->kind == GROUP_EVENT_VIEW && event->view.kind == GROUP_VIEW_REGULAR)
		clm_fact_installed(node, &event->view);
	else if (event != NULL && event->kind == GROUP_EVENT_STABLE && node->installed != NULL &&
	         ring_id_equal(event->position.ring, node->installed->ring)) {
		node->stable_valid = true;
		node->stable = event->position;
	}
}

/* The worst moment is between a barrier's end and its being stable everywhere. */
static void on_engine_stepped(struct sim_stack *stack, const struct group_event *event)
{
	struct clm_world_node *node = node_of(stack);
	struct world_clm *world = node->world;
	const struct clm_fact *before = node->ended;

	(void)event;
	if (sim_violated(world->sim))
		return;
	clm_fact_ended(node);
	if (node->ended != before)
		sim_course_ambush(&world->course, 8000);
}

static void on_client_answer(struct sim_stack *stack, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	if (!sim_violated(stack->sim))
		clm_client_answered(node_of(stack), client, call, code, body);
}

static void on_client_event(struct sim_stack *stack, uint64_t client, uint16_t event, struct bytes body)
{
	if (!sim_violated(stack->sim))
		clm_client_event(node_of(stack), client, event, body);
}

static const struct sim_stack_hooks hooks = {
	.engine_stepping = on_engine_stepping, .engine_stepped = on_engine_stepped, .client_answer = on_client_answer,
	.client_event = on_client_event,
};

/* IPv6 is configured short and shown in eight groups. */
static void address_draw(struct world_clm *world, struct clm_life *life)
{
	const unsigned network = (unsigned)sim_random_below(world->sim, 200), own = life->node;

	life->address_family = sim_chance(world->sim, 16384) ? 6 : 4;
	if (life->address_family == 4) {
		snprintf(life->given, sizeof life->given, "10.0.%u.%u", network, own);
		snprintf(life->address, sizeof life->address, "10.0.%u.%u", network, own);
	} else {
		snprintf(life->given, sizeof life->given, "fd00::%x:%x", network + 1, own);
		snprintf(life->address, sizeof life->address, "fd00:0:0:0:0:0:%x:%x", network + 1, own);
	}
}

/* The machine boots anew, or the daemon alone; then boot time and name are as they were. */
static struct clm_life *life_begin(struct world_clm *world, uint32_t node)
{
	const uint64_t last = world->last_life[node];
	const bool machine = last == 0 || !sim_chance(world->sim, 16384);
	struct clm_life *life = clm_life_new(world, node);

	world->last_life[node] = world->life_count;
	world->counts.restarts += last != 0;
	life->boot_ns = machine ? sim_node_wall(world->sim, node) : world->lives[last].boot_ns;
	if (machine && sim_chance(world->sim, 8192))
		snprintf(life->name, sizeof life->name, "renamed-%zu-%" PRIu32, world->life_count, node);
	else
		snprintf(life->name, sizeof life->name, "%s", last == 0 || machine ? "" : world->lives[last].name);
	if (life->name[0] == '\0')
		snprintf(life->name, sizeof life->name, "node-%" PRIu32, node);
	address_draw(world, life);
	return life;
}

static void *node_start(struct sim *sim, uint32_t id)
{
	struct world_clm *world = sim_context(sim);
	struct clm_world_node *node = calloc(1, sizeof *node);
	const bool lived_before = world->last_life[id] != 0;

	if (node == NULL)
		abort();
	const struct clm_life *life = life_begin(world, id);
	node->world = world;
	node->life = world->life_count;
	sim_stack_init(&node->stack, sim, id, &world->totem, &hooks);
	sim_stack_engine(&node->stack, &(struct engine_config){
		.incarnation = node->life, .node_name = life->name, .node_address = life->given, .address_family = life->address_family,
		.boot_ns = life->boot_ns, .quorum_required = world->quorum, .state_wait_ns = world->state_wait_ns,
		.rules_off = world->rules_off,
	}, &world->service);
	for (size_t i = 0; i < world->clients; i++)
		if (sim_chance(sim, 40000))
			clm_client_open(node, &node->clients[i]);
	sim_stack_start(&node->stack, sim_stack_stored_or_guess(sim, id, lived_before));
	return node;
}

static void node_stop(void *instance)
{
	struct clm_world_node *node = instance;

	for (size_t i = 0; i < node->world->clients; i++)
		clm_client_gone(&node->clients[i]);
	sim_stack_clear(&node->stack);
	free(node);
}

static const struct sim_program program = {
	.start = node_start, .stop = node_stop, .packet = sim_stack_packet, .timer = sim_stack_timer, .stored = sim_stack_stored,
};

/* --- The course of a seed. --- */

static void clock_step(struct world_clm *world, uint32_t node)
{
	const int64_t offset_ms = (int64_t)sim_random_below(world->sim, 2 * 3600000) - 3600000;

	sim_trace(world->sim, node, "its clock steps to %" PRId64 " ms from the right time", offset_ms);
	sim_node_drift(world->sim, node, world->drift[node], offset_ms * SIM_MS);
}

static void act(void *context, uint32_t id)
{
	struct world_clm *world = context;
	struct sim *sim = world->sim;
	struct clm_world_node *node = sim_node_instance(sim, id);

	if (world->course.hostile && sim_chance(sim, 300))
		clock_step(world, id);
	if (node == NULL || node->stack.left || sim_node_paused(sim, id))
		return;
	if (world->course.hostile && sim_chance(sim, 60))
		sim_stack_leave(&node->stack);
	else
		clm_client_act(node, &node->clients[sim_random_below(sim, world->clients)]);
}

static struct sim_chaos chaos_draw(struct sim *sim)
{
	struct sim_chaos chaos = sim_course_chaos_draw(sim, 20, 500, 5);

	chaos.disk_lost = sim_chance(sim, 16384) ? 16000 : 0;
	return chaos;
}

static void world_draw(struct world_clm *world)
{
	struct sim *sim = world->sim;

	world->nodes = sim_course_nodes_draw(sim, world->options, 1, 6);
	world->clients = 1 + (unsigned)sim_random_below(sim, CLM_WORLD_CLIENTS);
	world->quorum = sim_chance(sim, 32768);
	world->state_wait_ns = sim_chance(sim, 32768) ? INT64_MAX : (int64_t)(50 + sim_random_below(sim, 400)) * SIM_MS;
	sim_stack_totem_draw(sim, world->nodes, &world->totem);
	totem_config_derive(&world->totem);
	sim_network(sim)->reorder_delay_max_ns = (int64_t)(1 + sim_random_below(sim, 100)) * SIM_MS;
	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + world->nodes; node++) {
		world->drift[node] = (int32_t)sim_random_below(sim, 200) - 100;
		sim_node_add(sim, node, &program);
		sim_node_drift(sim, node, world->drift[node], 0);
	}
}

static bool rests(const void *context)
{
	const struct world_clm *world = context;
	const struct clm_fact *last = NULL;

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++) {
		const struct clm_world_node *node = sim_node_instance(world->sim, id);

		if (node == NULL || node->told == NULL || node->told != node->installed || node->told->count != world->nodes)
			return false;
		last = last == NULL ? node->told : last;
		if (node->told != last)
			return false;
	}
	return true;
}

/* Those that are up have told the view of themselves alone. */
static bool survivors_told(const struct world_clm *world)
{
	size_t up = 0;

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++)
		up += sim_node_instance(world->sim, id) != NULL;
	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++) {
		const struct clm_world_node *node = sim_node_instance(world->sim, id);

		if (node != NULL && (node->told == NULL || node->told != node->installed || node->told->count != up))
			return false;
	}
	return true;
}

/* CASE-109: of a whole cluster two nodes die within two token timeouts of each other, and stay away until the others have told it. */
static void two_leave(struct world_clm *world)
{
	struct sim *sim = world->sim;

	if (world->nodes < 3 || !sim_course_reaches(&world->course, rests, 6000))
		return;
	const uint32_t first = (uint32_t)sim_random_below(sim, world->nodes);
	const uint32_t second = (first + 1 + (uint32_t)sim_random_below(sim, world->nodes - 1)) % world->nodes;
	sim_node_crash(sim, SIM_NODE_FIRST + first, false);
	sim_run(sim, (int64_t)sim_random_below(sim, 2 * (uint64_t)world->totem.token_ms * SIM_MS));
	sim_node_crash(sim, SIM_NODE_FIRST + second, false);
	for (int waited_ms = 0; waited_ms < 6000 && !sim_violated(sim) && !survivors_told(world); waited_ms += 20)
		sim_run(sim, 20 * SIM_MS);
	if (!sim_violated(sim) && !survivors_told(world))
		sim_violation(sim, "two-leave", "nodes %" PRIu32 " and %" PRIu32 " are dead, and the others have not told it", SIM_NODE_FIRST + first,
		              SIM_NODE_FIRST + second);
}

static void seed_run(struct world_clm *world)
{
	struct sim *sim = world->sim;

	world_draw(world);
	sim_course_begin(&world->course);
	sim_run(sim, (int64_t)sim_random_below(sim, 600) * SIM_MS);
	const struct sim_chaos chaos = chaos_draw(sim);
	sim_course_strike(&world->course, &chaos, 3500 * SIM_MS);
	sim_chaos_end(sim);
	sim_run(sim, 300 * SIM_MS);
	two_leave(world);
	world->course.busy = false;
	if (sim_violated(sim))
		return;
	sim_course_reaches(&world->course, rests, 6000);
	sim_run(sim, 2500 * SIM_MS); /* past every deadline */
	if (!sim_violated(sim))
		check_clm_rest(world);
}

void world_clm_run(struct sim *sim, const struct sim_options *options)
{
	struct world_clm *world = calloc(1, sizeof *world);

	if (world == NULL)
		abort();
	world->sim = sim;
	world->options = options;
	world->course = (struct sim_course){.sim = sim, .world = world, .act = act, .act_interval_max_ns = 12 * SIM_MS};
	world->inner = aisle_service_clm;
	clm_mutant_apply(world, options->mutation);
	world->service = world->inner;
	world->service.view_stable = on_view_stable;
	sim_context_set(sim, world);
	seed_run(world);
	sim_trace(sim, 0, "views told %" PRIu64 " transitions %" PRIu64 " dispatched %" PRIu64 " answers %" PRIu64 " refused %" PRIu64
	          " waited %" PRIu64 " restarts %" PRIu64, world->counts.views, world->counts.transitions, world->counts.dispatched,
	          world->counts.answers, world->counts.refused, world->counts.waited, world->counts.restarts);
	sim_stop_all(sim);
	clm_facts_clear(world);
	free(world);
}
