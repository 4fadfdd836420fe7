#include "conformance/history/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 6 };

struct history_name {
	struct hash_node node;
	uint32_t number;
	uint32_t size;
	char text[];
};

struct history_client {
	bool known;
	bool waits; /* its latest operation has no answer yet */
	size_t operation;
	int64_t time_ns;
	uint32_t file;
};

static const struct history_model *const models[] = {&history_register, &history_asynchronous};

/* What is being read. */
struct reading {
	struct history *history;
	const char *name; /* of the file */
	uint32_t line;
	char *problem;
	size_t problem_size;
};

struct words {
	struct bytes word[WORDS_MAX];
	size_t count;
};

static bool complain(struct reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool complain(struct reading *reading, const char *format, ...)
{
	char text[600];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(reading->problem, reading->problem_size, "%s:%" PRIu32 ": %s", reading->name, reading->line, text);
	return false;
}

static bool no_memory(struct reading *reading)
{
	return complain(reading, "no memory for more");
}

static bool name_equal(const struct hash_node *node, const void *key)
{
	const struct history_name *name = (const struct history_name *)node;

	return bytes_equal(bytes_of(name->text, name->size), *(const struct bytes *)key);
}

static bool grow(void **items, size_t *capacity, size_t needed, size_t item_size)
{
	size_t wanted = *capacity == 0 ? 64 : *capacity;

	while (wanted < needed)
		wanted *= 2;
	if (wanted == *capacity)
		return true;
	void *more = realloc(*items, wanted * item_size);
	if (more == NULL)
		return false;
	*items = more;
	*capacity = wanted;
	return true;
}

/* HISTORY_NONE: no memory. */
static uint32_t name_number(struct history_names *names, struct bytes text)
{
	const uint64_t hash = digest_bytes(0, text);
	struct history_name *name = (struct history_name *)hash_table_find(&names->table, hash, name_equal, &text);

	if (name != NULL)
		return name->number;
	if (names->count >= UINT32_MAX - 1 || !grow((void **)&names->name, &names->capacity, names->count + 1, sizeof(*names->name)))
		return HISTORY_NONE;
	name = malloc(sizeof(*name) + text.size + 1);
	if (name == NULL)
		return HISTORY_NONE;
	memcpy(name->text, text.data, text.size);
	name->text[text.size] = '\0';
	name->size = (uint32_t)text.size;
	name->number = (uint32_t)names->count + 1;
	if (!hash_table_insert(&names->table, &name->node, hash)) {
		free(name);
		return HISTORY_NONE;
	}
	names->name[names->count++] = name;
	return name->number;
}

const char *history_name_text(const struct history_names *names, uint32_t number)
{
	return number == HISTORY_NONE || number > names->count ? "" : names->name[number - 1]->text;
}

static void names_clear(struct history_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	hash_table_clear(&names->table);
	*names = (struct history_names){0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Printable ASCII and bytes above, blanks between the words. */
static bool words_split(struct reading *reading, const char *line, size_t size, struct words *words)
{
	words->count = 0;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return complain(reading, "byte %zu is the control character 0x%02x: printable words expected", i + 1, (unsigned char)line[i]);
	}
	for (size_t i = 0; i < size;) {
		const size_t begin = i;

		if (is_blank(line[i])) {
			i++;
			continue;
		}
		while (i < size && !is_blank(line[i]))
			i++;
		if (i - begin > HISTORY_WORD_MAX)
			return complain(reading, "a word of %zu bytes: at most %d expected", i - begin, HISTORY_WORD_MAX);
		if (words->count == WORDS_MAX)
			return complain(reading, "more than %d words: TIME CLIENT call OPERATION KEY [VALUE] expected", WORDS_MAX);
		words->word[words->count++] = bytes_of(line + begin, i - begin);
	}
	return true;
}

static bool is_text(struct bytes word, const char *text)
{
	return bytes_equal(word, bytes_of_text(text));
}

/* For "%.*s". */
static int shown(struct bytes word)
{
	return (int)(word.size > 60 ? 60 : word.size);
}

#define SHOWN(word) shown(word), (const char *)(word).data

static bool time_parse(struct bytes word, int64_t *time_ns)
{
	int64_t value = 0;

	for (size_t i = 0; i < word.size; i++) {
		const int digit = word.data[i] - '0';

		if (digit < 0 || digit > 9 || value > (INT64_MAX - 1 - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*time_ns = value;
	return word.size > 0;
}

static bool head_parse(struct reading *reading, const struct words *words)
{
	if (words->count != 3 || !is_text(words->word[0], "ais-history"))
		return complain(reading, "no history: the first line is to be `ais-history %d register` or `ais-history %d asynchronous`",
		                HISTORY_FORMAT, HISTORY_FORMAT);
	if (!is_text(words->word[1], "1"))
		return complain(reading, "format %.*s: format %d expected", SHOWN(words->word[1]), HISTORY_FORMAT);
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (!is_text(words->word[2], models[i]->name))
			continue;
		if (reading->history->model != NULL && reading->history->model != models[i])
			return complain(reading, "model %s, but the files before are of model %s", models[i]->name, reading->history->model->name);
		reading->history->model = models[i];
		return true;
	}
	return complain(reading, "model %.*s: register or asynchronous expected", SHOWN(words->word[2]));
}

static struct history_client *client_find(struct reading *reading, struct bytes word, uint32_t *number)
{
	struct history *history = reading->history;
	const size_t before = history->client_capacity;

	*number = name_number(&history->clients, word);
	if (*number == HISTORY_NONE ||
	    !grow((void **)&history->client, &history->client_capacity, (size_t)*number + 1, sizeof(*history->client))) {
		no_memory(reading);
		return NULL;
	}
	if (history->client_capacity > before)
		memset(&history->client[before], 0, (history->client_capacity - before) * sizeof(*history->client));
	return &history->client[*number];
}

static bool kind_parse(struct reading *reading, struct bytes word, uint8_t *kind)
{
	const struct history_model *model = reading->history->model;
	char names[200] = "";

	for (size_t i = 0; i < model->kind_count; i++) {
		const size_t used = strlen(names);

		if (is_text(word, model->kinds[i].name)) {
			*kind = (uint8_t)i;
			return true;
		}
		snprintf(names + used, sizeof(names) - used, "%s%s", i == 0 ? "" : ", ", model->kinds[i].name);
	}
	return complain(reading, "operation %.*s: one of %s expected", SHOWN(word), names);
}

static bool call_parse(struct reading *reading, const struct words *words, struct history_client *client, uint32_t number, int64_t time_ns)
{
	struct history *history = reading->history;
	struct history_operation operation = {
		.called_ns = time_ns, .answered_ns = INT64_MAX, .client = number, .file = (uint32_t)history->file_count - 1,
		.line = reading->line, .outcome = HISTORY_OUTCOME_UNKNOWN,
	};

	if (words->count < 4)
		return complain(reading, "the call ends too early: TIME CLIENT call OPERATION [KEY [VALUE]] expected");
	if (!kind_parse(reading, words->word[3], &operation.kind))
		return false;
	const struct history_kind *kind = &history->model->kinds[operation.kind];
	if (words->count != (kind->takes_value ? 6 : kind->of_all ? 4 : 5))
		return complain(reading, "%s takes %s key and %s value", kind->name, kind->of_all ? "no" : "a", kind->takes_value ? "a" : "no");
	if (!kind->of_all)
		operation.key = name_number(&history->keys, words->word[4]);
	if (kind->takes_value)
		operation.value = name_number(&history->values, words->word[5]);
	if ((!kind->of_all && operation.key == HISTORY_NONE) || (kind->takes_value && operation.value == HISTORY_NONE) ||
	    !grow((void **)&history->operations, &history->capacity, history->count + 1, sizeof(operation)))
		return no_memory(reading);
	client->waits = true;
	client->operation = history->count;
	history->operations[history->count++] = operation;
	return true;
}

static bool outcome_parse(struct reading *reading, struct bytes word, const struct history_kind *kind, uint8_t *outcome, bool *takes_value)
{
	char names[200] = "refused, unknown";

	*takes_value = false;
	*outcome = is_text(word, "refused") ? HISTORY_OUTCOME_REFUSED : HISTORY_OUTCOME_UNKNOWN;
	if (is_text(word, "refused") || is_text(word, "unknown"))
		return true;
	for (size_t i = 0; kind->answers[i].name != NULL; i++) {
		const size_t used = strlen(names);

		if (is_text(word, kind->answers[i].name)) {
			*outcome = (uint8_t)i;
			*takes_value = kind->answers[i].takes_value;
			return true;
		}
		snprintf(names + used, sizeof(names) - used, ", %s", kind->answers[i].name);
	}
	return complain(reading, "answer %.*s to %s: one of %s expected", SHOWN(word), kind->name, names);
}

static bool answer_parse(struct reading *reading, const struct words *words, struct history_client *client, int64_t time_ns)
{
	struct history *history = reading->history;
	bool takes_value;

	if (!client->waits)
		return complain(reading, "an answer to client %.*s, which has no call open: a call first expected", SHOWN(words->word[1]));
	struct history_operation *operation = &history->operations[client->operation];
	const struct history_kind *kind = &history->model->kinds[operation->kind];
	if (words->count < 4)
		return complain(reading, "the answer ends too early: TIME CLIENT answer OUTCOME [VALUE] expected");
	if (!outcome_parse(reading, words->word[3], kind, &operation->outcome, &takes_value))
		return false;
	if (words->count != (takes_value ? 5 : 4))
		return complain(reading, "answer %.*s to %s takes %s value", SHOWN(words->word[3]), kind->name, takes_value ? "a" : "no");
	if (takes_value) {
		operation->answer_value = name_number(&history->values, words->word[4]);
		if (operation->answer_value == HISTORY_NONE)
			return no_memory(reading);
	}
	operation->answered_ns = time_ns;
	client->waits = false;
	return true;
}

static bool line_parse(struct reading *reading, const struct words *words)
{
	const uint32_t file = (uint32_t)reading->history->file_count - 1;
	int64_t time_ns;
	uint32_t number;

	if (words->count < 3)
		return complain(reading, "the line ends too early: TIME CLIENT call|answer ... expected");
	if (!time_parse(words->word[0], &time_ns))
		return complain(reading, "time %.*s: nanoseconds as a decimal number expected", SHOWN(words->word[0]));
	struct history_client *client = client_find(reading, words->word[1], &number);
	if (client == NULL)
		return false;
	if (client->known && client->file != file)
		return complain(reading, "client %.*s stands in %s too: a client's lines in one file expected", SHOWN(words->word[1]),
		                reading->history->file_names[client->file]);
	if (client->known && time_ns < client->time_ns)
		return complain(reading, "client %.*s: its time goes back from %" PRId64 " to %" PRId64 ": rising times expected",
		                SHOWN(words->word[1]), client->time_ns, time_ns);
	client->known = true;
	client->file = file;
	client->time_ns = time_ns;
	if (is_text(words->word[2], "call"))
		return call_parse(reading, words, client, number, time_ns);
	if (is_text(words->word[2], "answer"))
		return answer_parse(reading, words, client, time_ns);
	return complain(reading, "%.*s: call or answer expected", SHOWN(words->word[2]));
}

static bool lines_read(struct reading *reading, FILE *file)
{
	bool headed = false;
	struct words words;
	char *line = NULL;
	size_t capacity = 0;
	bool good = true;

	while (good) {
		errno = 0;
		const ssize_t size = getline(&line, &capacity, file);

		if (size < 0)
			break;
		reading->line++;
		if (line[size - 1] != '\n')
			good = complain(reading, "the last line is torn: a line end expected");
		else if (!words_split(reading, line, (size_t)size - 1, &words))
			good = false;
		else if (words.count == 0 || words.word[0].data[0] == '#')
			continue;
		else if (!headed)
			headed = good = head_parse(reading, &words);
		else
			good = line_parse(reading, &words);
	}
	free(line);
	if (good && ferror(file))
		return complain(reading, "cannot be read further: %s", strerror(errno));
	if (good && !headed)
		return complain(reading, "nothing in it: `ais-history %d register` and a line each call and answer expected", HISTORY_FORMAT);
	return good;
}

bool history_read(struct history *history, FILE *file, const char *name, char *problem, size_t problem_size)
{
	struct reading reading = {.history = history, .name = name, .problem = problem, .problem_size = problem_size};
	const char **names = realloc(history->file_names, (history->file_count + 1) * sizeof(*names));

	if (names == NULL)
		return no_memory(&reading);
	history->file_names = names;
	history->file_names[history->file_count++] = name;
	return lines_read(&reading, file);
}

static int operation_compare(const void *a, const void *b)
{
	const struct history_operation *one = a, *other = b;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	if (one->called_ns != other->called_ns)
		return one->called_ns < other->called_ns ? -1 : 1;
	if (one->file != other->file)
		return one->file < other->file ? -1 : 1;
	return (one->line > other->line) - (one->line < other->line);
}

void history_sort(struct history *history)
{
	if (history->count > 0)
		qsort(history->operations, history->count, sizeof(*history->operations), operation_compare);
}

void history_clear(struct history *history)
{
	names_clear(&history->clients);
	names_clear(&history->keys);
	names_clear(&history->values);
	free(history->operations);
	free(history->client);
	free(history->file_names);
	*history = (struct history){0};
}

const char *history_outcome_text(const struct history_model *model, const struct history_operation *operation)
{
	switch (operation->outcome) {
	case HISTORY_OUTCOME_REFUSED: return "refused";
	case HISTORY_OUTCOME_UNKNOWN: return operation->answered_ns == INT64_MAX ? "no answer" : "unknown";
	default: return model->kinds[operation->kind].answers[operation->outcome].name;
	}
}
