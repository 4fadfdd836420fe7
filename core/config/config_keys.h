/* The one table of keys that Aisle owns: name, type, unit, range, default, help. Whatever checks, prints or documents the configuration
 * reads it here. */
#ifndef AISLE_CONFIG_KEYS_H
#define AISLE_CONFIG_KEYS_H

#include "core/config/config.h"

enum config_use {
	CONFIG_USED,
	CONFIG_WITHOUT_EFFECT, /* Corosync or openais know it, we do not use it: `help` says why or what stands in for it */
	CONFIG_MUST_BE_OFF,    /* asked for, it would have to be there: only its off value (the default) is accepted */
};

struct config_key {
	const char *name; /* "nodelist.node.*.nodeid": the star stands for the section's number */
	enum config_type type;
	enum config_use use;
	const char *unit;         /* NULL: none */
	uint64_t minimum, maximum; /* CONFIG_NUMBER */
	const char *word;         /* CONFIG_NUMBER: a word that is allowed too and stands for UINT64_MAX; NULL: none */
	const char *const *choices; /* CONFIG_CHOICE: ends with NULL */
	const char *preset;       /* default as text; NULL: none, or computed as `help` says */
	const char *help;
	bool is_interface_address; /* bindnetaddr: no name with an underscore is one, and config_check() says what stands in for it in this file */
	bool at_run_time;         /* a reload may change it; else a restart is needed */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

const struct config_key *config_key_find(const char *path); /* NULL: none of ours */
/* Sections: whether Aisle owns it (an unknown key inside is an error), and whether each occurrence has a number. */
bool config_section_is_owned(const char *path);
bool config_section_is_numbered(const char *path); /* of a path whose own numbers are filled in: "totem.interface" */
bool config_section_is_known(const char *path);    /* owned, or one that Corosync or openais know */
/* The name of a key (or section) that `path` may be a slip of, with its numbers filled in; false: nothing is near. */
bool config_nearest_key(const char *path, char *nearest, size_t nearest_size);

/* Values with the default of the table where the key is not set. The key must be in the table. */
uint64_t config_number(const struct config *config, const char *key);
const char *config_text(const struct config *config, const char *key); /* NULL: not set and no default */
/* Reads `text` as the key's type. False: `error` says what was expected. */
bool config_key_read(const struct config_key *key, const char *text, uint64_t *number, char *error, size_t error_size);

#endif
