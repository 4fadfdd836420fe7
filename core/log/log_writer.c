/* See log_writer.h. A queue of entries under one mutex; the thread takes the whole queue at a time and writes without the lock. */
#include "core/log/log_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

struct entry {
	struct entry *next;
	enum log_sink sink;
	int priority;
	size_t size;
	char line[]; /* size bytes, a line end, a zero */
};

struct log_writer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct entry *first, **last;
	size_t queued_size;
	bool ending;
	_Atomic uint64_t dropped;
	/* The file: name and descriptor under the mutex. */
	char *path;
	int descriptor;
	dev_t device;
	ino_t inode;
	time_t looked_s;
};

static int file_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static void write_line(int descriptor, const char *line, size_t size)
{
	while (size > 0) {
		const ssize_t done = write(descriptor, line, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* a full disk, a closed terminal: the recorder has it */
		line += done;
		size -= (size_t)done;
	}
}

/* Rotation renames the file below us: look once a second, before writing, whether the name still leads to what is open. */
static void file_follow(struct log_writer *writer)
{
	struct stat now;
	const time_t now_s = time(NULL);

	if (writer->path == NULL || now_s == writer->looked_s)
		return;
	writer->looked_s = now_s;
	if (stat(writer->path, &now) == 0 && now.st_dev == writer->device && now.st_ino == writer->inode)
		return;
	const int descriptor = file_open(writer->path);
	if (descriptor < 0)
		return;
	close(writer->descriptor);
	writer->descriptor = descriptor;
	if (fstat(descriptor, &now) == 0) {
		writer->device = now.st_dev;
		writer->inode = now.st_ino;
	}
}

static void entry_write(struct log_writer *writer, const struct entry *entry)
{
	switch (entry->sink) {
	case LOG_SINK_STDERR:
		write_line(STDERR_FILENO, entry->line, entry->size + 1);
		break;
	case LOG_SINK_SYSLOG:
		syslog(entry->priority, "%.*s", (int)entry->size, entry->line);
		break;
	case LOG_SINK_FILE:
		pthread_mutex_lock(&writer->mutex);
		file_follow(writer);
		const int descriptor = writer->descriptor < 0 ? -1 : fcntl(writer->descriptor, F_DUPFD_CLOEXEC, 3);
		pthread_mutex_unlock(&writer->mutex);
		if (descriptor >= 0) {
			write_line(descriptor, entry->line, entry->size + 1);
			close(descriptor);
		}
		break;
	}
}

static void entries_write(struct log_writer *writer, struct entry *entry)
{
	while (entry != NULL) {
		struct entry *next = entry->next;

		entry_write(writer, entry);
		free(entry);
		entry = next;
	}
}

static void *writer_run(void *context)
{
	struct log_writer *writer = context;

	pthread_mutex_lock(&writer->mutex);
	while (!writer->ending || writer->first != NULL) {
		if (writer->first == NULL) {
			pthread_cond_wait(&writer->filled, &writer->mutex);
			continue;
		}
		struct entry *taken = writer->first;
		writer->first = NULL;
		writer->last = &writer->first;
		writer->queued_size = 0;
		pthread_mutex_unlock(&writer->mutex);
		entries_write(writer, taken);
		pthread_mutex_lock(&writer->mutex);
	}
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

/* Signals are the loop's: the thread is born with all of them blocked. */
static bool thread_start(struct log_writer *writer)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	const int failed = pthread_create(&writer->thread, NULL, writer_run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed == 0;
}

struct log_writer *log_writer_new(const char *program)
{
	struct log_writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return NULL;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_cond_init(&writer->filled, NULL);
	writer->last = &writer->first;
	writer->descriptor = -1;
	openlog(program, LOG_PID, LOG_DAEMON);
	if (thread_start(writer))
		return writer;
	free(writer);
	return NULL;
}

void log_writer_free(struct log_writer *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->ending = true;
	pthread_cond_signal(&writer->filled);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	if (writer->descriptor >= 0)
		close(writer->descriptor);
	closelog();
	pthread_cond_destroy(&writer->filled);
	pthread_mutex_destroy(&writer->mutex);
	free(writer->path);
	free(writer);
}

bool log_writer_file(struct log_writer *writer, const char *path)
{
	struct stat opened = {0};
	const int descriptor = path == NULL ? -1 : file_open(path);
	char *copy = path == NULL ? NULL : strdup(path);

	if (path != NULL && (descriptor < 0 || copy == NULL || fstat(descriptor, &opened) != 0)) {
		free(copy);
		if (descriptor >= 0)
			close(descriptor);
		return false;
	}
	pthread_mutex_lock(&writer->mutex);
	if (writer->descriptor >= 0)
		close(writer->descriptor);
	free(writer->path);
	writer->path = copy;
	writer->descriptor = descriptor;
	writer->device = opened.st_dev;
	writer->inode = opened.st_ino;
	pthread_mutex_unlock(&writer->mutex);
	return true;
}

void log_writer_put(struct log_writer *writer, enum log_sink sink, int priority, const char *line, size_t size)
{
	struct entry *entry = malloc(sizeof(*entry) + size + 2);

	if (entry == NULL) {
		atomic_fetch_add(&writer->dropped, 1);
		return;
	}
	*entry = (struct entry){.sink = sink, .priority = priority, .size = size};
	memcpy(entry->line, line, size);
	memcpy(entry->line + size, "\n", 2);
	pthread_mutex_lock(&writer->mutex);
	const bool room = writer->queued_size + size <= LOG_WRITER_QUEUE_SIZE;
	if (room) {
		*writer->last = entry;
		writer->last = &entry->next;
		writer->queued_size += size;
		pthread_cond_signal(&writer->filled);
	}
	pthread_mutex_unlock(&writer->mutex);
	if (!room) {
		free(entry);
		atomic_fetch_add(&writer->dropped, 1);
	}
}

uint64_t log_writer_dropped(const struct log_writer *writer)
{
	return atomic_load(&writer->dropped);
}
