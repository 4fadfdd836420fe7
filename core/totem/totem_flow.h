/* How much a node may send in one visit (sheet §8). */
#ifndef AISLE_TOTEM_FLOW_H
#define AISLE_TOTEM_FLOW_H

#include <stdint.h>

/* What a node remembers of its previous visit. */
struct totem_flow {
	uint32_t sent;    /* my_trc: packets sent, new and retransmitted */
	uint32_t backlog; /* my_pbl: packets that waited */
};

struct totem_flow_limits {
	uint32_t window;     /* all nodes, one rotation */
	uint32_t visit_max;  /* one node, one visit */
};

/* fcc and backlog as the token brings them, `waiting` as the queue stands now. */
uint32_t totem_flow_allowance(const struct totem_flow *flow, struct totem_flow_limits limits, uint32_t fcc, uint32_t backlog,
                              uint32_t waiting);
/* What the token carries on after `sent` packets; remembers both. */
void totem_flow_update(struct totem_flow *flow, uint32_t *fcc, uint32_t *backlog, uint32_t sent, uint32_t waiting);

#endif
