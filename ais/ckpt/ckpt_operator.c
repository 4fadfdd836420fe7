#include "ckpt_operator.h"

#include "ckpt_held.h"
#include "ckpt_placement.h"
#include "ckpt_state.h"

enum {
	LIST_ENTRIES_MAX = 256,  /* of one answer */
	DUMP_SIZE_MAX = 1 << 20, /* of one answer, about */
};

/* Until the barrier of a view has ended nothing is said of its members. */
static void replicas_encode(struct service *service, const struct checkpoint *checkpoint, struct wire_writer *out)
{
	const struct service_view *view = service_current_view(service);
	const struct bytes key = bytes_of(checkpoint->key, sizeof(checkpoint->key));

	wire_writer_reset(out);
	if (placement_is_listed(checkpoint)) {
		for (uint32_t i = 0; i < checkpoint->replica_count; i++)
			ckpt_replica_encode(out, &(struct ckpt_replica){
				.node = checkpoint->replicas[i].node, .complete = checkpoint->replicas[i].complete,
			});
		return;
	}
	for (size_t i = 0; view != NULL && i < view->member_count; i++)
		ckpt_replica_encode(out, &(struct ckpt_replica){
			.node = view->members[i].node, .complete = service_content_held(service, key, view->members[i].node),
		});
}

static struct ckpt_list_entry list_entry(const struct checkpoint *checkpoint, struct bytes replicas)
{
	return (struct ckpt_list_entry){
		.checkpoint = checkpoint->identity,
		.name = checkpoint_name(checkpoint),
		.unlinked = checkpoint->unlinked,
		.complete = placement_is_whole_here(checkpoint),
		.held = checkpoint->here,
		.replicas_wanted = checkpoint->replicas_wanted,
		.attributes = checkpoint->attributes,
		.retention_ns = checkpoint->retention_ns,
		.retention_due_ns = checkpoint->retention == RETENTION_RUNNING ? checkpoint->due.due_ns : INT64_MAX,
		.open_count = checkpoint->open_count,
		.active_node = checkpoint->active_node,
		.section_count = (uint32_t)checkpoint->sections.count,
		.memory_used = checkpoint->memory_used,
		.memory_held = checkpoint_held(checkpoint),
		.replicas = replicas,
	};
}

static enum service_outcome answer_now(struct client *client, struct wire_writer *body)
{
	const enum service_outcome outcome = body->failed ? service_answer(client, SA_AIS_ERR_NO_MEMORY)
	                                                  : service_answer_with(client, SA_AIS_OK, wire_writer_bytes(body));

	wire_writer_clear(body);
	return outcome;
}

enum service_outcome ckpt_on_list(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct ckpt_state *state = service_state(service);
	struct ckpt_list_request request;

	if (!ckpt_list_request_decode(in, &request))
		return service_disconnect(client, "malformed list request");
	const struct checkpoint *checkpoint = request.started ?
		checkpoint_of_node(tree_find_after(&state->checkpoints, &request.after)) : checkpoint_first(state);
	struct ckpt_list_answer answer = {0};
	struct wire_writer entries = {0}, body = {0}, replicas = {0};
	for (; checkpoint != NULL && answer.count < LIST_ENTRIES_MAX; checkpoint = checkpoint_next(checkpoint)) {
		replicas_encode(service, checkpoint, &replicas);
		entries.failed |= replicas.failed;
		const struct ckpt_list_entry entry = list_entry(checkpoint, wire_writer_bytes(&replicas));

		ckpt_list_entry_encode(&entries, &entry);
		answer.count++;
	}
	answer.end = checkpoint == NULL;
	answer.entries = wire_writer_bytes(&entries);
	ckpt_list_answer_encode(&body, &answer);
	body.failed |= entries.failed;
	wire_writer_clear(&entries);
	wire_writer_clear(&replicas);
	return answer_now(client, &body);
}

static void dump_page(const struct checkpoint *checkpoint, const struct ckpt_dump_request *request, struct wire_writer *body)
{
	const uint32_t size_max = request->size_max < DUMP_SIZE_MAX ? request->size_max : DUMP_SIZE_MAX;
	const struct section *section =
		request->started ? section_find_after(checkpoint, request->after) : section_first(checkpoint);
	struct ckpt_dump_answer answer = {
		.checkpoint = checkpoint->identity, .name = checkpoint_name(checkpoint), .complete = placement_is_whole_here(checkpoint),
		.changed = checkpoint->changed,
	};
	struct wire_writer sections = {0};

	for (; section != NULL && (answer.count == 0 || sections.size < size_max); section = section_next(section)) {
		ckpt_dump_section_encode(&sections, &(struct ckpt_dump_section){
			.id = section_id(section), .expiry_ns = section_expiry_ns(section), .last_update_ns = section->last_update_ns,
			.size = section->size, .present = section->present,
			.content = section->present ? section_content(checkpoint, section) : (struct bytes){0},
		});
		answer.count++;
	}
	answer.end = section == NULL;
	answer.sections = wire_writer_bytes(&sections);
	ckpt_dump_answer_encode(body, &answer);
	body->failed |= sections.failed;
	wire_writer_clear(&sections);
}

enum service_outcome ckpt_on_dump(struct service *service, struct client *client, struct wire_reader *in)
{
	const struct ckpt_state *state = service_state(service);
	struct ckpt_dump_request request;
	struct wire_writer body = {0};

	if (!ckpt_dump_request_decode(in, &request))
		return service_disconnect(client, "malformed dump request");
	const struct checkpoint *checkpoint =
		request.by_identity ? checkpoint_find(state, request.checkpoint) : checkpoint_find_linked(state, request.name);
	if (checkpoint == NULL)
		return service_answer(client, SA_AIS_ERR_NOT_EXIST);
	dump_page(checkpoint, &request, &body);
	return answer_now(client, &body);
}

void ckpt_watch_end(struct service *service, struct client *client)
{
	struct ckpt_client *own = client_data(client);
	struct ckpt_local *local = service_data(service, sizeof(*local));

	if (own->watches && local != NULL)
		local->watcher_count--;
	own->watches = false;
}

/* One event a WATCH, so that a client that does not take its events piles none up here. */
static void watch_look(struct service *service, struct client *client)
{
	const struct ckpt_client *own = client_data(client);
	const struct checkpoint *checkpoint = checkpoint_find(service_state(service), own->watch.checkpoint);

	if (checkpoint != NULL && position_equal(checkpoint->changed, own->watch.seen))
		return;
	ckpt_watch_end(service, client);
	service_event(client, CKPT_EVENT_CHANGED, (struct bytes){0});
}

void ckpt_applied(struct service *service)
{
	const struct ckpt_local *local = service_data(service, sizeof(*local));

	if (local == NULL || local->watcher_count == 0)
		return;
	for (struct client *client = client_first(service); client != NULL; client = client_next(service, client)) {
		if (((struct ckpt_client *)client_data(client))->watches)
			watch_look(service, client);
	}
}

enum service_outcome ckpt_on_watch(struct service *service, struct client *client, struct wire_reader *in)
{
	struct ckpt_local *local = service_data(service, sizeof(*local));
	struct ckpt_client *own = client_data(client);
	struct ckpt_watch_request request;

	if (!ckpt_watch_request_decode(in, &request))
		return service_disconnect(client, "malformed watch request");
	if (local == NULL)
		return service_answer(client, SA_AIS_ERR_NO_MEMORY);
	ckpt_watch_end(service, client);
	own->watch = request;
	own->watches = true;
	local->watcher_count++;
	watch_look(service, client);
	return service_answer(client, SA_AIS_OK);
}
