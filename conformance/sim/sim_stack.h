/* What a node of a world is made of: Totem behind the real provider and, where a world wants it, an engine on it, hosted by the simulator's
 * clock, network and disk. Whatever a world wants to see or to answer for is in its hooks. Used by the worlds; knows no service. */
#ifndef AISLE_SIM_STACK_H
#define AISLE_SIM_STACK_H

#include "conformance/sim/sim.h"
#include "core/base/list.h"
#include "core/engine/engine.h"
#include "core/group/totem_group.h"

struct sim_stack;

/* NULL: the world does not care. */
struct sim_stack_hooks {
	/* Around each step of Totem; `packet` is empty for all but a packet. */
	void (*stepping)(struct sim_stack *stack, struct bytes packet);
	void (*stepped)(struct sim_stack *stack);
	void (*packet_out)(struct sim_stack *stack, uint32_t to, struct bytes packet); /* 0: multicast */
	void (*left)(struct sim_stack *stack); /* Totem has left; the node stops next */
	/* What the group tells; only where there is no engine to take it. */
	void (*group_event)(struct sim_stack *stack, const struct group_event *event);
	/* Around each step of the engine; `event` is NULL for a timer. */
	void (*engine_stepping)(struct sim_stack *stack, const struct group_event *event);
	void (*engine_stepped)(struct sim_stack *stack, const struct group_event *event);
	void (*client_answer)(struct sim_stack *stack, uint64_t client, uint64_t call, uint32_t code, struct bytes body);
	void (*client_event)(struct sim_stack *stack, uint64_t client, uint16_t event, struct bytes body);
	bool (*client_share)(struct sim_stack *stack, uint64_t client, uint64_t call, struct arena *const *arenas, size_t count);
	void (*arena_stored)(struct sim_stack *stack); /* in the middle of a step of the engine */
};

/* The first member of what a world's start() returns, so that the program's calls below find it. */
struct sim_stack {
	struct sim *sim;
	uint32_t node;
	const struct sim_stack_hooks *hooks;
	struct totem_group group;
	struct host host;
	struct engine *engine; /* NULL: Totem alone */
	struct list arenas;    /* ever made; they go with the stack */
	uint64_t events;       /* of the group, for the engine */
	bool left;             /* Totem has left, or the engine cannot go on: it is not stepped any more */
};

/* In this order: Totem; the engine, where there is one; then it starts. No memory ends the program. What an engine's configuration leaves
 * empty is as all worlds have it: the simulator's nodes with a vote each, the node's name and address, the clients' bounds, the range.
 * An engine that leaves or disconnects a client breaks a promise. */
void sim_stack_init(struct sim_stack *stack, struct sim *sim, uint32_t node, const struct totem_config *config,
                    const struct sim_stack_hooks *hooks);
void sim_stack_engine(struct sim_stack *stack, const struct engine_config *config, const struct service_engine *service);
void sim_stack_start(struct sim_stack *stack, uint64_t stored_ring_seq);
void sim_stack_clear(struct sim_stack *stack);
bool sim_stack_multicast(struct sim_stack *stack, struct bytes message, enum group_urgency urgency, bool safe); /* Totem alone */

bool sim_stack_current(const struct sim_stack *stack);            /* its state is its view's */
struct service *sim_stack_service(const struct sim_stack *stack); /* the engine's only one */

void sim_stack_leave(struct sim_stack *stack); /* told to: says good-bye to the others */
/* What a host has of the ring's sequence. One whose file is gone guesses above all that it can have used. */
uint64_t sim_stack_stored_or_guess(const struct sim *sim, uint32_t node, bool lived_before);

/* Of a sim_program; `instance` is the stack. */
void sim_stack_packet(void *instance, uint32_t from, struct bytes packet);
void sim_stack_timer(void *instance, uint64_t timer, int64_t late_ns);
void sim_stack_stored(void *instance, uint64_t value);

/* Short timers: what matters is their relation to each other and to the network's delays, so a ring of many nodes has longer ones. How many
 * losses are a node's death is drawn. */
void sim_stack_totem_draw(struct sim *sim, uint32_t nodes, struct totem_config *config);

#endif
