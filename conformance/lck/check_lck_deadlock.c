/* Promise: DEADLOCK is answered where a request would close a cycle of waits, and only there; so no state ever has a cycle. Who waits for whom is
 * found anew, by a search that asks every pair. A wait for oneself is none while a waiter callback may end it (sheet, trap 20). */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

/* `waiter` stands behind all before it in the picture; one that is not in it stands behind all. */
static bool blocks(const struct picture *picture, size_t other, const struct picture_lock *waiter, size_t waiter_index)
{
	const struct picture_lock *lock = &picture->locks[other];

	return !lock->orphan && picture_conflict(lock, waiter) && (lock->granted || other < waiter_index);
}

/* Marks whom `client` waits for, over any number of steps; true: `target` is among them. */
static bool reaches(const struct picture *picture, struct requester client, struct requester target, bool *visited)
{
	for (size_t i = 0; i < picture->lock_count; i++) {
		const struct picture_lock *waiter = &picture->locks[i];

		if (waiter->granted || !requester_same_client(waiter->requester, client))
			continue;
		for (size_t j = 0; j < picture->lock_count; j++) {
			if (visited[j] || !blocks(picture, j, waiter, i))
				continue;
			visited[j] = true;
			if (requester_same_client(picture->locks[j].requester, target) ||
			    reaches(picture, picture->locks[j].requester, target, visited))
				return true;
		}
	}
	return false;
}

bool check_lck_would_close_cycle(const struct picture *picture, const struct picture_lock *request)
{
	bool visited[LCK_PICTURE_LOCKS] = {false};

	for (size_t i = 0; i < picture->lock_count; i++) {
		if (!blocks(picture, i, request, picture->lock_count))
			continue;
		const bool self = requester_same_client(picture->locks[i].requester, request->requester);
		if (self ? !request->has_waiter : reaches(picture, picture->locks[i].requester, request->requester, visited))
			return true;
	}
	return false;
}

void check_lck_cycles(struct world_lck *world, uint32_t node)
{
	const struct picture *after = &world->after;

	for (size_t i = 0; i < after->lock_count && !sim_violated(world->sim); i++) {
		bool visited[LCK_PICTURE_LOCKS] = {false};

		for (size_t j = 0; j < after->lock_count && !after->locks[i].granted; j++) {
			if (!blocks(after, j, &after->locks[i], i))
				continue;
			const bool self = requester_same_client(after->locks[j].requester, after->locks[i].requester);
			if (self ? !after->locks[i].has_waiter
			         : reaches(after, after->locks[j].requester, after->locks[i].requester, visited)) {
				sim_violation(world->sim, "deadlock", "at node %" PRIu32 " client %" PRIu64 " waits for itself, and nobody was told", node,
				              after->locks[i].requester.client);
				return;
			}
		}
	}
}
