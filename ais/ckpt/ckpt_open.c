#include "ckpt_open.h"

#include <stdlib.h>

#include "ckpt_placement.h"
#include "ckpt_state.h"
#include "saCkpt.h"

enum { OPENED_DIRECTORY_SIZE = 56 }; /* encoded */

struct ckpt_opened *ckpt_opened_of_node(const struct tree_node *by_client)
{
	return by_client == NULL ? NULL : container_of(by_client, struct ckpt_opened, by_client);
}

struct ckpt_opened *ckpt_opened_find(const struct ckpt_state *state, struct requester client, uint64_t open)
{
	client.call = open;
	return ckpt_opened_of_node(tree_find(&state->opens, &client));
}

static uint64_t opened_digest(const struct ckpt_opened *opened)
{
	const struct position created = opened->checkpoint->identity.position;
	uint64_t digest = digest_u64(2, opened->client.node);

	digest = digest_u64(digest, opened->client.incarnation);
	digest = digest_u64(digest, opened->client.client);
	digest = digest_u64(digest, opened->client.call);
	digest = digest_u64(digest_u64(digest, created.ring.seq), created.ring.representative);
	digest = digest_u64(digest_u64(digest, created.seq), created.index);
	return digest_u64(digest, opened->flags);
}

struct ckpt_opened *ckpt_opened_add(struct ckpt_state *state, struct requester client, uint64_t open, struct checkpoint *checkpoint,
                                    uint32_t flags)
{
	struct ckpt_opened *opened = calloc(1, sizeof(*opened));

	if (opened == NULL)
		return NULL;
	client.call = open;
	opened->client = client;
	opened->checkpoint = checkpoint;
	opened->flags = flags;
	if (tree_insert(&state->opens, &opened->by_client, &opened->client) != NULL) {
		free(opened);
		return NULL;
	}
	opened->digest = opened_digest(opened);
	state->directory_digest += opened->digest;
	state->directory_size += OPENED_DIRECTORY_SIZE;
	checkpoint->open_count++;
	checkpoint_rehash(state, checkpoint);
	return opened;
}

void ckpt_opened_remove(struct ckpt_state *state, struct ckpt_opened *opened)
{
	tree_remove(&state->opens, &opened->by_client);
	state->directory_digest -= opened->digest;
	state->directory_size -= OPENED_DIRECTORY_SIZE;
	opened->checkpoint->open_count--;
	checkpoint_rehash(state, opened->checkpoint);
	free(opened);
}

/* --- Open. --- */

static bool client_has_room(const struct ckpt_state *state, struct requester client)
{
	uint32_t count = 0;

	client.call = 0;
	for (struct tree_node *node = tree_find_after(&state->opens, &client); node != NULL; node = tree_next(node)) {
		if (!requester_same_client(ckpt_opened_of_node(node)->client, client) || ++count == CKPT_CLIENT_OPENS_MAX)
			break;
	}
	return count < CKPT_CLIENT_OPENS_MAX;
}

/* CKPT-004, -005 to -012, -016 to -024. */
static SaAisErrorT open_verdict(const struct ckpt_state *state, const struct checkpoint *checkpoint, const struct ckpt_open *open)
{
	const uint32_t known = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE | CKPT_OPEN_NEW;

	if (open->flags == 0 || (open->flags & ~known) != 0)
		return SA_AIS_ERR_BAD_FLAGS;
	if (open->creates != ((open->flags & SA_CKPT_CHECKPOINT_CREATE) != 0))
		return SA_AIS_ERR_INVALID_PARAM;
	if (open->creates && !ckpt_attributes_are_valid(&open->attributes))
		return SA_AIS_ERR_INVALID_PARAM;
	if (!open->creates && checkpoint == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if ((open->flags & CKPT_OPEN_NEW) != 0 && checkpoint != NULL)
		return SA_AIS_ERR_EXIST;
	if (open->creates && checkpoint != NULL && !ckpt_attributes_equal(&checkpoint->attributes, &open->attributes))
		return SA_AIS_ERR_EXIST;
	if (checkpoint != NULL && !placement_has_room(checkpoint, open->requester))
		return SA_AIS_ERR_NO_RESOURCES;
	if (checkpoint == NULL && state->checkpoints.count >= state->limits.checkpoint_count_max)
		return SA_AIS_ERR_NO_RESOURCES;
	if (state->directory_size + OPENED_DIRECTORY_SIZE + (checkpoint == NULL ? checkpoint_directory_size(open->name) : 0) >
	    state->limits.directory_size_max)
		return SA_AIS_ERR_NO_RESOURCES;
	if (state->opens.count >= state->limits.open_count_max || !client_has_room(state, open->requester))
		return SA_AIS_ERR_NO_RESOURCES;
	return SA_AIS_OK;
}

static void open_answer(const struct ckpt_open *open, SaAisErrorT verdict, const struct checkpoint *checkpoint, struct effects *effects)
{
	const struct ckpt_open_answer answer = {
		.open = open->requester.call,
		.section_size_max = verdict == SA_AIS_OK ? checkpoint->attributes.section_size_max : 0,
	};
	struct wire_writer body = {0};

	if (open->async)
		ckpt_opened_event_encode(&body, &(struct ckpt_opened_event){
			.invocation = open->invocation, .error = verdict, .flags = open->flags, .answer = answer,
		});
	else if (verdict == SA_AIS_OK)
		ckpt_open_answer_encode(&body, &answer);
	effects->failed |= body.failed;
	if (open->async)
		effects_notify(effects, open->requester, CKPT_EVENT_OPENED, wire_writer_bytes(&body));
	else
		effects_reply(effects, open->requester, verdict, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

/* NULL: no memory. maxSections 1: the default section is there from the start (CKPT-059). */
static struct checkpoint *checkpoint_create(struct ckpt_state *state, const struct at *at, const struct ckpt_open *open)
{
	struct checkpoint *checkpoint = checkpoint_add(state, identity_at(at), open->name, false, &open->attributes, open->replicas);

	if (checkpoint == NULL || !placement_created(state, at, checkpoint))
		return NULL;
	checkpoint->listed = checkpoint->changed = at->position;
	state->listed = at->position;
	if (checkpoint_is_asynchronous(checkpoint) && !checkpoint_is_collocated(checkpoint)) /* the service chooses (CKPT-131) */
		placement_role_give(state, at, checkpoint, open->requester);
	if (checkpoint_has_default_section(checkpoint) &&
	    section_add(state, checkpoint, at, (struct bytes){0}, SA_TIME_END) == NULL)
		return NULL;
	return checkpoint;
}

/* What is owed may come a second time, from a node whose state was not kept: it is open as the same call asked, claimed again meanwhile. (Or
 * a client numbers two calls alike: its own trouble.) */
static bool opened_again(const struct ckpt_state *state, const struct ckpt_open *open, struct effects *effects)
{
	const struct ckpt_opened *opened = ckpt_opened_find(state, open->requester, open->requester.call);

	if (opened != NULL)
		open_answer(open, SA_AIS_OK, opened->checkpoint, effects);
	return opened != NULL;
}

void ckpt_apply_open(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_open open;

	if (!ckpt_open_decode(in, &open))
		return;
	if (opened_again(state, &open, effects))
		return;
	struct checkpoint *checkpoint = checkpoint_find_linked(state, open.name);
	const SaAisErrorT verdict = open_verdict(state, checkpoint, &open);
	const uint32_t flags_kept = open.flags & ~(uint32_t)CKPT_OPEN_NEW;

	if (verdict == SA_AIS_OK && checkpoint == NULL)
		checkpoint = checkpoint_create(state, at, &open);
	if (verdict == SA_AIS_OK &&
	    (checkpoint == NULL || ckpt_opened_add(state, open.requester, open.requester.call, checkpoint, flags_kept) == NULL)) {
		effects->failed = true;
		return;
	}
	if (verdict == SA_AIS_OK) {
		effects->failed |= !placement_opened(state, checkpoint, open.requester);
		checkpoint_due_set(state, checkpoint, RETENTION_NONE, SA_TIME_END); /* CASE-075: any open stops it */
		checkpoint_rehash(state, checkpoint);
	}
	open_answer(&open, verdict, checkpoint, effects);
}

/* --- Close. --- */

static void close_one(struct ckpt_state *state, const struct at *at, struct ckpt_opened *opened, struct effects *effects)
{
	struct checkpoint *checkpoint = opened->checkpoint;
	const struct requester client = opened->client;

	ckpt_opened_remove(state, opened);
	placement_closed(state, checkpoint, client);
	if (checkpoint->open_count == 0)
		checkpoint_unopened(state, at, checkpoint, effects);
}

void ckpt_opened_close(struct ckpt_state *state, const struct at *at, struct requester client, uint64_t open, struct effects *effects)
{
	struct ckpt_opened *opened = ckpt_opened_find(state, client, open);

	if (opened != NULL)
		close_one(state, at, opened, effects);
}

void ckpt_apply_close(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_close close;

	if (ckpt_close_decode(in, &close))
		ckpt_opened_close(state, at, close.client, close.open, effects);
}

/* The client's opens are neighbours in the tree, their numbers ascend. */
static struct ckpt_opened *first_of_client(const struct ckpt_state *state, struct requester client)
{
	client.call = 0;
	struct ckpt_opened *opened = ckpt_opened_find(state, client, 0);
	if (opened == NULL)
		opened = ckpt_opened_of_node(tree_find_after(&state->opens, &client));
	return opened != NULL && requester_same_client(opened->client, client) ? opened : NULL;
}

void ckpt_apply_client_gone(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_client_gone gone;

	if (!ckpt_client_gone_decode(in, &gone))
		return;
	for (struct ckpt_opened *opened; (opened = first_of_client(state, gone.client)) != NULL;)
		close_one(state, at, opened, effects);
}

/* --- Re-claim (R17): what still exists by identity goes on. --- */

static bool is_claimed(const struct ckpt_reclaim *reclaim, const struct ckpt_opened *opened)
{
	struct wire_reader in = wire_reader_of(reclaim->claims);
	struct ckpt_claim claim;

	while (ckpt_claim_next(&in, &claim)) {
		if (claim.open == opened->client.call && identity_equal(claim.checkpoint, opened->checkpoint->identity))
			return true;
	}
	return false;
}

static void open_claimed(struct ckpt_state *state, const struct ckpt_reclaim *reclaim, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(reclaim->claims);
	struct ckpt_claim claim;

	while (ckpt_claim_next(&in, &claim)) {
		struct checkpoint *checkpoint = checkpoint_find(state, claim.checkpoint);

		if (checkpoint == NULL || ckpt_opened_find(state, reclaim->client, claim.open) != NULL ||
		    !placement_has_room(checkpoint, reclaim->client))
			continue;
		if (ckpt_opened_add(state, reclaim->client, claim.open, checkpoint, claim.flags) == NULL ||
		    !placement_opened(state, checkpoint, reclaim->client)) {
			effects->failed = true;
			return;
		}
		checkpoint_due_set(state, checkpoint, RETENTION_NONE, SA_TIME_END);
		checkpoint_rehash(state, checkpoint);
	}
}

static struct ckpt_opened *first_unclaimed(const struct ckpt_state *state, const struct ckpt_reclaim *reclaim)
{
	struct ckpt_opened *opened = first_of_client(state, reclaim->client);

	while (opened != NULL && requester_same_client(opened->client, reclaim->client)) {
		if (!is_claimed(reclaim, opened))
			return opened;
		opened = ckpt_opened_of_node(tree_next(&opened->by_client));
	}
	return NULL;
}

void ckpt_apply_reclaim(struct ckpt_state *state, const struct at *at, struct wire_reader *in, struct effects *effects)
{
	struct ckpt_reclaim reclaim;

	if (!ckpt_reclaim_decode(in, &reclaim))
		return;
	for (struct ckpt_opened *opened; (opened = first_unclaimed(state, &reclaim)) != NULL;)
		close_one(state, at, opened, effects);
	open_claimed(state, &reclaim, effects);
}
