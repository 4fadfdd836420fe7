/* What applying one operation asks of the world. apply() is pure: it collects effects; the engine of the node that owns the client
 * turns them into an answer or a callback once they may leave (R12). */
#ifndef AISLE_BASE_EFFECTS_H
#define AISLE_BASE_EFFECTS_H

#include "core/base/identity.h"

enum effect_kind {
	EFFECT_REPLY,  /* answers requester.call */
	EFFECT_NOTIFY, /* a callback for requester.client; `event` says which */
	EFFECT_READ,   /* requester.call is a read that asked for its place in the order: now it has it, and is handled again */
	EFFECT_ASK,    /* one node is asked for what it has: the payload goes to its service's `asked` */
	EFFECT_DUE,    /* the time keeper is to look at this service again at due_ns */
};

struct effect {
	enum effect_kind kind;
	struct requester requester;
	uint32_t code;        /* EFFECT_REPLY: enum result */
	uint32_t asked_node;  /* EFFECT_ASK */
	uint32_t active_node; /* where the answer may leave at agreed delivery; 0: nowhere before it is stable */
	struct position active_since; /* active_node: from when this is stable on */
	uint16_t event;       /* EFFECT_NOTIFY: the service's number for it */
	int64_t due_ns;       /* EFFECT_DUE: wall clock */
	size_t payload_offset, payload_size;
};

/* All zero is valid and empty. `failed`: memory ran out, the node leaves. */
struct effects {
	struct effect *list;
	size_t count, capacity;
	struct wire_writer payloads;
	bool failed;
};

void effects_reply(struct effects *effects, struct requester requester, uint32_t code, struct bytes payload);
void effects_reply_active(struct effects *effects, struct requester requester, uint32_t code, struct bytes payload,
                          uint32_t active_node, struct position active_since);
void effects_ask(struct effects *effects, uint32_t node, struct bytes payload);
void effects_ordered(struct effects *effects, struct requester requester);
void effects_notify(struct effects *effects, struct requester client, uint16_t event, struct bytes payload);
void effects_due(struct effects *effects, int64_t due_ns);
struct bytes effects_payload(const struct effects *effects, const struct effect *effect);
void effects_reset(struct effects *effects); /* empties, keeps the memory */
void effects_clear(struct effects *effects); /* frees */

#endif
