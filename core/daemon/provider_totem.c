/* The provider of a cluster: the Totem machine between a link, timers and the ring sequence on disk. The worker thread stores the
 * sequence; meanwhile the ring's timers and packets go on, and only the commit token waits. */
#include "core/daemon/provider.h"
#include "core/ipc/ipc_clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/list.h"
#include "core/daemon/ring_meter.h"
#include "core/daemon/ring_store.h"
#include "core/group/totem_group.h"

enum { PACKETS_PER_TURN = 256, PACKETS_PER_DRAIN = 65536 };

static const int64_t told_interval_ns = 60000000000; /* one line per peer and minute */

struct provider_totem {
	struct provider provider;
	struct provider_environment environment;
	struct totem_group group;
	struct ring_meter meter; /* between the group and the engine */
	struct link *link;
	uint64_t ring_seq;
	struct store_job *stores; /* on their way through the worker */
	bool left, failed, woken;
};

/* A ring sequence on its way to the disk. Outlives its provider if that is freed meanwhile: `owner` is then NULL. */
struct store_job {
	struct worker_job job;
	struct store_job *next;
	struct provider_totem *owner;
	char directory[4096];
	uint32_t node;
	uint64_t ring_seq;
	bool saved;
	int error;
};

static struct provider_totem *totem_of(const struct provider *provider)
{
	return container_of(provider, struct provider_totem, provider);
}

static int64_t monotonic_ns(void *context)
{
	(void)context;
	return ipc_clock_ns();
}

static uint64_t on_random(void *context)
{
	struct provider_totem *totem = context;

	return totem->environment.random(totem->environment.context);
}

static void fail(struct provider_totem *totem, const char *why)
{
	if (totem->failed)
		return;
	totem->failed = true;
	totem->environment.failed(totem->environment.context, why);
}

/* Memory ran out inside the machine: it must not go on with what it lacks. */
static void check(struct provider_totem *totem)
{
	if (totem->group.outputs.failed)
		fail(totem, "no memory in the ring");
}

static void on_multicast(void *context, struct bytes packet)
{
	struct provider_totem *totem = context;

	link_multicast(totem->link, packet);
}

static void on_unicast(void *context, uint32_t node, struct bytes packet)
{
	struct provider_totem *totem = context;

	totem->meter.tokens++;
	link_unicast(totem->link, node, packet);
}

static void on_direct(void *context, uint32_t node, struct bytes packet)
{
	struct provider_totem *totem = context;

	link_direct(totem->link, node, packet);
}

static void on_flush(void *context)
{
	struct provider_totem *totem = context;

	link_flush(totem->link);
}

static void on_timer_set(void *context, uint32_t timer, int64_t at_ns)
{
	struct provider_totem *totem = context;

	if (!timers_set(totem->environment.timers, TIMER_OWNER_PROVIDER, timer, at_ns))
		fail(totem, "no memory for a timer");
}

static void on_timer_cancel(void *context, uint32_t timer)
{
	struct provider_totem *totem = context;

	timers_cancel(totem->environment.timers, TIMER_OWNER_PROVIDER, timer);
}

static void store_run(struct worker_job *job)
{
	struct store_job *store = container_of(job, struct store_job, job);

	store->saved = ring_store_save(store->directory, store->node, store->ring_seq);
	store->error = errno;
}

static void store_forget(struct store_job *store)
{
	for (struct store_job **at = &store->owner->stores; *at != NULL; at = &(*at)->next)
		if (*at == store) {
			*at = store->next;
			return;
		}
}

/* Without a durable sequence no ring may be formed; with the disk full the node says so and tries again as a joiner. */
static void store_done(struct worker_job *job)
{
	struct store_job *store = container_of(job, struct store_job, job);
	struct provider_totem *totem = store->owner;

	if (totem != NULL) {
		store_forget(store);
		if (store->saved) {
			totem_group_stored(&totem->group, store->ring_seq);
			check(totem);
		} else {
			char why[512];

			snprintf(why, sizeof(why), "the ring sequence cannot be stored in %.256s: %s", store->directory, strerror(store->error));
			fail(totem, why);
		}
	}
	free(store);
}

static void on_store(void *context, uint64_t ring_seq)
{
	struct provider_totem *totem = context;
	struct store_job *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		fail(totem, "no memory to store the ring sequence");
		return;
	}
	*store = (struct store_job){.job = {.run = store_run, .done = store_done}, .next = totem->stores, .owner = totem,
	                            .node = totem->environment.settings->node, .ring_seq = ring_seq};
	snprintf(store->directory, sizeof(store->directory), "%s", totem->environment.state_directory);
	totem->stores = store;
	worker_put(totem->environment.worker, &store->job);
}

static void on_log(void *context, int level, const char *log_id, const char *text)
{
	struct provider_totem *totem = context;
	char named[1024];

	settings_node_named(totem->environment.settings, text, named, sizeof(named));
	log_text(totem->environment.log, (enum log_level)level, "totem", log_id, named);
}

static void on_left(void *context)
{
	struct provider_totem *totem = context;

	totem->left = true;
}

static void on_packet(void *context, uint32_t network, struct bytes packet)
{
	struct provider_totem *totem = context;

	totem_group_packet(&totem->group, network, packet);
}

static void on_foreign(void *context, const struct sockaddr *from, socklen_t from_size)
{
	struct provider_totem *totem = context;
	char text[256];

	snprintf(text, sizeof(text), "packets from %s dropped: no node of this configuration has that address and port",
	         link_address_text(from, from_size).text);
	log_limited(totem->environment.log, monotonic_ns(NULL), told_interval_ns, link_address_key(from), LOG_LEVEL_WARNING, "link",
	            "foreign-packet", text);
}

static void on_refused(void *context, uint32_t node, int error)
{
	struct provider_totem *totem = context;
	char text[128];

	snprintf(text, sizeof(text), "packets to node %u cannot be sent: %s", node, strerror(error));
	log_limited(totem->environment.log, monotonic_ns(NULL), told_interval_ns, node, LOG_LEVEL_WARNING, "link", "unsent", text);
}

static void on_wake(void *context)
{
	struct provider_totem *totem = context;

	totem->woken = true; /* on_settle() */
}

static struct group *on_group(struct provider *provider)
{
	return &totem_of(provider)->meter.group;
}

static int on_descriptor(const struct provider *provider)
{
	return totem_of(provider)->link->descriptor;
}

static void on_start(struct provider *provider, int64_t now_ns)
{
	struct provider_totem *totem = totem_of(provider);

	(void)now_ns;
	totem_group_start(&totem->group, totem->ring_seq);
	check(totem);
}

static void on_receive(struct provider *provider)
{
	struct provider_totem *totem = totem_of(provider);

	/* All of it, as a timer may wait behind; but a flood does not keep the loop for ever. */
	for (int taken = 0; taken < PACKETS_PER_DRAIN && !totem->failed; taken += PACKETS_PER_TURN)
		if (link_receive(totem->link, PACKETS_PER_TURN))
			break;
	check(totem);
}

static void on_timer(struct provider *provider, uint64_t id, int64_t now_ns, int64_t late_ns)
{
	struct provider_totem *totem = totem_of(provider);

	(void)now_ns;
	totem_group_timer(&totem->group, (uint32_t)id, late_ns);
	check(totem);
}

static bool on_settle(struct provider *provider)
{
	struct provider_totem *totem = totem_of(provider);

	if (totem->woken) {
		totem->woken = false;
		totem_group_wake(&totem->group);
		check(totem);
	}
	return totem->woken;
}

static bool on_has_left(const struct provider *provider)
{
	return totem_of(provider)->left;
}

static void on_counters(const struct provider *provider, provider_counter_fn *take, void *context)
{
	const struct link_counters *counters = &totem_of(provider)->link->counters;
	const struct ring_meter *meter = &totem_of(provider)->meter;

	take(context, "totem.tokens_sent", meter->tokens);
	take(context, "totem.messages_sent", meter->messages);
	take(context, "totem.latency_samples", meter->samples);
	take(context, "totem.latency_agreed_ns", meter->agreed_ns);
	take(context, "totem.latency_stable_ns", meter->stable_ns);

	take(context, "link.packets_sent", counters->packets_sent);
	take(context, "link.bytes_sent", counters->bytes_sent);
	take(context, "link.packets_received", counters->packets_received);
	take(context, "link.bytes_received", counters->bytes_received);
	take(context, "link.packets_foreign", counters->packets_foreign);
	take(context, "link.packets_truncated", counters->packets_truncated);
	take(context, "link.packets_unsent", counters->packets_unsent);
}

static void on_free(struct provider *provider)
{
	struct provider_totem *totem = totem_of(provider);

	for (struct store_job *store = totem->stores; store != NULL; store = store->next)
		store->owner = NULL;
	totem_group_clear(&totem->group);
	link_free(totem->link);
	free(totem);
}

static bool link_open(struct provider_totem *totem, char *error, size_t error_size)
{
	struct link_config *config = calloc(1, sizeof(*config));

	if (config == NULL) {
		snprintf(error, error_size, "no memory");
		return false;
	}
	*config = totem->environment.settings->link;
	config->handler = (struct link_handler){.context = totem, .packet = on_packet, .foreign = on_foreign, .refused = on_refused};
	totem->link = link_udpu_new(config, error, error_size);
	free(config);
	return totem->link != NULL;
}

static bool group_open(struct provider_totem *totem, char *error, size_t error_size)
{
	const struct totem_host host = {.context = totem, .monotonic_ns = monotonic_ns, .random = on_random, .multicast = on_multicast,
		.unicast = on_unicast, .direct = on_direct, .flush = on_flush, .timer_set = on_timer_set, .timer_cancel = on_timer_cancel, .store = on_store,
		.log = on_log, .left = on_left, .wake = on_wake};

	ring_meter_init(&totem->meter, totem->environment.settings->node, monotonic_ns, totem->environment.take, totem->environment.context);
	if (totem_group_init(&totem->group, &totem->environment.settings->totem, &host, ring_meter_event, &totem->meter)) {
		ring_meter_attach(&totem->meter, &totem->group.group);
		return true;
	}
	snprintf(error, error_size, "the ring cannot be made: no memory, or values in section totem that do not fit together");
	return false;
}

struct provider *provider_totem_new(const struct provider_environment *environment, char *error, size_t error_size)
{
	static const struct provider_operations operations = {.name = "totem", .group = on_group, .descriptor = on_descriptor,
		.start = on_start, .receive = on_receive, .timer = on_timer, .settle = on_settle, .has_left = on_has_left,
		.counters = on_counters, .free = on_free};
	struct provider_totem *totem = calloc(1, sizeof(*totem));

	if (totem == NULL) {
		snprintf(error, error_size, "no memory");
		return NULL;
	}
	totem->provider.operations = &operations;
	totem->environment = *environment;
	if (provider_ring_seq(environment, &totem->ring_seq, error, error_size) && link_open(totem, error, error_size)) {
		if (group_open(totem, error, error_size))
			return &totem->provider;
		link_free(totem->link);
	}
	free(totem);
	return NULL;
}
