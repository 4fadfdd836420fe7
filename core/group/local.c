/* See local.h. Two queues, barrier messages first, and a sequence that numbers what is delivered. */
#include "core/group/local.h"

#include <stdlib.h>

#include "core/base/list.h"

struct waiting {
	struct list entry;
	size_t size;
	uint8_t data[];
};

struct queue {
	struct list messages;
	size_t size;
};

struct local {
	struct group group;
	uint32_t node;
	struct ring_id ring;
	uint64_t seq;
	size_t queue_size_max;
	struct queue queues[GROUP_URGENCIES];
	bool installed, refused, leaving, left;
};

static struct local *local_of(struct group *group)
{
	return container_of(group, struct local, group);
}

static bool local_multicast(struct group *group, struct bytes message, enum group_urgency urgency)
{
	struct local *local = local_of(group);
	struct queue *queue = &local->queues[urgency];

	if (local->leaving || message.size > group->message_size_max)
		return false;
	struct waiting *waiting = NULL;
	if (queue->size == 0 || queue->size + message.size <= local->queue_size_max)
		waiting = malloc(sizeof(*waiting) + message.size);
	if (waiting == NULL) {
		local->refused = true;
		return false;
	}
	waiting->size = message.size;
	if (message.size > 0)
		memcpy(waiting->data, message.data, message.size);
	list_append(&queue->messages, &waiting->entry);
	queue->size += message.size;
	return true;
}

static void local_leave(struct group *group)
{
	local_of(group)->leaving = true;
}

struct local *local_new(uint32_t node, uint64_t ring_seq, size_t queue_size_max)
{
	static const struct group_operations operations = {.multicast = local_multicast, .leave = local_leave};
	struct local *local = calloc(1, sizeof(*local));

	if (local == NULL)
		return NULL;
	local->group = (struct group){.operations = &operations, .message_size_max = LOCAL_MESSAGE_SIZE_MAX};
	local->node = node;
	local->ring = (struct ring_id){.seq = ring_seq, .representative = node};
	local->queue_size_max = queue_size_max;
	for (size_t i = 0; i < GROUP_URGENCIES; i++)
		list_init(&local->queues[i].messages);
	return local;
}

static struct waiting *queue_take(struct queue *queue)
{
	if (list_is_empty(&queue->messages))
		return NULL;
	struct waiting *waiting = container_of(queue->messages.next, struct waiting, entry);
	list_remove(&waiting->entry);
	queue->size -= waiting->size;
	return waiting;
}

void local_free(struct local *local)
{
	if (local == NULL)
		return;
	for (size_t i = 0; i < GROUP_URGENCIES; i++)
		for (struct waiting *waiting = queue_take(&local->queues[i]); waiting != NULL; waiting = queue_take(&local->queues[i]))
			free(waiting);
	free(local);
}

struct group *local_group(struct local *local)
{
	return &local->group;
}

/* The only view of a run: one member, itself. */
static void install(struct local *local, group_event_fn *take, void *context)
{
	const uint32_t member[1] = {local->node};
	const struct group_event view = {.kind = GROUP_EVENT_VIEW,
		.view = {.kind = GROUP_VIEW_REGULAR, .ring = local->ring, .members = member, .member_count = 1, .joined = member,
		         .joined_count = 1}};

	local->installed = true;
	take(context, &view);
	take(context, &(struct group_event){.kind = GROUP_EVENT_FRESH, .fresh_until_ns = INT64_MAX});
}

static void deliver(struct local *local, const struct waiting *waiting, group_event_fn *take, void *context)
{
	const struct position position = {.ring = local->ring, .seq = ++local->seq};

	take(context, &(struct group_event){.kind = GROUP_EVENT_DELIVER, .sender = local->node, .position = position,
	                                    .message = bytes_of(waiting->data, waiting->size)});
	take(context, &(struct group_event){.kind = GROUP_EVENT_STABLE, .position = position});
}

bool local_drain(struct local *local, size_t messages_max, group_event_fn *take, void *context)
{
	if (local->leaving) {
		local->left = true;
		return false;
	}
	if (!local->installed)
		install(local, take, context);
	for (size_t i = 0; i < messages_max && !local->leaving; i++) {
		struct waiting *waiting = queue_take(&local->queues[GROUP_BARRIER]);

		if (waiting == NULL)
			waiting = queue_take(&local->queues[GROUP_ORDINARY]);
		if (waiting == NULL)
			waiting = queue_take(&local->queues[GROUP_BULK]); /* only a joiner is sent any, so none can starve */
		if (waiting == NULL)
			break;
		deliver(local, waiting, take, context);
		free(waiting);
	}
	if (local->refused && !local->leaving) {
		local->refused = false;
		take(context, &(struct group_event){.kind = GROUP_EVENT_WRITABLE});
	}
	return local_is_pending(local);
}

bool local_is_pending(const struct local *local)
{
	return (local->leaving && !local->left) || (!local->leaving && !local->installed) ||
	       (!local->leaving && (!list_is_empty(&local->queues[GROUP_BARRIER].messages) ||
	                            !list_is_empty(&local->queues[GROUP_ORDINARY].messages) ||
	                            !list_is_empty(&local->queues[GROUP_BULK].messages)));
}

bool local_has_left(const struct local *local)
{
	return local->left;
}
