#include "conformance/bench/samples.h"

#include <stdlib.h>

bool samples_add(struct samples *samples, int64_t ns)
{
	if (samples->count == samples->capacity) {
		const size_t capacity = samples->capacity == 0 ? 65536 : samples->capacity * 2;
		int64_t *grown = realloc(samples->ns, capacity * sizeof(*grown));

		if (grown == NULL)
			return false;
		samples->ns = grown;
		samples->capacity = capacity;
	}
	samples->ns[samples->count++] = ns;
	return true;
}

static int by_value(const void *a, const void *b)
{
	const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void samples_sort(struct samples *samples)
{
	if (samples->count > 0)
		qsort(samples->ns, samples->count, sizeof(*samples->ns), by_value);
}

double samples_percentile_us(const struct samples *sorted, double percentile)
{
	return sorted->count == 0 ? 0 : (double)sorted->ns[(size_t)(percentile / 100 * (double)(sorted->count - 1))] / 1000;
}

int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}
