/* LCK assertions: types, life cycle, opening and closing. */
#include "conformance/suite/lck.h"

#include <pthread.h>
#include <string.h>

#include "conformance/suite/assertions.h"

/* CASE-101 */
void LCK_122(struct test *test)
{
	struct lck lck = lck_begin(test);
	const SaNameT empty = {.length = 0}, longer = {.length = SA_MAX_NAME_LENGTH + 1}, longest = {.length = UINT16_MAX};
	const SaNameT *wrong[] = {name_at_edge(test, &empty, 0), name_at_edge(test, &longer, 0), name_at_edge(test, &longest, 0)};
	SaNameT name = lck.names.a;
	SaLckResourceHandleT resource = 0;

	name.length = (SaUint16T)(name.length & ~1u); /* so that it can end with the page */
	const SaNameT *edge = name_at_edge(test, &name, name.length);
	test_code(test, lck_open_code(&lck, edge, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_OK, "saLckResourceOpen");
	test_code(test, lck.api.open_async(lck.handle, 1, edge, SA_LCK_RESOURCE_CREATE), SA_AIS_OK, "saLckResourceOpenAsync");
	lck_dispatch_until(&lck, &lck_seen.open_count, 1);
	test_code(test, lck_seen.opens[0].error, SA_AIS_OK, "error of the open callback");
	lck_close(&lck, lck_seen.opens[0].resource);
	lck_close(&lck, resource);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		test_code(test, lck_open_code(&lck, wrong[i], SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_ERR_INVALID_PARAM,
		          "saLckResourceOpen, length %u", wrong[i]->length);
		test_code(test, lck.api.open_async(lck.handle, 2, wrong[i], SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_INVALID_PARAM,
		          "saLckResourceOpenAsync, length %u", wrong[i]->length);
	}
}

static const SaUint64T never_issued = 0x1122334455667788;

/* --- types --- */

void LCK_100(struct test *test)
{
	probe_compile(test, "#include <saAis.h>\n#include <saLck.h>\n"
	              "#define IS(name, value) _Static_assert(name == value, #name)\n"
	              "IS(SA_LCK_RESOURCE_CREATE, 1); IS(SA_LCK_LOCK_NO_QUEUE, 1); IS(SA_LCK_LOCK_ORPHAN, 2);\n"
	              "IS(SA_LCK_OPT_ORPHAN_LOCKS, 1); IS(SA_LCK_OPT_DEADLOCK_DETECTION, 2);\n"
	              "IS(SA_LCK_PR_LOCK_MODE, 1); IS(SA_LCK_EX_LOCK_MODE, 2);\n"
	              "IS(SA_LCK_LOCK_GRANTED, 1); IS(SA_LCK_LOCK_DEADLOCK, 2); IS(SA_LCK_LOCK_NOT_QUEUED, 3);\n"
	              "IS(SA_LCK_LOCK_ORPHANED, 4); IS(SA_LCK_LOCK_NO_MORE, 5); IS(SA_LCK_LOCK_DUPLICATE_EX, 6);\n");
}

void LCK_101(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saAis.h>\n#include <saLck.h>\n"
	              "#define SIZE(type, size) _Static_assert(sizeof(type) == size, #type)\n"
	              "#define AT(field, place) _Static_assert(offsetof(SaLckCallbacksT, field) == place * sizeof(void *), #field)\n"
	              "SIZE(SaLckHandleT, 8); SIZE(SaLckResourceHandleT, 8); SIZE(SaLckLockIdT, 8); SIZE(SaLckWaiterSignalT, 8);\n"
	              "SIZE(SaLckResourceOpenFlagsT, 4); SIZE(SaLckLockFlagsT, 4); SIZE(SaLckOptionsT, 4); SIZE(SaLckLockStatusT, 4);\n"
	              "SIZE(SaLckLockModeT, 4); SIZE(SaLckCallbacksT, 4 * sizeof(void *));\n"
	              "AT(saLckResourceOpenCallback, 0); AT(saLckLockGrantCallback, 1); AT(saLckLockWaiterCallback, 2);\n"
	              "AT(saLckResourceUnlockCallback, 3);\n"
	              "static void opened(SaInvocationT i, SaLckResourceHandleT h, SaAisErrorT e) { (void)i; (void)h; (void)e; }\n"
	              "static void granted(SaInvocationT i, SaLckLockStatusT s, SaAisErrorT e) { (void)i; (void)s; (void)e; }\n"
	              "static void waits(SaLckWaiterSignalT w, SaLckLockIdT l, SaLckLockModeT h, SaLckLockModeT r)\n"
	              "{ (void)w; (void)l; (void)h; (void)r; }\n"
	              "static void unlocked(SaInvocationT i, SaAisErrorT e) { (void)i; (void)e; }\n"
	              "SaLckLockGrantCallbackT granted_type(void);\nSaLckLockGrantCallbackT granted_type(void) { return granted; }\n"
	              "SaLckCallbacksT callbacks(void);\n"
	              "SaLckCallbacksT callbacks(void) { return (SaLckCallbacksT){opened, granted, waits, unlocked}; }\n"
	              "SaAisErrorT order(SaLckLockIdT id);\n" /* UnlockAsync takes the invocation first, Unlock no handle */
	              "SaAisErrorT order(SaLckLockIdT id) { return saLckResourceUnlock(id, (SaTimeT)0) + saLckResourceUnlockAsync(1, id); }\n");
}

/* --- life cycle --- */

void LCK_001(struct test *test)
{
	const struct lck_library api = lck_library_open(test);
	SaLckHandleT handle = 0;

	test_code(test, lck_initialize(test, &api, &handle, &lck_callbacks), SA_AIS_OK, "saLckInitialize");
	test_code(test, api.finalize(handle), SA_AIS_OK, "saLckFinalize");
}

void LCK_002(struct test *test)
{
	const struct lck_library api = lck_library_open(test);
	SaVersionT version = {'B', 1, 1};
	SaLckHandleT handle;

	test_code(test, api.initialize(NULL, &lck_callbacks, &version), SA_AIS_ERR_INVALID_PARAM, "saLckInitialize(NULL handle)");
	test_code(test, api.initialize(&handle, &lck_callbacks, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckInitialize(NULL version)");
}

void LCK_003(struct test *test)
{
	const struct lck_library api = lck_library_open(test);
	const SaLckCallbacksT none = {NULL, NULL, NULL, NULL};
	SaLckHandleT handle;

	test_code(test, lck_initialize(test, &api, &handle, NULL), SA_AIS_OK, "saLckInitialize(callbacks NULL)");
	test_code(test, lck_initialize(test, &api, &handle, &none), SA_AIS_OK, "saLckInitialize(members NULL)");
}

void LCK_004(struct test *test)
{
	static const SaVersionT wrong[] = {{'A', 1, 0}, {'B', 2, 0}, {'C', 1, 0}, {0, 0, 0}};
	static const SaUint8T minors[] = {0, 1, 255};
	const struct lck_library api = lck_library_open(test);
	SaLckHandleT handle;

	test_code(test, lck_initialize(test, &api, &handle, NULL), SA_AIS_OK, "saLckInitialize");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		SaVersionT version = wrong[i];
		test_code(test, api.initialize(&handle, NULL, &version), SA_AIS_ERR_VERSION, "saLckInitialize with %u.%u.%u", wrong[i].releaseCode,
		          wrong[i].majorVersion, wrong[i].minorVersion);
		test_true(test, version.releaseCode == 'B' && version.majorVersion == 1, "written back: %u.%u.%u", version.releaseCode,
		          version.majorVersion, version.minorVersion);
	}
	for (size_t i = 0; i < sizeof minors; i++) {
		SaVersionT version = {'B', 1, minors[i]};
		test_code(test, api.initialize(&handle, NULL, &version), SA_AIS_OK, "saLckInitialize with B.1.%u", minors[i]);
	}
}

void LCK_005(struct test *test)
{
	struct lck one = lck_begin_open(test), other = lck_begin_open(test);

	test_true(test, one.handle != other.handle, "the handles differ");
	lck_ask(&one, one.resource, 5, LCK_EX, 0);
	lck_pending(&one);
	lck_settle(&other);
	test_equal(test, lck_seen_count(), 0, "callbacks by a dispatch of the other");
	lck_dispatch_until(&one, &lck_seen.grant_count, 1);
	lck_grant_is(test, 0, 5, SA_AIS_OK, SA_LCK_LOCK_GRANTED);
	test_code(test, other.api.finalize(other.handle), SA_AIS_OK, "saLckFinalize of the other");
	lck_refused(&one, one.resource, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_DUPLICATE_EX);
}

void LCK_006(struct test *test)
{
	struct lck lck = lck_begin(test);
	SaSelectionObjectT descriptor;

	test_code(test, lck.api.selection_object_get(lck.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckSelectionObjectGet(NULL)");
	test_code(test, lck.api.selection_object_get(never_issued, &descriptor), SA_AIS_ERR_BAD_HANDLE, "of no handle");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, lck.api.selection_object_get(lck.handle, &descriptor), SA_AIS_ERR_BAD_HANDLE, "of a finalized handle");
}

void LCK_007(struct test *test)
{
	struct lck lck = lck_begin(test);
	SaLckOptionsT options = 0xffffffff;

	test_code(test, lck.api.option_check(lck.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckOptionCheck(NULL)");
	test_code(test, lck.api.option_check(never_issued, &options), SA_AIS_ERR_BAD_HANDLE, "saLckOptionCheck of no handle");
	test_code(test, lck.api.option_check(lck.handle, &options), SA_AIS_OK, "saLckOptionCheck");
	test_true(test, (options & ~(SaLckOptionsT)0x3) == 0, "options 0x%x", options);
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, lck.api.option_check(lck.handle, &options), SA_AIS_ERR_BAD_HANDLE, "saLckOptionCheck of a finalized handle");
}

void LCK_008(struct test *test)
{
	static const int wrong[] = {0, 4, -1};
	struct lck lck = lck_begin(test);

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		test_code(test, lck.api.dispatch(lck.handle, (SaDispatchFlagsT)wrong[i]), SA_AIS_ERR_INVALID_PARAM, "saLckDispatch(%d)", wrong[i]);
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
		test_code(test, lck.api.dispatch(lck.handle, (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE, "of a finalized handle, flags %d", flags);
		test_code(test, lck.api.dispatch(never_issued, (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE, "of no handle, flags %d", flags);
	}
}

void LCK_009(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ONE), SA_AIS_OK, "saLckDispatch(ONE), idle");
	test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL), idle");
	for (SaInvocationT i = 0; i < 4; i++)
		lck_ask(&lck, lck.resource, i, LCK_PR, 0);
	lck_fence(&lck);
	test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ONE), SA_AIS_OK, "saLckDispatch(ONE)");
	test_equal(test, lck_seen_count(), 1, "callbacks");
	test_code(test, lck.api.dispatch(lck.handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
	test_equal(test, lck_seen_count(), 4, "callbacks");
}

static void *dispatch_blocking(void *context)
{
	struct lck *lck = context;

	return (void *)(uintptr_t)lck->api.dispatch(lck->handle, SA_DISPATCH_BLOCKING);
}

void LCK_010(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	void *returned = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, dispatch_blocking, &lck) != 0)
		test_fail(test, "no thread");
	lck_ask(&lck, lck.resource, 1, LCK_PR, 0);
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	while (__atomic_load_n(&lck_seen.grant_count, __ATOMIC_ACQUIRE) == 0 && now_ns() < until)
		test_sleep(test, 0.002); /* until it is inside, and has run the callback */
	test_equal(test, __atomic_load_n(&lck_seen.grant_count, __ATOMIC_ACQUIRE), 1, "callbacks that it has run");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	pthread_join(thread, &returned);
	test_code(test, (SaAisErrorT)(uintptr_t)returned, SA_AIS_OK, "what saLckDispatch(BLOCKING) returned");
}

void LCK_011(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	struct lck_got got;
	SaLckLockIdT id;

	test_code(test, lck.api.finalize(lck.handle), SA_AIS_OK, "saLckFinalize");
	test_code(test, lck.api.finalize(lck.handle), SA_AIS_ERR_BAD_HANDLE, "saLckFinalize again");
	got = lck_lock(&lck, lck.resource, LCK_PR, 0, SA_TIME_ONE_SECOND);
	test_code(test, got.error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock of a finalized handle's resource");
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_BAD_HANDLE, "saLckResourceLockAsync");
	test_code(test, lck.api.close(lck.resource), SA_AIS_ERR_BAD_HANDLE, "saLckResourceClose");
	test_code(test, lck.api.purge(lck.resource), SA_AIS_ERR_BAD_HANDLE, "saLckLockPurge");
}

/* --- opening --- */

void LCK_012(struct test *test)
{
	struct lck lck = lck_begin(test);

	lck_exists(&lck, &lck.names.a, false);
}

void LCK_013(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_exists(&lck, &lck.names.a, true);
	lck_open(&lck, &lck.names.a);
}

void LCK_014(struct test *test)
{
	struct lck lck = lck_begin(test);
	SaNameT name = lck.names.a;
	SaLckResourceHandleT resource;

	test_code(test, lck_open_code(&lck, NULL, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpen(NULL name)");
	test_code(test, lck_open_code(&lck, &name, SA_LCK_RESOURCE_CREATE, NULL), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpen(NULL out)");
	name.length = 0;
	test_code(test, lck_open_code(&lck, &name, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpen, length 0");
	name.length = SA_MAX_NAME_LENGTH + 1;
	test_code(test, lck_open_code(&lck, &name, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpen, length 257");
	name.length = SA_MAX_NAME_LENGTH;
	test_code(test, lck_open_code(&lck, &name, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_OK, "saLckResourceOpen, length 256");
}

void LCK_015(struct test *test)
{
	struct lck lck = lck_begin(test);
	SaLckResourceHandleT resource;

	test_code(test, lck_open_code(&lck, &lck.names.a, 0x2, &resource), SA_AIS_ERR_BAD_FLAGS, "saLckResourceOpen(flags 0x2)");
	test_code(test, lck_open_code(&lck, &lck.names.a, 0x80000001, &resource), SA_AIS_ERR_BAD_FLAGS, "saLckResourceOpen(flags 0x80000001)");
	lck_exists(&lck, &lck.names.a, false);
}

/* What is OK is open, what is TIMEOUT is not. */
static void opens_at_once(struct lck *lck, const SaNameT *name, bool exists)
{
	SaLckResourceHandleT resource;
	const SaAisErrorT error = lck->api.open(lck->handle, name, SA_LCK_RESOURCE_CREATE, 0, &resource);

	test_code_either(lck->test, error, SA_AIS_OK, SA_AIS_ERR_TIMEOUT, "saLckResourceOpen, timeout 0");
	if (error == SA_AIS_OK) {
		lck_unlock(lck, lck_take(lck, resource, LCK_EX, LCK_NO_QUEUE));
		lck_close(lck, resource);
	}
	lck_exists(lck, name, exists);
}

void LCK_016(struct test *test)
{
	struct lck lck = lck_begin(test);

	opens_at_once(&lck, &lck.names.a, false);
	lck_open(&lck, &lck.names.b);
	opens_at_once(&lck, &lck.names.b, true);
}

void LCK_017(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	test_true(test, lck_open(&lck, &lck.names.a) != lck.resource, "the handles differ");
}

static void opens_async(struct lck *lck, SaInvocationT invocation, const SaNameT *name, SaLckResourceOpenFlagsT flags)
{
	test_code(lck->test, lck->api.open_async(lck->handle, invocation, name, flags), SA_AIS_OK, "saLckResourceOpenAsync");
}

void LCK_018(struct test *test)
{
	const SaLckCallbacksT without = {NULL, lck_callbacks.saLckLockGrantCallback, NULL, NULL};
	struct lck lck = lck_begin_with(test, lck_names(test), &without);

	test_code(test, lck.api.open_async(lck.handle, 1, &lck.names.a, SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_INIT, "saLckResourceOpenAsync");
	lck_exists(&lck, &lck.names.a, false);
}

void LCK_019(struct test *test)
{
	struct lck lck = lck_begin(test);

	opens_async(&lck, 0xfedcba9876543210, &lck.names.a, SA_LCK_RESOURCE_CREATE);
	lck_dispatch_until(&lck, &lck_seen.open_count, 1);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	test_code(test, lck_seen.opens[0].error, SA_AIS_OK, "the callback's error");
	test_equal(test, lck_seen.opens[0].invocation, 0xfedcba9876543210, "its invocation");
	lck_unlock(&lck, lck_take(&lck, lck_seen.opens[0].resource, LCK_EX, 0));
	lck_close(&lck, lck_seen.opens[0].resource);
}

void LCK_020(struct test *test)
{
	struct lck lck = lck_begin(test);

	opens_async(&lck, 5, &lck.names.a, 0);
	lck_dispatch_until(&lck, &lck_seen.open_count, 1);
	test_code(test, lck_seen.opens[0].error, SA_AIS_ERR_NOT_EXIST, "the callback's error");
	test_equal(test, lck_seen.opens[0].invocation, 5, "its invocation");
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks");
	lck_exists(&lck, &lck.names.a, false);
}

void LCK_021(struct test *test)
{
	struct lck lck = lck_begin(test);

	test_code(test, lck.api.open_async(lck.handle, 1, NULL, SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_INVALID_PARAM, "saLckResourceOpenAsync(NULL)");
	test_code(test, lck.api.open_async(lck.handle, 2, &lck.names.a, 0x2), SA_AIS_ERR_BAD_FLAGS, "saLckResourceOpenAsync(flags 0x2)");
	SaNameT name = lck.names.a;
	name.length = 0;
	test_code(test, lck.api.open_async(lck.handle, 3, &name, SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_INVALID_PARAM, "length 0");
	name.length = SA_MAX_NAME_LENGTH + 1;
	test_code(test, lck.api.open_async(lck.handle, 4, &name, SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_INVALID_PARAM, "length 257");
	test_code(test, lck.api.open_async(never_issued, 5, &lck.names.a, SA_LCK_RESOURCE_CREATE), SA_AIS_ERR_BAD_HANDLE, "no handle");
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
}

/* --- closing --- */

void LCK_022(struct test *test)
{
	struct lck lck = lck_begin_open(test);

	lck_close(&lck, lck.resource);
	test_code(test, lck.api.close(lck.resource), SA_AIS_ERR_BAD_HANDLE, "saLckResourceClose again");
	test_code(test, lck_lock(&lck, lck.resource, LCK_PR, 0, SA_TIME_ONE_SECOND).error, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLock");
	SaLckLockIdT id;
	test_code(test, lck.api.lock_async(lck.resource, 1, &id, SA_LCK_PR_LOCK_MODE, 0, 0), SA_AIS_ERR_BAD_HANDLE, "saLckResourceLockAsync");
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
}

void LCK_023(struct test *test)
{
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT second = lck_open(&lck, &lck.names.a);

	lck_close(&lck, lck.resource);
	lck_exists(&lck, &lck.names.a, true);
	lck_close(&lck, second);
	lck_exists(&lck, &lck.names.a, false);
}

void LCK_024(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);
	const SaLckResourceHandleT other = lck_open(&lck, &lck.names.a);
	const SaLckLockIdT id = lck_take(&lck, other, LCK_EX, 0);

	lck_close(&lck, lck.resource);
	peer_refused(peer, PEER_A, LCK_EX, LCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	lck_unlock(&lck, id);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	peer_end(peer);
}

void LCK_025(struct test *test)
{
	static const struct { int mode; size_t count; } held[] = {{LCK_EX, 1}, {LCK_PR, 3}};
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin(test);
	size_t told = 0;

	for (size_t i = 0; i < 2; i++) {
		lck.resource = lck_open(&lck, &lck.names.a);
		for (size_t lock = 0; lock < held[i].count; lock++)
			lck_take(&lck, lck.resource, held[i].mode, 0);
		peer_ask(peer, 0, PEER_A, LCK_EX, 0, 1);
		lck_dispatch_until(&lck, &lck_seen.waiter_count, told += held[i].count);
		test_true(test, !peer_has_answer(peer, 0), "it waits");
		lck_close(&lck, lck.resource);
		peer_is_granted(peer);
		peer_unlock(peer, 0);
	}
	peer_end(peer);
}

void LCK_026(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test);

	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_ask(&lck, lck.resource, 1, LCK_EX, 0);
	lck_close(&lck, lck.resource);
	lck_fence(&lck); /* the close is not waited for by Close */
	peer_unlock(peer, 0);
	peer_take(peer, 0, PEER_A, LCK_EX, 0);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 0, "callbacks");
	peer_end(peer);
}

/* Another client of this process holds as well: when it is told of the waiter, so is the handle that is closed. */
void LCK_027(struct test *test)
{
	struct peer *peer = peer_start(test, lck_names(test));
	struct lck lck = lck_begin_open(test), told = lck_begin_open(test);
	const SaLckLockIdT shared = lck_take(&told, told.resource, LCK_PR, 0);

	lck_ask(&lck, lck.resource, 1, LCK_PR, 0); /* a grant is pending */
	const SaLckLockIdT id = lck_take(&lck, lck.resource, LCK_PR, 0);
	test_code(test, lck.api.unlock_async(2, id), SA_AIS_OK, "saLckResourceUnlockAsync"); /* and an unlock */
	lck_fence(&lck);
	peer_ask(peer, 0, PEER_A, LCK_EX, 0, 3); /* and a waiter */
	lck_dispatch_until(&told, &lck_seen.waiter_count, 1);
	lck_fence(&lck);
	lck_pending(&lck);
	lck_close(&lck, lck.resource);
	lck_unlock(&told, shared);
	peer_is_granted(peer);
	lck_settle(&lck);
	test_equal(test, lck_seen_count(), 1, "callbacks, the other client's one");
	peer_end(peer);
}
