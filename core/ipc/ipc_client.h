/* The client's end of the IPC: one connection to one service of one instance's daemon. Thread-safe: several threads may call at once,
 * each gets its own answer. Results are those of core/base/result.h. */
#ifndef AISLE_IPC_CLIENT_H
#define AISLE_IPC_CLIENT_H

#include "core/base/result.h"
#include "core/base/wire.h"

struct ipc_client;

/* Connects to the instance named by AISLE_INSTANCE. RESULT_OK; TRY_AGAIN: no daemon, or it is not ready; ACCESS refused by uid/gid
 * rules is told as RESULT_ACCESS; NO_MEMORY, NO_RESOURCES; NOT_EXIST: the daemon has no such service. */
uint32_t ipc_client_connect(const char *service, struct ipc_client **client);
void ipc_client_close(struct ipc_client *client); /* in a forked child: frees without telling the daemon */

/* One call and its answer: returns the answer's code, its body in `answer` (may be NULL). timeout_ns relative; < 0: the daemon's own
 * limit. LIBRARY: the daemon is gone, for good. A daemon that is stopped: TIMEOUT when the timeout and a grace period have passed. */
uint32_t ipc_client_call(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                         struct wire_writer *answer);

/* Readable exactly while an event is pending, or the daemon is gone. The same descriptor for the connection's life; close-on-exec. */
int ipc_client_event_descriptor(const struct ipc_client *client);
/* Takes the next event into `body`. False: none pending. */
bool ipc_client_event_take(struct ipc_client *client, uint16_t *event, struct wire_writer *body);
/* Waits until an event is pending, the daemon is gone, or ipc_client_wake() was called by another thread. */
void ipc_client_event_wait(struct ipc_client *client);
void ipc_client_wake(struct ipc_client *client); /* makes every present and later ipc_client_event_wait() return */
bool ipc_client_is_lost(const struct ipc_client *client);

#endif
