/* The lock library under test, what its callbacks saw, other processes that hold and wait, and its descriptor for the common assertions. */
#ifndef AISLE_SUITE_LCK_H
#define AISLE_SUITE_LCK_H

#include "conformance/suite/com.h"
#include "saLck.h"

enum { LCK_PR = SA_LCK_PR_LOCK_MODE, LCK_EX = SA_LCK_EX_LOCK_MODE, LCK_NO_QUEUE = SA_LCK_LOCK_NO_QUEUE, LCK_ORPHAN = SA_LCK_LOCK_ORPHAN };

struct lck_library {
	void *library;
	__typeof__(&saLckInitialize) initialize;
	__typeof__(&saLckSelectionObjectGet) selection_object_get;
	__typeof__(&saLckOptionCheck) option_check;
	__typeof__(&saLckDispatch) dispatch;
	__typeof__(&saLckFinalize) finalize;
	__typeof__(&saLckResourceOpen) open;
	__typeof__(&saLckResourceOpenAsync) open_async;
	__typeof__(&saLckResourceClose) close;
	__typeof__(&saLckResourceLock) lock;
	__typeof__(&saLckResourceLockAsync) lock_async;
	__typeof__(&saLckResourceUnlock) unlock;
	__typeof__(&saLckResourceUnlockAsync) unlock_async;
	__typeof__(&saLckLockPurge) purge;
};

/* What the project's library adds (aisLck.h), by symbol; another library need not have it. */
struct lck_token {
	SaUint64T lineage;
	SaUint32T representative;
	SaUint64T grant;
};
/* Of the standard's next edition; openais has it, too. */
union lck_limit_value {
	SaInt64T int64Value;
	SaUint64T uint64Value;
	SaTimeT timeValue;
	float floatValue;
	double doubleValue;
};
typedef SaAisErrorT lck_token_get(SaLckLockIdT id, struct lck_token *token);
typedef int lck_token_compare(const struct lck_token *one, const struct lck_token *other);
typedef SaAisErrorT lck_limit_get(SaLckHandleT handle, int limit, union lck_limit_value *value);
typedef SaAisErrorT lck_lost_callback_set(SaLckHandleT handle, void (*callback)(SaLckLockIdT id, SaLckResourceHandleT resource));

/* The two resources of a test; made before there are other processes, so that all mean the same. */
struct lck_names {
	SaNameT a, b;
};

/* One handle of the library and what a test does with it. `resource` is an open of the name `a`, if it was asked for. */
struct lck {
	struct test *test;
	struct lck_library api;
	struct lck_names names;
	SaLckHandleT handle;
	SaSelectionObjectT descriptor;
	SaLckResourceHandleT resource;
};

/* --- what the callbacks of this process saw; callbacks carry no context --- */

enum { LCK_CALLS_MAX = 64 };

struct lck_opened {
	SaInvocationT invocation;
	SaLckResourceHandleT resource;
	SaAisErrorT error;
};

struct lck_granted {
	SaInvocationT invocation;
	SaLckLockStatusT status;
	SaAisErrorT error;
};

struct lck_waiter {
	SaLckWaiterSignalT signal;
	SaLckLockIdT id;
	SaLckLockModeT held, requested;
};

struct lck_unlocked {
	SaInvocationT invocation;
	SaAisErrorT error;
};

struct lck_seen {
	struct lck_opened opens[LCK_CALLS_MAX];
	struct lck_granted grants[LCK_CALLS_MAX];
	struct lck_waiter waiters[LCK_CALLS_MAX];
	struct lck_unlocked unlocks[LCK_CALLS_MAX];
	size_t open_count, grant_count, waiter_count, unlock_count;
	void (*waiter_hook)(void *context, const struct lck_waiter *waiter); /* runs inside the callback */
	void *waiter_hook_context;
};
extern struct lck_seen lck_seen;
extern const SaLckCallbacksT lck_callbacks;           /* all four */
extern const SaLckCallbacksT lck_callbacks_no_waiter; /* all but the waiter callback */
size_t lck_seen_count(void);

struct lck_library lck_library_open(struct test *test);
SaAisErrorT lck_initialize(struct test *test, const struct lck_library *api, SaLckHandleT *handle, const SaLckCallbacksT *callbacks);
struct lck_names lck_names(const struct test *test);
struct lck lck_begin_with(struct test *test, struct lck_names names, const SaLckCallbacksT *callbacks);
struct lck lck_begin(struct test *test);
struct lck lck_begin_open(struct test *test);  /* with `resource` */
struct lck lck_begin_quiet(struct test *test); /* the same without a waiter callback */
bool lck_has_option(struct lck *lck, SaLckOptionsT option);

/* What a Lock brought. */
struct lck_got {
	SaAisErrorT error;
	SaLckLockStatusT status;
	SaLckLockIdT id;
};

/* A timeout for waits that should end: long, and no hang if they do not. Negative waits in ns. */
SaTimeT lck_patience(const struct test *test);

SaAisErrorT lck_open_code(struct lck *lck, const SaNameT *name, SaLckResourceOpenFlagsT flags, SaLckResourceHandleT *resource);
struct lck_got lck_lock(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags, SaTimeT timeout);

/* These fail the test unless they return what they say. */
SaLckResourceHandleT lck_open(struct lck *lck, const SaNameT *name); /* with CREATE */
void lck_exists(struct lck *lck, const SaNameT *name, bool exists);
SaLckLockIdT lck_take(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags); /* GRANTED at once */
void lck_refused(struct lck *lck, SaLckResourceHandleT resource, int mode, int flags, SaLckLockStatusT wanted);
SaLckLockIdT lck_ask(struct lck *lck, SaLckResourceHandleT resource, SaInvocationT invocation, int mode, int flags);
void lck_unlock(struct lck *lck, SaLckLockIdT id);
void lck_close(struct lck *lck, SaLckResourceHandleT resource);
void lck_is(struct test *test, struct lck_got got, SaLckLockStatusT wanted, const char *what);
void lck_grant_is(struct test *test, size_t at, SaInvocationT invocation, SaAisErrorT error, SaLckLockStatusT status);

void lck_dispatch_until(struct lck *lck, const size_t *counter, size_t count);
void lck_pending(struct lck *lck); /* a callback waits for a dispatch */
/* The release of those who have gone is not waited for: an ORPHAN request is refused as ORPHANED as soon as an orphan blocks it, and not
 * granted at once before that (timeout 0). */
void lck_orphaned_eventually(struct lck *lck);
/* What was asked for before has been decided, and what callbacks it made have run. */
void lck_settle(struct lck *lck);
/* The same without running them. */
void lck_fence(struct lck *lck);

/* --- another process, one command at a time; to be started before this one touches the library --- */

enum { PEER_SLOTS = 8, PEER_A = 0, PEER_B = 1 };

struct peer;
struct peer *peer_start(struct test *test, struct lck_names names); /* has all callbacks, and `a` and `b` open with CREATE */
void peer_take(struct peer *peer, unsigned slot, int resource, int mode, int flags); /* GRANTED at once */
void peer_refused(struct peer *peer, int resource, int mode, int flags, SaLckLockStatusT wanted);
/* Asks, and waits for as long as lck_patience(); what came of it is told by peer_got(). */
void peer_ask(struct peer *peer, unsigned slot, int resource, int mode, int flags, SaLckWaiterSignalT signal);
struct lck_got peer_got(struct peer *peer);
void peer_is_granted(struct peer *peer); /* peer_got() says so */
bool peer_has_answer(struct peer *peer, int64_t limit_ns);
void peer_unlock(struct peer *peer, unsigned slot);
SaAisErrorT peer_unlock_id(struct peer *peer, SaLckLockIdT id);
SaLckLockIdT peer_id(struct peer *peer, unsigned slot);
void peer_token(struct peer *peer, unsigned slot, struct lck_token *shared); /* into memory that both see */
void peer_purge(struct peer *peer, int resource);
void peer_close(struct peer *peer, int resource);
void peer_finalize(struct peer *peer);
void peer_kill(struct peer *peer);
void peer_end(struct peer *peer); /* exits without a word to the library */
/* Takes and gives back locks of `a`; `shared` is seen by all peers: does anybody break an exclusion? */
struct peer_shared {
	int exclusive, shared, broken;
};
void peer_stress(struct peer *peer, unsigned rounds, struct peer_shared *shared);
SaAisErrorT peer_stressed(struct peer *peer);

/* Asks for shared locks of `a`, so many or until it is refused for good, and dispatches nothing. */
void peer_flood(struct peer *peer, unsigned count);

extern const struct subject lck_subject;

#endif
