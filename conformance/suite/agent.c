/* Agents: this binary on another node, answering one line a call on stdin/stdout (call, arguments; result, what was seen). Both ends are
 * here: agent_main() on the node, agent_start() and agent_call() in the driver. */
#include "conformance/suite/suite.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suite/agent_calls.h"

enum { LINE_SIZE_MAX = 16384 };

/* --- on the node --- */

int agent_main(const struct options *options)
{
	static const struct assertion none = {.id = "agent"};
	struct test test = {.assertion = &none, .options = options};
	char line[LINE_SIZE_MAX], *words[AGENT_WORDS_MAX];
	struct agent_state *state = agent_state_new(&test);

	printf("> ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t count = 0;
		char *rest = NULL;
		for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < AGENT_WORDS_MAX; word = strtok_r(NULL, " \n", &rest))
			words[count++] = word;
		fputs("> ", stdout);
		if (count > 0)
			agent_state_call(state, words, count, stdout);
		fputc('\n', stdout);
		fflush(stdout);
	}
	_exit(0); /* as if killed: nothing is finalized */
}

/* --- in the driver --- */

struct agent {
	struct test *test;
	uint32_t node;
	pid_t pid;
	int to, from;
	char call[LINE_SIZE_MAX], line[LINE_SIZE_MAX];
	size_t filled; /* bytes read beyond the last line */
	char rest[LINE_SIZE_MAX];
};

/* The next line, without its end; false: none within the limit, or the agent is gone. */
static bool line_read(struct agent *agent, int64_t limit_ns)
{
	const int64_t until = now_ns() + limit_ns;

	for (;;) {
		char *end = memchr(agent->rest, '\n', agent->filled);
		if (end != NULL) {
			const size_t size = (size_t)(end - agent->rest);
			memcpy(agent->line, agent->rest, size);
			agent->line[size] = '\0';
			agent->filled -= size + 1;
			memmove(agent->rest, end + 1, agent->filled);
			return true;
		}
		struct pollfd poll_for = {.fd = agent->from, .events = POLLIN};
		const int64_t left = until - now_ns();
		if (left <= 0 || agent->filled == sizeof agent->rest || poll(&poll_for, 1, (int)(left / 1000000 + 1)) <= 0)
			return false;
		const ssize_t got = read(agent->from, agent->rest + agent->filled, sizeof agent->rest - agent->filled);
		if (got <= 0)
			return false;
		agent->filled += (size_t)got;
	}
}

/* Lines that are no answer come from what starts agents, or from the library: they are shown. */
static const char *answer_read(struct agent *agent, const char *call)
{
	do {
		if (!line_read(agent, test_limit_ns(agent->test, 40)))
			test_fail(agent->test, "the agent on node %u did not answer '%s'", agent->node, call);
		if (strncmp(agent->line, "> ", 2) != 0)
			test_observe(agent->test, "node %u: %s", agent->node, agent->line[0] == '#' ? agent->line + 2 : agent->line);
	} while (strncmp(agent->line, "> ", 2) != 0);
	return agent->line + 2;
}

static void agent_exec(const struct test *test, uint32_t node)
{
	char *text, number[20];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	snprintf(number, sizeof number, "%u", node);
	fputs("exec ", out);
	command_for_node(out, test->options->node_exec, "", number);
	command_for_self(out, test->options);
	fputs(" --agent", out);
	fclose(out);
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(127);
}

struct agent *agent_start(struct test *test, uint32_t node)
{
	struct agent *agent = calloc(1, sizeof *agent);
	int to[2], from[2];

	signal(SIGPIPE, SIG_IGN);
	if (agent == NULL || pipe(to) != 0 || pipe(from) != 0)
		test_fail(test, "no agent: %s", strerror(errno));
	agent->test = test;
	agent->node = node;
	agent->pid = fork();
	if (agent->pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[0]);
		close(to[1]);
		close(from[0]);
		close(from[1]);
		agent_exec(test, node);
	}
	close(to[0]);
	close(from[1]);
	agent->to = to[1];
	agent->from = from[0];
	answer_read(agent, "start");
	return agent;
}

static void call_send(struct agent *agent, const char *format, va_list arguments)
{
	const size_t limit = sizeof agent->call - 1;

	vsnprintf(agent->call, limit, format, arguments);
	const size_t size = strlen(agent->call);
	agent->call[size] = '\n';
	if (write(agent->to, agent->call, size + 1) != (ssize_t)size + 1)
		test_fail(agent->test, "the agent on node %u is gone", agent->node);
	agent->call[size] = '\0';
}

void agent_send(struct agent *agent, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	call_send(agent, format, arguments);
	va_end(arguments);
}

const char *agent_answer(struct agent *agent)
{
	const char *answer = answer_read(agent, agent->call);

	test_observe(agent->test, "node %u: %.300s: %.300s", agent->node, agent->call, answer);
	return answer;
}

const char *agent_call(struct agent *agent, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	call_send(agent, format, arguments);
	va_end(arguments);
	return agent_answer(agent);
}

void agent_abandon(struct agent *agent)
{
	close(agent->to);
	close(agent->from);
	kill(agent->pid, SIGKILL);
	while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(agent);
}

/* --- faults --- */

bool control_run(struct test *test, const char *verb, const char *node)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	command_for_node(out, test->options->node_control, verb, node);
	fputs(" >/dev/null 2>&1 </dev/null", out);
	fclose(out);
	const int status = system(text);
	test_observe(test, "%s: exit %d", text, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	free(text);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void control(struct test *test, const char *verb, const char *node)
{
	if (!control_run(test, verb, node))
		test_fail(test, "--node-control could not %s %s", verb, node);
}
