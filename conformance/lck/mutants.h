/* LCK with one promise's keeper taken out, so that it is seen that a checker misses it. */
#ifndef AISLE_CONFORMANCE_LCK_MUTANTS_H
#define AISLE_CONFORMANCE_LCK_MUTANTS_H

#include "conformance/lck/world_lck.h"

void lck_mutant_apply(struct world_lck *world, uint32_t mutation); /* 0: none */

#endif
