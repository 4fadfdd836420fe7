/* Unit tests of libSaClm on the service, with the engine and the IPC between them replaced by this file: a call goes straight into the
 * service's handler, an event into a queue that clm_dispatch() empties. */
#include "conformance/check/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "ais/clm/clm_messages.h"
#include "ais/clm/clm_service.h"
#include "ais/common/ais_client.h"

enum { EVENTS_MAX = 32, HANDLE = 7, CALLS_MAX = 32 };

struct event {
	uint16_t number;
	size_t size;
	uint8_t body[4096];
};

struct client {
	struct service *service;
	uint8_t data[64];
	struct wire_writer *answer;
	uint32_t code;
	bool later, answered;
};

/* The handle is the client: one of each. */
struct ais_handle {
	struct client client;
	SaClmCallbacksT callbacks;
	uint8_t data[64];
	struct event events[EVENTS_MAX];
	size_t event_count;
};

struct service {
	uint8_t data[64];
};

static struct fixture {
	struct service service;
	struct ais_handle handle;
	const struct ais_library *library;
	/* what the callbacks saw: "8:1=2+/2" is view, entries, numberOfMembers */
	char seen[CALLS_MAX][100];
	size_t seen_count;
	void (*behind_answer)(void); /* NULL, or what happens before the library has read the answer of the next call */
} *at;

/* --- the engine's part --- */

void *service_data(struct service *service, size_t size)
{
	CU_ASSERT_FATAL(size <= sizeof service->data);
	return service->data;
}

const struct host *service_host(struct service *service)
{
	(void)service;
	CU_FAIL_FATAL("nothing here may need the host");
	return NULL;
}

struct client *client_first(struct service *service)
{
	(void)service;
	return &at->handle.client;
}

struct client *client_next(struct service *service, struct client *client)
{
	(void)service;
	(void)client;
	return NULL;
}

void *client_data(struct client *client)
{
	return client->data;
}

enum service_outcome service_answer_with(struct client *client, uint32_t code, struct bytes body)
{
	client->code = code;
	client->answered = true;
	if (client->answer != NULL)
		wire_put_raw(client->answer, body.data, body.size);
	return SERVICE_ANSWERED;
}

enum service_outcome service_answer(struct client *client, uint32_t code)
{
	return service_answer_with(client, code, (struct bytes){0});
}

enum service_outcome service_answer_later(struct client *client)
{
	client->later = true;
	client->code = RESULT_TRY_AGAIN; /* as at the deadline */
	return SERVICE_ANSWERED;
}

enum service_outcome service_disconnect(struct client *client, const char *why)
{
	(void)client;
	(void)why;
	return SERVICE_CLOSED;
}

void service_event(struct client *client, uint16_t number, struct bytes body)
{
	struct event *event = &at->handle.events[at->handle.event_count++];

	(void)client;
	CU_ASSERT_FATAL(at->handle.event_count <= EVENTS_MAX && body.size <= sizeof event->body);
	event->number = number;
	event->size = body.size;
	memcpy(event->body, body.data, body.size);
}

/* --- ais/common's part --- */

SaAisErrorT ais_initialize(const struct ais_library *library, SaUint64T *handle, const void *callbacks, SaVersionT *version)
{
	(void)version;
	CU_ASSERT_FATAL(library->callbacks_size == sizeof at->handle.callbacks && library->data_size <= sizeof at->handle.data);
	at->library = library;
	if (callbacks != NULL)
		memcpy(&at->handle.callbacks, callbacks, library->callbacks_size);
	*handle = HANDLE;
	return SA_AIS_OK;
}

SaAisErrorT ais_selection_object_get(const struct ais_library *library, SaUint64T handle, SaSelectionObjectT *selection_object)
{
	(void)library;
	(void)handle;
	(void)selection_object;
	return SA_AIS_ERR_LIBRARY;
}

SaAisErrorT ais_dispatch(const struct ais_library *library, SaUint64T handle, SaDispatchFlagsT flags)
{
	(void)handle;
	(void)flags;
	for (size_t i = 0; i < at->handle.event_count; i++) {
		const struct event *event = &at->handle.events[i];
		struct wire_reader in = wire_reader_of(bytes_of(event->body, event->size));
		if (!library->event_is_stale(&at->handle, event->number, in))
			library->event(&at->handle, event->number, &in);
	}
	at->handle.event_count = 0;
	return SA_AIS_OK;
}

SaAisErrorT ais_finalize(const struct ais_library *library, SaUint64T handle)
{
	(void)library;
	(void)handle;
	return SA_AIS_OK;
}

struct ais_handle *ais_handle_get(const struct ais_library *library, SaUint64T handle)
{
	(void)library;
	return handle == HANDLE ? &at->handle : NULL;
}

void ais_handle_put(struct ais_handle *handle)
{
	(void)handle;
}

void *ais_handle_data(struct ais_handle *handle)
{
	return handle->data;
}

const void *ais_handle_callbacks(const struct ais_handle *handle)
{
	return &handle->callbacks;
}

SaAisErrorT ais_call(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                     struct wire_writer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(body));

	(void)timeout;
	handle->client.answer = answer;
	handle->client.answered = handle->client.later = false;
	CU_ASSERT_FATAL(request < aisle_service_clm.request_count);
	const enum service_outcome outcome = aisle_service_clm.requests[request].handle(&at->service, &handle->client, &in);
	CU_ASSERT_EQUAL_FATAL(outcome, SERVICE_ANSWERED);
	const SaAisErrorT code = (SaAisErrorT)handle->client.code;
	if (at->behind_answer != NULL)
		at->behind_answer();
	at->behind_answer = NULL;
	return code;
}

/* --- the fixture --- */

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	char *text = at->seen[at->seen_count++];
	int size = snprintf(text, sizeof at->seen[0], "%llu:", (unsigned long long)buffer->viewNumber);

	CU_ASSERT_EQUAL(error, SA_AIS_OK);
	for (SaUint32T i = 0; i < buffer->numberOfItems; i++)
		size += snprintf(text + size, sizeof at->seen[0] - (size_t)size, "%u%c", buffer->notification[i].clusterNode.nodeId,
		                 "?=+-*"[buffer->notification[i].clusterChange]);
	snprintf(text + size, sizeof at->seen[0] - (size_t)size, "/%u", members);
}

static void on_node_get(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	snprintf(at->seen[at->seen_count++], sizeof at->seen[0], "node %u for %llx: %d", node->nodeId, (unsigned long long)invocation, error);
}

static void open_with(struct fixture *fixture, SaClmCallbacksT callbacks)
{
	SaClmHandleT handle;
	SaVersionT version = {'B', 1, 1};

	memset(fixture, 0, sizeof *fixture);
	at = fixture;
	CU_ASSERT_EQUAL_FATAL(saClmInitialize(&handle, &callbacks, &version), SA_AIS_OK);
}

static void open_all(struct fixture *fixture)
{
	open_with(fixture, (SaClmCallbacksT){.saClmClusterNodeGetCallback = on_node_get, .saClmClusterTrackCallback = on_track});
}

/* A view of nodes 1 to `count`; node n joined with ring 4 n. */
static void view_arrives(uint64_t number, uint32_t count)
{
	struct service_member members[8];

	for (uint32_t i = 0; i < count; i++)
		members[i] = (struct service_member){
			.node = i + 1, .incarnation = 100 + i, .joined = {.seq = 4 * (i + 1), .representative = 1}, .address_family = 4,
			.address = bytes_of_text("10.0.0.1"), .name = bytes_of_text("alpha"), .boot_ns = 77,
		};
	aisle_service_clm.view_stable(&at->service, &(struct service_view){
		.ring = {.seq = number, .representative = 1}, .members = members, .member_count = count, .node = 2,
	});
}

static void dispatch(void)
{
	saClmDispatch(HANDLE, SA_DISPATCH_ALL);
}

static void close_all(void)
{
	aisle_service_clm.stopped(&at->service);
}

/* --- the tests --- */

static void before_the_first_view_calls_wait(void)
{
	struct fixture fixture;
	SaClmClusterNodeT node;
	SaClmClusterNotificationBufferT buffer = {0};

	open_all(&fixture);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, 1, SA_TIME_MAX, &node), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_TRUE(fixture.handle.client.later);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, &buffer), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_TRUE(fixture.handle.client.later);
	CU_ASSERT_EQUAL(saClmClusterNodeGetAsync(HANDLE, 1, 1), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_EQUAL(fixture.handle.event_count, 0);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_ERR_NOT_EXIST);
}

static void current_and_changes_leave_no_gap(void)
{
	struct fixture fixture;
	SaClmClusterNotificationBufferT buffer = {0};

	open_all(&fixture);
	view_arrives(8, 2);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT | SA_TRACK_CHANGES, &buffer), SA_AIS_OK);
	CU_ASSERT_EQUAL(buffer.viewNumber, 8);
	CU_ASSERT_EQUAL(buffer.numberOfItems, 2);
	free(buffer.notification);
	view_arrives(12, 3);
	view_arrives(16, 2);
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 2);
	CU_ASSERT_STRING_EQUAL(fixture.seen[0], "12:1=2=3+/3");
	CU_ASSERT_STRING_EQUAL(fixture.seen[1], "16:1=2=3-/2");
	close_all();
}

static void node_3_comes_and_goes(void)
{
	view_arrives(12, 3);
	view_arrives(16, 2);
}

/* CLM-049's gap itself: the daemon has answered, and the library has not read it yet. */
static void a_view_behind_the_answer_is_the_first_event(void)
{
	struct fixture fixture;
	SaClmClusterNotificationBufferT buffer = {0};

	open_all(&fixture);
	view_arrives(8, 2);
	for (int round = 0; round < 2; round++) { /* begins to track; tracks already */
		fixture.seen_count = 0;
		fixture.behind_answer = node_3_comes_and_goes;
		buffer = (SaClmClusterNotificationBufferT){0};
		CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT | SA_TRACK_CHANGES, &buffer), SA_AIS_OK);
		CU_ASSERT_EQUAL(buffer.numberOfItems, 2);
		free(buffer.notification);
		dispatch();
		CU_ASSERT_EQUAL(fixture.seen_count, 2);
		CU_ASSERT_STRING_EQUAL(fixture.seen[0], "12:1=2=3+/3");
		CU_ASSERT_STRING_EQUAL(fixture.seen[1], "16:1=2=3-/2");
	}
	close_all();
}

static void current_without_a_buffer_comes_once_by_callback(void)
{
	struct fixture fixture;

	open_all(&fixture);
	view_arrives(8, 2);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, NULL), SA_AIS_OK);
	CU_ASSERT_EQUAL(fixture.handle.event_count, 1); /* pending when the call returns */
	view_arrives(12, 3);
	dispatch();
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 1);
	CU_ASSERT_STRING_EQUAL(fixture.seen[0], "8:1=2=/2");
	close_all();
}

static void a_new_mode_counts_from_the_next_transition(void)
{
	struct fixture fixture;

	open_all(&fixture);
	view_arrives(8, 2);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CHANGES, NULL), SA_AIS_OK);
	view_arrives(12, 3);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CHANGES_ONLY, NULL), SA_AIS_OK);
	view_arrives(16, 2);
	view_arrives(20, 2);
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 3);
	CU_ASSERT_STRING_EQUAL(fixture.seen[0], "12:1=2=3+/3");
	CU_ASSERT_STRING_EQUAL(fixture.seen[1], "16:3-/2");
	CU_ASSERT_STRING_EQUAL(fixture.seen[2], "20:/2");
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_OK);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_ERR_NOT_EXIST);
	close_all();
}

static void track_stop_drops_what_is_pending(void)
{
	struct fixture fixture;

	open_all(&fixture);
	view_arrives(8, 2);
	saClmClusterTrack(HANDLE, SA_TRACK_CHANGES, NULL);
	saClmClusterNodeGetAsync(HANDLE, 5, 1);
	view_arrives(12, 3);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_OK);
	view_arrives(16, 2);
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 1); /* the node-get callback is not track's */
	CU_ASSERT_STRING_EQUAL(fixture.seen[0], "node 1 for 5: 1");

	saClmClusterTrack(HANDLE, SA_TRACK_CHANGES, NULL);
	view_arrives(20, 3);
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 2);
	CU_ASSERT_STRING_EQUAL(fixture.seen[1], "20:1=2=3+/3");
	close_all();
}

static void a_refused_stop_leaves_the_answer_to_current(void)
{
	struct fixture fixture;

	open_all(&fixture);
	view_arrives(8, 1);
	saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, NULL);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_ERR_NOT_EXIST);
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 1);
	close_all();
}

static void a_small_array_is_untouched_and_starts_nothing(void)
{
	struct fixture fixture;
	SaClmClusterNotificationT array[3], before;
	SaClmClusterNotificationBufferT buffer = {.notification = array, .numberOfItems = 1};

	open_all(&fixture);
	view_arrives(8, 2);
	memset(array, 0xee, sizeof array);
	memset(&before, 0xee, sizeof before);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT | SA_TRACK_CHANGES, &buffer), SA_AIS_ERR_NO_SPACE);
	CU_ASSERT_EQUAL(buffer.numberOfItems, 2);
	CU_ASSERT_EQUAL(memcmp(&array[0], &before, sizeof before), 0);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE), SA_AIS_ERR_NOT_EXIST);

	buffer.numberOfItems = 3;
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, &buffer), SA_AIS_OK);
	CU_ASSERT_EQUAL(buffer.numberOfItems, 2);
	CU_ASSERT_EQUAL(array[1].clusterNode.nodeId, 2);
	CU_ASSERT_EQUAL(array[1].clusterNode.member, SA_TRUE);
	CU_ASSERT_EQUAL(array[1].clusterNode.initialViewNumber, 8);
	CU_ASSERT_EQUAL(memcmp(&array[2], &before, sizeof before), 0);
	close_all();
}

static void node_get_knows_members_alone(void)
{
	struct fixture fixture;
	SaClmClusterNodeT local, same;

	open_all(&fixture);
	view_arrives(8, 2);
	memset(&local, 0xff, sizeof local);
	memset(&same, 0x11, sizeof same);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND, &local), SA_AIS_OK);
	CU_ASSERT_EQUAL(local.nodeId, 2);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, 2, SA_TIME_MAX, &same), SA_AIS_OK);
	CU_ASSERT_EQUAL(memcmp(&local, &same, sizeof local), 0);
	CU_ASSERT_EQUAL(local.nodeAddress.length, 8);
	CU_ASSERT_EQUAL(local.nodeName.length, 5);
	CU_ASSERT_EQUAL(local.bootTimestamp, 77);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, 3, SA_TIME_MAX, &same), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saClmClusterNodeGetAsync(HANDLE, 1, 3), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(fixture.handle.event_count, 0);
	close_all();
}

static void node_get_async_echoes_the_invocation(void)
{
	struct fixture fixture;

	open_all(&fixture);
	view_arrives(8, 2);
	CU_ASSERT_EQUAL(saClmClusterNodeGetAsync(HANDLE, 0xffffffffffffffffULL, SA_CLM_LOCAL_NODE_ID), SA_AIS_OK);
	CU_ASSERT_EQUAL(saClmClusterNodeGetAsync(HANDLE, 0, 1), SA_AIS_OK);
	dispatch();
	CU_ASSERT_STRING_EQUAL(fixture.seen[0], "node 2 for ffffffffffffffff: 1");
	CU_ASSERT_STRING_EQUAL(fixture.seen[1], "node 1 for 0: 1");
	close_all();
}

static void arguments_are_checked_in_the_sheets_order(void)
{
	struct fixture fixture;
	SaClmClusterNotificationT one;
	SaClmClusterNotificationBufferT broken = {.notification = &one, .numberOfItems = 0};
	SaClmClusterNodeT node;

	open_with(&fixture, (SaClmCallbacksT){0});
	view_arrives(8, 1);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE + 1, SA_TRACK_CURRENT, &broken), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, 0xff, &broken), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, &broken), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, 0, NULL), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY, NULL), SA_AIS_ERR_BAD_FLAGS);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CURRENT, NULL), SA_AIS_ERR_INIT);
	CU_ASSERT_EQUAL(saClmClusterTrack(HANDLE, SA_TRACK_CHANGES, NULL), SA_AIS_ERR_INIT);
	CU_ASSERT_EQUAL(saClmClusterNodeGetAsync(HANDLE, 1, 1), SA_AIS_ERR_INIT);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE + 1, 1, SA_TIME_MAX, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE + 1, 1, 0, &node), SA_AIS_ERR_BAD_HANDLE);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, 1, -1, &node), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(saClmClusterNodeGet(HANDLE, 1, 0, &node), SA_AIS_ERR_TIMEOUT);
	CU_ASSERT_EQUAL(saClmClusterTrackStop(HANDLE + 1), SA_AIS_ERR_BAD_HANDLE);
	close_all();
}

/* A request cut anywhere, or with a byte too many, is refused before anything is done. */
static void malformed_requests_are_refused(void)
{
	struct fixture fixture;
	struct wire_writer whole[CLM_REQUEST_COUNT] = {0};

	open_all(&fixture);
	view_arrives(8, 1);
	clm_track_request_encode(&whole[CLM_REQUEST_TRACK], &(struct clm_track_request){.flags = SA_TRACK_CHANGES});
	clm_track_stop_request_encode(&whole[CLM_REQUEST_TRACK_STOP]);
	clm_node_get_request_encode(&whole[CLM_REQUEST_NODE_GET], &(struct clm_node_get_request){.id = 1});
	clm_node_get_request_encode(&whole[CLM_REQUEST_NODE_GET_ASYNC], &(struct clm_node_get_request){.id = 1});
	for (size_t request = 0; request < CLM_REQUEST_COUNT; request++) {
		const size_t size = whole[request].size;
		wire_put_u8(&whole[request], 0);
		for (size_t cut = 0; cut <= size + 1; cut++) {
			struct wire_reader in = wire_reader_of(bytes_of(whole[request].data, cut));
			if (cut == size)
				continue;
			CU_ASSERT_EQUAL(aisle_service_clm.requests[request].handle(&fixture.service, &fixture.handle.client, &in), SERVICE_CLOSED);
		}
		wire_writer_clear(&whole[request]);
	}
	CU_ASSERT_EQUAL(fixture.handle.event_count, 0);
	close_all();
}

/* What a daemon gone mad sends is an error to the client, not a crash. */
static void malformed_events_are_an_error_to_the_callback(void)
{
	struct fixture fixture;
	struct wire_writer out = {0};

	open_all(&fixture);
	clm_node_get_event_encode(&out, &(struct clm_node_get_event){.invocation = 9, .node = {.id = 1, .address_family = 4}});
	for (size_t cut = 0; cut < out.size; cut++) {
		service_event(&fixture.handle.client, CLM_EVENT_NODE_GET, bytes_of(out.data, cut));
		fixture.seen_count = 0;
		dispatch();
		CU_ASSERT_PTR_NOT_NULL(strstr(fixture.seen[0], "node 0 for"));
		CU_ASSERT_PTR_NOT_NULL(strstr(fixture.seen[0], ": 2"));
	}
	wire_writer_clear(&out);
	service_event(&fixture.handle.client, 99, bytes_of("x", 1));
	fixture.seen_count = 0;
	dispatch();
	CU_ASSERT_EQUAL(fixture.seen_count, 0);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"before the first view calls wait", before_the_first_view_calls_wait},
		{"CURRENT and CHANGES leave no gap", current_and_changes_leave_no_gap},
		{"a view behind the answer to CURRENT is the first event", a_view_behind_the_answer_is_the_first_event},
		{"CURRENT without a buffer comes once, by callback", current_without_a_buffer_comes_once_by_callback},
		{"a new mode counts from the next transition", a_new_mode_counts_from_the_next_transition},
		{"TrackStop drops what is pending", track_stop_drops_what_is_pending},
		{"a refused TrackStop leaves the answer to CURRENT", a_refused_stop_leaves_the_answer_to_current},
		{"a small array is untouched and starts nothing", a_small_array_is_untouched_and_starts_nothing},
		{"NodeGet knows members alone", node_get_knows_members_alone},
		{"NodeGetAsync echoes the invocation", node_get_async_echoes_the_invocation},
		{"arguments are checked in the sheet's order", arguments_are_checked_in_the_sheets_order},
		{"malformed requests are refused", malformed_requests_are_refused},
		{"malformed events are an error to the callback", malformed_events_are_an_error_to_the_callback},
	};
	return check_run("clm_service", cases, sizeof cases / sizeof *cases);
}
