/* aisexec: command line, configuration, and the order in which the daemon comes up. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/config/config_file.h"
#include "core/config/config_keys.h"
#include "core/config/config_print.h"
#include "core/daemon/boot_time.h"
#include "core/daemon/crash.h"
#include "core/daemon/daemon.h"
#include "core/daemon/privileges.h"
#include "core/ipc/ipc_path.h"

static const char usage[] =
	"Usage: aisexec [OPTION]...\n"
	"The daemon of a cluster node. Without a configuration: a cluster of one node.\n"
	"\n"
	"  -c, --config FILE     configuration; else $AISLE_CONFIG, else " AISLE_SYSCONFDIR "/INSTANCE.conf if there is one\n"
	"  -i, --instance NAME   names socket, directories and configuration; else $AISLE_INSTANCE, else aisle\n"
	"  -n, --node ID         this node's id; else $AISLE_NODEID, system.nodeid, or the listed node whose address is this host's\n"
	"  -f, --foreground      stay in the foreground (it always does; for old unit files)\n"
	"  -t, --check-config    check the configuration and end: 0 good, 2 not\n"
	"      --print-config    print the configuration as it is understood, defaults as comments, and end\n"
	"  -V, --version         print the version and end\n"
	"  -h, --help            print this and end\n"
	"\n"
	"Signals: TERM, INT leave the ring and end; USR2 writes the flight recorder to the state directory.\n"
	"Exit status: 0 ended as asked; 1 the system refused something; 2 command line or configuration; 3 the instance runs already.\n";

struct options {
	const char *config, *instance;
	uint32_t node;
	bool check, print;
};

static bool node_id_read(const char *text, uint32_t *node)
{
	char *end;

	errno = 0;
	const unsigned long long id = strtoull(text, &end, 10);
	*node = (uint32_t)id;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && id > 0 && id <= UINT32_MAX;
}

/* False: the program ends with *exit_code. */
static bool options_read(struct options *options, int argc, char **argv, int *exit_code)
{
	static const struct option names[] = {
		{"config", required_argument, NULL, 'c'}, {"instance", required_argument, NULL, 'i'}, {"node", required_argument, NULL, 'n'},
		{"foreground", no_argument, NULL, 'f'}, {"check-config", no_argument, NULL, 't'}, {"print-config", no_argument, NULL, 'P'},
		{"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int option;

	*exit_code = DAEMON_EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "c:i:n:ftVvh", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'i':
			options->instance = optarg;
			break;
		case 'n':
			if (node_id_read(optarg, &options->node))
				break;
			fprintf(stderr, "aisexec: --node %s: expected a number from 1 to 4294967295\n", optarg);
			return false;
		case 'f':
			break;
		case 't':
			options->check = true;
			break;
		case 'P':
			options->print = true;
			break;
		case 'v':
		case 'V':
			printf("aisexec (Aisle) %s\n", PACKAGE_VERSION);
			*exit_code = DAEMON_EXIT_OK;
			return false;
		case 'h':
			fputs(usage, stdout);
			*exit_code = DAEMON_EXIT_OK;
			return false;
		default:
			fputs("Try 'aisexec --help'.\n", stderr);
			return false;
		}
	}
	if (optind == argc)
		return true;
	fprintf(stderr, "aisexec: '%s' is no option\nTry 'aisexec --help'.\n", argv[optind]);
	return false;
}

/* What the environment says where the command line says nothing. */
static bool environment_read(struct daemon *daemon, struct options *options)
{
	const char *node = getenv("AISLE_NODEID");

	if (options->instance != NULL)
		setenv("AISLE_INSTANCE", options->instance, 1); /* one place for everybody who asks */
	const char *instance = ipc_instance();
	if (instance == NULL) {
		fprintf(stderr, "aisexec: instance '%s': 1 to %d of A-Z a-z 0-9 . _ -, not beginning with a dot\n", getenv("AISLE_INSTANCE"),
		        IPC_INSTANCE_SIZE_MAX);
		return false;
	}
	snprintf(daemon->instance, sizeof(daemon->instance), "%s", instance);
	if (options->node != 0 || node == NULL || *node == '\0' || node_id_read(node, &options->node))
		return true;
	fprintf(stderr, "aisexec: AISLE_NODEID '%s': expected a number from 1 to 4294967295\n", node);
	return false;
}

static void problems_tell(const struct config_problems *problems)
{
	const char *line = config_problems_text(problems);

	for (const char *end = strchr(line, '\n'); end != NULL; line = end + 1, end = strchr(line, '\n'))
		fprintf(stderr, "aisexec: %.*s\n", (int)(end - line), line);
	if (problems->errors > 0)
		fprintf(stderr, "aisexec: not started, nothing changed; %u error%s. Keys and their values: aisle.conf(5).\n", problems->errors,
		        problems->errors == 1 ? "" : "s");
}

/* Reads and checks all of the configuration; what is wrong is told, all of it. */
static bool configure(struct daemon *daemon, const struct options *options, char *path, bool *has_file)
{
	bool named;
	const char *file = paths_config(options->config, daemon->instance, path, &named);
	struct config_problems problems = {.source = file != NULL ? file : "no configuration"};

	*has_file = file != NULL;
	daemon->node_option = options->node;
	snprintf(daemon->config_path, sizeof(daemon->config_path), "%s", file != NULL ? file : "");
	daemon->config = config_new();
	if (daemon->config == NULL)
		return false;
	if (file != NULL && config_read_file(daemon->config, &problems))
		config_check(daemon->config, &problems);
	if (problems.errors == 0)
		settings_read(&daemon->settings, daemon->config, options->node, &problems);
	problems_tell(&problems);
	const bool good = problems.errors == 0;
	config_problems_clear(&problems);
	return good;
}

static void say(struct daemon *daemon, enum log_level level, const char *id, const char *text)
{
	if (text[0] != '\0')
		log_text(daemon->log, level, "daemon", id, text);
}

static bool log_start(struct daemon *daemon)
{
	char error[512] = "", path[PATH_MAX + 16];

	daemon->log = log_open("aisexec");
	if (daemon->log == NULL) {
		fputs("aisexec: no memory for the log\n", stderr);
		return false;
	}
	if (!log_configure(daemon->log, &daemon->settings.log, error, sizeof(error)))
		say(daemon, LOG_LEVEL_WARNING, "log-file", error);
	snprintf(path, sizeof(path), "%s/recorder", daemon->paths.run);
	daemon->recorder = recorder_open(path, daemon->settings.recorder_size);
	if (daemon->recorder == NULL) {
		say(daemon, LOG_LEVEL_ERROR, "recorder", "no memory for the flight recorder");
		return false;
	}
	log_record_to(daemon->log, daemon->recorder);
	if (!recorder_is_mapped(daemon->recorder))
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "recorder", "%s cannot be made: the flight recorder is in memory alone", path);
	if (recorder_found_previous(daemon->recorder))
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "recorder", "the daemon before ended without a word; what it recorded is in "
		                                                               "%s.previous", path);
	crash_dump_to(daemon->recorder, daemon->paths.state);
	return true;
}

static void privileges_take(struct daemon *daemon)
{
	char said[256] = "";

	if (daemon->settings.sched_rr)
		say(daemon, privileges_realtime(daemon->settings.sched_priority, said, sizeof(said)) ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE,
		    "scheduling", said);
	if (daemon->settings.mlock)
		say(daemon, privileges_lock_memory(said, sizeof(said)) ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "memory", said);
}

static bool given_to(const char *path, uid_t uid, gid_t gid)
{
	return lchown(path, uid, gid) == 0 || errno == ENOENT;
}

/* What the daemon writes to, and what it binds anew when it comes back as a joiner. */
static bool files_give(const struct daemon *daemon, uid_t uid, gid_t gid)
{
	char ring[PATH_MAX + 32], socket_lock[PATH_MAX + 8], boot[PATH_MAX + 8];

	snprintf(ring, sizeof(ring), "%s/ring-%u", daemon->paths.state, daemon->settings.node);
	snprintf(socket_lock, sizeof(socket_lock), "%s.lock", daemon->paths.socket);
	snprintf(boot, sizeof(boot), "%s/boot", daemon->paths.run);
	return chown(daemon->paths.state, uid, gid) == 0 && chown(daemon->paths.run, uid, gid) == 0 &&
	       recorder_give_to(daemon->recorder, uid, gid) && given_to(ring, uid, gid) && given_to(daemon->paths.socket, uid, gid) &&
	       given_to(socket_lock, uid, gid) && given_to(boot, uid, gid);
}

/* The ring's port is bound anew when this node comes back as a joiner after an error of its own: then as the user. */
static bool binds_low(const struct link_config *link)
{
	for (size_t i = 0; i < link->peer_count; i++) {
		const struct sockaddr_storage *address = &link->peers[i].address;

		if (link->peers[i].node == link->node)
			return privileges_port_is_low(ntohs(address->ss_family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port
			                                                                  : ((const struct sockaddr_in6 *)address)->sin6_port));
	}
	return false;
}

/* Started as root: with the sockets bound, which may take root, and before anything that comes through them is decoded. */
static void user_become(struct daemon *daemon)
{
	char said[256];
	uid_t uid;
	gid_t gid;

	if (!privileges_user(daemon->settings.user, &uid, &gid, said, sizeof(said))) {
		say(daemon, LOG_LEVEL_NOTICE, "user", said);
		return;
	}
	if (!files_give(daemon, uid, gid)) {
		snprintf(said, sizeof(said), "the directories cannot be given to user '%.64s' (%s): goes on as root", daemon->settings.user,
		         strerror(errno));
		say(daemon, LOG_LEVEL_NOTICE, "user", said);
		return;
	}
	say(daemon, privileges_become(uid, gid, binds_low(&daemon->settings.link), said, sizeof(said)) ? LOG_LEVEL_INFO : LOG_LEVEL_NOTICE, "user", said);
}

static int64_t boot_ns(const struct daemon *daemon)
{
	char id[BOOT_ID_SIZE];
	struct timespec up;

	boot_id_read(id);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return boot_time_ns(daemon->paths.run, id, daemon->started_wall_ns, (int64_t)up.tv_sec * 1000000000 + up.tv_nsec);
}

static bool parts_make(struct daemon *daemon)
{
	char error[512];

	daemon->started_wall_ns = daemon_wall_ns(NULL);
	daemon->boot_ns = boot_ns(daemon);
	shares_init(&daemon->shares, &(struct shares_limits){0});
	daemon->loop = qb_loop_create();
	daemon->timers = timers_new();
	daemon->worker = worker_new();
	if (daemon->loop == NULL || daemon->timers == NULL || daemon->worker == NULL) {
		say(daemon, LOG_LEVEL_ERROR, "cannot-start", "no loop, timers or worker: out of memory, descriptors or threads");
		return false;
	}
	if (!loader_load(&daemon->loaded, daemon->settings.services, daemon->log, error, sizeof(error))) {
		say(daemon, LOG_LEVEL_ERROR, "cannot-start", error);
		return false;
	}
	host_init(daemon);
	status_init(daemon);
	reload_init(daemon);
	if (!cluster_listen(daemon, error, sizeof(error))) {
		say(daemon, LOG_LEVEL_ERROR, "cannot-start", error);
		return false;
	}
	return true;
}

static void parts_free(struct daemon *daemon)
{
	shares_clear(&daemon->shares);
	worker_free(daemon->worker);
	timers_free(daemon->timers);
	if (daemon->loop != NULL)
		qb_loop_destroy(daemon->loop);
	loader_unload(&daemon->loaded);
}

/* Everything with the lock held. */
static enum daemon_exit daemon_live(struct daemon *daemon, const char *config_path, bool has_config)
{
	enum daemon_exit code = DAEMON_EXIT_FAILED;

	if (!log_start(daemon))
		return code;
	log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "starting", "aisexec %s, instance %s, node %u (%s), %s; state in %s",
	          PACKAGE_VERSION, daemon->instance, daemon->settings.node, daemon->settings.node_name,
	          has_config ? config_path : "no configuration: a cluster of one node", daemon->paths.state);
	if (daemon->paths.state_is_run)
		say(daemon, LOG_LEVEL_NOTICE, "state", "no home directory to keep the ring sequence in: it is kept until the next boot");
	if (settings_hold_was_lowered(&daemon->settings, daemon->config))
		log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "hold", "totem.hold is lowered to %u ms: a quarter of min(token, consensus)",
		          daemon->settings.totem.hold_ms);
	privileges_take(daemon);
	if (parts_make(daemon)) {
		user_become(daemon);
		code = daemon_run(daemon);
	}
	parts_free(daemon);
	log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "stopped", "ended with status %d", code);
	return code;
}

static enum daemon_exit daemon_main(struct daemon *daemon, const char *config_path, bool has_config)
{
	char error[PATH_MAX + 512];
	bool held = false;
	const char *state = config_text(daemon->config, "system.state_dir"), *run = config_text(daemon->config, "system.run_dir");

	if (!paths_find(&daemon->paths, daemon->instance, state, run, error, sizeof(error)) ||
	    !paths_prepare(&daemon->paths, error, sizeof(error))) {
		fprintf(stderr, "aisexec: %s\n", error);
		return DAEMON_EXIT_FAILED;
	}
	const int lock = paths_lock(&daemon->paths, &held, error, sizeof(error));
	if (lock < 0) {
		fprintf(stderr, "aisexec: %s\n", error);
		return held ? DAEMON_EXIT_RUNNING : DAEMON_EXIT_FAILED;
	}
	const enum daemon_exit code = daemon_live(daemon, config_path, has_config);
	crash_dump_to(NULL, NULL);
	log_record_to(daemon->log, NULL);
	log_close(daemon->log);
	recorder_close(daemon->recorder);
	close(lock);
	return code;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	char config_path[PATH_MAX] = "";
	bool has_config;
	int code;

	if (!options_read(&options, argc, argv, &code))
		return code;
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	if (daemon == NULL)
		return DAEMON_EXIT_FAILED;
	code = DAEMON_EXIT_USAGE;
	if (environment_read(daemon, &options) && configure(daemon, &options, config_path, &has_config)) {
		code = DAEMON_EXIT_OK;
		if (options.print)
			config_print(daemon->config, stdout);
		else if (!options.check)
			code = daemon_main(daemon, config_path, has_config);
	}
	reload_clear(daemon);
	settings_clear(&daemon->settings);
	config_free(daemon->config);
	free(daemon);
	return code;
}
