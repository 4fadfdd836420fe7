/* Requests of the service `admin`: each is answered from this node alone, and none meets the gate, for the gate is what is asked about. */
#include "core/services/admin_service.h"

#include "core/services/admin_messages.h"

static struct admin_hooks *hooks_of(struct service *service)
{
	return service_host(service)->context;
}

static enum service_outcome status_answer(struct admin_hooks *hooks, struct client *client)
{
	struct wire_writer answer = {0};
	const bool made = hooks->status(hooks, &answer) && !answer.failed;
	const enum service_outcome outcome = made ? service_answer_with(client, RESULT_OK, wire_writer_bytes(&answer))
	                                          : service_answer(client, RESULT_NO_MEMORY);
	wire_writer_clear(&answer);
	return outcome;
}

static enum service_outcome on_status(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!admin_plain_decode(in))
		return service_disconnect(client, "malformed status request");
	return status_answer(hooks_of(service), client);
}

/* The engine asks again after whatever may change the answer. */
static enum service_outcome on_await(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct admin_await await;

	if (!admin_await_decode(in, &await))
		return service_disconnect(client, "malformed await request");
	return hooks->stands(hooks, await.standings, await.member_count) ? status_answer(hooks, client) : service_answer_later(client);
}

static enum service_outcome on_adopt(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);

	if (!admin_plain_decode(in))
		return service_disconnect(client, "malformed adopt request");
	if (!hooks->is_operator(hooks, client_uid(client)))
		return service_answer(client, RESULT_ACCESS);
	return service_answer(client, hooks->adopt(hooks));
}

static enum service_outcome on_recorder_dump(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct wire_writer answer = {0};
	char path[ADMIN_TEXT_SIZE_MAX];

	if (!admin_plain_decode(in))
		return service_disconnect(client, "malformed recorder_dump request");
	if (!hooks->is_operator(hooks, client_uid(client)))
		return service_answer(client, RESULT_ACCESS);
	if (!hooks->recorder_dump(hooks, path, sizeof(path)))
		return service_answer(client, RESULT_NO_RESOURCES);
	admin_dumped_encode(&answer, &(struct admin_dumped){.path = bytes_of_text(path)});
	const enum service_outcome outcome = service_answer_with(client, answer.failed ? RESULT_NO_MEMORY : RESULT_OK,
	                                                         answer.failed ? (struct bytes){0} : wire_writer_bytes(&answer));
	wire_writer_clear(&answer);
	return outcome;
}

/* What a client has asked for and is waiting for; a new call begins anew. */
struct asked {
	uint64_t call;
	struct ring_id said;
};

static struct ring_id *said_of(struct client *client)
{
	struct asked *asked = client_data(client);
	const uint64_t call = client_requester(client).call;

	if (asked->call != call)
		*asked = (struct asked){.call = call};
	return &asked->said;
}

static enum service_outcome answer_or_wait(struct client *client, uint32_t result)
{
	return result == RESULT_BUSY ? service_answer_later(client) : service_answer(client, result);
}

static enum service_outcome on_fenced(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct admin_number node;

	if (!admin_number_decode(in, &node))
		return service_disconnect(client, "malformed fenced request");
	if (!hooks->is_operator(hooks, client_uid(client)))
		return service_answer(client, RESULT_ACCESS);
	return answer_or_wait(client, hooks->fenced(hooks, node.number, said_of(client)));
}

static enum service_outcome on_expected_votes(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct admin_number votes;

	if (!admin_number_decode(in, &votes))
		return service_disconnect(client, "malformed expected_votes request");
	if (!hooks->is_operator(hooks, client_uid(client)))
		return service_answer(client, RESULT_ACCESS);
	return answer_or_wait(client, hooks->expected_votes(hooks, votes.number, said_of(client)));
}

static enum service_outcome on_leave(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct admin_leave leave;

	if (!admin_leave_decode(in, &leave))
		return service_disconnect(client, "malformed leave request");
	if (!hooks->is_operator(hooks, client_uid(client)))
		return service_answer(client, RESULT_ACCESS);
	return answer_or_wait(client, hooks->leave(hooks, leave.force));
}

static const struct service_request requests[ADMIN_REQUEST_COUNT] = {
	[ADMIN_REQUEST_STATUS] = {"status", on_status, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_AWAIT] = {"await", on_await, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_ADOPT] = {"adopt", on_adopt, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_RECORDER_DUMP] = {"recorder_dump", on_recorder_dump, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE,
	                                 .lists_no_resources = true},
	[ADMIN_REQUEST_FENCED] = {"fenced", on_fenced, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_EXPECTED_VOTES] = {"expected_votes", on_expected_votes, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_LEAVE] = {"leave", on_leave, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
};

const struct service_engine admin_service = {
	.name = ADMIN_SERVICE_NAME,
	.id = ADMIN_SERVICE_ID,
	.format = ADMIN_FORMAT,
	.requests = requests,
	.request_count = ADMIN_REQUEST_COUNT,
	.client_data_size = sizeof(struct asked),
};
