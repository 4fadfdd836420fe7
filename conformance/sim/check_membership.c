/* Promises about configurations: their order, their ids, who is in them (TOT-010, -012 to -015, -029 to -032, -035). */
#include <inttypes.h>

#include "conformance/sim/totem_history.h"

static bool is_sorted(const struct node_set *set)
{
	for (size_t i = 1; i < set->count; i++)
		if (set->ids[i - 1] >= set->ids[i])
			return false;
	return true;
}

static void check_one(const struct history *history, const struct life *life, size_t at)
{
	const struct period *period = &life->periods[at], *before = at > 0 ? &life->periods[at - 1] : NULL;
	const char *ring = ring_id_text(period->ring).text;
	const enum group_view_kind expected = at % 2 == 0 ? GROUP_VIEW_REGULAR : GROUP_VIEW_TRANSITIONAL;

	if (period->kind != expected || (at == 0 && period->members.count != 1))
		sim_violation(history->sim, "TOT-010 alternate", "node %" PRIu32 ": notice %zu is of the wrong kind", life->node, at);
	if (!node_set_has(&period->members, life->node))
		sim_violation(history->sim, "TOT-013 member", "node %" PRIu32 " installs %s without being in it", life->node, ring);
	if (!is_sorted(&period->members) || !is_sorted(&period->joined) || !is_sorted(&period->left))
		sim_violation(history->sim, "TOT-015 exact-lists", "node %" PRIu32 ": a list of %s is not sorted", life->node, ring);
	if (period->kind == GROUP_VIEW_REGULAR && period->ring.representative != period->members.ids[0])
		sim_violation(history->sim, "TOT-032 lowest-represents", "node %" PRIu32 ": ring %s", life->node, ring);
	if (before == NULL || period->kind != GROUP_VIEW_REGULAR || at < 2)
		return;
	struct node_set joined, left;
	node_set_minus(&period->members, &before->members, &joined);
	node_set_minus(&life->periods[at - 2].members, &before->members, &left);
	if (!node_set_equal(&joined, &period->joined) || !node_set_equal(&left, &period->left) || !node_set_equal(&left, &before->left))
		sim_violation(history->sim, "TOT-015 exact-lists", "node %" PRIu32 ": joined or left of %s are not the differences", life->node,
		              ring);
	if (period->ring.seq <= life->periods[at - 2].ring.seq)
		sim_violation(history->sim, "TOT-031 sequence-grows", "node %" PRIu32 ": %s follows %s", life->node, ring,
		              ring_id_text(life->periods[at - 2].ring).text);
}

/* Two lives that installed the same configuration. */
static void check_pair(const struct history *history, const struct life *a, size_t i, const struct life *b, size_t j)
{
	const struct period *p = &a->periods[i], *q = &b->periods[j];

	if (!ring_id_equal(p->ring, q->ring) || p->kind != q->kind)
		return;
	if (!node_set_equal(&p->members, &q->members))
		sim_violation(history->sim, "TOT-012 one-membership", "%s has other members at node %" PRIu32 " than at node %" PRIu32,
		              ring_id_text(p->ring).text, a->node, b->node);
	if (a->node == b->node && p->kind == GROUP_VIEW_REGULAR && !b->disk_lost_before)
		sim_violation(history->sim, "TOT-030 ids-unique", "node %" PRIu32 " installs %s in two lives", a->node, ring_id_text(p->ring).text);
	if (p->kind != GROUP_VIEW_REGULAR || i < 2 || j < 2)
		return;
	const struct period *p_old = &a->periods[i - 2], *q_old = &b->periods[j - 2];
	const bool same_old = ring_id_equal(p_old->ring, q_old->ring);
	if (node_set_has(&a->periods[i - 1].members, b->node) != same_old)
		sim_violation(history->sim, "TOT-014 transitional-by-ring", "into %s: node %" PRIu32 " comes from %s, node %" PRIu32
		              " from %s, and that is not what the transitional members say", ring_id_text(p->ring).text, a->node,
		              ring_id_text(p_old->ring).text, b->node, ring_id_text(q_old->ring).text);
	if (same_old && (!ring_id_equal(a->periods[i - 1].ring, b->periods[j - 1].ring) || !node_set_equal(&p->joined, &q->joined) ||
	                 !node_set_equal(&p->left, &q->left) || !node_set_equal(&a->periods[i - 1].members, &b->periods[j - 1].members)))
		sim_violation(history->sim, "TOT-029 equal-notices", "into %s: node %" PRIu32 " and node %" PRIu32 " were told differently",
		              ring_id_text(p->ring).text, a->node, b->node);
}

static void check_lives(const struct history *history, const struct life *a, const struct life *b)
{
	for (size_t i = 0; i < a->period_count; i++) {
		const int j = life_period_find(b, a->periods[i].ring, a->periods[i].kind);
		if (j >= 0)
			check_pair(history, a, i, b, (size_t)j);
	}
	const bool successive = a->node == b->node && a->number + 1 == b->number && !b->disk_lost_before;
	if (successive && a->period_count > 0 && b->period_count > 0 && b->periods[0].ring.seq <= a->periods[a->period_count - 1].ring.seq)
		sim_violation(history->sim, "TOT-031 sequence-grows", "node %" PRIu32 " starts with %s after %s", a->node,
		              ring_id_text(b->periods[0].ring).text, ring_id_text(a->periods[a->period_count - 1].ring).text);
}

void check_membership(const struct history *history)
{
	for (size_t a = 0; a < history->life_count && !sim_violated(history->sim); a++) {
		for (size_t at = 0; at < history->lives[a].period_count; at++)
			check_one(history, &history->lives[a], at);
		for (size_t b = a + 1; b < history->life_count; b++)
			check_lives(history, &history->lives[a], &history->lives[b]);
	}
}
