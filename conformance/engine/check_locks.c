/* R17: at rest who believes that it has the box open has it open, and nobody else. P4: inside one view, with fencing anywhere, never two
 * clients that hold the lock; at rest a lock that is held, in any view that lacks nobody, is held by somebody who knows it. */
#include "conformance/engine/world.h"

void check_locks_granted(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];

	if (world->adopted || !world->options.quorum)
		return;
	for (unsigned q = 0; q < world->options.nodes; q++) {
		const struct node *other = &world->nodes[q];

		if (q != p && other->up && other->belief != 0 && world->options.fencing)
			world_violation(world, "P4 nodes %u and %u both believe they hold the lock, in spite of fencing", q + 1, p + 1);
		if (q != p && other->up && other->belief != 0 && other->operational && other->ring == node->ring)
			world_violation(world, "P4 nodes %u and %u both believe they hold the lock in ring %s", q + 1, p + 1,
			                ring_id_text(node->ring->id).text);
	}
}

void check_locks_taken_over(struct world *world, unsigned p)
{
	const struct node *node = &world->nodes[p];

	if (world->adopted || !world->options.quorum || node->belief == 0)
		return;
	for (unsigned q = 0; q < world->options.nodes; q++) {
		const struct node *other = &world->nodes[q];

		if (q != p && other->up && other->belief != 0 && other->ring == node->ring && node_current(other))
			world_violation(world, "P4 nodes %u and %u have the state of ring %s, and both believe they hold the lock", q + 1, p + 1,
			                ring_id_text(node->ring->id).text);
	}
}

/* Nobody is missing in its view, and the end of that has released what it had to. */
static bool view_is_whole(const struct world *world, const struct node *node)
{
	if (!node->up || !node->operational || !node_current(node) || !node->engine->view.serving || !node->engine->view.applied ||
	    node->ring->message_count >= WORLD_MESSAGES_MAX - 1)
		return false;
	for (unsigned i = 0; i < world->options.nodes; i++) {
		const struct node *other = &world->nodes[i];

		if ((node->ring->members & bit(i)) && !(other->up && other->operational && other->ring == node->ring))
			return false;
	}
	return true;
}

static void lock_at_rest(struct world *world, const struct toy_lock *lock)
{
	const struct world_operation *operation = &world->operations[lock->token];
	bool unlocked = false;

	for (size_t token = 1; token <= world->operation_count; token++)
		unlocked |= world->operations[token].kind == WORLD_UNLOCK && world->operations[token].unlocks == lock->token;
	if (!unlocked && world->nodes[operation->node].belief != lock->token)
		world_violation(world, "P4 the lock of operation %u is held by nobody who knows it", (unsigned)lock->token);
}

void check_locks_at_rest(struct world *world)
{
	for (unsigned p = 0; p < world->options.nodes && !world->violated; p++) {
		const struct node *node = &world->nodes[p];

		if (view_is_whole(world, node) && toy_lock(node_service(node)->state)->holder.node != 0)
			lock_at_rest(world, toy_lock(node_service(node)->state));
	}
}

static bool box_has(const struct toy_box *box, const struct node *node)
{
	for (uint32_t i = 0; i < box->count; i++)
		if (box->openers[i].node == node->index + 1 && box->openers[i].client == node->client)
			return true;
	return false;
}

void check_opens_at_rest(struct world *world)
{
	const struct toy_box *box = toy_box(node_service(&world->nodes[0])->state);
	uint32_t believe = 0;

	if (!world->nodes[0].engine->view.serving)
		return;
	for (unsigned p = 0; p < world->options.nodes; p++) {
		const struct node *node = &world->nodes[p];

		believe += node->opened;
		if (node->opened && !(identity_equal(box->identity, node->box) && box_has(box, node)))
			world_violation(world, "R17 the client of node %u believes it has the box open, and has not", p + 1);
	}
	if (box->count != believe)
		world_violation(world, "R17 %u have the box open, and %u clients know", (unsigned)box->count, (unsigned)believe);
}
