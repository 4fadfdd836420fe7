/* P8: two operations never have one identity. */
#include "conformance/engine/world.h"

static void identify(struct world *world, uint64_t token, struct position position)
{
	if (token == 0 || token > world->operation_count || ring_id_is_none(position.ring))
		return;
	struct world_operation *operation = &world->operations[token];

	if (operation->identified)
		return;
	operation->identified = true;
	operation->identity = position;
	for (size_t other = 1; other <= world->operation_count; other++)
		if (other != token && world->operations[other].identified &&
		    position_equal(world->operations[other].identity, position))
			world_violation(world, "P8 operations %u and %u share the identity %s", (unsigned)token, (unsigned)other,
			                position_text(position).text);
}

void check_identities_applied(struct world *world, unsigned p)
{
	const void *state = node_service(&world->nodes[p])->state;

	identify(world, toy_lock(state)->token, toy_lock(state)->grant.position);
	for (uint8_t key = 0; key < TOY_KEYS; key++)
		if (toy_counter(state, key) != NULL)
			identify(world, toy_counter(state, key)->token, toy_counter_changed(state, key));
}
