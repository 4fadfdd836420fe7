/* What the competitors for locks tell the recorder, and what it answers: one packet for one packet, on a socket in the file system that reaches
 * all nodes of a lab and knows nothing of their daemons. All run on one machine from one build: the structs are their own encoding. */
#ifndef AISLE_CONFORMANCE_LIVE_RECORDER_H
#define AISLE_CONFORMANCE_LIVE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

enum { RECORDER_NODES_MAX = 16, RECORDER_CLIENTS_MAX = 16, RECORDER_RESOURCES_MAX = 8 };

enum recorder_kind {
	RECORDER_HELLO,     /* a competitor has begun, or begins anew */
	RECORDER_HOLD,      /* the lock was granted in `mode`; believed from before this is sent */
	RECORDER_STILL,     /* the node is in `view`, whatever was lost by it has been told, and the lock is still believed */
	RECORDER_BEGIN,     /* a write under the token */
	RECORDER_END,
	RECORDER_RELEASE,   /* no longer believed; the unlock follows */
	RECORDER_UNLOCKED,  /* `error` is what it said */
	RECORDER_LOST,      /* told by the callback: no longer believed */
	RECORDER_GONE,      /* the daemon is gone: no longer believed */
	RECORDER_ORPHANED,  /* taken with ORPHAN, and its handle is about to be closed: no longer believed, but there until a purge */
	RECORDER_PURGE,     /* a purge of the resource is about to be asked for */
	RECORDER_PURGED,    /* `error` is what it said */
	RECORDER_COUNT,     /* `error` is an enum recorder_count: for the summary alone */
	RECORDER_IDLE,      /* nothing: is it over? */
	/* the driver's */
	RECORDER_INQUORATE, /* the ring token[0].token[1] has no quorum, and never had */
	RECORDER_AWAIT,     /* answered when each of `client` clients of each of `node` nodes has held a lock `resource` times more */
	RECORDER_FINISH,    /* from now on competitors are told that it is over */
	RECORDER_QUIT,
};

/* What must have happened for a run to say something. */
enum recorder_count {
	RECORDER_SHARED, RECORDER_EXCLUSIVE, RECORDER_ORPHANS_REFUSED, RECORDER_PURGES, RECORDER_WAITERS, RECORDER_DEADLOCKS, RECORDER_NESTED,
	RECORDER_LOCKS_ASYNC, RECORDER_UNLOCKS_ASYNC, RECORDER_OPENS_ASYNC, RECORDER_CLOSED, RECORDER_COUNTS
};

struct recorder_request {
	uint32_t kind, node, client, resource, error;
	bool exclusive, orphan; /* HOLD: its mode; it was asked for with ORPHAN */
	uint64_t token[3]; /* lineage, representative, grant */
	uint64_t view;
};

struct recorder_answer {
	bool accepted;   /* BEGIN, END: no younger token has been seen for the resource */
	bool superseded; /* RELEASE: somebody has held it with a younger one that excludes it */
	bool over;
};

/* Connects and waits for the answer; exits when the recorder is not there: nothing can be asserted without it. */
int recorder_connect(const char *path);
struct recorder_answer recorder_tell(int recorder, const struct recorder_request *request);

#endif
