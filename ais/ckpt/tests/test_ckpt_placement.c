/* Which nodes hold the content of a checkpoint: three replicas of the state, each told whose it is, apply the same operations and views. */
#include "ais/ckpt/ckpt_placement.h"
#include "ais/ckpt/tests/ckpt_fixture.h"
#include "conformance/check/check.h"

enum { NODES = 3, INCARNATION = 7 };

struct cluster {
	struct ckpt_state *states[NODES]; /* of the nodes 1 to 3 */
	struct effects effects;
	uint64_t seq, call;
};

static struct at next_at(struct cluster *cluster, uint32_t sender)
{
	return (struct at){
		.position = {.ring = {.seq = 4, .representative = 1}, .seq = ++cluster->seq}, .sender = sender, .incarnation = INCARNATION,
		.clock_ns = 1000, .version = 1,
	};
}

static uint32_t apply(struct cluster *cluster, uint32_t sender, uint16_t operation, struct wire_writer *body)
{
	const struct at at = next_at(cluster, sender);
	uint32_t code = 0;

	for (size_t i = 0; i < NODES; i++) {
		effects_reset(&cluster->effects);
		ckpt_state_apply(cluster->states[i], &at, operation, wire_writer_bytes(body), &cluster->effects);
		for (size_t e = 0; e < cluster->effects.count; e++)
			if (cluster->effects.list[e].kind == EFFECT_REPLY)
				code = cluster->effects.list[e].code;
		CU_ASSERT_FALSE(cluster->effects.failed);
		CU_ASSERT_EQUAL(ckpt_state_digest_directory(cluster->states[i]), ckpt_state_digest_directory(cluster->states[0]));
		CU_ASSERT_EQUAL(ckpt_state_digest_content(cluster->states[i]), ckpt_state_digest_content(cluster->states[0]));
	}
	wire_writer_clear(body);
	return code;
}

/* A view of the nodes in `present`; those in `joining` come with another state than the view's. */
static void view(struct cluster *cluster, unsigned present, unsigned joining)
{
	const struct at at = next_at(cluster, 1);
	struct service_member members[NODES];
	struct service_view shown = {.members = members, .lineage = {.seq = 3, .representative = 1}};

	for (uint32_t node = 1; node <= NODES; node++) {
		const bool holds = (joining >> node & 1) == 0;

		if ((present >> node & 1) != 0)
			members[shown.member_count++] = (struct service_member){
				.node = node, .incarnation = INCARNATION, .announces = true, .holds = holds, .winner = holds,
			};
	}
	for (size_t i = 0; i < NODES; i++) {
		effects_reset(&cluster->effects);
		ckpt_state_view_applied(cluster->states[i], &at, &shown, &cluster->effects);
		CU_ASSERT_FALSE(cluster->effects.failed);
		CU_ASSERT_EQUAL(ckpt_state_digest_directory(cluster->states[i]), ckpt_state_digest_directory(cluster->states[0]));
	}
}

enum { ALL = 1 << 1 | 1 << 2 | 1 << 3 };

static struct cluster cluster_new(void)
{
	struct cluster cluster = {0};

	for (uint32_t i = 0; i < NODES; i++) {
		cluster.states[i] = ckpt_state_new(&ckpt_fixture_host);
		ckpt_state_self_set(cluster.states[i], i + 1, INCARNATION);
	}
	view(&cluster, ALL, 0);
	return cluster;
}

static void cluster_free(struct cluster *cluster)
{
	for (size_t i = 0; i < NODES; i++)
		ckpt_state_free(cluster->states[i]);
	effects_clear(&cluster->effects);
	CU_ASSERT_EQUAL(ckpt_fixture_arena_bytes(), 0);
}

static struct requester client_of(uint32_t node, uint64_t call)
{
	return (struct requester){.node = node, .incarnation = INCARNATION, .client = 1, .call = call};
}

static uint64_t open_named(struct cluster *cluster, const char *name, uint32_t node, uint32_t flags, uint32_t replicas)
{
	struct wire_writer body = {0};
	struct ckpt_open open = {
		.requester = client_of(node, ++cluster->call), .name = bytes_of_text(name),
		.flags = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE, .creates = true,
		.attributes = ckpt_fixture_attributes(8), .replicas = replicas,
	};

	open.attributes.creation_flags = flags;
	ckpt_open_encode(&body, &open);
	CU_ASSERT_EQUAL(apply(cluster, node, CKPT_OPERATION_OPEN, &body), SA_AIS_OK);
	return cluster->call;
}

/* The number of the open. */
static uint64_t open_from(struct cluster *cluster, uint32_t node, uint32_t flags, uint32_t replicas)
{
	return open_named(cluster, "placed", node, flags, replicas);
}

static void close_from(struct cluster *cluster, uint32_t node, uint64_t open)
{
	struct wire_writer body = {0};

	ckpt_close_encode(&body, &(struct ckpt_close){.client = client_of(node, 0), .open = open});
	apply(cluster, node, CKPT_OPERATION_CLOSE, &body);
}

static struct checkpoint *placed(const struct cluster *cluster, uint32_t node)
{
	return checkpoint_find_linked(cluster->states[node - 1], bytes_of_text("placed"));
}

static uint32_t create(struct cluster *cluster, const char *id, const char *data)
{
	struct wire_writer body = {0};

	ckpt_section_create_encode(&body, &(struct ckpt_section_create){
		.requester = client_of(1, ++cluster->call), .checkpoint = placed(cluster, 1)->identity, .expiry_ns = SA_TIME_END,
		.id = bytes_of_text(id), .initial = bytes_of_text(data),
	});
	return apply(cluster, 1, CKPT_OPERATION_SECTION_CREATE, &body);
}

static uint32_t overwrite(struct cluster *cluster, const char *id, const char *data)
{
	struct wire_writer body = {0};

	ckpt_overwrite_encode(&body, &(struct ckpt_overwrite){
		.requester = client_of(1, ++cluster->call), .checkpoint = placed(cluster, 1)->identity, .id = bytes_of_text(id),
		.data = bytes_of_text(data),
	});
	return apply(cluster, 1, CKPT_OPERATION_OVERWRITE, &body);
}

static uint32_t active_set(struct cluster *cluster, uint32_t node)
{
	struct wire_writer body = {0};

	ckpt_active_set_encode(&body, &(struct ckpt_active_set){
		.requester = client_of(node, ++cluster->call), .checkpoint = placed(cluster, 1)->identity,
	});
	return apply(cluster, node, CKPT_OPERATION_ACTIVE_SET, &body);
}

/* Which nodes the directory lists, as bits; `complete`: of those only the complete ones. */
static unsigned listed(const struct cluster *cluster, bool complete)
{
	const struct checkpoint *checkpoint = placed(cluster, 1);
	unsigned nodes = 0;

	for (uint32_t i = 0; i < checkpoint->replica_count; i++)
		nodes |= checkpoint->replicas[i].complete || !complete ? 1u << checkpoint->replicas[i].node : 0;
	return nodes;
}

static bool holds_bytes(const struct cluster *cluster, uint32_t node)
{
	return content_held(&placed(cluster, node)->content) > 0;
}

/* What the engine does: the node pulls what it lacks from the donor. */
static void pull(struct cluster *cluster, uint32_t node, uint32_t donor)
{
	struct ckpt_state *state = cluster->states[node - 1];
	struct service_range range = {.size_max = 1};

	while (ckpt_state_range_next(state, &range)) {
		struct wire_writer copy = {0};

		ckpt_state_range_open(state, &range);
		CU_ASSERT_TRUE_FATAL(ckpt_state_range_copy(cluster->states[donor - 1], &range, &copy));
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&copy));
		CU_ASSERT_TRUE_FATAL(ckpt_state_range_install(state, &range, &in));
		wire_writer_clear(&copy);
	}
}

static void filled(struct cluster *cluster, uint32_t node, uint64_t number)
{
	const struct at at = next_at(cluster, node);

	for (size_t i = 0; i < NODES; i++)
		ckpt_state_object_filled(cluster->states[i], &at, bytes_of(placed(cluster, 1)->key, CHECKPOINT_KEY_SIZE), number,
		                         &cluster->effects);
}

/* Says what it has to say. */
static bool fill_said(struct cluster *cluster, uint32_t node)
{
	struct service_object object;

	if (!ckpt_state_fill_next(cluster->states[node - 1], &object))
		return false;
	filled(cluster, node, object.number);
	return true;
}

static const uint32_t collocated = SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED;

static void collocated_content_lies_where_it_is_open_alone(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 2, collocated, 0);
	CU_ASSERT_EQUAL(create(&cluster, "a", "one"), SA_AIS_OK);
	CU_ASSERT_EQUAL(overwrite(&cluster, "a", "longer"), SA_AIS_OK);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 2);
	CU_ASSERT_TRUE(holds_bytes(&cluster, 2));
	CU_ASSERT_FALSE(holds_bytes(&cluster, 1) || holds_bytes(&cluster, 3));
	CU_ASSERT_EQUAL(section_first(placed(&cluster, 3))->size, 6);
	CU_ASSERT_EQUAL(placement_holder(placed(&cluster, 3), 3), 2);
	CU_ASSERT_EQUAL(overwrite(&cluster, "a", ""), SA_AIS_OK);
	CU_ASSERT_EQUAL(placed(&cluster, 3)->absent_count, 0);
	cluster_free(&cluster);
}

static void one_opened_elsewhere_is_filled_and_then_counts(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, collocated, 0);
	create(&cluster, "a", "one");
	create(&cluster, "b", "two");
	open_from(&cluster, 3, collocated, 0);
	CU_ASSERT_EQUAL(listed(&cluster, false), 1 << 1 | 1 << 3);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1);
	CU_ASSERT_FALSE(fill_said(&cluster, 3)); /* not before its last range */
	pull(&cluster, 3, 1);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1);
	CU_ASSERT_TRUE(fill_said(&cluster, 3));
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1 | 1 << 3);
	CU_ASSERT_FALSE(fill_said(&cluster, 3)); /* once */
	CU_ASSERT_EQUAL(placed(&cluster, 1)->content_digest, placed(&cluster, 3)->content_digest);
	overwrite(&cluster, "b", "three");
	CU_ASSERT_EQUAL(placed(&cluster, 1)->content_digest, placed(&cluster, 3)->content_digest);
	cluster_free(&cluster);
}

static uint64_t shared(const struct cluster *cluster, uint32_t self, uint32_t other)
{
	const struct service_peer member = {.node = other, .incarnation = INCARNATION};
	uint64_t digest;

	ckpt_state_digest_shared(cluster->states[self - 1], &member, 1, &digest);
	return digest;
}

/* R22: what two nodes both hold has one digest, what one of them has alone none. */
static void content_of_two_holders_is_compared(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, collocated, 0);
	create(&cluster, "a", "one");
	CU_ASSERT_EQUAL(shared(&cluster, 1, 3), 0);
	open_from(&cluster, 3, collocated, 0);
	CU_ASSERT_EQUAL(shared(&cluster, 1, 3), 0); /* it is not filled yet */
	pull(&cluster, 3, 1);
	CU_ASSERT_TRUE(fill_said(&cluster, 3));
	CU_ASSERT_NOT_EQUAL(shared(&cluster, 1, 3), 0);
	CU_ASSERT_EQUAL(shared(&cluster, 1, 3), shared(&cluster, 3, 1));
	CU_ASSERT_EQUAL(shared(&cluster, 1, 2), 0);
	CU_ASSERT_EQUAL(shared(&cluster, 2, 3), 0);
	const uint64_t before = shared(&cluster, 1, 3);
	overwrite(&cluster, "a", "two");
	CU_ASSERT_EQUAL(shared(&cluster, 1, 3), shared(&cluster, 3, 1));
	CU_ASSERT_NOT_EQUAL(shared(&cluster, 1, 3), before);
	((struct checkpoint *)placed(&cluster, 3))->content_digest ^= 1; /* as a change would that it alone applied */
	CU_ASSERT_NOT_EQUAL(shared(&cluster, 1, 3), shared(&cluster, 3, 1));
	cluster_free(&cluster);
}

/* The bits of `kind`: what its replicas of nodes 1 to 3 are like. */
static void replicas_set(struct checkpoint *checkpoint, unsigned kind)
{
	for (uint32_t i = 0; i < NODES; i++)
		checkpoint->replicas[i].complete = (kind >> i & 1) != 0;
	if ((kind >> 3 & 1) != 0)
		checkpoint->replicas[1] = (struct replica){.node = 3, .incarnation = INCARNATION - 1, .complete = checkpoint->replicas[1].complete};
	if ((kind >> 4 & 1) != 0)
		checkpoint->replicas[0].incarnation = INCARNATION - 1;
	if ((kind >> 5 & 1) != 0)
		checkpoint->lost = (struct ring_id){.seq = 3, .representative = 1};
	checkpoint->content_digest = kind + 1;
}

enum { REPLICAS_KINDS = 1 << 6 };

/* One of each kind, as node `self` knows them. */
static void every_kind_placed(struct cluster *cluster, uint32_t self)
{
	for (unsigned kind = 0; kind < REPLICAS_KINDS; kind++) {
		char name[16];

		snprintf(name, sizeof name, "kind %u", kind);
		for (uint32_t node = 1; node <= NODES; node++)
			open_named(cluster, name, node, collocated, 0);
		replicas_set(checkpoint_find_linked(cluster->states[self - 1], bytes_of_text(name)), kind);
	}
}

static bool is_complete(const struct checkpoint *checkpoint, uint32_t node)
{
	const struct replica *replica = placement_replica(checkpoint, node, INCARNATION);

	return replica != NULL && replica->complete;
}

/* As it is defined, of one pair. */
static uint64_t pair_digest(const struct ckpt_state *state, uint32_t self, uint32_t other)
{
	uint64_t digest = 0;

	for (const struct checkpoint *checkpoint = checkpoint_first(state); checkpoint != NULL; checkpoint = checkpoint_next(checkpoint))
		if (!checkpoint_is_lost(checkpoint) && is_complete(checkpoint, self) && is_complete(checkpoint, other))
			digest = digest_u64(digest, checkpoint->content_digest);
	return digest;
}

/* Whoever they are and however many, and whatever is listed that none of them holds. */
static void each_members_digest_is_that_of_the_pair(void)
{
	for (uint32_t self = 1; self <= NODES; self++) {
		struct cluster cluster = cluster_new();
		const struct ckpt_state *state = cluster.states[self - 1];

		every_kind_placed(&cluster, self);
		for (unsigned present = 0; present <= ALL; present += 2) {
			struct service_peer members[NODES];
			uint64_t digests[NODES] = {1, 1, 1};
			size_t count = 0;

			for (uint32_t node = 1; node <= NODES; node++)
				if ((present >> node & 1) != 0)
					members[count++] = (struct service_peer){.node = node, .incarnation = INCARNATION};
			ckpt_state_digest_shared(state, members, count, digests);
			for (size_t i = 0; i < count; i++)
				CU_ASSERT_EQUAL(digests[i], pair_digest(state, self, members[i].node));
		}
		CU_ASSERT_NOT_EQUAL(pair_digest(state, self, self % NODES + 1), 0);
		cluster_free(&cluster);
	}
}

static void the_last_close_on_a_node_lets_go_what_others_hold(void)
{
	struct cluster cluster = cluster_new();
	const uint64_t first = open_from(&cluster, 1, collocated, 0);
	const uint64_t again = open_from(&cluster, 1, collocated, 0);

	create(&cluster, "a", "one");
	const uint64_t other = open_from(&cluster, 2, collocated, 0);
	close_from(&cluster, 1, first);
	close_from(&cluster, 1, again);
	CU_ASSERT_EQUAL(listed(&cluster, false), 1 << 1 | 1 << 2); /* nobody else holds it yet */
	pull(&cluster, 2, 1);
	CU_ASSERT_TRUE(fill_said(&cluster, 2));
	CU_ASSERT_EQUAL(listed(&cluster, false), 1 << 2);
	CU_ASSERT_FALSE(holds_bytes(&cluster, 1));
	close_from(&cluster, 2, other);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 2); /* the last one stays */
	CU_ASSERT_TRUE(holds_bytes(&cluster, 2));
	cluster_free(&cluster);
}

static void a_word_of_a_replica_that_went_is_not_the_next_ones(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, collocated, 0);
	create(&cluster, "a", "one");
	const uint64_t first = open_from(&cluster, 2, collocated, 0);
	const uint64_t number = placement_replica(placed(&cluster, 1), 2, INCARNATION)->number;
	pull(&cluster, 2, 1);
	close_from(&cluster, 2, first);
	open_from(&cluster, 2, collocated, 0);
	filled(&cluster, 2, number);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1);
	CU_ASSERT_EQUAL(placed(&cluster, 2)->absent_count, 1);
	cluster_free(&cluster);
}

static void the_active_replica_is_one_in_step_and_stays(void)
{
	struct cluster cluster = cluster_new();
	const uint32_t flags = SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED;
	const uint64_t first = open_from(&cluster, 1, flags, 0);

	CU_ASSERT_EQUAL(active_set(&cluster, 1), SA_AIS_OK);
	create(&cluster, "a", "one");
	CU_ASSERT_EQUAL(active_set(&cluster, 2), SA_AIS_ERR_TRY_AGAIN);
	open_from(&cluster, 2, flags, 0);
	CU_ASSERT_EQUAL(active_set(&cluster, 2), SA_AIS_ERR_TRY_AGAIN);
	pull(&cluster, 2, 1);
	CU_ASSERT_TRUE(fill_said(&cluster, 2));
	close_from(&cluster, 1, first);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1 | 1 << 2); /* the role keeps it */
	CU_ASSERT_EQUAL(active_set(&cluster, 2), SA_AIS_OK);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 2);
	cluster_free(&cluster);
}

static unsigned one_of(unsigned nodes)
{
	return nodes & -nodes;
}

static uint32_t node_of(unsigned bit)
{
	uint32_t node = 0;

	while (bit >> node != 1)
		node++;
	return node;
}

static void so_many_nodes_hold_it_and_another_follows_one_that_left(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 2);
	create(&cluster, "a", "one");
	const unsigned holders = listed(&cluster, true), left = one_of(holders), stays = holders & ~left, spare = ALL & ~holders;
	CU_ASSERT_EQUAL(one_of(stays), stays);
	CU_ASSERT_FALSE(holds_bytes(&cluster, node_of(spare)));
	view(&cluster, ALL & ~left, 0);
	CU_ASSERT_EQUAL(listed(&cluster, true), stays);
	CU_ASSERT_EQUAL(listed(&cluster, false), stays | spare);
	pull(&cluster, node_of(spare), node_of(stays));
	CU_ASSERT_TRUE(fill_said(&cluster, node_of(spare)));
	CU_ASSERT_EQUAL(listed(&cluster, true), stays | spare);
	view(&cluster, ALL, left);
	CU_ASSERT_EQUAL(listed(&cluster, false), stays | spare); /* who comes back finds its place taken */
	cluster_free(&cluster);
}

static void a_member_whose_state_was_replaced_holds_nothing(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, collocated, 0);
	open_from(&cluster, 2, collocated, 0);
	create(&cluster, "a", "one");
	view(&cluster, ALL, 1 << 2);
	CU_ASSERT_EQUAL(listed(&cluster, false), 1 << 1 | 1 << 2);
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 1);
	cluster_free(&cluster);
}

static void one_whose_holders_all_left_is_lost_and_the_others_are_not(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 1);
	CU_ASSERT_EQUAL(create(&cluster, "a", "one"), SA_AIS_OK);
	const unsigned holder = listed(&cluster, true);
	const struct service_member rest = {.node = 9, .incarnation = INCARNATION, .holds = true};
	CU_ASSERT_FALSE(ckpt_state_objects_covered(cluster.states[0], &(struct service_view){.members = &rest, .member_count = 1}));
	view(&cluster, ALL & ~holder, 0);
	CU_ASSERT_TRUE(checkpoint_is_lost(placed(&cluster, 1)));
	CU_ASSERT_EQUAL(overwrite(&cluster, "a", "two"), SA_AIS_ERR_TRY_AGAIN);
	for (uint32_t node = 1; node <= NODES; node++)
		CU_ASSERT_FALSE(holds_bytes(&cluster, node));
	cluster_free(&cluster);
}

/* Also who comes later learns it from the directory, and asks for what it is to hold alone. */
static void a_joiner_asks_for_what_it_is_to_hold(void)
{
	struct cluster cluster = cluster_new();
	struct wire_writer directory = {0};
	struct service_range range = {.size_max = 4096};

	open_from(&cluster, 1, collocated, 0);
	create(&cluster, "a", "one");
	ckpt_state_directory_encode(cluster.states[0], &directory);
	for (uint32_t node = 2; node <= 3; node++) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&directory));

		ckpt_state_free(cluster.states[node - 1]);
		cluster.states[node - 1] = ckpt_state_new(&ckpt_fixture_host);
		ckpt_state_self_set(cluster.states[node - 1], node, INCARNATION);
		CU_ASSERT_TRUE_FATAL(ckpt_state_directory_decode(cluster.states[node - 1], &in));
		CU_ASSERT_FALSE(ckpt_state_range_next(cluster.states[node - 1], &range));
	}
	open_from(&cluster, 2, collocated, 0);
	CU_ASSERT_TRUE(ckpt_state_range_next(cluster.states[1], &range));
	CU_ASSERT_TRUE(range.listed);
	CU_ASSERT_FALSE(ckpt_state_range_next(cluster.states[2], &range));
	wire_writer_clear(&directory);
	cluster_free(&cluster);
}

/* Node 3 is no replica, so that its content cannot tell. */
static void a_change_that_one_missed_shows_in_its_directory(void)
{
	struct cluster cluster = cluster_new();
	struct wire_writer body = {0};

	open_from(&cluster, 1, collocated, 0);
	create(&cluster, "a", "one");
	ckpt_overwrite_encode(&body, &(struct ckpt_overwrite){
		.requester = client_of(1, ++cluster.call), .checkpoint = placed(&cluster, 1)->identity, .id = bytes_of_text("a"),
		.data = bytes_of_text("two"),
	});
	for (int missed = 1; missed >= 0; missed--) {
		const struct at at = next_at(&cluster, 1);

		for (size_t i = 0; i < NODES; i++)
			if (!missed || i != 2)
				ckpt_state_apply(cluster.states[i], &at, CKPT_OPERATION_OVERWRITE, wire_writer_bytes(&body), &cluster.effects);
	}
	CU_ASSERT_EQUAL(ckpt_state_digest_directory(cluster.states[0]), ckpt_state_digest_directory(cluster.states[1]));
	CU_ASSERT_NOT_EQUAL(ckpt_state_digest_directory(cluster.states[0]), ckpt_state_digest_directory(cluster.states[2]));
	CU_ASSERT_TRUE(position_equal(placed(&cluster, 1)->changed, placed(&cluster, 3)->changed));
	wire_writer_clear(&body);
	cluster_free(&cluster);
}

/* Adopted: zeros, on whoever says so where nobody else is to hold it. */
static void one_that_is_given_up_lies_somewhere_again(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 2, collocated, 0);
	create(&cluster, "a", "one");
	view(&cluster, ALL & ~(1 << 2), 0);
	CU_ASSERT_TRUE(checkpoint_is_lost(placed(&cluster, 1)));
	const struct at at = next_at(&cluster, 3);
	for (size_t i = 0; i < NODES; i++)
		ckpt_state_object_give_up(cluster.states[i], &at, bytes_of(placed(&cluster, 1)->key, CHECKPOINT_KEY_SIZE), &cluster.effects);
	CU_ASSERT_FALSE(checkpoint_is_lost(placed(&cluster, 1)));
	CU_ASSERT_EQUAL(listed(&cluster, true), 1 << 3);
	CU_ASSERT_TRUE(placement_is_whole_here(placed(&cluster, 3)));
	CU_ASSERT_TRUE(bytes_equal(section_content(placed(&cluster, 3), section_first(placed(&cluster, 3))), bytes_of("\0\0\0", 3)));
	CU_ASSERT_FALSE(holds_bytes(&cluster, 1));
	cluster_free(&cluster);
}

static void one_on_all_nodes_has_no_list(void)
{
	struct cluster cluster = cluster_new();

	open_from(&cluster, 1, SA_CKPT_WR_ALL_REPLICAS, 0);
	create(&cluster, "a", "one");
	CU_ASSERT_EQUAL(placed(&cluster, 1)->replica_count, 0);
	CU_ASSERT_FALSE(ckpt_state_objects_listed(cluster.states[0]));
	for (uint32_t node = 1; node <= NODES; node++)
		CU_ASSERT_TRUE(holds_bytes(&cluster, node));
	cluster_free(&cluster);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"collocated content lies where it is open alone", collocated_content_lies_where_it_is_open_alone},
		{"CKPT-139 one opened elsewhere is filled, and then counts", one_opened_elsewhere_is_filled_and_then_counts},
		{"the content of two holders is compared", content_of_two_holders_is_compared},
		{"each member's digest is that of the pair", each_members_digest_is_that_of_the_pair},
		{"the last close on a node lets go what others hold", the_last_close_on_a_node_lets_go_what_others_hold},
		{"a word of a replica that went is not the next one's", a_word_of_a_replica_that_went_is_not_the_next_ones},
		{"CKPT-134 the active replica is one in step, and stays", the_active_replica_is_one_in_step_and_stays},
		{"so many nodes hold it, and another follows one that left", so_many_nodes_hold_it_and_another_follows_one_that_left},
		{"a member whose state was replaced holds nothing", a_member_whose_state_was_replaced_holds_nothing},
		{"R19 one whose holders all left is lost", one_whose_holders_all_left_is_lost_and_the_others_are_not},
		{"a joiner asks for what it is to hold", a_joiner_asks_for_what_it_is_to_hold},
		{"R6 a change that one missed shows in its directory", a_change_that_one_missed_shows_in_its_directory},
		{"R19 one that is given up lies somewhere again", one_that_is_given_up_lies_somewhere_again},
		{"one on all nodes has no list", one_on_all_nodes_has_no_list},
	};

	return check_run("ckpt placement", cases, sizeof cases / sizeof *cases);
}
