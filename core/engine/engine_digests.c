/* Digests of states, compared at run time and in each barrier (R22): who differs from the majority has a broken replica and leaves. */
#include "core/engine/engine_internal.h"

void digests_of(const struct engine *engine, struct claim_service *services, uint32_t *count)
{
	*count = (uint32_t)engine->service_count;
	for (size_t s = 0; s < engine->service_count; s++) {
		const struct service *service = &engine->services[s];
		const struct service_engine *table = service->table;

		services[s] = (struct claim_service){.id = table->id, .format = table->format, .complete = service->complete,
		                                        .listed = objects_any_listed(service)};
		if (service->state == NULL)
			continue;
		services[s].directory = table->digest_directory(service->state);
		if (service->complete && table->digest_content != NULL)
			services[s].content = table->digest_content(service->state);
	}
}

static bool service_differs(const struct claim_service *a, const struct claim_service *b)
{
	return a->directory != b->directory || (a->complete && b->complete && a->content != b->content);
}

static bool digests_differ(const struct claim_service *a, uint32_t a_count, const struct claim_service *b, uint32_t b_count)
{
	for (uint32_t i = 0; i < a_count; i++)
		for (uint32_t j = 0; j < b_count; j++)
			if (a[i].id == b[j].id && service_differs(&a[i], &b[j]))
				return true;
	return false;
}

static void shared_add(const struct service *service, const struct view *view, const struct service_peer *members, uint64_t *shared)
{
	uint64_t own[ENGINE_MEMBERS_MAX];

	if (service->state == NULL || service->table->digest_shared == NULL)
		return;
	service->table->digest_shared(service->state, members, view->count, own);
	for (size_t i = 0; i < view->count; i++)
		if (i != view->self)
			shared[i] = digest_u64(digest_u64(shared[i], service->table->id), own[i]);
}

/* Of what lies on some nodes alone: each pair of members that holds something both is compared by itself. */
static void shared_of(const struct engine *engine, struct engine_digests *digests)
{
	const struct view *view = &engine->view;
	struct service_peer members[ENGINE_MEMBERS_MAX];

	digests->shared_count = (uint32_t)view->count;
	for (size_t i = 0; i < view->count; i++) {
		members[i] = (struct service_peer){.node = view->claims[i].node, .incarnation = view->claims[i].incarnation};
		digests->shared[i] = 0;
	}
	for (size_t s = 0; s < engine->service_count; s++)
		shared_add(&engine->services[s], view, members, digests->shared);
}

static bool shared_differs(const struct engine_digests *const *digests, size_t a, size_t b)
{
	return digests[a] != NULL && digests[b] != NULL && b < digests[a]->shared_count && a < digests[b]->shared_count &&
	       digests[a]->shared[b] != digests[b]->shared[a];
}

static size_t shared_differing(const struct engine_digests *const *digests, size_t count, size_t member)
{
	size_t differing = 0;

	for (size_t i = 0; i < count; i++)
		differing += i != member && shared_differs(digests, member, i);
	return differing;
}

/* Of two that differ, the one that differs from more others is broken; else the higher id is taken for it. All judge alike, by the same digests. */
static bool must_leave_shared(const struct engine_digests *const *digests, size_t count, size_t self)
{
	const size_t mine = shared_differing(digests, count, self);

	for (size_t i = 0; mine > 0 && i < count; i++) {
		if (i == self || !shared_differs(digests, self, i))
			continue;
		const size_t its = shared_differing(digests, count, i);

		if (mine > its || (mine == its && self > i))
			return true;
	}
	return false;
}

/* Is this node among those that the others are to be rid of? `listed[i]` gives the i-th's digests or NULL; `self` is one of them. */
static bool must_leave(const struct claim_service *const *listed, const uint32_t *counts, size_t count, size_t self)
{
	size_t equal = 0, total = 0;
	bool first_differs = false;

	for (size_t i = 0; i < count; i++) {
		if (listed[i] == NULL)
			continue;
		const bool differs = digests_differ(listed[self], counts[self], listed[i], counts[i]);

		if (total++ == 0)
			first_differs = differs;
		equal += !differs;
	}
	if (equal == total)
		return false;
	return 2 * equal < total || (2 * equal == total && first_differs);
}

static void leave(struct engine *engine, const char *where)
{
	engine_log(engine, HOST_LOG_ERROR, "digests-differ", "%s: this node's state differs from the majority's; it leaves and comes back as a"
	           " joiner", where);
	engine_leave(engine, "digests differ");
}

/* Among members that came through the same transitional configuration with the state of the view before. */
void digests_at_barrier(struct engine *engine)
{
	const struct view *view = &engine->view;
	const struct claim *mine = &view->claims[view->self];
	const struct claim_service *listed[ENGINE_MEMBERS_MAX];
	uint32_t counts[ENGINE_MEMBERS_MAX];

	if (engine->config.rules_off != 0)
		return; /* a mutant is the checkers' to catch */
	for (size_t i = 0; i < view->count; i++) {
		const struct claim *claim = &view->claims[i];
		bool same = claim->current && mine->current && ring_id_equal(claim->previous, mine->previous) && i != view->self;
		bool along = false;

		for (uint32_t t = 0; t < mine->transitional_count; t++)
			along |= mine->transitional[t] == claim->node;
		same = (same && along) || i == view->self;
		listed[i] = same ? claim->services : NULL;
		counts[i] = claim->service_count;
	}
	if (must_leave(listed, counts, view->count, view->self))
		leave(engine, "barrier");
}

void digests_operation(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;
	struct engine_digests digests = {.position = position};
	struct wire_writer out = {0};

	if (view->operation_count % (engine->config.digest_interval != 0 ? engine->config.digest_interval : ENGINE_DIGEST_INTERVAL) != 0)
		return;
	for (size_t i = 0; i < view->count; i++)
		view->members[i].digested = false;
	if (!view->members[view->self].stamped || engine->pull.joining || view->transitional)
		return;
	digests_of(engine, digests.services, &digests.service_count);
	shared_of(engine, &digests);
	engine_header_encode(&out, ENGINE_DIGESTS, view->ring);
	engine_digests_encode(&out, &digests);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

void digests_on_digests(struct engine *engine, size_t member, struct wire_reader *in)
{
	struct view *view = &engine->view;
	const struct claim_service *listed[ENGINE_MEMBERS_MAX] = {NULL};
	const struct engine_digests *told[ENGINE_MEMBERS_MAX] = {NULL};
	uint32_t counts[ENGINE_MEMBERS_MAX] = {0};
	struct engine_digests digests;

	if (!engine_digests_decode(in, &digests))
		return;
	view->members[member].digests = digests;
	view->members[member].digested = true;
	if (!view->members[view->self].digested || engine->config.rules_off != 0)
		return;
	for (size_t i = 0; i < view->count; i++) {
		const struct member *other = &view->members[i];
		const bool same = other->digested &&
		                  position_equal(other->digests.position, view->members[view->self].digests.position);

		if (other->stamped && !same)
			return; /* one is missing still */
		listed[i] = same ? other->digests.services : NULL;
		told[i] = same ? &other->digests : NULL;
		counts[i] = other->digests.service_count;
	}
	if (must_leave(listed, counts, view->count, view->self) || must_leave_shared(told, view->count, view->self))
		leave(engine, "comparison");
}
