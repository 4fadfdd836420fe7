/* Where the bytes of one checkpoint's sections lie: an arena from the host, cut into extents behind the header of ckpt_image.h, one of them the
 * table of slots. Best fit, neighbours joined when freed; when holes amount to a quarter of the arena all moves into a smaller new one, under
 * the next generation, and readers of the old one are told. Layout is a node's own: nothing replicated depends on it.
 * Knows nothing of sections; called by ckpt_section.c and ckpt_transfer.c. */
#ifndef AISLE_CKPT_CONTENT_H
#define AISLE_CKPT_CONTENT_H

#include "ckpt_image.h"
#include "core/base/tree.h"

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
	uint64_t used; /* capacities of the live extents, header included */
	uint64_t generation;
	struct extent table;
	uint64_t table_mask, table_used; /* slots ever used since the table was made */
	bool readable;
	uint64_t readable_since;
};

void content_init(struct content *content, const struct host *host);
void content_clear(struct content *content);
bool content_allocate(struct content *content, uint64_t size, struct extent *extent); /* false: no memory, nothing changed */
void content_free(struct content *content, struct extent *extent);
uint8_t *content_bytes(const struct content *content, struct extent extent); /* until the next call that changes the arena */
/* Whether holes are to be closed before `size` more bytes are asked for: then content_compact() with all live extents. */
bool content_wants_compaction(const struct content *content, uint64_t size);
/* False: no memory, nothing changed. The table is moved with them; what its slots say of places is then the caller's to correct. */
bool content_compact(struct content *content, struct extent **live, size_t live_count);
uint64_t content_held(const struct content *content); /* bytes of the arena */
void content_readable_set(struct content *content, bool readable, uint64_t index); /* as struct image_header says */

/* Slots. An index is good until the next table. */
enum { CONTENT_NO_SLOT = UINT32_MAX };
struct image_slot *content_slot(const struct content *content, uint32_t index);
bool content_wants_table(const struct content *content); /* before the next slot is taken */
uint32_t content_slot_take(struct content *content, uint64_t hash); /* a slot for that hash, hidden */
void content_slot_free(struct content *content, uint32_t index);
/* A larger table, empty, beside the present one: fill it with content_slot_copy(), then let it be the table. NULL: no memory. */
bool content_table_begin(struct content *content, uint64_t slot_count, struct extent *table, uint64_t *mask);
uint32_t content_slot_copy(struct content *content, struct extent table, uint64_t mask, uint32_t index, uint64_t hash);
void content_table_end(struct content *content, struct extent table, uint64_t mask, uint64_t used);

#endif
