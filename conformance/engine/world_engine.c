/* The engine's world as ais-sim's table knows it: one seed, one run; mutation N switches rule N of core/engine/engine_rules.h off. */
#include "conformance/engine/world.h"

#include "conformance/sim/sim.h"

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
	struct world_options world_options = world_options_of_seed(sim_random(sim));

	if (world == NULL) {
		sim_violation(sim, "memory", "there is none for a world");
		return;
	}
	if (options->mutation != 0)
		world_options.rules_off = UINT64_C(1) << (options->mutation - 1);
	if (options->nodes_min != 0) {
		const uint32_t most = options->nodes_max < WORLD_NODES_MAX ? options->nodes_max : WORLD_NODES_MAX;
		const uint32_t least = options->nodes_min < most ? options->nodes_min : most;

		world_options.nodes = least + (unsigned)sim_random_below(sim, most - least + 1);
	}
	world_options.say = sim_tracing(sim) ? say : NULL;
	world_options.tick = tick;
	world_options.context = sim;
	world_init(world, &world_options);
	if (!world_run(world))
		sim_violation(sim, "promise", "%s", world->violation);
	world_clear(world);
	free(world);
}
