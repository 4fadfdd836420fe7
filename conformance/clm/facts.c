/* What really is, from Totem's events and the moments at which barriers end: lives, views, who was in them in which life, and since when.
 * Takes nothing from the CLM service; of the engine only when a barrier has ended and whose state it took as reference. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/clm/world_clm.h"

struct clm_life *clm_life_new(struct world_clm *world, uint32_t node)
{
	if (world->life_count + 1 >= world->life_capacity) {
		world->life_capacity = world->life_capacity == 0 ? 64 : 2 * world->life_capacity;
		world->lives = realloc(world->lives, world->life_capacity * sizeof world->lives[0]);
		if (world->lives == NULL)
			abort();
	}
	struct clm_life *life = &world->lives[++world->life_count];
	*life = (struct clm_life){.node = node};
	return life;
}

static struct clm_fact *fact_of_ring(const struct world_clm *world, struct ring_id ring)
{
	for (size_t i = world->fact_count; i > 0; i--)
		if (ring_id_equal(world->facts[i - 1]->ring, ring))
			return world->facts[i - 1];
	return NULL;
}

static struct clm_fact *fact_new(struct world_clm *world, const struct group_view *view)
{
	struct clm_fact *fact = calloc(1, sizeof *fact);

	if (world->fact_count == world->fact_capacity) {
		world->fact_capacity = world->fact_capacity == 0 ? 64 : 2 * world->fact_capacity;
		world->facts = realloc(world->facts, world->fact_capacity * sizeof world->facts[0]);
	}
	if (fact == NULL || world->facts == NULL)
		abort();
	fact->ring = view->ring;
	fact->count = view->member_count;
	for (size_t i = 0; i < view->member_count; i++)
		fact->members[i].node = view->members[i];
	world->facts[world->fact_count++] = fact;
	return fact;
}

static struct clm_fact_member *member_in(struct clm_fact *fact, uint32_t node)
{
	for (size_t i = 0; i < fact->count; i++)
		if (fact->members[i].node == node)
			return &fact->members[i];
	return NULL;
}

const struct clm_fact_member *clm_fact_find(const struct clm_fact *fact, uint32_t node)
{
	return fact == NULL ? NULL : member_in((struct clm_fact *)fact, node);
}

void clm_fact_installed(struct clm_world_node *node, const struct group_view *view)
{
	struct world_clm *world = node->world;
	struct clm_fact *fact = fact_of_ring(world, view->ring);

	if (fact == NULL)
		fact = fact_new(world, view);
	struct clm_fact_member *self = member_in(fact, node->stack.node);
	if (fact->count != view->member_count || self == NULL || self->life != 0) {
		sim_violation(world->sim, "views", "node %" PRIu32 " installs ring %s otherwise than another", node->stack.node,
		              ring_id_text(view->ring).text);
		return;
	}
	self->life = node->life;
	self->before = node->ended;
	node->installed = fact;
	node->stable_valid = false;
}

/* A member joins with this view, unless the node whose memory counts knew it in the same life. */
static void initials_find(struct clm_fact *fact, uint32_t reference)
{
	const struct clm_fact *before = clm_fact_find(fact, reference)->before;

	for (size_t i = 0; i < fact->count; i++) {
		struct clm_fact_member *member = &fact->members[i];
		const struct clm_fact_member *known = clm_fact_find(before, member->node);

		member->initial = known != NULL && known->life == member->life ? known->initial : fact->ring.seq;
	}
	fact->ended = true;
}

void clm_fact_ended(struct clm_world_node *node)
{
	const struct view *view = &node->stack.engine->view;
	struct clm_fact *fact = node->installed;

	if (fact == NULL || !view->ended || !ring_id_equal(view->ring, fact->ring))
		return;
	struct clm_fact_member *self = member_in(fact, node->stack.node);
	if (self->ended)
		return;
	self->ended = true;
	node->ended = fact;
	if (!fact->ended)
		initials_find(fact, view->claims[view->verdict.reference].node);
}

void clm_facts_clear(struct world_clm *world)
{
	for (size_t i = 0; i < world->fact_count; i++)
		free(world->facts[i]);
	free(world->facts);
	free(world->lives);
}
