#include "conformance/sim/sim_course.h"

enum { STEP_MS = 10 };

uint32_t sim_course_nodes_draw(struct sim *sim, const struct sim_options *options, uint32_t low, uint32_t high)
{
	low = options->nodes_min == 0 ? low : options->nodes_min;
	high = options->nodes_max == 0 ? high : options->nodes_max;
	return low + (uint32_t)sim_random_below(sim, high - low + 1);
}

struct sim_chaos sim_course_chaos_draw(struct sim *sim, int64_t interval_min_ms, int64_t interval_span_ms, uint32_t crash_bound)
{
	struct sim_chaos chaos = sim_chaos_default();

	chaos.interval_max_ns = (interval_min_ms + (int64_t)sim_random_below(sim, (uint64_t)interval_span_ms)) * SIM_MS;
	chaos.pause_max_ns = 400 * SIM_MS;
	chaos.crash = (uint32_t)sim_random_below(sim, crash_bound);
	chaos.partition = (uint32_t)sim_random_below(sim, 5);
	chaos.one_way = (uint32_t)sim_random_below(sim, 3);
	return chaos;
}

static void act_call(void *context, uint64_t argument)
{
	struct sim_course *course = context;
	const uint32_t node = SIM_NODE_FIRST + (uint32_t)sim_random_below(course->sim, sim_node_count(course->sim));

	(void)argument;
	if (!course->busy)
		return;
	course->act(course->world, node);
	sim_call(course->sim, 1 + (int64_t)sim_random_below(course->sim, (uint64_t)course->act_interval_max_ns), act_call, course, 0);
}

void sim_course_begin(struct sim_course *course)
{
	sim_start_all(course->sim);
	course->busy = true;
	sim_call(course->sim, SIM_MS, act_call, course, 0);
}

void sim_course_strike(struct sim_course *course, const struct sim_chaos *chaos, int64_t for_ns)
{
	sim_chaos_begin(course->sim, chaos);
	course->hostile = true;
	sim_run(course->sim, for_ns);
	course->hostile = false;
}

static void ambush_call(void *context, uint64_t random)
{
	const struct sim_course *course = context;

	if (course->hostile)
		sim_ambush(course->sim, random);
}

void sim_course_ambush(struct sim_course *course, uint32_t out_of_65536)
{
	struct sim *sim = course->sim;

	if (course->hostile && sim_chance(sim, out_of_65536))
		sim_call(sim, (int64_t)sim_random_below(sim, 3 * SIM_MS), ambush_call, course, sim_random(sim));
}

bool sim_course_reaches(struct sim_course *course, bool (*test)(const void *world), int64_t bound_ms)
{
	for (int64_t waited_ms = 0; waited_ms < bound_ms && !sim_violated(course->sim); waited_ms += STEP_MS) {
		if (test(course->world))
			return true;
		sim_start_all(course->sim);
		sim_run(course->sim, STEP_MS * SIM_MS);
	}
	return false;
}
