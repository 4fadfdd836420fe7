/* The flight recorder: the last records of all levels, in a ring of bytes that is always on. It lies in a shared file mapping where a
 * path is given, so that a crash, even SIGKILL, needs nothing to be written; recorder_dump_to() is async-signal-safe all the same.
 *
 * One thread writes (the loop's). Text, one record a line; the oldest line of a dump may be cut. */
#ifndef AISLE_LOG_RECORDER_H
#define AISLE_LOG_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

enum { RECORDER_SIZE_DEFAULT = 2 * 1024 * 1024, RECORDER_SIZE_MIN = 4096 };

/* `path`: the file to map (NULL, or one that cannot be made: memory alone, and recorder_is_mapped() says so). What an earlier process
 * left there without recorder_close() is renamed to `path`.previous first. NULL: no memory. */
struct recorder *recorder_open(const char *path, size_t size);
void recorder_close(struct recorder *recorder); /* marks the end as clean, unmaps, removes the file */
bool recorder_is_mapped(const struct recorder *recorder);
bool recorder_found_previous(const struct recorder *recorder);
bool recorder_give_to(const struct recorder *recorder, uint32_t uid, uint32_t gid); /* the file's owner */

/* Appends one record; a line end is added. */
void recorder_write(struct recorder *recorder, const char *text, size_t size);

/* Writes all that is held, oldest first, to the descriptor. Async-signal-safe. False: errno says why. */
bool recorder_dump_to(const struct recorder *recorder, int descriptor);
/* The same into a new file of mode 0600. Async-signal-safe. */
bool recorder_dump_file(const struct recorder *recorder, const char *path);
/* What a recorder's file (its own, or what a process that died left) or a dump of one holds: two pieces of text, the older first. Any bytes:
 * a file without the recorder's mark is taken for a dump, all text. False: a recorder's file of another format, or damaged. */
struct recorder_text {
	const uint8_t *first, *second;
	size_t first_size, second_size;
	bool is_cut; /* the first line's beginning was written over */
};
bool recorder_text(const uint8_t *data, size_t size, struct recorder_text *text);
/* A copy for another thread to write, malloced; 0 bytes: no memory. */
size_t recorder_copy(const struct recorder *recorder, uint8_t **data);

#endif
