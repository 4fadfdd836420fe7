#include "core/engine/engine_verdict.h"

#include "core/engine/engine_rules.h"

static bool rule_on(uint64_t rules_off, enum engine_rule rule)
{
	return (rules_off & engine_rule_bit(rule)) == 0;
}

static bool member_present(const struct claim *claims, size_t count, uint32_t node)
{
	for (size_t i = 0; i < count; i++)
		if (claims[i].node == node)
			return true;
	return false;
}

/* Two nodes whose common services hold the same: equal directories, and equal contents where both are complete. */
static bool states_equal(const struct claim *a, const struct claim *b)
{
	if (a->expected_ordered != b->expected_ordered || (a->expected_ordered && a->expected_votes != b->expected_votes))
		return false;
	for (uint32_t i = 0; i < a->service_count; i++) {
		const struct claim_service *mine = &a->services[i];
		const struct claim_service *other = claim_service_find(b, mine->id);

		if (other == NULL)
			continue;
		if (mine->directory != other->directory)
			return false;
		if (mine->complete && other->complete && mine->content != other->content)
			return false;
	}
	return true;
}

static bool fits_group(const struct claim *claims, size_t count, const bool *group, size_t candidate)
{
	for (size_t i = 0; i < count; i++)
		if (group[i] && !states_equal(&claims[i], &claims[candidate]))
			return false;
	return true;
}

/* The group around one claim: those of its lineage that hold the same state. */
static size_t group_around(const struct claim *claims, size_t count, size_t center, uint64_t rules_off, bool *group)
{
	size_t size = 1;

	memset(group, 0, ENGINE_MEMBERS_MAX * sizeof *group);
	group[center] = true;
	for (size_t i = 0; i < count; i++) {
		if (i == center || !ring_id_equal(claims[i].lineage, claims[center].lineage))
			continue;
		if (rule_on(rules_off, RULE_GROUP_BY_STATE) && !fits_group(claims, count, group, i))
			continue;
		group[i] = true;
		size++;
	}
	return size;
}

static bool service_complete_in(const struct claim *claims, size_t count, const bool *group, uint16_t id)
{
	for (size_t i = 0; i < count; i++) {
		const struct claim_service *service = group[i] ? claim_service_find(&claims[i], id) : NULL;

		if (service != NULL && service->complete)
			return true;
	}
	return false;
}

static bool group_is_full(const struct claim *claims, size_t count, const bool *group)
{
	for (size_t i = 0; i < count; i++)
		for (uint32_t s = 0; group[i] && s < claims[i].service_count; s++)
			if (!service_complete_in(claims, count, group, claims[i].services[s].id))
				return false;
	return true;
}

/* R6. Claims ascend, so of equal groups the one found first has the lowest node id. */
static void choose_winners(const struct claim *claims, size_t count, uint64_t rules_off, struct verdict *verdict)
{
	bool group[ENGINE_MEMBERS_MAX];

	for (size_t i = 0; i < count; i++) {
		if (rule_on(rules_off, RULE_LINEAGE_BEFORE_SIZE) && !ring_id_equal(claims[i].lineage, verdict->lineage))
			continue;
		const size_t size = group_around(claims, count, i, rules_off, group);
		const bool full = group_is_full(claims, count, group);

		if (verdict->winner_count > 0 && verdict->full && !full)
			continue;
		if (full == verdict->full && size <= verdict->winner_count)
			continue;
		memcpy(verdict->winner, group, sizeof group);
		verdict->winner_count = size;
		verdict->full = full;
	}
	while (!verdict->winner[verdict->reference])
		verdict->reference++;
	if (!rule_on(rules_off, RULE_CONTENT_NEEDS_COMPLETE))
		verdict->full = true;
}

/* Every node there is. Where the nodes are listed, the votes that are no node's are a device's. */
static bool configured_present(const struct claim *claims, size_t count, const struct verdict *verdict, uint32_t device_votes)
{
	bool listed = false;

	for (size_t i = 0; i < count; i++)
		for (uint32_t c = 0; c < claims[i].configured_count; c++) {
			listed = true;
			if (!member_present(claims, count, claims[i].configured[c]))
				return false;
		}
	return count + (listed ? device_votes : 0) >= verdict->expected_votes;
}

/* R8: more than half of the members of the highest lineage, or exactly half with the lowest id among them. */
static bool holds_lineage(const struct claim *claims, size_t count, const struct verdict *verdict)
{
	const struct claim *reference = NULL;
	size_t held = 0;

	for (size_t i = 0; i < count && reference == NULL; i++)
		if (ring_id_equal(claims[i].lineage, verdict->lineage))
			reference = &claims[i];
	const size_t total = reference->lineage_member_count;
	uint32_t lowest = UINT32_MAX;
	for (size_t i = 0; i < total; i++) {
		held += member_present(claims, count, reference->lineage_members[i]);
		lowest = reference->lineage_members[i] < lowest ? reference->lineage_members[i] : lowest;
	}
	return 2 * held > total || (2 * held == total && total > 0 && member_present(claims, count, lowest));
}

bool engine_verdict_quorate(const struct verdict *verdict, size_t count, uint32_t device_votes)
{
	return !verdict->quorum_required || 2 * (count + device_votes) > verdict->expected_votes;
}

bool engine_verdict_complete(const struct claim *claims, size_t count, const struct verdict *verdict, uint32_t device_votes)
{
	return engine_verdict_quorate(verdict, count, device_votes) && configured_present(claims, count, verdict, device_votes);
}

/* R11: what was ordered goes with the state; else the highest that is configured. */
static void expected_votes(const struct claim *claims, struct verdict *verdict)
{
	const struct claim *reference = &claims[verdict->reference];

	if (!reference->expected_ordered)
		return;
	verdict->expected_ordered = true;
	verdict->expected_votes = reference->expected_votes;
}

static void decide_primary(const struct claim *claims, size_t count, uint64_t rules_off, struct verdict *verdict)
{
	const bool all_present = configured_present(claims, count, verdict, verdict->device_votes);
	const bool remembered = !ring_id_is_none(verdict->lineage);
	size_t remembering = 0;

	for (size_t i = 0; i < count; i++)
		remembering += !ring_id_is_none(claims[i].lineage) || !rule_on(rules_off, RULE_LOST_IS_NO_LINEAGE);
	if (verdict->quorum_required) {
		verdict->quorate = engine_verdict_quorate(verdict, count, verdict->device_votes);
		verdict->primary = verdict->quorate && (2 * remembering > verdict->expected_votes || all_present);
		verdict->serving = verdict->primary;
		return;
	}
	verdict->quorate = true;
	if (remembered)
		verdict->primary = holds_lineage(claims, count, verdict);
	else
		verdict->primary = all_present || !rule_on(rules_off, RULE_MEMORYLESS_VIEW_WAITS);
	verdict->serving = remembered || verdict->primary;
}

/* Of the clocks of those that hold the state the lower median keeps the view's time: one wrong clock expires nothing. */
static size_t choose_keeper(const struct claim *claims, size_t count, const bool *holders)
{
	size_t holder_count = 0;

	for (size_t i = 0; i < count; i++)
		holder_count += holders[i];
	for (size_t i = 0; i < count; i++) {
		size_t before = 0;

		for (size_t j = 0; j < count; j++)
			before += holders[j] && (claims[j].clock_ns < claims[i].clock_ns ||
			                         (claims[j].clock_ns == claims[i].clock_ns && j < i));
		if (holders[i] && before == (holder_count - 1) / 2)
			return i;
	}
	return SIZE_MAX;
}

static bool service_equal(const struct claim_service *a, const struct claim_service *b)
{
	return a->directory == b->directory && (!a->complete || !b->complete || a->content == b->content);
}

/* Those of one lineage that hold the same of the service as the one in the center. */
static size_t service_group(const struct claim *claims, size_t count, uint16_t id, size_t center, bool *group)
{
	size_t size = 0;

	memset(group, 0, ENGINE_MEMBERS_MAX * sizeof *group);
	group[center] = true;
	for (size_t i = 0; i < count; i++) {
		const struct claim_service *service = claim_service_find(&claims[i], id);
		bool fits = service != NULL && ring_id_equal(claims[i].lineage, claims[center].lineage);

		for (size_t j = 0; j < count && fits; j++)
			fits = !group[j] || service_equal(service, claim_service_find(&claims[j], id));
		group[i] = fits;
		size += fits;
	}
	return size;
}

/* No winner announces it. As among all: lineage, then a complete replica, then number, then the lowest id. */
static void choose_others(const struct claim *claims, size_t count, uint16_t id, struct verdict_service *chosen)
{
	struct ring_id lineage = {0};
	bool group[ENGINE_MEMBERS_MAX];
	size_t chosen_size = 0;

	for (size_t i = 0; i < count; i++)
		if (claim_service_find(&claims[i], id) != NULL && ring_id_compare(claims[i].lineage, lineage) > 0)
			lineage = claims[i].lineage;
	for (size_t i = 0; i < count; i++) {
		if (claim_service_find(&claims[i], id) == NULL || !ring_id_equal(claims[i].lineage, lineage))
			continue;
		const size_t size = service_group(claims, count, id, i, group);
		const bool complete = service_complete_in(claims, count, group, id);

		if ((chosen->complete && !complete) || (complete == chosen->complete && size <= chosen_size))
			continue;
		memcpy(chosen->source, group, sizeof group);
		chosen->complete = complete;
		chosen_size = size;
	}
}

void engine_verdict_service(const struct claim *claims, size_t count, const struct verdict *verdict, uint16_t id,
                            struct verdict_service *service)
{
	bool any = false;

	*service = (struct verdict_service){0};
	for (size_t i = 0; i < count; i++) {
		service->source[i] = verdict->winner[i] && claim_service_find(&claims[i], id) != NULL;
		any |= service->source[i];
	}
	if (any)
		service->complete = service_complete_in(claims, count, service->source, id);
	else
		choose_others(claims, count, id, service);
	service->keeper = choose_keeper(claims, count, service->source);
}

size_t engine_verdict_speaker(const struct claim *claims, size_t count, const struct verdict_service *service, uint16_t id)
{
	size_t speaker = SIZE_MAX, most = 0;

	for (size_t i = 0; i < count; i++) {
		size_t like_it = 0;

		for (size_t j = 0; j < count && service->source[i]; j++)
			like_it += service->source[j] && claim_service_find(&claims[j], id)->format == claim_service_find(&claims[i], id)->format;
		if (like_it > most) {
			speaker = i;
			most = like_it;
		}
	}
	return speaker;
}

/* The winners have all content of what they announce, and so have those whose state of other services the view takes. */
static bool others_are_full(const struct claim *claims, size_t count, const struct verdict *verdict)
{
	struct verdict_service service;

	for (size_t i = 0; i < count; i++)
		for (uint32_t s = 0; s < claims[i].service_count; s++) {
			engine_verdict_service(claims, count, verdict, claims[i].services[s].id, &service);
			if (!service.complete)
				return false;
		}
	return true;
}

void engine_verdict(const struct claim *claims, size_t count, uint64_t rules_off, struct verdict *verdict)
{
	*verdict = (struct verdict){.version = claims[0].version};
	for (size_t i = 0; i < count; i++) {
		if (ring_id_compare(claims[i].lineage, verdict->lineage) > 0)
			verdict->lineage = claims[i].lineage;
		verdict->quorum_required |= claims[i].quorum_required;
		if (!claims[i].expected_ordered && claims[i].expected_votes > verdict->expected_votes)
			verdict->expected_votes = claims[i].expected_votes;
		if (claims[i].device_votes > verdict->device_votes)
			verdict->device_votes = claims[i].device_votes;
		if (claims[i].version < verdict->version)
			verdict->version = claims[i].version;
	}
	choose_winners(claims, count, rules_off, verdict);
	expected_votes(claims, verdict);
	decide_primary(claims, count, rules_off, verdict);
	verdict->full = verdict->full && (!rule_on(rules_off, RULE_CONTENT_NEEDS_COMPLETE) || others_are_full(claims, count, verdict));
	verdict->keeper = choose_keeper(claims, count, verdict->winner);
}
