/* See arenas.h. Mapped first, then sealed: F_SEAL_FUTURE_WRITE leaves the mapping that there is, which may grow, and forbids every other that
 * writes. F_SEAL_SEAL, else a client could seal it against growth. Pages come when they are touched: reserving them would not make the kernel refuse, it would make it look for a victim.
 * What can never be there is refused. */
#include "core/daemon/arenas.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/list.h"

struct memfd_arena {
	struct arena arena;
	int descriptor;
	size_t mapped; /* a multiple of the page's size */
	bool has_ended;
	struct list shares, ended;
};

static size_t pages(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

static bool arena_seal(struct memfd_arena *arena)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ftruncate(arena->descriptor, (off_t)page) != 0 || fchmod(arena->descriptor, 0444) != 0)
		return false;
	void *base = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, arena->descriptor, 0);
	if (base == MAP_FAILED)
		return false;
	arena->arena.base = base;
	arena->mapped = page;
	return fcntl(arena->descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0;
}

struct arena *arena_new(const char *name)
{
	struct memfd_arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	list_init(&arena->shares);
	list_init(&arena->ended);
	arena->descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (arena->descriptor >= 0 && arena_seal(arena))
		return &arena->arena;
	arena_free(&arena->arena);
	return NULL;
}

static bool is_possible(size_t size)
{
	return size / (size_t)sysconf(_SC_PAGESIZE) <= (size_t)sysconf(_SC_PHYS_PAGES);
}

/* The file first. If it cannot be mapped then it is larger than what is used, and no page of it is there. */
static bool remap(struct memfd_arena *arena, size_t size)
{
	if (!is_possible(size) || ftruncate(arena->descriptor, (off_t)size) != 0)
		return false;
	void *moved = mremap(arena->arena.base, arena->mapped, size, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED)
		return false;
	arena->arena.base = moved;
	arena->mapped = size;
	return true;
}

bool arena_grow(struct arena *arena, size_t size)
{
	struct memfd_arena *memfd = container_of(arena, struct memfd_arena, arena);
	const size_t mapping = pages(size);

	if (size < arena->size || mapping < size || (mapping > memfd->mapped && !remap(memfd, mapping)))
		return false;
	arena->size = size;
	return true;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	struct memfd_arena *memfd = container_of(arena, struct memfd_arena, arena);
	if (memfd->mapped > 0 && !memfd->has_ended)
		munmap(arena->base, memfd->mapped);
	if (memfd->descriptor >= 0)
		close(memfd->descriptor);
	free(memfd);
}

/* Opened anew: a descriptor that was passed as it is could be written through but for the seals, and its offset would be shared. */
int arena_descriptor(const struct arena *arena)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", container_of(arena, const struct memfd_arena, arena)->descriptor);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* --- What others hold. --- */

/* A lease for writing is granted only when nobody else has the file open, a mapping included. It is over with the descriptor; nobody can come
 * to open the file meanwhile, but for our own user and root, whom it would delay by that moment. Where leases are not to be had all are held. */
bool arena_is_shown(const struct arena *arena)
{
	const int descriptor = arena_descriptor(arena);

	if (descriptor < 0)
		return true;
	const bool alone = fcntl(descriptor, F_SETLEASE, F_WRLCK) == 0;
	close(descriptor);
	return !alone;
}

void arena_end(struct arena *arena)
{
	struct memfd_arena *memfd = container_of(arena, struct memfd_arena, arena);

	munmap(arena->base, memfd->mapped);
	memfd->has_ended = true;
}

bool arena_has_ended(const struct arena *arena)
{
	return container_of(arena, const struct memfd_arena, arena)->has_ended;
}

struct list *arena_shares(struct arena *arena)
{
	return &container_of(arena, struct memfd_arena, arena)->shares;
}

struct list *arena_ended(struct arena *arena)
{
	return &container_of(arena, struct memfd_arena, arena)->ended;
}

struct arena *arena_of_ended(struct list *ended)
{
	return &container_of(ended, struct memfd_arena, ended)->arena;
}
