/* What the service `admin` answers: the daemon's and the engine's view of this node. */
#include "core/daemon/daemon.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "core/services/admin_messages.h"

static struct daemon *daemon_of(struct admin_hooks *hooks)
{
	return (struct daemon *)(void *)hooks; /* its first member */
}

static bool on_is_operator(struct admin_hooks *hooks, uint32_t uid)
{
	(void)hooks;
	return access_is_operator(uid);
}

static void counter_add(void *context, const char *name, uint64_t value)
{
	struct admin_status *status = context;

	if (status->counter_count < ADMIN_COUNTERS_MAX)
		status->counters[status->counter_count++] = (struct admin_counter){.name = bytes_of_text(name), .value = value};
}

static void counters_fill(struct daemon *daemon, struct admin_status *status)
{
	counter_add(status, "daemon.late_count", daemon->late_count);
	counter_add(status, "daemon.late_max_us", (uint64_t)daemon->late_max_ns / 1000);
	counter_add(status, "daemon.recorder_dumps", daemon->dumps);
	counter_add(status, "daemon.heap_bytes", mallinfo2().uordblks);
	counter_add(status, "log.lines_lost", log_lost(daemon->log));
	if (daemon->ipc != NULL) {
		counter_add(status, "ipc.clients", ipc_server_client_count(daemon->ipc));
		counter_add(status, "ipc.requests", ipc_server_requests(daemon->ipc));
		counter_add(status, "ipc.wakes", ipc_server_wakes(daemon->ipc));
	}
	if (daemon->provider != NULL)
		daemon->provider->operations->counters(daemon->provider, counter_add, status);
}

static void members_fill(const struct engine_status *from, struct admin_status *status)
{
	for (size_t i = 0; i < from->member_count && i < ADMIN_MEMBERS_MAX; i++) {
		const struct service_member *member = &from->members[i];

		status->members[status->member_count++] = (struct admin_member){
			.node = member->node, .incarnation = member->incarnation, .winner = member->winner, .name = member->name,
			.address = member->address, .address_family = member->address_family, .boot_ns = member->boot_ns,
			.joined = member->joined};
	}
	for (size_t i = 0; i < from->service_count && i < ADMIN_SERVICES_MAX; i++)
		status->services[status->service_count++] = (struct admin_service_status){
			.name = bytes_of_text(from->services[i].name), .clients = (uint32_t)from->services[i].clients,
			.complete = from->services[i].complete, .calls = (uint32_t)from->services[i].calls,
			.directory_digest = from->services[i].directory_digest, .content_digest = from->services[i].content_digest,
			.objects_left = from->services[i].objects_left, .bytes_left = from->services[i].bytes_left,
			.objects_lost = from->services[i].objects_lost};
}

/* `from` outlives the answer that is made of it. */
static void safety_fill(const struct engine_status *from, struct admin_status *status)
{
	status->restart_safe = from->restart_safe;
	status->restart_reason = bytes_of_text(from->restart_reason);
	status->taken_back = from->taken_back;
	for (size_t i = 0; i < from->lost_count && i < ADMIN_NAMES_MAX; i++)
		status->lost[status->lost_count++] = bytes_of_text(from->lost[i]);
	for (size_t i = 0; i < ENGINE_STATUS_NAMES && i < ADMIN_NAMES_MAX && from->given_up[i] != NULL; i++)
		status->given_up[status->given_up_shown++] = bytes_of_text(from->given_up[i]);
	status->given_up_count = from->given_up_count;
	for (size_t i = 0; i < from->unfenced_count && i < ADMIN_MEMBERS_MAX; i++)
		status->unfenced[status->unfenced_count++] = from->unfenced[i];
}

static void engine_fill(const struct engine_status *engine, struct admin_status *status)
{
	status->ring = engine->ring;
	status->lineage = engine->lineage;
	status->quorum_required = engine->quorum_required;
	status->quorate = engine->quorate;
	status->primary = engine->primary;
	status->serving = engine->serving;
	status->votes = engine->votes;
	status->expected_votes = engine->expected_votes;
	status->expected_votes_next = engine->expected_votes_next;
	status->fencing = engine->fencing;
	status->gate = engine->gate;
	status->caught_up = engine->caught_up;
	status->range_bytes = engine->range_bytes;
	status->operating_version = engine->version;
	members_fill(engine, status);
	safety_fill(engine, status);
	counter_add(status, "engine.taken_back", engine->taken_back);
	counter_add(status, "engine.objects_given_up", engine->given_up_count);
}

static bool on_status(struct admin_hooks *hooks, struct wire_writer *out)
{
	struct daemon *daemon = daemon_of(hooks);
	struct admin_status *status = calloc(1, sizeof(*status));
	struct engine_status *engine = calloc(1, sizeof(*engine));

	if (status == NULL || engine == NULL) {
		free(status);
		free(engine);
		return false;
	}
	engine_status(daemon->engine, engine);
	engine_status_objects(daemon->engine, engine);
	status->release = bytes_of_text(PACKAGE_VERSION);
	status->instance = bytes_of_text(daemon->instance);
	status->cluster_name = bytes_of_text(daemon->settings.cluster_name);
	status->provider = bytes_of_text(daemon->provider->operations->name);
	status->node = daemon->settings.node;
	status->node_name = bytes_of_text(daemon->settings.node_name);
	status->incarnation = daemon->incarnation;
	status->pid = (uint32_t)getpid();
	status->wall_ns = daemon_wall_ns(NULL);
	status->monotonic_ns = daemon_monotonic_ns(NULL);
	status->started_ns = daemon->started_wall_ns;
	status->configured_count = (uint32_t)daemon->settings.configured_count;
	engine_fill(engine, status);
	counters_fill(daemon, status);
	admin_status_encode(out, status);
	free(status);
	free(engine);
	return !out->failed;
}

static bool on_stands(struct admin_hooks *hooks, uint32_t standings, uint32_t member_count)
{
	struct engine_status status = {0};

	engine_status(daemon_of(hooks)->engine, &status);
	return (admin_standing(status.ring, status.gate, status.serving, status.caught_up) & standings) != 0 &&
	       (member_count == 0 || status.member_count == member_count);
}

static uint32_t on_adopt(struct admin_hooks *hooks)
{
	struct daemon *daemon = daemon_of(hooks);
	struct engine_status status = {0};

	if (engine_adopt(daemon->engine))
		return RESULT_OK;
	engine_status(daemon->engine, &status);
	return status.serving ? RESULT_EXIST : RESULT_TRY_AGAIN;
}

static bool waits_for(const struct engine_status *status, uint32_t node)
{
	for (size_t i = 0; i < status->unfenced_count; i++)
		if (status->unfenced[i] == node)
			return true;
	return false;
}

/* A view change makes void what was said before: then it is said again. */
static uint32_t on_fenced(struct admin_hooks *hooks, uint32_t node, struct ring_id *said)
{
	struct daemon *daemon = daemon_of(hooks);
	struct engine_status status = {0};

	engine_status(daemon->engine, &status);
	if (!waits_for(&status, node))
		return ring_id_is_none(*said) ? RESULT_NOT_EXIST : RESULT_OK;
	if (!ring_id_equal(*said, status.ring) && engine_fenced(daemon->engine, node)) {
		log_write(daemon->log, LOG_LEVEL_NOTICE, "daemon", "fenced-said", "an operator or agent of this node says that node %u is fenced", node);
		*said = status.ring;
	}
	return RESULT_BUSY;
}

static uint32_t on_expected_votes(struct admin_hooks *hooks, uint32_t votes, struct ring_id *said)
{
	struct daemon *daemon = daemon_of(hooks);
	struct engine_status status = {0};

	engine_status(daemon->engine, &status);
	if (votes < status.member_count || 2 * status.votes <= votes)
		return RESULT_INVALID_PARAM;
	if (status.expected_votes_next == votes)
		return RESULT_OK;
	if (!ring_id_equal(*said, status.ring)) {
		if (!engine_expected_votes(daemon->engine, votes))
			return RESULT_TRY_AGAIN;
		*said = status.ring;
	}
	return RESULT_BUSY;
}

static uint32_t on_leave(struct admin_hooks *hooks, bool force)
{
	struct daemon *daemon = daemon_of(hooks);
	struct engine_status *status = calloc(1, sizeof(*status));

	if (status == NULL)
		return RESULT_NO_MEMORY;
	engine_status(daemon->engine, status);
	engine_status_objects(daemon->engine, status);
	const bool safe = status->restart_safe;
	free(status);
	if (!safe && !force)
		return RESULT_BUSY;
	leave_begin(daemon, true, force ? "an operator asked for it, whatever is lost" : "an operator asked for it");
	return RESULT_OK;
}

static bool on_recorder_dump(struct admin_hooks *hooks, char *path, size_t path_size)
{
	return daemon_recorder_dump(daemon_of(hooks), "request", path, path_size);
}

void status_init(struct daemon *daemon)
{
	_Static_assert(offsetof(struct daemon, admin) == 0, "admin_service.h finds the hooks at the host's context");
	daemon->admin = (struct admin_hooks){
		.is_operator = on_is_operator, .status = on_status, .stands = on_stands, .adopt = on_adopt, .fenced = on_fenced,
		.expected_votes = on_expected_votes, .leave = on_leave, .recorder_dump = on_recorder_dump};
}
