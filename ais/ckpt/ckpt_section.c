#include "ckpt_section.h"

#include <stdlib.h>

#include "ckpt_placement.h"
#include "ckpt_state.h"

enum {
	DIGEST_BLOCK = 1024,      /* a write renews the digests of the blocks that it touches */
	SECTION_OVERHEAD = 200,   /* what a section costs beside its bytes, about */
	SECTION_DIRECTORY_SIZE = 52, /* encoded, its id excluded */
	PATCH_OVERHEAD = 48,
};

struct bytes section_id(const struct section *section)
{
	return bytes_of(section->id, section->id_size);
}

int64_t section_expiry_ns(const struct section *section)
{
	return section->due == NULL ? SA_TIME_END : section->due->due_ns;
}

struct position section_changed(const struct section *section)
{
	return (struct position){
		.ring = {.seq = section->changed_ring_seq, .representative = section->changed_representative},
		.seq = section->changed_seq, .index = section->changed_index,
	};
}

static void changed_set(struct section *section, struct position changed)
{
	section->changed_ring_seq = changed.ring.seq;
	section->changed_representative = changed.ring.representative;
	section->changed_seq = changed.seq;
	section->changed_index = changed.index;
}

static bool lies_somewhere(const struct section *section)
{
	return !section->patched && section->extent.capacity > 0;
}

static uint8_t *content_at(const struct checkpoint *checkpoint, const struct section *section)
{
	return !lies_somewhere(section) ? NULL :
		content_bytes(&checkpoint->content, section->extent) + image_head_size(section->id_size);
}

struct bytes section_content(const struct checkpoint *checkpoint, const struct section *section)
{
	return bytes_of(content_at(checkpoint, section), section->size);
}

struct section *section_of_node(const struct tree_node *by_id)
{
	return by_id == NULL ? NULL : container_of(by_id, struct section, by_id);
}

static bool has_id(const struct hash_node *node, const void *key)
{
	return bytes_equal(section_id(container_of(node, struct section, by_hash)), *(const struct bytes *)key);
}

struct section *section_find(const struct checkpoint *checkpoint, struct bytes id)
{
	struct hash_node *node = hash_table_find(&checkpoint->section_table, digest_bytes(0, id), has_id, &id);

	return node == NULL ? NULL : container_of(node, struct section, by_hash);
}

struct section *section_find_from(const struct checkpoint *checkpoint, struct bytes id)
{
	struct section *section = section_find(checkpoint, id);

	return section != NULL ? section : section_find_after(checkpoint, id);
}

struct section *section_find_after(const struct checkpoint *checkpoint, struct bytes id)
{
	return section_of_node(tree_find_after(&checkpoint->sections, &id));
}

struct section *section_first(const struct checkpoint *checkpoint)
{
	return section_of_node(tree_first(&checkpoint->sections));
}

struct section *section_next(const struct section *section)
{
	return section_of_node(tree_next(&section->by_id));
}

uint64_t section_charge(struct bytes id, uint64_t size)
{
	return size > UINT64_MAX - SECTION_OVERHEAD - id.size ? UINT64_MAX : size + SECTION_OVERHEAD + id.size;
}

uint64_t section_directory_size(struct bytes id)
{
	return SECTION_DIRECTORY_SIZE + id.size;
}

/* --- Digests. --- */

static uint64_t section_key(const struct checkpoint *checkpoint, const struct section *section)
{
	const struct position created = checkpoint->identity.position;
	uint64_t key = digest_u64(created.ring.seq, created.ring.representative);

	key = digest_u64(digest_u64(key, created.seq), created.index);
	return digest_bytes(key, section_id(section));
}

static void section_rehash(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	uint64_t digest = section_key(checkpoint, section);

	digest = digest_u64(digest, (uint64_t)section_expiry_ns(section));
	digest = digest_u64(digest, (uint64_t)section->last_update_ns);
	digest = digest_u64(digest, section->changed_ring_seq);
	digest = digest_u64(digest, section->changed_representative);
	digest = digest_u64(digest, section->changed_seq);
	digest = digest_u64(digest, section->changed_index);
	digest = digest_u64(digest, section->size);
	state->directory_digest += digest - section->digest;
	section->digest = digest;
}

/* The sum over the blocks that [from, to) touches, as far as they are within the content's `size` bytes. */
static uint64_t blocks_digest(const struct checkpoint *checkpoint, const struct section *section, uint64_t size, uint64_t from,
                              uint64_t to)
{
	const uint64_t key = section_key(checkpoint, section);
	const uint8_t *bytes = content_at(checkpoint, section);
	uint64_t sum = 0;

	for (uint64_t start = from / DIGEST_BLOCK * DIGEST_BLOCK; start < to && start < size; start += DIGEST_BLOCK) {
		const uint64_t left = size - start;

		sum += digest_bytes(digest_u64(key, start), bytes_of(bytes + start, left < DIGEST_BLOCK ? left : DIGEST_BLOCK));
	}
	return sum;
}

/* What is not on all nodes is no part of what all nodes compare. */
static void content_digest_add(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, uint64_t difference)
{
	section->content_digest += difference;
	checkpoint->content_digest += difference;
	state->content_digest += placement_is_listed(checkpoint) ? 0 : difference;
}

static void content_rehash(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	content_digest_add(state, checkpoint, section,
	                   blocks_digest(checkpoint, section, section->size, 0, section->size) - section->content_digest);
}

/* --- Sizes and places. --- */

static void section_size_set(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, uint64_t size)
{
	checkpoint->memory_used += size - section->size;
	state->charge += size - section->size;
	section->size = size;
}

static void section_touch(struct checkpoint *checkpoint, const struct at *at, struct section *section)
{
	changed_set(section, at->position);
	checkpoint->changed = at->position;
	placement_written(checkpoint, at);
}

static void section_present_set(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, bool present)
{
	if (section->present == present)
		return;
	section->present = present;
	checkpoint->absent_count += present ? -UINT64_C(1) : 1;
	if (checkpoint->here)
		state->absent_count += present ? -UINT64_C(1) : 1;
	if (checkpoint->absent_count == 0)
		placement_whole_check(state, checkpoint);
}

static uint64_t place_of(const struct section *section)
{
	return section->extent.offset << 16 | section->id_size;
}

/* Without memory the holes stay: that costs room, not correctness. */
static void compact(struct checkpoint *checkpoint)
{
	struct content *content = &checkpoint->content;
	struct extent **live = malloc((checkpoint->sections.count + 1) * sizeof(*live));
	size_t count = 0;

	if (live == NULL)
		return;
	for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
		if (lies_somewhere(section))
			live[count++] = &section->extent;
	if (content_compact(content, live, count)) {
		for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
			if (section->slot != CONTENT_NO_SLOT && lies_somewhere(section))
				image_store(content->host, &content_slot(content, section->slot)->place, place_of(section));
	}
	free(live);
}

static void release(struct checkpoint *checkpoint, struct section *section)
{
	content_free(&checkpoint->content, &section->extent);
	if (content_wants_compaction(&checkpoint->content, 0))
		compact(checkpoint);
}

/* Makes room for `size` bytes, the first `kept` of which stay. */
static bool reserve(struct checkpoint *checkpoint, struct section *section, uint64_t size, uint64_t kept)
{
	struct content *content = &checkpoint->content;
	const uint64_t head_size = image_head_size(section->id_size), need = head_size + size;
	struct extent extent;

	if (need <= section->extent.capacity && need >= section->extent.capacity / 2)
		return true;
	if (content_wants_compaction(content, need))
		compact(checkpoint);
	if (!content_allocate(content, need, &extent))
		return false;
	if (section->id_size > 0)
		image_put(content->host, content_bytes(content, extent) + sizeof(struct image_record), section_id(section));
	if (kept > 0)
		image_put(content->host, content_bytes(content, extent) + head_size, bytes_of(content_at(checkpoint, section), kept));
	/* The new place is the section's before the old one is given back: a compaction then knows of it. */
	struct extent old = section->extent;
	section->extent = extent;
	content_free(content, &old);
	if (content_wants_compaction(content, 0))
		compact(checkpoint);
	return true;
}

/* --- What readers see. --- */

void section_hide(const struct ckpt_state *state, const struct checkpoint *checkpoint, struct section *section)
{
	if (section->slot != CONTENT_NO_SLOT && !section->hidden)
		image_hide(state->host, content_slot(&checkpoint->content, section->slot));
	section->hidden = true;
}

/* All slots move into a table that has room for more. */
static bool table_grow(struct checkpoint *checkpoint)
{
	struct content *content = &checkpoint->content;
	uint64_t mask, used = 0;
	struct extent table;

	if (!content_table_begin(content, checkpoint->sections.count + 1, &table, &mask))
		return false;
	for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section)) {
		if (section->slot == CONTENT_NO_SLOT)
			continue;
		section->slot = content_slot_copy(content, table, mask, section->slot, section->by_hash.hash);
		used++;
	}
	content_table_end(content, table, mask, used);
	return true;
}

static bool slot_take(struct checkpoint *checkpoint, struct section *section)
{
	if (content_wants_table(&checkpoint->content) && !table_grow(checkpoint))
		return false;
	section->slot = content_slot_take(&checkpoint->content, section->by_hash.hash);
	return true;
}

static void slot_give(struct checkpoint *checkpoint, struct section *section)
{
	if (section->slot != CONTENT_NO_SLOT)
		content_slot_free(&checkpoint->content, section->slot);
	section->slot = CONTENT_NO_SLOT;
}

bool section_show(const struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	if (!section->present || !checkpoint->here || !lies_somewhere(section))
		return true;
	if (section->slot == CONTENT_NO_SLOT && !slot_take(checkpoint, section))
		return false;
	struct image_slot *slot = content_slot(&checkpoint->content, section->slot);
	image_record_set(state->host, content_bytes(&checkpoint->content, section->extent), section->size, state->index);
	image_slot_set(state->host, slot, place_of(section));
	image_show(state->host, slot);
	section->hidden = false;
	return true;
}

/* --- What the operations do. --- */

static struct section *section_new(struct ckpt_state *state, struct checkpoint *checkpoint, struct bytes id)
{
	struct section *section = calloc(1, sizeof(*section) + id.size);

	if (section == NULL)
		return NULL;
	section->id_size = (uint16_t)id.size;
	section->slot = CONTENT_NO_SLOT;
	if (id.size > 0)
		memcpy(section->id, id.data, id.size);
	if (!hash_table_insert(&checkpoint->section_table, &section->by_hash, digest_bytes(0, id))) {
		free(section);
		return NULL;
	}
	tree_insert(&checkpoint->sections, &section->by_id, &id);
	section->present = true;
	state->charge += section_charge(id, 0);
	state->directory_size += section_directory_size(id);
	checkpoint->ids_size += id.size;
	return section;
}

static void due_drop(struct ckpt_state *state, struct section *section)
{
	if (section->due == NULL)
		return;
	ckpt_state_due_remove(state, section->due);
	free(section->due);
	section->due = NULL;
}

static bool expiry_change(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, int64_t expiry_ns)
{
	due_drop(state, section);
	if (expiry_ns == SA_TIME_END)
		return true;
	section->due = malloc(sizeof(*section->due));
	if (section->due == NULL)
		return false;
	*section->due = (struct ckpt_due){.due_ns = expiry_ns, .checkpoint = checkpoint, .section = section};
	ckpt_state_due_add(state, section->due);
	return true;
}

struct section *section_add(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct bytes id,
                            int64_t expiry_ns)
{
	struct section *section = section_new(state, checkpoint, id);

	if (section == NULL)
		return NULL;
	section->last_update_ns = at->clock_ns;
	section_touch(checkpoint, at, section);
	checkpoint->listed = at->position;
	const bool done = expiry_change(state, checkpoint, section, expiry_ns);
	section_rehash(state, checkpoint, section);
	return done ? section : NULL;
}

struct section *section_restore(struct ckpt_state *state, struct checkpoint *checkpoint, struct bytes id, int64_t expiry_ns,
                                int64_t last_update_ns, struct position changed, uint64_t size)
{
	struct section *section = section_find(checkpoint, id) != NULL ? NULL : section_new(state, checkpoint, id);

	if (section == NULL)
		return NULL;
	section->last_update_ns = last_update_ns;
	changed_set(section, changed);
	section_size_set(state, checkpoint, section, size);
	section_present_set(state, checkpoint, section, size == 0);
	const bool done = expiry_change(state, checkpoint, section, expiry_ns);
	section_rehash(state, checkpoint, section);
	return done ? section : NULL;
}

void section_remove(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	section_patches_drop(state, section);
	due_drop(state, section);
	slot_give(checkpoint, section);
	section_present_set(state, checkpoint, section, true);
	state->directory_digest -= section->digest;
	content_digest_add(state, checkpoint, section, -section->content_digest);
	section_size_set(state, checkpoint, section, 0);
	state->charge -= section_charge(section_id(section), 0);
	state->directory_size -= section_directory_size(section_id(section));
	checkpoint->ids_size -= section->id_size;
	hash_table_remove(&checkpoint->section_table, &section->by_hash);
	tree_remove(&checkpoint->sections, &section->by_id);
	release(checkpoint, section);
	free(section);
}

bool section_expiry_set(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                        int64_t expiry_ns)
{
	section_touch(checkpoint, at, section);
	const bool done = expiry_change(state, checkpoint, section, expiry_ns);
	section_rehash(state, checkpoint, section);
	return done;
}

/* On a node that does not hold the checkpoint: the directory alone. */
static void changed_elsewhere(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                              uint64_t size)
{
	section_size_set(state, checkpoint, section, size);
	section_present_set(state, checkpoint, section, size == 0);
	section->last_update_ns = at->clock_ns;
	section_touch(checkpoint, at, section);
	section_rehash(state, checkpoint, section);
}

void section_drop(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	section_patches_drop(state, section);
	content_digest_add(state, checkpoint, section, -section->content_digest);
	section->extent = (struct extent){0};
	section->slot = CONTENT_NO_SLOT;
	section_present_set(state, checkpoint, section, section->size == 0);
}

/* An absent section becomes present: nothing of what is on its way counts any more. */
bool section_overwrite(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                       struct bytes data)
{
	section_patches_drop(state, section);
	if (!checkpoint->here) {
		changed_elsewhere(state, checkpoint, at, section, data.size);
		return true;
	}
	section_hide(state, checkpoint, section);
	if (!reserve(checkpoint, section, data.size, 0))
		return false;
	if (data.size > 0)
		image_put(state->host, content_at(checkpoint, section), data);
	section_size_set(state, checkpoint, section, data.size);
	section_present_set(state, checkpoint, section, true);
	content_rehash(state, checkpoint, section);
	section->last_update_ns = at->clock_ns;
	section_touch(checkpoint, at, section);
	section_rehash(state, checkpoint, section);
	return section_show(state, checkpoint, section);
}

/* Copies into the content's `*size` bytes, which grow; a gap becomes zeros. One that grows gets an eighth of slack. */
static bool content_put(struct checkpoint *checkpoint, struct section *section, uint64_t *size, uint64_t offset, struct bytes data)
{
	const uint64_t end = offset + data.size;

	const struct host *host = checkpoint->content.host;
	if (image_head_size(section->id_size) + end > section->extent.capacity &&
	    !reserve(checkpoint, section, *size > 0 ? end + end / 8 : end, *size))
		return false;
	uint8_t *bytes = content_at(checkpoint, section);
	if (offset > *size)
		image_zero(host, bytes + *size, offset - *size);
	image_put(host, bytes + offset, data);
	if (end > *size)
		*size = end;
	return true;
}

static bool content_write(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, uint64_t offset,
                          struct bytes data)
{
	const uint64_t end = offset + data.size;
	const uint64_t from = offset < section->size ? offset : section->size; /* the old tail's block changes when the section grows */
	uint64_t size = section->size;

	/* The last old byte's block: growing changes it even where nothing is written into it. */
	const uint64_t first = from == section->size && from > 0 ? from - 1 : from;
	const uint64_t before = blocks_digest(checkpoint, section, size, first, end);
	if (!content_put(checkpoint, section, &size, offset, data))
		return false;
	content_digest_add(state, checkpoint, section, blocks_digest(checkpoint, section, size, first, end) - before);
	return true;
}

static bool patches_begin(struct ckpt_state *state, struct section *section)
{
	struct section_patches *patches = malloc(sizeof(*patches));

	if (patches == NULL)
		return false;
	*patches = (struct section_patches){.section = section, .last = &patches->first};
	list_append(&state->range.patched, &patches->entry);
	section->patches = patches;
	section->patched = true;
	return true;
}

static bool patch_keep(struct ckpt_state *state, struct section *section, uint64_t offset, struct bytes data)
{
	struct section_patch *patch = malloc(sizeof(*patch) + data.size);

	if (patch == NULL)
		return false;
	if (!section->patched && !patches_begin(state, section)) {
		free(patch);
		return false;
	}
	patch->next = NULL;
	patch->offset = offset;
	patch->size = data.size;
	memcpy(patch->data, data.data, data.size);
	*section->patches->last = patch;
	section->patches->last = &patch->next;
	state->range.kept += data.size + PATCH_OVERHEAD;
	return true;
}

/* Out of the section, whose bytes may be put somewhere now. NULL: there are none. */
static struct section_patches *patches_take(struct section *section)
{
	struct section_patches *patches = section->patched ? section->patches : NULL;

	if (section->patched)
		section->extent = (struct extent){0};
	section->patched = false;
	return patches;
}

static void patches_free(struct ckpt_state *state, struct section_patches *patches)
{
	if (patches == NULL)
		return;
	for (struct section_patch *patch = patches->first, *next; patch != NULL; patch = next) {
		next = patch->next;
		state->range.kept -= patch->size + PATCH_OVERHEAD;
		free(patch);
	}
	list_remove(&patches->entry);
	free(patches);
}

void section_patches_drop(struct ckpt_state *state, struct section *section)
{
	patches_free(state, patches_take(section));
}

bool section_write(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                   uint64_t offset, struct bytes data)
{
	const uint64_t end = offset + data.size;

	if (data.size == 0)
		return true;
	if (!checkpoint->here) {
		changed_elsewhere(state, checkpoint, at, section, end > section->size ? end : section->size);
		return true;
	}
	section_hide(state, checkpoint, section);
	if (section->present && !content_write(state, checkpoint, section, offset, data))
		return false;
	if (!section->present && ckpt_range_covers(state, checkpoint, section) && !patch_keep(state, section, offset, data))
		return false;
	if (end > section->size)
		section_size_set(state, checkpoint, section, end);
	section->last_update_ns = at->clock_ns;
	section_touch(checkpoint, at, section);
	section_rehash(state, checkpoint, section);
	return true;
}

bool section_install(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, struct bytes copy)
{
	struct section_patches *patches = patches_take(section);
	uint64_t size = 0;
	section_hide(state, checkpoint, section);
	bool done = copy.size <= section->size && reserve(checkpoint, section, section->size, 0);

	if (done && copy.size > 0)
		done = content_put(checkpoint, section, &size, 0, copy);
	for (struct section_patch *patch = patches == NULL ? NULL : patches->first; done && patch != NULL; patch = patch->next)
		done = content_put(checkpoint, section, &size, patch->offset, bytes_of(patch->data, patch->size));
	patches_free(state, patches);
	if (!done || size != section->size) {
		release(checkpoint, section);
		return false;
	}
	section_present_set(state, checkpoint, section, true);
	content_rehash(state, checkpoint, section);
	return section_show(state, checkpoint, section);
}

bool section_give_up(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section)
{
	section_patches_drop(state, section);
	section_hide(state, checkpoint, section);
	if (!reserve(checkpoint, section, section->size, 0))
		return false;
	if (section->size > 0)
		image_zero(state->host, content_at(checkpoint, section), section->size);
	section_present_set(state, checkpoint, section, true);
	content_rehash(state, checkpoint, section);
	return section_show(state, checkpoint, section);
}
