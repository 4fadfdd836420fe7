/* Messages of the service `admin`: what an operator's tool asks of one daemon. None of them is multicast; whatever is ordered in
 * consequence (an adoption) is the engine's own.
 *
 * Who may: root and the daemon's own user everything; whom the uidgid rules let in may ask for the status, no more (RESULT_ACCESS). */
#ifndef AISLE_ADMIN_MESSAGES_H
#define AISLE_ADMIN_MESSAGES_H

#include "core/base/identity.h"

#define ADMIN_SERVICE_NAME "admin"

enum {
	ADMIN_SERVICE_ID = 16,
	ADMIN_FORMAT = 1,
	ADMIN_TEXT_SIZE_MAX = 4096,
	ADMIN_MEMBERS_MAX = 128,
	ADMIN_SERVICES_MAX = 16,
	ADMIN_COUNTERS_MAX = 128,
	ADMIN_NAMES_MAX = 32,
};

/* The request numbers on the wire. */
enum admin_request {
	ADMIN_REQUEST_STATUS,        /* body: format. Answer: RESULT_OK and struct admin_status */
	ADMIN_REQUEST_ADOPT,         /* body: format. RESULT_OK: ordered; RESULT_EXIST: the view serves already; RESULT_TRY_AGAIN: no view yet */
	ADMIN_REQUEST_RECORDER_DUMP, /* body: format. RESULT_OK and struct admin_dumped; RESULT_NO_RESOURCES: could not be written */
	ADMIN_REQUEST_AWAIT,         /* struct admin_await. RESULT_OK and struct admin_status once it is so; RESULT_TRY_AGAIN at the deadline */
	ADMIN_REQUEST_FENCED,        /* struct admin_number, a node. RESULT_OK: every member knows it; RESULT_NOT_EXIST: nobody waits for its
	                              * fencing; RESULT_TRY_AGAIN at the deadline */
	ADMIN_REQUEST_EXPECTED_VOTES, /* struct admin_number. RESULT_OK: ordered; RESULT_INVALID_PARAM: two halves could both have a majority,
	                               * or this view would have none; RESULT_TRY_AGAIN: no primary view */
	ADMIN_REQUEST_LEAVE,         /* struct admin_leave. RESULT_OK: leaves, and ends once it has; RESULT_TRY_AGAIN at the deadline: something
	                              * would be lost (restart_reason of the status) */
	ADMIN_REQUEST_COUNT,
};

/* How a node stands, in one word; bits, so that several can be waited for. */
enum admin_standing {
	ADMIN_STANDING_CAUGHT_UP = 1,   /* serves, lacks nothing */
	ADMIN_STANDING_CATCHING_UP = 2, /* the cluster serves, this node lacks something yet */
	ADMIN_STANDING_NO_QUORUM = 4,
	ADMIN_STANDING_STATE = 8,       /* too few members remember the state */
	ADMIN_STANDING_BARRIER = 16,    /* a view change is being dealt with, or there is no view yet */
	ADMIN_STANDING_FENCING = 32,    /* nodes that departed without a word are to be fenced first */
};

/* Who holds the gate shut, as bits; the values of enum engine_gate. */
enum admin_gate {
	ADMIN_GATE_QUORUM = 1,
	ADMIN_GATE_STATE = 2,
	ADMIN_GATE_BARRIER = 4,
	ADMIN_GATE_FENCING = 16,
	ADMIN_GATE_ADOPTING = 8,
	ADMIN_GATE_CONTENT = 32, /* of some objects alone */
	ADMIN_GATE_LEAVING = 64, /* of this node: it is about to leave */
};

struct admin_member {
	uint32_t node;
	uint64_t incarnation;
	bool winner;             /* its state won the last barrier */
	struct bytes name;       /* node name */
	struct bytes address;    /* numeric text */
	uint8_t address_family;  /* 4 or 6 */
	int64_t boot_ns;         /* wall clock */
	struct ring_id joined;   /* ring with which it came to be a member */
};

struct admin_service_status {
	struct bytes name;
	uint32_t clients;        /* connected to this node */
	bool complete;           /* this node's replica lacks nothing */
	uint32_t calls;          /* not answered yet, this one included */
	uint64_t directory_digest, content_digest; /* as the engine compares them; 0: no state, or not complete */
	uint64_t objects_left, bytes_left; /* whose content is still to come to this node */
	uint64_t objects_lost;             /* that no member has whole */
};

struct admin_counter {
	struct bytes name;       /* "link.packets_received" */
	uint64_t value;
};

/* Answer to STATUS: this node as it sees itself and its view. The views die with the message; the arrays lie in the struct. */
struct admin_status {
	struct bytes release;         /* of the program: "0.1.0" */
	struct bytes instance;        /* "aisle" */
	struct bytes cluster_name;    /* empty: none configured */
	struct bytes provider;        /* "local", "totem" */
	uint32_t node;
	struct bytes node_name;
	uint64_t incarnation;
	uint32_t pid;
	int64_t wall_ns;              /* the daemon's clocks as the answer was made */
	int64_t monotonic_ns;
	int64_t started_ns;           /* wall clock */
	struct ring_id ring;          /* {0, 0}: no view yet */
	struct ring_id lineage;       /* {0, 0}: this node has no state */
	bool quorum_required, quorate, primary, serving;
	uint32_t votes, expected_votes;
	uint32_t gate;                /* enum admin_gate; 0: open */
	bool caught_up;
	uint64_t range_bytes;         /* received in this catch-up */
	uint16_t operating_version;
	uint32_t configured_count;    /* nodes that the configuration lists; 0: it lists none */
	struct admin_member members[ADMIN_MEMBERS_MAX]; /* ascending by node */
	uint32_t member_count;
	struct admin_service_status services[ADMIN_SERVICES_MAX];
	uint32_t service_count;
	struct admin_counter counters[ADMIN_COUNTERS_MAX];
	uint32_t counter_count;
	bool restart_safe;             /* nothing would be lost if this node restarted now */
	struct bytes restart_reason;   /* if not: why */
	uint64_t taken_back;           /* operations answered OK in a half that lost */
	struct bytes lost[ADMIN_NAMES_MAX]; /* objects that no member has whole, and what is left of each; the first so many */
	uint32_t lost_count;
	struct bytes given_up[ADMIN_NAMES_MAX]; /* objects that were given up since the daemon started; the first so many */
	uint32_t given_up_shown;
	uint64_t given_up_count;       /* of all */
	uint32_t unfenced[ADMIN_MEMBERS_MAX]; /* nodes whose fencing the gate waits for, ascending */
	uint32_t unfenced_count;
	bool fencing;                  /* somebody in the view asks for it */
	uint32_t expected_votes_next;  /* from the next view on */
};

/* Waits until the node stands in one of these ways, in a view of so many. */
struct admin_await {
	uint32_t standings;    /* enum admin_standing, one or more */
	uint32_t member_count; /* 0: any number */
};

/* A node's id, or votes. */
struct admin_number {
	uint32_t number;
};

struct admin_leave {
	bool force; /* whatever is lost */
};

/* Answer to RECORDER_DUMP. */
struct admin_dumped {
	struct bytes path; /* the file on the daemon's host */
};

/* Requests without content. */
void admin_plain_encode(struct wire_writer *out);
bool admin_plain_decode(struct wire_reader *in);

/* Of `ring`, `gate`, `serving` and `caught_up` as a status has them. */
enum admin_standing admin_standing(struct ring_id ring, uint32_t gate, bool serving, bool caught_up);

void admin_await_encode(struct wire_writer *out, const struct admin_await *await);
bool admin_await_decode(struct wire_reader *in, struct admin_await *await); /* false too if it names no standing or an unknown one */
void admin_number_encode(struct wire_writer *out, const struct admin_number *number);
bool admin_number_decode(struct wire_reader *in, struct admin_number *number); /* false too if it is 0 */
void admin_leave_encode(struct wire_writer *out, const struct admin_leave *leave);
bool admin_leave_decode(struct wire_reader *in, struct admin_leave *leave);
void admin_status_encode(struct wire_writer *out, const struct admin_status *status);
bool admin_status_decode(struct wire_reader *in, struct admin_status *status); /* fields appended by a younger daemon are ignored */
void admin_dumped_encode(struct wire_writer *out, const struct admin_dumped *dumped);
bool admin_dumped_decode(struct wire_reader *in, struct admin_dumped *dumped);

#endif
