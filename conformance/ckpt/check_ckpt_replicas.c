/* Promise: after the same operation of the same configuration, all members hold equal directories and all complete replicas equal contents.
 * The first to apply it sets the digests, the others are held against them. At rest the bytes themselves are compared, and what clients
 * have open with what the state says. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/ckpt/world_ckpt.h"

static void compare(struct world_ckpt *world, const struct ckpt_node *member, uint64_t key, uint64_t value, const char *what,
                    struct position position)
{
	size_t slot = (key |= 1) % CKPT_WORLD_DIGESTS;

	while (world->digests[slot].key != 0 && world->digests[slot].key != key)
		slot = (slot + 1) % CKPT_WORLD_DIGESTS;
	if (world->digests[slot].key == 0) {
		if (++world->digest_count > CKPT_WORLD_DIGESTS / 2)
			return; /* enough was compared */
		world->digests[slot].key = key;
		world->digests[slot].value = value;
	} else if (world->digests[slot].value != value) {
		sim_violation(world->sim, "replicas-equal", "configuration %s operation %s: %s of node %" PRIu32 " differs from another's",
		              ring_id_text(member->configuration).text, position_text(position).text, what, member->stack.node);
	}
}

void check_ckpt_applied(struct world_ckpt *world, struct ckpt_node *member, struct position position)
{
	const struct service *service = member_service(member);
	uint64_t key = digest_u64(digest_u64(member->configuration.seq, member->configuration.representative), position.ring.seq);

	if (!member_current(member) || world->digest_count > CKPT_WORLD_DIGESTS / 2)
		return;
	key = digest_u64(digest_u64(digest_u64(key, position.ring.representative), position.seq), position.index);
	compare(world, member, digest_u64(key, 1), aisle_service_ckpt.digest_directory(service->state), "directory", position);
	if (service->complete)
		compare(world, member, digest_u64(key, 2), aisle_service_ckpt.digest_content(service->state), "content", position);
}

static void everything_write(const struct ckpt_state *state, struct wire_writer *out)
{
	ckpt_state_directory_encode(state, out);
	for (const struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint))
		for (const struct section *section = section_first(checkpoint); section != NULL; section = section_next(section))
			wire_put_bytes(out, section->present ? section_content(checkpoint, section) : bytes_of_text("absent"));
}

static bool is_living_client(const struct world_ckpt *world, struct requester client)
{
	const struct ckpt_node *member = member_of(world, client.node);

	return member != NULL && !member->stack.left && member->stack.engine->config.incarnation == client.incarnation && member->client == client.client;
}

/* An open of somebody who is gone would keep its checkpoint for ever; one that its client was told of and that is missing is lost. */
static void check_opens(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct ckpt_state *state = member_service(member)->state;
	struct requester client = {.node = member->stack.node, .incarnation = member->stack.engine->config.incarnation, .client = member->client};

	for (struct tree_node *node = tree_first(&state->opens); node != NULL; node = tree_next(node)) {
		const struct ckpt_opened *opened = ckpt_opened_of_node(node);

		if (!is_living_client(world, opened->client))
			sim_violation(world->sim, "opens", "a client of node %" PRIu32 " that is gone has a checkpoint open", opened->client.node);
		else if (opened->client.node == member->stack.node && opened->client.call != member->open && opened->client.call != member->open_call)
			sim_violation(world->sim, "opens", "node %" PRIu32 "'s client has open %" PRIu64 ", of which it was told that it is not",
			              member->stack.node, opened->client.call);
	}
	if (member->open != 0 && checkpoint_find_linked(state, bytes_of_text("world")) != NULL &&
	    ckpt_opened_find(state, client, member->open) == NULL)
		sim_violation(world->sim, "opens", "what node %" PRIu32 "'s client has open is not open in the state", member->stack.node);
}

void check_ckpt_at_rest(struct world_ckpt *world)
{
	struct wire_writer first = {0};

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes && !sim_violated(world->sim); node++) {
		struct ckpt_node *member = member_of(world, node);
		struct wire_writer own = {0};

		everything_write(member_service(member)->state, &own);
		if (node == SIM_NODE_FIRST) {
			first = own;
		} else {
			if (!bytes_equal(wire_writer_bytes(&first), wire_writer_bytes(&own)))
				sim_violation(world->sim, "replicas-equal", "at rest nodes %d and %" PRIu32 " hold different bytes", SIM_NODE_FIRST, node);
			wire_writer_clear(&own);
		}
		check_ckpt_whole(world, member);
		check_ckpt_serving(world, member, "at rest");
		check_opens(world, member);
	}
	wire_writer_clear(&first);
}
