/* The view's time: of each service one member, the lower median clock among those that hold its state, sends what is due (DESIGN, mechanism 3). */
#include "core/engine/engine_internal.h"

enum { NS_PER_MS = 1000000 };

static bool keeps(const struct engine *engine, const struct service *service)
{
	return engine->view.ended && engine->view.serving && service->keeper && service->table->due != NULL;
}

static void arm(struct engine *engine)
{
	const int64_t wall_ns = engine->host->wall_ns(engine->host->context), now_ns = engine_now(engine);
	const int64_t hour_ns = INT64_C(3600000) * NS_PER_MS; /* a clock that is set shows within it */
	int64_t due_ns = INT64_MAX;

	for (size_t i = 0; i < engine->service_count; i++)
		if (keeps(engine, &engine->services[i]) && engine->services[i].due_ns < due_ns)
			due_ns = engine->services[i].due_ns;
	if (due_ns == INT64_MAX) {
		engine_timer_arm(engine, ENGINE_TIMER_DUE, INT64_MAX);
		return;
	}
	const int64_t wait_ns = due_ns <= wall_ns ? 0 : due_ns - wall_ns;
	engine_timer_arm(engine, ENGINE_TIMER_DUE, now_ns + (wait_ns < hour_ns ? wait_ns : hour_ns));
}

/* A new view's keeper looks at everything once. */
void keeper_view(struct engine *engine)
{
	for (size_t i = 0; i < engine->service_count; i++)
		engine->services[i].due_ns = engine->services[i].table->due != NULL ? 0 : INT64_MAX;
	arm(engine);
}

void keeper_due(struct engine *engine, struct service *service, int64_t due_ns)
{
	if (service->table->due == NULL || due_ns >= service->due_ns)
		return;
	service->due_ns = due_ns;
	if (keeps(engine, service))
		arm(engine);
}

void keeper_timer(struct engine *engine)
{
	const int64_t wall_ns = engine->host->wall_ns(engine->host->context);
	for (size_t i = 0; i < engine->service_count; i++) {
		struct service *service = &engine->services[i];

		if (!keeps(engine, service) || service->due_ns > wall_ns)
			continue;
		const int64_t next_ns = service->table->due(service, wall_ns);
		/* What was sent is not applied yet: looks again a little later, should it have been lost. */
		service->due_ns = next_ns > wall_ns ? next_ns : wall_ns + INT64_C(100) * NS_PER_MS;
	}
	arm(engine);
}
