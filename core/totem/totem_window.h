/* The packets of one ring by sequence number, from the first that some member may still lack to the highest that was seen. */
#ifndef AISLE_TOTEM_WINDOW_H
#define AISLE_TOTEM_WINDOW_H

#include "core/totem/totem_outputs.h"
#include "core/totem/totem_packets.h"

enum { TOTEM_WINDOW_SIZE = 16384 };

struct totem_slot {
	struct totem_buffer *packet; /* the whole datagram as it was received or sent; NULL: not held */
	struct bytes payload;        /* lies in it */
	uint32_t originator;
	uint32_t round;
	uint8_t flags;
	uint8_t missed;        /* visits that saw it missing */
	bool offered;          /* recovery: somebody has sent it on the new ring already */
	bool recovered;        /* came in an exchange, not from the old ring itself */
	uint32_t stable_index; /* once delivered: the last message that was complete at this packet */
	uint64_t stable_seq;   /* 0: none on this ring so far */
};

/* Holds `base` < seq <= `base` + TOTEM_WINDOW_SIZE. */
struct totem_window {
	struct totem_slot *slots;
	size_t capacity; /* a power of two */
	uint64_t base;
	uint64_t high;   /* highest seq held so far, or base */
};

void totem_window_init(struct totem_window *window, uint64_t base);
void totem_window_clear(struct totem_window *window);
struct totem_slot *totem_window_slot(const struct totem_window *window, uint64_t seq);  /* NULL: outside what was ever reserved */
struct totem_slot *totem_window_reserve(struct totem_window *window, uint64_t seq);     /* NULL: outside the window, or no memory */
bool totem_window_holds(const struct totem_window *window, uint64_t seq);               /* released ones count as held */
/* Takes over one reference of `packet`. False: held already, outside, or no memory; the reference is given back all the same. */
bool totem_window_store(struct totem_window *window, const struct totem_data *data, struct totem_buffer *packet);
void totem_window_release(struct totem_window *window, uint64_t up_to);

#endif
