/* Entry to the machine: creation, the step, which packet goes where, timers. What packets and timers mean is the other files'. */
#include "core/totem/totem_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/hash.h"

static const int64_t NS_PER_MS = 1000000;
enum { LEAVE_REPEATS = 3, LEAVE_INTERVAL_MS = 15 };

static uint64_t parameters_digest(const struct totem_config *config)
{
	uint64_t digest = digest_u64(0, config->token_ms);

	digest = digest_u64(digest, config->consensus_ms);
	digest = digest_u64(digest, config->join_ms);
	digest = digest_u64(digest, config->window_size);
	return digest_u64(digest, config->messages_max);
}

struct totem *totem_new(const struct totem_config *config)
{
	if (!totem_config_valid(config))
		return NULL;
	struct totem *totem = calloc(1, sizeof(*totem));
	if (totem == NULL)
		return NULL;
	totem->config = *config;
	totem->parameters = parameters_digest(config);
	const size_t headers = totem_mutated(totem, TOTEM_MUTATION_NO_ROOM_TO_WRAP) ? 1 : 2; /* Recovery wraps the whole packet into another. */
	totem->payload_max = config->packet_size_max - headers * TOTEM_DATA_HEADER_SIZE;
	totem_queue_init(&totem->queue);
	totem->queue.levels_mixed = totem_mutated(totem, TOTEM_MUTATION_LEVELS_MIXED);
	return totem;
}

void totem_free(struct totem *totem)
{
	if (totem == NULL)
		return;
	totem_ring_free(totem->installed);
	totem_ring_free(totem->forming);
	totem_buffer_release(totem->saved);
	totem_queue_clear(&totem->queue);
	free(totem);
}

void totem_timer_start(struct totem *totem, enum totem_timer timer, int64_t after_ms)
{
	struct totem_lazy_timer *lazy = &totem->timers[timer];

	lazy->set = true;
	lazy->due_ns = totem->now_ns + after_ms * NS_PER_MS;
	if (lazy->armed && lazy->armed_ns <= lazy->due_ns)
		return; /* it is looked at again when it fires: a timer restarted at every token costs no output */
	lazy->armed = true;
	lazy->armed_ns = lazy->due_ns;
	totem_output_timer_set(totem->outputs, timer, lazy->due_ns);
}

void totem_timer_stop(struct totem *totem, enum totem_timer timer)
{
	totem->timers[timer].set = false;
}

void totem_fresh_end(struct totem *totem)
{
	if (totem->fresh)
		totem_output_fresh(totem->outputs, 0);
	totem->fresh = false;
}

struct totem_buffer *totem_packet_begin(struct totem *totem, enum totem_packet_type type, size_t size, struct wire_writer *out)
{
	struct totem_buffer *packet = totem_buffer_new(size);

	if (packet == NULL) {
		totem->outputs->failed = true;
		return NULL;
	}
	*out = (struct wire_writer){.data = packet->data, .capacity = size};
	totem_header_encode(out, &(struct totem_header){
		.type = type, .cluster = totem->config.cluster, .sender = totem->config.node, .boot = totem->boot, .networks = 1,
	});
	return packet;
}

void totem_packet_end(struct totem_buffer *packet)
{
	totem_packet_seal(packet->data, packet->size);
}

static void on_data(struct totem *totem, const struct totem_header *header, const struct totem_data *data, struct bytes packet)
{
	struct totem_ring *installed = totem->installed;

	if (ring_id_equal(data->ring, installed->id)) {
		const bool stray = totem->state != TOTEM_OPERATIONAL &&
		                   (totem->state != TOTEM_GATHER || !ring_id_is_none(totem->received)) &&
		                   !totem_mutated(totem, TOTEM_MUTATION_STRAYS_ACCEPTED);
		if (stray || (data->flags & TOTEM_DATA_ENCAPSULATED) != 0 || totem_window_holds(&installed->window, data->seq)) {
			totem->packets_dropped++;
			return;
		}
		struct totem_buffer *copy = totem_buffer_copy(packet);
		if (copy == NULL)
			return; /* as if the packet had been lost */
		struct totem_data stored = *data;
		stored.payload.data = copy->data + (data->payload.data - packet.data);
		totem_ring_store(totem, installed, &stored, copy);
		if (totem->state == TOTEM_OPERATIONAL)
			totem_deliver(totem, installed, installed->aru);
		return;
	}
	if (totem->forming != NULL && ring_id_equal(data->ring, totem->forming->id)) {
		if (totem->state == TOTEM_RECOVERY)
			totem_recovery_data(totem, data, packet);
		return;
	}
	totem_on_foreign(totem, header->sender, data->ring, false);
}

static void on_direct(struct totem *totem, const struct totem_header *header, struct ring_id ring, struct bytes message)
{
	if (totem->state != TOTEM_OPERATIONAL || !ring_id_equal(ring, totem->installed->id) ||
	    !node_set_has(&totem->installed->members, header->sender)) {
		totem->packets_dropped++;
		return;
	}
	struct totem_buffer *copy = totem_buffer_copy(message);
	if (copy == NULL)
		return; /* as if the packet had been lost */
	totem_output_come(totem->outputs, header->sender, totem_buffer_bytes(copy), copy);
	totem_buffer_release(copy);
}

static void on_packet_body(struct totem *totem, const struct totem_header *header, struct wire_reader *in, struct bytes packet)
{
	bool valid = false;

	switch (header->type) {
	case TOTEM_PACKET_DATA: {
		struct totem_data data;
		valid = totem_data_decode(in, &data);
		if (valid)
			on_data(totem, header, &data, packet);
		break;
	}
	case TOTEM_PACKET_TOKEN: {
		struct totem_token token;
		valid = totem_token_decode(in, &token);
		if (valid)
			totem_on_token(totem, header, &token);
		break;
	}
	case TOTEM_PACKET_JOIN: {
		struct totem_join join;
		valid = totem_join_decode(in, &join);
		if (valid)
			totem_on_join(totem, header, &join);
		break;
	}
	case TOTEM_PACKET_COMMIT: {
		struct totem_commit commit;
		valid = totem_commit_decode(in, &commit);
		if (valid)
			totem_on_commit(totem, header, &commit);
		break;
	}
	case TOTEM_PACKET_MERGE_DETECT:
	case TOTEM_PACKET_HOLD_CANCEL: {
		struct ring_id ring;
		valid = totem_ring_packet_decode(in, &ring);
		if (valid && header->type == TOTEM_PACKET_HOLD_CANCEL)
			totem_on_hold_cancel(totem, ring);
		else if (valid)
			totem_on_foreign(totem, header->sender, ring, true);
		break;
	}
	case TOTEM_PACKET_DIRECT: {
		struct ring_id ring;
		struct bytes message;
		valid = totem_direct_decode(in, &ring, &message);
		if (valid)
			on_direct(totem, header, ring, message);
		break;
	}
	default:
		break;
	}
	if (!valid)
		totem->packets_malformed++;
}

static void on_own_id(struct totem *totem, const struct totem_header *header)
{
	if (header->boot == totem->boot || header->boot == totem->twin_boot)
		return; /* an echo of ours, or said already */
	totem->twin_boot = header->boot;
	totem_output_log(totem->outputs, TOTEM_LOG_ERROR, "duplicate-id",
	                 "another node uses this node's id %" PRIu32 " (incarnation %016" PRIx64 ", ours is %016" PRIx64
	                 "): give each node an id of its own; its packets are ignored here",
	                 totem->config.node, header->boot, totem->boot);
}

static void on_packet(struct totem *totem, struct bytes packet)
{
	struct totem_header header;
	struct wire_reader in;

	switch (totem_header_decode(packet, totem->config.cluster, &header, &in)) {
	case TOTEM_PACKET_FINE:
		if (header.sender == totem->config.node)
			on_own_id(totem, &header);
		else
			on_packet_body(totem, &header, &in, packet);
		return;
	case TOTEM_PACKET_CORRUPTED:
		totem->packets_corrupted++;
		return;
	case TOTEM_PACKET_MALFORMED:
		totem->packets_malformed++;
		return;
	default:
		totem->packets_foreign++;
		if (totem->foreign_logged)
			return;
		totem->foreign_logged = true;
		totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "foreign-packet",
		                 "packets of another cluster or program arrive on our port and are ignored");
	}
}

static void leave_send(struct totem *totem)
{
	totem_join_send(totem, true);
	if (++totem->leave_repeats < LEAVE_REPEATS) {
		totem_timer_start(totem, TOTEM_TIMER_LEAVE, LEAVE_INTERVAL_MS);
		return;
	}
	totem->state = TOTEM_LEFT;
	totem_output_left(totem->outputs);
}

static void on_leave(struct totem *totem)
{
	totem_fresh_end(totem);
	totem->state = TOTEM_LEAVING;
	totem->holding = false;
	for (int timer = 0; timer < TOTEM_TIMER_COUNT; timer++)
		totem_timer_stop(totem, timer);
	leave_send(totem);
}

static void merge_detect(struct totem *totem)
{
	struct wire_writer out;

	totem_timer_start(totem, TOTEM_TIMER_MERGE, totem->config.merge_ms);
	if (totem->state != TOTEM_OPERATIONAL || totem->installed->id.representative != totem->config.node || totem->yielding)
		return;
	struct totem_buffer *packet = totem_packet_begin(totem, TOTEM_PACKET_MERGE_DETECT, TOTEM_RING_PACKET_SIZE, &out);
	if (packet == NULL)
		return;
	ring_id_encode(&out, totem->installed->id);
	totem_packet_end(packet);
	totem_output_multicast(totem->outputs, packet);
	totem_buffer_release(packet);
}

/* Whoever was asleep blames nobody: what had arrived was stepped before, and once the peers get the time that we slept. */
static bool forgiven(struct totem *totem, enum totem_timer timer, int64_t late_ns)
{
	struct totem_lazy_timer *lazy = &totem->timers[timer];

	if (lazy->forgiven || late_ns < (int64_t)totem->config.token_ms * NS_PER_MS / 5) {
		lazy->forgiven = false;
		return false;
	}
	lazy->forgiven = true;
	totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "stalled", "this node was not scheduled for %" PRId64 " ms: its timers begin anew",
	                 late_ns / NS_PER_MS);
	return true;
}

static void timer_due(struct totem *totem, enum totem_timer timer, int64_t late_ns)
{
	switch (timer) {
	case TOTEM_TIMER_TOKEN_LOSS:
		if (forgiven(totem, timer, late_ns))
			totem_timer_start(totem, timer, totem->config.token_ms);
		else
			totem_on_token_loss(totem);
		break;
	case TOTEM_TIMER_TOKEN_RETRANSMIT:
		totem_token_resend(totem);
		break;
	case TOTEM_TIMER_JOIN:
		totem_join_send(totem, false);
		totem_timer_start(totem, timer, totem->config.join_ms);
		break;
	case TOTEM_TIMER_SEND_JOIN:
		totem_join_send(totem, false);
		break;
	case TOTEM_TIMER_CONSENSUS:
		if (forgiven(totem, timer, late_ns))
			totem_timer_start(totem, timer, totem->config.consensus_ms);
		else
			totem_on_consensus_timeout(totem);
		break;
	case TOTEM_TIMER_MERGE:
		merge_detect(totem);
		break;
	case TOTEM_TIMER_HOLD:
		totem_hold_end(totem);
		break;
	case TOTEM_TIMER_LEAVE:
		leave_send(totem);
		break;
	case TOTEM_TIMER_YIELD:
		totem_yield_over(totem);
		break;
	case TOTEM_TIMER_COUNT:
		break;
	}
}

static void on_timer(struct totem *totem, uint32_t timer)
{
	if (timer >= TOTEM_TIMER_COUNT)
		return;
	struct totem_lazy_timer *lazy = &totem->timers[timer];
	lazy->armed = false;
	if (!lazy->set)
		return;
	if (lazy->due_ns > totem->now_ns) {
		lazy->armed = true;
		lazy->armed_ns = lazy->due_ns;
		totem_output_timer_set(totem->outputs, timer, lazy->due_ns);
		return;
	}
	lazy->set = false;
	timer_due(totem, timer, totem->now_ns - lazy->due_ns);
}

static void on_start(struct totem *totem, uint64_t ring_seq)
{
	totem->boot = totem->random == 0 ? 1 : totem->random;
	totem->ring_seq = totem_mutated(totem, TOTEM_MUTATION_RING_SEQ_REUSED) ? ring_seq : ring_seq + 1;
	totem->state = TOTEM_STARTING;
	if (totem->config.hold_ms > totem->config.token_ms / 4 || totem->config.hold_ms > totem->config.consensus_ms / 4) {
		const uint32_t shorter =
			totem->config.token_ms < totem->config.consensus_ms ? totem->config.token_ms : totem->config.consensus_ms;
		totem_output_log(totem->outputs, TOTEM_LOG_NOTICE, "hold-lowered", "totem.hold lowered from %" PRIu32 " to %" PRIu32
		                 " ms, a quarter of the shorter of token and consensus: read leases depend on it",
		                 totem->config.hold_ms, shorter / 4);
		totem->config.hold_ms = shorter / 4;
	}
	totem->storing_seq = totem->ring_seq;
	totem_output_store(totem->outputs, totem->ring_seq);
}

bool totem_send_allowed(const struct totem *totem, size_t size, enum group_urgency urgency)
{
	return totem->state != TOTEM_NEW && totem->state < TOTEM_LEAVING && size <= TOTEM_MESSAGE_SIZE_MAX &&
	       totem_queue_has_room(&totem->queue, size, urgency, totem->config.queue_size_max);
}

size_t totem_direct_size_max(const struct totem *totem)
{
	return totem->config.packet_size_max - TOTEM_DIRECT_HEADER_SIZE;
}

static bool message_queue(struct totem *totem, const struct totem_event *event)
{
	if (event->to == 0)
		return totem_queue_add(&totem->queue, event->bytes, event->urgency, event->safe);
	return event->bytes.size <= totem_direct_size_max(totem) &&
	       totem_queue_add_direct(&totem->queue, event->bytes, TOTEM_DIRECT_HEADER_SIZE, event->to);
}

static void on_send(struct totem *totem, const struct totem_event *event)
{
	if (!totem_send_allowed(totem, event->bytes.size, event->urgency) || !message_queue(totem, event)) {
		totem->writable_wanted = true;
		return;
	}
	totem_on_work(totem);
}

void totem_step(struct totem *totem, const struct totem_event *event, struct totem_outputs *outputs)
{
	totem->now_ns = event->now_ns;
	totem->random = event->random;
	totem->outputs = outputs;
	const bool running = totem->state > TOTEM_STARTING && totem->state < TOTEM_LEAVING;

	switch (event->kind) {
	case TOTEM_EVENT_START:
		if (totem->state == TOTEM_NEW)
			on_start(totem, event->ring_seq);
		break;
	case TOTEM_EVENT_PACKET:
		if (running)
			on_packet(totem, event->bytes);
		break;
	case TOTEM_EVENT_TIMER:
		if (totem->state != TOTEM_LEFT)
			on_timer(totem, event->timer);
		break;
	case TOTEM_EVENT_STORED:
		totem_on_stored(totem, event->ring_seq);
		break;
	case TOTEM_EVENT_SEND:
		on_send(totem, event);
		break;
	case TOTEM_EVENT_LEAVE:
		if (totem->state < TOTEM_LEAVING)
			on_leave(totem);
		break;
	}
	if (outputs->failed && totem->state < TOTEM_LEAVING) {
		/* A machine that could not say all that it decided must not go on as if it had. */
		totem->state = TOTEM_LEFT;
		totem_output_left(outputs);
	}
	totem->outputs = NULL;
}
