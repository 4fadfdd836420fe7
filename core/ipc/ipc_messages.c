#include "core/ipc/ipc_messages.h"

static const uint32_t ipc_magic = 0x6c736961; /* "aisl": whoever speaks something else finds out at once */

static bool service_is_valid(struct bytes service)
{
	for (size_t i = 0; i < service.size; i++) {
		const uint8_t letter = service.data[i];
		if (!((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_'))
			return false;
	}
	return service.size > 0;
}

void ipc_hello_encode(struct wire_writer *out, const struct ipc_hello *hello)
{
	wire_put_format(out, IPC_FORMAT);
	wire_put_u32(out, ipc_magic);
	wire_put_bytes(out, bytes_of_text(hello->service));
	wire_put_u64(out, hello->clock);
}

/* A younger client's appended fields may be there and are ignored: it is told our format by what it gets. */
bool ipc_hello_decode(struct wire_reader *in, struct ipc_hello *hello)
{
	const uint16_t format = wire_get_u16(in);
	if (format == 0 || wire_get_u32(in) != ipc_magic)
		wire_fail(in);
	const struct bytes service = wire_get_bytes(in, IPC_SERVICE_SIZE_MAX);

	*hello = (struct ipc_hello){.clock = wire_get_u64(in)};
	if (in->failed || !service_is_valid(service))
		return false;
	memcpy(hello->service, service.data, service.size);
	return format > IPC_FORMAT || wire_finish(in);
}

void ipc_welcome_encode(struct wire_writer *out, const struct ipc_welcome *welcome)
{
	wire_put_format(out, IPC_FORMAT);
	wire_put_u32(out, ipc_magic);
	wire_put_u32(out, welcome->code);
	wire_put_u32(out, welcome->ring_size);
	wire_put_u64(out, welcome->request_size_max);
}

bool ipc_welcome_decode(struct wire_reader *in, struct ipc_welcome *welcome)
{
	wire_get_format_of(in, IPC_FORMAT);
	if (wire_get_u32(in) != ipc_magic)
		wire_fail(in);
	welcome->code = wire_get_u32(in);
	welcome->ring_size = wire_get_u32(in);
	welcome->request_size_max = wire_get_u64(in);
	return wire_finish(in);
}

void ipc_record_encode(uint8_t header[IPC_RECORD_SIZE], const struct ipc_record *record)
{
	struct wire_writer out = {.data = header, .capacity = IPC_RECORD_SIZE}; /* filled exactly, so it never grows */

	wire_put_u32(&out, record->size);
	wire_put_u32(&out, record->total);
	wire_put_u16(&out, record->kind);
	wire_put_u16(&out, 0);
	wire_put_u32(&out, record->code);
	wire_put_u64(&out, record->call);
	wire_put_i64(&out, record->timeout_ns);
	wire_put_i64(&out, record->asked_ns);
}

bool ipc_record_decode(const uint8_t header[IPC_RECORD_SIZE], struct ipc_record *record)
{
	struct wire_reader in = wire_reader_of(bytes_of(header, IPC_RECORD_SIZE));

	record->size = wire_get_u32(&in);
	record->total = wire_get_u32(&in);
	record->kind = wire_get_u16(&in);
	if (wire_get_u16(&in) != 0)
		wire_fail(&in);
	record->code = wire_get_u32(&in);
	record->call = wire_get_u64(&in);
	record->timeout_ns = wire_get_i64(&in);
	record->asked_ns = wire_get_i64(&in);
	return wire_finish(&in) && record->size <= record->total && (record->size > 0 || record->total == 0);
}

enum ipc_put ipc_record_put(struct ipc_ring *ring, struct ipc_record record, const uint8_t *body, size_t *done)
{
	const uint32_t part_max = ring->size / 4 - IPC_RECORD_SIZE; /* so that both ends work at once on a long message */
	uint8_t header[IPC_RECORD_SIZE];

	do {
		const size_t left = record.total - *done;
		record.size = left < part_max ? (uint32_t)left : part_max;
		const uint32_t needed = IPC_RECORD_SIZE + ipc_ring_padded(record.size), room = ipc_ring_room_or_ask(ring, needed);
		if (room == ipc_ring_broken)
			return IPC_PUT_BROKEN;
		if (room < needed)
			return IPC_PUT_FULL;
		ipc_record_encode(header, &record);
		ipc_ring_put(ring, header, sizeof header);
		if (record.size > 0)
			ipc_ring_put(ring, body + *done, record.size);
		*done += record.size;
	} while (*done < record.total);
	return IPC_PUT_DONE;
}

/* Does this part belong behind those that have come? */
static bool record_continues(const struct ipc_assembly *assembly, const struct ipc_record *part)
{
	const struct ipc_record *first = &assembly->record;

	return assembly->is_open && part->call == first->call && part->kind == first->kind && part->total == first->total &&
	       part->size <= first->total - assembly->body.size;
}

static enum ipc_take take_broken(const char **why, const char *text)
{
	*why = text;
	return IPC_TAKE_BROKEN;
}

enum ipc_take ipc_assembly_take(struct ipc_assembly *assembly, struct ipc_ring *ring, size_t size_max, const char **why)
{
	const uint32_t available = ipc_ring_available(ring);
	uint8_t header[IPC_RECORD_SIZE];
	struct ipc_record part;

	if (available == 0)
		return IPC_TAKE_NOTHING;
	if (available == ipc_ring_broken || available < IPC_RECORD_SIZE)
		return take_broken(why, "impossible ring position");
	ipc_ring_get(ring, header, sizeof header);
	if (!ipc_record_decode(header, &part))
		return take_broken(why, "malformed record");
	if (part.total > size_max)
		return take_broken(why, "message above the limit");
	if (part.size > available - IPC_RECORD_SIZE || ipc_ring_padded(part.size) > available - IPC_RECORD_SIZE)
		return take_broken(why, "record longer than what was written");
	if (!record_continues(assembly, &part)) {
		assembly->record = part;
		wire_writer_reset(&assembly->body);
	}
	assembly->is_open = true;

	struct wire_writer *body = &assembly->body;
	const size_t size = body->size;
	if (body->data == NULL || body->capacity - size < part.size)
		wire_put_zeros(body, part.size > 0 ? part.size : 1); /* makes room */
	if (body->failed) {
		ipc_assembly_clear(assembly);
		return IPC_TAKE_NO_MEMORY;
	}
	ipc_ring_get(ring, body->data + size, part.size); /* the one copy: from here on the producer can change nothing */
	body->size = size + part.size;
	if (body->size < assembly->record.total)
		return IPC_TAKE_PART;
	assembly->is_open = false;
	return IPC_TAKE_MESSAGE;
}

void ipc_assembly_clear(struct ipc_assembly *assembly)
{
	wire_writer_clear(&assembly->body);
	*assembly = (struct ipc_assembly){0};
}
