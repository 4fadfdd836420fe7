#include "ckpt_checkpoint.h"

#include <stdlib.h>

#include "ckpt_placement.h"
#include "ckpt_state.h"
#include "saCkpt.h"

enum { CHECKPOINT_DIRECTORY_SIZE = 242 }; /* encoded, its name excluded */

struct bytes checkpoint_name(const struct checkpoint *checkpoint)
{
	return bytes_of(checkpoint->name, checkpoint->name_size);
}

struct checkpoint *checkpoint_of_node(const struct tree_node *by_identity)
{
	return by_identity == NULL ? NULL : container_of(by_identity, struct checkpoint, by_identity);
}

struct checkpoint *checkpoint_find(const struct ckpt_state *state, struct identity identity)
{
	return checkpoint_of_node(tree_find(&state->checkpoints, &identity));
}

static bool has_name(const struct hash_node *node, const void *key)
{
	return bytes_equal(checkpoint_name(container_of(node, struct checkpoint, by_name)), *(const struct bytes *)key);
}

struct checkpoint *checkpoint_find_linked(const struct ckpt_state *state, struct bytes name)
{
	struct hash_node *node = hash_table_find(&state->names, digest_bytes(0, name), has_name, &name);

	return node == NULL ? NULL : container_of(node, struct checkpoint, by_name);
}

struct checkpoint *checkpoint_first(const struct ckpt_state *state)
{
	return checkpoint_of_node(tree_first(&state->checkpoints));
}

struct checkpoint *checkpoint_next(const struct checkpoint *checkpoint)
{
	return checkpoint_of_node(tree_next(&checkpoint->by_identity));
}

bool checkpoint_has_default_section(const struct checkpoint *checkpoint)
{
	return checkpoint->attributes.section_count_max == 1;
}

bool checkpoint_is_asynchronous(const struct checkpoint *checkpoint)
{
	return (checkpoint->attributes.creation_flags & SA_CKPT_WR_ALL_REPLICAS) == 0;
}

bool checkpoint_is_collocated(const struct checkpoint *checkpoint)
{
	return (checkpoint->attributes.creation_flags & SA_CKPT_CHECKPOINT_COLLOCATED) != 0;
}

bool checkpoint_is_lost(const struct checkpoint *checkpoint)
{
	return !ring_id_is_none(checkpoint->lost);
}

void checkpoint_lost_set(struct ckpt_state *state, struct checkpoint *checkpoint, struct ring_id since)
{
	state->lost_count -= checkpoint_is_lost(checkpoint);
	checkpoint->lost = since;
	state->lost_count += checkpoint_is_lost(checkpoint);
}

bool checkpoint_lacks_active(const struct checkpoint *checkpoint)
{
	return checkpoint_is_asynchronous(checkpoint) && checkpoint_is_collocated(checkpoint) && checkpoint->active_node == 0;
}

uint64_t checkpoint_directory_size(struct bytes name)
{
	return CHECKPOINT_DIRECTORY_SIZE + name.size;
}

uint64_t checkpoint_held(const struct checkpoint *checkpoint)
{
	uint64_t held = sizeof(*checkpoint) + content_held(&checkpoint->content);

	held += checkpoint->section_table.bucket_count * sizeof(*checkpoint->section_table.buckets);
	return held + checkpoint->sections.count * sizeof(struct section) + checkpoint->ids_size;
}

/* --- Digest. --- */

static uint64_t digest_position(uint64_t seed, struct position position)
{
	seed = digest_u64(digest_u64(seed, position.ring.seq), position.ring.representative);
	return digest_u64(digest_u64(seed, position.seq), position.index);
}

bool checkpoint_is_readable(const struct checkpoint *checkpoint)
{
	return !checkpoint_is_asynchronous(checkpoint) && !checkpoint_is_lost(checkpoint);
}

void checkpoint_rehash(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	const struct ckpt_attributes *attributes = &checkpoint->attributes;

	content_readable_set(&checkpoint->content, checkpoint_is_readable(checkpoint), state->index);
	uint64_t digest = digest_bytes(digest_position(1, checkpoint->identity.position), checkpoint_name(checkpoint));

	digest = digest_u64(digest, (uint64_t)attributes->creation_flags << 32 | attributes->section_count_max);
	digest = digest_u64(digest, attributes->checkpoint_size);
	digest = digest_u64(digest, (uint64_t)attributes->retention_ns);
	digest = digest_u64(digest, attributes->section_size_max);
	digest = digest_u64(digest, attributes->section_id_size_max);
	digest = digest_u64(digest, (uint64_t)checkpoint->retention_ns);
	digest = digest_u64(digest, (uint64_t)checkpoint->retention << 1 | checkpoint->unlinked);
	digest = digest_u64(digest, (uint64_t)checkpoint->due.due_ns);
	digest = digest_position(digest, checkpoint->closed);
	digest = digest_u64(digest, (uint64_t)checkpoint->active_node << 32 | checkpoint->open_count);
	digest = digest_u64(digest, checkpoint->active_incarnation);
	digest = digest_position(digest, checkpoint->active_since);
	digest = digest_u64(digest, checkpoint->generated);
	digest = digest_position(digest, checkpoint->listed);
	digest = digest_position(digest, checkpoint->changed);
	digest = digest_u64(digest_u64(digest, checkpoint->lost.seq), checkpoint->lost.representative);
	digest = placement_digest(digest, checkpoint);
	state->directory_digest += digest - checkpoint->digest;
	checkpoint->digest = digest;
}

/* --- Life. --- */

static bool key_write(struct checkpoint *checkpoint)
{
	struct wire_writer out = {0};

	identity_encode(&out, checkpoint->identity);
	const bool done = !out.failed && out.size == sizeof(checkpoint->key);
	if (done)
		memcpy(checkpoint->key, out.data, sizeof(checkpoint->key));
	wire_writer_clear(&out);
	return done;
}

static int section_compare(const void *key, const struct tree_node *node)
{
	return bytes_compare(*(const struct bytes *)key, section_id(section_of_node(node)));
}

struct checkpoint *checkpoint_add(struct ckpt_state *state, struct identity identity, struct bytes name, bool unlinked,
                                  const struct ckpt_attributes *attributes, uint32_t replicas_wanted)
{
	struct checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));

	if (checkpoint == NULL)
		return NULL;
	checkpoint->identity = identity;
	checkpoint->name_size = (uint16_t)name.size;
	memcpy(checkpoint->name, name.data, name.size);
	checkpoint->unlinked = unlinked;
	checkpoint->attributes = *attributes;
	checkpoint->retention_ns = attributes->retention_ns;
	checkpoint->due = (struct ckpt_due){.due_ns = SA_TIME_END, .checkpoint = checkpoint};
	checkpoint->sections.compare = section_compare;
	checkpoint->replicas_wanted = replicas_wanted;
	list_init(&checkpoint->in_whole);
	checkpoint->here = !placement_is_listed(checkpoint) || state->self_node == 0;
	content_init(&checkpoint->content, state->host);
	if (!key_write(checkpoint)) {
		free(checkpoint);
		return NULL;
	}
	if (!unlinked && !hash_table_insert(&state->names, &checkpoint->by_name, digest_bytes(0, name))) {
		free(checkpoint);
		return NULL;
	}
	if (tree_insert(&state->checkpoints, &checkpoint->by_identity, &identity) != NULL) {
		if (!unlinked)
			hash_table_remove(&state->names, &checkpoint->by_name);
		free(checkpoint);
		return NULL;
	}
	state->directory_size += checkpoint_directory_size(name);
	state->listed_count += placement_is_listed(checkpoint);
	checkpoint_rehash(state, checkpoint);
	return checkpoint;
}

void checkpoint_remove(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	for (struct section *section; (section = section_first(checkpoint)) != NULL;)
		section_remove(state, checkpoint, section);
	checkpoint_due_set(state, checkpoint, RETENTION_NONE, SA_TIME_END);
	state->directory_digest -= checkpoint->digest;
	state->directory_size -= checkpoint_directory_size(checkpoint_name(checkpoint));
	if (!checkpoint->unlinked)
		hash_table_remove(&state->names, &checkpoint->by_name);
	tree_remove(&state->checkpoints, &checkpoint->by_identity);
	placement_clear(state, checkpoint);
	checkpoint_lost_set(state, checkpoint, (struct ring_id){0});
	hash_table_clear(&checkpoint->section_table);
	content_clear(&checkpoint->content);
	free(checkpoint);
}

void checkpoint_active_set(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, uint32_t node,
                           uint64_t incarnation)
{
	checkpoint->active_node = node;
	checkpoint->active_incarnation = incarnation;
	checkpoint->active_since = checkpoint->listed = checkpoint->changed = at->position;
	checkpoint_rehash(state, checkpoint);
}

void checkpoint_due_set(struct ckpt_state *state, struct checkpoint *checkpoint, enum checkpoint_retention retention, int64_t due_ns)
{
	if (checkpoint->retention != RETENTION_NONE)
		ckpt_state_due_remove(state, &checkpoint->due);
	checkpoint->retention = retention;
	checkpoint->due.due_ns = due_ns;
	if (retention != RETENTION_NONE)
		ckpt_state_due_add(state, &checkpoint->due);
}

void checkpoint_unopened(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, struct effects *effects)
{
	checkpoint->closed = at->position;
	if (checkpoint->unlinked || checkpoint->retention_ns <= 0) {
		state->listed = at->position;
		checkpoint_remove(state, checkpoint);
		return;
	}
	if (checkpoint->retention_ns == SA_TIME_MAX) {
		checkpoint_rehash(state, checkpoint);
		return;
	}
	checkpoint_due_set(state, checkpoint, RETENTION_PENDING, SA_TIME_BEGIN);
	checkpoint_rehash(state, checkpoint);
	effects_due(effects, SA_TIME_BEGIN);
}
