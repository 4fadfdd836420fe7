/* The standard's common rules, shown with a library of one service (`echo` of core/ipc/tests) that has one callback. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ais/common/ais_client.h"
#include "ais/common/ais_version.h"
#include "conformance/check/check.h"
#include "core/ipc/tests/echo_server.h"

enum { THREADS = 16 };

/* --- a library --- */

struct echo_callbacks {
	void (*on_event)(SaUint64T cookie, SaUint32T index);
};

static void library_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in)
{
	const struct echo_callbacks *callbacks = ais_handle_callbacks(handle);
	const SaUint32T index = wire_get_u32(in);

	(void)event;
	if (callbacks->on_event != NULL)
		callbacks->on_event(*(SaUint64T *)ais_handle_data(handle), index);
}

/* The library's data is a cookie for the callback; its upper half is the lowest index that is not stale. */
static bool library_event_is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in)
{
	(void)event;
	return wire_get_u32(&in) < *(SaUint64T *)ais_handle_data(handle) >> 32;
}

static const struct ais_library library = {
	.service = "echo",
	.version = {'B', 1, 1},
	.callbacks_size = sizeof(struct echo_callbacks),
	.event = library_event,
	.event_is_stale = library_event_is_stale,
	.data_size = sizeof(SaUint64T),
};

static const struct ais_library other_library = {.service = "echo", .version = {'B', 1, 1}, .event = library_event};
static const struct ais_library unknown_library = {.service = "unknown", .version = {'B', 1, 1}, .event = library_event};
static const struct ais_library busy_library = {.service = "busy", .version = {'B', 1, 1}, .event = library_event};
static const struct ais_library refused_library = {.service = "closed", .version = {'B', 1, 1}, .event = library_event};

static struct counts {
	SaUint32T calls, last_index;
	SaUint64T last_cookie, handle;
	pthread_t thread;
	SaAisErrorT code;
	SaDispatchFlagsT flags;
} counts;

static pthread_mutex_t counts_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_event(SaUint64T cookie, SaUint32T index)
{
	pthread_mutex_lock(&counts_lock);
	counts.last_index = index;
	counts.last_cookie = cookie;
	counts.thread = pthread_self();
	counts.calls++;
	pthread_mutex_unlock(&counts_lock);
}

static SaUint32T counts_calls(void)
{
	pthread_mutex_lock(&counts_lock);
	const SaUint32T calls = counts.calls;
	pthread_mutex_unlock(&counts_lock);
	return calls;
}

/* --- fixture --- */

struct fixture {
	struct echo_server server;
	SaUint64T handle;
};

static SaAisErrorT initialize(SaUint64T *handle, void (*callback)(SaUint64T, SaUint32T))
{
	const struct echo_callbacks callbacks = {callback};
	SaVersionT version = {'B', 1, 1};

	return ais_initialize(&library, handle, &callbacks, &version);
}

static struct fixture fixture_open(void)
{
	struct fixture fixture = {0};

	memset(&counts, 0, sizeof counts);
	CU_ASSERT_FATAL(echo_server_start(&fixture.server, NULL));
	CU_ASSERT_EQUAL_FATAL(initialize(&fixture.handle, on_event), SA_AIS_OK);
	return fixture;
}

static void fixture_close(struct fixture *fixture)
{
	ais_finalize(&library, fixture->handle);
	echo_server_stop(&fixture->server);
}

static SaAisErrorT call(SaUint64T handle_value, SaUint16T request, SaTimeT timeout, SaUint32T first, SaUint32T second)
{
	struct wire_writer body = {0};
	struct ais_handle *handle = ais_handle_get(&library, handle_value);

	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	wire_put_u32(&body, first);
	wire_put_u32(&body, second);
	const SaAisErrorT code = ais_call(handle, request, timeout, &body, NULL);
	wire_writer_clear(&body);
	ais_handle_put(handle);
	return code;
}

static SaAisErrorT events_ask(SaUint64T handle, SaUint32T count)
{
	return call(handle, ECHO_REQUEST_EVENTS, -1, count, 0);
}

static struct echo_status status_of(SaUint64T handle_value)
{
	struct wire_writer answer = {0};
	struct echo_status status = {0};
	struct ais_handle *handle = ais_handle_get(&library, handle_value);

	CU_ASSERT_PTR_NOT_NULL_FATAL(handle);
	CU_ASSERT_EQUAL(ais_call(handle, ECHO_REQUEST_STATUS, -1, NULL, &answer), SA_AIS_OK);
	ais_handle_put(handle);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	status.descriptors = wire_get_u32(&in);
	status.clients = wire_get_u32(&in);
	status.closed = wire_get_u32(&in);
	status.opened = wire_get_u32(&in);
	status.held = wire_get_u32(&in);
	wire_writer_clear(&answer);
	return status;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_readable(SaUint64T handle)
{
	SaSelectionObjectT object;

	CU_ASSERT_EQUAL_FATAL(ais_selection_object_get(&library, handle, &object), SA_AIS_OK);
	struct pollfd ready = {.fd = (int)object, .events = POLLIN};
	return poll(&ready, 1, 0) == 1;
}

/* --- versions --- */

struct version_vector {
	SaVersionT offered, required;
	bool is_served;
	SaVersionT told;
};

static void versions_follow_the_table(void)
{
	static const struct version_vector vectors[] = {
		{{'B', 1, 1}, {'B', 1, 0}, true, {'B', 1, 1}},    {{'B', 1, 1}, {'B', 1, 1}, true, {'B', 1, 1}},
		{{'B', 1, 1}, {'B', 1, 255}, true, {'B', 1, 1}},  {{'B', 1, 1}, {'B', 2, 0}, false, {'B', 1, 1}},
		{{'B', 1, 1}, {'A', 1, 0}, false, {'B', 1, 1}},   {{'B', 1, 1}, {'A', 9, 9}, false, {'B', 1, 1}},
		{{'B', 1, 1}, {'C', 1, 0}, false, {'B', 1, 1}},   {{'B', 1, 1}, {'Z', 1, 0}, false, {'B', 1, 1}},
		{{'B', 1, 1}, {0, 0, 0}, false, {'B', 1, 1}},     {{'B', 1, 1}, {'B', 0, 0}, true, {'B', 1, 1}},
		{{'A', 1, 1}, {'A', 1, 0}, true, {'A', 1, 1}},    {{'A', 1, 1}, {'A', 2, 0}, false, {'A', 1, 1}},
		{{'A', 1, 1}, {'B', 1, 0}, false, {'A', 1, 1}},   {{'A', 1, 1}, {0, 0, 0}, false, {'A', 1, 1}},
		{{'B', 3, 1}, {'B', 1, 1}, true, {'B', 3, 1}},    {{'B', 3, 1}, {'B', 4, 0}, false, {'B', 3, 1}},
	};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		SaVersionT version = vectors[i].required;
		CU_ASSERT_EQUAL(ais_version_negotiate(&vectors[i].offered, 1, &version), vectors[i].is_served);
		CU_ASSERT_EQUAL(memcmp(&version, &vectors[i].told, sizeof version), 0);
	}
}

static void versions_of_several_releases_are_walked(void)
{
	static const SaVersionT offered[] = {{'D', 2, 1}, {'B', 1, 1}, {'B', 3, 2}, {'B', 3, 7}, {'B', 2, 9}, {'F', 1, 1}};
	static const struct version_vector vectors[] = {
		{{0, 0, 0}, {'B', 2, 0}, true, {'B', 3, 7}},  {{0, 0, 0}, {'B', 4, 0}, false, {'B', 3, 7}},
		{{0, 0, 0}, {'A', 1, 0}, false, {'B', 3, 7}}, {{0, 0, 0}, {'C', 1, 0}, false, {'D', 2, 1}},
		{{0, 0, 0}, {'D', 2, 0}, true, {'D', 2, 1}},  {{0, 0, 0}, {'E', 1, 0}, false, {'F', 1, 1}},
		{{0, 0, 0}, {'G', 1, 0}, false, {'F', 1, 1}}, {{0, 0, 0}, {'F', 2, 0}, false, {'F', 1, 1}},
	};

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		SaVersionT version = vectors[i].required;
		CU_ASSERT_EQUAL(ais_version_negotiate(offered, sizeof offered / sizeof offered[0], &version), vectors[i].is_served);
		CU_ASSERT_EQUAL(memcmp(&version, &vectors[i].told, sizeof version), 0);
	}
}

/* --- handles --- */

static void initialize_checks_its_arguments(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T handle = 4711;
	SaVersionT version = {'B', 2, 0};

	CU_ASSERT_EQUAL(ais_initialize(&library, NULL, NULL, &version), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ais_initialize(&library, &handle, NULL, NULL), SA_AIS_ERR_INVALID_PARAM);
	CU_ASSERT_EQUAL(ais_initialize(&library, &handle, NULL, &version), SA_AIS_ERR_VERSION);
	CU_ASSERT_EQUAL(handle, 4711);
	CU_ASSERT(version.releaseCode == 'B' && version.majorVersion == 1 && version.minorVersion == 1);
	CU_ASSERT_EQUAL(ais_initialize(&library, &handle, NULL, &version), SA_AIS_OK); /* callbacks NULL; COM-013 */
	CU_ASSERT_EQUAL(events_ask(handle, 2), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_dispatch(&library, handle, SA_DISPATCH_ALL), SA_AIS_OK); /* nobody to be called, but they are taken */
	CU_ASSERT_FALSE(is_readable(handle));
	CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_OK);
	fixture_close(&fixture);
}

static void refusal_leaves_handle_and_version_alone(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T handle = 4711;
	SaVersionT version = {'B', 1, 7};

	CU_ASSERT_EQUAL(ais_initialize(&refused_library, &handle, NULL, &version), SA_AIS_ERR_ACCESS);
	CU_ASSERT_EQUAL(ais_initialize(&busy_library, &handle, NULL, &version), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_EQUAL(ais_initialize(&unknown_library, &handle, NULL, &version), SA_AIS_ERR_NO_RESOURCES);
	CU_ASSERT(handle == 4711 && version.minorVersion == 7);
	fixture_close(&fixture);
}

static void hundred_handles_are_different_and_each_its_own(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T handles[100];

	for (size_t i = 0; i < 100; i++) {
		CU_ASSERT_EQUAL_FATAL(initialize(&handles[i], on_event), SA_AIS_OK);
		CU_ASSERT_NOT_EQUAL(handles[i], 0);
		for (size_t before = 0; before < i; before++)
			CU_ASSERT_NOT_EQUAL(handles[i], handles[before]);
	}
	CU_ASSERT_EQUAL(events_ask(handles[7], 1), SA_AIS_OK);
	CU_ASSERT(is_readable(handles[7]));
	CU_ASSERT_FALSE(is_readable(handles[8])); /* COM-051 */
	for (size_t i = 0; i < 100; i += 2)
		CU_ASSERT_EQUAL(ais_finalize(&library, handles[i]), SA_AIS_OK);
	for (size_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(events_ask(handles[i], 0), i % 2 == 0 ? SA_AIS_ERR_BAD_HANDLE : SA_AIS_OK);
	for (size_t i = 1; i < 100; i += 2)
		CU_ASSERT_EQUAL(ais_finalize(&library, handles[i]), SA_AIS_OK);
	fixture_close(&fixture);
}

static void values_that_are_no_handles_are_bad(void)
{
	struct fixture fixture = fixture_open();
	SaSelectionObjectT object;
	SaUint64T finalized;

	CU_ASSERT_EQUAL_FATAL(initialize(&finalized, on_event), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_finalize(&library, finalized), SA_AIS_OK);
	const SaUint64T values[] = {0, 1, 0xdeadbeef, UINT64_MAX, fixture.handle ^ 1, fixture.handle ^ UINT64_C(1) << 32, finalized};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		CU_ASSERT_EQUAL(ais_selection_object_get(&library, values[i], &object), SA_AIS_ERR_BAD_HANDLE);
		CU_ASSERT_EQUAL(ais_finalize(&library, values[i]), SA_AIS_ERR_BAD_HANDLE);
		for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++)
			CU_ASSERT_EQUAL(ais_dispatch(&library, values[i], (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE);
	}
	CU_ASSERT_EQUAL(ais_finalize(&other_library, fixture.handle), SA_AIS_ERR_BAD_HANDLE); /* another service's */
	CU_ASSERT_EQUAL(ais_selection_object_get(&library, fixture.handle, NULL), SA_AIS_ERR_INVALID_PARAM);
	fixture_close(&fixture);
}

static void finalized_values_do_not_come_back_soon(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T values[200];

	for (size_t i = 0; i < 200; i++) {
		CU_ASSERT_EQUAL_FATAL(initialize(&values[i], NULL), SA_AIS_OK);
		for (size_t before = 0; before < i; before++)
			CU_ASSERT_NOT_EQUAL(values[i], values[before]);
		CU_ASSERT_EQUAL(ais_finalize(&library, values[i]), SA_AIS_OK);
	}
	fixture_close(&fixture);
}

static void finalize_leaves_no_descriptor(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T handle;
	const int before = dup(0);

	close(before);
	for (uint32_t i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL_FATAL(initialize(&handle, on_event), SA_AIS_OK);
		CU_ASSERT_EQUAL(events_ask(handle, 3), SA_AIS_OK);
		CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_OK);
	}
	const int after = dup(0);
	CU_ASSERT_EQUAL(after, before);
	close(after);
	fixture_close(&fixture);
}

/* --- objects --- */

static const char type_of_checkpoint, type_of_iterator;

static void data_count_free(void *data)
{
	++*(int *)data;
}

static void objects_end_with_their_parents(void)
{
	struct fixture fixture = fixture_open();
	int freed[4] = {0};
	struct ais_handle *handle = ais_handle_get(&library, fixture.handle);

	const SaUint64T checkpoint = ais_object_add(handle, NULL, &type_of_checkpoint, &freed[0], data_count_free);
	struct ais_object *parent = ais_object_get(&type_of_checkpoint, checkpoint);
	CU_ASSERT_PTR_NOT_NULL_FATAL(parent);
	CU_ASSERT_PTR_NULL(ais_object_get(&type_of_iterator, checkpoint));
	CU_ASSERT_PTR_NULL(ais_handle_get(&library, checkpoint));
	const SaUint64T first = ais_object_add(handle, parent, &type_of_iterator, &freed[1], data_count_free);
	const SaUint64T second = ais_object_add(handle, parent, &type_of_iterator, &freed[2], data_count_free);
	const SaUint64T other = ais_object_add(handle, NULL, &type_of_checkpoint, &freed[3], data_count_free);

	struct ais_object *iterator = ais_object_get(&type_of_iterator, first);
	CU_ASSERT_PTR_EQUAL(ais_object_data(iterator), &freed[1]);
	CU_ASSERT_PTR_EQUAL(ais_object_handle(iterator), handle);
	CU_ASSERT(ais_object_remove(parent));
	CU_ASSERT_FALSE(ais_object_remove(parent)); /* somebody was first */
	CU_ASSERT_PTR_NULL(ais_object_get(&type_of_checkpoint, checkpoint));
	CU_ASSERT_PTR_NULL(ais_object_get(&type_of_iterator, first));
	CU_ASSERT_PTR_NULL(ais_object_get(&type_of_iterator, second));
	CU_ASSERT(freed[0] == 0 && freed[1] == 0 && freed[2] == 1); /* who is in use stays */
	CU_ASSERT_EQUAL(ais_object_add(handle, parent, &type_of_iterator, NULL, NULL), 0);
	ais_object_put(iterator);
	ais_object_put(parent);
	CU_ASSERT(freed[0] == 1 && freed[1] == 1);

	struct ais_object *last = ais_object_get(&type_of_checkpoint, other);
	CU_ASSERT_PTR_NOT_NULL_FATAL(last);
	CU_ASSERT_EQUAL(ais_finalize(&library, fixture.handle), SA_AIS_OK);
	CU_ASSERT_PTR_NULL(ais_object_get(&type_of_checkpoint, other));
	CU_ASSERT_EQUAL(freed[3], 0);
	CU_ASSERT_EQUAL(ais_object_add(handle, NULL, &type_of_checkpoint, NULL, NULL), 0);
	ais_handle_put(handle);
	CU_ASSERT_EQUAL(ais_call(ais_object_handle(last), ECHO_REQUEST_ECHO, -1, NULL, NULL), SA_AIS_ERR_BAD_HANDLE);
	ais_object_put(last);
	CU_ASSERT_EQUAL(freed[3], 1);
	fixture_close(&fixture);
}

/* --- selection object and dispatch --- */

static void selection_object_tells_what_is_pending(void)
{
	struct fixture fixture = fixture_open();
	SaSelectionObjectT first, second;

	CU_ASSERT_EQUAL(ais_selection_object_get(&library, fixture.handle, &first), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_selection_object_get(&library, fixture.handle, &second), SA_AIS_OK);
	CU_ASSERT_EQUAL(first, second);
	CU_ASSERT_EQUAL(fcntl((int)first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	CU_ASSERT_FALSE(is_readable(fixture.handle));
	CU_ASSERT_EQUAL(events_ask(fixture.handle, 3), SA_AIS_OK);
	CU_ASSERT(is_readable(fixture.handle));
	CU_ASSERT_EQUAL(counts.calls, 0); /* COM-037 */
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ONE), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 1);
	CU_ASSERT(pthread_equal(counts.thread, pthread_self()));
	CU_ASSERT(is_readable(fixture.handle));
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 3);
	CU_ASSERT_FALSE(is_readable(fixture.handle));
	fixture_close(&fixture);
}

static void dispatch_with_nothing_pending_returns_at_once(void)
{
	struct fixture fixture = fixture_open();
	const int64_t start_ms = monotonic_ms();

	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ONE), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	CU_ASSERT(monotonic_ms() - start_ms < 5000); /* far below any wait inside, far above a machine's hiccup */
	static const int flags[] = {0, 4, 7, -1};
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, (SaDispatchFlagsT)flags[i]), SA_AIS_ERR_INVALID_PARAM);
		CU_ASSERT_EQUAL(ais_dispatch(&library, 0, (SaDispatchFlagsT)flags[i]), SA_AIS_ERR_INVALID_PARAM);
	}
	fixture_close(&fixture);
}

static void stale_events_run_no_callback_and_do_not_count(void)
{
	struct fixture fixture = fixture_open();
	struct ais_handle *handle = ais_handle_get(&library, fixture.handle);

	*(SaUint64T *)ais_handle_data(handle) = UINT64_C(2) << 32 | 9;
	ais_handle_put(handle);
	CU_ASSERT_EQUAL(events_ask(fixture.handle, 4), SA_AIS_OK); /* 0 and 1 are stale */
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ONE), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 1);
	CU_ASSERT_EQUAL(counts.last_index, 2);
	CU_ASSERT_EQUAL(counts.last_cookie & 0xffffffff, 9);
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 2);
	fixture_close(&fixture);
}

struct dispatcher {
	pthread_t thread;
	SaUint64T handle;
	SaAisErrorT code;
};

static void *dispatcher_run(void *data)
{
	struct dispatcher *dispatcher = data;

	dispatcher->code = ais_dispatch(&library, dispatcher->handle, SA_DISPATCH_BLOCKING);
	return NULL;
}

static void wait_calls(SaUint32T calls)
{
	const int64_t until_ms = monotonic_ms() + 10000;

	while (counts_calls() < calls && monotonic_ms() < until_ms)
		sched_yield();
	CU_ASSERT_EQUAL(counts_calls(), calls);
}

static void blocking_dispatchers_share_the_work_and_end_with_finalize(void)
{
	struct fixture fixture = fixture_open();
	struct dispatcher dispatchers[4];

	for (size_t i = 0; i < 4; i++) {
		dispatchers[i] = (struct dispatcher){.handle = fixture.handle};
		pthread_create(&dispatchers[i].thread, NULL, dispatcher_run, &dispatchers[i]);
	}
	for (uint32_t round = 1; round <= 100; round++) {
		CU_ASSERT_EQUAL(events_ask(fixture.handle, 10), SA_AIS_OK);
		wait_calls(round * 10);
	}
	CU_ASSERT_FALSE(pthread_equal(counts.thread, pthread_self()));
	CU_ASSERT_EQUAL(ais_finalize(&library, fixture.handle), SA_AIS_OK);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(dispatchers[i].thread, NULL);
		CU_ASSERT_EQUAL(dispatchers[i].code, SA_AIS_OK);
	}
	fixture_close(&fixture);
}

static void on_event_finalize(SaUint64T cookie, SaUint32T index)
{
	on_event(cookie, index);
	counts.code = ais_finalize(&library, counts.handle);
}

static void finalize_inside_a_callback_ends_the_dispatch(void)
{
	struct fixture fixture = fixture_open();

	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++) {
		memset(&counts, 0, sizeof counts);
		CU_ASSERT_EQUAL_FATAL(initialize(&counts.handle, on_event_finalize), SA_AIS_OK);
		const SaUint64T handle = counts.handle;
		CU_ASSERT_EQUAL(events_ask(handle, 3), SA_AIS_OK);
		CU_ASSERT_EQUAL(ais_dispatch(&library, handle, (SaDispatchFlagsT)flags), SA_AIS_OK);
		CU_ASSERT_EQUAL(counts.code, SA_AIS_OK);
		CU_ASSERT_EQUAL(counts.calls, 1); /* COM-046: the other two are cancelled */
		CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_ERR_BAD_HANDLE);
	}
	fixture_close(&fixture);
}

static void on_event_dispatch(SaUint64T cookie, SaUint32T index)
{
	on_event(cookie, index);
	if (index == 0) {
		counts.code = ais_dispatch(&library, counts.handle, SA_DISPATCH_ONE);
		CU_ASSERT_EQUAL(events_ask(counts.handle, 0), SA_AIS_OK); /* any call is allowed */
	}
}

static void dispatch_inside_a_callback_works(void)
{
	struct fixture fixture = fixture_open();

	CU_ASSERT_EQUAL_FATAL(initialize(&counts.handle, on_event_dispatch), SA_AIS_OK);
	CU_ASSERT_EQUAL(events_ask(counts.handle, 3), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_dispatch(&library, counts.handle, SA_DISPATCH_ONE), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 2);
	CU_ASSERT_EQUAL(counts.code, SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_finalize(&library, counts.handle), SA_AIS_OK);
	fixture_close(&fixture);
}

struct caller {
	pthread_t thread;
	SaUint64T handle;
	SaAisErrorT code;
	uint32_t failed;
};

static void *caller_never(void *data)
{
	struct caller *caller = data;

	caller->code = call(caller->handle, ECHO_REQUEST_NEVER, SA_TIME_MAX, 0, 0);
	return NULL;
}

static void finalize_ends_calls_of_other_threads(void)
{
	struct fixture fixture = fixture_open();
	struct caller callers[THREADS];
	SaUint64T watcher;

	CU_ASSERT_EQUAL_FATAL(initialize(&watcher, NULL), SA_AIS_OK);
	for (size_t i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.handle = fixture.handle};
		pthread_create(&callers[i].thread, NULL, caller_never, &callers[i]);
	}
	const int64_t until_ms = monotonic_ms() + 10000;
	while (status_of(watcher).held < THREADS && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(ais_finalize(&library, fixture.handle), SA_AIS_OK);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		CU_ASSERT_EQUAL(callers[i].code, SA_AIS_ERR_BAD_HANDLE);
	}
	while (status_of(watcher).closed < 1 && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(watcher).closed, 1);
	ais_finalize(&library, watcher);
	fixture_close(&fixture);
}

static void *caller_mix(void *data)
{
	struct caller *caller = data;
	SaSelectionObjectT object;

	for (uint32_t i = 0; i < 200; i++) {
		caller->failed += events_ask(caller->handle, 1) != SA_AIS_OK;
		caller->failed += ais_dispatch(&library, caller->handle, i % 2 == 0 ? SA_DISPATCH_ONE : SA_DISPATCH_ALL) != SA_AIS_OK;
		caller->failed += ais_selection_object_get(&library, caller->handle, &object) != SA_AIS_OK;
	}
	return NULL;
}

/* COM-054 */
static void sixteen_threads_use_one_handle_without_an_error(void)
{
	struct fixture fixture = fixture_open();
	struct caller callers[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.handle = fixture.handle};
		pthread_create(&callers[i].thread, NULL, caller_mix, &callers[i]);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		CU_ASSERT_EQUAL(callers[i].failed, 0);
	}
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, THREADS * 200); /* each exactly once */
	CU_ASSERT_FALSE(is_readable(fixture.handle));
	fixture_close(&fixture);
}

static void *caller_race(void *data)
{
	struct caller *caller = data;
	SaAisErrorT code;

	do {
		code = events_ask(caller->handle, 1);
		if (code == SA_AIS_OK)
			code = ais_dispatch(&library, caller->handle, SA_DISPATCH_ALL);
	} while (code == SA_AIS_OK);
	caller->code = code;
	return NULL;
}

static void finalize_races_with_everything_and_each_loser_says_bad_handle(void)
{
	struct fixture fixture = fixture_open();
	struct caller callers[4];

	for (uint32_t round = 0; round < 50; round++) {
		SaUint64T handle;
		counts.calls = 0;
		CU_ASSERT_EQUAL_FATAL(initialize(&handle, on_event), SA_AIS_OK);
		for (size_t i = 0; i < 4; i++) {
			callers[i] = (struct caller){.handle = handle};
			pthread_create(&callers[i].thread, NULL, caller_race, &callers[i]);
		}
		while (counts_calls() < round % 10 + 1)
			sched_yield();
		CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_OK);
		for (size_t i = 0; i < 4; i++) {
			pthread_join(callers[i].thread, NULL);
			CU_ASSERT_EQUAL(callers[i].code, SA_AIS_ERR_BAD_HANDLE);
		}
	}
	fixture_close(&fixture);
}

/* --- death and fork --- */

static void *poll_without_end(void *data)
{
	struct pollfd *ready = data;

	poll(ready, 1, -1);
	return NULL;
}

/* CASE-111: who sleeps in poll() is woken as well. */
static void daemon_that_is_gone_is_library_for_ever_and_finalize_is_ok(void)
{
	struct fixture fixture = fixture_open();
	struct dispatcher dispatcher = {.handle = fixture.handle};
	pthread_t poller;
	SaUint64T handle;
	SaSelectionObjectT object;

	CU_ASSERT_EQUAL(ais_selection_object_get(&library, fixture.handle, &object), SA_AIS_OK);
	struct pollfd ready = {.fd = (int)object, .events = POLLIN};
	pthread_create(&dispatcher.thread, NULL, dispatcher_run, &dispatcher);
	pthread_create(&poller, NULL, poll_without_end, &ready);
	echo_server_kill(&fixture.server);
	pthread_join(dispatcher.thread, NULL);
	CU_ASSERT_EQUAL(dispatcher.code, SA_AIS_ERR_LIBRARY);
	pthread_join(poller, NULL);
	CU_ASSERT_EQUAL(poll(&ready, 1, 0), 1);
	CU_ASSERT_EQUAL(initialize(&handle, on_event), SA_AIS_ERR_TRY_AGAIN);
	CU_ASSERT_FATAL(echo_server_start(&fixture.server, NULL));
	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++)
		CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, (SaDispatchFlagsT)flags), SA_AIS_ERR_LIBRARY);
	CU_ASSERT_EQUAL(events_ask(fixture.handle, 1), SA_AIS_ERR_LIBRARY);
	CU_ASSERT_EQUAL(ais_selection_object_get(&library, fixture.handle, &object), SA_AIS_ERR_LIBRARY);
	CU_ASSERT_EQUAL(initialize(&handle, on_event), SA_AIS_OK);
	CU_ASSERT_EQUAL(events_ask(handle, 1), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_finalize(&library, fixture.handle), SA_AIS_OK);
	CU_ASSERT_EQUAL(ais_finalize(&library, fixture.handle), SA_AIS_ERR_BAD_HANDLE);
	fixture_close(&fixture);
}

static int in_child(SaUint64T inherited)
{
	SaUint64T own;

	if (events_ask(inherited, 1) != SA_AIS_ERR_BAD_HANDLE)
		return 1;
	if (ais_dispatch(&library, inherited, SA_DISPATCH_ALL) != SA_AIS_ERR_BAD_HANDLE)
		return 2;
	if (ais_finalize(&library, inherited) != SA_AIS_ERR_BAD_HANDLE)
		return 3;
	if (initialize(&own, on_event) != SA_AIS_OK || own == inherited || events_ask(own, 1) != SA_AIS_OK)
		return 4;
	exit(0); /* with all exit handlers */
}

/* COM-053 */
static void child_of_a_fork_has_no_handle_and_the_parent_keeps_its_own(void)
{
	struct fixture fixture = fixture_open();
	int status;

	CU_ASSERT_EQUAL(events_ask(fixture.handle, 2), SA_AIS_OK);
	fflush(NULL);
	const pid_t child = fork();
	if (child == 0)
		_exit(in_child(fixture.handle));
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(ais_dispatch(&library, fixture.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	CU_ASSERT_EQUAL(counts.calls, 2);
	CU_ASSERT_EQUAL(events_ask(fixture.handle, 1), SA_AIS_OK);
	fixture_close(&fixture);
}

/* COM-052 holds though a child of the dead process lives on. */
static void death_of_a_process_is_noticed_while_its_child_lives(void)
{
	struct fixture fixture = fixture_open();
	int alive[2], end[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(alive), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(end), 0);
	fflush(NULL);
	const pid_t child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0) {
		struct dispatcher dispatcher;
		close(alive[0]);
		close(end[1]);
		if (initialize(&dispatcher.handle, on_event) != SA_AIS_OK || events_ask(dispatcher.handle, 1) != SA_AIS_OK)
			_exit(1);
		/* A thread is inside the handle when the process forks. */
		pthread_create(&dispatcher.thread, NULL, dispatcher_run, &dispatcher);
		while (counts_calls() < 1)
			sched_yield();
		if (fork() == 0)
			(void)!write(alive[1], "", 1);
		(void)!read(end[0], &byte, 1); /* the grandchild lives until the test is over */
		_exit(0);
	}
	CU_ASSERT_EQUAL(read(alive[0], &byte, 1), 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	const int64_t until_ms = monotonic_ms() + 10000;
	while (status_of(fixture.handle).closed < 1 && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(fixture.handle).closed, 1);
	close(end[0]);
	close(end[1]);
	close(alive[0]);
	close(alive[1]);
	fixture_close(&fixture);
}

static void on_event_fork(SaUint64T cookie, SaUint32T index)
{
	on_event(cookie, index);
	if (index == 0 && (counts.code = (SaAisErrorT)fork()) == 0)
		counts.handle = 0; /* we are the child */
}

static void fork_inside_a_callback_ends_the_childs_dispatch(void)
{
	struct fixture fixture = fixture_open();
	SaUint64T handle;
	int status;

	CU_ASSERT_EQUAL_FATAL(initialize(&handle, on_event_fork), SA_AIS_OK);
	CU_ASSERT_EQUAL(events_ask(handle, 3), SA_AIS_OK);
	fflush(NULL);
	counts.handle = handle;
	CU_ASSERT_EQUAL(ais_dispatch(&library, handle, SA_DISPATCH_ALL), SA_AIS_OK);
	if (counts.handle == 0)
		_exit(counts.calls == 1 ? 0 : 1);
	waitpid((pid_t)counts.code, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(counts.calls, 3);
	CU_ASSERT_EQUAL(ais_finalize(&library, handle), SA_AIS_OK);
	fixture_close(&fixture);
}

static void names_are_one_to_256_octets(void)
{
	SaNameT name = {0};

	CU_ASSERT_FALSE(ais_name_is_valid(&name));
	name.length = 1;
	CU_ASSERT(ais_name_is_valid(&name));
	name.length = 256;
	CU_ASSERT(ais_name_is_valid(&name));
	name.length = 257;
	CU_ASSERT_FALSE(ais_name_is_valid(&name));
}

static void constants_have_the_standards_values(void)
{
	CU_ASSERT(SA_TIME_END == INT64_MAX && SA_TIME_MAX == SA_TIME_END && SA_TIME_BEGIN == 0);
	CU_ASSERT(SA_TIME_UNKNOWN == INT64_MIN && (SaTimeT)-1 < SA_TIME_ONE_SECOND);
	CU_ASSERT(SA_TIME_ONE_DAY == 24 * SA_TIME_ONE_HOUR && SA_TIME_ONE_HOUR == INT64_C(3600000000000));
	CU_ASSERT(SA_AIS_OK == 1 && SA_AIS_ERR_NAME_NOT_FOUND == 17 && SA_AIS_ERR_NO_SECTIONS == 27);
	CU_ASSERT(sizeof(SaSizeT) == 8 && sizeof(SaInvocationT) == 8 && sizeof(SaLimitValueT) == 8 && _Alignof(SaNameT) == 2);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"versions follow the table (COM-008..012)", versions_follow_the_table},
		{"versions of several releases are walked", versions_of_several_releases_are_walked},
		{"initialize checks its arguments (COM-013..017)", initialize_checks_its_arguments},
		{"a refusal leaves handle and version alone", refusal_leaves_handle_and_version_alone},
		{"100 handles are different and each its own (COM-020..022)", hundred_handles_are_different_and_each_its_own},
		{"values that are no handles are bad (COM-026, -027, -043..045)", values_that_are_no_handles_are_bad},
		{"finalized values do not come back soon", finalized_values_do_not_come_back_soon},
		{"finalize leaves no descriptor", finalize_leaves_no_descriptor},
		{"objects end with their parents", objects_end_with_their_parents},
		{"the selection object tells what is pending (COM-028..037)", selection_object_tells_what_is_pending},
		{"dispatch with nothing pending returns at once (COM-032, -033, -042)", dispatch_with_nothing_pending_returns_at_once},
		{"stale events run no callback and do not count", stale_events_run_no_callback_and_do_not_count},
		{"blocking dispatchers share the work and end with finalize (COM-038..041)",
		 blocking_dispatchers_share_the_work_and_end_with_finalize},
		{"finalize inside a callback ends the dispatch (COM-046, -047)", finalize_inside_a_callback_ends_the_dispatch},
		{"dispatch inside a callback works (COM-048)", dispatch_inside_a_callback_works},
		{"finalize ends calls of other threads", finalize_ends_calls_of_other_threads},
		{"sixteen threads use one handle without an error (COM-054)", sixteen_threads_use_one_handle_without_an_error},
		{"finalize races with everything, each loser says BAD_HANDLE",
		 finalize_races_with_everything_and_each_loser_says_bad_handle},
		{"a daemon that is gone is LIBRARY for ever, finalize is OK", daemon_that_is_gone_is_library_for_ever_and_finalize_is_ok},
		{"the child of a fork has no handle, the parent keeps its own (COM-053)",
		 child_of_a_fork_has_no_handle_and_the_parent_keeps_its_own},
		{"death of a process is noticed while its child lives (COM-052)", death_of_a_process_is_noticed_while_its_child_lives},
		{"fork inside a callback ends the child's dispatch", fork_inside_a_callback_ends_the_childs_dispatch},
		{"names are 1 to 256 octets", names_are_one_to_256_octets},
		{"constants have the standard's values (COM-001..006)", constants_have_the_standards_values},
	};

	return check_run("ais common", cases, sizeof cases / sizeof cases[0]);
}
