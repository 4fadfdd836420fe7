/* Promises: no answered change is lost while a holder survives in a primary view; what was read is never taken back (no dirty read); a read
 * sees what was answered before it was asked (no stale read); a write vector is there whole or not at all. */
#include <inttypes.h>

#include "conformance/ckpt/world_ckpt.h"

static void member_tokens(const struct world_ckpt *world, const struct ckpt_node *member, struct token_set *set)
{
	const struct service *service = member_service(member);

	state_tokens(world, service->state, false, set);
	if (service->next != NULL)
		state_tokens(world, service->next, false, set);
}

/* What somebody living holds; with quorum required, stamped with the lineage under which it was answered, or a later one. */
static struct token_set alive(const struct world_ckpt *world, const struct ckpt_node *except)
{
	struct token_set all = {{0}};

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *member = member_of(world, node);
		struct token_set own = {{0}};

		if (member == NULL || member == except || member->stack.left)
			continue;
		member_tokens(world, member, &own);
		for (size_t token = 1; token <= world->token_count; token++)
			if (token_in(&own, token) &&
			    (!world->quorum || member->stack.engine->lineage.seq >= world->tokens[token].answered_seq))
				token_add(&all, token);
	}
	return all;
}

/* One whose time has come, or comes within what clocks may differ by, is nobody's promise. */
static bool has_expired(const struct world_ckpt *world, size_t token)
{
	return world->tokens[token].kind == TOKEN_EXPIRING &&
	       (world->wrong_clock_kept || sim_now(world->sim) + 100 * SIM_MS >= world->tokens[token].expiry_ns);
}

void check_ckpt_crashed(struct world_ckpt *world, const struct ckpt_node *crashed)
{
	const struct token_set living = alive(world, crashed);

	for (size_t i = 0; i < CKPT_WORLD_TOKENS / 64; i++) {
		world->promised.words[i] &= living.words[i];
		world->read_promised.words[i] &= living.words[i];
	}
}

void check_ckpt_serving(struct world_ckpt *world, struct ckpt_node *member, const char *where)
{
	const struct view *view = &member->stack.engine->view;
	struct token_set served = {{0}};
	struct token_set living;
	bool asked = false;

	state_tokens(world, member_service(member)->state, true, &served);
	for (size_t token = 1; token <= world->token_count; token++) {
		const bool promised = token_in(&world->promised, token) || token_in(&world->read_promised, token);

		if (!promised || token_in(&served, token) || has_expired(world, token) ||
		    world->tokens[token].answered_seq >= view->ring.seq) /* answered later than this ring began */
			continue;
		if (!asked)
			living = alive(world, NULL);
		asked = true;
		if (token_in(&living, token)) {
			sim_violation(world->sim, token_in(&world->promised, token) ? "answered-write-lost" : "dirty-read",
			              "change %zu is not in the state that node %" PRIu32 " serves in ring %s (%s)", token, member->stack.node,
			              ring_id_text(view->ring).text, where);
			return;
		}
		token_remove(&world->promised, token);
		token_remove(&world->read_promised, token);
	}
}

void check_ckpt_promised(struct world_ckpt *world, struct ckpt_node *member, size_t token)
{
	const struct token_set living = alive(world, NULL);

	if (world->tokens[token].kind == TOKEN_HALF) {
		sim_violation(world->sim, "half-write", "node %" PRIu32 " answers OK to write %zu, whose second section does not exist",
		              member->stack.node, token);
		return;
	}
	token_add(&world->promised, token);
	if (world->tokens[token].answered_seq == 0)
		world->tokens[token].answered_seq = member->stack.engine->view.ring.seq;
	if (!token_in(&living, token) && !has_expired(world, token))
		sim_violation(world->sim, "answered-write-lost", "change %zu was answered by node %" PRIu32 " and nobody holds it", token,
		              member->stack.node);
	/* Stable means: every member of the view has it, not only the one that answers. */
	const struct view *view = &member->stack.engine->view;
	for (size_t i = 0; i < view->count && !has_expired(world, token); i++) {
		const struct ckpt_node *other = member_of(world, view->claims[i].node);
		struct token_set own = {{0}};

		if (other == NULL || other->stack.left || !ring_id_equal(other->stack.engine->view.ring, view->ring) || !member_current(other))
			continue;
		state_tokens(world, member_service(other)->state, true, &own);
		if (!token_in(&own, token))
			sim_violation(world->sim, "not-stable", "change %zu was answered by node %" PRIu32 " before node %" PRIu32 " had it",
			              token, member->stack.node, other->stack.node);
	}
}

static uint64_t slot_token(struct bytes content, size_t token)
{
	const size_t at = token * CKPT_WORLD_SLOT;
	struct wire_reader in;

	if (at + CKPT_WORLD_SLOT > content.size)
		return 0;
	in = wire_reader_of(bytes_of(content.data + at, 8));
	return wire_get_u64(&in);
}

void check_ckpt_read(struct world_ckpt *world, struct ckpt_node *member, const struct read_asked *read, struct bytes first,
                     struct bytes second)
{
	struct token_set living;
	bool asked = false;

	if (!bytes_equal(first, second)) {
		sim_violation(world->sim, "half-write", "node %" PRIu32 " reads half of a write in key %u", member->stack.node, read->key);
		return;
	}
	for (size_t token = 1; token <= world->token_count; token++) {
		struct token *known = &world->tokens[token];

		if (known->kind > TOKEN_HALF || known->key != read->key)
			continue;
		if (slot_token(first, token) != 0) {
			token_add(&world->read_promised, token);
			if (known->answered_seq == 0)
				known->answered_seq = member->stack.engine->view.ring.seq;
			continue;
		}
		if (!token_in(&read->must_see, token) || !(token_in(&world->promised, token) || token_in(&world->read_promised, token)))
			continue;
		if (!asked)
			living = alive(world, NULL);
		asked = true;
		if (token_in(&living, token))
			sim_violation(world->sim, "stale-read", "node %" PRIu32 " does not see change %zu, which was answered before it was asked",
			              member->stack.node, token);
	}
}

void check_ckpt_whole(struct world_ckpt *world, struct ckpt_node *member)
{
	const struct ckpt_state *state = member_service(member)->state;
	const struct checkpoint *checkpoint = checkpoint_find_linked(state, bytes_of_text("world"));

	for (unsigned key = 0; checkpoint != NULL && key < CKPT_WORLD_KEYS; key++) {
		char one[24], other[24];

		section_name(one, "a", key);
		section_name(other, "b", key);
		const struct section *first = section_find(checkpoint, bytes_of_text(one));
		const struct section *second = section_find(checkpoint, bytes_of_text(other));
		if (first == NULL || second == NULL || !first->present || !second->present)
			continue;
		const struct bytes content = section_content(checkpoint, first);
		if (!bytes_equal(content, section_content(checkpoint, second)))
			sim_violation(world->sim, "half-write", "node %" PRIu32 " holds half of a write in key %u", member->stack.node, key);
		for (size_t token = 1; token <= world->token_count; token++)
			if (world->tokens[token].kind == TOKEN_HALF && world->tokens[token].key == key && slot_token(content, token) != 0)
				sim_violation(world->sim, "half-write", "node %" PRIu32 " holds half of write %zu, which must be refused",
				              member->stack.node, token);
	}
}
