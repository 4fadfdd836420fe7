/* Promise: a request beyond a limit is refused with the standard's own code, and no other is; on every node by the limits that the request carries,
 * whatever this node's configuration says meanwhile. */
#include <inttypes.h>

#include "conformance/lck/world_lck.h"

bool check_lck_is_beyond(const struct picture *before, const struct lck_lock *lock)
{
	size_t own = 0;

	for (size_t i = 0; i < before->lock_count; i++)
		own += !before->locks[i].orphan && requester_same_client(before->locks[i].requester, lock->requester);
	return own >= lock->limits.client || before->lock_count >= lock->limits.all;
}

static bool is_beyond(const struct picture *before, const struct lck_open *open)
{
	size_t own = 0;

	for (size_t i = 0; i < before->open_count; i++)
		own += requester_same_client(before->opens[i].client, open->requester);
	return own >= open->limits.client || before->open_count >= open->limits.all;
}

/* What the effects answer to the request: how many answers, and the last. */
static unsigned answers_find(const struct effects *effects, const struct lck_open *open, uint32_t *code)
{
	unsigned count = 0;

	for (size_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->list[i];
		struct wire_reader in = wire_reader_of(effects_payload(effects, effect));
		struct lck_opened_event event;

		if (!requester_same_client(effect->requester, open->requester))
			continue;
		if (effect->kind == EFFECT_REPLY && !open->async && effect->requester.call == open->requester.call) {
			count++;
			*code = effect->code;
		} else if (effect->kind == EFFECT_NOTIFY && effect->event == LCK_EVENT_OPENED && open->async &&
		           lck_opened_event_decode(&in, &event) && event.open == open->request.open) {
			count++;
			*code = event.error;
		}
	}
	return count;
}

/* Where nothing is to be created, NOT_EXIST goes before a limit. */
static bool code_is_right(const struct world_lck *world, const struct lck_open *open, uint32_t code)
{
	if (picture_open_find(&world->before, open->requester, open->request.open) != NULL) /* sent again, and kept */
		return code == SA_AIS_OK;
	if (code == SA_AIS_ERR_NOT_EXIST)
		return open->request.flags == 0;
	return code == (is_beyond(&world->before, open) ? SA_AIS_ERR_NO_RESOURCES : SA_AIS_OK);
}

void check_lck_open_decision(struct world_lck *world, uint32_t node, uint16_t operation, struct bytes body, const struct effects *effects)
{
	struct wire_reader in = wire_reader_of(body);
	uint32_t code = 0;
	struct lck_open open;

	if (operation != LCK_OPERATION_OPEN || !lck_open_decode(&in, &open))
		return;
	const unsigned count = answers_find(effects, &open, &code);
	world->counts.no_resources += code == SA_AIS_ERR_NO_RESOURCES;
	if (count != 1 || !code_is_right(world, &open, code))
		sim_violation(world->sim, "limits", "node %" PRIu32 " answers %u times %" PRIu32 " to client %" PRIu64 "'s open, with %zu opens of all, and limits %"
		              PRIu32 " and %" PRIu32, node, count, code, open.requester.client, world->before.open_count, open.limits.client, open.limits.all);
}
