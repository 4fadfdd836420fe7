/* The service `config`, linked into the daemon: shows the configuration, and reloads it on all nodes or on none. What it does to this node's
 * own file and settings lies in the daemon: it asks through struct admin_hooks, like admin_service.h. */
#ifndef AISLE_CONFIG_SERVICE_H
#define AISLE_CONFIG_SERVICE_H

#include "core/engine/service.h"

extern const struct service_engine config_service;

#endif
