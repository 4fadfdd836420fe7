/* The clock that the daemon and the readers of its memory share: the boot clock, which goes on while the machine sleeps (a lease that did not
 * would be good again after hours). A time namespace may shift it, so it has a name that both ends compare. */
#ifndef AISLE_IPC_CLOCK_H
#define AISLE_IPC_CLOCK_H

#include <stdint.h>

int64_t ipc_clock_ns(void);
uint64_t ipc_clock_id(void); /* equal for two processes: they read the same clock; 0: not known, equal to nothing */

#endif
