/* P8: two operations never have one identity. And none is applied twice, however often it was sent (R1). */
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

/* Each addition is of 1 and names another token, and a world has fewer tokens than `seen` has bits. */
static void applied_once(struct world *world, unsigned p, uint8_t key, const struct toy_value *value)
{
	if (value->value > __builtin_popcountll(value->seen))
		world_violation(world, "P3 node %u applied an addition to key %u twice", p + 1, key);
}

static void service_identities(struct world *world, unsigned p, const void *state)
{
	identify(world, toy_lock(state)->token, toy_lock(state)->grant.position);
	for (uint8_t key = 0; key < TOY_KEYS; key++)
		if (toy_counter(state, key) != NULL) {
			identify(world, toy_counter(state, key)->token, toy_counter_changed(state, key));
			applied_once(world, p, key, toy_counter(state, key));
		}
}

void check_identities_applied(struct world *world, unsigned p)
{
	service_identities(world, p, node_service(&world->nodes[p])->state);
	if (node_elsewhere(&world->nodes[p]) != NULL)
		service_identities(world, p, node_elsewhere(&world->nodes[p])->state);
}
