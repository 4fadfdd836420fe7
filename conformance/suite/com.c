/* COM assertions: what the standard says once for all services, held against each of them by its descriptor (com.h). */
#include "conformance/suite/com.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suite/assertions.h"
#include "conformance/suite/clm.h"
#include "conformance/suite/ckpt.h"
#include "conformance/suite/lck.h"
#include "conformance/suite/tmr.h"

const struct subject *const subjects[] = {&clm_subject, &ckpt_subject, &lck_subject, &tmr_subject};
const size_t subject_count = sizeof subjects / sizeof *subjects;

const struct subject *subject_named(const char *service)
{
	for (size_t i = 0; i < subject_count; i++)
		if (strcmp(subjects[i]->service, service) == 0)
			return subjects[i];
	return NULL;
}

/* What the callbacks of this process saw; callbacks carry no context. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct subject_call calls[SUBJECT_CALLS_MAX];
	size_t count;
	void (*hook)(void *context); /* runs inside the first callback */
	void *hook_context;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void subject_called(SaInvocationT invocation, SaAisErrorT error, bool has_invocation)
{
	pthread_mutex_lock(&seen.lock);
	if (seen.count < SUBJECT_CALLS_MAX)
		seen.calls[seen.count] = (struct subject_call){
			.invocation = invocation, .error = error, .has_invocation = has_invocation, .thread = (uint64_t)pthread_self(),
		};
	seen.count++;
	void (*hook)(void *context) = seen.hook;
	seen.hook = NULL;
	pthread_cond_broadcast(&seen.changed);
	pthread_mutex_unlock(&seen.lock);
	if (hook != NULL)
		hook(seen.hook_context);
}

static size_t seen_count(void)
{
	pthread_mutex_lock(&seen.lock);
	const size_t count = seen.count;
	pthread_mutex_unlock(&seen.lock);
	return count;
}

/* Waits until `count` callbacks have run in whatever thread. */
static bool seen_wait(struct test *test, size_t count)
{
	const int64_t limit = wall_ns() + test_limit_ns(test, 10);
	const struct timespec until = {.tv_sec = limit / 1000000000, .tv_nsec = limit % 1000000000};
	int error = 0;

	pthread_mutex_lock(&seen.lock);
	while (seen.count < count && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&seen.changed, &seen.lock, &until);
	const bool enough = seen.count >= count;
	pthread_mutex_unlock(&seen.lock);
	return enough;
}

/* --- the service under test --- */

struct com {
	struct test *test;
	const struct subject *subject;
	void *library;
	struct life_cycle life;
};

static void *function_of(struct com *com, const char *name)
{
	char symbol[100];

	snprintf(symbol, sizeof symbol, "%s%s", com->subject->prefix, name);
	return library_symbol(com->test, com->library, symbol);
}

static struct com com_begin(struct test *test)
{
	struct com com = {.test = test, .subject = test->subject, .library = library_open(test, test->subject->soname)};

	*(void **)&com.life.initialize = function_of(&com, "Initialize");
	*(void **)&com.life.selection_object_get = function_of(&com, "SelectionObjectGet");
	*(void **)&com.life.dispatch = function_of(&com, "Dispatch");
	*(void **)&com.life.finalize = function_of(&com, "Finalize");
	return com;
}

/* TRY_AGAIN is waited out: a daemon may be starting. */
static SaAisErrorT com_initialize(struct com *com, SaUint64T *handle, const void *callbacks)
{
	const int64_t until = now_ns() + test_limit_ns(com->test, 10);
	SaAisErrorT error;

	do {
		SaVersionT version = com->subject->version;
		error = com->life.initialize(handle, callbacks, &version);
		if (error == SA_AIS_ERR_TRY_AGAIN)
			test_sleep(com->test, 0.02);
	} while (error == SA_AIS_ERR_TRY_AGAIN && now_ns() < until);
	return error;
}

static SaUint64T com_open(struct com *com)
{
	SaUint64T handle = 0;

	test_code(com->test, com_initialize(com, &handle, com->subject->callbacks), SA_AIS_OK, "Initialize");
	return handle;
}

static SaSelectionObjectT com_descriptor(struct com *com, SaUint64T handle)
{
	SaSelectionObjectT descriptor = 0;

	test_code(com->test, com->life.selection_object_get(handle, &descriptor), SA_AIS_OK, "SelectionObjectGet");
	return descriptor;
}

static void com_ask(struct com *com, SaUint64T handle, SaInvocationT invocation)
{
	test_code(com->test, com->subject->ask(com->test, com->library, handle, invocation), SA_AIS_OK, "asynchronous call, invocation %llu",
	          (unsigned long long)invocation);
}

/* So many callbacks are pending when this returns, as far as that can be known from outside. */
static void com_pending(struct com *com, SaUint64T handle, size_t count)
{
	for (size_t i = 0; i < count; i++)
		com_ask(com, handle, 100 + i);
	if (!com->subject->pending_at_once)
		com->subject->fence(com->test, com->library, handle);
	test_true(com->test, descriptor_readable(com_descriptor(com, handle), test_limit_ns(com->test, 10)), "a callback is pending");
}

/* Dispatches until so many callbacks have run. */
static void com_dispatch_until(struct com *com, SaUint64T handle, size_t count)
{
	const SaSelectionObjectT descriptor = com_descriptor(com, handle);

	while (seen_count() < count) {
		test_true(com->test, descriptor_readable(descriptor, test_limit_ns(com->test, 10)), "the next callback is pending");
		test_code(com->test, com->life.dispatch(handle, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch(ALL)");
	}
}

/* --- Initialize --- */

void COM_007(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handle = 0;

	test_code(test, com_initialize(&com, &handle, com.subject->callbacks), SA_AIS_OK, "Initialize");
	test_true(test, handle != 0, "a handle was written");
	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
}

/* CASE-101 */
void COM_057(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handle = 0;

	test_code(test, com_initialize(&com, &handle, bytes_at_edge(test, com.subject->callbacks, com.subject->callbacks_size)), SA_AIS_OK, "Initialize");
	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
}

void COM_008(struct test *test)
{
	static const SaUint8T minors[] = {0, 1, 255};
	struct com com = com_begin(test);

	com_open(&com);
	for (size_t i = 0; i < sizeof minors; i++) {
		SaVersionT version = com.subject->version;
		SaUint64T handle;
		version.minorVersion = minors[i];
		test_code(test, com.life.initialize(&handle, NULL, &version), SA_AIS_OK, "Initialize with minor %u", minors[i]);
	}
}

static void version_is(struct test *test, SaVersionT got, SaVersionT wanted)
{
	test_true(test, got.releaseCode == wanted.releaseCode && got.majorVersion == wanted.majorVersion &&
	          got.minorVersion == wanted.minorVersion, "written back: %c.%u.%u", got.releaseCode, got.majorVersion, got.minorVersion);
}

static void version_refused(struct com *com, SaVersionT version)
{
	const SaVersionT asked = version;
	SaUint64T handle = 0;

	test_code(com->test, com->life.initialize(&handle, NULL, &version), SA_AIS_ERR_VERSION, "Initialize with release 0x%02x major %u",
	          asked.releaseCode, asked.majorVersion);
	version_is(com->test, version, com->subject->version);
}

void COM_009(struct test *test)
{
	struct com com = com_begin(test);
	SaVersionT version = com.subject->version;
	SaUint64T handle;

	com_open(&com);
	version.minorVersion = 0;
	test_code(test, com.life.initialize(&handle, NULL, &version), SA_AIS_OK, "Initialize");
	version_is(test, version, com.subject->version);
}

void COM_010(struct test *test)
{
	struct com com = com_begin(test);
	SaVersionT version = com.subject->version;

	version.majorVersion++;
	version_refused(&com, version);
	version.majorVersion = 255;
	version_refused(&com, version);
}

void COM_011(struct test *test)
{
	struct com com = com_begin(test);

	version_refused(&com, (SaVersionT){(SaUint8T)(com.subject->version.releaseCode - 1), 1, 0});
	version_refused(&com, (SaVersionT){(SaUint8T)(com.subject->version.releaseCode - 1), 9, 9});
	version_refused(&com, (SaVersionT){0, 0, 0});
}

void COM_012(struct test *test)
{
	struct com com = com_begin(test);

	version_refused(&com, (SaVersionT){(SaUint8T)(com.subject->version.releaseCode + 1), 1, 0});
	version_refused(&com, (SaVersionT){'Z', 1, 0});
}

void COM_013(struct test *test)
{
	struct com com = com_begin(test);
	SaVersionT version = {'Z', 1, 0};
	SaUint64T handle;

	com_open(&com);
	test_code(test, com.life.initialize(&handle, NULL, &version), SA_AIS_ERR_VERSION, "Initialize with Z.1");
	test_code(test, com.life.initialize(&handle, NULL, &version), SA_AIS_OK, "Initialize with what was written back");
}

void COM_014(struct test *test)
{
	struct com com = com_begin(test);
	SaVersionT version = {'Z', 1, 0};
	SaUint64T handle = 0x1122334455667788;

	test_code(test, com.life.initialize(&handle, NULL, &version), SA_AIS_ERR_VERSION, "Initialize with Z.1");
	test_true(test, handle == 0x1122334455667788, "the handle is unchanged");
}

void COM_015(struct test *test)
{
	struct com com = com_begin(test);
	SaVersionT version = com.subject->version;

	test_code(test, com.life.initialize(NULL, com.subject->callbacks, &version), SA_AIS_ERR_INVALID_PARAM, "Initialize(NULL handle)");
}

void COM_016(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handle = 0;

	test_code(test, com.life.initialize(&handle, com.subject->callbacks, NULL), SA_AIS_ERR_INVALID_PARAM, "Initialize(NULL version)");
}

void COM_017(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handle = 0;

	test_code(test, com_initialize(&com, &handle, NULL), SA_AIS_OK, "Initialize(NULL callbacks)");
}

void COM_018(struct test *test)
{
	struct com com = com_begin(test);
	const uint8_t none[64] = {0};
	SaUint64T handle = 0;

	test_code(test, com_initialize(&com, &handle, none), SA_AIS_OK, "Initialize with no callback in the struct");
}

void COM_019(struct test *test)
{
	struct com com = com_begin(test);
	uint8_t callbacks[64];
	SaUint64T handle = 0;

	memcpy(callbacks, com.subject->callbacks, com.subject->callbacks_size);
	test_code(test, com_initialize(&com, &handle, callbacks), SA_AIS_OK, "Initialize");
	memset(callbacks, 0, sizeof callbacks);
	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
}

void COM_020(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T first = com_open(&com), second = com_open(&com);

	test_true(test, first != second, "the handles differ");
	test_true(test, com_descriptor(&com, first) != com_descriptor(&com, second), "the selection objects differ");
}

void COM_021(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T first = com_open(&com), second = com_open(&com);

	com_ask(&com, first, 1);
	com_dispatch_until(&com, first, 1);
	test_code(test, com.life.finalize(first), SA_AIS_OK, "Finalize of the first");
	com_ask(&com, second, 2);
	com_dispatch_until(&com, second, 2);
	test_equal(test, seen.calls[1].invocation, 2, "the second handle's invocation");
}

void COM_022(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handles[100];

	for (size_t i = 0; i < 100; i++)
		handles[i] = com_open(&com);
	for (size_t i = 0; i < 100; i++)
		test_code(test, com.life.finalize(handles[i]), SA_AIS_OK, "Finalize of handle %zu", i);
}

void COM_023(struct test *test)
{
	struct com com = com_begin(test);
	SaUint64T handle = 0;

	test_code(test, com_initialize(&com, &handle, NULL), SA_AIS_OK, "Initialize without callbacks");
	test_code(test, com.subject->ask(test, com.library, handle, 1), SA_AIS_ERR_INIT, "a call that needs one");
}

/* --- SelectionObjectGet --- */

void COM_024(struct test *test)
{
	struct com com = com_begin(test);
	const SaSelectionObjectT descriptor = com_descriptor(&com, com_open(&com));
	SaUint64T silent;

	test_true(test, fcntl((int)descriptor, F_GETFD) >= 0, "descriptor %llu is open", (unsigned long long)descriptor);
	test_code(test, com_initialize(&com, &silent, NULL), SA_AIS_OK, "Initialize(NULL callbacks)"); /* CASE-084: it has one too */
	test_true(test, !descriptor_readable(com_descriptor(&com, silent), 100000000), "its descriptor can be polled, and is not readable");
	test_code(test, com.life.dispatch(silent, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch(ALL) without callbacks");
}

void COM_025(struct test *test)
{
	struct com com = com_begin(test);

	test_code(test, com.life.selection_object_get(com_open(&com), NULL), SA_AIS_ERR_INVALID_PARAM, "SelectionObjectGet(NULL)");
}

static const SaUint64T never_issued[] = {0, 0xdeadbeefcafef00d, UINT64_MAX};

void COM_026(struct test *test)
{
	struct com com = com_begin(test);
	SaSelectionObjectT descriptor;

	for (size_t i = 0; i < sizeof never_issued / sizeof *never_issued; i++)
		test_code(test, com.life.selection_object_get(never_issued[i], &descriptor), SA_AIS_ERR_BAD_HANDLE, "SelectionObjectGet(0x%llx)",
		          (unsigned long long)never_issued[i]);
}

void COM_027(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	SaSelectionObjectT descriptor;

	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
	test_code(test, com.life.selection_object_get(handle, &descriptor), SA_AIS_ERR_BAD_HANDLE, "SelectionObjectGet afterwards");
}

void COM_028(struct test *test)
{
	struct com com = com_begin(test);

	test_true(test, !descriptor_readable(com_descriptor(&com, com_open(&com)), 100000000), "not readable within 100 ms");
}

void COM_029(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_ask(&com, handle, 1);
	test_true(test, descriptor_readable(com_descriptor(&com, handle), test_limit_ns(test, 10)), "readable");
}

void COM_030(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
	test_true(test, !descriptor_readable(com_descriptor(&com, handle), 100000000), "not readable within 100 ms");
}

void COM_031(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	test_equal(test, com_descriptor(&com, handle), com_descriptor(&com, handle), "the descriptor again");
}

/* --- Dispatch --- */

/* 100 ms is the assertion's own figure: the best of five tries, so that a stall of the machine is not held against the library. */
static void dispatch_at_once(struct test *test, SaDispatchFlagsT flags)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	int64_t best = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		const int64_t before = now_ns();
		test_code(test, com.life.dispatch(handle, flags), SA_AIS_OK, "Dispatch(%d) with nothing pending", flags);
		if (now_ns() - before < best)
			best = now_ns() - before;
	}
	test_true(test, best < 100000000, "took %lld us", (long long)best / 1000);
}

void COM_032(struct test *test)
{
	dispatch_at_once(test, SA_DISPATCH_ONE);
}

void COM_033(struct test *test)
{
	dispatch_at_once(test, SA_DISPATCH_ALL);
}

void COM_034(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_pending(&com, handle, 3);
	for (size_t i = 1; i <= 3; i++) {
		test_code(test, com.life.dispatch(handle, SA_DISPATCH_ONE), SA_AIS_OK, "Dispatch(ONE)");
		test_equal(test, seen_count(), i, "callbacks so far");
	}
}

void COM_035(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_pending(&com, handle, 3);
	test_code(test, com.life.dispatch(handle, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch(ALL)");
	test_equal(test, seen_count(), 3, "callbacks");
}

void COM_036(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
	test_true(test, seen.calls[0].thread == (uint64_t)pthread_self(), "the callback ran in the dispatching thread");
}

void COM_037(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_pending(&com, handle, 2);
	com.subject->fence(test, com.library, handle);
	test_sleep(test, 0.2);
	test_equal(test, seen_count(), 0, "callbacks without Dispatch");
}

struct inside {
	struct com *com;
	SaUint64T handle;
	SaAisErrorT returned;
};

static void hook_set(void (*hook)(void *context), struct inside *inside)
{
	pthread_mutex_lock(&seen.lock);
	seen.hook = hook;
	seen.hook_context = inside;
	pthread_mutex_unlock(&seen.lock);
}

struct blocking {
	struct com *com;
	SaUint64T handle;
	SaAisErrorT returned;
	pthread_t thread;
	volatile int done;
};

static void *blocking_run(void *context)
{
	struct blocking *blocking = context;

	blocking->returned = blocking->com->life.dispatch(blocking->handle, SA_DISPATCH_BLOCKING);
	__atomic_store_n(&blocking->done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void blocking_start(struct blocking *blocking, struct com *com, SaUint64T handle)
{
	*blocking = (struct blocking){.com = com, .handle = handle};
	if (pthread_create(&blocking->thread, NULL, blocking_run, blocking) != 0)
		test_fail(com->test, "no thread");
}

static bool blocking_done(const struct blocking *blocking)
{
	return __atomic_load_n(&blocking->done, __ATOMIC_SEQ_CST) != 0;
}

static void blocking_join(struct blocking *blocking)
{
	const int64_t limit = wall_ns() + test_limit_ns(blocking->com->test, 10);
	const struct timespec until = {.tv_sec = limit / 1000000000, .tv_nsec = limit % 1000000000};

	test_true(blocking->com->test, pthread_timedjoin_np(blocking->thread, NULL, &until) == 0, "Dispatch(BLOCKING) returned");
}

/* A thread that is about to block shows nothing outside; a callback shows that it does dispatch. */
static void blocking_is_up(struct com *com, SaUint64T handle, size_t seen_before)
{
	com_ask(com, handle, 7);
	test_true(com->test, seen_wait(com->test, seen_before + 1), "Dispatch(BLOCKING) delivered a callback");
}

void COM_038(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	struct blocking blocking;

	blocking_start(&blocking, &com, handle);
	blocking_is_up(&com, handle, 0);
	blocking_is_up(&com, handle, 1);
	test_true(test, !blocking_done(&blocking), "it has not returned");
	com.life.finalize(handle);
	blocking_join(&blocking);
}

void COM_039(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	struct blocking blocking;

	blocking_start(&blocking, &com, handle);
	blocking_is_up(&com, handle, 0);
	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
	blocking_join(&blocking);
}

void COM_040(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	struct blocking blocking;

	blocking_start(&blocking, &com, handle);
	blocking_is_up(&com, handle, 0);
	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
	blocking_join(&blocking);
	test_code(test, blocking.returned, SA_AIS_OK, "what Dispatch(BLOCKING) returned");
}

/* Inside the first callback: until another runs, which only a second thread can deliver. */
static void second_awaited(void *context)
{
	struct inside *inside = context;

	inside->returned = seen_wait(inside->com->test, 2) ? SA_AIS_OK : SA_AIS_ERR_TIMEOUT;
}

/* Each of the two stands in a callback at the same time, so that Finalize has both to wake. */
void COM_041(struct test *test)
{
	struct com com = com_begin(test);
	struct inside inside = {.com = &com, .handle = com_open(&com)};
	struct blocking first, second;

	hook_set(second_awaited, &inside);
	blocking_start(&first, &com, inside.handle);
	blocking_start(&second, &com, inside.handle);
	com_ask(&com, inside.handle, 7);
	com_ask(&com, inside.handle, 8);
	test_true(test, seen_wait(test, 2), "a second thread delivers while the first is inside a callback");
	test_code(test, com.life.finalize(inside.handle), SA_AIS_OK, "Finalize");
	blocking_join(&first);
	blocking_join(&second);
	test_code(test, inside.returned, SA_AIS_OK, "the second callback, waited for inside the first");
	test_code(test, first.returned, SA_AIS_OK, "what the first Dispatch(BLOCKING) returned");
	test_code(test, second.returned, SA_AIS_OK, "what the second returned");
}

void COM_042(struct test *test)
{
	static const int flags[] = {0, 4, 7};
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	for (size_t i = 0; i < 3; i++)
		test_code(test, com.life.dispatch(handle, (SaDispatchFlagsT)flags[i]), SA_AIS_ERR_INVALID_PARAM, "Dispatch(%d)", flags[i]);
}

void COM_043(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
		test_code(test, com.life.dispatch(handle, (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE, "Dispatch(%d) after Finalize", flags);
		for (size_t i = 0; i < sizeof never_issued / sizeof *never_issued; i++)
			test_code(test, com.life.dispatch(never_issued[i], (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE, "Dispatch(%d) of 0x%llx",
			          flags, (unsigned long long)never_issued[i]);
	}
}

/* --- Finalize --- */

void COM_044(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize");
	test_code(test, com.life.finalize(handle), SA_AIS_ERR_BAD_HANDLE, "Finalize again");
}

void COM_045(struct test *test)
{
	struct com com = com_begin(test);

	for (size_t i = 0; i < sizeof never_issued / sizeof *never_issued; i++)
		test_code(test, com.life.finalize(never_issued[i]), SA_AIS_ERR_BAD_HANDLE, "Finalize(0x%llx)", (unsigned long long)never_issued[i]);
}

void COM_046(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com), other = com_open(&com);

	com_pending(&com, handle, 3);
	test_code(test, com.life.finalize(handle), SA_AIS_OK, "Finalize with three pending");
	test_code(test, com.life.dispatch(handle, SA_DISPATCH_ALL), SA_AIS_ERR_BAD_HANDLE, "Dispatch of the finalized handle");
	test_code(test, com.life.dispatch(other, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch of another");
	com.subject->fence(test, com.library, other);
	test_equal(test, seen_count(), 0, "callbacks after Finalize");
}

static void finalize_inside(void *context)
{
	struct inside *inside = context;

	inside->returned = inside->com->life.finalize(inside->handle);
}

static void dispatch_inside(void *context)
{
	struct inside *inside = context;

	inside->returned = inside->com->life.dispatch(inside->handle, SA_DISPATCH_ONE);
}

void COM_047(struct test *test)
{
	struct com com = com_begin(test);

	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
		struct inside inside = {.com = &com, .handle = com_open(&com)};
		const size_t before = seen_count();
		com_pending(&com, inside.handle, 2);
		hook_set(finalize_inside, &inside);
		const SaAisErrorT returned = com.life.dispatch(inside.handle, (SaDispatchFlagsT)flags);
		test_code_either(test, returned, SA_AIS_OK, SA_AIS_ERR_BAD_HANDLE, "Dispatch(%d) around it", flags);
		test_code(test, inside.returned, SA_AIS_OK, "Finalize inside the callback");
		test_equal(test, seen_count(), before + 1, "callbacks");
	}
}

void COM_048(struct test *test)
{
	struct com com = com_begin(test);
	struct inside inside = {.com = &com, .handle = com_open(&com)};

	com_pending(&com, inside.handle, 2);
	hook_set(dispatch_inside, &inside);
	test_code(test, com.life.dispatch(inside.handle, SA_DISPATCH_ONE), SA_AIS_OK, "Dispatch(ONE)");
	test_code(test, inside.returned, SA_AIS_OK, "Dispatch(ONE) inside the callback");
	test_equal(test, seen_count(), 2, "callbacks");
}

/* --- asynchronous calls --- */

void COM_049(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	const SaAisErrorT returned = com.subject->ask_wrongly(test, com.library, handle, 66);

	com_ask(&com, handle, 1);
	com.subject->fence(test, com.library, handle);
	com_dispatch_until(&com, handle, returned == SA_AIS_OK ? 2 : 1);
	test_code(test, com.life.dispatch(handle, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch(ALL) once more");
	test_observe(test, "the wrong call returned %s", code_text(returned));
	test_equal(test, seen_count(), returned == SA_AIS_OK ? 2 : 1, "callbacks");
	for (size_t i = 0; i < seen.count; i++)
		test_true(test, seen.calls[i].invocation == 66 ? seen.calls[i].error != SA_AIS_OK : seen.calls[i].error == SA_AIS_OK,
		          "invocation %llu brought %s", (unsigned long long)seen.calls[i].invocation, code_text(seen.calls[i].error));
}

void COM_050(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_ask(&com, handle, 0);
	com_dispatch_until(&com, handle, 1);
	com_ask(&com, handle, 0xffffffffffffffff);
	com_dispatch_until(&com, handle, 2);
	test_true(test, seen.calls[0].invocation == 0 && seen.calls[1].invocation == 0xffffffffffffffff, "both came back bit-exact");
}

void COM_051(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T first = com_open(&com), second = com_open(&com);

	com_pending(&com, first, 3);
	test_code(test, com.life.dispatch(second, SA_DISPATCH_ALL), SA_AIS_OK, "Dispatch of the other handle");
	test_equal(test, seen_count(), 0, "callbacks through it");
	com_dispatch_until(&com, first, 3);
}

/* --- processes and threads --- */

static void child_holds_and_dies(struct test *test, void *context)
{
	struct com com = com_begin(test);
	SaUint64T handle = com_open(&com);

	com.subject->hold(test, com.library, handle);
	test_true(test, com.subject->is_held(test, com.library, handle), "the child holds an object");
	(void)context;
	fflush(stdout);
	kill(getpid(), SIGKILL);
}

void COM_052(struct test *test)
{
	if (test->subject->hold == NULL)
		test_skip(test, "%s has nothing that a process holds open", test->subject->service);
	test_equal(test, (uint64_t)process_run(test, child_holds_and_dies, NULL), 128, "the child was killed (128)");
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	while (com.subject->is_held(test, com.library, handle) && now_ns() < until)
		test_sleep(test, 0.02);
	test_true(test, !com.subject->is_held(test, com.library, handle), "the object is no longer held");
}

void COM_055(struct test *test)
{
	if (!test->subject->ask_has_input)
		test_skip(test, "%s has no asynchronous call with an input struct", test->subject->service);
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);

	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
	test_code(test, seen.calls[0].error, SA_AIS_OK, "the callback's error, the input overwritten meanwhile");
}

struct forked {
	struct com *com;
	SaUint64T handle;
};

static void child_uses_parents_handle(struct test *test, void *context)
{
	struct forked *forked = context;
	SaSelectionObjectT descriptor;

	(void)test;
	if (forked->com->life.selection_object_get(forked->handle, &descriptor) == SA_AIS_OK ||
	    forked->com->life.dispatch(forked->handle, SA_DISPATCH_ALL) == SA_AIS_OK)
		_exit(1);
	exit(0); /* with all that libraries do at exit */
}

void COM_053(struct test *test)
{
	struct com com = com_begin(test);
	struct forked forked = {.com = &com, .handle = com_open(&com)};

	com_ask(&com, forked.handle, 1);
	test_equal(test, (uint64_t)process_run(test, child_uses_parents_handle, &forked), 0, "exit status of a child that used the handle");
	com_dispatch_until(&com, forked.handle, 1);
	com_ask(&com, forked.handle, 2);
	com_dispatch_until(&com, forked.handle, 2);
}

enum { WORKERS = 16, WORKER_CALLS = 50 };

struct worker {
	struct com *com;
	SaUint64T handle;
	SaAisErrorT worst;
	pthread_t thread;
};

static void *worker_run(void *context)
{
	struct worker *worker = context;
	SaSelectionObjectT descriptor;

	worker->worst = SA_AIS_OK;
	for (int i = 0; i < WORKER_CALLS && worker->worst == SA_AIS_OK; i++) {
		worker->worst = worker->com->subject->work(worker->com->test, worker->com->library, worker->handle);
		if (worker->worst == SA_AIS_OK)
			worker->worst = worker->com->life.selection_object_get(worker->handle, &descriptor);
		if (worker->worst == SA_AIS_OK)
			worker->worst = worker->com->life.dispatch(worker->handle, SA_DISPATCH_ALL);
	}
	return NULL;
}

void COM_054(struct test *test)
{
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	struct worker workers[WORKERS];

	for (size_t i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){.com = &com, .handle = handle};
		if (pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]) != 0)
			test_fail(test, "no thread");
	}
	for (size_t i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		test_code(test, workers[i].worst, SA_AIS_OK, "worst of %d calls of thread %zu", 3 * WORKER_CALLS, i);
	}
}

void COM_056(struct test *test)
{
	enum { DESCRIPTORS_MAX = 1024 };
	static bool before[DESCRIPTORS_MAX];

	for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++)
		before[descriptor] = fcntl(descriptor, F_GETFD) >= 0;
	struct com com = com_begin(test);
	const SaUint64T handle = com_open(&com);
	com_ask(&com, handle, 1);
	com_dispatch_until(&com, handle, 1);
	for (int descriptor = 0; descriptor < DESCRIPTORS_MAX; descriptor++) {
		const int flags = fcntl(descriptor, F_GETFD);
		if (flags >= 0 && !before[descriptor])
			test_true(test, (flags & FD_CLOEXEC) != 0, "descriptor %d is closed on exec", descriptor);
	}
}

/* --- the types: compiled against --include --- */

void COM_001(struct test *test)
{
	probe_compile(test, "#include <saAis.h>\n"
	              "#define IS(name, value) _Static_assert((int)SA_AIS_##name == value, #name)\n"
	              "IS(OK, 1); IS(ERR_LIBRARY, 2); IS(ERR_VERSION, 3); IS(ERR_INIT, 4); IS(ERR_TIMEOUT, 5); IS(ERR_TRY_AGAIN, 6);\n"
	              "IS(ERR_INVALID_PARAM, 7); IS(ERR_NO_MEMORY, 8); IS(ERR_BAD_HANDLE, 9); IS(ERR_BUSY, 10); IS(ERR_ACCESS, 11);\n"
	              "IS(ERR_NOT_EXIST, 12); IS(ERR_NAME_TOO_LONG, 13); IS(ERR_EXIST, 14); IS(ERR_NO_SPACE, 15); IS(ERR_INTERRUPT, 16);\n"
	              "IS(ERR_NAME_NOT_FOUND, 17); IS(ERR_NO_RESOURCES, 18); IS(ERR_NOT_SUPPORTED, 19); IS(ERR_BAD_OPERATION, 20);\n"
	              "IS(ERR_FAILED_OPERATION, 21); IS(ERR_MESSAGE_ERROR, 22); IS(ERR_QUEUE_FULL, 23); IS(ERR_QUEUE_NOT_AVAILABLE, 24);\n"
	              "IS(ERR_BAD_FLAGS, 25); IS(ERR_TOO_BIG, 26); IS(ERR_NO_SECTIONS, 27);\n"
	              "_Static_assert(sizeof(SaAisErrorT) == 4, \"size\");\n");
}

void COM_002(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saAis.h>\n"
	              "_Static_assert(sizeof(SaNameT) == 258 && offsetof(SaNameT, value) == 2, \"name\");\n"
	              "_Static_assert(sizeof(SaVersionT) == 3, \"version\");\n");
}

void COM_003(struct test *test)
{
	probe_compile(test, "#include <stdint.h>\n#include <saAis.h>\n"
	              "_Static_assert(sizeof(SaTimeT) == 8 && (SaTimeT)-1 < 0, \"time\");\n"
	              "_Static_assert(SA_TIME_END == INT64_MAX && SA_TIME_MAX == SA_TIME_END && SA_TIME_BEGIN == 0, \"ends\");\n");
}

void COM_004(struct test *test)
{
	probe_compile(test, "#include <stdint.h>\n#include <saAis.h>\n_Static_assert((SaTimeT)SA_TIME_UNKNOWN == INT64_MIN, \"unknown\");\n");
}

void COM_005(struct test *test)
{
	probe_compile(test, "#include <saAis.h>\n"
	              "#define IS(name, value) _Static_assert(SA_TIME_ONE_##name == value, #name)\n"
	              "IS(MICROSECOND, 1000); IS(MILLISECOND, 1000000); IS(SECOND, 1000000000LL); IS(MINUTE, 60000000000LL);\n"
	              "IS(HOUR, 3600000000000LL); IS(DAY, 86400000000000LL);\n");
}

void COM_006(struct test *test)
{
	probe_compile(test, "#include <saAis.h>\n"
	              "_Static_assert(SA_DISPATCH_ONE == 1 && SA_DISPATCH_ALL == 2 && SA_DISPATCH_BLOCKING == 3, \"dispatch\");\n"
	              "_Static_assert(SA_TRACK_CURRENT == 1 && SA_TRACK_CHANGES == 2 && SA_TRACK_CHANGES_ONLY == 4, \"track\");\n");
}
