/* Held answers: what leaves this node once its position is stable under a stamped majority (R10, R12, R14), and debts (R15). Held in
 * the order of positions and released from the front. */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

static struct held *held_first(const struct engine *engine)
{
	struct tree_node *node = tree_first(&engine->held);

	return node == NULL ? NULL : container_of(node, struct held, in_held);
}

static struct held *held_next(const struct held *held)
{
	struct tree_node *node = tree_next(&held->in_held);

	return node == NULL ? NULL : container_of(node, struct held, in_held);
}

static void held_insert(struct engine *engine, struct held *held)
{
	held->serial = ++engine->serial;
	const struct {
		struct position position;
		uint64_t serial;
	} key = {held->position, held->serial};

	tree_insert(&engine->held, &held->in_held, &key);
}

bool answers_hold(struct engine *engine, struct held held, struct bytes payload)
{
	struct held *copy = engine_allocate(engine, sizeof *copy + payload.size);

	if (copy == NULL)
		return false;
	*copy = held;
	copy->size = payload.size;
	if (payload.size > 0)
		memcpy(copy->payload, payload.data, payload.size);
	held_insert(engine, copy);
	return true;
}

static struct call *held_call(struct engine *engine, const struct held *held)
{
	struct client *client = client_find(engine, held->client);
	struct call *call = client == NULL ? NULL : client_call(client, held->call);

	return call == NULL || call->state == CALL_WITHDRAWN ? NULL : call;
}

static void debt_remove(struct engine *engine, struct debt *debt)
{
	list_remove(&debt->entry);
	engine->debt_count--;
	free(debt);
}

void answers_debt_add(struct engine *engine, struct requester requester, uint64_t number)
{
	struct debt *debt = engine_allocate(engine, sizeof *debt);

	if (debt == NULL)
		return;
	*debt = (struct debt){.requester = requester, .number = number};
	list_append(&engine->debts, &debt->entry);
	engine->debt_count++;
}

/* The operation that undoes it is stable. */
static void debt_paid(struct engine *engine, uint64_t number)
{
	for (struct list *entry = engine->debts.next; entry != &engine->debts; entry = entry->next) {
		struct debt *debt = container_of(entry, struct debt, entry);

		if (debt->number == number) {
			debt_remove(engine, debt);
			return;
		}
	}
}

void answers_debts_settled(struct engine *engine)
{
	for (struct list *entry = engine->debts.next, *next; entry != &engine->debts; entry = next) {
		struct debt *debt = container_of(entry, struct debt, entry);

		next = entry->next;
		if (ring_id_equal(debt->claimed, engine->view.ring))
			debt_remove(engine, debt);
	}
}

/* Its node alone has what it promises, so it must still be in everybody's ring, and everybody must know that it is the active one: who
 * was before it answers no more. What comes in a transitional configuration is undecided here too. */
static bool leaves_active(struct engine *engine, const struct service *service, const struct effect *effect)
{
	return effect->active_node == engine->config.node && !engine->view.transitional && gate_lease(engine) &&
	       answers_stable_now(engine, effect->active_since, service->index);
}

static bool leaves_at_once(struct engine *engine, const struct service *service, const struct service_request *row,
                           const struct effect *effect)
{
	switch (row->answer) {
	case ANSWER_AT_ONCE:
	case ANSWER_AGREED:
		return true;
	case ANSWER_STABLE_UNLESS_ACTIVE:
		return leaves_active(engine, service, effect);
	case ANSWER_STABLE:
		break;
	}
	return false;
}

static void reply(struct engine *engine, struct service *service, struct client *client, const struct effect *effect,
                  struct position position)
{
	struct call *call = client_call(client, effect->requester.call);
	const struct bytes payload = effects_payload(&engine->effects, effect);

	if (call == NULL || call->state == CALL_HELD || call->state == CALL_WITHDRAWN)
		return;
	if (service->table->replied != NULL)
		service->table->replied(service, client, effect, payload);
	if (call_expires_late(call))
		return;
	if (leaves_at_once(engine, service, &service->table->requests[call->request], effect)) {
		engine->answered_apart += effect->active_node != 0 && effect->code == RESULT_OK && !engine->view.primary;
		call_answer(call, effect->code, payload);
		return;
	}
	const bool is_read = service->table->requests[call->request].gate == GATE_READ;
	call->state = CALL_HELD;
	list_remove(&call->in_waiting); /* a read that another node answers before it could here */
	answers_hold(engine, (struct held){.kind = is_read ? HELD_READ : HELD_ANSWER, .position = position, .service = service->index, .client = client->id,
	                                   .call = call->number, .code = effect->code}, payload);
}

static void read_ordered(struct client *client, uint64_t number)
{
	struct call *call = client_call(client, number);

	if (call != NULL)
		call_read_ordered(call);
}

void answers_effects(struct engine *engine, struct service *service, struct position position)
{
	if (engine->effects.failed) {
		engine_leave(engine, "no memory for effects");
		return;
	}
	for (size_t i = 0; i < engine->effects.count; i++) {
		const struct effect *effect = &engine->effects.list[i];

		if (effect->kind == EFFECT_DUE) {
			keeper_due(engine, service, effect->due_ns);
			continue;
		}
		if (effect->kind == EFFECT_ASK) {
			if (effect->asked_node == engine->config.node && service->table->asked != NULL)
				service->table->asked(service, effects_payload(&engine->effects, effect));
			continue;
		}
		if (effect->requester.node != engine->config.node || effect->requester.incarnation != engine->config.incarnation)
			continue;
		struct client *client = client_find(engine, effect->requester.client);
		if (client == NULL || client->service != service || client->closing)
			continue;
		if (effect->kind == EFFECT_REPLY) {
			reply(engine, service, client, effect, position);
			continue;
		}
		if (effect->kind == EFFECT_READ) {
			read_ordered(client, effect->requester.call);
			continue;
		}
		if (service->table->replied != NULL)
			service->table->replied(service, client, effect, effects_payload(&engine->effects, effect));
		answers_hold(engine, (struct held){.kind = HELD_EVENT, .position = position, .service = service->index,
		                                   .client = client->id, .event = effect->event},
		             effects_payload(&engine->effects, effect));
	}
	if (engine->held.count > 0)
		answers_release(engine);
}

/* What was served before this view is stable with the barrier's end. */
static struct position view_position(const struct view *view, struct position position)
{
	return ring_id_equal(position.ring, view->ring) ? position : view->end;
}

static bool majority_stable(const struct engine *engine, size_t service)
{
	const struct view *view = &engine->view;

	if (engine->service_count == 0)
		return true;
	if (!view->majority[service])
		return false;
	return !view->verdict.quorum_required || !rule_on(engine, RULE_BARRIER_END_STABLE) ||
	       (view->stable_valid && position_compare(view->stable, view->majority_at[service]) >= 0);
}

bool answers_stable_now(struct engine *engine, struct position position, size_t service)
{
	const struct view *view = &engine->view;
	const struct position line = view_position(view, position);

	if (!view->ended || !view->serving || engine_now(engine) < view->release_not_before_ns || !majority_stable(engine, service))
		return false;
	if (!rule_on(engine, RULE_BARRIER_END_STABLE) && position_equal(line, view->end))
		return true;
	return view->stable_valid && position_compare(view->stable, line) >= 0;
}

static bool is_advisory(const struct service *service, uint16_t event)
{
	return event < 64 && (service->table->advisory_events >> event & 1) != 0;
}

static bool client_fetches(const struct engine *engine, uint64_t client)
{
	const struct host *host = engine->host;

	return host->client_backlog == NULL || host->client_backlog(host->context, client) < ENGINE_ADVISORY_BACKLOG_MAX;
}

static void event_leave(struct engine *engine, const struct held *held, struct bytes payload)
{
	struct client *client = client_find(engine, held->client);

	if (client == NULL || (is_advisory(client->service, held->event) && !client_fetches(engine, held->client)))
		return;
	if (client->service->table->told != NULL)
		client->service->table->told(client->service, client, held->event, payload);
	engine->host->client_event(engine->host->context, held->client, held->event, payload);
}

static void held_leave(struct engine *engine, struct held *held)
{
	const struct bytes payload = bytes_of(held->payload, held->size);
	struct call *call;

	tree_remove(&engine->held, &held->in_held);
	switch (held->kind) {
	case HELD_ANSWER:
	case HELD_READ:
		call = held_call(engine, held);
		if (call == NULL)
			break;
		if (call_expires_late(call))
			break;
		engine->answered_apart += held->kind == HELD_ANSWER && held->code == RESULT_OK && !engine->view.primary;
		call_answer(call, held->code, payload);
		break;
	case HELD_EVENT:
		event_leave(engine, held, payload);
		break;
	case HELD_DEBT:
		if (engine->view.primary)
			debt_paid(engine, held->call);
		operations_owed_stable(engine, held->call);
		break;
	}
	free(held);
}

/* R16: time itself holds back what a node that was left out may still contradict. */
static bool release_waits(struct engine *engine)
{
	const int64_t until_ns = engine->view.release_not_before_ns;

	if (engine_now(engine) >= until_ns)
		return false;
	engine_timer_arm(engine, ENGINE_TIMER_RELEASE, until_ns);
	return true;
}

void answers_release(struct engine *engine)
{
	const struct view *view = &engine->view;

	if (!view->ended || release_waits(engine))
		return;
	barrier_tell(engine);
	for (struct held *held = held_first(engine), *next; held != NULL && !engine->leaving; held = next) {
		next = held_next(held);
		if (answers_stable_now(engine, held->position, held->service))
			held_leave(engine, held);
		else if (majority_stable(engine, held->service))
			break; /* and so is nothing behind it */
	}
}

/* R14: kept is what the view's state has, the content concerned included. */
static bool decided_kept(struct engine *engine, const struct held *held)
{
	const struct view *view = &engine->view;
	const struct service *service = &engine->services[held->service];

	if (!view->serving || (engine->service_count > 0 && !view_self_source(engine, held->service)))
		return false;
	if (engine->service_count > 0 && !gate_service_counts(engine, service))
		return false; /* R10 will not hold in this view */
	if (engine->service_count == 0 || service->table->range_next == NULL)
		return true;
	if (!rule_on(engine, RULE_DECIDED_ONLY_IF_CONTENT_KEPT))
		return true;
	/* Of what is not on all nodes a holder with this very state is enough. */
	return service->complete &&
	       (!objects_any_listed(service) || service->table->objects_covered(service->state, barrier_view_of(engine, service)));
}

static void held_undone(struct engine *engine, struct held *held)
{
	struct call *call = held->kind == HELD_ANSWER || held->kind == HELD_READ ? held_call(engine, held) : NULL;
	const enum held_kind kind = held->kind;
	const uint64_t number = held->call;

	free(held);
	if (kind == HELD_DEBT)
		operations_owed_undone(engine, number);
	if (call == NULL)
		return;
	if (kind == HELD_READ)
		call_answer(call, RESULT_TRY_AGAIN, (struct bytes){0});
	else
		call_expire(call);
}

/* The kept ones wait for the end itself to be stable, in the order they had. */
void answers_decide(struct engine *engine)
{
	struct held *held;
	struct list kept;
	struct moved {
		struct list entry;
		struct held *held;
	} *moved;

	list_init(&kept);
	while ((held = held_first(engine)) != NULL) {
		tree_remove(&engine->held, &held->in_held);
		moved = decided_kept(engine, held) ? engine_allocate(engine, sizeof *moved) : NULL;
		if (moved == NULL) {
			held_undone(engine, held);
			continue;
		}
		moved->held = held;
		list_append(&kept, &moved->entry);
	}
	while (!list_is_empty(&kept)) {
		moved = container_of(kept.next, struct moved, entry);
		list_remove(&moved->entry);
		moved->held->position = engine->view.end;
		held_insert(engine, moved->held);
		free(moved);
	}
}

/* Only for the mutant of R14. */
void answers_release_at_view(struct engine *engine)
{
	struct held *held;

	while ((held = held_first(engine)) != NULL)
		held_leave(engine, held);
}

void answers_clear(struct engine *engine)
{
	struct held *held;

	while ((held = held_first(engine)) != NULL) {
		tree_remove(&engine->held, &held->in_held);
		free(held);
	}
	while (!list_is_empty(&engine->debts))
		debt_remove(engine, container_of(engine->debts.next, struct debt, entry));
}
