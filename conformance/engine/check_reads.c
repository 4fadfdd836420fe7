/* P2: a read sees what was answered before it was asked, and what it saw stays. */
#include "conformance/engine/world.h"

void check_reads_answered(struct world *world, struct world_read *read, const struct toy_value *value)
{
	const struct node *node = &world->nodes[read->node];
	const uint64_t asked = read->must_see & (world->promised | world->read_promised);
	const uint64_t missing = asked & ~value->seen & check_alive(world);

	for (size_t token = 1; token <= world->operation_count; token++)
		if ((value->seen >> token & 1) != 0 && world->operations[token].answered_seq == 0)
			world->operations[token].answered_seq = node->ring->id.seq;
	world->read_promised |= value->seen;
	if (missing == 0 || world->adopted || (!world->options.quorum && world->options.partitions))
		return;
	world_violation(world, "P2 stale read at node %u: operation %u was answered before and is not seen", read->node + 1,
	                (unsigned)__builtin_ctzll(missing));
}
