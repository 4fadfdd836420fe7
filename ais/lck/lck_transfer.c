/* The whole state as a joiner gets it: resources, opens, then locks, held ones and requests each in their order. */
#include "ais/lck/lck_state.h"

#include <stdlib.h>

enum { RESOURCE_SIZE_MIN = 24 + 4 + 1, OPEN_SIZE = 28 + 8 + 8 + 1 + 24, LOCK_SIZE = 24 + 28 + 8 + 1 + 8 + 4 + 4 + 8 + 8 + 1 + 1 + 20 };

static void opened_encode(struct wire_writer *out, const struct lck_opened *opened)
{
	requester_encode(out, opened->owner->client);
	wire_put_u64(out, opened->number);
	wire_put_u64(out, opened->call);
	wire_put_bool(out, opened->has_waiter);
	identity_encode(out, opened->resource->identity);
}

static bool opened_decode(struct lck_state *state, struct wire_reader *in)
{
	const struct requester client = requester_decode(in);
	const uint64_t number = wire_get_u64(in), call = wire_get_u64(in);
	const bool has_waiter = wire_get_bool(in);
	struct lck_resource *resource = lck_resource_find(state, identity_decode(in));

	if (in->failed || resource == NULL || client.call != 0)
		return false;
	struct lck_owner *owner = lck_owner_have(state, client);
	if (owner == NULL)
		return false;
	if (lck_opened_add(state, owner, resource, number, call, has_waiter) != NULL)
		return true;
	lck_owner_settle(state, owner);
	return false;
}

static void held_encode(struct wire_writer *out, const struct lck_held *held)
{
	identity_encode(out, held->identity);
	requester_encode(out, held->requester);
	wire_put_u64(out, held->number);
	wire_put_bool(out, held->opened == NULL);
	wire_put_u64(out, held->opened == NULL ? 0 : held->opened->number);
	wire_put_u32(out, held->mode);
	wire_put_u32(out, held->flags);
	wire_put_u64(out, held->signal);
	wire_put_u64(out, held->invocation);
	wire_put_bool(out, held->async);
	wire_put_bool(out, held->granted);
	lck_token_encode(out, held->token);
}

/* What cannot stand beside what is there already makes no state: a joiner that believed it would differ from its donor. */
static bool held_fits(const struct lck_resource *resource, const struct lck_held *values, const struct lck_opened *opened)
{
	if (values->mode != SA_LCK_PR_LOCK_MODE && values->mode != SA_LCK_EX_LOCK_MODE)
		return false;
	if (opened == NULL && !values->granted)
		return false;
	if (opened != NULL && opened->resource != resource)
		return false;
	if (!values->granted)
		return true;
	return resource->queue_count == 0 && (values->mode == SA_LCK_EX_LOCK_MODE ? resource->held_count == 0 : resource->exclusive_count == 0);
}

static bool held_decode(struct lck_state *state, struct lck_resource *resource, struct wire_reader *in)
{
	struct lck_held values = {0};

	values.identity = identity_decode(in);
	values.requester = requester_decode(in);
	values.number = wire_get_u64(in);
	const bool orphan = wire_get_bool(in);
	const uint64_t open = wire_get_u64(in);
	values.mode = wire_get_u32(in);
	values.flags = wire_get_u32(in);
	values.signal = wire_get_u64(in);
	values.invocation = wire_get_u64(in);
	values.async = wire_get_bool(in);
	values.granted = wire_get_bool(in);
	values.token = lck_token_decode(in);
	struct lck_opened *opened = orphan || in->failed ? NULL : lck_opened_find(state, values.requester, open);
	if (in->failed || (!orphan && opened == NULL) || !held_fits(resource, &values, opened))
		return false;
	return lck_held_add(state, opened, resource, &values) != NULL;
}

static void list_encode(struct wire_writer *out, const struct list *list)
{
	for (const struct lck_held *held = lck_held_first(list); held != NULL; held = lck_held_next(list, held))
		held_encode(out, held);
}

void lck_state_encode(const void *context, struct wire_writer *out)
{
	const struct lck_state *state = context;

	wire_put_format(out, LCK_RING_FORMAT);
	wire_put_u64(out, state->grant_count);
	wire_put_u32(out, (uint32_t)state->resources.count);
	for (const struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource)) {
		identity_encode(out, resource->identity);
		wire_put_bytes(out, lck_resource_name(resource));
	}
	wire_put_u32(out, (uint32_t)state->opens.count);
	for (const struct lck_opened *opened = lck_opened_first(state); opened != NULL; opened = lck_opened_next(opened))
		opened_encode(out, opened);
	for (const struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource)) {
		wire_put_u32(out, (uint32_t)(resource->held_count + resource->queue_count));
		list_encode(out, &resource->held);
		list_encode(out, &resource->queue);
	}
}

static bool resource_decode(struct lck_state *state, struct wire_reader *in)
{
	const struct identity identity = identity_decode(in);
	const struct bytes name = wire_get_bytes(in, SA_MAX_NAME_LENGTH);

	return !in->failed && name.size > 0 && lck_resource_add(state, identity, name) != NULL;
}

/* A resource that nobody has open and no orphan holds is none. */
static bool resources_are_used(const struct lck_state *state)
{
	for (const struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource))
		if (resource->open_count == 0 && resource->orphan_count == 0)
			return false;
	return true;
}

static int waits_order(const void *one, const void *other)
{
	return identity_compare((*(struct lck_held *const *)one)->identity, (*(struct lck_held *const *)other)->identity);
}

/* They came resource by resource; a search meets them in the order in which they were made. False: no memory. */
static bool waits_sort(struct lck_owner *owner)
{
	size_t count = 0;

	if (list_is_empty(&owner->waits))
		return true;
	struct lck_held **waits = calloc(owner->lock_count, sizeof(struct lck_held *));
	if (waits == NULL)
		return false;
	for (struct list *entry = owner->waits.next; entry != &owner->waits; entry = entry->next)
		waits[count++] = container_of(entry, struct lck_held, in_waits);
	qsort(waits, count, sizeof(struct lck_held *), waits_order);
	for (size_t i = 0; i < count; i++) {
		list_remove(&waits[i]->in_waits);
		list_append(&owner->waits, &waits[i]->in_waits);
	}
	free(waits);
	return true;
}

static bool all_waits_sort(const struct lck_state *state)
{
	for (struct lck_owner *owner = lck_owner_first(state); owner != NULL; owner = lck_owner_next(owner))
		if (!waits_sort(owner))
			return false;
	return true;
}

/* Counts are bounded by the bytes that are left alone: claims, and limits that were lowered, may leave more than any limit of now. */
bool lck_state_decode(void *context, struct wire_reader *in)
{
	struct lck_state *state = context;

	wire_get_format_of(in, LCK_RING_FORMAT);
	state->grant_count = wire_get_u64(in);
	const uint32_t resource_count = wire_get_count(in, RESOURCE_SIZE_MIN, UINT32_MAX);
	for (uint32_t i = 0; i < resource_count; i++)
		if (!resource_decode(state, in))
			return false;
	const uint32_t open_count = wire_get_count(in, OPEN_SIZE, UINT32_MAX);
	for (uint32_t i = 0; i < open_count; i++)
		if (!opened_decode(state, in))
			return false;
	for (struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource)) {
		const uint32_t count = wire_get_count(in, LOCK_SIZE, UINT32_MAX);
		for (uint32_t i = 0; i < count; i++)
			if (!held_decode(state, resource, in))
				return false;
		if (in->failed)
			return false;
	}
	return wire_finish(in) && resources_are_used(state) && all_waits_sort(state);
}
