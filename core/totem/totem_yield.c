/* Two nodes that do not hear each other while a third hears both would regroup for ever: each round brings one of them in by hearsay and
 * fails. After a few such rounds without a common ring the higher id gives way: it stays alone and silent for a while, longer each time, so
 * that the others have a ring that lasts (sheet §16, trap 9; TOT-047). Adds to the fail set and ignores packets, nothing else. */
#include "core/totem/totem_internal.h"

#include <inttypes.h>

enum { STRIKES_MAX = 3, BACKOFF_FIRST = 2, BACKOFF_LAST = 16 /* times consensus */ };

static struct totem_strikes *strikes_of(struct totem *totem, uint32_t node)
{
	for (size_t i = 0; i < totem->strikes_count; i++)
		if (totem->strikes[i].node == node)
			return &totem->strikes[i];
	if (totem->strikes_count == TOTEM_NODES_MAX)
		return NULL;
	totem->strikes[totem->strikes_count] = (struct totem_strikes){.node = node};
	return &totem->strikes[totem->strikes_count++];
}

/* The lower of the two gives way only if the higher does not: it may not know of the trouble, when it does not hear us at all. */
static uint32_t strikes_max(const struct totem *totem, const struct totem_strikes *strikes)
{
	return strikes->node < totem->config.node ? STRIKES_MAX : 2 * STRIKES_MAX;
}

static void strike(struct totem *totem, uint32_t node)
{
	struct totem_strikes *strikes = strikes_of(totem, node);

	if (strikes != NULL)
		strikes->count++;
}

/* Failed by the consensus timer. One whose Join came is no hearsay: it may be a node that keeps dying, and that is no reason to yield. */
void totem_yield_silent(struct totem *totem, const struct node_set *silent)
{
	for (size_t i = 0; i < silent->count; i++)
		if (!node_set_has(&totem->heard, silent->ids[i]))
			strike(totem, silent->ids[i]);
	totem->heard.count = 0;
}

/* A lower node says that it does not hear us. */
void totem_yield_excluded(struct totem *totem, uint32_t by)
{
	strike(totem, by);
}

static void yield(struct totem *totem, uint32_t backoff_ms)
{
	totem->yielding = true;
	totem_timer_start(totem, TOTEM_TIMER_YIELD, backoff_ms);
	for (size_t i = 0; i < totem->proc.count; i++)
		if (totem->proc.ids[i] != totem->config.node)
			node_set_add(&totem->fail, totem->proc.ids[i]);
}

/* This node gets tokens and none of the packets that they announce (§5.6): it goes by itself, and does not come back at once. */
void totem_yield_deaf(struct totem *totem)
{
	const uint32_t backoff_ms = BACKOFF_LAST * totem->config.consensus_ms;

	totem_output_log(totem->outputs, TOTEM_LOG_ERROR, "fail-to-receive", "this node receives tokens but not the packets that they announce: "
	                 "it stays alone for %" PRIu32 " ms; check firewall, MTU and multicast here", backoff_ms);
	yield(totem, backoff_ms);
}

void totem_yield_due(struct totem *totem)
{
	struct totem_strikes *worst = NULL;

	for (size_t i = 0; i < totem->strikes_count && !totem->yielding; i++)
		if (totem->strikes[i].count >= strikes_max(totem, &totem->strikes[i]))
			worst = &totem->strikes[i];
	if (worst == NULL)
		return;
	const uint32_t first = BACKOFF_FIRST * totem->config.consensus_ms, last = BACKOFF_LAST * totem->config.consensus_ms;
	worst->backoff_ms = worst->backoff_ms == 0 ? first : worst->backoff_ms * 2 > last ? last : worst->backoff_ms * 2;
	for (size_t i = 0; i < totem->strikes_count; i++)
		if (totem->strikes[i].count >= strikes_max(totem, &totem->strikes[i]))
			totem->strikes[i].count = strikes_max(totem, &totem->strikes[i]) - 1; /* the next failure is enough */
	totem_output_log(totem->outputs, TOTEM_LOG_WARNING, "gives-way", "node %" PRIu32 " and this node do not hear each other, others hear "
	                 "both: this one stays alone for %" PRIu32 " ms; check the network between the two", worst->node, worst->backoff_ms);
	yield(totem, worst->backoff_ms);
}

void totem_yield_over(struct totem *totem)
{
	totem->yielding = false;
	if (totem->state == TOTEM_OPERATIONAL)
		totem_join_send(totem, false);
}

/* Whoever was in a ring with us is no trouble any more. */
void totem_yield_forget(struct totem *totem, const struct node_set *members)
{
	size_t kept = 0;

	for (size_t i = 0; i < totem->strikes_count; i++)
		if (!node_set_has(members, totem->strikes[i].node))
			totem->strikes[kept++] = totem->strikes[i];
	totem->strikes_count = kept;
	totem->heard.count = 0;
}
