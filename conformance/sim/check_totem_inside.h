/* Promises about the machine's inside and about what it puts on the wire, judged step by step. */
#ifndef AISLE_SIM_CHECK_TOTEM_INSIDE_H
#define AISLE_SIM_CHECK_TOTEM_INSIDE_H

#include "conformance/sim/totem_history.h"

enum { INSIDE_JOINS_MAX = 256, INSIDE_PAST_MAX = 64 };

struct inside_join {
	uint32_t sender;
	uint64_t ring_seq, digest;
};

/* A ring that this life was on and how much of it it held when it left it. */
struct inside_past {
	struct ring_id ring;
	uint64_t aru;
};

struct inside_node {
	const struct totem *totem; /* NULL: does not run */
	uint32_t life;
	uint64_t step;
	/* before the step */
	enum totem_state state;
	uint64_t operational_entered;
	struct ring_id installed, active;
	uint64_t installed_aru, installed_delivered;
	uint64_t visits, token_seq;
	uint64_t stable, released;
	struct node_set proc, fail;
	struct ring_id received;
	bool watches_stray, stray_held;
	bool holding;
	uint32_t packets; /* DATA that left in this step */
	uint64_t stray_seq;
	/* kept */
	struct node_set obligation; /* as it was when `received` became true */
	struct inside_join joins[INSIDE_JOINS_MAX];
	size_t join_count;
	struct inside_past past[INSIDE_PAST_MAX];
	size_t past_count;
	struct ring_id visit_ring; /* of the last visit, and the DATA that left in it */
	uint32_t visit_packets;
	uint64_t installed_step;
	uint64_t own_seq; /* highest own DATA seen on the installed ring */
	int64_t fresh_until_ns; /* the node's clock */
	bool fresh;
};

struct inside_install {
	struct ring_id ring;
	uint32_t transitional; /* its representative: which of the old rings */
	uint64_t install_seq, high_delivered, full_line;
};

struct inside {
	struct sim *sim;
	struct history *history;
	struct inside_node nodes[SIM_NODES_MAX + 1];
	struct inside_install *installs;
	size_t install_count, install_capacity;
};

void inside_clear(struct inside *inside);
void inside_life_begin(struct inside *inside, uint32_t node, const struct totem *totem, uint32_t life);
void inside_life_end(struct inside *inside, uint32_t node);
void inside_before(struct inside *inside, uint32_t node, struct bytes packet); /* packet: empty if the step is another */
void inside_after(struct inside *inside, uint32_t node);
void inside_packet_out(struct inside *inside, uint32_t node, struct bytes packet);
void inside_event(struct inside *inside, uint32_t node, const struct group_event *event);

#endif
