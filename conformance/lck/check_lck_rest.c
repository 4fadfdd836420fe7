/* Promise: once faults have stopped and clients have ended what they had, nothing is left: no lock that nobody knows of, no open of who is gone;
 * what a client has open it has, if the resource is still the one that it opened (R17); and the bytes of all states are equal. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static const struct lck_world_client *client_of_requester(const struct world_lck *world, struct requester client)
{
	const struct lck_world_node *node = lck_node_of(world, client.node);

	for (size_t i = 0; node != NULL && node->stack.engine->config.incarnation == client.incarnation && i < world->clients; i++)
		if (node->clients[i].id != 0 && node->clients[i].id == client.client)
			return &node->clients[i];
	return NULL;
}

static bool knows_open(const struct lck_world_client *client, uint64_t number)
{
	for (size_t i = 0; client != NULL && i < LCK_WORLD_OPENS; i++)
		if (client->opens[i].number == number)
			return true;
	return false;
}

static void check_state(struct world_lck *world, const struct picture *state)
{
	for (size_t i = 0; i < state->lock_count; i++)
		if (!state->locks[i].orphan)
			sim_violation(world->sim, "no-leak", "client %" PRIu64 " of node %" PRIu32 " %s lock %" PRIu64 " of resource %u, of which it knows nothing",
			              state->locks[i].requester.client, state->locks[i].requester.node, state->locks[i].granted ? "holds" : "waits for",
			              state->locks[i].number, state->locks[i].name);
	for (size_t i = 0; i < state->open_count; i++)
		if (!knows_open(client_of_requester(world, state->opens[i].client), state->opens[i].number))
			sim_violation(world->sim, "opens", "client %" PRIu64 " of node %" PRIu32 " has %" PRIu64 " open, of which it knows nothing",
			              state->opens[i].client.client, state->opens[i].client.node, state->opens[i].number);
}

static void check_opens(struct world_lck *world, const struct lck_world_node *node, const struct lck_world_client *client,
                        const struct picture *state)
{
	const struct requester requester = {
		.node = node->stack.node, .incarnation = node->stack.engine->config.incarnation, .client = client->id,
	};

	for (size_t i = 0; client->id != 0 && i < LCK_WORLD_OPENS; i++) {
		const struct lck_world_open *open = &client->opens[i];
		const bool exists = lck_resource_find(lck_node_service(node)->state, open->identity) != NULL;
		const struct picture_open *has = picture_open_find(state, requester, open->number);

		if (open->number == 0 || (has != NULL && identity_equal(has->resource, open->identity)))
			continue;
		if (exists || open->losses == node->losses)
			sim_violation(world->sim, "opens", "what client %" PRIu64 " of node %" PRIu32 " has open, %" PRIu64 ", is not open in the state",
			              client->id, node->stack.node, open->number);
	}
}

void check_lck_rest(struct world_lck *world)
{
	struct wire_writer first = {0};

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes && !sim_violated(world->sim); id++) {
		const struct lck_world_node *node = lck_node_of(world, id);
		struct wire_writer own = {0};

		lck_state_encode(lck_node_service(node)->state, &own);
		if (id == SIM_NODE_FIRST)
			wire_put_raw(&first, own.data, own.size);
		else if (!bytes_equal(wire_writer_bytes(&first), wire_writer_bytes(&own)))
			sim_violation(world->sim, "replicas-equal", "at rest nodes %d and %" PRIu32 " hold different bytes", SIM_NODE_FIRST, id);
		wire_writer_clear(&own);
		picture_take(lck_node_service(node)->state, &world->before);
		check_state(world, &world->before);
		for (size_t i = 0; i < world->clients; i++)
			check_opens(world, node, &node->clients[i], &world->before);
	}
	wire_writer_clear(&first);
}

void check_lck_empty(struct world_lck *world)
{
	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes; id++) {
		const struct lck_state *state = lck_node_service(lck_node_of(world, id))->state;

		if (state->resources.count != 0 || state->opens.count != 0 || state->locks.count != 0 || state->orphan_count != 0 ||
		    state->owners.count != 0)
			sim_violation(world->sim, "no-leak", "all clients are gone, and node %" PRIu32 " still has %zu resources, %zu opens, %zu locks, %zu"
			              " orphans", id, state->resources.count, state->opens.count, state->locks.count, state->orphan_count);
	}
}
