/* Who departed without a word and may still believe in a lock: the view's end releases its locks only once it is fenced (R20). Who that is
 * comes with the state, in the claim of the winner with the lowest id, so that a view in between that decides nothing forgets nobody. Not
 * here: how a node is fenced; the host has agents for that, and says so with engine_fenced(). */
#include "core/engine/engine_internal.h"

#include <stdio.h>
#include <stdlib.h>

static bool present(const struct view *view, uint32_t node)
{
	return view_member_index(view, node) != SIZE_MAX;
}

static void unfenced_add(struct engine *engine, const struct claim_joined *departed)
{
	struct claim_joined *list = engine->unfenced;
	uint32_t where = engine->unfenced_count;

	for (uint32_t i = 0; i < engine->unfenced_count; i++)
		if (list[i].node == departed->node && list[i].incarnation == departed->incarnation)
			return;
	if (engine->unfenced_count == ENGINE_UNFENCED_MAX) {
		engine_log(engine, HOST_LOG_WARNING, "fencing-forgotten", "more nodes wait for their fencing than are kept; node %u does not",
		           (unsigned)list[0].node);
		memmove(list, list + 1, --engine->unfenced_count * sizeof *list);
		where--;
	}
	while (where > 0 && list[where - 1].node > departed->node)
		where--;
	memmove(list + where + 1, list + where, (engine->unfenced_count - where) * sizeof *list);
	list[where] = *departed;
	engine->unfenced_count++;
}

/* Who is back was told at this end that it holds nothing, or restarted and has no clients from before. */
bool fencing_facts(struct engine *engine)
{
	const struct view *view = &engine->view;
	const struct claim *reference = &view->claims[view->verdict.reference];

	free(engine->unfenced);
	engine->unfenced_count = 0;
	engine->unfenced = engine_allocate(engine, ENGINE_UNFENCED_MAX * sizeof *engine->unfenced);
	if (engine->unfenced == NULL)
		return false;
	for (uint32_t i = 0; view->fencing && i < reference->unfenced_count; i++)
		if (!present(view, reference->unfenced[i].node))
			unfenced_add(engine, &reference->unfenced[i]);
	for (uint32_t i = 0; view->fencing && i < reference->joined_count; i++)
		if (!present(view, reference->joined[i].node) && !reference->joined[i].leaving)
			unfenced_add(engine, &reference->joined[i]);
	return true;
}

bool fencing_waits(const struct engine *engine)
{
	const struct view *view = &engine->view;

	return view->ended && view->serving && engine->unfenced_count > 0 && rule_on(engine, RULE_FENCED_FIRST);
}

void fencing_announce(struct engine *engine)
{
	char nodes[200] = "";
	int used = 0;

	for (uint32_t i = 0; i < engine->unfenced_count && used < (int)sizeof nodes - 12; i++)
		used += snprintf(nodes + used, sizeof nodes - (size_t)used, " %u", (unsigned)engine->unfenced[i].node);
	engine_log(engine, HOST_LOG_WARNING, "fencing-awaited",
	           "the gate stays shut until these nodes are fenced, or back:%s", nodes);
}

void fencing_on_fenced(struct engine *engine, struct wire_reader *in, struct position position)
{
	struct view *view = &engine->view;
	struct engine_fencing fenced;
	uint32_t left = 0;

	if (!engine_fencing_decode(in, &fenced) || !view->ended)
		return;
	for (uint32_t i = 0; i < engine->unfenced_count; i++)
		if (engine->unfenced[i].node != fenced.node || engine->unfenced[i].incarnation != fenced.incarnation)
			engine->unfenced[left++] = engine->unfenced[i];
	if (left == engine->unfenced_count)
		return;
	engine->unfenced_count = left;
	engine->waiting_dirty = true;
	engine_log(engine, HOST_LOG_NOTICE, "fenced", "node %u is fenced; %u more to go", (unsigned)fenced.node, (unsigned)left);
	if (left > 0 || !view->serving || view->applied)
		return;
	barrier_applied(engine, position);
	catchup_again(engine);
	catchup_step(engine); /* objects may have to be held here now */
	operations_flush(engine);
	answers_release(engine);
}

void fencing_on_leaving(struct engine *engine, size_t member, struct position position)
{
	const struct view *view = &engine->view;

	for (uint32_t i = 0; view->ended && i < engine->joined_count; i++)
		if (engine->joined[i].node == view->claims[member].node)
			engine->joined[i].leaving = true;
	if (view->ended && member == view->self)
		engine->farewell = position;
}

static bool can_say(const struct engine *engine)
{
	return !engine->leaving && engine->view.ended && !engine->view.transitional;
}

bool engine_fenced(struct engine *engine, uint32_t node)
{
	bool said = false;

	for (uint32_t i = 0; can_say(engine) && i < engine->unfenced_count; i++) {
		struct wire_writer out = {0};

		if (engine->unfenced[i].node != node)
			continue;
		engine_header_encode(&out, ENGINE_FENCED, engine->view.ring);
		engine_fencing_encode(&out, &(struct engine_fencing){.node = node, .incarnation = engine->unfenced[i].incarnation});
		engine_barrier_send(engine, &out);
		wire_writer_clear(&out);
		said = true;
	}
	return said;
}

bool engine_leaving(struct engine *engine)
{
	struct wire_writer out = {0};

	if (!can_say(engine))
		return false;
	engine_header_encode(&out, ENGINE_LEAVING, engine->view.ring);
	engine_barrier_send(engine, &out);
	wire_writer_clear(&out);
	return true;
}

/* Heard by all is what is stable: a node that left before the others have it would be fenced for a lost packet. */
bool engine_farewell(struct engine *engine)
{
	const struct view *view = &engine->view;

	if (engine->leaving || !view->installed || (view->ended && (!view->fencing || view->count == 1)))
		return true;
	if (!can_say(engine))
		return false;
	if (!ring_id_equal(engine->farewell_said, view->ring)) {
		engine->farewell_said = view->ring;
		engine_leaving(engine);
	}
	return ring_id_equal(engine->farewell.ring, view->ring) && view->stable_valid &&
	       position_compare(engine->farewell, view->stable) <= 0;
}
