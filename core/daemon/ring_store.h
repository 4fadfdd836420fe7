/* The ring sequence on disk: the one number that must never be used twice, whatever crashes. Written new, synced and renamed, with a
 * checksum, so that a torn write is seen and the older file stands. Blocking: the daemon calls it before its loop runs and from a
 * worker thread. */
#ifndef AISLE_DAEMON_RING_STORE_H
#define AISLE_DAEMON_RING_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ring_store_found {
	RING_STORE_FOUND,
	RING_STORE_MISSING,
	RING_STORE_DAMAGED, /* not of this format, torn, a wrong checksum, another node's */
	RING_STORE_UNREADABLE, /* errno says why */
};

enum ring_store_found ring_store_load(const char *directory, uint32_t node, uint64_t *ring_seq);
/* Durable when it returns true. False: errno says why, the older value stands. */
bool ring_store_save(const char *directory, uint32_t node, uint64_t ring_seq);
/* Where nothing is stored: above whatever this node used before, as long as its clock was not set back and it did not form more than
 * 250 rings a second on the average: the milliseconds of the clock. */
uint64_t ring_store_guess(int64_t wall_ns);

#endif
