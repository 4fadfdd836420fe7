/* Intrusive balanced (AVL) tree: key order, which is the order in which all replicated code iterates. */
#ifndef AISLE_BASE_TREE_H
#define AISLE_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct tree_node {
	struct tree_node *left, *right, *parent;
	int height;
};

/* Orders `key` against a node's key: < 0, 0, > 0. */
typedef int tree_compare_fn(const void *key, const struct tree_node *node);

/* Initialize with {.compare = ...}; the rest zero. */
struct tree {
	struct tree_node *root;
	size_t count;
	tree_compare_fn *compare;
};

struct tree_node *tree_find(const struct tree *tree, const void *key);
struct tree_node *tree_find_after(const struct tree *tree, const void *key); /* the first whose key is greater */
struct tree_node *tree_insert(struct tree *tree, struct tree_node *node, const void *key); /* NULL, or who has the key already */
void tree_remove(struct tree *tree, struct tree_node *node);
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);

#endif
