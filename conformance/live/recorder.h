/* What the competitors for locks tell the recorder, and what it answers: one packet for one packet, on a socket in the file system that reaches
 * all nodes of a lab and knows nothing of their daemons. All run on one machine from one build: the structs are their own encoding. */
#ifndef AISLE_CONFORMANCE_LIVE_RECORDER_H
#define AISLE_CONFORMANCE_LIVE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

enum { RECORDER_NODES_MAX = 16, RECORDER_CLIENTS_MAX = 16, RECORDER_RESOURCES_MAX = 8 };

enum recorder_kind {
	RECORDER_HELLO,     /* a competitor has begun, or begins anew */
	RECORDER_HOLD,      /* the lock was granted; believed from before this is sent */
	RECORDER_STILL,     /* the node is in `view`, whatever was lost by it has been told, and the lock is still believed */
	RECORDER_BEGIN,     /* a write under the token */
	RECORDER_END,
	RECORDER_RELEASE,   /* no longer believed; the unlock follows */
	RECORDER_UNLOCKED,  /* `error` is what it said */
	RECORDER_LOST,      /* told by the callback: no longer believed */
	RECORDER_GONE,      /* the daemon is gone: no longer believed */
	RECORDER_IDLE,      /* nothing: is it over? */
	/* the driver's */
	RECORDER_INQUORATE, /* the ring token[0].token[1] has no quorum, and never had */
	RECORDER_AWAIT,     /* answered when each of `client` clients of each of `node` nodes has held a lock `resource` times more */
	RECORDER_FINISH,    /* from now on competitors are told that it is over */
	RECORDER_QUIT,
};

struct recorder_request {
	uint32_t kind, node, client, resource, error;
	uint64_t token[3]; /* lineage, representative, grant */
	uint64_t view;
};

struct recorder_answer {
	bool accepted;   /* BEGIN, END: no younger token has been seen for the resource */
	bool superseded; /* RELEASE: somebody has held it with a younger one */
	bool over;
};

/* Connects and waits for the answer; exits when the recorder is not there: nothing can be asserted without it. */
int recorder_connect(const char *path);
struct recorder_answer recorder_tell(int recorder, const struct recorder_request *request);

#endif
