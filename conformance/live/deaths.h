/* The client that is killed before, in and after one call, and the table of those calls. Used by deaths.c, which kills, and its parts. */
#ifndef AISLE_CONFORMANCE_LIVE_DEATHS_H
#define AISLE_CONFORMANCE_LIVE_DEATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saCkpt.h"
#include "saClm.h"
#include "saLck.h"
#include "saTmr.h"

enum { CALL_S = 10, CALLS_BEFORE_MAX = 6 };

struct victim {
	SaNameT name; /* its own: what the one before it held may be there yet */
	SaClmHandleT clm;
	SaCkptHandleT ckpt;
	SaCkptCheckpointHandleT checkpoint;
	SaCkptSectionIterationHandleT iteration;
	SaLckHandleT lck;
	SaLckResourceHandleT resource;
	SaLckLockIdT lock;
	SaTmrHandleT tmr;
	SaTmrTimerIdT timer;
	SaSelectionObjectT ready;
};

typedef SaAisErrorT step_fn(struct victim *victim);

struct call {
	const char *name;
	step_fn *step;
	step_fn *before[CALLS_BEFORE_MAX]; /* what has been done when it is called */
};

/* libSaLck and libSaTmr; those of the others are deaths.c's own. A name of NULL ends it. */
extern const struct call deaths_lck_tmr[];

SaAisErrorT victim_callback_await(struct victim *victim); /* a callback is pending from here on */

void scribble(uint64_t seed);       /* over all that is shared with the daemon */
bool scribble_begin(uint64_t seed); /* a thread goes on with it until the process ends, a word at a time */

#endif
