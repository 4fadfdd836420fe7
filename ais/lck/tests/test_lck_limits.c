/* The limits: a client that asks without end is refused, by the standard's own codes, and nobody else is. */
#include "conformance/check/check.h"

#include <stdlib.h>

#include "ais/lck/lck_state.h"
#include "core/config/config_keys.h"

static struct {
	struct lck_state *state;
	struct effects effects;
	uint64_t seq;
	struct lck_limits locks, opens; /* what operations carry */
} at;

static void begin(void)
{
	at.state = lck_state_new(NULL);
	at.seq = 0;
	at.locks = lck_locks_preset;
	at.opens = lck_opens_preset;
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

static uint32_t open_named(uint64_t client, uint64_t number, const char *name, bool has_waiter)
{
	struct wire_writer body = {0};

	lck_open_encode(&body, &(struct lck_open){
		.requester = client_of(client), .limits = at.opens,
		.request = {.open = number, .flags = SA_LCK_RESOURCE_CREATE, .has_waiter = has_waiter, .name = bytes_of_text(name)},
	});
	apply(LCK_OPERATION_OPEN, &body);
	CU_ASSERT_EQUAL_FATAL(at.effects.count, 1);
	return at.effects.list[0].code;
}

static uint32_t open_code(uint64_t client, uint64_t number)
{
	return open_named(client, number, "r", false);
}

static void ask(uint64_t client, uint64_t open, uint64_t number, uint32_t mode)
{
	struct wire_writer body = {0};

	lck_lock_encode(&body, &(struct lck_lock){
		.requester = client_of(client), .async = true, .limits = at.locks, .request = {.open = open, .lock = number, .mode = mode},
	});
	apply(LCK_OPERATION_LOCK, &body);
}

/* A shared lock through open 1. */
static uint32_t lock_status(uint64_t client, uint64_t number)
{
	struct wire_writer body = {0};
	struct lck_answer answer;

	lck_lock_encode(&body, &(struct lck_lock){
		.requester = client_of(client), .limits = at.locks, .request = {.open = 1, .lock = number, .mode = SA_LCK_PR_LOCK_MODE},
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
	CU_ASSERT_EQUAL(locks_granted(1, 1000000), lck_locks_preset.client);
	CU_ASSERT_EQUAL(lock_status(2, 1), SA_LCK_LOCK_GRANTED);
	unlock(1, 5);
	CU_ASSERT_EQUAL(lock_status(1, 5), SA_LCK_LOCK_GRANTED);
	CU_ASSERT_EQUAL(lock_status(1, 2000000), SA_LCK_LOCK_NO_MORE);
	end();
}

static void a_million_opens_of_one_client_end_in_no_resources_and_hurt_nobody(void)
{
	begin();
	CU_ASSERT_EQUAL(opens_granted(1, 1000000), lck_opens_preset.client);
	CU_ASSERT_EQUAL(open_code(2, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(lock_status(1, 1), SA_LCK_LOCK_GRANTED);
	end();
}

/* The cluster's own limits: all clients together. What is held stays, and a release makes room. */
static void the_cluster_has_a_limit_of_its_own(void)
{
	enum { FULL = 8, OPEN = 8 }; /* so many clients, each with all that it may have */

	begin();
	for (uint64_t client = 1; client < OPEN; client++)
		CU_ASSERT_EQUAL(opens_granted(client, lck_opens_preset.client), lck_opens_preset.client);
	CU_ASSERT_EQUAL(opens_granted(OPEN, lck_opens_preset.client - 1), lck_opens_preset.client - 1);
	CU_ASSERT_EQUAL(open_code(OPEN + 1, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(open_code(OPEN + 1, 2), SA_AIS_ERR_NO_RESOURCES);
	for (uint64_t client = 1; client <= FULL; client++)
		CU_ASSERT_EQUAL(locks_granted(client, lck_locks_preset.client), lck_locks_preset.client);
	CU_ASSERT_EQUAL(lock_status(OPEN + 1, 1), SA_LCK_LOCK_NO_MORE);
	unlock(1, 7);
	CU_ASSERT_EQUAL(lock_status(OPEN + 1, 1), SA_LCK_LOCK_GRANTED);
	CU_ASSERT_EQUAL(at.state->locks.count, lck_locks_preset.all);
	end();
}

/* What is decided is decided by what the request carries: so it is the same on every node, and a limit that was lowered takes nothing away. */
static void the_limit_is_the_one_that_the_request_carries(void)
{
	begin();
	at.locks = (struct lck_limits){.client = 3, .all = 4};
	open_code(1, 1);
	open_code(2, 1);
	CU_ASSERT_EQUAL(locks_granted(1, 10), 3);
	CU_ASSERT_EQUAL(locks_granted(2, 10), 1);
	at.locks = (struct lck_limits){.client = 1, .all = 1};
	CU_ASSERT_EQUAL(lock_status(1, 11), SA_LCK_LOCK_NO_MORE);
	CU_ASSERT_EQUAL(at.state->locks.count, 4);
	unlock(1, 1);
	CU_ASSERT_EQUAL(lock_status(1, 11), SA_LCK_LOCK_NO_MORE);
	at.locks = (struct lck_limits){.client = 5, .all = 6};
	CU_ASSERT_EQUAL(lock_status(1, 11), SA_LCK_LOCK_GRANTED);
	end();

	begin();
	at.opens = (struct lck_limits){.client = 3, .all = 4};
	CU_ASSERT_EQUAL(opens_granted(1, 10), 3);
	CU_ASSERT_EQUAL(opens_granted(2, 10), 1);
	at.opens = (struct lck_limits){.client = 1, .all = 1};
	CU_ASSERT_EQUAL(open_code(1, 11), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT_EQUAL(at.state->opens.count, 4);
	at.opens = (struct lck_limits){.client = 4, .all = 5};
	CU_ASSERT_EQUAL(open_code(1, 11), SA_AIS_OK);
	end();
}

static void check_key(const char *name, uint32_t preset, uint64_t top)
{
	const struct config_key *key = config_key_find(name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	CU_ASSERT_EQUAL(strtoul(key->preset, NULL, 10), preset);
	CU_ASSERT_EQUAL(key->minimum, 1);
	CU_ASSERT_EQUAL(key->maximum, top);
	CU_ASSERT_TRUE(key->at_run_time);
}

/* What can be configured is what operations can carry. */
static void the_keys_are_the_messages_presets_and_tops(void)
{
	check_key("lck.client_locks_max", lck_locks_preset.client, LCK_LOCKS_TOP);
	check_key("lck.locks_max", lck_locks_preset.all, LCK_LOCKS_TOP);
	check_key("lck.client_opens_max", lck_opens_preset.client, LCK_OPENS_TOP);
	check_key("lck.opens_max", lck_opens_preset.all, LCK_OPENS_TOP);
}

/* Orphans count in the cluster, and for nobody. */
static void orphans_count_in_the_cluster_and_for_nobody(void)
{
	struct wire_writer body = {0};

	begin();
	at.locks = (struct lck_limits){.client = 1, .all = 2};
	open_code(1, 1);
	open_code(1, 2);
	open_code(2, 1);
	lck_lock_encode(&body, &(struct lck_lock){
		.requester = client_of(1), .async = true, .limits = at.locks,
		.request = {.open = 2, .lock = 1, .mode = SA_LCK_PR_LOCK_MODE, .flags = SA_LCK_LOCK_ORPHAN},
	});
	apply(LCK_OPERATION_LOCK, &body);
	lck_end_encode(&body, &(struct lck_end){.requester = client_of(1), .number = 2});
	apply(LCK_OPERATION_CLOSE, &body);
	CU_ASSERT_EQUAL_FATAL(at.state->orphan_count, 1);
	CU_ASSERT_EQUAL(lock_status(1, 2), SA_LCK_LOCK_GRANTED);
	CU_ASSERT_EQUAL(lock_status(2, 1), SA_LCK_LOCK_NO_MORE);
	end();
}

/* Limits do not bind what was agreed before: a joiner takes over more than any limit allows now. */
static void a_joiner_takes_over_more_than_the_limits_of_now(void)
{
	struct wire_writer whole = {0};
	struct lck_state *joiner = lck_state_new(NULL);

	begin();
	at.opens.client = 40;
	CU_ASSERT_EQUAL(opens_granted(1, 50), 40);
	CU_ASSERT_EQUAL(locks_granted(1, 50), 50);
	lck_state_encode(at.state, &whole);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&whole));
	CU_ASSERT_TRUE(lck_state_decode(joiner, &in));
	CU_ASSERT_EQUAL(lck_state_digest(joiner), lck_state_digest(at.state));
	wire_writer_clear(&whole);
	lck_state_free(joiner);
	end();
}

/* As many pairs as there are, but no more in one operation than every node has time for. */
static void what_one_operation_tells_of_waiters_is_bounded(void)
{
	enum { HELD = LCK_PAIRS_MAX + 100, WAITING = 300 };

	begin();
	open_named(1, 1, "r", true);
	open_named(2, 1, "r", false);
	for (uint64_t number = 1; number <= HELD; number++)
		ask(1, 1, number, SA_LCK_PR_LOCK_MODE);
	ask(2, 1, 1, SA_LCK_EX_LOCK_MODE);
	CU_ASSERT_EQUAL(at.effects.count, LCK_PAIRS_MAX);
	end();

	begin();
	open_named(1, 1, "r", false);
	open_named(2, 1, "r", true);
	open_named(3, 1, "r", true); /* so that its requests may wait behind each other */
	ask(1, 1, 1, SA_LCK_EX_LOCK_MODE);
	for (uint64_t number = 1; number <= WAITING; number++)
		ask(2, 1, number, SA_LCK_PR_LOCK_MODE);
	for (uint64_t number = 1; number <= WAITING; number++)
		ask(3, 1, number, SA_LCK_EX_LOCK_MODE);
	unlock(1, 1); /* 300 are let in and block 300 */
	CU_ASSERT_EQUAL(at.effects.count, 1 + WAITING + LCK_PAIRS_MAX);
	end();
}

/* A cycle is seen however many locks there are beside it, up to the bound, and behind it waits like any request. */
static void a_search_for_a_cycle_is_bounded(void)
{
	struct wire_reader in;
	struct lck_granted_event event;

	for (uint64_t others = LCK_SEARCH_MAX / 2; others <= 2 * LCK_SEARCH_MAX; others *= 4) {
		begin();
		open_named(1, 1, "a", false);
		open_named(1, 2, "b", false);
		open_named(2, 1, "b", false);
		open_named(3, 1, "b", false);
		open_named(2, 2, "a", false);
		ask(1, 1, 1, SA_LCK_EX_LOCK_MODE);
		for (uint64_t number = 1; number <= others; number++)
			ask(3, 1, number, SA_LCK_PR_LOCK_MODE); /* of one who waits for nobody */
		ask(2, 1, 1, SA_LCK_PR_LOCK_MODE);
		ask(2, 2, 2, SA_LCK_EX_LOCK_MODE);
		CU_ASSERT_EQUAL(at.effects.count, 0); /* waits for client 1 */
		ask(1, 2, 2, SA_LCK_EX_LOCK_MODE);    /* and would wait for client 2 */
		CU_ASSERT_EQUAL(at.effects.count, others < LCK_SEARCH_MAX ? 1 : 0);
		if (at.effects.count == 1) {
			in = wire_reader_of(effects_payload(&at.effects, &at.effects.list[0]));
			CU_ASSERT_TRUE_FATAL(lck_granted_event_decode(&in, &event));
			CU_ASSERT_EQUAL(event.status, SA_LCK_LOCK_DEADLOCK);
		}
		end();
	}
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a million locks of one client end in NO_MORE and hurt nobody", a_million_locks_of_one_client_end_in_no_more_and_hurt_nobody},
		{"a million opens of one client end in NO_RESOURCES and hurt nobody", a_million_opens_of_one_client_end_in_no_resources_and_hurt_nobody},
		{"the limit is the one that the request carries", the_limit_is_the_one_that_the_request_carries},
		{"the keys are the messages' presets and tops", the_keys_are_the_messages_presets_and_tops},
		{"orphans count in the cluster and for nobody", orphans_count_in_the_cluster_and_for_nobody},
		{"a joiner takes over more than the limits of now", a_joiner_takes_over_more_than_the_limits_of_now},
		{"what one operation tells of waiters is bounded", what_one_operation_tells_of_waiters_is_bounded},
		{"a search for a cycle is bounded", a_search_for_a_cycle_is_bounded},
		{"the cluster has a limit of its own", the_cluster_has_a_limit_of_its_own},
	};

	return check_run("lck limits", cases, sizeof cases / sizeof *cases);
}
