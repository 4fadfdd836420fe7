/* The limits: a client that asks without end is refused, by the standard's own codes, and nobody else is. */
#include "conformance/check/check.h"

#include <stdlib.h>

#include "ais/lck/lck_state.h"

static struct {
	struct lck_state *state;
	struct effects effects;
	uint64_t seq;
} at;

static void begin(void)
{
	at.state = lck_state_new(NULL);
	at.seq = 0;
}

static void end(void)
{
	lck_state_free(at.state);
	effects_clear(&at.effects);
}

static struct requester client_of(uint64_t client)
{
	return (struct requester){.node = 1, .incarnation = 1, .client = client, .call = ++at.seq};
}

/* Applied; the effects are those of this operation alone. */
static void apply(enum lck_operation operation, struct wire_writer *body)
{
	const struct at place = {.position = {.ring = {.seq = 8, .representative = 1}, .seq = ++at.seq}, .version = 1};

	effects_reset(&at.effects);
	lck_state_apply(at.state, &place, (uint16_t)operation, wire_writer_bytes(body), &at.effects);
	wire_writer_clear(body);
	CU_ASSERT_FALSE_FATAL(at.effects.failed);
}

static uint32_t open_code(uint64_t client, uint64_t number)
{
	struct wire_writer body = {0};

	lck_open_encode(&body, &(struct lck_open){
		.requester = client_of(client), .request = {.open = number, .flags = SA_LCK_RESOURCE_CREATE, .name = bytes_of_text("r")},
	});
	apply(LCK_OPERATION_OPEN, &body);
	CU_ASSERT_EQUAL_FATAL(at.effects.count, 1);
	return at.effects.list[0].code;
}

/* A shared lock through open 1. */
static uint32_t lock_status(uint64_t client, uint64_t number)
{
	struct wire_writer body = {0};
	struct lck_answer answer;

	lck_lock_encode(&body, &(struct lck_lock){
		.requester = client_of(client), .request = {.open = 1, .lock = number, .mode = SA_LCK_PR_LOCK_MODE},
	});
	apply(LCK_OPERATION_LOCK, &body);
	struct wire_reader in = wire_reader_of(effects_payload(&at.effects, &at.effects.list[0]));
	CU_ASSERT_EQUAL_FATAL(at.effects.list[0].code, SA_AIS_OK);
	CU_ASSERT_TRUE_FATAL(lck_answer_decode(&in, &answer));
	return answer.status;
}

static void unlock(uint64_t client, uint64_t number)
{
	struct wire_writer body = {0};

	lck_end_encode(&body, &(struct lck_end){.requester = client_of(client), .number = number});
	apply(LCK_OPERATION_UNLOCK, &body);
}

/* How many of so many locks were granted; the others: NO_MORE. */
static size_t locks_granted(uint64_t client, size_t count)
{
	size_t granted = 0;

	for (size_t number = 1; number <= count; number++) {
		const uint32_t status = lock_status(client, number);
		granted += status == SA_LCK_LOCK_GRANTED;
		CU_ASSERT_TRUE_FATAL(status == SA_LCK_LOCK_GRANTED || status == SA_LCK_LOCK_NO_MORE);
	}
	return granted;
}

static size_t opens_granted(uint64_t client, size_t count)
{
	size_t granted = 0;

	for (size_t number = 1; number <= count; number++) {
		const uint32_t code = open_code(client, number);
		granted += code == SA_AIS_OK;
		CU_ASSERT_TRUE_FATAL(code == SA_AIS_OK || code == SA_AIS_ERR_NO_RESOURCES);
	}
	return granted;
}

static void a_million_locks_of_one_client_end_in_no_more_and_hurt_nobody(void)
{
	begin();
	open_code(1, 1);
	open_code(2, 1);
	CU_ASSERT_EQUAL(locks_granted(1, 1000000), LCK_CLIENT_LOCKS_MAX);
	CU_ASSERT_EQUAL(lock_status(2, 1), SA_LCK_LOCK_GRANTED);
	unlock(1, 5);
	CU_ASSERT_EQUAL(lock_status(1, 5), SA_LCK_LOCK_GRANTED);
	CU_ASSERT_EQUAL(lock_status(1, 2000000), SA_LCK_LOCK_NO_MORE);
	end();
}

static void a_million_opens_of_one_client_end_in_no_resources_and_hurt_nobody(void)
{
	begin();
	CU_ASSERT_EQUAL(opens_granted(1, 1000000), LCK_CLIENT_OPENS_MAX);
	CU_ASSERT_EQUAL(open_code(2, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(lock_status(1, 1), SA_LCK_LOCK_GRANTED);
	end();
}

/* The cluster's own limits: all clients together. What is held stays, and a release makes room. */
static void the_cluster_has_a_limit_of_its_own(void)
{
	enum { FULL = LCK_LOCKS_MAX / LCK_CLIENT_LOCKS_MAX, OPEN = LCK_OPENS_MAX / LCK_CLIENT_OPENS_MAX };

	begin();
	for (uint64_t client = 1; client < OPEN; client++)
		CU_ASSERT_EQUAL(opens_granted(client, LCK_CLIENT_OPENS_MAX), LCK_CLIENT_OPENS_MAX);
	CU_ASSERT_EQUAL(opens_granted(OPEN, LCK_CLIENT_OPENS_MAX - 1), LCK_CLIENT_OPENS_MAX - 1);
	CU_ASSERT_EQUAL(open_code(OPEN + 1, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(open_code(OPEN + 1, 2), SA_AIS_ERR_NO_RESOURCES);
	for (uint64_t client = 1; client <= FULL; client++)
		CU_ASSERT_EQUAL(locks_granted(client, LCK_CLIENT_LOCKS_MAX), LCK_CLIENT_LOCKS_MAX);
	CU_ASSERT_EQUAL(lock_status(OPEN + 1, 1), SA_LCK_LOCK_NO_MORE);
	unlock(1, 7);
	CU_ASSERT_EQUAL(lock_status(OPEN + 1, 1), SA_LCK_LOCK_GRANTED);
	CU_ASSERT_EQUAL(at.state->locks.count, LCK_LOCKS_MAX);
	end();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a million locks of one client end in NO_MORE and hurt nobody", a_million_locks_of_one_client_end_in_no_more_and_hurt_nobody},
		{"a million opens of one client end in NO_RESOURCES and hurt nobody", a_million_opens_of_one_client_end_in_no_resources_and_hurt_nobody},
		{"the cluster has a limit of its own", the_cluster_has_a_limit_of_its_own},
	};

	return check_run("lck limits", cases, sizeof cases / sizeof *cases);
}
