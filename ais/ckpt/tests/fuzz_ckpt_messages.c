/* Fuzz target: the first byte chooses a message, the rest is fed to its decoder; what decodes is walked and written back, and must be the
 * bytes that came. */
#include <stdlib.h>

#include "ais/ckpt/ckpt_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool open_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_request message;

	if (!ckpt_open_request_decode(in, &message))
		return false;
	ckpt_open_request_encode(out, &message);
	return true;
}

static bool open_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_answer message;

	if (!ckpt_open_answer_decode(in, &message))
		return false;
	ckpt_open_answer_encode(out, &message);
	return true;
}

static bool opened_event(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_opened_event message;

	if (!ckpt_opened_event_decode(in, &message))
		return false;
	ckpt_opened_event_encode(out, &message);
	return true;
}

static bool open_number(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open_number message;

	if (!ckpt_open_number_decode(in, &message))
		return false;
	ckpt_open_number_encode(out, &message);
	return true;
}

static bool synchronized_event(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_synchronized_event message;

	if (!ckpt_synchronized_event_decode(in, &message))
		return false;
	ckpt_synchronized_event_encode(out, &message);
	return true;
}

static bool unlink_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_unlink_request message;

	if (!ckpt_unlink_request_decode(in, &message))
		return false;
	ckpt_unlink_request_encode(out, &message);
	return true;
}

static bool retention_set_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention_set_request message;

	if (!ckpt_retention_set_request_decode(in, &message))
		return false;
	ckpt_retention_set_request_encode(out, &message);
	return true;
}

static bool status_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_status_answer message;

	if (!ckpt_status_answer_decode(in, &message))
		return false;
	ckpt_status_answer_encode(out, &message);
	return true;
}

static bool section_create_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_create_request message;

	if (!ckpt_section_create_request_decode(in, &message))
		return false;
	ckpt_section_create_request_encode(out, &message);
	return true;
}

static bool section_delete_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_delete_request message;

	if (!ckpt_section_delete_request_decode(in, &message))
		return false;
	ckpt_section_delete_request_encode(out, &message);
	return true;
}

static bool expiration_set_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expiration_set_request message;

	if (!ckpt_expiration_set_request_decode(in, &message))
		return false;
	ckpt_expiration_set_request_encode(out, &message);
	return true;
}

static bool iterate_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_iterate_request message;

	if (!ckpt_iterate_request_decode(in, &message))
		return false;
	ckpt_iterate_request_encode(out, &message);
	return true;
}

static bool iterate_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_iterate_answer message;

	if (!ckpt_iterate_answer_decode(in, &message))
		return false;
	ckpt_iterate_answer_encode(out, &message);
	return true;
}

static bool write_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_write_request message;

	if (!ckpt_write_request_decode(in, &message))
		return false;
	ckpt_write_request_encode(out, &message);
	return true;
}

static bool overwrite_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_overwrite_request message;

	if (!ckpt_overwrite_request_decode(in, &message))
		return false;
	ckpt_overwrite_request_encode(out, &message);
	return true;
}

static bool read_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read_request message;

	if (!ckpt_read_request_decode(in, &message))
		return false;
	ckpt_read_request_encode(out, &message);
	return true;
}

static bool open(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_open message;

	if (!ckpt_open_decode(in, &message))
		return false;
	ckpt_open_encode(out, &message);
	return true;
}

static bool close(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_close message;

	if (!ckpt_close_decode(in, &message))
		return false;
	ckpt_close_encode(out, &message);
	return true;
}

static bool unlink(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_unlink message;

	if (!ckpt_unlink_decode(in, &message))
		return false;
	ckpt_unlink_encode(out, &message);
	return true;
}

static bool retention_set(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention_set message;

	if (!ckpt_retention_set_decode(in, &message))
		return false;
	ckpt_retention_set_encode(out, &message);
	return true;
}

static bool active_set(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_active_set message;

	if (!ckpt_active_set_decode(in, &message))
		return false;
	ckpt_active_set_encode(out, &message);
	return true;
}

static bool section_create(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_create message;

	if (!ckpt_section_create_decode(in, &message))
		return false;
	ckpt_section_create_encode(out, &message);
	return true;
}

static bool section_delete(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_section_delete message;

	if (!ckpt_section_delete_decode(in, &message))
		return false;
	ckpt_section_delete_encode(out, &message);
	return true;
}

static bool expiration_set(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expiration_set message;

	if (!ckpt_expiration_set_decode(in, &message))
		return false;
	ckpt_expiration_set_encode(out, &message);
	return true;
}

static bool write(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_write message;

	if (!ckpt_write_decode(in, &message))
		return false;
	ckpt_write_encode(out, &message);
	return true;
}

static bool overwrite(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_overwrite message;

	if (!ckpt_overwrite_decode(in, &message))
		return false;
	ckpt_overwrite_encode(out, &message);
	return true;
}

static bool synchronize(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_synchronize message;

	if (!ckpt_synchronize_decode(in, &message))
		return false;
	ckpt_synchronize_encode(out, &message);
	return true;
}

static bool expire(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_expire message;

	if (!ckpt_expire_decode(in, &message))
		return false;
	ckpt_expire_encode(out, &message);
	return true;
}

static bool retention(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_retention message;

	if (!ckpt_retention_decode(in, &message))
		return false;
	ckpt_retention_encode(out, &message);
	return true;
}

static bool read_order(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read message;

	if (!ckpt_read_decode(in, &message))
		return false;
	ckpt_read_encode(out, &message);
	return true;
}

static bool read_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_read_answer message;

	if (!ckpt_read_answer_decode(in, &message))
		return false;
	ckpt_read_answer_encode(out, &message);
	return true;
}

static bool client_gone(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_client_gone message;

	if (!ckpt_client_gone_decode(in, &message))
		return false;
	ckpt_client_gone_encode(out, &message);
	return true;
}

static bool reclaim(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_reclaim message;

	if (!ckpt_reclaim_decode(in, &message))
		return false;
	ckpt_reclaim_encode(out, &message);
	return true;
}

static bool list_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_list_request message;

	if (!ckpt_list_request_decode(in, &message))
		return false;
	ckpt_list_request_encode(out, &message);
	return true;
}

static bool list_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_list_answer message;

	if (!ckpt_list_answer_decode(in, &message))
		return false;
	ckpt_list_answer_encode(out, &message);
	return true;
}

static bool watch_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_watch_request message;

	if (!ckpt_watch_request_decode(in, &message))
		return false;
	ckpt_watch_request_encode(out, &message);
	return true;
}

static bool fetch_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_fetch_request message;

	if (!ckpt_fetch_request_decode(in, &message))
		return false;
	ckpt_fetch_request_encode(out, &message);
	return true;
}

static bool dump_request(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_dump_request message;

	if (!ckpt_dump_request_decode(in, &message))
		return false;
	ckpt_dump_request_encode(out, &message);
	return true;
}

static bool dump_answer(struct wire_reader *in, struct wire_writer *out)
{
	struct ckpt_dump_answer message;

	if (!ckpt_dump_answer_decode(in, &message))
		return false;
	ckpt_dump_answer_encode(out, &message);
	return true;
}

static bool (*const messages[])(struct wire_reader *in, struct wire_writer *out) = {
	open_request, open_answer, opened_event, open_number, synchronized_event, unlink_request, retention_set_request,
	status_answer, section_create_request, section_delete_request, expiration_set_request, iterate_request,
	iterate_answer, write_request, overwrite_request, read_request, open, close, unlink, retention_set, active_set,
	section_create, section_delete, expiration_set, write, overwrite, synchronize, expire, retention, read_order, read_answer, client_gone,
	reclaim, list_request, list_answer, dump_request, dump_answer, watch_request, fetch_request,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_writer again = {0};

	if (size == 0)
		return 0;
	const struct bytes message = bytes_of(data + 1, size - 1);
	struct wire_reader in = wire_reader_of(message);
	if (messages[data[0] % (sizeof messages / sizeof *messages)](&in, &again) && !bytes_equal(wire_writer_bytes(&again), message))
		abort();
	wire_writer_clear(&again);
	return 0;
}
