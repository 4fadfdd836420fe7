#include "core/ipc/ipc_ring.h"

#include <string.h>

_Static_assert(sizeof(struct ipc_control) <= IPC_CONTROL_SIZE, "the words stand before the rings");

size_t ipc_mapping_size(uint32_t ring_size)
{
	return IPC_CONTROL_SIZE + 3 * (size_t)ring_size;
}

bool ipc_ring_size_is_valid(uint32_t ring_size)
{
	return ring_size >= IPC_RING_SIZE_MIN && ring_size <= IPC_RING_SIZE_MAX && (ring_size & (ring_size - 1)) == 0;
}

void ipc_rings_of_mapping(void *mapping, uint32_t ring_size, struct ipc_ring *request, struct ipc_ring *answer, struct ipc_ring *event)
{
	struct ipc_control *control = mapping;
	uint8_t *data = (uint8_t *)mapping + IPC_CONTROL_SIZE;

	*request = (struct ipc_ring){.words = &control->request, .data = data, .size = ring_size};
	*answer = (struct ipc_ring){.words = &control->answer, .data = data + ring_size, .size = ring_size};
	*event = (struct ipc_ring){.words = &control->event, .data = data + 2 * (size_t)ring_size, .size = ring_size};
}

uint32_t *ipc_may_post_of_mapping(void *mapping)
{
	return &((struct ipc_control *)mapping)->may_post;
}

uint32_t ipc_ring_padded(uint32_t size)
{
	return (size + IPC_RING_ALIGNMENT - 1) & ~(uint32_t)(IPC_RING_ALIGNMENT - 1);
}

/* How far `ahead` is before `behind`, if both can be positions of one ring. */
static uint32_t ring_distance(const struct ipc_ring *ring, uint32_t ahead, uint32_t behind)
{
	const uint32_t distance = ahead - behind;

	return distance > ring->size || distance % IPC_RING_ALIGNMENT != 0 ? ipc_ring_broken : distance;
}

uint32_t ipc_ring_room(const struct ipc_ring *ring)
{
	const uint32_t used = ring_distance(ring, ring->position, __atomic_load_n(&ring->words->head, __ATOMIC_ACQUIRE));

	return used == ipc_ring_broken ? ipc_ring_broken : ring->size - used;
}

uint32_t ipc_ring_room_or_ask(struct ipc_ring *ring, uint32_t wanted)
{
	const uint32_t room = ipc_ring_room(ring);

	if (room >= wanted) /* broken too */
		return room;
	__atomic_store_n(&ring->words->room_wanted, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ipc_ring_room(ring); /* again: the consumer may have released before it could see the word */
}

void ipc_ring_put(struct ipc_ring *ring, const void *data, uint32_t size)
{
	const uint32_t place = ring->position & (ring->size - 1), before_end = ring->size - place;
	const uint32_t first = size < before_end ? size : before_end;

	if (first > 0)
		memcpy(ring->data + place, data, first);
	if (size > first)
		memcpy(ring->data, (const uint8_t *)data + first, size - first);
	ring->position += ipc_ring_padded(size);
}

enum ipc_wake ipc_ring_rouse(struct ipc_ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&ring->words->wake_wanted, __ATOMIC_RELAXED) == IPC_WAKE_NONE)
		return IPC_WAKE_NONE;
	const uint32_t wanted = __atomic_exchange_n(&ring->words->wake_wanted, IPC_WAKE_NONE, __ATOMIC_SEQ_CST);
	return wanted == IPC_WAKE_NONE || wanted == IPC_WAKE_FUTEX ? (enum ipc_wake)wanted : IPC_WAKE_SOCKET;
}

enum ipc_wake ipc_ring_publish(struct ipc_ring *ring)
{
	__atomic_store_n(&ring->words->tail, ring->position, __ATOMIC_SEQ_CST);
	return ipc_ring_rouse(ring);
}

bool ipc_ring_publish_armed(struct ipc_ring *ring)
{
	return (__atomic_exchange_n(&ring->words->tail, ring->position | 1, __ATOMIC_SEQ_CST) & 1) == 0;
}

uint32_t ipc_ring_available(const struct ipc_ring *ring)
{
	return ring_distance(ring, __atomic_load_n(&ring->words->tail, __ATOMIC_ACQUIRE) & ~(uint32_t)1, ring->position);
}

void ipc_ring_get(struct ipc_ring *ring, void *data, uint32_t size)
{
	const uint32_t place = ring->position & (ring->size - 1), before_end = ring->size - place;
	const uint32_t first = size < before_end ? size : before_end;

	if (first > 0)
		memcpy(data, ring->data + place, first);
	if (size > first)
		memcpy((uint8_t *)data + first, ring->data, size - first);
	ring->position += ipc_ring_padded(size);
}

bool ipc_ring_release(struct ipc_ring *ring)
{
	__atomic_store_n(&ring->words->head, ring->position, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&ring->words->room_wanted, __ATOMIC_RELAXED) != 0 &&
	       __atomic_exchange_n(&ring->words->room_wanted, 0, __ATOMIC_SEQ_CST) != 0;
}

bool ipc_ring_sleep_where(struct ipc_ring *ring, enum ipc_wake where)
{
	__atomic_store_n(&ring->words->wake_wanted, where, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ipc_ring_available(ring) == 0;
}

bool ipc_ring_sleep(struct ipc_ring *ring)
{
	return ipc_ring_sleep_where(ring, IPC_WAKE_SOCKET);
}

void ipc_ring_awake(struct ipc_ring *ring)
{
	__atomic_store_n(&ring->words->wake_wanted, IPC_WAKE_NONE, __ATOMIC_RELAXED);
}

bool ipc_ring_disarm(struct ipc_ring *ring)
{
	uint32_t empty = ring->position | 1;

	return __atomic_compare_exchange_n(&ring->words->tail, &empty, ring->position, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
