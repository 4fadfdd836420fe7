/* A small service for the engine's own tests: counters (content, pulled in ranges) and one exclusive lock (directory). The simulator
 * links it, the daemons of conformance/live load it. What a client asks is written with the encoders here. */
#ifndef AISLE_CONFORMANCE_ENGINE_TOY_H
#define AISLE_CONFORMANCE_ENGINE_TOY_H

#include "conformance/engine/toy_box.h"

enum { TOY_YOUNGER = 2 }; /* operating version from which on an addition says so, and counts otherwise in digests */
enum { TOY_KEYS = 8, TOY_FORMAT = 1, TOY_PADDING_MAX = 16 * 1024 * 1024 };

enum toy_request {
	TOY_REQUEST_ADD,    /* toy_add: OK; BUSY never */
	TOY_REQUEST_READ,   /* toy_key: OK and a toy_value */
	TOY_REQUEST_LOCK,   /* toy_token: OK, or BUSY: somebody holds it */
	TOY_REQUEST_UNLOCK, /* nothing: OK, or NOT_EXIST: this client does not hold it */
	TOY_REQUEST_OPEN,   /* nothing: OK and the box's identity; a client opens it once at a time */
	TOY_REQUEST_CLOSE,  /* nothing: OK at once, or NOT_EXIST: this client has it not open */
	TOY_REQUEST_COUNT,
};

enum toy_event {
	TOY_EVENT_LOST = 1, /* the lock that this client held is not its own any more; no body */
	TOY_EVENT_STALE,    /* the box that this client had open is gone (R17); its identity. Comes once at least */
};

struct toy_add {
	uint8_t key;
	int64_t amount;
	uint64_t token;       /* the caller's name for this change */
	struct bytes padding; /* makes it as large as a test wants */
};

struct toy_value {
	int64_t value;
	uint64_t token; /* of the last change; 0: none */
	uint64_t seen;  /* bit n: some change whose token is n modulo 64 */
};

void toy_add_encode(struct wire_writer *out, const struct toy_add *add);
bool toy_add_decode(struct wire_reader *in, struct toy_add *add);
void toy_key_encode(struct wire_writer *out, uint8_t key);
bool toy_key_decode(struct wire_reader *in, uint8_t *key);
void toy_token_encode(struct wire_writer *out, uint64_t token);
bool toy_token_decode(struct wire_reader *in, uint64_t *token);
void toy_unlock_encode(struct wire_writer *out);
void toy_value_encode(struct wire_writer *out, const struct toy_value *value);
bool toy_value_decode(struct wire_reader *in, struct toy_value *value);
void toy_value_get(struct wire_reader *in, struct toy_value *value); /* as part of something longer */

/* For checkers, which look into a state from outside. */
struct toy_lock {
	struct requester holder; /* node 0: free */
	struct identity grant;
	uint64_t token;
	uint64_t seen; /* tokens that were granted, refused or released; as above */
};

const struct toy_value *toy_counter(const void *state, uint8_t key); /* NULL: its content is not here */
const struct toy_lock *toy_lock(const void *state);
const struct toy_box *toy_box(const void *state);
struct position toy_counter_changed(const void *state, uint8_t key);
struct ring_id toy_lost(const void *state, uint8_t key); /* since when nobody has it; none: somebody has */
void toy_starve(void *state); /* the next operation that it applies finds no memory half-way */

extern __attribute__((visibility("default"))) const struct service_engine aisle_service_toy;
extern const struct service_engine toy_elsewhere; /* the same once more, for worlds in which not every node has it */

#endif
