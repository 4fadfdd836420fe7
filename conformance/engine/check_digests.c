/* P3: after the same operation of the same configuration, all members hold equal directories and all complete replicas equal contents.
 * The first to apply it sets the digests, the others are held against them. */
#include "conformance/engine/world.h"

#include "core/base/hash.h"

static struct world_digest *digest_slot(struct world *world, uint64_t key)
{
	size_t i = key % WORLD_DIGESTS_MAX;

	while (world->digests[i].key != 0 && world->digests[i].key != key)
		i = (i + 1) % WORLD_DIGESTS_MAX;
	return &world->digests[i];
}

static void compare(struct world *world, unsigned p, uint64_t key, uint64_t value, const char *what, size_t index)
{
	struct world_digest *slot = digest_slot(world, key | 1);

	if (slot->key == 0)
		*slot = (struct world_digest){key | 1, value};
	else if (slot->value != value)
		world_violation(world, "P3 %s of node %u differs after ring %s position %zu", what, p + 1,
		                ring_id_text(world->nodes[p].ring->id).text, index);
}

void check_digests_applied(struct world *world, unsigned p, size_t index, unsigned configuration)
{
	const struct node *node = &world->nodes[p];

	if (!node_current(node))
		return;
	uint64_t key = digest_u64(digest_u64(node->ring->id.seq, node->ring->id.representative), index);

	key = digest_u64(key, configuration);
	compare(world, p, digest_u64(key, 0),
	        (uint64_t)node->engine->view.expected << 2 | (uint64_t)node->engine->view.quorate << 1 | node->engine->view.quorum_lost,
	        "votes", index);
	for (size_t s = 0; s < node->engine->service_count && !world->violated; s++) {
		const struct service *service = &node->engine->services[s];

		compare(world, p, digest_u64(key, 2 * s + 1), service->table->digest_directory(service->state), "directory", index);
		if (service->complete && !world->violated)
			compare(world, p, digest_u64(key, 2 * s + 2), service->table->digest_content(service->state), "content", index);
	}
}
