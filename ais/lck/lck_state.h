/* The replicated state of LCK, pure: resources by name, what each client has open, locks and requests in their order. It is all directory: no
 * bulk content, every member has it whole. lck_state.c keeps the entries, lck_resource.c opens and closes, lck_lock.c grants and
 * releases, lck_deadlock.c looks for cycles, lck_transfer.c hands the whole to a joiner. Called by the engine through lck_service.c. */
#ifndef AISLE_LCK_STATE_H
#define AISLE_LCK_STATE_H

#include "ais/lck/lck_messages.h"
#include "core/base/effects.h"
#include "core/base/list.h"
#include "core/base/tree.h"

struct host;
struct service_view;

/* A client (node, incarnation, client): one to whom others may wait. */
struct lck_owner {
	struct tree_node by_client;
	struct requester client; /* call 0 */
	struct list opens;       /* of lck_opened, by number */
	struct list waits;       /* of lck_held, those that wait, by identity: a search goes the same way on all nodes */
	size_t open_count, lock_count;
	/* Of one search for a cycle; no part of the state. */
	uint64_t searched;
	struct lck_owner *search_next;
};

struct lck_resource {
	struct tree_node by_name, by_identity;
	struct identity identity;
	size_t name_size;
	uint8_t name[SA_MAX_NAME_LENGTH];
	struct list held;  /* of lck_held, granted, in the order of their grants; orphans among them */
	struct list queue; /* of lck_held, waiting, in the order of their requests */
	size_t open_count, held_count, exclusive_count, orphan_count, queue_count, queue_exclusive_count;
	uint64_t digest;
	/* Of one search for a cycle. */
	uint64_t searched;
	const struct lck_held *searched_to; /* NULL: to the end of the queue */
};

struct lck_opened {
	struct tree_node by_number;
	struct lck_owner *owner;
	struct lck_resource *resource;
	uint64_t number, call;
	bool has_waiter;
	struct list in_owner;
	struct list locks; /* of lck_held, held and waiting */
	size_t held_count, exclusive_count; /* held */
	uint64_t digest;
};

/* A lock that is held, or a request that waits for one. */
struct lck_held {
	struct tree_node by_number; /* not an orphan's */
	struct identity identity;
	struct requester requester; /* its call */
	uint64_t number;            /* the client's */
	struct lck_opened *opened;  /* NULL: an orphan */
	struct lck_resource *resource;
	uint32_t mode, flags;
	uint64_t signal, invocation;
	bool async, granted;
	struct lck_token token; /* granted */
	struct list in_resource, in_opened, in_waits;
	uint64_t digest;
};

struct lck_state {
	struct tree owners, resources, by_identity, opens, locks;
	size_t orphan_count;
	uint64_t grant_count; /* grants of this state's whole history: what tokens count by */
	uint64_t digest;
	/* No part of the state: */
	uint64_t searches;
	size_t pairs; /* that this operation has looked at */
};

void *lck_state_new(const struct host *arenas);
void lck_state_free(void *state);
void lck_state_clear(struct lck_state *state);
void lck_state_apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects);
void lck_state_view_applied(void *state, const struct at *at, const struct service_view *view, struct effects *effects);
uint64_t lck_state_digest(const void *state);
void lck_state_encode(const void *state, struct wire_writer *out);
bool lck_state_decode(void *state, struct wire_reader *in); /* into a fresh one */

/* --- lck_state.c: entries. An _add returns NULL without memory; an _update follows any change of what a digest covers. --- */

struct lck_owner *lck_owner_find(const struct lck_state *state, struct requester client);
struct lck_owner *lck_owner_first(const struct lck_state *state);
struct lck_owner *lck_owner_next(const struct lck_owner *owner);
struct lck_owner *lck_owner_have(struct lck_state *state, struct requester client);
void lck_owner_settle(struct lck_state *state, struct lck_owner *owner); /* frees it if it has nothing */

struct lck_resource *lck_resource_named(const struct lck_state *state, struct bytes name);
struct lck_resource *lck_resource_find(const struct lck_state *state, struct identity identity);
struct lck_resource *lck_resource_first(const struct lck_state *state); /* by name */
struct lck_resource *lck_resource_after(const struct lck_state *state, struct bytes name);
struct lck_resource *lck_resource_next(const struct lck_resource *resource);
struct lck_resource *lck_resource_add(struct lck_state *state, struct identity identity, struct bytes name);
void lck_resource_settle(struct lck_state *state, struct lck_resource *resource); /* frees it if it has neither opens nor orphans */
struct bytes lck_resource_name(const struct lck_resource *resource);

struct lck_opened *lck_opened_find(const struct lck_state *state, struct requester client, uint64_t number);
struct lck_opened *lck_opened_first(const struct lck_state *state);
struct lck_opened *lck_opened_next(const struct lck_opened *opened);
struct lck_opened *lck_opened_add(struct lck_state *state, struct lck_owner *owner, struct lck_resource *resource, uint64_t number,
                                  uint64_t call, bool has_waiter);
void lck_opened_remove(struct lck_state *state, struct lck_opened *opened); /* it has no locks any more */

struct lck_held *lck_held_find(const struct lck_state *state, struct requester client, uint64_t number);
struct lck_held *lck_held_first(const struct list *list); /* of a resource's held or queue */
struct lck_held *lck_held_next(const struct list *list, const struct lck_held *held);
/* Waiting, or granted if the token says so (decoding): puts it into all lists. `opened` NULL: an orphan. */
struct lck_held *lck_held_add(struct lck_state *state, struct lck_opened *opened, struct lck_resource *resource,
                              const struct lck_held *values);
void lck_held_grant(struct lck_state *state, struct lck_held *held, struct lck_token token);
void lck_held_orphan(struct lck_state *state, struct lck_held *held);
void lck_held_remove(struct lck_state *state, struct lck_held *held);

/* --- lck_resource.c --- */

void lck_apply_open(struct lck_state *state, const struct at *at, const struct lck_open *open, struct effects *effects);
void lck_apply_close(struct lck_state *state, const struct at *at, const struct lck_end *close, struct effects *effects);
void lck_apply_client_gone(struct lck_state *state, const struct at *at, const struct lck_client_gone *gone, struct effects *effects);
void lck_apply_reclaim(struct lck_state *state, const struct at *at, const struct lck_reclaim *reclaim, struct effects *effects);
void lck_close(struct lck_state *state, const struct at *at, struct lck_opened *opened, struct effects *effects);

/* --- lck_lock.c --- */

void lck_apply_lock(struct lck_state *state, const struct at *at, const struct lck_lock *lock, struct effects *effects);
void lck_apply_unlock(struct lck_state *state, const struct at *at, const struct lck_end *unlock, struct effects *effects);
void lck_apply_purge(struct lck_state *state, const struct at *at, const struct lck_end *purge, struct effects *effects);
/* Its owner is gone, or has closed: it is released, or becomes an orphan if it was asked for so. Grants nothing. */
void lck_strip(struct lck_state *state, struct lck_held *held);
/* Grants what waits and may be granted now. */
void lck_grant(struct lck_state *state, const struct at *at, struct lck_resource *resource, struct effects *effects);

/* --- lck_deadlock.c --- */

/* Would a request of `owner` that waits at the end of the queue wait for itself? */
bool lck_deadlock(struct lck_state *state, struct lck_resource *resource, const struct lck_owner *owner, uint32_t mode,
                  bool self_wait_is_one);

#endif
