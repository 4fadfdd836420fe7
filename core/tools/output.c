/* See output.h. */
#include "core/tools/output.h"

#include <assert.h>
#include <inttypes.h>
#include <time.h>

/* The separator, the line's indentation and the key of what comes next. */
static void json_next(struct json *json, const char *key)
{
	const bool same_line = json->one_line != 0 && json->depth >= json->one_line;

	if (json->depth > 0 && same_line) {
		fputs(json->filled[json->depth] ? ", " : "", json->file);
	} else if (json->depth > 0) {
		fputs(json->filled[json->depth] ? ",\n" : "\n", json->file);
		for (unsigned i = 0; i < json->depth; i++)
			fputc(' ', json->file);
	}
	json->filled[json->depth] = true;
	if (key != NULL)
		fprintf(json->file, "\"%s\": ", key);
}

static void json_begin(struct json *json, const char *key, bool array)
{
	json_next(json, key);
	fputc(array ? '[' : '{', json->file);
	const bool in_array = json->array[json->depth];
	json->depth++;
	assert(json->depth < JSON_DEPTH_MAX);
	json->filled[json->depth] = false;
	json->array[json->depth] = array;
	if (in_array && json->one_line == 0)
		json->one_line = json->depth;
}

static void json_close(struct json *json)
{
	assert(json->depth > 0);
	fputc(json->array[json->depth] ? ']' : '}', json->file);
	if (json->one_line == json->depth)
		json->one_line = 0;
	json->depth--;
}

void json_object_begin(struct json *json, const char *key)
{
	json_begin(json, key, false);
}

void json_object_end(struct json *json)
{
	json_close(json);
}

void json_array_begin(struct json *json, const char *key)
{
	json_begin(json, key, true);
}

void json_array_end(struct json *json)
{
	json_close(json);
}

/* Length of the UTF-8 sequence at the front, 0: none. */
static size_t utf8_length(struct bytes text)
{
	const uint8_t *at = text.data;
	const uint8_t first = at[0];
	size_t length;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (text.size < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f) || (first == 0xf0 && at[1] < 0x90) ||
	    (first == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static struct bytes bytes_skip(struct bytes text, size_t size)
{
	return bytes_of(text.data + size, text.size - size);
}

bool utf8_is_valid(struct bytes text)
{
	while (text.size > 0) {
		const size_t length = utf8_length(text);

		if (length == 0)
			return false;
		text = bytes_skip(text, length);
	}
	return true;
}

static void json_string(FILE *file, struct bytes text)
{
	fputc('"', file);
	while (text.size > 0) {
		const size_t length = utf8_length(text);

		if (length == 0)
			fputs("\\ufffd", file);
		else if (text.data[0] == '"' || text.data[0] == '\\')
			fprintf(file, "\\%c", text.data[0]);
		else if (text.data[0] < 0x20 || text.data[0] == 0x7f)
			fprintf(file, "\\u%04x", text.data[0]);
		else
			fwrite(text.data, 1, length, file);
		text = bytes_skip(text, length == 0 ? 1 : length);
	}
	fputc('"', file);
}

static void json_base64(FILE *file, struct bytes data)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	fputc('"', file);
	for (size_t i = 0; i < data.size; i += 3) {
		const size_t left = data.size - i;
		const uint32_t bits = (uint32_t)data.data[i] << 16 | (left > 1 ? (uint32_t)data.data[i + 1] << 8 : 0) |
		                      (left > 2 ? data.data[i + 2] : 0);

		fputc(digits[bits >> 18 & 63], file);
		fputc(digits[bits >> 12 & 63], file);
		fputc(left > 1 ? digits[bits >> 6 & 63] : '=', file);
		fputc(left > 2 ? digits[bits & 63] : '=', file);
	}
	fputc('"', file);
}

void json_bytes(struct json *json, const char *key, struct bytes value)
{
	json_next(json, key);
	json_string(json->file, value);
}

void json_text(struct json *json, const char *key, const char *value)
{
	json_bytes(json, key, bytes_of_text(value));
}

void json_text_or_base64(struct json *json, const char *key, const char *key_base64, struct bytes value)
{
	if (utf8_is_valid(value)) {
		json_bytes(json, key, value);
	} else {
		json_next(json, key_base64);
		json_base64(json->file, value);
	}
}

void json_u64(struct json *json, const char *key, uint64_t value)
{
	json_next(json, key);
	fprintf(json->file, "%" PRIu64, value);
}

void json_i64(struct json *json, const char *key, int64_t value)
{
	json_next(json, key);
	fprintf(json->file, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_next(json, key);
	fputs(value ? "true" : "false", json->file);
}

void json_null(struct json *json, const char *key)
{
	json_next(json, key);
	fputs("null", json->file);
}

void json_end(struct json *json)
{
	fputc('\n', json->file);
}

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void print_escaped(FILE *file, struct bytes text)
{
	while (text.size > 0) {
		const size_t length = utf8_length(text);
		const uint8_t first = text.data[0];

		if (first == '\\')
			fputs("\\\\", file);
		else if (first == '\t' || first == '\n' || first == '\r')
			fprintf(file, "\\%c", first == '\t' ? 't' : first == '\n' ? 'n' : 'r');
		else if (length == 0 || first < 0x20 || first == 0x7f)
			fprintf(file, "\\x%02x", first);
		else
			fwrite(text.data, 1, length, file);
		text = bytes_skip(text, length == 0 ? 1 : length);
	}
}

struct time_text time_text(int64_t wall_ns)
{
	struct time_text out;
	const time_t seconds = (time_t)(wall_ns / 1000000000);
	const int milliseconds = (int)(wall_ns / 1000000 % 1000);
	struct tm parts;
	char date[24];

	if (wall_ns == INT64_MAX || wall_ns < 0 || gmtime_r(&seconds, &parts) == NULL) {
		snprintf(out.text, sizeof(out.text), "%s", wall_ns == INT64_MAX ? "never" : "unknown");
		return out;
	}
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out.text, sizeof(out.text), "%s.%03dZ", date, milliseconds);
	return out;
}

struct time_text due_text(int64_t due_ns, int64_t duration_ns)
{
	struct time_text out = time_text(due_ns);

	if (due_ns == INT64_MAX && duration_ns != INT64_MAX)
		snprintf(out.text, sizeof(out.text), "not dated yet");
	return out;
}
