/* The `lck` world: real Totem, real engine and the real LCK table on every node; clients that open, lock, wait, unlock, purge and die. What
 * clients may believe is kept by a library of the world's own (clients.c); what every operation makes of the replicated state is held
 * against a picture of it from before and after (picture.c). Checkers, a file a promise, judge by these two alone. */
#ifndef AISLE_CONFORMANCE_LCK_WORLD_H
#define AISLE_CONFORMANCE_LCK_WORLD_H

#include "ais/lck/lck_service.h"
#include "ais/lck/lck_state.h"
#include "conformance/sim/sim_course.h"
#include "conformance/sim/sim_stack.h"
#include "core/engine/engine_internal.h"

enum {
	LCK_WORLD_CLIENTS = 3, /* of a node, at most */
	LCK_WORLD_OPENS = 4,   /* of a client at a time */
	LCK_WORLD_LOCKS = 8,
	LCK_WORLD_CALLS = 5,
	LCK_WORLD_DEAD = 8,    /* handles and ids that are gone, to be tried again */
	LCK_WORLD_RESOURCES = 3,
	LCK_WORLD_GRANTS = 1 << 14,
	LCK_WORLD_DIGESTS = 1 << 16,
	LCK_PICTURE_LOCKS = 400,
	LCK_PICTURE_OPENS = 400,
};

/* --- A state as a flat list: locks by resource, the granted ones in the order of their grants, then those that wait in theirs. --- */

struct picture_open {
	struct requester client;
	uint64_t number;
	struct identity resource;
	bool has_waiter;
};

struct picture_lock {
	struct identity identity, resource;
	struct requester requester; /* its call */
	uint64_t number, open;
	uint32_t mode, flags;
	bool granted, orphan, has_waiter;
	struct lck_token token;
	unsigned name; /* index of the world's resource */
};

struct picture {
	size_t open_count, lock_count;
	struct picture_open opens[LCK_PICTURE_OPENS];
	struct picture_lock locks[LCK_PICTURE_LOCKS];
};

/* --- What a client knows. --- */

enum lck_open_state { LCK_OPEN_ASKED, LCK_OPEN_HAD };

struct lck_world_open {
	uint64_t number; /* 0: free */
	enum lck_open_state state;
	unsigned resource;
	bool is_bad; /* so it was told: it is to be closed, and that is all */
	struct identity identity;
	uint64_t losses; /* of its node when it was opened */
};

enum lck_lock_state {
	LCK_LOCK_ASKED,
	LCK_LOCK_HELD,      /* it believes in it */
	LCK_LOCK_UNLOCKING, /* it does not any more */
	LCK_LOCK_UNLOCKED,  /* only its grant callback is still to come */
};

struct lck_world_lock {
	uint64_t number; /* 0: free */
	uint64_t open;
	enum lck_lock_state state;
	unsigned resource;
	uint32_t mode, flags;
	bool async;      /* a grant callback is to come, or came ... */
	bool owes_grant; /* ... is to come */
	bool owes_unlock; /* an unlock callback is to come */
	bool was_held;   /* UNLOCKING: a refusal leaves it held */
	bool is_wanted;  /* a waiter callback asked for it */
	struct lck_token token;
};

struct lck_world_call {
	uint64_t number; /* 0: free */
	enum lck_request kind;
	uint64_t object;  /* the open's or the lock's */
	bool is_of_dead;
};

struct lck_world_client {
	uint64_t id; /* 0: not there */
	bool has_waiter;
	struct lck_world_open opens[LCK_WORLD_OPENS];
	struct lck_world_lock locks[LCK_WORLD_LOCKS];
	struct lck_world_call calls[LCK_WORLD_CALLS];
	uint64_t dead_opens[LCK_WORLD_DEAD], dead_locks[LCK_WORLD_DEAD];
	uint64_t serial; /* numbers its opens, locks and calls */
	uint64_t posted; /* calls that are under way and have no answer */
};

struct world_lck;

struct lck_world_node {
	struct sim_stack stack;
	struct world_lck *world;
	uint64_t losses; /* barriers whose state was not this node's */
	struct ring_id configuration; /* the last, transitional or regular */
	struct ring_id ended;         /* the last view whose barrier has */
	bool ended_serving;           /* and whether it served, which may have come later */
	struct lck_limits locks, opens; /* as its configuration has them now */
	struct lck_world_client clients[LCK_WORLD_CLIENTS];
};

/* Every grant that any state has shown, in the order in which it was first seen. */
struct lck_grant_seen {
	struct requester requester;
	uint64_t number;
	struct lck_token token;
};

/* What writes reach: a resource outside the cluster that refuses a token below one it has seen. */
struct lck_recorder {
	struct lck_token highest;
	size_t grant; /* of the last accepted writer, by its place in `grants` */
};

struct world_lck {
	struct sim *sim;
	const struct sim_options *options;
	struct service_engine inner;   /* LCK's table, or a mutant of it */
	struct service_engine service; /* the same, with the world's eyes on apply and view_applied */
	struct totem_config totem;
	struct sim_course course;
	bool quorum, fencing;
	bool limited;  /* limits are low, other ones on each node, and change: each node reads its file when it does */
	bool sleepers; /* daemons of who holds a lock are stopped until the others do without them */
	bool patient;  /* clients hardly ever close or finalize */
	bool adopts, adopted; /* by hand: what only absent nodes held is given up */
	uint32_t nodes;
	unsigned clients, resources;
	int64_t state_wait_ns;
	uint64_t rules_off;
	bool lived[SIM_NODES_MAX + 1];
	uint64_t lives, next_client;
	bool compares_number_alone, compares_nothing; /* mutants of the recorder */
	struct lck_recorder recorders[LCK_WORLD_RESOURCES];
	struct lck_grant_seen grants[LCK_WORLD_GRANTS];
	size_t grant_count;
	struct picture before, after;
	struct {
		uint64_t key, value;
	} digests[LCK_WORLD_DIGESTS];
	size_t digest_count;
	struct {
		uint64_t grants, deadlocks, timeouts, lost, writes, writes_refused, waiters, orphans, views, joins, refused, no_more, no_resources;
	} counts;
};

struct lck_world_node *lck_node_of(const struct world_lck *world, uint32_t node); /* NULL: does not run */
struct lck_world_node *lck_node_stepped(void); /* whose state is being changed */
struct service *lck_node_service(const struct lck_world_node *node);
bool lck_node_current(const struct lck_world_node *node); /* its state is its view's */
struct bytes lck_resource_text(unsigned resource);

/* picture.c */
void picture_take(const struct lck_state *state, struct picture *picture);
const struct picture_lock *picture_find(const struct picture *picture, struct identity identity);
const struct picture_open *picture_open_find(const struct picture *picture, struct requester client, uint64_t number);
bool picture_conflict(const struct picture_lock *one, const struct picture_lock *other); /* of one resource, and not both shared */
void picture_trace(struct sim *sim, const struct picture *picture);
bool picture_same_client(const struct picture_lock *one, const struct picture_lock *other);

/* clients.c */
void lck_client_act(struct lck_world_node *node, struct lck_world_client *client);
void lck_client_drain(struct lck_world_node *node, struct lck_world_client *client); /* ends what it has, asks for nothing new */
void lck_client_trace(const struct lck_world_node *node, const struct lck_world_client *client); /* what keeps it from being idle */
bool lck_client_is_idle(const struct lck_world_client *client);
void lck_client_finalize(struct lck_world_node *node, struct lck_world_client *client);
void lck_client_open_all(struct lck_world_node *node, struct lck_world_client *client);
void lck_client_try_all(struct lck_world_node *node, struct lck_world_client *client, enum lck_request kind); /* PURGE, LOCK, UNLOCK */
void lck_client_answered(struct lck_world_node *node, uint64_t id, uint64_t call, uint32_t code, struct bytes body);
void lck_client_event(struct lck_world_node *node, uint64_t id, uint16_t event, struct bytes body);

/* Checkers, a file a promise. */
void check_lck_granted(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock);
void check_lck_exclusion(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock);
void check_lck_released(struct world_lck *world, uint32_t node, const struct service_view *view); /* of world->after */
void check_lck_tokens_seen(struct world_lck *world, const struct picture *before, const struct picture *after);
void check_lck_tokens_write(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock);
void check_lck_order(struct world_lck *world, uint32_t node, const struct at *at); /* of world->before and after */
void check_lck_decision(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body, const struct effects *effects);
bool check_lck_is_beyond(const struct picture *before, const struct lck_lock *lock);
void check_lck_open_decision(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body, const struct effects *effects);
void check_lck_waiters(struct world_lck *world, uint32_t node, uint16_t operation, const struct effects *effects);
void check_lck_cycles(struct world_lck *world, uint32_t node);
bool check_lck_would_close_cycle(const struct picture *picture, const struct picture_lock *request);
void check_lck_orphans(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body);
void check_lck_applied(struct world_lck *world, struct lck_world_node *node, struct position position);
void check_lck_answer(struct lck_world_node *node, const struct lck_world_call *call, uint32_t code);
void check_lck_rest(struct world_lck *world);  /* clients have nothing any more, but for opens */
void check_lck_empty(struct world_lck *world); /* nor these */

#endif
