/* Finds service engines: files NAME.so in the plug-in directories that export `aisle_service`, a const struct service_engine. */
#ifndef AISLE_DAEMON_LOADER_H
#define AISLE_DAEMON_LOADER_H

#include "core/engine/service.h"
#include "core/log/log.h"

struct loaded {
	const struct service_engine *services[SERVICES_MAX]; /* ascending by id */
	void *modules[SERVICES_MAX];
	size_t count;
};

/* Directories: $AISLE_PLUGIN_DIR or $AISLE_PLUGIN_PATH, a colon list, else AISLE_PLUGINDIR. `names`: what to load, separated by blanks, or
 * "all". False: one that is named was not found, or does not fit; `error` says which. */
bool loader_load(struct loaded *loaded, const char *names, struct log *log, char *error, size_t error_size);
void loader_unload(struct loaded *loaded);

#endif
