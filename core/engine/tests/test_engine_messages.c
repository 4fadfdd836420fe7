/* Every message of the engine: comes back the same, and is refused at every shorter length and with a byte too many. */
#include "conformance/check/check.h"
#include "core/engine/engine_messages.h"

#include <stdlib.h>

static const struct ring_id ring = {.seq = 12, .representative = 3};

/* True: decoded, and encoded again it is the same. */
typedef bool again_fn(struct bytes message, struct wire_writer *out);

static bool claim_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct claim claim = {.node = 9};

	if (!claim_decode(&in, &claim))
		return false;
	const bool sender_kept = claim.node == 9;
	claim_encode(out, &claim);
	claim_clear(&claim);
	return sender_kept;
}

static bool operation_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_operation operation;

	if (!engine_operation_decode(&in, &operation))
		return false;
	engine_operation_encode(out, &operation);
	return true;
}

static bool part_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_part part;

	if (!engine_part_decode(&in, &part))
		return false;
	engine_part_encode(out, &part);
	return true;
}

static bool range_request_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_range_request request;

	if (!engine_range_request_decode(&in, &request))
		return false;
	engine_range_request_encode(out, &request);
	return true;
}

static bool range_copy_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_range_copy copy;

	if (!engine_range_copy_decode(&in, &copy))
		return false;
	engine_range_copy_encode(out, &copy);
	return true;
}

static bool fencing_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_fencing fencing;

	if (!engine_fencing_decode(&in, &fencing))
		return false;
	engine_fencing_encode(out, &fencing);
	return true;
}

static bool votes_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_votes votes;

	if (!engine_votes_decode(&in, &votes))
		return false;
	engine_votes_encode(out, &votes);
	return true;
}

static bool caught_up_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_caught_up caught_up;

	if (!engine_caught_up_decode(&in, &caught_up))
		return false;
	engine_caught_up_encode(out, &caught_up);
	return true;
}

static bool holdings_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_holdings holdings;

	if (!engine_holdings_decode(&in, &holdings))
		return false;
	engine_holdings_encode(out, &holdings);
	return true;
}

static bool holding_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_holding holding;

	if (!engine_holding_next(&in, &holding) || in.left > 0)
		return false;
	engine_holding_encode(out, &holding);
	return true;
}

static bool digests_again(struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);
	struct engine_digests digests;

	if (!engine_digests_decode(&in, &digests))
		return false;
	engine_digests_encode(out, &digests);
	return true;
}

/* Each length in a block of its own, so that a sanitizer sees a read past the end. */
static bool refused(const uint8_t *data, size_t size, again_fn *again)
{
	struct wire_writer out = {0};
	uint8_t *copy = malloc(size + 1);

	memcpy(copy, data, size);
	const bool taken = again(bytes_of(copy, size), &out);
	wire_writer_clear(&out);
	free(copy);
	return !taken;
}

static void holds(struct wire_writer *message, again_fn *again)
{
	const struct bytes bytes = wire_writer_bytes(message);
	struct wire_writer out = {0};

	CU_ASSERT_TRUE(again(bytes, &out));
	CU_ASSERT_TRUE(bytes_equal(wire_writer_bytes(&out), bytes));
	wire_writer_clear(&out);
	for (size_t size = 0; size < bytes.size; size++)
		CU_ASSERT_TRUE(refused(bytes.data, size, again));
	wire_put_u8(message, 0);
	CU_ASSERT_TRUE(refused(message->data, message->size, again));
	wire_writer_clear(message);
}

static struct claim sample_claim(void)
{
	static uint32_t nodes[] = {1, 2, 9};
	static struct claim_joined joined[] = {{1, 5, {8, 1}, false}, {9, 6, {12, 3}, true}};
	static struct claim_joined unfenced[] = {{4, 2, {4, 1}, false}};
	static struct requester debts[] = {{.node = 9, .incarnation = 6, .client = 4, .call = 2}};
	struct claim claim = {
		.incarnation = 6, .version = 1, .lineage = ring, .previous = {8, 1}, .current = true, .clock_ns = -5, .boot_ns = 77, .release_wait_ns = 12,
		.quorum_required = true, .expected_votes = 3, .expected_ordered = true, .device_votes = 2, .address_family = 6, .name = bytes_of_text("nine"),
		.address = bytes_of_text("fe80::9"), .lineage_members = nodes, .lineage_member_count = 3, .configured = nodes,
		.configured_count = 2, .transitional = nodes + 2, .transitional_count = 1, .service_count = 2, .joined = joined,
		.joined_count = 2, .fencing = true, .unfenced = unfenced, .unfenced_count = 1, .debts = debts, .debt_count = 1,
	};

	claim.services[0] = (struct claim_service){2, 1, 0x1234, 0x5678, true, true};
	claim.services[1] = (struct claim_service){200, 1, 1, 2, false, false};
	return claim;
}

static void claim_holds(void)
{
	struct wire_writer out = {0};
	const struct claim claim = sample_claim();

	claim_encode(&out, &claim);
	holds(&out, claim_again);
}

static void a_claim_without_anything_holds(void)
{
	struct wire_writer out = {0};

	claim_encode(&out, &(struct claim){0});
	holds(&out, claim_again);
}

static void a_decoded_claim_outlives_its_message(void)
{
	struct wire_writer out = {0};
	const struct claim claim = sample_claim();
	struct claim decoded = {0};

	claim_encode(&out, &claim);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FATAL(claim_decode(&in, &decoded));
	memset(out.data, 0xee, out.size);
	wire_writer_clear(&out);
	CU_ASSERT_TRUE(bytes_equal(decoded.name, bytes_of_text("nine")));
	CU_ASSERT_TRUE(bytes_equal(decoded.address, bytes_of_text("fe80::9")));
	CU_ASSERT_PTR_NOT_NULL(claim_service_find(&decoded, 200));
	CU_ASSERT_PTR_NULL(claim_service_find(&decoded, 3));
	claim_clear(&decoded);
}

static void claims_beyond_their_bounds_are_refused(void)
{
	static uint32_t nodes[ENGINE_MEMBERS_MAX + 1];
	static struct requester debts[ENGINE_DEBTS_MAX + 1];
	struct claim claim = sample_claim();
	struct wire_writer out = {0}, again = {0};

	claim.configured = nodes;
	claim.configured_count = ENGINE_MEMBERS_MAX + 1;
	claim_encode(&out, &claim);
	CU_ASSERT_FALSE(claim_again(wire_writer_bytes(&out), &again));
	wire_writer_reset(&out);
	claim = sample_claim();
	claim.debts = debts;
	claim.debt_count = ENGINE_DEBTS_MAX + 1;
	claim_encode(&out, &claim);
	CU_ASSERT_FALSE(claim_again(wire_writer_bytes(&out), &again));
	wire_writer_clear(&out);
	wire_writer_clear(&again);
}

static void the_others_hold(void)
{
	const struct position position = {.ring = ring, .seq = 900, .index = 3};
	struct engine_digests digests = {.position = position, .service_count = 1, .services = {{2, 1, 3, 4, true}},
	                                 .shared_count = 2, .shared = {0, 77}};
	struct wire_writer out = {0};

	engine_operation_encode(&out, &(struct engine_operation){2, 7, 41, -3, bytes_of_text("body")});
	holds(&out, operation_again);
	engine_part_encode(&out, &(struct engine_part){41, 3, true, bytes_of_text("piece")});
	holds(&out, part_again);
	engine_range_request_encode(&out, &(struct engine_range_request){2, 200, 65536, bytes_of_text("key"), true});
	holds(&out, range_request_again);
	engine_range_copy_encode(&out, &(struct engine_range_copy){3, position, 200, 1, true, bytes_of_text("content")});
	holds(&out, range_copy_again);
	engine_fencing_encode(&out, &(struct engine_fencing){.node = 3, .incarnation = 77});
	holds(&out, fencing_again);
	wire_writer_reset(&out);
	engine_votes_encode(&out, &(struct engine_votes){.kind = ENGINE_VOTES_EXPECTED, .votes = 5});
	holds(&out, votes_again);
	wire_writer_reset(&out);
	engine_caught_up_encode(&out, &(struct engine_caught_up){200});
	holds(&out, caught_up_again);
	engine_digests_encode(&out, &digests);
	holds(&out, digests_again);
	engine_holdings_encode(&out, &(struct engine_holdings){200, true, bytes_of_text("entries")});
	holds(&out, holdings_again);
	engine_holding_encode(&out, &(struct engine_holding){ring, bytes_of_text("key")});
	holds(&out, holding_again);
}

static void header_names_kind_and_view(void)
{
	struct wire_writer out = {0};
	struct engine_header header;

	engine_header_encode(&out, ENGINE_RANGE_COPY, ring);
	CU_ASSERT_EQUAL(out.size, ENGINE_HEADER_SIZE);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE(engine_header_decode(&in, &header));
	CU_ASSERT_EQUAL(header.kind, ENGINE_RANGE_COPY);
	CU_ASSERT_TRUE(ring_id_equal(header.tag, ring));
	for (size_t size = 0; size < out.size; size++) {
		in = wire_reader_of(bytes_of(out.data, size));
		CU_ASSERT_FALSE(engine_header_decode(&in, &header));
	}
	out.data[2] = ENGINE_VOTES + 1;
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(engine_header_decode(&in, &header));
	out.data[2] = ENGINE_CLAIM;
	out.data[0] = ENGINE_FORMAT + 1;
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(engine_header_decode(&in, &header));
	wire_writer_clear(&out);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"the header names kind and view; unknown kinds and younger formats are refused", header_names_kind_and_view},
		{"a claim comes back the same and is refused at every other length", claim_holds},
		{"a claim without anything does too", a_claim_without_anything_holds},
		{"a decoded claim outlives its message", a_decoded_claim_outlives_its_message},
		{"claims beyond their bounds are refused", claims_beyond_their_bounds_are_refused},
		{"every other message comes back the same and is refused at every other length", the_others_hold},
	};

	return check_run("engine messages", cases, sizeof(cases) / sizeof(cases[0]));
}
