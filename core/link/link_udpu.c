/* udpu: a packet for all is one datagram a peer. One socket sends and receives, so that packets to one peer keep their order as far as
 * the network does, and every peer sees them come from the address that its configuration lists.
 * What costs is the way through the system's network stack, not the bytes. So the packets for all of one visit of the token wait in a
 * batch, and the token itself joins it: one call a peer takes all of them, and the system cuts them into datagrams as late as it can
 * (UDP_SEGMENT), or hands them over in one piece to a socket that takes it (UDP_GRO). On the wire nothing differs. */
#include "core/link/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/list.h"

/* BATCH_*: a datagram's limit and the system's, with room for the headers. */
enum { RECEIVE_COUNT = 16, BATCH_SIZE_MAX = 64000, BATCH_COUNT_MAX = 64, BUFFER_SIZE_DEFAULT = 8 * 1024 * 1024 };

union control { /* one number beside a datagram: how long its pieces are */
	struct cmsghdr header;
	uint8_t space[CMSG_SPACE(sizeof(int))];
};

/* Packets for all other nodes or for one, one behind the other, each of the first one's size; only the last may be shorter. */
struct batch {
	uint32_t node; /* whom they are for; 0: all others */
	size_t size, count;
	size_t segment; /* the first one's size */
	bool closed;    /* the last is shorter */
	uint8_t data[BATCH_SIZE_MAX];
};

struct udpu {
	struct link link;
	struct link_config config;
	struct batch batch;
	size_t segment_max; /* larger ones go alone: the system refused to cut them */
	struct mmsghdr incoming[RECEIVE_COUNT];
	struct iovec incoming_data[RECEIVE_COUNT];
	struct sockaddr_storage incoming_from[RECEIVE_COUNT];
	union control incoming_control[RECEIVE_COUNT];
	uint8_t (*buffers)[LINK_PACKET_SIZE_MAX];
};

static struct udpu *udpu_of(struct link *link)
{
	return container_of(link, struct udpu, link);
}

static void sent(struct udpu *udpu, uint32_t node, size_t count, size_t size, int error)
{
	if (error == 0) {
		udpu->link.counters.packets_sent += count;
		udpu->link.counters.bytes_sent += size;
		return;
	}
	udpu->link.counters.packets_unsent += count;
	if (error != EAGAIN && error != EWOULDBLOCK) /* a full buffer is loss like any other */
		udpu->config.handler.refused(udpu->config.handler.context, node, error);
}

/* 0 or errno */
static int message_send(const struct udpu *udpu, const struct msghdr *message)
{
	ssize_t done;

	do
		done = sendmsg(udpu->link.descriptor, message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done < 0 ? errno : 0;
}

static struct msghdr message_to(const struct link_peer *peer, struct iovec *data, size_t pieces)
{
	return (struct msghdr){.msg_name = (void *)(uintptr_t)&peer->address, .msg_namelen = peer->address_size, .msg_iov = data,
	                       .msg_iovlen = pieces};
}

static void packet_send(struct udpu *udpu, const struct link_peer *peer, struct bytes packet)
{
	struct iovec data = {.iov_base = (void *)(uintptr_t)packet.data, .iov_len = packet.size};
	const struct msghdr message = message_to(peer, &data, 1);

	sent(udpu, peer->node, 1, packet.size, message_send(udpu, &message));
}

static void packets_send_singly(struct udpu *udpu, const struct link_peer *peer, struct bytes tail)
{
	const struct batch *batch = &udpu->batch;

	for (size_t at = 0; at < batch->size; at += batch->segment) {
		const size_t left = batch->size - at;

		packet_send(udpu, peer, bytes_of(batch->data + at, left < batch->segment ? left : batch->segment));
	}
	if (tail.size > 0)
		packet_send(udpu, peer, tail);
}

/* The batch, and `tail` as its last packet if that has a size; such a tail is not longer than the others and none before it is shorter. */
static void batch_send(struct udpu *udpu, const struct link_peer *peer, struct bytes tail)
{
	struct batch *batch = &udpu->batch;
	const size_t count = batch->count + (tail.size > 0);
	struct iovec data[2] = {{.iov_base = batch->data, .iov_len = batch->size},
	                        {.iov_base = (void *)(uintptr_t)tail.data, .iov_len = tail.size}};
	struct msghdr message = message_to(peer, data, tail.size > 0 ? 2 : 1);
	union control control = {.header = {.cmsg_level = SOL_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof(uint16_t))}};
	const uint16_t segment = (uint16_t)batch->segment;

	if (count > 1) {
		memcpy(CMSG_DATA(&control.header), &segment, sizeof(segment));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(segment));
	}
	const int error = message_send(udpu, &message);
	const bool cut_refused = count > 1 && error != 0 && error != EAGAIN && error != EWOULDBLOCK;
	if (cut_refused) {
		/* Too long: one piece is more than the way to this peer carries. Else it may be anything: each then says its own error. */
		if ((error == EMSGSIZE || error == EINVAL) && udpu->segment_max >= batch->segment)
			udpu->segment_max = batch->segment - 1;
		packets_send_singly(udpu, peer, tail);
	} else {
		sent(udpu, peer->node, count, batch->size + tail.size, error);
	}
}

static void batch_end(struct udpu *udpu, uint32_t node, struct bytes tail)
{
	if (udpu->batch.count == 0)
		return;
	for (size_t i = 0; i < udpu->config.peer_count; i++) {
		const struct link_peer *peer = &udpu->config.peers[i];

		if (peer->node != udpu->config.node && (udpu->batch.node == 0 || udpu->batch.node == peer->node))
			batch_send(udpu, peer, peer->node == node ? tail : bytes_of(NULL, 0));
	}
	udpu->batch.size = udpu->batch.count = 0;
	udpu->batch.closed = false;
}

static void udpu_flush(struct link *link)
{
	batch_end(udpu_of(link), 0, bytes_of(NULL, 0));
}

static bool batch_fits(const struct udpu *udpu, uint32_t node, size_t size)
{
	const struct batch *batch = &udpu->batch;

	return batch->size + size <= BATCH_SIZE_MAX && batch->count < BATCH_COUNT_MAX && !batch->closed &&
	       (batch->count == 0 || (size <= batch->segment && (batch->node == 0 || batch->node == node)));
}

static void udpu_unicast(struct link *link, uint32_t node, struct bytes packet)
{
	struct udpu *udpu = udpu_of(link);
	const bool joins = udpu->batch.count > 0 && packet.size > 0 && batch_fits(udpu, node, packet.size);

	batch_end(udpu, node, joins ? packet : bytes_of(NULL, 0));
	for (size_t i = 0; i < udpu->config.peer_count && !joins; i++)
		if (udpu->config.peers[i].node == node && node != udpu->config.node)
			packet_send(udpu, &udpu->config.peers[i], packet);
}

/* `node` 0: all others */
static void batch_add(struct udpu *udpu, uint32_t node, struct bytes packet)
{
	struct batch *batch = &udpu->batch;

	if (batch->node != node || !batch_fits(udpu, node, packet.size))
		udpu_flush(&udpu->link);
	if (packet.size == 0 || packet.size > BATCH_SIZE_MAX || packet.size > udpu->segment_max) {
		udpu_flush(&udpu->link);
		for (size_t i = 0; i < udpu->config.peer_count; i++)
			if (udpu->config.peers[i].node != udpu->config.node && (node == 0 || udpu->config.peers[i].node == node))
				packet_send(udpu, &udpu->config.peers[i], packet);
		return;
	}
	batch->node = node;
	if (batch->count == 0)
		batch->segment = packet.size;
	memcpy(batch->data + batch->size, packet.data, packet.size);
	batch->size += packet.size;
	batch->count++;
	batch->closed = packet.size < batch->segment;
}

static void udpu_multicast(struct link *link, struct bytes packet)
{
	batch_add(udpu_of(link), 0, packet);
}

static void udpu_direct(struct link *link, uint32_t node, struct bytes packet)
{
	batch_add(udpu_of(link), node, packet);
}

static bool is_peer(const struct udpu *udpu, const struct sockaddr *from)
{
	for (size_t i = 0; i < udpu->config.peer_count; i++)
		if (link_address_equal((const struct sockaddr *)&udpu->config.peers[i].address, from))
			return true;
	return false;
}

/* 0: the datagram is one packet */
static size_t piece_size(struct msghdr *message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header))
		if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
			int size;

			memcpy(&size, CMSG_DATA(header), sizeof(size));
			return size > 0 ? (size_t)size : 0;
		}
	return 0;
}

static size_t packets_hand_over(struct udpu *udpu, struct bytes data, size_t piece)
{
	const struct link_handler *handler = &udpu->config.handler;
	size_t count = 0, at = 0;

	do {
		const size_t left = data.size - at, size = piece > 0 && piece < left ? piece : left;

		udpu->link.counters.packets_received++;
		udpu->link.counters.bytes_received += size;
		handler->packet(handler->context, udpu->config.network, bytes_of(data.data + at, size));
		at += size;
		count++;
	} while (at < data.size);
	return count;
}

/* How many packets it was. */
static size_t datagram_take(struct udpu *udpu, struct mmsghdr *message)
{
	const struct link_handler *handler = &udpu->config.handler;
	const struct sockaddr *from = message->msg_hdr.msg_name;

	if (!is_peer(udpu, from)) {
		udpu->link.counters.packets_foreign++;
		handler->foreign(handler->context, from, message->msg_hdr.msg_namelen);
	} else if (message->msg_hdr.msg_flags & MSG_TRUNC) {
		udpu->link.counters.packets_truncated++;
	} else {
		return packets_hand_over(udpu, bytes_of(message->msg_hdr.msg_iov->iov_base, message->msg_len), piece_size(&message->msg_hdr));
	}
	return 1;
}

static int datagrams_receive(struct udpu *udpu)
{
	for (size_t i = 0; i < RECEIVE_COUNT; i++) {
		udpu->incoming_data[i] = (struct iovec){.iov_base = udpu->buffers[i], .iov_len = LINK_PACKET_SIZE_MAX};
		udpu->incoming[i].msg_hdr = (struct msghdr){.msg_name = &udpu->incoming_from[i], .msg_namelen = sizeof(udpu->incoming_from[i]),
		                                            .msg_iov = &udpu->incoming_data[i], .msg_iovlen = 1,
		                                            .msg_control = &udpu->incoming_control[i],
		                                            .msg_controllen = sizeof(udpu->incoming_control[i])};
	}
	int count;
	do
		count = recvmmsg(udpu->link.descriptor, udpu->incoming, RECEIVE_COUNT, MSG_DONTWAIT, NULL);
	while (count < 0 && errno == EINTR);
	return count;
}

static bool udpu_receive(struct link *link, size_t packets_max)
{
	struct udpu *udpu = udpu_of(link);

	for (size_t taken = 0; taken < packets_max;) {
		const int count = datagrams_receive(udpu);

		if (count <= 0)
			return true;
		for (int i = 0; i < count; i++)
			taken += datagram_take(udpu, &udpu->incoming[i]);
		if (count < RECEIVE_COUNT)
			return true;
	}
	return false;
}

static void udpu_free(struct link *link)
{
	struct udpu *udpu = udpu_of(link);

	if (link->descriptor >= 0)
		close(link->descriptor);
	free(udpu->buffers);
	free(udpu);
}

static void buffer_ask(int descriptor, int option, int option_force, int size)
{
	/* Beyond the system's limit with CAP_NET_ADMIN, else up to it. */
	if (setsockopt(descriptor, SOL_SOCKET, option_force, &size, sizeof(size)) != 0)
		setsockopt(descriptor, SOL_SOCKET, option, &size, sizeof(size));
}

static const struct link_peer *own_peer(const struct link_config *config)
{
	for (size_t i = 0; i < config->peer_count; i++)
		if (config->peers[i].node == config->node)
			return &config->peers[i];
	return NULL;
}

static bool udpu_bind(struct udpu *udpu, const struct link_peer *own, char *error, size_t error_size)
{
	const struct sockaddr *address = (const struct sockaddr *)&own->address;
	const int size = udpu->config.socket_buffer_size > 0 ? udpu->config.socket_buffer_size : BUFFER_SIZE_DEFAULT;
	const int on = 1;

	udpu->link.descriptor = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (udpu->link.descriptor < 0) {
		snprintf(error, error_size, "no socket for %s: %s", link_address_text(address, own->address_size).text, strerror(errno));
		return false;
	}
	if (address->sa_family == AF_INET6)
		setsockopt(udpu->link.descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	buffer_ask(udpu->link.descriptor, SO_RCVBUF, SO_RCVBUFFORCE, size);
	buffer_ask(udpu->link.descriptor, SO_SNDBUF, SO_SNDBUFFORCE, size);
	setsockopt(udpu->link.descriptor, SOL_UDP, UDP_GRO, &on, sizeof(on)); /* refused by an old system: one by one, then */
	if (bind(udpu->link.descriptor, address, own->address_size) == 0)
		return true;
	const int why = errno;
	snprintf(error, error_size, "%s cannot be bound: %s%s", link_address_text(address, own->address_size).text, strerror(why),
	         why == EADDRINUSE      ? "; another daemon (of ours, or a Corosync) runs on this address and port"
	         : why == EADDRNOTAVAIL ? "; it is no address of this host"
	                                : "");
	return false;
}

struct link *link_udpu_new(const struct link_config *config, char *error, size_t error_size)
{
	static const struct link_operations operations = {
		.name = "udpu", .unicast = udpu_unicast, .multicast = udpu_multicast, .direct = udpu_direct, .flush = udpu_flush, .receive = udpu_receive, .free = udpu_free};
	const struct link_peer *own = own_peer(config);
	struct udpu *udpu = calloc(1, sizeof(*udpu));

	if (udpu == NULL || own == NULL) {
		snprintf(error, error_size, "%s", udpu == NULL ? "no memory" : "this node is not among the peers");
		free(udpu);
		return NULL;
	}
	udpu->link = (struct link){.operations = &operations, .descriptor = -1};
	udpu->config = *config;
	udpu->segment_max = BATCH_SIZE_MAX;
	udpu->buffers = calloc(RECEIVE_COUNT, sizeof(*udpu->buffers));
	if (udpu->buffers == NULL)
		snprintf(error, error_size, "no memory");
	if (udpu->buffers != NULL && udpu_bind(udpu, own, error, error_size))
		return &udpu->link;
	udpu_free(&udpu->link);
	return NULL;
}
