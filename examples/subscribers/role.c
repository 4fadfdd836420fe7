/* See role.h. One thread follows the membership, one for each node ever seen with an id below ours keeps asking its server. */
#include "role.h"

#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "saClm.h"

enum {
	NODES_MAX = 128,
	ANSWER_PATIENCE_MS = 2000, /* a server that does not answer for so long does not run */
	ASK_EVERY_MS = 300,
	CONNECT_EVERY_MS = 100,
	MEMBERSHIP_RETRY_MS = 200,
};

enum running { RUNNING_UNKNOWN, RUNNING_NO, RUNNING_YES };

/* A node below ours. Its thread lives as long as the process. */
struct peer {
	struct role *role;
	uint32_t node;
	char address[SA_CLM_MAX_ADDRESS_LENGTH + 1];
	bool member;
	enum running running;
	pthread_t thread;
};

struct role {
	char port[8];
	pthread_mutex_t lock;   /* of what follows */
	pthread_cond_t changed; /* the view */
	uint32_t self;          /* 0: no membership */
	struct peer *peers[NODES_MAX];
	unsigned peer_count;
	pthread_t thread;
};

static void peer_set(struct peer *peer, enum running running)
{
	pthread_mutex_lock(&peer->role->lock);
	peer->running = running;
	pthread_mutex_unlock(&peer->role->lock);
}

static int socket_connect(const char *address, const char *port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	int error = 0, fd;
	socklen_t size = sizeof(error);

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		connect(fd, found->ai_addr, found->ai_addrlen); /* nonblocking: its outcome is asked for below */
	freeaddrinfo(found);
	if (fd < 0)
		return -1;
	if (poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, ANSWER_PATIENCE_MS) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
		return fd;
	close(fd);
	return -1;
}

/* Any answer at all says that the server runs. */
static bool server_answers(int fd)
{
	char text[256];
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	return send(fd, "WHO\n", 4, MSG_NOSIGNAL) == 4 && poll(&wait, 1, ANSWER_PATIENCE_MS) == 1 && recv(fd, text, sizeof(text), 0) > 0;
}

/* Until the server is gone, or the node. The end of the connection is seen at once. */
static void peer_follow(struct peer *peer, const char *address)
{
	const int fd = socket_connect(address, peer->role->port);
	struct pollfd closed = {.fd = fd, .events = POLLIN};

	while (fd >= 0 && server_answers(fd)) {
		pthread_mutex_lock(&peer->role->lock);
		const bool member = peer->member;
		if (member)
			peer->running = RUNNING_YES;
		pthread_mutex_unlock(&peer->role->lock);
		if (!member || poll(&closed, 1, ASK_EVERY_MS) != 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	peer_set(peer, RUNNING_NO);
}

static void *peer_run(void *argument)
{
	struct peer *peer = argument;
	char address[sizeof(peer->address)];

	for (;;) {
		pthread_mutex_lock(&peer->role->lock);
		while (!peer->member)
			pthread_cond_wait(&peer->role->changed, &peer->role->lock);
		memcpy(address, peer->address, sizeof(address));
		pthread_mutex_unlock(&peer->role->lock);
		peer_follow(peer, address);
		poll(NULL, 0, CONNECT_EVERY_MS);
	}
	return NULL;
}

static struct peer *peer_find(struct role *role, uint32_t node)
{
	for (unsigned i = 0; i < role->peer_count; i++) {
		if (role->peers[i]->node == node)
			return role->peers[i];
	}
	return NULL;
}

/* Kept in ascending order. The caller holds the lock. */
static struct peer *peer_add(struct role *role, uint32_t node)
{
	struct peer *peer = role->peer_count < NODES_MAX ? calloc(1, sizeof(*peer)) : NULL;
	unsigned at = role->peer_count;

	if (peer == NULL)
		return NULL;
	peer->role = role;
	peer->node = node;
	if (pthread_create(&peer->thread, NULL, peer_run, peer) != 0) {
		free(peer);
		return NULL;
	}
	for (; at > 0 && role->peers[at - 1]->node > node; at--)
		role->peers[at] = role->peers[at - 1];
	role->peers[at] = peer;
	role->peer_count++;
	return peer;
}

/* The caller holds the lock. A node that has just joined may run a server or not: until that is known nobody above it is active. */
static void role_member(struct role *role, const SaClmClusterNodeT *node)
{
	struct peer *peer = peer_find(role, node->nodeId);

	if (node->nodeId >= role->self)
		return;
	if (peer == NULL)
		peer = peer_add(role, node->nodeId);
	if (peer == NULL)
		return;
	if (!peer->member)
		peer->running = RUNNING_UNKNOWN;
	peer->member = true;
	const size_t length = node->nodeAddress.length < SA_CLM_MAX_ADDRESS_LENGTH ? node->nodeAddress.length : SA_CLM_MAX_ADDRESS_LENGTH;
	memcpy(peer->address, node->nodeAddress.value, length);
	peer->address[length] = '\0';
}

static bool view_has(const SaClmClusterNotificationBufferT *view, uint32_t node)
{
	for (SaUint32T i = 0; i < view->numberOfItems; i++) {
		if (view->notification[i].clusterNode.nodeId == node && view->notification[i].clusterChange != SA_CLM_NODE_LEFT)
			return true;
	}
	return false;
}

/* Callbacks of CLM carry nothing of the caller's: the thread that dispatches knows for whom. */
static _Thread_local struct role *dispatching;

static void on_view(const SaClmClusterNotificationBufferT *view, SaUint32T member_count, SaAisErrorT error)
{
	struct role *role = dispatching;

	(void)member_count;
	if (error != SA_AIS_OK)
		return;
	pthread_mutex_lock(&role->lock);
	for (unsigned i = 0; i < role->peer_count; i++)
		role->peers[i]->member = role->peers[i]->member && view_has(view, role->peers[i]->node);
	for (SaUint32T i = 0; i < view->numberOfItems; i++) {
		if (view->notification[i].clusterChange != SA_CLM_NODE_LEFT)
			role_member(role, &view->notification[i].clusterNode);
	}
	pthread_cond_broadcast(&role->changed);
	pthread_mutex_unlock(&role->lock);
}

static void role_set_self(struct role *role, uint32_t self)
{
	pthread_mutex_lock(&role->lock);
	role->self = self;
	for (unsigned i = 0; self == 0 && i < role->peer_count; i++)
		role->peers[i]->member = false;
	pthread_mutex_unlock(&role->lock);
}

/* Follows the membership until the daemon is lost. */
static void membership_follow(struct role *role, SaClmHandleT handle)
{
	SaSelectionObjectT descriptor;
	SaClmClusterNodeT self;

	if (saClmSelectionObjectGet(handle, &descriptor) != SA_AIS_OK ||
	    saClmClusterNodeGet(handle, SA_CLM_LOCAL_NODE_ID, SA_TIME_ONE_SECOND, &self) != SA_AIS_OK)
		return;
	role_set_self(role, self.nodeId);
	if (saClmClusterTrack(handle, SA_TRACK_CURRENT | SA_TRACK_CHANGES, NULL) != SA_AIS_OK)
		return;
	do
		poll(&(struct pollfd){.fd = (int)descriptor, .events = POLLIN}, 1, -1);
	while (saClmDispatch(handle, SA_DISPATCH_ALL) == SA_AIS_OK);
}

static void *role_run(void *argument)
{
	static const SaClmCallbacksT callbacks = {.saClmClusterTrackCallback = on_view};
	struct role *role = argument;

	dispatching = role;
	for (;;) {
		SaVersionT version = {'B', 1, 1};
		SaClmHandleT handle;

		if (saClmInitialize(&handle, &callbacks, &version) == SA_AIS_OK) {
			membership_follow(role, handle);
			saClmFinalize(handle);
			role_set_self(role, 0);
		}
		poll(NULL, 0, MEMBERSHIP_RETRY_MS);
	}
	return NULL;
}

struct role *role_start(uint16_t port)
{
	struct role *role = calloc(1, sizeof(*role));

	if (role == NULL)
		return NULL;
	snprintf(role->port, sizeof(role->port), "%u", port);
	pthread_mutex_init(&role->lock, NULL);
	pthread_cond_init(&role->changed, NULL);
	if (pthread_create(&role->thread, NULL, role_run, role) != 0) {
		free(role);
		return NULL;
	}
	return role;
}

uint32_t role_active(struct role *role, bool *self)
{
	pthread_mutex_lock(&role->lock);
	uint32_t active = role->self;
	for (unsigned i = 0; role->self != 0 && i < role->peer_count; i++) {
		const struct peer *peer = role->peers[i];

		if (peer->member && peer->node < role->self && peer->running != RUNNING_NO) {
			active = peer->running == RUNNING_YES ? peer->node : 0;
			break;
		}
	}
	*self = active != 0 && active == role->self;
	pthread_mutex_unlock(&role->lock);
	return active;
}
