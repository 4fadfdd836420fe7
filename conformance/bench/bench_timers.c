/* Timers of one program, measured inside a node; ais-bench starts the node and the load. Prints one JSON object. Not here: comparing.
 *
 *	bench-timers late TIMERS SECONDS    how late callbacks run that poll() and dispatch as they should, TIMERS a second at random moments
 *	bench-timers many TIMERS            what one start, cancel and dispatched expiration cost while so many timers stand
 *	bench-timers hold TIMERS            starts so many that are due in an hour, says so, dispatches once a line of input, and ends with it
 *	bench-timers block TIMERS           the same, with a thread inside a blocking dispatch meanwhile, and no other */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "saTmr.h"

enum { MANY_SAMPLES = 20000, FAR_S = 3600 };

struct timers {
	SaTmrHandleT handle;
	SaSelectionObjectT ready;
	int64_t *due_ns, *late_ns; /* CLOCK_BOOTTIME, as durations stand on it */
	size_t late_count;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Callbacks carry no context; timerData is the place of the timer's due time. */
static struct timers *dispatching;

static void on_expired(SaTmrTimerIdT timer, const void *data, SaUint64T count)
{
	(void)timer, (void)count;
	if (data != NULL)
		dispatching->late_ns[dispatching->late_count++] = now_ns() - *(const int64_t *)data;
}

static bool timers_open(struct timers *timers, size_t count)
{
	const SaTmrCallbacksT callbacks = {on_expired};
	SaVersionT version = {'A', 1, 1};

	dispatching = timers;
	timers->due_ns = calloc(count, sizeof *timers->due_ns);
	timers->late_ns = calloc(count, sizeof *timers->late_ns);
	if (timers->due_ns == NULL || timers->late_ns == NULL)
		return false;
	const SaAisErrorT error = saTmrInitialize(&timers->handle, &callbacks, &version);
	if (error != SA_AIS_OK)
		fprintf(stderr, "bench-timers: saTmrInitialize answers %d\n", (int)error);
	return error == SA_AIS_OK && saTmrSelectionObjectGet(timers->handle, &timers->ready) == SA_AIS_OK;
}

static bool timer_start(struct timers *timers, int64_t after_ns, const void *data, SaTmrTimerIdT *timer)
{
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, after_ns, 0};
	SaTimeT called;

	return saTmrTimerStart(timers->handle, &attributes, data, timer, &called) == SA_AIS_OK;
}

static int by_value(const void *a, const void *b)
{
	const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static double percentile_us(const int64_t *sorted, size_t count, double percentile)
{
	return count == 0 ? 0 : (double)sorted[(size_t)(percentile / 100 * (double)(count - 1))] / 1000;
}

static int run_late(size_t per_second, double seconds)
{
	const size_t count = (size_t)((double)per_second * seconds);
	struct timers timers = {0};

	if (count == 0 || !timers_open(&timers, count))
		return 1;
	srandom(1);
	for (size_t i = 0; i < count; i++) {
		const int64_t after_ns = 100000000 + (int64_t)((double)random() / RAND_MAX * seconds * 1e9);
		SaTmrTimerIdT timer;

		timers.due_ns[i] = now_ns() + after_ns;
		if (!timer_start(&timers, after_ns, &timers.due_ns[i], &timer))
			return 1;
	}
	while (timers.late_count < count)
		if (poll(&(struct pollfd){.fd = (int)timers.ready, .events = POLLIN}, 1, -1) > 0 &&
		    saTmrDispatch(timers.handle, SA_DISPATCH_ALL) != SA_AIS_OK)
			return 1;
	qsort(timers.late_ns, count, sizeof *timers.late_ns, by_value);
	printf("{\"timers\": %zu, \"late_p50_us\": %.1f, \"late_p99_us\": %.1f, \"late_max_us\": %.1f}\n", count,
	       percentile_us(timers.late_ns, count, 50), percentile_us(timers.late_ns, count, 99), percentile_us(timers.late_ns, count, 100));
	return 0;
}

/* A timer among `count` that stand: one more is started, one cancelled, one started that is due and dispatched. */
static int run_many(size_t count)
{
	static int64_t start_ns[MANY_SAMPLES], cancel_ns[MANY_SAMPLES], dispatch_ns[MANY_SAMPLES];
	struct timers timers = {0};
	SaTmrTimerIdT timer;
	void *data;

	if (!timers_open(&timers, MANY_SAMPLES))
		return 1;
	srandom(1);
	const int64_t begin_ns = now_ns();
	for (size_t i = 0; i < count; i++)
		if (!timer_start(&timers, (FAR_S + random() % FAR_S) * SA_TIME_ONE_SECOND, NULL, &timer))
			return 1;
	const double each_us = count == 0 ? 0 : (double)(now_ns() - begin_ns) / 1000 / (double)count;
	for (size_t i = 0; i < MANY_SAMPLES; i++) {
		const int64_t a = now_ns();
		const bool started = timer_start(&timers, (FAR_S + random() % FAR_S) * SA_TIME_ONE_SECOND, NULL, &timer);
		const int64_t b = now_ns();
		const bool cancelled = started && saTmrTimerCancel(timers.handle, timer, &data) == SA_AIS_OK;
		const int64_t c = now_ns();
		timers.due_ns[i] = c;
		if (!cancelled || !timer_start(&timers, 1, &timers.due_ns[i], &timer))
			return 1;
		poll(&(struct pollfd){.fd = (int)timers.ready, .events = POLLIN}, 1, -1);
		const int64_t d = now_ns();
		if (saTmrDispatch(timers.handle, SA_DISPATCH_ALL) != SA_AIS_OK)
			return 1;
		start_ns[i] = b - a;
		cancel_ns[i] = c - b;
		dispatch_ns[i] = now_ns() - d;
	}
	qsort(start_ns, MANY_SAMPLES, sizeof *start_ns, by_value);
	qsort(cancel_ns, MANY_SAMPLES, sizeof *cancel_ns, by_value);
	qsort(dispatch_ns, MANY_SAMPLES, sizeof *dispatch_ns, by_value);
	printf("{\"standing\": %zu, \"filled_each_us\": %.2f, \"start_p50_us\": %.2f, \"cancel_p50_us\": %.2f, \"dispatch_p50_us\": %.2f}\n", count, each_us,
	       percentile_us(start_ns, MANY_SAMPLES, 50), percentile_us(cancel_ns, MANY_SAMPLES, 50), percentile_us(dispatch_ns, MANY_SAMPLES, 50));
	return saTmrFinalize(timers.handle) == SA_AIS_OK ? 0 : 1;
}

static void *block(void *argument)
{
	const struct timers *timers = argument;

	saTmrDispatch(timers->handle, SA_DISPATCH_BLOCKING);
	return NULL;
}

static int run_hold(size_t count, bool is_blocking)
{
	struct timers timers = {0};
	SaTmrTimerIdT timer;
	pthread_t blocked;
	char line[8];

	if (!timers_open(&timers, 1))
		return 1;
	for (size_t i = 0; i < count; i++)
		if (!timer_start(&timers, FAR_S * SA_TIME_ONE_SECOND, NULL, &timer))
			return 1;
	if (is_blocking && pthread_create(&blocked, NULL, block, &timers) != 0)
		return 1;
	printf("%d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL)
		if (!is_blocking)
			saTmrDispatch(timers.handle, SA_DISPATCH_ALL);
	if (saTmrFinalize(timers.handle) != SA_AIS_OK)
		return 1;
	return is_blocking ? pthread_join(blocked, NULL) : 0;
}

int main(int argc, char **argv)
{
	const long count = argc > 2 ? atol(argv[2]) : -1;

	if (argc == 4 && strcmp(argv[1], "late") == 0 && count > 0 && atof(argv[3]) > 0)
		return run_late((size_t)count, atof(argv[3]));
	if (argc == 3 && strcmp(argv[1], "many") == 0 && count >= 0)
		return run_many((size_t)count);
	if (argc == 3 && (strcmp(argv[1], "hold") == 0 || strcmp(argv[1], "block") == 0) && count >= 0)
		return run_hold((size_t)count, argv[1][0] == 'b');
	fputs("usage: bench-timers late TIMERS SECONDS | many TIMERS | hold TIMERS | block TIMERS\n", stderr);
	return 2;
}
