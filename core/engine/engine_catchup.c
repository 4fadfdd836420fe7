/* How a joiner comes to the state of its view: the small state whole, then content by pulled ranges (R9, R17, R21); and the donor's
 * side of it. Only this node waits for it. Not here: who wins (engine_verdict.c), what a range holds (the service). */
#include "core/engine/engine_internal.h"

#include <stdlib.h>

enum { COPY_OVERHEAD = ENGINE_HEADER_SIZE + 4 + 24 + 2 + 4 + 1 + 4, COPY_BARRIER_DIVISOR = 8,
       COPY_PIECE_SIZE = 4 * 1024 /* what is urgent waits for the rest of one */, ORDERED_MOST = 64,
       WORK_SIZE = 8 * 1024 /* so does the token for this much to be installed, or one section */ };

static void kept_clear(struct pull *pull)
{
	while (!list_is_empty(&pull->kept)) {
		struct kept_operation *kept = container_of(pull->kept.next, struct kept_operation, entry);

		list_remove(&kept->entry);
		free(kept);
	}
	pull->kept_size = 0;
}

static void next_clear(struct engine *engine)
{
	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if (service->next != NULL)
			service->table->state_free(service->next);
		service->next = NULL;
	}
}

static void asked_clear(struct pull *pull)
{
	pull->wait = PULL_IDLE;
	pull->copy_next = 0;
	pull->copy_taken = 0;
	pull->copy_whole = false;
	wire_writer_reset(&pull->copy);
}

void catchup_stop(struct engine *engine)
{
	struct pull *pull = &engine->pull;

	if (pull->wait == PULL_OPEN && pull->service != SIZE_MAX)
		engine->services[pull->service].table->range_drop(engine->services[pull->service].state);
	next_clear(engine);
	objects_view_stop(engine);
	kept_clear(pull);
	wire_writer_clear(&engine->donated);
	wire_writer_clear(&pull->copy);
	free(pull->after);
	*pull = (struct pull){.service = SIZE_MAX};
	list_init(&pull->kept);
}

/* Who has the view's small state of the service, this node included. */
bool catchup_state_held(const struct engine *engine, size_t member, size_t s)
{
	const struct view *view = &engine->view;

	if ((view->members[member].source >> s & 1) != 0)
		return true;
	return view->members[member].stamped && claim_service_find(&view->claims[member], engine->services[s].table->id) != NULL;
}

/* Of how many services this node still lacks the small state, and who has that of the first. */
static size_t small_state_lacks(const struct engine *engine, size_t *donor)
{
	size_t lacking = 0;

	*donor = SIZE_MAX;
	for (size_t s = 0; s < engine->service_count; s++) {
		const struct service *service = &engine->services[s];

		if (service->state == NULL || service->next != NULL || view_self_source(engine, s))
			continue;
		for (size_t i = 0; i < engine->view.count && *donor == SIZE_MAX; i++)
			if (lacking == 0 && i != engine->view.self && catchup_state_held(engine, i, s))
				*donor = i;
		lacking++;
	}
	return lacking;
}

static struct service_range pull_range(const struct pull *pull)
{
	return (struct service_range){.after = bytes_of(pull->after, pull->after_size), .size_max = pull->size_max};
}

static void ask(struct engine *engine, size_t s, size_t donor, struct bytes after)
{
	struct pull *pull = &engine->pull;
	struct wire_writer out = {0};
	uint8_t *copy = engine_allocate(engine, after.size);

	if (copy == NULL)
		return;
	if (after.size > 0)
		memcpy(copy, after.data, after.size);
	asked_clear(pull);
	free(pull->after);
	pull->after = copy;
	pull->after_size = after.size;
	pull->service = s;
	pull->object_size = 0;
	pull->donor = donor;
	pull->wait = PULL_ASKED;
	engine_header_encode(&out, ENGINE_RANGE_REQUEST, engine->view.ring);
	engine_range_request_encode(&out, &(struct engine_range_request){
		.donor = engine->view.claims[donor].node, .service = s == SIZE_MAX ? 0 : engine->services[s].table->id,
		.size_max = pull->size_max, .after = bytes_of(copy, after.size), .ordered = pull->ordered > 0,
	});
	if (pull->ordered > 0 && s != SIZE_MAX)
		pull->ordered--;
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

static void caught_up_send(struct engine *engine, struct service *service)
{
	struct wire_writer out = {0};

	engine->pull.caught_up_sent |= UINT32_C(1) << service->index;
	engine_header_encode(&out, ENGINE_CAUGHT_UP, engine->view.ring);
	engine_caught_up_encode(&out, &(struct engine_caught_up){.service = service->table->id});
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

static void adopted_send(struct engine *engine)
{
	struct wire_writer out = {0};

	engine_header_encode(&out, ENGINE_ADOPTED, engine->view.ring);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

static void ask_small_state(struct engine *engine)
{
	size_t donor;

	if (engine->pull.has_next)
		return;
	if (small_state_lacks(engine, &donor) == 0) {
		engine->pull.has_next = true;
		adopted_send(engine);
		return;
	}
	if (donor == SIZE_MAX)
		return;
	engine->pull.size_max = (uint32_t)engine->config.range_size;
	ask(engine, SIZE_MAX, donor, (struct bytes){0});
}

/* What is on all nodes is here, and the members may count on it. */
static bool has_caught_up(const struct engine *engine, const struct service *service)
{
	return !service->complete && (engine->pull.caught_up_sent >> service->index & 1) == 0 && !objects_waits(service) &&
	       !objects_any_lost_everywhere(service);
}

/* Whoever is asked may hold it no more when the request is ordered. */
static void object_note(struct pull *pull, const struct service_range *range)
{
	if (!range->listed || range->object.size > sizeof pull->object)
		return;
	memcpy(pull->object, range->object.data, range->object.size);
	pull->object_size = range->object.size;
}

/* The first service that lacks content and has a donor. */
static void ask_content(struct engine *engine)
{
	struct pull *pull = &engine->pull;

	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		const bool is_done = service->complete || (pull->caught_up_sent >> s & 1) != 0;

		if (service->table->range_next == NULL || (is_done && !objects_any_listed(service)))
			continue;
		/* Halved (R21) for this service alone: one before it that has no donor yet does not undo that. */
		const bool again = pull->service == s && pull->size_max != 0;
		const uint32_t anew = pull->size_next != 0 ? pull->size_next : (uint32_t)engine->config.range_size;
		struct service_range range = {.size_max = again ? pull->size_max : anew};
		const bool lacks = service->table->range_next(service->state, &range);
		if ((!lacks || range.listed) && has_caught_up(engine, service))
			caught_up_send(engine, service);
		if (!lacks)
			continue;
		const size_t donor = objects_donor(engine, service, range.object);
		if (donor == SIZE_MAX)
			continue;
		pull->size_max = range.size_max;
		ask(engine, s, donor, range.after);
		object_note(pull, &range);
		return;
	}
}

void catchup_step(struct engine *engine)
{
	const struct view *view = &engine->view;

	objects_filled_send(engine);
	if (engine->pull.wait != PULL_IDLE || engine->leaving || view->transitional || !view->ended)
		return;
	if (engine->pull.joining)
		ask_small_state(engine);
	else if (view->members[view->self].stamped)
		ask_content(engine);
}

/* A winner that was not complete: what it had of the content came by another way than the donor's (R21), so it begins anew. What it has
 * of it is the newest that there is, should the donor go (R19). */
static void begin_anew(struct engine *engine, struct service *service)
{
	struct wire_writer directory = {0};
	void *fresh;

	service->complete = false;
	if (!rule_on(engine, RULE_CATCHUP_ANEW) && !service->partial)
		return;
	service->table->directory_encode(service->state, &directory);
	fresh = objects_state_new(engine, service);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&directory));
	if (directory.failed || fresh == NULL || !service->table->directory_decode(fresh, &in)) {
		if (fresh != NULL)
			service->table->state_free(fresh);
		engine_leave(engine, "cannot take up its own directory");
	} else {
		if (objects_any_listed(service))
			service->table->objects_keep(fresh, service->state);
		objects_replaced(engine, service, service->state, engine->view.claims[engine->view.self].lineage);
		service->state = fresh;
		objects_prune(service);
	}
	wire_writer_clear(&directory);
}

void catchup_begin(struct engine *engine)
{
	const struct view *view = &engine->view;
	const struct member *self = &view->members[view->self];

	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if ((self->source >> s & 1) == 0)
			continue;
		if ((self->complete >> s & 1) == 0) {
			begin_anew(engine, service);
			continue;
		}
		service->complete = true;
		if (objects_any_listed(service))
			service->table->fill_anew(service->state);
		objects_prune(service);
	}
	objects_begin(engine);
	catchup_step(engine);
}

/* The donor */

static void small_state_encode(struct engine *engine, struct wire_writer *out)
{
	uint32_t count = 0;
	struct wire_writer directory = {0};

	for (size_t s = 0; s < engine->service_count; s++)
		count += engine->services[s].state != NULL && catchup_state_held(engine, engine->view.self, s);
	wire_put_u32(out, count);
	for (size_t s = 0; s < engine->service_count; s++) {
		const struct service *service = &engine->services[s];

		if (service->state == NULL || !catchup_state_held(engine, engine->view.self, s))
			continue;
		wire_writer_reset(&directory);
		service->table->directory_encode(service->state, &directory);
		if (directory.failed)
			out->failed = true;
		wire_put_u16(out, service->table->id);
		wire_put_bytes(out, wire_writer_bytes(&directory));
	}
	wire_writer_clear(&directory);
}

enum copy_way {
	COPY_FIRST,  /* in the barrier's room: the small state, and a range that was halved often, so that a hot key cannot outrun it */
	COPY_BULK,   /* in order behind all else */
	COPY_DIRECT, /* to the joiner alone, since nobody else needs it; a piece may be lost */
};

static size_t piece_size_max(const struct engine *engine, enum copy_way way)
{
	const size_t limit = (way == COPY_DIRECT ? engine->group->direct_size_max : engine->group->message_size_max) - COPY_OVERHEAD;
	const size_t piece = way == COPY_FIRST ? engine->config.range_size : way == COPY_BULK ? COPY_PIECE_SIZE : limit;

	return piece < limit ? piece : limit;
}

static void piece_send(struct engine *engine, const struct engine_range_copy *copy, enum copy_way way, struct wire_writer *out)
{
	wire_writer_reset(out);
	engine_header_encode(out, ENGINE_RANGE_COPY, engine->view.ring);
	engine_range_copy_encode(out, copy);
	if (way == COPY_FIRST)
		engine_barrier_send(engine, out);
	else
		engine_bulk_send(engine, way == COPY_DIRECT ? copy->joiner : 0, out);
}

/* In pieces, so that what is urgent need not wait for all of it. What went to the joiner alone has its end in order: there it is seen whether
 * all of it came. */
static void copy_send(struct engine *engine, struct engine_range_copy copy, struct bytes whole, enum copy_way way)
{
	const size_t room = piece_size_max(engine, way);
	struct wire_writer out = {0};
	size_t sent = 0;

	do {
		const size_t left = whole.size - sent, size = left < room ? left : room;

		copy.last = size == left;
		copy.bytes = bytes_of(whole.data + sent, size);
		piece_send(engine, &copy, way, &out);
		copy.index++;
		sent += size;
	} while (!copy.last);
	copy.bytes = (struct bytes){0};
	if (way == COPY_DIRECT)
		piece_send(engine, &copy, COPY_BULK, &out);
	wire_writer_clear(&out);
}

static enum copy_way copy_way(const struct engine *engine, const struct engine_range_request *request)
{
	if (request->service == 0 || request->size_max < engine->config.range_size / COPY_BARRIER_DIVISOR)
		return COPY_FIRST;
	return request->ordered || engine->group->direct_size_max <= COPY_OVERHEAD ? COPY_BULK : COPY_DIRECT;
}

static uint32_t size_bounded(const struct engine *engine, uint64_t size)
{
	const uint64_t most = (uint64_t)ENGINE_RANGE_GROWTH * engine->config.range_size;

	return (uint32_t)(size < most ? size : most);
}

static void donate(struct engine *engine, size_t member, const struct engine_range_request *request, struct position position)
{
	const struct member *self = &engine->view.members[engine->view.self];
	struct engine_range_copy copy = {
		.joiner = engine->view.claims[member].node, .request = position, .service = request->service,
	};
	const struct service_range range = {.after = request->after, .size_max = size_bounded(engine, request->size_max)};
	struct wire_writer *out = &engine->donated;
	bool copied = true;

	if (engine->view.transitional)
		return;
	wire_writer_reset(out);
	if (request->service == 0) {
		small_state_encode(engine, out);
	} else {
		struct service *service = engine_service_of_id(engine, request->service);

		if (service == NULL || service->table->range_copy == NULL ||
		    ((self->complete >> service->index & 1) == 0 && !service->partial && !objects_any_listed(service)))
			return;
		copied = service->table->range_copy(service->state, &range, out);
	}
	if (out->failed)
		engine_leave(engine, "no memory to copy a range");
	else if (copied)
		copy_send(engine, copy, wire_writer_bytes(out), copy_way(engine, request));
	if (out->size > size_bounded(engine, UINT64_MAX)) /* one large object */
		wire_writer_clear(out);
}

/* The joiner */

static void own_request(struct engine *engine, struct position position)
{
	struct pull *pull = &engine->pull;

	if (pull->wait != PULL_ASKED)
		return;
	pull->wait = PULL_OPEN;
	pull->request = position;
	if (pull->service == SIZE_MAX) {
		kept_clear(pull);
		return;
	}
	struct service *service = &engine->services[pull->service];
	if (pull->object_size > 0 &&
	    !objects_held_by(service, bytes_of(pull->object, pull->object_size), pull->donor)) {
		asked_clear(pull);
		catchup_step(engine);
		return;
	}
	const struct service_range range = pull_range(pull);
	engine->services[pull->service].table->range_open(engine->services[pull->service].state, &range);
}

void catchup_on_request(struct engine *engine, size_t member, struct wire_reader *in, struct position position)
{
	struct engine_range_request request;

	if (!engine_range_request_decode(in, &request) || !engine->view.ended)
		return;
	if (member == engine->view.self)
		own_request(engine, position);
	else if (request.donor == engine->config.node)
		donate(engine, member, &request, position);
}

static bool next_take(struct engine *engine, struct service *service, struct bytes directory)
{
	struct wire_reader in = wire_reader_of(directory);

	service->next = objects_state_new(engine, service);
	return service->next != NULL && service->table->directory_decode(service->next, &in);
}

static bool small_state_decode(struct engine *engine, struct wire_reader *in)
{
	const uint32_t count = wire_get_count(in, 2 + 4, ENGINE_SERVICES_MAX);

	for (uint32_t i = 0; i < count; i++) {
		struct service *service = engine_service_of_id(engine, wire_get_u16(in));
		const struct bytes directory = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);

		if (in->failed)
			return false;
		if (service == NULL || service->state == NULL || service->next != NULL || view_self_source(engine, service->index))
			continue;
		if (!next_take(engine, service, directory))
			return false;
	}
	return wire_finish(in);
}

static void small_state_came(struct engine *engine)
{
	struct pull *pull = &engine->pull;
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&pull->copy));

	size_t donor;
	const size_t lacked = small_state_lacks(engine, &donor);

	if (!small_state_decode(engine, &in)) {
		engine_leave(engine, "cannot decode the small state");
		return;
	}
	for (struct list *entry = pull->kept.next; entry != &pull->kept; entry = entry->next) {
		const struct kept_operation *kept = container_of(entry, struct kept_operation, entry);
		struct service *service = engine_service_of_id(engine, kept->service);

		if (service->next != NULL)
			operations_apply(engine, service, service->next, &kept->at, kept->operation, bytes_of(kept->body, kept->size), NULL);
	}
	kept_clear(pull);
	asked_clear(pull);
	if (small_state_lacks(engine, &donor) == lacked && lacked > 0)
		engine_leave(engine, "the small state lacks a service that its donor announces");
	else
		catchup_step(engine); /* from another, who announces the rest, or all is here */
}

/* Between two ranges nothing is on its way, so they grow as long as they come. One that was halved says nothing of the next. */
static uint32_t range_size_next(const struct engine *engine, uint32_t came)
{
	return came < engine->config.range_size ? 0 : size_bounded(engine, 2 * (uint64_t)came);
}

/* What has come of the copy, and has not been taken. */
static struct bytes copy_left(const struct pull *pull)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&pull->copy));

	wire_get_raw(&in, pull->copy_taken);
	return wire_get_rest(&in);
}

static void range_came(struct engine *engine)
{
	struct pull *pull = &engine->pull;
	struct service *service = &engine->services[pull->service];
	struct wire_reader in = wire_reader_of(copy_left(pull));
	const struct service_range range = pull_range(pull);

	if (!service->table->range_install(service->state, &range, &in)) {
		engine_leave(engine, "cannot decode a range");
		return;
	}
	asked_clear(pull);
	pull->size_next = range_size_next(engine, pull->size_max);
	pull->size_max = 0;
	engine->waiting_dirty = true;
	objects_came(service);
	catchup_step(engine);
}

static bool copy_is_asked(const struct engine *engine, const struct engine_range_copy *copy)
{
	const struct pull *pull = &engine->pull;
	const uint16_t service = pull->service == SIZE_MAX ? 0 : engine->services[pull->service].table->id;

	if (copy->joiner != engine->config.node || pull->wait == PULL_IDLE || copy->service != service)
		return false;
	return !rule_on(engine, RULE_COPY_NAMES_REQUEST) ||
	       (pull->wait == PULL_OPEN && position_equal(copy->request, pull->request));
}

static const struct service_engine *work_table(const struct engine *engine)
{
	const struct pull *pull = &engine->pull;

	return pull->wait == PULL_OPEN && pull->service != SIZE_MAX && !engine->leaving ? engine->services[pull->service].table : NULL;
}

bool engine_works(const struct engine *engine)
{
	const struct service_engine *table = work_table(engine);

	return table != NULL && table->range_part != NULL && engine->pull.copy.size > engine->pull.copy_taken;
}

bool engine_work(struct engine *engine)
{
	struct pull *pull = &engine->pull;

	if (!engine_works(engine))
		return false;
	const size_t taken = work_table(engine)->range_part(engine->services[pull->service].state, copy_left(pull), WORK_SIZE);
	pull->copy_taken += taken;
	const bool is_over = pull->copy_whole && (taken == 0 || pull->copy_taken == pull->copy.size);
	if (is_over)
		range_came(engine);
	return is_over || taken > 0;
}

/* The next piece and no other: what comes behind a gap is not taken. `lazily`: there will be time to work it off. */
static void piece_take(struct engine *engine, const struct engine_range_copy *copy, bool lazily)
{
	struct pull *pull = &engine->pull;

	if (pull->copy_whole || (copy->index != pull->copy_next && rule_on(engine, RULE_COPY_WITHOUT_GAP)) ||
	    copy->bytes.size > ENGINE_OPERATION_SIZE_MAX - pull->copy.size)
		return;
	pull->copy_next++;
	engine->range_bytes += copy->bytes.size;
	wire_put_raw(&pull->copy, copy->bytes.data, copy->bytes.size);
	if (pull->copy.failed)
		engine_leave(engine, "no memory for a range");
	else if (copy->last && pull->service == SIZE_MAX)
		small_state_came(engine);
	else if (copy->last && lazily && engine_works(engine))
		pull->copy_whole = true;
	else if (copy->last)
		range_came(engine);
}

/* A network that loses one piece will lose others, so the same range is asked for in order, and the more of the next the sooner it happens
 * again. */
static void range_lost(struct engine *engine)
{
	struct pull *pull = &engine->pull;

	engine->services[pull->service].table->range_drop(engine->services[pull->service].state);
	pull->ordered_next = pull->ordered_next == 0 ? 1 : pull->ordered_next < ORDERED_MOST ? 2 * pull->ordered_next : ORDERED_MOST;
	pull->ordered = pull->ordered_next;
	asked_clear(pull);
	catchup_step(engine);
}

static bool copy_decode(const struct engine *engine, struct wire_reader *in, struct engine_range_copy *copy)
{
	return engine_range_copy_decode(in, copy) && copy_is_asked(engine, copy) && !(engine->pull.joining && engine->pull.has_next);
}

void catchup_on_copy(struct engine *engine, size_t member, struct wire_reader *in)
{
	struct engine_range_copy copy;

	(void)member;
	if (!copy_decode(engine, in, &copy))
		return;
	if (engine->pull.copy_whole)
		range_came(engine);
	else if (copy.index > 0 && copy.last && copy.bytes.size == 0 && engine->pull.service != SIZE_MAX && engine->pull.wait == PULL_OPEN)
		range_lost(engine); /* it would be whole since its last piece */
	else
		piece_take(engine, &copy, false);
}

void catchup_on_direct(struct engine *engine, struct wire_reader *in)
{
	struct engine_range_copy copy;

	if (!copy_decode(engine, in, &copy) || engine->pull.service == SIZE_MAX)
		return;
	if (copy.last && copy.index == engine->pull.copy_next)
		engine->pull.ordered_next /= 2;
	piece_take(engine, &copy, true);
}

/* This node's state is the view's from here on. */
static void adopted_self(struct engine *engine)
{
	struct view *view = &engine->view;
	const struct claim *reference = &view->claims[view->verdict.reference];

	for (size_t s = 0; s < engine->service_count; s++) {
		struct service *service = &engine->services[s];

		if (service->next == NULL)
			continue;
		objects_replaced(engine, service, service->state, engine->lineage);
		service->state = service->next;
		service->next = NULL;
		service->complete = service->table->range_next == NULL;
		objects_prune(service);
	}
	if (engine->answered_apart > 0)
		engine_log(engine, HOST_LOG_WARNING, "taken-back", "%llu operations that this node answered OK while it was apart are taken"
		           " back: the view's state does not have them", (unsigned long long)engine->answered_apart);
	engine->taken_back += engine->answered_apart;
	engine->answered_apart = 0;
	if (!view->primary)
		barrier_stamp(engine, reference->lineage, reference->lineage_members, reference->lineage_member_count);
	else if (rule_on(engine, RULE_STAMP_WHEN_COMPLETE))
		barrier_stamp_view(engine);
	votes_take(engine);
	engine->reclaiming = true;
	requests_reclaim(engine);
	engine->reclaiming = false;
	engine->pull.joining = false;
	engine->pull.has_next = false;
	engine_log(engine, HOST_LOG_NOTICE, "adopted-state", "this node has taken the view's state over; its clients go on");
}

void catchup_on_adopted(struct engine *engine, size_t member, struct position position)
{
	struct view *view = &engine->view;

	if (!view->ended || view->members[member].stamped)
		return;
	if (member == view->self && !(engine->pull.joining && engine->pull.has_next))
		return;
	view->members[member].stamped = true;
	for (size_t s = 0; s < engine->service_count; s++)
		if (engine->services[s].table->range_next == NULL &&
		    claim_service_find(&view->claims[member], engine->services[s].table->id) != NULL)
			view->members[member].complete |= UINT32_C(1) << s;
	if (member == view->self)
		adopted_self(engine);
	if (view->serving)
		barrier_majorities(engine, position);
	engine->waiting_dirty = true;
	operations_flush(engine);
	objects_step(engine);
	catchup_step(engine);
	answers_release(engine);
}

void catchup_on_caught_up(struct engine *engine, size_t member, struct wire_reader *in)
{
	struct view *view = &engine->view;
	struct engine_caught_up caught_up;

	if (!engine_caught_up_decode(in, &caught_up) || !view->ended || !view->members[member].stamped)
		return;
	struct service *service = engine_service_of_id(engine, caught_up.service);
	if (service == NULL)
		return;
	view->members[member].complete |= UINT32_C(1) << service->index;
	engine->waiting_dirty = true;
	if (member == view->self) {
		service->complete = true;
		objects_prune(service);
		engine_log(engine, HOST_LOG_NOTICE, "caught-up", "%s: this node holds all content", service->table->name);
	}
	catchup_step(engine);
}

static void keep(struct engine *engine, const struct at *at, const struct engine_operation *operation)
{
	struct pull *pull = &engine->pull;
	struct kept_operation *kept;

	if (pull->kept_size + operation->body.size > ENGINE_SMALL_STATE_KEPT_RANGES * engine->config.range_size) {
		kept_clear(pull);
		asked_clear(pull);
		catchup_step(engine);
		return;
	}
	kept = engine_allocate(engine, sizeof *kept + operation->body.size);
	if (kept == NULL)
		return;
	kept->at = *at;
	kept->service = operation->service;
	kept->operation = operation->operation;
	kept->size = operation->body.size;
	if (kept->size > 0)
		memcpy(kept->body, operation->body.data, kept->size);
	list_append(&pull->kept, &kept->entry);
	pull->kept_size += sizeof *kept + kept->size;
}

/* True: this node does not serve the state that the operation is for; it is on its way there, and took what it needs. */
bool catchup_takes(struct engine *engine, struct service *service, const struct at *at, const struct engine_operation *operation)
{
	struct pull *pull = &engine->pull;

	if (!pull->joining || view_self_source(engine, service->index))
		return false;
	if (service->next != NULL)
		operations_apply(engine, service, service->next, at, operation->operation, operation->body, NULL);
	else if (pull->wait == PULL_OPEN)
		keep(engine, at, operation);
	return true;
}

/* R21: what is kept beside the copy that is on its way is bounded; over the bound it asks again for half as much. */
void catchup_applied(struct engine *engine, struct service *service)
{
	struct pull *pull = &engine->pull;

	if (objects_any_listed(service)) { /* the operation may have made a replica here, or made one whole */
		objects_filled_send(engine);
		catchup_step(engine);
	}
	if (pull->wait != PULL_OPEN || pull->service != service->index || !rule_on(engine, RULE_REASK_OVER_BOUND))
		return;
	const size_t bound = pull->size_max > 1 ? pull->size_max : engine->config.range_size;
	if (service->table->range_kept(service->state) <= bound)
		return;
	if (pull->copy_whole) { /* nothing more has to come */
		range_came(engine);
		return;
	}
	service->table->range_drop(service->state);
	if (rule_on(engine, RULE_REASK_HALVES))
		pull->size_max = pull->size_max > 1 ? pull->size_max / 2 : 1;
	asked_clear(pull);
	catchup_step(engine);
}

void catchup_again(struct engine *engine)
{
	struct pull *pull = &engine->pull;

	if (!pull->joining || pull->has_next || pull->wait != PULL_OPEN)
		return;
	kept_clear(pull);
	asked_clear(pull);
	catchup_step(engine);
}
