/* Every packet of the protocol once: struct, encode, decode. A decoder takes any bytes and yields a valid struct or an error; counts
 * are checked against a hard limit and against the bytes that are left before they are used.
 *
 * Every packet begins: format u16, type u8, protection u8, crc32c u32, cluster u64, sender u32, boot u64, networks u8. `protection`
 * says how the packet is guarded: 0 is the checksum alone; authenticated forms get numbers of their own. `boot` is the sender's
 * incarnation. `networks` is how many redundant networks the sender uses; `round` and `transmitter` in DATA and the token's round are
 * what the accelerated ring needs (sheet §2, §11). */
#ifndef AISLE_TOTEM_PACKETS_H
#define AISLE_TOTEM_PACKETS_H

#include "core/totem/totem_set.h"

enum totem_packet_type {
	TOTEM_PACKET_DATA = 1,
	TOTEM_PACKET_TOKEN,
	TOTEM_PACKET_JOIN,
	TOTEM_PACKET_COMMIT,
	TOTEM_PACKET_MERGE_DETECT,
	TOTEM_PACKET_HOLD_CANCEL,
	TOTEM_PACKET_DIRECT, /* ring id, then a message for the receiver alone: no sequence, never sent again */
};

enum {
	TOTEM_FORMAT = 1,
	TOTEM_PACKET_HEADER_SIZE = 29,
	TOTEM_DATA_HEADER_SIZE = TOTEM_PACKET_HEADER_SIZE + 29,
	TOTEM_DIRECT_HEADER_SIZE = TOTEM_PACKET_HEADER_SIZE + 12,
	TOTEM_REQUESTS_MAX = 64, /* retransmissions asked for in one token */
	TOTEM_DATAGRAM_SIZE_MAX = 65507,
	TOTEM_PACKET_SIZE_MIN = 512,
};

enum totem_data_flag { TOTEM_DATA_SAFE = 1, TOTEM_DATA_ENCAPSULATED = 2 };

struct totem_header {
	uint8_t type;
	uint64_t cluster;
	uint32_t sender; /* of this packet: the transmitter, not the originator of what it may carry */
	uint64_t boot;
	uint8_t networks;
};

struct totem_data {
	struct ring_id ring;
	uint64_t seq;
	uint32_t originator;
	uint32_t round; /* token round in which it was first sent */
	uint8_t flags;
	struct bytes payload; /* packed messages, or, when encapsulated, the body of a DATA packet of an old ring */
};

struct totem_token {
	struct ring_id ring;
	uint64_t token_seq;
	uint64_t seq;
	uint64_t aru;
	uint32_t aru_id;
	uint32_t fcc;
	uint32_t backlog;
	uint32_t round;
	bool retransmitting; /* retrans_flg */
	uint16_t request_count;
	uint64_t requests[TOTEM_REQUESTS_MAX];
};

struct totem_join {
	bool leave;
	uint64_t ring_seq;
	uint64_t parameters; /* digest of what all nodes should have set alike */
	struct node_set proc;
	struct node_set fail;
};

struct totem_commit_entry {
	uint32_t node;
	uint64_t boot;
	struct ring_id old_ring;
	uint64_t aru;
	uint64_t delivered;
	uint64_t stable;
	struct ring_id received; /* the attempt in which all was received; none: not */
};

struct totem_commit {
	struct ring_id ring;
	uint64_t token_seq;
	uint32_t filled; /* entries that are; those behind name only the node */
	size_t count;
	struct totem_commit_entry entries[TOTEM_NODES_MAX];
};

/* Room that an encoder needs at most; the buffer that `out` starts with must have it, so that it is never moved. */
size_t totem_token_size(const struct totem_token *token);
size_t totem_join_size(const struct totem_join *join);
size_t totem_commit_size(const struct totem_commit *commit);
enum { TOTEM_RING_PACKET_SIZE = TOTEM_PACKET_HEADER_SIZE + 12 };

void totem_header_encode(struct wire_writer *out, const struct totem_header *header);
void totem_data_encode(struct wire_writer *out, const struct totem_data *data);      /* up to, not including the payload */
void totem_data_body_encode(struct wire_writer *out, const struct totem_data *data); /* the same without a header: what is encapsulated */
void totem_token_encode(struct wire_writer *out, const struct totem_token *token);
void totem_join_encode(struct wire_writer *out, const struct totem_join *join);
void totem_commit_encode(struct wire_writer *out, const struct totem_commit *commit);
void totem_packet_seal(uint8_t *packet, size_t size); /* writes the checksum into the complete packet */
/* Makes of a received DATA packet the same one transmitted by somebody else. */
void totem_packet_transmitter_set(uint8_t *packet, size_t size, uint32_t sender, uint64_t boot);

enum totem_packet_fault {
	TOTEM_PACKET_FINE,
	TOTEM_PACKET_FOREIGN,   /* not ours: another program, format or protection */
	TOTEM_PACKET_CLUSTER,   /* of another cluster */
	TOTEM_PACKET_CORRUPTED, /* the checksum says so */
	TOTEM_PACKET_MALFORMED,
};

/* Checks what all packets begin with; `in` then stands at the body. */
enum totem_packet_fault totem_header_decode(struct bytes packet, uint64_t cluster, struct totem_header *header, struct wire_reader *in);
bool totem_data_decode(struct wire_reader *in, struct totem_data *data);
bool totem_token_decode(struct wire_reader *in, struct totem_token *token);
bool totem_join_decode(struct wire_reader *in, struct totem_join *join);
bool totem_commit_decode(struct wire_reader *in, struct totem_commit *commit);
bool totem_ring_packet_decode(struct wire_reader *in, struct ring_id *ring); /* MERGE_DETECT, HOLD_CANCEL */
bool totem_direct_decode(struct wire_reader *in, struct ring_id *ring, struct bytes *message);

#endif
