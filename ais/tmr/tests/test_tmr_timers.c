/* Unit tests of tmr_timers on virtual clocks: nothing here takes time, and the wall clock is set at will. */
#include "conformance/check/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "ais/tmr/tmr_timers.h"

static const int64_t ms = 1000000;
static const int64_t wall_start = INT64_C(1700000000000000000), steady_start = INT64_C(5000000000);

struct fixture {
	struct tmr_timers timers;
	struct tmr_now now;
	char seen[400]; /* "a1 b3": data and count, in order */
};

static struct fixture at;

static void fixture_begin(void)
{
	at = (struct fixture){.now = {{[TMR_STEADY] = steady_start, [TMR_WALL] = wall_start}}};
	tmr_timers_init(&at.timers, 0x1234567890abcdef, at.now);
}

static void fixture_end(void)
{
	tmr_timers_clear(&at.timers);
}

static void pass(int64_t ns)
{
	at.now.at[TMR_STEADY] += ns;
	at.now.at[TMR_WALL] += ns;
}

static void set_wall(int64_t by_ns)
{
	at.now.at[TMR_WALL] += by_ns;
}

static SaAisErrorT start_with(SaTmrTimeTypeT type, int64_t first, int64_t period, const char *data, SaTmrTimerIdT *id)
{
	return tmr_start(&at.timers, at.now, &(SaTmrTimerAttributesT){type, first, period}, data, id);
}

static SaTmrTimerIdT start(SaTmrTimeTypeT type, int64_t first, int64_t period, const char *data)
{
	SaTmrTimerIdT id = 0;

	CU_ASSERT_EQUAL_FATAL(start_with(type, first, period, data, &id), SA_AIS_OK);
	return id;
}

/* Dispatches all that is due now. */
static const char *dispatch(void)
{
	struct tmr_expired expired;
	const int64_t until = at.now.at[TMR_STEADY];

	at.seen[0] = '\0';
	while (tmr_expire(&at.timers, at.now, until, &expired)) {
		const size_t size = strlen(at.seen);
		snprintf(at.seen + size, sizeof at.seen - size, "%s%s%llu", size == 0 ? "" : " ", (const char *)expired.data,
		         (unsigned long long)expired.count);
	}
	return at.seen;
}

static int64_t remaining(SaTmrTimerIdT id)
{
	SaTimeT ns = -1;

	CU_ASSERT_EQUAL(tmr_remaining(&at.timers, at.now, id, &ns), SA_AIS_OK);
	return ns;
}

static SaAisErrorT reschedule(SaTmrTimerIdT id, SaTmrTimeTypeT type, int64_t first, int64_t period)
{
	return tmr_reschedule(&at.timers, at.now, id, &(SaTmrTimerAttributesT){type, first, period});
}

/* TMR-016 */
static void single_event_expires_once_at_its_time_and_is_gone(void)
{
	fixture_begin();
	SaTimeT ns = -1;
	const SaTmrTimerIdT id = start(SA_TIME_DURATION, 100 * ms, 0, "a");

	pass(100 * ms - 1);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	pass(1);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	CU_ASSERT_EQUAL(tmr_remaining(&at.timers, at.now, id, &ns), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(ns, -1);
	CU_ASSERT_EQUAL(at.timers.count, 0);
	fixture_end();
}

/* TMR-018, -019, -039 */
static void periodic_expires_first_then_each_period(void)
{
	fixture_begin();
	start(SA_TIME_DURATION, 300 * ms, 50 * ms, "a");
	pass(300 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	pass(50 * ms - 1);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	pass(1);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a2");
	pass(50 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a3");
	fixture_end();
}

/* TMR-038, -040 */
static void missed_periods_are_merged_and_the_grid_stays(void)
{
	fixture_begin();
	const SaTmrTimerIdT id = start(SA_TIME_DURATION, 20 * ms, 20 * ms, "a");

	pass(207 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a10");
	CU_ASSERT_EQUAL(remaining(id), 13 * ms);
	pass(13 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a11");
	fixture_end();
}

static void the_shortest_period_over_years_neither_wraps_nor_hangs(void)
{
	fixture_begin();
	start(SA_TIME_DURATION, 1, 1, "a");
	pass(10 * 365 * SA_TIME_ONE_DAY);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a315360000000000000");
	fixture_end();
}

/* TMR-037 */
static void expirations_come_in_their_order_over_both_clocks(void)
{
	fixture_begin();
	start(SA_TIME_DURATION, 30 * ms, 0, "c");
	start(SA_TIME_ABSOLUTE, wall_start + 20 * ms, 0, "b");
	start(SA_TIME_DURATION, 10 * ms, 0, "a");
	start(SA_TIME_ABSOLUTE, wall_start + 40 * ms, 0, "d");
	pass(50 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1 b1 c1 d1");
	fixture_end();
}

static void equal_times_come_in_the_order_of_their_start(void)
{
	fixture_begin();
	start(SA_TIME_DURATION, 10 * ms, 0, "a");
	start(SA_TIME_DURATION, 10 * ms, 0, "b");
	start(SA_TIME_DURATION, 10 * ms, 0, "c");
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1 b1 c1");
	fixture_end();
}

/* What became due after the dispatch began waits for the next: DISPATCH_ALL ends. */
static void a_dispatch_takes_what_was_due_as_it_began(void)
{
	fixture_begin();
	struct tmr_expired expired;

	start(SA_TIME_DURATION, 10 * ms, 1, "a");
	pass(10 * ms);
	const int64_t until = at.now.at[TMR_STEADY];
	CU_ASSERT_TRUE(tmr_expire(&at.timers, at.now, until, &expired));
	pass(1 * ms);
	CU_ASSERT_FALSE(tmr_expire(&at.timers, at.now, until, &expired));
	fixture_end();
}

/* A dispatch reads the clock as it begins, and again for each callback: by then time has passed. */
static void what_a_step_made_due_is_due_as_the_dispatch_begins(void)
{
	fixture_begin();
	struct tmr_expired expired;

	start(SA_TIME_ABSOLUTE, wall_start + 30 * SA_TIME_ONE_MINUTE, SA_TIME_ONE_HOUR, "a");
	pass(10 * ms);
	set_wall(SA_TIME_ONE_HOUR);
	const int64_t until = at.now.at[TMR_STEADY];
	tmr_settle(&at.timers, at.now);
	pass(1);
	CU_ASSERT_TRUE_FATAL(tmr_expire(&at.timers, at.now, until, &expired));
	CU_ASSERT_EQUAL(expired.count, 1);
	fixture_end();
}

/* TMR-021 to -027 */
static void attributes_are_checked(void)
{
	fixture_begin();
	static const struct {
		SaTmrTimeTypeT type;
		int64_t first, period;
	} refused[] = {
		{(SaTmrTimeTypeT)0, 1, 0}, {(SaTmrTimeTypeT)3, 1, 0}, {SA_TIME_DURATION, -1, 0}, {SA_TIME_DURATION, 1, -1},
		{SA_TIME_ABSOLUTE, INT64_C(1700000000000000001), -1}, {SA_TIME_DURATION, 0, 0}, {SA_TIME_DURATION, 0, 5}, {SA_TIME_ABSOLUTE, 0, 0},
		{SA_TIME_ABSOLUTE, INT64_C(1700000000000000000), 0}, {SA_TIME_DURATION, SA_TIME_MAX, 0},
		{SA_TIME_DURATION, SA_TIME_MAX - INT64_C(1700000000000000000) + 1, 0}, {SA_TIME_DURATION, INT64_MIN, 0}, {SA_TIME_ABSOLUTE, INT64_MIN, 0},
	};
	const SaTmrTimerIdT kept = start(SA_TIME_DURATION, 5 * ms, 0, "k");

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		SaTmrTimerIdT id = 77;
		CU_ASSERT_EQUAL(start_with(refused[i].type, refused[i].first, refused[i].period, "x", &id), SA_AIS_ERR_INVALID_PARAM);
		CU_ASSERT_EQUAL(id, 77);
		CU_ASSERT_EQUAL(reschedule(kept, refused[i].type, refused[i].first, refused[i].period), SA_AIS_ERR_INVALID_PARAM);
	}
	start(SA_TIME_DURATION, SA_TIME_MAX - wall_start, 0, "l");
	start(SA_TIME_ABSOLUTE, SA_TIME_MAX, 0, "m");
	start(SA_TIME_ABSOLUTE, SA_TIME_MAX, SA_TIME_MAX, "n");
	pass(5 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "k1");
	pass(100 * 365 * SA_TIME_ONE_DAY);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	fixture_end();
}

/* TMR-033, -062, -063, -084 */
static void ids_are_new_each_time_and_strange_to_other_handles(void)
{
	fixture_begin();
	struct tmr_timers other;
	const void *data;
	SaTmrTimerIdT before = 0;

	tmr_timers_init(&other, 0xfedcba0987654321, at.now);
	for (int i = 0; i < 1000; i++) {
		const SaTmrTimerIdT id = start(SA_TIME_DURATION, 5 * ms, 0, "a");
		CU_ASSERT_TRUE_FATAL(id != 0 && id != before);
		CU_ASSERT_EQUAL(tmr_cancel(&other, id, &data), SA_AIS_ERR_NOT_EXIST);
		CU_ASSERT_EQUAL(tmr_cancel(&at.timers, id, &data), SA_AIS_OK);
		CU_ASSERT_EQUAL(tmr_cancel(&at.timers, id, &data), SA_AIS_ERR_NOT_EXIST);
		before = id;
	}
	CU_ASSERT_EQUAL(tmr_cancel(&at.timers, 0, &data), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(tmr_cancel(&at.timers, 0x1234567890abcdef, &data), SA_AIS_ERR_NOT_EXIST);
	tmr_timers_clear(&other);
	fixture_end();
}

/* TMR-044, -045, -046 */
static void reschedule_replaces_the_time(void)
{
	fixture_begin();
	const SaTmrTimerIdT id = start(SA_TIME_DURATION, 100 * ms, 0, "a");
	SaTmrTimerAttributesT attributes;

	CU_ASSERT_EQUAL(reschedule(id, SA_TIME_ABSOLUTE, wall_start + 300 * ms, 0), SA_AIS_OK);
	pass(200 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	CU_ASSERT_EQUAL(tmr_attributes(&at.timers, id, &attributes), SA_AIS_OK);
	CU_ASSERT_EQUAL(attributes.type, SA_TIME_ABSOLUTE);
	CU_ASSERT_EQUAL(attributes.initialExpirationTime, wall_start + 300 * ms);
	CU_ASSERT_EQUAL(reschedule(id, SA_TIME_DURATION, 10 * ms, 0), SA_AIS_OK);
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	fixture_end();
}

/* TMR-048, -049 */
static void reschedule_keeps_the_kind(void)
{
	fixture_begin();
	const SaTmrTimerIdT one = start(SA_TIME_DURATION, 10 * ms, 0, "a"), many = start(SA_TIME_DURATION, 10 * ms, 10 * ms, "b");

	CU_ASSERT_EQUAL(reschedule(one, SA_TIME_DURATION, 50 * ms, 1), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(reschedule(many, SA_TIME_DURATION, 50 * ms, 0), SA_AIS_ERR_INVALID_PARAM);
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1 b1");
	fixture_end();
}

/* TMR-053, -054, -055 */
static void reschedule_of_what_has_expired(void)
{
	fixture_begin();
	const SaTmrTimerIdT one = start(SA_TIME_DURATION, 10 * ms, 0, "a"), many = start(SA_TIME_DURATION, 10 * ms, 10 * ms, "b");

	pass(35 * ms);
	CU_ASSERT_EQUAL(reschedule(one, SA_TIME_DURATION, 50 * ms, 0), SA_AIS_ERR_NOT_EXIST);
	CU_ASSERT_EQUAL(reschedule(many, SA_TIME_DURATION, 50 * ms, 7 * ms), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	pass(50 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "b4");
	pass(7 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "b5");
	fixture_end();
}

/* TMR-056, -059 */
static void cancel_gives_the_data_back_even_when_it_has_expired(void)
{
	fixture_begin();
	const SaTmrTimerIdT running = start(SA_TIME_DURATION, 50 * ms, 0, "a"), expired = start(SA_TIME_DURATION, 10 * ms, 0, "b");
	const void *data = NULL;

	pass(10 * ms);
	CU_ASSERT_EQUAL(tmr_cancel(&at.timers, running, &data), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(data, "a");
	CU_ASSERT_EQUAL(tmr_cancel(&at.timers, expired, &data), SA_AIS_OK);
	CU_ASSERT_STRING_EQUAL(data, "b");
	CU_ASSERT_EQUAL(tmr_due(&at.timers, TMR_STEADY), SA_TIME_MAX);
	pass(100 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	fixture_end();
}

/* TMR-064, -065, -068, -069 */
static void skip_leaves_out_the_next_and_counts_it_not(void)
{
	fixture_begin();
	const SaTmrTimerIdT id = start(SA_TIME_DURATION, 10 * ms, 10 * ms, "a");

	CU_ASSERT_EQUAL(tmr_skip(&at.timers, at.now, id), SA_AIS_OK);
	CU_ASSERT_EQUAL(remaining(id), 20 * ms);
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(tmr_skip(&at.timers, at.now, id), SA_AIS_OK);
	pass(30 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	pass(10 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a2");
	fixture_end();
}

/* TMR-066, -070 */
static void skip_with_one_pending_and_skip_of_a_single_event(void)
{
	fixture_begin();
	const SaTmrTimerIdT many = start(SA_TIME_DURATION, 10 * ms, 10 * ms, "a"), one = start(SA_TIME_DURATION, 50 * ms, 0, "b");

	CU_ASSERT_EQUAL(tmr_skip(&at.timers, at.now, one), SA_AIS_ERR_NOT_EXIST);
	pass(12 * ms);
	CU_ASSERT_EQUAL(remaining(many), 0);
	CU_ASSERT_EQUAL(tmr_skip(&at.timers, at.now, many), SA_AIS_OK);
	CU_ASSERT_EQUAL(remaining(many), 18 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	pass(18 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a2");
	CU_ASSERT_EQUAL(remaining(one), 20 * ms);
	fixture_end();
}

static void skip_of_an_endless_period_ends_the_expirations(void)
{
	fixture_begin();
	const SaTmrTimerIdT id = start(SA_TIME_DURATION, 10 * ms, SA_TIME_MAX, "a");

	pass(10 * ms);
	CU_ASSERT_EQUAL(tmr_skip(&at.timers, at.now, id), SA_AIS_OK);
	pass(200 * 365 * SA_TIME_ONE_DAY);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	fixture_end();
}

/* TMR-085: what stands on the wall clock follows it when it is set, forwards and backwards; nothing else does. */
static void a_step_of_the_wall_clock_moves_absolute_timers_alone(void)
{
	fixture_begin();
	const SaTmrTimerIdT absolute = start(SA_TIME_ABSOLUTE, wall_start + SA_TIME_ONE_HOUR, 0, "a");
	const SaTmrTimerIdT duration = start(SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0, "d");

	set_wall(-SA_TIME_ONE_HOUR);
	CU_ASSERT_EQUAL(remaining(absolute), 2 * SA_TIME_ONE_HOUR);
	CU_ASSERT_EQUAL(remaining(duration), SA_TIME_ONE_HOUR);
	pass(SA_TIME_ONE_HOUR);
	CU_ASSERT_STRING_EQUAL(dispatch(), "d1");
	set_wall(2 * SA_TIME_ONE_HOUR);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	fixture_end();
}

/* TMR-020: after its first expiration on the wall clock a timer goes on by its period, whatever the wall clock does. */
static void periods_of_an_absolute_timer_are_durations(void)
{
	fixture_begin();
	start(SA_TIME_ABSOLUTE, wall_start + 10 * ms, 10 * ms, "a");
	pass(14 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	set_wall(-SA_TIME_ONE_DAY);
	pass(6 * ms);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a2");
	set_wall(2 * SA_TIME_ONE_DAY);
	CU_ASSERT_STRING_EQUAL(dispatch(), "");
	fixture_end();
}

/* A step is no time that passed: the first expiration is due, and no period after it is counted. */
static void a_step_over_the_first_expiration_counts_no_periods(void)
{
	fixture_begin();
	const SaTmrTimerIdT id = start(SA_TIME_ABSOLUTE, wall_start + SA_TIME_ONE_HOUR, SA_TIME_ONE_SECOND, "a");

	pass(SA_TIME_ONE_MINUTE);
	set_wall(2 * SA_TIME_ONE_HOUR);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a1");
	CU_ASSERT_EQUAL(remaining(id), SA_TIME_ONE_SECOND);
	fixture_end();
}

static void an_absolute_timer_that_was_missed_for_long_counts_its_periods(void)
{
	fixture_begin();
	start(SA_TIME_ABSOLUTE, wall_start + 10 * SA_TIME_ONE_SECOND, SA_TIME_ONE_SECOND, "a");
	pass(15 * SA_TIME_ONE_SECOND);
	CU_ASSERT_STRING_EQUAL(dispatch(), "a6");
	fixture_end();
}

/* --- against a list that is searched --- */

enum { MODEL_TIMERS = 40, MODEL_STEPS = 20000 };

struct model_timer {
	SaTmrTimerIdT id;
	int64_t due, period;
	uint64_t count;
};

static uint64_t chance(uint64_t *state, uint64_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*state >> 33) % below;
}

static void model_dispatch(struct model_timer *model)
{
	const int64_t now = at.now.at[TMR_STEADY];
	struct tmr_expired expired;
	int64_t before = 0;

	while (tmr_expire(&at.timers, at.now, now, &expired)) {
		struct model_timer *timer = &model[(const char *)expired.data - (const char *)0];
		CU_ASSERT_EQUAL_FATAL(timer->id, expired.id);
		CU_ASSERT_TRUE_FATAL(timer->due >= before && timer->due <= now);
		before = timer->due;
		const int64_t passed = timer->period == 0 ? 1 : 1 + (now - timer->due) / timer->period;
		timer->count += (uint64_t)passed;
		CU_ASSERT_EQUAL_FATAL(timer->count, expired.count);
		timer->due += passed * timer->period;
		if (timer->period == 0)
			timer->id = 0;
	}
	for (int i = 0; i < MODEL_TIMERS; i++)
		CU_ASSERT_TRUE_FATAL(model[i].id == 0 || model[i].due > now);
}

/* Any calls in any order: the heap agrees with the list on who is due, in which order, and with which count. */
static void chance_agrees_with_a_plain_list(void)
{
	fixture_begin();
	struct model_timer model[MODEL_TIMERS] = {0};
	uint64_t seed = 1;
	const void *data;

	for (int step = 0; step < MODEL_STEPS; step++) {
		const size_t which = chance(&seed, MODEL_TIMERS);
		struct model_timer *timer = &model[which];
		const int64_t first = 1 + (int64_t)chance(&seed, 1000), period = chance(&seed, 2) == 0 ? 0 : 1 + (int64_t)chance(&seed, 300);
		if (timer->id == 0) {
			*timer = (struct model_timer){.id = start(SA_TIME_DURATION, first, period, (const char *)which),
			                              .due = at.now.at[TMR_STEADY] + first, .period = period};
		} else if (chance(&seed, 3) == 0) {
			CU_ASSERT_EQUAL_FATAL(tmr_cancel(&at.timers, timer->id, &data), SA_AIS_OK);
			timer->id = 0;
		} else if (timer->period > 0 && chance(&seed, 2) == 0) {
			CU_ASSERT_EQUAL_FATAL(tmr_skip(&at.timers, at.now, timer->id), SA_AIS_OK);
			timer->due += timer->period;
		} else {
			CU_ASSERT_EQUAL_FATAL(reschedule(timer->id, SA_TIME_DURATION, first, timer->period), SA_AIS_OK);
			timer->due = at.now.at[TMR_STEADY] + first;
		}
		pass((int64_t)chance(&seed, 40));
		model_dispatch(model);
	}
	fixture_end();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"single event expires once at its time and is gone", single_event_expires_once_at_its_time_and_is_gone},
		{"periodic expires first then each period", periodic_expires_first_then_each_period},
		{"missed periods are merged and the grid stays", missed_periods_are_merged_and_the_grid_stays},
		{"the shortest period over years neither wraps nor hangs", the_shortest_period_over_years_neither_wraps_nor_hangs},
		{"expirations come in their order over both clocks", expirations_come_in_their_order_over_both_clocks},
		{"equal times come in the order of their start", equal_times_come_in_the_order_of_their_start},
		{"a dispatch takes what was due as it began", a_dispatch_takes_what_was_due_as_it_began},
		{"what a step made due is due as the dispatch begins", what_a_step_made_due_is_due_as_the_dispatch_begins},
		{"attributes are checked", attributes_are_checked},
		{"ids are new each time and strange to other handles", ids_are_new_each_time_and_strange_to_other_handles},
		{"reschedule replaces the time", reschedule_replaces_the_time},
		{"reschedule keeps the kind", reschedule_keeps_the_kind},
		{"reschedule of what has expired", reschedule_of_what_has_expired},
		{"cancel gives the data back even when it has expired", cancel_gives_the_data_back_even_when_it_has_expired},
		{"skip leaves out the next and counts it not", skip_leaves_out_the_next_and_counts_it_not},
		{"skip with one pending and skip of a single event", skip_with_one_pending_and_skip_of_a_single_event},
		{"skip of an endless period ends the expirations", skip_of_an_endless_period_ends_the_expirations},
		{"a step of the wall clock moves absolute timers alone", a_step_of_the_wall_clock_moves_absolute_timers_alone},
		{"periods of an absolute timer are durations", periods_of_an_absolute_timer_are_durations},
		{"a step over the first expiration counts no periods", a_step_over_the_first_expiration_counts_no_periods},
		{"an absolute timer that was missed for long counts its periods", an_absolute_timer_that_was_missed_for_long_counts_its_periods},
		{"chance agrees with a plain list", chance_agrees_with_a_plain_list},
	};
	return check_run("tmr_timers", cases, sizeof cases / sizeof *cases);
}
