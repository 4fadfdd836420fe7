/* `ais`, the operator's command line: one table of subcommands, their parsing and their help. What each does is in ais_*.c. */
#include "core/tools/ais.h"

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/result.h"
#include "core/ipc/ipc_client.h"
#include "core/ipc/ipc_path.h"

enum { CALL_TIMEOUT_S = 10 };

static const struct ais_command commands[] = {
	{{"status", NULL}, NULL, true, false, true, ais_status, "this node, its ring and members, quorum, who holds the gate, catch-up, services",
	 "The first line says the standing in short; the words `caught up` stand there only when this node's replicas lack nothing.\n"
	 "Exit codes: 0 serves and caught up, 3 no daemon, 4 no quorum, 5 waits for state, 6 a view change is being dealt with,\n"
	 "7 the cluster serves and this node is catching up, 12 nodes are to be fenced first.\n"
	 "--wait caught-up|serving|no-quorum|state|fencing waits for that, with --members N in a view of so many nodes, and prints then;\n"
	 "the exit code is of what is printed. With --patience S it prints after S seconds what there is instead: exit code 14.\n"},
	{{"clm", "nodes"}, NULL, true, false, false, ais_clm_nodes, "the members as libSaClm tells them", ""},
	{{"clm", "watch"}, NULL, true, false, false, ais_clm_watch, "the members now, then who joins and leaves, until interrupted",
	 "Through libSaClm's tracking, a line an entry. With --json a line is one JSON object.\n"},
	{{"ckpt", "list"}, NULL, true, false, false, ais_ckpt_list, "the checkpoints that this daemon knows", ""},
	{{"ckpt", "show"}, "NAME", true, false, false, ais_ckpt_show, "attributes and use of one checkpoint",
	 "Exit code 8: there is no checkpoint of that name.\n"},
	{{"ckpt", "dump"}, "NAME", true, true, false, ais_ckpt_dump, "all sections of one checkpoint, from this daemon's memory",
	 "Reads this daemon's replica and nothing else (--replica local, the only one there is), whatever the gate.\n"
	 "With --json an id or content that is UTF-8 stands under \"id\" and \"data\", any other in base64 under \"id_base64\" and\n"
	 "\"data_base64\". Exit codes: 7 the replica is not complete (what is there is printed), 8 no checkpoint of that name.\n"},
	{{"ckpt", "watch"}, "NAME", true, false, false, ais_ckpt_watch, "the sections now, then what becomes of them, until interrupted",
	 "A line a section: created, changed or deleted, TAB, id, TAB, size, TAB, content, or (not here) where this node has no replica of\n"
	 "it. As this daemon applies it, which is before it is promised to anybody. Changes that come fast are told as one. With --json a\n"
	 "line is one JSON object, as in dump. Exit code 8: there is no checkpoint of that name (any more).\n"},
	{{"ckpt", "export"}, "NAME FILE | --all DIRECTORY", false, false, false, ais_ckpt_export, "a checkpoint, as this daemon has it, into a file",
	 "The file is replaced whole, on the disk, or not at all. --all DIRECTORY: every checkpoint, each in DIRECTORY/NAME.ckpt, bytes of\n"
	 "the name that are not plain as %XX. Exit codes: 7 the replica is not complete (nothing is written), 8 no checkpoint of that name.\n"},
	{{"ckpt", "import"}, "FILE [NAME]", false, false, false, ais_ckpt_import, "a checkpoint from a file that export wrote",
	 "Creates it, under NAME if given, with its attributes, its sections and their expiry; those that have expired are left out. A file\n"
	 "that is damaged or foreign is refused before anything is done; an import that cannot be ended is undone. Where this node\n"
	 "decides nothing it tries for 60 s, and says so. Programs that open the checkpoint meanwhile see it fill. Nobody has it open then:\n"
	 "it goes when its retention duration is over, or --retention SECONDS|forever; one of 0 is refused. Exit codes: 4 this node decides\n"
	 "nothing now, 11 a checkpoint of that name exists.\n"},
	{{"lck", "list"}, NULL, true, false, false, ais_lck_list, "the lock resources that this daemon knows",
	 "A line a resource: its name, the mode that is held, how many hold it (orphans among them), wait for it, and have it open.\n"},
	{{"lck", "show"}, "NAME", true, false, false, ais_lck_show, "who holds one lock, in the order of the grants, and who waits",
	 "A line a lock: held, orphan or waits; exclusive or shared; node and client; the fencing token of one that is granted. As this daemon\n"
	 "has it, whatever the gate. Exit code 8: nobody has a resource of that name open, and it has no orphan.\n"},
	{{"tmr", "list"}, NULL, true, false, false, ais_tmr_list, "who has timers on this node, and how many",
	 "Timers live in the programs: a library tells its count and next expiration when it is called, at most once a second, so a program\n"
	 "that made many at once and then fell silent is shown with fewer; `told` says when it was.\n"},
	{{"cluster", "adopt"}, NULL, false, false, false, ais_cluster_adopt, "let the present view go on with the best state it has",
	 "For a cluster that waits for nodes that will not come back (gate: state). What only the absent nodes held is given up.\n"},
	{{"cluster", "fenced"}, "NODE", false, false, false, ais_cluster_fenced, "say that a node that departed can do nothing any more",
	 "Where fencing is configured (quorum.fencing), the gate stays shut after a node departed without a word, for its programs may still\n"
	 "believe that they hold locks. Say so only of a node that is off, or cut from all that its programs write to: its locks are given to\n"
	 "others. NODE is its id; `ais status` names who is waited for. Ends when every member knows it.\n"
	 "Exit code 8: nobody waits for that node's fencing.\n"},
	{{"cluster", "expected-votes"}, "VOTES", false, false, false, ais_cluster_expected_votes, "change how many votes are expected",
	 "For all nodes, by one ordered operation, in a view that may decide; counts from the next view on and stays with the state.\n"
	 "Refused: fewer than there are members (two halves could both have a majority), or so many that this view would have no majority.\n"},
	{{"config", "check"}, "FILE", false, false, false, ais_config_check, "whether a configuration file is good, with all that is wrong",
	 "Asks no daemon. What depends on the host (addresses, users, which node it is) is checked by `aisexec --check-config` and by a reload.\n"},
	{{"config", "show"}, NULL, true, false, false, ais_config_show, "the configuration that this node's daemon runs with",
	 "A line a key, defaults behind a #. JSON says of each key whether a reload may change it.\n"},
	{{"config", "reload"}, NULL, false, false, false, ais_config_reload, "have every node read its file anew: all change, or none does",
	 "Each node reads and checks its own file. If all are good, and only keys changed that may change at run time (aisle.conf(5)), all nodes\n"
	 "make the change; else none does, and what was found is printed: node, file, line, key, cause (exit code 1). A view change meanwhile\n"
	 "ends it: nothing is changed then.\n"},
	{{"recorder", "dump"}, NULL, false, false, false, ais_recorder_dump, "have the daemon write its flight recorder to a file", ""},
	{{"recorder", "show"}, "FILE", false, false, false, ais_recorder_show, "a flight recorder's file in lines, the oldest first",
	 "FILE is a dump, the running daemon's RUN_DIR/recorder, or RECORDER.previous, which a daemon that was killed left. Asks no daemon.\n"},
};

static const struct ais_program programs[] = {
	{{"lck", "run"}, "lck run NAME CMD", ais_lck_run, "run a command on one node of the cluster at a time",
	 "usage: ais lck run [--try | --wait S] [--again] [--grace S] [--quiet] NAME [--] COMMAND [ARGUMENT...]\n\n"
	 "Waits for the exclusive lock NAME, runs COMMAND while it is held, lets it go when COMMAND has ended. Where nodes do the same, one of\n"
	 "them runs at a time, and another takes over when that one, its daemon or its node dies. If the lock is lost (this node was cut off or\n"
	 "its daemon died), COMMAND's process group is ended with SIGTERM, after --grace S seconds (5) with SIGKILL. Between a cut and the moment\n"
	 "this node knows of it two may run: COMMAND finds a token in AIS_LCK_TOKEN that grows with each holder, for what it writes to refuse\n"
	 "older ones. AIS_LCK_NAME is the lock's name.\n"
	 "--try: do not wait; --wait S: not longer than S seconds; --again: after a loss, or without a daemon, wait and begin anew;\n"
	 "--quiet: no word when the lock is not to be had, whatever the cause: the exit code says it. A lock that is lost is told.\n"
	 "Exit codes: COMMAND's, 128 and the signal that ended it; 9 the lock was not to be had; 10 it was lost; 3 no daemon; 4 this node decides\n"
	 "nothing now; 126, 127 COMMAND could not be run.\n"},
	{{"node", "leave"}, "node leave", ais_node_leave, "take this node out of the cluster in good order, and end its daemon",
	 "usage: ais node leave [--force] [--patience S]\n\n"
	 "Waits until nothing would be lost (`ais status`: safe to restart), shuts the gate for this node's clients, answers what they asked for\n"
	 "before, tells the others, so that nobody has to fence this node, leaves the ring, and ends when the daemon has ended.\n"
	 "--patience S: waits not longer than S seconds (60) until it is safe; --force: does not wait, whatever is lost.\n"
	 "Exit codes: 13 not left: something would be lost (said what); 3 no daemon.\n"},
};

enum { PROGRAM_COUNT = sizeof(programs) / sizeof(programs[0]) };
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

void ais_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("ais: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

const char *ais_result_text(uint32_t result)
{
	switch (result) {
	case RESULT_OK: return "done";
	case RESULT_LIBRARY: return "the daemon is gone";
	case RESULT_TIMEOUT: return "no answer in time";
	case RESULT_TRY_AGAIN: return "no daemon here, or it is not ready; try again";
	case RESULT_NO_MEMORY: return "no memory";
	case RESULT_ACCESS: return "not allowed for this user";
	case RESULT_NOT_EXIST: return "there is no such thing";
	case RESULT_EXIST: return "it exists already";
	case RESULT_NO_RESOURCES: return "the daemon's resources do not allow it";
	case RESULT_NOT_SUPPORTED: return "the daemon does not support that";
	default: return "refused";
	}
}

int ais_exit_of(uint32_t result)
{
	switch (result) {
	case RESULT_OK: return AIS_EXIT_OK;
	case RESULT_LIBRARY:
	case RESULT_TRY_AGAIN: return AIS_EXIT_NO_DAEMON;
	case RESULT_NOT_EXIST: return AIS_EXIT_NOT_EXIST;
	default: return AIS_EXIT_FAILED;
	}
}

const char *ais_refusal_text(uint32_t result)
{
	return result == RESULT_TRY_AGAIN ? "this node decides nothing now; `ais status` says why" : ais_result_text(result);
}

int ais_exit_of_refusal(uint32_t result)
{
	return result == RESULT_TRY_AGAIN ? AIS_EXIT_NO_QUORUM : ais_exit_of(result);
}

/* Nobody answers: where was it asked, and what can be done about it? */
static void no_daemon_tell(uint32_t result)
{
	struct ipc_path path;

	if (ipc_instance() == NULL)
		ais_complain("AISLE_INSTANCE is no instance's name: 1 to %d of A-Z a-z 0-9 . _ -, not beginning with a dot", IPC_INSTANCE_SIZE_MAX);
	else if (!ipc_path_of_process(&path))
		ais_complain("the path of the socket of instance %s is too long: shorten AISLE_SOCKET or XDG_RUNTIME_DIR", ipc_instance());
	else if (result == RESULT_TRY_AGAIN)
		ais_complain("no daemon of instance %s answers at %s: start aisexec, or name another instance in AISLE_INSTANCE; just started, it may not be "
		             "ready: try again", ipc_instance(), path.text);
	else
		ais_complain("cannot reach the daemon at %s: %s", path.text, ais_result_text(result));
}

struct ipc_client *ais_connect(const char *service, int *exit_code)
{
	struct ipc_client *client = NULL;
	const uint32_t result = ipc_client_connect(service, &client);

	if (result == RESULT_OK)
		return client;
	if (result == RESULT_NOT_EXIST)
		ais_complain("the daemon on this node has no service %s", service);
	else
		no_daemon_tell(result);
	*exit_code = ais_exit_of(result);
	return NULL;
}

uint32_t ais_call(struct ipc_client *client, uint16_t request, struct bytes body, struct wire_writer *answer)
{
	wire_writer_reset(answer);
	return ipc_client_call(client, request, CALL_TIMEOUT_S * INT64_C(1000000000), body, answer);
}

uint32_t ais_number(const char *what, const char *text)
{
	char *end = NULL;
	const unsigned long long number = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;

	if (number >= 1 && number <= UINT32_MAX && *end == '\0')
		return (uint32_t)number;
	ais_complain("%s %s: a number from 1 to 4294967295, please", what, text);
	return 0;
}

/* Those that begin with the word; NULL: all. Returns how many. */
static size_t print_commands(FILE *file, const char *word)
{
	size_t count = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		char line[80];

		if (word != NULL && strcmp(word, commands[i].words[0]) != 0)
			continue;
		snprintf(line, sizeof(line), "%s%s%s%s%s", commands[i].words[0], commands[i].words[1] ? " " : "",
		         commands[i].words[1] ? commands[i].words[1] : "", commands[i].argument ? " " : "",
		         commands[i].argument ? commands[i].argument : "");
		fprintf(file, "  %-18s %s\n", line, commands[i].summary);
		count++;
	}
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		if (word != NULL && strcmp(word, programs[i].words[0]) != 0)
			continue;
		fprintf(file, "  %-18s %s\n", programs[i].usage, programs[i].summary);
		count++;
	}
	return count;
}

/* `ais ckpt --help`: the commands of that word. False: there are none. */
static bool print_usage_of(FILE *file, const char *word)
{
	return print_commands(file, word) > 0;
}

static void print_usage(FILE *file)
{
	fputs("usage: ais COMMAND [ARGUMENT...]\n\n", file);
	print_commands(file, NULL);
	fputs("\nCommands that print state take --json. `ais COMMAND --help` says more. `ais --version` says which. AISLE_INSTANCE names the\n"
	      "daemon's instance.\n", file);
}

static bool takes_retention(const struct ais_command *command)
{
	return command->run == ais_ckpt_import;
}

static void print_help(const struct ais_command *command)
{
	printf("usage: ais %s%s%s%s%s%s%s\n\n%s\n%s", command->words[0], command->words[1] ? " " : "",
	       command->words[1] ? command->words[1] : "", command->argument ? " " : "", command->argument ? command->argument : "",
	       command->takes_replica ? " [--replica local]" : command->takes_wait ? " [--wait STANDING [--members N] [--patience S]]" :
	       takes_retention(command) ? " [--retention SECONDS|forever]" : "",
	       command->takes_json ? " [--json]" : "", command->summary, command->help);
}

/* How many words the command's name has when it is this one; 0: it is another. */
static int command_match(const char *const names[2], int count, char **words)
{
	if (count < 1 || strcmp(words[0], names[0]) != 0)
		return 0;
	if (names[1] == NULL)
		return 1;
	return count >= 2 && strcmp(words[1], names[1]) == 0 ? 2 : 0;
}

/* Returns an exit code, or -1: it is none of them. */
static int program_run(int count, char **words)
{
	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		const int matched = command_match(programs[i].words, count, words);

		if (matched == 0)
			continue;
		if (count <= matched || strcmp(words[matched], "--help") != 0)
			return programs[i].run(count - matched, words + matched);
		printf("%s\n%s", programs[i].summary, programs[i].help);
		return AIS_EXIT_OK;
	}
	return -1;
}

static const char *option_value(int count, char **words, int *i)
{
	if (*i + 1 >= count) {
		ais_complain("%s needs a value", words[*i]);
		return NULL;
	}
	*i += 1;
	return words[*i];
}

/* A number from 1 to 10^6; 0: it is none. */
static uint32_t number_of(const char *text)
{
	char *end;
	const unsigned long number = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;

	return number >= 1 && number <= 1000000 && *end == '\0' ? (uint32_t)number : 0;
}

static bool option_number(int count, char **words, int *i, uint32_t *number)
{
	const char *option = words[*i], *value = option_value(count, words, i);

	if (value == NULL)
		return false;
	*number = number_of(value);
	if (*number == 0)
		ais_complain("%s %s: a number from 1 to 1000000, please", option, value);
	return *number != 0;
}

/* --wait and what goes with it; false: it is no such option. *valid: and it has a value. */
static bool option_wait(int count, char **words, int *i, struct ais_options *options, bool *valid)
{
	if (strcmp(words[*i], "--wait") == 0)
		*valid = (options->wait = option_value(count, words, i)) != NULL;
	else if (strcmp(words[*i], "--members") == 0)
		*valid = option_number(count, words, i, &options->member_count);
	else if (strcmp(words[*i], "--patience") == 0)
		*valid = option_number(count, words, i, &options->patience_s);
	else
		return false;
	return true;
}

/* --retention; false: it is no such option. *valid: and it has a value. */
static bool option_retention(int count, char **words, int *i, struct ais_options *options, bool *valid)
{
	if (strcmp(words[*i], "--retention") != 0)
		return false;
	const char *value = option_value(count, words, i);
	if (value != NULL)
		options->retention_ns = strcmp(value, "forever") == 0 ? INT64_MAX : ais_number("--retention", value) * INT64_C(1000000000);
	*valid = options->retention_ns != 0;
	return true;
}

/* How many words the arguments' names are, with or without those in brackets. */
static int argument_count(const struct ais_command *command, bool optional_too)
{
	int count = 0;

	for (const char *at = command->argument; at != NULL && *at != '\0' && *at != '|'; at++) {
		if ((at == command->argument || at[-1] == ' ') && (*at != '[' || optional_too))
			count++;
	}
	return count;
}

static bool takes_all(const struct ais_command *command)
{
	return command->argument != NULL && strstr(command->argument, "--all") != NULL;
}

/* Returns an ais_exit, or -1: run the command. */
static int options_parse(const struct ais_command *command, int count, char **words, struct ais_options *options)
{
	bool plain = false, valid = true;

	for (int i = 0; i < count; i++) {
		if (!plain && strcmp(words[i], "--") == 0) {
			plain = true;
		} else if (!plain && (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)) {
			print_help(command);
			return AIS_EXIT_OK;
		} else if (!plain && command->takes_json && strcmp(words[i], "--json") == 0) {
			options->json = true;
		} else if (!plain && command->takes_replica && strcmp(words[i], "--replica") == 0) {
			options->replica = option_value(count, words, &i);
			if (options->replica == NULL)
				return AIS_EXIT_USAGE;
		} else if (!plain && command->takes_wait && option_wait(count, words, &i, options, &valid)) {
			if (!valid)
				return AIS_EXIT_USAGE;
		} else if (!plain && takes_retention(command) && option_retention(count, words, &i, options, &valid)) {
			if (!valid)
				return AIS_EXIT_USAGE;
		} else if (!plain && takes_all(command) && strcmp(words[i], "--all") == 0) {
			options->all = option_value(count, words, &i);
			if (options->all == NULL)
				return AIS_EXIT_USAGE;
		} else if (!plain && words[i][0] == '-' && words[i][1] != '\0') {
			ais_complain("unknown option %s; see ais %s --help", words[i], command->words[0]);
			return AIS_EXIT_USAGE;
		} else if (options->argument_count < argument_count(command, true)) {
			options->arguments[options->argument_count++] = words[i];
		} else {
			ais_complain("%s is one word too many", words[i]);
			return AIS_EXIT_USAGE;
		}
	}
	if (options->all != NULL && options->argument_count > 0) {
		ais_complain("%s is one word too many: --all takes no checkpoint", options->arguments[0]);
		return AIS_EXIT_USAGE;
	}
	if (options->all == NULL && options->argument_count < argument_count(command, false)) {
		ais_complain("%s: not all of them are given; see ais %s %s --help", command->argument, command->words[0],
		             command->words[1] ? command->words[1] : "");
		return AIS_EXIT_USAGE;
	}
	if (options->replica != NULL && strcmp(options->replica, "local") != 0) {
		ais_complain("--replica %s: the local replica is the only one that can be read", options->replica);
		return AIS_EXIT_USAGE;
	}
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? AIS_EXIT_USAGE : AIS_EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("ais (Aisle) %s\n", PACKAGE_VERSION);
		return AIS_EXIT_OK;
	}
	const int ended = program_run(argc - 1, argv + 1);
	if (ended >= 0)
		return ended;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const int words = command_match(commands[i].words, argc - 1, argv + 1);
		struct ais_options options = {0};

		if (words == 0)
			continue;
		const int code = options_parse(&commands[i], argc - 1 - words, argv + 1 + words, &options);
		if (code >= 0)
			return code;
		const int result = commands[i].run(&options);
		if (fflush(stdout) != 0 || ferror(stdout)) {
			ais_complain("cannot write the output");
			return AIS_EXIT_FAILED;
		}
		return result;
	}
	if (argc > 2 && strcmp(argv[2], "--help") == 0 && print_usage_of(stdout, argv[1]))
		return AIS_EXIT_OK;
	if (argc == 2 && print_usage_of(stderr, argv[1]))
		return AIS_EXIT_USAGE;
	ais_complain("unknown command %s%s%s; see ais --help", argv[1], argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
	return AIS_EXIT_USAGE;
}
