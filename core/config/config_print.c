/* See config_print.h. */
#include "core/config/config_print.h"

#include <ctype.h>
#include <string.h>

#include "core/config/config_keys.h"

enum { DEPTH_MAX = 16 };

struct printing {
	FILE *out;
	char section[CONFIG_KEY_SIZE_MAX + 1]; /* path of the innermost open one, with its number */
	unsigned depth;
};

static void indent(const struct printing *printing)
{
	for (unsigned i = 0; i < printing->depth; i++)
		fputc('\t', printing->out);
}

static void section_close(struct printing *printing)
{
	char *dot = strrchr(printing->section, '.');

	printing->depth--;
	indent(printing);
	fputs("}\n", printing->out);
	if (dot != NULL && isdigit((unsigned char)dot[1])) {
		*dot = '\0';
		dot = strrchr(printing->section, '.');
	}
	if (dot == NULL)
		dot = printing->section;
	*dot = '\0';
}

static bool is_inside(const char *section, const char *path)
{
	const size_t size = strlen(section);

	return size == 0 || (strncmp(section, path, size) == 0 && (path[size] == '.' || path[size] == '\0'));
}

/* Opens what lies between the open section and the key's, `path` being the key's section. */
static void sections_to(struct printing *printing, const char *path)
{
	while (!is_inside(printing->section, path))
		section_close(printing);
	const char *at = path + strlen(printing->section);
	while (*at != '\0') {
		at += *at == '.';
		const size_t size = strcspn(at, ".");

		indent(printing);
		fprintf(printing->out, "%.*s {\n", (int)size, at);
		printing->depth++;
		at += size;
		if (*at == '.' && isdigit((unsigned char)at[1])) /* its number is told by its place */
			at += 1 + strcspn(at + 1, ".");
		memcpy(printing->section, path, (size_t)(at - path));
		printing->section[at - path] = '\0';
	}
}

static void value_print(void *context, const struct config_value *value)
{
	struct printing *printing = context;
	const char *dot = strrchr(value->key, '.');
	char section[CONFIG_KEY_SIZE_MAX + 1];

	if (dot == NULL)
		return;
	memcpy(section, value->key, (size_t)(dot - value->key));
	section[dot - value->key] = '\0';
	sections_to(printing, section);
	indent(printing);
	fprintf(printing->out, "%s: %s\n", dot + 1, value->text);
}

void config_print(const struct config *config, FILE *out)
{
	struct printing printing = {.out = out};

	config_each(config, "", value_print, &printing);
	while (printing.depth > 0)
		section_close(&printing);
	fputs("# Not set; the default:\n", out);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->use == CONFIG_USED && strchr(key->name, '*') == NULL && config_get(config, key->name) == NULL)
			fprintf(out, "# %s: %s\n", key->name, key->preset == NULL ? "(none)" : key->preset);
	}
}

static void key_print(const struct config_key *key, FILE *out)
{
	static const char *const types[] = {"text", "number", "yes or no", "one of", "address"};

	fprintf(out, "%s\t%s", key->name, types[key->type]);
	for (size_t i = 0; key->type == CONFIG_CHOICE && key->choices[i] != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? " " : ", ", key->choices[i]);
	if (key->type == CONFIG_NUMBER)
		fprintf(out, " %llu to %llu%s%s%s%s", (unsigned long long)key->minimum, (unsigned long long)key->maximum,
		        key->unit == NULL ? "" : " ", key->unit == NULL ? "" : key->unit, key->word == NULL ? "" : " or ",
		        key->word == NULL ? "" : key->word);
	fprintf(out, "\t%s\t%s\n", key->preset == NULL ? "-" : key->preset, key->help);
}

void config_print_keys(FILE *out)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].use == CONFIG_USED)
			key_print(&config_keys[i], out);
}
