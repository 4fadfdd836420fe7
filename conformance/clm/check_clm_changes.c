/* Promise: a callback lists exactly what became of the view that this node told before, in order of node id: all members with CHANGES
 * (CLM-036, -037), only what changed with CHANGES_ONLY (CLM-039, -040), each node once; who restarted or was counted anew JOINED, also when
 * no view without it was told; who left once and not again (CLM-041). CURRENT lists the members, unchanged (CLM-008). numberOfMembers is
 * the number of members, not of items (CLM-018, -038). */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"

/* What is to be listed of the node: 0 is nothing. */
static uint8_t change_of(const struct clm_fact_member *before, const struct clm_fact_member *now, uint8_t mode)
{
	const uint8_t same = mode == SA_TRACK_CHANGES_ONLY ? 0 : SA_CLM_NODE_NO_CHANGE;

	if (now == NULL)
		return before == NULL ? 0 : SA_CLM_NODE_LEFT;
	if (before == NULL || before->life != now->life || before->initial != now->initial)
		return SA_CLM_NODE_JOINED;
	return same;
}

static void check_listed(struct clm_world_node *node, const struct clm_list_told *told, size_t at, uint32_t id, uint8_t change)
{
	struct sim *sim = node->world->sim;

	if (at >= told->head.count || told->entries[at].node.id != id)
		sim_violation(sim, "CLM-036 changes", "node %" PRIu32 " tells view %" PRIu64 " without node %" PRIu32 ", whose change is %u",
		              node->stack.node, node->told->ring.seq, id, (unsigned)change);
	else if (told->entries[at].change != change)
		sim_violation(sim, "CLM-036 changes", "node %" PRIu32 " tells view %" PRIu64 " with change %u for node %" PRIu32 ", it is %u",
		              node->stack.node, node->told->ring.seq, (unsigned)told->entries[at].change, id, (unsigned)change);
	else if (change == SA_CLM_NODE_LEFT)
		check_clm_left(node, node->told_before, &told->entries[at].node);
	else
		check_clm_member(node, node->told, &told->entries[at].node);
}

static void check_counts(struct clm_world_node *node, const struct clm_list_told *told, size_t listed)
{
	if (told->head.member_count != node->told->count)
		sim_violation(node->world->sim, "CLM-038 number-of-members", "node %" PRIu32 " tells %" PRIu32 " members of view %" PRIu64
		              ", which has %zu", node->stack.node, told->head.member_count, node->told->ring.seq, node->told->count);
	if (told->head.count != listed)
		sim_violation(node->world->sim, "CLM-036 changes", "node %" PRIu32 " tells view %" PRIu64 " with %" PRIu32 " items, not %zu",
		              node->stack.node, node->told->ring.seq, told->head.count, listed);
}

void check_clm_changes(struct clm_world_node *node, uint8_t mode, const struct clm_list_told *told)
{
	size_t listed = 0;

	for (uint32_t id = SIM_NODE_FIRST; id < SIM_NODE_FIRST + node->world->nodes && !sim_violated(node->world->sim); id++) {
		const uint8_t change = change_of(clm_fact_find(node->told_before, id), clm_fact_find(node->told, id), mode);

		if (change != 0)
			check_listed(node, told, listed++, id, change);
	}
	if (!sim_violated(node->world->sim))
		check_counts(node, told, listed);
}

void check_clm_current(struct clm_world_node *node, const struct clm_list_told *told)
{
	size_t listed = 0;

	for (; listed < node->told->count && !sim_violated(node->world->sim); listed++)
		check_listed(node, told, listed, node->told->members[listed].node, SA_CLM_NODE_NO_CHANGE);
	if (!sim_violated(node->world->sim))
		check_counts(node, told, listed);
}
