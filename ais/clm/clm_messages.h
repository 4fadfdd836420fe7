/* Every message between libSaClm and the daemon, once: struct, encode, decode. Nothing of CLM travels on the ring: its one source is the
 * view. Called by clm_client.c on one side, clm_service.c and clm_view.c on the other. */
#ifndef AISLE_CLM_MESSAGES_H
#define AISLE_CLM_MESSAGES_H

#include "core/base/wire.h"
#include "saClm.h"

enum { CLM_FORMAT = 1 };

enum clm_request {
	CLM_REQUEST_TRACK,
	CLM_REQUEST_TRACK_STOP,
	CLM_REQUEST_NODE_GET,
	CLM_REQUEST_NODE_GET_ASYNC,
	CLM_REQUEST_COUNT
};

enum clm_event {
	CLM_EVENT_TRACK,
	CLM_EVENT_NODE_GET,
};

/* One node as the libraries see it. */
struct clm_node {
	uint32_t id;
	uint8_t address_family; /* 4 or 6 */
	bool member;
	int64_t boot_ns;
	uint64_t initial_view;
	struct bytes address; /* text, at most SA_CLM_MAX_ADDRESS_LENGTH */
	struct bytes name;    /* at most SA_MAX_NAME_LENGTH */
};

struct clm_entry {
	struct clm_node node;
	uint8_t change; /* SaClmClusterChangesT */
};

/* Asks for the current membership, for changes, or for both. Answer with CURRENT and in_answer: notifications; else empty. */
struct clm_track_request {
	uint8_t flags;     /* SA_TRACK_... */
	bool in_answer;    /* CURRENT: in the answer; else by an event */
	uint32_t capacity; /* CURRENT in the answer: entries that the caller can take. Too few: NO_SPACE, with the count alone */
};

/* Answer to TRACK_STOP: all track events up to this serial are cancelled. */
struct clm_track_stop_answer {
	uint64_t serial;
};

/* NODE_GET and NODE_GET_ASYNC; the first is answered with a node, the second by an event. */
struct clm_node_get_request {
	uint32_t id;         /* SA_CLM_LOCAL_NODE_ID: the daemon's own */
	uint64_t invocation; /* NODE_GET_ASYNC */
};

struct clm_node_get_event {
	uint64_t invocation;
	struct clm_node node;
};

/* Head of an answer to TRACK, or of a track event; `count` entries follow, read one by one with clm_entry_decode(). */
struct clm_notifications {
	uint64_t serial; /* event: grows by one with each of the client; answer: 0 */
	uint64_t view_number;
	uint32_t member_count;
	uint32_t count;
};

void clm_track_request_encode(struct wire_writer *out, const struct clm_track_request *request);
bool clm_track_request_decode(struct wire_reader *in, struct clm_track_request *request);
void clm_track_stop_request_encode(struct wire_writer *out);
bool clm_track_stop_request_decode(struct wire_reader *in);
void clm_track_stop_answer_encode(struct wire_writer *out, const struct clm_track_stop_answer *answer);
bool clm_track_stop_answer_decode(struct wire_reader *in, struct clm_track_stop_answer *answer);
void clm_node_get_request_encode(struct wire_writer *out, const struct clm_node_get_request *request);
bool clm_node_get_request_decode(struct wire_reader *in, struct clm_node_get_request *request);
void clm_node_get_answer_encode(struct wire_writer *out, const struct clm_node *node);
bool clm_node_get_answer_decode(struct wire_reader *in, struct clm_node *node);
void clm_node_get_event_encode(struct wire_writer *out, const struct clm_node_get_event *event);
bool clm_node_get_event_decode(struct wire_reader *in, struct clm_node_get_event *event);

void clm_notifications_encode(struct wire_writer *out, const struct clm_notifications *notifications);
void clm_entry_encode(struct wire_writer *out, const struct clm_entry *entry);
bool clm_notifications_decode(struct wire_reader *in, struct clm_notifications *notifications); /* then entries, then wire_finish() */
bool clm_entry_decode(struct wire_reader *in, struct clm_entry *entry);

#endif
