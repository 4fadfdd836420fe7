/* The provider of one node and no network: delivers in order, everything is stable at once, reads are fresh for ever. The default when
 * nothing is configured. Pure: its host tells it when to start and drains it; nothing is delivered from inside multicast. */
#ifndef AISLE_GROUP_LOCAL_H
#define AISLE_GROUP_LOCAL_H

#include "core/group/group.h"

enum { LOCAL_MESSAGE_SIZE_MAX = 1024 * 1024, LOCAL_QUEUE_SIZE_DEFAULT = 8 * 1024 * 1024 };

struct local;

/* `ring_seq` names the one view of this run and must never have been used by this node before (from stable storage).
 * queue_size_max: bytes that may wait; barrier messages have a queue of the same size of their own. NULL: no memory. */
struct local *local_new(uint32_t node, uint64_t ring_seq, size_t queue_size_max);
void local_free(struct local *local);
struct group *local_group(struct local *local);

/* Hands out what is due: first the view, then `messages_max` messages at most, each followed by its stability. Returns whether more
 * waits. Events may multicast; that is delivered in this or a later call. */
bool local_drain(struct local *local, size_t messages_max, group_event_fn *take, void *context);
bool local_is_pending(const struct local *local);
bool local_has_left(const struct local *local); /* after group_leave() and a drain: all is said */

#endif
