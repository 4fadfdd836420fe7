/* The file source: reads the format of Corosync and openais (sections in braces, `key: value`, lines that begin with # are comments)
 * into the tree, key by key against the table. Goes on after an error to find the next. */
#ifndef AISLE_CONFIG_FILE_H
#define AISLE_CONFIG_FILE_H

#include "core/base/bytes.h"
#include "core/config/config.h"
#include "core/config/config_problems.h"

enum { CONFIG_FILE_SIZE_MAX = 4 * 1024 * 1024, CONFIG_LINE_SIZE_MAX = 8 * 1024, CONFIG_DEPTH_MAX = 8 };

/* Any bytes. What is wrong is added to `problems`; with an error there, the tree is not to be used. */
void config_read_bytes(struct config *config, struct bytes text, struct config_problems *problems);
/* Reads the file problems->source. False: it cannot be read; an error says why. */
bool config_read_file(struct config *config, struct config_problems *problems);

/* Whether the values fit together: limits between keys, nodes without address, ids used twice. */
void config_check(const struct config *config, struct config_problems *problems);

#endif
