/* A test's own process: verdicts, expectations, time, names, the library, the compiler. Everything observed goes to stdout as a line of
 * "# ...", the verdict as a last line "= pass|fail|skip ...": the parent (run.c) reads them. */
#include "conformance/suite/suite.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_SKIP = 77 };

static void line_put(const char *mark, const char *format, va_list arguments)
{
	char text[1000];

	vsnprintf(text, sizeof text, format, arguments);
	for (char *at = text; *at != '\0'; at++)
		if (*at == '\n')
			*at = ' ';
	printf("%s%s\n", mark, text);
	fflush(stdout);
}

void test_fail(struct test *test, const char *format, ...)
{
	va_list arguments;

	(void)test;
	va_start(arguments, format);
	line_put("= fail ", format, arguments);
	va_end(arguments);
	_exit(1);
}

void test_skip(struct test *test, const char *format, ...)
{
	va_list arguments;

	(void)test;
	va_start(arguments, format);
	line_put("= skip ", format, arguments);
	va_end(arguments);
	_exit(EXIT_SKIP);
}

void test_observe(struct test *test, const char *format, ...)
{
	va_list arguments;

	(void)test;
	va_start(arguments, format);
	line_put("# ", format, arguments);
	va_end(arguments);
}

void test_true(struct test *test, bool holds, const char *format, ...)
{
	char what[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (!holds)
		test_fail(test, "not so: %s", what);
	test_observe(test, "%s", what);
}

void test_equal(struct test *test, uint64_t got, uint64_t wanted, const char *format, ...)
{
	char what[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (got != wanted)
		test_fail(test, "%s: %llu, expected %llu", what, (unsigned long long)got, (unsigned long long)wanted);
	test_observe(test, "%s: %llu", what, (unsigned long long)got);
}

const char *code_text(SaAisErrorT code)
{
	static const char *const names[] = {
		[1] = "OK", "LIBRARY", "VERSION", "INIT", "TIMEOUT", "TRY_AGAIN", "INVALID_PARAM", "NO_MEMORY", "BAD_HANDLE", "BUSY", "ACCESS",
		"NOT_EXIST", "NAME_TOO_LONG", "EXIST", "NO_SPACE", "INTERRUPT", "NAME_NOT_FOUND", "NO_RESOURCES", "NOT_SUPPORTED",
		"BAD_OPERATION", "FAILED_OPERATION", "MESSAGE_ERROR", "QUEUE_FULL", "QUEUE_NOT_AVAILABLE", "BAD_FLAGS", "TOO_BIG",
		"NO_SECTIONS",
	};

	return (size_t)code < sizeof names / sizeof *names && names[code] != NULL ? names[code] : "no code of B.01.01";
}

void test_code(struct test *test, SaAisErrorT got, SaAisErrorT wanted, const char *format, ...)
{
	char what[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (got != wanted)
		test_fail(test, "%s: %s (%d), expected %s", what, code_text(got), (int)got, code_text(wanted));
	test_observe(test, "%s: %s", what, code_text(got));
}

void test_code_either(struct test *test, SaAisErrorT got, SaAisErrorT one, SaAisErrorT other, const char *format, ...)
{
	char what[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	if (got != one && got != other)
		test_fail(test, "%s: %s (%d), expected %s or %s", what, code_text(got), (int)got, code_text(one), code_text(other));
	test_observe(test, "%s: %s", what, code_text(got));
}

void test_bytes(struct test *test, const void *got, const void *wanted, size_t size, const char *format, ...)
{
	const uint8_t *left = got, *right = wanted;
	char what[500];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	for (size_t i = 0; i < size; i++)
		if (left[i] != right[i])
			test_fail(test, "%s: byte %zu of %zu is 0x%02x, expected 0x%02x", what, i, size, left[i], right[i]);
	test_observe(test, "%s: %zu bytes as expected", what, size);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t test_limit_ns(const struct test *test, double seconds)
{
	return (int64_t)(seconds * test->options->patience * 1e9);
}

void test_sleep(const struct test *test, double seconds)
{
	const int64_t until = now_ns() + (int64_t)(seconds * 1e9);
	struct timespec time = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};

	(void)test;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

bool descriptor_readable(SaSelectionObjectT descriptor, int64_t limit_ns)
{
	const int64_t until = now_ns() + limit_ns;
	struct pollfd poll_for = {.fd = (int)descriptor, .events = POLLIN};

	for (;;) {
		const int64_t left = until - now_ns();
		const int found = poll(&poll_for, 1, left <= 0 ? 0 : (int)((left + 999999) / 1000000));
		if (found > 0)
			return (poll_for.revents & POLLIN) != 0;
		if (found == 0 || errno != EINTR)
			return false;
	}
}

SaNameT name_of(const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return name;
}

SaNameT test_name(const struct test *test, const char *suffix)
{
	char text[SA_MAX_NAME_LENGTH];

	snprintf(text, sizeof text, "suite-%s-%s-%d-%s", test->options->run, test->assertion->id, (int)getpid(), suffix);
	return name_of(text);
}

const void *bytes_at_edge(struct test *test, const void *bytes, size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || size > page)
		test_fail(test, "no place for %zu bytes at the end of a page", size);
	char *place = pages + page - size;
	memcpy(place, bytes, size);
	if (mprotect(pages, page, PROT_READ) != 0 || mprotect(pages + page, page, PROT_NONE) != 0)
		test_fail(test, "mprotect");
	return place;
}

const SaNameT *name_at_edge(struct test *test, const SaNameT *name, size_t bytes)
{
	const size_t size = offsetof(SaNameT, value) + bytes;

	if (size % _Alignof(SaNameT) != 0)
		test_fail(test, "a name of %zu bytes cannot end with a page", bytes);
	return bytes_at_edge(test, name, size);
}

void *library_open(struct test *test, const char *soname)
{
	char path[4096];

	snprintf(path, sizeof path, "%s%s%s", test->options->libdir == NULL ? "" : test->options->libdir,
	         test->options->libdir == NULL ? "" : "/", soname);
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		test_skip(test, "library under test: %s", dlerror());
	return library;
}

void *library_symbol_if(void *library, const char *symbol)
{
	return dlsym(library, symbol);
}

void *library_symbol(struct test *test, void *library, const char *symbol)
{
	void *found = dlsym(library, symbol);

	if (found == NULL)
		test_fail(test, "the library exports no %s", symbol);
	return found;
}

void probe_compile(struct test *test, const char *source)
{
	char path[] = "/tmp/ais-conformance-XXXXXX.c", command[4096], words[800] = "";
	const char *compiler = getenv("CC") != NULL ? getenv("CC") : "cc";
	const int descriptor = mkstemps(path, 2);

	if (descriptor < 0)
		test_skip(test, "no place for the probe: %s", strerror(errno));
	dprintf(descriptor, "%s", source);
	close(descriptor);
	snprintf(command, sizeof command, "%s -std=c11 -fsyntax-only -I '%s' '%s' 2>&1", compiler, test->options->include, path);
	FILE *pipe = popen(command, "r");
	const size_t size = pipe == NULL ? 0 : fread(words, 1, sizeof words - 1, pipe);
	words[size] = '\0';
	const int status = pipe == NULL ? -1 : pclose(pipe);
	unlink(path);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		test_skip(test, "no compiler: %s", compiler);
	test_true(test, status == 0, "the probe compiles against %s %s", test->options->include, words);
}

int process_run(struct test *test, process_work *work, void *context)
{
	int status = 0;

	fflush(stdout);
	const pid_t child = fork();
	if (child == 0) {
		work(test, context);
		_exit(0);
	}
	if (child < 0)
		test_fail(test, "fork: %s", strerror(errno));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP)
		_exit(EXIT_SKIP); /* it said why */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

struct process process_start(struct test *test, process_work *work, void *context)
{
	int ready[2], go[2];
	char byte;

	fflush(stdout);
	if (pipe(ready) != 0 || pipe(go) != 0)
		test_fail(test, "pipe: %s", strerror(errno));
	const pid_t child = fork();
	if (child < 0)
		test_fail(test, "fork: %s", strerror(errno));
	if (child == 0) {
		close(ready[0]);
		close(go[1]);
		work(test, context);
		if (write(ready[1], "", 1) == 1)
			while (read(go[0], &byte, 1) < 0 && errno == EINTR)
				;
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &byte, 1) != 1) {
		int status = 0;
		waitpid(child, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP)
			_exit(EXIT_SKIP); /* it said why */
		test_fail(test, "the other process failed");
	}
	return (struct process){.pid = child, .ready = ready[0], .go = go[1]};
}

static void process_gone(struct process *process)
{
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(process->ready);
}

void process_kill(struct process *process)
{
	kill(process->pid, SIGKILL);
	process_gone(process);
	close(process->go);
}

void process_end(struct process *process)
{
	close(process->go);
	process_gone(process);
}
