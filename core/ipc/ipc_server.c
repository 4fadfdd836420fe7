/* Sockets, credentials and the loop around ipc_session. Two descriptors a client: the socket, on which it says that it wrote and hears
 * that we did, and the socket whose other end is readable while an event waits for it. Nothing here blocks: a client that does not
 * read has a full socket, which is as good as a wake-up, since it has not looked at the last one. */
#include "core/ipc/ipc_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/ipc/ipc_clock.h"
#include "core/ipc/ipc_session.h"

enum {
	REQUESTS_PER_TURN = 32,   /* of one client, then the others have their turn */
	GREETERS_MAX = 256,       /* connections that have not said who they are; above it the oldest goes */
	GREETING_NS_MAX = 1000000000, /* and so long they have */
	ACCEPTS_PER_TURN = 16,
	POLL_NS_MAX = 2000000,    /* who polls seldomer is not relied on */
	POLL_REQUESTS_MAX = 512,  /* the token waits meanwhile */
	POLLS_IDLE_MAX = 16,      /* a client that said nothing at so many polls wakes us itself again */
	UNREAD_MAX = 16 << 10, /* bytes as the kernel counts them, some twenty packets: a client with more gets no descriptors */
};

enum connection_state { CONNECTION_GREETING, CONNECTION_OPEN, CONNECTION_DOOMED };

struct connection {
	struct hash_node node; /* by id */
	struct list link;      /* in greeting, open or doomed */
	struct list turn;      /* in server->turns while more of its requests wait for the next turn */
	struct list polled;    /* in server->polled while it need not wake us: the server looks itself */
	struct list unsent;    /* in server->unsent while it has answers or events that it cannot see yet */
	uint32_t polls_idle;   /* running, at which it had nothing to say */
	struct ipc_server *server;
	uint64_t id;
	enum connection_state state;
	bool has_our_clock;    /* what it says of time can be compared */
	bool is_told;          /* the handler is to hear of its end */
	int socket, events;    /* -1: none */
	struct ucred peer;
	int64_t since_ns;
	void *mapping;         /* NULL: none */
	struct ipc_session session;
};

struct ipc_server {
	qb_loop_t *loop;
	struct ipc_server_handler handler;
	struct ipc_server_limits limits;
	char path[sizeof ((struct sockaddr_un *)0)->sun_path];
	int lock, listener, reserve; /* reserve: a descriptor to give up when there are no more, so as to refuse politely */
	int again;             /* eventfd: the loop is to call us once more */
	bool again_is_set;
	qb_loop_timer_handle greeting_timer;
	bool greeting_timer_is_set;
	int poll_clock;        /* timerfd that strikes while there is somebody in `polled`; the loop's own timers busy-wait their last millisecond */
	bool poll_clock_runs;
	bool may_post;     /* as the clients' words say */
	uint32_t holds;
	uint64_t requests_taken, wakes;
	int64_t polled_ns; /* when ipc_server_poll() was called last; 0: never */
	bool has_polled;   /* since the poll clock struck */
	uint64_t id_next, clock;
	uint32_t greeting_count, connection_count;
	struct hash_table connections;
	struct list greeting, open, doomed, turns, polled, unsent;
};

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void __attribute__((format(printf, 4, 5))) server_log(struct ipc_server *server, enum ipc_log_level level, const char *id,
                                                             const char *format, ...)
{
	char text[256];
	va_list arguments;

	if (server->handler.log == NULL)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	server->handler.log(server->handler.context, level, id, text);
}

/* A job of the loop may sleep in poll for 50 ms; a descriptor does not. */
static void server_again(struct ipc_server *server)
{
	const uint64_t one = 1;

	if (server->again_is_set)
		return;
	server->again_is_set = write(server->again, &one, sizeof one) == sizeof one;
}

static void connection_take_turn(struct connection *connection)
{
	if (list_is_empty(&connection->turn))
		list_append(&connection->server->turns, &connection->turn);
	server_again(connection->server);
}

/* A full socket holds wake-ups enough; any other failure is the end, which the loop reports. */
static void connection_wake(struct connection *connection)
{
	struct ipc_session *session = &connection->session;

	if (session->wake_event)
		(void)send(connection->events, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (session->wake_client)
		(void)send(connection->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (session->wake_futex)
		(void)syscall(SYS_futex, &session->answer.words->wake_wanted, FUTEX_WAKE, 1, NULL, NULL, 0);
	session->wake_event = session->wake_client = session->wake_futex = false;
}

/* The descriptor of events is readable before an answer is seen that came with them: who looks does not wait for a wake-up. */
static void connection_publish(struct connection *connection)
{
	ipc_session_publish_events(&connection->session);
	connection_wake(connection);
	ipc_session_publish(&connection->session);
	connection_wake(connection);
}

/* From now on it is nobody; its memory and descriptors go, and the handler hears of it, when the loop has come back to us. */
static void connection_doom(struct connection *connection, enum ipc_log_level level, const char *why)
{
	struct ipc_server *server = connection->server;

	if (connection->state == CONNECTION_DOOMED)
		return;
	if (connection->state == CONNECTION_GREETING)
		server->greeting_count--;
	if (why != NULL)
		server_log(server, level, "client-closed", "client %llu (pid %ld, uid %lu): %s", (unsigned long long)connection->id,
		           (long)connection->peer.pid, (unsigned long)connection->peer.uid, why);
	if (!list_is_empty(&connection->unsent)) /* what it was told before it still finds */
		connection_publish(connection);
	connection->state = CONNECTION_DOOMED;
	qb_loop_poll_del(server->loop, connection->socket);
	list_remove(&connection->turn);
	list_remove(&connection->polled);
	list_remove(&connection->unsent);
	list_remove(&connection->link);
	list_append(&server->doomed, &connection->link);
	server_again(server);
}

static void connection_free(struct connection *connection)
{
	struct ipc_server *server = connection->server;

	list_remove(&connection->turn);
	list_remove(&connection->polled);
	list_remove(&connection->unsent);
	list_remove(&connection->link);
	hash_table_remove(&server->connections, &connection->node);
	server->connection_count--;
	if (connection->mapping != NULL) {
		ipc_session_clear(&connection->session);
		munmap(connection->mapping, ipc_mapping_size((uint32_t)server->limits.ring_size));
	}
	if (connection->events >= 0)
		close(connection->events);
	close(connection->socket);
	free(connection);
}

static void server_bury(struct ipc_server *server)
{
	while (!list_is_empty(&server->doomed)) {
		struct connection *connection = container_of(server->doomed.next, struct connection, link);
		const uint64_t id = connection->id;
		const bool is_told = connection->is_told;
		connection_free(connection);
		if (is_told)
			server->handler.closed(server->handler.context, id);
	}
}

/* What was put is shown now, or when nobody holds it back any more. */
static void connection_show(struct connection *connection)
{
	struct ipc_server *server = connection->server;

	if (server->holds == 0) {
		connection_publish(connection);
	} else if (list_is_empty(&connection->unsent)) {
		list_append(&server->unsent, &connection->unsent);
	}
}

void ipc_server_hold(struct ipc_server *server)
{
	server->holds++;
}

void ipc_server_release(struct ipc_server *server)
{
	if (--server->holds > 0)
		return;
	while (!list_is_empty(&server->unsent)) {
		struct connection *connection = container_of(server->unsent.next, struct connection, unsent);
		list_remove(&connection->unsent);
		connection_show(connection);
	}
}

/* False: the system refused. */
static bool poll_clock_set(struct ipc_server *server, bool runs)
{
	const struct timespec every = {.tv_nsec = runs ? POLL_NS_MAX : 0};

	if (server->poll_clock_runs == runs)
		return true;
	if (timerfd_settime(server->poll_clock, 0, &(struct itimerspec){.it_interval = every, .it_value = every}, NULL) != 0)
		return false;
	server->poll_clock_runs = runs;
	return true;
}

/* Nothing is there. True: it need not wake us, since we look again soon: it is busy, somebody polls, and a clock sees to it that somebody does. */
static bool connection_is_polled(struct connection *connection)
{
	struct ipc_server *server = connection->server;

	if (!list_is_empty(&connection->polled))
		return true;
	if (server->polled_ns == 0 || connection->session.calls_open == 0 || monotonic_ns() - server->polled_ns > POLL_NS_MAX ||
	    !poll_clock_set(server, true))
		return false;
	connection->polls_idle = 0;
	list_append(&server->polled, &connection->polled);
	ipc_session_awake(&connection->session);
	return true;
}

static int64_t request_waited_ns(const struct connection *connection, const struct ipc_record *record)
{
	const int64_t now_ns = connection->has_our_clock ? ipc_clock_ns() : 0;

	return record->asked_ns > 0 && record->asked_ns < now_ns ? now_ns - record->asked_ns : 0;
}

static void connection_serve_held(struct connection *connection)
{
	struct ipc_server *server = connection->server;
	struct ipc_session *session = &connection->session;

	for (uint32_t turn = 0; turn < REQUESTS_PER_TURN; turn++) {
		if (!ipc_session_is_open(session))
			return; /* the answer that makes room gives it a turn */
		const enum ipc_take take = ipc_session_take(session);
		if (session->wake_client || session->wake_futex)
			connection_wake(connection);
		if (take == IPC_TAKE_BROKEN) {
			connection_doom(connection, IPC_LOG_WARNING, session->why);
			return;
		}
		if (take == IPC_TAKE_NO_MEMORY) {
			connection_doom(connection, IPC_LOG_ERROR, "no memory for its request");
			return;
		}
		if (take == IPC_TAKE_NOTHING && (connection_is_polled(connection) || ipc_session_sleep(session)))
			return;
		if (take != IPC_TAKE_MESSAGE)
			continue;
		const struct ipc_record *record = &session->assembly.record;
		server->requests_taken++;
		server->handler.request(server->handler.context, connection->id, record->call, record->kind, record->timeout_ns,
		                        request_waited_ns(connection, record), wire_writer_bytes(&session->assembly.body));
		if (connection->state == CONNECTION_DOOMED)
			return;
	}
	connection_take_turn(connection);
}

static void connection_serve(struct connection *connection)
{
	struct ipc_server *server = connection->server;

	ipc_server_hold(server);
	connection_serve_held(connection);
	ipc_server_release(server);
}

/* From now on it wakes us itself, if it has not said something just now. */
static void connection_poll_end(struct connection *connection)
{
	list_remove(&connection->polled);
	if (!ipc_session_sleep(&connection->session))
		connection_take_turn(connection);
}

static void connection_poll(struct connection *connection)
{
	if (ipc_session_has_request(&connection->session)) {
		connection->polls_idle = 0;
		connection_serve(connection);
	} else if (++connection->polls_idle > POLLS_IDLE_MAX) {
		connection_poll_end(connection);
	}
}

void ipc_server_poll(struct ipc_server *server)
{
	const uint64_t enough = server->requests_taken + POLL_REQUESTS_MAX;
	struct list end;

	server->polled_ns = monotonic_ns();
	server->has_polled = true;
	ipc_server_hold(server);
	list_append(&server->polled, &end);
	while (server->polled.next != &end && server->requests_taken < enough) {
		struct connection *connection = container_of(server->polled.next, struct connection, polled);
		list_remove(&connection->polled);
		list_append(&server->polled, &connection->polled); /* those who had no turn come first the next time */
		connection_poll(connection);
	}
	list_remove(&end);
	ipc_server_release(server);
}

/* Nobody has polled for a while: whoever relied on it is looked after, and wakes us from now on. */
static int32_t on_poll_clock(int32_t descriptor, int32_t events, void *data)
{
	struct ipc_server *server = data;
	uint64_t count;

	(void)events;
	(void)!read(descriptor, &count, sizeof count);
	while (!server->has_polled && !list_is_empty(&server->polled))
		connection_poll_end(container_of(server->polled.next, struct connection, polled));
	server->has_polled = false;
	if (list_is_empty(&server->polled))
		poll_clock_set(server, false);
	return 0;
}

static int memory_new(size_t size)
{
	int memory = -1;

#ifdef MFD_NOEXEC_SEAL
	memory = memfd_create("aisle-ipc", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
#endif
	if (memory < 0)
		memory = memfd_create("aisle-ipc", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return -1;
	if (ftruncate(memory, (off_t)size) != 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		close(memory);
		return -1;
	}
	return memory;
}

static void connection_may_post(struct connection *connection)
{
	__atomic_store_n(ipc_may_post_of_mapping(connection->mapping), connection->server->may_post, __ATOMIC_RELEASE);
}

void ipc_server_may_post(struct ipc_server *server, bool may_post)
{
	server->may_post = may_post;
	for (struct list *at = server->open.next; at != &server->open; at = at->next)
		connection_may_post(container_of(at, struct connection, link));
}

/* Makes memory and event socket; the client's ends are left in descriptors[]. */
static bool connection_equip(struct connection *connection, int descriptors[2])
{
	struct ipc_server *server = connection->server;
	const uint32_t ring_size = (uint32_t)server->limits.ring_size;
	const struct ipc_session_limits limits = {
		.request_size_max = server->limits.request_size_max,
		.pending_size_max = server->limits.pending_size_max,
		.calls_max = server->limits.calls_max,
		.posted_max = server->limits.posted_max,
	};
	int pair[2];

	const int memory = memory_new(ipc_mapping_size(ring_size));
	if (memory < 0)
		return false;
	void *mapping = mmap(NULL, ipc_mapping_size(ring_size), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (mapping == MAP_FAILED) {
		close(memory);
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		munmap(mapping, ipc_mapping_size(ring_size));
		close(memory);
		return false;
	}
	connection->mapping = mapping;
	connection->events = pair[0];
	descriptors[0] = memory;
	descriptors[1] = pair[1];
	ipc_session_init(&connection->session, &limits, mapping, ring_size);
	connection_may_post(connection);
	return true;
}

/* One packet with descriptors. */
static bool packet_send(int to, struct bytes packet, const int *descriptors, size_t count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(IPC_DESCRIPTORS_MAX * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (void *)packet.data, .iov_len = packet.size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
	}
	return sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)packet.size;
}

static bool welcome_send(struct ipc_server *server, int to, uint32_t code, const int descriptors[2])
{
	uint8_t buffer[IPC_GREETING_SIZE_MAX];
	struct wire_writer out = {.data = buffer, .capacity = sizeof buffer};

	ipc_welcome_encode(&out, &(struct ipc_welcome){.code = code, .ring_size = (uint32_t)server->limits.ring_size,
	                                               .request_size_max = server->limits.request_size_max});
	return packet_send(to, wire_writer_bytes(&out), descriptors, descriptors == NULL ? 0 : 2);
}

static void connection_refuse(struct connection *connection, uint32_t code, const char *why)
{
	welcome_send(connection->server, connection->socket, code, NULL);
	connection_doom(connection, IPC_LOG_DEBUG, why);
}

static void connection_greet(struct connection *connection, struct bytes packet)
{
	struct ipc_server *server = connection->server;
	struct wire_reader in = wire_reader_of(packet);
	struct ipc_hello hello;
	int descriptors[2];

	if (!ipc_hello_decode(&in, &hello)) {
		connection_doom(connection, IPC_LOG_WARNING, "malformed greeting");
		return;
	}
	if (!connection_equip(connection, descriptors)) {
		const int error = errno;
		server_log(server, IPC_LOG_WARNING, "client-refused", "pid %ld: no memory or descriptors for its rings: %s",
		           (long)connection->peer.pid, strerror(error));
		connection_refuse(connection, error == ENOMEM ? RESULT_NO_MEMORY : RESULT_NO_RESOURCES, NULL);
		return;
	}
	connection->is_told = true;
	connection->has_our_clock = hello.clock != 0 && hello.clock == server->clock;
	const uint32_t code = server->handler.opened(server->handler.context, connection->id, hello.service, connection->peer.uid,
	                                             connection->peer.gid, connection->peer.pid);
	if (code != RESULT_OK) {
		connection->is_told = false;
		connection_refuse(connection, code, NULL);
	} else if (connection->state != CONNECTION_DOOMED) { /* it may have been closed from inside */
		connection->state = CONNECTION_OPEN;
		server->greeting_count--;
		list_remove(&connection->link);
		list_append(&server->open, &connection->link);
		ipc_session_sleep(&connection->session);
		if (!welcome_send(server, connection->socket, RESULT_OK, descriptors))
			connection_doom(connection, IPC_LOG_DEBUG, "gone before it was welcomed");
		else
			connection_show(connection); /* events that `opened` has sent */
	}
	close(descriptors[0]);
	close(descriptors[1]);
}

static int32_t on_socket(int32_t descriptor, int32_t events, void *data)
{
	struct connection *connection = data;
	uint8_t packet[IPC_GREETING_SIZE_MAX + 1];

	const ssize_t size = recv(descriptor, packet, sizeof packet, MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR) && (events & (POLLHUP | POLLERR)) == 0)
		return 0;
	if (size <= 0) {
		connection_doom(connection, IPC_LOG_DEBUG, connection->state == CONNECTION_OPEN ? "gone" : "gone before its greeting");
		return 0;
	}
	if (connection->state == CONNECTION_GREETING) {
		connection_greet(connection, bytes_of(packet, (size_t)size));
		return 0;
	}
	connection->server->wakes++;
	if (!ipc_session_flush(&connection->session)) {
		connection_doom(connection, IPC_LOG_WARNING, connection->session.why);
		return 0;
	}
	connection_show(connection);
	connection_serve(connection);
	return 0;
}

static int32_t on_again(int32_t descriptor, int32_t events, void *data)
{
	struct ipc_server *server = data;
	uint64_t count;
	struct list turns;

	(void)events;
	(void)!read(descriptor, &count, sizeof count);
	server->again_is_set = false;
	/* Only those that wait now: who wants yet another turn waits behind the other descriptors. */
	list_init(&turns);
	list_move(&server->turns, &turns);
	while (!list_is_empty(&turns)) {
		struct connection *connection = container_of(turns.next, struct connection, turn);
		list_remove(&connection->turn);
		connection_serve(connection);
	}
	server_bury(server);
	return 0;
}

static void on_greeting_timer(void *data)
{
	struct ipc_server *server = data;
	const int64_t oldest_ns = monotonic_ns() - GREETING_NS_MAX;

	server->greeting_timer_is_set = false;
	while (!list_is_empty(&server->greeting)) {
		struct connection *connection = container_of(server->greeting.next, struct connection, link);
		if (connection->since_ns > oldest_ns)
			break;
		connection_doom(connection, IPC_LOG_INFO, "said nothing");
	}
	if (!list_is_empty(&server->greeting))
		server->greeting_timer_is_set = qb_loop_timer_add(server->loop, QB_LOOP_MED, GREETING_NS_MAX, server, on_greeting_timer,
		                                                  &server->greeting_timer) == 0;
}

static uint32_t connections_of(const struct list *connections, uid_t uid)
{
	uint32_t count = 0;

	for (const struct list *at = connections->next; at != connections; at = at->next)
		count += container_of(at, const struct connection, link)->peer.uid == uid;
	return count;
}

/* One user must not shut out the others; root and the daemon's own user are those who would have to mend it. */
static bool user_has_its_share(const struct ipc_server *server, uid_t uid)
{
	const uint32_t share = server->limits.clients_max - server->limits.clients_max / 4;

	return uid != 0 && uid != geteuid() && server->connection_count >= share &&
	       connections_of(&server->greeting, uid) + connections_of(&server->open, uid) + connections_of(&server->doomed, uid) >= share;
}

static void connection_new(struct ipc_server *server, int descriptor)
{
	socklen_t peer_size = sizeof(struct ucred);
	struct connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL) {
		welcome_send(server, descriptor, RESULT_NO_MEMORY, NULL);
		close(descriptor);
		return;
	}
	*connection = (struct connection){.server = server, .socket = descriptor, .events = -1, .id = ++server->id_next,
	                                  .since_ns = monotonic_ns()};
	list_init(&connection->link);
	list_init(&connection->turn);
	list_init(&connection->polled);
	list_init(&connection->unsent);
	const bool known = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &connection->peer, &peer_size) == 0;
	if (known && user_has_its_share(server, connection->peer.uid)) {
		server_log(server, IPC_LOG_WARNING, "client-refused", "a client is refused: user %lu has three quarters of all %u",
		           (unsigned long)connection->peer.uid, (unsigned)server->limits.clients_max);
		welcome_send(server, descriptor, RESULT_NO_RESOURCES, NULL);
		close(descriptor);
		free(connection);
		return;
	}
	if (!known || !hash_table_insert(&server->connections, &connection->node, connection->id)) {
		close(descriptor);
		free(connection);
		return;
	}
	server->connection_count++;
	if (qb_loop_poll_add(server->loop, QB_LOOP_MED, descriptor, POLLIN, connection, on_socket) != 0) {
		welcome_send(server, descriptor, RESULT_NO_RESOURCES, NULL);
		connection_free(connection);
		return;
	}
	if (server->greeting_count >= GREETERS_MAX)
		connection_doom(container_of(server->greeting.next, struct connection, link), IPC_LOG_WARNING, "said nothing, too many do");
	list_append(&server->greeting, &connection->link);
	server->greeting_count++;
	if (!server->greeting_timer_is_set)
		on_greeting_timer(server);
}

/* Out of descriptors: the one in reserve lets us take the connection in, say so and close it. */
static bool refuse_for_descriptors(struct ipc_server *server)
{
	if (server->reserve < 0)
		return false;
	close(server->reserve);
	const int descriptor = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (descriptor >= 0) {
		server_log(server, IPC_LOG_WARNING, "client-refused", "a client is refused: no descriptors left");
		welcome_send(server, descriptor, RESULT_NO_RESOURCES, NULL);
		close(descriptor);
	}
	server->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return descriptor >= 0;
}

static int32_t on_listener(int32_t listener, int32_t events, void *data)
{
	struct ipc_server *server = data;

	(void)events;
	for (int turn = 0; turn < ACCEPTS_PER_TURN; turn++) {
		const int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (descriptor >= 0 && server->connection_count >= server->limits.clients_max) {
			server_log(server, IPC_LOG_WARNING, "client-refused", "a client is refused: %u are connected",
			           (unsigned)server->connection_count);
			welcome_send(server, descriptor, RESULT_NO_RESOURCES, NULL);
			close(descriptor);
		} else if (descriptor >= 0) {
			connection_new(server, descriptor);
		} else if (errno == EMFILE || errno == ENFILE) {
			if (!refuse_for_descriptors(server))
				break;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	return 0;
}

/* The lock beside the socket tells a living daemon from the socket of a dead one, without a race between two that start. */
static int server_lock(const struct ipc_server *server)
{
	char path[sizeof server->path + sizeof ".lock"];

	snprintf(path, sizeof path, "%s.lock", server->path);
	const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		return -1;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0)
		return lock;
	const int error = errno == EWOULDBLOCK ? EADDRINUSE : errno;
	close(lock);
	errno = error;
	return -1;
}

static int server_listen(const struct ipc_server *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, server->path, sizeof address.sun_path);

	const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener < 0)
		return -1;
	unlink(server->path);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || chmod(server->path, 0666) != 0 ||
	    listen(listener, 4096) != 0) {
		const int error = errno;
		close(listener);
		errno = error;
		return -1;
	}
	return listener;
}

static void limits_set(struct ipc_server_limits *limits, const struct ipc_server_limits *wanted)
{
	*limits = (struct ipc_server_limits){.clients_max = 2048, .ring_size = 256 << 10, .request_size_max = 65 << 20,
	                                     .pending_size_max = 8 << 20, .calls_max = 1024, .posted_max = 256};
	if (wanted == NULL)
		return;
	if (wanted->clients_max != 0)
		limits->clients_max = wanted->clients_max;
	if (wanted->ring_size != 0)
		limits->ring_size = wanted->ring_size;
	if (wanted->request_size_max != 0)
		limits->request_size_max = wanted->request_size_max;
	if (wanted->pending_size_max != 0)
		limits->pending_size_max = wanted->pending_size_max;
	if (wanted->calls_max != 0)
		limits->calls_max = wanted->calls_max;
	if (wanted->posted_max != 0)
		limits->posted_max = wanted->posted_max;
}

static bool server_open(struct ipc_server *server)
{
	server->lock = server_lock(server);
	if (server->lock < 0)
		return false;
	server->listener = server_listen(server);
	if (server->listener < 0)
		return false;
	server->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
	server->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->poll_clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (server->reserve < 0 || server->again < 0 || server->poll_clock < 0)
		return false;
	errno = -qb_loop_poll_add(server->loop, QB_LOOP_MED, server->again, POLLIN, server, on_again);
	if (errno == 0)
		errno = -qb_loop_poll_add(server->loop, QB_LOOP_HIGH, server->poll_clock, POLLIN, server, on_poll_clock);
	if (errno != 0)
		return false;
	errno = -qb_loop_poll_add(server->loop, QB_LOOP_MED, server->listener, POLLIN, server, on_listener);
	return errno == 0;
}

void ipc_server_limits_change(struct ipc_server *server, const struct ipc_server_limits *limits)
{
	struct ipc_server_limits wanted = *limits;

	wanted.ring_size = server->limits.ring_size; /* the mappings of those that are connected are known by it */
	limits_set(&server->limits, &wanted);
}

struct ipc_server *ipc_server_new(qb_loop_t *loop, const char *socket_path, const struct ipc_server_limits *limits,
                                  const struct ipc_server_handler *handler)
{
	struct ipc_server *server = calloc(1, sizeof *server);

	if (server == NULL)
		return NULL;
	server->loop = loop;
	server->handler = *handler;
	server->clock = ipc_clock_id();
	server->lock = server->listener = server->reserve = server->again = server->poll_clock = -1;
	limits_set(&server->limits, limits);
	list_init(&server->greeting);
	list_init(&server->open);
	list_init(&server->doomed);
	list_init(&server->turns);
	list_init(&server->polled);
	list_init(&server->unsent);
	if (strlen(socket_path) >= sizeof server->path) {
		errno = ENAMETOOLONG;
	} else if (server->limits.ring_size > IPC_RING_SIZE_MAX || !ipc_ring_size_is_valid((uint32_t)server->limits.ring_size) ||
	           server->limits.request_size_max > UINT32_MAX) {
		errno = EINVAL;
	} else {
		memcpy(server->path, socket_path, strlen(socket_path) + 1);
		if (server_open(server))
			return server;
	}
	const int error = errno;
	ipc_server_free(server);
	errno = error;
	return NULL;
}

static void connections_free(struct ipc_server *server, struct list *connections)
{
	while (!list_is_empty(connections)) {
		struct connection *connection = container_of(connections->next, struct connection, link);
		if (connection->state != CONNECTION_DOOMED)
			qb_loop_poll_del(server->loop, connection->socket);
		connection_free(connection);
	}
}

static void descriptor_end(struct ipc_server *server, int descriptor)
{
	if (descriptor < 0)
		return;
	qb_loop_poll_del(server->loop, descriptor);
	close(descriptor);
}

void ipc_server_free(struct ipc_server *server)
{
	if (server == NULL)
		return;
	connections_free(server, &server->greeting);
	connections_free(server, &server->open);
	connections_free(server, &server->doomed);
	hash_table_clear(&server->connections);
	if (server->greeting_timer_is_set)
		qb_loop_timer_del(server->loop, server->greeting_timer);
	descriptor_end(server, server->again);
	descriptor_end(server, server->poll_clock);
	if (server->listener >= 0) {
		qb_loop_poll_del(server->loop, server->listener);
		close(server->listener);
		unlink(server->path);
	}
	if (server->reserve >= 0)
		close(server->reserve);
	if (server->lock >= 0)
		close(server->lock);
	free(server);
}

static bool connection_has_id(const struct hash_node *node, const void *key)
{
	return container_of(node, const struct connection, node)->id == *(const uint64_t *)key;
}

static struct connection *connection_find(struct ipc_server *server, uint64_t client)
{
	struct hash_node *node = hash_table_find(&server->connections, client, connection_has_id, &client);
	struct connection *connection = node == NULL ? NULL : container_of(node, struct connection, node);

	/* Without a mapping it has not said what it wants, and the handler cannot know of it. */
	return connection == NULL || connection->state == CONNECTION_DOOMED || connection->mapping == NULL ? NULL : connection;
}

void ipc_server_answer(struct ipc_server *server, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct connection *connection = connection_find(server, client);

	if (connection == NULL)
		return;
	const bool was_open = ipc_session_is_open(&connection->session);
	if (!ipc_session_answer(&connection->session, call, code, body)) {
		connection_doom(connection, IPC_LOG_WARNING, connection->session.why);
		return;
	}
	connection_show(connection);
	if (!was_open && ipc_session_is_open(&connection->session))
		connection_take_turn(connection);
}

void ipc_server_event(struct ipc_server *server, uint64_t client, uint16_t event, struct bytes body)
{
	struct connection *connection = connection_find(server, client);

	if (connection == NULL)
		return;
	if (!ipc_session_event(&connection->session, event, body))
		connection_doom(connection, IPC_LOG_WARNING, connection->session.why);
	else
		connection_show(connection);
}

size_t ipc_server_backlog(struct ipc_server *server, uint64_t client)
{
	const struct connection *connection = connection_find(server, client);

	return connection == NULL ? 0 : connection->session.pending_size;
}

/* What lies in its socket unread is bounded, or a client that reads nothing would pin descriptors; the kernel counts those that are under
 * way against the daemon's user. */
bool ipc_server_pass(struct ipc_server *server, uint64_t client, uint64_t call, const int *descriptors, size_t count)
{
	struct connection *connection = connection_find(server, client);
	uint8_t packet[IPC_PASS_SIZE];
	struct wire_writer out = {.data = packet, .capacity = sizeof packet};
	int unread;

	if (connection == NULL || count > IPC_DESCRIPTORS_MAX || ioctl(connection->socket, SIOCOUTQ, &unread) != 0 || unread > UNREAD_MAX)
		return false;
	wire_put_u64(&out, call);
	if (!packet_send(connection->socket, wire_writer_bytes(&out), descriptors, count))
		return false;
	connection->session.has_passed = true;
	connection->session.passed_call = call;
	return true;
}

bool ipc_server_user(struct ipc_server *server, uint64_t client, uid_t *user)
{
	const struct connection *connection = connection_find(server, client);

	if (connection != NULL)
		*user = connection->peer.uid;
	return connection != NULL;
}

void ipc_server_close(struct ipc_server *server, uint64_t client, const char *why)
{
	struct connection *connection = connection_find(server, client);

	if (connection == NULL)
		return;
	connection->is_told = false;
	connection_doom(connection, IPC_LOG_NOTICE, why);
}

uint32_t ipc_server_client_count(const struct ipc_server *server)
{
	return server->connection_count;
}

uint64_t ipc_server_requests(const struct ipc_server *server)
{
	return server->requests_taken;
}

uint64_t ipc_server_wakes(const struct ipc_server *server)
{
	return server->wakes;
}
