/* Who has what open, cluster-wide: an open is named by its client (node, incarnation, client) and a number of the client's, the call that
 * opened it. Retention runs exactly while a checkpoint has none. */
#ifndef AISLE_CKPT_OPEN_H
#define AISLE_CKPT_OPEN_H

#include "ckpt_checkpoint.h"

struct ckpt_opened {
	struct tree_node by_client;
	struct requester client; /* its call is the open's number */
	struct checkpoint *checkpoint;
	uint32_t flags;
	uint64_t digest;
};

struct ckpt_opened *ckpt_opened_of_node(const struct tree_node *by_client);
struct ckpt_opened *ckpt_opened_find(const struct ckpt_state *state, struct requester client, uint64_t open);
/* NULL: no memory, or the client has used the number before. */
struct ckpt_opened *ckpt_opened_add(struct ckpt_state *state, struct requester client, uint64_t open, struct checkpoint *checkpoint,
                                    uint32_t flags);
void ckpt_opened_remove(struct ckpt_state *state, struct ckpt_opened *opened); /* says nothing to the checkpoint's retention */

/* Nothing, if the client does not have it open. */
void ckpt_opened_close(struct ckpt_state *state, const struct at *at, struct requester client, uint64_t open, struct effects *effects);

/* Operations: rows of the table in ckpt_state.c. */
void ckpt_apply_open(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects);
void ckpt_apply_close(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects);
void ckpt_apply_client_gone(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects);
void ckpt_apply_reclaim(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects);

#endif
