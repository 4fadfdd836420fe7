/* See privileges.h. */
#include "core/daemon/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

bool privileges_realtime(int priority, char *said, size_t said_size)
{
	const struct sched_param parameter = {.sched_priority = priority};

	/* Helper threads that are started later stay ordinary. */
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) == 0) {
		snprintf(said, said_size, "real-time scheduling: SCHED_RR %d", priority);
		return true;
	}
	snprintf(said, said_size, "no real-time scheduling (%s): a loaded machine may make this node late", strerror(errno));
	return false;
}

bool privileges_lock_memory(char *said, size_t said_size)
{
	const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	struct rlimit limit = {0};

	setrlimit(RLIMIT_MEMLOCK, &none);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	/* Below a limit locking may succeed now and make allocations fail later: that is worse than none. */
	if (limit.rlim_cur != RLIM_INFINITY) {
		snprintf(said, said_size, "memory is not locked: the limit (RLIMIT_MEMLOCK) is %llu KiB", (unsigned long long)limit.rlim_cur / 1024);
		return false;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) {
		snprintf(said, said_size, "memory is locked as it is touched");
		return true;
	}
	snprintf(said, said_size, "memory is not locked: %s", strerror(errno));
	return false;
}

/* Whether the user namespace has a name for the id, from a map of lines "inside outside count". */
static bool id_is_mapped(const char *map, uint32_t id)
{
	unsigned long inside, outside, count;
	bool mapped = false;
	FILE *file = fopen(map, "re");

	if (file == NULL)
		return true; /* no namespaces in this kernel */
	while (!mapped && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3)
		mapped = id >= inside && id - inside < count;
	fclose(file);
	return mapped;
}

bool privileges_user(const char *name, uid_t *uid, gid_t *gid, char *said, size_t said_size)
{
	said[0] = '\0';
	if (geteuid() != 0 || name == NULL || strcmp(name, "root") == 0)
		return false;
	const struct passwd *user = getpwnam(name);
	if (user == NULL) {
		snprintf(said, said_size, "no user '%.64s' on this host: goes on as root", name);
		return false;
	}
	if (!id_is_mapped("/proc/self/uid_map", user->pw_uid) || !id_is_mapped("/proc/self/gid_map", user->pw_gid)) {
		snprintf(said, said_size, "user '%.64s' is not mapped in this user namespace: goes on as root", name);
		return false;
	}
	*uid = user->pw_uid;
	*gid = user->pw_gid;
	return true;
}

static bool capabilities_keep(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct held[2] = {{0}}, set[2] = {{0}};

	if (syscall(SYS_capget, &header, held) != 0)
		return false;
	for (int i = 0; i < 2; i++)
		set[i].effective = set[i].permitted = (uint32_t)(kept >> (32 * i)) & held[i].permitted;
	return syscall(SYS_capset, &header, set) == 0;
}

bool privileges_port_is_low(uint16_t port)
{
	unsigned start = 1024; /* the system's own, where it does not say */
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");

	if (file != NULL) {
		if (fscanf(file, "%u", &start) != 1)
			start = 1024;
		fclose(file);
	}
	return port < start;
}

bool privileges_become(uid_t uid, gid_t gid, bool binds_low, char *said, size_t said_size)
{
	const uint64_t kept = UINT64_C(1) << CAP_SYS_NICE | UINT64_C(1) << CAP_IPC_LOCK | (uint64_t)binds_low << CAP_NET_BIND_SERVICE;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0) {
		snprintf(said, said_size, "cannot become user %u (%s): goes on as root", (unsigned)uid, strerror(errno));
		if (setresgid(0, 0, 0) != 0)
			abort(); /* half a change is none of the two that were wanted */
		return false;
	}
	if (setresuid(uid, uid, uid) != 0) {
		snprintf(said, said_size, "cannot become user %u (%s): goes on as root", (unsigned)uid, strerror(errno));
		if (setresgid(0, 0, 0) != 0)
			abort();
		return false;
	}
	/* Root's full set must not outlive root's id; other threads have lost theirs with it (only this one asked to keep it). */
	if (!capabilities_keep(kept) && !capabilities_keep(0))
		abort();
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	snprintf(said, said_size, "runs as user %u, group %u", (unsigned)uid, (unsigned)gid);
	return true;
}
