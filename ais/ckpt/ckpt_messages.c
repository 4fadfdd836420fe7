#include "ckpt_messages.h"

#include "saCkpt.h"

/* --- What several messages share. --- */

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

static struct bytes name_decode(struct wire_reader *in)
{
	const struct bytes name = wire_get_bytes(in, CKPT_NAME_SIZE_MAX);

	if (name.size == 0)
		wire_fail(in);
	return name;
}

static struct bytes id_decode(struct wire_reader *in)
{
	return wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX);
}

static void run_encode(struct wire_writer *out, uint32_t count, struct bytes entries)
{
	wire_put_u32(out, count);
	wire_put_raw(out, entries.data, entries.size);
}

/* The rest of the message: exactly `count` entries. What is handed on has been walked once, so that its readers need not check again. */
static struct bytes run_decode(struct wire_reader *in, uint32_t *count, size_t entry_size_min, uint32_t count_max,
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

/* --- Client requests and their answers. --- */

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
	request->name = name_decode(in);
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
	request->name = name_decode(in);
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
	request->id = id_decode(in);
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
	request->id = id_decode(in);
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
	request->id = id_decode(in);
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
	request->after = id_decode(in);
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

	descriptor.id = id_decode(in);
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
	run_encode(out, answer->count, answer->descriptors);
}

bool ckpt_iterate_answer_decode(struct wire_reader *in, struct ckpt_iterate_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->end = wire_get_bool(in);
	answer->resume = id_decode(in);
	answer->descriptors = run_decode(in, &answer->count, 28, CKPT_DESCRIPTORS_MAX, descriptor_skip);
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

	element.id = id_decode(in);
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

static void element_skip(struct wire_reader *in)
{
	(void)element_decode(in);
}

void ckpt_write_request_encode(struct wire_writer *out, const struct ckpt_write_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	run_encode(out, request->count, request->elements);
}

bool ckpt_write_request_decode(struct wire_reader *in, struct ckpt_write_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->elements = run_decode(in, &request->count, 16, CKPT_VECTOR_MAX, element_skip);
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
	request->id = id_decode(in);
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

	element.id = id_decode(in);
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

static void read_element_skip(struct wire_reader *in)
{
	(void)read_element_decode(in);
}

void ckpt_read_request_encode(struct wire_writer *out, const struct ckpt_read_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_u64(out, request->open);
	run_encode(out, request->count, request->elements);
}

bool ckpt_read_request_decode(struct wire_reader *in, struct ckpt_read_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->open = wire_get_u64(in);
	request->elements = run_decode(in, &request->count, 21, CKPT_VECTOR_MAX, read_element_skip);
	return wire_finish(in);
}

/* --- Operations. --- */

void ckpt_open_encode(struct wire_writer *out, const struct ckpt_open *open)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, open->requester);
	wire_put_bool(out, open->async);
	wire_put_u64(out, open->invocation);
	wire_put_bytes(out, open->name);
	wire_put_u32(out, open->flags);
	wire_put_bool(out, open->creates);
	ckpt_attributes_encode(out, &open->attributes);
	wire_put_u32(out, open->replicas);
}

bool ckpt_open_decode(struct wire_reader *in, struct ckpt_open *open)
{
	wire_get_format(in, CKPT_FORMAT);
	open->requester = requester_decode(in);
	open->async = wire_get_bool(in);
	open->invocation = wire_get_u64(in);
	open->name = name_decode(in);
	open->flags = wire_get_u32(in);
	open->creates = wire_get_bool(in);
	open->attributes = ckpt_attributes_decode(in);
	open->replicas = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_close_encode(struct wire_writer *out, const struct ckpt_close *close)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, close->client);
	wire_put_u64(out, close->open);
}

bool ckpt_close_decode(struct wire_reader *in, struct ckpt_close *close)
{
	wire_get_format(in, CKPT_FORMAT);
	close->client = requester_decode(in);
	close->open = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_unlink_encode(struct wire_writer *out, const struct ckpt_unlink *unlink)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, unlink->requester);
	wire_put_bytes(out, unlink->name);
}

bool ckpt_unlink_decode(struct wire_reader *in, struct ckpt_unlink *unlink)
{
	wire_get_format(in, CKPT_FORMAT);
	unlink->requester = requester_decode(in);
	unlink->name = name_decode(in);
	return wire_finish(in);
}

void ckpt_retention_set_encode(struct wire_writer *out, const struct ckpt_retention_set *set)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
	wire_put_i64(out, set->retention_ns);
}

bool ckpt_retention_set_decode(struct wire_reader *in, struct ckpt_retention_set *set)
{
	wire_get_format(in, CKPT_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	set->retention_ns = wire_get_i64(in);
	return wire_finish(in);
}

void ckpt_active_set_encode(struct wire_writer *out, const struct ckpt_active_set *set)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
}

bool ckpt_active_set_decode(struct wire_reader *in, struct ckpt_active_set *set)
{
	wire_get_format(in, CKPT_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	return wire_finish(in);
}

void ckpt_section_create_encode(struct wire_writer *out, const struct ckpt_section_create *create)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, create->requester);
	identity_encode(out, create->checkpoint);
	wire_put_i64(out, create->expiry_ns);
	wire_put_bytes(out, create->id);
	wire_put_bytes(out, create->initial);
}

/* After a failed read every further one yields zero, so one check at the end is enough. The views point into the message. */
bool ckpt_section_create_decode(struct wire_reader *in, struct ckpt_section_create *create)
{
	wire_get_format(in, CKPT_FORMAT);
	create->requester = requester_decode(in);
	create->checkpoint = identity_decode(in);
	create->expiry_ns = wire_get_i64(in);
	create->id = id_decode(in);
	create->initial = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_section_delete_encode(struct wire_writer *out, const struct ckpt_section_delete *delete)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, delete->requester);
	identity_encode(out, delete->checkpoint);
	wire_put_bytes(out, delete->id);
}

bool ckpt_section_delete_decode(struct wire_reader *in, struct ckpt_section_delete *delete)
{
	wire_get_format(in, CKPT_FORMAT);
	delete->requester = requester_decode(in);
	delete->checkpoint = identity_decode(in);
	delete->id = id_decode(in);
	return wire_finish(in);
}

void ckpt_expiration_set_encode(struct wire_writer *out, const struct ckpt_expiration_set *set)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, set->requester);
	identity_encode(out, set->checkpoint);
	wire_put_i64(out, set->expiry_ns);
	wire_put_bytes(out, set->id);
}

bool ckpt_expiration_set_decode(struct wire_reader *in, struct ckpt_expiration_set *set)
{
	wire_get_format(in, CKPT_FORMAT);
	set->requester = requester_decode(in);
	set->checkpoint = identity_decode(in);
	set->expiry_ns = wire_get_i64(in);
	set->id = id_decode(in);
	return wire_finish(in);
}

void ckpt_write_encode(struct wire_writer *out, const struct ckpt_write *write)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, write->requester);
	identity_encode(out, write->checkpoint);
	run_encode(out, write->count, write->elements);
}

bool ckpt_write_decode(struct wire_reader *in, struct ckpt_write *write)
{
	wire_get_format(in, CKPT_FORMAT);
	write->requester = requester_decode(in);
	write->checkpoint = identity_decode(in);
	write->elements = run_decode(in, &write->count, 16, CKPT_VECTOR_MAX, element_skip);
	return wire_finish(in);
}

void ckpt_overwrite_encode(struct wire_writer *out, const struct ckpt_overwrite *overwrite)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, overwrite->requester);
	identity_encode(out, overwrite->checkpoint);
	wire_put_bytes(out, overwrite->id);
	wire_put_bytes(out, overwrite->data);
}

bool ckpt_overwrite_decode(struct wire_reader *in, struct ckpt_overwrite *overwrite)
{
	wire_get_format(in, CKPT_FORMAT);
	overwrite->requester = requester_decode(in);
	overwrite->checkpoint = identity_decode(in);
	overwrite->id = id_decode(in);
	overwrite->data = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_synchronize_encode(struct wire_writer *out, const struct ckpt_synchronize *synchronize)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, synchronize->requester);
	identity_encode(out, synchronize->checkpoint);
	wire_put_bool(out, synchronize->async);
	wire_put_u64(out, synchronize->cookie);
	wire_put_u64(out, synchronize->invocation);
}

bool ckpt_synchronize_decode(struct wire_reader *in, struct ckpt_synchronize *synchronize)
{
	wire_get_format(in, CKPT_FORMAT);
	synchronize->requester = requester_decode(in);
	synchronize->checkpoint = identity_decode(in);
	synchronize->async = wire_get_bool(in);
	synchronize->cookie = wire_get_u64(in);
	synchronize->invocation = wire_get_u64(in);
	return wire_finish(in);
}

void ckpt_expiry_encode(struct wire_writer *out, const struct ckpt_expiry *expiry)
{
	identity_encode(out, expiry->checkpoint);
	wire_put_i64(out, expiry->expiry_ns);
	wire_put_bytes(out, expiry->id);
}

static struct ckpt_expiry expiry_decode(struct wire_reader *in)
{
	struct ckpt_expiry expiry;

	expiry.checkpoint = identity_decode(in);
	expiry.expiry_ns = wire_get_i64(in);
	expiry.id = id_decode(in);
	return expiry;
}

bool ckpt_expiry_next(struct wire_reader *in, struct ckpt_expiry *expiry)
{
	if (in->left == 0)
		return false;
	*expiry = expiry_decode(in);
	return !in->failed;
}

static void expiry_skip(struct wire_reader *in)
{
	(void)expiry_decode(in);
}

void ckpt_expire_encode(struct wire_writer *out, const struct ckpt_expire *expire)
{
	wire_put_format(out, CKPT_FORMAT);
	run_encode(out, expire->count, expire->expiries);
}

bool ckpt_expire_decode(struct wire_reader *in, struct ckpt_expire *expire)
{
	wire_get_format(in, CKPT_FORMAT);
	expire->expiries = run_decode(in, &expire->count, 36, CKPT_EXPIRIES_MAX, expiry_skip);
	return wire_finish(in);
}

void ckpt_retention_encode(struct wire_writer *out, const struct ckpt_retention *retention)
{
	wire_put_format(out, CKPT_FORMAT);
	identity_encode(out, retention->checkpoint);
	position_encode(out, retention->closed);
	wire_put_i64(out, retention->due_ns);
}

bool ckpt_retention_decode(struct wire_reader *in, struct ckpt_retention *retention)
{
	wire_get_format(in, CKPT_FORMAT);
	retention->checkpoint = identity_decode(in);
	retention->closed = position_decode(in);
	retention->due_ns = wire_get_i64(in);
	return wire_finish(in);
}

void ckpt_read_encode(struct wire_writer *out, const struct ckpt_read *read)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, read->requester);
	wire_put_u32(out, read->holder);
	identity_encode(out, read->checkpoint);
	run_encode(out, read->count, read->elements);
}

bool ckpt_read_decode(struct wire_reader *in, struct ckpt_read *read)
{
	wire_get_format(in, CKPT_FORMAT);
	read->requester = requester_decode(in);
	read->holder = wire_get_u32(in);
	read->checkpoint = identity_decode(in);
	read->elements = run_decode(in, &read->count, 21, CKPT_VECTOR_MAX, read_element_skip);
	return wire_finish(in);
}

void ckpt_read_answer_encode(struct wire_writer *out, const struct ckpt_read_answer *answer)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, answer->requester);
	wire_put_u32(out, answer->code);
	wire_put_bytes(out, answer->body);
}

bool ckpt_read_answer_decode(struct wire_reader *in, struct ckpt_read_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->requester = requester_decode(in);
	answer->code = wire_get_u32(in);
	answer->body = wire_get_bytes(in, CKPT_SECTION_SIZE_MAX);
	return wire_finish(in);
}

void ckpt_client_gone_encode(struct wire_writer *out, const struct ckpt_client_gone *gone)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, gone->client);
}

bool ckpt_client_gone_decode(struct wire_reader *in, struct ckpt_client_gone *gone)
{
	wire_get_format(in, CKPT_FORMAT);
	gone->client = requester_decode(in);
	return wire_finish(in);
}

void ckpt_claim_encode(struct wire_writer *out, const struct ckpt_claim *claim)
{
	wire_put_u64(out, claim->open);
	identity_encode(out, claim->checkpoint);
	wire_put_u32(out, claim->flags);
}

static struct ckpt_claim claim_decode(struct wire_reader *in)
{
	struct ckpt_claim claim;

	claim.open = wire_get_u64(in);
	claim.checkpoint = identity_decode(in);
	claim.flags = wire_get_u32(in);
	return claim;
}

bool ckpt_claim_next(struct wire_reader *in, struct ckpt_claim *claim)
{
	if (in->left == 0)
		return false;
	*claim = claim_decode(in);
	return !in->failed;
}

static void claim_skip(struct wire_reader *in)
{
	(void)claim_decode(in);
}

void ckpt_reclaim_encode(struct wire_writer *out, const struct ckpt_reclaim *reclaim)
{
	wire_put_format(out, CKPT_FORMAT);
	requester_encode(out, reclaim->client);
	run_encode(out, reclaim->count, reclaim->claims);
}

bool ckpt_reclaim_decode(struct wire_reader *in, struct ckpt_reclaim *reclaim)
{
	wire_get_format(in, CKPT_FORMAT);
	reclaim->client = requester_decode(in);
	reclaim->claims = run_decode(in, &reclaim->count, 36, CKPT_CLIENT_OPENS_MAX, claim_skip);
	return wire_finish(in);
}

/* --- The operator's tool. --- */

void ckpt_list_request_encode(struct wire_writer *out, const struct ckpt_list_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_bool(out, request->started);
	identity_encode(out, request->after);
}

bool ckpt_list_request_decode(struct wire_reader *in, struct ckpt_list_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
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
	entry.name = name_decode(in);
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
	wire_put_format(out, CKPT_FORMAT);
	wire_put_bool(out, answer->end);
	run_encode(out, answer->count, answer->entries);
}

bool ckpt_list_answer_decode(struct wire_reader *in, struct ckpt_list_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->end = wire_get_bool(in);
	answer->entries = run_decode(in, &answer->count, 124, UINT32_MAX, list_entry_skip);
	return wire_finish(in);
}

void ckpt_dump_request_encode(struct wire_writer *out, const struct ckpt_dump_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	wire_put_bool(out, request->by_identity);
	wire_put_bytes(out, request->name);
	identity_encode(out, request->checkpoint);
	wire_put_bool(out, request->started);
	wire_put_bytes(out, request->after);
	wire_put_u32(out, request->size_max);
}

bool ckpt_dump_request_decode(struct wire_reader *in, struct ckpt_dump_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
	request->by_identity = wire_get_bool(in);
	request->name = wire_get_bytes(in, CKPT_NAME_SIZE_MAX);
	request->checkpoint = identity_decode(in);
	request->started = wire_get_bool(in);
	request->after = id_decode(in);
	request->size_max = wire_get_u32(in);
	return wire_finish(in);
}

void ckpt_watch_request_encode(struct wire_writer *out, const struct ckpt_watch_request *request)
{
	wire_put_format(out, CKPT_FORMAT);
	identity_encode(out, request->checkpoint);
	position_encode(out, request->seen);
}

bool ckpt_watch_request_decode(struct wire_reader *in, struct ckpt_watch_request *request)
{
	wire_get_format(in, CKPT_FORMAT);
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

	section.id = id_decode(in);
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
	wire_put_format(out, CKPT_FORMAT);
	identity_encode(out, answer->checkpoint);
	wire_put_bytes(out, answer->name);
	wire_put_bool(out, answer->complete);
	position_encode(out, answer->changed);
	wire_put_bool(out, answer->end);
	run_encode(out, answer->count, answer->sections);
}

bool ckpt_dump_answer_decode(struct wire_reader *in, struct ckpt_dump_answer *answer)
{
	wire_get_format(in, CKPT_FORMAT);
	answer->checkpoint = identity_decode(in);
	answer->name = name_decode(in);
	answer->complete = wire_get_bool(in);
	answer->changed = position_decode(in);
	answer->end = wire_get_bool(in);
	answer->sections = run_decode(in, &answer->count, 33, UINT32_MAX, dump_section_skip);
	return wire_finish(in);
}
