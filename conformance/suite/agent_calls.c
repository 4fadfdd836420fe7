/* What an agent does when it is told; see agent_calls.h. Handles are named by slots, 0 to 15; section data by words without blanks. */
#include "conformance/suite/agent_calls.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/suite/ckpt.h"
#include "conformance/suite/clm.h"
#include "conformance/suite/lck.h"

enum { TRACKS_MAX = 64, TEXT_SIZE_MAX = 12000 };

struct agent_state {
	struct test *test;
	struct clm_library clm;
	struct ckpt_library ckpt;
	SaClmHandleT clm_handles[AGENT_SLOTS];
	SaCkptHandleT ckpt_handle;
	SaCkptCheckpointHandleT checkpoints[AGENT_SLOTS];
	struct lck_library lck;
	SaLckHandleT lck_handle;
	SaLckResourceHandleT resources[AGENT_SLOTS];
	SaLckLockIdT locks[AGENT_SLOTS];
	size_t grants_taken, waiters_taken, losses_taken;
};

struct agent_call {
	const char *name;
	size_t arguments;
	void (*run)(struct agent_state *state, char **arguments, FILE *answer);
};

/* Track callbacks not yet told, oldest first; callbacks carry no context. */
static struct {
	char texts[TRACKS_MAX][TEXT_SIZE_MAX];
	size_t first, count;
} tracks;

/* What aisLckLostCallbackSet's callback was told, the last so many. */
static struct {
	struct {
		SaLckLockIdT lock;
		SaLckResourceHandleT resource;
	} told[AGENT_SLOTS];
	size_t count;
} losses;

static size_t slot_of(const char *text)
{
	return strtoul(text, NULL, 10) % AGENT_SLOTS;
}

/* As much as the text has room for; a name or an address may be any octets. */
static size_t put_hex(char *text, size_t at, const SaUint8T *octets, size_t count)
{
	for (size_t i = 0; i < count && at + 3 <= TEXT_SIZE_MAX; i++)
		at += (size_t)snprintf(text + at, TEXT_SIZE_MAX - at, "%02x", octets[i]);
	return at;
}

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* "VIEW MEMBERS ERROR ID:CHANGE:MEMBER:INITIAL:BOOT:FAMILY:ADDRESS:NAME ...", the last two in hexadecimal: all that was told, so that
 * equal texts are equal tidings. */
static void put_notifications(char *text, const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	size_t at = (size_t)snprintf(text, TEXT_SIZE_MAX, "%llu %u %d", (unsigned long long)buffer->viewNumber, members, error);

	for (SaUint32T i = 0; i < buffer->numberOfItems && at + 100 < TEXT_SIZE_MAX; i++) {
		const SaClmClusterNodeT *node = &buffer->notification[i].clusterNode;
		at += (size_t)snprintf(text + at, TEXT_SIZE_MAX - at, " %u:%d:%d:%llu:%lld:%d:", node->nodeId, buffer->notification[i].clusterChange,
		                       node->member, (unsigned long long)node->initialViewNumber, (long long)node->bootTimestamp,
		                       node->nodeAddress.family);
		at = put_hex(text, at, node->nodeAddress.value, least(node->nodeAddress.length, sizeof node->nodeAddress.value));
		at += (size_t)snprintf(text + at, TEXT_SIZE_MAX - at, ":");
		at = put_hex(text, at, node->nodeName.value, least(node->nodeName.length, sizeof node->nodeName.value));
	}
}

static void on_track(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	if (tracks.count < TRACKS_MAX)
		put_notifications(tracks.texts[(tracks.first + tracks.count++) % TRACKS_MAX], buffer, members, error);
}

static void clm_open(struct agent_state *state, char **arguments, FILE *answer)
{
	static const SaClmCallbacksT callbacks = {NULL, on_track};

	if (state->clm.library == NULL)
		state->clm = clm_library_open(state->test);
	fprintf(answer, "%d", clm_initialize(state->test, &state->clm, &state->clm_handles[slot_of(arguments[0])], &callbacks));
}

static void clm_track(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->clm.track(state->clm_handles[slot_of(arguments[0])], (SaUint8T)atoi(arguments[1]), NULL));
}

/* slot, flags (without CURRENT): the answer in a buffer */
static void clm_current(struct agent_state *state, char **arguments, FILE *answer)
{
	SaClmClusterNotificationBufferT buffer = {0};
	const SaUint8T flags = (SaUint8T)(SA_TRACK_CURRENT | atoi(arguments[1]));
	const SaAisErrorT error = state->clm.track(state->clm_handles[slot_of(arguments[0])], flags, &buffer);
	char text[TEXT_SIZE_MAX] = "";

	if (error == SA_AIS_OK)
		put_notifications(text, &buffer, buffer.numberOfItems, error);
	fprintf(answer, "%d %s", error, text);
	free(buffer.notification);
}

/* --- The gap between CURRENT's answer and the first callback. --- */

enum { GAP_HANDLES_MAX = 100, GAP_PAUSE_NS = 10000000 };

struct gap_tracker {
	SaClmHandleT handle;
	SaSelectionObjectT descriptor;
	uint64_t view;
	bool listed; /* the answer had the node */
};

static struct {
	uint32_t node;
	uint64_t view;
	bool left; /* the callback said so of the node */
} gap_told;

static const SaClmClusterNotificationT *entry_of(const SaClmClusterNotificationBufferT *buffer, uint32_t node)
{
	for (SaUint32T i = 0; i < buffer->numberOfItems; i++)
		if (buffer->notification[i].clusterNode.nodeId == node)
			return &buffer->notification[i];
	return NULL;
}

static void on_gap(const SaClmClusterNotificationBufferT *buffer, SaUint32T members, SaAisErrorT error)
{
	const SaClmClusterNotificationT *entry = entry_of(buffer, gap_told.node);

	(void)members;
	(void)error;
	gap_told.view = buffer->viewNumber;
	gap_told.left = entry != NULL && entry->clusterChange == SA_CLM_NODE_LEFT;
}

static SaAisErrorT gap_begin(struct agent_state *state, struct gap_tracker *tracker)
{
	static const SaClmCallbacksT callbacks = {NULL, on_gap};
	SaClmClusterNotificationBufferT buffer = {0};

	SaAisErrorT error = clm_initialize(state->test, &state->clm, &tracker->handle, &callbacks);
	if (error == SA_AIS_OK)
		error = state->clm.selection_object_get(tracker->handle, &tracker->descriptor);
	if (error == SA_AIS_OK)
		error = state->clm.track(tracker->handle, SA_TRACK_CURRENT | SA_TRACK_CHANGES, &buffer);
	if (error == SA_AIS_OK) {
		tracker->view = buffer.viewNumber;
		tracker->listed = entry_of(&buffer, gap_told.node) != NULL;
	}
	free(buffer.notification);
	return error;
}

/* The first callback of who was answered that the node is a member says that it left, and is of a later view. */
static bool gap_is_none(struct agent_state *state, const struct gap_tracker *tracker, int64_t patience_ns)
{
	gap_told.view = 0;
	gap_told.left = false;
	return descriptor_readable(tracker->descriptor, patience_ns) && state->clm.dispatch(tracker->handle, SA_DISPATCH_ONE) == SA_AIS_OK &&
	       gap_told.left && (gap_told.view > tracker->view || tracker->view == 0);
}

/* node, milliseconds: begins to track on one handle after the other until the node is no member any more, or 100 do.
 * "CODE TRACKERS WITH-THE-NODE GAPS" */
static void clm_gap(struct agent_state *state, char **arguments, FILE *answer)
{
	static struct gap_tracker trackers[GAP_HANDLES_MAX];
	unsigned count = 0, listed = 0, gaps = 0;
	SaAisErrorT error = SA_AIS_OK;

	gap_told.node = (uint32_t)strtoul(arguments[0], NULL, 10);
	for (bool more = true; error == SA_AIS_OK && more && count < GAP_HANDLES_MAX; count++) {
		error = gap_begin(state, &trackers[count]);
		more = error == SA_AIS_OK && trackers[count].listed;
		if (more)
			descriptor_readable(trackers[count].descriptor, GAP_PAUSE_NS);
	}
	for (unsigned i = 0; error == SA_AIS_OK && i < count; i++) {
		listed += trackers[i].listed;
		gaps += trackers[i].listed && !gap_is_none(state, &trackers[i], (int64_t)strtoul(arguments[1], NULL, 10) * 1000000);
		state->clm.finalize(trackers[i].handle);
	}
	fprintf(answer, "%d %u %u %u", error, count, listed, gaps);
}

/* slot, size of the array: "CODE COUNT UNTOUCHED" */
static void clm_small(struct agent_state *state, char **arguments, FILE *answer)
{
	SaClmClusterNotificationT array[64], canary;
	SaClmClusterNotificationBufferT buffer = {.numberOfItems = (SaUint32T)atoi(arguments[1]), .notification = array};

	memset(array, 0xa5, sizeof array);
	memset(&canary, 0xa5, sizeof canary);
	const SaAisErrorT error = state->clm.track(state->clm_handles[slot_of(arguments[0])], SA_TRACK_CURRENT, &buffer);
	fprintf(answer, "%d %u %d", error, buffer.numberOfItems, memcmp(&array[0], &canary, sizeof canary) == 0);
}

/* slot, milliseconds: the next callback, or "5" (TIMEOUT) */
static void clm_wait(struct agent_state *state, char **arguments, FILE *answer)
{
	const SaClmHandleT handle = state->clm_handles[slot_of(arguments[0])];
	const int64_t until = now_ns() + (int64_t)strtoul(arguments[1], NULL, 10) * 1000000;
	SaSelectionObjectT descriptor = 0;

	state->clm.selection_object_get(handle, &descriptor);
	while (tracks.count == 0 && descriptor_readable(descriptor, until - now_ns()))
		if (state->clm.dispatch(handle, SA_DISPATCH_ONE) != SA_AIS_OK)
			break;
	if (tracks.count == 0) {
		fprintf(answer, "%d", SA_AIS_ERR_TIMEOUT);
		return;
	}
	fprintf(answer, "%d %s", SA_AIS_OK, tracks.texts[tracks.first]);
	tracks.first = (tracks.first + 1) % TRACKS_MAX;
	tracks.count--;
}

/* slot, milliseconds: is a callback pending? It is not taken. */
static void clm_pending(struct agent_state *state, char **arguments, FILE *answer)
{
	SaSelectionObjectT descriptor = 0;

	state->clm.selection_object_get(state->clm_handles[slot_of(arguments[0])], &descriptor);
	fprintf(answer, "%d", descriptor_readable(descriptor, (int64_t)strtoul(arguments[1], NULL, 10) * 1000000) ? SA_AIS_OK : SA_AIS_ERR_TIMEOUT);
}

static void clm_stop(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->clm.track_stop(state->clm_handles[slot_of(arguments[0])]));
}

static void clm_get(struct agent_state *state, char **arguments, FILE *answer)
{
	SaClmClusterNodeT node = {0};
	const SaAisErrorT error = state->clm.node_get(state->clm_handles[slot_of(arguments[0])], (SaClmNodeIdT)strtoul(arguments[1], NULL, 0),
	                                              SA_TIME_MAX, &node);

	fprintf(answer, "%d %u %d", error, node.nodeId, node.member);
}

/* slot, name, creation flags (0: no CREATE), retention in ms, open flags */
static void ckpt_open_call(struct agent_state *state, char **arguments, FILE *answer)
{
	static const SaCkptCallbacksT callbacks = {NULL, NULL};
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes((SaCkptCheckpointCreationFlagsT)atoi(arguments[2]));
	const SaNameT name = name_of(arguments[1]);
	SaAisErrorT error = SA_AIS_OK;

	attributes.retentionDuration = atoll(arguments[3]) * SA_TIME_ONE_MILLISECOND;
	attributes.maxSections = 1000;
	if (state->ckpt.library == NULL) {
		state->ckpt = ckpt_library_open(state->test);
		error = ckpt_initialize(state->test, &state->ckpt, &state->ckpt_handle, &callbacks);
	}
	if (error == SA_AIS_OK)
		error = state->ckpt.open(state->ckpt_handle, &name, attributes.creationFlags == 0 ? NULL : &attributes,
		                         (SaCkptCheckpointOpenFlagsT)atoi(arguments[4]), SA_TIME_MAX, &state->checkpoints[slot_of(arguments[0])]);
	fprintf(answer, "%d", error);
}

static void ckpt_close_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->ckpt.close(state->checkpoints[slot_of(arguments[0])]));
}

/* name */
static void ckpt_unlink_call(struct agent_state *state, char **arguments, FILE *answer)
{
	const SaNameT name = name_of(arguments[0]);

	fprintf(answer, "%d", state->ckpt.unlink(state->ckpt_handle, &name));
}

static void ckpt_active_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->ckpt.active_replica_set(state->checkpoints[slot_of(arguments[0])]));
}

/* slot, section, data */
static void ckpt_create_call(struct agent_state *state, char **arguments, FILE *answer)
{
	SaCkptSectionIdT id = ckpt_id(arguments[1]);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};

	fprintf(answer, "%d", state->ckpt.section_create(state->checkpoints[slot_of(arguments[0])], &attributes, arguments[2], strlen(arguments[2])));
}

static void ckpt_overwrite_call(struct agent_state *state, char **arguments, FILE *answer)
{
	const SaCkptSectionIdT id = ckpt_id(arguments[1]);

	fprintf(answer, "%d", state->ckpt.overwrite(state->checkpoints[slot_of(arguments[0])], &id, arguments[2], strlen(arguments[2])));
}

static void ckpt_write_call(struct agent_state *state, char **arguments, FILE *answer)
{
	const SaCkptIOVectorElementT element = ckpt_element(arguments[1], arguments[2], strlen(arguments[2]), 0);

	fprintf(answer, "%d", state->ckpt.write(state->checkpoints[slot_of(arguments[0])], &element, 1, NULL));
}

/* slot, section: "CODE DATA" */
static void ckpt_read_call(struct agent_state *state, char **arguments, FILE *answer)
{
	char buffer[1000];
	SaCkptIOVectorElementT element = ckpt_element(arguments[1], buffer, sizeof buffer, 0);
	const SaAisErrorT error = state->ckpt.read(state->checkpoints[slot_of(arguments[0])], &element, 1, NULL);

	fprintf(answer, "%d %.*s", error, error == SA_AIS_OK ? (int)element.readSize : 0, buffer);
}

/* slot: "CODE SECTIONS MEMORY" */
static void ckpt_status_call(struct agent_state *state, char **arguments, FILE *answer)
{
	SaCkptCheckpointDescriptorT status = {0};
	const SaAisErrorT error = state->ckpt.status_get(state->checkpoints[slot_of(arguments[0])], &status);

	fprintf(answer, "%d %u %llu", error, status.numberOfSections, (unsigned long long)status.memoryUsed);
}

/* slot, count: writes 1, 2, ... to section `first` and then the same to `second` */
static void ckpt_pairs_call(struct agent_state *state, char **arguments, FILE *answer)
{
	const SaCkptCheckpointHandleT checkpoint = state->checkpoints[slot_of(arguments[0])];
	const unsigned count = (unsigned)strtoul(arguments[1], NULL, 10);
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned i = 1; i <= count && error == SA_AIS_OK; i++) {
		char text[20];
		snprintf(text, sizeof text, "%08u", i);
		const SaCkptIOVectorElementT first = ckpt_element("first", text, 8, 0), second = ckpt_element("second", text, 8, 0);
		error = state->ckpt.write(checkpoint, &first, 1, NULL);
		if (error == SA_AIS_OK)
			error = state->ckpt.write(checkpoint, &second, 1, NULL);
	}
	fprintf(answer, "%d", error);
}

static void lck_opens(struct agent_state *state, char **arguments, SaLckResourceOpenFlagsT flags, FILE *answer)
{
	const SaNameT name = name_of(arguments[1]);
	SaAisErrorT error = SA_AIS_OK;

	if (state->lck.library == NULL) {
		state->lck = lck_library_open(state->test);
		error = lck_initialize(state->test, &state->lck, &state->lck_handle, &lck_callbacks);
	}
	if (error == SA_AIS_OK)
		error = state->lck.open(state->lck_handle, &name, flags, SA_TIME_MAX, &state->resources[slot_of(arguments[0])]);
	fprintf(answer, "%d", error);
}

/* slot, name; with CREATE */
static void lck_open_call(struct agent_state *state, char **arguments, FILE *answer)
{
	lck_opens(state, arguments, SA_LCK_RESOURCE_CREATE, answer);
}

/* slot, name; without */
static void lck_find_call(struct agent_state *state, char **arguments, FILE *answer)
{
	lck_opens(state, arguments, 0, answer);
}

/* slot */
static void lck_close_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->lck.close(state->resources[slot_of(arguments[0])]));
}

/* slot */
static void lck_purge_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->lck.purge(state->resources[slot_of(arguments[0])]));
}

/* slot, lock, mode, flags, milliseconds: "CODE STATUS" */
static void lck_lock_call(struct agent_state *state, char **arguments, FILE *answer)
{
	SaLckLockStatusT status = 0;
	const SaAisErrorT error = state->lck.lock(state->resources[slot_of(arguments[0])], &state->locks[slot_of(arguments[1])],
	                                          (SaLckLockModeT)atoi(arguments[2]), (SaLckLockFlagsT)atoi(arguments[3]), 0,
	                                          atoll(arguments[4]) * SA_TIME_ONE_MILLISECOND, &status);

	fprintf(answer, "%d %d", error, status);
}

/* slot, lock, mode: its number is the invocation */
static void lck_ask_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->lck.lock_async(state->resources[slot_of(arguments[0])], slot_of(arguments[1]),
	                                            &state->locks[slot_of(arguments[1])], (SaLckLockModeT)atoi(arguments[2]), 0, 0));
}

static void lck_dispatch_one(struct agent_state *state, const size_t *counter, size_t taken, const char *ms)
{
	const int64_t until = now_ns() + (int64_t)strtoul(ms, NULL, 10) * 1000000;
	SaSelectionObjectT descriptor = 0;

	state->lck.selection_object_get(state->lck_handle, &descriptor);
	while (*counter == taken && descriptor_readable(descriptor, until - now_ns()))
		if (state->lck.dispatch(state->lck_handle, SA_DISPATCH_ONE) != SA_AIS_OK)
			break;
}

/* milliseconds: the next waiter callback, "1 MODE-HELD MODE-REQUESTED LOCK", the lock by the number that it was taken with; or "5" (TIMEOUT) */
static void lck_waiter_call(struct agent_state *state, char **arguments, FILE *answer)
{
	int lock = AGENT_SLOTS;

	lck_dispatch_one(state, &lck_seen.waiter_count, state->waiters_taken, arguments[0]);
	if (lck_seen.waiter_count == state->waiters_taken) {
		fprintf(answer, "%d", SA_AIS_ERR_TIMEOUT);
		return;
	}
	const struct lck_waiter *waiter = &lck_seen.waiters[state->waiters_taken++ % LCK_CALLS_MAX];
	while (lock-- > 0 && state->locks[lock] != waiter->id)
		;
	fprintf(answer, "%d %d %d %d", SA_AIS_OK, waiter->held, waiter->requested, lock);
}

/* milliseconds: the next grant callback, "CODE INVOCATION STATUS", or "5" (TIMEOUT) */
static void lck_granted_call(struct agent_state *state, char **arguments, FILE *answer)
{
	lck_dispatch_one(state, &lck_seen.grant_count, state->grants_taken, arguments[0]);
	if (lck_seen.grant_count == state->grants_taken) {
		fprintf(answer, "%d", SA_AIS_ERR_TIMEOUT);
		return;
	}
	const struct lck_granted *grant = &lck_seen.grants[state->grants_taken++ % LCK_CALLS_MAX];
	fprintf(answer, "%d %llu %d", grant->error, (unsigned long long)grant->invocation, grant->status);
}

/* lock */
static void lck_unlock_call(struct agent_state *state, char **arguments, FILE *answer)
{
	fprintf(answer, "%d", state->lck.unlock(state->locks[slot_of(arguments[0])], SA_TIME_ONE_MINUTE));
}

static void on_lost(SaLckLockIdT lock, SaLckResourceHandleT resource)
{
	losses.told[losses.count % AGENT_SLOTS].lock = lock;
	losses.told[losses.count++ % AGENT_SLOTS].resource = resource;
}

static void lost_callback_set(struct agent_state *state, void (*callback)(SaLckLockIdT, SaLckResourceHandleT), FILE *answer)
{
	lck_lost_callback_set *set = library_symbol_if(state->lck.library, "aisLckLostCallbackSet");

	fprintf(answer, "%d", set == NULL ? SA_AIS_ERR_NOT_SUPPORTED : set(state->lck_handle, callback));
}

/* Asks to be told of locks that are lost; "19" (NOT_SUPPORTED): a library without that */
static void lck_losses_call(struct agent_state *state, char **arguments, FILE *answer)
{
	(void)arguments;
	lost_callback_set(state, on_lost, answer);
}

/* And no more */
static void lck_no_losses_call(struct agent_state *state, char **arguments, FILE *answer)
{
	(void)arguments;
	lost_callback_set(state, NULL, answer);
}

/* milliseconds: the next of them, "1 LOCK RESOURCE", by the numbers of their slots; or "5" (TIMEOUT) */
static void lck_lost_call(struct agent_state *state, char **arguments, FILE *answer)
{
	int lock = AGENT_SLOTS, resource = AGENT_SLOTS;

	lck_dispatch_one(state, &losses.count, state->losses_taken, arguments[0]);
	if (losses.count == state->losses_taken) {
		fprintf(answer, "%d", SA_AIS_ERR_TIMEOUT);
		return;
	}
	const size_t taken = state->losses_taken++ % AGENT_SLOTS;
	while (lock-- > 0 && state->locks[lock] != losses.told[taken].lock)
		;
	while (resource-- > 0 && state->resources[resource] != losses.told[taken].resource)
		;
	fprintf(answer, "%d %d %d", SA_AIS_OK, lock, resource);
}

/* lock: "CODE LINEAGE REPRESENTATIVE GRANT", what orders the holders of a resource */
static void lck_token_call(struct agent_state *state, char **arguments, FILE *answer)
{
	lck_token_get *get = library_symbol_if(state->lck.library, "aisLckLockTokenGet");
	struct lck_token token = {0};
	const SaAisErrorT error = get == NULL ? SA_AIS_ERR_NOT_SUPPORTED : get(state->locks[slot_of(arguments[0])], &token);

	fprintf(answer, "%d %llu %u %llu", error, (unsigned long long)token.lineage, token.representative, (unsigned long long)token.grant);
}

static const struct agent_call calls[] = {
	{"clm.open", 1, clm_open}, {"clm.track", 2, clm_track}, {"clm.current", 2, clm_current}, {"clm.small", 2, clm_small},
	{"clm.wait", 2, clm_wait}, {"clm.pending", 2, clm_pending}, {"clm.stop", 1, clm_stop}, {"clm.gap", 2, clm_gap}, {"clm.get", 2, clm_get},
	{"ckpt.open", 5, ckpt_open_call}, {"ckpt.close", 1, ckpt_close_call}, {"ckpt.unlink", 1, ckpt_unlink_call},
	{"ckpt.active", 1, ckpt_active_call}, {"ckpt.create", 3, ckpt_create_call}, {"ckpt.overwrite", 3, ckpt_overwrite_call},
	{"ckpt.write", 3, ckpt_write_call}, {"ckpt.read", 2, ckpt_read_call}, {"ckpt.status", 1, ckpt_status_call},
	{"ckpt.pairs", 2, ckpt_pairs_call}, {"lck.open", 2, lck_open_call}, {"lck.lock", 5, lck_lock_call}, {"lck.ask", 3, lck_ask_call},
	{"lck.find", 2, lck_find_call}, {"lck.close", 1, lck_close_call}, {"lck.purge", 1, lck_purge_call}, {"lck.waiter", 1, lck_waiter_call},
	{"lck.granted", 1, lck_granted_call}, {"lck.unlock", 1, lck_unlock_call}, {"lck.losses", 0, lck_losses_call},
	{"lck.no_losses", 0, lck_no_losses_call}, {"lck.lost", 1, lck_lost_call}, {"lck.token", 1, lck_token_call},
};

struct agent_state *agent_state_new(struct test *test)
{
	struct agent_state *state = calloc(1, sizeof *state);

	if (state == NULL)
		abort();
	state->test = test;
	return state;
}

void agent_state_call(struct agent_state *state, char **words, size_t count, FILE *answer)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		if (strcmp(calls[i].name, words[0]) == 0 && count == calls[i].arguments + 1) {
			calls[i].run(state, words + 1, answer);
			return;
		}
	}
	fprintf(answer, "0 no such call");
}
