/* Where an instance's files are, and the lock that keeps a second daemon of the instance from starting.
 *
 *	configuration   --config, else $AISLE_CONFIG, else SYSCONFDIR/INSTANCE.conf if it is there, else none
 *	state           $AISLE_STATE_DIR, else system.state_dir, else root: /var/lib/aisle/INSTANCE;
 *	                others: $XDG_STATE_HOME/aisle/INSTANCE or ~/.local/state/aisle/INSTANCE
 *	run             $AISLE_RUN_DIR, else system.run_dir, else where clients look for the socket (core/ipc/ipc_path.h)
 */
#ifndef AISLE_DAEMON_PATHS_H
#define AISLE_DAEMON_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct paths {
	char state[PATH_MAX];
	char run[PATH_MAX];
	char socket[PATH_MAX];
	bool state_is_chosen; /* by environment or configuration: no other will do */
	bool state_is_run;    /* there was no place for it that lasts: the run directory stands in */
};

/* The configured directories may be NULL. False: `error` says why. */
bool paths_find(struct paths *paths, const char *instance, const char *state_configured, const char *run_configured, char *error,
                size_t error_size);
/* Makes the directories and holds that they can be written. */
bool paths_prepare(struct paths *paths, char *error, size_t error_size);
/* The path of the configuration file; NULL: none. `out` is PATH_MAX bytes. *named: somebody asked for it, so it has to be there. */
const char *paths_config(const char *option, const char *instance, char *out, bool *named);

/* The lock lives as long as the descriptor. -1: `error`; *held: by a daemon that runs. */
int paths_lock(const struct paths *paths, bool *held, char *error, size_t error_size);

#endif
