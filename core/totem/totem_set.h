/* Sets of node ids: small, sorted ascending, without duplicates, bounded. */
#ifndef AISLE_TOTEM_SET_H
#define AISLE_TOTEM_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/totem/totem.h"

struct node_set {
	size_t count;
	uint32_t ids[TOTEM_NODES_MAX];
};

int node_set_index(const struct node_set *set, uint32_t node); /* -1: not in it */
bool node_set_has(const struct node_set *set, uint32_t node);
bool node_set_add(struct node_set *set, uint32_t node); /* false: full */
void node_set_remove(struct node_set *set, uint32_t node);
bool node_set_add_all(struct node_set *set, const struct node_set *other); /* false: full, and nothing is changed */
bool node_set_equal(const struct node_set *a, const struct node_set *b);
bool node_set_subset(const struct node_set *part, const struct node_set *whole);
void node_set_minus(const struct node_set *a, const struct node_set *b, struct node_set *difference);

#endif
