/* See boot_time.h. One line in the file `boot`: the boot's name, a blank, nanoseconds since 1970. Whatever else is in it is as none. */
#include "core/daemon/boot_time.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = BOOT_ID_SIZE + 24 };

/* False: not there, or longer than `size` - 1. */
static bool text_read(const char *path, char *text, size_t size)
{
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (descriptor < 0)
		return false;
	const ssize_t length = read(descriptor, text, size);
	close(descriptor);
	if (length < 0 || (size_t)length >= size)
		return false;
	text[length] = '\0';
	return true;
}

void boot_id_read(char id[BOOT_ID_SIZE])
{
	if (!text_read("/proc/sys/kernel/random/boot_id", id, BOOT_ID_SIZE))
		id[0] = '\0';
	id[strcspn(id, "\n")] = '\0';
}

/* What is read has to be what would be written, to the letter. */
static bool line_parse(const char *line, const char *id, int64_t *boot_ns)
{
	char again[LINE_SIZE];
	const size_t length = strlen(id);

	if (strncmp(line, id, length) != 0 || line[length] != ' ')
		return false;
	*boot_ns = strtoll(line + length + 1, NULL, 10);
	snprintf(again, sizeof(again), "%s %" PRId64 "\n", id, *boot_ns);
	return strcmp(line, again) == 0;
}

static void line_keep(const char *directory, const char *path, const char *line)
{
	char temporary[PATH_MAX];

	if (snprintf(temporary, sizeof(temporary), "%s/boot.new", directory) >= (int)sizeof(temporary))
		return;
	unlink(temporary); /* what a daemon that died while writing has left */
	const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (descriptor < 0)
		return;
	const bool written = write(descriptor, line, strlen(line)) == (ssize_t)strlen(line);
	if (close(descriptor) != 0 || !written || rename(temporary, path) != 0)
		unlink(temporary);
}

int64_t boot_time_ns(const char *run_directory, const char *id, int64_t wall_ns, int64_t uptime_ns)
{
	char path[PATH_MAX], line[LINE_SIZE];
	int64_t boot_ns;

	if (id[0] == '\0' || snprintf(path, sizeof(path), "%s/boot", run_directory) >= (int)sizeof(path))
		return wall_ns - uptime_ns;
	if (text_read(path, line, sizeof(line)) && line_parse(line, id, &boot_ns))
		return boot_ns;
	boot_ns = wall_ns - uptime_ns;
	snprintf(line, sizeof(line), "%s %" PRId64 "\n", id, boot_ns);
	line_keep(run_directory, path, line);
	return boot_ns;
}
