/* What was reported stable anywhere is delivered by every member that does not fail (TOT-126). */
#include <inttypes.h>

#include "conformance/sim/totem_history.h"

/* Only the highest position of each ring is kept, and it implies all before it. */
static void check_line(const struct history *history, const struct life *teller, struct position line)
{
	const int told = life_period_find(teller, line.ring, GROUP_VIEW_REGULAR);

	if (told < 0)
		return;
	for (size_t i = 0; i < history->life_count; i++) {
		const struct life *life = &history->lives[i];
		const int at = life_period_find(life, line.ring, GROUP_VIEW_REGULAR);
		const struct delivery wanted = {.position = line};
		if (at < 0 || (size_t)at + 2 >= life->period_count || life_delivered_in(life, (size_t)at, (size_t)at + 1, &wanted))
			continue;
		sim_violation(history->sim, "TOT-126 stable-survives", "%s was stable at node %" PRIu32 " and is lost at node %" PRIu32,
		              position_text(line).text, teller->node, life->node);
	}
}

void check_stable(const struct history *history)
{
	for (size_t i = 0; i < history->life_count && !sim_violated(history->sim); i++)
		for (size_t j = 0; j < history->lives[i].stable_count; j++)
			check_line(history, &history->lives[i], history->lives[i].stable_lines[j]);
}
