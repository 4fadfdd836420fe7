/* The verdict is a function of the claims (R6 to R8). */
#include "conformance/check/check.h"
#include "core/engine/engine_verdict.h"

static const struct ring_id none, old = {.seq = 8, .representative = 1}, young = {.seq = 12, .representative = 2};
static uint32_t configured[] = {1, 2, 3};
static uint32_t old_members[] = {1, 2, 3}, young_members[] = {2, 3};

static struct claim claim_of(uint32_t node, struct ring_id lineage, uint64_t directory)
{
	struct claim claim = {.node = node, .incarnation = node, .version = 1, .lineage = lineage, .quorum_required = true,
	                      .expected_votes = 3, .configured = configured, .configured_count = 3, .service_count = 1};

	claim.services[0] = (struct claim_service){.id = 2, .format = 1, .directory = directory, .content = directory, .complete = true};
	if (ring_id_equal(lineage, old)) {
		claim.lineage_members = old_members;
		claim.lineage_member_count = 3;
	} else if (ring_id_equal(lineage, young)) {
		claim.lineage_members = young_members;
		claim.lineage_member_count = 2;
	}
	return claim;
}

static void without_quorum(struct claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++)
		claims[i].quorum_required = false;
}

static struct verdict judged(const struct claim *claims, size_t count)
{
	struct verdict verdict;

	engine_verdict(claims, count, 0, &verdict);
	return verdict;
}

static void the_highest_lineage_wins_over_the_many(void)
{
	const struct claim claims[] = {claim_of(1, old, 5), claim_of(2, young, 6), claim_of(3, old, 5)};
	const struct verdict verdict = judged(claims, 3);

	CU_ASSERT_EQUAL(verdict.winner_count, 1);
	CU_ASSERT_TRUE(verdict.winner[1]);
	CU_ASSERT_TRUE(ring_id_equal(verdict.lineage, young));
	CU_ASSERT_TRUE(verdict.primary);
}

static void of_one_lineage_the_larger_group_of_equal_state_wins(void)
{
	const struct claim claims[] = {claim_of(1, old, 9), claim_of(2, old, 5), claim_of(3, old, 5)};
	const struct verdict verdict = judged(claims, 3);

	CU_ASSERT_EQUAL(verdict.winner_count, 2);
	CU_ASSERT_FALSE(verdict.winner[0]);
	CU_ASSERT_EQUAL(verdict.reference, 1);
}

static void of_equal_groups_the_lowest_id_wins(void)
{
	const struct claim claims[] = {claim_of(2, old, 5), claim_of(3, old, 9)};

	CU_ASSERT_TRUE(judged(claims, 2).winner[0]);
}

static void a_complete_replica_goes_before_the_many(void)
{
	struct claim claims[] = {claim_of(1, old, 9), claim_of(2, old, 9), claim_of(3, old, 5)};

	claims[0].services[0].complete = claims[1].services[0].complete = false;
	const struct verdict verdict = judged(claims, 3);
	CU_ASSERT_TRUE(verdict.winner[2]);
	CU_ASSERT_EQUAL(verdict.winner_count, 1);
	CU_ASSERT_TRUE(verdict.full);
}

static void contents_are_compared_among_complete_replicas_alone(void)
{
	struct claim claims[] = {claim_of(1, old, 5), claim_of(2, old, 5), claim_of(3, old, 5)};

	claims[1].services[0].complete = false;
	claims[1].services[0].content = 77;
	CU_ASSERT_EQUAL(judged(claims, 3).winner_count, 3);
	claims[1].services[0].complete = true;
	CU_ASSERT_EQUAL(judged(claims, 3).winner_count, 2);
}

static void votes_without_memory_do_not_make_it_primary(void)
{
	const struct claim claims[] = {claim_of(1, none, 0), claim_of(3, old, 5)};
	const struct verdict verdict = judged(claims, 2);

	CU_ASSERT_TRUE(verdict.quorate);
	CU_ASSERT_FALSE(verdict.primary);
	CU_ASSERT_FALSE(verdict.serving);
}

static void with_every_configured_node_present_memory_is_not_asked_for(void)
{
	const struct claim claims[] = {claim_of(1, none, 0), claim_of(2, none, 0), claim_of(3, none, 0)};

	CU_ASSERT_TRUE(judged(claims, 3).primary);
}

static void a_minority_is_not_quorate(void)
{
	const struct claim claims[] = {claim_of(2, young, 5)};
	const struct verdict verdict = judged(claims, 1);

	CU_ASSERT_FALSE(verdict.quorate);
	CU_ASSERT_FALSE(verdict.serving);
}

static void without_quorum_a_view_serves_if_somebody_remembers(void)
{
	struct claim claims[] = {claim_of(3, old, 5)};

	without_quorum(claims, 1);
	CU_ASSERT_TRUE(judged(claims, 1).serving);
	CU_ASSERT_FALSE(judged(claims, 1).primary); /* one of three of its lineage */
}

static void without_quorum_half_of_the_lineage_with_its_lowest_id_is_primary(void)
{
	struct claim low[] = {claim_of(2, young, 5)}, high[] = {claim_of(3, young, 5)};

	without_quorum(low, 1);
	without_quorum(high, 1);
	CU_ASSERT_TRUE(judged(low, 1).primary);
	CU_ASSERT_FALSE(judged(high, 1).primary);
}

static void without_quorum_a_view_without_memory_waits_for_every_node(void)
{
	struct claim claims[] = {claim_of(1, none, 0), claim_of(2, none, 0), claim_of(3, none, 0)};

	without_quorum(claims, 3);
	CU_ASSERT_FALSE(judged(claims, 2).serving);
	CU_ASSERT_TRUE(judged(claims, 3).serving);
}

static void facts_are_the_highest_and_the_version_the_lowest(void)
{
	struct claim claims[] = {claim_of(1, old, 5), claim_of(2, old, 5)};

	claims[0].expected_votes = 5;
	claims[0].version = 4;
	claims[1].version = 3;
	claims[0].quorum_required = false;
	const struct verdict verdict = judged(claims, 2);
	CU_ASSERT_EQUAL(verdict.expected_votes, 5);
	CU_ASSERT_EQUAL(verdict.version, 3);
	CU_ASSERT_TRUE(verdict.quorum_required);
}

static void the_lower_median_clock_keeps_the_time(void)
{
	struct claim claims[] = {claim_of(1, old, 5), claim_of(2, old, 5), claim_of(3, old, 5)};

	claims[0].clock_ns = INT64_MAX; /* a clock that is far ahead */
	claims[1].clock_ns = 100;
	claims[2].clock_ns = 90;
	CU_ASSERT_EQUAL(judged(claims, 3).keeper, 1);
	claims[2].clock_ns = 100; /* tie: the lowest id */
	CU_ASSERT_EQUAL(judged(claims, 3).keeper, 2);
	claims[0].services[0].directory = 9; /* and losers have no say */
	CU_ASSERT_EQUAL(judged(claims, 3).keeper, 1);
}

/* Announces a second service, which is not everybody's, with this state. */
static struct claim claim_with(struct claim claim, uint64_t directory, bool complete)
{
	claim.services[claim.service_count++] = (struct claim_service){.id = 9, .format = 1, .directory = directory, .content = directory,
	                                                               .complete = complete};
	return claim;
}

static struct verdict_service judged_service(const struct claim *claims, size_t count)
{
	const struct verdict verdict = judged(claims, count);
	struct verdict_service service;

	engine_verdict_service(claims, count, &verdict, 9, &service);
	return service;
}

static void of_a_service_the_winners_state_is_taken(void)
{
	const struct claim claims[] = {claim_with(claim_of(1, old, 5), 7, true), claim_with(claim_of(2, young, 6), 8, true),
	                               claim_of(3, young, 6)};
	const struct verdict_service service = judged_service(claims, 3);

	CU_ASSERT_FALSE(service.source[0]);
	CU_ASSERT_TRUE(service.source[1]);
	CU_ASSERT_FALSE(service.source[2]);
	CU_ASSERT_EQUAL(service.keeper, 1);
}

static void of_a_service_that_no_winner_has_the_best_of_the_others_is_taken(void)
{
	struct claim claims[] = {claim_with(claim_of(1, old, 5), 7, true), claim_of(2, young, 6),
	                         claim_with(claim_of(3, none, 0), 0, true), claim_with(claim_of(4, old, 5), 8, true),
	                         claim_with(claim_of(5, old, 5), 8, true)};

	CU_ASSERT_FALSE(judged_service(claims, 5).source[0]);
	CU_ASSERT_FALSE(judged_service(claims, 5).source[2]); /* it remembers nothing */
	CU_ASSERT_TRUE(judged_service(claims, 5).source[3]);
	CU_ASSERT_TRUE(judged_service(claims, 5).source[4]);
	claims[3].services[1].complete = claims[4].services[1].complete = false;
	CU_ASSERT_TRUE(judged_service(claims, 5).source[0]); /* all content goes before number */
	CU_ASSERT_FALSE(judged_service(claims, 5).source[3]);
	CU_ASSERT_TRUE(judged(claims, 5).full);
	claims[0].services[1].complete = false;
	CU_ASSERT_FALSE(judged(claims, 5).full);
}

static void of_a_service_that_nobody_has_nothing_is_taken(void)
{
	const struct claim claims[] = {claim_of(1, old, 5)};

	CU_ASSERT_EQUAL(judged_service(claims, 1).keeper, SIZE_MAX);
	CU_ASSERT_FALSE(judged_service(claims, 1).source[0]);
}

static size_t speaker(const struct claim *claims, size_t count)
{
	const struct verdict_service service = judged_service(claims, count);

	return engine_verdict_speaker(claims, count, &service, 9);
}

static void a_service_is_spoken_as_most_holders_of_its_state_do(void)
{
	struct claim claims[] = {claim_with(claim_of(1, old, 5), 7, true), claim_with(claim_of(2, young, 6), 8, true),
	                         claim_with(claim_of(3, young, 6), 8, true), claim_with(claim_of(4, young, 6), 8, true)};

	claims[0].services[1].format = 2; /* a loser's */
	CU_ASSERT_EQUAL(speaker(claims, 4), 1);
	claims[2].services[1].format = claims[3].services[1].format = 2;
	CU_ASSERT_EQUAL(speaker(claims, 4), 2);
	CU_ASSERT_EQUAL(speaker(claims, 3), 1); /* as many: the lowest id */
	claims[0].service_count = claims[1].service_count = 1;
	CU_ASSERT_EQUAL(speaker(claims, 2), SIZE_MAX);
}

static void expected_votes_that_were_ordered_go_with_the_state(void)
{
	struct claim claims[] = {claim_of(1, old, 5), claim_of(2, young, 6), claim_of(3, old, 5)};

	claims[0].expected_votes = 5; /* as it is configured */
	CU_ASSERT_EQUAL(judged(claims, 3).expected_votes, 5);
	claims[1].expected_votes = 3;
	claims[1].expected_ordered = true;
	CU_ASSERT_EQUAL(judged(claims, 3).expected_votes, 3);
	claims[1].lineage = (struct ring_id){.seq = 4, .representative = 1}; /* its state loses, and what was ordered in it */
	CU_ASSERT_EQUAL(judged(claims, 3).expected_votes, 5);
}

static void a_device_makes_quorate_but_remembers_nothing(void)
{
	struct claim claims[] = {claim_of(1, old, 5), claim_of(2, old, 5)};

	for (size_t i = 0; i < 2; i++)
		claims[i].expected_votes = 5;
	CU_ASSERT_FALSE(judged(claims, 2).quorate);
	claims[1].device_votes = 1;
	CU_ASSERT_TRUE(judged(claims, 2).quorate);
	CU_ASSERT_FALSE(judged(claims, 2).primary);
}

static void a_device_completes_the_votes_where_every_node_is_listed_and_there(void)
{
	struct claim claims[] = {claim_of(1, none, 0), claim_of(2, none, 0), claim_of(3, none, 0)};

	for (size_t i = 0; i < 3; i++)
		claims[i].expected_votes = 4;
	CU_ASSERT_FALSE(judged(claims, 3).primary);
	claims[0].device_votes = 1;
	CU_ASSERT_TRUE(judged(claims, 3).primary);
	for (size_t i = 0; i < 3; i++)
		claims[i].configured_count = 0; /* nobody knows who else there is */
	CU_ASSERT_FALSE(judged(claims, 3).primary);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"the highest lineage wins over the many (R6)", the_highest_lineage_wins_over_the_many},
		{"of one lineage the larger group of equal state wins (R6)", of_one_lineage_the_larger_group_of_equal_state_wins},
		{"of equal groups the one with the lowest id wins (R6)", of_equal_groups_the_lowest_id_wins},
		{"a group with a complete replica goes before a larger one (R6)", a_complete_replica_goes_before_the_many},
		{"contents are compared among complete replicas alone", contents_are_compared_among_complete_replicas_alone},
		{"votes without memory make no view primary (R7)", votes_without_memory_do_not_make_it_primary},
		{"with every configured node present memory is not asked for (R7)",
		 with_every_configured_node_present_memory_is_not_asked_for},
		{"a minority is not quorate (R7)", a_minority_is_not_quorate},
		{"without quorum a view serves if somebody remembers (R8)", without_quorum_a_view_serves_if_somebody_remembers},
		{"without quorum half of the lineage is primary with its lowest id (R8)",
		 without_quorum_half_of_the_lineage_with_its_lowest_id_is_primary},
		{"without quorum a view without memory waits for every node (R8)",
		 without_quorum_a_view_without_memory_waits_for_every_node},
		{"of facts the highest holds, of versions the lowest", facts_are_the_highest_and_the_version_the_lowest},
		{"of a service the winners' state is taken (R6)", of_a_service_the_winners_state_is_taken},
		{"of a service that no winner has the best of the others is taken (R6, R10)",
		 of_a_service_that_no_winner_has_the_best_of_the_others_is_taken},
		{"of a service that nobody has nothing is taken", of_a_service_that_nobody_has_nothing_is_taken},
		{"a service is spoken as most holders of its state do (R5)", a_service_is_spoken_as_most_holders_of_its_state_do},
		{"expected votes that were ordered go with the state (R11)", expected_votes_that_were_ordered_go_with_the_state},
		{"a device makes a view quorate but remembers nothing (R7, R11)", a_device_makes_quorate_but_remembers_nothing},
		{"a device completes the votes where every node is listed and there (R7)",
		 a_device_completes_the_votes_where_every_node_is_listed_and_there},
		{"the lower median clock of the winners keeps the time", the_lower_median_clock_keeps_the_time},
	};

	return check_run("engine verdict", cases, sizeof(cases) / sizeof(cases[0]));
}
