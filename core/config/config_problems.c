/* See config_problems.h. */
#include "core/config/config_problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEM_SIZE = 1024 };

static void append(struct config_problems *problems, const char *line)
{
	const size_t size = strlen(line);

	if (problems->size + size + 2 > problems->capacity) {
		const size_t capacity = (problems->capacity + size + 2) * 2;
		char *text = realloc(problems->text, capacity);

		if (text == NULL)
			return; /* the counts still tell that there was something */
		problems->text = text;
		problems->capacity = capacity;
	}
	memcpy(problems->text + problems->size, line, size);
	memcpy(problems->text + problems->size + size, "\n", 2);
	problems->size += size + 1;
}

/* Whatever was quoted from a file may hold anything; a terminal gets printable text. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text == 0x7f)
			*text = '?';
}

static void add(struct config_problems *problems, const char *kind, uint32_t line, const char *key, const char *format, va_list list)
{
	char text[PROBLEM_SIZE];
	size_t used;

	if (problems->errors + problems->warnings == CONFIG_PROBLEMS_MAX + 1) {
		append(problems, "further problems are not shown");
		return;
	}
	if (problems->errors + problems->warnings > CONFIG_PROBLEMS_MAX)
		return;
	if (line == 0)
		used = (size_t)snprintf(text, sizeof(text), "%.512s: %s%.255s%s", problems->source, kind, key == NULL ? "" : key,
		                        key == NULL ? "" : ": ");
	else
		used = (size_t)snprintf(text, sizeof(text), "%.512s:%u: %s%.255s%s", problems->source, line, kind,
		                        key == NULL ? "" : key, key == NULL ? "" : ": ");
	vsnprintf(text + used, sizeof(text) - used, format, list);
	make_printable(text);
	append(problems, text);
}

void config_error(struct config_problems *problems, uint32_t line, const char *key, const char *format, ...)
{
	va_list list;

	problems->errors++;
	va_start(list, format);
	add(problems, "", line, key, format, list);
	va_end(list);
}

void config_warning(struct config_problems *problems, uint32_t line, const char *key, const char *format, ...)
{
	va_list list;

	problems->warnings++;
	va_start(list, format);
	add(problems, "warning: ", line, key, format, list);
	va_end(list);
}

const char *config_problems_text(const struct config_problems *problems)
{
	return problems->text == NULL ? "" : problems->text;
}

void config_problems_clear(struct config_problems *problems)
{
	free(problems->text);
	*problems = (struct config_problems){.source = problems->source};
}
