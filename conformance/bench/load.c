#include "conformance/bench/load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "conformance/bench/samples.h"

enum { WARM_UP_MS = 300, AGAIN_MS = 1 };

enum phase { WARM_UP, MEASURE, END };

struct worker {
	struct load_client client;
	const struct load_kind *kind;
	const atomic_int *phase;
	pthread_t thread;
	struct samples samples;
	size_t again;
	bool failed;
};

static void *worker_run(void *context)
{
	struct worker *worker = context;

	if (!worker->kind->open(&worker->client)) {
		worker->failed = true;
		return NULL;
	}
	while (!worker->failed && atomic_load(worker->phase) != END) {
		const int64_t begin = clock_ns(CLOCK_MONOTONIC);
		const enum load_step step = worker->kind->step(&worker->client);
		const int64_t end = clock_ns(CLOCK_MONOTONIC);
		if (step == LOAD_AGAIN) {
			worker->again++;
			pause_ms(AGAIN_MS);
		}
		if (step == LOAD_DONE && atomic_load(worker->phase) == MEASURE)
			worker->failed = !samples_add(&worker->samples, end - begin);
		worker->failed |= step == LOAD_FAILED;
	}
	worker->kind->close(&worker->client);
	return NULL;
}

/* False: a worker failed, or there is no memory. */
static bool workers_join(struct worker *workers, unsigned count, struct samples *all, size_t *again)
{
	bool good = true;

	for (unsigned i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		good = good && !workers[i].failed;
		*again += workers[i].again;
		for (size_t k = 0; k < workers[i].samples.count; k++)
			good = samples_add(all, workers[i].samples.ns[k]) && good;
		free(workers[i].samples.ns);
	}
	samples_sort(all);
	return good;
}

int load_run(const struct load_kind *kind, const void *context, const char *target, unsigned clients, size_t size, double seconds, const char *beside)
{
	static struct worker workers[LOAD_CLIENTS_MAX];
	atomic_int phase = WARM_UP;
	struct samples all = {0};
	size_t again = 0;

	for (unsigned i = 0; i < clients; i++) {
		workers[i] = (struct worker){.client = {.number = i, .size = size, .target = target, .context = context}, .kind = kind, .phase = &phase};
		if (pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]) != 0)
			return 1;
	}
	pause_ms(WARM_UP_MS);
	atomic_store(&phase, MEASURE);
	const int64_t begin = clock_ns(CLOCK_MONOTONIC);
	pause_ms((long)(seconds * 1000));
	atomic_store(&phase, END);
	const double measured_s = (double)(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
	if (!workers_join(workers, clients, &all, &again))
		return 1;
	printf("{\"clients\": %u, \"size\": %zu, \"seconds\": %.3f, \"operations\": %zu, \"per_s\": %.0f, \"again\": %zu, \"p50_us\": %.1f, "
	       "\"p99_us\": %.1f%s%s}\n", clients, size, measured_s, all.count, (double)all.count / measured_s, again, samples_percentile_us(&all, 50),
	       samples_percentile_us(&all, 99), beside == NULL ? "" : ", ", beside == NULL ? "" : beside);
	free(all.ns);
	return 0;
}
