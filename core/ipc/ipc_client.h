/* The client's end of the IPC: one connection to one service of one instance's daemon. Thread-safe: several threads may call at once,
 * each gets its own answer. Results are those of core/base/result.h.
 *
 * A process that has forked: in the child every call returns RESULT_BAD_HANDLE, no event is there, and closing frees the child's copies
 * alone; the parent's connection goes on. The library uses little stack, ignores SIGPIPE for its own writes, repeats what a signal
 * interrupted, and is no cancellation point. */
#ifndef AISLE_IPC_CLIENT_H
#define AISLE_IPC_CLIENT_H

#include "core/base/result.h"
#include "core/base/wire.h"
#include "core/ipc/ipc_messages.h"

struct ipc_client;

enum {
	IPC_GRACE_S = 5,         /* how much later than the daemon the library gives up */
	IPC_DAEMON_LIMIT_S = 30, /* the daemon's own limit is taken to be no longer than this */
};

/* Connects to the instance named by AISLE_INSTANCE (ipc_path.h). RESULT_OK; TRY_AGAIN: no daemon, or it is not ready, or it is stopped;
 * ACCESS: refused by uid/gid rules; NO_MEMORY, NO_RESOURCES; NOT_EXIST: the daemon has no such service; VERSION: a daemon of another
 * format; LIBRARY: AISLE_INSTANCE or AISLE_SOCKET is not usable. */
uint32_t ipc_client_connect(const char *service, struct ipc_client **client);
void ipc_client_close(struct ipc_client *client); /* no other thread may be inside a call; in a forked child the daemon is not told */

/* Ends the connection for the daemon and for all threads that are inside calls: ipc_client_call() returns LIBRARY,
 * ipc_client_event_wait() returns, no event is there any more. What is left is ipc_client_close(). */
void ipc_client_shutdown(struct ipc_client *client);
/* For the child's side of a fork: gives up its copies of the descriptors, so that the daemon notices its parent's death.
 * Async-signal-safe. What is left is ipc_client_close(). */
void ipc_client_forked(struct ipc_client *client);

/* One call and its answer: returns the answer's code, its body in `answer` (may be NULL; it is emptied first). timeout_ns is relative
 * and goes to the daemon, which keeps it; < 0: the daemon's own limit; INT64_MAX: none.
 * TIMEOUT comes from the library itself when the daemon says nothing (it is stopped) for IPC_GRACE_S longer than the timeout
 * (IPC_DAEMON_LIMIT_S if < 0); with INT64_MAX it waits as long as the daemon lives. An answer that is later than this is dropped.
 * LIBRARY: the daemon is gone, for good. NO_RESOURCES: the body is longer than the daemon takes; nothing was sent.
 * NO_MEMORY: the answer did not fit into memory; what was asked has been done. */
uint32_t ipc_client_call(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                         struct wire_writer *answer);

/* The same for a request whose answer may come with descriptors: those that are not -1 are the caller's, close-on-exec. */
uint32_t ipc_client_call_descriptors(struct ipc_client *client, uint16_t request, int64_t timeout_ns, struct bytes body,
                                     struct wire_writer *answer, int descriptors[IPC_DESCRIPTORS_MAX]);

/* A request that is posted: it has no answer. It does not wait for room either: false: nothing was sent. */
bool ipc_client_tell(struct ipc_client *client, uint16_t request, struct bytes body);
/* The same for what a callback tells the outcome of, a refusal too. False, and nothing was sent: it is to be called instead, since the daemon
 * would refuse it as far as it knows, or is gone. */
bool ipc_client_post(struct ipc_client *client, uint16_t request, struct bytes body);

/* Readable exactly while an event is pending, or the daemon is gone. The same descriptor for the connection's life; close-on-exec. */
int ipc_client_event_descriptor(const struct ipc_client *client);
/* Takes the next event into `body`. False: none pending, or the daemon is gone. */
bool ipc_client_event_take(struct ipc_client *client, uint16_t *event, struct wire_writer *body);
/* Waits until an event is pending, the daemon is gone, or ipc_client_shutdown() was called by another thread. */
void ipc_client_event_wait(struct ipc_client *client);
/* The same on a descriptor that is readable whenever the event descriptor is, and at other times; no longer than timeout_ns, < 0: no bound. */
void ipc_client_wait(struct ipc_client *client, int descriptor, int64_t timeout_ns);
bool ipc_client_is_lost(const struct ipc_client *client); /* as far as is known */
bool ipc_client_is_gone(struct ipc_client *client);       /* looks whether it is */

#endif
