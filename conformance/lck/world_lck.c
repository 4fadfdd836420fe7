/* One seed of the `lck` world: nodes boot and meet, clients lock while faults strike and clocks jump, then all is healed, every client ends what
 * it has, and every lock must be free for who asks. */
#include "conformance/lck/world_lck.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/lck/mutants.h"

static struct lck_world_node *node_of(struct sim_stack *stack)
{
	return container_of(stack, struct lck_world_node, stack);
}

struct lck_world_node *lck_node_of(const struct world_lck *world, uint32_t node)
{
	return sim_node_instance(world->sim, node);
}

struct service *lck_node_service(const struct lck_world_node *node)
{
	return sim_stack_service(&node->stack);
}

bool lck_node_current(const struct lck_world_node *node)
{
	return sim_stack_current(&node->stack);
}

struct bytes lck_resource_text(unsigned resource)
{
	static const char *const names[LCK_WORLD_RESOURCES] = {"resource-0", "resource-1", "resource-2"};

	return bytes_of_text(names[resource]);
}

/* --- The world's eyes on the state. A state does not know whose it is, and the world runs one seed at a time: so the node that is being stepped
 * is noted here. --- */

static struct lck_world_node *stepped_node;

struct lck_world_node *lck_node_stepped(void)
{
	return stepped_node;
}

static void picture_check(uint16_t operation, struct bytes body, const struct at *at, const struct effects *effects)
{
	struct lck_world_node *node = stepped_node;
	struct world_lck *world = node->world;
	const uint32_t id = node->stack.node;

	if (sim_violated(world->sim))
		return;
	check_lck_tokens_seen(world, &world->before, &world->after);
	check_lck_order(world, id, at);
	check_lck_orphans(world, id, operation, body);
	check_lck_cycles(world, id);
	check_lck_decision(world, id, operation, body, effects);
	check_lck_open_decision(world, id, operation, body, effects);
	check_lck_waiters(world, id, operation, effects);
}

static void on_apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct world_lck *world = stepped_node->world;

	picture_take(state, &world->before);
	world->inner.apply(state, at, operation, body, effects);
	picture_take(state, &world->after);
	picture_check(operation, body, at, effects);
}

static void on_view_applied(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct world_lck *world = stepped_node->world;

	picture_take(state, &world->before);
	world->inner.view_applied(state, at, view, effects);
	picture_take(state, &world->after);
	picture_check(0, (struct bytes){0}, at, effects);
	check_lck_released(world, stepped_node->stack.node, view);
}

/* --- A node. --- */

static void limits_say(struct lck_world_node *node)
{
	struct engine *engine = node->stack.engine;

	engine_setting(engine, "lck", "client_locks_max", node->locks.client);
	engine_setting(engine, "lck", "client_opens_max", node->opens.client);
	engine_setting(engine, "lck", "locks_max", node->locks.all);
	engine_setting(engine, "lck", "opens_max", node->opens.all);
}

/* Its file says others every so often, and at rest what it says by default. Drawn from nothing, so that courses stay what they were. */
static void limits_read(struct lck_world_node *node)
{
	const struct world_lck *world = node->world;
	const uint64_t moment = (uint64_t)(sim_now(world->sim) / (300 * SIM_MS) + node->stack.node) / 2;
	const uint64_t draw = digest_u64(digest_u64((uint64_t)sim_network(world->sim)->reorder_delay_max_ns, node->stack.node), moment);

	node->locks = lck_locks_preset;
	node->opens = lck_opens_preset;
	if (world->limited && world->course.busy) {
		node->locks = (struct lck_limits){.client = 1 + draw % 4, .all = 2 + (draw >> 8) % 10};
		node->opens = (struct lck_limits){.client = 1 + (draw >> 16) % 3, .all = 2 + (draw >> 24) % 12};
	}
	if (world->limited)
		limits_say(node);
}

static void on_engine_stepping(struct sim_stack *stack, const struct group_event *event)
{
	(void)event;
	stepped_node = node_of(stack);
}

static void view_ended(struct lck_world_node *node)
{
	const struct view *view = &node->stack.engine->view;
	struct world_lck *world = node->world;

	if (!view->ended || (ring_id_equal(node->ended, view->ring) && node->ended_serving == view->serving))
		return;
	node->ended = view->ring;
	node->ended_serving = view->serving;
	world->counts.views++;
	node->losses += !view->serving || !view->members[view->self].winner;
	world->counts.joins += view->serving && !view->members[view->self].winner;
	/* The worst moment is between a barrier's end and its being stable everywhere. */
	sim_course_ambush(&world->course, 8000);
}

static void on_engine_stepped(struct sim_stack *stack, const struct group_event *event)
{
	struct lck_world_node *node = node_of(stack);

	if (event != NULL && event->kind == GROUP_EVENT_VIEW)
		node->configuration = event->view.ring;
	if (sim_violated(node->world->sim) || stack->left)
		return;
	view_ended(node);
	if (event != NULL && event->kind == GROUP_EVENT_DELIVER)
		check_lck_applied(node->world, node, event->position);
}

static void on_client_answer(struct sim_stack *stack, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	if (!sim_violated(stack->sim))
		lck_client_answered(node_of(stack), client, call, code, body);
}

static void on_client_event(struct sim_stack *stack, uint64_t client, uint16_t event, struct bytes body)
{
	if (!sim_violated(stack->sim))
		lck_client_event(node_of(stack), client, event, body);
}

static const struct sim_stack_hooks hooks = {
	.engine_stepping = on_engine_stepping, .engine_stepped = on_engine_stepped, .client_answer = on_client_answer,
	.client_event = on_client_event,
};

static void *node_start(struct sim *sim, uint32_t id)
{
	struct world_lck *world = sim_context(sim);
	struct lck_world_node *node = calloc(1, sizeof *node);

	if (node == NULL)
		abort();
	node->world = world;
	sim_stack_init(&node->stack, sim, id, &world->totem, &hooks);
	sim_stack_engine(&node->stack, &(struct engine_config){
		.incarnation = ++world->lives, .boot_ns = sim_node_wall(sim, id), .quorum_required = world->quorum,
		.state_wait_ns = world->state_wait_ns, .fencing = world->fencing, .rules_off = world->rules_off,
	}, &world->service);
	limits_read(node);
	sim_stack_start(&node->stack, sim_stack_stored_or_guess(sim, id, world->lived[id]));
	world->lived[id] = true;
	return node;
}

static void node_stop(void *instance)
{
	struct lck_world_node *node = instance;

	sim_stack_clear(&node->stack);
	free(node);
}

static const struct sim_program program = {
	.start = node_start, .stop = node_stop, .packet = sim_stack_packet, .timer = sim_stack_timer, .stored = sim_stack_stored,
};

/* --- The course of a seed. --- */

static bool acts(const struct world_lck *world, const struct lck_world_node *node)
{
	return node != NULL && !node->stack.left && !sim_node_paused(world->sim, node->stack.node) && !sim_violated(world->sim);
}

/* Its daemon may be stopped: the client is not. */
static void write_something(struct lck_world_node *node, const struct lck_world_client *client)
{
	for (size_t i = 0; client->id != 0 && i < LCK_WORLD_LOCKS; i++) {
		const struct lck_world_lock *lock = &client->locks[i];

		if (lock->number != 0 && lock->state == LCK_LOCK_HELD && lock->mode == SA_LCK_EX_LOCK_MODE && sim_chance(node->world->sim, 24000))
			check_lck_tokens_write(node, client, lock);
	}
}

/* An agent that fences whoever a view waits for: it is dead before that is said. */
static void fence(struct world_lck *world, struct lck_world_node *node)
{
	const struct engine *engine = node->stack.engine;

	if (!fencing_waits(engine))
		return;
	const uint32_t victim = engine->unfenced[0].node;
	sim_node_crash(world->sim, victim, false);
	engine_fenced(node->stack.engine, victim);
}

static void clock_step(struct world_lck *world, uint32_t node)
{
	const int64_t offset_ms = (int64_t)sim_random_below(world->sim, 2 * 3600000) - 3600000;

	sim_trace(world->sim, node, "its clock steps to %" PRId64 " ms from the right time", offset_ms);
	sim_node_drift(world->sim, node, (int32_t)sim_random_below(world->sim, 200) - 100, offset_ms * SIM_MS);
}

/* R20's worst: the daemon of an exclusive holder sleeps, its client goes on and others get the lock. */
static void holder_sleeps(struct world_lck *world, struct lck_world_node *node)
{
	for (size_t i = 0; i < world->clients * LCK_WORLD_LOCKS; i++) {
		const struct lck_world_client *client = &node->clients[i / LCK_WORLD_LOCKS];
		const struct lck_world_lock *lock = &client->locks[i % LCK_WORLD_LOCKS];

		if (client->id == 0 || lock->number == 0 || lock->state != LCK_LOCK_HELD || lock->mode != SA_LCK_EX_LOCK_MODE)
			continue;
		sim_node_pause(world->sim, node->stack.node, (int64_t)(300 + sim_random_below(world->sim, 500)) * SIM_MS);
		return;
	}
}

static void act(void *context, uint32_t id)
{
	struct world_lck *world = context;
	struct sim *sim = world->sim;
	struct lck_world_node *node = lck_node_of(world, id);

	if (node != NULL && !node->stack.left)
		limits_read(node);
	if (world->course.hostile && sim_chance(sim, 300))
		clock_step(world, id);
	if (node != NULL && !node->stack.left)
		for (size_t i = 0; i < world->clients; i++)
			write_something(node, &node->clients[i]);
	if (world->course.hostile && world->sleepers && acts(world, node) && sim_chance(sim, 4500))
		holder_sleeps(world, node);
	if (acts(world, node)) {
		stepped_node = node;
		if (world->fencing)
			fence(world, node);
		if (world->course.hostile && sim_chance(sim, 40))
			sim_stack_leave(&node->stack);
		else if (world->course.hostile && world->adopts && sim_chance(sim, 400))
			world->adopted |= engine_adopt(node->stack.engine);
		else
			lck_client_act(node, &node->clients[sim_random_below(sim, world->clients)]);
	}
}

static struct sim_chaos chaos_draw(struct sim *sim)
{
	struct sim_chaos chaos = sim_course_chaos_draw(sim, 30, 600, 4);

	chaos.disk_lost = sim_chance(sim, 16384) ? 16000 : 0;
	return chaos;
}

static void world_draw(struct world_lck *world)
{
	struct sim *sim = world->sim;

	world->nodes = sim_course_nodes_draw(sim, world->options, 1, 5);
	world->clients = 1 + (unsigned)sim_random_below(sim, LCK_WORLD_CLIENTS);
	world->resources = 1 + (unsigned)sim_random_below(sim, LCK_WORLD_RESOURCES);
	world->quorum = sim_random_below(sim, 3) != 0;
	world->fencing = sim_random_below(sim, 4) == 0;
	world->adopts = sim_random_below(sim, 6) == 0;
	world->state_wait_ns = world->quorum || sim_chance(sim, 32768) ? INT64_MAX : (int64_t)(50 + sim_random_below(sim, 400)) * SIM_MS;
	sim_stack_totem_draw(sim, world->nodes, &world->totem);
	totem_config_derive(&world->totem);
	sim_network(sim)->reorder_delay_max_ns = (int64_t)(1 + sim_random_below(sim, 60)) * SIM_MS;
	world->limited = sim_network(sim)->reorder_delay_max_ns / SIM_MS % 4 == 1;
	world->sleepers = world->quorum && world->nodes > 2 && sim_network(sim)->reorder_delay_max_ns / SIM_MS % 3 == 0;
	world->patient = sim_network(sim)->reorder_delay_max_ns / SIM_MS % 5 < 2;
	for (uint32_t node = SIM_NODE_FIRST; node < SIM_NODE_FIRST + world->nodes; node++) {
		sim_node_add(sim, node, &program);
		sim_node_drift(sim, node, (int32_t)sim_random_below(sim, 200) - 100, 0);
	}
}

typedef bool node_test(const struct world_lck *world, const struct lck_world_node *node);
typedef void node_step(struct lck_world_node *node);

/* Steps all nodes until each passes the test; false: they do not come to it. */
static bool run_until(struct world_lck *world, node_test *test, node_step *step)
{
	for (int rounds = 0; rounds < 1000 && !sim_violated(world->sim); rounds++) {
		bool done = true;

		for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++) {
			sim_node_start(world->sim, id); /* one that was leaving when the faults ended */
			struct lck_world_node *node = lck_node_of(world, id);
			done &= acts(world, node) && test(world, node);
			if (!acts(world, node))
				continue;
			stepped_node = node;
			if (world->fencing)
				fence(world, node);
			if (step != NULL)
				step(node);
		}
		if (done)
			return true;
		sim_run(world->sim, 10 * SIM_MS);
	}
	return false;
}

static bool is_together(const struct world_lck *world, const struct lck_world_node *node)
{
	return lck_node_current(node) && node->stack.engine->view.count == world->nodes && !fencing_waits(node->stack.engine);
}

static bool is_settled(const struct world_lck *world, const struct lck_world_node *node)
{
	const struct engine *engine = node->stack.engine;
	bool idle = true;

	for (size_t i = 0; i < world->clients; i++)
		idle &= lck_client_is_idle(&node->clients[i]);
	return idle && is_together(world, node) && engine->held.count == 0 && list_is_empty(&engine->queue) && list_is_empty(&engine->sent);
}

static void drain(struct lck_world_node *node)
{
	for (size_t i = 0; i < node->world->clients; i++)
		lck_client_drain(node, &node->clients[i]);
}

static void finalize(struct lck_world_node *node)
{
	for (size_t i = 0; i < node->world->clients; i++)
		lck_client_finalize(node, &node->clients[i]);
}

static void settle(struct world_lck *world, const char *promise, const char *what)
{
	if (!sim_violated(world->sim) && !run_until(world, is_settled, NULL))
		sim_violation(world->sim, promise, "%s", what);
}

/* Somebody new opens all, purges, and gets each lock at once. */
static void check_grantable(struct world_lck *world)
{
	struct lck_world_node *node = lck_node_of(world, SIM_NODE_FIRST);
	struct lck_world_client *client = &node->clients[0];

	lck_client_open_all(node, client);
	settle(world, "liveness", "all is free, and an open is not answered");
	if (!sim_violated(world->sim))
		lck_client_try_all(node, client, LCK_REQUEST_PURGE);
	settle(world, "liveness", "all is free, and a purge is not answered");
	if (sim_violated(world->sim))
		return;
	lck_client_try_all(node, client, LCK_REQUEST_LOCK);
	sim_run(world->sim, 500 * SIM_MS);
	for (size_t i = 0, held = 0; i < LCK_WORLD_LOCKS && !sim_violated(world->sim); i++) {
		held += client->locks[i].number != 0 && client->locks[i].state == LCK_LOCK_HELD;
		if (i + 1 == LCK_WORLD_LOCKS && held != world->resources)
			sim_violation(world->sim, "no-leak", "nobody has a lock, and only %zu of %u can be had", held, world->resources);
	}
}

static void trace_standing(struct world_lck *world)
{
	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++)
		for (size_t i = 0; lck_node_of(world, id) != NULL && i < world->clients; i++)
			lck_client_trace(lck_node_of(world, id), &lck_node_of(world, id)->clients[i]);
	picture_take(lck_node_service(lck_node_of(world, SIM_NODE_FIRST))->state, &world->before);
	picture_trace(world->sim, &world->before);
}

static void come_to_rest(struct world_lck *world)
{
	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++)
		if (lck_node_of(world, id) != NULL)
			limits_read(lck_node_of(world, id));
	if (!run_until(world, is_together, NULL)) {
		sim_violation(world->sim, "no-rest", "all is healed, and the nodes do not come together");
		return;
	}
	if (!run_until(world, is_settled, drain)) {
		if (!sim_violated(world->sim))
			trace_standing(world);
		sim_violation(world->sim, "liveness", "all is healed, what is held is unlocked, and somebody still waits");
		return;
	}
	sim_run(world->sim, 500 * SIM_MS); /* an unlock is answered before the others have it */
	if (!sim_violated(world->sim))
		check_lck_rest(world);
	if (sim_violated(world->sim))
		return;
	run_until(world, is_together, finalize);
	settle(world, "liveness", "all clients are gone, and something is on its way");
	sim_run(world->sim, 500 * SIM_MS);
	if (!sim_violated(world->sim))
		check_lck_rest(world);
	if (!sim_violated(world->sim))
		check_grantable(world);
	if (sim_violated(world->sim))
		return;
	lck_client_finalize(lck_node_of(world, SIM_NODE_FIRST), &lck_node_of(world, SIM_NODE_FIRST)->clients[0]);
	sim_run(world->sim, 500 * SIM_MS);
	if (!sim_violated(world->sim) && world->resources == LCK_WORLD_RESOURCES)
		check_lck_empty(world);
}

static void seed_run(struct world_lck *world)
{
	struct sim *sim = world->sim;

	world_draw(world);
	sim_course_begin(&world->course);
	sim_run(sim, (int64_t)sim_random_below(sim, 600) * SIM_MS);
	const struct sim_chaos chaos = chaos_draw(sim);
	sim_course_strike(&world->course, &chaos, 3500 * SIM_MS);
	sim_chaos_end(sim);
	sim_run(sim, 300 * SIM_MS);
	world->course.busy = false;
	if (!sim_violated(sim))
		come_to_rest(world);
}

void world_lck_run(struct sim *sim, const struct sim_options *options)
{
	struct world_lck *world = calloc(1, sizeof *world);

	if (world == NULL)
		abort();
	world->sim = sim;
	world->options = options;
	world->course = (struct sim_course){.sim = sim, .world = world, .act = act, .act_interval_max_ns = 8 * SIM_MS};
	world->inner = aisle_service_lck;
	lck_mutant_apply(world, options->mutation);
	world->service = world->inner;
	world->service.apply = on_apply;
	world->service.view_applied = on_view_applied;
	sim_context_set(sim, world);
	seed_run(world);
	sim_trace(sim, 0, "nodes %" PRIu32 " quorum %d fencing %d grants %" PRIu64 " deadlocks %" PRIu64 " timeouts %" PRIu64 " refused %" PRIu64
	          " lost %" PRIu64 " writes %" PRIu64 " refused %" PRIu64 " waiters %" PRIu64 " orphans %" PRIu64 " views %" PRIu64 " joins %" PRIu64
	          " no-more %" PRIu64 " no-resources %" PRIu64,
	          world->nodes, world->quorum, world->fencing, world->counts.grants, world->counts.deadlocks, world->counts.timeouts,
	          world->counts.refused, world->counts.lost, world->counts.writes, world->counts.writes_refused, world->counts.waiters,
	          world->counts.orphans, world->counts.views, world->counts.joins, world->counts.no_more, world->counts.no_resources);
	sim_stop_all(sim);
	free(world);
}
