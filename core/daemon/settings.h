/* What the configuration comes to: plain values for all that the daemon builds. Names are resolved, users looked up, the own node is
 * found. Everything below gets its part of this, never the tree. */
#ifndef AISLE_DAEMON_SETTINGS_H
#define AISLE_DAEMON_SETTINGS_H

#include <netdb.h>

#include "core/config/config.h"
#include "core/config/config_problems.h"
#include "core/daemon/access.h"
#include "core/ipc/ipc_server.h"
#include "core/link/link.h"
#include "core/log/log.h"
#include "core/totem/totem.h"

enum { SETTINGS_TEXT_MAX = 256, SETTINGS_NODE_TEXT_MAX = 384, SETTINGS_OF_SERVICES = 6 };

/* A key that is one service's alone: the service and the key's name in its section. */
struct service_key {
	const char *service, *name;
};

extern const struct service_key service_keys[SETTINGS_OF_SERVICES];

struct settings {
	bool use_totem;       /* else the provider of one node */
	char cluster_name[SETTINGS_TEXT_MAX];
	uint32_t node;
	char node_name[SETTINGS_TEXT_MAX];
	char node_address[NI_MAXHOST]; /* numeric */
	uint8_t address_family;        /* 4 or 6 */
	uint32_t configured_nodes[LINK_PEERS_MAX]; /* ascending */
	size_t configured_count;
	struct link_config link;       /* peers in the order of the file */
	char peer_names[LINK_PEERS_MAX][SETTINGS_TEXT_MAX]; /* of the peers; "": none */
	struct totem_config totem;     /* derived */

	bool quorum_required, fencing;
	uint32_t expected_votes;
	int64_t state_wait_ns;
	int64_t client_timeout_ns;
	uint64_t of_services[SETTINGS_OF_SERVICES]; /* values of service_keys; 0: the key's word ("all") */
	uint32_t client_calls_max;
	struct ipc_server_limits ipc;
	struct access_rules access;
	const char *services;          /* in the tree */
	size_t local_queue_size_max;

	struct log_settings log;       /* texts in the tree */
	size_t recorder_size;
	bool sched_rr, mlock;
	int sched_priority;
	int64_t busy_poll_ns;          /* -1: not told */
	const char *user;              /* in the tree */
};

/* `node_option`: of --node or $AISLE_NODEID, 0: none. What is wrong is added to problems. The tree must live as long as the settings. */
void settings_read(struct settings *settings, const struct config *config, uint32_t node_option, struct config_problems *problems);
void settings_clear(struct settings *settings);
/* A node as the log calls it: "node 3 (db-3, 10.0.0.3:5405)", without a name "node 3 (10.0.0.3:5405)"; one that is not configured "node 3". */
void settings_node_text(const struct settings *settings, uint32_t node, char out[SETTINGS_NODE_TEXT_MAX]);
/* What the ring, which knows numbers alone, says of a node ("node 3 lost: ..."), with the node as above. Another text is copied as it is. */
void settings_node_named(const struct settings *settings, const char *text, char *out, size_t size);
/* A hold that was too long for the read lease (R16) was made shorter than the file says. */
bool settings_hold_was_lowered(const struct settings *settings, const struct config *config);

#endif
