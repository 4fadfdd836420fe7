/* The driver: each assertion is run by this binary once more (--one), so that a crash or a hang is that assertion's failure and nothing
 * else's. Single-node assertions are run on node 1 if there are nodes; those of several nodes here, with agents. */
#include "conformance/suite/run.h"

#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suite/com.h"
#include "conformance/suite/report.h"

enum { OUTPUT_SIZE_MAX = 256 * 1024 };
static const double limit_seconds = 30, limit_cluster_seconds = 150, limit_deep_factor = 10;

static void instance_name(struct instance *instance)
{
	snprintf(instance->name, sizeof instance->name, "%s%s%s", instance->assertion->id, instance->subject == NULL ? "" : "@",
	         instance->subject == NULL ? "" : instance->subject->service);
}

const char *instance_service(const struct instance *instance)
{
	return instance->subject != NULL ? instance->subject->service : instance->assertion->service;
}

static bool instance_is_wanted(const struct options *options, const struct instance *instance)
{
	const char *service = instance_service(instance);

	if (options->service != NULL && strcmp(options->service, service) != 0 && strcmp(service, "com") != 0)
		return false;
	return options->assertion == NULL || fnmatch(options->assertion, instance->name, 0) == 0;
}

static bool word_in(const char *words, const char *word)
{
	const size_t size = strlen(word);

	for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
		if ((at == words || at[-1] == ' ') && (at[size] == '\0' || at[size] == ' '))
			return true;
	return false;
}

static uint32_t nodes_needed(const struct assertion *assertion)
{
	const char *found = strstr(assertion->needs, "nodes=");

	return found == NULL ? 1 : (uint32_t)strtoul(found + strlen("nodes="), NULL, 10);
}

static bool control_needed(const struct assertion *assertion)
{
	static const char *const verbs[] = {"stop", "start", "kill", "cut", "heal", "pause", "resume", "kill-process"};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (word_in(assertion->needs, verbs[i]))
			return true;
	return false;
}

/* What the assertion declares and this run has not; NULL: nothing. */
static const char *missing(const struct options *options, const struct assertion *assertion)
{
	if (word_in(assertion->needs, "include") && options->include == NULL)
		return "needs --include";
	if (word_in(assertion->needs, "set-clock") && !options->set_clock)
		return "needs --set-clock";
	if (nodes_needed(assertion) > 1 && options->node_exec == NULL)
		return "needs several nodes: --node-exec";
	if (nodes_needed(assertion) > options->nodes)
		return "needs more nodes than --nodes gives";
	if (control_needed(assertion) && options->node_control == NULL)
		return "needs faults: --node-control";
	return NULL;
}

/* --- the child --- */

static void put_quoted(FILE *out, const char *word)
{
	fputs(" '", out);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

static void put_option(FILE *out, const char *option, const char *value)
{
	if (value == NULL)
		return;
	fprintf(out, " %s", option);
	put_quoted(out, value);
}

void command_for_node(FILE *out, const char *pattern, const char *verb, const char *node)
{
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'n') {
			fputs(node, out);
			pattern++;
		} else if (pattern[0] == '%' && pattern[1] == 'v') {
			fputs(verb, out);
			pattern++;
		} else {
			fputc(*pattern, out);
		}
	}
}

void command_for_self(FILE *out, const struct options *options)
{
	char patience[40];

	snprintf(patience, sizeof patience, "%g", options->patience);
	put_quoted(out, options->program);
	put_option(out, "--libdir", options->libdir);
	put_option(out, "--include", options->include);
	put_option(out, "--patience", patience);
	put_option(out, "--run", options->run);
	if (options->deep)
		fputs(" --deep", out);
}

static char *child_command(const struct options *options, const struct instance *instance)
{
	char *text = NULL, nodes[20];
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const bool away = options->node_exec != NULL && nodes_needed(instance->assertion) == 1 && !word_in(instance->assertion->needs, "include");

	if (out == NULL)
		return NULL;
	fputs("exec ", out);
	if (away) {
		command_for_node(out, options->node_exec, "", "1");
	} else {
		snprintf(nodes, sizeof nodes, "%u", options->nodes);
	}
	command_for_self(out, options);
	put_option(out, "--one", instance->name);
	if (!away) {
		put_option(out, "--node-exec", options->node_exec);
		put_option(out, "--node-control", options->node_control);
		put_option(out, "--nodes", nodes);
	}
	fclose(out);
	return text;
}

static pid_t child_start(const char *command, int *output)
{
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	const pid_t child = fork();
	if (child == 0) {
		setpgid(0, 0);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		setpgid(child, child);
	close(ends[1]);
	*output = ends[0];
	return child;
}

/* Reads until the end or the limit; false: the limit. */
static bool output_read(int output, char *text, int64_t limit_ns)
{
	const int64_t until = now_ns() + limit_ns;
	size_t size = 0;

	for (;;) {
		struct pollfd poll_for = {.fd = output, .events = POLLIN};
		const int64_t left = until - now_ns();
		if (left <= 0)
			break;
		const int found = poll(&poll_for, 1, (int)(left / 1000000 + 1));
		if (found < 0 && errno == EINTR)
			continue;
		if (found <= 0)
			break;
		if (size == OUTPUT_SIZE_MAX - 1) { /* the end is what matters: the older half goes */
			size /= 2;
			memmove(text, text + OUTPUT_SIZE_MAX - 1 - size, size);
		}
		const ssize_t got = read(output, text + size, OUTPUT_SIZE_MAX - 1 - size);
		if (got <= 0) {
			text[size] = '\0';
			return true;
		}
		size += (size_t)got;
	}
	text[size] = '\0';
	return false;
}

/* The verdict is the last line that says one; anything else that was printed is shown as observed. */
static void outcome_read(struct outcome *outcome, const char *text)
{
	static const char *const words[] = {[PASS] = "= pass", [FAIL] = "= fail", [SKIP] = "= skip"};
	char *copy = strdup(text), *state = NULL, *observed;
	size_t size;
	FILE *out = open_memstream(&observed, &size);

	if (copy == NULL || out == NULL)
		return;
	for (char *line = strtok_r(copy, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state)) {
		bool verdict = false;
		for (int i = PASS; i <= SKIP; i++) {
			if (strncmp(line, words[i], strlen(words[i])) != 0)
				continue;
			verdict = true;
			outcome->verdict = (enum verdict)i;
			const char *reason = line + strlen(words[i]);
			snprintf(outcome->reason, sizeof outcome->reason, "%s", reason[0] == ' ' ? reason + 1 : reason);
		}
		if (!verdict)
			fprintf(out, "%s%s\n", line[0] == '#' ? "" : "# ", line);
	}
	fclose(out);
	free(copy);
	outcome->observed = observed;
}

static void instance_run(const struct options *options, const struct instance *instance, struct outcome *outcome)
{
	const double seconds = (nodes_needed(instance->assertion) > 1 ? limit_cluster_seconds : limit_seconds) * (options->deep ? limit_deep_factor : 1);
	char *command = child_command(options, instance), *text = malloc(OUTPUT_SIZE_MAX);
	int output, status = 0;

	*outcome = (struct outcome){.verdict = FAIL, .reason = "could not be started"};
	const pid_t child = command == NULL || text == NULL ? -1 : child_start(command, &output);
	if (child > 0) {
		const bool ended = output_read(output, text, (int64_t)(seconds * options->patience * 1e9));
		kill(-child, SIGKILL);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		close(output);
		snprintf(outcome->reason, sizeof outcome->reason, "%s", ended ? "ended without a verdict" : "hangs");
		outcome_read(outcome, text);
		if (!ended && outcome->verdict == PASS)
			*outcome = (struct outcome){.verdict = FAIL, .reason = "hangs after its end", .observed = outcome->observed};
		if (strncmp(outcome->reason, "ended", 5) == 0 && WIFSIGNALED(status))
			snprintf(outcome->reason, sizeof outcome->reason, "crashed: %s", strsignal(WTERMSIG(status)));
	}
	free(command);
	free(text);
}

int run_one(const struct options *options, const char *name)
{
	for (size_t i = 0; i < assertion_count; i++) {
		struct test test = {.assertion = &assertions[i], .options = options};
		const size_t size = strlen(assertions[i].id);
		if (strncmp(name, assertions[i].id, size) != 0 || (name[size] != '\0' && name[size] != '@'))
			continue;
		test.subject = name[size] == '@' ? subject_named(name + size + 1) : NULL;
		if (assertions[i].run == NULL || assertions[i].each_service != (test.subject != NULL))
			break;
		assertions[i].run(&test);
		printf("= pass\n");
		fflush(stdout);
		_exit(0); /* the libraries' own ends at exit are not what was tested */
	}
	fprintf(stderr, "ais-conformance: %s: no such test\n", name);
	return 2;
}

/* --- the run --- */

static void instance_judge(const struct options *options, struct report *report, const struct instance *instance)
{
	struct outcome outcome = {.verdict = SKIP};
	const char *reason = missing(options, instance->assertion);

	if (instance->assertion->run == NULL) {
		report_listed(report, instance);
		return;
	}
	report_begins(report, instance);
	if (reason != NULL)
		snprintf(outcome.reason, sizeof outcome.reason, "%s", reason);
	else
		instance_run(options, instance, &outcome);
	report_ends(report, instance, &outcome);
}

/* Calls `each` for every instance that the options choose. */
static void instances(const struct options *options, struct report *report,
                      void (*each)(const struct options *options, struct report *report, const struct instance *instance))
{
	for (size_t i = 0; i < assertion_count; i++) {
		const size_t count = assertions[i].each_service ? subject_count : 1;
		for (size_t s = 0; s < count; s++) {
			struct instance instance = {.assertion = &assertions[i], .subject = assertions[i].each_service ? subjects[s] : NULL};
			instance_name(&instance);
			if (instance_is_wanted(options, &instance))
				each(options, report, &instance);
		}
	}
}

static void instance_count(const struct options *options, struct report *report, const struct instance *instance)
{
	(void)options;
	report->expected += instance->assertion->run != NULL;
}

int run_all(const struct options *options)
{
	struct report report = {.options = options};

	instances(options, &report, instance_count);
	report_open(&report);
	instances(options, &report, instance_judge);
	return report_close(&report) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void instance_print(const struct options *options, struct report *report, const struct instance *instance)
{
	(void)options;
	(void)report;
	printf("%-14s %c %-8s %-18s %s%s%s%s\n", instance->name, instance->assertion->strength,
	       instance->assertion->run == NULL ? "listed" : "written", instance->assertion->section, instance->assertion->text,
	       instance->assertion->needs[0] == '\0' ? "" : " [", instance->assertion->needs, instance->assertion->needs[0] == '\0' ? "" : "]");
}

int run_list(const struct options *options)
{
	instances(options, NULL, instance_print);
	return EXIT_SUCCESS;
}

bool service_is_known(const char *service)
{
	for (size_t i = 0; i < assertion_count; i++)
		if (!assertions[i].each_service && strcmp(assertions[i].service, service) == 0)
			return true;
	return false;
}
