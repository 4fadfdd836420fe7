/* Encodes and decodes the messages of `config`, each decoder the mirror of its encoder. Not here: what they mean (config_state.c). */
#include "core/services/config_messages.h"

void config_plain_encode(struct wire_writer *out)
{
	wire_put_format(out, CONFIG_FORMAT);
}

bool config_plain_decode(struct wire_reader *in)
{
	wire_get_format(in, CONFIG_FORMAT);
	return wire_finish(in);
}

static void vote_put(struct wire_writer *out, const struct config_vote *vote)
{
	position_encode(out, vote->transaction);
	wire_put_bool(out, vote->good);
	wire_put_bytes(out, vote->reason);
}

static void vote_get(struct wire_reader *in, struct config_vote *vote)
{
	vote->transaction = position_decode(in);
	vote->good = wire_get_bool(in);
	vote->reason = wire_get_bytes(in, CONFIG_REASON_SIZE_MAX);
}

void config_vote_encode(struct wire_writer *out, const struct config_vote *vote)
{
	wire_put_format(out, CONFIG_FORMAT);
	vote_put(out, vote);
}

bool config_vote_decode(struct wire_reader *in, struct config_vote *vote)
{
	wire_get_format(in, CONFIG_FORMAT);
	vote_get(in, vote);
	return wire_finish(in);
}

void config_reason_encode(struct wire_writer *out, const struct config_reason *reason)
{
	wire_put_format(out, CONFIG_FORMAT);
	wire_put_u32(out, reason->node);
	wire_put_bytes(out, reason->text);
}

bool config_reason_decode(struct wire_reader *in, struct config_reason *reason)
{
	wire_get_format(in, CONFIG_FORMAT);
	reason->node = wire_get_u32(in);
	reason->text = wire_get_bytes(in, CONFIG_REASON_SIZE_MAX);
	return wire_finish(in);
}

void config_shown_head_encode(struct wire_writer *out, uint32_t count)
{
	wire_put_format(out, CONFIG_FORMAT);
	wire_put_u32(out, count);
}

bool config_shown_head_decode(struct wire_reader *in, uint32_t *count)
{
	wire_get_format(in, CONFIG_FORMAT);
	*count = wire_get_count(in, 4 + 4 + 1 + 1, CONFIG_KEYS_MAX);
	return !in->failed;
}

void config_shown_encode(struct wire_writer *out, const struct config_shown *shown)
{
	wire_put_bytes(out, shown->key);
	wire_put_bytes(out, shown->text);
	wire_put_bool(out, shown->is_set);
	wire_put_bool(out, shown->at_run_time);
}

bool config_shown_decode(struct wire_reader *in, struct config_shown *shown)
{
	shown->key = wire_get_bytes(in, CONFIG_KEY_TEXT_MAX);
	shown->text = wire_get_bytes(in, CONFIG_KEY_TEXT_MAX);
	shown->is_set = wire_get_bool(in);
	shown->at_run_time = wire_get_bool(in);
	return !in->failed;
}

void config_proposal_encode(struct wire_writer *out, const struct config_proposal *proposal)
{
	wire_put_format(out, CONFIG_FORMAT);
	requester_encode(out, proposal->requester);
}

bool config_proposal_decode(struct wire_reader *in, struct config_proposal *proposal)
{
	wire_get_format(in, CONFIG_FORMAT);
	proposal->requester = requester_decode(in);
	return wire_finish(in);
}

void config_cast_encode(struct wire_writer *out, const struct config_cast *cast)
{
	wire_put_format(out, CONFIG_FORMAT);
	requester_encode(out, cast->requester);
	vote_put(out, &cast->vote);
}

bool config_cast_decode(struct wire_reader *in, struct config_cast *cast)
{
	wire_get_format(in, CONFIG_FORMAT);
	cast->requester = requester_decode(in);
	vote_get(in, &cast->vote);
	return wire_finish(in);
}
