/* Promise (P3): after the same operation of the same configuration all members hold equal directories. The first to apply it sets the digest, the
 * others are held against it. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

void check_lck_applied(struct world_lck *world, struct lck_world_node *node, struct position position)
{
	const uint64_t value = aisle_service_lck.digest_directory(lck_node_service(node)->state);
	uint64_t key = digest_u64(digest_u64(node->configuration.seq, node->configuration.representative), position.ring.seq);

	if (!lck_node_current(node) || world->digest_count > LCK_WORLD_DIGESTS / 2)
		return;
	key = digest_u64(digest_u64(digest_u64(key, position.ring.representative), position.seq), position.index) | 1;
	size_t slot = key % LCK_WORLD_DIGESTS;
	while (world->digests[slot].key != 0 && world->digests[slot].key != key)
		slot = (slot + 1) % LCK_WORLD_DIGESTS;
	if (world->digests[slot].key == 0) {
		world->digest_count++;
		world->digests[slot].key = key;
		world->digests[slot].value = value;
	} else if (world->digests[slot].value != value) {
		sim_violation(world->sim, "replicas-equal", "configuration %s operation %s: the directory of node %" PRIu32 " differs from another's",
		              ring_id_text(node->configuration).text, position_text(position).text, node->stack.node);
	}
}
