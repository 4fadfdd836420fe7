/* The account that all checkers of a live pass share: per counter (or writer) what was tried, refused and acknowledged, and what anybody
 * may rely on. It is a file that all map, on all nodes of one machine: a checker enters what it was told after the answer and looks
 * before it asks, so real time orders them, whatever the clocks say. Who waits for progress sleeps on it and is woken by it.
 *
 * Not here: what is written, and how answers are judged (live_checker.c, toy_checker.c). The program live-account asks it for scripts. */
#ifndef AISLE_CONFORMANCE_LIVE_ACCOUNT_H
#define AISLE_CONFORMANCE_LIVE_ACCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { ACCOUNT_WRITERS_MAX = 16 };

/* Each mark only grows. A call that was tried and is not known to be refused may have been done. */
enum account_mark {
	ACCOUNT_TRIED,   /* calls begun; entered before the call */
	ACCOUNT_REFUSED, /* calls answered 'nothing was done' */
	ACCOUNT_ACKED,   /* the highest number acknowledged, or how many, as the checker counts */
	ACCOUNT_FLOOR,   /* what may be relied on: acknowledged or read */
	ACCOUNT_READ,    /* answered reads */
	ACCOUNT_ASKED,   /* readers that wait for a question have been asked and have begun to ask the daemon */
	ACCOUNT_MARK_COUNT,
};

struct account {
	_Atomic uint64_t marks[ACCOUNT_WRITERS_MAX + 1][ACCOUNT_MARK_COUNT];
	_Atomic uint32_t changes;   /* a futex: grows with every mark */
	_Atomic uint32_t questions; /* a futex: grows when the driver wants those asked that wait for it */
	atomic_bool ended;
	atomic_bool one_view; /* no fault yet: a lock has one holder, wherever one looks */
	_Atomic uint32_t holder;
};

/* Opens it, or makes it; NULL: said why on stderr. It stays mapped. */
struct account *account_map(const char *path);

uint64_t account_get(const struct account *account, unsigned writer, enum account_mark mark);
uint64_t account_add(struct account *account, unsigned writer, enum account_mark mark); /* one more; returns the new value */
void account_raise(struct account *account, unsigned writer, enum account_mark mark, uint64_t value);

/* Waits until the mark has reached `goal`; false: patience ran out. */
bool account_await(struct account *account, unsigned writer, enum account_mark mark, uint64_t goal, unsigned patience_s);
/* Waits until `questions` is no longer `seen`, or the pass has ended; returns its value. */
uint32_t account_await_question(struct account *account, uint32_t seen);
void account_question(struct account *account);
void account_end(struct account *account);

#endif
