/* The directory's state: one checkpoint, one section a record. Responsible for all that the Checkpoint Service asks of a careful
 * caller: retrying TRY_AGAIN, telling 'not done' from 'perhaps done', opening anew what a restarted daemon has forgotten. Any number
 * of threads may call at once: each call has a session (a library handle and an open of its own) to itself. */
#ifndef SUBSCRIBERS_DIRECTORY_H
#define SUBSCRIBERS_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

enum { DIRECTORY_KEY_SIZE_MAX = 128, DIRECTORY_VALUE_SIZE_MAX = 4096 };

enum directory_outcome {
	DIRECTORY_DONE,        /* on all replicas; of a read: what is on all replicas */
	DIRECTORY_NONE,        /* no such key */
	DIRECTORY_UNKNOWN,     /* the change may have been done or not */
	DIRECTORY_UNAVAILABLE, /* nothing was done: the cluster does not let us for the moment (no quorum, no daemon) */
	DIRECTORY_FULL,
};

struct directory;

struct directory *directory_new(const char *checkpoint, int64_t patience_ms); /* how long TRY_AGAIN is retried; NULL: no memory */
enum directory_outcome directory_put(struct directory *directory, const char *key, const char *value, size_t value_size);
/* Fills value (DIRECTORY_VALUE_SIZE_MAX bytes) and *value_size. */
enum directory_outcome directory_get(struct directory *directory, const char *key, char *value, size_t *value_size);
enum directory_outcome directory_count(struct directory *directory, uint32_t *count);

#endif
