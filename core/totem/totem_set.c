/* Sets of node ids. Merging two sorted lists is all there is to it; nothing here knows what the nodes are. */
#include "core/totem/totem_set.h"

#include <string.h>

static size_t lower_bound(const struct node_set *set, uint32_t node)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		if (set->ids[middle] < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int node_set_index(const struct node_set *set, uint32_t node)
{
	const size_t at = lower_bound(set, node);

	return at < set->count && set->ids[at] == node ? (int)at : -1;
}

bool node_set_has(const struct node_set *set, uint32_t node)
{
	return node_set_index(set, node) >= 0;
}

bool node_set_add(struct node_set *set, uint32_t node)
{
	const size_t at = lower_bound(set, node);

	if (at < set->count && set->ids[at] == node)
		return true;
	if (set->count == TOTEM_NODES_MAX)
		return false;
	memmove(set->ids + at + 1, set->ids + at, (set->count - at) * sizeof(set->ids[0]));
	set->ids[at] = node;
	set->count++;
	return true;
}

void node_set_remove(struct node_set *set, uint32_t node)
{
	const int at = node_set_index(set, node);

	if (at < 0)
		return;
	memmove(set->ids + at, set->ids + at + 1, (set->count - (size_t)at - 1) * sizeof(set->ids[0]));
	set->count--;
}

bool node_set_add_all(struct node_set *set, const struct node_set *other)
{
	struct node_set merged = *set;

	for (size_t i = 0; i < other->count; i++)
		if (!node_set_add(&merged, other->ids[i]))
			return false;
	*set = merged;
	return true;
}

bool node_set_equal(const struct node_set *a, const struct node_set *b)
{
	return a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof(a->ids[0])) == 0;
}

bool node_set_subset(const struct node_set *part, const struct node_set *whole)
{
	for (size_t i = 0; i < part->count; i++)
		if (!node_set_has(whole, part->ids[i]))
			return false;
	return true;
}

void node_set_minus(const struct node_set *a, const struct node_set *b, struct node_set *difference)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		if (!node_set_has(b, a->ids[i]))
			difference->ids[count++] = a->ids[i];
	difference->count = count;
}
