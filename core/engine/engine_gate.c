/* The gate: where requests are admitted, and who holds it shut. */
#include "core/engine/engine_internal.h"

unsigned gate_holders(const struct engine *engine)
{
	const struct view *view = &engine->view;

	if (!view->installed || !view->ended || view->transitional)
		return ENGINE_GATE_BARRIER;
	if (!view->serving)
		return view->quorate ? ENGINE_GATE_STATE : ENGINE_GATE_QUORUM;
	return (view->quorum_lost ? ENGINE_GATE_QUORUM : 0) | (engine->pull.joining ? ENGINE_GATE_ADOPTING : 0) | (fencing_waits(engine) ? ENGINE_GATE_FENCING : 0);
}

unsigned gate_shown(const struct engine *engine)
{
	unsigned holders = gate_holders(engine);

	if (holders == 0)
		for (size_t s = 0; s < engine->service_count; s++)
			holders |= objects_any_lost(&engine->services[s]) ? ENGINE_GATE_CONTENT : 0;
	return holders | (engine->draining ? ENGINE_GATE_LEAVING : 0);
}

bool gate_waits(const struct engine *engine)
{
	return (gate_holders(engine) & (ENGINE_GATE_BARRIER | ENGINE_GATE_ADOPTING | ENGINE_GATE_FENCING)) != 0;
}

/* R10: a service that too few nodes announce can promise nothing. */
bool gate_service_counts(const struct engine *engine, const struct service *service)
{
	const struct view *view = &engine->view;
	uint32_t announced = 0;

	if (!view->verdict.quorum_required || !rule_on(engine, RULE_COUNTED_PER_SERVICE))
		return true;
	for (size_t i = 0; i < view->count; i++)
		announced += claim_service_find(&view->claims[i], service->table->id) != NULL;
	return announced >= view->votes_needed;
}

bool gate_service_open(const struct engine *engine, const struct service *service)
{
	return gate_holders(engine) == 0 && gate_service_counts(engine, service);
}

/* R16. */
bool gate_lease(const struct engine *engine)
{
	return !rule_on(engine, RULE_LEASE) || engine_now(engine) < engine->fresh_until_ns;
}
