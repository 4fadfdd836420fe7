/* The words that the log has for who holds the gate: said once when it changes, by the daemon, because it knows the nodes' addresses and
 * what an operator can do. Not here: what each call is answered (the engine), what `ais status` shows (status.c). */
#include "core/daemon/daemon.h"

#include <stdio.h>
#include <string.h>

enum {
	TOLD_GATES = ENGINE_GATE_QUORUM | ENGINE_GATE_STATE | ENGINE_GATE_FENCING | ENGINE_GATE_CONTENT, /* the others pass by themselves */
	MISSING_SHOWN = 8,
};

static bool is_member(const struct engine_status *status, uint32_t node)
{
	for (size_t i = 0; i < status->member_count; i++)
		if (status->members[i].node == node)
			return true;
	return false;
}

/* "; missing: node 2 (db-2, 10.0.0.2:5405), node 3 (10.0.0.3:5405)"; nothing if nobody is. */
static void missing_text(const struct settings *settings, const struct engine_status *status, char *out, size_t size)
{
	size_t used = 0, missing = 0;

	out[0] = '\0';
	for (size_t i = 0; i < settings->link.peer_count; i++) {
		const uint32_t node = settings->link.peers[i].node;
		char text[SETTINGS_NODE_TEXT_MAX];

		if (is_member(status, node) || missing++ >= MISSING_SHOWN || used >= size)
			continue;
		settings_node_text(settings, node, text);
		used += (size_t)snprintf(out + used, size - used, "%s %s", missing == 1 ? "; missing:" : ",", text);
	}
	if (missing > MISSING_SHOWN && used < size)
		snprintf(out + used, size - used, " and %zu more", missing - MISSING_SHOWN);
}

static const char *way_out(unsigned gate)
{
	if (gate & ENGINE_GATE_QUORUM)
		return "no quorum: until more nodes are back, calls are answered TRY_AGAIN; start or reconnect the missing ones";
	if (gate & ENGINE_GATE_STATE)
		return "too few members remember the state: calls are answered TRY_AGAIN until the missing nodes are back, state_wait is over, or "
		       "`ais cluster adopt` gives up what they alone hold";
	if (gate & ENGINE_GATE_FENCING)
		return "lost nodes are to be fenced first: `ais status` names them, `ais cluster fenced NODE` says that one is";
	return "no member has all content: calls on what `ais status` names are answered TRY_AGAIN until who has it is back, or `ais cluster "
	       "adopt` gives it up";
}

void standing_tell(struct daemon *daemon)
{
	struct engine_status status = {0};
	char missing[MISSING_SHOWN * (SETTINGS_NODE_TEXT_MAX + 2) + 64];

	if (daemon->engine == NULL || daemon->stopping || (!daemon->standing_asked && daemon->gate_told == 0))
		return;
	engine_status(daemon->engine, &status);
	if (ring_id_is_none(status.ring) || (status.gate & ENGINE_GATE_BARRIER))
		return; /* asked again when it is over */
	daemon->standing_asked = false;
	const unsigned gate = status.gate & TOLD_GATES;
	if (gate == daemon->gate_told)
		return;
	daemon->gate_told = gate;
	missing_text(&daemon->settings, &status, missing, sizeof(missing));
	log_write(daemon->log, gate != 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "daemon", gate != 0 ? "gate-shut" : "gate-open",
	          "%u of %u votes%s; %s", (unsigned)status.votes, (unsigned)status.expected_votes, missing, gate != 0 ? way_out(gate) : "calls are served");
}
