/* The daemon's end of the IPC: one Unix socket per instance, per client a memfd of fixed, sealed size passed over it. The daemon keeps its
 * own positions outside the mapping and copies what a client wrote once before decoding it. A client that dies, hangs, floods or
 * scribbles harms nobody else. Knows libqb's loop; knows nothing of services. */
#ifndef AISLE_IPC_SERVER_H
#define AISLE_IPC_SERVER_H

#include <qb/qbloop.h>
#include <sys/types.h>

#include "core/base/result.h"
#include "core/base/wire.h"

struct ipc_server;

/* Called from the loop. `client` is never reused in a daemon's life. */
struct ipc_server_handler {
	void *context;
	/* RESULT_OK, or why it is refused. */
	uint32_t (*opened)(void *context, uint64_t client, const char *service, uid_t uid, gid_t gid, pid_t pid);
	void (*request)(void *context, uint64_t client, uint64_t call, uint16_t request, int64_t timeout_ns, struct bytes body);
	void (*closed)(void *context, uint64_t client); /* gone, died, or broke a rule; not after ipc_server_close() */
	void (*log)(void *context, int level, const char *id, const char *text);
};

struct ipc_server_limits {
	uint32_t clients_max;
	size_t ring_size;         /* each of the rings of a client, bytes, a power of two */
	size_t request_size_max;  /* larger than a ring: goes in parts */
	size_t pending_size_max;  /* answers and events that a client has not fetched; beyond it the client is disconnected */
};

struct ipc_server *ipc_server_new(qb_loop_t *loop, const char *socket_path, const struct ipc_server_limits *limits,
                                  const struct ipc_server_handler *handler); /* NULL: errno says why */
void ipc_server_free(struct ipc_server *server);
void ipc_server_answer(struct ipc_server *server, uint64_t client, uint64_t call, uint32_t code, struct bytes body);
void ipc_server_event(struct ipc_server *server, uint64_t client, uint16_t event, struct bytes body);
void ipc_server_close(struct ipc_server *server, uint64_t client, const char *why);

#endif
