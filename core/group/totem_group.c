/* Steps the machine and executes what it asks for. No decision is taken here. */
#include "core/group/totem_group.h"

#include "core/base/list.h"

static void output_execute(struct totem_group *group, const struct totem_output *output)
{
	const struct totem_host *host = &group->host;

	switch (output->kind) {
	case TOTEM_OUTPUT_MULTICAST:
		host->multicast(host->context, output->bytes);
		break;
	case TOTEM_OUTPUT_UNICAST:
		host->unicast(host->context, output->node, output->bytes);
		break;
	case TOTEM_OUTPUT_DIRECT:
		(host->direct != NULL ? host->direct : host->unicast)(host->context, output->node, output->bytes);
		break;
	case TOTEM_OUTPUT_TIMER_SET:
		host->timer_set(host->context, output->timer, output->at_ns);
		break;
	case TOTEM_OUTPUT_TIMER_CANCEL:
		host->timer_cancel(host->context, output->timer);
		break;
	case TOTEM_OUTPUT_STORE:
		host->store(host->context, output->ring_seq);
		break;
	case TOTEM_OUTPUT_EVENT:
		group->event(group->event_context, &output->event);
		break;
	case TOTEM_OUTPUT_LOG:
		host->log(host->context, output->level, output->log_id, output->text);
		break;
	case TOTEM_OUTPUT_LEFT:
		host->left(host->context);
		break;
	}
}

/* Events may send, and then more outputs are appended while this runs: the list may move, so each entry is copied first.
 * Without `events` it stops before the first event: a call from above must not be answered from inside. */
static void outputs_execute(struct totem_group *group, bool events)
{
	while (group->outputs.next < group->outputs.count) {
		const struct totem_output output = group->outputs.list[group->outputs.next];
		if (output.kind == TOTEM_OUTPUT_EVENT && !events) {
			group->host.wake(group->host.context);
			return;
		}
		group->outputs.next++;
		output_execute(group, &output);
	}
	totem_outputs_reset(&group->outputs);
}

static void outputs_drain(struct totem_group *group, bool events)
{
	if (group->draining)
		return;
	group->draining = true;
	outputs_execute(group, events);
	if (group->host.flush != NULL)
		group->host.flush(group->host.context);
	group->draining = false;
}

static void machine_step(struct totem_group *group, struct totem_event *event)
{
	event->now_ns = group->host.monotonic_ns(group->host.context);
	event->random = group->host.random(group->host.context);
	totem_step(group->totem, event, &group->outputs);
}

/* From below: whatever an earlier call from above left behind goes first. */
static void step_from_below(struct totem_group *group, struct totem_event *event)
{
	machine_step(group, event);
	outputs_drain(group, true);
}

static void step_from_above(struct totem_group *group, struct totem_event *event)
{
	machine_step(group, event);
	outputs_drain(group, false);
}

void totem_group_wake(struct totem_group *group)
{
	outputs_drain(group, true);
}

bool totem_group_multicast(struct totem_group *group, struct bytes message, enum group_urgency urgency, bool safe)
{
	const bool allowed = totem_send_allowed(group->totem, message.size, urgency);

	step_from_above(group, &(struct totem_event){.kind = TOTEM_EVENT_SEND, .bytes = message, .urgency = urgency, .safe = safe});
	return allowed;
}

static bool group_agreed_multicast(struct group *base, struct bytes message, enum group_urgency urgency)
{
	return totem_group_multicast(container_of(base, struct totem_group, group), message, urgency, false);
}

static bool group_totem_direct(struct group *base, uint32_t node, struct bytes message)
{
	struct totem_group *group = container_of(base, struct totem_group, group);
	const bool allowed = totem_send_allowed(group->totem, message.size, GROUP_BULK);

	step_from_above(group, &(struct totem_event){.kind = TOTEM_EVENT_SEND, .bytes = message, .urgency = GROUP_BULK, .to = node});
	return allowed;
}

static void group_totem_leave(struct group *base)
{
	step_from_above(container_of(base, struct totem_group, group), &(struct totem_event){.kind = TOTEM_EVENT_LEAVE});
}

static const struct group_operations operations = {.multicast = group_agreed_multicast, .direct = group_totem_direct,
                                                    .leave = group_totem_leave};

bool totem_group_init(struct totem_group *group, const struct totem_config *config, const struct totem_host *host,
                      group_event_fn *event, void *event_context)
{
	*group = (struct totem_group){
		.group = {.operations = &operations, .message_size_max = TOTEM_MESSAGE_SIZE_MAX},
		.totem = totem_new(config), .host = *host, .event = event, .event_context = event_context,
	};
	if (group->totem != NULL)
		group->group.direct_size_max = totem_direct_size_max(group->totem);
	return group->totem != NULL;
}

void totem_group_clear(struct totem_group *group)
{
	totem_free(group->totem);
	totem_outputs_clear(&group->outputs);
	group->totem = NULL;
}

void totem_group_start(struct totem_group *group, uint64_t stored_ring_seq)
{
	step_from_below(group, &(struct totem_event){.kind = TOTEM_EVENT_START, .ring_seq = stored_ring_seq});
}

void totem_group_packet(struct totem_group *group, uint32_t network, struct bytes packet)
{
	step_from_below(group, &(struct totem_event){.kind = TOTEM_EVENT_PACKET, .network = network, .bytes = packet});
}

void totem_group_timer(struct totem_group *group, uint32_t timer, int64_t late_ns)
{
	step_from_below(group, &(struct totem_event){.kind = TOTEM_EVENT_TIMER, .timer = timer, .late_ns = late_ns});
}

void totem_group_stored(struct totem_group *group, uint64_t ring_seq)
{
	step_from_below(group, &(struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = ring_seq});
}
