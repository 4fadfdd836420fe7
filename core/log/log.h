/* The log: records with a stable id, a subject and a text that names the cause, to stderr, syslog, a file and always to the flight
 * recorder. On libqb's log (call sites, filters, targets); what may block (a pipe, a disk, syslog's socket) is written by a thread of
 * its own in the order of the records, and log_close() waits until the last is out.
 *
 *	03:12:44.120 totem member-lost: node 3 (db-3, 10.0.0.3:5405) lost: no token for 2200 ms; ring 1.204: 1 2
 *
 * libqb's log is the process's: one struct log at a time. To be called from one thread, the loop's. */
#ifndef AISLE_LOG_LOG_H
#define AISLE_LOG_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log/recorder.h"

/* The values of enum host_log_level. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

enum log_timestamp { LOG_TIMESTAMP_OFF, LOG_TIMESTAMP_SECONDS, LOG_TIMESTAMP_MS, LOG_TIMESTAMP_DATE_MS };

struct log_settings {
	bool to_stderr, to_syslog;
	const char *file; /* NULL: none */
	enum log_level level; /* of stderr, syslog and file; the recorder takes all */
	enum log_timestamp timestamp;
};

struct log;

/* To stderr alone at first, level notice. NULL: no memory. */
struct log *log_open(const char *program);
/* Says in `error` why a target could not be had; the others are in force. */
bool log_configure(struct log *log, const struct log_settings *settings, char *error, size_t error_size);
/* From now on everything goes to `recorder` too, which stays the caller's. NULL: no more. */
void log_record_to(struct log *log, struct recorder *recorder);
void log_close(struct log *log); /* after the last record is out */

void log_write(struct log *log, enum log_level level, const char *subject, const char *id, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void log_text(struct log *log, enum log_level level, const char *subject, const char *id, const char *text);
/* Once per cause: of records with this id and key only the first in interval_ns goes out; the next after that tells how many were held
 * back. False: held back. now_ns is the caller's monotonic clock. */
bool log_limited(struct log *log, int64_t now_ns, int64_t interval_ns, uint64_t key, enum log_level level, const char *subject,
                 const char *id, const char *text);
uint64_t log_lost(const struct log *log); /* lines dropped because a target was too slow */

#endif
