/* Promise: a client that folds its callbacks onto CURRENT knows the membership: after each callback that it runs, however late, what it has
 * made of them is the view that the callback is about (CLM-036 to -041, -048, -049; CASE-109: however close together nodes leave). */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"

static void fold_remove(struct clm_world_client *client, uint32_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < client->fold_count; i++)
		if (client->fold[i].node != id)
			client->fold[kept++] = client->fold[i];
	client->fold_count = kept;
}

static void fold_put(struct clm_world_client *client, const struct clm_node *shown)
{
	fold_remove(client, shown->id);
	if (client->fold_count < SIM_NODES_MAX)
		client->fold[client->fold_count++] = (struct clm_fold_member){shown->id, shown->boot_ns, shown->initial_view};
}

static void fold_step(struct clm_world_client *client, const struct clm_list_told *told, bool whole)
{
	if (whole)
		client->fold_count = 0;
	for (uint32_t i = 0; i < told->head.count; i++) {
		if (told->entries[i].node.member)
			fold_put(client, &told->entries[i].node);
		else
			fold_remove(client, told->entries[i].node.id);
	}
	client->knows = true;
	client->fold_number = told->head.view_number;
}

static void fold_compare(struct clm_world_node *node, const struct clm_world_client *client, const struct clm_fact *fact)
{
	bool same = client->fold_count == fact->count;

	for (size_t i = 0; i < client->fold_count && same; i++) {
		const struct clm_fact_member *member = clm_fact_find(fact, client->fold[i].node);

		same = member != NULL && client->fold[i].boot_ns == node->world->lives[member->life].boot_ns &&
		       client->fold[i].initial == member->initial;
	}
	if (!same)
		sim_violation(node->world->sim, "CLM-049 folded", "client %" PRIu64 " of node %" PRIu32 " comes to another membership than view %"
		              PRIu64 " has", client->id, node->stack.node, fact->ring.seq);
}

void check_clm_fold(struct clm_world_node *node, struct clm_world_client *client, const struct clm_pending *pending,
                    const struct clm_list_told *told)
{
	if (pending->epoch != client->epoch || (client->knows && told->head.view_number <= client->fold_number))
		return; /* of a tracking before this one; older than the answer that was its base */
	if (!client->knows && !pending->whole)
		return; /* changes alone, of a membership that it never asked for */
	fold_step(client, told, pending->whole);
	fold_compare(node, client, pending->fact);
}
