/* Every call that writes into its caller's memory, once: what it wrote is printed. Run twice by outputs.sh under valgrind: the memory as malloc gives
 * it, so that valgrind tells of a library that looks at it or leaves a part of it as it is; and full of 0xFF, which as an input would be a wrong one
 * everywhere. Both have to print the same.
 *
 *	outputs fresh|filled      exit 1 and a line that begins with FAIL if a call was not answered OK */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ais/ckpt/saCkpt.h"
#include "ais/clm/saClm.h"
#include "ais/lck/aisLck.h"
#include "ais/tmr/saTmr.h"

enum { CALL_S = 30, NODES_MAX = 8, DATA_SIZE = 3000 };

static const SaTimeT patience = CALL_S * SA_TIME_ONE_SECOND;

struct outputs {
	bool filled;
	int failed;
};

static void must(struct outputs *outputs, const char *call, SaAisErrorT error)
{
	if (error == SA_AIS_OK)
		return;
	printf("FAIL %s: %d\n", call, (int)error);
	outputs->failed = 1;
}

static void *memory(const struct outputs *outputs, size_t size)
{
	void *data = malloc(size);

	if (data == NULL)
		abort();
	return outputs->filled ? memset(data, 0xff, size) : data;
}

/* The same in both runs. */
static void print(const char *what, const void *data, size_t size)
{
	printf("%s ", what);
	for (size_t i = 0; i < size; i++)
		printf("%02x", ((const unsigned char *)data)[i]);
	puts("");
}

/* Another figure in each run; none of them is all ones. */
static void print_given(struct outputs *outputs, const char *what, SaUint64T figure)
{
	if (figure != UINT64_MAX)
		return;
	printf("FAIL %s is not written\n", what);
	outputs->failed = 1;
}

static void await(struct outputs *outputs, SaSelectionObjectT *selection)
{
	struct pollfd ready = {.fd = (int)*selection, .events = POLLIN};

	must(outputs, "a callback", poll(&ready, 1, CALL_S * 1000) == 1 ? SA_AIS_OK : SA_AIS_ERR_TIMEOUT);
	free(selection);
}

/* --- CLM --- */

static void print_node(const SaClmClusterNodeT *node)
{
	print("nodeId", &node->nodeId, sizeof(node->nodeId));
	print("family", &node->nodeAddress.family, sizeof(node->nodeAddress.family));
	print("address length", &node->nodeAddress.length, sizeof(node->nodeAddress.length));
	print("address", node->nodeAddress.value, node->nodeAddress.length);
	print("name length", &node->nodeName.length, sizeof(node->nodeName.length));
	print("name", node->nodeName.value, node->nodeName.length);
	print("member", &node->member, sizeof(node->member));
	print("bootTimestamp", &node->bootTimestamp, sizeof(node->bootTimestamp));
	print("initialViewNumber", &node->initialViewNumber, sizeof(node->initialViewNumber));
}

static void print_members(const SaClmClusterNotificationBufferT *buffer)
{
	print("viewNumber", &buffer->viewNumber, sizeof(buffer->viewNumber));
	print("numberOfItems", &buffer->numberOfItems, sizeof(buffer->numberOfItems));
	for (SaUint32T i = 0; i < buffer->numberOfItems; i++) {
		print("clusterChange", &buffer->notification[i].clusterChange, sizeof(buffer->notification[i].clusterChange));
		print_node(&buffer->notification[i].clusterNode);
	}
}

static void on_node(SaInvocationT invocation, const SaClmClusterNodeT *node, SaAisErrorT error)
{
	printf("node get callback %d %d\n", (int)invocation, (int)error);
	print_node(node);
}

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	printf("track callback %u %d\n", (unsigned)members, (int)error);
	print_members(buffer);
}

/* Into an array of the caller's, then into one that the library allocates. */
static void track(struct outputs *outputs, SaClmHandleT clm, bool own)
{
	SaClmClusterNotificationBufferT *buffer = memory(outputs, sizeof(*buffer));

	buffer->notification = own ? memory(outputs, NODES_MAX * sizeof(*buffer->notification)) : NULL;
	if (own)
		buffer->numberOfItems = NODES_MAX;
	must(outputs, "saClmClusterTrack", saClmClusterTrack(clm, SA_TRACK_CURRENT, buffer));
	print_members(buffer);
	free(buffer->notification);
	free(buffer);
}

static void clm_outputs(struct outputs *outputs)
{
	SaClmHandleT *clm = memory(outputs, sizeof(*clm));
	SaClmClusterNodeT *node = memory(outputs, sizeof(*node));
	SaSelectionObjectT *selection = memory(outputs, sizeof(*selection));
	SaVersionT version = {'B', 1, 1};

	must(outputs, "saClmInitialize", saClmInitialize(clm, &(SaClmCallbacksT){on_node, on_track}, &version));
	print_given(outputs, "clmHandle", *clm);
	must(outputs, "saClmClusterNodeGet", saClmClusterNodeGet(*clm, SA_CLM_LOCAL_NODE_ID, patience, node));
	print_node(node);
	track(outputs, *clm, true);
	track(outputs, *clm, false);
	must(outputs, "saClmSelectionObjectGet", saClmSelectionObjectGet(*clm, selection));
	print_given(outputs, "selectionObject", *selection);
	must(outputs, "saClmClusterNodeGetAsync", saClmClusterNodeGetAsync(*clm, 7, SA_CLM_LOCAL_NODE_ID));
	must(outputs, "saClmClusterTrack by callback", saClmClusterTrack(*clm, SA_TRACK_CURRENT, NULL));
	await(outputs, selection);
	must(outputs, "saClmDispatch", saClmDispatch(*clm, SA_DISPATCH_ALL));
	must(outputs, "saClmFinalize", saClmFinalize(*clm));
	free(node);
	free(clm);
}

/* --- CKPT --- */

static const SaCkptSectionIdT section = {.idLen = 1, .id = (SaUint8T *)"s"};

/* Into a buffer of the caller's, and into one that the library allocates. */
static void checkpoint_read(struct outputs *outputs, SaCkptCheckpointHandleT checkpoint, bool own)
{
	SaCkptIOVectorElementT *part = memory(outputs, sizeof(*part));
	SaUint32T *erroneous = memory(outputs, sizeof(*erroneous));

	part->sectionId = section;
	part->dataBuffer = own ? memory(outputs, DATA_SIZE) : NULL;
	if (own)
		part->dataSize = DATA_SIZE;
	part->dataOffset = 0;
	must(outputs, "saCkptCheckpointRead", saCkptCheckpointRead(checkpoint, part, 1, erroneous));
	print("readSize", &part->readSize, sizeof(part->readSize));
	print("data", part->dataBuffer, part->readSize);
	free(part->dataBuffer);
	free(erroneous);
	free(part);
}

static void checkpoint_status(struct outputs *outputs, SaCkptCheckpointHandleT checkpoint)
{
	SaCkptCheckpointDescriptorT *status = memory(outputs, sizeof(*status));
	const SaCkptCheckpointCreationAttributesT *attributes = &status->checkpointCreationAttributes;

	must(outputs, "saCkptCheckpointStatusGet", saCkptCheckpointStatusGet(checkpoint, status));
	print("creationFlags", &attributes->creationFlags, sizeof(attributes->creationFlags));
	print("checkpointSize", &attributes->checkpointSize, sizeof(attributes->checkpointSize));
	print("retentionDuration", &attributes->retentionDuration, sizeof(attributes->retentionDuration));
	print("maxSections", &attributes->maxSections, sizeof(attributes->maxSections));
	print("maxSectionSize", &attributes->maxSectionSize, sizeof(attributes->maxSectionSize));
	print("maxSectionIdSize", &attributes->maxSectionIdSize, sizeof(attributes->maxSectionIdSize));
	print("numberOfSections", &status->numberOfSections, sizeof(status->numberOfSections));
	print("memoryUsed", &status->memoryUsed, sizeof(status->memoryUsed));
	free(status);
}

static void checkpoint_sections(struct outputs *outputs, SaCkptCheckpointHandleT checkpoint)
{
	SaCkptSectionIterationHandleT *iteration = memory(outputs, sizeof(*iteration));
	SaCkptSectionDescriptorT *found = memory(outputs, sizeof(*found));

	must(outputs, "saCkptSectionIterationInitialize", saCkptSectionIterationInitialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, iteration));
	must(outputs, "saCkptSectionIterationNext", saCkptSectionIterationNext(*iteration, found));
	print("section id", found->sectionId.id, found->sectionId.idLen);
	print("expirationTime", &found->expirationTime, sizeof(found->expirationTime));
	print("sectionSize", &found->sectionSize, sizeof(found->sectionSize));
	print("sectionState", &found->sectionState, sizeof(found->sectionState));
	print_given(outputs, "lastUpdate", (SaUint64T)found->lastUpdate);
	must(outputs, "saCkptSectionIterationFinalize", saCkptSectionIterationFinalize(*iteration));
	free(found);
	free(iteration);
}

/* The id that the library makes is the caller's to free. */
static void section_generated(struct outputs *outputs, SaCkptCheckpointHandleT checkpoint)
{
	SaCkptSectionIdT id = {0};
	SaCkptSectionCreationAttributesT creation = {.sectionId = &id, .expirationTime = SA_TIME_END};

	must(outputs, "saCkptSectionCreate, id generated", saCkptSectionCreate(checkpoint, &creation, "12", 2));
	print("generated id", id.id, id.idLen);
	must(outputs, "saCkptSectionDelete", saCkptSectionDelete(checkpoint, &id));
	free(id.id);
}

static void ckpt_outputs(struct outputs *outputs)
{
	static const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 4 * DATA_SIZE, .maxSections = 4, .maxSectionSize = DATA_SIZE,
		.maxSectionIdSize = 16,
	};
	static const SaNameT name = {.length = 7, .value = "outputs"};
	static const unsigned char content[DATA_SIZE] = "content";
	SaCkptSectionCreationAttributesT creation = {.sectionId = (SaCkptSectionIdT *)&section, .expirationTime = SA_TIME_END};
	SaCkptHandleT *ckpt = memory(outputs, sizeof(*ckpt));
	SaCkptCheckpointHandleT *checkpoint = memory(outputs, sizeof(*checkpoint));
	SaVersionT version = {'B', 1, 1};

	must(outputs, "saCkptInitialize", saCkptInitialize(ckpt, NULL, &version));
	must(outputs, "saCkptCheckpointOpen", saCkptCheckpointOpen(*ckpt, &name, &attributes,
	     SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE, patience, checkpoint));
	must(outputs, "saCkptSectionCreate", saCkptSectionCreate(*checkpoint, &creation, content, sizeof(content)));
	for (int i = 0; i < 4; i++) /* over the daemon, and from the replica that is mapped when somebody has read before */
		checkpoint_read(outputs, *checkpoint, i % 2 == 0);
	checkpoint_status(outputs, *checkpoint);
	checkpoint_sections(outputs, *checkpoint);
	section_generated(outputs, *checkpoint);
	must(outputs, "saCkptCheckpointUnlink", saCkptCheckpointUnlink(*ckpt, &name));
	must(outputs, "saCkptFinalize", saCkptFinalize(*ckpt));
	free(checkpoint);
	free(ckpt);
}

/* --- LCK and TMR --- */

static void lck_outputs(struct outputs *outputs)
{
	static const SaNameT name = {.length = 7, .value = "outputs"};
	SaLckHandleT *lck = memory(outputs, sizeof(*lck));
	SaLckResourceHandleT *resource = memory(outputs, sizeof(*resource));
	SaLckLockIdT *lock = memory(outputs, sizeof(*lock));
	SaLckLockStatusT *status = memory(outputs, sizeof(*status));
	SaLckOptionsT *options = memory(outputs, sizeof(*options));
	AisLckTokenT *token = memory(outputs, sizeof(*token));
	SaVersionT version = {'B', 1, 1};

	must(outputs, "saLckInitialize", saLckInitialize(lck, NULL, &version));
	must(outputs, "saLckOptionCheck", saLckOptionCheck(*lck, options));
	print("options", options, sizeof(*options));
	must(outputs, "saLckResourceOpen", saLckResourceOpen(*lck, &name, SA_LCK_RESOURCE_CREATE, patience, resource));
	must(outputs, "saLckResourceLock", saLckResourceLock(*resource, lock, SA_LCK_EX_LOCK_MODE, 0, 0, patience, status));
	print_given(outputs, "lockId", *lock);
	print("lockStatus", status, sizeof(*status));
	must(outputs, "aisLckLockTokenGet", aisLckLockTokenGet(*lock, token));
	print("lineage", &token->lineage, sizeof(token->lineage));
	print("representative", &token->representative, sizeof(token->representative));
	print_given(outputs, "grant", token->grant);
	must(outputs, "saLckResourceUnlock", saLckResourceUnlock(*lock, patience));
	must(outputs, "saLckFinalize", saLckFinalize(*lck));
	free(token), free(options), free(status), free(lock), free(resource), free(lck);
}

static void on_expired(SaTmrTimerIdT timer, const void *data, SaUint64T count)
{
	(void)timer, (void)data, (void)count;
}

static void tmr_outputs(struct outputs *outputs)
{
	static const SaTmrTimerAttributesT hour = {.type = SA_TIME_DURATION, .initialExpirationTime = SA_TIME_ONE_HOUR};
	SaTmrHandleT *tmr = memory(outputs, sizeof(*tmr));
	SaTmrTimerIdT *timer = memory(outputs, sizeof(*timer));
	SaTmrTimerAttributesT *attributes = memory(outputs, sizeof(*attributes));
	SaTimeT *time = memory(outputs, sizeof(*time)), *tick = memory(outputs, sizeof(*tick)), *left = memory(outputs, sizeof(*left));
	void **data = memory(outputs, sizeof(*data));
	SaVersionT version = {'A', 1, 1};

	must(outputs, "saTmrInitialize", saTmrInitialize(tmr, &(SaTmrCallbacksT){on_expired}, &version));
	must(outputs, "saTmrTimerStart", saTmrTimerStart(*tmr, &hour, &hour, timer, time));
	print_given(outputs, "callTime", (SaUint64T)*time);
	must(outputs, "saTmrTimerAttributesGet", saTmrTimerAttributesGet(*tmr, *timer, attributes));
	print("type", &attributes->type, sizeof(attributes->type));
	print("initialExpirationTime", &attributes->initialExpirationTime, sizeof(attributes->initialExpirationTime));
	print("timerPeriodDuration", &attributes->timerPeriodDuration, sizeof(attributes->timerPeriodDuration));
	must(outputs, "saTmrTimerRemainingTimeGet", saTmrTimerRemainingTimeGet(*tmr, *timer, left));
	print_given(outputs, "remainingTime", (SaUint64T)*left);
	must(outputs, "saTmrClockTickGet", saTmrClockTickGet(*tmr, tick));
	print("clockTick", tick, sizeof(*tick));
	must(outputs, "saTmrTimerCancel", saTmrTimerCancel(*tmr, *timer, data));
	printf("timerData %s\n", *data == &hour ? "as given" : "another");
	must(outputs, "saTmrFinalize", saTmrFinalize(*tmr));
	free(data), free(left), free(tick), free(time), free(attributes), free(timer), free(tmr);
}

int main(int argc, char **argv)
{
	if (argc != 2 || (strcmp(argv[1], "fresh") != 0 && strcmp(argv[1], "filled") != 0)) {
		fputs("usage: outputs fresh|filled\n", stderr);
		return 2;
	}
	struct outputs outputs = {.filled = strcmp(argv[1], "filled") == 0};
	clm_outputs(&outputs);
	ckpt_outputs(&outputs);
	lck_outputs(&outputs);
	tmr_outputs(&outputs);
	return outputs.failed;
}
