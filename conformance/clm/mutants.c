#include "conformance/clm/mutants.h"

#include <stdlib.h>

#include "ais/clm/clm_view.h"
#include "core/base/result.h"

/* The world has one mutant at a time, and one thread: the table that its services are made from may be a static copy. */
static struct service_request requests[CLM_REQUEST_COUNT];

static struct clm_world_node *node_of(struct service *service)
{
	return container_of((struct sim_stack *)service_host(service)->context, struct clm_world_node, stack);
}

static void handler_replace(struct world_clm *world, enum clm_request request,
                            enum service_outcome (*handle)(struct service *, struct client *, struct wire_reader *))
{
	for (size_t i = 0; i < CLM_REQUEST_COUNT; i++)
		requests[i] = aisle_service_clm.requests[i];
	requests[request].handle = handle;
	world->inner.requests = requests;
}

/* Shows the service the view with one fact of each member changed. */
static void view_shown(struct service *service, const struct service_view *stable,
                       void (*change)(struct clm_world_node *node, const struct service_view *stable, struct service_member *member))
{
	struct service_member members[SIM_NODES_MAX];
	struct service_view shown = *stable;

	for (size_t i = 0; i < stable->member_count; i++) {
		members[i] = stable->members[i];
		change(node_of(service), stable, &members[i]);
	}
	shown.members = members;
	aisle_service_clm.view_stable(service, &shown);
}

static void number_own(struct service *service, const struct service_view *stable)
{
	struct service_view shown = *stable;

	shown.ring.seq += node_of(service)->stack.node; /* as if each counted for itself */
	aisle_service_clm.view_stable(service, &shown);
}

static void number_before(struct service *service, const struct service_view *stable)
{
	const struct clm_fact *before = node_of(service)->told_before;
	struct service_view shown = *stable;

	if (before != NULL)
		shown.ring.seq = before->ring.seq;
	aisle_service_clm.view_stable(service, &shown);
}

static void every_fourth_withheld(struct service *service, const struct service_view *stable)
{
	if (stable->ring.seq % 4 != 0 || stable->member_count == 1)
		aisle_service_clm.view_stable(service, stable);
}

static void boot_by_own_clock(struct clm_world_node *node, const struct service_view *stable, struct service_member *member)
{
	(void)stable;
	member->boot_ns = sim_node_wall(node->stack.sim, node->stack.node);
}

static void view_with_own_boot_times(struct service *service, const struct service_view *stable)
{
	view_shown(service, stable, boot_by_own_clock);
}

static void joined_now(struct clm_world_node *node, const struct service_view *stable, struct service_member *member)
{
	(void)node;
	member->joined = stable->ring;
}

static void view_joined_now(struct service *service, const struct service_view *stable)
{
	view_shown(service, stable, joined_now);
}

static bool first_client_only(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
                              struct clm_list_told *told)
{
	(void)world;
	(void)told;
	return !node->telling || client == &node->clients[0];
}

/* Who left and came back between two views that were told passes for one who stayed. */
static bool return_unnoticed(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
                             struct clm_list_told *told)
{
	(void)world;
	(void)client;
	for (uint32_t i = 0; i < told->head.count; i++)
		if (told->entries[i].change == SA_CLM_NODE_JOINED && clm_fact_find(node->told_before, told->entries[i].node.id) != NULL)
			told->entries[i].change = SA_CLM_NODE_NO_CHANGE;
	return true;
}

static bool left_not_told(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
                          struct clm_list_told *told)
{
	uint32_t kept = 0;

	(void)world;
	(void)node;
	(void)client;
	for (uint32_t i = 0; i < told->head.count; i++)
		if (told->entries[i].change != SA_CLM_NODE_LEFT)
			told->entries[kept++] = told->entries[i];
	told->head.count = kept;
	return true;
}

/* Of two that leave in one transition the second is forgotten (CASE-109). */
static bool one_leaver_told(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
                            struct clm_list_told *told)
{
	uint32_t kept = 0, left = 0;

	(void)world;
	(void)node;
	(void)client;
	for (uint32_t i = 0; i < told->head.count; i++) {
		left += told->entries[i].change == SA_CLM_NODE_LEFT;
		if (told->entries[i].change != SA_CLM_NODE_LEFT || left == 1)
			told->entries[kept++] = told->entries[i];
	}
	told->head.count = kept;
	return true;
}

static bool items_as_members(struct world_clm *world, struct clm_world_node *node, const struct clm_world_client *client,
                             struct clm_list_told *told)
{
	(void)world;
	(void)node;
	(void)client;
	told->head.member_count = told->head.count;
	return true;
}

static void stop_cancels_nothing(struct clm_track_stop_answer *answer)
{
	answer->serial = 0;
}

static void stop_cancels_the_next(struct clm_track_stop_answer *answer)
{
	answer->serial++;
}

/* Answers from the view that has ended, whether that is stable or not. */
static enum service_outcome node_get_unstable(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct service_view *view = service_current_view(service);
	struct clm_node_get_request request;
	struct wire_writer out = {0};

	if (view == NULL)
		return aisle_service_clm.requests[CLM_REQUEST_NODE_GET].handle(service, client, in);
	if (!clm_node_get_request_decode(in, &request))
		return service_disconnect(client, "malformed");
	struct clm_view *unstable = clm_view_new(view);
	if (unstable == NULL)
		abort();
	const struct clm_member *member = clm_view_find(unstable, request.id == SA_CLM_LOCAL_NODE_ID ? view->node : request.id);
	if (member != NULL)
		clm_node_get_answer_encode(&out, &member->node);
	const enum service_outcome outcome = member == NULL ? service_answer(client, RESULT_INVALID_PARAM)
	                                                    : service_answer_with(client, RESULT_OK, wire_writer_bytes(&out));
	wire_writer_clear(&out);
	clm_view_free(unstable);
	return outcome;
}

/* The flags are not looked at. */
static enum service_outcome track_anything(struct service *service, struct client *client, struct wire_reader *in)
{
	struct clm_track_request request;
	struct wire_writer out = {0};

	if (!clm_track_request_decode(in, &request))
		return service_disconnect(client, "malformed");
	request.flags &= SA_TRACK_CURRENT | SA_TRACK_CHANGES;
	request.flags = request.flags == 0 ? SA_TRACK_CHANGES : request.flags;
	clm_track_request_encode(&out, &request);
	struct wire_reader again = wire_reader_of(wire_writer_bytes(&out));
	const enum service_outcome outcome = aisle_service_clm.requests[CLM_REQUEST_TRACK].handle(service, client, &again);
	wire_writer_clear(&out);
	return outcome;
}

void clm_mutant_apply(struct world_clm *world, uint32_t mutation)
{
	switch (mutation) {
	case 1: /* told when the barrier has ended, stable or not */
		world->rules_off = engine_rule_bit(RULE_BARRIER_END_STABLE);
		break;
	case 2: /* each node numbers views for itself */
		world->inner.view_stable = number_own;
		break;
	case 3: /* a transition is not told */
		world->inner.view_stable = every_fourth_withheld;
		break;
	case 4: /* a boot time is what the teller's clock makes of it */
		world->inner.view_stable = view_with_own_boot_times;
		break;
	case 5: /* who was gone and is back within one transition is no joiner */
		world->event_mutant = return_unnoticed;
		break;
	case 6: /* all count as having joined just now */
		world->inner.view_stable = view_joined_now;
		break;
	case 7: /* only one tracker of a node is told */
		world->event_mutant = first_client_only;
		break;
	case 8: /* who left is not listed */
		world->event_mutant = left_not_told;
		break;
	case 9: /* numberOfMembers counts items */
		world->event_mutant = items_as_members;
		break;
	case 10: /* TrackStop leaves what is pending */
		world->stop_mutant = stop_cancels_nothing;
		break;
	case 11: /* TrackStop cancels what is still to come: a folding client misses a transition */
		world->stop_mutant = stop_cancels_the_next;
		break;
	case 12: /* NodeGet answers from a view that is not stable */
		handler_replace(world, CLM_REQUEST_NODE_GET, node_get_unstable);
		break;
	case 13: /* wrong flags are taken for something */
		handler_replace(world, CLM_REQUEST_TRACK, track_anything);
		break;
	case 14: /* the view of all is never told */
		world->full_view_withheld = true;
		break;
	case 15: /* a view has the number of the one before */
		world->inner.view_stable = number_before;
		break;
	case 16: /* of two that leave in one transition one is listed */
		world->event_mutant = one_leaver_told;
		break;
	default:
		break;
	}
}
