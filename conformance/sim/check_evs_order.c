/* Promises about order: positions rise, regular deliveries are prefixes of one sequence, what came before comes first (TOT-002, -005,
 * -019, -020, -022). */
#include <inttypes.h>

#include "conformance/sim/totem_history.h"

static void check_rising(const struct history *history, const struct life *life)
{
	for (size_t at = 0; at < life->period_count; at++)
		for (size_t i = life->periods[at].delivery_first + 1; i < period_delivery_end(life, at); i++)
			if (position_compare(life->deliveries[i - 1].position, life->deliveries[i].position) >= 0)
				sim_violation(history->sim, "TOT-002 positions-rise", "node %" PRIu32 " delivers %s after %s", life->node,
				              position_text(life->deliveries[i].position).text, position_text(life->deliveries[i - 1].position).text);
}

/* Of two lives in one regular configuration the shorter list is the beginning of the longer. */
static void check_prefix(const struct history *history, const struct life *a, size_t p, const struct life *b, size_t q)
{
	const size_t a_first = a->periods[p].delivery_first, b_first = b->periods[q].delivery_first;
	const size_t a_count = period_delivery_end(a, p) - a_first, b_count = period_delivery_end(b, q) - b_first;
	const size_t common = a_count < b_count ? a_count : b_count;

	for (size_t i = 0; i < common; i++) {
		const struct delivery *x = &a->deliveries[a_first + i], *y = &b->deliveries[b_first + i];
		if (position_equal(x->position, y->position))
			continue;
		sim_violation(history->sim, "TOT-022 gap-free-prefix", "in %s node %" PRIu32 " delivers %s where node %" PRIu32 " delivers %s",
		              ring_id_text(a->periods[p].ring).text, a->node, position_text(x->position).text, b->node,
		              position_text(y->position).text);
		return;
	}
}

static void check_prefixes(const struct history *history, const struct life *a, const struct life *b)
{
	for (size_t p = 0; p < a->period_count; p += 2) {
		const int q = life_period_find(b, a->periods[p].ring, GROUP_VIEW_REGULAR);
		if (q >= 0)
			check_prefix(history, a, p, b, (size_t)q);
	}
}

/* Of one sender, one urgency and one ring the counters follow each other without a hole. */
static void check_fifo(const struct history *history, const struct life *life, size_t regular)
{
	const size_t end = period_delivery_end(life, regular + 1 < life->period_count ? regular + 1 : regular);

	for (size_t i = life->periods[regular].delivery_first; i < end; i++) {
		const struct delivery *later = &life->deliveries[i];
		for (size_t j = i; j-- > life->periods[regular].delivery_first;) {
			const struct delivery *earlier = &life->deliveries[j];
			if (earlier->life != later->life || earlier->urgency != later->urgency)
				continue;
			if (earlier->counter + 1 != later->counter)
				sim_violation(history->sim, "TOT-019 sender-order", "node %" PRIu32 " delivers message %" PRIu64 " of node %" PRIu32
				              " after %" PRIu64 " at %s", life->node, later->counter, history->lives[later->life].node, earlier->counter,
				              position_text(later->position).text);
			break;
		}
	}
}

static size_t delivered_up_to(const struct life *life, size_t first, size_t end, uint64_t seq)
{
	size_t count = 0;

	while (first + count < end && life->deliveries[first + count].position.seq <= seq)
		count++;
	return count;
}

/* Whoever delivers a message has delivered what its sender had when it sent it. */
static void check_causal(const struct history *history, const struct sent_packet *packet)
{
	const struct life *sender = &history->lives[packet->life];
	const int at = life_period_find(sender, packet->ring, GROUP_VIEW_REGULAR);

	if (at < 0 || !packet->has_whole)
		return;
	const struct app_message *message = &sender->sent[packet->urgency].list[packet->counter];
	const struct delivery wanted = {.position = message->position};
	const size_t known = delivered_up_to(sender, sender->periods[at].delivery_first, period_delivery_end(sender, (size_t)at),
	                                     packet->causal_seq);
	if (ring_id_is_none(message->position.ring))
		return;
	for (size_t i = 0; i < history->life_count; i++) {
		const struct life *life = &history->lives[i];
		const int p = life_period_find(life, packet->ring, GROUP_VIEW_REGULAR);
		if (p < 0 || !life_delivered_in(life, (size_t)p, (size_t)p + 1, &wanted))
			continue;
		const size_t last = (size_t)p + 1 < life->period_count ? (size_t)p + 1 : (size_t)p;
		if (delivered_up_to(life, life->periods[p].delivery_first, period_delivery_end(life, last), packet->causal_seq) < known)
			sim_violation(history->sim, "TOT-019 causal-order", "node %" PRIu32 " delivers %s without all that its sender, node %" PRIu32
			              ", had delivered before", life->node, position_text(message->position).text, sender->node);
	}
}

void check_evs_order(const struct history *history)
{
	for (size_t a = 0; a < history->life_count && !sim_violated(history->sim); a++) {
		check_rising(history, &history->lives[a]);
		for (size_t p = 0; p < history->lives[a].period_count; p += 2)
			check_fifo(history, &history->lives[a], p);
		for (size_t b = a + 1; b < history->life_count; b++)
			check_prefixes(history, &history->lives[a], &history->lives[b]);
	}
	for (size_t i = 0; i < history->packet_count && !sim_violated(history->sim); i++)
		check_causal(history, &history->packets[i]);
}
