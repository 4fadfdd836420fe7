/* libFuzzer: any bytes to every decoder, and as messages of others to an engine in the middle of a barrier and of service. Of each message
 * the first byte is a length in units of four, the second the sender and the stage, the third its kind; header and tag are put right. */
#include "core/engine/tests/engine_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode_all(struct bytes message)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_header header;
	struct claim claim = {0};
	struct engine_operation operation;
	struct engine_part part;
	struct engine_range_request request;
	struct engine_range_copy copy;
	struct engine_caught_up caught_up;
	struct engine_digests digests;
	struct engine_holdings holdings;
	struct engine_holding holding;

	engine_header_decode(&in, &header);
	in = wire_reader_of(message);
	if (claim_decode(&in, &claim))
		claim_clear(&claim);
	in = wire_reader_of(message);
	engine_operation_decode(&in, &operation);
	in = wire_reader_of(message);
	engine_part_decode(&in, &part);
	in = wire_reader_of(message);
	engine_range_request_decode(&in, &request);
	in = wire_reader_of(message);
	engine_range_copy_decode(&in, &copy);
	in = wire_reader_of(message);
	engine_caught_up_decode(&in, &caught_up);
	in = wire_reader_of(message);
	engine_digests_decode(&in, &digests);
	in = wire_reader_of(message);
	engine_holdings_decode(&in, &holdings);
	in = wire_reader_of(message);
	while (engine_holding_next(&in, &holding)) {
	}
}

static void say(struct fixture *fixture, uint32_t sender, uint8_t kind, struct bytes body)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, (enum engine_message_kind)(ENGINE_CLAIM + kind % ENGINE_HOLDINGS), fixture->ring);
	wire_put_raw(&out, body.data, body.size);
	fixture_deliver(fixture, sender, wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

static void engine_feed(const uint8_t *data, size_t size, bool serving)
{
	static struct fixture fixture;
	static const uint32_t members[] = {1, 2, 3};

	fixture_open(&fixture, false, 3);
	fixture_view(&fixture, 4, members, 3);
	if (serving) {
		fixture_claims(&fixture, 2, (struct ring_id){0});
		fixture_claims(&fixture, 3, (struct ring_id){0});
		fixture_deliver_own(&fixture);
		fixture_agrees(&fixture, 2);
		fixture_agrees(&fixture, 3);
		fixture_deliver_own(&fixture);
		fixture_call(&fixture, 1, MIRROR_OWED, 10);
	}
	while (size >= 3) {
		const size_t left = size - 3, length = (size_t)data[0] * 4 < left ? (size_t)data[0] * 4 : left;

		say(&fixture, 1 + data[1] % 3, data[2], bytes_of(data + 3, length));
		if ((data[1] & 0x80) != 0)
			fixture_deliver_own(&fixture);
		data += 3 + length;
		size -= 3 + length;
	}
	fixture_stable(&fixture, fixture.seq);
	fixture_time(&fixture, 1000000);
	fixture_close(&fixture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode_all(bytes_of(data, size));
	engine_feed(data, size, false);
	engine_feed(data, size, true);
	return 0;
}
