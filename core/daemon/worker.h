/* One thread for what can block (a disk): jobs go in, and come back on the loop as events when they are done, in their order. */
#ifndef AISLE_DAEMON_WORKER_H
#define AISLE_DAEMON_WORKER_H

#include <stdbool.h>

struct worker;

/* Embedded in the job's own struct. */
struct worker_job {
	void (*run)(struct worker_job *job);  /* in the thread */
	void (*done)(struct worker_job *job); /* on the loop; frees it */
	struct worker_job *next;
};

struct worker *worker_new(void);            /* NULL: errno */
void worker_free(struct worker *worker);    /* waits for what is queued, and calls its `done` */
int worker_descriptor(const struct worker *worker); /* readable when jobs are done */
void worker_put(struct worker *worker, struct worker_job *job);
void worker_collect(struct worker *worker); /* calls `done` of all that are done */

#endif
