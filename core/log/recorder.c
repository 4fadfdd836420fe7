/* The flight recorder's ring of bytes. Header and bytes share one mapping, so the file alone tells what was recorded last. Not here:
 * what is recorded (log.c), when it is dumped (the daemon). */
#include "core/log/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char recorder_magic[8] = "AISLEREC";

enum { RECORDER_FORMAT = 1, RECORDER_HEADER_SIZE = 64 };

/* At the beginning of the mapping; in the host's byte order, for it is read on this host alone. */
struct recorder_header {
	char magic[8];
	uint32_t format;
	uint32_t pid;
	uint64_t size;    /* of the ring that follows at RECORDER_HEADER_SIZE */
	uint64_t written; /* bytes ever; the next goes to written % size */
	uint32_t clean;   /* 1: closed */
};

struct recorder {
	struct recorder_header *header;
	uint8_t *ring;
	size_t size;
	bool mapped, found_previous;
	char path[4096];
};

static bool previous_is_unclean(const char *path)
{
	struct recorder_header header = {0};
	const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (descriptor < 0)
		return false;
	const bool whole = read(descriptor, &header, sizeof(header)) == (ssize_t)sizeof(header);
	close(descriptor);
	return whole && memcmp(header.magic, recorder_magic, sizeof(recorder_magic)) == 0 && header.clean == 0 && header.written > 0;
}

/* Room is reserved at once: a hole in a full file system would be a SIGBUS later. */
static void *map_file(const char *path, size_t size)
{
	const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (descriptor < 0)
		return MAP_FAILED;
	void *mapping = MAP_FAILED;
	if (posix_fallocate(descriptor, 0, (off_t)size) == 0)
		mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	close(descriptor);
	if (mapping == MAP_FAILED)
		unlink(path);
	return mapping;
}

static void *map_recorder(struct recorder *recorder, const char *path, size_t size)
{
	if (path != NULL && snprintf(recorder->path, sizeof(recorder->path), "%s", path) < (int)sizeof(recorder->path)) {
		char previous[sizeof(recorder->path) + 16];

		snprintf(previous, sizeof(previous), "%s.previous", path);
		recorder->found_previous = previous_is_unclean(path) && rename(path, previous) == 0;
		unlink(path);
		void *mapping = map_file(path, size);
		recorder->mapped = mapping != MAP_FAILED;
		if (recorder->mapped)
			return mapping;
	}
	recorder->path[0] = '\0';
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

struct recorder *recorder_open(const char *path, size_t size)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (recorder == NULL)
		return NULL;
	recorder->size = size < RECORDER_SIZE_MIN ? RECORDER_SIZE_MIN : size;
	void *mapping = map_recorder(recorder, path, RECORDER_HEADER_SIZE + recorder->size);
	if (mapping == MAP_FAILED) {
		free(recorder);
		return NULL;
	}
	recorder->header = mapping;
	recorder->ring = (uint8_t *)mapping + RECORDER_HEADER_SIZE;
	*recorder->header = (struct recorder_header){.format = RECORDER_FORMAT, .pid = (uint32_t)getpid(), .size = recorder->size};
	memcpy(recorder->header->magic, recorder_magic, sizeof(recorder_magic));
	return recorder;
}

void recorder_close(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	recorder->header->clean = 1;
	munmap(recorder->header, RECORDER_HEADER_SIZE + recorder->size);
	if (recorder->mapped)
		unlink(recorder->path);
	free(recorder);
}

bool recorder_is_mapped(const struct recorder *recorder)
{
	return recorder->mapped;
}

bool recorder_found_previous(const struct recorder *recorder)
{
	return recorder->found_previous;
}

bool recorder_give_to(const struct recorder *recorder, uint32_t uid, uint32_t gid)
{
	return !recorder->mapped || lchown(recorder->path, uid, gid) == 0;
}

static void ring_append(struct recorder *recorder, const char *text, size_t size)
{
	const size_t at = (size_t)(recorder->header->written % recorder->size);
	const size_t first = size < recorder->size - at ? size : recorder->size - at;

	memcpy(recorder->ring + at, text, first);
	memcpy(recorder->ring, text + first, size - first);
	recorder->header->written += size;
}

void recorder_write(struct recorder *recorder, const char *text, size_t size)
{
	/* A record larger than a quarter of the ring would push out what it is to be understood by. */
	ring_append(recorder, text, size < recorder->size / 4 ? size : recorder->size / 4);
	ring_append(recorder, "\n", 1);
}

static bool write_all(int descriptor, const uint8_t *data, size_t size)
{
	while (size > 0) {
		const ssize_t done = write(descriptor, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		size -= (size_t)done;
	}
	return true;
}

/* Where the oldest byte lies, how many there are up to the ring's end, and how many follow at its beginning. */
static size_t ring_pieces(const struct recorder *recorder, size_t *first, size_t *second)
{
	const uint64_t written = recorder->header->written;

	if (written <= recorder->size) {
		*first = (size_t)written;
		*second = 0;
		return 0;
	}
	const size_t at = (size_t)(written % recorder->size);
	*first = recorder->size - at;
	*second = at;
	return at;
}

bool recorder_dump_to(const struct recorder *recorder, int descriptor)
{
	size_t first, second;
	const size_t at = ring_pieces(recorder, &first, &second);

	return write_all(descriptor, recorder->ring + at, first) && write_all(descriptor, recorder->ring, second);
}

bool recorder_dump_file(const struct recorder *recorder, const char *path)
{
	const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (descriptor < 0)
		return false;
	const bool written = recorder_dump_to(recorder, descriptor);
	return close(descriptor) == 0 && written;
}

size_t recorder_copy(const struct recorder *recorder, uint8_t **data)
{
	size_t first, second;
	const size_t at = ring_pieces(recorder, &first, &second);

	*data = malloc(first + second + 1);
	if (*data == NULL)
		return 0;
	memcpy(*data, recorder->ring + at, first);
	memcpy(*data + first, recorder->ring, second);
	return first + second;
}

bool recorder_text(const uint8_t *data, size_t size, struct recorder_text *text)
{
	struct recorder_header header;

	*text = (struct recorder_text){.first = data, .first_size = size};
	if (size < sizeof(recorder_magic) || memcmp(data, recorder_magic, sizeof(recorder_magic)) != 0)
		return true;
	if (size < RECORDER_HEADER_SIZE)
		return false;
	memcpy(&header, data, sizeof(header));
	if (header.format != RECORDER_FORMAT || header.size == 0 || header.size > size - RECORDER_HEADER_SIZE)
		return false;
	const uint8_t *ring = data + RECORDER_HEADER_SIZE;
	const size_t at = header.written <= header.size ? 0 : (size_t)(header.written % header.size);
	*text = (struct recorder_text){.first = ring + at, .first_size = (size_t)(header.written <= header.size ? header.written : header.size - at),
	                               .second = ring, .second_size = at, .is_cut = header.written > header.size};
	return true;
}
