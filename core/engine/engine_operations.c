/* Operations of this node on their way into the order, and those of all nodes coming out of it: flights, parts, view tags (R1),
 * apply. Not here: who waits for them (engine_requests.c), what their effects become (engine_answers.c). */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

enum { PART_OVERHEAD = ENGINE_HEADER_SIZE + 8 + 4 + 1 + 4 };

/* Its client may have another one under way. */
static void flight_ordered(struct flight *flight)
{
	struct engine *engine = flight->service->engine;
	struct client *client = flight->client == 0 || engine->leaving ? NULL : client_find(engine, flight->client);

	flight->client = 0;
	if (client == NULL)
		return;
	client->accepted--;
	if (flight->accepted != 0 && !client->closing)
		engine->host->client_answer(engine->host->context, client->id, flight->accepted, RESULT_OK, (struct bytes){0});
}

/* It may be long until they are: whoever waits behind them is to be told what this view decides, nothing. */
void operations_not_served(struct engine *engine)
{
	for (struct list *entry = engine->queue.next; entry != &engine->queue; entry = entry->next)
		flight_ordered(container_of(entry, struct flight, entry));
}

static void flight_free(struct flight *flight)
{
	flight_ordered(flight);
	list_remove(&flight->entry);
	if (flight->call != NULL)
		flight->call->flight = NULL;
	free(flight->operation);
	free(flight);
}

static bool can_send(const struct engine *engine)
{
	return !engine->blocked && !engine->leaving && gate_holders(engine) == 0;
}

static bool is_owed(const struct flight *flight)
{
	return flight->kind == FLIGHT_OWED || flight->kind == FLIGHT_OWED_ONCE;
}

/* Before everything that is not owed itself, in the order in which it was asked for; claims come before all, since what they do not name is
 * closed. */
static void queue_first(struct engine *engine, struct flight *flight)
{
	struct list *where = engine->queue.next;

	for (; where != &engine->queue; where = where->next) {
		const struct flight *other = container_of(where, struct flight, entry);

		if (other->parts_sent > 0 || (other->claims && !flight->claims))
			continue;
		if (!is_owed(other) || other->number > flight->number || (flight->claims && !other->claims))
			break;
	}
	list_insert_before(where, &flight->entry);
}

bool operations_send(struct engine *engine, struct service *service, enum flight_kind kind, struct call *call)
{
	struct flight *flight = engine_allocate(engine, sizeof *flight);
	struct wire_writer out = {0};

	if (flight == NULL)
		return false;
	*flight = (struct flight){.kind = kind, .service = service, .call = kind == FLIGHT_CALL ? call : NULL, .number = ++engine->number,
	                          .version = engine->version, .claims = engine->reclaiming};
	engine_operation_encode(&out, &(struct engine_operation){
		.service = service->table->id, .operation = service->body_operation, .number = flight->number,
		.clock_ns = engine->host->wall_ns(engine->host->context), .body = wire_writer_bytes(&service->body),
	});
	if (out.failed || service->body.failed || out.size > ENGINE_OPERATION_SIZE_MAX) {
		wire_writer_clear(&out);
		free(flight);
		engine_leave(engine, "no memory for an operation");
		return false;
	}
	flight->operation = out.data;
	flight->size = out.size;
	if (kind == FLIGHT_OWED_ONCE && call != NULL) {
		flight->client = call->client->id;
		flight->accepted = call->answered ? 0 : call->number;
		call->client->accepted++;
	}
	if (is_owed(flight) && gate_holders(engine) != 0)
		queue_first(engine, flight);
	else
		list_append(&engine->queue, &flight->entry);
	if (kind == FLIGHT_CALL)
		call->flight = flight;
	operations_flush(engine);
	return true;
}

static bool multicast_whole(struct engine *engine, const struct flight *flight)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, ENGINE_OPERATION, engine->view.ring);
	wire_put_raw(&out, flight->operation, flight->size);
	const bool taken = !out.failed && group_multicast(engine->group, wire_writer_bytes(&out), GROUP_ORDINARY);
	wire_writer_clear(&out);
	return taken;
}

/* False: refused in the middle; goes on there. */
static bool multicast_parts(struct engine *engine, struct flight *flight)
{
	const size_t room = engine->group->message_size_max - PART_OVERHEAD;

	while (flight->bytes_sent < flight->size) {
		const size_t left = flight->size - flight->bytes_sent, size = left < room ? left : room;
		struct wire_writer out = {0};

		engine_header_encode(&out, ENGINE_PART, engine->view.ring);
		engine_part_encode(&out, &(struct engine_part){
			.number = flight->number, .index = flight->parts_sent, .last = size == left,
			.bytes = bytes_of(flight->operation + flight->bytes_sent, size),
		});
		const bool taken = !out.failed && group_multicast(engine->group, wire_writer_bytes(&out), GROUP_ORDINARY);
		wire_writer_clear(&out);
		if (!taken)
			return false;
		flight->bytes_sent += size;
		flight->parts_sent++;
	}
	return true;
}

/* It was written for another view, which operated at another version. */
static void flight_convert(struct engine *engine, struct flight *flight)
{
	const struct service_engine *table = flight->service->table;
	struct wire_reader in = wire_reader_of(bytes_of(flight->operation, flight->size));
	struct wire_writer body = {0}, out = {0};
	struct engine_operation operation;

	if (table->operation_convert != NULL && engine_operation_decode(&in, &operation)) {
		in = wire_reader_of(operation.body);
		if (!table->operation_convert(operation.operation, flight->version, engine->version, &in, &body))
			wire_put_raw(&body, operation.body.data, operation.body.size); /* void on all nodes alike */
		operation.body = wire_writer_bytes(&body);
		engine_operation_encode(&out, &operation);
		if (body.failed || out.failed) {
			engine_leave(engine, "no memory for an operation");
			wire_writer_clear(&out);
		} else {
			free(flight->operation);
			flight->operation = out.data;
			flight->size = out.size;
		}
		wire_writer_clear(&body);
	}
	flight->version = engine->version;
}

void operations_flush(struct engine *engine)
{
	while (can_send(engine) && !list_is_empty(&engine->queue)) {
		struct flight *flight = container_of(engine->queue.next, struct flight, entry);

		if (flight->kind == FLIGHT_CALL && flight->call != NULL && flight->parts_sent == 0 &&
		    !gate_service_open(engine, flight->service)) {
			call_refuse(flight->call); /* takes the flight with it */
			continue;
		}
		if (flight->version != engine->version)
			flight_convert(engine, flight);
		const bool whole = flight->size + ENGINE_HEADER_SIZE <= engine->group->message_size_max;

		if (!(whole ? multicast_whole(engine, flight) : multicast_parts(engine, flight))) {
			engine->blocked = true;
			return;
		}
		list_remove(&flight->entry);
		list_append(&engine->sent, &flight->entry);
	}
}

/* What this node sent in the old view and did not see delivered there is void everywhere: a sender delivers its own. Owed operations
 * go first, the others in their order; nobody's own are not sent again, nor those whose call has ended. */
void operations_view(struct engine *engine)
{
	struct list all, owed;

	engine->blocked = false;
	list_init(&all);
	list_init(&owed);
	for (int from_queue = 0; from_queue < 2; from_queue++) {
		struct list *head = from_queue ? &engine->queue : &engine->sent;

		while (!list_is_empty(head)) {
			struct flight *flight = container_of(head->next, struct flight, entry);

			list_remove(&flight->entry);
			if (rule_on(engine, RULE_PARTS_OF_ONE_VIEW) || flight->bytes_sent == flight->size) {
				flight->parts_sent = 0;
				flight->bytes_sent = 0;
			}
			if (flight->kind == FLIGHT_OWN || (flight->kind == FLIGHT_CALL && flight->call == NULL))
				flight_free(flight);
			else
				list_append(is_owed(flight) ? &owed : &all, &flight->entry);
		}
	}
	for (int rest = 0; rest < 2; rest++) {
		struct list *head = rest ? &all : &owed;

		while (!list_is_empty(head)) {
			struct list *entry = head->next;

			list_remove(entry);
			list_append(&engine->queue, entry);
		}
	}
}

static bool flight_queued(const struct engine *engine, const struct flight *flight)
{
	for (const struct list *entry = engine->queue.next; entry != &engine->queue; entry = entry->next)
		if (entry == &flight->entry)
			return true;
	return false;
}

/* The call has ended. An operation that was not sent is taken back; true then. */
bool operations_take_back(struct engine *engine, struct call *call)
{
	struct flight *flight = call->flight;

	if (flight == NULL)
		return false;
	if (flight->parts_sent == 0 && flight_queued(engine, flight)) {
		flight_free(flight);
		return true;
	}
	flight->call = NULL;
	call->flight = NULL;
	return false;
}

/* Its own operation came back: nothing waits for its sending any more. */
static void own_delivered(struct engine *engine, uint64_t number, struct position position)
{
	for (struct list *entry = engine->sent.next; entry != &engine->sent; entry = entry->next) {
		struct flight *flight = container_of(entry, struct flight, entry);

		if (flight->number != number)
			continue;
		if (flight->call != NULL)
			flight->call->delivered = true;
		flight_ordered(flight);
		if (is_owed(flight) &&
		    answers_hold(engine, (struct held){.kind = HELD_DEBT, .position = position, .call = number}, (struct bytes){0})) {
			list_remove(&flight->entry);
			list_append(&engine->owed, &flight->entry);
			return;
		}
		flight_free(flight);
		return;
	}
}

static struct flight *owed_find(struct engine *engine, uint64_t number)
{
	for (struct list *entry = engine->owed.next; entry != &engine->owed; entry = entry->next)
		if (container_of(entry, struct flight, entry)->number == number)
			return container_of(entry, struct flight, entry);
	return NULL;
}

void operations_owed_stable(struct engine *engine, uint64_t number)
{
	struct flight *flight = owed_find(engine, number);

	if (flight == NULL)
		return;
	flight->apart = !engine->view.primary && flight->kind == FLIGHT_OWED;
	if (!flight->apart)
		flight_free(flight);
}

void operations_owed_view(struct engine *engine, bool kept)
{
	for (struct list *entry = engine->owed.next, *next; entry != &engine->owed; entry = next) {
		struct flight *flight = container_of(entry, struct flight, entry);

		next = entry->next;
		if (!flight->apart)
			continue;
		if (kept && engine->view.primary)
			flight_free(flight);
		else if (!kept)
			operations_owed_undone(engine, flight->number);
	}
}

/* The view did not keep the state that it was applied to. Where it was kept elsewhere it comes a second time, and finds nothing to do. But
 * claims: they would close what was opened since; whoever takes another state over claims anew (R17), and who does not has them applied. */
void operations_owed_undone(struct engine *engine, uint64_t number)
{
	struct flight *flight = owed_find(engine, number);

	if (flight == NULL)
		return;
	if (flight->claims) {
		flight_free(flight);
		return;
	}
	list_remove(&flight->entry);
	flight->apart = false;
	flight->parts_sent = 0;
	flight->bytes_sent = 0;
	queue_first(engine, flight);
}

void operations_apply(struct engine *engine, struct service *service, void *state, const struct at *at, uint16_t operation,
                      struct bytes body, const struct position *effective)
{
	if (state == NULL || service->table->apply == NULL)
		return;
	effects_reset(&engine->effects);
	if (operation >= SERVICE_OPERATION_ENGINE)
		objects_apply(engine, service, state, at, operation, body);
	else
		service->table->apply(state, at, operation, body, &engine->effects);
	if (engine->effects.failed)
		engine_leave(engine, "no memory to apply an operation");
	else if (effective != NULL)
		answers_effects(engine, service, *effective);
}

void operations_on_operation(struct engine *engine, size_t member, struct bytes encoded, struct position position, struct ring_id tag)
{
	struct view *view = &engine->view;
	struct wire_reader in = wire_reader_of(encoded);
	struct engine_operation operation;
	struct position identity = position;

	if (rule_on(engine, RULE_VIEW_TAG) && (!ring_id_equal(tag, view->ring) || !view->ended || !view->serving))
		return;
	if (!engine_operation_decode(&in, &operation))
		return; /* on all nodes alike */
	const bool is_own = view->claims[member].node == engine->config.node;
	view->operation_count++;
	if (is_own)
		own_delivered(engine, operation.number, position);
	struct service *service = engine_service_of_id(engine, operation.service);
	if (!rule_on(engine, RULE_IDENTITY_RING_ID))
		identity.ring.representative = 0;
	const struct at at = {.position = identity, .sender = view->claims[member].node, .incarnation = view->claims[member].incarnation,
	                      .clock_ns = operation.clock_ns, .version = engine->version};
	if (service != NULL && objects_on_operation(engine, service, member, &operation) &&
	    !catchup_takes(engine, service, &at, &operation)) {
		operations_apply(engine, service, service->state, &at, operation.operation, operation.body, &position);
		if (service->table->applied != NULL)
			service->table->applied(service);
		catchup_applied(engine, service);
	}
	if (is_own)
		requests_withdrawn(engine, operation.number);
	digests_operation(engine, position);
}

/* R1: a gap, or a piece of another view, and the whole is void; its last piece's position is its identity (R3). */
void operations_on_part(struct engine *engine, size_t member, struct wire_reader *in, struct position position, struct ring_id tag)
{
	struct assembly *assembly = &engine->view.members[member].assembly;
	struct engine_part part;

	if ((rule_on(engine, RULE_PARTS_OF_ONE_VIEW) && !ring_id_equal(tag, engine->view.ring)) || !engine_part_decode(in, &part))
		return;
	if (part.index == 0) {
		wire_writer_reset(&assembly->bytes);
		assembly->number = part.number;
		assembly->next_index = 0;
	}
	if (part.number != assembly->number || part.index != assembly->next_index ||
	    part.bytes.size > ENGINE_OPERATION_SIZE_MAX - assembly->bytes.size) {
		assembly->number = 0;
		return;
	}
	assembly->next_index++;
	wire_put_raw(&assembly->bytes, part.bytes.data, part.bytes.size);
	if (assembly->bytes.failed) {
		engine_leave(engine, "no memory for an operation in parts");
		return;
	}
	if (!part.last)
		return;
	operations_on_operation(engine, member, wire_writer_bytes(&assembly->bytes), position, tag);
	wire_writer_clear(&assembly->bytes);
	assembly->number = 0;
}

void operations_clear(struct engine *engine)
{
	while (!list_is_empty(&engine->queue))
		flight_free(container_of(engine->queue.next, struct flight, entry));
	while (!list_is_empty(&engine->sent))
		flight_free(container_of(engine->sent.next, struct flight, entry));
	while (!list_is_empty(&engine->owed))
		flight_free(container_of(engine->owed.next, struct flight, entry));
}
