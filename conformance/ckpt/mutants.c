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

static void requests_with(struct world_ckpt *world, enum ckpt_request request, struct service_request row)
{
	for (size_t i = 0; i < CKPT_REQUEST_COUNT; i++)
		requests[i] = aisle_service_ckpt.requests[i];
	requests[request] = row;
	world->service.requests = requests;
}

void ckpt_mutant_apply(struct world_ckpt *world, uint32_t mutation)
{
	struct service_request row;

	switch (mutation) {
	case 1: /* answers leave before they are stable */
		answers_agreed(world);
		break;
	case 2: /* a joiner does not keep what is written into its range */
		world->service.apply = apply_without_patches;
		break;
	case 3: /* states that differ look equal */
		world->service.digest_directory = world->service.digest_content = no_digest;
		break;
	case 4: /* a vector is applied piece by piece */
		world->service.apply = apply_elements_apart;
		break;
	case 5: /* opens of departed nodes stay */
		world->service.view_applied = view_closes_nothing;
		break;
	case 6: /* nothing expires */
		world->service.due = nothing_is_due;
		break;
	case 7: /* an open that timed out stays open */
		no_withdraw(world);
		break;
	case 8: /* a copy is not what the donor has */
		world->service.range_copy = copy_of_zeros;
		break;
	case 9: /* what clients hold open is not claimed again */
		world->service.client_reclaim = NULL;
		break;
	case 10: /* the joiner's range is never opened */
		world->service.range_open = no_range_open;
		break;
	case 11: /* a state that is given up is not kept */
		world->rules_off = engine_rule_bit(RULE_LOSER_KEEPS_OLD);
		break;
	case 12: /* an older state is used though its loss was not accepted */
		world->rules_off = engine_rule_bit(RULE_OLDER_IS_LOSS);
		break;
	case 13: /* what nobody has is not known as lost */
		world->service.objects_lost = nothing_lost;
		break;
	case 14: /* who restores a checkpoint does not bring its bytes */
		world->service.object_restore = restore_without_bytes;
		break;
	case 15: /* readers of memory do not look at sequences */
		world->readers_unchecked = IMAGE_CHECK_SEQUENCE;
		break;
	case 16: /* nor at the lease */
		world->readers_unchecked = IMAGE_CHECK_LEASE;
		break;
	case 17: /* nor at what is stable */
		world->readers_unchecked = IMAGE_CHECK_STABLE;
		break;
	case 18: /* nor at the generation */
		world->readers_unchecked = IMAGE_CHECK_GENERATION;
		break;
	case 19: /* who is not active answers like the active one */
		world->service.apply = apply_all_active;
		break;
	case 20: /* who is not active reads what is here */
		row = aisle_service_ckpt.requests[CKPT_REQUEST_READ];
		row.handle = read_without_order;
		requests_with(world, CKPT_REQUEST_READ, row);
		break;
	case 21: /* a new active replica answers while the old one does not know of it */
		world->service.apply = apply_role_at_once;
		break;
	case 22: /* a replica that was replaced stays the active one */
		world->service.view_applied = view_without_losers;
		break;
	case 23: /* synchronized is what this node alone has */
		row = aisle_service_ckpt.requests[CKPT_REQUEST_SYNCHRONIZE];
		row.answer = ANSWER_AGREED;
		requests_with(world, CKPT_REQUEST_SYNCHRONIZE, row);
		break;
	case 24: /* what another node read for this one leaves before it is stable */
		row = aisle_service_ckpt.requests[CKPT_REQUEST_READ];
		row.answer = ANSWER_AGREED;
		requests_with(world, CKPT_REQUEST_READ, row);
		break;
	case 25: /* who is asked answers without looking */
		world->service.asked = asked_without_looking;
		break;
	case 26: /* a node that is no replica applies content all the same */
		world->service.self_set = self_unknown;
		break;
	case 27: /* a replica counts as complete before its last range came */
		world->service.fill_next = fill_told_early;
		break;
	case 28: /* when a holder has left no other takes its place */
		world->service.view_applied = view_without_refill;
		break;
	case 29: /* a holder whose state was replaced counts as a holder still */
		world->service.view_applied = view_holders_stay;
		break;
	case 30: /* that all holders left is not noticed */
		world->service.view_applied = view_without_loss;
		break;
	default:
		break;
	}
}
