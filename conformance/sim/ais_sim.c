/* ais-sim: runs worlds by seed. Exit status 0: every seed ran clean; 1: a violation; 2: wrong usage. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/sim/sim.h"

/* One line a world. */
static const struct sim_world worlds[] = {
	{"totem", world_totem_run, 1, 48},
	{"engine", world_engine_run, 2, 5},
	{"clm", world_clm_run, 1, 16},
	{"ckpt", world_ckpt_run, 1, 16},
	{"lck", world_lck_run, 1, 16},
};

struct arguments {
	const struct sim_world *world;
	uint64_t seed_first, seed_last;
	bool trace, json;
	struct sim_options options;
};

static void worlds_print(FILE *out)
{
	fputs("worlds:", out);
	for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++)
		fprintf(out, " %s (%" PRIu32 "-%" PRIu32 " nodes)", worlds[i].name, worlds[i].nodes_min, worlds[i].nodes_max);
	fputc('\n', out);
}

static int usage(const char *what)
{
	fprintf(stderr, "ais-sim: %s\nusage: ais-sim --world NAME [--seeds A-B | --seed S] [--trace] [--nodes MIN-MAX] [--mutation N] [--json]\n", what);
	worlds_print(stderr);
	return 2;
}

static bool nodes_fit(const struct arguments *arguments)
{
	const struct sim_options *options = &arguments->options;
	const struct sim_world *world = arguments->world;

	if (options->nodes_min == 0 || (options->nodes_min >= world->nodes_min && options->nodes_max <= world->nodes_max))
		return true;
	fprintf(stderr, "ais-sim: --nodes %" PRIu32 "-%" PRIu32 ": the %s world has %" PRIu32 " to %" PRIu32 "\n", options->nodes_min,
	        options->nodes_max, world->name, world->nodes_min, world->nodes_max);
	return false;
}

static int help(void)
{
	fputs("usage: ais-sim --world NAME [OPTION]...\n"
	      "Runs clusters of real machines on a virtual clock and network, each drawn from one seed, and judges what they did.\n\n"
	      "  --world NAME      which world\n"
	      "  --seeds A-B       these seeds (1-100)\n"
	      "  --seed S          this one\n"
	      "  --trace           print all that happens; the same seed traced twice is equal byte by byte\n"
	      "  --nodes MIN-MAX   as many nodes; else the seed draws their number\n"
	      "  --mutation N      break rule N of the world on purpose: a checker is to see it\n"
	      "  --json            an object a violation, and one for the run\n"
	      "  --version, --help\n"
	      "Exit status: 0 every seed ran clean, 1 a violation, 2 usage.\n", stdout);
	worlds_print(stdout);
	return 0;
}

static int version(void)
{
	puts("ais-sim (Aisle) " PACKAGE_VERSION);
	return 0;
}

static bool range_parse(const char *text, uint64_t *low, uint64_t *high)
{
	char *end;

	*low = strtoull(text, &end, 10);
	*high = *low;
	if (end == text)
		return false;
	if (*end == '-') {
		const char *second = end + 1;
		*high = strtoull(second, &end, 10);
		if (end == second)
			return false;
	}
	return *end == '\0' && *low <= *high;
}

static const struct sim_world *world_find(const char *name)
{
	for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++)
		if (strcmp(worlds[i].name, name) == 0)
			return &worlds[i];
	return NULL;
}

static bool value_parse(struct arguments *arguments, const char *option, const char *value)
{
	uint64_t low, high;

	if (strcmp(option, "--world") == 0) {
		arguments->world = world_find(value);
		return arguments->world != NULL;
	}
	if (!range_parse(value, &low, &high))
		return false;
	if (strcmp(option, "--seeds") == 0 || strcmp(option, "--seed") == 0) {
		arguments->seed_first = low;
		arguments->seed_last = high;
		return true;
	}
	if (strcmp(option, "--nodes") == 0) {
		arguments->options.nodes_min = (uint32_t)low;
		arguments->options.nodes_max = (uint32_t)high;
		return low >= 1 && high <= SIM_NODES_MAX;
	}
	if (strcmp(option, "--mutation") == 0) {
		arguments->options.mutation = (uint32_t)low;
		return high < 64;
	}
	return false;
}

static bool seed_run(const struct arguments *arguments, uint64_t seed, uint64_t *events)
{
	struct sim *sim = sim_new(seed, arguments->trace ? stdout : NULL);

	arguments->world->run(sim, &arguments->options);
	const bool clean = !sim_violated(sim);
	*events += sim_events(sim);
	if (!clean && arguments->json)
		printf("{\"world\": \"%s\", \"seed\": %" PRIu64 ", \"violation\": \"%s\"}\n", arguments->world->name, seed,
		       sim_violation_text(sim));
	else if (!clean)
		printf("%s seed %" PRIu64 ": %s\n", arguments->world->name, seed, sim_violation_text(sim));
	fflush(stdout);
	sim_free(sim);
	return clean;
}

int main(int count, char **values)
{
	struct arguments arguments = {.seed_first = 1, .seed_last = 100};
	uint64_t events = 0, failed = 0;

	for (int i = 1; i < count; i++) {
		if (strcmp(values[i], "--help") == 0)
			return help();
		if (strcmp(values[i], "--version") == 0)
			return version();
		if (strcmp(values[i], "--trace") == 0)
			arguments.trace = true;
		else if (strcmp(values[i], "--json") == 0)
			arguments.json = true;
		else if (i + 1 < count && value_parse(&arguments, values[i], values[i + 1]))
			i++;
		else
			return usage(values[i]);
	}
	if (arguments.world == NULL)
		return usage("which world?");
	if (!nodes_fit(&arguments))
		return 2;
	for (uint64_t seed = arguments.seed_first; seed <= arguments.seed_last; seed++)
		failed += !seed_run(&arguments, seed, &events);
	const uint64_t seeds = arguments.seed_last - arguments.seed_first + 1;
	if (arguments.json)
		printf("{\"world\": \"%s\", \"seeds\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"events\": %" PRIu64 "}\n",
		       arguments.world->name, seeds, failed, events);
	else
		printf("%s: %" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64 " events\n", arguments.world->name, seeds, failed, events);
	return failed == 0 ? 0 : 1;
}
