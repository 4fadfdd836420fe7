/* What the engine's files share: its one struct, and the steps that one file asks of another. Nobody outside core/engine includes it. */
#ifndef AISLE_ENGINE_INTERNAL_H
#define AISLE_ENGINE_INTERNAL_H

#include "core/base/hash.h"
#include "core/base/list.h"
#include "core/base/tree.h"
#include "core/engine/engine.h"
#include "core/engine/engine_messages.h"
#include "core/engine/engine_rules.h"
#include "core/engine/engine_verdict.h"

enum engine_timer_id { ENGINE_TIMER_DEADLINE = 1, ENGINE_TIMER_RELEASE, ENGINE_TIMER_DUE, ENGINE_TIMER_STATE_WAIT, ENGINE_TIMER_READERS };

enum {
	ENGINE_VERSION = 1,
	ENGINE_RELEASE_WAIT_MAX_S = 300,
	ENGINE_READERS_LEASE_NS = 1000000000, /* at most, of those who read without asking; renewed after half of it */
	ENGINE_DIGEST_INTERVAL = 4096,     /* operations between two comparisons (R22) */
	ENGINE_FOUND_OBJECTS_MAX = 1 << 20,
	ENGINE_RANGE_GROWTH = 2, /* how many times its first size a range may have, once ranges of less have come (R21) */
	ENGINE_SMALL_STATE_KEPT_RANGES = 16, /* what a joiner keeps of operations while its small state is on its way, in range sizes */
};

/* A service on this node. */
struct service {
	struct engine *engine;
	const struct service_engine *table;
	size_t index;
	void *state;         /* what is served; NULL: the service has none */
	void *next;          /* a joiner's, until it has adopted */
	bool complete;       /* `state` lacks nothing */
	struct older *older; /* states that were replaced and hold what the present one lacks, the newest first (R19) */
	bool nobody;         /* no winner of this view had all of what is on all nodes */
	bool partial;        /* so, or some objects' replicas are listed, all of which may have left: objects are found one by one */
	struct tree found;   /* struct found_object: where, in a partial view */
	void *data;
	size_t data_size;
	struct list clients; /* struct client.in_service */
	size_t client_count;
	int64_t due_ns;      /* wall clock; INT64_MAX: nothing is */
	bool keeper;         /* this node keeps its time in the present view */
	struct wire_writer body; /* the operation that is being written */
	uint16_t body_operation;
};

struct client {
	struct hash_node in_engine;
	struct list in_service;
	struct list in_closing;
	struct service *service;
	uint64_t id;
	uint32_t uid, gid;
	void *data;
	struct list calls; /* struct call.in_client */
	uint32_t call_count;
	uint32_t accepted; /* calls that were accepted and are not ordered yet */
	struct call *current; /* the call that is being handled */
	bool closing;         /* disconnected: to be freed once no handler runs */
};

enum call_state {
	CALL_NEW,     /* being handled for the first time */
	CALL_WAITING, /* for the gate, a lease, or content; in engine->waiting */
	CALL_SENT,    /* its operation is on its way, or applied without an answer yet */
	CALL_HELD,    /* its answer waits for stability */
	CALL_WITHDRAWN, /* past its deadline: TIMEOUT when what takes it back has its place in the order; in engine->withdrawn */
};

struct call {
	struct list in_client;
	struct list in_waiting; /* or in engine->withdrawn */
	struct tree_node in_deadlines;
	struct client *client;
	uint64_t number; /* the client's own */
	uint64_t serial;
	uint16_t request;
	enum call_state state;
	bool later;     /* waits because the service said so */
	bool delivered; /* its operation was applied */
	bool ordered;   /* a read that has its place in the order */
	struct ring_id ordered_in; /* the view in which it was given */
	bool answered;  /* accepted, and that is said at once */
	bool told;      /* TIMEOUT, but what takes it back has to wait for its turn; in engine->waiting */
	int64_t deadline_ns;
	uint64_t withdrawal; /* CALL_WITHDRAWN: the number of the operation that takes it back */
	uint8_t *body;  /* a copy, or NULL while the host's own is there */
	struct bytes view;
	struct flight *flight;
};

/* Bytes of callbacks that a client has not fetched, beside its rings: beyond, no advisory ones are added. Below the least bound at which it is
 * disconnected (aisle.client_pending_size_max). */
enum { ENGINE_ADVISORY_BACKLOG_MAX = 32 * 1024 };

enum flight_kind {
	FLIGHT_CALL,
	FLIGHT_OWN,
	FLIGHT_OWED,
	FLIGHT_OWED_ONCE, /* until its effects have left this node, in whatever view */
};

/* An operation of this node that is not yet delivered. */
struct flight {
	struct list entry;
	enum flight_kind kind;
	struct service *service;
	struct call *call; /* FLIGHT_CALL; NULL: the call is gone */
	uint64_t client;   /* whose call was accepted, and is under way until this is ordered; 0: nobody's */
	uint64_t accepted; /* the call, if it is answered only then; else 0 */
	uint64_t number;
	uint16_t version; /* at which it is written */
	bool claims;      /* owed, and says again what clients hold (R17) */
	bool apart;       /* owed, and stable in a view that was not primary: a loser's history may take it back (P7) */
	uint32_t parts_sent;
	size_t bytes_sent;
	uint8_t *operation; /* encoded struct engine_operation */
	size_t size;
};

/* A state that this node gave up, kept for its objects. */
struct older {
	struct older *next;
	void *state;
	struct ring_id version; /* the lineage that it had */
};

/* An object of a partial view: who has it best. */
struct found_object {
	struct tree_node by_key;
	bool held;              /* some member has said that it has an older one */
	size_t member;          /* index of the one with the newest */
	struct ring_id version; /* of that */
	bool sent;              /* this node has sent it */
	bool restored;          /* it is whole again... */
	size_t holder;          /* ...at this member */
	size_t key_size;
	uint8_t key[];
};

enum held_kind { HELD_ANSWER, HELD_READ, HELD_EVENT, HELD_DEBT };

/* What leaves this node once its position is stable. */
struct held {
	struct tree_node in_held;
	struct position position;
	uint64_t serial;
	enum held_kind kind;
	size_t service; /* index */
	uint64_t client, call;
	uint32_t code;
	uint16_t event;
	size_t size;
	uint8_t payload[];
};

struct debt {
	struct list entry;
	struct requester requester;
	uint64_t number;          /* of the owed operation that settles it; 0: none */
	struct ring_id claimed;   /* the view whose barrier has it */
};

/* Pieces of one large operation, by sender. */
struct assembly {
	uint64_t number;
	uint32_t next_index;
	struct wire_writer bytes;
};

struct member {
	bool claimed, agreed;
	bool winner, stamped;
	uint32_t device_votes; /* as it last said */
	uint32_t source;   /* bit i: the view takes its state of the service of this node's index i */
	uint32_t complete; /* the same: its replica lacks nothing */
	uint32_t told_holdings; /* the same: which older objects it has has been said */
	bool digested;
	struct engine_digests digests;
	struct assembly assembly;
};

struct view {
	bool installed;    /* a regular view has come */
	bool transitional; /* its transitional configuration runs: nothing more can be sent in it */
	struct ring_id ring;
	size_t count;
	struct member *members; /* beside `claims`, ascending by node id */
	struct claim *claims;
	size_t self;
	size_t claimed_count, agreed_count;
	bool judged;
	struct verdict verdict;
	bool ended, serving, primary;
	bool late;             /* it serves, but its barrier ended without a decision: all locks were reported lost then (R20) */
	bool quorate;          /* R11: a device's votes may change it without another view */
	bool quorum_lost;      /* so it did: the gate is shut */
	uint32_t expected;     /* R11: ordered in this view or in the state it took; 0: as configured */
	bool full;             /* some member has all content, or the best there is counts as all */
	uint32_t votes_needed; /* R10 */
	struct position end;
	bool stable_valid;
	struct position stable;
	bool majority[ENGINE_SERVICES_MAX]; /* R10, by service index */
	struct position majority_at[ENGINE_SERVICES_MAX];
	bool told;             /* view_stable has been called */
	bool settled;          /* the debts that its claims name are */
	bool fencing;          /* some member asks for it (R20) */
	bool applied;          /* its end has released what it had to release (R18): not before everybody is fenced (R20) */
	int64_t release_not_before_ns;
	uint64_t operation_count;
	struct ring_id previous; /* ring before this one */
	uint32_t came_along[ENGINE_MEMBERS_MAX];
	size_t came_along_count;
};

/* A view whose barrier has ended on this node, as services see it; owns what it points to. */
struct told_view {
	struct service_member *members;
	size_t member_count;
	struct service_left *left; /* texts lie in the told view before */
	size_t left_count;
	uint8_t *texts;
};

enum pull_wait { PULL_IDLE, PULL_ASKED, PULL_OPEN };

/* A joiner's way to the state. */
struct pull {
	bool joining;  /* the small state has not been adopted */
	bool has_next; /* the small state came: operations go to `next` */
	enum pull_wait wait;
	size_t service; /* index of the range that is asked for; small state: SIZE_MAX */
	uint32_t size_max;
	uint32_t size_next; /* of the next that is asked for the first time; 0: the first size */
	uint8_t *after;
	size_t after_size;
	struct position request;
	uint8_t object[SERVICE_OBJECT_KEY_MAX]; /* of a range of a listed object: its key... */
	size_t object_size;                     /* ...0: not one */
	size_t donor;                           /* ...and the member that is asked */
	struct wire_writer copy;
	uint32_t copy_next;
	size_t copy_taken; /* of the copy's bytes: those that the service has (range_part) */
	bool copy_whole;
	uint32_t ordered;      /* so many ranges are asked for in order, since some that came alone lacked a piece */
	uint32_t ordered_next; /* that many the next time */
	struct list kept; /* struct kept_operation: while the small state is on its way */
	size_t kept_size;
	uint32_t caught_up_sent; /* bit i */
};

struct kept_operation {
	struct list entry;
	struct at at;
	uint16_t service, operation;
	size_t size;
	uint8_t body[];
};

struct engine {
	struct engine_config config;
	uint32_t *configured;
	char *name, *address;
	const struct host *host;
	struct group *group;
	struct service services[ENGINE_SERVICES_MAX];
	size_t service_count;

	/* What this node's state is (R6). */
	struct ring_id lineage;
	uint32_t *lineage_members;
	uint32_t lineage_member_count;
	struct claim_joined *joined;
	uint32_t joined_count;
	struct claim_joined *unfenced; /* ascending by node */
	uint32_t unfenced_count;
	uint32_t expected;     /* R11: goes with the state; 0: as configured */
	uint32_t device_votes; /* of this node's device, as it said itself */
	bool state_current; /* the state is that of the present view, whose barrier has ended */

	struct view view;
	struct told_view told, told_before;
	struct service_view current; /* what services see; points into `told` */
	bool current_valid;
	struct pull pull;
	int64_t fresh_until_ns;
	int64_t state_wait_since_ns; /* 0: not waiting */

	struct hash_table clients;
	struct list closing;
	struct list waiting; /* calls, in order of arrival */
	bool waiting_dirty;  /* something changed that a waiting call may have waited for */
	struct list withdrawn; /* calls */
	struct tree deadlines;
	struct tree held;
	uint64_t serial;
	struct list debts;
	size_t debt_count;

	struct list queue; /* flights not yet taken by the group in this view */
	struct list sent;  /* taken, not yet delivered */
	struct list owed;  /* owed ones that were delivered and are not stable: undone with the state they were applied to, they go again */
	uint64_t number;
	uint16_t version;  /* of the last view whose barrier ended */
	bool blocked;      /* the group refused: WRITABLE follows */
	struct list barrier_queue; /* encoded messages that the group refused */
	struct wire_writer donated; /* the range that is being copied for a joiner: its memory is kept for the next */
	struct list bulk_queue;    /* the same for copies of ranges, which go when nothing else waits */

	int64_t timers[ENGINE_TIMER_READERS + 1]; /* armed for; INT64_MAX: not */
	uint64_t malformed;
	uint64_t range_bytes;
	uint64_t answered_apart; /* OK said in views that serve and are not primary: what may be taken back (P7) */
	uint64_t taken_back;     /* of these, what was */
	char *given_up[ENGINE_STATUS_NAMES]; /* objects whose loss was accepted in this view or before, the first so many */
	uint64_t given_up_count;
	bool reclaiming; /* what services send now goes before all that waits */
	bool leaving;
	bool draining;
	bool may_post; /* as the host was told last */
	struct ring_id farewell_said; /* in which view */
	struct position farewell;     /* where this node's own was delivered */
	struct effects effects;
	struct service_member *status_members;
	uint32_t *status_unfenced;
};

static inline bool rule_on(const struct engine *engine, enum engine_rule rule)
{
	return (engine->config.rules_off & engine_rule_bit(rule)) == 0;
}

static inline int64_t engine_now(const struct engine *engine)
{
	return engine->host->monotonic_ns(engine->host->context);
}

/* The view takes this node's state of the service. */
static inline bool view_self_source(const struct engine *engine, size_t service)
{
	return (engine->view.members[engine->view.self].source >> service & 1) != 0;
}

static inline bool view_self_wins(const struct engine *engine)
{
	return engine->view.ended && engine->view.members[engine->view.self].winner;
}

/* engine.c */
void engine_log(struct engine *engine, enum host_log_level level, const char *id, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
void engine_leave(struct engine *engine, const char *why);
void engine_timer_arm(struct engine *engine, enum engine_timer_id timer, int64_t at_ns); /* INT64_MAX: cancels */
void engine_barrier_send(struct engine *engine, const struct wire_writer *message); /* in the barrier's room, queued when refused */
void engine_bulk_send(struct engine *engine, uint32_t to, const struct wire_writer *message); /* `to` 0: in order, to all */
void engine_queues_flush(struct engine *engine);
struct service *engine_service_of_id(struct engine *engine, uint16_t id);
size_t view_member_index(const struct view *view, uint32_t node); /* SIZE_MAX: none */
void *engine_allocate(struct engine *engine, size_t size); /* zeroed; NULL: no memory, and the node leaves */

/* engine_barrier.c */
void barrier_view(struct engine *engine, const struct group_view *view);
void barrier_on_claim(struct engine *engine, size_t member, struct wire_reader *in);
void barrier_on_agreed(struct engine *engine, size_t member, struct position position);
void barrier_on_adopt(struct engine *engine, struct position position);
void barrier_view_clear(struct view *view);
void barrier_told_clear(struct engine *engine);
void barrier_stamp(struct engine *engine, struct ring_id lineage, const uint32_t *members, uint32_t count);
void barrier_stamp_view(struct engine *engine); /* with this view */
void barrier_majorities(struct engine *engine, struct position position); /* R10, after somebody was stamped */
/* The view as a service sees it: winners are those whose state of it the view takes. */
const struct service_view *barrier_view_of(struct engine *engine, const struct service *service);
void barrier_tell(struct engine *engine);                                 /* view_stable, once the end is stable */
void barrier_state_wait(struct engine *engine);
void barrier_serve_late(struct engine *engine, struct position position);
void barrier_state_wait_arm(struct engine *engine);
void barrier_applied(struct engine *engine, struct position position); /* R18, where this node's state is the view's, or about to be */

/* engine_votes.c */
void votes_facts(struct engine *engine); /* at a barrier's end */
void votes_take(struct engine *engine);  /* this node's state is the view's */
void votes_on_votes(struct engine *engine, size_t member, struct wire_reader *in, struct position position);

/* engine_fencing.c */
bool fencing_facts(struct engine *engine); /* at a barrier's end: who departed without a word; false: no memory */
bool fencing_waits(const struct engine *engine);
void fencing_announce(struct engine *engine);
void fencing_on_fenced(struct engine *engine, struct wire_reader *in, struct position position);
void fencing_on_leaving(struct engine *engine, size_t member, struct position position);

/* engine_operations.c */
bool operations_send(struct engine *engine, struct service *service, enum flight_kind kind, struct call *call);
void operations_flush(struct engine *engine);
void operations_view(struct engine *engine); /* a regular view: what was not delivered is void, and goes again */
bool operations_take_back(struct engine *engine, struct call *call); /* the call ends; true: what it asked for was never sent */
void operations_on_operation(struct engine *engine, size_t member, struct bytes encoded, struct position position, struct ring_id tag);
void operations_on_part(struct engine *engine, size_t member, struct wire_reader *in, struct position position, struct ring_id tag);
void operations_apply(struct engine *engine, struct service *service, void *state, const struct at *at, uint16_t operation,
                      struct bytes body, const struct position *effective); /* NULL: its effects are nobody's here */
void operations_owed_stable(struct engine *engine, uint64_t number);
void operations_not_served(struct engine *engine); /* what was accepted of clients waits on, and they need not */
void operations_owed_view(struct engine *engine, bool kept); /* a serving barrier's end: what was stable apart stays, or goes again */
void operations_owed_undone(struct engine *engine, uint64_t number);
void operations_clear(struct engine *engine);

/* engine_answers.c */
void answers_effects(struct engine *engine, struct service *service, struct position position); /* of engine->effects */
bool answers_hold(struct engine *engine, struct held held, struct bytes payload);
bool answers_stable_now(struct engine *engine, struct position position, size_t service);
void answers_release(struct engine *engine);
void answers_decide(struct engine *engine);            /* at the barrier's end (R14) */
void answers_release_at_view(struct engine *engine);   /* what rule R14 forbids: for its mutant */
void answers_debt_add(struct engine *engine, struct requester requester, uint64_t number);
void answers_debts_settled(struct engine *engine);     /* the end of a primary barrier that had them is stable */
void answers_clear(struct engine *engine);

/* engine_requests.c */
struct client *client_find(struct engine *engine, uint64_t id);
struct call *client_call(struct client *client, uint64_t number);
void call_answer(struct call *call, uint32_t code, struct bytes body); /* and forgets it */
bool call_is_posted(const struct call *call);
bool call_expires_late(struct call *call); /* true: its deadline has passed, and it is a TIMEOUT whatever is to be said */
void call_refuse(struct call *call); /* nothing was done */
void call_read_ordered(struct call *call);
void call_expire(struct call *call);                                   /* TIMEOUT, with what must be undone */
void requests_wait(struct call *call);
void requests_run_waiting(struct engine *engine);
void requests_deadlines(struct engine *engine);
void requests_withdrawn(struct engine *engine, uint64_t number); /* this operation of this node was delivered */
void requests_arm_deadline(struct engine *engine);
void requests_undone(struct engine *engine); /* applied calls without an answer, after a barrier that did not keep this state */
void requests_reclaim(struct engine *engine);
void requests_sweep(struct engine *engine);
void requests_clear(struct engine *engine);

/* engine_gate.c */
unsigned gate_holders(const struct engine *engine);
unsigned gate_shown(const struct engine *engine); /* with those that keep some objects' calls out alone */
bool gate_waits(const struct engine *engine); /* shut for now: by a barrier, or while this node adopts */
bool gate_service_open(const struct engine *engine, const struct service *service);
bool gate_lease(const struct engine *engine);
bool gate_service_counts(const struct engine *engine, const struct service *service);

/* engine_catchup.c */
void catchup_begin(struct engine *engine);       /* at the end of a serving barrier */
void catchup_stop(struct engine *engine);        /* at a view change */
void catchup_step(struct engine *engine);        /* asks for what is next */
void catchup_on_request(struct engine *engine, size_t member, struct wire_reader *in, struct position position);
void catchup_on_direct(struct engine *engine, struct wire_reader *in);
void catchup_on_copy(struct engine *engine, size_t member, struct wire_reader *in);
void catchup_on_adopted(struct engine *engine, size_t member, struct position position);
void catchup_on_caught_up(struct engine *engine, size_t member, struct wire_reader *in);
bool catchup_takes(struct engine *engine, struct service *service, const struct at *at, const struct engine_operation *operation);
bool catchup_state_held(const struct engine *engine, size_t member, size_t s); /* its state of the service is the view's */
void catchup_applied(struct engine *engine, struct service *service);
void catchup_again(struct engine *engine); /* what is on its way is of before something that is no operation: asks again */

/* engine_objects.c */
void objects_init(struct service *service);
void objects_clear(struct service *service);
void objects_view_stop(struct engine *engine);   /* at a view change */
void objects_begin(struct engine *engine);       /* at the end of a serving barrier, winners and losers */
void objects_step(struct engine *engine);        /* sends what this node alone has best */
bool objects_replaced(struct engine *engine, struct service *service, void *state, struct ring_id version);
void objects_prune(struct service *service);     /* after the state was replaced: older ones let go what they need not keep */
void objects_came(struct service *service);      /* the same after a range */
bool objects_waits(const struct service *service); /* what is left is being found: a few rotations */
size_t objects_donor(const struct engine *engine, const struct service *service, struct bytes object); /* SIZE_MAX: none */
bool objects_any_lost(const struct service *service);
bool objects_any_lost_everywhere(const struct service *service); /* of what is on all nodes */
bool objects_any_listed(const struct service *service); /* some are not on all nodes */
void *objects_state_new(struct engine *engine, const struct service *service); /* a fresh state; NULL: no memory */
void objects_filled_send(struct engine *engine); /* says which came whole here */
/* What becomes of a lost object that nobody returns with; false: nobody keeps an older one. */
bool objects_older(const struct service *service, struct bytes object, struct ring_id *version, size_t *member);
bool objects_held_by(const struct service *service, struct bytes object, size_t member); /* it has it whole */
bool objects_held_by_other(const struct service *service, struct bytes object); /* another member has it whole */
void objects_on_holdings(struct engine *engine, size_t member, struct wire_reader *in);
bool objects_on_operation(struct engine *engine, struct service *service, size_t member, const struct engine_operation *operation);
void objects_apply(struct engine *engine, struct service *service, void *state, const struct at *at, uint16_t operation,
                   struct bytes body);

/* engine_keeper.c */
void keeper_view(struct engine *engine);
void keeper_due(struct engine *engine, struct service *service, int64_t due_ns);
void keeper_timer(struct engine *engine);

/* engine_digests.c */
void digests_of(const struct engine *engine, struct claim_service *services, uint32_t *count);
void digests_operation(struct engine *engine, struct position position);
void digests_on_digests(struct engine *engine, size_t member, struct wire_reader *in);
void digests_at_barrier(struct engine *engine);

#endif
