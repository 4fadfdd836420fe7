/* Programs that compete for a few locks on one node, through libSaLck and libSaClm alone: exclusive and shared ones, now and then a second one
 * beside the first, with and without ORPHAN, NO_QUEUE, waiting and asynchronous; unlocked in both ways, or closed with their handle. Each
 * is a process; it tells the recorder what it believes, writes there under its exclusive lock's token, purges what stands in its way as an orphan,
 * and now and then kills itself with the lock in its hand. Not here: judging (lck_recorder.c), faults of nodes and networks (lck.sh).
 *
 *	lck-competitor run SOCKET NODE CLIENTS RESOURCES SEED   until the recorder says that it is over; who has killed itself is started again
 *	lck-competitor purge RESOURCES                          purges all of them, and waits until they are gone
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
       LONG_WRITES = 60, LONG_PAUSE_MS = 50, SHARED_ONE_IN = 4, ORPHAN_ONE_IN = 6, SECOND_ONE_IN = 4, CLOSED_ONE_IN = 12, ASYNC_ONE_IN = 4,
       SECOND_TIMEOUT_MAX_MS = 3000, LOCKS_KNOWN = 256, HOLDS_MAX = 2 };

/* One lock that is held, or asked for. The recorder knows it by a connection of its own. */
struct hold {
	int recorder;
	uint32_t resource;
	SaLckLockModeT mode;
	SaLckLockFlagsT flags;
	SaLckLockIdT lock;
	AisLckTokenT token;
};

struct competitor {
	struct hold holds[HOLDS_MAX]; /* the second one is asked for while the first is held */
	uint32_t node, client, resource_count;
	uint64_t random;
	bool over;
	SaLckHandleT lck;
	SaClmHandleT clm;
	SaSelectionObjectT lck_events, clm_events;
	SaLckResourceHandleT resources[RECORDER_RESOURCES_MAX]; /* 0: not open */
};

static const SaLckWaiterSignalT lock_signal = 0x5a5a; /* of every request */

/* Callbacks carry no context. */
static struct {
	SaInvocationT asked; /* of the request at hand: one that was withdrawn has its callback, too, maybe much later */
	bool granted, unlocked, opened;
	SaAisErrorT error, unlock_error, open_error;
	SaLckLockStatusT status;
	SaLckResourceHandleT resource;
	SaLckLockIdT lost[LOCKS_KNOWN], known[LOCKS_KNOWN]; /* the last ones */
	SaLckLockModeT known_modes[LOCKS_KNOWN];
	size_t lost_count, known_count, waiters;
	bool timed_out;     /* a Lock: one that was granted first, and then withdrawn, may have been waited for by an id that nobody got */
	bool is_waited_for; /* for a lock that is held now, or was */
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

static void on_opened(SaInvocationT invocation, SaLckResourceHandleT resource, SaAisErrorT error)
{
	if (invocation != seen.asked)
		return;
	seen.opened = true;
	seen.resource = resource;
	seen.open_error = error;
}

static void on_unlocked(SaInvocationT invocation, SaAisErrorT error)
{
	if (invocation != seen.asked)
		return;
	seen.unlocked = true;
	seen.unlock_error = error;
}

/* Of a lock that was ours, with its mode, and a request that it excludes; it may be over by now. */
static void on_waiter(SaLckWaiterSignalT signal, SaLckLockIdT lock, SaLckLockModeT held, SaLckLockModeT requested)
{
	const size_t count = seen.known_count < LOCKS_KNOWN ? seen.known_count : LOCKS_KNOWN;
	size_t i = 0;

	while (i < count && seen.known[i] != lock)
		i++;
	if (i == count ? seen.known_count <= LOCKS_KNOWN && !seen.timed_out : seen.known_modes[i] != held)
		printf("waiter callback for lock %" PRIx64 " held in mode %d: none of that kind was asked for\n", (uint64_t)lock, held);
	if (held != SA_LCK_EX_LOCK_MODE && requested != SA_LCK_EX_LOCK_MODE)
		printf("waiter callback though modes %d and %d do not exclude each other\n", held, requested);
	if (signal != lock_signal)
		printf("waiter callback with signal %" PRIx64 "\n", (uint64_t)signal);
	seen.waiters++;
	seen.is_waited_for = true;
}

static void on_lost(SaLckLockIdT lock, SaLckResourceHandleT resource)
{
	(void)resource;
	seen.lost[seen.lost_count++ % LOCKS_KNOWN] = lock;
}

static bool is_lost(SaLckLockIdT lock)
{
	for (size_t i = 0; i < seen.lost_count && i < LOCKS_KNOWN; i++)
		if (seen.lost[i] == lock)
			return true;
	return false;
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

static struct recorder_answer tell(struct competitor *competitor, const struct hold *hold, enum recorder_kind kind, SaAisErrorT error, uint64_t view)
{
	const struct recorder_answer answer = recorder_tell(hold->recorder, &(struct recorder_request){
		.kind = kind, .node = competitor->node, .client = competitor->client, .resource = hold->resource, .error = error, .view = view,
		.exclusive = hold->mode == SA_LCK_EX_LOCK_MODE, .orphan = (hold->flags & SA_LCK_LOCK_ORPHAN) != 0,
		.token = {hold->token.lineage, hold->token.representative, hold->token.grant},
	});

	competitor->over |= answer.over;
	return answer;
}

static void tell_count(struct competitor *competitor, const struct hold *hold, enum recorder_count count)
{
	tell(competitor, hold, RECORDER_COUNT, (SaAisErrorT)count, 0);
}

static struct hold *first_hold(struct competitor *competitor)
{
	return &competitor->holds[0];
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
	const SaLckCallbacksT lck_callbacks = {
		on_opened, on_granted, draw(competitor, 2) == 0 ? on_waiter : NULL, on_unlocked,
	};
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

/* --- what the daemon has to say --- */

enum belief { BELIEVES, TOLD_LOST, DAEMON_GONE };

/* Takes what the daemon has to say, for at most so long, and tells what it believes of the first `depth` locks. A view that came is gone into only
 * when all that it took from us must have been told: the daemon tells before it answers a later call. TOLD_LOST: the last of them. */
static enum belief listen(struct competitor *competitor, unsigned depth, unsigned most_ms)
{
	struct pollfd ready[] = {{.fd = (int)competitor->lck_events, .events = POLLIN}, {.fd = (int)competitor->clm_events, .events = POLLIN}};
	const uint64_t view = seen.view;

	poll(ready, 2, (int)most_ms);
	if (saClmDispatch(competitor->clm, SA_DISPATCH_ALL) != SA_AIS_OK || aisLckLostCallbackSet(competitor->lck, on_lost) != SA_AIS_OK ||
	    saLckDispatch(competitor->lck, SA_DISPATCH_ALL) != SA_AIS_OK)
		return DAEMON_GONE;
	if (depth > 0 && is_lost(competitor->holds[depth - 1].lock))
		return TOLD_LOST;
	for (unsigned i = 0; i < depth && seen.view != view; i++)
		if (!is_lost(competitor->holds[i].lock))
			tell(competitor, &competitor->holds[i], RECORDER_STILL, SA_AIS_OK, seen.view);
	return BELIEVES;
}

/* Until a callback has come; false: the daemon is gone. `most_ms` < 0: it will come. */
static bool callback_await(struct competitor *competitor, unsigned depth, const bool *came, int most_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const int64_t begin_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		const int64_t passed_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 - begin_ms;
		if (*came || (most_ms >= 0 && passed_ms >= most_ms))
			return true;
		if (listen(competitor, depth, most_ms < 0 ? 1000 : (unsigned)(most_ms - passed_ms)) == DAEMON_GONE)
			return false;
	}
}

/* --- opening --- */

static SaAisErrorT open_asynchronous(struct competitor *competitor, const struct hold *hold, const SaNameT *name, SaLckResourceHandleT *handle)
{
	seen.opened = false;
	const SaAisErrorT error = saLckResourceOpenAsync(competitor->lck, ++seen.asked, name, SA_LCK_RESOURCE_CREATE);

	if (error != SA_AIS_OK)
		return error;
	if (!callback_await(competitor, 0, &seen.opened, -1))
		return SA_AIS_ERR_LIBRARY;
	tell_count(competitor, hold, RECORDER_OPENS_ASYNC);
	*handle = seen.open_error == SA_AIS_OK ? seen.resource : 0;
	return seen.open_error;
}

static SaAisErrorT resource_open(struct competitor *competitor, const struct hold *hold)
{
	SaLckResourceHandleT *handle = &competitor->resources[hold->resource];
	SaNameT name;

	if (*handle != 0)
		return SA_AIS_OK;
	name.length = (SaUint16T)snprintf((char *)name.value, sizeof name.value, "live-%" PRIu32, hold->resource);
	if (hold == first_hold(competitor) && draw(competitor, ASYNC_ONE_IN) == 0)
		return open_asynchronous(competitor, hold, &name, handle);
	return saLckResourceOpen(competitor->lck, &name, SA_LCK_RESOURCE_CREATE, SA_TIME_ONE_SECOND, handle);
}

/* --- while it holds --- */

/* Who is waited for, and told of it, hurries. */
static enum belief write_some(struct competitor *competitor, unsigned depth)
{
	struct hold *hold = &competitor->holds[depth - 1];
	enum belief belief = BELIEVES;
	const bool is_long = depth == 1 && draw(competitor, LONG_ONE_IN) == 0; /* long enough to see its node cut off */

	seen.is_waited_for = false;
	for (uint32_t writes = is_long ? LONG_WRITES : 1 + draw(competitor, 3); writes > 0 && belief == BELIEVES && !competitor->over; writes--) {
		if (hold->mode == SA_LCK_EX_LOCK_MODE)
			tell(competitor, hold, RECORDER_BEGIN, SA_AIS_OK, 0);
		belief = listen(competitor, depth, is_long ? LONG_PAUSE_MS : draw(competitor, 3));
		if (hold->mode == SA_LCK_EX_LOCK_MODE)
			tell(competitor, hold, RECORDER_END, SA_AIS_OK, 0);
		if (seen.is_waited_for && !is_long)
			break;
	}
	return belief;
}

static SaAisErrorT unlock_asynchronous(struct competitor *competitor, const struct hold *hold)
{
	SaAisErrorT error;

	seen.unlocked = false;
	while ((error = saLckResourceUnlockAsync(++seen.asked, hold->lock)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	if (error != SA_AIS_OK)
		return error;
	if (!callback_await(competitor, (unsigned)(hold - competitor->holds), &seen.unlocked, -1))
		return SA_AIS_ERR_LIBRARY;
	tell_count(competitor, hold, RECORDER_UNLOCKS_ASYNC);
	return seen.unlock_error;
}

/* False: the daemon is gone. */
static bool unlock(struct competitor *competitor, struct hold *hold)
{
	const bool superseded = tell(competitor, hold, RECORDER_RELEASE, SA_AIS_OK, 0).superseded;
	SaAisErrorT error;

	if (draw(competitor, ASYNC_ONE_IN) == 0)
		error = unlock_asynchronous(competitor, hold);
	else
		while ((error = saLckResourceUnlock(hold->lock, UNLOCK_TIMEOUT_MS * SA_TIME_ONE_MILLISECOND)) == SA_AIS_ERR_TRY_AGAIN)
			pause_ms(RETRY_MS);
	tell(competitor, hold, RECORDER_UNLOCKED, error, superseded);
	if (error == SA_AIS_ERR_NOT_EXIST || error == SA_AIS_ERR_BAD_HANDLE)
		competitor->resources[hold->resource] = 0;
	return error != SA_AIS_ERR_LIBRARY;
}

/* With the lock that is held through it, which is released, or becomes an orphan. */
static bool close_resource(struct competitor *competitor, struct hold *hold)
{
	tell(competitor, hold, (hold->flags & SA_LCK_LOCK_ORPHAN) != 0 ? RECORDER_ORPHANED : RECORDER_RELEASE, SA_AIS_OK, 0);
	const SaAisErrorT error = saLckResourceClose(competitor->resources[hold->resource]);

	if (error != SA_AIS_OK && error != SA_AIS_ERR_BAD_HANDLE && error != SA_AIS_ERR_LIBRARY)
		printf("client %" PRIu32 ": close: code %d\n", competitor->client, error);
	tell_count(competitor, hold, RECORDER_CLOSED);
	competitor->resources[hold->resource] = 0;
	return error != SA_AIS_ERR_LIBRARY;
}

static bool lock_second(struct competitor *competitor);

/* With the lock granted; false: the daemon is gone. */
static bool hold_it(struct competitor *competitor, unsigned depth)
{
	struct hold *hold = &competitor->holds[depth - 1];
	bool goes_on = true;

	if (aisLckLockTokenGet(hold->lock, &hold->token) != SA_AIS_OK)
		return true; /* lost already, by the dispatch that granted it */
	tell(competitor, hold, RECORDER_HOLD, SA_AIS_OK, 0);
	if (draw(competitor, KILLED_ONE_IN) == 0)
		raise(SIGKILL);
	if (depth < HOLDS_MAX && competitor->resource_count > 1 && draw(competitor, SECOND_ONE_IN) == 0)
		goes_on = lock_second(competitor);
	switch (goes_on ? write_some(competitor, depth) : DAEMON_GONE) {
	case BELIEVES: return draw(competitor, CLOSED_ONE_IN) == 0 ? close_resource(competitor, hold) : unlock(competitor, hold);
	case TOLD_LOST:
		tell(competitor, hold, RECORDER_LOST, SA_AIS_OK, 0);
		competitor->resources[hold->resource] = 0;
		return true;
	case DAEMON_GONE: break;
	}
	tell(competitor, hold, RECORDER_GONE, SA_AIS_OK, 0);
	return false;
}

/* --- asking --- */

static SaAisErrorT withdraw(struct hold *hold)
{
	SaAisErrorT error;

	/* What is granted meanwhile is not held once this is answered. */
	while ((error = saLckResourceUnlock(hold->lock, UNLOCK_TIMEOUT_MS * SA_TIME_ONE_MILLISECOND)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	return error == SA_AIS_OK ? SA_AIS_ERR_TIMEOUT : error;
}

static SaAisErrorT lock_asynchronous(struct competitor *competitor, struct hold *hold, SaLckLockStatusT *status)
{
	seen.granted = false;
	const SaAisErrorT error = saLckResourceLockAsync(competitor->resources[hold->resource], ++seen.asked, &hold->lock, hold->mode, hold->flags,
	                                                 lock_signal);

	if (error != SA_AIS_OK)
		return error;
	tell_count(competitor, hold, RECORDER_LOCKS_ASYNC);
	seen.known_modes[seen.known_count % LOCKS_KNOWN] = hold->mode;
	seen.known[seen.known_count++ % LOCKS_KNOWN] = hold->lock; /* its waiter may be told of before it is */
	if (!callback_await(competitor, 0, &seen.granted, (int)draw(competitor, LOCK_TIMEOUT_MAX_MS)))
		return SA_AIS_ERR_LIBRARY;
	if (!seen.granted)
		return withdraw(hold);
	*status = seen.status;
	return seen.error;
}

static SaAisErrorT lock_blocking(struct competitor *competitor, struct hold *hold, uint32_t most_ms, SaLckLockStatusT *status)
{
	const SaTimeT timeout = (1 + draw(competitor, most_ms)) * SA_TIME_ONE_MILLISECOND;
	const SaAisErrorT error = saLckResourceLock(competitor->resources[hold->resource], &hold->lock, hold->mode, hold->flags, lock_signal,
	                                            timeout, status);

	seen.timed_out |= error == SA_AIS_ERR_TIMEOUT;
	if (error == SA_AIS_OK && *status == SA_LCK_LOCK_GRANTED) {
		seen.known_modes[seen.known_count % LOCKS_KNOWN] = hold->mode;
		seen.known[seen.known_count++ % LOCKS_KNOWN] = hold->lock;
	}
	return error;
}

/* What stands in the way as an orphan; false: the daemon is gone. */
static bool purge(struct competitor *competitor, const struct hold *hold)
{
	SaAisErrorT error;

	tell_count(competitor, hold, RECORDER_ORPHANS_REFUSED);
	tell(competitor, hold, RECORDER_PURGE, SA_AIS_OK, 0);
	while ((error = saLckLockPurge(competitor->resources[hold->resource])) == SA_AIS_ERR_TRY_AGAIN || error == SA_AIS_ERR_TIMEOUT)
		pause_ms(RETRY_MS);
	tell(competitor, hold, RECORDER_PURGED, error, 0);
	tell_count(competitor, hold, RECORDER_PURGES);
	if (error == SA_AIS_ERR_BAD_HANDLE)
		competitor->resources[hold->resource] = 0;
	return error != SA_AIS_ERR_LIBRARY;
}

/* What became of a request; false: the daemon is gone. */
static bool outcome_take(struct competitor *competitor, unsigned depth, SaAisErrorT error, SaLckLockStatusT status)
{
	struct hold *hold = &competitor->holds[depth - 1];

	if (error == SA_AIS_OK && status == SA_LCK_LOCK_GRANTED)
		return hold_it(competitor, depth);
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_ORPHANED)
		return purge(competitor, hold);
	if (error == SA_AIS_OK && status == SA_LCK_LOCK_DEADLOCK && depth == HOLDS_MAX)
		tell_count(competitor, hold, RECORDER_DEADLOCKS);
	else if (error == SA_AIS_OK && status != SA_LCK_LOCK_NOT_QUEUED) /* who holds nothing closes no cycle, and holds nothing twice */
		printf("client %" PRIu32 " resource %" PRIu32 ": lock status %d\n", competitor->client, hold->resource, status);
	if (error == SA_AIS_ERR_BAD_HANDLE || error == SA_AIS_ERR_NOT_EXIST)
		competitor->resources[hold->resource] = 0; /* the open was lost with its lock */
	if (depth == 1 && (error == SA_AIS_ERR_TRY_AGAIN || status == SA_LCK_LOCK_NOT_QUEUED))
		pause_ms(RETRY_MS);
	return error != SA_AIS_ERR_LIBRARY;
}

static void hold_draw(struct competitor *competitor, struct hold *hold)
{
	hold->mode = draw(competitor, SHARED_ONE_IN) == 0 ? SA_LCK_PR_LOCK_MODE : SA_LCK_EX_LOCK_MODE;
	hold->flags = draw(competitor, ORPHAN_ONE_IN) == 0 ? SA_LCK_LOCK_ORPHAN : 0;
}

/* Another resource, beside the one that is held: now and then two such requests make a cycle. */
static bool lock_second(struct competitor *competitor)
{
	struct hold *hold = &competitor->holds[1];
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;

	hold->resource = (first_hold(competitor)->resource + 1 + draw(competitor, competitor->resource_count - 1)) % competitor->resource_count;
	hold_draw(competitor, hold);
	SaAisErrorT error = resource_open(competitor, hold);
	if (error == SA_AIS_OK)
		error = lock_blocking(competitor, hold, SECOND_TIMEOUT_MAX_MS, &status);
	tell_count(competitor, hold, RECORDER_NESTED);
	return outcome_take(competitor, HOLDS_MAX, error, status);
}

/* False: the daemon is gone. */
static bool compete_once(struct competitor *competitor)
{
	struct hold *hold = first_hold(competitor);
	SaLckLockStatusT status = SA_LCK_LOCK_NOT_QUEUED;

	hold->resource = draw(competitor, competitor->resource_count);
	hold_draw(competitor, hold);
	seen.lost_count = 0;
	SaAisErrorT error = resource_open(competitor, hold);
	if (error == SA_AIS_OK && draw(competitor, ASYNC_ONE_IN) == 0) {
		error = lock_asynchronous(competitor, hold, &status);
	} else if (error == SA_AIS_OK) {
		hold->flags |= draw(competitor, 3) == 0 ? SA_LCK_LOCK_NO_QUEUE : 0;
		error = lock_blocking(competitor, hold, LOCK_TIMEOUT_MAX_MS, &status);
	}
	if (!outcome_take(competitor, 1, error, status))
		return false;
	const bool goes_on = listen(competitor, 0, 0) != DAEMON_GONE;
	for (; seen.waiters > 0; seen.waiters--)
		tell_count(competitor, hold, RECORDER_WAITERS);
	return goes_on;
}

static int compete(struct competitor *competitor, const char *socket)
{
	for (size_t i = 0; i < HOLDS_MAX; i++) {
		competitor->holds[i].recorder = recorder_connect(socket);
		tell(competitor, &competitor->holds[i], RECORDER_HELLO, SA_AIS_OK, 0);
	}
	while (!competitor->over) {
		if (!handles_open(competitor)) {
			pause_ms(RETRY_MS);
			tell(competitor, first_hold(competitor), RECORDER_IDLE, SA_AIS_OK, 0);
		} else {
			while (!competitor->over && compete_once(competitor))
				tell(competitor, first_hold(competitor), RECORDER_IDLE, SA_AIS_OK, 0);
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

static SaAisErrorT resource_find(SaLckHandleT handle, uint32_t i, SaLckResourceHandleT *resource)
{
	SaNameT name;

	name.length = (SaUint16T)snprintf((char *)name.value, sizeof name.value, "live-%" PRIu32, i);
	return saLckResourceOpen(handle, &name, 0, 10 * SA_TIME_ONE_SECOND, resource);
}

/* Orphans keep a resource there; nobody competes any more. */
static int purge_all(uint32_t resources)
{
	SaVersionT version = {'B', 1, 1};
	SaLckHandleT handle;
	SaLckResourceHandleT resource;
	int code = 0;

	if (saLckInitialize(&handle, NULL, &version) != SA_AIS_OK)
		return 1;
	for (uint32_t i = 0; i < resources; i++) {
		if (resource_find(handle, i, &resource) != SA_AIS_OK)
			continue;
		const SaAisErrorT error = saLckLockPurge(resource);
		if (error != SA_AIS_OK) {
			printf("live-%" PRIu32 ": purge: code %d\n", i, error);
			code = 1;
		}
		saLckResourceClose(resource);
		/* A close is not waited for by Close. */
		while (resource_find(handle, i, &resource) == SA_AIS_OK && code == 0)
			saLckResourceClose(resource);
	}
	saLckFinalize(handle);
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
		const SaAisErrorT error = resource_find(handle, i, &resource);
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
	if (argc == 3 && strcmp(argv[1], "purge") == 0 && atoi(argv[2]) >= 1)
		return purge_all((uint32_t)atoi(argv[2]));
	fputs("usage: lck-competitor run SOCKET NODE CLIENTS RESOURCES SEED | purge RESOURCES | absent RESOURCES\n", stderr);
	return 2;
}
