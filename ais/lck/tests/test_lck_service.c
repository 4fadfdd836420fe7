/* Unit tests of libSaLck on the service, with the engine and the IPC between them replaced by this file. A call goes straight into the
 * service's handler; operations are ordered at once, or wait while the gate is shut; a call that nothing answers meets its deadline. */
#include "conformance/check/check.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "ais/common/ais_client.h"
#include "ais/lck/aisLck.h"
#include "ais/lck/lck_service.h"
#include "ais/lck/lck_state.h"

enum { CLIENTS = 2, EVENTS_MAX = 32, QUEUE_MAX = 32, OBJECTS_MAX = 64, NODE = 1, INCARNATION = 100, SEEN_SIZE = 2000 };

struct event {
	uint16_t number;
	size_t size;
	uint8_t body[512];
};

/* One library handle: its two ends. */
struct client {
	uint64_t number, call, answered; /* the call being made, the last that was answered */
	uint32_t code;
	bool closed;
	_Alignas(max_align_t) uint8_t data[128];
	struct wire_writer *answer;
};

struct ais_handle {
	struct client client;
	SaLckCallbacksT callbacks;
	_Alignas(max_align_t) uint8_t data[64];
	struct event events[EVENTS_MAX];
	size_t event_count;
};

struct ais_object {
	struct ais_handle *handle;
	struct ais_object *parent;
	const void *type;
	void *data;
	void (*data_free)(void *);
	bool valid;
};

struct operation {
	uint16_t number;
	size_t size;
	uint8_t body[1000];
};

struct service {
	_Alignas(max_align_t) uint8_t data[64];
};

static struct {
	struct service service;
	struct lck_state *state;
	struct wire_writer body;
	uint16_t operation;
	struct operation queue[QUEUE_MAX];
	size_t queued;
	bool shut;       /* nothing is ordered */
	bool posting;    /* what may be posted is */
	uint64_t seq;
	struct ais_handle handles[CLIENTS];
	struct ais_object objects[OBJECTS_MAX];
	size_t object_count;
	char seen[SEEN_SIZE]; /* what callbacks saw: "grant 7 granted" */
} *at;

static const struct ais_library *library;

/* --- the engine's part --- */

void *service_state(struct service *service)
{
	(void)service;
	return at->state;
}

void *service_data(struct service *service, size_t size)
{
	CU_ASSERT_FATAL(size <= sizeof service->data);
	return service->data;
}

struct client *client_first(struct service *service)
{
	(void)service;
	return &at->handles[0].client;
}

struct client *client_next(struct service *service, struct client *client)
{
	(void)service;
	return client == &at->handles[0].client ? &at->handles[1].client : NULL;
}

void *client_data(struct client *client)
{
	return client->data;
}

struct requester client_requester_all(struct client *client)
{
	return (struct requester){.node = NODE, .incarnation = INCARNATION, .client = client->number};
}

struct requester client_requester(struct client *client)
{
	struct requester requester = client_requester_all(client);

	requester.call = client->call;
	return requester;
}

static struct ais_handle *handle_of(struct client *client)
{
	return container_of(client, struct ais_handle, client);
}

static void answer(struct client *client, uint64_t call, uint32_t code, struct bytes body)
{
	if (call != client->call || client->answered == call)
		return; /* its caller has gone */
	client->code = code;
	client->answered = call;
	if (client->answer != NULL)
		wire_put_raw(client->answer, body.data, body.size);
}

enum service_outcome service_answer_with(struct client *client, uint32_t code, struct bytes body)
{
	answer(client, client->call, code, body);
	return SERVICE_ANSWERED;
}

enum service_outcome service_answer(struct client *client, uint32_t code)
{
	return service_answer_with(client, code, (struct bytes){0});
}

enum service_outcome service_disconnect(struct client *client, const char *why)
{
	(void)why;
	client->closed = true;
	return SERVICE_CLOSED;
}

void service_event(struct client *client, uint16_t number, struct bytes body)
{
	struct ais_handle *handle = handle_of(client);
	struct event *event = &handle->events[handle->event_count++];

	CU_ASSERT_FATAL(handle->event_count <= EVENTS_MAX && body.size <= sizeof event->body);
	event->number = number;
	event->size = body.size;
	memcpy(event->body, body.data, body.size);
}

struct wire_writer *service_operation(struct service *service, uint16_t operation)
{
	(void)service;
	wire_writer_reset(&at->body);
	at->operation = operation;
	return &at->body;
}

static void enqueue(void)
{
	struct operation *operation = &at->queue[at->queued++];

	CU_ASSERT_FATAL(at->queued <= QUEUE_MAX && at->body.size <= sizeof operation->body);
	operation->number = at->operation;
	operation->size = at->body.size;
	memcpy(operation->body, at->body.data, at->body.size);
}

enum service_outcome service_multicast(struct service *service, struct client *client)
{
	(void)service;
	(void)client;
	enqueue();
	return SERVICE_SENT;
}

void service_owe(struct service *service)
{
	(void)service;
	enqueue();
}

void service_owe_once(struct service *service)
{
	service_owe(service);
}

enum service_outcome service_accept(struct service *service, struct client *client)
{
	service_owe_once(service);
	return service_answer(client, SA_AIS_OK);
}

static void effects_take(struct effects *effects)
{
	for (size_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->list[i];
		const struct bytes payload = effects_payload(effects, effect);
		if (effect->requester.node != NODE)
			continue;
		struct client *client = &at->handles[effect->requester.client].client;
		aisle_service_lck.replied(&at->service, client, effect, payload);
		if (effect->kind == EFFECT_REPLY)
			answer(client, effect->requester.call, effect->code, payload);
		else
			service_event(client, effect->event, payload);
	}
	CU_ASSERT_FALSE(effects->failed);
	effects_clear(effects);
}

static struct at here(void)
{
	return (struct at){.position = {.ring = {.seq = 8, .representative = 1}, .seq = ++at->seq}, .sender = NODE, .version = 1};
}

/* All that waits is ordered now. */
static void order(void)
{
	for (size_t i = 0; i < at->queued; i++) {
		const struct at place = here();
		struct effects effects = {0};
		lck_state_apply(at->state, &place, at->queue[i].number, bytes_of(at->queue[i].body, at->queue[i].size), &effects);
		effects_take(&effects);
	}
	at->queued = 0;
}

/* What an other node's client does; client 5 of node 2. */
static void others_operation(enum lck_operation number, struct wire_writer *body)
{
	const struct at place = here();
	struct effects effects = {0};

	lck_state_apply(at->state, &place, (uint16_t)number, wire_writer_bytes(body), &effects);
	wire_writer_clear(body);
	effects_take(&effects);
}

static const struct requester other = {.node = 2, .incarnation = INCARNATION, .client = 5, .call = 1};

/* --- ais/common's part --- */

SaAisErrorT ais_initialize(const struct ais_library *of, SaUint64T *handle, const void *callbacks, SaVersionT *version)
{
	struct ais_handle *self = &at->handles[version->minorVersion]; /* which one: the fixture's word */

	CU_ASSERT_FATAL(of->callbacks_size == sizeof self->callbacks && of->data_size <= sizeof self->data);
	CU_ASSERT_FATAL(aisle_service_lck.client_data_size <= sizeof self->client.data);
	library = of;
	memcpy(&self->callbacks, callbacks, of->callbacks_size);
	self->client.number = version->minorVersion;
	CU_ASSERT_TRUE_FATAL(aisle_service_lck.client_opened(&at->service, &self->client));
	*handle = 1 + version->minorVersion;
	return SA_AIS_OK;
}

SaAisErrorT ais_selection_object_get(const struct ais_library *of, SaUint64T handle, SaSelectionObjectT *selection_object)
{
	(void)of;
	(void)handle;
	(void)selection_object;
	return SA_AIS_ERR_LIBRARY;
}

SaAisErrorT ais_dispatch(const struct ais_library *of, SaUint64T handle, SaDispatchFlagsT flags)
{
	struct ais_handle *self = &at->handles[handle - 1];

	(void)flags;
	for (size_t i = 0; i < self->event_count; i++) {
		const struct event *event = &self->events[i];
		struct wire_reader in = wire_reader_of(bytes_of(event->body, event->size));
		if (!of->event_is_stale(self, event->number, in))
			of->event(self, event->number, &in);
	}
	self->event_count = 0;
	return SA_AIS_OK;
}

SaAisErrorT ais_finalize(const struct ais_library *of, SaUint64T handle)
{
	(void)of;
	aisle_service_lck.client_closed(&at->service, &at->handles[handle - 1].client);
	return SA_AIS_OK;
}

struct ais_handle *ais_handle_get(const struct ais_library *of, SaUint64T handle)
{
	(void)of;
	return handle == 1 || handle == 2 ? &at->handles[handle - 1] : NULL;
}

void ais_handle_put(struct ais_handle *handle)
{
	(void)handle;
}

void *ais_handle_data(struct ais_handle *handle)
{
	return handle->data;
}

const void *ais_handle_callbacks(const struct ais_handle *handle)
{
	return &handle->callbacks;
}

bool ais_handle_is_lost(struct ais_handle *handle)
{
	(void)handle;
	return false;
}

static void request_handle(struct client *client, const struct service_request *row, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);

	row->handle(&at->service, client, &in);
}

/* What the engine does at the deadline; with the gate shut nothing was sent, so nothing is undone but what is to be completed. */
static void request_expire(struct client *client, const struct service_request *row, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);

	if (row->withdraw != NULL && (!at->shut || row->timeout_completes))
		row->withdraw(&at->service, client, client->call, &in);
	answer(client, client->call, SA_AIS_ERR_TIMEOUT, (struct bytes){0});
}

SaAisErrorT ais_call(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                     struct wire_writer *out)
{
	const struct service_request *row = &aisle_service_lck.requests[request];
	struct client *client = &handle->client;

	(void)timeout;
	client->call++;
	client->answer = out;
	if (!at->shut || row->gate == GATE_NONE)
		request_handle(client, row, wire_writer_bytes(body));
	if (!at->shut)
		order();
	if (client->answered != client->call)
		request_expire(client, row, wire_writer_bytes(body));
	if (!at->shut)
		order();
	return (SaAisErrorT)client->code;
}

/* As the engine does it: a refusal has nobody to go to but a callback. */
SaAisErrorT ais_post(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body)
{
	const struct service_request *row = &aisle_service_lck.requests[request];
	struct client *client = &handle->client;
	struct wire_reader in = wire_reader_of(wire_writer_bytes(body));

	if (!at->posting)
		return ais_call(handle, request, -1, body, NULL);
	client->call++;
	client->code = SA_AIS_ERR_TRY_AGAIN;
	if (!at->shut)
		request_handle(client, row, wire_writer_bytes(body));
	if (client->code != SA_AIS_OK)
		row->refused(&at->service, client, client->code, &in);
	if (!at->shut)
		order();
	return SA_AIS_OK;
}

SaUint64T ais_object_add(struct ais_handle *handle, struct ais_object *parent, const void *type, void *data, void (*data_free)(void *))
{
	CU_ASSERT_FATAL(at->object_count < OBJECTS_MAX);
	at->objects[at->object_count++] = (struct ais_object){handle, parent, type, data, data_free, true};
	return 100 + at->object_count;
}

struct ais_object *ais_object_get(const void *type, SaUint64T value)
{
	if (value <= 100 || value > 100 + at->object_count)
		return NULL;
	struct ais_object *object = &at->objects[value - 101];
	for (const struct ais_object *above = object; above != NULL; above = above->parent)
		if (!above->valid)
			return NULL;
	return object->type == type ? object : NULL;
}

void ais_object_put(struct ais_object *object)
{
	(void)object;
}

bool ais_object_remove(struct ais_object *object)
{
	const bool first = object->valid;

	object->valid = false;
	return first;
}

void *ais_object_data(const struct ais_object *object)
{
	return object->data;
}

struct ais_handle *ais_object_handle(const struct ais_object *object)
{
	return object->handle;
}

bool ais_name_is_valid(const SaNameT *name)
{
	return name->length > 0 && name->length <= SA_MAX_NAME_LENGTH;
}

/* --- the fixture --- */

static void say(const char *format, unsigned long long number, const char *text)
{
	const size_t size = strlen(at->seen);

	if (size > 0)
		snprintf(at->seen + size, sizeof at->seen - size, ", ");
	snprintf(at->seen + strlen(at->seen), sizeof at->seen - strlen(at->seen), format, number, text);
}

static const char *code_text(SaAisErrorT error)
{
	return error == SA_AIS_OK ? "ok" : error == SA_AIS_ERR_NOT_EXIST ? "not-exist" : error == SA_AIS_ERR_BAD_HANDLE ? "bad-handle"
	       : error == SA_AIS_ERR_TRY_AGAIN ? "try-again" : "error";
}

static void on_open(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	(void)resource;
	say("open %llu %s", invocation, code_text(error));
}

static void on_grant(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	say("grant %llu %s", invocation, error != SA_AIS_OK ? code_text(error) : status == SA_LCK_LOCK_GRANTED ? "granted" : "refused");
}

static void on_waiter(SaLckWaiterSignalT signal, SaLckLockIdT id, SaLckLockModeT held, SaLckLockModeT requested)
{
	(void)id;
	(void)held;
	(void)requested;
	say("waiter %llu%s", signal, "");
}

static void on_unlock(SaInvocationT invocation, SaAisErrorT error)
{
	say("unlock %llu %s", invocation, code_text(error));
}

static void on_lost(SaLckLockIdT id, SaLckResourceHandleT resource)
{
	say("lost %llu%s", id, "");
	say("of %llu%s", resource, "");
}

static void begin(void)
{
	const SaLckCallbacksT callbacks = {on_open, on_grant, on_waiter, on_unlock};
	SaLckHandleT handle;

	at = calloc(1, sizeof *at);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at->state = lck_state_new(NULL);
	for (SaUint8T i = 0; i < CLIENTS; i++) {
		SaVersionT version = {'B', 1, i};
		CU_ASSERT_EQUAL_FATAL(saLckInitialize(&handle, &callbacks, &version), SA_AIS_OK);
	}
}

static void end(void)
{
	at->shut = false;
	for (uint64_t handle = 1; handle <= CLIENTS; handle++)
		saLckFinalize(handle);
	order();
	for (size_t i = 0; i < at->object_count; i++)
		if (at->objects[i].data_free != NULL)
			at->objects[i].data_free(at->objects[i].data);
	lck_state_free(at->state);
	wire_writer_clear(&at->body);
	free(at);
}

static SaLckResourceHandleT open_of(uint64_t handle, const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};
	SaLckResourceHandleT resource = 0;

	memcpy(name.value, text, name.length);
	CU_ASSERT_EQUAL_FATAL(saLckResourceOpen(handle, &name, SA_LCK_RESOURCE_CREATE, 0, &resource), SA_AIS_OK);
	return resource;
}

static SaLckLockIdT take(SaLckResourceHandleT resource, SaLckLockModeT mode)
{
	SaLckLockStatusT status = 0;
	SaLckLockIdT id = 0;

	CU_ASSERT_EQUAL_FATAL(saLckResourceLock(resource, &id, mode, 0, 0, SA_TIME_MAX, &status), SA_AIS_OK);
	CU_ASSERT_EQUAL_FATAL(status, SA_LCK_LOCK_GRANTED);
	return id;
}

static SaLckLockIdT ask(SaLckResourceHandleT resource, SaInvocationT invocation, SaLckLockModeT mode)
{
	SaLckLockIdT id = 0;

	CU_ASSERT_EQUAL_FATAL(saLckResourceLockAsync(resource, invocation, &id, mode, 0, invocation), SA_AIS_OK);
	return id;
}

static bool is_free(const char *name)
{
	const struct lck_resource *resource = lck_resource_named(at->state, bytes_of_text(name));

	return resource == NULL || (resource->held_count == 0 && resource->queue_count == 0);
}

/* Dispatches both handles and says what they saw; and empties it. */
static const char *seen(void)
{
	static char copy[SEEN_SIZE];

	for (uint64_t handle = 1; handle <= CLIENTS; handle++)
		saLckDispatch(handle, SA_DISPATCH_ALL);
	memcpy(copy, at->seen, sizeof copy);
	at->seen[0] = '\0';
	return copy;
}

/* The barrier of a view has ended on this node. */
static void view_ends(bool serving, bool winner)
{
	const struct service_member members[] = {
		{.node = NODE, .incarnation = INCARNATION, .winner = winner}, {.node = 2, .incarnation = INCARNATION, .winner = true},
	};
	const struct service_view view = {
		.ring = {.seq = 12, .representative = 1}, .members = members, .member_count = 2, .node = NODE, .serving = serving,
	};

	at->shut = !serving;
	if (serving && winner) {
		const struct at place = here();
		struct effects effects = {0};
		lck_state_view_applied(at->state, &place, &view, &effects);
		effects_take(&effects);
	}
	aisle_service_lck.view_ended(&at->service, &view);
}

/* What a loser adopts: somebody else's state, as `build` makes it. Then the clients' opens are claimed. */
static void adopts(void (*build)(void))
{
	lck_state_free(at->state);
	at->state = lck_state_new(NULL);
	if (build != NULL)
		build();
	struct operation owed[QUEUE_MAX];
	const size_t count = at->queued;
	memcpy(owed, at->queue, sizeof owed);
	at->queued = 0;
	for (struct client *client = client_first(&at->service); client != NULL; client = client_next(&at->service, client))
		aisle_service_lck.client_reclaim(&at->service, client);
	order();
	memcpy(at->queue, owed, sizeof owed);
	at->queued = count;
	at->shut = false;
	order();
}

/* --- the tests --- */

static void an_asynchronous_lock_has_its_id_before_its_grant(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");
	const SaLckLockIdT held = take(a, SA_LCK_EX_LOCK_MODE), asked = ask(b, 7, SA_LCK_EX_LOCK_MODE);
	AisLckTokenT first, second;

	CU_ASSERT_NOT_EQUAL(asked, 0);
	CU_ASSERT_EQUAL(aisLckLockTokenGet(asked, &second), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_STRING_EQUAL(seen(), "waiter 7");
	CU_ASSERT_EQUAL(aisLckLockTokenGet(held, &first), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceUnlock(held, 0), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 granted");
	CU_ASSERT_EQUAL(aisLckLockTokenGet(asked, &second), SA_AIS_OK);
	CU_ASSERT_TRUE(aisLckTokenCompare(&first, &second) < 0);
	CU_ASSERT_EQUAL(aisLckLockTokenGet(held, &first), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceUnlock(asked, 0), SA_AIS_OK);
	end();
}

static void a_pending_request_is_withdrawn_by_its_id(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");
	const SaLckLockIdT held = take(a, SA_LCK_EX_LOCK_MODE);

	CU_ASSERT_EQUAL(saLckResourceUnlock(ask(b, 7, SA_LCK_EX_LOCK_MODE), 0), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(9, ask(b, 8, SA_LCK_EX_LOCK_MODE)), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "waiter 7, waiter 8, grant 7 not-exist, grant 8 not-exist, unlock 9 ok");
	CU_ASSERT_EQUAL(saLckResourceUnlock(held, 0), SA_AIS_OK);
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

static void a_grant_that_was_not_dispatched_is_taken_back_by_an_unlock(void)
{
	begin();
	const SaLckLockIdT id = ask(open_of(1, "a"), 7, SA_LCK_EX_LOCK_MODE);

	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 not-exist");
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

static void a_timeout_of_lock_leaves_nothing(void)
{
	SaLckLockStatusT status;
	SaLckLockIdT id;

	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");
	const SaLckLockIdT held = take(a, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckResourceLock(b, &id, SA_LCK_EX_LOCK_MODE, 0, 0, SA_TIME_ONE_SECOND, &status), SA_AIS_ERR_TIMEOUT);
	CU_ASSERT_EQUAL(saLckResourceLock(b, &id, SA_LCK_EX_LOCK_MODE, 0, 0, 0, &status), SA_AIS_ERR_TIMEOUT);
	CU_ASSERT_EQUAL(lck_resource_named(at->state, bytes_of_text("a"))->queue_count, 0);
	CU_ASSERT_EQUAL(saLckResourceUnlock(held, 0), SA_AIS_OK);
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

static void a_timeout_of_unlock_owes_the_release_even_if_nothing_was_sent(void)
{
	begin();
	const SaLckLockIdT id = take(open_of(1, "a"), SA_LCK_EX_LOCK_MODE);

	at->shut = true;
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, SA_TIME_ONE_SECOND), SA_AIS_ERR_TIMEOUT);
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, SA_TIME_ONE_SECOND), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_FALSE(is_free("a"));
	at->shut = false;
	order();
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

static uint32_t unlock_gone(SaLckLockIdT id)
{
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = id});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&body));
	const uint32_t code = aisle_service_lck.requests[LCK_REQUEST_UNLOCK].gone(&at->handles[0].client, &in);
	wire_writer_clear(&body);
	return code;
}

/* At the shut gate a request may wait to be sent, with its unlock behind it; of all else the node knows whether it is there. */
static void a_lock_is_known_from_its_request_to_its_unlock(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a");
	const SaLckLockIdT held = take(a, SA_LCK_PR_LOCK_MODE), asked = ask(a, 7, SA_LCK_PR_LOCK_MODE);

	CU_ASSERT_EQUAL(unlock_gone(held), 0);
	CU_ASSERT_EQUAL(unlock_gone(asked), 0);
	CU_ASSERT_EQUAL(unlock_gone(asked + 1), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceUnlock(held, 0), SA_AIS_OK);
	CU_ASSERT_EQUAL(unlock_gone(held), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceClose(a), SA_AIS_OK);
	CU_ASSERT_EQUAL(unlock_gone(asked), SA_AIS_ERR_NOT_EXIST);
	end();
}

static void events_of_a_closed_handle_are_dropped(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");

	ask(a, 1, SA_LCK_PR_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(2, take(a, SA_LCK_PR_LOCK_MODE)), SA_AIS_OK);
	ask(b, 3, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_EQUAL(at->handles[0].event_count, 3);
	CU_ASSERT_EQUAL(saLckResourceClose(a), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "grant 3 granted");
	CU_ASSERT_EQUAL(saLckResourceClose(a), SA_AIS_ERR_BAD_HANDLE);
	end();
}

static void a_view_that_serves_and_is_won_takes_nothing(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");
	const SaLckLockIdT id = take(a, SA_LCK_EX_LOCK_MODE);

	CU_ASSERT_EQUAL(aisLckLostCallbackSet(1, on_lost), SA_AIS_OK);
	ask(b, 7, SA_LCK_EX_LOCK_MODE);
	view_ends(true, true);
	CU_ASSERT_STRING_EQUAL(seen(), "waiter 7");
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 granted");
	end();
}

/* R20: told at the end of the first barrier that does not serve. */
static void a_view_that_does_not_serve_loses_the_locks_and_says_so(void)
{
	char wanted[100];

	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), c = open_of(1, "c"), b = open_of(2, "a");
	const SaLckLockIdT id = take(a, SA_LCK_EX_LOCK_MODE);
	SaLckLockStatusT status;
	SaLckLockIdT none;

	CU_ASSERT_EQUAL(aisLckLostCallbackSet(1, on_lost), SA_AIS_OK);
	ask(b, 7, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_STRING_EQUAL(seen(), "waiter 7");
	view_ends(false, false);
	snprintf(wanted, sizeof wanted, "lost %llu, of %llu, grant 7 bad-handle", (unsigned long long)id, (unsigned long long)a);
	CU_ASSERT_STRING_EQUAL(seen(), wanted);
	at->shut = false; /* it would be TRY_AGAIN; what the tables say is asked for */
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &none, SA_LCK_PR_LOCK_MODE, 0, 0, SA_TIME_MAX, &status), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saLckLockPurge(a), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saLckResourceClose(a), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_TRUE(is_free("a")); /* the close was owed, and went first */
	take(c, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	end();
}

/* Who has not asked to be told finds out by the codes. */
static void a_client_that_wants_no_word_of_losses_gets_none(void)
{
	begin();
	const SaLckLockIdT id = take(open_of(1, "a"), SA_LCK_EX_LOCK_MODE);

	view_ends(false, false);
	CU_ASSERT_EQUAL(at->handles[0].event_count, 0);
	at->shut = false;
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_ERR_NOT_EXIST);
	end();
}

/* The request was accepted and is on its way when it is lost; it is ordered all the same, later. */
static void a_request_on_its_way_when_it_is_lost_has_one_callback(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a");
	struct wire_writer body = {0};
	SaLckLockIdT id;

	lck_lock_request_encode(&body, &(struct lck_lock_request){.open = a, .lock = 999, .invocation = 7, .mode = SA_LCK_EX_LOCK_MODE});
	at->handles[0].client.call++;
	request_handle(&at->handles[0].client, &aisle_service_lck.requests[LCK_REQUEST_LOCK_ASYNC], wire_writer_bytes(&body));
	wire_writer_clear(&body);
	CU_ASSERT_EQUAL(at->queued, 1);
	view_ends(false, false);
	at->shut = false;
	order();
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 bad-handle");
	CU_ASSERT_TRUE(is_free("a"));
	CU_ASSERT_EQUAL(saLckResourceLockAsync(a, 8, &id, SA_LCK_EX_LOCK_MODE, 0, 0), SA_AIS_ERR_BAD_HANDLE);
	end();
}

/* --- posted --- */

static void a_posted_lock_that_is_refused_has_its_callback(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a");
	SaLckLockIdT id;

	at->posting = at->shut = true;
	CU_ASSERT_EQUAL(saLckResourceLockAsync(a, 7, &id, SA_LCK_EX_LOCK_MODE, 0, 0), SA_AIS_OK);
	at->shut = false;
	order();
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 try-again");
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

static void a_posted_unlock_is_done_though_the_gate_was_shut(void)
{
	begin();
	const SaLckLockIdT id = take(open_of(1, "a"), SA_LCK_EX_LOCK_MODE);

	at->posting = at->shut = true;
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(9, id), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	CU_ASSERT_FALSE(is_free("a"));
	at->shut = false;
	order();
	CU_ASSERT_STRING_EQUAL(seen(), "unlock 9 ok");
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

/* An orphan would stay if the client ended just then. */
static void the_unlock_of_what_may_be_an_orphan_is_not_posted(void)
{
	begin();
	SaLckLockStatusT status;
	SaLckLockIdT id;

	CU_ASSERT_EQUAL(saLckResourceLock(open_of(1, "a"), &id, SA_LCK_EX_LOCK_MODE, SA_LCK_LOCK_ORPHAN, 0, SA_TIME_MAX, &status), SA_AIS_OK);
	at->posting = at->shut = true;
	CU_ASSERT_NOT_EQUAL(saLckResourceUnlockAsync(9, id), SA_AIS_OK); /* the daemon has not taken it */
	at->shut = false;
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(9, id), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "unlock 9 ok");
	CU_ASSERT_TRUE(is_free("a"));
	end();
}

/* The client has not heard yet that it was lost. */
static void what_is_posted_for_a_lost_lock_is_refused(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a");
	const SaLckLockIdT held = take(a, SA_LCK_EX_LOCK_MODE);
	SaLckLockIdT id;

	at->posting = true;
	view_ends(false, false);
	at->shut = false;
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(9, held), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceLockAsync(a, 7, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(10, id), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "unlock 9 not-exist, grant 7 bad-handle, unlock 10 not-exist");
	end();
}

/* Granted in an order that was not kept: the callback never left. */
static void a_grant_that_was_not_kept_is_refused_not_lost(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a");

	CU_ASSERT_EQUAL(aisLckLostCallbackSet(1, on_lost), SA_AIS_OK);
	ask(a, 7, SA_LCK_EX_LOCK_MODE);
	at->handles[0].event_count = 0; /* the engine drops what was not decided */
	view_ends(false, false);
	CU_ASSERT_STRING_EQUAL(seen(), "grant 7 bad-handle");
	end();
}

static void build_resource_a(void)
{
	struct wire_writer body = {0};
	const struct at place = {.position = {.ring = {.seq = 8, .representative = 1}, .seq = 1}, .version = 1};
	struct effects effects = {0};

	lck_open_encode(&body, &(struct lck_open){
		.limits = lck_opens_preset, .requester = other,
		.request = {.open = 1, .flags = SA_LCK_RESOURCE_CREATE, .name = bytes_of_text("a")}});
	lck_state_apply(at->state, &place, LCK_OPERATION_OPEN, wire_writer_bytes(&body), &effects);
	wire_writer_clear(&body);
	effects_clear(&effects);
}

/* R17: claimed by identity, never with locks. */
static void a_loser_claims_its_opens_and_never_its_locks(void)
{
	begin();
	build_resource_a();
	at->seq = 1;
	const SaLckResourceHandleT plain = open_of(1, "a"), holds = open_of(1, "a"), elsewhere = open_of(1, "gone");
	const SaLckLockIdT id = take(holds, SA_LCK_EX_LOCK_MODE);
	SaLckLockStatusT status;
	SaLckLockIdT none;

	view_ends(true, false);
	adopts(build_resource_a);
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceLock(holds, &none, SA_LCK_PR_LOCK_MODE, 0, 0, SA_TIME_MAX, &status), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saLckResourceUnlock(take(plain, SA_LCK_EX_LOCK_MODE), 0), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckResourceLock(elsewhere, &none, SA_LCK_PR_LOCK_MODE, 0, 0, SA_TIME_MAX, &status), SA_AIS_ERR_BAD_HANDLE);
	end();
}

/* What is owed may be ordered twice: by a half that was not kept, and again. */
static void an_open_that_comes_a_second_time_is_the_same_open(void)
{
	SaNameT name = {.length = 1, .value = "a"};

	begin();
	at->shut = true; /* by hand, to have the operation */
	struct wire_writer body = {0};
	lck_open_request_encode(&body, &(struct lck_open_request){.open = 101, .invocation = 7, .flags = SA_LCK_RESOURCE_CREATE, .name = bytes_of_text("a")});
	at->handles[0].client.call++;
	request_handle(&at->handles[0].client, &aisle_service_lck.requests[LCK_REQUEST_OPEN_ASYNC], wire_writer_bytes(&body));
	wire_writer_clear(&body);
	at->queue[1] = at->queue[0];
	at->queued = 2;
	order();
	CU_ASSERT_STRING_EQUAL(seen(), "open 7 ok, open 7 ok"); /* the first never leaves a node whose state was not kept */
	CU_ASSERT_EQUAL(at->state->opens.count, 1);
	at->shut = false;
	CU_ASSERT_EQUAL(saLckResourceOpenAsync(1, 8, &name, 0), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(seen(), "open 8 error"); /* another call with a number in use: our fixture's 101 */
	end();
}

static void a_client_that_dies_leaves_nothing_but_orphans(void)
{
	SaLckLockStatusT status;
	SaLckLockIdT id;

	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(1, "b"), waits = open_of(2, "a");
	take(a, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckResourceLock(b, &id, SA_LCK_EX_LOCK_MODE, SA_LCK_LOCK_ORPHAN, 0, SA_TIME_MAX, &status), SA_AIS_OK);
	ask(waits, 7, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckFinalize(1), SA_AIS_OK);
	order();
	saLckDispatch(2, SA_DISPATCH_ALL);
	CU_ASSERT_STRING_EQUAL(at->seen, "grant 7 granted");
	CU_ASSERT_EQUAL(lck_resource_named(at->state, bytes_of_text("b"))->orphan_count, 1);
	CU_ASSERT_EQUAL(at->state->owners.count, 1);
	end();
}

static void a_number_that_a_client_uses_twice_is_its_own_trouble(void)
{
	begin();
	const SaLckResourceHandleT a = open_of(1, "a"), b = open_of(2, "a");
	struct wire_writer body = {0};

	lck_lock_request_encode(&body, &(struct lck_lock_request){.open = a, .lock = 500, .invocation = 7, .mode = SA_LCK_PR_LOCK_MODE});
	for (int i = 0; i < 2; i++)
		ais_call(&at->handles[0], LCK_REQUEST_LOCK_ASYNC, 0, &body, NULL);
	wire_writer_clear(&body);
	CU_ASSERT_EQUAL(at->handles[0].client.code, SA_AIS_ERR_NO_MEMORY);
	CU_ASSERT_EQUAL(at->state->locks.count, 1);
	CU_ASSERT_EQUAL(saLckResourceUnlock(take(b, SA_LCK_PR_LOCK_MODE), 0), SA_AIS_OK);
	end();
}

/* Every request with a body that is none ends the connection of who sent it. */
static void malformed_requests_end_the_connection(void)
{
	for (uint16_t request = 0; request < LCK_REQUEST_COUNT; request++) {
		begin();
		struct wire_writer body = {0};
		wire_put_u8(&body, 0xff);
		at->handles[0].client.call++;
		request_handle(&at->handles[0].client, &aisle_service_lck.requests[request], wire_writer_bytes(&body));
		CU_ASSERT_TRUE(at->handles[0].client.closed);
		CU_ASSERT_EQUAL(at->queued, 0);
		wire_writer_clear(&body);
		end();
	}
}

static SaAisErrorT open_code(const SaNameT *name, SaLckResourceOpenFlagsT flags, SaTimeT timeout)
{
	SaLckResourceHandleT resource;

	return saLckResourceOpen(1, name, flags, timeout, &resource);
}

static void bad_arguments_never_reach_the_daemon(void)
{
	SaNameT name = {.length = 0};
	SaLckLockStatusT status;
	SaLckLockIdT id;

	begin();
	const SaLckResourceHandleT a = open_of(1, "a");
	const uint64_t calls = at->handles[0].client.call;
	CU_ASSERT_EQUAL(open_code(NULL, 0, 0), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(open_code(&name, 0, 0), SA_AIS_ERR_INVALID_PARAM);
	name.length = SA_MAX_NAME_LENGTH + 1;
	CU_ASSERT_EQUAL(open_code(&name, 0, 0), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceOpenAsync(1, 1, &name, 0), SA_AIS_ERR_INVALID_PARAM);
	name.length = 1;
	CU_ASSERT_EQUAL(open_code(&name, 0, -1), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(open_code(&name, 2, 0), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saLckResourceOpen(1, &name, 0, 0, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLock(a, NULL, SA_LCK_PR_LOCK_MODE, 0, 0, 0, &status), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, SA_LCK_PR_LOCK_MODE, 0, 0, 0, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, SA_LCK_PR_LOCK_MODE, 0, 0, -1, &status), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, (SaLckLockModeT)3, 0, 0, 0, &status), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, SA_LCK_PR_LOCK_MODE, 4, 0, 0, &status), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saLckResourceLockAsync(a, 1, NULL, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceLockAsync(a, 1, &id, SA_LCK_PR_LOCK_MODE, 8, 0), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saLckResourceUnlock(a, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceUnlock(0, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckResourceUnlockAsync(1, UINT64_MAX), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(saLckLockPurge(0), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saLckResourceClose(UINT64_MAX), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(aisLckLockTokenGet(1, NULL), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(at->handles[0].client.call, calls);
	id = take(a, SA_LCK_PR_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, -1), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(aisLckLockTokenGet(id, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckResourceUnlock(id, 0), SA_AIS_OK);
	end();
}

/* What the operator's tool asks for: page by page, and what goes between two pages hides nothing of the rest. */
static size_t page(struct lck_show_request *request, bool *is_end)
{
	struct wire_writer body = {0}, out = {0};
	struct lck_list_answer answer;
	struct lck_show_entry entry;

	lck_show_request_encode(&body, request);
	CU_ASSERT_EQUAL_FATAL(ais_call(&at->handles[0], LCK_REQUEST_SHOW, 0, &body, &out), SA_AIS_OK);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE_FATAL(lck_list_answer_decode(&in, &answer, lck_show_entry_size_min));
	for (uint32_t i = 0; i < answer.count; i++) {
		CU_ASSERT_TRUE_FATAL(lck_show_entry_decode(&in, &entry));
		request->waiting = !entry.granted;
		request->after_grant = entry.token.number;
		request->after = entry.lock;
	}
	*is_end = answer.end;
	wire_writer_clear(&body);
	wire_writer_clear(&out);
	return answer.count;
}

/* Of node 2's client: shared locks, then one exclusive request and shared ones behind it. */
static void others_ask(uint64_t first, uint64_t count, uint32_t mode)
{
	for (uint64_t number = first; number < first + count; number++) {
		struct wire_writer body = {0};
		struct requester requester = other;
		requester.client += first / 1000; /* each round another */
		requester.call = number;
		lck_lock_encode(&body, &(struct lck_lock){.limits = lck_locks_preset, .requester = requester, .async = true,
		                                          .request = {.open = 1, .lock = number, .mode = mode}});
		others_operation(LCK_OPERATION_LOCK, &body);
	}
}

static void others_unlock(uint64_t number)
{
	struct wire_writer body = {0};

	lck_end_encode(&body, &(struct lck_end){.requester = other, .number = number});
	others_operation(LCK_OPERATION_UNLOCK, &body);
}

static void a_resource_is_shown_page_by_page_though_it_changes(void)
{
	struct lck_show_request request = {.name = bytes_of_text("a")};
	bool is_end;

	begin();
	for (uint64_t client = 0; client < 3; client++) {
		struct wire_writer body = {0};
		struct requester requester = other;
		requester.client += client;
		lck_open_encode(&body, &(struct lck_open){.limits = lck_opens_preset, .requester = requester,
		                                          .request = {.open = 1, .flags = SA_LCK_RESOURCE_CREATE, .name = bytes_of_text("a")}});
		others_operation(LCK_OPERATION_OPEN, &body);
	}
	others_ask(1, 300, SA_LCK_PR_LOCK_MODE);
	others_ask(1000, 1, SA_LCK_EX_LOCK_MODE);
	others_ask(2000, 300, SA_LCK_PR_LOCK_MODE);
	CU_ASSERT_EQUAL(page(&request, &is_end), LCK_LIST_ENTRIES_MAX);
	CU_ASSERT_FALSE(is_end);
	others_unlock(LCK_LIST_ENTRIES_MAX); /* the one that was shown last */
	CU_ASSERT_EQUAL(page(&request, &is_end), LCK_LIST_ENTRIES_MAX);
	CU_ASSERT_TRUE(request.waiting);
	CU_ASSERT_FALSE(is_end);
	CU_ASSERT_EQUAL(page(&request, &is_end), 601 - 2 * LCK_LIST_ENTRIES_MAX);
	CU_ASSERT_TRUE(is_end);
	CU_ASSERT_EQUAL(page(&request, &is_end), 0);
	end();
}

static uint64_t limit_told(void)
{
	AisLckLimitValueT value = {0};

	CU_ASSERT_EQUAL(saLckLimitGet(1, SA_LCK_MAX_NUM_LOCKS_ID, &value), SA_AIS_OK);
	return value.uint64Value;
}

/* Each of them binds what is asked from then on; each alone. */
static void the_configured_limits_are_told_and_carried(void)
{
	SaLckResourceHandleT a, b;
	SaLckLockStatusT status;
	SaLckLockIdT id;

	begin();
	CU_ASSERT_EQUAL(limit_told(), 131072);
	a = open_of(1, "a");
	take(a, SA_LCK_PR_LOCK_MODE);
	aisle_service_lck.setting(&at->service, "client_locks_max", 2);
	CU_ASSERT_EQUAL(limit_told(), 2);
	take(a, SA_LCK_PR_LOCK_MODE);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, SA_LCK_PR_LOCK_MODE, 0, 0, SA_TIME_MAX, &status), SA_AIS_OK);
	CU_ASSERT_EQUAL(status, SA_LCK_LOCK_NO_MORE);
	aisle_service_lck.setting(&at->service, "client_locks_max", 10);
	take(a, SA_LCK_PR_LOCK_MODE);
	aisle_service_lck.setting(&at->service, "locks_max", 3);
	CU_ASSERT_EQUAL(saLckResourceLock(a, &id, SA_LCK_PR_LOCK_MODE, 0, 0, SA_TIME_MAX, &status), SA_AIS_OK);
	CU_ASSERT_EQUAL(status, SA_LCK_LOCK_NO_MORE);

	const SaNameT name = {.length = 1, .value = "b"};
	aisle_service_lck.setting(&at->service, "client_opens_max", 1);
	CU_ASSERT_EQUAL(saLckResourceOpen(1, &name, SA_LCK_RESOURCE_CREATE, 0, &b), SA_AIS_ERR_NO_RESOURCES);
	aisle_service_lck.setting(&at->service, "client_opens_max", 5);
	aisle_service_lck.setting(&at->service, "opens_max", 1);
	CU_ASSERT_EQUAL(saLckResourceOpen(1, &name, SA_LCK_RESOURCE_CREATE, 0, &b), SA_AIS_ERR_NO_RESOURCES);
	aisle_service_lck.setting(&at->service, "opens_max", 2);
	CU_ASSERT_EQUAL(saLckResourceOpen(1, &name, SA_LCK_RESOURCE_CREATE, 0, &b), SA_AIS_OK);
	CU_ASSERT_EQUAL(saLckLimitGet(1, SA_LCK_MAX_NUM_LOCKS_ID, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckLimitGet(1, (SaLckLimitIdT)2, &(AisLckLimitValueT){0}), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saLckLimitGet(99, SA_LCK_MAX_NUM_LOCKS_ID, &(AisLckLimitValueT){0}), SA_AIS_ERR_BAD_HANDLE);
	end();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"an asynchronous lock has its id before its grant", an_asynchronous_lock_has_its_id_before_its_grant},
		{"a pending request is withdrawn by its id (LCK-057, -058)", a_pending_request_is_withdrawn_by_its_id},
		{"a grant that was not dispatched is taken back by an unlock (LCK-059)", a_grant_that_was_not_dispatched_is_taken_back_by_an_unlock},
		{"a timeout of lock leaves nothing", a_timeout_of_lock_leaves_nothing},
		{"a timeout of unlock owes the release, even if nothing was sent", a_timeout_of_unlock_owes_the_release_even_if_nothing_was_sent},
		{"a lock is known from its request to its unlock", a_lock_is_known_from_its_request_to_its_unlock},
		{"events of a closed handle are dropped (LCK-027)", events_of_a_closed_handle_are_dropped},
		{"a view that serves and is won takes nothing", a_view_that_serves_and_is_won_takes_nothing},
		{"a view that does not serve loses the locks and says so (R20)", a_view_that_does_not_serve_loses_the_locks_and_says_so},
		{"a client that wants no word of losses gets none", a_client_that_wants_no_word_of_losses_gets_none},
		{"a posted lock that is refused has its callback", a_posted_lock_that_is_refused_has_its_callback},
		{"a posted unlock is done though the gate was shut", a_posted_unlock_is_done_though_the_gate_was_shut},
		{"the unlock of what may be an orphan is not posted", the_unlock_of_what_may_be_an_orphan_is_not_posted},
		{"what is posted for a lost lock is refused", what_is_posted_for_a_lost_lock_is_refused},
		{"a request on its way when it is lost has one callback", a_request_on_its_way_when_it_is_lost_has_one_callback},
		{"a grant that was not kept is refused, not lost", a_grant_that_was_not_kept_is_refused_not_lost},
		{"a loser claims its opens and never its locks (R17)", a_loser_claims_its_opens_and_never_its_locks},
		{"an open that comes a second time is the same open", an_open_that_comes_a_second_time_is_the_same_open},
		{"a client that dies leaves nothing but orphans", a_client_that_dies_leaves_nothing_but_orphans},
		{"a number that a client uses twice is its own trouble", a_number_that_a_client_uses_twice_is_its_own_trouble},
		{"malformed requests end the connection", malformed_requests_end_the_connection},
		{"bad arguments never reach the daemon", bad_arguments_never_reach_the_daemon},
		{"the configured limits are told and carried", the_configured_limits_are_told_and_carried},
		{"a resource is shown page by page though it changes", a_resource_is_shown_page_by_page_though_it_changes},
	};

	return check_run("lck service", cases, sizeof cases / sizeof *cases);
}
