/* Opening and closing: what a client has open, and what becomes of its locks when it closes, dies, leaves, or comes back from a losing half. */
#include "ais/lck/lck_state.h"

#include "core/engine/service.h"

#include <stdlib.h>

/* --- open --- */

/* LCK-012, -013, -015; a number that the client has used already is its own trouble. */
static SaAisErrorT open_verdict(const struct lck_state *state, const struct lck_resource *resource, const struct lck_owner *owner,
                                const struct lck_open *open)
{
	if ((open->request.flags & ~SA_LCK_RESOURCE_CREATE) != 0)
		return SA_AIS_ERR_BAD_FLAGS;
	if (resource == NULL && (open->request.flags & SA_LCK_RESOURCE_CREATE) == 0)
		return SA_AIS_ERR_NOT_EXIST;
	if (state->opens.count >= open->limits.all || (owner == NULL ? 0 : owner->open_count) >= open->limits.client)
		return SA_AIS_ERR_NO_RESOURCES;
	if (lck_opened_find(state, open->requester, open->request.open) != NULL)
		return SA_AIS_ERR_LIBRARY;
	return SA_AIS_OK;
}

static void open_answer(const struct lck_open *open, SaAisErrorT verdict, const struct lck_resource *resource, struct effects *effects)
{
	const struct identity identity = resource == NULL ? (struct identity){0} : resource->identity;
	struct wire_writer body = {0};

	if (open->async)
		lck_opened_event_encode(&body, &(struct lck_opened_event){
			.open = open->request.open, .invocation = open->request.invocation, .error = verdict, .resource = identity,
		});
	else if (verdict == SA_AIS_OK)
		lck_answer_encode(&body, &(struct lck_answer){
			.subject = LCK_SUBJECT_OPEN, .number = open->request.open, .resource = identity,
		});
	effects->failed |= body.failed;
	if (open->async)
		effects_notify(effects, open->requester, LCK_EVENT_OPENED, wire_writer_bytes(&body));
	else
		effects_reply(effects, open->requester, verdict, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* What is owed may come a second time, from a node whose state was not kept: it is open as the same call asked, claimed again meanwhile. */
static const struct lck_opened *open_again(const struct lck_state *state, const struct lck_open *open)
{
	const struct lck_opened *opened = lck_opened_find(state, open->requester, open->request.open);

	return opened != NULL && opened->call == open->requester.call ? opened : NULL;
}

void lck_apply_open(struct lck_state *state, const struct at *at, const struct lck_open *open, struct effects *effects)
{
	const struct lck_opened *again = open_again(state, open);
	struct lck_resource *resource = again != NULL ? again->resource : lck_resource_named(state, open->request.name);
	struct lck_owner *owner = lck_owner_find(state, open->requester);
	const SaAisErrorT verdict = again != NULL ? SA_AIS_OK : open_verdict(state, resource, owner, open);

	if (verdict == SA_AIS_OK && again == NULL) {
		resource = resource != NULL ? resource : lck_resource_add(state, identity_at(at), open->request.name);
		owner = lck_owner_have(state, open->requester);
		if (resource == NULL || owner == NULL ||
		    lck_opened_add(state, owner, resource, open->request.open, open->requester.call, open->request.has_waiter) == NULL) {
			effects->failed = true;
			return;
		}
	}
	open_answer(open, verdict, resource, effects);
}

/* --- close --- */

/* A thread of the client that waits in Lock while another closes its handle is told. */
static void waiter_refuse(const struct lck_held *held, struct effects *effects)
{
	if (!held->granted && !held->async)
		effects_reply(effects, held->requester, SA_AIS_ERR_BAD_HANDLE, (struct bytes){0});
}

void lck_close(struct lck_state *state, const struct at *at, struct lck_opened *opened, struct effects *effects)
{
	struct lck_resource *resource = opened->resource;
	struct lck_owner *owner = opened->owner;

	while (!list_is_empty(&opened->locks)) {
		struct lck_held *held = container_of(opened->locks.next, struct lck_held, in_opened);
		waiter_refuse(held, effects);
		lck_strip(state, held);
	}
	lck_opened_remove(state, opened);
	lck_owner_settle(state, owner);
	lck_grant(state, at, resource, effects);
	lck_resource_settle(state, resource);
}

void lck_apply_close(struct lck_state *state, const struct at *at, const struct lck_end *close, struct effects *effects)
{
	struct lck_opened *opened = lck_opened_find(state, close->requester, close->number);

	if (opened != NULL)
		lck_close(state, at, opened, effects);
}

static struct lck_opened *owner_first(const struct lck_owner *owner)
{
	return owner == NULL || list_is_empty(&owner->opens) ? NULL : container_of(owner->opens.next, struct lck_opened, in_owner);
}

/* Its locks, or its requests: no grant follows. */
static void owner_strip(struct lck_state *state, struct lck_owner *owner, bool waiting)
{
	for (struct list *open = owner->opens.next; open != &owner->opens; open = open->next) {
		struct lck_opened *opened = container_of(open, struct lck_opened, in_owner);
		struct list *next;

		for (struct list *entry = opened->locks.next; entry != &opened->locks; entry = next) {
			struct lck_held *held = container_of(entry, struct lck_held, in_opened);
			next = entry->next;
			if (held->granted != waiting)
				lck_strip(state, held);
		}
	}
}

/* Its requests go first, so that nothing is granted to them while its opens are closed. */
void lck_apply_client_gone(struct lck_state *state, const struct at *at, const struct lck_client_gone *gone, struct effects *effects)
{
	struct lck_owner *owner = lck_owner_find(state, gone->client);

	if (owner != NULL)
		owner_strip(state, owner, true);
	for (struct lck_opened *opened; (opened = owner_first(lck_owner_find(state, gone->client))) != NULL;)
		lck_close(state, at, opened, effects);
}

/* --- re-claim (R17): what still exists by identity goes on. Locks never. --- */

static int claim_order(const void *one, const void *other)
{
	const struct lck_claim *a = one, *b = other;

	return (a->open > b->open) - (a->open < b->open);
}

/* The claims by number; NULL: no memory. */
static struct lck_claim *claims_sorted(const struct lck_reclaim *reclaim)
{
	struct lck_claim *claims = calloc((size_t)reclaim->count + 1, sizeof *claims);
	struct wire_reader in = wire_reader_of(reclaim->claims);

	if (claims == NULL)
		return NULL;
	for (uint32_t i = 0; i < reclaim->count; i++)
		lck_claim_next(&in, &claims[i]);
	qsort(claims, reclaim->count, sizeof *claims, claim_order);
	return claims;
}

static bool is_claimed(const struct lck_claim *claims, uint32_t count, const struct lck_opened *opened)
{
	const struct lck_claim wanted = {.open = opened->number};
	const struct lck_claim *claim = bsearch(&wanted, claims, count, sizeof *claims, claim_order);

	return claim != NULL && identity_equal(claim->resource, opened->resource->identity);
}

static void unclaimed_close(struct lck_state *state, const struct at *at, struct lck_owner *owner, const struct lck_claim *claims,
                            uint32_t count, struct effects *effects)
{
	struct list *next;

	for (struct list *entry = owner->opens.next; entry != &owner->opens; entry = next) {
		struct lck_opened *opened = container_of(entry, struct lck_opened, in_owner);
		const bool is_last = owner->open_count == 1; /* the owner goes with it */

		next = entry->next;
		if (!is_claimed(claims, count, opened))
			lck_close(state, at, opened, effects);
		if (is_last)
			return;
	}
}

static bool claimed_open(struct lck_state *state, struct requester client, const struct lck_claim *claim)
{
	struct lck_resource *resource = lck_resource_find(state, claim->resource);

	if (resource == NULL || lck_opened_find(state, client, claim->open) != NULL)
		return true;
	struct lck_owner *owner = lck_owner_have(state, client);
	return owner != NULL && lck_opened_add(state, owner, resource, claim->open, claim->call, claim->has_waiter) != NULL;
}

void lck_apply_reclaim(struct lck_state *state, const struct at *at, const struct lck_reclaim *reclaim, struct effects *effects)
{
	struct lck_claim *claims = claims_sorted(reclaim);
	struct lck_owner *owner = lck_owner_find(state, reclaim->client);

	if (claims == NULL) {
		effects->failed = true;
		return;
	}
	if (owner != NULL)
		unclaimed_close(state, at, owner, claims, reclaim->count, effects);
	for (uint32_t i = 0; i < reclaim->count; i++)
		effects->failed |= !claimed_open(state, reclaim->client, &claims[i]);
	free(claims);
}

/* --- views (R18) --- */

enum standing { WINNER, LOSER, GONE };

static enum standing owner_standing(const struct service_view *view, const struct lck_owner *owner)
{
	for (size_t i = 0; i < view->member_count; i++) {
		if (view->members[i].node != owner->client.node)
			continue;
		if (view->members[i].incarnation != owner->client.incarnation)
			return GONE;
		return view->members[i].winner ? WINNER : LOSER;
	}
	return GONE;
}

static void debt_settle(struct lck_state *state, const struct at *at, struct requester debt, struct effects *effects)
{
	struct lck_owner *owner = lck_owner_find(state, debt);

	for (struct lck_opened *opened = owner_first(owner); opened != NULL;) {
		struct lck_opened *next = opened->in_owner.next == &owner->opens ? NULL : container_of(opened->in_owner.next, struct lck_opened, in_owner);
		struct list *after;

		for (struct list *entry = opened->locks.next; entry != &opened->locks; entry = after) {
			struct lck_held *held = container_of(entry, struct lck_held, in_opened);
			after = entry->next;
			if (held->requester.call == debt.call)
				lck_held_remove(state, held); /* its caller was told that nothing is held: no orphan of it either */
		}
		const bool was_asked_for = opened->call == debt.call, is_last = owner->open_count == 1;
		if (was_asked_for)
			lck_close(state, at, opened, effects);
		if (was_asked_for && is_last)
			return;
		opened = next;
	}
}

/* The requests of all who are not in the winning group go first, so that nothing is granted to them; then their locks; then the opens of
 * those who are not there at all (a loser claims its opens again). Only then what waits is granted, resource by resource. */
void lck_state_view_applied(void *context, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct lck_state *state = context;
	struct lck_owner *next;

	state->pairs = 0;
	for (size_t i = 0; i < view->debt_count; i++)
		debt_settle(state, at, view->debts[i], effects);
	for (int waiting = 1; waiting >= 0; waiting--)
		for (struct lck_owner *owner = lck_owner_first(state); owner != NULL; owner = lck_owner_next(owner))
			if (owner_standing(view, owner) != WINNER)
				owner_strip(state, owner, waiting);
	for (struct lck_owner *owner = lck_owner_first(state); owner != NULL; owner = next) {
		next = lck_owner_next(owner);
		if (owner_standing(view, owner) != GONE)
			continue;
		for (size_t opens = owner->open_count; opens > 0; opens--)
			lck_close(state, at, owner_first(owner), effects);
	}
	for (struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource))
		lck_grant(state, at, resource, effects);
}
