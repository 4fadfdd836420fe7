#include "core/tools/ckpt_file.h"

#include "ais/ckpt/saCkpt.h"
#include "core/base/hash.h"

static const char magic[8] = "AISCKPT"; /* its zero included */

enum { CHECKSUM_SIZE = 8, HEAD_SIZE = sizeof(magic) + 2 };

void ckpt_file_section_encode(struct wire_writer *out, const struct ckpt_file_section *section)
{
	wire_put_bytes(out, section->id);
	wire_put_i64(out, section->expiry_ns);
	wire_put_bytes(out, section->content);
}

static struct ckpt_file_section section_decode(struct wire_reader *in)
{
	struct ckpt_file_section section = {.id = wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX)};

	section.expiry_ns = wire_get_i64(in);
	section.content = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return section;
}

bool ckpt_file_section_next(struct wire_reader *in, struct ckpt_file_section *section)
{
	if (in->left == 0 || in->failed)
		return false;
	*section = section_decode(in);
	return !in->failed;
}

void ckpt_file_encode(struct wire_writer *out, const struct ckpt_file *file)
{
	const size_t begin = out->size;

	wire_put_raw(out, magic, sizeof(magic));
	wire_put_u16(out, CKPT_FILE_FORMAT);
	wire_put_bytes(out, file->name);
	ckpt_attributes_encode(out, &file->attributes);
	wire_put_i64(out, file->retention_ns);
	wire_put_i64(out, file->exported_ns);
	wire_put_bool(out, file->snapshot);
	wire_put_u32(out, file->section_count);
	wire_put_u64(out, file->sections.size);
	wire_put_raw(out, file->sections.data, file->sections.size);
	if (!out->failed)
		wire_put_u64(out, digest_bytes(CKPT_FILE_FORMAT, bytes_of(out->data + begin, out->size - begin)));
}

static bool is_checksum_good(struct bytes bytes)
{
	struct wire_reader in = wire_reader_of(bytes_of(bytes.data + bytes.size - CHECKSUM_SIZE, CHECKSUM_SIZE));

	return digest_bytes(CKPT_FILE_FORMAT, bytes_of(bytes.data, bytes.size - CHECKSUM_SIZE)) == wire_get_u64(&in);
}

/* In key order, each once, and none that the attributes forbid: what import would be refused half way. The checkpoint's size forbids none: a
 * checkpoint may hold more (CKPT-149). */
static bool sections_fit(const struct ckpt_file *file)
{
	struct wire_reader in = wire_reader_of(file->sections);
	struct ckpt_file_section section, before = {0};
	uint32_t count = 0;

	for (; ckpt_file_section_next(&in, &section); count++, before = section) {
		if (section.id.size > file->attributes.section_id_size_max || section.content.size > file->attributes.section_size_max ||
		    (count > 0 && bytes_compare(before.id, section.id) >= 0))
			return false;
	}
	return !in.failed && count == file->section_count && count <= file->attributes.section_count_max;
}

const char *ckpt_file_decode(struct bytes bytes, struct ckpt_file *file)
{
	*file = (struct ckpt_file){0};
	if (bytes.size < HEAD_SIZE + CHECKSUM_SIZE || memcmp(bytes.data, magic, sizeof(magic)) != 0)
		return "it is no exported checkpoint";
	struct wire_reader in = wire_reader_of(bytes_of(bytes.data + sizeof(magic), bytes.size - sizeof(magic) - CHECKSUM_SIZE));
	if (wire_get_u16(&in) != CKPT_FILE_FORMAT)
		return is_checksum_good(bytes) ? "it is of a younger format than this release reads" : "it is damaged: the checksum does not fit";
	if (!is_checksum_good(bytes))
		return "it is damaged: the checksum does not fit";
	file->name = wire_get_bytes(&in, CKPT_NAME_SIZE_MAX);
	file->attributes = ckpt_attributes_decode(&in);
	file->retention_ns = wire_get_i64(&in);
	file->exported_ns = wire_get_i64(&in);
	file->snapshot = wire_get_bool(&in);
	file->section_count = wire_get_u32(&in);
	const uint64_t size = wire_get_u64(&in);
	if (size == in.left)
		file->sections = wire_get_raw(&in, in.left);
	else
		wire_fail(&in);
	if (!wire_finish(&in) || file->name.size == 0 || file->retention_ns < 0 || !ckpt_attributes_are_valid(&file->attributes) ||
	    !sections_fit(file))
		return "it was not written by an export: what it says does not fit together";
	return NULL;
}
