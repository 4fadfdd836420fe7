#include "core/base/tree.h"

static int height(const struct tree_node *node)
{
	return node == NULL ? 0 : node->height;
}

static void update_height(struct tree_node *node)
{
	const int left = height(node->left), right = height(node->right);

	node->height = 1 + (left > right ? left : right);
}

/* Puts `child` where `node` hangs. */
static void replace(struct tree *tree, struct tree_node *node, struct tree_node *child)
{
	struct tree_node *parent = node->parent;

	if (parent == NULL)
		tree->root = child;
	else if (parent->left == node)
		parent->left = child;
	else
		parent->right = child;
	if (child != NULL)
		child->parent = parent;
}

static struct tree_node *rotate_left(struct tree *tree, struct tree_node *node)
{
	struct tree_node *up = node->right;

	replace(tree, node, up);
	node->right = up->left;
	if (node->right != NULL)
		node->right->parent = node;
	up->left = node;
	node->parent = up;
	update_height(node);
	update_height(up);
	return up;
}

static struct tree_node *rotate_right(struct tree *tree, struct tree_node *node)
{
	struct tree_node *up = node->left;

	replace(tree, node, up);
	node->left = up->right;
	if (node->left != NULL)
		node->left->parent = node;
	up->right = node;
	node->parent = up;
	update_height(node);
	update_height(up);
	return up;
}

static void rebalance(struct tree *tree, struct tree_node *node)
{
	while (node != NULL) {
		update_height(node);
		const int lean = height(node->left) - height(node->right);
		if (lean > 1) {
			if (height(node->left->left) < height(node->left->right))
				rotate_left(tree, node->left);
			node = rotate_right(tree, node);
		} else if (lean < -1) {
			if (height(node->right->right) < height(node->right->left))
				rotate_right(tree, node->right);
			node = rotate_left(tree, node);
		}
		node = node->parent;
	}
}

struct tree_node *tree_find(const struct tree *tree, const void *key)
{
	struct tree_node *node = tree->root;

	while (node != NULL) {
		const int order = tree->compare(key, node);
		if (order == 0)
			return node;
		node = order < 0 ? node->left : node->right;
	}
	return NULL;
}

struct tree_node *tree_find_after(const struct tree *tree, const void *key)
{
	struct tree_node *node = tree->root, *found = NULL;

	while (node != NULL) {
		if (tree->compare(key, node) < 0) {
			found = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

struct tree_node *tree_insert(struct tree *tree, struct tree_node *node, const void *key)
{
	struct tree_node **link = &tree->root, *parent = NULL;

	while (*link != NULL) {
		const int order = tree->compare(key, *link);
		if (order == 0)
			return *link;
		parent = *link;
		link = order < 0 ? &parent->left : &parent->right;
	}
	*node = (struct tree_node){.parent = parent, .height = 1};
	*link = node;
	tree->count++;
	rebalance(tree, parent);
	return NULL;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *from = node->parent; /* where heights change first */

	if (node->left == NULL) {
		replace(tree, node, node->right);
	} else if (node->right == NULL) {
		replace(tree, node, node->left);
	} else {
		struct tree_node *heir = tree_next(node);

		from = heir->parent == node ? heir : heir->parent;
		replace(tree, heir, heir->right);
		replace(tree, node, heir);
		heir->left = node->left;
		heir->right = node->right;
		if (heir->left != NULL)
			heir->left->parent = heir;
		if (heir->right != NULL)
			heir->right->parent = heir;
	}
	tree->count--;
	rebalance(tree, from);
}

struct tree_node *tree_first(const struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node != NULL && node->left != NULL)
		node = node->left;
	return node;
}

struct tree_node *tree_last(const struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node != NULL && node->right != NULL)
		node = node->right;
	return node;
}

struct tree_node *tree_next(const struct tree_node *node)
{
	if (node->right != NULL) {
		for (node = node->right; node->left != NULL; node = node->left) {
		}
		return (struct tree_node *)node;
	}
	while (node->parent != NULL && node->parent->right == node)
		node = node->parent;
	return node->parent;
}
