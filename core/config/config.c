/* See config.h. The map holds struct node; each tracker is one of libqb's notices on the whole map, and looks at the prefix
 * itself: libqb's trie knows prefixes, but does not free all that it allocated. */
#include "core/config/config.h"

#include <qb/qbmap.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <stdio.h>

#include "core/base/list.h"

/* Owns the key: libqb's map keeps the pointer alone. */
struct node {
	struct list entry; /* in config.nodes: libqb's iterators keep what they looked at last */
	struct config_value value;
	char memory[]; /* key, zero, text, zero */
};

struct config_tracker {
	struct config_tracker *next;
	char *prefix;
	config_changed_fn *changed;
	void *context;
};

struct config {
	qb_map_t *map;
	struct list nodes;
	struct config_tracker *trackers;
};

enum { TRACKED = QB_MAP_NOTIFY_INSERTED | QB_MAP_NOTIFY_REPLACED | QB_MAP_NOTIFY_DELETED };

static bool key_is_valid(const char *key)
{
	const size_t size = strlen(key);

	if (size == 0 || size > CONFIG_KEY_SIZE_MAX)
		return false;
	for (; *key != '\0'; key++)
		if (!isalnum((unsigned char)*key) && strchr("._-/:", *key) == NULL)
			return false;
	return true;
}

struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return NULL;
	list_init(&config->nodes);
	config->map = qb_skiplist_create();
	if (config->map != NULL)
		return config;
	free(config);
	return NULL;
}

static void tracker_free(struct config_tracker *tracker)
{
	free(tracker->prefix);
	free(tracker);
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	while (config->trackers != NULL)
		config_untrack(config, config->trackers);
	while (!list_is_empty(&config->nodes))
		config_remove(config, container_of(config->nodes.next, struct node, entry)->value.key);
	qb_map_destroy(config->map);
	free(config);
}

static struct node *node_new(const char *key, const char *text)
{
	const size_t key_size = strlen(key) + 1, text_size = strlen(text) + 1;
	struct node *node = calloc(1, sizeof(*node) + key_size + text_size);

	if (node == NULL)
		return NULL;
	memcpy(node->memory, key, key_size);
	memcpy(node->memory + key_size, text, text_size);
	node->value.key = node->memory;
	node->value.text = node->memory + key_size;
	return node;
}

bool config_set(struct config *config, const char *key, const char *text, enum config_type type, uint64_t number, uint32_t line)
{
	if (!key_is_valid(key) || strlen(text) > CONFIG_VALUE_SIZE_MAX)
		return false;
	struct node *node = node_new(key, text);
	if (node == NULL)
		return false;
	node->value.type = type;
	node->value.number = number;
	node->value.line = line;
	struct node *before = qb_map_get(config->map, key);
	qb_map_put(config->map, node->value.key, node);
	list_append(&config->nodes, &node->entry);
	if (before != NULL)
		list_remove(&before->entry);
	free(before);
	return true;
}

bool config_remove(struct config *config, const char *key)
{
	struct node *node = qb_map_get(config->map, key);

	if (node == NULL)
		return false;
	list_remove(&node->entry);
	qb_map_rm(config->map, node->value.key);
	free(node);
	return true;
}

const struct config_value *config_get(const struct config *config, const char *key)
{
	const struct node *node = qb_map_get(config->map, key);

	return node == NULL ? NULL : &node->value;
}

size_t config_count(const struct config *config)
{
	return qb_map_count_get(config->map);
}

/* Like strcmp, but node.2 comes before node.10. */
static int key_order(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			char *a_end, *b_end;
			const unsigned long long a_number = strtoull(a, &a_end, 10), b_number = strtoull(b, &b_end, 10);

			if (a_number != b_number)
				return a_number < b_number ? -1 : 1;
			a = a_end;
			b = b_end;
			continue;
		}
		if (*a != *b)
			break;
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static int value_order(const void *a, const void *b)
{
	const struct config_value *const *left = a, *const *right = b;

	return key_order((*left)->key, (*right)->key);
}

bool config_each(const struct config *config, const char *prefix, void (*visit)(void *context, const struct config_value *value),
                 void *context)
{
	const struct config_value **values = calloc(config_count(config) + 1, sizeof(*values));
	size_t count = 0;

	if (values == NULL)
		return false;
	for (const struct list *at = config->nodes.next; at != &config->nodes; at = at->next) {
		const struct node *node = container_of(at, struct node, entry);

		if (strncmp(node->value.key, prefix, strlen(prefix)) == 0)
			values[count++] = &node->value;
	}
	qsort(values, count, sizeof(*values), value_order);
	for (size_t i = 0; i < count; i++)
		visit(context, values[i]);
	free(values);
	return true;
}

struct section_search {
	size_t prefix_size;
	size_t count;
};

static void section_count(void *context, const struct config_value *value)
{
	struct section_search *search = context;
	const char *digits = value->key + search->prefix_size;

	if (isdigit((unsigned char)*digits) && strtoul(digits, NULL, 10) + 1 > search->count)
		search->count = strtoul(digits, NULL, 10) + 1;
}

size_t config_sections(const struct config *config, const char *path)
{
	char prefix[CONFIG_KEY_SIZE_MAX + 2];

	snprintf(prefix, sizeof(prefix), "%s.", path);
	struct section_search search = {.prefix_size = strlen(prefix)};
	return config_each(config, prefix, section_count, &search) ? search.count : 0;
}

static void on_change(uint32_t event, char *key, void *before, void *after, void *context)
{
	const struct config_tracker *tracker = context;
	const struct node *old = event == QB_MAP_NOTIFY_INSERTED ? NULL : before;
	const struct node *new = event == QB_MAP_NOTIFY_DELETED ? NULL : after;

	if (strncmp(key, tracker->prefix, strlen(tracker->prefix)) == 0)
		tracker->changed(tracker->context, old == NULL ? NULL : &old->value, new == NULL ? NULL : &new->value);
}

struct config_tracker *config_track(struct config *config, const char *prefix, config_changed_fn *changed, void *context)
{
	struct config_tracker *tracker = calloc(1, sizeof(*tracker));

	if (tracker == NULL)
		return NULL;
	*tracker = (struct config_tracker){.prefix = strdup(prefix), .changed = changed, .context = context};
	const bool added = tracker->prefix != NULL &&
		qb_map_notify_add(config->map, NULL, on_change, TRACKED, tracker) == 0;
	if (!added) {
		tracker_free(tracker);
		return NULL;
	}
	tracker->next = config->trackers;
	config->trackers = tracker;
	return tracker;
}

void config_untrack(struct config *config, struct config_tracker *tracker)
{
	qb_map_notify_del_2(config->map, NULL, on_change, TRACKED, tracker);
	for (struct config_tracker **at = &config->trackers; *at != NULL; at = &(*at)->next)
		if (*at == tracker) {
			*at = tracker->next;
			tracker_free(tracker);
			return;
		}
}
