/* Promise: what the state grants never conflicts; who waits is overtaken by nobody, but for one who holds a shared lock already and gets
 * another; what can be granted is granted at once; tokens grow with the grants. So no writer starves. And a request is decided as the sheet says,
 * computed again from the picture of before; and each pair of a holder and a request that it blocks is told the holder once. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static void check_granted(struct world_lck *world, uint32_t node, const struct picture *after)
{
	for (size_t i = 0; i < after->lock_count; i++)
		for (size_t j = 0; j < i; j++)
			if (after->locks[i].granted && after->locks[j].granted && picture_conflict(&after->locks[i], &after->locks[j]))
				sim_violation(world->sim, "mutual-exclusion", "the state of node %" PRIu32 " grants locks of clients %" PRIu64 " and %" PRIu64
				              " that conflict", node, after->locks[j].requester.client, after->locks[i].requester.client);
}

static void check_queues(struct world_lck *world, uint32_t node, const struct picture *after)
{
	for (size_t i = 0; i + 1 < after->lock_count; i++) {
		const struct picture_lock *one = &after->locks[i], *next = &after->locks[i + 1];

		if (identity_equal(one->resource, next->resource) && !one->granted && identity_compare(one->identity, next->identity) >= 0)
			sim_violation(world->sim, "order", "the queue at node %" PRIu32 " is not in the order of its requests", node);
	}
}

/* The first that waits on each resource has a reason. */
static void check_front(struct world_lck *world, uint32_t node, const struct picture *after)
{
	for (size_t i = 0; i < after->lock_count; i++) {
		const struct picture_lock *front = &after->locks[i];
		const bool is_front = !front->granted && (i == 0 || after->locks[i - 1].granted ||
		                                          !identity_equal(after->locks[i - 1].resource, front->resource));
		bool blocked = !is_front;

		for (size_t j = 0; j < i; j++)
			blocked |= after->locks[j].granted && picture_conflict(&after->locks[j], front);
		if (!blocked)
			sim_violation(world->sim, "liveness", "at node %" PRIu32 " client %" PRIu64 " waits for a lock that is free", node,
			              front->requester.client);
	}
}

static bool holds_already(const struct picture *before, const struct picture_lock *lock)
{
	for (size_t i = 0; i < before->lock_count; i++)
		if (before->locks[i].granted && identity_equal(before->locks[i].resource, lock->resource) &&
		    picture_same_client(&before->locks[i], lock))
			return true;
	return false;
}

static bool newly_granted(const struct picture *before, const struct picture_lock *lock)
{
	const struct picture_lock *was = picture_find(before, lock->identity);

	return lock->granted && (was == NULL || !was->granted);
}

static void check_overtaken(struct world_lck *world, uint32_t node, const struct picture_lock *granted)
{
	const bool may = granted->mode == SA_LCK_PR_LOCK_MODE && holds_already(&world->before, granted);

	for (size_t i = 0; i < world->after.lock_count && !may; i++) {
		const struct picture_lock *waiter = &world->after.locks[i];

		if (!waiter->granted && identity_equal(waiter->resource, granted->resource) &&
		    identity_compare(waiter->identity, granted->identity) < 0)
			sim_violation(world->sim, "order", "at node %" PRIu32 " client %" PRIu64 " overtakes client %" PRIu64 ", which waits longer", node,
			              granted->requester.client, waiter->requester.client);
	}
}

static void check_token(struct world_lck *world, uint32_t node, const struct at *at, const struct picture_lock *granted)
{
	if (!ring_id_equal(granted->token.lineage, at->position.ring))
		sim_violation(world->sim, "fencing-token", "a token granted at node %" PRIu32 " names another view than its own", node);
	for (size_t i = 0; i < world->before.lock_count; i++)
		if (world->before.locks[i].granted && world->before.locks[i].token.number >= granted->token.number)
			sim_violation(world->sim, "fencing-token", "a token granted at node %" PRIu32 " is not above those from before", node);
}

void check_lck_order(struct world_lck *world, uint32_t node, const struct at *at)
{
	check_granted(world, node, &world->after);
	check_queues(world, node, &world->after);
	check_front(world, node, &world->after);
	for (size_t i = 0; i < world->after.lock_count; i++)
		if (newly_granted(&world->before, &world->after.locks[i])) {
			check_overtaken(world, node, &world->after.locks[i]);
			check_token(world, node, at, &world->after.locks[i]);
		}
}

/* --- decisions --- */

enum expected { EXPECT_STATUS, EXPECT_ERROR, EXPECT_QUEUED };

static struct picture_lock request_of(const struct lck_lock *lock, const struct picture_open *open)
{
	return (struct picture_lock){
		.requester = lock->requester, .resource = open->resource, .mode = lock->request.mode, .number = lock->request.lock,
		.open = lock->request.open, .flags = lock->request.flags, .has_waiter = open->has_waiter,
	};
}

static bool holds_exclusive(const struct picture *before, const struct picture_lock *request)
{
	for (size_t i = 0; i < before->lock_count; i++)
		if (before->locks[i].granted && before->locks[i].mode == SA_LCK_EX_LOCK_MODE && picture_same_client(&before->locks[i], request) &&
		    before->locks[i].open == request->open)
			return true;
	return false;
}

static bool may_be_granted(const struct picture *before, const struct picture_lock *request)
{
	const bool holds = request->mode == SA_LCK_PR_LOCK_MODE && holds_already(before, request);

	for (size_t i = 0; i < before->lock_count; i++)
		if (picture_conflict(&before->locks[i], request) && (before->locks[i].granted || !holds))
			return false;
	return true;
}

static bool orphan_blocks(const struct picture *before, const struct picture_lock *request)
{
	for (size_t i = 0; i < before->lock_count; i++)
		if (before->locks[i].orphan && picture_conflict(&before->locks[i], request))
			return true;
	return false;
}

static enum expected decide(const struct picture *before, const struct lck_lock *lock, const struct picture_lock *request, uint32_t *value)
{
	*value = SA_LCK_LOCK_DUPLICATE_EX;
	if (request->mode == SA_LCK_EX_LOCK_MODE && holds_exclusive(before, request))
		return EXPECT_STATUS;
	*value = SA_LCK_LOCK_NO_MORE;
	if (check_lck_is_beyond(before, lock))
		return EXPECT_STATUS;
	*value = SA_LCK_LOCK_GRANTED;
	if (may_be_granted(before, request))
		return EXPECT_STATUS;
	*value = SA_LCK_LOCK_NOT_QUEUED;
	if ((request->flags & SA_LCK_LOCK_NO_QUEUE) != 0)
		return EXPECT_STATUS;
	*value = SA_LCK_LOCK_ORPHANED;
	if ((request->flags & SA_LCK_LOCK_ORPHAN) != 0 && orphan_blocks(before, request))
		return EXPECT_STATUS;
	*value = SA_LCK_LOCK_DEADLOCK;
	if (check_lck_would_close_cycle(before, request))
		return EXPECT_STATUS;
	*value = SA_AIS_ERR_TIMEOUT;
	return lock->request.at_once ? EXPECT_ERROR : EXPECT_QUEUED;
}

/* What the effects answer to the request: how many answers, and the last. */
static unsigned answers_find(const struct effects *effects, const struct lck_lock *lock, uint32_t *error, uint32_t *status)
{
	unsigned count = 0;

	for (size_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->list[i];
		struct wire_reader in = wire_reader_of(effects_payload(effects, effect));
		struct lck_granted_event event;
		struct lck_answer answer;

		if (!requester_same_client(effect->requester, lock->requester))
			continue;
		if (effect->kind == EFFECT_REPLY && !lock->async && effect->requester.call == lock->requester.call) {
			count++;
			*error = effect->code;
			*status = lck_answer_decode(&in, &answer) ? answer.status : 0;
		} else if (effect->kind == EFFECT_NOTIFY && effect->event == LCK_EVENT_GRANTED && lock->async &&
		           lck_granted_event_decode(&in, &event) && event.lock == lock->request.lock) {
			count++;
			*error = event.error;
			*status = event.status;
		}
	}
	return count;
}

static const struct picture_lock *kept_find(const struct picture *before, const struct lck_lock *lock)
{
	for (size_t i = 0; i < before->lock_count; i++)
		if (!before->locks[i].orphan && requester_equal(before->locks[i].requester, lock->requester) &&
		    before->locks[i].number == lock->request.lock)
			return &before->locks[i];
	return NULL;
}

void check_lck_decision(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body, const struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_lock lock;
	uint32_t error = 0, status = 0, value = SA_AIS_ERR_BAD_HANDLE;
	enum expected expected = EXPECT_ERROR;

	if (operation != LCK_OPERATION_LOCK || !lck_lock_decode(&in, &lock))
		return;
	const struct picture_open *open = picture_open_find(&world->before, lock.requester, lock.request.open);
	const struct picture_lock *again = kept_find(&world->before, &lock);
	if (again != NULL) { /* sent again, and kept: what it got, if it got it */
		expected = again->granted ? EXPECT_STATUS : EXPECT_QUEUED;
		value = SA_LCK_LOCK_GRANTED;
	} else if (open != NULL) {
		const struct picture_lock request = request_of(&lock, open);
		expected = decide(&world->before, &lock, &request, &value);
	}
	const unsigned count = answers_find(effects, &lock, &error, &status);
	const bool right = expected == EXPECT_QUEUED ? count == 0
	                   : expected == EXPECT_ERROR ? count == 1 && error == value
	                                              : count == 1 && error == SA_AIS_OK && status == value;
	world->counts.no_more += expected == EXPECT_STATUS && value == SA_LCK_LOCK_NO_MORE;
	world->counts.deadlocks += expected == EXPECT_STATUS && value == SA_LCK_LOCK_DEADLOCK;
	if (!right)
		sim_violation(world->sim, expected == EXPECT_STATUS && value == SA_LCK_LOCK_DEADLOCK ? "deadlock" : "decision",
		              "node %" PRIu32 " answers %u times error %" PRIu32 " status %" PRIu32 " to client %" PRIu64 "'s request, where %s %" PRIu32
		              " was due", node, count, error, status, lock.requester.client,
		              expected == EXPECT_QUEUED ? "waiting, or error" : expected == EXPECT_ERROR ? "error" : "status", value);
}

/* --- waiter callbacks --- */

static bool is_pair(const struct picture *picture, struct identity holder, struct identity waiter)
{
	const struct picture_lock *held = picture_find(picture, holder), *waits = picture_find(picture, waiter);

	return held != NULL && waits != NULL && held->granted && !held->orphan && held->has_waiter && !waits->granted &&
	       picture_conflict(held, waits);
}

void check_lck_waiters(struct world_lck *world, uint32_t node, uint16_t operation, const struct effects *effects)
{
	size_t due = 0, told = 0;

	if (operation != LCK_OPERATION_LOCK && operation != LCK_OPERATION_UNLOCK && operation != LCK_OPERATION_PURGE &&
	    operation != LCK_OPERATION_CLOSE)
		return; /* those that end several opens may grant in between */
	for (size_t i = 0; i < world->after.lock_count; i++)
		for (size_t j = 0; j < world->after.lock_count; j++)
			due += is_pair(&world->after, world->after.locks[i].identity, world->after.locks[j].identity) &&
			       !is_pair(&world->before, world->after.locks[i].identity, world->after.locks[j].identity);
	for (size_t i = 0; i < effects->count; i++)
		told += effects->list[i].kind == EFFECT_NOTIFY && effects->list[i].event == LCK_EVENT_WAITER;
	world->counts.waiters += told;
	if (told != due)
		sim_violation(world->sim, "waiter-callbacks", "%zu holders are told of a waiter at node %" PRIu32 ", where %zu block one", told, node, due);
}
