/* What several messages of CKPT share. */
#include "ckpt_message_parts.h"

#include "saCkpt.h"

void ckpt_attributes_encode(struct wire_writer *out, const struct ckpt_attributes *attributes)
{
	wire_put_u32(out, attributes->creation_flags);
	wire_put_u64(out, attributes->checkpoint_size);
	wire_put_i64(out, attributes->retention_ns);
	wire_put_u32(out, attributes->section_count_max);
	wire_put_u64(out, attributes->section_size_max);
	wire_put_u64(out, attributes->section_id_size_max);
}

struct ckpt_attributes ckpt_attributes_decode(struct wire_reader *in)
{
	struct ckpt_attributes attributes;

	attributes.creation_flags = wire_get_u32(in);
	attributes.checkpoint_size = wire_get_u64(in);
	attributes.retention_ns = wire_get_i64(in);
	attributes.section_count_max = wire_get_u32(in);
	attributes.section_size_max = wire_get_u64(in);
	attributes.section_id_size_max = wire_get_u64(in);
	return attributes;
}

/* CKPT-007, -008, -011 to -013: the product must not wrap; exactly one of the three modes. */
bool ckpt_attributes_are_valid(const struct ckpt_attributes *attributes)
{
	const uint32_t mode = attributes->creation_flags & ~(uint32_t)SA_CKPT_CHECKPOINT_COLLOCATED;
	const bool mode_is_valid =
		mode == SA_CKPT_WR_ALL_REPLICAS || mode == SA_CKPT_WR_ACTIVE_REPLICA || mode == SA_CKPT_WR_ACTIVE_REPLICA_WEAK;
	const uint64_t size_max = attributes->section_size_max;
	const uint64_t sections_needed =
		size_max == 0 ? 0 : attributes->checkpoint_size / size_max + (attributes->checkpoint_size % size_max != 0);

	return mode_is_valid && attributes->section_count_max > 0 && attributes->retention_ns >= 0 &&
	       (size_max > 0 || attributes->checkpoint_size == 0) && sections_needed <= attributes->section_count_max;
}

/* Field by field: a struct's padding says nothing. CKPT-017 to -023. */
bool ckpt_attributes_equal(const struct ckpt_attributes *a, const struct ckpt_attributes *b)
{
	return a->creation_flags == b->creation_flags && a->checkpoint_size == b->checkpoint_size &&
	       a->retention_ns == b->retention_ns && a->section_count_max == b->section_count_max &&
	       a->section_size_max == b->section_size_max && a->section_id_size_max == b->section_id_size_max;
}

struct bytes ckpt_name_decode(struct wire_reader *in)
{
	const struct bytes name = wire_get_bytes(in, CKPT_NAME_SIZE_MAX);

	if (name.size == 0)
		wire_fail(in);
	return name;
}

struct bytes ckpt_id_decode(struct wire_reader *in)
{
	return wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX);
}

void ckpt_run_encode(struct wire_writer *out, uint32_t count, struct bytes entries)
{
	wire_put_u32(out, count);
	wire_put_raw(out, entries.data, entries.size);
}

struct bytes ckpt_run_decode(struct wire_reader *in, uint32_t *count, size_t entry_size_min, uint32_t count_max,
                             void (*skip)(struct wire_reader *in))
{
	*count = wire_get_count(in, entry_size_min, count_max);
	const struct bytes entries = wire_get_rest(in);
	struct wire_reader walk = wire_reader_of(entries);
	for (uint32_t i = 0; i < *count && !walk.failed; i++)
		skip(&walk);
	if (!wire_finish(&walk))
		wire_fail(in);
	return entries;
}

void ckpt_index_encode(struct wire_writer *out, uint32_t index)
{
	wire_put_u32(out, index);
}

bool ckpt_index_decode(struct wire_reader *in, uint32_t *index)
{
	*index = wire_get_u32(in);
	return wire_finish(in);
}
