/* The engine's world as ais-sim's table knows it: one seed, one run; mutation N switches rule N of core/engine/engine_rules.h off. */
#include "conformance/engine/world.h"

#include "conformance/sim/sim_course.h"

#include <stdlib.h>

enum { TICK_NS = 1000000 };

static void say(void *context, const char *text)
{
	sim_trace(context, 0, "%s", text);
}

static void passed(void *context, uint64_t argument)
{
	(void)context;
	(void)argument;
}

static void tick(void *context)
{
	sim_call(context, TICK_NS, passed, NULL, 0);
	sim_run(context, TICK_NS);
}

void world_engine_run(struct sim *sim, const struct sim_options *options)
{
	struct world *world = malloc(sizeof *world);
	const uint64_t seed = sim_random(sim);
	const uint32_t nodes = options->nodes_min == 0 ? 0 : sim_course_nodes_draw(sim, options, 0, 0);
	struct world_options world_options = world_options_of_seed(seed, nodes);

	if (world == NULL) {
		sim_violation(sim, "memory", "there is none for a world");
		return;
	}
	if (options->mutation != 0)
		world_options.rules_off = UINT64_C(1) << (options->mutation - 1);
	world_options.say = sim_tracing(sim) ? say : NULL;
	world_options.tick = tick;
	world_options.context = sim;
	world_init(world, &world_options);
	if (!world_run(world))
		sim_violation(sim, "promise", "%s", world->violation);
	world_clear(world);
	free(world);
}
