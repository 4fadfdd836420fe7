#include "ckpt_fixture.h"

#include <stdlib.h>

#include "core/engine/service.h"

/* --- A host that only has memory. --- */

static size_t arena_bytes; /* of a test program with one thread */

static struct arena *arena_new(void *context, const char *name)
{
	(void)context;
	(void)name;
	return calloc(1, sizeof(struct arena));
}

static bool arena_grow(void *context, struct arena *arena, size_t size)
{
	(void)context;
	if (size > (size_t)1 << 32)
		return false;
	uint8_t *base = calloc(1, size); /* always moves, as it may */
	if (base == NULL)
		return false;
	if (arena->base != NULL)
		memcpy(base, arena->base, arena->size < size ? arena->size : size);
	free(arena->base);
	arena_bytes += size - arena->size;
	arena->base = base;
	arena->size = size;
	return true;
}

static void arena_free(void *context, struct arena *arena)
{
	(void)context;
	arena_bytes -= arena->size;
	free(arena->base);
	free(arena);
}

const struct host ckpt_fixture_host = {.arena_new = arena_new, .arena_grow = arena_grow, .arena_free = arena_free};

size_t ckpt_fixture_arena_bytes(void)
{
	return arena_bytes;
}

/* --- The replica. --- */

struct ckpt_attributes ckpt_fixture_attributes(uint32_t section_count_max)
{
	return (struct ckpt_attributes){
		.creation_flags = SA_CKPT_WR_ALL_REPLICAS, .checkpoint_size = 1000, .retention_ns = 5 * SA_TIME_ONE_SECOND,
		.section_count_max = section_count_max, .section_size_max = 1 << 20, .section_id_size_max = 16,
	};
}

struct ckpt_fixture ckpt_fixture_new(void)
{
	return (struct ckpt_fixture){
		.state = ckpt_state_new(&ckpt_fixture_host), .seq = 1, .clock_ns = INT64_C(1700000000) * SA_TIME_ONE_SECOND,
	};
}

struct ckpt_fixture ckpt_fixture_open_with(const struct ckpt_attributes *attributes)
{
	struct ckpt_fixture ckpt = ckpt_fixture_new();

	ckpt_fixture_open_name(&ckpt, 1, "fixture", SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                       attributes, &ckpt.open);
	ckpt.checkpoint = checkpoint_find_linked(ckpt.state, bytes_of_text("fixture"))->identity;
	return ckpt;
}

struct ckpt_fixture ckpt_fixture_open(uint32_t section_count_max)
{
	const struct ckpt_attributes attributes = ckpt_fixture_attributes(section_count_max);

	return ckpt_fixture_open_with(&attributes);
}

void ckpt_fixture_close(struct ckpt_fixture *ckpt)
{
	ckpt_state_free(ckpt->state);
	effects_clear(&ckpt->effects);
}

struct requester ckpt_fixture_requester(struct ckpt_fixture *ckpt, uint32_t node)
{
	return (struct requester){.node = node, .incarnation = 7, .client = 1, .call = ++ckpt->call};
}

SaAisErrorT ckpt_fixture_apply(struct ckpt_fixture *ckpt, uint16_t operation, const struct wire_writer *body)
{
	const struct at at = {
		.position = {.ring = {.seq = 4, .representative = 1}, .seq = ckpt->seq++}, .sender = 1, .incarnation = 7,
		.clock_ns = ckpt->clock_ns++, .version = 1,
	};

	effects_reset(&ckpt->effects);
	ckpt_state_apply(ckpt->state, &at, operation, wire_writer_bytes(body), &ckpt->effects);
	for (size_t i = 0; i < ckpt->effects.count; i++) {
		if (ckpt->effects.list[i].kind == EFFECT_REPLY)
			return ckpt->effects.list[i].code;
	}
	return 0;
}

SaAisErrorT ckpt_fixture_apply_and_clear(struct ckpt_fixture *ckpt, uint16_t operation, struct wire_writer *body)
{
	const SaAisErrorT code = ckpt_fixture_apply(ckpt, operation, body);

	wire_writer_clear(body);
	return code;
}

struct bytes ckpt_fixture_payload(const struct ckpt_fixture *ckpt)
{
	for (size_t i = 0; i < ckpt->effects.count; i++) {
		if (ckpt->effects.list[i].kind != EFFECT_DUE)
			return effects_payload(&ckpt->effects, &ckpt->effects.list[i]);
	}
	return (struct bytes){0};
}

SaAisErrorT ckpt_fixture_open_name(struct ckpt_fixture *ckpt, uint32_t node, const char *name, uint32_t flags,
                                   const struct ckpt_attributes *attributes, uint64_t *open)
{
	struct wire_writer body = {0};
	struct ckpt_open operation = {
		.requester = ckpt_fixture_requester(ckpt, node), .name = bytes_of_text(name), .flags = flags,
		.creates = attributes != NULL,
	};

	if (attributes != NULL)
		operation.attributes = *attributes;
	if (open != NULL)
		*open = operation.requester.call;
	ckpt_open_encode(&body, &operation);
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_OPEN, &body);
}

void ckpt_fixture_close_open(struct ckpt_fixture *ckpt, uint32_t node, uint64_t open)
{
	struct wire_writer body = {0};

	ckpt_close_encode(&body, &(struct ckpt_close){.client = ckpt_fixture_requester(ckpt, node), .open = open});
	ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_CLOSE, &body);
}

SaAisErrorT ckpt_fixture_unlink(struct ckpt_fixture *ckpt, const char *name)
{
	struct wire_writer body = {0};

	ckpt_unlink_encode(&body, &(struct ckpt_unlink){.requester = ckpt_fixture_requester(ckpt, 1), .name = bytes_of_text(name)});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_UNLINK, &body);
}

SaAisErrorT ckpt_fixture_create_at(struct ckpt_fixture *ckpt, struct bytes id, struct bytes initial, int64_t expiry_ns)
{
	struct wire_writer body = {0};

	ckpt_section_create_encode(&body, &(struct ckpt_section_create){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .expiry_ns = expiry_ns, .id = id,
		.initial = initial,
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_SECTION_CREATE, &body);
}

SaAisErrorT ckpt_fixture_create(struct ckpt_fixture *ckpt, const char *id, const char *initial)
{
	return ckpt_fixture_create_at(ckpt, bytes_of_text(id), bytes_of_text(initial), SA_TIME_END);
}

SaAisErrorT ckpt_fixture_delete(struct ckpt_fixture *ckpt, const char *id)
{
	struct wire_writer body = {0};

	ckpt_section_delete_encode(&body, &(struct ckpt_section_delete){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .id = bytes_of_text(id),
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_SECTION_DELETE, &body);
}

SaAisErrorT ckpt_fixture_expiration_set(struct ckpt_fixture *ckpt, const char *id, int64_t expiry_ns)
{
	struct wire_writer body = {0};

	ckpt_expiration_set_encode(&body, &(struct ckpt_expiration_set){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .expiry_ns = expiry_ns,
		.id = bytes_of_text(id),
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_EXPIRATION_SET, &body);
}

SaAisErrorT ckpt_fixture_write(struct ckpt_fixture *ckpt, const char *id, uint64_t offset, struct bytes data)
{
	struct wire_writer elements = {0}, body = {0};

	ckpt_element_encode(&elements, &(struct ckpt_element){.id = bytes_of_text(id), .offset = offset, .data = data});
	ckpt_write_encode(&body, &(struct ckpt_write){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .count = 1,
		.elements = wire_writer_bytes(&elements),
	});
	wire_writer_clear(&elements);
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_WRITE, &body);
}

SaAisErrorT ckpt_fixture_overwrite(struct ckpt_fixture *ckpt, const char *id, struct bytes data)
{
	struct wire_writer body = {0};

	ckpt_overwrite_encode(&body, &(struct ckpt_overwrite){
		.requester = ckpt_fixture_requester(ckpt, 1), .checkpoint = ckpt->checkpoint, .id = bytes_of_text(id), .data = data,
	});
	return ckpt_fixture_apply_and_clear(ckpt, CKPT_OPERATION_OVERWRITE, &body);
}

struct checkpoint *ckpt_fixture_checkpoint(const struct ckpt_fixture *ckpt)
{
	return checkpoint_find(ckpt->state, ckpt->checkpoint);
}

struct bytes ckpt_fixture_read(const struct ckpt_fixture *ckpt, const char *id)
{
	const struct checkpoint *checkpoint = ckpt_fixture_checkpoint(ckpt);
	const struct section *section = checkpoint == NULL ? NULL : section_find(checkpoint, bytes_of_text(id));

	return section == NULL ? (struct bytes){0} : section_content(checkpoint, section);
}
