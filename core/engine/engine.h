/* The engine as a pure machine: service table, views, the one-round barrier with lineage, view tags, gate, held answers, read lease,
 * pulled catch-up, operating version. The rules R1 to R22 are PROTOCOL's. It is fed by its host (clients, timers) and by the group
 * (core/group/group.h), and asks both through their small structs. */
#ifndef AISLE_ENGINE_ENGINE_H
#define AISLE_ENGINE_ENGINE_H

#include "core/engine/service.h"
#include "core/group/group.h"


struct engine_config {
	uint32_t node;
	uint64_t incarnation;           /* unique per start of this node: chance or time */
	const char *node_name;
	const char *node_address;       /* numeric text */
	uint8_t address_family;         /* 4 or 6 */
	int64_t boot_ns;
	bool quorum_required;
	uint32_t expected_votes;        /* one vote a node */
	const uint32_t *configured_nodes; /* ascending; empty: unknown */
	size_t configured_node_count;
	int64_t state_wait_ns;          /* 30 s; INT64_MAX: for ever */
	int64_t client_timeout_ns;      /* the library's own limit where a call names none: 10 s */
	uint32_t client_calls_max;      /* outstanding calls of one client */
	size_t range_size;              /* 256 KiB */
	bool fencing;                   /* locks of who departed without a word are released only once it is fenced (R20); one member that
	                                 * says so is enough */
	uint32_t digest_interval;       /* operations between two comparisons of states (R22); 0: 4096 */
	uint16_t version;               /* tests: the youngest operating version that this node can; 0: this release's */
	uint64_t rules_off;             /* tests: bit n switches rule n off */
};

struct engine;

struct engine *engine_new(const struct engine_config *config, const struct host *host, struct group *group); /* NULL: no memory */
void engine_free(struct engine *engine);
bool engine_service_add(struct engine *engine, const struct service_engine *service); /* before the first event */

/* What the configuration says to a service, at the start and after each reload: what its requests carry into the order from now on. */
void engine_setting(struct engine *engine, const char *service, const char *name, uint64_t value);

void engine_group_event(struct engine *engine, const struct group_event *event);
void engine_timer(struct engine *engine, uint64_t timer);
/* What may be done in small parts while nothing else is to be done: of the content that comes to a joiner. `works`: there may be some. `work`
 * does one part; false: more has to come first. What is not done so is done when the rest of it came, all at once. */
bool engine_works(const struct engine *engine);
bool engine_work(struct engine *engine);

/* One connection is one client of one service. `client` is the host's number, never reused. False: refused (no such service, bounds). */
bool engine_client_opened(struct engine *engine, uint64_t client, const char *service, uint32_t uid, uint32_t gid);
/* In the number of a call: it is posted, and has no answer (struct service_request). */
#define ENGINE_CALL_POSTED (UINT64_C(1) << 63)
/* A call: `request` indexes the service's table, `call` is echoed in the answer, timeout_ns is relative; < 0: the configured limit;
 * ENGINE_TIMEOUT_PASSED: it is over, so that only what TIMEOUT says will be done is done, and what waits for nothing. */
#define ENGINE_TIMEOUT_PASSED INT64_MIN
void engine_client_request(struct engine *engine, uint64_t client, uint64_t call, uint16_t request, int64_t timeout_ns,
                           struct bytes body);
void engine_client_closed(struct engine *engine, uint64_t client);

/* Operator's word (R7, R8): one ordered operation makes the present view primary. False: it serves already, or no view yet. */
bool engine_adopt(struct engine *engine);
/* R11: changes the expected votes, by one ordered operation, in a primary view only; they count from the next barrier on, and go with the
 * state. False: no primary view, or no number of votes. */
bool engine_expected_votes(struct engine *engine, uint32_t votes);
/* R11: what a quorum device gives to the nodes that this node is with, from now on; ordered too, so that all members find the view quorate or
 * not at the same place, without another view. The most that a member names counts. */
void engine_device_votes(struct engine *engine, uint32_t votes);
/* A fencing agent's word: `node`, as it was when it departed, can do nothing any more (R20). One ordered operation; when nobody is left to
 * be fenced, the gate opens and the locks of those that departed are released. False: nobody waits for it. */
bool engine_fenced(struct engine *engine, uint32_t node);
/* This node is about to leave of its own will, its clients gone: nobody has to fence it. False: no view to say it in. */
bool engine_leaving(struct engine *engine);
/* The same until it is done: to be asked after every event. Says it, in each view anew; true: every other member has heard it in this view,
 * or it is nothing to them: nobody is fenced, or there is no view. */
bool engine_farewell(struct engine *engine);
/* This node is about to leave: its clients' calls that change something are refused from now on, what they asked for before goes its way. */
void engine_drain(struct engine *engine);
bool engine_drained(const struct engine *engine); /* nothing that clients asked for is on its way any more, nor an answer held */

enum engine_gate { /* bits: who holds the gate shut */
	ENGINE_GATE_QUORUM = 1,
	ENGINE_GATE_STATE = 2,
	ENGINE_GATE_BARRIER = 4,
	ENGINE_GATE_FENCING = 16, /* the primary view waits for the fencing of engine_status.unfenced (R20) */
	ENGINE_GATE_ADOPTING = 8, /* this node alone: a joiner whose small state is on its way */
	ENGINE_GATE_CONTENT = 32, /* of some objects alone: no member has their content (R19); calls on others go on */
	ENGINE_GATE_LEAVING = 64, /* this node alone: engine_drain() */
};

struct engine_status_service {
	const char *name;
	size_t clients;
	size_t calls;  /* of theirs that are not answered yet, that of the asker included */
	bool complete; /* this node's replica */
	uint64_t directory_digest; /* equal on all members after the same operation; 0: no replicated state */
	uint64_t content_digest;   /* of a complete replica; 0: none */
	/* of engine_status_objects() */
	uint64_t objects_left;     /* whose content is still to come to this node */
	uint64_t bytes_left;       /* of theirs */
	uint64_t objects_lost;     /* that no member has whole (R19); not among those that are still to come */
};

enum { ENGINE_STATUS_NAMES = 32, ENGINE_STATUS_TEXT = 400 };

struct engine_status {
	uint32_t node;
	struct ring_id ring;
	struct ring_id lineage;
	const struct service_member *members; /* valid until the engine is entered again */
	size_t member_count;
	bool quorum_required, quorate, primary, serving;
	uint32_t votes, expected_votes;
	uint32_t expected_votes_next; /* from the next barrier on: as ordered in this view, else the same */
	bool fencing; /* somebody in the view asks for it (R20) */
	unsigned gate;          /* 0: open */
	const uint32_t *unfenced; /* nodes, ascending; valid until the engine is entered again */
	size_t unfenced_count;
	bool caught_up;         /* adopted, and every service's content complete */
	uint64_t range_bytes;   /* received in this catch-up */
	uint16_t version;
	struct engine_status_service services[SERVICES_MAX];
	size_t service_count;
	uint64_t taken_back;    /* operations answered OK by this node in a half that lost (quorum not required) */
	/* From here on: of engine_status_objects(). */
	bool restart_safe;      /* no object would lose its last complete replica, nor the cluster its quorum, if this node restarted */
	char restart_reason[ENGINE_STATUS_TEXT]; /* if not: why */
	/* Objects that no member has whole, and what becomes of each at an adoption; the first so many. */
	char lost[ENGINE_STATUS_NAMES][ENGINE_STATUS_TEXT];
	size_t lost_count;
	const char *given_up[ENGINE_STATUS_NAMES]; /* objects that were given up since this node started; the first so many */
	uint64_t given_up_count; /* of all */
};

void engine_status(struct engine *engine, struct engine_status *status);
void engine_status_objects(const struct engine *engine, struct engine_status *status); /* fills the rest; costs what there are objects */

#endif
