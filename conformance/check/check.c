/* The runner behind check.h. CUnit's call-backs carry no context, so the counts are file-scope: one program, one run. */
#include "conformance/check/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	unsigned passed, failed, skipped;
	const char *skip_reason;
} counts;

void check_skip(const char *reason)
{
	counts.skip_reason = reason;
}

static void on_test_start(const CU_pTest test, const CU_pSuite suite)
{
	(void)test;
	(void)suite;
	counts.skip_reason = NULL;
}

static void on_test_complete(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
	if (failure != NULL) {
		counts.failed++;
		printf("FAIL %s: %s\n", suite->pName, test->pName);
		for (const CU_FailureRecord *record = failure; record != NULL; record = record->pNext)
			printf("     %s:%u: %s\n", record->strFileName, record->uiLineNumber, record->strCondition);
	} else if (counts.skip_reason != NULL) {
		counts.skipped++;
		printf("skip %s: %s: %s\n", suite->pName, test->pName, counts.skip_reason);
	} else {
		counts.passed++;
		printf("ok   %s: %s\n", suite->pName, test->pName);
	}
	fflush(stdout);
}

static bool suite_add(const struct check_suite *suite)
{
	const char *only = getenv("AISLE_CHECK_ONLY");
	const CU_pSuite added = CU_add_suite(suite->name, NULL, NULL);

	if (added == NULL)
		return false;
	for (size_t i = 0; i < suite->case_count; i++) {
		if (only != NULL && strstr(suite->cases[i].promise, only) == NULL)
			continue;
		if (CU_add_test(added, suite->cases[i].promise, suite->cases[i].run) == NULL)
			return false;
	}
	return true;
}

int check_run_suites(const struct check_suite *suites, size_t suite_count)
{
	bool ready = CU_initialize_registry() == CUE_SUCCESS;

	for (size_t i = 0; ready && i < suite_count; i++)
		ready = suite_add(&suites[i]);
	if (ready) {
		CU_set_test_start_handler(on_test_start);
		CU_set_test_complete_handler(on_test_complete);
		CU_run_all_tests();
	} else {
		printf("FAIL the tests could not be registered: %s\n", CU_get_error_msg());
		counts.failed++;
	}
	CU_cleanup_registry();
	printf("%u passed, %u failed, %u skipped\n", counts.passed, counts.failed, counts.skipped);
	return counts.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int check_run(const char *suite_name, const struct check_case *cases, size_t case_count)
{
	const struct check_suite suite = {.name = suite_name, .cases = cases, .case_count = case_count};

	return check_run_suites(&suite, 1);
}
