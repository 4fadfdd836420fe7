/* Commit and Recovery: agreement on a ring's id, the exchange of what the old ring left behind, installation (sheet §5.3, §5.4, §6). */
#include "core/totem/totem_internal.h"

#include <inttypes.h>

/* A recovery that goes on for so many rounds is given up like one whose token was lost. */
enum { RECOVERY_VISITS_MAX = 500 };

static uint64_t next_ring_seq(const struct totem *totem)
{
	const uint64_t seen = totem->ring_seq_seen > totem->ring_seq ? totem->ring_seq_seen : totem->ring_seq;

	return (totem_mutated(totem, TOTEM_MUTATION_NEW_SEQ_MAX) ? totem->ring_seq : seen) + 4;
}

static void commit_send(struct totem *totem)
{
	struct wire_writer out;
	struct totem_commit *commit = &totem->commit;

	commit->token_seq++;
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_COMMIT, totem_commit_size(commit), &out);
	if (packet == NULL)
		return;
	totem_commit_encode(&out, commit);
	totem_packet_end(packet);
	totem_token_save(totem, packet, totem->forming->successor, 0);
}

/* From here on nothing of the old ring is delivered before installation: the entry says how far this node is. */
static void entry_fill(struct totem *totem, struct totem_commit_entry *entry)
{
	const struct totem_ring *old = totem->installed;

	entry->boot = totem->boot;
	entry->old_ring = old->id;
	entry->aru = old->aru;
	entry->delivered = old->delivered;
	entry->stable = old->stable;
	entry->received = totem->received;
	totem->commit.filled++;
}

static void commit_enter(struct totem *totem, const struct node_set *members)
{
	struct totem_ring *ring = totem_ring_new(totem, totem->commit.ring, members);

	if (ring == NULL) {
		totem->outputs->failed = true;
		return;
	}
	totem->forming = ring;
	totem->state = TOTEM_COMMIT;
	totem->commit_entered++;
	totem->ring_seq = ring->id.seq;
	entry_fill(totem, &totem->commit.entries[node_set_index(members, totem->config.node)]);
	totem_timer_stop(totem, TOTEM_TIMER_JOIN);
	totem_timer_stop(totem, TOTEM_TIMER_SEND_JOIN);
	totem_timer_stop(totem, TOTEM_TIMER_CONSENSUS);
	totem_token_forget(totem);
	if (totem_mutated(totem, TOTEM_MUTATION_NO_LOSS_IN_COMMIT))
		totem_timer_stop(totem, TOTEM_TIMER_TOKEN_LOSS);
	else
		totem_timer_start(totem, TOTEM_TIMER_TOKEN_LOSS, totem->config.token_ms);
	totem->storing_seq = ring->id.seq;
	if (totem_mutated(totem, TOTEM_MUTATION_RING_SEQ_REUSED))
		totem_on_stored(totem, ring->id.seq);
	else
		totem_output_store(totem->outputs, ring->id.seq); /* the commit token waits for it */
}

void totem_commit_create(struct totem *totem, const struct node_set *members)
{
	totem->commit = (struct totem_commit){
		.ring = {.representative = totem->config.node, .seq = next_ring_seq(totem)}, .count = members->count,
	};
	for (size_t i = 0; i < members->count; i++)
		totem->commit.entries[i].node = members->ids[i];
	commit_enter(totem, members);
}

static void transitional_find(struct totem *totem)
{
	struct totem_recovery *recovery = &totem->recovery;

	for (size_t i = 0; i < totem->commit.count; i++) {
		const struct totem_commit_entry *entry = &totem->commit.entries[i];
		totem->forming->boots[i] = entry->boot;
		const bool same = totem_mutated(totem, TOTEM_MUTATION_TRANSITIONAL_BY_NAME) ?
			node_set_has(&totem->installed->members, entry->node) : ring_id_equal(entry->old_ring, totem->installed->id);
		if (same)
			node_set_add(&recovery->transitional, entry->node);
	}
}

/* True: everybody of the old ring came to hold everything in one and the same earlier attempt, so nothing is to be exchanged. */
static bool all_received(const struct totem *totem)
{
	if (ring_id_is_none(totem->received) || !node_set_subset(&totem->recovery.transitional, &totem->obligation))
		return false;
	for (size_t i = 0; i < totem->commit.count; i++) {
		const struct totem_commit_entry *entry = &totem->commit.entries[i];
		if (node_set_has(&totem->recovery.transitional, entry->node) && !ring_id_equal(entry->received, totem->received))
			return false;
	}
	return true;
}

static void recovery_prepare(struct totem *totem)
{
	struct totem_recovery *recovery = &totem->recovery;
	struct totem_ring *old = totem->installed;
	uint64_t low = UINT64_MAX;

	*recovery = (struct totem_recovery){.entry_aru = old->aru};
	transitional_find(totem);
	for (size_t i = 0; i < totem->commit.count; i++) {
		const struct totem_commit_entry *entry = &totem->commit.entries[i];
		if (!node_set_has(&recovery->transitional, entry->node))
			continue;
		recovery->high_delivered = entry->delivered > recovery->high_delivered ? entry->delivered : recovery->high_delivered;
		if (!totem_mutated(totem, TOTEM_MUTATION_FULL_LINE_OWN) || entry->node == totem->config.node)
			recovery->full_line = entry->stable > recovery->full_line ? entry->stable : recovery->full_line;
		low = entry->aru < low ? entry->aru : low;
	}
	if (all_received(totem)) {
		recovery->next = old->window.high + 1;
		if (totem_mutated(totem, TOTEM_MUTATION_OBLIGATION_SKIPPED))
			totem->obligation = recovery->transitional;
		return;
	}
	if (!totem_mutated(totem, TOTEM_MUTATION_RECEIVED_MIXED))
		totem->received = (struct ring_id){0};
	totem->obligation = recovery->transitional;
	recovery->next = low + 1;
	for (uint64_t seq = old->window.base + 1; seq <= old->window.high; seq++) {
		struct totem_slot *slot = totem_window_slot(&old->window, seq);
		if (slot != NULL)
			slot->offered = false;
	}
}

static bool recovery_pending(struct totem *totem)
{
	struct totem_recovery *recovery = &totem->recovery;
	const struct totem_window *window = &totem->installed->window;

	for (; recovery->next <= window->high; recovery->next++) {
		const struct totem_slot *slot = totem_window_slot(window, recovery->next);
		if (slot != NULL && slot->packet != NULL && !slot->offered)
			return true;
	}
	return false;
}

uint32_t totem_recovery_waiting(struct totem *totem)
{
	const struct totem_window *window = &totem->installed->window;
	uint32_t waiting = 0;

	if (!recovery_pending(totem))
		return 0;
	for (uint64_t seq = totem->recovery.next; seq <= window->high && waiting < totem->config.messages_max; seq++) {
		const struct totem_slot *slot = totem_window_slot(window, seq);
		waiting += slot != NULL && slot->packet != NULL && !slot->offered;
	}
	return waiting;
}

static bool encapsulated_send(struct totem *totem, struct totem_ring *ring, struct totem_token *token, const struct totem_slot *slot)
{
	const struct bytes body =
		bytes_of(slot->packet->data + TOTEM_PACKET_HEADER_SIZE, slot->packet->size - TOTEM_PACKET_HEADER_SIZE);
	struct wire_writer out;

	if (totem_window_reserve(&ring->window, token->seq + 1) == NULL)
		return false;
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_DATA, TOTEM_DATA_HEADER_SIZE + body.size, &out);
	if (packet == NULL)
		return false;
	const struct totem_data data = {
		.ring = ring->id, .seq = ++token->seq, .originator = totem->config.node, .round = ring->round,
		.flags = TOTEM_DATA_ENCAPSULATED, .payload = bytes_of(packet->data + TOTEM_DATA_HEADER_SIZE, body.size),
	};
	totem_data_encode(&out, &data);
	wire_put_raw(&out, body.data, body.size);
	totem_packet_end(packet);
	totem_output_multicast(totem->outputs, packet);
	totem_window_store(&ring->window, &data, packet);
	return true;
}

uint32_t totem_recovery_send(struct totem *totem, struct totem_ring *ring, struct totem_token *token, uint32_t allowance)
{
	uint32_t sent = 0;

	while (sent < allowance && recovery_pending(totem)) {
		struct totem_slot *slot = totem_window_slot(&totem->installed->window, totem->recovery.next);
		if (!encapsulated_send(totem, ring, token, slot))
			break;
		slot->offered = true;
		sent++;
	}
	return sent;
}

/* §6, round counting. Three visits without anything to exchange, and everybody holding it for two: then all hold it. */
bool totem_recovery_count(struct totem *totem, struct totem_ring *ring, struct totem_token *token)
{
	struct totem_recovery *recovery = &totem->recovery;
	const bool pending = recovery_pending(totem);

	if (pending && !token->retransmitting) {
		token->retransmitting = true;
		recovery->flag_is_mine = true;
	} else if (!pending && token->retransmitting && recovery->flag_is_mine) {
		token->retransmitting = false;
		recovery->flag_is_mine = false;
	}
	recovery->clean_visits = token->retransmitting ? 0 : recovery->clean_visits + 1;
	if (recovery->clean_visits == 2) {
		recovery->install_seq = token->seq;
		recovery->install_known = true;
	}
	const bool all_held = totem_mutated(totem, TOTEM_MUTATION_RECEIVED_BY_GAP) ?
		totem->installed->aru == totem->installed->window.high : recovery->clean_visits >= 2 && ring->aru >= recovery->install_seq;
	if (all_held && ring_id_is_none(totem->received)) {
		totem->received = ring->id;
		totem->obligation = recovery->transitional;
	}
	if (totem_mutated(totem, TOTEM_MUTATION_INSTALL_EARLY))
		return recovery->clean_visits >= 2 && token->aru >= recovery->install_seq;
	recovery->ready_visits =
		recovery->clean_visits >= 3 && token->aru >= recovery->install_seq ? recovery->ready_visits + 1 : 0;
	if (++recovery->visits > RECOVERY_VISITS_MAX && recovery->ready_visits < 2) {
		totem_gather(totem, TOTEM_GATHER_RECOVERY_LOST);
		return false;
	}
	return recovery->ready_visits >= 2;
}

/* Keeps an old-ring packet that came wrapped, as if it had been received then. */
static void old_packet_keep(struct totem *totem, struct bytes body)
{
	struct totem_ring *old = totem->installed;
	struct wire_reader in = wire_reader_of(body);
	struct totem_data inner;

	if (!totem_data_decode(&in, &inner) || !ring_id_equal(inner.ring, old->id) || (inner.flags & TOTEM_DATA_ENCAPSULATED) != 0)
		return;
	if (!totem_window_holds(&old->window, inner.seq)) {
		struct wire_writer out;
		struct totem_buffer *packet =
			totem_packet_begin(totem, TOTEM_PACKET_DATA, TOTEM_PACKET_HEADER_SIZE + body.size, &out);
		if (packet == NULL)
			return;
		wire_put_raw(&out, body.data, body.size);
		inner.payload.data = packet->data + TOTEM_PACKET_HEADER_SIZE + (inner.payload.data - body.data);
		if (totem_ring_store(totem, old, &inner, packet))
			totem_window_slot(&old->window, inner.seq)->recovered = true;
	}
	struct totem_slot *slot = totem_window_slot(&old->window, inner.seq);
	if (slot != NULL)
		slot->offered = true;
}

void totem_recovery_data(struct totem *totem, const struct totem_data *data, struct bytes packet)
{
	struct totem_ring *ring = totem->forming;

	/* Nobody may send its own messages before all have installed: such a packet is treated as lost. */
	if ((data->flags & TOTEM_DATA_ENCAPSULATED) == 0 || totem_window_holds(&ring->window, data->seq)) {
		totem->packets_dropped++;
		return;
	}
	struct totem_buffer *copy = totem_buffer_copy(packet);
	if (copy == NULL)
		return;
	struct totem_data stored = *data;
	stored.payload.data = copy->data + (data->payload.data - packet.data);
	if (totem_ring_store(totem, ring, &stored, copy))
		old_packet_keep(totem, data->payload);
}

static void recovered_drop(struct totem *totem)
{
	struct totem_ring *old = totem->installed;

	for (uint64_t seq = totem->recovery.entry_aru + 1; seq <= old->window.high; seq++) {
		struct totem_slot *slot = totem_window_slot(&old->window, seq);
		if (slot == NULL || !slot->recovered)
			continue;
		totem_buffer_release(slot->packet);
		*slot = (struct totem_slot){0};
	}
	old->aru = totem->recovery.entry_aru;
}

/* The attempt fails: the new ring's packets go, what it brought of the old ring stays, and so does what this node owes (§6). */
void totem_attempt_abandon(struct totem *totem)
{
	if (totem_mutated(totem, TOTEM_MUTATION_RECOVERED_DROPPED) && totem->state == TOTEM_RECOVERY)
		recovered_drop(totem);
	if (totem_mutated(totem, TOTEM_MUTATION_OLD_STATE_OVERWRITTEN) && totem->state == TOTEM_RECOVERY)
		totem->installed->id = totem->forming->id;
	memmove(totem->abandoned + 1, totem->abandoned, (TOTEM_ABANDONED_MAX - 1) * sizeof(totem->abandoned[0]));
	totem->abandoned[0] = totem->forming->id;
	totem_ring_free(totem->forming);
	totem->forming = NULL;
	totem->storing_seq = 0;
}

static void operational_enter(struct totem *totem, struct totem_ring *ring)
{
	totem->installed = ring;
	totem->forming = NULL;
	totem->state = TOTEM_OPERATIONAL;
	totem->operational_entered++;
	totem->proc = ring->members;
	totem->fail.count = 0;
	totem->leavers.count = 0;
	totem->obligation.count = 0;
	if (!totem_mutated(totem, TOTEM_MUTATION_RECEIVED_KEPT))
		totem->received = (struct ring_id){0};
	totem->gather_count = 0;
	totem->consensus_reached = false;
	totem_queue_restart(&totem->queue);
	totem_queue_directs_drop(&totem->queue);
	totem_yield_forget(totem, &ring->members);
	totem_timer_start(totem, TOTEM_TIMER_MERGE, totem->config.merge_ms);
	if (ring->members.count > 1)
		return;
	totem_timer_stop(totem, TOTEM_TIMER_TOKEN_LOSS);
	totem->fresh = true;
	totem_output_fresh(totem->outputs, INT64_MAX);
	totem_on_work(totem);
}

void totem_install(struct totem *totem)
{
	struct totem_ring *old = totem->installed, *ring = totem->forming;

	totem_transition(totem, old, ring);
	if (totem->recovery.install_known)
		ring->delivered = totem->recovery.install_seq;
	totem_ring_free(old);
	operational_enter(totem, ring);
}

/* The first configuration of all: this node alone, under an id above all that it ever used. */
void totem_install_first(struct totem *totem)
{
	struct node_set members = {0};
	const uint32_t self = totem->config.node;

	node_set_add(&members, self);
	struct totem_ring *ring =
		totem_ring_new(totem, (struct ring_id){.representative = self, .seq = totem->ring_seq}, &members);
	if (ring == NULL) {
		totem->outputs->failed = true;
		return;
	}
	ring->boots[0] = totem->boot;
	totem_output_view(totem->outputs, &(struct group_view){
		.kind = GROUP_VIEW_REGULAR, .ring = ring->id, .members = &self, .member_count = 1, .joined = &self, .joined_count = 1,
	});
	operational_enter(totem, ring);
	totem_join_send(totem, false);
}

static void recovery_enter(struct totem *totem)
{
	totem->state = TOTEM_RECOVERY;
	totem->recovery_entered++;
	recovery_prepare(totem);
	totem_timer_start(totem, TOTEM_TIMER_TOKEN_LOSS, totem->config.token_ms);
}

void totem_on_stored(struct totem *totem, uint64_t ring_seq)
{
	if (ring_seq != totem->storing_seq)
		return;
	totem->storing_seq = 0;
	if (totem->state == TOTEM_STARTING) {
		totem_install_first(totem);
	} else if (totem->state == TOTEM_COMMIT && totem->forming->members.count == 1) {
		recovery_enter(totem);
		totem_install(totem); /* a ring of one has nobody to ask */
	} else if (totem->state == TOTEM_COMMIT) {
		commit_send(totem);
	}
}

static void commit_members(const struct totem_commit *commit, struct node_set *members)
{
	members->count = 0;
	for (size_t i = 0; i < commit->count; i++)
		node_set_add(members, commit->entries[i].node);
}

static void commit_in_gather(struct totem *totem, const struct totem_header *header, const struct totem_commit *commit)
{
	struct node_set members, wanted;

	commit_members(commit, &members);
	node_set_minus(&totem->proc, &totem->fail, &wanted);
	const int self = node_set_index(&members, totem->config.node);
	if (!node_set_equal(&members, &wanted) || commit->ring.seq <= totem->ring_seq || self < 1 || commit->filled != (uint32_t)self ||
	    header->sender != members.ids[self - 1]) {
		totem->packets_dropped++;
		return;
	}
	totem->commit = *commit;
	commit_enter(totem, &members);
}

/* Its own entry must be what this node wrote; anything else is no commit token of this attempt. */
static bool commit_is_complete(const struct totem *totem, const struct totem_header *header, const struct totem_commit *commit)
{
	const struct totem_ring *ring = totem->forming;
	const int self = node_set_index(&ring->members, totem->config.node);

	return ring_id_equal(commit->ring, ring->id) && commit->filled == commit->count && commit->count == ring->members.count &&
	       header->sender == ring->predecessor && commit->entries[self].node == totem->config.node &&
	       commit->entries[self].boot == totem->boot && ring_id_equal(commit->entries[self].old_ring, totem->installed->id) &&
	       totem->storing_seq == 0;
}

static void regular_token_start(struct totem *totem)
{
	struct totem_ring *ring = totem->forming;
	struct totem_token token = {
		.ring = ring->id, .seq = totem->config.seq_start, .aru = totem->config.seq_start, .aru_id = totem->config.node,
	};

	totem->recovery.started = true;
	totem_token_visit(totem, ring, &token);
}

void totem_on_commit(struct totem *totem, const struct totem_header *header, const struct totem_commit *commit)
{
	if (totem->state == TOTEM_GATHER) {
		commit_in_gather(totem, header, commit);
	} else if (totem->state == TOTEM_COMMIT && commit_is_complete(totem, header, commit)) {
		totem->commit = *commit;
		recovery_enter(totem);
		commit_send(totem);
	} else if (totem->state == TOTEM_RECOVERY && totem->forming->id.representative == totem->config.node &&
	           !totem->recovery.started && commit_is_complete(totem, header, commit) &&
	           (commit->token_seq >= 2 * commit->count || totem_mutated(totem, TOTEM_MUTATION_FIRST_PASS_STARTS))) {
		regular_token_start(totem);
	} else {
		totem->packets_dropped++;
	}
}
