/* Digests, and an intrusive hash table for lookups by key. Never iterated by replicated code: its order is not the key order. */
#ifndef AISLE_BASE_HASH_H
#define AISLE_BASE_HASH_H

#include "core/base/bytes.h"

/* 64-bit digest of bytes: equal on all machines. Guards against faults, not against forgery. */
uint64_t digest_bytes(uint64_t seed, struct bytes bytes);
uint64_t digest_u64(uint64_t seed, uint64_t value);

struct hash_node {
	struct hash_node *next;
	uint64_t hash;
};

/* All zero is a valid empty table. */
struct hash_table {
	struct hash_node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t count;
};

typedef bool hash_equal_fn(const struct hash_node *node, const void *key);

bool hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash); /* false: no memory */
struct hash_node *hash_table_find(const struct hash_table *table, uint64_t hash, hash_equal_fn *equal, const void *key);
void hash_table_remove(struct hash_table *table, struct hash_node *node);
void hash_table_clear(struct hash_table *table); /* frees the buckets; the nodes are the caller's */

#endif
