/* Clients: what they ask at random, and what a library on them knows. It numbers opens and locks; a lock is believed from its answer or grant
 * callback on; a handle that is closed, or whose lock was lost, is dead, and so is all that still comes of it. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/lck/world_lck.h"

/* --- tables --- */

static struct lck_world_open *open_of(struct lck_world_client *client, uint64_t number)
{
	for (size_t i = 0; i < LCK_WORLD_OPENS; i++)
		if (client->opens[i].number == number)
			return &client->opens[i];
	return NULL;
}

static struct lck_world_lock *lock_of(struct lck_world_client *client, uint64_t number)
{
	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++)
		if (client->locks[i].number == number)
			return &client->locks[i];
	return NULL;
}

static struct lck_world_call *call_of(struct lck_world_client *client, uint64_t number)
{
	for (size_t i = 0; i < LCK_WORLD_CALLS; i++)
		if (client->calls[i].number == number)
			return &client->calls[i];
	return NULL;
}

static struct lck_world_client *client_of(struct lck_world_node *node, uint64_t id)
{
	for (size_t i = 0; i < node->world->clients; i++)
		if (id != 0 && node->clients[i].id == id)
			return &node->clients[i];
	return NULL;
}

static void dead_note(uint64_t *dead, uint64_t number)
{
	dead[number % LCK_WORLD_DEAD] = number;
}

static void lock_drop(struct lck_world_client *client, struct lck_world_lock *lock)
{
	dead_note(client->dead_locks, lock->number);
	*lock = (struct lck_world_lock){0};
}

static void open_drop_locks(struct lck_world_client *client, const struct lck_world_open *open)
{
	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++)
		if (client->locks[i].number != 0 && client->locks[i].open == open->number)
			lock_drop(client, &client->locks[i]);
}

/* With its locks: nothing comes of it any more. */
static void open_drop(struct lck_world_client *client, struct lck_world_open *open)
{
	open_drop_locks(client, open);
	dead_note(client->dead_opens, open->number);
	*open = (struct lck_world_open){0};
}

/* It is not held, and nothing more is to come of it. */
static void lock_settle(struct lck_world_client *client, struct lck_world_lock *lock)
{
	if (lock->owes_grant || lock->owes_unlock)
		lock->state = LCK_LOCK_UNLOCKED;
	else
		lock_drop(client, lock);
}

bool lck_client_is_idle(const struct lck_world_client *client)
{
	if (client->posted > 0)
		return false;
	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++)
		if (client->locks[i].number != 0)
			return false;
	for (size_t i = 0; i < LCK_WORLD_CALLS; i++)
		if (client->calls[i].number != 0)
			return false;
	for (size_t i = 0; i < LCK_WORLD_OPENS; i++)
		if (client->opens[i].number != 0 && (client->opens[i].state == LCK_OPEN_ASKED || client->opens[i].is_bad))
			return false;
	return true;
}

void lck_client_trace(const struct lck_world_node *node, const struct lck_world_client *client)
{
	struct sim *sim = node->world->sim;

	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++)
		if (client->locks[i].number != 0)
			sim_trace(sim, node->stack.node, "client %" PRIu64 " has lock %" PRIu64 " of resource %u, standing %d%s%s", client->id,
			          client->locks[i].number, client->locks[i].resource, (int)client->locks[i].state,
			          client->locks[i].owes_grant ? ", grant callback due" : "", client->locks[i].owes_unlock ? ", unlock callback due" : "");
	for (size_t i = 0; i < LCK_WORLD_CALLS; i++)
		if (client->calls[i].number != 0)
			sim_trace(sim, node->stack.node, "client %" PRIu64 " waits for call %" PRIu64, client->id, client->calls[i].number);
	for (size_t i = 0; i < LCK_WORLD_OPENS; i++)
		if (client->opens[i].number != 0 && client->opens[i].state == LCK_OPEN_ASKED)
			sim_trace(sim, node->stack.node, "client %" PRIu64 " waits for open %" PRIu64, client->id, client->opens[i].number);
}

/* --- asking --- */

static const char *const request_names[LCK_REQUEST_COUNT] = {
	"open", "open_async", "close", "lock", "lock_async", "unlock", "unlock_async", "purge", "lost_set", "list", "show", "limit",
};

static void ask(struct lck_world_node *node, struct lck_world_client *client, enum lck_request kind, uint64_t object,
                int64_t timeout_ns, struct wire_writer *body, bool is_of_dead)
{
	const uint64_t number = ++client->serial, id = client->id;

	*call_of(client, 0) = (struct lck_world_call){.number = number, .kind = kind, .object = object, .is_of_dead = is_of_dead};
	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " asks %" PRIu64 ": %s of %" PRIu64, id, number, request_names[kind], object);
	engine_client_request(node->stack.engine, id, number, (uint16_t)kind, timeout_ns, wire_writer_bytes(body));
	wire_writer_clear(body);
}

/* Half of what may be, without a drawing of its own. */
static bool is_posted(const struct lck_world_client *client)
{
	return digest_u64(0, client->serial) % 2 == 0;
}

/* What the library posts has no answer; a refusal comes as a callback. */
static void post(struct lck_world_node *node, struct lck_world_client *client, enum lck_request kind, uint64_t object, struct wire_writer *body)
{
	const uint64_t number = ENGINE_CALL_POSTED | ++client->serial, id = client->id;

	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " posts %s of %" PRIu64, id, request_names[kind], object);
	client->posted++;
	engine_client_request(node->stack.engine, id, number, (uint16_t)kind, -1, wire_writer_bytes(body));
	wire_writer_clear(body);
}

static int64_t timeout_drawn(struct lck_world_node *node)
{
	struct sim *sim = node->world->sim;

	switch (sim_random_below(sim, 8)) {
	case 0:
	case 1:
		return (int64_t)(1 + sim_random_below(sim, 30)) * SIM_MS;
	case 2:
		return (int64_t)(1 + sim_random_below(sim, 300)) * SIM_MS;
	case 3:
		return INT64_MAX;
	default:
		return -1;
	}
}

static void client_begin(struct lck_world_node *node, struct lck_world_client *client)
{
	struct wire_writer body = {0};

	*client = (struct lck_world_client){.id = ++node->world->next_client, .has_waiter = sim_chance(node->world->sim, 32768)};
	client->serial = client->id * 100000;
	if (!engine_client_opened(node->stack.engine, client->id, "lck", 0, 0))
		abort();
	lck_lost_set_request_encode(&body, &(struct lck_lost_set_request){.wanted = true});
	ask(node, client, LCK_REQUEST_LOST_SET, 0, -1, &body, false);
}

void lck_client_finalize(struct lck_world_node *node, struct lck_world_client *client)
{
	const uint64_t id = client->id;

	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " is gone", id);
	*client = (struct lck_world_client){0};
	if (id != 0)
		engine_client_closed(node->stack.engine, id);
}

static void ask_open(struct lck_world_node *node, struct lck_world_client *client, unsigned resource, bool async)
{
	struct lck_world_open *open = open_of(client, 0);
	struct wire_writer body = {0};

	*open = (struct lck_world_open){
		.number = ++client->serial, .state = LCK_OPEN_ASKED, .resource = resource, };
	lck_open_request_encode(&body, &(struct lck_open_request){
		.open = open->number, .invocation = open->number, .flags = sim_chance(node->world->sim, 6000) ? 0 : SA_LCK_RESOURCE_CREATE,
		.has_waiter = client->has_waiter, .name = lck_resource_text(resource),
	});
	ask(node, client, async ? LCK_REQUEST_OPEN_ASYNC : LCK_REQUEST_OPEN, open->number, async ? -1 : timeout_drawn(node), &body, false);
}

static void ask_number(struct lck_world_node *node, struct lck_world_client *client, enum lck_request kind, uint64_t number, bool dead)
{
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = number, .invocation = number});
	ask(node, client, kind, number, kind == LCK_REQUEST_UNLOCK_ASYNC ? -1 : timeout_drawn(node), &body, dead);
}

static void ask_close(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_open *open)
{
	const uint64_t number = open->number;

	open_drop(client, open);
	ask_number(node, client, LCK_REQUEST_CLOSE, number, false);
}

static void ask_lock(struct lck_world_node *node, struct lck_world_client *client, const struct lck_world_open *open, uint32_t mode,
                     uint32_t flags, bool async, bool at_once)
{
	struct lck_world_lock *lock = lock_of(client, 0);
	struct wire_writer body = {0};

	*lock = (struct lck_world_lock){
		.number = ++client->serial, .open = open->number, .state = LCK_LOCK_ASKED, .resource = open->resource, .mode = mode, .flags = flags,
		.async = async, .owes_grant = async,
	};
	lck_lock_request_encode(&body, &(struct lck_lock_request){
		.open = open->number, .lock = lock->number, .invocation = lock->number, .signal = ~lock->number, .mode = mode, .flags = flags,
		.at_once = at_once,
	});
	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 ": lock %" PRIu64 " of resource %u, %s%s%s%s", client->id, lock->number,
	          open->resource, mode == SA_LCK_EX_LOCK_MODE ? "EX" : "PR", (flags & SA_LCK_LOCK_NO_QUEUE) != 0 ? " no-queue" : "",
	          (flags & SA_LCK_LOCK_ORPHAN) != 0 ? " orphan" : "", at_once ? " at once" : "");
	if (async && is_posted(client))
		post(node, client, LCK_REQUEST_LOCK_ASYNC, lock->number, &body);
	else
		ask(node, client, async ? LCK_REQUEST_LOCK_ASYNC : LCK_REQUEST_LOCK, lock->number, async || at_once ? -1 : timeout_drawn(node), &body,
		    false);
}

/* From here on it is as if the answer had been OK. */
static void post_unlock(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_lock *lock)
{
	const uint64_t number = lock->number;
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = number, .invocation = number, .open = lock->open});
	lock->owes_unlock = true;
	lock_settle(client, lock);
	post(node, client, LCK_REQUEST_UNLOCK_ASYNC, number, &body);
}

static void ask_unlock(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_lock *lock, bool async)
{
	const uint64_t number = lock->number;

	lock->was_held = lock->state == LCK_LOCK_HELD;
	if (async && is_posted(client)) {
		post_unlock(node, client, lock);
		return;
	}
	lock->state = LCK_LOCK_UNLOCKING;
	ask_number(node, client, async ? LCK_REQUEST_UNLOCK_ASYNC : LCK_REQUEST_UNLOCK, number, false);
}

static void ask_of_dead(struct lck_world_node *node, struct lck_world_client *client)
{
	struct sim *sim = node->world->sim;
	const size_t which = sim_random_below(sim, LCK_WORLD_DEAD);
	struct wire_writer body = {0};

	if (sim_chance(sim, 32768) && client->dead_locks[which] != 0) {
		ask_number(node, client, sim_chance(sim, 32768) ? LCK_REQUEST_UNLOCK : LCK_REQUEST_UNLOCK_ASYNC, client->dead_locks[which], true);
	} else if (client->dead_opens[which] != 0) {
		lck_lock_request_encode(&body, &(struct lck_lock_request){
			.open = client->dead_opens[which], .lock = ++client->serial, .mode = SA_LCK_PR_LOCK_MODE,
		});
		ask(node, client, LCK_REQUEST_LOCK, client->dead_opens[which], -1, &body, true);
	}
}

/* --- at random --- */

static struct lck_world_open *open_drawn(struct lck_world_node *node, struct lck_world_client *client)
{
	const size_t first = sim_random_below(node->world->sim, LCK_WORLD_OPENS);

	for (size_t i = 0; i < LCK_WORLD_OPENS; i++) {
		struct lck_world_open *open = &client->opens[(first + i) % LCK_WORLD_OPENS];

		if (open->number != 0 && open->state == LCK_OPEN_HAD && !open->is_bad)
			return open;
	}
	return NULL;
}

static void act_lock(struct lck_world_node *node, struct lck_world_client *client)
{
	struct sim *sim = node->world->sim;
	struct lck_world_open *open = open_drawn(node, client);
	uint32_t flags = sim_chance(sim, 12000) ? SA_LCK_LOCK_NO_QUEUE : 0;

	if (open == NULL || lock_of(client, 0) == NULL)
		return;
	flags |= sim_chance(sim, 8000) ? SA_LCK_LOCK_ORPHAN : 0;
	const bool async = sim_chance(sim, 28000);
	ask_lock(node, client, open, sim_chance(sim, 36000) ? SA_LCK_EX_LOCK_MODE : SA_LCK_PR_LOCK_MODE, flags, async,
	         !async && sim_chance(sim, 10000));
}

/* What an answer or a callback gave reason for is done soon, not within it. */
static bool act_wanted(struct lck_world_node *node, struct lck_world_client *client)
{
	for (size_t i = 0; i < LCK_WORLD_OPENS; i++)
		if (client->opens[i].number != 0 && client->opens[i].is_bad) {
			ask_close(node, client, &client->opens[i]);
			return true;
		}
	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++)
		if (client->locks[i].number != 0 && client->locks[i].is_wanted && client->locks[i].state == LCK_LOCK_HELD) {
			ask_unlock(node, client, &client->locks[i], true);
			return true;
		}
	return false;
}

static bool is_asked_about(const struct lck_world_client *client, uint64_t lock)
{
	for (size_t i = 0; i < LCK_WORLD_CALLS; i++)
		if (client->calls[i].number != 0 && client->calls[i].object == lock)
			return true;
	return false;
}

/* A held one, or one that waits and was accepted. */
static void act_unlock(struct lck_world_node *node, struct lck_world_client *client)
{
	const size_t first = sim_random_below(node->world->sim, LCK_WORLD_LOCKS);

	for (size_t i = 0; i < LCK_WORLD_LOCKS; i++) {
		struct lck_world_lock *lock = &client->locks[(first + i) % LCK_WORLD_LOCKS];
		const bool waits = lock->number != 0 && lock->state == LCK_LOCK_ASKED && lock->async && sim_chance(node->world->sim, 3000) &&
		                   !is_asked_about(client, lock->number);

		if (waits || (lock->number != 0 && lock->state == LCK_LOCK_HELD)) {
			ask_unlock(node, client, lock, sim_chance(node->world->sim, 24000));
			return;
		}
	}
}

/* An end makes everything good again. Some clients are patient, so that what should have gone before is still there when all is looked at. */
static bool ends_it(const struct lck_world_node *node, const struct lck_world_client *client)
{
	return !node->world->patient || digest_u64(1, client->serial) % 32 == 0;
}

void lck_client_act(struct lck_world_node *node, struct lck_world_client *client)
{
	struct sim *sim = node->world->sim;
	const uint64_t what = sim_random_below(sim, 100);
	struct lck_world_open *open;

	if (client->id == 0) {
		client_begin(node, client);
		return;
	}
	if (what < 2) {
		if (ends_it(node, client))
			lck_client_finalize(node, client);
		return;
	}
	if (call_of(client, 0) == NULL || act_wanted(node, client))
		return;
	if (what < 18) {
		if (open_of(client, 0) != NULL)
			ask_open(node, client, (unsigned)sim_random_below(sim, node->world->resources), sim_chance(sim, 20000));
	} else if (what < 22) {
		if ((open = open_drawn(node, client)) != NULL && ends_it(node, client))
			ask_close(node, client, open);
	} else if (what < 27) {
		if ((open = open_drawn(node, client)) != NULL)
			ask_number(node, client, LCK_REQUEST_PURGE, open->number, false);
	} else if (what < 31) {
		ask_of_dead(node, client);
	} else if (what < 65) {
		act_unlock(node, client);
	} else {
		act_lock(node, client);
	}
}

void lck_client_drain(struct lck_world_node *node, struct lck_world_client *client)
{
	for (size_t i = 0; i < LCK_WORLD_LOCKS && client->id != 0; i++) {
		struct lck_world_lock *lock = &client->locks[i];

		if (lock->number != 0 && lock->state == LCK_LOCK_HELD && call_of(client, 0) != NULL)
			ask_unlock(node, client, lock, false);
	}
	if (client->id == 0 || call_of(client, 0) == NULL || act_wanted(node, client))
		return;
	const struct lck_world_open *open = open_drawn(node, client);
	if (open != NULL && call_of(client, 0) != NULL && sim_chance(node->world->sim, 8000))
		ask_number(node, client, LCK_REQUEST_PURGE, open->number, false);
}

void lck_client_open_all(struct lck_world_node *node, struct lck_world_client *client)
{
	client_begin(node, client);
	for (unsigned i = 0; i < node->world->resources; i++) {
		struct lck_world_open *open = open_of(client, 0);
		struct wire_writer body = {0};

		*open = (struct lck_world_open){.number = ++client->serial, .state = LCK_OPEN_ASKED, .resource = i};
		lck_open_request_encode(&body, &(struct lck_open_request){
			.open = open->number, .flags = SA_LCK_RESOURCE_CREATE, .name = lck_resource_text(i),
		});
		ask(node, client, LCK_REQUEST_OPEN, open->number, -1, &body, false);
	}
}

void lck_client_try_all(struct lck_world_node *node, struct lck_world_client *client, enum lck_request kind)
{
	for (size_t i = 0; i < LCK_WORLD_OPENS; i++) {
		if (client->opens[i].number == 0)
			continue;
		if (kind == LCK_REQUEST_PURGE)
			ask_number(node, client, kind, client->opens[i].number, false);
		else
			ask_lock(node, client, &client->opens[i], SA_LCK_EX_LOCK_MODE, 0, false, true);
	}
}

/* --- what comes back --- */

static void lock_believed(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_lock *lock, struct lck_token token)
{
	lock->state = LCK_LOCK_HELD;
	lock->token = token;
	node->world->counts.grants++;
	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " holds lock %" PRIu64 " of resource %u", client->id, lock->number,
	          lock->resource);
	check_lck_granted(node, client, lock);
}

static void open_answered(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_open *open, uint32_t code,
                          struct identity identity)
{
	if (open == NULL)
		return;
	if (code != SA_AIS_OK) {
		open_drop(client, open);
		return;
	}
	open->state = LCK_OPEN_HAD;
	open->identity = identity;
	open->losses = node->losses;
}

/* R17: a handle goes bad only where the node took another state over. */
static void open_is_bad(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_open *open)
{
	if (open->state == LCK_OPEN_HAD && open->losses == node->losses)
		sim_violation(node->world->sim, "opens", "open %" PRIu64 " of client %" PRIu64 " of node %" PRIu32 " is bad, and nothing was lost",
		              open->number, client->id, node->stack.node);
	open_drop_locks(client, open);
	open->is_bad = true;
}

static void lock_answered(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_lock *lock, uint32_t code,
                          const struct lck_answer *answer)
{
	if (lock == NULL) /* its handle was closed meanwhile */
		return;
	if (code == SA_AIS_OK && answer->status == SA_LCK_LOCK_GRANTED) {
		lock_believed(node, client, lock, answer->token);
		return;
	}
	struct lck_world_open *open = code == SA_AIS_ERR_BAD_HANDLE ? open_of(client, lock->open) : NULL;
	lock_drop(client, lock);
	if (open != NULL)
		open_is_bad(node, client, open);
}

static void unlock_answered(struct lck_world_node *node, struct lck_world_client *client, struct lck_world_lock *lock,
                            const struct lck_world_call *call, uint32_t code)
{
	if (lock == NULL || call->is_of_dead)
		return;
	if (code == SA_AIS_ERR_TRY_AGAIN) {
		/* Nothing was done; what became of the request may have been told while it was asked. */
		lock->state = lock->was_held ? LCK_LOCK_HELD : LCK_LOCK_ASKED;
		if (lock->was_held)
			check_lck_exclusion(node, client, lock);
		else if (!lock->owes_grant)
			lock_settle(client, lock);
		return;
	}
	if (code == SA_AIS_ERR_NOT_EXIST && lock->was_held)
		sim_violation(node->world->sim, "not-exist", "client %" PRIu64 " of node %" PRIu32 " believed in lock %" PRIu64 ", which does not exist",
		              client->id, node->stack.node, lock->number);
	lock->owes_unlock = call->kind == LCK_REQUEST_UNLOCK_ASYNC && code == SA_AIS_OK;
	lock_settle(client, lock);
}

static void posted_ended(struct lck_world_node *node, struct lck_world_client *client, uint64_t number)
{
	if (client->posted == 0)
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " ends posted call %" PRIu64 " of client %" PRIu64 " twice", node->stack.node,
		              number, client->id);
	else
		client->posted--;
}

void lck_client_answered(struct lck_world_node *node, uint64_t id, uint64_t number, uint32_t code, struct bytes body)
{
	struct lck_world_client *client = client_of(node, id);
	struct wire_reader in = wire_reader_of(body);
	struct lck_answer answer = {0};

	if (client == NULL)
		return;
	if ((number & ENGINE_CALL_POSTED) != 0) {
		posted_ended(node, client, number);
		return;
	}
	struct lck_world_call *slot = call_of(client, number);
	if (slot == NULL) {
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers call %" PRIu64 " of client %" PRIu64 " twice", node->stack.node,
		              number, id);
		return;
	}
	const struct lck_world_call call = *slot;
	*slot = (struct lck_world_call){0};
	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " is answered %" PRIu32 " to %" PRIu64, id, code, number);
	if (body.size > 0 && !lck_answer_decode(&in, &answer))
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers something else", node->stack.node);
	check_lck_answer(node, &call, code);
	node->world->counts.timeouts += code == SA_AIS_ERR_TIMEOUT;
	node->world->counts.refused += code == SA_AIS_ERR_TRY_AGAIN;
	if (call.is_of_dead)
		return;
	switch (call.kind) {
	case LCK_REQUEST_OPEN:
		open_answered(node, client, open_of(client, call.object), code, answer.resource);
		break;
	case LCK_REQUEST_OPEN_ASYNC:
		if (code != SA_AIS_OK && open_of(client, call.object) != NULL)
			open_drop(client, open_of(client, call.object));
		break;
	case LCK_REQUEST_PURGE:
		if (code == SA_AIS_ERR_BAD_HANDLE && open_of(client, call.object) != NULL)
			open_is_bad(node, client, open_of(client, call.object));
		break;
	case LCK_REQUEST_LOCK:
		lock_answered(node, client, lock_of(client, call.object), code, &answer);
		break;
	case LCK_REQUEST_LOCK_ASYNC:
		if (code != SA_AIS_OK)
			lock_answered(node, client, lock_of(client, call.object), code, &answer);
		break;
	case LCK_REQUEST_UNLOCK:
	case LCK_REQUEST_UNLOCK_ASYNC:
		unlock_answered(node, client, lock_of(client, call.object), &call, code);
		break;
	default:
		break;
	}
}

/* A handle that is closed or lost tells nothing more. */
static bool is_alive(struct lck_world_client *client, uint64_t open)
{
	const struct lck_world_open *known = open == 0 ? NULL : open_of(client, open);

	return known != NULL && !known->is_bad;
}

/* What a grant callback is about, now told; NULL: nobody is interested, or has been told already. */
static struct lck_world_lock *grant_callback(struct lck_world_node *node, struct lck_world_client *client, uint64_t open, uint64_t number)
{
	struct lck_world_lock *lock = lock_of(client, number);

	if (!is_alive(client, open))
		return NULL;
	if (lock == NULL || !lock->owes_grant) {
		sim_violation(node->world->sim, "grant-callback", "client %" PRIu64 " of node %" PRIu32 " is told a second time what became of lock %" PRIu64,
		              client->id, node->stack.node, number);
		return NULL;
	}
	lock->owes_grant = false;
	return lock;
}

static void on_granted(struct lck_world_node *node, struct lck_world_client *client, const struct lck_granted_event *event)
{
	struct lck_world_lock *lock = grant_callback(node, client, event->open, event->lock);

	if (lock == NULL)
		return;
	if (event->error == SA_AIS_OK && event->status == SA_LCK_LOCK_GRANTED) {
		if (lock->state == LCK_LOCK_ASKED)
			lock_believed(node, client, lock, event->token);
		else if (lock->state == LCK_LOCK_UNLOCKING) { /* as if the unlock had been asked a moment later */
			lock->was_held = true;
			lock->token = event->token;
		} else
			lock_settle(client, lock); /* the library makes it NOT_EXIST */
		return;
	}
	if (lock->state != LCK_LOCK_UNLOCKING)
		lock_settle(client, lock);
}

static void on_lost(struct lck_world_node *node, struct lck_world_client *client, const struct lck_lost_event *event)
{
	struct lck_world_open *open = open_of(client, event->open);

	node->world->counts.lost++;
	if (event->open != 0 && open != NULL)
		open_drop(client, open);
}

static void on_waiter(struct lck_world_node *node, struct lck_world_client *client, const struct lck_waiter_event *event)
{
	struct lck_world_lock *lock = lock_of(client, event->lock);

	if (!client->has_waiter)
		sim_violation(node->world->sim, "waiter-callbacks", "client %" PRIu64 " has no waiter callback, and is told of a waiter", client->id);
	if (lock != NULL && sim_chance(node->world->sim, 24000))
		lock->is_wanted = true;
}

static void on_unlocked(struct lck_world_node *node, struct lck_world_client *client, const struct lck_unlocked_event *event)
{
	struct lck_world_lock *lock = lock_of(client, event->invocation);

	if (!is_alive(client, event->open))
		return;
	if (lock == NULL || !lock->owes_unlock) {
		sim_violation(node->world->sim, "unlock-callback", "client %" PRIu64 " of node %" PRIu32 " is told a second time that lock %" PRIu64
		              " is unlocked", client->id, node->stack.node, event->invocation);
		return;
	}
	lock->owes_unlock = false;
	lock_settle(client, lock);
}

static void on_refused(struct lck_world_node *node, struct lck_world_client *client, const struct lck_refused_event *event)
{
	struct lck_world_lock *lock = grant_callback(node, client, event->open, event->lock);

	if (lock == NULL)
		return;
	node->world->counts.refused++;
	if (lock->state == LCK_LOCK_ASKED)
		lock_answered(node, client, lock, event->error, NULL);
	else if (lock->state != LCK_LOCK_UNLOCKING)
		lock_settle(client, lock);
}

void lck_client_event(struct lck_world_node *node, uint64_t id, uint16_t event, struct bytes body)
{
	struct lck_world_client *client = client_of(node, id);
	struct wire_reader in = wire_reader_of(body);
	union {
		struct lck_opened_event opened;
		struct lck_granted_event granted;
		struct lck_waiter_event waiter;
		struct lck_unlocked_event unlocked;
		struct lck_lost_event lost;
		struct lck_refused_event refused;
	} decoded;

	if (client == NULL)
		return;
	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " is told event %u", id, (unsigned)event);
	switch ((enum lck_event)event) {
	case LCK_EVENT_OPENED:
		if (lck_opened_event_decode(&in, &decoded.opened) && decoded.opened.open != 0)
			open_answered(node, client, open_of(client, decoded.opened.open), decoded.opened.error, decoded.opened.resource);
		break;
	case LCK_EVENT_GRANTED:
		if (lck_granted_event_decode(&in, &decoded.granted))
			on_granted(node, client, &decoded.granted);
		break;
	case LCK_EVENT_WAITER:
		if (lck_waiter_event_decode(&in, &decoded.waiter))
			on_waiter(node, client, &decoded.waiter);
		break;
	case LCK_EVENT_UNLOCKED:
		if (lck_unlocked_event_decode(&in, &decoded.unlocked))
			on_unlocked(node, client, &decoded.unlocked);
		break;
	case LCK_EVENT_LOST:
		if (lck_lost_event_decode(&in, &decoded.lost))
			on_lost(node, client, &decoded.lost);
		break;
	case LCK_EVENT_REFUSED:
		if (lck_refused_event_decode(&in, &decoded.refused))
			on_refused(node, client, &decoded.refused);
		break;
	}
}
