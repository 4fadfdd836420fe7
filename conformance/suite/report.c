/* Text, TAP and JUnit as the run goes, and the counts. The page is report_html.c's. */
#include "conformance/suite/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const forms[] = {
	[REPORT_TEXT] = "text", [REPORT_TAP] = "tap", [REPORT_JUNIT] = "junit", [REPORT_HTML] = "html"};

bool report_form_take(const char *word, enum report_form *form)
{
	for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(word, forms[i]) != 0)
			continue;
		*form = (enum report_form)i;
		return true;
	}
	return false;
}

static bool is_advisory(const struct instance *instance)
{
	return instance->assertion->strength == 'A';
}

void put_xml(const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<': fputs("&lt;", stdout); break;
		case '>': fputs("&gt;", stdout); break;
		case '&': fputs("&amp;", stdout); break;
		case '"': fputs("&quot;", stdout); break;
		default:
			if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t')
				putchar(*text);
		}
	}
}

static void tap_put(const struct report *report, const struct instance *instance, const struct outcome *outcome)
{
	printf("%s %u - %s %s", outcome->verdict != FAIL ? "ok" : "not ok", report->number, instance->name, instance->assertion->text);
	if (outcome->verdict == SKIP)
		printf(" # SKIP %s", outcome->reason);
	else if (outcome->verdict == FAIL && is_advisory(instance))
		printf(" # TODO advisory: %s", outcome->reason);
	printf("\n");
	if (outcome->verdict == FAIL)
		printf("# %s\n%s", outcome->reason, outcome->observed == NULL ? "" : outcome->observed);
}

/* An advisory assertion that does not hold is shown as skipped: no JUnit reader knows a third colour. */
static void junit_put(const struct instance *instance, const struct outcome *outcome)
{
	const bool failure = outcome->verdict == FAIL && !is_advisory(instance);

	printf("  <testcase classname=\"%s ", instance_service(instance));
	put_xml(instance->assertion->section);
	printf("\" name=\"%s: ", instance->name);
	put_xml(instance->assertion->text);
	fputs("\">\n", stdout);
	if (outcome->verdict != PASS) {
		printf("    <%s message=\"%s", failure ? "failure" : "skipped", outcome->verdict == FAIL && !failure ? "advisory: " : "");
		put_xml(outcome->reason);
		fputs("\"/>\n", stdout);
	}
	if (outcome->observed != NULL && outcome->observed[0] != '\0') {
		fputs("    <system-out>", stdout);
		put_xml(outcome->observed);
		fputs("</system-out>\n", stdout);
	}
	fputs("  </testcase>\n", stdout);
}

static void text_put(const struct report *report, const struct instance *instance, const struct outcome *outcome)
{
	const char *word = outcome->verdict == PASS ? "pass" : outcome->verdict == SKIP ? "skip" : is_advisory(instance) ? "advisory" : "FAIL";

	printf("%-8s %-14s %-18s %-32s %s\n", word, instance->name, instance->assertion->section, instance->assertion->function,
	       instance->assertion->text);
	if (outcome->verdict != PASS)
		printf("         %s\n", outcome->reason);
	if (outcome->observed != NULL && (report->options->verbose || outcome->verdict == FAIL))
		fputs(outcome->observed, stdout);
}

static void totals_add(struct totals *totals, const struct instance *instance, const struct outcome *outcome)
{
	if (outcome == NULL)
		totals->listed++;
	else if (outcome->verdict == PASS)
		totals->passed++;
	else if (outcome->verdict == SKIP)
		totals->skipped++;
	else if (is_advisory(instance))
		totals->advisory++;
	else
		totals->failed++;
}

static void count(struct report *report, const struct instance *instance, const struct outcome *outcome)
{
	size_t s = 0;

	while (report->services[s].service != NULL && strcmp(report->services[s].service, instance_service(instance)) != 0 &&
	       s < REPORT_SERVICES_MAX - 1)
		s++;
	report->services[s].service = instance_service(instance);
	totals_add(&report->services[s].totals, instance, outcome);
	totals_add(&report->totals, instance, outcome);
}

void report_open(struct report *report)
{
	if (report->options->report == REPORT_TAP)
		printf("TAP version 13\n1..%u\n", report->expected);
	if (report->options->report == REPORT_JUNIT)
		printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"ais-conformance\" tests=\"%u\">\n", report->expected);
}

/* Forms that are no reading matter while the run goes on tell a terminal how far it is. */
static bool shows_progress(const struct report *report)
{
	return (report->options->report == REPORT_JUNIT || report->options->report == REPORT_HTML) && isatty(STDERR_FILENO);
}

void report_begins(struct report *report, const struct instance *instance)
{
	report->number++;
	if (shows_progress(report))
		fprintf(stderr, "\r\033[K%u of %u, %u failed: %s", report->number, report->expected, report->totals.failed, instance->name);
}

void report_ends(struct report *report, const struct instance *instance, struct outcome *outcome)
{
	count(report, instance, outcome);
	switch (report->options->report) {
	case REPORT_TAP: tap_put(report, instance, outcome); break;
	case REPORT_JUNIT: junit_put(instance, outcome); break;
	case REPORT_HTML: report_html_keep(report, instance, outcome); return;
	case REPORT_TEXT: text_put(report, instance, outcome); break;
	}
	fflush(stdout);
	free(outcome->observed);
}

void report_listed(struct report *report, const struct instance *instance)
{
	if (report->options->report == REPORT_TEXT || report->options->report == REPORT_TAP)
		printf("# not yet written: %s\n", instance->name);
	if (report->options->report == REPORT_HTML)
		report_html_keep(report, instance, NULL);
	count(report, instance, NULL);
}

static void summary_put(const struct report *report)
{
	const struct totals *all = &report->totals;

	for (size_t s = 0; s < REPORT_SERVICES_MAX && report->services[s].service != NULL; s++) {
		const struct totals *totals = &report->services[s].totals;
		printf("# %s: %u hold, %u do not, %u advisory ones do not, %u not tried, %u not yet written\n", report->services[s].service,
		       totals->passed, totals->failed, totals->advisory, totals->skipped, totals->listed);
	}
	printf("%u passed, %u failed, %u skipped\n", all->passed, all->failed, all->skipped);
}

unsigned report_close(struct report *report)
{
	if (shows_progress(report))
		fputs("\r\033[K", stderr);
	switch (report->options->report) {
	case REPORT_JUNIT: fputs("</testsuite>\n", stdout); break;
	case REPORT_HTML: report_html_write(report); break;
	default: summary_put(report);
	}
	return report->totals.failed + (report->options->strict ? report->totals.advisory : 0);
}
