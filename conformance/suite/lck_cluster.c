/* LCK assertions that need several nodes. A node that dies is the last one, so that the others go on where quorum is required. */
#include "conformance/suite/cluster.h"

#include <string.h>

#include "conformance/suite/assertions.h"
#include "conformance/suite/lck.h"

enum { PR = SA_LCK_PR_LOCK_MODE, EX = SA_LCK_EX_LOCK_MODE, LONG_MS = 60000 };

/* In slot 0 of the node's agent. */
static void opens(struct cluster *cluster, uint32_t node)
{
	agent_insist(cluster, node, SA_AIS_OK, "lck.open 0 suite-%s-%s", cluster->test->options->run, cluster->test->assertion->id);
}

static void status_is(struct cluster *cluster, uint32_t node, const char *rest, SaLckLockStatusT wanted)
{
	test_equal(cluster->test, (uint64_t)agent_code(rest), wanted, "node %u: lockStatus", node);
}

/* At once. */
static void takes(struct cluster *cluster, uint32_t node, unsigned lock, int mode)
{
	status_is(cluster, node, agent_insist(cluster, node, SA_AIS_OK, "lck.lock 0 %u %d %d %d", lock, mode, SA_LCK_LOCK_NO_QUEUE, LONG_MS),
	          SA_LCK_LOCK_GRANTED);
}

static void asks(struct cluster *cluster, uint32_t node, unsigned lock, int mode)
{
	agent_insist(cluster, node, SA_AIS_OK, "lck.ask 0 %u %d", lock, mode);
}

static void is_refused(struct cluster *cluster, uint32_t node, unsigned lock, int mode, int flags, SaLckLockStatusT wanted)
{
	status_is(cluster, node, agent_insist(cluster, node, SA_AIS_OK, "lck.lock 0 %u %d %d %d", lock, mode, flags, LONG_MS), wanted);
}

static void does_not_hold(struct cluster *cluster, uint32_t node)
{
	agent_expect(cluster, node, SA_AIS_ERR_TIMEOUT, "lck.granted 200");
}

/* The grant callback of what it asked for. */
static void is_granted(struct cluster *cluster, uint32_t node, unsigned lock)
{
	const char *answer = agent_call(cluster_agent(cluster, node), "lck.granted %d", LONG_MS);
	char wanted[40];

	snprintf(wanted, sizeof wanted, "%d %u %d", SA_AIS_OK, lock, SA_LCK_LOCK_GRANTED);
	test_true(cluster->test, strcmp(answer, wanted) == 0, "node %u: grant callback '%s' (code, request, status), expected '%s'", node, answer,
	          wanted);
}

static void unlocks(struct cluster *cluster, uint32_t node, unsigned lock)
{
	agent_insist(cluster, node, SA_AIS_OK, "lck.unlock %u", lock);
}

static void all_open(struct cluster *cluster)
{
	for (uint32_t node = 1; node <= cluster->nodes; node++)
		opens(cluster, node);
}

void LCK_097(struct test *test)
{
	static const int modes[][2] = {{EX, PR}, {EX, EX}, {PR, EX}};
	struct cluster cluster = cluster_begin(test);

	opens(&cluster, 1);
	opens(&cluster, 2);
	for (size_t i = 0; i < 3; i++) {
		takes(&cluster, 1, 0, modes[i][0]);
		asks(&cluster, 2, 0, modes[i][1]);
		does_not_hold(&cluster, 2);
		unlocks(&cluster, 1, 0);
		is_granted(&cluster, 2, 0);
		unlocks(&cluster, 2, 0);
	}
}

/* It dies, or is stopped in order. */
void LCK_080(struct test *test)
{
	static const char *const verbs[] = {"kill", "stop"};
	struct cluster cluster = cluster_begin(test);

	for (size_t i = 0; i < 2; i++) {
		all_open(&cluster);
		takes(&cluster, cluster.nodes, 0, EX);
		asks(&cluster, 1, 0, EX);
		does_not_hold(&cluster, 1);
		cluster_node_down(&cluster, verbs[i], cluster.nodes);
		is_granted(&cluster, 1, 0);
		unlocks(&cluster, 1, 0);
		cluster_node_up(&cluster, cluster.nodes);
	}
}

/* The call was under way as the node died: its answer, or that of the one that is asked after a TIMEOUT or a TRY_AGAIN. */
static void unlocked_meanwhile(struct cluster *cluster, uint32_t holds)
{
	SaAisErrorT code = agent_code(agent_answer(cluster_agent(cluster, holds)));

	if (code == SA_AIS_ERR_TRY_AGAIN) {
		unlocks(cluster, holds, 0);
		return;
	}
	test_code_either(cluster->test, code, SA_AIS_OK, SA_AIS_ERR_TIMEOUT, "saLckResourceUnlock as a node dies");
}

/* CASE-102: no node is the master of a lock. Each of the others dies once: the one that only waits, the lowest id, the holder. */
static void node_dies(struct cluster *cluster, uint32_t dies, uint32_t holds, uint32_t waits, bool meanwhile)
{
	all_open(cluster);
	takes(cluster, holds, 0, EX);
	asks(cluster, waits, 1, EX);
	does_not_hold(cluster, waits);
	asks(cluster, dies, 2, PR);
	if (meanwhile)
		agent_send(cluster_agent(cluster, holds), "lck.unlock 0");
	cluster_node_down(cluster, "kill", dies);
	if (meanwhile)
		unlocked_meanwhile(cluster, holds);
	else
		unlocks(cluster, holds, 0);
	is_granted(cluster, waits, 1);
	agent_expect(cluster, holds, SA_AIS_ERR_NOT_EXIST, "lck.unlock 0");
	is_refused(cluster, holds, 3, EX, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	unlocks(cluster, waits, 1);
	takes(cluster, holds, 3, EX);
	unlocks(cluster, holds, 3);
	cluster_node_up(cluster, dies);
}

/* Who waits is served in its turn, with the id that it was given as it asked; another lock of a survivor is where it was. */
static void holder_dies(struct cluster *cluster, uint32_t dies, uint32_t first, uint32_t second)
{
	all_open(cluster);
	agent_insist(cluster, first, SA_AIS_OK, "lck.open 1 suite-%s-%s-other", cluster->test->options->run, cluster->test->assertion->id);
	agent_insist(cluster, second, SA_AIS_OK, "lck.open 1 suite-%s-%s-other", cluster->test->options->run, cluster->test->assertion->id);
	status_is(cluster, first, agent_insist(cluster, first, SA_AIS_OK, "lck.lock 1 3 %d %d %d", EX, SA_LCK_LOCK_NO_QUEUE, LONG_MS),
	          SA_LCK_LOCK_GRANTED);
	takes(cluster, dies, 0, EX);
	asks(cluster, first, 1, EX);
	does_not_hold(cluster, first);
	asks(cluster, second, 2, PR);
	cluster_node_down(cluster, "kill", dies);
	is_granted(cluster, first, 1);
	does_not_hold(cluster, second);
	status_is(cluster, second, agent_insist(cluster, second, SA_AIS_OK, "lck.lock 1 3 %d %d %d", EX, SA_LCK_LOCK_NO_QUEUE, LONG_MS),
	          SA_LCK_LOCK_NOT_QUEUED);
	unlocks(cluster, first, 1);
	is_granted(cluster, second, 2);
	unlocks(cluster, second, 2);
	unlocks(cluster, first, 3);
	takes(cluster, second, 3, EX);
	unlocks(cluster, second, 3);
	cluster_node_up(cluster, dies);
}

void LCK_102(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	node_dies(&cluster, 1, 2, 3, false);
	cluster = cluster_begin(test);
	node_dies(&cluster, 3, 1, 2, false);
	cluster = cluster_begin(test);
	node_dies(&cluster, 1, 3, 2, true);
	cluster = cluster_begin(test);
	holder_dies(&cluster, 1, 2, 3);
	cluster = cluster_begin(test);
	holder_dies(&cluster, 3, 2, 1);
}

/* Of one round: has node 2 got it? Then nobody else has; else nothing of its request is in a third one's way. */
static bool race_is_granted(struct cluster *cluster, uint32_t third)
{
	const char *answer = agent_answer(cluster_agent(cluster, 2));
	const SaAisErrorT code = agent_code(answer);

	if (code != SA_AIS_ERR_TRY_AGAIN) /* the ring has reformed meanwhile: nothing was done */
		test_code_either(cluster->test, code, SA_AIS_OK, SA_AIS_ERR_TIMEOUT, "saLckResourceLock on node 2");
	if (code == SA_AIS_OK) {
		status_is(cluster, 2, strchr(answer, ' ') + 1, SA_LCK_LOCK_GRANTED);
		is_refused(cluster, third, 0, EX, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
		unlocks(cluster, 2, 0);
	} else {
		takes(cluster, third, 0, EX);
		unlocks(cluster, third, 0);
	}
	return code == SA_AIS_OK;
}

/* CASE-105: the release and the deadline meet; whatever was first in the order is the outcome, for both sides. How long the ways to both are is
 * not known: the release comes earlier after a TIMEOUT and later after a grant, so they meet wherever that is, and up to 2 ms off. */
void LCK_104(struct test *test)
{
	enum { TIMEOUT_MS = 20, STEP_US = 200, JITTER_US = 2000 };
	const unsigned rounds = test->options->deep ? 2000 : 150;
	struct cluster cluster = cluster_begin(test);
	const uint32_t third = cluster.nodes > 2 ? 3 : 1;
	int release_us = TIMEOUT_MS * 1000;
	unsigned granted = 0;

	all_open(&cluster);
	for (unsigned round = 0; round < rounds; round++) {
		const int jitter_us = (int)(round * 1103u % (2 * JITTER_US + 1)) - JITTER_US;
		takes(&cluster, 1, 0, EX);
		agent_send(cluster_agent(&cluster, 2), "lck.lock 0 0 %d 0 %d", EX, TIMEOUT_MS);
		test_sleep(test, (release_us + jitter_us) / 1e6);
		unlocks(&cluster, 1, 0);
		const bool is_granted = race_is_granted(&cluster, third);
		granted += is_granted;
		release_us += is_granted ? STEP_US : -STEP_US;
		release_us = release_us < JITTER_US ? JITTER_US : release_us > 2 * TIMEOUT_MS * 1000 ? 2 * TIMEOUT_MS * 1000 : release_us;
	}
	test_observe(test, "%u of %u rounds were granted; the release came %d us after the request in the end", granted, rounds, release_us);
}

void LCK_105(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	char last[20];

	snprintf(last, sizeof last, "%u", cluster.nodes);
	all_open(&cluster);
	takes(&cluster, cluster.nodes, 0, EX);
	asks(&cluster, 1, 0, EX);
	does_not_hold(&cluster, 1);
	control(test, "cut", last);
	is_granted(&cluster, 1, 0);
	control(test, "heal", "");
	const int64_t until = now_ns() + test_limit_ns(test, 60);
	SaAisErrorT code;
	while ((code = agent_code(agent_call(cluster_agent(&cluster, cluster.nodes), "lck.unlock 0"))) == SA_AIS_ERR_TRY_AGAIN && now_ns() < until)
		test_sleep(test, 0.1);
	test_code_either(test, code, SA_AIS_ERR_NOT_EXIST, SA_AIS_ERR_BAD_HANDLE, "saLckResourceUnlock of the id from before");
	agent_insist(&cluster, 2, SA_AIS_OK, "lck.open 1 suite-%s-%s-other", test->options->run, test->assertion->id); /* it decides again */
	is_refused(&cluster, 2, 0, EX, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	unlocks(&cluster, 1, 0);
	cluster_whole(&cluster);
}

enum { HELD_PR, HELD_PR_TOO, HELD_EX, GIVEN_BACK, HELD_COUNT = GIVEN_BACK };

static void opens_other(struct cluster *cluster, uint32_t node, unsigned slot, const char *which)
{
	agent_insist(cluster, node, SA_AIS_OK, "lck.open %u suite-%s-%s%s", slot, cluster->test->options->run, cluster->test->assertion->id, which);
}

static void takes_of(struct cluster *cluster, uint32_t node, unsigned slot, unsigned lock, int mode)
{
	status_is(cluster, node, agent_insist(cluster, node, SA_AIS_OK, "lck.lock %u %u %d %d %d", slot, lock, mode, SA_LCK_LOCK_NO_QUEUE, LONG_MS),
	          SA_LCK_LOCK_GRANTED);
}

/* Four opens: two of one resource, each with a shared lock; one with an exclusive lock; one that has given back what it had. */
static void loser_takes(struct cluster *cluster, uint32_t node)
{
	static const char *const names[] = {"", "", "-other", "-third"};

	for (unsigned slot = 0; slot <= GIVEN_BACK; slot++) {
		opens_other(cluster, node, slot, names[slot]);
		takes_of(cluster, node, slot, slot, slot < HELD_EX ? PR : EX);
	}
	unlocks(cluster, node, GIVEN_BACK);
}

/* Each that it held once, by the handle that held it, and nothing else. */
static void losses_are_told(struct cluster *cluster, uint32_t node)
{
	unsigned told[HELD_COUNT] = {0};

	for (size_t i = 0; i < HELD_COUNT; i++) {
		unsigned lock = HELD_COUNT, resource = HELD_COUNT;
		const char *answer = agent_call(cluster_agent(cluster, node), "lck.lost %d", LONG_MS);

		test_true(cluster->test, sscanf(answer, "1 %u %u", &lock, &resource) == 2 && lock < HELD_COUNT && resource == lock,
		          "node %u: lost callback '%s' (code, lock, its resource handle): of a lock that it holds", node, answer);
		told[lock]++;
	}
	for (size_t i = 0; i < HELD_COUNT; i++)
		test_equal(cluster->test, told[i], 1, "lost callbacks of lock %zu", i);
	agent_expect(cluster, node, SA_AIS_ERR_TIMEOUT, "lck.lost 200");
}

/* Asked asynchronously it is posted, unless its library knows already that it is lost: then a callback says so. */
static void asked_of_lost(struct cluster *cluster, uint32_t node, unsigned slot)
{
	const SaAisErrorT code = agent_code(agent_call(cluster_agent(cluster, node), "lck.ask %u 9 %d", slot, PR));

	test_code_either(cluster->test, code, SA_AIS_OK, SA_AIS_ERR_BAD_HANDLE, "saLckResourceLockAsync of a handle whose lock was lost");
	if (code == SA_AIS_OK)
		agent_expect(cluster, node, SA_AIS_ERR_BAD_HANDLE, "lck.granted %d", LONG_MS);
}

static void what_is_lost_is_gone(struct cluster *cluster, uint32_t node)
{
	for (unsigned slot = 0; slot < HELD_COUNT; slot++) {
		agent_expect(cluster, node, SA_AIS_ERR_NOT_EXIST, "lck.unlock %u", slot);
		test_code(cluster->test, agent_code(agent_call(cluster_agent(cluster, node), "lck.lock %u 9 %d %d %d", slot, PR, SA_LCK_LOCK_NO_QUEUE, LONG_MS)),
		          SA_AIS_ERR_BAD_HANDLE, "node %u: saLckResourceLock of handle %u, whose lock was lost", node, slot);
		agent_expect(cluster, node, SA_AIS_ERR_BAD_HANDLE, "lck.purge %u", slot);
		asked_of_lost(cluster, node, slot);
	}
}

static struct lck_token token_of(struct cluster *cluster, uint32_t node, unsigned lock)
{
	const char *answer = agent_call(cluster_agent(cluster, node), "lck.token %u", lock);
	unsigned long long lineage = 0, grant = 0;
	unsigned representative = 0;

	test_true(cluster->test, sscanf(answer, "1 %llu %u %llu", &lineage, &representative, &grant) == 3,
	          "node %u: aisLckLockTokenGet: '%s' (code, lineage, representative, grant)", node, answer);
	return (struct lck_token){.lineage = lineage, .representative = representative, .grant = grant};
}

static bool is_younger(struct lck_token token, struct lck_token than)
{
	if (token.lineage != than.lineage)
		return token.lineage > than.lineage;
	return token.representative != than.representative ? token.representative > than.representative : token.grant > than.grant;
}

void LCK_125(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	const uint32_t last = cluster.nodes;
	char text[20];

	snprintf(text, sizeof text, "%u", last);
	all_open(&cluster);
	if (agent_code(agent_call(cluster_agent(&cluster, last), "lck.losses")) == SA_AIS_ERR_NOT_SUPPORTED)
		test_skip(test, "the library has no aisLckLostCallbackSet, which is not of the standard");
	loser_takes(&cluster, last);
	agent_insist(&cluster, 1, SA_AIS_OK, "lck.losses");
	takes(&cluster, 1, 0, PR); /* beside the shared ones: the majority keeps its own */
	opens_other(&cluster, 1, 1, "-other");
	opens_other(&cluster, 1, 2, "-third"); /* so that it is there when the last node is back */
	agent_insist(&cluster, 1, SA_AIS_OK, "lck.ask 1 1 %d", EX);
	does_not_hold(&cluster, 1);
	const struct lck_token old = token_of(&cluster, last, HELD_EX);
	control(test, "cut", text);
	losses_are_told(&cluster, last);
	what_is_lost_is_gone(&cluster, last);
	is_granted(&cluster, 1, 1);
	test_true(test, is_younger(token_of(&cluster, 1, 1), old), "who holds it now has the greater token: a resource that checks it takes no write of who lost it");
	agent_expect(&cluster, 1, SA_AIS_ERR_TIMEOUT, "lck.lost 200");
	control(test, "heal", "");
	cluster_whole(&cluster);
	what_is_lost_is_gone(&cluster, last);
	takes_of(&cluster, last, GIVEN_BACK, GIVEN_BACK, EX); /* a handle that had lost nothing */
	unlocks(&cluster, last, GIVEN_BACK);
	is_refused(&cluster, 2, 0, EX, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED); /* node 1 has its own shared one alone */
	unlocks(&cluster, 1, 0);
	takes(&cluster, 2, 0, EX);
	unlocks(&cluster, 2, 0);
	unlocks(&cluster, 1, 1);
}

/* A node that decides nothing says so to who opens. */
static void decides_nothing(struct cluster *cluster, uint32_t node)
{
	const int64_t until = now_ns() + test_limit_ns(cluster->test, 60);
	SaAisErrorT code;

	while ((code = agent_code(agent_call(cluster_agent(cluster, node), "lck.open 8 suite-%s-%s-new", cluster->test->options->run,
	                                     cluster->test->assertion->id))) == SA_AIS_OK && now_ns() < until)
		agent_expect(cluster, node, SA_AIS_OK, "lck.close 8");
	test_code_either(cluster->test, code, SA_AIS_ERR_TRY_AGAIN, SA_AIS_ERR_TIMEOUT, "saLckResourceOpen on a node that is cut off");
}

void LCK_126(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	const uint32_t last = cluster.nodes;
	char text[20];

	snprintf(text, sizeof text, "%u", last);
	all_open(&cluster);
	if (agent_code(agent_call(cluster_agent(&cluster, last), "lck.losses")) == SA_AIS_ERR_NOT_SUPPORTED)
		test_skip(test, "the library has no aisLckLostCallbackSet, which is not of the standard");
	agent_expect(&cluster, last, SA_AIS_OK, "lck.no_losses");
	loser_takes(&cluster, last);
	control(test, "cut", text);
	decides_nothing(&cluster, last);
	what_is_lost_is_gone(&cluster, last);
	agent_expect(&cluster, last, SA_AIS_ERR_TIMEOUT, "lck.lost 200");
	control(test, "heal", "");
	cluster_whole(&cluster);
	what_is_lost_is_gone(&cluster, last);
	takes(&cluster, 1, 0, EX);
	unlocks(&cluster, 1, 0);
}

static void name_is_gone(struct cluster *cluster, uint32_t node)
{
	const int64_t until = now_ns() + test_limit_ns(cluster->test, 10);
	SaAisErrorT code;

	/* A close is not waited for by Close. */
	while ((code = agent_code(agent_call(cluster_agent(cluster, node), "lck.find 0 suite-%s-%s", cluster->test->options->run,
	                                     cluster->test->assertion->id))) == SA_AIS_OK && now_ns() < until)
		agent_expect(cluster, node, SA_AIS_OK, "lck.close 0");
	test_code(cluster->test, code, SA_AIS_ERR_NOT_EXIST, "node %u: saLckResourceOpen without CREATE", node);
}

static void waiter_told(struct cluster *cluster, uint32_t node, int held, int requested, unsigned lock)
{
	const char *answer = agent_call(cluster_agent(cluster, node), "lck.waiter %d", LONG_MS);
	char wanted[40];

	snprintf(wanted, sizeof wanted, "%d %d %d %u", SA_AIS_OK, held, requested, lock);
	test_true(cluster->test, strcmp(answer, wanted) == 0, "node %u: waiter callback '%s' (code, held, requested, lock), expected '%s'", node,
	          answer, wanted);
}

void LCK_113(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	opens(&cluster, 1);
	opens(&cluster, 2);
	agent_expect(&cluster, 2, SA_AIS_OK, "lck.close 0");
	agent_insist(&cluster, 2, SA_AIS_OK, "lck.find 0 suite-%s-%s", test->options->run, test->assertion->id);
	takes(&cluster, 1, 3, EX);
	asks(&cluster, 2, 0, PR);
	waiter_told(&cluster, 1, EX, PR, 3);
	unlocks(&cluster, 1, 3);
	is_granted(&cluster, 2, 0);
	agent_expect(&cluster, 2, SA_AIS_OK, "lck.close 0"); /* with its lock */
	agent_expect(&cluster, 1, SA_AIS_OK, "lck.close 0");
	name_is_gone(&cluster, 2);
	name_is_gone(&cluster, 1);
}

void LCK_114(struct test *test)
{
	struct cluster cluster = cluster_begin(test);

	for (uint32_t node = 1; node <= 2; node++) {
		opens(&cluster, node);
		agent_insist(&cluster, node, SA_AIS_OK, "lck.open 1 suite-%s-%s-other", test->options->run, test->assertion->id);
	}
	takes(&cluster, 1, 0, EX);
	status_is(&cluster, 2, agent_insist(&cluster, 2, SA_AIS_OK, "lck.lock 1 0 %d %d %d", EX, SA_LCK_LOCK_NO_QUEUE, LONG_MS),
	          SA_LCK_LOCK_GRANTED);
	asks(&cluster, 2, 1, EX); /* of what node 1 has */
	waiter_told(&cluster, 1, EX, EX, 0);
	status_is(&cluster, 1, agent_insist(&cluster, 1, SA_AIS_OK, "lck.lock 1 1 %d 0 %d", EX, LONG_MS), SA_LCK_LOCK_DEADLOCK);
	does_not_hold(&cluster, 2);
	unlocks(&cluster, 1, 0);
	is_granted(&cluster, 2, 1);
}

void LCK_115(struct test *test)
{
	struct cluster cluster = cluster_begin(test);
	const uint32_t last = cluster.nodes;

	all_open(&cluster);
	status_is(&cluster, last, agent_insist(&cluster, last, SA_AIS_OK, "lck.lock 0 0 %d %d %d", EX, SA_LCK_LOCK_NO_QUEUE | SA_LCK_LOCK_ORPHAN,
	                                       LONG_MS), SA_LCK_LOCK_GRANTED);
	cluster_node_down(&cluster, "kill", last);
	/* While the node counts as alive, the request waits, and is withdrawn. */
	status_is(&cluster, 1, agent_insist(&cluster, 1, SA_AIS_OK, "lck.lock 0 0 %d %d 500", EX, SA_LCK_LOCK_ORPHAN), SA_LCK_LOCK_ORPHANED);
	is_refused(&cluster, 2, 0, PR, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	cluster_node_up(&cluster, last); /* it owns nothing any more */
	opens(&cluster, last);
	is_refused(&cluster, last, 0, EX, SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_NOT_QUEUED);
	agent_insist(&cluster, 2, SA_AIS_OK, "lck.purge 0");
	takes(&cluster, last, 0, EX);
	unlocks(&cluster, last, 0);
}
