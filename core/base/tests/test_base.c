/* Unit tests of core/base: the cursor, digests, containers, handles. */
#include "conformance/check/check.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "core/base/effects.h"
#include "core/base/handle.h"
#include "core/base/hash.h"
#include "core/base/list.h"
#include "core/base/tree.h"
#include "core/base/wire.h"

static void what_is_written_is_read(void)
{
	struct wire_writer out = {0};
	wire_put_format(&out, 3);
	wire_put_u8(&out, 0xfe);
	wire_put_u32(&out, 0xdeadbeef);
	wire_put_i64(&out, INT64_MIN);
	wire_put_bool(&out, true);
	wire_put_bytes(&out, bytes_of_text("subscriber-17"));
	wire_put_bytes(&out, (struct bytes){0});

	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_EQUAL(wire_get_format(&in, 3), 3);
	CU_ASSERT_EQUAL(wire_get_u8(&in), 0xfe);
	CU_ASSERT_EQUAL(wire_get_u32(&in), 0xdeadbeef);
	CU_ASSERT_EQUAL(wire_get_i64(&in), INT64_MIN);
	CU_ASSERT_TRUE(wire_get_bool(&in));
	CU_ASSERT_TRUE(bytes_equal(wire_get_bytes(&in, 13), bytes_of_text("subscriber-17")));
	CU_ASSERT_EQUAL(wire_get_bytes(&in, 0).size, 0);
	CU_ASSERT_TRUE(wire_finish(&in));
	wire_writer_clear(&out);
}

static void bytes_on_the_wire_are_little_endian(void)
{
	struct wire_writer out = {0};
	wire_put_u32(&out, 0x01020304);
	CU_ASSERT_TRUE(bytes_equal(wire_writer_bytes(&out), bytes_of("\x04\x03\x02\x01", 4)));
	wire_writer_clear(&out);
}

static void a_message_cut_anywhere_is_refused(void)
{
	struct wire_writer out = {0};
	wire_put_u64(&out, 7);
	wire_put_bytes(&out, bytes_of_text("abc"));
	wire_put_u16(&out, 9);

	for (size_t size = 0; size < out.size; size++) {
		struct wire_reader in = wire_reader_of(bytes_of(out.data, size));
		wire_get_u64(&in);
		wire_get_bytes(&in, 3);
		wire_get_u16(&in);
		CU_ASSERT_FALSE(wire_finish(&in));
	}
	wire_writer_clear(&out);
}

static void a_failure_is_sticky_and_yields_zeros(void)
{
	struct wire_reader in = wire_reader_of(bytes_of("\xff\xff\xff\xff\x01", 5));
	CU_ASSERT_EQUAL(wire_get_bytes(&in, 100).size, 0);
	CU_ASSERT_TRUE(in.failed);
	CU_ASSERT_EQUAL(wire_get_u8(&in), 0);
	CU_ASSERT_FALSE(wire_finish(&in));
}

static void a_bool_is_zero_or_one(void)
{
	struct wire_reader in = wire_reader_of(bytes_of("\x02", 1));
	CU_ASSERT_FALSE(wire_get_bool(&in));
	CU_ASSERT_TRUE(in.failed);
}

static void a_count_is_held_against_what_is_left(void)
{
	const uint32_t hostile[] = {3, 0x7fffffff, 0x80000000, 0xffffffff};
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct wire_writer out = {0};
		wire_put_u32(&out, hostile[i]);
		wire_put_zeros(&out, 16);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
		CU_ASSERT_EQUAL(wire_get_count(&in, 8, UINT32_MAX), 0);
		CU_ASSERT_TRUE(in.failed);
		wire_writer_clear(&out);
	}
}

static void an_unknown_format_is_refused(void)
{
	struct wire_reader zero = wire_reader_of(bytes_of("\0\0", 2)), young = wire_reader_of(bytes_of("\2\0", 2));
	CU_ASSERT_EQUAL(wire_get_format(&zero, 1), 0);
	CU_ASSERT_TRUE(zero.failed);
	CU_ASSERT_EQUAL(wire_get_format(&young, 1), 0);
	CU_ASSERT_TRUE(young.failed);
	for (uint8_t format = 0; format < 5; format++) {
		const uint8_t message[] = {format, 0};
		struct wire_reader in = wire_reader_of(bytes_of(message, 2));

		wire_get_format_of(&in, 3);
		CU_ASSERT_EQUAL(in.failed, format != 3);
	}
}

static void ring_ids_are_ordered_by_sequence_first(void)
{
	CU_ASSERT_TRUE(ring_id_compare((struct ring_id){8, 1}, (struct ring_id){4, 9}) > 0);
	CU_ASSERT_TRUE(ring_id_compare((struct ring_id){8, 1}, (struct ring_id){8, 2}) < 0);
	CU_ASSERT_STRING_EQUAL(ring_id_text((struct ring_id){204, 1}).text, "1.204");
}

static void a_requester_survives_the_wire(void)
{
	const struct requester requester = {.node = 3, .incarnation = UINT64_MAX, .client = 17, .call = 4};
	struct wire_writer out = {0};
	requester_encode(&out, requester);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE(requester_equal(requester_decode(&in), requester));
	CU_ASSERT_TRUE(wire_finish(&in));
	wire_writer_clear(&out);
}

struct number {
	struct tree_node by_value;
	struct hash_node by_hash;
	uint32_t value;
	bool in;
};

static struct number *number_of(const struct tree_node *node)
{
	return container_of(node, struct number, by_value);
}

static int number_compare(const void *key, const struct tree_node *node)
{
	const uint32_t value = *(const uint32_t *)key;

	return (value > number_of(node)->value) - (value < number_of(node)->value);
}

static int balanced_height(const struct tree_node *node)
{
	if (node == NULL)
		return 0;
	const int left = balanced_height(node->left), right = balanced_height(node->right);
	CU_ASSERT_TRUE(left - right <= 1 && right - left <= 1);
	CU_ASSERT_EQUAL(node->height, 1 + (left > right ? left : right));
	return node->height;
}

static void a_tree_keeps_key_order_and_balance(void)
{
	enum { COUNT = 500, ROUNDS = 6000 };
	static struct number numbers[COUNT];
	struct tree tree = {.compare = number_compare};
	uint64_t chance = 42;
	size_t in = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		chance = digest_u64(chance, round);
		struct number *number = &numbers[chance % COUNT];
		number->value = (uint32_t)(number - numbers);
		if (number->in) {
			tree_remove(&tree, &number->by_value);
			in--;
		} else {
			CU_ASSERT_PTR_NULL(tree_insert(&tree, &number->by_value, &number->value));
			in++;
		}
		number->in = !number->in;
		CU_ASSERT_EQUAL_FATAL(tree.count, in);
		if (round % 97 != 0)
			continue;
		balanced_height(tree.root);
		struct tree_node *node = tree_first(&tree);
		for (uint32_t value = 0; value < COUNT; value++) {
			struct tree_node *after = tree_find_after(&tree, &value);
			CU_ASSERT_EQUAL(tree_find(&tree, &value) != NULL, numbers[value].in);
			if (!numbers[value].in)
				continue;
			CU_ASSERT_PTR_EQUAL_FATAL(node, &numbers[value].by_value);
			node = tree_next(node);
			CU_ASSERT_PTR_EQUAL(node, after);
		}
		CU_ASSERT_PTR_NULL(node);
	}
}

static bool number_equal(const struct hash_node *node, const void *key)
{
	return container_of(node, struct number, by_hash)->value == *(const uint32_t *)key;
}

static void a_hash_table_finds_what_is_in_and_nothing_else(void)
{
	enum { COUNT = 1000 };
	static struct number numbers[COUNT];
	struct hash_table table = {0};

	for (uint32_t i = 0; i < COUNT; i++) {
		numbers[i].value = i;
		CU_ASSERT_TRUE(hash_table_insert(&table, &numbers[i].by_hash, digest_u64(0, i % 7 == 0 ? 7 : i)));
	}
	for (uint32_t i = 0; i < COUNT; i += 2)
		hash_table_remove(&table, &numbers[i].by_hash);
	CU_ASSERT_EQUAL(table.count, COUNT / 2);
	for (uint32_t i = 0; i < COUNT; i++) {
		struct hash_node *node = hash_table_find(&table, digest_u64(0, i % 7 == 0 ? 7 : i), number_equal, &i);
		CU_ASSERT_PTR_EQUAL(node, i % 2 == 0 ? NULL : &numbers[i].by_hash);
	}
	hash_table_clear(&table);
}

static void digest_depends_on_all(uint8_t *data, size_t size)
{
	const uint64_t whole = digest_bytes(0, bytes_of(data, size));

	for (size_t shorter = 0; shorter < size; shorter++)
		CU_ASSERT_NOT_EQUAL(digest_bytes(0, bytes_of(data, shorter)), whole);
	for (size_t i = 0; i < size; i++) {
		data[i] ^= 1;
		CU_ASSERT_NOT_EQUAL(digest_bytes(0, bytes_of(data, size)), whole);
		data[i] ^= 1;
	}
	for (size_t i = 0; i + 16 <= size; i += 8) { /* nor is it the same with two words that changed places */
		uint8_t words[16];
		const bool differ = memcmp(data + i, data + i + 8, 8) != 0;

		memcpy(words, data + i, 16);
		memcpy(data + i, words + 8, 8);
		memcpy(data + i + 8, words, 8);
		CU_ASSERT_TRUE(!differ || digest_bytes(0, bytes_of(data, size)) != whole);
		memcpy(data + i, words, 16);
	}
}

static void a_digest_depends_on_every_byte_and_the_length(void)
{
	uint8_t data[300] = {0};

	digest_depends_on_all(data, 40);
	digest_depends_on_all(data, sizeof data);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7);
	digest_depends_on_all(data, 40);
	digest_depends_on_all(data, sizeof data);
}

static void a_freed_handle_is_refused_and_not_reused_soon(void)
{
	struct handle_table table = {0};
	int things[3];
	const uint64_t first = handle_table_add(&table, &things[0]);

	CU_ASSERT_NOT_EQUAL(first, 0);
	CU_ASSERT_PTR_EQUAL(handle_table_get(&table, first), &things[0]);
	CU_ASSERT_PTR_EQUAL(handle_table_remove(&table, first), &things[0]);
	CU_ASSERT_PTR_NULL(handle_table_get(&table, first));
	CU_ASSERT_PTR_NULL(handle_table_remove(&table, first));
	for (int i = 0; i < 10000; i++) {
		const uint64_t next = handle_table_add(&table, &things[1]);
		CU_ASSERT_NOT_EQUAL(next, first);
		CU_ASSERT_PTR_NULL(handle_table_get(&table, first));
		handle_table_remove(&table, next);
	}
	CU_ASSERT_PTR_NULL(handle_table_get(&table, 0));
	CU_ASSERT_PTR_NULL(handle_table_get(&table, UINT64_MAX));
	handle_table_clear(&table);
}

static void effects_keep_their_order_and_payloads(void)
{
	struct effects effects = {0};
	const struct requester requester = {.node = 1, .client = 2, .call = 3};

	effects_reply(&effects, requester, 1, bytes_of_text("first"));
	effects_notify(&effects, requester, 9, bytes_of_text("second"));
	effects_due(&effects, 77);
	CU_ASSERT_EQUAL_FATAL(effects.count, 3);
	CU_ASSERT_TRUE(bytes_equal(effects_payload(&effects, &effects.list[0]), bytes_of_text("first")));
	CU_ASSERT_EQUAL(effects.list[0].requester.call, 3);
	CU_ASSERT_TRUE(bytes_equal(effects_payload(&effects, &effects.list[1]), bytes_of_text("second")));
	CU_ASSERT_EQUAL(effects.list[1].requester.call, 0);
	CU_ASSERT_EQUAL(effects.list[2].due_ns, 77);
	effects_clear(&effects);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"what is written is read", what_is_written_is_read},
		{"bytes on the wire are little-endian", bytes_on_the_wire_are_little_endian},
		{"a message cut anywhere is refused", a_message_cut_anywhere_is_refused},
		{"a failure is sticky and yields zeros", a_failure_is_sticky_and_yields_zeros},
		{"a bool is zero or one", a_bool_is_zero_or_one},
		{"a count is held against what is left", a_count_is_held_against_what_is_left},
		{"an unknown format is refused", an_unknown_format_is_refused},
		{"ring ids are ordered by sequence first", ring_ids_are_ordered_by_sequence_first},
		{"a requester survives the wire", a_requester_survives_the_wire},
		{"a tree keeps key order and balance", a_tree_keeps_key_order_and_balance},
		{"a hash table finds what is in and nothing else", a_hash_table_finds_what_is_in_and_nothing_else},
		{"a digest depends on every byte and the length", a_digest_depends_on_every_byte_and_the_length},
		{"a freed handle is refused and not reused soon", a_freed_handle_is_refused_and_not_reused_soon},
		{"effects keep their order and payloads", effects_keep_their_order_and_payloads},
	};
	return check_run("base", cases, sizeof cases / sizeof *cases);
}
