/* The one cursor that all messages are written and read with: little-endian, bounds-checked, sticky error, views without copies.
 * Not here: what the messages are; each service has its own *_messages.[ch]. */
#ifndef AISLE_BASE_WIRE_H
#define AISLE_BASE_WIRE_H

#include "core/base/bytes.h"

/* Grows as needed. `failed` is sticky: memory ran out, and the content is not to be used. All zero is a valid empty writer. */
struct wire_writer {
	uint8_t *data;
	size_t size;
	size_t capacity;
	bool failed;
};

/* `failed` is sticky: after it every read yields zero or an empty view, so one check at the end is enough. */
struct wire_reader {
	const uint8_t *data;
	size_t left;
	bool failed;
};

void wire_writer_clear(struct wire_writer *out); /* frees; the writer is empty and usable again */
void wire_writer_reset(struct wire_writer *out); /* empties, keeps the memory */
struct bytes wire_writer_bytes(const struct wire_writer *out);

void wire_put_u8(struct wire_writer *out, uint8_t value);
void wire_put_u16(struct wire_writer *out, uint16_t value);
void wire_put_u32(struct wire_writer *out, uint32_t value);
void wire_put_u64(struct wire_writer *out, uint64_t value);
void wire_put_i64(struct wire_writer *out, int64_t value);
void wire_put_bool(struct wire_writer *out, bool value);
void wire_put_bytes(struct wire_writer *out, struct bytes value); /* a 32-bit length, then the bytes */
void wire_put_raw(struct wire_writer *out, const void *data, size_t size);
void wire_put_zeros(struct wire_writer *out, size_t size);
void wire_put_format(struct wire_writer *out, uint16_t format);
void wire_set_u32(struct wire_writer *out, size_t offset, uint32_t value); /* overwrites four bytes written before */

struct wire_reader wire_reader_of(struct bytes message);
uint8_t wire_get_u8(struct wire_reader *in);
uint16_t wire_get_u16(struct wire_reader *in);
uint32_t wire_get_u32(struct wire_reader *in);
uint64_t wire_get_u64(struct wire_reader *in);
int64_t wire_get_i64(struct wire_reader *in);
bool wire_get_bool(struct wire_reader *in);                            /* fails on anything but 0 and 1 */
struct bytes wire_get_bytes(struct wire_reader *in, size_t size_max); /* a view; fails when longer than size_max or than what is left */
struct bytes wire_get_raw(struct wire_reader *in, size_t size);
struct bytes wire_get_rest(struct wire_reader *in); /* all that is left */
uint16_t wire_get_format(struct wire_reader *in, uint16_t format_max); /* fails on 0 and on formats younger than format_max */
void wire_get_format_of(struct wire_reader *in, uint16_t format); /* fails on every other: what is said between nodes at one format */
/* For a list of `count` entries of at least `entry_size_min` bytes: fails, and yields 0, when so many cannot be left. To be asked
 * before anything is allocated for them. */
uint32_t wire_get_count(struct wire_reader *in, size_t entry_size_min, uint32_t count_max);
void wire_fail(struct wire_reader *in);
bool wire_finish(const struct wire_reader *in); /* true: no read failed and nothing is left */

#endif
