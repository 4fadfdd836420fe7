/* The client's side of a benchmark, run inside one node; ais-bench starts the cluster around it and kills what is to be killed. Prints one
 * JSON object. Not here: starting anything, comparing, judging.
 *
 *	bench-worker ckpt CLIENTS SIZE SECONDS   section overwrites, one outstanding per client, each client its own handle and section
 *	bench-worker ckpt-read SIZE SECONDS      reads of one section: by way of the daemon (the first read of an open), then from memory
 *	bench-worker failover NODE SECONDS       when CLM tells that NODE has left, and the widest gap between two answered writes
 *	bench-worker policy PID                  scheduling policy of a process
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance/bench/samples.h"
#include "saCkpt.h"
#include "saClm.h"

enum { CLIENTS_MAX = 256, WARM_UP_MS = 300, ROUND_TRIPS = 5000 };

static SaNameT name_of(const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return name;
}

/* --- ckpt --- */

enum phase { PHASE_WARM_UP, PHASE_MEASURE, PHASE_END };

struct client {
	pthread_t thread;
	unsigned number;
	SaSizeT size;
	const atomic_int *phase;
	struct samples samples;
	size_t again; /* TRY_AGAIN */
	SaAisErrorT error;
};

static SaAisErrorT checkpoint_open(SaCkptHandleT *handle, SaCkptCheckpointHandleT *checkpoint, SaSizeT size)
{
	SaVersionT version = {'B', 1, 1};
	const SaNameT name = name_of("ais-bench");
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = CLIENTS_MAX * size, .retentionDuration = 0,
		.maxSections = CLIENTS_MAX, .maxSectionSize = size, .maxSectionIdSize = 16,
	};
	const SaAisErrorT error = saCkptInitialize(handle, NULL, &version);

	if (error != SA_AIS_OK)
		return error;
	return saCkptCheckpointOpen(*handle, &name, &attributes,
	                            SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_READ,
	                            10 * SA_TIME_ONE_SECOND, checkpoint);
}

static SaAisErrorT section_make(SaCkptCheckpointHandleT checkpoint, SaCkptSectionIdT *id, const void *data, SaSizeT size)
{
	SaCkptSectionCreationAttributesT attributes = {.sectionId = id, .expirationTime = SA_TIME_END};
	SaAisErrorT error;

	while ((error = saCkptSectionCreate(checkpoint, &attributes, data, size)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(10);
	return error == SA_AIS_ERR_EXIST ? SA_AIS_OK : error;
}

static void client_write(struct client *client, SaCkptCheckpointHandleT checkpoint, const SaCkptSectionIdT *id, const void *data)
{
	const int64_t begin = clock_ns(CLOCK_MONOTONIC);
	const SaAisErrorT error = saCkptSectionOverwrite(checkpoint, id, data, client->size);
	const int64_t end = clock_ns(CLOCK_MONOTONIC);

	if (error == SA_AIS_ERR_TRY_AGAIN) {
		client->again++;
		pause_ms(1);
	} else if (error != SA_AIS_OK) {
		client->error = error;
	} else if (atomic_load(client->phase) == PHASE_MEASURE && !samples_add(&client->samples, end - begin)) {
		client->error = SA_AIS_ERR_NO_MEMORY;
	}
}

static void *client_run(void *argument)
{
	struct client *client = argument;
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	char key[16];
	SaCkptSectionIdT id = {.id = (SaUint8T *)key};
	void *data = calloc(1, client->size + 1);

	id.idLen = (SaUint16T)snprintf(key, sizeof(key), "client-%u", client->number);
	client->error = data == NULL ? SA_AIS_ERR_NO_MEMORY : checkpoint_open(&handle, &checkpoint, client->size);
	if (client->error == SA_AIS_OK)
		client->error = section_make(checkpoint, &id, data, client->size);
	while (client->error == SA_AIS_OK && atomic_load(client->phase) != PHASE_END)
		client_write(client, checkpoint, &id, data);
	saCkptFinalize(handle);
	free(data);
	return NULL;
}

/* A call that the daemon answers from what it knows: what one blocking trip to it and back costs. */
static double ipc_round_trip_us(void)
{
	SaVersionT version = {'B', 1, 1};
	SaClmHandleT handle;
	SaClmClusterNodeT node;
	struct samples samples = {0};

	if (saClmInitialize(&handle, NULL, &version) != SA_AIS_OK)
		return 0;
	for (int i = 0; i < ROUND_TRIPS; i++) {
		const int64_t begin = clock_ns(CLOCK_MONOTONIC);

		if (saClmClusterNodeGet(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND, &node) == SA_AIS_OK)
			samples_add(&samples, clock_ns(CLOCK_MONOTONIC) - begin);
	}
	saClmFinalize(handle);
	samples_sort(&samples);
	const double median = samples_percentile_us(&samples, 50);
	free(samples.ns);
	return median;
}

static int run_ckpt(unsigned client_count, SaSizeT size, double seconds)
{
	static struct client clients[CLIENTS_MAX];
	atomic_int phase = PHASE_WARM_UP;
	struct samples all = {0};
	size_t again = 0;
	const double round_trip_us = ipc_round_trip_us();

	for (unsigned i = 0; i < client_count; i++) {
		clients[i] = (struct client){.number = i, .size = size, .phase = &phase};
		if (pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) != 0)
			return 1;
	}
	pause_ms(WARM_UP_MS);
	atomic_store(&phase, PHASE_MEASURE);
	const int64_t begin = clock_ns(CLOCK_MONOTONIC);
	pause_ms((long)(seconds * 1000));
	atomic_store(&phase, PHASE_END);
	const double measured_s = (double)(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
	for (unsigned i = 0; i < client_count; i++) {
		pthread_join(clients[i].thread, NULL);
		if (clients[i].error != SA_AIS_OK) {
			fprintf(stderr, "client %u ended with code %d\n", i, clients[i].error);
			return 1;
		}
		again += clients[i].again;
		for (size_t k = 0; k < clients[i].samples.count; k++)
			samples_add(&all, clients[i].samples.ns[k]);
	}
	samples_sort(&all);
	printf("{\"clients\": %u, \"size\": %" PRIu64 ", \"seconds\": %.3f, \"writes\": %zu, \"writes_per_s\": %.0f, \"try_again\": %zu, "
	       "\"stable_p50_us\": %.1f, \"stable_p99_us\": %.1f, \"ipc_round_trip_p50_us\": %.1f}\n",
	       client_count, (uint64_t)size, measured_s, all.count, (double)all.count / measured_s, again, samples_percentile_us(&all, 50),
	       samples_percentile_us(&all, 99), round_trip_us);
	return 0;
}

/* --- failover --- */

struct failover {
	uint32_t victim;
	int64_t left_ms; /* wall clock; 0: not yet */
};

static _Thread_local struct failover *dispatching;

static void on_view(const SaClmClusterNotificationBufferT *view, SaUint32T member_count, SaAisErrorT error)
{
	(void)member_count;
	for (SaUint32T i = 0; error == SA_AIS_OK && i < view->numberOfItems; i++) {
		if (view->notification[i].clusterNode.nodeId == dispatching->victim && view->notification[i].clusterChange == SA_CLM_NODE_LEFT)
			dispatching->left_ms = clock_ns(CLOCK_REALTIME) / 1000000;
	}
}

struct writer {
	pthread_t thread;
	atomic_bool end;
	int64_t gap_begin_ms, gap_end_ms; /* the widest, wall clock */
	SaAisErrorT error;
};

static void *writer_run(void *argument)
{
	struct writer *writer = argument;
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	SaCkptSectionIdT id = {.idLen = 8, .id = (SaUint8T *)"failover"};
	char data[64] = "";
	int64_t last_ms = 0;

	writer->error = checkpoint_open(&handle, &checkpoint, sizeof(data));
	if (writer->error == SA_AIS_OK)
		writer->error = section_make(checkpoint, &id, data, sizeof(data));
	while (writer->error == SA_AIS_OK && !atomic_load(&writer->end)) {
		const SaAisErrorT error = saCkptSectionOverwrite(checkpoint, &id, data, sizeof(data));
		const int64_t now_ms = clock_ns(CLOCK_REALTIME) / 1000000;

		if (error == SA_AIS_OK) {
			if (last_ms != 0 && now_ms - last_ms > writer->gap_end_ms - writer->gap_begin_ms) {
				writer->gap_begin_ms = last_ms;
				writer->gap_end_ms = now_ms;
			}
			last_ms = now_ms;
		} else if (error != SA_AIS_ERR_TRY_AGAIN && error != SA_AIS_ERR_TIMEOUT) {
			writer->error = error;
		} else {
			pause_ms(1);
		}
	}
	saCkptFinalize(handle);
	return NULL;
}

static int run_failover(uint32_t victim, int seconds)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterTrackCallback = on_view};
	struct failover failover = {.victim = victim};
	struct writer writer = {0};
	SaVersionT version = {'B', 1, 1};
	SaClmHandleT handle;
	SaSelectionObjectT descriptor;
	const int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + seconds * INT64_C(1000000000);

	dispatching = &failover;
	if (saClmInitialize(&handle, &callbacks, &version) != SA_AIS_OK || saClmSelectionObjectGet(handle, &descriptor) != SA_AIS_OK ||
	    saClmClusterTrack(handle, SA_TRACK_CHANGES, NULL) != SA_AIS_OK || pthread_create(&writer.thread, NULL, writer_run, &writer) != 0)
		return 1;
	fprintf(stderr, "ready\n");
	while (failover.left_ms == 0 && clock_ns(CLOCK_MONOTONIC) < end_ns) {
		poll(&(struct pollfd){.fd = (int)descriptor, .events = POLLIN}, 1, 100);
		if (saClmDispatch(handle, SA_DISPATCH_ALL) != SA_AIS_OK)
			return 1;
	}
	pause_ms(1000); /* writes go on for a second, so that the gap has an end */
	atomic_store(&writer.end, true);
	pthread_join(writer.thread, NULL);
	printf("{\"left_ms\": %" PRId64 ", \"last_write_ms\": %" PRId64 ", \"next_write_ms\": %" PRId64 ", \"error\": %d}\n", failover.left_ms,
	       writer.gap_begin_ms, writer.gap_end_ms, writer.error);
	return failover.left_ms != 0 && writer.error == SA_AIS_OK ? 0 : 1;
}

/* --- ckpt-read --- */

static SaAisErrorT section_read(SaCkptCheckpointHandleT checkpoint, const SaCkptSectionIdT *id, void *buffer, SaSizeT size)
{
	SaCkptIOVectorElementT element = {.sectionId = *id, .dataBuffer = buffer, .dataSize = size};

	return saCkptCheckpointRead(checkpoint, &element, 1, NULL);
}

/* The first read of an open asks the daemon; so each is of a new one. */
static bool reads_by_call(SaCkptHandleT handle, const SaCkptSectionIdT *id, void *buffer, SaSizeT size, struct samples *samples)
{
	const SaNameT name = name_of("ais-bench");
	SaCkptCheckpointHandleT checkpoint;

	for (int i = 0; i < ROUND_TRIPS / 5; i++) {
		if (saCkptCheckpointOpen(handle, &name, NULL, SA_CKPT_CHECKPOINT_READ, 10 * SA_TIME_ONE_SECOND, &checkpoint) != SA_AIS_OK)
			return false;
		const int64_t begin = clock_ns(CLOCK_MONOTONIC);
		if (section_read(checkpoint, id, buffer, size) != SA_AIS_OK || !samples_add(samples, clock_ns(CLOCK_MONOTONIC) - begin))
			return false;
		saCkptCheckpointClose(checkpoint);
	}
	return true;
}

static int run_read(SaSizeT size, double seconds)
{
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	SaCkptSectionIdT id = {.idLen = 4, .id = (SaUint8T *)"read"};
	struct samples by_call = {0}, mapped = {0};
	char *buffer = calloc(1, size);

	if (buffer == NULL || checkpoint_open(&handle, &checkpoint, size) != SA_AIS_OK ||
	    section_make(checkpoint, &id, buffer, size) != SA_AIS_OK || !reads_by_call(handle, &id, buffer, size, &by_call))
		return 1;
	for (int i = 0; i < 100; i++)
		if (section_read(checkpoint, &id, buffer, size) != SA_AIS_OK)
			return 1;
	const int64_t end = clock_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
	while (clock_ns(CLOCK_MONOTONIC) < end) {
		const int64_t begin = clock_ns(CLOCK_MONOTONIC);
		if (section_read(checkpoint, &id, buffer, size) != SA_AIS_OK || !samples_add(&mapped, clock_ns(CLOCK_MONOTONIC) - begin))
			return 1;
	}
	const size_t reads = mapped.count;
	samples_sort(&mapped);
	samples_sort(&by_call);
	printf("{\"size\": %lu, \"reads\": %zu, \"mapped_p50_us\": %.2f, \"mapped_p99_us\": %.2f, \"call_p50_us\": %.2f, \"call_p99_us\": %.2f}\n",
	       (unsigned long)size, reads, samples_percentile_us(&mapped, 50), samples_percentile_us(&mapped, 99), samples_percentile_us(&by_call, 50),
	       samples_percentile_us(&by_call, 99));
	saCkptFinalize(handle);
	return 0;
}

static int run_policy(int pid)
{
	static const char *const names[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH"};
	struct sched_param parameter = {0};
	const int policy = sched_getscheduler(pid);

	sched_getparam(pid, &parameter);
	printf("%s %d\n", policy >= 0 && policy < 4 ? names[policy] : "unknown", parameter.sched_priority);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "ckpt") == 0 && atoi(argv[2]) >= 1 && atoi(argv[2]) <= CLIENTS_MAX && atol(argv[3]) >= 1)
		return run_ckpt((unsigned)atoi(argv[2]), (SaSizeT)atol(argv[3]), atof(argv[4]));
	if (argc == 4 && strcmp(argv[1], "ckpt-read") == 0 && atol(argv[2]) >= 1)
		return run_read((SaSizeT)atol(argv[2]), atof(argv[3]));
	if (argc == 4 && strcmp(argv[1], "failover") == 0)
		return run_failover((uint32_t)strtoul(argv[2], NULL, 10), atoi(argv[3]));
	if (argc == 3 && strcmp(argv[1], "policy") == 0)
		return run_policy(atoi(argv[2]));
	fputs("usage: bench-worker ckpt CLIENTS SIZE SECONDS | ckpt-read SIZE SECONDS | failover NODE SECONDS | policy PID\n", stderr);
	return 2;
}
