/* What the process may and what it gives up: scheduling, memory that stays, the user it becomes. Each says in words what came of it, for
 * the log: without, the daemon is correct, only slower to notice a death. */
#ifndef AISLE_DAEMON_PRIVILEGES_H
#define AISLE_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

bool privileges_realtime(int priority, char *said, size_t said_size);
bool privileges_lock_memory(char *said, size_t said_size);
/* Started as root: who to become. False: stays as it is, `said` tells why (nothing to say if not root). */
bool privileges_user(const char *name, uid_t *uid, gid_t *gid, char *said, size_t said_size);
/* Whether it takes a right to bind the port in this network namespace. */
bool privileges_port_is_low(uint16_t port);
/* Becomes the user, keeping CAP_SYS_NICE and CAP_IPC_LOCK alone, with `binds_low` CAP_NET_BIND_SERVICE too; core dumps stay possible. False:
 * `said`; nothing was given up. */
bool privileges_become(uid_t uid, gid_t gid, bool binds_low, char *said, size_t said_size);

#endif
