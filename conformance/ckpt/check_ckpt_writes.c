/* Promises: no answered change is lost while a holder survives in a primary view; what was read is never taken back (no dirty read); a read
 * sees what was answered before it was asked (no stale read); a write vector is there whole or not at all.
 * What an active replica answered or showed is kept, and seen by every reader, as long as it stays the active one, or hands the role over;
 * what was synchronized is as good as any. */
#include <inttypes.h>

#include "ais/ckpt/ckpt_placement.h"
#include "conformance/ckpt/world_ckpt.h"

static bool is_whole(const struct ckpt_state *state)
{
	const struct checkpoint *checkpoint = checkpoint_find_linked(state, bytes_of_text("world"));

	if (checkpoint == NULL || !placement_is_whole_here(checkpoint) || checkpoint_is_lost(checkpoint))
		return false;
	const struct replica *own = placement_replica(checkpoint, state->self_node, state->self_incarnation);
	return !placement_is_listed(checkpoint) || (own != NULL && own->complete); /* what the others do not know of does not count */
}

/* `whole`: of content a complete replica alone; else also what a joiner has so far. */
static void member_tokens(const struct world_ckpt *world, const struct ckpt_node *member, bool whole, struct token_set *set)
{
	const struct service *service = member_service(member);

	if (!whole || is_whole(service->state))
		state_tokens(world, service->state, false, set);
	else
		state_names(world, service->state, set);
	if (!whole && service->next != NULL)
		state_tokens(world, service->next, false, set);
}

/* Quorum required: what counts is stamped with the lineage under which it was answered, or a later one. */
static void stamped_add(const struct world_ckpt *world, struct token_set *all, const struct token_set *own, struct ring_id lineage)
{
	for (size_t token = 1; token <= world->token_count; token++)
		if (token_in(own, token) && (!world->quorum || lineage.seq >= world->tokens[token].answered_seq))
			token_add(all, token);
}

/* What it keeps of states that it gave up (R19). */
static void older_add(const struct world_ckpt *world, const struct ckpt_node *member, struct token_set *all)
{
	for (const struct older *older = member_service(member)->older; older != NULL; older = older->next) {
		struct token_set own = {{0}};

		if (!is_whole(older->state))
			continue;
		state_tokens(world, older->state, false, &own);
		stamped_add(world, all, &own, older->version);
	}
}

/* What somebody living holds. */
static struct token_set alive_of(const struct world_ckpt *world, const struct ckpt_node *except, bool whole)
{
	struct token_set all = {{0}};

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *member = member_of(world, node);
		struct token_set own = {{0}};

		if (member == NULL || member == except || member->stack.left)
			continue;
		member_tokens(world, member, whole, &own);
		stamped_add(world, &all, &own, member->stack.engine->lineage);
		older_add(world, member, &all);
	}
	return all;
}

static struct token_set alive(const struct world_ckpt *world)
{
	return alive_of(world, NULL, false);
}

static bool is_member(const struct ckpt_node *member, uint32_t node)
{
	return view_member_index(&member->stack.engine->view, node) != SIZE_MAX;
}

/* All that live stand in one view. */
static bool is_one_view(const struct world_ckpt *world, const struct ckpt_node *member)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *other = member_of(world, node);

		if (other != NULL && !other->stack.left &&
		    !(member_current(other) && ring_id_equal(other->stack.engine->view.ring, member->stack.engine->view.ring)))
			return false;
	}
	return true;
}

/* Without quorum required nodes that do not hear each other any more both go on, also where no packet was to be lost for ever: neither sees what
 * the other answers, and one takes it back in the end (P7). Once they are one again, what they answer from then on counts. */
static bool goes_on_apart(struct world_ckpt *world, const struct ckpt_node *member)
{
	world->went_apart &= !is_one_view(world, member);
	for (uint32_t node = SIM_NODE_FIRST; !world->quorum && !world->went_apart && node <= world->nodes; node++) {
		const struct ckpt_node *other = member_of(world, node);

		if (other != NULL && other != member && !other->stack.left && member_current(other) && !is_member(member, node) &&
		    !is_member(other, member->stack.node))
			world->went_apart = true;
	}
	return world->went_apart;
}

static void nothing_promised(struct world_ckpt *world)
{
	world->promised = world->read_promised = world->active = (struct token_set){{0}};
}

/* One whose time has come, or comes within what clocks may differ by, is nobody's promise, and neither is one that somebody deletes. */
static bool may_be_gone(const struct world_ckpt *world, size_t token)
{
	return world->tokens[token].deleted || (world->tokens[token].expiry_ns != 0 &&
	       (world->wrong_clock_kept || sim_now(world->sim) + 100 * SIM_MS >= world->tokens[token].expiry_ns));
}

void check_ckpt_crashed(struct world_ckpt *world, const struct ckpt_node *crashed)
{
	const struct token_set living = alive_of(world, crashed, true);

	for (size_t i = 0; i < CKPT_WORLD_TOKENS / 64; i++) {
		world->promised.words[i] &= living.words[i];
		world->read_promised.words[i] &= living.words[i];
	}
	/* What it alone was the truth of goes with it. */
	for (size_t token = 1; world_active_here(crashed) && token <= world->token_count; token++)
		if (position_equal(world->tokens[token].since, world_checkpoint(crashed)->active_since))
			token_remove(&world->active, token);
}

/* Of a checkpoint that is not on all nodes the last holder may have died since it had the change. */
static bool knows_living_holder(const struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);

	if (checkpoint == NULL || !placement_is_listed(checkpoint))
		return true;
	for (uint32_t i = 0; i < checkpoint->replica_count; i++) {
		const struct replica *replica = &checkpoint->replicas[i];
		const struct ckpt_node *holder = member_of(world, replica->node);

		if (replica->complete && holder != NULL && !holder->stack.left && holder->stack.engine->config.incarnation == replica->incarnation)
			return true;
	}
	return false;
}

/* As anybody knows whose state is its view's: one that has not heard yet excuses nobody. */
static bool a_holder_lives(const struct world_ckpt *world, const struct ckpt_node *member)
{
	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes; node++) {
		const struct ckpt_node *other = member_of(world, node);

		if (other != NULL && !other->stack.left && member_current(other) &&
		    ring_id_equal(other->stack.engine->lineage, member->stack.engine->lineage) && knows_living_holder(world, other))
			return true;
	}
	return knows_living_holder(world, member);
}

void check_ckpt_kept(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct token_set living = alive_of(world, NULL, true);

	for (size_t token = 1; token <= world->token_count; token++)
		if (token_in(&world->promised, token) && !token_in(&living, token) && !may_be_gone(world, token)) {
			if (!a_holder_lives(world, member)) {
				token_remove(&world->promised, token); /* lost with its last holder, which this node cannot know yet */
				continue;
			}
			sim_violation(world->sim, "answered-write-lost", "node %" PRIu32 " let go of the last that holds change %zu",
			              member->stack.node, token);
			return;
		}
}

/* From the one role to the other nothing was lost. */
static bool role_leads_to(const struct world_ckpt *world, struct position since, struct position now)
{
	for (size_t steps = 0; !position_equal(since, now); steps++) {
		size_t i = 0;

		while (i < world->role_count && !position_equal(world->roles[i].since, now))
			i++;
		if (i == world->role_count || steps > world->role_count)
			return false;
		now = world->roles[i].before;
	}
	return !world->roles_unknown;
}

void check_ckpt_role(struct world_ckpt *world, struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);
	const struct position none = {0};

	if (checkpoint == NULL || position_equal(checkpoint->active_since, member->was_since) || position_equal(member->was_since, none))
		return;
	/* Behind a gap of its transitional configuration a node takes its own word for the role, and may lack what the one before had shown. */
	if (checkpoint->active_node != member->stack.node || member->stack.engine->view.transitional)
		return;
	for (size_t i = 0; i < world->role_count; i++)
		if (position_equal(world->roles[i].since, checkpoint->active_since))
			return;
	if (world->role_count == CKPT_WORLD_ROLES)
		world->roles_unknown = true;
	else
		world->roles[world->role_count++] = (struct role){checkpoint->active_since, member->was_since};
}

/* Whether what was answered or read at an active replica must be in this node's state. */
static bool active_holds(const struct world_ckpt *world, const struct ckpt_node *member, size_t token)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);

	const struct position since = world->tokens[token].since;

	return checkpoint != NULL && !may_be_gone(world, token) &&
	       (role_leads_to(world, since, checkpoint->active_since) || role_leads_to(world, checkpoint->active_since, since));
}

static void active_add(struct world_ckpt *world, struct ckpt_node *member, size_t token)
{
	token_add(&world->active, token);
	world->tokens[token].since = world_checkpoint(member)->active_since;
	world->tokens[token].active_seq = member->stack.engine->view.ring.seq;
}

static void check_active_serving(struct world_ckpt *world, struct ckpt_node *member, const struct token_set *served, const char *where)
{
	for (size_t token = 1; token <= world->token_count; token++) {
		if (!token_in(&world->active, token) || token_in(served, token) ||
		    world->tokens[token].active_seq >= member->stack.engine->view.ring.seq) /* later than this ring began */
			continue;
		if (active_holds(world, member, token))
			sim_violation(world->sim, "active-lost", "change %zu is not in the state that node %" PRIu32 " serves (%s), and its active"
			              " replica did not fail", token, member->stack.node, where);
		token_remove(&world->active, token);
	}
}

static void stable_add(struct world_ckpt *world, struct ckpt_node *member, size_t token);

void check_ckpt_synchronized(struct world_ckpt *world, struct ckpt_node *member)
{
	struct token_set own = {{0}};

	state_tokens(world, member_service(member)->state, true, &own);
	for (size_t token = 1; token <= world->token_count; token++) {
		if (!token_in(&member->synchronize_must, token) || !active_holds(world, member, token))
			continue;
		if (!token_in(&own, token))
			sim_violation(world->sim, "active-lost", "change %zu is not there after node %" PRIu32 " synchronized", token, member->stack.node);
		else
			stable_add(world, member, token);
	}
}

void check_ckpt_serving(struct world_ckpt *world, struct ckpt_node *member, const char *where)
{
	const struct view *view = &member->stack.engine->view;
	struct token_set served = {{0}};
	struct token_set living;
	bool asked = false;

	if (goes_on_apart(world, member))
		nothing_promised(world);
	state_tokens(world, member_service(member)->state, true, &served);
	check_active_serving(world, member, &served, where);
	for (size_t token = 1; token <= world->token_count; token++) {
		const bool promised = token_in(&world->promised, token) || token_in(&world->read_promised, token);

		if (!promised || token_in(&served, token) || may_be_gone(world, token) ||
		    world->tokens[token].answered_seq >= view->ring.seq) /* answered later than this ring began */
			continue;
		if (!asked)
			living = alive(world);
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
	if (world->tokens[token].kind == TOKEN_HALF)
		sim_violation(world->sim, "half-write", "node %" PRIu32 " answers OK to write %zu, whose second section does not exist",
		              member->stack.node, token);
	else if (world_active_here(member) && !token_of_directory(world, token))
		active_add(world, member, token);
	else
		stable_add(world, member, token);
}

/* What is on all nodes: whoever had all content in this view has died since, and this node has not heard of it. In a view that began without
 * anybody who has all nothing excuses an answer. */
static bool complete_died(const struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct view *view = &member->stack.engine->view;
	bool dead = false;

	for (size_t i = 0; i < view->count; i++) {
		const struct ckpt_node *other = member_of(world, view->claims[i].node);

		if ((view->members[i].complete >> member_service(member)->index & 1) == 0)
			continue;
		if (other != NULL && !other->stack.left && other->stack.engine->config.incarnation == view->claims[i].incarnation)
			return false;
		dead = true;
	}
	return dead;
}

/* Stable means: every member of the view has it, not only the one that answers. */
static void check_members_have(struct world_ckpt *world, const struct ckpt_node *member, const struct token_set *stable, const char *was)
{
	const struct view *view = &member->stack.engine->view;

	for (size_t i = 0; i < view->count; i++) {
		const struct ckpt_node *other = member_of(world, view->claims[i].node);
		struct token_set own = {{0}};

		if (other == NULL || other->stack.left || !ring_id_equal(other->stack.engine->view.ring, view->ring) || !member_current(other))
			continue;
		state_tokens(world, member_service(other)->state, true, &own);
		for (size_t token = 1; token <= world->token_count; token++)
			if (token_in(stable, token) && !token_in(&own, token) && !may_be_gone(world, token))
				sim_violation(world->sim, "not-stable", "change %zu was %s by node %" PRIu32 " before node %" PRIu32 " had it", token,
				              was, member->stack.node, other->stack.node);
	}
}

static void stable_add(struct world_ckpt *world, struct ckpt_node *member, size_t token)
{
	struct token_set stable = {{0}};
	const struct token_set living = alive(world);

	if (goes_on_apart(world, member) || complete_died(world, member))
		return;
	if (!token_in(&living, token) && !a_holder_lives(world, member))
		return; /* lost with its last holder before it could be kept */
	token_add(&world->promised, token);
	if (world->tokens[token].answered_seq == 0)
		world->tokens[token].answered_seq = member->stack.engine->view.ring.seq;
	if (!token_in(&living, token) && !may_be_gone(world, token))
		sim_violation(world->sim, "answered-write-lost", "change %zu was answered by node %" PRIu32 " and nobody holds it", token,
		              member->stack.node);
	token_add(&stable, token);
	check_members_have(world, member, &stable, "answered");
}

/* The last that this client asked for: a later role of its own is none that the answer could be of. */
void check_ckpt_active_answered(struct world_ckpt *world, struct ckpt_node *member)
{
	const struct view *view = &member->stack.engine->view;

	for (size_t i = 0; world_active_here(member) && i < view->count; i++) {
		const struct ckpt_node *other = member_of(world, view->claims[i].node);

		if (other == NULL || other->stack.left || !ring_id_equal(other->stack.engine->view.ring, view->ring) || !member_current(other))
			continue;
		const struct checkpoint *checkpoint = world_checkpoint(other);
		if (checkpoint == NULL || position_compare(checkpoint->active_since, world_checkpoint(member)->active_since) < 0)
			sim_violation(world->sim, "not-stable", "node %" PRIu32 " was told that it is active before node %" PRIu32 " knew it",
			              member->stack.node, other->stack.node);
	}
}

void check_ckpt_lost(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = checkpoint_find_linked(member_service(member)->state, bytes_of_text("world"));

	for (uint32_t node = SIM_NODE_FIRST; checkpoint != NULL && node <= world->nodes; node++) {
		const struct ckpt_node *other = member_of(world, node);

		for (const struct older *older = member_service(other)->older; older != NULL; older = older->next) {
			const struct checkpoint *kept = checkpoint_find(older->state, checkpoint->identity);

			if (kept != NULL && kept->absent_count == 0 && checkpoint_is_lost(checkpoint) &&
			    (!world->quorum || ring_id_compare(older->version, checkpoint->lost) >= 0))
				sim_violation(world->sim, "content-lost", "a checkpoint is lost at node %" PRIu32 " though node %" PRIu32
				              " has it whole", member->stack.node, node);
		}
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
	struct token_set living, seen = {{0}};
	bool asked = false, news = false;

	if (!bytes_equal(first, second)) {
		sim_violation(world->sim, "half-write", "node %" PRIu32 " reads half of a write in key %u", member->stack.node, read->key);
		return;
	}
	for (size_t token = 1; token <= world->token_count && !goes_on_apart(world, member); token++) {
		struct token *known = &world->tokens[token];

		if (known->kind > TOKEN_HALF || known->key != read->key)
			continue;
		if (slot_token(first, token) != 0 && world_active_here(member)) {
			active_add(world, member, token);
			continue;
		}
		if (slot_token(first, token) != 0) {
			news |= !token_in(&world->read_promised, token);
			token_add(&seen, token);
			token_add(&world->read_promised, token);
			if (known->answered_seq == 0)
				known->answered_seq = member->stack.engine->view.ring.seq;
			continue;
		}
		if (token_in(&read->must_see, token) && token_in(&world->active, token) && active_holds(world, member, token))
			sim_violation(world->sim, "stale-read", "node %" PRIu32 " does not see change %zu, which the active replica had answered",
			              member->stack.node, token);
		if (!token_in(&read->must_see, token) || !(token_in(&world->promised, token) || token_in(&world->read_promised, token)))
			continue;
		if (!asked)
			living = alive(world);
		asked = true;
		if (token_in(&living, token) && !goes_on_apart(world, member))
			sim_violation(world->sim, "stale-read", "node %" PRIu32 " does not see change %zu, which was answered before it was asked",
			              member->stack.node, token);
	}
	/* What the active replica showed is not stable, also where it handed the role over before the answer left. */
	if (news && (size_t)(read - world->reads) >= member->active_reads)
		check_members_have(world, member, &seen, "read");
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
