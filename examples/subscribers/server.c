/* A highly available directory server: names of subscribers and what is known of them, on any number of nodes at once. State lives in
 * one checkpoint (directory.c), who is active follows from the membership (role.c); here is the line protocol over TCP.
 *
 *	PUT key value    OK, when the value is on all replicas
 *	GET key          VALUE value, or NONE
 *	COUNT            VALUE number of keys
 *	WHO              VALUE id of the active node, or NONE
 *
 * Anything else, and what cannot be done, is answered ERR and the reason. UTF-8, at most 4 KiB a line. Requests of a connection are
 * answered in their order; for several at once a client opens several connections. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "directory.h"
#include "role.h"

enum { LINE_SIZE_MAX = 4096, CONNECTIONS_MAX = 256, PATIENCE_MS = 3000, PORT = 7700 };

struct server {
	struct directory *directory;
	struct role *role;
	atomic_uint connection_count;
};

struct connection {
	struct server *server;
	int fd;
	char in[LINE_SIZE_MAX + 1]; /* a line and its end */
	size_t in_size;
	bool skipping;              /* in a line that is too long */
	char out[LINE_SIZE_MAX + 64];
	size_t out_size;
};

static void answer(struct connection *connection, const char *text)
{
	connection->out_size = (size_t)snprintf(connection->out, sizeof(connection->out), "%s\n", text);
}

static void answer_outcome(struct connection *connection, enum directory_outcome outcome)
{
	switch (outcome) {
	case DIRECTORY_DONE: answer(connection, "OK"); break;
	case DIRECTORY_NONE: answer(connection, "NONE"); break;
	case DIRECTORY_UNKNOWN: answer(connection, "ERR unknown"); break;
	case DIRECTORY_UNAVAILABLE: answer(connection, "ERR unavailable, nothing was done"); break;
	case DIRECTORY_FULL: answer(connection, "ERR full"); break;
	}
}

static bool key_is_valid(const char *key)
{
	const size_t size = strlen(key);

	return size > 0 && size <= DIRECTORY_KEY_SIZE_MAX;
}

static void handle_put(struct connection *connection, char *key)
{
	bool self;
	char *value = strchr(key, ' ');
	char text[64];

	if (value == NULL) {
		answer(connection, "ERR usage: PUT key value");
		return;
	}
	*value++ = '\0';
	if (!key_is_valid(key)) {
		answer(connection, "ERR a key has 1 to 128 bytes");
		return;
	}
	const uint32_t active = role_active(connection->server->role, &self);
	if (active == 0) {
		answer(connection, "ERR unavailable, no membership yet");
	} else if (!self) {
		snprintf(text, sizeof(text), "ERR standby, active is %u", active);
		answer(connection, text);
	} else {
		answer_outcome(connection, directory_put(connection->server->directory, key, value, strlen(value)));
	}
}

/* Reads are served by every server: the checkpoint gives the same on all nodes, and nothing older than an answered write. */
static void handle_get(struct connection *connection, char *key)
{
	static const char head[] = "VALUE ";
	const size_t head_size = sizeof(head) - 1;
	size_t size = 0;

	if (strchr(key, ' ') != NULL || !key_is_valid(key)) {
		answer(connection, "ERR usage: GET key, of 1 to 128 bytes");
		return;
	}
	memcpy(connection->out, head, head_size);
	const enum directory_outcome outcome = directory_get(connection->server->directory, key, connection->out + head_size, &size);
	if (outcome != DIRECTORY_DONE) {
		answer_outcome(connection, outcome);
		return;
	}
	connection->out[head_size + size] = '\n';
	connection->out_size = head_size + size + 1;
}

static void handle_count(struct connection *connection)
{
	char text[32];
	uint32_t count;
	const enum directory_outcome outcome = directory_count(connection->server->directory, &count);

	if (outcome == DIRECTORY_DONE) {
		snprintf(text, sizeof(text), "VALUE %u", count);
		answer(connection, text);
	} else {
		answer_outcome(connection, outcome);
	}
}

static void handle_who(struct connection *connection)
{
	bool self;
	char text[32] = "NONE";
	const uint32_t active = role_active(connection->server->role, &self);

	if (active != 0)
		snprintf(text, sizeof(text), "VALUE %u", active);
	answer(connection, text);
}

/* RFC 3629, and no zero byte: lines are text. */
static bool is_utf8(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + size;

	while (at < end) {
		const unsigned char first = *at++;
		const int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;

		if (first == 0 || more < 0 || end - at < more)
			return false;
		if (more > 0 && ((first == 0xe0 && *at < 0xa0) || (first == 0xed && *at > 0x9f) || (first == 0xf0 && *at < 0x90) ||
		                 (first == 0xf4 && *at > 0x8f)))
			return false;
		for (int i = 0; i < more; i++) {
			if ((*at++ & 0xc0) != 0x80)
				return false;
		}
	}
	return true;
}

static void handle_line(struct connection *connection, char *line, size_t size)
{
	if (!is_utf8(line, size))
		answer(connection, "ERR not UTF-8");
	else if (strncmp(line, "PUT ", 4) == 0)
		handle_put(connection, line + 4);
	else if (strncmp(line, "GET ", 4) == 0)
		handle_get(connection, line + 4);
	else if (strcmp(line, "COUNT") == 0)
		handle_count(connection);
	else if (strcmp(line, "WHO") == 0)
		handle_who(connection);
	else
		answer(connection, "ERR unknown request: PUT key value, GET key, COUNT, WHO");
}

static bool send_answer(struct connection *connection)
{
	size_t sent = 0;

	while (sent < connection->out_size) {
		const ssize_t size = send(connection->fd, connection->out + sent, connection->out_size - sent, MSG_NOSIGNAL);

		if (size < 0 && errno != EINTR)
			return false;
		sent += size > 0 ? (size_t)size : 0;
	}
	return true;
}

/* Answers the lines that are complete. False: the client is gone. */
static bool handle_input(struct connection *connection)
{
	char *end;
	size_t done = 0;

	while ((end = memchr(connection->in + done, '\n', connection->in_size - done)) != NULL) {
		char *line = connection->in + done;
		const size_t size = (size_t)(end - line);

		*end = '\0';
		done += size + 1;
		if (connection->skipping)
			answer(connection, "ERR line too long");
		else
			handle_line(connection, line, size);
		connection->skipping = false;
		if (!send_answer(connection))
			return false;
	}
	memmove(connection->in, connection->in + done, connection->in_size - done);
	connection->in_size -= done;
	if (connection->in_size == sizeof(connection->in)) { /* more than a line may have, and no end in sight */
		connection->skipping = true;
		connection->in_size = 0;
	}
	return true;
}

static void *connection_run(void *argument)
{
	struct connection *connection = argument;
	ssize_t size;

	do {
		size = recv(connection->fd, connection->in + connection->in_size, sizeof(connection->in) - connection->in_size, 0);
		if (size > 0)
			connection->in_size += (size_t)size;
	} while ((size > 0 && handle_input(connection)) || (size < 0 && errno == EINTR));
	close(connection->fd);
	atomic_fetch_sub(&connection->server->connection_count, 1);
	free(connection);
	return NULL;
}

static void refuse(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void accept_one(struct server *server, int listener)
{
	const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct connection *connection;
	pthread_attr_t attributes;
	pthread_t thread;

	if (fd < 0)
		return;
	if (atomic_fetch_add(&server->connection_count, 1) >= CONNECTIONS_MAX || (connection = calloc(1, sizeof(*connection))) == NULL) {
		atomic_fetch_sub(&server->connection_count, 1);
		refuse(fd, "ERR too many connections\n");
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	connection->server = server;
	connection->fd = fd;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	if (pthread_create(&thread, &attributes, connection_run, connection) != 0) {
		free(connection);
		atomic_fetch_sub(&server->connection_count, 1);
		refuse(fd, "ERR no thread\n");
	}
	pthread_attr_destroy(&attributes);
}

static int listen_on(uint16_t port)
{
	const struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT, .sin6_port = htons(port)};
	const struct sockaddr_in address4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
		if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, SOMAXCONN) == 0)
			return fd;
		close(fd);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (bind(fd, (const struct sockaddr *)&address4, sizeof(address4)) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	close(fd);
	return -1;
}

static uint16_t port_of(int argc, char **argv)
{
	char *end = NULL;
	const unsigned long port = argc == 1 ? PORT : argc == 2 ? strtoul(argv[1], &end, 10) : 0;

	return port > 0 && port <= UINT16_MAX && (end == NULL || *end == '\0') ? (uint16_t)port : 0;
}

int main(int argc, char **argv)
{
	struct server server = {0};
	const uint16_t port = port_of(argc, argv);
	uint32_t count;

	if (port == 0) {
		fprintf(stderr, "usage: subscribers-server [PORT]    (default %d)\n", PORT);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	server.directory = directory_new("subscribers", PATIENCE_MS);
	if (server.directory == NULL) {
		fprintf(stderr, "subscribers-server: no memory\n");
		return 1;
	}
	/* Others take a server that listens for one that runs: first the checkpoint, then the port. */
	while (directory_count(server.directory, &count) != DIRECTORY_DONE)
		fprintf(stderr, "subscribers-server: the checkpoint cannot be had yet, trying on\n");
	server.role = role_start(port);
	const int listener = listen_on(port);
	if (server.role == NULL || listener < 0) {
		fprintf(stderr, "subscribers-server: port %u: %s\n", port, strerror(errno));
		return 1;
	}
	printf("serving on port %u, %u records\n", port, count);
	fflush(stdout);
	for (;;)
		accept_one(&server, listener);
}
