/* LCK assertions: orphan locks, and what removes them. */
#include "conformance/suite/lck.h"

#include "conformance/suite/assertions.h"

static const SaTimeT moment = 50 * SA_TIME_ONE_MILLISECOND;

static void needs_orphans(struct lck *lck)
{
	if (!lck_has_option(lck, SA_LCK_OPT_ORPHAN_LOCKS))
		test_skip(lck->test, "no orphan locks (saLckOptionCheck)");
}

/* Another process leaves an orphan behind by finalizing; it is gone then. */
static void orphan_left(struct test *test, const struct lck_names *names, int mode)
{
	struct peer *peer = peer_start(test, *names);

	peer_take(peer, 0, PEER_A, mode, LCK_ORPHAN);
	peer_finalize(peer);
	peer_end(peer);
}

static struct lck begin_with_orphan(struct test *test, int mode)
{
	const struct lck_names names = lck_names(test);

	orphan_left(test, &names, mode);
	struct lck lck = lck_begin_open(test);
	needs_orphans(&lck);
	lck_orphaned_eventually(&lck);
	return lck;
}

static void purge(struct lck *lck)
{
	test_code(lck->test, lck->api.purge(lck->resource), SA_AIS_OK, "saLckLockPurge");
}

static void name_vanishes(struct lck *lck)
{
	const int64_t until = now_ns() + test_limit_ns(lck->test, 10);
	SaLckResourceHandleT resource;
	SaAisErrorT error;

	while ((error = lck_open_code(lck, &lck->names.a, 0, &resource)) == SA_AIS_OK && now_ns() < until) {
		lck_close(lck, resource);
		test_sleep(lck->test, 0.02);
	}
	test_code(lck->test, error, SA_AIS_ERR_NOT_EXIST, "saLckResourceOpen without CREATE in the end");
}

void LCK_082(struct test *test)
{
	const struct lck_names names = lck_names(test);

	orphan_left(test, &names, LCK_EX);
	struct lck lck = lck_begin(test);
	needs_orphans(&lck);
	lck_exists(&lck, &lck.names.a, true);
	lck.resource = lck_open(&lck, &lck.names.a);
	lck_orphaned_eventually(&lck);
	purge(&lck);
}

void LCK_083(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_PR);

	lck_refused(&lck, lck.resource, LCK_EX, LCK_ORPHAN, SA_LCK_LOCK_ORPHANED);
	lck_ask(&lck, lck.resource, 3, LCK_EX, LCK_ORPHAN);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 3, SA_AIS_OK, SA_LCK_LOCK_ORPHANED);
	purge(&lck);
}

void LCK_084(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_EX);

	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, 0, moment).error, SA_AIS_ERR_TIMEOUT, "saLckResourceLock(PR)");
	test_code(test, lck_lock(&lck, lck.resource, LCK_EX, 0, moment).error, SA_AIS_ERR_TIMEOUT, "saLckResourceLock(EX)");
	lck_ask(&lck, lck.resource, 1, LCK_PR, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	purge(&lck);
}

void LCK_085(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_EX);

	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE | LCK_ORPHAN, SA_LCK_LOCK_NOT_QUEUED);
	purge(&lck);
}

void LCK_086(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_PR);

	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_PR, 0));
	purge(&lck);
}

void LCK_087(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_PR);

	purge(&lck);
	lck_take(&lck, lck.resource, LCK_EX, 0);
}

void LCK_088(struct test *test)
{
	const struct lck_names names = lck_names(test);

	orphan_left(test, &names, LCK_PR);
	struct peer *peer = peer_start(test, names);
	peer_take(peer, 0, PEER_A, LCK_PR, LCK_ORPHAN);
	peer_close(peer, PEER_A);
	struct lck lck = lck_begin_open(test);
	needs_orphans(&lck);
	lck_orphaned_eventually(&lck);
	lck_fence(&lck); /* both are orphans by now */
	purge(&lck);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
	peer_end(peer);
}

void LCK_089(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	needs_orphans(&lck);
	purge(&lck);
	peer_take(peer, 0, PEER_A, LCK_EX, LCK_ORPHAN);
	purge(&lck);
	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	peer_unlock(peer, 0);
	peer_end(peer);
}

void LCK_090(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_EX);

	lck_ask(&lck, lck.resource, 4, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks before the purge");
	purge(&lck);
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 4, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
}

void LCK_091(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT closed = lck_open(&lck, &lck.names.a);

	lck_close(&lck, closed);
	test_code(test, lck.api.purge(0x1122334455667788), SA_AIS_ERR_BAD_HANDLE, "saLckLockPurge of no handle");
	test_code(test, lck.api.purge(closed), SA_AIS_ERR_BAD_HANDLE, "saLckLockPurge of a closed handle");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, lck.api.purge(lck.resource), SA_AIS_ERR_BAD_HANDLE, "saLckLockPurge after saLckFinalize");
}

void LCK_092(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	needs_orphans(&lck);
	const SaLckResourceHandleT closed = lck_open(&lck, &lck.names.a);
	lck_take(&lck, closed, LCK_EX, LCK_ORPHAN);
	lck_close(&lck, closed);
	lck_orphaned_eventually(&lck);
	purge(&lck);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
}

void LCK_093(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	needs_orphans(&lck);
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, LCK_ORPHAN));
	lck_close(&lck, lck.resource);
	lck_exists(&lck, &lck.names.a, false);
}

void LCK_094(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	needs_orphans(&lck);
	peer_take(peer, 0, PEER_A, LCK_EX, LCK_ORPHAN);
	peer_kill(peer);
	lck_orphaned_eventually(&lck);
	lck_refused(&lck, lck.resource, LCK_PR, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	purge(&lck);
	lck_take(&lck, lck.resource, LCK_EX, LCK_NO_QUEUE);
}

void LCK_095(struct test *test)
{
	struct lck lck = begin_with_orphan(test, LCK_EX);

	lck_close(&lck, lck.resource);
	lck_fence(&lck); /* nobody has it open */
	lck_exists(&lck, &lck.names.a, true);
	lck.resource = lck_open(&lck, &lck.names.a);
	lck_refused(&lck, lck.resource, LCK_EX, LCK_ORPHAN, SA_LCK_LOCK_ORPHANED);
	purge(&lck);
	lck_close(&lck, lck.resource);
	name_vanishes(&lck);
}

void LCK_096(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	if (lck_has_option(&lck, SA_LCK_OPT_ORPHAN_LOCKS))
		test_skip(test, "the service has orphan locks (saLckOptionCheck)");
	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, LCK_ORPHAN, moment).error, SA_AIS_ERR_NOT_SUPPORTED, "saLckResourceLock(ORPHAN)");
	test_code(test, lck.api.purge(lck.resource), SA_AIS_ERR_NOT_SUPPORTED, "saLckLockPurge");
}

void LCK_112(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	needs_orphans(&lck);
	const SaLckResourceHandleT waits = lck_open(&lck, &lck.names.a);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_ask(&lck, waits, 1, LCK_EX, LCK_ORPHAN);
	lck_fence(&lck);
	lck_close(&lck, waits);
	lck_fence(&lck); /* the close is not waited for by Close */
	peer_unlock(peer, 0);
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, LCK_ORPHAN)); /* else ORPHANED */
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	peer_end(peer);
}
