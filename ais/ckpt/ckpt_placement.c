#include "ckpt_placement.h"

#include <stdlib.h>

#include "ckpt_state.h"
#include "saCkpt.h"

enum { REPLICA_SIZE = 21, MEMBER_SIZE = 13 }; /* encoded */

bool placement_is_listed(const struct checkpoint *checkpoint)
{
	return checkpoint_is_collocated(checkpoint) || checkpoint->replicas_wanted != 0;
}

static struct replica *replica_find(const struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation)
{
	for (uint32_t i = 0; i < checkpoint->replica_count; i++)
		if (checkpoint->replicas[i].node == node && checkpoint->replicas[i].incarnation == incarnation)
			return &checkpoint->replicas[i];
	return NULL;
}

const struct replica *placement_replica(const struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation)
{
	return replica_find(checkpoint, node, incarnation);
}

uint32_t placement_holder(const struct checkpoint *checkpoint, uint32_t wanted)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];

		if (!replica->complete)
			continue;
		if (replica->node == wanted)
			return wanted;
		first = first == 0 ? replica->node : first;
	}
	return first;
}

bool placement_is_whole_here(const struct checkpoint *checkpoint)
{
	return checkpoint->here && checkpoint->absent_count == 0;
}

/* --- The list. --- */

static const struct placement_member *member_find(const struct ckpt_state *state, uint32_t node, uint64_t incarnation)
{
	for (uint32_t i = 0; i < state->member_count; i++)
		if (state->members[i].node == node && state->members[i].incarnation == incarnation)
			return &state->members[i];
	return NULL;
}

/* Nothing can be lacking: it has the state, and there is no content. */
static bool begins_complete(const struct ckpt_state *state, const struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation)
{
	const struct placement_member *member = member_find(state, node, incarnation);

	return checkpoint->memory_used == 0 && !checkpoint_is_lost(checkpoint) && (member == NULL || !member->joining);
}

/* Mostly a node is listed once; what a member makes up may name two of its lives. */
static bool is_before(const struct replica *replica, const struct replica *other)
{
	return replica->node != other->node ? replica->node < other->node : replica->incarnation < other->incarnation;
}

/* In that order; NULL: no memory, or too many. */
static struct replica *replica_insert(struct ckpt_state *state, struct checkpoint *checkpoint, struct replica replica)
{
	uint32_t at = 0;

	if (checkpoint->replica_count == PLACEMENT_REPLICAS_MAX)
		return NULL;
	struct replica *list = realloc(checkpoint->replicas, (checkpoint->replica_count + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	checkpoint->replicas = list;
	while (at < checkpoint->replica_count && is_before(&list[at], &replica))
		at++;
	memmove(&list[at + 1], &list[at], (checkpoint->replica_count - at) * sizeof(*list));
	list[at] = replica;
	checkpoint->replica_count++;
	state->directory_size += REPLICA_SIZE;
	return &list[at];
}

static struct replica *replica_add(struct ckpt_state *state, struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation)
{
	return replica_insert(state, checkpoint, (struct replica){
		.node = node, .incarnation = incarnation, .number = ++checkpoint->replica_number,
		.complete = begins_complete(state, checkpoint, node, incarnation),
	});
}

static void replica_remove(struct ckpt_state *state, struct checkpoint *checkpoint, uint32_t at)
{
	checkpoint->replica_count--;
	memmove(&checkpoint->replicas[at], &checkpoint->replicas[at + 1],
	        (checkpoint->replica_count - at) * sizeof(*checkpoint->replicas));
	state->directory_size -= REPLICA_SIZE;
}

static bool any_complete(const struct checkpoint *checkpoint)
{
	return placement_holder(checkpoint, 0) != 0;
}

static bool is_active(const struct checkpoint *checkpoint, const struct replica *replica)
{
	return checkpoint->active_node == replica->node && checkpoint->active_incarnation == replica->incarnation;
}

/* --- This node's part. --- */

void placement_drop(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	for (struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
		section_drop(state, checkpoint, section);
	content_clear(&checkpoint->content);
}

void placement_whole_check(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	const struct replica *own = replica_find(checkpoint, state->self_node, state->self_incarnation);
	const bool is_news = own != NULL && !own->complete && checkpoint->absent_count == 0 && !checkpoint_is_lost(checkpoint) &&
	                     checkpoint->told_number != own->number;

	if (is_news == list_is_empty(&checkpoint->in_whole)) {
		if (is_news)
			list_append(&state->whole, &checkpoint->in_whole);
		else
			list_remove(&checkpoint->in_whole);
	}
}

/* One that came anew begins with nothing, also where another was here before it. */
void placement_here_check(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	const struct replica *own = replica_find(checkpoint, state->self_node, state->self_incarnation);
	const bool here = !placement_is_listed(checkpoint) || state->self_node == 0 || own != NULL;
	const uint64_t number = own == NULL ? 0 : own->number;

	if (placement_is_listed(checkpoint) && state->self_node != 0 && number != checkpoint->here_number) {
		placement_drop(state, checkpoint);
		ckpt_range_void(state, checkpoint->identity);
	}
	checkpoint->here_number = number;
	const bool filling = own != NULL && !own->complete;
	state->filling_count += (uint64_t)filling - (uint64_t)checkpoint->filling;
	checkpoint->filling = filling;
	if (here != checkpoint->here)
		state->absent_count += here ? checkpoint->absent_count : -checkpoint->absent_count;
	checkpoint->here = here;
	if (number != 0)
		wire_writer_reset(state->range_key); /* something may be absent that was not before */
	placement_whole_check(state, checkpoint);
}

void placement_clear(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	list_remove(&checkpoint->in_whole);
	state->directory_size -= (uint64_t)checkpoint->replica_count * REPLICA_SIZE;
	state->listed_count -= placement_is_listed(checkpoint);
	state->filling_count -= checkpoint->filling;
	free(checkpoint->replicas);
}

void placement_written(struct checkpoint *checkpoint, const struct at *at)
{
	if (!placement_is_listed(checkpoint))
		return;
	checkpoint->history = digest_u64(digest_u64(checkpoint->history, at->position.ring.seq), at->position.ring.representative);
	checkpoint->history = digest_u64(digest_u64(checkpoint->history, at->position.seq), at->position.index);
}

/* --- Who is to hold it. --- */

/* What lies where it is not open goes, as soon as it lies complete where it is, or with the active replica. */
static void collocated_trim(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	bool is_safe = false;

	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];

		is_safe |= replica->complete && (replica->open_count > 0 || is_active(checkpoint, replica));
	}
	for (uint32_t i = checkpoint->replica_count; i-- > 0;) {
		const struct replica *replica = &checkpoint->replicas[i];

		if (replica->open_count == 0 && !is_active(checkpoint, replica) && (is_safe || !replica->complete))
			replica_remove(state, checkpoint, i);
	}
}

static uint64_t weight_of(const struct checkpoint *checkpoint, uint32_t node)
{
	return digest_u64(digest_bytes(3, bytes_of(checkpoint->key, sizeof(checkpoint->key))), node);
}

/* The members that have the state go first; among equals the checkpoint's own order of the nodes, so that checkpoints spread. */
static const struct placement_member *candidate(const struct ckpt_state *state, const struct checkpoint *checkpoint)
{
	const struct placement_member *best = NULL;

	for (uint32_t i = 0; i < state->member_count; i++) {
		const struct placement_member *member = &state->members[i];

		if (replica_find(checkpoint, member->node, member->incarnation) != NULL)
			continue;
		const bool is_better = best == NULL || (best->joining && !member->joining) ||
		                       (best->joining == member->joining &&
		                        weight_of(checkpoint, member->node) > weight_of(checkpoint, best->node));
		best = is_better ? member : best;
	}
	return best;
}

static bool counted_fill_up(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	while (checkpoint->replica_count < checkpoint->replicas_wanted && checkpoint->replica_count < PLACEMENT_REPLICAS_MAX) {
		const struct placement_member *member = candidate(state, checkpoint);

		if (member == NULL)
			return true;
		if (replica_add(state, checkpoint, member->node, member->incarnation) == NULL)
			return false;
	}
	return true;
}

bool placement_settle(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	bool done = true;

	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		struct replica *replica = &checkpoint->replicas[i];

		replica->complete |= begins_complete(state, checkpoint, replica->node, replica->incarnation);
	}
	if (checkpoint_is_collocated(checkpoint))
		collocated_trim(state, checkpoint);
	else
		done = counted_fill_up(state, checkpoint);
	placement_here_check(state, checkpoint);
	checkpoint_rehash(state, checkpoint);
	return done;
}

bool placement_created(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	if (!placement_is_listed(checkpoint) || checkpoint_is_collocated(checkpoint))
		return true;
	if (state->member_count == 0 && replica_add(state, checkpoint, at->sender, at->incarnation) == NULL)
		return false; /* no view yet: the one that is surely there */
	return placement_settle(state, checkpoint);
}

bool placement_has_room(const struct checkpoint *checkpoint, struct requester client)
{
	return !checkpoint_is_collocated(checkpoint) || checkpoint->replica_count < PLACEMENT_REPLICAS_MAX ||
	       replica_find(checkpoint, client.node, client.incarnation) != NULL;
}

bool placement_opened(struct ckpt_state *state, struct checkpoint *checkpoint, struct requester client)
{
	if (!checkpoint_is_collocated(checkpoint))
		return true;
	struct replica *replica = replica_find(checkpoint, client.node, client.incarnation);
	if (replica == NULL)
		replica = replica_add(state, checkpoint, client.node, client.incarnation);
	if (replica == NULL)
		return false;
	replica->open_count++;
	return placement_settle(state, checkpoint);
}

bool placement_reopened(struct checkpoint *checkpoint, struct requester client)
{
	struct replica *replica = replica_find(checkpoint, client.node, client.incarnation);

	if (!checkpoint_is_collocated(checkpoint))
		return true;
	if (replica != NULL)
		replica->open_count++;
	return replica != NULL;
}

void placement_closed(struct ckpt_state *state, struct checkpoint *checkpoint, struct requester client)
{
	struct replica *replica = replica_find(checkpoint, client.node, client.incarnation);

	if (!checkpoint_is_collocated(checkpoint) || replica == NULL)
		return;
	replica->open_count -= replica->open_count > 0;
	placement_settle(state, checkpoint);
}

bool placement_filled(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, uint64_t number)
{
	struct replica *replica = replica_find(checkpoint, at->sender, at->incarnation);

	if (replica == NULL || replica->number != number || checkpoint_is_lost(checkpoint))
		return true; /* it went, or began anew, meanwhile */
	replica->complete = true;
	return placement_settle(state, checkpoint);
}

static void all_incomplete(struct ckpt_state *state, struct checkpoint *checkpoint)
{
	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		checkpoint->replicas[i].complete = false;
		checkpoint->replicas[i].number = ++checkpoint->replica_number;
	}
	placement_here_check(state, checkpoint);
}

bool placement_restored(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	struct replica *replica = replica_find(checkpoint, at->sender, at->incarnation);

	if (!placement_is_listed(checkpoint))
		return true;
	all_incomplete(state, checkpoint);
	if (replica == NULL && (checkpoint->replica_count == PLACEMENT_REPLICAS_MAX ||
	                        (!checkpoint_is_collocated(checkpoint) && checkpoint->replica_count >= checkpoint->replicas_wanted)))
		replica_remove(state, checkpoint, checkpoint->replica_count - 1);
	if (replica == NULL)
		replica = replica_add(state, checkpoint, at->sender, at->incarnation);
	if (replica == NULL)
		return false;
	replica->complete = true;
	return placement_settle(state, checkpoint);
}

/* Where nobody is left to hold it, who says so does. */
bool placement_given_up(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	if (!placement_is_listed(checkpoint))
		return true;
	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		struct replica *replica = &checkpoint->replicas[i];
		const struct placement_member *member = member_find(state, replica->node, replica->incarnation);

		replica->complete = member == NULL || !member->joining;
	}
	if (!any_complete(checkpoint)) {
		struct replica *own = replica_find(checkpoint, at->sender, at->incarnation);

		if (own == NULL && checkpoint->replica_count == PLACEMENT_REPLICAS_MAX)
			replica_remove(state, checkpoint, checkpoint->replica_count - 1);
		if (own == NULL)
			own = replica_add(state, checkpoint, at->sender, at->incarnation);
		if (own == NULL)
			return false;
		own->complete = true;
	}
	return placement_settle(state, checkpoint);
}

void placement_sent(struct ckpt_state *state, const struct at *at)
{
	for (uint32_t i = 0; state->joining_count > 0 && i < state->member_count; i++) {
		struct placement_member *member = &state->members[i];

		if (!member->joining || member->node != at->sender || member->incarnation != at->incarnation)
			continue;
		member->joining = false;
		state->joining_count--;
	}
}

/* --- Views. --- */

bool placement_members_take(struct ckpt_state *state, const struct service_view *view)
{
	struct placement_member *members = malloc((view->member_count + 1) * sizeof(*members));

	if (members == NULL)
		return false;
	free(state->members);
	state->members = members;
	state->member_count = state->joining_count = 0;
	for (size_t i = 0; i < view->member_count; i++) {
		const struct service_member *member = &view->members[i];

		if (!member->announces)
			continue;
		state->joining_count += !member->holds;
		members[state->member_count++] = (struct placement_member){
			.node = member->node, .incarnation = member->incarnation, .joining = !member->holds,
		};
	}
	return true;
}

static bool holds_still(const struct service_view *view, const struct replica *replica)
{
	for (size_t i = 0; i < view->member_count; i++)
		if (view->members[i].node == replica->node)
			return view->members[i].holds && view->members[i].incarnation == replica->incarnation;
	return false;
}

/* A member whose state was replaced begins anew; its opens stand. */
static void departed_from(struct ckpt_state *state, struct checkpoint *checkpoint, const struct service_view *view)
{
	for (uint32_t i = checkpoint->replica_count; i-- > 0;) {
		struct replica *replica = &checkpoint->replicas[i];

		if (holds_still(view, replica))
			continue;
		replica->complete = false;
		replica->number = ++checkpoint->replica_number;
		if (replica->open_count == 0)
			replica_remove(state, checkpoint, i);
	}
	placement_here_check(state, checkpoint);
	checkpoint_rehash(state, checkpoint);
}

void placement_departed(struct ckpt_state *state, const struct service_view *view)
{
	struct checkpoint *checkpoint = state->listed_count == 0 ? NULL : checkpoint_first(state);

	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint))
		if (placement_is_listed(checkpoint))
			departed_from(state, checkpoint, view);
}

/* The role of an asynchronous one that the service itself gives. */
static void active_choose(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	if (checkpoint_is_asynchronous(checkpoint) && !checkpoint_is_collocated(checkpoint) &&
	    placement_holder(checkpoint, checkpoint->active_node) != checkpoint->active_node)
		placement_role_move(state, at, checkpoint);
}

void placement_role_give(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint, struct requester creator)
{
	checkpoint->active_node = creator.node; /* if it holds it */
	if (!placement_is_listed(checkpoint) || replica_find(checkpoint, creator.node, creator.incarnation) != NULL)
		checkpoint_active_set(state, at, checkpoint, creator.node, creator.incarnation);
	else
		active_choose(state, at, checkpoint);
}

void placement_role_move(struct ckpt_state *state, const struct at *at, struct checkpoint *checkpoint)
{
	const uint32_t node = placement_holder(checkpoint, checkpoint->active_node);

	for (uint32_t i = 0; i < checkpoint->replica_count; i++)
		if (checkpoint->replicas[i].node == node)
			checkpoint_active_set(state, at, checkpoint, node, checkpoint->replicas[i].incarnation);
	if (node == 0)
		checkpoint_active_set(state, at, checkpoint, 0, 0);
}

bool placement_refill(struct ckpt_state *state, const struct at *at, const struct service_view *view)
{
	struct checkpoint *checkpoint = state->listed_count == 0 ? NULL : checkpoint_first(state);
	bool done = true;

	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (!placement_is_listed(checkpoint))
			continue;
		if (!any_complete(checkpoint) && checkpoint->memory_used > 0 && !checkpoint_is_lost(checkpoint)) {
			checkpoint_lost_set(state, checkpoint, view->lineage);
			placement_drop(state, checkpoint);
		}
		done &= placement_settle(state, checkpoint);
		active_choose(state, at, checkpoint);
	}
	return done;
}

static bool is_complete_at(const struct checkpoint *checkpoint, uint32_t node, uint64_t incarnation)
{
	const struct replica *replica = replica_find(checkpoint, node, incarnation);

	return replica != NULL && replica->complete;
}

/* Both lists ascend by node; of a node the checkpoint's may have two lives. */
static void shared_add(const struct checkpoint *checkpoint, const struct service_peer *members, size_t count, uint64_t *digests)
{
	size_t at = 0;

	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];

		while (at < count && members[at].node < replica->node)
			at++;
		if (at < count && members[at].node == replica->node && members[at].incarnation == replica->incarnation && replica->complete)
			digests[at] = digest_u64(digests[at], checkpoint->content_digest);
	}
}

void placement_digest_shared(const struct ckpt_state *state, const struct service_peer *members, size_t count, uint64_t *digests)
{
	const struct checkpoint *checkpoint = state->listed_count == 0 ? NULL : checkpoint_first(state);

	for (size_t i = 0; i < count; i++)
		digests[i] = 0;
	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) /* in the order of keys: it is the directory's, so equal */
		if (placement_is_listed(checkpoint) && !checkpoint_is_lost(checkpoint) &&
		    is_complete_at(checkpoint, state->self_node, state->self_incarnation))
			shared_add(checkpoint, members, count, digests);
}

/* --- In the directory. --- */

uint64_t placement_digest(uint64_t digest, const struct checkpoint *checkpoint)
{
	if (!placement_is_listed(checkpoint))
		return digest;
	digest = digest_u64(digest, checkpoint->replicas_wanted);
	digest = digest_u64(digest_u64(digest, checkpoint->replica_number), checkpoint->history);
	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];

		digest = digest_u64(digest, (uint64_t)replica->node << 1 | replica->complete);
		digest = digest_u64(digest_u64(digest, replica->incarnation), replica->number);
	}
	return digest;
}

void placement_encode(struct wire_writer *out, const struct checkpoint *checkpoint)
{
	wire_put_u64(out, checkpoint->replica_number);
	wire_put_u64(out, checkpoint->history);
	wire_put_u32(out, checkpoint->replica_count);
	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];

		wire_put_u32(out, replica->node);
		wire_put_u64(out, replica->incarnation);
		wire_put_u64(out, replica->number);
		wire_put_bool(out, replica->complete);
	}
}

bool placement_decode(struct wire_reader *in, struct ckpt_state *state, struct checkpoint *checkpoint)
{
	checkpoint->replica_number = wire_get_u64(in);
	checkpoint->history = wire_get_u64(in);
	const uint32_t count = wire_get_count(in, REPLICA_SIZE, PLACEMENT_REPLICAS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct replica replica = {.node = wire_get_u32(in)};

		replica.incarnation = wire_get_u64(in);
		replica.number = wire_get_u64(in);
		replica.complete = wire_get_bool(in);
		const bool ascends = i == 0 || is_before(&checkpoint->replicas[i - 1], &replica);
		if (in->failed || !ascends || !placement_is_listed(checkpoint) ||
		    replica_insert(state, checkpoint, replica) == NULL)
			return false;
	}
	return !in->failed;
}

void placement_members_encode(struct wire_writer *out, const struct ckpt_state *state)
{
	wire_put_u32(out, state->member_count);
	for (uint32_t i = 0; i < state->member_count; i++) {
		wire_put_u32(out, state->members[i].node);
		wire_put_u64(out, state->members[i].incarnation);
		wire_put_bool(out, state->members[i].joining);
	}
}

bool placement_members_decode(struct wire_reader *in, struct ckpt_state *state)
{
	const uint32_t count = wire_get_count(in, MEMBER_SIZE, PLACEMENT_REPLICAS_MAX);
	struct placement_member *members = malloc((count + 1) * sizeof(*members));

	if (members == NULL)
		return false;
	free(state->members);
	state->members = members;
	state->member_count = count;
	state->joining_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		members[i].node = wire_get_u32(in);
		members[i].incarnation = wire_get_u64(in);
		members[i].joining = wire_get_bool(in);
		state->joining_count += members[i].joining;
	}
	return !in->failed;
}
