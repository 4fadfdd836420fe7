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

static bool node_lost(const struct node *node)
{
	return objects_any_lost(node_service(node)) || (node_elsewhere(node) != NULL && objects_any_lost(node_elsewhere(node)));
}

static void node_at_rest(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];
	const struct view *view = &node->engine->view;

	if (!view->ended)
		world_violation(world, "P5 the barrier of node %u does not end", p + 1);
	else if (!view->serving && view->verdict.expected_votes > world->options.nodes)
		return; /* votes are expected that nobody has */
	else if (!view->serving)
		world_violation(world, "P5 every node is present and node %u does not serve", p + 1);
	else if (!check_objects_at_rest(world, p))
		return;
	else if (!node_lost(node) && !(node_current(node) && node_service(node)->complete &&
	                               (node_elsewhere(node) == NULL || node_elsewhere(node)->complete)))
		world_violation(world, "P5 node %u never finishes catching up", p + 1);
	else if (node->engine->held.count > 0)
		world_violation(world, "P5 node %u holds an answer for ever", p + 1);
	else if (!list_is_empty(&node->engine->queue) || !list_is_empty(&node->engine->sent))
		world_violation(world, "P5 node %u never sends an operation", p + 1);
	else if (node_service(node)->complete && tree_first(&node->engine->deadlines) != NULL)
		world_violation(world, "P5 a call at node %u waits for ever", p + 1);
	else if (debt_is_owed(node->engine))
		world_violation(world, "P5 a debt of node %u is never settled", p + 1);
}

void check_end_at_rest(struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes && !world->violated; p++)
		node_at_rest(world, p);
	for (unsigned p = 0; p < world->options.nodes && !world->violated; p++)
		if (world->options.quorum && world->nodes[p].engine->view.serving && node_service(&world->nodes[p])->complete)
			check_promises_serving(world, p, "at rest");
}

void check_catchup_bound(struct world *world, unsigned p)
{
	const struct service *service = node_service(&world->nodes[p]);
	const size_t kept = service->table->range_kept(service->state), first = world->options.range_size;
	const size_t asked = world->nodes[p].engine->pull.size_max;

	if (kept > (asked > first ? asked : first) + first || asked > ENGINE_RANGE_GROWTH * first)
		world_violation(world, "P6 node %u keeps %zu bytes of operations beside a range of %zu", p + 1, kept, asked);
}

void check_catchup_remember(struct node *node)
{
	const struct pull *pull = &node->engine->pull;
	struct world_asked *asked = &node->was_asked;

	*asked = (struct world_asked){.open = pull->wait == PULL_OPEN && pull->service != SIZE_MAX, .service = pull->service,
	                              .after_size = pull->after_size, .size_max = pull->size_max, .received = node->engine->range_bytes};
	if (asked->open && pull->after_size <= sizeof asked->after)
		memcpy(asked->after, pull->after, pull->after_size);
}

/* R21: who asks for the same range again in one view asks for half as much, so that a hot key cannot hold it up for ever. */
void check_catchup_halves(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];
	const struct pull *pull = &node->engine->pull;
	const struct world_asked *was = &node->was_asked;
	const bool again = was->open && node->engine->range_bytes == was->received && pull->wait == PULL_ASKED && pull->service == was->service &&
	                   pull->after_size == was->after_size && was->after_size <= sizeof was->after &&
	                   memcmp(pull->after, was->after, was->after_size) == 0;

	if (again && ring_id_equal(node->engine->view.ring, node->was_ring) && pull->size_max > 1 && pull->size_max > was->size_max / 2)
		world_violation(world, "P6 node %u asks for %u bytes again after %u were too much", p + 1, (unsigned)pull->size_max,
		                (unsigned)was->size_max);
}

void check_lineage(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];

	if (ring_id_compare(node->engine->lineage, node->was_lineage) < 0 && !world->adopted)
		world_violation(world, "P9 lineage runs backwards at node %u", p + 1);
}
