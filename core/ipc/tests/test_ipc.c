/* The IPC between well-behaved ends: sizes, threads, events, time, death on either side, fork. Hostile clients: test_ipc_hostile.c. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/check/check.h"
#include "core/ipc/ipc_client.h"
#include "core/ipc/ipc_messages.h"
#include "core/ipc/ipc_path.h"
#include "core/ipc/tests/echo_server.h"

enum { THREADS = 16 };

/* --- fixture --- */

struct fixture {
	struct echo_server server;
	struct ipc_client *client;
};

static struct fixture fixture_open(const struct ipc_server_limits *limits)
{
	struct fixture fixture = {0};

	CU_ASSERT_FATAL(echo_server_start(&fixture.server, limits));
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &fixture.client), RESULT_OK);
	return fixture;
}

static void fixture_close(struct fixture *fixture)
{
	ipc_client_close(fixture->client);
	echo_server_stop(&fixture->server);
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint8_t pattern(uint32_t seed, size_t i)
{
	return (uint8_t)((seed * 2654435761u + i * 40503u) >> 7);
}

/* Sends `size` octets that only this call has and holds the answer against them. */
static bool echoes(struct ipc_client *client, uint32_t seed, size_t size)
{
	struct wire_writer body = {0}, answer = {0};

	wire_put_zeros(&body, size);
	for (size_t i = 0; i < size; i++)
		body.data[i] = pattern(seed, i);
	const bool is_equal = ipc_client_call(client, ECHO_REQUEST_ECHO, -1, wire_writer_bytes(&body), &answer) == RESULT_OK &&
	                      bytes_equal(wire_writer_bytes(&body), wire_writer_bytes(&answer));
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return is_equal;
}

static uint32_t call_u32(struct ipc_client *client, uint16_t request, int64_t timeout_ns, uint32_t first, uint32_t second,
                         struct wire_writer *answer)
{
	struct wire_writer body = {0};

	wire_put_u32(&body, first);
	wire_put_u32(&body, second);
	const uint32_t code = ipc_client_call(client, request, timeout_ns, wire_writer_bytes(&body), answer);
	wire_writer_clear(&body);
	return code;
}

static struct echo_status status_of(struct ipc_client *client)
{
	struct wire_writer answer = {0};
	struct echo_status status = {0};

	CU_ASSERT_EQUAL_FATAL(ipc_client_call(client, ECHO_REQUEST_STATUS, -1, (struct bytes){0}, &answer), RESULT_OK);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	status.descriptors = wire_get_u32(&in);
	status.clients = wire_get_u32(&in);
	status.closed = wire_get_u32(&in);
	status.opened = wire_get_u32(&in);
	status.held = wire_get_u32(&in);
	CU_ASSERT(wire_finish(&in));
	wire_writer_clear(&answer);
	return status;
}

/* The daemon's own word is the event that these wait for. */
static void wait_held(struct ipc_client *client, uint32_t held)
{
	const int64_t until_ms = monotonic_ms() + 20000;

	while (status_of(client).held != held && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(client).held, held);
}

static void wait_closed(struct ipc_client *client, uint32_t closed)
{
	const int64_t until_ms = monotonic_ms() + 20000;

	while (status_of(client).closed < closed && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(client).closed, closed);
}

static bool is_readable(struct ipc_client *client)
{
	struct pollfd ready = {.fd = ipc_client_event_descriptor(client), .events = POLLIN};

	return poll(&ready, 1, 0) == 1;
}

static uint32_t descriptors_open(void)
{
	uint32_t count = 0;

	for (int descriptor = 0; descriptor < 4096; descriptor++)
		count += fcntl(descriptor, F_GETFD) != -1;
	return count;
}

/* --- pure parts --- */

static void instance_names_are_checked(void)
{
	CU_ASSERT(ipc_instance_is_valid("aisle"));
	CU_ASSERT(ipc_instance_is_valid("a.B_9-x"));
	CU_ASSERT(ipc_instance_is_valid("0123456789abcdef0123456789abcdef"));
	CU_ASSERT_FALSE(ipc_instance_is_valid("0123456789abcdef0123456789abcdef0"));
	CU_ASSERT_FALSE(ipc_instance_is_valid(""));
	CU_ASSERT_FALSE(ipc_instance_is_valid(".."));
	CU_ASSERT_FALSE(ipc_instance_is_valid("a/b"));
	CU_ASSERT_FALSE(ipc_instance_is_valid("a b"));
}

static void socket_path_follows_user_and_environment(void)
{
	const char *runtime_before = getenv("XDG_RUNTIME_DIR");
	char *runtime = runtime_before == NULL ? NULL : strdup(runtime_before);
	char name[200];
	struct ipc_path path;

	unsetenv("AISLE_SOCKET");
	CU_ASSERT(ipc_path_of(&path, "west", 0));
	CU_ASSERT_STRING_EQUAL(path.text, "/run/aisle/west/ipc.sock");
	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	CU_ASSERT(ipc_path_of(&path, "west", 7));
	CU_ASSERT_STRING_EQUAL(path.text, "/run/user/7/aisle/west/ipc.sock");
	unsetenv("XDG_RUNTIME_DIR");
	CU_ASSERT(ipc_path_of(&path, "west", 7));
	CU_ASSERT_STRING_EQUAL(path.text, "/tmp/aisle-7/west/ipc.sock");
	CU_ASSERT(path.is_shared);
	CU_ASSERT_FALSE(ipc_path_of(&path, "../west", 7));
	memset(name, 'x', sizeof name - 1);
	name[0] = '/';
	name[sizeof name - 1] = '\0';
	setenv("XDG_RUNTIME_DIR", name, 1);
	CU_ASSERT_FALSE(ipc_path_of(&path, "west", 7));
	setenv("AISLE_SOCKET", "/x/y", 1);
	CU_ASSERT(ipc_path_of(&path, "west", 7));
	CU_ASSERT_STRING_EQUAL(path.text, "/x/y");
	name[107] = '\0';
	setenv("AISLE_SOCKET", name, 1);
	CU_ASSERT(ipc_path_of(&path, "west", 7));
	name[107] = 'x';
	name[108] = '\0';
	setenv("AISLE_SOCKET", name, 1);
	CU_ASSERT_FALSE(ipc_path_of(&path, "west", 7));
	unsetenv("AISLE_SOCKET");
	if (runtime != NULL)
		setenv("XDG_RUNTIME_DIR", runtime, 1);
	else
		unsetenv("XDG_RUNTIME_DIR");
	free(runtime);
}

static void directory_of_a_stranger_is_not_trusted(void)
{
	char directory[] = "/tmp/aisle-test-XXXXXX";
	struct ipc_path path = {.is_shared = true};

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path.text, sizeof path.text, "%s/west/ipc.sock", directory);
	CU_ASSERT(ipc_path_prepare(&path));
	CU_ASSERT(ipc_path_is_safe(&path));
	chmod(directory, 0777); /* anybody could put another socket there */
	CU_ASSERT_FALSE(ipc_path_is_safe(&path));
	CU_ASSERT_FALSE(ipc_path_prepare(&path));
	CU_ASSERT_EQUAL(errno, EPERM);
	snprintf(path.text, sizeof path.text, "%s/west", directory);
	rmdir(path.text);
	rmdir(directory);
}

static void greeting_of_any_other_shape_is_refused(void)
{
	struct wire_writer out = {0};
	struct ipc_hello hello = {.service = "ckpt", .clock = 7}, got;

	ipc_hello_encode(&out, &hello);
	const struct bytes message = wire_writer_bytes(&out);
	struct wire_reader in = wire_reader_of(message);
	CU_ASSERT(ipc_hello_decode(&in, &got));
	CU_ASSERT_STRING_EQUAL(got.service, "ckpt");
	CU_ASSERT_EQUAL(got.clock, 7);
	for (size_t size = 0; size < message.size; size++) {
		in = wire_reader_of(bytes_of(message.data, size));
		CU_ASSERT_FALSE(ipc_hello_decode(&in, &got));
	}
	wire_put_u8(&out, 0);
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(ipc_hello_decode(&in, &got)); /* our own format has no more */
	out.data[0] = IPC_FORMAT + 1;
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT(ipc_hello_decode(&in, &got)); /* a younger one may */
	out.data[0] = 0;
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(ipc_hello_decode(&in, &got));
	out.data[0] = IPC_FORMAT;
	out.size--;
	out.data[out.size - sizeof hello.clock - 1] = '/';
	in = wire_reader_of(wire_writer_bytes(&out));
	CU_ASSERT_FALSE(ipc_hello_decode(&in, &got));
	wire_writer_clear(&out);
}

struct ring_fixture {
	void *mapping;
	struct ipc_ring producer, consumer, other;
};

static struct ring_fixture ring_fixture_open(void)
{
	struct ring_fixture fixture = {.mapping = aligned_alloc(4096, ipc_mapping_size(IPC_RING_SIZE_MIN))};

	memset(fixture.mapping, 0, ipc_mapping_size(IPC_RING_SIZE_MIN));
	ipc_rings_of_mapping(fixture.mapping, IPC_RING_SIZE_MIN, &fixture.producer, &fixture.other, &fixture.other);
	ipc_rings_of_mapping(fixture.mapping, IPC_RING_SIZE_MIN, &fixture.consumer, &fixture.other, &fixture.other);
	return fixture;
}

static void messages_of_all_sizes_pass_a_small_ring_in_parts(void)
{
	struct ring_fixture ring = ring_fixture_open();
	struct ipc_assembly assembly = {0};
	static uint8_t body[3 * IPC_RING_SIZE_MIN];
	const char *why;

	/* Positions begin just before they wrap. */
	ring.producer.position = ring.consumer.position = ring.producer.words->head = ring.producer.words->tail = UINT32_MAX - 4095;
	for (uint32_t total = 0; total < sizeof body; total += total < 128 ? 1 : 61) {
		for (size_t i = 0; i < total; i++)
			body[i] = pattern(total, i);
		const struct ipc_record record = {.kind = 3, .total = total, .call = total, .timeout_ns = -1};
		size_t done = 0;
		enum ipc_put put = IPC_PUT_FULL;
		enum ipc_take take = IPC_TAKE_NOTHING;
		while (take != IPC_TAKE_MESSAGE) {
			if (put == IPC_PUT_FULL)
				put = ipc_record_put(&ring.producer, record, body, &done);
			ipc_ring_publish(&ring.producer);
			while ((take = ipc_assembly_take(&assembly, &ring.consumer, sizeof body, &why)) == IPC_TAKE_PART)
				ipc_ring_release(&ring.consumer);
			CU_ASSERT_FATAL(take == IPC_TAKE_MESSAGE || (take == IPC_TAKE_NOTHING && put == IPC_PUT_FULL));
		}
		ipc_ring_release(&ring.consumer);
		CU_ASSERT_FATAL(assembly.record.call == total && bytes_equal(wire_writer_bytes(&assembly.body), bytes_of(body, total)));
	}
	ipc_assembly_clear(&assembly);
	free(ring.mapping);
}

/* Two threads on one small ring that sleep whenever they may, in turn on a semaphore that stands for the socket and on the ring's word: a wake-up
 * that is lost leaves both asleep. */
struct pair {
	struct ring_fixture ring;
	sem_t something, room;
	uint32_t taken_wrong;
};

enum { PAIR_MESSAGES = 200000 };

static void pair_publish(struct pair *pair)
{
	const enum ipc_wake where = ipc_ring_publish(&pair->ring.producer);

	if (where == IPC_WAKE_SOCKET)
		sem_post(&pair->something);
	else if (where == IPC_WAKE_FUTEX)
		syscall(SYS_futex, &pair->ring.producer.words->wake_wanted, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void *pair_consume(void *data)
{
	struct pair *pair = data;
	struct ipc_assembly assembly = {0};
	const char *why;
	uint64_t expected = 0, sleeps = 0;

	while (expected < PAIR_MESSAGES) {
		const enum ipc_take take = ipc_assembly_take(&assembly, &pair->ring.consumer, 8192, &why);
		if (take == IPC_TAKE_NOTHING) {
			const enum ipc_wake where = ++sleeps % 2 == 0 ? IPC_WAKE_SOCKET : IPC_WAKE_FUTEX;
			if (!ipc_ring_sleep_where(&pair->ring.consumer, where))
				continue;
			if (where == IPC_WAKE_SOCKET)
				sem_wait(&pair->something);
			else
				syscall(SYS_futex, &pair->ring.consumer.words->wake_wanted, FUTEX_WAIT, IPC_WAKE_FUTEX, NULL, NULL, 0);
			continue;
		}
		if (ipc_ring_release(&pair->ring.consumer))
			sem_post(&pair->room);
		if (take == IPC_TAKE_MESSAGE)
			pair->taken_wrong += assembly.record.call != expected++;
	}
	ipc_assembly_clear(&assembly);
	return NULL;
}

static void no_wake_up_is_lost_between_two_sleepers(void)
{
	struct pair pair = {.ring = ring_fixture_open()};
	static const uint8_t body[1000];
	struct timespec until;
	pthread_t consumer;
	bool is_stuck = false;

	sem_init(&pair.something, 0, 0);
	sem_init(&pair.room, 0, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&consumer, NULL, pair_consume, &pair), 0);
	for (uint64_t call = 0; call < PAIR_MESSAGES && !is_stuck; call++) {
		const struct ipc_record record = {.kind = 1, .total = (uint32_t)(call % sizeof body), .call = call};
		size_t done = 0;
		enum ipc_put put;
		do {
			put = ipc_record_put(&pair.ring.producer, record, body, &done);
			pair_publish(&pair);
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec += 10;
			is_stuck = put == IPC_PUT_FULL && sem_timedwait(&pair.room, &until) != 0;
		} while (put == IPC_PUT_FULL && !is_stuck);
	}
	CU_ASSERT_FALSE_FATAL(is_stuck);
	pthread_join(consumer, NULL);
	CU_ASSERT_EQUAL(pair.taken_wrong, 0);
	free(pair.ring.mapping);
}

static void lies_about_positions_are_found_out(void)
{
	struct ring_fixture ring = ring_fixture_open();

	ring.producer.words->tail = IPC_RING_SIZE_MIN + 8;
	CU_ASSERT_EQUAL(ipc_ring_available(&ring.consumer), ipc_ring_broken);
	ring.producer.words->tail = (uint32_t)-8;
	CU_ASSERT_EQUAL(ipc_ring_available(&ring.consumer), ipc_ring_broken);
	ring.producer.words->tail = 12; /* not aligned */
	CU_ASSERT_EQUAL(ipc_ring_available(&ring.consumer), ipc_ring_broken);
	ring.producer.words->head = 8; /* before the producer */
	CU_ASSERT_EQUAL(ipc_ring_room(&ring.producer), ipc_ring_broken);
	ring.producer.words->head = 0;
	CU_ASSERT_EQUAL(ipc_ring_room(&ring.producer), IPC_RING_SIZE_MIN);
	free(ring.mapping);
}

static void record_that_breaks_a_rule_is_refused(void)
{
	static const struct ipc_record records[] = {
		{.size = 9, .total = 8},                   /* part above the whole */
		{.size = 0, .total = 8},                   /* a part of nothing */
		{.size = 4064, .total = 4064},             /* above what was written */
		{.size = UINT32_MAX, .total = UINT32_MAX}, /* above the limit */
		{.size = 8, .total = 100000},
	};

	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct ring_fixture ring = ring_fixture_open();
		struct ipc_assembly assembly = {0};
		uint8_t header[IPC_RECORD_SIZE];
		const char *why = NULL;
		ipc_record_encode(header, &records[i]);
		ipc_ring_put(&ring.producer, header, sizeof header);
		ipc_ring_put(&ring.producer, "12345678", 8);
		ipc_ring_publish(&ring.producer);
		CU_ASSERT_EQUAL(ipc_assembly_take(&assembly, &ring.consumer, 8192, &why), IPC_TAKE_BROKEN);
		CU_ASSERT_PTR_NOT_NULL(why);
		ipc_assembly_clear(&assembly);
		free(ring.mapping);
	}
}

/* --- calls --- */

static void bodies_from_nothing_to_ten_mib_come_back(void)
{
	static const size_t sizes[] = {0, 1, 7, 8, 9, 31, 32, 33, 1000, 4064, 4096, 65503, 65504, 65505, 65536, 262143, 262144, 1 << 20,
	                               (1 << 20) + 1, 10 << 20};
	struct fixture fixture = fixture_open(NULL);

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		CU_ASSERT(echoes(fixture.client, (uint32_t)i, sizes[i]));
	fixture_close(&fixture);
}

static void smallest_rings_carry_the_same(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);

	for (size_t size = 0; size < 10000; size += 37)
		CU_ASSERT(echoes(fixture.client, (uint32_t)size, size));
	CU_ASSERT(echoes(fixture.client, 1, 3 << 20));
	fixture_close(&fixture);
}

static void codes_and_timeouts_pass_unchanged(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct wire_writer answer = {0};

	for (uint32_t code = 1; code <= 27; code++)
		CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_CODE, -1, code, 0, NULL), code);
	static const int64_t timeouts[] = {-1, 0, 1, 1000000000, INT64_MAX - 1, INT64_MAX};
	for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
		CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_TIMEOUT, timeouts[i], (struct bytes){0}, &answer), RESULT_OK);
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
		CU_ASSERT_EQUAL(wire_get_i64(&in), timeouts[i]);
		CU_ASSERT(wire_get_i64(&in) > 0); /* since it was asked */
	}
	wire_writer_clear(&answer);
	fixture_close(&fixture);
}

static void body_above_the_limit_is_refused_and_the_next_call_works(void)
{
	const struct ipc_server_limits limits = {.request_size_max = 100000};
	struct fixture fixture = fixture_open(&limits);

	CU_ASSERT(echoes(fixture.client, 1, 100000));
	CU_ASSERT_FALSE(echoes(fixture.client, 1, 100001));
	CU_ASSERT(echoes(fixture.client, 1, 3));
	fixture_close(&fixture);
}

static void answer_above_the_pending_limit_is_delivered_when_fetched(void)
{
	const struct ipc_server_limits limits = {.pending_size_max = 100000};
	struct fixture fixture = fixture_open(&limits);
	struct wire_writer answer = {0};

	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_SIZE, -1, 20 << 20, 0, &answer), RESULT_OK);
	CU_ASSERT_EQUAL(answer.size, 20 << 20);
	wire_writer_clear(&answer);
	fixture_close(&fixture);
}

static void refusals_come_back_as_their_code(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *client = NULL;

	CU_ASSERT_EQUAL(ipc_client_connect("closed", &client), RESULT_ACCESS);
	CU_ASSERT_EQUAL(ipc_client_connect("busy", &client), RESULT_TRY_AGAIN);
	CU_ASSERT_EQUAL(ipc_client_connect("other", &client), RESULT_NOT_EXIST);
	CU_ASSERT_EQUAL(ipc_client_connect("a_name_that_is_longer_than_any_service_s", &client), RESULT_NOT_EXIST);
	CU_ASSERT_PTR_NULL(client);
	CU_ASSERT_EQUAL(status_of(fixture.client).closed, 0);
	fixture_close(&fixture);
}

static void no_daemon_is_try_again(void)
{
	struct ipc_client *client;

	setenv("AISLE_SOCKET", "/tmp/aisle-there-is-nobody", 1);
	CU_ASSERT_EQUAL(ipc_client_connect("echo", &client), RESULT_TRY_AGAIN);
	unsetenv("AISLE_SOCKET");
}

struct worker {
	pthread_t thread;
	struct ipc_client *client;
	uint32_t number, failed, code;
	int64_t timeout_ns;
	pid_t thread_id; /* atomic */
};

static void *worker_echo(void *data)
{
	struct worker *worker = data;

	for (uint32_t i = 0; i < 200; i++) {
		const size_t size = i % 50 == 0 ? 300000 : i % 7 == 0 ? 5000 : i;
		if (!echoes(worker->client, worker->number * 1000 + i, size))
			worker->failed++;
	}
	return NULL;
}

static void *worker_connect_and_echo(void *data)
{
	struct worker *worker = data;

	if (ipc_client_connect("echo", &worker->client) != RESULT_OK) {
		worker->failed++;
		return NULL;
	}
	worker_echo(worker);
	ipc_client_close(worker->client);
	return NULL;
}

static void *worker_never(void *data)
{
	struct worker *worker = data;

	worker->code = ipc_client_call(worker->client, ECHO_REQUEST_NEVER, worker->timeout_ns, (struct bytes){0}, NULL);
	return NULL;
}

static void workers_start(struct worker workers[THREADS], struct ipc_client *client, void *(*run)(void *))
{
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.client = client, .number = i, .timeout_ns = INT64_MAX};
		CU_ASSERT_EQUAL_FATAL(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
	}
}

static uint32_t workers_join(struct worker workers[THREADS])
{
	uint32_t failed = 0;

	for (uint32_t i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		failed += workers[i].failed;
	}
	return failed;
}

static void sixteen_threads_each_get_their_own_answers(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker workers[THREADS];

	workers_start(workers, fixture.client, worker_echo);
	CU_ASSERT_EQUAL(workers_join(workers), 0);
	fixture_close(&fixture);
}

static void sixteen_threads_share_the_smallest_ring(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN, .calls_max = 3};
	struct fixture fixture = fixture_open(&limits);
	struct worker workers[THREADS];

	workers_start(workers, fixture.client, worker_echo);
	CU_ASSERT_EQUAL(workers_join(workers), 0);
	fixture_close(&fixture);
}

static void answers_in_any_order_find_their_callers(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker workers[THREADS];

	workers_start(workers, fixture.client, worker_never);
	wait_held(fixture.client, THREADS);
	CU_ASSERT(echoes(fixture.client, 1, 100)); /* another call is not held up by them */
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_RELEASE, -1, (struct bytes){0}, NULL), RESULT_OK);
	workers_join(workers);
	for (uint32_t i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL(workers[i].code, RESULT_OK);
	fixture_close(&fixture);
}

/* With many calls open the daemon looks for requests by itself, and sleeps in between all the same. */
static void no_request_is_overlooked_while_many_calls_are_open(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker held[THREADS], workers[THREADS];

	workers_start(held, fixture.client, worker_never);
	wait_held(fixture.client, THREADS);
	workers_start(workers, NULL, worker_connect_and_echo);
	CU_ASSERT_EQUAL(workers_join(workers), 0);
	CU_ASSERT(echoes(fixture.client, 1, 100));
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_RELEASE, -1, (struct bytes){0}, NULL), RESULT_OK);
	workers_join(held);
	fixture_close(&fixture);
}

static uint32_t release_all(struct ipc_client *client)
{
	struct wire_writer answer = {0};

	CU_ASSERT_EQUAL(ipc_client_call(client, ECHO_REQUEST_RELEASE, -1, bytes_of_text("all"), &answer), RESULT_OK);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	const uint32_t released = wire_get_u32(&in);
	wire_writer_clear(&answer);
	return released;
}

/* So many are held in all, and never more than the bound at a time. */
static bool released_in_turns(struct ipc_client *client, uint32_t count, uint32_t bound)
{
	const int64_t until_ms = monotonic_ms() + 10000;
	uint32_t released = 0, most = 0;

	while (released < count && monotonic_ms() < until_ms) {
		const uint32_t now = release_all(client);
		released += now;
		most = now > most ? now : most;
	}
	return released == count && most <= bound;
}

static void calls_beyond_the_bound_wait_for_their_turn(void)
{
	const struct ipc_server_limits limits = {.calls_max = 3};
	struct fixture fixture = fixture_open(&limits);
	struct ipc_client *other;
	struct worker workers[THREADS];

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &other), RESULT_OK);
	workers_start(workers, other, worker_never);
	if (!released_in_turns(fixture.client, THREADS, 3)) {
		CU_FAIL("not in turns");
		ipc_client_shutdown(other);
	}
	workers_join(workers);
	ipc_client_close(other);
	fixture_close(&fixture);
}

/* --- posted requests --- */

static uint32_t may_post(struct ipc_client *client, bool may)
{
	return call_u32(client, ECHO_REQUEST_MAY_POST, -1, may, 0, NULL);
}

static bool post_event(struct ipc_client *client, uint32_t size)
{
	struct wire_writer body = {0};

	wire_put_u32(&body, 1);
	wire_put_u32(&body, size);
	const bool is_posted = ipc_client_post(client, ECHO_REQUEST_EVENTS, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	return is_posted;
}

static void nothing_is_posted_unless_the_daemon_lets_it(void)
{
	struct fixture fixture = fixture_open(NULL);

	CU_ASSERT_FALSE(post_event(fixture.client, 0));
	CU_ASSERT_EQUAL(may_post(fixture.client, true), RESULT_OK);
	CU_ASSERT_TRUE(post_event(fixture.client, 0));
	CU_ASSERT_EQUAL(may_post(fixture.client, false), RESULT_OK);
	CU_ASSERT_FALSE(post_event(fixture.client, 0));
	fixture_close(&fixture);
}

static void to_a_dead_daemon_nothing_is_posted(void)
{
	struct fixture fixture = fixture_open(NULL);

	CU_ASSERT_EQUAL(may_post(fixture.client, true), RESULT_OK);
	echo_server_kill(&fixture.server);
	CU_ASSERT_FALSE(post_event(fixture.client, 0));
	CU_ASSERT(ipc_client_is_lost(fixture.client));
	fixture_close(&fixture);
}

/* Posts as long as there is room, calls when there is none: the order is that of asking, and answers come to calls alone. */
static void what_is_posted_comes_in_order_and_has_no_answer(void)
{
	enum { COUNT = 20000 };
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);
	struct wire_writer body = {0};
	uint32_t posted = 0, taken = 0;
	uint16_t event;

	CU_ASSERT_EQUAL(may_post(fixture.client, true), RESULT_OK);
	for (uint32_t i = 0; i < COUNT; i++) {
		wire_writer_reset(&body);
		wire_put_u16(&body, (uint16_t)(i & 0xff));
		if (ipc_client_post(fixture.client, ECHO_REQUEST_EVENT_BODY, wire_writer_bytes(&body)))
			posted++;
		else
			CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_EVENT_BODY, -1, wire_writer_bytes(&body), NULL), RESULT_OK);
		while (ipc_client_event_take(fixture.client, &event, &body))
			CU_ASSERT_EQUAL(event, taken++ & 0xff);
	}
	CU_ASSERT(echoes(fixture.client, 1, 100));
	while (taken < COUNT && ipc_client_event_take(fixture.client, &event, &body))
		CU_ASSERT_EQUAL(event, taken++ & 0xff);
	CU_ASSERT_EQUAL(taken, COUNT);
	CU_ASSERT(posted > 0 && posted < COUNT);
	wire_writer_clear(&body);
	fixture_close(&fixture);
}

static void posted_requests_beyond_the_bound_wait_for_their_turn(void)
{
	enum { COUNT = 10 };
	const struct ipc_server_limits limits = {.posted_max = 3};
	struct fixture fixture = fixture_open(&limits);
	struct ipc_client *other;

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &other), RESULT_OK);
	CU_ASSERT_EQUAL(may_post(fixture.client, true), RESULT_OK);
	for (uint32_t i = 0; i < COUNT; i++)
		CU_ASSERT(ipc_client_post(other, ECHO_REQUEST_NEVER, (struct bytes){0}));
	CU_ASSERT(released_in_turns(fixture.client, COUNT, 3));
	ipc_client_close(other);
	fixture_close(&fixture);
}

static void cancelled_thread_leaves_no_lock_behind(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker worker = {.client = fixture.client, .timeout_ns = INT64_MAX};

	CU_ASSERT_EQUAL_FATAL(pthread_create(&worker.thread, NULL, worker_never, &worker), 0);
	wait_held(fixture.client, 1);
	pthread_cancel(worker.thread);
	CU_ASSERT(echoes(fixture.client, 1, 10));
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_RELEASE, -1, (struct bytes){0}, NULL), RESULT_OK);
	pthread_join(worker.thread, NULL);
	CU_ASSERT(echoes(fixture.client, 2, 10));
	fixture_close(&fixture);
}

static void *worker_small(void *data)
{
	struct worker *worker = data;
	struct ipc_client *client;
	uint16_t event;
	struct wire_writer body = {0};

	if (ipc_client_connect("echo", &client) != RESULT_OK) {
		worker->failed++;
		return NULL;
	}
	worker->failed += !echoes(client, 1, 100000);
	worker->failed += call_u32(client, ECHO_REQUEST_EVENTS, -1, 1, 100, NULL) != RESULT_OK;
	worker->failed += !ipc_client_event_take(client, &event, &body);
	wire_writer_clear(&body);
	ipc_client_close(client);
	return NULL;
}

static void threads_with_stacks_of_16_kib_are_enough(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker worker = {.client = fixture.client};
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&worker.thread, &attributes, worker_small, &worker), 0);
	pthread_join(worker.thread, NULL);
	CU_ASSERT_EQUAL(worker.failed, 0);
	pthread_attr_destroy(&attributes);
	fixture_close(&fixture);
}

static void on_signal(int signal_number)
{
	(void)signal_number;
}

static void signals_do_not_end_a_call(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
	const struct itimerval often = {.it_interval.tv_usec = 300, .it_value.tv_usec = 300}, off = {0};
	uint32_t failed = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (uint32_t i = 0; i < 2000; i++)
		failed += !echoes(fixture.client, i, i % 20 == 0 ? 300000 : 50);
	setitimer(ITIMER_REAL, &off, NULL);
	signal(SIGALRM, SIG_DFL);
	CU_ASSERT_EQUAL(failed, 0);
	fixture_close(&fixture);
}

static void stopped_daemon_costs_the_timeout_and_grace_and_its_late_answer_is_dropped(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct wire_writer answer = {0};

	CU_ASSERT(echoes(fixture.client, 1, 10));
	kill(fixture.server.pid, SIGSTOP);
	const int64_t start_ms = monotonic_ms();
	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_SIZE, 100000000, 100, 0, &answer), RESULT_TIMEOUT);
	const int64_t took_ms = monotonic_ms() - start_ms;
	CU_ASSERT(took_ms >= IPC_GRACE_S * 1000 + 100);
	kill(fixture.server.pid, SIGCONT);
	CU_ASSERT(echoes(fixture.client, 2, 10));
	CU_ASSERT(echoes(fixture.client, 3, 10));
	CU_ASSERT_FALSE(ipc_client_is_lost(fixture.client));
	wire_writer_clear(&answer);
	fixture_close(&fixture);
}

static void *worker_never_long(void *data)
{
	struct worker *worker = data;
	struct wire_writer body = {0};

	__atomic_store_n(&worker->thread_id, gettid(), __ATOMIC_SEQ_CST);
	wire_put_zeros(&body, 100000);
	worker->code = ipc_client_call(worker->client, ECHO_REQUEST_NEVER, worker->timeout_ns, wire_writer_bytes(&body), NULL);
	wire_writer_clear(&body);
	return NULL;
}

static void *worker_code(void *data)
{
	struct worker *worker = data;

	__atomic_store_n(&worker->thread_id, gettid(), __ATOMIC_SEQ_CST);
	worker->code = call_u32(worker->client, ECHO_REQUEST_CODE, 1000000000, RESULT_BUSY, 0, NULL);
	return NULL;
}

static void wait_asleep(struct worker *worker)
{
	const int64_t until_ms = monotonic_ms() + 10000;
	char path[64], state = 'R';

	while (state != 'S' && monotonic_ms() < until_ms) {
		snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)__atomic_load_n(&worker->thread_id, __ATOMIC_SEQ_CST));
		FILE *file = fopen(path, "r");
		if (file == NULL)
			continue;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 'R';
		fclose(file);
	}
	CU_ASSERT_EQUAL(state, 'S');
}

/* A short request that waits behind a long one goes as soon as that is sent, not when it is answered. */
static void short_request_waits_for_a_long_one_no_longer_than_it_is_sent(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);
	struct worker first = {.client = fixture.client, .timeout_ns = INT64_MAX}, second = {.client = fixture.client};

	kill(fixture.server.pid, SIGSTOP);
	pthread_create(&first.thread, NULL, worker_never_long, &first);
	wait_asleep(&first);
	pthread_create(&second.thread, NULL, worker_code, &second);
	wait_asleep(&second);
	kill(fixture.server.pid, SIGCONT);
	pthread_join(second.thread, NULL);
	CU_ASSERT_EQUAL(second.code, RESULT_BUSY);
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_RELEASE, -1, (struct bytes){0}, NULL), RESULT_OK);
	pthread_join(first.thread, NULL);
	CU_ASSERT_EQUAL(first.code, RESULT_OK);
	fixture_close(&fixture);
}

static void unfinished_long_request_is_forgotten(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);
	struct wire_writer body = {0};

	wire_put_zeros(&body, 100000);
	CU_ASSERT(echoes(fixture.client, 1, 10));
	kill(fixture.server.pid, SIGSTOP);
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_ECHO, 0, wire_writer_bytes(&body), NULL), RESULT_TIMEOUT);
	kill(fixture.server.pid, SIGCONT);
	CU_ASSERT(echoes(fixture.client, 2, 50000));
	CU_ASSERT_EQUAL(status_of(fixture.client).closed, 0);
	wire_writer_clear(&body);
	fixture_close(&fixture);
}

/* --- events --- */

static uint32_t events_take(struct ipc_client *client, uint32_t first)
{
	struct wire_writer body = {0};
	uint16_t event;
	uint32_t index = first;

	while (ipc_client_event_take(client, &event, &body)) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&body));
		CU_ASSERT_EQUAL(event, ECHO_EVENT);
		CU_ASSERT_EQUAL(wire_get_u32(&in), index);
		index++;
	}
	wire_writer_clear(&body);
	return index - first;
}

static void descriptor_is_readable_exactly_while_an_event_is_pending(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct wire_writer body = {0};
	uint16_t event;

	CU_ASSERT_FALSE(is_readable(fixture.client));
	for (uint32_t round = 0; round < 500; round++) {
		CU_ASSERT_EQUAL_FATAL(call_u32(fixture.client, ECHO_REQUEST_EVENTS, -1, 3, round, NULL), RESULT_OK);
		for (uint32_t i = 0; i < 3; i++) {
			CU_ASSERT_FATAL(is_readable(fixture.client));
			CU_ASSERT_FATAL(ipc_client_event_take(fixture.client, &event, &body));
		}
		CU_ASSERT_FATAL(!is_readable(fixture.client));
		CU_ASSERT_FALSE(ipc_client_event_take(fixture.client, &event, &body));
		CU_ASSERT_FATAL(!is_readable(fixture.client));
	}
	wire_writer_clear(&body);
	fixture_close(&fixture);
}

static void calls_of_other_threads_do_not_make_it_readable(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker workers[THREADS];
	uint32_t readable = 0;

	workers_start(workers, fixture.client, worker_echo);
	for (uint32_t i = 0; i < 20000; i++)
		readable += is_readable(fixture.client);
	CU_ASSERT_EQUAL(workers_join(workers), 0);
	CU_ASSERT_EQUAL(readable, 0);
	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_EVENTS, -1, 1, 0, NULL), RESULT_OK);
	CU_ASSERT(is_readable(fixture.client));
	fixture_close(&fixture);
}

static void event_behind_an_answer_wakes_who_waits(void)
{
	struct fixture fixture = fixture_open(NULL);

	for (uint32_t round = 0; round < 2000; round++) {
		CU_ASSERT_EQUAL_FATAL(ipc_client_call(fixture.client, ECHO_REQUEST_EVENT_LATER, -1, (struct bytes){0}, NULL), RESULT_OK);
		uint32_t taken = 0;
		while (taken == 0) {
			ipc_client_event_wait(fixture.client);
			taken = events_take(fixture.client, 0);
		}
		CU_ASSERT_EQUAL_FATAL(taken, 1);
		CU_ASSERT_FATAL(!is_readable(fixture.client));
	}
	fixture_close(&fixture);
}

static void events_beyond_the_ring_come_in_order_and_none_is_lost(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);
	uint32_t taken = 0;

	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_EVENTS, -1, 3000, 900, NULL), RESULT_OK);
	while (taken < 3000) {
		ipc_client_event_wait(fixture.client);
		taken += events_take(fixture.client, taken);
	}
	CU_ASSERT_EQUAL(taken, 3000);
	CU_ASSERT_FALSE(is_readable(fixture.client));
	CU_ASSERT(echoes(fixture.client, 1, 10));
	fixture_close(&fixture);
}

static void event_longer_than_the_ring_comes_whole(void)
{
	const struct ipc_server_limits limits = {.ring_size = IPC_RING_SIZE_MIN};
	struct fixture fixture = fixture_open(&limits);
	struct wire_writer body = {0};
	uint16_t event;

	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_EVENTS, -1, 1, 1 << 20, NULL), RESULT_OK);
	while (!ipc_client_event_take(fixture.client, &event, &body))
		ipc_client_event_wait(fixture.client);
	CU_ASSERT_EQUAL(body.size, (1 << 20) + 4);
	CU_ASSERT_FALSE(is_readable(fixture.client));
	wire_writer_clear(&body);
	fixture_close(&fixture);
}

static void who_never_takes_its_events_is_cut_off_and_others_go_on(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *sleeper;

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &sleeper), RESULT_OK);
	uint32_t code = RESULT_OK;
	for (uint32_t i = 0; i < 1000 && code == RESULT_OK; i++)
		code = call_u32(sleeper, ECHO_REQUEST_EVENTS, -1, 10, 10000, NULL);
	CU_ASSERT_EQUAL(code, RESULT_LIBRARY);
	wait_closed(fixture.client, 1);
	CU_ASSERT(echoes(fixture.client, 1, 100));
	ipc_client_close(sleeper);
	fixture_close(&fixture);
}

/* --- ends --- */

static void *worker_event_wait(void *data)
{
	struct worker *worker = data;

	ipc_client_event_wait(worker->client);
	return NULL;
}

static void death_of_the_daemon_ends_everything_for_good(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct worker workers[THREADS], waiter = {.client = fixture.client};
	struct wire_writer body = {0};
	uint16_t event;

	workers_start(workers, fixture.client, worker_never);
	pthread_create(&waiter.thread, NULL, worker_event_wait, &waiter);
	wait_held(fixture.client, THREADS);
	CU_ASSERT_FALSE(is_readable(fixture.client));
	echo_server_kill(&fixture.server);
	const int64_t start_ms = monotonic_ms();
	workers_join(workers);
	pthread_join(waiter.thread, NULL);
	CU_ASSERT(monotonic_ms() - start_ms < 10000);
	for (uint32_t i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL(workers[i].code, RESULT_LIBRARY);
	CU_ASSERT(is_readable(fixture.client));
	CU_ASSERT_FALSE(ipc_client_event_take(fixture.client, &event, &body));
	CU_ASSERT(ipc_client_is_lost(fixture.client));
	CU_ASSERT_FATAL(echo_server_start(&fixture.server, NULL)); /* the socket of the dead one is no obstacle */
	CU_ASSERT_FALSE(echoes(fixture.client, 1, 1)); /* no reconnect */
	wire_writer_clear(&body);
	fixture_close(&fixture);
}

static void daemon_that_ends_inside_a_call_is_library(void)
{
	struct fixture fixture = fixture_open(NULL);

	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_EXIT, -1, bytes_of_text("exit"), NULL), RESULT_LIBRARY);
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_ECHO, -1, (struct bytes){0}, NULL), RESULT_LIBRARY);
	fixture_close(&fixture);
}

static void daemon_that_ends_orderly_frees_everything(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *clients[10];
	int status = -1;

	for (uint32_t i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &clients[i]), RESULT_OK);
		CU_ASSERT_EQUAL(call_u32(clients[i], ECHO_REQUEST_EVENTS, -1, 100, 10000, NULL), RESULT_OK); /* more than a ring takes */
	}
	CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_EXIT, -1, bytes_of_text("orderly"), NULL), RESULT_LIBRARY);
	CU_ASSERT_EQUAL(waitpid(fixture.server.pid, &status, 0), fixture.server.pid);
	CU_ASSERT_EQUAL(status, 0);
	fixture.server.pid = 0;
	CU_ASSERT_EQUAL(access(fixture.server.path, F_OK), -1); /* no socket is left */
	for (uint32_t i = 0; i < 10; i++) {
		CU_ASSERT_FALSE(echoes(clients[i], 1, 1));
		ipc_client_close(clients[i]);
	}
	fixture_close(&fixture);
}

static void client_that_the_daemon_closes_is_library_and_closed_is_not_called(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *other;

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &other), RESULT_OK);
	CU_ASSERT_EQUAL(ipc_client_call(other, ECHO_REQUEST_CLOSE, -1, (struct bytes){0}, NULL), RESULT_LIBRARY);
	CU_ASSERT(is_readable(other));
	ipc_client_close(other);
	const int64_t until_ms = monotonic_ms() + 10000;
	while (status_of(fixture.client).clients != 1 && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(fixture.client).closed, 0);
	fixture_close(&fixture);
}

static void shutdown_frees_all_threads_of_the_client(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *other;
	struct worker workers[THREADS], waiter;

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &other), RESULT_OK);
	waiter = (struct worker){.client = other};
	workers_start(workers, other, worker_never);
	pthread_create(&waiter.thread, NULL, worker_event_wait, &waiter);
	wait_held(fixture.client, THREADS);
	ipc_client_shutdown(other);
	workers_join(workers);
	pthread_join(waiter.thread, NULL);
	for (uint32_t i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL(workers[i].code, RESULT_LIBRARY);
	wait_closed(fixture.client, 1);
	ipc_client_close(other);
	fixture_close(&fixture);
}

static void killed_process_is_noticed(void)
{
	struct fixture fixture = fixture_open(NULL);

	const pid_t child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0) {
		struct ipc_client *client;
		if (ipc_client_connect("echo", &client) == RESULT_OK)
			ipc_client_call(client, ECHO_REQUEST_NEVER, INT64_MAX, (struct bytes){0}, NULL);
		_exit(1);
	}
	wait_held(fixture.client, 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	wait_closed(fixture.client, 1);
	fixture_close(&fixture);
}

static void thousand_connections_leak_nothing_on_either_side(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct ipc_client *client;
	const uint32_t ours = descriptors_open(), theirs = status_of(fixture.client).descriptors;

	for (uint32_t i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &client), RESULT_OK);
		if (i % 3 == 0)
			CU_ASSERT(echoes(client, i, i));
		ipc_client_close(client);
	}
	wait_closed(fixture.client, 1000);
	CU_ASSERT_EQUAL(descriptors_open(), ours);
	CU_ASSERT_EQUAL(status_of(fixture.client).descriptors, theirs);
	CU_ASSERT_EQUAL(status_of(fixture.client).clients, 1);
	fixture_close(&fixture);
}

static void more_clients_than_allowed_are_refused(void)
{
	const struct ipc_server_limits limits = {.clients_max = 3};
	struct fixture fixture = fixture_open(&limits);
	struct ipc_client *second, *third, *fourth;

	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &second), RESULT_OK);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &third), RESULT_OK);
	CU_ASSERT_EQUAL(ipc_client_connect("echo", &fourth), RESULT_NO_RESOURCES);
	ipc_client_close(third);
	wait_closed(fixture.client, 1);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &third), RESULT_OK);
	CU_ASSERT(echoes(third, 1, 10));
	ipc_client_close(second);
	ipc_client_close(third);
	fixture_close(&fixture);
}

/* How many clients a process of that user gets until it is refused; it holds them until `release` is closed. Only for root. */
static uint32_t clients_of_another_user(uid_t uid, int told, int release)
{
	struct ipc_client *client;
	uint32_t count = 0;
	char byte;

	if (setresuid(uid, uid, uid) != 0)
		_exit(1);
	while (count < 100 && ipc_client_connect("echo", &client) == RESULT_OK)
		count++;
	if (write(told, &count, sizeof count) == (ssize_t)sizeof count)
		while (read(release, &byte, 1) > 0)
			continue;
	_exit(0);
}

static void one_user_cannot_take_all_clients(void)
{
	const struct ipc_server_limits limits = {.clients_max = 8};
	struct ipc_client *client;
	uint32_t count = 0;
	int told[2], release[2], status;

	if (geteuid() != 0)
		return; /* needs a second user */
	struct fixture fixture = fixture_open(&limits);
	CU_ASSERT_EQUAL_FATAL(pipe(told) | pipe(release), 0);
	CU_ASSERT_EQUAL(chmod(fixture.server.directory, 0755), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		close(release[1]);
		clients_of_another_user(65534, told[1], release[0]);
	}
	CU_ASSERT_EQUAL_FATAL(read(told[0], &count, sizeof count), (ssize_t)sizeof count);
	CU_ASSERT_EQUAL(count, 6);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &client), RESULT_OK);
	CU_ASSERT(echoes(client, 1, 10));
	ipc_client_close(client);
	close(release[1]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	close(release[0]);
	close(told[0]);
	close(told[1]);
	fixture_close(&fixture);
}

static void daemon_without_descriptors_refuses_and_serves_on(void)
{
	struct rlimit before, few;
	struct fixture fixture = {0};
	struct ipc_client *clients[64];
	uint32_t count = 0, code = RESULT_OK;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 40;
	setrlimit(RLIMIT_NOFILE, &few);
	CU_ASSERT_FATAL(echo_server_start(&fixture.server, NULL));
	setrlimit(RLIMIT_NOFILE, &before);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &fixture.client), RESULT_OK);
	while (count < 64 && (code = ipc_client_connect("echo", &clients[count])) == RESULT_OK)
		count++;
	CU_ASSERT_EQUAL(code, RESULT_NO_RESOURCES);
	CU_ASSERT(count > 5 && count < 40);
	for (uint32_t i = 0; i < count; i++)
		CU_ASSERT(echoes(clients[i], i, 1000));
	for (uint32_t i = 0; i < count; i++)
		ipc_client_close(clients[i]);
	wait_closed(fixture.client, count);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &clients[0]), RESULT_OK);
	ipc_client_close(clients[0]);
	fixture_close(&fixture);
}

static void client_without_descriptors_is_refused_and_leaks_none(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct rlimit before, few;
	struct ipc_client *client;
	const uint32_t ours = descriptors_open();

	getrlimit(RLIMIT_NOFILE, &before);
	for (uint32_t spare = 0; spare < 3; spare++) {
		few = before;
		const int next = dup(0); /* the lowest that is free */
		close(next);
		few.rlim_cur = (rlim_t)next + spare;
		setrlimit(RLIMIT_NOFILE, &few);
		CU_ASSERT_EQUAL(ipc_client_connect("echo", &client), RESULT_NO_RESOURCES);
		setrlimit(RLIMIT_NOFILE, &before);
		CU_ASSERT_EQUAL(descriptors_open(), ours);
	}
	CU_ASSERT(echoes(fixture.client, 1, 1));
	fixture_close(&fixture);
}

static void second_daemon_of_an_instance_is_refused(void)
{
	struct fixture fixture = fixture_open(NULL);
	const struct ipc_server_handler handler = {0};
	qb_loop_t *loop = qb_loop_create();

	CU_ASSERT_PTR_NULL(ipc_server_new(loop, fixture.server.path, NULL, &handler));
	CU_ASSERT_EQUAL(errno, EADDRINUSE);
	qb_loop_destroy(loop);
	CU_ASSERT(echoes(fixture.client, 1, 1));
	fixture_close(&fixture);
}

/* --- fork --- */

static void forked_child_has_no_handle_and_its_end_harms_nobody(void)
{
	struct fixture fixture = fixture_open(NULL);
	int status;

	CU_ASSERT_EQUAL(call_u32(fixture.client, ECHO_REQUEST_EVENTS, -1, 1, 0, NULL), RESULT_OK);
	fflush(NULL);
	const pid_t child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0) {
		struct wire_writer body = {0};
		uint16_t event;
		const bool is_right = ipc_client_call(fixture.client, ECHO_REQUEST_ECHO, -1, (struct bytes){0}, NULL) == RESULT_BAD_HANDLE &&
		                      !ipc_client_event_take(fixture.client, &event, &body);
		ipc_client_event_wait(fixture.client);
		ipc_client_shutdown(fixture.client);
		ipc_client_close(fixture.client);
		_exit(is_right ? 0 : 1);
	}
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(echoes(fixture.client, 1, 300000));
	CU_ASSERT_EQUAL(events_take(fixture.client, 0), 1);
	fixture_close(&fixture);
}

static void descriptors_are_close_on_exec(void)
{
	struct fixture fixture = {0};
	bool was_open[256];
	uint32_t ours = 0;

	CU_ASSERT_FATAL(echo_server_start(&fixture.server, NULL));
	for (int descriptor = 0; descriptor < 256; descriptor++)
		was_open[descriptor] = fcntl(descriptor, F_GETFD) != -1;
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &fixture.client), RESULT_OK);
	for (int descriptor = 0; descriptor < 256; descriptor++) {
		const int flags = fcntl(descriptor, F_GETFD);
		if (was_open[descriptor] || flags == -1)
			continue;
		CU_ASSERT_EQUAL(flags & FD_CLOEXEC, FD_CLOEXEC);
		ours++;
	}
	CU_ASSERT_EQUAL(ours, 2);
	fixture_close(&fixture);
}

/* CASE-037: no select() anywhere. */
static void descriptors_above_1024_work(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct rlimit before, many;
	struct ipc_client *client;
	static int fillers[1200];
	size_t count = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	many = before;
	many.rlim_cur = many.rlim_max < 4096 ? many.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &many);
	while (count < 1200 && (fillers[count] = dup(0)) >= 0)
		count++;
	if (count < 1200) {
		check_skip("the descriptor limit is below 1200");
	} else {
		CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &client), RESULT_OK);
		CU_ASSERT(ipc_client_event_descriptor(client) > 1024);
		CU_ASSERT(echoes(client, 1, 300000));
		CU_ASSERT_EQUAL(call_u32(client, ECHO_REQUEST_EVENTS, -1, 1, 0, NULL), RESULT_OK);
		CU_ASSERT(is_readable(client));
		ipc_client_event_wait(client);
		ipc_client_close(client);
	}
	while (count > 0)
		close(fillers[--count]);
	setrlimit(RLIMIT_NOFILE, &before);
	fixture_close(&fixture);
}

enum { PASSES = 300 };

static void *passes_run(void *argument)
{
	struct ipc_client *client = argument;
	uintptr_t wrong = 0;

	for (uint32_t i = 0; i < PASSES; i++) {
		uint8_t body[16], came[2][16];
		int descriptors[IPC_DESCRIPTORS_MAX];

		for (size_t at = 0; at < sizeof body; at++)
			body[at] = pattern(i ^ (uint32_t)(uintptr_t)&descriptors, at); /* no other thread's */
		if (ipc_client_call_descriptors(client, ECHO_REQUEST_PASS, -1, bytes_of(body, sizeof body), NULL, descriptors) != RESULT_OK) {
			wrong++;
			continue;
		}
		for (size_t d = 0; d < 2; d++)
			if (pread(descriptors[d], came[d], sizeof body, 0) != sizeof body || memcmp(came[d], body, sizeof body) != 0)
				wrong++;
		close(descriptors[0]);
		close(descriptors[1]);
		wrong += !echoes(client, i, 100);
	}
	return (void *)wrong;
}

/* Each call gets those that belong to its own answer, whoever reads for it; who did not ask for them gets none, and none is left over. */
static void descriptors_come_with_their_answers(void)
{
	struct fixture fixture = fixture_open(NULL);
	const uint32_t ours = descriptors_open(), theirs = status_of(fixture.client).descriptors;
	pthread_t threads[4];
	void *wrong;

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, passes_run, fixture.client), 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &wrong);
		CU_ASSERT_PTR_NULL(wrong);
	}
	for (uint32_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(ipc_client_call(fixture.client, ECHO_REQUEST_PASS, -1, bytes_of_text("unasked"), NULL), RESULT_OK);
	CU_ASSERT_EQUAL(descriptors_open(), ours);
	CU_ASSERT_EQUAL(status_of(fixture.client).descriptors, theirs);
	fixture_close(&fixture);
}

/* The daemon answers and cuts the connection in one step. */
static void the_last_answer_comes_before_the_end(void)
{
	struct fixture fixture = fixture_open(NULL);

	for (uint32_t i = 0; i < 50; i++) {
		struct ipc_client *client;
		CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &client), RESULT_OK);
		CU_ASSERT_EQUAL(ipc_client_call(client, ECHO_REQUEST_LAST, -1, bytes_of_text("last"), NULL), RESULT_OK);
		CU_ASSERT_EQUAL(ipc_client_call(client, ECHO_REQUEST_ECHO, -1, bytes_of_text("more"), NULL), RESULT_LIBRARY);
		ipc_client_close(client);
	}
	fixture_close(&fixture);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"instance names are checked", instance_names_are_checked},
		{"the socket's path follows user and environment", socket_path_follows_user_and_environment},
		{"the directory of a stranger is not trusted", directory_of_a_stranger_is_not_trusted},
		{"a greeting of any other shape is refused", greeting_of_any_other_shape_is_refused},
		{"messages of all sizes pass a small ring in parts", messages_of_all_sizes_pass_a_small_ring_in_parts},
		{"no wake-up is lost between two sleepers", no_wake_up_is_lost_between_two_sleepers},
		{"lies about positions are found out", lies_about_positions_are_found_out},
		{"a record that breaks a rule is refused", record_that_breaks_a_rule_is_refused},
		{"bodies from nothing to 10 MiB come back", bodies_from_nothing_to_ten_mib_come_back},
		{"the smallest rings carry the same", smallest_rings_carry_the_same},
		{"codes and timeouts pass unchanged", codes_and_timeouts_pass_unchanged},
		{"a body above the limit is refused and the next call works", body_above_the_limit_is_refused_and_the_next_call_works},
		{"an answer above the pending limit is delivered when fetched", answer_above_the_pending_limit_is_delivered_when_fetched},
		{"refusals come back as their code", refusals_come_back_as_their_code},
		{"no daemon is TRY_AGAIN", no_daemon_is_try_again},
		{"sixteen threads each get their own answers (COM-054)", sixteen_threads_each_get_their_own_answers},
		{"sixteen threads share the smallest ring", sixteen_threads_share_the_smallest_ring},
		{"answers in any order find their callers", answers_in_any_order_find_their_callers},
		{"the last answer comes before the end", the_last_answer_comes_before_the_end},
		{"no request is overlooked while many calls are open", no_request_is_overlooked_while_many_calls_are_open},
		{"calls beyond the bound wait for their turn", calls_beyond_the_bound_wait_for_their_turn},
		{"nothing is posted unless the daemon lets it", nothing_is_posted_unless_the_daemon_lets_it},
		{"to a dead daemon nothing is posted", to_a_dead_daemon_nothing_is_posted},
		{"what is posted comes in order and has no answer", what_is_posted_comes_in_order_and_has_no_answer},
		{"posted requests beyond the bound wait for their turn", posted_requests_beyond_the_bound_wait_for_their_turn},
		{"a cancelled thread leaves no lock behind", cancelled_thread_leaves_no_lock_behind},
		{"threads with stacks of 16 KiB are enough", threads_with_stacks_of_16_kib_are_enough},
		{"signals do not end a call", signals_do_not_end_a_call},
		{"a stopped daemon costs timeout and grace, its late answer is dropped",
		 stopped_daemon_costs_the_timeout_and_grace_and_its_late_answer_is_dropped},
		{"a short request waits for a long one no longer than it is sent",
		 short_request_waits_for_a_long_one_no_longer_than_it_is_sent},
		{"an unfinished long request is forgotten", unfinished_long_request_is_forgotten},
		{"the descriptor is readable exactly while an event is pending (COM-028..030)",
		 descriptor_is_readable_exactly_while_an_event_is_pending},
		{"calls of other threads do not make it readable", calls_of_other_threads_do_not_make_it_readable},
		{"an event behind an answer wakes who waits", event_behind_an_answer_wakes_who_waits},
		{"events beyond the ring come in order and none is lost", events_beyond_the_ring_come_in_order_and_none_is_lost},
		{"an event longer than the ring comes whole", event_longer_than_the_ring_comes_whole},
		{"who never takes its events is cut off and others go on", who_never_takes_its_events_is_cut_off_and_others_go_on},
		{"death of the daemon ends everything for good (CASE-028)", death_of_the_daemon_ends_everything_for_good},
		{"a daemon that ends inside a call is LIBRARY", daemon_that_ends_inside_a_call_is_library},
		{"a daemon that ends orderly frees everything", daemon_that_ends_orderly_frees_everything},
		{"a client that the daemon closes is LIBRARY, closed is not called",
		 client_that_the_daemon_closes_is_library_and_closed_is_not_called},
		{"shutdown frees all threads of the client", shutdown_frees_all_threads_of_the_client},
		{"a killed process is noticed (COM-052)", killed_process_is_noticed},
		{"1000 connections leak nothing on either side", thousand_connections_leak_nothing_on_either_side},
		{"more clients than allowed are refused", more_clients_than_allowed_are_refused},
		{"one user cannot take all clients", one_user_cannot_take_all_clients},
		{"a daemon without descriptors refuses and serves on (CASE-037)", daemon_without_descriptors_refuses_and_serves_on},
		{"a client without descriptors is refused and leaks none", client_without_descriptors_is_refused_and_leaks_none},
		{"a second daemon of an instance is refused", second_daemon_of_an_instance_is_refused},
		{"a forked child has no handle and its end harms nobody (COM-053)", forked_child_has_no_handle_and_its_end_harms_nobody},
		{"descriptors come with their answers", descriptors_come_with_their_answers},
		{"descriptors are close-on-exec (COM-056)", descriptors_are_close_on_exec},
		{"descriptors above 1024 work (CASE-037)", descriptors_above_1024_work},
	};

	return check_run("ipc", cases, sizeof cases / sizeof cases[0]);
}
