/* One checkpoint: its entry in the directory, its sections, its retention. Checkpoints are found by identity through the state's tree, and
 * by name as long as they are linked. */
#ifndef AISLE_CKPT_CHECKPOINT_H
#define AISLE_CKPT_CHECKPOINT_H

#include "ckpt_messages.h"
#include "ckpt_section.h"

enum checkpoint_retention {
	RETENTION_NONE,    /* somebody has it open, or it is kept for ever */
	RETENTION_PENDING, /* nobody has; when it ends is the time keeper's to say: a closer's clock may be wrong */
	RETENTION_RUNNING,
};

enum { CHECKPOINT_KEY_SIZE = 24 };

struct checkpoint {
	struct tree_node by_identity;
	struct hash_node by_name;
	struct identity identity;
	uint16_t name_size;
	uint8_t name[CKPT_NAME_SIZE_MAX];
	bool unlinked;
	struct ckpt_attributes attributes; /* as at creation */
	int64_t retention_ns;              /* as last set */
	enum checkpoint_retention retention;
	struct position closed; /* the last close: names the retention */
	struct ckpt_due due;    /* of the retention; in the tree unless RETENTION_NONE */
	uint32_t open_count;
	uint32_t active_node; /* 0: none */
	uint64_t active_incarnation;
	struct position active_since; /* since when: the operation, or the view's end, that made it so */
	uint64_t generated; /* counts the section ids that were generated */
	struct position listed;  /* what lists and absence depend on: a section created or gone, an active replica set */
	struct position changed; /* anything */
	uint64_t digest;         /* its own share of the directory's, sections excluded */

	struct tree sections;
	struct hash_table section_table;
	uint64_t memory_used; /* sum of the section sizes */
	uint64_t ids_size;    /* sum of the sizes of their ids */
	uint64_t absent_count;
	struct ring_id lost; /* nobody has its content (R19): of the directory */
	uint32_t replicas_wanted; /* 0: on all nodes; said at creation */
	struct replica *replicas; /* ckpt_placement.h: where it has a list */
	uint32_t replica_count;
	uint64_t replica_number;
	uint64_t history; /* of what was written, where it has a list: nodes of equal directories that hold it hold the same */
	bool here;            /* this node holds its content, or is being filled */
	bool filling;         /* this node's replica is not complete, as the directory says */
	uint64_t here_number; /* of this node's replica; 0: none */
	uint64_t told_number; /* of the one that this node said is whole */
	struct list in_whole; /* of those that it has to say so of */
	uint64_t content_digest; /* of what is here */
	uint8_t key[CHECKPOINT_KEY_SIZE]; /* its identity, encoded */
	struct content content;
};

struct bytes checkpoint_name(const struct checkpoint *checkpoint);
struct checkpoint *checkpoint_of_node(const struct tree_node *by_identity);
struct checkpoint *checkpoint_find(const struct ckpt_state *state, struct identity identity);
struct checkpoint *checkpoint_find_linked(const struct ckpt_state *state, struct bytes name);
struct checkpoint *checkpoint_first(const struct ckpt_state *state);
struct checkpoint *checkpoint_next(const struct checkpoint *checkpoint);
bool checkpoint_has_default_section(const struct checkpoint *checkpoint); /* and never another */
/* Nobody in the view has its content whole (R19): calls on its sections are to be tried again. */
bool checkpoint_is_lost(const struct checkpoint *checkpoint);
void checkpoint_lost_set(struct ckpt_state *state, struct checkpoint *checkpoint, struct ring_id since); /* none: it is not */
bool checkpoint_is_asynchronous(const struct checkpoint *checkpoint); /* an active replica has the truth (CKPT, update modes) */
bool checkpoint_is_collocated(const struct checkpoint *checkpoint);
/* Calls on data cannot be served: asynchronous and collocated, and no replica is active (CKPT-127). */
bool checkpoint_lacks_active(const struct checkpoint *checkpoint);
/* From memory, without the daemon: not where an active replica may have answered what is not here. */
bool checkpoint_is_readable(const struct checkpoint *checkpoint);
uint64_t checkpoint_directory_size(struct bytes name); /* encoded, its sections excluded */
uint64_t checkpoint_held(const struct checkpoint *checkpoint); /* bytes that this replica takes */

/* NULL: no memory. The default section is not there yet. */
struct checkpoint *checkpoint_add(struct ckpt_state *state, struct identity identity, struct bytes name, bool unlinked,
                                  const struct ckpt_attributes *attributes, uint32_t replicas_wanted);
void checkpoint_remove(struct ckpt_state *state, struct checkpoint *checkpoint); /* with its sections; nobody has it open */
void checkpoint_rehash(struct ckpt_state *state, struct checkpoint *checkpoint); /* after a change of its own fields */
void checkpoint_active_set(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, uint32_t node,
                           uint64_t incarnation); /* node 0: nobody is */
void checkpoint_due_set(struct ckpt_state *state, struct checkpoint *checkpoint, enum checkpoint_retention retention, int64_t due_ns);
/* The last open was closed, or what governs that changed: deletes it, or starts its retention. May free `checkpoint`. */
void checkpoint_unopened(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, struct effects *effects);

#endif
