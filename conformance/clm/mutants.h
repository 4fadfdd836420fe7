/* CLM, or what carries it, with one promise's keeper taken out, so that it is seen that a checker misses it. */
#ifndef AISLE_CONFORMANCE_CLM_MUTANTS_H
#define AISLE_CONFORMANCE_CLM_MUTANTS_H

#include "conformance/clm/world_clm.h"

void clm_mutant_apply(struct world_clm *world, uint32_t mutation); /* 0: none */

#endif
