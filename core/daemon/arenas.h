/* Memory for bulk data: each arena is one memfd, mapped whole, that grows and may move. It is sealed so that nobody but this mapping can write it
 * and nobody can shrink it: it may be shown to clients. */
#ifndef AISLE_DAEMON_ARENAS_H
#define AISLE_DAEMON_ARENAS_H

#include "core/engine/host.h"

struct arena *arena_new(const char *name); /* empty; NULL: no memory, no descriptor, or the kernel does not know the seals */
bool arena_grow(struct arena *arena, size_t size); /* false: unchanged */
void arena_free(struct arena *arena);
int arena_descriptor(const struct arena *arena); /* a new one, that can only read; -1: none */

#endif
