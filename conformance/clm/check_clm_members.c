/* Promise: what is said of a node is what that life of it said of itself, to every client on every node: name (CLM-065), address in the
 * standard's form (CLM-064), boot time (CLM-066: another after a reboot, whatever its clock did), and the number of the view with which it
 * joined, smaller for those who were there before (CLM-047). */
#include <inttypes.h>
#include <stdio.h>

#include "conformance/clm/world_clm.h"

static void check_life(struct clm_world_node *node, const struct clm_fact_member *member, const struct clm_node *shown)
{
	struct sim *sim = node->world->sim;
	const struct clm_life *life = &node->world->lives[member->life];

	if (!bytes_equal(shown->name, bytes_of_text(life->name)))
		sim_violation(sim, "CLM-065 name", "node %" PRIu32 " calls node %" PRIu32 " '%.*s', it is '%s'", node->stack.node, shown->id,
		              (int)shown->name.size, (const char *)shown->name.data, life->name);
	if (!bytes_equal(shown->address, bytes_of_text(life->address)) || shown->address_family != life->address_family)
		sim_violation(sim, "CLM-064 address", "node %" PRIu32 " says that node %" PRIu32 " is at '%.*s', it is at '%s'", node->stack.node,
		              shown->id, (int)shown->address.size, (const char *)shown->address.data, life->address);
	if (shown->boot_ns != life->boot_ns)
		sim_violation(sim, "CLM-066 boot-time", "node %" PRIu32 " says that node %" PRIu32 " booted at %" PRId64 ", it did at %" PRId64,
		              node->stack.node, shown->id, shown->boot_ns, life->boot_ns);
	if (shown->initial_view != member->initial)
		sim_violation(sim, "CLM-047 initial-view", "node %" PRIu32 " says that node %" PRIu32 " joined with view %" PRIu64
		              ", it did with %" PRIu64, node->stack.node, shown->id, shown->initial_view, member->initial);
}

void check_clm_member(struct clm_world_node *node, const struct clm_fact *fact, const struct clm_node *shown)
{
	const struct clm_fact_member *member = clm_fact_find(fact, shown->id);

	if (member == NULL || !shown->member)
		sim_violation(node->world->sim, "CLM-037 members", "node %" PRIu32 " says that node %" PRIu32 " is %s member of view %" PRIu64,
		              node->stack.node, shown->id, shown->member ? "a" : "no", fact->ring.seq);
	else
		check_life(node, member, shown);
}

void check_clm_left(struct clm_world_node *node, const struct clm_fact *before, const struct clm_node *shown)
{
	const struct clm_fact_member *member = clm_fact_find(before, shown->id);

	if (member == NULL || shown->member)
		sim_violation(node->world->sim, "CLM-037 members", "node %" PRIu32 " says that node %" PRIu32 " left, %s", node->stack.node,
		              shown->id, shown->member ? "and that it is a member" : "and it had not been told as a member");
	else
		check_life(node, member, shown);
}
