/* Records become lines and go to the targets that libqb's filters let them through to. Not here: the ring of the flight recorder
 * (recorder.c), the thread that writes to what may block (log_writer.c). */
#include "core/log/log.h"

#include <errno.h>
#include <qb/qblog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/log/log_writer.h"

enum { LOG_TEXT_SIZE = 2048, LOG_LINE_SIZE = 4096, LOG_CAUSES = 64 };

/* A cause whose records are held back for a while. */
struct log_cause {
	uint64_t key;
	char id[32];
	int64_t until_ns;
	uint64_t held_back;
};

struct log {
	struct log_writer *writer;
	struct recorder *recorder;
	enum log_timestamp timestamp;
	int32_t targets[3]; /* libqb's numbers, by enum log_sink */
	int32_t recorder_target;
	struct log_cause causes[LOG_CAUSES];
	size_t cause_next;
};

static uint8_t priority_of(enum log_level level)
{
	static const uint8_t priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG, LOG_TRACE};

	return priorities[level];
}

/* libqb's own time has the grain of a tick. */
static size_t stamp(char *out, size_t size, enum log_timestamp kind)
{
	static const char *const formats[] = {"", "%H:%M:%S", "%H:%M:%S", "%Y-%m-%d %H:%M:%S"};
	struct timespec now;
	struct tm local;
	size_t length = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (kind != LOG_TIMESTAMP_OFF && localtime_r(&now.tv_sec, &local) != NULL)
		length = strftime(out, size, formats[kind], &local);
	if (kind == LOG_TIMESTAMP_MS || kind == LOG_TIMESTAMP_DATE_MS)
		length += (size_t)snprintf(out + length, size - length, ".%03ld", now.tv_nsec / 1000000);
	if (length > 0)
		length += (size_t)snprintf(out + length, size - length, " ");
	return length;
}

/* libqb logs too, of its loop; that is for the recorder alone. */
static bool is_ours(const struct qb_log_callsite *site)
{
	return strcmp(site->filename, "log.c") == 0;
}

static size_t line_make(char *line, enum log_timestamp kind, const char *text)
{
	const size_t length = stamp(line, LOG_LINE_SIZE, kind);
	const size_t text_size = strnlen(text, LOG_LINE_SIZE - length - 1);

	memcpy(line + length, text, text_size);
	return length + text_size;
}

/* libqb's targets; `msg` is the record without a time. */
static void to_sink(int32_t target, struct qb_log_callsite *site, struct timespec *at, const char *msg)
{
	struct log *log = qb_log_target_user_data_get(target);
	char line[LOG_LINE_SIZE];

	(void)at;
	for (enum log_sink sink = LOG_SINK_STDERR; sink <= LOG_SINK_SYSLOG; sink++) {
		if (log->targets[sink] != target || !is_ours(site))
			continue;
		const size_t size = line_make(line, sink == LOG_SINK_SYSLOG ? LOG_TIMESTAMP_OFF : log->timestamp, msg);
		log_writer_put(log->writer, sink, site->priority > LOG_DEBUG ? LOG_DEBUG : site->priority, line, size);
	}
}

static void to_recorder(int32_t target, struct qb_log_callsite *site, struct timespec *at, const char *msg)
{
	struct log *log = qb_log_target_user_data_get(target);
	char line[LOG_LINE_SIZE];

	char named[LOG_LINE_SIZE];

	(void)at;
	if (log->recorder == NULL)
		return;
	snprintf(named, sizeof(named), "%s%s", is_ours(site) ? "" : "libqb ", msg);
	recorder_write(log->recorder, line, line_make(line, LOG_TIMESTAMP_DATE_MS, named));
}

static int32_t target_open(struct log *log, qb_log_logger_fn logger)
{
	const int32_t target = qb_log_custom_open(logger, NULL, NULL, log);

	if (target >= 0)
		qb_log_ctl(target, QB_LOG_CONF_MAX_LINE_LEN, LOG_LINE_SIZE);
	return target;
}

static void target_enable(int32_t target, bool enabled, enum log_level level)
{
	if (target < 0)
		return;
	qb_log_filter_ctl(target, QB_LOG_FILTER_CLEAR_ALL, QB_LOG_FILTER_FILE, "*", LOG_TRACE);
	if (enabled)
		qb_log_filter_ctl(target, QB_LOG_FILTER_ADD, QB_LOG_FILTER_FILE, "*", priority_of(level));
	qb_log_ctl(target, QB_LOG_CONF_ENABLED, enabled);
}

struct log *log_open(const char *program)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->writer = log_writer_new(program);
	if (log->writer == NULL) {
		free(log);
		return NULL;
	}
	qb_log_init(program, LOG_DAEMON, LOG_EMERG);
	qb_log_ctl(QB_LOG_SYSLOG, QB_LOG_CONF_ENABLED, QB_FALSE); /* the writer's thread does that */
	for (size_t i = 0; i < 3; i++)
		log->targets[i] = target_open(log, to_sink);
	log->recorder_target = target_open(log, to_recorder);
	log->timestamp = LOG_TIMESTAMP_MS;
	target_enable(log->targets[LOG_SINK_STDERR], true, LOG_LEVEL_NOTICE);
	return log;
}

bool log_configure(struct log *log, const struct log_settings *settings, char *error, size_t error_size)
{
	const bool file_open = log_writer_file(log->writer, settings->file);

	if (!file_open)
		snprintf(error, error_size, "%s: %s", settings->file, strerror(errno));
	log->timestamp = settings->timestamp;
	target_enable(log->targets[LOG_SINK_STDERR], settings->to_stderr, settings->level);
	target_enable(log->targets[LOG_SINK_SYSLOG], settings->to_syslog, settings->level);
	target_enable(log->targets[LOG_SINK_FILE], settings->file != NULL && file_open, settings->level);
	return file_open;
}

void log_record_to(struct log *log, struct recorder *recorder)
{
	log->recorder = recorder;
	target_enable(log->recorder_target, recorder != NULL, LOG_LEVEL_TRACE);
}

void log_close(struct log *log)
{
	if (log == NULL)
		return;
	qb_log_fini();
	log_writer_free(log->writer);
	free(log);
}

/* What comes from outside (names, paths) may hold anything: one record stays one line of printable text. UTF-8 passes. */
static void escape(char *out, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 5 < size; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			used += (size_t)snprintf(out + used, size - used, c == '\n' ? "\\n" : "\\x%02x", c);
		else
			out[used++] = (char)c;
	}
	out[used] = '\0';
}

void log_text(struct log *log, enum log_level level, const char *subject, const char *id, const char *text)
{
	char escaped[LOG_LINE_SIZE - 512];

	if (log == NULL)
		return;
	escape(escaped, sizeof(escaped), text);
	/* The line number tells call sites of different levels apart. */
	qb_log_from_external_source("log_text", "log.c", "%s %s: %s", priority_of(level), (uint32_t)level + 1, 0, subject, id, escaped);
}

void log_write(struct log *log, enum log_level level, const char *subject, const char *id, const char *format, ...)
{
	char text[LOG_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_text(log, level, subject, id, text);
}

static struct log_cause *cause_find(struct log *log, const char *id, uint64_t key)
{
	for (size_t i = 0; i < LOG_CAUSES; i++)
		if (log->causes[i].key == key && strncmp(log->causes[i].id, id, sizeof(log->causes[i].id) - 1) == 0)
			return &log->causes[i];
	struct log_cause *cause = &log->causes[log->cause_next++ % LOG_CAUSES]; /* the oldest gives way */
	*cause = (struct log_cause){.key = key, .until_ns = INT64_MIN};
	strncpy(cause->id, id, sizeof(cause->id) - 1);
	return cause;
}

bool log_limited(struct log *log, int64_t now_ns, int64_t interval_ns, uint64_t key, enum log_level level, const char *subject,
                 const char *id, const char *text)
{
	struct log_cause *cause = cause_find(log, id, key);

	if (now_ns < cause->until_ns) {
		cause->held_back++;
		return false;
	}
	if (cause->held_back > 0)
		log_write(log, level, subject, id, "%s (%llu more of the kind since the last line)", text,
		          (unsigned long long)cause->held_back);
	else
		log_text(log, level, subject, id, text);
	cause->until_ns = now_ns + interval_ns;
	cause->held_back = 0;
	return true;
}

uint64_t log_lost(const struct log *log)
{
	return log_writer_dropped(log->writer);
}
