/* What ckpt keeps of this node's clients, the opens above all: the replicated state has them too and decides, here they are so that they can
 * be claimed again after this node took over another state. Called by ckpt's parts in the daemon; the engine's hooks stand in the table in
 * ckpt_service.c. */
#ifndef AISLE_CKPT_HELD_H
#define AISLE_CKPT_HELD_H

#include "ckpt_messages.h"
#include "core/base/tree.h"
#include "core/engine/service.h"

struct held_open {
	struct tree_node by_number;
	uint64_t number;
	struct identity checkpoint;
	uint32_t flags;
};

struct ckpt_client {
	struct tree opens;
	bool has_opened; /* once: something may have to be closed for it */
	bool watches;    /* and is told once when the checkpoint is not as `seen` */
	struct ckpt_watch_request watch;
};

/* Of this node. */
struct ckpt_local {
	int64_t sent_ns;      /* when something due was sent last */
	uint64_t replicas;    /* configured; 0: on all nodes */
	size_t watcher_count; /* clients that watch: mostly none, and then an operation costs nothing more */
};

/* NULL: not open. Not the state is asked: it may still show an open whose close is on its way. */
struct held_open *ckpt_held_find(struct client *client, uint64_t number);
/* The open, if it is one that may write; else NULL and the refusal. */
const struct held_open *ckpt_held_for_writing(struct client *client, uint64_t number, SaAisErrorT *refusal);
void ckpt_held_remove(struct client *client, struct held_open *held);

/* The engine's hooks. */
void ckpt_replied(struct service *service, struct client *client, const struct effect *effect, struct bytes payload);
bool ckpt_client_opened(struct service *service, struct client *client);
void ckpt_client_closed(struct service *service, struct client *client);
void ckpt_client_reclaim(struct service *service, struct client *client);

#endif
