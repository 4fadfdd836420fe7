/* ais-history's reader and its judge of registers: histories by hand, every small history against trying all orders, and generated ones. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/check/check.h"
#include "conformance/history/history.h"

enum { SMALL_MAX = 8, SMALL_LOSS_MAX = 6, TEXT_MAX = 1 << 16, JUDGED_FAILED = 99 };

/* --- Given. --- */

static bool text_read(struct history *history, const char *text, char *problem, size_t size)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	const bool good = file != NULL && history_read(history, file, "h", problem, size);

	if (file != NULL)
		fclose(file);
	return good;
}

/* Judges a history of one key; *kind (may be NULL): what it is called. */
static enum history_verdict history_judge(struct history *history, const bool *weak_lines, const char **kind, size_t *strict)
{
	static char sentence[1000];
	enum history_verdict verdict;
	size_t blamed = 0, of_all = 0;

	history_sort(history);
	const struct history_operation **operations = calloc(history->count + 1, sizeof(*operations));
	bool *weak = calloc(history->count + 1, sizeof(*weak));
	CU_ASSERT_FATAL(operations != NULL && weak != NULL);
	for (size_t i = 0; i < history->count; i++) {
		operations[i] = &history->operations[i];
		of_all += operations[i]->key == HISTORY_NONE;
	}
	for (size_t i = of_all; weak_lines != NULL && i < history->count; i++)
		weak[i - of_all] = weak_lines[operations[i]->line / 2 - 1]; /* a call and its answer each, from line 2 on */
	struct history_case this = {
		.weak = weak_lines == NULL ? NULL : weak, .operations = operations + of_all, .count = history->count - of_all,
		.value_count = history->values.count + 1, .of_all = operations, .of_all_count = of_all,
	};
	verdict = history->model->judge(&this, &blamed);
	if (verdict == HISTORY_VIOLATED && kind != NULL) {
		CU_ASSERT(history_shrink(history->model, &this, weak));
		this.weak = weak;
		CU_ASSERT_EQUAL(history->model->judge(&this, &blamed), HISTORY_VIOLATED);
		*kind = history->model->explain(&this, sentence, sizeof(sentence), &history->values, &history->clients);
		*strict = 0;
		for (size_t i = 0; i < this.count; i++)
			*strict += !weak[i];
	}
	free(operations);
	free(weak);
	return verdict;
}

/* Lines of one key k, shorthand: "TIME CLIENT call write a" gets its key. */
static int model_judged(const char *model, const char *lines, const char **kind, size_t *strict)
{
	static char text[TEXT_MAX];
	struct history history = {0};
	char problem[300] = "";
	int verdict = JUDGED_FAILED;

	snprintf(text, sizeof(text), "ais-history 1 %s\n%s", model, lines);
	if (text_read(&history, text, problem, sizeof(problem)))
		verdict = (int)history_judge(&history, NULL, kind, strict);
	else
		printf("%s\n", problem);
	history_clear(&history);
	return verdict;
}

static bool is_explained(const char *lines)
{
	return model_judged("register", lines, NULL, NULL) == HISTORY_EXPLAINED;
}

static bool loss_explains(const char *lines)
{
	return model_judged("asynchronous", lines, NULL, NULL) == HISTORY_EXPLAINED;
}

/* Violated, called that, with so many operations that exclude each other. */
static bool model_is_violated(const char *model, const char *lines, const char *as, size_t operations)
{
	const char *kind = "";
	size_t strict = 0;
	const int verdict = model_judged(model, lines, &kind, &strict);

	if (verdict == HISTORY_VIOLATED && strcmp(kind, as) == 0 && strict == operations)
		return true;
	printf("verdict %d, %s, %zu operations; expected %s, %zu\n", verdict, kind, strict, as, operations);
	return false;
}

static bool is_violated(const char *lines, const char *as, size_t operations)
{
	return model_is_violated("register", lines, as, operations);
}

static bool loss_does_not_explain(const char *lines, const char *as, size_t operations)
{
	return model_is_violated("asynchronous", lines, as, operations);
}

#define CREATED "1 w call create k a\n2 w answer ok\n"

/* --- By hand. --- */

static void sequence_is_explained(void)
{
	CU_ASSERT(is_explained("1 r call read k\n2 r answer absent\n3 w call write k a\n4 w answer absent\n5 w call create k a1\n6 w answer ok\n"
	                       "7 r call read k\n8 r answer ok a1\n9 w call create k b\n10 w answer exists\n11 w call write k c\n12 w answer ok\n"
	                       "13 r call read k\n14 r answer ok c\n15 w call delete k\n16 w answer ok\n17 w call delete k\n18 w answer absent\n"
	                       "19 r call read k\n20 r answer absent\n"));
}

static void overlapping_reads_may_see_either_value(void)
{
	CU_ASSERT(is_explained(CREATED "10 w call write k b\n11 r call read k\n12 r answer ok a\n13 s call read k\n14 s answer ok b\n20 w answer ok\n"));
}

static void stale_read_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "3 w call write k b\n4 w answer ok\n5 r call read k\n6 r answer ok a\n", "stale read", 2));
}

static void lost_write_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "5 r call read k\n6 r answer absent\n", "lost write", 2));
}

static void dirty_read_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "3 w call write k b\n4 w answer refused\n5 r call read k\n6 r answer ok b\n", "dirty read", 1));
}

static void resurrected_value_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "3 w call delete k\n4 w answer ok\n5 r call read k\n6 r answer ok a\n", "resurrected value", 2));
}

static void value_never_written_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "5 r call read k\n6 r answer ok z\n", "value never written", 1));
}

static void read_before_its_write_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "5 r call read k\n6 r answer ok b\n7 w call write k b\n8 w answer ok\n", "read before its write", 1));
}

static void readers_that_disagree_on_the_order_are_seen(void)
{
	CU_ASSERT(is_violated(CREATED "10 w call write k b\n11 r call read k\n12 r answer ok b\n13 s call read k\n14 s answer ok a\n20 w answer ok\n",
	                      "readers disagree on the order", 2));
}

static void order_that_two_clients_halve_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "10 v call write k b\n10 w call write k c\n20 v answer ok\n20 w answer ok\n"
	                      "21 r call read k\n22 r answer ok b\n23 s call read k\n24 s answer ok c\n", "readers disagree on the order", 2));
}

static void unknown_write_may_have_happened_or_not(void)
{
	CU_ASSERT(is_explained(CREATED "3 w call write k b\n4 w answer unknown\n5 r call read k\n6 r answer ok b\n"));
	CU_ASSERT(is_explained(CREATED "3 w call write k b\n4 w answer unknown\n5 r call read k\n6 r answer ok a\n"));
}

static void unknown_write_may_happen_late(void)
{
	CU_ASSERT(is_explained(CREATED "3 w call write k b\n4 w answer unknown\n5 r call read k\n6 r answer ok a\n7 r call read k\n8 r answer ok b\n"));
	CU_ASSERT(is_explained(CREATED "3 d call write k b\n5 r call read k\n6 r answer ok a\n7 w call write k c\n8 w answer ok\n9 r call read k\n"
	                       "10 r answer ok b\n"));
}

static void unknown_write_happens_at_most_once(void)
{
	CU_ASSERT(is_violated(CREATED "3 d call write k b\n5 r call read k\n6 r answer ok b\n7 w call write k c\n8 w answer ok\n9 r call read k\n"
	                      "10 r answer ok b\n", "stale read", 3));
}

static void unknown_delete_and_create_explain_what_follows(void)
{
	CU_ASSERT(is_explained(CREATED "3 d call delete k\n4 d answer unknown\n5 r call read k\n6 r answer ok a\n7 r call read k\n8 r answer absent\n"));
	CU_ASSERT(is_explained("1 c call create k a\n2 c answer unknown\n3 w call create k b\n4 w answer exists\n"));
	CU_ASSERT(is_explained("1 c call create k a\n2 c answer unknown\n3 w call create k b\n4 w answer ok\n"));
	CU_ASSERT(is_violated(CREATED "3 d call delete k\n4 d answer unknown\n5 r call read k\n6 r answer absent\n7 r call read k\n8 r answer ok a\n",
	                      "resurrected value", 2));
}

static void second_create_without_a_delete_is_seen(void)
{
	CU_ASSERT(is_violated(CREATED "3 v call create k b\n4 v answer ok\n", "created twice", 2));
}

static void change_of_an_absent_key_is_seen(void)
{
	CU_ASSERT(is_violated("1 w call write k a\n2 w answer ok\n", "change of an absent key", 1));
	CU_ASSERT(is_violated("1 w call create k a\n2 w answer exists\n", "key that nobody created", 1));
}

/* --- Asynchronous: what was answered may be taken back, while the active replica is lost. --- */

#define WRITTEN CREATED "3 w call write k b\n4 w answer ok\n"
#define LOST(begin, end) begin " x call lost\n" end " x answer ok\n"

static void without_a_loss_it_is_a_register(void)
{
	CU_ASSERT(loss_explains(WRITTEN "5 r call read k\n6 r answer ok b\n"));
	CU_ASSERT(loss_does_not_explain(WRITTEN "5 r call read k\n6 r answer ok a\n", "stale read", 2));
	CU_ASSERT(loss_does_not_explain(CREATED "5 r call read k\n6 r answer absent\n", "lost write", 2));
	CU_ASSERT(loss_does_not_explain(CREATED "3 w call write k b\n4 w answer refused\n5 r call read k\n6 r answer ok b\n", "dirty read", 1));
}

static void loss_takes_back_what_was_answered(void)
{
	CU_ASSERT(loss_explains(WRITTEN LOST("5", "7") "10 r call read k\n11 r answer ok a\n"));
	CU_ASSERT(loss_explains(WRITTEN LOST("5", "7") "10 r call read k\n11 r answer absent\n"));
	CU_ASSERT(loss_explains(WRITTEN LOST("5", "7") "10 r call read k\n11 r answer ok b\n"));
	CU_ASSERT(loss_explains(WRITTEN "5 w call delete k\n6 w answer ok\n" LOST("7", "9") "10 r call read k\n11 r answer ok b\n"));
	/* Any number of times, but once it is over the key stays. */
	CU_ASSERT(loss_explains(WRITTEN LOST("5", "40") "10 r call read k\n11 r answer ok a\n12 r call read k\n13 r answer ok b\n14 r call read k\n"
	                        "15 r answer absent\n"));
	CU_ASSERT(loss_does_not_explain(WRITTEN LOST("5", "7") "10 r call read k\n11 r answer ok a\n12 r call read k\n13 r answer ok b\n",
	                                "readers disagree on the order", 2));
}

static void loss_takes_back_nothing_answered_after_it(void)
{
	CU_ASSERT(loss_does_not_explain(CREATED LOST("2", "2") "3 w call write k b\n4 w answer ok\n5 r call read k\n6 r answer ok a\n", "stale read", 2));
	CU_ASSERT(loss_does_not_explain(WRITTEN "5 r call read k\n6 r answer ok a\n" LOST("7", "9"), "stale read", 2));
	CU_ASSERT(loss_does_not_explain(WRITTEN LOST("5", "7") "10 r call read k\n11 r answer ok z\n", "value never written", 1));
	CU_ASSERT(loss_does_not_explain(WRITTEN LOST("5", "7") "8 v call write k c\n10 r call read k\n11 r answer ok d\n12 w call write k d\n"
	                                "13 w answer ok\n", "read before its write", 1));
}

static void loss_takes_back_nothing_synchronized(void)
{
	CU_ASSERT(loss_does_not_explain(WRITTEN "5 w call synchronize k\n6 w answer ok\n" LOST("7", "9") "10 r call read k\n11 r answer ok a\n",
	                                "stale read", 3));
	CU_ASSERT(loss_does_not_explain(CREATED "5 w call synchronize k\n6 w answer ok\n" LOST("7", "9") "10 r call read k\n11 r answer absent\n",
	                                "lost write", 3));
	CU_ASSERT(loss_does_not_explain(WRITTEN "5 w call delete k\n6 w answer ok\n7 w call synchronize k\n8 w answer ok\n" LOST("9", "10")
	                                "11 r call read k\n12 r answer ok b\n", "resurrected value", 3));
	/* What came after that may be taken back, and what was written when it was called. */
	CU_ASSERT(loss_explains(CREATED "3 w call synchronize k\n4 w answer ok\n5 w call write k b\n6 w answer ok\n" LOST("7", "9")
	                        "10 r call read k\n11 r answer ok a\n"));
	CU_ASSERT(loss_explains(CREATED "3 w call write k b\n4 v call synchronize k\n5 w answer ok\n6 v answer ok\n" LOST("7", "9")
	                        "10 r call read k\n11 r answer ok a\n"));
	CU_ASSERT(loss_explains(WRITTEN "5 w call synchronize k\n6 w answer unknown\n" LOST("7", "9") "10 r call read k\n11 r answer ok a\n"));
	/* What was synchronized after a loss may be what that left. */
	CU_ASSERT(loss_explains(WRITTEN LOST("5", "6") "7 w call synchronize k\n8 w answer ok\n" "10 r call read k\n11 r answer ok a\n"));
}

/* --- Hostile text. --- */

static void malformed_line_names_its_place_and_what_was_expected(void)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"\n", "h:1: nothing in it"},
		{"ais-history 2 register\n", "h:1: format 2: format 1 expected"},
		{"ais-history 1 lock\n", "h:1: model lock: register or asynchronous expected"},
		{"1 w call read k\n", "h:1: no history: the first line"},
		{"ais-history 1 register\n1 w call\n", "h:2: the call ends too early"},
		{"ais-history 1 register\n1 w\n", "h:2: the line ends too early"},
		{"ais-history 1 register\n# x\n\n-1 w call read k\n", "h:4: time -1: nanoseconds"},
		{"ais-history 1 register\n9223372036854775807 w call read k\n", "h:2: time 9223372036854775807: nanoseconds"},
		{"ais-history 1 register\n1 w call swap k\n", "h:2: operation swap: one of read, write, create, delete expected"},
		{"ais-history 1 register\n1 w call lost\n", "h:2: operation lost: one of read"},
		{"ais-history 1 asynchronous\n1 w call lost k\n", "h:2: lost takes no key and no value"},
		{"ais-history 1 asynchronous\n1 w call synchronize\n", "h:2: synchronize takes a key and no value"},
		{"ais-history 1 register\n1 w call write k\n", "h:2: write takes a key and a value"},
		{"ais-history 1 register\n1 w call read k v\n", "h:2: read takes a key and no value"},
		{"ais-history 1 register\n1 w call read k v w x\n", "h:2: more than 6 words"},
		{"ais-history 1 register\n1 w shout read k\n", "h:2: shout: call or answer expected"},
		{"ais-history 1 register\n1 w answer ok\n", "h:2: an answer to client w, which has no call open"},
		{"ais-history 1 register\n1 w call read k\n2 w answer\n", "h:3: the answer ends too early"},
		{"ais-history 1 register\n1 w call read k\n2 w answer ok\n", "h:3: answer ok to read takes a value"},
		{"ais-history 1 register\n1 w call read k\n2 w answer exists\n", "h:3: answer exists to read: one of refused, unknown, ok, absent expected"},
		{"ais-history 1 register\n1 w call delete k\n2 w answer ok a\n", "h:3: answer ok to delete takes no value"},
		{"ais-history 1 register\n2 w call read k\n1 w answer absent\n", "h:3: client w: its time goes back from 2 to 1"},
		{"ais-history 1 register\n1 w call read k", "h:2: the last line is torn"},
		{"ais-history 1 register\n1 w call read \1\n", "h:2: byte 15 is the control character 0x01"},
		{"ais-history 1 register\r\n", "h:1: byte 23 is the control character 0x0d"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct history history = {0};
		char problem[300] = "";

		CU_ASSERT_FALSE(text_read(&history, cases[i].text, problem, sizeof(problem)));
		CU_ASSERT(strncmp(problem, cases[i].problem, strlen(cases[i].problem)) == 0);
		if (strncmp(problem, cases[i].problem, strlen(cases[i].problem)) != 0)
			printf("said: %s\nexpected: %s\n", problem, cases[i].problem);
		history_clear(&history);
	}
}

static void overlong_word_is_refused(void)
{
	char text[400], problem[300] = "";
	struct history history = {0};

	snprintf(text, sizeof(text), "ais-history 1 register\n1 w call read %0256d\n", 0);
	CU_ASSERT_FALSE(text_read(&history, text, problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "h:2: a word of 256 bytes: at most 255 expected"));
	history_clear(&history);
}

static void client_in_two_files_is_refused(void)
{
	char problem[300] = "";
	struct history history = {0};

	CU_ASSERT(text_read(&history, "ais-history 1 register\n1 w call read k\n", problem, sizeof(problem)));
	CU_ASSERT_FALSE(text_read(&history, "ais-history 1 register\n1 w call read k\n", problem, sizeof(problem)));
	CU_ASSERT_PTR_NOT_NULL(strstr(problem, "h:2: client w stands in h too"));
	history_clear(&history);
}

/* --- Chance. --- */

static uint64_t random_state;

static uint64_t chance(uint64_t bound)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1du >> 33) % bound;
}

enum { READ, WRITE, CREATE, DELETE };

/* Numbers are values; 0 is absent. */
struct small {
	int kind, value, client, outcome, answer; /* outcome as in history_operation */
	int64_t called, answered;
	bool weak; /* may be left out */
};

static bool takes_effect(const struct small *operation, int state, int *after)
{
	const bool unknown = operation->outcome == HISTORY_OUTCOME_UNKNOWN, ok = operation->outcome == 0;

	*after = state;
	switch (operation->kind) {
	case READ:
		return unknown || (ok ? state != 0 && state == operation->answer : state == 0);
	case CREATE:
		if (!ok && !unknown)
			return state != 0;
		*after = operation->value;
		return state == 0;
	default:
		if (!ok && !unknown)
			return state == 0;
		*after = operation->kind == WRITE ? operation->value : 0;
		return state != 0;
	}
}

/* A loss, and nothing is synchronized: between two operations the key becomes whatever a change that was called makes of it. NULL: none. */
struct small_loss {
	int64_t begin, end;
};

static bool has_order(const struct small *operations, int count, unsigned done, int state, const struct small_loss *loss, bool just_lost);

static bool has_order_after_loss(const struct small *operations, int count, unsigned done, int state, const struct small_loss *loss)
{
	int64_t latest = loss->end;

	for (int i = 0; i < count; i++) {
		if ((done >> i & 1) != 0 && operations[i].called > loss->end)
			return false; /* it is over */
		if ((done >> i & 1) == 0 && !operations[i].weak && operations[i].outcome < HISTORY_OUTCOME_REFUSED && operations[i].answered < latest)
			latest = operations[i].answered;
	}
	if (latest < loss->begin)
		return false; /* not yet */
	if (state != 0 && has_order(operations, count, done, 0, loss, true))
		return true;
	for (int i = 0; i < count; i++) {
		const struct small *it = &operations[i];
		const int made = it->kind == DELETE ? 0 : it->value;

		if (it->kind != READ && (it->outcome == 0 || it->outcome == HISTORY_OUTCOME_UNKNOWN) && it->called <= latest && made != state &&
		    has_order(operations, count, done, made, loss, true))
			return true;
	}
	return false;
}

/* Tries all orders. */
static bool has_order(const struct small *operations, int count, unsigned done, int state, const struct small_loss *loss, bool just_lost)
{
	bool complete = true;

	if (loss != NULL && !just_lost && has_order_after_loss(operations, count, done, state, loss))
		return true;

	for (int i = 0; i < count; i++) {
		const bool unknown = operations[i].outcome == HISTORY_OUTCOME_UNKNOWN || operations[i].weak;
		bool may = (done >> i & 1) == 0;
		int after;

		if (!may || operations[i].outcome == HISTORY_OUTCOME_REFUSED)
			continue;
		complete = complete && unknown;
		for (int k = 0; k < count && may; k++) {
			if ((done >> k & 1) != 0 && operations[i].weak && operations[i].outcome < HISTORY_OUTCOME_REFUSED &&
			    operations[k].called > operations[i].answered)
				may = false; /* its chance is over */
			if ((done >> k & 1) == 0 && !operations[k].weak && operations[k].outcome < HISTORY_OUTCOME_REFUSED && operations[k].answered < operations[i].called)
				may = false;
		}
		if (may && takes_effect(&operations[i], state, &after) && has_order(operations, count, done | 1u << i, after, loss, false))
			return true;
	}
	return complete;
}

static void small_text(const struct small *operations, int count, const struct small_loss *loss, char *text, size_t size)
{
	static const char *const kinds[] = {"read", "write", "create", "delete"};
	size_t used = (size_t)snprintf(text, size, "ais-history 1 %s\n", loss != NULL ? "asynchronous" : "register");

	for (int i = 0; i < count; i++) {
		const struct small *it = &operations[i];
		const char *refusal = it->kind == CREATE ? "exists" : "absent";

		used += (size_t)snprintf(text + used, size - used, "%" PRId64 " c%d call %s k", it->called, i, kinds[it->kind]);
		if (it->kind == WRITE || it->kind == CREATE)
			used += (size_t)snprintf(text + used, size - used, " v%d", it->value);
		used += (size_t)snprintf(text + used, size - used, "\n%" PRId64 " c%d answer ", it->answered, i);
		if (it->outcome == 0 && it->kind == READ)
			used += (size_t)snprintf(text + used, size - used, "ok v%d\n", it->answer);
		else
			used += (size_t)snprintf(text + used, size - used, "%s\n", it->outcome == 0 ? "ok" : it->outcome == 1 ? refusal :
			                         it->outcome == HISTORY_OUTCOME_REFUSED ? "refused" : "unknown");
	}
	if (loss != NULL)
		snprintf(text + used, size - used, "%" PRId64 " x call lost\n%" PRId64 " x answer ok\n", loss->begin, loss->end);
}

/* Mostly of the shape that clients make, so that about half of them have an order. */
static void small_draw(struct small *operations, int count, bool distinct)
{
	const int64_t spread = 4 + (int64_t)chance(40);

	for (int i = 0; i < count; i++) {
		struct small *it = &operations[i];
		const uint64_t outcome = chance(12);

		*it = (struct small){.kind = (int)chance(4), .called = (int64_t)chance((uint64_t)spread) * 2};
		it->answered = it->called + 1 + (int64_t)chance(8) * 2;
		it->value = distinct ? i + 1 : 1 + (int)chance(3);
		it->answer = 1 + (int)chance(distinct ? (uint64_t)count : 3);
		it->outcome = outcome < 8 ? 0 : outcome < 10 ? 1 : outcome == 10 ? HISTORY_OUTCOME_UNKNOWN : HISTORY_OUTCOME_REFUSED;
		if (outcome >= 7 && chance(2) == 0)
			it->outcome = HISTORY_OUTCOME_UNKNOWN;
	}
	if (chance(3) != 0)
		operations[0] = (struct small){.kind = CREATE, .value = 1, .called = 0, .answered = 1 + (int64_t)chance(4)};
}

/* Returns how many of them had an order. */
static unsigned all_orders_agree(uint64_t seed, unsigned rounds, bool distinct, bool with_weak, bool with_loss)
{
	bool weak[SMALL_MAX + 1];
	struct small operations[SMALL_MAX];
	char text[2000], problem[300] = "";
	unsigned ordered = 0;

	random_state = seed;
	for (unsigned round = 0; round < rounds; round++) {
		const int count = 2 + (int)chance(with_loss ? SMALL_LOSS_MAX - 1 : SMALL_MAX - 1);
		struct history history = {0};
		struct small_loss loss = {0};

		small_draw(operations, count, distinct);
		for (int i = 0; i < count; i++)
			weak[i] = operations[i].weak = with_weak && chance(3) == 0;
		if (with_loss)
			loss.begin = (int64_t)chance(60), loss.end = loss.begin + (int64_t)chance(12);
		small_text(operations, count, with_loss ? &loss : NULL, text, sizeof(text));
		const bool expected = has_order(operations, count, 0, 0, with_loss ? &loss : NULL, false);
		CU_ASSERT_FATAL(text_read(&history, text, problem, sizeof(problem)));
		const enum history_verdict verdict = history_judge(&history, weak, NULL, NULL);
		if (verdict != (expected ? HISTORY_EXPLAINED : HISTORY_VIOLATED)) {
			printf("round %u: verdict %d, by trying all orders %s\n%s", round, (int)verdict, expected ? "explained" : "violated", text);
			CU_FAIL("the judge and trying all orders differ");
			round = rounds;
		}
		ordered += expected;
		history_clear(&history);
	}
	return ordered;
}

static void judge_agrees_with_trying_all_orders(void)
{
	const unsigned ordered = all_orders_agree(1, 100000, true, false, false);

	CU_ASSERT(ordered > 5000 && ordered < 95000);
}

static void judge_agrees_with_trying_all_orders_where_values_come_twice(void)
{
	const unsigned ordered = all_orders_agree(2, 100000, false, false, false);

	CU_ASSERT(ordered > 5000 && ordered < 95000);
}

static void judge_agrees_with_trying_all_orders_where_operations_may_be_left_out(void)
{
	const unsigned ordered = all_orders_agree(3, 100000, true, true, false) + all_orders_agree(4, 100000, false, true, false);

	CU_ASSERT(ordered > 10000 && ordered < 190000);
}

static void judge_agrees_with_trying_all_orders_where_a_loss_takes_back(void)
{
	const unsigned ordered = all_orders_agree(5, 30000, true, false, true) + all_orders_agree(6, 30000, false, true, true);

	CU_ASSERT(ordered > 3000 && ordered < 57000);
}

/* --- Generated histories: clients of a true register, each operation taking effect somewhere between call and answer. --- */

enum { CLIENTS = 16, GENERATED = 20000 };

static void operation_fill(struct history_operation *it, int64_t called, int64_t answered, uint32_t client, uint32_t value)
{
	const uint64_t what = client < CLIENTS / 2 ? chance(10) : 9;

	*it = (struct history_operation){
		.called_ns = called, .answered_ns = answered, .client = client + 1, .key = 1, .file = 0, .line = 1,
		.kind = what < 6 ? WRITE : what < 7 ? CREATE : what < 8 ? DELETE : READ,
	};
	it->value = it->kind == WRITE || it->kind == CREATE ? value : HISTORY_NONE;
}

static void operation_answer(struct history_operation *it, uint32_t *state)
{
	const bool present = *state != HISTORY_NONE;
	const bool ok = it->kind == CREATE ? !present : present;

	it->outcome = ok ? 0 : 1;
	if (ok && it->kind == READ)
		it->answer_value = *state;
	else if (ok)
		*state = it->kind == DELETE ? HISTORY_NONE : it->value;
}

enum { LOSSES = 3, STATES_KEPT = 16, LOSSY = 240 };

/* One client's next operation is called after its last answer. They take effect in the order in which they are drawn here. `losses`, of LOSSES
 * (NULL: none): each takes the key back to a state that it had a while before. */
static struct history_operation *generate_with(uint64_t seed, size_t count, struct history_operation *losses)
{
	int64_t free_at[CLIENTS] = {0}, now = 1000;
	struct history_operation *operations = calloc(count, sizeof(*operations));
	uint32_t state = HISTORY_NONE, states[STATES_KEPT] = {HISTORY_NONE};

	CU_ASSERT_FATAL(operations != NULL);
	random_state = seed;
	for (size_t i = 0; i < count; i++) {
		uint32_t client = (uint32_t)chance(CLIENTS);

		now += 1 + (int64_t)chance(20); /* it takes effect */
		states[i % STATES_KEPT] = state;
		if (losses != NULL && i % (count / (LOSSES + 1)) == 0 && i > 0) {
			const size_t loss = i / (count / (LOSSES + 1)) - 1;

			if (loss < LOSSES) {
				losses[loss] = (struct history_operation){.called_ns = now - 3, .answered_ns = now};
				state = states[(i + 1 + (size_t)chance(STATES_KEPT - 1)) % STATES_KEPT];
			}
		}
		while (free_at[client] >= now - 1)
			client = (client + 1) % CLIENTS, now++;
		const int64_t earliest = free_at[client] > now - 200 ? free_at[client] : now - 200;
		const int64_t called = earliest + 1 + (int64_t)chance((uint64_t)(now - earliest));
		free_at[client] = now + (int64_t)chance(200);
		operation_fill(&operations[i], called, free_at[client], client, (uint32_t)i + 1);
		const uint64_t fate = chance(100);
		if (fate == 0) { /* it happened, and nobody was told */
			operation_answer(&operations[i], &state);
			operations[i].outcome = HISTORY_OUTCOME_UNKNOWN;
			operations[i].answer_value = HISTORY_NONE;
		} else if (fate < 3) { /* it did not */
			operations[i].outcome = fate == 1 ? HISTORY_OUTCOME_UNKNOWN : HISTORY_OUTCOME_REFUSED;
		} else {
			operation_answer(&operations[i], &state);
		}
	}
	return operations;
}

static struct history_operation *generate(uint64_t seed, size_t count)
{
	return generate_with(seed, count, NULL);
}

static enum history_verdict generated_judge_with(struct history_operation *operations, size_t count, const struct history_operation *losses,
                                                 size_t *strict)
{
	struct history history = {.model = &history_register, .operations = operations, .count = count};
	const struct history_operation *of_all[LOSSES];
	struct history_case this = {.count = count, .value_count = count + 2, .of_all = of_all, .of_all_count = losses == NULL ? 0 : LOSSES};
	const struct history_operation **pointers = calloc(count, sizeof(*pointers));
	bool *weak = calloc(count, sizeof(*weak));
	size_t blamed;

	CU_ASSERT_FATAL(pointers != NULL && weak != NULL);
	history_sort(&history);
	for (size_t i = 0; i < this.of_all_count; i++)
		of_all[i] = &losses[i];
	for (size_t i = 0; i < count; i++)
		pointers[i] = &operations[i];
	this.operations = pointers;
	const enum history_verdict verdict = history_register.judge(&this, &blamed);
	if (verdict == HISTORY_VIOLATED && strict != NULL) {
		CU_ASSERT(history_shrink(&history_register, &this, weak));
		this.weak = weak;
		CU_ASSERT_EQUAL(history_register.judge(&this, &blamed), HISTORY_VIOLATED);
		*strict = 0;
		for (size_t i = 0; i < count; i++)
			*strict += !weak[i];
	}
	free(pointers);
	free(weak);
	return verdict;
}

static enum history_verdict generated_judge(struct history_operation *operations, size_t count, size_t *strict)
{
	return generated_judge_with(operations, count, NULL, strict);
}

static void generated_histories_are_explained(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct history_operation *operations = generate(seed, GENERATED);

		CU_ASSERT_EQUAL(generated_judge(operations, GENERATED, NULL), HISTORY_EXPLAINED);
		free(operations);
	}
}

/* The value that was there, certainly gone before operation `index` was called; HISTORY_NONE: none is found. */
static uint32_t value_gone(const struct history_operation *operations, size_t index)
{
	for (size_t k = index; k-- > 0;) {
		const struct history_operation *over = &operations[k];

		if (over->kind == READ || over->kind == DELETE || over->outcome != 0 || over->answered_ns >= operations[index].called_ns)
			continue;
		for (size_t i = k; i-- > 0;) {
			const struct history_operation *first = &operations[i];

			if ((first->kind == WRITE || first->kind == CREATE) && first->outcome == 0 && first->answered_ns < over->called_ns)
				return first->value;
		}
	}
	return HISTORY_NONE;
}

/* `count`: there is none. */
static size_t a_read(const struct history_operation *operations, size_t count, size_t from)
{
	while (from < count && !(operations[from].kind == READ && operations[from].outcome == 0))
		from++;
	CU_ASSERT_FATAL(from < count || count < GENERATED);
	return from;
}

static void generated_histories_broken_on_purpose_are_seen(void)
{
	for (uint64_t seed = 11; seed <= 20; seed++) {
		struct history_operation *operations = generate(seed, GENERATED);
		const size_t read = a_read(operations, GENERATED, GENERATED / 4 + (size_t)chance(GENERATED / 2));
		size_t strict = 0;

		operations[read].answer_value = value_gone(operations, read);
		CU_ASSERT_FATAL(operations[read].answer_value != HISTORY_NONE);
		CU_ASSERT_EQUAL(generated_judge(operations, GENERATED, &strict), HISTORY_VIOLATED);
		CU_ASSERT(strict <= 4);
		free(operations);
	}
}

static void read_of_nothing_in_a_generated_history_is_seen(void)
{
	for (uint64_t seed = 21; seed <= 25; seed++) {
		struct history_operation *operations = generate(seed, GENERATED);
		const size_t read = a_read(operations, GENERATED, GENERATED / 2);

		operations[read].answer_value = GENERATED + 1; /* nobody writes it */
		CU_ASSERT_EQUAL(generated_judge(operations, GENERATED, NULL), HISTORY_VIOLATED);
		free(operations);
	}
}

static void generated_losses_are_explained_by_the_losses_alone(void)
{
	unsigned violated = 0;

	for (uint64_t seed = 31; seed <= 40; seed++) {
		struct history_operation losses[LOSSES];
		struct history_operation *operations = generate_with(seed, LOSSY, losses);

		CU_ASSERT_EQUAL(generated_judge_with(operations, LOSSY, losses, NULL), HISTORY_EXPLAINED);
		violated += generated_judge(operations, LOSSY, NULL) == HISTORY_VIOLATED;
		free(operations);
	}
	CU_ASSERT(violated >= 5); /* a loss may find the key as it was */
}

static void generated_histories_with_losses_broken_on_purpose_are_seen(void)
{
	unsigned seen = 0;

	for (uint64_t seed = 41; seed <= 60; seed++) {
		struct history_operation losses[LOSSES];
		struct history_operation *operations = generate_with(seed, LOSSY, losses);
		const size_t read = a_read(operations, LOSSY, LOSSY / (LOSSES + 1) * (1 + (size_t)chance(LOSSES - 1)) + 40); /* a while after a loss */
		const uint32_t gone = read == LOSSY ? HISTORY_NONE : value_gone(operations, read);
		size_t strict = 0;

		if (gone != HISTORY_NONE) {
			operations[read].answer_value = gone;
			seen += generated_judge_with(operations, LOSSY, losses, &strict) == HISTORY_VIOLATED && strict <= 5;
		}
		free(operations);
	}
	CU_ASSERT(seen >= 15); /* some have nothing to break there, or the loss explains it */
}

static const struct check_case cases[] = {
	{"a sequence of all operations is explained", sequence_is_explained},
	{"overlapping reads may see either value", overlapping_reads_may_see_either_value},
	{"a stale read is seen", stale_read_is_seen},
	{"a lost write is seen", lost_write_is_seen},
	{"a dirty read is seen", dirty_read_is_seen},
	{"a resurrected value is seen", resurrected_value_is_seen},
	{"a value never written is seen", value_never_written_is_seen},
	{"a read before its write is seen", read_before_its_write_is_seen},
	{"readers that disagree on the order are seen", readers_that_disagree_on_the_order_are_seen},
	{"an order that two clients halve is seen", order_that_two_clients_halve_is_seen},
	{"an unknown write may have happened or not", unknown_write_may_have_happened_or_not},
	{"an unknown write may happen late", unknown_write_may_happen_late},
	{"an unknown write happens at most once", unknown_write_happens_at_most_once},
	{"an unknown delete and create explain what follows, once", unknown_delete_and_create_explain_what_follows},
	{"a second create without a delete is seen", second_create_without_a_delete_is_seen},
	{"a change of an absent key is seen", change_of_an_absent_key_is_seen},
	{"asynchronous without a loss is a register", without_a_loss_it_is_a_register},
	{"a loss takes back what was answered", loss_takes_back_what_was_answered},
	{"a loss takes back nothing that was answered after it", loss_takes_back_nothing_answered_after_it},
	{"a loss takes back nothing that was synchronized", loss_takes_back_nothing_synchronized},
	{"a malformed line names its place and what was expected", malformed_line_names_its_place_and_what_was_expected},
	{"an overlong word is refused", overlong_word_is_refused},
	{"a client in two files is refused", client_in_two_files_is_refused},
	{"the judge agrees with trying all orders", judge_agrees_with_trying_all_orders},
	{"the judge agrees with trying all orders where values come twice", judge_agrees_with_trying_all_orders_where_values_come_twice},
	{"the judge agrees with trying all orders where operations may be left out", judge_agrees_with_trying_all_orders_where_operations_may_be_left_out},
	{"the judge agrees with trying all orders where a loss takes back", judge_agrees_with_trying_all_orders_where_a_loss_takes_back},
	{"generated histories are explained", generated_histories_are_explained},
	{"generated histories broken on purpose are seen, in four operations at most", generated_histories_broken_on_purpose_are_seen},
	{"generated losses are explained, and by nothing else", generated_losses_are_explained_by_the_losses_alone},
	{"generated histories with losses broken on purpose are seen", generated_histories_with_losses_broken_on_purpose_are_seen},
	{"a read of nothing in a generated history is seen", read_of_nothing_in_a_generated_history_is_seen},
};

int main(void)
{
	return check_run("history", cases, sizeof(cases) / sizeof(cases[0]));
}
