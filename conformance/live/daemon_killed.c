/* Programs that wait for a daemon which is killed, for killed.sh; run inside a node (CASE-111). For each library a thread sleeps in poll() on
 * the selection object, without end, and another in Dispatch BLOCKING. Says "waiting" once all of them sleep and reads its input; at its end
 * the daemon is dead, and every thread has to come back by itself: nothing here wakes them. Then it asks once more on each handle.
 *
 * No limit of time: killed.sh has the patience. Last line: `all woken`, or what was BROKEN. */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "saCkpt.h"
#include "saClm.h"
#include "saLck.h"
#include "saTmr.h"

/* Handles of all libraries are SaUint64T. */
struct library {
	const char *name;
	SaVersionT version;
	SaAisErrorT (*initialize)(SaUint64T *handle, SaVersionT *version);
	SaAisErrorT (*selection_object_get)(SaUint64T handle, SaSelectionObjectT *object);
	SaAisErrorT (*dispatch)(SaUint64T handle, SaDispatchFlagsT flags);
	SaAisErrorT (*finalize)(SaUint64T handle);
	SaAisErrorT (*ask)(SaUint64T handle); /* any call */
};

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	(void)buffer, (void)members, (void)error;
}

static SaAisErrorT clm_initialize(SaUint64T *handle, SaVersionT *version)
{
	return saClmInitialize(handle, &(SaClmCallbacksT){.saClmClusterTrackCallback = on_track}, version);
}

static SaAisErrorT clm_ask(SaUint64T handle)
{
	SaClmClusterNodeT node;

	return saClmClusterNodeGet(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_HOUR, &node);
}

static SaAisErrorT ckpt_initialize(SaUint64T *handle, SaVersionT *version) { return saCkptInitialize(handle, NULL, version); }

static SaAisErrorT ckpt_ask(SaUint64T handle)
{
	return saCkptCheckpointUnlink(handle, &(SaNameT){.length = 7, .value = "nothing"});
}

static SaAisErrorT lck_initialize(SaUint64T *handle, SaVersionT *version) { return saLckInitialize(handle, NULL, version); }

static SaAisErrorT lck_ask(SaUint64T handle)
{
	SaLckResourceHandleT resource;

	return saLckResourceOpen(handle, &(SaNameT){.length = 7, .value = "nothing"}, 0, SA_TIME_ONE_HOUR, &resource);
}

static SaAisErrorT tmr_initialize(SaUint64T *handle, SaVersionT *version) { return saTmrInitialize(handle, NULL, version); }

static SaAisErrorT tmr_ask(SaUint64T handle)
{
	SaTmrTimerAttributesT attributes = {.type = SA_TIME_DURATION, .initialExpirationTime = SA_TIME_ONE_HOUR};
	SaTmrTimerIdT timer;
	SaTimeT now;

	return saTmrTimerStart(handle, &attributes, NULL, &timer, &now);
}

static const struct library libraries[] = {
	{"libSaClm", {'B', 1, 1}, clm_initialize, saClmSelectionObjectGet, saClmDispatch, saClmFinalize, clm_ask},
	{"libSaCkpt", {'B', 1, 1}, ckpt_initialize, saCkptSelectionObjectGet, saCkptDispatch, saCkptFinalize, ckpt_ask},
	{"libSaLck", {'B', 1, 1}, lck_initialize, saLckSelectionObjectGet, saLckDispatch, saLckFinalize, lck_ask},
	{"libSaTmr", {'A', 1, 1}, tmr_initialize, saTmrSelectionObjectGet, saTmrDispatch, saTmrFinalize, tmr_ask},
};

enum { LIBRARY_COUNT = sizeof libraries / sizeof libraries[0] };

struct waiter {
	const struct library *library;
	SaUint64T polled, blocking; /* two handles */
	SaSelectionObjectT object;
	atomic_int poller_id, dispatcher_id; /* of the threads; 0: not there yet */
	pthread_t poller, dispatcher;
	int ready;
	SaAisErrorT dispatched;
};

static unsigned broken;

static void check(const struct library *library, const char *what, bool good, int got)
{
	if (good)
		return;
	printf("BROKEN %s: %s: %d\n", library->name, what, got);
	broken++;
}

static void *poller_run(void *data)
{
	struct waiter *waiter = data;
	struct pollfd ready = {.fd = (int)waiter->object, .events = POLLIN};

	atomic_store(&waiter->poller_id, (int)syscall(SYS_gettid));
	waiter->ready = poll(&ready, 1, -1);
	return NULL;
}

static void *dispatcher_run(void *data)
{
	struct waiter *waiter = data;

	atomic_store(&waiter->dispatcher_id, (int)syscall(SYS_gettid));
	waiter->dispatched = waiter->library->dispatch(waiter->blocking, SA_DISPATCH_BLOCKING);
	return NULL;
}

static bool sleeps(int thread)
{
	char path[64], state = 'R';
	FILE *stat;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
	if ((stat = fopen(path, "re")) == NULL)
		return false;
	const bool read = fscanf(stat, "%*d (%*[^)]) %c", &state) == 1;
	fclose(stat);
	return read && state == 'S';
}

static bool waiter_start(struct waiter *waiter, const struct library *library)
{
	SaVersionT version = library->version, other = library->version;

	waiter->library = library;
	return library->initialize(&waiter->polled, &version) == SA_AIS_OK && library->initialize(&waiter->blocking, &other) == SA_AIS_OK &&
	       library->selection_object_get(waiter->polled, &waiter->object) == SA_AIS_OK &&
	       pthread_create(&waiter->poller, NULL, poller_run, waiter) == 0 && pthread_create(&waiter->dispatcher, NULL, dispatcher_run, waiter) == 0;
}

static void waiter_sleep_await(struct waiter *waiter)
{
	while (atomic_load(&waiter->poller_id) == 0 || atomic_load(&waiter->dispatcher_id) == 0 || !sleeps(waiter->poller_id) ||
	       !sleeps(waiter->dispatcher_id))
		sched_yield();
}

/* The daemon is dead: who slept is back, and whatever is asked is told so. */
static void waiter_judge(struct waiter *waiter)
{
	const struct library *library = waiter->library;
	struct pollfd ready = {.fd = (int)waiter->object, .events = POLLIN};
	SaAisErrorT error;

	pthread_join(waiter->poller, NULL);
	pthread_join(waiter->dispatcher, NULL);
	check(library, "who slept in poll()", waiter->ready == 1, waiter->ready);
	check(library, "Dispatch BLOCKING", waiter->dispatched == SA_AIS_ERR_LIBRARY, (int)waiter->dispatched);
	for (int round = 0; round < 2; round++) {
		check(library, "the descriptor is not readable", poll(&ready, 1, 0) == 1 && (ready.revents & (POLLIN | POLLHUP)) != 0, ready.revents);
		for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
			error = library->dispatch(waiter->polled, (SaDispatchFlagsT)flags);
			check(library, "Dispatch", error == SA_AIS_ERR_LIBRARY, (int)error);
		}
	}
	error = library->ask(waiter->polled);
	check(library, "a call", error == SA_AIS_ERR_LIBRARY, (int)error);
	error = library->finalize(waiter->polled);
	check(library, "Finalize", error == SA_AIS_OK || error == SA_AIS_ERR_LIBRARY, (int)error);
	error = library->finalize(waiter->blocking);
	check(library, "Finalize of the other", error == SA_AIS_OK || error == SA_AIS_ERR_LIBRARY, (int)error);
}

int main(void)
{
	static struct waiter waiters[LIBRARY_COUNT];

	for (size_t i = 0; i < LIBRARY_COUNT; i++)
		if (!waiter_start(&waiters[i], &libraries[i])) {
			printf("BROKEN %s: no handle\n", libraries[i].name);
			return 1;
		}
	for (size_t i = 0; i < LIBRARY_COUNT; i++)
		waiter_sleep_await(&waiters[i]);
	puts("waiting");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (size_t i = 0; i < LIBRARY_COUNT; i++)
		waiter_judge(&waiters[i]);
	if (broken == 0)
		puts("all woken");
	return broken != 0;
}
