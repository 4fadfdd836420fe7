/* The `clm` world: real Totem, real engine and the real CLM table on every node; clients that track, ask for nodes and dispatch late. What
 * really was (lives and views, from Totem's events alone) is kept beside it as facts, and the checkers hold what clients are told against
 * them. */
#ifndef AISLE_CONFORMANCE_CLM_WORLD_H
#define AISLE_CONFORMANCE_CLM_WORLD_H

#include "ais/clm/clm_messages.h"
#include "ais/clm/clm_service.h"
#include "conformance/sim/sim_course.h"
#include "conformance/sim/sim_stack.h"
#include "core/engine/engine_internal.h"

enum {
	CLM_WORLD_CLIENTS = 5, /* of a node, at most */
	CLM_WORLD_CALLS = 4,   /* of a client at a time */
	CLM_WORLD_ENTRIES = 2 * SIM_NODES_MAX,
};

/* One run of a node, from start to crash: what it says of itself. */
struct clm_life {
	uint32_t node;
	int64_t boot_ns;
	uint8_t address_family;
	char name[32];
	char given[64];   /* its address as configured */
	char address[64]; /* and as clients are to see it */
};

struct clm_fact_member {
	uint32_t node;
	uint64_t life;        /* 0: has not installed the view */
	bool ended;           /* the barrier has ended there */
	uint64_t initial;     /* view number with which it joined */
	const struct clm_fact *before; /* the last view whose barrier had ended there; NULL: none */
};

/* How a view was told to those whose last one was `before`. */
struct clm_said {
	const struct clm_fact *before;
	uint8_t mode;
	uint64_t digest;
};

/* A view as Totem installed it. */
struct clm_fact {
	struct ring_id ring;
	bool ended; /* somewhere: `initial` of all is known */
	size_t count;
	struct clm_fact_member members[SIM_NODES_MAX]; /* ascending by node */
	size_t said_count;
	struct clm_said said[2 * SIM_NODES_MAX];
};

/* A list of notifications as it came over the wire. */
struct clm_list_told {
	struct clm_notifications head;
	struct clm_entry entries[CLM_WORLD_ENTRIES]; /* views into the message */
};

struct clm_call {
	uint64_t number; /* 0: free */
	enum clm_request kind;
	struct clm_track_request track;
	struct clm_node_get_request get;
	bool waits; /* the node had no view yet when it was asked */
};

/* Track events that the client has not dispatched; the library keeps them so. */
struct clm_pending {
	struct list entry;
	uint64_t serial;
	unsigned epoch;
	bool whole; /* lists all members: not CHANGES_ONLY */
	const struct clm_fact *fact;
	size_t size;
	uint8_t body[];
};

struct clm_fold_member {
	uint32_t node;
	int64_t boot_ns;
	uint64_t initial;
};

struct clm_world_client {
	uint64_t id; /* 0: not open */
	uint8_t mode;
	uint64_t serial;         /* of the last track event */
	uint64_t stopped;        /* `serial` at the last TrackStop ... */
	uint64_t cancelled;      /* ... and what that was answered: the library drops what is pending up to it */
	uint64_t number;         /* the last view that it was told */
	unsigned transitions;    /* events of the view that is being told */
	unsigned currents, gets; /* events of the call that is being answered */
	uint64_t invocation;
	struct clm_call calls[CLM_WORLD_CALLS];
	struct list pending;
	/* What it makes of what it dispatched: the membership, where it has a base. */
	unsigned epoch; /* grows when tracking starts without a base */
	bool knows;
	uint64_t fold_number;
	size_t fold_count;
	struct clm_fold_member fold[SIM_NODES_MAX];
};

struct world_clm;

struct clm_world_node {
	struct sim_stack stack;
	struct world_clm *world;
	uint64_t life;
	struct clm_fact *installed;
	const struct clm_fact *ended, *told, *told_before; /* the last ones; NULL: none */
	bool telling;
	bool stable_valid;
	struct position stable; /* in the installed view */
	struct clm_world_client clients[CLM_WORLD_CLIENTS];
};

struct world_clm {
	struct sim *sim;
	const struct sim_options *options;
	struct service_engine inner;   /* CLM's table, or a mutant of it */
	struct service_engine service; /* the same, with the world's eye on view_stable */
	struct totem_config totem;
	struct sim_course course;
	bool quorum;
	uint32_t nodes;
	unsigned clients; /* of a node */
	int64_t state_wait_ns;
	uint64_t rules_off;
	struct clm_life *lives; /* by incarnation, from 1 */
	size_t life_count, life_capacity;
	uint64_t last_life[SIM_NODES_MAX + 1];
	uint64_t last_number[SIM_NODES_MAX + 1]; /* view last told there, over all its lives */
	int32_t drift[SIM_NODES_MAX + 1];
	struct clm_fact **facts;
	size_t fact_count, fact_capacity;
	uint64_t next_client, next_call;
	/* Mutants on the way to the client; false: the event is lost. */
	bool (*event_mutant)(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
	                     struct clm_list_told *told);
	void (*stop_mutant)(struct clm_track_stop_answer *answer);
	bool full_view_withheld;
	struct {
		uint64_t views, transitions, answers, refused, waited, dispatched, restarts;
	} counts;
};

/* facts.c: what really is. */
struct clm_life *clm_life_new(struct world_clm *world, uint32_t node); /* the next incarnation; its number is life_count */
void clm_fact_installed(struct clm_world_node *node, const struct group_view *view);
void clm_fact_ended(struct clm_world_node *node); /* asked after each step: notes the end of a barrier */
const struct clm_fact_member *clm_fact_find(const struct clm_fact *fact, uint32_t node);
void clm_facts_clear(struct world_clm *world);

/* clients.c */
void clm_client_open(struct clm_world_node *node, struct clm_world_client *client);
void clm_client_finalize(struct clm_world_node *node, struct clm_world_client *client);
void clm_client_gone(struct clm_world_client *client); /* frees what is pending */
void clm_client_act(struct clm_world_node *node, struct clm_world_client *client);
void clm_client_dispatch(struct clm_world_node *node, struct clm_world_client *client, size_t count);
void clm_client_answered(struct clm_world_node *node, uint64_t id, uint64_t call, uint32_t code, struct bytes body);
void clm_client_event(struct clm_world_node *node, uint64_t id, uint16_t event, struct bytes body);

/* Checkers, a file a promise. */
void check_clm_stable(struct clm_world_node *node, const struct service_view *stable);
void check_clm_numbers_view(struct clm_world_node *node);
void check_clm_numbers(struct clm_world_node *node, struct clm_world_client *client, uint64_t number);
void check_clm_member(struct clm_world_node *node, const struct clm_fact *fact, const struct clm_node *shown); /* as a member of fact */
void check_clm_left(struct clm_world_node *node, const struct clm_fact *before, const struct clm_node *shown);
void check_clm_changes(struct clm_world_node *node, uint8_t mode, const struct clm_list_told *told);
void check_clm_current(struct clm_world_node *node, const struct clm_list_told *told);
void check_clm_trackers_event(struct clm_world_node *node, struct clm_world_client *client, const struct clm_list_told *told,
                              struct bytes body);
void check_clm_trackers_told(struct clm_world_node *node);
void check_clm_trackers_dispatch(struct clm_world_node *node, const struct clm_world_client *client, const struct clm_pending *pending);
void check_clm_answer(struct clm_world_node *node, struct clm_world_client *client, const struct clm_call *call, uint32_t code,
                      struct bytes body);
void check_clm_get_event(struct clm_world_node *node, struct clm_world_client *client, const struct clm_node_get_event *event);
void check_clm_fold(struct clm_world_node *node, struct clm_world_client *client, const struct clm_pending *pending,
                    const struct clm_list_told *told);
void check_clm_rest(struct world_clm *world);

bool clm_list_decode(struct bytes body, struct clm_list_told *told);

#endif
