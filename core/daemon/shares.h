/* Who was given a view of which arena, and may have it still. A client that keeps mapped what it was shown keeps the memory, also when the
 * checkpoint is deleted or lies elsewhere; so what one user has of all arenas, those that have ended included, is counted and bounded. An
 * account is a user's and not a connection's, or a client would come back with an empty one.
 *
 * Whether an arena is still held is asked of the kernel (arena_is_shown()), not of the client. A few are asked about at a time: a look costs
 * some microseconds of the daemon's thread. Called by host.c. */
#ifndef AISLE_DAEMON_SHARES_H
#define AISLE_DAEMON_SHARES_H

#include <sys/types.h>

#include "core/base/list.h"
#include "core/engine/host.h"

/* 0: the default. */
struct shares_limits {
	uint32_t count_max; /* arenas that one user has; default 1024 */
	uint64_t size_max;  /* their bytes together; default a quarter of the machine's memory */
};

struct shares {
	struct shares_limits limits;
	struct list users;
	struct list ended; /* arenas that are no longer the engine's, and that somebody may hold */
};

void shares_init(struct shares *shares, const struct shares_limits *limits);
void shares_clear(struct shares *shares); /* after all arenas were given to shares_end() */
/* The user is about to be shown these. False: it has too much, or there is no memory: it is not to be
 * shown them. */
bool shares_note(struct shares *shares, uid_t user, struct arena *const *arenas, size_t count);
/* Instead of arena_free(). */
void shares_end(struct shares *shares, struct arena *arena);
/* Frees what has ended and nobody holds. True: some is left, look again later. */
bool shares_sweep(struct shares *shares);
uint32_t shares_count(const struct shares *shares, uid_t user);

#endif
