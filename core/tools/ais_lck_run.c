/* `ais lck run`: a command on one node of the cluster at a time. The lock is held while the command runs; if it is lost, the command is ended before
 * anything else. Through libSaLck, as any program would. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aisLck.h"
#include "core/tools/ais.h"

enum { GRACE_S = 5, RETRY_MS = 200 };

struct run {
	const char *name;
	char **command;
	bool try_only, again, quiet;
	bool is_connected;      /* the last attempt found a daemon */
	double grace_s, wait_s; /* wait_s < 0: for ever */
	int signals;            /* signalfd: what ends us, and the command's end */
	SaLckHandleT handle;
	SaLckResourceHandleT resource;
	SaSelectionObjectT events;
	SaLckLockIdT lock;
	pid_t child, guard;
	int guarded;            /* our end of the guard's pipe */
	int status;             /* the command's, when it has ended */
	bool has_ended, is_ending;
	bool is_waiting; /* it had asked, and its place in the queue was lost: it asks again, for nothing was held */
};

enum progress { GOES_ON, LOCK_LOST, STOPPED };

/* Callbacks carry no context. */
static struct {
	bool granted, lost;
	SaAisErrorT error;
	SaLckLockStatusT status;
} seen;

static void on_granted(SaInvocationT invocation, SaLckLockStatusT status, SaAisErrorT error)
{
	(void)invocation;
	seen.granted = true;
	seen.status = status;
	seen.error = error;
}

static void on_lost(SaLckLockIdT lock, SaLckResourceHandleT resource)
{
	(void)lock;
	(void)resource;
	seen.lost = true;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- signals: what ends us goes to the command, which may end as it likes --- */

static bool signals_open(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	for (const int *one = (const int[]){SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD, 0}; *one != 0; one++)
		sigaddset(&set, *one);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signals >= 0;
}

static void child_reap(struct run *run)
{
	int status;

	if (run->child > 0 && !run->has_ended && waitpid(run->child, &status, WNOHANG) == run->child) {
		run->has_ended = true;
		run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

/* STOPPED: a signal asks us to end, and there is no command that it could go to. */
static enum progress signals_take(struct run *run)
{
	struct signalfd_siginfo signal;

	while (read(run->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
		if (signal.ssi_signo == SIGCHLD)
			continue;
		if (run->child == 0) {
			run->status = 128 + (int)signal.ssi_signo;
			return STOPPED;
		}
		run->is_ending = true;
		kill(-run->child, (int)signal.ssi_signo);
	}
	child_reap(run);
	return GOES_ON;
}

/* --- the lock --- */

static void lock_close(struct run *run)
{
	if (run->handle != 0)
		saLckFinalize(run->handle);
	run->handle = 0;
}

static SaAisErrorT lock_open(struct run *run)
{
	const SaLckCallbacksT callbacks = {.saLckLockGrantCallback = on_granted};
	SaVersionT version = {'B', 1, 1};
	SaNameT name;

	name.length = (SaUint16T)strlen(run->name);
	memcpy(name.value, run->name, name.length);
	SaAisErrorT error = saLckInitialize(&run->handle, &callbacks, &version);
	run->is_connected = error == SA_AIS_OK;
	if (error != SA_AIS_OK) {
		run->handle = 0;
		return error;
	}
	seen.granted = seen.lost = false;
	error = saLckSelectionObjectGet(run->handle, &run->events);
	if (error == SA_AIS_OK)
		error = aisLckLostCallbackSet(run->handle, on_lost);
	if (error == SA_AIS_OK)
		error = saLckResourceOpen(run->handle, &name, SA_LCK_RESOURCE_CREATE, 0, &run->resource);
	if (error == SA_AIS_OK)
		error = saLckResourceLockAsync(run->resource, 1, &run->lock, SA_LCK_EX_LOCK_MODE, run->try_only ? SA_LCK_LOCK_NO_QUEUE : 0, 0);
	if (error != SA_AIS_OK)
		lock_close(run);
	return error;
}

/* Waits for a callback, a signal, or `until_s` (< 0: no end). */
static enum progress wait_for(struct run *run, double until_s)
{
	struct pollfd ready[] = {{.fd = run->signals, .events = POLLIN}, {.fd = run->handle == 0 ? -1 : (int)run->events, .events = POLLIN}};
	const double left_s = until_s < 0 ? -1 : until_s - now_s();

	if (poll(ready, 2, until_s < 0 ? -1 : left_s <= 0 ? 0 : (int)(left_s * 1000) + 1) < 0 && errno != EINTR)
		return STOPPED;
	if (signals_take(run) == STOPPED)
		return STOPPED;
	if (run->handle != 0 && ready[1].revents != 0 && saLckDispatch(run->handle, SA_DISPATCH_ALL) != SA_AIS_OK)
		return LOCK_LOST; /* the daemon is gone, and what it held for us */
	return seen.lost ? LOCK_LOST : GOES_ON;
}

/* --- the command --- */

/* A process of its own: when the pipe ends, the tool was killed, and what the command has started must not outlive the lock. */
static void guard_watch(int tool, pid_t group)
{
	sigset_t all;
	char word;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	while (read(tool, &word, 1) < 0 && errno == EINTR)
		;
	kill(-group, SIGKILL);
	_exit(0);
}

/* Without one the kernel alone sees to it, and to the command alone. */
static void guard_start(struct run *run)
{
	int ends[2];

	run->guard = -1;
	if (run->child <= 0 || pipe2(ends, O_CLOEXEC) != 0)
		return;
	run->guarded = ends[1];
	run->guard = fork();
	if (run->guard == 0) {
		setpgid(0, 0); /* what a terminal sends to the tool is not for the guard */
		close(ends[1]);
		guard_watch(ends[0], run->child);
	}
	close(ends[0]);
	if (run->guard < 0)
		close(ends[1]);
}

/* The command's group is not ours to end any more. */
static void guard_end(struct run *run)
{
	if (run->guard <= 0)
		return;
	kill(run->guard, SIGKILL); /* before its pipe ends */
	while (waitpid(run->guard, NULL, 0) < 0 && errno == EINTR)
		;
	close(run->guarded);
	run->guard = -1;
}

static void command_start(struct run *run)
{
	char token[80];
	AisLckTokenT value = {0};
	const pid_t parent = getpid();

	aisLckLockTokenGet(run->lock, &value);
	snprintf(token, sizeof token, "%" PRIu64 ".%" PRIu32 ".%" PRIu64, value.lineage, value.representative, value.grant);
	run->child = fork();
	if (run->child != 0) {
		if (run->child > 0)
			setpgid(run->child, run->child);
		return;
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever kills us ends the lock: the command must not outlive it */
	if (getppid() != parent)
		_exit(1);
	setenv("AIS_LCK_NAME", run->name, 1);
	setenv("AIS_LCK_TOKEN", token, 1);
	execvp(run->command[0], run->command);
	fprintf(stderr, "ais: %s: %s\n", run->command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Asks the command to end, and ends it when it does not in time. The lock is let go only afterwards. */
static void command_end(struct run *run)
{
	const double until_s = now_s() + run->grace_s;

	if (run->has_ended)
		return;
	kill(-run->child, SIGTERM);
	while (!run->has_ended && now_s() < until_s) {
		struct pollfd ready = {.fd = run->signals, .events = POLLIN};
		poll(&ready, 1, (int)((until_s - now_s()) * 1000) + 1);
		signals_take(run);
	}
	kill(-run->child, SIGKILL); /* what is left of its group, too */
	while (!run->has_ended && waitpid(run->child, NULL, 0) < 0 && errno == EINTR)
		;
	run->has_ended = true;
}

/* With the lock held. */
static enum progress command_run(struct run *run)
{
	enum progress progress = GOES_ON;

	run->has_ended = run->is_ending = false;
	command_start(run);
	if (run->child < 0) {
		ais_complain("no process for the command: %s", strerror(errno));
		run->child = 0;
		run->status = AIS_EXIT_FAILED;
		return STOPPED;
	}
	guard_start(run);
	while (!run->has_ended && progress == GOES_ON)
		progress = wait_for(run, -1);
	if (progress == LOCK_LOST) {
		ais_complain("the lock '%s' is lost: the command is ended", run->name);
		command_end(run);
	}
	guard_end(run);
	run->child = 0;
	return progress == LOCK_LOST ? LOCK_LOST : STOPPED;
}

/* --- one attempt, and the next --- */

static bool goes_on(const struct run *run)
{
	return run->again || run->is_waiting;
}

/* Why there is no lock to be had, and how to end. */
static int refusal(const struct run *run, SaAisErrorT error, bool is_told)
{
	if (is_told && !run->quiet)
		ais_complain("no lock '%s': %s", run->name, run->is_connected ? ais_refusal_text(error) : ais_result_text(error));
	return run->is_connected ? ais_exit_of_refusal(error) : ais_exit_of(error);
}

/* Waits for the grant. AIS_EXIT_OK: held; else how to end, LOCK_LOST in *progress: try again if that was asked for. */
static int lock_wait(struct run *run, double until_s, enum progress *progress)
{
	while (!seen.granted) {
		*progress = wait_for(run, until_s);
		if (*progress == STOPPED)
			return run->status;
		if (*progress == LOCK_LOST)
			return AIS_EXIT_NO_DAEMON;
		if (!seen.granted && until_s >= 0 && now_s() >= until_s) {
			if (!run->quiet)
				ais_complain("the lock '%s' was not to be had in time", run->name);
			*progress = STOPPED;
			return AIS_EXIT_LOCKED;
		}
	}
	if (seen.error == SA_AIS_OK && seen.status == SA_LCK_LOCK_GRANTED) {
		run->is_waiting = false;
		return AIS_EXIT_OK;
	}
	*progress = seen.error == SA_AIS_OK ? STOPPED : LOCK_LOST;
	run->is_waiting |= seen.error == SA_AIS_ERR_BAD_HANDLE && !run->try_only;
	if (*progress == LOCK_LOST)
		return refusal(run, seen.error, !goes_on(run));
	if (!run->quiet)
		ais_complain("somebody holds the lock '%s'", run->name);
	return AIS_EXIT_LOCKED;
}

static int attempt(struct run *run, double until_s, enum progress *progress)
{
	const SaAisErrorT error = lock_open(run);

	if (error != SA_AIS_OK) {
		*progress = error == SA_AIS_ERR_INVALID_PARAM || error == SA_AIS_ERR_ACCESS ? STOPPED : LOCK_LOST;
		return refusal(run, error, *progress == STOPPED || !goes_on(run));
	}
	int code = lock_wait(run, until_s, progress);
	if (code == AIS_EXIT_OK) {
		*progress = command_run(run);
		code = *progress == LOCK_LOST ? AIS_EXIT_LOST : run->status;
	}
	lock_close(run);
	return code;
}

static int run_until_done(struct run *run)
{
	const double until_s = run->wait_s < 0 ? -1 : now_s() + run->wait_s;

	for (;;) {
		enum progress progress = GOES_ON;
		const int code = attempt(run, until_s, &progress);
		if (progress != LOCK_LOST || !goes_on(run) || (until_s >= 0 && now_s() >= until_s))
			return code;
		if (wait_for(run, now_s() + RETRY_MS / 1000.0) == STOPPED)
			return run->status;
	}
}

/* --- the words --- */

static bool seconds_of(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && *end == '\0' && *seconds >= 0 && *seconds <= 1e9;
}

static int usage(const char *why, const char *word)
{
	ais_complain("%s%s%s; see ais lck run --help", why, word == NULL ? "" : ": ", word == NULL ? "" : word);
	return AIS_EXIT_USAGE;
}

int ais_lck_run(int count, char **words)
{
	static const struct option options[] = {
		{"try", no_argument, NULL, 't'}, {"again", no_argument, NULL, 'a'}, {"quiet", no_argument, NULL, 'q'},
		{"wait", required_argument, NULL, 'w'}, {"grace", required_argument, NULL, 'g'}, {NULL, 0, NULL, 0},
	};
	struct run run = {.grace_s = GRACE_S, .wait_s = -1};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(count + 1, words - 1, "+", options, NULL)) != -1) {
		switch (option) {
		case 't': run.try_only = true; break;
		case 'a': run.again = true; break;
		case 'q': run.quiet = true; break;
		case 'w':
			if (!seconds_of(optarg, &run.wait_s))
				return usage("--wait takes seconds", optarg);
			break;
		case 'g':
			if (!seconds_of(optarg, &run.grace_s))
				return usage("--grace takes seconds", optarg);
			break;
		default: return usage("unknown option, or its value is missing", (words - 1)[optind - 1]);
		}
	}
	if (run.try_only && run.wait_s >= 0)
		return usage("--try does not wait, so it takes no --wait", NULL);
	words += optind - 1;
	count -= optind - 1;
	if (count > 1 && strcmp(words[1], "--") == 0) {
		run.name = words[0];
		run.command = words + 2;
		count--;
	} else if (count > 0) {
		run.name = words[0];
		run.command = words + 1;
	}
	if (run.name == NULL || strlen(run.name) == 0 || strlen(run.name) > SA_MAX_NAME_LENGTH)
		return usage("the lock's NAME is missing, or longer than 256 bytes", NULL);
	if (count < 2)
		return usage("the COMMAND is missing", NULL);
	if (!signals_open(&run)) {
		ais_complain("no descriptor for signals: %s", strerror(errno));
		return AIS_EXIT_FAILED;
	}
	return run_until_done(&run);
}
