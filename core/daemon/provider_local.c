/* The provider of one node: core/group/local.c with a ring sequence that never comes again. */
#include "core/daemon/provider.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/daemon/ring_store.h"
#include "core/group/local.h"

enum { DRAIN_MESSAGES = 256 };

struct provider_local {
	struct provider provider;
	struct provider_environment environment;
	struct local *local;
};

static struct provider_local *local_of(const struct provider *provider)
{
	return container_of(provider, struct provider_local, provider);
}

static struct group *on_group(struct provider *provider)
{
	return local_group(local_of(provider)->local);
}

static int on_descriptor(const struct provider *provider)
{
	(void)provider;
	return -1;
}

static void on_start(struct provider *provider, int64_t now_ns)
{
	(void)provider;
	(void)now_ns;
}

static void on_receive(struct provider *provider)
{
	(void)provider;
}

static void on_timer(struct provider *provider, uint64_t id, int64_t now_ns, int64_t late_ns)
{
	(void)provider;
	(void)id;
	(void)now_ns;
	(void)late_ns;
}

static bool on_settle(struct provider *provider)
{
	struct provider_local *local = local_of(provider);

	return local_is_pending(local->local) && local_drain(local->local, DRAIN_MESSAGES, local->environment.take, local->environment.context);
}

static bool on_has_left(const struct provider *provider)
{
	return local_has_left(local_of(provider)->local);
}

static void on_counters(const struct provider *provider, provider_counter_fn *take, void *context)
{
	(void)provider;
	(void)take;
	(void)context;
}

static void on_free(struct provider *provider)
{
	local_free(local_of(provider)->local);
	free(local_of(provider));
}

struct provider *provider_local_new(const struct provider_environment *environment, char *error, size_t error_size)
{
	static const struct provider_operations operations = {.name = "local", .group = on_group, .descriptor = on_descriptor,
		.start = on_start, .receive = on_receive, .timer = on_timer, .settle = on_settle, .has_left = on_has_left,
		.counters = on_counters, .free = on_free};
	const uint32_t node = environment->settings->node;
	uint64_t ring_seq;

	if (!provider_ring_seq(environment, &ring_seq, error, error_size))
		return NULL;
	ring_seq += 4;
	if (!ring_store_save(environment->state_directory, node, ring_seq)) {
		snprintf(error, error_size, "the ring sequence cannot be stored in %s: %s", environment->state_directory, strerror(errno));
		return NULL;
	}
	struct provider_local *local = calloc(1, sizeof(*local));
	if (local != NULL)
		local->local = local_new(node, ring_seq, environment->settings->local_queue_size_max);
	if (local == NULL || local->local == NULL) {
		snprintf(error, error_size, "no memory");
		free(local);
		return NULL;
	}
	local->provider.operations = &operations;
	local->environment = *environment;
	return &local->provider;
}
