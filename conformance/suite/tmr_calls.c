/* TMR assertions: reschedule, cancel, skip, what can be asked, clocks, scale. */
#include "conformance/suite/tmr.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "conformance/suite/assertions.h"

static const SaTmrHandleT never_issued = 0x1122334455667788;
static const SaTmrTimerIdT strange_id = 0x7766554433221100;
static const char data_one, data_two;

static const SaTimeT ms = SA_TIME_ONE_MILLISECOND;

static SaAisErrorT cancel(struct tmr *tmr, SaTmrTimerIdT id, void **data)
{
	return tmr->api.cancel(tmr->handle, id, data);
}

static void stays_quiet(struct tmr *tmr, double seconds)
{
	test_true(tmr->test, !descriptor_readable(tmr->descriptor, (int64_t)(seconds * 1e9)), "nothing expires in %g s", seconds);
}

/* --- reschedule --- */

void TMR_044(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerIdT id;
	int64_t before;
	SaAisErrorT error;

	/* A machine that stalls for a second between the two calls finds it expired: once more then. */
	do {
		before = now_ns();
		id = tmr_start_duration(&tmr, 1, 0, &data_one);
		error = tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, 1500 * ms, 0);
	} while (error == SA_AIS_ERR_NOT_EXIST && now_ns() - before >= SA_TIME_ONE_SECOND && cancel(&tmr, id, &(void *){NULL}) == SA_AIS_OK);
	test_code(test, error, SA_AIS_OK, "saTmrTimerReschedule");
	tmr_dispatch_until(&tmr, 1);
	test_true(test, tmr_seen.calls[0].at_ns - before >= 1500000000, "not before the later time");
	test_true(test, tmr_seen.calls[0].id == id && tmr_seen.calls[0].data == &data_one, "id and data stayed");
	stays_quiet(&tmr, 0.05);
}

void TMR_045(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, NULL);

	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, 10 * ms, 0), SA_AIS_OK, "saTmrTimerReschedule");
	tmr_dispatch_until(&tmr, 1);
}

static void attributes_are(struct tmr *tmr, SaTmrTimerIdT id, SaTmrTimeTypeT type, SaTimeT first, SaTimeT period)
{
	SaTmrTimerAttributesT got;

	memset(&got, 0xa5, sizeof got);
	test_code(tmr->test, tmr->api.attributes_get(tmr->handle, id, &got), SA_AIS_OK, "saTmrTimerAttributesGet");
	test_equal(tmr->test, got.type, type, "type");
	test_equal(tmr->test, (uint64_t)got.initialExpirationTime, (uint64_t)first, "initialExpirationTime");
	test_equal(tmr->test, (uint64_t)got.timerPeriodDuration, (uint64_t)period, "timerPeriodDuration");
}

void TMR_046(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, NULL);
	const SaTimeT tomorrow = tmr_time(&tmr) + SA_TIME_ONE_DAY;

	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_ABSOLUTE, tomorrow, 0), SA_AIS_OK, "to ABSOLUTE");
	attributes_are(&tmr, id, SA_TIME_ABSOLUTE, tomorrow, 0);
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_MINUTE, 0), SA_AIS_OK, "back to DURATION");
	attributes_are(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_MINUTE, 0);
	test_true(test, tmr_remaining(&tmr, id) <= SA_TIME_ONE_MINUTE, "and the new one is in force");
}

void TMR_047(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0};
	SaTmrTimerIdT id;
	SaTimeT started = -1, rescheduled = -1;

	test_code(test, tmr.api.start(tmr.handle, &attributes, NULL, &id, &started), SA_AIS_OK, "saTmrTimerStart");
	test_code(test, tmr.api.reschedule(tmr.handle, id, &attributes, &rescheduled), SA_AIS_OK, "saTmrTimerReschedule");
	test_true(test, rescheduled >= started && started > 0, "callTime %lld is not before Start's", (long long)rescheduled);
}

void TMR_048(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 30 * ms, 30 * ms, NULL);

	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_INVALID_PARAM, "periodic to single event");
	attributes_are(&tmr, id, SA_TIME_DURATION, 30 * ms, 30 * ms);
	tmr_dispatch_until(&tmr, 2);
}

void TMR_049(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerIdT id;
	SaAisErrorT error;
	int64_t before;

	/* A machine that stalls for a second between the two calls finds it expired: once more then. */
	do {
		before = now_ns();
		id = tmr_start(&tmr, SA_TIME_DURATION, 1000 * ms, 0, NULL);
		error = tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 1);
	} while (now_ns() - before >= SA_TIME_ONE_SECOND && cancel(&tmr, id, &(void *){NULL}) == SA_AIS_OK);
	test_code(test, error, SA_AIS_ERR_INVALID_PARAM, "single event to periodic");
	attributes_are(&tmr, id, SA_TIME_DURATION, 1000 * ms, 0);
	tmr_dispatch_until(&tmr, 1);
	test_true(test, tmr_seen.calls[0].id == id && tmr_seen.calls[0].count == 1, "it expired, once");
	test_code(test, cancel(&tmr, id, &(void *){NULL}), SA_AIS_ERR_NOT_EXIST, "it is a single event timer still: saTmrTimerCancel");
}

void TMR_050(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 30 * ms, 0, NULL);
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0};
	SaTimeT at;

	test_code(test, tmr.api.reschedule(tmr.handle, id, NULL, &at), SA_AIS_ERR_INVALID_PARAM, "attributes NULL");
	test_code(test, tmr.api.reschedule(tmr.handle, id, &attributes, NULL), SA_AIS_ERR_INVALID_PARAM, "callTime NULL");
	test_code(test, tmr_reschedule_code(&tmr, id, (SaTmrTimeTypeT)0, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_INVALID_PARAM, "type 0");
	test_code(test, tmr_reschedule_code(&tmr, id, (SaTmrTimeTypeT)3, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_INVALID_PARAM, "type 3");
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, -1, 0), SA_AIS_ERR_INVALID_PARAM, "a negative expiration");
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, -1), SA_AIS_ERR_INVALID_PARAM, "a negative period");
	tmr_dispatch_until(&tmr, 1);
}

void TMR_051(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, NULL);

	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, 0, 0), SA_AIS_ERR_INVALID_PARAM, "duration 0");
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_ABSOLUTE, tmr_time(&tmr) - SA_TIME_ONE_SECOND, 0), SA_AIS_ERR_INVALID_PARAM,
	          "absolute, a second ago");
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_MAX, 0), SA_AIS_ERR_INVALID_PARAM, "duration SA_TIME_MAX");
}

void TMR_052(struct test *test)
{
	struct tmr tmr = tmr_begin(test), bad = tmr;
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, NULL), live = tmr_start_duration(&tmr, 3600, 0, NULL);
	void *data;

	test_code(test, tmr_reschedule_code(&tmr, strange_id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_NOT_EXIST, "an unknown id");
	test_code(test, cancel(&tmr, id, &data), SA_AIS_OK, "saTmrTimerCancel");
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_NOT_EXIST, "a cancelled id");
	bad.handle = never_issued;
	test_code(test, tmr_reschedule_code(&bad, live, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	test_code(test, tmr_reschedule_code(&tmr, live, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_BAD_HANDLE, "a finalized handle");
}

void TMR_053(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 0, NULL);

	tmr_wait_expired(&tmr);
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_NOT_EXIST, "expired, not dispatched");
	tmr_dispatch_until(&tmr, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "its callback came: the id");
}

void TMR_054(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 3600, NULL);

	tmr_wait_expired(&tmr);
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, SA_TIME_ONE_HOUR), SA_AIS_OK, "expired, not dispatched");
	test_true(test, tmr_is_quiet(&tmr), "nothing waits any more");
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 0, "callbacks");
}

void TMR_055(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 3600, NULL);

	tmr_dispatch_until(&tmr, 1);
	test_code(test, tmr_reschedule_code(&tmr, id, SA_TIME_DURATION, 2 * ms, SA_TIME_ONE_HOUR), SA_AIS_OK, "saTmrTimerReschedule");
	tmr_dispatch_until(&tmr, 2);
	test_equal(test, tmr_seen.calls[1].count, 2, "expirationCount");
}

/* --- cancel --- */

void TMR_056(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.1, 0, &data_one);
	void *data = NULL;

	test_code(test, cancel(&tmr, id, &data), SA_AIS_OK, "saTmrTimerCancel");
	test_true(test, data == &data_one, "the data came back");
	stays_quiet(&tmr, 0.2);
}

void TMR_057(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, &data_one);
	void *data = NULL;

	test_code(test, cancel(&tmr, id, &data), SA_AIS_OK, "saTmrTimerCancel");
	data = (void *)&data_two;
	test_code(test, cancel(&tmr, id, &data), SA_AIS_ERR_NOT_EXIST, "again");
	test_true(test, data == &data_two, "nothing was stored");
}

void TMR_058(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.02, 0, NULL);

	test_code(test, cancel(&tmr, id, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerCancel(NULL)");
	tmr_dispatch_until(&tmr, 1);
}

void TMR_059(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 0, &data_one);
	void *data = NULL;

	tmr_wait_expired(&tmr);
	test_code(test, cancel(&tmr, id, &data), SA_AIS_OK, "saTmrTimerCancel of an expired one");
	test_true(test, data == &data_one, "the data came back");
	test_true(test, tmr_is_quiet(&tmr), "the descriptor is quiet");
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 0, "callbacks");
}

void TMR_060(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 0, NULL);
	void *data;

	tmr_dispatch_until(&tmr, 1);
	test_code(test, cancel(&tmr, id, &data), SA_AIS_ERR_NOT_EXIST, "saTmrTimerCancel after the callback");
}

void TMR_061(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.002, 0.002, &data_one);
	void *data = NULL;

	tmr_dispatch_until(&tmr, 3);
	test_code(test, cancel(&tmr, id, &data), SA_AIS_OK, "saTmrTimerCancel");
	test_true(test, data == &data_one, "the data came back");
	const size_t count = tmr_seen.count;
	stays_quiet(&tmr, 0.05);
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, count, "callbacks");
}

void TMR_062(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.05, 0, NULL);
	void *data;

	test_code(test, cancel(&tmr, 0, &data), SA_AIS_ERR_NOT_EXIST, "id 0");
	test_code(test, cancel(&tmr, strange_id, &data), SA_AIS_ERR_NOT_EXIST, "a strange id");
	test_code(test, tmr.api.cancel(never_issued, id, &data), SA_AIS_ERR_BAD_HANDLE, "a live id on a handle never issued");
	tmr_dispatch_until(&tmr, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "the timer survived: its id");
}

static void other_process_cancels(struct test *test, void *context)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT *id = context;
	void *data;

	/* Own timers first, so that an id that counts from the start would be there. */
	for (int i = 0; i < 4; i++)
		test_true(test, tmr_start_duration(&tmr, 3600, 0, NULL) != *id, "ids differ between processes");
	test_code(test, cancel(&tmr, *id, &data), SA_AIS_ERR_NOT_EXIST, "saTmrTimerCancel of another process's timer");
}

void TMR_063(struct test *test)
{
	struct tmr tmr = tmr_begin(test), other = tmr_begin(test);
	SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.2, 0, NULL);
	void *data;

	test_code(test, cancel(&other, id, &data), SA_AIS_ERR_NOT_EXIST, "through another handle");
	test_equal(test, (uint64_t)process_run(test, other_process_cancels, &id), 0, "exit status of the process that tried");
	tmr_dispatch_until(&tmr, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "the timer survived: its id");
}

/* --- skip --- */

static struct tmr_moment moment_now(int64_t before_ns)
{
	return (struct tmr_moment){before_ns, now_ns()};
}

/* Skips `skips` expirations of a timer of 200 ms: the next one does not come before its time. */
static void skips(struct test *test, int count)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t before = now_ns();
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 200 * ms, 200 * ms, NULL);
	struct tmr_moment start = moment_now(before);
	bool in_time = true;

	for (int i = 0; i < count; i++)
		test_code(test, tmr.api.skip(tmr.handle, id), SA_AIS_OK, "saTmrPeriodicTimerSkip");
	const int64_t skipped = now_ns();
	const SaTimeT to_next = tmr_remaining(&tmr, id);
	in_time = now_ns() - before < 200000000; /* else the first had passed, and others were skipped than was meant */
	const int64_t next_ns = to_next + skipped - before; /* at most, from the start */
	test_true(test, !in_time || next_ns <= (count + 1) * INT64_C(200000000) + (now_ns() - before), "no more than %d are skipped: the next comes %lld ns"
	          " after the start", count, (long long)next_ns);
	tmr_dispatch_until(&tmr, 1);
	const int64_t passed = tmr_seen.calls[0].at_ns - start.before_ns;
	test_true(test, passed >= (count + 1) * INT64_C(200000000), "the first came %lld ns after the start, %d were skipped", (long long)passed, count);
	if (!in_time)
		test_observe(test, "the machine stalled: what was skipped is not known exactly");
	/* On the grid: what remains and what has passed make whole periods. */
	const int64_t asked = now_ns();
	const SaTimeT remaining = tmr_remaining(&tmr, id);
	const int64_t least = asked + remaining - start.after_ns, most = now_ns() + remaining - start.before_ns;
	test_true(test, remaining == 0 || least / 200000000 < most / 200000000 || most % 200000000 == 0, "the next one is on the grid");
}

void TMR_064(struct test *test)
{
	skips(test, 1);
}

void TMR_065(struct test *test)
{
	skips(test, 3);
}

void TMR_066(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.05, 0, NULL);

	test_code(test, tmr.api.skip(tmr.handle, id), SA_AIS_ERR_NOT_EXIST, "saTmrPeriodicTimerSkip of a single event timer");
	tmr_dispatch_until(&tmr, 1);
}

void TMR_067(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 3600, NULL);

	test_code(test, tmr.api.skip(tmr.handle, strange_id), SA_AIS_ERR_NOT_EXIST, "an unknown id");
	test_code(test, tmr.api.skip(never_issued, id), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
}

void TMR_068(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, SA_TIME_ONE_HOUR, SA_TIME_ONE_DAY, NULL);
	const SaTimeT before = tmr_remaining(&tmr, id);

	test_code(test, tmr.api.skip(tmr.handle, id), SA_AIS_OK, "saTmrPeriodicTimerSkip");
	const SaTimeT after = tmr_remaining(&tmr, id);
	test_true(test, after <= before + SA_TIME_ONE_DAY && after > before + SA_TIME_ONE_DAY - SA_TIME_ONE_MINUTE, "it grew by one period");
	attributes_are(&tmr, id, SA_TIME_DURATION, SA_TIME_ONE_HOUR, SA_TIME_ONE_DAY);
}

void TMR_069(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 30 * ms, SA_TIME_ONE_HOUR, NULL);

	test_code(test, tmr.api.skip(tmr.handle, id), SA_AIS_OK, "saTmrPeriodicTimerSkip before the first expiration");
	stays_quiet(&tmr, 0.1);
}

void TMR_070(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 2 * ms, SA_TIME_ONE_HOUR, NULL);

	tmr_wait_expired(&tmr);
	test_code(test, tmr.api.skip(tmr.handle, id), SA_AIS_OK, "saTmrPeriodicTimerSkip with one pending");
	test_true(test, tmr_is_quiet(&tmr), "nothing waits any more");
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 0, "callbacks");
	test_true(test, tmr_remaining(&tmr, id) > SA_TIME_ONE_HOUR, "what remains reaches past the skipped one");
}

/* --- what can be asked --- */

/* `begun`: the steady clock before the start. The wall clock may be slewed: a second is left for that. */
static void remains_within(struct tmr *tmr, SaTmrTimerIdT id, SaTimeT whole, int64_t begun)
{
	const SaTimeT first = tmr_remaining(tmr, id);
	const int64_t passed = now_ns() - begun;

	test_true(tmr->test, first <= whole && first >= whole - passed - SA_TIME_ONE_SECOND, "%lld ns of %lld, %lld ns after the start", (long long)first,
	          (long long)whole, (long long)passed);
	test_sleep(tmr->test, 0.005);
	test_true(tmr->test, tmr_remaining(tmr, id) < first, "it decreases");
}

void TMR_071(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t begun = now_ns();

	remains_within(&tmr, tmr_start(&tmr, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0, NULL), SA_TIME_ONE_HOUR, begun);
}

void TMR_072(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t begun = now_ns();

	remains_within(&tmr, tmr_start(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr) + SA_TIME_ONE_DAY, 0, NULL), SA_TIME_ONE_DAY, begun);
}

void TMR_073(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT one = tmr_start(&tmr, SA_TIME_DURATION, 2 * ms, 0, NULL);

	tmr_wait_expired(&tmr);
	test_equal(test, (uint64_t)tmr_remaining(&tmr, one), 0, "of an expired single event timer");
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	const SaTmrTimerIdT many = tmr_start(&tmr, SA_TIME_DURATION, 2 * ms, SA_TIME_ONE_HOUR, NULL);
	tmr_wait_expired(&tmr);
	test_equal(test, (uint64_t)tmr_remaining(&tmr, many), 0, "of an expired periodic timer");
}

void TMR_074(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 2 * ms, SA_TIME_ONE_HOUR, NULL);

	tmr_dispatch_until(&tmr, 1);
	test_true(test, tmr_remaining(&tmr, id) <= SA_TIME_ONE_HOUR, "at most the period");
}

void TMR_075(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start(&tmr, SA_TIME_DURATION, 3 * ms, 4 * ms, NULL);

	attributes_are(&tmr, id, SA_TIME_DURATION, 3 * ms, 4 * ms);
	tmr_dispatch_until(&tmr, 3);
	attributes_are(&tmr, id, SA_TIME_DURATION, 3 * ms, 4 * ms);
	const SaTimeT tomorrow = tmr_time(&tmr) + SA_TIME_ONE_DAY;
	attributes_are(&tmr, tmr_start(&tmr, SA_TIME_ABSOLUTE, tomorrow, 5 * ms, NULL), SA_TIME_ABSOLUTE, tomorrow, 5 * ms);
}

void TMR_076(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 3600, 0, NULL);
	SaTmrTimerAttributesT attributes;
	SaTimeT remaining;

	test_code(test, tmr.api.remaining_get(tmr.handle, id, NULL), SA_AIS_ERR_INVALID_PARAM, "RemainingTimeGet(NULL)");
	test_code(test, tmr.api.attributes_get(tmr.handle, id, NULL), SA_AIS_ERR_INVALID_PARAM, "AttributesGet(NULL)");
	test_code(test, tmr.api.remaining_get(tmr.handle, strange_id, &remaining), SA_AIS_ERR_NOT_EXIST, "RemainingTimeGet, unknown id");
	test_code(test, tmr.api.attributes_get(tmr.handle, strange_id, &attributes), SA_AIS_ERR_NOT_EXIST, "AttributesGet, unknown id");
	test_code(test, tmr.api.remaining_get(never_issued, id, &remaining), SA_AIS_ERR_BAD_HANDLE, "RemainingTimeGet, bad handle");
	test_code(test, tmr.api.attributes_get(never_issued, id, &attributes), SA_AIS_ERR_BAD_HANDLE, "AttributesGet, bad handle");
}

void TMR_077(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerAttributesT attributes, before;
	SaTimeT remaining = 4711;

	memset(&attributes, 0xa5, sizeof attributes);
	before = attributes;
	test_code(test, tmr.api.remaining_get(tmr.handle, strange_id, &remaining), SA_AIS_ERR_NOT_EXIST, "RemainingTimeGet, unknown id");
	test_code(test, tmr.api.attributes_get(tmr.handle, strange_id, &attributes), SA_AIS_ERR_NOT_EXIST, "AttributesGet, unknown id");
	test_equal(test, (uint64_t)remaining, 4711, "remaining");
	test_bytes(test, &attributes, &before, sizeof before, "attributes");
}

/* --- clocks --- */

void TMR_078(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTimeT now = 0;

	for (int i = 0; i < 100; i++) {
		const SaTimeT before = now;
		now = tmr_time(&tmr);
		test_true(test, now >= before, "not backwards");
	}
	test_code(test, tmr.api.time_get(tmr.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrTimeGet(NULL)");
	test_code(test, tmr.api.time_get(never_issued, &now), SA_AIS_ERR_BAD_HANDLE, "saTmrTimeGet, bad handle");
}

void TMR_079(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t before = wall_ns();
	const SaTimeT now = tmr_time(&tmr);

	test_true(test, now >= before - SA_TIME_ONE_SECOND && now <= wall_ns() + SA_TIME_ONE_SECOND, "within 1 s of CLOCK_REALTIME");
}

void TMR_080(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTimeT tick = 0;

	test_code(test, tmr.api.tick_get(tmr.handle, &tick), SA_AIS_OK, "saTmrClockTickGet");
	test_true(test, tick > 0, "%lld ns", (long long)tick);
	test_code(test, tmr.api.tick_get(tmr.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrClockTickGet(NULL)");
	test_code(test, tmr.api.tick_get(never_issued, &tick), SA_AIS_ERR_BAD_HANDLE, "saTmrClockTickGet, bad handle");
}

/* --- processes, scale --- */

static void other_process_holds_timers(struct test *test, void *context)
{
	static struct tmr tmr;

	(void)context;
	tmr = tmr_begin(test);
	for (int i = 0; i < 50; i++)
		tmr_start_duration(&tmr, 0.01, 0.01, NULL);
}

void TMR_081(struct test *test)
{
	struct process other = process_start(test, other_process_holds_timers, NULL);
	struct tmr tmr = tmr_begin(test);

	tmr_start_duration(&tmr, 0.05, 0.05, NULL);
	process_kill(&other);
	tmr_dispatch_until(&tmr, 3);
}

enum { HANDLES = 260, ROUNDS = 4, TIMERS_OF_A_HANDLE = 3 };

void TMR_082(struct test *test)
{
	static struct tmr many[HANDLES];
	struct rlimit descriptors;
	void *data;

	/* What is asked is not how few descriptors a handle takes. */
	getrlimit(RLIMIT_NOFILE, &descriptors);
	descriptors.rlim_cur = descriptors.rlim_max;
	setrlimit(RLIMIT_NOFILE, &descriptors);

	for (int round = 0; round < ROUNDS; round++) {
		SaTmrTimerIdT ids[HANDLES][TIMERS_OF_A_HANDLE];
		for (int i = 0; i < HANDLES; i++) {
			many[i] = tmr_begin(test);
			for (int k = 0; k < TIMERS_OF_A_HANDLE; k++)
				ids[i][k] = tmr_start_duration(&many[i], 3600, 0, &data_one);
		}
		for (int i = 0; i < HANDLES; i++) {
			for (int k = 0; k < TIMERS_OF_A_HANDLE; k++)
				test_code(test, cancel(&many[i], ids[i][k], &data), SA_AIS_OK, "saTmrTimerCancel");
			test_code(test, many[i].api.finalize(many[i].handle), SA_AIS_OK, "saTmrFinalize");
		}
	}
}

enum { MANY = 2500 };

struct worker {
	struct tmr tmr;
	size_t wrong;
};

static void *worker_run(void *context)
{
	static const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, 3600 * SA_TIME_ONE_SECOND, 0};
	static char data[MANY];
	struct worker *worker = context;
	SaTmrTimerIdT ids[MANY];
	SaTimeT at;
	void *got;

	for (size_t i = 0; i < MANY; i++)
		worker->wrong += worker->tmr.api.start(worker->tmr.handle, &attributes, &data[i], &ids[i], &at) != SA_AIS_OK;
	for (size_t i = 0; i < MANY; i++)
		worker->wrong += worker->tmr.api.cancel(worker->tmr.handle, ids[i], &got) != SA_AIS_OK || got != &data[i];
	return NULL;
}

void TMR_083(struct test *test)
{
	struct worker workers[2] = {{.tmr = tmr_begin(test)}, {.tmr = tmr_begin(test)}};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		test_equal(test, (uint64_t)pthread_create(&threads[i], NULL, worker_run, &workers[i]), 0, "pthread_create");
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		test_equal(test, workers[i].wrong, 0, "calls of thread %d that went wrong", i);
	}
}

/* Trap 20: of a cancel and a dispatch that meet in one timer exactly one wins. */
enum { RACERS = 20000, RACERS_BEHIND = 8 };

static struct {
	struct tmr tmr;
	char data[RACERS]; /* its place is the timer's number */
	uint32_t called[RACERS];
	bool cancelled[RACERS];
	bool is_over;
} race;

static void on_racer(SaTmrTimerIdT id, const void *data, SaUint64T count)
{
	(void)id, (void)count;
	race.called[(const char *)data - race.data]++; /* by the one thread that dispatches */
}

static void *race_dispatch(void *context)
{
	(void)context;
	while (!__atomic_load_n(&race.is_over, __ATOMIC_ACQUIRE))
		race.tmr.api.dispatch(race.tmr.handle, SA_DISPATCH_ALL);
	return NULL;
}

/* Now this, now that many timers behind the one that was started last, so that some are met before and some after they are dispatched. */
static void race_cancel(struct test *test, SaTmrTimerIdT id, size_t i)
{
	void *data = NULL;
	const SaAisErrorT error = race.tmr.api.cancel(race.tmr.handle, id, &data);

	race.cancelled[i] = error == SA_AIS_OK;
	if (!race.cancelled[i] && error != SA_AIS_ERR_NOT_EXIST)
		test_fail(test, "saTmrTimerCancel of timer %zu: %s", i, code_text(error));
	if (data != (race.cancelled[i] ? &race.data[i] : NULL))
		test_fail(test, "saTmrTimerCancel of timer %zu: %s, and timerData is another", i, code_text(error));
}

void TMR_087(struct test *test)
{
	static SaTmrTimerIdT ids[RACERS];
	pthread_t thread;
	size_t cancelled = 0, cancelled_to = 0;

	race.tmr = tmr_begin_with(test, &(SaTmrCallbacksT){on_racer});
	test_equal(test, (uint64_t)pthread_create(&thread, NULL, race_dispatch, NULL), 0, "pthread_create");
	for (size_t i = 0; i < RACERS; i++) {
		ids[i] = tmr_start(&race.tmr, SA_TIME_DURATION, 1, 0, &race.data[i]);
		for (; cancelled_to + i % RACERS_BEHIND <= i; cancelled_to++)
			race_cancel(test, ids[cancelled_to], cancelled_to);
	}
	for (; cancelled_to < RACERS; cancelled_to++)
		race_cancel(test, ids[cancelled_to], cancelled_to);
	__atomic_store_n(&race.is_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	tmr_dispatch(&race.tmr, SA_DISPATCH_ALL);
	for (size_t i = 0; i < RACERS; i++) {
		cancelled += race.cancelled[i];
		if (race.called[i] + race.cancelled[i] != 1)
			test_fail(test, "timer %zu: cancelled %d times, %u callbacks", i, race.cancelled[i], (unsigned)race.called[i]);
	}
	test_observe(test, "%zu of %d cancelled, the others dispatched, each once", cancelled, (int)RACERS);
}

void TMR_086(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0}, wrong = {(SaTmrTimeTypeT)3, SA_TIME_ONE_HOUR, 0};
	SaTmrTimerIdT id;
	SaTimeT at;

	test_code(test, tmr.api.start(never_issued, &attributes, NULL, NULL, &at), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerStart(timerId NULL)");
	test_code(test, tmr.api.start(never_issued, &wrong, NULL, &id, &at), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerStart(type 3)");
	test_code(test, tmr.api.reschedule(never_issued, strange_id, NULL, &at), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerReschedule(NULL)");
	test_code(test, tmr.api.cancel(never_issued, strange_id, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerCancel(NULL)");
	test_code(test, tmr.api.time_get(never_issued, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrTimeGet(NULL)");
	test_code(test, tmr.api.tick_get(never_issued, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrClockTickGet(NULL)");
	test_code(test, tmr.api.remaining_get(never_issued, strange_id, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerRemainingTimeGet(NULL)");
}

/* --- the wall clock is set --- */

/* Both clocks before the first step: the wall clock comes back to where it would be without. */
struct clock_kept {
	int64_t wall_ns, steady_ns;
};

static struct clock_kept clock_keep(void)
{
	return (struct clock_kept){wall_ns(), now_ns()};
}

/* To so much beside where it would be; false: it may not be set. */
static bool clock_step(struct clock_kept kept, int64_t by_ns)
{
	const int64_t wall = kept.wall_ns + (now_ns() - kept.steady_ns) + by_ns;

	return clock_settime(CLOCK_REALTIME, &(struct timespec){.tv_sec = wall / 1000000000, .tv_nsec = wall % 1000000000}) == 0;
}

/* What was seen while the clock was wrong; nothing is judged before it is right again. */
struct stepped {
	bool readable;           /* within the limit */
	SaAisErrorT dispatched, asked;
	size_t count;            /* callbacks so far */
	SaTimeT remaining;
};

static struct stepped stepped_look(struct tmr *tmr, SaTmrTimerIdT asked)
{
	struct stepped stepped = {.readable = descriptor_readable(tmr->descriptor, test_limit_ns(tmr->test, 2)), .remaining = -1};

	stepped.dispatched = tmr->api.dispatch(tmr->handle, SA_DISPATCH_ALL);
	stepped.asked = tmr->api.remaining_get(tmr->handle, asked, &stepped.remaining);
	stepped.count = tmr_seen.count;
	return stepped;
}

static void stepped_is(struct test *test, struct stepped stepped, size_t count, SaTimeT whole, const char *when)
{
	test_true(test, stepped.readable, "the descriptor is readable when the clock %s", when);
	test_code(test, stepped.dispatched, SA_AIS_OK, "saTmrDispatch(ALL)");
	test_equal(test, stepped.count, count, "callbacks after the clock %s", when);
	test_code(test, stepped.asked, SA_AIS_OK, "saTmrTimerRemainingTimeGet");
	test_true(test, stepped.remaining > 0 && stepped.remaining <= whole && stepped.remaining > whole - SA_TIME_ONE_MINUTE,
	          "%lld ns of %lld remain", (long long)stepped.remaining, (long long)whole);
}

void TMR_085(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT duration = tmr_start(&tmr, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0, NULL);
	const SaTmrTimerIdT absolute = tmr_start(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr) + SA_TIME_ONE_HOUR, SA_TIME_ONE_DAY, &data_one);
	const SaTmrTimerIdT later = tmr_start(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr) + 3 * SA_TIME_ONE_HOUR, 0, NULL);
	const struct clock_kept kept = clock_keep();

	if (!clock_step(kept, 2 * SA_TIME_ONE_HOUR))
		test_skip(test, "the wall clock may not be set here");
	const struct stepped ahead = stepped_look(&tmr, duration);
	SaTimeT period = -1, at;
	const SaAisErrorT asked = tmr.api.remaining_get(tmr.handle, absolute, &period);
	const SaAisErrorT started = tmr.api.start(tmr.handle, &(SaTmrTimerAttributesT){SA_TIME_DURATION, 10 * ms, 0}, &data_two,
	                                          &(SaTmrTimerIdT){0}, &at);
	clock_step(kept, -2 * SA_TIME_ONE_HOUR);
	const struct stepped back = stepped_look(&tmr, later);
	const bool quiet = tmr_is_quiet(&tmr);
	clock_step(kept, 0);
	stepped_is(test, ahead, 1, SA_TIME_ONE_HOUR, "goes two hours ahead: the absolute timer expired, the duration did not");
	test_true(test, tmr_seen.calls[0].data == &data_one && tmr_seen.calls[0].count == 1, "it was the absolute one, once");
	test_true(test, asked == SA_AIS_OK && started == SA_AIS_OK, "saTmrTimerRemainingTimeGet and saTmrTimerStart between the steps");
	test_true(test, period > SA_TIME_ONE_DAY - SA_TIME_ONE_MINUTE && period <= SA_TIME_ONE_DAY, "its period is a duration: %lld ns remain",
	          (long long)period);
	stepped_is(test, back, 2, 5 * SA_TIME_ONE_HOUR, "goes four hours back: a duration expired, the absolute one waits longer");
	test_true(test, tmr_seen.calls[1].data == &data_two, "it was the short duration");
	test_true(test, quiet, "then the descriptor is quiet");
}

/* CASE-101 */
void TMR_088(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT later = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0}, soon = {SA_TIME_DURATION, SA_TIME_ONE_MILLISECOND, 0};
	SaTmrTimerIdT id;
	SaTimeT at;

	test_code(test, tmr.api.start(tmr.handle, bytes_at_edge(test, &later, sizeof later), "edge", &id, &at), SA_AIS_OK, "saTmrTimerStart");
	test_code(test, tmr.api.reschedule(tmr.handle, id, bytes_at_edge(test, &soon, sizeof soon), &at), SA_AIS_OK, "saTmrTimerReschedule");
	tmr_dispatch_until(&tmr, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "the timer of the callback");
}
