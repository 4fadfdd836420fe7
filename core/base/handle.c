#include "core/base/handle.h"

#include <stdlib.h>

static struct handle_slot *slot_of(const struct handle_table *table, uint64_t handle)
{
	const uint32_t index = (uint32_t)handle, generation = (uint32_t)(handle >> 32);

	if (index >= table->slot_count || table->slots[index].pointer == NULL || table->slots[index].generation != generation)
		return NULL;
	return &table->slots[index];
}

static void slot_set_free(struct handle_table *table, uint32_t index)
{
	table->slots[index].pointer = NULL;
	table->slots[index].next_free = 0;
	if (table->free_last != 0)
		table->slots[table->free_last - 1].next_free = index + 1;
	else
		table->free_first = index + 1;
	table->free_last = index + 1;
}

static int table_grow(struct handle_table *table)
{
	if (table->slot_count > UINT32_MAX / 4)
		return -1;
	const uint32_t slot_count = table->slot_count == 0 ? 16 : table->slot_count * 2;
	struct handle_slot *slots = realloc(table->slots, slot_count * sizeof *slots);

	if (slots == NULL)
		return -1;
	table->slots = slots;
	for (uint32_t index = table->slot_count; index < slot_count; index++) {
		slots[index].generation = 0;
		slot_set_free(table, index);
	}
	table->slot_count = slot_count;
	return 0;
}

uint64_t handle_table_add(struct handle_table *table, void *pointer)
{
	if (table->free_first == 0 && table_grow(table) != 0)
		return 0;
	const uint32_t index = table->free_first - 1;
	struct handle_slot *slot = &table->slots[index];

	table->free_first = slot->next_free;
	if (table->free_first == 0)
		table->free_last = 0;
	slot->pointer = pointer;
	if (++slot->generation == 0)
		slot->generation = 1;
	return (uint64_t)slot->generation << 32 | index;
}

void *handle_table_get(const struct handle_table *table, uint64_t handle)
{
	const struct handle_slot *slot = slot_of(table, handle);

	return slot == NULL ? NULL : slot->pointer;
}

void *handle_table_remove(struct handle_table *table, uint64_t handle)
{
	struct handle_slot *slot = slot_of(table, handle);

	if (slot == NULL)
		return NULL;
	void *pointer = slot->pointer;
	slot_set_free(table, (uint32_t)handle);
	return pointer;
}

void handle_table_clear(struct handle_table *table)
{
	free(table->slots);
	*table = (struct handle_table){0};
}
