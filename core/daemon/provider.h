/* A provider of group communication with all that it needs of the system: the daemon drives it and knows nothing else about it. Two are
 * built in: `local` (provider_local.c) and `totem` (provider_totem.c: the machine, a link, the ring sequence on disk). */
#ifndef AISLE_DAEMON_PROVIDER_H
#define AISLE_DAEMON_PROVIDER_H

#include "core/daemon/settings.h"
#include "core/daemon/timers.h"
#include "core/daemon/worker.h"
#include "core/group/group.h"

enum { TIMER_OWNER_DAEMON = 1, TIMER_OWNER_ENGINE, TIMER_OWNER_PROVIDER };

/* What the daemon lends it. All of it outlives the provider. */
struct provider_environment {
	const struct settings *settings;
	const char *state_directory;
	struct timers *timers;
	struct worker *worker;
	struct log *log;
	uint64_t (*random)(void *context);
	void (*failed)(void *context, const char *why); /* it cannot go on: the node must leave; never from inside a call */
	group_event_fn *take;           /* never from inside group_multicast() */
	void *context;                  /* of the calls above */
};

typedef void provider_counter_fn(void *context, const char *name, uint64_t value);

struct provider;

struct provider_operations {
	const char *name;
	struct group *(*group)(struct provider *provider);
	int (*descriptor)(const struct provider *provider); /* readable when provider_receive() has something to do; -1: none */
	void (*start)(struct provider *provider, int64_t now_ns);
	void (*receive)(struct provider *provider); /* steps all packets that have arrived */
	void (*timer)(struct provider *provider, uint64_t id, int64_t now_ns, int64_t late_ns);
	bool (*settle)(struct provider *provider); /* does what the steps have left to do, hands out events; true: more waits */
	bool (*has_left)(const struct provider *provider); /* after group_leave(): all is said */
	void (*counters)(const struct provider *provider, provider_counter_fn *take, void *context);
	void (*free)(struct provider *provider);
};

struct provider {
	const struct provider_operations *operations;
};

/* NULL: `error` says why. */
struct provider *provider_local_new(const struct provider_environment *environment, char *error, size_t error_size);
struct provider *provider_totem_new(const struct provider_environment *environment, char *error, size_t error_size);

/* The ring sequence to start from: what is stored, else a guess by the clock; says in the log which. False: it cannot be read. */
bool provider_ring_seq(const struct provider_environment *environment, uint64_t *ring_seq, char *error, size_t error_size);

#endif
