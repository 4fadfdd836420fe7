/* Unit tests of libSaTmr's reports to the daemon: ais/common is replaced by this file, and its clocks. */
#include "conformance/check/check.h"

#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ais/common/ais_client.h"
#include "ais/tmr/tmr_messages.h"

enum { HANDLE = 1 };

struct ais_handle {
	SaTmrCallbacksT callbacks;
	_Alignas(16) uint8_t data[1024];
};

static struct {
	struct ais_handle handle;
	int events;
	int64_t skipped_ns;
	bool has_room;       /* for what is told */
	unsigned tried;      /* tellings */
	struct tmr_report told;
} at;

static const struct ais_library *library;

/* The library's clocks: they go when a test says so. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	*now = (struct timespec){.tv_sec = (clock == CLOCK_REALTIME ? 1700000000 : 1000) + at.skipped_ns / SA_TIME_ONE_SECOND};
	return 0;
}

/* --- ais/common's part --- */

SaAisErrorT ais_initialize(const struct ais_library *of, SaUint64T *handle, const void *callbacks, SaVersionT *version)
{
	(void)version;
	CU_ASSERT_FATAL(of->data_size <= sizeof at.handle.data);
	library = of;
	memcpy(&at.handle.callbacks, callbacks, of->callbacks_size);
	*handle = HANDLE;
	CU_ASSERT_EQUAL_FATAL(of->source->open(at.handle.data, (SaSelectionObjectT)at.events), SA_AIS_OK);
	return of->enter(&at.handle);
}

SaAisErrorT ais_selection_object_get(const struct ais_library *of, SaUint64T handle, SaSelectionObjectT *selection_object)
{
	(void)handle;
	*selection_object = of->source->descriptor(at.handle.data);
	return SA_AIS_OK;
}

SaAisErrorT ais_dispatch(const struct ais_library *of, SaUint64T handle, SaDispatchFlagsT flags)
{
	(void)handle;
	(void)flags;
	while (of->source->run(&at.handle, of->source->now(at.handle.data)))
		continue;
	return SA_AIS_OK;
}

SaAisErrorT ais_finalize(const struct ais_library *of, SaUint64T handle)
{
	(void)handle;
	of->source->close(at.handle.data);
	return SA_AIS_OK;
}

struct ais_handle *ais_handle_get(const struct ais_library *of, SaUint64T handle)
{
	(void)of;
	return handle == HANDLE ? &at.handle : NULL;
}

void ais_handle_put(struct ais_handle *handle)
{
	(void)handle;
}

void *ais_handle_data(struct ais_handle *handle)
{
	return handle->data;
}

const void *ais_handle_callbacks(const struct ais_handle *handle)
{
	return &handle->callbacks;
}

bool ais_handle_is_lost(struct ais_handle *handle)
{
	(void)handle;
	return false;
}

static void report_take(const struct wire_writer *body)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(body));

	CU_ASSERT_TRUE(tmr_report_decode(&in, &at.told));
}

SaAisErrorT ais_call(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body, struct wire_writer *answer)
{
	(void)handle;
	(void)timeout;
	(void)answer;
	CU_ASSERT_EQUAL(request, TMR_REQUEST_REPORT);
	report_take(body);
	return SA_AIS_OK;
}

bool ais_tell(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body)
{
	(void)handle;
	CU_ASSERT_EQUAL(request, TMR_REQUEST_REPORT);
	at.tried++;
	if (at.has_room)
		report_take(body);
	return at.has_room;
}

/* --- the tests --- */

static void on_expired(SaTmrTimerIdT id, const void *data, SaUint64T count)
{
	(void)id;
	(void)data;
	(void)count;
}

static void begin(void)
{
	const SaTmrCallbacksT callbacks = {on_expired};
	SaVersionT version = {'A', 1, 1};
	SaTmrHandleT handle;

	memset(&at, 0, sizeof at);
	at.events = eventfd(0, EFD_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(saTmrInitialize(&handle, &callbacks, &version), SA_AIS_OK);
	CU_ASSERT_EQUAL(at.told.timer_count, 0);
}

static void end(void)
{
	saTmrFinalize(HANDLE);
	close(at.events);
}

/* Due long after the test. */
static void timer_start(void)
{
	const SaTmrTimerAttributesT attributes = {.type = SA_TIME_DURATION, .initialExpirationTime = SA_TIME_ONE_DAY};
	SaTmrTimerIdT id;
	SaTimeT called;

	CU_ASSERT_EQUAL(saTmrTimerStart(HANDLE, &attributes, NULL, &id, &called), SA_AIS_OK);
}

static SaInt64T patience(void)
{
	return library->source->patience(at.handle.data);
}

static void a_report_that_was_told_is_owed_no_more(void)
{
	begin();
	at.has_room = true;
	timer_start();
	CU_ASSERT_EQUAL(at.tried, 1);
	CU_ASSERT_EQUAL(at.told.timer_count, 1);
	CU_ASSERT_TRUE(patience() < 0); /* a blocking dispatch need not come back for it */
	at.skipped_ns += SA_TIME_ONE_MINUTE;
	saTmrDispatch(HANDLE, SA_DISPATCH_ALL);
	CU_ASSERT_EQUAL(at.tried, 1);
	end();
}

/* It stays owed, a second later it is tried again, and not before. */
static void a_report_that_found_no_room_is_told_later(void)
{
	begin();
	timer_start();
	CU_ASSERT_EQUAL(at.tried, 1);
	CU_ASSERT_TRUE(patience() > 0);
	timer_start();
	CU_ASSERT_EQUAL(at.tried, 1);
	at.skipped_ns += SA_TIME_ONE_MINUTE;
	saTmrDispatch(HANDLE, SA_DISPATCH_ALL); /* nothing has changed meanwhile, and it has no room yet */
	CU_ASSERT_EQUAL(at.tried, 2);
	CU_ASSERT_TRUE(patience() > 0);
	CU_ASSERT_EQUAL(at.told.timer_count, 0);
	at.skipped_ns += SA_TIME_ONE_MINUTE;
	at.has_room = true;
	saTmrDispatch(HANDLE, SA_DISPATCH_ALL);
	CU_ASSERT_EQUAL(at.tried, 3);
	CU_ASSERT_EQUAL(at.told.timer_count, 2);
	CU_ASSERT_TRUE(patience() < 0);
	end();
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a report that was told is owed no more", a_report_that_was_told_is_owed_no_more},
		{"a report that found no room is told later", a_report_that_found_no_room_is_told_later},
	};

	return check_run("tmr client", cases, sizeof cases / sizeof *cases);
}
