/* A checkpoint's memory as a reader without the daemon sees it (DESIGN, mechanism 8): the layout, the stores of its one writer, and the
 * reader. The memory changes under the reader at any moment and is believed only as far as the checks go: generation, sequences and bounds
 * before and after the copy, then stability and the lease. Whatever is no plain hit is for the daemon to answer.
 *
 * Pure: the daemon's state writes it (ckpt_content.c, ckpt_section.c, ckpt_state.c), the client library and the simulator read it. All words
 * are the host's own; both ends run on one machine. Sequences and words are atomics: data between two odd/even steps of a sequence is
 * stored and loaded in relaxed words, ordered by the fences around them.
 *
 *	header | records and the table of slots, as ckpt_content.c places them
 *
 * Not here: where memory comes from, who may have it. */
#ifndef AISLE_CKPT_IMAGE_H
#define AISLE_CKPT_IMAGE_H

#include "core/base/bytes.h"
#include "core/engine/host.h"

#define IMAGE_LAYOUT UINT64_C(0x31504b4341495302) /* another number for another layout */

enum {
	IMAGE_HEADER_SIZE = 64,
	IMAGE_PLACE_FREE = 0, /* a slot that was never used: a search ends here */
	IMAGE_PLACE_GONE = 1, /* one whose section was deleted */
};

struct image_header {
	uint64_t layout;
	uint64_t generation;     /* of this memory; 0: its time is over, the checkpoint is deleted or lies elsewhere */
	uint64_t size;           /* bytes that there are; grows */
	uint64_t table_sequence; /* odd: the table is about to be elsewhere */
	uint64_t table_offset;
	uint64_t table_mask;     /* slots - 1, slots a power of two */
	uint64_t readable;       /* 0: calls on data are not served from here (lost, or asynchronous) */
	uint64_t readable_since; /* index of the change that made it so */
};

/* A section of which this replica has the content. Found by its id's hash, open addressing, step 1. Small, since a table that has just grown is
 * half empty: what is one section's alone stands in its record. */
struct image_slot {
	uint32_t sequence; /* odd: this section is being changed, its record too. All sections of one operation are odd together */
	uint32_t hash;     /* the upper half of the id's */
	uint64_t place;    /* offset of its record << 16 | size of its id; or IMAGE_PLACE_* */
};

/* The id follows, then the content, aligned to 8. */
struct image_record {
	uint64_t size;    /* of the content */
	uint64_t changed; /* index of the last change */
};

/* One for all checkpoints of a state. */
struct image_lease {
	uint64_t layout;
	uint64_t clock;    /* host.clock_id: whoever has another one cannot read until_ns */
	uint64_t until_ns; /* on that clock; 0: nothing may be read here now */
	uint64_t stable;   /* index: changes up to here are stable */
};

/* --- The reader. --- */

struct image {
	const uint8_t *base;
	size_t size; /* as far as it is mapped */
	uint64_t generation;
	const struct image_lease *lease;
	unsigned unchecked; /* enum image_check, for mutants; 0 */
};

enum image_check {
	IMAGE_CHECK_SEQUENCE = 1,
	IMAGE_CHECK_LEASE = 2,
	IMAGE_CHECK_STABLE = 4,
	IMAGE_CHECK_GENERATION = 8,
};

enum image_result {
	IMAGE_HIT,
	IMAGE_MISS,  /* the daemon is to be asked */
	IMAGE_BUSY,  /* the same, but it may be a hit in a moment */
	IMAGE_GROWN, /* the same, unless more of it is mapped */
	IMAGE_ENDED, /* the same, and so it stays */
};

/* One element of a read. */
struct image_element {
	struct bytes id;
	uint64_t offset, size; /* asked for; at most so many bytes. From image_find(): `size` is what there is */
	uint8_t *buffer;       /* for image_take() */
	const struct image_slot *slot; /* from here on the reader's own */
	uint64_t place, content_size, changed, table_sequence;
	uint32_t sequence;
};

/* Finds the element's section. HIT: `size` bytes are to be taken. */
enum image_result image_find(const struct image *image, struct image_element *element);
/* Copies all elements, found before, into their buffers and judges the whole. `now_ns` is called when the bytes have been read.
 * Only with HIT does a buffer mean anything. */
enum image_result image_take(const struct image *image, struct image_element *elements, size_t count, int64_t (*now_ns)(void *context),
                             void *context);
uint64_t image_size(const struct image *image); /* what there is now, to map */

/* --- The writer. Each store is one the reader may meet the memory after: host.arena_stored, where there is one, is told. --- */

/* From a record to its content. */
static inline uint64_t image_head_size(size_t id_size)
{
	return sizeof(struct image_record) + ((id_size + 7) & ~(uint64_t)7);
}

void image_store(const struct host *host, uint64_t *word, uint64_t value);   /* after all stores before it */
void image_put(const struct host *host, uint8_t *to, struct bytes from);     /* relaxed */
void image_zero(const struct host *host, uint8_t *to, size_t size);          /* relaxed */
void image_hide(const struct host *host, struct image_slot *slot);           /* sequence odd, before all stores that follow */
void image_show(const struct host *host, struct image_slot *slot);           /* even, after all stores before */
void image_slot_set(const struct host *host, struct image_slot *slot, uint64_t place);
void image_record_set(const struct host *host, uint8_t *record, uint64_t size, uint64_t changed);
void image_slot_hash_set(const struct host *host, struct image_slot *slot, uint32_t hash);

#endif
