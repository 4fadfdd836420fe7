/* P5: once views stop changing, barriers end, joiners catch up, and nobody waits for an answer. P6: what a joiner keeps beside a copy is
 * bounded. And lineage never runs backwards. */
#include "conformance/engine/world.h"

/* One that an operation settles; the others wait for the next barrier. */
static bool debt_is_owed(const struct engine *engine)
{
	for (const struct list *entry = engine->debts.next; entry != &engine->debts; entry = entry->next)
		if (container_of(entry, struct debt, entry)->number != 0)
			return true;
	return false;
}

static void node_at_rest(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];
	const struct view *view = &node->engine->view;

	if (!view->ended)
		world_violation(world, "P5 the barrier of node %u does not end", p + 1);
	else if (!view->serving)
		world_violation(world, "P5 every node is present and node %u does not serve", p + 1);
	else if (view->full && !(node_current(node) && node_service(node)->complete))
		world_violation(world, "P5 node %u never finishes catching up", p + 1);
	else if (node->engine->held.count > 0)
		world_violation(world, "P5 node %u holds an answer for ever", p + 1);
	else if (!list_is_empty(&node->engine->queue) || !list_is_empty(&node->engine->sent))
		world_violation(world, "P5 node %u never sends an operation", p + 1);
	else if (view->full && tree_first(&node->engine->deadlines) != NULL)
		world_violation(world, "P5 a call at node %u waits for ever", p + 1);
	else if (debt_is_owed(node->engine))
		world_violation(world, "P5 a debt of node %u is never settled", p + 1);
}

void check_end_at_rest(struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes && !world->violated; p++)
		node_at_rest(world, p);
	for (unsigned p = 0; p < world->options.nodes && !world->violated; p++)
		if (world->options.quorum && node_service(&world->nodes[p])->complete)
			check_promises_serving(world, p, "at rest");
}

void check_catchup_bound(struct world *world, unsigned p)
{
	const struct service *service = node_service(&world->nodes[p]);
	const size_t kept = service->table->range_kept(service->state);

	if (kept > 2 * world->options.range_size)
		world_violation(world, "P6 node %u keeps %zu bytes of operations beside a range of %zu", p + 1, kept,
		                world->options.range_size);
}

void check_lineage(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];

	if (ring_id_compare(node->engine->lineage, node->was_lineage) < 0 && !world->adopted)
		world_violation(world, "P9 lineage runs backwards at node %u", p + 1);
}
