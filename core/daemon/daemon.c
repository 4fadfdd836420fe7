/* The loop: what wakes the daemon, in which order things are done, and how it ends.
 *
 * Every call-back ends in daemon_settle(), which executes what the step before left behind. Packets that have arrived are stepped before
 * timers that are due, so that a daemon that was stopped for a while blames nobody for its own silence. */
#include "core/daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/list.h"
#include "core/daemon/notify.h"

enum { SETTLE_ROUNDS = 64 };

static const int64_t late_told_ns = 200000000;          /* later than this is said in the log */
static const int64_t late_told_interval_ns = 60000000000;
static const int64_t rejoin_wait_min_ns = 1000000000, rejoin_wait_max_ns = 60000000000;

/* To whom it may concern: a descriptor that a script gave, and the service manager's socket. */
static void tell_ready(struct daemon *daemon)
{
	static const char ready[] = "READY=1\n";
	const char *descriptor = getenv("AISLE_READY_FD");

	daemon->said_ready = true;
	log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "ready", "node %u (%s) takes clients at %s; provider %s, %zu services",
	          daemon->settings.node, daemon->settings.node_name, daemon->paths.socket, daemon->provider->operations->name,
	          daemon->loaded.count + 2);
	if (descriptor != NULL && *descriptor != '\0') {
		const int out = atoi(descriptor);

		if (out > 2 && write(out, ready, sizeof(ready) - 1) > 0)
			close(out);
	}
	notify_service_manager(ready);
}

static void end(struct daemon *daemon, enum daemon_exit code)
{
	daemon->exit_code = code;
	qb_loop_stop(daemon->loop);
}

void daemon_settle(struct daemon *daemon)
{
	bool more = daemon->provider != NULL;

	if (daemon->in_settle || daemon->provider == NULL)
		return;
	daemon->in_settle = true;
	for (int round = 0; more && round < SETTLE_ROUNDS; round++)
		more = daemon->provider->operations->settle(daemon->provider);
	daemon->in_settle = false;
	if (more) /* others get their turn first */
		timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_AGAIN, daemon_monotonic_ns(NULL));
	standing_tell(daemon);
	if (daemon->has_view && !daemon->said_ready)
		tell_ready(daemon);
	if (daemon->stopping)
		leave_settle(daemon);
	if (daemon->stopping && daemon->provider->operations->has_left(daemon->provider))
		end(daemon, DAEMON_EXIT_OK);
	/* Not from here: this may be inside a call-back of the IPC server, which goes with the run. */
	if (!daemon->stopping && daemon->leave_why[0] != '\0' && !daemon->run_ending) {
		daemon->run_ending = true;
		timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_REJOIN, daemon_monotonic_ns(NULL));
	}
	timers_arm(daemon->timers);
}

/* The run is over, because it had to be; another begins after a while, a longer one each time that did not last. */
static void run_end(struct daemon *daemon)
{
	const int64_t now_ns = daemon_monotonic_ns(NULL);

	log_write(daemon->log, LOG_LEVEL_ERROR, "daemon", "leaving", "leaves the ring: %s; comes back as a joiner in %lld ms",
	          daemon->leave_why, (long long)(daemon->rejoin_wait_ns / 1000000));
	daemon_recorder_dump(daemon, "leave", NULL, 0);
	group_leave(daemon->provider->operations->group(daemon->provider));
	daemon->in_settle = true; /* what it says in leaving goes out; events have no taker any more */
	for (int round = 0; round < SETTLE_ROUNDS && daemon->provider->operations->settle(daemon->provider); round++)
		continue;
	daemon->in_settle = false;
	cluster_stop(daemon);
	timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_REJOIN, now_ns + daemon->rejoin_wait_ns);
	daemon->rejoin_wait_ns = daemon->rejoin_wait_ns * 2 < rejoin_wait_max_ns ? daemon->rejoin_wait_ns * 2 : rejoin_wait_max_ns;
}

static void run_begin(struct daemon *daemon)
{
	char error[512];

	if (cluster_listen(daemon, error, sizeof(error))) {
		cluster_start(daemon);
		return;
	}
	log_write(daemon->log, LOG_LEVEL_ERROR, "daemon", "cannot-rejoin", "%s", error);
	end(daemon, DAEMON_EXIT_FAILED);
}

static void daemon_timer(struct daemon *daemon, uint64_t timer)
{
	switch ((enum daemon_timer)timer) {
	case DAEMON_TIMER_AGAIN:
		break;
	case DAEMON_TIMER_LEAVE:
		if (leave_deadline(daemon))
			end(daemon, DAEMON_EXIT_OK);
		break;
	case DAEMON_TIMER_CUT:
		leave_cut(daemon);
		break;
	case DAEMON_TIMER_SHARES:
		daemon->shares_timer = shares_sweep(&daemon->shares);
		if (daemon->shares_timer)
			timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_SHARES, daemon_monotonic_ns(NULL) + DAEMON_SHARES_SWEEP_NS);
		break;
	case DAEMON_TIMER_REJOIN:
		if (daemon->stopping)
			break;
		if (daemon->provider != NULL)
			run_end(daemon);
		else
			run_begin(daemon);
		break;
	}
}

/* A run that has lasted is no sign of trouble any more. */
static void lateness_note(struct daemon *daemon, int64_t late_ns)
{
	char text[160];

	daemon->late_max_ns = late_ns > daemon->late_max_ns ? late_ns : daemon->late_max_ns;
	if (late_ns < late_told_ns)
		return;
	daemon->late_count++;
	snprintf(text, sizeof(text), "the loop was %lld ms late: the process was stopped, or the machine is loaded; what arrived meanwhile is taken first",
	         (long long)(late_ns / 1000000));
	log_limited(daemon->log, daemon_monotonic_ns(NULL), late_told_interval_ns, 0, LOG_LEVEL_WARNING, "daemon", "late", text);
}

static void timer_fire(struct daemon *daemon, const struct timer_due *due, int64_t now_ns)
{
	const int64_t late_ns = now_ns - due->at_ns;

	if (due->owner == TIMER_OWNER_DAEMON)
		daemon_timer(daemon, due->id);
	else if (due->owner == TIMER_OWNER_ENGINE && daemon->engine != NULL && daemon->leave_why[0] == '\0')
		engine_timer(daemon->engine, due->id);
	else if (due->owner == TIMER_OWNER_PROVIDER && daemon->provider != NULL)
		daemon->provider->operations->timer(daemon->provider, due->id, now_ns, late_ns);
}

static int32_t on_timers(int32_t descriptor, int32_t events, void *context)
{
	struct daemon *daemon = context;
	struct timer_due due;
	bool is_first = true;

	(void)descriptor;
	(void)events;
	timers_woken(daemon->timers);
	/* Those that are due now; one that is set meanwhile for now waits for the next turn of the loop. */
	const int64_t now_ns = daemon_monotonic_ns(NULL);
	while (timers_take(daemon->timers, now_ns, &due)) {
		if (is_first) {
			lateness_note(daemon, now_ns - due.at_ns);
			if (!timers_set(daemon->timers, due.owner, due.id, due.at_ns)) /* what has arrived may move or cancel it */
				break;
			is_first = false;
			if (daemon->provider != NULL)
				daemon->provider->operations->receive(daemon->provider);
			daemon_settle(daemon);
			continue;
		}
		timer_fire(daemon, &due, now_ns);
		daemon_settle(daemon);
	}
	timers_arm(daemon->timers);
	return 0;
}

static int32_t on_worker(int32_t descriptor, int32_t events, void *context)
{
	struct daemon *daemon = context;

	(void)descriptor;
	(void)events;
	worker_collect(daemon->worker);
	daemon_settle(daemon);
	timers_arm(daemon->timers);
	return 0;
}

static int32_t on_terminate(int32_t signal_number, void *context)
{
	struct daemon *daemon = context;
	char why[32];

	if (daemon->stopping && daemon->leave_stage != LEAVE_DRAINING && daemon->leave_stage != LEAVE_CUTTING) {
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "stopping", "signal %d again: ends at once", signal_number);
		end(daemon, DAEMON_EXIT_OK);
		return 0;
	}
	snprintf(why, sizeof(why), "signal %d", signal_number);
	leave_begin(daemon, false, why);
	if (daemon->provider == NULL)
		end(daemon, DAEMON_EXIT_OK);
	daemon_settle(daemon);
	timers_arm(daemon->timers);
	return 0;
}

static int32_t on_dump(int32_t signal_number, void *context)
{
	(void)signal_number;
	daemon_recorder_dump(context, "signal", NULL, 0);
	return 0;
}

/* Recorder dumps: copied on the loop, written by the worker. */
struct dump_job {
	struct worker_job job;
	struct daemon *daemon;
	char temporary[PATH_MAX + 16], path[PATH_MAX];
	uint8_t *data;
	size_t size;
	int descriptor, error;
};

static void dump_run(struct worker_job *job)
{
	struct dump_job *dump = container_of(job, struct dump_job, job);

	for (size_t at = 0; at < dump->size && dump->error == 0;) {
		const ssize_t done = write(dump->descriptor, dump->data + at, dump->size - at);

		if (done <= 0 && errno != EINTR)
			dump->error = errno;
		at += done > 0 ? (size_t)done : 0;
	}
	if (close(dump->descriptor) != 0 || (dump->error == 0 && rename(dump->temporary, dump->path) != 0))
		dump->error = errno;
	if (dump->error != 0)
		unlink(dump->temporary);
}

static void dump_done(struct worker_job *job)
{
	struct dump_job *dump = container_of(job, struct dump_job, job);

	if (dump->error == 0)
		log_write(dump->daemon->log, LOG_LEVEL_NOTICE, "daemon", "recorder-dumped", "%s", dump->path);
	else
		log_write(dump->daemon->log, LOG_LEVEL_WARNING, "daemon", "recorder-unwritten", "%s: %s", dump->path, strerror(dump->error));
	free(dump->data);
	free(dump);
}

bool daemon_recorder_dump(struct daemon *daemon, const char *why, char *path, size_t path_size)
{
	struct dump_job *dump = calloc(1, sizeof(*dump));
	const time_t now = (time_t)(daemon_wall_ns(NULL) / 1000000000);
	char stamp[32];
	struct tm utc;

	if (dump == NULL)
		return false;
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(dump->path, sizeof(dump->path), "%.3900s/recorder-%s-%ld-%llu-%s.log", daemon->paths.state, stamp, (long)getpid(),
	         (unsigned long long)daemon->dumps++, why);
	snprintf(dump->temporary, sizeof(dump->temporary), "%s.new", dump->path);
	dump->descriptor = open(dump->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (dump->descriptor < 0) {
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "recorder-unwritten", "%s: %s", dump->path, strerror(errno));
		free(dump);
		return false;
	}
	dump->daemon = daemon;
	dump->size = recorder_copy(daemon->recorder, &dump->data);
	dump->job = (struct worker_job){.run = dump_run, .done = dump_done};
	if (path != NULL)
		snprintf(path, path_size, "%s", dump->path);
	worker_put(daemon->worker, &dump->job);
	return true;
}

enum daemon_exit daemon_run(struct daemon *daemon)
{
	qb_loop_signal_handle handle;

	daemon->rejoin_wait_ns = rejoin_wait_min_ns;
	daemon->exit_code = DAEMON_EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN); /* the word that a lease is to end, which it has by then */
	qb_loop_signal_add(daemon->loop, QB_LOOP_HIGH, SIGTERM, daemon, on_terminate, &handle);
	qb_loop_signal_add(daemon->loop, QB_LOOP_HIGH, SIGINT, daemon, on_terminate, &handle);
	qb_loop_signal_add(daemon->loop, QB_LOOP_HIGH, SIGUSR2, daemon, on_dump, &handle);
	qb_loop_poll_add(daemon->loop, QB_LOOP_HIGH, timers_descriptor(daemon->timers), POLLIN, daemon, on_timers);
	qb_loop_poll_add(daemon->loop, QB_LOOP_HIGH, worker_descriptor(daemon->worker), POLLIN, daemon, on_worker);
	cluster_start(daemon);
	timers_arm(daemon->timers);
	qb_loop_run(daemon->loop);
	cluster_stop(daemon);
	return daemon->exit_code;
}
