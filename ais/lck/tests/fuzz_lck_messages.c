/* Fuzz target: the first byte chooses a message, the rest is fed to its decoder; what decodes is walked and written back, and must be the
 * bytes that came. */
#include <stdlib.h>

#include "ais/lck/tests/lck_messages_all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_writer again = {0};

	if (size == 0)
		return 0;
	const struct bytes message = bytes_of(data + 1, size - 1);
	struct wire_reader in = wire_reader_of(message);
	if (lck_message_kinds[data[0] % lck_message_kind_count].again(&in, &again) && !bytes_equal(wire_writer_bytes(&again), message))
		abort();
	wire_writer_clear(&again);
	return 0;
}
