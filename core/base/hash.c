#include "core/base/hash.h"

#include <endian.h>
#include <stdlib.h>

static uint64_t mix(uint64_t value)
{
	value ^= value >> 32;
	value *= 0xd6e8feb86659fd93u;
	value ^= value >> 32;
	value *= 0xd6e8feb86659fd93u;
	return value ^ value >> 32;
}

static uint64_t load_little_endian(const uint8_t *data, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	return value;
}

static uint64_t load_word(const uint8_t *data)
{
	uint64_t value;

	memcpy(&value, data, sizeof value);
	return le64toh(value);
}

uint64_t digest_u64(uint64_t seed, uint64_t value)
{
	return mix(seed * 0x9e3779b97f4a7c15u + mix(value + 0x2545f4914f6cdd1du));
}

static uint64_t word_in(uint64_t state, const uint8_t *data)
{
	state ^= load_word(data);
	state *= 0xd6e8feb86659fd93u;
	return state ^ state >> 29;
}

/* A word waits for the one before it; those of four lanes do not wait for each other. */
static uint64_t lanes_in(uint64_t state, struct bytes *bytes)
{
	uint64_t a = state, b = state + 1, c = state + 2, d = state + 3;

	for (; bytes->size >= 32; bytes->data += 32, bytes->size -= 32) {
		a = word_in(a, bytes->data);
		b = word_in(b, bytes->data + 8);
		c = word_in(c, bytes->data + 16);
		d = word_in(d, bytes->data + 24);
	}
	return digest_u64(digest_u64(digest_u64(a, b), c), d);
}

uint64_t digest_bytes(uint64_t seed, struct bytes bytes)
{
	uint64_t state = seed ^ (bytes.size * 0x9e3779b97f4a7c15u);

	if (bytes.size >= 128)
		state = lanes_in(state, &bytes);
	for (; bytes.size >= 8; bytes.data += 8, bytes.size -= 8)
		state = word_in(state, bytes.data);
	return digest_u64(state, load_little_endian(bytes.data, bytes.size));
}

static bool table_grow(struct hash_table *table)
{
	const size_t bucket_count = table->bucket_count == 0 ? 16 : table->bucket_count * 2;
	struct hash_node **buckets = calloc(bucket_count, sizeof(*buckets));

	if (buckets == NULL)
		return false;
	for (size_t i = 0; i < table->bucket_count; i++) {
		struct hash_node *next;

		for (struct hash_node *node = table->buckets[i]; node != NULL; node = next) {
			struct hash_node **bucket = &buckets[node->hash & (bucket_count - 1)];

			next = node->next;
			node->next = *bucket;
			*bucket = node;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->bucket_count = bucket_count;
	return true;
}

bool hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash)
{
	/* A table that cannot grow still works, only slower; one without buckets cannot. */
	if (table->count >= table->bucket_count && !table_grow(table) && table->bucket_count == 0)
		return false;
	struct hash_node **bucket = &table->buckets[hash & (table->bucket_count - 1)];
	node->hash = hash;
	node->next = *bucket;
	*bucket = node;
	table->count++;
	return true;
}

struct hash_node *hash_table_find(const struct hash_table *table, uint64_t hash, hash_equal_fn *equal, const void *key)
{
	if (table->bucket_count == 0)
		return NULL;
	struct hash_node *node = table->buckets[hash & (table->bucket_count - 1)];
	while (node != NULL && !(node->hash == hash && equal(node, key)))
		node = node->next;
	return node;
}

void hash_table_remove(struct hash_table *table, struct hash_node *node)
{
	if (table->bucket_count == 0)
		return;
	struct hash_node **link = &table->buckets[node->hash & (table->bucket_count - 1)];
	while (*link != NULL && *link != node)
		link = &(*link)->next;
	if (*link == NULL)
		return;
	*link = node->next;
	table->count--;
}

void hash_table_clear(struct hash_table *table)
{
	free(table->buckets);
	*table = (struct hash_table){0};
}
