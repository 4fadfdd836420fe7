/* Any bytes are a checkpoint or are refused; with its checksum made right too, and what is read can be written again, the same. */
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/tools/ckpt_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(struct bytes bytes)
{
	struct ckpt_file file;
	struct wire_writer again = {0};

	if (ckpt_file_decode(bytes, &file) != NULL)
		return;
	ckpt_file_encode(&again, &file);
	if (!bytes_equal(wire_writer_bytes(&again), bytes))
		abort();
	wire_writer_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_writer whole = {0};

	decode(bytes_of(data, size));
	wire_put_raw(&whole, "AISCKPT\0\1\0", 10);
	wire_put_raw(&whole, data, size);
	if (!whole.failed)
		wire_put_u64(&whole, digest_bytes(CKPT_FILE_FORMAT, wire_writer_bytes(&whole)));
	decode(wire_writer_bytes(&whole));
	wire_writer_clear(&whole);
	return 0;
}
