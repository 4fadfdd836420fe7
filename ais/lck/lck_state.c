/* The entries of the state and their digests: each entry's digest is part of the sum, so that a change costs what it changes. */
#include "ais/lck/lck_state.h"

#include <stdlib.h>

#include "core/base/hash.h"

/* --- keys --- */

static int number_order(struct requester a, uint64_t a_number, struct requester b, uint64_t b_number)
{
	if (a.node != b.node)
		return a.node < b.node ? -1 : 1;
	if (a.incarnation != b.incarnation)
		return a.incarnation < b.incarnation ? -1 : 1;
	if (a.client != b.client)
		return a.client < b.client ? -1 : 1;
	return (a_number > b_number) - (a_number < b_number);
}

struct number_key {
	struct requester client;
	uint64_t number;
};

static int owner_compare(const void *key, const struct tree_node *node)
{
	return number_order(*(const struct requester *)key, 0, container_of(node, struct lck_owner, by_client)->client, 0);
}

static int opened_compare(const void *key, const struct tree_node *node)
{
	const struct lck_opened *opened = container_of(node, struct lck_opened, by_number);
	const struct number_key *wanted = key;

	return number_order(wanted->client, wanted->number, opened->owner->client, opened->number);
}

static int held_compare(const void *key, const struct tree_node *node)
{
	const struct lck_held *held = container_of(node, struct lck_held, by_number);
	const struct number_key *wanted = key;

	return number_order(wanted->client, wanted->number, held->requester, held->number);
}

static int name_compare(const void *key, const struct tree_node *node)
{
	const struct bytes *name = key;
	const struct bytes other = lck_resource_name(container_of(node, struct lck_resource, by_name));
	const size_t size = name->size < other.size ? name->size : other.size;
	const int order = memcmp(name->data, other.data, size);

	return order != 0 ? order : (name->size > other.size) - (name->size < other.size);
}

static int identity_order(const void *key, const struct tree_node *node)
{
	return identity_compare(*(const struct identity *)key, container_of(node, struct lck_resource, by_identity)->identity);
}

/* --- the whole --- */

static void trees_init(struct lck_state *state)
{
	*state = (struct lck_state){
		.owners = {.compare = owner_compare}, .resources = {.compare = name_compare}, .by_identity = {.compare = identity_order},
		.opens = {.compare = opened_compare}, .locks = {.compare = held_compare},
	};
}

void *lck_state_new(const struct host *arenas)
{
	struct lck_state *state = malloc(sizeof *state);

	(void)arenas;
	if (state != NULL)
		trees_init(state);
	return state;
}

void lck_state_clear(struct lck_state *state)
{
	for (struct lck_resource *resource; (resource = lck_resource_first(state)) != NULL;) {
		while (!list_is_empty(&resource->held))
			lck_held_remove(state, lck_held_first(&resource->held));
		while (!list_is_empty(&resource->queue))
			lck_held_remove(state, lck_held_first(&resource->queue));
		tree_remove(&state->resources, &resource->by_name);
		free(resource);
	}
	for (struct lck_opened *opened; (opened = lck_opened_first(state)) != NULL;) {
		tree_remove(&state->opens, &opened->by_number);
		free(opened);
	}
	for (struct lck_owner *owner; (owner = lck_owner_first(state)) != NULL;) {
		tree_remove(&state->owners, &owner->by_client);
		free(owner);
	}
	trees_init(state);
}

void lck_state_free(void *state)
{
	lck_state_clear(state);
	free(state);
}

uint64_t lck_state_digest(const void *context)
{
	const struct lck_state *state = context;

	return digest_u64(state->digest, state->grant_count);
}

/* --- owners --- */

static struct lck_owner *owner_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct lck_owner, by_client);
}

struct lck_owner *lck_owner_find(const struct lck_state *state, struct requester client)
{
	return owner_of_node(tree_find(&state->owners, &client));
}

struct lck_owner *lck_owner_first(const struct lck_state *state)
{
	return owner_of_node(tree_first(&state->owners));
}

struct lck_owner *lck_owner_next(const struct lck_owner *owner)
{
	return owner_of_node(tree_next(&owner->by_client));
}

struct lck_owner *lck_owner_have(struct lck_state *state, struct requester client)
{
	struct lck_owner *owner = lck_owner_find(state, client);

	if (owner != NULL || (owner = calloc(1, sizeof *owner)) == NULL)
		return owner;
	owner->client = client;
	owner->client.call = 0;
	list_init(&owner->opens);
	list_init(&owner->waits);
	tree_insert(&state->owners, &owner->by_client, &owner->client);
	return owner;
}

void lck_owner_settle(struct lck_state *state, struct lck_owner *owner)
{
	if (owner->open_count > 0)
		return;
	tree_remove(&state->owners, &owner->by_client);
	free(owner);
}

/* --- resources --- */

static struct lck_resource *resource_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct lck_resource, by_name);
}

struct bytes lck_resource_name(const struct lck_resource *resource)
{
	return bytes_of(resource->name, resource->name_size);
}

struct lck_resource *lck_resource_named(const struct lck_state *state, struct bytes name)
{
	return resource_of_node(tree_find(&state->resources, &name));
}

struct lck_resource *lck_resource_find(const struct lck_state *state, struct identity identity)
{
	struct tree_node *node = tree_find(&state->by_identity, &identity);

	return node == NULL ? NULL : container_of(node, struct lck_resource, by_identity);
}

struct lck_resource *lck_resource_first(const struct lck_state *state)
{
	return resource_of_node(tree_first(&state->resources));
}

struct lck_resource *lck_resource_after(const struct lck_state *state, struct bytes name)
{
	return resource_of_node(tree_find_after(&state->resources, &name));
}

struct lck_resource *lck_resource_next(const struct lck_resource *resource)
{
	return resource_of_node(tree_next(&resource->by_name));
}

static uint64_t identity_digest(uint64_t digest, struct identity identity)
{
	digest = digest_u64(digest_u64(digest, identity.position.ring.seq), identity.position.ring.representative);
	return digest_u64(digest_u64(digest, identity.position.seq), identity.position.index);
}

struct lck_resource *lck_resource_add(struct lck_state *state, struct identity identity, struct bytes name)
{
	struct lck_resource *resource = calloc(1, sizeof *resource);

	if (resource == NULL)
		return NULL;
	resource->identity = identity;
	resource->name_size = name.size;
	memcpy(resource->name, name.data, name.size);
	list_init(&resource->held);
	list_init(&resource->queue);
	if (tree_insert(&state->resources, &resource->by_name, &name) != NULL) {
		free(resource);
		return NULL;
	}
	if (tree_insert(&state->by_identity, &resource->by_identity, &identity) != NULL) {
		tree_remove(&state->resources, &resource->by_name);
		free(resource);
		return NULL;
	}
	resource->digest = digest_bytes(identity_digest(1, identity), name);
	state->digest += resource->digest;
	return resource;
}

void lck_resource_settle(struct lck_state *state, struct lck_resource *resource)
{
	if (resource->open_count > 0 || resource->orphan_count > 0)
		return;
	state->digest -= resource->digest;
	tree_remove(&state->resources, &resource->by_name);
	tree_remove(&state->by_identity, &resource->by_identity);
	free(resource);
}

/* --- opens --- */

static struct lck_opened *opened_of_node(const struct tree_node *node)
{
	return node == NULL ? NULL : container_of(node, struct lck_opened, by_number);
}

struct lck_opened *lck_opened_find(const struct lck_state *state, struct requester client, uint64_t number)
{
	return opened_of_node(tree_find(&state->opens, &(struct number_key){client, number}));
}

struct lck_opened *lck_opened_first(const struct lck_state *state)
{
	return opened_of_node(tree_first(&state->opens));
}

struct lck_opened *lck_opened_next(const struct lck_opened *opened)
{
	return opened_of_node(tree_next(&opened->by_number));
}

static uint64_t requester_digest(uint64_t digest, struct requester requester)
{
	digest = digest_u64(digest_u64(digest, requester.node), requester.incarnation);
	return digest_u64(digest_u64(digest, requester.client), requester.call);
}

struct lck_opened *lck_opened_add(struct lck_state *state, struct lck_owner *owner, struct lck_resource *resource, uint64_t number,
                                  uint64_t call, bool has_waiter)
{
	struct lck_opened *opened = calloc(1, sizeof *opened);

	if (opened == NULL)
		return NULL;
	*opened = (struct lck_opened){.owner = owner, .resource = resource, .number = number, .call = call, .has_waiter = has_waiter};
	list_init(&opened->locks);
	if (tree_insert(&state->opens, &opened->by_number, &(struct number_key){owner->client, number}) != NULL) {
		free(opened);
		return NULL;
	}
	/* By number: what closes all of them goes the same way on a node that has them from a donor, and grants in the same order. */
	struct lck_opened *next = lck_opened_next(opened);
	list_insert_before(next != NULL && next->owner == owner ? &next->in_owner : &owner->opens, &opened->in_owner);
	owner->open_count++;
	resource->open_count++;
	opened->digest = digest_u64(digest_u64(requester_digest(2, owner->client), number), call);
	opened->digest = identity_digest(digest_u64(opened->digest, has_waiter), resource->identity);
	state->digest += opened->digest;
	return opened;
}

void lck_opened_remove(struct lck_state *state, struct lck_opened *opened)
{
	tree_remove(&state->opens, &opened->by_number);
	list_remove(&opened->in_owner);
	opened->owner->open_count--;
	opened->resource->open_count--;
	state->digest -= opened->digest;
	free(opened);
}

/* --- locks --- */

struct lck_held *lck_held_find(const struct lck_state *state, struct requester client, uint64_t number)
{
	struct tree_node *node = tree_find(&state->locks, &(struct number_key){client, number});

	return node == NULL ? NULL : container_of(node, struct lck_held, by_number);
}

struct lck_held *lck_held_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : container_of(list->next, struct lck_held, in_resource);
}

struct lck_held *lck_held_next(const struct list *list, const struct lck_held *held)
{
	return held->in_resource.next == list ? NULL : container_of(held->in_resource.next, struct lck_held, in_resource);
}

static uint64_t held_digest(const struct lck_held *held)
{
	uint64_t digest = requester_digest(identity_digest(3, held->identity), held->requester);

	digest = digest_u64(digest_u64(digest, held->number), held->opened == NULL ? 0 : held->opened->number);
	digest = digest_u64(digest_u64(digest, held->mode), held->flags);
	digest = digest_u64(digest_u64(digest, held->signal), held->invocation);
	digest = digest_u64(digest, (held->async ? 1u : 0u) | (held->granted ? 2u : 0u) | (held->opened == NULL ? 4u : 0u));
	digest = digest_u64(digest_u64(digest, held->token.lineage.seq), held->token.lineage.representative);
	return identity_digest(digest_u64(digest, held->token.number), held->resource->identity);
}

static void digest_begin(struct lck_state *state, const struct lck_held *held)
{
	state->digest -= held->digest;
}

static void digest_end(struct lck_state *state, struct lck_held *held)
{
	held->digest = held_digest(held);
	state->digest += held->digest;
}

static bool is_exclusive(const struct lck_held *held)
{
	return held->mode == SA_LCK_EX_LOCK_MODE;
}

static void held_enlist(struct lck_held *held)
{
	struct lck_resource *resource = held->resource;

	if (held->granted) {
		list_append(&resource->held, &held->in_resource);
		resource->held_count++;
		resource->exclusive_count += is_exclusive(held);
		if (held->opened != NULL) {
			held->opened->held_count++;
			held->opened->exclusive_count += is_exclusive(held);
		}
	} else {
		list_append(&resource->queue, &held->in_resource);
		list_append(&held->opened->owner->waits, &held->in_waits);
		resource->queue_count++;
		resource->queue_exclusive_count += is_exclusive(held);
	}
}

static void held_delist(struct lck_held *held)
{
	struct lck_resource *resource = held->resource;

	list_remove(&held->in_resource);
	list_remove(&held->in_waits);
	if (held->granted) {
		resource->held_count--;
		resource->exclusive_count -= is_exclusive(held);
		if (held->opened != NULL) {
			held->opened->held_count--;
			held->opened->exclusive_count -= is_exclusive(held);
		}
	} else {
		resource->queue_count--;
		resource->queue_exclusive_count -= is_exclusive(held);
	}
}

struct lck_held *lck_held_add(struct lck_state *state, struct lck_opened *opened, struct lck_resource *resource,
                              const struct lck_held *values)
{
	struct lck_held *held = calloc(1, sizeof *held);

	if (held == NULL)
		return NULL;
	*held = *values;
	held->opened = opened;
	held->resource = resource;
	list_init(&held->in_waits);
	list_init(&held->in_opened);
	if (opened == NULL) {
		resource->orphan_count++;
		state->orphan_count++;
	} else {
		if (tree_insert(&state->locks, &held->by_number, &(struct number_key){held->requester, held->number}) != NULL) {
			free(held);
			return NULL;
		}
		list_append(&opened->locks, &held->in_opened);
		opened->owner->lock_count++;
	}
	held_enlist(held);
	digest_end(state, held);
	return held;
}

void lck_held_grant(struct lck_state *state, struct lck_held *held, struct lck_token token)
{
	digest_begin(state, held);
	held_delist(held);
	held->granted = true;
	held->token = token;
	held_enlist(held);
	digest_end(state, held);
}

static void held_disown(struct lck_state *state, struct lck_held *held)
{
	tree_remove(&state->locks, &held->by_number);
	list_remove(&held->in_opened);
	held->opened->owner->lock_count--;
	held->opened->held_count -= held->granted;
	held->opened->exclusive_count -= held->granted && is_exclusive(held);
	held->opened = NULL;
}

void lck_held_orphan(struct lck_state *state, struct lck_held *held)
{
	digest_begin(state, held);
	held_disown(state, held);
	held->resource->orphan_count++;
	state->orphan_count++;
	digest_end(state, held);
}

void lck_held_remove(struct lck_state *state, struct lck_held *held)
{
	digest_begin(state, held);
	if (held->opened != NULL) {
		held_disown(state, held);
	} else {
		held->resource->orphan_count--;
		state->orphan_count--;
	}
	held_delist(held);
	free(held);
}

/* --- entry points --- */

/* What does not decode is nothing, on all nodes alike. */
void lck_state_apply(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct lck_state *state = context;
	struct wire_reader in = wire_reader_of(body);
	union {
		struct lck_open open;
		struct lck_lock lock;
		struct lck_end end;
		struct lck_client_gone gone;
		struct lck_reclaim reclaim;
	} decoded;

	state->pairs = 0;
	switch ((enum lck_operation)operation) {
	case LCK_OPERATION_OPEN:
		if (lck_open_decode(&in, &decoded.open))
			lck_apply_open(state, at, &decoded.open, effects);
		break;
	case LCK_OPERATION_CLOSE:
		if (lck_end_decode(&in, &decoded.end))
			lck_apply_close(state, at, &decoded.end, effects);
		break;
	case LCK_OPERATION_LOCK:
		if (lck_lock_decode(&in, &decoded.lock))
			lck_apply_lock(state, at, &decoded.lock, effects);
		break;
	case LCK_OPERATION_UNLOCK:
		if (lck_end_decode(&in, &decoded.end))
			lck_apply_unlock(state, at, &decoded.end, effects);
		break;
	case LCK_OPERATION_PURGE:
		if (lck_end_decode(&in, &decoded.end))
			lck_apply_purge(state, at, &decoded.end, effects);
		break;
	case LCK_OPERATION_CLIENT_GONE:
		if (lck_client_gone_decode(&in, &decoded.gone))
			lck_apply_client_gone(state, at, &decoded.gone, effects);
		break;
	case LCK_OPERATION_RECLAIM:
		if (lck_reclaim_decode(&in, &decoded.reclaim))
			lck_apply_reclaim(state, at, &decoded.reclaim, effects);
		break;
	case LCK_OPERATION_END:
		break;
	}
}
