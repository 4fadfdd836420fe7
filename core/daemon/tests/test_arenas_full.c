/* Arenas when the system has nothing to give: each call on the way to one fails in turn. What cannot be had is refused, nothing stays behind,
 * and an arena that could not grow is what it was. That a service then answers NO_MEMORY or leaves is ais/ckpt/tests/test_ckpt_memory.c. */
#include "conformance/check/check.h"
#include "conformance/check/fault.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/daemon/arenas.h"

/* The linker's --wrap sends arenas.c through here. */
int __real_memfd_create(const char *name, unsigned flags);
int __real_ftruncate(int descriptor, off_t size);
int __real_fchmod(int descriptor, mode_t mode);
void *__real_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
void *__real_mremap(void *old, size_t old_size, size_t size, int flags, ...);
void *__real_calloc(size_t count, size_t size);
int __real_fcntl(int descriptor, int command, ...);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_ftruncate(int descriptor, off_t size);
int __wrap_fchmod(int descriptor, mode_t mode);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset);
void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...);
void *__wrap_calloc(size_t count, size_t size);
int __wrap_fcntl(int descriptor, int command, ...);

int __wrap_memfd_create(const char *name, unsigned flags)
{
	return fault_strikes() ? -1 : __real_memfd_create(name, flags);
}

int __wrap_ftruncate(int descriptor, off_t size)
{
	return fault_strikes() ? -1 : __real_ftruncate(descriptor, size);
}

int __wrap_fchmod(int descriptor, mode_t mode)
{
	return fault_strikes() ? -1 : __real_fchmod(descriptor, mode);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset)
{
	return fault_strikes() ? MAP_FAILED : __real_mmap(at, size, protection, flags, descriptor, offset);
}

void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	return fault_strikes() ? MAP_FAILED : __real_mremap(old, old_size, size, flags);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fault_strikes() ? NULL : __real_calloc(count, size);
}

int __wrap_fcntl(int descriptor, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	const int argument = va_arg(arguments, int); /* seals */
	va_end(arguments);
	return fault_strikes() ? -1 : __real_fcntl(descriptor, command, argument);
}

static size_t descriptors_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

/* Of arenas of the name that is used here. */
static size_t mappings_count(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		count += strstr(line, "memfd:full") != NULL;
	fclose(maps);
	return count;
}

static void an_arena_that_cannot_be_made_leaves_nothing_behind(void)
{
	static const int errors[] = {ENOMEM, EMFILE, ENOSPC};
	size_t struck = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		for (size_t call = 0;; call++) {
			const size_t descriptors = descriptors_count(), mappings = mappings_count();

			fault_arm(call, errors[i]);
			struct arena *arena = arena_new("full");
			const bool failed = fault_disarm();
			CU_ASSERT_EQUAL(arena == NULL, failed);
			arena_free(arena);
			CU_ASSERT_EQUAL(descriptors_count(), descriptors);
			CU_ASSERT_EQUAL(mappings_count(), mappings);
			if (!failed)
				break;
			struck++;
		}
	CU_ASSERT_EQUAL(struck, 3 * 6); /* calloc, memfd_create, ftruncate, fchmod, mmap, fcntl */
}

static void an_arena_that_cannot_grow_is_what_it_was_and_grows_later(void)
{
	enum { SMALL = 100, LARGE = 1 << 20 };
	size_t struck = 0;

	for (size_t call = 0;; call++) {
		struct arena *arena = arena_new("full");

		CU_ASSERT_PTR_NOT_NULL_FATAL(arena);
		CU_ASSERT_TRUE_FATAL(arena_grow(arena, SMALL));
		memset(arena->base, 7, SMALL);
		fault_arm(call, ENOMEM);
		const bool grown = arena_grow(arena, LARGE);
		const bool failed = fault_disarm();
		CU_ASSERT_EQUAL(grown, !failed);
		CU_ASSERT_EQUAL(arena->size, failed ? SMALL : LARGE);
		CU_ASSERT_TRUE(arena->base[0] == 7 && arena->base[SMALL - 1] == 7);
		CU_ASSERT_TRUE_FATAL(arena_grow(arena, LARGE)); /* there is memory again */
		CU_ASSERT_TRUE(arena->base[SMALL - 1] == 7 && arena->base[SMALL] == 0 && arena->base[LARGE - 1] == 0);
		arena_free(arena);
		if (!failed)
			break;
		struck++;
	}
	CU_ASSERT_EQUAL(struck, 2); /* ftruncate, mremap */
}

int main(void)
{
	static const struct check_case cases[] = {
		{"an arena that cannot be made leaves nothing behind", an_arena_that_cannot_be_made_leaves_nothing_behind},
		{"an arena that cannot grow is what it was, and grows later", an_arena_that_cannot_grow_is_what_it_was_and_grows_later},
	};

	return check_run("arenas full", cases, sizeof(cases) / sizeof(cases[0]));
}
