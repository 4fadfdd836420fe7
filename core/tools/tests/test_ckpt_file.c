/* The file of an exported checkpoint: what is read is what was written, and nothing else is read. */
#include <stdio.h>
#include <stdlib.h>

#include "ais/ckpt/saCkpt.h"
#include "conformance/check/check.h"
#include "core/tools/ckpt_file.h"

static const uint8_t all_bytes[4] = {0x00, 0xff, '\n', 'a'};

static const struct ckpt_file small = {
	.attributes = {
		.creation_flags = SA_CKPT_WR_ALL_REPLICAS, .checkpoint_size = 64, .retention_ns = 5, .section_count_max = 8,
		.section_size_max = 16, .section_id_size_max = 4,
	},
	.retention_ns = 7, .exported_ns = 9, .snapshot = true, .section_count = 3,
};

static void file_write(struct wire_writer *out, struct ckpt_file file, const struct ckpt_file_section *sections, size_t count)
{
	struct wire_writer run = {0};

	for (size_t i = 0; i < count; i++)
		ckpt_file_section_encode(&run, &sections[i]);
	file.name = bytes_of_text("small");
	file.sections = wire_writer_bytes(&run);
	ckpt_file_encode(out, &file);
	wire_writer_clear(&run);
}

static const struct ckpt_file_section *small_sections(void)
{
	static struct ckpt_file_section sections[3];

	sections[0] = (struct ckpt_file_section){.id = bytes_of(all_bytes, 2), .expiry_ns = SA_TIME_END};
	sections[1] = (struct ckpt_file_section){.id = bytes_of_text("a"), .expiry_ns = 11, .content = bytes_of(all_bytes, 4)};
	sections[2] = (struct ckpt_file_section){.id = bytes_of_text("b"), .expiry_ns = SA_TIME_END, .content = bytes_of_text("0123456789abcdef")};
	return sections;
}

static void what_is_read_is_what_was_written(void)
{
	struct wire_writer out = {0};
	struct ckpt_file file;
	struct ckpt_file_section section;
	unsigned count = 0;

	file_write(&out, small, small_sections(), 3);
	CU_ASSERT_PTR_NULL_FATAL(ckpt_file_decode(wire_writer_bytes(&out), &file));
	CU_ASSERT(bytes_equal(file.name, bytes_of_text("small")));
	CU_ASSERT(ckpt_attributes_equal(&file.attributes, &small.attributes));
	CU_ASSERT(file.retention_ns == 7 && file.exported_ns == 9 && file.snapshot && file.section_count == 3);
	for (struct wire_reader in = wire_reader_of(file.sections); ckpt_file_section_next(&in, &section); count++) {
		CU_ASSERT(bytes_equal(section.id, small_sections()[count].id));
		CU_ASSERT(bytes_equal(section.content, small_sections()[count].content));
		CU_ASSERT_EQUAL(section.expiry_ns, small_sections()[count].expiry_ns);
	}
	CU_ASSERT_EQUAL(count, 3);
	wire_writer_clear(&out);
}

static void every_truncation_is_refused(void)
{
	struct wire_writer out = {0};
	struct ckpt_file file;

	file_write(&out, small, small_sections(), 3);
	for (size_t size = 0; size < out.size; size++) {
		uint8_t *copy = malloc(size + 1); /* of its own size, so that reading past the end is seen */

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, out.data, size);
		CU_ASSERT_PTR_NOT_NULL(ckpt_file_decode(bytes_of(copy, size), &file));
		free(copy);
	}
	wire_writer_clear(&out);
}

static void every_flipped_bit_is_refused(void)
{
	struct wire_writer out = {0};
	struct ckpt_file file;

	file_write(&out, small, small_sections(), 3);
	for (size_t bit = 0; bit < out.size * 8; bit++) {
		out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_PTR_NOT_NULL(ckpt_file_decode(wire_writer_bytes(&out), &file));
		out.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CU_ASSERT_PTR_NULL(ckpt_file_decode(wire_writer_bytes(&out), &file));
	wire_writer_clear(&out);
}

static void bytes_behind_the_end_are_refused(void)
{
	struct wire_writer out = {0};
	struct ckpt_file file;

	file_write(&out, small, small_sections(), 3);
	wire_put_u8(&out, 0);
	CU_ASSERT_PTR_NOT_NULL(ckpt_file_decode(wire_writer_bytes(&out), &file));
	wire_writer_clear(&out);
}

static bool is_refused(struct ckpt_file head, const struct ckpt_file_section *sections, size_t count)
{
	struct wire_writer out = {0};
	struct ckpt_file file;

	file_write(&out, head, sections, count);
	const bool refused = ckpt_file_decode(wire_writer_bytes(&out), &file) != NULL;
	wire_writer_clear(&out);
	return refused;
}

/* Well formed, the checksum right: what import could not end. */
static void sections_that_do_not_fit_the_attributes_are_refused(void)
{
	struct ckpt_file head = small;
	const struct ckpt_file_section twice[2] = {{.id = bytes_of_text("a")}, {.id = bytes_of_text("a")}};

	CU_ASSERT_FALSE(is_refused(head, small_sections(), 3));
	CU_ASSERT(is_refused(head, small_sections(), 2)); /* fewer than it says */
	head.section_count = 2;
	CU_ASSERT(is_refused(head, twice, 2));
	head = small;
	head.attributes.section_size_max = 15;
	CU_ASSERT(is_refused(head, small_sections(), 3));
	head = small;
	head.attributes.section_id_size_max = 1;
	CU_ASSERT(is_refused(head, small_sections(), 3));
	head = small;
	head.attributes.checkpoint_size = 16; /* fewer bytes than it has: no limit (CKPT-149) */
	CU_ASSERT_FALSE(is_refused(head, small_sections(), 3));
	head = small;
	head.attributes.section_count_max = 2;
	head.attributes.checkpoint_size = 20;
	CU_ASSERT(is_refused(head, small_sections(), 3));
	head = small;
	head.attributes.creation_flags = 0;
	CU_ASSERT(is_refused(head, small_sections(), 3));
	head = small;
	head.retention_ns = -1;
	CU_ASSERT(is_refused(head, small_sections(), 3));
}

static const struct check_case cases[] = {
	{"what is read is what was written", what_is_read_is_what_was_written},
	{"every truncation is refused", every_truncation_is_refused},
	{"every flipped bit is refused", every_flipped_bit_is_refused},
	{"bytes behind the end are refused", bytes_behind_the_end_are_refused},
	{"sections that do not fit the attributes are refused", sections_that_do_not_fit_the_attributes_are_refused},
};

int main(void)
{
	return check_run("checkpoint file", cases, sizeof(cases) / sizeof(cases[0]));
}
