/* One engine, node 1, with a host and a group that the test plays: what the engine multicasts is caught, and delivered when the test says
 * so; other members speak through fixture_says(). Its service, "mirror", applies whatever it gets and answers OK, one request a mode. */
#ifndef AISLE_ENGINE_FIXTURE_H
#define AISLE_ENGINE_FIXTURE_H

#include "core/engine/engine_internal.h"

enum { FIXTURE_CLIENT = 7, FIXTURE_UID_REFUSED = 13, FIXTURE_SHARED = 70, FIXTURE_ANSWERS_MAX = 64, FIXTURE_MESSAGES_MAX = 256, FIXTURE_MESSAGE_SIZE_MAX = 1000 };

enum mirror_request {
	MIRROR_AT_ONCE,  /* answered from the node alone */
	MIRROR_AGREED,
	MIRROR_STABLE,
	MIRROR_ACTIVE,   /* stable unless this node is active: it is */
	MIRROR_PASSIVE,  /* the same, and it is not */
	MIRROR_READ,
	MIRROR_OWED,     /* stable; at a TIMEOUT its withdrawal is owed */
	MIRROR_COMPLETES, /* the same also if it was not sent */
	MIRROR_RESOURCES, /* stable; its sheet lists NO_RESOURCES */
	MIRROR_ROLE,      /* stable; from here on this node is the active one */
	MIRROR_READ_ORDERED, /* a read that takes its place in the order first */
	MIRROR_ACCEPTED,  /* posted or not, its operation is owed; a refusal is a callback with the code */
	MIRROR_COMPLETES_KNOWN, /* completes, and what it names is there */
	MIRROR_GONE, /* stable; what it names is gone: NOT_EXIST */
	MIRROR_COUNT,
};

struct fixture_answer {
	uint64_t call;
	uint32_t code;
};

enum { MIRROR_FORMAT = 2 };

struct fixture_message {
	uint8_t data[FIXTURE_MESSAGE_SIZE_MAX];
	size_t size;
};

struct fixture {
	struct engine *engine;
	struct host host;
	struct group group;
	int64_t now_ns;
	struct fixture_answer answers[FIXTURE_ANSWERS_MAX];
	size_t answer_count;
	struct fixture_message messages[FIXTURE_MESSAGES_MAX]; /* multicast, not delivered yet */
	size_t message_count;
	struct ring_id ring;
	uint64_t seq; /* of the last delivery */
	const char *left, *closed;
	bool refuses; /* multicast */
	int64_t release_not_before_ns; /* of the next views */
	bool announces_nothing;        /* the same: no service */
	int64_t claim_wait_ns;         /* of the others' next claims */
	uint16_t claim_format;         /* the same: of their services; 0: as here */
	size_t applied;
	uint16_t refusal; /* the last that was a callback */
	bool may_post;
};

void fixture_open(struct fixture *fixture, bool quorum_required, uint32_t expected_votes);
void fixture_close(struct fixture *fixture);
void fixture_view(struct fixture *fixture, uint64_t ring_seq, const uint32_t *members, size_t count);
void fixture_deliver(struct fixture *fixture, uint32_t sender, struct bytes message);
size_t fixture_deliver_own(struct fixture *fixture); /* all that was caught, until nothing is left; how many */
void fixture_stable(struct fixture *fixture, uint64_t seq);
void fixture_fresh(struct fixture *fixture, bool fresh);
/* Another member's claim with this lineage and the same state as node 1's, and its `agreed`. */
void fixture_claims(struct fixture *fixture, uint32_t node, struct ring_id lineage);
void fixture_agrees(struct fixture *fixture, uint32_t node);
/* Node 1 alone, without quorum: its view serves and is stable. */
void fixture_serve_alone(struct fixture *fixture, uint64_t ring_seq);
void fixture_call(struct fixture *fixture, uint64_t call, enum mirror_request request, int64_t timeout_ns);
void fixture_time(struct fixture *fixture, int64_t now_ns); /* and the timers that are due by then */
uint32_t fixture_answered(const struct fixture *fixture, uint64_t call); /* the code; 0: not yet */

#endif
