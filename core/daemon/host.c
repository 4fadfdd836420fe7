/* The engine's host in the daemon: clocks, chance, timers, clients, arenas, log, leave. Each is a few lines to what does it. */
#include "core/daemon/daemon.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "core/daemon/arenas.h"
#include "core/ipc/ipc_clock.h"

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t daemon_monotonic_ns(void *context)
{
	(void)context;
	return ipc_clock_ns();
}

int64_t daemon_wall_ns(void *context)
{
	(void)context;
	return clock_ns(CLOCK_REALTIME);
}

/* xorshift128+, seeded by the kernel at the start: chance for jitter and incarnations, not for secrets. */
uint64_t daemon_random(void *context)
{
	struct daemon *daemon = context;
	uint64_t a = daemon->random_state[0];
	const uint64_t b = daemon->random_state[1];

	if (a == 0 && b == 0) {
		if (getrandom(daemon->random_state, sizeof(daemon->random_state), 0) != sizeof(daemon->random_state))
			daemon->random_state[0] = (uint64_t)clock_ns(CLOCK_REALTIME);
		daemon->random_state[1] |= 1;
		return daemon_random(context);
	}
	daemon->random_state[0] = b;
	a ^= a << 23;
	daemon->random_state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return daemon->random_state[1] + b;
}

static void on_timer_set(void *context, uint64_t timer, int64_t at_ns)
{
	struct daemon *daemon = context;

	if (!timers_set(daemon->timers, TIMER_OWNER_ENGINE, timer, at_ns))
		snprintf(daemon->leave_why, sizeof(daemon->leave_why), "no memory for a timer");
}

static void on_timer_cancel(void *context, uint64_t timer)
{
	struct daemon *daemon = context;

	timers_cancel(daemon->timers, TIMER_OWNER_ENGINE, timer);
}

static void on_client_answer(void *context, uint64_t client, uint64_t call, uint32_t code, struct bytes body)
{
	struct daemon *daemon = context;

	if (client == DAEMON_CLIENT)
		reload_answered(daemon, call, code);
	else if (daemon->ipc != NULL)
		ipc_server_answer(daemon->ipc, client, call, code, body);
}

static void on_client_event(void *context, uint64_t client, uint16_t event, struct bytes body)
{
	struct daemon *daemon = context;

	if (daemon->ipc != NULL)
		ipc_server_event(daemon->ipc, client, event, body);
}

static size_t on_client_backlog(void *context, uint64_t client)
{
	struct daemon *daemon = context;

	return daemon->ipc == NULL ? 0 : ipc_server_backlog(daemon->ipc, client);
}

static void on_clients_may_post(void *context, bool may_post)
{
	struct daemon *daemon = context;

	if (daemon->ipc != NULL)
		ipc_server_may_post(daemon->ipc, may_post);
}

static void on_client_close(void *context, uint64_t client, const char *why)
{
	struct daemon *daemon = context;

	log_write(daemon->log, LOG_LEVEL_WARNING, "ipc", "client-closed", "client %llu disconnected: %s", (unsigned long long)client, why);
	if (daemon->ipc != NULL)
		ipc_server_close(daemon->ipc, client, why);
}

static struct arena *on_arena_new(void *context, const char *name)
{
	(void)context;
	return arena_new(name);
}

static bool on_arena_grow(void *context, struct arena *arena, size_t size)
{
	(void)context;
	return arena_grow(arena, size);
}

static void say_kept(struct daemon *daemon, uid_t user)
{
	char text[192];

	snprintf(text, sizeof(text),
	         "user %u has %u mappings of checkpoints, deleted ones included: it gets no more and reads by way of the daemon until it lets some go",
	         (unsigned)user, (unsigned)shares_count(&daemon->shares, user));
	log_limited(daemon->log, daemon_monotonic_ns(NULL), INT64_C(60000000000), user, LOG_LEVEL_NOTICE, "ipc", "mappings-kept", text);
}

static bool on_client_share(void *context, uint64_t client, uint64_t call, struct arena *const *arenas, size_t count)
{
	struct daemon *daemon = context;
	int descriptors[IPC_DESCRIPTORS_MAX];
	size_t opened = 0;
	uid_t user;

	if (daemon->ipc == NULL || count > IPC_DESCRIPTORS_MAX || !ipc_server_user(daemon->ipc, client, &user))
		return false;
	if (!shares_note(&daemon->shares, user, arenas, count)) {
		say_kept(daemon, user);
		return false;
	}
	while (opened < count && (descriptors[opened] = arena_descriptor(arenas[opened])) >= 0)
		opened++;
	const bool done = opened == count && ipc_server_pass(daemon->ipc, client, call, descriptors, count);
	while (opened > 0)
		close(descriptors[--opened]);
	return done;
}

static void on_arena_free(void *context, struct arena *arena)
{
	struct daemon *daemon = context;

	shares_end(&daemon->shares, arena);
	if (!list_is_empty(&daemon->shares.ended) && !daemon->shares_timer) {
		daemon->shares_timer = true;
		timers_set(daemon->timers, TIMER_OWNER_DAEMON, DAEMON_TIMER_SHARES, daemon_monotonic_ns(NULL) + DAEMON_SHARES_SWEEP_NS);
	}
}

static void on_log(void *context, enum host_log_level level, const char *subject, const char *id, const char *text)
{
	struct daemon *daemon = context;

	log_text(daemon->log, (enum log_level)level, subject, id, text);
	daemon->standing_asked = true; /* whatever changes the standing is worth a line to the engine */
}

static void on_leave(void *context, const char *why)
{
	struct daemon *daemon = context;

	if (daemon->leave_why[0] == '\0')
		snprintf(daemon->leave_why, sizeof(daemon->leave_why), "%s", why);
}

void host_init(struct daemon *daemon)
{
	_Static_assert(ENGINE_CALL_POSTED == IPC_CALL_POSTED, "one mark of posted calls");
	_Static_assert((int)HOST_LOG_TRACE == (int)LOG_LEVEL_TRACE && (int)HOST_LOG_NOTICE == (int)LOG_LEVEL_NOTICE, "one scale of levels");
	daemon->host = (struct host){
		.context = daemon,
		.monotonic_ns = daemon_monotonic_ns,
		.wall_ns = daemon_wall_ns,
		.random = daemon_random,
		.timer_set = on_timer_set,
		.timer_cancel = on_timer_cancel,
		.client_answer = on_client_answer,
		.client_event = on_client_event,
		.client_backlog = on_client_backlog,
		.client_close = on_client_close,
		.clients_may_post = on_clients_may_post,
		.arena_new = on_arena_new,
		.arena_grow = on_arena_grow,
		.arena_free = on_arena_free,
		.client_share = on_client_share,
		.clock_id = ipc_clock_id(),
		.log = on_log,
		.leave = on_leave,
	};
}
