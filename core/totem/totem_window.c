/* The packets of one ring by sequence number: a circular table that grows as the range in use does. */
#include "core/totem/totem_window.h"

#include <stdlib.h>

enum { WINDOW_CAPACITY_START = 128 };

void totem_window_init(struct totem_window *window, uint64_t base)
{
	*window = (struct totem_window){.base = base, .high = base};
}

void totem_window_clear(struct totem_window *window)
{
	for (size_t i = 0; i < window->capacity; i++)
		totem_buffer_release(window->slots[i].packet);
	free(window->slots);
	totem_window_init(window, window->base);
}

static struct totem_slot *slot_at(const struct totem_window *window, uint64_t seq)
{
	return &window->slots[seq & (window->capacity - 1)];
}

struct totem_slot *totem_window_slot(const struct totem_window *window, uint64_t seq)
{
	if (seq <= window->base || seq - window->base > window->capacity)
		return NULL;
	return slot_at(window, seq);
}

static bool window_grow(struct totem_window *window, uint64_t span)
{
	size_t capacity = window->capacity == 0 ? WINDOW_CAPACITY_START : window->capacity;

	while (capacity < span)
		capacity *= 2;
	struct totem_slot *slots = calloc(capacity, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (uint64_t seq = window->base + 1; seq <= window->base + window->capacity; seq++)
		slots[seq & (capacity - 1)] = *slot_at(window, seq);
	free(window->slots);
	window->slots = slots;
	window->capacity = capacity;
	return true;
}

struct totem_slot *totem_window_reserve(struct totem_window *window, uint64_t seq)
{
	if (seq <= window->base || seq - window->base > TOTEM_WINDOW_SIZE)
		return NULL;
	if (seq - window->base > window->capacity && !window_grow(window, seq - window->base))
		return NULL;
	return slot_at(window, seq);
}

bool totem_window_holds(const struct totem_window *window, uint64_t seq)
{
	if (seq <= window->base)
		return true;
	const struct totem_slot *slot = totem_window_slot(window, seq);
	return slot != NULL && slot->packet != NULL;
}

bool totem_window_store(struct totem_window *window, const struct totem_data *data, struct totem_buffer *packet)
{
	struct totem_slot *slot = totem_window_reserve(window, data->seq);

	if (slot == NULL || slot->packet != NULL) {
		totem_buffer_release(packet);
		return false;
	}
	slot->packet = packet;
	slot->payload = data->payload;
	slot->originator = data->originator;
	slot->round = data->round;
	slot->flags = data->flags;
	if (data->seq > window->high)
		window->high = data->seq;
	return true;
}

void totem_window_release(struct totem_window *window, uint64_t up_to)
{
	for (; window->base < up_to; window->base++) {
		struct totem_slot *slot = totem_window_slot(window, window->base + 1);
		if (slot == NULL)
			continue;
		totem_buffer_release(slot->packet);
		*slot = (struct totem_slot){0};
	}
	if (window->high < window->base)
		window->high = window->base;
}
