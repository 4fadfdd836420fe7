/* The daemon's side of one client's rings: takes requests, puts answers and events, keeps what does not fit, and finds out who breaks
 * the rules. Knows memory only, no socket and no loop, so that a fuzzer can be the client. */
#ifndef AISLE_IPC_SESSION_H
#define AISLE_IPC_SESSION_H

#include "core/base/list.h"
#include "core/ipc/ipc_messages.h"

struct ipc_session_limits {
	size_t request_size_max;
	size_t pending_size_max;
	uint32_t calls_max; /* requests taken and not answered; above it the client's next ones stay in its ring */
	uint32_t posted_max; /* the same of those that are posted */
};

struct ipc_session {
	struct ipc_session_limits limits;
	struct ipc_ring request, answer, event;
	struct ipc_assembly assembly;
	struct list answers, events; /* that did not fit into the ring, in order */
	size_t pending_size;
	uint32_t calls_open, posted_open; /* the latter are among the former */
	bool has_passed;     /* descriptors, for the answer to passed_call */
	uint64_t passed_call;
	bool answers_put, events_put; /* something is in the ring that the client cannot see yet: ipc_session_publish() */
	bool wake_client;    /* outputs: to be done and reset by the caller: by the socket, */
	bool wake_futex;     /* on the answer ring's word wake_wanted, */
	bool wake_event;     /* by the event socket */
	const char *why;     /* of the last refusal */
};

void ipc_session_init(struct ipc_session *session, const struct ipc_session_limits *limits, void *mapping, uint32_t ring_size);
void ipc_session_clear(struct ipc_session *session);

/* May the client's next request be taken now? It waits in the ring while too much of its own is under way. */
bool ipc_session_is_open(const struct ipc_session *session);
/* MESSAGE: a request, in session->assembly until the next take; to be answered once, also if it is posted: then the client sees nothing of it. */
enum ipc_take ipc_session_take(struct ipc_session *session);
bool ipc_session_has_request(const struct ipc_session *session); /* and it is open */
bool ipc_session_sleep(struct ipc_session *session); /* false: do not, something has come */
void ipc_session_awake(struct ipc_session *session); /* the client need not wake us */

/* False: the client is to be disconnected (session->why): it fetches nothing, or it lies. The client sees it after the next publish. */
bool ipc_session_answer(struct ipc_session *session, uint64_t call, uint32_t code, struct bytes body);
bool ipc_session_event(struct ipc_session *session, uint16_t event, struct bytes body);
bool ipc_session_flush(struct ipc_session *session); /* puts what is pending as far as there is room now */
void ipc_session_publish(struct ipc_session *session); /* the client sees what was put: events first, then answers */
void ipc_session_publish_events(struct ipc_session *session); /* events alone */

#endif
