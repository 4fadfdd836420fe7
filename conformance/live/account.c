/* See account.h. */
#include "conformance/live/account.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct account *account_map(const char *path)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *map = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct account)) == 0)
		map = mmap(NULL, sizeof(struct account), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		perror(path);
	if (fd >= 0)
		close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* The waiters are other processes, in other namespaces: the futex is not private. */
static void word_wake(_Atomic uint32_t *word)
{
	atomic_fetch_add(word, 1);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void word_wait(_Atomic uint32_t *word, uint32_t seen, const struct timespec *most)
{
	syscall(SYS_futex, word, FUTEX_WAIT, seen, most, NULL, 0);
}

uint64_t account_get(const struct account *account, unsigned writer, enum account_mark mark)
{
	return atomic_load(&account->marks[writer][mark]);
}

uint64_t account_add(struct account *account, unsigned writer, enum account_mark mark)
{
	const uint64_t value = atomic_fetch_add(&account->marks[writer][mark], 1) + 1;

	word_wake(&account->changes);
	return value;
}

void account_raise(struct account *account, unsigned writer, enum account_mark mark, uint64_t value)
{
	uint64_t now = atomic_load(&account->marks[writer][mark]);

	while (now < value && !atomic_compare_exchange_weak(&account->marks[writer][mark], &now, value)) {
	}
	word_wake(&account->changes);
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

bool account_await(struct account *account, unsigned writer, enum account_mark mark, uint64_t goal, unsigned patience_s)
{
	const int64_t end_ns = monotonic_ns() + patience_s * INT64_C(1000000000);

	for (;;) {
		const uint32_t seen = atomic_load(&account->changes);
		const int64_t left_ns = end_ns - monotonic_ns();

		if (account_get(account, writer, mark) >= goal)
			return true;
		if (left_ns <= 0)
			return false;
		word_wait(&account->changes, seen, &(struct timespec){.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000});
	}
}

uint32_t account_await_question(struct account *account, uint32_t seen)
{
	while (atomic_load(&account->questions) == seen && !atomic_load(&account->ended))
		word_wait(&account->questions, seen, NULL);
	return atomic_load(&account->questions);
}

void account_question(struct account *account)
{
	word_wake(&account->questions);
}

void account_end(struct account *account)
{
	atomic_store(&account->ended, true);
	word_wake(&account->questions);
	word_wake(&account->changes);
}
