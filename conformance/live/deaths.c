/* A client killed at every step of every call harms nobody, nor does one that scribbles over all that it has mapped. Runs in a node of a
 * lab beside its daemon: for each call of libSaClm, libSaCkpt, libSaLck and libSaTmr a child is traced and killed at its first, second, ... stop at a system
 * call, until it lives to the call's end; after each death a client that was there before gets right answers. After all of them the daemon
 * has the clients, open calls, descriptors and mappings that it had, and a second course of the same deaths takes no more of its heap.
 *
 *	deaths            every call, every step; every call with a mapping scribbled over before it and all the while
 *	deaths --deep     the course ten times, the scribbling a hundred
 *	deaths CALL WAY   the child: WAY is `trace`, or the seed of the scribbling; `on` before it: during the call, which is repeated
 *
 * Not here: clients that speak the raw protocol (core/ipc/tests/test_ipc_hostile.c). Last line: N passed, N failed, N skipped. */
#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/live/deaths.h"
#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"

enum { STEPS_MAX = 2000, PATIENCE_S = 60, BIG_SIZE = 200 * 1024, HEAP_SLACK = 64 * 1024 };

/* --- the child: a client that stands before one call --- */

static unsigned char big[BIG_SIZE];
static SaCkptSectionIdT section = {.idLen = 1, .id = (SaUint8T *)"s"}, other = {.idLen = 1, .id = (SaUint8T *)"t"};
static const SaNameT honest_name = {.length = 6, .value = "honest"};
static const SaCkptCheckpointCreationAttributesT attributes = {
	.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 4 * BIG_SIZE, .maxSections = 4, .maxSectionSize = BIG_SIZE,
	.maxSectionIdSize = 8,
};

static void on_open(SaInvocationT invocation, SaCkptCheckpointHandleT checkpoint, SaAisErrorT error)
{
	(void)invocation, (void)checkpoint, (void)error;
}

static void on_synchronized(SaInvocationT invocation, SaAisErrorT error)
{
	(void)invocation, (void)error;
}

static void on_node(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	(void)invocation, (void)node, (void)error;
}

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	(void)buffer, (void)members, (void)error;
}

static SaAisErrorT clm_initialize(struct victim *victim)
{
	SaVersionT version = {'B', 1, 1};

	return saClmInitialize(&victim->clm, &(SaClmCallbacksT){on_node, on_track}, &version);
}

static SaAisErrorT clm_selection(struct victim *victim) { return saClmSelectionObjectGet(victim->clm, &victim->ready); }
static SaAisErrorT clm_dispatch(struct victim *victim) { return saClmDispatch(victim->clm, SA_DISPATCH_ALL); }
static SaAisErrorT clm_finalize(struct victim *victim) { return saClmFinalize(victim->clm); }
static SaAisErrorT clm_track_stop(struct victim *victim) { return saClmClusterTrackStop(victim->clm); }

static SaAisErrorT clm_track(struct victim *victim)
{
	return saClmClusterTrack(victim->clm, SA_TRACK_CURRENT | SA_TRACK_CHANGES, NULL);
}

static SaAisErrorT clm_node_get(struct victim *victim)
{
	SaClmClusterNodeT node;

	return saClmClusterNodeGet(victim->clm, SA_CLM_LOCAL_NODE_ID, CALL_S * SA_TIME_ONE_SECOND, &node);
}

static SaAisErrorT clm_node_get_async(struct victim *victim) { return saClmClusterNodeGetAsync(victim->clm, 7, SA_CLM_LOCAL_NODE_ID); }

static SaAisErrorT ckpt_initialize(struct victim *victim)
{
	SaVersionT version = {'B', 1, 1};

	return saCkptInitialize(&victim->ckpt, &(SaCkptCallbacksT){on_open, on_synchronized}, &version);
}

static SaAisErrorT ckpt_open(struct victim *victim)
{
	return saCkptCheckpointOpen(victim->ckpt, &victim->name, &attributes,
	                            SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                            CALL_S * SA_TIME_ONE_SECOND, &victim->checkpoint);
}

/* The only kind of which a replica is made the active one, and the others are synchronized with it. */
static SaAisErrorT ckpt_open_collocated(struct victim *victim)
{
	SaCkptCheckpointCreationAttributesT collocated = attributes;

	collocated.creationFlags = SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED;
	return saCkptCheckpointOpen(victim->ckpt, &victim->name, &collocated, SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                            CALL_S * SA_TIME_ONE_SECOND, &victim->checkpoint);
}

static SaAisErrorT ckpt_open_async(struct victim *victim)
{
	return saCkptCheckpointOpenAsync(victim->ckpt, 7, &victim->name, &attributes, SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE);
}

static SaAisErrorT ckpt_create(struct victim *victim, SaCkptSectionIdT *id)
{
	SaCkptSectionCreationAttributesT creation = {.sectionId = id, .expirationTime = SA_TIME_END};

	return saCkptSectionCreate(victim->checkpoint, &creation, big, sizeof(big));
}

static SaAisErrorT ckpt_write(struct victim *victim)
{
	const SaCkptIOVectorElementT parts[2] = {{.sectionId = section, .dataBuffer = big, .dataSize = sizeof(big)},
	                                         {.sectionId = section, .dataBuffer = big, .dataSize = 100, .dataOffset = 50}};
	SaUint32T erroneous;

	return saCkptCheckpointWrite(victim->checkpoint, parts, 2, &erroneous);
}

static SaAisErrorT ckpt_read(struct victim *victim)
{
	SaCkptIOVectorElementT part = {.sectionId = section, .dataBuffer = big, .dataSize = sizeof(big)};
	SaUint32T erroneous;

	return saCkptCheckpointRead(victim->checkpoint, &part, 1, &erroneous);
}

static SaAisErrorT ckpt_status(struct victim *victim)
{
	SaCkptCheckpointDescriptorT status;

	return saCkptCheckpointStatusGet(victim->checkpoint, &status);
}

static SaAisErrorT ckpt_iterate(struct victim *victim)
{
	return saCkptSectionIterationInitialize(victim->checkpoint, SA_CKPT_SECTIONS_ANY, 0, &victim->iteration);
}

static SaAisErrorT ckpt_next(struct victim *victim)
{
	SaCkptSectionDescriptorT descriptor;

	return saCkptSectionIterationNext(victim->iteration, &descriptor);
}

static SaAisErrorT ckpt_selection(struct victim *victim) { return saCkptSelectionObjectGet(victim->ckpt, &victim->ready); }
static SaAisErrorT ckpt_dispatch(struct victim *victim) { return saCkptDispatch(victim->ckpt, SA_DISPATCH_ALL); }
static SaAisErrorT ckpt_finalize(struct victim *victim) { return saCkptFinalize(victim->ckpt); }
static SaAisErrorT ckpt_close(struct victim *victim) { return saCkptCheckpointClose(victim->checkpoint); }
static SaAisErrorT ckpt_unlink(struct victim *victim) { return saCkptCheckpointUnlink(victim->ckpt, &victim->name); }
static SaAisErrorT ckpt_retention(struct victim *victim) { return saCkptCheckpointRetentionDurationSet(victim->checkpoint, 1); }
static SaAisErrorT ckpt_active(struct victim *victim) { return saCkptActiveReplicaSet(victim->checkpoint); }
static SaAisErrorT ckpt_create_section(struct victim *victim) { return ckpt_create(victim, &section); }
static SaAisErrorT ckpt_create_other(struct victim *victim) { return ckpt_create(victim, &other); }
static SaAisErrorT ckpt_delete(struct victim *victim) { return saCkptSectionDelete(victim->checkpoint, &section); }
static SaAisErrorT ckpt_next_finalize(struct victim *victim) { return saCkptSectionIterationFinalize(victim->iteration); }
static SaAisErrorT ckpt_synchronize(struct victim *victim) { return saCkptCheckpointSynchronize(victim->checkpoint, SA_TIME_ONE_MINUTE); }
static SaAisErrorT ckpt_synchronize_async(struct victim *victim) { return saCkptCheckpointSynchronizeAsync(victim->checkpoint, 7); }

static SaAisErrorT ckpt_expiration(struct victim *victim)
{
	return saCkptSectionExpirationTimeSet(victim->checkpoint, &section, SA_TIME_END - 1);
}

static SaAisErrorT ckpt_overwrite(struct victim *victim)
{
	return saCkptSectionOverwrite(victim->checkpoint, &section, big, sizeof(big));
}

SaAisErrorT victim_callback_await(struct victim *victim)
{
	struct pollfd ready = {.fd = (int)victim->ready, .events = POLLIN};

	return poll(&ready, 1, CALL_S * 1000) == 1 ? SA_AIS_OK : SA_AIS_ERR_TIMEOUT;
}

static const struct call calls[] = {
	{"saClmInitialize", clm_initialize, {NULL}},
	{"saClmSelectionObjectGet", clm_selection, {clm_initialize}},
	{"saClmDispatch", clm_dispatch, {clm_initialize, clm_selection, clm_track, victim_callback_await}},
	{"saClmFinalize", clm_finalize, {clm_initialize, clm_track}},
	{"saClmClusterTrack", clm_track, {clm_initialize}},
	{"saClmClusterTrackStop", clm_track_stop, {clm_initialize, clm_track}},
	{"saClmClusterNodeGet", clm_node_get, {clm_initialize}},
	{"saClmClusterNodeGetAsync", clm_node_get_async, {clm_initialize}},
	{"saCkptInitialize", ckpt_initialize, {NULL}},
	{"saCkptSelectionObjectGet", ckpt_selection, {ckpt_initialize}},
	{"saCkptDispatch", ckpt_dispatch, {ckpt_initialize, ckpt_selection, ckpt_open_async, victim_callback_await}},
	{"saCkptFinalize", ckpt_finalize, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptCheckpointOpen", ckpt_open, {ckpt_initialize}},
	{"saCkptCheckpointOpenAsync", ckpt_open_async, {ckpt_initialize}},
	{"saCkptCheckpointClose", ckpt_close, {ckpt_initialize, ckpt_open}},
	{"saCkptCheckpointUnlink", ckpt_unlink, {ckpt_initialize, ckpt_open}},
	{"saCkptCheckpointRetentionDurationSet", ckpt_retention, {ckpt_initialize, ckpt_open}},
	{"saCkptActiveReplicaSet", ckpt_active, {ckpt_initialize, ckpt_open_collocated}},
	{"saCkptCheckpointStatusGet", ckpt_status, {ckpt_initialize, ckpt_open}},
	{"saCkptSectionCreate", ckpt_create_section, {ckpt_initialize, ckpt_open}},
	{"saCkptSectionDelete", ckpt_delete, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptSectionExpirationTimeSet", ckpt_expiration, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptSectionIterationInitialize", ckpt_iterate, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptSectionIterationNext", ckpt_next, {ckpt_initialize, ckpt_open, ckpt_create_section, ckpt_create_other, ckpt_iterate}},
	{"saCkptSectionIterationFinalize", ckpt_next_finalize, {ckpt_initialize, ckpt_open, ckpt_create_section, ckpt_iterate}},
	{"saCkptCheckpointWrite", ckpt_write, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptSectionOverwrite", ckpt_overwrite, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptCheckpointRead", ckpt_read, {ckpt_initialize, ckpt_open, ckpt_create_section}},
	{"saCkptCheckpointSynchronize", ckpt_synchronize, {ckpt_initialize, ckpt_open_collocated, ckpt_active, ckpt_create_section}},
	{"saCkptCheckpointSynchronizeAsync", ckpt_synchronize_async, {ckpt_initialize, ckpt_open_collocated, ckpt_active, ckpt_create_section}},
};

enum { CALL_COUNT = sizeof(calls) / sizeof(calls[0]) };

/* Of all four libraries; NULL behind the last. */
static const struct call *call_at(size_t i)
{
	const struct call *call = i < CALL_COUNT ? &calls[i] : &deaths_lck_tmr[i - CALL_COUNT];

	return call->name == NULL ? NULL : call;
}

/* Until the daemon has had enough of it, or the call is not its to make any more. */
static void call_repeat(const struct call *call, struct victim *victim)
{
	SaAisErrorT result = SA_AIS_OK;

	while (result != SA_AIS_ERR_LIBRARY && result != SA_AIS_ERR_BAD_HANDLE)
		result = call->step(victim);
}

/* Exit 0: the call was answered OK; 3: otherwise; 2: it did not come to it. One that scribbles may wait for ever for its answer, and its timer
 * ends it. */
static int child_main(const struct call *call, const char *way)
{
	const bool traced = strcmp(way, "trace") == 0;
	struct victim victim = {0};

	victim.name.length = (SaUint16T)snprintf((char *)victim.name.value, sizeof(victim.name.value), "victim-%d", (int)getpid());
	for (size_t i = 0; i < CALLS_BEFORE_MAX && call->before[i] != NULL; i++) {
		SaAisErrorT error;

		while ((error = call->before[i](&victim)) == SA_AIS_ERR_TRY_AGAIN)
			poll(NULL, 0, 1);
		if (error != SA_AIS_OK)
			return 2;
	}
	if (traced) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
	} else {
		const bool on = strncmp(way, "on", 2) == 0;

		if (!on)
			scribble(strtoull(way, NULL, 10));
		else if (!scribble_begin(strtoull(way + 2, NULL, 10)))
			return 2;
		setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = on ? 20000 : 50000}, NULL);
		if (on)
			call_repeat(call, &victim);
	}
	return call->step(&victim) == SA_AIS_OK ? 0 : 3;
}

static pid_t child_start(const struct call *call, const char *way)
{
	fflush(NULL);
	const pid_t child = fork();

	if (child == 0) {
		execl("/proc/self/exe", "deaths", call->name, way, (char *)NULL);
		_exit(2);
	}
	return child;
}

/* --- the daemon as others see it --- */

struct honest {
	SaClmHandleT clm;
	SaCkptHandleT ckpt;
	SaCkptCheckpointHandleT checkpoint;
	SaLckHandleT lck;
	SaLckResourceHandleT resource;
	SaTmrHandleT tmr;
	struct ipc_client *admin;
	uint64_t number; /* of its last write */
};

/* What a dead client may leave behind. */
struct standing {
	uint64_t clients, calls, heap_bytes, descriptors, mappings;
};

static bool honest_open(struct honest *honest)
{
	SaVersionT version = {'B', 1, 1}, tmr_version = {'A', 1, 1};

	if (saLckInitialize(&honest->lck, NULL, &version) != SA_AIS_OK ||
	    saLckResourceOpen(honest->lck, &honest_name, SA_LCK_RESOURCE_CREATE, CALL_S * SA_TIME_ONE_SECOND, &honest->resource) != SA_AIS_OK ||
	    saTmrInitialize(&honest->tmr, NULL, &tmr_version) != SA_AIS_OK)
		return false;
	if (saClmInitialize(&honest->clm, NULL, &version) != SA_AIS_OK || saCkptInitialize(&honest->ckpt, NULL, &version) != SA_AIS_OK ||
	    ipc_client_connect(ADMIN_SERVICE_NAME, &honest->admin) != RESULT_OK)
		return false;
	if (saCkptCheckpointOpen(honest->ckpt, &honest_name, &attributes,
	                         SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                         CALL_S * SA_TIME_ONE_SECOND, &honest->checkpoint) != SA_AIS_OK)
		return false;
	SaCkptSectionCreationAttributesT creation = {.sectionId = &section, .expirationTime = SA_TIME_END};
	return saCkptSectionCreate(honest->checkpoint, &creation, &honest->number, sizeof(honest->number)) == SA_AIS_OK;
}

static bool honest_locks(struct honest *honest)
{
	SaLckLockStatusT status;
	SaLckLockIdT lock;

	return saLckResourceLock(honest->resource, &lock, SA_LCK_EX_LOCK_MODE, 0, 0, CALL_S * SA_TIME_ONE_SECOND, &status) == SA_AIS_OK &&
	       status == SA_LCK_LOCK_GRANTED && saLckResourceUnlock(lock, CALL_S * SA_TIME_ONE_SECOND) == SA_AIS_OK;
}

/* Each of its calls is answered, and rightly. */
static bool honest_is_served(struct honest *honest)
{
	SaClmClusterNodeT node;
	uint64_t read = 0;
	SaCkptIOVectorElementT part = {.sectionId = section, .dataBuffer = &read, .dataSize = sizeof(read)};
	SaUint32T erroneous;

	honest->number++;
	return honest_locks(honest) && saCkptSectionOverwrite(honest->checkpoint, &section, &honest->number, sizeof(honest->number)) == SA_AIS_OK &&
	       saCkptCheckpointRead(honest->checkpoint, &part, 1, &erroneous) == SA_AIS_OK && read == honest->number &&
	       saClmClusterNodeGet(honest->clm, SA_CLM_LOCAL_NODE_ID, CALL_S * SA_TIME_ONE_SECOND, &node) == SA_AIS_OK && node.member == SA_TRUE;
}

/* What readers map is made when the first of them asks for it, which is not its first read. */
static bool honest_settles(struct honest *honest)
{
	bool good = true;

	for (int i = 0; i < 4; i++)
		good = good && honest_is_served(honest);
	return good;
}

static uint64_t count_lines(uint32_t pid)
{
	char path[64];
	uint64_t count = 0;
	int byte;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	FILE *file = fopen(path, "re");
	while (file != NULL && (byte = getc(file)) != EOF)
		count += byte == '\n';
	if (file != NULL)
		fclose(file);
	return count;
}

static uint64_t count_descriptors(uint32_t pid)
{
	char path[64];
	uint64_t count = 0;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", pid);
	DIR *directory = opendir(path);
	while (directory != NULL && readdir(directory) != NULL)
		count++;
	if (directory != NULL)
		closedir(directory);
	return count;
}

static bool standing_take(struct honest *honest, struct standing *standing)
{
	static struct admin_status status;
	struct wire_writer body = {0}, answer = {0};

	*standing = (struct standing){0};
	admin_plain_encode(&body);
	const uint32_t result = ipc_client_call(honest->admin, ADMIN_REQUEST_STATUS, -1, wire_writer_bytes(&body), &answer);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	const bool taken = result == RESULT_OK && admin_status_decode(&in, &status);

	for (uint32_t i = 0; taken && i < status.service_count; i++) {
		standing->clients += status.services[i].clients;
		standing->calls += status.services[i].calls;
	}
	for (uint32_t i = 0; taken && i < status.counter_count; i++)
		if (bytes_equal(status.counters[i].name, bytes_of_text("daemon.heap_bytes")))
			standing->heap_bytes = status.counters[i].value;
	if (taken) {
		standing->descriptors = count_descriptors(status.pid);
		standing->mappings = count_lines(status.pid);
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return taken;
}

static int64_t monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The daemon notices a death when its turn comes, and tells nobody: it is asked until it has. */
static bool standing_returns(struct honest *honest, const struct standing *before, struct standing *now)
{
	const int64_t end_s = monotonic_s() + PATIENCE_S;

	do {
		if (!standing_take(honest, now))
			return false;
		if (now->clients == before->clients && now->calls == before->calls && now->descriptors <= before->descriptors)
			return true;
	} while (monotonic_s() < end_s);
	return false;
}

/* --- the course --- */

static int passed, failed;

static void tell(bool good, const char *promise, const char *detail)
{
	printf("%s %s%s\n", good ? "ok  " : "FAIL", promise, detail);
	*(good ? &passed : &failed) += 1;
}

/* Kills it at its stop number `step`. 1: killed; 0: it had come to the call's end, well; -1: it did not come to the call, or not well through. */
static int kill_at(const struct call *call, unsigned step)
{
	const pid_t child = child_start(call, "trace");
	int status;

	waitpid(child, &status, WUNTRACED);
	if (!WIFSTOPPED(status))
		return -1;
	for (unsigned at = 0; at < step; at++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0)
			break;
		waitpid(child, &status, 0);
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return 1;
}

static unsigned deaths_of(struct honest *honest, const struct call *call, bool *good)
{
	unsigned step = 0;
	int state = 1;

	while (*good && step < STEPS_MAX && (state = kill_at(call, step)) == 1) {
		*good = honest_is_served(honest);
		step++;
	}
	if (state != 0) {
		printf("     %s: at step %u: %s\n", call->name, step, state < 0 ? "the call did not come to its end" : "the other client is not served");
		*good = false;
	}
	return step;
}

/* As long as the child lives, and once more. */
static bool honest_is_served_beside(struct honest *honest, pid_t child, int *status)
{
	bool served = true;

	while (waitpid(child, status, WNOHANG) == 0 && served)
		served = honest_is_served(honest);
	if (!served)
		waitpid(child, status, 0); /* its timer ends it */
	return served && honest_is_served(honest);
}

static bool scribbles_of(struct honest *honest, const struct call *call, const char *prefix, unsigned count)
{
	for (unsigned seed = 1; seed <= count; seed++) {
		char way[16];
		int status;

		snprintf(way, sizeof(way), "%s%u", prefix, seed);
		if (!honest_is_served_beside(honest, child_start(call, way), &status) || (WIFEXITED(status) && WEXITSTATUS(status) == 2)) {
			printf("     %s: scribbled with seed %s: status %d\n", call->name, way, status);
			return false;
		}
	}
	return true;
}

static void course(struct honest *honest, bool print)
{
	const struct call *call;

	for (size_t i = 0; (call = call_at(i)) != NULL; i++) {
		char detail[64];
		bool good = true;
		const unsigned steps = deaths_of(honest, call, &good);

		snprintf(detail, sizeof(detail), ": %u deaths, nobody else noticed", steps);
		if (print || !good)
			tell(good, call->name, detail);
	}
}

static void course_scribbled(struct honest *honest, const char *prefix, const char *when, unsigned count)
{
	const struct call *call;

	for (size_t i = 0; (call = call_at(i)) != NULL; i++) {
		char detail[64];

		snprintf(detail, sizeof(detail), ": %u times over memory scribbled %s, nobody else noticed", count, when);
		tell(scribbles_of(honest, call, prefix, count), call->name, detail);
	}
}

static void standing_judge(struct honest *honest, const struct standing *before, const char *when, struct standing *now)
{
	const bool returned = standing_returns(honest, before, now);
	char detail[256];

	snprintf(detail, sizeof(detail), "%s: clients %" PRIu64 " (%" PRIu64 " before), calls %" PRIu64 " (%" PRIu64 "), descriptors %" PRIu64
	         " (%" PRIu64 "), mappings %" PRIu64 " (%" PRIu64 "), heap %" PRIu64 " (%" PRIu64 ")", when, now->clients, before->clients,
	         now->calls, before->calls, now->descriptors, before->descriptors, now->mappings, before->mappings, now->heap_bytes,
	         before->heap_bytes);
	tell(returned, "the daemon has what it had ", detail);
}

static int parent_main(bool deep)
{
	struct honest honest = {0};
	struct standing before, first, last;

	if (!honest_open(&honest) || !honest_settles(&honest) || !standing_take(&honest, &before)) {
		puts("the daemon does not serve\n0 passed, 1 failed, 0 skipped");
		return 1;
	}
	course(&honest, true);
	course_scribbled(&honest, "", "before", deep ? 100 : 6);
	course_scribbled(&honest, "on", "meanwhile", deep ? 100 : 8);
	standing_judge(&honest, &before, "after the first course", &first);
	for (int i = 0; i < (deep ? 10 : 1); i++)
		course(&honest, false);
	standing_judge(&honest, &before, "after the last", &last);
	tell(last.heap_bytes <= first.heap_bytes + HEAP_SLACK && last.mappings <= first.mappings + 1, "the same deaths again take no more memory", "");
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed > 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	const struct call *call;

	for (size_t i = 0; argc == 3 && (call = call_at(i)) != NULL; i++)
		if (strcmp(argv[1], call->name) == 0)
			_exit(child_main(call, argv[2]));
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--deep") != 0)) {
		fputs("usage: deaths [--deep]\n", stderr);
		return 2;
	}
	return parent_main(argc == 2);
}
