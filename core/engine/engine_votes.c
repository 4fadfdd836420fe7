/* R11: the expected votes, and whether the view is quorate, are ordered facts: they change by an operation that all members deliver at the
 * same place. The expected votes go with the state and count from the next barrier on; a quorum device's votes may change whether the view
 * is quorate without another view, and completes a view in which every node is (R7). */
#include "core/engine/engine_internal.h"

void votes_facts(struct engine *engine)
{
	struct view *view = &engine->view;

	for (size_t i = 0; i < view->count; i++)
		view->members[i].device_votes = view->claims[i].device_votes;
	view->quorate = view->verdict.quorate;
	view->expected = view->verdict.expected_ordered ? view->verdict.expected_votes : 0;
}

void votes_take(struct engine *engine)
{
	engine->expected = engine->view.expected;
}

static void device_changes(struct engine *engine, struct position position)
{
	struct view *view = &engine->view;
	uint32_t votes = 0;

	for (size_t i = 0; i < view->count; i++)
		votes = view->members[i].device_votes > votes ? view->members[i].device_votes : votes;
	if (!view->serving && engine_verdict_complete(view->claims, view->count, &view->verdict, votes)) {
		view->quorate = true;
		engine_log(engine, HOST_LOG_NOTICE, "votes-complete", "every node is here, and with %u votes of a device so is every vote",
		           (unsigned)votes);
		barrier_serve_late(engine, position);
		return;
	}
	const bool quorate = engine_verdict_quorate(&view->verdict, view->count, votes);
	if (quorate == view->quorate)
		return;
	view->quorate = quorate;
	view->quorum_lost = view->serving && !quorate;
	engine_log(engine, HOST_LOG_NOTICE, quorate ? "quorum-gained" : "quorum-lost", "%zu members, %u votes of a device, %u expected: %s",
	           view->count, (unsigned)votes, (unsigned)view->verdict.expected_votes, quorate ? "quorate" : "not quorate");
	engine->waiting_dirty = true;
	barrier_state_wait_arm(engine);
	operations_flush(engine);
}

static void votes_change(struct engine *engine, size_t member, const struct engine_votes *votes, struct position position)
{
	struct view *view = &engine->view;

	if (votes->kind == ENGINE_VOTES_DEVICE) {
		view->members[member].device_votes = votes->votes;
		device_changes(engine, position);
	} else if (view->serving && view->primary) {
		view->expected = votes->votes;
		engine->waiting_dirty = true;
		engine_log(engine, HOST_LOG_NOTICE, "expected-votes", "%u votes are expected from the next barrier on", (unsigned)votes->votes);
		if (view->members[view->self].stamped)
			votes_take(engine);
	}
}

void votes_on_votes(struct engine *engine, size_t member, struct wire_reader *in, struct position position)
{
	struct engine_votes votes;

	if (engine_votes_decode(in, &votes) && engine->view.ended)
		votes_change(engine, member, &votes, position);
}

static void votes_send(struct engine *engine, struct engine_votes votes)
{
	struct wire_writer out = {0};

	if (!rule_on(engine, RULE_VOTES_ORDERED)) {
		votes_change(engine, engine->view.self, &votes, engine->view.end);
		return;
	}
	engine_header_encode(&out, ENGINE_VOTES, engine->view.ring);
	engine_votes_encode(&out, &votes);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
}

bool engine_expected_votes(struct engine *engine, uint32_t votes)
{
	const struct view *view = &engine->view;

	if (engine->leaving || !view->ended || view->transitional || !view->serving || !view->primary || votes == 0 || votes > ENGINE_VOTES_MAX)
		return false;
	votes_send(engine, (struct engine_votes){.kind = ENGINE_VOTES_EXPECTED, .votes = votes});
	return true;
}

/* Before the barrier's end the claim has it, or the next view's. */
void engine_device_votes(struct engine *engine, uint32_t votes)
{
	engine->device_votes = votes < ENGINE_VOTES_MAX ? votes : ENGINE_VOTES_MAX;
	if (!engine->leaving && engine->view.ended && !engine->view.transitional)
		votes_send(engine, (struct engine_votes){.kind = ENGINE_VOTES_DEVICE, .votes = engine->device_votes});
}
