/* Who is active: the lowest node id of the current view whose server runs. The view is the Membership Service's; whether a server
 * runs on a member is asked of that server itself, over TCP. Nothing but answers depends on it: two servers that both believe to be
 * active, for the moment between two views, write to one totally ordered checkpoint and harm nothing. README.md says why so. */
#ifndef SUBSCRIBERS_ROLE_H
#define SUBSCRIBERS_ROLE_H

#include <stdbool.h>
#include <stdint.h>

struct role;

struct role *role_start(uint16_t port); /* NULL: no memory, no thread */
/* The active node's id; 0: not known yet, or no membership. *self: it is this node. */
uint32_t role_active(struct role *role, bool *self);

#endif
