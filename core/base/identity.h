/* The types that all operations share: where a message stands in the total order, what outlives a view, who waits for an answer. */
#ifndef AISLE_BASE_IDENTITY_H
#define AISLE_BASE_IDENTITY_H

#include "core/base/wire.h"

/* Unique for all time: the ring's lowest node id and a sequence that only grows. {0, 0} is no ring. */
struct ring_id {
	uint64_t seq;
	uint32_t representative;
};

/* A message's place in the total order: ring, the ring's message sequence, index within the packet. */
struct position {
	struct ring_id ring;
	uint64_t seq;
	uint32_t index;
};

/* What outlives a view (a checkpoint, a section, a lock) is named by the whole position of the operation that created it. */
struct identity {
	struct position position;
};

/* Who waits for an answer. A node that restarts gets another incarnation, so its clients of before are nobody's. */
struct requester {
	uint32_t node;
	uint64_t incarnation;
	uint64_t client;
	uint64_t call; /* the client's number for the call; 0: the client itself, not one call */
};

/* What an operation is applied at. Nothing replicated reads a clock: `clock_ns` is the sender's wall clock, part of the message. */
struct at {
	struct position position;
	uint32_t sender;
	uint64_t incarnation; /* the sender's */
	int64_t clock_ns;
	uint16_t version; /* the operating version agreed in the view's barrier */
};

int ring_id_compare(struct ring_id a, struct ring_id b); /* by sequence, then representative (R6) */
bool ring_id_equal(struct ring_id a, struct ring_id b);
bool ring_id_is_none(struct ring_id ring);
int position_compare(struct position a, struct position b);
bool position_equal(struct position a, struct position b);
int identity_compare(struct identity a, struct identity b);
bool identity_equal(struct identity a, struct identity b);
bool requester_equal(struct requester a, struct requester b);
bool requester_same_client(struct requester a, struct requester b);
struct identity identity_at(const struct at *at);

void ring_id_encode(struct wire_writer *out, struct ring_id ring);
struct ring_id ring_id_decode(struct wire_reader *in);
void position_encode(struct wire_writer *out, struct position position);
struct position position_decode(struct wire_reader *in);
void identity_encode(struct wire_writer *out, struct identity identity);
struct identity identity_decode(struct wire_reader *in);
void requester_encode(struct wire_writer *out, struct requester requester);
struct requester requester_decode(struct wire_reader *in);

/* "1.204": representative and sequence. The text lies in `text`. */
struct ring_text {
	char text[40];
};
struct position_text {
	char text[80];
};
struct ring_text ring_id_text(struct ring_id ring);
struct position_text position_text(struct position position);

#endif
