/* A node's stack on the virtual host; see sim_stack.h. */
#include "conformance/sim/sim_stack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "core/engine/engine_internal.h"

enum {
	TIMER_WAKE = 1000,
	TIMER_ENGINE = 2000, /* and the engine's own number */
	SIM_ARENA_SIZE_MAX = 64 << 20, /* of addresses; pages come when they are touched */
	NODES_FEW = 16, /* above, the token has so much more time for each */
	TOKEN_COEFFICIENT_MS = 10,
	CLIENT_TIMEOUT_MS = 2000,
	CLIENT_CALLS_MAX = 64,
	RANGE_SIZE = 6000,
};

/* --- What both machines ask of the world. --- */

static int64_t host_now(void *context)
{
	const struct sim_stack *stack = context;

	return sim_node_now(stack->sim, stack->node);
}

static int64_t host_wall(void *context)
{
	const struct sim_stack *stack = context;

	return sim_node_wall(stack->sim, stack->node);
}

static uint64_t host_random(void *context)
{
	return sim_random(((struct sim_stack *)context)->sim);
}

/* --- Totem's host. --- */

static void packet_out(struct sim_stack *stack, uint32_t to, struct bytes packet)
{
	if (stack->hooks->packet_out != NULL)
		stack->hooks->packet_out(stack, to, packet);
}

static void totem_multicast(void *context, struct bytes packet)
{
	struct sim_stack *stack = context;

	packet_out(stack, 0, packet);
	sim_multicast(stack->sim, stack->node, packet);
}

static void totem_unicast(void *context, uint32_t to, struct bytes packet)
{
	struct sim_stack *stack = context;

	packet_out(stack, to, packet);
	sim_unicast(stack->sim, stack->node, to, packet);
}

static void totem_timer_set(void *context, uint32_t timer, int64_t at_ns)
{
	const struct sim_stack *stack = context;

	sim_timer_set(stack->sim, stack->node, timer, at_ns);
}

static void totem_timer_cancel(void *context, uint32_t timer)
{
	const struct sim_stack *stack = context;

	sim_timer_cancel(stack->sim, stack->node, timer);
}

static void totem_wake(void *context)
{
	totem_timer_set(context, TIMER_WAKE, host_now(context));
}

static void totem_store(void *context, uint64_t ring_seq)
{
	const struct sim_stack *stack = context;

	sim_store(stack->sim, stack->node, ring_seq);
}

static void totem_log(void *context, int level, const char *log_id, const char *text)
{
	const struct sim_stack *stack = context;

	(void)level;
	sim_trace(stack->sim, stack->node, "%s: %s", log_id, text);
}

static void left_stop(void *context, uint64_t node)
{
	struct sim *sim = context;
	const struct sim_stack *stack = sim_node_instance(sim, (uint32_t)node);

	if (stack != NULL && stack->left)
		sim_node_crash(sim, (uint32_t)node, false);
}

static void totem_left(void *context)
{
	struct sim_stack *stack = context;

	stack->left = true;
	if (stack->hooks->left != NULL)
		stack->hooks->left(stack);
	sim_call(stack->sim, 0, left_stop, stack->sim, stack->node);
}

/* --- The engine's host. --- */

static void engine_timer_set(void *context, uint64_t timer, int64_t at_ns)
{
	const struct sim_stack *stack = context;

	sim_timer_set(stack->sim, stack->node, TIMER_ENGINE + timer, at_ns);
}

static void engine_timer_cancel(void *context, uint64_t timer)
{
	const struct sim_stack *stack = context;

	sim_timer_cancel(stack->sim, stack->node, TIMER_ENGINE + timer);
}

static void engine_client_answer(void *context, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct sim_stack *stack = context;

	stack->hooks->client_answer(stack, client, call, code, body);
}

static void engine_client_event(void *context, uint64_t client, uint16_t event, struct bytes body)
{
	struct sim_stack *stack = context;

	if (stack->hooks->client_event != NULL)
		stack->hooks->client_event(stack, client, event, body);
}

static void engine_client_close(void *context, uint64_t client, const char *why)
{
	const struct sim_stack *stack = context;

	sim_violation(stack->sim, "answers", "node %" PRIu32 " disconnects client %" PRIu64 ": %s", stack->node, client, why);
}

/* Readers may look at what is freed, until the node is gone. So none moves, and none is reused. */
struct sim_arena {
	struct arena arena;
	struct list entry;
};

static struct arena *engine_arena_new(void *context, const char *name)
{
	struct sim_stack *stack = context;
	struct sim_arena *arena = calloc(1, sizeof(*arena));
	void *base = mmap(NULL, SIM_ARENA_SIZE_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)name;
	if (arena == NULL || base == MAP_FAILED)
		abort();
	arena->arena.base = base;
	list_append(&stack->arenas, &arena->entry);
	return &arena->arena;
}

static bool engine_arena_grow(void *context, struct arena *arena, size_t size)
{
	(void)context;
	if (size > SIM_ARENA_SIZE_MAX || size < arena->size)
		return false;
	arena->size = size;
	return true;
}

static void arena_unmap(struct sim_arena *arena)
{
	list_remove(&arena->entry);
	munmap(arena->arena.base, SIM_ARENA_SIZE_MAX);
	free(arena);
}

static void engine_arena_free(void *context, struct arena *arena)
{
	(void)context;
	(void)arena;
}

static void engine_arena_stored(void *context)
{
	struct sim_stack *stack = context;

	if (stack->hooks->arena_stored != NULL)
		stack->hooks->arena_stored(stack);
}

static bool engine_client_share(void *context, uint64_t client, uint64_t call, struct arena *const *arenas, size_t count)
{
	struct sim_stack *stack = context;

	return stack->hooks->client_share != NULL && stack->hooks->client_share(stack, client, call, arenas, count);
}

static void engine_log_record(void *context, enum host_log_level level, const char *subject, const char *id, const char *text)
{
	const struct sim_stack *stack = context;

	(void)level;
	(void)subject;
	sim_trace(stack->sim, stack->node, "%s: %s", id, text);
}

static void engine_leaves(void *context, const char *why)
{
	struct sim_stack *stack = context;

	stack->left = true;
	sim_violation(stack->sim, "replicas-equal", "node %" PRIu32 " leaves: %s", stack->node, why);
}

static void engine_stepping(struct sim_stack *stack, const struct group_event *event)
{
	if (stack->hooks->engine_stepping != NULL)
		stack->hooks->engine_stepping(stack, event);
}

static void engine_stepped(struct sim_stack *stack, const struct group_event *event)
{
	if (stack->hooks->engine_stepped != NULL)
		stack->hooks->engine_stepped(stack, event);
}

static void engine_work_off(struct sim_stack *stack)
{
	if (stack->left || sim_violated(stack->sim) || !engine_works(stack->engine))
		return;
	engine_stepping(stack, NULL);
	engine_work(stack->engine);
	engine_stepped(stack, NULL);
}

static void on_group_event(void *context, const struct group_event *event)
{
	struct sim_stack *stack = context;

	if (stack->engine == NULL) {
		stack->hooks->group_event(stack, event);
		return;
	}
	if (stack->left || sim_violated(stack->sim))
		return;
	if (event->kind == GROUP_EVENT_VIEW)
		sim_trace(stack->sim, stack->node, "%s %s of %zu", event->view.kind == GROUP_VIEW_REGULAR ? "regular" : "transitional",
		          ring_id_text(event->view.ring).text, event->view.member_count);
	engine_stepping(stack, event);
	engine_group_event(stack->engine, event);
	engine_stepped(stack, event);
	if (++stack->events % 3 != 0) /* now and then there is no time for it between two events */
		engine_work_off(stack);
}

/* --- Its life. --- */

void sim_stack_init(struct sim_stack *stack, struct sim *sim, uint32_t node, const struct totem_config *config,
                    const struct sim_stack_hooks *hooks)
{
	const struct totem_host host = {
		.context = stack, .monotonic_ns = host_now, .random = host_random, .multicast = totem_multicast, .unicast = totem_unicast,
		.timer_set = totem_timer_set, .timer_cancel = totem_timer_cancel, .wake = totem_wake, .store = totem_store, .log = totem_log,
		.left = totem_left,
	};
	struct totem_config own = *config;

	own.node = node;
	*stack = (struct sim_stack){.sim = sim, .node = node, .hooks = hooks};
	list_init(&stack->arenas);
	if (!totem_group_init(&stack->group, &own, &host, on_group_event, stack))
		abort();
}

void sim_stack_engine(struct sim_stack *stack, const struct engine_config *config, const struct service_engine *service)
{
	struct engine_config own = *config;
	uint32_t configured[SIM_NODES_MAX];
	char name[24], address[24];

	own.node = stack->node;
	own.configured_nodes = configured;
	own.expected_votes = own.configured_node_count = sim_node_count(stack->sim);
	for (uint32_t i = 0; i < own.configured_node_count; i++)
		configured[i] = SIM_NODE_FIRST + i;
	snprintf(name, sizeof name, "node-%" PRIu32, stack->node);
	snprintf(address, sizeof address, "10.0.0.%" PRIu32, stack->node);
	if (own.node_name == NULL)
		own.node_name = name;
	if (own.node_address == NULL) {
		own.node_address = address;
		own.address_family = 4;
	}
	own.client_timeout_ns = CLIENT_TIMEOUT_MS * SIM_MS;
	own.client_calls_max = CLIENT_CALLS_MAX;
	if (own.range_size == 0)
		own.range_size = RANGE_SIZE;
	stack->host = (struct host){
		.context = stack, .monotonic_ns = host_now, .wall_ns = host_wall, .random = host_random, .timer_set = engine_timer_set,
		.timer_cancel = engine_timer_cancel, .client_answer = engine_client_answer, .client_event = engine_client_event,
		.client_close = engine_client_close, .arena_new = engine_arena_new, .arena_grow = engine_arena_grow,
		.arena_free = engine_arena_free, .arena_stored = engine_arena_stored, .client_share = engine_client_share, .log = engine_log_record, .leave = engine_leaves,
	};
	stack->engine = engine_new(&own, &stack->host, &stack->group.group);
	if (stack->engine == NULL || !engine_service_add(stack->engine, service))
		abort();
}

bool sim_stack_current(const struct sim_stack *stack)
{
	const struct view *view = &stack->engine->view;

	return view->ended && view->serving && view->members[view->self].stamped && !stack->engine->pull.joining;
}

struct service *sim_stack_service(const struct sim_stack *stack)
{
	return &stack->engine->services[0];
}

static void stepping(struct sim_stack *stack, struct bytes packet)
{
	if (stack->hooks->stepping != NULL)
		stack->hooks->stepping(stack, packet);
}

static void stepped(struct sim_stack *stack)
{
	if (stack->hooks->stepped != NULL)
		stack->hooks->stepped(stack);
}

void sim_stack_start(struct sim_stack *stack, uint64_t stored_ring_seq)
{
	stepping(stack, (struct bytes){0});
	totem_group_start(&stack->group, stored_ring_seq);
	stepped(stack);
}

void sim_stack_clear(struct sim_stack *stack)
{
	if (stack->engine != NULL)
		engine_free(stack->engine);
	while (!list_is_empty(&stack->arenas))
		arena_unmap(container_of(stack->arenas.next, struct sim_arena, entry));
	totem_group_clear(&stack->group);
}

bool sim_stack_multicast(struct sim_stack *stack, struct bytes message, enum group_urgency urgency, bool safe)
{
	stepping(stack, (struct bytes){0});
	const bool taken = totem_group_multicast(&stack->group, message, urgency, safe);
	stepped(stack);
	return taken;
}

void sim_stack_leave(struct sim_stack *stack)
{
	stepping(stack, (struct bytes){0});
	group_leave(&stack->group.group);
	stepped(stack);
}

uint64_t sim_stack_stored_or_guess(const struct sim *sim, uint32_t node, bool lived_before)
{
	const uint64_t disk = sim_node_disk(sim, node);

	return disk == 0 && lived_before ? (uint64_t)(sim_now(sim) / SIM_MS + 1) * 1000 : disk;
}

void sim_stack_packet(void *instance, uint32_t from, struct bytes packet)
{
	struct sim_stack *stack = instance;

	(void)from;
	stepping(stack, packet);
	totem_group_packet(&stack->group, 0, packet);
	stepped(stack);
}

void sim_stack_timer(void *instance, uint64_t timer, int64_t late_ns)
{
	struct sim_stack *stack = instance;

	if (timer >= TIMER_ENGINE) {
		engine_stepping(stack, NULL);
		engine_timer(stack->engine, timer - TIMER_ENGINE);
		engine_stepped(stack, NULL);
		return;
	}
	stepping(stack, (struct bytes){0});
	if (timer == TIMER_WAKE)
		totem_group_wake(&stack->group);
	else
		totem_group_timer(&stack->group, (uint32_t)timer, late_ns);
	stepped(stack);
}

void sim_stack_stored(void *instance, uint64_t value)
{
	struct sim_stack *stack = instance;

	stepping(stack, (struct bytes){0});
	totem_group_stored(&stack->group, value);
	stepped(stack);
}

void sim_stack_totem_draw(struct sim *sim, uint32_t nodes, struct totem_config *config)
{
	const uint32_t longer_ms = nodes <= NODES_FEW ? 0 : (nodes - NODES_FEW) * TOKEN_COEFFICIENT_MS;

	totem_config_default(config);
	config->cluster = 0x636c7573746572;
	config->token_ms = 100 + longer_ms;
	config->consensus_ms = config->token_ms * 12 / 10;
	config->token_retransmit_ms = 0;
	config->hold_ms = 0;
	config->join_ms = 10;
	config->merge_ms = 40;
	config->miss_count = 1 + (uint32_t)sim_random_below(sim, 5);
}
