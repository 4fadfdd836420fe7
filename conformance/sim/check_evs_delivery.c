/* Promises about who delivers what where (TOT-004, -016 to -018, -021, -053). */
#include <inttypes.h>

#include "conformance/sim/totem_history.h"

/* A message is delivered in the configuration it was sent in or in the transitional one that follows. */
static void check_place(const struct history *history, const struct life *life)
{
	for (size_t at = 0; at < life->period_count; at++)
		for (size_t i = life->periods[at].delivery_first; i < period_delivery_end(life, at); i++)
			if (!ring_id_equal(life->deliveries[i].position.ring, life->periods[at].regular))
				sim_violation(history->sim, "TOT-004 right-configuration", "node %" PRIu32 " delivers %s in %s", life->node,
				              position_text(life->deliveries[i].position).text, ring_id_text(life->periods[at].ring).text);
}

static bool same_deliveries(const struct life *a, size_t p, const struct life *b, size_t q)
{
	const size_t a_first = a->periods[p].delivery_first, b_first = b->periods[q].delivery_first;
	const size_t count = period_delivery_end(a, p) - a_first;

	if (count != period_delivery_end(b, q) - b_first)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!position_equal(a->deliveries[a_first + i].position, b->deliveries[b_first + i].position))
			return false;
	return true;
}

/* Two that go from one configuration directly to the same next one delivered the same in the first. */
static void check_together(const struct history *history, const struct life *a, const struct life *b)
{
	for (size_t p = 0; p + 1 < a->period_count; p++) {
		const int q = life_period_find(b, a->periods[p].ring, a->periods[p].kind);
		if (q < 0 || (size_t)q + 1 >= b->period_count || !ring_id_equal(a->periods[p + 1].ring, b->periods[q + 1].ring) ||
		    a->periods[p + 1].kind != b->periods[q + 1].kind)
			continue;
		if (same_deliveries(a, p, b, (size_t)q))
			continue;
		sim_violation(history->sim, a->periods[p].kind == GROUP_VIEW_REGULAR ? "TOT-017 same-set" : "TOT-018 same-transitional-set",
		              "from %s to %s node %" PRIu32 " delivered %zu and node %" PRIu32 " %zu messages, or others",
		              ring_id_text(a->periods[p].ring).text, ring_id_text(a->periods[p + 1].ring).text, a->node,
		              period_delivery_end(a, p) - a->periods[p].delivery_first, b->node,
		              period_delivery_end(b, (size_t)q) - b->periods[q].delivery_first);
	}
}

/* What a node sent in a configuration it delivers before its next regular one, alone in the world if need be. */
static void check_self(const struct history *history, const struct sent_packet *packet)
{
	const struct life *life = &history->lives[packet->life];
	const int at = life_period_find(life, packet->ring, GROUP_VIEW_REGULAR);

	if (at < 0 || !packet->has_whole || (size_t)at + 2 >= life->period_count)
		return;
	const struct app_message *message = &life->sent[packet->urgency].list[packet->counter];
	const struct delivery wanted = {.position = message->position};
	if (ring_id_is_none(message->position.ring) || !life_delivered_in(life, (size_t)at, (size_t)at + 1, &wanted))
		sim_violation(history->sim, "TOT-016 self-delivery", "node %" PRIu32 " never delivers its own message in packet %" PRIu64 " of %s",
		              life->node, packet->seq, ring_id_text(packet->ring).text);
}

static bool is_before(struct position a, struct position b)
{
	return a.seq != b.seq ? a.seq < b.seq : a.index < b.index;
}

/* TOT-021: `by` delivers one message and then another; who delivers the other in a configuration that the first one's sender is in has
 * delivered the first. Both lists are in the order of positions as long as they are of one ring. */
static void check_causal(const struct history *history, const struct life *by, const struct life *life, size_t at)
{
	const struct period *period = &life->periods[at];
	const size_t end = period_delivery_end(life, at);
	const int from = life_period_find(by, period->regular, GROUP_VIEW_REGULAR);
	const size_t regular = period->kind == GROUP_VIEW_REGULAR || at == 0 ? at : at - 1;
	size_t mine = life->periods[regular].delivery_first, theirs;

	if (from < 0 || period->delivery_first == end)
		return;
	const struct position last = life->deliveries[end - 1].position;
	theirs = by->periods[from].delivery_first;
	size_t until = theirs;
	for (size_t i = theirs; i < by->delivery_count && ring_id_equal(by->deliveries[i].position.ring, last.ring); i++)
		if (position_equal(by->deliveries[i].position, last))
			until = i;
	for (; theirs < until; theirs++) {
		const struct delivery *first = &by->deliveries[theirs];
		while (mine < end && is_before(life->deliveries[mine].position, first->position))
			mine++;
		if (mine < end && position_equal(life->deliveries[mine].position, first->position))
			continue;
		if (node_set_has(&period->members, history->lives[first->life].node))
			sim_violation(history->sim, "TOT-021 causal-set", "node %" PRIu32 " delivers %s in %s without %s, which its sender, a member, and node %"
			              PRIu32 " have before it", life->node, position_text(last).text, ring_id_text(period->ring).text,
			              position_text(first->position).text, by->node);
	}
}

void check_evs_delivery(const struct history *history)
{
	for (size_t a = 0; a < history->life_count && !sim_violated(history->sim); a++) {
		check_place(history, &history->lives[a]);
		for (size_t b = a + 1; b < history->life_count; b++)
			check_together(history, &history->lives[a], &history->lives[b]);
		for (size_t b = 0; b < history->life_count; b++)
			for (size_t at = 0; b != a && at < history->lives[b].period_count; at++)
				check_causal(history, &history->lives[a], &history->lives[b], at);
	}
	for (size_t i = 0; i < history->packet_count && !sim_violated(history->sim); i++)
		check_self(history, &history->packets[i]);
}
