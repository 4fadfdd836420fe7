/* Programs that compete for a few exclusive locks on one node, through libSaLck and libSaClm alone. Each is a process; it tells the recorder what
 * it believes, writes there under its lock's token, and now and then kills itself with the lock in its hand. Not here: judging
 * (lck_recorder.c), faults of nodes and networks (lck.sh).
 *
 *	lck-competitor run SOCKET NODE CLIENTS RESOURCES SEED   until the recorder says that it is over; who has killed itself is started again
 *	lck-competitor absent RESOURCES                         exit 0: none of the resources exists any more; SA_AIS_ERR_NOT_EXIST says so */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aisLck.h"
#include "conformance/live/recorder.h"
#include "saClm.h"

enum { RETRY_MS = 20, LOCK_TIMEOUT_MAX_MS = 1000, UNLOCK_TIMEOUT_MS = 2000, KILLED_ONE_IN = 100, LONG_ONE_IN = 30,
       LONG_WRITES = 60, LONG_PAUSE_MS = 50 };

struct competitor {
	int recorder;
	uint32_t node, client, resource_count;
	uint64_t random;
	bool over;
	SaLckHandleT lck;
	SaClmHandleT clm;
	SaSelectionObjectT lck_events, clm_events;
	SaLckResourceHandleT resources[RECORDER_RESOURCES_MAX]; /* 0: not open */
	uint32_t resource; /* the one at hand */
	SaLckLockIdT lock;
	AisLckTokenT token;
};

/* Callbacks carry no context. */
static struct {
	SaInvocationT asked; /* of the request at hand: one that was withdrawn has its callback, too, maybe much later */
	bool granted, lost;
	SaLckLockIdT lost_lock;
	SaAisErrorT error;
	SaLckLockStatusT status;
	uint64_t view;
} seen;

static void on_granted(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	if (invocation != seen.asked)
		return;
	seen.granted = true;
	seen.status = status;
	seen.error = error;
}

static void on_lost(SaLckLockIdT lock, SaLckResourceHandleT resource)
{
	(void)resource;
	seen.lost = true;
	seen.lost_lock = lock;
}

static void on_view(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	(void)members;
	if (error == SA_AIS_OK && buffer != NULL)
		seen.view = buffer->viewNumber;
}

static void pause_ms(unsigned ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static uint32_t draw(struct competitor *competitor, uint32_t below)
{
	competitor->random ^= competitor->random << 13;
	competitor->random ^= competitor->random >> 7;
	competitor->random ^= competitor->random << 17;
	return (uint32_t)((competitor->random >> 32) * below >> 32);
}

static struct recorder_answer tell(struct competitor *competitor, enum recorder_kind kind, SaAisErrorT error, uint64_t view)
{
	const struct recorder_answer answer = recorder_tell(competitor->recorder, &(struct recorder_request){
		.kind = kind, .node = competitor->node, .client = competitor->client, .resource = competitor->resource, .error = error, .view = view,
		.token = {competitor->token.lineage, competitor->token.representative, competitor->token.grant},
	});

	competitor->over |= answer.over;
	return answer;
}

/* --- the handles --- */

static void handles_close(struct competitor *competitor)
{
	if (competitor->lck != 0)
		saLckFinalize(competitor->lck);
	if (competitor->clm != 0)
		saClmFinalize(competitor->clm);
	competitor->lck = competitor->clm = 0;
	memset(competitor->resources, 0, sizeof competitor->resources);
}

static bool handles_open(struct competitor *competitor)
{
	const SaLckCallbacksT lck_callbacks = {.saLckLockGrantCallback = on_granted};
	const SaClmCallbacksT clm_callbacks = {.saClmClusterTrackCallback = on_view};
	SaVersionT version = {'B', 1, 1}, clm_version = {'B', 1, 1};

	memset(&seen, 0, sizeof seen);
	return saLckInitialize(&competitor->lck, &lck_callbacks, &version) == SA_AIS_OK &&
	       saLckSelectionObjectGet(competitor->lck, &competitor->lck_events) == SA_AIS_OK &&
	       aisLckLostCallbackSet(competitor->lck, on_lost) == SA_AIS_OK &&
	       saClmInitialize(&competitor->clm, &clm_callbacks, &clm_version) == SA_AIS_OK &&
	       saClmSelectionObjectGet(competitor->clm, &competitor->clm_events) == SA_AIS_OK &&
	       saClmClusterTrack(competitor->clm, SA_TRACK_CURRENT | SA_TRACK_CHANGES, NULL) == SA_AIS_OK;
}

static SaAisErrorT resource_open(struct competitor *competitor)
{
	SaLckResourceHandleT *handle = &competitor->resources[competitor->resource];
	SaNameT name;

	if (*handle != 0)
		return SA_AIS_OK;
	name.length = (SaUint16T)snprintf((char *)name.value, sizeof name.value, "live-%" PRIu32, competitor->resource);
	return saLckResourceOpen(competitor->lck, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_ONE_SECOND, handle);
}

/* --- while it holds --- */

enum belief { BELIEVES, TOLD_LOST, DAEMON_GONE };

/* Takes what the daemon has to say, for at most so long. A view that came is gone into only when all that it took from us must have been told:
 * the daemon tells before it answers a later call. */
static enum belief listen(struct competitor *competitor, unsigned most_ms)
{
	struct pollfd ready[] = {{.fd = (int)competitor->lck_events, .events = POLLIN}, {.fd = (int)competitor->clm_events, .events = POLLIN}};
	const uint64_t view = seen.view;

	poll(ready, 2, (int)most_ms);
	if (saClmDispatch(competitor->clm, SA_DISPATCH_ALL) != SA_AIS_OK || aisLckLostCallbackSet(competitor->lck, on_lost) != SA_AIS_OK ||
	    saLckDispatch(competitor->lck, SA_DISPATCH_ALL) != SA_AIS_OK)
		return DAEMON_GONE;
	if (seen.lost && seen.lost_lock == competitor->lock)
		return TOLD_LOST;
	if (seen.view != view)
		tell(competitor, RECORDER_STILL, SA_AIS_OK, seen.view);
	return BELIEVES;
}

static enum belief write_some(struct competitor *competitor)
{
	enum belief belief = BELIEVES;
	const bool is_long = draw(competitor, LONG_ONE_IN) == 0; /* long enough to see its node cut off */

	for (uint32_t writes = is_long ? LONG_WRITES : 1 + draw(competitor, 3); writes > 0 && belief == BELIEVES && !competitor->over; writes--) {
		tell(competitor, RECORDER_BEGIN, SA_AIS_OK, 0);
		belief = listen(competitor, is_long ? LONG_PAUSE_MS : draw(competitor, 3));
		tell(competitor, RECORDER_END, SA_AIS_OK, 0);
	}
	return belief;
}

/* False: the daemon is gone. */
static bool unlock(struct competitor *competitor)
{
	const bool superseded = tell(competitor, RECORDER_RELEASE, SA_AIS_OK, 0).superseded;
	SaAisErrorT error;

	while ((error = saLckResourceUnlock(competitor->lock, UNLOCK_TIMEOUT_MS * SA_TIME_ONE_MILLISECOND)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	tell(competitor, RECORDER_UNLOCKED, error, superseded);
	if (error == SA_AIS_ERR_NOT_EXIST || error == SA_AIS_ERR_BAD_HANDLE)
		competitor->resources[competitor->resource] = 0;
	return error != SA_AIS_ERR_LIBRARY;
}

/* With the lock granted; false: the daemon is gone. */
static bool hold(struct competitor *competitor)
{
	if (aisLckLockTokenGet(competitor->lock, &competitor->token) != SA_AIS_OK)
		return true; /* lost already, by the dispatch that granted it */
	tell(competitor, RECORDER_HOLD, SA_AIS_OK, 0);
	if (draw(competitor, KILLED_ONE_IN) == 0)
		raise(SIGKILL);
	switch (write_some(competitor)) {
	case BELIEVES: return unlock(competitor);
	case TOLD_LOST:
		tell(competitor, RECORDER_LOST, SA_AIS_OK, 0);
		competitor->resources[competitor->resource] = 0;
		return true;
	case DAEMON_GONE: break;
	}
	tell(competitor, RECORDER_GONE, SA_AIS_OK, 0);
	return false;
}

/* --- asking --- */

static bool grant_await(struct competitor *competitor, unsigned most_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const int64_t end_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 + most_ms;
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		const int64_t left_ms = end_ms - (now.tv_sec * 1000 + now.tv_nsec / 1000000);
		if (seen.granted || left_ms <= 0)
			return true;
		if (listen(competitor, (unsigned)left_ms) == DAEMON_GONE)
			return false;
	}
}

static SaAisErrorT lock_asynchronous(struct competitor *competitor, SaLckLockStatusT *status)
{
	seen.granted = false;
	seen.asked++;
	SaAisErrorT error = saLckResourceLockAsync(competitor->resources[competitor->resource], seen.asked, &competitor->lock, SA_LCK_EX_LOCK_MODE, 0, 0);

	if (error != SA_AIS_OK)
		return error;
	if (!grant_await(competitor, draw(competitor, LOCK_TIMEOUT_MAX_MS)))
		return SA_AIS_ERR_LIBRARY;
	if (seen.granted) {
		*status = seen.status;
		return seen.error;
	}
	/* Withdrawn; what is granted meanwhile is not held once this is answered. */
	while ((error = saLckResourceUnlock(competitor->lock, UNLOCK_TIMEOUT_MS * SA_TIME_ONE_MILLISECOND)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	return error == SA_AIS_OK ? SA_AIS_ERR_TIMEOUT : error;
}

static SaAisErrorT lock(struct competitor *competitor, SaLckLockStatusT *status)
{
	const SaLckResourceHandleT resource = competitor->resources[competitor->resource];
	const SaTimeT timeout = (1 + draw(competitor, LOCK_TIMEOUT_MAX_MS)) * SA_TIME_ONE_MILLISECOND;

	switch (draw(competitor, 4)) {
	case 0: return lock_asynchronous(competitor, status);
	case 1: return saLckResourceLock(resource, &competitor->lock, SA_LCK_EX_LOCK_MODE, SA_LCK_LOCK_NO_QUEUE, 0, timeout, status);
	default: return saLckResourceLock(resource, &competitor->lock, SA_LCK_EX_LOCK_MODE, 0, 0, timeout, status);
	}
}

/* False: the daemon is gone. */
static bool compete_once(struct competitor *competitor)
{
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;

	competitor->resource = draw(competitor, competitor->resource_count);
	seen.lost = false;
	SaAisErrorT error = resource_open(competitor);
	if (error == SA_AIS_OK)
		error = lock(competitor, &status);
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		return hold(competitor);
	if (error == SA_AIS_OK && status != SA_LCK_LOCK_NOT_QUEUED) /* who holds nothing closes no cycle, and holds nothing twice */
		printf("client %" PRIu32 " resource %" PRIu32 ": lock status %d\n", competitor->client, competitor->resource, status);
	if (error == SA_AIS_ERR_BAD_HANDLE || error == SA_AIS_ERR_NOT_EXIST)
		competitor->resources[competitor->resource] = 0; /* the open was lost with its lock */
	if (error == SA_AIS_ERR_TRY_AGAIN || status == SA_LCK_LOCK_NOT_QUEUED)
		pause_ms(RETRY_MS);
	if (error != SA_AIS_ERR_LIBRARY && listen(competitor, 0) == DAEMON_GONE)
		return false;
	return error != SA_AIS_ERR_LIBRARY;
}

static int compete(struct competitor *competitor, const char *socket)
{
	competitor->recorder = recorder_connect(socket);
	tell(competitor, RECORDER_HELLO, SA_AIS_OK, 0);
	while (!competitor->over) {
		if (!handles_open(competitor)) {
			pause_ms(RETRY_MS);
			tell(competitor, RECORDER_IDLE, SA_AIS_OK, 0);
		} else {
			while (!competitor->over && compete_once(competitor))
				tell(competitor, RECORDER_IDLE, SA_AIS_OK, 0);
		}
		handles_close(competitor);
	}
	return 0;
}

/* --- the program --- */

static pid_t competitor_start(const char *socket, struct competitor *competitor)
{
	const pid_t child = fork();

	if (child == 0)
		_exit(compete(competitor, socket));
	competitor->random += UINT64_C(0x9e3779b97f4a7c15); /* its next life is another */
	return child;
}

static int run(const char *socket, uint32_t node, uint32_t clients, uint32_t resources, uint64_t seed)
{
	static struct competitor competitors[RECORDER_CLIENTS_MAX + 1];
	pid_t children[RECORDER_CLIENTS_MAX + 1] = {0}, child;
	int status, code = 0;

	for (uint32_t i = 1; i <= clients; i++) {
		competitors[i] = (struct competitor){
			.node = node, .client = i, .resource_count = resources, .random = (seed * 64 + node * 8 + i) * UINT64_C(0x9e3779b97f4a7c15) | 1,
		};
		children[i] = competitor_start(socket, &competitors[i]);
	}
	while ((child = wait(&status)) > 0)
		for (uint32_t i = 1; i <= clients; i++) {
			if (children[i] != child)
				continue;
			if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
				children[i] = competitor_start(socket, &competitors[i]);
			} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
				printf("client %" PRIu32 " ended with status %d\n", i, status);
				code = 1;
			}
		}
	return code;
}

static int absent(uint32_t resources)
{
	SaVersionT version = {'B', 1, 1};
	SaLckHandleT handle;
	int code = 0;

	if (saLckInitialize(&handle, NULL, &version) != SA_AIS_OK)
		return 1;
	for (uint32_t i = 0; i < resources; i++) {
		SaLckResourceHandleT resource;
		SaNameT name;
		name.length = (SaUint16T)snprintf((char *)name.value, sizeof name.value, "live-%" PRIu32, i);
		const SaAisErrorT error = saLckResourceOpen(handle, &name, 0, 10 * SA_TIME_ONE_SECOND, &resource);
		if (error != SA_AIS_ERR_NOT_EXIST) {
			printf("live-%" PRIu32 ": code %d\n", i, error);
			code = 1;
		}
	}
	saLckFinalize(handle);
	return code;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 7 && strcmp(argv[1], "run") == 0 && atoi(argv[3]) <= RECORDER_NODES_MAX && atoi(argv[4]) <= RECORDER_CLIENTS_MAX &&
	    atoi(argv[5]) >= 1 && atoi(argv[5]) <= RECORDER_RESOURCES_MAX)
		return run(argv[2], (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]), (uint32_t)atoi(argv[5]), strtoull(argv[6], NULL, 10));
	if (argc == 3 && strcmp(argv[1], "absent") == 0 && atoi(argv[2]) >= 1)
		return absent((uint32_t)atoi(argv[2]));
	fputs("usage: lck-competitor run SOCKET NODE CLIENTS RESOURCES SEED | absent RESOURCES\n", stderr);
	return 2;
}
