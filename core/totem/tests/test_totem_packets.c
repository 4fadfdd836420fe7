/* Every packet goes out and comes back the same; every truncation, every damaged bit and every hostile count is refused. */
#include <stdlib.h>

#include "conformance/check/check.h"
#include "core/totem/totem_crc.h"
#include "core/totem/totem_packets.h"

enum { CLUSTER = 42, ROOM = 16384 };

struct sample {
	uint8_t bytes[ROOM];
	size_t size;
};

typedef bool decode_fn(struct wire_reader *in);

static struct totem_token token_example(void)
{
	struct totem_token token = {.ring = {.seq = 9, .representative = 3}, .token_seq = 77, .seq = 500, .aru = 490, .aru_id = 4, .fcc = 5,
	                            .backlog = 6, .round = 7, .retransmitting = true, .request_count = TOTEM_REQUESTS_MAX};

	for (uint16_t i = 0; i < TOTEM_REQUESTS_MAX; i++)
		token.requests[i] = 491 + i;
	return token;
}

static struct totem_join join_example(void)
{
	struct totem_join join = {.ring_seq = 12, .parameters = 99};

	for (uint32_t node = 1; node <= TOTEM_NODES_MAX; node++)
		node_set_add(&join.proc, node);
	node_set_add(&join.fail, 2);
	node_set_add(&join.fail, 5);
	return join;
}

static struct totem_commit *commit_example(void)
{
	struct totem_commit *commit = calloc(1, sizeof(*commit));

	CU_ASSERT_PTR_NOT_NULL_FATAL(commit);
	commit->ring = (struct ring_id){.seq = 8, .representative = 1};
	commit->token_seq = 3;
	commit->filled = 2;
	commit->count = 3;
	for (uint32_t i = 0; i < 3; i++)
		commit->entries[i] = (struct totem_commit_entry){.node = i + 1, .boot = 100 + i, .old_ring = {.seq = 4, .representative = 1},
		                                                 .aru = 10, .delivered = 9, .stable = 8, .received = {.seq = 6, .representative = 2}};
	return commit;
}

static struct wire_writer sample_begin(struct sample *sample, enum totem_packet_type type)
{
	struct wire_writer out = {.data = sample->bytes, .capacity = ROOM};

	totem_header_encode(&out, &(struct totem_header){.type = type, .cluster = CLUSTER, .sender = 3, .boot = 11, .networks = 1});
	CU_ASSERT_EQUAL(out.size, TOTEM_PACKET_HEADER_SIZE);
	return out;
}

static void sample_end(struct sample *sample, const struct wire_writer *out)
{
	CU_ASSERT_FALSE_FATAL(out->failed);
	CU_ASSERT_PTR_EQUAL_FATAL(out->data, sample->bytes);
	sample->size = out->size;
	totem_packet_seal(sample->bytes, sample->size);
}

static struct wire_reader body_of(const uint8_t *bytes, size_t size)
{
	struct totem_header header;
	struct wire_reader in;

	CU_ASSERT_EQUAL(totem_header_decode(bytes_of(bytes, size), CLUSTER, &header, &in), TOTEM_PACKET_FINE);
	CU_ASSERT_EQUAL(header.sender, 3);
	CU_ASSERT_EQUAL(header.boot, 11);
	return in;
}

static void token_make(struct sample *sample)
{
	const struct totem_token token = token_example();
	struct wire_writer out = sample_begin(sample, TOTEM_PACKET_TOKEN);

	totem_token_encode(&out, &token);
	sample_end(sample, &out);
	CU_ASSERT_EQUAL(sample->size, totem_token_size(&token));
}

static void join_make(struct sample *sample)
{
	const struct totem_join join = join_example();
	struct wire_writer out = sample_begin(sample, TOTEM_PACKET_JOIN);

	totem_join_encode(&out, &join);
	sample_end(sample, &out);
	CU_ASSERT_EQUAL(sample->size, totem_join_size(&join));
}

static void commit_make(struct sample *sample)
{
	struct totem_commit *commit = commit_example();
	struct wire_writer out = sample_begin(sample, TOTEM_PACKET_COMMIT);

	totem_commit_encode(&out, commit);
	sample_end(sample, &out);
	CU_ASSERT_EQUAL(sample->size, totem_commit_size(commit));
	free(commit);
}

static void data_make(struct sample *sample)
{
	struct wire_writer out = sample_begin(sample, TOTEM_PACKET_DATA);

	totem_data_encode(&out, &(struct totem_data){.ring = {.seq = 1, .representative = 2}, .seq = 3, .originator = 4, .round = 5,
	                                             .flags = TOTEM_DATA_SAFE});
	CU_ASSERT_EQUAL(out.size, TOTEM_DATA_HEADER_SIZE);
	wire_put_raw(&out, "payload", 7);
	sample_end(sample, &out);
}

static void direct_make(struct sample *sample)
{
	struct wire_writer out = sample_begin(sample, TOTEM_PACKET_DIRECT);

	ring_id_encode(&out, (struct ring_id){.seq = 1, .representative = 2});
	CU_ASSERT_EQUAL(out.size, TOTEM_DIRECT_HEADER_SIZE);
	wire_put_raw(&out, "for one", 7);
	sample_end(sample, &out);
}

static bool token_decodes(struct wire_reader *in)
{
	struct totem_token token;

	return totem_token_decode(in, &token);
}

static bool join_decodes(struct wire_reader *in)
{
	struct totem_join join;

	return totem_join_decode(in, &join);
}

static bool commit_decodes(struct wire_reader *in)
{
	struct totem_commit *commit = malloc(sizeof(*commit));

	CU_ASSERT_PTR_NOT_NULL_FATAL(commit);
	const bool decodes = totem_commit_decode(in, commit);
	free(commit);
	return decodes;
}

static void token_comes_back_the_same(void)
{
	static struct sample sample;
	const struct totem_token sent = token_example();
	struct totem_token got = {0};

	token_make(&sample);
	struct wire_reader in = body_of(sample.bytes, sample.size);
	CU_ASSERT_TRUE_FATAL(totem_token_decode(&in, &got));
	CU_ASSERT_TRUE(ring_id_equal(sent.ring, got.ring));
	CU_ASSERT_EQUAL(sent.token_seq, got.token_seq);
	CU_ASSERT_EQUAL(sent.seq, got.seq);
	CU_ASSERT_EQUAL(sent.aru, got.aru);
	CU_ASSERT_EQUAL(sent.aru_id, got.aru_id);
	CU_ASSERT_EQUAL(sent.fcc, got.fcc);
	CU_ASSERT_EQUAL(sent.backlog, got.backlog);
	CU_ASSERT_EQUAL(sent.round, got.round);
	CU_ASSERT_EQUAL(sent.retransmitting, got.retransmitting);
	CU_ASSERT_EQUAL_FATAL(sent.request_count, got.request_count);
	CU_ASSERT_EQUAL(memcmp(sent.requests, got.requests, sizeof(sent.requests)), 0);
}

static void join_comes_back_the_same(void)
{
	static struct sample sample;
	const struct totem_join sent = join_example();
	struct totem_join got;

	join_make(&sample);
	struct wire_reader in = body_of(sample.bytes, sample.size);
	CU_ASSERT_TRUE_FATAL(totem_join_decode(&in, &got));
	CU_ASSERT_EQUAL(sent.leave, got.leave);
	CU_ASSERT_EQUAL(sent.ring_seq, got.ring_seq);
	CU_ASSERT_EQUAL(sent.parameters, got.parameters);
	CU_ASSERT_TRUE(node_set_equal(&sent.proc, &got.proc));
	CU_ASSERT_TRUE(node_set_equal(&sent.fail, &got.fail));
}

static void commit_comes_back_the_same(void)
{
	static struct sample sample;
	struct totem_commit *sent = commit_example(), *got = calloc(1, sizeof(*got));

	commit_make(&sample);
	struct wire_reader in = body_of(sample.bytes, sample.size);
	CU_ASSERT_TRUE_FATAL(totem_commit_decode(&in, got));
	CU_ASSERT_TRUE(ring_id_equal(sent->ring, got->ring));
	CU_ASSERT_EQUAL(sent->token_seq, got->token_seq);
	CU_ASSERT_EQUAL(sent->filled, got->filled);
	CU_ASSERT_EQUAL_FATAL(sent->count, got->count);
	CU_ASSERT_EQUAL(got->entries[2].boot, 102);
	CU_ASSERT_EQUAL(got->entries[2].stable, 8);
	CU_ASSERT_TRUE(ring_id_equal(got->entries[1].received, sent->entries[1].received));
	free(sent);
	free(got);
}

static void data_comes_back_the_same_from_another_transmitter(void)
{
	static struct sample sample;
	struct totem_header header;
	struct totem_data data;
	struct wire_reader in;

	data_make(&sample);
	totem_packet_transmitter_set(sample.bytes, sample.size, 9, 21);
	CU_ASSERT_EQUAL_FATAL(totem_header_decode(bytes_of(sample.bytes, sample.size), CLUSTER, &header, &in), TOTEM_PACKET_FINE);
	CU_ASSERT_EQUAL(header.sender, 9);
	CU_ASSERT_EQUAL(header.boot, 21);
	CU_ASSERT_TRUE_FATAL(totem_data_decode(&in, &data));
	CU_ASSERT_EQUAL(data.originator, 4);
	CU_ASSERT_EQUAL(data.seq, 3);
	CU_ASSERT_EQUAL(data.round, 5);
	CU_ASSERT_EQUAL(data.flags, TOTEM_DATA_SAFE);
	CU_ASSERT_EQUAL(data.payload.size, 7);
}

/* The checksum is renewed at each length, so the body's decoder itself must see that something is missing. */
static void direct_comes_back_the_same(void)
{
	static struct sample sample;
	struct ring_id ring;
	struct bytes message;

	direct_make(&sample);
	struct wire_reader in = body_of(sample.bytes, sample.size);
	CU_ASSERT_TRUE(totem_direct_decode(&in, &ring, &message));
	CU_ASSERT_TRUE(ring_id_equal(ring, (struct ring_id){.seq = 1, .representative = 2}) && bytes_equal(message, bytes_of_text("for one")));
	for (size_t size = TOTEM_PACKET_HEADER_SIZE; size < TOTEM_DIRECT_HEADER_SIZE; size++) {
		in = wire_reader_of(bytes_of(sample.bytes + TOTEM_PACKET_HEADER_SIZE, size - TOTEM_PACKET_HEADER_SIZE));
		CU_ASSERT_FALSE(totem_direct_decode(&in, &ring, &message));
	}
}

static void each_truncation_is_refused(void (*make)(struct sample *), decode_fn *decodes)
{
	static struct sample sample;
	struct totem_header header;
	struct wire_reader in;

	make(&sample);
	in = body_of(sample.bytes, sample.size);
	CU_ASSERT_TRUE(decodes(&in));
	for (size_t size = 0; size < sample.size; size++) {
		uint8_t *cut = malloc(size + 1); /* of its own, so that a tool sees a read behind its end */
		CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
		memcpy(cut, sample.bytes, size);
		if (size >= 8)
			totem_packet_seal(cut, size);
		if (totem_header_decode(bytes_of(cut, size), CLUSTER, &header, &in) == TOTEM_PACKET_FINE)
			CU_ASSERT_FALSE(decodes(&in));
		free(cut);
	}
	for (size_t more = 1; more <= 64; more++) {
		sample.bytes[sample.size++] = 0;
		totem_packet_seal(sample.bytes, sample.size);
		in = body_of(sample.bytes, sample.size);
		CU_ASSERT_FALSE(decodes(&in));
	}
}

static void truncated_packets_are_refused(void)
{
	each_truncation_is_refused(token_make, token_decodes);
	each_truncation_is_refused(join_make, join_decodes);
	each_truncation_is_refused(commit_make, commit_decodes);
}

/* TOT-102 for the plain mode. */
static void every_flipped_bit_is_seen(void)
{
	static struct sample sample;
	struct totem_header header;
	struct wire_reader in;

	token_make(&sample);
	for (size_t bit = 0; bit < sample.size * 8; bit++) {
		sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_NOT_EQUAL(totem_header_decode(bytes_of(sample.bytes, sample.size), CLUSTER, &header, &in), TOTEM_PACKET_FINE);
		sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void hostile_counts_are_refused(void)
{
	static const uint32_t counts[] = {0, TOTEM_NODES_MAX + 1, TOTEM_REQUESTS_MAX + 1, UINT32_C(1) << 31, UINT32_MAX};
	static struct sample sample;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct wire_writer out = {.data = sample.bytes, .capacity = ROOM};
		commit_make(&sample);
		out.size = sample.size;
		wire_set_u32(&out, TOTEM_PACKET_HEADER_SIZE + 12 + 8 + 4, counts[i]);
		struct wire_reader in = wire_reader_of(bytes_of(sample.bytes + TOTEM_PACKET_HEADER_SIZE, sample.size - TOTEM_PACKET_HEADER_SIZE));
		CU_ASSERT_FALSE(commit_decodes(&in));
		join_make(&sample);
		out.size = sample.size;
		wire_set_u32(&out, TOTEM_PACKET_HEADER_SIZE + 1 + 8 + 8, counts[i]);
		in = wire_reader_of(bytes_of(sample.bytes + TOTEM_PACKET_HEADER_SIZE, sample.size - TOTEM_PACKET_HEADER_SIZE));
		CU_ASSERT_FALSE(join_decodes(&in));
		token_make(&sample);
		out.size = sample.size;
		wire_set_u32(&out, TOTEM_PACKET_HEADER_SIZE + 12 + 24 + 16 + 1, counts[i]);
		in = wire_reader_of(bytes_of(sample.bytes + TOTEM_PACKET_HEADER_SIZE, sample.size - TOTEM_PACKET_HEADER_SIZE));
		CU_ASSERT_FALSE(token_decodes(&in));
	}
}

static void lists_that_are_no_sets_are_refused(void)
{
	static struct sample sample;

	join_make(&sample);
	struct wire_writer out = {.data = sample.bytes, .size = sample.size, .capacity = ROOM};
	wire_set_u32(&out, TOTEM_PACKET_HEADER_SIZE + 1 + 8 + 8 + 4 + 4, 1); /* 1 twice */
	struct wire_reader in = wire_reader_of(bytes_of(sample.bytes + TOTEM_PACKET_HEADER_SIZE, sample.size - TOTEM_PACKET_HEADER_SIZE));
	CU_ASSERT_FALSE(join_decodes(&in));
}

/* TOT-050. */
static void another_cluster_is_told_apart(void)
{
	static struct sample sample;
	struct totem_header header;
	struct wire_reader in;

	token_make(&sample);
	CU_ASSERT_EQUAL(totem_header_decode(bytes_of(sample.bytes, sample.size), CLUSTER + 1, &header, &in), TOTEM_PACKET_CLUSTER);
	sample.bytes[0] = 9;
	totem_packet_seal(sample.bytes, sample.size);
	CU_ASSERT_EQUAL(totem_header_decode(bytes_of(sample.bytes, sample.size), CLUSTER, &header, &in), TOTEM_PACKET_FOREIGN);
}

/* The check value of CRC-32C, and that parts make the same as the whole. */
static void checksum_is_crc32c(void)
{
	CU_ASSERT_EQUAL(totem_crc32c(0, bytes_of("123456789", 9)), 0xE3069283);
	CU_ASSERT_EQUAL(totem_crc32c(totem_crc32c(0, bytes_of("12345", 5)), bytes_of("6789", 4)), 0xE3069283);
	CU_ASSERT_EQUAL(totem_crc32c_by_tables(0, bytes_of("123456789", 9)), 0xE3069283);
}

/* Nodes with and without the instruction share a ring. */
static void checksum_is_the_same_on_every_processor(void)
{
	uint8_t data[300];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 167 + 13);
	for (size_t from = 0; from < 9; from++)
		for (size_t size = 0; size <= sizeof data - from; size++)
			CU_ASSERT_EQUAL(totem_crc32c(7, bytes_of(data + from, size)), totem_crc32c_by_tables(7, bytes_of(data + from, size)));
}

int main(void)
{
	static const struct check_case cases[] = {
		{"a token comes back the same", token_comes_back_the_same},
		{"a join comes back the same", join_comes_back_the_same},
		{"a commit token comes back the same", commit_comes_back_the_same},
		{"data comes back the same from another transmitter", data_comes_back_the_same_from_another_transmitter},
		{"direct comes back the same, and truncated is refused", direct_comes_back_the_same},
		{"truncated and overlong packets are refused at every length (CASE-006)", truncated_packets_are_refused},
		{"every flipped bit is seen (TOT-102)", every_flipped_bit_is_seen},
		{"hostile counts are refused (TOT-109, CASE-006)", hostile_counts_are_refused},
		{"lists that are no sets are refused", lists_that_are_no_sets_are_refused},
		{"packets of another cluster or format are told apart (TOT-050)", another_cluster_is_told_apart},
		{"the checksum is CRC-32C", checksum_is_crc32c},
		{"the checksum is the same on every processor", checksum_is_the_same_on_every_processor},
	};

	return check_run("totem packets", cases, sizeof(cases) / sizeof(cases[0]));
}
