#include "core/engine/engine_messages.h"

#include "core/engine/service.h"

#include <stdlib.h>

void engine_header_encode(struct wire_writer *out, enum engine_message_kind kind, struct ring_id tag)
{
	wire_put_format(out, ENGINE_FORMAT);
	wire_put_u8(out, (uint8_t)kind);
	ring_id_encode(out, tag);
}

bool engine_header_decode(struct wire_reader *in, struct engine_header *header)
{
	wire_get_format(in, ENGINE_FORMAT);
	const uint8_t kind = wire_get_u8(in);

	header->tag = ring_id_decode(in);
	if (kind < ENGINE_CLAIM || kind > ENGINE_VOTES)
		wire_fail(in);
	header->kind = (enum engine_message_kind)kind;
	return !in->failed;
}

static void nodes_encode(struct wire_writer *out, const uint32_t *nodes, uint32_t count)
{
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_u32(out, nodes[i]);
}

/* NULL and a count of 0 where there are none, or on failure. */
static uint32_t *nodes_decode(struct wire_reader *in, uint32_t *count)
{
	*count = wire_get_count(in, 4, ENGINE_MEMBERS_MAX);
	if (*count == 0)
		return NULL;
	uint32_t *nodes = calloc(*count, sizeof *nodes);
	if (nodes == NULL) {
		*count = 0;
		wire_fail(in);
		return NULL;
	}
	for (uint32_t i = 0; i < *count; i++)
		nodes[i] = wire_get_u32(in);
	return nodes;
}

static void services_encode(struct wire_writer *out, const struct claim_service *services, uint32_t count)
{
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++) {
		wire_put_u16(out, services[i].id);
		wire_put_u16(out, services[i].format);
		wire_put_u64(out, services[i].directory);
		wire_put_u64(out, services[i].content);
		wire_put_bool(out, services[i].complete);
		wire_put_bool(out, services[i].listed);
	}
}

static uint32_t services_decode(struct wire_reader *in, struct claim_service *services)
{
	const uint32_t count = wire_get_count(in, 2 + 2 + 8 + 8 + 1, ENGINE_SERVICES_MAX);

	for (uint32_t i = 0; i < count; i++) {
		services[i].id = wire_get_u16(in);
		services[i].format = wire_get_u16(in);
		services[i].directory = wire_get_u64(in);
		services[i].content = wire_get_u64(in);
		services[i].complete = wire_get_bool(in);
		services[i].listed = wire_get_bool(in);
	}
	return count;
}

static void joined_encode(struct wire_writer *out, const struct claim_joined *joined, uint32_t count)
{
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++) {
		wire_put_u32(out, joined[i].node);
		wire_put_u64(out, joined[i].incarnation);
		ring_id_encode(out, joined[i].ring);
		wire_put_bool(out, joined[i].leaving);
	}
}

/* NULL and a count of 0 where there are none, or on failure. */
static struct claim_joined *joined_decode(struct wire_reader *in, uint32_t *count, uint32_t most)
{
	*count = wire_get_count(in, 4 + 8 + 12 + 1, most);
	if (*count == 0)
		return NULL;
	struct claim_joined *joined = calloc(*count, sizeof *joined);
	if (joined == NULL) {
		*count = 0;
		wire_fail(in);
		return NULL;
	}
	for (uint32_t i = 0; i < *count; i++) {
		joined[i].node = wire_get_u32(in);
		joined[i].incarnation = wire_get_u64(in);
		joined[i].ring = ring_id_decode(in);
		joined[i].leaving = wire_get_bool(in);
	}
	return joined;
}

static void debts_decode(struct wire_reader *in, struct claim *claim)
{
	claim->debt_count = wire_get_count(in, 4 + 8 + 8 + 8, ENGINE_DEBTS_MAX);
	if (claim->debt_count == 0)
		return;
	claim->debts = calloc(claim->debt_count, sizeof *claim->debts);
	if (claim->debts == NULL) {
		wire_fail(in);
		return;
	}
	for (uint32_t i = 0; i < claim->debt_count; i++)
		claim->debts[i] = requester_decode(in);
}

void claim_encode(struct wire_writer *out, const struct claim *claim)
{
	wire_put_u64(out, claim->incarnation);
	wire_put_u16(out, claim->version);
	ring_id_encode(out, claim->lineage);
	ring_id_encode(out, claim->previous);
	wire_put_bool(out, claim->current);
	wire_put_i64(out, claim->clock_ns);
	wire_put_i64(out, claim->boot_ns);
	wire_put_i64(out, claim->release_wait_ns);
	wire_put_bool(out, claim->quorum_required);
	wire_put_bool(out, claim->fencing);
	wire_put_u32(out, claim->expected_votes);
	wire_put_bool(out, claim->expected_ordered);
	wire_put_u32(out, claim->device_votes);
	wire_put_u8(out, claim->address_family);
	wire_put_bytes(out, claim->name);
	wire_put_bytes(out, claim->address);
	nodes_encode(out, claim->lineage_members, claim->lineage_member_count);
	nodes_encode(out, claim->configured, claim->configured_count);
	nodes_encode(out, claim->transitional, claim->transitional_count);
	services_encode(out, claim->services, claim->service_count);
	joined_encode(out, claim->joined, claim->joined_count);
	joined_encode(out, claim->unfenced, claim->unfenced_count);
	wire_put_u32(out, claim->debt_count);
	for (uint32_t i = 0; i < claim->debt_count; i++)
		requester_encode(out, claim->debts[i]);
}

/* The texts outlive the message: they move into memory of the claim's own. */
static void texts_own(struct wire_reader *in, struct claim *claim)
{
	if (in->failed)
		return;
	claim->memory = malloc(claim->name.size + claim->address.size + 1);
	if (claim->memory == NULL) {
		wire_fail(in);
		return;
	}
	memcpy(claim->memory, claim->name.data, claim->name.size);
	memcpy(claim->memory + claim->name.size, claim->address.data, claim->address.size);
	claim->name.data = claim->memory;
	claim->address.data = claim->memory + claim->name.size;
}

bool claim_decode(struct wire_reader *in, struct claim *claim)
{
	const uint32_t node = claim->node;

	*claim = (struct claim){.node = node};
	claim->incarnation = wire_get_u64(in);
	claim->version = wire_get_u16(in);
	claim->lineage = ring_id_decode(in);
	claim->previous = ring_id_decode(in);
	claim->current = wire_get_bool(in);
	claim->clock_ns = wire_get_i64(in);
	claim->boot_ns = wire_get_i64(in);
	claim->release_wait_ns = wire_get_i64(in);
	claim->quorum_required = wire_get_bool(in);
	claim->fencing = wire_get_bool(in);
	claim->expected_votes = wire_get_u32(in);
	claim->expected_ordered = wire_get_bool(in);
	claim->device_votes = wire_get_u32(in);
	if (claim->device_votes > ENGINE_VOTES_MAX)
		wire_fail(in);
	claim->address_family = wire_get_u8(in);
	claim->name = wire_get_bytes(in, ENGINE_TEXT_MAX);
	claim->address = wire_get_bytes(in, ENGINE_TEXT_MAX);
	claim->lineage_members = nodes_decode(in, &claim->lineage_member_count);
	claim->configured = nodes_decode(in, &claim->configured_count);
	claim->transitional = nodes_decode(in, &claim->transitional_count);
	claim->service_count = services_decode(in, claim->services);
	claim->joined = joined_decode(in, &claim->joined_count, ENGINE_MEMBERS_MAX);
	claim->unfenced = joined_decode(in, &claim->unfenced_count, ENGINE_UNFENCED_MAX);
	debts_decode(in, claim);
	texts_own(in, claim);
	if (wire_finish(in))
		return true;
	claim_clear(claim);
	return false;
}

void claim_clear(struct claim *claim)
{
	free(claim->lineage_members);
	free(claim->configured);
	free(claim->transitional);
	free(claim->joined);
	free(claim->unfenced);
	free(claim->debts);
	free(claim->memory);
	*claim = (struct claim){0};
}

const struct claim_service *claim_service_find(const struct claim *claim, uint16_t id)
{
	for (uint32_t i = 0; i < claim->service_count; i++)
		if (claim->services[i].id == id)
			return &claim->services[i];
	return NULL;
}

void engine_operation_encode(struct wire_writer *out, const struct engine_operation *operation)
{
	wire_put_u16(out, operation->service);
	wire_put_u16(out, operation->operation);
	wire_put_u64(out, operation->number);
	wire_put_i64(out, operation->clock_ns);
	wire_put_bytes(out, operation->body);
}

bool engine_operation_decode(struct wire_reader *in, struct engine_operation *operation)
{
	operation->service = wire_get_u16(in);
	operation->operation = wire_get_u16(in);
	operation->number = wire_get_u64(in);
	operation->clock_ns = wire_get_i64(in);
	operation->body = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);
	return wire_finish(in);
}

void engine_part_encode(struct wire_writer *out, const struct engine_part *part)
{
	wire_put_u64(out, part->number);
	wire_put_u32(out, part->index);
	wire_put_bool(out, part->last);
	wire_put_bytes(out, part->bytes);
}

bool engine_part_decode(struct wire_reader *in, struct engine_part *part)
{
	part->number = wire_get_u64(in);
	part->index = wire_get_u32(in);
	part->last = wire_get_bool(in);
	part->bytes = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);
	return wire_finish(in);
}

void engine_range_request_encode(struct wire_writer *out, const struct engine_range_request *request)
{
	wire_put_u32(out, request->donor);
	wire_put_u16(out, request->service);
	wire_put_u32(out, request->size_max);
	wire_put_bytes(out, request->after);
	wire_put_bool(out, request->ordered);
}

bool engine_range_request_decode(struct wire_reader *in, struct engine_range_request *request)
{
	request->donor = wire_get_u32(in);
	request->service = wire_get_u16(in);
	request->size_max = wire_get_u32(in);
	request->after = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);
	request->ordered = wire_get_bool(in);
	return wire_finish(in);
}

void engine_range_copy_encode(struct wire_writer *out, const struct engine_range_copy *copy)
{
	wire_put_u32(out, copy->joiner);
	position_encode(out, copy->request);
	wire_put_u16(out, copy->service);
	wire_put_u32(out, copy->index);
	wire_put_bool(out, copy->last);
	wire_put_bytes(out, copy->bytes);
}

bool engine_range_copy_decode(struct wire_reader *in, struct engine_range_copy *copy)
{
	copy->joiner = wire_get_u32(in);
	copy->request = position_decode(in);
	copy->service = wire_get_u16(in);
	copy->index = wire_get_u32(in);
	copy->last = wire_get_bool(in);
	copy->bytes = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);
	return wire_finish(in);
}

void engine_votes_encode(struct wire_writer *out, const struct engine_votes *votes)
{
	wire_put_u8(out, (uint8_t)votes->kind);
	wire_put_u32(out, votes->votes);
}

bool engine_votes_decode(struct wire_reader *in, struct engine_votes *votes)
{
	const uint8_t kind = wire_get_u8(in);

	votes->votes = wire_get_u32(in);
	if (kind < ENGINE_VOTES_EXPECTED || kind > ENGINE_VOTES_DEVICE || votes->votes > ENGINE_VOTES_MAX ||
	    (kind == ENGINE_VOTES_EXPECTED && votes->votes == 0))
		wire_fail(in);
	votes->kind = (enum engine_votes_kind)kind;
	return wire_finish(in);
}

void engine_fencing_encode(struct wire_writer *out, const struct engine_fencing *fencing)
{
	wire_put_u32(out, fencing->node);
	wire_put_u64(out, fencing->incarnation);
}

bool engine_fencing_decode(struct wire_reader *in, struct engine_fencing *fencing)
{
	fencing->node = wire_get_u32(in);
	fencing->incarnation = wire_get_u64(in);
	return wire_finish(in);
}

void engine_caught_up_encode(struct wire_writer *out, const struct engine_caught_up *caught_up)
{
	wire_put_u16(out, caught_up->service);
}

bool engine_caught_up_decode(struct wire_reader *in, struct engine_caught_up *caught_up)
{
	caught_up->service = wire_get_u16(in);
	return wire_finish(in);
}

void engine_holdings_encode(struct wire_writer *out, const struct engine_holdings *holdings)
{
	wire_put_u16(out, holdings->service);
	wire_put_bool(out, holdings->last);
	wire_put_bytes(out, holdings->entries);
}

bool engine_holdings_decode(struct wire_reader *in, struct engine_holdings *holdings)
{
	holdings->service = wire_get_u16(in);
	holdings->last = wire_get_bool(in);
	holdings->entries = wire_get_bytes(in, ENGINE_OPERATION_SIZE_MAX);
	return wire_finish(in);
}

void engine_holding_encode(struct wire_writer *out, const struct engine_holding *holding)
{
	ring_id_encode(out, holding->version);
	wire_put_bytes(out, holding->key);
}

bool engine_holding_next(struct wire_reader *in, struct engine_holding *holding)
{
	if (in->failed || in->left == 0)
		return false;
	holding->version = ring_id_decode(in);
	holding->key = wire_get_bytes(in, SERVICE_OBJECT_KEY_MAX);
	return !in->failed;
}

void engine_digests_encode(struct wire_writer *out, const struct engine_digests *digests)
{
	position_encode(out, digests->position);
	services_encode(out, digests->services, digests->service_count);
	wire_put_u32(out, digests->shared_count);
	for (uint32_t i = 0; i < digests->shared_count; i++)
		wire_put_u64(out, digests->shared[i]);
}

bool engine_digests_decode(struct wire_reader *in, struct engine_digests *digests)
{
	digests->position = position_decode(in);
	digests->service_count = services_decode(in, digests->services);
	digests->shared_count = wire_get_count(in, sizeof(uint64_t), ENGINE_MEMBERS_MAX);
	for (uint32_t i = 0; i < digests->shared_count; i++)
		digests->shared[i] = wire_get_u64(in);
	return wire_finish(in);
}
