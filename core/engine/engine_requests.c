/* Clients and their calls, from the request to the answer or the deadline; and what a service may ask of the engine (service.h).
 * Everything is bounded per client. Not here: operations (engine_operations.c), held answers (engine_answers.c). */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

static const int64_t withdrawal_wait_ns = 1000000000;

static const struct service_request *call_row(const struct call *call)
{
	return &call->client->service->table->requests[call->request];
}

static bool client_is(const struct hash_node *node, const void *key)
{
	return container_of(node, struct client, in_engine)->id == *(const uint64_t *)key;
}

static uint64_t client_hash(uint64_t id)
{
	return digest_u64(0, id);
}

struct client *client_find(struct engine *engine, uint64_t id)
{
	struct hash_node *node = hash_table_find(&engine->clients, client_hash(id), client_is, &id);

	return node == NULL ? NULL : container_of(node, struct client, in_engine);
}

struct call *client_call(struct client *client, uint64_t number)
{
	for (struct list *entry = client->calls.next; entry != &client->calls; entry = entry->next) {
		struct call *call = container_of(entry, struct call, in_client);

		if (call->number == number)
			return call;
	}
	return NULL;
}

/* A call */

static void call_forget(struct call *call)
{
	struct client *client = call->client;
	struct engine *engine = client->service->engine;

	operations_take_back(engine, call);
	if (client->current == call)
		client->current = NULL;
	list_remove(&call->in_client);
	list_remove(&call->in_waiting);
	tree_remove(&engine->deadlines, &call->in_deadlines);
	client->call_count--;
	free(call->body);
	free(call);
}

bool call_is_posted(const struct call *call)
{
	return (call->number & ENGINE_CALL_POSTED) != 0;
}

static void call_tell_refusal(struct call *call, uint32_t code)
{
	const struct service_request *row = call_row(call);
	struct wire_reader in = wire_reader_of(call->view);

	if (row->refused != NULL)
		row->refused(call->client->service, call->client, code, &in);
}

void call_answer(struct call *call, uint32_t code, struct bytes body)
{
	struct client *client = call->client;
	struct engine *engine = client->service->engine;
	const uint64_t number = call->number;

	if (call_is_posted(call) && code != RESULT_OK && !client->closing)
		call_tell_refusal(call, code);
	if (!client->closing)
		engine->host->client_answer(engine->host->context, client->id, number, code, body);
	call_forget(call);
}

/* The gate is shut, nothing was done: asking again is all that helps, so it is never NO_RESOURCES, which says that it may not. */
void call_refuse(struct call *call)
{
	call_answer(call, RESULT_TRY_AGAIN, (struct bytes){0});
}

static bool call_keep_body(struct call *call)
{
	struct engine *engine = call->client->service->engine;

	if (call->body != NULL)
		return true;
	call->body = engine_allocate(engine, call->view.size);
	if (call->body == NULL)
		return false;
	if (call->view.size > 0)
		memcpy(call->body, call->view.data, call->view.size);
	call->view.data = call->body;
	return true;
}

void requests_wait(struct call *call)
{
	struct engine *engine = call->client->service->engine;

	if (!call_keep_body(call))
		return;
	call->state = CALL_WAITING;
	list_remove(&call->in_waiting);
	list_append(&engine->waiting, &call->in_waiting);
}

static void call_handle(struct call *call)
{
	struct client *client = call->client;
	const struct service_request *row = call_row(call);
	struct wire_reader in = wire_reader_of(call->view);

	call->state = CALL_NEW;
	call->later = false;
	client->current = call;
	row->handle(client->service, client, &in);
	if (client->current != call)
		return; /* answered, or gone */
	client->current = NULL;
	if (client->closing)
		return;
	if (row->withdraw != NULL || (row->gate == GATE_READ && call->state == CALL_SENT))
		call_keep_body(call);
	if (call->later)
		requests_wait(call);
}

/* R15: what a TIMEOUT takes back is owed to the cluster, and is a debt until that is certain. */
static void call_withdraw(struct call *call)
{
	struct client *client = call->client;
	struct engine *engine = client->service->engine;
	const struct service_request *row = call_row(call);
	struct wire_reader in = wire_reader_of(call->view);
	const uint64_t before = engine->number;

	if (row->withdraw == NULL || !rule_on(engine, RULE_OWED_RELEASE))
		return;
	client->current = call;
	row->withdraw(client->service, client, call->number, &in);
	const struct requester requester = client_requester(client);
	client->current = NULL;
	answers_debt_add(engine, requester, engine->number > before ? engine->number : 0);
}

static void call_run_told(struct call *call)
{
	if (gate_waits(call->client->service->engine)) {
		requests_wait(call);
		return;
	}
	call_withdraw(call);
	call_forget(call);
}

/* Something that its client posted before waits as well: what goes before all else would go before that, too, and undo nothing. */
static bool call_is_behind_posted(const struct call *call)
{
	for (const struct list *entry = call->in_client.previous; entry != &call->client->calls; entry = entry->previous) {
		const struct call *before = container_of(entry, struct call, in_client);

		if (before->state == CALL_WAITING && call_is_posted(before))
			return true;
	}
	return false;
}

/* The code; 0: what it names is known, or the service does not tell. */
static uint32_t call_names_gone(const struct call *call)
{
	const struct service_request *row = call_row(call);
	struct wire_reader in = wire_reader_of(call->view);

	return row->gone == NULL ? 0 : row->gone(call->client, &in);
}

/* At a shut gate, where its handler is not asked: it waits or is refused, unless what it names is gone already. */
static void call_stop(struct call *call, void (*stop)(struct call *call))
{
	const uint32_t gone = call_names_gone(call);

	if (gone != 0 && !call_is_behind_posted(call))
		call_answer(call, gone, (struct bytes){0});
	else
		stop(call);
}

/* Meets the gate as its row says. */
static void call_run(struct call *call)
{
	struct service *service = call->client->service;
	struct engine *engine = service->engine;
	const enum gate_mode gate = call_row(call)->gate;

	if (call->told)
		call_run_told(call);
	else if (gate == GATE_NONE)
		call_handle(call);
	else if (gate == GATE_CHANGE && engine->draining)
		call_stop(call, call_refuse);
	else if (gate_waits(engine) || objects_waits(service) ||
	         (gate == GATE_READ && gate_holders(engine) == 0 && !gate_lease(engine)))
		call_stop(call, requests_wait);
	else if (!gate_service_open(engine, service))
		call_stop(call, call_refuse);
	else
		call_handle(call);
}

/* All that was answered before it was asked has been applied here: who answered had it in the order before. */
void call_read_ordered(struct call *call)
{
	if (call->state != CALL_SENT)
		return;
	call->ordered = true;
	call->ordered_in = call->client->service->engine->view.ring;
	call_run(call);
}

/* Each call that waited is tried once; those that still have to wait queue up again in their order. */
void requests_run_waiting(struct engine *engine)
{
	struct list round;

	engine->waiting_dirty = false;
	list_init(&round);
	while (!list_is_empty(&engine->waiting)) {
		struct list *entry = engine->waiting.next;

		list_remove(entry);
		list_append(&round, entry);
	}
	while (!list_is_empty(&round)) {
		struct call *call = container_of(round.next, struct call, in_waiting);

		list_remove(&call->in_waiting);
		if (call->client->closing)
			requests_wait(call); /* the sweep takes it */
		else
			call_run(call);
	}
}

static void call_deadline_set(struct call *call, int64_t deadline_ns)
{
	struct engine *engine = call->client->service->engine;
	const struct {
		int64_t deadline_ns;
		uint64_t serial;
	} key = {deadline_ns, call->serial};

	tree_remove(&engine->deadlines, &call->in_deadlines);
	call->deadline_ns = deadline_ns;
	tree_insert(&engine->deadlines, &call->in_deadlines, &key);
}

/* Who is told TIMEOUT may tell others that it holds nothing: so what takes the call back has its place in the order before. */
static void call_wait_withdrawn(struct call *call)
{
	struct engine *engine = call->client->service->engine;

	call->withdrawal = engine->number;
	call->state = CALL_WITHDRAWN;
	list_append(&engine->withdrawn, &call->in_waiting);
	call_deadline_set(call, engine_now(engine) + withdrawal_wait_ns);
}

static bool call_names_known(const struct call *call)
{
	return call_row(call)->gone != NULL && call_names_gone(call) == 0;
}

/* Its client is told, and the call waits on. */
static void call_tell_timeout(struct call *call)
{
	struct engine *engine = call->client->service->engine;

	call->told = true;
	engine->host->client_answer(engine->host->context, call->client->id, call->number, RESULT_TIMEOUT, (struct bytes){0});
	call_deadline_set(call, INT64_MAX);
}

/* TIMEOUT, with what must be undone: at once, or when that is ordered. Where it gets no place in the order (the ring reforms), it stays owed. */
static void call_time_out(struct call *call, bool when_ordered)
{
	struct engine *engine = call->client->service->engine;
	const uint64_t before = engine->number;
	const bool waits = call->state == CALL_WAITING, completes = call_row(call)->timeout_completes;
	uint32_t code = RESULT_TIMEOUT;

	if (waits && completes && call_is_behind_posted(call) && !call_names_known(call)) {
		call_tell_timeout(call);
		return;
	}
	if (waits && call->later)
		code = RESULT_TRY_AGAIN;
	else if ((!waits && !operations_take_back(engine, call)) || completes)
		call_withdraw(call);
	if (when_ordered && engine->number > before && !completes && engine->view.ended && engine->view.serving)
		call_wait_withdrawn(call);
	else
		call_answer(call, code, (struct bytes){0});
}

/* Its client has gone, or will: what TIMEOUT takes back is to be taken back. */
static bool call_is_late(const struct call *call)
{
	const struct service_request *row = call_row(call);

	return row->withdraw != NULL && !row->timeout_completes && engine_now(call->client->service->engine) >= call->deadline_ns;
}

void call_expire(struct call *call)
{
	call_time_out(call, false);
}

bool call_expires_late(struct call *call)
{
	if (!call_is_late(call))
		return false;
	call_time_out(call, true);
	return true;
}

void requests_withdrawn(struct engine *engine, uint64_t number)
{
	for (struct list *entry = engine->withdrawn.next, *next; entry != &engine->withdrawn; entry = next) {
		struct call *call = container_of(entry, struct call, in_waiting);

		next = entry->next;
		if (call->withdrawal == number)
			call_answer(call, RESULT_TIMEOUT, (struct bytes){0});
	}
}

/* And takes what takes a call back. Leaving Operational ends the lease at once; one that has merely run out does not say so: this node, or all of them, may have slept. */
static bool ring_runs(const struct engine *engine)
{
	return gate_holders(engine) == 0 && engine->fresh_until_ns != 0;
}

void requests_deadlines(struct engine *engine)
{
	const int64_t now_ns = engine_now(engine);
	struct tree_node *node;

	while ((node = tree_first(&engine->deadlines)) != NULL) {
		struct call *call = container_of(node, struct call, in_deadlines);

		if (call->deadline_ns > now_ns)
			return;
		if (call->state != CALL_WITHDRAWN)
			call_time_out(call, true);
		else if (ring_runs(engine))
			call_deadline_set(call, now_ns + withdrawal_wait_ns);
		else
			call_answer(call, RESULT_TIMEOUT, (struct bytes){0});
	}
}

void requests_arm_deadline(struct engine *engine)
{
	struct tree_node *node = tree_first(&engine->deadlines);

	engine_timer_arm(engine, ENGINE_TIMER_DEADLINE,
	                 node == NULL ? INT64_MAX : container_of(node, struct call, in_deadlines)->deadline_ns);
}

/* The barrier did not keep this node's state: what its calls were told to wait for will not come. What was not ordered goes again if
 * the view serves, else nothing was done. */
void requests_undone(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		if (engine->view.serving && view_self_source(engine, s))
			continue;
		for (struct client *client = client_first(&engine->services[s]); client != NULL;
		     client = client_next(&engine->services[s], client))
			for (struct list *entry = client->calls.next, *next; entry != &client->calls; entry = next) {
				struct call *call = container_of(entry, struct call, in_client);

				next = entry->next;
				if (call->state != CALL_SENT)
					continue;
				if (call->delivered)
					call_expire(call);
				else if (!engine->view.serving && operations_take_back(engine, call))
					call_refuse(call);
			}
	}
}

/* R17 */
void requests_reclaim(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if (service->table->client_reclaim == NULL || !rule_on(engine, RULE_RECLAIM))
			continue;
		for (struct client *client = client_first(service); client != NULL; client = client_next(service, client))
			if (!client->closing)
				service->table->client_reclaim(service, client);
	}
}

/* Clients */

static struct service *service_named(struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->service_count; i++)
		if (strcmp(engine->services[i].table->name, name) == 0)
			return &engine->services[i];
	return NULL;
}

/* Who was told that it will be done need not stay for it. */
static void requests_told_done(struct client *client)
{
	for (struct list *entry = client->calls.next, *next; entry != &client->calls; entry = next) {
		struct call *call = container_of(entry, struct call, in_client);

		next = entry->next;
		if (!call->told)
			continue;
		call_withdraw(call);
		call_forget(call);
	}
}

static void client_free(struct client *client)
{
	struct service *service = client->service;
	struct engine *engine = service->engine;

	requests_told_done(client);
	if (service->table->client_closed != NULL)
		service->table->client_closed(service, client);
	while (!list_is_empty(&client->calls))
		call_forget(container_of(client->calls.next, struct call, in_client));
	hash_table_remove(&engine->clients, &client->in_engine);
	list_remove(&client->in_service);
	list_remove(&client->in_closing);
	service->client_count--;
	free(client->data);
	free(client);
}

bool engine_client_opened(struct engine *engine, uint64_t id, const char *name, uint32_t uid, uint32_t gid)
{
	struct service *service = service_named(engine, name);
	struct client *client;

	if (service == NULL || engine->leaving || client_find(engine, id) != NULL || (client = calloc(1, sizeof *client)) == NULL)
		return false;
	*client = (struct client){.service = service, .id = id, .uid = uid, .gid = gid};
	list_init(&client->in_closing);
	list_init(&client->calls);
	client->data = calloc(1, service->table->client_data_size + 1);
	if (client->data == NULL || !hash_table_insert(&engine->clients, &client->in_engine, client_hash(id))) {
		free(client->data);
		free(client);
		return false;
	}
	list_append(&service->clients, &client->in_service);
	service->client_count++;
	if (service->table->client_opened == NULL || service->table->client_opened(service, client))
		return true;
	hash_table_remove(&engine->clients, &client->in_engine);
	list_remove(&client->in_service);
	list_remove(&client->in_closing);
	service->client_count--;
	free(client->data);
	free(client);
	return false;
}

void engine_client_closed(struct engine *engine, uint64_t id)
{
	struct client *client = client_find(engine, id);

	if (client == NULL || engine->leaving)
		return;
	client_free(client);
	requests_sweep(engine);
	requests_arm_deadline(engine);
}

void requests_sweep(struct engine *engine)
{
	while (!list_is_empty(&engine->closing))
		client_free(container_of(engine->closing.next, struct client, in_closing));
}

static int64_t deadline_of(const struct engine *engine, int64_t timeout_ns)
{
	if (timeout_ns == ENGINE_TIMEOUT_PASSED)
		return engine_now(engine);
	const int64_t now_ns = engine_now(engine), wait_ns = timeout_ns < 0 ? engine->config.client_timeout_ns : timeout_ns;

	return wait_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + wait_ns;
}

static struct call *call_new(struct client *client, uint64_t number, uint16_t request, int64_t timeout_ns, struct bytes body)
{
	struct engine *engine = client->service->engine;
	struct call *call = calloc(1, sizeof *call);

	if (call == NULL)
		return NULL;
	*call = (struct call){
		.client = client, .number = number, .serial = ++engine->serial, .request = request,
		.deadline_ns = deadline_of(engine, timeout_ns), .view = body,
	};
	const struct {
		int64_t deadline_ns;
		uint64_t serial;
	} key = {call->deadline_ns, call->serial};

	list_init(&call->in_waiting);
	list_append(&client->calls, &call->in_client);
	client->call_count++;
	tree_insert(&engine->deadlines, &call->in_deadlines, &key);
	return call;
}

/* Before it is a call. */
static void request_refuse(struct client *client, uint64_t number, uint16_t request, uint32_t code, struct bytes body)
{
	const struct host *host = client->service->engine->host;
	struct call call = {.client = client, .number = number, .request = request, .view = body};

	if (call_is_posted(&call))
		call_tell_refusal(&call, code);
	host->client_answer(host->context, client->id, number, code, (struct bytes){0});
}

void engine_client_request(struct engine *engine, uint64_t id, uint64_t number, uint16_t request, int64_t timeout_ns,
                           struct bytes body)
{
	struct client *client = client_find(engine, id);
	const struct service_engine *table;

	if (client == NULL || client->closing || engine->leaving)
		return;
	table = client->service->table;
	if (request >= table->request_count || table->requests[request].handle == NULL || number == 0 ||
	    client_call(client, number) != NULL) {
		service_disconnect(client, "no such request, or its number is in use");
	} else if (timeout_ns == ENGINE_TIMEOUT_PASSED && table->requests[request].gate != GATE_NONE && !table->requests[request].timeout_completes) {
		request_refuse(client, number, request, RESULT_TIMEOUT, body);
	} else if (client->call_count >= engine->config.client_calls_max && table->requests[request].gate != GATE_NONE &&
	           (number & ENGINE_CALL_POSTED) == 0) { /* the host bounds posted ones, and they wait there */
		request_refuse(client, number, request, table->requests[request].lists_no_resources ? RESULT_NO_RESOURCES : RESULT_TRY_AGAIN, body);
	} else {
		struct call *call = call_new(client, number, request, timeout_ns, body);

		if (call == NULL)
			request_refuse(client, number, request, RESULT_TRY_AGAIN, body);
		else
			call_run(call);
	}
	requests_sweep(engine);
	requests_arm_deadline(engine);
}

void requests_clear(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++)
		while (!list_is_empty(&engine->services[s].clients))
			client_free(container_of(engine->services[s].clients.next, struct client, in_service));
}

/* What a service may ask: service.h */

void *service_state(struct service *service)
{
	return service->state;
}

void *service_data(struct service *service, size_t size)
{
	if (service->data == NULL) {
		service->data = engine_allocate(service->engine, size);
		service->data_size = size;
	}
	return service->data;
}

const struct host *service_host(struct service *service)
{
	return service->engine->host;
}

const struct service_view *service_current_view(struct service *service)
{
	return service->engine->current_valid ? barrier_view_of(service->engine, service) : NULL;
}

uint32_t service_node(const struct service *service)
{
	return service->engine->config.node;
}

uint16_t service_version(const struct service *service)
{
	return service->engine->version;
}

bool service_content_complete(const struct service *service)
{
	return service->complete;
}

struct list *service_clients(struct service *service)
{
	return &service->clients;
}

struct client *client_first(struct service *service)
{
	return list_is_empty(&service->clients) ? NULL : container_of(service->clients.next, struct client, in_service);
}

struct client *client_next(struct service *service, struct client *client)
{
	return client->in_service.next == &service->clients ? NULL : container_of(client->in_service.next, struct client, in_service);
}

void *client_data(struct client *client)
{
	return client->data;
}

uint64_t client_id(const struct client *client)
{
	return client->id;
}

struct requester client_requester_all(struct client *client)
{
	const struct engine *engine = client->service->engine;

	return (struct requester){.node = engine->config.node, .incarnation = engine->config.incarnation, .client = client->id};
}

struct requester client_requester(struct client *client)
{
	struct requester requester = client_requester_all(client);

	requester.call = client->current == NULL ? 0 : client->current->number;
	return requester;
}

uint32_t client_uid(const struct client *client)
{
	return client->uid;
}

uint32_t client_gid(const struct client *client)
{
	return client->gid;
}

enum service_outcome service_answer(struct client *client, uint32_t code)
{
	return service_answer_with(client, code, (struct bytes){0});
}

enum service_outcome service_answer_with(struct client *client, uint32_t code, struct bytes body)
{
	if (client->current != NULL)
		call_answer(client->current, code, body);
	return SERVICE_ANSWERED;
}

enum service_outcome service_answer_read(struct client *client, uint32_t code, struct bytes body, struct position depends_on)
{
	struct service *service = client->service;
	struct engine *engine = service->engine;
	struct call *call = client->current;

	if (call == NULL)
		return SERVICE_ANSWERED;
	if (answers_stable_now(engine, depends_on, service->index)) {
		call_answer(call, code, body);
		return SERVICE_ANSWERED;
	}
	if (!ring_id_equal(depends_on.ring, engine->view.ring))
		depends_on = engine->view.end; /* known with the barrier that kept it */
	call->state = CALL_HELD;
	answers_hold(engine, (struct held){.kind = HELD_READ, .position = depends_on, .service = service->index, .client = client->id,
	                                   .call = call->number, .code = code}, body);
	return SERVICE_ANSWERED;
}

enum service_outcome service_read_order(struct service *service, struct client *client)
{
	return service_multicast(service, client);
}

bool service_read_ordered(const struct client *client)
{
	return client->current != NULL && client->current->ordered;
}

bool service_read_ordered_now(const struct client *client)
{
	return service_read_ordered(client) && ring_id_equal(client->current->ordered_in, client->service->engine->view.ring);
}

uint32_t service_content_holder(struct service *service, struct bytes object)
{
	const struct engine *engine = service->engine;
	const size_t member = objects_donor(engine, service, object);

	return member == SIZE_MAX ? 0 : engine->view.claims[member].node;
}

bool service_content_held(struct service *service, struct bytes object, uint32_t node)
{
	const size_t member = view_member_index(&service->engine->view, node);

	return member != SIZE_MAX && objects_held_by(service, object, member);
}

enum service_outcome service_answer_later(struct client *client)
{
	if (client->current != NULL)
		client->current->later = true;
	return SERVICE_ANSWERED;
}

bool service_share(struct client *client, struct arena *const *arenas, size_t count)
{
	const struct host *host = client->service->engine->host;

	return host->client_share != NULL && client->current != NULL && !client->closing &&
	       host->client_share(host->context, client->id, client->current->number, arenas, count);
}

bool service_is_stable(struct service *service, struct position position)
{
	return answers_stable_now(service->engine, position, service->index);
}

enum service_outcome service_disconnect(struct client *client, const char *why)
{
	struct engine *engine = client->service->engine;

	if (!client->closing) {
		client->closing = true;
		list_append(&engine->closing, &client->in_closing);
		engine->host->client_close(engine->host->context, client->id, why);
	}
	return SERVICE_CLOSED;
}

void service_event(struct client *client, uint16_t event, struct bytes body)
{
	const struct host *host = client->service->engine->host;

	if (!client->closing)
		host->client_event(host->context, client->id, event, body);
}

struct wire_writer *service_operation(struct service *service, uint16_t operation)
{
	wire_writer_reset(&service->body);
	service->body_operation = operation;
	return &service->body;
}

enum service_outcome service_multicast(struct service *service, struct client *client)
{
	struct call *call = client->current;

	if (call == NULL)
		return SERVICE_SENT;
	call->state = CALL_SENT;
	operations_send(service->engine, service, FLIGHT_CALL, call);
	return SERVICE_SENT;
}

void service_multicast_own(struct service *service)
{
	if (service->engine->reclaiming)
		operations_send(service->engine, service, FLIGHT_OWED, NULL);
	else if (gate_holders(service->engine) == 0)
		operations_send(service->engine, service, FLIGHT_OWN, NULL);
}

void service_owe(struct service *service)
{
	operations_send(service->engine, service, FLIGHT_OWED, NULL);
}

void service_owe_once(struct service *service)
{
	operations_send(service->engine, service, FLIGHT_OWED_ONCE, NULL);
}

enum service_outcome service_accept(struct service *service, struct client *client)
{
	struct call *call = client->current;

	if (call == NULL) {
		operations_send(service->engine, service, FLIGHT_OWED_ONCE, NULL);
		return SERVICE_ANSWERED;
	}
	const bool waits = call_is_posted(call) || client->accepted >= service->engine->config.client_calls_max;
	call->answered = !waits;
	operations_send(service->engine, service, FLIGHT_OWED_ONCE, call);
	if (waits)
		call_forget(call); /* the flight answers it */
	else
		call_answer(call, RESULT_OK, (struct bytes){0});
	return SERVICE_ANSWERED;
}

void service_debt(struct client *client, uint64_t call)
{
	struct requester requester = client_requester_all(client);

	requester.call = call;
	if (rule_on(client->service->engine, RULE_OWED_RELEASE))
		answers_debt_add(client->service->engine, requester, 0);
}

/* Those that wait for the gate are refused too, when this entry ends. */
void engine_drain(struct engine *engine)
{
	engine->draining = true;
	engine->waiting_dirty = true;
}

bool engine_drained(const struct engine *engine)
{
	return list_is_empty(&engine->queue) && list_is_empty(&engine->sent) && list_is_empty(&engine->owed) &&
	       tree_first(&engine->held) == NULL;
}
