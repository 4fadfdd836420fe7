/* Unit tests of the lock service's state: operations go in as bytes, what comes out is read from the effects. */
#include "conformance/check/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "ais/lck/lck_state.h"
#include "core/engine/service.h"

enum { SEEN_SIZE = 4000, WAITER_CALLBACK = true };

static const uint32_t PR = SA_LCK_PR_LOCK_MODE, EX = SA_LCK_EX_LOCK_MODE;

struct fixture {
	struct lck_state *state;
	struct effects effects;
	uint64_t seq, call;
	char seen[SEEN_SIZE]; /* what the effects said since it was last read: "2:granted 7" is client 2's */
};

static struct fixture at;

static void fixture_begin(void)
{
	at = (struct fixture){.state = lck_state_new(NULL)};
	CU_ASSERT_PTR_NOT_NULL_FATAL(at.state);
}

static void fixture_end(void)
{
	lck_state_free(at.state);
	effects_clear(&at.effects);
}

/* Client n lives on node n / 10 + 1. */
static struct requester client_of(unsigned client)
{
	return (struct requester){.node = client / 10 + 1, .incarnation = 100, .client = client};
}

static void say(unsigned client, const char *text, uint64_t number)
{
	const size_t size = strlen(at.seen);

	snprintf(at.seen + size, sizeof at.seen - size, "%s%u:%s %llu", size == 0 ? "" : ", ", client, text, (unsigned long long)number);
}

static const char *status_text(uint32_t error, uint32_t status)
{
	static const char *const texts[] = {[SA_LCK_LOCK_GRANTED] = "granted", [SA_LCK_LOCK_DEADLOCK] = "deadlock",
	                                    [SA_LCK_LOCK_NOT_QUEUED] = "not-queued", [SA_LCK_LOCK_ORPHANED] = "orphaned",
	                                    [SA_LCK_LOCK_NO_MORE] = "no-more", [SA_LCK_LOCK_DUPLICATE_EX] = "duplicate"};

	return error == SA_AIS_ERR_TIMEOUT ? "timeout" : error == SA_AIS_ERR_NOT_EXIST ? "not-exist" : error == SA_AIS_ERR_BAD_HANDLE ?
	       "bad-handle" : error != SA_AIS_OK ? "error" : status == 0 ? "done" : status < sizeof texts / sizeof *texts && texts[status] != NULL ? texts[status] : "?";
}

static void reply_read(const struct effect *effect, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	const unsigned client = (unsigned)effect->requester.client;
	struct lck_answer answer;

	if (effect->code != SA_AIS_OK || !lck_answer_decode(&in, &answer))
		say(client, status_text(effect->code, 0), 0);
	else
		say(client, answer.subject == LCK_SUBJECT_OPEN ? "open" : answer.subject == LCK_SUBJECT_UNLOCK ? "unlocked" :
		    status_text(SA_AIS_OK, answer.status), answer.number);
}

static void event_read(const struct effect *effect, struct bytes payload)
{
	struct wire_reader in = wire_reader_of(payload);
	const unsigned client = (unsigned)effect->requester.client;
	struct lck_granted_event granted;
	struct lck_waiter_event waiter;
	struct lck_unlocked_event unlocked;
	struct lck_opened_event opened;

	if (effect->event == LCK_EVENT_GRANTED && lck_granted_event_decode(&in, &granted))
		say(client, granted.error == SA_AIS_OK ? status_text(SA_AIS_OK, granted.status) : status_text(granted.error, 0), granted.lock);
	else if (effect->event == LCK_EVENT_WAITER && lck_waiter_event_decode(&in, &waiter))
		say(client, "waiter", waiter.signal);
	else if (effect->event == LCK_EVENT_UNLOCKED && lck_unlocked_event_decode(&in, &unlocked))
		say(client, "unlocked-event", unlocked.invocation);
	else if (effect->event == LCK_EVENT_OPENED && lck_opened_event_decode(&in, &opened))
		say(client, "opened-event", opened.open);
}

static void effects_read(void)
{
	CU_ASSERT_FALSE(at.effects.failed);
	for (size_t i = 0; i < at.effects.count; i++) {
		const struct effect *effect = &at.effects.list[i];
		if (effect->kind == EFFECT_REPLY)
			reply_read(effect, effects_payload(&at.effects, effect));
		else
			event_read(effect, effects_payload(&at.effects, effect));
	}
	effects_reset(&at.effects);
}

static struct at here(void)
{
	return (struct at){.position = {.ring = {.seq = 8, .representative = 1}, .seq = ++at.seq}, .sender = 1, .version = 1};
}

static void apply(enum lck_operation operation, struct wire_writer *body)
{
	const struct at place = here();

	lck_state_apply(at.state, &place, (uint16_t)operation, wire_writer_bytes(body), &at.effects);
	wire_writer_clear(body);
	effects_read();
}

/* What was said since; and empties it. */
static const char *seen(void)
{
	static char copy[SEEN_SIZE];

	memcpy(copy, at.seen, sizeof copy);
	at.seen[0] = '\0';
	return copy;
}

static struct requester caller(unsigned client)
{
	struct requester requester = client_of(client);

	requester.call = ++at.call;
	return requester;
}

static void open_as(unsigned client, uint64_t open, const char *name, bool has_waiter)
{
	struct wire_writer body = {0};

	lck_open_encode(&body, &(struct lck_open){.limits = lck_opens_preset,
		.requester = caller(client), .request = {.open = open, .flags = SA_LCK_RESOURCE_CREATE, .has_waiter = has_waiter,
		                                         .name = bytes_of_text(name)},
	});
	apply(LCK_OPERATION_OPEN, &body);
	seen();
}

static void lock_with(unsigned client, uint64_t open, uint64_t lock, uint32_t mode, uint32_t flags, bool async, bool at_once)
{
	struct wire_writer body = {0};

	lck_lock_encode(&body, &(struct lck_lock){.limits = lck_locks_preset,
		.requester = caller(client), .async = async,
		.request = {.open = open, .lock = lock, .mode = mode, .flags = flags, .signal = lock, .at_once = at_once},
	});
	apply(LCK_OPERATION_LOCK, &body);
}

static void lock(unsigned client, uint64_t open, uint64_t number, uint32_t mode)
{
	lock_with(client, open, number, mode, 0, true, false);
}

static void end_of(enum lck_operation operation, unsigned client, uint64_t number)
{
	struct wire_writer body = {0};

	lck_end_encode(&body, &(struct lck_end){.requester = caller(client), .number = number});
	apply(operation, &body);
}

static void unlock(unsigned client, uint64_t number)
{
	end_of(LCK_OPERATION_UNLOCK, client, number);
}

static void close_open(unsigned client, uint64_t open)
{
	end_of(LCK_OPERATION_CLOSE, client, open);
}

static void gone(unsigned client)
{
	struct wire_writer body = {0};

	lck_client_gone_encode(&body, &(struct lck_client_gone){.client = client_of(client)});
	apply(LCK_OPERATION_CLIENT_GONE, &body);
}

/* Clients 1, 2, 3... each with the same resource open under number 100 + client. */
static void opened_by(unsigned clients, bool has_waiter)
{
	for (unsigned client = 1; client <= clients; client++)
		open_as(client, 100 + client, "r", has_waiter);
}

/* --- grants --- */

static void shared_locks_are_held_together_and_an_exclusive_one_alone(void)
{
	fixture_begin();
	opened_by(4, false);
	lock(1, 101, 11, PR);
	lock(2, 102, 12, PR);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 2:granted 12");
	lock(3, 103, 13, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	unlock(1, 11);
	CU_ASSERT_STRING_EQUAL(seen(), "1:unlocked 11");
	unlock(2, 12);
	CU_ASSERT_STRING_EQUAL(seen(), "2:unlocked 12, 3:granted 13");
	lock(4, 104, 14, PR);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	unlock(3, 13);
	CU_ASSERT_STRING_EQUAL(seen(), "3:unlocked 13, 4:granted 14");
	fixture_end();
}

/* LCK-068 */
static void a_release_lets_in_all_shared_waiters_up_to_the_next_exclusive_one(void)
{
	fixture_begin();
	opened_by(5, false);
	lock(1, 101, 11, EX);
	lock(2, 102, 12, PR);
	lock(3, 103, 13, PR);
	lock(4, 104, 14, EX);
	lock(5, 105, 15, PR);
	seen();
	unlock(1, 11);
	CU_ASSERT_STRING_EQUAL(seen(), "1:unlocked 11, 2:granted 12, 3:granted 13");
	fixture_end();
}

static void a_shared_request_does_not_overtake_an_exclusive_one_that_waits(void)
{
	fixture_begin();
	opened_by(3, false);
	lock(1, 101, 11, PR);
	lock(2, 102, 12, EX);
	lock(3, 103, 13, PR);
	lock_with(3, 103, 33, PR, SA_LCK_LOCK_NO_QUEUE, true, false);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 3:not-queued 33");
	unlock(1, 11);
	CU_ASSERT_STRING_EQUAL(seen(), "1:unlocked 11, 2:granted 12");
	fixture_end();
}

static void a_holder_of_a_shared_lock_gets_another_past_who_waits(void)
{
	fixture_begin();
	opened_by(2, false);
	lock(1, 101, 11, PR);
	lock(2, 102, 12, EX);
	lock(1, 101, 21, PR);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 1:granted 21");
	fixture_end();
}

/* LCK-042, -043, -083 to -086: the sheet's order of decisions. */
static void refusals_come_in_their_order(void)
{
	fixture_begin();
	opened_by(2, false);
	lock_with(1, 101, 11, EX, SA_LCK_LOCK_ORPHAN, true, false);
	lock(1, 101, 12, EX);
	lock_with(2, 102, 13, EX, SA_LCK_LOCK_NO_QUEUE | SA_LCK_LOCK_ORPHAN, true, false);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 1:duplicate 12, 2:not-queued 13");
	close_open(1, 101);
	lock_with(2, 102, 14, EX, SA_LCK_LOCK_NO_QUEUE | SA_LCK_LOCK_ORPHAN, true, false);
	lock_with(2, 102, 15, EX, SA_LCK_LOCK_ORPHAN, true, false);
	lock_with(2, 102, 16, PR, 0, false, true);
	CU_ASSERT_STRING_EQUAL(seen(), "2:not-queued 14, 2:orphaned 15, 2:timeout 0");
	lock(2, 102, 17, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	end_of(LCK_OPERATION_PURGE, 2, 102);
	CU_ASSERT_STRING_EQUAL(seen(), "2:done 0, 2:granted 17");
	fixture_end();
}

/* CASE-102, LCK-057 */
static void unlocking_a_request_withdraws_it_and_tells_its_callback(void)
{
	fixture_begin();
	opened_by(2, false);
	lock(1, 101, 11, EX);
	lock(2, 102, 12, EX);
	seen();
	unlock(2, 12);
	CU_ASSERT_STRING_EQUAL(seen(), "2:not-exist 12, 2:unlocked 12");
	unlock(2, 12);
	CU_ASSERT_STRING_EQUAL(seen(), "2:not-exist 0");
	unlock(1, 11);
	CU_ASSERT_STRING_EQUAL(seen(), "1:unlocked 11");
	fixture_end();
}

static void tokens_grow_with_every_grant(void)
{
	fixture_begin();
	uint64_t before = 0;

	opened_by(2, false);
	for (unsigned i = 0; i < 10; i++) {
		lock(1 + i % 2, 101 + i % 2, 50 + i, EX);
		const struct lck_held *held = lck_held_find(at.state, client_of(1 + i % 2), 50 + i);
		CU_ASSERT_TRUE_FATAL(held != NULL && held->token.number > before && held->token.lineage.seq == 8);
		before = held->token.number;
		unlock(1 + i % 2, 50 + i);
	}
	fixture_end();
}

/* --- waiter callbacks --- */

/* LCK-072, -073, -074, -075 */
static void each_holder_is_told_of_each_request_that_it_blocks(void)
{
	fixture_begin();
	opened_by(4, WAITER_CALLBACK);
	lock(1, 101, 11, PR);
	lock(2, 102, 12, PR);
	lock(3, 103, 13, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 2:granted 12, 1:waiter 13, 2:waiter 13");
	lock_with(4, 104, 14, EX, SA_LCK_LOCK_NO_QUEUE, true, false);
	CU_ASSERT_STRING_EQUAL(seen(), "4:not-queued 14");
	lock(4, 104, 24, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "1:waiter 24, 2:waiter 24");
	unlock(1, 11);
	seen();
	unlock(2, 12);
	CU_ASSERT_STRING_EQUAL(seen(), "2:unlocked 12, 3:granted 13, 3:waiter 24");
	fixture_end();
}

/* --- deadlocks --- */

/* LCK-044, -045, -047 and trap 20 */
static void a_wait_for_oneself_is_one_unless_a_waiter_callback_can_end_it(void)
{
	fixture_begin();
	open_as(1, 101, "r", false);
	open_as(1, 102, "r", false);
	open_as(2, 201, "q", WAITER_CALLBACK);
	lock(1, 101, 11, EX);
	lock(1, 101, 12, PR);
	lock(1, 102, 13, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 11, 1:deadlock 12, 1:deadlock 13");
	lock(2, 201, 21, PR);
	lock(2, 201, 22, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "2:granted 21, 2:waiter 22");
	unlock(2, 21);
	CU_ASSERT_STRING_EQUAL(seen(), "2:unlocked 21, 2:granted 22");
	fixture_end();
}

/* LCK-046, over four nodes and resources: the one that closes the cycle, and no other. */
static void a_cycle_is_seen_where_it_closes_and_names_one(void)
{
	fixture_begin();
	for (unsigned i = 1; i <= 4; i++) {
		char name[2] = {(char)('a' + i), '\0'}, next[2] = {(char)('a' + i % 4 + 1), '\0'};
		open_as(10 * i, 1, name, false);
		open_as(10 * i, 2, next, false);
		lock(10 * i, 1, 11, EX);
	}
	seen();
	for (unsigned i = 1; i <= 3; i++)
		lock(10 * i, 2, 12, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	lock(40, 2, 12, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "40:deadlock 12");
	unlock(40, 11);
	CU_ASSERT_STRING_EQUAL(seen(), "40:unlocked 11, 30:granted 12");
	fixture_end();
}

static void waiting_behind_another_in_the_queue_is_waiting_for_it(void)
{
	fixture_begin();
	opened_by(3, false);
	open_as(3, 203, "q", false);
	open_as(2, 202, "q", false);
	lock(3, 203, 31, EX);  /* 3 holds q */
	lock(1, 101, 11, EX);  /* 1 holds r */
	lock(2, 102, 12, EX);  /* 2 waits for r */
	seen();
	lock(3, 103, 13, EX);  /* 3 waits for r behind 2 */
	CU_ASSERT_STRING_EQUAL(seen(), "");
	lock(2, 202, 22, EX);  /* and 2 would wait for 3 */
	CU_ASSERT_STRING_EQUAL(seen(), "2:deadlock 22");
	fixture_end();
}

/* Two who share do not wait for each other, even where both wait for a third: no false victim. */
static void shared_waiters_do_not_wait_for_each_other(void)
{
	fixture_begin();
	opened_by(3, false);
	open_as(2, 202, "q", false);
	open_as(3, 203, "q", false);
	lock(3, 203, 31, EX); /* 3 holds q */
	lock(1, 101, 11, EX); /* 1 holds r */
	lock(3, 103, 13, PR); /* 3 waits for r, to share it */
	lock(2, 102, 12, PR); /* 2 does, behind it */
	seen();
	lock(2, 202, 22, EX); /* 2 waits for q, which 3 holds, which waits for 1 alone */
	CU_ASSERT_STRING_EQUAL(seen(), "");
	fixture_end();
}

static void a_wait_that_ended_closes_no_cycle(void)
{
	fixture_begin();
	open_as(1, 1, "a", false);
	open_as(1, 2, "b", false);
	open_as(2, 1, "b", false);
	open_as(2, 2, "a", false);
	lock(1, 1, 11, EX);
	lock(2, 1, 21, EX);
	lock(1, 2, 12, EX);
	unlock(1, 12); /* withdrawn */
	seen();
	lock(2, 2, 22, EX);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	fixture_end();
}

/* --- closing --- */

/* LCK-023 to -026, -092, -093, -095 */
static void closing_strips_and_orphans_stay_until_they_are_purged(void)
{
	fixture_begin();
	opened_by(3, false);
	lock_with(1, 101, 11, PR, SA_LCK_LOCK_ORPHAN, true, false);
	lock(2, 102, 12, EX);
	lock_with(3, 103, 13, EX, SA_LCK_LOCK_ORPHAN, true, false);
	seen();
	gone(3);
	close_open(1, 101);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	gone(2);
	CU_ASSERT_EQUAL(at.state->resources.count, 1);
	CU_ASSERT_EQUAL(at.state->orphan_count, 1);
	CU_ASSERT_EQUAL(at.state->owners.count, 0);
	open_as(1, 111, "r", false);
	end_of(LCK_OPERATION_PURGE, 1, 111);
	close_open(1, 111);
	CU_ASSERT_EQUAL(at.state->resources.count, 0);
	CU_ASSERT_EQUAL(at.state->orphan_count, 0);
	fixture_end();
}

static void a_thread_that_waits_is_told_when_another_closes(void)
{
	fixture_begin();
	opened_by(2, false);
	lock(1, 101, 11, EX);
	lock_with(2, 102, 12, EX, 0, false, false);
	seen();
	close_open(2, 102);
	CU_ASSERT_STRING_EQUAL(seen(), "2:bad-handle 0");
	fixture_end();
}

/* --- views --- */

static void view(const struct service_member *members, size_t count, const struct requester *debts, size_t debt_count)
{
	const struct at place = here();
	const struct service_view shown = {.ring = {.seq = 12, .representative = 1}, .members = members, .member_count = count, .serving = true,
	                                   .debts = debts, .debt_count = debt_count};

	lck_state_view_applied(at.state, &place, &shown, &at.effects);
	effects_read();
}

/* R18, LCK-080: a departed node's locks and opens go, a loser's locks go and its opens stay, a winner keeps all. */
static void a_view_takes_the_locks_of_all_who_did_not_win(void)
{
	fixture_begin();
	const struct service_member members[] = {{.node = 1, .incarnation = 100, .winner = true}, {.node = 2, .incarnation = 100, .winner = false}};

	open_as(1, 1, "r", false);  /* node 1 */
	open_as(11, 1, "q", false); /* node 2 */
	open_as(21, 1, "p", false); /* node 3 */
	open_as(2, 2, "q", false);
	open_as(1, 3, "p", false);
	open_as(11, 2, "r", false);
	lock(1, 1, 11, EX);
	lock(11, 1, 12, EX);
	lock(21, 1, 13, EX);
	lock(11, 2, 14, EX); /* the loser waits for r */
	lock(2, 2, 15, EX);
	lock(1, 3, 16, EX);
	seen();
	view(members, 2, NULL, 0);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 16, 2:granted 15");
	CU_ASSERT_PTR_NULL(lck_opened_find(at.state, client_of(21), 1));
	CU_ASSERT_PTR_NOT_NULL(lck_opened_find(at.state, client_of(11), 1));
	CU_ASSERT_PTR_NULL(lck_held_find(at.state, client_of(11), 14));
	CU_ASSERT_PTR_NOT_NULL(lck_held_find(at.state, client_of(1), 11));
	fixture_end();
}

static void a_node_that_came_back_has_nothing_of_before(void)
{
	fixture_begin();
	const struct service_member members[] = {{.node = 1, .incarnation = 101, .winner = true}};

	opened_by(1, false);
	lock(1, 101, 11, EX);
	view(members, 1, NULL, 0);
	CU_ASSERT_EQUAL(at.state->resources.count, 0);
	fixture_end();
}

/* R15 */
static void what_a_debt_names_is_not_held(void)
{
	fixture_begin();
	const struct service_member members[] = {{.node = 1, .incarnation = 100, .winner = true}};

	opened_by(2, false);
	lock_with(1, 101, 11, EX, SA_LCK_LOCK_ORPHAN, false, false);
	struct requester debt = client_of(1);
	debt.call = at.call;
	lock(2, 102, 12, EX);
	seen();
	view(members, 1, &debt, 1);
	CU_ASSERT_STRING_EQUAL(seen(), "2:granted 12");
	CU_ASSERT_EQUAL(at.state->orphan_count, 0);
	fixture_end();
}

/* R17 */
static void opens_are_claimed_by_identity_and_the_others_are_closed(void)
{
	fixture_begin();
	struct lck_reclaim reclaim = {.client = client_of(1), .count = 2};
	struct wire_writer claims = {0}, body = {0};

	open_as(1, 1, "a", false);
	open_as(1, 2, "b", false);
	open_as(2, 1, "c", false);
	const struct identity c = lck_opened_find(at.state, client_of(2), 1)->resource->identity;
	struct identity unknown = c;
	unknown.position.index = 9;
	lck_claim_encode(&claims, &(struct lck_claim){.open = 7, .resource = c});
	lck_claim_encode(&claims, &(struct lck_claim){.open = 8, .resource = unknown});
	reclaim.claims = wire_writer_bytes(&claims);
	lck_reclaim_encode(&body, &reclaim);
	apply(LCK_OPERATION_RECLAIM, &body);
	wire_writer_clear(&claims);
	CU_ASSERT_PTR_NULL(lck_opened_find(at.state, client_of(1), 1));
	CU_ASSERT_PTR_NOT_NULL(lck_opened_find(at.state, client_of(1), 7));
	CU_ASSERT_PTR_NULL(lck_opened_find(at.state, client_of(1), 8));
	CU_ASSERT_EQUAL(at.state->resources.count, 1);
	fixture_end();
}

/* --- chance: whatever comes, the promises hold, a joiner's copy is equal and goes on alike --- */

enum { CHANCE_STEPS = 20000, CHANCE_CLIENTS = 6, CHANCE_NAMES = 3 };

static uint64_t chance(uint64_t *state, uint64_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % below;
}

static void step(uint64_t *seed)
{
	const unsigned client = 1 + 10 * (unsigned)chance(seed, CHANCE_CLIENTS);
	const uint64_t open = 1 + chance(seed, 4), number = 1 + chance(seed, 12);
	static const char *const names[CHANCE_NAMES] = {"a", "b", "c"};

	switch (chance(seed, 12)) {
	case 0:
	case 1:
		open_as(client, open, names[chance(seed, CHANCE_NAMES)], chance(seed, 2) == 0);
		break;
	case 2:
		close_open(client, open);
		break;
	case 3:
		if (chance(seed, 4) == 0)
			gone(client);
		break;
	case 4:
		end_of(LCK_OPERATION_PURGE, client, open);
		break;
	case 5:
	case 6:
	case 7:
		unlock(client, number);
		break;
	default:
		lock_with(client, open, number, chance(seed, 3) == 0 ? EX : PR, (uint32_t)chance(seed, 4), chance(seed, 2) == 0, chance(seed, 5) == 0);
	}
	seen();
}

static void promises_hold(void)
{
	for (const struct lck_resource *resource = lck_resource_first(at.state); resource != NULL; resource = lck_resource_next(resource)) {
		size_t exclusive = 0, held = 0;
		for (const struct lck_held *one = lck_held_first(&resource->held); one != NULL; one = lck_held_next(&resource->held, one)) {
			held++;
			exclusive += one->mode == EX;
		}
		CU_ASSERT_TRUE_FATAL(exclusive == 0 || held == 1);
		CU_ASSERT_TRUE_FATAL(held == resource->held_count && exclusive == resource->exclusive_count);
		const struct lck_held *front = lck_held_first(&resource->queue);
		CU_ASSERT_TRUE_FATAL(front == NULL || (front->mode == EX ? held > 0 : exclusive > 0)); /* nobody waits for nothing */
		CU_ASSERT_TRUE_FATAL(resource->open_count > 0 || resource->orphan_count > 0);
	}
}

static void copy_is_equal(void)
{
	struct lck_state *copy = lck_state_new(NULL);
	struct wire_writer out = {0}, again = {0};

	lck_state_encode(at.state, &out);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE_FATAL(lck_state_decode(copy, &in));
	CU_ASSERT_EQUAL_FATAL(lck_state_digest(copy), lck_state_digest(at.state));
	lck_state_encode(copy, &again);
	CU_ASSERT_TRUE_FATAL(again.size == out.size && memcmp(again.data, out.data, out.size) == 0);
	wire_writer_clear(&out);
	wire_writer_clear(&again);
	lck_state_free(at.state); /* and the copy goes on in its place */
	at.state = copy;
}

static void chance_breaks_no_promise_and_a_copy_goes_on_alike(void)
{
	fixture_begin();
	uint64_t seed = 7;

	for (int i = 0; i < CHANCE_STEPS; i++) {
		step(&seed);
		promises_hold();
		if (i % 100 == 0)
			copy_is_equal();
	}
	for (unsigned client = 0; client < CHANCE_CLIENTS; client++)
		gone(1 + 10 * client);
	for (const char *const *name = (const char *const[]){"a", "b", "c", NULL}; *name != NULL; name++) {
		open_as(1, 99, *name, false);
		end_of(LCK_OPERATION_PURGE, 1, 99);
		close_open(1, 99);
	}
	CU_ASSERT_EQUAL(at.state->resources.count, 0);
	CU_ASSERT_EQUAL(at.state->digest, 0); /* each entry took its share of the sum with it */
	fixture_end();
}

/* What is owed goes again from a node whose state was not kept; where it was kept it says once more what it got, and changes nothing. */
static void what_comes_again_says_what_it_got(void)
{
	fixture_begin();
	open_as(1, 11, "a", false);
	lock_with(1, 11, 101, EX, 0, true, false);
	open_as(11, 12, "a", false);
	lock_with(11, 12, 102, EX, 0, true, false);
	const uint64_t before = lck_state_digest(at.state), last = at.call;
	seen();

	at.call = last - 3;
	lock_with(1, 11, 101, EX, 0, true, false);
	CU_ASSERT_STRING_EQUAL(seen(), "1:granted 101");
	open_as(11, 12, "a", false);
	lock_with(11, 12, 102, EX, 0, true, false);
	CU_ASSERT_STRING_EQUAL(seen(), "");
	CU_ASSERT_EQUAL(lck_state_digest(at.state), before);
	fixture_end();
}

/* A client's handles are closed in the order of their numbers, not of their opening: a node that has them from a donor knows no other. */
static void a_joiner_closes_and_grants_in_the_same_order(void)
{
	struct lck_state *joiner = lck_state_new(NULL);
	struct wire_writer out = {0};

	fixture_begin();
	open_as(1, 900, "z", false);
	open_as(1, 5, "a", false);
	open_as(2, 7, "z", false);
	open_as(2, 8, "a", false);
	lock(1, 900, 1, EX);
	lock(1, 5, 2, EX);
	lock(2, 7, 1, EX);
	lock(2, 8, 2, EX);
	lck_state_encode(at.state, &out);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_TRUE_FATAL(lck_state_decode(joiner, &in));
	gone(1);
	const uint64_t digest = lck_state_digest(at.state);
	lck_state_free(at.state);
	at.state = joiner;
	at.seq--;
	gone(1);
	CU_ASSERT_EQUAL(lck_state_digest(at.state), digest);
	wire_writer_clear(&out);
	fixture_end();
}

static void no_part_of_a_state_is_a_state(void)
{
	fixture_begin();
	struct wire_writer out = {0};

	opened_by(2, false);
	lock(1, 101, 11, EX);
	lock(2, 102, 12, EX);
	lck_state_encode(at.state, &out);
	for (size_t size = 0; size < out.size; size++) {
		struct lck_state *copy = lck_state_new(NULL);
		struct wire_reader in = wire_reader_of(bytes_of(out.data, size));
		CU_ASSERT_FALSE(lck_state_decode(copy, &in));
		lck_state_free(copy);
	}
	wire_writer_clear(&out);
	fixture_end();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"shared locks are held together and an exclusive one alone", shared_locks_are_held_together_and_an_exclusive_one_alone},
		{"a release lets in all shared waiters up to the next exclusive one", a_release_lets_in_all_shared_waiters_up_to_the_next_exclusive_one},
		{"a shared request does not overtake an exclusive one that waits", a_shared_request_does_not_overtake_an_exclusive_one_that_waits},
		{"a holder of a shared lock gets another past who waits", a_holder_of_a_shared_lock_gets_another_past_who_waits},
		{"refusals come in their order", refusals_come_in_their_order},
		{"unlocking a request withdraws it and tells its callback", unlocking_a_request_withdraws_it_and_tells_its_callback},
		{"tokens grow with every grant", tokens_grow_with_every_grant},
		{"each holder is told of each request that it blocks", each_holder_is_told_of_each_request_that_it_blocks},
		{"a wait for oneself is one unless a waiter callback can end it", a_wait_for_oneself_is_one_unless_a_waiter_callback_can_end_it},
		{"a cycle is seen where it closes and names one", a_cycle_is_seen_where_it_closes_and_names_one},
		{"waiting behind another in the queue is waiting for it", waiting_behind_another_in_the_queue_is_waiting_for_it},
		{"shared waiters do not wait for each other", shared_waiters_do_not_wait_for_each_other},
		{"a wait that ended closes no cycle", a_wait_that_ended_closes_no_cycle},
		{"closing strips and orphans stay until they are purged", closing_strips_and_orphans_stay_until_they_are_purged},
		{"a thread that waits is told when another closes", a_thread_that_waits_is_told_when_another_closes},
		{"a view takes the locks of all who did not win", a_view_takes_the_locks_of_all_who_did_not_win},
		{"a node that came back has nothing of before", a_node_that_came_back_has_nothing_of_before},
		{"what a debt names is not held", what_a_debt_names_is_not_held},
		{"opens are claimed by identity and the others are closed", opens_are_claimed_by_identity_and_the_others_are_closed},
		{"chance breaks no promise and a copy goes on alike", chance_breaks_no_promise_and_a_copy_goes_on_alike},
		{"what comes again says what it got", what_comes_again_says_what_it_got},
		{"a joiner closes and grants in the same order", a_joiner_closes_and_grants_in_the_same_order},
		{"no part of a state is a state", no_part_of_a_state_is_a_state},
	};
	return check_run("lck_state", cases, sizeof cases / sizeof *cases);
}
