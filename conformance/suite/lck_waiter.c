/* LCK assertions: waiter callbacks, processes that die while they hold or wait, one that floods. */
#include "conformance/suite/lck.h"

#include "conformance/suite/assertions.h"

static void waiter_is(struct test *test, size_t at, SaLckWaiterSignalT signal, SaLckLockIdT id, int held, int requested)
{
	const struct lck_waiter *waiter = &lck_seen.waiters[at];

	test_equal(test, waiter->signal, signal, "waiterSignal of callback %zu", at);
	test_equal(test, waiter->id, id, "lockId");
	test_equal(test, waiter->held, (uint64_t)held, "modeHeld");
	test_equal(test, waiter->requested, (uint64_t)requested, "modeRequested");
}

static void waiter_told(struct test *test, int held, int requested)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, held, 0);

	peer_ask(peer, 0, PEER_A, requested, 0, 77);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	waiter_is(test, 0, 77, id, held, requested);
	lck_unlock(&lck, id);
	peer_is_granted(peer);
	peer_end(peer);
}

void LCK_070(struct test *test)
{
	waiter_told(test, LCK_EX, LCK_PR);
}

void LCK_071(struct test *test)
{
	waiter_told(test, LCK_PR, LCK_EX);
}

void LCK_072(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	SaLckLockIdT ids[5];
	unsigned seen = 0;

	for (size_t i = 0; i < 5; i++)
		ids[i] = lck_take(&lck, lck.resource, LCK_PR, 0);
	peer_ask(peer, 0, PEER_A, LCK_EX, 0, 9);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 5);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 5, "callbacks");
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++)
			if (lck_seen.waiters[i].id == ids[j]) {
				waiter_is(test, i, 9, ids[j], LCK_PR, LCK_EX);
				seen |= 1u << j;
			}
	test_equal(test, seen, 0x1f, "each of the five ids once");
	for (size_t i = 0; i < 5; i++)
		lck_unlock(&lck, ids[i]);
	peer_is_granted(peer);
	peer_end(peer);
}

void LCK_073(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer *peers[5];
	unsigned seen = 0;

	for (size_t i = 0; i < 5; i++)
		peers[i] = peer_start(test, names);
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	for (size_t i = 0; i < 5; i++)
		peer_ask(peers[i], 0, PEER_A, LCK_PR, 0, 100 + i);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 5);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 5, "callbacks");
	for (size_t i = 0; i < 5; i++) {
		const SaLckWaiterSignalT signal = lck_seen.waiters[i].signal;
		test_true(test, signal >= 100 && signal < 105, "waiterSignal %llu", (unsigned long long)signal);
		waiter_is(test, i, signal, id, LCK_EX, LCK_PR);
		seen |= 1u << (signal - 100);
	}
	test_equal(test, seen, 0x1f, "each of the five signals once");
	lck_unlock(&lck, id);
	for (size_t i = 0; i < 5; i++) {
		peer_is_granted(peers[i]);
		peer_end(peers[i]);
	}
}

void LCK_074(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_quiet(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	peer_ask(peer, 0, PEER_A, LCK_EX, 0, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	lck_unlock(&lck, id);
	peer_is_granted(peer);
	peer_end(peer);
}

void LCK_075(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	lck_take(&lck, lck.resource, LCK_EX, 0);
	peer_refused(peer, PEER_A, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	peer_end(peer);
}

void LCK_076(struct test *test)
{
	static const SaLckWaiterSignalT signals[] = {0, 0xffffffffffffffff};
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	for (size_t i = 0; i < 2; i++) {
		const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
		peer_ask(peer, 0, PEER_A, LCK_EX, 0, signals[i]);
		lck_dispatch_until(&lck, &lck_seen.waiter_count, i + 1);
		waiter_is(test, i, signals[i], id, LCK_EX, LCK_EX);
		lck_unlock(&lck, id);
		peer_is_granted(peer);
		peer_unlock(peer, 0);
	}
	peer_end(peer);
}

static void unlock_inside(void *context, const struct lck_waiter *waiter)
{
	struct lck *lck = context;

	lck_unlock(lck, waiter->id);
}

void LCK_077(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	lck_seen.waiter_hook = unlock_inside;
	lck_seen.waiter_hook_context = &lck;
	lck_take(&lck, lck.resource, LCK_EX, 0);
	peer_ask(peer, 0, PEER_A, LCK_EX, 0, 1);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 1);
	peer_is_granted(peer);
	peer_end(peer);
}

/* --- death --- */

void LCK_078(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_ask(&lck, lck.resource, 1, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks while the holder lives");
	peer_kill(peer);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
}

void LCK_079(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer *holder = peer_start(test, names);
	struct lck one = lck_begin_open(test), other = lck_begin_open(test);

	peer_take(holder, 0, PEER_A, LCK_EX, 0);
	lck_ask(&one, one.resource, 1, LCK_PR, 0);
	lck_ask(&other, other.resource, 2, LCK_PR, 0);
	lck_settle(&one);
	lck_settle(&other);
	test_equal(test, lck_seen_count(), 0, "callbacks while the holder lives");
	peer_kill(holder);
	lck_dispatch_until(&one, &lck_seen.grant_count, 1);
	lck_dispatch_until(&other, &lck_seen.grant_count, 2);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
	lck_grant_is(test, 1, 2, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
}

void LCK_081(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer *dies = peer_start(test, names), *next = peer_start(test, names);
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	peer_ask(dies, 0, PEER_A, LCK_EX, 0, 1);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 1);
	peer_ask(next, 0, PEER_A, LCK_EX, 0, 2);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 2);
	peer_kill(dies);
	lck_unlock(&lck, id);
	peer_is_granted(next);
	peer_end(next);
}

void LCK_106(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT b = lck_open(&lck, &lck.names.b);
	unsigned served = 0;

	peer_flood(peer, 50000);
	do {
		lck_unlock(&lck, lck_take(&lck, b, LCK_EX, 0));
		served++;
	} while (!peer_has_answer(peer, 0));
	test_observe(test, "served %u times meanwhile", served);
	peer_kill(peer);
	lck_take(&lck, lck.resource, LCK_EX, 0);
}

void LCK_116(struct test *test)
{
	enum { REQUESTS = 6000 };
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0); /* has a waiter callback, and dispatches nothing */
	for (SaInvocationT i = 0; i < REQUESTS; i++) {
		const SaLckLockIdT id = lck_ask(&lck, lck.resource, i, LCK_EX, 0);
		lck_unlock(&lck, id);
		if (i % 32 == 31)
			test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
	}
	lck_refused(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
	peer_end(peer);
}
