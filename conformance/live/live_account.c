/* The shared account of a live pass as scripts ask it. Not here: what the marks mean (account.h).
 *
 *	live-account marks ACCOUNT                                a line a writer: its number, then each mark as NAME=VALUE
 *	live-account get ACCOUNT WRITER MARK                      one mark's value
 *	live-account await ACCOUNT WRITER MARK GOAL PATIENCE_S    sleeps until the mark has reached the goal; exit 1: patience ran out
 *	live-account question ACCOUNT                             wakes the readers that wait for a question
 *	live-account faults ACCOUNT                               from now on nodes may be in different views
 *	live-account end ACCOUNT                                  ends all checkers
 *	live-account again ACCOUNT                                before others are started with what there is */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/live/account.h"

static const char *const mark_names[ACCOUNT_MARK_COUNT] = {
	[ACCOUNT_TRIED] = "tried", [ACCOUNT_REFUSED] = "refused", [ACCOUNT_ACKED] = "acked",
	[ACCOUNT_FLOOR] = "floor", [ACCOUNT_READ] = "read", [ACCOUNT_ASKED] = "asked",
};

static void print_marks(const struct account *account)
{
	for (unsigned writer = 0; writer <= ACCOUNT_WRITERS_MAX; writer++) {
		if (account_get(account, writer, ACCOUNT_TRIED) == 0)
			continue;
		printf("writer-%u", writer);
		for (int mark = 0; mark < ACCOUNT_MARK_COUNT; mark++)
			printf(" %s=%" PRIu64, mark_names[mark], account_get(account, writer, (enum account_mark)mark));
		putchar('\n');
	}
}

static int mark_of(const char *name)
{
	for (int mark = 0; mark < ACCOUNT_MARK_COUNT; mark++)
		if (strcmp(name, mark_names[mark]) == 0)
			return mark;
	return -1;
}

static int usage(void)
{
	fputs("usage: live-account marks|question|faults|end|again ACCOUNT | get ACCOUNT WRITER MARK | "
	      "await ACCOUNT WRITER MARK GOAL PATIENCE_S\n", stderr);
	return 2;
}

static int one_mark(struct account *account, int argc, char **argv)
{
	const unsigned long writer = strtoul(argv[3], NULL, 10);
	const int mark = mark_of(argv[4]);

	if (writer > ACCOUNT_WRITERS_MAX || mark < 0)
		return usage();
	if (argc == 5) {
		printf("%" PRIu64 "\n", account_get(account, (unsigned)writer, (enum account_mark)mark));
		return 0;
	}
	return account_await(account, (unsigned)writer, (enum account_mark)mark, strtoull(argv[5], NULL, 10),
	                     (unsigned)strtoul(argv[6], NULL, 10)) ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct account *account;

	if (argc < 3)
		return usage();
	account = account_map(argv[2]);
	if (account == NULL)
		return 2;
	if ((strcmp(argv[1], "get") == 0 && argc == 5) || (strcmp(argv[1], "await") == 0 && argc == 7))
		return one_mark(account, argc, argv);
	if (argc != 3)
		return usage();
	if (strcmp(argv[1], "marks") == 0)
		print_marks(account);
	else if (strcmp(argv[1], "question") == 0)
		account_question(account);
	else if (strcmp(argv[1], "faults") == 0)
		atomic_store(&account->one_view, false);
	else if (strcmp(argv[1], "end") == 0)
		account_end(account);
	else if (strcmp(argv[1], "again") == 0)
		atomic_store(&account->ended, false);
	else
		return usage();
	return 0;
}
