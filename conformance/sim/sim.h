/* The simulator's kernel: nodes in one process, a virtual clock, a virtual network and disks, all from one seed. It knows nothing of
 * what runs on the nodes; a world (world_NAME.c) puts programs on them and checks what they do. */
#ifndef AISLE_SIM_H
#define AISLE_SIM_H

#include <stdio.h>

#include "core/base/bytes.h"

enum { SIM_NODES_MAX = 64, SIM_NODE_FIRST = 1 };

static const int64_t SIM_MS = 1000000;
static const int64_t SIM_EPOCH_NS = INT64_C(1700000000000000000); /* the wall clock of a node whose clock is right, at the beginning */

struct sim;

/* What runs on a node. `instance` is what start() returned; stop() is a crash: no word to anybody. */
struct sim_program {
	void *(*start)(struct sim *sim, uint32_t node); /* NULL: could not start */
	void (*stop)(void *instance);
	void (*packet)(void *instance, uint32_t from, struct bytes packet);
	void (*timer)(void *instance, uint64_t timer, int64_t late_ns);
	void (*stored)(void *instance, uint64_t value);
};

/* The network as it is now; chances are out of 1 << 16. */
struct sim_network {
	int64_t delay_min_ns, delay_max_ns;
	uint32_t loss, duplicate, corrupt;
	uint32_t reorder;            /* a packet that may overtake and be overtaken ... */
	int64_t reorder_delay_max_ns; /* ... by so much */
	int64_t store_max_ns;        /* how long a disk takes */
};

struct sim *sim_new(uint64_t seed, FILE *trace); /* trace: NULL for none */
void sim_stop_all(struct sim *sim); /* at the end of a world: stops what runs, forgets what is to come */
void sim_free(struct sim *sim);

void sim_node_add(struct sim *sim, uint32_t node, const struct sim_program *program); /* not yet running */
void sim_node_start(struct sim *sim, uint32_t node);
void sim_start_all(struct sim *sim); /* who does not run */
void sim_node_crash(struct sim *sim, uint32_t node, bool disk_lost);
void sim_node_pause(struct sim *sim, uint32_t node, int64_t for_ns);
void sim_node_drift(struct sim *sim, uint32_t node, int32_t parts_per_million, int64_t wall_offset_ns);
bool sim_node_runs(const struct sim *sim, uint32_t node);
bool sim_node_paused(const struct sim *sim, uint32_t node);
void *sim_node_instance(const struct sim *sim, uint32_t node); /* NULL: not running */
uint64_t sim_node_disk(const struct sim *sim, uint32_t node);  /* what is durable; 0: nothing */
uint32_t sim_node_count(const struct sim *sim);                 /* ids are SIM_NODE_FIRST on */

struct sim_network *sim_network(struct sim *sim);
void sim_cut(struct sim *sim, uint32_t from, uint32_t to, bool cut); /* one way */
void sim_partition(struct sim *sim, uint64_t side);                  /* bit n: node n is on the one side; the rest on the other */
void sim_heal(struct sim *sim);                                      /* every cut */

/* For programs. A node's clock is its own: drift and offset are in it. */
int64_t sim_node_now(const struct sim *sim, uint32_t node);
int64_t sim_node_wall(const struct sim *sim, uint32_t node);
void sim_multicast(struct sim *sim, uint32_t from, struct bytes packet);
void sim_unicast(struct sim *sim, uint32_t from, uint32_t to, struct bytes packet);
void sim_timer_set(struct sim *sim, uint32_t node, uint64_t timer, int64_t at_ns); /* the node's clock */
void sim_timer_cancel(struct sim *sim, uint32_t node, uint64_t timer);
void sim_store(struct sim *sim, uint32_t node, uint64_t value);

/* For worlds. */
typedef void sim_call_fn(void *context, uint64_t argument);
void sim_call(struct sim *sim, int64_t after_ns, sim_call_fn *call, void *context, uint64_t argument);
void sim_run(struct sim *sim, int64_t for_ns); /* stops early at a violation */
int64_t sim_now(const struct sim *sim);
uint64_t sim_random(struct sim *sim);
uint64_t sim_random_below(struct sim *sim, uint64_t bound); /* 0 for 0 */
bool sim_chance(struct sim *sim, uint32_t out_of_65536);
void sim_context_set(struct sim *sim, void *world);
void *sim_context(const struct sim *sim);
uint64_t sim_events(const struct sim *sim);

bool sim_tracing(const struct sim *sim);
void sim_trace(struct sim *sim, uint32_t node, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The first one of a run is kept; the run ends. */
void sim_violation(struct sim *sim, const char *promise, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool sim_violated(const struct sim *sim);
const char *sim_violation_text(const struct sim *sim);

/* Faults at random: cuts, crashes, restarts, pauses, bursts of loss, each with its weight; 0 switches it off. */
struct sim_chaos {
	int64_t interval_max_ns;
	uint32_t partition, one_way, heal, crash, restart, pause, burst, calm;
	uint32_t disk_lost;       /* out of 65536 crashes */
	int64_t pause_max_ns;
	uint32_t alive_min;
};

struct sim_chaos sim_chaos_default(void);
void sim_chaos_begin(struct sim *sim, const struct sim_chaos *chaos);
void sim_ambush(struct sim *sim, uint64_t random); /* one fault, for a world that knows when it hurts most; `random` says which and to whom */
void sim_chaos_end(struct sim *sim); /* heals, resumes, restarts all, and leaves the network without faults */

/* A world: runs one seed from beginning to end on `sim`, which is new. */
struct sim_options {
	uint32_t nodes_min, nodes_max;
	uint32_t mutation; /* 0: none */
};
struct sim_world {
	const char *name;
	void (*run)(struct sim *sim, const struct sim_options *options);
	uint32_t nodes_min, nodes_max; /* beyond, what the world is sure of (short timers keep a whole network in one ring) may not hold */
};

void world_totem_run(struct sim *sim, const struct sim_options *options);
void world_engine_run(struct sim *sim, const struct sim_options *options);
void world_clm_run(struct sim *sim, const struct sim_options *options);
void world_ckpt_run(struct sim *sim, const struct sim_options *options);
void world_lck_run(struct sim *sim, const struct sim_options *options);

#endif
