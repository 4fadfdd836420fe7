/* Promise (R20): a resource that refuses a token below one it has seen accepts no write of an old holder after one of a new, whatever cuts and
 * sleeps: with quorum required. Who is the new one is told by the order in which grants were first seen in any state, not by the token. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

static bool is_grant(const struct lck_grant_seen *seen, struct requester requester, uint64_t number, struct lck_token token)
{
	return seen->number == number && requester_same_client(seen->requester, requester) && seen->token.number == token.number &&
	       ring_id_equal(seen->token.lineage, token.lineage);
}

/* 0: not seen. */
static size_t grant_find(const struct world_lck *world, struct requester requester, uint64_t number, struct lck_token token)
{
	for (size_t i = world->grant_count; i > 0; i--)
		if (is_grant(&world->grants[i - 1], requester, number, token))
			return i;
	return 0;
}

void check_lck_tokens_seen(struct world_lck *world, const struct picture *before, const struct picture *after)
{
	for (size_t i = 0; i < after->lock_count; i++) {
		const struct picture_lock *lock = &after->locks[i], *was = picture_find(before, lock->identity);

		if (!lock->granted || lock->orphan || (was != NULL && was->granted) || world->grant_count == LCK_WORLD_GRANTS ||
		    grant_find(world, lock->requester, lock->number, lock->token) != 0)
			continue;
		world->grants[world->grant_count++] = (struct lck_grant_seen){lock->requester, lock->number, lock->token};
	}
}

static int token_compare(const struct world_lck *world, struct lck_token one, struct lck_token other)
{
	const int lineage = ring_id_compare(one.lineage, other.lineage);

	if (lineage != 0 && !world->compares_number_alone)
		return lineage;
	return (one.number > other.number) - (one.number < other.number);
}

void check_lck_tokens_write(struct lck_world_node *node, const struct lck_world_client *client, const struct lck_world_lock *lock)
{
	struct world_lck *world = node->world;
	struct lck_recorder *recorder = &world->recorders[lock->resource];
	const struct requester requester = {
		.node = node->stack.node, .incarnation = node->stack.engine->config.incarnation, .client = client->id,
	};
	const size_t grant = grant_find(world, requester, lock->number, lock->token);

	if (grant == 0) {
		if (world->grant_count < LCK_WORLD_GRANTS)
			sim_violation(world->sim, "fencing-token", "client %" PRIu64 " of node %" PRIu32 " has a token that no state granted", client->id,
			              node->stack.node);
		return;
	}
	if (!world->compares_nothing && token_compare(world, lock->token, recorder->highest) < 0) {
		world->counts.writes_refused++;
		return;
	}
	world->counts.writes++;
	if (grant < recorder->grant && world->quorum && !world->adopted)
		sim_violation(world->sim, "fencing-token", "a write of client %" PRIu64 " of node %" PRIu32 " to resource %u is accepted after one of a"
		              " later holder", client->id, node->stack.node, lock->resource);
	recorder->highest = lock->token;
	recorder->grant = grant;
}
