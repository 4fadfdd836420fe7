/* Promise: every tracker of a node is told every transition of the node, once (CLM-016, -050), and who does not track none (CLM-042); those
 * who track in the same way are told the same, byte for byte, on one node and on all whose last view was the same (CLM-046); nothing that
 * was pending is delivered after TrackStop (CLM-043). */
#include <inttypes.h>

#include "conformance/clm/world_clm.h"
#include "core/base/hash.h"

static void check_said(struct clm_world_node *node, uint8_t mode, uint64_t digest)
{
	struct clm_fact *fact = node->installed;

	for (size_t i = 0; i < fact->said_count; i++) {
		if (fact->said[i].before != node->told_before || fact->said[i].mode != mode)
			continue;
		if (fact->said[i].digest != digest)
			sim_violation(node->world->sim, "CLM-046 same-contents", "node %" PRIu32 " tells view %" PRIu64
			              " otherwise than it was told to another", node->stack.node, fact->ring.seq);
		return;
	}
	if (fact->said_count < sizeof fact->said / sizeof fact->said[0])
		fact->said[fact->said_count++] = (struct clm_said){node->told_before, mode, digest};
}

/* The serial is the handle's own; all behind it is equal. */
static uint64_t digest_behind_serial(struct bytes body)
{
	const size_t head = sizeof(uint16_t) + sizeof(uint64_t);

	return body.size < head ? 0 : digest_bytes(0, bytes_of(body.data + head, body.size - head));
}

void check_clm_trackers_event(struct clm_world_node *node, struct clm_world_client *client, const struct clm_list_told *told,
                              struct bytes body)
{
	if (told->head.serial != client->serial + 1)
		sim_violation(node->world->sim, "CLM-043 serials", "a client of node %" PRIu32 " is sent event %" PRIu64 " after %" PRIu64,
		              node->stack.node, told->head.serial, client->serial);
	client->serial = told->head.serial;
	if (!node->telling)
		return;
	client->transitions++;
	check_said(node, client->mode, digest_behind_serial(body));
}

void check_clm_trackers_told(struct clm_world_node *node)
{
	for (size_t i = 0; i < node->world->clients; i++) {
		const struct clm_world_client *client = &node->clients[i];
		const unsigned due = client->id != 0 && client->mode != 0;

		if (client->transitions != due)
			sim_violation(node->world->sim, due ? "CLM-050 every-transition" : "CLM-042 none-untracked", "client %" PRIu64 " of node %" PRIu32
			              " is told view %" PRIu64 " %u times", client->id, node->stack.node, node->told->ring.seq, client->transitions);
	}
}

void check_clm_trackers_dispatch(struct clm_world_node *node, const struct clm_world_client *client, const struct clm_pending *pending)
{
	if (pending->serial <= client->stopped)
		sim_violation(node->world->sim, "CLM-043 none-after-stop", "client %" PRIu64 " of node %" PRIu32
		              " is called back after TrackStop with what was pending before", client->id, node->stack.node);
}
