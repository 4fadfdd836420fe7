/* Views and the barrier: claims, one verdict, `agreed`, the end and what follows from it (R5 to R10, R15, R18, R20), adoption by
 * hand or after state_wait. Not here: the verdict itself (engine_verdict.c), how a joiner gets the state (engine_catchup.c). */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

void barrier_view_clear(struct view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		claim_clear(&view->claims[i]);
		wire_writer_clear(&view->members[i].assembly.bytes);
	}
	free(view->members);
	free(view->claims);
	*view = (struct view){0};
}

static void told_clear(struct told_view *told)
{
	free(told->members);
	free(told->left);
	free(told->texts);
	*told = (struct told_view){0};
}

void barrier_told_clear(struct engine *engine)
{
	told_clear(&engine->told);
	told_clear(&engine->told_before);
	engine->current_valid = false;
}

void barrier_stamp(struct engine *engine, struct ring_id lineage, const uint32_t *members, uint32_t count)
{
	uint32_t *copy = engine_allocate(engine, count * sizeof *copy);

	if (copy == NULL)
		return;
	memcpy(copy, members, count * sizeof *copy);
	free(engine->lineage_members);
	engine->lineage = lineage;
	engine->lineage_members = copy;
	engine->lineage_member_count = count;
}

/* This node's state belongs to this view from now on. */
void barrier_stamp_view(struct engine *engine)
{
	uint32_t members[ENGINE_MEMBERS_MAX];

	for (size_t i = 0; i < engine->view.count; i++)
		members[i] = engine->view.claims[i].node;
	barrier_stamp(engine, engine->view.ring, members, (uint32_t)engine->view.count);
}

/* R16: what this node still has to wait for, as the others have to: they never were in the ring that it waits for. */
static int64_t release_wait(const struct engine *engine)
{
	const int64_t wait_ns = engine->view.release_not_before_ns - engine_now(engine);

	return wait_ns > 0 ? wait_ns : 0;
}

static void claim_send(struct engine *engine)
{
	struct view *view = &engine->view;
	struct requester debts[ENGINE_DEBTS_MAX];
	struct wire_writer out = {0};
	struct claim claim = {
		.incarnation = engine->config.incarnation, .version = engine->config.version, .lineage = engine->lineage,
		.previous = view->previous, .current = engine->state_current,
		.clock_ns = engine->host->wall_ns(engine->host->context), .boot_ns = engine->config.boot_ns,
		.release_wait_ns = release_wait(engine), .quorum_required = engine->config.quorum_required, .fencing = engine->config.fencing,
		.unfenced = engine->unfenced, .unfenced_count = engine->unfenced_count, .expected_votes = engine->expected != 0 ? engine->expected : engine->config.expected_votes,
		.expected_ordered = engine->expected != 0, .device_votes = engine->device_votes,
		.address_family = engine->config.address_family,
		.name = bytes_of_text(engine->name), .address = bytes_of_text(engine->address),
		.lineage_members = engine->lineage_members, .lineage_member_count = engine->lineage_member_count,
		.configured = engine->configured, .configured_count = (uint32_t)engine->config.configured_node_count,
		.transitional = view->came_along, .transitional_count = (uint32_t)view->came_along_count,
		.joined = engine->joined, .joined_count = engine->joined_count, .debts = debts,
	};

	digests_of(engine, claim.services, &claim.service_count);
	for (struct list *entry = engine->debts.next; entry != &engine->debts; entry = entry->next) {
		struct debt *debt = container_of(entry, struct debt, entry);

		if (claim.debt_count == ENGINE_DEBTS_MAX || !rule_on(engine, RULE_OWED_RELEASE))
			break;
		debt->claimed = view->ring;
		debts[claim.debt_count++] = debt->requester;
	}
	engine_header_encode(&out, ENGINE_CLAIM, view->ring);
	claim_encode(&out, &claim);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

static void plain_send(struct engine *engine, enum engine_message_kind kind)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, kind, engine->view.ring);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

static void transitional(struct engine *engine, const struct group_view *group_view)
{
	struct view *view = &engine->view;

	view->transitional = true;
	view->came_along_count = 0;
	for (size_t i = 0; i < group_view->member_count && i < ENGINE_MEMBERS_MAX; i++)
		view->came_along[view->came_along_count++] = group_view->members[i];
}

/* A mutant's way: pieces of an operation are put together across the views they came in. */
static void assemblies_move(struct view *old, struct view *next)
{
	for (size_t i = 0; i < next->count; i++) {
		const size_t was = old->count == 0 ? SIZE_MAX : view_member_index(old, next->claims[i].node);

		if (was == SIZE_MAX)
			continue;
		next->members[i].assembly = old->members[was].assembly;
		old->members[was].assembly = (struct assembly){0};
	}
}

/* The new view begins; what the old one leaves behind is the ring it was, who came along, and whether our state is its state. */
static bool view_begin(struct engine *engine, const struct group_view *group_view)
{
	const struct view old = engine->view;
	struct view *view = &engine->view;
	struct view next = {.installed = true, .ring = group_view->ring, .count = group_view->member_count, .previous = old.ring,
	                    .release_not_before_ns = old.release_not_before_ns, .self = SIZE_MAX};

	/* Who was left out a view ago may still believe in its lease. */
	if (next.release_not_before_ns < group_view->release_not_before_ns)
		next.release_not_before_ns = group_view->release_not_before_ns;
	if (!rule_on(engine, RULE_RELEASE_WAIT))
		next.release_not_before_ns = 0;

	if (next.count == 0 || next.count > ENGINE_MEMBERS_MAX) {
		engine_leave(engine, "a view has more members than the engine takes");
		return false;
	}
	next.members = engine_allocate(engine, next.count * sizeof *next.members);
	next.claims = engine_allocate(engine, next.count * sizeof *next.claims);
	if (next.members == NULL || next.claims == NULL) {
		free(next.members);
		free(next.claims);
		return false;
	}
	for (size_t i = 0; i < next.count; i++) {
		next.claims[i].node = group_view->members[i];
		if (group_view->members[i] == engine->config.node)
			next.self = i;
	}
	if (old.transitional) {
		memcpy(next.came_along, old.came_along, sizeof next.came_along);
		next.came_along_count = old.came_along_count;
	}
	if (!rule_on(engine, RULE_PARTS_OF_ONE_VIEW))
		assemblies_move(view, &next);
	barrier_view_clear(view);
	*view = next;
	if (view->self == SIZE_MAX) {
		engine_leave(engine, "a view without this node");
		return false;
	}
	return true;
}

void barrier_view(struct engine *engine, const struct group_view *group_view)
{
	struct view *view = &engine->view;

	engine->fresh_until_ns = 0;
	if (group_view->kind == GROUP_VIEW_TRANSITIONAL) {
		transitional(engine, group_view);
		return;
	}
	if (!rule_on(engine, RULE_ANSWER_NOT_AT_VIEW) && engine->config.quorum_required &&
	    2 * group_view->member_count > engine->config.expected_votes)
		answers_release_at_view(engine);
	engine->state_current = view->installed && view->ended && view->serving && view->members[view->self].stamped;
	catchup_stop(engine);
	if (!view_begin(engine, group_view))
		return;
	engine_timer_arm(engine, ENGINE_TIMER_DUE, INT64_MAX);
	engine_timer_arm(engine, ENGINE_TIMER_RELEASE, INT64_MAX);
	operations_view(engine);
	claim_send(engine);
}

/* R5: who does not understand what the others say of a service cannot finish, and what it says they could not apply. */
static void format_check(struct engine *engine, const struct service_engine *table, const struct verdict_service *verdict)
{
	const struct view *view = &engine->view;
	const size_t speaker = engine_verdict_speaker(view->claims, view->count, verdict, table->id);

	if (speaker == SIZE_MAX)
		return;
	const uint16_t format = claim_service_find(&view->claims[speaker], table->id)->format;
	if (format == table->format)
		return;
	engine_log(engine, HOST_LOG_ERROR, "format-differs", "service %s: this node speaks format %u, node %u and those who hold the state format %u:"
	           " they cannot share a ring. This node leaves until it, or they, run the other's release", table->name, (unsigned)table->format,
	           (unsigned)view->claims[speaker].node, (unsigned)format);
	engine_leave(engine, "others speak another format of a service");
}

static void sources_assign(struct engine *engine)
{
	struct view *view = &engine->view;

	for (size_t s = 0; s < engine->service_count; s++) {
		struct verdict_service verdict;

		engine_verdict_service(view->claims, view->count, &view->verdict, engine->services[s].table->id, &verdict);
		for (size_t i = 0; i < view->count; i++)
			view->members[i].source |= verdict.source[i] ? UINT32_C(1) << s : 0;
		engine->services[s].keeper = verdict.keeper == view->self;
		format_check(engine, engine->services[s].table, &verdict);
	}
}

static void judge(struct engine *engine)
{
	struct view *view = &engine->view;

	engine_verdict(view->claims, view->count, engine->config.rules_off, &view->verdict);
	view->judged = true;
	for (size_t i = 0; i < view->count; i++)
		view->members[i].winner = view->verdict.winner[i];
	sources_assign(engine);
	digests_at_barrier(engine);
	if (view->verdict.primary && !rule_on(engine, RULE_STAMP_WHEN_COMPLETE))
		barrier_stamp_view(engine);
	if (!view->transitional)
		plain_send(engine, ENGINE_AGREED);
}

/* Bounded: a claim that says more than any lease lasts holds nobody up. */
static void release_wait_of(struct engine *engine, const struct claim *claim)
{
	const int64_t bound_ns = ENGINE_RELEASE_WAIT_MAX_S * INT64_C(1000000000);
	const int64_t wait_ns = claim->release_wait_ns < bound_ns ? claim->release_wait_ns : bound_ns;
	const int64_t until_ns = engine_now(engine) + wait_ns;

	if (wait_ns > 0 && until_ns > engine->view.release_not_before_ns && rule_on(engine, RULE_RELEASE_WAIT))
		engine->view.release_not_before_ns = until_ns;
}

void barrier_on_claim(struct engine *engine, size_t member, struct wire_reader *in)
{
	struct view *view = &engine->view;
	struct claim claim = {.node = view->claims[member].node};

	if (view->members[member].claimed)
		return;
	if (!claim_decode(in, &claim)) {
		engine_log(engine, HOST_LOG_ERROR, "claim-malformed", "the claim of node %u does not decode: this node cannot finish the"
		           " barrier", (unsigned)view->claims[member].node);
		engine_leave(engine, "cannot decode a claim");
		return;
	}
	view->claims[member] = claim;
	view->members[member].claimed = true;
	release_wait_of(engine, &claim);
	if (++view->claimed_count == view->count)
		judge(engine);
}

/* The members' joining rings, from the winner with the lowest id: who is not in it, or came back in another incarnation, joins now. */
static bool facts_joined(struct engine *engine)
{
	const struct view *view = &engine->view;
	const struct claim *reference = &view->claims[view->verdict.reference];
	struct claim_joined *joined = engine_allocate(engine, view->count * sizeof *joined);

	if (joined == NULL)
		return false;
	for (size_t i = 0; i < view->count; i++) {
		joined[i] = (struct claim_joined){.node = view->claims[i].node, .incarnation = view->claims[i].incarnation, .ring = view->ring};
		for (uint32_t j = 0; j < reference->joined_count; j++)
			if (reference->joined[j].node == joined[i].node && reference->joined[j].incarnation == joined[i].incarnation)
				joined[i].ring = reference->joined[j].ring;
	}
	free(engine->joined);
	engine->joined = joined;
	engine->joined_count = (uint32_t)view->count;
	return true;
}

static struct bytes text_copy(uint8_t **texts, struct bytes text)
{
	const struct bytes copy = bytes_of(*texts, text.size);

	if (text.size > 0)
		memcpy(*texts, text.data, text.size);
	*texts += text.size;
	return copy;
}

static const struct service_member *told_find(const struct told_view *told, uint32_t node)
{
	for (size_t i = 0; i < told->member_count; i++)
		if (told->members[i].node == node)
			return &told->members[i];
	return NULL;
}

static void told_members(struct engine *engine, struct told_view *told)
{
	const struct view *view = &engine->view;
	uint8_t *texts = told->texts;

	for (size_t i = 0; i < view->count; i++) {
		const struct claim *claim = &view->claims[i];
		const struct service_member *before = told_find(&engine->told, claim->node);

		told->members[told->member_count++] = (struct service_member){
			.node = claim->node, .incarnation = claim->incarnation,
			.winner = view->members[i].winner,
			.name = text_copy(&texts, claim->name), .address = text_copy(&texts, claim->address),
			.address_family = claim->address_family, .boot_ns = claim->boot_ns, .joined = engine->joined[i].ring,
			.just_joined = before == NULL || before->incarnation != claim->incarnation,
		};
	}
}

static void told_left(struct engine *engine, struct told_view *told)
{
	for (size_t i = 0; i < engine->told.member_count; i++) {
		const struct service_member *before = &engine->told.members[i];

		if (told_find(told, before->node) == NULL)
			told->left[told->left_count++] = (struct service_left){
				.node = before->node, .name = before->name, .address = before->address,
				.address_family = before->address_family, .boot_ns = before->boot_ns, .joined = before->joined,
			};
	}
}

/* What services are shown of this view. */
static bool tell_prepare(struct engine *engine)
{
	const struct view *view = &engine->view;
	struct told_view told = {0};
	size_t text_size = 0;

	for (size_t i = 0; i < view->count; i++)
		text_size += view->claims[i].name.size + view->claims[i].address.size;
	told.members = engine_allocate(engine, view->count * sizeof *told.members);
	told.left = engine_allocate(engine, engine->told.member_count * sizeof *told.left);
	told.texts = engine_allocate(engine, text_size);
	if (told.members == NULL || told.left == NULL || told.texts == NULL) {
		told_clear(&told);
		return false;
	}
	told_members(engine, &told);
	told_left(engine, &told);
	told_clear(&engine->told_before);
	engine->told_before = engine->told;
	engine->told = told;
	engine->current = (struct service_view){
		.ring = view->ring, .members = told.members, .member_count = told.member_count, .left = told.left,
		.left_count = told.left_count, .node = engine->config.node, .serving = view->serving,
	};
	engine->current_valid = true;
	return true;
}

const struct service_view *barrier_view_of(struct engine *engine, const struct service *service)
{
	const struct view *view = &engine->view;

	if (!view->ended || !ring_id_equal(view->ring, engine->current.ring))
		return &engine->current; /* of a view that is over: as it was told */
	for (size_t i = 0; i < view->count; i++) {
		struct service_member *told = &engine->told.members[i];

		told->holds = (view->members[i].source >> service->index & 1) != 0;
		told->winner = told->holds || !rule_on(engine, RULE_LOSERS_LOCKS_RELEASED);
		told->announces = claim_service_find(&view->claims[i], service->table->id) != NULL;
	}
	return &engine->current;
}

/* R10, per service: the position at which members stamped with this view came to be a majority. */
void barrier_majorities(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	for (size_t s = 0; s < engine->service_count; s++) {
		uint32_t votes = 0;

		for (size_t i = 0; i < view->count; i++)
			votes += view->members[i].stamped &&
			         (!rule_on(engine, RULE_COUNTED_PER_SERVICE) ||
			          claim_service_find(&view->claims[i], engine->services[s].table->id) != NULL);
		const bool enough = !view->verdict.quorum_required || !rule_on(engine, RULE_MAJORITY_STAMPED) ||
		                    votes >= view->votes_needed;
		if (view->majority[s] || !enough)
			continue;
		view->majority[s] = true;
		view->majority_at[s] = position;
	}
}

/* The state that the view takes of the service has objects that are not on all nodes. */
static bool lists_objects(const struct engine *engine, size_t s)
{
	const struct view *view = &engine->view;

	for (size_t i = 0; i < view->count; i++)
		if ((view->members[i].source >> s & 1) != 0)
			return claim_service_find(&view->claims[i], engine->services[s].table->id)->listed;
	return false;
}

/* Who has all content; nobody: it is found object by object (R19). */
static void complete_assign(struct engine *engine, size_t s)
{
	struct view *view = &engine->view;
	struct service *service = &engine->services[s];
	const uint32_t bit = UINT32_C(1) << s;
	bool any = false, announced = false;

	for (size_t i = 0; i < view->count; i++) {
		const struct claim_service *claimed = claim_service_find(&view->claims[i], service->table->id);

		if ((view->members[i].source >> s & 1) == 0)
			continue;
		announced = true;
		view->members[i].complete |= claimed->complete ? bit : 0;
		any |= claimed->complete;
	}
	service->nobody = announced && !any && service->table->object_next != NULL;
	service->partial = service->nobody || (service->table->objects_listed != NULL && lists_objects(engine, s));
}

/* The view as its end shows it. Where it decides late nobody keeps a lock: every member told its clients at the end that they hold none (R20),
 * and what it owes since then is in no claim of this view. */
static struct service_view applied_view_of(struct engine *engine, const struct service *service)
{
	const struct service_view shown = *barrier_view_of(engine, service);

	for (size_t i = 0; engine->view.late && i < engine->told.member_count; i++)
		engine->told.members[i].winner = false;
	return shown;
}

/* Of the state that the view takes of the service. */
static struct ring_id lineage_taken(const struct view *view, size_t s)
{
	for (size_t i = 0; i < view->count; i++)
		if ((view->members[i].source >> s & 1) != 0)
			return view->claims[i].lineage;
	return view->verdict.lineage;
}

/* R18: where the state is the view's, at the end or when everybody is fenced, in the total order; a copy of later has it already. */
void barrier_applied(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;
	const struct claim *reference = &view->claims[view->verdict.reference];
	const struct at at = {.position = position, .sender = reference->node, .incarnation = reference->incarnation,
	                      .clock_ns = view->claims[view->verdict.keeper].clock_ns, .version = engine->version};
	size_t debt_count = 0;

	view->applied = true;
	for (size_t i = 0; i < view->count; i++)
		debt_count += view->claims[i].debt_count;
	struct requester *debts = engine_allocate(engine, debt_count * sizeof *debts);
	if (debts == NULL)
		return;
	debt_count = 0;
	for (size_t i = 0; i < view->count; i++)
		for (uint32_t d = 0; d < view->claims[i].debt_count; d++)
			debts[debt_count++] = view->claims[i].debts[d];
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		const bool current = view_self_source(engine, s) || (view->members[view->self].stamped && !engine->pull.joining);
		void *state = current ? service->state : service->next;

		if (state == NULL || service->table->view_applied == NULL)
			continue;
		struct service_view shown = applied_view_of(engine, service);
		shown.debts = debts;
		shown.lineage = lineage_taken(view, s);
		shown.debt_count = debt_count;
		effects_reset(&engine->effects);
		service->table->view_applied(state, &at, &shown, &engine->effects);
		if (current)
			answers_effects(engine, service, position);
	}
	free(debts);
	objects_step(engine);
}

static void view_ended(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++)
		if (engine->services[s].table->view_ended != NULL)
			engine->services[s].table->view_ended(&engine->services[s], barrier_view_of(engine, &engine->services[s]));
}

/* The view serves from here on. */
static void serve(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	engine->current.serving = true;
	for (size_t i = 0; i < view->count; i++)
		view->members[i].stamped = view->members[i].winner;
	for (size_t s = 0; s < engine->service_count; s++)
		complete_assign(engine, s);
	barrier_majorities(engine, position);
	if (view->members[view->self].winner) {
		if (view->primary && rule_on(engine, RULE_STAMP_WHEN_COMPLETE))
			barrier_stamp_view(engine);
		if (view->primary)
			engine->answered_apart = 0;
		votes_take(engine);
	}
	operations_owed_view(engine, view->members[view->self].winner);
	if (fencing_waits(engine))
		fencing_announce(engine);
	else
		barrier_applied(engine, position);
	view_ended(engine);
	if (!view->members[view->self].winner)
		requests_undone(engine);
	catchup_begin(engine);
	keeper_view(engine);
}

/* A mutant's way: a view that decides nothing is adopted all the same. */
static void adopt_in_nonprimary(struct engine *engine)
{
	struct view *view = &engine->view;

	engine->pull.joining = !view->members[view->self].winner;
	for (size_t i = 0; i < view->count; i++)
		view->members[i].stamped = view->members[i].winner;
	for (size_t s = 0; s < engine->service_count; s++)
		complete_assign(engine, s);
	catchup_begin(engine);
}

static void refuse(struct engine *engine)
{
	view_ended(engine);
	requests_undone(engine);
	operations_not_served(engine);
	if (!rule_on(engine, RULE_NO_ADOPT_IN_NONPRIMARY) && !ring_id_is_none(engine->view.verdict.lineage))
		adopt_in_nonprimary(engine);
}

static bool waits_for_state(const struct engine *engine)
{
	const struct view *view = &engine->view;

	if (!view->ended)
		return false;
	return view->serving ? !view->full && !view->verdict.quorum_required : view->quorate;
}

void barrier_state_wait_arm(struct engine *engine)
{
	if (!waits_for_state(engine)) {
		engine->state_wait_since_ns = 0;
		engine_timer_arm(engine, ENGINE_TIMER_STATE_WAIT, INT64_MAX);
		return;
	}
	if (engine->state_wait_since_ns == 0)
		engine->state_wait_since_ns = engine_now(engine);
	if (engine->config.state_wait_ns < INT64_MAX - engine->state_wait_since_ns)
		engine_timer_arm(engine, ENGINE_TIMER_STATE_WAIT, engine->state_wait_since_ns + engine->config.state_wait_ns);
}

static void log_end(struct engine *engine)
{
	const struct view *view = &engine->view;
	const struct ring_text ring = ring_id_text(view->ring), lineage = ring_id_text(view->verdict.lineage);

	engine_log(engine, HOST_LOG_NOTICE, "barrier-ended", "ring %s: %zu members, %zu hold the state of lineage %s; %s%s%s", ring.text,
	           view->count, view->verdict.winner_count, ring_id_is_none(view->verdict.lineage) ? "none" : lineage.text,
	           view->serving ? "serving" : "not serving", view->primary ? ", primary" : "",
	           view->members[view->self].winner ? "" : ", this node takes the state over");
}

static void barrier_end(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	view->ended = true;
	view->end = position;
	view->serving = view->verdict.serving;
	view->primary = view->verdict.primary;
	view->full = view->verdict.full;
	for (size_t s = 0; s < engine->service_count; s++)
		view->full &= !lists_objects(engine, s); /* which of those are lost each winner finds for itself */
	view->votes_needed = view->verdict.expected_votes / 2 + 1;
	if (rule_on(engine, RULE_OPERATING_VERSION))
		engine->version = view->verdict.version;
	engine->pull.joining = view->serving && !view->members[view->self].winner;
	votes_facts(engine);
	for (size_t i = 0; i < view->count; i++)
		view->fencing |= view->claims[i].fencing;
	if (!fencing_facts(engine) || !facts_joined(engine) || !tell_prepare(engine))
		return;
	log_end(engine);
	answers_decide(engine);
	if (view->serving)
		serve(engine, position);
	else
		refuse(engine);
	barrier_state_wait_arm(engine);
	engine->waiting_dirty = true;
	operations_flush(engine);
	answers_release(engine);
}

void barrier_on_agreed(struct engine *engine, size_t member, struct position position)
{
	struct view *view = &engine->view;

	if (!view->judged || view->members[member].agreed)
		return;
	view->members[member].agreed = true;
	if (++view->agreed_count == view->count)
		barrier_end(engine, position);
}

/* A view whose barrier ended without a decision decides from here on, with the state that its verdict names. */
void barrier_serve_late(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	catchup_stop(engine);
	view->serving = view->primary = true;
	view->late = rule_on(engine, RULE_LATE_VIEW_KEEPS_NO_LOCK);
	engine->pull.joining = !view->members[view->self].winner;
	view->end = position;
	view->settled = false;
	serve(engine, position);
	barrier_state_wait_arm(engine);
	engine->waiting_dirty = true;
	operations_flush(engine);
	answers_release(engine);
}

/* R7, R8: the ordered word that makes the view primary with the best state it has; in a view that serves, that gives up on content
 * which nobody holds (R19). */
void barrier_on_adopt(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;

	if (!view->ended || (view->serving && view->full))
		return;
	view->full = true;
	if (view->serving) {
		objects_step(engine);
	} else {
		engine_log(engine, HOST_LOG_WARNING, "adopted", "this view decides from here on with the best state it has (%zu of %zu members"
		           " hold it); what only absent nodes held is given up", view->verdict.winner_count, view->count);
		view->votes_needed = (uint32_t)view->count / 2 + 1;
		barrier_serve_late(engine, position);
		return;
	}
	barrier_state_wait_arm(engine);
	engine->waiting_dirty = true;
	operations_flush(engine);
	answers_release(engine);
}

void barrier_tell(struct engine *engine)
{
	struct view *view = &engine->view;

	if (!view->ended || (rule_on(engine, RULE_BARRIER_END_STABLE) &&
	                     (!view->stable_valid || position_compare(view->stable, view->end) < 0)))
		return;
	/* A loser's own state may still show what it owes, and may win later, should the others' be lost: it has to adopt first. */
	if (!view->settled && view->applied && view->primary && view->members[view->self].stamped) {
		view->settled = true;
		answers_debts_settled(engine);
	}
	if (view->told)
		return;
	view->told = true;
	engine->waiting_dirty = true;
	for (size_t s = 0; s < engine->service_count; s++)
		if (engine->services[s].table->view_stable != NULL)
			engine->services[s].table->view_stable(&engine->services[s], barrier_view_of(engine, &engine->services[s]));
}

static bool any_lost(const struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++)
		if (objects_any_lost(&engine->services[s]))
			return true;
	return false;
}

void barrier_state_wait(struct engine *engine)
{
	if (!waits_for_state(engine) || engine->view.self != 0 || engine->view.transitional ||
	    (engine->view.serving && !any_lost(engine)))
		return;
	engine_log(engine, HOST_LOG_WARNING, "state-wait-over", "state_wait is over: the view goes on without the missing nodes");
	plain_send(engine, ENGINE_ADOPT);
}

bool engine_adopt(struct engine *engine)
{
	const struct view *view = &engine->view;

	if (engine->leaving || !view->ended || view->transitional || (view->serving && (view->full || !any_lost(engine))))
		return false;
	plain_send(engine, ENGINE_ADOPT);
	return true;
}
