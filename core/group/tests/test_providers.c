/* What core/group/group.h promises, held against every provider with the same tests. */
#include "conformance/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/group/tests/provider_world.h"

static const int64_t second_ns = 1000000000;

static void broken(struct witness *witness, const char *promise)
{
	if (witness->broken == NULL)
		witness->broken = promise;
}

static bool ids_ascend(const uint32_t *ids, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (ids[i - 1] >= ids[i])
			return false;
	return true;
}

static bool ids_have(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void on_view(struct witness *witness, const struct group_view *view)
{
	if (!ids_ascend(view->members, view->member_count) || !ids_ascend(view->joined, view->joined_count) ||
	    !ids_ascend(view->left, view->left_count))
		broken(witness, "lists ascend and have no duplicates");
	if (!ids_have(view->members, view->member_count, witness->node))
		broken(witness, "a node is a member of its views");
	if (ring_id_is_none(view->ring))
		broken(witness, "a view has a ring");
	if (view->kind == GROUP_VIEW_TRANSITIONAL) {
		witness->transitional_views++;
		return;
	}
	if (witness->regular_views++ > 0 && view->ring.seq <= witness->ring.seq)
		broken(witness, "ring sequences grow");
	witness->ring = view->ring;
	witness->member_count = view->member_count < WORLD_MEMBERS_MAX ? view->member_count : WORLD_MEMBERS_MAX;
	memcpy(witness->members, view->members, witness->member_count * sizeof(uint32_t));
	witness->delivered_in_ring = 0;
	witness->position = witness->stable = (struct position){.ring = view->ring};
}

static void on_deliver(struct witness *witness, const struct group_event *event)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (witness->regular_views == 0)
		broken(witness, "a view comes before all messages");
	if (witness->in_call)
		broken(witness, "nothing is delivered from inside a call");
	if (witness->delivered_in_ring++ > 0 && position_compare(event->position, witness->position) <= 0)
		broken(witness, "positions grow");
	*delivery = (struct delivery){.sender = event->sender, .position = event->position, .size = event->message.size,
	                              .digest = digest_bytes(1, event->message)};
	snprintf(delivery->text, sizeof(delivery->text), "%.*s", (int)(event->message.size < 31 ? event->message.size : 31),
	         (const char *)event->message.data);
	*witness->last = delivery;
	witness->last = &delivery->next;
	witness->delivered++;
	witness->position = event->position;
	if (witness->echo != NULL) {
		const char *echo = witness->echo;

		witness->echo = NULL;
		if (!group_multicast(witness->group, bytes_of_text(echo), GROUP_ORDINARY))
			broken(witness, "a message may be sent from inside an event");
	}
}

static void on_stable(struct witness *witness, struct position position)
{
	if (position_compare(position, witness->position) > 0)
		broken(witness, "stability is never ahead of delivery");
	if (ring_id_equal(position.ring, witness->stable.ring) && position_compare(position, witness->stable) < 0)
		broken(witness, "stability never goes back");
	witness->stable = position;
}

void witness_event(void *context, const struct group_event *event)
{
	struct witness *witness = context;

	if (witness->in_event)
		broken(witness, "events do not nest");
	witness->in_event = true;
	switch (event->kind) {
	case GROUP_EVENT_DELIVER:
		on_deliver(witness, event);
		break;
	case GROUP_EVENT_VIEW:
		on_view(witness, &event->view);
		break;
	case GROUP_EVENT_STABLE:
		on_stable(witness, event->position);
		break;
	case GROUP_EVENT_FRESH:
		witness->fresh_until_ns = event->fresh_until_ns;
		break;
	case GROUP_EVENT_WRITABLE:
		witness->writable++;
		break;
	case GROUP_EVENT_DIRECT:
		witness->direct_sender = event->sender;
		witness->direct_at = witness->delivered;
		witness->directs++;
		break;
	}
	witness->in_event = false;
}

struct fixture {
	const struct provider_kind *kind;
	struct provider_world *world;
	struct witness witnesses[WORLD_NODES_MAX];
};

static const struct provider_kind *kind_now; /* CUnit's tests take no argument: set before each run of the suite */

/* All nodes in one view. */
static struct fixture *fixture_open(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->kind = kind_now;
	for (size_t i = 0; i < WORLD_NODES_MAX; i++) {
		fixture->witnesses[i].node = (uint32_t)i + 1;
		fixture->witnesses[i].last = &fixture->witnesses[i].first;
	}
	fixture->world = fixture->kind->open(fixture->witnesses);
	fixture->kind->run(fixture->world, 10 * second_ns);
	return fixture;
}

static void fixture_close(struct fixture *fixture)
{
	fixture->kind->close(fixture->world);
	for (size_t i = 0; i < fixture->kind->node_count; i++) {
		struct witness *witness = &fixture->witnesses[i];

		if (witness->broken != NULL)
			printf("node %u: %s\n", witness->node, witness->broken);
		CU_ASSERT_PTR_NULL(witness->broken);
		while (witness->first != NULL) {
			struct delivery *delivery = witness->first;

			witness->first = delivery->next;
			free(delivery);
		}
	}
	free(fixture);
}

static bool send_bytes(struct fixture *fixture, uint32_t node, struct bytes message, enum group_urgency urgency)
{
	struct witness *witness = &fixture->witnesses[node - 1];

	witness->in_call = true;
	const bool taken = group_multicast(witness->group, message, urgency);
	witness->in_call = false;
	return taken;
}

static bool send_text(struct fixture *fixture, uint32_t node, const char *text)
{
	return send_bytes(fixture, node, bytes_of_text(text), GROUP_ORDINARY);
}

static void run(struct fixture *fixture, int64_t duration_ns)
{
	fixture->kind->run(fixture->world, duration_ns);
}

/* The same messages with the same places from the same senders, as the first node saw them. */
static void all_saw_the_same(const struct fixture *fixture, size_t count)
{
	for (size_t i = 0; i < fixture->kind->node_count; i++) {
		const struct delivery *a = fixture->witnesses[0].first, *b = fixture->witnesses[i].first;

		CU_ASSERT_EQUAL(fixture->witnesses[i].delivered, count);
		for (; a != NULL && b != NULL; a = a->next, b = b->next)
			CU_ASSERT_TRUE_FATAL(a->sender == b->sender && position_equal(a->position, b->position) && a->digest == b->digest);
	}
}

static void the_first_view_has_all_nodes(void)
{
	struct fixture *fixture = fixture_open();

	for (size_t i = 0; i < fixture->kind->node_count; i++) {
		CU_ASSERT_TRUE(fixture->witnesses[i].regular_views >= 1);
		CU_ASSERT_EQUAL(fixture->witnesses[i].member_count, fixture->kind->node_count);
		CU_ASSERT_TRUE(ring_id_equal(fixture->witnesses[i].ring, fixture->witnesses[0].ring));
	}
	fixture_close(fixture);
}

static void all_deliver_the_same_in_the_same_order(void)
{
	struct fixture *fixture = fixture_open();
	size_t sent = 0;

	for (int round = 0; round < 20; round++) {
		for (uint32_t node = 1; node <= fixture->kind->node_count; node++) {
			char text[32];

			snprintf(text, sizeof(text), "%u %d", node, round);
			CU_ASSERT_TRUE(send_text(fixture, node, text));
			sent++;
		}
		if (round % 3 == 0)
			run(fixture, second_ns / 1000);
	}
	run(fixture, 5 * second_ns);
	all_saw_the_same(fixture, sent);
	fixture_close(fixture);
}

static void a_sender_s_messages_keep_their_order(void)
{
	struct fixture *fixture = fixture_open();
	int next[WORLD_NODES_MAX + 1] = {0};

	for (int i = 0; i < 50; i++)
		for (uint32_t node = 1; node <= fixture->kind->node_count; node++) {
			char text[32];

			snprintf(text, sizeof(text), "%d", i);
			CU_ASSERT_TRUE(send_text(fixture, node, text));
		}
	run(fixture, 5 * second_ns);
	for (const struct delivery *at = fixture->witnesses[0].first; at != NULL; at = at->next)
		CU_ASSERT_EQUAL(atoi(at->text), next[at->sender]++);
	CU_ASSERT_EQUAL(next[1], 50);
	fixture_close(fixture);
}

static void everything_becomes_stable(void)
{
	struct fixture *fixture = fixture_open();

	CU_ASSERT_TRUE(send_text(fixture, 1, "first"));
	CU_ASSERT_TRUE(send_text(fixture, (uint32_t)fixture->kind->node_count, "second"));
	run(fixture, 5 * second_ns);
	for (size_t i = 0; i < fixture->kind->node_count; i++)
		CU_ASSERT_TRUE(position_compare(fixture->witnesses[i].stable, fixture->witnesses[i].position) >= 0);
	fixture_close(fixture);
}

/* Nothing is lost here, so what stands before it in the sender's bulk has come, and what stands behind it has not. */
static void a_direct_message_reaches_its_member_alone_between_the_bulk(void)
{
	struct fixture *fixture = fixture_open();
	const uint32_t last = (uint32_t)fixture->kind->node_count;
	struct witness *sender = &fixture->witnesses[last - 1];

	if (sender->group->direct_size_max == 0) {
		fixture_close(fixture);
		return;
	}
	CU_ASSERT_TRUE(send_bytes(fixture, last, bytes_of_text("before"), GROUP_BULK));
	sender->in_call = true;
	CU_ASSERT_TRUE(group_direct(sender->group, 1, bytes_of_text("alone")));
	sender->in_call = false;
	CU_ASSERT_TRUE(send_bytes(fixture, last, bytes_of_text("behind"), GROUP_BULK));
	run(fixture, 5 * second_ns);
	CU_ASSERT_EQUAL(fixture->witnesses[0].directs, 1);
	CU_ASSERT_EQUAL(fixture->witnesses[0].direct_sender, last);
	CU_ASSERT_EQUAL(fixture->witnesses[0].direct_at, 1);
	for (size_t i = 1; i < fixture->kind->node_count; i++)
		CU_ASSERT_EQUAL(fixture->witnesses[i].directs, 0);
	all_saw_the_same(fixture, 2);
	fixture_close(fixture);
}

/* A ring that carries nothing in order does not rest before they are gone: a tenth of a second is time for many turns, not for one rest. */
static void direct_messages_keep_an_idle_ring_going(void)
{
	struct fixture *fixture = fixture_open();
	const uint32_t last = (uint32_t)fixture->kind->node_count;
	struct witness *sender = &fixture->witnesses[last - 1];
	static uint8_t space[64 * 1024];
	uint32_t sent = 0;

	sender->in_call = true;
	while (sender->group->direct_size_max > 0 && group_direct(sender->group, 1, bytes_of(space, sender->group->direct_size_max)))
		sent++;
	sender->in_call = false;
	run(fixture, second_ns / 10);
	CU_ASSERT_EQUAL(fixture->witnesses[0].directs, sent);
	fixture_close(fixture);
}

static void barrier_messages_go_first(void)
{
	struct fixture *fixture = fixture_open();

	for (int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(send_text(fixture, 1, "ordinary"));
	CU_ASSERT_TRUE(send_bytes(fixture, 1, bytes_of_text("barrier"), GROUP_BARRIER));
	run(fixture, 5 * second_ns);
	size_t before = 0;
	for (const struct delivery *at = fixture->witnesses[0].first; at != NULL && strcmp(at->text, "barrier") != 0; at = at->next)
		before++;
	CU_ASSERT_TRUE(before < 100);
	all_saw_the_same(fixture, 101);
	fixture_close(fixture);
}

static void the_empty_and_the_largest_message_arrive_whole(void)
{
	struct fixture *fixture = fixture_open();
	const size_t size = fixture->witnesses[0].group->message_size_max;
	uint8_t *large = malloc(size + 1);

	for (size_t i = 0; i <= size; i++)
		large[i] = (uint8_t)(i * 2654435761u >> 24);
	CU_ASSERT_TRUE(send_bytes(fixture, 1, (struct bytes){0}, GROUP_ORDINARY));
	run(fixture, second_ns);
	CU_ASSERT_TRUE(send_bytes(fixture, 1, bytes_of(large, size), GROUP_ORDINARY));
	CU_ASSERT_FALSE(send_bytes(fixture, 1, bytes_of(large, size + 1), GROUP_ORDINARY));
	run(fixture, 60 * second_ns);
	all_saw_the_same(fixture, 2);
	const struct delivery *empty = fixture->witnesses[0].first, *whole = empty == NULL ? NULL : empty->next;
	CU_ASSERT_TRUE(whole != NULL && empty->size == 0 && whole->size == size && whole->digest == digest_bytes(1, bytes_of(large, size)));
	free(large);
	fixture_close(fixture);
}

static void what_is_full_says_when_there_is_room_again(void)
{
	struct fixture *fixture = fixture_open();
	static uint8_t piece[4096];
	size_t taken = 0;

	while (send_bytes(fixture, 1, bytes_of(piece, sizeof(piece)), GROUP_ORDINARY) && taken < 100000)
		taken++;
	CU_ASSERT_TRUE(taken > 0 && taken < 100000);
	CU_ASSERT_TRUE(send_bytes(fixture, 1, bytes_of_text("barrier"), GROUP_BARRIER)); /* has room of its own */
	CU_ASSERT_EQUAL(fixture->witnesses[0].writable, 0);
	run(fixture, 60 * second_ns);
	CU_ASSERT_TRUE(fixture->witnesses[0].writable >= 1);
	CU_ASSERT_TRUE(send_text(fixture, 1, "again"));
	run(fixture, 5 * second_ns);
	all_saw_the_same(fixture, taken + 2);
	fixture_close(fixture);
}

static void a_message_sent_from_inside_an_event_comes_after_it(void)
{
	struct fixture *fixture = fixture_open();

	fixture->witnesses[0].echo = "echo";
	CU_ASSERT_TRUE(send_text(fixture, 1, "call"));
	run(fixture, 5 * second_ns);
	all_saw_the_same(fixture, 2);
	CU_ASSERT_TRUE(fixture->witnesses[0].first != NULL && strcmp(fixture->witnesses[0].first->text, "call") == 0);
	fixture_close(fixture);
}

/* In a ring at rest too: the token goes round before the lease is over. */
static void reads_are_fresh_while_the_ring_turns(void)
{
	struct fixture *fixture = fixture_open();

	for (int i = 0; i < 50; i++) {
		for (size_t node = 0; node < fixture->kind->node_count; node++)
			CU_ASSERT_TRUE(fixture->witnesses[node].fresh_until_ns > fixture->kind->now_ns(fixture->world));
		run(fixture, second_ns / 20);
	}
	fixture_close(fixture);
}

static void who_leaves_is_seen_to_leave(void)
{
	struct fixture *fixture = fixture_open();
	const uint32_t node = (uint32_t)fixture->kind->node_count;
	const struct ring_id before = fixture->witnesses[0].ring;

	CU_ASSERT_FALSE(fixture->kind->has_left(fixture->world, node));
	fixture->witnesses[node - 1].in_call = true;
	group_leave(fixture->witnesses[node - 1].group);
	fixture->witnesses[node - 1].in_call = false;
	run(fixture, 10 * second_ns);
	CU_ASSERT_TRUE(fixture->kind->has_left(fixture->world, node));
	for (size_t i = 0; i + 1 < node; i++) {
		CU_ASSERT_EQUAL(fixture->witnesses[i].member_count, fixture->kind->node_count - 1);
		CU_ASSERT_TRUE(ring_id_compare(fixture->witnesses[i].ring, before) > 0);
		CU_ASSERT_TRUE(fixture->witnesses[i].transitional_views >= 1);
	}
	fixture_close(fixture);
}

static int suite_run(const struct provider_kind *kind)
{
	static const struct check_case cases[] = {
		{"the first view has all nodes", the_first_view_has_all_nodes},
		{"all deliver the same in the same order", all_deliver_the_same_in_the_same_order},
		{"a sender's messages keep their order", a_sender_s_messages_keep_their_order},
		{"everything becomes stable", everything_becomes_stable},
		{"barrier messages go first", barrier_messages_go_first},
		{"a direct message reaches its member alone, between the bulk", a_direct_message_reaches_its_member_alone_between_the_bulk},
		{"direct messages keep an idle ring going", direct_messages_keep_an_idle_ring_going},
		{"the empty and the largest message arrive whole", the_empty_and_the_largest_message_arrive_whole},
		{"what is full says when there is room again", what_is_full_says_when_there_is_room_again},
		{"a message sent from inside an event comes after it", a_message_sent_from_inside_an_event_comes_after_it},
		{"reads are fresh while the ring turns", reads_are_fresh_while_the_ring_turns},
		{"who leaves is seen to leave", who_leaves_is_seen_to_leave},
	};

	kind_now = kind;
	return check_run(kind->name, cases, sizeof(cases) / sizeof(cases[0]));
}

/* Which provider: one after the other, or the one that is named. */
int main(int argc, char **argv)
{
	static const struct provider_kind *const kinds[] = {&provider_kind_local, &provider_kind_totem};
	int failed = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (argc < 2 || strcmp(argv[1], kinds[i]->name) == 0)
			failed |= suite_run(kinds[i]);
	return failed;
}
