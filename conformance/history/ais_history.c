/* `ais-history check FILE...`: reads the histories that clients wrote down, has each key judged, and says what is wrong in words. Not here:
 * the format (history.c), the judgement (register.c), the search for the small reason (shrink.c). */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/history/history.h"
#include "core/tools/output.h"

enum { EXIT_CLEAN = 0, EXIT_VIOLATION = 1, EXIT_USAGE = 2, SCHEMA = 1, SENTENCE_SIZE = 1200 };

static const char usage[] =
	"usage: ais-history check [--json] [--] FILE...\n"
	"\n"
	"Is there, for each key, one order of all operations in the FILEs that explains every answer, with each operation between its call and\n"
	"its answer (linearizability)? A FILE `-` is the standard input. A violation is told with its key, the shortest window, and the\n"
	"operations that exclude each other.\n"
	"\n"
	"  --json      one JSON object, with a number `schema`\n"
	"  --version   which ais-history this is\n"
	"  --help      this\n"
	"\n"
	"A FILE begins with `ais-history 1 register`; then a line each call and answer, client by client in time:\n"
	"  TIME CLIENT call read|delete KEY          TIME CLIENT answer ok [VALUE]|absent|exists|refused|unknown\n"
	"  TIME CLIENT call write|create KEY VALUE   TIME: nanoseconds of one clock; `#` begins a comment\n"
	"Exit codes: 0 explained, 1 violated, 2 usage, a FILE that is not understood, or a key that cannot be judged.\n";

/* One key that no order explains. */
struct violation {
	uint32_t key;
	const char *kind;
	char sentence[SENTENCE_SIZE];
	const struct history_operation **operations; /* that exclude each other, and the writers of what they read */
	bool *certain;                               /* false: whether it happened has no weight here */
	size_t count;
};

struct verdict {
	struct violation *violations;
	size_t violation_count;
	size_t refused, unknown;
	bool undecided;
};

static void complain(const char *text)
{
	fprintf(stderr, "ais-history: %s\n", text);
}

/* --- Judging. --- */

/* A weak operation is told too if it wrote what a strict one read: without it the reader of the report would miss it. */
static bool violation_fill(struct violation *violation, const struct history_case *this, const bool *weak)
{
	bool *read = calloc(this->value_count + 1, sizeof(*read)); /* by value: by a strict one */

	violation->operations = calloc(this->count + 1, sizeof(*violation->operations));
	violation->certain = calloc(this->count + 1, sizeof(*violation->certain));
	if (read == NULL || violation->operations == NULL || violation->certain == NULL) {
		free(read);
		return false;
	}
	for (size_t i = 0; i < this->count; i++)
		read[this->operations[i]->answer_value] |= !weak[i];
	read[HISTORY_NONE] = false;
	for (size_t i = 0; i < this->count; i++) {
		if ((weak[i] || this->operations[i]->outcome == HISTORY_OUTCOME_REFUSED) && !read[this->operations[i]->value])
			continue;
		violation->certain[violation->count] = !weak[i];
		violation->operations[violation->count++] = this->operations[i];
	}
	free(read);
	return true;
}

static bool violation_add(struct verdict *verdict, const struct history *history, const struct history_case *this)
{
	struct violation *more = realloc(verdict->violations, (verdict->violation_count + 1) * sizeof(*more));
	bool *weak = calloc(this->count + 1, sizeof(*weak));
	bool good = more != NULL && weak != NULL;

	if (more != NULL)
		verdict->violations = more;
	if (good && history_shrink(history->model, this, weak)) {
		struct violation *violation = &more[verdict->violation_count++];
		struct history_case small = *this;

		*violation = (struct violation){.key = this->operations[0]->key};
		small.weak = weak;
		violation->kind =
			history->model->explain(&small, violation->sentence, sizeof(violation->sentence), &history->values, &history->clients);
		good = violation_fill(violation, this, weak);
	} else {
		good = false;
	}
	free(weak);
	return good;
}

/* false: memory ran out. */
static bool key_judge(struct verdict *verdict, const struct history *history, const struct history_case *this)
{
	size_t blamed;

	switch (history->model->judge(this, &blamed)) {
	case HISTORY_EXPLAINED:
		return true;
	case HISTORY_VIOLATED:
		return violation_add(verdict, history, this);
	case HISTORY_TOO_LARGE:
		fprintf(stderr, "ais-history: key %s: too many operations of one value or unknown outcome at one time to be followed: not judged\n",
		        history_name_text(&history->keys, this->operations[0]->key));
		verdict->undecided = true;
		return true;
	default:
		return false;
	}
}

static bool all_judge(struct verdict *verdict, const struct history *history)
{
	const struct history_operation **operations = calloc(history->count + 1, sizeof(*operations));
	bool good = operations != NULL;

	for (size_t i = 0; good && i < history->count; i++) {
		operations[i] = &history->operations[i];
		verdict->refused += operations[i]->outcome == HISTORY_OUTCOME_REFUSED;
		verdict->unknown += operations[i]->outcome == HISTORY_OUTCOME_UNKNOWN;
	}
	size_t of_all = 0; /* they come first */
	while (of_all < history->count && operations[of_all]->key == HISTORY_NONE)
		of_all++;
	for (size_t begin = of_all, end; good && begin < history->count; begin = end) {
		for (end = begin; end < history->count && operations[end]->key == operations[begin]->key;)
			end++;
		const struct history_case this = {
			.operations = &operations[begin], .count = end - begin, .value_count = history->values.count + 1,
			.of_all = operations, .of_all_count = of_all,
		};
		good = key_judge(verdict, history, &this);
	}
	free(operations);
	return good;
}

/* --- Telling. --- */

static void window_of(const struct violation *violation, int64_t *from_ns, int64_t *to_ns)
{
	*from_ns = INT64_MAX;
	*to_ns = 0;
	for (size_t i = 0; i < violation->count; i++) {
		const struct history_operation *operation = violation->operations[i];

		if (operation->called_ns < *from_ns)
			*from_ns = operation->called_ns;
		if (violation->certain[i] && operation->answered_ns != INT64_MAX && operation->answered_ns > *to_ns)
			*to_ns = operation->answered_ns;
	}
	if (*from_ns > *to_ns)
		*to_ns = *from_ns;
}

static void print_operation(const struct history *history, const struct history_operation *operation, bool certain, int64_t from_ns)
{
	const bool open = operation->answered_ns == INT64_MAX;
	char answered[32] = "-";

	if (!open)
		snprintf(answered, sizeof(answered), "%+.6f", (double)(operation->answered_ns - from_ns) / 1e6);
	printf("  %+14.6f %14s  %s %s %s", (double)(operation->called_ns - from_ns) / 1e6, answered,
	       history_name_text(&history->clients, operation->client), history->model->kinds[operation->kind].name,
	       history_name_text(&history->keys, operation->key));
	if (operation->value != HISTORY_NONE)
		printf(" %s", history_name_text(&history->values, operation->value));
	printf(": %s", history_outcome_text(history->model, operation));
	if (operation->answer_value != HISTORY_NONE)
		printf(" %s", history_name_text(&history->values, operation->answer_value));
	printf("  [%s:%" PRIu32 "]%s\n", history->file_names[operation->file], operation->line,
	       certain ? "" : " (whether it happened does not matter)");
}

static void print_violation(const struct history *history, const struct violation *violation)
{
	int64_t from_ns, to_ns;

	window_of(violation, &from_ns, &to_ns);
	printf("key %s: %s: %s.\n  These exclude each other; in ms from %" PRId64 " ns on, within %.6f ms:\n  %14s %14s\n",
	       history_name_text(&history->keys, violation->key), violation->kind, violation->sentence, from_ns,
	       (double)(to_ns - from_ns) / 1e6, "called", "answered");
	for (size_t i = 0; i < violation->count; i++)
		print_operation(history, violation->operations[i], violation->certain[i], from_ns);
}

static void print_text(const struct history *history, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->violation_count; i++)
		print_violation(history, &verdict->violations[i]);
	printf("%zu operation%s of %zu client%s on %zu key%s, %zu refused, %zu of unknown outcome: ", history->count, plural(history->count),
	       (size_t)history->clients.count, plural(history->clients.count), (size_t)history->keys.count, plural(history->keys.count),
	       verdict->refused, verdict->unknown);
	if (verdict->violation_count > 0)
		printf("%zu key%s violated\n", verdict->violation_count, plural(verdict->violation_count));
	else
		puts(verdict->undecided ? "not all judged, no violation found" : "explained");
}

static void json_word(struct json *json, const char *key, const struct history_names *names, uint32_t number)
{
	if (number == HISTORY_NONE)
		json_null(json, key);
	else
		json_bytes(json, key, bytes_of_text(history_name_text(names, number)));
}

static void json_operation(struct json *json, const struct history *history, const struct history_operation *operation, bool certain)
{
	json_object_begin(json, NULL);
	json_i64(json, "called_ns", operation->called_ns);
	if (operation->answered_ns == INT64_MAX)
		json_null(json, "answered_ns");
	else
		json_i64(json, "answered_ns", operation->answered_ns);
	json_word(json, "client", &history->clients, operation->client);
	json_text(json, "operation", history->model->kinds[operation->kind].name);
	json_word(json, "value", &history->values, operation->value);
	json_text(json, "outcome", history_outcome_text(history->model, operation));
	json_word(json, "answer_value", &history->values, operation->answer_value);
	json_bool(json, "certain", certain);
	json_text(json, "file", history->file_names[operation->file]);
	json_u64(json, "line", operation->line);
	json_object_end(json);
}

static void json_violation(struct json *json, const struct history *history, const struct violation *violation)
{
	int64_t from_ns, to_ns;

	window_of(violation, &from_ns, &to_ns);
	json_object_begin(json, NULL);
	json_word(json, "key", &history->keys, violation->key);
	json_text(json, "kind", violation->kind);
	json_text(json, "text", violation->sentence);
	json_i64(json, "from_ns", from_ns);
	json_i64(json, "to_ns", to_ns);
	json_array_begin(json, "operations");
	for (size_t i = 0; i < violation->count; i++)
		json_operation(json, history, violation->operations[i], violation->certain[i]);
	json_array_end(json);
	json_object_end(json);
}

static void print_json(const struct history *history, const struct verdict *verdict)
{
	struct json json = {.file = stdout};

	json_object_begin(&json, NULL);
	json_u64(&json, "schema", SCHEMA);
	json_text(&json, "model", history->model->name);
	json_text(&json, "verdict", verdict->violation_count > 0 ? "violated" : verdict->undecided ? "undecided" : "explained");
	json_u64(&json, "operations", history->count);
	json_u64(&json, "clients", history->clients.count);
	json_u64(&json, "keys", history->keys.count);
	json_u64(&json, "refused", verdict->refused);
	json_u64(&json, "unknown", verdict->unknown);
	json_array_begin(&json, "violations");
	for (size_t i = 0; i < verdict->violation_count; i++)
		json_violation(&json, history, &verdict->violations[i]);
	json_array_end(&json);
	json_object_end(&json);
	json_end(&json);
}

/* --- The command line. --- */

static bool file_read(struct history *history, const char *path)
{
	char problem[1000];
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

	if (file == NULL) {
		fprintf(stderr, "ais-history: %s: %s\n", path, strerror(errno));
		return false;
	}
	const bool good = history_read(history, file, file == stdin ? "(standard input)" : path, problem, sizeof(problem));
	if (!good)
		complain(problem);
	if (file != stdin)
		fclose(file);
	return good;
}

/* Nobody was told anything that could be wrong: clients that never ran prove nothing. */
static bool is_empty(const struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		if (history->operations[i].key != HISTORY_NONE && history->operations[i].outcome != HISTORY_OUTCOME_REFUSED &&
		    history->operations[i].outcome != HISTORY_OUTCOME_UNKNOWN)
			return false;
	return true;
}

static int exit_code(const struct verdict *verdict)
{
	return verdict->violation_count > 0 ? EXIT_VIOLATION : verdict->undecided ? EXIT_USAGE : EXIT_CLEAN;
}

static int check(char **paths, size_t count, bool json)
{
	struct history history = {0};
	struct verdict verdict = {0};
	int code = EXIT_USAGE;
	bool good = true;

	for (size_t i = 0; good && i < count; i++)
		good = file_read(&history, paths[i]);
	if (good && is_empty(&history)) {
		fprintf(stderr, "ais-history: %zu operations in %zu file%s, and none that was answered with more than refused or unknown: nothing to judge;"
		        " did the clients run, and reach the service?\n", history.count, count, plural(count));
		good = false;
	} else if (good) {
		history_sort(&history);
		good = all_judge(&verdict, &history);
		if (!good)
			complain("no memory");
	}
	if (good) {
		(json ? print_json : print_text)(&history, &verdict);
		code = exit_code(&verdict);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("cannot write the output");
		code = EXIT_USAGE;
	}
	for (size_t i = 0; i < verdict.violation_count; i++) {
		free(verdict.violations[i].operations);
		free(verdict.violations[i].certain);
	}
	free(verdict.violations);
	history_clear(&history);
	return code;
}

int main(int argc, char **argv)
{
	bool json = false, plain = false;
	size_t count = 0;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)) {
		fputs(usage, stdout);
		return EXIT_CLEAN;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("ais-history (Aisle) %s\n", PACKAGE_VERSION);
		return EXIT_CLEAN;
	}
	if (argc < 2 || strcmp(argv[1], "check") != 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (int i = 2; i < argc; i++) {
		if (!plain && strcmp(argv[i], "--") == 0) {
			plain = true;
		} else if (!plain && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			fputs(usage, stdout);
			return EXIT_CLEAN;
		} else if (!plain && strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (!plain && argv[i][0] == '-' && argv[i][1] != '\0') {
			fprintf(stderr, "ais-history: unknown option %s; see ais-history --help\n", argv[i]);
			return EXIT_USAGE;
		} else {
			argv[2 + count++] = argv[i];
		}
	}
	if (count == 0) {
		complain("FILE is missing; see ais-history --help");
		return EXIT_USAGE;
	}
	return check(argv + 2, count, json);
}
