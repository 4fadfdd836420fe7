/* Encode and decode of clm_messages.h. Each decode is the mirror of its encode and takes any bytes. */
#include "ais/clm/clm_messages.h"

/* id, family, member, boot, view, two lengths, change: what an entry takes at least. */
enum { ENTRY_SIZE_MIN = 4 + 1 + 1 + 8 + 8 + 4 + 4 + 1 };

void clm_track_request_encode(struct wire_writer *out, const struct clm_track_request *request)
{
	wire_put_format(out, CLM_FORMAT);
	wire_put_u8(out, request->flags);
	wire_put_bool(out, request->in_answer);
	wire_put_u32(out, request->capacity);
}

bool clm_track_request_decode(struct wire_reader *in, struct clm_track_request *request)
{
	wire_get_format(in, CLM_FORMAT);
	request->flags = wire_get_u8(in);
	request->in_answer = wire_get_bool(in);
	request->capacity = wire_get_u32(in);
	return wire_finish(in);
}

void clm_track_stop_request_encode(struct wire_writer *out)
{
	wire_put_format(out, CLM_FORMAT);
}

bool clm_track_stop_request_decode(struct wire_reader *in)
{
	wire_get_format(in, CLM_FORMAT);
	return wire_finish(in);
}

void clm_track_stop_answer_encode(struct wire_writer *out, const struct clm_track_stop_answer *answer)
{
	wire_put_format(out, CLM_FORMAT);
	wire_put_u64(out, answer->serial);
}

bool clm_track_stop_answer_decode(struct wire_reader *in, struct clm_track_stop_answer *answer)
{
	wire_get_format(in, CLM_FORMAT);
	answer->serial = wire_get_u64(in);
	return wire_finish(in);
}

void clm_node_get_request_encode(struct wire_writer *out, const struct clm_node_get_request *request)
{
	wire_put_format(out, CLM_FORMAT);
	wire_put_u32(out, request->id);
	wire_put_u64(out, request->invocation);
}

bool clm_node_get_request_decode(struct wire_reader *in, struct clm_node_get_request *request)
{
	wire_get_format(in, CLM_FORMAT);
	request->id = wire_get_u32(in);
	request->invocation = wire_get_u64(in);
	return wire_finish(in);
}

static void node_encode(struct wire_writer *out, const struct clm_node *node)
{
	wire_put_u32(out, node->id);
	wire_put_u8(out, node->address_family);
	wire_put_bool(out, node->member);
	wire_put_i64(out, node->boot_ns);
	wire_put_u64(out, node->initial_view);
	wire_put_bytes(out, node->address);
	wire_put_bytes(out, node->name);
}

static void node_decode(struct wire_reader *in, struct clm_node *node)
{
	node->id = wire_get_u32(in);
	node->address_family = wire_get_u8(in);
	node->member = wire_get_bool(in);
	node->boot_ns = wire_get_i64(in);
	node->initial_view = wire_get_u64(in);
	node->address = wire_get_bytes(in, SA_CLM_MAX_ADDRESS_LENGTH);
	node->name = wire_get_bytes(in, SA_MAX_NAME_LENGTH);
	if (node->address_family != 4 && node->address_family != 6)
		wire_fail(in);
}

void clm_node_get_answer_encode(struct wire_writer *out, const struct clm_node *node)
{
	wire_put_format(out, CLM_FORMAT);
	node_encode(out, node);
}

bool clm_node_get_answer_decode(struct wire_reader *in, struct clm_node *node)
{
	wire_get_format(in, CLM_FORMAT);
	node_decode(in, node);
	return wire_finish(in);
}

void clm_node_get_event_encode(struct wire_writer *out, const struct clm_node_get_event *event)
{
	wire_put_format(out, CLM_FORMAT);
	wire_put_u64(out, event->invocation);
	node_encode(out, &event->node);
}

bool clm_node_get_event_decode(struct wire_reader *in, struct clm_node_get_event *event)
{
	wire_get_format(in, CLM_FORMAT);
	event->invocation = wire_get_u64(in);
	node_decode(in, &event->node);
	return wire_finish(in);
}

void clm_notifications_encode(struct wire_writer *out, const struct clm_notifications *notifications)
{
	wire_put_format(out, CLM_FORMAT);
	wire_put_u64(out, notifications->serial);
	wire_put_u64(out, notifications->view_number);
	wire_put_u32(out, notifications->member_count);
	wire_put_u32(out, notifications->count);
}

bool clm_notifications_decode(struct wire_reader *in, struct clm_notifications *notifications)
{
	wire_get_format(in, CLM_FORMAT);
	notifications->serial = wire_get_u64(in);
	notifications->view_number = wire_get_u64(in);
	notifications->member_count = wire_get_u32(in);
	notifications->count = wire_get_count(in, ENTRY_SIZE_MIN, UINT32_MAX);
	return !in->failed;
}

void clm_entry_encode(struct wire_writer *out, const struct clm_entry *entry)
{
	node_encode(out, &entry->node);
	wire_put_u8(out, entry->change);
}

bool clm_entry_decode(struct wire_reader *in, struct clm_entry *entry)
{
	node_decode(in, &entry->node);
	entry->change = wire_get_u8(in);
	if (entry->change < SA_CLM_NODE_NO_CHANGE || entry->change > SA_CLM_NODE_RECONFIGURED)
		wire_fail(in);
	return !in->failed;
}
