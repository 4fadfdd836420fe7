/* The programs of limits.sh: one that asks for more than it may have, those beside it that have to be served all the same, and one that comes
 * after it.
 *
 *	limits-client locks COUNT            shared locks, all of one resource
 *	limits-client opens COUNT            resources, each another
 *	limits-client handles COUNT          handles of the Timer Service
 *	limits-client pairs ACCOUNT NODE     an exclusive lock taken and released again and again, and now and then a resource opened and closed
 *	limits-client heir                   comes to the lock that the first two hold all the time, when they are gone; then all is gone that was theirs
 *	limits-client heir COUNT             comes to so many handles of the Timer Service
 *	limits-client told LIMIT             hears from its daemon that a handle may have so many locks
 *
 * The first three say their process id, "full" at the first refusal, then "granted N, refused N, first refused after N"; they keep what they have
 * until they are killed. Exit 1: an answer that is neither was given, and is named. */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "conformance/live/account.h"
#include "aisLck.h"
#include "saLck.h"
#include "saTmr.h"

enum { OUTSTANDING = 100, OPEN_EVERY = 50 };

struct greedy {
	uint64_t asked, outstanding, granted, refused, first_refused_after;
	bool broken;
};

static struct greedy greedy; /* callbacks carry no context */

static bool broken(const char *what, SaAisErrorT error, int status)
{
	printf("BROKEN: %s: code %d, status %d\n", what, (int)error, status);
	greedy.broken = true;
	return false;
}

static bool is_again(SaAisErrorT error)
{
	if (error == SA_AIS_ERR_TRY_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
	return error == SA_AIS_ERR_TRY_AGAIN;
}

static SaNameT name_of(const char *text, uint64_t number)
{
	char whole[64];
	SaNameT name = {.length = (SaUint16T)snprintf(whole, sizeof whole, "%s-%" PRIu64, text, number)};

	memcpy(name.value, whole, name.length);
	return name;
}

/* --- asking for more --- */

/* Refused for now: it is asked again. */
static void decided(bool granted, bool refused, const char *what, SaAisErrorT error, int status)
{
	greedy.outstanding--;
	if (granted) {
		greedy.granted++;
	} else if (refused) {
		if (greedy.refused++ == 0) {
			greedy.first_refused_after = greedy.granted;
			printf("full\n");
			fflush(stdout);
		}
	} else if (error == SA_AIS_ERR_TRY_AGAIN) {
		greedy.asked--;
	} else {
		broken(what, error, status);
	}
}

static void on_opened(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	(void)invocation;
	(void)resource;
	decided(error == SA_AIS_OK, error == SA_AIS_ERR_NO_RESOURCES, "open", error, 0);
}

static void on_granted(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	(void)invocation;
	decided(error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED, error == SA_AIS_OK && status == SA_LCK_LOCK_NO_MORE, "lock", error, (int)status);
}

static SaAisErrorT lock_ask(SaLckHandleT handle, SaLckResourceHandleT resource)
{
	SaLckLockIdT id; /* events name it by the invocation */

	(void)handle;
	return saLckResourceLockAsync(resource, greedy.asked, &id, SA_LCK_PR_LOCK_MODE, 0, 0);
}

static SaAisErrorT open_ask(SaLckHandleT handle, SaLckResourceHandleT resource)
{
	const SaNameT name = name_of("greedy", greedy.asked + 1);

	(void)resource;
	return saLckResourceOpenAsync(handle, greedy.asked, &name, SA_LCK_RESOURCE_CREATE);
}

static bool ask_and_hear(SaLckHandleT handle, SaSelectionObjectT ready, SaLckResourceHandleT resource, uint64_t count,
                         SaAisErrorT (*ask)(SaLckHandleT, SaLckResourceHandleT))
{
	while (greedy.asked < count && greedy.outstanding < OUTSTANDING) {
		const SaAisErrorT error = ask(handle, resource);
		if (is_again(error))
			break;
		if (error != SA_AIS_OK)
			return broken("ask", error, 0);
		greedy.asked++;
		greedy.outstanding++;
	}
	if (greedy.outstanding > 0)
		poll(&(struct pollfd){.fd = (int)ready, .events = POLLIN}, 1, -1);
	const SaAisErrorT error = saLckDispatch(handle, SA_DISPATCH_ALL);
	return error == SA_AIS_OK || broken("dispatch", error, 0);
}

static bool lck_open(const SaLckCallbacksT *callbacks, SaLckHandleT *handle, const SaNameT *name, SaLckResourceHandleT *resource)
{
	SaVersionT version = {'B', 1, 1};
	SaAisErrorT error;

	while (is_again(error = saLckInitialize(handle, callbacks, &version)))
		continue;
	if (error != SA_AIS_OK)
		return broken("initialize", error, 0);
	while (is_again(error = saLckResourceOpen(*handle, name, SA_LCK_RESOURCE_CREATE, SA_TIME_ONE_HOUR, resource)))
		continue;
	return error == SA_AIS_OK || broken("open", error, 0);
}

static bool lock_take(SaLckResourceHandleT resource, SaLckLockModeT mode, SaLckLockIdT *id)
{
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;
	SaAisErrorT error;

	while (is_again(error = saLckResourceLock(resource, id, mode, 0, 0, SA_TIME_ONE_HOUR, &status)))
		continue;
	return (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED) || broken("lock", error, (int)status);
}

/* Its first open, and the first lock of that, are the heir's to wait for; they count. */
static bool run_greedy(uint64_t count, SaAisErrorT (*ask)(SaLckHandleT, SaLckResourceHandleT))
{
	const SaLckCallbacksT callbacks = {.saLckResourceOpenCallback = on_opened, .saLckLockGrantCallback = on_granted};
	const SaNameT name = name_of("greedy", 0);
	SaLckResourceHandleT resource;
	SaSelectionObjectT ready;
	SaLckHandleT handle;
	SaLckLockIdT id;

	if (!lck_open(&callbacks, &handle, &name, &resource) || !lock_take(resource, SA_LCK_PR_LOCK_MODE, &id))
		return false;
	greedy.asked = greedy.granted = 1;
	const SaAisErrorT error = saLckSelectionObjectGet(handle, &ready);
	if (error != SA_AIS_OK)
		return broken("selection object", error, 0);
	while (!greedy.broken && (greedy.asked < count || greedy.outstanding > 0))
		if (!ask_and_hear(handle, ready, resource, count, ask))
			return false;
	return !greedy.broken;
}

/* A handle takes several. */
static void files_raise(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* It stays until this process ends. */
static SaAisErrorT handle_take(void)
{
	SaVersionT version = {'A', 1, 1};
	SaTmrHandleT handle;

	return saTmrInitialize(&handle, NULL, &version);
}

static bool run_handles(uint64_t count)
{
	files_raise();
	while (greedy.asked < count && !greedy.broken) {
		const SaAisErrorT error = handle_take();

		if (is_again(error))
			continue;
		greedy.asked++;
		greedy.outstanding++;
		decided(error == SA_AIS_OK, error == SA_AIS_ERR_NO_RESOURCES, "initialize", error, 0);
	}
	return !greedy.broken;
}

static int told(bool done)
{
	printf("granted %" PRIu64 ", refused %" PRIu64 ", first refused after %" PRIu64 "\n", greedy.granted, greedy.refused, greedy.first_refused_after);
	fflush(stdout);
	while (done)
		pause();
	return 1;
}

/* --- beside it --- */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool pair(SaLckResourceHandleT resource)
{
	SaLckLockIdT id;
	SaAisErrorT error;

	if (!lock_take(resource, SA_LCK_EX_LOCK_MODE, &id))
		return false;
	while (is_again(error = saLckResourceUnlock(id, SA_TIME_ONE_HOUR)))
		continue;
	return error == SA_AIS_OK || broken("unlock", error, 0);
}

static bool open_and_close(SaLckHandleT handle, unsigned node)
{
	const SaNameT name = name_of("beside-too", node);
	SaLckResourceHandleT resource;
	SaAisErrorT error;

	while (is_again(error = saLckResourceOpen(handle, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_ONE_HOUR, &resource)))
		continue;
	if (error != SA_AIS_OK)
		return broken("open beside it", error, 0);
	error = saLckResourceClose(resource);
	return error == SA_AIS_OK || broken("close", error, 0);
}

/* How long the longest pair took is told for people; nothing depends on it. */
static int run_pairs(const char *path, unsigned node)
{
	struct account *account = account_map(path);
	const SaNameT name = name_of("beside", node);
	SaLckResourceHandleT resource;
	uint64_t pairs = 0;
	int64_t longest_ns = 0;
	SaLckHandleT handle;

	if (account == NULL || !lck_open(NULL, &handle, &name, &resource))
		return 1;
	while (!atomic_load(&account->ended)) {
		const int64_t begin_ns = now_ns();
		if (!pair(resource))
			return 1;
		const int64_t took_ns = now_ns() - begin_ns;
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
		account_add(account, node, ACCOUNT_ACKED);
		if (pairs++ % OPEN_EVERY == 0 && !open_and_close(handle, node))
			return 1;
		account_add(account, node, ACCOUNT_READ);
	}
	printf("%" PRIu64 " pairs, the longest took %" PRId64 " ms\n", pairs, longest_ns / 1000000);
	return saLckFinalize(handle) == SA_AIS_OK ? 0 : 1;
}

static int run_heir(void)
{
	const SaNameT name = name_of("greedy", 0);
	SaLckResourceHandleT resource;
	SaLckHandleT handle;
	SaLckLockIdT id;

	return lck_open(NULL, &handle, &name, &resource) && lock_take(resource, SA_LCK_EX_LOCK_MODE, &id) && saLckFinalize(handle) == SA_AIS_OK ? 0 : 1;
}

/* Those of the dead may be there for a moment yet. */
static int run_heir_of_handles(uint64_t count)
{
	files_raise();
	while (count > 0) {
		const SaAisErrorT error = handle_take();

		if (error == SA_AIS_OK)
			count--;
		else if (!is_again(error == SA_AIS_ERR_NO_RESOURCES ? SA_AIS_ERR_TRY_AGAIN : error))
			return !broken("initialize", error, 0);
	}
	return 0;
}

static int run_told(uint64_t limit)
{
	AisLckLimitValueT value = {.uint64Value = 0};
	SaVersionT version = {'B', 1, 1};
	SaLckHandleT handle;
	SaAisErrorT error;

	while (is_again(error = saLckInitialize(&handle, NULL, &version)))
		continue;
	if (error == SA_AIS_OK)
		error = saLckLimitGet(handle, SA_LCK_MAX_NUM_LOCKS_ID, &value);
	if (error != SA_AIS_OK)
		return !broken("limit", error, 0);
	if (value.uint64Value == limit)
		return 0;
	printf("a handle may have %" PRIu64 " locks, it is told; expected %" PRIu64 "\n", (uint64_t)value.uint64Value, limit);
	return 1;
}

static bool asks_for_more(const char *what, uint64_t count)
{
	printf("%d\n", (int)getpid());
	fflush(stdout);
	if (strcmp(what, "locks") == 0)
		return run_greedy(count, lock_ask);
	return strcmp(what, "opens") == 0 ? run_greedy(count, open_ask) : run_handles(count);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (strcmp(what, "locks") == 0 || strcmp(what, "opens") == 0 || strcmp(what, "handles") == 0)
		return told(asks_for_more(what, count));
	if (strcmp(what, "pairs") == 0 && argc == 4)
		return run_pairs(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
	if (strcmp(what, "heir") == 0)
		return argc > 2 ? run_heir_of_handles(count) : run_heir();
	if (strcmp(what, "told") == 0)
		return run_told(count);
	fprintf(stderr, "limits-client: see conformance/live/limits.sh\n");
	return 2;
}
