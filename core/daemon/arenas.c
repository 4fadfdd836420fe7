/* See arenas.h. Pages come when they are touched: reserving them would not make the kernel refuse, it would make it look for a victim.
 * What can never be there is refused. */
#include "core/daemon/arenas.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/list.h"

struct memfd_arena {
	struct arena arena;
	int descriptor;
	size_t mapped; /* a multiple of the page's size */
};

static size_t pages(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

struct arena *arena_new(const char *name)
{
	struct memfd_arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->descriptor = memfd_create(name, MFD_CLOEXEC);
	if (arena->descriptor >= 0)
		return &arena->arena;
	free(arena);
	return NULL;
}

static bool is_possible(size_t size)
{
	return size / (size_t)sysconf(_SC_PAGESIZE) <= (size_t)sysconf(_SC_PHYS_PAGES);
}

/* To another size of mapping; file first when it grows, last when it shrinks. */
static bool remap(struct memfd_arena *arena, size_t size)
{
	void *moved = NULL;

	if (size > arena->mapped && (!is_possible(size) || ftruncate(arena->descriptor, (off_t)size) != 0))
		return false;
	if (arena->mapped == 0)
		moved = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, arena->descriptor, 0);
	else if (size == 0)
		munmap(arena->arena.base, arena->mapped);
	else
		moved = mremap(arena->arena.base, arena->mapped, size, MREMAP_MAYMOVE);
	const bool mapped = moved != MAP_FAILED;
	if (mapped) {
		arena->arena.base = moved;
		arena->mapped = size;
	}
	/* What is beyond the mapping is given back: after shrinking, or when the grown file could not be mapped. */
	return ftruncate(arena->descriptor, (off_t)arena->mapped) == 0 && mapped;
}

bool arena_resize(struct arena *arena, size_t size)
{
	struct memfd_arena *memfd = container_of(arena, struct memfd_arena, arena);
	const size_t mapping = pages(size);

	if (mapping < size || (mapping != memfd->mapped && !remap(memfd, mapping)))
		return false;
	if (size < arena->size && size < mapping) /* bytes that come back are zero */
		memset(arena->base + size, 0, (arena->size < mapping ? arena->size : mapping) - size);
	arena->size = size;
	return true;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	struct memfd_arena *memfd = container_of(arena, struct memfd_arena, arena);
	if (memfd->mapped > 0)
		munmap(arena->base, memfd->mapped);
	close(memfd->descriptor);
	free(memfd);
}
