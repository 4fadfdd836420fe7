/* A node of the world: an engine, its host, its group, and its client. What comes out of the engine goes to the checkers here. */
#include "conformance/engine/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { CALL_READS = 1000, CALL_UNLOCKS = 2000, CALL_OPENS = 3000 };

static const char *result_text(uint32_t code)
{
	switch (code) {
	case RESULT_OK:
		return "OK";
	case RESULT_TIMEOUT:
		return "TIMEOUT";
	case RESULT_TRY_AGAIN:
		return "TRY_AGAIN";
	case RESULT_BUSY:
		return "BUSY";
	case RESULT_NOT_EXIST:
		return "NOT_EXIST";
	default:
		return "?";
	}
}

struct service *node_service(const struct node *node)
{
	return &node->engine->services[0];
}

struct service *node_elsewhere(const struct node *node)
{
	return node->engine->service_count > 1 ? &node->engine->services[1] : NULL;
}

bool node_current(const struct node *node)
{
	const struct view *view = &node->engine->view;

	return node->up && view->ended && view->serving && view->members[view->self].stamped && !node->engine->pull.joining;
}

bool node_serves(const struct node *node)
{
	return node->up && gate_holders(node->engine) == 0;
}

uint64_t state_seen(const void *state)
{
	uint64_t seen = toy_lock(state)->seen;

	for (uint8_t key = 0; key < TOY_KEYS; key++)
		seen |= toy_counter(state, key) == NULL ? 0 : toy_counter(state, key)->seen;
	return seen;
}

/* The host */

static int64_t host_monotonic(void *context)
{
	return ((struct node *)context)->world->now_ns;
}

static int64_t host_wall(void *context)
{
	struct node *node = context;

	return node->world->now_ns + 7 * (int64_t)node->index;
}

static uint64_t host_random(void *context)
{
	return world_random(((struct node *)context)->world);
}

static void host_timer_set(void *context, uint64_t timer, int64_t at_ns)
{
	((struct node *)context)->timers[timer] = at_ns;
}

static void host_timer_cancel(void *context, uint64_t timer)
{
	((struct node *)context)->timers[timer] = INT64_MAX;
}

static void answer_read(struct world *world, struct node *node, struct world_read *read, uint32_t code, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);
	struct toy_value value;

	if (read->answered)
		world_violation(world, "node %u answers a read twice", node->index + 1);
	read->answered = true;
	if (code != RESULT_OK)
		return;
	if (!toy_value_decode(&in, &value)) {
		world_violation(world, "node %u answers a read with something else", node->index + 1);
		return;
	}
	world_trace(world, "   %u: read of key %u answered: token %llu", node->index + 1, read->key, (unsigned long long)value.token);
	world->counts.reads++;
	check_reads_answered(world, read, &value);
}

static void answer_operation(struct world *world, struct node *node, uint64_t token, uint32_t code)
{
	struct world_operation *operation = &world->operations[token];

	if (operation->answered)
		world_violation(world, "node %u answers operation %llu twice", node->index + 1, (unsigned long long)token);
	operation->answered = true;
	if (code == RESULT_TIMEOUT)
		world->counts.timeout++;
	else if (code != RESULT_OK)
		world->counts.other++;
	if (code != RESULT_OK)
		return;
	world->counts.ok++;
	check_promises_answered(world, node->index, token);
	if (operation->kind == WORLD_LOCK) {
		check_locks_granted(world, node->index);
		node->belief = token;
	}
}

static void answer_open(struct world *world, struct node *node, uint64_t token, uint32_t code, struct bytes body)
{
	const bool open = world->operations[token].kind == WORLD_OPEN;
	struct wire_reader in = wire_reader_of(body);

	answer_operation(world, node, token, code);
	if (!open)
		return;
	node->opening = false;
	node->opened = code == RESULT_OK;
	node->box = identity_decode(&in);
}

static void host_client_answer(void *context, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct node *node = context;
	struct world *world = node->world;

	if (client != node->client && client != node->client_elsewhere) {
		world_violation(world, "node %u answers a client that it does not have", node->index + 1);
		return;
	}
	world_trace(world, "   %u answers %s to call %llu", node->index + 1, result_text(code), (unsigned long long)call);
	if (call >= CALL_OPENS)
		answer_open(world, node, call - CALL_OPENS, code, body);
	else if (call >= CALL_UNLOCKS)
		answer_operation(world, node, call - CALL_UNLOCKS, code);
	else if (call >= CALL_READS)
		answer_read(world, node, &world->reads[call - CALL_READS], code, body);
	else
		answer_operation(world, node, call, code);
}

static void host_client_event(void *context, uint64_t client, uint16_t event, struct bytes body)
{
	struct node *node = context;

	(void)client;
	struct wire_reader in = wire_reader_of(body);

	if (event == TOY_EVENT_STALE && node->opened && identity_equal(identity_decode(&in), node->box)) {
		world_trace(node->world, "   %u tells its client that the box it had open is gone", node->index + 1);
		node->opened = false;
	}
	if (event != TOY_EVENT_LOST)
		return;
	world_trace(node->world, "   %u tells its client that the lock is lost", node->index + 1);
	node->world->counts.lost++;
	node->belief = 0;
}

static void host_client_close(void *context, uint64_t client, const char *why)
{
	struct node *node = context;

	(void)client;
	world_violation(node->world, "node %u disconnects its client: %s", node->index + 1, why);
}

static struct arena *host_arena_new(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static bool host_arena_grow(void *context, struct arena *arena, size_t size)
{
	(void)context;
	(void)arena;
	(void)size;
	return false;
}

static void host_arena_free(void *context, struct arena *arena)
{
	(void)context;
	(void)arena;
}

static void host_log(void *context, enum host_log_level level, const char *subject, const char *id, const char *text)
{
	struct node *node = context;

	(void)level;
	(void)subject;
	if (strcmp(id, "state-wait-over") == 0)
		node->world->adopted = true;
	world_trace(node->world, "   %u: %s: %s", node->index + 1, id, text);
}

static void host_leave(void *context, const char *why)
{
	struct node *node = context;

	world_trace(node->world, "   %u asks to leave: %s", node->index + 1, why);
	node->leaving = true;
	if (!node->starving)
		world_violation(node->world, "P3 node %u leaves: %s", node->index + 1, why);
}

/* The group */

static bool group_take(struct group *group, struct bytes message, enum group_urgency urgency)
{
	struct node *node = container_of(group, struct node, group);
	struct queue *queue = urgency == GROUP_BARRIER ? &node->barrier : urgency == GROUP_BULK ? &node->bulk : &node->ordinary;
	const size_t room = urgency == GROUP_BARRIER ? sizeof queue->messages / sizeof queue->messages[0] : WORLD_QUEUE_MAX;

	if (queue->count >= room) {
		node->blocked = true;
		return false;
	}
	struct message *queued = &queue->messages[queue->count++];
	queued->data = malloc(message.size);
	queued->size = message.size;
	memcpy(queued->data, message.data, message.size);
	return true;
}

static void group_gone(struct group *group)
{
	(void)group;
}

static const struct group_operations group_operations = {.multicast = group_take, .leave = group_gone};

/* Life */

bool node_start(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	uint32_t configured[WORLD_NODES_MAX];
	char name[16], address[16];

	for (uint32_t i = 0; i < world->options.nodes; i++)
		configured[i] = i + 1;
	snprintf(name, sizeof name, "node-%u", p + 1);
	snprintf(address, sizeof address, "10.0.0.%u", p + 1);
	for (size_t i = 0; i <= ENGINE_TIMER_STATE_WAIT; i++)
		node->timers[i] = INT64_MAX;
	node->starving = node->leaving = false;
	node->host = (struct host){
		.context = node, .monotonic_ns = host_monotonic, .wall_ns = host_wall, .random = host_random, .timer_set = host_timer_set,
		.timer_cancel = host_timer_cancel, .client_answer = host_client_answer, .client_event = host_client_event,
		.client_close = host_client_close, .arena_new = host_arena_new, .arena_grow = host_arena_grow,
		.arena_free = host_arena_free, .log = host_log, .leave = host_leave,
	};
	node->group = (struct group){.operations = &group_operations, .message_size_max = 400};
	node->engine = engine_new(&(struct engine_config){
		.node = p + 1, .incarnation = node->incarnation, .node_name = name, .node_address = address, .address_family = 4,
		.boot_ns = world->now_ns, .quorum_required = world->options.quorum, .fencing = world->options.fencing, .expected_votes = world->options.expected == 0 ? world->options.nodes : world->options.expected,
		.configured_nodes = configured, .configured_node_count = world->options.nodes,
		.state_wait_ns = world->options.state_wait_ns == 0 ? INT64_MAX : world->options.state_wait_ns,
		.client_timeout_ns = INT64_MAX, .client_calls_max = 64, .range_size = world->options.range_size,
		.version = world->options.old == 0 ? 0 : (world->options.old & bit(p)) != 0 && node->incarnation == 1 ? TOY_YOUNGER - 1 : TOY_YOUNGER,
		.rules_off = world->options.rules_off,
	}, &node->host, &node->group);
	node->client = 100 * (uint64_t)(p + 1) + node->incarnation;
	if (!engine_service_add(node->engine, &aisle_service_toy) || !engine_client_opened(node->engine, node->client, "toy", 0, 0))
		return false;
	if (world->options.without == 0 || (world->options.without & bit(p)))
		return true;
	node->client_elsewhere = 1000000 + node->client;
	return engine_service_add(node->engine, &toy_elsewhere) &&
	       engine_client_opened(node->engine, node->client_elsewhere, "elsewhere", 0, 0);
}

void node_stop(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];

	engine_free(node->engine);
	node->engine = NULL;
	for (size_t i = 0; i < node->barrier.count; i++)
		free(node->barrier.messages[i].data);
	for (size_t i = 0; i < node->ordinary.count; i++)
		free(node->ordinary.messages[i].data);
	for (size_t i = 0; i < node->bulk.count; i++)
		free(node->bulk.messages[i].data);
	node->barrier.count = node->ordinary.count = node->bulk.count = 0;
}

static void remember(struct node *node)
{
	const struct view *view = &node->engine->view;

	node->was_ended = view->ended;
	node->was_serving = view->ended && view->serving;
	node->was_stamped = node_current(node);
	node->was_complete = node_current(node) && node_service(node)->complete;
	node->was_ring = view->ring;
	node->was_lineage = node->engine->lineage;
	check_catchup_remember(node);
	node->was_present = toy_present(node_service(node)->state);
	check_objects_before(node->world, node->index);
}

/* What the event has changed that a promise hangs on. */
static void compare(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];
	const struct view *view = &node->engine->view;
	const bool same_view = ring_id_equal(view->ring, node->was_ring);

	check_lineage(world, p);
	check_catchup_bound(world, p);
	check_catchup_halves(world, p);
	check_identities_applied(world, p);
	check_objects_after(world, p);
	check_promises_kept(world, p);
	if (node_current(node) && !(same_view && node->was_stamped))
		check_locks_taken_over(world, p);
	if (view->ended && !(same_view && node->was_ended) && view->self == 0) {
		world->counts.views++;
		world->counts.primaries += view->primary;
	}
	if (node_current(node) && !(same_view && node->was_stamped)) {
		world->counts.joins += !view->members[view->self].winner;
		if (!world->options.quorum || view->primary)
			check_promises_serving(world, p, view->members[view->self].winner ? "barrier's end" : "adopted");
	} else if (node_current(node) && node_service(node)->complete && !node->was_complete && view->primary) {
		check_promises_serving(world, p, "caught up");
	} else if (node_current(node) && (toy_present(node_service(node)->state) & ~node->was_present) != 0 && view->primary) {
		check_promises_serving(world, p, "content came");
	}
}

/* Now and then there is time for it between two events. */
static void node_work(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];

	if (++node->events % 3 == 0 || world->violated || node->leaving || !engine_works(node->engine))
		return;
	remember(node);
	engine_work(node->engine);
	if (!world->violated && !node->leaving)
		compare(world, p);
}

void node_event(struct world *world, unsigned p, const struct group_event *event)
{
	struct node *node = &world->nodes[p];

	if (world->violated)
		return;
	remember(node);
	engine_group_event(node->engine, event);
	if (!world->violated && !node->leaving)
		compare(world, p);
	node_work(world, p);
}

/* A millisecond passes. */
void world_tick(struct world *world)
{
	world->now_ns += 1000000;
	if (world->options.tick != NULL)
		world->options.tick(world->options.context);
	for (unsigned p = 0; p < world->options.nodes; p++)
		for (uint64_t timer = ENGINE_TIMER_DEADLINE; timer <= ENGINE_TIMER_STATE_WAIT; timer++) {
			struct node *node = &world->nodes[p];

			if (!node->up || world->violated || world->drowsy || node->timers[timer] > world->now_ns)
				continue;
			node->timers[timer] = INT64_MAX;
			remember(node);
			engine_timer(node->engine, timer);
			compare(world, p);
		}
}

void node_starve(struct world *world, unsigned p)
{
	world->nodes[p].starving = true;
	toy_starve(node_service(&world->nodes[p])->state);
}

static int64_t timeout_of(struct world *world)
{
	if (world->options.exact)
		return world->timeout_ns == 0 ? INT64_MAX : world->timeout_ns;
	return world->options.timeouts && world_random(world) % 4 == 0 ? (int64_t)(world_random(world) % 60) * 1000000 : INT64_MAX;
}

static size_t padding_of(struct world *world, size_t large)
{
	if (world->options.exact)
		return world->padding < large ? world->padding : large;
	const uint64_t dice = world_random(world) % 16;

	return dice == 0 ? large : dice == 1 ? large / 4 : 0;
}

static void request_read(struct world *world, struct node *node, uint8_t key)
{
	struct world_read *read = &world->reads[world->read_count];
	struct wire_writer out = {0};

	*read = (struct world_read){.node = node->index, .key = key};
	for (size_t token = 1; token <= world->operation_count; token++)
		if (((world->promised | world->read_promised) >> token & 1) && world->operations[token].kind == WORLD_ADD &&
		    world->operations[token].key == key && !world->operations[token].elsewhere)
			read->must_see |= UINT64_C(1) << token;
	world_trace(world, "%u: client reads key %u", node->index + 1, key);
	toy_key_encode(&out, key);
	engine_client_request(node->engine, node->client, CALL_READS + world->read_count++, TOY_REQUEST_READ, INT64_MAX,
	                      wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

void node_request(struct world *world, unsigned p, enum world_request request, uint8_t key)
{
	struct node *node = &world->nodes[p];
	struct wire_writer out = {0};

	if (request == WORLD_REQUEST_READ) {
		request_read(world, node, key);
		return;
	}
	const uint64_t token = ++world->operation_count;
	struct world_operation *operation = &world->operations[token];
	*operation = (struct world_operation){.node = p, .incarnation = node->incarnation, .key = key % WORLD_KEYS,
	                                      .elsewhere = key >= WORLD_KEYS};
	if (request == WORLD_REQUEST_ADD) {
		const uint8_t padding[2800] = {0};

		operation->kind = WORLD_ADD;
		toy_add_encode(&out, &(struct toy_add){.key = operation->key, .amount = 1, .token = token,
		                                       .padding = bytes_of(padding, padding_of(world, sizeof padding))});
		world_trace(world, "%u: client adds to key %u%s: call %llu", p + 1, operation->key, operation->elsewhere ? " elsewhere" : "",
		            (unsigned long long)token);
		engine_client_request(node->engine, operation->elsewhere ? node->client_elsewhere : node->client, token, TOY_REQUEST_ADD, timeout_of(world), wire_writer_bytes(&out));
	} else if (request == WORLD_REQUEST_LOCK) {
		operation->kind = WORLD_LOCK;
		toy_token_encode(&out, token);
		world_trace(world, "%u: client locks: call %llu", p + 1, (unsigned long long)token);
		engine_client_request(node->engine, node->client, token, TOY_REQUEST_LOCK, timeout_of(world), wire_writer_bytes(&out));
	} else if (request == WORLD_REQUEST_OPEN || request == WORLD_REQUEST_CLOSE) {
		const bool open = request == WORLD_REQUEST_OPEN;

		operation->kind = open ? WORLD_OPEN : WORLD_CLOSE;
		node->opening = open;
		node->opened = false;
		toy_unlock_encode(&out);
		world_trace(world, "%u: client %s: call %llu", p + 1, open ? "opens" : "closes", (unsigned long long)(CALL_OPENS + token));
		engine_client_request(node->engine, node->client, CALL_OPENS + token, open ? TOY_REQUEST_OPEN : TOY_REQUEST_CLOSE,
		                      open ? timeout_of(world) : INT64_MAX, wire_writer_bytes(&out));
	} else {
		operation->kind = WORLD_UNLOCK;
		operation->unlocks = node->belief;
		node->belief = 0;
		toy_unlock_encode(&out);
		world_trace(world, "%u: client unlocks: call %llu", p + 1, (unsigned long long)(CALL_UNLOCKS + token));
		engine_client_request(node->engine, node->client, CALL_UNLOCKS + token, TOY_REQUEST_UNLOCK, INT64_MAX,
		                      wire_writer_bytes(&out));
	}
	wire_writer_clear(&out);
}
