/* What a service engine is (a const table that the loader finds with dlsym and the simulator links) and what it may ask of the engine.
 *
 * A client's request reaches the service's request handler on the client's node. The handler answers at once, answers a read, or
 * multicasts an operation; every node applies the operation at the same place of the total order (apply), and the node that owns the
 * client turns the effects into an answer when the request's row allows it (R12). */
#ifndef AISLE_ENGINE_SERVICE_H
#define AISLE_ENGINE_SERVICE_H

#include "core/base/effects.h"
#include "core/base/result.h"
#include "core/engine/host.h"

enum { SERVICE_REQUESTS_MAX = 64, SERVICES_MAX = 16, SERVICE_OBJECT_KEY_MAX = 64 };
/* Operations that the engine itself sends in a service's name (R19) are numbered from here on; a service's own stay below. */
enum { SERVICE_OPERATION_ENGINE = 0xff00 };

/* When the effects of an operation, or a direct answer, may leave the node. */
enum answer_mode {
	ANSWER_AT_ONCE,              /* nothing replicated is promised */
	ANSWER_AGREED,               /* at agreed delivery */
	ANSWER_STABLE,               /* when the operation's position is stable */
	ANSWER_STABLE_UNLESS_ACTIVE, /* as effect.active_node says: agreed on that node once it is so stably, stable elsewhere */
};

/* Whether a request meets the gate. */
enum gate_mode {
	GATE_CHANGE, /* changes replicated state: needs an open gate, else TRY_AGAIN (after waiting for a running barrier) */
	GATE_READ,   /* reads synchronous data: needs a serving view and a lease; waits for both up to the deadline */
	GATE_NONE,   /* never waits: Close, Finalize, TrackStop, and what is answered from the node alone */
};

struct service; /* a service on this node: its state, its clients */
struct client;  /* one library handle: a connection to one service */

/* What a request handler did. */
enum service_outcome {
	SERVICE_ANSWERED, /* the answer is on its way, or waits for stability */
	SERVICE_SENT,     /* an operation is on its way; its effects answer */
	SERVICE_CLOSED,   /* the client was disconnected: its request was malformed */
};

struct service_request {
	const char *name;
	enum service_outcome (*handle)(struct service *service, struct client *client, struct wire_reader *in);
	enum answer_mode answer;
	enum gate_mode gate;
	/* The call's sheet lists NO_RESOURCES: the answer beyond a client's bound. Else, and always at a shut gate: TRY_AGAIN. */
	bool lists_no_resources;
	/* At the deadline an operation that undoes the request is owed ('TIMEOUT means not held, not open'): writes it with
	 * service_operation() and calls service_owe(). NULL: nothing is undone. `in` is the request again. */
	void (*withdraw)(struct service *service, struct client *client, uint64_t call, struct wire_reader *in);
	/* TIMEOUT says that it will be done (an unlock): `withdraw` is called, and owes it, also if nothing was sent before the deadline. */
	bool timeout_completes;
	/* It may be posted: then nobody waits for its answer, and a refusal is told by a callback. `in` is the request again. */
	void (*refused)(struct service *service, struct client *client, uint32_t code, struct wire_reader *in);
	/* Does this node know the handle or the object that the request names? 0: yes; else the code that says that it is gone, which is answered at
	 * a shut gate as well. Where something waits that the client posted before, and which may be what makes it, the request waits too; but one
	 * that `timeout_completes` undoes what is known at once: else a close, which meets no gate, would go before it. NULL: the handler says.
	 * `in` is the request again. */
	uint32_t (*gone)(struct client *client, struct wire_reader *in);
};

/* A member of the view, from its claim. */
struct service_member {
	uint32_t node;
	uint64_t incarnation;
	bool winner;             /* its state won the barrier: its clients' locks and opens stand. In view_applied of a view that decides
	                          * late: nobody's, since no lock does */
	struct bytes name;       /* node name */
	struct bytes address;    /* text, numeric */
	uint8_t address_family;  /* 4 or 6 */
	int64_t boot_ns;         /* wall clock */
	struct ring_id joined;   /* ring with which it came to be a member, as the view's state knows it */
	bool just_joined;        /* new since the previous view that reached the end of its barrier on this node */
	bool announces;          /* takes part in the service */
	bool holds;              /* the view takes its state of the service */
};

struct service_left {
	uint32_t node;
	struct bytes name, address;
	uint8_t address_family;
	int64_t boot_ns;
	struct ring_id joined;
};

/* A view whose barrier has ended. `members` and `left` ascend by node id; a node that left and came back is under members alone, with
 * just_joined set. */
struct service_view {
	struct ring_id ring;
	const struct service_member *members;
	size_t member_count;
	const struct service_left *left;
	size_t left_count;
	uint32_t node; /* this node */
	bool serving;  /* false: the view decides nothing; who holds a lock is to be told so */
	/* What its owners were told is not held (R15): requests that timed out, locks reported lost; whatever the state shows of them
	 * is to be released. Only in view_applied. */
	const struct requester *debts;
	size_t debt_count;
	struct ring_id lineage; /* of the state that the view takes, as it was before the view. Only in view_applied */
};

/* A range of bulk content: `after` a key of the service's own (empty: from the beginning), about `size_max` bytes, one entry at least. */
struct service_range {
	struct bytes after;
	uint32_t size_max;
	struct bytes object; /* from range_next: key of the object that it begins in; not part of what is asked for */
	bool listed;         /* from range_next: that object's replicas are listed in the directory; its range ends with it */
};

/* What content is held or lost of as a whole (R19): a checkpoint. */
struct service_object {
	struct bytes key;      /* the service's own, at most SERVICE_OBJECT_KEY_MAX bytes; a view into the state */
	struct bytes name;     /* what an operator calls it; a view into the state */
	uint64_t lacking;      /* bytes of content that are not on this node */
	bool complete;         /* nothing is lacking on this node, and it is not lost */
	struct ring_id lost;   /* nobody in the view has it whole: the lineage under which somebody last had. None: somebody has */
	bool listed;           /* its replicas are listed in the directory; else it is on all nodes */
	bool elsewhere;        /* listed, and this node is not to hold it */
	uint64_t number;       /* from fill_next: of this node's replica */
};

/* Who holds an object. */
enum service_holding {
	HOLDING_ALL,      /* it has no list: all nodes do that hold all content */
	HOLDING_NONE,     /* listed, and the node is not a complete replica */
	HOLDING_COMPLETE, /* listed, and it is */
};

struct service_limits {
	/* Cluster facts, equal on all nodes. */
	uint64_t content_size_max;
};

/* A member, by the life that it is in. */
struct service_peer {
	uint32_t node;
	uint64_t incarnation;
};

struct service_engine {
	const char *name; /* "ckpt": what clients connect to */
	uint16_t id;      /* on the wire; unique, never reused: 1 clm, 2 ckpt, 3 evt, 4 msg, 5 lck, 6 tmr, 7 amf, 16 admin, 200 toy */
	uint16_t format;  /* of its operations and its state; a node that speaks another than the holders of the state leaves (R5) */
	const struct service_request *requests;
	uint16_t request_count;

	/* The replicated state machine: pure. NULL functions: the service has no replicated state (CLM). */
	void *(*state_new)(const struct host *arenas); /* only the arena calls of the host are used */
	void (*state_free)(void *state);
	void (*apply)(void *state, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects);
	/* At the end of a serving barrier, in the total order: forget (in order of identity) what belongs to owners that are no winner of
	 * the view: opens, locks. An owner that is a member but a loser with the same incarnation keeps its opens until it re-claims. */
	void (*view_applied)(void *state, const struct at *at, const struct service_view *view, struct effects *effects);
	uint64_t (*digest_directory)(const void *state);
	uint64_t (*digest_content)(const void *state); /* of a complete replica */
	/* For each of the `count` members, which ascend by node, this node among them: content of all listed objects of which both this node
	 * and that one are complete replicas. NULL: no object has a list. */
	void (*digest_shared)(const void *state, const struct service_peer *members, size_t count, uint64_t *digests);

	/* Small state (the directory), whole. After decode the content is absent, piece by piece to be pulled. */
	void (*directory_encode)(const void *state, struct wire_writer *out);
	bool (*directory_decode)(void *state, struct wire_reader *in); /* into a fresh state */
	/* Bulk content of a joiner, pulled in ranges (R21). NULL: the directory is all there is.
	 * range_next: the next range that lacks content on this node and is not lost; false: none. Fills `after` and `object` with
	 * views into the state.
	 * range_open: at the delivery of this node's own request, on this node: keep what later operations write inside the range.
	 * range_kept: bytes kept since; the engine drops and asks for half as much when it exceeds the range.
	 * range_copy: at the delivery of the request, on the donor: the content of the range as it stands, up to the first that is not
	 * here; false: not even the first is.
	 * range_part: on the joiner: takes whole pieces of the copy off the front of what has come of it and has not been taken, about `most`
	 * bytes; how many. The rest comes with the next call, or with range_install, which also is who finds it malformed. Operations come in
	 * between, and act on what has been taken at once; range_drop keeps that, and the next range begins behind it. NULL: it takes all at once.
	 * range_install: on the joiner: takes the copy, or what range_part left of it, then what was kept; false: malformed. */
	bool (*range_next)(const void *state, struct service_range *range);
	void (*range_open)(void *state, const struct service_range *range);
	size_t (*range_kept)(const void *state);
	void (*range_drop)(void *state);
	bool (*range_copy)(const void *state, const struct service_range *range, struct wire_writer *out);
	size_t (*range_part)(void *state, struct bytes came, size_t most);
	bool (*range_install)(void *state, const struct service_range *range, struct wire_reader *in);

	/* The time keeper of the view calls this when something is due at or before now_ns: multicasts operations that name the value
	 * they saw (service_operation, service_multicast_own). Returns the next due time, INT64_MAX: none. */
	int64_t (*due)(struct service *service, int64_t now_ns);

	/* Clients on this node. `data` is the service's own, zeroed, client_data_size bytes. */
	size_t client_data_size;
	bool (*client_opened)(struct service *service, struct client *client); /* false: refused (memory) */
	void (*client_closed)(struct service *service, struct client *client); /* gone, or died: owe the ordered closes */
	/* After this node, a loser, has adopted: re-claim what `client` holds, by operations (R17); called for each of its clients. */
	void (*client_reclaim)(struct service *service, struct client *client);
	/* The end of the barrier is stable and may be told to clients (CLM's callbacks), also in views that do not serve. */
	void (*view_stable)(struct service *service, const struct service_view *view);
	/* On the owner's node, before an effect's answer is held: e.g. to enter an open into the client's table. `code` and `payload` are
	 * the answer's. Called at agreed delivery; the answer leaves later. Also for callbacks (effect->kind). NULL: nothing to do. */
	void (*replied)(struct service *service, struct client *client, const struct effect *effect, struct bytes payload);
	/* The engine is being freed: frees what hangs on service_data(). The clients are gone, nothing may be sent. NULL: nothing to do. */
	void (*stopped)(struct service *service);
	/* The barrier has ended on this node, not yet stably: for what must be told at once (R18, R20). NULL: nothing to do. */
	void (*view_ended)(struct service *service, const struct service_view *view);
	/* R19, for services with ranges: when no member has all content, what is left of it is found object by object. A state that was
	 * replaced is kept as long as it holds an object whose replacement is not complete; the objects found best are taken from there.
	 * object_find: by key; false: there is none. object_next: the first whose key is greater; an empty key: the first.
	 * object_forget: removes one from an older state, which is asked for nothing else any more.
	 * objects_lost: in the total order: no member has any object whole. Those known as lost keep their lineage, the others get `since`;
	 * it is part of the directory, and calls on such an object are answered TRY_AGAIN.
	 * object_encode: what the directory of an older state says of the object and its content.
	 * object_restore: in the total order, where the object is lost: it becomes what `in` says, and is lost no more; its content is
	 * copied from `older` (which object_encode was called for), or is lacking here: NULL. False: malformed, or beyond a limit: it
	 * stays lost. effects->failed: no memory.
	 * object_give_up: in the total order, where it is lost: nothing is left, its content becomes zeros, and it is lost no more. */
	bool (*object_find)(const void *state, struct bytes key, struct service_object *object);
	bool (*object_next)(const void *state, struct bytes key, struct service_object *object);
	void (*object_forget)(void *older, struct bytes key);
	void (*objects_lost)(void *state, struct ring_id since);
	void (*object_encode)(const void *older, struct bytes key, struct wire_writer *out);
	bool (*object_restore)(void *state, const struct at *at, struct bytes key, struct wire_reader *in, const void *older,
	                       struct effects *effects);
	void (*object_give_up)(void *state, const struct at *at, struct bytes key, struct effects *effects);
	/* Objects that are not on all nodes: the directory lists who holds each, complete or being filled. NULL: there are none such.
	 * self_set: before anything else: whose state it is. objects_listed: there are some. objects_filling: this node is a replica of one, and not complete.
	 * object_holding: what the directory says of a node.
	 * objects_keep: `state` was begun anew from the directory of `older`, this node's own: takes over the listed objects that this node
	 * holds whole, which range_next would not find a better copy of.
	 * objects_covered: of each listed object with content some member holds a complete replica, and the view takes its state (R14).
	 * fill_anew: at the end of a barrier: drops what has come of objects that are being filled (R21).
	 * fill_next: an object that came whole here and is not known to be, each once a view.
	 * object_filled: in the total order: replica `number` of at->sender is complete. */
	void (*self_set)(void *state, uint32_t node, uint64_t incarnation);
	bool (*objects_listed)(const void *state);
	bool (*objects_filling)(const void *state);
	uint64_t (*objects_lost_count)(const void *state); /* how many are lost. NULL: they are looked for one by one */
	enum service_holding (*object_holding)(const void *state, struct bytes key, uint32_t node, uint64_t incarnation);
	void (*objects_keep)(void *state, void *older);
	bool (*objects_covered)(const void *state, const struct service_view *view);
	void (*fill_anew)(void *state);
	bool (*fill_next)(void *state, struct service_object *object);
	void (*object_filled)(void *state, const struct at *at, struct bytes key, uint64_t number, struct effects *effects);
	/* A value of the configuration that the service's requests carry into the order; also after each change of it. NULL: it has none. */
	void (*setting)(struct service *service, const char *name, uint64_t value);
	/* An operation that was written at version `from` and not ordered before the view operates at `to` (DESIGN, mechanism 5): writes it
	 * anew. False: it does not decode. NULL: operations look the same at all versions. */
	bool (*operation_convert)(uint16_t operation, uint16_t from, uint16_t to, struct wire_reader *in, struct wire_writer *out);
	/* An operation of this service has been applied to the state that this node serves: for who follows it here and is promised
	 * nothing (the operator's watch). Called at agreed delivery. NULL: nothing to do. */
	void (*applied)(struct service *service);
	/* effects_ask() named this node: at agreed delivery, with the state as of the operation. What it has to say it sends as an operation of
	 * its own (service_multicast_own); that is lost with the view, and so is who waits for it. */
	void (*asked)(struct service *service, struct bytes payload);
	/* Callbacks that promise nothing and that others bring about (bit EVENT): one who does not fetch them is told no more of them, before it
	 * would be disconnected for them. */
	uint64_t advisory_events;
	/* On the owner's node: a callback leaves for the client, now. NULL: nothing to do. */
	void (*told)(struct service *service, struct client *client, uint16_t event, struct bytes payload);
	/* Readers of this node's memory (DESIGN, mechanism 8): until then, on the host's clock, they may read from the state what
	 * service_is_stable() says; 0: nothing, from now on. Called after every event that may have changed either, and in time before it runs out as long as it
	 * returns true: there may be readers. NULL: there are none. */
	bool (*readers)(struct service *service, int64_t until_ns);
};

/* What a handler may ask; all of core/engine. Plug-ins find it in the daemon. */
#pragma GCC visibility push(default)
void *service_state(struct service *service);
void *service_data(struct service *service, size_t size); /* the service's node-local data, zeroed at the first call */
const struct host *service_host(struct service *service);
const struct service_view *service_current_view(struct service *service); /* of the last ended barrier; NULL before the first */
uint32_t service_node(const struct service *service);
uint16_t service_version(const struct service *service); /* at which operations are to be written now */
bool service_content_complete(const struct service *service); /* this node's replica lacks nothing */
struct list *service_clients(struct service *service);        /* of struct client; walk with client_next() */
struct client *client_first(struct service *service);
struct client *client_next(struct service *service, struct client *client);
void *client_data(struct client *client);
uint64_t client_id(const struct client *client);
struct requester client_requester(struct client *client);      /* of the call that is being handled */
struct requester client_requester_all(struct client *client);  /* of the client itself, call 0 */
uint32_t client_uid(const struct client *client);
uint32_t client_gid(const struct client *client);

enum service_outcome service_answer(struct client *client, uint32_t code);
enum service_outcome service_answer_with(struct client *client, uint32_t code, struct bytes body);
/* A read, executed now: the answer leaves when `depends_on` is stable (R16). */
enum service_outcome service_answer_read(struct client *client, uint32_t code, struct bytes body, struct position depends_on);
/* A read of what another node may have answered before it is stable here (an active replica's): the operation that is written takes its
 * place in the order, apply() tells of it with effects_ordered(), and the handler runs again; service_read_ordered() is true from then on:
 * all that was answered anywhere before the read was asked has been applied here. */
enum service_outcome service_read_order(struct service *service, struct client *client);
bool service_read_ordered(const struct client *client);
bool service_read_ordered_now(const struct client *client); /* in the present view */
/* Another member that has the object's content whole (R19); 0: none is known. */
uint32_t service_content_holder(struct service *service, struct bytes object);
/* Whether the member of the present view is known to have the object's content whole. */
bool service_content_held(struct service *service, struct bytes object, uint32_t node);
/* The read cannot be served on this node now (its replica lacks the content, or no view has come yet): runs the handler again after the
 * next change of that (a range came, view_stable was called), or answers TRY_AGAIN at the deadline. */
enum service_outcome service_answer_later(struct client *client);
/* A view of arenas, read-only, goes before the answer to the call that is being handled. False: not now, or never. */
bool service_share(struct client *client, struct arena *const *arenas, size_t count);
bool service_is_stable(struct service *service, struct position position); /* what depends on it may leave this node (R10, R12) */
enum service_outcome service_disconnect(struct client *client, const char *why);
void service_event(struct client *client, uint16_t event, struct bytes body); /* a callback that promises nothing replicated */

struct wire_writer *service_operation(struct service *service, uint16_t operation); /* starts one; write its body into it */
enum service_outcome service_multicast(struct service *service, struct client *client); /* the effects answer the client's call */
void service_multicast_own(struct service *service); /* nobody waits (expiry); lost if the gate shuts, then due() sends it again */
/* What `call` of the client asked for was reported lost: a debt that the next barrier settles (R15). */
void service_debt(struct client *client, uint64_t call);
/* Nobody waits, but it will be ordered whatever view changes come: a close. It goes before anything that the client sends later. */
void service_owe(struct service *service);
/* The same for what tells a client by callbacks what became of it: once they have left, it goes to no other history, which might say
 * something else. */
void service_owe_once(struct service *service);
/* The same for the call that is being handled, which is answered OK at once: its outcome comes by a callback. A posted one has no answer; it
 * counts as the client's until it is ordered, and beyond a client's bound so does every other: its OK waits until then. */
enum service_outcome service_accept(struct service *service, struct client *client);
#pragma GCC visibility pop

#endif
