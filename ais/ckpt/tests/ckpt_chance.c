#include "ckpt_chance.h"

#include <stdlib.h>

uint64_t ckpt_chance_next(struct ckpt_chance *chance)
{
	chance->state = digest_u64(chance->state, 1);
	return chance->state;
}

uint64_t ckpt_chance_below(struct ckpt_chance *chance, uint64_t bound)
{
	return ckpt_chance_next(chance) % bound;
}

static struct requester some_requester(struct ckpt_chance *chance)
{
	return (struct requester){
		.node = (uint32_t)(1 + ckpt_chance_below(chance, 3)), .incarnation = 7, .client = ckpt_chance_below(chance, 2),
		.call = ++chance->call,
	};
}

static struct bytes some_name(struct ckpt_chance *chance)
{
	static const char *names[] = {"alpha", "beta", "gamma"};

	return bytes_of_text(names[ckpt_chance_below(chance, 3)]);
}

static const struct checkpoint *some_checkpoint(struct ckpt_chance *chance, const struct ckpt_state *state)
{
	const struct checkpoint *checkpoint = checkpoint_first(state);

	for (uint64_t skip = state->checkpoints.count == 0 ? 0 : ckpt_chance_below(chance, state->checkpoints.count); skip > 0; skip--)
		checkpoint = checkpoint_next(checkpoint);
	return checkpoint;
}

static struct identity some_identity(struct ckpt_chance *chance, const struct ckpt_state *state)
{
	const struct checkpoint *checkpoint = some_checkpoint(chance, state);

	return checkpoint == NULL ? (struct identity){0} : checkpoint->identity;
}

static struct bytes some_id(struct ckpt_chance *chance, char text[8])
{
	const uint64_t number = ckpt_chance_below(chance, 24);

	if (number == 0)
		return (struct bytes){0};
	text[0] = (char)('a' + number % 5);
	text[1] = (char)('a' + number / 5);
	return bytes_of(text, 2);
}

static struct bytes some_data(struct ckpt_chance *chance, uint8_t *data)
{
	const size_t size = ckpt_chance_below(chance, 4) == 0 ? ckpt_chance_below(chance, chance->data_size_max)
	                                                      : ckpt_chance_below(chance, 60);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(ckpt_chance_next(chance) >> 9);
	return bytes_of(data, size);
}

static int64_t some_expiry(struct ckpt_chance *chance)
{
	return ckpt_chance_below(chance, 2) == 0 ? SA_TIME_END : (int64_t)ckpt_chance_below(chance, 1000);
}

static uint16_t open_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	static const uint32_t kinds[] = { /* of alpha, beta, gamma */
		SA_CKPT_WR_ALL_REPLICAS, SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED, SA_CKPT_WR_ACTIVE_REPLICA_WEAK,
	};
	struct ckpt_open open = {
		.requester = some_requester(chance), .async = ckpt_chance_below(chance, 2) == 0, .name = some_name(chance), .flags = 7,
		.creates = true, .attributes = ckpt_fixture_attributes(20),
	};

	open.attributes.creation_flags = kinds[open.name.data[0] == 'g' ? 2 : open.name.data[0] - 'a'];
	open.replicas = chance->places ? (uint32_t)ckpt_chance_below(chance, 3) : 0;
	open.attributes.section_count_max = open.name.data[0] == 'g' ? 1 : 20;
	open.attributes.section_size_max = 8192;
	const struct checkpoint *existing = checkpoint_find_linked(state, open.name);
	if (existing != NULL)
		open.attributes = existing->attributes;
	ckpt_open_encode(body, &open);
	return CKPT_OPERATION_OPEN;
}

static uint16_t close_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	const struct tree_node *node = tree_first(&state->opens);

	if (node == NULL)
		return open_by_chance(chance, state, body);
	for (uint64_t skip = ckpt_chance_below(chance, state->opens.count); skip > 0; skip--)
		node = tree_next(node);
	const struct ckpt_opened *opened = ckpt_opened_of_node(node);
	ckpt_close_encode(body, &(struct ckpt_close){.client = opened->client, .open = opened->client.call});
	return CKPT_OPERATION_CLOSE;
}

static uint16_t write_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body, uint8_t *data)
{
	const struct checkpoint *checkpoint = some_checkpoint(chance, state);
	struct wire_writer elements = {0};
	struct ckpt_write write = {.requester = some_requester(chance), .count = (uint32_t)(1 + ckpt_chance_below(chance, 3))};

	if (checkpoint != NULL)
		write.checkpoint = checkpoint->identity;
	for (uint32_t i = 0; i < write.count; i++) {
		char text[8];
		struct bytes id = some_id(chance, text);

		/* mostly one that exists, so that vectors succeed */
		if (checkpoint != NULL && checkpoint->sections.count > 0 && ckpt_chance_below(chance, 10) > 0) {
			const struct section *section = section_find_from(checkpoint, id);
			id = section_id(section != NULL ? section : section_first(checkpoint));
		}
		ckpt_element_encode(&elements, &(struct ckpt_element){
			.id = id, .offset = ckpt_chance_below(chance, 40 + 1500 * ckpt_chance_below(chance, 2)),
			.data = some_data(chance, data),
		});
	}
	write.elements = wire_writer_bytes(&elements);
	ckpt_write_encode(body, &write);
	wire_writer_clear(&elements);
	return CKPT_OPERATION_WRITE;
}

/* What the time keeper would send, or would have sent a little earlier. */
static uint16_t due_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	const struct ckpt_due *due = ckpt_state_due_first(state);

	if (due == NULL)
		return open_by_chance(chance, state, body);
	if (due->section == NULL) {
		const bool starts = due->checkpoint->retention == RETENTION_PENDING;
		ckpt_retention_encode(body, &(struct ckpt_retention){
			.checkpoint = due->checkpoint->identity, .closed = due->checkpoint->closed,
			.due_ns = starts ? (int64_t)ckpt_chance_below(chance, 500) : due->due_ns,
		});
		return starts ? CKPT_OPERATION_RETENTION_START : CKPT_OPERATION_RETENTION_END;
	}
	struct wire_writer expiries = {0};
	ckpt_expiry_encode(&expiries, &(struct ckpt_expiry){
		.checkpoint = due->checkpoint->identity, .expiry_ns = due->due_ns + (ckpt_chance_below(chance, 8) == 0),
		.id = section_id(due->section),
	});
	ckpt_expire_encode(body, &(struct ckpt_expire){.count = 1, .expiries = wire_writer_bytes(&expiries)});
	wire_writer_clear(&expiries);
	return CKPT_OPERATION_EXPIRE;
}

static uint16_t reclaim_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	struct wire_writer claims = {0};
	struct ckpt_reclaim reclaim = {.client = some_requester(chance), .count = (uint32_t)ckpt_chance_below(chance, 3)};

	for (uint32_t i = 0; i < reclaim.count; i++)
		ckpt_claim_encode(&claims, &(struct ckpt_claim){
			.open = ckpt_chance_below(chance, chance->call + 1), .checkpoint = some_identity(chance, state), .flags = 3,
		});
	reclaim.claims = wire_writer_bytes(&claims);
	ckpt_reclaim_encode(body, &reclaim);
	wire_writer_clear(&claims);
	return CKPT_OPERATION_RECLAIM;
}

static uint16_t section_create_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body,
                                         uint8_t *data)
{
	char text[8];

	ckpt_section_create_encode(body, &(struct ckpt_section_create){
		.requester = some_requester(chance), .checkpoint = some_identity(chance, state), .expiry_ns = some_expiry(chance),
		.id = some_id(chance, text), .initial = some_data(chance, data),
	});
	return CKPT_OPERATION_SECTION_CREATE;
}

static uint16_t section_change_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body,
                                         uint8_t *data)
{
	const struct requester requester = some_requester(chance);
	const struct identity checkpoint = some_identity(chance, state);
	char text[8];
	const struct bytes id = some_id(chance, text);

	switch (ckpt_chance_below(chance, 3)) {
	case 0:
		ckpt_section_delete_encode(body, &(struct ckpt_section_delete){requester, checkpoint, id});
		return CKPT_OPERATION_SECTION_DELETE;
	case 1:
		ckpt_expiration_set_encode(body, &(struct ckpt_expiration_set){requester, checkpoint, some_expiry(chance), id});
		return CKPT_OPERATION_EXPIRATION_SET;
	default:
		ckpt_overwrite_encode(body, &(struct ckpt_overwrite){requester, checkpoint, id, some_data(chance, data)});
		return CKPT_OPERATION_OVERWRITE;
	}
}

static uint16_t checkpoint_change_by_chance(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	const struct requester requester = some_requester(chance);
	const struct identity checkpoint = some_identity(chance, state);

	switch (ckpt_chance_below(chance, 14)) {
	case 0:
		ckpt_unlink_encode(body, &(struct ckpt_unlink){requester, some_name(chance)});
		return CKPT_OPERATION_UNLINK;
	case 1:
		ckpt_client_gone_encode(body, &(struct ckpt_client_gone){requester});
		return CKPT_OPERATION_CLIENT_GONE;
	case 2:
		return reclaim_by_chance(chance, state, body);
	case 3:
		ckpt_synchronize_encode(body, &(struct ckpt_synchronize){.requester = requester, .checkpoint = checkpoint, .async = true});
		return CKPT_OPERATION_SYNCHRONIZE;
	case 6:
		ckpt_read_encode(body, &(struct ckpt_read){.requester = requester, .holder = (uint32_t)ckpt_chance_below(chance, 3)});
		return CKPT_OPERATION_READ;
	case 7:
		ckpt_read_answer_encode(body, &(struct ckpt_read_answer){requester, (uint32_t)ckpt_chance_below(chance, 30), some_name(chance)});
		return CKPT_OPERATION_READ_ANSWER;
	case 4:
	case 5:
		ckpt_retention_set_encode(body, &(struct ckpt_retention_set){requester, checkpoint, (int64_t)ckpt_chance_below(chance, 9)});
		return CKPT_OPERATION_RETENTION_SET;
	default:
		ckpt_active_set_encode(body, &(struct ckpt_active_set){requester, checkpoint});
		return CKPT_OPERATION_ACTIVE_SET;
	}
}

uint16_t ckpt_chance_operation(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body)
{
	uint8_t *data = malloc(chance->data_size_max + 64);
	const uint64_t kind = ckpt_chance_below(chance, 100);
	uint16_t operation;

	wire_writer_reset(body);
	if (kind < 10)
		operation = open_by_chance(chance, state, body);
	else if (kind < 16)
		operation = close_by_chance(chance, state, body);
	else if (kind < 24)
		operation = checkpoint_change_by_chance(chance, state, body);
	else if (kind < 30)
		operation = due_by_chance(chance, state, body);
	else if (kind < 52)
		operation = section_create_by_chance(chance, state, body, data);
	else if (kind < 70)
		operation = section_change_by_chance(chance, state, body, data);
	else
		operation = write_by_chance(chance, state, body, data);
	free(data);
	return operation;
}
