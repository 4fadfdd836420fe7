/* The page that a vendor hands to a customer: what was judged and how, then a service, a section of the standard, an assertion each, with
 * what was observed. One file, no script, nothing fetched, well-formed
 * as XML too; verdicts are words, colours only repeat them. Called by report.c. */
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "conformance/suite/com.h"
#include "conformance/suite/report.h"

struct record {
	struct instance instance;
	struct outcome outcome;
	bool listed;
	size_t place; /* in the catalogue's order */
};

void report_html_keep(struct report *report, const struct instance *instance, const struct outcome *outcome)
{
	struct record *records = realloc(report->records, (report->record_count + 1) * sizeof *records);

	if (records == NULL) {
		fputs("ais-conformance: no memory for the report\n", stderr);
		exit(EXIT_FAILURE);
	}
	report->records = records;
	records[report->record_count] = (struct record){.instance = *instance, .listed = outcome == NULL, .place = report->record_count};
	if (outcome != NULL)
		records[report->record_count].outcome = *outcome;
	report->record_count++;
}

static int record_order(const void *one, const void *other)
{
	const struct record *a = one, *b = other;
	int order = strcmp(instance_service(&a->instance), instance_service(&b->instance));

	if (order == 0)
		order = strverscmp(a->instance.assertion->section, b->instance.assertion->section);
	return order != 0 ? order : a->place < b->place ? -1 : a->place > b->place;
}

static const char *record_verdict(const struct record *record)
{
	if (record->listed)
		return "not written";
	if (record->outcome.verdict == FAIL)
		return record->instance.assertion->strength == 'A' ? "advisory" : "fails";
	return record->outcome.verdict == PASS ? "holds" : "not tried";
}

static const char style[] =
	"body{font:15px/1.45 sans-serif;color:#1a1a1a;max-width:72em;margin:2em auto;padding:0 1em}"
	"table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25em .6em;border-bottom:1px solid #ddd}"
	"tr:first-child th{border-bottom:2px solid #888}table.facts th{border-bottom:1px solid #ddd!important;width:12em}td.n,th.n{text-align:right}td.id{white-space:nowrap;font-family:monospace}"
	"td.v{white-space:nowrap;font-weight:bold}.holds{color:#0a6b2b}.fails{color:#b00020}.advisory{color:#8a5a00}.not{color:#666}"
	"h2{margin-top:2em}h3{margin:1.4em 0 .3em}pre{white-space:pre-wrap;background:#f5f5f5;padding:.5em;margin:.3em 0}"
	"details{color:#555}code{font-size:95%}@media print{details{display:none}}";

static void put_fact(const char *name, const char *value)
{
	printf("<tr><th>%s</th><td>", name);
	put_xml(value);
	fputs("</td></tr>\n", stdout);
}

/* The file that the loader takes for a library, so that the page says which one was judged. */
static void put_library(const struct options *options, const struct subject *subject)
{
	char path[PATH_MAX], name[64];
	struct link_map *map = NULL;

	snprintf(path, sizeof path, "%s%s%s", options->libdir == NULL ? "" : options->libdir, options->libdir == NULL ? "" : "/", subject->soname);
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library != NULL && dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && realpath(map->l_name, path) == NULL)
		snprintf(path, sizeof path, "%s", map->l_name);
	snprintf(name, sizeof name, "%s", subject->soname);
	put_fact(name, library == NULL ? "cannot be loaded" : path);
}

static bool service_was_judged(const struct report *report, const char *service)
{
	for (size_t s = 0; s < REPORT_SERVICES_MAX && report->services[s].service != NULL; s++)
		if (strcmp(report->services[s].service, service) == 0)
			return true;
	return false;
}

static void put_facts(const struct report *report)
{
	const struct options *options = report->options;
	struct utsname machine;
	char text[400];
	const time_t now = time(NULL);
	struct tm at;

	fputs("<table class=\"facts\">\n", stdout);
	if (gmtime_r(&now, &at) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &at) > 0)
		put_fact("Ended", text);
	if (uname(&machine) == 0) {
		snprintf(text, sizeof text, "%s %s %s", machine.sysname, machine.release, machine.machine);
		put_fact("Driver's system", text);
	}
	for (size_t s = 0; s < subject_count; s++)
		if (service_was_judged(report, subjects[s]->service))
			put_library(options, subjects[s]);
	put_fact("Headers", options->include == NULL ? "not judged" : options->include);
	snprintf(text, sizeof text, "%u%s%s", options->nodes, options->node_exec == NULL ? ", this machine" : ", by ",
	         options->node_exec == NULL ? "" : options->node_exec);
	put_fact("Nodes", text);
	put_fact("Faults", options->node_control == NULL ? "none" : options->node_control);
	snprintf(text, sizeof text, "%s; limits × %g", options->run, options->patience);
	put_fact("Run", text);
	if (options->assertion != NULL)
		put_fact("Chosen", options->assertion);
	fputs("</table>\n", stdout);
}

static void put_count_row(const char *name, const struct totals *totals, const char *link)
{
	printf("<tr><td>%s%s%s%s%s</td><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%u</td></tr>\n",
	       link == NULL ? "" : "<a href=\"#", link == NULL ? "" : link, link == NULL ? "" : "\">", name, link == NULL ? "" : "</a>",
	       totals->passed, totals->failed, totals->advisory, totals->skipped, totals->listed);
}

static void put_counts(const struct report *report)
{
	fputs("<h2>Result</h2>\n<table>\n<tr><th>Service</th><th class=\"n\">holds</th><th class=\"n\">fails</th><th class=\"n\">advisory, does not hold</th>"
	      "<th class=\"n\">not tried</th><th class=\"n\">not written</th></tr>\n", stdout);
	for (size_t s = 0; s < REPORT_SERVICES_MAX && report->services[s].service != NULL; s++)
		put_count_row(report->services[s].service, &report->services[s].totals, report->services[s].service);
	put_count_row("all", &report->totals, NULL);
	fputs("</table>\n<p>An advisory assertion follows from practice or recommendation, not from the text of the standard: it is reported "
	      "and fails no run. What is not tried says why.</p>\n", stdout);
}

static void put_record(const struct record *record)
{
	const struct assertion *assertion = record->instance.assertion;
	const char *verdict = record_verdict(record);

	printf("<tr><td class=\"id\" id=\"%s\">%s</td><td class=\"v %s\">%s</td><td><code>%s</code></td><td>", record->instance.name,
	       record->instance.name, verdict, verdict, assertion->function);
	put_xml(assertion->text);
	if (record->outcome.reason[0] != '\0' && record->outcome.verdict != PASS) {
		fputs("<br/><em>", stdout);
		put_xml(record->outcome.reason);
		fputs("</em>", stdout);
	}
	if (record->outcome.observed != NULL && record->outcome.observed[0] != '\0') {
		fputs("<details><summary>observed</summary><pre>", stdout);
		put_xml(record->outcome.observed);
		fputs("</pre></details>", stdout);
	}
	fputs("</td></tr>\n", stdout);
}

static void put_records(const struct report *report)
{
	const char *service = "", *section = NULL;

	for (size_t i = 0; i < report->record_count; i++) {
		const struct record *record = &report->records[i];
		const bool new_service = strcmp(service, instance_service(&record->instance)) != 0;
		const bool new_section = new_service || strcmp(section, record->instance.assertion->section) != 0;
		if (new_section && section != NULL)
			fputs("</table>\n", stdout);
		service = instance_service(&record->instance);
		section = record->instance.assertion->section;
		if (new_service)
			printf("<h2 id=\"%s\">%s</h2>\n", service, service);
		if (new_section) {
			fputs("<h3>", stdout);
			put_xml(section);
			fputs("</h3>\n<table>\n<tr><th>Assertion</th><th>Verdict</th><th>Function</th><th>Text</th></tr>\n", stdout);
		}
		put_record(record);
	}
	if (section != NULL)
		fputs("</table>\n", stdout);
}

void report_html_write(struct report *report)
{
	if (report->record_count > 0)
		qsort(report->records, report->record_count, sizeof *report->records, record_order);
	printf("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<title>AIS conformance report</title>\n<style>%s</style>\n"
	       "</head>\n<body>\n<h1>AIS conformance report</h1>\n", style);
	put_facts(report);
	put_counts(report);
	put_records(report);
	fputs("</body>\n</html>\n", stdout);
	for (size_t i = 0; i < report->record_count; i++)
		free(report->records[i].outcome.observed);
	free(report->records);
}
