/* Promise: view numbers grow on a node, through all its lives (CLM-044); what clients are told carries the number of the view that it is
 * about, which is the same on all its members (CLM-045). */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"

/* A view is about to be told. */
void check_clm_numbers_view(struct clm_world_node *node)
{
	struct world_clm *world = node->world;
	const uint64_t number = node->told->ring.seq;

	if (number <= world->last_number[node->stack.node])
		sim_violation(world->sim, "CLM-044 numbers-grow", "node %" PRIu32 " tells view %" PRIu64 " after view %" PRIu64,
		              node->stack.node, number, world->last_number[node->stack.node]);
	world->last_number[node->stack.node] = number;
}

void check_clm_numbers(struct clm_world_node *node, struct clm_world_client *client, uint64_t number)
{
	struct sim *sim = node->world->sim;

	if (number < client->number || (node->telling && number == client->number))
		sim_violation(sim, "CLM-044 numbers-grow", "a client of node %" PRIu32 " is told view %" PRIu64 " after view %" PRIu64,
		              node->stack.node, number, client->number);
	if (number != node->told->ring.seq)
		sim_violation(sim, "CLM-045 one-number", "a client of node %" PRIu32 " is told number %" PRIu64 " of the view that ring %s is",
		              node->stack.node, number, ring_id_text(node->told->ring).text);
	client->number = number;
}
