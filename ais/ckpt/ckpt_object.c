/* R19 for checkpoints: an object is a checkpoint, its key the checkpoint's identity. What is restored are its sections, as an older state
 * knew them; name, attributes, opens and retention are the directory's and stay. Not here: when any of this is asked for
 * (core/engine/engine_objects.c). */
#include "ckpt_placement.h"
#include "ckpt_state.h"
#include "saCkpt.h"

static struct checkpoint *checkpoint_of_key(const struct ckpt_state *state, struct bytes key)
{
	struct wire_reader in = wire_reader_of(key);
	const struct identity identity = identity_decode(&in);

	return wire_finish(&in) ? checkpoint_find(state, identity) : NULL;
}

static uint64_t size_lacking(const struct checkpoint *checkpoint)
{
	uint64_t size = 0;

	if (checkpoint->absent_count == 0 || !checkpoint->here)
		return 0;
	for (const struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
		size += section->present ? 0 : section->size;
	return size;
}

static struct service_object object_of(const struct checkpoint *checkpoint)
{
	return (struct service_object){
		.key = bytes_of(checkpoint->key, sizeof(checkpoint->key)), .name = checkpoint_name(checkpoint),
		.lacking = size_lacking(checkpoint), .complete = placement_is_whole_here(checkpoint) && !checkpoint_is_lost(checkpoint),
		.lost = checkpoint->lost, .elsewhere = !checkpoint->here, .listed = placement_is_listed(checkpoint),
	};
}

bool ckpt_state_object_find(const void *context, struct bytes key, struct service_object *object)
{
	const struct checkpoint *checkpoint = checkpoint_of_key(context, key);

	if (checkpoint == NULL)
		return false;
	*object = object_of(checkpoint);
	return true;
}

bool ckpt_state_object_next(const void *context, struct bytes key, struct service_object *object)
{
	const struct ckpt_state *state = context;
	struct wire_reader in = wire_reader_of(key);
	const struct checkpoint *checkpoint = checkpoint_first(state);

	if (key.size > 0) {
		const struct identity identity = identity_decode(&in);

		checkpoint = in.failed ? NULL : checkpoint_of_node(tree_find_after(&state->checkpoints, &identity));
	}
	if (checkpoint == NULL)
		return false;
	*object = object_of(checkpoint);
	return true;
}

/* An older state's opens are nobody's. */
void ckpt_state_object_forget(void *context, struct bytes key)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = checkpoint_of_key(state, key);

	for (struct ckpt_opened *opened; (opened = ckpt_opened_of_node(tree_first(&state->opens))) != NULL;)
		ckpt_opened_remove(state, opened);
	if (checkpoint != NULL)
		checkpoint_remove(state, checkpoint);
}

/* One without a byte is nothing that anybody could lack. */
void ckpt_state_objects_lost(void *context, struct ring_id since)
{
	struct ckpt_state *state = context;

	for (struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (checkpoint_is_lost(checkpoint) || checkpoint->memory_used == 0 || placement_is_listed(checkpoint))
			continue; /* whose replicas are listed is lost when the last of them is */
		checkpoint_lost_set(state, checkpoint, since);
		checkpoint_rehash(state, checkpoint);
	}
}

void ckpt_state_object_encode(const void *context, struct bytes key, struct wire_writer *out)
{
	const struct checkpoint *checkpoint = checkpoint_of_key(context, key);

	wire_put_format(out, CKPT_RING_FORMAT);
	if (checkpoint != NULL)
		ckpt_sections_encode(out, checkpoint);
}

/* A section as the directory has it. */
struct section_entry {
	struct bytes id;
	int64_t expiry_ns, last_update_ns;
	struct position changed;
	uint64_t size;
};

static bool entry_decode(struct wire_reader *in, struct section_entry *entry)
{
	entry->id = wire_get_bytes(in, CKPT_SECTION_ID_SIZE_MAX);
	entry->expiry_ns = wire_get_i64(in);
	entry->last_update_ns = wire_get_i64(in);
	entry->changed = position_decode(in);
	entry->size = wire_get_u64(in);
	return !in->failed;
}

/* Ids ascend, and what comes fits in the place of what goes. `in` is a copy: nothing is changed until all is known to be good. */
static bool entries_fit(const struct ckpt_state *state, const struct checkpoint *checkpoint, struct wire_reader in)
{
	const uint32_t count = wire_get_count(&in, 52, UINT32_MAX);
	uint64_t charge_left = state->limits.charge_max - state->charge;
	uint64_t size_left = state->limits.directory_size_max - state->directory_size;
	struct section_entry entry, before = {0};

	for (const struct section *section = section_first(checkpoint); section != NULL; section = section_next(section)) {
		charge_left += section_charge(section_id(section), section->size);
		size_left += section_directory_size(section_id(section));
	}
	for (uint32_t i = 0; i < count; i++, before = entry) {
		if (!entry_decode(&in, &entry) || (i > 0 && bytes_compare(before.id, entry.id) >= 0))
			return false;
		if (entry.size > state->limits.section_size_max || section_charge(entry.id, entry.size) > charge_left ||
		    section_directory_size(entry.id) > size_left)
			return false;
		charge_left -= section_charge(entry.id, entry.size);
		size_left -= section_directory_size(entry.id);
	}
	return wire_finish(&in);
}

static bool content_take(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section,
                         const struct checkpoint *older)
{
	const struct section *source = section->present ? NULL : section_find(older, section_id(section));

	return section->present ||
	       (source != NULL && section_install(state, checkpoint, section, section_content(older, source)));
}

static bool sections_restore(struct ckpt_state *state, struct checkpoint *checkpoint, struct wire_reader *in,
                             const struct checkpoint *older, struct effects *effects)
{
	const uint32_t count = wire_get_count(in, 52, UINT32_MAX);
	struct section_entry entry;

	for (struct section *section; (section = section_first(checkpoint)) != NULL;)
		section_remove(state, checkpoint, section);
	for (uint32_t i = 0; i < count && entry_decode(in, &entry); i++) {
		struct section *section = section_restore(state, checkpoint, entry.id, entry.expiry_ns, entry.last_update_ns,
		                                          entry.changed, entry.size);

		if (section == NULL || (older != NULL && !content_take(state, checkpoint, section, older)))
			return false;
		if (entry.expiry_ns != SA_TIME_END)
			effects_due(effects, entry.expiry_ns < SA_TIME_BEGIN ? SA_TIME_BEGIN : entry.expiry_ns);
	}
	return true;
}

/* The active replica was lost with all others: what it had answered may be gone (CKPT-135). */
static void role_end(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	const bool is_kept = !checkpoint_is_collocated(checkpoint); /* the service's choice may be the same again */

	if (checkpoint_is_asynchronous(checkpoint) && placement_is_listed(checkpoint) && is_kept)
		placement_role_move(state, at, checkpoint);
	else if (checkpoint_is_asynchronous(checkpoint))
		checkpoint_active_set(state, at, checkpoint, is_kept ? checkpoint->active_node : 0,
		                      is_kept ? checkpoint->active_incarnation : 0);
}

bool ckpt_state_object_restore(void *context, const struct at *at, struct bytes key, struct wire_reader *in, const void *older,
                               struct effects *effects)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = checkpoint_of_key(state, key);
	const struct checkpoint *source = older == NULL ? NULL : checkpoint_of_key(older, key);

	wire_get_format_of(in, CKPT_RING_FORMAT);
	if (in->failed || checkpoint == NULL || !entries_fit(state, checkpoint, *in))
		return false;
	ckpt_state_changed(state, at->position);
	effects->failed |= !placement_restored(state, at, checkpoint);
	placement_written(checkpoint, at);
	if (!sections_restore(state, checkpoint, in, source, effects))
		effects->failed = true;
	checkpoint_lost_set(state, checkpoint, (struct ring_id){0});
	checkpoint->listed = checkpoint->changed = at->position;
	effects->failed |= !placement_settle(state, checkpoint);
	role_end(state, at, checkpoint);
	checkpoint_rehash(state, checkpoint);
	wire_writer_reset(state->range_key); /* something is absent that was not before */
	return true;
}

void ckpt_state_object_give_up(void *context, const struct at *at, struct bytes key, struct effects *effects)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = checkpoint_of_key(state, key);

	if (checkpoint == NULL)
		return;
	ckpt_state_changed(state, at->position);
	effects->failed |= !placement_given_up(state, at, checkpoint);
	for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
		effects->failed |= checkpoint->here && !section->present && !section_give_up(state, checkpoint, section);
	checkpoint_lost_set(state, checkpoint, (struct ring_id){0});
	effects->failed |= !placement_settle(state, checkpoint);
	placement_written(checkpoint, at);
	checkpoint->changed = at->position;
	role_end(state, at, checkpoint);
	checkpoint_rehash(state, checkpoint);
}

/* --- Placement: what the engine asks of a checkpoint whose replicas are listed. --- */

void ckpt_state_self_set(void *context, uint32_t node, uint64_t incarnation)
{
	struct ckpt_state *state = context;

	state->self_node = node;
	state->self_incarnation = incarnation;
}

uint64_t ckpt_state_objects_lost_count(const void *context)
{
	return ((const struct ckpt_state *)context)->lost_count;
}

bool ckpt_state_objects_filling(const void *context)
{
	return ((const struct ckpt_state *)context)->filling_count > 0;
}

bool ckpt_state_objects_listed(const void *context)
{
	return ((const struct ckpt_state *)context)->listed_count > 0;
}

enum service_holding ckpt_state_object_holding(const void *context, struct bytes key, uint32_t node, uint64_t incarnation)
{
	const struct checkpoint *checkpoint = checkpoint_of_key(context, key);

	if (checkpoint == NULL)
		return HOLDING_NONE;
	if (!placement_is_listed(checkpoint))
		return HOLDING_ALL;
	const struct replica *replica = placement_replica(checkpoint, node, incarnation);
	return replica != NULL && replica->complete && !checkpoint_is_lost(checkpoint) ? HOLDING_COMPLETE : HOLDING_NONE;
}

/* One by one, so that memory holds no more than one of them twice. */
void ckpt_state_objects_keep(void *context, void *older)
{
	struct ckpt_state *state = context;
	struct ckpt_state *from = older;
	struct checkpoint *next;

	for (struct checkpoint *source = checkpoint_first(from); source != NULL; source = next) {
		struct checkpoint *checkpoint = checkpoint_find(state, source->identity);

		next = checkpoint_next(source);
		if (checkpoint == NULL || !placement_is_listed(checkpoint) || checkpoint_is_lost(checkpoint) ||
		    ckpt_state_object_holding(state, bytes_of(checkpoint->key, sizeof(checkpoint->key)), state->self_node,
		                              state->self_incarnation) != HOLDING_COMPLETE)
			continue;
		for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
			if (!content_take(state, checkpoint, section, source))
				return; /* no memory: what is absent is asked for, and the directory's word is kept by others */
		ckpt_state_object_forget(from, bytes_of(source->key, sizeof(source->key)));
	}
}

/* Every checkpoint with a list that has content has a holder whose state the view takes (R14). */
bool ckpt_state_objects_covered(const void *context, const struct service_view *view)
{
	const struct ckpt_state *state = context;
	const struct checkpoint *checkpoint = state->listed_count == 0 ? NULL : checkpoint_first(state);

	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		bool is_held = !placement_is_listed(checkpoint) || checkpoint->memory_used == 0 || checkpoint_is_lost(checkpoint);

		for (size_t i = 0; i < view->member_count && !is_held; i++) {
			const struct replica *replica =
				placement_replica(checkpoint, view->members[i].node, view->members[i].incarnation);

			is_held = view->members[i].holds && replica != NULL && replica->complete;
		}
		if (!is_held)
			return false;
	}
	return true;
}

/* R21: of what was on its way nothing is kept across a view; what came whole is to be said again. */
void ckpt_state_fill_anew(void *context)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = state->listed_count == 0 ? NULL : checkpoint_first(state);

	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (!placement_is_listed(checkpoint) || !checkpoint->here)
			continue;
		if (checkpoint->absent_count > 0)
			placement_drop(state, checkpoint);
		checkpoint->told_number = 0;
		placement_whole_check(state, checkpoint);
	}
	wire_writer_reset(state->range_key);
}

/* What came whole on this node and is not known to be; once. */
bool ckpt_state_fill_next(void *context, struct service_object *object)
{
	struct ckpt_state *state = context;

	if (list_is_empty(&state->whole))
		return false;
	struct checkpoint *checkpoint = container_of(state->whole.next, struct checkpoint, in_whole);
	*object = object_of(checkpoint);
	object->number = checkpoint->told_number = checkpoint->here_number;
	placement_whole_check(state, checkpoint);
	return true;
}

void ckpt_state_object_filled(void *context, const struct at *at, struct bytes key, uint64_t number, struct effects *effects)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = checkpoint_of_key(state, key);

	if (checkpoint == NULL)
		return;
	ckpt_state_changed(state, at->position);
	effects->failed |= !placement_filled(state, at, checkpoint, number);
}
