/* LCK assertions: what the project's library adds to the standard (its header aisLck.h; stated here once more, as the suite includes the
 * standard's headers only). A library without it has nothing to show, and the assertion is skipped. That a lost lock is told is shown
 * where locks are lost: by the live pass. */
#include "conformance/suite/lck.h"

#include <sys/mman.h>

#include "conformance/suite/assertions.h"

static const SaUint64T never_issued = 0x1122334455667788;

enum { LCK_LIMIT_LOCKS = 1, LCK_LIMIT_TRIED = 10000 };

static unsigned lost_count;

static void on_lost(SaLckLockIdT id, SaLckResourceHandleT resource)
{
	(void)id;
	(void)resource;
	lost_count++;
}

static void *extension(struct lck *lck, const char *symbol)
{
	void *found = library_symbol_if(lck->api.library, symbol);

	if (found == NULL)
		test_skip(lck->test, "the library has no %s, which is not of the standard", symbol);
	return found;
}

static struct lck_token token_of(struct lck *lck, SaLckLockIdT id)
{
	lck_token_get *get = extension(lck, "aisLckLockTokenGet");
	struct lck_token token = {0};

	test_code(lck->test, get(id, &token), SA_AIS_OK, "aisLckLockTokenGet of a lock that is held");
	return token;
}

static void ascends(struct lck *lck, const struct lck_token *older, const struct lck_token *younger, const char *what)
{
	lck_token_compare *compare = extension(lck, "aisLckTokenCompare");

	test_true(lck->test, compare(older, younger) < 0, "the older token is less: %s", what);
	test_true(lck->test, compare(younger, older) > 0, "the younger token is greater: %s", what);
	test_true(lck->test, compare(older, older) == 0, "a token is the same as itself: %s", what);
}

void LCK_117(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	lck_token_get *get = extension(&lck, "aisLckLockTokenGet");
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
	struct lck_token token;

	test_code(test, get(id, NULL), SA_AIS_ERR_INVALID_PARAM, "aisLckLockTokenGet, token NULL");
	test_code(test, get(never_issued, &token), SA_AIS_ERR_NOT_EXIST, "aisLckLockTokenGet of an id never issued");
	test_code(test, get(id, &token), SA_AIS_OK, "aisLckLockTokenGet of a lock that is held");
	lck_unlock(&lck, id);
	test_code(test, get(id, &token), SA_AIS_ERR_NOT_EXIST, "aisLckLockTokenGet after the unlock");
}

void LCK_118(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	lck_token_get *get = extension(&lck, "aisLckLockTokenGet");
	const SaLckLockIdT id = lck_ask(&lck, lck.resource, 1, LCK_EX, 0);
	struct lck_token token;

	lck_pending(&lck); /* granted, and not told yet */
	test_code(test, get(id, &token), SA_AIS_ERR_TRY_AGAIN, "aisLckLockTokenGet before the grant callback");
	lck_dispatch_until(&lck, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 1, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
	token_of(&lck, id);
	lck_unlock(&lck, id);
}

void LCK_119(struct test *test)
{
	struct lck_token *theirs = mmap(NULL, sizeof *theirs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	test_true(test, theirs != MAP_FAILED, "memory that two processes share");
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	struct lck_token last = {0};

	extension(&lck, "aisLckLockTokenGet"); /* before the other process is asked for it */
	for (unsigned round = 0; round < 5; round++) {
		SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_EX, 0);
		const struct lck_token first = token_of(&lck, id);
		if (round > 0)
			ascends(&lck, &last, &first, "after the other process");
		lck_unlock(&lck, id);

		id = lck_take(&lck, lck.resource, LCK_EX, 0);
		const struct lck_token second = token_of(&lck, id);
		ascends(&lck, &first, &second, "two grants of one process");
		lck_unlock(&lck, id);

		peer_take(peer, 0, PEER_A, LCK_EX, 0);
		peer_token(peer, 0, theirs);
		ascends(&lck, &second, theirs, "the other process after this one");
		peer_unlock(peer, 0);
		last = *theirs;
	}
	peer_end(peer);
}

void LCK_120(struct test *test)
{
	static const struct lck_token order[] = {{1, 9, 9}, {2, 1, 9}, {2, 2, 1}, {2, 2, 2}, {1ULL << 40, 0, 0}, {1ULL << 40, 0, 1ULL << 40}};
	struct lck lck = lck_begin(test);

	for (size_t i = 0; i + 1 < sizeof order / sizeof *order; i++)
		ascends(&lck, &order[i], &order[i + 1], "ring sequence, then representative, then grant");
}

void LCK_121(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	lck_lost_callback_set *set = extension(&lck, "aisLckLostCallbackSet");

	test_code(test, set(never_issued, on_lost), SA_AIS_ERR_BAD_HANDLE, "aisLckLostCallbackSet of a handle never issued");
	test_code(test, set(never_issued, NULL), SA_AIS_ERR_BAD_HANDLE, "aisLckLostCallbackSet of a handle never issued, NULL");
	test_code(test, set(lck.handle, on_lost), SA_AIS_OK, "aisLckLostCallbackSet");
	lck_unlock(&lck, lck_take(&lck, lck.resource, LCK_EX, 0));
	lck_take(&lck, lck.resource, LCK_EX, 0);
	lck_close(&lck, lck.resource); /* given up, which is not lost */
	lck.resource = lck_open(&lck, &lck.names.a);
	lck_settle(&lck);
	test_equal(test, lost_count, 0, "lost callbacks of locks that were given up");
	test_code(test, set(lck.handle, NULL), SA_AIS_OK, "aisLckLostCallbackSet, NULL: none any more");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, set(lck.handle, on_lost), SA_AIS_ERR_BAD_HANDLE, "aisLckLostCallbackSet of a finalized handle");
}

static SaUint64T limit_of(struct lck *lck, SaLckHandleT handle)
{
	lck_limit_get *get = extension(lck, "saLckLimitGet");
	union lck_limit_value value = {.uint64Value = 0};

	test_code(lck->test, get(handle, LCK_LIMIT_LOCKS, &value), SA_AIS_OK, "saLckLimitGet of SA_LCK_MAX_NUM_LOCKS_ID");
	return value.uint64Value;
}

void LCK_123(struct test *test)
{
	static const int unknown[] = {0, 2, 3, -1};
	struct lck lck = lck_begin_open(test);
	lck_limit_get *get = extension(&lck, "saLckLimitGet");
	union lck_limit_value value = {.uint64Value = 77};

	test_code(test, get(lck.handle, LCK_LIMIT_LOCKS, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckLimitGet, value NULL");
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		test_code(test, get(lck.handle, unknown[i], &value), SA_AIS_ERR_INVALID_PARAM, "saLckLimitGet of limit %d", unknown[i]);
	test_code(test, get(never_issued, LCK_LIMIT_LOCKS, &value), SA_AIS_ERR_BAD_HANDLE, "saLckLimitGet of a handle never issued");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, get(lck.handle, LCK_LIMIT_LOCKS, &value), SA_AIS_ERR_BAD_HANDLE, "saLckLimitGet of a finalized handle");
	test_equal(test, value.uint64Value, 77, "the value after calls that failed");
}

/* A limit is none of the room that is left. */
void LCK_124(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaUint64T limit = limit_of(&lck, lck.handle);
	SaLckHandleT second;

	test_true(test, limit > 0, "a handle may have locks");
	test_code(test, lck_initialize(test, &lck.api, &second, &lck_callbacks), SA_AIS_OK, "saLckInitialize again");
	lck_take(&lck, lck.resource, LCK_PR, 0);
	test_equal(test, limit_of(&lck, lck.handle), limit, "the limit while a lock is held");
	test_equal(test, limit_of(&lck, second), limit, "the limit by another handle");
	if (limit > LCK_LIMIT_TRIED) {
		test_observe(test, "the limit is %llu: too many to be taken here", (unsigned long long)limit);
		return;
	}
	for (SaUint64T held = 1; held < limit; held++)
		lck_take(&lck, lck.resource, LCK_PR, 0);
	lck_refused(&lck, lck.resource, LCK_PR, 0, SA_LCK_LOCK_NO_MORE);
	test_observe(test, "%llu locks were granted, and then no more", (unsigned long long)limit);
}
