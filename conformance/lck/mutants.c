#include "conformance/lck/mutants.h"

/* The world has one mutant at a time, and one thread: the table that its services are made from may be a static copy. */
static struct service_request requests[LCK_REQUEST_COUNT];

static struct service_request *requests_copy(struct world_lck *world)
{
	for (size_t i = 0; i < LCK_REQUEST_COUNT; i++)
		requests[i] = aisle_service_lck.requests[i];
	world->service.requests = world->inner.requests = requests;
	return requests;
}

static void answers_agreed(struct world_lck *world)
{
	struct service_request *rows = requests_copy(world);

	for (size_t i = 0; i < LCK_REQUEST_COUNT; i++)
		if (rows[i].answer == ANSWER_STABLE)
			rows[i].answer = ANSWER_AGREED;
}

static void view_takes_nothing(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	(void)state;
	(void)at;
	(void)view;
	(void)effects;
}

/* Losers are served as winners. */
static void view_takes_of_the_gone_alone(void *state, const struct at *at, const struct service_view *view, struct effects *effects)
{
	struct service_member members[SIM_NODES_MAX];
	struct service_view shown = *view;

	for (size_t i = 0; i < view->member_count; i++) {
		members[i] = view->members[i];
		members[i].winner = true;
	}
	shown.members = members;
	aisle_service_lck.view_applied(state, at, &shown, effects);
}

static void tells_nothing_lost(struct service *service, const struct service_view *view)
{
	(void)service;
	(void)view;
}

/* Only who sees that its view decides nothing tells; who was outvoted does not. */
static void tells_the_inquorate_alone(struct service *service, const struct service_view *view)
{
	if (!view->serving)
		aisle_service_lck.view_ended(service, view);
}

static bool is_compatible(const struct lck_resource *resource, uint32_t mode)
{
	return mode == SA_LCK_PR_LOCK_MODE ? resource->exclusive_count == 0 : resource->held_count == 0;
}

/* As openais does: whoever is compatible is let in, whoever waits longer. */
static void readers_overtake(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct lck_state *state = context;
	struct lck_held *next;

	aisle_service_lck.apply(context, at, operation, body, effects);
	for (struct lck_resource *resource = lck_resource_first(state); resource != NULL; resource = lck_resource_next(resource))
		for (struct lck_held *held = lck_held_first(&resource->queue); held != NULL; held = next) {
			next = lck_held_next(&resource->queue, held);
			if (is_compatible(resource, held->mode))
				lck_held_grant(state, held, (struct lck_token){.lineage = at->position.ring, .number = ++state->grant_count});
		}
}

/* An unlock wakes nobody. */
static void unlock_wakes_nobody(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_end unlock;
	struct lck_held *held;

	if (operation == LCK_OPERATION_UNLOCK && lck_end_decode(&in, &unlock) && !unlock.async &&
	    (held = lck_held_find(context, unlock.requester, unlock.number)) != NULL && held->granted) {
		lck_held_remove(context, held);
		if (unlock.requester.call != 0)
			effects_reply(effects, unlock.requester, SA_AIS_OK, (struct bytes){0});
		return;
	}
	aisle_service_lck.apply(context, at, operation, body, effects);
}

/* Who asks always has somebody else to wait for: cycles are not looked for. */
static void no_detection(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_owner *owner = NULL;
	struct lck_lock lock;

	if (operation == LCK_OPERATION_LOCK && lck_lock_decode(&in, &lock))
		owner = lck_owner_find(context, lock.requester);
	const size_t locks = owner == NULL ? 0 : owner->lock_count;
	if (owner != NULL)
		owner->lock_count = 0;
	aisle_service_lck.apply(context, at, operation, body, effects);
	if (owner != NULL)
		owner->lock_count += locks;
}

/* Whoever waits for one that waits is called deadlocked. */
static void detects_too_much(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct wire_writer answer = {0};
	struct lck_lock lock;

	if (operation == LCK_OPERATION_LOCK && lck_lock_decode(&in, &lock) && !lock.async) {
		struct lck_opened *opened = lck_opened_find(context, lock.requester, lock.request.open);
		const struct lck_held *holder = opened == NULL ? NULL : lck_held_first(&opened->resource->held);

		if (holder != NULL && holder->opened != NULL && !list_is_empty(&holder->opened->owner->waits) &&
		    lock.request.mode == SA_LCK_EX_LOCK_MODE && lock.request.flags == 0) {
			lck_answer_encode(&answer, &(struct lck_answer){
				.subject = LCK_SUBJECT_LOCK, .number = lock.request.lock, .open = lock.request.open, .status = SA_LCK_LOCK_DEADLOCK,
			});
			effects_reply(effects, lock.requester, SA_AIS_OK, wire_writer_bytes(&answer));
			wire_writer_clear(&answer);
			return;
		}
	}
	aisle_service_lck.apply(context, at, operation, body, effects);
}

/* A close releases all, as if no lock had been asked for with ORPHAN. */
static void close_leaves_no_orphan(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_opened *opened;
	struct lck_end close;

	if (operation == LCK_OPERATION_CLOSE && lck_end_decode(&in, &close) &&
	    (opened = lck_opened_find(context, close.requester, close.number)) != NULL)
		while (!list_is_empty(&opened->locks))
			lck_held_remove(context, container_of(opened->locks.next, struct lck_held, in_opened));
	aisle_service_lck.apply(context, at, operation, body, effects);
}

/* A purge takes what was asked for with ORPHAN, owned or not. */
static void purge_takes_owned(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	struct lck_opened *opened;
	struct lck_held *next;
	struct lck_end purge;

	if (operation == LCK_OPERATION_PURGE && lck_end_decode(&in, &purge) &&
	    (opened = lck_opened_find(context, purge.requester, purge.number)) != NULL)
		for (struct lck_held *held = lck_held_first(&opened->resource->held); held != NULL; held = next) {
			next = lck_held_next(&opened->resource->held, held);
			if ((held->flags & SA_LCK_LOCK_ORPHAN) != 0)
				lck_held_remove(context, held);
		}
	aisle_service_lck.apply(context, at, operation, body, effects);
}

/* A holder is told of the first that waits for it, and of no other. */
static void first_waiter_alone(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	size_t kept = 0;
	bool told = false;

	aisle_service_lck.apply(context, at, operation, body, effects);
	for (size_t i = 0; i < effects->count; i++) {
		const bool is_waiter = effects->list[i].kind == EFFECT_NOTIFY && effects->list[i].event == LCK_EVENT_WAITER;

		if (!is_waiter || !told)
			effects->list[kept++] = effects->list[i];
		told |= is_waiter;
	}
	effects->count = kept;
}

/* Grants are counted from the view on: a token is not above those of before, but for its lineage. */
static void view_counts_anew(void *context, const struct at *at, const struct service_view *view, struct effects *effects)
{
	((struct lck_state *)context)->grant_count = 0;
	aisle_service_lck.view_applied(context, at, view, effects);
}

/* What a joiner gets counts no grants. */
static bool decode_without_count(void *context, struct wire_reader *in)
{
	const bool done = aisle_service_lck.directory_decode(context, in);

	((struct lck_state *)context)->grant_count = 0;
	return done;
}

/* A lock is in the daemon's table from its grant on, told or not. */
static void told_when_granted(struct service *service, struct client *client, const struct effect *effect, struct bytes payload)
{
	aisle_service_lck.replied(service, client, effect, payload);
	if (effect->kind == EFFECT_NOTIFY)
		aisle_service_lck.told(service, client, effect->event, payload);
}

/* Opened again is opened: the claims are not looked at, and nothing is closed that is not among them. */
static void reclaim_does_nothing(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	if (operation != LCK_OPERATION_RECLAIM)
		aisle_service_lck.apply(context, at, operation, body, effects);
}

/* Decided by what this node is configured to, whatever the request carries. */
static void decides_by_own_limits(void *context, const struct at *at, uint16_t operation, struct bytes body, struct effects *effects)
{
	const struct lck_world_node *node = lck_node_stepped();
	struct wire_reader in = wire_reader_of(body);
	struct wire_writer changed = {0};
	union {
		struct lck_open open;
		struct lck_lock lock;
	} decoded;

	if (operation == LCK_OPERATION_OPEN && lck_open_decode(&in, &decoded.open)) {
		decoded.open.limits = node->opens;
		lck_open_encode(&changed, &decoded.open);
	} else if (operation == LCK_OPERATION_LOCK && lck_lock_decode(&in, &decoded.lock)) {
		decoded.lock.limits = node->locks;
		lck_lock_encode(&changed, &decoded.lock);
	}
	aisle_service_lck.apply(context, at, operation, changed.size > 0 ? wire_writer_bytes(&changed) : body, effects);
	wire_writer_clear(&changed);
}

static void no_client_closed(struct world_lck *world)
{
	world->inner.client_closed = NULL;
}

static void no_withdraw(struct world_lck *world)
{
	requests_copy(world)[LCK_REQUEST_LOCK].withdraw = NULL;
}

static void no_reclaim(struct world_lck *world)
{
	world->inner.client_reclaim = NULL;
}

static void no_told(struct world_lck *world)
{
	world->inner.told = NULL;
}

static void unlock_forgotten(struct world_lck *world)
{
	requests_copy(world)[LCK_REQUEST_UNLOCK].timeout_completes = false;
}

static void refusal_untold(struct world_lck *world)
{
	requests_copy(world)[LCK_REQUEST_LOCK_ASYNC].refused = NULL;
}

static void compares_number_alone(struct world_lck *world)
{
	world->compares_number_alone = true;
}

static void compares_nothing(struct world_lck *world)
{
	world->compares_nothing = true;
}

/* One is a hook in the place of LCK's own, a rule of the engine, or what a function changes. */
static const struct mutant {
	struct service_engine hooks;
	uint64_t rules_off;
	void (*change)(struct world_lck *world);
} mutants[] = {
	[1] = {.change = answers_agreed}, /* answers leave before they are stable */
	[2] = {.hooks.view_applied = view_takes_nothing}, /* locks of departed nodes stay */
	[3] = {.hooks.view_applied = view_takes_of_the_gone_alone}, /* locks of losers stay */
	[4] = {.hooks.view_ended = tells_nothing_lost}, /* nobody is told that a lock is lost */
	[5] = {.hooks.view_ended = tells_the_inquorate_alone}, /* losers are not told */
	[6] = {.change = no_client_closed}, /* locks of dead clients stay */
	[7] = {.change = no_withdraw}, /* a lock that timed out stays */
	[8] = {.change = no_reclaim}, /* what clients have open is not claimed again */
	[9] = {.hooks.apply = readers_overtake}, /* who is compatible is let in, whoever waits longer */
	[10] = {.hooks.apply = unlock_wakes_nobody}, /* who waits for a lock that is unlocked waits on */
	[11] = {.hooks.apply = no_detection}, /* cycles are not looked for */
	[12] = {.hooks.apply = detects_too_much}, /* who waits for one that waits is called deadlocked */
	[13] = {.hooks.apply = close_leaves_no_orphan}, /* a close leaves no orphan */
	[14] = {.hooks.apply = purge_takes_owned}, /* a purge takes what has an owner, too */
	[15] = {.hooks.apply = first_waiter_alone}, /* one holder is told of a waiter, others that block it are not */
	[16] = {.hooks.view_applied = view_counts_anew, .change = compares_number_alone}, /* the token's number alone is compared, and counts anew */
	[17] = {.hooks.directory_decode = decode_without_count}, /* a joiner counts grants from nothing */
	[18] = {.hooks.replied = told_when_granted, .change = no_told}, /* the daemon's table follows grants that a view may take back */
	[19] = {.hooks.apply = reclaim_does_nothing}, /* claims are not looked at */
	[20] = {.change = unlock_forgotten}, /* an unlock that could not be sent in time is forgotten */
	[21] = {.rules_off = UINT64_C(1) << RULE_FENCED_FIRST}, /* locks are released before their holder is fenced */
	[22] = {.rules_off = UINT64_C(1) << RULE_BARRIER_END_STABLE}, /* what was told before the end was stable */
	[23] = {.change = compares_nothing}, /* a resource that compares no token: cuts and sleeps let old holders write after new ones */
	[24] = {.change = refusal_untold}, /* a posted request that the gate refuses is told nothing */
	[25] = {.hooks.apply = decides_by_own_limits}, /* each node decides by its own limits */
};

static void hooks_take(struct service_engine *service, const struct service_engine *hooks)
{
	service->apply = hooks->apply != NULL ? hooks->apply : service->apply;
	service->view_applied = hooks->view_applied != NULL ? hooks->view_applied : service->view_applied;
	service->view_ended = hooks->view_ended != NULL ? hooks->view_ended : service->view_ended;
	service->directory_decode = hooks->directory_decode != NULL ? hooks->directory_decode : service->directory_decode;
	service->replied = hooks->replied != NULL ? hooks->replied : service->replied;
}

void lck_mutant_apply(struct world_lck *world, uint32_t mutation)
{
	if (mutation >= sizeof mutants / sizeof mutants[0])
		return;
	const struct mutant *mutant = &mutants[mutation];

	hooks_take(&world->inner, &mutant->hooks);
	world->rules_off = mutant->rules_off;
	if (mutant->change != NULL)
		mutant->change(world);
}
