/* Every message of LCK, once: struct, encode, decode. A client's request names what the client has open by numbers of its own choosing (the
 * libraries take the values of their handles and lock ids); the ring's operation names who asks and what all nodes know. Called by
 * lck_client.c and core/tools on one side, lck_service.c and lck_state.c on the other. */
#ifndef AISLE_LCK_MESSAGES_H
#define AISLE_LCK_MESSAGES_H

#include "core/base/identity.h"
#include "saLck.h"

enum {
	LCK_FORMAT = 1,      /* clients and the operator's tool */
	LCK_RING_FORMAT = 2, /* nodes: operations, the small state. Nodes of two numbers share no ring (engine, R5); 1 carried no limits */
	LCK_SERVICE_ID = 5,
};

/* Limits that the configuration sets (lck.* of core/config/config_keys.c). Every request carries those of its node into the order, where they decide it:
	 * so all nodes decide alike, whatever each of them is configured to. */
struct lck_limits {
	uint32_t client; /* locks, held and waiting, or opens, of one client */
	uint32_t all;    /* in the cluster */
};

/* Where it says nothing. */
extern const struct lck_limits lck_locks_preset; /* above: SA_LCK_LOCK_NO_MORE */
extern const struct lck_limits lck_opens_preset; /* above: NO_RESOURCES */

/* As far as it may set them. */
enum { LCK_LOCKS_TOP = 1 << 22, LCK_OPENS_TOP = 1 << 20 };

/* Cluster facts: equal on all nodes, part of no configuration. */
enum {
	/* What one operation may cost, whatever clients pile up: beyond, no waiter callback goes out, a cycle is not seen (detection is an
	 * option of the standard), and a holder of a shared lock is not recognized as one. */
	LCK_PAIRS_MAX = 1 << 12,  /* of a lock and a request, looked at for waiter callbacks */
	LCK_SEARCH_MAX = 1 << 14, /* locks and requests, looked at in one search */
};

enum lck_request {
	LCK_REQUEST_OPEN,
	LCK_REQUEST_OPEN_ASYNC,
	LCK_REQUEST_CLOSE,
	LCK_REQUEST_LOCK,
	LCK_REQUEST_LOCK_ASYNC,
	LCK_REQUEST_UNLOCK,
	LCK_REQUEST_UNLOCK_ASYNC,
	LCK_REQUEST_PURGE,
	LCK_REQUEST_LOST_SET,
	LCK_REQUEST_LIST,
	LCK_REQUEST_SHOW,
	LCK_REQUEST_LIMIT,
	LCK_REQUEST_COUNT
};

enum lck_operation {
	LCK_OPERATION_OPEN = 1,
	LCK_OPERATION_CLOSE,
	LCK_OPERATION_LOCK,
	LCK_OPERATION_UNLOCK,
	LCK_OPERATION_PURGE,
	LCK_OPERATION_CLIENT_GONE,
	LCK_OPERATION_RECLAIM,
	LCK_OPERATION_END
};

enum lck_event {
	LCK_EVENT_OPENED,
	LCK_EVENT_GRANTED,
	LCK_EVENT_WAITER,
	LCK_EVENT_UNLOCKED,
	LCK_EVENT_LOST,
	LCK_EVENT_REFUSED,
};

/* Compared in this order: of two holders of a resource, the later one has the greater token. */
struct lck_token {
	struct ring_id lineage; /* of the view that granted */
	uint64_t number;        /* of the grant in the state's history */
};

/* --- requests and their answers --- */

/* OPEN and OPEN_ASYNC. */
struct lck_open_request {
	uint64_t open;       /* the client's number for it, from here on */
	uint64_t invocation; /* OPEN_ASYNC */
	uint32_t flags;      /* SA_LCK_RESOURCE_CREATE or 0 */
	bool has_waiter;     /* the client has a waiter callback */
	struct bytes name;
};

/* LOCK and LOCK_ASYNC. */
struct lck_lock_request {
	uint64_t open, lock; /* the client's numbers */
	uint64_t invocation; /* LOCK_ASYNC */
	uint64_t signal;
	uint32_t mode, flags;
	bool at_once; /* LOCK: does not wait: granted or TIMEOUT */
};

/* CLOSE, PURGE: an open; UNLOCK, UNLOCK_ASYNC: a lock. */
struct lck_number_request {
	uint64_t number;
	uint64_t invocation; /* UNLOCK_ASYNC */
	uint64_t open;       /* UNLOCK_ASYNC: the lock's, for the event */
};

struct lck_lost_set_request {
	bool wanted;
};

/* Body of LIMIT: the format alone. Its answer: what this node's requests carry. */
struct lck_limit_answer {
	struct lck_limits locks;
};

/* What answers to OPEN, LOCK and UNLOCK are about: an answer names what it is of, so that the daemon can keep its client's table. */
enum lck_subject { LCK_SUBJECT_OPEN = 1, LCK_SUBJECT_LOCK, LCK_SUBJECT_UNLOCK };

/* The answer to OPEN (with OK), LOCK (with OK), UNLOCK (with OK or NOT_EXIST). */
struct lck_answer {
	enum lck_subject subject;
	uint64_t number;           /* the open's or the lock's */
	uint64_t open;             /* LOCK: the lock's open */
	struct identity resource;  /* OPEN */
	uint32_t status;           /* LOCK */
	struct lck_token token;    /* LOCK, granted */
};

/* --- events --- */

struct lck_opened_event {
	uint64_t open, invocation;
	uint32_t error;
	struct identity resource;
};

struct lck_granted_event {
	uint64_t open, lock, invocation;
	uint32_t error, status; /* status: with error OK */
	struct lck_token token;
};

struct lck_waiter_event {
	uint64_t open, lock; /* the holder's */
	uint64_t signal;
	uint32_t mode_held, mode_requested;
};

struct lck_unlocked_event {
	uint64_t open, invocation;
	uint32_t error;
};

/* The cluster may have given the lock to somebody else; its open is gone with it. */
struct lck_lost_event {
	uint64_t open, lock, invocation;
	bool was_waiting; /* an asynchronous request that will not be granted */
};

/* --- operations --- */

struct lck_open {
	struct requester requester;
	bool async;
	struct lck_limits limits; /* of opens */
	struct lck_open_request request;
};

struct lck_lock {
	struct requester requester;
	bool async;
	struct lck_limits limits; /* of locks */
	struct lck_lock_request request;
};

/* CLOSE, UNLOCK, PURGE. */
struct lck_end {
	struct requester requester; /* call 0: nobody waits */
	uint64_t number;
	uint64_t open;              /* UNLOCK: the lock's open, for the event */
	bool async;                 /* UNLOCK: told by an event */
	uint64_t invocation;
};

struct lck_client_gone {
	struct requester client;
};

/* Opens that the client has; its others are closed. `claims` is read with lck_claim_next(). */
struct lck_reclaim {
	struct requester client;
	uint32_t count;
	struct bytes claims;
};

struct lck_claim {
	uint64_t open, call;
	bool has_waiter;
	struct identity resource;
};

/* --- what the operator's tool asks: this daemon's directory as it is --- */

enum { LCK_LIST_ENTRIES_MAX = 256 };

struct lck_list_request {
	bool started;
	struct bytes after; /* name */
};

struct lck_list_answer {
	bool end;
	uint32_t count; /* entries follow */
};

struct lck_list_entry {
	struct bytes name;
	struct identity resource;
	uint32_t opens, held, orphans, waiting;
	uint32_t mode; /* of those that are held; 0: none */
};

/* Goes on behind what was shown last: of the held ones by the number of their grant, of those that wait, which come behind, by identity. What
 * has gone meanwhile hides nothing. */
struct lck_show_request {
	struct bytes name;
	bool waiting;           /* all that are held have been shown */
	uint64_t after_grant;   /* 0: from the beginning */
	struct identity after;  /* of one that waits; all zero: from the first */
};

struct lck_show_entry {
	struct identity lock;
	bool granted, orphan;
	uint32_t mode, flags;
	struct requester owner; /* an orphan: of old */
	struct lck_token token; /* granted */
};

/* A posted LOCK_ASYNC was not admitted: nothing was done. */
struct lck_refused_event {
	uint64_t open, lock, invocation;
	uint32_t error;
};

void lck_open_request_encode(struct wire_writer *out, const struct lck_open_request *request);
bool lck_open_request_decode(struct wire_reader *in, struct lck_open_request *request);
void lck_lock_request_encode(struct wire_writer *out, const struct lck_lock_request *request);
bool lck_lock_request_decode(struct wire_reader *in, struct lck_lock_request *request);
void lck_number_request_encode(struct wire_writer *out, const struct lck_number_request *request);
bool lck_number_request_decode(struct wire_reader *in, struct lck_number_request *request);
void lck_lost_set_request_encode(struct wire_writer *out, const struct lck_lost_set_request *request);
bool lck_lost_set_request_decode(struct wire_reader *in, struct lck_lost_set_request *request);
void lck_limit_request_encode(struct wire_writer *out);
bool lck_limit_request_decode(struct wire_reader *in);
void lck_limit_answer_encode(struct wire_writer *out, const struct lck_limit_answer *answer);
bool lck_limit_answer_decode(struct wire_reader *in, struct lck_limit_answer *answer);
void lck_answer_encode(struct wire_writer *out, const struct lck_answer *answer);
bool lck_answer_decode(struct wire_reader *in, struct lck_answer *answer);

void lck_opened_event_encode(struct wire_writer *out, const struct lck_opened_event *event);
bool lck_opened_event_decode(struct wire_reader *in, struct lck_opened_event *event);
void lck_granted_event_encode(struct wire_writer *out, const struct lck_granted_event *event);
bool lck_granted_event_decode(struct wire_reader *in, struct lck_granted_event *event);
void lck_waiter_event_encode(struct wire_writer *out, const struct lck_waiter_event *event);
bool lck_waiter_event_decode(struct wire_reader *in, struct lck_waiter_event *event);
void lck_unlocked_event_encode(struct wire_writer *out, const struct lck_unlocked_event *event);
bool lck_unlocked_event_decode(struct wire_reader *in, struct lck_unlocked_event *event);
void lck_refused_event_encode(struct wire_writer *out, const struct lck_refused_event *event);
bool lck_refused_event_decode(struct wire_reader *in, struct lck_refused_event *event);
void lck_lost_event_encode(struct wire_writer *out, const struct lck_lost_event *event);
bool lck_lost_event_decode(struct wire_reader *in, struct lck_lost_event *event);

void lck_open_encode(struct wire_writer *out, const struct lck_open *open);
bool lck_open_decode(struct wire_reader *in, struct lck_open *open);
void lck_lock_encode(struct wire_writer *out, const struct lck_lock *lock);
bool lck_lock_decode(struct wire_reader *in, struct lck_lock *lock);
void lck_end_encode(struct wire_writer *out, const struct lck_end *end);
bool lck_end_decode(struct wire_reader *in, struct lck_end *end);
void lck_client_gone_encode(struct wire_writer *out, const struct lck_client_gone *gone);
bool lck_client_gone_decode(struct wire_reader *in, struct lck_client_gone *gone);
void lck_reclaim_encode(struct wire_writer *out, const struct lck_reclaim *reclaim);
bool lck_reclaim_decode(struct wire_reader *in, struct lck_reclaim *reclaim);
void lck_claim_encode(struct wire_writer *out, const struct lck_claim *claim);
bool lck_claim_next(struct wire_reader *in, struct lck_claim *claim); /* false: no more */

void lck_list_request_encode(struct wire_writer *out, const struct lck_list_request *request);
bool lck_list_request_decode(struct wire_reader *in, struct lck_list_request *request);
void lck_show_request_encode(struct wire_writer *out, const struct lck_show_request *request);
bool lck_show_request_decode(struct wire_reader *in, struct lck_show_request *request);
void lck_list_answer_encode(struct wire_writer *out, const struct lck_list_answer *answer); /* of LIST and of SHOW */
bool lck_list_answer_decode(struct wire_reader *in, struct lck_list_answer *answer, size_t entry_size_min);
void lck_list_entry_encode(struct wire_writer *out, const struct lck_list_entry *entry);
bool lck_list_entry_decode(struct wire_reader *in, struct lck_list_entry *entry);
void lck_show_entry_encode(struct wire_writer *out, const struct lck_show_entry *entry);
bool lck_show_entry_decode(struct wire_reader *in, struct lck_show_entry *entry);
extern const size_t lck_list_entry_size_min, lck_show_entry_size_min;

void lck_token_encode(struct wire_writer *out, struct lck_token token);
struct lck_token lck_token_decode(struct wire_reader *in);

#endif
