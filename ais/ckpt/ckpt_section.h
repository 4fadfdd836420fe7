/* One section: its entry in the directory, its bytes where this replica has them, and its share of the digests. Sections are found by id
 * through the checkpoint's hash table and walked in key order through its tree. */
#ifndef AISLE_CKPT_SECTION_H
#define AISLE_CKPT_SECTION_H

#include "ckpt_content.h"
#include "core/base/effects.h"
#include "core/base/hash.h"
#include "core/base/list.h"

struct ckpt_state;
struct checkpoint;
struct section;

/* Something to be done by the time keeper: a section's expiry, or a checkpoint's retention (section NULL). */
struct ckpt_due {
	struct tree_node by_time;
	int64_t due_ns;
	struct checkpoint *checkpoint;
	struct section *section;
};

/* What later operations wrote into a section whose content is on its way (R21). */
struct section_patch {
	struct section_patch *next;
	uint64_t offset;
	size_t size;
	uint8_t data[];
};

struct section_patches {
	struct list entry; /* of the open range */
	struct section *section;
	struct section_patch *first, **last;
};

/* There are as many as applications like: a field here is paid 100,000 times (test_ckpt_content.c counts). So a position is kept without what
 * the machine puts between its words, and what is only for sections that expire, or whose content is on its way, lies elsewhere. */
struct section {
	struct tree_node by_id;
	struct hash_node by_hash;
	int64_t last_update_ns;
	uint64_t changed_ring_seq, changed_seq;
	uint32_t changed_representative, changed_index;
	uint64_t size;
	union {
		struct extent extent;            /* its record for readers, its id and its content */
		struct section_patches *patches; /* `patched`: nothing is here but these */
	};
	uint64_t digest;          /* its share of the directory's */
	uint64_t content_digest;  /* its share of the content's; 0 while absent */
	struct ckpt_due *due;     /* NULL: it never expires */
	uint32_t slot;            /* where readers find it; CONTENT_NO_SLOT: not at all */
	uint16_t id_size;
	bool present : 1; /* this replica has its bytes */
	bool hidden : 1;  /* from readers, until section_show() */
	bool patched : 1;
	uint8_t id[];
};

struct bytes section_id(const struct section *section);
int64_t section_expiry_ns(const struct section *section); /* SA_TIME_END: never */
struct position section_changed(const struct section *section); /* by the operation that changed anything of it last */
struct bytes section_content(const struct checkpoint *checkpoint, const struct section *section); /* of a present one; until the next change */
struct section *section_of_node(const struct tree_node *by_id);
struct section *section_find(const struct checkpoint *checkpoint, struct bytes id);
struct section *section_find_from(const struct checkpoint *checkpoint, struct bytes id);  /* the first whose key is not less */
struct section *section_find_after(const struct checkpoint *checkpoint, struct bytes id); /* the first whose key is greater */
struct section *section_first(const struct checkpoint *checkpoint);
struct section *section_next(const struct section *section);
uint64_t section_charge(struct bytes id, uint64_t size); /* what it counts for against the cluster's bound */
uint64_t section_directory_size(struct bytes id);

/* Readers of this node's memory (ckpt_image.h) do not see the section from hide to show; nothing that one operation changes is shown before the
 * last of it is changed. The functions below hide what they change; section_write() alone leaves the showing to its
 * caller. False: no memory. */
void section_hide(const struct ckpt_state *state, const struct checkpoint *checkpoint, struct section *section);
bool section_show(const struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section);

/* All of these keep digests, counts and due times; NULL or false: no memory, the node has to leave. */
struct section *section_add(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct bytes id,
                            int64_t expiry_ns);
struct section *section_restore(struct ckpt_state *state, struct checkpoint *checkpoint, struct bytes id, int64_t expiry_ns,
                                int64_t last_update_ns, struct position changed, uint64_t size); /* absent; NULL: also a duplicate */
void section_remove(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section);
bool section_expiry_set(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                        int64_t expiry_ns);
bool section_overwrite(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                       struct bytes data);
bool section_write(struct ckpt_state *state, struct checkpoint *checkpoint, const struct at *at, struct section *section,
                   uint64_t offset, struct bytes data);
/* The content as a donor had it, then the patches kept. False: it does not fit what the directory knows, or no memory. */
bool section_install(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section, struct bytes copy);
void section_drop(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section); /* its bytes are not here any more; the caller clears the content */
bool section_give_up(struct ckpt_state *state, struct checkpoint *checkpoint, struct section *section); /* its bytes become zeros */
void section_patches_drop(struct ckpt_state *state, struct section *section);

#endif
