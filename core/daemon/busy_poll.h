/* Whether the loop looks for the next packets itself for a while before it sleeps. A core that sleeps takes longer to wake than a token takes to
 * go round, so while the ring is busy it pays to stay awake; while it is quiet it does not. Decides by the waits so far; who looks, and yields
 * the core between two looks, is cluster.c. */
#ifndef AISLE_DAEMON_BUSY_POLL_H
#define AISLE_DAEMON_BUSY_POLL_H

#include <stdbool.h>
#include <stdint.h>

struct busy_poll {
	int64_t look_ns;   /* looks no longer than this; 0: never */
	int64_t since_ns;  /* when the last packets were done with */
	int64_t waited_ns; /* how long the last packets were waited for */
};

/* How long to look: `told_ns`, or, where nothing was told (-1), what suits the scheduling policy of the process. */
int64_t busy_poll_look_ns(int64_t told_ns, int policy);
void busy_poll_init(struct busy_poll *poll, int64_t look_ns);
void busy_poll_come(struct busy_poll *poll, int64_t now_ns); /* packets are there */
void busy_poll_done(struct busy_poll *poll, int64_t now_ns); /* and have been stepped */
bool busy_poll_looks(const struct busy_poll *poll, int64_t now_ns); /* false: time to sleep */

#endif
