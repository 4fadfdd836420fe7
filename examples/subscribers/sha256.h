/* SHA-256 (FIPS 180-4) of one block of memory, as 64 lower-case hex digits. */
#ifndef SUBSCRIBERS_SHA256_H
#define SUBSCRIBERS_SHA256_H

#include <stddef.h>

struct sha256_text {
	char text[65];
};

struct sha256_text sha256_of(const void *data, size_t size);

#endif
