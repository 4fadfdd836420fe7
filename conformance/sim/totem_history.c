/* Records; judges only what can be said of one event alone (a delivered message is one that was sent, unchanged). */
#include "conformance/sim/totem_history.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/hash.h"

static void *grown(void *list, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return list;
	*capacity = *capacity == 0 ? 16 : *capacity * 2;
	list = realloc(list, *capacity * size);
	if (list == NULL)
		abort();
	return list;
}

void history_clear(struct history *history)
{
	for (size_t i = 0; i < history->life_count; i++) {
		for (int urgency = 0; urgency < GROUP_URGENCIES; urgency++)
			free(history->lives[i].sent[urgency].list);
		free(history->lives[i].deliveries);
		free(history->lives[i].periods);
		free(history->lives[i].stable_lines);
	}
	free(history->lives);
	free(history->packets);
	*history = (struct history){0};
}

uint32_t history_life_begin(struct history *history, uint32_t node, bool disk_lost)
{
	uint32_t number = 1;

	for (size_t i = 0; i < history->life_count; i++)
		number += history->lives[i].node == node;
	history->lives = grown(history->lives, history->life_count, &history->life_capacity, sizeof(*history->lives));
	history->lives[history->life_count] = (struct life){.node = node, .number = number, .disk_lost_before = disk_lost};
	return (uint32_t)history->life_count++;
}

void history_life_end(struct history *history, uint32_t life)
{
	history->lives[life].ended = true;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void history_message_make(struct history *history, uint32_t life, enum group_urgency urgency, bool safe, uint8_t *bytes, size_t size)
{
	struct app_messages *sent = &history->lives[life].sent[urgency];

	put(bytes, life, 4);
	bytes[4] = (uint8_t)urgency;
	bytes[5] = safe;
	bytes[6] = bytes[7] = 0;
	put(bytes + 8, sent->count, 8);
	for (size_t i = HISTORY_MESSAGE_SIZE_MIN; i < size; i++)
		bytes[i] = (uint8_t)(i * 7 + sent->count * 13 + life);
	sent->list = grown(sent->list, sent->count, &sent->capacity, sizeof(*sent->list));
	sent->list[sent->count++] = (struct app_message){.digest = digest_bytes(0, bytes_of(bytes, size)), .safe = safe};
}

void history_message_refused(struct history *history, uint32_t life, enum group_urgency urgency)
{
	history->lives[life].sent[urgency].count--;
}

bool history_message_read(struct bytes message, struct delivery *delivery)
{
	struct wire_reader in = wire_reader_of(message);

	delivery->life = wire_get_u32(&in);
	delivery->urgency = wire_get_u8(&in);
	delivery->safe = wire_get_bool(&in);
	wire_get_u16(&in);
	delivery->counter = wire_get_u64(&in);
	return !in.failed && delivery->urgency < GROUP_URGENCIES;
}

struct app_message *history_message(const struct history *history, const struct delivery *delivery)
{
	const struct app_messages *sent = &history->lives[delivery->life].sent[delivery->urgency];

	return delivery->counter < sent->count ? &sent->list[delivery->counter] : NULL;
}

/* TOT-003, -005 (one place a message), -006. */
void history_deliver(struct history *history, uint32_t life_index, const struct group_event *event)
{
	struct life *life = &history->lives[life_index];
	struct delivery delivery = {.position = event->position};

	if (!history_message_read(event->message, &delivery) || delivery.life >= history->life_count) {
		sim_violation(history->sim, "TOT-003 delivered-was-sent", "node %" PRIu32 " delivers bytes that nobody sent", life->node);
		return;
	}
	struct app_message *sent = history_message(history, &delivery);
	if (sent == NULL || sent->digest != digest_bytes(0, event->message) || history->lives[delivery.life].node != event->sender) {
		sim_violation(history->sim, "TOT-003 delivered-was-sent", "node %" PRIu32 " delivers %s of node %" PRIu32 " changed", life->node,
		              position_text(event->position).text, event->sender);
		return;
	}
	if (ring_id_is_none(sent->position.ring))
		sent->position = event->position;
	else if (!position_equal(sent->position, event->position))
		sim_violation(history->sim, "TOT-005 one-place", "message %" PRIu64 " of node %" PRIu32 " is delivered at %s and by node %" PRIu32
		              " at %s", delivery.counter, event->sender, position_text(sent->position).text, life->node,
		              position_text(event->position).text);
	if (life->period_count == 0) {
		sim_violation(history->sim, "TOT-009 within-configurations", "node %" PRIu32 " delivers before any notice", life->node);
		return;
	}
	life->deliveries = grown(life->deliveries, life->delivery_count, &life->delivery_capacity, sizeof(*life->deliveries));
	life->deliveries[life->delivery_count++] = delivery;
}

static void set_of(struct node_set *set, const uint32_t *list, size_t count)
{
	set->count = 0;
	for (size_t i = 0; i < count && i < TOTEM_NODES_MAX; i++)
		set->ids[set->count++] = list[i];
}

void history_view(struct history *history, uint32_t life_index, const struct group_view *view)
{
	struct life *life = &history->lives[life_index];

	life->periods = grown(life->periods, life->period_count, &life->period_capacity, sizeof(*life->periods));
	struct period *period = &life->periods[life->period_count];
	*period = (struct period){.kind = view->kind, .ring = view->ring, .regular = view->ring, .delivery_first = life->delivery_count};
	if (view->kind == GROUP_VIEW_TRANSITIONAL && life->period_count > 0)
		period->regular = life->periods[life->period_count - 1].ring;
	set_of(&period->members, view->members, view->member_count);
	set_of(&period->joined, view->joined, view->joined_count);
	set_of(&period->left, view->left, view->left_count);
	life->period_count++;
}

/* TOT-125: rises, names what this node has delivered, and only of the present ring (or of the old one before its end is told). */
void history_stable(struct history *history, uint32_t life_index, struct position position)
{
	struct life *life = &history->lives[life_index];
	struct position *last = life->stable_count > 0 ? &life->stable_lines[life->stable_count - 1] : NULL;
	const struct period *period = life->period_count > 0 ? &life->periods[life->period_count - 1] : NULL;
	const struct delivery wanted = {.position = position};

	if (period == NULL || period->kind != GROUP_VIEW_REGULAR || !ring_id_equal(period->ring, position.ring)) {
		sim_violation(history->sim, "TOT-125 stable-of-this-ring", "node %" PRIu32 " reports %s stable", life->node,
		              position_text(position).text);
		return;
	}
	if (!life_delivered_in(life, life->period_count - 1, life->period_count - 1, &wanted))
		sim_violation(history->sim, "TOT-125 stable-is-delivered", "node %" PRIu32 " reports %s stable, which it has not delivered",
		              life->node, position_text(position).text);
	if (last != NULL && ring_id_equal(last->ring, position.ring)) {
		if (position_compare(*last, position) >= 0)
			sim_violation(history->sim, "TOT-125 stable-rises", "node %" PRIu32 " reports %s stable after %s", life->node,
			              position_text(position).text, position_text(*last).text);
		*last = position;
		return;
	}
	life->stable_lines = grown(life->stable_lines, life->stable_count, &life->stable_capacity, sizeof(*life->stable_lines));
	life->stable_lines[life->stable_count++] = position;
}

/* Notes a packet by its first whole message, if it has one. */
void history_packet(struct history *history, uint32_t life, const struct totem_data *data, uint64_t causal_seq)
{
	struct sent_packet packet = {.life = life, .ring = data->ring, .seq = data->seq, .causal_seq = causal_seq};
	struct totem_pieces pieces;

	if (totem_pieces_decode(data->payload, &pieces)) {
		for (uint16_t i = 0; i < pieces.count; i++) {
			const struct bytes piece = totem_pieces_next(&pieces);
			struct delivery delivery;
			if ((i == 0 && pieces.continued) || (i + 1 == pieces.count && pieces.unfinished) || packet.has_whole ||
			    !history_message_read(piece, &delivery))
				continue;
			packet.has_whole = true;
			packet.urgency = delivery.urgency;
			packet.counter = delivery.counter;
		}
	}
	history->packets = grown(history->packets, history->packet_count, &history->packet_capacity, sizeof(*history->packets));
	history->packets[history->packet_count++] = packet;
}

size_t period_delivery_end(const struct life *life, size_t period)
{
	return period + 1 < life->period_count ? life->periods[period + 1].delivery_first : life->delivery_count;
}

int life_period_find(const struct life *life, struct ring_id ring, enum group_view_kind kind)
{
	for (size_t i = 0; i < life->period_count; i++)
		if (life->periods[i].kind == kind && ring_id_equal(life->periods[i].ring, ring))
			return (int)i;
	return -1;
}

bool life_delivered_in(const struct life *life, size_t first, size_t last, const struct delivery *wanted)
{
	/* Within a ring deliveries are in the order of their positions (checked elsewhere): search from both ends would be enough, but
	 * a period boundary may lie between, so each period is searched by halves. */
	for (size_t period = first; period <= last && period < life->period_count; period++) {
		size_t low = life->periods[period].delivery_first, high = period_delivery_end(life, period);
		while (low < high) {
			const size_t middle = (low + high) / 2;
			if (position_compare(life->deliveries[middle].position, wanted->position) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < period_delivery_end(life, period) && position_equal(life->deliveries[low].position, wanted->position))
			return true;
	}
	return false;
}
