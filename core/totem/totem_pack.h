/* Messages into packets and back: what waits to be sent, how it is packed and cut, and how parts become messages again (sheet §9).
 *
 * Payload of a DATA packet: flags u8, count u16, first message's id u64, offset u32, total u32, count lengths u16, then the messages.
 * Ids count an originator's messages, so the n-th message of a packet has id first + n. Only the first may be the continuation of one
 * that began earlier (at `offset`), only the last may go on in the next packet (its whole size is `total`). */
#ifndef AISLE_TOTEM_PACK_H
#define AISLE_TOTEM_PACK_H

#include "core/base/list.h"
#include "core/totem/totem_outputs.h"
#include "core/totem/totem_packets.h"

enum { TOTEM_PACK_HEADER_SIZE = 19, TOTEM_PACK_MESSAGES_MAX = 1024 };

struct totem_message {
	struct list entry;
	size_t size;
	size_t sent; /* bytes that are in packets already */
	uint64_t id; /* given when its first byte is packed */
	bool safe;
	uint32_t to;                 /* bulk for this member alone, 0: for all */
	struct totem_buffer *packet; /* ...and then the packet that it goes in, with room for the caller's header; it has no data here */
	uint8_t data[];
};

/* What waits to be sent: barrier messages apart and first, bulk last; one that is partly sent is finished before anything else. Beside
 * ordinary messages that never end bulk has one byte in TOTEM_BULK_SHARE. */
enum { TOTEM_BULK_SHARE = 5 };

struct totem_queue {
	struct list messages[GROUP_URGENCIES];
	size_t bytes[GROUP_URGENCIES]; /* waiting, with what packing adds */
	size_t direct_bytes;           /* of the bulk: for single members */
	size_t bulk_owed;              /* bytes of ordinary messages that went past waiting bulk since it last went */
	struct totem_message *unfinished;
	enum group_urgency unfinished_urgency;
	uint64_t next_id;
	bool levels_mixed;       /* tests: breaks TOT-091 on purpose (sheet §19, 24) */
};

void totem_queue_init(struct totem_queue *queue);
void totem_queue_clear(struct totem_queue *queue);
bool totem_queue_is_empty(const struct totem_queue *queue);
bool totem_queue_bulk_is_next(const struct totem_queue *queue); /* the next packet begins with bulk */
bool totem_queue_has_room(const struct totem_queue *queue, size_t size, enum group_urgency urgency, size_t size_max);
bool totem_queue_add(struct totem_queue *queue, struct bytes message, enum group_urgency urgency, bool safe); /* false: no memory */
bool totem_queue_add_direct(struct totem_queue *queue, struct bytes message, size_t headroom, uint32_t to);
/* About how many packets it makes, as the others are to know it where the window is shared: of bulk no more than a few. */
uint32_t totem_queue_packets(const struct totem_queue *queue, size_t payload_max);
/* The ring broke before the last part was sent: the message begins anew on the next ring. */
void totem_queue_restart(struct totem_queue *queue);

/* One packet: `buffer` begins with `headroom` bytes for the caller. NULL: nothing waits, or no memory. */
struct totem_buffer *totem_queue_pack(struct totem_queue *queue, size_t headroom, size_t payload_max, bool *safe);

/* The packet of bulk that is for one member alone, when it has come to the head of its queue; what else waits has no part in that. */
struct totem_buffer *totem_queue_direct_take(struct totem_queue *queue, uint32_t *to);
void totem_queue_directs_drop(struct totem_queue *queue); /* they are for a ring that is no more */

/* A payload taken apart. */
struct totem_pieces {
	bool continued;  /* the first piece belongs to a message that began in an earlier packet */
	bool unfinished; /* the last piece goes on in the next packet */
	uint16_t count;
	uint64_t first_id;
	uint32_t offset;
	uint32_t total;
	struct wire_reader lengths;
	struct wire_reader contents;
};

bool totem_pieces_decode(struct bytes payload, struct totem_pieces *pieces); /* false: malformed; nothing of it is to be used */
struct bytes totem_pieces_next(struct totem_pieces *pieces);                  /* call `count` times */

/* One originator's message in parts. All zero: none. */
struct totem_assembly {
	struct totem_buffer *message;
	size_t filled;
	uint64_t id;
};

void totem_assembly_drop(struct totem_assembly *assembly);
bool totem_assembly_begin(struct totem_assembly *assembly, uint64_t id, uint32_t total, struct bytes part); /* false: no memory */
/* False: it does not fit what was begun (its beginning was never seen): everything is dropped, quietly. */
bool totem_assembly_continue(struct totem_assembly *assembly, uint64_t id, uint32_t offset, struct bytes part);
bool totem_assembly_is_complete(const struct totem_assembly *assembly);

#endif
