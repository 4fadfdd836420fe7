/* Fuzzes the two greetings' decoders: what decodes encodes to the same. */
#include <assert.h>
#include <stddef.h>

#include "core/ipc/ipc_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reader in = wire_reader_of(bytes_of(data, size));
	struct wire_writer out = {0};
	struct ipc_hello hello, again;
	struct ipc_welcome welcome;

	if (ipc_hello_decode(&in, &hello)) {
		ipc_hello_encode(&out, &hello);
		in = wire_reader_of(wire_writer_bytes(&out));
		assert(ipc_hello_decode(&in, &again) && strcmp(hello.service, again.service) == 0);
	}
	wire_writer_reset(&out);
	in = wire_reader_of(bytes_of(data, size));
	if (ipc_welcome_decode(&in, &welcome)) {
		ipc_welcome_encode(&out, &welcome);
		assert(bytes_equal(wire_writer_bytes(&out), bytes_of(data, size)));
	}
	wire_writer_clear(&out);
	return 0;
}
