/* Every message survives the wire as it was, and cut anywhere, or with a byte too many, it is refused. */
#include <stdio.h>
#include <stdlib.h>

#include "ais/ckpt/ckpt_messages.h"
#include "conformance/check/check.h"

/* Writes a sample; and decodes a message and writes what was understood. */
struct message {
	const char *name;
	void (*sample)(struct wire_writer *out);
	bool (*again)(struct wire_reader *in, struct wire_writer *out);
};

static const struct ckpt_attributes attributes = {
	.creation_flags = 1, .checkpoint_size = 2, .retention_ns = 3, .section_count_max = 4, .section_size_max = 5, .section_id_size_max = 6,
};
static const struct requester requester = {.node = 1, .incarnation = 2, .client = 3, .call = 4};
static const struct identity checkpoint = {.position = {.ring = {.seq = 5, .representative = 6}, .seq = 7, .index = 8}};

static struct bytes text(const char *literal)
{
	return bytes_of_text(literal);
}

/* Two entries each; the writers live as long as the program. */
static struct bytes run(struct wire_writer *out, void (*entry)(struct wire_writer *out))
{
	wire_writer_reset(out);
	entry(out);
	entry(out);
	return wire_writer_bytes(out);
}

static void element_put(struct wire_writer *out)
{
	ckpt_element_encode(out, &(struct ckpt_element){.id = text("id"), .offset = 5, .data = text("data")});
}

static void read_element_put(struct wire_writer *out)
{
	ckpt_read_element_encode(out, &(struct ckpt_read_element){.id = text("id"), .offset = 5, .size = 6, .whole = true});
}

static void descriptor_put(struct wire_writer *out)
{
	ckpt_descriptor_encode(out, &(struct ckpt_descriptor){.id = text("id"), .expiry_ns = 5, .size = 6, .last_update_ns = 7});
}

static void expiry_put(struct wire_writer *out)
{
	ckpt_expiry_encode(out, &(struct ckpt_expiry){.checkpoint = checkpoint, .expiry_ns = 5, .id = text("id")});
}

static void claim_put(struct wire_writer *out)
{
	ckpt_claim_encode(out, &(struct ckpt_claim){.open = 9, .checkpoint = checkpoint, .flags = 3});
}

static void list_entry_put(struct wire_writer *out)
{
	ckpt_list_entry_encode(out, &(struct ckpt_list_entry){.checkpoint = checkpoint, .name = text("alpha"), .unlinked = true, .complete = false, .held = true, .replicas_wanted = 2,
	                                                    .attributes = attributes, .retention_ns = 1, .retention_due_ns = 2,
	                                                    .open_count = 3, .active_node = 4, .section_count = 5, .memory_used = 6,
	                                                    .memory_held = 7, .replicas = bytes_of((const uint8_t *)"\1\0\0\0\1", 5)});
}

static void dump_section_put(struct wire_writer *out)
{
	ckpt_dump_section_encode(out, &(struct ckpt_dump_section){.id = text("id"), .expiry_ns = 5, .last_update_ns = 6, .size = 4, .present = true,
	                                                      .content = text("data")});
}

static void open_request_sample(struct wire_writer *out)
{
	ckpt_open_request_encode(out, &(struct ckpt_open_request){.invocation = 7, .name = text("alpha"), .flags = 7, .creates = true, .attributes = attributes});
}

static bool open_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_request message;

	if (!ckpt_open_request_decode(in, &message))
		return false;
	ckpt_open_request_encode(out, &message);
	return true;
}

static void open_answer_sample(struct wire_writer *out)
{
	ckpt_open_answer_encode(out, &(struct ckpt_open_answer){.open = 9, .section_size_max = UINT64_MAX});
}

static bool open_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_answer message;

	if (!ckpt_open_answer_decode(in, &message))
		return false;
	ckpt_open_answer_encode(out, &message);
	return true;
}

static void opened_event_sample(struct wire_writer *out)
{
	ckpt_opened_event_encode(out, &(struct ckpt_opened_event){.invocation = 7, .error = 1, .flags = 3, .answer = {.open = 9, .section_size_max = 5}});
}

static bool opened_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_opened_event message;

	if (!ckpt_opened_event_decode(in, &message))
		return false;
	ckpt_opened_event_encode(out, &message);
	return true;
}

static void open_number_sample(struct wire_writer *out)
{
	ckpt_open_number_encode(out, &(struct ckpt_open_number){.open = 9, .invocation = 8, .cookie = 7});
}

static bool open_number_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_number message;

	if (!ckpt_open_number_decode(in, &message))
		return false;
	ckpt_open_number_encode(out, &message);
	return true;
}

static void synchronized_event_sample(struct wire_writer *out)
{
	ckpt_synchronized_event_encode(out, &(struct ckpt_synchronized_event){.cookie = 9, .invocation = 8, .error = 12});
}

static bool synchronized_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_synchronized_event message;

	if (!ckpt_synchronized_event_decode(in, &message))
		return false;
	ckpt_synchronized_event_encode(out, &message);
	return true;
}

static void unlink_request_sample(struct wire_writer *out)
{
	ckpt_unlink_request_encode(out, &(struct ckpt_unlink_request){.name = text("alpha")});
}

static bool unlink_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_unlink_request message;

	if (!ckpt_unlink_request_decode(in, &message))
		return false;
	ckpt_unlink_request_encode(out, &message);
	return true;
}

static void retention_set_request_sample(struct wire_writer *out)
{
	ckpt_retention_set_request_encode(out, &(struct ckpt_retention_set_request){.open = 9, .retention_ns = -1});
}

static bool retention_set_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention_set_request message;

	if (!ckpt_retention_set_request_decode(in, &message))
		return false;
	ckpt_retention_set_request_encode(out, &message);
	return true;
}

static void status_answer_sample(struct wire_writer *out)
{
	ckpt_status_answer_encode(out, &(struct ckpt_status_answer){.attributes = attributes, .section_count = 3, .memory_used = 4});
}

static bool status_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_status_answer message;

	if (!ckpt_status_answer_decode(in, &message))
		return false;
	ckpt_status_answer_encode(out, &message);
	return true;
}

static void section_create_request_sample(struct wire_writer *out)
{
	ckpt_section_create_request_encode(out, &(struct ckpt_section_create_request){.open = 9, .expiry_ns = INT64_MAX, .id = text("id"), .initial = text("initial")});
}

static bool section_create_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_create_request message;

	if (!ckpt_section_create_request_decode(in, &message))
		return false;
	ckpt_section_create_request_encode(out, &message);
	return true;
}

static void section_delete_request_sample(struct wire_writer *out)
{
	ckpt_section_delete_request_encode(out, &(struct ckpt_section_delete_request){.open = 9, .id = text("id")});
}

static bool section_delete_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_delete_request message;

	if (!ckpt_section_delete_request_decode(in, &message))
		return false;
	ckpt_section_delete_request_encode(out, &message);
	return true;
}

static void expiration_set_request_sample(struct wire_writer *out)
{
	ckpt_expiration_set_request_encode(out, &(struct ckpt_expiration_set_request){.open = 9, .expiry_ns = 5, .id = text("id")});
}

static bool expiration_set_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expiration_set_request message;

	if (!ckpt_expiration_set_request_decode(in, &message))
		return false;
	ckpt_expiration_set_request_encode(out, &message);
	return true;
}

static void iterate_request_sample(struct wire_writer *out)
{
	ckpt_iterate_request_encode(out, &(struct ckpt_iterate_request){.open = 9, .chosen = 3, .expiry_ns = 5, .started = true, .after = text("id"), .count_max = 64});
}

static bool iterate_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_iterate_request message;

	if (!ckpt_iterate_request_decode(in, &message))
		return false;
	ckpt_iterate_request_encode(out, &message);
	return true;
}

static void iterate_answer_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes descriptors = run(&list, descriptor_put);

	ckpt_iterate_answer_encode(out, &(struct ckpt_iterate_answer){.end = true, .resume = text("id"), .count = 2, .descriptors = descriptors});
	wire_writer_clear(&list);
}

static bool iterate_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_iterate_answer message;

	if (!ckpt_iterate_answer_decode(in, &message))
		return false;
	ckpt_iterate_answer_encode(out, &message);
	return true;
}

static void write_request_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes elements = run(&list, element_put);

	ckpt_write_request_encode(out, &(struct ckpt_write_request){.open = 9, .count = 2, .elements = elements});
	wire_writer_clear(&list);
}

static bool write_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_write_request message;

	if (!ckpt_write_request_decode(in, &message))
		return false;
	ckpt_write_request_encode(out, &message);
	return true;
}

static void overwrite_request_sample(struct wire_writer *out)
{
	ckpt_overwrite_request_encode(out, &(struct ckpt_overwrite_request){.open = 9, .id = text("id"), .data = text("data")});
}

static bool overwrite_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_overwrite_request message;

	if (!ckpt_overwrite_request_decode(in, &message))
		return false;
	ckpt_overwrite_request_encode(out, &message);
	return true;
}

static void read_request_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes read_elements = run(&list, read_element_put);

	ckpt_read_request_encode(out, &(struct ckpt_read_request){.open = 9, .count = 2, .elements = read_elements});
	wire_writer_clear(&list);
}

static bool read_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read_request message;

	if (!ckpt_read_request_decode(in, &message))
		return false;
	ckpt_read_request_encode(out, &message);
	return true;
}

static void open_sample(struct wire_writer *out)
{
	ckpt_open_encode(out, &(struct ckpt_open){.requester = requester, .async = true, .invocation = 7, .name = text("alpha"), .flags = 7, .creates = true,
	                                    .attributes = attributes, .replicas = 3});
}

static bool open_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open message;

	if (!ckpt_open_decode(in, &message))
		return false;
	ckpt_open_encode(out, &message);
	return true;
}

static void close_sample(struct wire_writer *out)
{
	ckpt_close_encode(out, &(struct ckpt_close){.client = requester, .open = 9});
}

static bool close_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_close message;

	if (!ckpt_close_decode(in, &message))
		return false;
	ckpt_close_encode(out, &message);
	return true;
}

static void unlink_sample(struct wire_writer *out)
{
	ckpt_unlink_encode(out, &(struct ckpt_unlink){.requester = requester, .name = text("alpha")});
}

static bool unlink_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_unlink message;

	if (!ckpt_unlink_decode(in, &message))
		return false;
	ckpt_unlink_encode(out, &message);
	return true;
}

static void retention_set_sample(struct wire_writer *out)
{
	ckpt_retention_set_encode(out, &(struct ckpt_retention_set){.requester = requester, .checkpoint = checkpoint, .retention_ns = 5});
}

static bool retention_set_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention_set message;

	if (!ckpt_retention_set_decode(in, &message))
		return false;
	ckpt_retention_set_encode(out, &message);
	return true;
}

static void active_set_sample(struct wire_writer *out)
{
	ckpt_active_set_encode(out, &(struct ckpt_active_set){.requester = requester, .checkpoint = checkpoint});
}

static bool active_set_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_active_set message;

	if (!ckpt_active_set_decode(in, &message))
		return false;
	ckpt_active_set_encode(out, &message);
	return true;
}

static void section_create_sample(struct wire_writer *out)
{
	ckpt_section_create_encode(out, &(struct ckpt_section_create){.requester = requester, .checkpoint = checkpoint, .expiry_ns = 5, .id = text("id"), .initial = text("x")});
}

static bool section_create_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_create message;

	if (!ckpt_section_create_decode(in, &message))
		return false;
	ckpt_section_create_encode(out, &message);
	return true;
}

static void section_delete_sample(struct wire_writer *out)
{
	ckpt_section_delete_encode(out, &(struct ckpt_section_delete){.requester = requester, .checkpoint = checkpoint, .id = text("id")});
}

static bool section_delete_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_delete message;

	if (!ckpt_section_delete_decode(in, &message))
		return false;
	ckpt_section_delete_encode(out, &message);
	return true;
}

static void expiration_set_sample(struct wire_writer *out)
{
	ckpt_expiration_set_encode(out, &(struct ckpt_expiration_set){.requester = requester, .checkpoint = checkpoint, .expiry_ns = 5, .id = text("id")});
}

static bool expiration_set_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expiration_set message;

	if (!ckpt_expiration_set_decode(in, &message))
		return false;
	ckpt_expiration_set_encode(out, &message);
	return true;
}

static void write_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes elements = run(&list, element_put);

	ckpt_write_encode(out, &(struct ckpt_write){.requester = requester, .checkpoint = checkpoint, .count = 2, .elements = elements});
	wire_writer_clear(&list);
}

static bool write_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_write message;

	if (!ckpt_write_decode(in, &message))
		return false;
	ckpt_write_encode(out, &message);
	return true;
}

static void overwrite_sample(struct wire_writer *out)
{
	ckpt_overwrite_encode(out, &(struct ckpt_overwrite){.requester = requester, .checkpoint = checkpoint, .id = text("id"), .data = text("data")});
}

static bool overwrite_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_overwrite message;

	if (!ckpt_overwrite_decode(in, &message))
		return false;
	ckpt_overwrite_encode(out, &message);
	return true;
}

static void synchronize_sample(struct wire_writer *out)
{
	ckpt_synchronize_encode(out, &(struct ckpt_synchronize){.requester = requester, .checkpoint = checkpoint, .async = true, .cookie = 9, .invocation = 8});
}

static bool synchronize_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_synchronize message;

	if (!ckpt_synchronize_decode(in, &message))
		return false;
	ckpt_synchronize_encode(out, &message);
	return true;
}

static void expire_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes expiries = run(&list, expiry_put);

	ckpt_expire_encode(out, &(struct ckpt_expire){.count = 2, .expiries = expiries});
	wire_writer_clear(&list);
}

static bool expire_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expire message;

	if (!ckpt_expire_decode(in, &message))
		return false;
	ckpt_expire_encode(out, &message);
	return true;
}

static void retention_sample(struct wire_writer *out)
{
	ckpt_retention_encode(out, &(struct ckpt_retention){.checkpoint = checkpoint, .closed = checkpoint.position, .due_ns = 5});
}

static bool retention_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention message;

	if (!ckpt_retention_decode(in, &message))
		return false;
	ckpt_retention_encode(out, &message);
	return true;
}

static void read_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes read_elements = run(&list, read_element_put);

	ckpt_read_encode(out, &(struct ckpt_read){
		.requester = requester, .holder = 3, .checkpoint = checkpoint, .count = 2, .elements = read_elements});
	wire_writer_clear(&list);
}

static bool read_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read message;

	if (!ckpt_read_decode(in, &message))
		return false;
	ckpt_read_encode(out, &message);
	return true;
}

static void read_answer_sample(struct wire_writer *out)
{
	ckpt_read_answer_encode(out, &(struct ckpt_read_answer){.requester = requester, .code = 1, .body = bytes_of_text("bytes")});
}

static bool read_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read_answer message;

	if (!ckpt_read_answer_decode(in, &message))
		return false;
	ckpt_read_answer_encode(out, &message);
	return true;
}

static void client_gone_sample(struct wire_writer *out)
{
	ckpt_client_gone_encode(out, &(struct ckpt_client_gone){.client = requester});
}

static bool client_gone_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_client_gone message;

	if (!ckpt_client_gone_decode(in, &message))
		return false;
	ckpt_client_gone_encode(out, &message);
	return true;
}

static void reclaim_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes claims = run(&list, claim_put);

	ckpt_reclaim_encode(out, &(struct ckpt_reclaim){.client = requester, .count = 2, .claims = claims});
	wire_writer_clear(&list);
}

static bool reclaim_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_reclaim message;

	if (!ckpt_reclaim_decode(in, &message))
		return false;
	ckpt_reclaim_encode(out, &message);
	return true;
}

static void list_request_sample(struct wire_writer *out)
{
	ckpt_list_request_encode(out, &(struct ckpt_list_request){.started = true, .after = checkpoint});
}

static bool list_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_list_request message;

	if (!ckpt_list_request_decode(in, &message))
		return false;
	ckpt_list_request_encode(out, &message);
	return true;
}

static void list_answer_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes entries = run(&list, list_entry_put);

	ckpt_list_answer_encode(out, &(struct ckpt_list_answer){.end = true, .count = 2, .entries = entries});
	wire_writer_clear(&list);
}

static bool list_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_list_answer message;

	if (!ckpt_list_answer_decode(in, &message))
		return false;
	ckpt_list_answer_encode(out, &message);
	return true;
}

static void dump_request_sample(struct wire_writer *out)
{
	ckpt_dump_request_encode(out, &(struct ckpt_dump_request){.by_identity = true, .name = text("alpha"), .checkpoint = checkpoint, .started = true, .after = text("id"),
	                                            .size_max = 5});
}

static bool dump_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_dump_request message;

	if (!ckpt_dump_request_decode(in, &message))
		return false;
	ckpt_dump_request_encode(out, &message);
	return true;
}

static void fetch_request_sample(struct wire_writer *out)
{
	ckpt_fetch_request_encode(out, &(struct ckpt_fetch_request){.checkpoint = checkpoint, .id = text("section")});
}

static bool fetch_request_again(struct wire_reader *in, struct wire_writer *again)
{
	struct ckpt_fetch_request request;

	if (!ckpt_fetch_request_decode(in, &request))
		return false;
	ckpt_fetch_request_encode(again, &request);
	return true;
}

static void watch_request_sample(struct wire_writer *out)
{
	ckpt_watch_request_encode(out, &(struct ckpt_watch_request){.checkpoint = checkpoint, .seen = checkpoint.position});
}

static bool watch_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_watch_request message;

	if (!ckpt_watch_request_decode(in, &message))
		return false;
	ckpt_watch_request_encode(out, &message);
	return true;
}

static void dump_answer_sample(struct wire_writer *out)
{
	struct wire_writer list = {0};
	const struct bytes sections = run(&list, dump_section_put);

	ckpt_dump_answer_encode(out, &(struct ckpt_dump_answer){.checkpoint = checkpoint, .name = text("alpha"), .complete = true, .changed = checkpoint.position, .end = false,
	                                           .count = 2, .sections = sections});
	wire_writer_clear(&list);
}

static bool dump_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_dump_answer message;

	if (!ckpt_dump_answer_decode(in, &message))
		return false;
	ckpt_dump_answer_encode(out, &message);
	return true;
}

static const struct message messages[] = {
	{"open_request", open_request_sample, open_request_again},
	{"open_answer", open_answer_sample, open_answer_again},
	{"opened_event", opened_event_sample, opened_event_again},
	{"open_number", open_number_sample, open_number_again},
	{"synchronized_event", synchronized_event_sample, synchronized_event_again},
	{"unlink_request", unlink_request_sample, unlink_request_again},
	{"retention_set_request", retention_set_request_sample, retention_set_request_again},
	{"status_answer", status_answer_sample, status_answer_again},
	{"section_create_request", section_create_request_sample, section_create_request_again},
	{"section_delete_request", section_delete_request_sample, section_delete_request_again},
	{"expiration_set_request", expiration_set_request_sample, expiration_set_request_again},
	{"iterate_request", iterate_request_sample, iterate_request_again},
	{"iterate_answer", iterate_answer_sample, iterate_answer_again},
	{"write_request", write_request_sample, write_request_again},
	{"overwrite_request", overwrite_request_sample, overwrite_request_again},
	{"read_request", read_request_sample, read_request_again},
	{"open", open_sample, open_again},
	{"close", close_sample, close_again},
	{"unlink", unlink_sample, unlink_again},
	{"retention_set", retention_set_sample, retention_set_again},
	{"active_set", active_set_sample, active_set_again},
	{"section_create", section_create_sample, section_create_again},
	{"section_delete", section_delete_sample, section_delete_again},
	{"expiration_set", expiration_set_sample, expiration_set_again},
	{"write", write_sample, write_again},
	{"overwrite", overwrite_sample, overwrite_again},
	{"synchronize", synchronize_sample, synchronize_again},
	{"expire", expire_sample, expire_again},
	{"retention", retention_sample, retention_again},
	{"read", read_sample, read_again},
	{"read_answer", read_answer_sample, read_answer_again},
	{"client_gone", client_gone_sample, client_gone_again},
	{"reclaim", reclaim_sample, reclaim_again},
	{"list_request", list_request_sample, list_request_again},
	{"list_answer", list_answer_sample, list_answer_again},
	{"dump_request", dump_request_sample, dump_request_again},
	{"fetch_request", fetch_request_sample, fetch_request_again},
	{"watch_request", watch_request_sample, watch_request_again},
	{"dump_answer", dump_answer_sample, dump_answer_again},
};
static const size_t message_count = sizeof messages / sizeof *messages;

static void what_is_written_is_read(void)
{
	for (size_t i = 0; i < message_count; i++) {
		struct wire_writer sample = {0}, again = {0};

		messages[i].sample(&sample);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&sample));
		CU_ASSERT_TRUE(messages[i].again(&in, &again));
		CU_ASSERT_TRUE(bytes_equal(wire_writer_bytes(&sample), wire_writer_bytes(&again)));
		wire_writer_clear(&sample);
		wire_writer_clear(&again);
	}
}

static bool is_refused(const struct message *message, const uint8_t *bytes, size_t size)
{
	struct wire_writer again = {0};
	uint8_t *copy = malloc(size + 1); /* of its own, so that a sanitizer sees a byte too far */

	memcpy(copy, bytes, size);
	struct wire_reader in = wire_reader_of(bytes_of(copy, size));
	const bool refused = !message->again(&in, &again);
	free(copy);
	wire_writer_clear(&again);
	return refused;
}

static void what_is_cut_or_too_long_is_refused(void)
{
	for (size_t i = 0; i < message_count; i++) {
		struct wire_writer sample = {0};

		messages[i].sample(&sample);
		for (size_t size = 0; size < sample.size; size++)
			CU_ASSERT_TRUE(is_refused(&messages[i], sample.data, size));
		wire_put_u8(&sample, 0);
		CU_ASSERT_TRUE(is_refused(&messages[i], sample.data, sample.size));
		wire_writer_clear(&sample);
	}
}

/* Format, every byte changed in turn: refused or understood, and what was understood is written back as it came. */
static void a_changed_byte_is_refused_or_means_something_else(void)
{
	for (size_t i = 0; i < message_count; i++) {
		struct wire_writer sample = {0};

		messages[i].sample(&sample);
		for (size_t at = 0; at < sample.size; at++) {
			struct wire_writer again = {0};

			sample.data[at] ^= 0x81;
			struct wire_reader in = wire_reader_of(wire_writer_bytes(&sample));
			if (messages[i].again(&in, &again))
				CU_ASSERT_TRUE(bytes_equal(wire_writer_bytes(&sample), wire_writer_bytes(&again)));
			sample.data[at] ^= 0x81;
			wire_writer_clear(&again);
		}
		wire_writer_clear(&sample);
	}
}

static void a_younger_format_is_refused(void)
{
	for (size_t i = 0; i < message_count; i++) {
		struct wire_writer sample = {0};

		messages[i].sample(&sample);
		sample.data[0]++;
		CU_ASSERT_TRUE(is_refused(&messages[i], sample.data, sample.size));
		sample.data[0] = 0;
		CU_ASSERT_TRUE(is_refused(&messages[i], sample.data, sample.size));
		wire_writer_clear(&sample);
	}
}

/* A node of before has none of what has come since: it is not understood by guess. A program with the library of before still is. */
static void an_older_format_is_refused_where_messages_have_grown(void)
{
	size_t grown = 0;

	for (size_t i = 0; i < message_count; i++) {
		struct wire_writer sample = {0};

		messages[i].sample(&sample);
		if (sample.data[0] > 1) {
			sample.data[0]--;
			CU_ASSERT_TRUE(is_refused(&messages[i], sample.data, sample.size));
			grown++;
		}
		wire_writer_clear(&sample);
	}
	CU_ASSERT_EQUAL(grown, 17 + 6); /* operations, and what the operator's tool says */
	CU_ASSERT_EQUAL(CKPT_FORMAT, 1);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"what is written is read", what_is_written_is_read},
		{"what is cut, or too long, is refused", what_is_cut_or_too_long_is_refused},
		{"a changed byte is refused or means something else", a_changed_byte_is_refused_or_means_something_else},
		{"a younger format is refused", a_younger_format_is_refused},
		{"an older format is refused where messages have grown", an_older_format_is_refused_where_messages_have_grown},
	};

	return check_run("ckpt messages", cases, sizeof cases / sizeof *cases);
}
