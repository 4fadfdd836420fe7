/* `ais recorder show`: a flight recorder's file in lines, the oldest first. Asks no daemon. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log/recorder.h"
#include "core/tools/ais.h"
#include "core/tools/output.h"

enum { FILE_SIZE_MAX = 512 << 20 };

/* Copied: the daemon may be writing. NULL: complained. */
static uint8_t *file_read(const char *path, size_t *size)
{
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	uint8_t *data = NULL;

	*size = 0;
	if (descriptor < 0 || fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_SIZE_MAX) {
		ais_complain("%s: %s", path, descriptor < 0 ? strerror(errno) : "no flight recorder's file");
	} else {
		data = malloc((size_t)status.st_size + 1);
		for (ssize_t done = 1; data != NULL && done > 0 && *size < (size_t)status.st_size; *size += done > 0 ? (size_t)done : 0)
			done = read(descriptor, data + *size, (size_t)status.st_size - *size);
		if (data == NULL)
			ais_complain("no memory");
	}
	if (descriptor >= 0)
		close(descriptor);
	return data;
}

/* A line may begin in the first piece and end in the second. */
static void lines_print(const struct recorder_text *text)
{
	const struct bytes pieces[] = {bytes_of(text->first, text->first_size), bytes_of(text->second, text->second_size)};
	bool begun = false;

	if (text->is_cut)
		fputs("...", stdout);
	for (size_t i = 0; i < 2; i++) {
		for (size_t at = 0; at < pieces[i].size;) {
			const uint8_t *end = memchr(pieces[i].data + at, '\n', pieces[i].size - at);
			const size_t size = end == NULL ? pieces[i].size - at : (size_t)(end - pieces[i].data) - at;

			print_escaped(stdout, bytes_of(pieces[i].data + at, size));
			if (end != NULL)
				putchar('\n');
			begun = end == NULL;
			at += size + (end != NULL);
		}
	}
	if (begun)
		putchar('\n');
}

int ais_recorder_show(const struct ais_options *options)
{
	const char *path = options->arguments[0];
	struct recorder_text text;
	size_t size;
	uint8_t *data = file_read(path, &size);
	int code = AIS_EXIT_FAILED;

	if (data != NULL && recorder_text(data, size, &text)) {
		lines_print(&text);
		code = AIS_EXIT_OK;
	} else if (data != NULL) {
		ais_complain("%s: damaged, or of another release's format", path);
	}
	free(data);
	return code;
}
