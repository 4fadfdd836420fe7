/* Who may connect to which service: root and the daemon's own user to all, others by the configuration's uidgid rules. */
#ifndef AISLE_DAEMON_ACCESS_H
#define AISLE_DAEMON_ACCESS_H

#include <sys/types.h>

#include "core/config/config.h"
#include "core/config/config_problems.h"

struct access_rule {
	bool has_uid, has_gid;
	uid_t uid;
	gid_t gid;
	const char *services; /* in the tree: names separated by blanks, or "all" */
};

struct access_rules {
	struct access_rule *rules;
	size_t count;
};

void access_read(struct access_rules *rules, const struct config *config, struct config_problems *problems);
void access_clear(struct access_rules *rules);
bool access_allows(const struct access_rules *rules, const char *service, uid_t uid, gid_t gid);
bool access_is_operator(uid_t uid); /* root, or the daemon's own user */
/* Whether `names`, separated by blanks, has `name` or is "all". */
bool access_names_have(const char *names, const char *name);

#endif
