/* Fuzz target: the first byte says whether the rest is a directory or a run of operations, each a number, a size and its body. Two replicas
 * apply the same and must be equal; the directory of what came out is decoded again. */
#include <stdlib.h>

#include "ckpt_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void apply(struct ckpt_state *state, uint64_t seq, uint8_t operation, struct bytes body)
{
	const struct at at = {.position = {.ring = {.seq = 4, .representative = 1}, .seq = seq}, .clock_ns = (int64_t)seq, .version = 1};
	struct effects effects = {0};

	ckpt_state_apply(state, &at, operation, body, &effects);
	effects_clear(&effects);
}

static void operations(struct wire_reader *in)
{
	struct ckpt_state *a = ckpt_state_new(&ckpt_fixture_host), *b = ckpt_state_new(&ckpt_fixture_host);
	struct ckpt_state *joiner = ckpt_state_new(&ckpt_fixture_host);
	struct wire_writer directory = {0};

	a->limits.charge_max = b->limits.charge_max = 1 << 24; /* the fuzzer's memory, not the state's logic */
	for (uint64_t seq = 1; in->left > 3; seq++) {
		const uint8_t operation = wire_get_u8(in);
		const uint16_t wanted = wire_get_u16(in);
		const struct bytes body = wire_get_raw(in, wanted < in->left ? wanted : in->left);

		apply(a, seq, operation, body);
		apply(b, seq, operation, body);
	}
	ckpt_state_directory_encode(a, &directory);
	struct wire_reader again = wire_reader_of(wire_writer_bytes(&directory));
	if (!ckpt_state_directory_decode(joiner, &again) || ckpt_state_digest_directory(joiner) != ckpt_state_digest_directory(a))
		abort();
	if (ckpt_state_digest_directory(a) != ckpt_state_digest_directory(b) || ckpt_state_digest_content(a) != ckpt_state_digest_content(b))
		abort();
	wire_writer_clear(&directory);
	ckpt_state_free(a);
	ckpt_state_free(b);
	ckpt_state_free(joiner);
}

static void directory(struct wire_reader *in)
{
	struct ckpt_state *state = ckpt_state_new(&ckpt_fixture_host);
	const struct bytes first = wire_get_raw(in, in->left / 2);
	struct wire_reader whole = wire_reader_of(bytes_of(first.data, first.size));
	struct service_range range = {.size_max = 1000};

	if (ckpt_state_directory_decode(state, &whole) && ckpt_state_range_next(state, &range)) {
		ckpt_state_range_open(state, &range);
		ckpt_state_range_install(state, &range, in);
	}
	ckpt_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader in = wire_reader_of(bytes_of(data, size));

	if (wire_get_u8(&in) % 2 == 0)
		operations(&in);
	else
		directory(&in);
	return 0;
}
