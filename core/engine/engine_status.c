/* What `ais status` shows. */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

static size_t calls_of(const struct service *service)
{
	size_t count = 0;

	for (const struct list *entry = service->clients.next; entry != &service->clients; entry = entry->next)
		count += container_of(entry, const struct client, in_service)->call_count;
	return count;
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
		status->caught_up &= service->complete;
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
	status->quorate = view->ended ? view->quorate : !status->quorum_required || 2 * status->votes > status->expected_votes;
	status_members(engine, status);
	status_unfenced(engine, status);
	status_services(engine, status);
}
