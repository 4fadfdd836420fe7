/* What both providers need: where the ring sequence starts. */
#include "core/daemon/provider.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/daemon/ring_store.h"

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool provider_ring_seq(const struct provider_environment *environment, uint64_t *ring_seq, char *error, size_t error_size)
{
	const uint32_t node = environment->settings->node;
	const enum ring_store_found found = ring_store_load(environment->state_directory, node, ring_seq);

	if (found == RING_STORE_UNREADABLE) {
		snprintf(error, error_size, "%s/ring-%u cannot be read: %s", environment->state_directory, node, strerror(errno));
		return false;
	}
	if (found == RING_STORE_FOUND)
		return true;
	*ring_seq = ring_store_guess(wall_ns());
	log_write(environment->log, found == RING_STORE_DAMAGED ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "daemon", "ring-sequence",
	          "%s in %s: starts from the clock, at %llu", found == RING_STORE_DAMAGED ? "the ring sequence is damaged" : "no ring sequence",
	          environment->state_directory, (unsigned long long)*ring_seq);
	return true;
}
