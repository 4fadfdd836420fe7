/* Messages through packets and back: sizes around every boundary, order, urgency, service levels, lost beginnings (TOT-085 to -091). */
#include <stdlib.h>
#include <string.h>

#include "conformance/check/check.h"
#include "core/totem/totem_pack.h"

enum { PAYLOAD_MAX = 1356, ROOM = PAYLOAD_MAX - TOTEM_PACK_HEADER_SIZE - 2, HEADROOM = 10 };

struct got {
	size_t count;
	size_t sizes[2048];
	uint64_t sums[2048];
	size_t packets;
};

static uint64_t sum_of(struct bytes bytes)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < bytes.size; i++)
		sum = (sum ^ bytes.data[i]) * 1099511628211u;
	return sum;
}

static void got_add(struct got *got, struct bytes message)
{
	CU_ASSERT_TRUE_FATAL(got->count < 2048);
	got->sizes[got->count] = message.size;
	got->sums[got->count++] = sum_of(message);
}

static uint64_t message_add(struct totem_queue *queue, size_t size, uint8_t mark, enum group_urgency urgency, bool safe)
{
	uint8_t *bytes = malloc(size + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 256 + mark);
	const uint64_t sum = sum_of(bytes_of(bytes, size));
	CU_ASSERT_TRUE_FATAL(totem_queue_add(queue, bytes_of(bytes, size), urgency, safe));
	free(bytes);
	return sum;
}

static void payload_receive(struct totem_assembly *assembly, struct bytes payload, struct got *got)
{
	struct totem_pieces pieces;

	CU_ASSERT_TRUE_FATAL(totem_pieces_decode(payload, &pieces));
	for (uint16_t i = 0; i < pieces.count; i++) {
		const struct bytes piece = totem_pieces_next(&pieces);
		const bool continued = i == 0 && pieces.continued, unfinished = i + 1 == pieces.count && pieces.unfinished;
		if (!continued && !unfinished) {
			got_add(got, piece);
		} else if (!continued) {
			CU_ASSERT_TRUE_FATAL(totem_assembly_begin(assembly, pieces.first_id + i, pieces.total, piece));
		} else if (totem_assembly_continue(assembly, pieces.first_id, pieces.offset, piece) && !unfinished) {
			CU_ASSERT_TRUE(totem_assembly_is_complete(assembly));
			got_add(got, totem_buffer_bytes(assembly->message));
			totem_assembly_drop(assembly);
		}
	}
}

/* Packs all that waits; `lost` (counted from 0) never arrives. */
static void drain(struct totem_queue *queue, struct got *got, long lost)
{
	struct totem_assembly assembly = {0};
	struct totem_buffer *packet;
	bool safe;

	got->packets = 0;
	while ((packet = totem_queue_pack(queue, HEADROOM, PAYLOAD_MAX, &safe)) != NULL) {
		CU_ASSERT_TRUE(packet->size <= HEADROOM + PAYLOAD_MAX);
		if ((long)got->packets++ != lost)
			payload_receive(&assembly, bytes_of(packet->data + HEADROOM, packet->size - HEADROOM), got);
		totem_buffer_release(packet);
	}
	totem_assembly_drop(&assembly);
	CU_ASSERT_EQUAL(queue->bytes[GROUP_ORDINARY], 0);
	CU_ASSERT_EQUAL(queue->bytes[GROUP_BARRIER], 0);
}

static const size_t sizes[] = {0, 1, ROOM - 3, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM - 1, 2 * ROOM, 2 * ROOM + 1, 70000,
                               TOTEM_MESSAGE_SIZE_MAX - 1, TOTEM_MESSAGE_SIZE_MAX};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static void every_size_alone(void)
{
	for (size_t i = 0; i < SIZES; i++) {
		struct totem_queue queue;
		struct got got = {0};
		totem_queue_init(&queue);
		const uint64_t sum = message_add(&queue, sizes[i], (uint8_t)i, GROUP_ORDINARY, false);
		drain(&queue, &got, -1);
		CU_ASSERT_EQUAL_FATAL(got.count, 1);
		CU_ASSERT_EQUAL(got.sizes[0], sizes[i]);
		CU_ASSERT_EQUAL(got.sums[0], sum);
	}
}

static void every_size_mixed(void)
{
	struct totem_queue queue;
	struct got got = {0};
	uint64_t sums[SIZES * SIZES * 2];
	size_t count = 0;

	totem_queue_init(&queue);
	for (size_t i = 0; i < SIZES - 2; i++) {
		for (size_t j = 0; j < SIZES - 2; j++) {
			sums[count++] = message_add(&queue, sizes[i], (uint8_t)i, GROUP_ORDINARY, false);
			sums[count++] = message_add(&queue, sizes[j], (uint8_t)j, GROUP_ORDINARY, false);
		}
	}
	drain(&queue, &got, -1);
	CU_ASSERT_EQUAL_FATAL(got.count, count);
	CU_ASSERT_EQUAL(memcmp(got.sums, sums, count * sizeof(sums[0])), 0);
}

/* TOT-092. */
static void small_messages_fill_packets(void)
{
	struct totem_queue queue;
	struct got got = {0};

	totem_queue_init(&queue);
	for (size_t i = 0; i < 2000; i++)
		message_add(&queue, 1, (uint8_t)i, GROUP_ORDINARY, false);
	drain(&queue, &got, -1);
	CU_ASSERT_EQUAL(got.count, 2000);
	CU_ASSERT_TRUE(got.packets <= 2000 * 3 / (PAYLOAD_MAX - TOTEM_PACK_HEADER_SIZE) + 1);
}

/* TOT-088: one lost packet costs the messages that were in it, and nothing is delivered in part. */
static void lost_packet_never_gives_halves(void)
{
	for (long lost = 0; lost < 8; lost++) {
		struct totem_queue queue;
		struct got got = {0};
		uint64_t sums[3];
		totem_queue_init(&queue);
		sums[0] = message_add(&queue, 3 * ROOM, 1, GROUP_ORDINARY, false);
		sums[1] = message_add(&queue, 3 * ROOM, 2, GROUP_ORDINARY, false);
		sums[2] = message_add(&queue, 100, 3, GROUP_ORDINARY, false);
		drain(&queue, &got, lost);
		CU_ASSERT_TRUE(got.count >= 1);
		for (size_t i = 0; i < got.count; i++)
			CU_ASSERT_TRUE(got.sums[i] == sums[0] || got.sums[i] == sums[1] || got.sums[i] == sums[2]);
	}
}

enum { SENDERS = 3, ROUNDS = 40, MESSAGES = 12 };

static uint32_t random_below(uint64_t *random, uint32_t bound)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*random >> 33) % bound;
}

/* CASE-013: the packets of three senders come in any order among each other, and one sender falls silent at any packet. Of each comes a
 * beginning of what it sent, whole and byte for byte. */
static void senders_among_each_other_stay_apart(void)
{
	uint64_t random = 13;

	for (int round = 0; round < ROUNDS; round++) {
		struct totem_queue queues[SENDERS];
		struct totem_assembly assemblies[SENDERS] = {0};
		static struct got got[SENDERS];
		uint64_t sums[SENDERS][MESSAGES];
		long silent_after = (long)random_below(&random, 400);
		unsigned running = SENDERS;
		bool safe, dry[SENDERS] = {false};

		for (unsigned s = 0; s < SENDERS; s++) {
			got[s].count = 0;
			totem_queue_init(&queues[s]);
			for (int i = 0; i < MESSAGES; i++)
				sums[s][i] = message_add(&queues[s], sizes[random_below(&random, SIZES - 2)], (uint8_t)(s * 64 + (unsigned)i), GROUP_ORDINARY, false);
		}
		while (running > 0) {
			const unsigned s = random_below(&random, SENDERS);
			struct totem_buffer *packet = dry[s] || (s == 0 && silent_after-- <= 0) ? NULL : totem_queue_pack(&queues[s], 0, PAYLOAD_MAX, &safe);

			if (packet != NULL)
				payload_receive(&assemblies[s], totem_buffer_bytes(packet), &got[s]);
			running -= packet == NULL && !dry[s];
			dry[s] = packet == NULL;
			totem_buffer_release(packet);
		}
		for (unsigned s = 0; s < SENDERS; s++) {
			CU_ASSERT_TRUE(got[s].count <= MESSAGES && (s == 0 || got[s].count == MESSAGES));
			CU_ASSERT_EQUAL(memcmp(got[s].sums, sums[s], got[s].count * sizeof(sums[s][0])), 0);
			totem_assembly_drop(&assemblies[s]);
			totem_queue_clear(&queues[s]);
		}
	}
}

static void barrier_messages_go_first_but_never_in_between(void)
{
	struct totem_queue queue;
	struct got got = {0};
	struct totem_assembly assembly = {0};
	bool safe;

	totem_queue_init(&queue);
	const uint64_t large = message_add(&queue, 3 * ROOM, 1, GROUP_ORDINARY, false);
	const uint64_t behind = message_add(&queue, 10, 2, GROUP_ORDINARY, false);
	struct totem_buffer *packet = totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe);
	const uint64_t barrier = message_add(&queue, 20, 3, GROUP_BARRIER, false);
	while (packet != NULL) {
		payload_receive(&assembly, totem_buffer_bytes(packet), &got);
		totem_buffer_release(packet);
		packet = totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe);
	}
	CU_ASSERT_EQUAL_FATAL(got.count, 3);
	CU_ASSERT_EQUAL(got.sums[0], large);
	/* What shares the large one's last packet comes with it. */
	CU_ASSERT_TRUE(got.sums[1] == barrier || got.sums[1] == behind);
	CU_ASSERT_TRUE(got.sums[2] == barrier || got.sums[2] == behind);
}

static void bulk_goes_when_nothing_else_waits(void)
{
	struct totem_queue queue;
	struct got got = {0};

	totem_queue_init(&queue);
	const uint64_t last = message_add(&queue, ROOM, 1, GROUP_BULK, false);
	const uint64_t second = message_add(&queue, ROOM, 2, GROUP_ORDINARY, false);
	const uint64_t first = message_add(&queue, ROOM, 3, GROUP_BARRIER, false);
	drain(&queue, &got, -1);
	CU_ASSERT_EQUAL_FATAL(got.count, 3);
	CU_ASSERT_EQUAL(got.sums[0], first);
	CU_ASSERT_EQUAL(got.sums[1], second);
	CU_ASSERT_EQUAL(got.sums[2], last);
	CU_ASSERT_EQUAL(queue.bytes[GROUP_BULK], 0);
}

/* How many packets of a queue full of small messages go before what is more urgent and comes later. */
static size_t packets_before(enum group_urgency urgency, enum group_urgency urgent)
{
	struct totem_queue queue;
	size_t packets = 0;
	bool safe;

	totem_queue_init(&queue);
	for (int i = 0; i < 100; i++)
		message_add(&queue, 1000, 1, urgency, false);
	totem_buffer_release(totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe));
	message_add(&queue, 10, 2, urgent, false);
	for (; !list_is_empty(&queue.messages[urgent]); packets++)
		totem_buffer_release(totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe));
	totem_queue_clear(&queue);
	return packets;
}

static void what_is_urgent_waits_for_one_message_however_many_are_queued(void)
{
	CU_ASSERT_TRUE(packets_before(GROUP_ORDINARY, GROUP_BARRIER) <= 2);
	CU_ASSERT_TRUE(packets_before(GROUP_BULK, GROUP_ORDINARY) <= 2);
	CU_ASSERT_TRUE(packets_before(GROUP_BULK, GROUP_BARRIER) <= 2);
}

/* Ordinary messages that never end: each packet's place is taken by the next. */
static void bulk_has_its_share_beside_what_never_ends(void)
{
	struct totem_queue queue;
	size_t bulk_waits = 40;
	bool safe;

	totem_queue_init(&queue);
	for (size_t i = 0; i < bulk_waits; i++)
		message_add(&queue, ROOM, 1, GROUP_BULK, false);
	for (int packets = 0; packets < 100; packets++) {
		message_add(&queue, ROOM, 2, GROUP_ORDINARY, false);
		totem_buffer_release(totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe));
	}
	const size_t bulk_sent = bulk_waits - queue.bytes[GROUP_BULK] / (ROOM + 2);
	CU_ASSERT_EQUAL(bulk_sent, 100 / TOTEM_BULK_SHARE);
	totem_queue_clear(&queue);
}

static uint64_t one_packed(struct totem_queue *queue)
{
	struct totem_assembly assembly = {0};
	struct got got = {0};
	bool safe;
	struct totem_buffer *packet = totem_queue_pack(queue, 0, PAYLOAD_MAX, &safe);

	if (packet == NULL)
		return 0;
	payload_receive(&assembly, totem_buffer_bytes(packet), &got);
	totem_buffer_release(packet);
	CU_ASSERT_EQUAL(got.count, 1);
	return got.sums[0];
}

static void bulk_for_one_member_keeps_its_place_in_packets_of_its_own(void)
{
	struct totem_queue queue;
	uint32_t to = 0;

	totem_queue_init(&queue);
	const uint64_t before = message_add(&queue, 10, 1, GROUP_BULK, false);
	CU_ASSERT_TRUE(totem_queue_add_direct(&queue, bytes_of_text("for 3"), HEADROOM, 3));
	const uint64_t behind = message_add(&queue, 10, 2, GROUP_BULK, false);
	CU_ASSERT_PTR_NULL(totem_queue_direct_take(&queue, &to));
	const uint64_t ordinary = message_add(&queue, 10, 3, GROUP_ORDINARY, false);
	CU_ASSERT_EQUAL(one_packed(&queue), ordinary);
	CU_ASSERT_EQUAL(one_packed(&queue), before);
	CU_ASSERT_EQUAL(one_packed(&queue), 0);
	struct totem_buffer *packet = totem_queue_direct_take(&queue, &to);
	CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
	CU_ASSERT_TRUE(to == 3 && packet->size == HEADROOM + 5 && memcmp(packet->data + HEADROOM, "for 3", 5) == 0);
	totem_buffer_release(packet);
	CU_ASSERT_EQUAL(one_packed(&queue), behind);
	CU_ASSERT_TRUE(totem_queue_is_empty(&queue) && queue.bytes[GROUP_BULK] == 0 && queue.direct_bytes == 0);
}

static void what_is_for_members_of_a_ring_ends_with_it(void)
{
	struct totem_queue queue;

	totem_queue_init(&queue);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(totem_queue_add_direct(&queue, bytes_of_text("for 3"), HEADROOM, 3));
	CU_ASSERT_EQUAL(totem_queue_packets(&queue, PAYLOAD_MAX), 1); /* it takes no room in the shared window, but the ring must not rest */
	const uint64_t stays = message_add(&queue, 10, 2, GROUP_BULK, false);
	totem_queue_directs_drop(&queue);
	CU_ASSERT_EQUAL(queue.direct_bytes, 0);
	CU_ASSERT_EQUAL(one_packed(&queue), stays);
	CU_ASSERT_TRUE(totem_queue_is_empty(&queue));
}

static void bulk_claims_no_more_than_a_few_packets(void)
{
	struct totem_queue queue;

	totem_queue_init(&queue);
	message_add(&queue, 10, 1, GROUP_BULK, false);
	CU_ASSERT_EQUAL(totem_queue_packets(&queue, PAYLOAD_MAX), 1);
	for (int i = 0; i < 100; i++)
		message_add(&queue, ROOM, 1, GROUP_BULK, false);
	const uint32_t claimed = totem_queue_packets(&queue, PAYLOAD_MAX);
	CU_ASSERT_TRUE(claimed < 10);
	for (int i = 0; i < 100; i++)
		message_add(&queue, ROOM, 2, GROUP_ORDINARY, false);
	CU_ASSERT_TRUE(totem_queue_packets(&queue, PAYLOAD_MAX) >= 100);
	CU_ASSERT_TRUE(totem_queue_packets(&queue, PAYLOAD_MAX) <= 101 + claimed);
	totem_queue_clear(&queue);
}

/* TOT-091. */
static void levels_are_not_mixed(void)
{
	struct totem_queue queue;
	bool safe;

	totem_queue_init(&queue);
	for (int i = 0; i < 6; i++)
		message_add(&queue, 10, (uint8_t)i, GROUP_ORDINARY, i % 2);
	for (int i = 0; i < 6; i++) {
		struct totem_pieces pieces;
		struct totem_buffer *packet = totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe);
		CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
		CU_ASSERT_EQUAL(safe, i % 2);
		CU_ASSERT_TRUE(totem_pieces_decode(totem_buffer_bytes(packet), &pieces));
		CU_ASSERT_EQUAL(pieces.count, 1);
		totem_buffer_release(packet);
	}
	CU_ASSERT_TRUE(totem_queue_is_empty(&queue));
}

/* TOT-090: the ring breaks in the middle; the message goes whole on the next. */
static void broken_message_begins_anew(void)
{
	struct totem_queue queue;
	struct got got = {0};
	bool safe;

	totem_queue_init(&queue);
	const uint64_t sum = message_add(&queue, 5 * ROOM, 1, GROUP_ORDINARY, false);
	totem_buffer_release(totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe));
	totem_buffer_release(totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe));
	totem_queue_restart(&queue);
	drain(&queue, &got, -1);
	CU_ASSERT_EQUAL_FATAL(got.count, 1);
	CU_ASSERT_EQUAL(got.sums[0], sum);
}

/* TOT-087. */
static void wrong_lengths_are_refused(void)
{
	struct totem_queue queue;
	struct totem_pieces pieces;
	bool safe;

	totem_queue_init(&queue);
	message_add(&queue, 100, 1, GROUP_ORDINARY, false);
	message_add(&queue, 50, 2, GROUP_ORDINARY, false);
	struct totem_buffer *packet = totem_queue_pack(&queue, 0, PAYLOAD_MAX, &safe);
	CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
	CU_ASSERT_TRUE(totem_pieces_decode(totem_buffer_bytes(packet), &pieces));
	for (size_t size = 0; size < packet->size; size++)
		CU_ASSERT_FALSE(totem_pieces_decode(bytes_of(packet->data, size), &pieces));
	packet->data[TOTEM_PACK_HEADER_SIZE]++;
	CU_ASSERT_FALSE(totem_pieces_decode(totem_buffer_bytes(packet), &pieces));
	totem_buffer_release(packet);
}

static void full_queue_refuses_but_takes_the_largest_when_empty(void)
{
	struct totem_queue queue;

	totem_queue_init(&queue);
	CU_ASSERT_TRUE(totem_queue_has_room(&queue, TOTEM_MESSAGE_SIZE_MAX, GROUP_ORDINARY, 1000));
	message_add(&queue, 990, 1, GROUP_ORDINARY, false);
	CU_ASSERT_FALSE(totem_queue_has_room(&queue, 10, GROUP_ORDINARY, 1000));
	CU_ASSERT_TRUE(totem_queue_has_room(&queue, 10, GROUP_BARRIER, 1000));
	totem_queue_clear(&queue);
}

int main(void)
{
	static const struct check_case cases[] = {
		{"every size comes back the same, alone (TOT-085)", every_size_alone},
		{"every size comes back the same, mixed and in order (TOT-085, -086)", every_size_mixed},
		{"small messages fill packets (TOT-092)", small_messages_fill_packets},
		{"a lost packet never gives halves (TOT-088)", lost_packet_never_gives_halves},
		{"senders among each other stay apart (CASE-013)", senders_among_each_other_stay_apart},
		{"barrier messages go first, but never into the middle of another", barrier_messages_go_first_but_never_in_between},
		{"bulk goes when nothing else waits", bulk_goes_when_nothing_else_waits},
		{"what is urgent waits for the rest of one message, however many are queued", what_is_urgent_waits_for_one_message_however_many_are_queued},
		{"beside ordinary messages that never end bulk has its share", bulk_has_its_share_beside_what_never_ends},
		{"bulk for one member keeps its place, in packets of its own", bulk_for_one_member_keeps_its_place_in_packets_of_its_own},
		{"what is for members of a ring ends with it", what_is_for_members_of_a_ring_ends_with_it},
		{"bulk claims no more than a few packets of the shared window", bulk_claims_no_more_than_a_few_packets},
		{"service levels are not mixed in a packet (TOT-091)", levels_are_not_mixed},
		{"a message whose ring broke begins anew (TOT-090)", broken_message_begins_anew},
		{"lengths that do not add up are refused (TOT-087)", wrong_lengths_are_refused},
		{"a full queue refuses, an empty one takes the largest (TOT-083)", full_queue_refuses_but_takes_the_largest_when_empty},
	};

	return check_run("totem packing", cases, sizeof(cases) / sizeof(cases[0]));
}
