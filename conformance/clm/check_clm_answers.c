/* Promise: no call is answered by something false. The code is the one that the sheet gives for the request and the view that this node
 * told last (CLM-012, -023 to -026, -030 to -034, -054), contents are that view's (CLM-005 to -010, -051 to -053, -068), a callback that a
 * call asked for has come exactly once when the call returns (CLM-015, -017, -059, -062), and nobody waits once a view is known. */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"
#include "core/base/result.h"

static void violation(struct clm_world_node *node, const struct clm_call *call, const char *what, uint64_t value)
{
	sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers call %" PRIu64 " (request %d): %s %" PRIu64, node->stack.node,
	              call->number, (int)call->kind, what, value);
}

static bool flags_are_valid(uint8_t flags)
{
	return flags >= SA_TRACK_CURRENT && flags <= (SA_TRACK_CURRENT | SA_TRACK_CHANGES_ONLY);
}

static bool is_local(uint32_t id)
{
	return id == SA_CLM_LOCAL_NODE_ID;
}

static const struct clm_fact_member *named(const struct clm_world_node *node, uint32_t id)
{
	return clm_fact_find(node->told, is_local(id) ? node->stack.node : id);
}

static uint32_t track_code(const struct clm_world_node *node, const struct clm_track_request *track)
{
	if (!flags_are_valid(track->flags) || (track->flags & (SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY)) ==
	                                          (SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY))
		return RESULT_BAD_FLAGS;
	if ((track->flags & SA_TRACK_CURRENT) != 0 && track->in_answer && node->told != NULL && track->capacity < node->told->count)
		return RESULT_NO_SPACE;
	return RESULT_OK;
}

static uint32_t code_due(const struct clm_world_node *node, const struct clm_world_client *client, const struct clm_call *call)
{
	switch (call->kind) {
	case CLM_REQUEST_TRACK:
		return track_code(node, &call->track);
	case CLM_REQUEST_TRACK_STOP:
		return client->mode == 0 ? RESULT_NOT_EXIST : RESULT_OK;
	default:
		return named(node, call->get.id) == NULL ? RESULT_INVALID_PARAM : RESULT_OK;
	}
}

static void check_list(struct clm_world_node *node, struct clm_world_client *client, const struct clm_call *call, uint32_t code,
                       struct bytes body)
{
	struct clm_list_told told;

	if (!clm_list_decode(body, &told)) {
		violation(node, call, "with something else, size", body.size);
		return;
	}
	check_clm_numbers(node, client, told.head.view_number);
	if (code == RESULT_OK)
		check_clm_current(node, &told);
	else if (told.head.member_count != node->told->count || told.head.count != 0)
		violation(node, call, "NO_SPACE with a wrong number of members,", told.head.member_count);
}

static void check_node(struct clm_world_node *node, const struct clm_call *call, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);
	struct clm_node shown;

	if (!clm_node_get_answer_decode(&in, &shown))
		violation(node, call, "with something else, size", body.size);
	else if (shown.id != (is_local(call->get.id) ? node->stack.node : call->get.id))
		violation(node, call, "with another node,", shown.id);
	else
		check_clm_member(node, node->told, &shown);
}

static void check_callbacks(struct clm_world_node *node, struct clm_world_client *client, const struct clm_call *call, uint32_t code)
{
	const bool current = call->kind == CLM_REQUEST_TRACK && code == RESULT_OK && (call->track.flags & SA_TRACK_CURRENT) != 0 &&
	                     !call->track.in_answer;
	const bool get = call->kind == CLM_REQUEST_NODE_GET_ASYNC && code == RESULT_OK;

	if (client->currents != current)
		violation(node, call, "callbacks with the current membership:", client->currents);
	if (client->gets != get || (get && client->invocation != call->get.invocation))
		violation(node, call, "node-get callbacks:", client->gets);
	client->currents = client->gets = 0;
}

void check_clm_answer(struct clm_world_node *node, struct clm_world_client *client, const struct clm_call *call, uint32_t code,
                      struct bytes body)
{
	const bool gave_up = code == RESULT_TRY_AGAIN || code == RESULT_TIMEOUT;

	if (gave_up && (!call->waits || node->told != NULL))
		violation(node, call, "it gives up though a view is known; code", code);
	else if (!gave_up && code != code_due(node, client, call))
		violation(node, call, "with the wrong code", code);
	else if (!gave_up && node->told == NULL && code == RESULT_OK)
		violation(node, call, "before any view, with code", code);
	if (sim_violated(node->world->sim))
		return;
	check_callbacks(node, client, call, code);
	if (call->kind == CLM_REQUEST_TRACK && call->track.in_answer && (call->track.flags & SA_TRACK_CURRENT) != 0 &&
	    (code == RESULT_OK || code == RESULT_NO_SPACE))
		check_list(node, client, call, code, body);
	else if (call->kind == CLM_REQUEST_NODE_GET && code == RESULT_OK)
		check_node(node, call, body);
}

void check_clm_get_event(struct clm_world_node *node, struct clm_world_client *client, const struct clm_node_get_event *event)
{
	client->gets++;
	client->invocation = event->invocation;
	check_clm_member(node, node->told, &event->node);
}
