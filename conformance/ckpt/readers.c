/* Virtual readers of the nodes' memory (ais/ckpt/ckpt_image.h): at moments between steps, also while the daemon is paused, and in the middle of its
 * stores. A hit is held to what every read is: not stale, not dirty, a write vector whole. Chance is their own, so that they change no
 * seed's course. */
#include "conformance/ckpt/world_ckpt.h"

#include <inttypes.h>

enum {
	STORES_BETWEEN = 40,
	SECTION_SIZE_MAX = (CKPT_WORLD_TOKENS + 1) * CKPT_WORLD_SLOT,
};

static uint64_t chance_below(struct world_ckpt *world, uint64_t bound)
{
	uint64_t x = world->readers_chance ^ (uint64_t)sim_now(world->sim) << 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	world->readers_chance = x == 0 ? 88172645463325252u : x;
	return x % bound;
}

static int64_t reader_now(void *context)
{
	const struct ckpt_node *member = context;

	return sim_node_now(member->stack.sim, member->stack.node);
}

/* What a client would be passed now. */
static bool image_get(struct ckpt_node *member)
{
	struct ckpt_state *state = member_service(member)->state;
	const struct checkpoint *checkpoint = checkpoint_find_linked(state, bytes_of_text("world"));

	if (checkpoint == NULL || checkpoint->content.arena == NULL || sim_node_paused(member->stack.sim, member->stack.node))
		return false;
	member->image = (struct image){
		.base = checkpoint->content.arena->base, .size = checkpoint->content.arena->size,
		.generation = checkpoint->content.generation, .lease = (const void *)ckpt_state_lease(state)->base,
		.unchecked = member->world->readers_unchecked,
	};
	return true;
}

static bool reader_read(struct ckpt_node *member, unsigned key, uint8_t bytes[2][SECTION_SIZE_MAX], size_t size[2])
{
	struct image_element elements[2];
	enum image_result result = IMAGE_HIT;
	char name[2][24];

	section_name(name[0], "a", key);
	section_name(name[1], "b", key);
	for (size_t i = 0; i < 2 && result == IMAGE_HIT; i++) {
		elements[i] = (struct image_element){.id = bytes_of_text(name[i]), .size = SECTION_SIZE_MAX, .buffer = bytes[i]};
		result = image_find(&member->image, &elements[i]);
	}
	if (result == IMAGE_HIT)
		result = image_take(&member->image, elements, 2, reader_now, member);
	if (result == IMAGE_GROWN)
		member->image.size = image_size(&member->image);
	if (result == IMAGE_ENDED)
		member->image = (struct image){0};
	if (result != IMAGE_HIT)
		return false;
	size[0] = elements[0].size;
	size[1] = elements[1].size;
	return true;
}

/* In the middle of a step the node's own state may be half changed, so a hit is only held against itself. */
static void reader_look(struct ckpt_node *member, bool between_steps)
{
	struct world_ckpt *world = member->world;
	struct read_asked read = {.node = member->stack.node, .key = (unsigned)chance_below(world, CKPT_WORLD_KEYS)};
	static uint8_t bytes[2][SECTION_SIZE_MAX];
	size_t size[2];

	if (member->image.base == NULL && (!between_steps || !image_get(member)))
		return;
	if (!reader_read(member, read.key, bytes, size))
		return;
	world->counts.mapped++;
	if (!between_steps) {
		if (!bytes_equal(bytes_of(bytes[0], size[0]), bytes_of(bytes[1], size[1])))
			sim_violation(world->sim, "half-write", "a reader of node %" PRIu32 "'s memory sees half of a write in key %u", read.node,
			              read.key);
		return;
	}
	for (size_t token = 1; token <= world->token_count; token++)
		if (world->tokens[token].kind == TOKEN_WRITE && world->tokens[token].key == read.key &&
		    (token_in(&world->promised, token) || token_in(&world->read_promised, token) || token_in(&world->active, token)))
			token_add(&read.must_see, token);
	check_ckpt_read(world, member, &read, bytes_of(bytes[0], size[0]), bytes_of(bytes[1], size[1]));
}

void readers_stored(struct sim_stack *stack)
{
	struct ckpt_node *member = (struct ckpt_node *)(void *)stack;

	if (member->image.base != NULL && !sim_violated(stack->sim) && chance_below(member->world, STORES_BETWEEN) == 0)
		reader_look(member, false);
}

void readers_call(void *context, uint64_t argument)
{
	struct world_ckpt *world = context;
	struct ckpt_node *member = member_of(world, SIM_NODE_FIRST + (uint32_t)chance_below(world, world->nodes));

	(void)argument;
	if (sim_violated(world->sim))
		return;
	if (member != NULL && !member->stack.left && member_service(member)->state != NULL)
		reader_look(member, true);
	sim_call(world->sim, 1 + (int64_t)chance_below(world, 4 * (uint64_t)SIM_MS), readers_call, world, 0);
}
