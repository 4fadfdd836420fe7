/* All that the engine and its services ask of the world. Two hosts exist: libqb's loop in the daemon, the virtual one in the simulator.
 * A host never calls back into the engine from inside one of these calls. */
#ifndef AISLE_ENGINE_HOST_H
#define AISLE_ENGINE_HOST_H

#include "core/base/bytes.h"

/* Memory for bulk data (a checkpoint's contents): one contiguous block that can grow and then may move. In the daemon a memfd, which may be
 * shown to clients: they see it under addresses of their own, and as it is until they let go of it, freed here or not. */
struct arena {
	uint8_t *base;
	size_t size;
};

enum host_log_level { HOST_LOG_ERROR, HOST_LOG_WARNING, HOST_LOG_NOTICE, HOST_LOG_INFO, HOST_LOG_DEBUG, HOST_LOG_TRACE };

struct host {
	void *context;
	int64_t (*monotonic_ns)(void *context);
	int64_t (*wall_ns)(void *context); /* since 1970-01-01 UTC */
	uint64_t (*random)(void *context);
	/* One-shot, monotonic clock; setting one that is set moves it. The host calls engine_timer(engine, timer) when it is due. */
	void (*timer_set)(void *context, uint64_t timer, int64_t at_ns);
	void (*timer_cancel)(void *context, uint64_t timer);
	/* An answer to a client's call (to a posted one: that it is under way no more), or an event (callback) for it. Never blocks; a client that does not read is the host's to bound. */
	void (*client_answer)(void *context, uint64_t client, uint64_t call, uint32_t code, struct bytes body);
	void (*client_event)(void *context, uint64_t client, uint16_t event, struct bytes body);
	size_t (*client_backlog)(void *context, uint64_t client); /* bytes that wait beside its rings; NULL: they are not kept count of */
	void (*client_close)(void *context, uint64_t client, const char *why); /* engine_client_closed() is not called for it */
	struct arena *(*arena_new)(void *context, const char *name); /* empty; NULL: no memory */
	bool (*arena_grow)(void *context, struct arena *arena, size_t size); /* what comes is zero; false: unchanged */
	void (*arena_free)(void *context, struct arena *arena);
	/* After each store into memory that clients may see. NULL: nobody looks; the simulator and the litmus test do. */
	void (*arena_stored)(void *context);
	/* Passes the client a view of arenas that it can only read, before the answer to `call`. False: it cannot be had now. NULL: never. */
	bool (*client_share)(void *context, uint64_t client, uint64_t call, struct arena *const *arenas, size_t count);
	/* Whether what clients post is let through the gate now; false at first. NULL: they may not know. */
	void (*clients_may_post)(void *context, bool may_post);
	uint64_t clock_id; /* names the clock behind monotonic_ns: who reads one of the same name reads the same */
	/* One record: a stable id ("member-lost"), the subject ("ckpt", "engine"), and the text. */
	void (*log)(void *context, enum host_log_level level, const char *subject, const char *id, const char *text);
	/* The node must leave the ring (cannot decode, no memory, digests differ): dumps the recorder; it may come back as a joiner. */
	void (*leave)(void *context, const char *why);
};

#endif
