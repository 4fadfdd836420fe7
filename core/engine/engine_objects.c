/* R19: what becomes of content when no member of a view has all of it. States that a node gives up are kept as long as they hold an object
 * whose replacement is not complete. In a view whose winners have no complete replica (a partial view) each member says which older
 * objects it keeps and of which lineage; who has the newest one of an object sends, in order, that it is restored from there, if that
 * is the lineage under which somebody last had it whole, or if a loss may be accepted (no quorum required, or adopted). What nobody
 * has is given up when adopted. Objects may also be on some nodes alone, which the directory lists: who has filled one says so in order, and
 * one whose complete replicas have all left is lost like the others. Everything else about it is in the services' directories. Not here: how restored content goes on to
 * the others (engine_catchup.c). */
#include "core/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum content_operation { CONTENT_RESTORE = SERVICE_OPERATION_ENGINE, CONTENT_GIVE_UP, CONTENT_FILLED };
enum { HOLDINGS_OVERHEAD = ENGINE_HEADER_SIZE + 2 + 1 + 4, HOLDING_SIZE_MAX = 12 + 4 + SERVICE_OBJECT_KEY_MAX };

static int found_compare(const void *key, const struct tree_node *node)
{
	const struct found_object *found = container_of(node, struct found_object, by_key);

	return bytes_compare(*(const struct bytes *)key, bytes_of(found->key, found->key_size));
}

void objects_init(struct service *service)
{
	service->found = (struct tree){.compare = found_compare};
}

static void found_clear(struct service *service)
{
	struct tree_node *node;

	while ((node = tree_first(&service->found)) != NULL) {
		tree_remove(&service->found, node);
		free(container_of(node, struct found_object, by_key));
	}
}

static void older_clear(struct service *service)
{
	while (service->older != NULL) {
		struct older *older = service->older;

		service->older = older->next;
		service->table->state_free(older->state);
		free(older);
	}
}

void objects_clear(struct service *service)
{
	found_clear(service);
	older_clear(service);
}

void objects_view_stop(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		found_clear(&engine->services[s]);
		engine->services[s].partial = engine->services[s].nobody = false;
	}
}

void *objects_state_new(struct engine *engine, const struct service *service)
{
	void *state = service->table->state_new(engine->host);

	if (state != NULL && service->table->self_set != NULL)
		service->table->self_set(state, engine->config.node, engine->config.incarnation);
	return state;
}

bool objects_any_listed(const struct service *service)
{
	return service->table->objects_listed != NULL && service->state != NULL && service->table->objects_listed(service->state);
}

/* --- Older states. --- */

static bool older_has(const struct service *service, const struct older *older, struct bytes key)
{
	struct service_object object;

	return service->table->object_find(older->state, key, &object) && object.complete;
}

/* Takes over `state`; the newest lineage first. True: it is kept. */
bool objects_replaced(struct engine *engine, struct service *service, void *state, struct ring_id version)
{
	struct older **where = &service->older, *older;

	if (service->table->object_next == NULL || ring_id_is_none(version) || !rule_on(engine, RULE_LOSER_KEEPS_OLD)) {
		service->table->state_free(state);
		return false;
	}
	older = engine_allocate(engine, sizeof *older);
	if (older == NULL) {
		service->table->state_free(state);
		return false;
	}
	while (*where != NULL && ring_id_compare((*where)->version, version) > 0)
		where = &(*where)->next;
	*older = (struct older){.next = *where, .state = state, .version = version};
	*where = older;
	return true;
}

static bool newer_has(const struct service *service, const struct older *older, struct bytes key)
{
	for (const struct older *newer = service->older; newer != older; newer = newer->next)
		if (older_has(service, newer, key))
			return true;
	return false;
}

/* An object stays while the view's state knows it and lacks it here, and no newer state kept has it. One that lies elsewhere lacks nothing. */
static bool older_needed(const struct service *service, const struct older *older, const struct service_object *object)
{
	struct service_object now;

	return object->complete && service->table->object_find(service->state, object->key, &now) && !now.complete &&
	       (!now.elsewhere || !ring_id_is_none(now.lost)) && !newer_has(service, older, object->key);
}

/* Lets go what `older` need not keep, from the front on; `whole`: not only up to the first that stays. True: something stays. */
static bool older_prune(const struct service *service, struct older *older, bool whole)
{
	uint8_t key[SERVICE_OBJECT_KEY_MAX];
	struct bytes after = {0};
	struct service_object object;
	bool stays = false;

	while (service->table->object_next(older->state, after, &object)) {
		const bool needed = older_needed(service, older, &object);

		stays |= needed;
		if (stays && !whole)
			break;
		memcpy(key, object.key.data, object.key.size);
		after = bytes_of(key, object.key.size);
		if (!needed)
			service->table->object_forget(older->state, after);
	}
	return stays;
}

static void prune(struct service *service, bool whole)
{
	for (struct older **where = &service->older, *older; (older = *where) != NULL;) {
		if ((!service->complete || objects_any_listed(service)) && older_prune(service, older, whole)) {
			where = &older->next;
			continue;
		}
		*where = older->next;
		service->table->state_free(older->state);
		free(older);
	}
}

void objects_prune(struct service *service)
{
	prune(service, true);
}

/* Ranges come in the order of keys, so the front is what has been replaced. */
void objects_came(struct service *service)
{
	prune(service, false);
}

/* --- What the members have. --- */

static struct found_object *found_get(struct engine *engine, struct service *service, struct bytes key, bool make)
{
	struct tree_node *node = tree_find(&service->found, &key);
	struct found_object *found;

	if (node != NULL)
		return container_of(node, struct found_object, by_key);
	if (!make || service->found.count == ENGINE_FOUND_OBJECTS_MAX)
		return NULL;
	found = engine_allocate(engine, sizeof *found + key.size);
	if (found == NULL)
		return NULL;
	found->member = found->holder = SIZE_MAX;
	found->key_size = key.size;
	if (key.size > 0)
		memcpy(found->key, key.data, key.size);
	tree_insert(&service->found, &found->by_key, &key);
	return found;
}

static void holdings_send(struct engine *engine, struct service *service, struct wire_writer *entries, bool last)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, ENGINE_HOLDINGS, engine->view.ring);
	engine_holdings_encode(&out, &(struct engine_holdings){
		.service = service->table->id, .last = last, .entries = wire_writer_bytes(entries),
	});
	out.failed |= entries->failed;
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
	wire_writer_reset(entries);
}

static void holdings_put(struct engine *engine, struct service *service, const void *state, struct ring_id version,
                         struct wire_writer *entries)
{
	struct service_object object = {0};

	while (service->table->object_next(state, object.key, &object)) {
		if (!object.complete || (!service->nobody && !object.listed))
			continue; /* what is on all nodes somebody has */
		if (entries->size + HOLDINGS_OVERHEAD + HOLDING_SIZE_MAX > engine->group->message_size_max)
			holdings_send(engine, service, entries, false);
		engine_holding_encode(entries, &(struct engine_holding){.version = version, .key = object.key});
	}
}

/* A loser's state counts among the older ones already. */
static void holdings_tell(struct engine *engine, struct service *service)
{
	struct wire_writer entries = {0};

	if (!view_self_source(engine, service->index) && !ring_id_is_none(engine->lineage))
		holdings_put(engine, service, service->state, engine->lineage, &entries);
	for (const struct older *older = service->older; older != NULL; older = older->next)
		holdings_put(engine, service, older->state, older->version, &entries);
	holdings_send(engine, service, &entries, true);
	wire_writer_clear(&entries);
}

static bool all_told(const struct service *service)
{
	const struct view *view = &service->engine->view;

	for (size_t i = 0; i < view->count; i++)
		if (claim_service_find(&view->claims[i], service->table->id) != NULL &&
		    (view->members[i].told_holdings >> service->index & 1) == 0)
			return false;
	return true;
}

bool objects_waits(const struct service *service)
{
	return service->partial && !all_told(service);
}

/* The states that the view takes are those that were begun anew, without content, and are equal, of one lineage. */
void objects_begin(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if (!service->partial)
			continue;
		if (service->nobody && view_self_source(engine, s))
			service->table->objects_lost(service->state, engine->view.claims[engine->view.self].lineage);
		holdings_tell(engine, service);
	}
}

/* The newest; of equal ones the member with the lowest id. */
static bool is_better(const struct engine *engine, const struct found_object *found, size_t member, struct ring_id version)
{
	if (!found->held || ring_id_equal(found->version, version))
		return !found->held || member < found->member;
	return (ring_id_compare(version, found->version) > 0) == rule_on(engine, RULE_NEWEST_OLDER);
}

void objects_on_holdings(struct engine *engine, size_t member, struct wire_reader *in)
{
	struct engine_holdings holdings;
	struct engine_holding holding;

	if (!engine_holdings_decode(in, &holdings) || !engine->view.ended)
		return;
	struct service *service = engine_service_of_id(engine, holdings.service);
	struct wire_reader entries = wire_reader_of(holdings.entries);

	if (service == NULL || !service->partial)
		return;
	while (engine_holding_next(&entries, &holding)) {
		struct found_object *found = found_get(engine, service, holding.key, true);

		if (found == NULL || !is_better(engine, found, member, holding.version))
			continue;
		found->held = true;
		found->member = member;
		found->version = holding.version;
	}
	if (entries.failed)
		wire_fail(in);
	if (!holdings.last)
		return;
	engine->view.members[member].told_holdings |= UINT32_C(1) << service->index;
	engine->waiting_dirty = true;
	objects_step(engine);
}

/* --- Restoring. --- */

static bool is_first_of(const struct engine *engine, const struct service *service)
{
	for (size_t i = 0; i < engine->view.count; i++)
		if (catchup_state_held(engine, i, service->index))
			return i == engine->view.self;
	return false;
}

static void restore_send(struct engine *engine, struct service *service, struct bytes key, const struct found_object *found)
{
	for (const struct older *older = service->older; older != NULL; older = older->next) {
		if (!ring_id_equal(older->version, found->version) || !older_has(service, older, key))
			continue;
		struct wire_writer *out = service_operation(service, CONTENT_RESTORE);

		ring_id_encode(out, found->version);
		wire_put_bytes(out, key);
		service->table->object_encode(older->state, key, out);
		operations_send(engine, service, FLIGHT_OWN, NULL);
		return;
	}
}

static void lost_step(struct engine *engine, struct service *service, const struct service_object *object)
{
	const struct view *view = &engine->view;
	struct found_object *found = found_get(engine, service, object->key, true);

	if (found == NULL || found->sent || found->restored)
		return;
	if (!found->held) {
		if (!view->full || !is_first_of(engine, service))
			return;
		wire_put_bytes(service_operation(service, CONTENT_GIVE_UP), object->key);
		found->sent = true;
		operations_send(engine, service, FLIGHT_OWN, NULL);
		return;
	}
	const bool is_whole = ring_id_compare(found->version, object->lost) >= 0;
	if (found->member != view->self || !(is_whole || view->full || !view->verdict.quorum_required ||
	                                     !rule_on(engine, RULE_OLDER_IS_LOSS)))
		return;
	found->sent = true;
	restore_send(engine, service, object->key, found);
}

/* So that nobody looks at all objects for nothing. */
static bool none_lost(const struct service *service)
{
	return service->table->objects_lost_count != NULL && service->table->objects_lost_count(service->state) == 0;
}

void objects_step(struct engine *engine)
{
	const struct view *view = &engine->view;

	if (!view->ended || !view->serving || view->transitional)
		return;
	for (size_t s = 0; s < engine->service_count && !engine->leaving; s++) {
		struct service *service = &engine->services[s];
		struct service_object object = {0};

		if (!service->partial || !all_told(service) || (engine->pull.joining && !view_self_source(engine, s)) ||
		    !catchup_state_held(engine, view->self, s) || none_lost(service))
			continue;
		while (service->table->object_next(service->state, object.key, &object))
			if (!ring_id_is_none(object.lost))
				lost_step(engine, service, &object);
	}
}

/* At its delivery, on all members alike: the first word on an object counts. False: it is void. */
bool objects_on_operation(struct engine *engine, struct service *service, size_t member, const struct engine_operation *operation)
{
	struct wire_reader in = wire_reader_of(operation->body);
	struct found_object *found;

	if (operation->operation < SERVICE_OPERATION_ENGINE || operation->operation == CONTENT_FILLED)
		return true;
	if (!service->partial)
		return false;
	if (operation->operation == CONTENT_RESTORE)
		ring_id_decode(&in);
	const struct bytes key = wire_get_bytes(&in, SERVICE_OBJECT_KEY_MAX);
	found = in.failed ? NULL : found_get(engine, service, key, true);
	if (found == NULL || found->restored)
		return false;
	found->restored = true;
	found->holder = operation->operation == CONTENT_RESTORE ? member : SIZE_MAX;
	engine->waiting_dirty = true;
	return true;
}

/* `version`: of the older state that it goes on from; none: there is none. */
static void given_up(struct engine *engine, struct service *service, struct bytes name, struct ring_id version)
{
	const struct ring_text ring = ring_id_text(version);
	char text[300];
	const int size = snprintf(text, sizeof text, "%s: %.*s", service->table->name, (int)name.size, (const char *)name.data);

	if (ring_id_is_none(version))
		engine_log(engine, HOST_LOG_WARNING, "content-given-up", "%s: no member has its content, not even an older one: it is"
		           " lost", text);
	else
		engine_log(engine, HOST_LOG_WARNING, "content-given-up", "%s: no member has its content whole: it goes on as of ring"
		           " %s, what was answered since is lost", text, ring.text);
	if (size > 0 && engine->given_up_count < ENGINE_STATUS_NAMES)
		engine->given_up[engine->given_up_count] = strdup(text);
	engine->given_up_count++;
}

static const void *own_older(const struct service *service, struct bytes key, struct ring_id version)
{
	for (const struct older *older = service->older; older != NULL; older = older->next)
		if (ring_id_equal(older->version, version) && older_has(service, older, key))
			return older->state;
	return NULL;
}

static void restore(struct engine *engine, struct service *service, void *state, const struct at *at, struct wire_reader *in)
{
	const struct ring_id version = ring_id_decode(in);
	const struct bytes key = wire_get_bytes(in, SERVICE_OBJECT_KEY_MAX);
	const bool own = at->sender == engine->config.node && state == service->state;
	struct service_object object;

	if (in->failed || !service->table->object_find(state, key, &object) || ring_id_is_none(object.lost))
		return;
	const void *older = own ? own_older(service, key, version) : NULL;
	const bool is_loss = ring_id_compare(version, object.lost) < 0;
	if (own && older == NULL) {
		engine_leave(engine, "an object that this node was to restore is not here any more");
		return;
	}
	if (service->table->object_restore(state, at, key, in, older, &engine->effects) && is_loss && state == service->state)
		given_up(engine, service, object.name, version);
}

static void give_up(struct engine *engine, struct service *service, void *state, const struct at *at, struct wire_reader *in)
{
	const struct bytes key = wire_get_bytes(in, SERVICE_OBJECT_KEY_MAX);
	struct service_object object;

	if (in->failed || !service->table->object_find(state, key, &object) || ring_id_is_none(object.lost))
		return;
	if (state == service->state)
		given_up(engine, service, object.name, (struct ring_id){0});
	service->table->object_give_up(state, at, key, &engine->effects);
}

static void filled(struct engine *engine, struct service *service, void *state, const struct at *at, struct wire_reader *in)
{
	const struct bytes key = wire_get_bytes(in, SERVICE_OBJECT_KEY_MAX);
	const uint64_t number = wire_get_u64(in);

	if (!wire_finish(in) || service->table->object_filled == NULL)
		return;
	service->table->object_filled(state, at, key, number, &engine->effects);
	engine->waiting_dirty = true;
}

/* What came whole, of objects that this node is being filled with: from then on it counts as a replica. */
void objects_filled_send(struct engine *engine)
{
	const struct view *view = &engine->view;
	struct service_object object;

	if (engine->leaving || view->transitional || !view->ended || !view->serving || engine->pull.joining || !view->members[view->self].stamped)
		return;
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		while (service->table->fill_next != NULL && service->table->fill_next(service->state, &object)) {
			struct wire_writer *out = service_operation(service, CONTENT_FILLED);

			wire_put_bytes(out, object.key);
			wire_put_u64(out, object.number);
			operations_send(engine, service, FLIGHT_OWN, NULL);
		}
	}
}

void objects_apply(struct engine *engine, struct service *service, void *state, const struct at *at, uint16_t operation,
                   struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);

	if (service->table->object_next == NULL)
		return;
	if (operation == CONTENT_FILLED) {
		filled(engine, service, state, at, &in);
		return;
	}
	if (operation == CONTENT_RESTORE)
		restore(engine, service, state, at, &in);
	else if (operation == CONTENT_GIVE_UP)
		give_up(engine, service, state, at, &in);
	if (state != service->state)
		return;
	objects_came(service);
	catchup_step(engine);
}

/* --- For those who ask. --- */

bool objects_any_lost_everywhere(const struct service *service)
{
	struct service_object object = {0};

	if (service->table->object_next == NULL || service->state == NULL || !service->nobody || none_lost(service))
		return false;
	while (service->table->object_next(service->state, object.key, &object))
		if (!ring_id_is_none(object.lost) && !object.listed)
			return true;
	return false;
}

bool objects_any_lost(const struct service *service)
{
	struct service_object object = {0};

	if (service->table->object_next == NULL || service->state == NULL || !service->partial || none_lost(service))
		return false;
	while (service->table->object_next(service->state, object.key, &object))
		if (!ring_id_is_none(object.lost))
			return true;
	return false;
}

static const struct found_object *found_find(const struct service *service, struct bytes object)
{
	const struct tree_node *node = tree_find(&service->found, &object);

	return node == NULL ? NULL : container_of(node, struct found_object, by_key);
}

bool objects_older(const struct service *service, struct bytes object, struct ring_id *version, size_t *member)
{
	const struct found_object *found = found_find(service, object);

	if (found == NULL || !found->held)
		return false;
	*version = found->version;
	*member = found->member;
	return true;
}

/* What the directory says. Until the view's end has been applied there, only those count whose state the view takes. */
static enum service_holding holding_of(const struct service *service, struct bytes object, size_t member)
{
	const struct view *view = &service->engine->view;
	const struct claim *claim = &view->claims[member];

	if (!objects_any_listed(service) || object.size == 0)
		return HOLDING_ALL;
	const enum service_holding holding = service->table->object_holding(service->state, object, claim->node, claim->incarnation);
	const bool is_source = (view->members[member].source >> service->index & 1) != 0;
	return holding == HOLDING_COMPLETE && !view->applied && !is_source ? HOLDING_NONE : holding;
}

bool objects_held_by(const struct service *service, struct bytes object, size_t member)
{
	const struct view *view = &service->engine->view;
	const enum service_holding holding = holding_of(service, object, member);

	if (holding != HOLDING_ALL)
		return holding == HOLDING_COMPLETE;
	const struct found_object *found = found_find(service, object);
	struct service_object own;

	if (member == view->self && service->table->object_find != NULL)
		return service->table->object_find(service->state, object, &own) && own.complete;
	return (view->members[member].complete >> service->index & 1) != 0 ||
	       (found != NULL && found->restored && found->holder == member);
}

bool objects_held_by_other(const struct service *service, struct bytes object)
{
	const struct view *view = &service->engine->view;
	const struct found_object *found = found_find(service, object);

	for (size_t i = 0; i < view->count; i++) {
		const enum service_holding holding = holding_of(service, object, i);

		if (i != view->self && (holding == HOLDING_COMPLETE ||
		                        (holding == HOLDING_ALL && (view->members[i].complete >> service->index & 1) != 0)))
			return true;
	}
	if (holding_of(service, object, view->self) != HOLDING_ALL)
		return false;
	return found != NULL && found->restored && found->holder != SIZE_MAX && found->holder != view->self;
}

/* Of a listed object: the next one behind this node that is a complete replica, so that donors share the work. */
static size_t listed_donor(const struct engine *engine, const struct service *service, struct bytes object)
{
	const struct view *view = &engine->view;

	for (size_t n = 1; n < view->count; n++) {
		const size_t i = (view->self + n) % view->count;

		if (holding_of(service, object, i) == HOLDING_COMPLETE)
			return i;
	}
	return SIZE_MAX;
}

/* Who is complete; else who restored it; else who has been here from the view's beginning, so an object made since is there. */
size_t objects_donor(const struct engine *engine, const struct service *service, struct bytes object)
{
	const struct view *view = &engine->view;
	const struct found_object *found = found_find(service, object);

	if (holding_of(service, object, view->self) != HOLDING_ALL)
		return listed_donor(engine, service, object);
	for (size_t i = 0; i < view->count; i++)
		if (i != view->self && (view->members[i].complete >> service->index & 1) != 0)
			return i;
	if (!service->nobody)
		return SIZE_MAX;
	if (found != NULL && found->restored && found->holder != SIZE_MAX)
		return found->holder == view->self ? SIZE_MAX : found->holder;
	for (size_t i = 0; i < view->count; i++)
		if (i != view->self && (view->members[i].source >> service->index & 1) != 0)
			return i;
	return SIZE_MAX;
}
