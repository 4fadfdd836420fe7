/* Promises about the machine's inside and about what it puts on the wire (TOT-025, -033, -034, -036, -037, -051, -056, -057, -064 to
 * -067, -077, -078, -123, -124, -127, -129 to -133, -059, -084, and the lease of R16). Looks into the machines and touches nothing. */
#include "conformance/sim/check_totem_inside.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/hash.h"

void inside_clear(struct inside *inside)
{
	free(inside->installs);
	inside->installs = NULL;
}

void inside_life_begin(struct inside *inside, uint32_t node, const struct totem *totem, uint32_t life)
{
	inside->nodes[node] = (struct inside_node){.totem = totem, .life = life};
}

void inside_life_end(struct inside *inside, uint32_t node)
{
	inside->nodes[node].totem = NULL;
}

static const struct totem_ring *active_ring(const struct totem *totem)
{
	return totem->state == TOTEM_RECOVERY ? totem->forming : totem->installed;
}

static uint64_t sets_digest(const struct node_set *proc, const struct node_set *fail)
{
	uint64_t digest = digest_bytes(1, bytes_of(proc->ids, proc->count * sizeof(proc->ids[0])));

	return digest_bytes(digest, bytes_of(fail->ids, fail->count * sizeof(fail->ids[0])));
}

static void join_note(struct inside_node *node, const struct totem_header *header, struct wire_reader *in)
{
	struct totem_join join;

	if (!totem_join_decode(in, &join) || join.leave || node->join_count == INSIDE_JOINS_MAX)
		return;
	node->joins[node->join_count++] = (struct inside_join){
		.sender = header->sender, .ring_seq = join.ring_seq, .digest = sets_digest(&join.proc, &join.fail),
	};
}

/* TOT-132: a packet of the old ring that comes when its exchange is under way or over. */
static void stray_note(struct inside_node *node, struct wire_reader *in)
{
	const struct totem *totem = node->totem;
	struct totem_data data;

	if (!totem_data_decode(in, &data) || !ring_id_equal(data.ring, totem->installed->id) || totem->state == TOTEM_OPERATIONAL ||
	    (totem->state == TOTEM_GATHER && ring_id_is_none(totem->received)))
		return;
	node->watches_stray = true;
	node->stray_seq = data.seq;
	node->stray_held = totem_window_holds(&totem->installed->window, data.seq);
}

void inside_before(struct inside *inside, uint32_t id, struct bytes packet)
{
	struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;
	struct totem_header header;
	struct wire_reader in;

	node->step++;
	node->state = totem->state;
	node->operational_entered = totem->operational_entered;
	node->proc = totem->proc;
	node->fail = totem->fail;
	node->received = totem->received;
	node->watches_stray = false;
	node->holding = totem->holding;
	node->packets = 0;
	if (totem->installed == NULL)
		return;
	const struct totem_ring *active = active_ring(totem);
	node->installed = totem->installed->id;
	node->installed_aru = totem->installed->aru;
	node->installed_delivered = totem->installed->delivered;
	node->active = active->id;
	node->visits = active->visits;
	node->token_seq = active->token_seq;
	node->stable = active->stable;
	node->released = active->window.base;
	if (packet.size == 0 || totem_header_decode(packet, totem->config.cluster, &header, &in) != TOTEM_PACKET_FINE)
		return;
	if (header.type == TOTEM_PACKET_JOIN)
		join_note(node, &header, &in);
	else if (header.type == TOTEM_PACKET_DATA)
		stray_note(node, &in);
}

/* How much of the ring the node's present life holds or held; false: it never was on it (it failed meanwhile). */
static bool held_of(const struct inside_node *node, struct ring_id ring, uint64_t *aru)
{
	const struct totem *totem = node->totem;

	if (totem == NULL || totem->installed == NULL)
		return false;
	if (ring_id_equal(totem->installed->id, ring)) {
		*aru = totem->installed->aru;
		return true;
	}
	if (totem->state == TOTEM_RECOVERY && ring_id_equal(totem->forming->id, ring)) {
		*aru = totem->forming->aru;
		return true;
	}
	for (size_t i = 0; i < node->past_count; i++) {
		if (!ring_id_equal(node->past[i].ring, ring))
			continue;
		*aru = node->past[i].aru;
		return true;
	}
	return false;
}

static void check_all_hold(struct inside *inside, uint32_t id, const struct totem_ring *ring, uint64_t line, const char *promise)
{
	for (size_t m = 0; m < ring->members.count; m++) {
		const uint32_t member = ring->members.ids[m];
		uint64_t aru;
		if (member <= SIM_NODES_MAX && held_of(&inside->nodes[member], ring->id, &aru) && aru < line)
			sim_violation(inside->sim, promise, "in %s node %" PRIu32 " takes %" PRIu64 " for held by all, node %" PRIu32
			              " holds all up to %" PRIu64, ring_id_text(ring->id).text, id, line, member, aru);
	}
}

static void check_visit(struct inside *inside, uint32_t id)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct totem_ring *active = active_ring(node->totem);

	if (!ring_id_equal(active->id, node->active))
		return;
	if (active->visits > node->visits && node->visits > 0 && active->token_seq <= node->token_seq)
		sim_violation(inside->sim, "TOT-064 token-once", "node %" PRIu32 " accepts token %" PRIu64 " of %s after %" PRIu64, id,
		              active->token_seq, ring_id_text(active->id).text, node->token_seq);
	if (active->visits == node->visits && active->stable != node->stable && active->members.count > 1)
		sim_violation(inside->sim, "TOT-133 visits-move-the-line", "node %" PRIu32 " moves its stable line of %s from %" PRIu64 " to %" PRIu64
		              " without a visit", id, ring_id_text(active->id).text, node->stable, active->stable);
	if (active->stable > node->stable)
		check_all_hold(inside, id, active, active->stable, "TOT-124 stable-is-held");
	if (active->window.base > node->released)
		check_all_hold(inside, id, active, active->window.base, "TOT-066 released-is-held");
}

/* TOT-077, -078: what left in this visit, and together with the others' last visits. */
static void check_flow(struct inside *inside, uint32_t id)
{
	struct inside_node *node = &inside->nodes[id];
	const struct totem_ring *active = active_ring(node->totem);
	uint64_t all = 0;

	if (active->visits == node->visits && ring_id_equal(active->id, node->active) && node->packets == 0)
		return;
	node->visit_ring = active->id;
	node->visit_packets = node->packets;
	for (size_t m = 0; m < active->members.count; m++) {
		const struct inside_node *member = &inside->nodes[active->members.ids[m]];
		if (member->totem != NULL && ring_id_equal(member->visit_ring, active->id))
			all += member->visit_packets;
	}
	if (node->packets > node->totem->config.messages_max)
		sim_violation(inside->sim, "TOT-078 visit-maximum", "node %" PRIu32 " sends %" PRIu32 " packets in a visit of %s", id, node->packets,
		              ring_id_text(active->id).text);
	if (all > node->totem->config.window_size)
		sim_violation(inside->sim, "TOT-077 rotation-window", "in a rotation of %s %" PRIu64 " packets are sent", ring_id_text(active->id).text,
		              all);
}

/* TOT-127: the token rests only when everybody knows that everything is stable. */
static void check_hold(struct inside *inside, uint32_t id)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct totem_ring *ring = node->totem->installed;

	if (!node->totem->holding || node->holding)
		return;
	for (size_t m = 0; m < ring->members.count; m++) {
		const struct totem *other = inside->nodes[ring->members.ids[m]].totem;
		if (other != NULL && other->installed != NULL && ring_id_equal(other->installed->id, ring->id) &&
		    other->installed->stable != node->totem->held.seq)
			sim_violation(inside->sim, "TOT-127 rests-when-all-know", "node %" PRIu32 " holds the token of %s at %" PRIu64 ", node %" PRIu32
			              " knows %" PRIu64 " for stable", id, ring_id_text(ring->id).text, node->totem->held.seq, ring->members.ids[m],
			              other->installed->stable);
	}
}

static void check_old_ring(struct inside *inside, uint32_t id)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;

	if (node->state != TOTEM_GATHER && node->state != TOTEM_COMMIT && node->state != TOTEM_RECOVERY)
		return;
	if (!ring_id_equal(totem->installed->id, node->installed) || totem->installed->delivered != node->installed_delivered ||
	    totem->installed->aru < node->installed_aru)
		sim_violation(inside->sim, "TOT-057 old-ring-kept", "node %" PRIu32 ": an attempt changed what is kept of ring %s", id,
		              ring_id_text(node->installed).text);
	if (node->watches_stray && !node->stray_held && totem_window_holds(&totem->installed->window, node->stray_seq))
		sim_violation(inside->sim, "TOT-132 no-strays", "node %" PRIu32 " takes packet %" PRIu64 " of %s from the network after its exchange"
		              " has begun", id, node->stray_seq, ring_id_text(node->installed).text);
	if (!node_set_subset(&node->proc, &totem->proc) || !node_set_subset(&node->fail, &totem->fail))
		sim_violation(inside->sim, "TOT-036 sets-grow", "node %" PRIu32 ": proc or fail shrank before an installation", id);
}

static void check_consensus(struct inside *inside, uint32_t id)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;
	const uint64_t digest = sets_digest(&totem->proc, &totem->fail);

	for (size_t m = 0; m < totem->forming->members.count; m++) {
		const uint32_t member = totem->forming->members.ids[m];
		bool agreed = member == id;
		for (size_t i = 0; i < node->join_count; i++) {
			const struct inside_join *join = &node->joins[i];
			agreed = agreed || (join->sender == member && join->digest == digest);
			if (join->sender == member && join->ring_seq >= totem->forming->id.seq)
				sim_violation(inside->sim, "TOT-033 sequence-above-all", "node %" PRIu32 " makes %s, node %" PRIu32 " said %" PRIu64, id,
				              ring_id_text(totem->forming->id).text, member, join->ring_seq);
		}
		if (!agreed && node->join_count < INSIDE_JOINS_MAX)
			sim_violation(inside->sim, "TOT-037 consensus", "node %" PRIu32 " makes %s without a Join of node %" PRIu32
			              " with both sets equal", id, ring_id_text(totem->forming->id).text, member);
	}
}

/* TOT-056, -130: where all acknowledged one and the same attempt, what they owe stands. */
static void check_obligation(struct inside *inside, uint32_t id)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;
	struct node_set transitional = {0};
	bool same = !ring_id_is_none(node->received), mixed = false;

	for (size_t i = 0; i < totem->commit.count; i++) {
		const struct totem_commit_entry *entry = &totem->commit.entries[i];
		if (!ring_id_equal(entry->old_ring, totem->installed->id))
			continue;
		node_set_add(&transitional, entry->node);
		same = same && ring_id_equal(entry->received, node->received);
		mixed = mixed || !ring_id_equal(entry->received, node->received);
	}
	if (mixed && ring_id_equal(totem->received, node->received) && !ring_id_is_none(node->received))
		sim_violation(inside->sim, "TOT-130 mixed-flags-are-reset", "node %" PRIu32 " still calls %s received, others of its old ring do not",
		              id, ring_id_text(node->received).text);
	if (same && node_set_subset(&transitional, &node->obligation) && !node_set_equal(&totem->obligation, &node->obligation))
		sim_violation(inside->sim, "TOT-056 obligation", "node %" PRIu32 " forgets whom it acknowledged in %s", id,
		              ring_id_text(node->received).text);
}

static void check_install(struct inside *inside, uint32_t id)
{
	struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;
	const struct totem_ring *ring = totem->installed;

	if (!ring_id_is_none(totem->received))
		sim_violation(inside->sim, "TOT-130 received-is-reset", "node %" PRIu32 " in %s", id, ring_id_text(ring->id).text);
	if (ring->members.count == 1)
		return;
	if (totem->recovery.clean_visits < 3 || totem->recovery.ready_visits < 2)
		sim_violation(inside->sim, "TOT-123 two-visits", "node %" PRIu32 " installs %s after %" PRIu32 " clean and %" PRIu32
		              " complete visits", id, ring_id_text(ring->id).text, totem->recovery.clean_visits, totem->recovery.ready_visits);
	check_all_hold(inside, id, ring, totem->recovery.install_seq, "TOT-052 exchange-complete");
	for (size_t i = 0; i < inside->install_count; i++) {
		const struct inside_install *install = &inside->installs[i];
		if (!ring_id_equal(install->ring, ring->id))
			continue;
		if (install->install_seq != totem->recovery.install_seq)
			sim_violation(inside->sim, "TOT-123 one-install-seq", "node %" PRIu32 " installs %s at %" PRIu64 ", another at %" PRIu64, id,
			              ring_id_text(ring->id).text, totem->recovery.install_seq, install->install_seq);
		if (install->transitional != totem->recovery.transitional.ids[0])
			continue;
		if (install->high_delivered != totem->recovery.high_delivered || install->full_line != totem->recovery.full_line)
			sim_violation(inside->sim, "TOT-131 one-cut", "node %" PRIu32 " installs %s from cut %" PRIu64 " and line %" PRIu64
			              ", another of its old ring from %" PRIu64 " and %" PRIu64, id, ring_id_text(ring->id).text,
			              totem->recovery.high_delivered, totem->recovery.full_line, install->high_delivered, install->full_line);
		return;
	}
	if (inside->install_count == inside->install_capacity) {
		inside->install_capacity = inside->install_capacity == 0 ? 64 : inside->install_capacity * 2;
		inside->installs = realloc(inside->installs, inside->install_capacity * sizeof(*inside->installs));
		if (inside->installs == NULL)
			abort();
	}
	inside->installs[inside->install_count++] =
		(struct inside_install){.ring = ring->id, .transitional = totem->recovery.transitional.ids[0],
		                        .install_seq = totem->recovery.install_seq, .high_delivered = totem->recovery.high_delivered,
		                        .full_line = totem->recovery.full_line};
}

static void after_install(struct inside *inside, uint32_t id)
{
	struct inside_node *node = &inside->nodes[id];

	if (node->past_count == INSIDE_PAST_MAX) {
		memmove(node->past, node->past + 1, (INSIDE_PAST_MAX - 1) * sizeof(node->past[0]));
		node->past_count--;
	}
	if (!ring_id_is_none(node->installed))
		node->past[node->past_count++] = (struct inside_past){.ring = node->installed, .aru = node->installed_aru};
	node->join_count = 0;
	node->own_seq = node->totem->config.seq_start;
	check_install(inside, id);
}

void inside_after(struct inside *inside, uint32_t id)
{
	struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;

	if (totem == NULL || totem->installed == NULL || sim_violated(inside->sim))
		return;
	check_visit(inside, id);
	check_flow(inside, id);
	check_hold(inside, id);
	if (!ring_id_is_none(totem->received) && !ring_id_equal(totem->received, node->received)) {
		node->obligation = totem->recovery.transitional;
		if (totem->forming != NULL && (totem->recovery.clean_visits < 2 || totem->forming->aru < totem->recovery.install_seq))
			sim_violation(inside->sim, "TOT-130 received-is-true", "node %" PRIu32 " calls %s received after %" PRIu32 " clean visits", id,
			              ring_id_text(totem->received).text, totem->recovery.clean_visits);
	}
	if (totem->operational_entered != node->operational_entered) {
		after_install(inside, id);
		return;
	}
	check_old_ring(inside, id);
	if (totem->state == TOTEM_COMMIT && node->state != TOTEM_COMMIT && totem->forming->id.representative == id)
		check_consensus(inside, id);
	if (totem->state == TOTEM_RECOVERY && node->state != TOTEM_RECOVERY)
		check_obligation(inside, id);
}

/* TOT-051, -129: own messages leave only after a step that was not the installing one, and when all members have installed. */
static void check_data_out(struct inside *inside, uint32_t id, const struct totem_header *header, const struct totem_data *data)
{
	struct inside_node *node = &inside->nodes[id];

	if (data->seq > active_ring(node->totem)->window.base + TOTEM_WINDOW_SIZE)
		sim_violation(inside->sim, "TOT-084 within-the-window", "node %" PRIu32 " sends packet %" PRIu64 " of %s and has released up to %" PRIu64,
		              id, data->seq, ring_id_text(data->ring).text, active_ring(node->totem)->window.base);
	if (data->originator != id || header->sender != id || (data->flags & TOTEM_DATA_ENCAPSULATED) != 0)
		return;
	if (!ring_id_equal(node->installed, data->ring) || node->installed_step >= node->step) {
		sim_violation(inside->sim, "TOT-051 no-early-messages", "node %" PRIu32 " sends packet %" PRIu64 " of %s before the visit after its"
		              " installation", id, data->seq, ring_id_text(data->ring).text);
		return;
	}
	if (data->seq <= node->own_seq)
		return; /* sent again */
	if (node->own_seq == node->totem->config.seq_start) {
		const struct totem_ring *ring = node->totem->installed;
		for (size_t m = 0; m < ring->members.count && ring_id_equal(ring->id, data->ring); m++) {
			bool installed = false;
			for (size_t i = 0; i < inside->history->life_count && !installed; i++)
				installed = inside->history->lives[i].node == ring->members.ids[m] &&
				            life_period_find(&inside->history->lives[i], data->ring, GROUP_VIEW_REGULAR) >= 0;
			if (!installed)
				sim_violation(inside->sim, "TOT-129 all-installed", "node %" PRIu32 " sends in %s, which node %" PRIu32 " has not installed",
				              id, ring_id_text(data->ring).text, ring->members.ids[m]);
		}
	}
	node->own_seq = data->seq;
	history_packet(inside->history, node->life, data, node->installed_delivered);
}

/* TOT-065, -067. */
static void check_token_out(struct inside *inside, uint32_t id, const struct totem_token *token)
{
	const struct inside_node *node = &inside->nodes[id];
	uint64_t aru;

	if (held_of(node, token->ring, &aru) && token->aru > aru)
		sim_violation(inside->sim, "TOT-065 aru-is-held", "node %" PRIu32 " forwards aru %" PRIu64 " of %s and holds %" PRIu64, id, token->aru,
		              ring_id_text(token->ring).text, aru);
	for (uint16_t i = 0; i < token->request_count; i++) {
		bool twice = false;
		for (uint16_t k = 0; k < i; k++)
			twice = twice || token->requests[k] == token->requests[i];
		if (twice || token->requests[i] > token->seq || token->requests[i] <= active_ring(node->totem)->window.base)
			sim_violation(inside->sim, "TOT-067 requests", "node %" PRIu32 " passes on a request for %" PRIu64 " of %s: %s", id,
			              token->requests[i], ring_id_text(token->ring).text,
			              twice ? "twice in the list" : "nothing that is missing can have this number");
	}
}

void inside_packet_out(struct inside *inside, uint32_t id, struct bytes packet)
{
	struct inside_node *node = &inside->nodes[id];
	const struct totem *totem = node->totem;
	struct totem_header header;
	struct wire_reader in;

	if (totem_header_decode(packet, totem->config.cluster, &header, &in) != TOTEM_PACKET_FINE) {
		sim_violation(inside->sim, "own-packets-decode", "node %" PRIu32 " sends what it could not read", id);
		return;
	}
	if (header.type == TOTEM_PACKET_DATA) {
		struct totem_data data;
		node->packets++;
		if (packet.size > totem->config.packet_size_max)
			sim_violation(inside->sim, "TOT-059 fits-the-path", "node %" PRIu32 " sends %zu bytes, %" PRIu32 " fit", id, packet.size,
			              totem->config.packet_size_max);
		if (totem_data_decode(&in, &data))
			check_data_out(inside, id, &header, &data);
	} else if (header.type == TOTEM_PACKET_TOKEN) {
		struct totem_token token;
		if (totem_token_decode(&in, &token))
			check_token_out(inside, id, &token);
	} else if (header.type == TOTEM_PACKET_COMMIT) {
		struct totem_commit commit;
		if (totem_commit_decode(&in, &commit) && commit.ring.seq > sim_node_disk(inside->sim, id))
			sim_violation(inside->sim, "TOT-034 stored-first", "node %" PRIu32 " sends the commit token of %s, its disk has %" PRIu64, id,
			              ring_id_text(commit.ring).text, sim_node_disk(inside->sim, id));
	}
}

struct lease_watch {
	struct inside *inside;
	uint32_t excluder, excluded, life;
	struct ring_id ring;
};

/* R16: when the others may release without it, the excluded node's lease must be over. */
static void lease_check(void *context, uint64_t argument)
{
	struct lease_watch *watch = context;
	struct inside_node *node = &watch->inside->nodes[watch->excluded];
	struct sim *sim = watch->inside->sim;

	(void)argument;
	if (node->totem != NULL && node->life == watch->life && node->fresh && !ring_id_is_none(watch->ring) &&
	    ring_id_equal(node->totem->installed->id, watch->ring) && node->fresh_until_ns > sim_node_now(sim, watch->excluded))
		sim_violation(sim, "R16 lease-is-over", "node %" PRIu32 " may release without node %" PRIu32 ", which still reads under a lease of %s",
		              watch->excluder, watch->excluded, ring_id_text(watch->ring).text);
	free(watch);
}

static void lease_watch(struct inside *inside, uint32_t id, const struct group_view *view)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct life *life = &inside->history->lives[node->life];
	const int64_t wait = view->release_not_before_ns - sim_node_now(inside->sim, id);

	if (life->period_count < 3)
		return;
	for (size_t i = 0; i < view->left_count; i++) {
		const struct inside_node *left = &inside->nodes[view->left[i]];
		struct lease_watch *watch = calloc(1, sizeof(*watch));
		if (watch == NULL)
			abort();
		*watch = (struct lease_watch){.inside = inside, .excluder = id, .excluded = view->left[i], .life = left->life,
		                              .ring = life->periods[life->period_count - 3].ring};
		if (left->totem == NULL)
			free(watch);
		else
			sim_call(inside->sim, wait > 0 ? wait : 0, lease_check, watch, 0);
	}
}

/* TOT-025: a safe message in a regular configuration is at or below a line that entitles to it. */
static void check_safe_delivery(struct inside *inside, uint32_t id, const struct group_event *event)
{
	const struct inside_node *node = &inside->nodes[id];
	const struct life *life = &inside->history->lives[node->life];
	const struct totem_ring *ring = node->totem->installed;
	struct delivery delivery;

	if (life->period_count == 0 || life->periods[life->period_count - 1].kind != GROUP_VIEW_REGULAR ||
	    !history_message_read(event->message, &delivery) || !delivery.safe)
		return;
	const uint64_t line = ring_id_equal(ring->id, event->position.ring) ? ring->stable : node->totem->recovery.high_delivered;
	if (event->position.seq > line)
		sim_violation(inside->sim, "TOT-025 safe-after-two-visits", "node %" PRIu32 " delivers safe %s, the line is %" PRIu64, id,
		              position_text(event->position).text, line);
}

void inside_event(struct inside *inside, uint32_t id, const struct group_event *event)
{
	struct inside_node *node = &inside->nodes[id];

	if (event->kind == GROUP_EVENT_DELIVER) {
		check_safe_delivery(inside, id, event);
	} else if (event->kind == GROUP_EVENT_FRESH) {
		node->fresh = event->fresh_until_ns != 0;
		node->fresh_until_ns = event->fresh_until_ns;
	} else if (event->kind == GROUP_EVENT_VIEW && event->view.kind == GROUP_VIEW_REGULAR) {
		node->installed_step = node->step;
		if (event->view.ring.seq > sim_node_disk(inside->sim, id))
			sim_violation(inside->sim, "TOT-034 stored-first", "node %" PRIu32 " installs %s, its disk has %" PRIu64, id,
			              ring_id_text(event->view.ring).text, sim_node_disk(inside->sim, id));
		lease_watch(inside, id, &event->view);
	}
}
