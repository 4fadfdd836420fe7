/* What the tools write is well formed whatever names and contents there are. */
#include <stdlib.h>
#include <string.h>

#include "conformance/check/check.h"
#include "core/tools/output.h"

/* What `write` prints, as a text to be freed. */
static char *printed(void (*write)(struct json *))
{
	char *text = NULL;
	size_t size = 0;
	struct json json = {.file = open_memstream(&text, &size)};

	write(&json);
	fclose(json.file);
	return text;
}

static void check_printed(void (*write)(struct json *), const char *expected)
{
	char *text = printed(write);

	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected) != 0)
		fprintf(stderr, "printed: %s\n", text);
	free(text);
}

static void write_nested(struct json *json)
{
	json_object_begin(json, NULL);
	json_u64(json, "schema", 1);
	json_array_begin(json, "nodes");
	for (uint64_t node = 1; node <= 2; node++) {
		json_object_begin(json, NULL);
		json_u64(json, "node", node);
		json_bool(json, "local", node == 1);
		json_object_end(json);
	}
	json_array_end(json);
	json_array_begin(json, "none");
	json_array_end(json);
	json_i64(json, "last", -1);
	json_object_end(json);
}

static void objects_in_a_list_stand_on_one_line_each(void)
{
	check_printed(write_nested, "{\n \"schema\": 1,\n \"nodes\": [\n  {\"node\": 1, \"local\": true},\n  {\"node\": 2, \"local\": false}],\n"
	                            " \"none\": [],\n \"last\": -1}");
}

static void write_special(struct json *json)
{
	json_bytes(json, NULL, bytes_of("a\"\\\n\x7f\0z", 7));
}

static void text_is_escaped(void)
{
	check_printed(write_special, "\"a\\\"\\\\\\u000a\\u007f\\u0000z\"");
}

static void write_binary(struct json *json)
{
	json_object_begin(json, NULL);
	json_text_or_base64(json, "data", "data_base64", bytes_of("\xff\x00\x01\x02", 4));
	json_text_or_base64(json, "id", "id_base64", bytes_of("\xc3\xa9", 2));
	json_text_or_base64(json, "empty", "empty_base64", bytes_of("", 0));
	json_object_end(json);
}

static void what_is_not_utf8_is_base64_under_another_key(void)
{
	check_printed(write_binary, "{\n \"data_base64\": \"/wABAg==\",\n \"id\": \"\xc3\xa9\",\n \"empty\": \"\"}");
}

static void utf8_is_that_of_the_standard(void)
{
	static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(utf8_is_valid(bytes_of_text(bad[i])));
	CU_ASSERT_TRUE(utf8_is_valid(bytes_of_text("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
}

static void write_escaped(struct json *json)
{
	print_escaped(json->file, bytes_of("tab\tback\\end\n\xff", 14));
}

static void plain_output_stays_on_its_line(void)
{
	check_printed(write_escaped, "tab\\tback\\\\end\\n\\xff");
}

/* What a reader, or `printf %b`, makes of a printed text. */
static size_t unescaped(const char *text, uint8_t *bytes)
{
	size_t size = 0;

	for (; *text != '\0'; text++) {
		unsigned value = (uint8_t)*text;

		if (*text == '\\') {
			text++;
			value = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text == 'r' ? '\r' : '\\';
			if (*text == 'x') {
				sscanf(text + 1, "%2x", &value);
				text += 2;
			}
		}
		bytes[size++] = (uint8_t)value;
	}
	return size;
}

/* CASE-081: section ids are any bytes, of any length up to 255. */
static void any_bytes_are_printed_so_that_they_can_be_read_back(void)
{
	uint64_t chance = 81;

	for (size_t size = 0; size <= 255; size++) {
		uint8_t id[255], back[4 * 255];
		char *text = NULL;
		size_t text_size = 0;
		FILE *file = open_memstream(&text, &text_size);

		for (size_t i = 0; i < size; i++) {
			chance = chance * 6364136223846793005u + 1442695040888963407u;
			id[i] = chance >> 63 ? (uint8_t)(chance >> 40) : (uint8_t)"\\x0\xc3\xa9,\0t"[chance >> 40 & 7];
		}
		print_escaped(file, bytes_of(id, size));
		fclose(file);
		CU_ASSERT_EQUAL(strlen(text), text_size);
		CU_ASSERT_EQUAL_FATAL(unescaped(text, back), size);
		CU_ASSERT_EQUAL(memcmp(back, id, size), 0);
		CU_ASSERT_PTR_NULL(strpbrk(text, "\t\n"));
		free(text);
	}
}

static void times_are_utc_and_never_is_a_word(void)
{
	CU_ASSERT_STRING_EQUAL(time_text(1000000000123000000).text, "2001-09-09T01:46:40.123Z");
	CU_ASSERT_STRING_EQUAL(time_text(INT64_MAX).text, "never");
	CU_ASSERT_STRING_EQUAL(time_text(-5).text, "unknown");
}

/* Between the last close and the time keeper's word. */
static void what_is_not_dated_yet_goes_all_the_same(void)
{
	CU_ASSERT_STRING_EQUAL(due_text(1000000000123000000, 5).text, "2001-09-09T01:46:40.123Z");
	CU_ASSERT_STRING_EQUAL(due_text(INT64_MAX, 5).text, "not dated yet");
	CU_ASSERT_STRING_EQUAL(due_text(INT64_MAX, INT64_MAX).text, "never");
}

int main(void)
{
	static const struct check_case cases[] = {
		{"objects in a list stand on one line each", objects_in_a_list_stand_on_one_line_each},
		{"text is escaped", text_is_escaped},
		{"what is not UTF-8 is base64 under another key", what_is_not_utf8_is_base64_under_another_key},
		{"UTF-8 is that of the standard", utf8_is_that_of_the_standard},
		{"plain output stays on its line", plain_output_stays_on_its_line},
		{"any bytes are printed so that they can be read back (CASE-081)", any_bytes_are_printed_so_that_they_can_be_read_back},
		{"times are UTC and never is a word", times_are_utc_and_never_is_a_word},
		{"what is not dated yet goes all the same", what_is_not_dated_yet_goes_all_the_same},
	};

	return check_run("tools output", cases, sizeof(cases) / sizeof(cases[0]));
}
