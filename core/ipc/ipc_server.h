/* The daemon's end of the IPC: one Unix socket per instance, per client a memfd of fixed, sealed size passed over it. The daemon keeps its
 * own positions outside the mapping and copies what a client wrote once before decoding it. A client that dies, hangs, floods or
 * scribbles harms nobody else. Knows libqb's loop; knows nothing of services. */
#ifndef AISLE_IPC_SERVER_H
#define AISLE_IPC_SERVER_H

#include <qb/qbloop.h>
#include <sys/types.h>

#include "core/base/result.h"
#include "core/base/wire.h"
#include "core/ipc/ipc_messages.h"

struct ipc_server;

enum ipc_log_level { IPC_LOG_ERROR, IPC_LOG_WARNING, IPC_LOG_NOTICE, IPC_LOG_INFO, IPC_LOG_DEBUG }; /* as host_log_level and log_level */

/* Called from the loop, never from inside a call of ipc_server_*. `client` is never reused in a daemon's life. All may call any
 * ipc_server_*() but ipc_server_free(). */
struct ipc_server_handler {
	void *context;
	/* RESULT_OK, or why it is refused (the client's ipc_client_connect() returns it; nothing more is heard of `client` then). */
	uint32_t (*opened)(void *context, uint64_t client, const char *service, uid_t uid, gid_t gid, pid_t pid);
	/* To be answered once, now or later; `body` dies with the call. Requests of a client come in the order of its calls. waited_ns: for how
	 * long it has lain there, by what the client says; 0: not known. */
	void (*request)(void *context, uint64_t client, uint64_t call, uint16_t request, int64_t timeout_ns, int64_t waited_ns, struct bytes body);
	void (*closed)(void *context, uint64_t client); /* gone, died, or broke a rule; not after ipc_server_close() */
	void (*log)(void *context, int level, const char *id, const char *text); /* may be NULL */
};

/* A member that is 0: the default. Each is a bound of one client, but for clients_max. */
struct ipc_server_limits {
	uint32_t clients_max;     /* default 2048; above it, or above three quarters of it for one user who is neither root nor the daemon's
	                           * own: RESULT_NO_RESOURCES */
	size_t ring_size;         /* each of the three rings, bytes, a power of two; default 256 KiB */
	size_t request_size_max;  /* one request's body, in parts if larger than a ring; default 65 MiB; above it: disconnected */
	size_t pending_size_max;  /* answers and events that a client has not fetched, beside its rings (one message alone may be larger);
	                           * default 8 MiB; beyond it the client is disconnected */
	uint32_t calls_max;       /* calls not answered yet; the next ones wait in the client's ring; default 1024 */
	uint32_t posted_max;      /* the same of posted ones; default 256 */
};

/* Makes the socket with mode 0666 (the handler decides who may stay) in a directory that exists. NULL: errno says why; EADDRINUSE:
 * another daemon of this instance is alive. */
struct ipc_server *ipc_server_new(qb_loop_t *loop, const char *socket_path, const struct ipc_server_limits *limits,
                                  const struct ipc_server_handler *handler);
/* For clients that come from now on; the rings keep their size. */
void ipc_server_limits_change(struct ipc_server *server, const struct ipc_server_limits *limits);
void ipc_server_free(struct ipc_server *server); /* cuts all clients, without a word to the handler; removes the socket */
/* Of a client that is gone or was never there: nothing happens. An event sent before an answer is there before it. */
void ipc_server_answer(struct ipc_server *server, uint64_t client, uint64_t call, uint32_t code, struct bytes body);
void ipc_server_event(struct ipc_server *server, uint64_t client, uint16_t event, struct bytes body);
size_t ipc_server_backlog(struct ipc_server *server, uint64_t client); /* bytes for it that its rings had no room for yet */
/* Passes copies of descriptors that belong to the answer to `call`, which is to be given afterwards. False: they are not passed: the client
 * is gone, or has not taken what it was sent before. */
bool ipc_server_pass(struct ipc_server *server, uint64_t client, uint64_t call, const int *descriptors, size_t count);
/* Between the two, answers and events gather; the last release shows them and wakes whom it concerns, each client once. They nest. */
void ipc_server_hold(struct ipc_server *server);
void ipc_server_release(struct ipc_server *server);
/* Whether clients may post what has to pass the engine's gate: not at first. */
void ipc_server_may_post(struct ipc_server *server, bool may_post);
/* Takes the requests of clients that are busy. Whoever calls this again and again, at least once in POLL_NS_MAX, spares those clients the
 * system call with which they would wake the daemon, and the daemon that wake-up; who stops gets woken as before. */
void ipc_server_poll(struct ipc_server *server);
bool ipc_server_user(struct ipc_server *server, uint64_t client, uid_t *user); /* false: there is no such client */
void ipc_server_close(struct ipc_server *server, uint64_t client, const char *why);
uint32_t ipc_server_client_count(const struct ipc_server *server); /* accepted ones */
uint64_t ipc_server_requests(const struct ipc_server *server); /* taken from all clients since it began, this one included */
uint64_t ipc_server_wakes(const struct ipc_server *server);    /* by all clients since it began */

#endif
