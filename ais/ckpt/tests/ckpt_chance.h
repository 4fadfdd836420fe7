/* Operations by chance, most of them meaningful for the state at hand: what the tests of equal replicas and of transfer feed. */
#ifndef AISLE_CKPT_CHANCE_H
#define AISLE_CKPT_CHANCE_H

#include "ckpt_fixture.h"

struct ckpt_chance {
	uint64_t state;
	uint64_t call;
	bool places; /* checkpoints on one or two nodes too */
	size_t data_size_max;
};

uint64_t ckpt_chance_next(struct ckpt_chance *chance);
uint64_t ckpt_chance_below(struct ckpt_chance *chance, uint64_t bound);
/* Writes an operation's body, returns its number. */
uint16_t ckpt_chance_operation(struct ckpt_chance *chance, const struct ckpt_state *state, struct wire_writer *body);

#endif
