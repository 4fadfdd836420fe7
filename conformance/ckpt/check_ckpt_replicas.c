/* Promise: after the same operation of the same configuration, all members hold equal directories and all complete replicas equal contents.
 * A checkpoint whose replicas are listed is complete exactly where the list says so, and nobody else holds a byte of it.
 * The first to apply it sets the digests, the others are held against them. At rest the bytes themselves are compared, and what clients
 * have open with what the state says. */
#include <inttypes.h>
#include <stdlib.h>

#include "ais/ckpt/ckpt_placement.h"
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

static bool is_listed_complete(const struct ckpt_node *member, const struct checkpoint *checkpoint)
{
	const struct replica *own = placement_replica(checkpoint, member->stack.node, member->stack.engine->config.incarnation);

	return own != NULL && own->complete;
}

/* What this node has of a checkpoint that is not on all nodes is what the list says. */
static void check_placed(struct world_ckpt *world, struct ckpt_node *member, uint64_t key, struct position position)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);

	if (checkpoint == NULL || !placement_is_listed(checkpoint))
		return;
	if (is_listed_complete(member, checkpoint) && !checkpoint_is_lost(checkpoint)) {
		if (checkpoint->absent_count > 0)
			sim_violation(world->sim, "replicas-complete", "operation %s: node %" PRIu32 " counts as a complete replica, and lacks content",
			              position_text(position).text, member->stack.node);
		else
			compare(world, member, digest_u64(key, 3), checkpoint->content_digest, "placed content", position);
	}
	if (placement_replica(checkpoint, member->stack.node, member->stack.engine->config.incarnation) == NULL &&
	    content_held(&checkpoint->content) > 0)
		sim_violation(world->sim, "replicas-placed", "operation %s: node %" PRIu32 " holds content, and is no replica",
		              position_text(position).text, member->stack.node);
	if (checkpoint->memory_used > 0 && placement_holder(checkpoint, 0) == 0 && !checkpoint_is_lost(checkpoint))
		sim_violation(world->sim, "replicas-complete", "operation %s: nobody holds all content, and it is not lost",
		              position_text(position).text);
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
	check_placed(world, member, key, position);
}

void check_ckpt_bounded(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct pull *pull = &member->stack.engine->pull;
	const size_t bound = pull->size_max > world->range_size ? pull->size_max : world->range_size;

	if (pull->wait == PULL_OPEN && pull->service == member_service(member)->index && member_service(member)->state != NULL &&
	    aisle_service_ckpt.range_kept(member_service(member)->state) > bound)
		sim_violation(world->sim, "catch-up-bounded", "node %" PRIu32 " keeps more beside a copy than the copy may be", member->stack.node);
}

static void content_write(const struct checkpoint *checkpoint, struct wire_writer *out)
{
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
		else if (opened->client.node == member->stack.node && opened->client.call != member->open && opened->client.call != member->open_call &&
		         opened->client.call != member->aside_open && opened->client.call != member->aside_call)
			sim_violation(world->sim, "opens", "node %" PRIu32 "'s client has open %" PRIu64 ", of which it was told that it is not",
			              member->stack.node, opened->client.call);
	}
	if (member->open != 0 && checkpoint_find_linked(state, bytes_of_text("world")) != NULL &&
	    ckpt_opened_find(state, client, member->open) == NULL)
		sim_violation(world->sim, "opens", "what node %" PRIu32 "'s client has open is not open in the state", member->stack.node);
}

void check_ckpt_unopened(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct ckpt_state *state = member_service(member)->state;

	for (const struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint))
		if (checkpoint->open_count == 0 && (checkpoint->unlinked || checkpoint->retention_ns != SA_TIME_MAX))
			sim_violation(world->sim, "retention", "nobody has a checkpoint open, and it is still there long after its time");
}

/* As many as were asked for, or where it is open. */
static void check_placement(struct world_ckpt *world, const struct ckpt_node *member)
{
	const struct checkpoint *checkpoint = world_checkpoint(member);
	uint32_t wanted = 0;

	if (checkpoint == NULL || !placement_is_listed(checkpoint))
		return;
	for (uint32_t i = 0; i < checkpoint->replica_count; i++)
		wanted += checkpoint->replicas[i].open_count > 0 || checkpoint->active_node == checkpoint->replicas[i].node;
	wanted = wanted == 0 ? 1 : wanted;
	if (!checkpoint_is_collocated(checkpoint))
		wanted = checkpoint->replicas_wanted < world->nodes ? checkpoint->replicas_wanted : world->nodes;
	if (checkpoint->replica_count != wanted && checkpoint->memory_used > 0)
		sim_violation(world->sim, "replicas-placed", "at rest there are %" PRIu32 " replicas, and not %" PRIu32, checkpoint->replica_count, wanted);
}

static void compare_bytes(struct world_ckpt *world, struct wire_writer *first, struct wire_writer *own, uint32_t node, const char *what)
{
	if (first->size == 0) {
		*first = *own;
		return;
	}
	if (!bytes_equal(wire_writer_bytes(first), wire_writer_bytes(own)))
		sim_violation(world->sim, "replicas-equal", "at rest node %" PRIu32 " has other %s than one before it", node, what);
	wire_writer_clear(own);
}

void check_ckpt_at_rest(struct world_ckpt *world)
{
	struct wire_writer first = {0}, first_content = {0};

	for (uint32_t node = SIM_NODE_FIRST; node <= world->nodes && !sim_violated(world->sim); node++) {
		struct ckpt_node *member = member_of(world, node);
		const struct checkpoint *checkpoint = world_checkpoint(member);
		struct wire_writer own = {0}, own_content = {0};

		ckpt_state_directory_encode(member_service(member)->state, &own);
		compare_bytes(world, &first, &own, node, "names");
		if (checkpoint != NULL && checkpoint->here) {
			wire_put_bytes(&own_content, bytes_of_text("content"));
			content_write(checkpoint, &own_content);
			compare_bytes(world, &first_content, &own_content, node, "bytes");
		}
		check_placement(world, member);
		check_ckpt_whole(world, member);
		check_ckpt_serving(world, member, "at rest");
		check_opens(world, member);
	}
	wire_writer_clear(&first);
	wire_writer_clear(&first_content);
}
