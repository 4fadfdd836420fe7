/* What one client measured, and the clock that it is measured by. A sample is one operation's time. Used by the measuring programs here. */
#ifndef AISLE_BENCH_SAMPLES_H
#define AISLE_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct samples {
	int64_t *ns; /* freed by the owner */
	size_t count, capacity;
};

bool samples_add(struct samples *samples, int64_t ns); /* false: no memory */
void samples_sort(struct samples *samples);
double samples_percentile_us(const struct samples *sorted, double percentile); /* 0 without samples */

int64_t clock_ns(clockid_t clock);
void pause_ms(long ms);

#endif
