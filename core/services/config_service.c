/* The plug-in's table of `config`: requests in, operations multicast. What is decided is config_state.c's. */
#include "core/services/config_service.h"

#include <stdlib.h>

#include "core/services/admin_service.h"
#include "core/services/config_state.h"

/* Which transaction this node was asked about last. */
struct local {
	struct position asked;
};

static struct admin_hooks *hooks_of(struct service *service)
{
	return service_host(service)->context;
}

static bool is_operator(struct service *service, struct client *client)
{
	struct admin_hooks *hooks = hooks_of(service);

	return hooks->is_operator(hooks, client_uid(client));
}

static enum service_outcome on_show(struct service *service, struct client *client, struct wire_reader *in)
{
	struct admin_hooks *hooks = hooks_of(service);
	struct wire_writer answer = {0};

	if (!config_plain_decode(in))
		return service_disconnect(client, "malformed show request");
	if (!is_operator(service, client))
		return service_answer(client, RESULT_ACCESS);
	const bool made = hooks->config_show(hooks, &answer) && !answer.failed;
	const enum service_outcome outcome = made ? service_answer_with(client, RESULT_OK, wire_writer_bytes(&answer))
	                                          : service_answer(client, RESULT_NO_MEMORY);
	wire_writer_clear(&answer);
	return outcome;
}

static enum service_outcome on_reload(struct service *service, struct client *client, struct wire_reader *in)
{
	if (!config_plain_decode(in))
		return service_disconnect(client, "malformed reload request");
	if (!is_operator(service, client))
		return service_answer(client, RESULT_ACCESS);
	config_proposal_encode(service_operation(service, CONFIG_OPERATION_PROPOSE), &(struct config_proposal){client_requester(client)});
	return service_multicast(service, client);
}

/* A node that never says whether its file is good keeps nobody waiting for ever. */
static void reload_withdraw(struct service *service, struct client *client, uint64_t call, struct wire_reader *in)
{
	(void)call;
	(void)in;
	config_proposal_encode(service_operation(service, CONFIG_OPERATION_WITHDRAW), &(struct config_proposal){client_requester(client)});
	service_owe(service);
}

static enum service_outcome on_vote(struct service *service, struct client *client, struct wire_reader *in)
{
	struct config_cast cast = {.requester = client_requester(client)};

	if (!config_vote_decode(in, &cast.vote))
		return service_disconnect(client, "malformed vote request");
	if (!is_operator(service, client))
		return service_answer(client, RESULT_ACCESS);
	config_cast_encode(service_operation(service, CONFIG_OPERATION_VOTE), &cast);
	return service_multicast(service, client);
}

static void *state_new(const struct host *arenas)
{
	(void)arenas;
	return calloc(1, sizeof(struct config_state));
}

static void apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	config_state_apply(state, at, operation, body, effects);
}

static void view_applied(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	uint32_t members[CONFIG_MEMBERS_MAX];
	size_t count = 0;

	(void)at;
	for (; count < view->member_count && count < CONFIG_MEMBERS_MAX; count++)
		members[count] = view->members[count].node;
	config_state_view(state, members, count, effects);
}

static uint64_t digest(const void *state)
{
	return config_state_digest(state);
}

static void directory_encode(const void *state, struct wire_writer *out)
{
	config_state_encode(state, out);
}

static bool directory_decode(void *state, struct wire_reader *in)
{
	return config_state_decode(state, in);
}

/* This node is asked about its own file once; and is told what was decided, should the answer to its vote be lost in a view change. */
static void applied(struct service *service)
{
	const struct config_state *state = service_state(service);
	struct local *local = service_data(service, sizeof(*local));
	struct admin_hooks *hooks = hooks_of(service);

	if (local == NULL)
		return;
	hooks->config_decided(hooks, state->decided);
	if (!state->is_open || position_equal(state->transaction, local->asked))
		return;
	local->asked = state->transaction;
	hooks->config_prepare(hooks, state->transaction);
}

static const struct service_request requests[CONFIG_REQUEST_COUNT] = {
	[CONFIG_REQUEST_SHOW] = {"show", on_show, .answer = ANSWER_AT_ONCE, .gate = GATE_NONE},
	[CONFIG_REQUEST_RELOAD] = {"reload", on_reload, .answer = ANSWER_STABLE, .gate = GATE_CHANGE, .withdraw = reload_withdraw},
	[CONFIG_REQUEST_VOTE] = {"vote", on_vote, .answer = ANSWER_STABLE, .gate = GATE_CHANGE},
};

const struct service_engine config_service = {
	.name = CONFIG_SERVICE_NAME,
	.id = CONFIG_SERVICE_ID,
	.format = CONFIG_FORMAT,
	.requests = requests,
	.request_count = CONFIG_REQUEST_COUNT,
	.state_new = state_new,
	.state_free = free,
	.apply = apply,
	.view_applied = view_applied,
	.digest_directory = digest,
	.directory_encode = directory_encode,
	.directory_decode = directory_decode,
	.applied = applied,
};
