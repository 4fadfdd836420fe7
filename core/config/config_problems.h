/* What is wrong or doubtful in a configuration, collected so that one run tells all of it. */
#ifndef AISLE_CONFIG_PROBLEMS_H
#define AISLE_CONFIG_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_PROBLEMS_MAX = 100 };

/* All zero, with `source` set, is valid and empty. */
struct config_problems {
	const char *source; /* the file's name */
	char *text;         /* lines "FILE:LINE: KEY: CAUSE", each with its end; warnings begin with "warning: " after the place */
	size_t size, capacity;
	uint32_t errors, warnings;
};

/* `line` 0: no line; `key` NULL: no key. */
void config_error(struct config_problems *problems, uint32_t line, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void config_warning(struct config_problems *problems, uint32_t line, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
const char *config_problems_text(const struct config_problems *problems); /* "" if there are none */
void config_problems_clear(struct config_problems *problems);

#endif
