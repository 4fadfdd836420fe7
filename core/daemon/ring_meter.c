/* See ring_meter.h. */
#include "core/daemon/ring_meter.h"

#include <string.h>

#include "core/base/list.h"

static size_t begin_size(struct bytes message)
{
	return message.size < RING_METER_BEGIN_SIZE ? message.size : RING_METER_BEGIN_SIZE;
}

static bool on_multicast(struct group *base, struct bytes message, enum group_urgency urgency)
{
	struct ring_meter *meter = container_of(base, struct ring_meter, group);

	if (!group_multicast(meter->below, message, urgency))
		return false;
	meter->messages++;
	if (meter->state == RING_METER_IDLE && urgency == GROUP_ORDINARY && message.size > 0) {
		meter->state = RING_METER_SENT;
		meter->sent_ns = meter->monotonic_ns(NULL);
		meter->size = message.size;
		meter->begin_size = begin_size(message);
		memcpy(meter->begin, message.data, meter->begin_size);
	}
	return true;
}

static bool on_direct(struct group *base, uint32_t node, struct bytes message)
{
	struct ring_meter *meter = container_of(base, struct ring_meter, group);
	const bool taken = group_direct(meter->below, node, message);

	meter->messages += taken;
	return taken;
}

static void on_leave(struct group *base)
{
	group_leave(container_of(base, struct ring_meter, group)->below);
}

static bool is_followed(const struct ring_meter *meter, const struct group_event *event)
{
	return meter->state == RING_METER_SENT && event->sender == meter->node && event->message.size == meter->size &&
	       memcmp(event->message.data, meter->begin, meter->begin_size) == 0;
}

/* What a view change does to a message is no measure of the ring: it is followed no further. */
static void measure(struct ring_meter *meter, const struct group_event *event)
{
	if (event->kind == GROUP_EVENT_VIEW) {
		meter->state = RING_METER_IDLE;
	} else if (event->kind == GROUP_EVENT_DELIVER && is_followed(meter, event)) {
		meter->state = RING_METER_DELIVERED;
		meter->delivered_ns = meter->monotonic_ns(NULL);
		meter->position = event->position;
	} else if (event->kind == GROUP_EVENT_STABLE && meter->state == RING_METER_DELIVERED &&
	           position_compare(event->position, meter->position) >= 0) {
		meter->state = RING_METER_IDLE;
		meter->samples++;
		meter->agreed_ns += (uint64_t)(meter->delivered_ns - meter->sent_ns);
		meter->stable_ns += (uint64_t)(meter->monotonic_ns(NULL) - meter->sent_ns);
	}
}

void ring_meter_event(void *context, const struct group_event *event)
{
	struct ring_meter *meter = context;

	measure(meter, event);
	meter->take(meter->take_context, event);
}

void ring_meter_init(struct ring_meter *meter, uint32_t node, int64_t (*monotonic_ns)(void *context), group_event_fn *take,
                     void *take_context)
{
	*meter = (struct ring_meter){.node = node, .monotonic_ns = monotonic_ns, .take = take, .take_context = take_context};
}

void ring_meter_attach(struct ring_meter *meter, struct group *below)
{
	static const struct group_operations operations = {.multicast = on_multicast, .direct = on_direct, .leave = on_leave};

	meter->below = below;
	meter->group = (struct group){.operations = &operations, .message_size_max = below->message_size_max,
	                              .direct_size_max = below->direct_size_max};
}
