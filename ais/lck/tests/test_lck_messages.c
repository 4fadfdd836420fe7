/* Every message survives the wire as it was; cut anywhere, or with a byte too many, or with a lie in it, it is refused. */
#include "conformance/check/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "ais/lck/tests/lck_messages_all.h"

static bool again(const struct lck_message_kind *kind, struct bytes message, struct wire_writer *out)
{
	struct wire_reader in = wire_reader_of(message);

	wire_writer_reset(out);
	return kind->again(&in, out);
}

static void every_message_survives_the_wire(void)
{
	struct wire_writer sample = {0}, copy = {0};

	for (size_t i = 0; i < lck_message_kind_count; i++) {
		const struct lck_message_kind *kind = &lck_message_kinds[i];
		wire_writer_reset(&sample);
		kind->sample(&sample);
		const bool whole = again(kind, wire_writer_bytes(&sample), &copy) && bytes_equal(wire_writer_bytes(&copy), wire_writer_bytes(&sample));
		if (!whole)
			printf("%s does not survive\n", kind->name);
		CU_ASSERT_TRUE(whole);
	}
	wire_writer_clear(&sample);
	wire_writer_clear(&copy);
}

/* In memory of its own length, so that a sanitizer sees a read behind it. */
static bool part_is_taken(const struct lck_message_kind *kind, struct bytes message, size_t size, struct wire_writer *out)
{
	uint8_t *part = malloc(size == 0 ? 1 : size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	memcpy(part, message.data, size);
	const bool taken = again(kind, bytes_of(part, size), out);
	free(part);
	return taken;
}

static void cut_anywhere_or_too_long_it_is_refused(void)
{
	struct wire_writer sample = {0}, copy = {0};

	for (size_t i = 0; i < lck_message_kind_count; i++) {
		const struct lck_message_kind *kind = &lck_message_kinds[i];
		wire_writer_reset(&sample);
		kind->sample(&sample);
		const struct bytes message = wire_writer_bytes(&sample);
		for (size_t size = 0; size < message.size; size++)
			if (part_is_taken(kind, message, size, &copy)) {
				printf("%s: taken when cut to %zu of %zu\n", kind->name, size, message.size);
				CU_FAIL("a part was taken");
			}
		wire_put_u8(&sample, 0);
		if (again(kind, wire_writer_bytes(&sample), &copy)) {
			printf("%s: taken with a byte too many\n", kind->name);
			CU_FAIL("a byte too many was taken");
		}
	}
	wire_writer_clear(&sample);
	wire_writer_clear(&copy);
}

static void another_format_is_refused(void)
{
	struct wire_writer sample = {0}, copy = {0};

	for (size_t i = 0; i < lck_message_kind_count; i++) {
		wire_writer_reset(&sample);
		lck_message_kinds[i].sample(&sample);
		sample.data[0] ^= 0x80;
		CU_ASSERT_FALSE(again(&lck_message_kinds[i], wire_writer_bytes(&sample), &copy));
	}
	wire_writer_clear(&sample);
	wire_writer_clear(&copy);
}

static bool open_is_taken(size_t name_size)
{
	static const uint8_t name[SA_MAX_NAME_LENGTH + 1];
	struct wire_writer out = {0};
	struct lck_open_request request;

	lck_open_request_encode(&out, &(struct lck_open_request){.open = 1, .name = bytes_of(name, name_size)});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	const bool taken = lck_open_request_decode(&in, &request);
	wire_writer_clear(&out);
	return taken;
}

static void names_have_1_to_256_octets(void)
{
	CU_ASSERT_FALSE(open_is_taken(0));
	CU_ASSERT_TRUE(open_is_taken(1));
	CU_ASSERT_TRUE(open_is_taken(SA_MAX_NAME_LENGTH));
	CU_ASSERT_FALSE(open_is_taken(SA_MAX_NAME_LENGTH + 1));
}

static bool mode_is_taken(uint32_t mode)
{
	struct wire_writer out = {0};
	struct lck_lock_request request;

	lck_lock_request_encode(&out, &(struct lck_lock_request){.open = 1, .lock = 2, .mode = mode});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	const bool taken = lck_lock_request_decode(&in, &request);
	wire_writer_clear(&out);
	return taken;
}

static void there_are_two_modes(void)
{
	CU_ASSERT_FALSE(mode_is_taken(0));
	CU_ASSERT_TRUE(mode_is_taken(SA_LCK_PR_LOCK_MODE));
	CU_ASSERT_TRUE(mode_is_taken(SA_LCK_EX_LOCK_MODE));
	CU_ASSERT_FALSE(mode_is_taken(3));
	CU_ASSERT_FALSE(mode_is_taken(UINT32_MAX));
}

static bool limits_are_taken(uint32_t client, uint32_t all)
{
	struct wire_writer out = {0};
	struct lck_lock lock;

	lck_lock_encode(&out, &(struct lck_lock){.limits = {.client = client, .all = all}, .request = {.mode = SA_LCK_PR_LOCK_MODE}});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	const bool taken = lck_lock_decode(&in, &lock);
	wire_writer_clear(&out);
	return taken;
}

static void limits_that_no_node_can_have_are_refused(void)
{
	CU_ASSERT_TRUE(limits_are_taken(0, 0));
	CU_ASSERT_TRUE(limits_are_taken(LCK_LOCKS_TOP, LCK_LOCKS_TOP));
	CU_ASSERT_FALSE(limits_are_taken(LCK_LOCKS_TOP + 1, 1));
	CU_ASSERT_FALSE(limits_are_taken(1, LCK_LOCKS_TOP + 1));
}

static bool claims_are_taken(uint32_t said, uint32_t there)
{
	struct wire_writer out = {0}, claims = {0};
	struct lck_reclaim reclaim;

	for (uint32_t i = 0; i < there; i++)
		lck_claim_encode(&claims, &(struct lck_claim){.open = i});
	lck_reclaim_encode(&out, &(struct lck_reclaim){.count = said, .claims = wire_writer_bytes(&claims)});
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	const bool taken = lck_reclaim_decode(&in, &reclaim);
	wire_writer_clear(&claims);
	wire_writer_clear(&out);
	return taken;
}

static void counts_that_lie_are_refused(void)
{
	struct wire_writer out = {0};
	struct lck_list_answer answer;

	CU_ASSERT_TRUE(claims_are_taken(0, 0));
	CU_ASSERT_TRUE(claims_are_taken(2, 2));
	CU_ASSERT_FALSE(claims_are_taken(3, 2));
	CU_ASSERT_FALSE(claims_are_taken(1, 2));
	CU_ASSERT_FALSE(claims_are_taken(UINT32_MAX, 2));
	CU_ASSERT_FALSE(claims_are_taken(LCK_OPENS_TOP + 1, LCK_OPENS_TOP + 1));
	lck_list_answer_encode(&out, &(struct lck_list_answer){.count = LCK_LIST_ENTRIES_MAX + 1});
	for (size_t i = 0; i < (LCK_LIST_ENTRIES_MAX + 1) * lck_list_entry_size_min; i++)
		wire_put_u8(&out, 0);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(lck_list_answer_decode(&in, &answer, lck_list_entry_size_min));
	wire_writer_clear(&out);
}

/* The least size by which counts are checked is that of the smallest entry there can be, not more: else a true count would be refused. */
static void the_smallest_entries_have_the_least_size(void)
{
	struct wire_writer out = {0};

	lck_list_entry_encode(&out, &(struct lck_list_entry){0});
	CU_ASSERT_EQUAL(out.size, lck_list_entry_size_min);
	wire_writer_reset(&out);
	lck_show_entry_encode(&out, &(struct lck_show_entry){0});
	CU_ASSERT_EQUAL(out.size, lck_show_entry_size_min);
	wire_writer_clear(&out);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"every message survives the wire", every_message_survives_the_wire},
		{"cut anywhere or too long it is refused", cut_anywhere_or_too_long_it_is_refused},
		{"another format is refused", another_format_is_refused},
		{"names have 1 to 256 octets", names_have_1_to_256_octets},
		{"there are two modes", there_are_two_modes},
		{"limits that no node can have are refused", limits_that_no_node_can_have_are_refused},
		{"counts that lie are refused", counts_that_lie_are_refused},
		{"the smallest entries have the least size", the_smallest_entries_have_the_least_size},
	};

	return check_run("lck messages", cases, sizeof cases / sizeof *cases);
}
