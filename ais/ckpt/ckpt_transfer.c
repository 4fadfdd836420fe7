/* The way of the state to a joiner: the directory whole, then the content in ranges of key order (R21). A key is a checkpoint's identity
 * and a section's id; a range begins with its key and goes on until it holds about size_max bytes. Joiner and donor both find the range's
 * end by themselves at the same position of the total order, where their directories are equal. */
#include <stdlib.h>

#include "ckpt_placement.h"
#include "ckpt_state.h"

/* --- The directory. --- */

static void section_encode(struct wire_writer *out, const struct section *section)
{
	wire_put_bytes(out, section_id(section));
	wire_put_i64(out, section_expiry_ns(section));
	wire_put_i64(out, section->last_update_ns);
	position_encode(out, section_changed(section));
	wire_put_u64(out, section->size);
}

void ckpt_sections_encode(struct wire_writer *out, const struct checkpoint *checkpoint)
{
	wire_put_u32(out, (uint32_t)checkpoint->sections.count);
	for (const struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
		section_encode(out, section);
}

static bool section_decode(struct wire_reader *in, struct ckpt_state *state, struct checkpoint *checkpoint)
{
	const struct bytes id = wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX);
	const int64_t expiry_ns = wire_get_i64(in);
	const int64_t last_update_ns = wire_get_i64(in);
	const struct position changed = position_decode(in);
	const uint64_t size = wire_get_u64(in);

	if (in->failed || section_charge(id, size) > state->limits.charge_max - state->charge)
		return false;
	return section_restore(state, checkpoint, id, expiry_ns, last_update_ns, changed, size) != NULL;
}

static void checkpoint_encode(struct wire_writer *out, const struct checkpoint *checkpoint)
{
	identity_encode(out, checkpoint->identity);
	wire_put_bytes(out, checkpoint_name(checkpoint));
	wire_put_bool(out, checkpoint->unlinked);
	ckpt_attributes_encode(out, &checkpoint->attributes);
	wire_put_u32(out, checkpoint->replicas_wanted);
	placement_encode(out, checkpoint);
	wire_put_i64(out, checkpoint->retention_ns);
	wire_put_u8(out, (uint8_t)checkpoint->retention);
	wire_put_i64(out, checkpoint->due.due_ns);
	position_encode(out, checkpoint->closed);
	wire_put_u32(out, checkpoint->active_node);
	wire_put_u64(out, checkpoint->active_incarnation);
	position_encode(out, checkpoint->active_since);
	wire_put_u64(out, checkpoint->generated);
	position_encode(out, checkpoint->listed);
	position_encode(out, checkpoint->changed);
	ring_id_encode(out, checkpoint->lost);
	ckpt_sections_encode(out, checkpoint);
}

static bool checkpoint_is_new(const struct ckpt_state *state, struct identity identity, struct bytes name, bool unlinked)
{
	return name.size > 0 && checkpoint_find(state, identity) == NULL &&
	       (unlinked || checkpoint_find_linked(state, name) == NULL);
}

static bool checkpoint_decode(struct wire_reader *in, struct ckpt_state *state)
{
	const struct identity identity = identity_decode(in);
	const struct bytes name = wire_get_bytes(in, CKPT_NAME_SIZE_MAX);
	const bool unlinked = wire_get_bool(in);
	const struct ckpt_attributes attributes = ckpt_attributes_decode(in);
	const uint32_t replicas_wanted = wire_get_u32(in);
	if (in->failed || !checkpoint_is_new(state, identity, name, unlinked) || !ckpt_attributes_are_valid(&attributes))
		return false;
	struct checkpoint *checkpoint = checkpoint_add(state, identity, name, unlinked, &attributes, replicas_wanted);
	if (checkpoint == NULL || !placement_decode(in, state, checkpoint))
		return false;
	placement_here_check(state, checkpoint);

	checkpoint->retention_ns = wire_get_i64(in);
	const uint8_t retention = wire_get_u8(in);
	const int64_t due_ns = wire_get_i64(in);
	if (retention > RETENTION_RUNNING)
		return false;
	checkpoint_due_set(state, checkpoint, retention, due_ns);
	checkpoint->closed = position_decode(in);
	checkpoint->active_node = wire_get_u32(in);
	checkpoint->active_incarnation = wire_get_u64(in);
	checkpoint->active_since = position_decode(in);
	checkpoint->generated = wire_get_u64(in);
	checkpoint->listed = position_decode(in);
	checkpoint->changed = position_decode(in);
	checkpoint_lost_set(state, checkpoint, ring_id_decode(in));
	const uint32_t section_count = wire_get_count(in, 52, UINT32_MAX);
	for (uint32_t i = 0; i < section_count; i++) {
		if (!section_decode(in, state, checkpoint))
			return false;
	}
	placement_whole_check(state, checkpoint);
	checkpoint_rehash(state, checkpoint);
	return !in->failed;
}

static bool opened_decode(struct wire_reader *in, struct ckpt_state *state)
{
	const struct requester client = requester_decode(in);
	const struct identity identity = identity_decode(in);
	const uint32_t flags = wire_get_u32(in);
	struct checkpoint *checkpoint = checkpoint_find(state, identity);

	return !in->failed && checkpoint != NULL && placement_reopened(checkpoint, client) &&
	       ckpt_opened_add(state, client, client.call, checkpoint, flags) != NULL;
}

void ckpt_state_directory_encode(const void *context, struct wire_writer *out)
{
	const struct ckpt_state *state = context;

	wire_put_format(out, CKPT_RING_FORMAT);
	wire_put_u64(out, state->limits.charge_max);
	wire_put_u64(out, state->limits.section_size_max);
	wire_put_u64(out, state->limits.directory_size_max);
	wire_put_u32(out, state->limits.checkpoint_count_max);
	wire_put_u32(out, state->limits.open_count_max);
	position_encode(out, state->listed);
	placement_members_encode(out, state);
	wire_put_u32(out, (uint32_t)state->checkpoints.count);
	for (const struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint))
		checkpoint_encode(out, checkpoint);
	wire_put_u32(out, (uint32_t)state->opens.count);
	for (const struct tree_node *node = tree_first(&state->opens); node != NULL; node = tree_next(node)) {
		const struct ckpt_opened *opened = ckpt_opened_of_node(node);

		requester_encode(out, opened->client);
		identity_encode(out, opened->checkpoint->identity);
		wire_put_u32(out, opened->flags);
	}
}

/* All that came is as one change, the last of them. */
static struct position last_change(const struct ckpt_state *state)
{
	struct position last = state->listed;

	for (const struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (position_compare(checkpoint->changed, last) > 0)
			last = checkpoint->changed;
	}
	return last;
}

bool ckpt_state_directory_decode(void *context, struct wire_reader *in)
{
	struct ckpt_state *state = context;

	wire_get_format_of(in, CKPT_RING_FORMAT);
	state->limits.charge_max = wire_get_u64(in);
	state->limits.section_size_max = wire_get_u64(in);
	state->limits.directory_size_max = wire_get_u64(in);
	state->limits.checkpoint_count_max = wire_get_u32(in);
	state->limits.open_count_max = wire_get_u32(in);
	state->listed = position_decode(in);
	if (!placement_members_decode(in, state))
		return false;
	const uint32_t checkpoint_count = wire_get_count(in, 243, state->limits.checkpoint_count_max);
	for (uint32_t i = 0; i < checkpoint_count; i++) {
		if (!checkpoint_decode(in, state))
			return false;
	}
	const uint32_t open_count = wire_get_count(in, 56, state->limits.open_count_max);
	for (uint32_t i = 0; i < open_count; i++) {
		if (!opened_decode(in, state))
			return false;
	}
	if (!wire_finish(in))
		return false;
	ckpt_state_changed(state, last_change(state));
	return true;
}

/* --- Ranges. --- */

/* A place in the key order: a section of a checkpoint. `checkpoint` NULL: behind the last. */
struct cursor {
	struct checkpoint *checkpoint;
	struct section *section;
};

/* From `checkpoint` on, the first that has sections. */
static struct cursor first_from(struct checkpoint *checkpoint)
{
	while (checkpoint != NULL && checkpoint->sections.count == 0)
		checkpoint = checkpoint_next(checkpoint);
	return (struct cursor){.checkpoint = checkpoint, .section = checkpoint == NULL ? NULL : section_first(checkpoint)};
}

static struct cursor cursor_at(const struct ckpt_state *state, struct identity identity, struct bytes id)
{
	struct checkpoint *checkpoint = checkpoint_find(state, identity);

	if (checkpoint == NULL)
		return first_from(checkpoint_of_node(tree_find_after(&state->checkpoints, &identity)));
	struct section *section = section_find_from(checkpoint, id);
	if (section == NULL)
		return first_from(checkpoint_next(checkpoint));
	return (struct cursor){.checkpoint = checkpoint, .section = section};
}

static struct cursor cursor_next(struct cursor cursor)
{
	cursor.section = section_next(cursor.section);
	return cursor.section != NULL ? cursor : first_from(checkpoint_next(cursor.checkpoint));
}

static int key_compare(struct identity a_checkpoint, struct bytes a_id, struct identity b_checkpoint, struct bytes b_id)
{
	const int by_checkpoint = identity_compare(a_checkpoint, b_checkpoint);

	return by_checkpoint != 0 ? by_checkpoint : bytes_compare(a_id, b_id);
}

/* False: not a key of ours. An empty one is the beginning. */
static bool range_begin(const struct ckpt_state *state, const struct service_range *range, struct cursor *cursor)
{
	struct wire_reader in = wire_reader_of(range->after);

	if (range->after.size == 0) {
		*cursor = first_from(checkpoint_first(state));
		return true;
	}
	const struct identity identity = identity_decode(&in);
	const struct bytes id = wire_get_rest(&in);
	*cursor = cursor_at(state, identity, id);
	return !in.failed;
}

/* What a section takes of a range's size. */
static uint64_t range_weight(const struct section *section)
{
	return section->size + section->id_size + 64;
}

static void range_clear(struct ckpt_state *state)
{
	while (!list_is_empty(&state->range.patched)) {
		struct section_patches *patches = container_of(state->range.patched.next, struct section_patches, entry);

		section_patches_drop(state, patches->section);
	}
	free((void *)state->range.from_id.data);
	free((void *)state->range.to_id.data);
	state->range.from_id = state->range.to_id = (struct bytes){0};
	state->range.is_open = state->range.is_begun = state->range.is_broken = false;
}

static bool bytes_copy(struct bytes *copy, struct bytes original)
{
	uint8_t *data = malloc(original.size + 1);

	if (data == NULL)
		return false;
	if (original.size > 0)
		memcpy(data, original.data, original.size);
	*copy = bytes_of(data, original.size);
	return true;
}

/* Something of it is to be pulled. */
static bool is_wanted(const struct checkpoint *checkpoint)
{
	return checkpoint->here && checkpoint->absent_count > 0 && ring_id_is_none(checkpoint->lost);
}

/* A range goes on from the one section to the other: what has a list of its own is asked for by itself, since others hold it. */
static bool range_goes_on(struct cursor from, struct cursor to)
{
	return to.checkpoint == from.checkpoint || from.checkpoint == NULL ||
	       (to.checkpoint != NULL && !placement_is_listed(from.checkpoint) && !placement_is_listed(to.checkpoint));
}

/* From the cursor on the first section that is to be pulled, of checkpoints with a list of replicas or of those without. */
static struct cursor wanted_from(struct cursor cursor, bool listed)
{
	while (cursor.checkpoint != NULL) {
		const bool is_looked_at = is_wanted(cursor.checkpoint) && placement_is_listed(cursor.checkpoint) == listed;

		if (is_looked_at && !cursor.section->present)
			break;
		cursor = is_looked_at ? cursor_next(cursor) : first_from(checkpoint_next(cursor.checkpoint));
	}
	return cursor;
}

/* The search goes on where it ended, since mostly nothing is absent before that; at the end it looks at all once more. */
static struct cursor wanted_next(const struct ckpt_state *state, bool listed)
{
	const struct service_range before = {.after = wire_writer_bytes(state->range_key)};
	struct cursor cursor = {0};

	if (range_begin(state, &before, &cursor))
		cursor = wanted_from(cursor, listed);
	if (cursor.checkpoint == NULL && before.after.size > 0)
		cursor = wanted_from(first_from(checkpoint_first(state)), listed);
	return cursor;
}

/* What is on all nodes comes first: until all of it is here this node is no replica of any of it. */
bool ckpt_state_range_next(const void *context, struct service_range *range)
{
	const struct ckpt_state *state = context;

	if (state->absent_count == 0)
		return false;
	struct cursor cursor = wanted_next(state, false);
	if (cursor.checkpoint == NULL && state->listed_count > 0)
		cursor = wanted_next(state, true);
	if (cursor.checkpoint == NULL)
		return false;
	wire_writer_reset(state->range_key);
	identity_encode(state->range_key, cursor.checkpoint->identity);
	wire_put_raw(state->range_key, cursor.section->id, cursor.section->id_size);
	range->after = wire_writer_bytes(state->range_key);
	range->object = bytes_of(cursor.checkpoint->key, sizeof(cursor.checkpoint->key));
	range->listed = placement_is_listed(cursor.checkpoint);
	return !state->range_key->failed;
}

void ckpt_state_range_open(void *context, const struct service_range *range)
{
	struct ckpt_state *state = context;
	struct cursor cursor, last = {0};
	uint64_t weight = 0;

	range_clear(state);
	state->range.is_void = false;
	if (!range_begin(state, range, &cursor) || cursor.checkpoint == NULL)
		return;
	state->range.from_checkpoint = cursor.checkpoint->identity;
	if (!bytes_copy(&state->range.from_id, section_id(cursor.section)))
		return; /* what is written meanwhile is then missing, and the install says so */
	for (; cursor.checkpoint != NULL && range_goes_on(last, cursor) && (weight == 0 || weight < range->size_max);
	     cursor = cursor_next(cursor)) {
		weight += range_weight(cursor.section);
		last = cursor;
	}
	state->range.to_checkpoint = last.checkpoint->identity;
	state->range.is_open = bytes_copy(&state->range.to_id, section_id(last.section));
}

size_t ckpt_state_range_kept(const void *context)
{
	return ((const struct ckpt_state *)context)->range.kept;
}

void ckpt_state_range_drop(void *context)
{
	range_clear(context);
}

void ckpt_range_void(struct ckpt_state *state, struct identity checkpoint)
{
	if (!state->range.is_open || !identity_equal(state->range.from_checkpoint, checkpoint))
		return;
	range_clear(state);
	state->range.is_void = true;
}

bool ckpt_range_covers(const struct ckpt_state *state, const struct checkpoint *checkpoint, const struct section *section)
{
	const struct ckpt_range *range = &state->range;
	const struct bytes id = section_id(section);

	return range->is_open && key_compare(checkpoint->identity, id, range->from_checkpoint, range->from_id) >= 0 &&
	       key_compare(checkpoint->identity, id, range->to_checkpoint, range->to_id) <= 0;
}

bool ckpt_state_range_copy(const void *context, const struct service_range *range, struct wire_writer *out)
{
	const struct ckpt_state *state = context;
	const size_t head = out->size + 2;
	struct cursor cursor, last = {0};
	uint64_t weight = 0;
	uint32_t count = 0;

	if (!range_begin(state, range, &cursor))
		return false;
	wire_put_format(out, CKPT_RING_FORMAT);
	wire_put_u32(out, 0);
	for (; cursor.checkpoint != NULL && range_goes_on(last, cursor) && (weight == 0 || weight < range->size_max);
	     cursor = cursor_next(cursor)) {
		if (!cursor.section->present || !cursor.checkpoint->here)
			break;
		last = cursor;
		identity_encode(out, cursor.checkpoint->identity);
		wire_put_bytes(out, section_id(cursor.section));
		wire_put_bytes(out, section_content(cursor.checkpoint, cursor.section));
		weight += range_weight(cursor.section);
		count++;
	}
	wire_set_u32(out, head, count);
	return !out->failed && (count > 0 || cursor.checkpoint == NULL);
}

struct copied {
	struct identity checkpoint;
	struct bytes id, content;
};

static bool copied_decode(struct wire_reader *in, struct copied *copied)
{
	copied->checkpoint = identity_decode(in);
	copied->id = wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX);
	copied->content = wire_get_bytes(in, UINT32_MAX);
	return !in->failed;
}

/* What was overwritten, created anew or deleted since the copy was made is newer than the copy. */
static bool copied_install(struct ckpt_state *state, const struct copied *copied)
{
	struct checkpoint *checkpoint = checkpoint_find(state, copied->checkpoint);
	struct section *section = checkpoint == NULL ? NULL : section_find(checkpoint, copied->id);

	if (section == NULL || section->present || !checkpoint->here)
		return true; /* nor is it wanted where its checkpoint is not any more */
	return ckpt_range_covers(state, checkpoint, section) && section_install(state, checkpoint, section, copied->content);
}

/* False: more has to come first. */
static bool copy_begin(struct ckpt_range *range, struct wire_reader *in)
{
	if (range->is_begun)
		return true;
	if (in->left < 2 + 4)
		return false;
	wire_get_format_of(in, CKPT_RING_FORMAT);
	range->left = wire_get_u32(in);
	range->is_broken = in->failed;
	range->is_begun = true;
	return true;
}

/* The next section, if all of it came. */
static bool copy_next(struct ckpt_state *state, struct wire_reader *in)
{
	struct ckpt_range *range = &state->range;
	struct copied copied;
	struct wire_reader ahead = *in;

	if (range->is_broken || range->left == 0 || !copied_decode(&ahead, &copied))
		return false;
	*in = ahead;
	range->left--;
	range->is_broken = !copied_install(state, &copied);
	return true;
}

size_t ckpt_state_range_part(void *context, struct bytes came, size_t most)
{
	struct ckpt_state *state = context;
	struct wire_reader in = wire_reader_of(came);

	if (state->range.is_void)
		return came.size;
	if (copy_begin(&state->range, &in))
		while (came.size - in.left < most && copy_next(state, &in))
			;
	return came.size - in.left;
}

bool ckpt_state_range_install(void *context, const struct service_range *range, struct wire_reader *in)
{
	struct ckpt_state *state = context;

	(void)range; /* the one that is open */
	if (state->range.is_void)
		return true;
	const bool is_begun = copy_begin(&state->range, in);
	while (is_begun && copy_next(state, in))
		;
	const bool is_done = is_begun && !state->range.is_broken && state->range.left == 0;
	range_clear(state);
	return is_done && wire_finish(in);
}
