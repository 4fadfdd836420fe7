/* What carries Totem's packets. A carrier is a table of operations, so that multicast and knet can stand beside udpu; it knows peers by
 * node id and takes packets from them alone. Not here: what is in a packet, when one is sent. One thread, the loop's; never blocks. */
#ifndef AISLE_LINK_LINK_H
#define AISLE_LINK_LINK_H

#include <sys/socket.h>

#include "core/base/bytes.h"

enum { LINK_PEERS_MAX = 128, LINK_PACKET_SIZE_MAX = 65536, LINK_PORT_DEFAULT = 5405 };

struct link_peer {
	uint32_t node;
	struct sockaddr_storage address; /* with its port */
	socklen_t address_size;
};

/* What the carrier tells its owner; called from link_receive() and the sending calls. */
struct link_handler {
	void *context;
	void (*packet)(void *context, uint32_t network, struct bytes packet); /* from a peer; any bytes */
	void (*foreign)(void *context, const struct sockaddr *from, socklen_t from_size); /* dropped: not from a peer */
	void (*refused)(void *context, uint32_t node, int error); /* the system would not send to the peer: errno */
};

struct link_config {
	uint32_t node;    /* this node; among the peers */
	uint32_t network; /* what `packet` is called with */
	struct link_peer peers[LINK_PEERS_MAX];
	size_t peer_count;
	int socket_buffer_size; /* bytes asked for, each way; 0: 8 MiB */
	struct link_handler handler;
};

struct link_counters {
	uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
	uint64_t packets_foreign;   /* dropped: sent by nobody that is listed */
	uint64_t packets_truncated; /* dropped: larger than LINK_PACKET_SIZE_MAX */
	uint64_t packets_unsent;    /* the system refused, or its buffer was full */
};

struct link;

struct link_operations {
	const char *name;
	void (*unicast)(struct link *link, uint32_t node, struct bytes packet);
	void (*multicast)(struct link *link, struct bytes packet); /* to every other node; may wait for flush or the next unicast */
	void (*direct)(struct link *link, uint32_t node, struct bytes packet); /* to one node, and may wait as multicast may */
	void (*flush)(struct link *link);
	/* Hands packets that have arrived to the handler, batch by batch. False: the limit was reached, more may wait. */
	bool (*receive)(struct link *link, size_t packets_max);
	void (*free)(struct link *link);
};

struct link {
	const struct link_operations *operations;
	int descriptor; /* readable when packets wait */
	struct link_counters counters;
};

/* A copy for each peer, one socket bound to the own address. NULL: `error` says what and why. */
struct link *link_udpu_new(const struct link_config *config, char *error, size_t error_size);

static inline void link_unicast(struct link *link, uint32_t node, struct bytes packet)
{
	link->operations->unicast(link, node, packet);
}

static inline void link_multicast(struct link *link, struct bytes packet)
{
	link->operations->multicast(link, packet);
}

static inline void link_direct(struct link *link, uint32_t node, struct bytes packet)
{
	link->operations->direct(link, node, packet);
}

/* What waits goes out. The owner calls it before it sleeps. */
static inline void link_flush(struct link *link)
{
	link->operations->flush(link);
}

static inline bool link_receive(struct link *link, size_t packets_max)
{
	return link->operations->receive(link, packets_max);
}

static inline void link_free(struct link *link)
{
	if (link != NULL)
		link->operations->free(link);
}

/* "192.0.2.1:5405", "[2001:db8::1]:5405" */
struct link_address_text {
	char text[80];
};
struct link_address_text link_address_text(const struct sockaddr *address, socklen_t size);
bool link_address_equal(const struct sockaddr *a, const struct sockaddr *b); /* family, address and port */
uint64_t link_address_key(const struct sockaddr *address); /* of the host, for counting by sender */

#endif
