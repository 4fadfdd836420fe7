/* The token's visit: what is sent, asked for and acknowledged, in which order (sheet §3, §4a, §8). Delivery is totem_deliver.c. */
#include "core/totem/totem_internal.h"

#include <inttypes.h>
#include <stdlib.h>

static const int64_t NS_PER_MS = 1000000;
/* Own packets run at most so far ahead of the released line: what others have not released yet must still fit their windows. */
enum { ORIGINATE_AHEAD_MAX = TOTEM_WINDOW_SIZE / 2, QUIET_VISITS = 16, BULK_VISIT_DIVISOR = 2,
       DIRECT_QUIET_VISITS = 4, DIRECT_VISIT_SIZE = 60000, DIRECT_BUSY_SIZE = 17000 };

struct totem_ring *totem_ring_new(const struct totem *totem, struct ring_id id, const struct node_set *members)
{
	struct totem_ring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		return NULL;
	const uint64_t start = totem->config.seq_start;
	const size_t self = (size_t)node_set_index(members, totem->config.node);
	ring->id = id;
	ring->members = *members;
	ring->successor = members->ids[(self + 1) % members->count];
	ring->predecessor = members->ids[(self + members->count - 1) % members->count];
	totem_window_init(&ring->window, start);
	ring->aru = ring->delivered = ring->stable = ring->forwarded_aru = ring->seq = ring->idle_seq = ring->own_from = start;
	return ring;
}

void totem_ring_free(struct totem_ring *ring)
{
	if (ring == NULL)
		return;
	totem_window_clear(&ring->window);
	for (size_t i = 0; i < ring->members.count; i++)
		totem_assembly_drop(&ring->assemblies[i]);
	free(ring);
}

static void aru_advance(struct totem_ring *ring)
{
	while (ring->aru < ring->window.high && totem_window_holds(&ring->window, ring->aru + 1))
		ring->aru++;
}

bool totem_ring_store(struct totem *totem, struct totem_ring *ring, const struct totem_data *data, struct totem_buffer *packet)
{
	if (!totem_window_store(&ring->window, data, packet))
		return false;
	aru_advance(ring);
	/* Only a packet that was sent after our token shows that the successor had it (§3). */
	if (totem->saved != NULL && data->seq > totem->saved_seq && ring == (totem->forming != NULL ? totem->forming : totem->installed))
		totem_timer_stop(totem, TOTEM_TIMER_TOKEN_RETRANSMIT);
	return true;
}

/* §3, step 3. What is served is taken off the list; what everybody has is too. */
static uint32_t requests_serve(struct totem *totem, struct totem_ring *ring, struct totem_token *token, uint32_t allowance)
{
	uint16_t kept = 0;
	uint32_t sent = 0;

	for (uint16_t i = 0; i < token->request_count; i++) {
		const uint64_t seq = token->requests[i];
		const struct totem_slot *slot = totem_window_slot(&ring->window, seq);
		if (seq <= token->aru || seq <= ring->window.base || seq > token->seq)
			continue;
		if (slot == NULL || slot->packet == NULL || sent >= allowance) {
			token->requests[kept++] = seq;
			continue;
		}
		struct totem_buffer *again = totem_buffer_copy(totem_buffer_bytes(slot->packet));
		if (again == NULL) {
			token->requests[kept++] = seq;
			continue;
		}
		totem_packet_transmitter_set(again->data, again->size, totem->config.node, totem->boot);
		totem_output_multicast(totem->outputs, again);
		totem_buffer_release(again);
		totem->data_resent++;
		sent++;
	}
	token->request_count = kept;
	return sent;
}

/* Bulk has a whole visit only while nothing else goes in the ring: each of its packets makes the turn longer that all others wait for. */
static uint32_t bulk_allowance(const struct totem_ring *ring, uint32_t allowance)
{
	if (ring->others_visits >= QUIET_VISITS || allowance == 0)
		return allowance;
	return allowance > BULK_VISIT_DIVISOR ? allowance / BULK_VISIT_DIVISOR : 1;
}

/* Own messages, packed; they are in the window from the moment they have a number. */
static uint32_t messages_send(struct totem *totem, struct totem_ring *ring, struct totem_token *token, uint32_t allowance)
{
	const uint32_t bulk_max = bulk_allowance(ring, allowance);
	uint32_t sent = 0, bulk = 0;

	while (sent < allowance && token->seq < ring->window.base + ORIGINATE_AHEAD_MAX) {
		const bool is_bulk = totem_queue_bulk_is_next(&totem->queue);
		bool safe;

		if (is_bulk && bulk++ == bulk_max)
			break;
		if (totem_window_reserve(&ring->window, token->seq + 1) == NULL)
			break;
		struct totem_buffer *packet = totem_queue_pack(&totem->queue, TOTEM_DATA_HEADER_SIZE, totem->payload_max, &safe);
		if (packet == NULL)
			break;
		const struct totem_data data = {
			.ring = ring->id, .seq = ++token->seq, .originator = totem->config.node, .round = ring->round,
			.flags = safe ? TOTEM_DATA_SAFE : 0,
			.payload = bytes_of(packet->data + TOTEM_DATA_HEADER_SIZE, packet->size - TOTEM_DATA_HEADER_SIZE),
		};
		struct wire_writer out = {.data = packet->data, .capacity = packet->size};
		totem_header_encode(&out, &(struct totem_header){
			.type = TOTEM_PACKET_DATA, .cluster = totem->config.cluster, .sender = totem->config.node, .boot = totem->boot,
			.networks = 1,
		});
		totem_data_encode(&out, &data);
		totem_packet_end(packet);
		if (!is_bulk)
			ring->others_visits = 0;
		if (ring->members.count > 1)
			totem_output_multicast(totem->outputs, packet);
		totem_window_store(&ring->window, &data, packet);
		totem->data_sent++;
		sent++;
	}
	aru_advance(ring);
	return sent;
}

static bool direct_send(struct totem *totem, const struct totem_ring *ring, size_t *size)
{
	uint32_t to;
	struct totem_buffer *packet = totem_queue_direct_take(&totem->queue, &to);

	if (packet == NULL)
		return false;
	struct wire_writer out = {.data = packet->data, .capacity = packet->size};
	totem_header_encode(&out, &(struct totem_header){
		.type = TOTEM_PACKET_DIRECT, .cluster = totem->config.cluster, .sender = totem->config.node, .boot = totem->boot,
		.networks = 1,
	});
	ring_id_encode(&out, ring->id);
	totem_packet_end(packet);
	totem_output_direct(totem->outputs, to, packet);
	*size += packet->size;
	totem_buffer_release(packet);
	return true;
}

/* What is for one member alone takes no room in the window, and it leaves behind the token, while others have that: so much a visit that its
 * receiver's socket holds it, and less while others wait for the turn, since the receiver may take it before its own. */
static void directs_send(struct totem *totem, const struct totem_ring *ring)
{
	const size_t most = ring->others_visits >= DIRECT_QUIET_VISITS ? DIRECT_VISIT_SIZE : DIRECT_BUSY_SIZE;
	size_t size = 0;

	while (size + totem->config.packet_size_max <= most || size == 0)
		if (!direct_send(totem, ring, &size))
			break;
}

static void writable_tell(struct totem *totem)
{
	size_t waiting = 0;

	for (int urgency = 0; urgency < GROUP_URGENCIES; urgency++)
		waiting = totem->queue.bytes[urgency] > waiting ? totem->queue.bytes[urgency] : waiting;
	if (!totem->writable_wanted || waiting > totem->config.queue_size_max / 2)
		return;
	totem->writable_wanted = false;
	totem_output_writable(totem->outputs);
}

static bool request_listed(const struct totem_token *token, uint64_t seq)
{
	for (uint16_t i = 0; i < token->request_count; i++)
		if (token->requests[i] == seq)
			return true;
	return false;
}

/* §3, step 6: a gap is asked for from the miss_count-th visit on that sees it. */
static void requests_add(struct totem *totem, struct totem_ring *ring, struct totem_token *token)
{
	const bool looks = token->request_count > 0 && !totem_mutated(totem, TOTEM_MUTATION_REQUESTS_UNLOOKED);

	for (uint64_t seq = ring->aru + 1; seq <= token->seq && token->request_count < TOTEM_REQUESTS_MAX; seq++) {
		struct totem_slot *slot = totem_window_reserve(&ring->window, seq);
		if (slot == NULL)
			return;
		if (slot->packet != NULL)
			continue;
		if (slot->missed < UINT8_MAX)
			slot->missed++;
		if (slot->missed >= totem->config.miss_count && (!looks || !request_listed(token, seq)))
			token->requests[token->request_count++] = seq;
	}
}

/* §3, step 7. Only who is named in aru_id raises it, or anybody while all are in step. */
static void aru_update(const struct totem *totem, const struct totem_ring *ring, struct totem_token *token)
{
	const uint32_t me = totem->config.node;

	if (totem_mutated(totem, TOTEM_MUTATION_ARU_FORGETS_OWN)) {
		if (token->aru_id == me || token->aru_id == 0)
			token->aru = token->seq;
		token->aru_id = 0;
		return;
	}
	if (totem_mutated(totem, TOTEM_MUTATION_ARU_RAISED_BY_ANYONE)) {
		token->aru = ring->aru;
		token->aru_id = token->aru == token->seq ? 0 : me;
		return;
	}
	if (ring->aru >= token->aru && token->aru_id != me && token->aru_id != 0)
		return;
	token->aru = ring->aru;
	token->aru_id = token->aru == token->seq && !totem_mutated(totem, TOTEM_MUTATION_ARU_ID_KEPT) ? 0 : me;
}

/* §5.6: rotations and time. The node that is named goes by itself; if it does not, whoever notices excludes it after twice as many. */
static bool receive_failed(struct totem *totem, struct totem_ring *ring, const struct totem_token *token)
{
	const uint64_t rotations = (uint64_t)totem->config.fail_recv_rotations * (token->aru_id == totem->config.node ? 1 : 2);

	if (token->aru_id == 0 || token->aru != ring->stuck_aru) {
		ring->stuck_aru = token->aru;
		ring->stuck_visits = 0;
		ring->stuck_since_ns = totem->now_ns;
		return false;
	}
	return ++ring->stuck_visits > rotations &&
	       totem->now_ns - ring->stuck_since_ns >= (int64_t)totem->config.token_ms * NS_PER_MS &&
	       node_set_has(&ring->members, token->aru_id);
}

static void receive_failure_handle(struct totem *totem, const struct totem_token *token)
{
	if (token->aru_id == totem->config.node) {
		totem_yield_deaf(totem);
	} else {
		node_set_add(&totem->fail, token->aru_id);
		totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "fail-to-receive", "node %" PRIu32 " does not receive packet %" PRIu64
		                 " and is excluded: check its firewall, MTU and multicast", token->aru_id, token->aru + 1);
	}
	totem_gather(totem, TOTEM_GATHER_FAIL_TO_RECEIVE);
}

/* §4a: the lower of what this node forwarded at two visits running. */
static void stable_update(const struct totem *totem, struct totem_ring *ring, const struct totem_token *token)
{
	const uint64_t before = ring->visits > 1 ? ring->forwarded_aru : totem->config.seq_start;
	uint64_t line = before < token->aru ? before : token->aru;

	if (totem_mutated(totem, TOTEM_MUTATION_STABLE_ONE_VISIT))
		line = token->aru;
	ring->forwarded_aru = token->aru;
	if (line > ring->stable)
		ring->stable = line;
}

static void release(const struct totem *totem, struct totem_ring *ring)
{
	const uint64_t line = totem_mutated(totem, TOTEM_MUTATION_RELEASE_AT_ARU) ? ring->aru : ring->stable;

	totem_window_release(&ring->window, line < ring->delivered ? line : ring->delivered);
}

/* R16: that the token came back shows that everybody was still in the ring after this node forwarded the one before. */
static void lease_tell(struct totem *totem, const struct totem_ring *ring)
{
	const int64_t token_ms = totem->config.token_ms, consensus_ms = totem->config.consensus_ms;

	if (totem->state != TOTEM_OPERATIONAL || !ring->forwarded)
		return;
	totem->fresh = true;
	totem_output_fresh(totem->outputs, ring->forwarded_ns + (token_ms < consensus_ms ? token_ms : consensus_ms) * NS_PER_MS / 2);
}

void totem_token_forget(struct totem *totem)
{
	totem_buffer_release(totem->saved);
	totem->saved = NULL;
	totem->holding = false;
	totem_timer_stop(totem, TOTEM_TIMER_TOKEN_RETRANSMIT);
	totem_timer_stop(totem, TOTEM_TIMER_HOLD);
}

void totem_token_save(struct totem *totem, struct totem_buffer *packet, uint32_t to, uint64_t seq)
{
	totem_buffer_release(totem->saved);
	totem->saved = packet;
	totem->saved_to = to;
	totem->saved_seq = seq;
	totem_output_unicast(totem->outputs, to, packet);
	totem_timer_start(totem, TOTEM_TIMER_TOKEN_RETRANSMIT, totem->config.token_retransmit_ms);
}

void totem_token_resend(struct totem *totem)
{
	if (totem->saved == NULL)
		return;
	totem_output_unicast(totem->outputs, totem->saved_to, totem->saved);
	totem_timer_start(totem, TOTEM_TIMER_TOKEN_RETRANSMIT, totem->config.token_retransmit_ms);
}

static void token_forward(struct totem *totem, struct totem_ring *ring, struct totem_token *token)
{
	struct wire_writer out;

	token->token_seq++;
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_TOKEN, totem_token_size(token), &out);
	if (packet == NULL)
		return;
	totem_token_encode(&out, token);
	totem_packet_end(packet);
	totem->holding = false;
	ring->forwarded_ns = totem->now_ns;
	ring->forwarded = true;
	ring->round++;
	totem_token_save(totem, packet, ring->successor, token->seq);
}

/* The visit's own packets reach this node's application after the token has left (§3, step 11). */
static void visit_end(struct totem *totem, struct totem_ring *ring)
{
	if (totem->state != TOTEM_OPERATIONAL)
		return;
	directs_send(totem, ring);
	totem_deliver(totem, ring, ring->aru);
	totem_stable_tell(totem, ring, ring->stable);
	release(totem, ring);
	writable_tell(totem);
}

/* An idle ring rests at the representative, but only once everybody has had the visit that told it that all is stable (§3). */
static bool hold_wanted(const struct totem *totem, const struct totem_ring *ring, const struct totem_token *token)
{
	return totem->state == TOTEM_OPERATIONAL && ring->id.representative == totem->config.node &&
	       ring->idle_visits > totem->config.seqno_unchanged_rotations && totem_queue_is_empty(&totem->queue) && token->backlog == 0 &&
	       ((token->request_count == 0 && token->aru == token->seq && ring->stable_before) ||
	        totem_mutated(totem, TOTEM_MUTATION_HOLD_EARLY));
}

static void idle_count(struct totem_ring *ring, const struct totem_token *token)
{
	ring->idle_visits = token->seq == ring->idle_seq ? ring->idle_visits + 1 : 0;
	ring->idle_seq = token->seq;
}

static uint32_t waiting_packets(struct totem *totem)
{
	return totem->state == TOTEM_RECOVERY ? totem_recovery_waiting(totem) : totem_queue_packets(&totem->queue, totem->payload_max);
}

static uint32_t packets_send(struct totem *totem, struct totem_ring *ring, struct totem_token *token, uint32_t allowance)
{
	if (totem->state != TOTEM_RECOVERY)
		return messages_send(totem, ring, token, allowance);
	uint32_t sent = totem_recovery_send(totem, ring, token, allowance);
	if (totem_mutated(totem, TOTEM_MUTATION_SEND_IN_RECOVERY) && sent < allowance)
		sent += messages_send(totem, ring, token, allowance - sent);
	aru_advance(ring);
	return sent;
}

static uint32_t visit_allowance(const struct totem *totem, const struct totem_ring *ring, const struct totem_token *token, uint32_t waiting)
{
	const bool unbounded = totem_mutated(totem, TOTEM_MUTATION_VISIT_UNBOUNDED);
	const struct totem_flow_limits limits = {
		.window = totem->config.window_size, .visit_max = unbounded ? totem->config.window_size : totem->config.messages_max,
	};
	const uint32_t fcc = totem_mutated(totem, TOTEM_MUTATION_WINDOW_UNSHARED) ? ring->flow.sent : token->fcc;

	return totem_flow_allowance(&ring->flow, limits, fcc, token->backlog, waiting);
}

void totem_token_visit(struct totem *totem, struct totem_ring *ring, struct totem_token *token)
{
	ring->visits++;
	ring->token_seq = token->token_seq;
	totem->hold_cancelled = false;
	totem->timers[TOTEM_TIMER_TOKEN_LOSS].forgiven = false;
	totem_token_forget(totem);
	totem_timer_start(totem, TOTEM_TIMER_TOKEN_LOSS, totem->config.token_ms);
	idle_count(ring, token);
	ring->others_visits = token->seq > ring->seq ? 0 : ring->others_visits + 1;

	const uint32_t waiting = waiting_packets(totem);
	const uint32_t allowance = visit_allowance(totem, ring, token, waiting);
	ring->own_from = token->seq;
	uint32_t sent = requests_serve(totem, ring, token, allowance);
	sent += packets_send(totem, ring, token, allowance - sent);
	ring->seq = token->seq;
	requests_add(totem, ring, token);
	aru_update(totem, ring, token);
	const bool stable_before = ring->stable == token->seq;
	stable_update(totem, ring, token);
	if (receive_failed(totem, ring, token)) {
		receive_failure_handle(totem, token);
		return;
	}
	if (totem_mutated(totem, TOTEM_MUTATION_FCC_KEPT))
		ring->flow.sent = 0;
	totem_flow_update(&ring->flow, &token->fcc, &token->backlog, sent, waiting);
	ring->stable_before = stable_before;
	if (totem->state == TOTEM_RECOVERY && totem_recovery_count(totem, ring, token)) {
		totem_install(totem);
		if (totem_mutated(totem, TOTEM_MUTATION_SEND_WHILE_INSTALLING))
			messages_send(totem, ring, token, totem->config.messages_max);
	}
	if (ring != totem->installed && ring != totem->forming)
		return; /* the attempt was given up */
	if (totem->state == TOTEM_OPERATIONAL)
		totem_deliver(totem, ring, ring->own_from < ring->aru ? ring->own_from : ring->aru);
	if (hold_wanted(totem, ring, token)) {
		totem->holding = true;
		totem->held = *token;
		totem_timer_start(totem, TOTEM_TIMER_HOLD, totem->config.hold_ms);
	} else {
		token_forward(totem, ring, token);
	}
	visit_end(totem, ring);
}

/* The held visit goes on: what was queued meanwhile is sent at once, then the token leaves. Its aru as forwarded is what counts. */
void totem_hold_end(struct totem *totem)
{
	struct totem_ring *ring = totem->installed;
	struct totem_token *token = &totem->held;

	if (!totem->holding || totem->state != TOTEM_OPERATIONAL)
		return;
	totem_timer_stop(totem, TOTEM_TIMER_HOLD);
	const uint32_t waiting = waiting_packets(totem);
	if (waiting > 0) {
		const uint32_t allowance = visit_allowance(totem, ring, token, waiting);
		const uint32_t sent = messages_send(totem, ring, token, allowance);
		totem_flow_update(&ring->flow, &token->fcc, &token->backlog, sent, waiting);
		ring->seq = token->seq;
		ring->idle_seq = token->seq;
		ring->idle_visits = 0;
		aru_update(totem, ring, token);
		ring->forwarded_aru = token->aru;
	}
	token_forward(totem, ring, token);
	visit_end(totem, ring);
}

/* A ring of one needs no token: what is queued has its number, is delivered and is stable at once. */
static void alone_send(struct totem *totem, struct totem_ring *ring)
{
	struct totem_token token = {.seq = ring->seq};

	while (!totem_queue_is_empty(&totem->queue)) {
		if (messages_send(totem, ring, &token, totem->config.messages_max) == 0)
			return;
		ring->seq = token.seq;
		ring->stable = ring->forwarded_aru = ring->aru;
		visit_end(totem, ring);
	}
}

void totem_on_work(struct totem *totem)
{
	struct totem_ring *ring = totem->installed;
	struct wire_writer out;

	if (totem->state != TOTEM_OPERATIONAL)
		return;
	if (ring->members.count == 1) {
		alone_send(totem, ring);
		return;
	}
	if (totem->holding) {
		totem_hold_end(totem);
		return;
	}
	if (totem->hold_cancelled || ring->idle_visits < totem->config.seqno_unchanged_rotations ||
	    totem_mutated(totem, TOTEM_MUTATION_NO_HOLD_CANCEL))
		return;
	totem->hold_cancelled = true;
	ring->idle_visits = 0;
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_HOLD_CANCEL, TOTEM_RING_PACKET_SIZE, &out);
	if (packet == NULL)
		return;
	ring_id_encode(&out, ring->id);
	totem_packet_end(packet);
	totem_output_multicast(totem->outputs, packet);
	totem_buffer_release(packet);
}

void totem_on_hold_cancel(struct totem *totem, struct ring_id ring)
{
	if (totem->state != TOTEM_OPERATIONAL || !ring_id_equal(ring, totem->installed->id))
		return;
	totem->installed->idle_visits = 0;
	totem_hold_end(totem);
}

/* Ring and token_seq are checked before anything is touched: a copy that was sent again must not count as a second visit (§3). */
void totem_on_token(struct totem *totem, const struct totem_header *header, struct totem_token *token)
{
	struct totem_ring *ring = totem->state == TOTEM_OPERATIONAL ? totem->installed :
	                          totem->state == TOTEM_RECOVERY    ? totem->forming : NULL;

	if (ring == NULL || ring->members.count < 2 || !ring_id_equal(token->ring, ring->id) || header->sender != ring->predecessor) {
		totem->packets_dropped++;
		return;
	}
	if (totem_mutated(totem, TOTEM_MUTATION_EFFECT_BEFORE_DUPLICATE_CHECK)) {
		stable_update(totem, ring, token);
		if (totem->state == TOTEM_OPERATIONAL) {
			totem_deliver(totem, ring, ring->aru);
			totem_stable_tell(totem, ring, ring->stable);
			release(totem, ring);
		}
	}
	if (token->token_seq < ring->token_seq ||
	    (token->token_seq == ring->token_seq && !totem_mutated(totem, TOTEM_MUTATION_TOKEN_SEQ_EQUAL))) {
		totem->tokens_duplicate++;
		if (totem_mutated(totem, TOTEM_MUTATION_DUPLICATE_MOVES_LINE))
			stable_update(totem, ring, token);
		return;
	}
	if (token->seq < ring->aru || token->aru > token->seq || token->seq - ring->aru > TOTEM_WINDOW_SIZE) {
		totem->packets_malformed++; /* no token of this ring can say so */
		return;
	}
	if (totem->state == TOTEM_RECOVERY)
		totem->recovery.started = true;
	lease_tell(totem, ring);
	totem_token_visit(totem, ring, token);
}
