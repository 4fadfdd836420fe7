/* ais-conformance: options, and which of the three this process is: the driver, one assertion, or an agent on a node. */
#include "conformance/suite/suite.h"

#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conformance/suite/report.h"
#include "conformance/suite/run.h"

static const char help[] =
	"usage: ais-conformance [OPTION...]\n"
	"\n"
	"Holds AIS libraries, loaded at run time, against the specification: one assertion, one test, in a process of its own.\n"
	"\n"
	"  --libdir DIR          where libSaClm.so.3 and its siblings are (default: where the loader looks)\n"
	"  --include DIR         headers under test; without it header assertions are skipped\n"
	"  --service S           clm, ckpt, lck, tmr: this service's assertions alone, common ones included\n"
	"  --assertion GLOB      only these, e.g. 'CKPT-01?' or 'COM-034@ckpt'\n"
	"  --node-exec CMD       runs a command on node %n, e.g. 'ais-lab exec %n --'; single-node assertions then run on node 1\n"
	"  --node-control CMD    does %v (stop, start, kill, cut, heal) to node %n, e.g. 'ais-lab %v %n'\n"
	"  --nodes N             nodes that --node-exec reaches, 1 to N (default 3 with it, else 1)\n"
	"  --set-clock           lets an assertion set this machine's wall clock two hours ahead and back for a moment\n"
	"  --strict              an advisory assertion that does not hold fails the run, too\n"
	"  --deep                an assertion that repeats does so as often as its sheet asks, which takes minutes\n"
	"  --patience F          stretches every limit by F (default 1)\n"
	"  --report FORM         text (default), tap, junit, or html: the page for a customer, a service, a section, an assertion each\n"
	"  --verbose             text: what each test observed\n"
	"  --list                the assertions, their strength and state; runs nothing\n"
	"  --version             which ais-conformance this is\n"
	"  --help                this\n"
	"\n"
	"Advisory assertions (strength A) are reported and fail no run unless it is strict. Last line of text and tap: 'N passed, N failed, N skipped';\n"
	"with the other forms standard error shows how far it is, if that is a terminal.\n"
	"Exit status: 0 nothing failed, 1 something did, 2 usage.\n";

enum { OPTION_ONE = 1000, OPTION_AGENT, OPTION_RUN, OPTION_LIST, OPTION_SET_CLOCK, OPTION_DEEP, OPTION_STRICT };

static const struct option long_options[] = {
	{"libdir", required_argument, NULL, 'l'},
	{"include", required_argument, NULL, 'i'},
	{"service", required_argument, NULL, 's'},
	{"assertion", required_argument, NULL, 'a'},
	{"node-exec", required_argument, NULL, 'e'},
	{"node-control", required_argument, NULL, 'c'},
	{"nodes", required_argument, NULL, 'n'},
	{"set-clock", no_argument, NULL, OPTION_SET_CLOCK},
	{"deep", no_argument, NULL, OPTION_DEEP},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"patience", required_argument, NULL, 'p'},
	{"report", required_argument, NULL, 'r'},
	{"verbose", no_argument, NULL, 'v'},
	{"list", no_argument, NULL, OPTION_LIST},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"one", required_argument, NULL, OPTION_ONE},
	{"agent", no_argument, NULL, OPTION_AGENT},
	{"run", required_argument, NULL, OPTION_RUN},
	{NULL, 0, NULL, 0},
};

struct command {
	struct options options;
	const char *one;
	bool agent, list;
};

static _Noreturn void usage(const char *why)
{
	fprintf(stderr, "ais-conformance: %s (--help)\n", why);
	exit(2);
}

static uint32_t number_of(const char *text, uint32_t maximum, const char *why)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || value < 1 || value > maximum)
		usage(why);
	return (uint32_t)value;
}

static void option_take(struct command *command, int option, const char *value)
{
	struct options *options = &command->options;
	char *end;

	switch (option) {
	case 'l': options->libdir = value; break;
	case 'i': options->include = value; break;
	case 's':
		if (!service_is_known(value))
			usage("--service: none of those that --list shows");
		options->service = value;
		break;
	case 'a': options->assertion = value; break;
	case 'e': options->node_exec = value; break;
	case 'c': options->node_control = value; break;
	case 'n': options->nodes = number_of(value, 64, "--nodes: 1 to 64"); break;
	case 'p':
		options->patience = strtod(value, &end);
		if (end == value || *end != '\0' || !(options->patience > 0 && options->patience <= 1000))
			usage("--patience: a number above 0, at most 1000");
		break;
	case 'r':
		if (!report_form_take(value, &options->report))
			usage("--report: text, tap, junit or html");
		break;
	case 'v': options->verbose = true; break;
	case OPTION_SET_CLOCK: options->set_clock = true; break;
	case OPTION_DEEP: options->deep = true; break;
	case OPTION_STRICT: options->strict = true; break;
	case OPTION_LIST: command->list = true; break;
	case OPTION_ONE: command->one = value; break;
	case OPTION_AGENT: command->agent = true; break;
	case OPTION_RUN: options->run = value; break;
	case 'h':
		fputs(help, stdout);
		exit(0);
	case 'V':
		printf("ais-conformance (Aisle) %s\n", PACKAGE_VERSION);
		exit(0);
	default: usage("unknown option");
	}
}

int main(int argc, char **argv)
{
	struct command command = {.options = {.patience = 1}};
	char program[4096] = "", run[40];
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		option_take(&command, option, optarg);
	if (optind < argc)
		usage("no argument is expected");
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		snprintf(program, sizeof program, "%s", argv[0]);
	command.options.program = program;
	if (command.options.nodes == 0)
		command.options.nodes = command.options.node_exec == NULL ? 1 : 3;
	if (command.options.run == NULL) {
		snprintf(run, sizeof run, "%llx.%d", (unsigned long long)time(NULL), (int)getpid());
		command.options.run = run;
	}
	if (command.list)
		return run_list(&command.options);
	if (command.agent)
		return agent_main(&command.options);
	return command.one != NULL ? run_one(&command.options, command.one) : run_all(&command.options);
}
