/* What a client that is out of its mind does to the memory that it shares with the daemon, for deaths.c: once over all of it, or a word at a
 * time all the while, so that what the daemon has checked is something else when it looks again. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "conformance/live/deaths.h"
#include "core/ipc/ipc_ring.h"

enum { SHARED_MAX = 8, GARBLES_PER_LOOK = 20000, PAUSE_MAX = 128 };

/* One mapping that the daemon reads, too. */
struct shared {
	uintptr_t begin, end;
};

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t random_of(uint64_t seed)
{
	return seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

static size_t shared_find(struct shared shared[SHARED_MAX])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	size_t count = 0;

	while (maps != NULL && count < SHARED_MAX && fgets(line, sizeof(line), maps) != NULL) {
		struct shared *next = &shared[count];

		count += strstr(line, "memfd:") != NULL && strstr(line, " rw-s") != NULL &&
		         sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &next->begin, &next->end) == 2;
	}
	if (maps != NULL)
		fclose(maps);
	return count;
}

/* The rings' words and what they hold. Some seeds leave a part as it is. */
void scribble(uint64_t seed)
{
	struct shared shared[SHARED_MAX];
	uint64_t state = random_of(seed);
	const size_t count = shared_find(shared);

	for (size_t i = 0; i < count; i++)
		for (uintptr_t at = shared[i].begin; at + 8 <= shared[i].end; at += 8)
			if (seed % 3 == 0 || random_next(&state) % 4 == 0)
				*(volatile uint64_t *)at = seed % 2 == 0 ? random_next(&state) : random_next(&state) % 512;
}

/* Mostly one of the record that the daemon takes next, of those mostly its size; seldom one of the rings' own, since a wrong one ends the
 * connection before anything is read. */
static uint32_t *word_choose(const struct shared *shared, uint64_t *state)
{
	const struct ipc_control *control = (const struct ipc_control *)shared->begin;
	const uint64_t ring_size = (shared->end - shared->begin - IPC_CONTROL_SIZE) / 3;
	const uint64_t choice = random_next(state), head = __atomic_load_n(&control->request.head, __ATOMIC_RELAXED);
	const uint64_t place = choice % 4 != 1 ? head : choice % 16 < 13 ? head + choice / 16 % 128 : choice / 16;

	if (choice % (1 << 17) == 1)
		return (uint32_t *)(shared->begin + (choice >> 17) % sizeof(*control) / 4 * 4);
	return (uint32_t *)(shared->begin + IPC_CONTROL_SIZE + place % ring_size / 4 * 4);
}

/* One bit of it, for a moment. What the client writes meanwhile stands: its records are whole but for that moment. */
static void word_garble(uint32_t *word, uint64_t *state)
{
	uint32_t right = __atomic_load_n(word, __ATOMIC_RELAXED), wrong = right ^ UINT32_C(1) << random_next(state) % 32;

	if (__atomic_compare_exchange_n(word, &right, wrong, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		__atomic_compare_exchange_n(word, &wrong, right, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	for (uint64_t pause = random_next(state) % PAUSE_MAX; pause > 0; pause--)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void *scribble_on(void *seed)
{
	uint64_t state = random_of(*(uint64_t *)seed);
	struct shared shared[SHARED_MAX];

	for (;;) {
		const size_t count = shared_find(shared);

		for (int i = 0; count > 0 && i < GARBLES_PER_LOOK; i++)
			word_garble(word_choose(&shared[random_next(&state) % count], &state), &state);
	}
	return NULL;
}

bool scribble_begin(uint64_t seed)
{
	static uint64_t kept;
	pthread_t thread;

	kept = seed;
	return pthread_create(&thread, NULL, scribble_on, &kept) == 0;
}
