/* Fuzzes every decoder of TMR: the first byte chooses the message; what decodes encodes to the same bytes. */
#include <assert.h>

#include "ais/tmr/tmr_messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool report_again(struct wire_reader *in, struct wire_writer *out)
{
	struct tmr_report report;
	if (!tmr_report_decode(in, &report))
		return false;
	tmr_report_encode(out, &report);
	return true;
}

static bool list_request_again(struct wire_reader *in, struct wire_writer *out)
{
	if (!tmr_list_request_decode(in))
		return false;
	tmr_list_request_encode(out);
	return true;
}

static bool list_again(struct wire_reader *in, struct wire_writer *out)
{
	struct tmr_list_entry entry;
	struct tmr_list list;
	if (!tmr_list_decode(in, &list))
		return false;
	tmr_list_encode(out, &list);
	for (uint32_t i = 0; i < list.count; i++) {
		if (!tmr_list_entry_decode(in, &entry))
			return false;
		tmr_list_entry_encode(out, &entry);
	}
	return wire_finish(in);
}

static bool (*const again[])(struct wire_reader *in, struct wire_writer *out) = {report_again, list_request_again, list_again};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_writer out = {0};

	if (size == 0)
		return 0;
	struct wire_reader in = wire_reader_of(bytes_of(data + 1, size - 1));
	if (again[data[0] % (sizeof again / sizeof *again)](&in, &out))
		assert(out.size == size - 1 && memcmp(out.data, data + 1, size - 1) == 0);
	wire_writer_clear(&out);
	return 0;
}
