/* The replicated state machine of CKPT. Pure: no I/O, no clock, no global; its memory is malloc's and the host's arenas. The directory
 * (names, attributes, opens, section ids, sizes and times) is on every node; content is where it has been copied to. Digests are sums of
 * the entries' digests, so that an operation costs what it touches.
 *
 * Files: ckpt_placement.c (which nodes hold what), ckpt_state.c (the operations on checkpoints and their sections, and the entry points), ckpt_open.c (opens, retention),
 * ckpt_checkpoint.c, ckpt_section.c, ckpt_content.c (the parts), ckpt_transfer.c (the way to a joiner), ckpt_object.c (when nobody has all content). */
#ifndef AISLE_CKPT_STATE_H
#define AISLE_CKPT_STATE_H

#include "ckpt_open.h"
#include "core/engine/service.h"

/* Cluster facts, carried in the state, so that a refusal is every replica's. */
struct ckpt_limits {
	uint64_t charge_max; /* bytes of all sections, about two hundred for the administration of each included */
	uint64_t section_size_max;   /* of any section, whatever its checkpoint allows: it must go to a joiner in one piece */
	uint64_t directory_size_max; /* encoded: the same */
	uint32_t checkpoint_count_max;
	uint32_t open_count_max;
};

/* The range of content that is on its way to this node. */
struct ckpt_range {
	bool is_open;
	bool is_void; /* its checkpoint's replica here went meanwhile: what comes is nobody's */
	struct identity from_checkpoint, to_checkpoint; /* both ends belong to it */
	struct bytes from_id, to_id;                    /* owned */
	struct list patched;                            /* of struct section_patches */
	size_t kept;                                    /* bytes of the patches */
	/* Of its copy, while it is taken part by part. */
	bool is_begun;
	bool is_broken; /* it is not what a donor sends, or there is no memory for it */
	uint32_t left;  /* sections that are still to be taken */
};

enum { CKPT_UNSTABLE_MAX = 256 };

/* Changes are counted as this node applies them, so that readers of its memory need one number for what is stable. The count is the
 * state's own and no other node's. */
struct ckpt_change {
	uint64_t index;
	struct position position;
};

struct ckpt_state {
	const struct host *host;
	uint64_t index; /* of the last change */
	uint64_t stable_index;
	struct ckpt_change unstable[CKPT_UNSTABLE_MAX]; /* a ring; where it is full its last entry stands for all later changes too */
	size_t unstable_first, unstable_count;
	int64_t lease_until_ns; /* 0: readers of this node's memory may read nothing */
	struct arena *lease;    /* struct image_lease; NULL: nobody has asked for it */
	struct ckpt_limits limits;
	struct tree checkpoints;
	struct hash_table names; /* of those that are linked */
	struct tree opens;
	struct tree dues;
	struct position listed; /* the last operation that made or removed a checkpoint or its name */
	uint64_t directory_digest, content_digest;
	uint64_t charge;
	uint64_t directory_size; /* encoded, the head excluded */
	uint64_t absent_count;
	struct ckpt_range range;
	uint32_t self_node; /* 0: not told, and so all is held here */
	uint64_t self_incarnation;
	struct placement_member *members; /* of the last view */
	uint32_t member_count, joining_count;
	uint64_t listed_count; /* checkpoints that are not on all nodes */
	uint64_t lost_count; /* checkpoints that are lost */
	uint64_t filling_count; /* of these, on this node, not complete */
	struct list whole;     /* checkpoint.in_whole: they came whole, and this node is to say so */
	struct wire_writer *range_key; /* what range_next() handed out last: a view into the state */
};

void *ckpt_state_new(const struct host *arenas);
void ckpt_state_free(void *state);
void ckpt_state_apply(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects);
void ckpt_state_view_applied(void *state, const struct at *at, const struct service_view *view, struct effects *effects);
uint64_t ckpt_state_digest_directory(const void *state);
uint64_t ckpt_state_digest_content(const void *state);
void ckpt_state_digest_shared(const void *state, const struct service_peer *members, size_t count, uint64_t *digests);
struct ckpt_due *ckpt_state_due_first(const struct ckpt_state *state); /* NULL: none */
struct ckpt_due *ckpt_state_due_next(const struct ckpt_due *due);
void ckpt_state_due_add(struct ckpt_state *state, struct ckpt_due *due);
void ckpt_state_due_remove(struct ckpt_state *state, struct ckpt_due *due);

/* Readers of this node's memory (ckpt_image.h). The arena with the lease is made when it is first asked for; NULL: no memory. */
struct arena *ckpt_state_lease(struct ckpt_state *state);
void ckpt_state_lease_set(struct ckpt_state *state, int64_t until_ns);
const struct ckpt_change *ckpt_state_unstable_first(const struct ckpt_state *state); /* NULL: all changes are stable */
void ckpt_state_unstable_pop(struct ckpt_state *state);                              /* the first of them is stable now */
void ckpt_state_changed(struct ckpt_state *state, struct position position);         /* counts what is about to be changed */

/* ckpt_transfer.c: as core/engine/service.h says. */
void ckpt_state_directory_encode(const void *state, struct wire_writer *out);
bool ckpt_state_directory_decode(void *state, struct wire_reader *in);
bool ckpt_state_range_next(const void *state, struct service_range *range);
void ckpt_state_range_open(void *state, const struct service_range *range);
size_t ckpt_state_range_kept(const void *state);
void ckpt_state_range_drop(void *state);
void ckpt_range_void(struct ckpt_state *state, struct identity checkpoint); /* if it is of this one, which has a list */
bool ckpt_state_range_copy(const void *state, const struct service_range *range, struct wire_writer *out);
size_t ckpt_state_range_part(void *state, struct bytes came, size_t most);
bool ckpt_state_range_install(void *state, const struct service_range *range, struct wire_reader *in);
void ckpt_sections_encode(struct wire_writer *out, const struct checkpoint *checkpoint);
/* ckpt_object.c: as core/engine/service.h says. An object is a checkpoint; its key is its identity. */
bool ckpt_state_object_find(const void *state, struct bytes key, struct service_object *object);
bool ckpt_state_object_next(const void *state, struct bytes key, struct service_object *object);
void ckpt_state_object_forget(void *older, struct bytes key);
void ckpt_state_objects_lost(void *state, struct ring_id since);
void ckpt_state_object_encode(const void *older, struct bytes key, struct wire_writer *out);
bool ckpt_state_object_restore(void *state, const struct at *at, struct bytes key, struct wire_reader *in, const void *older,
                               struct effects *effects);
void ckpt_state_self_set(void *state, uint32_t node, uint64_t incarnation);
bool ckpt_state_objects_listed(const void *state);
uint64_t ckpt_state_objects_lost_count(const void *state);
bool ckpt_state_objects_filling(const void *state);
enum service_holding ckpt_state_object_holding(const void *state, struct bytes key, uint32_t node, uint64_t incarnation);
void ckpt_state_objects_keep(void *state, void *older);
bool ckpt_state_objects_covered(const void *state, const struct service_view *view);
void ckpt_state_fill_anew(void *state);
bool ckpt_state_fill_next(void *state, struct service_object *object);
void ckpt_state_object_filled(void *state, const struct at *at, struct bytes key, uint64_t number, struct effects *effects);
void ckpt_state_object_give_up(void *state, const struct at *at, struct bytes key, struct effects *effects);
/* Whether a write into this absent section is to be kept. */
bool ckpt_range_covers(const struct ckpt_state *state, const struct checkpoint *checkpoint, const struct section *section);

#endif
