/* What engines say to each other, each message once: struct, encode, decode. All begin with the format, the kind and the tag, the ring
 * id of the view in which they were sent (R1). A decoder takes any bytes. */
#ifndef AISLE_ENGINE_MESSAGES_H
#define AISLE_ENGINE_MESSAGES_H

#include "core/base/identity.h"

enum {
	ENGINE_FORMAT = 1,
	ENGINE_MEMBERS_MAX = 128,
	ENGINE_VOTES_MAX = 1024, /* expected, or of a device */
	ENGINE_SERVICES_MAX = 16,
	ENGINE_DEBTS_MAX = 1024,
	ENGINE_UNFENCED_MAX = 1024, /* beyond it the oldest are forgotten, and that is logged */
	ENGINE_TEXT_MAX = 255,
	ENGINE_HEADER_SIZE = 2 + 1 + 12,
	ENGINE_OPERATION_SIZE_MAX = 65 * 1024 * 1024, /* of one operation, however many parts */
};

enum engine_message_kind {
	ENGINE_CLAIM = 1,
	ENGINE_AGREED = 2,
	ENGINE_OPERATION = 3,
	ENGINE_PART = 4,
	ENGINE_RANGE_REQUEST = 5,
	ENGINE_RANGE_COPY = 6,
	ENGINE_ADOPTED = 7,
	ENGINE_CAUGHT_UP = 8,
	ENGINE_ADOPT = 9,
	ENGINE_DIGESTS = 10,
	ENGINE_FENCED = 11,
	ENGINE_LEAVING = 12,
	ENGINE_HOLDINGS = 13,
	ENGINE_VOTES = 14,
};

struct engine_header {
	enum engine_message_kind kind;
	struct ring_id tag;
};

void engine_header_encode(struct wire_writer *out, enum engine_message_kind kind, struct ring_id tag);
bool engine_header_decode(struct wire_reader *in, struct engine_header *header);

/* What a node holds of one service. */
struct claim_service {
	uint16_t id, format;
	uint64_t directory, content; /* digests */
	bool complete;               /* its replica lacks nothing of what is on all nodes */
	bool listed;                 /* there are objects whose replicas the directory lists */
};

/* With which ring a node became a member, as the claimant's state knows it. */
struct claim_joined {
	uint32_t node;
	uint64_t incarnation;
	struct ring_id ring;
	bool leaving; /* it said that it is going to leave */
};

/* Who a node is and what it remembers (R5). Owns its lists and, once decoded, the texts. */
struct claim {
	uint32_t node; /* the message's sender: not encoded */
	uint64_t incarnation;
	uint16_t version; /* operating version: the youngest it can */
	struct ring_id lineage;          /* none: no memory */
	struct ring_id previous;         /* the ring it was in before this view */
	bool current;                    /* its state is that of the previous view, whose barrier had ended */
	int64_t clock_ns, boot_ns;
	int64_t release_wait_ns;         /* how long from now on it may release nothing (R16) */
	bool quorum_required;
	bool fencing;                    /* R20 */
	uint32_t expected_votes;         /* as ordered, else as configured */
	bool expected_ordered;           /* R11: part of the state */
	uint32_t device_votes;           /* that a quorum device gives to this node's partition */
	uint8_t address_family;
	struct bytes name, address;
	uint32_t *lineage_members;       /* of the view whose barrier stamped it */
	uint32_t lineage_member_count;
	uint32_t *configured;
	uint32_t configured_count;
	uint32_t *transitional;          /* who came along from the previous ring, with it */
	uint32_t transitional_count;
	struct claim_service services[ENGINE_SERVICES_MAX];
	uint32_t service_count;
	struct claim_joined *joined;
	uint32_t joined_count;
	struct claim_joined *unfenced;   /* departed without a word, and nobody said yet that they are fenced */
	uint32_t unfenced_count;
	struct requester *debts;
	uint32_t debt_count;
	uint8_t *memory; /* of a decoded claim: what the texts point into */
};

void claim_encode(struct wire_writer *out, const struct claim *claim); /* after the header */
bool claim_decode(struct wire_reader *in, struct claim *claim);        /* false: malformed or no memory, and nothing is owned */
void claim_clear(struct claim *claim);
const struct claim_service *claim_service_find(const struct claim *claim, uint16_t id);

/* An operation of a service. `number` is its sender's own: what it waits for. */
struct engine_operation {
	uint16_t service, operation;
	uint64_t number;
	int64_t clock_ns;
	struct bytes body;
};

void engine_operation_encode(struct wire_writer *out, const struct engine_operation *operation);
bool engine_operation_decode(struct wire_reader *in, struct engine_operation *operation);

/* A piece of an encoded operation (without header) that is larger than a message may be. */
struct engine_part {
	uint64_t number;
	uint32_t index;
	bool last;
	struct bytes bytes;
};

void engine_part_encode(struct wire_writer *out, const struct engine_part *part);
bool engine_part_decode(struct wire_reader *in, struct engine_part *part);

/* A joiner asks the donor: service 0 for the small state of all services, else for a range of that service's content. */
struct engine_range_request {
	uint32_t donor;
	uint16_t service;
	uint32_t size_max;
	struct bytes after;
	bool ordered; /* the copy is to come in order; else its pieces may be sent to the joiner alone */
};

void engine_range_request_encode(struct wire_writer *out, const struct engine_range_request *request);
bool engine_range_request_decode(struct wire_reader *in, struct engine_range_request *request);

/* One piece of what was asked for; pieces come in order. Behind pieces that were sent to the joiner alone one without bytes comes in order,
 * with the index after the last: who then still waits lacks one. */
struct engine_range_copy {
	uint32_t joiner;
	struct position request;
	uint16_t service;
	uint32_t index;
	bool last;
	struct bytes bytes;
};

void engine_range_copy_encode(struct wire_writer *out, const struct engine_range_copy *copy);
bool engine_range_copy_decode(struct wire_reader *in, struct engine_range_copy *copy);

enum engine_votes_kind { ENGINE_VOTES_EXPECTED = 1, ENGINE_VOTES_DEVICE = 2 };

/* R11: a fact about votes changes. */
struct engine_votes {
	enum engine_votes_kind kind;
	uint32_t votes;
};

void engine_votes_encode(struct wire_writer *out, const struct engine_votes *votes);
bool engine_votes_decode(struct wire_reader *in, struct engine_votes *votes);

/* `node` is fenced; its incarnation is the one that departed. */
struct engine_fencing {
	uint32_t node;
	uint64_t incarnation;
};

void engine_fencing_encode(struct wire_writer *out, const struct engine_fencing *fencing);
bool engine_fencing_decode(struct wire_reader *in, struct engine_fencing *fencing);

struct engine_caught_up {
	uint16_t service;
};

void engine_caught_up_encode(struct wire_writer *out, const struct engine_caught_up *caught_up);
bool engine_caught_up_decode(struct wire_reader *in, struct engine_caught_up *caught_up);

/* R19: older objects of one service that the sender keeps; comes in pieces, the last of which says so. */
struct engine_holdings {
	uint16_t service;
	bool last;
	struct bytes entries; /* of engine_holding, one after the other */
};

struct engine_holding {
	struct ring_id version; /* the lineage of the state that has it */
	struct bytes key;
};

void engine_holdings_encode(struct wire_writer *out, const struct engine_holdings *holdings);
bool engine_holdings_decode(struct wire_reader *in, struct engine_holdings *holdings);
void engine_holding_encode(struct wire_writer *out, const struct engine_holding *holding);
bool engine_holding_next(struct wire_reader *in, struct engine_holding *holding); /* false: no more, or malformed (in->failed) */

/* What the sender's state was after the operation at `position` (R22). */
struct engine_digests {
	struct position position;
	struct claim_service services[ENGINE_SERVICES_MAX];
	uint32_t service_count;
	uint64_t shared[ENGINE_MEMBERS_MAX]; /* of what its sender and the i-th member both hold, of objects that are on some nodes alone */
	uint32_t shared_count;
};

void engine_digests_encode(struct wire_writer *out, const struct engine_digests *digests);
bool engine_digests_decode(struct wire_reader *in, struct engine_digests *digests);

#endif
