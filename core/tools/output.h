/* Writing state for people and programs: JSON with its escaping, base64, text without control characters. To stdout; errors stay with
 * the stream, main() asks once. */
#ifndef AISLE_TOOLS_OUTPUT_H
#define AISLE_TOOLS_OUTPUT_H

#include <stdio.h>

#include "core/base/bytes.h"

enum { JSON_DEPTH_MAX = 8 };

/* All zero but `file` is valid. An object in an array is written on one line, everything else a line a member. A member's key is NULL inside an array and for the outermost value. */
struct json {
	FILE *file;
	unsigned depth;
	bool filled[JSON_DEPTH_MAX]; /* the value open at this depth has a member already */
	bool array[JSON_DEPTH_MAX];  /* it is an array */
	unsigned one_line;           /* from this depth on; 0: none */
};

void json_object_begin(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array_begin(struct json *json, const char *key);
void json_array_end(struct json *json);
void json_text(struct json *json, const char *key, const char *value);
void json_bytes(struct json *json, const char *key, struct bytes value); /* as text; what is not UTF-8 is replaced */
/* UTF-8: a string under `key`; else base64 under `key_base64`. */
void json_text_or_base64(struct json *json, const char *key, const char *key_base64, struct bytes value);
void json_u64(struct json *json, const char *key, uint64_t value);
void json_i64(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_end(struct json *json); /* the line end behind the outermost value */

const char *plural(uint64_t count); /* "s", or "" behind one */
bool utf8_is_valid(struct bytes text); /* RFC 3629; zero bytes are valid */
/* Printable text; the backslash, control characters and bytes that are not UTF-8 as \\, \t, \n, \r, \xHH. */
void print_escaped(FILE *file, struct bytes text);
/* "2026-11-25T04:11:02.120Z"; "never" for INT64_MAX. The text lies in the struct. */
struct time_text {
	char text[40];
};
struct time_text time_text(int64_t wall_ns);
/* When what nobody uses goes: time_text(), but of a duration that has an end and is not dated yet "not dated yet". */
struct time_text due_text(int64_t due_ns, int64_t duration_ns);

#endif
