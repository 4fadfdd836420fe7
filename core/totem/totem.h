/* Totem as a pure machine: an event goes in with the time and a random number, outputs come out and are executed by the caller in
 * their order. No socket, no clock, no thread; deliveries stand before the token that covers them (R13).
 * The rules are those of the totem sheet; rule numbers in comments (TOT-nnn, §n) refer to it. */
#ifndef AISLE_TOTEM_TOTEM_H
#define AISLE_TOTEM_TOTEM_H

#include "core/group/group.h"

enum { TOTEM_NODES_MAX = 128, TOTEM_MESSAGE_SIZE_MAX = 1024 * 1024 };

/* Milliseconds unless the name says otherwise. totem_config_default() fills in the `default` profile; totem_config_derive() computes
 * what depends on token where a field is 0 (sheet §13). */
struct totem_config {
	uint32_t node;           /* own id, not 0 */
	uint64_t cluster;        /* hash of the cluster's name: packets of another cluster are none of ours */
	uint32_t token_ms, consensus_ms, token_retransmit_ms, hold_ms, join_ms, send_join_ms, merge_ms;
	uint32_t token_retransmits_before_loss;
	uint32_t window_size, messages_max; /* per rotation, per visit */
	uint32_t miss_count, fail_recv_rotations, seqno_unchanged_rotations;
	uint32_t packet_size_max;           /* what one datagram may carry, bytes (MTU less IP and UDP) */
	uint32_t queue_size_max;            /* bytes of messages that wait to be sent; full: refused */
	uint64_t seq_start;                 /* tests: where a ring's sequence begins (wrap); 0 */
	uint64_t mutations;                 /* tests: bit n breaks rule n of sheet §19 on purpose; 0 */
};

enum totem_event_kind {
	TOTEM_EVENT_START,  /* once: installs the singleton, then gathers. ring_seq: what was stored, 0 if nothing */
	TOTEM_EVENT_PACKET, /* a datagram from `network`, any bytes */
	TOTEM_EVENT_TIMER,  /* `timer` is due. late_ns: by how much; packets that had arrived were stepped before */
	TOTEM_EVENT_STORED, /* `ring_seq` of an earlier TOTEM_OUTPUT_STORE is durable */
	TOTEM_EVENT_SEND,   /* the application's message; outputs tell whether it was taken (totem_send_allowed() asks before) */
	TOTEM_EVENT_LEAVE,
};

struct totem_event {
	enum totem_event_kind kind;
	int64_t now_ns;  /* monotonic */
	uint64_t random; /* chance of this step */
	uint32_t network;
	uint32_t timer;
	int64_t late_ns;
	uint64_t ring_seq;
	struct bytes bytes;
	enum group_urgency urgency;
	bool safe;
	uint32_t to; /* SEND: to that member alone, beside the order, and not again when lost; 0: to all */
};

enum totem_output_kind {
	TOTEM_OUTPUT_MULTICAST, /* `bytes` to every other node on every network */
	TOTEM_OUTPUT_UNICAST,   /* `bytes` to `node` */
	TOTEM_OUTPUT_DIRECT,    /* the same, and it may wait for company until the step's outputs are done */
	TOTEM_OUTPUT_TIMER_SET, /* `timer` due at `at_ns`; replaces one that is set */
	TOTEM_OUTPUT_TIMER_CANCEL,
	TOTEM_OUTPUT_STORE,     /* make `ring_seq` durable, then send TOTEM_EVENT_STORED: the commit token waits for it */
	TOTEM_OUTPUT_EVENT,     /* upward: `event` */
	TOTEM_OUTPUT_LOG,       /* `level`, `log_id`, `text` */
	TOTEM_OUTPUT_LEFT,      /* after LEAVE: all is said, the machine may be freed */
};

struct totem_buffer;

struct totem_output {
	enum totem_output_kind kind;
	uint32_t node, timer;
	int64_t at_ns;
	uint64_t ring_seq;
	struct bytes bytes;       /* lies in the outputs */
	struct group_event event; /* its views and lists lie in the outputs */
	int level;
	const char *log_id;
	const char *text;
	struct totem_buffer *owner; /* what the pointers above point into: the outputs' own */
};

struct totem_outputs; /* defined in totem_outputs.h: a list with the memory that its entries point into */
struct totem;

void totem_config_default(struct totem_config *config);
void totem_config_derive(struct totem_config *config);

struct totem *totem_new(const struct totem_config *config); /* NULL: no memory, or a value out of range */
void totem_free(struct totem *totem);
void totem_step(struct totem *totem, const struct totem_event *event, struct totem_outputs *outputs);
bool totem_send_allowed(const struct totem *totem, size_t size, enum group_urgency urgency);
size_t totem_direct_size_max(const struct totem *totem); /* of a message to one member */

#endif
