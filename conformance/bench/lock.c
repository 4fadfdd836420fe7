#include "conformance/bench/lock.h"

#include <stdio.h>
#include <string.h>

const struct lock_kind *lock_kind_find(const char *name)
{
	static const struct lock_kind *const kinds[] = {&lock_ours, &lock_etcd, &lock_zookeeper};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(name, kinds[i]->name) != 0)
			continue;
		if (kinds[i]->missing == NULL)
			return kinds[i];
		fprintf(stderr, "bench: %s: %s\n", name, kinds[i]->missing);
	}
	return NULL;
}
