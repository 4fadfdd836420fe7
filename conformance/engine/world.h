/* The engine's world: real engines, each with the toy service and one client, on an oracle in the place of the group. The oracle obeys
 * extended virtual synchrony and makes the nasty choices that it leaves open: different prefixes before a cut, gaps, deliveries in
 * transitional configurations, attempts that fail, members that never install, obligation sets. One seed, one schedule. */
#ifndef AISLE_CONFORMANCE_ENGINE_WORLD_H
#define AISLE_CONFORMANCE_ENGINE_WORLD_H

#include "conformance/engine/toy.h"
#include "core/engine/engine_internal.h"

enum {
	WORLD_NODES_MAX = 5,
	WORLD_RINGS_MAX = 48,
	WORLD_MESSAGES_MAX = 700, /* of one ring */
	WORLD_OPERATIONS_MAX = 60, /* tokens are bits of a mask */
	WORLD_READS_MAX = 400,
	WORLD_QUEUE_MAX = 6,
	WORLD_KEYS = 2,           /* counters that clients use; a key beyond is one of the service that not every node has */
	WORLD_EVENTS_MAX = 600,
};

struct world_options {
	uint64_t seed;
	unsigned nodes, operations, crashes, forms, steps;
	bool quorum, partitions, locks, reads, adopt, timeouts;
	unsigned without; /* bit n: node n has not the second service */
	unsigned old;     /* bit n: node n is a release older until it restarts; 0: all are of one */
	bool opens;       /* clients open and close the box */
	bool votes;       /* expected votes and a device's change */
	unsigned expected; /* 0: a vote a node */
	bool fencing;     /* agents fence who departs without a word */
	bool keeps;       /* who holds the lock seldom lets it go */
	bool lone;        /* rings leave out one node, and its client reads on */
	bool disks;       /* a node may lose its own */
	bool stay;        /* before all come together in the end, everybody comes to rest where they are */
	unsigned half; /* so many nodes have adopted and are not caught up when chance begins */
	bool timed; /* a token goes round, and a lease counts from when it was forwarded; else a lease ends when its holder is left out */
	bool exact; /* nothing by chance: a story tells each step */
	int64_t token_ns;      /* timed: min(token, consensus) */
	size_t range_size;
	int64_t state_wait_ns; /* 0: for ever */
	uint64_t rules_off;
	/* NULL: none. Told of each line of the trace, and of each millisecond that passes. */
	void (*say)(void *context, const char *text);
	void (*tick)(void *context);
	void *context;
};

enum world_operation_kind { WORLD_ADD, WORLD_LOCK, WORLD_UNLOCK, WORLD_OPEN, WORLD_CLOSE };

/* What a client asked for; the index is its token. */
struct world_operation {
	enum world_operation_kind kind;
	unsigned node;
	uint32_t incarnation;
	uint8_t key;
	bool elsewhere;        /* asked of the second service */
	uint64_t unlocks;      /* the token of the lock */
	bool answered;
	uint64_t answered_seq; /* sequence of the ring in which it was */
	struct position identity;
	bool identified;
};

struct world_read {
	unsigned node;
	uint8_t key;
	uint64_t must_see; /* tokens answered before it was asked */
	bool answered;
};

struct message {
	unsigned from;
	uint8_t *data;
	size_t size;
};

struct ring {
	struct ring_id id;
	unsigned members, installed, left; /* bit n: node n */
	bool exchanged;
	unsigned transitional[WORLD_NODES_MAX];
	size_t applied[WORLD_NODES_MAX];
	size_t full_line[WORLD_NODES_MAX]; /* of the ring each member comes from, known by the exchange */
	struct message messages[WORLD_MESSAGES_MAX];
	size_t message_count;
	bool held[WORLD_NODES_MAX][WORLD_MESSAGES_MAX];
	unsigned turn;             /* timed: who has the token */
};

struct queue {
	struct message messages[64];
	size_t count;
};

struct world;

struct node {
	struct world *world;
	unsigned index;
	bool up, operational, lease, stale_token, blocked;
	uint64_t events;   /* of its group */
	bool starving, leaving; /* memory fails it; its engine has asked to leave, and is not entered again */
	uint32_t incarnation;
	struct ring *ring, *attempt, *received;
	unsigned failed, obligation;
	uint64_t ring_seq; /* on disk */
	size_t stable;     /* of `ring`: how many messages */
	int64_t forwarded_ns; /* timed: the token, last, in `ring`; or when it was installed */
	bool forwarded;
	struct group group;
	struct host host;
	struct engine *engine;
	struct queue barrier, ordinary, bulk;
	int64_t timers[ENGINE_TIMER_STATE_WAIT + 1];
	uint64_t client, client_elsewhere; /* 0: it has not the second service */
	bool opening, opened; /* its client: the box */
	struct identity box;
	uint64_t belief; /* the lock's token, as its client believes */
	/* as of before the present event */
	bool was_serving, was_stamped, was_complete, was_ended;
	unsigned was_present;                          /* bit n: the content of key n is here */
	struct ring_id newest[TOY_KEYS];               /* of what members keep of a key that is lost; none: it is not */
	uint64_t newest_seen[TOY_KEYS][WORLD_NODES_MAX]; /* what those hold that have it */
	unsigned newest_count[TOY_KEYS];
	struct ring_id was_ring, was_lineage;
	struct world_asked {
		bool open; /* its copy is on its way */
		size_t service, after_size;
		uint32_t size_max;
		uint64_t received;
		uint8_t after[8];
	} was_asked;
	bool transitional;
};

enum world_event_kind {
	WORLD_RECEIVE, WORLD_DELIVER, WORLD_SEND, WORLD_STABLE, WORLD_REQUEST, WORLD_FORM, WORLD_EXCHANGE, WORLD_INSTALL, WORLD_CRASH,
	WORLD_START, WORLD_LEASE, WORLD_TOKEN, WORLD_ADOPT, WORLD_PASS, WORLD_FENCE, WORLD_LEAVE, WORLD_EXPECTED, WORLD_DEVICE,
};

enum world_request { WORLD_REQUEST_ADD, WORLD_REQUEST_LOCK, WORLD_REQUEST_UNLOCK, WORLD_REQUEST_READ, WORLD_REQUEST_OPEN, WORLD_REQUEST_CLOSE };

struct world_event {
	enum world_event_kind kind;
	unsigned node; /* FORM: the members; EXCHANGE: the ring's index */
	unsigned a, b; /* EXPECTED, DEVICE: a, votes; FENCE: a, whom; START: a, its disk is gone, and the ring sequence with it */
};

struct world_digest {
	uint64_t key, value;
};

enum { WORLD_DIGESTS_MAX = 16384 };

struct world {
	struct world_options options;
	uint64_t random;
	int64_t now_ns;
	struct node nodes[WORLD_NODES_MAX];
	struct ring *rings[WORLD_RINGS_MAX];
	size_t ring_count;
	unsigned forms, crashes, rate;
	bool adopted; /* by hand: P1 holds no more */
	bool disk_lost; /* a node's, once in a run: two at a time lose the ring ids that they were in */
	bool drowsy;  /* the machine slept: what had arrived is stepped before timers that are due */
	struct world_operation operations[WORLD_OPERATIONS_MAX + 1];
	size_t operation_count; /* the first token is 1 */
	struct world_read reads[WORLD_READS_MAX];
	size_t read_count;
	uint64_t promised, read_promised; /* tokens */
	uint64_t gone;                    /* tokens whose last holder crashed */
	int64_t timeout_ns; /* of the next calls; 0: by chance */
	size_t padding;     /* of the next additions, bytes; 0: by chance */
	struct world_digest digests[WORLD_DIGESTS_MAX];
	bool violated;
	char violation[300];
	struct {
		unsigned ok, timeout, other, reads, views, primaries, joins, lost;
	} counts;
};

struct world_options world_options_of_seed(uint64_t seed, unsigned nodes); /* nodes 0: the seed draws their number, too */
void world_init(struct world *world, const struct world_options *options);
void world_clear(struct world *world);
bool world_run(struct world *world); /* one seed, from boot to rest; false: a promise is broken */
void world_begin(struct world *world); /* everybody meets and serves */
void world_rest(struct world *world);  /* faults stop: everything has to end */

void world_violation(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_trace(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t world_random(struct world *world);

/* oracle.c */
size_t oracle_enabled(struct world *world, struct world_event *events, bool faults);
void oracle_step(struct world *world, struct world_event event);
bool oracle_form_allowed(const struct world *world, unsigned members);
void oracle_form(struct world *world, unsigned members);
void oracle_token(struct world *world, unsigned node); /* timed: its visit */
void oracle_boot(struct world *world, unsigned node);
size_t oracle_stable(const struct world *world, unsigned node);

/* nodes.c */
bool node_start(struct world *world, unsigned node);
void node_stop(struct world *world, unsigned node);
void node_event(struct world *world, unsigned node, const struct group_event *event);
void world_tick(struct world *world);
void node_request(struct world *world, unsigned node, enum world_request request, uint8_t key);
void node_starve(struct world *world, unsigned node); /* the next operation that it applies finds no memory: it has to leave */
struct service *node_service(const struct node *node);
struct service *node_elsewhere(const struct node *node); /* the second service; NULL: it has none */
bool node_current(const struct node *node);  /* its state is the view's */
bool node_serves(const struct node *node);   /* its gate is open */
uint64_t state_seen(const void *state);      /* tokens that it holds */
static inline unsigned bit(unsigned node)
{
	return 1u << node;
}
static inline unsigned bits(unsigned mask)
{
	return (unsigned)__builtin_popcount(mask);
}
static inline unsigned lowest(unsigned mask)
{
	return (unsigned)__builtin_ctz(mask);
}
static inline bool majority(const struct world *world, unsigned mask)
{
	return 2 * bits(mask) > world->options.nodes;
}

/* Checkers, one a promise. */
uint64_t check_alive(const struct world *world); /* tokens that somebody living holds in the sense of P1 */
void check_promises_serving(struct world *world, unsigned node, const char *where);  /* P1, P7, and P2's dirty reads */
void check_promises_answered(struct world *world, unsigned node, uint64_t token);    /* P1 */
void check_promises_crashing(struct world *world, unsigned node);
void check_promises_kept(struct world *world, unsigned node); /* P1: but for crashes nothing that was answered ceases to be held */
bool check_restart_asked(struct world *world, unsigned node); /* `safe to restart`, said while all of its view are there */
void check_restart_crashed(struct world *world, unsigned node, bool safe, uint64_t promised);
void check_objects_before(struct world *world, unsigned node);
void check_objects_after(struct world *world, unsigned node);   /* R19: the newest older one is taken */
bool check_objects_at_rest(struct world *world, unsigned node); /* R19: what somebody has is not lost */
unsigned toy_present(const void *state);
void check_promises_crashed(struct world *world);
void check_reads_answered(struct world *world, struct world_read *read, const struct toy_value *value); /* P2 */
void check_digests_applied(struct world *world, unsigned node, size_t index, unsigned configuration);   /* P3 */
void check_locks_granted(struct world *world, unsigned node);                       /* P4 */
void check_locks_taken_over(struct world *world, unsigned node);                    /* P4: its state is the view's from now on */
void check_locks_at_rest(struct world *world);                                      /* P4 */
void check_opens_at_rest(struct world *world);                                      /* R17 */
void check_end_at_rest(struct world *world);                                        /* P5 */
void check_catchup_bound(struct world *world, unsigned node);                       /* P6 */
void check_catchup_halves(struct world *world, unsigned node);                      /* P6: it gets through in the end */
void check_catchup_remember(struct node *node);
void check_identities_applied(struct world *world, unsigned node);                  /* P8 */
void check_lineage(struct world *world, unsigned node);

#endif
