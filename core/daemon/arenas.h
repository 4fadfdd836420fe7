/* Memory for bulk data: each arena is one memfd, mapped whole, that grows and may move. It is sealed so that nobody but this mapping can write it
 * and nobody can shrink it: it may be shown to clients. */
#ifndef AISLE_DAEMON_ARENAS_H
#define AISLE_DAEMON_ARENAS_H

#include "core/base/list.h"
#include "core/engine/host.h"

struct arena *arena_new(const char *name); /* empty; NULL: no memory, no descriptor, or the kernel does not know the seals */
bool arena_grow(struct arena *arena, size_t size); /* false: unchanged */
void arena_free(struct arena *arena);
int arena_descriptor(const struct arena *arena); /* a new one, that can only read; -1: none */

/* For shares.c. Whether anybody else may have it: a descriptor, on its way or taken, or a mapping. */
bool arena_is_shown(const struct arena *arena);
void arena_end(struct arena *arena); /* unmaps it here; it can still be asked whether it is shown, and is to be freed */
bool arena_has_ended(const struct arena *arena);
struct list *arena_shares(struct arena *arena); /* a head, empty at first */
struct list *arena_ended(struct arena *arena);  /* an entry, and the way back */
struct arena *arena_of_ended(struct list *ended);

#endif
