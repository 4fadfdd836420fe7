/* udpu: a packet for all is one datagram a peer. One socket sends and receives, so that packets to one peer keep their order as far as
 * the network does, and every peer sees them come from the address that its configuration lists. */
#include "core/link/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/list.h"

enum { BATCH = 16, BUFFER_SIZE_DEFAULT = 8 * 1024 * 1024 };

struct udpu {
	struct link link;
	struct link_config config;
	struct mmsghdr incoming[BATCH];
	struct iovec incoming_data[BATCH];
	struct sockaddr_storage incoming_from[BATCH];
	uint8_t (*buffers)[LINK_PACKET_SIZE_MAX];
};

static struct udpu *udpu_of(struct link *link)
{
	return container_of(link, struct udpu, link);
}

static void sent(struct udpu *udpu, uint32_t node, size_t size, int error)
{
	if (error == 0) {
		udpu->link.counters.packets_sent++;
		udpu->link.counters.bytes_sent += size;
		return;
	}
	udpu->link.counters.packets_unsent++;
	if (error != EAGAIN && error != EWOULDBLOCK) /* a full buffer is loss like any other */
		udpu->config.handler.refused(udpu->config.handler.context, node, error);
}

static void send_one(struct udpu *udpu, const struct link_peer *peer, struct bytes packet)
{
	ssize_t done;

	do
		done = sendto(udpu->link.descriptor, packet.data, packet.size, MSG_DONTWAIT | MSG_NOSIGNAL,
		              (const struct sockaddr *)&peer->address, peer->address_size);
	while (done < 0 && errno == EINTR);
	sent(udpu, peer->node, packet.size, done < 0 ? errno : 0);
}

static void udpu_unicast(struct link *link, uint32_t node, struct bytes packet)
{
	struct udpu *udpu = udpu_of(link);

	for (size_t i = 0; i < udpu->config.peer_count; i++)
		if (udpu->config.peers[i].node == node && node != udpu->config.node)
			send_one(udpu, &udpu->config.peers[i], packet);
}

/* sendmmsg stops at the first that fails and tells how many went before; the one after those is sent alone, for its error's sake. */
static void udpu_multicast(struct link *link, struct bytes packet)
{
	struct udpu *udpu = udpu_of(link);
	struct iovec data = {.iov_base = (void *)(uintptr_t)packet.data, .iov_len = packet.size};
	struct mmsghdr out[LINK_PEERS_MAX] = {0};
	struct link_peer *to[LINK_PEERS_MAX];
	unsigned count = 0, at = 0;

	for (size_t i = 0; i < udpu->config.peer_count; i++) {
		if (udpu->config.peers[i].node == udpu->config.node)
			continue;
		to[count] = &udpu->config.peers[i];
		out[count].msg_hdr = (struct msghdr){.msg_name = &to[count]->address, .msg_namelen = to[count]->address_size,
		                                     .msg_iov = &data, .msg_iovlen = 1};
		count++;
	}
	while (at < count) {
		const int done = sendmmsg(udpu->link.descriptor, out + at, count - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		for (int i = 0; i < done; i++)
			sent(udpu, to[at++]->node, packet.size, 0);
		if (done <= 0) {
			send_one(udpu, to[at], packet);
			at++;
		}
	}
}

static bool is_peer(const struct udpu *udpu, const struct sockaddr *from)
{
	for (size_t i = 0; i < udpu->config.peer_count; i++)
		if (link_address_equal((const struct sockaddr *)&udpu->config.peers[i].address, from))
			return true;
	return false;
}

static void packet_take(struct udpu *udpu, const struct mmsghdr *message)
{
	const struct link_handler *handler = &udpu->config.handler;
	const struct sockaddr *from = message->msg_hdr.msg_name;
	struct link_counters *counters = &udpu->link.counters;

	if (!is_peer(udpu, from)) {
		counters->packets_foreign++;
		handler->foreign(handler->context, from, message->msg_hdr.msg_namelen);
	} else if (message->msg_hdr.msg_flags & MSG_TRUNC) {
		counters->packets_truncated++;
	} else {
		counters->packets_received++;
		counters->bytes_received += message->msg_len;
		handler->packet(handler->context, udpu->config.network, bytes_of(message->msg_hdr.msg_iov->iov_base, message->msg_len));
	}
}

static int batch_receive(struct udpu *udpu)
{
	for (size_t i = 0; i < BATCH; i++) {
		udpu->incoming_data[i] = (struct iovec){.iov_base = udpu->buffers[i], .iov_len = LINK_PACKET_SIZE_MAX};
		udpu->incoming[i].msg_hdr = (struct msghdr){.msg_name = &udpu->incoming_from[i], .msg_namelen = sizeof(udpu->incoming_from[i]),
		                                            .msg_iov = &udpu->incoming_data[i], .msg_iovlen = 1};
	}
	int count;
	do
		count = recvmmsg(udpu->link.descriptor, udpu->incoming, BATCH, MSG_DONTWAIT, NULL);
	while (count < 0 && errno == EINTR);
	return count;
}

static bool udpu_receive(struct link *link, size_t packets_max)
{
	struct udpu *udpu = udpu_of(link);

	for (size_t taken = 0; taken < packets_max;) {
		const int count = batch_receive(udpu);

		if (count <= 0)
			return true;
		for (int i = 0; i < count; i++)
			packet_take(udpu, &udpu->incoming[i]);
		taken += (size_t)count;
		if (count < BATCH)
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
		.name = "udpu", .unicast = udpu_unicast, .multicast = udpu_multicast, .receive = udpu_receive, .free = udpu_free};
	const struct link_peer *own = own_peer(config);
	struct udpu *udpu = calloc(1, sizeof(*udpu));

	if (udpu == NULL || own == NULL) {
		snprintf(error, error_size, "%s", udpu == NULL ? "no memory" : "this node is not among the peers");
		free(udpu);
		return NULL;
	}
	udpu->link = (struct link){.operations = &operations, .descriptor = -1};
	udpu->config = *config;
	udpu->buffers = calloc(BATCH, sizeof(*udpu->buffers));
	if (udpu->buffers == NULL)
		snprintf(error, error_size, "no memory");
	if (udpu->buffers != NULL && udpu_bind(udpu, own, error, error_size))
		return &udpu->link;
	udpu_free(&udpu->link);
	return NULL;
}
