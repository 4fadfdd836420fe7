/* A reload as a transaction: when it is decided, for whom, and what becomes of the rest. */
#include "conformance/check/check.h"

#include <string.h>

#include "core/base/result.h"
#include "core/services/config_state.h"

struct fixture {
	struct config_state state;
	struct effects effects;
	uint64_t seq;
};

static struct requester requester_of(uint32_t node, uint64_t call)
{
	return (struct requester){.node = node, .incarnation = 11, .client = 7, .call = call};
}

static struct fixture open_with(uint32_t members)
{
	static const uint32_t nodes[] = {1, 2, 3, 4};
	struct fixture fixture = {.seq = 1};

	config_state_view(&fixture.state, nodes, members, &fixture.effects);
	return fixture;
}

static void close_it(struct fixture *fixture)
{
	effects_clear(&fixture->effects);
}

static struct position apply(struct fixture *fixture, uint32_t sender, uint16_t operation, const struct wire_writer *body)
{
	const struct at at = {.position = {.ring = {.seq = 4, .representative = 1}, .seq = fixture->seq++}, .sender = sender};

	config_state_apply(&fixture->state, &at, operation, wire_writer_bytes(body), &fixture->effects);
	return at.position;
}

static struct position propose(struct fixture *fixture, uint32_t node, uint64_t call)
{
	struct wire_writer body = {0};

	config_proposal_encode(&body, &(struct config_proposal){requester_of(node, call)});
	const struct position position = apply(fixture, node, CONFIG_OPERATION_PROPOSE, &body);
	wire_writer_clear(&body);
	return position;
}

static void withdraw(struct fixture *fixture, uint32_t node, uint64_t call)
{
	struct wire_writer body = {0};

	config_proposal_encode(&body, &(struct config_proposal){requester_of(node, call)});
	apply(fixture, node, CONFIG_OPERATION_WITHDRAW, &body);
	wire_writer_clear(&body);
}

static void vote(struct fixture *fixture, uint32_t node, struct position transaction, const char *reason)
{
	struct wire_writer body = {0};

	config_cast_encode(&body, &(struct config_cast){.requester = requester_of(node, 100), .vote = {
		.transaction = transaction, .good = reason == NULL, .reason = bytes_of_text(reason == NULL ? "" : reason)}});
	apply(fixture, node, CONFIG_OPERATION_VOTE, &body);
	wire_writer_clear(&body);
}

/* The code of the answer to that call; 0: none yet. */
static uint32_t answered(const struct fixture *fixture, uint32_t node, uint64_t call)
{
	for (size_t i = 0; i < fixture->effects.count; i++)
		if (requester_equal(fixture->effects.list[i].requester, requester_of(node, call)))
			return fixture->effects.list[i].code;
	return 0;
}

static struct config_reason reason_of(const struct fixture *fixture, uint32_t node, uint64_t call)
{
	struct config_reason reason = {0};

	for (size_t i = 0; i < fixture->effects.count; i++) {
		struct wire_reader in = wire_reader_of(effects_payload(&fixture->effects, &fixture->effects.list[i]));

		if (requester_equal(fixture->effects.list[i].requester, requester_of(node, call)))
			CU_ASSERT_TRUE(config_reason_decode(&in, &reason));
	}
	return reason;
}

static void the_last_good_vote_makes_it_for_all_at_once(void)
{
	struct fixture fixture = open_with(3);
	const struct position transaction = propose(&fixture, 2, 1);

	vote(&fixture, 3, transaction, NULL);
	vote(&fixture, 1, transaction, NULL);
	CU_ASSERT_EQUAL(fixture.effects.count, 0);
	CU_ASSERT_TRUE(config_state_has_voted(&fixture.state, 3));
	CU_ASSERT_FALSE(config_state_has_voted(&fixture.state, 2));
	vote(&fixture, 2, transaction, NULL);
	CU_ASSERT_EQUAL(fixture.effects.count, 4);
	CU_ASSERT_EQUAL(answered(&fixture, 2, 1), RESULT_OK);
	for (uint32_t node = 1; node <= 3; node++)
		CU_ASSERT_EQUAL(answered(&fixture, node, 100), RESULT_OK);
	CU_ASSERT_TRUE(position_equal(fixture.state.decided, transaction));
	CU_ASSERT_EQUAL(fixture.state.decided_count, 1);
	CU_ASSERT_FALSE(fixture.state.is_open);
	close_it(&fixture);
}

static void one_bad_file_ends_it_for_all_and_is_named(void)
{
	struct fixture fixture = open_with(3);
	const struct position transaction = propose(&fixture, 1, 1);

	vote(&fixture, 1, transaction, NULL);
	vote(&fixture, 3, transaction, "f:3: logging.debug: expected off");
	CU_ASSERT_EQUAL(answered(&fixture, 1, 1), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(answered(&fixture, 1, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(answered(&fixture, 3, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(reason_of(&fixture, 1, 1).node, 3);
	CU_ASSERT_EQUAL(reason_of(&fixture, 1, 1).text.size, strlen("f:3: logging.debug: expected off"));
	vote(&fixture, 2, transaction, NULL); /* too late: it is told so */
	CU_ASSERT_EQUAL(answered(&fixture, 2, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(fixture.state.decided_count, 0);
	close_it(&fixture);
}

static void a_view_change_ends_it_for_all(void)
{
	static const uint32_t two[] = {1, 3};
	struct fixture fixture = open_with(3);
	const struct position transaction = propose(&fixture, 1, 1);

	vote(&fixture, 1, transaction, NULL);
	vote(&fixture, 3, transaction, NULL);
	config_state_view(&fixture.state, two, 2, &fixture.effects);
	CU_ASSERT_EQUAL(answered(&fixture, 1, 1), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(answered(&fixture, 1, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(answered(&fixture, 3, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(reason_of(&fixture, 1, 1).node, 0);
	CU_ASSERT_FALSE(fixture.state.is_open);
	CU_ASSERT_EQUAL(fixture.state.member_count, 2);
	close_it(&fixture);
}

static void one_is_open_at_a_time(void)
{
	struct fixture fixture = open_with(2);
	const struct position first = propose(&fixture, 1, 1);
	const struct position second = propose(&fixture, 2, 2);

	CU_ASSERT_EQUAL(answered(&fixture, 2, 2), RESULT_BUSY);
	vote(&fixture, 1, second, NULL); /* of none that is open */
	CU_ASSERT_EQUAL(answered(&fixture, 1, 100), RESULT_FAILED_OPERATION);
	CU_ASSERT_EQUAL(fixture.state.voter_count, 0);
	CU_ASSERT_TRUE(position_equal(fixture.state.transaction, first));
	close_it(&fixture);
}

static void nobody_votes_twice_or_from_outside(void)
{
	struct fixture fixture = open_with(2);
	const struct position transaction = propose(&fixture, 1, 1);

	vote(&fixture, 1, transaction, NULL);
	vote(&fixture, 1, transaction, NULL);
	vote(&fixture, 9, transaction, NULL);
	vote(&fixture, 9, transaction, "bad");
	CU_ASSERT_TRUE(fixture.state.is_open);
	CU_ASSERT_EQUAL(fixture.state.voter_count, 1);
	CU_ASSERT_EQUAL(answered(&fixture, 9, 100), RESULT_FAILED_OPERATION);
	close_it(&fixture);
}

static void who_asked_withdraws_and_nobody_else(void)
{
	struct fixture fixture = open_with(2);
	const struct position transaction = propose(&fixture, 1, 1);

	vote(&fixture, 2, transaction, NULL);
	withdraw(&fixture, 2, 1);
	CU_ASSERT_TRUE(fixture.state.is_open);
	withdraw(&fixture, 1, 1);
	CU_ASSERT_FALSE(fixture.state.is_open);
	CU_ASSERT_EQUAL(answered(&fixture, 2, 100), RESULT_FAILED_OPERATION);
	withdraw(&fixture, 1, 1); /* nothing left */
	CU_ASSERT_EQUAL(fixture.state.decided_count, 0);
	close_it(&fixture);
}

static void a_joiner_takes_the_state_over_as_it_is(void)
{
	struct fixture fixture = open_with(4);
	struct config_state copy = {0};
	struct wire_writer out = {0};

	const struct position transaction = propose(&fixture, 1, 1);
	vote(&fixture, 2, transaction, NULL);
	config_state_encode(&fixture.state, &out);
	for (size_t size = 0; size <= out.size; size++) {
		struct wire_reader in = wire_reader_of(bytes_of(out.data, size));

		copy = (struct config_state){0};
		CU_ASSERT_EQUAL(config_state_decode(&copy, &in), size == out.size);
	}
	CU_ASSERT_EQUAL(config_state_digest(&copy), config_state_digest(&fixture.state));
	vote(&fixture, 3, transaction, NULL);
	CU_ASSERT_NOT_EQUAL(config_state_digest(&copy), config_state_digest(&fixture.state));
	wire_writer_clear(&out);
	close_it(&fixture);
}

static void what_does_not_decode_changes_nothing(void)
{
	struct fixture fixture = open_with(2);
	const struct position transaction = propose(&fixture, 1, 1);
	struct wire_writer body = {0};

	config_cast_encode(&body, &(struct config_cast){.requester = requester_of(1, 100), .vote = {.transaction = transaction, .good = true}});
	const uint64_t before = config_state_digest(&fixture.state);
	for (size_t size = 0; size < body.size; size++) {
		const struct at at = {.position = {.seq = 99}, .sender = 1};

		config_state_apply(&fixture.state, &at, CONFIG_OPERATION_VOTE, bytes_of(body.data, size), &fixture.effects);
		config_state_apply(&fixture.state, &at, 0, bytes_of(body.data, size), &fixture.effects);
		config_state_apply(&fixture.state, &at, CONFIG_OPERATION_WITHDRAW + 1, bytes_of(body.data, size), &fixture.effects);
	}
	CU_ASSERT_EQUAL(config_state_digest(&fixture.state), before);
	CU_ASSERT_EQUAL(fixture.effects.count, 0);
	wire_writer_clear(&body);
	close_it(&fixture);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"the last good vote makes the reload, for all at once", the_last_good_vote_makes_it_for_all_at_once},
		{"one bad file ends it for all, and its node and reason are named", one_bad_file_ends_it_for_all_and_is_named},
		{"a view change ends it for all", a_view_change_ends_it_for_all},
		{"one reload is open at a time", one_is_open_at_a_time},
		{"nobody votes twice, or from outside the view", nobody_votes_twice_or_from_outside},
		{"who asked withdraws it, and nobody else", who_asked_withdraws_and_nobody_else},
		{"a joiner takes the state over as it is, cut short it is refused", a_joiner_takes_the_state_over_as_it_is},
		{"what does not decode changes nothing", what_does_not_decode_changes_nothing},
	};

	return check_run("config state", cases, sizeof(cases) / sizeof(cases[0]));
}
