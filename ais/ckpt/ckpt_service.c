/* CKPT in the daemon: requests in, operations multicast, effects turned into answers by the engine, what is due sent. Not here: what a
 * client has open (ckpt_held), reads from this node's replica (ckpt_reads), what the operator's tool asks (ckpt_operator). */
#include "ckpt_service.h"

#include "ckpt_held.h"
#include "ckpt_operator.h"
#include "ckpt_placement.h"
#include "ckpt_reads.h"
#include "ckpt_state.h"
#include "saCkpt.h"

enum {
	CHANGE_SIZE_MAX = CKPT_SECTION_LIMIT + (512 << 10), /* of one operation: below what the engine takes */
	DUE_ENTRIES_MAX = 4096,      /* sent at one time */
	DUE_INTERVAL_NS = 200000000, /* until what was sent is sent again */
};

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
	struct held_open *held = ckpt_held_find(client, call);

	(void)in;
	if (held != NULL)
		ckpt_held_remove(client, held);
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
	struct held_open *held = ckpt_held_find(client, request.open);
	if (held == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	ckpt_held_remove(client, held);
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

static enum service_outcome on_retention_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_retention_set_request request;

	if (!ckpt_retention_set_request_decode(in, &request))
		return service_disconnect(client, "malformed retention_set request");
	const struct held_open *open = ckpt_held_find(client, request.open);
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

/* The open that made the replica waits here for its content. Where nobody has that any more there is nothing to wait for. */
static enum service_outcome on_filled(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed filled request");
	const struct held_open *open = ckpt_held_find(client, request.open);
	if (open == NULL)
		return service_answer(client, SA_AIS_ERR_BAD_HANDLE);
	const struct checkpoint *checkpoint = checkpoint_find(service_state(service), open->checkpoint);
	if (is_being_filled(service, checkpoint) && !checkpoint_is_lost(checkpoint))
		return service_answer_later(client);
	return service_answer(client, SA_AIS_OK);
}

static enum service_outcome on_active_set(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_open_number request;
	SaAisErrorT refusal;

	if (!ckpt_open_number_decode(in, &request))
		return service_disconnect(client, "malformed active_set request");
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	const struct held_open *open = ckpt_held_for_writing(client, request.open, &refusal);
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
	[CKPT_REQUEST_STATUS] = {"status", ckpt_on_status, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_SECTION_CREATE] = {"section_create", on_section_create, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_SECTION_DELETE] = {"section_delete", on_section_delete, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_EXPIRATION_SET] = {"expiration_set", on_expiration_set, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, false, NULL},
	[CKPT_REQUEST_ITERATE] = {"iterate", ckpt_on_iterate, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_WRITE] = {"write", on_write, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_OVERWRITE] = {"overwrite", on_overwrite, ANSWER_STABLE_UNLESS_ACTIVE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_READ] = {"read", ckpt_on_read, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_SYNCHRONIZE] = {"synchronize", on_synchronize, ANSWER_STABLE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_SYNCHRONIZE_ASYNC] = {"synchronize_async", on_synchronize_async, ANSWER_AT_ONCE, GATE_CHANGE, true, NULL},
	[CKPT_REQUEST_LIST] = {"list", ckpt_on_list, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_DUMP] = {"dump", ckpt_on_dump, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_WATCH] = {"watch", ckpt_on_watch, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_FILLED] = {"filled", on_filled, ANSWER_AT_ONCE, GATE_NONE, false, NULL},
	[CKPT_REQUEST_FETCH] = {"fetch", ckpt_on_fetch, ANSWER_STABLE, GATE_READ, false, NULL},
	[CKPT_REQUEST_MAP] = {"map", ckpt_on_map, ANSWER_AT_ONCE, GATE_NONE, true, NULL},
};

const struct service_engine aisle_service_ckpt = {
	.name = "ckpt",
	.id = 2,
	.format = CKPT_RING_FORMAT,
	.requests = requests,
	.request_count = CKPT_REQUEST_COUNT,
	.state_new = ckpt_state_new,
	.state_free = ckpt_state_free,
	.apply = ckpt_state_apply,
	.view_applied = ckpt_state_view_applied,
	.digest_directory = ckpt_state_digest_directory,
	.digest_content = ckpt_state_digest_content, .digest_shared = ckpt_state_digest_shared,
	.directory_encode = ckpt_state_directory_encode,
	.directory_decode = ckpt_state_directory_decode,
	.range_next = ckpt_state_range_next,
	.range_open = ckpt_state_range_open,
	.range_kept = ckpt_state_range_kept,
	.range_drop = ckpt_state_range_drop,
	.range_copy = ckpt_state_range_copy,
	.range_part = ckpt_state_range_part,
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
