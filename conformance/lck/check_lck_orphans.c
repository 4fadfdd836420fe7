/* Promise: a lock granted with ORPHAN outlives its holder, however that ends, and then stays until a purge of its resource; a purge takes
 * orphans alone. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static bool is_purged(const struct world_lck *world, uint16_t operation, struct bytes body, const struct picture_lock *orphan)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_end purge;

	if (operation != LCK_OPERATION_PURGE || !lck_end_decode(&in, &purge))
		return false;
	const struct picture_open *open = picture_open_find(&world->before, purge.requester, purge.number);
	return open != NULL && identity_equal(open->resource, orphan->resource);
}

static bool is_unlocked(uint16_t operation, struct bytes body, const struct picture_lock *lock)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_end unlock;

	return operation == LCK_OPERATION_UNLOCK && lck_end_decode(&in, &unlock) && unlock.number == lock->number &&
	       requester_same_client(unlock.requester, lock->requester);
}

void check_lck_orphans(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body)
{
	for (size_t i = 0; i < world->before.lock_count; i++) {
		const struct picture_lock *was = &world->before.locks[i], *is = picture_find(&world->after, was->identity);

		if (was->orphan && (is != NULL) == is_purged(world, operation, body, was))
			sim_violation(world->sim, "orphans", "an orphan at node %" PRIu32 " %s", node, is != NULL ? "outlives a purge" : "is gone unpurged");
		if (was->orphan || !was->granted)
			continue;
		if (is == NULL && operation == LCK_OPERATION_PURGE)
			sim_violation(world->sim, "orphans", "a purge at node %" PRIu32 " takes client %" PRIu64 "'s own lock", node, was->requester.client);
		/* A view may settle debts: what a client was told is not held leaves no orphan. */
		if (is == NULL && (was->flags & SA_LCK_LOCK_ORPHAN) != 0 && operation != 0 && !is_unlocked(operation, body, was))
			sim_violation(world->sim, "orphans", "client %" PRIu64 "'s lock leaves no orphan at node %" PRIu32, was->requester.client, node);
	}
	for (size_t i = 0; i < world->after.lock_count; i++) {
		const struct picture_lock *is = &world->after.locks[i];

		world->counts.orphans += is->orphan && operation == LCK_OPERATION_CLOSE;
		if (is->orphan && (is->flags & SA_LCK_LOCK_ORPHAN) == 0)
			sim_violation(world->sim, "orphans", "an orphan at node %" PRIu32 " was never meant to be one", node);
	}
}
