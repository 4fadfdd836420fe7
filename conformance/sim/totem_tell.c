/* Packets and events of Totem in words. */
#include "conformance/sim/totem_tell.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/totem/totem_packets.h"

static void add(struct totem_telling *telling, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What does not fit is cut: a line is for a reader. */
static void add(struct totem_telling *telling, const char *format, ...)
{
	const size_t used = strlen(telling->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(telling->text + used, sizeof(telling->text) - used, format, arguments);
	va_end(arguments);
}

static void add_nodes(struct totem_telling *telling, const char *name, const uint32_t *ids, size_t count)
{
	add(telling, " %s", name);
	for (size_t i = 0; i < count; i++)
		add(telling, "%s%" PRIu32, i == 0 ? " " : ",", ids[i]);
	if (count == 0)
		add(telling, " none");
}

static void add_to(struct totem_telling *telling, uint32_t to)
{
	if (to == 0)
		add(telling, " to all");
	else
		add(telling, " to %" PRIu32, to);
}

static void token_tell(struct totem_telling *telling, struct wire_reader *in, uint32_t to)
{
	struct totem_token token;

	if (!totem_token_decode(in, &token))
		return;
	add(telling, "token %" PRIu64, token.token_seq);
	add_to(telling, to);
	add(telling, ": ring %s seq %" PRIu64 " aru %" PRIu64 "/%" PRIu32, ring_id_text(token.ring).text, token.seq, token.aru, token.aru_id);
	for (uint16_t i = 0; i < token.request_count; i++)
		add(telling, "%s%" PRIu64, i == 0 ? " requests " : ",", token.requests[i]);
	add(telling, "%s", token.retransmitting ? " retransmitting" : "");
}

static void data_tell(struct totem_telling *telling, const struct totem_header *header, struct wire_reader *in)
{
	struct totem_data data;

	if (!totem_data_decode(in, &data))
		return;
	add(telling, "data %s.%" PRIu64 " of %" PRIu32, ring_id_text(data.ring).text, data.seq, data.originator);
	if ((data.flags & TOTEM_DATA_ENCAPSULATED) != 0) {
		struct wire_reader inside = wire_reader_of(data.payload);
		struct totem_data old;

		if (totem_data_decode(&inside, &old))
			add(telling, " wraps %s.%" PRIu64 " of %" PRIu32, ring_id_text(old.ring).text, old.seq, old.originator);
	} else if ((data.flags & TOTEM_DATA_SAFE) != 0) {
		add(telling, " safe");
	}
	if (header->sender != data.originator)
		add(telling, " again");
}

static void join_tell(struct totem_telling *telling, struct wire_reader *in)
{
	struct totem_join join;

	if (!totem_join_decode(in, &join))
		return;
	add(telling, "%s:", join.leave ? "leave" : "join");
	add_nodes(telling, "proc", join.proc.ids, join.proc.count);
	add_nodes(telling, "fail", join.fail.ids, join.fail.count);
	add(telling, " ring sequence %" PRIu64, join.ring_seq);
}

static void commit_tell(struct totem_telling *telling, struct wire_reader *in, uint32_t to)
{
	struct totem_commit commit;

	if (!totem_commit_decode(in, &commit))
		return;
	add(telling, "commit %s hop %" PRIu64, ring_id_text(commit.ring).text, commit.token_seq);
	add_to(telling, to);
	for (size_t i = 0; i < commit.count; i++) {
		const struct totem_commit_entry *entry = &commit.entries[i];
		if (i < commit.filled)
			add(telling, "; %" PRIu32 ": %s aru %" PRIu64 "%s", entry->node, ring_id_text(entry->old_ring).text, entry->aru,
			    ring_id_is_none(entry->received) ? "" : " received");
		else
			add(telling, "; %" PRIu32 ": ?", entry->node);
	}
}

struct totem_telling totem_tell_packet(struct bytes packet, uint64_t cluster, uint32_t to)
{
	struct totem_telling telling = {""};
	struct totem_header header;
	struct wire_reader in;
	struct ring_id ring;

	if (totem_header_decode(packet, cluster, &header, &in) != TOTEM_PACKET_FINE) {
		add(&telling, "%zu bytes that are no packet of this cluster", packet.size);
		return telling;
	}
	switch (header.type) {
	case TOTEM_PACKET_DATA:
		data_tell(&telling, &header, &in);
		break;
	case TOTEM_PACKET_TOKEN:
		token_tell(&telling, &in, to);
		break;
	case TOTEM_PACKET_JOIN:
		join_tell(&telling, &in);
		break;
	case TOTEM_PACKET_COMMIT:
		commit_tell(&telling, &in, to);
		break;
	default:
		if (totem_ring_packet_decode(&in, &ring))
			add(&telling, "%s: ring %s", header.type == TOTEM_PACKET_MERGE_DETECT ? "merge detect" : "hold cancel", ring_id_text(ring).text);
		break;
	}
	return telling;
}

struct totem_telling totem_tell_event(const struct group_event *event)
{
	struct totem_telling telling = {""};

	switch (event->kind) {
	case GROUP_EVENT_DELIVER:
		add(&telling, "delivers %s of %" PRIu32 ", %zu bytes", position_text(event->position).text, event->sender, event->message.size);
		break;
	case GROUP_EVENT_VIEW:
		add(&telling, "%s %s:", event->view.kind == GROUP_VIEW_REGULAR ? "regular" : "transitional", ring_id_text(event->view.ring).text);
		add_nodes(&telling, "members", event->view.members, event->view.member_count);
		add_nodes(&telling, "joined", event->view.joined, event->view.joined_count);
		add_nodes(&telling, "left", event->view.left, event->view.left_count);
		break;
	case GROUP_EVENT_STABLE:
		add(&telling, "stable %s", position_text(event->position).text);
		break;
	case GROUP_EVENT_WRITABLE:
		add(&telling, "writable again");
		break;
	case GROUP_EVENT_DIRECT:
		add(&telling, "is sent %zu bytes by %" PRIu32 " alone", event->message.size, event->sender);
		break;
	case GROUP_EVENT_FRESH:
		break;
	}
	return telling;
}
