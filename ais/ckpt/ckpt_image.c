#include "ckpt_image.h"

#include "core/base/hash.h"

/* --- The writer. --- */

static void stored(const struct host *host)
{
	if (host->arena_stored != NULL)
		host->arena_stored(host->context);
}

void image_store(const struct host *host, uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	stored(host);
}

static void byte_put(const struct host *host, uint8_t *to, uint8_t byte)
{
	__atomic_store_n(to, byte, __ATOMIC_RELAXED);
	stored(host);
}

static void word_put(const struct host *host, uint8_t *to, uint64_t word)
{
	__atomic_store_n((uint64_t *)(void *)to, word, __ATOMIC_RELAXED);
	stored(host);
}

static bool is_word(const uint8_t *at)
{
	return ((uintptr_t)at & 7) == 0;
}

void image_put(const struct host *host, uint8_t *to, struct bytes from)
{
	size_t i = 0;

	for (; i < from.size && !is_word(to + i); i++)
		byte_put(host, to + i, from.data[i]);
	for (; from.size - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, from.data + i, sizeof(word));
		word_put(host, to + i, word);
	}
	for (; i < from.size; i++)
		byte_put(host, to + i, from.data[i]);
}

void image_zero(const struct host *host, uint8_t *to, size_t size)
{
	size_t i = 0;

	for (; i < size && !is_word(to + i); i++)
		byte_put(host, to + i, 0);
	for (; size - i >= sizeof(uint64_t); i += sizeof(uint64_t))
		word_put(host, to + i, 0);
	for (; i < size; i++)
		byte_put(host, to + i, 0);
}

void image_hide(const struct host *host, struct image_slot *slot)
{
	__atomic_store_n(&slot->sequence, slot->sequence | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	stored(host);
}

void image_show(const struct host *host, struct image_slot *slot)
{
	__atomic_store_n(&slot->sequence, (slot->sequence | 1) + 1, __ATOMIC_RELEASE);
	stored(host);
}

void image_slot_set(const struct host *host, struct image_slot *slot, uint64_t place)
{
	word_put(host, (uint8_t *)&slot->place, place);
}

void image_record_set(const struct host *host, uint8_t *record, uint64_t size, uint64_t changed)
{
	word_put(host, record + offsetof(struct image_record, size), size);
	word_put(host, record + offsetof(struct image_record, changed), changed);
}

void image_slot_hash_set(const struct host *host, struct image_slot *slot, uint32_t hash)
{
	__atomic_store_n(&slot->hash, hash, __ATOMIC_RELAXED);
	stored(host);
}

/* --- The reader. --- */

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static uint64_t load_acquire(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static const struct image_header *header_of(const struct image *image)
{
	return (const struct image_header *)(const void *)image->base;
}

static bool is_checked(const struct image *image, enum image_check check)
{
	return (image->unchecked & check) == 0;
}

uint64_t image_size(const struct image *image)
{
	return load_acquire(&header_of(image)->size);
}

static bool generation_is_ours(const struct image *image)
{
	return !is_checked(image, IMAGE_CHECK_GENERATION) || load_acquire(&header_of(image)->generation) == image->generation;
}

/* What lies there is beyond what is mapped: because there is more now, or because it is being changed. */
static enum image_result beyond(const struct image *image)
{
	return image_size(image) > image->size ? IMAGE_GROWN : IMAGE_BUSY;
}

static bool lies_within(const struct image *image, uint64_t offset, uint64_t size)
{
	return offset <= image->size && size <= image->size - offset;
}

static bool id_is(const uint8_t *at, struct bytes id)
{
	size_t i = 0;

	for (; id.size - i >= sizeof(uint64_t); i += sizeof(uint64_t)) { /* `at` is aligned */
		uint64_t word;

		memcpy(&word, id.data + i, sizeof(word));
		if (load((const uint64_t *)(const void *)(at + i)) != word)
			return false;
	}
	for (; i < id.size; i++)
		if (__atomic_load_n(at + i, __ATOMIC_RELAXED) != id.data[i])
			return false;
	return true;
}

static void bytes_take(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t i = 0;

	for (; i < size && !is_word(from + i); i++)
		to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
	for (; size - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		const uint64_t word = load((const uint64_t *)(const void *)(from + i));

		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < size; i++)
		to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
}

static bool sequence_stands(const struct image *image, const struct image_element *element)
{
	return !is_checked(image, IMAGE_CHECK_SEQUENCE) ||
	       (__atomic_load_n(&element->slot->sequence, __ATOMIC_RELAXED) == element->sequence &&
	        load(&header_of(image)->table_sequence) == element->table_sequence);
}

/* Whether the slot is the element's section. HIT: it is; MISS: another's. */
static enum image_result slot_examine(const struct image *image, const struct image_slot *slot, struct image_element *element)
{
	element->slot = slot;
	element->sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
	if (element->sequence % 2 != 0 && is_checked(image, IMAGE_CHECK_SEQUENCE))
		return IMAGE_BUSY;
	element->place = load(&slot->place);
	const uint64_t offset = element->place >> 16, id_size = element->place & UINT16_MAX, head_size = image_head_size(id_size);
	if (element->place == IMAGE_PLACE_GONE || id_size != element->id.size)
		return IMAGE_MISS;
	if (offset % 8 != 0 || !lies_within(image, offset, head_size))
		return beyond(image);
	const struct image_record *record = (const void *)(image->base + offset);
	element->content_size = load(&record->size);
	element->changed = load(&record->changed);
	if (!lies_within(image, offset + head_size, element->content_size))
		return beyond(image);
	const bool is_it = id_is((const uint8_t *)(record + 1), element->id);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!sequence_stands(image, element))
		return IMAGE_BUSY;
	return is_it ? IMAGE_HIT : IMAGE_MISS;
}

static enum image_result section_search(const struct image *image, struct image_element *element)
{
	const struct image_header *header = header_of(image);
	const uint64_t hash = digest_bytes(0, element->id);

	element->table_sequence = load_acquire(&header->table_sequence);
	if (element->table_sequence % 2 != 0)
		return IMAGE_BUSY;
	const uint64_t offset = load(&header->table_offset), mask = load(&header->table_mask);
	if (offset == 0)
		return IMAGE_MISS;
	if (offset % 8 != 0 || mask >= image->size / sizeof(struct image_slot) ||
	    !lies_within(image, offset, (mask + 1) * sizeof(struct image_slot)))
		return beyond(image);
	const struct image_slot *slots = (const void *)(image->base + offset);
	for (uint64_t i = 0; i <= mask; i++) {
		const struct image_slot *slot = &slots[(hash + i) & mask];

		if (load(&slot->place) == IMAGE_PLACE_FREE)
			return IMAGE_MISS;
		if (__atomic_load_n(&slot->hash, __ATOMIC_RELAXED) != (uint32_t)(hash >> 32))
			continue;
		const enum image_result result = slot_examine(image, slot, element);
		if (result != IMAGE_MISS)
			return result;
	}
	return IMAGE_MISS;
}

enum image_result image_find(const struct image *image, struct image_element *element)
{
	if (!generation_is_ours(image))
		return IMAGE_ENDED;
	const enum image_result result = section_search(image, element);
	if (result != IMAGE_HIT)
		return result;
	if (element->offset > element->content_size)
		return IMAGE_MISS; /* CKPT-102, and true only if it is stable */
	if (element->size > element->content_size - element->offset)
		element->size = element->content_size - element->offset;
	return IMAGE_HIT;
}

/* The bytes have been read: may they be believed? The lease last: it has to hold at a moment after the reading. */
static enum image_result judge(const struct image *image, const struct image_element *elements, size_t count,
                               int64_t (*now_ns)(void *context), void *context)
{
	const struct image_header *header = header_of(image);
	uint64_t changed = load(&header->readable_since);

	for (size_t i = 0; i < count; i++) {
		if (!sequence_stands(image, &elements[i]))
			return IMAGE_BUSY;
		if (elements[i].changed > changed)
			changed = elements[i].changed;
	}
	if (load(&header->readable) == 0)
		return IMAGE_MISS;
	if (!generation_is_ours(image))
		return IMAGE_ENDED;
	if (is_checked(image, IMAGE_CHECK_STABLE) && changed > load_acquire(&image->lease->stable))
		return IMAGE_MISS;
	if (is_checked(image, IMAGE_CHECK_LEASE) && now_ns(context) >= (int64_t)load_acquire(&image->lease->until_ns))
		return IMAGE_MISS;
	return IMAGE_HIT;
}

enum image_result image_take(const struct image *image, struct image_element *elements, size_t count, int64_t (*now_ns)(void *context),
                             void *context)
{
	for (size_t i = 0; i < count; i++) {
		const struct image_element *element = &elements[i];
		const uint64_t content = (element->place >> 16) + image_head_size(element->id.size);

		bytes_take(element->buffer, image->base + content + element->offset, element->size);
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return judge(image, elements, count, now_ns, context);
}
