/* Locks: the decision on a request, in the sheet's order (lck.md §3), grants, releases, orphans, and who is told of a waiter. The queue is first
 * come, first served: who waits is overtaken by nobody, but for one who already holds a shared lock of the resource and asks for another,
 * whom waiting would only deadlock. So writers do not starve. */
#include "ais/lck/lck_state.h"

static bool conflicts(uint32_t one, uint32_t other)
{
	return one == SA_LCK_EX_LOCK_MODE || other == SA_LCK_EX_LOCK_MODE;
}

/* --- effects --- */

static void answer_status(const struct lck_held *held, SaLckLockStatusT status, struct lck_token token, struct effects *effects)
{
	struct wire_writer body = {0};

	if (held->async)
		lck_granted_event_encode(&body, &(struct lck_granted_event){
			.open = held->opened->number, .lock = held->number, .invocation = held->invocation, .error = SA_AIS_OK, .status = status, .token = token,
		});
	else
		lck_answer_encode(&body, &(struct lck_answer){
			.subject = LCK_SUBJECT_LOCK, .number = held->number, .open = held->opened->number, .status = status, .token = token,
		});
	effects->failed |= body.failed;
	if (held->async)
		effects_notify(effects, held->requester, LCK_EVENT_GRANTED, wire_writer_bytes(&body));
	else
		effects_reply(effects, held->requester, SA_AIS_OK, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static void answer_error(const struct lck_held *held, uint64_t open, SaAisErrorT error, struct effects *effects)
{
	struct wire_writer body = {0};

	if (!held->async) {
		effects_reply(effects, held->requester, error, (struct bytes){0});
		return;
	}
	lck_granted_event_encode(&body, &(struct lck_granted_event){
		.open = open, .lock = held->number, .invocation = held->invocation, .error = error,
	});
	effects->failed |= body.failed;
	effects_notify(effects, held->requester, LCK_EVENT_GRANTED, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* There may be as many pairs as locks times requests: one operation looks at so many of them and no more. */
static bool pair_may_be_looked_at(struct lck_state *state)
{
	return state->pairs++ < LCK_PAIRS_MAX;
}

/* One a pair of a lock and a request that it blocks (LCK-072, -073); an orphan has nobody who could be told. */
static void holder_tell(const struct lck_held *holder, const struct lck_held *waiter, struct effects *effects)
{
	struct wire_writer body = {0};

	if (holder->opened == NULL || !holder->opened->has_waiter || !conflicts(holder->mode, waiter->mode))
		return;
	lck_waiter_event_encode(&body, &(struct lck_waiter_event){
		.open = holder->opened->number, .lock = holder->number, .signal = waiter->signal, .mode_held = holder->mode,
		.mode_requested = waiter->mode,
	});
	effects->failed |= body.failed;
	effects_notify(effects, holder->requester, LCK_EVENT_WAITER, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* --- granting --- */

static void grant(struct lck_state *state, const struct at *at, struct lck_held *held, struct effects *effects)
{
	lck_held_grant(state, held, (struct lck_token){.lineage = at->position.ring, .number = ++state->grant_count});
	answer_status(held, SA_LCK_LOCK_GRANTED, held->token, effects);
}

static bool front_may_go(const struct lck_resource *resource, const struct lck_held *front)
{
	return front->mode == SA_LCK_EX_LOCK_MODE ? resource->held_count == 0 : resource->exclusive_count == 0;
}

/* The first of those that were granted since; NULL: none. They stand last, in the order of their grants. */
static const struct lck_held *granted_since(const struct lck_resource *resource, uint64_t before)
{
	const struct lck_held *first = NULL;

	for (const struct list *entry = resource->held.previous; entry != &resource->held; entry = entry->previous) {
		const struct lck_held *held = container_of(entry, struct lck_held, in_resource);
		if (held->token.number <= before)
			break;
		first = held;
	}
	return first;
}

/* Those who were let in now block those who are left. */
static void waiters_tell(struct lck_state *state, const struct lck_resource *resource, uint64_t before, struct effects *effects)
{
	for (const struct lck_held *holder = granted_since(resource, before); holder != NULL; holder = lck_held_next(&resource->held, holder)) {
		if (holder->opened == NULL || !holder->opened->has_waiter)
			continue;
		for (const struct lck_held *waiter = lck_held_first(&resource->queue); waiter != NULL;
		     waiter = lck_held_next(&resource->queue, waiter)) {
			if (!pair_may_be_looked_at(state))
				return;
			holder_tell(holder, waiter, effects);
		}
	}
}

/* Those who hold it block one who waits from now on. */
static void holders_tell(struct lck_state *state, const struct lck_held *waiter, struct effects *effects)
{
	const struct list *held = &waiter->resource->held;

	for (const struct lck_held *holder = lck_held_first(held); holder != NULL && pair_may_be_looked_at(state);
	     holder = lck_held_next(held, holder))
		holder_tell(holder, waiter, effects);
}

void lck_grant(struct lck_state *state, const struct at *at, struct lck_resource *resource, struct effects *effects)
{
	const uint64_t before = state->grant_count;

	for (struct lck_held *front; (front = lck_held_first(&resource->queue)) != NULL && front_may_go(resource, front);)
		grant(state, at, front, effects);
	if (state->grant_count > before && resource->queue_count > 0)
		waiters_tell(state, resource, before, effects);
}

/* --- a request --- */

enum decision { DECIDED, GRANT, QUEUE };

/* Through this handle, or another of its client's: then among the first so many. */
static bool client_holds(const struct lck_opened *opened)
{
	const struct lck_resource *resource = opened->resource;
	size_t left = LCK_SEARCH_MAX;

	if (opened->held_count > 0)
		return true;
	for (const struct lck_held *held = lck_held_first(&resource->held); held != NULL && left > 0; held = lck_held_next(&resource->held, held), left--)
		if (held->opened != NULL && held->opened->owner == opened->owner)
			return true;
	return false;
}

static bool may_be_granted(const struct lck_opened *opened, uint32_t mode)
{
	const struct lck_resource *resource = opened->resource;

	if (mode == SA_LCK_EX_LOCK_MODE)
		return resource->held_count == 0;
	return resource->exclusive_count == 0 && (resource->queue_exclusive_count == 0 || client_holds(opened));
}

/* An exclusive orphan is alone with the resource. */
static bool orphan_blocks(const struct lck_resource *resource, uint32_t mode)
{
	return resource->orphan_count > 0 && (mode == SA_LCK_EX_LOCK_MODE || resource->exclusive_count > 0);
}

static enum decision lock_decide(struct lck_state *state, const struct lck_opened *opened, const struct lck_lock *lock,
                                 SaLckLockStatusT *status)
{
	const struct lck_lock_request *request = &lock->request;

	*status = SA_LCK_LOCK_DUPLICATE_EX;
	if (request->mode == SA_LCK_EX_LOCK_MODE && opened->exclusive_count > 0)
		return DECIDED;
	*status = SA_LCK_LOCK_NO_MORE;
	if (opened->owner->lock_count >= lock->limits.client || state->locks.count + state->orphan_count >= lock->limits.all)
		return DECIDED;
	if (may_be_granted(opened, request->mode))
		return GRANT;
	*status = SA_LCK_LOCK_NOT_QUEUED;
	if ((request->flags & SA_LCK_LOCK_NO_QUEUE) != 0)
		return DECIDED;
	*status = SA_LCK_LOCK_ORPHANED;
	if ((request->flags & SA_LCK_LOCK_ORPHAN) != 0 && orphan_blocks(opened->resource, request->mode))
		return DECIDED;
	/* A wait for oneself that a waiter callback can end is none yet. */
	*status = SA_LCK_LOCK_DEADLOCK;
	if (lck_deadlock(state, opened->resource, opened->owner, request->mode, !opened->has_waiter))
		return DECIDED;
	return QUEUE;
}

static SaAisErrorT lock_verdict(const struct lck_state *state, const struct lck_opened *opened, const struct lck_lock *lock)
{
	const uint32_t known = SA_LCK_LOCK_NO_QUEUE | SA_LCK_LOCK_ORPHAN;

	if (opened == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if ((lock->request.flags & ~known) != 0)
		return SA_AIS_ERR_BAD_FLAGS;
	if (lck_held_find(state, lock->requester, lock->request.lock) != NULL)
		return SA_AIS_ERR_LIBRARY; /* a client that numbers two locks alike: its own trouble */
	return SA_AIS_OK;
}

/* An asynchronous request is sent again where its node lost what it saw of it, and told nobody. Here it may have been kept. */
static bool comes_again(const struct lck_state *state, const struct lck_lock *lock, struct effects *effects)
{
	const struct lck_held *held = lck_held_find(state, lock->requester, lock->request.lock);

	if (held == NULL || held->requester.call != lock->requester.call)
		return false;
	if (held->granted)
		answer_status(held, SA_LCK_LOCK_GRANTED, held->token, effects);
	return true;
}

static struct lck_held held_of_lock(const struct at *at, const struct lck_lock *lock, struct lck_opened *opened)
{
	return (struct lck_held){
		.identity = identity_at(at), .requester = lock->requester, .number = lock->request.lock, .opened = opened,
		.mode = lock->request.mode, .flags = lock->request.flags, .signal = lock->request.signal,
		.invocation = lock->request.invocation, .async = lock->async,
	};
}

void lck_apply_lock(struct lck_state *state, const struct at *at, const struct lck_lock *lock, struct effects *effects)
{
	struct lck_opened *opened = lck_opened_find(state, lock->requester, lock->request.open);
	const struct lck_held values = held_of_lock(at, lock, opened);
	const SaAisErrorT verdict = lock_verdict(state, opened, lock);
	SaLckLockStatusT status;

	if (comes_again(state, lock, effects))
		return;
	if (verdict != SA_AIS_OK) {
		answer_error(&values, lock->request.open, verdict, effects);
		return;
	}
	const enum decision decision = lock_decide(state, opened, lock, &status);
	if (decision == DECIDED) {
		answer_status(&values, status, (struct lck_token){0}, effects);
		return;
	}
	if (decision == QUEUE && lock->request.at_once) {
		answer_error(&values, opened->number, SA_AIS_ERR_TIMEOUT, effects);
		return;
	}
	struct lck_held *held = lck_held_add(state, opened, opened->resource, &values);
	if (held == NULL) {
		effects->failed = true;
		return;
	}
	if (decision == GRANT) {
		const uint64_t before = state->grant_count;
		grant(state, at, held, effects);
		if (opened->resource->queue_count > 0)
			waiters_tell(state, opened->resource, before, effects);
		return;
	}
	holders_tell(state, held, effects);
}

/* --- the end of one --- */

void lck_strip(struct lck_state *state, struct lck_held *held)
{
	if (held->granted && (held->flags & SA_LCK_LOCK_ORPHAN) != 0)
		lck_held_orphan(state, held);
	else
		lck_held_remove(state, held);
}

static void unlock_answer(const struct lck_end *unlock, SaAisErrorT error, struct effects *effects)
{
	struct wire_writer body = {0};

	if (unlock->async)
		lck_unlocked_event_encode(&body, &(struct lck_unlocked_event){
			.open = unlock->open, .invocation = unlock->invocation, .error = error,
		});
	else
		lck_answer_encode(&body, &(struct lck_answer){.subject = LCK_SUBJECT_UNLOCK, .number = unlock->number});
	effects->failed |= body.failed;
	if (unlock->async)
		effects_notify(effects, unlock->requester, LCK_EVENT_UNLOCKED, wire_writer_bytes(&body));
	else if (unlock->requester.call != 0)
		effects_reply(effects, unlock->requester, error, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

void lck_apply_unlock(struct lck_state *state, const struct at *at, const struct lck_end *unlock, struct effects *effects)
{
	struct lck_held *held = lck_held_find(state, unlock->requester, unlock->number);

	if (held == NULL) {
		unlock_answer(unlock, SA_AIS_ERR_NOT_EXIST, effects);
		return;
	}
	struct lck_resource *resource = held->resource;
	if (!held->granted)
		answer_error(held, held->opened->number, SA_AIS_ERR_NOT_EXIST, effects); /* LCK-057 */
	lck_held_remove(state, held);
	unlock_answer(unlock, SA_AIS_OK, effects);
	lck_grant(state, at, resource, effects);
}

void lck_apply_purge(struct lck_state *state, const struct at *at, const struct lck_end *purge, struct effects *effects)
{
	struct lck_opened *opened = lck_opened_find(state, purge->requester, purge->number);
	struct lck_held *next;

	if (opened == NULL) {
		effects_reply(effects, purge->requester, SA_AIS_ERR_BAD_HANDLE, (struct bytes){0});
		return;
	}
	for (struct lck_held *held = lck_held_first(&opened->resource->held); held != NULL; held = next) {
		next = lck_held_next(&opened->resource->held, held);
		if (held->opened == NULL)
			lck_held_remove(state, held);
	}
	effects_reply(effects, purge->requester, SA_AIS_OK, (struct bytes){0});
	lck_grant(state, at, opened->resource, effects);
}
