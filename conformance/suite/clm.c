/* CLM assertions that one node can show. */
#include "conformance/suite/clm.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/suite/assertions.h"

struct clm_library clm_library_open(struct test *test)
{
	void *library = library_open(test, "libSaClm.so.3");

	return (struct clm_library){
		.library = library,
		.initialize = library_symbol(test, library, "saClmInitialize"),
		.selection_object_get = library_symbol(test, library, "saClmSelectionObjectGet"),
		.dispatch = library_symbol(test, library, "saClmDispatch"),
		.finalize = library_symbol(test, library, "saClmFinalize"),
		.track = library_symbol(test, library, "saClmClusterTrack"),
		.track_stop = library_symbol(test, library, "saClmClusterTrackStop"),
		.node_get = library_symbol(test, library, "saClmClusterNodeGet"),
		.node_get_async = library_symbol(test, library, "saClmClusterNodeGetAsync"),
	};
}

SaAisErrorT clm_initialize(struct test *test, const struct clm_library *clm, SaClmHandleT *handle, const SaClmCallbacksT *callbacks)
{
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	SaAisErrorT error;

	do {
		SaVersionT version = {'B', 1, 1};
		error = clm->initialize(handle, callbacks, &version);
		if (error == SA_AIS_ERR_TRY_AGAIN)
			test_sleep(test, 0.02);
	} while (error == SA_AIS_ERR_TRY_AGAIN && now_ns() < until);
	return error;
}

/* --- the descriptor for COM --- */

static void subject_node_get(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	(void)node;
	subject_called(invocation, error, true);
}

static void subject_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	(void)buffer;
	(void)members;
	subject_called(0, error, false);
}

static const SaClmCallbacksT subject_callbacks = {subject_node_get, subject_track};

static SaAisErrorT subject_ask(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	__typeof__(&saClmClusterNodeGetAsync) node_get_async = library_symbol(test, library, "saClmClusterNodeGetAsync");

	return node_get_async(handle, invocation, SA_CLM_LOCAL_NODE_ID);
}

static SaAisErrorT subject_ask_wrongly(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	__typeof__(&saClmClusterNodeGetAsync) node_get_async = library_symbol(test, library, "saClmClusterNodeGetAsync");

	return node_get_async(handle, invocation, 0x7ffffff1);
}

static SaAisErrorT subject_work(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saClmClusterNodeGet) node_get = library_symbol(test, library, "saClmClusterNodeGet");
	SaClmClusterNodeT node;

	return node_get(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &node);
}

static void subject_fence(struct test *test, void *library, SaUint64T handle)
{
	test_code(test, subject_work(test, library, handle), SA_AIS_OK, "saClmClusterNodeGet");
}

const struct subject clm_subject = {
	.service = "clm", .soname = "libSaClm.so.3", .prefix = "saClm", .version = {'B', 1, 1}, .pending_at_once = true,
	.callbacks = &subject_callbacks, .callbacks_size = sizeof subject_callbacks,
	.ask = subject_ask, .ask_wrongly = subject_ask_wrongly, .fence = subject_fence, .work = subject_work,
};

/* --- what callbacks saw: callbacks carry no context --- */

enum { TRACKS_MAX = 32, ITEMS_MAX = 64 };

static struct {
	size_t track_count, node_get_count;
	struct {
		SaUint64T view;
		SaUint32T items, members;
		SaAisErrorT error;
		SaClmClusterNotificationT entries[ITEMS_MAX];
	} tracks[TRACKS_MAX];
	struct {
		SaInvocationT invocation;
		SaClmClusterNodeT node;
		SaAisErrorT error;
	} node_gets[TRACKS_MAX];
} seen;

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	const size_t at = seen.track_count++ % TRACKS_MAX;

	seen.tracks[at].view = buffer->viewNumber;
	seen.tracks[at].items = buffer->numberOfItems;
	seen.tracks[at].members = members;
	seen.tracks[at].error = error;
	for (SaUint32T i = 0; i < buffer->numberOfItems && i < ITEMS_MAX; i++)
		seen.tracks[at].entries[i] = buffer->notification[i];
}

static void on_node_get(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	const size_t at = seen.node_get_count++ % TRACKS_MAX;

	seen.node_gets[at].invocation = invocation;
	seen.node_gets[at].error = error;
	if (node != NULL)
		seen.node_gets[at].node = *node;
}

static const SaClmCallbacksT both_callbacks = {on_node_get, on_track};

struct clm {
	struct test *test;
	struct clm_library api;
	SaClmHandleT handle;
	SaSelectionObjectT descriptor;
};

static struct clm clm_begin_with(struct test *test, const SaClmCallbacksT *callbacks)
{
	struct clm clm = {.test = test, .api = clm_library_open(test)};

	test_code(test, clm_initialize(test, &clm.api, &clm.handle, callbacks), SA_AIS_OK, "saClmInitialize");
	test_code(test, clm.api.selection_object_get(clm.handle, &clm.descriptor), SA_AIS_OK, "saClmSelectionObjectGet");
	return clm;
}

static struct clm clm_begin(struct test *test)
{
	return clm_begin_with(test, &both_callbacks);
}

static void dispatch_until(struct clm *clm, const size_t *counter, size_t count)
{
	while (*counter < count) {
		test_true(clm->test, descriptor_readable(clm->descriptor, test_limit_ns(clm->test, 10)), "a callback is pending");
		test_code(clm->test, clm->api.dispatch(clm->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saClmDispatch(ALL)");
	}
}

/* A call after which whatever was to come had come; then all of it is dispatched. */
static void settle(struct clm *clm)
{
	SaClmClusterNodeT node;

	clm->api.node_get(clm->handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &node);
	descriptor_readable(clm->descriptor, 200000000);
	test_code(clm->test, clm->api.dispatch(clm->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saClmDispatch(ALL)");
}

static SaAisErrorT track(struct clm *clm, int flags, SaClmClusterNotificationBufferT *buffer)
{
	return clm->api.track(clm->handle, (SaUint8T)flags, buffer);
}

/* The library's array with the current membership. */
static SaClmClusterNotificationBufferT current(struct clm *clm)
{
	SaClmClusterNotificationBufferT buffer;

	memset(&buffer, 0xff, sizeof buffer); /* what an out parameter held before must not matter */
	buffer.notification = NULL;
	test_code(clm->test, track(clm, SA_TRACK_CURRENT, &buffer), SA_AIS_OK, "saClmClusterTrack(CURRENT, notification NULL)");
	test_true(clm->test, buffer.notification != NULL, "an array was allocated");
	test_true(clm->test, buffer.numberOfItems >= 1, "%u members", buffer.numberOfItems);
	return buffer;
}

static bool nodes_equal(const SaClmClusterNodeT *a, const SaClmClusterNodeT *b)
{
	return a->nodeId == b->nodeId && a->nodeAddress.family == b->nodeAddress.family && a->nodeAddress.length == b->nodeAddress.length &&
	       a->nodeAddress.length <= SA_CLM_MAX_ADDRESS_LENGTH &&
	       memcmp(a->nodeAddress.value, b->nodeAddress.value, a->nodeAddress.length) == 0 && a->nodeName.length == b->nodeName.length &&
	       a->nodeName.length <= SA_MAX_NAME_LENGTH && memcmp(a->nodeName.value, b->nodeName.value, a->nodeName.length) == 0 &&
	       a->member == b->member && a->bootTimestamp == b->bootTimestamp && a->initialViewNumber == b->initialViewNumber;
}

/* --- types --- */

void CLM_001(struct test *test)
{
	probe_compile(test, "#include <saClm.h>\n"
	              "#define IS(name, value) _Static_assert(name == value, #name)\n"
	              "IS(SA_CLM_LOCAL_NODE_ID, 0xffffffff); IS(SA_CLM_MAX_ADDRESS_LENGTH, 64);\n"
	              "_Static_assert(SA_CLM_LOCAL_NODE_ID > 0, \"unsigned\");\n"
	              "IS(SA_CLM_AF_INET, 1); IS(SA_CLM_AF_INET6, 2); IS(SA_CLM_NODE_NO_CHANGE, 1); IS(SA_CLM_NODE_JOINED, 2);\n"
	              "IS(SA_CLM_NODE_LEFT, 3); IS(SA_CLM_NODE_RECONFIGURED, 4);\n");
}

void CLM_002(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saClm.h>\n"
	              "#define SIZE(type, size) _Static_assert(sizeof(type) == size, #type)\n"
	              "#define AT(type, field, offset) _Static_assert(offsetof(type, field) == offset, #type \".\" #field)\n"
	              "SIZE(SaClmHandleT, 8); SIZE(SaClmNodeIdT, 4); SIZE(SaClmNodeAddressT, 72);\n"
	              "AT(SaClmNodeAddressT, length, 4); AT(SaClmNodeAddressT, value, 6);\n"
	              "AT(SaClmClusterNodeT, nodeAddress, 4); AT(SaClmClusterNodeT, nodeName, 76); AT(SaClmClusterNodeT, member, 336);\n"
	              "#if defined __LP64__\n"
	              "SIZE(SaClmClusterNodeT, 360); AT(SaClmClusterNodeT, bootTimestamp, 344); AT(SaClmClusterNodeT, initialViewNumber, 352);\n"
	              "SIZE(SaClmClusterNotificationT, 368); AT(SaClmClusterNotificationT, clusterChange, 360);\n"
	              "SIZE(SaClmClusterNotificationBufferT, 24); AT(SaClmClusterNotificationBufferT, numberOfItems, 8);\n"
	              "AT(SaClmClusterNotificationBufferT, notification, 16); AT(SaClmCallbacksT, saClmClusterTrackCallback, 8);\n"
	              "#elif defined __i386__\n"
	              "SIZE(SaClmClusterNodeT, 356); AT(SaClmClusterNodeT, bootTimestamp, 340); AT(SaClmClusterNodeT, initialViewNumber, 348);\n"
	              "SIZE(SaClmClusterNotificationT, 360); AT(SaClmClusterNotificationT, clusterChange, 356);\n"
	              "SIZE(SaClmClusterNotificationBufferT, 16); AT(SaClmClusterNotificationBufferT, notification, 12);\n"
	              "#endif\n");
}

void CLM_003(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saClm.h>\n"
	              "_Static_assert(offsetof(SaClmCallbacksT, saClmClusterNodeGetCallback) == 0, \"first\");\n"
	              "static SaClmClusterNodeGetCallbackT first;\nstatic SaClmClusterTrackCallbackT second;\n"
	              "SaClmCallbacksT callbacks(void);\nSaClmCallbacksT callbacks(void) { return (SaClmCallbacksT){first, second}; }\n");
}

void CLM_004(struct test *test)
{
	const struct clm_library clm = clm_library_open(test);
	SaVersionT version = {'B', 1, 0};
	SaClmHandleT handle;

	test_code(test, clm_initialize(test, &clm, &handle, NULL), SA_AIS_OK, "saClmInitialize");
	test_code(test, clm.initialize(&handle, NULL, &version), SA_AIS_OK, "saClmInitialize with B.1.0");
	test_true(test, version.releaseCode == 'B' && version.majorVersion == 1 && version.minorVersion == 1, "written back: %c.%u.%u",
	          version.releaseCode, version.majorVersion, version.minorVersion);
}

/* --- Track CURRENT --- */

void CLM_005(struct test *test)
{
	struct clm clm = clm_begin(test);

	current(&clm);
}

void CLM_006(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	free(buffer.notification); /* glibc ends the process if this was not malloc's */
	test_observe(test, "free() took it");
}

void CLM_007(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);
	SaClmClusterNodeT local;
	size_t found = 0;

	test_code(test, clm.api.node_get(clm.handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &local), SA_AIS_OK, "saClmClusterNodeGet(LOCAL)");
	for (SaUint32T i = 0; i < buffer.numberOfItems; i++)
		found += buffer.notification[i].clusterNode.nodeId == local.nodeId && buffer.notification[i].clusterNode.member == SA_TRUE;
	test_equal(test, found, 1, "entries that are the local node and member");
}

void CLM_008(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	for (SaUint32T i = 0; i < buffer.numberOfItems; i++)
		test_equal(test, buffer.notification[i].clusterChange, SA_CLM_NODE_NO_CHANGE, "change of entry %u", i);
}

/* CASE-108, as with node_get() */
void CLM_009(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaClmClusterNotificationBufferT supplied = current(&clm);
	const SaUint32T members = supplied.numberOfItems;
	SaClmClusterNotificationT array[ITEMS_MAX];
	SaClmClusterNotificationBufferT buffer = {.notification = array, .numberOfItems = members};

	memset(array, 0xff, sizeof array);
	test_code(test, track(&clm, SA_TRACK_CURRENT, &buffer), SA_AIS_OK, "CURRENT with an array of %u", members);
	test_equal(test, buffer.numberOfItems, members, "numberOfItems");
	test_true(test, buffer.notification == array, "the caller's array was used");
	for (SaUint32T i = 0; i < members; i++)
		test_true(test, nodes_equal(&array[i].clusterNode, &supplied.notification[i].clusterNode) &&
		          array[i].clusterChange == SA_CLM_NODE_NO_CHANGE, "entry %u is what the library's own buffer says", i);
}

void CLM_010(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaUint32T members = current(&clm).numberOfItems;
	SaClmClusterNotificationT array[ITEMS_MAX], canary;
	SaClmClusterNotificationBufferT buffer = {.notification = array, .numberOfItems = members + 2};

	memset(array, 0xa5, sizeof array);
	memset(&canary, 0xa5, sizeof canary);
	test_code(test, track(&clm, SA_TRACK_CURRENT, &buffer), SA_AIS_OK, "CURRENT with an array of %u", members + 2);
	test_equal(test, buffer.numberOfItems, members, "numberOfItems");
	test_bytes(test, &array[members], &canary, sizeof canary, "the element beyond");
	test_bytes(test, &array[members + 1], &canary, sizeof canary, "the one after");
}

void CLM_011(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationT array[1];
	SaClmClusterNotificationBufferT buffer = {.notification = array, .numberOfItems = 0};

	test_code(test, track(&clm, SA_TRACK_CURRENT, &buffer), SA_AIS_ERR_INVALID_PARAM, "CURRENT with an array of 0");
}

void CLM_014(struct test *test)
{
	static const SaUint32T counts[] = {0, 0xffffffff};
	struct clm clm = clm_begin(test);

	for (size_t i = 0; i < 2; i++) {
		SaClmClusterNotificationBufferT buffer = {.numberOfItems = counts[i]};
		test_code(test, track(&clm, SA_TRACK_CURRENT, &buffer), SA_AIS_OK, "notification NULL, numberOfItems %u", counts[i]);
		free(buffer.notification);
	}
}

static void current_callback(struct clm *clm)
{
	test_code(clm->test, track(clm, SA_TRACK_CURRENT, NULL), SA_AIS_OK, "saClmClusterTrack(CURRENT, NULL)");
	dispatch_until(clm, &seen.track_count, seen.track_count + 1);
}

void CLM_015(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	current_callback(&clm);
	test_code(test, seen.tracks[0].error, SA_AIS_OK, "the callback's error");
	test_equal(test, seen.tracks[0].items, buffer.numberOfItems, "its entries");
	for (SaUint32T i = 0; i < buffer.numberOfItems; i++)
		test_true(test, nodes_equal(&seen.tracks[0].entries[i].clusterNode, &buffer.notification[i].clusterNode),
		          "entry %u is as in the buffer", i);
}

void CLM_016(struct test *test)
{
	struct clm clm = clm_begin(test);

	current_callback(&clm);
	settle(&clm);
	test_equal(test, seen.track_count, 1, "callbacks");
}

void CLM_017(struct test *test)
{
	struct clm clm = clm_begin(test);

	for (int i = 0; i < 5; i++)
		test_code(test, track(&clm, SA_TRACK_CURRENT, NULL), SA_AIS_OK, "saClmClusterTrack(CURRENT, NULL)");
	dispatch_until(&clm, &seen.track_count, 5);
	settle(&clm);
	test_equal(test, seen.track_count, 5, "callbacks");
}

void CLM_018(struct test *test)
{
	struct clm clm = clm_begin(test);

	current_callback(&clm);
	test_equal(test, seen.tracks[0].members, seen.tracks[0].items, "numberOfMembers");
}

/* --- callbacks and flags --- */

static void init_needed(struct test *test, int flags)
{
	static const SaClmCallbacksT node_get_only = {on_node_get, NULL};
	struct clm clm = clm_begin_with(test, &node_get_only);

	test_code(test, track(&clm, flags, NULL), SA_AIS_ERR_INIT, "saClmClusterTrack(0x%x) without the track callback", flags);
}

void CLM_019(struct test *test)
{
	init_needed(test, SA_TRACK_CURRENT);
}

void CLM_020(struct test *test)
{
	init_needed(test, SA_TRACK_CHANGES);
}

void CLM_021(struct test *test)
{
	init_needed(test, SA_TRACK_CHANGES_ONLY);
}

void CLM_022(struct test *test)
{
	struct clm clm = clm_begin_with(test, NULL);

	current(&clm);
}

static void flags_refused(struct test *test, const int *flags, size_t count)
{
	struct clm clm = clm_begin(test);

	for (size_t i = 0; i < count; i++) {
		SaClmClusterNotificationBufferT buffer = {0};
		test_code(test, track(&clm, flags[i], &buffer), SA_AIS_ERR_BAD_FLAGS, "saClmClusterTrack(0x%02x)", flags[i]);
		test_code(test, track(&clm, flags[i], NULL), SA_AIS_ERR_BAD_FLAGS, "saClmClusterTrack(0x%02x, NULL)", flags[i]);
	}
}

void CLM_023(struct test *test)
{
	static const int flags[] = {0};

	flags_refused(test, flags, 1);
}

void CLM_024(struct test *test)
{
	static const int flags[] = {SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY, SA_TRACK_CURRENT | SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY};

	flags_refused(test, flags, 2);
}

void CLM_025(struct test *test)
{
	static const int flags[] = {0x08, 0x10, 0x80, 0x81};

	flags_refused(test, flags, 4);
}

void CLM_026(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationT array[1];
	SaClmClusterNotificationBufferT broken = {.notification = array};

	test_code(test, track(&clm, SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY, NULL), SA_AIS_ERR_BAD_FLAGS, "both modes");
	test_code(test, track(&clm, SA_TRACK_CHANGES | 0x80, NULL), SA_AIS_ERR_BAD_FLAGS, "CHANGES and an unknown bit");
	test_code(test, track(&clm, SA_TRACK_CURRENT | SA_TRACK_CHANGES, &broken), SA_AIS_ERR_INVALID_PARAM, "CURRENT+CHANGES, array of 0");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop");
}

void CLM_027(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = {0};

	test_code(test, clm.api.track(0xdeadbeef12345678, SA_TRACK_CURRENT, &buffer), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
	test_code(test, clm.api.finalize(clm.handle), SA_AIS_OK, "saClmFinalize");
	test_code(test, track(&clm, SA_TRACK_CURRENT, &buffer), SA_AIS_ERR_BAD_HANDLE, "saClmClusterTrack on the finalized handle");
}

void CLM_028(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationT array[1];
	SaClmClusterNotificationBufferT broken = {.notification = array};

	test_code(test, track(&clm, SA_TRACK_CHANGES, &broken), SA_AIS_OK, "CHANGES with a buffer that makes no sense");
}

void CLM_029(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, track(&clm, SA_TRACK_CHANGES, NULL), SA_AIS_OK, "saClmClusterTrack(CHANGES)");
	settle(&clm);
	test_equal(test, seen.track_count, 0, "callbacks");
}

/* --- TrackStop --- */

static void stop_twice(struct test *test, int flags)
{
	struct clm clm = clm_begin(test);

	test_code(test, track(&clm, flags, NULL), SA_AIS_OK, "saClmClusterTrack(0x%x)", flags);
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_OK, "saClmClusterTrackStop");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop again");
}

void CLM_030(struct test *test)
{
	stop_twice(test, SA_TRACK_CHANGES);
}

void CLM_031(struct test *test)
{
	stop_twice(test, SA_TRACK_CHANGES_ONLY);
}

void CLM_032(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop");
}

void CLM_033(struct test *test)
{
	struct clm clm = clm_begin(test);

	free(current(&clm).notification);
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop after CURRENT");
	test_code(test, track(&clm, SA_TRACK_CURRENT, NULL), SA_AIS_OK, "saClmClusterTrack(CURRENT, NULL)");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop with its callback pending");
	dispatch_until(&clm, &seen.track_count, 1);
}

void CLM_034(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, track(&clm, SA_TRACK_CHANGES, NULL), SA_AIS_OK, "saClmClusterTrack(CHANGES)");
	test_code(test, track(&clm, SA_TRACK_CHANGES_ONLY, NULL), SA_AIS_OK, "saClmClusterTrack(CHANGES_ONLY)");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_OK, "saClmClusterTrackStop");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop again");
}

void CLM_035(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, clm.api.track_stop(0xdeadbeef12345678), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
	test_code(test, clm.api.finalize(clm.handle), SA_AIS_OK, "saClmFinalize");
	test_code(test, clm.api.track_stop(clm.handle), SA_AIS_ERR_BAD_HANDLE, "saClmClusterTrackStop on the finalized handle");
}

/* Independence is shown by what only one of them has: a mode, and a pending answer. */
void CLM_050(struct test *test)
{
	struct clm first = clm_begin(test), second = clm_begin(test);

	test_code(test, track(&first, SA_TRACK_CHANGES, NULL), SA_AIS_OK, "saClmClusterTrack(CHANGES) on the first handle");
	test_code(test, second.api.track_stop(second.handle), SA_AIS_ERR_NOT_EXIST, "saClmClusterTrackStop on the second");
	test_code(test, track(&second, SA_TRACK_CURRENT, NULL), SA_AIS_OK, "saClmClusterTrack(CURRENT, NULL) on the second");
	settle(&first);
	test_equal(test, seen.track_count, 0, "callbacks through the first");
	dispatch_until(&second, &seen.track_count, 1);
	test_code(test, first.api.track_stop(first.handle), SA_AIS_OK, "saClmClusterTrackStop on the first");
}

/* --- NodeGet --- */

/* CASE-108: what the caller's memory held before is no input; so everywhere it holds what would be a wrong one. */
static SaClmClusterNodeT node_get(struct clm *clm, SaClmNodeIdT id)
{
	SaClmClusterNodeT node;

	memset(&node, 0xff, sizeof node);
	test_code(clm->test, clm->api.node_get(clm->handle, id, SA_TIME_MAX, &node), SA_AIS_OK, "saClmClusterNodeGet(0x%x)", id);
	return node;
}

void CLM_051(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_equal(test, node_get(&clm, SA_CLM_LOCAL_NODE_ID).member, SA_TRUE, "member");
}

void CLM_052(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaClmClusterNodeT local = node_get(&clm, SA_CLM_LOCAL_NODE_ID);

	test_true(test, local.nodeId != SA_CLM_LOCAL_NODE_ID, "the real id is %u", local.nodeId);
	const SaClmClusterNodeT same = node_get(&clm, local.nodeId);
	test_true(test, nodes_equal(&local, &same), "both say the same");
}

void CLM_053(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	for (SaUint32T i = 0; i < buffer.numberOfItems; i++) {
		const SaClmClusterNodeT *entry = &buffer.notification[i].clusterNode;
		const SaClmClusterNodeT node = node_get(&clm, entry->nodeId);
		test_true(test, nodes_equal(&node, entry), "node %u is as in the list", entry->nodeId);
	}
}

void CLM_054(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNodeT node;

	test_code(test, clm.api.node_get(clm.handle, 0x7ffffff1, SA_TIME_MAX, &node), SA_AIS_ERR_INVALID_PARAM, "an id never used");
}

void CLM_055(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, clm.api.node_get(clm.handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, NULL), SA_AIS_ERR_INVALID_PARAM, "clusterNode NULL");
}

void CLM_056(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNodeT node;

	test_code(test, clm.api.node_get(clm.handle, SA_CLM_LOCAL_NODE_ID, 0, &node), SA_AIS_ERR_TIMEOUT, "timeout 0");
}

void CLM_057(struct test *test)
{
	struct clm clm = clm_begin(test);

	node_get(&clm, SA_CLM_LOCAL_NODE_ID);
}

void CLM_058(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNodeT node;

	test_code(test, clm.api.node_get(0xdeadbeef12345678, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &node), SA_AIS_ERR_BAD_HANDLE, "never issued");
	test_code(test, clm.api.finalize(clm.handle), SA_AIS_OK, "saClmFinalize");
	test_code(test, clm.api.node_get(clm.handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_MAX, &node), SA_AIS_ERR_BAD_HANDLE, "finalized");
}

/* --- NodeGetAsync --- */

void CLM_059(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaClmClusterNodeT node = node_get(&clm, SA_CLM_LOCAL_NODE_ID);

	test_code(test, clm.api.node_get_async(clm.handle, 0xabcdef0123456789, SA_CLM_LOCAL_NODE_ID), SA_AIS_OK, "saClmClusterNodeGetAsync");
	dispatch_until(&clm, &seen.node_get_count, 1);
	test_code(test, seen.node_gets[0].error, SA_AIS_OK, "the callback's error");
	test_true(test, seen.node_gets[0].invocation == 0xabcdef0123456789, "the invocation came back");
	test_true(test, nodes_equal(&seen.node_gets[0].node, &node), "it says what saClmClusterNodeGet says");
}

void CLM_060(struct test *test)
{
	static const SaClmCallbacksT track_only = {NULL, on_track};
	struct clm clm = clm_begin_with(test, &track_only);

	test_code(test, clm.api.node_get_async(clm.handle, 1, SA_CLM_LOCAL_NODE_ID), SA_AIS_ERR_INIT, "without the node-get callback");
}

void CLM_061(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaAisErrorT returned = clm.api.node_get_async(clm.handle, 3, 0x7ffffff1);

	if (returned == SA_AIS_OK) {
		dispatch_until(&clm, &seen.node_get_count, 1);
		test_code(test, seen.node_gets[0].error, SA_AIS_ERR_INVALID_PARAM, "the callback's error");
		return;
	}
	test_code(test, returned, SA_AIS_ERR_INVALID_PARAM, "saClmClusterNodeGetAsync of an unknown id");
	settle(&clm);
	test_equal(test, seen.node_get_count, 0, "callbacks after the refusal");
}

void CLM_062(struct test *test)
{
	struct clm clm = clm_begin(test);

	for (int i = 0; i < 2; i++)
		test_code(test, clm.api.node_get_async(clm.handle, 5, SA_CLM_LOCAL_NODE_ID), SA_AIS_OK, "saClmClusterNodeGetAsync");
	dispatch_until(&clm, &seen.node_get_count, 2);
	test_true(test, seen.node_gets[0].invocation == 5 && seen.node_gets[1].invocation == 5, "both callbacks carry the invocation");
}

void CLM_063(struct test *test)
{
	struct clm clm = clm_begin(test);

	test_code(test, clm.api.node_get_async(0xdeadbeef12345678, 1, SA_CLM_LOCAL_NODE_ID), SA_AIS_ERR_BAD_HANDLE, "never issued");
	test_code(test, clm.api.finalize(clm.handle), SA_AIS_OK, "saClmFinalize");
	test_code(test, clm.api.node_get_async(clm.handle, 1, SA_CLM_LOCAL_NODE_ID), SA_AIS_ERR_BAD_HANDLE, "finalized");
}

/* --- what a node says of itself --- */

void CLM_064(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	for (SaUint32T i = 0; i < buffer.numberOfItems; i++) {
		const SaClmNodeAddressT *address = &buffer.notification[i].clusterNode.nodeAddress;
		char text[SA_CLM_MAX_ADDRESS_LENGTH + 1] = "";
		uint8_t binary[16];
		test_true(test, address->length >= 1 && address->length <= SA_CLM_MAX_ADDRESS_LENGTH, "length %u", address->length);
		test_true(test, address->family == SA_CLM_AF_INET || address->family == SA_CLM_AF_INET6, "family %d", address->family);
		memcpy(text, address->value, address->length);
		test_equal(test, strlen(text), address->length, "octets in '%s'", text);
		test_true(test, inet_pton(address->family == SA_CLM_AF_INET ? AF_INET : AF_INET6, text, binary) == 1, "'%s' is an address", text);
	}
}

void CLM_065(struct test *test)
{
	struct clm clm = clm_begin(test);
	SaClmClusterNotificationBufferT buffer = current(&clm);

	for (SaUint32T i = 0; i < buffer.numberOfItems; i++) {
		const SaNameT *name = &buffer.notification[i].clusterNode.nodeName;
		test_true(test, name->length >= 1 && name->length <= SA_MAX_NAME_LENGTH, "name of %u octets", name->length);
		for (SaUint32T j = 0; j < i; j++) {
			const SaNameT *other = &buffer.notification[j].clusterNode.nodeName;
			test_true(test, other->length != name->length || memcmp(other->value, name->value, name->length) != 0, "names %u, %u differ", i, j);
		}
	}
}

void CLM_066(struct test *test)
{
	struct clm clm = clm_begin(test);
	const SaClmClusterNodeT first = node_get(&clm, SA_CLM_LOCAL_NODE_ID), second = node_get(&clm, SA_CLM_LOCAL_NODE_ID);

	test_true(test, first.bootTimestamp > 0 && first.bootTimestamp < wall_ns(), "bootTimestamp %lld lies in the past",
	          (long long)first.bootTimestamp);
	test_true(test, first.bootTimestamp == second.bootTimestamp, "and stays");
}

void CLM_067(struct test *test)
{
	struct clm clm = clm_begin(test), other = clm_begin(test);

	test_code(test, track(&clm, SA_TRACK_CHANGES, NULL), SA_AIS_OK, "saClmClusterTrack(CHANGES)");
	test_code(test, track(&clm, SA_TRACK_CURRENT, NULL), SA_AIS_OK, "saClmClusterTrack(CURRENT, NULL)");
	test_code(test, clm.api.finalize(clm.handle), SA_AIS_OK, "saClmFinalize");
	settle(&other);
	test_equal(test, seen.track_count, 0, "callbacks");
}
