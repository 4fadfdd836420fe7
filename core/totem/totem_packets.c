/* Encode and decode of every packet; decode mirrors encode line by line. Nothing here knows what the packets mean. */
#include "core/totem/totem_packets.h"

#include <string.h>

#include "core/totem/totem_crc.h"

enum {
	PROTECTION_CHECKSUM = 0,
	CRC_OFFSET = 4,
	CRC_END = 8,
	SENDER_OFFSET = 16,
	RING_ID_SIZE = 12,
	COMMIT_ENTRY_SIZE = 4 + 8 + RING_ID_SIZE + 8 + 8 + 8 + RING_ID_SIZE,
};

static void put_little_endian(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* Over all but the field itself. */
static uint32_t packet_crc(const uint8_t *packet, size_t size)
{
	const uint32_t crc = totem_crc32c(0, bytes_of(packet, CRC_OFFSET));

	return totem_crc32c(crc, bytes_of(packet + CRC_END, size - CRC_END));
}

size_t totem_token_size(const struct totem_token *token)
{
	return TOTEM_PACKET_HEADER_SIZE + RING_ID_SIZE + 3 * 8 + 4 * 4 + 1 + 4 + 8 * (size_t)token->request_count;
}

size_t totem_join_size(const struct totem_join *join)
{
	return TOTEM_PACKET_HEADER_SIZE + 1 + 8 + 8 + 4 + 4 + 4 * (join->proc.count + join->fail.count);
}

size_t totem_commit_size(const struct totem_commit *commit)
{
	return TOTEM_PACKET_HEADER_SIZE + RING_ID_SIZE + 8 + 4 + 4 + COMMIT_ENTRY_SIZE * commit->count;
}

void totem_header_encode(struct wire_writer *out, const struct totem_header *header)
{
	wire_put_u16(out, TOTEM_FORMAT);
	wire_put_u8(out, header->type);
	wire_put_u8(out, PROTECTION_CHECKSUM);
	wire_put_u32(out, 0);
	wire_put_u64(out, header->cluster);
	wire_put_u32(out, header->sender);
	wire_put_u64(out, header->boot);
	wire_put_u8(out, header->networks);
}

enum totem_packet_fault totem_header_decode(struct bytes packet, uint64_t cluster, struct totem_header *header, struct wire_reader *in)
{
	*in = wire_reader_of(packet);
	const uint16_t format = wire_get_u16(in);
	header->type = wire_get_u8(in);
	const uint8_t protection = wire_get_u8(in);
	const uint32_t crc = wire_get_u32(in);
	header->cluster = wire_get_u64(in);
	header->sender = wire_get_u32(in);
	header->boot = wire_get_u64(in);
	header->networks = wire_get_u8(in);
	if (in->failed || format != TOTEM_FORMAT || protection != PROTECTION_CHECKSUM)
		return TOTEM_PACKET_FOREIGN;
	if (crc != packet_crc(packet.data, packet.size))
		return TOTEM_PACKET_CORRUPTED;
	if (header->cluster != cluster)
		return TOTEM_PACKET_CLUSTER;
	if (header->sender == 0 || header->type < TOTEM_PACKET_DATA || header->type > TOTEM_PACKET_DIRECT)
		return TOTEM_PACKET_MALFORMED;
	return TOTEM_PACKET_FINE;
}

void totem_packet_seal(uint8_t *packet, size_t size)
{
	put_little_endian(packet + CRC_OFFSET, packet_crc(packet, size), 4);
}

void totem_packet_transmitter_set(uint8_t *packet, size_t size, uint32_t sender, uint64_t boot)
{
	put_little_endian(packet + SENDER_OFFSET, sender, 4);
	put_little_endian(packet + SENDER_OFFSET + 4, boot, 8);
	totem_packet_seal(packet, size);
}

void totem_data_body_encode(struct wire_writer *out, const struct totem_data *data)
{
	ring_id_encode(out, data->ring);
	wire_put_u64(out, data->seq);
	wire_put_u32(out, data->originator);
	wire_put_u32(out, data->round);
	wire_put_u8(out, data->flags);
}

void totem_data_encode(struct wire_writer *out, const struct totem_data *data)
{
	totem_data_body_encode(out, data);
}

bool totem_data_decode(struct wire_reader *in, struct totem_data *data)
{
	data->ring = ring_id_decode(in);
	data->seq = wire_get_u64(in);
	data->originator = wire_get_u32(in);
	data->round = wire_get_u32(in);
	data->flags = wire_get_u8(in);
	data->payload = wire_get_rest(in);
	return wire_finish(in) && data->originator != 0 && data->seq != 0 && data->flags <= (TOTEM_DATA_SAFE | TOTEM_DATA_ENCAPSULATED);
}

void totem_token_encode(struct wire_writer *out, const struct totem_token *token)
{
	ring_id_encode(out, token->ring);
	wire_put_u64(out, token->token_seq);
	wire_put_u64(out, token->seq);
	wire_put_u64(out, token->aru);
	wire_put_u32(out, token->aru_id);
	wire_put_u32(out, token->fcc);
	wire_put_u32(out, token->backlog);
	wire_put_u32(out, token->round);
	wire_put_bool(out, token->retransmitting);
	wire_put_u32(out, token->request_count);
	for (size_t i = 0; i < token->request_count; i++)
		wire_put_u64(out, token->requests[i]);
}

bool totem_token_decode(struct wire_reader *in, struct totem_token *token)
{
	token->ring = ring_id_decode(in);
	token->token_seq = wire_get_u64(in);
	token->seq = wire_get_u64(in);
	token->aru = wire_get_u64(in);
	token->aru_id = wire_get_u32(in);
	token->fcc = wire_get_u32(in);
	token->backlog = wire_get_u32(in);
	token->round = wire_get_u32(in);
	token->retransmitting = wire_get_bool(in);
	token->request_count = (uint16_t)wire_get_count(in, 8, TOTEM_REQUESTS_MAX);
	for (size_t i = 0; i < token->request_count; i++)
		token->requests[i] = wire_get_u64(in);
	return wire_finish(in) && token->aru <= token->seq;
}

static void node_set_encode(struct wire_writer *out, const struct node_set *set)
{
	wire_put_u32(out, (uint32_t)set->count);
	for (size_t i = 0; i < set->count; i++)
		wire_put_u32(out, set->ids[i]);
}

/* Ascending, without duplicates and without 0, or it is no set. */
static void node_set_decode(struct wire_reader *in, struct node_set *set)
{
	uint32_t previous = 0;

	set->count = wire_get_count(in, 4, TOTEM_NODES_MAX);
	for (size_t i = 0; i < set->count; i++) {
		set->ids[i] = wire_get_u32(in);
		if (set->ids[i] <= previous)
			wire_fail(in);
		previous = set->ids[i];
	}
	if (in->failed)
		set->count = 0;
}

void totem_join_encode(struct wire_writer *out, const struct totem_join *join)
{
	wire_put_bool(out, join->leave);
	wire_put_u64(out, join->ring_seq);
	wire_put_u64(out, join->parameters);
	node_set_encode(out, &join->proc);
	node_set_encode(out, &join->fail);
}

bool totem_join_decode(struct wire_reader *in, struct totem_join *join)
{
	join->leave = wire_get_bool(in);
	join->ring_seq = wire_get_u64(in);
	join->parameters = wire_get_u64(in);
	node_set_decode(in, &join->proc);
	node_set_decode(in, &join->fail);
	return wire_finish(in) && node_set_subset(&join->fail, &join->proc);
}

static void commit_entry_encode(struct wire_writer *out, const struct totem_commit_entry *entry)
{
	wire_put_u32(out, entry->node);
	wire_put_u64(out, entry->boot);
	ring_id_encode(out, entry->old_ring);
	wire_put_u64(out, entry->aru);
	wire_put_u64(out, entry->delivered);
	wire_put_u64(out, entry->stable);
	ring_id_encode(out, entry->received);
}

static void commit_entry_decode(struct wire_reader *in, struct totem_commit_entry *entry)
{
	entry->node = wire_get_u32(in);
	entry->boot = wire_get_u64(in);
	entry->old_ring = ring_id_decode(in);
	entry->aru = wire_get_u64(in);
	entry->delivered = wire_get_u64(in);
	entry->stable = wire_get_u64(in);
	entry->received = ring_id_decode(in);
}

void totem_commit_encode(struct wire_writer *out, const struct totem_commit *commit)
{
	ring_id_encode(out, commit->ring);
	wire_put_u64(out, commit->token_seq);
	wire_put_u32(out, commit->filled);
	wire_put_u32(out, (uint32_t)commit->count);
	for (size_t i = 0; i < commit->count; i++)
		commit_entry_encode(out, &commit->entries[i]);
}

bool totem_commit_decode(struct wire_reader *in, struct totem_commit *commit)
{
	uint32_t previous = 0;

	commit->ring = ring_id_decode(in);
	commit->token_seq = wire_get_u64(in);
	commit->filled = wire_get_u32(in);
	commit->count = wire_get_count(in, COMMIT_ENTRY_SIZE, TOTEM_NODES_MAX);
	for (size_t i = 0; i < commit->count; i++) {
		commit_entry_decode(in, &commit->entries[i]);
		if (commit->entries[i].node <= previous)
			wire_fail(in);
		previous = commit->entries[i].node;
	}
	return wire_finish(in) && commit->count > 0 && commit->filled <= commit->count &&
	       commit->ring.representative == commit->entries[0].node;
}

bool totem_ring_packet_decode(struct wire_reader *in, struct ring_id *ring)
{
	*ring = ring_id_decode(in);
	return wire_finish(in);
}

bool totem_direct_decode(struct wire_reader *in, struct ring_id *ring, struct bytes *message)
{
	*ring = ring_id_decode(in);
	*message = wire_get_rest(in);
	return wire_finish(in);
}
