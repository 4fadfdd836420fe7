/* libFuzzer: any bytes to every decoder, and to a running machine. The checksum is put right first, so that the bodies are reached. */
#include <stdlib.h>

#include "core/totem/totem_internal.h"

enum { CLUSTER = 7, SIZE_MAX_FUZZED = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode_all(struct bytes packet)
{
	struct totem_header header;
	struct wire_reader in;
	struct totem_data packet_data;
	struct totem_token token;
	struct totem_join join;
	struct totem_commit commit;
	struct ring_id ring;
	struct totem_pieces pieces;

	totem_header_decode(packet, CLUSTER, &header, &in);
	const struct wire_reader body = in;
	if (totem_data_decode(&in, &packet_data) && totem_pieces_decode(packet_data.payload, &pieces))
		for (uint16_t i = 0; i < pieces.count; i++)
			totem_pieces_next(&pieces);
	in = body;
	totem_token_decode(&in, &token);
	in = body;
	totem_join_decode(&in, &join);
	in = body;
	totem_commit_decode(&in, &commit);
	in = body;
	totem_ring_packet_decode(&in, &ring);
}

static void step(struct totem *totem, struct totem_event event, struct totem_outputs *outputs)
{
	static const int64_t now_ns = 1000000000;

	event.now_ns = now_ns;
	event.random = 5;
	totem_step(totem, &event, outputs);
	totem_outputs_reset(outputs);
}

/* First byte: a length in units of four; so one input is several packets to one machine. */
static void machine_feed(const uint8_t *data, size_t size)
{
	struct totem_config config;
	struct totem_outputs outputs = {0};

	totem_config_default(&config);
	config.node = 2;
	config.cluster = CLUSTER;
	struct totem *totem = totem_new(&config);
	if (totem == NULL)
		abort();
	step(totem, (struct totem_event){.kind = TOTEM_EVENT_START}, &outputs);
	step(totem, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = 1}, &outputs);
	while (size > 1) {
		size_t part = (size_t)data[0] * 4;
		part = part > size - 1 ? size - 1 : part;
		uint8_t *packet = malloc(part + 1);
		if (packet == NULL)
			abort();
		memcpy(packet, data + 1, part);
		if (part >= TOTEM_PACKET_HEADER_SIZE) {
			struct wire_writer out = {.data = packet, .capacity = part};
			totem_header_encode(&out, &(struct totem_header){.type = packet[2] % 8, .cluster = CLUSTER, .sender = 1, .boot = 3});
			totem_packet_seal(packet, part);
		}
		decode_all(bytes_of(packet, part));
		step(totem, (struct totem_event){.kind = TOTEM_EVENT_PACKET, .bytes = bytes_of(packet, part)}, &outputs);
		step(totem, (struct totem_event){.kind = TOTEM_EVENT_STORED, .ring_seq = totem->storing_seq}, &outputs);
		free(packet);
		data += part + 1;
		size -= part + 1;
	}
	totem_outputs_clear(&outputs);
	totem_free(totem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > SIZE_MAX_FUZZED)
		return 0;
	decode_all(bytes_of(data, size));
	machine_feed(data, size);
	return 0;
}
