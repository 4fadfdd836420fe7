/* What the operator's tool asks, and the answers: encode and decode. */
#include "ckpt_message_parts.h"

void ckpt_list_request_encode(struct wire_writer *out, const struct ckpt_list_request *request)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	wire_put_bool(out, request->started);
	identity_encode(out, request->after);
}

bool ckpt_list_request_decode(struct wire_reader *in, struct ckpt_list_request *request)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	request->started = wire_get_bool(in);
	request->after = identity_decode(in);
	return wire_finish(in);
}

void ckpt_replica_encode(struct wire_writer *out, const struct ckpt_replica *replica)
{
	wire_put_u32(out, replica->node);
	wire_put_bool(out, replica->complete);
}

bool ckpt_replica_next(struct wire_reader *in, struct ckpt_replica *replica)
{
	if (in->left == 0)
		return false;
	replica->node = wire_get_u32(in);
	replica->complete = wire_get_bool(in);
	return !in->failed;
}

void ckpt_list_entry_encode(struct wire_writer *out, const struct ckpt_list_entry *entry)
{
	identity_encode(out, entry->checkpoint);
	wire_put_bytes(out, entry->name);
	wire_put_bool(out, entry->unlinked);
	wire_put_bool(out, entry->complete);
	wire_put_bool(out, entry->held);
	wire_put_u32(out, entry->replicas_wanted);
	ckpt_attributes_encode(out, &entry->attributes);
	wire_put_i64(out, entry->retention_ns);
	wire_put_i64(out, entry->retention_due_ns);
	wire_put_u32(out, entry->open_count);
	wire_put_u32(out, entry->active_node);
	wire_put_u32(out, entry->section_count);
	wire_put_u64(out, entry->memory_used);
	wire_put_u64(out, entry->memory_held);
	wire_put_bytes(out, entry->replicas);
}

static struct ckpt_list_entry list_entry_decode(struct wire_reader *in)
{
	struct ckpt_list_entry entry;

	entry.checkpoint = identity_decode(in);
	entry.name = ckpt_name_decode(in);
	entry.unlinked = wire_get_bool(in);
	entry.complete = wire_get_bool(in);
	entry.held = wire_get_bool(in);
	entry.replicas_wanted = wire_get_u32(in);
	entry.attributes = ckpt_attributes_decode(in);
	entry.retention_ns = wire_get_i64(in);
	entry.retention_due_ns = wire_get_i64(in);
	entry.open_count = wire_get_u32(in);
	entry.active_node = wire_get_u32(in);
	entry.section_count = wire_get_u32(in);
	entry.memory_used = wire_get_u64(in);
	entry.memory_held = wire_get_u64(in);
	entry.replicas = wire_get_bytes(in, CKPT_REPLICAS_SIZE_MAX);
	return entry;
}

bool ckpt_list_entry_next(struct wire_reader *in, struct ckpt_list_entry *entry)
{
	if (in->left == 0)
		return false;
	*entry = list_entry_decode(in);
	return !in->failed;
}

static void list_entry_skip(struct wire_reader *in)
{
	(void)list_entry_decode(in);
}

void ckpt_list_answer_encode(struct wire_writer *out, const struct ckpt_list_answer *answer)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	wire_put_bool(out, answer->end);
	ckpt_run_encode(out, answer->count, answer->entries);
}

bool ckpt_list_answer_decode(struct wire_reader *in, struct ckpt_list_answer *answer)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	answer->end = wire_get_bool(in);
	answer->entries = ckpt_run_decode(in, &answer->count, 124, UINT32_MAX, list_entry_skip);
	return wire_finish(in);
}

void ckpt_dump_request_encode(struct wire_writer *out, const struct ckpt_dump_request *request)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	wire_put_bool(out, request->by_identity);
	wire_put_bytes(out, request->name);
	identity_encode(out, request->checkpoint);
	wire_put_bool(out, request->started);
	wire_put_bytes(out, request->after);
	wire_put_u32(out, request->size_max);
}

bool ckpt_dump_request_decode(struct wire_reader *in, struct ckpt_dump_request *request)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	request->by_identity = wire_get_bool(in);
	request->name = wire_get_bytes(in, CKPT_NAME_SIZE_MAX);
	request->checkpoint = identity_decode(in);
	request->started = wire_get_bool(in);
	request->after = ckpt_id_decode(in);
	request->size_max = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_fetch_request_encode(struct wire_writer *out, const struct ckpt_fetch_request *request)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	identity_encode(out, request->checkpoint);
	wire_put_bytes(out, request->id);
}

bool ckpt_fetch_request_decode(struct wire_reader *in, struct ckpt_fetch_request *request)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	request->checkpoint = identity_decode(in);
	request->id = ckpt_id_decode(in);
	return wire_finish(in);
}

void ckpt_watch_request_encode(struct wire_writer *out, const struct ckpt_watch_request *request)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	identity_encode(out, request->checkpoint);
	position_encode(out, request->seen);
}

bool ckpt_watch_request_decode(struct wire_reader *in, struct ckpt_watch_request *request)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	request->checkpoint = identity_decode(in);
	request->seen = position_decode(in);
	return wire_finish(in);
}

void ckpt_dump_section_encode(struct wire_writer *out, const struct ckpt_dump_section *section)
{
	wire_put_bytes(out, section->id);
	wire_put_i64(out, section->expiry_ns);
	wire_put_i64(out, section->last_update_ns);
	wire_put_u64(out, section->size);
	wire_put_bool(out, section->present);
	wire_put_bytes(out, section->content);
}

static struct ckpt_dump_section dump_section_decode(struct wire_reader *in)
{
	struct ckpt_dump_section section;

	section.id = ckpt_id_decode(in);
	section.expiry_ns = wire_get_i64(in);
	section.last_update_ns = wire_get_i64(in);
	section.size = wire_get_u64(in);
	section.present = wire_get_bool(in);
	section.content = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return section;
}

bool ckpt_dump_section_next(struct wire_reader *in, struct ckpt_dump_section *section)
{
	if (in->left == 0)
		return false;
	*section = dump_section_decode(in);
	return !in->failed;
}

static void dump_section_skip(struct wire_reader *in)
{
	(void)dump_section_decode(in);
}

void ckpt_dump_answer_encode(struct wire_writer *out, const struct ckpt_dump_answer *answer)
{
	wire_put_format(out, CKPT_OPERATOR_FORMAT);
	identity_encode(out, answer->checkpoint);
	wire_put_bytes(out, answer->name);
	wire_put_bool(out, answer->complete);
	position_encode(out, answer->changed);
	wire_put_bool(out, answer->end);
	ckpt_run_encode(out, answer->count, answer->sections);
}

bool ckpt_dump_answer_decode(struct wire_reader *in, struct ckpt_dump_answer *answer)
{
	wire_get_format_of(in, CKPT_OPERATOR_FORMAT);
	answer->checkpoint = identity_decode(in);
	answer->name = ckpt_name_decode(in);
	answer->complete = wire_get_bool(in);
	answer->changed = position_decode(in);
	answer->end = wire_get_bool(in);
	answer->sections = ckpt_run_decode(in, &answer->count, 33, UINT32_MAX, dump_section_skip);
	return wire_finish(in);
}
