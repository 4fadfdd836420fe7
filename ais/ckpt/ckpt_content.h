/* Where the bytes of one checkpoint's sections lie: an arena from the host, cut into extents. Best fit, neighbours joined when freed; when
 * holes amount to a quarter of the arena it is compacted instead of grown. Layout is a node's own: nothing replicated depends on it.
 * Knows nothing of sections; called by ckpt_section.c and ckpt_transfer.c. */
#ifndef AISLE_CKPT_CONTENT_H
#define AISLE_CKPT_CONTENT_H

#include "core/base/tree.h"
#include "core/engine/host.h"

/* The place of one section. Capacity 0: none. */
struct extent {
	uint64_t offset;
	uint64_t capacity;
};

struct content {
	const struct host *host; /* its arena calls alone */
	struct arena *arena;     /* NULL until something is stored */
	struct tree free_by_offset; /* descending, so that a hole's left neighbour is found */
	struct tree free_by_size;
	uint64_t used; /* capacities of the live extents */
};

void content_init(struct content *content, const struct host *host);
void content_clear(struct content *content);
bool content_allocate(struct content *content, uint64_t size, struct extent *extent); /* false: no memory, nothing changed */
void content_free(struct content *content, struct extent *extent);
uint8_t *content_bytes(const struct content *content, struct extent extent); /* until the next call that changes the arena */
/* Whether holes are to be closed before `size` more bytes are asked for: then content_compact() with all live extents. */
bool content_wants_compaction(const struct content *content, uint64_t size);
void content_compact(struct content *content, struct extent **live, size_t live_count);
uint64_t content_held(const struct content *content); /* bytes of the arena */

#endif
