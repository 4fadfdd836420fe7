/* R19: an object that nobody has whole comes back from the newest that anybody keeps, and from nothing less as long as quorum is required
 * and nobody has adopted; what somebody has of it is not left lost. And who is
 * safe to restart takes nothing along. */
#include "conformance/engine/world.h"

unsigned toy_present(const void *state)
{
	unsigned present = 0;

	for (uint8_t key = 0; key < TOY_KEYS; key++)
		present |= toy_counter(state, key) == NULL ? 0 : 1u << key;
	return present;
}

static void newest_take(struct node *node, uint8_t key, const void *state, struct ring_id version)
{
	if (toy_counter(state, key) == NULL || ring_id_is_none(version) || ring_id_compare(version, node->newest[key]) < 0)
		return;
	if (ring_id_compare(version, node->newest[key]) > 0)
		node->newest_count[key] = 0;
	node->newest[key] = version;
	node->newest_seen[key][node->newest_count[key]++ % WORLD_NODES_MAX] = toy_counter(state, key)->seen;
}

/* What the members of this node's ring keep of a key. */
static void newest_of(const struct world *world, struct node *node, uint8_t key)
{
	node->newest[key] = (struct ring_id){0};
	node->newest_count[key] = 0;
	for (unsigned q = 0; q < world->options.nodes; q++) {
		const struct node *other = &world->nodes[q];

		if (!other->up || !ring_id_equal(other->engine->view.ring, node->engine->view.ring))
			continue;
		for (const struct older *older = node_service(other)->older; older != NULL; older = older->next)
			newest_take(node, key, older->state, older->version);
		if (other->engine->pull.joining)
			newest_take(node, key, node_service(other)->state, other->engine->lineage);
	}
}

void check_objects_before(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];

	for (uint8_t key = 0; key < TOY_KEYS; key++) {
		node->newest_count[key] = 0;
		if (node_current(node) && !ring_id_is_none(toy_lost(node_service(node)->state, key)))
			newest_of(world, node, key);
	}
}

void check_objects_after(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];

	for (uint8_t key = 0; key < TOY_KEYS && node_current(node); key++) {
		const struct toy_value *value = toy_counter(node_service(node)->state, key);
		bool is_one = false;

		if (node->newest_count[key] == 0 || value == NULL || !ring_id_equal(node->engine->view.ring, node->was_ring))
			continue;
		for (unsigned i = 0; i < node->newest_count[key] && i < WORLD_NODES_MAX; i++)
			is_one |= node->newest_seen[key][i] == value->seen;
		if (!is_one)
			world_violation(world, "R19 node %u restores key %u from something else than the newest, of ring %s", p + 1, key,
			                ring_id_text(node->newest[key]).text);
	}
}

bool check_objects_at_rest(struct world *world, unsigned p)
{
	struct node *node = &world->nodes[p];

	for (uint8_t key = 0; key < TOY_KEYS && node_current(node); key++) {
		const struct ring_id lost = toy_lost(node_service(node)->state, key);

		if (ring_id_is_none(lost))
			continue;
		newest_of(world, node, key);
		if (node->newest_count[key] > 0 && (!world->options.quorum || ring_id_compare(node->newest[key], lost) >= 0)) {
			world_violation(world, "R19 key %u is lost at node %u though somebody has it as of ring %s", key, p + 1,
			                ring_id_text(node->newest[key]).text);
			return false;
		}
	}
	return true;
}

bool check_restart_asked(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];
	const struct view *view = &node->engine->view;
	struct engine_status status;

	for (size_t i = 0; i < view->count; i++) {
		const struct node *other = &world->nodes[view->claims[i].node - 1];

		if (!other->up || !ring_id_equal(other->engine->view.ring, view->ring) || !other->engine->view.ended || other->attempt != NULL)
			return false; /* it cannot know yet */
	}
	engine_status(node->engine, &status);
	engine_status_objects(node->engine, &status);
	return status.restart_safe;
}

void check_restart_crashed(struct world *world, unsigned p, bool safe, uint64_t promised)
{
	const uint64_t lost = promised & ~world->promised;

	if (!world->options.quorum && world->options.partitions)
		return; /* what a half that lost had answered is taken back */
	if (safe && lost != 0 && !world->adopted)
		world_violation(world, "R19 node %u was safe to restart, and operation %u went with it", p + 1, (unsigned)__builtin_ctzll(lost));
}
