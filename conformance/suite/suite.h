/* What a test of the suite stands on: its assertion, the library under test, expectations, agents on other nodes. One assertion is one
 * function named after it; it runs in a process of its own and passes by returning. */
#ifndef AISLE_SUITE_H
#define AISLE_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "saAis.h"

struct test;

struct assertion {
	const char *id, *service, *section, *function;
	char strength; /* 'M' follows from the text; 'A' is advisory: reported, fails no run */
	const char *needs; /* words: nodes=N, include, set-clock, a verb of --node-control */
	const char *text;
	bool each_service; /* run once a service: COM-034@ckpt */
	void (*run)(struct test *test); /* NULL: listed, not yet written */
};

extern const struct assertion assertions[];
extern const size_t assertion_count;

struct options {
	const char *program;      /* this binary */
	const char *libdir;       /* NULL: the loader's own search */
	const char *include;      /* NULL: header assertions are skipped */
	const char *service;      /* NULL: all */
	const char *assertion;    /* glob; NULL: all */
	const char *node_exec;    /* NULL: this machine alone */
	const char *node_control;
	uint32_t nodes;           /* that --node-exec reaches */
	double patience;          /* all limits are multiplied by it */
	enum report_form { REPORT_TEXT, REPORT_TAP, REPORT_JUNIT, REPORT_HTML } report;
	bool verbose;
	bool set_clock;           /* an assertion may set the wall clock */
	bool strict;              /* an advisory assertion that does not hold fails the run */
	bool deep;                /* an assertion that repeats does so as often as its text says */
	const char *run;          /* this run's mark, part of all names */
};

struct test {
	const struct assertion *assertion;
	const struct options *options;
	const struct subject *subject; /* COM assertions: the service they are held against; else NULL */
};

/* --- verdicts: these do not return --- */
_Noreturn void test_fail(struct test *test, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void test_skip(struct test *test, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- expectations: each is recorded as observed; one that does not hold ends the test --- */
void test_observe(struct test *test, const char *format, ...) __attribute__((format(printf, 2, 3)));
void test_true(struct test *test, bool holds, const char *format, ...) __attribute__((format(printf, 3, 4)));
void test_equal(struct test *test, uint64_t got, uint64_t wanted, const char *format, ...) __attribute__((format(printf, 4, 5)));
void test_code(struct test *test, SaAisErrorT got, SaAisErrorT wanted, const char *format, ...) __attribute__((format(printf, 4, 5)));
void test_code_either(struct test *test, SaAisErrorT got, SaAisErrorT one, SaAisErrorT other, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void test_bytes(struct test *test, const void *got, const void *wanted, size_t size, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
const char *code_text(SaAisErrorT code);

/* --- time: limits are for what should come soon and are stretched by --patience --- */
int64_t now_ns(void);      /* monotonic */
int64_t wall_ns(void);
int64_t test_limit_ns(const struct test *test, double seconds);
void test_sleep(const struct test *test, double seconds); /* only where time itself is what is tested: expiry, retention */
/* Waits until the descriptor is readable; false: not within the limit. */
bool descriptor_readable(SaSelectionObjectT descriptor, int64_t limit_ns);

/* A cluster-unique name: run, assertion, instance and `suffix`. */
SaNameT test_name(const struct test *test, const char *suffix);
SaNameT name_of(const char *text);

/* --- the library under test --- */
void *library_open(struct test *test, const char *soname); /* skips the test if it cannot be loaded */
void *library_symbol(struct test *test, void *library, const char *symbol);
/* CASE-101: a copy where nothing may be written and nothing behind its last byte be read; either is a SIGSEGV. */
const void *bytes_at_edge(struct test *test, const void *bytes, size_t size);
/* The same of a name. Its length may say more than
 * the `bytes` that are there. */
const SaNameT *name_at_edge(struct test *test, const SaNameT *name, size_t bytes);
void *library_symbol_if(void *library, const char *symbol);

/* Compiles, without running, a C source that includes the service's header from --include; fails the test with the compiler's words. */
void probe_compile(struct test *test, const char *source);

/* Another process, forked: to be called before this one has touched the library, unless the fork itself is what is tested. `work` uses the
 * library and its expectations as a test does. */
typedef void process_work(struct test *test, void *context);
int process_run(struct test *test, process_work *work, void *context); /* exit status; 128: killed */
struct process {
	pid_t pid;
	int ready, go;
};
/* Returns when `work` has been done; the process then holds what it holds until it is killed or told to end. */
struct process process_start(struct test *test, process_work *work, void *context);
void process_kill(struct process *process);
void process_end(struct process *process); /* exits without a word to the library */

/* --- agents and faults --- */
struct agent;
struct agent *agent_start(struct test *test, uint32_t node); /* fails the test if it does not answer */
/* One command, one answer: "CODE rest". Valid until the agent's next call. Fails the test when the agent is gone. */
const char *agent_call(struct agent *agent, const char *format, ...) __attribute__((format(printf, 2, 3)));
void agent_send(struct agent *agent, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *agent_answer(struct agent *agent); /* to what was sent */
void agent_abandon(struct agent *agent); /* its node was killed */
/* The shell command of this binary with what is the same for all; `pattern` with %v and %n replaced. */
void command_for_self(FILE *out, const struct options *options);
void command_for_node(FILE *out, const char *pattern, const char *verb, const char *node);
int agent_main(const struct options *options);
bool control_run(struct test *test, const char *verb, const char *node); /* false: the command failed */
void control(struct test *test, const char *verb, const char *node);

#endif
