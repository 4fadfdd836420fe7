/* Promise (R10, R12): what a client is told is granted every member of the view has granted, and it has the end of the view's barrier. Promise
 * (R18): a view leaves nothing to who is not in its winning group. Promise (P4, R20): inside one view no client believes in a lock that
 * conflicts with another's; with fencing nowhere. With quorum required a minority grants nothing. A client believes from the answer until it
 * unlocks, closes, is told that the lock is lost, or dies. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static bool conflict(const struct lck_world_lock *one, const struct lck_world_lock *other)
{
	return one->resource == other->resource && (one->mode == SA_LCK_EX_LOCK_MODE || other->mode == SA_LCK_EX_LOCK_MODE);
}

static void against(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock,
                    const struct lck_world_node *other_node, const struct lck_world_client *other)
{
	struct world_lck *world = node->world;
	const struct view *view = &node->stack.engine->view, *other_view = &other_node->stack.engine->view;
	const bool same_view = ring_id_equal(view->ring, other_view->ring);

	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++) {
		const struct lck_world_lock *held = &other->locks[i];

		if (held == lock || held->number == 0 || held->state != LCK_LOCK_HELD || !conflict(held, lock))
			continue;
		if (same_view || (world->fencing && world->quorum))
			sim_violation(world->sim, "mutual-exclusion", "client %" PRIu64 " of node %" PRIu32 " is granted resource %u, in which client %" PRIu64
			              " of node %" PRIu32 " believes%s", client->id, node->stack.node, lock->resource, other->id, other_node->stack.node,
			              same_view ? " in the same view" : ", in spite of fencing");
	}
}

static void check_stable(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock)
{
	const struct view *view = &node->stack.engine->view;
	const struct requester requester = {
		.node = node->stack.node, .incarnation = node->stack.engine->config.incarnation, .client = client->id,
	};

	for (size_t i = 0; i < view->count; i++) {
		const struct lck_world_node *other = lck_node_of(node->world, view->claims[i].node);

		if (other == NULL || other->stack.left || !ring_id_equal(other->stack.engine->view.ring, view->ring))
			continue;
		if (!other->stack.engine->view.ended) /* R10 */
			sim_violation(node->world->sim, "not-stable", "client %" PRIu64 " of node %" PRIu32 " is told of its lock %" PRIu64 " before node %" PRIu32
			              " has the end of their view's barrier", client->id, node->stack.node, lock->number, other->stack.node);
		if (!lck_node_current(other))
			continue;
		const struct lck_held *held = lck_held_find(lck_node_service(other)->state, requester, lock->number);
		if (held == NULL || !held->granted)
			sim_violation(node->world->sim, "not-stable", "client %" PRIu64 " of node %" PRIu32 " is told of its lock %" PRIu64 " before node %" PRIu32
			              " grants it", client->id, node->stack.node, lock->number, other->stack.node);
	}
}

void check_lck_exclusion(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock)
{
	const struct world_lck *world = node->world;

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + world->nodes && !world->adopted; id++) {
		const struct lck_world_node *other = lck_node_of(world, id);

		for (size_t i = 0; other != NULL && !other->stack.left && i < world->clients; i++)
			if (other->clients[i].id != 0)
				against(node, client, lock, other, &other->clients[i]);
	}
}

void check_lck_granted(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock)
{
	struct world_lck *world = node->world;
	const struct view *view = &node->stack.engine->view;

	if (world->quorum && !world->adopted && (!view->serving || 2 * view->count <= world->nodes))
		sim_violation(world->sim, "minority", "node %" PRIu32 " grants a lock in a view of %zu", node->stack.node, view->count);
	check_stable(node, client, lock);
	check_lck_exclusion(node, client, lock);
}

static bool is_winner(const struct service_view *view, struct requester client)
{
	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == client.node)
			return view->members[i].winner && view->members[i].incarnation == client.incarnation;
	return false;
}

/* R18: who is not in the winning group holds nothing from the end of the barrier on, and waits for nothing. */
void check_lck_released(struct world_lck *world, uint32_t node, const struct service_view *view)
{
	for (size_t i = 0; i < world->after.lock_count; i++) {
		const struct picture_lock *lock = &world->after.locks[i];

		if (!lock->orphan && !is_winner(view, lock->requester))
			sim_violation(world->sim, "released", "a view at node %" PRIu32 " leaves client %" PRIu64 " of node %" PRIu32 " its %s", node,
			              lock->requester.client, lock->requester.node, lock->granted ? "lock" : "request");
	}
}
