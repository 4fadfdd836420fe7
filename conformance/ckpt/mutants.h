/* CKPT with one promise's keeper taken out, so that it is seen that a checker misses it. */
#ifndef AISLE_CONFORMANCE_CKPT_MUTANTS_H
#define AISLE_CONFORMANCE_CKPT_MUTANTS_H

#include "conformance/ckpt/world_ckpt.h"

void ckpt_mutant_apply(struct world_ckpt *world, uint32_t mutation); /* 0: none */

#endif
