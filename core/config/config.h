/* The configuration tree: a flat map of dotted keys to typed values, with notices of change, on libqb's map. Filled by a source
 * (config_file.h), judged by the table of keys (config_keys.h). Code below the daemon never sees it: it is given values.
 * One thread, the loop's. */
#ifndef AISLE_CONFIG_CONFIG_H
#define AISLE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_KEY_SIZE_MAX = 255, CONFIG_VALUE_SIZE_MAX = 16 * 1024 };

enum config_type {
	CONFIG_TEXT,
	CONFIG_NUMBER,
	CONFIG_BOOL,    /* number: 0 or 1 */
	CONFIG_CHOICE,  /* number: index in the key's choices */
	CONFIG_ADDRESS, /* a numeric address or a host's name, not resolved */
};

/* Valid until the key is set again or removed. */
struct config_value {
	const char *key;
	const char *text; /* as it was written */
	enum config_type type;
	uint64_t number;
	uint32_t line; /* in the source's file; 0: from elsewhere */
};

struct config;

struct config *config_new(void); /* NULL: no memory */
void config_free(struct config *config);

/* Sets or replaces. False: no memory, or a key or value that is empty, too long or not of printable characters without blanks. */
bool config_set(struct config *config, const char *key, const char *text, enum config_type type, uint64_t number, uint32_t line);
bool config_remove(struct config *config, const char *key); /* false: not there */
const struct config_value *config_get(const struct config *config, const char *key); /* NULL: not there */
size_t config_count(const struct config *config);

/* Every key that begins with `prefix` ("" for all), in key order where runs of digits compare as numbers. The tree must not be
 * changed meanwhile. False: no memory. */
bool config_each(const struct config *config, const char *prefix, void (*visit)(void *context, const struct config_value *value),
                 void *context);
/* How many numbered sections there are: config_sections(config, "nodelist.node") with nodelist.node.0 to .2 is 3. */
size_t config_sections(const struct config *config, const char *path);

/* Notice of changes below a prefix ("": all): `before` or `after` is NULL when the key came or went. The tree must not be changed from
 * inside. */
typedef void config_changed_fn(void *context, const struct config_value *before, const struct config_value *after);
struct config_tracker;
struct config_tracker *config_track(struct config *config, const char *prefix, config_changed_fn *changed, void *context);
void config_untrack(struct config *config, struct config_tracker *tracker);

#endif
