#include "ckpt_content.h"

#include <stdlib.h>

#include "core/base/list.h"

enum {
	GRANULE = 16,
	PAGE = 4096,
	COMPACTION_SIZE_MIN = 64 * 1024, /* below it holes are not worth the copying */
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

void content_clear(struct content *content)
{
	holes_clear(content);
	if (content->arena != NULL)
		content->host->arena_free(content->host->context, content->arena);
	content->arena = NULL;
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

/* An eighth more than is needed, so that a growing checkpoint moves its arena seldom and wastes little. */
static bool grow(struct content *content, uint64_t need)
{
	const struct host *host = content->host;

	if (content->arena == NULL)
		content->arena = host->arena_new(host->context, "ckpt");
	if (content->arena == NULL)
		return false;
	const uint64_t size = content->arena->size;
	const uint64_t step = need > size / 8 ? need : size / 8;
	if (step > SIZE_MAX / 2 - size)
		return false;
	const uint64_t grown = rounded_up(size + step, PAGE);
	if (!host->arena_resize(host->context, content->arena, grown))
		return false;
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

/* Moves all extents down, in their order, and gives back what is beyond an eighth of slack. */
void content_compact(struct content *content, struct extent **live, size_t live_count)
{
	uint64_t end = 0;

	qsort(live, live_count, sizeof(*live), extent_compare);
	for (size_t i = 0; i < live_count; i++) {
		if (live[i]->capacity == 0)
			continue;
		memmove(content->arena->base + end, content->arena->base + live[i]->offset, live[i]->capacity);
		live[i]->offset = end;
		end += live[i]->capacity;
	}
	holes_clear(content);
	const uint64_t kept = rounded_up(end + end / 8, PAGE);
	if (kept < content->arena->size)
		content->host->arena_resize(content->host->context, content->arena, kept);
	if (content->arena->size > end)
		release(content, end, content->arena->size - end);
}

uint64_t content_held(const struct content *content)
{
	return content->arena == NULL ? 0 : content->arena->size;
}
