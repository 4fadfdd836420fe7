#include "core/ipc/tests/echo_server.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Hostile clients ask too. */
enum { HELD_MAX = 4096, EVENTS_MAX = 100000, SIZE_MAX_ASKED = 64 << 20, POLL_NS = 100000 };

struct echo {
	qb_loop_t *loop;
	struct ipc_server *server;
	uint32_t opened, closed;
	struct held {
		uint64_t client, call;
	} held[HELD_MAX];
	size_t held_count;
	uint32_t polls_left, polls_done;
	int poll_clock;
};

static uint32_t on_opened(void *context, uint64_t client, const char *service, uid_t uid, gid_t gid, pid_t pid)
{
	struct echo *echo = context;

	(void)client;
	(void)uid;
	(void)gid;
	(void)pid;
	if (strcmp(service, "closed") == 0)
		return RESULT_ACCESS;
	if (strcmp(service, "busy") == 0)
		return RESULT_TRY_AGAIN;
	if (strcmp(service, "echo") != 0)
		return RESULT_NOT_EXIST;
	echo->opened++;
	return RESULT_OK;
}

static void on_closed(void *context, uint64_t client)
{
	struct echo *echo = context;

	(void)client;
	echo->closed++;
}

static uint32_t descriptors_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint32_t count = 0;

	if (directory == NULL)
		return 0;
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static void events_send(struct echo *echo, uint64_t client, uint32_t count, uint32_t size)
{
	for (uint32_t i = 0; i < count && i < EVENTS_MAX; i++) {
		struct wire_writer body = {0};
		wire_put_u32(&body, i);
		wire_put_zeros(&body, size < SIZE_MAX_ASKED ? size : SIZE_MAX_ASKED);
		ipc_server_event(echo->server, client, ECHO_EVENT, wire_writer_bytes(&body));
		wire_writer_clear(&body);
	}
}

static void status_answer(struct echo *echo, uint64_t client, uint64_t call)
{
	struct wire_writer body = {0};

	wire_put_u32(&body, descriptors_count());
	wire_put_u32(&body, ipc_server_client_count(echo->server));
	wire_put_u32(&body, echo->closed);
	wire_put_u32(&body, echo->opened);
	wire_put_u32(&body, (uint32_t)echo->held_count);
	ipc_server_answer(echo->server, client, call, RESULT_OK, wire_writer_bytes(&body));
	wire_writer_clear(&body);
}

static uint32_t release(struct echo *echo, uint64_t client, bool is_all)
{
	const uint32_t held_count = (uint32_t)echo->held_count;
	size_t kept = 0;

	for (size_t i = echo->held_count; i > 0; i--) {
		const struct held *held = &echo->held[i - 1];
		if (held->client == client || is_all)
			ipc_server_answer(echo->server, held->client, held->call, RESULT_OK, (struct bytes){0});
	}
	for (size_t i = 0; i < echo->held_count; i++) {
		if (echo->held[i].client != client && !is_all)
			echo->held[kept++] = echo->held[i];
	}
	echo->held_count = kept;
	return held_count - (uint32_t)kept;
}

/* Their numbers in this process are given up at once. */
static uint32_t pass(struct echo *echo, uint64_t client, uint64_t call, struct bytes body)
{
	int descriptors[2] = {memfd_create("echo", MFD_CLOEXEC), -1};
	bool done = descriptors[0] >= 0 && write(descriptors[0], body.data, body.size) == (ssize_t)body.size;

	descriptors[1] = dup(descriptors[0]);
	done = done && ipc_server_pass(echo->server, client, call, descriptors, 2);
	close(descriptors[0]);
	close(descriptors[1]);
	return done ? RESULT_OK : RESULT_NO_RESOURCES;
}

static int32_t on_poll_clock(int32_t descriptor, int32_t events, void *context)
{
	struct echo *echo = context;
	uint64_t count;

	(void)events;
	(void)!read(descriptor, &count, sizeof count);
	if (echo->polls_left == 0)
		return 0;
	if (--echo->polls_left == 0)
		timerfd_settime(descriptor, 0, &(struct itimerspec){0}, NULL);
	echo->polls_done++;
	ipc_server_poll(echo->server);
	return 0;
}

/* A timer of the loop itself is a millisecond late and more. */
static void polls_begin(struct echo *echo, uint32_t count)
{
	const struct timespec every = {.tv_nsec = POLL_NS};

	timerfd_settime(echo->poll_clock, 0, &(struct itimerspec){.it_interval = every, .it_value = every}, NULL);
	echo->polls_left = count;
}

static void on_request(void *context, uint64_t client, uint64_t call, uint16_t request, int64_t timeout_ns, int64_t waited_ns, struct bytes body)
{
	struct echo *echo = context;
	struct wire_reader in = wire_reader_of(body);
	struct wire_writer out = {0};

	switch (request) {
	case ECHO_REQUEST_ECHO:
		ipc_server_answer(echo->server, client, call, RESULT_OK, body);
		break;
	case ECHO_REQUEST_PASS:
		ipc_server_answer(echo->server, client, call, pass(echo, client, call, body), (struct bytes){0});
		break;
	case ECHO_REQUEST_CODE:
		ipc_server_answer(echo->server, client, call, wire_get_u32(&in), (struct bytes){0});
		break;
	case ECHO_REQUEST_EVENTS: {
		const uint32_t count = wire_get_u32(&in), size = wire_get_u32(&in);
		events_send(echo, client, count, size);
		ipc_server_answer(echo->server, client, call, RESULT_OK, (struct bytes){0});
		break;
	}
	case ECHO_REQUEST_EVENT_BODY: {
		const uint16_t event = wire_get_u16(&in);
		ipc_server_event(echo->server, client, event, wire_get_rest(&in));
		ipc_server_answer(echo->server, client, call, RESULT_OK, (struct bytes){0});
		break;
	}
	case ECHO_REQUEST_EVENT_LATER:
		ipc_server_answer(echo->server, client, call, RESULT_OK, (struct bytes){0});
		events_send(echo, client, 1, 0);
		break;
	case ECHO_REQUEST_NEVER:
		if (echo->held_count < HELD_MAX)
			echo->held[echo->held_count++] = (struct held){.client = client, .call = call};
		break;
	case ECHO_REQUEST_RELEASE:
		wire_put_u32(&out, release(echo, client, bytes_equal(body, bytes_of_text("all"))));
		ipc_server_answer(echo->server, client, call, RESULT_OK, wire_writer_bytes(&out));
		wire_writer_clear(&out);
		break;
	case ECHO_REQUEST_CLOSE:
		ipc_server_close(echo->server, client, "as it asked");
		break;
	case ECHO_REQUEST_LAST:
		ipc_server_answer(echo->server, client, call, RESULT_OK, body);
		ipc_server_close(echo->server, client, "as it asked");
		break;
	case ECHO_REQUEST_STATUS:
		status_answer(echo, client, call);
		break;
	case ECHO_REQUEST_EXIT:
		if (bytes_equal(body, bytes_of_text("exit")))
			_exit(0);
		if (bytes_equal(body, bytes_of_text("orderly")))
			qb_loop_stop(echo->loop);
		break;
	case ECHO_REQUEST_SIZE: {
		const uint32_t size = wire_get_u32(&in);
		wire_put_zeros(&out, size < SIZE_MAX_ASKED ? size : SIZE_MAX_ASKED);
		ipc_server_answer(echo->server, client, call, RESULT_OK, wire_writer_bytes(&out));
		wire_writer_clear(&out);
		break;
	}
	case ECHO_REQUEST_MAY_POST:
		ipc_server_may_post(echo->server, wire_get_u32(&in) != 0);
		ipc_server_answer(echo->server, client, call, RESULT_OK, (struct bytes){0});
		break;
	case ECHO_REQUEST_POLL:
		polls_begin(echo, wire_get_u32(&in));
		wire_put_u32(&out, echo->polls_done);
		ipc_server_answer(echo->server, client, call, RESULT_OK, wire_writer_bytes(&out));
		wire_writer_clear(&out);
		break;
	case ECHO_REQUEST_TIMEOUT:
		wire_put_i64(&out, timeout_ns);
		wire_put_i64(&out, waited_ns);
		ipc_server_answer(echo->server, client, call, RESULT_OK, wire_writer_bytes(&out));
		wire_writer_clear(&out);
		break;
	default:
		ipc_server_answer(echo->server, client, call, RESULT_INVALID_PARAM, (struct bytes){0});
	}
}

static void on_log(void *context, int level, const char *id, const char *text)
{
	(void)context;
	(void)level;
	if (getenv("ECHO_SERVER_LOG") != NULL)
		fprintf(stderr, "%s: %s\n", id, text);
}

static void daemon_run(const struct echo_server *server, const struct ipc_server_limits *limits, int ready)
{
	static struct echo echo;
	const struct ipc_server_handler handler = {.context = &echo, .opened = on_opened, .request = on_request, .closed = on_closed,
	                                           .log = on_log};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	echo.loop = qb_loop_create();
	echo.server = ipc_server_new(echo.loop, server->path, limits, &handler);
	if (echo.server == NULL) {
		perror("ipc_server_new");
		_exit(1);
	}
	echo.poll_clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	qb_loop_poll_add(echo.loop, QB_LOOP_HIGH, echo.poll_clock, POLLIN, &echo, on_poll_clock);
	if (write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	qb_loop_run(echo.loop);
	ipc_server_free(echo.server);
	qb_loop_destroy(echo.loop);
	exit(0); /* a sanitizer looks for leaks now */
}

static bool server_run(struct echo_server *server, const struct ipc_server_limits *limits)
{
	int ready[2];
	char byte;

	if (pipe(ready) != 0)
		return false;
	fflush(NULL);
	server->pid = fork();
	if (server->pid == 0) {
		close(ready[0]);
		daemon_run(server, limits, ready[1]);
	}
	close(ready[1]);
	const bool is_ready = server->pid > 0 && read(ready[0], &byte, 1) == 1;
	close(ready[0]);
	return is_ready;
}

bool echo_server_start(struct echo_server *server, const struct ipc_server_limits *limits)
{
	if (server->directory[0] == '\0') {
		snprintf(server->directory, sizeof server->directory, "/tmp/aisle-echo-XXXXXX");
		if (mkdtemp(server->directory) == NULL)
			return false;
		snprintf(server->path, sizeof server->path, "%s/ipc.sock", server->directory);
	}
	setenv("AISLE_SOCKET", server->path, 1);
	return server_run(server, limits);
}

void echo_server_kill(struct echo_server *server)
{
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

void echo_server_stop(struct echo_server *server)
{
	char lock[sizeof server->path + sizeof ".lock"];

	echo_server_kill(server);
	snprintf(lock, sizeof lock, "%s.lock", server->path);
	unlink(lock);
	unlink(server->path);
	rmdir(server->directory);
	server->directory[0] = '\0';
	unsetenv("AISLE_SOCKET");
}
