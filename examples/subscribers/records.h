/* The records to be loaded: the IEEE's registry of assignments (RFC 4180), one key and value each. The key is the assignment, its second
 * and later occurrences get `.2`, `.3`; the value is name TAB address, with backslash, tab and line ends escaped, nothing trimmed. */
#ifndef SUBSCRIBERS_RECORDS_H
#define SUBSCRIBERS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

struct record {
	char *key, *value; /* texts */
};

struct records {
	struct record *record;
	size_t count;
};

/* Complains on stderr and returns false: the file cannot be read, or is not what it should be; there are no records then. */
bool records_read(const char *path, struct records *records);
void records_clear(struct records *records);

#endif
