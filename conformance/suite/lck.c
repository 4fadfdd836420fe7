/* The lock library under test: what its assertions stand on, and its descriptor for COM. */
#include "conformance/suite/lck.h"

#include <string.h>

struct lck_seen lck_seen;

static void on_open(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	lck_seen.opens[lck_seen.open_count++ % LCK_CALLS_MAX] = (struct lck_opened){invocation, resource, error};
}

static void on_grant(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	lck_seen.grants[lck_seen.grant_count++ % LCK_CALLS_MAX] = (struct lck_granted){invocation, status, error};
}

static void on_waiter(SaLckWaiterSignalT signal, SaLckLockIdT id, SaLckLockModeT held, SaLckLockModeT requested)
{
	const struct lck_waiter waiter = {signal, id, held, requested};

	lck_seen.waiters[lck_seen.waiter_count++ % LCK_CALLS_MAX] = waiter;
	if (lck_seen.waiter_hook != NULL)
		lck_seen.waiter_hook(lck_seen.waiter_hook_context, &waiter);
}

static void on_unlock(SaInvocationT invocation, SaAisErrorT error)
{
	lck_seen.unlocks[lck_seen.unlock_count++ % LCK_CALLS_MAX] = (struct lck_unlocked){invocation, error};
}

const SaLckCallbacksT lck_callbacks = {on_open, on_grant, on_waiter, on_unlock};
const SaLckCallbacksT lck_callbacks_no_waiter = {on_open, on_grant, NULL, on_unlock};

size_t lck_seen_count(void)
{
	return lck_seen.open_count + lck_seen.grant_count + lck_seen.waiter_count + lck_seen.unlock_count;
}

struct lck_library lck_library_open(struct test *test)
{
	void *library = library_open(test, "libSaLck.so.3");

	return (struct lck_library){
		.library = library,
		.initialize = library_symbol(test, library, "saLckInitialize"),
		.selection_object_get = library_symbol(test, library, "saLckSelectionObjectGet"),
		.option_check = library_symbol(test, library, "saLckOptionCheck"),
		.dispatch = library_symbol(test, library, "saLckDispatch"),
		.finalize = library_symbol(test, library, "saLckFinalize"),
		.open = library_symbol(test, library, "saLckResourceOpen"),
		.open_async = library_symbol(test, library, "saLckResourceOpenAsync"),
		.close = library_symbol(test, library, "saLckResourceClose"),
		.lock = library_symbol(test, library, "saLckResourceLock"),
		.lock_async = library_symbol(test, library, "saLckResourceLockAsync"),
		.unlock = library_symbol(test, library, "saLckResourceUnlock"),
		.unlock_async = library_symbol(test, library, "saLckResourceUnlockAsync"),
		.purge = library_symbol(test, library, "saLckLockPurge"),
	};
}

SaAisErrorT lck_initialize(struct test *test, const struct lck_library *api, SaLckHandleT *handle, const SaLckCallbacksT *callbacks)
{
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	SaAisErrorT error;

	do {
		SaVersionT version = {'B', 1, 1};
		error = api->initialize(handle, callbacks, &version);
		if (error == SA_AIS_ERR_TRY_AGAIN)
			test_sleep(test, 0.02);
	} while (error == SA_AIS_ERR_TRY_AGAIN && now_ns() < until);
	return error;
}

struct lck_names lck_names(const struct test *test)
{
	return (struct lck_names){test_name(test, "a"), test_name(test, "b")};
}

struct lck lck_begin_with(struct test *test, struct lck_names names, const SaLckCallbacksT *callbacks)
{
	struct lck lck = {.test = test, .api = lck_library_open(test), .names = names};

	test_code(test, lck_initialize(test, &lck.api, &lck.handle, callbacks), SA_AIS_OK, "saLckInitialize");
	test_code(test, lck.api.selection_object_get(lck.handle, &lck.descriptor), SA_AIS_OK, "saLckSelectionObjectGet");
	return lck;
}

struct lck lck_begin(struct test *test)
{
	return lck_begin_with(test, lck_names(test), &lck_callbacks);
}

struct lck lck_begin_open(struct test *test)
{
	struct lck lck = lck_begin(test);

	lck.resource = lck_open(&lck, &lck.names.a);
	return lck;
}

struct lck lck_begin_quiet(struct test *test)
{
	struct lck lck = lck_begin_with(test, lck_names(test), &lck_callbacks_no_waiter);

	lck.resource = lck_open(&lck, &lck.names.a);
	return lck;
}

bool lck_has_option(struct lck *lck, SaLckOptionsT option)
{
	SaLckOptionsT options = 0;

	test_code(lck->test, lck->api.option_check(lck->handle, &options), SA_AIS_OK, "saLckOptionCheck");
	return (options & option) != 0;
}

SaTimeT lck_patience(const struct test *test)
{
	return test_limit_ns(test, 15);
}

/* --- what tests do --- */

SaAisErrorT lck_open_code(struct lck *lck, const SaNameT *name, SaLckResourceOpenFlagsT flags, SaLckResourceHandleT *resource)
{
	return lck->api.open(lck->handle, name, flags, lck_patience(lck->test), resource);
}

SaLckResourceHandleT lck_open(struct lck *lck, const SaNameT *name)
{
	SaLckResourceHandleT resource = 0;

	test_code(lck->test, lck_open_code(lck, name, SA_LCK_RESOURCE_CREATE, &resource), SA_AIS_OK, "saLckResourceOpen(CREATE)");
	return resource;
}

void lck_exists(struct lck *lck, const SaNameT *name, bool exists)
{
	SaLckResourceHandleT resource;

	test_code(lck->test, lck_open_code(lck, name, 0, &resource), exists ? SA_AIS_OK : SA_AIS_ERR_NOT_EXIST,
	          "saLckResourceOpen without CREATE");
	if (exists)
		lck_close(lck, resource);
}

struct lck_got lck_lock(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags, SaTimeT timeout)
{
	struct lck_got got = {0};

	got.error = lck->api.lock(resource, &got.id, (SaLckLockModeT)mode, (SaLckLockFlagsT)flags, 0, timeout, &got.status);
	return got;
}

void lck_is(struct test *test, struct lck_got got, SaLckLockStatusT wanted, const char *what)
{
	test_code(test, got.error, SA_AIS_OK, "saLckResourceLock: %s", what);
	test_equal(test, got.status, wanted, "lockStatus: %s", what);
}

SaLckLockIdT lck_take(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags)
{
	const struct lck_got got = lck_lock(lck, resource, mode, flags, lck_patience(lck->test));

	lck_is(lck->test, got, SA_LCK_LOCK_GRANTED, mode == LCK_EX ? "EX" : "PR");
	return got.id;
}

void lck_refused(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags, SaLckLockStatusT wanted)
{
	lck_is(lck->test, lck_lock(lck, resource, mode, flags, lck_patience(lck->test)), wanted, mode == LCK_EX ? "EX" : "PR");
}

SaLckLockIdT lck_ask(struct lck *lck, SaLckResourceHandleT resource, SaInvocationT invocation, int mode, int flags)
{
	SaLckLockIdT id = 0;

	test_code(lck->test, lck->api.lock_async(resource, invocation, &id, (SaLckLockModeT)mode, (SaLckLockFlagsT)flags, 0), SA_AIS_OK,
	          "saLckResourceLockAsync, invocation %llu", (unsigned long long)invocation);
	return id;
}

void lck_unlock(struct lck *lck, SaLckLockIdT id)
{
	test_code(lck->test, lck->api.unlock(id, lck_patience(lck->test)), SA_AIS_OK, "saLckResourceUnlock");
}

void lck_close(struct lck *lck, SaLckResourceHandleT resource)
{
	test_code(lck->test, lck->api.close(resource), SA_AIS_OK, "saLckResourceClose");
}

void lck_grant_is(struct test *test, size_t at, SaInvocationT invocation, SaAisErrorT error, SaLckLockStatusT status)
{
	const struct lck_granted *grant = &lck_seen.grants[at];

	test_equal(test, grant->invocation, invocation, "invocation of grant callback %zu", at);
	test_code(test, grant->error, error, "error of grant callback %zu", at);
	if (error == SA_AIS_OK)
		test_equal(test, grant->status, status, "lockStatus of grant callback %zu", at);
}

void lck_pending(struct lck *lck)
{
	test_true(lck->test, descriptor_readable(lck->descriptor, test_limit_ns(lck->test, 10)), "a callback is pending");
}

void lck_dispatch_until(struct lck *lck, const size_t *counter, size_t count)
{
	while (*counter < count) {
		lck_pending(lck);
		test_code(lck->test, lck->api.dispatch(lck->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
	}
}

void lck_orphaned_eventually(struct lck *lck)
{
	const int64_t until = now_ns() + test_limit_ns(lck->test, 10);
	struct lck_got got;

	do {
		got = lck_lock(lck, lck->resource, LCK_EX, LCK_ORPHAN, 0);
		if (got.error == SA_AIS_ERR_TIMEOUT)
			test_sleep(lck->test, 0.02);
	} while (got.error == SA_AIS_ERR_TIMEOUT && now_ns() < until);
	lck_is(lck->test, got, SA_LCK_LOCK_ORPHANED, "EX, ORPHAN, in the end");
}

/* An ordered call of this node, made later, was answered: what was asked before has been as well. An answer may overtake a callback on
 * another way: hence the moment. */
static void fence(struct test *test, __typeof__(&saLckResourceOpen) open, __typeof__(&saLckResourceClose) close, SaLckHandleT handle)
{
	const SaNameT name = test_name(test, "fence");
	SaLckResourceHandleT resource;

	test_code(test, open(handle, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_MAX, &resource), SA_AIS_OK, "saLckResourceOpen of another name");
	close(resource);
	test_sleep(test, 0.1);
}

void lck_fence(struct lck *lck)
{
	fence(lck->test, lck->api.open, lck->api.close, lck->handle);
}

void lck_settle(struct lck *lck)
{
	lck_fence(lck);
	test_code(lck->test, lck->api.dispatch(lck->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saLckDispatch(ALL)");
}

/* --- the descriptor for COM --- */

static void subject_opened(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	(void)resource;
	subject_called(invocation, error, true);
}

static void subject_granted(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	(void)status;
	subject_called(invocation, error, true);
}

static void subject_waits(SaLckWaiterSignalT signal, SaLckLockIdT id, SaLckLockModeT held, SaLckLockModeT requested)
{
	(void)signal;
	(void)id;
	(void)held;
	(void)requested;
	subject_called(0, SA_AIS_OK, false);
}

static void subject_unlocked(SaInvocationT invocation, SaAisErrorT error)
{
	subject_called(invocation, error, true);
}

static const SaLckCallbacksT subject_callbacks = {subject_opened, subject_granted, subject_waits, subject_unlocked};

static SaAisErrorT subject_open_async(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation, SaUint16T length)
{
	__typeof__(&saLckResourceOpenAsync) open_async = library_symbol(test, library, "saLckResourceOpenAsync");
	SaNameT name = test_name(test, "asked");

	name.length = length == 0 ? name.length : length;
	const SaAisErrorT error = open_async(handle, invocation, &name, SA_LCK_RESOURCE_CREATE);
	memset(&name, 0xff, sizeof name);
	return error;
}

static SaAisErrorT subject_ask(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	return subject_open_async(test, library, handle, invocation, 0);
}

static SaAisErrorT subject_ask_wrongly(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	return subject_open_async(test, library, handle, invocation, SA_MAX_NAME_LENGTH + 1);
}

static void subject_fence(struct test *test, void *library, SaUint64T handle)
{
	fence(test, library_symbol(test, library, "saLckResourceOpen"), library_symbol(test, library, "saLckResourceClose"), handle);
}

static SaAisErrorT subject_work(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saLckResourceOpen) open = library_symbol(test, library, "saLckResourceOpen");
	__typeof__(&saLckResourceClose) close = library_symbol(test, library, "saLckResourceClose");
	const SaNameT name = test_name(test, "worked");
	SaLckResourceHandleT resource;
	const SaAisErrorT error = open(handle, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_MAX, &resource);

	return error == SA_AIS_OK ? close(resource) : error;
}

/* The name is the same in the child that holds and in the parent that looks. */
static SaLckResourceHandleT held_open(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saLckResourceOpen) open = library_symbol(test, library, "saLckResourceOpen");
	SaLckResourceHandleT resource = 0;
	char text[100];

	snprintf(text, sizeof text, "suite-%s-%s-held", test->options->run, test->assertion->id);
	const SaNameT name = name_of(text);
	test_code(test, open(handle, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_MAX, &resource), SA_AIS_OK, "saLckResourceOpen");
	return resource;
}

static SaLckLockStatusT held_lock(struct test *test, void *library, SaLckResourceHandleT resource)
{
	__typeof__(&saLckResourceLock) lock = library_symbol(test, library, "saLckResourceLock");
	SaLckLockStatusT status = 0;
	SaLckLockIdT id;

	test_code(test, lock(resource, &id, SA_LCK_EX_LOCK_MODE, SA_LCK_LOCK_NO_QUEUE, 0, SA_TIME_MAX, &status), SA_AIS_OK,
	          "saLckResourceLock(EX, NO_QUEUE)");
	return status;
}

static void subject_hold(struct test *test, void *library, SaUint64T handle)
{
	test_equal(test, held_lock(test, library, held_open(test, library, handle)), SA_LCK_LOCK_GRANTED, "lockStatus");
}

static bool subject_is_held(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saLckResourceClose) close = library_symbol(test, library, "saLckResourceClose");
	const SaLckResourceHandleT resource = held_open(test, library, handle);
	const SaLckLockStatusT status = held_lock(test, library, resource);

	close(resource);
	return status != SA_LCK_LOCK_GRANTED;
}

const struct subject lck_subject = {
	.service = "lck", .soname = "libSaLck.so.3", .prefix = "saLck", .version = {'B', 1, 1}, .pending_at_once = false,
	.callbacks = &subject_callbacks, .callbacks_size = sizeof subject_callbacks, .ask = subject_ask,
	.ask_wrongly = subject_ask_wrongly, .fence = subject_fence, .work = subject_work, .hold = subject_hold, .is_held = subject_is_held,
	.ask_has_input = true,
};
