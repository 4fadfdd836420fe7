/* `ais clm nodes`, `ais clm watch`: the membership as any program sees it, through libSaClm. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ais/clm/saClm.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { CLM_SCHEMA = 1 };

static struct bytes name_bytes(const SaNameT *name)
{
	return bytes_of(name->value, name->length <= SA_MAX_NAME_LENGTH ? name->length : 0);
}

static struct bytes address_bytes(const SaClmNodeAddressT *address)
{
	return bytes_of(address->value, address->length <= SA_CLM_MAX_ADDRESS_LENGTH ? address->length : 0);
}

static void print_nodes(const SaClmClusterNotificationBufferT *nodes)
{
	printf("view %" PRIu64 ", %" PRIu32 " member%s\n", nodes->viewNumber, nodes->numberOfItems, plural(nodes->numberOfItems));
	for (SaUint32T i = 0; i < nodes->numberOfItems; i++) {
		const SaClmClusterNodeT *node = &nodes->notification[i].clusterNode;

		printf("node %" PRIu32 " ", node->nodeId);
		print_escaped(stdout, name_bytes(&node->nodeName));
		fputc(' ', stdout);
		print_escaped(stdout, address_bytes(&node->nodeAddress));
		printf(", since view %" PRIu64 ", booted %s\n", node->initialViewNumber, time_text(node->bootTimestamp).text);
	}
}

static void print_nodes_json(const SaClmClusterNotificationBufferT *nodes)
{
	struct json json = {.file = stdout};

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", CLM_SCHEMA);
	json_u64(&json, "view", nodes->viewNumber);
	json_array_begin(&json, "nodes");
	for (SaUint32T i = 0; i < nodes->numberOfItems; i++) {
		const SaClmClusterNodeT *node = &nodes->notification[i].clusterNode;

		json_object_begin(&json, NULL);
		json_u64(&json, "node", node->nodeId);
		json_bytes(&json, "name", name_bytes(&node->nodeName));
		json_bytes(&json, "address", address_bytes(&node->nodeAddress));
		json_bool(&json, "member", node->member == SA_TRUE);
		json_u64(&json, "initial_view", node->initialViewNumber);
		json_i64(&json, "boot_ns", node->bootTimestamp);
		json_object_end(&json);
	}
	json_array_end(&json);
	json_object_end(&json);
	json_end(&json);
}

int ais_clm_nodes(const struct ais_options *options)
{
	SaVersionT version = {'B', 1, 1};
	SaClmHandleT handle;
	SaClmClusterNotificationBufferT nodes = {0};
	SaAisErrorT error = saClmInitialize(&handle, NULL, &version);

	if (error == SA_AIS_OK) {
		error = saClmClusterTrack(handle, SA_TRACK_CURRENT, &nodes);
		saClmFinalize(handle);
	}
	if (error != SA_AIS_OK) {
		ais_complain("no membership: %s", ais_result_text(error));
		return ais_exit_of(error);
	}
	if (options->json)
		print_nodes_json(&nodes);
	else
		print_nodes(&nodes);
	free(nodes.notification);
	return AIS_EXIT_OK;
}

static const char *change_text(SaClmClusterChangesT change)
{
	switch (change) {
	case SA_CLM_NODE_JOINED: return "joined";
	case SA_CLM_NODE_LEFT: return "left";
	case SA_CLM_NODE_RECONFIGURED: return "reconfigured";
	default: return "member";
	}
}

static void print_change(const SaClmClusterNotificationBufferT *nodes, SaUint32T member_count, SaAisErrorT error)
{
	for (SaUint32T i = 0; error == SA_AIS_OK && i < nodes->numberOfItems; i++) {
		const SaClmClusterNodeT *node = &nodes->notification[i].clusterNode;

		printf("view %" PRIu64 ": node %" PRIu32 " ", nodes->viewNumber, node->nodeId);
		print_escaped(stdout, name_bytes(&node->nodeName));
		fputc(' ', stdout);
		print_escaped(stdout, address_bytes(&node->nodeAddress));
		printf(" %s, %" PRIu32 " member%s\n", change_text(nodes->notification[i].clusterChange), member_count, plural(member_count));
	}
	if (error != SA_AIS_OK)
		ais_complain("a change was not told: %s", ais_result_text(error));
	fflush(stdout);
}

static void print_change_json(const SaClmClusterNotificationBufferT *nodes, SaUint32T member_count, SaAisErrorT error)
{
	for (SaUint32T i = 0; error == SA_AIS_OK && i < nodes->numberOfItems; i++) {
		const SaClmClusterNodeT *node = &nodes->notification[i].clusterNode;
		struct json json = {.file = stdout, .one_line = 1};

		json_object_begin(&json, NULL);
		json_u64(&json, "schema", CLM_SCHEMA);
		json_u64(&json, "view", nodes->viewNumber);
		json_text(&json, "change", change_text(nodes->notification[i].clusterChange));
		json_u64(&json, "node", node->nodeId);
		json_bytes(&json, "name", name_bytes(&node->nodeName));
		json_bytes(&json, "address", address_bytes(&node->nodeAddress));
		json_u64(&json, "members", member_count);
		json_object_end(&json);
		json_end(&json);
	}
	if (error != SA_AIS_OK)
		ais_complain("a change was not told: %s", ais_result_text(error));
	fflush(stdout);
}

/* Until the daemon is gone, or the reader of the output, which is OK. */
static SaAisErrorT watch(SaClmHandleT handle)
{
	SaSelectionObjectT descriptor;
	SaAisErrorT error = saClmSelectionObjectGet(handle, &descriptor);
	struct pollfd ready[] = {{.fd = (int)descriptor, .events = POLLIN}, {.fd = STDOUT_FILENO}};

	while (error == SA_AIS_OK && (poll(ready, 2, -1) >= 0 || errno == EINTR)) {
		if (ready[1].revents != 0 || ferror(stdout))
			return SA_AIS_OK;
		error = saClmDispatch(handle, SA_DISPATCH_ALL);
	}
	return error;
}

int ais_clm_watch(const struct ais_options *options)
{
	const SaClmCallbacksT callbacks = {.saClmClusterTrackCallback = options->json ? print_change_json : print_change};
	SaVersionT version = {'B', 1, 1};
	SaClmHandleT handle;
	SaAisErrorT error = saClmInitialize(&handle, &callbacks, &version);

	if (error == SA_AIS_OK) {
		error = saClmClusterTrack(handle, SA_TRACK_CURRENT | SA_TRACK_CHANGES_ONLY, NULL);
		if (error == SA_AIS_OK)
			error = watch(handle);
		saClmFinalize(handle);
	}
	if (error != SA_AIS_OK)
		ais_complain("the watch ends: %s", ais_result_text(error));
	return ais_exit_of(error);
}
