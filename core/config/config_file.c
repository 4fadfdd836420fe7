/* Reads lines into sections and keys. Not here: what a key means and which values it takes (config_keys.c), whether the values fit
 * together (config_check.c). */
#include "core/config/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/config_keys.h"

enum { SECTION_COUNTS_MAX = 4096 };

/* How many occurrences of a numbered section were opened: "nodelist.node" -> 3. */
struct section_count {
	char *path;
	uint32_t count;
};

struct open_section {
	size_t path_size; /* of the path above it */
	uint32_t line;
	bool refused;     /* said once; nothing inside is read */
};

struct reading {
	struct config *config;
	struct config_problems *problems;
	uint32_t line;
	char path[CONFIG_KEY_SIZE_MAX + 1]; /* of the innermost open section; "" at the top */
	struct open_section open[CONFIG_DEPTH_MAX];
	uint32_t depth;
	uint32_t depth_beyond; /* sections too deep to be read */
	char pending[CONFIG_KEY_SIZE_MAX + 1]; /* a name whose opening brace may stand on the next line */
	uint32_t pending_line;
	struct section_count *counts;
	size_t count_count;
};

static char *trim(char *text)
{
	size_t size;

	text += strspn(text, " \t");
	size = strlen(text);
	while (size > 0 && strchr(" \t\r", text[size - 1]) != NULL)
		size--;
	text[size] = '\0';
	return text;
}

static bool is_refused(const struct reading *reading)
{
	return reading->depth_beyond > 0 || (reading->depth > 0 && reading->open[reading->depth - 1].refused);
}

static uint32_t section_number(struct reading *reading, const char *path)
{
	for (size_t i = 0; i < reading->count_count; i++)
		if (strcmp(reading->counts[i].path, path) == 0)
			return reading->counts[i].count++;
	if (reading->count_count == SECTION_COUNTS_MAX)
		return 0;
	struct section_count *counts = realloc(reading->counts, (reading->count_count + 1) * sizeof(*counts));
	if (counts == NULL)
		return 0;
	reading->counts = counts;
	char *copy = strdup(path);
	if (copy != NULL)
		reading->counts[reading->count_count++] = (struct section_count){.path = copy, .count = 1};
	return 0;
}

/* Says what is to be said about a section when it opens. False: nothing inside it is to be read. */
static bool section_is_welcome(struct reading *reading, const char *parent, const char *path)
{
	char nearest[CONFIG_KEY_SIZE_MAX + 1];
	const bool near = !config_section_is_known(path) && config_nearest_key(path, nearest, sizeof(nearest));

	if (config_section_is_known(path))
		return true;
	if (*parent != '\0' && config_section_is_owned(parent)) {
		config_error(reading->problems, reading->line, path, near ? "unknown section, did you mean %s?" : "unknown section%s",
		             near ? nearest : "");
		return false;
	}
	if (*parent == '\0' && near)
		config_warning(reading->problems, reading->line, path, "unknown section, kept without effect; did you mean %s?", nearest);
	else if (*parent == '\0')
		config_warning(reading->problems, reading->line, path, "unknown section, kept without effect");
	return true;
}

/* No dot: it parts the path, and a name with one could pass for a numbered section that was never opened. */
static bool name_is_valid(const char *name)
{
	return *name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(name);
}

static void section_open(struct reading *reading, const char *name)
{
	char path[3 * CONFIG_KEY_SIZE_MAX];

	if (reading->depth_beyond > 0 || reading->depth == CONFIG_DEPTH_MAX) {
		if (reading->depth_beyond++ == 0)
			config_error(reading->problems, reading->line, NULL, "sections are nested more than %d deep", CONFIG_DEPTH_MAX);
		return;
	}
	struct open_section *open = &reading->open[reading->depth];
	*open = (struct open_section){.path_size = strlen(reading->path), .line = reading->line, .refused = is_refused(reading)};
	reading->depth++;
	if (open->refused)
		return;
	if (!name_is_valid(name)) {
		config_error(reading->problems, reading->line, NULL, *name == '\0' ? "'{' without a section's name before it%s"
		                                                                   : "'%.64s' is no name for a section", name);
		open->refused = true;
		return;
	}
	snprintf(path, sizeof(path), "%s%s%s", reading->path, *reading->path == '\0' ? "" : ".", name);
	open->refused = !section_is_welcome(reading, reading->path, path);
	if (!open->refused && config_section_is_numbered(path))
		snprintf(path + strlen(path), sizeof(path) - strlen(path), ".%u", section_number(reading, path));
	if (strlen(path) > CONFIG_KEY_SIZE_MAX) {
		config_error(reading->problems, reading->line, NULL, "the section's path is longer than %d characters", CONFIG_KEY_SIZE_MAX);
		open->refused = true;
	}
	if (!open->refused)
		memcpy(reading->path, path, strlen(path) + 1);
}

static void section_close(struct reading *reading)
{
	if (reading->depth_beyond > 0) {
		reading->depth_beyond--;
		return;
	}
	if (reading->depth == 0) {
		config_error(reading->problems, reading->line, NULL, "closing brace without a section");
		return;
	}
	reading->depth--;
	reading->path[reading->open[reading->depth].path_size] = '\0';
}

/* Typed values take a remark after them, as files in the field have it; text keeps every character. */
static void remark_strip(struct reading *reading, const struct config_key *key, const char *path, char *value)
{
	if (key->type == CONFIG_TEXT)
		return;
	for (char *at = value; *at != '\0'; at++)
		if (at > value && *at == '#' && (at[-1] == ' ' || at[-1] == '\t')) {
			config_warning(reading->problems, reading->line, path,
			               "text after the value ignored; put comments on their own line");
			*at = '\0';
			trim(value);
			return;
		}
}

static void key_unknown(struct reading *reading, const char *path, const char *value)
{
	char nearest[CONFIG_KEY_SIZE_MAX + 1];

	if (*reading->path == '\0') {
		config_error(reading->problems, reading->line, path, "a key outside of any section");
		return;
	}
	if (!config_section_is_owned(reading->path)) {
		if (!config_set(reading->config, path, value, CONFIG_TEXT, 0, reading->line))
			config_error(reading->problems, reading->line, path, "cannot be kept: no memory, or a character that no key has");
		return;
	}
	if (config_nearest_key(path, nearest, sizeof(nearest)))
		config_error(reading->problems, reading->line, path, "unknown key, did you mean %s?", nearest);
	else
		config_error(reading->problems, reading->line, path, "unknown key");
}

/* What a value that the table knows comes to. False: said why not. */
static bool key_known(struct reading *reading, const struct config_key *key, const char *path, char *value, uint64_t *number)
{
	char error[256];

	if (*value == '\0' && key->type != CONFIG_TEXT) {
		config_error(reading->problems, reading->line, path, "no value; remove the line, or give it one");
		return false;
	}
	if (!config_key_read(key, value, number, error, sizeof(error))) {
		config_error(reading->problems, reading->line, path, "%s", error);
		return false;
	}
	if (key->use == CONFIG_MUST_BE_OFF && *number != 0) {
		config_error(reading->problems, reading->line, path, "%s; only %s can be had", key->help, key->preset);
		return false;
	}
	if (key->is_interface_address && strchr(value, '_') != NULL) { /* a word that was to be replaced (CASE-186) */
		config_error(reading->problems, reading->line, path, "'%.64s' is neither an address nor a host's name", value);
		return false;
	}
	if (key->use == CONFIG_WITHOUT_EFFECT && !key->is_interface_address)
		config_warning(reading->problems, reading->line, path, "without effect: %s", key->help);
	return true;
}

/* Older spellings of the same. */
static const char *key_modern(struct reading *reading, const char *path)
{
	if (strcmp(path, "logging.to_file") != 0)
		return path;
	config_warning(reading->problems, reading->line, path, "older name of logging.to_logfile");
	return "logging.to_logfile";
}

static void key_value(struct reading *reading, char *name, char *value)
{
	char written[2 * CONFIG_KEY_SIZE_MAX + CONFIG_LINE_SIZE_MAX];
	uint64_t number = 0;

	if (is_refused(reading))
		return;
	if (!name_is_valid(name)) {
		config_error(reading->problems, reading->line, NULL, *name == '\0' ? "a value without a key%s" : "'%.64s' is no name for a key",
		             name);
		return;
	}
	snprintf(written, sizeof(written), "%s%s%s", reading->path, *reading->path == '\0' ? "" : ".", name);
	if (strlen(written) > CONFIG_KEY_SIZE_MAX) {
		config_error(reading->problems, reading->line, NULL, "the key's path is longer than %d characters", CONFIG_KEY_SIZE_MAX);
		return;
	}
	const char *path = key_modern(reading, written);
	const struct config_key *key = config_key_find(path);
	if (key == NULL) {
		key_unknown(reading, path, value);
		return;
	}
	remark_strip(reading, key, path, value);
	if (!key_known(reading, key, path, value, &number))
		return;
	if (config_get(reading->config, path) != NULL)
		config_warning(reading->problems, reading->line, path, "given before on line %u; this one counts",
		               config_get(reading->config, path)->line);
	if (!config_set(reading->config, path, value, key->type, number, reading->line))
		config_error(reading->problems, reading->line, path, "cannot be kept: no memory");
}

static void pending_refuse(struct reading *reading)
{
	if (*reading->pending == '\0')
		return;
	if (*reading->pending == ']')
		config_error(reading->problems, reading->pending_line, reading->depth > 0 ? reading->path : NULL,
		             "unexpected ']': a section is closed by '}'");
	else
		config_error(reading->problems, reading->pending_line, NULL, "'%.64s' is neither 'key: value' nor a section", reading->pending);
	reading->pending[0] = '\0';
}

/* "name {", "name: {", "name { }", "{": `brace` points to the brace. */
static void line_opens(struct reading *reading, char *text, char *brace)
{
	*brace = '\0';
	char *name = trim(text), *rest = trim(brace + 1);
	const size_t size = strlen(name);

	if (size > 0 && name[size - 1] == ':') {
		config_warning(reading->problems, reading->line, NULL, "colon before '{'");
		name[size - 1] = '\0';
		name = trim(name);
	}
	if (*name == '\0' && *reading->pending != '\0')
		name = reading->pending;
	else
		pending_refuse(reading);
	section_open(reading, name);
	reading->pending[0] = '\0';
	if (strcmp(rest, "}") == 0)
		section_close(reading);
	else if (*rest != '\0')
		config_error(reading->problems, reading->line, NULL, "text after '{': '%.64s'", rest);
}

static void line_closes(struct reading *reading, const char *text)
{
	pending_refuse(reading);
	if (strspn(text, "} \t") != strlen(text)) {
		config_error(reading->problems, reading->line, NULL, "text beside '}': '%.64s'", text);
		return;
	}
	const uint32_t errors = reading->problems->errors;
	for (; *text != '\0' && reading->problems->errors == errors; text++)
		if (*text == '}')
			section_close(reading);
}

static void line_read(struct reading *reading, char *line)
{
	char *text = trim(line);

	if (*text == '\0' || *text == '#')
		return;
	char *brace = strchr(text, '{'), *colon = strchr(text, ':');
	const bool value_first = brace != NULL && colon != NULL && colon < brace && strspn(colon + 1, " \t") < (size_t)(brace - colon - 1);
	if (brace != NULL && !value_first) {
		line_opens(reading, text, brace);
	} else if (*text == '}') {
		line_closes(reading, text);
	} else if (colon != NULL) {
		pending_refuse(reading);
		*colon = '\0';
		key_value(reading, trim(text), trim(colon + 1));
	} else {
		pending_refuse(reading);
		snprintf(reading->pending, sizeof(reading->pending), "%s", text);
		reading->pending_line = reading->line;
	}
}

static void line_take(struct reading *reading, const uint8_t *data, size_t size)
{
	char line[CONFIG_LINE_SIZE_MAX + 1];

	reading->line++;
	if (size > CONFIG_LINE_SIZE_MAX) {
		config_error(reading->problems, reading->line, NULL, "line longer than %d characters", CONFIG_LINE_SIZE_MAX);
		return;
	}
	if (memchr(data, 0, size) != NULL) {
		config_error(reading->problems, reading->line, NULL, "a zero byte: this is no text file");
		return;
	}
	memcpy(line, data, size);
	line[size] = '\0';
	line_read(reading, line);
}

void config_read_bytes(struct config *config, struct bytes text, struct config_problems *problems)
{
	struct reading reading = {.config = config, .problems = problems};
	size_t at = 0;

	while (at < text.size && problems->errors < CONFIG_PROBLEMS_MAX) {
		const uint8_t *end = memchr(text.data + at, '\n', text.size - at);
		const size_t size = end == NULL ? text.size - at : (size_t)(end - text.data) - at;

		line_take(&reading, text.data + at, size);
		at += size + 1;
	}
	pending_refuse(&reading);
	for (uint32_t i = reading.depth; i > 0; i--) {
		config_error(problems, reading.line, reading.open[i - 1].refused ? NULL : reading.path, "the section opened in line %u is not closed", reading.open[i - 1].line);
		reading.path[reading.open[i - 1].path_size] = '\0';
	}
	for (size_t i = 0; i < reading.count_count; i++)
		free(reading.counts[i].path);
	free(reading.counts);
}

static uint8_t *file_content(int descriptor, size_t size, size_t *got)
{
	uint8_t *data = malloc(size + 1);

	*got = 0;
	while (data != NULL && *got < size) {
		const ssize_t done = read(descriptor, data + *got, size - *got);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		*got += (size_t)done;
	}
	return data;
}

bool config_read_file(struct config *config, struct config_problems *problems)
{
	struct stat found;
	size_t size = 0;
	const int descriptor = open(problems->source, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0 || fstat(descriptor, &found) != 0) {
		config_error(problems, 0, NULL, "cannot be read: %s", strerror(errno));
		if (descriptor >= 0)
			close(descriptor);
		return false;
	}
	const bool fits = S_ISREG(found.st_mode) && found.st_size <= CONFIG_FILE_SIZE_MAX;
	uint8_t *data = fits ? file_content(descriptor, (size_t)found.st_size, &size) : NULL;
	close(descriptor);
	if (!fits)
		config_error(problems, 0, NULL, S_ISREG(found.st_mode) ? "larger than %d KiB" : "not a regular file", CONFIG_FILE_SIZE_MAX / 1024);
	else if (data == NULL)
		config_error(problems, 0, NULL, "cannot be read: no memory");
	else
		config_read_bytes(config, bytes_of(data, size), problems);
	free(data);
	return problems->errors == 0;
}
