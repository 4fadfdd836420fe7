/* LCK assertions: locking and unlocking. */
#include "conformance/suite/lck.h"

#include <pthread.h>
#include <sys/mman.h>

#include "conformance/suite/assertions.h"

static const SaUint64T never_issued = 0x1122334455667788;
static const SaTimeT moment = 50 * SA_TIME_ONE_MILLISECOND; /* a wait that is meant to end by its timeout */

void LCK_028(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_PR, 0));
}

void LCK_029(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const struct lck_got got = lck_lock(&lck, lck.resource, LCK_EX, 0, 0);

	lck_is(test, got, SA_LCK_LOCK_GRANTED, "EX of a free resource, timeout 0");
	test_true(test, got.id != 0, "the id is not 0");
	lck_unlock(&lck, got.id);
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, 0));
}

void LCK_030(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_PR, 0);
	lck_take(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE);
	peer_end(peer);
}

void LCK_031(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	SaLckLockIdT ids[3];

	for (size_t i = 0; i < 3; i++)
		ids[i] = lck_take(&lck, lck.resource, LCK_PR, 0);
	test_true(test, ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "the ids differ");
	for (size_t i = 0; i < 3; i++)
		lck_unlock(&lck, ids[i]);
}

/* A request that conflicts waits for the other process's unlock. */
static void waits_for_unlock(struct test *test, int held, int asked)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, held, 0);

	peer_ask(peer, 0, PEER_A, asked, 0, 1);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 1);
	lck_fence(&lck);
	test_true(test, !peer_has_answer(peer, 0), "it waits");
	lck_unlock(&lck, id);
	peer_is_granted(peer);
	peer_end(peer);
}

void LCK_032(struct test *test)
{
	waits_for_unlock(test, LCK_PR, LCK_EX);
}

void LCK_033(struct test *test)
{
	waits_for_unlock(test, LCK_EX, LCK_PR);
}

void LCK_034(struct test *test)
{
	waits_for_unlock(test, LCK_EX, LCK_EX);
}

void LCK_035(struct test *test)
{
	static const int modes[] = {LCK_PR, LCK_EX};
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	for (size_t i = 0; i < 2; i++) {
		test_code(test, lck_lock(&lck, lck.resource, modes[i], 0, moment).error, SA_AIS_ERR_TIMEOUT, "saLckResourceLock while EX is held");
		test_code(test, lck_lock(&lck, lck.resource, modes[i], 0, 0).error, SA_AIS_ERR_TIMEOUT, "the same with timeout 0");
	}
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0); /* so this process holds nothing */
	peer_end(peer);
}

void LCK_036(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer *holder = peer_start(test, names), *third = peer_start(test, names);
	struct lck lck = lck_begin_open(test);

	peer_take(holder, 0, PEER_A, LCK_EX, 0);
	test_code(test, lck_lock(&lck, lck.resource, LCK_EX, 0, moment).error, SA_AIS_ERR_TIMEOUT, "saLckResourceLock(EX)");
	peer_unlock(holder, 0);
	peer_take(third, 0, PEER_A, LCK_EX, 0);
	peer_end(holder);
	peer_end(third);
}

void LCK_037(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	SaLckLockStatusT status;
	SaLckLockIdT id;

	test_code(test, lck.api.lock(lck.resource, NULL, SA_LCK_PR_LOCK_MODE, 0, 0, moment, &status), SA_AIS_ERR_INVALID_PARAM,
	          "saLckResourceLock(lockId NULL)");
	test_code(test, lck.api.lock(lck.resource, &id, SA_LCK_PR_LOCK_MODE, 0, 0, moment, NULL), SA_AIS_ERR_INVALID_PARAM,
	          "saLckResourceLock(lockStatus NULL)");
}

void LCK_038(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	test_code(test, lck_lock(&lck, lck.resource, 0, 0, moment).error, SA_AIS_ERR_INVALID_PARAM, "saLckResourceLock(mode 0)");
	test_code(test, lck_lock(&lck, lck.resource, 3, 0, moment).error, SA_AIS_ERR_INVALID_PARAM, "saLckResourceLock(mode 3)");
}

void LCK_039(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, 0x4, moment).error, SA_AIS_ERR_BAD_FLAGS, "saLckResourceLock(flags 0x4)");
	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, 0x7, moment).error, SA_AIS_ERR_BAD_FLAGS, "saLckResourceLock(flags 0x7)");
}

void LCK_040(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT closed = lck_open(&lck, &lck.names.a);

	lck_close(&lck, closed);
	test_code(test, lck_lock(&lck, never_issued, LCK_PR, 0, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of no handle");
	test_code(test, lck_lock(&lck, 0, LCK_PR, 0, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of 0");
	test_code(test, lck_lock(&lck, lck.handle, LCK_PR, 0, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of the lckHandle");
	test_code(test, lck_lock(&lck, closed, LCK_PR, 0, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of a closed handle");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, 0, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock after saLckFinalize");
	const SaLckResourceHandleT gone[] = {never_issued, 0, lck.handle, closed, lck.resource};
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
		SaLckLockIdT id;
		test_code(test, lck.api.lock_async(gone[i], 1, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_BAD_HANDLE,
		          "saLckResourceLockAsync of bad handle %zu", i);
	}
}

void LCK_041(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE));
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE));
}

void LCK_042(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_refused(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_PR, 0);
	lck_refused(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_end(peer);
}

void LCK_043(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	lck_refused(&lck, lck.resource, LCK_EX, 0, SA_LCK_LOCK_DUPLICATE_EX);
	peer_refused(peer, PEER_A, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_unlock(&lck, id);
	peer_take(peer, 0, PEER_A, LCK_EX, 0); /* one unlock gives back all of it */
	peer_end(peer);
}

/* --- deadlocks --- */

/* A wait for oneself: refused if that is looked for, else it lasts as long as it may. */
static void waits_for_itself(struct lck *lck, SaLckResourceHandleT resource, int mode)
{
	const bool detected = lck_has_option(lck, SA_LCK_OPT_DEADLOCK_DETECTION);
	const struct lck_got got = lck_lock(lck, resource, mode, 0, detected ? lck_patience(lck->test) : moment);

	if (detected)
		lck_is(lck->test, got, SA_LCK_LOCK_DEADLOCK, "a wait for oneself");
	else
		test_code(lck->test, got.error, SA_AIS_ERR_TIMEOUT, "a wait for oneself");
}

void LCK_044(struct test *test)
{
	struct lck lck = lck_begin_quiet(test);

	lck_take(&lck, lck.resource, LCK_EX, 0);
	waits_for_itself(&lck, lck.resource, LCK_PR);
}

void LCK_045(struct test *test)
{
	struct lck lck = lck_begin_quiet(test);
	const SaLckResourceHandleT second = lck_open(&lck, &lck.names.a);

	lck_take(&lck, lck.resource, LCK_EX, 0);
	waits_for_itself(&lck, second, LCK_EX);
	waits_for_itself(&lck, second, LCK_PR);
}

void LCK_046(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT b = lck_open(&lck, &lck.names.b);

	if (!lck_has_option(&lck, SA_LCK_OPT_DEADLOCK_DETECTION))
		test_skip(test, "no deadlock detection (saLckOptionCheck)");
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	peer_take(peer, 0, PEER_B, LCK_EX, 0);
	peer_ask(peer, 1, PEER_A, LCK_EX, 0, 1);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 1);
	lck_ask(&lck, b, 9, LCK_EX, 0);
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	while (lck_seen.grant_count == 0 && !peer_has_answer(peer, 0) && now_ns() < until)
		if (descriptor_readable(lck.descriptor, 10000000))
			test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
	if (lck_seen.grant_count == 1) {
		test_observe(test, "the one that closes the cycle is refused");
		lck_grant_is(test, 0, 9, SA_AIS_OK, SA_LCK_LOCK_DEADLOCK);
		test_true(test, !peer_has_answer(peer, 0), "the other waits on");
		lck_unlock(&lck, id);
		peer_is_granted(peer);
	} else {
		test_observe(test, "the one that waited is refused");
		lck_is(test, peer_got(peer), SA_LCK_LOCK_DEADLOCK, "the other process");
		peer_unlock(peer, 0);
		lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
		lck_grant_is(test, 0, 9, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
	}
	peer_end(peer);
}

void LCK_047(struct test *test)
{
	struct lck lck = lck_begin_quiet(test);

	lck_take(&lck, lck.resource, LCK_PR, 0);
	waits_for_itself(&lck, lck.resource, LCK_EX);
}

/* Of a request that was refused: its id, if one was stored, unlocks nothing. So it is when it was asked for without waiting. */
static void refused_is_no_lock(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags, SaLckLockStatusT wanted)
{
	const struct lck_got got = lck_lock(lck, resource, mode, flags, lck_patience(lck->test));

	lck_is(lck->test, got, wanted, "a request that is refused");
	test_code_either(lck->test, lck->api.unlock(got.id, SA_TIME_ONE_SECOND), SA_AIS_ERR_NOT_EXIST, SA_AIS_ERR_BAD_HANDLE, "unlock of its id");
	const size_t before = lck_seen.grant_count;
	const SaLckLockIdT id = lck_ask(lck, resource, 11, mode, flags);
	lck_dispatch_until(lck, &lck_seen.grant_count, before + 1);
	lck_grant_is(lck->test, before, 11, SA_AIS_OK, wanted);
	test_code_either(lck->test, lck->api.unlock(id, SA_TIME_ONE_SECOND), SA_AIS_ERR_NOT_EXIST, SA_AIS_ERR_BAD_HANDLE, "unlock of its id");
}

void LCK_048(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_quiet(test);

	peer_take(peer, 0, PEER_A, LCK_PR, 0);
	refused_is_no_lock(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0); /* nothing was held here */
	peer_unlock(peer, 0);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	refused_is_no_lock(&lck, lck.resource, LCK_EX, 0, SA_LCK_LOCK_DUPLICATE_EX);
	if (lck_has_option(&lck, SA_LCK_OPT_DEADLOCK_DETECTION))
		refused_is_no_lock(&lck, lck.resource, LCK_PR, 0, SA_LCK_LOCK_DEADLOCK);
	peer_refused(peer, PEER_A, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED); /* what was held is */
	lck_unlock(&lck, id);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	peer_unlock(peer, 0);
	if (lck_has_option(&lck, SA_LCK_OPT_ORPHAN_LOCKS)) {
		peer_take(peer, 0, PEER_A, LCK_EX, LCK_ORPHAN);
		peer_close(peer, PEER_A);
		lck_orphaned_eventually(&lck);
		refused_is_no_lock(&lck, lck.resource, LCK_EX, LCK_ORPHAN, SA_LCK_LOCK_ORPHANED);
		test_code(test, lck.api.purge(lck.resource), SA_AIS_OK, "saLckLockPurge");
		lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
	}
	peer_end(peer);
}

/* --- asynchronous --- */

void LCK_049(struct test *test)
{
	const SaLckCallbacksT without = {lck_callbacks.saLckResourceOpenCallback, NULL, NULL, NULL};
	struct lck lck = lck_begin_with(test, lck_names(test), &without);
	SaLckLockIdT id;

	lck.resource = lck_open(&lck, &lck.names.a);
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_INIT, "saLckResourceLockAsync");
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE)); /* nothing was asked for */
}

void LCK_050(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_ask(&lck, lck.resource, 0xfedcba9876543210, LCK_EX, 0);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	lck_grant_is(test, 0, 0xfedcba9876543210, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
}

void LCK_051(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT one = lck_ask(&lck, lck.resource, 1, LCK_PR, 0), other = lck_ask(&lck, lck.resource, 2, LCK_PR, 0);

	test_true(test, one != 0 && other != 0 && one != other, "the ids are there, and differ");
	lck_dispatch_until(&lck, &lck_seen.grant_count, 2);
	lck_unlock(&lck, one);
	lck_unlock(&lck, other);
}

void LCK_052(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_ask(&lck, lck.resource, 1, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks while the lock is held");
	peer_unlock(peer, 0);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
	peer_end(peer);
}

void LCK_053(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_ask(&lck, lck.resource, 1, LCK_PR, LCK_NO_QUEUE);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_NOT_QUEUED);
	lck_ask(&lck, lck.resource, 2, LCK_EX, LCK_NO_QUEUE);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 2);
	lck_grant_is(test, 1, 2, SA_AIS_OK, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_PR, 0);
	lck_ask(&lck, lck.resource, 3, LCK_EX, LCK_NO_QUEUE);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 3);
	lck_grant_is(test, 2, 3, SA_AIS_OK, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 3, "callbacks");
	peer_end(peer);
}

void LCK_054(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	lck_take(&lck, lck.resource, LCK_EX, 0);
	lck_ask(&lck, lck.resource, 1, LCK_EX, 0);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_DUPLICATE_EX);
	peer_refused(peer, PEER_A, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED); /* the first is held */
	peer_end(peer);
}

void LCK_055(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	SaLckLockIdT id;

	test_code(test, lck.api.lock_async(lck.resource, 1, NULL, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_INVALID_PARAM, "lockId NULL");
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, (SaLckLockModeT)0, 0, 0), SA_AIS_ERR_INVALID_PARAM, "mode 0");
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, (SaLckLockModeT)3, 0, 0), SA_AIS_ERR_INVALID_PARAM, "mode 3");
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, SA_LCK_PR_LOCK_MODE, 0x4, 0), SA_AIS_ERR_BAD_FLAGS, "flags 0x4");
	test_code(test, lck.api.lock_async(never_issued, 1, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_BAD_HANDLE, "no handle");
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
}

void LCK_056(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	unsigned seen = 0;

	for (SaInvocationT i = 0; i < 10; i++)
		lck_ask(&lck, lck.resource, i, LCK_PR, 0);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 10);
	for (size_t i = 0; i < 10; i++) {
		lck_grant_is(test, i, lck_seen.grants[i].invocation, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
		test_true(test, lck_seen.grants[i].invocation < 10, "invocation %llu", (unsigned long long)lck_seen.grants[i].invocation);
		seen |= 1u << lck_seen.grants[i].invocation;
	}
	test_equal(test, seen, 0x3ff, "each invocation once");
}

void LCK_057(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_unlock(&lck, lck_ask(&lck, lck.resource, 7, LCK_EX, 0));
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 7, SA_AIS_ERR_NOT_EXIST, 0);
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	peer_end(peer);
}

void LCK_058(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	test_code(test, lck.api.unlock_async(8, lck_ask(&lck, lck.resource, 7, LCK_EX, 0)), SA_AIS_OK, "saLckResourceUnlockAsync");
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_dispatch_until(&lck, &lck_seen.unlock_count, 1);
	lck_grant_is(test, 0, 7, SA_AIS_ERR_NOT_EXIST, 0);
	test_equal(test, lck_seen.unlocks[0].invocation, 8, "invocation of the unlock callback");
	test_code(test, lck_seen.unlocks[0].error, SA_AIS_OK, "its error");
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 2, "callbacks");
	peer_end(peer);
}

void LCK_059(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_ask(&lck, lck.resource, 7, LCK_EX, 0);

	lck_fence(&lck);
	lck_pending(&lck);
	lck_unlock(&lck, id);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	lck_grant_is(test, 0, 7, SA_AIS_ERR_NOT_EXIST, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	peer_end(peer);
}

/* --- unlocking --- */

void LCK_060(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	test_code(test, lck.api.unlock(id, 0), SA_AIS_OK, "saLckResourceUnlock, timeout 0");
	test_code(test, lck.api.unlock(id, 0), SA_AIS_ERR_NOT_EXIST, "saLckResourceUnlock again");
}

static void gone_code(struct test *test, SaAisErrorT error, const char *what)
{
	test_code_either(test, error, SA_AIS_ERR_NOT_EXIST, SA_AIS_ERR_BAD_HANDLE, "saLckResourceUnlock of %s", what);
}

void LCK_061(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_take(&lck, lck.resource, LCK_PR, 0);
	gone_code(test, lck.api.unlock(never_issued, SA_TIME_ONE_SECOND), "an unknown id");
	gone_code(test, lck.api.unlock(0, SA_TIME_ONE_SECOND), "0");
	gone_code(test, lck.api.unlock(lck.resource, SA_TIME_ONE_SECOND), "a resource handle");
}

void LCK_062(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	lck_close(&lck, lck.resource);
	gone_code(test, lck.api.unlock(id, SA_TIME_ONE_SECOND), "a lock whose resource was closed");
}

void LCK_063(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	gone_code(test, lck.api.unlock(peer_id(peer, 0), SA_TIME_ONE_SECOND), "another process's lock");
	lck_refused(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	peer_end(peer);
}

void LCK_064(struct test *test)
{
	const SaLckCallbacksT without = {NULL, lck_callbacks.saLckLockGrantCallback, NULL, NULL};
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_with(test, lck_names(test), &without);

	lck.resource = lck_open(&lck, &lck.names.a);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	test_code(test, lck.api.unlock_async(1, id), SA_AIS_ERR_INIT, "saLckResourceUnlockAsync");
	peer_refused(peer, PEER_A, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_unlock(&lck, id);
	peer_end(peer);
}

void LCK_065(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	test_code(test, lck.api.unlock_async(0xfedcba9876543210, lck_take(&lck, lck.resource, LCK_EX, 0)), SA_AIS_OK, "saLckResourceUnlockAsync");
	lck_dispatch_until(&lck, &lck_seen.unlock_count, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	test_equal(test, lck_seen.unlocks[0].invocation, 0xfedcba9876543210, "the invocation");
	test_code(test, lck_seen.unlocks[0].error, SA_AIS_OK, "the error");
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	peer_end(peer);
}

/* How many of the unlock callbacks say that they released it; the others say NOT_EXIST. */
static unsigned released(struct test *test)
{
	unsigned count = 0;

	for (size_t i = 0; i < lck_seen.unlock_count; i++) {
		test_code_either(test, lck_seen.unlocks[i].error, SA_AIS_OK, SA_AIS_ERR_NOT_EXIST, "error of unlock callback %zu", i);
		count += lck_seen.unlocks[i].error == SA_AIS_OK;
	}
	return count;
}

void LCK_066(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_ask(&lck, lck.resource, 1, LCK_EX, 0);

	test_code(test, lck.api.unlock_async(2, id), SA_AIS_OK, "saLckResourceUnlockAsync");
	const SaAisErrorT error = lck.api.unlock(id, lck_patience(test));
	test_code_either(test, error, SA_AIS_OK, SA_AIS_ERR_NOT_EXIST, "saLckResourceUnlock of the same id");
	lck_dispatch_until(&lck, &lck_seen.unlock_count, 1);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	test_equal(test, released(test) + (error == SA_AIS_OK), 1, "releases");
	lck_grant_is(test, 0, 1, SA_AIS_ERR_NOT_EXIST, 0);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
}

void LCK_067(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	test_code(test, lck.api.unlock_async(1, lck_take(&lck, lck.resource, LCK_EX, 0)), SA_AIS_OK, "saLckResourceUnlockAsync");
	lck_fence(&lck);
	lck_close(&lck, lck.resource);
	lck_settle(&lck);
	test_true(test, lck_seen.unlock_count == 0 || (lck_seen.unlock_count == 1 && lck_seen.unlocks[0].error == SA_AIS_ERR_NOT_EXIST),
	          "%zu callbacks", lck_seen.unlock_count);
}

void LCK_068(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer *peers[3];

	for (size_t i = 0; i < 3; i++)
		peers[i] = peer_start(test, names);
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	for (size_t i = 0; i < 3; i++)
		peer_ask(peers[i], 0, PEER_A, LCK_PR, 0, i);
	lck_dispatch_until(&lck, &lck_seen.waiter_count, 3);
	lck_unlock(&lck, id);
	for (size_t i = 0; i < 3; i++)
		peer_is_granted(peers[i]); /* none of them has unlocked */
	for (size_t i = 0; i < 3; i++)
		peer_end(peers[i]);
}

void LCK_069(struct test *test)
{
	const struct lck_names names = lck_names(test);
	struct peer_shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct peer *peers[3];

	if (shared == MAP_FAILED)
		test_fail(test, "no shared memory");
	for (size_t i = 0; i < 3; i++)
		peers[i] = peer_start(test, names);
	for (size_t i = 0; i < 3; i++)
		peer_stress(peers[i], 200, shared);
	for (size_t i = 0; i < 3; i++)
		test_code(test, peer_stressed(peers[i]), SA_AIS_OK, "200 locks and unlocks of process %zu", i);
	test_equal(test, (uint64_t)shared->broken, 0, "moments at which two held what excludes the other");
	for (size_t i = 0; i < 3; i++)
		peer_end(peers[i]);
}

/* --- threads, names, twice --- */

struct unlocker {
	struct lck *lck;
	SaLckLockIdT id;
	SaAisErrorT error;
	pthread_t thread;
};

static void *unlocker_run(void *context)
{
	struct unlocker *unlocker = context;

	unlocker->error = unlocker->lck->api.unlock(unlocker->id, lck_patience(unlocker->lck->test));
	return NULL;
}

static void unlocker_start(struct unlocker *unlocker, struct lck *lck, SaLckLockIdT id)
{
	*unlocker = (struct unlocker){.lck = lck, .id = id};
	if (pthread_create(&unlocker->thread, NULL, unlocker_run, unlocker) != 0)
		test_fail(lck->test, "no thread");
}

void LCK_098(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	struct unlocker unlocker;

	unlocker_start(&unlocker, &lck, lck_take(&lck, lck.resource, LCK_EX, 0));
	pthread_join(unlocker.thread, NULL);
	test_code(test, unlocker.error, SA_AIS_OK, "saLckResourceUnlock by another thread");
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
}

/* A name is its bytes, all of them: neither a longer one nor one with a NUL in it is the same. */
static struct lck_names names_alike(const struct test *test)
{
	struct lck_names names = {test_name(test, "a"), test_name(test, "a")};

	names.b.value[names.b.length++] = '\0';
	return names;
}

static void names_do_not_interact(struct test *test, struct lck_names names)
{
	struct peer *peer = peer_start(test, names);
	struct lck lck = lck_begin_with(test, names, &lck_callbacks);

	lck.resource = lck_open(&lck, &names.a);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, LCK_ORPHAN);
	peer_take(peer, 0, PEER_B, LCK_EX, 0);
	peer_purge(peer, PEER_B);
	peer_refused(peer, PEER_A, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_unlock(&lck, id);
	peer_unlock(peer, 0);
	peer_close(peer, PEER_B);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	peer_end(peer);
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
}

void LCK_099(struct test *test)
{
	names_do_not_interact(test, lck_names(test));
	names_do_not_interact(test, names_alike(test));
}

/* CASE-104. */
void LCK_103(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	struct unlocker one, other;

	test_code(test, lck.api.unlock_async(1, id), SA_AIS_OK, "saLckResourceUnlockAsync");
	const SaAisErrorT again = lck.api.unlock_async(2, id);
	test_code_either(test, again, SA_AIS_OK, SA_AIS_ERR_NOT_EXIST, "saLckResourceUnlockAsync again");
	gone_code(test, lck.api.unlock(id, lck_patience(test)), "what is being unlocked");
	lck_dispatch_until(&lck, &lck_seen.unlock_count, again == SA_AIS_OK ? 2 : 1);
	test_equal(test, released(test), 1, "releases");
	const SaLckLockIdT twice = lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
	unlocker_start(&one, &lck, twice);
	unlocker_start(&other, &lck, twice);
	pthread_join(one.thread, NULL);
	pthread_join(other.thread, NULL);
	test_equal(test, (one.error == SA_AIS_OK) + (other.error == SA_AIS_OK), 1, "OKs of two threads that unlock at once");
	test_equal(test, (one.error == SA_AIS_ERR_NOT_EXIST) + (other.error == SA_AIS_ERR_NOT_EXIST), 1, "NOT_EXISTs of them");
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
}

/* --- beyond the sheet's own list: its section 3 and traps --- */

struct blocked {
	struct lck *lck;
	SaLckResourceHandleT resource;
	struct lck_got got;
	bool is_over; /* atomic */
	pthread_t thread;
};

static void *blocked_run(void *context)
{
	struct blocked *blocked = context;

	blocked->got = lck_lock(blocked->lck, blocked->resource, LCK_EX, 0, lck_patience(blocked->lck->test));
	__atomic_store_n(&blocked->is_over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Another thread waits in Lock for what this client holds through another handle: its waiter callback may end that, so it is no deadlock yet
 * (trap 20). False: it is refused as one at once, which is as good of another library; the one that exports aisLckLostCallbackSet promises
 * to wait. */
static bool blocked_start(struct blocked *blocked, struct lck *lck, SaLckResourceHandleT resource)
{
	*blocked = (struct blocked){.lck = lck, .resource = resource};
	if (pthread_create(&blocked->thread, NULL, blocked_run, blocked) != 0)
		test_fail(lck->test, "no thread");
	while (lck_seen.waiter_count == 0 && !__atomic_load_n(&blocked->is_over, __ATOMIC_ACQUIRE))
		if (descriptor_readable(lck->descriptor, 10000000))
			test_code(lck->test, lck->api.dispatch(lck->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
	if (lck_seen.waiter_count > 0)
		return true;
	pthread_join(blocked->thread, NULL);
	lck_is(lck->test, blocked->got, SA_LCK_LOCK_DEADLOCK, "the wait for oneself, if it is refused");
	test_true(lck->test, library_symbol_if(lck->api.library, "aisLckLostCallbackSet") == NULL,
	          "with a waiter callback registered a wait for oneself is no DEADLOCK");
	return false;
}

void LCK_107(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	struct blocked blocked;
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_PR, 0);

	if (!blocked_start(&blocked, &lck, lck.resource))
		return;
	lck_unlock(&lck, id); /* by this thread, while the other is inside Lock */
	pthread_join(blocked.thread, NULL);
	lck_is(test, blocked.got, SA_LCK_LOCK_GRANTED, "the other thread's EX");
	lck_unlock(&lck, blocked.got.id);
}

void LCK_108(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	struct blocked blocked;
	const SaLckResourceHandleT second = lck_open(&lck, &lck.names.a);
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);

	if (!blocked_start(&blocked, &lck, second))
		return;
	lck_close(&lck, second);
	pthread_join(blocked.thread, NULL);
	test_code(test, blocked.got.error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of a handle that another thread closes");
	lck_unlock(&lck, id);
	peer_take(peer, 0, PEER_A, LCK_EX, 0); /* nothing of it is left */
	peer_end(peer);
}

void LCK_109(struct test *test)
{
	struct lck lck = lck_begin_quiet(test);

	lck_take(&lck, lck.resource, LCK_EX, 0);
	lck_refused(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_DUPLICATE_EX); /* before NOT_QUEUED */
	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);   /* before DEADLOCK */
}

void LCK_110(struct test *test)
{
	struct lck one = lck_begin_quiet(test), other = lck_begin_quiet(test);

	lck_take(&one, one.resource, LCK_EX, 0);
	test_code(test, lck_lock(&other, other.resource, LCK_EX, 0, moment).error, SA_AIS_ERR_TIMEOUT, "EX through another lckHandle");
}

void LCK_111(struct test *test)
{
	static const SaNameT name = {.length = 1, .value = "a"};
	struct lck lck = lck_begin_open(test);

	test_code(test, lck.api.option_check(never_issued, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckOptionCheck of no handle (NULL)");
	test_code(test, lck.api.selection_object_get(never_issued, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckSelectionObjectGet of no handle (NULL)");
	test_code(test, lck.api.open(never_issued, &name, SA_LCK_RESOURCE_CREATE, moment, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpen");
	test_code(test, lck_lock(&lck, never_issued, 3, 0, moment).error, SA_AIS_ERR_INVALID_PARAM, "saLckResourceLock of no handle, mode 3");
	test_code(test, lck.api.lock_async(never_issued, 1, NULL, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_INVALID_PARAM, "saLckResourceLockAsync");
	test_code(test, lck_lock(&lck, never_issued, LCK_PR, 0x4, moment).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of no handle, flags 0x4");
}
