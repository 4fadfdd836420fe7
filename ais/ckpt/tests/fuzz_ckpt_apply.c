/* Fuzz target: the first byte says whether the rest is a directory, a run of operations, each a number, a size and its body, or the choice of
 * valid operations, two bytes each: any that a client, a node or the time keeper may send, on checkpoints and sections that are there mostly, in
 * any order. Two nodes apply the same and must be equal; the directory of what came out is decoded again. */
#include <stdlib.h>

#include "ckpt_chance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void apply(struct ckpt_state *state, uint64_t seq, uint8_t operation, struct bytes body)
{
	const struct at at = {.position = {.ring = {.seq = 4, .representative = 1}, .seq = seq}, .sender = 1, .incarnation = 7,
	                      .clock_ns = (int64_t)seq, .version = 1};
	struct effects effects = {0};

	ckpt_state_apply(state, &at, operation, body, &effects);
	effects_clear(&effects);
}

struct replicas {
	struct ckpt_state *a, *b;
};

static struct replicas replicas_new(void)
{
	const struct replicas replicas = {ckpt_state_new(&ckpt_fixture_host), ckpt_state_new(&ckpt_fixture_host)};

	/* Two nodes: what is not on all of them is on one or none of these. */
	ckpt_state_self_set(replicas.a, 1, 7);
	ckpt_state_self_set(replicas.b, 2, 7);
	replicas.a->limits.charge_max = replicas.b->limits.charge_max = 1 << 24; /* the fuzzer's memory, not the state's logic */
	return replicas;
}

/* Ends them. */
static void replicas_are_equal(struct replicas *replicas)
{
	struct ckpt_state *joiner = ckpt_state_new(&ckpt_fixture_host);
	struct wire_writer directory = {0};

	ckpt_state_directory_encode(replicas->a, &directory);
	struct wire_reader again = wire_reader_of(wire_writer_bytes(&directory));
	if (!ckpt_state_directory_decode(joiner, &again) || ckpt_state_digest_directory(joiner) != ckpt_state_digest_directory(replicas->a))
		abort();
	if (ckpt_state_digest_directory(replicas->a) != ckpt_state_digest_directory(replicas->b) ||
	    ckpt_state_digest_content(replicas->a) != ckpt_state_digest_content(replicas->b))
		abort();
	wire_writer_clear(&directory);
	ckpt_state_free(replicas->a);
	ckpt_state_free(replicas->b);
	ckpt_state_free(joiner);
}

static void operations(struct wire_reader *in)
{
	struct replicas replicas = replicas_new();

	for (uint64_t seq = 1; in->left > 3; seq++) {
		const uint8_t operation = wire_get_u8(in);
		const uint16_t wanted = wire_get_u16(in);
		const struct bytes body = wire_get_raw(in, wanted < in->left ? wanted : in->left);

		apply(replicas.a, seq, operation, body);
		apply(replicas.b, seq, operation, body);
	}
	replicas_are_equal(&replicas);
}

/* The two bytes choose, what they do not say is drawn from them and from what was chosen before. */
static void valid_operations(struct wire_reader *in)
{
	struct replicas replicas = replicas_new();
	struct ckpt_chance chance = {.data_size_max = 2000, .places = true};
	struct wire_writer body = {0};

	for (uint64_t seq = 1; in->left > 1; seq++) {
		chance.state = digest_u64(chance.state, wire_get_u16(in));
		const uint16_t operation = ckpt_chance_operation(&chance, replicas.a, &body);
		apply(replicas.a, seq, (uint8_t)operation, wire_writer_bytes(&body));
		apply(replicas.b, seq, (uint8_t)operation, wire_writer_bytes(&body));
	}
	wire_writer_clear(&body);
	replicas_are_equal(&replicas);
}

static void directory(struct wire_reader *in)
{
	struct ckpt_state *state = ckpt_state_new(&ckpt_fixture_host);
	const struct bytes first = wire_get_raw(in, in->left / 2);
	struct wire_reader whole = wire_reader_of(bytes_of(first.data, first.size));
	struct service_range range = {.size_max = 1000};

	if (ckpt_state_directory_decode(state, &whole) && ckpt_state_range_next(state, &range)) {
		ckpt_state_range_open(state, &range);
		const struct bytes came = bytes_of(in->data, in->left / 2);
		wire_get_raw(in, ckpt_state_range_part(state, came, came.size / 2));
		ckpt_state_range_install(state, &range, in);
	}
	ckpt_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader in = wire_reader_of(bytes_of(data, size));

	switch (wire_get_u8(&in) % 3) {
	case 0: operations(&in); break;
	case 1: directory(&in); break;
	default: valid_operations(&in); break;
	}
	return 0;
}
