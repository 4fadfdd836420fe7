/* A configuration that runs and the one that is to follow it: whether the change may be made while the daemon runs, and making it. */
#ifndef AISLE_CONFIG_RELOAD_H
#define AISLE_CONFIG_RELOAD_H

#include "core/config/config.h"
#include "core/config/config_problems.h"

/* An error for every key whose value would change and that only a restart can change. A key that is written with its default, or left
 * out instead, is no change. Keys that Aisle does not use may change. */
void config_reload_check(const struct config *running, const struct config *next, struct config_problems *problems);
/* Makes `running` equal to `next`, key by key; what is equal already is not touched, so that notices tell of changes alone. Returns how many
 * keys changed; *complete false: memory ran out half way. */
uint32_t config_reload_apply(struct config *running, const struct config *next, bool *complete);

#endif
