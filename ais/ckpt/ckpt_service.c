/* CKPT in the daemon: requests in, operations multicast, reads answered from this node's replica, effects turned into answers by the
 * engine. What a client has open is kept twice: in the replicated state, which decides, and here, so that it can be claimed again after
 * this node took over another state. */
#include "ckpt_service.h"

#include <stdlib.h>

#include "ckpt_placement.h"
#include "ckpt_state.h"
#include "saCkpt.h"

enum {
	READ_SIZE_MAX = CKPT_SECTION_LIMIT,               /* of one answer */
	ASKED_SIZE_MAX = 1 << 20, /* of a read that another node is asked for; more waits until it is here */
	CHANGE_SIZE_MAX = CKPT_SECTION_LIMIT + (512 << 10), /* of one operation: below what the engine takes */
	ITERATE_SCAN_MAX = 4096,     /* sections looked at for one answer */
	LIST_ENTRIES_MAX = 256,      /* of one answer */
	DUMP_SIZE_MAX = 1 << 20,     /* of one answer, about */
	DUE_ENTRIES_MAX = 4096,      /* sent at one time */
	DUE_INTERVAL_NS = 200000000, /* until what was sent is sent again */
};

/* --- What a client has open. --- */

struct held_open {
	struct tree_node by_number;
	uint64_t number;
	struct identity checkpoint;
	uint32_t flags;
};

struct ckpt_client {
	struct tree opens;
	bool has_opened; /* once: something may have to be closed for it */
	bool watches;    /* and is told once when the checkpoint is not as `seen` */
	struct ckpt_watch_request watch;
};

/* Of this node. */
struct ckpt_local {
	int64_t sent_ns;      /* when something due was sent last */
	uint64_t replicas;    /* configured; 0: on all nodes */
	size_t watcher_count; /* clients that watch: mostly none, and then an operation costs nothing more */
};

static void watch_end(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);
	struct ckpt_local *local = service_data(service, sizeof(*local));

	if (own->watches && local != NULL)
		local->watcher_count--;
	own->watches = false;
}

static struct held_open *held_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct held_open, by_number);
}

static int number_compare(const void *key, const struct tree_node *node)
{
	const uint64_t number = *(const uint64_t *)key, other = held_of_node(node)->number;

	return (number > other) - (number < other);
}

static struct held_open *held_find(struct client *client, uint64_t number)
{
	return held_of_node(tree_find(&((struct ckpt_client *)client_data(client))->opens, &number));
}

static struct held_open *held_add(struct client *client, uint64_t number)
{
	struct held_open *held = calloc(1, sizeof(*held));

	if (held == NULL)
		return NULL;
	held->number = number;
	tree_insert(&((struct ckpt_client *)client_data(client))->opens, &held->by_number, &held->number);
	return held;
}

static void held_remove(struct client *client, struct held_open *held)
{
	tree_remove(&((struct ckpt_client *)client_data(client))->opens, &held->by_number);
	free(held);
}

/* NULL: not open. Not the state is asked: it may still show an open whose close is on its way. */
static const struct held_open *open_find(struct client *client, uint64_t number)
{
	return held_find(client, number);
}

/* An answer's effect names the call; a callback's names the client alone, and the open's number stands in its payload. 0: no open's. */
static uint64_t number_opened(const struct effect *effect, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct ckpt_opened_event event;

	if (effect->kind == EFFECT_REPLY)
		return effect->requester.call;
	return effect->event == CKPT_EVENT_OPENED && ckpt_opened_event_decode(&in, &event) ? event.answer.open : 0;
}

/* The answer, or the callback, to an open: what it opened is in the state under the call's number. */
static void ckpt_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	const uint64_t number = number_opened(effect, payload);
	const struct ckpt_opened *opened = ckpt_opened_find(service_state(service), client_requester_all(client), number);

	if (opened == NULL || held_find(client, number) != NULL)
		return;
	struct held_open *held = held_add(client, number);
	if (held == NULL)
		return; /* its handle will be BAD_HANDLE, and the open ends with the client */
	held->checkpoint = opened->checkpoint->identity;
	held->flags = opened->flags;
}

static bool ckpt_client_opened(struct service *service, struct client *client)
{
	(void)service;
	((struct ckpt_client *)client_data(client))->opens.compare = number_compare;
	return true;
}

static void ckpt_client_closed(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);

	watch_end(service, client);
	for (struct held_open *held; (held = held_of_node(tree_first(&own->opens))) != NULL;)
		held_remove(client, held);
	if (!own->has_opened)
		return;
	ckpt_client_gone_encode(service_operation(service, CKPT_OPERATION_CLIENT_GONE), &(struct ckpt_client_gone){
		.client = client_requester_all(client),
	});
	service_owe(service);
}

static void ckpt_client_reclaim(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);
	struct wire_writer claims = {0};
	struct ckpt_reclaim reclaim = {.client = client_requester_all(client)};

	if (!own->has_opened)
		return;
	for (struct tree_node *node = tree_first(&own->opens); node != NULL; node = tree_next(node)) {
		const struct held_open *held = held_of_node(node);

		if (reclaim.count == CKPT_CLIENT_OPENS_MAX)
			break;
		ckpt_claim_encode(&claims, &(struct ckpt_claim){
			.open = held->number, .checkpoint = held->checkpoint, .flags = held->flags,
		});
		reclaim.count++;
	}
	reclaim.claims = wire_writer_bytes(&claims);
	if (!claims.failed) {
		ckpt_reclaim_encode(service_operation(service, CKPT_OPERATION_RECLAIM), &reclaim);
		service_owe(service);
	}
	wire_writer_clear(&claims);
}

/* --- Opening and closing. --- */

static void ckpt_setting(struct service *service, const char *name, uint64_t value)
{
	struct ckpt_local *local = service_data(service, sizeof(*local));

	if (local != NULL && strcmp(name, "replicas") == 0)
		local->replicas = value;
}

static bool open_sent(struct service *service, struct client *client, struct wire_reader *in, bool async)
{
	const struct ckpt_local *local = service_data(service, sizeof(*local));
	struct ckpt_open_request request;

	if (!ckpt_open_request_decode(in, &request))
		return false;
	((struct ckpt_client *)client_data(client))->has_opened = true;
	ckpt_open_encode(service_operation(service, CKPT_OPERATION_OPEN), &(struct ckpt_open){
		.requester = client_requester(client), .async = async, .invocation = request.invocation, .name = request.name,
		.flags = request.flags, .creates = request.creates, .attributes = request.attributes,
		.replicas = local == NULL ? 0 : (uint32_t)local->replicas,
	});
	return true;
}

static enum service_outcome on_open(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!open_sent(service, client, in, false))
		return service_disconnect(client, "malformed open request");
	return service_multicast(service, client); /* a full ring or a lost quorum is the engine's to answer */
}

/* TIMEOUT means: not open, whatever comes. */
static void open_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	struct held_open *held = held_find(client, call);

	(void)in;
	if (held != NULL)
		held_remove(client, held);
	ckpt_close_encode(service_operation(service, CKPT_OPERATION_CLOSE), &(struct ckpt_close){
		.client = client_requester_all(client), .open = call,
	});
	service_owe(service);
}

/* The gate was open when the call was admitted; from then on its order is certain, and the outcome comes as an event. */
static enum service_outcome on_open_async(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!open_sent(service, client, in, true))
		return service_disconnect(client, "malformed open_async request");
	return service_accept(service, client);
}

static enum service_outcome on_close(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed close request");
	if (open_find(client, request.open) == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	held_remove(client, held_find(client, request.open));
	ckpt_close_encode(service_operation(service, CKPT_OPERATION_CLOSE), &(struct ckpt_close){
		.client = client_requester_all(client), .open = request.open,
	});
	service_owe(service);
	return service_answer(client, SA_AIS_OK);
}

static enum service_outcome on_unlink(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_unlink_request request;

	if (!ckpt_unlink_request_decode(in, &request))
		return service_disconnect(client, "malformed unlink request");
	ckpt_unlink_encode(service_operation(service, CKPT_OPERATION_UNLINK), &(struct ckpt_unlink){
		.requester = client_requester(client), .name = request.name,
	});
	return service_multicast(service, client);
}

/* --- Changes of an open checkpoint. --- */

/* The open, if it is one that may write; else NULL and the refusal. */
static const struct held_open *open_for_writing(struct client *client, uint64_t number, SaAisErrorT *refusal)
{
	const struct held_open *held = open_find(client, number);

	*refusal = held == NULL ? SA_AIS_ERR_BAD_HANDLE : SA_AIS_ERR_ACCESS;
	return held != NULL && (held->flags & SA_CKPT_CHECKPOINT_WRITE) != 0 ? held : NULL;
}

static enum service_outcome on_retention_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_retention_set_request request;

	if (!ckpt_retention_set_request_decode(in, &request))
		return service_disconnect(client, "malformed retention_set request");
	const struct held_open *open = open_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	ckpt_retention_set_encode(service_operation(service, CKPT_OPERATION_RETENTION_SET), &(struct ckpt_retention_set){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .retention_ns = request.retention_ns,
	});
	return service_multicast(service, client);
}

/* CKPT-134: a replica is in step before it becomes the active one. */
static bool is_being_filled(struct service *service, const struct checkpoint *checkpoint)
{
	const struct ckpt_state *state = service_state(service);
	const struct replica *own =
		checkpoint == NULL ? NULL : placement_replica(checkpoint, service_node(service), state->self_incarnation);

	return own != NULL && !own->complete;
}

static enum service_outcome on_active_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;
	SaAisErrorT refusal;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed active_set request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	if (is_being_filled(service, checkpoint_find(service_state(service), open->checkpoint)))
		return service_answer_later(client);
	ckpt_active_set_encode(service_operation(service, CKPT_OPERATION_ACTIVE_SET), &(struct ckpt_active_set){
		.requester = client_requester(client), .checkpoint = open->checkpoint,
	});
	return service_multicast(service, client);
}

/* What a client may ask for at one time; more is its own trouble, not this node's. */
static bool is_too_large(const struct wire_reader *in)
{
	return in->left > CHANGE_SIZE_MAX;
}

static enum service_outcome on_section_create(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_section_create_request request;
	SaAisErrorT refusal;

	if (is_too_large(in))
		return service_answer(client, SA_AIS_ERR_NO_RESOURCES);
	if (!ckpt_section_create_request_decode(in, &request))
		return service_disconnect(client, "malformed section_create request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_section_create_encode(service_operation(service, CKPT_OPERATION_SECTION_CREATE), &(struct ckpt_section_create){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .expiry_ns = request.expiry_ns,
		.id = request.id, .initial = request.initial,
	});
	return service_multicast(service, client);
}

static enum service_outcome on_section_delete(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_section_delete_request request;
	SaAisErrorT refusal;

	if (!ckpt_section_delete_request_decode(in, &request))
		return service_disconnect(client, "malformed section_delete request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_section_delete_encode(service_operation(service, CKPT_OPERATION_SECTION_DELETE), &(struct ckpt_section_delete){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .id = request.id,
	});
	return service_multicast(service, client);
}

static enum service_outcome on_expiration_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_expiration_set_request request;
	SaAisErrorT refusal;

	if (!ckpt_expiration_set_request_decode(in, &request))
		return service_disconnect(client, "malformed expiration_set request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_expiration_set_encode(service_operation(service, CKPT_OPERATION_EXPIRATION_SET), &(struct ckpt_expiration_set){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .expiry_ns = request.expiry_ns,
		.id = request.id,
	});
	return service_multicast(service, client);
}

static enum service_outcome on_write(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_write_request request;
	SaAisErrorT refusal;

	if (is_too_large(in))
		return service_answer(client, SA_AIS_ERR_NO_RESOURCES);
	if (!ckpt_write_request_decode(in, &request))
		return service_disconnect(client, "malformed write request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_write_encode(service_operation(service, CKPT_OPERATION_WRITE), &(struct ckpt_write){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .count = request.count,
		.elements = request.elements,
	});
	return service_multicast(service, client);
}

static enum service_outcome on_overwrite(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_overwrite_request request;
	SaAisErrorT refusal;

	if (is_too_large(in))
		return service_answer(client, SA_AIS_ERR_NO_RESOURCES);
	if (!ckpt_overwrite_request_decode(in, &request))
		return service_disconnect(client, "malformed overwrite request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_overwrite_encode(service_operation(service, CKPT_OPERATION_OVERWRITE), &(struct ckpt_overwrite){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .id = request.id, .data = request.data,
	});
	return service_multicast(service, client);
}

static enum service_outcome synchronize(struct service *service, struct client *client, struct wire_reader *in, bool async)
{
	struct ckpt_open_number request;
	SaAisErrorT refusal;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed synchronize request");
	const struct held_open *open = open_for_writing(client, request.open, &refusal);
	if (open == NULL)
		return service_answer(client, refusal);
	ckpt_synchronize_encode(service_operation(service, CKPT_OPERATION_SYNCHRONIZE), &(struct ckpt_synchronize){
		.requester = client_requester(client), .checkpoint = open->checkpoint, .async = async, .cookie = request.cookie,
		.invocation = request.invocation,
	});
	if (!async)
		return service_multicast(service, client);
	return service_accept(service, client);
}

static enum service_outcome on_synchronize(struct service *service, struct client *client, struct wire_reader *in)
{
	return synchronize(service, client, in, false);
}

static enum service_outcome on_synchronize_async(struct service *service, struct client *client, struct wire_reader *in)
{
	return synchronize(service, client, in, true);
}

/* --- Reads, from this node's replica. Where a checkpoint has an active replica, what that has is the truth: its node answers with it at
 * once, others let the read have its place in the order first, behind all that the active node has answered. --- */

/* What a read found: the answer, and what it depends on (R16). */
struct reading {
	SaAisErrorT code;
	struct position depends_on;
	struct wire_writer body;
	bool lacks_content; /* this replica has not received it yet */
	const struct checkpoint *checkpoint;
	bool lacks_order;   /* another node's replica is the active one */
	const struct checkpoint *active; /* this node's replica is: what it has need not be stable */
};

/* Who is to answer a read that this node's replica cannot. 0: nobody. */
static uint32_t holder_of(struct service *service, const struct checkpoint *checkpoint, struct bytes elements)
{
	struct wire_reader in = wire_reader_of(elements);
	struct ckpt_read_element element;
	uint64_t total = 0;

	/* What is on its way may be waited for; what lies elsewhere may not. */
	const uint64_t size_max = checkpoint->here ? ASKED_SIZE_MAX : READ_SIZE_MAX;

	while (total <= size_max && ckpt_read_element_next(&in, &element)) {
		const struct section *section = section_find(checkpoint, element.id);

		total += section == NULL ? 0 : element.whole || element.size > section->size ? section->size : element.size;
	}
	return total > size_max ? 0 : service_content_holder(service, bytes_of(checkpoint->key, sizeof(checkpoint->key)));
}

static enum service_outcome order_ask(struct service *service, struct client *client, const struct ckpt_read_request *read,
                                      const struct checkpoint *checkpoint, uint32_t holder)
{
	struct ckpt_read operation = {.requester = client_requester(client), .holder = holder};

	if (holder != 0) {
		operation.checkpoint = checkpoint->identity;
		operation.count = read->count;
		operation.elements = read->elements;
	}
	ckpt_read_encode(service_operation(service, CKPT_OPERATION_READ), &operation);
	return service_read_order(service, client);
}

/* `read`, if it is one of content: another node may be asked for what this one lacks. */
static enum service_outcome reading_answer(struct service *service, struct client *client, struct reading *reading,
                                           const struct ckpt_read_request *read)
{
	const bool is_short = !service_content_complete(service) ||
	                      (reading->checkpoint != NULL && !placement_is_whole_here(reading->checkpoint));
	const bool may_ask = read != NULL && is_short && !service_read_ordered_now(client) && (reading->lacks_order || reading->lacks_content);
	const uint32_t holder = may_ask ? holder_of(service, reading->checkpoint, read->elements) : 0;
	enum service_outcome outcome;

	if (reading->active != NULL)
		reading->depends_on = reading->active->active_since;
	if (reading->lacks_order || holder != 0)
		outcome = order_ask(service, client, read, reading->checkpoint, holder);
	else if (reading->lacks_content)
		outcome = service_answer_later(client);
	else if (reading->body.failed)
		outcome = service_answer(client, SA_AIS_ERR_TRY_AGAIN);
	else
		outcome = service_answer_read(client, reading->code, wire_writer_bytes(&reading->body), reading->depends_on);
	wire_writer_clear(&reading->body);
	return outcome;
}

static bool is_active_here(struct service *service, struct client *client, const struct checkpoint *checkpoint)
{
	return checkpoint->active_node == service_node(service) &&
	       checkpoint->active_incarnation == client_requester_all(client).incarnation;
}

static SaAisErrorT data_verdict(const struct checkpoint *checkpoint)
{
	if (checkpoint_is_lost(checkpoint))
		return SA_AIS_ERR_TRY_AGAIN;
	return checkpoint_lacks_active(checkpoint) ? SA_AIS_ERR_NOT_EXIST : SA_AIS_OK;
}

/* The checkpoint, if its data can be asked for; else NULL, and the reading says why. */
static const struct checkpoint *reading_begin(struct service *service, struct client *client, const struct held_open *open,
                                              struct reading *reading)
{
	const struct ckpt_state *state = service_state(service);
	const struct checkpoint *checkpoint = checkpoint_find(state, open->checkpoint);

	*reading = (struct reading){.code = SA_AIS_OK, .depends_on = checkpoint == NULL ? state->listed : checkpoint->listed};
	if (checkpoint == NULL)
		reading->code = SA_AIS_ERR_BAD_HANDLE; /* it did not survive a take-over */
	else
		reading->code = data_verdict(checkpoint);
	if (reading->code != SA_AIS_OK)
		return NULL;
	reading->checkpoint = checkpoint;
	if (checkpoint_is_asynchronous(checkpoint)) {
		const bool is_own = is_active_here(service, client, checkpoint);

		reading->active = is_own ? checkpoint : NULL;
		reading->lacks_order = !is_own && !service_read_ordered(client);
	}
	return reading->lacks_order ? NULL : checkpoint;
}

static enum service_outcome on_status(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;
	struct reading reading;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed status request");
	const struct held_open *open = open_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	const struct checkpoint *checkpoint = reading_begin(service, client, open, &reading);
	if (checkpoint != NULL) {
		struct ckpt_status_answer answer = {
			.attributes = checkpoint->attributes, .section_count = (uint32_t)checkpoint->sections.count,
			.memory_used = checkpoint->memory_used,
		};
		answer.attributes.retention_ns = checkpoint->retention_ns;
		ckpt_status_answer_encode(&reading.body, &answer);
		reading.depends_on = checkpoint->changed;
	}
	return reading_answer(service, client, &reading, NULL);
}

static SaAisErrorT read_element(const struct checkpoint *checkpoint, const struct ckpt_read_element *element, struct reading *reading)
{
	const struct section *section = section_find(checkpoint, element->id);

	if (section == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (position_compare(section_changed(section), reading->depends_on) > 0)
		reading->depends_on = section_changed(section);
	if (!element->whole && element->size > checkpoint->attributes.section_size_max)
		return SA_AIS_ERR_INVALID_PARAM;
	if (element->offset > section->size)
		return SA_AIS_ERR_INVALID_PARAM; /* CKPT-102 */
	if (!section->present) {
		reading->lacks_content = true;
		return SA_AIS_OK;
	}
	const struct bytes content = section_content(checkpoint, section);
	const uint64_t left = content.size - element->offset;
	const uint64_t size = element->whole || element->size > left ? left : element->size;
	if (size > READ_SIZE_MAX - reading->body.size)
		return SA_AIS_ERR_NO_RESOURCES;
	wire_put_bytes(&reading->body, size == 0 ? (struct bytes){0} : bytes_of(content.data + element->offset, size));
	return SA_AIS_OK;
}

static void read_elements(const struct checkpoint *checkpoint, struct bytes elements, struct reading *reading)
{
	struct wire_reader in = wire_reader_of(elements);
	struct ckpt_read_element element;

	for (uint32_t index = 0; !reading->lacks_content && ckpt_read_element_next(&in, &element); index++) {
		reading->code = read_element(checkpoint, &element, reading);
		if (reading->code == SA_AIS_OK)
			continue;
		wire_writer_reset(&reading->body);
		ckpt_index_encode(&reading->body, index);
		return;
	}
}

static enum service_outcome on_read(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_read_request request;
	struct reading reading;

	if (!ckpt_read_request_decode(in, &request))
		return service_disconnect(client, "malformed read request");
	const struct held_open *open = open_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	if ((open->flags & SA_CKPT_CHECKPOINT_READ) == 0)
		return service_answer(client, SA_AIS_ERR_ACCESS);
	const struct checkpoint *checkpoint = reading_begin(service, client, open, &reading);
	if (checkpoint != NULL)
		read_elements(checkpoint, request.elements, &reading);
	return reading_answer(service, client, &reading, &request);
}

/* Another node reads what this one has, as of now. If this one lacks it too, the other waits for its own. */
static void ckpt_asked(struct service *service, struct bytes payload)
{
	const struct ckpt_state *state = service_state(service);
	struct wire_reader in = wire_reader_of(payload);
	struct reading reading = {.code = SA_AIS_OK};
	struct ckpt_read read;

	if (!ckpt_read_decode(&in, &read))
		return;
	const struct checkpoint *checkpoint = checkpoint_find(state, read.checkpoint);
	reading.code = checkpoint == NULL ? SA_AIS_ERR_BAD_HANDLE : data_verdict(checkpoint);
	if (reading.code == SA_AIS_OK)
		read_elements(checkpoint, read.elements, &reading);
	if (!reading.lacks_content && !reading.body.failed) {
		ckpt_read_answer_encode(service_operation(service, CKPT_OPERATION_READ_ANSWER), &(struct ckpt_read_answer){
			.requester = read.requester, .code = reading.code, .body = wire_writer_bytes(&reading.body),
		});
		service_multicast_own(service);
	}
	wire_writer_clear(&reading.body);
}

/* --- Readers of this node's memory (DESIGN, mechanism 8). --- */

/* Only who may read is shown what there is; whether it may be believed is in the memory itself, so no gate stands here. */
static enum service_outcome on_map(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_state *state = service_state(service);
	struct ckpt_open_number request;
	struct wire_writer body = {0};

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed map request");
	const struct held_open *open = open_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	if ((open->flags & SA_CKPT_CHECKPOINT_READ) == 0)
		return service_answer(client, SA_AIS_ERR_ACCESS);
	const struct checkpoint *checkpoint = checkpoint_find(state, open->checkpoint);
	if (checkpoint == NULL || !checkpoint_is_readable(checkpoint) || checkpoint->content.arena == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	struct arena *const arenas[] = {checkpoint->content.arena, ckpt_state_lease(state)};
	if (arenas[1] == NULL || !service_share(client, arenas, 2))
		return service_answer(client, SA_AIS_ERR_NO_RESOURCES);
	ckpt_map_answer_encode(&body, &(struct ckpt_map_answer){
		.generation = checkpoint->content.generation, .size = arenas[0]->size,
	});
	const enum service_outcome outcome =
		body.failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY) : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	return outcome;
}

/* What is stable is told before the lease that lets it be read, and the end of a lease before all else. */
static bool ckpt_readers(struct service *service, int64_t until_ns)
{
	struct ckpt_state *state = service_state(service);
	const struct ckpt_change *change;

	if (until_ns != 0)
		while ((change = ckpt_state_unstable_first(state)) != NULL && service_is_stable(service, change->position))
			ckpt_state_unstable_pop(state);
	ckpt_state_lease_set(state, until_ns);
	return state->lease != NULL;
}

/* CKPT-113 to -117. Nothing is ever corrupted here. */
static bool is_chosen(const struct section *section, const struct ckpt_iterate_request *request)
{
	switch ((SaCkptSectionsChosenT)request->chosen) {
	case SA_CKPT_SECTIONS_FOREVER:
		return section_expiry_ns(section) == SA_TIME_END;
	case SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME:
		return section_expiry_ns(section) <= request->expiry_ns;
	case SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME:
		return section_expiry_ns(section) >= request->expiry_ns;
	case SA_CKPT_SECTIONS_CORRUPTED:
		return false;
	case SA_CKPT_SECTIONS_ANY:
		return true;
	}
	return false;
}

static void iterate(const struct checkpoint *checkpoint, const struct ckpt_iterate_request *request, struct reading *reading)
{
	const uint32_t count_max = request->count_max < CKPT_DESCRIPTORS_MAX ? request->count_max : CKPT_DESCRIPTORS_MAX;
	const struct section *section =
		request->started ? section_find_after(checkpoint, request->after) : section_first(checkpoint);
	struct ckpt_iterate_answer answer = {.resume = request->after};
	struct wire_writer descriptors = {0};

	for (size_t looked_at = 0; section != NULL && answer.count < count_max && looked_at < ITERATE_SCAN_MAX; looked_at++) {
		if (is_chosen(section, request)) {
			ckpt_descriptor_encode(&descriptors, &(struct ckpt_descriptor){
				.id = section_id(section), .expiry_ns = section_expiry_ns(section), .size = section->size,
				.last_update_ns = section->last_update_ns,
			});
			answer.count++;
		}
		answer.resume = section_id(section);
		section = section_next(section);
	}
	answer.end = section == NULL;
	answer.descriptors = wire_writer_bytes(&descriptors);
	ckpt_iterate_answer_encode(&reading->body, &answer);
	reading->body.failed |= descriptors.failed;
	reading->depends_on = checkpoint->changed;
	wire_writer_clear(&descriptors);
}

static enum service_outcome on_iterate(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_iterate_request request;
	struct reading reading;

	if (!ckpt_iterate_request_decode(in, &request))
		return service_disconnect(client, "malformed iterate request");
	const struct held_open *open = open_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	const struct checkpoint *checkpoint = reading_begin(service, client, open, &reading);
	if (checkpoint != NULL)
		iterate(checkpoint, &request, &reading);
	return reading_answer(service, client, &reading, NULL);
}

/* --- The operator's tool: this daemon's memory as it is. --- */

/* Until the barrier of a view has ended nothing is said of its members. */
static void replicas_encode(struct service *service, const struct checkpoint *checkpoint, struct wire_writer *out)
{
	const struct service_view *view = service_current_view(service);
	const struct bytes key = bytes_of(checkpoint->key, sizeof(checkpoint->key));

	wire_writer_reset(out);
	if (placement_is_listed(checkpoint)) {
		for (uint32_t i = 0; i < checkpoint->replica_count; i++)
			ckpt_replica_encode(out, &(struct ckpt_replica){
				.node = checkpoint->replicas[i].node, .complete = checkpoint->replicas[i].complete,
			});
		return;
	}
	for (size_t i = 0; view != NULL && i < view->member_count; i++)
		ckpt_replica_encode(out, &(struct ckpt_replica){
			.node = view->members[i].node, .complete = service_content_held(service, key, view->members[i].node),
		});
}

static struct ckpt_list_entry list_entry(const struct checkpoint *checkpoint, struct bytes replicas)
{
	return (struct ckpt_list_entry){
		.checkpoint = checkpoint->identity,
		.name = checkpoint_name(checkpoint),
		.unlinked = checkpoint->unlinked,
		.complete = placement_is_whole_here(checkpoint),
		.held = checkpoint->here,
		.replicas_wanted = checkpoint->replicas_wanted,
		.attributes = checkpoint->attributes,
		.retention_ns = checkpoint->retention_ns,
		.retention_due_ns = checkpoint->retention == RETENTION_RUNNING ? checkpoint->due.due_ns : INT64_MAX,
		.open_count = checkpoint->open_count,
		.active_node = checkpoint->active_node,
		.section_count = (uint32_t)checkpoint->sections.count,
		.memory_used = checkpoint->memory_used,
		.memory_held = checkpoint_held(checkpoint),
		.replicas = replicas,
	};
}

static enum service_outcome answer_now(struct client *client, struct wire_writer *body)
{
	const enum service_outcome outcome = body->failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY)
	                                                  : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(body));

	wire_writer_clear(body);
	return outcome;
}

static enum service_outcome on_list(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct ckpt_state *state = service_state(service);
	struct ckpt_list_request request;

	if (!ckpt_list_request_decode(in, &request))
		return service_disconnect(client, "malformed list request");
	const struct checkpoint *checkpoint = request.started ?
		checkpoint_of_node(tree_find_after(&state->checkpoints, &request.after)) : checkpoint_first(state);
	struct ckpt_list_answer answer = {0};
	struct wire_writer entries = {0}, body = {0}, replicas = {0};
	for (; checkpoint != NULL && answer.count < LIST_ENTRIES_MAX; checkpoint = checkpoint_next(checkpoint)) {
		replicas_encode(service, checkpoint, &replicas);
		entries.failed |= replicas.failed;
		const struct ckpt_list_entry entry = list_entry(checkpoint, wire_writer_bytes(&replicas));

		ckpt_list_entry_encode(&entries, &entry);
		answer.count++;
	}
	answer.end = checkpoint == NULL;
	answer.entries = wire_writer_bytes(&entries);
	ckpt_list_answer_encode(&body, &answer);
	body.failed |= entries.failed;
	wire_writer_clear(&entries);
	wire_writer_clear(&replicas);
	return answer_now(client, &body);
}

static void dump_page(const struct checkpoint *checkpoint, const struct ckpt_dump_request *request, struct wire_writer *body)
{
	const uint32_t size_max = request->size_max < DUMP_SIZE_MAX ? request->size_max : DUMP_SIZE_MAX;
	const struct section *section =
		request->started ? section_find_after(checkpoint, request->after) : section_first(checkpoint);
	struct ckpt_dump_answer answer = {
		.checkpoint = checkpoint->identity, .name = checkpoint_name(checkpoint), .complete = placement_is_whole_here(checkpoint),
		.changed = checkpoint->changed,
	};
	struct wire_writer sections = {0};

	for (; section != NULL && (answer.count == 0 || sections.size < size_max); section = section_next(section)) {
		ckpt_dump_section_encode(&sections, &(struct ckpt_dump_section){
			.id = section_id(section), .expiry_ns = section_expiry_ns(section), .last_update_ns = section->last_update_ns,
			.size = section->size, .present = section->present,
			.content = section->present ? section_content(checkpoint, section) : (struct bytes){0},
		});
		answer.count++;
	}
	answer.end = section == NULL;
	answer.sections = wire_writer_bytes(&sections);
	ckpt_dump_answer_encode(body, &answer);
	body->failed |= sections.failed;
	wire_writer_clear(&sections);
}

static enum service_outcome on_dump(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct ckpt_state *state = service_state(service);
	struct ckpt_dump_request request;
	struct wire_writer body = {0};

	if (!ckpt_dump_request_decode(in, &request))
		return service_disconnect(client, "malformed dump request");
	const struct checkpoint *checkpoint =
		request.by_identity ? checkpoint_find(state, request.checkpoint) : checkpoint_find_linked(state, request.name);
	if (checkpoint == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	dump_page(checkpoint, &request, &body);
	return answer_now(client, &body);
}

/* One event a WATCH, so that a client that does not take its events piles none up here. */
static void watch_look(struct service *service, struct client *client)
{
	const struct ckpt_client *own = client_data(client);
	const struct checkpoint *checkpoint = checkpoint_find(service_state(service), own->watch.checkpoint);

	if (checkpoint != NULL && position_equal(checkpoint->changed, own->watch.seen))
		return;
	watch_end(service, client);
	service_event(client, CKPT_EVENT_CHANGED, (struct bytes){0});
}

static void ckpt_applied(struct service *service)
{
	const struct ckpt_local *local = service_data(service, sizeof(*local));

	if (local == NULL || local->watcher_count == 0)
		return;
	for (struct client *client = client_first(service); client != NULL; client = client_next(service, client)) {
		if (((struct ckpt_client *)client_data(client))->watches)
			watch_look(service, client);
	}
}

static enum service_outcome on_watch(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_local *local = service_data(service, sizeof(*local));
	struct ckpt_client *own = client_data(client);
	struct ckpt_watch_request request;

	if (!ckpt_watch_request_decode(in, &request))
		return service_disconnect(client, "malformed watch request");
	if (local == NULL)
		return service_answer(client, SA_AIS_ERR_NO_MEMORY);
	watch_end(service, client);
	own->watch = request;
	own->watches = true;
	local->watcher_count++;
	watch_look(service, client);
	return service_answer(client, SA_AIS_OK);
}

/* --- Time. --- */

static void retention_send(struct service *service, const struct checkpoint *checkpoint, int64_t now_ns)
{
	const bool starts = checkpoint->retention == RETENTION_PENDING;
	const int64_t end_ns = checkpoint->retention_ns > SA_TIME_END - now_ns ? SA_TIME_END : now_ns + checkpoint->retention_ns;

	ckpt_retention_encode(service_operation(service, starts ? CKPT_OPERATION_RETENTION_START : CKPT_OPERATION_RETENTION_END),
	                      &(struct ckpt_retention){
		.checkpoint = checkpoint->identity, .closed = checkpoint->closed, .due_ns = starts ? end_ns : checkpoint->due.due_ns,
	});
	service_multicast_own(service);
}

static void expiries_send(struct service *service, struct wire_writer *expiries, uint32_t *count)
{
	if (*count == 0 || expiries->failed)
		return;
	ckpt_expire_encode(service_operation(service, CKPT_OPERATION_EXPIRE), &(struct ckpt_expire){
		.count = *count, .expiries = wire_writer_bytes(expiries),
	});
	service_multicast_own(service);
	wire_writer_reset(expiries);
	*count = 0;
}

/* The time keeper alone is asked. What was sent stays due until it comes back ordered, so it is not sent again at once. */
static int64_t ckpt_due(struct service *service, int64_t now_ns)
{
	const struct ckpt_due *due = ckpt_state_due_first(service_state(service));
	struct ckpt_local *local = service_data(service, sizeof(*local));
	struct wire_writer expiries = {0};
	uint32_t count = 0;

	if (due == NULL)
		return INT64_MAX;
	if (due->due_ns > now_ns)
		return due->due_ns;
	if (local != NULL && local->sent_ns != 0 && now_ns >= local->sent_ns && now_ns - local->sent_ns < DUE_INTERVAL_NS)
		return local->sent_ns + DUE_INTERVAL_NS;
	for (size_t sent = 0; due != NULL && due->due_ns <= now_ns && sent < DUE_ENTRIES_MAX; sent++) {
		if (due->section == NULL) {
			retention_send(service, due->checkpoint, now_ns);
		} else {
			ckpt_expiry_encode(&expiries, &(struct ckpt_expiry){
				.checkpoint = due->checkpoint->identity, .expiry_ns = due->due_ns, .id = section_id(due->section),
			});
			if (++count == CKPT_EXPIRIES_MAX)
				expiries_send(service, &expiries, &count);
		}
		due = ckpt_state_due_next(due);
	}
	expiries_send(service, &expiries, &count);
	wire_writer_clear(&expiries);
	if (local != NULL)
		local->sent_ns = now_ns;
	return now_ns + DUE_INTERVAL_NS;
}

/* --- The tables. --- */

static const struct service_request requests[CKPT_REQUEST_COUNT] = {
	[CKPT_REQUEST_OPEN] = {"open", on_open, ANSWER_STABLE, GATE_CHANGE, true, open_withdraw},
	[CKPT_REQUEST_OPEN_ASYNC] = {"open_async", on_open_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_CLOSE] = {"close", on_close, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_UNLINK] = {"unlink", on_unlink, ANSWER_STABLE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_RETENTION_SET] = {"retention_set", on_retention_set, ANSWER_STABLE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_ACTIVE_SET] = {"active_set", on_active_set, ANSWER_STABLE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_STATUS] = {"status", on_status, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_SECTION_CREATE] = {"section_create", on_section_create, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_SECTION_DELETE] = {"section_delete", on_section_delete, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_EXPIRATION_SET] = {"expiration_set", on_expiration_set, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_ITERATE] = {"iterate", on_iterate, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_WRITE] = {"write", on_write, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_OVERWRITE] = {"overwrite", on_overwrite, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_READ] = {"read", on_read, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_SYNCHRONIZE] = {"synchronize", on_synchronize, ANSWER_STABLE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_SYNCHRONIZE_ASYNC] = {"synchronize_async", on_synchronize_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_LIST] = {"list", on_list, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_DUMP] = {"dump", on_dump, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_WATCH] = {"watch", on_watch, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_MAP] = {"map", on_map, ANSWER_AT_ONCE, GATE_NONE, true, NULL},
};

const struct service_engine aisle_service_ckpt = {
	.name = "ckpt",
	.id = 2,
	.format = CKPT_FORMAT,
	.requests = requests,
	.request_count = CKPT_REQUEST_COUNT,
	.state_new = ckpt_state_new,
	.state_free = ckpt_state_free,
	.apply = ckpt_state_apply,
	.view_applied = ckpt_state_view_applied,
	.digest_directory = ckpt_state_digest_directory,
	.digest_content = ckpt_state_digest_content,
	.directory_encode = ckpt_state_directory_encode,
	.directory_decode = ckpt_state_directory_decode,
	.range_next = ckpt_state_range_next,
	.range_open = ckpt_state_range_open,
	.range_kept = ckpt_state_range_kept,
	.range_drop = ckpt_state_range_drop,
	.range_copy = ckpt_state_range_copy,
	.range_install = ckpt_state_range_install,
	.object_find = ckpt_state_object_find,
	.object_next = ckpt_state_object_next,
	.object_forget = ckpt_state_object_forget,
	.objects_lost = ckpt_state_objects_lost,
	.object_encode = ckpt_state_object_encode,
	.object_restore = ckpt_state_object_restore,
	.object_give_up = ckpt_state_object_give_up,
	.self_set = ckpt_state_self_set,
	.objects_listed = ckpt_state_objects_listed,
	.objects_lost_count = ckpt_state_objects_lost_count,
	.objects_filling = ckpt_state_objects_filling,
	.object_holding = ckpt_state_object_holding,
	.objects_keep = ckpt_state_objects_keep,
	.objects_covered = ckpt_state_objects_covered,
	.fill_anew = ckpt_state_fill_anew,
	.fill_next = ckpt_state_fill_next,
	.object_filled = ckpt_state_object_filled,
	.setting = ckpt_setting,
	.due = ckpt_due,
	.client_data_size = sizeof(struct ckpt_client),
	.client_opened = ckpt_client_opened,
	.client_closed = ckpt_client_closed,
	.client_reclaim = ckpt_client_reclaim,
	.replied = ckpt_replied,
	.applied = ckpt_applied,
	.asked = ckpt_asked,
	.readers = ckpt_readers,
};
