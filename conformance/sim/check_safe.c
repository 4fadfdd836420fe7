/* Promises about safe messages: whoever delivers one, every member of that configuration does, or fails (TOT-023, -024). */
#include <inttypes.h>

#include "conformance/sim/totem_history.h"

/* Every life of a member that was in the regular configuration and went on has it in com(c). */
static void check_members(const struct history *history, const struct life *life, const struct period *period,
                          const struct delivery *delivery)
{
	for (size_t i = 0; i < history->life_count; i++) {
		const struct life *other = &history->lives[i];
		const int at = life_period_find(other, period->regular, GROUP_VIEW_REGULAR);
		if (at < 0 || !node_set_has(&period->members, other->node) || (size_t)at + 2 >= other->period_count)
			continue;
		if (life_delivered_in(other, (size_t)at, (size_t)at + 1, delivery))
			continue;
		sim_violation(history->sim, "TOT-023 safe-everywhere", "node %" PRIu32 " delivered safe %s in %s, node %" PRIu32 " never did",
		              life->node, position_text(delivery->position).text, ring_id_text(period->ring).text, other->node);
	}
}

/* Some life of every member installed it: it was alive then, for it answered. */
static void check_installed(const struct history *history, const struct life *life, const struct period *period)
{
	for (size_t m = 0; m < period->members.count; m++) {
		bool installed = false;
		for (size_t i = 0; i < history->life_count && !installed; i++)
			installed = history->lives[i].node == period->members.ids[m] &&
			            life_period_find(&history->lives[i], period->ring, GROUP_VIEW_REGULAR) >= 0;
		if (!installed)
			sim_violation(history->sim, "TOT-024 safe-means-installed", "node %" PRIu32 " delivered a safe message in %s, which node %" PRIu32
			              " never installed", life->node, ring_id_text(period->ring).text, period->members.ids[m]);
	}
}

void check_safe(const struct history *history)
{
	for (size_t a = 0; a < history->life_count && !sim_violated(history->sim); a++) {
		const struct life *life = &history->lives[a];
		for (size_t at = 0; at < life->period_count; at++) {
			bool any = false;
			for (size_t i = life->periods[at].delivery_first; i < period_delivery_end(life, at); i++) {
				if (!life->deliveries[i].safe)
					continue;
				any = true;
				check_members(history, life, &life->periods[at], &life->deliveries[i]);
			}
			if (any && life->periods[at].kind == GROUP_VIEW_REGULAR)
				check_installed(history, life, &life->periods[at]);
		}
	}
}
