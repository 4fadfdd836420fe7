/* LCK in the daemon: requests in, operations multicast, effects turned into answers by the engine. What a client has open and holds is kept twice:
 * in the replicated state, which decides, and here, so that opens can be claimed again after this node took over another state, and a
 * client is told what it has lost. */
#include "ais/lck/lck_service.h"

#include <stdlib.h>
#include <string.h>

#include "ais/lck/lck_state.h"

/* --- what a client has --- */

struct own_open {
	struct tree_node by_number;
	uint64_t number, call;
	struct identity resource;
	bool has_waiter;
	struct list locks;
};

/* A lock that its client was told of, or an asynchronous request. */
struct own_lock {
	struct tree_node by_number;
	struct own_open *open;
	struct list in_open;
	uint64_t number, invocation;
	bool waits;   /* its client was not told what became of it */
	bool unlocks; /* and has asked to unlock it meanwhile */
};

/* What the configuration says, for this node's requests to carry; 0: has not been said. */
struct lck_local {
	struct lck_limits locks, opens;
};

struct lck_client {
	struct tree opens, locks;
	bool has_opened;  /* once: something may have to be closed for it */
	bool wants_lost;
};

static int own_open_compare(const void *key, const struct tree_node *node)
{
	const uint64_t number = *(const uint64_t *)key, other = container_of(node, struct own_open, by_number)->number;

	return (number > other) - (number < other);
}

static int own_lock_compare(const void *key, const struct tree_node *node)
{
	const uint64_t number = *(const uint64_t *)key, other = container_of(node, struct own_lock, by_number)->number;

	return (number > other) - (number < other);
}

static struct own_open *open_of_node(struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct own_open, by_number);
}

static struct own_lock *lock_of_node(struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct own_lock, by_number);
}

static struct own_open *open_find(struct client *client, uint64_t number)
{
	return open_of_node(tree_find(&((struct lck_client *)client_data(client))->opens, &number));
}

static struct own_lock *lock_find(struct client *client, uint64_t number)
{
	return lock_of_node(tree_find(&((struct lck_client *)client_data(client))->locks, &number));
}

/* Without memory the handle will be BAD_HANDLE, and the open ends with the client. */
static void open_add(struct client *client, const struct own_open *values)
{
	struct own_open *open = open_find(client, values->number) == NULL ? malloc(sizeof *open) : NULL;

	if (open == NULL)
		return;
	*open = *values;
	list_init(&open->locks);
	tree_insert(&((struct lck_client *)client_data(client))->opens, &open->by_number, &open->number);
}

/* False: no memory. */
static bool lock_add(struct client *client, struct own_open *open, const struct own_lock *values)
{
	struct own_lock *lock = lock_find(client, values->number) == NULL ? malloc(sizeof *lock) : NULL;

	if (lock == NULL)
		return false;
	*lock = *values;
	lock->open = open;
	tree_insert(&((struct lck_client *)client_data(client))->locks, &lock->by_number, &lock->number);
	list_append(&open->locks, &lock->in_open);
	return true;
}

static void lock_remove(struct client *client, struct own_lock *lock)
{
	if (lock == NULL)
		return;
	tree_remove(&((struct lck_client *)client_data(client))->locks, &lock->by_number);
	list_remove(&lock->in_open);
	free(lock);
}

/* One that waits stays noted until its client is told what became of it. */
static void lock_unlocks(struct client *client, struct own_lock *lock)
{
	if (lock != NULL && lock->waits)
		lock->unlocks = true;
	else
		lock_remove(client, lock);
}

/* With its locks. */
static void open_remove(struct client *client, struct own_open *open)
{
	while (!list_is_empty(&open->locks))
		lock_remove(client, container_of(open->locks.next, struct own_lock, in_open));
	tree_remove(&((struct lck_client *)client_data(client))->opens, &open->by_number);
	free(open);
}

static bool lck_client_opened(struct service *service, struct client *client)
{
	struct lck_client *own = client_data(client);

	(void)service;
	own->opens.compare = own_open_compare;
	own->locks.compare = own_lock_compare;
	return true;
}

static void lck_client_closed(struct service *service, struct client *client)
{
	struct lck_client *own = client_data(client);

	for (struct own_open *open; (open = open_of_node(tree_first(&own->opens))) != NULL;)
		open_remove(client, open);
	if (!own->has_opened)
		return;
	lck_client_gone_encode(service_operation(service, LCK_OPERATION_CLIENT_GONE), &(struct lck_client_gone){
		.client = client_requester_all(client),
	});
	service_owe(service);
}

static void lck_client_reclaim(struct service *service, struct client *client)
{
	struct lck_client *own = client_data(client);
	struct lck_reclaim reclaim = {.client = client_requester_all(client)};
	struct wire_writer claims = {0};

	if (!own->has_opened)
		return;
	for (struct own_open *open = open_of_node(tree_first(&own->opens)); open != NULL; open = open_of_node(tree_next(&open->by_number))) {
		lck_claim_encode(&claims, &(struct lck_claim){
			.open = open->number, .call = open->call, .has_waiter = open->has_waiter, .resource = open->resource,
		});
		reclaim.count++;
	}
	reclaim.claims = wire_writer_bytes(&claims);
	if (!claims.failed) {
		lck_reclaim_encode(service_operation(service, LCK_OPERATION_RECLAIM), &reclaim);
		service_owe(service);
	}
	wire_writer_clear(&claims);
}

/* --- what effects tell of it --- */

static void open_seen(struct service *service, struct client *client, uint64_t number, struct identity resource)
{
	const struct lck_opened *opened = lck_opened_find(service_state(service), client_requester_all(client), number);

	if (opened != NULL)
		open_add(client, &(struct own_open){
			.number = number, .call = opened->call, .resource = resource, .has_waiter = opened->has_waiter,
		});
}

static void answer_seen(struct service *service, struct client *client, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct lck_answer answer;

	if (!lck_answer_decode(&in, &answer))
		return; /* a refusal */
	struct own_open *open = open_find(client, answer.open);
	switch (answer.subject) {
	case LCK_SUBJECT_OPEN:
		open_seen(service, client, answer.number, answer.resource);
		break;
	case LCK_SUBJECT_LOCK:
		if (open != NULL && answer.status == SA_LCK_LOCK_GRANTED)
			lock_add(client, open, &(struct own_lock){.number = answer.number}); /* no memory: it goes with its open */
		break;
	case LCK_SUBJECT_UNLOCK:
		lock_unlocks(client, lock_find(client, answer.number));
		break;
	}
}

static void granted_seen(struct client *client, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct lck_granted_event event;

	if (!lck_granted_event_decode(&in, &event))
		return;
	struct own_lock *lock = lock_find(client, event.lock);
	if (lock != NULL && !lock->unlocks && event.error == SA_AIS_OK && event.status == SA_LCK_LOCK_GRANTED)
		lock->waits = false;
	else
		lock_remove(client, lock);
}

static void opened_seen(struct service *service, struct client *client, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct lck_opened_event event;

	if (lck_opened_event_decode(&in, &event) && event.error == SA_AIS_OK)
		open_seen(service, client, event.open, event.resource);
}

static void lck_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	if (effect->kind == EFFECT_REPLY)
		answer_seen(service, client, payload);
}

/* Not before the client is told: until then a view may take it back, and the request is ordered anew. */
static void lck_told(struct service *service, struct client *client, uint16_t event, struct bytes payload)
{
	if (event == LCK_EVENT_GRANTED)
		granted_seen(client, payload);
	else if (event == LCK_EVENT_OPENED)
		opened_seen(service, client, payload);
}

/* --- limits --- */

static struct lck_local *local_of(struct service *service)
{
	return service_data(service, sizeof(struct lck_local));
}

static void lck_setting(struct service *service, const char *name, uint64_t value)
{
	struct lck_local *local = local_of(service);

	if (local == NULL)
		return;
	if (strcmp(name, "client_locks_max") == 0)
		local->locks.client = (uint32_t)value;
	else if (strcmp(name, "client_opens_max") == 0)
		local->opens.client = (uint32_t)value;
	else if (strcmp(name, "locks_max") == 0)
		local->locks.all = (uint32_t)value;
	else if (strcmp(name, "opens_max") == 0)
		local->opens.all = (uint32_t)value;
}

static struct lck_limits said_or(struct lck_limits said, struct lck_limits preset)
{
	return (struct lck_limits){.client = said.client == 0 ? preset.client : said.client, .all = said.all == 0 ? preset.all : said.all};
}

static struct lck_limits lock_limits(struct service *service)
{
	const struct lck_local *local = local_of(service);

	return local == NULL ? lck_locks_preset : said_or(local->locks, lck_locks_preset);
}

static struct lck_limits open_limits(struct service *service)
{
	const struct lck_local *local = local_of(service);

	return local == NULL ? lck_opens_preset : said_or(local->opens, lck_opens_preset);
}

static enum service_outcome on_limit(struct service *service, struct client *client, struct wire_reader *in)
{
	struct wire_writer body = {0};

	if (!lck_limit_request_decode(in))
		return service_disconnect(client, "malformed limit request");
	lck_limit_answer_encode(&body, &(struct lck_limit_answer){.locks = lock_limits(service)});
	const enum service_outcome outcome = body.failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY)
	                                                 : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	return outcome;
}

/* --- opening and closing --- */

static bool open_sent(struct service *service, struct client *client, struct wire_reader *in, bool async)
{
	struct lck_open open = {.requester = client_requester(client), .async = async, .limits = open_limits(service)};

	if (!lck_open_request_decode(in, &open.request))
		return false;
	((struct lck_client *)client_data(client))->has_opened = true;
	lck_open_encode(service_operation(service, LCK_OPERATION_OPEN), &open);
	return true;
}

static enum service_outcome on_open(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!open_sent(service, client, in, false))
		return service_disconnect(client, "malformed open request");
	return service_multicast(service, client);
}

/* The gate was open when the call was admitted; from then on its order is certain, and the outcome comes as an event. */
static enum service_outcome on_open_async(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!open_sent(service, client, in, true))
		return service_disconnect(client, "malformed open_async request");
	return service_accept(service, client);
}

static void close_owed(struct service *service, struct client *client, uint64_t open)
{
	lck_end_encode(service_operation(service, LCK_OPERATION_CLOSE), &(struct lck_end){
		.requester = client_requester_all(client), .number = open,
	});
	service_owe(service);
}

/* TIMEOUT means: not open, whatever comes. */
static void open_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct lck_open_request request;

	(void)call;
	if (!lck_open_request_decode(in, &request))
		return;
	struct own_open *open = open_find(client, request.open);
	if (open != NULL)
		open_remove(client, open);
	close_owed(service, client, request.open);
}

static enum service_outcome on_close(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	if (!lck_number_request_decode(in, &request))
		return service_disconnect(client, "malformed close request");
	struct own_open *open = open_find(client, request.number);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	open_remove(client, open);
	close_owed(service, client, request.number);
	return service_answer(client, SA_AIS_OK);
}

/* --- locking --- */

static enum service_outcome on_lock(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_lock lock = {.requester = client_requester(client), .limits = lock_limits(service)};

	if (!lck_lock_request_decode(in, &lock.request))
		return service_disconnect(client, "malformed lock request");
	if (open_find(client, lock.request.open) == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	lck_lock_encode(service_operation(service, LCK_OPERATION_LOCK), &lock);
	return service_multicast(service, client);
}

static void unlock_owed(struct service *service, struct client *client, uint64_t number)
{
	lock_unlocks(client, lock_find(client, number));
	lck_end_encode(service_operation(service, LCK_OPERATION_UNLOCK), &(struct lck_end){
		.requester = client_requester_all(client), .number = number,
	});
	service_owe(service);
}

/* TIMEOUT means: not held, whatever comes. */
static void lock_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct lck_lock_request request;

	(void)call;
	if (lck_lock_request_decode(in, &request))
		unlock_owed(service, client, request.lock);
}

static enum service_outcome on_lock_async(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_lock lock = {.requester = client_requester(client), .async = true, .limits = lock_limits(service)};

	if (!lck_lock_request_decode(in, &lock.request))
		return service_disconnect(client, "malformed lock_async request");
	struct own_open *open = open_find(client, lock.request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	if (!lock_add(client, open, &(struct own_lock){
		.number = lock.request.lock, .invocation = lock.request.invocation, .waits = true,
	}))
		return service_answer(client, SA_AIS_ERR_NO_MEMORY); /* or a number of its that is in use: its own trouble */
	lck_lock_encode(service_operation(service, LCK_OPERATION_LOCK), &lock);
	return service_accept(service, client);
}

static void lock_async_refused(struct service *service, struct client *client, uint32_t code, struct wire_reader *in)
{
	struct lck_lock_request request;
	struct wire_writer body = {0};

	(void)service;
	if (!lck_lock_request_decode(in, &request))
		return;
	lck_refused_event_encode(&body, &(struct lck_refused_event){
		.open = request.open, .lock = request.lock, .invocation = request.invocation, .error = code,
	});
	service_event(client, LCK_EVENT_REFUSED, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static enum service_outcome on_unlock(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	if (!lck_number_request_decode(in, &request))
		return service_disconnect(client, "malformed unlock request");
	const struct own_lock *lock = lock_find(client, request.number);
	if (lock == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	lck_end_encode(service_operation(service, LCK_OPERATION_UNLOCK), &(struct lck_end){
		.requester = client_requester(client), .number = request.number, .open = lock->open->number,
	});
	return service_multicast(service, client);
}

/* TIMEOUT means: it will go. */
static void unlock_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct lck_number_request request;

	(void)call;
	if (lck_number_request_decode(in, &request))
		unlock_owed(service, client, request.number);
}

static void unlock_async_begin(struct service *service, struct client *client, struct own_lock *lock, uint64_t invocation)
{
	lck_end_encode(service_operation(service, LCK_OPERATION_UNLOCK), &(struct lck_end){
		.requester = client_requester_all(client), .number = lock->number, .open = lock->open->number, .async = true,
		.invocation = invocation,
	});
	lock_unlocks(client, lock);
}

static enum service_outcome on_unlock_async(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	if (!lck_number_request_decode(in, &request))
		return service_disconnect(client, "malformed unlock_async request");
	struct own_lock *lock = lock_find(client, request.number);
	if (lock == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	unlock_async_begin(service, client, lock, request.invocation);
	return service_accept(service, client);
}

/* It was accepted, so it will be done: at the gate it only waits, with nobody to be told. */
static void unlock_async_refused(struct service *service, struct client *client, uint32_t code, struct wire_reader *in)
{
	struct lck_number_request request;
	struct wire_writer body = {0};

	(void)code;
	if (!lck_number_request_decode(in, &request))
		return;
	struct own_lock *lock = lock_find(client, request.number);
	if (lock != NULL) {
		unlock_async_begin(service, client, lock, request.invocation);
		service_owe_once(service);
		return;
	}
	lck_unlocked_event_encode(&body, &(struct lck_unlocked_event){
		.open = request.open, .invocation = request.invocation, .error = SA_AIS_ERR_NOT_EXIST,
	});
	service_event(client, LCK_EVENT_UNLOCKED, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static enum service_outcome on_purge(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	if (!lck_number_request_decode(in, &request))
		return service_disconnect(client, "malformed purge request");
	if (open_find(client, request.number) == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	lck_end_encode(service_operation(service, LCK_OPERATION_PURGE), &(struct lck_end){
		.requester = client_requester(client), .number = request.number,
	});
	return service_multicast(service, client);
}

static enum service_outcome on_lost_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_lost_set_request request;

	(void)service;
	if (!lck_lost_set_request_decode(in, &request))
		return service_disconnect(client, "malformed lost_set request");
	((struct lck_client *)client_data(client))->wants_lost = request.wanted;
	return service_answer(client, SA_AIS_OK);
}

/* --- losing (R17, R18, R20) --- */

static bool keeps_its_locks(const struct service_view *view)
{
	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == view->node)
			return view->serving && view->members[i].winner;
	return false;
}

static void lost_tell(struct client *client, const struct own_lock *lock)
{
	struct wire_writer body = {0};

	if (!lock->waits && !((const struct lck_client *)client_data(client))->wants_lost)
		return;
	lck_lost_event_encode(&body, &(struct lck_lost_event){
		.open = lock->open->number, .lock = lock->number, .invocation = lock->invocation, .was_waiting = lock->waits,
	});
	service_event(client, LCK_EVENT_LOST, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* An open that had locks is lost with them: it is closed where the cluster decides. One that had none is claimed again. */
static void locks_lose(struct service *service, struct client *client)
{
	struct lck_client *own = client_data(client);
	struct own_open *next;

	for (struct own_open *open = open_of_node(tree_first(&own->opens)); open != NULL; open = next) {
		next = open_of_node(tree_next(&open->by_number));
		if (list_is_empty(&open->locks))
			continue;
		for (struct list *entry = open->locks.next; entry != &open->locks; entry = entry->next)
			lost_tell(client, container_of(entry, struct own_lock, in_open));
		close_owed(service, client, open->number);
		open_remove(client, open);
	}
}

static void lck_view_ended(struct service *service, const struct service_view *view)
{
	if (keeps_its_locks(view))
		return;
	for (struct client *client = client_first(service); client != NULL; client = client_next(service, client))
		locks_lose(service, client);
}

/* --- the operator's tool: this daemon's directory as it is --- */

static enum service_outcome answer_list(struct client *client, struct wire_writer *entries, uint32_t count, bool end)
{
	struct wire_writer body = {0};

	lck_list_answer_encode(&body, &(struct lck_list_answer){.end = end, .count = count});
	wire_put_raw(&body, entries->data, entries->size);
	const bool failed = body.failed || entries->failed;
	const enum service_outcome outcome = failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY)
	                                            : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(&body));
	wire_writer_clear(entries);
	wire_writer_clear(&body);
	return outcome;
}

static struct lck_list_entry list_entry(const struct lck_resource *resource)
{
	const struct lck_held *first = lck_held_first(&resource->held);

	return (struct lck_list_entry){
		.name = lck_resource_name(resource), .resource = resource->identity, .opens = (uint32_t)resource->open_count,
		.held = (uint32_t)resource->held_count, .orphans = (uint32_t)resource->orphan_count,
		.waiting = (uint32_t)resource->queue_count, .mode = first == NULL ? 0 : first->mode,
	};
}

static enum service_outcome on_list(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct lck_state *state = service_state(service);
	struct lck_list_request request;
	struct wire_writer entries = {0};
	uint32_t count = 0;

	if (!lck_list_request_decode(in, &request))
		return service_disconnect(client, "malformed list request");
	const struct lck_resource *resource = request.started ? lck_resource_after(state, request.after) : lck_resource_first(state);
	for (; resource != NULL && count < LCK_LIST_ENTRIES_MAX; resource = lck_resource_next(resource)) {
		const struct lck_list_entry entry = list_entry(resource);
		lck_list_entry_encode(&entries, &entry);
		count++;
	}
	return answer_list(client, &entries, count, resource == NULL);
}

/* The held ones, then those that wait. */
static const struct lck_held *show_next(const struct lck_resource *resource, const struct lck_held *held)
{
	const struct lck_held *next = lck_held_next(held->granted ? &resource->held : &resource->queue, held);

	return next == NULL && held->granted ? lck_held_first(&resource->queue) : next;
}

static const struct lck_held *show_first(const struct lck_resource *resource, const struct lck_show_request *request)
{
	const struct lck_held *held = request->waiting ? NULL : lck_held_first(&resource->held);

	while (held != NULL && held->token.number <= request->after_grant)
		held = lck_held_next(&resource->held, held);
	if (held != NULL)
		return held;
	held = lck_held_first(&resource->queue);
	while (held != NULL && request->waiting && identity_compare(held->identity, request->after) <= 0)
		held = lck_held_next(&resource->queue, held);
	return held;
}

static enum service_outcome on_show(struct service *service, struct client *client, struct wire_reader *in)
{
	struct lck_show_request request;
	struct wire_writer entries = {0};
	uint32_t count = 0;

	if (!lck_show_request_decode(in, &request))
		return service_disconnect(client, "malformed show request");
	const struct lck_resource *resource = lck_resource_named(service_state(service), request.name);
	if (resource == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	const struct lck_held *held = show_first(resource, &request);
	for (; held != NULL && count < LCK_LIST_ENTRIES_MAX; held = show_next(resource, held)) {
		lck_show_entry_encode(&entries, &(struct lck_show_entry){
			.lock = held->identity, .granted = held->granted, .orphan = held->opened == NULL, .mode = held->mode, .flags = held->flags,
			.owner = held->requester, .token = held->token,
		});
		count++;
	}
	return answer_list(client, &entries, count, held == NULL);
}

/* --- what is gone here: closed, unlocked, lost (R20) --- */

static uint32_t lock_names_gone(struct client *client, struct wire_reader *in)
{
	struct lck_lock_request request;

	return lck_lock_request_decode(in, &request) && open_find(client, request.open) == NULL ? SA_AIS_ERR_BAD_HANDLE : 0;
}

static uint32_t purge_names_gone(struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	return lck_number_request_decode(in, &request) && open_find(client, request.number) == NULL ? SA_AIS_ERR_BAD_HANDLE : 0;
}

static uint32_t unlock_names_gone(struct client *client, struct wire_reader *in)
{
	struct lck_number_request request;

	return lck_number_request_decode(in, &request) && lock_find(client, request.number) == NULL ? SA_AIS_ERR_NOT_EXIST : 0;
}

/* --- the tables --- */

/* An unlock's OK promises nothing that a failure could take back: whoever is answered holds nothing, in no order of events is it given the
 * lock again, and where a merge forgets the unlock it forgets the holder too. What a lock let go grants to others waits as ever. */
static const struct service_request lck_requests[LCK_REQUEST_COUNT] = {
	[LCK_REQUEST_OPEN] = {"open", on_open, ANSWER_STABLE, GATE_CHANGE, true, open_withdraw, false},
	[LCK_REQUEST_OPEN_ASYNC] = {"open_async", on_open_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL, false},
	[LCK_REQUEST_CLOSE] = {"close", on_close, ANSWER_AT_ONCE, GATE_NONE, true, NULL, false},
	[LCK_REQUEST_LOCK] = {"lock", on_lock, ANSWER_STABLE, GATE_CHANGE, true, lock_withdraw, false, .gone = lock_names_gone},
	[LCK_REQUEST_LOCK_ASYNC] = {"lock_async", on_lock_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL, false, lock_async_refused, lock_names_gone},
	[LCK_REQUEST_UNLOCK] = {"unlock", on_unlock, ANSWER_AGREED, GATE_CHANGE, true, unlock_withdraw, true, .gone = unlock_names_gone},
	[LCK_REQUEST_UNLOCK_ASYNC] = {"unlock_async", on_unlock_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL, false, unlock_async_refused, unlock_names_gone},
	[LCK_REQUEST_PURGE] = {"purge", on_purge, ANSWER_STABLE, GATE_CHANGE, true, NULL, false, .gone = purge_names_gone},
	[LCK_REQUEST_LOST_SET] = {"lost_set", on_lost_set, ANSWER_AT_ONCE, GATE_NONE, true, NULL, false},
	[LCK_REQUEST_LIST] = {"list", on_list, ANSWER_AT_ONCE, GATE_NONE, true, NULL, false},
	[LCK_REQUEST_SHOW] = {"show", on_show, ANSWER_AT_ONCE, GATE_NONE, true, NULL, false},
	[LCK_REQUEST_LIMIT] = {"limit", on_limit, ANSWER_AT_ONCE, GATE_NONE, true, NULL, false},
};

const struct service_engine aisle_service_lck = {
	.name = "lck",
	.id = LCK_SERVICE_ID,
	.format = LCK_RING_FORMAT,
	.requests = lck_requests,
	.request_count = LCK_REQUEST_COUNT,
	.state_new = lck_state_new,
	.state_free = lck_state_free,
	.apply = lck_state_apply,
	.view_applied = lck_state_view_applied,
	.digest_directory = lck_state_digest,
	.directory_encode = lck_state_encode,
	.directory_decode = lck_state_decode,
	.client_data_size = sizeof(struct lck_client),
	.client_opened = lck_client_opened,
	.client_closed = lck_client_closed,
	.client_reclaim = lck_client_reclaim,
	.replied = lck_replied,
	.view_ended = lck_view_ended,
	.setting = lck_setting,
	.told = lck_told,
	.advisory_events = UINT64_C(1) << LCK_EVENT_WAITER,
};
