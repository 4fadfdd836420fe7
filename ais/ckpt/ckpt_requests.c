/* Client requests, their answers and events: encode and decode. */
#include "ckpt_message_parts.h"

void ckpt_open_request_encode(struct wire_writer *out, const struct ckpt_open_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->invocation);
	wire_put_bytes(out, request->name);
	wire_put_u32(out, request->flags);
	wire_put_bool(out, request->creates);
	ckpt_attributes_encode(out, &request->attributes);
}

bool ckpt_open_request_decode(struct wire_reader *in, struct ckpt_open_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->invocation = wire_get_u64(in);
	request->name = ckpt_name_decode(in);
	request->flags = wire_get_u32(in);
	request->creates = wire_get_bool(in);
	request->attributes = ckpt_attributes_decode(in);
	return wire_finish(in);
}

void ckpt_open_answer_encode(struct wire_writer *out, const struct ckpt_open_answer *answer)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, answer->open);
	wire_put_u64(out, answer->section_size_max);
}

bool ckpt_open_answer_decode(struct wire_reader *in, struct ckpt_open_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->open = wire_get_u64(in);
	answer->section_size_max = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_opened_event_encode(struct wire_writer *out, const struct ckpt_opened_event *event)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
	wire_put_u32(out, event->flags);
	ckpt_open_answer_encode(out, &event->answer);
}

bool ckpt_opened_event_decode(struct wire_reader *in, struct ckpt_opened_event *event)
{
	wire_get_format(in, CKPT_FORMAT);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	event->flags = wire_get_u32(in);
	return ckpt_open_answer_decode(in, &event->answer);
}

void ckpt_open_number_encode(struct wire_writer *out, const struct ckpt_open_number *number)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, number->open);
	wire_put_u64(out, number->invocation);
	wire_put_u64(out, number->cookie);
}

bool ckpt_open_number_decode(struct wire_reader *in, struct ckpt_open_number *number)
{
	wire_get_format(in, CKPT_FORMAT);
	number->open = wire_get_u64(in);
	number->invocation = wire_get_u64(in);
	number->cookie = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_synchronized_event_encode(struct wire_writer *out, const struct ckpt_synchronized_event *event)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, event->cookie);
	wire_put_u64(out, event->invocation);
	wire_put_u32(out, event->error);
}

bool ckpt_synchronized_event_decode(struct wire_reader *in, struct ckpt_synchronized_event *event)
{
	wire_get_format(in, CKPT_FORMAT);
	event->cookie = wire_get_u64(in);
	event->invocation = wire_get_u64(in);
	event->error = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_unlink_request_encode(struct wire_writer *out, const struct ckpt_unlink_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_bytes(out, request->name);
}

bool ckpt_unlink_request_decode(struct wire_reader *in, struct ckpt_unlink_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->name = ckpt_name_decode(in);
	return wire_finish(in);
}

void ckpt_retention_set_request_encode(struct wire_writer *out, const struct ckpt_retention_set_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_i64(out, request->retention_ns);
}

bool ckpt_retention_set_request_decode(struct wire_reader *in, struct ckpt_retention_set_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->retention_ns = wire_get_i64(in);
	return wire_finish(in);
}

void ckpt_status_answer_encode(struct wire_writer *out, const struct ckpt_status_answer *answer)
{
	wire_put_format(out, CKPT_FORMAT);
	ckpt_attributes_encode(out, &answer->attributes);
	wire_put_u32(out, answer->section_count);
	wire_put_u64(out, answer->memory_used);
}

bool ckpt_status_answer_decode(struct wire_reader *in, struct ckpt_status_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->attributes = ckpt_attributes_decode(in);
	answer->section_count = wire_get_u32(in);
	answer->memory_used = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_map_answer_encode(struct wire_writer *out, const struct ckpt_map_answer *answer)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, answer->generation);
	wire_put_u64(out, answer->size);
}

bool ckpt_map_answer_decode(struct wire_reader *in, struct ckpt_map_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->generation = wire_get_u64(in);
	answer->size = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_section_create_request_encode(struct wire_writer *out, const struct ckpt_section_create_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_i64(out, request->expiry_ns);
	wire_put_bytes(out, request->id);
	wire_put_bytes(out, request->initial);
}

bool ckpt_section_create_request_decode(struct wire_reader *in, struct ckpt_section_create_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->expiry_ns = wire_get_i64(in);
	request->id = ckpt_id_decode(in);
	request->initial = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_section_delete_request_encode(struct wire_writer *out, const struct ckpt_section_delete_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_bytes(out, request->id);
}

bool ckpt_section_delete_request_decode(struct wire_reader *in, struct ckpt_section_delete_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->id = ckpt_id_decode(in);
	return wire_finish(in);
}

void ckpt_expiration_set_request_encode(struct wire_writer *out, const struct ckpt_expiration_set_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_i64(out, request->expiry_ns);
	wire_put_bytes(out, request->id);
}

bool ckpt_expiration_set_request_decode(struct wire_reader *in, struct ckpt_expiration_set_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->expiry_ns = wire_get_i64(in);
	request->id = ckpt_id_decode(in);
	return wire_finish(in);
}

void ckpt_iterate_request_encode(struct wire_writer *out, const struct ckpt_iterate_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_u32(out, request->chosen);
	wire_put_i64(out, request->expiry_ns);
	wire_put_bool(out, request->started);
	wire_put_bytes(out, request->after);
	wire_put_u32(out, request->count_max);
}

bool ckpt_iterate_request_decode(struct wire_reader *in, struct ckpt_iterate_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->chosen = wire_get_u32(in);
	request->expiry_ns = wire_get_i64(in);
	request->started = wire_get_bool(in);
	request->after = ckpt_id_decode(in);
	request->count_max = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_descriptor_encode(struct wire_writer *out, const struct ckpt_descriptor *descriptor)
{
	wire_put_bytes(out, descriptor->id);
	wire_put_i64(out, descriptor->expiry_ns);
	wire_put_u64(out, descriptor->size);
	wire_put_i64(out, descriptor->last_update_ns);
}

static struct ckpt_descriptor descriptor_decode(struct wire_reader *in)
{
	struct ckpt_descriptor descriptor;

	descriptor.id = ckpt_id_decode(in);
	descriptor.expiry_ns = wire_get_i64(in);
	descriptor.size = wire_get_u64(in);
	descriptor.last_update_ns = wire_get_i64(in);
	return descriptor;
}

bool ckpt_descriptor_next(struct wire_reader *in, struct ckpt_descriptor *descriptor)
{
	if (in->left == 0)
		return false;
	*descriptor = descriptor_decode(in);
	return !in->failed;
}

static void descriptor_skip(struct wire_reader *in)
{
	(void)descriptor_decode(in);
}

void ckpt_iterate_answer_encode(struct wire_writer *out, const struct ckpt_iterate_answer *answer)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_bool(out, answer->end);
	wire_put_bytes(out, answer->resume);
	ckpt_run_encode(out, answer->count, answer->descriptors);
}

bool ckpt_iterate_answer_decode(struct wire_reader *in, struct ckpt_iterate_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->end = wire_get_bool(in);
	answer->resume = ckpt_id_decode(in);
	answer->descriptors = ckpt_run_decode(in, &answer->count, 28, CKPT_DESCRIPTORS_MAX, descriptor_skip);
	return wire_finish(in);
}

void ckpt_element_encode(struct wire_writer *out, const struct ckpt_element *element)
{
	wire_put_bytes(out, element->id);
	wire_put_u64(out, element->offset);
	wire_put_bytes(out, element->data);
}

static struct ckpt_element element_decode(struct wire_reader *in)
{
	struct ckpt_element element;

	element.id = ckpt_id_decode(in);
	element.offset = wire_get_u64(in);
	element.data = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return element;
}

bool ckpt_element_next(struct wire_reader *in, struct ckpt_element *element)
{
	if (in->left == 0)
		return false;
	*element = element_decode(in);
	return !in->failed;
}

void ckpt_element_skip(struct wire_reader *in)
{
	(void)element_decode(in);
}

void ckpt_write_request_encode(struct wire_writer *out, const struct ckpt_write_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	ckpt_run_encode(out, request->count, request->elements);
}

bool ckpt_write_request_decode(struct wire_reader *in, struct ckpt_write_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->elements = ckpt_run_decode(in, &request->count, 16, CKPT_VECTOR_MAX, ckpt_element_skip);
	return wire_finish(in);
}

void ckpt_overwrite_request_encode(struct wire_writer *out, const struct ckpt_overwrite_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	wire_put_bytes(out, request->id);
	wire_put_bytes(out, request->data);
}

bool ckpt_overwrite_request_decode(struct wire_reader *in, struct ckpt_overwrite_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->id = ckpt_id_decode(in);
	request->data = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_read_element_encode(struct wire_writer *out, const struct ckpt_read_element *element)
{
	wire_put_bytes(out, element->id);
	wire_put_u64(out, element->offset);
	wire_put_u64(out, element->size);
	wire_put_bool(out, element->whole);
}

static struct ckpt_read_element read_element_decode(struct wire_reader *in)
{
	struct ckpt_read_element element;

	element.id = ckpt_id_decode(in);
	element.offset = wire_get_u64(in);
	element.size = wire_get_u64(in);
	element.whole = wire_get_bool(in);
	return element;
}

bool ckpt_read_element_next(struct wire_reader *in, struct ckpt_read_element *element)
{
	if (in->left == 0)
		return false;
	*element = read_element_decode(in);
	return !in->failed;
}

void ckpt_read_element_skip(struct wire_reader *in)
{
	(void)read_element_decode(in);
}

void ckpt_read_request_encode(struct wire_writer *out, const struct ckpt_read_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	ckpt_run_encode(out, request->count, request->elements);
}

bool ckpt_read_request_decode(struct wire_reader *in, struct ckpt_read_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->elements = ckpt_run_decode(in, &request->count, 21, CKPT_VECTOR_MAX, ckpt_read_element_skip);
	return wire_finish(in);
}
