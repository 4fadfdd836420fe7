#include "conformance/ckpt/mutants.h"

#include "ais/ckpt/ckpt_placement.h"

/* The world has one mutant at a time, and one thread: the table that its services are made from may be a static copy. */
static struct service_request requests[CKPT_REQUEST_COUNT];

static void answers_agreed(struct world_ckpt *world)
{
	for (size_t i = 0; i < CKPT_REQUEST_COUNT; i++) {
		requests[i] = aisle_service_ckpt.requests[i];
		if (requests[i].answer == ANSWER_STABLE)
			requests[i].answer = ANSWER_AGREED;
	}
	world->service.requests = requests;
}

static void no_range_open(void *state, const struct service_range *range)
{
	(void)state;
	(void)range;
}

/* The range is open, but what is written into it meanwhile is not kept. */
static void apply_without_patches(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct ckpt_state *state = context;
	const bool is_open = state->range.is_open;

	state->range.is_open = false;
	aisle_service_ckpt.apply(context, at, operation, body, effects);
	state->range.is_open = is_open;
}

static uint64_t no_digest(const void *state)
{
	(void)state;
	return 0;
}

/* Each element by itself, as long as they are fine. */
static void apply_elements_apart(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body), elements;
	struct ckpt_write write;
	struct ckpt_element element;

	if (operation != CKPT_OPERATION_WRITE || !ckpt_write_decode(&in, &write)) {
		aisle_service_ckpt.apply(state, at, operation, body, effects);
		return;
	}
	elements = wire_reader_of(write.elements);
	while (ckpt_element_next(&elements, &element)) {
		struct wire_writer one = {0}, whole = {0};

		ckpt_element_encode(&one, &element);
		ckpt_write_encode(&whole, &(struct ckpt_write){write.requester, write.checkpoint, 1, wire_writer_bytes(&one)});
		effects_reset(effects);
		aisle_service_ckpt.apply(state, at, operation, wire_writer_bytes(&whole), effects);
		wire_writer_clear(&one);
		wire_writer_clear(&whole);
	}
}

static void view_closes_nothing(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	(void)state;
	(void)at;
	(void)view;
	(void)effects;
}

/* The directory forgets when a section is to go. */
static int64_t nothing_is_due(struct service *service, int64_t now_ns)
{
	(void)service;
	(void)now_ns;
	return INT64_MAX;
}

static void no_withdraw(struct world_ckpt *world)
{
	for (size_t i = 0; i < CKPT_REQUEST_COUNT; i++)
		requests[i] = aisle_service_ckpt.requests[i];
	requests[CKPT_REQUEST_OPEN].withdraw = NULL;
	world->service.requests = requests;
}

static bool copy_of_zeros(const void *state, const struct service_range *range, struct wire_writer *out)
{
	struct wire_writer copy = {0};
	const bool done = aisle_service_ckpt.range_copy(state, range, &copy);

	if (done && copy.size > 8)
		copy.data[copy.size - 8] = 0; /* one byte of the last section */
	wire_put_raw(out, copy.data, copy.size);
	wire_writer_clear(&copy);
	return done;
}

static void nothing_lost(void *state, struct ring_id since)
{
	(void)state;
	(void)since;
}

static bool restore_without_bytes(void *state, const struct at *at, struct bytes key, struct wire_reader *in, const void *older,
                                  struct effects *effects)
{
	const bool done = aisle_service_ckpt.object_restore(state, at, key, in, NULL, effects);

	if (done && older != NULL)
		aisle_service_ckpt.object_give_up(state, at, key, effects);
	return done;
}

static void apply_all_active(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	aisle_service_ckpt.apply(state, at, operation, body, effects);
	for (size_t i = 0; i < effects->count; i++)
		if (effects->list[i].active_node != 0)
			effects->list[i].active_node = effects->list[i].requester.node;
}

static void apply_role_at_once(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	aisle_service_ckpt.apply(state, at, operation, body, effects);
	for (size_t i = 0; i < effects->count; i++)
		effects->list[i].active_since = (struct position){0};
}

static void asked_without_looking(struct service *service, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	struct wire_writer nothing = {0};
	struct ckpt_read read;

	if (!ckpt_read_decode(&in, &read))
		return;
	wire_put_bytes(&nothing, (struct bytes){0});
	wire_put_bytes(&nothing, (struct bytes){0});
	ckpt_read_answer_encode(service_operation(service, CKPT_OPERATION_READ_ANSWER), &(struct ckpt_read_answer){
		.requester = read.requester, .code = SA_AIS_OK, .body = wire_writer_bytes(&nothing),
	});
	wire_writer_clear(&nothing);
	service_multicast_own(service);
}

static enum service_outcome read_without_order(struct service *service, struct client *client, struct wire_reader *in)
{
	client->current->ordered = true;
	return aisle_service_ckpt.requests[CKPT_REQUEST_READ].handle(service, client, in);
}

static void view_without_losers(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct service_member members[SIM_NODES_MAX];
	struct service_view all = *view;

	for (size_t i = 0; i < view->member_count; i++) {
		members[i] = view->members[i];
		members[i].winner = true;
	}
	all.members = members;
	aisle_service_ckpt.view_applied(state, at, &all, effects);
}

static void self_unknown(void *state, uint32_t node, uint64_t incarnation)
{
	(void)node;
	aisle_service_ckpt.self_set(state, 0, incarnation);
}

static bool fill_told_early(void *context, struct service_object *object)
{
	struct ckpt_state *state = context;
	struct checkpoint *checkpoint = checkpoint_first(state);

	for (; checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		if (!placement_is_listed(checkpoint) || !checkpoint->here || checkpoint->here_number == checkpoint->told_number ||
		    placement_replica(checkpoint, state->self_node, state->self_incarnation)->complete)
			continue;
		*object = (struct service_object){
			.key = bytes_of(checkpoint->key, sizeof(checkpoint->key)), .number = checkpoint->here_number,
		};
		checkpoint->told_number = checkpoint->here_number;
		return true;
	}
	return false;
}

static void view_without_refill(void *context, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct service_member members[SIM_NODES_MAX];
	struct service_view alone = *view;

	/* Whoever holds nothing of it takes no part. */
	for (size_t i = 0; i < view->member_count; i++) {
		const struct checkpoint *checkpoint = checkpoint_first(context);

		members[i] = view->members[i];
		members[i].announces = checkpoint == NULL ||
		                       placement_replica(checkpoint, members[i].node, members[i].incarnation) != NULL;
	}
	alone.members = members;
	aisle_service_ckpt.view_applied(context, at, &alone, effects);
}

static void view_holders_stay(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct service_member members[SIM_NODES_MAX];
	struct service_view all = *view;

	for (size_t i = 0; i < view->member_count; i++) {
		members[i] = view->members[i];
		members[i].holds = true;
	}
	all.members = members;
	aisle_service_ckpt.view_applied(state, at, &all, effects);
}

static void view_without_loss(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct service_view shown = *view;

	shown.lineage = (struct ring_id){0};
	aisle_service_ckpt.view_applied(state, at, &shown, effects);
}

/* What nobody has open stays. */
static void apply_without_retention_end(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	if (operation != CKPT_OPERATION_RETENTION_END)
		aisle_service_ckpt.apply(state, at, operation, body, effects);
}

/* Of what was written, the last change alone is in the digests. */
static void apply_without_history(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	aisle_service_ckpt.apply(context, at, operation, body, effects);
	for (struct checkpoint *checkpoint = checkpoint_first(context); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint)) {
		checkpoint->history = 0;
		checkpoint_rehash(context, checkpoint);
	}
}

static void requests_with(struct world_ckpt *world, enum ckpt_request request, struct service_request row)
{
	for (size_t i = 0; i < CKPT_REQUEST_COUNT; i++)
		requests[i] = aisle_service_ckpt.requests[i];
	requests[request] = row;
	world->service.requests = requests;
}

static void no_reclaim(struct world_ckpt *world)
{
	world->service.client_reclaim = NULL;
}

static void reads_without_order(struct world_ckpt *world)
{
	struct service_request row = aisle_service_ckpt.requests[CKPT_REQUEST_READ];

	row.handle = read_without_order;
	requests_with(world, CKPT_REQUEST_READ, row);
}

static void request_agreed(struct world_ckpt *world, enum ckpt_request request)
{
	struct service_request row = aisle_service_ckpt.requests[request];

	row.answer = ANSWER_AGREED;
	requests_with(world, request, row);
}

static void synchronize_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_SYNCHRONIZE);
}

static void reads_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_READ);
}

static void overwrites_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_OVERWRITE);
}

static void deletions_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_SECTION_DELETE);
}

static void expirations_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_EXPIRATION_SET);
}

static void unlinks_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_UNLINK);
}

static void retentions_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_RETENTION_SET);
}

static void roles_agreed(struct world_ckpt *world)
{
	request_agreed(world, CKPT_REQUEST_ACTIVE_SET);
}

/* One is a hook in the place of CKPT's own, a rule of the engine, a check of readers, or what a function changes. */
static const struct mutant {
	struct service_engine hooks;
	uint64_t rules_off;
	unsigned readers_unchecked;
	void (*change)(struct world_ckpt *world);
} mutants[] = {
	[1] = {.change = answers_agreed}, /* answers leave before they are stable */
	[2] = {.hooks.apply = apply_without_patches}, /* a joiner does not keep what is written into its range */
	[3] = {.hooks = {.digest_directory = no_digest, .digest_content = no_digest}}, /* states that differ look equal */
	[4] = {.hooks.apply = apply_elements_apart}, /* a vector is applied piece by piece */
	[5] = {.hooks.view_applied = view_closes_nothing}, /* opens of departed nodes stay */
	[6] = {.hooks.due = nothing_is_due}, /* nothing expires */
	[7] = {.change = no_withdraw}, /* an open that timed out stays open */
	[8] = {.hooks.range_copy = copy_of_zeros}, /* a copy is not what the donor has */
	[9] = {.change = no_reclaim}, /* what clients hold open is not claimed again */
	[10] = {.hooks.range_open = no_range_open}, /* the joiner's range is never opened */
	[11] = {.rules_off = UINT64_C(1) << RULE_LOSER_KEEPS_OLD}, /* a state that is given up is not kept */
	[12] = {.rules_off = UINT64_C(1) << RULE_OLDER_IS_LOSS}, /* an older state is used though its loss was not accepted */
	[13] = {.hooks.objects_lost = nothing_lost}, /* what nobody has is not known as lost */
	[14] = {.hooks.object_restore = restore_without_bytes}, /* who restores a checkpoint does not bring its bytes */
	[15] = {.readers_unchecked = IMAGE_CHECK_SEQUENCE}, /* readers of memory do not look at sequences */
	[16] = {.readers_unchecked = IMAGE_CHECK_LEASE}, /* nor at the lease */
	[17] = {.readers_unchecked = IMAGE_CHECK_STABLE}, /* nor at what is stable */
	[18] = {.readers_unchecked = IMAGE_CHECK_GENERATION}, /* nor at the generation */
	[19] = {.hooks.apply = apply_all_active}, /* who is not active answers like the active one */
	[20] = {.change = reads_without_order}, /* who is not active reads what is here */
	[21] = {.hooks.apply = apply_role_at_once}, /* a new active replica answers while the old one does not know of it */
	[22] = {.hooks.view_applied = view_without_losers}, /* a replica that was replaced stays the active one */
	[23] = {.change = synchronize_agreed}, /* synchronized is what this node alone has */
	[24] = {.change = reads_agreed}, /* what another node read for this one leaves before it is stable */
	[25] = {.hooks.asked = asked_without_looking}, /* who is asked answers without looking */
	[26] = {.hooks.self_set = self_unknown}, /* a node that is no replica applies content all the same */
	[27] = {.hooks.fill_next = fill_told_early}, /* a replica counts as complete before its last range came */
	[28] = {.hooks.view_applied = view_without_refill}, /* when a holder has left no other takes its place */
	[29] = {.hooks.view_applied = view_holders_stay}, /* a holder whose state was replaced counts as a holder still */
	[30] = {.hooks.view_applied = view_without_loss}, /* that all holders left is not noticed */
	[31] = {.rules_off = UINT64_C(1) << RULE_COPY_WITHOUT_GAP}, /* a copy of which a piece was lost is taken for whole */
	[32] = {.rules_off = UINT64_C(1) << RULE_LINEAGE_BEFORE_SIZE}, /* the larger group wins, whatever its lineage */
	[33] = {.rules_off = UINT64_C(1) << RULE_GROUP_BY_STATE}, /* lineage alone decides: members whose states differ count as one group */
	[34] = {.rules_off = UINT64_C(1) << RULE_VIEW_TAG}, /* an operation of an earlier view is applied */
	[35] = {.rules_off = UINT64_C(1) << RULE_CONTENT_NEEDS_COMPLETE}, /* who has part of the content counts as having all */
	[36] = {.change = overwrites_agreed}, /* an overwrite is answered before it is stable */
	[37] = {.change = deletions_agreed}, /* so is a deletion */
	[38] = {.change = roles_agreed}, /* so is the active role */
	[39] = {.rules_off = UINT64_C(1) << RULE_REASK_OVER_BOUND}, /* what is kept beside a copy on its way is not bounded */
	[40] = {.rules_off = UINT64_C(1) << RULE_DECIDED_ONLY_IF_CONTENT_KEPT}, /* decided is also what nobody has the content of */
	[41] = {.change = expirations_agreed}, /* a section's new time is answered before it is stable */
	[42] = {.change = unlinks_agreed}, /* so is an unlink */
	[43] = {.hooks.apply = apply_without_retention_end}, /* a checkpoint's retention never ends */
	[44] = {.hooks.apply = apply_without_history}, /* digests do not tell what came before the last change */
	[45] = {.rules_off = UINT64_C(1) << RULE_CATCHUP_ANEW}, /* who was catching up goes on across a view */
	[46] = {.change = retentions_agreed}, /* a new retention duration is answered before it is stable */
};

static void hooks_take(struct service_engine *service, const struct service_engine *hooks)
{
	service->apply = hooks->apply != NULL ? hooks->apply : service->apply;
	service->view_applied = hooks->view_applied != NULL ? hooks->view_applied : service->view_applied;
	service->digest_directory = hooks->digest_directory != NULL ? hooks->digest_directory : service->digest_directory;
	service->digest_content = hooks->digest_content != NULL ? hooks->digest_content : service->digest_content;
	service->due = hooks->due != NULL ? hooks->due : service->due;
	service->range_open = hooks->range_open != NULL ? hooks->range_open : service->range_open;
	service->range_copy = hooks->range_copy != NULL ? hooks->range_copy : service->range_copy;
	service->objects_lost = hooks->objects_lost != NULL ? hooks->objects_lost : service->objects_lost;
	service->object_restore = hooks->object_restore != NULL ? hooks->object_restore : service->object_restore;
	service->asked = hooks->asked != NULL ? hooks->asked : service->asked;
	service->self_set = hooks->self_set != NULL ? hooks->self_set : service->self_set;
	service->fill_next = hooks->fill_next != NULL ? hooks->fill_next : service->fill_next;
}

void ckpt_mutant_apply(struct world_ckpt *world, uint32_t mutation)
{
	if (mutation >= sizeof mutants / sizeof mutants[0])
		return;
	const struct mutant *mutant = &mutants[mutation];

	hooks_take(&world->service, &mutant->hooks);
	world->rules_off = mutant->rules_off;
	world->readers_unchecked = mutant->readers_unchecked;
	if (mutant->change != NULL)
		mutant->change(world);
}
