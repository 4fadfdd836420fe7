/* See config_state.h. */
#include "core/services/config_state.h"

#include "core/base/hash.h"
#include "core/base/result.h"

static bool is_member(const struct config_state *state, uint32_t node)
{
	for (uint32_t i = 0; i < state->member_count; i++)
		if (state->members[i] == node)
			return true;
	return false;
}

bool config_state_has_voted(const struct config_state *state, uint32_t node)
{
	for (uint32_t i = 0; i < state->voter_count; i++)
		if (state->voters[i].node == node)
			return true;
	return false;
}

static void decide(struct config_state *state, uint32_t verdict, struct config_reason reason, struct effects *effects)
{
	struct wire_writer body = {0};

	config_reason_encode(&body, &reason);
	effects->failed |= body.failed;
	for (uint32_t i = 0; i < state->voter_count; i++)
		effects_reply(effects, state->voters[i].requester, verdict, (struct bytes){0});
	effects_reply(effects, state->asker, verdict, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	if (verdict == RESULT_OK) {
		state->decided = state->transaction;
		state->decided_count++;
	}
	state->is_open = false;
	state->transaction = (struct position){0};
	state->asker = (struct requester){0};
	state->voter_count = 0;
}

static void propose(struct config_state *state, const struct at *at, const struct config_proposal *proposal, struct effects *effects)
{
	if (state->is_open) {
		effects_reply(effects, proposal->requester, RESULT_BUSY, (struct bytes){0});
		return;
	}
	state->is_open = true;
	state->transaction = at->position;
	state->asker = proposal->requester;
}

/* Of a transaction that is over, or from somebody who was not there: there is nothing to be made. */
static void vote(struct config_state *state, const struct at *at, const struct config_cast *cast, struct effects *effects)
{
	if (!state->is_open || !position_equal(state->transaction, cast->vote.transaction) || !is_member(state, at->sender) ||
	    config_state_has_voted(state, at->sender)) {
		effects_reply(effects, cast->requester, RESULT_FAILED_OPERATION, (struct bytes){0});
		return;
	}
	state->voters[state->voter_count++] = (struct config_voter){at->sender, cast->requester};
	if (!cast->vote.good)
		decide(state, RESULT_FAILED_OPERATION, (struct config_reason){at->sender, cast->vote.reason}, effects);
	else if (state->voter_count == state->member_count)
		decide(state, RESULT_OK, (struct config_reason){0}, effects);
}

static void withdraw(struct config_state *state, const struct config_proposal *proposal, struct effects *effects)
{
	if (state->is_open && requester_equal(state->asker, proposal->requester))
		decide(state, RESULT_FAILED_OPERATION, (struct config_reason){0}, effects);
}

void config_state_apply(struct config_state *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct config_proposal proposal;
	struct config_cast cast;

	switch (operation) {
	case CONFIG_OPERATION_PROPOSE:
		if (config_proposal_decode(&in, &proposal))
			propose(state, at, &proposal, effects);
		break;
	case CONFIG_OPERATION_VOTE:
		if (config_cast_decode(&in, &cast))
			vote(state, at, &cast, effects);
		break;
	case CONFIG_OPERATION_WITHDRAW:
		if (config_proposal_decode(&in, &proposal))
			withdraw(state, &proposal, effects);
		break;
	default:
		break;
	}
}

void config_state_view(struct config_state *state, const uint32_t *members, size_t count, struct effects *effects)
{
	if (state->is_open)
		decide(state, RESULT_FAILED_OPERATION, (struct config_reason){.text = bytes_of_text("the view changed meanwhile: try again")}, effects);
	state->member_count = 0;
	for (size_t i = 0; i < count && i < CONFIG_MEMBERS_MAX; i++)
		state->members[state->member_count++] = members[i];
}

uint64_t config_state_digest(const struct config_state *state)
{
	struct wire_writer out = {0};

	config_state_encode(state, &out);
	const uint64_t digest = out.failed ? 0 : digest_bytes(CONFIG_SERVICE_ID, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	return digest;
}

void config_state_encode(const struct config_state *state, struct wire_writer *out)
{
	wire_put_format(out, CONFIG_FORMAT);
	wire_put_u32(out, state->member_count);
	for (uint32_t i = 0; i < state->member_count; i++)
		wire_put_u32(out, state->members[i]);
	wire_put_bool(out, state->is_open);
	position_encode(out, state->transaction);
	requester_encode(out, state->asker);
	wire_put_u32(out, state->voter_count);
	for (uint32_t i = 0; i < state->voter_count; i++) {
		wire_put_u32(out, state->voters[i].node);
		requester_encode(out, state->voters[i].requester);
	}
	position_encode(out, state->decided);
	wire_put_u64(out, state->decided_count);
}

bool config_state_decode(struct config_state *state, struct wire_reader *in)
{
	wire_get_format(in, CONFIG_FORMAT);
	state->member_count = wire_get_count(in, 4, CONFIG_MEMBERS_MAX);
	for (uint32_t i = 0; i < state->member_count; i++)
		state->members[i] = wire_get_u32(in);
	state->is_open = wire_get_bool(in);
	state->transaction = position_decode(in);
	state->asker = requester_decode(in);
	state->voter_count = wire_get_count(in, 4 + 28, CONFIG_MEMBERS_MAX);
	for (uint32_t i = 0; i < state->voter_count; i++) {
		state->voters[i].node = wire_get_u32(in);
		state->voters[i].requester = requester_decode(in);
	}
	state->decided = position_decode(in);
	state->decided_count = wire_get_u64(in);
	return wire_finish(in);
}
