/* The tree becomes values. Not here: single keys and their ranges (core/config), who may connect (access.c). */
#include "core/daemon/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/base/hash.h"
#include "core/config/config_keys.h"

struct reading {
	struct settings *settings;
	const struct config *config;
	struct config_problems *problems;
	char hosts[LINK_PEERS_MAX][NI_MAXHOST]; /* numeric */
};

static const struct config_value *node_value(const struct config *config, size_t node, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "nodelist.node.%zu.%s", node, name);
	return config_get(config, key);
}

/* Blocking, and before the loop runs. */
static bool peer_resolve(struct reading *reading, const struct config_value *address, uint16_t port, size_t at)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct link_peer *peer = &reading->settings->link.peers[at];
	struct addrinfo *found = NULL;
	const int failed = getaddrinfo(address->text, NULL, &hints, &found);

	if (failed != 0) {
		config_error(reading->problems, address->line, address->key, "'%.128s' is no numeric address and does not resolve: %s",
		             address->text, gai_strerror(failed));
		return false;
	}
	memcpy(&peer->address, found->ai_addr, found->ai_addrlen);
	peer->address_size = found->ai_addrlen;
	freeaddrinfo(found);
	if (peer->address.ss_family == AF_INET)
		((struct sockaddr_in *)&peer->address)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&peer->address)->sin6_port = htons(port);
	return getnameinfo((struct sockaddr *)&peer->address, peer->address_size, reading->hosts[at], sizeof(reading->hosts[at]), NULL, 0,
	                   NI_NUMERICHOST) == 0;
}

/* Without an id in the file the IPv4 address is one, as it always was. */
static uint32_t node_id(struct reading *reading, const struct config_value *id, const struct config_value *address, size_t at)
{
	const struct link_peer *peer = &reading->settings->link.peers[at];

	if (id != NULL)
		return (uint32_t)id->number;
	if (peer->address.ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)&peer->address)->sin_addr.s_addr);
	config_error(reading->problems, address->line, address->key, "a node with an IPv6 address needs a nodeid");
	return 0;
}

static void peer_add(struct reading *reading, const struct config_value *id, const struct config_value *name,
                     const struct config_value *address, uint16_t port)
{
	struct link_config *link = &reading->settings->link;

	if (address == NULL || link->peer_count == LINK_PEERS_MAX || !peer_resolve(reading, address, port, link->peer_count))
		return;
	const uint32_t node = node_id(reading, id, address, link->peer_count);
	for (size_t i = 0; i < link->peer_count; i++) {
		if (node == link->peers[i].node && node != 0)
			config_error(reading->problems, address->line, address->key, "node id %u is another node's too", node);
		if (link_address_equal((struct sockaddr *)&link->peers[i].address, (struct sockaddr *)&link->peers[link->peer_count].address))
			config_error(reading->problems, address->line, address->key, "%s is another node's address too", address->text);
	}
	link->peers[link->peer_count].node = node;
	snprintf(reading->settings->peer_names[link->peer_count], sizeof(reading->settings->peer_names[0]), "%.255s", name == NULL ? "" : name->text);
	link->peer_count++;
}

static uint16_t ring_port(const struct config *config)
{
	const size_t interfaces = config_sections(config, "totem.interface");
	uint16_t port = LINK_PORT_DEFAULT;

	for (size_t i = 0; i < interfaces; i++) {
		char key[64];

		snprintf(key, sizeof(key), "totem.interface.%zu.ringnumber", i);
		uint64_t number = config_number(config, key);
		snprintf(key, sizeof(key), "totem.interface.%zu.linknumber", i);
		number += config_number(config, key);
		snprintf(key, sizeof(key), "totem.interface.%zu.mcastport", i);
		if (number == 0 && config_get(config, key) != NULL)
			port = (uint16_t)config_number(config, key);
	}
	return port;
}

/* Older files list the nodes as members of the interface. */
static void members_read(struct reading *reading, uint16_t port)
{
	const size_t members = config_sections(reading->config, "totem.interface.0.member");

	for (size_t i = 0; i < members; i++) {
		char key[64];

		snprintf(key, sizeof(key), "totem.interface.0.member.%zu.memberaddr", i);
		peer_add(reading, NULL, NULL, config_get(reading->config, key), port);
	}
}

static void nodes_read(struct reading *reading)
{
	const struct config *config = reading->config;
	const size_t nodes = config_sections(config, "nodelist.node");
	const uint16_t port = ring_port(config);

	for (size_t i = 0; i < nodes; i++)
		peer_add(reading, node_value(config, i, "nodeid"), node_value(config, i, "name"), node_value(config, i, "ring0_addr"), port);
	if (nodes == 0)
		members_read(reading, port);
}

static bool address_is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool address_is_local(const struct sockaddr_storage *address, const struct ifaddrs *local)
{
	struct sockaddr_storage without_port = *address;

	if (address->ss_family == AF_INET && address_is_loopback(address))
		return true;
	if (address->ss_family == AF_INET)
		((struct sockaddr_in *)&without_port)->sin_port = 0;
	else
		((struct sockaddr_in6 *)&without_port)->sin6_port = 0;
	for (; local != NULL; local = local->ifa_next)
		if (local->ifa_addr != NULL && link_address_equal(local->ifa_addr, (struct sockaddr *)&without_port))
			return true;
	return false;
}

/* The classic of /etc/hosts: the own name is 127.0.1.1, where no other node is reached. */
static void names_check(struct reading *reading)
{
	const struct link_config *link = &reading->settings->link;
	const size_t nodes = config_sections(reading->config, "nodelist.node");
	size_t loopback = 0;

	for (size_t i = 0; i < link->peer_count; i++)
		loopback += address_is_loopback(&link->peers[i].address);
	if (loopback == 0 || loopback == link->peer_count || link->peer_count != nodes)
		return;
	for (size_t i = 0; i < nodes; i++) {
		const struct config_value *address = node_value(reading->config, i, "ring0_addr");

		if (address_is_loopback(&link->peers[i].address) && strcmp(address->text, reading->hosts[i]) != 0)
			config_error(reading->problems, address->line, address->key,
			             "'%.128s' resolves to %s, which is this host alone, while other nodes are elsewhere: see /etc/hosts, or write the address",
			             address->text, reading->hosts[i]);
	}
}

static size_t peer_of(const struct link_config *link, uint32_t node)
{
	for (size_t i = 0; i < link->peer_count; i++)
		if (link->peers[i].node == node)
			return i;
	return LINK_PEERS_MAX;
}

/* As many as fit; a list that goes on ends in "...". */
static void address_append(char *list, size_t size, const char *address)
{
	const size_t used = strlen(list);

	if (used + strlen(address) + sizeof(" ...") < size)
		snprintf(list + used, size - used, "%s%s", used == 0 ? "" : " ", address);
	else if (used < 3 || strcmp(list + used - 3, "...") != 0)
		snprintf(list + used, size - used, " ...");
}

static void none_is_local(struct reading *reading, const struct ifaddrs *local)
{
	const struct link_config *link = &reading->settings->link;
	char listed[256] = "", own[256] = "", host[NI_MAXHOST];

	for (size_t i = 0; i < link->peer_count; i++)
		address_append(listed, sizeof(listed), reading->hosts[i]);
	for (; local != NULL; local = local->ifa_next) {
		const int family = local->ifa_addr == NULL ? AF_UNSPEC : local->ifa_addr->sa_family;
		const socklen_t size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

		if ((family == AF_INET || family == AF_INET6) && getnameinfo(local->ifa_addr, size, host, sizeof(host), NULL, 0, NI_NUMERICHOST) == 0)
			address_append(own, sizeof(own), host);
	}
	config_error(reading->problems, 0, "nodelist",
	             "none of the %zu nodes' addresses belongs to this host; theirs: %s; this host's: %s; --node ID, $AISLE_NODEID or "
	             "system.nodeid says which node this is", link->peer_count, listed, own[0] == '\0' ? "none" : own);
}

/* The listed node whose address is one of this host's. */
static size_t peer_local(struct reading *reading)
{
	const struct link_config *link = &reading->settings->link;
	size_t found = LINK_PEERS_MAX, count = 0;
	struct ifaddrs *local = NULL;

	if (getifaddrs(&local) != 0)
		config_warning(reading->problems, 0, NULL, "the addresses of this host cannot be listed: %s", strerror(errno));
	for (size_t i = 0; i < link->peer_count; i++)
		if (address_is_local(&link->peers[i].address, local)) {
			found = found == LINK_PEERS_MAX ? i : found;
			count++;
		}
	if (count == 0)
		none_is_local(reading, local);
	freeifaddrs(local);
	if (count > 1)
		config_error(reading->problems, 0, "nodelist",
		             "%zu of the nodes' addresses belong to this host; --node ID, $AISLE_NODEID or system.nodeid says which node this is",
		             count);
	return count == 1 ? found : LINK_PEERS_MAX;
}

static uint32_t node_given(const struct config *config, uint32_t option)
{
	const uint32_t system = (uint32_t)config_number(config, "system.nodeid");

	if (option != 0)
		return option;
	return system != 0 ? system : (uint32_t)config_number(config, "totem.nodeid");
}

static void host_name(char *out)
{
	struct utsname name;

	snprintf(out, SETTINGS_TEXT_MAX, "%s", uname(&name) == 0 && name.nodename[0] != '\0' ? name.nodename : "localhost");
}

/* One node without a network has an address nonetheless: CLM tells it. */
static void single_node(struct settings *settings, uint32_t node)
{
	struct ifaddrs *local = NULL;

	settings->node = node == 0 ? 1 : node;
	host_name(settings->node_name);
	snprintf(settings->node_address, sizeof(settings->node_address), "127.0.0.1");
	settings->address_family = 4;
	if (getifaddrs(&local) != 0)
		return;
	for (const struct ifaddrs *at = local; at != NULL; at = at->ifa_next) {
		if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET ||
		    ntohl(((struct sockaddr_in *)(void *)at->ifa_addr)->sin_addr.s_addr) >> 24 == 127)
			continue;
		getnameinfo(at->ifa_addr, sizeof(struct sockaddr_in), settings->node_address, sizeof(settings->node_address), NULL, 0,
		            NI_NUMERICHOST);
		break;
	}
	freeifaddrs(local);
}

static int id_order(const void *a, const void *b)
{
	const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static void own_node(struct reading *reading, uint32_t option)
{
	struct settings *settings = reading->settings;
	const uint32_t given = node_given(reading->config, option);
	const size_t at = given != 0 ? peer_of(&settings->link, given) : peer_local(reading);

	if (at == LINK_PEERS_MAX) {
		if (given != 0)
			config_error(reading->problems, 0, "nodelist", "node %u, which this node is told to be, is not listed", given);
		return;
	}
	settings->node = settings->link.node = settings->link.peers[at].node;
	settings->address_family = settings->link.peers[at].address.ss_family == AF_INET ? 4 : 6;
	snprintf(settings->node_address, sizeof(settings->node_address), "%s", reading->hosts[at]);
	if (settings->peer_names[at][0] != '\0')
		snprintf(settings->node_name, sizeof(settings->node_name), "%s", settings->peer_names[at]);
	else
		host_name(settings->node_name);
}

static void key_note(void *context, const struct config_value *value)
{
	(void)value;
	*(bool *)context = true;
}

/* Who wrote of a ring or of votes means more than one node: a file without a list of them splits such a cluster into as many as it has nodes. */
static bool is_of_a_cluster(const struct config *config)
{
	bool found = false;

	config_each(config, "totem.", key_note, &found);
	config_each(config, "quorum.", key_note, &found);
	return found;
}

static void cluster_read(struct reading *reading, uint32_t node_option)
{
	struct settings *settings = reading->settings;
	const uint64_t provider = config_number(reading->config, "aisle.provider");
	const char *name = config_text(reading->config, "totem.cluster_name");

	snprintf(settings->cluster_name, sizeof(settings->cluster_name), "%.255s", name == NULL ? "" : name);
	nodes_read(reading);
	names_check(reading);
	settings->use_totem = provider == 2 || (provider == 0 && settings->link.peer_count > 0);
	if (provider == 1 && settings->link.peer_count > 1)
		config_warning(reading->problems, 0, "aisle.provider", "local: of the %zu nodes listed only this one is used",
		               settings->link.peer_count);
	if (provider == 0 && settings->link.peer_count == 0 && is_of_a_cluster(reading->config))
		config_warning(reading->problems, 0, "nodelist",
		               "no node is listed: this node is a cluster of its own and meets no other; to form one, list every node with its ring0_addr "
		               "in the same file on all (nothing is found by multicast), or say aisle.provider: local");
	if (!settings->use_totem) {
		settings->link.peer_count = 0;
		single_node(settings, node_given(reading->config, node_option));
		settings->configured_nodes[settings->configured_count++] = settings->node;
		return;
	}
	if (settings->link.peer_count == 0) {
		config_error(reading->problems, 0, "nodelist", "no node is listed; the provider totem needs a nodelist");
		return;
	}
	own_node(reading, node_option);
	for (size_t i = 0; i < settings->link.peer_count; i++)
		settings->configured_nodes[settings->configured_count++] = settings->link.peers[i].node;
	qsort(settings->configured_nodes, settings->configured_count, sizeof(uint32_t), id_order);
}

static uint32_t number_of(const struct config *config, const char *key)
{
	return (uint32_t)config_number(config, key);
}

/* The token's time by profile, single keys before it (sheet §13). */
static uint32_t token_ms(const struct settings *settings, const struct config *config)
{
	static const uint32_t tokens[] = {1000, 300, 5000, 3000}, coefficients[] = {0, 0, 0, 650};
	const uint64_t profile = config_number(config, "totem.profile");
	uint32_t token = number_of(config, "totem.token"), coefficient = coefficients[profile];

	if (token == 0)
		token = tokens[profile];
	if (config_get(config, "totem.token_coefficient") != NULL)
		coefficient = number_of(config, "totem.token_coefficient");
	if (settings->link.peer_count > 2)
		token += coefficient * (uint32_t)(settings->link.peer_count - 2);
	return token;
}

/* R16: the read lease lives from the token that comes back; one that rests for longer would leave no lease. */
static void hold_limit(struct totem_config *totem)
{
	const uint32_t quarter = (totem->token_ms < totem->consensus_ms ? totem->token_ms : totem->consensus_ms) / 4;

	if (totem->hold_ms > quarter)
		totem->hold_ms = quarter;
}

static void totem_read(struct reading *reading)
{
	struct settings *settings = reading->settings;
	struct totem_config *totem = &settings->totem;
	const struct config *config = reading->config;
	const uint32_t headers = settings->address_family == 6 ? 40 + 8 : 20 + 8;

	totem_config_default(totem);
	totem->node = settings->node;
	totem->cluster = digest_bytes(0, bytes_of_text(settings->cluster_name));
	totem->token_ms = token_ms(settings, config);
	totem->consensus_ms = number_of(config, "totem.consensus");
	totem->token_retransmit_ms = number_of(config, "totem.token_retransmit");
	totem->hold_ms = number_of(config, "totem.hold");
	totem->join_ms = number_of(config, "totem.join");
	totem->send_join_ms = number_of(config, "totem.send_join");
	totem->merge_ms = number_of(config, "totem.merge");
	totem->token_retransmits_before_loss = number_of(config, "totem.token_retransmits_before_loss_const");
	totem->window_size = number_of(config, "totem.window_size");
	totem->messages_max = number_of(config, "totem.max_messages");
	totem->miss_count = number_of(config, "totem.miss_count_const");
	totem->fail_recv_rotations = number_of(config, "totem.fail_recv_const");
	totem->seqno_unchanged_rotations = number_of(config, "totem.seqno_unchanged_const");
	totem->packet_size_max = number_of(config, "totem.netmtu") - headers;
	totem->queue_size_max = number_of(config, "aisle.queue_size_max") * 1024;
	totem_config_derive(totem);
	hold_limit(totem);
	if (totem->consensus_ms < totem->join_ms)
		config_error(reading->problems, 0, "totem.consensus", "%u ms, which is less than join (%u ms)", totem->consensus_ms, totem->join_ms);
	if (totem->token_ms < totem->token_retransmit_ms)
		config_error(reading->problems, 0, "totem.token", "%u ms, which is less than token_retransmit (%u ms)", totem->token_ms,
		             totem->token_retransmit_ms);
}

static void quorum_read(struct settings *settings, const struct config *config)
{
	const uint64_t wait_s = config_number(config, "quorum.state_wait");
	const bool given = config_get(config, "quorum.required") != NULL;

	settings->quorum_required = config_number(config, given ? "quorum.required" : "quorum.provider") != 0;
	settings->expected_votes = number_of(config, "quorum.expected_votes");
	if (settings->expected_votes == 0)
		settings->expected_votes = settings->configured_count == 0 ? 1 : (uint32_t)settings->configured_count;
	settings->fencing = config_number(config, "quorum.fencing") != 0;
	settings->state_wait_ns = wait_s == UINT64_MAX ? INT64_MAX : (int64_t)wait_s * 1000000000;
}

static size_t power_of_two(size_t size)
{
	size_t power = 4096;

	while (power < size)
		power *= 2;
	return power;
}

const struct service_key service_keys[SETTINGS_OF_SERVICES] = {
	{"ckpt", "replicas"},
	{"lck", "client_locks_max"}, {"lck", "client_opens_max"}, {"lck", "locks_max"}, {"lck", "opens_max"},
	{"tmr", "clients_max"},
};

static void services_read(struct settings *settings, const struct config *config)
{
	char key[64];

	for (size_t i = 0; i < SETTINGS_OF_SERVICES; i++) {
		snprintf(key, sizeof(key), "%s.%s", service_keys[i].service, service_keys[i].name);
		const uint64_t value = config_number(config, key);
		settings->of_services[i] = value == UINT64_MAX ? 0 : value;
	}
}

static void clients_read(struct settings *settings, const struct config *config)
{
	settings->client_timeout_ns = (int64_t)config_number(config, "aisle.client_timeout") * 1000000;
	settings->client_calls_max = number_of(config, "aisle.client_calls_max");
	settings->local_queue_size_max = config_number(config, "aisle.queue_size_max") * 1024;
	settings->services = config_text(config, "aisle.services");
	settings->ipc = (struct ipc_server_limits){
		.clients_max = number_of(config, "aisle.clients_max"),
		.ring_size = power_of_two(config_number(config, "aisle.client_ring_size") * 1024),
		.request_size_max = config_number(config, "aisle.client_request_size_max") * 1024,
		.pending_size_max = config_number(config, "aisle.client_pending_size_max") * 1024,
		.posted_max = settings->client_calls_max,
	};
}

static void process_read(struct settings *settings, const struct config *config)
{
	static const enum log_level levels[] = {LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE};
	static const enum log_timestamp stamps[] = {LOG_TIMESTAMP_OFF, LOG_TIMESTAMP_SECONDS, LOG_TIMESTAMP_MS, LOG_TIMESTAMP_DATE_MS};

	settings->log = (struct log_settings){
		.to_stderr = config_number(config, "logging.to_stderr") != 0,
		.to_syslog = config_number(config, "logging.to_syslog") != 0,
		.file = config_number(config, "logging.to_logfile") != 0 ? config_text(config, "logging.logfile") : NULL,
		.level = levels[config_number(config, "logging.debug")],
		.timestamp = stamps[config_number(config, "logging.timestamp")],
	};
	/* A terminal and the journal know the day, a file that is read weeks later does not. */
	if (settings->log.file != NULL && config_get(config, "logging.timestamp") == NULL)
		settings->log.timestamp = LOG_TIMESTAMP_DATE_MS;
	settings->recorder_size = config_number(config, "logging.recorder_size") * 1024;
	settings->sched_rr = config_number(config, "system.sched_rr") != 0;
	settings->sched_priority = (int)config_number(config, "system.priority");
	settings->mlock = config_number(config, "system.mlock") != 0;
	settings->busy_poll_ns = config_get(config, "system.busy_poll") != NULL ? (int64_t)config_number(config, "system.busy_poll") * 1000 : -1;
	settings->user = config_text(config, "system.user");
}

void settings_read(struct settings *settings, const struct config *config, uint32_t node_option, struct config_problems *problems)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	*settings = (struct settings){0};
	if (reading == NULL) {
		config_error(problems, 0, NULL, "no memory");
		return;
	}
	*reading = (struct reading){.settings = settings, .config = config, .problems = problems};
	cluster_read(reading, node_option);
	if (settings->use_totem)
		totem_read(reading);
	quorum_read(settings, config);
	clients_read(settings, config);
	services_read(settings, config);
	process_read(settings, config);
	access_read(&settings->access, config, problems);
	free(reading);
}

void settings_clear(struct settings *settings)
{
	access_clear(&settings->access);
}

bool settings_hold_was_lowered(const struct settings *settings, const struct config *config)
{
	const struct config_value *hold = config_get(config, "totem.hold");

	return settings->use_totem && hold != NULL && hold->number != settings->totem.hold_ms;
}

void settings_node_text(const struct settings *settings, uint32_t node, char out[SETTINGS_NODE_TEXT_MAX])
{
	snprintf(out, SETTINGS_NODE_TEXT_MAX, "node %" PRIu32, node);
	for (size_t i = 0; i < settings->link.peer_count; i++) {
		const struct link_peer *peer = &settings->link.peers[i];
		const char *name = settings->peer_names[i];

		if (peer->node == node)
			snprintf(out, SETTINGS_NODE_TEXT_MAX, "node %" PRIu32 " (%s%s%s)", node, name, name[0] == '\0' ? "" : ", ",
			         link_address_text((const struct sockaddr *)&peer->address, 0).text);
	}
}

void settings_node_named(const struct settings *settings, const char *text, char *out, size_t size)
{
	char node_text[SETTINGS_NODE_TEXT_MAX];
	uint32_t node;
	int used = 0;

	if (sscanf(text, "node %" SCNu32 "%n", &node, &used) != 1) {
		snprintf(out, size, "%s", text);
		return;
	}
	settings_node_text(settings, node, node_text);
	snprintf(out, size, "%s%s", node_text, text + used);
}
