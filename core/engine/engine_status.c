/* What `ais status` shows. */
#include "core/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>

static size_t calls_of(const struct service *service)
{
	size_t count = 0;

	for (const struct list *entry = service->clients.next; entry != &service->clients; entry = entry->next)
		count += container_of(entry, const struct client, in_service)->call_count;
	return count;
}

static void lost_say(const struct engine *engine, const struct service *service, const struct service_object *object,
                     struct engine_status *status)
{
	const int size = (int)object->name.size;
	const char *name = (const char *)object->name.data;
	struct ring_id version;
	size_t member;

	if (status->lost_count == ENGINE_STATUS_NAMES)
		return;
	char *text = status->lost[status->lost_count++];
	if (objects_older(service, object->key, &version, &member))
		snprintf(text, ENGINE_STATUS_TEXT, "%s: %.*s (node %u keeps a state of ring %s)", service->table->name, size, name,
		         (unsigned)engine->view.claims[member].node, ring_id_text(version).text);
	else
		snprintf(text, ENGINE_STATUS_TEXT, "%s: %.*s (no member keeps anything of it)", service->table->name, size, name);
}

static void status_objects(const struct engine *engine, size_t s, struct engine_status *status)
{
	const struct service *service = &engine->services[s];
	struct engine_status_service *shown = &status->services[s];
	struct service_object object = {0};

	if (service->table->object_next == NULL || service->state == NULL ||
	    (service->complete && !objects_any_listed(service)))
		return;
	while (service->table->object_next(service->state, object.key, &object)) {
		if (!ring_id_is_none(object.lost)) {
			shown->objects_lost++;
			lost_say(engine, service, &object, status);
		} else if (!object.complete && !object.elsewhere) {
			shown->objects_left++;
			shown->bytes_left += object.lacking;
		}
	}
}

/* Whether another member could go on with the service's small state. */
static bool state_elsewhere(const struct engine *engine, const struct service *service)
{
	for (size_t i = 0; i < engine->view.count; i++)
		if (i != engine->view.self && catchup_state_held(engine, i, service->index))
			return true;
	return false;
}

/* The first object that this node alone has whole, or alone has the newest older state of. */
static bool object_at_risk(const struct engine *engine, const struct service *service, struct service_object *object)
{
	struct ring_id version;
	size_t member;

	*object = (struct service_object){0};
	if (!objects_any_listed(service) && objects_held_by_other(service, (struct bytes){0}))
		return false; /* all of them */
	while (service->table->object_next(service->state, object->key, object)) {
		if (object->complete && !objects_held_by_other(service, object->key))
			return true;
		if (!ring_id_is_none(object->lost) && objects_older(service, object->key, &version, &member) && member == engine->view.self)
			return true;
	}
	return false;
}

static bool service_at_risk(const struct engine *engine, const struct service *service, char *reason)
{
	struct service_object object;

	if (service->state == NULL)
		return false;
	if (!state_elsewhere(engine, service)) {
		snprintf(reason, ENGINE_STATUS_TEXT, "no other node holds the state of %s", service->table->name);
		return true;
	}
	if (service->table->object_next == NULL || !object_at_risk(engine, service, &object))
		return false;
	snprintf(reason, ENGINE_STATUS_TEXT, "%s: %.*s would lose its last complete replica", service->table->name, (int)object.name.size,
	         (const char *)object.name.data);
	return true;
}

/* R19. A node whose gate is shut may be all that remembers, so nothing is promised of it. */
static void status_restart(const struct engine *engine, struct engine_status *status)
{
	if (gate_holders(engine) != 0) {
		snprintf(status->restart_reason, ENGINE_STATUS_TEXT, "the gate is shut");
		return;
	}
	if (status->quorum_required && 2 * (status->votes - 1) <= status->expected_votes) {
		snprintf(status->restart_reason, ENGINE_STATUS_TEXT, "the quorum would be lost");
		return;
	}
	for (size_t s = 0; s < engine->service_count; s++)
		if (service_at_risk(engine, &engine->services[s], status->restart_reason))
			return;
	status->restart_safe = true;
}

/* What is on all nodes, and the objects that this node is being filled with. */
static bool service_lacks(const struct service *service)
{
	return !service->complete || (objects_any_listed(service) && service->table->objects_filling(service->state));
}

static void status_services(struct engine *engine, struct engine_status *status)
{
	struct claim_service digests[ENGINE_SERVICES_MAX];
	uint32_t count;

	digests_of(engine, digests, &count);
	status->caught_up = gate_holders(engine) == 0;
	for (size_t s = 0; s < engine->service_count; s++) {
		const struct service *service = &engine->services[s];

		status->services[status->service_count++] = (struct engine_status_service){
			.name = service->table->name, .clients = service->client_count, .calls = calls_of(service),
			.complete = service->complete, .directory_digest = digests[s].directory, .content_digest = digests[s].content,
		};
		status->caught_up &= !service_lacks(service);
	}
}

/* Before the barrier has ended: who is there, by id alone. */
static void status_members(struct engine *engine, struct engine_status *status)
{
	const struct view *view = &engine->view;

	if (view->ended && engine->current_valid) {
		status->members = engine->current.members;
		status->member_count = engine->current.member_count;
		return;
	}
	free(engine->status_members);
	engine->status_members = calloc(view->count + 1, sizeof *engine->status_members);
	if (engine->status_members == NULL)
		return;
	for (size_t i = 0; i < view->count; i++)
		engine->status_members[i] = (struct service_member){
			.node = view->claims[i].node, .incarnation = view->claims[i].incarnation, .name = view->claims[i].name,
			.address = view->claims[i].address, .address_family = view->claims[i].address_family,
			.boot_ns = view->claims[i].boot_ns,
		};
	status->members = engine->status_members;
	status->member_count = view->count;
}

static void status_unfenced(struct engine *engine, struct engine_status *status)
{
	free(engine->status_unfenced);
	engine->status_unfenced = calloc((size_t)engine->unfenced_count + 1, sizeof *engine->status_unfenced);
	if (engine->status_unfenced == NULL)
		return;
	for (uint32_t i = 0; i < engine->unfenced_count; i++)
		engine->status_unfenced[i] = engine->unfenced[i].node;
	status->unfenced = engine->status_unfenced;
	status->unfenced_count = engine->unfenced_count;
}

void engine_status(struct engine *engine, struct engine_status *status)
{
	const struct view *view = &engine->view;

	*status = (struct engine_status){
		.node = engine->config.node, .ring = view->ring, .lineage = engine->lineage,
		.quorum_required = view->ended ? view->verdict.quorum_required : engine->config.quorum_required,
		.expected_votes = view->ended ? view->verdict.expected_votes : engine->config.expected_votes,
		.votes = (uint32_t)view->count, .primary = view->ended && view->primary, .serving = view->ended && view->serving,
		.gate = gate_shown(engine), .range_bytes = engine->range_bytes, .taken_back = engine->taken_back,
		.version = view->ended ? engine->version : engine->config.version,
	};
	status->expected_votes_next = view->ended && view->expected != 0 ? view->expected : status->expected_votes;
	status->fencing = view->ended ? view->fencing : engine->config.fencing;
	status->quorate = view->ended ? view->quorate : !status->quorum_required || 2 * status->votes > status->expected_votes;
	status_members(engine, status);
	status_unfenced(engine, status);
	status_services(engine, status);
}

void engine_status_objects(const struct engine *engine, struct engine_status *status)
{
	for (size_t s = 0; s < engine->service_count; s++)
		status_objects(engine, s, status);
	status_restart(engine, status);
	status->given_up_count = engine->given_up_count;
	for (size_t i = 0; i < ENGINE_STATUS_NAMES; i++)
		status->given_up[i] = engine->given_up[i];
}
