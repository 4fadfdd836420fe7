/* A daemon that dies by its own fault leaves the recorder's content behind. */
#ifndef AISLE_DAEMON_CRASH_H
#define AISLE_DAEMON_CRASH_H

#include "core/log/recorder.h"

/* From now on a fatal signal (SEGV, BUS, ILL, FPE, ABRT) writes the recorder to DIRECTORY/recorder-PID-crash.log and then takes its course,
 * core dump included. NULL: no more. */
void crash_dump_to(const struct recorder *recorder, const char *directory);

#endif
