#include "ckpt_content.h"

#include <stdlib.h>

#include "core/base/list.h"

enum {
	GRANULE = 16,
	PAGE = 4096,
	COMPACTION_SIZE_MIN = 64 * 1024, /* below it holes are not worth the copying */
	SLACK = 64, /* an arena grows by one part in so many at least */
};

struct hole {
	struct tree_node by_offset, by_size;
	uint64_t offset, size;
};

static uint64_t rounded_up(uint64_t size, uint64_t unit)
{
	return (size + unit - 1) / unit * unit;
}

static struct hole *hole_by_offset(const struct tree_node *node)
{
	return container_of(node, struct hole, by_offset);
}

static struct hole *hole_by_size(const struct tree_node *node)
{
	return container_of(node, struct hole, by_size);
}

static int offset_compare(const void *key, const struct tree_node *node)
{
	const uint64_t offset = *(const uint64_t *)key;

	return (offset < hole_by_offset(node)->offset) - (offset > hole_by_offset(node)->offset);
}

static int size_compare(const void *key, const struct tree_node *node)
{
	const struct extent *wanted = key;
	const struct hole *hole = hole_by_size(node);

	if (wanted->capacity != hole->size)
		return wanted->capacity > hole->size ? 1 : -1;
	return (wanted->offset > hole->offset) - (wanted->offset < hole->offset);
}

static void hole_insert(struct content *content, struct hole *hole)
{
	tree_insert(&content->free_by_offset, &hole->by_offset, &hole->offset);
	tree_insert(&content->free_by_size, &hole->by_size, &(struct extent){.offset = hole->offset, .capacity = hole->size});
}

static void hole_remove(struct content *content, struct hole *hole)
{
	tree_remove(&content->free_by_offset, &hole->by_offset);
	tree_remove(&content->free_by_size, &hole->by_size);
}

static void holes_clear(struct content *content)
{
	for (struct tree_node *node; (node = tree_first(&content->free_by_size)) != NULL;) {
		struct hole *hole = hole_by_size(node);

		hole_remove(content, hole);
		free(hole);
	}
}

void content_init(struct content *content, const struct host *host)
{
	*content = (struct content){
		.host = host, .free_by_offset = {.compare = offset_compare}, .free_by_size = {.compare = size_compare},
	};
}

static struct image_header *header_of(const struct arena *arena)
{
	return (struct image_header *)(void *)arena->base;
}

/* Whoever still looks at it learns that it is over. */
static void arena_end(struct content *content, struct arena *arena)
{
	if (arena->size >= IMAGE_HEADER_SIZE)
		image_store(content->host, &header_of(arena)->generation, 0);
	content->host->arena_free(content->host->context, arena);
}

void content_clear(struct content *content)
{
	holes_clear(content);
	if (content->arena != NULL)
		arena_end(content, content->arena);
	content->arena = NULL;
	content->table = (struct extent){0};
	content->table_mask = content->table_used = 0;
	content->used = 0;
}

/* Makes [offset, offset + size) a hole, one with its neighbours. Without memory for it the bytes stay unused until the next compaction. */
static void release(struct content *content, uint64_t offset, uint64_t size)
{
	struct tree_node *left_node = tree_find_after(&content->free_by_offset, &offset); /* descending order */
	struct hole *left = left_node == NULL ? NULL : hole_by_offset(left_node);
	const uint64_t end = offset + size;
	struct tree_node *right_node = tree_find(&content->free_by_offset, &end);
	struct hole *right = right_node == NULL ? NULL : hole_by_offset(right_node);

	if (left != NULL && left->offset + left->size != offset)
		left = NULL;
	if (left != NULL) {
		hole_remove(content, left);
		offset = left->offset;
		size += left->size;
	}
	if (right != NULL) {
		hole_remove(content, right);
		size += right->size;
	}
	struct hole *hole = left != NULL ? left : right != NULL ? right : malloc(sizeof *hole);
	if (left != NULL)
		free(right);
	if (hole == NULL)
		return;
	hole->offset = offset;
	hole->size = size;
	hole_insert(content, hole);
}

/* A new arena of `size` bytes with its header; nobody sees it yet. */
static struct arena *arena_begin(struct content *content, uint64_t size)
{
	const struct host *host = content->host;
	struct arena *arena = host->arena_new(host->context, "ckpt");

	if (arena == NULL)
		return NULL;
	if (!host->arena_grow(host->context, arena, size)) {
		host->arena_free(host->context, arena);
		return NULL;
	}
	struct image_header *header = header_of(arena);
	image_store(host, &header->layout, IMAGE_LAYOUT);
	image_store(host, &header->size, size);
	image_store(host, &header->readable_since, content->readable_since);
	image_store(host, &header->readable, content->readable);
	image_store(host, &header->generation, ++content->generation);
	return arena;
}

/* More than is needed, so that a growing checkpoint grows its arena seldom and wastes little. */
static bool grow(struct content *content, uint64_t need)
{
	const struct host *host = content->host;
	const bool is_new = content->arena == NULL;
	const uint64_t size = is_new ? IMAGE_HEADER_SIZE : content->arena->size;
	const uint64_t step = need > size / SLACK ? need : size / SLACK;

	if (step > SIZE_MAX / 2 - size)
		return false;
	const uint64_t grown = rounded_up(size + step, PAGE);
	if (is_new) {
		content->arena = arena_begin(content, grown);
		if (content->arena == NULL)
			return false;
		content->used = IMAGE_HEADER_SIZE;
	} else {
		if (!host->arena_grow(host->context, content->arena, grown))
			return false;
		image_store(host, &header_of(content->arena)->size, grown);
	}
	release(content, size, grown - size);
	return true;
}

static struct hole *best_fit(const struct content *content, uint64_t size)
{
	struct tree_node *node = tree_find_after(&content->free_by_size, &(struct extent){.offset = UINT64_MAX, .capacity = size - 1});

	return node == NULL ? NULL : hole_by_size(node);
}

bool content_allocate(struct content *content, uint64_t size, struct extent *extent)
{
	*extent = (struct extent){0};
	if (size == 0)
		return true;
	if (size > SIZE_MAX / 2)
		return false;
	const uint64_t capacity = rounded_up(size, GRANULE);
	struct hole *hole = best_fit(content, capacity);
	if (hole == NULL && grow(content, capacity))
		hole = best_fit(content, capacity);
	if (hole == NULL)
		return false;
	*extent = (struct extent){.offset = hole->offset, .capacity = capacity};
	content->used += capacity;
	hole_remove(content, hole);
	hole->offset += capacity;
	hole->size -= capacity;
	if (hole->size > 0)
		hole_insert(content, hole);
	else
		free(hole);
	/* It may have been another's: what told readers so comes before all that is stored here. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	return true;
}

void content_free(struct content *content, struct extent *extent)
{
	if (extent->capacity > 0) {
		content->used -= extent->capacity;
		release(content, extent->offset, extent->capacity);
	}
	*extent = (struct extent){0};
}

uint8_t *content_bytes(const struct content *content, struct extent extent)
{
	return extent.capacity == 0 ? NULL : content->arena->base + extent.offset;
}

bool content_wants_compaction(const struct content *content, uint64_t size)
{
	if (content->arena == NULL || content->arena->size < COMPACTION_SIZE_MIN)
		return false;
	const uint64_t holes = content->arena->size - content->used;
	const bool is_mostly_holes = holes > content->arena->size / 4 * 3;
	if (is_mostly_holes)
		return true;
	return size > 0 && holes >= size && holes > content->arena->size / 4 && best_fit(content, rounded_up(size, GRANULE)) == NULL;
}

static int extent_compare(const void *a, const void *b)
{
	const struct extent *left = *(struct extent *const *)a, *right = *(struct extent *const *)b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

static void table_publish(const struct content *content)
{
	struct image_header *header = header_of(content->arena);

	image_store(content->host, &header->table_mask, content->table_mask);
	image_store(content->host, &header->table_offset, content->table.offset);
}

/* All extents go into a new arena, in their order. */
bool content_compact(struct content *content, struct extent **live, size_t live_count)
{
	const struct host *host = content->host;
	uint64_t end = IMAGE_HEADER_SIZE + content->table.capacity;

	for (size_t i = 0; i < live_count; i++)
		end += live[i]->capacity;
	const uint64_t size = rounded_up(end + end / SLACK, PAGE);
	struct arena *old = content->arena, *arena = size >= old->size ? NULL : arena_begin(content, size);
	if (arena == NULL)
		return false;
	if (live_count > 0)
		qsort(live, live_count, sizeof(*live), extent_compare);
	image_put(host, arena->base + IMAGE_HEADER_SIZE, bytes_of(old->base + content->table.offset, content->table.capacity));
	if (content->table.capacity > 0)
		content->table.offset = IMAGE_HEADER_SIZE;
	end = IMAGE_HEADER_SIZE + content->table.capacity;
	for (size_t i = 0; i < live_count; i++) {
		if (live[i]->capacity == 0)
			continue;
		image_put(host, arena->base + end, bytes_of(old->base + live[i]->offset, live[i]->capacity));
		live[i]->offset = end;
		end += live[i]->capacity;
	}
	holes_clear(content);
	content->arena = arena;
	table_publish(content);
	if (size > end)
		release(content, end, size - end);
	arena_end(content, old);
	return true;
}

uint64_t content_held(const struct content *content)
{
	return content->arena == NULL ? 0 : content->arena->size;
}

void content_readable_set(struct content *content, bool readable, uint64_t index)
{
	if (content->readable == readable)
		return;
	content->readable = readable;
	content->readable_since = index;
	if (content->arena == NULL)
		return;
	struct image_header *header = header_of(content->arena);
	if (readable)
		image_store(content->host, &header->readable_since, index);
	image_store(content->host, &header->readable, readable);
}

/* --- Slots. --- */

static struct image_slot *slots_of(const struct content *content, struct extent table)
{
	return (struct image_slot *)(void *)(content->arena->base + table.offset);
}

struct image_slot *content_slot(const struct content *content, uint32_t index)
{
	return &slots_of(content, content->table)[index];
}

/* Seven eighths full: a search that finds looks at four or five slots, and one that does not goes on to ask the daemon. */
bool content_wants_table(const struct content *content)
{
	return content->table.capacity == 0 || (content->table_used + 1) * 8 > (content->table_mask + 1) * 7;
}

/* The reader walks the same way. */
static uint32_t slot_search(const struct image_slot *slots, uint64_t mask, uint64_t hash)
{
	uint64_t at = hash & mask;

	while (slots[at].place != IMAGE_PLACE_FREE && slots[at].place != IMAGE_PLACE_GONE)
		at = (at + 1) & mask;
	return (uint32_t)at;
}

uint32_t content_slot_take(struct content *content, uint64_t hash)
{
	struct image_slot *slots = slots_of(content, content->table);
	const uint32_t index = slot_search(slots, content->table_mask, hash);

	content->table_used += slots[index].place == IMAGE_PLACE_FREE;
	image_hide(content->host, &slots[index]);
	image_slot_hash_set(content->host, &slots[index], (uint32_t)(hash >> 32));
	return index;
}

void content_slot_free(struct content *content, uint32_t index)
{
	struct image_slot *slot = content_slot(content, index);

	image_hide(content->host, slot);
	image_slot_set(content->host, slot, IMAGE_PLACE_GONE);
	image_show(content->host, slot);
}

bool content_table_begin(struct content *content, uint64_t slot_count, struct extent *table, uint64_t *mask)
{
	uint64_t count = 16;

	while (count * 3 < slot_count * 4)
		count *= 2;
	if (!content_allocate(content, count * sizeof(struct image_slot), table))
		return false;
	image_zero(content->host, content->arena->base + table->offset, table->capacity);
	*mask = count - 1;
	return true;
}

uint32_t content_slot_copy(struct content *content, struct extent table, uint64_t mask, uint32_t index, uint64_t hash)
{
	struct image_slot *slots = slots_of(content, table);
	const uint32_t to = slot_search(slots, mask, hash);

	image_put(content->host, (uint8_t *)&slots[to], bytes_of((const uint8_t *)content_slot(content, index), sizeof(*slots)));
	return to;
}

void content_table_end(struct content *content, struct extent table, uint64_t mask, uint64_t used)
{
	struct image_header *header = header_of(content->arena);
	const uint64_t sequence = header->table_sequence;
	struct extent old = content->table;

	image_store(content->host, &header->table_sequence, sequence + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	content->table = table;
	content->table_mask = mask;
	content->table_used = used;
	table_publish(content);
	image_store(content->host, &header->table_sequence, sequence + 2);
	content_free(content, &old);
}
