/* Promise: nobody is told a view before the end of its barrier is stable: the view is the one that is installed, Totem has said that all
 * have applied the end, and every member has indeed ended it (mechanism 3: callbacks leave when the barrier's end is stable). */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"

void check_clm_stable(struct clm_world_node *node, const struct service_view *stable)
{
	const struct view *view = &node->stack.engine->view;
	const struct clm_fact *fact = node->installed;
	struct sim *sim = node->world->sim;

	if (fact == NULL || !ring_id_equal(stable->ring, fact->ring)) {
		sim_violation(sim, "told-when-stable", "node %" PRIu32 " tells ring %s, which it has not installed", node->stack.node,
		              ring_id_text(stable->ring).text);
		return;
	}
	for (size_t i = 0; i < fact->count; i++)
		if (!fact->members[i].ended)
			sim_violation(sim, "told-when-stable", "node %" PRIu32 " tells ring %s before its barrier has ended on node %" PRIu32,
			              node->stack.node, ring_id_text(fact->ring).text, fact->members[i].node);
	if (!node->stable_valid || position_compare(node->stable, view->end) < 0)
		sim_violation(sim, "told-when-stable", "node %" PRIu32 " tells ring %s before the end of its barrier, %s, is stable",
		              node->stack.node, ring_id_text(fact->ring).text, position_text(view->end).text);
}
