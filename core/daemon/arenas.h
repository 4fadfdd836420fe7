/* Memory for bulk data: each arena is one memfd, mapped whole, that grows and shrinks and may move. */
#ifndef AISLE_DAEMON_ARENAS_H
#define AISLE_DAEMON_ARENAS_H

#include "core/engine/host.h"

struct arena *arena_new(const char *name); /* empty; NULL: no memory, no descriptor */
bool arena_resize(struct arena *arena, size_t size); /* false: unchanged */
void arena_free(struct arena *arena);

#endif
