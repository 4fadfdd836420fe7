#include "conformance/bench/load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WARM_UP_MS = 300, AGAIN_MS = 1 };

enum phase { WARM_UP, MEASURE, END };

struct samples {
	int64_t *ns;
	size_t count, capacity;
};

struct worker {
	struct load_client client;
	const struct load_kind *kind;
	const atomic_int *phase;
	pthread_t thread;
	struct samples samples;
	size_t again;
	bool failed;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool samples_add(struct samples *samples, int64_t ns)
{
	if (samples->count == samples->capacity) {
		const size_t capacity = samples->capacity == 0 ? 65536 : samples->capacity * 2;
		int64_t *grown = realloc(samples->ns, capacity * sizeof *grown);
		if (grown == NULL)
			return false;
		samples->ns = grown;
		samples->capacity = capacity;
	}
	samples->ns[samples->count++] = ns;
	return true;
}

static void *worker_run(void *context)
{
	struct worker *worker = context;

	if (!worker->kind->open(&worker->client)) {
		worker->failed = true;
		return NULL;
	}
	while (!worker->failed && atomic_load(worker->phase) != END) {
		const int64_t begin = now_ns();
		const enum load_step step = worker->kind->step(&worker->client);
		const int64_t end = now_ns();
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

static int by_value(const void *a, const void *b)
{
	const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static double percentile_us(const struct samples *sorted, double percentile)
{
	return sorted->count == 0 ? 0 : (double)sorted->ns[(size_t)(percentile / 100 * (double)(sorted->count - 1))] / 1000;
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
	if (all->count > 0)
		qsort(all->ns, all->count, sizeof *all->ns, by_value);
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
	const int64_t begin = now_ns();
	pause_ms((long)(seconds * 1000));
	atomic_store(&phase, END);
	const double measured_s = (double)(now_ns() - begin) / 1e9;
	if (!workers_join(workers, clients, &all, &again))
		return 1;
	printf("{\"clients\": %u, \"size\": %zu, \"seconds\": %.3f, \"operations\": %zu, \"per_s\": %.0f, \"again\": %zu, \"p50_us\": %.1f, "
	       "\"p99_us\": %.1f%s%s}\n", clients, size, measured_s, all.count, (double)all.count / measured_s, again, percentile_us(&all, 50),
	       percentile_us(&all, 99), beside == NULL ? "" : ", ", beside == NULL ? "" : beside);
	free(all.ns);
	return 0;
}
