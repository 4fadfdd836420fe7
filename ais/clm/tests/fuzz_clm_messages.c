/* Fuzzes every decoder of CLM: the first byte chooses the message; what decodes encodes to the same bytes. */
#include <assert.h>

#include "ais/clm/clm_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool track_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_track_request request;
	if (!clm_track_request_decode(in, &request))
		return false;
	clm_track_request_encode(out, &request);
	return true;
}

static bool track_stop_request_again(struct wire_reader *in, struct wire_writer *out)
{
	if (!clm_track_stop_request_decode(in))
		return false;
	clm_track_stop_request_encode(out);
	return true;
}

static bool track_stop_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_track_stop_answer answer;
	if (!clm_track_stop_answer_decode(in, &answer))
		return false;
	clm_track_stop_answer_encode(out, &answer);
	return true;
}

static bool node_get_request_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_node_get_request request;
	if (!clm_node_get_request_decode(in, &request))
		return false;
	clm_node_get_request_encode(out, &request);
	return true;
}

static bool node_get_answer_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_node node;
	if (!clm_node_get_answer_decode(in, &node))
		return false;
	clm_node_get_answer_encode(out, &node);
	return true;
}

static bool node_get_event_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_node_get_event event;
	if (!clm_node_get_event_decode(in, &event))
		return false;
	clm_node_get_event_encode(out, &event);
	return true;
}

static bool notifications_again(struct wire_reader *in, struct wire_writer *out)
{
	struct clm_notifications head;
	struct clm_entry entry;
	if (!clm_notifications_decode(in, &head))
		return false;
	clm_notifications_encode(out, &head);
	for (uint32_t i = 0; i < head.count; i++) {
		if (!clm_entry_decode(in, &entry))
			return false;
		clm_entry_encode(out, &entry);
	}
	return wire_finish(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const messages[])(struct wire_reader *in, struct wire_writer *out) = {
		track_request_again, track_stop_request_again, track_stop_answer_again, node_get_request_again, node_get_answer_again,
		node_get_event_again, notifications_again,
	};
	struct wire_writer out = {0};

	if (size == 0)
		return 0;
	struct wire_reader in = wire_reader_of(bytes_of(data + 1, size - 1));
	if (messages[data[0] % (sizeof messages / sizeof *messages)](&in, &out))
		assert(bytes_equal(wire_writer_bytes(&out), bytes_of(data + 1, size - 1)));
	wire_writer_clear(&out);
	return 0;
}
