/* Clients: what they ask at random, what the library does with answers and events (it keeps events until they are dispatched, and drops
 * those that TrackStop cancelled), and where each goes to its checkers. */
#include <inttypes.h>
#include <stdlib.h>

#include "conformance/clm/world_clm.h"
#include "core/base/result.h"

void clm_client_open(struct clm_world_node *node, struct clm_world_client *client)
{
	*client = (struct clm_world_client){.id = ++node->world->next_client};
	list_init(&client->pending);
	if (!engine_client_opened(node->stack.engine, client->id, "clm", 0, 0))
		abort();
}

void clm_client_gone(struct clm_world_client *client)
{
	while (client->id != 0 && !list_is_empty(&client->pending)) {
		struct clm_pending *pending = container_of(client->pending.next, struct clm_pending, entry);

		list_remove(&pending->entry);
		free(pending);
	}
	client->id = 0;
}

void clm_client_finalize(struct clm_world_node *node, struct clm_world_client *client)
{
	const uint64_t id = client->id;

	sim_trace(node->world->sim, node->stack.node, "client %" PRIu64 " finalizes", id);
	clm_client_gone(client);
	engine_client_closed(node->stack.engine, id);
}

static struct clm_world_client *client_of(struct clm_world_node *node, uint64_t id)
{
	for (size_t i = 0; i < node->world->clients; i++)
		if (id != 0 && node->clients[i].id == id)
			return &node->clients[i];
	return NULL;
}

static struct clm_call *call_of(struct clm_world_client *client, uint64_t number)
{
	for (size_t i = 0; i < CLM_WORLD_CALLS; i++)
		if (client->calls[i].number == number)
			return &client->calls[i];
	return NULL;
}

/* --- What is asked. --- */

static uint8_t flags_drawn(struct sim *sim)
{
	static const uint8_t bad[] = {0, 6, 7, 8, 9, 0x10, 0x80, 0x81};
	static const uint8_t good[] = {SA_TRACK_CURRENT, SA_TRACK_CHANGES, SA_TRACK_CHANGES_ONLY, SA_TRACK_CURRENT | SA_TRACK_CHANGES,
	                               SA_TRACK_CURRENT | SA_TRACK_CHANGES_ONLY, SA_TRACK_CURRENT | SA_TRACK_CHANGES_ONLY};

	return sim_chance(sim, 3000) ? bad[sim_random_below(sim, sizeof bad)] : good[sim_random_below(sim, sizeof good)];
}

static uint32_t id_drawn(const struct clm_world_node *node)
{
	struct sim *sim = node->world->sim;

	return sim_chance(sim, 16384) ? SA_CLM_LOCAL_NODE_ID : (uint32_t)sim_random_below(sim, node->world->nodes + 2);
}

static void call_draw(struct clm_world_node *node, struct clm_call *call, struct wire_writer *body)
{
	struct sim *sim = node->world->sim;
	const uint64_t kind = sim_random_below(sim, 100);

	if (kind < 45) {
		call->kind = CLM_REQUEST_TRACK;
		call->track = (struct clm_track_request){
			.flags = flags_drawn(sim), .in_answer = sim_chance(sim, 32768),
			.capacity = sim_chance(sim, 32768) ? UINT32_MAX : 1 + (uint32_t)sim_random_below(sim, node->world->nodes),
		};
		clm_track_request_encode(body, &call->track);
	} else if (kind < 60) {
		call->kind = CLM_REQUEST_TRACK_STOP;
		clm_track_stop_request_encode(body);
	} else {
		call->kind = kind < 80 ? CLM_REQUEST_NODE_GET : CLM_REQUEST_NODE_GET_ASYNC;
		call->get = (struct clm_node_get_request){.id = id_drawn(node), .invocation = sim_random(sim)};
		clm_node_get_request_encode(body, &call->get);
	}
}

static void ask(struct clm_world_node *node, struct clm_world_client *client, struct clm_call *call)
{
	struct world_clm *world = node->world;
	struct wire_writer body = {0};
	const uint64_t number = ++world->next_call;
	const int64_t timeout_ns = sim_chance(world->sim, 12000) ? (int64_t)(1 + sim_random_below(world->sim, 200)) * SIM_MS : 2000 * SIM_MS;

	*call = (struct clm_call){.number = number, .waits = node->told == NULL};
	call_draw(node, call, &body);
	sim_trace(world->sim, node->stack.node, "client %" PRIu64 " asks %" PRIu64 ": request %d flags %u", client->id, number, (int)call->kind,
	          (unsigned)call->track.flags);
	world->counts.waited += call->waits;
	engine_client_request(node->stack.engine, client->id, number, (uint16_t)call->kind, timeout_ns, wire_writer_bytes(&body));
	wire_writer_clear(&body);
	if (call->number == number && !call->waits)
		sim_violation(world->sim, "answers", "node %" PRIu32 " lets call %" PRIu64 " wait though a view is known", node->stack.node, number);
}

void clm_client_act(struct clm_world_node *node, struct clm_world_client *client)
{
	struct sim *sim = node->world->sim;
	const uint64_t what = sim_random_below(sim, 100);
	struct clm_call *free_call = call_of(client, 0);

	if (client->id == 0)
		clm_client_open(node, client);
	else if (what < 2)
		clm_client_finalize(node, client);
	else if (what < 40)
		clm_client_dispatch(node, client, sim_chance(sim, 32768) ? SIZE_MAX : 1);
	else if (free_call != NULL)
		ask(node, client, free_call);
}

/* --- What is answered. --- */

static void base_from_answer(struct clm_world_node *node, struct clm_world_client *client)
{
	const struct clm_fact *fact = node->told;

	for (size_t i = 0; i < fact->count; i++)
		client->fold[i] = (struct clm_fold_member){fact->members[i].node, node->world->lives[fact->members[i].life].boot_ns,
		                                           fact->members[i].initial};
	client->fold_count = fact->count;
	client->fold_number = fact->ring.seq;
	client->knows = true;
}

static void on_tracking(struct clm_world_node *node, struct clm_world_client *client, const struct clm_track_request *track)
{
	const bool current = (track->flags & SA_TRACK_CURRENT) != 0;
	const uint8_t mode = track->flags & ~SA_TRACK_CURRENT;

	if (client->mode == 0 && mode != 0 && !current) {
		client->knows = false;
		client->epoch++;
	}
	if (client->mode == 0 && mode != 0)
		client->number = node->told->ring.seq; /* the next transition is the first */
	if (mode != 0)
		client->mode = mode;
	if (current && track->in_answer)
		base_from_answer(node, client); /* it was held against the view when it came */
}

static void on_stopped(struct clm_world_node *node, struct clm_world_client *client, struct bytes body)
{
	struct wire_reader in = wire_reader_of(body);
	struct clm_track_stop_answer answer;

	if (!clm_track_stop_answer_decode(&in, &answer)) {
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers TrackStop with something else", node->stack.node);
		return;
	}
	if (node->world->stop_mutant != NULL)
		node->world->stop_mutant(&answer);
	client->mode = 0;
	client->knows = false;
	client->stopped = client->serial;
	client->cancelled = answer.serial > client->cancelled ? answer.serial : client->cancelled;
}

void clm_client_answered(struct clm_world_node *node, uint64_t id, uint64_t number, uint32_t code, struct bytes body)
{
	struct clm_world_client *client = client_of(node, id);
	struct clm_call *call = client == NULL ? NULL : call_of(client, number);

	sim_trace(node->world->sim, node->stack.node, "answers %" PRIu32 " to call %" PRIu64, code, number);
	if (call == NULL) {
		sim_violation(node->world->sim, "answers", "node %" PRIu32 " answers call %" PRIu64 ", which nobody waits for", node->stack.node, number);
		return;
	}
	const struct clm_call answered = *call;
	call->number = 0;
	check_clm_answer(node, client, &answered, code, body);
	node->world->counts.answers += code == RESULT_OK;
	node->world->counts.refused += code != RESULT_OK;
	if (code != RESULT_OK)
		return;
	if (answered.kind == CLM_REQUEST_TRACK)
		on_tracking(node, client, &answered.track);
	else if (answered.kind == CLM_REQUEST_TRACK_STOP)
		on_stopped(node, client, body);
}

/* --- What it is called back with. --- */

bool clm_list_decode(struct bytes body, struct clm_list_told *told)
{
	struct wire_reader in = wire_reader_of(body);

	if (!clm_notifications_decode(&in, &told->head) || told->head.count > CLM_WORLD_ENTRIES)
		return false;
	for (uint32_t i = 0; i < told->head.count; i++)
		if (!clm_entry_decode(&in, &told->entries[i]))
			return false;
	return wire_finish(&in);
}

static void pending_add(struct clm_world_node *node, struct clm_world_client *client, const struct clm_list_told *told, struct bytes body)
{
	struct clm_pending *pending = malloc(sizeof *pending + body.size);

	if (pending == NULL)
		abort();
	*pending = (struct clm_pending){
		.serial = told->head.serial, .epoch = client->epoch, .whole = !node->telling || client->mode != SA_TRACK_CHANGES_ONLY,
		.fact = node->told, .size = body.size,
	};
	memcpy(pending->body, body.data, body.size);
	list_append(&client->pending, &pending->entry);
}

static void on_track_event(struct clm_world_node *node, struct clm_world_client *client, struct bytes body)
{
	struct clm_list_told told;

	if (!clm_list_decode(body, &told) || node->told == NULL) {
		sim_violation(node->world->sim, "answers", "a client of node %" PRIu32 " is sent a track event that cannot be", node->stack.node);
		return;
	}
	if (node->world->event_mutant != NULL && !node->world->event_mutant(node->world, node, client, &told))
		return;
	check_clm_trackers_event(node, client, &told, body);
	check_clm_numbers(node, client, told.head.view_number);
	if (sim_violated(node->world->sim))
		return;
	client->currents += !node->telling;
	node->world->counts.transitions += node->telling;
	if (node->telling)
		check_clm_changes(node, client->mode, &told);
	else
		check_clm_current(node, &told);
	pending_add(node, client, &told, body);
}

void clm_client_event(struct clm_world_node *node, uint64_t id, uint16_t event, struct bytes body)
{
	struct clm_world_client *client = client_of(node, id);
	struct wire_reader in = wire_reader_of(body);
	struct clm_node_get_event got;

	if (client == NULL)
		sim_violation(node->world->sim, "CLM-067 none-after-finalize", "node %" PRIu32 " calls back a client that is gone", node->stack.node);
	else if (event == CLM_EVENT_TRACK)
		on_track_event(node, client, body);
	else if (event == CLM_EVENT_NODE_GET && clm_node_get_event_decode(&in, &got) && node->told != NULL)
		check_clm_get_event(node, client, &got);
	else
		sim_violation(node->world->sim, "answers", "a client of node %" PRIu32 " is sent event %u, which cannot be", node->stack.node,
		              (unsigned)event);
}

void clm_client_dispatch(struct clm_world_node *node, struct clm_world_client *client, size_t count)
{
	while (count-- > 0 && !list_is_empty(&client->pending) && !sim_violated(node->world->sim)) {
		struct clm_pending *pending = container_of(client->pending.next, struct clm_pending, entry);
		struct clm_list_told told;

		list_remove(&pending->entry);
		if (pending->serial > client->cancelled && clm_list_decode(bytes_of(pending->body, pending->size), &told)) {
			node->world->counts.dispatched++;
			check_clm_trackers_dispatch(node, client, pending);
			check_clm_fold(node, client, pending, &told);
		}
		free(pending);
	}
}
