/* Fuzzes the daemon's side of a client's rings: the input is what a client does to the mapping, and when the daemon looks. The session must
 * stay within its mapping and its bounds, whatever stands there. */
#include <assert.h>
#include <stdlib.h>

#include "core/ipc/ipc_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RING_SIZE = IPC_RING_SIZE_MIN, REQUEST_SIZE_MAX = 20000, PENDING_SIZE_MAX = 50000 };

/* One record with fields of the input, in place where an honest client would put it. */
static void client_puts(struct ipc_ring *ring, struct wire_reader *in)
{
	uint8_t header[IPC_RECORD_SIZE];
	const struct ipc_record record = {.size = wire_get_u16(in), .total = wire_get_u16(in), .kind = wire_get_u8(in),
	                                  .call = wire_get_u8(in), .timeout_ns = -1};
	const struct bytes body = wire_get_raw(in, record.size < in->left ? record.size : in->left);

	ipc_record_encode(header, &record);
	ipc_ring_put(ring, header, sizeof header);
	if (body.size > 0)
		ipc_ring_put(ring, body.data, (uint32_t)(body.size < RING_SIZE ? body.size : RING_SIZE));
	ipc_ring_publish(ring);
}

static void client_scribbles(uint8_t *mapping, struct wire_reader *in)
{
	const size_t at = wire_get_u32(in) % ipc_mapping_size(RING_SIZE);
	const struct bytes what = wire_get_raw(in, wire_get_u8(in));

	for (size_t i = 0; i < what.size && at + i < ipc_mapping_size(RING_SIZE); i++)
		mapping[at + i] = what.data[i];
}

static void client_lies(uint8_t *mapping, struct wire_reader *in)
{
	const size_t word = wire_get_u8(in) % 12;

	*(uint32_t *)(void *)(mapping + word * IPC_CACHE_LINE) = wire_get_u32(in);
}

/* False: it is to be cut off. */
static bool daemon_looks(struct ipc_session *session)
{
	ipc_session_publish(session);
	if (!ipc_session_flush(session))
		return false;
	for (uint32_t i = 0; i < 8 && ipc_session_is_open(session); i++) {
		const enum ipc_take take = ipc_session_take(session);
		if (take == IPC_TAKE_NOTHING)
			return true;
		if (take == IPC_TAKE_BROKEN)
			return false;
		if (take != IPC_TAKE_MESSAGE)
			continue;
		const struct bytes body = wire_writer_bytes(&session->assembly.body);
		assert(body.size == session->assembly.record.total && body.size <= REQUEST_SIZE_MAX);
		const uint64_t call = session->assembly.record.call;
		if (call % 3 == 1 && !ipc_session_event(session, 7, body))
			return false;
		if (call % 3 != 2 && !ipc_session_answer(session, call, 1, body))
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ipc_session_limits limits = {.request_size_max = REQUEST_SIZE_MAX, .pending_size_max = PENDING_SIZE_MAX,
	                                                 .calls_max = 16};
	struct wire_reader in = wire_reader_of(bytes_of(data, size));
	uint8_t *mapping = aligned_alloc(4096, ipc_mapping_size(RING_SIZE));
	struct ipc_session session;
	struct ipc_ring request, answer, event;
	bool is_open = true;

	memset(mapping, 0, ipc_mapping_size(RING_SIZE));
	ipc_session_init(&session, &limits, mapping, RING_SIZE);
	ipc_rings_of_mapping(mapping, RING_SIZE, &request, &answer, &event);
	while (in.left > 0 && is_open) {
		switch (wire_get_u8(&in) % 6) {
		case 0:
			client_puts(&request, &in);
			break;
		case 1:
			client_scribbles(mapping, &in);
			break;
		case 2:
			client_lies(mapping, &in);
			break;
		case 3: /* takes all answers and events */
			answer.words->head = answer.words->tail;
			event.words->head = event.words->tail & ~1u;
			break;
		default:
			is_open = daemon_looks(&session);
			assert(session.pending_size <= PENDING_SIZE_MAX + REQUEST_SIZE_MAX + 4096);
		}
	}
	ipc_session_clear(&session);
	free(mapping);
	return 0;
}
