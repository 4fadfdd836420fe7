/* When an answer leaves the node, and what it says (R1, R10, R12, R14, R15, R16, deadlines). */
#include "conformance/check/check.h"
#include "core/engine/tests/engine_fixture.h"

static const uint32_t pair[] = {1, 2};

/* Two of three nodes, both with lineage, and the barrier has ended; stable where `stable` says so. */
static void pair_serves(struct fixture *fixture, uint64_t ring_seq)
{
	fixture_view(fixture, ring_seq, pair, 2);
	fixture_claims(fixture, 2, fixture->engine->lineage);
	fixture_deliver_own(fixture); /* the claim, then `agreed` */
	fixture_agrees(fixture, 2);
	fixture_deliver_own(fixture);
}

/* Node 1 remembers something: it was in a view of all. */
static void fixture_open_remembering(struct fixture *fixture)
{
	static const uint32_t all[] = {1, 2, 3};

	fixture_open(fixture, true, 3);
	fixture_view(fixture, 4, all, 3);
	fixture_claims(fixture, 2, (struct ring_id){0});
	fixture_claims(fixture, 3, (struct ring_id){0});
	fixture_deliver_own(fixture);
	fixture_agrees(fixture, 2);
	fixture_agrees(fixture, 3);
	fixture_deliver_own(fixture);
}

static void at_once_leaves_with_the_gate_shut(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, true, 3);
	fixture_call(&fixture, 1, MIRROR_AT_ONCE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void each_mode_leaves_when_its_row_says(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	for (uint64_t call = MIRROR_AGREED; call <= MIRROR_PASSIVE; call++)
		fixture_call(&fixture, call, (enum mirror_request)call, -1);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_AGREED), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_ACTIVE), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_STABLE), 0);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_PASSIVE), 0);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_STABLE), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, MIRROR_PASSIVE), RESULT_OK);
	fixture_close(&fixture);
}

static void an_answer_waits_for_its_own_position(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_call(&fixture, 2, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq - 1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0);
	fixture_close(&fixture);
}

static void what_is_undecided_waits_for_the_stable_end_of_the_next_barrier(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	pair_serves(&fixture, 8);
	fixture_stable(&fixture, fixture.seq);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture);
	pair_serves(&fixture, 12);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void what_is_undecided_is_timeout_where_the_view_decides_nothing(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	pair_serves(&fixture, 8);
	fixture_stable(&fixture, fixture.seq);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture);
	fixture_view(&fixture, 12, pair, 1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

static void what_was_not_ordered_goes_again_after_the_barrier(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	pair_serves(&fixture, 8);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	CU_ASSERT_EQUAL(fixture.message_count, 1); /* and it is lost with the view */
	pair_serves(&fixture, 12);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void an_operation_of_another_view_is_void(void)
{
	static struct fixture fixture;
	struct fixture_message late;

	fixture_open_remembering(&fixture);
	pair_serves(&fixture, 8);
	fixture_stable(&fixture, fixture.seq);
	fixture_call(&fixture, 1, MIRROR_AGREED, 10);
	late = fixture.messages[0];
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	pair_serves(&fixture, 12);
	const uint64_t before = fixture.engine->services[0].table->digest_directory(fixture.engine->services[0].state);
	fixture_deliver(&fixture, 1, bytes_of(late.data, late.size));
	CU_ASSERT_EQUAL(fixture.engine->services[0].table->digest_directory(fixture.engine->services[0].state), before);
	fixture_close(&fixture);
}

/* What `node` says of its state after the last operation of node 1; `differs` bit m: what it shares with node m is not what m has. */
static void digests_from(struct fixture *fixture, uint32_t node, uint64_t seq, unsigned differs)
{
	struct engine_digests digests = {.position = {.ring = fixture->ring, .seq = seq}, .shared_count = 3};
	struct wire_writer out = {0};

	digests_of(fixture->engine, digests.services, &digests.service_count);
	/* Node 1 says 70 + m of node m, so m says the same of node 1; nodes 2 and 3 agree on 7. */
	digests.shared[0] = digest_u64(digest_u64(0, digests.services[0].id), FIXTURE_SHARED + node) + (differs >> 1 & 1);
	digests.shared[1] = 7 + (node == 3 && (differs >> 2 & 1) != 0);
	digests.shared[2] = 7;
	engine_header_encode(&out, ENGINE_DIGESTS, fixture->ring);
	engine_digests_encode(&out, &digests);
	fixture_deliver(fixture, node, wire_writer_bytes(&out));
	wire_writer_clear(&out);
}

/* Node 1 has applied an operation and said its digests; then the others say theirs. Does it leave? */
static bool leaves_when_told(unsigned node_2_differs, unsigned node_3_differs)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	fixture.engine->config.digest_interval = 1;
	fixture_stable(&fixture, fixture.seq);
	fixture_call(&fixture, 1, MIRROR_AGREED, -1);
	const uint64_t seq = fixture.seq + 1;
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 2); /* the operation, and what its state is then */
	digests_from(&fixture, 2, seq, node_2_differs);
	CU_ASSERT_PTR_NULL(fixture.left);
	digests_from(&fixture, 3, seq, node_3_differs);
	const bool left = fixture.left != NULL;
	fixture_close(&fixture);
	return left;
}

/* R22, of what lies on some nodes alone: who differs from more others leaves, else the higher id. */
static void who_shares_content_and_differs_leaves(void)
{
	CU_ASSERT_FALSE(leaves_when_told(0, 0));
	CU_ASSERT_TRUE(leaves_when_told(1u << 1, 1u << 1));               /* from both: node 1 is broken */
	CU_ASSERT_FALSE(leaves_when_told(1u << 1, 0));                    /* from node 2: that has the higher id */
	CU_ASSERT_FALSE(leaves_when_told(0, 1u << 1 | 1u << 2));          /* node 3 differs from both */
	CU_ASSERT_FALSE(leaves_when_told(0, 1u << 2));                    /* others among themselves */
}

static void an_inquorate_view_refuses_changes(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	fixture_view(&fixture, 8, pair, 1);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0); /* the barrier runs: it waits */
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TRY_AGAIN);
	fixture_call(&fixture, 2, MIRROR_RESOURCES, -1); /* though its sheet lists NO_RESOURCES */
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TRY_AGAIN);
	fixture_close(&fixture);
}

static void a_read_waits_for_a_lease(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_READ, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_fresh(&fixture, true);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void a_read_waits_for_the_stability_of_what_it_saw(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_AGREED, -1);
	fixture_deliver_own(&fixture);
	fixture_call(&fixture, 2, MIRROR_READ, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK);
	fixture_close(&fixture);
}

/* Who was active before answers until it knows. */
static void an_active_node_answers_at_once_when_all_know_that_it_is(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_ROLE, -1);
	fixture_call(&fixture, 2, MIRROR_ACTIVE, -1);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0);
	fixture_stable(&fixture, fixture.seq - 1); /* the role */
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_call(&fixture, 3, MIRROR_ACTIVE, -1);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 3), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0); /* it waits for its own position, as it began to */
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK);
	fixture_close(&fixture);
}

static void an_active_node_that_may_be_left_out_waits_for_stability(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, false);
	fixture_call(&fixture, 1, MIRROR_ACTIVE, -1);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void what_is_delivered_in_a_transitional_configuration_is_undecided_on_the_active_node_too(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	pair_serves(&fixture, 8);
	fixture_stable(&fixture, fixture.seq);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_ACTIVE, -1);
	engine_group_event(fixture.engine, &(struct group_event){.kind = GROUP_EVENT_VIEW, .view = {
		.kind = GROUP_VIEW_TRANSITIONAL, .ring = fixture.ring, .members = pair, .member_count = 2,
	}});
	fixture_fresh(&fixture, true); /* the lease alone does not say it */
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	pair_serves(&fixture, 12);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void an_ordered_read_sees_what_was_ordered_before_it(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_call(&fixture, 2, MIRROR_READ_ORDERED, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0); /* not what is here, though all of it is stable */
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), 0); /* what it saw is not */
	fixture_stable(&fixture, fixture.seq - 1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK); /* its own place need not be */
	fixture_close(&fixture);
}

static void an_ordered_read_needs_a_lease_when_its_place_comes(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_READ_ORDERED, -1);
	fixture_fresh(&fixture, false);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_fresh(&fixture, true);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 0); /* it is not sent again */
	fixture_close(&fixture);
}

static void a_full_ring_is_no_code(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture.refuses = true;
	fixture_call(&fixture, 1, MIRROR_AGREED, 100);
	fixture_call(&fixture, 2, MIRROR_AGREED, -1);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture.refuses = false;
	engine_group_event(fixture.engine, &(struct group_event){.kind = GROUP_EVENT_WRITABLE});
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 1); /* what timed out unsent is not sent */
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK);
	fixture_close(&fixture);
}

static void a_timeout_that_means_not_held_is_withdrawn_and_owed(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture_deliver_own(&fixture);
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture.answer_count, 0); /* what takes it back is on its way */
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 1);
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT); /* ordered, stable or not */
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 1);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0);
	fixture_close(&fixture);
}

static void a_timeout_does_not_wait_for_a_ring_that_reforms(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture_deliver_own(&fixture);
	fixture_time(&fixture, 5000);
	fixture_stable(&fixture, fixture.seq); /* the answer that is late by now leaves no more */
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_time(&fixture, 2000000000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.answer_count, 1);
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 1);
	CU_ASSERT_EQUAL(fixture.answer_count, 1);
	fixture_close(&fixture);
}

static void a_timeout_waits_for_its_place_in_the_order_however_long_the_machine_slept(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	engine_group_event(fixture.engine, &(struct group_event){.kind = GROUP_EVENT_FRESH, .fresh_until_ns = 500000000});
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture_deliver_own(&fixture);
	fixture_time(&fixture, 5000);
	fixture_time(&fixture, 30000000000); /* the lease has run out, the ring has not broken */
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

static void a_timeout_waits_no_longer_once_the_ring_has_broken(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture_deliver_own(&fixture);
	fixture_time(&fixture, 5000);
	fixture_time(&fixture, 2000000000);
	fixture_fresh(&fixture, false);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_time(&fixture, 4000000000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

/* It runs well, and orders nothing. */
static void a_timeout_does_not_wait_for_a_view_that_decides_nothing(void)
{
	static struct fixture fixture;
	const uint32_t alone[] = {1};

	fixture_open_remembering(&fixture);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture.message_count = 0;
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture.message_count = 0;
	fixture_view(&fixture, 8, alone, 1);
	fixture_deliver_own(&fixture);
	fixture_fresh(&fixture, true);
	fixture_time(&fixture, 4000000000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

static void a_timeout_that_means_will_be_done_is_owed_even_if_nothing_was_sent(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_call(&fixture, 1, MIRROR_COMPLETES, 100); /* no view yet: it waits */
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0);
	fixture.refuses = true;
	fixture_call(&fixture, 2, MIRROR_COMPLETES, 100);
	fixture_call(&fixture, 3, MIRROR_OWED, 100); /* nothing to take back */
	fixture_time(&fixture, 10000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 3), RESULT_TIMEOUT);
	fixture.refuses = false;
	engine_group_event(fixture.engine, &(struct group_event){.kind = GROUP_EVENT_WRITABLE});
	CU_ASSERT_EQUAL(fixture_deliver_own(&fixture), 1);
	fixture_close(&fixture);
}

/* Answered by nothing; its place among the client's calls is free once it is ordered. */
static void a_posted_call_is_under_way_until_it_is_ordered(void)
{
	static struct fixture fixture;
	const uint64_t posted = ENGINE_CALL_POSTED | 1;

	fixture_open(&fixture, false, 1);
	CU_ASSERT_FALSE(fixture.may_post);
	fixture_serve_alone(&fixture, 4);
	CU_ASSERT_TRUE(fixture.may_post);
	fixture_call(&fixture, posted, MIRROR_ACCEPTED, -1);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, posted), RESULT_OK);
	CU_ASSERT_EQUAL(fixture.answer_count, 1);
	CU_ASSERT_EQUAL(fixture.refusal, 0);
	fixture_call(&fixture, 2, MIRROR_ACCEPTED, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK); /* a call is answered as ever */
	fixture_close(&fixture);
}

static void a_posted_call_that_is_refused_is_told_by_a_callback(void)
{
	static struct fixture fixture;
	const uint64_t posted = ENGINE_CALL_POSTED | 1;

	fixture_open(&fixture, true, 3); /* no view yet: it waits */
	fixture_call(&fixture, posted, MIRROR_ACCEPTED, -1);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	engine_drain(fixture.engine);
	fixture_view(&fixture, 4, pair, 2);
	CU_ASSERT_EQUAL(fixture.refusal, RESULT_TRY_AGAIN);
	CU_ASSERT_EQUAL(fixture.answer_count, 1);
	CU_ASSERT_FALSE(fixture.may_post);
	fixture_close(&fixture);
}

/* What is owed goes before what only waits; an unlock must not go before the lock that it unlocks. */
static void what_a_timeout_undoes_stays_behind_what_was_posted_before(void)
{
	static struct fixture fixture;
	const uint64_t posted = ENGINE_CALL_POSTED | 1;

	fixture_open(&fixture, false, 1);
	fixture_call(&fixture, posted, MIRROR_ACCEPTED, -1); /* no view yet: both wait */
	fixture_call(&fixture, 2, MIRROR_COMPLETES, 100);
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.answer_count, 1);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0); /* nothing is owed yet: it waits for its turn */
	fixture_serve_alone(&fixture, 4);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, posted), RESULT_OK);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0);
	CU_ASSERT_TRUE(list_is_empty(&fixture.engine->waiting));
	CU_ASSERT_EQUAL(fixture.answer_count, 2);
	fixture_close(&fixture);
}

/* Where it waited a close would go before it: that asks at no gate, and what is owed keeps the order in which it was asked for. */
static void what_a_timeout_undoes_waits_for_nothing_where_it_is_known(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_call(&fixture, ENGINE_CALL_POSTED | 1, MIRROR_ACCEPTED, -1); /* no view yet: all wait */
	fixture_call(&fixture, 2, MIRROR_COMPLETES_KNOWN, 100);
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 1);
	CU_ASSERT_FALSE(list_is_empty(&fixture.engine->queue));
	fixture_serve_alone(&fixture, 4);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, ENGINE_CALL_POSTED | 1), RESULT_OK);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0);
	fixture_close(&fixture);
}

/* Also where the node decides nothing; but not before what was posted, which may make what it names. */
static void what_is_gone_is_said_to_be_gone_at_a_shut_gate(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, true, 3);
	fixture_call(&fixture, 1, MIRROR_GONE, -1); /* no view yet */
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_NOT_EXIST);
	fixture_call(&fixture, ENGINE_CALL_POSTED | 2, MIRROR_ACCEPTED, -1);
	fixture_call(&fixture, 3, MIRROR_GONE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 3), 0);
	fixture_serve_alone(&fixture, 4); /* one of three: nothing is decided, and what was posted is refused */
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 3), RESULT_NOT_EXIST);
	fixture_call(&fixture, 4, MIRROR_GONE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 4), RESULT_NOT_EXIST);
	fixture_call(&fixture, 5, MIRROR_STABLE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 5), RESULT_TRY_AGAIN);
	fixture_close(&fixture);
}

/* A posted one always, another one once so many are under way; in a view that decides nothing they need not wait for it. */
static void accepted_calls_beyond_the_bound_are_answered_when_they_are_ordered(void)
{
	static struct fixture fixture;
	const uint32_t alone[] = {1};

	fixture_open_remembering(&fixture);
	for (uint64_t call = 1; call <= 8; call++) {
		fixture_call(&fixture, call, MIRROR_ACCEPTED, -1);
		CU_ASSERT_EQUAL(fixture_answered(&fixture, call), RESULT_OK);
	}
	fixture_call(&fixture, 9, MIRROR_ACCEPTED, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 9), 0);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 9), RESULT_OK);
	for (uint64_t call = 10; call <= 18; call++)
		fixture_call(&fixture, call, MIRROR_ACCEPTED, -1);
	fixture_call(&fixture, ENGINE_CALL_POSTED | 19, MIRROR_ACCEPTED, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 18), 0);
	fixture.message_count = 0; /* they are lost with the ring */
	fixture_view(&fixture, 8, alone, 1);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 18), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, ENGINE_CALL_POSTED | 19), RESULT_OK);
	fixture_close(&fixture);
}

/* The machine slept: what became stable meanwhile was given up by its client. */
static void an_ok_that_is_late_is_taken_back(void)
{
	static struct fixture fixture;
	size_t before;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	fixture_call(&fixture, 1, MIRROR_OWED, 100);
	fixture_call(&fixture, 2, MIRROR_STABLE, 100);
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	before = fixture.message_count;
	fixture.now_ns += 1000;
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	CU_ASSERT_EQUAL(fixture.message_count, before + 1); /* its withdrawal, which is ordered first */
	fixture_deliver_own(&fixture);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

/* Told TIMEOUT, it will be done: its client may go. */
static void what_was_told_to_be_done_is_done_though_its_client_is_gone(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_call(&fixture, ENGINE_CALL_POSTED | 1, MIRROR_ACCEPTED, -1);
	fixture_call(&fixture, 2, MIRROR_COMPLETES, 100);
	fixture_time(&fixture, 5000);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 0);
	engine_client_closed(fixture.engine, FIXTURE_CLIENT);
	CU_ASSERT_EQUAL(fixture.engine->debt_count, 1);
	fixture_close(&fixture);
}

static void what_waited_longer_than_its_timeout_is_not_begun(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_STABLE, ENGINE_TIMEOUT_PASSED);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	CU_ASSERT_EQUAL(fixture.message_count, 0);
	fixture_call(&fixture, 2, MIRROR_AT_ONCE, ENGINE_TIMEOUT_PASSED);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_OK);
	fixture_call(&fixture, 3, MIRROR_COMPLETES, ENGINE_TIMEOUT_PASSED);
	CU_ASSERT(fixture.message_count > 0); /* it will be done */
	fixture_close(&fixture);
}

static void a_client_that_the_service_refuses_is_none(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_fresh(&fixture, true);
	CU_ASSERT_FALSE(engine_client_opened(fixture.engine, 8, "mirror", FIXTURE_UID_REFUSED, 0));
	engine_client_request(fixture.engine, 8, 1, MIRROR_AT_ONCE, -1, (struct bytes){0});
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_close(&fixture);
}

static void a_client_has_a_bound(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	for (uint64_t call = 1; call <= 8; call++)
		fixture_call(&fixture, call, MIRROR_STABLE, -1); /* no view yet: they wait */
	CU_ASSERT_EQUAL(fixture.answer_count, 0);
	fixture_call(&fixture, 9, MIRROR_STABLE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 9), RESULT_TRY_AGAIN);
	fixture_call(&fixture, 10, MIRROR_RESOURCES, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 10), RESULT_NO_RESOURCES);
	fixture_close(&fixture);
}

static void a_call_number_in_use_ends_the_connection(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	CU_ASSERT_PTR_NOT_NULL(fixture.closed);
	fixture_close(&fixture);
}

static void a_claim_that_does_not_decode_makes_the_node_leave(void)
{
	static struct fixture fixture;
	struct wire_writer out = {0};

	fixture_open(&fixture, true, 3);
	fixture_view(&fixture, 4, pair, 2);
	engine_header_encode(&out, ENGINE_CLAIM, fixture.ring);
	wire_put_u32(&out, 5);
	fixture_deliver(&fixture, 2, wire_writer_bytes(&out));
	CU_ASSERT_PTR_NOT_NULL(fixture.left);
	wire_writer_clear(&out);
	fixture_close(&fixture);
}

/* With this lineage and format of the other. True: this node has left. */
static bool leaves_one_of_format(struct ring_id lineage, uint16_t format)
{
	static struct fixture fixture;

	fixture_open(&fixture, true, 3);
	fixture.engine->lineage = (struct ring_id){.seq = 2, .representative = 1};
	fixture_view(&fixture, 8, pair, 2);
	fixture.claim_format = format;
	fixture_claims(&fixture, 2, lineage);
	fixture_deliver_own(&fixture);
	const bool left = fixture.left != NULL;
	fixture_close(&fixture);
	return left;
}

/* A peer of the older number, and one of the younger. Who holds the state stays; a joiner that does not understand it goes. */
static void who_speaks_another_format_of_a_service_leaves(void)
{
	const struct ring_id older = {0}, younger = {.seq = 4, .representative = 2};

	CU_ASSERT_FALSE(leaves_one_of_format(younger, MIRROR_FORMAT));
	CU_ASSERT_TRUE(leaves_one_of_format(younger, MIRROR_FORMAT - 1));
	CU_ASSERT_TRUE(leaves_one_of_format(younger, MIRROR_FORMAT + 1));
	CU_ASSERT_FALSE(leaves_one_of_format(older, MIRROR_FORMAT - 1));
	CU_ASSERT_FALSE(leaves_one_of_format(older, MIRROR_FORMAT + 1));
}

static void a_wait_for_who_was_left_out_outlasts_the_next_view(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	fixture_time(&fixture, 100);
	fixture.release_not_before_ns = 500;
	fixture_view(&fixture, 8, pair, 2);
	fixture.release_not_before_ns = 0;
	pair_serves(&fixture, 12);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_time(&fixture, 499);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_time(&fixture, 500);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void a_wait_that_another_claims_is_everybodys(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	fixture_time(&fixture, 100);
	fixture.claim_wait_ns = 400;
	pair_serves(&fixture, 8);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq);
	fixture_time(&fixture, 499);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), 0);
	fixture_time(&fixture, 500);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	fixture_close(&fixture);
}

static void what_is_undecided_of_a_service_that_too_few_announce_is_timeout(void)
{
	static struct fixture fixture;

	fixture_open_remembering(&fixture);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	fixture_deliver_own(&fixture); /* applied, not stable */
	fixture.announces_nothing = true;
	pair_serves(&fixture, 8);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_TIMEOUT);
	fixture_close(&fixture);
}

static void a_draining_node_refuses_changes_and_answers_what_was_asked(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, false, 1);
	fixture_serve_alone(&fixture, 4);
	fixture_call(&fixture, 1, MIRROR_STABLE, -1);
	engine_drain(fixture.engine);
	CU_ASSERT_FALSE(engine_drained(fixture.engine)); /* on its way */
	fixture_call(&fixture, 2, MIRROR_STABLE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 2), RESULT_TRY_AGAIN);
	fixture_call(&fixture, 3, MIRROR_AT_ONCE, -1);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 3), RESULT_OK);
	fixture_deliver_own(&fixture);
	CU_ASSERT_FALSE(engine_drained(fixture.engine)); /* held */
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_EQUAL(fixture_answered(&fixture, 1), RESULT_OK);
	CU_ASSERT_TRUE(engine_drained(fixture.engine));
	fixture_close(&fixture);
}

static void a_farewell_is_over_when_all_have_heard_it(void)
{
	static struct fixture fixture;

	fixture_open(&fixture, true, 3);
	CU_ASSERT_TRUE(engine_farewell(fixture.engine)); /* nobody to say it to */
	fixture_close(&fixture);

	fixture_open_remembering(&fixture);
	CU_ASSERT_TRUE(engine_farewell(fixture.engine)); /* nobody is fenced */
	fixture.engine->config.fencing = true;
	pair_serves(&fixture, 8);
	CU_ASSERT_FALSE(engine_farewell(fixture.engine));
	CU_ASSERT_EQUAL(fixture.message_count, 1);
	CU_ASSERT_FALSE(engine_farewell(fixture.engine)); /* said once */
	CU_ASSERT_EQUAL(fixture.message_count, 1);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq - 1);
	CU_ASSERT_FALSE(engine_farewell(fixture.engine)); /* this node alone has it for sure */
	pair_serves(&fixture, 12);
	CU_ASSERT_FALSE(engine_farewell(fixture.engine)); /* said anew */
	CU_ASSERT_EQUAL(fixture.message_count, 1);
	fixture_deliver_own(&fixture);
	fixture_stable(&fixture, fixture.seq);
	CU_ASSERT_TRUE(engine_farewell(fixture.engine));
	fixture_close(&fixture);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"who shares content with others and differs leaves", who_shares_content_and_differs_leaves},
	{"what promises nothing leaves with the gate shut", at_once_leaves_with_the_gate_shut},
		{"each mode leaves when its row says (R12)", each_mode_leaves_when_its_row_says},
		{"an answer waits for its own position, not for a later one", an_answer_waits_for_its_own_position},
		{"what is undecided waits for the stable end of the next barrier (R14)",
		 what_is_undecided_waits_for_the_stable_end_of_the_next_barrier},
		{"what is undecided is TIMEOUT where the view decides nothing (R14)",
		 what_is_undecided_is_timeout_where_the_view_decides_nothing},
		{"what was not ordered goes again after the barrier (R1)", what_was_not_ordered_goes_again_after_the_barrier},
		{"an operation of another view is void (R1)", an_operation_of_another_view_is_void},
		{"an inquorate view refuses changes with a code of the call's sheet", an_inquorate_view_refuses_changes},
		{"a read waits for a lease (R16)", a_read_waits_for_a_lease},
		{"a read waits for the stability of what it saw (R16)", a_read_waits_for_the_stability_of_what_it_saw},
		{"an active node answers at once when all know that it is (R12)", an_active_node_answers_at_once_when_all_know_that_it_is},
		{"an active node that may be left out waits for stability (R16)", an_active_node_that_may_be_left_out_waits_for_stability},
		{"what is delivered in a transitional configuration is undecided on the active node too (R14)",
		 what_is_delivered_in_a_transitional_configuration_is_undecided_on_the_active_node_too},
		{"an ordered read sees what was ordered before it (R16)", an_ordered_read_sees_what_was_ordered_before_it},
		{"an ordered read needs a lease when its place comes (R16)", an_ordered_read_needs_a_lease_when_its_place_comes},
		{"a full ring is no code: the call waits up to its deadline", a_full_ring_is_no_code},
		{"a TIMEOUT that means 'not held' is withdrawn, and owed until that is stable (R15)",
		 a_timeout_that_means_not_held_is_withdrawn_and_owed},
		{"a TIMEOUT does not wait for a ring that reforms", a_timeout_does_not_wait_for_a_ring_that_reforms},
		{"a TIMEOUT waits for its place in the order, however long the machine slept",
		 a_timeout_waits_for_its_place_in_the_order_however_long_the_machine_slept},
		{"a TIMEOUT does not wait for a view that decides nothing", a_timeout_does_not_wait_for_a_view_that_decides_nothing},
		{"a TIMEOUT waits no longer once the ring has broken", a_timeout_waits_no_longer_once_the_ring_has_broken},
		{"a TIMEOUT that means 'will be done' is owed even if nothing was sent",
		 a_timeout_that_means_will_be_done_is_owed_even_if_nothing_was_sent},
		{"a wait for who was left out outlasts the next view (R16)", a_wait_for_who_was_left_out_outlasts_the_next_view},
		{"a wait that another member claims is everybody's (R16)", a_wait_that_another_claims_is_everybodys},
		{"what is undecided of a service that too few announce is TIMEOUT (R10, R14)",
		 what_is_undecided_of_a_service_that_too_few_announce_is_timeout},
		{"a draining node refuses changes, and answers what was asked for before", a_draining_node_refuses_changes_and_answers_what_was_asked},
		{"a farewell is said in each view, and is over when all have heard it (R20)", a_farewell_is_over_when_all_have_heard_it},
		{"a posted call is under way until it is ordered", a_posted_call_is_under_way_until_it_is_ordered},
		{"a posted call that is refused is told by a callback", a_posted_call_that_is_refused_is_told_by_a_callback},
		{"what a TIMEOUT undoes stays behind what was posted before", what_a_timeout_undoes_stays_behind_what_was_posted_before},
		{"what is gone is said to be gone at a shut gate", what_is_gone_is_said_to_be_gone_at_a_shut_gate},
		{"what a TIMEOUT undoes waits for nothing where it is known", what_a_timeout_undoes_waits_for_nothing_where_it_is_known},
		{"accepted calls beyond the bound are answered when they are ordered",
		 accepted_calls_beyond_the_bound_are_answered_when_they_are_ordered},
		{"an OK that is late is taken back (R15)", an_ok_that_is_late_is_taken_back},
		{"what was told to be done is done though its client is gone", what_was_told_to_be_done_is_done_though_its_client_is_gone},
		{"what waited longer than its timeout is not begun", what_waited_longer_than_its_timeout_is_not_begun},
		{"a client that the service refuses is none", a_client_that_the_service_refuses_is_none},
		{"a client's calls have a bound", a_client_has_a_bound},
		{"a call number in use ends the connection", a_call_number_in_use_ends_the_connection},
		{"a claim that does not decode makes the node leave (R5)", a_claim_that_does_not_decode_makes_the_node_leave},
		{"who speaks another format of a service than its holders leaves (R5)", who_speaks_another_format_of_a_service_leaves},
	};

	return check_run("engine answers", cases, sizeof(cases) / sizeof(cases[0]));
}
