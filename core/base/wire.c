#include "core/base/wire.h"

#include <stdlib.h>

static bool writer_reserve(struct wire_writer *out, size_t size)
{
	if (out->failed)
		return false;
	if (size <= out->capacity - out->size)
		return true;

	size_t capacity = out->capacity < 128 ? 128 : out->capacity;
	while (capacity - out->size < size) {
		if (capacity > SIZE_MAX / 2) {
			out->failed = true;
			return false;
		}
		capacity *= 2;
	}
	uint8_t *data = realloc(out->data, capacity);
	if (data == NULL) {
		out->failed = true;
		return false;
	}
	out->data = data;
	out->capacity = capacity;
	return true;
}

static void put_little_endian(struct wire_writer *out, uint64_t value, size_t size)
{
	if (!writer_reserve(out, size))
		return;
	for (size_t i = 0; i < size; i++)
		out->data[out->size++] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_little_endian(struct wire_reader *in, size_t size)
{
	const struct bytes raw = wire_get_raw(in, size);
	uint64_t value = 0;

	for (size_t i = 0; i < raw.size; i++)
		value |= (uint64_t)raw.data[i] << (8 * i);
	return value;
}

void wire_writer_clear(struct wire_writer *out)
{
	free(out->data);
	*out = (struct wire_writer){0};
}

void wire_writer_reset(struct wire_writer *out)
{
	out->size = 0;
	out->failed = false;
}

struct bytes wire_writer_bytes(const struct wire_writer *out)
{
	return bytes_of(out->data, out->size);
}

void wire_put_u8(struct wire_writer *out, uint8_t value)
{
	put_little_endian(out, value, 1);
}

void wire_put_u16(struct wire_writer *out, uint16_t value)
{
	put_little_endian(out, value, 2);
}

void wire_put_u32(struct wire_writer *out, uint32_t value)
{
	put_little_endian(out, value, 4);
}

void wire_put_u64(struct wire_writer *out, uint64_t value)
{
	put_little_endian(out, value, 8);
}

void wire_put_i64(struct wire_writer *out, int64_t value)
{
	put_little_endian(out, (uint64_t)value, 8);
}

void wire_put_bool(struct wire_writer *out, bool value)
{
	put_little_endian(out, value ? 1 : 0, 1);
}

void wire_put_bytes(struct wire_writer *out, struct bytes value)
{
	if (value.size > UINT32_MAX) {
		out->failed = true;
		return;
	}
	wire_put_u32(out, (uint32_t)value.size);
	wire_put_raw(out, value.data, value.size);
}

void wire_put_raw(struct wire_writer *out, const void *data, size_t size)
{
	if (size == 0 || !writer_reserve(out, size))
		return;
	memcpy(out->data + out->size, data, size);
	out->size += size;
}

void wire_put_zeros(struct wire_writer *out, size_t size)
{
	if (size == 0 || !writer_reserve(out, size))
		return;
	memset(out->data + out->size, 0, size);
	out->size += size;
}

void wire_put_format(struct wire_writer *out, uint16_t format)
{
	wire_put_u16(out, format);
}

void wire_set_u32(struct wire_writer *out, size_t offset, uint32_t value)
{
	if (out->failed || out->size < 4 || offset > out->size - 4)
		return;
	for (size_t i = 0; i < 4; i++)
		out->data[offset + i] = (uint8_t)(value >> (8 * i));
}

struct wire_reader wire_reader_of(struct bytes message)
{
	return (struct wire_reader){.data = message.data, .left = message.size};
}

uint8_t wire_get_u8(struct wire_reader *in)
{
	return (uint8_t)get_little_endian(in, 1);
}

uint16_t wire_get_u16(struct wire_reader *in)
{
	return (uint16_t)get_little_endian(in, 2);
}

uint32_t wire_get_u32(struct wire_reader *in)
{
	return (uint32_t)get_little_endian(in, 4);
}

uint64_t wire_get_u64(struct wire_reader *in)
{
	return get_little_endian(in, 8);
}

int64_t wire_get_i64(struct wire_reader *in)
{
	return (int64_t)get_little_endian(in, 8);
}

bool wire_get_bool(struct wire_reader *in)
{
	const uint8_t value = wire_get_u8(in);

	if (value > 1)
		wire_fail(in);
	return value == 1 && !in->failed;
}

struct bytes wire_get_bytes(struct wire_reader *in, size_t size_max)
{
	const uint32_t size = wire_get_u32(in);

	if (size > size_max)
		wire_fail(in);
	return wire_get_raw(in, size);
}

struct bytes wire_get_raw(struct wire_reader *in, size_t size)
{
	if (in->failed || size > in->left) {
		wire_fail(in);
		return (struct bytes){0};
	}
	const struct bytes view = bytes_of(in->data, size);
	if (size > 0)
		in->data += size;
	in->left -= size;
	return view;
}

struct bytes wire_get_rest(struct wire_reader *in)
{
	return wire_get_raw(in, in->left);
}

uint16_t wire_get_format(struct wire_reader *in, uint16_t format_max)
{
	const uint16_t format = wire_get_u16(in);

	if (format == 0 || format > format_max)
		wire_fail(in);
	return in->failed ? 0 : format;
}

void wire_get_format_of(struct wire_reader *in, uint16_t format)
{
	if (wire_get_u16(in) != format)
		wire_fail(in);
}

uint32_t wire_get_count(struct wire_reader *in, size_t entry_size_min, uint32_t count_max)
{
	const uint32_t count = wire_get_u32(in);

	if (in->failed || count > count_max || (entry_size_min > 0 && count > in->left / entry_size_min)) {
		wire_fail(in);
		return 0;
	}
	return count;
}

void wire_fail(struct wire_reader *in)
{
	in->failed = true;
	in->left = 0;
}

bool wire_finish(const struct wire_reader *in)
{
	return !in->failed && in->left == 0;
}
