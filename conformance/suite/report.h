/* What a run found, as a reader wants it: text, TAP, JUnit, or a page for a customer. Called by run.c, in the order of the catalogue. */
#ifndef AISLE_SUITE_REPORT_H
#define AISLE_SUITE_REPORT_H

#include "conformance/suite/suite.h"

enum verdict { PASS, FAIL, SKIP };

/* One assertion held against one service. */
struct instance {
	const struct assertion *assertion;
	const struct subject *subject; /* NULL: the assertion's own service */
	char name[40];
};

const char *instance_service(const struct instance *instance);

struct outcome {
	enum verdict verdict;
	char reason[1000]; /* of what does not pass */
	char *observed;    /* lines of "# ...", the outcome's own; may be NULL */
};

struct totals {
	unsigned passed, failed, skipped, advisory, listed; /* advisory: of strength A, and it does not hold */
};

struct record; /* a result kept for the forms that sort: report_html.c */

enum { REPORT_SERVICES_MAX = 16 };

struct report {
	const struct options *options;
	unsigned expected, number; /* assertions that will be tried, that were */
	struct totals totals;
	struct {
		const char *service;
		struct totals totals;
	} services[REPORT_SERVICES_MAX];
	struct record *records;
	size_t record_count;
};

bool report_form_take(const char *word, enum report_form *form); /* false: no such form */

void report_open(struct report *report);
void report_begins(struct report *report, const struct instance *instance);
void report_ends(struct report *report, const struct instance *instance, struct outcome *outcome); /* takes the outcome over */
void report_listed(struct report *report, const struct instance *instance);
unsigned report_close(struct report *report); /* how many failed; with --strict, advisory ones too */

/* report_html.c: keeps what is found and writes the page at the end. `outcome` NULL: not yet written. */
void report_html_keep(struct report *report, const struct instance *instance, const struct outcome *outcome);
void report_html_write(struct report *report);

void put_xml(const char *text); /* to standard output, as XML's and HTML's text */

#endif
