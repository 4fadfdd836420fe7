/* Messages of the service `config`: what the daemon's configuration is, and a reload of it as one transaction of all nodes.
 *
 * A client's RELOAD becomes the operation PROPOSE; at its place in the order every node reads and validates its own file, and says with VOTE
 * whether it is good. The last vote decides, or the first that is not good: config_state.h. */
#ifndef AISLE_CONFIG_MESSAGES_H
#define AISLE_CONFIG_MESSAGES_H

#include "core/base/identity.h"

#define CONFIG_SERVICE_NAME "config"

enum {
	CONFIG_SERVICE_ID = 17,
	CONFIG_FORMAT = 1,
	CONFIG_REASON_SIZE_MAX = 4096,
	CONFIG_KEYS_MAX = 4096,
	CONFIG_KEY_TEXT_MAX = 16 * 1024,
};

/* The request numbers on the wire. */
enum config_request {
	CONFIG_REQUEST_SHOW,   /* body: format. RESULT_OK and a list: config_shown_begin() */
	CONFIG_REQUEST_RELOAD, /* body: format. RESULT_OK: changed on all nodes; RESULT_FAILED_OPERATION: on none, and struct config_reason;
	                        * RESULT_BUSY: another reload is under way; RESULT_TIMEOUT: a node did not say in time, on none; RESULT_ACCESS */
	CONFIG_REQUEST_VOTE,   /* struct config_vote; the daemon's own. Answered when it is decided: RESULT_OK: the change is to be made;
	                        * RESULT_FAILED_OPERATION: not */
	CONFIG_REQUEST_COUNT,
};

enum config_operation { CONFIG_OPERATION_PROPOSE = 1, CONFIG_OPERATION_VOTE, CONFIG_OPERATION_WITHDRAW };

/* Why a reload was refused. */
struct config_reason {
	uint32_t node;     /* whose file; 0: none's */
	struct bytes text; /* lines: file, line, key, cause */
};

/* What a node says of its own file. */
struct config_vote {
	struct position transaction; /* where PROPOSE was delivered */
	bool good;
	struct bytes reason; /* if not: why */
};

/* One key of the daemon's configuration. */
struct config_shown {
	struct bytes key, text; /* text empty: not set, no default */
	bool is_set;            /* else the default */
	bool at_run_time;       /* a reload may change it */
};

void config_plain_encode(struct wire_writer *out);
bool config_plain_decode(struct wire_reader *in);
void config_vote_encode(struct wire_writer *out, const struct config_vote *vote);
bool config_vote_decode(struct wire_reader *in, struct config_vote *vote);
void config_reason_encode(struct wire_writer *out, const struct config_reason *reason);
bool config_reason_decode(struct wire_reader *in, struct config_reason *reason);

/* A list: its head, then each key. */
void config_shown_head_encode(struct wire_writer *out, uint32_t count);
void config_shown_encode(struct wire_writer *out, const struct config_shown *shown);
bool config_shown_head_decode(struct wire_reader *in, uint32_t *count);
bool config_shown_decode(struct wire_reader *in, struct config_shown *shown);

/* The operations: who asks, and the vote's content. */
struct config_proposal {
	struct requester requester;
};

struct config_cast {
	struct requester requester;
	struct config_vote vote;
};

void config_proposal_encode(struct wire_writer *out, const struct config_proposal *proposal); /* PROPOSE and WITHDRAW */
bool config_proposal_decode(struct wire_reader *in, struct config_proposal *proposal);
void config_cast_encode(struct wire_writer *out, const struct config_cast *cast);
bool config_cast_decode(struct wire_reader *in, struct config_cast *cast);

#endif
