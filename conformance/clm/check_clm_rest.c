/* Promise: once faults have stopped, all nodes are in one view, it has been told on each, to every tracker, and no call is left
 * unanswered. */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"

static void check_client(struct clm_world_node *node, struct clm_world_client *client)
{
	struct sim *sim = node->world->sim;

	for (size_t i = 0; i < CLM_WORLD_CALLS; i++)
		if (client->calls[i].number != 0)
			sim_violation(sim, "at-rest", "node %" PRIu32 " never answers call %" PRIu64 " (request %d)", node->stack.node,
			              client->calls[i].number, (int)client->calls[i].kind);
	if (client->mode != 0 && client->number != node->told->ring.seq)
		sim_violation(sim, "at-rest", "client %" PRIu64 " of node %" PRIu32 " tracks and was told view %" PRIu64 " last, not %" PRIu64,
		              client->id, node->stack.node, client->number, node->told->ring.seq);
	clm_client_dispatch(node, client, SIZE_MAX);
	if (client->mode != 0 && client->knows && client->fold_number != node->told->ring.seq)
		sim_violation(sim, "at-rest", "client %" PRIu64 " of node %" PRIu32 " comes to rest in view %" PRIu64 ", not %" PRIu64, client->id,
		              node->stack.node, client->fold_number, node->told->ring.seq);
}

void check_clm_rest(struct world_clm *world)
{
	const struct clm_fact *last = NULL;

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes && !sim_violated(world->sim); id++) {
		struct clm_world_node *node = sim_node_instance(world->sim, id);

		last = last == NULL && node != NULL ? node->told : last;
		if (node == NULL || node->told == NULL || node->told != last || node->told != node->installed || last->count != world->nodes) {
			sim_violation(world->sim, "at-rest", "all is healed, and node %" PRIu32 " has not told the view of all", id);
			return;
		}
		for (size_t i = 0; i < world->clients; i++)
			if (node->clients[i].id != 0)
				check_client(node, &node->clients[i]);
	}
}
