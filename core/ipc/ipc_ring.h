/* The memory that a daemon and one client share: three rings of records, and the words with which the two ends tell each other how far
 * they are. An end keeps its own position outside the mapping and believes the other's word only within the bounds of the ring: a lie
 * is found out (IPC_RING_BROKEN), never followed. Pure: memory only, no system call; waking the other end is the caller's.
 *
 * A record is a header (ipc_messages.h) and the bytes behind it, both padded to IPC_RING_ALIGNMENT; it may run over the ring's end. */
#ifndef AISLE_IPC_RING_H
#define AISLE_IPC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IPC_RING_ALIGNMENT = 8,
	IPC_RING_SIZE_MIN = 1 << 12,
	IPC_RING_SIZE_MAX = 1 << 26,
	IPC_CONTROL_SIZE = 4096, /* the words of the three rings stand before the rings */
	IPC_CACHE_LINE = 64,
};

/* Positions count octets and wrap at 2^32; the place in the ring is the position modulo its size. */
struct ipc_ring_words {
	_Alignas(IPC_CACHE_LINE) uint32_t tail; /* written by the producer. In the event ring its lowest bit says that a wake-up is out */
	_Alignas(IPC_CACHE_LINE) uint32_t head; /* written by the consumer */
	_Alignas(IPC_CACHE_LINE) uint32_t wake_wanted; /* enum ipc_wake: the consumer sleeps until something comes */
	_Alignas(IPC_CACHE_LINE) uint32_t room_wanted; /* the producer sleeps until there is room */
};

/* How a consumer sleeps: where the producer has to wake it. A client that expects its answer soon sleeps on the word itself, which costs either
 * end less; it does not hear there that the daemon has died. */
enum ipc_wake { IPC_WAKE_NONE, IPC_WAKE_SOCKET, IPC_WAKE_FUTEX };

struct ipc_control {
	struct ipc_ring_words request, answer, event;
	_Alignas(IPC_CACHE_LINE) uint32_t may_post; /* written by the daemon: 1: what is posted is accepted, as far as it knows now */
};

/* Either end of one ring: its words and data in the mapping, its own position outside. */
struct ipc_ring {
	struct ipc_ring_words *words;
	uint8_t *data;
	uint32_t size; /* a power of two */
	uint32_t position;
};

static const uint32_t ipc_ring_broken = UINT32_MAX; /* what the other end says cannot be */

size_t ipc_mapping_size(uint32_t ring_size);
bool ipc_ring_size_is_valid(uint32_t ring_size);
uint32_t *ipc_may_post_of_mapping(void *mapping);
void ipc_rings_of_mapping(void *mapping, uint32_t ring_size, struct ipc_ring *request, struct ipc_ring *answer, struct ipc_ring *event);

/* The producer's end. */
uint32_t ipc_ring_room(const struct ipc_ring *ring); /* octets, or ipc_ring_broken */
uint32_t ipc_ring_room_or_ask(struct ipc_ring *ring, uint32_t wanted); /* the same; if less than wanted, the consumer will wake us */
void ipc_ring_put(struct ipc_ring *ring, const void *data, uint32_t size); /* not seen by the consumer yet; there must be room */
enum ipc_wake ipc_ring_publish(struct ipc_ring *ring); /* whether the consumer sleeps and is to be woken, and where */
enum ipc_wake ipc_ring_rouse(struct ipc_ring *ring);   /* the same, with nothing new in the ring */
bool ipc_ring_publish_armed(struct ipc_ring *ring);  /* event ring: true: no wake-up is out, one is to be sent */

/* The consumer's end. */
uint32_t ipc_ring_available(const struct ipc_ring *ring); /* octets, or ipc_ring_broken */
void ipc_ring_get(struct ipc_ring *ring, void *data, uint32_t size); /* so many must be available */
bool ipc_ring_release(struct ipc_ring *ring);     /* what was taken may be overwritten; true: the producer is to be woken */
bool ipc_ring_sleep(struct ipc_ring *ring);       /* before sleeping on the socket: false: do not, something has come */
bool ipc_ring_sleep_where(struct ipc_ring *ring, enum ipc_wake where);
void ipc_ring_awake(struct ipc_ring *ring);       /* wake-ups are not needed any more */
bool ipc_ring_disarm(struct ipc_ring *ring);      /* event ring: true: it is empty, and the wake-up that is out is to be taken back */

uint32_t ipc_ring_padded(uint32_t size);

#endif
