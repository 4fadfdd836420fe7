/* Equal replicas after equal operations, and the way to a joiner: at every point of a sequence of operations by chance, with small ranges,
 * the joiner ends with the donor's directory and content. */
#include <stdlib.h>

#include "ckpt_chance.h"
#include "conformance/check/check.h"

static void apply(struct ckpt_state *state, uint64_t seq, uint16_t operation, struct bytes body)
{
	const struct at at = {
		.position = {.ring = {.seq = 4, .representative = 1}, .seq = seq}, .sender = 1, .clock_ns = (int64_t)seq, .version = 1,
	};
	struct effects effects = {0};

	ckpt_state_apply(state, &at, operation, body, &effects);
	CU_ASSERT_FALSE(effects.failed);
	effects_clear(&effects);
}

static bool contents_are_equal(const struct ckpt_state *a, const struct ckpt_state *b)
{
	const struct checkpoint *left = checkpoint_first(a), *right = checkpoint_first(b);

	for (; left != NULL && right != NULL; left = checkpoint_next(left), right = checkpoint_next(right)) {
		const struct section *one = section_first(left), *other = section_first(right);

		for (; one != NULL && other != NULL; one = section_next(one), other = section_next(other)) {
			if (!one->present || !other->present || !bytes_equal(section_content(left, one), section_content(right, other)))
				return false;
		}
		if (one != NULL || other != NULL)
			return false;
	}
	return left == NULL && right == NULL;
}

static bool directories_are_equal(const struct ckpt_state *a, const struct ckpt_state *b)
{
	struct wire_writer left = {0}, right = {0};

	ckpt_state_directory_encode(a, &left);
	ckpt_state_directory_encode(b, &right);
	const bool equal = bytes_equal(wire_writer_bytes(&left), wire_writer_bytes(&right));
	wire_writer_clear(&left);
	wire_writer_clear(&right);
	return equal && ckpt_state_digest_directory(a) == ckpt_state_digest_directory(b);
}

static void equal_operations_make_equal_replicas(void)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct ckpt_chance chance = {.state = seed, .data_size_max = 5000};
		struct ckpt_state *a = ckpt_state_new(&ckpt_fixture_host), *b = ckpt_state_new(&ckpt_fixture_host);
		struct wire_writer body = {0};

		for (uint64_t seq = 1; seq <= 400; seq++) {
			const uint16_t operation = ckpt_chance_operation(&chance, a, &body);

			apply(a, seq, operation, wire_writer_bytes(&body));
			apply(b, seq, operation, wire_writer_bytes(&body));
			CU_ASSERT_EQUAL_FATAL(ckpt_state_digest_directory(a), ckpt_state_digest_directory(b));
			CU_ASSERT_EQUAL_FATAL(ckpt_state_digest_content(a), ckpt_state_digest_content(b));
		}
		CU_ASSERT_TRUE(directories_are_equal(a, b));
		CU_ASSERT_TRUE(contents_are_equal(a, b));
		wire_writer_clear(&body);
		ckpt_state_free(a);
		ckpt_state_free(b);
	}
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* One joiner and what it has under way. */
struct joiner {
	struct ckpt_state *state;
	bool asked, open;
	uint32_t size_max;
	uint8_t key[512];
	size_t key_size;
	struct wire_writer copy;
	size_t came, taken; /* of the copy's bytes */
};

static struct joiner joiner_new(const struct ckpt_state *donor, uint32_t size_max)
{
	struct joiner joiner = {.state = ckpt_state_new(&ckpt_fixture_host), .size_max = size_max};
	struct wire_writer directory = {0};

	ckpt_state_directory_encode(donor, &directory);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&directory));
	CU_ASSERT_TRUE_FATAL(ckpt_state_directory_decode(joiner.state, &in));
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(joiner.state), ckpt_state_digest_directory(donor));
	wire_writer_clear(&directory);
	return joiner;
}

static struct service_range joiner_range(const struct joiner *joiner)
{
	return (struct service_range){.after = bytes_of(joiner->key, joiner->key_size), .size_max = joiner->size_max};
}

/* So much more has come, and of what has about `most` is taken. */
static void joiner_part(struct joiner *joiner, size_t more, size_t most)
{
	const size_t left = joiner->copy.size - joiner->came;

	if (!joiner->open)
		return;
	joiner->came += more < left ? more : left;
	joiner->taken += ckpt_state_range_part(joiner->state, bytes_of(joiner->copy.data + joiner->taken, joiner->came - joiner->taken), most);
	CU_ASSERT_TRUE_FATAL(joiner->taken <= joiner->came);
}

/* One step of the engine's part: ask; at the request's delivery open and copy; later install, or drop and ask for less. */
static bool joiner_step(struct joiner *joiner, const struct ckpt_state *donor, bool drops)
{
	struct service_range range = joiner_range(joiner);

	if (!joiner->asked) {
		if (!ckpt_state_range_next(joiner->state, &range))
			return false;
		joiner->key_size = range.after.size;
		memcpy(joiner->key, range.after.data, range.after.size);
		joiner->asked = true;
	} else if (!joiner->open) {
		ckpt_state_range_open(joiner->state, &range);
		wire_writer_reset(&joiner->copy);
		CU_ASSERT_TRUE_FATAL(ckpt_state_range_copy(donor, &range, &joiner->copy));
		joiner->open = true;
		joiner->came = joiner->taken = 0;
	} else if (drops) {
		ckpt_state_range_drop(joiner->state);
		CU_ASSERT_EQUAL(ckpt_state_range_kept(joiner->state), 0);
		joiner->asked = joiner->open = false;
		joiner->size_max = joiner->size_max / 2 + 1;
	} else {
		struct wire_reader in = wire_reader_of(bytes_of(joiner->copy.data + joiner->taken, joiner->copy.size - joiner->taken));
		CU_ASSERT_TRUE_FATAL(ckpt_state_range_install(joiner->state, &range, &in));
		CU_ASSERT_EQUAL(ckpt_state_range_kept(joiner->state), 0);
		joiner->asked = joiner->open = false;
	}
	return true;
}

static void joiner_pull_all(struct joiner *joiner, const struct ckpt_state *donor)
{
	joiner->size_max = 4096;
	while (joiner_step(joiner, donor, false)) {
	}
}

static void joiner_free(struct joiner *joiner)
{
	wire_writer_clear(&joiner->copy);
	ckpt_state_free(joiner->state);
}

static void transfer(uint64_t seed, uint64_t joins_at, uint64_t ends_at, uint32_t size_max)
{
	struct ckpt_chance chance = {.state = seed, .data_size_max = 3000};
	struct ckpt_chance pace = {.state = seed * 31 + joins_at};
	struct ckpt_state *donor = ckpt_state_new(&ckpt_fixture_host);
	struct joiner joiner = {0};
	struct wire_writer body = {0};

	for (uint64_t seq = 1; seq <= ends_at; seq++) {
		const uint16_t operation = ckpt_chance_operation(&chance, donor, &body);

		apply(donor, seq, operation, wire_writer_bytes(&body));
		if (seq == joins_at)
			joiner = joiner_new(donor, size_max);
		if (seq <= joins_at)
			continue;
		apply(joiner.state, seq, operation, wire_writer_bytes(&body));
		CU_ASSERT_EQUAL_FATAL(ckpt_state_digest_directory(donor), ckpt_state_digest_directory(joiner.state));
		if (ckpt_chance_below(&pace, 3) == 0)
			joiner_step(&joiner, donor, ckpt_chance_below(&pace, 6) == 0);
		if (ckpt_chance_below(&pace, 2) == 0)
			joiner_part(&joiner, ckpt_chance_below(&pace, 1500), ckpt_chance_below(&pace, 2000));
	}
	while (joiner_step(&joiner, donor, false)) {
	}
	CU_ASSERT_EQUAL(joiner.state->absent_count, 0);
	CU_ASSERT_EQUAL(ckpt_state_digest_content(donor), ckpt_state_digest_content(joiner.state));
	CU_ASSERT_EQUAL(donor->charge, joiner.state->charge);
	CU_ASSERT_EQUAL(donor->directory_size, joiner.state->directory_size);
	CU_ASSERT_TRUE(directories_are_equal(donor, joiner.state));
	CU_ASSERT_TRUE(contents_are_equal(donor, joiner.state));
	wire_writer_clear(&body);
	wire_writer_clear(&joiner.copy);
	ckpt_state_free(joiner.state);
	ckpt_state_free(donor);
}

static void a_joiner_at_any_point_ends_with_the_donors_state(void)
{
	for (uint64_t joins_at = 1; joins_at <= 200; joins_at++) {
		transfer(1, joins_at, joins_at + 60, 300);
		transfer(2, joins_at, joins_at + 60, 2000);
		transfer(joins_at, 80, 160, 1);
	}
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* A write into what is on its way is kept, one into what is not asked for yet is dropped: its copy will have it. */
static void writes_into_the_open_range_are_kept_and_no_others(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	struct wire_writer copy = {0};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "b", "bbbb"), SA_AIS_OK);
	struct joiner joiner = joiner_new(donor.state, 1 /* one section */);
	struct ckpt_fixture other = {.state = joiner.state, .seq = donor.seq, .call = donor.call, .clock_ns = donor.clock_ns,
	                             .checkpoint = donor.checkpoint};
	struct service_range range = {.size_max = 1};

	CU_ASSERT_TRUE(ckpt_state_range_next(joiner.state, &range));
	ckpt_state_range_open(joiner.state, &range);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor.state, &range, &copy));
	CU_ASSERT_FALSE(ckpt_state_range_copy(joiner.state, &range, &joiner.copy)); /* it has nothing to give */
	CU_ASSERT_EQUAL(ckpt_fixture_write(&other, "b", 0, bytes_of_text("X")), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_state_range_kept(joiner.state), 0);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&other, "a", 6, bytes_of_text("Y")), SA_AIS_OK);
	CU_ASSERT_TRUE(ckpt_state_range_kept(joiner.state) > 0);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&copy));
	CU_ASSERT_TRUE(ckpt_state_range_install(joiner.state, &range, &in));
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&other, "a"), bytes_of("aaaa\0\0Y", 7)));
	CU_ASSERT_EQUAL(joiner.state->absent_count, 1);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&other, "b", bytes_of_text("new")), SA_AIS_OK);
	CU_ASSERT_EQUAL(joiner.state->absent_count, 0);
	CU_ASSERT_FALSE(ckpt_state_range_next(joiner.state, &range));
	wire_writer_clear(&copy);
	wire_writer_clear(&joiner.copy);
	ckpt_fixture_close(&other);
	ckpt_fixture_close(&donor);
}

static const struct at at_nine = {
	.position = {.ring = {.seq = 9, .representative = 1}, .seq = 1}, .sender = 1, .clock_ns = 1, .version = 1,
};

static const struct ring_id ring_eight = {.seq = 8, .representative = 1};

/* R19: while nobody has it, calls on its sections are to be tried again; what has none is not concerned. */
static void a_lost_checkpoint_answers_try_again(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	struct service_object object;
	uint64_t open;

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	struct joiner joiner = joiner_new(donor.state, 1);
	struct ckpt_fixture other = {.state = joiner.state, .seq = donor.seq, .checkpoint = donor.checkpoint};
	ckpt_state_objects_lost(joiner.state, ring_eight);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&other, "a", bytes_of_text("new")), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_EQUAL(ckpt_fixture_write(&other, "a", 0, bytes_of_text("new")), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&other, "b", "b"), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_EQUAL(ckpt_fixture_delete(&other, "a"), SA_AIS_ERR_TRY_AGAIN);
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(4);
	CU_ASSERT_EQUAL(ckpt_fixture_open_name(&other, 1, "another", SA_CKPT_CHECKPOINT_CREATE, &attributes, &open), SA_AIS_OK);
	ckpt_state_objects_lost(joiner.state, (struct ring_id){12, 1});
	CU_ASSERT_TRUE_FATAL(ckpt_state_object_next(joiner.state, (struct bytes){0}, &object));
	CU_ASSERT_TRUE(ring_id_equal(object.lost, ring_eight));
	CU_ASSERT_EQUAL(object.lacking, 4);
	CU_ASSERT_TRUE_FATAL(ckpt_state_object_next(joiner.state, object.key, &object));
	CU_ASSERT_TRUE(object.complete && ring_id_is_none(object.lost));
	CU_ASSERT_FALSE(ckpt_state_object_next(joiner.state, object.key, &object));
	wire_writer_clear(&joiner.copy);
	ckpt_fixture_close(&other);
	ckpt_fixture_close(&donor);
}

/* R19: what an older state has of a checkpoint takes the place of what the directory says of its sections, on its holder with the bytes,
 * elsewhere without; both directories stay equal. */
static void a_lost_checkpoint_is_restored_from_an_older_state(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&donor, bytes_of_text("b"), bytes_of_text("bbbb"), 17), SA_AIS_OK);
	struct joiner older = joiner_new(donor.state, 1);
	joiner_pull_all(&older, donor.state);
	CU_ASSERT_EQUAL(ckpt_fixture_overwrite(&donor, "a", bytes_of_text("younger")), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "c", "c"), SA_AIS_OK);
	struct joiner holder = joiner_new(donor.state, 1), another = joiner_new(donor.state, 1);
	struct wire_writer body = {0};
	struct service_object object;
	struct effects effects = {0};

	ckpt_state_objects_lost(holder.state, ring_eight);
	ckpt_state_objects_lost(another.state, ring_eight);
	CU_ASSERT_TRUE_FATAL(ckpt_state_object_next(older.state, (struct bytes){0}, &object));
	CU_ASSERT_TRUE(object.complete);
	ckpt_state_object_encode(older.state, object.key, &body);
	for (size_t size = 0; size < body.size; size++) {
		struct wire_reader in = wire_reader_of(bytes_of(body.data, size));

		CU_ASSERT_FALSE(ckpt_state_object_restore(holder.state, &at_nine, object.key, &in, older.state, &effects));
	}
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&body));
	CU_ASSERT_TRUE(ckpt_state_object_restore(holder.state, &at_nine, object.key, &in, older.state, &effects));
	in = wire_reader_of(wire_writer_bytes(&body));
	CU_ASSERT_TRUE(ckpt_state_object_restore(another.state, &at_nine, object.key, &in, NULL, &effects));
	CU_ASSERT_FALSE(effects.failed);
	CU_ASSERT_TRUE(directories_are_equal(holder.state, another.state));
	CU_ASSERT_EQUAL(holder.state->absent_count, 0);
	CU_ASSERT_EQUAL(another.state->absent_count, 2);
	CU_ASSERT_EQUAL(ckpt_state_digest_content(holder.state), ckpt_state_digest_content(older.state));
	CU_ASSERT_EQUAL(effects.count, 2); /* the expiry is due again, on each */
	joiner_pull_all(&another, holder.state);
	CU_ASSERT_TRUE(contents_are_equal(holder.state, another.state));
	CU_ASSERT_TRUE(contents_are_equal(holder.state, older.state));
	ckpt_state_object_forget(older.state, object.key);
	CU_ASSERT_FALSE(ckpt_state_object_next(older.state, (struct bytes){0}, &object));
	effects_clear(&effects);
	wire_writer_clear(&body);
	joiner_free(&older);
	joiner_free(&holder);
	joiner_free(&another);
	ckpt_fixture_close(&donor);
}

/* R19: of what no replica has any more the directory's word stays, with zeros behind it. */
static void what_is_given_up_becomes_zeros_of_its_size(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	struct joiner joiner = joiner_new(donor.state, 1);
	struct ckpt_fixture other = {.state = joiner.state, .seq = donor.seq, .checkpoint = donor.checkpoint};
	ckpt_state_objects_lost(joiner.state, ring_eight);
	struct service_object object;
	CU_ASSERT_TRUE_FATAL(ckpt_state_object_next(joiner.state, (struct bytes){0}, &object));
	ckpt_state_object_give_up(joiner.state, &at_nine, object.key, &other.effects);
	CU_ASSERT_EQUAL(joiner.state->absent_count, 0);
	CU_ASSERT_TRUE(bytes_equal(ckpt_fixture_read(&other, "a"), bytes_of("\0\0\0\0", 4)));
	CU_ASSERT_TRUE(ckpt_state_object_next(joiner.state, (struct bytes){0}, &object) && object.complete);
	ckpt_fixture_close(&other);
	ckpt_fixture_close(&donor);
}

static void a_directory_or_copy_cut_anywhere_is_refused(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	struct wire_writer directory = {0}, copy = {0};
	struct service_range range = {.size_max = 4096};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create_at(&donor, bytes_of_text("b"), bytes_of_text("bbbb"), 17), SA_AIS_OK);
	ckpt_state_directory_encode(donor.state, &directory);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor.state, &range, &copy));
	for (size_t size = 0; size < directory.size; size++) {
		struct ckpt_state *state = ckpt_state_new(&ckpt_fixture_host);
		struct wire_reader in = wire_reader_of(bytes_of(directory.data, size));

		CU_ASSERT_FALSE(ckpt_state_directory_decode(state, &in));
		ckpt_state_free(state);
	}
	for (size_t size = 0; size < copy.size; size++) {
		struct joiner joiner = joiner_new(donor.state, 4096);
		struct wire_reader in = wire_reader_of(bytes_of(copy.data, size));

		ckpt_state_range_open(joiner.state, &range);
		CU_ASSERT_FALSE(ckpt_state_range_install(joiner.state, &range, &in));
		ckpt_state_free(joiner.state);
	}
	wire_writer_clear(&directory);
	wire_writer_clear(&copy);
	ckpt_fixture_close(&donor);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* What has come is taken section by section, and no byte of one whose end is still to come. */
static void a_copy_is_taken_as_it_comes(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	const size_t head = 2 + 4, section = 24 + 4 + 1 + 4 + 4;
	const struct service_range range = {.size_max = 4096};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "b", "bbbb"), SA_AIS_OK);
	struct joiner joiner = joiner_new(donor.state, 4096);
	ckpt_state_range_open(joiner.state, &range);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor.state, &range, &joiner.copy));
	CU_ASSERT_EQUAL_FATAL(joiner.copy.size, head + 2 * section);
	joiner.open = true;
	joiner_part(&joiner, head - 1, 4096);
	CU_ASSERT_EQUAL(joiner.taken, 0);
	joiner_part(&joiner, section, 4096);
	CU_ASSERT_EQUAL(joiner.taken, head);
	CU_ASSERT_EQUAL(joiner.state->absent_count, 2);
	joiner_part(&joiner, 4096, 1);
	CU_ASSERT_EQUAL(joiner.taken, head + section);
	CU_ASSERT_EQUAL(joiner.state->absent_count, 1);
	joiner_part(&joiner, 0, 4096);
	CU_ASSERT_EQUAL(joiner.taken, joiner.copy.size);
	CU_ASSERT_TRUE(contents_are_equal(donor.state, joiner.state));
	joiner_free(&joiner);
	ckpt_fixture_close(&donor);
}

/* Whatever is taken before the end of it shows: the whole is refused. */
static void a_broken_copy_is_refused_in_parts_too(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	const struct service_range range = {.size_max = 4096};
	struct wire_writer copy = {0};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "b", "bbbb"), SA_AIS_OK);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor.state, &range, &copy));
	for (int broken = 0; broken < 5; broken++) {
		struct joiner joiner = joiner_new(donor.state, 4096);

		ckpt_state_range_open(joiner.state, &range);
		wire_put_raw(&joiner.copy, copy.data, copy.size);
		switch (broken) {
		case 1: joiner.copy.data[0]++; break;                                /* another format */
		case 2: joiner.copy.data[2]++; break;                                /* more sections than there are */
		case 3: wire_put_u8(&joiner.copy, 0); break;                         /* more bytes */
		case 4: joiner.copy.data[2 + 4 + 24 + 4 + 1]++; break;               /* a section of another size */
		default: break;
		}
		joiner.open = true;
		joiner_part(&joiner, SIZE_MAX, 1);
		joiner_part(&joiner, 0, SIZE_MAX);
		struct wire_reader in = wire_reader_of(bytes_of(joiner.copy.data + joiner.taken, joiner.copy.size - joiner.taken));
		CU_ASSERT_EQUAL(ckpt_state_range_install(joiner.state, &range, &in), broken == 0);
		joiner_free(&joiner);
	}
	wire_writer_clear(&copy);
	ckpt_fixture_close(&donor);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

/* A peer of the older number: what it sends lacks what this node would read next. */
static void a_directory_or_copy_of_another_format_is_refused(void)
{
	struct ckpt_fixture donor = ckpt_fixture_open(8);
	struct wire_writer directory = {0}, copy = {0};
	const struct service_range range = {.size_max = 4096};

	CU_ASSERT_EQUAL(ckpt_fixture_create(&donor, "a", "aaaa"), SA_AIS_OK);
	ckpt_state_directory_encode(donor.state, &directory);
	CU_ASSERT_TRUE(ckpt_state_range_copy(donor.state, &range, &copy));
	for (int other = -1; other <= 1; other++) {
		struct ckpt_state *state = ckpt_state_new(&ckpt_fixture_host);
		struct joiner joiner = joiner_new(donor.state, 4096);

		directory.data[0] = copy.data[0] = (uint8_t)(CKPT_RING_FORMAT + other);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&directory));
		CU_ASSERT_EQUAL(ckpt_state_directory_decode(state, &in), other == 0);
		ckpt_state_range_open(joiner.state, &range);
		in = wire_reader_of(wire_writer_bytes(&copy));
		CU_ASSERT_EQUAL(ckpt_state_range_install(joiner.state, &range, &in), other == 0);
		ckpt_state_free(state);
		ckpt_state_free(joiner.state);
		directory.data[0] = copy.data[0] = CKPT_RING_FORMAT;
	}
	wire_writer_clear(&directory);
	wire_writer_clear(&copy);
	ckpt_fixture_close(&donor);
}

/* Half of the bytes are an operation's with some changed, so that decoders are passed. */
static void no_bytes_make_apply_crash_or_replicas_part(void)
{
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct ckpt_chance chance = {.state = seed, .data_size_max = 200};
		struct ckpt_state *a = ckpt_state_new(&ckpt_fixture_host), *b = ckpt_state_new(&ckpt_fixture_host);
		struct wire_writer body = {0};

		for (uint64_t seq = 1; seq <= 300; seq++) {
			uint16_t operation = ckpt_chance_operation(&chance, a, &body);

			for (uint64_t n = ckpt_chance_below(&chance, 3); n > 0; n--)
				body.data[ckpt_chance_below(&chance, body.size)] ^= (uint8_t)(1 << ckpt_chance_below(&chance, 8));
			if (ckpt_chance_below(&chance, 10) == 0)
				operation = (uint16_t)ckpt_chance_below(&chance, 20);
			if (ckpt_chance_below(&chance, 10) == 0)
				body.size = ckpt_chance_below(&chance, body.size);
			apply(a, seq, operation, wire_writer_bytes(&body));
			apply(b, seq, operation, wire_writer_bytes(&body));
		}
		CU_ASSERT_TRUE(directories_are_equal(a, b));
		CU_ASSERT_TRUE(contents_are_equal(a, b));
		wire_writer_clear(&body);
		ckpt_state_free(a);
		ckpt_state_free(b);
	}
}

int main(void)
{
	static const struct check_case cases[] = {
		{"equal operations make equal replicas", equal_operations_make_equal_replicas},
		{"a joiner at any point ends with the donor's state", a_joiner_at_any_point_ends_with_the_donors_state},
		{"writes into the open range are kept, and no others", writes_into_the_open_range_are_kept_and_no_others},
		{"a lost checkpoint answers TRY_AGAIN", a_lost_checkpoint_answers_try_again},
		{"a lost checkpoint is restored from an older state", a_lost_checkpoint_is_restored_from_an_older_state},
		{"what is given up becomes zeros of its size", what_is_given_up_becomes_zeros_of_its_size},
		{"a directory or a copy cut anywhere is refused", a_directory_or_copy_cut_anywhere_is_refused},
		{"a copy is taken as it comes", a_copy_is_taken_as_it_comes},
		{"a broken copy is refused in parts too", a_broken_copy_is_refused_in_parts_too},
		{"a directory or copy of another format is refused", a_directory_or_copy_of_another_format_is_refused},
		{"no bytes make apply crash, or replicas part", no_bytes_make_apply_crash_or_replicas_part},
	};

	return check_run("ckpt transfer", cases, sizeof cases / sizeof *cases);
}
