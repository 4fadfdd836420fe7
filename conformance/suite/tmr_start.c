/* TMR assertions: types, life cycle, start, callbacks. */
#include "conformance/suite/tmr.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance/suite/assertions.h"

static const SaTmrHandleT never_issued = 0x1122334455667788;
static const char data_one, data_two, data_three;

static struct tmr_moment moment_begin(void)
{
	return (struct tmr_moment){.before_ns = now_ns()};
}

static void moment_end(struct tmr_moment *moment)
{
	moment->after_ns = now_ns();
}

/* --- types --- */

void TMR_001(struct test *test)
{
	probe_compile(test, "#include <saAis.h>\n#include <saTmr.h>\n"
	              "_Static_assert(SA_TIME_ABSOLUTE == 1, \"absolute\");\n_Static_assert(SA_TIME_DURATION == 2, \"duration\");\n");
}

void TMR_002(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saAis.h>\n#include <saTmr.h>\n"
	              "#define SIZE(type, size) _Static_assert(sizeof(type) == size, #type)\n"
	              "#define AT(type, field, offset) _Static_assert(offsetof(type, field) == offset, #type \".\" #field)\n"
	              "SIZE(SaTmrHandleT, 8); SIZE(SaTmrTimerIdT, 8); SIZE(SaTmrTimeTypeT, 4); AT(SaTmrTimerAttributesT, type, 0);\n"
	              "#if defined __LP64__\n"
	              "SIZE(SaTmrTimerAttributesT, 24); AT(SaTmrTimerAttributesT, initialExpirationTime, 8);\n"
	              "AT(SaTmrTimerAttributesT, timerPeriodDuration, 16); SIZE(SaTmrCallbacksT, 8);\n"
	              "#elif defined __i386__\n"
	              "SIZE(SaTmrTimerAttributesT, 20); AT(SaTmrTimerAttributesT, initialExpirationTime, 4);\n"
	              "AT(SaTmrTimerAttributesT, timerPeriodDuration, 12); SIZE(SaTmrCallbacksT, 4);\n"
	              "#endif\n"
	              "static void expired(SaTmrTimerIdT id, const void *data, SaUint64T count) { (void)id; (void)data; (void)count; }\n"
	              "SaTmrCallbacksT callbacks(void);\nSaTmrCallbacksT callbacks(void) { return (SaTmrCallbacksT){expired}; }\n");
}

/* --- life cycle --- */

static void version_is_a11(struct test *test, SaVersionT version)
{
	test_true(test, version.releaseCode == 'A' && version.majorVersion == 1 && version.minorVersion == 1, "written back: %c.%u.%u",
	          version.releaseCode, version.majorVersion, version.minorVersion);
}

void TMR_003(struct test *test)
{
	const struct tmr_library api = tmr_library_open(test);
	static const SaUint8T minors[] = {0, 1, 255};
	SaTmrHandleT handle;

	test_code(test, tmr_initialize(test, &api, &handle, NULL), SA_AIS_OK, "saTmrInitialize");
	for (size_t i = 0; i < sizeof minors; i++) {
		SaVersionT version = {'A', 1, minors[i]};
		test_code(test, api.initialize(&handle, NULL, &version), SA_AIS_OK, "saTmrInitialize with A.1.%u", minors[i]);
		version_is_a11(test, version);
	}
}

void TMR_004(struct test *test)
{
	const struct tmr_library api = tmr_library_open(test);
	static const SaVersionT wrong[] = {{'A', 2, 0}, {'B', 1, 0}, {0, 0, 0}};
	SaTmrHandleT handle;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		SaVersionT version = wrong[i];
		test_code(test, api.initialize(&handle, NULL, &version), SA_AIS_ERR_VERSION, "saTmrInitialize with %u.%u.%u", version.releaseCode,
		          version.majorVersion, version.minorVersion);
		version_is_a11(test, version);
	}
}

void TMR_005(struct test *test)
{
	const struct tmr_library api = tmr_library_open(test);
	SaVersionT version = {'A', 1, 1};
	SaTmrHandleT handle;

	test_code(test, api.initialize(NULL, &tmr_callbacks, &version), SA_AIS_ERR_INVALID_PARAM, "saTmrInitialize(NULL handle)");
	test_code(test, api.initialize(&handle, &tmr_callbacks, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrInitialize(NULL version)");
}

void TMR_006(struct test *test)
{
	const struct tmr_library api = tmr_library_open(test);
	const SaTmrCallbacksT none = {NULL};
	SaTmrHandleT handle;

	test_code(test, tmr_initialize(test, &api, &handle, NULL), SA_AIS_OK, "saTmrInitialize(callbacks NULL)");
	test_code(test, tmr_initialize(test, &api, &handle, &none), SA_AIS_OK, "saTmrInitialize(member NULL)");
}

void TMR_007(struct test *test)
{
	struct tmr one = tmr_begin(test), other = tmr_begin(test);

	test_true(test, one.handle != other.handle, "the handles differ");
	const SaTmrTimerIdT id = tmr_start_duration(&one, 0.02, 0, &data_one);
	test_code(test, other.api.finalize(other.handle), SA_AIS_OK, "saTmrFinalize of the other");
	tmr_dispatch_until(&one, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "the id");
}

void TMR_008(struct test *test)
{
	struct tmr tmr = tmr_begin_with(test, NULL); /* SelectionObjectGet: OK */
	SaSelectionObjectT descriptor;

	test_code(test, tmr.api.selection_object_get(tmr.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saTmrSelectionObjectGet(NULL)");
	test_code(test, tmr.api.selection_object_get(never_issued, &descriptor), SA_AIS_ERR_BAD_HANDLE, "of a handle never issued");
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	test_code(test, tmr.api.selection_object_get(tmr.handle, &descriptor), SA_AIS_ERR_BAD_HANDLE, "of a finalized handle");
}

void TMR_009(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_true(test, tmr_is_quiet(&tmr), "the descriptor is not readable after Initialize");
	tmr_dispatch(&tmr, SA_DISPATCH_ONE);
	test_true(test, tmr_is_quiet(&tmr), "nor after a dispatch of nothing");
}

void TMR_010(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	static const int wrong[] = {0, 4, -1};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		test_code(test, tmr.api.dispatch(tmr.handle, (SaDispatchFlagsT)wrong[i]), SA_AIS_ERR_INVALID_PARAM, "saTmrDispatch(%d)", wrong[i]);
	test_code(test, tmr.api.dispatch(never_issued, SA_DISPATCH_ALL), SA_AIS_ERR_BAD_HANDLE, "of a handle never issued");
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++)
		test_code(test, tmr.api.dispatch(tmr.handle, (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE, "of a finalized one, flags %d", flags);
}

void TMR_011(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	for (int running = 0; running < 2; running++) {
		tmr_dispatch(&tmr, SA_DISPATCH_ONE);
		tmr_dispatch(&tmr, SA_DISPATCH_ALL);
		tmr_start_duration(&tmr, 3600, 0, NULL);
	}
	test_equal(test, tmr_seen.count, 0, "callbacks");
}

struct blocking {
	struct tmr tmr;
	SaAisErrorT error;
};

static void *blocking_run(void *context)
{
	struct blocking *blocking = context;

	blocking->error = blocking->tmr.api.dispatch(blocking->tmr.handle, SA_DISPATCH_BLOCKING);
	return NULL;
}

static void seen_wait(struct test *test, size_t count)
{
	const int64_t until = now_ns() + test_limit_ns(test, 10);

	while (__atomic_load_n(&tmr_seen.count, __ATOMIC_ACQUIRE) < count && now_ns() < until)
		test_sleep(test, 0.002);
	test_true(test, __atomic_load_n(&tmr_seen.count, __ATOMIC_ACQUIRE) >= count, "%zu callbacks came", count);
}

void TMR_012(struct test *test)
{
	for (int registered = 0; registered < 2; registered++) {
		struct blocking blocking = {.tmr = tmr_begin_with(test, registered ? &tmr_callbacks : NULL)};
		pthread_t thread;
		test_equal(test, (uint64_t)pthread_create(&thread, NULL, blocking_run, &blocking), 0, "pthread_create");
		for (size_t i = 1; registered && i <= 2; i++) {
			tmr_start_duration(&blocking.tmr, 0.005, 0, NULL);
			seen_wait(test, i); /* it stays after the first */
		}
		test_code(test, blocking.tmr.api.finalize(blocking.tmr.handle), SA_AIS_OK, "saTmrFinalize");
		pthread_join(thread, NULL);
		if (registered)
			test_code(test, blocking.error, SA_AIS_OK, "what saTmrDispatch(BLOCKING) returned");
		else /* BAD_HANDLE: the thread came too late, for nothing tells when it is inside */
			test_code_either(test, blocking.error, SA_AIS_OK, SA_AIS_ERR_BAD_HANDLE, "what saTmrDispatch(BLOCKING) returned");
	}
}

void TMR_013(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_ERR_BAD_HANDLE, "again");
	test_code(test, tmr.api.finalize(0), SA_AIS_ERR_BAD_HANDLE, "of handle 0");
	test_code(test, tmr.api.finalize(never_issued), SA_AIS_ERR_BAD_HANDLE, "of a handle never issued");
}

void TMR_014(struct test *test)
{
	struct tmr tmr = tmr_begin(test), other = tmr_begin(test);

	tmr_start_duration(&tmr, 0.001, 0, &data_one);
	tmr_start_duration(&tmr, 0.05, 0.01, &data_two);
	tmr_wait_expired(&tmr);
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	tmr_start_duration(&other, 0.1, 0, &data_three);
	tmr_dispatch_until(&other, 1);
	test_equal(test, tmr_seen.count, 1, "callbacks, the other handle's");
	test_true(test, tmr_seen.calls[0].data == &data_three, "its data");
}

static void finalize_inside(struct tmr *tmr, const struct tmr_call *call)
{
	if (call->data == &data_one) { /* one level deeper */
		tmr_wait_expired(tmr);
		test_code(tmr->test, tmr->api.dispatch(tmr->handle, SA_DISPATCH_ONE), SA_AIS_OK, "saTmrDispatch(ONE) inside");
	} else {
		test_code(tmr->test, tmr->api.finalize(tmr->handle), SA_AIS_OK, "saTmrFinalize inside");
	}
}

void TMR_015(struct test *test)
{
	for (int nested = 0; nested < 2; nested++) {
		for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
			struct tmr tmr = tmr_begin(test);
			tmr_seen.hook = finalize_inside;
			tmr_seen.hook_context = &tmr;
			if (nested)
				tmr_start_duration(&tmr, 0.001, 0, &data_one);
			tmr_start_duration(&tmr, nested ? 0.002 : 0.001, 0, &data_two);
			tmr_start_duration(&tmr, 0.003, 0.001, &data_three);
			tmr_wait_expired(&tmr);
			tmr_dispatch(&tmr, (SaDispatchFlagsT)flags);
			test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_ERR_BAD_HANDLE, "it was finalized: again");
		}
	}
}

/* --- start --- */

void TMR_016(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t before = now_ns();
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.1, 0, &data_one);

	tmr_dispatch_until(&tmr, 1);
	test_equal(test, tmr_seen.calls[0].id, id, "the id");
	test_true(test, tmr_seen.calls[0].data == &data_one, "the data");
	test_equal(test, tmr_seen.calls[0].count, 1, "expirationCount");
	test_true(test, tmr_seen.calls[0].at_ns - before >= 100000000, "not before 100 ms: %lld ns", (long long)(tmr_seen.calls[0].at_ns - before));
	test_sleep(test, 0.25);
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 1, "callbacks in all");
}

static SaTimeT time_in_callback;

static void time_inside(struct tmr *tmr, const struct tmr_call *call)
{
	(void)call;
	time_in_callback = tmr_time(tmr);
}

void TMR_017(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTimeT at = tmr_time(&tmr) + 100 * SA_TIME_ONE_MILLISECOND;

	tmr_seen.hook = time_inside;
	tmr_seen.hook_context = &tmr;
	tmr_start(&tmr, SA_TIME_ABSOLUTE, at, 0, &data_one);
	tmr_dispatch_until(&tmr, 1);
	test_true(test, time_in_callback >= at, "the time in the callback is not before the expiration");
	test_sleep(test, 0.25);
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 1, "callbacks in all");
}

/* Dispatches `count` callbacks of one periodic timer and holds each against the grid. */
static void periodic(struct test *test, struct tmr *tmr, double first_s, double period_s, size_t count)
{
	struct tmr_moment start = moment_begin();
	tmr_start_duration(tmr, first_s, period_s, &data_one);
	moment_end(&start);
	for (size_t i = 0; i < count; i++) {
		struct tmr_moment expired;
		const size_t before = tmr_seen.count;
		do {
			tmr_wait_expired(tmr);
			expired = moment_begin();
			tmr_dispatch(tmr, SA_DISPATCH_ONE);
			moment_end(&expired);
		} while (tmr_seen.count == before);
		tmr_count_on_grid(test, tmr_seen.calls[before].count, start, expired, first_s, period_s);
		test_true(test, i == 0 || tmr_seen.calls[before].count > tmr_seen.calls[before - 1].count, "it grows");
	}
}

void TMR_018(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	periodic(test, &tmr, 0.1, 0.1, 3);
}

void TMR_019(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t before = now_ns();

	periodic(test, &tmr, 0.3, 0.05, 4);
	test_true(test, tmr_seen.calls[0].at_ns - before >= 300000000, "the first not before 300 ms");
	test_true(test, tmr_seen.calls[1].at_ns - before >= 350000000, "the second not before 350 ms");
}

void TMR_020(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const int64_t before = now_ns();

	tmr_start(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr) + 50 * SA_TIME_ONE_MILLISECOND, 40 * SA_TIME_ONE_MILLISECOND, &data_one);
	tmr_dispatch_until(&tmr, 3);
	const int64_t passed = tmr_seen.calls[2].at_ns - before;
	test_true(test, (int64_t)tmr_seen.calls[2].count <= 1 + (passed - 50000000) / 40000000 && passed >= 130000000,
	          "%llu expirations after %lld ns", (unsigned long long)tmr_seen.calls[2].count, (long long)passed);
}

void TMR_021(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0};
	SaTmrTimerIdT id;
	SaTimeT at;

	test_code(test, tmr.api.start(tmr.handle, NULL, NULL, &id, &at), SA_AIS_ERR_INVALID_PARAM, "attributes NULL");
	test_code(test, tmr.api.start(tmr.handle, &attributes, NULL, NULL, &at), SA_AIS_ERR_INVALID_PARAM, "timerId NULL");
	test_code(test, tmr.api.start(tmr.handle, &attributes, NULL, &id, NULL), SA_AIS_ERR_INVALID_PARAM, "callTime NULL");
}

void TMR_022(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, (SaTmrTimeTypeT)0, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_INVALID_PARAM, "type 0");
	test_code(test, tmr_start_code(&tmr, (SaTmrTimeTypeT)3, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_INVALID_PARAM, "type 3");
}

void TMR_023(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, -1, 0), SA_AIS_ERR_INVALID_PARAM, "a negative expiration");
	test_code(test, tmr_start_code(&tmr, SA_TIME_ABSOLUTE, -1, 0), SA_AIS_ERR_INVALID_PARAM, "a negative expiration, absolute");
	test_code(test, tmr_start_code(&tmr, SA_TIME_ABSOLUTE, SA_TIME_MAX, -1), SA_AIS_ERR_INVALID_PARAM, "a negative period, absolute");
	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, SA_TIME_ONE_HOUR, -1), SA_AIS_ERR_INVALID_PARAM, "a negative period");
}

void TMR_024(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, 0, 0), SA_AIS_ERR_INVALID_PARAM, "duration 0");
}

void TMR_025(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr) - SA_TIME_ONE_SECOND, 0), SA_AIS_ERR_INVALID_PARAM, "a second ago");
	test_code(test, tmr_start_code(&tmr, SA_TIME_ABSOLUTE, tmr_time(&tmr), 0), SA_AIS_ERR_INVALID_PARAM, "now");
}

void TMR_026(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, SA_TIME_MAX, 0), SA_AIS_ERR_INVALID_PARAM, "duration SA_TIME_MAX");
	SaTimeT before;
	SaAisErrorT error;
	do { /* once more if the machine stalled for so long that it was over the end */
		before = tmr_time(&tmr);
		error = tmr_start_code(&tmr, SA_TIME_DURATION, SA_TIME_MAX - before - 50 * SA_TIME_ONE_MILLISECOND, 0);
	} while (error == SA_AIS_ERR_INVALID_PARAM && tmr_time(&tmr) - before >= 50 * SA_TIME_ONE_MILLISECOND);
	test_code(test, error, SA_AIS_OK, "to 50 ms before the end of time");
}

void TMR_027(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	test_code(test, tmr_start_code(&tmr, SA_TIME_ABSOLUTE, SA_TIME_MAX, 0), SA_AIS_OK, "absolute SA_TIME_MAX");
	test_true(test, !descriptor_readable(tmr.descriptor, 100000000), "nothing expires");
}

void TMR_028(struct test *test)
{
	struct tmr tmr = tmr_begin_with(test, NULL);

	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, SA_TIME_ONE_MILLISECOND, 0), SA_AIS_ERR_INIT, "no callback registered");
	test_true(test, !descriptor_readable(tmr.descriptor, 50000000), "and nothing expires");
}

void TMR_029(struct test *test)
{
	struct tmr tmr = tmr_begin(test), bad = tmr;

	bad.handle = never_issued;
	test_code(test, tmr_start_code(&bad, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_BAD_HANDLE, "on a handle never issued");
	test_code(test, tmr.api.finalize(tmr.handle), SA_AIS_OK, "saTmrFinalize");
	test_code(test, tmr_start_code(&tmr, SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0), SA_AIS_ERR_BAD_HANDLE, "on a finalized handle");
}

void TMR_030(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const void *ones = (const void *)UINTPTR_MAX;

	tmr_start_duration(&tmr, 0.001, 0, NULL);
	tmr_dispatch_until(&tmr, 1);
	test_true(test, tmr_seen.calls[0].data == NULL, "NULL came back");
	tmr_start_duration(&tmr, 0.001, 0, ones);
	tmr_dispatch_until(&tmr, 2);
	test_true(test, tmr_seen.calls[1].data == ones, "all ones came back");
}

void TMR_031(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0};
	SaTmrTimerIdT id;
	SaTimeT at = -1;

	const SaTimeT before = tmr_time(&tmr);
	test_code(test, tmr.api.start(tmr.handle, &attributes, NULL, &id, &at), SA_AIS_OK, "saTmrTimerStart");
	const SaTimeT after = tmr_time(&tmr);
	test_true(test, before <= at && at <= after, "callTime lies between the times before and after");
}

void TMR_032(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerAttributesT attributes = {SA_TIME_DURATION, 20 * SA_TIME_ONE_MILLISECOND, 0}, got;
	SaTmrTimerIdT id;
	SaTimeT at;

	test_code(test, tmr.api.start(tmr.handle, &attributes, &data_one, &id, &at), SA_AIS_OK, "saTmrTimerStart");
	memset(&attributes, 0xff, sizeof attributes);
	test_code(test, tmr.api.attributes_get(tmr.handle, id, &got), SA_AIS_OK, "saTmrTimerAttributesGet");
	test_true(test, got.type == SA_TIME_DURATION && got.initialExpirationTime == 20 * SA_TIME_ONE_MILLISECOND && got.timerPeriodDuration == 0,
	          "they are the first ones");
	tmr_dispatch_until(&tmr, 1);
}

void TMR_033(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerIdT one = tmr_start_duration(&tmr, 3600, 0, NULL), other = tmr_start_duration(&tmr, 3600, 0, NULL);

	test_true(test, one != other && one != 0 && other != 0, "%#llx and %#llx", (unsigned long long)one, (unsigned long long)other);
}

void TMR_034(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	const SaTmrTimerAttributesT wrong = {SA_TIME_DURATION, -1, 0};
	SaTmrTimerIdT id = 4711;
	SaTimeT at = 4712;

	test_code(test, tmr.api.start(tmr.handle, &wrong, NULL, &id, &at), SA_AIS_ERR_INVALID_PARAM, "saTmrTimerStart");
	test_true(test, id == 4711 && at == 4712, "nothing was stored");
	const SaTmrTimerAttributesT good = {SA_TIME_DURATION, SA_TIME_ONE_HOUR, 0};
	test_code(test, tmr.api.start(never_issued, &good, NULL, &id, &at), SA_AIS_ERR_BAD_HANDLE, "on a handle never issued");
	test_true(test, id == 4711 && at == 4712, "nothing was stored");
	struct tmr without = tmr_begin_with(test, NULL);
	test_code(test, without.api.start(without.handle, &good, NULL, &id, &at), SA_AIS_ERR_INIT, "no callback registered");
	test_true(test, id == 4711 && at == 4712, "nothing was stored");
}

/* --- callbacks --- */

static void *dispatch_all(void *context)
{
	tmr_dispatch(context, SA_DISPATCH_ALL);
	return NULL;
}

void TMR_035(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	tmr_start_duration(&tmr, 0.005, 0, NULL);
	tmr_wait_expired(&tmr);
	test_sleep(test, 0.05);
	test_equal(test, tmr_seen.count, 0, "callbacks without a dispatch");
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 1, "callbacks");
	test_true(test, tmr_seen.calls[0].thread == (uint64_t)pthread_self(), "in the dispatching thread");
	pthread_t thread;
	tmr_start_duration(&tmr, 0.005, 0, NULL);
	tmr_wait_expired(&tmr);
	test_equal(test, (uint64_t)pthread_create(&thread, NULL, dispatch_all, &tmr), 0, "pthread_create");
	pthread_join(thread, NULL);
	test_equal(test, tmr_seen.count, 2, "callbacks");
	test_true(test, tmr_seen.calls[1].thread == (uint64_t)thread, "in the dispatching thread, which did not start the timer");
}

void TMR_036(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerIdT last = 0;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3; i++)
			last = tmr_start_duration(&tmr, 0.005, 0, NULL);
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	while (tmr_remaining(&tmr, last) > 0 && now_ns() < until)
		;
	tmr_wait_expired(&tmr);
	for (size_t i = 1; i <= 3; i++) {
		tmr_dispatch(&tmr, SA_DISPATCH_ONE);
		test_equal(test, tmr_seen.count, i, "callbacks after %zu dispatches of ONE", i);
	}
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, 6, "callbacks after ALL");
}

enum { ORDERED = 99 };

void TMR_037(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerIdT by_order[ORDERED];

	/* Started one after the other in an order of its own; what is compared is the time that each is due. */
	for (int i = 0; i < ORDERED; i++) {
		const int place = i * 37 % ORDERED;
		by_order[place] = tmr_start_duration(&tmr, 0.2 + place * 0.01, 0, NULL);
	}
	const int64_t until = now_ns() + test_limit_ns(test, 20);
	while (tmr_remaining(&tmr, by_order[ORDERED - 1]) > 0 && now_ns() < until)
		test_sleep(test, 0.01);
	tmr_wait_expired(&tmr);
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	test_equal(test, tmr_seen.count, ORDERED, "callbacks");
	for (int i = 0; i < ORDERED; i++)
		test_true(test, tmr_seen.calls[i].id == by_order[i], "callback %d is the timer due as number %d", i, i);
}

void TMR_038(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	struct tmr_moment start = moment_begin();
	tmr_start_duration(&tmr, 0.02, 0.02, NULL);
	moment_end(&start);

	test_sleep(test, 0.205);
	struct tmr_moment expired = moment_begin();
	tmr_dispatch(&tmr, SA_DISPATCH_ALL);
	moment_end(&expired);
	test_equal(test, tmr_seen.count, 1, "callbacks of what was missed");
	tmr_count_on_grid(test, tmr_seen.calls[0].count, start, expired, 0.02, 0.02);
	for (size_t i = 1; i < 4; i++) {
		tmr_wait_expired(&tmr);
		expired = moment_begin();
		tmr_dispatch(&tmr, SA_DISPATCH_ALL);
		moment_end(&expired);
		tmr_count_on_grid(test, tmr_seen.calls[i].count, start, expired, 0.02, 0.02);
	}
}

void TMR_039(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	tmr_start_duration(&tmr, 0.001, 0.001, NULL);
	tmr_dispatch_until(&tmr, 30);
	for (size_t i = 1; i < 30; i++)
		test_true(test, tmr_seen.calls[i].count > tmr_seen.calls[i - 1].count, "%llu follows %llu", (unsigned long long)tmr_seen.calls[i].count,
		          (unsigned long long)tmr_seen.calls[i - 1].count);
}

static void sleep_inside(struct tmr *tmr, const struct tmr_call *call)
{
	(void)call;
	test_sleep(tmr->test, 0.01);
}

/* The count says on which place of the grid an expiration stands: a timer that drifts falls behind it. */
void TMR_040(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	tmr_seen.hook = sleep_inside;
	tmr_seen.hook_context = &tmr;
	periodic(test, &tmr, 0.02, 0.02, 50);
}

static SaTmrTimerIdT inside_other;

static void calls_inside(struct tmr *tmr, const struct tmr_call *call)
{
	void *data = NULL;

	if (call->data != &data_one || tmr_seen.count > 1)
		return;
	tmr_start_duration(tmr, 0.005, 0, &data_two);
	test_code(tmr->test, tmr->api.cancel(tmr->handle, inside_other, &data), SA_AIS_OK, "saTmrTimerCancel of another, inside");
	test_true(tmr->test, data == &data_three, "its data");
	test_code(tmr->test, tmr_reschedule_code(tmr, call->id, SA_TIME_DURATION, 20 * SA_TIME_ONE_MILLISECOND, SA_TIME_ONE_HOUR), SA_AIS_OK,
	          "saTmrTimerReschedule of itself, inside");
}

void TMR_041(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	tmr_seen.hook = calls_inside;
	tmr_seen.hook_context = &tmr;
	inside_other = tmr_start_duration(&tmr, 3600, 0, &data_three);
	const SaTmrTimerIdT id = tmr_start_duration(&tmr, 0.005, 3600, &data_one);
	tmr_dispatch_until(&tmr, 3);
	test_true(test, tmr_seen.calls[1].data == &data_two, "the one started inside expired");
	test_true(test, tmr_seen.calls[2].id == id && tmr_seen.calls[2].count == 2, "the rescheduled one expired again");
}

static void cancel_inside(struct tmr *tmr, const struct tmr_call *call)
{
	void *data = NULL;

	test_code(tmr->test, tmr->api.cancel(tmr->handle, call->id, &data), call->data == &data_one ? SA_AIS_ERR_NOT_EXIST : SA_AIS_OK,
	          "saTmrTimerCancel of a %s timer inside its callback", call->data == &data_one ? "single event" : "periodic");
}

void TMR_042(struct test *test)
{
	struct tmr tmr = tmr_begin(test);

	tmr_seen.hook = cancel_inside;
	tmr_seen.hook_context = &tmr;
	tmr_start_duration(&tmr, 0.001, 0, &data_one);
	tmr_start_duration(&tmr, 0.002, 0.001, &data_two);
	tmr_dispatch_until(&tmr, 2);
	test_true(test, !descriptor_readable(tmr.descriptor, 20000000), "and that was all");
}

void TMR_043(struct test *test)
{
	struct tmr one = tmr_begin(test), other = tmr_begin(test);

	tmr_start_duration(&one, 0.001, 0, &data_one);
	tmr_start_duration(&other, 0.001, 0, &data_two);
	tmr_wait_expired(&one);
	tmr_wait_expired(&other);
	tmr_dispatch(&one, SA_DISPATCH_ALL);
	test_true(test, tmr_seen.count == 1 && tmr_seen.calls[0].data == &data_one, "one handle's dispatch ran its own callback alone");
	tmr_dispatch(&other, SA_DISPATCH_ALL);
	test_true(test, tmr_seen.count == 2 && tmr_seen.calls[1].data == &data_two, "and so did the other's");
}

void TMR_084(struct test *test)
{
	struct tmr tmr = tmr_begin(test);
	SaTmrTimerIdT ids[100];
	void *data;

	for (size_t i = 0; i < 100; i++) {
		const bool expires = i % 10 == 0; /* else it is cancelled */
		ids[i] = tmr_start_duration(&tmr, expires ? 0.001 : 3600, 0, NULL);
		for (size_t k = 0; k < i; k++)
			test_true(test, ids[k] != ids[i], "id %zu is not id %zu", i, k);
		if (expires)
			tmr_dispatch_until(&tmr, i / 10 + 1);
		else
			test_code(test, tmr.api.cancel(tmr.handle, ids[i], &data), SA_AIS_OK, "saTmrTimerCancel");
	}
}
