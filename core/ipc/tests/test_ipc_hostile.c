/* Clients that speak the raw protocol and break it: whatever they do, the daemon lives, keeps no descriptor and no memory of theirs, and
 * an honest client beside them gets every answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conformance/check/check.h"
#include "core/ipc/ipc_client.h"
#include "core/ipc/ipc_messages.h"
#include "core/ipc/tests/echo_server.h"

/* --- fixture: the daemon, and an honest client that watches it --- */

struct fixture {
	struct echo_server server;
	struct ipc_client *honest;
	uint32_t descriptors; /* of the daemon when only the honest one was there */
};

static struct echo_status status_of(struct ipc_client *client)
{
	struct wire_writer answer = {0};
	struct echo_status status = {0};

	if (ipc_client_call(client, ECHO_REQUEST_STATUS, -1, (struct bytes){0}, &answer) != RESULT_OK) {
		CU_FAIL("the daemon does not answer any more");
		return status;
	}
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	status.descriptors = wire_get_u32(&in);
	status.clients = wire_get_u32(&in);
	status.closed = wire_get_u32(&in);
	status.opened = wire_get_u32(&in);
	status.held = wire_get_u32(&in);
	wire_writer_clear(&answer);
	return status;
}

static struct fixture fixture_open(const struct ipc_server_limits *limits)
{
	struct fixture fixture = {0};

	CU_ASSERT_FATAL(echo_server_start(&fixture.server, limits));
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &fixture.honest), RESULT_OK);
	fixture.descriptors = status_of(fixture.honest).descriptors;
	return fixture;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool honest_echoes(struct fixture *fixture, uint32_t seed)
{
	uint8_t body[200];
	struct wire_writer answer = {0};

	for (size_t i = 0; i < sizeof body; i++)
		body[i] = (uint8_t)(seed + i);
	const struct bytes sent = bytes_of(body, seed % sizeof body);
	const bool is_equal = ipc_client_call(fixture->honest, ECHO_REQUEST_ECHO, -1, sent, &answer) == RESULT_OK &&
	                      bytes_equal(sent, wire_writer_bytes(&answer));
	wire_writer_clear(&answer);
	return is_equal;
}

/* The daemon lives, serves, and has let go of all others. */
static void fixture_close(struct fixture *fixture)
{
	const int64_t until_ms = monotonic_ms() + 20000;

	CU_ASSERT(honest_echoes(fixture, 77));
	while (status_of(fixture->honest).clients > 1 && monotonic_ms() < until_ms)
		;
	CU_ASSERT_EQUAL(status_of(fixture->honest).clients, 1);
	CU_ASSERT_EQUAL(status_of(fixture->honest).descriptors, fixture->descriptors);
	CU_ASSERT_EQUAL(waitpid(fixture->server.pid, NULL, WNOHANG), 0);
	ipc_client_close(fixture->honest);
	echo_server_stop(&fixture->server);
}

/* --- the raw client --- */

struct raw {
	int socket, events;
	uint8_t *mapping;
	size_t mapping_size;
	uint32_t ring_size;
	struct ipc_ring request, answer, event;
	struct ipc_control *control;
	uint64_t call;
};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int raw_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* After each step that a client can die behind. */
typedef void raw_step_fn(void *context);

static void raw_step(raw_step_fn *step, void *context)
{
	if (step != NULL)
		step(context);
}

static bool raw_open(struct raw *raw, const char *path, raw_step_fn *step, void *context)
{
	struct wire_writer out = {0};
	uint8_t buffer[IPC_GREETING_SIZE_MAX];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = buffer, .iov_len = sizeof buffer};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct ipc_welcome welcome;
	int descriptors[2];

	*raw = (struct raw){.socket = raw_socket(path), .events = -1};
	if (raw->socket < 0)
		return false;
	raw_step(step, context);
	ipc_hello_encode(&out, &(struct ipc_hello){.service = "echo"});
	(void)send(raw->socket, out.data, out.size, MSG_NOSIGNAL);
	wire_writer_clear(&out);
	raw_step(step, context);
	const ssize_t size = recvmsg(raw->socket, &message, MSG_CMSG_CLOEXEC);
	raw_step(step, context);
	struct wire_reader in = wire_reader_of(bytes_of(buffer, size > 0 ? (size_t)size : 0));
	if (!ipc_welcome_decode(&in, &welcome) || welcome.code != RESULT_OK) {
		close(raw->socket);
		return false;
	}
	memcpy(descriptors, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptors);
	raw->events = descriptors[1];
	raw->ring_size = welcome.ring_size;
	raw->mapping_size = ipc_mapping_size(welcome.ring_size);
	raw->mapping = mmap(NULL, raw->mapping_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[0], 0);
	raw->control = (struct ipc_control *)(void *)raw->mapping;
	close(descriptors[0]);
	raw_step(step, context);
	ipc_rings_of_mapping(raw->mapping, raw->ring_size, &raw->request, &raw->answer, &raw->event);
	return true;
}

static void raw_close(struct raw *raw)
{
	munmap(raw->mapping, raw->mapping_size);
	close(raw->socket);
	close(raw->events);
}

static bool raw_wake(struct raw *raw)
{
	return send(raw->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EAGAIN;
}

static void raw_put(struct raw *raw, const struct ipc_record *record, const void *body, uint32_t size)
{
	uint8_t header[IPC_RECORD_SIZE];

	ipc_record_encode(header, record);
	ipc_ring_put(&raw->request, header, sizeof header);
	if (size > 0)
		ipc_ring_put(&raw->request, body, size);
}

/* Waits until the daemon has cut us off. */
static bool raw_is_cut(struct raw *raw)
{
	uint8_t buffer[64];
	struct pollfd ready = {.fd = raw->socket, .events = POLLIN};

	for (;;) {
		if (poll(&ready, 1, 10000) != 1)
			return false;
		const ssize_t size = recv(raw->socket, buffer, sizeof buffer, MSG_DONTWAIT);
		if (size == 0 || (size < 0 && errno != EAGAIN))
			return true;
	}
}

/* --- greetings --- */

static void garbage_greetings_are_dropped(void)
{
	struct fixture fixture = fixture_open(NULL);
	uint64_t random = 88172645463325252u;
	static uint8_t packet[8192];
	char byte;

	for (uint32_t i = 0; i < 500; i++) {
		const size_t size = i < 200 ? i : random_next(&random) % sizeof packet;
		for (size_t at = 0; at < size; at++)
			packet[at] = (uint8_t)random_next(&random);
		const int descriptor = raw_socket(fixture.server.path);
		CU_ASSERT_FATAL(descriptor >= 0);
		CU_ASSERT(send(descriptor, packet, size, MSG_NOSIGNAL) >= 0);
		CU_ASSERT(recv(descriptor, &byte, 1, 0) <= 0);
		close(descriptor);
	}
	CU_ASSERT_EQUAL(status_of(fixture.honest).opened, 1);
	fixture_close(&fixture);
}

static void truncated_and_altered_greetings_are_dropped(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct wire_writer out = {0};
	uint8_t packet[64];
	char byte;

	ipc_hello_encode(&out, &(struct ipc_hello){.service = "echo"});
	for (size_t size = 0; size < out.size; size++) {
		const int descriptor = raw_socket(fixture.server.path);
		CU_ASSERT(send(descriptor, out.data, size, MSG_NOSIGNAL) >= 0);
		CU_ASSERT(recv(descriptor, &byte, 1, 0) <= 0);
		close(descriptor);
	}
	/* Every bit turned: cut off, or told of another service; never let in. But for the clock's name, which may be any. */
	for (size_t bit = 0; bit < (out.size - sizeof(uint64_t)) * 8; bit++) {
		const int descriptor = raw_socket(fixture.server.path);
		uint8_t answer[IPC_GREETING_SIZE_MAX];
		struct ipc_welcome welcome;
		memcpy(packet, out.data, out.size);
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT(send(descriptor, packet, out.size, MSG_NOSIGNAL) >= 0);
		const ssize_t size = recv(descriptor, answer, sizeof answer, 0);
		struct wire_reader in = wire_reader_of(bytes_of(answer, size > 0 ? (size_t)size : 0));
		const bool is_younger_format = bit < 16 && (packet[0] | packet[1] << 8) > IPC_FORMAT;
		CU_ASSERT(size <= 0 || is_younger_format || (ipc_welcome_decode(&in, &welcome) && welcome.code == RESULT_NOT_EXIST));
		close(descriptor);
	}
	wire_writer_clear(&out);
	fixture_close(&fixture);
}

static void descriptors_in_a_greeting_are_not_kept(void)
{
	struct fixture fixture = fixture_open(NULL);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(20 * sizeof(int))];
	} control = {0};

	for (uint32_t i = 0; i < 50; i++) {
		const int descriptor = raw_socket(fixture.server.path);
		int sent[20];
		struct iovec part = {.iov_base = "x", .iov_len = 1};
		struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
		for (size_t at = 0; at < 20; at++)
			sent[at] = descriptor;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof sent);
		memcpy(CMSG_DATA(header), sent, sizeof sent);
		(void)sendmsg(descriptor, &message, MSG_NOSIGNAL);
		close(descriptor);
	}
	fixture_close(&fixture);
}

static void silent_connections_shut_nobody_out(void)
{
	const struct ipc_server_limits limits = {.clients_max = 400};
	struct fixture fixture = fixture_open(&limits);
	static int silent[600];
	struct ipc_client *late;

	for (size_t i = 0; i < 600; i++)
		silent[i] = raw_socket(fixture.server.path);
	CU_ASSERT_EQUAL_FATAL(ipc_client_connect("echo", &late), RESULT_OK);
	ipc_client_close(late);
	/* They are dropped while their ends stay open. */
	const int64_t until_ms = monotonic_ms() + 20000;
	while (status_of(fixture.honest).clients > 1 && monotonic_ms() < until_ms)
		poll(NULL, 0, 5);
	CU_ASSERT_EQUAL(status_of(fixture.honest).clients, 1);
	for (size_t i = 0; i < 600; i++) {
		if (silent[i] >= 0)
			close(silent[i]);
	}
	fixture_close(&fixture);
}

/* CASE-037: with none left even for the door, who knocks is told so, and the daemon does not spin. */
static void daemon_without_a_descriptor_for_the_door_says_so(void)
{
	struct rlimit before, few;
	struct fixture fixture;
	static int silent[60];
	struct ipc_client *late;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 40;
	setrlimit(RLIMIT_NOFILE, &few);
	fixture = fixture_open(NULL);
	setrlimit(RLIMIT_NOFILE, &before);
	/* The silent ones are dropped after a second: on a machine that stalls just then it takes another try. */
	uint32_t code = RESULT_OK;
	for (uint32_t attempt = 0; attempt < 10 && code == RESULT_OK; attempt++) {
		for (size_t i = 0; i < 60; i++)
			silent[i] = raw_socket(fixture.server.path);
		code = ipc_client_connect("echo", &late);
		if (code == RESULT_OK)
			ipc_client_close(late);
		CU_ASSERT(honest_echoes(&fixture, 3));
		for (size_t i = 0; i < 60; i++) {
			if (silent[i] >= 0)
				close(silent[i]);
		}
	}
	CU_ASSERT_EQUAL(code, RESULT_NO_RESOURCES);
	fixture_close(&fixture);
}

/* --- lies in the rings --- */

static void every_lie_about_a_position_is_survived(void)
{
	struct fixture fixture = fixture_open(NULL);

	for (uint32_t word = 0; word < 12; word++) {
		for (uint32_t value = 0; value < 14; value++) {
			struct raw raw;
			CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
			const uint32_t size = raw.ring_size;
			const uint32_t values[14] = {0, 1, 4, 7, 8, 12, 32, size - 8, size, size + 8, 2 * size, 0x7fffffff, 0x80000000,
			                             0xffffffff};
			uint32_t *words = (uint32_t *)(void *)(raw.mapping + word * IPC_CACHE_LINE);
			uint8_t events[8] = {3, 0, 0, 0, 16, 0, 0, 0};
			raw_put(&raw, &(struct ipc_record){.kind = ECHO_REQUEST_EVENTS, .size = 8, .total = 8, .call = 1}, events, 8);
			raw_put(&raw, &(struct ipc_record){.kind = ECHO_REQUEST_ECHO, .size = 8, .total = 8, .call = 2}, events, 8);
			ipc_ring_publish(&raw.request);
			__atomic_store_n(words, values[value], __ATOMIC_SEQ_CST);
			raw_wake(&raw);
			ipc_ring_publish(&raw.request);
			raw_wake(&raw);
			__atomic_store_n(words, values[value], __ATOMIC_SEQ_CST);
			raw_wake(&raw);
			CU_ASSERT(honest_echoes(&fixture, word * 14 + value));
			raw_close(&raw);
		}
	}
	fixture_close(&fixture);
}

/* CASE-034, at this level: sizes in a record's header. */
static void every_lie_about_a_size_cuts_the_liar_off(void)
{
	struct fixture fixture = fixture_open(NULL);
	static const struct ipc_record lies[] = {
		{.kind = 1, .call = 1, .size = 64, .total = 63},
		{.kind = 1, .call = 1, .size = 0, .total = 64},
		{.kind = 1, .call = 1, .size = 65, .total = 65},
		{.kind = 1, .call = 1, .size = 1 << 20, .total = 1 << 20},
		{.kind = 1, .call = 1, .size = 64, .total = (65 << 20) + 1},
		{.kind = 1, .call = 1, .size = UINT32_MAX, .total = UINT32_MAX},
		{.kind = 1, .call = 1, .size = UINT32_MAX - 31, .total = UINT32_MAX},
		{.kind = 1, .call = 1, .size = 64, .total = UINT32_MAX},
	};
	uint8_t body[64] = {0};

	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct raw raw;
		CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
		raw_put(&raw, &lies[i], body, sizeof body);
		ipc_ring_publish(&raw.request);
		raw_wake(&raw);
		CU_ASSERT(raw_is_cut(&raw));
		raw_close(&raw);
	}
	fixture_close(&fixture);
}

/* A request in parts, the next of which lies about what came before. */
static void parts_that_do_not_fit_together_harm_nobody(void)
{
	struct fixture fixture = fixture_open(NULL);
	uint8_t body[64] = {0};
	uint64_t random = 42;

	for (uint32_t i = 0; i < 300; i++) {
		struct raw raw;
		CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
		for (uint32_t part = 0; part < 20; part++) {
			const uint32_t size = 8 * (uint32_t)(1 + random_next(&random) % 8);
			const struct ipc_record record = {.kind = (uint16_t)(random_next(&random) % 3), .size = size,
			                                  .total = size + (uint32_t)(random_next(&random) % 3) * 32,
			                                  .call = random_next(&random) % 3};
			raw_put(&raw, &record, body, size);
			ipc_ring_publish(&raw.request);
		}
		raw_wake(&raw);
		CU_ASSERT(honest_echoes(&fixture, i));
		raw_close(&raw);
	}
	fixture_close(&fixture);
}

static void scribble(struct raw *raw, uint64_t *random)
{
	const uint64_t what = random_next(random);
	const size_t at = what % 4 == 0 ? random_next(random) % raw->mapping_size
	                : what % 4 == 1 ? random_next(random) % sizeof *raw->control
	                                : IPC_CONTROL_SIZE + random_next(random) % 4096;
	const size_t size = random_next(random) % 64;

	if (what % 7 == 0) { /* the words as such */
		uint32_t *words = (uint32_t *)(void *)(raw->mapping + random_next(random) % 12 * IPC_CACHE_LINE);
		__atomic_store_n(words, (uint32_t)(random_next(random) % (2 * raw->ring_size) & ~7u), __ATOMIC_SEQ_CST);
		return;
	}
	for (size_t i = at; i < at + size && i < raw->mapping_size; i++)
		raw->mapping[i] = what % 3 == 0 ? 0xff : what % 3 == 1 ? 0 : (uint8_t)random_next(random);
}

/* Calls and writes over everything at random, until it has done its work; comes back when it is cut off, and now and then before. */
static void scribbler_run(const char *path, uint64_t seed)
{
	uint64_t random = seed;
	struct raw raw;
	bool is_open = false;
	uint8_t body[128];

	for (uint32_t i = 0; i < 4000; i++) {
		if (!is_open && !(is_open = raw_open(&raw, path, NULL, NULL)))
			_exit(1);
		const uint32_t size = (uint32_t)(random_next(&random) % sizeof body);
		static const uint16_t kinds[] = {ECHO_REQUEST_ECHO, ECHO_REQUEST_CODE, ECHO_REQUEST_EVENT_LATER, ECHO_REQUEST_RELEASE, 99};
		const struct ipc_record record = {.kind = kinds[random_next(&random) % 5], .size = size, .total = size, .call = i};
		raw_put(&raw, &record, body, size);
		for (uint64_t times = random_next(&random) % 4; times > 0; times--)
			scribble(&raw, &random);
		if (random_next(&random) % 2 == 0)
			ipc_ring_publish(&raw.request);
		__atomic_store_n(&raw.control->answer.wake_wanted, 1, __ATOMIC_SEQ_CST);
		if (random_next(&random) % 8 == 0)
			(void)send(raw.events, "garbage", 7, MSG_NOSIGNAL | MSG_DONTWAIT);
		struct pollfd answered = {.fd = raw.socket, .events = POLLIN};
		if (!raw_wake(&raw) || i % 20 == 19) {
			poll(&answered, 1, 1); /* let the daemon look at it */
			raw_close(&raw);
			is_open = false;
		}
	}
	_exit(0);
}

static void scribbling_over_everything_mapped_harms_nobody_else(void)
{
	struct fixture fixture = fixture_open(NULL);
	pid_t scribblers[4];
	uint32_t running = 4, failed = 0, calls = 0;

	for (uint32_t i = 0; i < 4; i++) {
		scribblers[i] = fork();
		if (scribblers[i] == 0)
			scribbler_run(fixture.server.path, 0x9e3779b97f4a7c15u * (i + 1));
	}
	while (running > 0) {
		failed += !honest_echoes(&fixture, calls++);
		for (uint32_t i = 0; i < 4; i++) {
			int status;
			if (scribblers[i] != 0 && waitpid(scribblers[i], &status, WNOHANG) == scribblers[i]) {
				CU_ASSERT_EQUAL(status, 0);
				scribblers[i] = 0;
				running--;
			}
		}
	}
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT(calls > 100);
	CU_ASSERT(status_of(fixture.honest).opened > 800);
	fixture_close(&fixture);
}

static void memory_can_be_neither_cut_nor_grown_under_the_daemon(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct wire_writer out = {0};
	uint8_t buffer[IPC_GREETING_SIZE_MAX];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = buffer, .iov_len = sizeof buffer};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int descriptors[2];

	const int descriptor = raw_socket(fixture.server.path);
	ipc_hello_encode(&out, &(struct ipc_hello){.service = "echo"});
	(void)send(descriptor, out.data, out.size, MSG_NOSIGNAL);
	CU_ASSERT_FATAL(recvmsg(descriptor, &message, 0) > 0);
	memcpy(descriptors, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptors);
	CU_ASSERT_EQUAL(ftruncate(descriptors[0], 0), -1);
	CU_ASSERT_EQUAL(ftruncate(descriptors[0], 1 << 30), -1);
	CU_ASSERT_EQUAL(fcntl(descriptors[0], F_ADD_SEALS, F_SEAL_WRITE), -1);
	CU_ASSERT_EQUAL(fcntl(descriptors[0], F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
	                F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	CU_ASSERT_EQUAL(fallocate(descriptors[0], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
	(void)send(descriptor, "", 1, MSG_NOSIGNAL);
	CU_ASSERT(honest_echoes(&fixture, 1));
	close(descriptors[0]);
	close(descriptors[1]);
	close(descriptor);
	wire_writer_clear(&out);
	fixture_close(&fixture);
}

/* --- floods --- */

static uint64_t cpu_ticks_of(pid_t pid)
{
	char path[64];
	unsigned long user = 0, system = 0;

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		CU_FAIL("no times in /proc");
	fclose(file);
	return user + system;
}

/* CASE-029: requests as fast as they go, answers never taken. */
static void flood_without_reading_stalls_the_flooder_alone(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;
	uint8_t body[64] = {0};
	uint32_t put = 0, full = 0;

	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	for (uint32_t i = 0; i < 100000; i++) {
		if (ipc_ring_room(&raw.request) >= IPC_RECORD_SIZE + sizeof body) {
			raw_put(&raw, &(struct ipc_record){.kind = ECHO_REQUEST_ECHO, .size = sizeof body, .total = sizeof body, .call = i}, body,
			        sizeof body);
			ipc_ring_publish(&raw.request);
			put++;
		} else {
			full++;
		}
		CU_ASSERT_FATAL(raw_wake(&raw)); /* not cut off: it harms nobody */
		if (i % 100 == 0)
			CU_ASSERT(honest_echoes(&fixture, i));
	}
	CU_ASSERT(full > 0); /* it was held back by its own ring */
	CU_ASSERT(put < 100000);
	CU_ASSERT(honest_echoes(&fixture, 1));
	/* It sends nothing more: the daemon rests. */
	const uint64_t before = cpu_ticks_of(fixture.server.pid);
	poll(NULL, 0, 500);
	CU_ASSERT(cpu_ticks_of(fixture.server.pid) - before <= (uint64_t)sysconf(_SC_CLK_TCK) / 10);
	raw_close(&raw);
	fixture_close(&fixture);
}

static void flood_of_events_and_wakes_ends_in_a_cut(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;
	const uint8_t body[8] = {100, 0, 0, 0, 0, 4, 0, 0}; /* 100 events of 1 KiB */
	bool is_cut = false;

	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	for (uint32_t i = 0; i < 100000 && !is_cut; i++) {
		if (ipc_ring_room(&raw.request) >= IPC_RECORD_SIZE + sizeof body) {
			raw_put(&raw, &(struct ipc_record){.kind = ECHO_REQUEST_EVENTS, .size = 8, .total = 8, .call = i}, body, 8);
			ipc_ring_publish(&raw.request);
		}
		is_cut = !raw_wake(&raw);
		if (i % 100 == 0)
			CU_ASSERT(honest_echoes(&fixture, i));
	}
	CU_ASSERT(is_cut);
	raw_close(&raw);
	fixture_close(&fixture);
}

static void half_closed_sockets_and_empty_packets_end_the_connection(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;

	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	shutdown(raw.socket, SHUT_WR);
	CU_ASSERT(raw_is_cut(&raw));
	raw_close(&raw);
	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	(void)send(raw.socket, "", 0, MSG_NOSIGNAL);
	CU_ASSERT(raw_is_cut(&raw));
	raw_close(&raw);
	fixture_close(&fixture);
}

/* --- polling --- */

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void raw_ask(struct raw *raw, uint16_t request, uint32_t number)
{
	raw_put(raw, &(struct ipc_record){.kind = request, .size = sizeof number, .total = sizeof number, .call = ++raw->call}, &number, sizeof number);
}

/* Looks and looks: whoever waits for an answer here says nothing to the daemon. */
static bool raw_is_answered(struct raw *raw, uint32_t *number)
{
	const int64_t until_ns = monotonic_ns() + INT64_C(10000000000);
	uint8_t header[IPC_RECORD_SIZE];
	struct ipc_record record;

	do {
		if (ipc_ring_available(&raw->answer) == 0)
			continue;
		ipc_ring_get(&raw->answer, header, sizeof header);
		if (!ipc_record_decode(header, &record) || record.size > sizeof *number)
			return false;
		ipc_ring_get(&raw->answer, number, record.size);
		ipc_ring_release(&raw->answer);
		return record.call == raw->call;
	} while (monotonic_ns() < until_ns);
	return false;
}

/* As a client does it: a wake-up only for a daemon that wants one. *woken: it wanted one. */
static bool raw_call(struct raw *raw, uint16_t request, uint32_t number, bool *woken)
{
	raw_ask(raw, request, number);
	*woken = ipc_ring_publish(&raw->request);
	if (*woken)
		raw_wake(raw);
	return raw_is_answered(raw, &number);
}

static uint32_t raw_poll(struct raw *raw, uint32_t count)
{
	uint32_t done = UINT32_MAX;

	raw_ask(raw, ECHO_REQUEST_POLL, count);
	if (ipc_ring_publish(&raw->request))
		raw_wake(raw);
	return raw_is_answered(raw, &done) ? done : UINT32_MAX;
}

static bool raw_is_to_wake(struct raw *raw)
{
	const int64_t until_ns = monotonic_ns() + INT64_C(10000000000);

	while (__atomic_load_n(&raw->control->request.wake_wanted, __ATOMIC_SEQ_CST) == 0)
		if (monotonic_ns() > until_ns)
			return false;
	return true;
}

/* With a call under way that is answered much later. */
static bool raw_open_busy(struct raw *raw, const char *path)
{
	if (!raw_open(raw, path, NULL, NULL))
		return false;
	raw_ask(raw, ECHO_REQUEST_NEVER, 0);
	if (ipc_ring_publish(&raw->request))
		raw_wake(raw);
	return true;
}

static bool raw_calls_until_polled(struct raw *raw)
{
	bool woken = true;

	for (uint32_t i = 0; i < 100000 && woken; i++)
		if (!raw_call(raw, ECHO_REQUEST_ECHO, i, &woken))
			return false;
	return !woken;
}

static void a_busy_client_need_not_wake_a_daemon_that_polls(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;
	bool woken;

	uint32_t least = UINT32_MAX;

	CU_ASSERT_FATAL(raw_open_busy(&raw, fixture.server.path));
	for (uint32_t round = 0; round < 20; round++) {
		const uint32_t before = raw_poll(&raw, 1000000);
		CU_ASSERT(raw_calls_until_polled(&raw));
		CU_ASSERT(honest_echoes(&fixture, round));
		/* Says nothing any more: polls go on, but soon not for its sake. */
		CU_ASSERT(raw_is_to_wake(&raw));
		CU_ASSERT(raw_call(&raw, ECHO_REQUEST_ECHO, round, &woken));
		CU_ASSERT(woken);
		const uint32_t polls = raw_poll(&raw, 1000000) - before;
		least = polls < least ? polls : least;
	}
	CU_ASSERT(least < 100);
	raw_close(&raw);
	fixture_close(&fixture);
}

/* The last poll falls anywhere between a client's steps. */
static void no_request_is_lost_when_polling_ends(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;
	bool woken;
	uint32_t answered = 0;

	CU_ASSERT_FATAL(raw_open_busy(&raw, fixture.server.path));
	for (uint32_t round = 0; round < 50; round++) {
		answered += raw_call(&raw, ECHO_REQUEST_POLL, round % 4 + 1, &woken);
		for (uint32_t i = 0; i < 20; i++)
			answered += raw_call(&raw, ECHO_REQUEST_ECHO, i, &woken);
	}
	CU_ASSERT_EQUAL(answered, 50 * 21);
	raw_close(&raw);
	fixture_close(&fixture);
}

/* Only what waits gets a client polled: one whose calls are answered at once wakes the daemon, and has its answer the sooner. */
static void a_client_without_calls_under_way_is_not_polled(void)
{
	struct fixture fixture = fixture_open(NULL);
	struct raw raw;
	uint32_t before, least = UINT32_MAX;

	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	while ((before = raw_poll(&raw, 1000000)) < 10)
		continue;
	/* How many polls it takes until it has to wake the daemon again; the machine may have been busy elsewhere meanwhile, but not always. */
	for (uint32_t i = 0; i < 200; i++) {
		CU_ASSERT(raw_is_to_wake(&raw));
		const uint32_t done = raw_poll(&raw, 1000000);
		least = done - before < least ? done - before : least;
		before = done;
	}
	CU_ASSERT(least < 8);
	raw_close(&raw);
	fixture_close(&fixture);
}

/* --- death at every step --- */

static void step_die(void *context)
{
	uint32_t *steps_left = context;

	if ((*steps_left)-- == 0)
		kill(getpid(), SIGKILL);
}

/* One greeting and one long call by hand, every word written a step of its own. Ends the process. */
static void raw_call_and_die(const char *path, uint32_t steps)
{
	struct raw raw;
	uint8_t body[4096] = {0}, header[IPC_RECORD_SIZE];
	struct ipc_record answer;
	uint32_t received = 0, steps_left = steps;
	char wake;

	step_die(&steps_left);
	if (!raw_open(&raw, path, step_die, &steps_left))
		_exit(2);
	for (uint32_t part = 0; part < 3; part++) {
		const struct ipc_record record = {.kind = ECHO_REQUEST_ECHO, .size = sizeof body, .total = 3 * sizeof body, .call = 1};
		ipc_record_encode(header, &record);
		ipc_ring_put(&raw.request, header, sizeof header);
		step_die(&steps_left);
		ipc_ring_put(&raw.request, body, sizeof body);
		step_die(&steps_left);
		ipc_ring_publish(&raw.request);
		step_die(&steps_left);
		raw_wake(&raw);
		step_die(&steps_left);
	}
	while (received < 3 * sizeof body) {
		if (ipc_ring_sleep(&raw.answer)) {
			step_die(&steps_left);
			if (recv(raw.socket, &wake, 1, 0) != 1)
				_exit(2);
			step_die(&steps_left);
			continue;
		}
		ipc_ring_get(&raw.answer, header, sizeof header);
		step_die(&steps_left);
		ipc_record_decode(header, &answer);
		ipc_ring_get(&raw.answer, body, answer.size < sizeof body ? answer.size : sizeof body);
		raw.answer.position += ipc_ring_padded(answer.size) - ipc_ring_padded(answer.size < sizeof body ? answer.size : sizeof body);
		received += answer.size;
		step_die(&steps_left);
		ipc_ring_release(&raw.answer);
		step_die(&steps_left);
	}
	raw_close(&raw);
	step_die(&steps_left);
	_exit(0);
}

static void death_at_every_step_of_a_call_is_survived(void)
{
	struct fixture fixture = fixture_open(NULL);
	uint32_t step = 0;
	int status = -1;

	for (; step < 200 && status != 0; step++) {
		fflush(NULL);
		const pid_t child = fork();
		CU_ASSERT_FATAL(child >= 0);
		if (child == 0)
			raw_call_and_die(fixture.server.path, step);
		waitpid(child, &status, 0);
		CU_ASSERT(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
		CU_ASSERT(honest_echoes(&fixture, step));
	}
	CU_ASSERT_EQUAL(status, 0); /* the last one lived to the end */
	CU_ASSERT(step > 20);
	fixture_close(&fixture);
}

/* The library itself: connect, a long call, events, close. */
static void library_course(void)
{
	struct ipc_client *client;
	struct wire_writer body = {0}, answer = {0}, event_body = {0};
	uint16_t event;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (ipc_client_connect("echo", &client) != RESULT_OK)
		_exit(2);
	wire_put_zeros(&body, 200000);
	if (ipc_client_call(client, ECHO_REQUEST_ECHO, -1, wire_writer_bytes(&body), &answer) != RESULT_OK)
		_exit(3);
	wire_writer_reset(&body);
	wire_put_u32(&body, 2);
	wire_put_u32(&body, 10);
	if (ipc_client_call(client, ECHO_REQUEST_EVENTS, -1, wire_writer_bytes(&body), NULL) != RESULT_OK)
		_exit(4);
	while (ipc_client_event_take(client, &event, &event_body))
		;
	ipc_client_close(client);
	_exit(0);
}

/* True: it was killed at its stop number `stop`; false: it had ended before. */
static bool library_killed_at(uint32_t stop, int *status)
{
	fflush(NULL);
	const pid_t child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (child == 0)
		library_course();
	waitpid(child, status, 0); /* its SIGSTOP */
	for (uint32_t at = 0; at < stop; at++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0)
			break;
		waitpid(child, status, 0);
		if (WIFEXITED(*status) || WIFSIGNALED(*status))
			return false;
	}
	kill(child, SIGKILL);
	waitpid(child, status, 0);
	return true;
}

static void death_of_the_library_at_every_system_call_is_survived(void)
{
	struct fixture fixture = fixture_open(NULL);
	int status = 0;
	uint32_t stop = 0;

	while (stop < 1000 && library_killed_at(stop, &status)) {
		CU_ASSERT(honest_echoes(&fixture, stop));
		stop++;
	}
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(stop > 40);
	fixture_close(&fixture);
}

static bool answer_next(struct raw *raw, struct ipc_record *record)
{
	uint8_t header[IPC_RECORD_SIZE];

	if (ipc_ring_available(&raw->answer) < IPC_RECORD_SIZE)
		return false;
	ipc_ring_get(&raw->answer, header, sizeof header);
	CU_ASSERT_TRUE(ipc_record_decode(header, record));
	ipc_ring_release(&raw->answer);
	return true;
}

/* Mechanism 8: who asks for descriptors and never takes them is refused before the kernel's bound is anybody else's trouble. */
static void descriptors_that_nobody_takes_are_bounded(void)
{
	struct fixture fixture = fixture_open(NULL);
	uint32_t passed = 0, refused = 0, answered = 0;
	struct ipc_record record;
	struct raw raw;

	CU_ASSERT_FATAL(raw_open(&raw, fixture.server.path, NULL, NULL));
	for (uint32_t i = 1; i <= 500; i++) {
		raw_put(&raw, &(struct ipc_record){.kind = ECHO_REQUEST_PASS, .size = 8, .total = 8, .call = i}, "12345678", 8);
		ipc_ring_publish(&raw.request);
		CU_ASSERT_FATAL(raw_wake(&raw));
		CU_ASSERT(honest_echoes(&fixture, i)); /* by now ours is answered too: the daemon takes turns */
		while (answer_next(&raw, &record)) {
			answered++;
			passed += record.code == RESULT_OK;
			refused += record.code == RESULT_NO_RESOURCES;
		}
	}
	CU_ASSERT(answered > 400 && passed > 0 && passed < 64 && passed + refused == answered);
	int descriptors[IPC_DESCRIPTORS_MAX];
	CU_ASSERT_EQUAL(ipc_client_call_descriptors(fixture.honest, ECHO_REQUEST_PASS, -1, bytes_of_text("honest"), NULL, descriptors), RESULT_OK);
	close(descriptors[0]);
	close(descriptors[1]);
	raw_close(&raw);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"garbage greetings are dropped", garbage_greetings_are_dropped},
		{"truncated and altered greetings are dropped", truncated_and_altered_greetings_are_dropped},
		{"descriptors in a greeting are not kept", descriptors_in_a_greeting_are_not_kept},
		{"descriptors that nobody takes are bounded", descriptors_that_nobody_takes_are_bounded},
		{"silent connections shut nobody out", silent_connections_shut_nobody_out},
		{"a daemon without a descriptor for the door says so (CASE-037)", daemon_without_a_descriptor_for_the_door_says_so},
		{"every lie about a position is survived", every_lie_about_a_position_is_survived},
		{"every lie about a size cuts the liar off (CASE-034)", every_lie_about_a_size_cuts_the_liar_off},
		{"parts that do not fit together harm nobody", parts_that_do_not_fit_together_harm_nobody},
		{"scribbling over everything mapped harms nobody else", scribbling_over_everything_mapped_harms_nobody_else},
		{"memory can be neither cut nor grown under the daemon", memory_can_be_neither_cut_nor_grown_under_the_daemon},
		{"a flood without reading stalls the flooder alone (CASE-029)", flood_without_reading_stalls_the_flooder_alone},
		{"a flood of events and wakes ends in a cut", flood_of_events_and_wakes_ends_in_a_cut},
		{"half-closed sockets and empty packets end the connection", half_closed_sockets_and_empty_packets_end_the_connection},
		{"a busy client need not wake a daemon that polls", a_busy_client_need_not_wake_a_daemon_that_polls},
		{"no request is lost when polling ends", no_request_is_lost_when_polling_ends},
		{"a client without calls under way is not polled", a_client_without_calls_under_way_is_not_polled},
		{"death at every step of a call is survived", death_at_every_step_of_a_call_is_survived},
		{"death of the library at every system call is survived", death_of_the_library_at_every_system_call_is_survived},
	};

	return check_run("ipc hostile", cases, sizeof cases / sizeof cases[0]);
}
