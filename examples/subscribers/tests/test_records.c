/* The registry is read as RFC 4180 says, and what the loader claims is hashed right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/check/check.h"
#include "examples/subscribers/records.h"
#include "examples/subscribers/sha256.h"

static const char header[] = "Registry,Assignment,Organization Name,Organization Address\r\n";

static bool read_text(const char *text, struct records *records)
{
	char path[] = "/tmp/test_records.XXXXXX";
	const int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	fputs(header, file);
	fputs(text, file);
	fclose(file);
	const bool good = records_read(path, records);
	unlink(path);
	return good;
}

static void quotes_commas_tabs_and_line_ends_stay_in_the_value(void)
{
	struct records records;

	CU_ASSERT_TRUE_FATAL(read_text("MA-L,A,\"a \"\"b\"\" c, d\",\" x\r\ny\tz\\ \"\r\nMA-L,B,,\r\n", &records));
	CU_ASSERT_EQUAL_FATAL(records.count, 2);
	CU_ASSERT_STRING_EQUAL(records.record[0].key, "A");
	CU_ASSERT_STRING_EQUAL(records.record[0].value, "a \"b\" c, d\t x\\r\\ny\\tz\\\\ ");
	CU_ASSERT_STRING_EQUAL(records.record[1].value, "\t");
	records_clear(&records);
}

static void later_occurrences_of_a_key_are_numbered_in_their_order(void)
{
	struct records records;

	CU_ASSERT_TRUE_FATAL(read_text("M,K,1,\nM,J,2,\nM,K,3,\nM,K,4,\n", &records));
	CU_ASSERT_EQUAL_FATAL(records.count, 4);
	CU_ASSERT_STRING_EQUAL(records.record[0].key, "K");
	CU_ASSERT_STRING_EQUAL(records.record[2].key, "K.2");
	CU_ASSERT_STRING_EQUAL(records.record[2].value, "3\t");
	CU_ASSERT_STRING_EQUAL(records.record[3].key, "K.3");
	records_clear(&records);
}

static void the_last_line_needs_no_end(void)
{
	struct records records;

	CU_ASSERT_TRUE_FATAL(read_text("M,K,1,\"x\"", &records));
	CU_ASSERT_EQUAL(records.count, 1);
	CU_ASSERT_STRING_EQUAL(records.record[0].value, "1\tx");
	records_clear(&records);
}

static void what_is_no_such_file_is_refused(void)
{
	static const char *const bad[] = {"M,K,1\n", "M,K,1,2,3\n", "M,K,\"1,2\n", "M,K,\"1\"x,2\n", "M,K,1,2\rM,L,1,2\n"};
	struct records records;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(read_text(bad[i], &records));
		CU_ASSERT_EQUAL(records.count, 0);
	}
	CU_ASSERT_FALSE(records_read("/nonexistent", &records));
}

static void hashes_are_those_of_the_standard(void)
{
	char a[1000];

	memset(a, 'a', sizeof(a));
	CU_ASSERT_STRING_EQUAL(sha256_of("", 0).text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	CU_ASSERT_STRING_EQUAL(sha256_of("abc", 3).text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	CU_ASSERT_STRING_EQUAL(sha256_of(a, 55).text, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	CU_ASSERT_STRING_EQUAL(sha256_of(a, 56).text, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
	CU_ASSERT_STRING_EQUAL(sha256_of(a, 1000).text, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

int main(void)
{
	static const struct check_case cases[] = {
		{"quotes, commas, tabs and line ends stay in the value", quotes_commas_tabs_and_line_ends_stay_in_the_value},
		{"later occurrences of a key are numbered in their order", later_occurrences_of_a_key_are_numbered_in_their_order},
		{"the last line needs no end", the_last_line_needs_no_end},
		{"what is no such file is refused", what_is_no_such_file_is_refused},
		{"hashes are those of the standard", hashes_are_those_of_the_standard},
	};

	return check_run("subscribers records", cases, sizeof(cases) / sizeof(cases[0]));
}
