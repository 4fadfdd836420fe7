/* The thread that writes log lines to what may block: in order, bounded, counting what had to be dropped. Called by log.c alone. */
#ifndef AISLE_LOG_WRITER_H
#define AISLE_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_sink { LOG_SINK_STDERR, LOG_SINK_FILE, LOG_SINK_SYSLOG };

enum { LOG_WRITER_QUEUE_SIZE = 1024 * 1024 };

struct log_writer;

struct log_writer *log_writer_new(const char *program); /* NULL: no memory, no thread */
void log_writer_free(struct log_writer *writer);        /* writes what is queued first */
/* The file that LOG_SINK_FILE appends to, reopened when its name leads elsewhere (rotation). NULL: none. False: errno. */
bool log_writer_file(struct log_writer *writer, const char *path);
/* Queues one line, without a line end. Never blocks for long. */
void log_writer_put(struct log_writer *writer, enum log_sink sink, int priority, const char *line, size_t size);
uint64_t log_writer_dropped(const struct log_writer *writer);

#endif
