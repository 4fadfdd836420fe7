/* The toy's messages: what its clients ask and are told. Not here: the operations, which are a request's body behind its requester (toy.c). */
#include "conformance/engine/toy.h"

void toy_add_encode(struct wire_writer *out, const struct toy_add *add)
{
	wire_put_format(out, TOY_FORMAT);
	wire_put_u8(out, add->key);
	wire_put_i64(out, add->amount);
	wire_put_u64(out, add->token);
	wire_put_bytes(out, add->padding);
}

bool toy_add_decode(struct wire_reader *in, struct toy_add *add)
{
	wire_get_format(in, TOY_FORMAT);
	add->key = wire_get_u8(in);
	add->amount = wire_get_i64(in);
	add->token = wire_get_u64(in);
	add->padding = wire_get_bytes(in, TOY_PADDING_MAX);
	if (add->key >= TOY_KEYS)
		wire_fail(in);
	return wire_finish(in);
}

void toy_key_encode(struct wire_writer *out, uint8_t key)
{
	wire_put_format(out, TOY_FORMAT);
	wire_put_u8(out, key);
}

bool toy_key_decode(struct wire_reader *in, uint8_t *key)
{
	wire_get_format(in, TOY_FORMAT);
	*key = wire_get_u8(in);
	if (*key >= TOY_KEYS)
		wire_fail(in);
	return wire_finish(in);
}

void toy_token_encode(struct wire_writer *out, uint64_t token)
{
	wire_put_format(out, TOY_FORMAT);
	wire_put_u64(out, token);
}

bool toy_token_decode(struct wire_reader *in, uint64_t *token)
{
	wire_get_format(in, TOY_FORMAT);
	*token = wire_get_u64(in);
	return wire_finish(in);
}

void toy_unlock_encode(struct wire_writer *out)
{
	wire_put_format(out, TOY_FORMAT);
}

void toy_value_encode(struct wire_writer *out, const struct toy_value *value)
{
	wire_put_i64(out, value->value);
	wire_put_u64(out, value->token);
	wire_put_u64(out, value->seen);
}

void toy_value_get(struct wire_reader *in, struct toy_value *value)
{
	value->value = wire_get_i64(in);
	value->token = wire_get_u64(in);
	value->seen = wire_get_u64(in);
}

bool toy_value_decode(struct wire_reader *in, struct toy_value *value)
{
	toy_value_get(in, value);
	return wire_finish(in);
}
