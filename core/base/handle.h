/* 64-bit handles for pointers: never 0, and a value that was freed is not handed out again for 2^32 reuses of its slot.
 * Own code, not libqb's database: there a freed handle's check value may come back by chance, and its get/put counting would hide
 * ours (Finalize while another thread dispatches). No lock here: ais/common owns one. */
#ifndef AISLE_BASE_HANDLE_H
#define AISLE_BASE_HANDLE_H

#include <stdint.h>
#include <stddef.h>

struct handle_slot {
	void *pointer; /* NULL: free */
	uint32_t generation;
	uint32_t next_free; /* index + 1; 0: none */
};

/* All zero is a valid empty table. */
struct handle_table {
	struct handle_slot *slots;
	uint32_t slot_count, free_first, free_last; /* index + 1; oldest free slot is reused first */
};

uint64_t handle_table_add(struct handle_table *table, void *pointer); /* 0: no memory */
void *handle_table_get(const struct handle_table *table, uint64_t handle); /* NULL: not a handle of ours */
void *handle_table_remove(struct handle_table *table, uint64_t handle);
void handle_table_clear(struct handle_table *table);

#endif
