/* Prints the tree as a configuration file: what is set as it was written, and of the table's keys that are not set the default as a
 * comment. */
#ifndef AISLE_CONFIG_PRINT_H
#define AISLE_CONFIG_PRINT_H

#include <stdio.h>

#include "core/config/config.h"

void config_print(const struct config *config, FILE *out);
/* All keys of the table with type, unit, range, default and help, for people and for the manual page. */
void config_print_keys(FILE *out);

#endif
