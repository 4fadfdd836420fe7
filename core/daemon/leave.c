/* How the node leaves of its own will, step by step: what its clients asked for is answered (an operator's leave; a signal does not wait), the
 * clients are cut, the others are told that nobody has to be fenced, LEAVE is said. Each step has a time after which the next is taken all
 * the same. Not here: leaving because something is wrong with the run (daemon.c), which comes back. */
#include "core/daemon/daemon.h"

#include "core/daemon/notify.h"

static const int64_t said_wait_ns = 2000000000, left_wait_ns = 2000000000;

static void deadline_set(struct daemon *daemon, int64_t wait_ns)
{
	timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_LEAVE, daemon_monotonic_ns(NULL) + wait_ns);
}

/* From the loop, as this may be inside a call-back of the IPC server, which goes. */
static void cut_soon(struct daemon *daemon)
{
	daemon->leave_stage = LEAVE_CUTTING;
	timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_CUT, daemon_monotonic_ns(NULL));
}

void leave_begin(struct daemon *daemon, bool drain, const char *why)
{
	if (!daemon->stopping)
		notify_service_manager("STOPPING=1\n");
	daemon->stopping = true;
	log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "stopping", "%s: leaves the ring%s", why, drain ? " when its clients have their answers" : "");
	if (daemon->provider == NULL)
		return;
	if (!drain) {
		cut_soon(daemon);
		return;
	}
	daemon->leave_stage = LEAVE_DRAINING;
	engine_drain(daemon->engine);
	deadline_set(daemon, daemon->settings.client_timeout_ns);
}

/* Clients before LEAVE: nobody is to see the gate shut by a view that is only our own leaving. */
void leave_cut(struct daemon *daemon)
{
	if (daemon->leave_stage != LEAVE_CUTTING)
		return;
	cluster_cut(daemon);
	daemon->leave_stage = LEAVE_SAYING;
	deadline_set(daemon, said_wait_ns);
}

static void leave_say(struct daemon *daemon)
{
	daemon->leave_stage = LEAVE_LEAVING;
	group_leave(daemon->provider->operations->group(daemon->provider));
	deadline_set(daemon, left_wait_ns);
	timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_AGAIN, daemon_monotonic_ns(NULL));
}

void leave_settle(struct daemon *daemon)
{
	if (daemon->leave_stage == LEAVE_DRAINING && engine_drained(daemon->engine))
		cut_soon(daemon);
	else if (daemon->leave_stage == LEAVE_SAYING && engine_farewell(daemon->engine))
		leave_say(daemon);
}

bool leave_deadline(struct daemon *daemon)
{
	switch (daemon->leave_stage) {
	case LEAVE_NOT:
		break;
	case LEAVE_DRAINING:
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "not-drained", "leaves before all calls of its clients are answered");
		cut_soon(daemon);
		break;
	case LEAVE_CUTTING:
		break;
	case LEAVE_SAYING:
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "farewell-unheard",
		          "leaves before the others have heard that this node need not be fenced: they may wait for its fencing");
		leave_say(daemon);
		break;
	case LEAVE_LEAVING:
		log_write(daemon->log, LOG_LEVEL_WARNING, "daemon", "left", "left without hearing that it was heard");
		return true;
	}
	return false;
}
