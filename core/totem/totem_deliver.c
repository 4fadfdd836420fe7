/* Delivery in order, the stable line, and what a view change delivers where (sheet §4, §4a). */
#include "core/totem/totem_internal.h"

#include <inttypes.h>
#include <stdio.h>

static const int64_t NS_PER_MS = 1000000;

static void message_deliver(struct totem *totem, struct totem_ring *ring, uint32_t originator, struct bytes message,
                            struct totem_buffer *owner, uint64_t seq, uint32_t index)
{
	ring->complete_seq = seq;
	ring->complete_index = index;
	totem_output_deliver(totem->outputs, originator, message, owner,
	                     (struct position){.ring = ring->id, .seq = seq, .index = index});
}

/* A part of a message: the first begins an assembly, the last delivers it; what does not fit is dropped quietly. */
static void part_deliver(struct totem *totem, struct totem_ring *ring, size_t member, const struct totem_pieces *pieces, uint16_t index,
                         struct bytes part, uint64_t seq)
{
	struct totem_assembly *assembly = &ring->assemblies[member];
	const bool continued = index == 0 && pieces->continued, unfinished = index + 1 == pieces->count && pieces->unfinished;
	const uint64_t id = pieces->first_id + index;

	if (!continued) {
		if (!totem_assembly_begin(assembly, id, pieces->total, part))
			totem->outputs->failed = true; /* a node that skips one message is no member any more */
		return;
	}
	if (!totem_assembly_continue(assembly, id, pieces->offset, part) || unfinished)
		return;
	if (totem_assembly_is_complete(assembly))
		message_deliver(totem, ring, ring->members.ids[member], totem_buffer_bytes(assembly->message), assembly->message, seq, index);
	totem_assembly_drop(assembly);
}

static void packet_deliver(struct totem *totem, struct totem_ring *ring, uint64_t seq, struct totem_slot *slot)
{
	const int member = node_set_index(&ring->members, slot->originator);
	struct totem_pieces pieces;

	if ((slot->flags & TOTEM_DATA_ENCAPSULATED) == 0 && member >= 0 && totem_pieces_decode(slot->payload, &pieces)) {
		for (uint16_t i = 0; i < pieces.count; i++) {
			const struct bytes piece = totem_pieces_next(&pieces);
			const bool part = (i == 0 && pieces.continued) || (i + 1 == pieces.count && pieces.unfinished);
			if (part)
				part_deliver(totem, ring, (size_t)member, &pieces, i, piece, seq);
			else
				message_deliver(totem, ring, slot->originator, piece, slot->packet, seq, i);
		}
	}
	slot->stable_seq = ring->complete_seq;
	slot->stable_index = ring->complete_index;
}

/* In order, up to `up_to`, which this node holds without a gap. A safe message waits for the stable line, and all behind it with it. */
void totem_deliver(struct totem *totem, struct totem_ring *ring, uint64_t up_to)
{
	if (totem_mutated(totem, TOTEM_MUTATION_DELIVER_AT_RECEIPT))
		up_to = ring->window.high;
	while (ring->delivered < up_to) {
		struct totem_slot *slot = totem_window_slot(&ring->window, ring->delivered + 1);
		if (slot == NULL || slot->packet == NULL) {
			if (!totem_mutated(totem, TOTEM_MUTATION_DELIVER_AT_RECEIPT))
				return;
			ring->delivered++;
			continue;
		}
		const uint64_t safe_line = totem_mutated(totem, TOTEM_MUTATION_SAFE_ONE_VISIT) ? ring->forwarded_aru : ring->stable;
		if ((slot->flags & TOTEM_DATA_SAFE) != 0 && ring->delivered + 1 > safe_line)
			return;
		ring->delivered++;
		packet_deliver(totem, ring, ring->delivered, slot);
	}
}

/* Tells the last message that lies wholly at or below the line, once. */
void totem_stable_tell(struct totem *totem, struct totem_ring *ring, uint64_t line)
{
	if (line > ring->delivered)
		line = ring->delivered;
	const struct totem_slot *slot = totem_window_slot(&ring->window, line);
	if (slot == NULL || slot->stable_seq == 0)
		return;
	const struct position position = {.ring = ring->id, .seq = slot->stable_seq, .index = slot->stable_index};
	if (position_equal(position, ring->stable_told))
		return;
	ring->stable_told = position;
	totem_output_stable(totem->outputs, position);
}

/* Step 1: still in the old regular configuration, up to the first gap or the first safe message that no member has delivered. The cut
 * follows from the commit token and the exchanged set alone, so all members cut at the same place. */
static void regular_rest_deliver(struct totem *totem, struct totem_ring *old)
{
	const uint64_t safe_line = totem_mutated(totem, TOTEM_MUTATION_CUT_BY_OWN_LINE)        ? old->stable :
	                           totem_mutated(totem, TOTEM_MUTATION_HIGH_DELIVERED_IGNORED) ? 0 : totem->recovery.high_delivered;

	while (old->delivered < old->aru) {
		struct totem_slot *slot = totem_window_slot(&old->window, old->delivered + 1);
		if (slot == NULL || ((slot->flags & TOTEM_DATA_SAFE) != 0 && old->delivered + 1 > safe_line))
			return;
		old->delivered++;
		packet_deliver(totem, old, old->delivered, slot);
	}
}

/* Step 3: in the transitional configuration: all whose predecessors are delivered, and behind a gap what members of the obligation set
 * sent. */
static void transitional_deliver(struct totem *totem, struct totem_ring *old)
{
	bool gap = false;

	for (uint64_t seq = old->delivered + 1; seq <= old->window.high; seq++) {
		struct totem_slot *slot = totem_window_slot(&old->window, seq);
		if (slot == NULL || slot->packet == NULL) {
			gap = true;
			continue;
		}
		if (gap && !node_set_has(&totem->obligation, slot->originator) && !totem_mutated(totem, TOTEM_MUTATION_GAP_PASSED))
			continue;
		if (gap && slot->originator == totem->config.node && totem_mutated(totem, TOTEM_MUTATION_OWN_DROPPED))
			continue;
		if (slot->originator != totem->config.node && totem_mutated(totem, TOTEM_MUTATION_TRANSITIONAL_OWN_ONLY))
			continue;
		packet_deliver(totem, old, seq, slot);
	}
}

/* Who left other than by its own word may still believe in its lease: nothing is released before that is over (R16). */
static int64_t release_not_before(const struct totem *totem, const struct totem_ring *old, const struct node_set *left)
{
	const int64_t token_ms = totem->config.token_ms, consensus_ms = totem->config.consensus_ms;

	if (node_set_subset(left, &totem->leavers) || !old->forwarded)
		return 0;
	return old->forwarded_ns + (token_ms < consensus_ms ? token_ms : consensus_ms) * NS_PER_MS;
}

enum { NODES_TEXT_SIZE = 256 };

/* "1 2 3"; what does not fit is "...". */
static void nodes_text(const struct node_set *nodes, char out[NODES_TEXT_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < nodes->count; i++) {
		if (used + sizeof(" 4294967295 ...") > NODES_TEXT_SIZE) {
			snprintf(out + used, NODES_TEXT_SIZE - used, " ...");
			return;
		}
		used += (size_t)snprintf(out + used, NODES_TEXT_SIZE - used, "%s%" PRIu32, i == 0 ? "" : " ", nodes->ids[i]);
	}
}

/* One line a node that is gone. A loss is told with how long the old ring's token has been away: what there is to see of its cause here. */
static void left_log(struct totem *totem, const struct totem_ring *old, uint32_t node, const char *ring, const char *members)
{
	const int64_t silence_ms = (totem->now_ns - old->forwarded_ns) / NS_PER_MS;

	if (node_set_has(&totem->leavers, node))
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "member-left", "node %" PRIu32 " left as announced; ring %s: %s", node, ring, members);
	else if (old->forwarded)
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "member-lost", "node %" PRIu32 " lost: no token for %" PRId64 " ms; ring %s: %s", node,
		                 silence_ms, ring, members);
	else
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "member-lost", "node %" PRIu32 " lost before its ring had a token; ring %s: %s", node, ring,
		                 members);
}

static void members_log(struct totem *totem, const struct totem_ring *old, const struct totem_ring *new_ring, const struct node_set *joined,
                        const struct node_set *left)
{
	const struct ring_text ring = ring_id_text(new_ring->id);
	char members[NODES_TEXT_SIZE];

	nodes_text(&new_ring->members, members);
	totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "ring-formed", "ring %s: %zu members (%s), %zu joined, %zu left", ring.text,
	                 new_ring->members.count, members, joined->count, left->count);
	for (size_t i = 0; i < joined->count; i++)
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "member-joined", "node %" PRIu32 " joined in ring %s", joined->ids[i], ring.text);
	for (size_t i = 0; i < left->count; i++)
		left_log(totem, old, left->ids[i], ring.text, members);
}

/* The atomic step of §4: old ring to its end, transitional notice, its rest, regular notice. */
void totem_transition(struct totem *totem, struct totem_ring *old, const struct totem_ring *new_ring)
{
	const struct node_set *transitional = &totem->recovery.transitional;
	struct node_set left, joined;

	node_set_minus(&old->members, transitional, &left);
	node_set_minus(&new_ring->members, transitional, &joined);
	regular_rest_deliver(totem, old);
	totem_stable_tell(totem, old, totem->recovery.full_line);
	if (totem_mutated(totem, TOTEM_MUTATION_TRANSITIONAL_EARLY))
		transitional_deliver(totem, old);
	totem_output_view(totem->outputs, &(struct group_view){
		.kind = GROUP_VIEW_TRANSITIONAL,
		.ring = {.representative = transitional->ids[0], .seq = new_ring->id.seq - 1},
		.members = transitional->ids, .member_count = transitional->count,
		.left = left.ids, .left_count = left.count,
	});
	if (!totem_mutated(totem, TOTEM_MUTATION_TRANSITIONAL_EARLY))
		transitional_deliver(totem, old);
	totem_output_view(totem->outputs, &(struct group_view){
		.kind = GROUP_VIEW_REGULAR,
		.ring = new_ring->id,
		.members = new_ring->members.ids, .member_count = new_ring->members.count,
		.joined = joined.ids, .joined_count = joined.count,
		.left = left.ids, .left_count = left.count,
		.release_not_before_ns = release_not_before(totem, old, &left),
	});
	members_log(totem, old, new_ring, &joined, &left);
}
