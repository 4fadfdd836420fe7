/* What programs on a node are told of the membership, for clm.sh. It asserts what one node can see; that all see the same is the script's, which
 * compares what is written here. Uses libSaClm alone.
 *
 *   clm-trackers members COUNT                       ends when the membership has so many
 *   clm-trackers track DIRECTORY COUNT NODE CHANGES  COUNT handles, every second one CHANGES_ONLY; each writes its callbacks into a file of its
 *                                                    own, a line each, until NODE has joined and left so often in all; on standard output
 *                                                    `changes N` when all have been told of the Nth
 *   clm-trackers get                                 every member by NodeGet and NodeGetAsync, against the list; and what is refused
 *   clm-trackers stopped                             NodeGet while the daemon is stopped: a line of standard input says when it is, one when it is
 *                                                    not any more */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ais/clm/saClm.h"

enum { TRACKERS_MAX = 1000, NODES_MAX = 64 };

static void fail(const char *what, uint64_t got, uint64_t wanted)
{
	printf("BROKEN %s: %" PRIu64 ", expected %" PRIu64 "\n", what, got, wanted);
	exit(1);
}

static void equal(const char *what, uint64_t got, uint64_t wanted)
{
	if (got != wanted)
		fail(what, got, wanted);
}

/* --- trackers --- */

struct tracker {
	SaClmHandleT handle;
	FILE *file;
	bool changes_only;
	uint64_t view; /* of the last callback */
	bool is_member[NODES_MAX + 1]; /* what the callbacks add up to */
	uint32_t changes; /* of the watched node */
};

/* Callbacks carry no context: the one whose handle is being dispatched. */
static struct tracker *told;
static uint32_t watched, changes_wanted;

static void entry_take(const SaClmClusterNotificationT *entry)
{
	const uint32_t node = entry->clusterNode.nodeId;

	if (node == 0 || node > NODES_MAX)
		fail("a node id", node, NODES_MAX);
	switch (entry->clusterChange) {
	case SA_CLM_NODE_JOINED:
		told->is_member[node] = true;
		break;
	case SA_CLM_NODE_LEFT:
		equal("a node that leaves was a member", told->is_member[node], true);
		told->is_member[node] = false;
		break;
	default:
		if (told->view == 0) /* the first one is the answer to CURRENT */
			told->is_member[node] = true;
		equal("a node that did not change was a member", told->is_member[node], true);
	}
	told->changes += node == watched && entry->clusterChange != SA_CLM_NODE_NO_CHANGE;
	equal("member", entry->clusterNode.member, told->is_member[node]);
	fprintf(told->file, " %" PRIu32 ":%.*s:%.*s:%d:%" PRId64 ":%" PRIu64, node, entry->clusterNode.nodeName.length,
	        (const char *)entry->clusterNode.nodeName.value, entry->clusterNode.nodeAddress.length,
	        (const char *)entry->clusterNode.nodeAddress.value, entry->clusterChange, entry->clusterNode.bootTimestamp,
	        entry->clusterNode.initialViewNumber);
}

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	uint32_t before = 0, left = 0, count = 0;

	equal("the callback's error", error, SA_AIS_OK);
	if (buffer->viewNumber <= told->view)
		fail("a view that does not follow", buffer->viewNumber, told->view + 1);
	fprintf(told->file, "%" PRIu64 " %" PRIu32, buffer->viewNumber, members);
	for (uint32_t i = 0; i < buffer->numberOfItems; i++) {
		const SaClmClusterNotificationT *entry = &buffer->notification[i];
		if (entry->clusterNode.nodeId <= before)
			fail("a node that is told twice, or out of order", entry->clusterNode.nodeId, before + 1);
		before = entry->clusterNode.nodeId;
		left += entry->clusterChange == SA_CLM_NODE_LEFT;
		entry_take(entry);
	}
	fputc('\n', told->file);
	for (uint32_t node = 1; node <= NODES_MAX; node++)
		count += told->is_member[node];
	equal("numberOfMembers", members, count);
	if (!told->changes_only)
		equal("numberOfItems", buffer->numberOfItems, members + left);
	told->view = buffer->viewNumber;
}

static void initialize(SaClmHandleT *handle, const SaClmCallbacksT *callbacks, SaSelectionObjectT *descriptor)
{
	SaVersionT version = {'B', 1, 1};

	equal("saClmInitialize", saClmInitialize(handle, callbacks, &version), SA_AIS_OK);
	equal("saClmSelectionObjectGet", saClmSelectionObjectGet(*handle, descriptor), SA_AIS_OK);
}

static void tracker_open(struct tracker *tracker, size_t number, const char *directory, struct pollfd *poll)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterTrackCallback = on_track};
	char path[400];
	SaSelectionObjectT descriptor;

	tracker->changes_only = number % 2 == 1;
	snprintf(path, sizeof path, "%s/%s.%s.%d.%zu", directory, tracker->changes_only ? "only" : "all", getenv("AIS_LAB_NODE"), getpid(), number);
	tracker->file = fopen(path, "w");
	if (tracker->file == NULL)
		fail("a file that cannot be made: errno", (uint64_t)errno, 0);
	initialize(&tracker->handle, &callbacks, &descriptor);
	equal("saClmClusterTrack", saClmClusterTrack(tracker->handle, SA_TRACK_CURRENT | (tracker->changes_only ? SA_TRACK_CHANGES_ONLY :
	      SA_TRACK_CHANGES), NULL), SA_AIS_OK);
	*poll = (struct pollfd){.fd = (int)descriptor, .events = POLLIN};
}

static void tracker_dispatch(struct tracker *tracker)
{
	told = tracker;
	equal("saClmDispatch", saClmDispatch(tracker->handle, SA_DISPATCH_ONE), SA_AIS_OK);
}

/* What all of them have been told. */
static uint32_t changes_of_all(const struct tracker *trackers, size_t count)
{
	uint32_t least = trackers[0].changes;

	for (size_t i = 1; i < count; i++)
		least = trackers[i].changes < least ? trackers[i].changes : least;
	return least;
}

/* One that is done is left alone: what comes then is not part of the comparison. */
static void trackers_dispatch(struct tracker *trackers, struct pollfd *polls, size_t count)
{
	if (poll(polls, count, -1) < 0 && errno != EINTR)
		fail("poll: errno", (uint64_t)errno, 0);
	for (size_t i = 0; i < count; i++) {
		if (polls[i].fd < 0 || polls[i].revents == 0)
			continue;
		tracker_dispatch(&trackers[i]);
		if (trackers[i].changes < changes_wanted)
			continue;
		polls[i].fd = -1;
		fclose(trackers[i].file);
	}
}

static int track(const char *directory, size_t count)
{
	static struct tracker trackers[TRACKERS_MAX];
	static struct pollfd polls[TRACKERS_MAX];
	uint32_t said = 0;

	for (size_t i = 0; i < count; i++) {
		tracker_open(&trackers[i], i, directory, &polls[i]);
		tracker_dispatch(&trackers[i]); /* CURRENT is pending when the call returns */
	}
	for (printf("changes 0\n"), fflush(stdout); said < changes_wanted; fflush(stdout)) {
		trackers_dispatch(trackers, polls, count);
		while (said < changes_of_all(trackers, count))
			printf("changes %" PRIu32 "\n", ++said);
	}
	return 0;
}

static uint32_t members_told;

static void on_members(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	(void)buffer;
	equal("the callback's error", error, SA_AIS_OK);
	members_told = members;
}

static int members_await(uint32_t wanted)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterTrackCallback = on_members};
	SaSelectionObjectT descriptor;
	SaClmHandleT handle;

	initialize(&handle, &callbacks, &descriptor);
	equal("saClmClusterTrack", saClmClusterTrack(handle, SA_TRACK_CURRENT | SA_TRACK_CHANGES, NULL), SA_AIS_OK);
	while (members_told != wanted) {
		poll(&(struct pollfd){.fd = (int)descriptor, .events = POLLIN}, 1, -1);
		equal("saClmDispatch", saClmDispatch(handle, SA_DISPATCH_ONE), SA_AIS_OK);
	}
	return 0;
}

/* --- NodeGet --- */

static SaClmClusterNodeT asked;
static uint32_t asked_count;
static SaInvocationT asked_invocation;

static void on_node_get(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	equal("the callback's error", error, SA_AIS_OK);
	asked = *node;
	asked_invocation = invocation;
	asked_count++;
}

static bool nodes_equal(const SaClmClusterNodeT *a, const SaClmClusterNodeT *b)
{
	return a->nodeId == b->nodeId && a->nodeAddress.family == b->nodeAddress.family && a->nodeAddress.length == b->nodeAddress.length &&
	       memcmp(a->nodeAddress.value, b->nodeAddress.value, a->nodeAddress.length) == 0 && a->nodeName.length == b->nodeName.length &&
	       memcmp(a->nodeName.value, b->nodeName.value, a->nodeName.length) == 0 && a->member == b->member &&
	       a->bootTimestamp == b->bootTimestamp && a->initialViewNumber == b->initialViewNumber;
}

static void node_is(SaClmHandleT handle, SaClmNodeIdT id, const SaClmClusterNodeT *wanted)
{
	static const SaTimeT timeouts[] = {SA_TIME_ONE_MINUTE, SA_TIME_MAX};
	SaClmClusterNodeT node;

	for (size_t i = 0; i < 2; i++) {
		memset(&node, 0xff, sizeof node);
		equal("saClmClusterNodeGet", saClmClusterNodeGet(handle, id, timeouts[i], &node), SA_AIS_OK);
		equal("the node is as in the list", nodes_equal(&node, wanted), true);
	}
	const uint32_t before = asked_count;
	equal("saClmClusterNodeGetAsync", saClmClusterNodeGetAsync(handle, 0xfeed000000000000 | id, id), SA_AIS_OK);
	equal("saClmDispatch(ALL)", saClmDispatch(handle, SA_DISPATCH_ALL), SA_AIS_OK);
	equal("callbacks", asked_count, before + 1);
	equal("the invocation", asked_invocation, 0xfeed000000000000 | id);
	equal("the node is as in the list", nodes_equal(&asked, wanted), true);
}

static int get(void)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterNodeGetCallback = on_node_get};
	const uint32_t local = (uint32_t)atoi(getenv("AIS_LAB_NODE"));
	SaClmClusterNotificationBufferT list = {0};
	SaSelectionObjectT descriptor;
	SaClmClusterNodeT node;
	SaClmHandleT handle;
	uint32_t remote = 0;

	initialize(&handle, &callbacks, &descriptor);
	equal("saClmClusterTrack", saClmClusterTrack(handle, SA_TRACK_CURRENT, &list), SA_AIS_OK);
	for (uint32_t i = 0; i < list.numberOfItems; i++) {
		const SaClmClusterNodeT *entry = &list.notification[i].clusterNode;
		node_is(handle, entry->nodeId, entry);
		remote += entry->nodeId != local;
		if (entry->nodeId == local)
			node_is(handle, SA_CLM_LOCAL_NODE_ID, entry);
	}
	equal("an unknown node", saClmClusterNodeGet(handle, 4711, SA_TIME_MAX, &node), SA_AIS_ERR_INVALID_PARAM);
	equal("node 0", saClmClusterNodeGet(handle, 0, SA_TIME_MAX, &node), SA_AIS_ERR_INVALID_PARAM);
	equal("timeout 0", saClmClusterNodeGet(handle, local, 0, &node), SA_AIS_ERR_TIMEOUT);
	equal("timeout -1", saClmClusterNodeGet(handle, local, -1, &node), SA_AIS_ERR_INVALID_PARAM);
	equal("an unknown node, asynchronously", saClmClusterNodeGetAsync(handle, 1, 4711), SA_AIS_ERR_INVALID_PARAM);
	printf("node %" PRIu32 " and %" PRIu32 " others, each three times\n", local, remote);
	return 0;
}

static void line_await(const char *what)
{
	char line[100];

	printf("%s\n", what);
	fflush(stdout);
	if (fgets(line, sizeof line, stdin) == NULL)
		fail("standard input ended: errno", (uint64_t)errno, 0);
}

static int stopped(void)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterNodeGetCallback = on_node_get};
	SaSelectionObjectT descriptor;
	SaClmClusterNodeT node;
	SaClmHandleT handle;

	initialize(&handle, &callbacks, &descriptor);
	line_await("ready");
	equal("saClmClusterNodeGet of a stopped daemon", saClmClusterNodeGet(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND / 2, &node),
	      SA_AIS_ERR_TIMEOUT);
	line_await("timeout");
	equal("saClmClusterNodeGet", saClmClusterNodeGet(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &node), SA_AIS_OK);
	node_is(handle, SA_CLM_LOCAL_NODE_ID, &node);
	printf("answered\n");
	return 0;
}

int main(int argc, char **argv)
{
	const size_t count = argc == 6 ? (size_t)atoi(argv[3]) : 0;

	if (getenv("AIS_LAB_NODE") != NULL && argc == 6 && strcmp(argv[1], "track") == 0 && count > 0 && count <= TRACKERS_MAX) {
		watched = (uint32_t)atoi(argv[4]);
		changes_wanted = (uint32_t)atoi(argv[5]);
		return track(argv[2], count);
	}
	if (getenv("AIS_LAB_NODE") != NULL && argc == 2 && strcmp(argv[1], "get") == 0)
		return get();
	if (argc == 2 && strcmp(argv[1], "stopped") == 0)
		return stopped();
	if (argc == 3 && strcmp(argv[1], "members") == 0)
		return members_await((uint32_t)atoi(argv[2]));
	fprintf(stderr, "usage: clm-trackers members COUNT | track DIRECTORY COUNT NODE CHANGES | get | stopped, in a node of ais-lab\n");
	return 2;
}
