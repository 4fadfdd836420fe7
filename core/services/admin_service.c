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

static const struct service_request requests[ADMIN_REQUEST_COUNT] = {
	[ADMIN_REQUEST_STATUS] = {"status", on_status, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_AWAIT] = {"await", on_await, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_ADOPT] = {"adopt", on_adopt, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[ADMIN_REQUEST_RECORDER_DUMP] = {"recorder_dump", on_recorder_dump, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE,
	                                 .lists_no_resources = true},
};

const struct service_engine admin_service = {
	.name = ADMIN_SERVICE_NAME,
	.id = ADMIN_SERVICE_ID,
	.format = ADMIN_FORMAT,
	.requests = requests,
	.request_count = ADMIN_REQUEST_COUNT,
};
