/* Another process that holds locks and waits for them: commands over a socket pair, one answer each. It dies with the test. */
#include "conformance/suite/lck.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum peer_verb { PEER_LOCK, PEER_UNLOCK, PEER_UNLOCK_ID, PEER_PURGE, PEER_CLOSE, PEER_FINALIZE, PEER_STRESS, PEER_FLOOD, PEER_TOKEN };

struct peer_command {
	enum peer_verb verb;
	unsigned slot, rounds;
	int resource, mode, flags;
	SaLckWaiterSignalT signal;
	SaLckLockIdT id;
	struct peer_shared *shared;
	struct lck_token *token; /* shared as well */
};

struct peer {
	struct test *test;
	pid_t pid;
	int socket;
	SaLckLockIdT ids[PEER_SLOTS];
	unsigned asked; /* slot of the lock that is asked for */
};

/* --- in the other process --- */

struct peer_self {
	struct lck lck;
	SaLckResourceHandleT resources[2];
	SaLckLockIdT ids[PEER_SLOTS];
};

static struct lck_got self_lock(struct peer_self *self, const struct peer_command *command)
{
	struct lck_got got = {0};

	got.error = self->lck.api.lock(self->resources[command->resource], &got.id, (SaLckLockModeT)command->mode,
	                               (SaLckLockFlagsT)command->flags, command->signal, lck_patience(self->lck.test), &got.status);
	if (got.error == SA_AIS_OK && got.status == SA_LCK_LOCK_GRANTED)
		self->ids[command->slot] = got.id;
	return got;
}

static int counter_add(int *counter, int value)
{
	return __atomic_add_fetch(counter, value, __ATOMIC_SEQ_CST);
}

static void check(struct peer_shared *shared)
{
	const int exclusive = __atomic_load_n(&shared->exclusive, __ATOMIC_SEQ_CST), readers = __atomic_load_n(&shared->shared, __ATOMIC_SEQ_CST);

	if (exclusive > 1 || (exclusive == 1 && readers > 0))
		counter_add(&shared->broken, 1);
}

/* While the lock is held; another of `b` inside, so that it is held for about as long as it is not. */
static SaAisErrorT held_check(struct peer_self *self, struct peer_shared *shared, int mode)
{
	int *mine = mode == LCK_EX ? &shared->exclusive : &shared->shared;

	counter_add(mine, 1);
	check(shared);
	const struct lck_got got = lck_lock(&self->lck, self->resources[PEER_B], LCK_PR, 0, SA_TIME_MAX);
	check(shared);
	counter_add(mine, -1);
	return got.error == SA_AIS_OK ? self->lck.api.unlock(got.id, SA_TIME_MAX) : got.error;
}

static SaAisErrorT self_stress(struct peer_self *self, const struct peer_command *command)
{
	unsigned chance = command->rounds + (unsigned)getpid();
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned i = 0; i < command->rounds && error == SA_AIS_OK; i++) {
		chance = chance * 1103515245 + 12345;
		const int mode = (chance >> 16) % 2 == 0 ? LCK_EX : LCK_PR;
		const struct lck_got got = lck_lock(&self->lck, self->resources[PEER_A], mode, 0, SA_TIME_MAX);
		error = got.error;
		if (error != SA_AIS_OK || got.status != SA_LCK_LOCK_GRANTED)
			return error == SA_AIS_OK ? SA_AIS_ERR_FAILED_OPERATION : error;
		error = held_check(self, command->shared, mode);
		if (error == SA_AIS_OK)
			error = self->lck.api.unlock(got.id, SA_TIME_MAX);
	}
	return error;
}

static SaAisErrorT self_flood(struct peer_self *self, const struct peer_command *command)
{
	SaAisErrorT error = SA_AIS_OK;
	SaLckLockIdT id;

	for (unsigned i = 0; i < command->rounds && (error == SA_AIS_OK || error == SA_AIS_ERR_TRY_AGAIN); i++)
		error = self->lck.api.lock_async(self->resources[PEER_A], i, &id, SA_LCK_PR_LOCK_MODE, 0, 0);
	return error;
}

static SaAisErrorT self_token(struct peer_self *self, const struct peer_command *command)
{
	lck_token_get *get = library_symbol(self->lck.test, self->lck.api.library, "aisLckLockTokenGet");

	return get(self->ids[command->slot], command->token);
}

static struct lck_got self_do(struct peer_self *self, const struct peer_command *command)
{
	struct lck_got got = {0};

	switch (command->verb) {
	case PEER_LOCK: return self_lock(self, command);
	case PEER_UNLOCK: got.error = self->lck.api.unlock(self->ids[command->slot], lck_patience(self->lck.test)); break;
	case PEER_UNLOCK_ID: got.error = self->lck.api.unlock(command->id, lck_patience(self->lck.test)); break;
	case PEER_PURGE: got.error = self->lck.api.purge(self->resources[command->resource]); break;
	case PEER_CLOSE: got.error = self->lck.api.close(self->resources[command->resource]); break;
	case PEER_FINALIZE: got.error = self->lck.api.finalize(self->lck.handle); break;
	case PEER_FLOOD: got.error = self_flood(self, command); break;
	case PEER_TOKEN: got.error = self_token(self, command); break;
	case PEER_STRESS: got.error = self_stress(self, command); break;
	}
	return got;
}

static _Noreturn void self_run(struct test *test, struct lck_names names, int socket)
{
	struct peer_self self = {.lck = lck_begin_with(test, names, &lck_callbacks)};
	struct peer_command command;
	struct lck_got got = {.error = SA_AIS_OK};

	self.resources[PEER_A] = lck_open(&self.lck, &names.a);
	self.resources[PEER_B] = lck_open(&self.lck, &names.b);
	while (write(socket, &got, sizeof got) == sizeof got && read(socket, &command, sizeof command) == sizeof command)
		got = self_do(&self, &command);
	_exit(0); /* with what it holds */
}

/* --- in the test --- */

struct lck_got peer_got(struct peer *peer)
{
	struct lck_got got;
	ssize_t size;

	do
		size = read(peer->socket, &got, sizeof got);
	while (size < 0 && errno == EINTR);
	if (size != sizeof got) {
		int status = 0;
		waitpid(peer->pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			_exit(77); /* it said why */
		test_fail(peer->test, "the other process failed");
	}
	if (got.error == SA_AIS_OK && got.status == SA_LCK_LOCK_GRANTED)
		peer->ids[peer->asked] = got.id;
	return got;
}

struct peer *peer_start(struct test *test, struct lck_names names)
{
	struct peer *peer = calloc(1, sizeof *peer);
	int sockets[2];

	fflush(stdout);
	if (peer == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
		test_fail(test, "no place for another process");
	*peer = (struct peer){.test = test, .pid = fork(), .socket = sockets[0]};
	if (peer->pid < 0)
		test_fail(test, "fork");
	if (peer->pid == 0) {
		close(sockets[0]);
		self_run(test, names, sockets[1]);
	}
	close(sockets[1]);
	peer_got(peer);
	return peer;
}

static void send_command(struct peer *peer, struct peer_command command)
{
	peer->asked = command.slot;
	if (write(peer->socket, &command, sizeof command) != sizeof command)
		test_fail(peer->test, "the other process is gone");
}

static struct lck_got do_command(struct peer *peer, struct peer_command command)
{
	send_command(peer, command);
	return peer_got(peer);
}

void peer_take(struct peer *peer, unsigned slot, int resource, int mode, int flags)
{
	lck_is(peer->test, do_command(peer, (struct peer_command){PEER_LOCK, .slot = slot, .resource = resource, .mode = mode,
	                                                          .flags = flags | LCK_NO_QUEUE}),
	       SA_LCK_LOCK_GRANTED, mode == LCK_EX ? "EX, another process" : "PR, another process");
}

void peer_refused(struct peer *peer, int resource, int mode, int flags, SaLckLockStatusT wanted)
{
	lck_is(peer->test, do_command(peer, (struct peer_command){PEER_LOCK, .slot = PEER_SLOTS - 1, .resource = resource, .mode = mode,
	                                                          .flags = flags}),
	       wanted, mode == LCK_EX ? "EX, another process" : "PR, another process");
}

void peer_ask(struct peer *peer, unsigned slot, int resource, int mode, int flags, SaLckWaiterSignalT signal)
{
	send_command(peer, (struct peer_command){PEER_LOCK, .slot = slot, .resource = resource, .mode = mode, .flags = flags, .signal = signal});
}

void peer_is_granted(struct peer *peer)
{
	lck_is(peer->test, peer_got(peer), SA_LCK_LOCK_GRANTED, "the other process, in the end");
}

bool peer_has_answer(struct peer *peer, int64_t limit_ns)
{
	return descriptor_readable((SaSelectionObjectT)peer->socket, limit_ns);
}

void peer_unlock(struct peer *peer, unsigned slot)
{
	test_code(peer->test, do_command(peer, (struct peer_command){PEER_UNLOCK, .slot = slot}).error, SA_AIS_OK,
	          "saLckResourceUnlock by the other process");
}

SaAisErrorT peer_unlock_id(struct peer *peer, SaLckLockIdT id)
{
	return do_command(peer, (struct peer_command){PEER_UNLOCK_ID, .id = id}).error;
}

SaLckLockIdT peer_id(struct peer *peer, unsigned slot)
{
	return peer->ids[slot];
}

void peer_token(struct peer *peer, unsigned slot, struct lck_token *shared)
{
	test_code(peer->test, do_command(peer, (struct peer_command){PEER_TOKEN, .slot = slot, .token = shared}).error, SA_AIS_OK,
	          "aisLckLockTokenGet by the other process");
}

void peer_purge(struct peer *peer, int resource)
{
	test_code(peer->test, do_command(peer, (struct peer_command){PEER_PURGE, .resource = resource}).error, SA_AIS_OK,
	          "saLckLockPurge by the other process");
}

void peer_close(struct peer *peer, int resource)
{
	test_code(peer->test, do_command(peer, (struct peer_command){PEER_CLOSE, .resource = resource}).error, SA_AIS_OK,
	          "saLckResourceClose by the other process");
}

void peer_finalize(struct peer *peer)
{
	test_code(peer->test, do_command(peer, (struct peer_command){PEER_FINALIZE, .slot = 0}).error, SA_AIS_OK,
	          "saLckFinalize by the other process");
}

void peer_stress(struct peer *peer, unsigned rounds, struct peer_shared *shared)
{
	send_command(peer, (struct peer_command){PEER_STRESS, .rounds = rounds, .shared = shared});
}

SaAisErrorT peer_stressed(struct peer *peer)
{
	return peer_got(peer).error;
}

void peer_flood(struct peer *peer, unsigned count)
{
	send_command(peer, (struct peer_command){PEER_FLOOD, .rounds = count});
}

static void peer_gone(struct peer *peer)
{
	while (waitpid(peer->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(peer->socket);
	free(peer);
}

void peer_kill(struct peer *peer)
{
	kill(peer->pid, SIGKILL);
	peer_gone(peer);
}

void peer_end(struct peer *peer)
{
	shutdown(peer->socket, SHUT_RDWR);
	peer_gone(peer);
}
