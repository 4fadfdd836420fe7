/* When the machine was booted, as one figure for the whole boot. The kernel knows only how long ago that was, so "wall clock minus uptime"
 * differs whenever the clock has been set in between, and a daemon that came back would tell of a boot that never was. Said once, the
 * figure is kept in the run directory under the kernel's name of the boot. Called by main.c. */
#ifndef AISLE_DAEMON_BOOT_TIME_H
#define AISLE_DAEMON_BOOT_TIME_H

#include <stddef.h>
#include <stdint.h>

enum { BOOT_ID_SIZE = 40 }; /* of the kernel's name of a boot, with its end */

/* "" if there is none: then nothing is kept. */
void boot_id_read(char id[BOOT_ID_SIZE]);
/* What was kept for this boot, else wall_ns - uptime_ns, which is kept from now on. A file that cannot be written costs only that. */
int64_t boot_time_ns(const char *run_directory, const char *id, int64_t wall_ns, int64_t uptime_ns);

#endif
