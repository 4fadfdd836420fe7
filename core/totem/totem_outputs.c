/* The list of outputs and the counted buffers that its entries point into. */
#include "core/totem/totem_outputs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_TEXT_SIZE = 512 };

struct totem_buffer *totem_buffer_new(size_t size)
{
	struct totem_buffer *buffer = malloc(sizeof(*buffer) + size);

	if (buffer == NULL)
		return NULL;
	buffer->references = 1;
	buffer->size = size;
	return buffer;
}

struct totem_buffer *totem_buffer_copy(struct bytes bytes)
{
	struct totem_buffer *buffer = totem_buffer_new(bytes.size);

	if (buffer != NULL && bytes.size > 0)
		memcpy(buffer->data, bytes.data, bytes.size);
	return buffer;
}

struct totem_buffer *totem_buffer_hold(struct totem_buffer *buffer)
{
	buffer->references++;
	return buffer;
}

void totem_buffer_release(struct totem_buffer *buffer)
{
	if (buffer != NULL && --buffer->references == 0)
		free(buffer);
}

struct bytes totem_buffer_bytes(const struct totem_buffer *buffer)
{
	return bytes_of(buffer->data, buffer->size);
}

static void output_release(struct totem_output *output)
{
	totem_buffer_release(output->owner);
	output->owner = NULL;
}

void totem_outputs_reset(struct totem_outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		output_release(&outputs->list[i]);
	outputs->count = 0;
	outputs->next = 0;
}

void totem_outputs_clear(struct totem_outputs *outputs)
{
	totem_outputs_reset(outputs);
	free(outputs->list);
	*outputs = (struct totem_outputs){0};
}

/* NULL: no memory, and `failed` is set. */
static struct totem_output *output_add(struct totem_outputs *outputs, enum totem_output_kind kind)
{
	if (outputs->count == outputs->capacity) {
		const size_t capacity = outputs->capacity == 0 ? 64 : outputs->capacity * 2;
		struct totem_output *list = realloc(outputs->list, capacity * sizeof(*list));
		if (list == NULL) {
			outputs->failed = true;
			return NULL;
		}
		outputs->list = list;
		outputs->capacity = capacity;
	}
	struct totem_output *output = &outputs->list[outputs->count++];
	memset(output, 0, sizeof(*output));
	output->kind = kind;
	return output;
}

static struct totem_output *event_add(struct totem_outputs *outputs, enum group_event_kind kind)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_EVENT);

	if (output != NULL)
		output->event.kind = kind;
	return output;
}

void totem_output_multicast(struct totem_outputs *outputs, struct totem_buffer *packet)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_MULTICAST);

	if (output == NULL)
		return;
	output->owner = totem_buffer_hold(packet);
	output->bytes = totem_buffer_bytes(packet);
}

static void packet_to(struct totem_outputs *outputs, enum totem_output_kind kind, uint32_t node, struct totem_buffer *packet)
{
	struct totem_output *output = output_add(outputs, kind);

	if (output == NULL)
		return;
	output->node = node;
	output->owner = totem_buffer_hold(packet);
	output->bytes = totem_buffer_bytes(packet);
}

void totem_output_unicast(struct totem_outputs *outputs, uint32_t node, struct totem_buffer *packet)
{
	packet_to(outputs, TOTEM_OUTPUT_UNICAST, node, packet);
}

void totem_output_direct(struct totem_outputs *outputs, uint32_t node, struct totem_buffer *packet)
{
	packet_to(outputs, TOTEM_OUTPUT_DIRECT, node, packet);
}

void totem_output_timer_set(struct totem_outputs *outputs, uint32_t timer, int64_t at_ns)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_TIMER_SET);

	if (output == NULL)
		return;
	output->timer = timer;
	output->at_ns = at_ns;
}

void totem_output_timer_cancel(struct totem_outputs *outputs, uint32_t timer)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_TIMER_CANCEL);

	if (output != NULL)
		output->timer = timer;
}

void totem_output_store(struct totem_outputs *outputs, uint64_t ring_seq)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_STORE);

	if (output != NULL)
		output->ring_seq = ring_seq;
}

void totem_output_deliver(struct totem_outputs *outputs, uint32_t sender, struct bytes message, struct totem_buffer *owner,
                          struct position position)
{
	struct totem_output *output = event_add(outputs, GROUP_EVENT_DELIVER);

	if (output == NULL)
		return;
	output->owner = totem_buffer_hold(owner);
	output->event.sender = sender;
	output->event.message = message;
	output->event.position = position;
}

void totem_output_come(struct totem_outputs *outputs, uint32_t sender, struct bytes message, struct totem_buffer *owner)
{
	struct totem_output *output = event_add(outputs, GROUP_EVENT_DIRECT);

	if (output == NULL)
		return;
	output->owner = totem_buffer_hold(owner);
	output->event.sender = sender;
	output->event.message = message;
}

static const uint32_t *list_copy(uint32_t **to, const uint32_t *from, size_t count)
{
	uint32_t *const copy = *to;

	if (count > 0)
		memcpy(copy, from, count * sizeof(*copy));
	*to += count;
	return copy;
}

void totem_output_view(struct totem_outputs *outputs, const struct group_view *view)
{
	struct totem_output *output = event_add(outputs, GROUP_EVENT_VIEW);
	struct totem_buffer *lists =
		totem_buffer_new((view->member_count + view->joined_count + view->left_count + 1) * sizeof(uint32_t));

	if (output == NULL || lists == NULL) {
		totem_buffer_release(lists);
		outputs->failed = true;
		return;
	}
	uint32_t *to = (uint32_t *)(void *)lists->data;
	output->owner = lists;
	output->event.view = *view;
	output->event.view.members = list_copy(&to, view->members, view->member_count);
	output->event.view.joined = list_copy(&to, view->joined, view->joined_count);
	output->event.view.left = list_copy(&to, view->left, view->left_count);
}

void totem_output_stable(struct totem_outputs *outputs, struct position position)
{
	struct totem_output *output = event_add(outputs, GROUP_EVENT_STABLE);

	if (output != NULL)
		output->event.position = position;
}

void totem_output_fresh(struct totem_outputs *outputs, int64_t until_ns)
{
	struct totem_output *output = event_add(outputs, GROUP_EVENT_FRESH);

	if (output != NULL)
		output->event.fresh_until_ns = until_ns;
}

void totem_output_writable(struct totem_outputs *outputs)
{
	event_add(outputs, GROUP_EVENT_WRITABLE);
}

void totem_output_left(struct totem_outputs *outputs)
{
	output_add(outputs, TOTEM_OUTPUT_LEFT);
}

void totem_output_log(struct totem_outputs *outputs, enum totem_log_level level, const char *log_id, const char *format, ...)
{
	struct totem_output *output = output_add(outputs, TOTEM_OUTPUT_LOG);
	struct totem_buffer *text = totem_buffer_new(LOG_TEXT_SIZE);
	va_list arguments;

	if (output == NULL || text == NULL) {
		totem_buffer_release(text);
		outputs->failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf((char *)text->data, LOG_TEXT_SIZE, format, arguments);
	va_end(arguments);
	output->owner = text;
	output->level = level;
	output->log_id = log_id;
	output->text = (const char *)text->data;
}
