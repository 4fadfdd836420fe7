/* P1, P7: what was answered is never lost while somebody who holds it is in a serving view. P2's first half: what was read neither. */
#include "conformance/engine/world.h"

static uint64_t token_bit(size_t token)
{
	return UINT64_C(1) << token;
}

static uint64_t service_seen(const struct service *service)
{
	return state_seen(service->state) | (service->next != NULL ? state_seen(service->next) : 0);
}

static uint64_t node_seen(const struct node *node)
{
	return service_seen(node_service(node)) | (node_elsewhere(node) == NULL ? 0 : service_seen(node_elsewhere(node)));
}

static uint64_t content_seen(const void *state)
{
	return state_seen(state) & ~toy_lock(state)->seen;
}

/* Quorum required: what counts is stamped with the lineage under which the answer went out, or a later one. */
static uint64_t stamped_seen(const struct world *world, uint64_t seen, struct ring_id lineage)
{
	for (size_t token = 1; world->options.quorum && token <= world->operation_count; token++)
		if (world->operations[token].answered_seq != 0 && lineage.seq < world->operations[token].answered_seq)
			seen &= ~token_bit(token);
	return seen;
}

static uint64_t older_seen(const struct world *world, const struct node *node)
{
	uint64_t seen = 0;

	for (size_t s = 0; s < node->engine->service_count; s++)
		for (const struct older *older = node->engine->services[s].older; older != NULL; older = older->next)
			seen |= stamped_seen(world, content_seen(older->state), older->version);
	return seen;
}

/* The states that nodes serve, and what they keep of older ones (R19). */
uint64_t check_alive(const struct world *world)
{
	uint64_t alive = 0;

	for (unsigned p = 0; p < world->options.nodes; p++) {
		const struct node *node = &world->nodes[p];

		if (!node->up)
			continue;
		alive |= stamped_seen(world, node_seen(node), node->engine->lineage);
		alive |= older_seen(world, node);
	}
	return alive;
}

/* What only the crashing node holds is lost with it, whether its answer is out already or leaves another node a moment later. */
void check_promises_crashing(struct world *world, unsigned p)
{
	uint64_t others = 0;

	for (unsigned q = 0; q < world->options.nodes; q++)
		others |= q != p && world->nodes[q].up ? node_seen(&world->nodes[q]) : 0;
	world->gone |= node_seen(&world->nodes[p]) & ~others;
}

/* What a joiner has not adopted it may let go: it is nobody's state yet. */
static uint64_t adopted_alive(const struct world *world)
{
	uint64_t alive = 0;

	for (unsigned p = 0; p < world->options.nodes; p++) {
		const struct node *node = &world->nodes[p];

		if (!node->up)
			continue;
		for (size_t s = 0; s < node->engine->service_count; s++)
			alive |= stamped_seen(world, state_seen(node->engine->services[s].state), node->engine->lineage);
		alive |= older_seen(world, node);
	}
	return alive;
}

void check_promises_crashed(struct world *world)
{
	const uint64_t alive = adopted_alive(world);

	world->promised &= alive;
	world->read_promised &= alive;
}

/* An object that is not here whole is not served. */
static uint64_t served_seen(const struct world *world, const struct node *node)
{
	const struct service *elsewhere = node_elsewhere(node);
	const struct service *services[] = {node_service(node),
	                                    elsewhere != NULL && gate_service_counts(node->engine, elsewhere) ? elsewhere : NULL};
	uint64_t seen = state_seen(node_service(node)->state) | (elsewhere == NULL ? 0 : state_seen(elsewhere->state));

	for (size_t token = 1; token <= world->operation_count; token++) {
		const struct world_operation *operation = &world->operations[token];
		const struct service *service = services[operation->elsewhere];

		if (operation->kind == WORLD_ADD && (service == NULL || toy_counter(service->state, operation->key) == NULL))
			seen |= token_bit(token);
	}
	return seen;
}

void check_promises_serving(struct world *world, unsigned p, const char *where)
{
	const struct node *node = &world->nodes[p];
	uint64_t lost = (world->promised | world->read_promised) & ~served_seen(world, node);

	for (size_t token = 1; token <= world->operation_count; token++)
		if (world->operations[token].answered_seq >= node->ring->id.seq)
			lost &= ~token_bit(token); /* answered later than this ring began */
	if (lost == 0 || world->adopted)
		return;
	const uint64_t alive = check_alive(world);
	world->promised &= ~(lost & ~alive);
	world->read_promised &= ~(lost & ~alive);
	lost &= alive;
	if (lost == 0 || (!world->options.quorum && world->options.partitions))
		return;
	world_violation(world, "%s operation %u was answered and is not in the state that node %u serves in ring %s (%s)",
	                (world->promised & lost) == 0 ? "P2 dirty read:" : world->options.quorum ? "P1" : "P7",
	                (unsigned)__builtin_ctzll(lost), p + 1, ring_id_text(node->ring->id).text, where);
}

static bool serves_later_without(const struct world *world, const struct node *node, const struct node *other, uint64_t bits_asked,
                                 size_t service)
{
	const struct view *view;

	if (!other->up || !other->operational)
		return false;
	view = &other->engine->view;
	return view->ended && view->primary && view->members[view->self].winner &&
	       view->ring.seq > node->ring->id.seq && (served_seen(world, other) & bits_asked) == 0 && view->majority[service] &&
	       view->stable_valid && position_compare(view->stable, view->majority_at[service]) >= 0;
}

void check_promises_answered(struct world *world, unsigned p, uint64_t token)
{
	const struct node *node = &world->nodes[p];
	struct world_operation *operation = &world->operations[token];
	bool held = false;

	if (operation->kind != WORLD_ADD && operation->kind != WORLD_LOCK)
		return; /* the state names the lock, not who opened it */
	if (operation->answered_seq == 0)
		operation->answered_seq = node->engine->view.ring.seq;
	world->promised |= token_bit(token);
	if (!world->options.quorum || world->adopted)
		return;
	for (unsigned q = 0; q < world->options.nodes; q++)
		held |= world->nodes[q].up && (node_seen(&world->nodes[q]) & token_bit(token)) != 0;
	if (!held && (world->gone & token_bit(token)) == 0)
		world_violation(world, "P1 operation %u was answered by node %u and nobody holds it", (unsigned)token, p + 1);
	for (unsigned q = 0; q < world->options.nodes && !world->violated; q++)
		if (q != p && serves_later_without(world, node, &world->nodes[q], token_bit(token), operation->elsewhere) &&
		    (check_alive(world) & token_bit(token)) != 0)
			world_violation(world, "P1 operation %u was answered by node %u although node %u serves ring %s without it",
			                (unsigned)token, p + 1, q + 1, ring_id_text(world->nodes[q].ring->id).text);
}

/* While nobody crashes somebody goes on holding what was answered, though perhaps nobody serves it. */
void check_promises_kept(struct world *world, unsigned p)
{
	if (world->adopted || (!world->options.quorum && world->options.partitions))
		return;
	const uint64_t dropped = world->promised & ~adopted_alive(world) & ~world->gone;

	if (dropped == 0)
		return;
	world_violation(world, "%s operation %u was answered, and node %u let go of the last that holds it", world->options.quorum ? "P1" : "P7",
	                (unsigned)__builtin_ctzll(dropped), p + 1);
}
