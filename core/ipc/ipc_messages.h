/* What the two ends say to each other: the greeting over the socket, and the header of a record in a ring. Plus the one rule by which
 * records become messages: the parts of a message follow each other, and a new message ends an unfinished one. Pure. */
#ifndef AISLE_IPC_MESSAGES_H
#define AISLE_IPC_MESSAGES_H

#include "core/base/wire.h"
#include "core/ipc/ipc_ring.h"

enum {
	IPC_FORMAT = 2, /* 1 did not say when a request was asked */
	IPC_SERVICE_SIZE_MAX = 32,
	IPC_GREETING_SIZE_MAX = 128, /* of either greeting */
	IPC_RECORD_SIZE = 40,        /* of a record's header */
	IPC_DESCRIPTORS_MAX = 2,     /* passed at one time */
	IPC_PASS_SIZE = 8,           /* of the packet they come with */
	IPC_ANSWER_PASSED = 1,       /* kind of an answer that descriptors belong to */
};

/* Client to daemon: the first packet of a connection, and the only one that is more than a wake-up. */
struct ipc_hello {
	char service[IPC_SERVICE_SIZE_MAX + 1]; /* a-z, 0-9 and '_', not empty */
	uint64_t clock; /* ipc_clock_id() of the client */
};

/* Daemon to client. With RESULT_OK it carries two descriptors: the memory, and the socket whose readability says that an event waits. */
struct ipc_welcome {
	uint32_t code;
	uint32_t ring_size;
	uint64_t request_size_max;
};

/* Daemon to client, over the socket: descriptors, with the client's number of the call that they belong to in little-endian. The call's answer
 * is published afterwards. A packet of any other size is a wake-up. */

/* In the number of a call: it is posted. Nobody waits for its answer, and the daemon gives none. */
#define IPC_CALL_POSTED (UINT64_C(1) << 63)

/* One part of a request, an answer or an event. */
struct ipc_record {
	uint32_t size;  /* of this part */
	uint32_t total; /* of the whole message */
	uint16_t kind;  /* request or event number; in an answer 0 or IPC_ANSWER_PASSED */
	uint32_t code;  /* of an answer; 0 otherwise */
	uint64_t call;  /* the client's number of the call; 0 in an event */
	int64_t timeout_ns; /* of a request; < 0: the daemon's own limit */
	int64_t asked_ns;   /* of a request: when, on ipc_clock.h's clock of the client */
};

void ipc_hello_encode(struct wire_writer *out, const struct ipc_hello *hello);
bool ipc_hello_decode(struct wire_reader *in, struct ipc_hello *hello);
void ipc_welcome_encode(struct wire_writer *out, const struct ipc_welcome *welcome);
bool ipc_welcome_decode(struct wire_reader *in, struct ipc_welcome *welcome);
void ipc_record_encode(uint8_t header[IPC_RECORD_SIZE], const struct ipc_record *record);
bool ipc_record_decode(const uint8_t header[IPC_RECORD_SIZE], struct ipc_record *record);

enum ipc_put { IPC_PUT_DONE, IPC_PUT_FULL, IPC_PUT_BROKEN };

/* Puts what is left of a message behind *done octets into the ring, in as many parts as have room, and counts them in *done. Nothing is
 * published. FULL: more when the consumer has made room, which it was asked to tell. *started: a record was put (empty messages too). */
enum ipc_put ipc_record_put(struct ipc_ring *ring, struct ipc_record record, const uint8_t *body, size_t *done);

/* A message on its way in. All zero is a valid empty one. */
struct ipc_assembly {
	struct ipc_record record; /* the first part's header */
	struct wire_writer body;  /* grows with what has come, not with what was announced */
	bool is_open;
};

enum ipc_take { IPC_TAKE_NOTHING, IPC_TAKE_PART, IPC_TAKE_MESSAGE, IPC_TAKE_BROKEN, IPC_TAKE_NO_MEMORY };

/* Takes the next record out of the ring. MESSAGE: it was the last part: record and body hold the message until the next take.
 * BROKEN: the producer breaks the rules (*why), the ring is not to be read any more. The ring is not released. */
enum ipc_take ipc_assembly_take(struct ipc_assembly *assembly, struct ipc_ring *ring, size_t size_max, const char **why);
void ipc_assembly_clear(struct ipc_assembly *assembly);

#endif
