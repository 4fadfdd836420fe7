/* Measures the IPC's round trip on this machine: `bench_ipc [CALLS [SIZE [THREADS]]]`. Prints text, judges nothing. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/ipc/ipc_client.h"
#include "core/ipc/tests/echo_server.h"

struct worker {
	struct ipc_client *client;
	uint32_t call_count, failed;
	size_t size;
	int64_t *took_ns;
	pthread_t thread;
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static void *worker_run(void *data)
{
	struct worker *worker = data;
	struct wire_writer body = {0}, answer = {0};

	wire_put_zeros(&body, worker->size);
	for (uint32_t i = 0; i < worker->call_count; i++) {
		const int64_t start_ns = monotonic_ns();
		if (ipc_client_call(worker->client, ECHO_REQUEST_ECHO, -1, wire_writer_bytes(&body), &answer) != RESULT_OK)
			worker->failed++;
		worker->took_ns[i] = monotonic_ns() - start_ns;
	}
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return NULL;
}

int main(int argc, char **argv)
{
	const uint32_t call_count = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
	const size_t size = argc > 2 ? (size_t)atoi(argv[2]) : 64;
	const uint32_t thread_count = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
	struct echo_server server = {0};
	struct ipc_client *client;
	struct worker *workers = calloc(thread_count, sizeof *workers);
	int64_t *took_ns = calloc((size_t)thread_count * call_count, sizeof *took_ns);
	uint32_t failed = 0;

	if (workers == NULL || took_ns == NULL || !echo_server_start(&server, NULL) || ipc_client_connect("echo", &client) != RESULT_OK) {
		fprintf(stderr, "bench_ipc: no server\n");
		return EXIT_FAILURE;
	}
	const int64_t start_ns = monotonic_ns();
	for (uint32_t i = 0; i < thread_count; i++) {
		workers[i] = (struct worker){.client = client, .call_count = call_count, .size = size,
		                             .took_ns = took_ns + (size_t)i * call_count};
		pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]);
	}
	for (uint32_t i = 0; i < thread_count; i++) {
		pthread_join(workers[i].thread, NULL);
		failed += workers[i].failed;
	}
	const int64_t total_ns = monotonic_ns() - start_ns;
	const size_t count = (size_t)thread_count * call_count;

	qsort(took_ns, count, sizeof *took_ns, compare);
	printf("%u threads, %zu octets: median %.1f us, p99 %.1f us, least %.1f us, %.0f calls/s, %u failed\n", (unsigned)thread_count,
	       size, (double)took_ns[count / 2] / 1e3, (double)took_ns[count * 99 / 100] / 1e3, (double)took_ns[0] / 1e3,
	       (double)count * 1e9 / (double)total_ns, (unsigned)failed);
	ipc_client_close(client);
	echo_server_stop(&server);
	free(workers);
	free(took_ns);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
