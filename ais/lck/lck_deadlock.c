/* Who waits for whom, over all resources and nodes: the state has every lock and every request, so a cycle is seen where it closes, and at the
 * same place of the total order on every node. A request waits for the owners of the locks that it conflicts with, and of the requests before
 * it in the queue that it conflicts with. Granting and releasing add no such wait, so a cycle can only close when a request comes.
 *
 * A search looks at no more than LCK_SEARCH_MAX locks and requests; a cycle beyond is not seen. All nodes go the same way, so all give up at
 * the same place.
 *
 * An owner is a client: the handles of one client wait for each other as one does for oneself. Orphans belong to nobody. */
#include "ais/lck/lck_state.h"

struct search {
	struct lck_state *state;
	const struct lck_owner *owner; /* whom the cycle would have to come back to */
	struct lck_owner *found;       /* yet to be looked at */
	size_t left;                   /* locks and requests that may still be looked at */
	bool closed;
};

static void owner_found(struct search *search, struct lck_owner *owner, bool counts)
{
	if (owner == search->owner) {
		search->closed |= counts;
	} else if (owner->searched != search->state->searches) {
		owner->searched = search->state->searches;
		owner->search_next = search->found;
		search->found = owner;
	}
}

static bool conflicts(uint32_t one, uint32_t other)
{
	return one == SA_LCK_EX_LOCK_MODE || other == SA_LCK_EX_LOCK_MODE;
}

/* Whom a request waits for that stands in the queue where `waiter` does (NULL: behind all). An exclusive request waits for all before it: where
 * one was looked at, none of those before it has to be. */
static void blockers_find(struct search *search, struct lck_resource *resource, const struct lck_held *waiter, uint32_t mode, bool self_counts)
{
	const bool was_searched = resource->searched == search->state->searches;

	if (was_searched && (resource->searched_to == NULL ||
	                     (waiter != NULL && identity_compare(waiter->identity, resource->searched_to->identity) <= 0)))
		return;
	if (mode == SA_LCK_EX_LOCK_MODE && self_counts) {
		resource->searched = search->state->searches;
		resource->searched_to = waiter;
	}
	for (struct lck_held *held = lck_held_first(&resource->held); held != NULL && search->left > 0;
	     held = lck_held_next(&resource->held, held), search->left--)
		if (held->opened != NULL && conflicts(held->mode, mode))
			owner_found(search, held->opened->owner, self_counts);
	for (struct lck_held *ahead = lck_held_first(&resource->queue); ahead != NULL && ahead != waiter && search->left > 0;
	     ahead = lck_held_next(&resource->queue, ahead), search->left--)
		if (conflicts(ahead->mode, mode))
			owner_found(search, ahead->opened->owner, self_counts);
}

bool lck_deadlock(struct lck_state *state, struct lck_resource *resource, const struct lck_owner *owner, uint32_t mode, bool self_wait_is_one)
{
	struct search search = {.state = state, .owner = owner, .left = LCK_SEARCH_MAX};

	if (owner->lock_count == 0)
		return false; /* nobody waits for one who has nothing */
	state->searches++;
	blockers_find(&search, resource, NULL, mode, self_wait_is_one);
	while (search.found != NULL && !search.closed && search.left > 0) {
		struct lck_owner *next = search.found;
		search.found = next->search_next;
		for (struct list *entry = next->waits.next; entry != &next->waits && !search.closed && search.left > 0; entry = entry->next) {
			struct lck_held *waiter = container_of(entry, struct lck_held, in_waits);
			blockers_find(&search, waiter->resource, waiter, waiter->mode, true);
		}
	}
	return search.closed;
}
