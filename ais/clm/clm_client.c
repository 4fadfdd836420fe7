/* libSaClm: argument checks and marshalling. Versions, handles, dispatching, timeouts and the daemon's loss are ais/common's. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ais/clm/clm_messages.h"
#include "ais/common/ais_client.h"

#define API __attribute__((visibility("default")))

/* Of one handle. */
struct clm_handle {
	_Atomic uint64_t serial_cancelled; /* track events up to here were cancelled by TrackStop */
};

static void node_fill(SaClmClusterNodeT *to, const struct clm_node *from)
{
	memset(to, 0, sizeof *to);
	to->nodeId = from->id;
	to->nodeAddress.family = from->address_family == 6 ? SA_CLM_AF_INET6 : SA_CLM_AF_INET;
	to->nodeAddress.length = (SaUint16T)from->address.size;
	if (from->address.size > 0)
		memcpy(to->nodeAddress.value, from->address.data, from->address.size);
	to->nodeName.length = (SaUint16T)from->name.size;
	if (from->name.size > 0)
		memcpy(to->nodeName.value, from->name.data, from->name.size);
	to->member = from->member ? SA_TRUE : SA_FALSE;
	to->bootTimestamp = from->boot_ns;
	to->initialViewNumber = from->initial_view;
}

/* False: the daemon's bytes make no sense. */
static bool entries_fill(SaClmClusterNotificationT *to, uint32_t count, struct wire_reader *in)
{
	for (uint32_t i = 0; i < count; i++) {
		struct clm_entry entry;
		if (!clm_entry_decode(in, &entry))
			return false;
		memset(&to[i], 0, sizeof to[i]);
		node_fill(&to[i].clusterNode, &entry.node);
		to[i].clusterChange = (SaClmClusterChangesT)entry.change;
	}
	return wire_finish(in);
}

static void track_callback(const SaClmCallbacksT *callbacks, struct wire_reader *in)
{
	SaClmClusterNotificationBufferT buffer = {0};
	struct clm_notifications head;
	SaAisErrorT error = SA_AIS_OK;

	if (!clm_notifications_decode(in, &head))
		error = SA_AIS_ERR_LIBRARY;
	else if ((buffer.notification = malloc((head.count + 1) * sizeof *buffer.notification)) == NULL)
		error = SA_AIS_ERR_NO_MEMORY;
	else if (!entries_fill(buffer.notification, head.count, in))
		error = SA_AIS_ERR_LIBRARY;
	buffer.viewNumber = head.view_number;
	buffer.numberOfItems = error == SA_AIS_OK ? head.count : 0;
	callbacks->saClmClusterTrackCallback(&buffer, head.member_count, error);
	free(buffer.notification);
}

static void node_get_callback(const SaClmCallbacksT *callbacks, struct wire_reader *in)
{
	struct clm_node_get_event event;
	SaClmClusterNodeT node;
	const bool valid = clm_node_get_event_decode(in, &event);

	memset(&node, 0, sizeof node);
	if (valid)
		node_fill(&node, &event.node);
	callbacks->saClmClusterNodeGetCallback(event.invocation, &node, valid ? SA_AIS_OK : SA_AIS_ERR_LIBRARY);
}

static void clm_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in)
{
	const SaClmCallbacksT *callbacks = ais_handle_callbacks(handle);

	if (event == CLM_EVENT_TRACK && callbacks->saClmClusterTrackCallback != NULL)
		track_callback(callbacks, in);
	else if (event == CLM_EVENT_NODE_GET && callbacks->saClmClusterNodeGetCallback != NULL)
		node_get_callback(callbacks, in);
}

static bool clm_event_is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in)
{
	struct clm_handle *own = ais_handle_data(handle);
	struct clm_notifications head;

	return event == CLM_EVENT_TRACK && clm_notifications_decode(&in, &head) && head.serial <= atomic_load(&own->serial_cancelled);
}

static const struct ais_library library = {
	.service = "clm",
	.version = {'B', 1, 1},
	.callbacks_size = sizeof(SaClmCallbacksT),
	.event = clm_event,
	.event_is_stale = clm_event_is_stale,
	.data_size = sizeof(struct clm_handle),
};

API SaAisErrorT saClmInitialize(SaClmHandleT *clmHandle, const SaClmCallbacksT *clmCallbacks, SaVersionT *version)
{
	return ais_initialize(&library, clmHandle, clmCallbacks, version);
}

API SaAisErrorT saClmSelectionObjectGet(SaClmHandleT clmHandle, SaSelectionObjectT *selectionObject)
{
	return ais_selection_object_get(&library, clmHandle, selectionObject);
}

API SaAisErrorT saClmDispatch(SaClmHandleT clmHandle, SaDispatchFlagsT dispatchFlags)
{
	return ais_dispatch(&library, clmHandle, dispatchFlags);
}

API SaAisErrorT saClmFinalize(SaClmHandleT clmHandle)
{
	return ais_finalize(&library, clmHandle);
}

/* In the order of the sheet's §11: flags, buffer, callback. The buffer is looked at with CURRENT only. */
static SaAisErrorT track_check(struct ais_handle *handle, SaUint8T flags, const SaClmClusterNotificationBufferT *buffer)
{
	const SaClmCallbacksT *callbacks = ais_handle_callbacks(handle);
	const SaUint8T known = SA_TRACK_CURRENT | SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY;
	const SaUint8T both = SA_TRACK_CHANGES | SA_TRACK_CHANGES_ONLY;
	const bool current = (flags & SA_TRACK_CURRENT) != 0;

	if (flags == 0 || (flags & ~known) != 0 || (flags & both) == both)
		return SA_AIS_ERR_BAD_FLAGS;
	if (current && buffer != NULL && buffer->notification != NULL && buffer->numberOfItems == 0)
		return SA_AIS_ERR_INVALID_PARAM;
	if (((flags & both) != 0 || (current && buffer == NULL)) && callbacks->saClmClusterTrackCallback == NULL)
		return SA_AIS_ERR_INIT;
	return SA_AIS_OK;
}

/* The answer to CURRENT into the caller's buffer; an array is allocated if it has none. */
static SaAisErrorT current_fill(SaClmClusterNotificationBufferT *buffer, const struct wire_writer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	SaClmClusterNotificationT *array = buffer->notification;
	struct clm_notifications head;

	if (!clm_notifications_decode(&in, &head) || (array != NULL && head.count > buffer->numberOfItems))
		return SA_AIS_ERR_LIBRARY;
	if (array == NULL && (array = calloc(head.count + 1, sizeof *array)) == NULL)
		return SA_AIS_ERR_NO_MEMORY;
	if (!entries_fill(array, head.count, &in)) {
		if (array != buffer->notification)
			free(array);
		return SA_AIS_ERR_LIBRARY;
	}
	buffer->viewNumber = head.view_number;
	buffer->numberOfItems = head.count;
	buffer->notification = array;
	return SA_AIS_OK;
}

/* NO_SPACE says how many there are, and nothing else. */
static void count_fill(SaClmClusterNotificationBufferT *buffer, const struct wire_writer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	struct clm_notifications head;

	if (clm_notifications_decode(&in, &head))
		buffer->numberOfItems = head.member_count;
}

static SaAisErrorT track_call(struct ais_handle *handle, SaUint8T flags, SaClmClusterNotificationBufferT *buffer)
{
	const bool in_answer = (flags & SA_TRACK_CURRENT) != 0 && buffer != NULL;
	struct wire_writer body = {0}, answer = {0};

	clm_track_request_encode(&body, &(struct clm_track_request){
		.flags = flags, .in_answer = in_answer,
		.capacity = in_answer && buffer->notification != NULL ? buffer->numberOfItems : UINT32_MAX,
	});
	SaAisErrorT error = ais_call(handle, CLM_REQUEST_TRACK, -1, &body, &answer);
	if (in_answer && error == SA_AIS_OK)
		error = current_fill(buffer, &answer);
	else if (in_answer && error == SA_AIS_ERR_NO_SPACE)
		count_fill(buffer, &answer);
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return error;
}

API SaAisErrorT saClmClusterTrack(SaClmHandleT clmHandle, SaUint8T trackFlags, SaClmClusterNotificationBufferT *notificationBuffer)
{
	struct ais_handle *handle = ais_handle_get(&library, clmHandle);

	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = track_check(handle, trackFlags, notificationBuffer);
	if (error == SA_AIS_OK)
		error = track_call(handle, trackFlags, notificationBuffer);
	ais_handle_put(handle);
	return error;
}

/* Serials only grow, but the answers of two threads may come in any order. */
static void events_cancel(struct clm_handle *own, uint64_t serial)
{
	uint64_t before = atomic_load(&own->serial_cancelled);

	while (before < serial && !atomic_compare_exchange_weak(&own->serial_cancelled, &before, serial))
		;
}

static SaAisErrorT track_stop_call(struct ais_handle *handle)
{
	struct wire_writer body = {0}, answer = {0};
	struct clm_track_stop_answer stopped;

	clm_track_stop_request_encode(&body);
	SaAisErrorT error = ais_call(handle, CLM_REQUEST_TRACK_STOP, -1, &body, &answer);
	if (error == SA_AIS_OK) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
		if (clm_track_stop_answer_decode(&in, &stopped))
			events_cancel(ais_handle_data(handle), stopped.serial);
		else
			error = SA_AIS_ERR_LIBRARY;
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return error;
}

API SaAisErrorT saClmClusterTrackStop(SaClmHandleT clmHandle)
{
	struct ais_handle *handle = ais_handle_get(&library, clmHandle);

	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const SaAisErrorT error = track_stop_call(handle);
	ais_handle_put(handle);
	return error;
}

static SaAisErrorT node_get_call(struct ais_handle *handle, SaClmNodeIdT id, SaTimeT timeout, SaClmClusterNodeT *node)
{
	struct wire_writer body = {0}, answer = {0};
	struct clm_node found;

	clm_node_get_request_encode(&body, &(struct clm_node_get_request){.id = id});
	SaAisErrorT error = ais_call(handle, CLM_REQUEST_NODE_GET, timeout, &body, &answer);
	if (error == SA_AIS_OK) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
		if (clm_node_get_answer_decode(&in, &found))
			node_fill(node, &found);
		else
			error = SA_AIS_ERR_LIBRARY;
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return error;
}

API SaAisErrorT saClmClusterNodeGet(SaClmHandleT clmHandle, SaClmNodeIdT nodeId, SaTimeT timeout, SaClmClusterNodeT *clusterNode)
{
	if (clusterNode == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, clmHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = timeout < 0 ? SA_AIS_ERR_INVALID_PARAM : timeout == 0 ? SA_AIS_ERR_TIMEOUT : SA_AIS_OK;
	if (error == SA_AIS_OK)
		error = node_get_call(handle, nodeId, timeout, clusterNode);
	ais_handle_put(handle);
	return error;
}

static SaAisErrorT node_get_async_call(struct ais_handle *handle, SaInvocationT invocation, SaClmNodeIdT id)
{
	const SaClmCallbacksT *callbacks = ais_handle_callbacks(handle);
	struct wire_writer body = {0};

	if (callbacks->saClmClusterNodeGetCallback == NULL)
		return SA_AIS_ERR_INIT;
	clm_node_get_request_encode(&body, &(struct clm_node_get_request){.id = id, .invocation = invocation});
	const SaAisErrorT error = ais_call(handle, CLM_REQUEST_NODE_GET_ASYNC, -1, &body, NULL);
	wire_writer_clear(&body);
	return error;
}

API SaAisErrorT saClmClusterNodeGetAsync(SaClmHandleT clmHandle, SaInvocationT invocation, SaClmNodeIdT nodeId)
{
	struct ais_handle *handle = ais_handle_get(&library, clmHandle);

	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const SaAisErrorT error = node_get_async_call(handle, invocation, nodeId);
	ais_handle_put(handle);
	return error;
}
