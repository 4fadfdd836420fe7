/* See ring_store.h. */
#include "core/daemon/ring_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/hash.h"
#include "core/base/wire.h"

enum { RING_STORE_FORMAT = 1, RING_STORE_SIZE = 8 + 2 + 4 + 8 + 8 };

static const char ring_store_magic[8] = "AISLERNG";

struct path {
	char text[4096];
};

static struct path path_of(const char *directory, uint32_t node, const char *suffix)
{
	struct path path;

	snprintf(path.text, sizeof(path.text), "%s/ring-%u%s", directory, node, suffix);
	return path;
}

static void record_encode(struct wire_writer *out, uint32_t node, uint64_t ring_seq)
{
	wire_put_raw(out, ring_store_magic, sizeof(ring_store_magic));
	wire_put_format(out, RING_STORE_FORMAT);
	wire_put_u32(out, node);
	wire_put_u64(out, ring_seq);
	wire_put_u64(out, digest_bytes(node, wire_writer_bytes(out)));
}

static bool record_decode(struct bytes record, uint32_t node, uint64_t *ring_seq)
{
	struct wire_reader in = wire_reader_of(record);
	const struct bytes magic = wire_get_raw(&in, sizeof(ring_store_magic));

	wire_get_format(&in, RING_STORE_FORMAT);
	const uint32_t owner = wire_get_u32(&in);
	*ring_seq = wire_get_u64(&in);
	const uint64_t digest = wire_get_u64(&in);
	return wire_finish(&in) && bytes_equal(magic, bytes_of(ring_store_magic, sizeof(ring_store_magic))) && owner == node &&
	       digest == digest_bytes(node, bytes_of(record.data, record.size - sizeof(digest)));
}

enum ring_store_found ring_store_load(const char *directory, uint32_t node, uint64_t *ring_seq)
{
	uint8_t record[RING_STORE_SIZE + 1];
	const int descriptor = open(path_of(directory, node, "").text, O_RDONLY | O_CLOEXEC);

	*ring_seq = 0;
	if (descriptor < 0)
		return errno == ENOENT ? RING_STORE_MISSING : RING_STORE_UNREADABLE;
	const ssize_t size = read(descriptor, record, sizeof(record));
	close(descriptor);
	if (size < 0)
		return RING_STORE_UNREADABLE;
	if (size == RING_STORE_SIZE && record_decode(bytes_of(record, RING_STORE_SIZE), node, ring_seq))
		return RING_STORE_FOUND;
	*ring_seq = 0;
	return RING_STORE_DAMAGED;
}

static bool directory_sync(const char *directory)
{
	const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (descriptor < 0)
		return false;
	const bool synced = fsync(descriptor) == 0 || errno == EINVAL; /* some file systems cannot sync a directory and need not */
	close(descriptor);
	return synced;
}

static bool file_write(const char *path, struct bytes record)
{
	const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (descriptor < 0)
		return false;
	const bool written = write(descriptor, record.data, record.size) == (ssize_t)record.size && fsync(descriptor) == 0;
	const int why = errno;
	close(descriptor);
	errno = why;
	return written;
}

bool ring_store_save(const char *directory, uint32_t node, uint64_t ring_seq)
{
	const struct path path = path_of(directory, node, ""), new = path_of(directory, node, ".new");
	struct wire_writer record = {0};

	record_encode(&record, node, ring_seq);
	const bool saved = !record.failed && file_write(new.text, wire_writer_bytes(&record)) && rename(new.text, path.text) == 0 &&
	                   directory_sync(directory);
	const int why = errno;
	wire_writer_clear(&record);
	errno = why;
	return saved;
}

uint64_t ring_store_guess(int64_t wall_ns)
{
	return wall_ns < 4000000 ? 4 : (uint64_t)wall_ns / 1000000; /* a ring takes 4 numbers */
}
