/* Where the engine is entered: by its host (timers; clients: engine_requests.c) and by the group. Sorts events to the files that know
 * what to do, and settles what they leave behind. Not here: any rule. */
#include "core/engine/engine_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void engine_log(struct engine *engine, enum host_log_level level, const char *id, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	engine->host->log(engine->host->context, level, "engine", id, text);
}

void engine_leave(struct engine *engine, const char *why)
{
	if (engine->leaving)
		return;
	engine->leaving = true;
	engine->host->leave(engine->host->context, why);
}

void *engine_allocate(struct engine *engine, size_t size)
{
	void *memory = calloc(1, size == 0 ? 1 : size);

	if (memory == NULL)
		engine_leave(engine, "no memory");
	return memory;
}

void engine_timer_arm(struct engine *engine, enum engine_timer_id timer, int64_t at_ns)
{
	if (engine->timers[timer] == at_ns)
		return;
	engine->timers[timer] = at_ns;
	if (at_ns == INT64_MAX)
		engine->host->timer_cancel(engine->host->context, timer);
	else
		engine->host->timer_set(engine->host->context, timer, at_ns);
}

/* A message of the engine's own that the group refused. */
struct queued_message {
	struct list entry;
	uint32_t to; /* 0: all */
	size_t size;
	uint8_t data[];
};

static void message_queue(struct engine *engine, struct list *queue, uint32_t to, struct bytes bytes)
{
	struct queued_message *queued = engine_allocate(engine, sizeof *queued + bytes.size);

	if (queued == NULL)
		return;
	queued->to = to;
	queued->size = bytes.size;
	memcpy(queued->data, bytes.data, bytes.size);
	list_append(queue, &queued->entry);
}

static bool group_take(struct engine *engine, uint32_t to, struct bytes bytes, enum group_urgency urgency)
{
	return to == 0 ? group_multicast(engine->group, bytes, urgency) : group_direct(engine->group, to, bytes);
}

static void message_send(struct engine *engine, struct list *queue, uint32_t to, const struct wire_writer *message, enum group_urgency urgency)
{
	const struct bytes bytes = wire_writer_bytes(message);

	if (message->failed)
		engine_leave(engine, "no memory for a message");
	else if (!list_is_empty(queue) || !group_take(engine, to, bytes, urgency))
		message_queue(engine, queue, to, bytes);
}

void engine_barrier_send(struct engine *engine, const struct wire_writer *message)
{
	message_send(engine, &engine->barrier_queue, 0, message, GROUP_BARRIER);
}

void engine_bulk_send(struct engine *engine, uint32_t to, const struct wire_writer *message)
{
	message_send(engine, &engine->bulk_queue, to, message, GROUP_BULK);
}

static void queue_flush(struct engine *engine, struct list *queue, enum group_urgency urgency)
{
	while (!list_is_empty(queue)) {
		struct queued_message *queued = container_of(queue->next, struct queued_message, entry);

		if (!group_take(engine, queued->to, bytes_of(queued->data, queued->size), urgency))
			return;
		list_remove(&queued->entry);
		free(queued);
	}
}

void engine_queues_flush(struct engine *engine)
{
	queue_flush(engine, &engine->barrier_queue, GROUP_BARRIER);
	queue_flush(engine, &engine->bulk_queue, GROUP_BULK);
}

static void queue_clear(struct list *queue)
{
	while (!list_is_empty(queue)) {
		struct queued_message *queued = container_of(queue->next, struct queued_message, entry);

		list_remove(&queued->entry);
		free(queued);
	}
}

/* What was said in a view has no meaning in the next. */
static void queues_clear(struct engine *engine)
{
	queue_clear(&engine->barrier_queue);
	queue_clear(&engine->bulk_queue);
}

struct service *engine_service_of_id(struct engine *engine, uint16_t id)
{
	for (size_t i = 0; i < engine->service_count; i++)
		if (engine->services[i].table->id == id)
			return &engine->services[i];
	return NULL;
}

size_t view_member_index(const struct view *view, uint32_t node)
{
	size_t low = 0, high = view->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (view->claims[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low < view->count && view->claims[low].node == node ? low : SIZE_MAX;
}

struct deadline_key {
	int64_t deadline_ns;
	uint64_t serial;
};

static int deadline_compare(const void *key, const struct tree_node *node)
{
	const struct deadline_key *a = key;
	const struct call *b = container_of(node, struct call, in_deadlines);

	if (a->deadline_ns != b->deadline_ns)
		return a->deadline_ns < b->deadline_ns ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

struct held_key {
	struct position position;
	uint64_t serial;
};

static int held_compare(const void *key, const struct tree_node *node)
{
	const struct held_key *a = key;
	const struct held *b = container_of(node, struct held, in_held);
	const int order = position_compare(a->position, b->position);

	return order != 0 ? order : (a->serial > b->serial) - (a->serial < b->serial);
}

static bool config_copy(struct engine *engine, const struct engine_config *config)
{
	engine->config = *config;
	engine->name = strdup(config->node_name != NULL ? config->node_name : "");
	engine->address = strdup(config->node_address != NULL ? config->node_address : "");
	engine->configured = calloc(config->configured_node_count + 1, sizeof *engine->configured);
	if (engine->name == NULL || engine->address == NULL || engine->configured == NULL)
		return false;
	for (size_t i = 0; i < config->configured_node_count; i++)
		engine->configured[i] = config->configured_nodes[i];
	engine->config.node_name = engine->name;
	engine->config.node_address = engine->address;
	engine->config.configured_nodes = engine->configured;
	if (engine->config.client_calls_max == 0)
		engine->config.client_calls_max = 256;
	if (engine->config.version == 0)
		engine->config.version = ENGINE_VERSION;
	engine->version = engine->config.version;
	if (engine->config.range_size == 0)
		engine->config.range_size = (size_t)256 * 1024;
	if (engine->config.client_timeout_ns <= 0)
		engine->config.client_timeout_ns = INT64_C(10000000000);
	return true;
}

static bool config_valid(const struct engine_config *config)
{
	return config->node != 0 && config->configured_node_count <= ENGINE_MEMBERS_MAX &&
	       (config->node_name == NULL || strlen(config->node_name) <= ENGINE_TEXT_MAX) &&
	       (config->node_address == NULL || strlen(config->node_address) <= ENGINE_TEXT_MAX);
}

struct engine *engine_new(const struct engine_config *config, const struct host *host, struct group *group)
{
	struct engine *engine = config_valid(config) ? calloc(1, sizeof *engine) : NULL;

	if (engine == NULL)
		return NULL;
	engine->host = host;
	engine->group = group;
	list_init(&engine->closing);
	list_init(&engine->waiting);
	list_init(&engine->withdrawn);
	list_init(&engine->debts);
	list_init(&engine->queue);
	list_init(&engine->sent);
	list_init(&engine->owed);
	list_init(&engine->barrier_queue);
	list_init(&engine->bulk_queue);
	list_init(&engine->pull.kept);
	engine->pull.service = SIZE_MAX;
	engine->deadlines.compare = deadline_compare;
	engine->held.compare = held_compare;
	for (size_t i = 0; i <= ENGINE_TIMER_READERS; i++)
		engine->timers[i] = INT64_MAX;
	if (!config_copy(engine, config)) {
		engine_free(engine);
		return NULL;
	}
	return engine;
}

static void service_free(struct service *service)
{
	if (service->table->stopped != NULL)
		service->table->stopped(service);
	if (service->state != NULL)
		service->table->state_free(service->state);
	if (service->next != NULL)
		service->table->state_free(service->next);
	objects_clear(service);
	wire_writer_clear(&service->body);
	free(service->data);
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	engine->leaving = true;
	catchup_stop(engine);
	requests_clear(engine);
	operations_clear(engine);
	answers_clear(engine);
	queues_clear(engine);
	for (size_t i = 0; i < engine->service_count; i++)
		service_free(&engine->services[i]);
	barrier_view_clear(&engine->view);
	barrier_told_clear(engine);
	hash_table_clear(&engine->clients);
	effects_clear(&engine->effects);
	free(engine->lineage_members);
	free(engine->joined);
	free(engine->unfenced);
	free(engine->status_unfenced);
	free(engine->configured);
	free(engine->name);
	free(engine->address);
	free(engine->status_members);
	for (size_t i = 0; i < ENGINE_STATUS_NAMES; i++)
		free(engine->given_up[i]);
	free(engine);
}

static bool service_table_valid(const struct service_engine *table)
{
	const bool state = table->state_new != NULL;
	const bool ranges = table->range_next != NULL;

	if (table->id == 0 || table->name == NULL || table->request_count > SERVICE_REQUESTS_MAX)
		return false;
	if (state && (table->state_free == NULL || table->apply == NULL || table->digest_directory == NULL ||
	              table->directory_encode == NULL || table->directory_decode == NULL))
		return false;
	const bool lists = table->objects_listed != NULL;

	if (lists && (!ranges || table->self_set == NULL || table->objects_filling == NULL || table->object_holding == NULL || table->objects_keep == NULL ||
	              table->objects_covered == NULL || table->fill_anew == NULL || table->fill_next == NULL || table->object_filled == NULL))
		return false;
	return !ranges || (state && table->digest_content != NULL && table->range_open != NULL && table->range_kept != NULL &&
	                   table->range_drop != NULL && table->range_copy != NULL && table->range_install != NULL &&
	                   table->object_find != NULL && table->object_next != NULL && table->object_forget != NULL &&
	                   table->objects_lost != NULL && table->object_encode != NULL && table->object_restore != NULL &&
	                   table->object_give_up != NULL);
}

bool engine_service_add(struct engine *engine, const struct service_engine *table)
{
	if (engine->service_count == ENGINE_SERVICES_MAX || !service_table_valid(table) || engine->view.installed)
		return false;
	if (engine_service_of_id(engine, table->id) != NULL)
		return false;
	struct service *service = &engine->services[engine->service_count];
	*service = (struct service){
		.engine = engine, .table = table, .index = engine->service_count, .complete = true, .due_ns = INT64_MAX,
	};
	list_init(&service->clients);
	objects_init(service);
	if (table->state_new != NULL) {
		service->state = objects_state_new(engine, service);
		if (service->state == NULL)
			return false;
	}
	engine->service_count++;
	return true;
}

void engine_setting(struct engine *engine, const char *service_name, const char *name, uint64_t value)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if (strcmp(service->table->name, service_name) == 0 && service->table->setting != NULL)
			service->table->setting(service, name, value);
	}
}

/* R16 for those who read without asking: as a call would be answered that arrives now. */
static int64_t readers_until(struct engine *engine, struct service *service)
{
	const bool may = !engine->leaving && engine->view.installed && gate_service_open(engine, service) &&
	                 answers_stable_now(engine, engine->view.end, service->index);

	if (!may)
		return 0;
	if (!rule_on(engine, RULE_LEASE))
		return INT64_MAX;
	/* They would not notice that this daemon is gone: so much later they ask it, and do. */
	const int64_t at_most_ns = engine_now(engine) + ENGINE_READERS_LEASE_NS;
	return engine->fresh_until_ns < at_most_ns ? engine->fresh_until_ns : at_most_ns;
}

static void readers_tell(struct engine *engine)
{
	bool renews = false;

	for (size_t i = 0; i < engine->service_count; i++) {
		struct service *service = &engine->services[i];

		if (service->table->readers == NULL || service->state == NULL)
			continue;
		const int64_t until_ns = readers_until(engine, service);
		renews |= service->table->readers(service, until_ns) && until_ns != 0;
	}
	if (renews && engine->timers[ENGINE_TIMER_READERS] == INT64_MAX)
		engine_timer_arm(engine, ENGINE_TIMER_READERS, engine_now(engine) + ENGINE_READERS_LEASE_NS / 2);
}

static void posting_tell(struct engine *engine)
{
	const bool may_post = gate_holders(engine) == 0 && !engine->draining;

	if (may_post == engine->may_post || engine->host->clients_may_post == NULL)
		return;
	engine->may_post = may_post;
	engine->host->clients_may_post(engine->host->context, may_post);
}

/* After every entry: what readers may rely on, first, since the others wait for nothing; clients that were disconnected go, calls that waited are tried again, what is stable leaves. */
static void settle(struct engine *engine)
{
	readers_tell(engine);
	if (engine->leaving)
		return;
	if (engine->waiting_dirty)
		requests_run_waiting(engine);
	requests_sweep(engine);
	requests_arm_deadline(engine);
	posting_tell(engine);
}

static void malformed(struct engine *engine, uint32_t sender, const char *what)
{
	if (engine->malformed++ == 0)
		engine_log(engine, HOST_LOG_WARNING, "message-malformed", "node %u sent a %s that does not decode; it is ignored",
		           (unsigned)sender, what);
}

static void deliver_plain(struct engine *engine, const struct engine_header *header, size_t member, struct wire_reader *in,
                          struct position position)
{
	switch (header->kind) {
	case ENGINE_CLAIM:
		barrier_on_claim(engine, member, in);
		break;
	case ENGINE_AGREED:
		barrier_on_agreed(engine, member, position);
		break;
	case ENGINE_RANGE_REQUEST:
		catchup_on_request(engine, member, in, position);
		break;
	case ENGINE_RANGE_COPY:
		catchup_on_copy(engine, member, in);
		break;
	case ENGINE_ADOPTED:
		catchup_on_adopted(engine, member, position);
		break;
	case ENGINE_CAUGHT_UP:
		catchup_on_caught_up(engine, member, in);
		break;
	case ENGINE_ADOPT:
		barrier_on_adopt(engine, position);
		break;
	case ENGINE_DIGESTS:
		digests_on_digests(engine, member, in);
		break;
	case ENGINE_FENCED:
		fencing_on_fenced(engine, in, position);
		break;
	case ENGINE_VOTES:
		votes_on_votes(engine, member, in, position);
		break;
	case ENGINE_LEAVING:
		fencing_on_leaving(engine, member, position);
		break;
	case ENGINE_HOLDINGS:
		objects_on_holdings(engine, member, in);
		break;
	case ENGINE_OPERATION:
	case ENGINE_PART:
		break;
	}
}

/* R1: what was sent in another view is void, on all nodes alike. */
static void deliver(struct engine *engine, const struct group_event *event)
{
	struct wire_reader in = wire_reader_of(event->message);
	const size_t member = view_member_index(&engine->view, event->sender);
	struct engine_header header;

	if (!engine_header_decode(&in, &header)) {
		malformed(engine, event->sender, "message");
		return;
	}
	if (!engine->view.installed || member == SIZE_MAX)
		return;
	if (header.kind == ENGINE_OPERATION) {
		operations_on_operation(engine, member, wire_get_rest(&in), event->position, header.tag);
	} else if (header.kind == ENGINE_PART) {
		operations_on_part(engine, member, &in, event->position, header.tag);
	} else if (ring_id_equal(header.tag, engine->view.ring)) {
		deliver_plain(engine, &header, member, &in, event->position);
		if (in.failed)
			malformed(engine, event->sender, "message body");
	}
}

/* Beside the order nothing comes but pieces of a range. */
static void direct(struct engine *engine, const struct group_event *event)
{
	struct wire_reader in = wire_reader_of(event->message);
	struct engine_header header;

	if (!engine_header_decode(&in, &header) || header.kind != ENGINE_RANGE_COPY) {
		malformed(engine, event->sender, "direct message");
		return;
	}
	if (!engine->view.installed || !ring_id_equal(header.tag, engine->view.ring))
		return;
	catchup_on_direct(engine, &in);
	if (in.failed)
		malformed(engine, event->sender, "body of a direct message");
}

static void stable(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	if (!view->installed || !ring_id_equal(position.ring, view->ring))
		return;
	if (view->stable_valid && position_compare(position, view->stable) <= 0)
		return;
	view->stable = position;
	view->stable_valid = true;
	answers_release(engine);
}

void engine_group_event(struct engine *engine, const struct group_event *event)
{
	if (engine->leaving)
		return;
	switch (event->kind) {
	case GROUP_EVENT_DELIVER:
		deliver(engine, event);
		break;
	case GROUP_EVENT_DIRECT:
		direct(engine, event);
		break;
	case GROUP_EVENT_VIEW:
		if (event->view.kind == GROUP_VIEW_REGULAR)
			queues_clear(engine);
		barrier_view(engine, &event->view);
		break;
	case GROUP_EVENT_STABLE:
		stable(engine, event->position);
		break;
	case GROUP_EVENT_FRESH:
		engine->fresh_until_ns = event->fresh_until_ns;
		engine->waiting_dirty |= !list_is_empty(&engine->waiting);
		break;
	case GROUP_EVENT_WRITABLE:
		engine->blocked = false;
		engine_queues_flush(engine);
		operations_flush(engine);
		break;
	}
	settle(engine);
}

void engine_timer(struct engine *engine, uint64_t timer)
{
	if (engine->leaving || timer < ENGINE_TIMER_DEADLINE || timer > ENGINE_TIMER_READERS)
		return;
	engine->timers[timer] = INT64_MAX;
	switch ((enum engine_timer_id)timer) {
	case ENGINE_TIMER_DEADLINE:
		requests_deadlines(engine);
		break;
	case ENGINE_TIMER_RELEASE:
		answers_release(engine);
		engine->waiting_dirty = true;
		break;
	case ENGINE_TIMER_DUE:
		keeper_timer(engine);
		break;
	case ENGINE_TIMER_READERS: /* the settling renews their lease */
		break;
	case ENGINE_TIMER_STATE_WAIT:
		barrier_state_wait(engine);
		break;
	}
	settle(engine);
}
