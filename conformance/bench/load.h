/* A closed loop: so many clients, each with one operation outstanding, a thread each; how many operations a second, and how long one takes. Called
 * by the workers of ours and of the peers, so that both are measured by the same code. */
#ifndef AISLE_BENCH_LOAD_H
#define AISLE_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_CLIENTS_MAX = 256 };

enum load_step {
	LOAD_DONE,   /* one operation, acknowledged */
	LOAD_AGAIN,  /* refused for now: counted, not timed */
	LOAD_FAILED, /* complained already: the run ends */
};

struct load_client {
	unsigned number;
	size_t size;   /* of the operation's data */
	const char *target;
	const void *context; /* as load_run() was given it */
	void *own;     /* the kind's, from open to close */
};

struct load_kind {
	bool (*open)(struct load_client *client); /* false: complained already */
	enum load_step (*step)(struct load_client *client);
	void (*close)(struct load_client *client);
};

extern const struct load_kind load_corosync; /* load_corosync.c */

/* Warms up, measures, prints one JSON object; exit status. `beside` (NULL: nothing) is put into the object. */
int load_run(const struct load_kind *kind, const void *context, const char *target, unsigned clients, size_t size, double seconds, const char *beside);

#endif
