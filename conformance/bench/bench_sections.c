/* What each call costs in a checkpoint of few and of many sections, and the daemon's memory for the many. Run inside one node by ais-bench.
 *
 *	bench-sections COUNT SIZE PID   a checkpoint of COUNT sections of SIZE bytes; PID is the daemon's
 *
 * Each call is made on every section in turn; a small checkpoint is filled and emptied until as many calls have been made as give a figure.
 * `_us` is a call as its client sees it, the mean of all; `_cpu_us` what the daemon's thread computes for it, which says the same on a
 * machine that others load. Prints one JSON object. Not here: starting anything, comparing, judging.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/bench/samples.h"
#include "saCkpt.h"

enum call { CREATE, WRITE, READ, ITERATE, DELETE, CALLS };

static const char *const call_names[CALLS] = {"create", "write", "read", "iterate", "delete"};

enum { CALLS_MIN = 20000 }; /* of each kind */

struct figures {
	int64_t ns[CALLS], cpu_ns[CALLS];
	uint64_t rounds;
	long empty_kib, full_kib;
};

struct daemon {
	char schedstat[64], status[64];
};

/* --- The daemon, as the system sees it. --- */

static int64_t daemon_cpu_ns(const struct daemon *daemon)
{
	FILE *file = fopen(daemon->schedstat, "r");
	long long ns = 0;

	if (file != NULL) {
		if (fscanf(file, "%lld", &ns) != 1)
			ns = 0;
		fclose(file);
	}
	return ns;
}

static long daemon_resident_kib(const struct daemon *daemon)
{
	FILE *file = fopen(daemon->status, "r");
	char line[128];
	long kib = 0;

	while (file != NULL && kib == 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (file != NULL)
		fclose(file);
	return kib;
}

/* --- Calls. --- */

static SaAisErrorT create(SaCkptCheckpointHandleT checkpoint, SaCkptSectionIdT *id, const void *data, SaSizeT size)
{
	SaCkptSectionCreationAttributesT attributes = {.sectionId = id, .expirationTime = SA_TIME_END};

	return saCkptSectionCreate(checkpoint, &attributes, data, size);
}

static SaAisErrorT call_one(enum call call, SaCkptCheckpointHandleT checkpoint, unsigned number, void *data, SaSizeT size)
{
	char text[16];
	SaCkptSectionIdT id = {.idLen = (SaUint16T)snprintf(text, sizeof(text), "section%06u", number), .id = (SaUint8T *)text};
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = data, .dataSize = size};

	switch (call) {
	case CREATE:
		return create(checkpoint, &id, data, size);
	case WRITE:
		return saCkptSectionOverwrite(checkpoint, &id, data, size);
	case READ:
		return saCkptCheckpointRead(checkpoint, &element, 1, NULL);
	case DELETE:
		return saCkptSectionDelete(checkpoint, &id);
	default:
		return SA_AIS_ERR_INVALID_PARAM;
	}
}

static SaAisErrorT iterate(SaCkptCheckpointHandleT checkpoint, unsigned count)
{
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionDescriptorT descriptor;
	SaAisErrorT error = saCkptSectionIterationInitialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration);
	unsigned seen = 0;

	if (error != SA_AIS_OK)
		return error;
	while ((error = saCkptSectionIterationNext(iteration, &descriptor)) == SA_AIS_OK)
		seen++;
	saCkptSectionIterationFinalize(iteration);
	return error == SA_AIS_ERR_NO_SECTIONS && seen == count ? SA_AIS_OK : SA_AIS_ERR_LIBRARY;
}

static SaAisErrorT call_all(enum call call, SaCkptCheckpointHandleT checkpoint, unsigned count, void *data, SaSizeT size)
{
	SaAisErrorT error = SA_AIS_OK;

	if (call == ITERATE)
		return iterate(checkpoint, count);
	for (unsigned i = 0; i < count && error == SA_AIS_OK; i++)
		while ((error = call_one(call, checkpoint, i, data, size)) == SA_AIS_ERR_TRY_AGAIN)
			pause_ms(10);
	return error;
}

/* --- The run. --- */

static SaAisErrorT round_run(SaCkptCheckpointHandleT checkpoint, unsigned count, void *data, SaSizeT size, const struct daemon *daemon,
                             struct figures *figures)
{
	SaAisErrorT error = SA_AIS_OK;

	for (int call = 0; call < CALLS && error == SA_AIS_OK; call++) {
		const int64_t begin = clock_ns(CLOCK_MONOTONIC), cpu_begin = daemon_cpu_ns(daemon);

		error = call_all(call, checkpoint, count, data, size);
		figures->ns[call] += clock_ns(CLOCK_MONOTONIC) - begin;
		figures->cpu_ns[call] += daemon_cpu_ns(daemon) - cpu_begin;
		if (call == ITERATE)
			figures->full_kib = daemon_resident_kib(daemon);
	}
	figures->rounds++;
	return error;
}

static SaAisErrorT measure(SaCkptCheckpointHandleT checkpoint, unsigned count, SaSizeT size, const struct daemon *daemon,
                           struct figures *figures)
{
	void *data = calloc(1, size);
	SaAisErrorT error = data == NULL ? SA_AIS_ERR_NO_MEMORY : SA_AIS_OK;

	figures->empty_kib = daemon_resident_kib(daemon);
	while (error == SA_AIS_OK && figures->rounds * count < CALLS_MIN)
		error = round_run(checkpoint, count, data, size, daemon, figures);
	free(data);
	return error;
}

static void print(const struct figures *figures, unsigned count, SaSizeT size)
{
	const double calls = (double)figures->rounds * count * 1000;

	printf("{\"sections\": %u, \"size\": %lu", count, (unsigned long)size);
	for (int call = 0; call < CALLS; call++)
		printf(", \"%s_us\": %.2f, \"%s_cpu_us\": %.2f", call_names[call], (double)figures->ns[call] / calls, call_names[call],
		       (double)figures->cpu_ns[call] / calls);
	printf(", \"empty_kib\": %ld, \"full_kib\": %ld}\n", figures->empty_kib, figures->full_kib);
}

static int run(unsigned count, SaSizeT size, const struct daemon *daemon)
{
	const SaNameT name = {.length = 14, .value = "bench-sections"};
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = count * size, .maxSections = count + 1, .maxSectionSize = size,
		.maxSectionIdSize = 16,
	};
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	struct figures figures = {0};

	SaAisErrorT error = saCkptInitialize(&handle, NULL, &version);
	if (error == SA_AIS_OK)
		error = saCkptCheckpointOpen(handle, &name, &attributes,
		                             SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_READ,
		                             10 * SA_TIME_ONE_SECOND, &checkpoint);
	if (error == SA_AIS_OK)
		error = measure(checkpoint, count, size, daemon, &figures);
	saCkptFinalize(handle);
	if (error != SA_AIS_OK) {
		fprintf(stderr, "bench-sections: error %d\n", error);
		return 1;
	}
	print(&figures, count, size);
	return 0;
}

int main(int argc, char **argv)
{
	struct daemon daemon;

	if (argc != 4 || atoi(argv[1]) < 1 || atoi(argv[1]) >= 1000000 || atol(argv[2]) < 1 || atoi(argv[3]) < 1) {
		fputs("usage: bench-sections COUNT SIZE PID\n", stderr);
		return 2;
	}
	snprintf(daemon.schedstat, sizeof(daemon.schedstat), "/proc/%d/schedstat", atoi(argv[3]));
	snprintf(daemon.status, sizeof(daemon.status), "/proc/%d/status", atoi(argv[3]));
	return run((unsigned)atoi(argv[1]), (SaSizeT)atol(argv[2]), &daemon);
}
