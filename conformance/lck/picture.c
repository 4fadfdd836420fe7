/* A state as a flat list, so that checkers judge it without the service's own structures. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/lck/world_lck.h"

static void lock_take(struct picture *picture, const struct lck_held *held)
{
	const struct bytes name = lck_resource_name(held->resource);

	if (picture->lock_count == LCK_PICTURE_LOCKS)
		abort();
	picture->locks[picture->lock_count++] = (struct picture_lock){
		.identity = held->identity, .resource = held->resource->identity, .requester = held->requester, .number = held->number,
		.open = held->opened == NULL ? 0 : held->opened->number, .mode = held->mode, .flags = held->flags, .granted = held->granted,
		.orphan = held->opened == NULL, .has_waiter = held->opened != NULL && held->opened->has_waiter, .token = held->token,
		.name = (unsigned)(name.data[name.size - 1] - '0'),
	};
}

void picture_take(const struct lck_state *state, struct picture *picture)
{
	picture->open_count = picture->lock_count = 0;
	for (const struct lck_opened *opened = lck_opened_first(state); opened != NULL; opened = lck_opened_next(opened)) {
		if (picture->open_count == LCK_PICTURE_OPENS)
			abort();
		picture->opens[picture->open_count++] = (struct picture_open){
			.client = opened->owner->client, .number = opened->number, .resource = opened->resource->identity,
			.has_waiter = opened->has_waiter,
		};
	}
	for (const struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource)) {
		for (const struct lck_held *held = lck_held_first(&resource->held); held != NULL; held = lck_held_next(&resource->held, held))
			lock_take(picture, held);
		for (const struct lck_held *held = lck_held_first(&resource->queue); held != NULL; held = lck_held_next(&resource->queue, held))
			lock_take(picture, held);
	}
}

const struct picture_lock *picture_find(const struct picture *picture, struct identity identity)
{
	for (size_t i = 0; i < picture->lock_count; i++)
		if (identity_equal(picture->locks[i].identity, identity))
			return &picture->locks[i];
	return NULL;
}

const struct picture_open *picture_open_find(const struct picture *picture, struct requester client, uint64_t number)
{
	for (size_t i = 0; i < picture->open_count; i++)
		if (requester_same_client(picture->opens[i].client, client) && picture->opens[i].number == number)
			return &picture->opens[i];
	return NULL;
}

bool picture_conflict(const struct picture_lock *one, const struct picture_lock *other)
{
	return identity_equal(one->resource, other->resource) && (one->mode == SA_LCK_EX_LOCK_MODE || other->mode == SA_LCK_EX_LOCK_MODE);
}

bool picture_same_client(const struct picture_lock *one, const struct picture_lock *other)
{
	return !one->orphan && !other->orphan && requester_same_client(one->requester, other->requester);
}

void picture_trace(struct sim *sim, const struct picture *picture)
{
	for (size_t i = 0; i < picture->lock_count; i++) {
		const struct picture_lock *lock = &picture->locks[i];

		sim_trace(sim, 0, "resource %u: %s %s%s, lock %" PRIu64 " of client %" PRIu64 " of node %" PRIu32, lock->name,
		          lock->granted ? "held" : "waiting", lock->mode == SA_LCK_EX_LOCK_MODE ? "EX" : "PR", lock->orphan ? " orphan" : "", lock->number,
		          lock->requester.client, lock->requester.node);
	}
}
