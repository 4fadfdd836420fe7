/* The table of keys, and what is asked of it. Not here: where values come from (config_file.c), how they fit together
 * (config_check.c). */
#include "core/config/config_keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const transports[] = {"udpu", "udp", "knet", NULL};
static const char *const profiles[] = {"default", "fast", "wan", "corosync", NULL};
static const char *const providers[] = {"auto", "local", "totem", NULL};
static const char *const quorum_providers[] = {"none", "corosync_votequorum", NULL};
static const char *const timestamps[] = {"off", "on", "hires", "date", NULL};
static const char *const ip_versions[] = {"ipv4", "ipv6", "ipv4-6", "ipv6-4", NULL};
static const char *const debug_levels[] = {"off", "on", "trace", NULL};
static const char *const off_only[] = {"off", "on", NULL};
static const char *const ciphers[] = {"none", "aes128", "aes192", "aes256", "3des", NULL};
static const char *const hashes[] = {"none", "md5", "sha1", "sha256", "sha384", "sha512", NULL};

const struct config_key config_keys[] = {
	/* totem: the ring */
	{"totem.version", CONFIG_NUMBER, .minimum = 2, .maximum = 2, .preset = "2", .help = "format of the section"},
	{"totem.cluster_name", CONFIG_TEXT, .help = "packets of a cluster of another name are none of ours"},
	{"totem.transport", CONFIG_CHOICE, .choices = transports, .preset = "udpu", .help = "what carries the packets"},
	{"totem.profile", CONFIG_CHOICE, .choices = profiles, .preset = "default",
	 .help = "timers at once: default (token 1000 ms), fast (300 ms), wan (5000 ms), corosync (3000 ms and 650 ms a node above two)"},
	{"totem.token", CONFIG_NUMBER, .unit = "ms", .minimum = 30, .maximum = 3600000,
	 .help = "a node is lost when its token has been silent for so long; by profile"},
	{"totem.token_coefficient", CONFIG_NUMBER, .unit = "ms", .maximum = 60000,
	 .help = "added to token for every node above two; 650 in the profile corosync, else 0"},
	{"totem.token_retransmit", CONFIG_NUMBER, .unit = "ms", .minimum = 30, .maximum = 3600000,
	 .help = "the token is sent again; token / (token_retransmits_before_loss_const + 0.2)"},
	{"totem.token_retransmits_before_loss_const", CONFIG_NUMBER, .minimum = 1, .maximum = 1000, .preset = "4",
	 .help = "how often the token is sent again before it is lost"},
	{"totem.hold", CONFIG_NUMBER, .unit = "ms", .minimum = 14, .maximum = 3600000,
	 .help = "how long an idle ring's token rests; token_retransmit * 0.8 - 10, at most a quarter of min(token, consensus)"},
	{"totem.join", CONFIG_NUMBER, .unit = "ms", .minimum = 30, .maximum = 3600000, .preset = "50",
	 .help = "join messages are repeated"},
	{"totem.send_join", CONFIG_NUMBER, .unit = "ms", .maximum = 60000, .preset = "0",
	 .help = "join messages are spread over so long (large rings)"},
	{"totem.consensus", CONFIG_NUMBER, .unit = "ms", .minimum = 30, .maximum = 7200000,
	 .help = "a new ring is formed without those that have not agreed by then; 1.2 * token"},
	{"totem.merge", CONFIG_NUMBER, .unit = "ms", .minimum = 30, .maximum = 3600000, .preset = "200",
	 .help = "rings look for one another"},
	{"totem.fail_recv_const", CONFIG_NUMBER, .minimum = 1, .maximum = UINT32_MAX, .preset = "2500",
	 .help = "rotations without receiving anything that is due until a node is called failed to receive"},
	{"totem.seqno_unchanged_const", CONFIG_NUMBER, .minimum = 1, .maximum = UINT32_MAX, .preset = "30",
	 .help = "rotations without a message until the ring is idle"},
	{"totem.window_size", CONFIG_NUMBER, .unit = "messages", .minimum = 1, .maximum = 65536, .preset = "50",
	 .help = "packets of one rotation, all nodes together"},
	{"totem.max_messages", CONFIG_NUMBER, .unit = "messages", .minimum = 1, .maximum = 65536, .preset = "17",
	 .help = "packets of one visit of the token"},
	{"totem.miss_count_const", CONFIG_NUMBER, .minimum = 1, .maximum = 1000, .preset = "5",
	 .help = "rotations that a missing packet is waited for before it is asked for"},
	{"totem.netmtu", CONFIG_NUMBER, .unit = "bytes", .minimum = 576, .maximum = 65535, .preset = "1500",
	 .help = "of the network, IP and UDP headers included"},
	{"totem.nodeid", CONFIG_NUMBER, .minimum = 1, .maximum = UINT32_MAX, .help = "this node's id where no nodelist tells it"},
	{"totem.ip_version", CONFIG_CHOICE, .use = CONFIG_WITHOUT_EFFECT, .choices = ip_versions,
	 .help = "the family follows from ring0_addr"},
	{"totem.config_version", CONFIG_NUMBER, .use = CONFIG_WITHOUT_EFFECT, .maximum = UINT64_MAX, .help = "kept, not compared"},
	{"totem.secauth", CONFIG_CHOICE, .use = CONFIG_MUST_BE_OFF, .choices = off_only, .preset = "off",
	 .help = "this release has no authentication of packets"},
	{"totem.crypto_cipher", CONFIG_CHOICE, .use = CONFIG_MUST_BE_OFF, .choices = ciphers, .preset = "none",
	 .help = "this release has no encryption of packets"},
	{"totem.crypto_hash", CONFIG_CHOICE, .use = CONFIG_MUST_BE_OFF, .choices = hashes, .preset = "none",
	 .help = "this release has no authentication of packets"},
	{"totem.crypto_model", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no encryption in this release"},
	{"totem.keyfile", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no encryption in this release"},
	{"totem.key", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no encryption in this release"},
	{"totem.rrp_mode", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.rrp_problem_count_timeout", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.rrp_problem_count_threshold", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.rrp_problem_count_mcast_threshold", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.rrp_token_expired_timeout", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.rrp_autorecovery_check_timeout", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"totem.link_mode", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one link in this release"},
	{"totem.threads", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "sending needs no threads of its own"},
	{"totem.vsftype", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "the barrier decides"},
	{"totem.clear_node_high_bit", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "ids have 32 bits"},
	{"totem.downcheck", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "the kernel tells when an interface goes down"},
	{"totem.token_warning", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "lateness is told in the log"},
	{"totem.heartbeat_failures_allowed", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no heartbeats"},
	{"totem.max_network_delay", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no heartbeats"},
	{"totem.cancel_token_hold_on_retransmit", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "decided by the ring itself"},
	{"totem.block_unlisted_ips", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "addresses not listed are always blocked"},
	{"totem.knet_mtu", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.knet_pmtud_interval", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.knet_compression_model", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.knet_compression_threshold", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.knet_compression_level", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.ringnumber", CONFIG_NUMBER, .maximum = 7, .preset = "0", .help = "0: the ring that is used"},
	{"totem.interface.*.linknumber", CONFIG_NUMBER, .maximum = 7, .preset = "0", .help = "0: the link that is used"},
	{"totem.interface.*.mcastport", CONFIG_NUMBER, .minimum = 1, .maximum = 65535, .preset = "5405", .help = "UDP port"},
	{"totem.interface.*.bindnetaddr", CONFIG_ADDRESS, .use = CONFIG_WITHOUT_EFFECT, .is_interface_address = true,
	 .help = "ring0_addr of the nodelist says it, in older files memberaddr"},
	{"totem.interface.*.mcastaddr", CONFIG_ADDRESS, .use = CONFIG_WITHOUT_EFFECT, .help = "udpu sends to each node"},
	{"totem.interface.*.broadcast", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "udpu sends to each node"},
	{"totem.interface.*.ttl", CONFIG_NUMBER, .use = CONFIG_WITHOUT_EFFECT, .maximum = 255, .help = "of multicast alone"},
	{"totem.interface.*.knet_link_priority", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.knet_ping_interval", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.knet_ping_timeout", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.knet_ping_precision", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.knet_pong_count", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.knet_transport", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},
	{"totem.interface.*.member.*.memberaddr", CONFIG_ADDRESS, .help = "a node's address, where there is no nodelist (older files)"},

	/* nodelist */
	{"nodelist.node.*.nodeid", CONFIG_NUMBER, .minimum = 1, .maximum = UINT32_MAX, .help = "the node's id; its IPv4 address as a number"},
	{"nodelist.node.*.name", CONFIG_TEXT, .help = "the node's name; its address"},
	{"nodelist.node.*.ring0_addr", CONFIG_ADDRESS, .help = "where the node is reached"},
	{"nodelist.node.*.ring1_addr", CONFIG_ADDRESS, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"nodelist.node.*.ring2_addr", CONFIG_ADDRESS, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"nodelist.node.*.ring3_addr", CONFIG_ADDRESS, .use = CONFIG_WITHOUT_EFFECT, .help = "one ring in this release"},
	{"nodelist.node.*.quorum_votes", CONFIG_NUMBER, .minimum = 1, .maximum = 1, .preset = "1", .help = "each node has one vote"},
	{"nodelist.node.*.datacenterid", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "kept"},

	/* quorum */
	{"quorum.provider", CONFIG_CHOICE, .choices = quorum_providers, .preset = "none", .help = "corosync_votequorum: required is yes"},
	{"quorum.required", CONFIG_BOOL, .help = "whether changing anything needs a majority of the expected votes; follows from provider"},
	{"quorum.expected_votes", CONFIG_NUMBER, .unit = "votes", .minimum = 1, .maximum = 128, .help = "the number of nodes listed"},
	{"quorum.state_wait", CONFIG_NUMBER, .unit = "s", .maximum = 86400, .word = "forever", .preset = "30",
	 .help = "how long a view that may not decide waits for missing state before it takes the best it has"},
	{"quorum.fencing", CONFIG_BOOL, .preset = "no",
	 .help = "a node that departs without a word has to be fenced before anybody gets its locks; one node that says so is enough: ais(1), "
	         "cluster fenced"},
	{"quorum.two_node", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "two nodes need both"},
	{"quorum.wait_for_all", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "nodes without state wait by themselves"},
	{"quorum.last_man_standing", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "expected votes stay"},
	{"quorum.last_man_standing_window", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "expected votes stay"},
	{"quorum.auto_tie_breaker", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "half of the votes is no majority"},
	{"quorum.auto_tie_breaker_node", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "half of the votes is no majority"},
	{"quorum.allow_downscale", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "expected votes stay"},
	{"quorum.expected_votes_tracking", CONFIG_BOOL, .use = CONFIG_WITHOUT_EFFECT, .help = "expected votes stay"},
	{"quorum.votes", CONFIG_NUMBER, .minimum = 1, .maximum = 1, .preset = "1", .help = "each node has one vote"},

	/* logging */
	{"logging.to_stderr", CONFIG_BOOL, .preset = "yes", .help = "to standard error", .at_run_time = true},
	{"logging.to_syslog", CONFIG_BOOL, .preset = "no", .help = "to syslog, facility daemon", .at_run_time = true},
	{"logging.to_logfile", CONFIG_BOOL, .preset = "no", .help = "to the file named by logfile", .at_run_time = true},
	{"logging.logfile", CONFIG_TEXT, .help = "appended to; opened anew when it was rotated away", .at_run_time = true},
	{"logging.debug", CONFIG_CHOICE, .choices = debug_levels, .preset = "off", .help = "records below info too", .at_run_time = true},
	{"logging.timestamp", CONFIG_CHOICE, .choices = timestamps, .preset = "hires",
	 .help = "off, on (seconds), hires (milliseconds), date (with the date); not given, a log file has the date", .at_run_time = true},
	{"logging.recorder_size", CONFIG_NUMBER, .unit = "KiB", .minimum = 16, .maximum = 262144, .preset = "2048",
	 .help = "of the flight recorder"},
	{"logging.fileline", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "records have ids"},
	{"logging.function_name", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "records have ids"},
	{"logging.blackbox", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "the flight recorder is always on"},
	{"logging.logfile_priority", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one level for all: debug"},
	{"logging.syslog_priority", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "one level for all: debug"},
	{"logging.syslog_facility", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "facility daemon"},

	/* system: the process */
	{"system.sched_rr", CONFIG_BOOL, .preset = "yes", .help = "real-time scheduling, where it is to be had"},
	{"system.priority", CONFIG_NUMBER, .minimum = 1, .maximum = 99, .preset = "50", .help = "of real-time scheduling"},
	{"system.busy_poll", CONFIG_NUMBER, .unit = "us", .maximum = 10000,
	 .help = "while the ring is busy, how long to look for the next packet, yielding the core, before sleeping; 0: sleep at once. "
	         "Default: 100, with real-time scheduling 0, as nobody else gets the core then"},
	{"system.mlock", CONFIG_BOOL, .preset = "yes", .help = "memory that was touched is kept from being swapped out"},
	{"system.user", CONFIG_TEXT, .preset = "aisle", .help = "started as root, the daemon becomes this user, where there is one"},
	{"system.nodeid", CONFIG_NUMBER, .minimum = 1, .maximum = UINT32_MAX,
	 .help = "this node's id; else --node, $AISLE_NODEID, else the node whose ring0_addr is an address of this host"},
	{"system.state_dir", CONFIG_TEXT, .help = "what outlives the daemon: ring sequence, recorder dumps"},
	{"system.run_dir", CONFIG_TEXT, .help = "the socket, the lock, the flight recorder"},
	{"system.qb_ipc_type", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "the IPC is our own"},
	{"system.move_to_root_cgroup", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "left to the service manager"},
	{"system.allow_knet_handle_fallback", CONFIG_TEXT, .use = CONFIG_WITHOUT_EFFECT, .help = "no knet in this release"},

	/* ckpt */
	{"ckpt.replicas", CONFIG_NUMBER, .unit = "nodes", .minimum = 1, .maximum = 128, .word = "all", .preset = "all",
	 .help = "on how many nodes the content of a checkpoint lies that is not collocated, from its creation on; its creator's node says so",
	 .at_run_time = true},

	/* lck: limits of locks and opens; each request carries those of its client's node, and all nodes decide by them */
	{"lck.client_locks_max", CONFIG_NUMBER, .unit = "locks", .minimum = 1, .maximum = 4194304, .preset = "131072",
	 .help = "held and waiting, of one client; beyond: SA_LCK_LOCK_NO_MORE. Its own node says so", .at_run_time = true},
	{"lck.client_opens_max", CONFIG_NUMBER, .unit = "opens", .minimum = 1, .maximum = 1048576, .preset = "65536",
	 .help = "resource handles of one client; beyond: SA_AIS_ERR_NO_RESOURCES. Its own node says so", .at_run_time = true},
	{"lck.locks_max", CONFIG_NUMBER, .unit = "locks", .minimum = 1, .maximum = 4194304, .preset = "1048576",
	 .help = "held, waiting and orphaned in the cluster, for requests of this node's clients", .at_run_time = true},
	{"lck.opens_max", CONFIG_NUMBER, .unit = "opens", .minimum = 1, .maximum = 1048576, .preset = "524288",
	 .help = "resource handles in the cluster, for requests of this node's clients", .at_run_time = true},

	/* tmr */
	{"tmr.clients_max", CONFIG_NUMBER, .unit = "clients", .minimum = 1, .maximum = 1024, .preset = "512",
	 .help = "handles on this node", .at_run_time = true},

	/* aisle: what clients may use */
	{"aisle.provider", CONFIG_CHOICE, .choices = providers, .preset = "auto", .help = "auto: totem with a nodelist, else local"},
	{"aisle.services", CONFIG_TEXT, .preset = "all", .help = "services to load, separated by blanks; all: every plug-in that is found"},
	{"aisle.clients_max", CONFIG_NUMBER, .unit = "clients", .minimum = 1, .maximum = 100000, .preset = "1024",
	 .help = "connections at a time", .at_run_time = true},
	{"aisle.client_ring_size", CONFIG_NUMBER, .unit = "KiB", .minimum = 16, .maximum = 16384, .preset = "256",
	 .help = "of each of the rings that a client shares with the daemon; rounded up to a power of two"},
	{"aisle.client_request_size_max", CONFIG_NUMBER, .unit = "KiB", .minimum = 64, .maximum = 1048576, .preset = "66560",
	 .help = "the largest request", .at_run_time = true},
	{"aisle.client_pending_size_max", CONFIG_NUMBER, .unit = "KiB", .minimum = 64, .maximum = 1048576, .preset = "65536",
	 .help = "answers and events that a client has not fetched; beyond it, it is disconnected", .at_run_time = true},
	{"aisle.client_calls_max", CONFIG_NUMBER, .unit = "calls", .minimum = 1, .maximum = 65536, .preset = "256",
	 .help = "outstanding calls of one client"},
	{"aisle.client_timeout", CONFIG_NUMBER, .unit = "ms", .minimum = 100, .maximum = 3600000, .preset = "10000",
	 .help = "of calls that name no timeout"},
	{"aisle.queue_size_max", CONFIG_NUMBER, .unit = "KiB", .minimum = 1024, .maximum = 1048576, .preset = "8192",
	 .help = "messages that wait for the ring"},

	/* uidgid: who may connect beside root and the daemon's own user */
	{"uidgid.*.uid", CONFIG_TEXT, .help = "a user's name or number", .at_run_time = true},
	{"uidgid.*.gid", CONFIG_TEXT, .help = "a group's name or number", .at_run_time = true},
	{"uidgid.*.services", CONFIG_TEXT, .preset = "all", .help = "to which services, separated by blanks", .at_run_time = true},
};

const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

/* Sections of ours and of others; the star stands for a number. */
static const struct section {
	const char *name;
	bool owned, numbered;
} sections[] = {
	{"totem", true, false},
	{"totem.interface", true, true},
	{"totem.interface.*.member", true, true},
	{"nodelist", true, false},
	{"nodelist.node", true, true},
	{"quorum", true, false},
	{"quorum.device", false, false},
	{"ckpt", true, false},
	{"lck", true, false},
	{"tmr", true, false},
	{"logging", true, false},
	{"logging.logger_subsys", false, true},
	{"logging.logging_daemon", false, true},
	{"logging.logger", false, true},
	{"system", true, false},
	{"aisle", true, false},
	{"uidgid", true, true},
	{"resources", false, false},
	{"nozzle", false, false},
	{"pload", false, false},
	{"aisexec", false, false},
	{"service", false, true},
	{"amf", false, false},
	{"event", false, false},
	{"compatibility", false, false},
};

/* Whether `path` is the name, a star standing for digits. */
static bool path_matches(const char *name, const char *path)
{
	while (*name != '\0') {
		if (*name == '*') {
			if (!isdigit((unsigned char)*path))
				return false;
			while (isdigit((unsigned char)*path))
				path++;
			name++;
			continue;
		}
		if (*name++ != *path++)
			return false;
	}
	return *path == '\0';
}

const struct config_key *config_key_find(const char *path)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (path_matches(config_keys[i].name, path))
			return &config_keys[i];
	return NULL;
}

static const struct section *section_find(const char *path)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (path_matches(sections[i].name, path))
			return &sections[i];
	return NULL;
}

/* Of a numbered section's occurrence, "totem.interface.0", the section. */
static const struct section *section_of(const char *path)
{
	char without[CONFIG_KEY_SIZE_MAX + 1];
	const char *dot = strrchr(path, '.');

	if (dot == NULL || !isdigit((unsigned char)dot[1]) || (size_t)(dot - path) >= sizeof(without))
		return section_find(path);
	memcpy(without, path, (size_t)(dot - path));
	without[dot - path] = '\0';
	return section_find(without);
}

bool config_section_is_owned(const char *path)
{
	const struct section *section = section_of(path);

	return section != NULL && section->owned;
}

bool config_section_is_numbered(const char *path)
{
	const struct section *section = section_find(path);

	return section != NULL && section->numbered;
}

bool config_section_is_known(const char *path)
{
	return section_of(path) != NULL;
}

/* Edits (insert, drop, change, swap of neighbours) from a to b; up to SLIP_SIZE characters. */
enum { SLIP_SIZE = 80 };

static unsigned edit_distance(const char *a, const char *b)
{
	unsigned rows[3][SLIP_SIZE + 1];
	const size_t a_size = strlen(a), b_size = strlen(b);

	if (a_size > SLIP_SIZE || b_size > SLIP_SIZE)
		return SLIP_SIZE;
	for (size_t j = 0; j <= b_size; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_size; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && rows[(i + 1) % 3][j - 2] + 1 < best)
				best = rows[(i + 1) % 3][j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_size % 3][b_size];
}

/* The name with its stars replaced by the numbers of `path`, in order; what is left over becomes 0. */
static void name_fill(const char *name, const char *path, char *out, size_t out_size)
{
	size_t used = 0;

	for (; *name != '\0' && used + 1 < out_size; name++) {
		if (*name != '*') {
			out[used++] = *name;
			continue;
		}
		while (*path != '\0' && !(path[0] == '.' && isdigit((unsigned char)path[1])))
			path++;
		if (*path == '.')
			path++;
		if (!isdigit((unsigned char)*path)) {
			out[used++] = '0';
			continue;
		}
		while (isdigit((unsigned char)*path) && used + 1 < out_size)
			out[used++] = *path++;
	}
	out[used] = '\0';
}

static void nearest_take(const char *name, const char *path, unsigned *distance, char *nearest, size_t nearest_size)
{
	char filled[CONFIG_KEY_SIZE_MAX + 1];

	name_fill(name, path, filled, sizeof(filled));
	const size_t path_size = strlen(path), filled_size = strlen(filled);
	if ((path_size > filled_size ? path_size - filled_size : filled_size - path_size) >= *distance)
		return;
	const unsigned edits = edit_distance(path, filled);
	if (edits >= *distance)
		return;
	*distance = edits;
	snprintf(nearest, nearest_size, "%s", filled);
}

bool config_nearest_key(const char *path, char *nearest, size_t nearest_size)
{
	const char *dot = strrchr(path, '.');
	const size_t last_size = strlen(dot == NULL ? path : dot + 1);
	unsigned distance = (unsigned)(last_size < 6 ? 2 : last_size / 3) + 1; /* at most a third of the word is a slip */

	if (distance > 4)
		distance = 4;
	const unsigned limit = distance;
	for (size_t i = 0; i < config_key_count; i++)
		nearest_take(config_keys[i].name, path, &distance, nearest, nearest_size);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		nearest_take(sections[i].name, path, &distance, nearest, nearest_size);
	return distance < limit && distance > 0;
}

static bool number_read(const struct config_key *key, const char *text, uint64_t *number, char *error, size_t error_size)
{
	char *end;

	if (key->word != NULL && strcmp(text, key->word) == 0) {
		*number = UINT64_MAX;
		return true;
	}
	errno = 0;
	*number = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *number >= key->minimum && *number <= key->maximum)
		return true;
	snprintf(error, error_size, "expected a number%s%s from %llu to %llu%s%s%s%s, found '%.64s'", key->unit == NULL ? "" : " of ",
	         key->unit == NULL ? "" : key->unit, (unsigned long long)key->minimum, (unsigned long long)key->maximum,
	         key->word == NULL ? "" : " or ", key->word == NULL ? "" : key->word, key->preset == NULL ? "" : ", default ",
	         key->preset == NULL ? "" : key->preset, text);
	return false;
}

static bool bool_read(const char *text, uint64_t *number, char *error, size_t error_size)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0) {
			*number = i % 2;
			return true;
		}
	snprintf(error, error_size, "expected yes or no, found '%.64s'", text);
	return false;
}

static bool choice_read(const struct config_key *key, const char *text, uint64_t *number, char *error, size_t error_size)
{
	size_t used;

	for (size_t i = 0; key->choices[i] != NULL; i++)
		if (strcmp(text, key->choices[i]) == 0) {
			*number = i;
			return true;
		}
	/* "yes" and "true" are ways to say on, as "no" and "false" are to say off. */
	uint64_t flag;
	char ignored[160];
	if (strcmp(key->choices[0], "off") == 0 && bool_read(text, &flag, ignored, sizeof(ignored))) {
		*number = flag;
		return true;
	}
	used = (size_t)snprintf(error, error_size, "expected one of");
	for (size_t i = 0; key->choices[i] != NULL && used < error_size; i++)
		used += (size_t)snprintf(error + used, error_size - used, "%s %s", i == 0 ? "" : ",", key->choices[i]);
	if (used < error_size)
		snprintf(error + used, error_size - used, "; found '%.64s'", text);
	return false;
}

/* What could be a numeric address or a host's name at all; whether it resolves is found out later. */
static bool address_read(const char *text, char *error, size_t error_size)
{
	const size_t size = strlen(text);
	bool fits = size > 0 && size <= 253 && text[size - 1] != '.';

	for (const char *at = text; *at != '\0'; at++)
		fits = fits && (isalnum((unsigned char)*at) || strchr(".-_:%", *at) != NULL);
	if (fits)
		return true;
	snprintf(error, error_size, "expected a numeric address or a host's name, found '%.64s'", text);
	return false;
}

bool config_key_read(const struct config_key *key, const char *text, uint64_t *number, char *error, size_t error_size)
{
	*number = 0;
	switch (key->type) {
	case CONFIG_TEXT:
		return true;
	case CONFIG_NUMBER:
		return number_read(key, text, number, error, error_size);
	case CONFIG_BOOL:
		return bool_read(text, number, error, error_size);
	case CONFIG_CHOICE:
		return choice_read(key, text, number, error, error_size);
	case CONFIG_ADDRESS:
		return address_read(text, error, error_size);
	}
	return false;
}

uint64_t config_number(const struct config *config, const char *key)
{
	const struct config_value *value = config_get(config, key);
	const struct config_key *entry = config_key_find(key);
	uint64_t number = 0;
	char ignored[160];

	if (value != NULL)
		return value->number;
	if (entry != NULL && entry->preset != NULL)
		config_key_read(entry, entry->preset, &number, ignored, sizeof(ignored));
	return number;
}

const char *config_text(const struct config *config, const char *key)
{
	const struct config_value *value = config_get(config, key);
	const struct config_key *entry = config_key_find(key);

	if (value != NULL)
		return value->text;
	return entry == NULL ? NULL : entry->preset;
}
