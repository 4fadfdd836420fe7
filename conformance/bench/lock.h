/* An exclusive lock of a cluster, ours or a peer's, behind one interface, so that all are measured by the same code: pairs by bench-load,
 * hand-over and dead holders by bench-locks. */
#ifndef AISLE_BENCH_LOCK_H
#define AISLE_BENCH_LOCK_H

#include <stdbool.h>

enum lock_result {
	LOCK_OK,
	LOCK_AGAIN,  /* refused for now */
	LOCK_FAILED, /* complained already */
};

/* Where nobody has to die, sessions are long. */
enum { LOCK_SESSION_MS = 600000 };

struct lock_kind {
	const char *name;
	/* `target`: the peer's ADDRESS:PORT. The session ends `session_ms` after its client was last heard; ours has none. NULL: complained. */
	void *(*open)(const char *target, const char *name, unsigned session_ms);
	enum lock_result (*take)(void *lock); /* waits for as long as it takes */
	bool (*release)(void *lock);          /* false: complained already */
	/* To be called three times a session while the lock is held and nothing else is asked; NULL: the library does that by itself. */
	bool (*keep)(void *lock);
	void (*close)(void *lock);
	const char *missing; /* NULL, or why this build has it not */
};

extern const struct lock_kind lock_ours, lock_etcd, lock_zookeeper;
/* "lck", "etcd-lock", "zookeeper-lock"; NULL: another word, or this build has it not (complained then). */
const struct lock_kind *lock_kind_find(const char *name);

#endif
