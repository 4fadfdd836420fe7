/* What the nodes of the `totem` world did and saw, recorded as it happens and judged by the checkers, a file a family of promises.
 * A life is one incarnation of a node; a period is the time between two configuration notices of a life. */
#ifndef AISLE_SIM_TOTEM_HISTORY_H
#define AISLE_SIM_TOTEM_HISTORY_H

#include "conformance/sim/sim.h"
#include "core/totem/totem_internal.h"

struct app_message {
	uint64_t digest;
	bool safe;
	struct position position; /* where it was delivered first; ring none: nowhere yet */
};

struct app_messages {
	struct app_message *list;
	size_t count, capacity;
};

struct delivery {
	uint32_t life; /* the sender's */
	uint8_t urgency;
	bool safe;
	uint64_t counter; /* the sender's, per urgency */
	struct position position;
};

struct period {
	enum group_view_kind kind;
	struct ring_id ring;    /* of the configuration */
	struct ring_id regular; /* itself, or the regular one that a transitional one follows */
	struct node_set members, joined, left;
	size_t delivery_first; /* in the life's list; ends where the next period begins */
};

/* A DATA packet as its originator sent it. */
struct sent_packet {
	uint32_t life;
	struct ring_id ring;
	uint64_t seq;
	uint64_t causal_seq; /* the originator had delivered up to there on this ring */
	bool has_whole;      /* holds a message that begins and ends in it: */
	uint8_t urgency;
	uint64_t counter;    /* ... that one */
};

struct life {
	uint32_t node, number;
	bool ended;   /* crashed or left */
	bool disk_lost_before;
	struct app_messages sent[GROUP_URGENCIES];
	struct delivery *deliveries;
	size_t delivery_count, delivery_capacity;
	struct period *periods;
	size_t period_count, period_capacity;
	struct position *stable_lines; /* the highest told, a ring each */
	size_t stable_count, stable_capacity;
};

struct history {
	struct sim *sim;
	struct life *lives;
	size_t life_count, life_capacity;
	struct sent_packet *packets;
	size_t packet_count, packet_capacity;
};

void history_clear(struct history *history);
uint32_t history_life_begin(struct history *history, uint32_t node, bool disk_lost);
void history_life_end(struct history *history, uint32_t life);
/* The message's bytes, `size` at least HISTORY_MESSAGE_SIZE_MIN: records it and fills them. */
enum { HISTORY_MESSAGE_SIZE_MIN = 16 };
void history_message_make(struct history *history, uint32_t life, enum group_urgency urgency, bool safe, uint8_t *bytes, size_t size);
void history_message_refused(struct history *history, uint32_t life, enum group_urgency urgency); /* takes the last one back */
bool history_message_read(struct bytes message, struct delivery *delivery);
void history_deliver(struct history *history, uint32_t life, const struct group_event *event);
void history_view(struct history *history, uint32_t life, const struct group_view *view);
void history_stable(struct history *history, uint32_t life, struct position position);
void history_packet(struct history *history, uint32_t life, const struct totem_data *data, uint64_t causal_seq);

size_t period_delivery_end(const struct life *life, size_t period);
/* The first period at or after `from` of that ring; -1: none. */
int life_period_find(const struct life *life, struct ring_id ring, enum group_view_kind kind);
bool life_delivered_in(const struct life *life, size_t period_first, size_t period_last, const struct delivery *wanted);
struct app_message *history_message(const struct history *history, const struct delivery *delivery);

/* The checkers; all but the inside one judge a whole run. */
void check_evs_order(const struct history *history);
void check_evs_delivery(const struct history *history);
void check_membership(const struct history *history);
void check_safe(const struct history *history);
void check_stable(const struct history *history);

#endif
