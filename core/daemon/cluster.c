/* One run, from joining to leaving: a provider, an engine with its services, and the IPC server. When the engine must leave (it cannot
 * decode, its digests differ, no memory), the run is ended and after a while another begins in the same process, with a new
 * incarnation and no state: a joiner like any other. Nothing of the old run is kept, so nothing of what was wrong with it is. */
#include "core/daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const int64_t grace_ns = 2000000000;

static uint32_t on_opened(void *context, uint64_t client, const char *service, uid_t uid, gid_t gid, pid_t pid)
{
	struct daemon *daemon = context;

	if (daemon->engine == NULL || daemon->stopping || daemon->leave_why[0] != '\0')
		return RESULT_TRY_AGAIN;
	if (!access_allows(&daemon->settings.access, service, uid, gid)) {
		char text[128];

		snprintf(text, sizeof(text), "user %u, group %u (process %d) may not use service %.32s", (unsigned)uid, (unsigned)gid, (int)pid,
		         service);
		log_limited(daemon->log, daemon_monotonic_ns(NULL), INT64_C(60000000000), uid, LOG_LEVEL_NOTICE, "ipc", "access-refused", text);
		return RESULT_ACCESS;
	}
	bool is_known = strcmp(service, admin_service.name) == 0 || strcmp(service, config_service.name) == 0;
	for (size_t i = 0; i < daemon->loaded.count; i++)
		is_known = is_known || strcmp(service, daemon->loaded.services[i]->name) == 0;
	if (!is_known)
		return RESULT_NOT_EXIST;
	const bool opened = engine_client_opened(daemon->engine, client, service, uid, gid);
	daemon_settle(daemon);
	return opened ? RESULT_OK : RESULT_NO_RESOURCES;
}

/* This daemon, or all of the machine, may have been stopped: its client gives up IPC_GRACE_S (5 s) after its
 * timeout, and nothing is begun for one that may have. */
static int64_t timeout_left(const struct daemon *daemon, int64_t timeout_ns, int64_t waited_ns)
{
	const int64_t limit_ns = timeout_ns < 0 ? daemon->settings.client_timeout_ns : timeout_ns;

	if (limit_ns == INT64_MAX || waited_ns == 0)
		return timeout_ns;
	if (waited_ns > limit_ns)
		return waited_ns - limit_ns > grace_ns ? ENGINE_TIMEOUT_PASSED : 0;
	return limit_ns - waited_ns;
}

static void on_request(void *context, uint64_t client, uint64_t call, uint16_t request, int64_t timeout_ns, int64_t waited_ns, struct bytes body)
{
	struct daemon *daemon = context;

	if (daemon->engine != NULL)
		engine_client_request(daemon->engine, client, call, request, timeout_left(daemon, timeout_ns, waited_ns), body);
	daemon_settle(daemon);
}

static void on_closed(void *context, uint64_t client)
{
	struct daemon *daemon = context;

	if (daemon->engine != NULL)
		engine_client_closed(daemon->engine, client);
	daemon_settle(daemon);
}

static void on_ipc_log(void *context, int level, const char *id, const char *text)
{
	struct daemon *daemon = context;

	log_text(daemon->log, (enum log_level)level, "ipc", id, text);
}

/* Once it has asked to leave, the engine is not entered again. */
static bool engine_is_entered(const struct daemon *daemon)
{
	return daemon->engine != NULL && daemon->leave_why[0] == '\0';
}

static void on_group_event(void *context, const struct group_event *event)
{
	struct daemon *daemon = context;

	if (event->kind == GROUP_EVENT_VIEW && event->view.kind == GROUP_VIEW_REGULAR)
		daemon->has_view = true;
	if (engine_is_entered(daemon))
		engine_group_event(daemon->engine, event);
}

static void on_failed(void *context, const char *why)
{
	struct daemon *daemon = context;

	daemon->host.leave(daemon, why);
}

/* What the clients have asked goes with the token that may be among the packets; what it lets go leaves in one go. */
static void packets_take(struct daemon *daemon)
{
	struct ipc_server *server = daemon->ipc;

	if (server != NULL) {
		ipc_server_hold(server);
		ipc_server_poll(server);
	}
	daemon->provider->operations->receive(daemon->provider);
	daemon_settle(daemon);
	if (daemon->ipc != NULL && daemon->ipc == server)
		ipc_server_release(server);
}

static bool work_waits(const struct daemon *daemon)
{
	return engine_is_entered(daemon) && engine_works(daemon->engine);
}

static bool work_done(struct daemon *daemon)
{
	if (!engine_is_entered(daemon) || !engine_work(daemon->engine))
		return false;
	daemon_settle(daemon);
	return true;
}

/* Looks for the next packets while that pays, and works or gives the core to whoever wants it in between. Whatever comes is the loop's to take,
 * so that its other descriptors have their turn after each packet. */
static void packets_await(struct daemon *daemon, int descriptor)
{
	struct pollfd ready[] = {{.fd = descriptor, .events = POLLIN}, {.fd = timers_descriptor(daemon->timers), .events = POLLIN}};
	bool works = work_waits(daemon);

	while (works || busy_poll_looks(&daemon->busy_poll, daemon_monotonic_ns(NULL))) {
		if (poll(ready, sizeof(ready) / sizeof(ready[0]), 0) != 0)
			return;
		if (works)
			works = work_done(daemon);
		else if (!ipc_yield(&daemon->yield))
			return;
	}
}

static int32_t on_provider_readable(int32_t descriptor, int32_t events, void *context)
{
	struct daemon *daemon = context;

	(void)events;
	busy_poll_come(&daemon->busy_poll, daemon_monotonic_ns(NULL));
	packets_take(daemon);
	busy_poll_done(&daemon->busy_poll, daemon_monotonic_ns(NULL));
	packets_await(daemon, descriptor);
	return 0;
}

static bool provider_start(struct daemon *daemon, char *error, size_t error_size)
{
	const struct provider_environment environment = {
		.settings = &daemon->settings,
		.state_directory = daemon->paths.state,
		.timers = daemon->timers,
		.worker = daemon->worker,
		.log = daemon->log,
		.random = daemon_random,
		.failed = on_failed,
		.take = on_group_event,
		.context = daemon,
	};

	daemon->provider = daemon->settings.use_totem ? provider_totem_new(&environment, error, error_size)
	                                              : provider_local_new(&environment, error, error_size);
	return daemon->provider != NULL;
}

void cluster_settings(struct daemon *daemon)
{
	for (size_t i = 0; i < SETTINGS_OF_SERVICES; i++)
		engine_setting(daemon->engine, service_keys[i].service, service_keys[i].name, daemon->settings.of_services[i]);
}

static bool engine_start(struct daemon *daemon, char *error, size_t error_size)
{
	const struct settings *settings = &daemon->settings;

	daemon->incarnation = daemon_random(daemon);
	const struct engine_config config = {
		.node = settings->node,
		.incarnation = daemon->incarnation,
		.node_name = settings->node_name,
		.node_address = settings->node_address,
		.address_family = settings->address_family,
		.boot_ns = daemon->boot_ns,
		.quorum_required = settings->quorum_required,
		.expected_votes = settings->expected_votes,
		.configured_nodes = settings->configured_nodes,
		.configured_node_count = settings->configured_count,
		.state_wait_ns = settings->state_wait_ns,
		.client_timeout_ns = settings->client_timeout_ns,
		.client_calls_max = settings->client_calls_max,
		.range_size = 256 * 1024,
		.fencing = settings->fencing,
	};

	daemon->engine = engine_new(&config, &daemon->host, daemon->provider->operations->group(daemon->provider));
	bool added = daemon->engine != NULL && engine_service_add(daemon->engine, &admin_service) && engine_service_add(daemon->engine, &config_service);
	for (size_t i = 0; added && i < daemon->loaded.count; i++)
		added = engine_service_add(daemon->engine, daemon->loaded.services[i]);
	if (added)
		cluster_settings(daemon);
	added = added && engine_client_opened(daemon->engine, DAEMON_CLIENT, config_service.name, geteuid(), getegid());
	if (!added)
		snprintf(error, error_size, "the engine cannot be made: no memory, or a service that does not fit");
	return added;
}

static bool ipc_start(struct daemon *daemon, char *error, size_t error_size)
{
	const struct ipc_server_handler handler = {
		.context = daemon, .opened = on_opened, .request = on_request, .closed = on_closed, .log = on_ipc_log};

	daemon->ipc = ipc_server_new(daemon->loop, daemon->paths.socket, &daemon->settings.ipc, &handler);
	if (daemon->ipc == NULL)
		snprintf(error, error_size, "no socket %s: %s", daemon->paths.socket, strerror(errno));
	return daemon->ipc != NULL;
}

bool cluster_listen(struct daemon *daemon, char *error, size_t error_size)
{
	daemon->has_view = false;
	daemon->leave_why[0] = '\0';
	daemon->run_ending = false;
	if (provider_start(daemon, error, error_size) && engine_start(daemon, error, error_size) && ipc_start(daemon, error, error_size))
		return true;
	cluster_stop(daemon);
	return false;
}

void cluster_start(struct daemon *daemon)
{
	busy_poll_init(&daemon->busy_poll, busy_poll_look_ns(daemon->settings.busy_poll_ns, sched_getscheduler(0)));
	const int descriptor = daemon->provider->operations->descriptor(daemon->provider);
	if (descriptor >= 0)
		qb_loop_poll_add(daemon->loop, QB_LOOP_HIGH, descriptor, POLLIN, daemon, on_provider_readable);
	daemon->provider->operations->start(daemon->provider, daemon_monotonic_ns(NULL));
	daemon_settle(daemon);
}

void cluster_stop(struct daemon *daemon)
{
	ipc_server_free(daemon->ipc);
	daemon->ipc = NULL;
	if (daemon->engine != NULL)
		engine_free(daemon->engine);
	daemon->engine = NULL;
	if (daemon->provider != NULL) {
		const int descriptor = daemon->provider->operations->descriptor(daemon->provider);

		if (descriptor >= 0)
			qb_loop_poll_del(daemon->loop, descriptor);
		daemon->provider->operations->free(daemon->provider);
	}
	daemon->provider = NULL;
	timers_cancel_all(daemon->timers, TIMER_OWNER_ENGINE);
	timers_cancel_all(daemon->timers, TIMER_OWNER_PROVIDER);
}

void cluster_cut(struct daemon *daemon)
{
	ipc_server_free(daemon->ipc);
	daemon->ipc = NULL;
}
