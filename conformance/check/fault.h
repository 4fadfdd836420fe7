/* One call among many fails: the n-th after fault_arm() that asks fault_strikes(), which the linker's --wrap puts in front of the real ones.
 * For sweeps: arm 0, 1, 2... until one run through is not struck. */
#ifndef AISLE_CHECK_FAULT_H
#define AISLE_CHECK_FAULT_H

#include <stdbool.h>
#include <stdint.h>

void fault_arm(uint64_t call, int error); /* after so many calls that succeed; `error` is errno then */
bool fault_strikes(void);                 /* this call fails */
bool fault_disarm(void);                  /* it has struck since it was armed */
bool fault_is_armed(void);

#endif
