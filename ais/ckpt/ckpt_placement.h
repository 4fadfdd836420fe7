/* Which nodes hold the content of a checkpoint: a list of replicas in the directory, equal on all nodes. A collocated checkpoint has one
 * on each node where it is open; another has as many as its creating operation said; one that named no number is on all nodes, has
 * no list, and none of this concerns it. Replicas are those that are complete and those that are being filled; a checkpoint with content
 * always keeps a complete one, unless all of them left with their nodes: then it is lost (R19, ckpt_object.c).
 * Not here: how content comes to a replica that is being filled (ckpt_transfer.c), and when it is said to be complete
 * (core/engine/engine_objects.c). Called by the operations, by ckpt_state_view_applied() and by the directory's decoder. */
#ifndef AISLE_CKPT_PLACEMENT_H
#define AISLE_CKPT_PLACEMENT_H

#include "ckpt_checkpoint.h"

struct service_peer;
struct service_view;

enum { PLACEMENT_REPLICAS_MAX = 128 };

struct replica {
	uint32_t node;
	uint64_t incarnation;
	uint64_t number;     /* of the checkpoint's replicas: one that went and came back is another */
	bool complete;       /* else its content is on its way */
	uint32_t open_count; /* collocated: opens of its node; not encoded, the opens are */
};

/* A member of the last view, as the state knows it. */
struct placement_member {
	uint32_t node;
	uint64_t incarnation;
	bool joining; /* has not sent anything since the view began with a state that is not its own: it may not have adopted */
};

bool placement_is_listed(const struct checkpoint *checkpoint); /* false: on all nodes, without a list */
const struct replica *placement_replica(const struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation); /* NULL: none */
uint32_t placement_holder(const struct checkpoint *checkpoint, uint32_t wanted); /* `wanted` if it is complete, else one that is; 0: none */
bool placement_is_whole_here(const struct checkpoint *checkpoint); /* this node holds it, and lacks nothing */

/* False: no memory. */
bool placement_settle(struct ckpt_state *state, struct checkpoint *checkpoint); /* after a change of what its list follows from */
bool placement_created(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint);
bool placement_has_room(const struct checkpoint *checkpoint, struct requester client); /* for an open of its node */
bool placement_opened(struct ckpt_state *state, struct checkpoint *checkpoint, struct requester client);
bool placement_reopened(struct checkpoint *checkpoint, struct requester client); /* an open of the directory that is decoded; false: no place for it */
void placement_closed(struct ckpt_state *state, struct checkpoint *checkpoint, struct requester client);
bool placement_filled(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, uint64_t number);
bool placement_restored(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint); /* its sender alone has it */
bool placement_given_up(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint); /* whoever is to hold it, holds zeros */
void placement_role_give(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, struct requester creator); /* a new one's, by the service */
void placement_role_move(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint); /* where the service gives it: to who holds it now */
void placement_sent(struct ckpt_state *state, const struct at *at); /* an operation came: its sender has adopted */

/* At the end of a barrier, in this order; opens of who left are closed in between. */
bool placement_members_take(struct ckpt_state *state, const struct service_view *view);
void placement_departed(struct ckpt_state *state, const struct service_view *view);
bool placement_refill(struct ckpt_state *state, const struct at *at, const struct service_view *view);

/* R6: a member may have missed a change that others had before it left them, and had a later one. Contents on some nodes alone cannot tell,
 * so the directory does. */
/* What this node and each of the members both hold. */
void placement_digest_shared(const struct ckpt_state *state, const struct service_peer *members, size_t count, uint64_t *digests);
void placement_written(struct checkpoint *checkpoint, const struct at *at);
void placement_clear(struct ckpt_state *state, struct checkpoint *checkpoint); /* the checkpoint goes */
void placement_here_check(struct ckpt_state *state, struct checkpoint *checkpoint); /* this node's part, after its list was changed */
void placement_whole_check(struct ckpt_state *state, struct checkpoint *checkpoint); /* after a section came */
void placement_drop(struct ckpt_state *state, struct checkpoint *checkpoint); /* all content that is here */
uint64_t placement_digest(uint64_t seed, const struct checkpoint *checkpoint);
void placement_encode(struct wire_writer *out, const struct checkpoint *checkpoint);
bool placement_decode(struct wire_reader *in, struct ckpt_state *state, struct checkpoint *checkpoint);
void placement_members_encode(struct wire_writer *out, const struct ckpt_state *state);
bool placement_members_decode(struct wire_reader *in, struct ckpt_state *state);

#endif
