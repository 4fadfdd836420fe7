/* The service `admin`, linked into the daemon: status, adoption, fencing, expected votes, leaving, recorder dump. It has no replicated
 * state.
 *
 * A service is a const table and is told nothing but its host; what admin answers lies in the daemon, above the engine. So the daemon's
 * host context begins with struct admin_hooks, and admin asks through them. It is not to be added to an engine with another host. */
#ifndef AISLE_ADMIN_SERVICE_H
#define AISLE_ADMIN_SERVICE_H

#include "core/engine/service.h"

struct admin_hooks {
	bool (*is_operator)(struct admin_hooks *hooks, uint32_t uid); /* may do more than look */
	bool (*status)(struct admin_hooks *hooks, struct wire_writer *out); /* encodes struct admin_status; false: no memory */
	bool (*stands)(struct admin_hooks *hooks, uint32_t standings, uint32_t member_count); /* as struct admin_await asks */
	uint32_t (*adopt)(struct admin_hooks *hooks); /* enum result */
	/* enum result; RESULT_BUSY: not yet, to be asked again when something has changed. `said`: in which ring this request said it. */
	uint32_t (*fenced)(struct admin_hooks *hooks, uint32_t node, struct ring_id *said);
	uint32_t (*expected_votes)(struct admin_hooks *hooks, uint32_t votes, struct ring_id *said);
	uint32_t (*leave)(struct admin_hooks *hooks, bool force);
	/* Of config_service.h. prepare: read and judge this node's file, then vote. decided: the last reload that was to be made. */
	bool (*config_show)(struct admin_hooks *hooks, struct wire_writer *out); /* false: no memory */
	void (*config_prepare)(struct admin_hooks *hooks, struct position transaction);
	void (*config_decided)(struct admin_hooks *hooks, struct position transaction);
	bool (*recorder_dump)(struct admin_hooks *hooks, char *path, size_t path_size); /* false: it cannot be written */
};

extern const struct service_engine admin_service;

#endif
