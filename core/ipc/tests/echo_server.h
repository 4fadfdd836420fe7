/* A daemon of its own process for tests: libqb's loop, the IPC server, and one service, `echo`. Others: `closed` answers ACCESS,
 * `busy` TRY_AGAIN, the rest NOT_EXIST. */
#ifndef AISLE_ECHO_SERVER_H
#define AISLE_ECHO_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/ipc/ipc_server.h"

enum echo_request {
	ECHO_REQUEST_ECHO = 1,   /* answers with its body */
	ECHO_REQUEST_CODE,       /* answers with the code in its body (u32) */
	ECHO_REQUEST_EVENTS,     /* u32 count, u32 size: so many events ECHO_EVENT (u32 index, zeros), then the answer */
	ECHO_REQUEST_EVENT_LATER, /* answers; the event comes behind the answer */
	ECHO_REQUEST_NEVER,      /* no answer until the client's next ECHO_REQUEST_RELEASE */
	ECHO_REQUEST_RELEASE,    /* answers what is held back, latest first ("all": of all clients), then itself with their number (u32) */
	ECHO_REQUEST_CLOSE,      /* the server closes the client */
	ECHO_REQUEST_STATUS,     /* answers five u32: struct echo_status */
	ECHO_REQUEST_EXIT,       /* "exit": the daemon ends at once; "orderly": it frees its server and ends; no answer */
	ECHO_REQUEST_SIZE,       /* u32 size: answers so many zeros */
	ECHO_REQUEST_TIMEOUT,    /* answers timeout_ns and waited_ns as it got them (i64) */
	ECHO_REQUEST_PASS,       /* passes two descriptors of memory that holds its body, then answers; NO_RESOURCES: it could not */
	ECHO_REQUEST_EVENT_BODY, /* u16 event, bytes: that event with those, then the answer */
	ECHO_REQUEST_LAST,       /* answers and closes the client */
	ECHO_REQUEST_MAY_POST,   /* u32: whether clients may post from now on; then the answer */
	ECHO_REQUEST_POLL,       /* u32 count: from now on the server polls so many times, again and again; answers how often it has so far (u32) */
};

enum { ECHO_EVENT = 7 };

struct echo_status {
	uint32_t descriptors; /* open in the daemon */
	uint32_t clients, closed, opened;
	uint32_t held; /* ECHO_REQUEST_NEVER without an answer yet, of all clients */
};

struct echo_server {
	pid_t pid;
	char directory[64];
	char path[92];
};

/* Starts it and waits until it listens; sets AISLE_SOCKET, so that ipc_client_connect() finds it. */
bool echo_server_start(struct echo_server *server, const struct ipc_server_limits *limits);
void echo_server_kill(struct echo_server *server); /* SIGKILL, and waits */
void echo_server_stop(struct echo_server *server); /* the same, and removes the directory */

#endif
