/* A library with faults on purpose: it stands before the real one (which it needs, so that what it does not define is found there) and
 * spoils something. Compiled with -DFAULT=n: that fault alone; 0: all of them. */
#ifndef AISLE_SUITE_FAULTY_H
#define AISLE_SUITE_FAULTY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

static inline bool has_fault(int fault)
{
	return FAULT == 0 || FAULT == fault;
}

static inline void *real(const char *symbol)
{
	void *found = dlsym(RTLD_NEXT, symbol);

	if (found == NULL)
		abort();
	return found;
}

#endif
