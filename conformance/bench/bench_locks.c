/* Locks beyond the closed loop of bench-load, run inside a node; ais-bench starts what it needs around it. Prints one JSON object.
 *
 *	bench-locks ipc                            a call of libSaLck that the daemon answers from what it knows
 *	bench-locks outstanding COUNT SECONDS      one client with so many requests under way, each its own resource: asynchronous pairs
 *	bench-locks contend KIND TARGET NAME SECONDS      grants that this client gets of a lock that clients of other nodes want, too
 *	bench-locks held COUNT exclusive|shared    pairs while this client holds none, then so many locks: exclusive ones, each its own resource, or
 *	                                           shared ones, a hundred a resource
 *	bench-locks hold KIND TARGET NAME SESSION-MS      takes the lock, says so as below, holds it until its input ends
 *	bench-locks wait KIND TARGET NAME SESSION-MS      says that it waits, then the wall clock at the grant, in ms, and its process id
 *
 * KIND and TARGET are those of lock.h.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aisLck.h"
#include "conformance/bench/lock.h"
#include "conformance/bench/samples.h"

enum { IPC_SAMPLES = 5000, PAIR_SAMPLES = 2000, WARM_UP_MS = 300, SHARED_PER_RESOURCE = 100, FILL_S = 120 };

struct slot {
	SaLckResourceHandleT resource;
	SaLckLockIdT lock;
};

struct locks {
	SaLckHandleT handle;
	SaSelectionObjectT ready;
	struct slot *slots;
	uint64_t pairs;
	bool keeps; /* what was granted is not let go: `held` grows instead */
	uint64_t held;
	SaAisErrorT error;
};

static struct locks locks = {.error = SA_AIS_OK}; /* callbacks carry no context */

static int64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

static void slot_lock(size_t slot)
{
	const SaAisErrorT error = saLckResourceLockAsync(locks.slots[slot].resource, slot, &locks.slots[slot].lock, SA_LCK_EX_LOCK_MODE, 0, 0);

	if (error != SA_AIS_OK)
		locks.error = error;
}

static void on_granted(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	if (locks.keeps)
		locks.held += error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED;
	else if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		error = saLckResourceUnlockAsync(invocation, locks.slots[invocation].lock);
	if (error != SA_AIS_OK)
		locks.error = error;
}

static void on_unlocked(SaInvocationT invocation, SaAisErrorT error)
{
	locks.pairs++;
	if (error != SA_AIS_OK)
		locks.error = error;
	slot_lock((size_t)invocation);
}

static bool complain(const char *what, SaAisErrorT error)
{
	fprintf(stderr, "bench-locks: %s: code %d\n", what, error);
	return false;
}

static bool locks_open(void)
{
	const SaLckCallbacksT callbacks = {.saLckLockGrantCallback = on_granted, .saLckResourceUnlockCallback = on_unlocked};
	SaVersionT version = {'B', 1, 1};
	SaAisErrorT error = saLckInitialize(&locks.handle, &callbacks, &version);

	if (error == SA_AIS_OK)
		error = saLckSelectionObjectGet(locks.handle, &locks.ready);
	return error == SA_AIS_OK || complain("initialize", error);
}

static bool resource_open(const char *text, SaLckResourceHandleT *resource)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	const SaAisErrorT error = saLckResourceOpen(locks.handle, &name, SA_LCK_RESOURCE_CREATE, 10 * SA_TIME_ONE_SECOND, resource);
	return error == SA_AIS_OK || complain("open", error);
}

static bool lock_take(SaLckResourceHandleT resource, SaLckLockIdT *lock)
{
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;
	const SaAisErrorT error = saLckResourceLock(resource, lock, SA_LCK_EX_LOCK_MODE, 0, 0, SA_TIME_ONE_HOUR, &status);

	return (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED) || complain("lock", error == SA_AIS_OK ? (SaAisErrorT)status : error);
}

static double median_us(int64_t *ns, size_t count)
{
	struct samples samples = {.ns = ns, .count = count, .capacity = count};

	samples_sort(&samples);
	return samples_percentile_us(&samples, 50);
}

static int run_ipc(void)
{
	static int64_t samples[IPC_SAMPLES];

	for (size_t i = 0; i < IPC_SAMPLES; i++) {
		const int64_t begin = now_ns();
		if (aisLckLostCallbackSet(locks.handle, NULL) != SA_AIS_OK)
			return 1;
		samples[i] = now_ns() - begin;
	}
	printf("{\"ipc_p50_us\": %.1f}\n", median_us(samples, IPC_SAMPLES));
	return 0;
}

static bool slots_open(size_t count, const char *prefix)
{
	locks.slots = calloc(count, sizeof *locks.slots);
	for (size_t i = 0; locks.slots != NULL && i < count; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s-%zu", prefix, i);
		if (!resource_open(name, &locks.slots[i].resource))
			return false;
	}
	return locks.slots != NULL;
}

static bool dispatch_until(int64_t end_ns)
{
	while (now_ns() < end_ns && locks.error == SA_AIS_OK) {
		poll(&(struct pollfd){.fd = (int)locks.ready, .events = POLLIN}, 1, 10);
		locks.error = locks.error == SA_AIS_OK ? saLckDispatch(locks.handle, SA_DISPATCH_ALL) : locks.error;
	}
	return locks.error == SA_AIS_OK || complain("asynchronous", locks.error);
}

static int run_outstanding(size_t count, double seconds)
{
	if (!slots_open(count, "outstanding"))
		return 1;
	for (size_t i = 0; i < count; i++)
		slot_lock(i);
	if (!dispatch_until(now_ns() + WARM_UP_MS * INT64_C(1000000)))
		return 1;
	const uint64_t before = locks.pairs;
	const int64_t begin = now_ns();
	if (!dispatch_until(begin + (int64_t)(seconds * 1e9)))
		return 1;
	printf("{\"outstanding\": %zu, \"per_s\": %.0f}\n", count, (double)(locks.pairs - before) / ((double)(now_ns() - begin) / 1e9));
	return 0;
}

static bool other_take(const struct lock_kind *kind, void *lock)
{
	enum lock_result taken;

	while ((taken = kind->take(lock)) == LOCK_AGAIN)
		usleep(1000);
	return taken == LOCK_OK;
}

static int run_contend(const struct lock_kind *kind, const char *target, const char *name, double seconds)
{
	void *lock = kind->open(target, name, LOCK_SESSION_MS);
	uint64_t grants = 0;

	if (lock == NULL)
		return 1;
	const int64_t begin = now_ns() + WARM_UP_MS * INT64_C(1000000), end = begin + (int64_t)(seconds * 1e9);
	for (int64_t now; (now = now_ns()) < end;) {
		if (!other_take(kind, lock) || !kind->release(lock))
			return 1;
		grants += now >= begin;
	}
	kind->close(lock);
	printf("{\"grants\": %" PRIu64 "}\n", grants);
	return 0;
}

static double pairs_us(SaLckResourceHandleT resource)
{
	static int64_t samples[PAIR_SAMPLES];
	SaLckLockIdT lock;

	for (size_t i = 0; i < PAIR_SAMPLES; i++) {
		const int64_t begin = now_ns();
		if (!lock_take(resource, &lock) || saLckResourceUnlock(lock, 10 * SA_TIME_ONE_SECOND) != SA_AIS_OK)
			return -1;
		samples[i] = now_ns() - begin;
	}
	return median_us(samples, PAIR_SAMPLES);
}

static long resident_kb(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kb = 0;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kb;
}

/* A thousand requests under way at most: more would be this client's own backlog. */
static bool many_take(size_t count, size_t per_resource, SaLckLockModeT mode)
{
	const int64_t end_ns = now_ns() + FILL_S * INT64_C(1000000000);
	SaLckLockIdT lock;

	locks.keeps = true;
	for (size_t asked = 0; locks.held < count && now_ns() < end_ns && locks.error == SA_AIS_OK;) {
		for (; asked < count && asked < locks.held + 1000; asked++)
			if (saLckResourceLockAsync(locks.slots[asked / per_resource].resource, asked, &lock, mode, 0, 0) != SA_AIS_OK)
				return complain("lock", SA_AIS_ERR_TRY_AGAIN);
		poll(&(struct pollfd){.fd = (int)locks.ready, .events = POLLIN}, 1, 100);
		if (saLckDispatch(locks.handle, SA_DISPATCH_ALL) != SA_AIS_OK)
			return complain("dispatch", SA_AIS_ERR_LIBRARY);
	}
	return locks.held == count || complain("held", SA_AIS_ERR_TIMEOUT);
}

/* Waits for its input at the end, so that the daemon's memory can be looked at. */
static int run_held(size_t count, bool shared)
{
	const size_t per_resource = shared ? SHARED_PER_RESOURCE : 1;
	SaLckResourceHandleT resource;
	char byte;

	if (!resource_open("held-pair", &resource))
		return 1;
	const double before_us = pairs_us(resource);
	const long before_kb = resident_kb();
	const int64_t begin = now_ns();
	if (!slots_open(count / per_resource + 1, "held") || !many_take(count, per_resource, shared ? SA_LCK_PR_LOCK_MODE : SA_LCK_EX_LOCK_MODE))
		return 1;
	const double filled_s = (double)(now_ns() - begin) / 1e9;
	const double after_us = pairs_us(resource);
	printf("{\"held\": %zu, \"pair_none_us\": %.1f, \"pair_held_us\": %.1f, \"filled_s\": %.1f, \"client_kb\": %ld}\n", count, before_us, after_us,
	       filled_s, resident_kb() - before_kb);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
	return before_us < 0 || after_us < 0;
}

/* Until the input ends, the session kept alive. */
static bool hold(const struct lock_kind *kind, void *lock, unsigned session_ms)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte;

	for (;;) {
		const int ready = poll(&input, 1, kind->keep == NULL ? -1 : (int)session_ms / 3);
		if (ready == 0 && !kind->keep(lock))
			return false;
		if (ready > 0 && read(STDIN_FILENO, &byte, 1) <= 0)
			return true;
	}
}

static int run_one(const struct lock_kind *kind, const char *target, const char *name, unsigned session_ms, bool waits)
{
	void *lock = kind->open(target, name, waits ? LOCK_SESSION_MS : session_ms);

	if (lock == NULL)
		return 1;
	if (waits)
		fprintf(stderr, "waits\n");
	if (!other_take(kind, lock))
		return 1;
	printf("%" PRId64 " %d\n", clock_ns(CLOCK_REALTIME) / 1000000, (int)getpid());
	fflush(stdout);
	return waits ? !kind->release(lock) : !hold(kind, lock, session_ms);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (strcmp(word, "ipc") == 0 && argc == 2)
		return locks_open() ? run_ipc() : 1;
	if (strcmp(word, "outstanding") == 0 && argc == 4 && atol(argv[2]) > 0 && atof(argv[3]) > 0)
		return locks_open() ? run_outstanding((size_t)atol(argv[2]), atof(argv[3])) : 1;
	if (strcmp(word, "held") == 0 && argc == 4 && atol(argv[2]) > 0 && (strcmp(argv[3], "shared") == 0 || strcmp(argv[3], "exclusive") == 0))
		return locks_open() ? run_held((size_t)atol(argv[2]), strcmp(argv[3], "shared") == 0) : 1;
	const struct lock_kind *kind = argc == 6 ? lock_kind_find(argv[2]) : NULL;
	if (strcmp(word, "contend") == 0 && kind != NULL && atof(argv[5]) > 0)
		return run_contend(kind, argv[3], argv[4], atof(argv[5]));
	if ((strcmp(word, "hold") == 0 || strcmp(word, "wait") == 0) && kind != NULL && atol(argv[5]) > 0)
		return run_one(kind, argv[3], argv[4], (unsigned)atol(argv[5]), word[0] == 'w');
	fputs("usage: bench-locks ipc | outstanding COUNT SECONDS | held COUNT exclusive|shared\n"
	      "       bench-locks contend KIND TARGET NAME SECONDS | hold|wait KIND TARGET NAME SESSION-MS\n", stderr);
	return 2;
}
