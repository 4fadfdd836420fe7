/* The course of a seed, as all worlds of real nodes have it: nodes boot, clients act, chaos strikes, all is healed. What clients do, which
 * faults a world adds and what must hold in the end is the world's. The engine's world, a machine without a network, has its own course. */
#ifndef AISLE_SIM_COURSE_H
#define AISLE_SIM_COURSE_H

#include "conformance/sim/sim.h"

struct sim_course {
	struct sim *sim;
	void *world;
	void (*act)(void *world, uint32_t node); /* now and then, as long as it is busy; the node may be down or paused */
	int64_t act_interval_max_ns;
	bool busy;
	bool hostile; /* chaos strikes; a world's own faults are only then */
};

/* How many nodes; `low` and `high` are the world's, where the command line does not say. */
uint32_t sim_course_nodes_draw(struct sim *sim, const struct sim_options *options, uint32_t low, uint32_t high);

/* Strikes follow each other within `interval_min_ms` and so much more, crashes weigh less than `crash_bound`. */
struct sim_chaos sim_course_chaos_draw(struct sim *sim, int64_t interval_min_ms, int64_t interval_span_ms, uint32_t crash_bound);

void sim_course_begin(struct sim_course *course); /* all boot, and from now on it is busy */
void sim_course_strike(struct sim_course *course, const struct sim_chaos *chaos, int64_t for_ns); /* sim_chaos_end() is the caller's */

/* By that chance one fault more within 3 ms, for a world that sees a moment at which it hurts. */
void sim_course_ambush(struct sim_course *course, uint32_t out_of_65536);

/* Whether the world comes to that; who is down, since it was leaving when faults ended, is started. */
bool sim_course_reaches(struct sim_course *course, bool (*test)(const void *world), int64_t bound_ms);

#endif
