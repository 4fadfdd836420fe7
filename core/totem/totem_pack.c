/* Packing, cutting and putting together again. Nothing here knows rings. */
#include "core/totem/totem_pack.h"

#include <assert.h>
#include <stdlib.h>

enum { FLAG_CONTINUED = 1, FLAG_UNFINISHED = 2, MESSAGE_OVERHEAD = 2, BULK_CLAIM_MAX = 4 };

void totem_queue_init(struct totem_queue *queue)
{
	*queue = (struct totem_queue){.next_id = 1};
	for (int urgency = 0; urgency < GROUP_URGENCIES; urgency++)
		list_init(&queue->messages[urgency]);
}

static struct totem_message *queue_first(const struct totem_queue *queue, enum group_urgency urgency)
{
	return container_of(queue->messages[urgency].next, struct totem_message, entry);
}

static void queue_drop(struct totem_queue *queue, struct totem_message *message, enum group_urgency urgency)
{
	list_remove(&message->entry);
	queue->bytes[urgency] -= message->size - message->sent + MESSAGE_OVERHEAD;
	if (message->to != 0)
		queue->direct_bytes -= message->size + MESSAGE_OVERHEAD;
	totem_buffer_release(message->packet);
	free(message);
}

void totem_queue_clear(struct totem_queue *queue)
{
	for (int urgency = 0; urgency < GROUP_URGENCIES; urgency++)
		while (!list_is_empty(&queue->messages[urgency]))
			queue_drop(queue, queue_first(queue, urgency), urgency);
	queue->unfinished = NULL;
}

bool totem_queue_is_empty(const struct totem_queue *queue)
{
	for (int urgency = 0; urgency < GROUP_URGENCIES; urgency++)
		if (!list_is_empty(&queue->messages[urgency]))
			return false;
	return true;
}

/* An empty queue takes any message, so that the largest can be sent however small the bound. */
bool totem_queue_has_room(const struct totem_queue *queue, size_t size, enum group_urgency urgency, size_t size_max)
{
	return list_is_empty(&queue->messages[urgency]) || queue->bytes[urgency] + size + MESSAGE_OVERHEAD <= size_max;
}

static void message_append(struct totem_queue *queue, struct totem_message *message, enum group_urgency urgency)
{
	list_append(&queue->messages[urgency], &message->entry);
	queue->bytes[urgency] += message->size + MESSAGE_OVERHEAD;
}

bool totem_queue_add(struct totem_queue *queue, struct bytes bytes, enum group_urgency urgency, bool safe)
{
	struct totem_message *message = malloc(sizeof(*message) + bytes.size);

	if (message == NULL)
		return false;
	*message = (struct totem_message){.size = bytes.size, .safe = safe};
	if (bytes.size > 0)
		memcpy(message->data, bytes.data, bytes.size);
	message_append(queue, message, urgency);
	return true;
}

bool totem_queue_add_direct(struct totem_queue *queue, struct bytes bytes, size_t headroom, uint32_t to)
{
	struct totem_message *message = malloc(sizeof(*message));
	struct totem_buffer *packet = totem_buffer_new(headroom + bytes.size);

	if (message == NULL || packet == NULL) {
		totem_buffer_release(packet);
		free(message);
		return false;
	}
	*message = (struct totem_message){.size = bytes.size, .to = to, .packet = packet};
	if (bytes.size > 0)
		memcpy(packet->data + headroom, bytes.data, bytes.size);
	message_append(queue, message, GROUP_BULK);
	queue->direct_bytes += bytes.size + MESSAGE_OVERHEAD;
	return true;
}

static uint32_t packets_of(size_t bytes, size_t payload_max)
{
	const size_t room = payload_max - TOTEM_PACK_HEADER_SIZE;

	return (uint32_t)((bytes + room - 1) / room);
}

uint32_t totem_queue_packets(const struct totem_queue *queue, size_t payload_max)
{
	const uint32_t bulk = packets_of(queue->bytes[GROUP_BULK] - queue->direct_bytes, payload_max);

	return packets_of(queue->bytes[GROUP_ORDINARY] + queue->bytes[GROUP_BARRIER], payload_max) +
	       (bulk < BULK_CLAIM_MAX ? bulk : BULK_CLAIM_MAX) + (queue->direct_bytes > 0);
}

void totem_queue_restart(struct totem_queue *queue)
{
	if (queue->unfinished == NULL)
		return;
	queue->bytes[queue->unfinished_urgency] += queue->unfinished->sent;
	queue->unfinished->sent = 0;
	queue->unfinished = NULL;
}

/* What is not bulk goes first, until bulk that waits has let enough of it pass. */
static enum group_urgency queue_turn(const struct totem_queue *queue)
{
	if (!list_is_empty(&queue->messages[GROUP_BARRIER]))
		return GROUP_BARRIER;
	if (list_is_empty(&queue->messages[GROUP_BULK]))
		return GROUP_ORDINARY;
	const struct totem_message *bulk = queue_first(queue, GROUP_BULK);
	const bool owed = bulk->to == 0 && queue->bulk_owed / (TOTEM_BULK_SHARE - 1) >= bulk->size;
	return owed || list_is_empty(&queue->messages[GROUP_ORDINARY]) ? GROUP_BULK : GROUP_ORDINARY;
}

static void queue_count(struct totem_queue *queue, enum group_urgency urgency, size_t bytes)
{
	if (urgency == GROUP_BULK || list_is_empty(&queue->messages[GROUP_BULK]))
		queue->bulk_owed = 0;
	else if (urgency == GROUP_ORDINARY)
		queue->bulk_owed += bytes;
}

/* Which message comes next in a packet of the order; NULL: none. */
static struct totem_message *queue_next(const struct totem_queue *queue, enum group_urgency *urgency)
{
	if (queue->unfinished != NULL) {
		*urgency = queue->unfinished_urgency;
		return queue->unfinished;
	}
	*urgency = queue_turn(queue);
	return list_is_empty(&queue->messages[*urgency]) || queue_first(queue, *urgency)->to != 0 ? NULL : queue_first(queue, *urgency);
}

bool totem_queue_bulk_is_next(const struct totem_queue *queue)
{
	enum group_urgency urgency;

	return queue_next(queue, &urgency) != NULL && urgency == GROUP_BULK;
}

struct plan {
	uint16_t count;
	size_t size; /* of the messages and their lengths */
	size_t last_part;
	bool unfinished;
	struct totem_message *last;
};

/* How much of the queue goes into one packet: whole messages of one service level, then as much of the next as fits. Packets are filled to
 * the last byte: a visit's packets of one size leave in one call (core/link). Only what is more urgent ends one earlier: a message begun here
 * would have to be finished first, and so would the one begun in its last packet. */
static void plan_make(const struct totem_queue *queue, size_t room, struct plan *plan)
{
	enum group_urgency urgency;
	struct totem_message *message = queue_next(queue, &urgency);
	const bool safe = message->safe;
	const struct list *entry = &message->entry;

	*plan = (struct plan){0};
	do {
		message = container_of(entry, struct totem_message, entry);
		if (plan->count > 0 && (queue_turn(queue) != urgency || message->to != 0))
			return;
		if ((message->safe != safe && !queue->levels_mixed) || room - plan->size <= MESSAGE_OVERHEAD || plan->count == TOTEM_PACK_MESSAGES_MAX)
			return;
		const size_t fits = room - plan->size - MESSAGE_OVERHEAD;
		const size_t left = message->size - message->sent;
		plan->count++;
		plan->last = message;
		plan->last_part = left < fits ? left : fits;
		plan->size += MESSAGE_OVERHEAD + plan->last_part;
		plan->unfinished = left > fits;
		entry = entry->next;
	} while (!plan->unfinished && entry != &queue->messages[urgency]);
}

static void header_encode(struct wire_writer *out, const struct totem_message *first, const struct plan *plan)
{
	wire_put_u8(out, (first->sent > 0 ? FLAG_CONTINUED : 0) | (plan->unfinished ? FLAG_UNFINISHED : 0));
	wire_put_u16(out, plan->count);
	wire_put_u64(out, first->id);
	wire_put_u32(out, (uint32_t)first->sent);
	wire_put_u32(out, plan->unfinished ? (uint32_t)plan->last->size : 0);
}

static void part_copy(struct wire_writer *out, size_t *length_at, struct totem_message *message, size_t part)
{
	out->data[*length_at] = (uint8_t)part;
	out->data[*length_at + 1] = (uint8_t)(part >> 8);
	*length_at += 2;
	wire_put_raw(out, message->data + message->sent, part);
}

struct totem_buffer *totem_queue_pack(struct totem_queue *queue, size_t headroom, size_t payload_max, bool *safe)
{
	enum group_urgency urgency;
	struct totem_message *message = queue_next(queue, &urgency);
	struct plan plan;

	if (message == NULL)
		return NULL;
	plan_make(queue, payload_max - TOTEM_PACK_HEADER_SIZE, &plan);
	struct totem_buffer *packet = totem_buffer_new(headroom + TOTEM_PACK_HEADER_SIZE + plan.size);
	if (packet == NULL)
		return NULL;
	*safe = message->safe;
	if (message->sent == 0)
		message->id = queue->next_id++;

	struct wire_writer out = {.data = packet->data, .size = headroom, .capacity = packet->size};
	header_encode(&out, message, &plan);
	size_t length_at = out.size;
	wire_put_zeros(&out, 2 * (size_t)plan.count);
	for (uint16_t i = 0; i < plan.count; i++) {
		const bool last = i + 1 == plan.count;
		const size_t part = last ? plan.last_part : message->size - message->sent;
		struct totem_message *next = container_of(message->entry.next, struct totem_message, entry);
		if (message->id == 0 || (i > 0 && message->sent == 0))
			message->id = queue->next_id++;
		part_copy(&out, &length_at, message, part);
		if (last && plan.unfinished) {
			message->sent += part;
			queue->bytes[urgency] -= part;
			queue->unfinished = message;
			queue->unfinished_urgency = urgency;
		} else {
			queue->unfinished = NULL;
			queue_drop(queue, message, urgency);
		}
		message = next;
	}
	queue_count(queue, urgency, plan.size);
	assert(!out.failed && out.size == packet->size);
	return packet;
}

struct totem_buffer *totem_queue_direct_take(struct totem_queue *queue, uint32_t *to)
{
	struct totem_message *message = queue_first(queue, GROUP_BULK);

	if (list_is_empty(&queue->messages[GROUP_BULK]) || message->to == 0)
		return NULL;
	struct totem_buffer *packet = totem_buffer_hold(message->packet);
	*to = message->to;
	queue_drop(queue, message, GROUP_BULK);
	return packet;
}

void totem_queue_directs_drop(struct totem_queue *queue)
{
	struct list *next;

	for (struct list *entry = queue->messages[GROUP_BULK].next; entry != &queue->messages[GROUP_BULK]; entry = next) {
		struct totem_message *message = container_of(entry, struct totem_message, entry);

		next = entry->next;
		if (message->to != 0)
			queue_drop(queue, message, GROUP_BULK);
	}
}

bool totem_pieces_decode(struct bytes payload, struct totem_pieces *pieces)
{
	struct wire_reader in = wire_reader_of(payload);
	const uint8_t flags = wire_get_u8(&in);

	pieces->continued = flags & FLAG_CONTINUED;
	pieces->unfinished = flags & FLAG_UNFINISHED;
	pieces->count = wire_get_u16(&in);
	pieces->first_id = wire_get_u64(&in);
	pieces->offset = wire_get_u32(&in);
	pieces->total = wire_get_u32(&in);
	pieces->lengths = wire_reader_of(wire_get_raw(&in, 2 * (size_t)pieces->count));
	pieces->contents = wire_reader_of(wire_get_rest(&in));
	if (in.failed || flags > (FLAG_CONTINUED | FLAG_UNFINISHED) || pieces->count == 0 || pieces->count > TOTEM_PACK_MESSAGES_MAX ||
	    pieces->total > TOTEM_MESSAGE_SIZE_MAX || pieces->offset > TOTEM_MESSAGE_SIZE_MAX)
		return false;
	struct wire_reader lengths = pieces->lengths;
	size_t sum = 0;
	for (uint16_t i = 0; i < pieces->count; i++)
		sum += wire_get_u16(&lengths);
	return sum == pieces->contents.left;
}

struct bytes totem_pieces_next(struct totem_pieces *pieces)
{
	return wire_get_raw(&pieces->contents, wire_get_u16(&pieces->lengths));
}

void totem_assembly_drop(struct totem_assembly *assembly)
{
	totem_buffer_release(assembly->message);
	*assembly = (struct totem_assembly){0};
}

static bool assembly_append(struct totem_assembly *assembly, struct bytes part)
{
	if (part.size > assembly->message->size - assembly->filled) {
		totem_assembly_drop(assembly);
		return false;
	}
	if (part.size > 0)
		memcpy(assembly->message->data + assembly->filled, part.data, part.size);
	assembly->filled += part.size;
	return true;
}

bool totem_assembly_begin(struct totem_assembly *assembly, uint64_t id, uint32_t total, struct bytes part)
{
	totem_assembly_drop(assembly);
	assembly->message = totem_buffer_new(total);
	if (assembly->message == NULL)
		return false;
	assembly->id = id;
	assembly_append(assembly, part);
	return true;
}

bool totem_assembly_continue(struct totem_assembly *assembly, uint64_t id, uint32_t offset, struct bytes part)
{
	if (assembly->message == NULL || assembly->id != id || assembly->filled != offset) {
		totem_assembly_drop(assembly);
		return false;
	}
	return assembly_append(assembly, part);
}

bool totem_assembly_is_complete(const struct totem_assembly *assembly)
{
	return assembly->message != NULL && assembly->filled == assembly->message->size;
}
