/* The log and the flight recorder: one record is one line, in order, everywhere it belongs; what is recorded survives the process. */
#include "conformance/check/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log/log.h"

enum { CONTENT_SIZE = 4 * 1024 * 1024 };

static char directory[64];

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", directory, name);
}

static char *content_of(const char *path)
{
	char *content = calloc(1, CONTENT_SIZE);
	FILE *file = fopen(path, "re");

	if (file != NULL) {
		content[fread(content, 1, CONTENT_SIZE - 1, file)] = '\0';
		fclose(file);
	}
	return content;
}

static struct log *log_to_file(const char *path, enum log_level level)
{
	struct log *log = log_open("test_log");
	char error[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(log);
	CU_ASSERT_TRUE(log_configure(log, &(struct log_settings){.file = path, .level = level, .timestamp = LOG_TIMESTAMP_OFF}, error,
	                             sizeof(error)));
	return log;
}

static void records_are_lines_with_subject_and_id(void)
{
	char path[128];

	path_of(path, sizeof(path), "lines");
	struct log *log = log_to_file(path, LOG_LEVEL_NOTICE);
	log_write(log, LOG_LEVEL_NOTICE, "totem", "member-lost", "node %u lost", 3);
	log_write(log, LOG_LEVEL_INFO, "totem", "detail", "below the level");
	log_write(log, LOG_LEVEL_ERROR, "engine", "broken", "above it");
	log_close(log);
	char *content = content_of(path);
	CU_ASSERT_STRING_EQUAL(content, "totem member-lost: node 3 lost\nengine broken: above it\n");
	free(content);
}

/* CASE-168 */
static void text_from_outside_is_neither_format_nor_line_end(void)
{
	char path[128];

	path_of(path, sizeof(path), "outside");
	struct log *log = log_to_file(path, LOG_LEVEL_NOTICE);
	log_text(log, LOG_LEVEL_NOTICE, "ckpt", "name", "%s%n%n");
	log_text(log, LOG_LEVEL_NOTICE, "ckpt", "name", "a\nb");
	log_text(log, LOG_LEVEL_NOTICE, "ckpt", "name", "\x1b[2J");
	log_text(log, LOG_LEVEL_NOTICE, "ckpt", "name", "\xc3\xa4");
	log_close(log);
	char *content = content_of(path);
	CU_ASSERT_STRING_EQUAL(content, "ckpt name: %s%n%n\nckpt name: a\\nb\nckpt name: \\x1b[2J\nckpt name: \xc3\xa4\n");
	free(content);
}

/* CASE-171 */
static void all_records_are_out_in_order_when_it_is_closed(void)
{
	for (int round = 0; round < 20; round++) {
		char path[128], expected[32];

		path_of(path, sizeof(path), "order");
		unlink(path);
		struct log *log = log_to_file(path, LOG_LEVEL_NOTICE);
		for (int i = 0; i < 500; i++)
			log_write(log, LOG_LEVEL_NOTICE, "s", "n", "%d", i);
		CU_ASSERT_EQUAL(log_lost(log), 0);
		log_close(log);
		char *content = content_of(path), *at = content;
		for (int i = 0; i < 500; i++) {
			snprintf(expected, sizeof(expected), "s n: %d\n", i);
			CU_ASSERT_EQUAL_FATAL(strncmp(at, expected, strlen(expected)), 0);
			at += strlen(expected);
		}
		CU_ASSERT_EQUAL(*at, '\0');
		free(content);
	}
}

static void the_same_cause_is_told_once_an_interval(void)
{
	char path[128];

	path_of(path, sizeof(path), "causes");
	struct log *log = log_to_file(path, LOG_LEVEL_NOTICE);
	CU_ASSERT_TRUE(log_limited(log, 1000, 100, 1, LOG_LEVEL_NOTICE, "link", "foreign", "from a"));
	CU_ASSERT_FALSE(log_limited(log, 1001, 100, 1, LOG_LEVEL_NOTICE, "link", "foreign", "from a"));
	CU_ASSERT_TRUE(log_limited(log, 1002, 100, 2, LOG_LEVEL_NOTICE, "link", "foreign", "from b"));
	CU_ASSERT_FALSE(log_limited(log, 1099, 100, 1, LOG_LEVEL_NOTICE, "link", "foreign", "from a"));
	CU_ASSERT_TRUE(log_limited(log, 1100, 100, 1, LOG_LEVEL_NOTICE, "link", "foreign", "from a"));
	log_close(log);
	char *content = content_of(path);
	CU_ASSERT_STRING_EQUAL(content, "link foreign: from a\nlink foreign: from b\n"
	                                "link foreign: from a (2 more of the kind since the last line)\n");
	free(content);
}

static void a_file_that_cannot_be_had_is_told(void)
{
	struct log *log = log_open("test_log");
	char error[256] = "";

	CU_ASSERT_FALSE(log_configure(log, &(struct log_settings){.file = "/nonexistent/x.log", .level = LOG_LEVEL_INFO}, error, sizeof(error)));
	CU_ASSERT_STRING_EQUAL(error, "/nonexistent/x.log: No such file or directory");
	log_close(log);
}

static void the_recorder_takes_every_level(void)
{
	char path[128], dump[128];

	path_of(path, sizeof(path), "recorder");
	path_of(dump, sizeof(dump), "dump");
	struct recorder *recorder = recorder_open(path, 65536);
	struct log *log = log_open("test_log");
	char error[256];
	log_configure(log, &(struct log_settings){.level = LOG_LEVEL_ERROR}, error, sizeof(error));
	log_record_to(log, recorder);
	log_write(log, LOG_LEVEL_TRACE, "totem", "token", "seq 1");
	log_write(log, LOG_LEVEL_ERROR, "totem", "gone", "seq 2");
	CU_ASSERT_TRUE(recorder_is_mapped(recorder));
	CU_ASSERT_TRUE(recorder_dump_file(recorder, dump));
	CU_ASSERT_FALSE(recorder_dump_file(recorder, dump)); /* never over another */
	char *content = content_of(dump);
	CU_ASSERT_PTR_NOT_NULL(strstr(content, "totem token: seq 1\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(content, "totem gone: seq 2\n"));
	free(content);
	log_close(log);
	recorder_close(recorder);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	unlink(dump);
}

static void the_ring_keeps_the_last_and_drops_the_first(void)
{
	struct recorder *recorder = recorder_open(NULL, RECORDER_SIZE_MIN);
	uint8_t *data;
	char line[32];

	CU_ASSERT_FALSE(recorder_is_mapped(recorder));
	for (int i = 0; i < 1000; i++)
		recorder_write(recorder, line, (size_t)snprintf(line, sizeof(line), "record %d", i));
	const size_t size = recorder_copy(recorder, &data);
	data[size] = '\0';
	CU_ASSERT_EQUAL(size, RECORDER_SIZE_MIN);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)data, "\nrecord 998\nrecord 999\n"));
	CU_ASSERT_PTR_NULL(strstr((char *)data, "record 1\n"));
	free(data);
	recorder_close(recorder);
}

/* A process that is killed writes nothing, and loses nothing. */
static void what_is_recorded_survives_a_kill(void)
{
	char path[128], previous[160];

	path_of(path, sizeof(path), "survives");
	snprintf(previous, sizeof(previous), "%s.previous", path);
	const pid_t child = fork();
	if (child == 0) {
		struct recorder *recorder = recorder_open(path, 8192);

		recorder_write(recorder, "the last word", 13);
		raise(SIGKILL);
	}
	int status;
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	struct recorder *recorder = recorder_open(path, 8192);
	CU_ASSERT_TRUE(recorder_found_previous(recorder));
	char *content = content_of(previous);
	CU_ASSERT_PTR_NOT_NULL(memmem(content, 8192, "the last word\n", 14));
	free(content);
	recorder_close(recorder);
	recorder = recorder_open(path, 8192); /* that one was closed: nothing to keep */
	CU_ASSERT_FALSE(recorder_found_previous(recorder));
	recorder_close(recorder);
	unlink(previous);
}

/* Until the watched directory tells this of that file; false: patience ran out. */
static bool event_await(int watch, uint32_t mask, const char *name)
{
	union {
		struct inotify_event event;
		char space[4096];
	} buffer;
	struct pollfd ready = {.fd = watch, .events = POLLIN};

	while (poll(&ready, 1, 60000) == 1) {
		const ssize_t size = read(watch, &buffer, sizeof(buffer));

		for (ssize_t at = 0; at < size;) {
			const struct inotify_event *event = (const void *)(buffer.space + at);

			if ((event->mask & mask) != 0 && event->len > 0 && strcmp(event->name, name) == 0)
				return true;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return false;
}

/* Until time() has come to another second, which is what the log goes by; the coarse clock behind it lags by a tick. */
static void second_await(void)
{
	const time_t now = time(NULL);
	const int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	uint64_t count;

	CU_ASSERT_FATAL(timer >= 0);
	for (long ns = 0; time(NULL) == now; ns += 10000000) {
		CU_ASSERT_EQUAL_FATAL(timerfd_settime(timer, TFD_TIMER_ABSTIME,
		                      &(struct itimerspec){.it_value = {.tv_sec = now + 1, .tv_nsec = ns}}, NULL), 0);
		CU_ASSERT_EQUAL(read(timer, &count, sizeof(count)), sizeof(count));
	}
	close(timer);
}

/* CASE-169: rotation renames the file; in the next second new records go to a new one, and none is lost. */
static void a_rotated_file_is_opened_anew(void)
{
	char path[128], rotated[160];
	const int watch = inotify_init1(IN_CLOEXEC);

	path_of(path, sizeof(path), "rotate");
	snprintf(rotated, sizeof(rotated), "%s.1", path);
	struct log *log = log_to_file(path, LOG_LEVEL_NOTICE);
	CU_ASSERT_FATAL(inotify_add_watch(watch, directory, IN_MODIFY | IN_CREATE) >= 0);
	log_write(log, LOG_LEVEL_NOTICE, "s", "n", "0");
	CU_ASSERT_TRUE(event_await(watch, IN_MODIFY, "rotate"));
	CU_ASSERT_EQUAL(rename(path, rotated), 0);
	log_write(log, LOG_LEVEL_NOTICE, "s", "n", "1"); /* to either */
	second_await();
	log_write(log, LOG_LEVEL_NOTICE, "s", "n", "2");
	CU_ASSERT_TRUE(event_await(watch, IN_CREATE, "rotate"));
	log_write(log, LOG_LEVEL_NOTICE, "s", "n", "3");
	log_close(log);
	char *first = content_of(rotated), *second = content_of(path);
	CU_ASSERT_EQUAL(strncmp(first, "s n: 0\n", 7), 0);
	CU_ASSERT_TRUE((strcmp(first, "s n: 0\ns n: 1\n") == 0 && strcmp(second, "s n: 2\ns n: 3\n") == 0) ||
	               (strcmp(first, "s n: 0\n") == 0 && strcmp(second, "s n: 1\ns n: 2\ns n: 3\n") == 0));
	free(first);
	free(second);
	close(watch);
}

static char *text_of(const char *path, bool *is_cut)
{
	char *content = calloc(1, CONTENT_SIZE), *joined = calloc(1, CONTENT_SIZE);
	FILE *file = fopen(path, "re");
	struct recorder_text text = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	const size_t size = fread(content, 1, CONTENT_SIZE, file);
	fclose(file);
	CU_ASSERT_TRUE(recorder_text((uint8_t *)content, size, &text));
	memcpy(joined, text.first, text.first_size);
	if (text.second_size > 0)
		memcpy(joined + text.first_size, text.second, text.second_size);
	*is_cut = text.is_cut;
	free(content);
	return joined;
}

/* The same whether the file is read or a dump of it, before and after the ring has gone round. */
static void a_recorder_file_reads_as_its_dump(void)
{
	char path[128], dump[160], line[64];
	bool is_cut;

	path_of(path, sizeof(path), "ring");
	struct recorder *recorder = recorder_open(path, RECORDER_SIZE_MIN);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < (round == 0 ? 3 : 1000); i++)
			recorder_write(recorder, line, (size_t)snprintf(line, sizeof(line), "record %d", i));
		snprintf(dump, sizeof(dump), "%s.dump%d", path, round);
		CU_ASSERT_TRUE(recorder_dump_file(recorder, dump));
		char *of_file = text_of(path, &is_cut), *of_dump = content_of(dump);
		CU_ASSERT_EQUAL(is_cut, round == 1);
		CU_ASSERT_STRING_EQUAL(of_file, of_dump);
		CU_ASSERT_PTR_NOT_NULL(strstr(of_file, round == 0 ? "record 0\nrecord 1\nrecord 2\n" : "record 998\nrecord 999\n"));
		free(of_file);
		free(of_dump);
	}
	recorder_close(recorder);
}

static void a_damaged_recorder_file_is_refused(void)
{
	uint8_t file[64 + 100] = "AISLEREC";
	struct recorder_text text;
	const uint32_t format = 1;
	uint64_t size = 100, written = 150;

	memcpy(file + 8, &format, 4);
	memcpy(file + 16, &size, 8);
	memcpy(file + 24, &written, 8);
	CU_ASSERT_TRUE(recorder_text(file, sizeof(file), &text));
	CU_ASSERT_EQUAL(text.first_size + text.second_size, 100);
	for (size_t cut = 8; cut < sizeof(file); cut++)
		CU_ASSERT_FALSE(recorder_text(file, cut, &text));
	for (size_t bad = 0; bad < 2; bad++) {
		size = bad == 0 ? 0 : UINT64_MAX - 32;
		memcpy(file + 16, &size, 8);
		CU_ASSERT_FALSE(recorder_text(file, sizeof(file), &text));
	}
	size = 100;
	written = UINT64_MAX; /* a wild count harms nobody */
	memcpy(file + 16, &size, 8);
	memcpy(file + 24, &written, 8);
	CU_ASSERT_TRUE(recorder_text(file, sizeof(file), &text));
	CU_ASSERT_TRUE(text.first >= file + 64 && text.first + text.first_size <= file + sizeof(file) && text.second_size <= 100);
	file[8] = 9;
	CU_ASSERT_FALSE(recorder_text(file, sizeof(file), &text));
}

int main(void)
{
	static const struct check_case cases[] = {
		{"records are lines with subject and id", records_are_lines_with_subject_and_id},
		{"text from outside is neither format nor line end", text_from_outside_is_neither_format_nor_line_end},
		{"all records are out, in order, when it is closed", all_records_are_out_in_order_when_it_is_closed},
		{"the same cause is told once an interval", the_same_cause_is_told_once_an_interval},
		{"a file that cannot be had is told", a_file_that_cannot_be_had_is_told},
		{"a recorder's file reads as its dump", a_recorder_file_reads_as_its_dump},
		{"a damaged recorder's file is refused", a_damaged_recorder_file_is_refused},
		{"the recorder takes every level", the_recorder_takes_every_level},
		{"the ring keeps the last and drops the first", the_ring_keeps_the_last_and_drops_the_first},
		{"what is recorded survives a kill", what_is_recorded_survives_a_kill},
		{"a rotated file is opened anew", a_rotated_file_is_opened_anew},
	};
	char command[128];

	snprintf(directory, sizeof(directory), "/tmp/test_log.XXXXXX");
	if (mkdtemp(directory) == NULL)
		return 1;
	const int failed = check_run("log", cases, sizeof(cases) / sizeof(cases[0]));
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) != 0 || failed;
}
