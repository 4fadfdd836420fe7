/* Runs a program's unit tests on CUnit and says what came of it: each failure with its place, and alone on the last line
 * 'N passed, N failed, N skipped'. One test is one promise; its name is the promise. */
#ifndef AISLE_CHECK_H
#define AISLE_CHECK_H

#include <CUnit/CUnit.h>
#include <stddef.h>

struct check_case {
	const char *promise;
	void (*run)(void);
};

struct check_suite {
	const char *name;
	const struct check_case *cases;
	size_t case_count;
};

/* Both return main()'s exit status: 0 if no test failed. With AISLE_CHECK_ONLY=TEXT in the environment only those tests run
 * whose promise contains TEXT. */
int check_run(const char *suite_name, const struct check_case *cases, size_t case_count);
int check_run_suites(const struct check_suite *suites, size_t suite_count);

/* Inside a test: it cannot be shown here, and why. The test is to return at once. */
void check_skip(const char *reason);

#endif
