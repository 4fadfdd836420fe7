/* A program that keeps all that it was ever shown: each mapping of a checkpoint is copied before the checkpoint is deleted, and a copy is never
 * given back. It may do that up to the daemon's bound, then its reads, and nothing else, go by way of the daemon; once it lets go it is shown
 * memory again. Argument: the bound. Needs a daemon that is alone; test_ckpt_keeper.sh starts one. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ais/ckpt/saCkpt.h"

enum { READS = 8, SLACK = 64 };

struct kept {
	void *copies[4096];
	unsigned count;
};

static void expect(const char *call, SaAisErrorT error)
{
	if (error == SA_AIS_OK)
		return;
	printf("FAIL %s: %d\n", call, (int)error);
	exit(1);
}

static void name_set(SaNameT *name, unsigned number)
{
	name->length = (SaUint16T)snprintf((char *)name->value, sizeof(name->value), "kept-%u", number);
}

/* Where the one checkpoint that is mapped and has not been copied lies: the copies are known. NULL: none is. */
static void *mapping_find(const struct kept *kept)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	void *found = NULL;

	while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
		void *start = (void *)strtoull(line, NULL, 16);
		bool known = strstr(line, "memfd:ckpt ") == NULL;

		for (unsigned i = 0; i < kept->count && !known; i++)
			known = kept->copies[i] == start;
		if (!known)
			found = start;
	}
	if (maps != NULL)
		fclose(maps);
	return found;
}

static void read_once(SaCkptCheckpointHandleT checkpoint, unsigned number)
{
	char bytes[64] = "";
	SaCkptIOVectorElementT vector = {.dataBuffer = bytes, .dataSize = sizeof(bytes)};

	expect("read", saCkptCheckpointRead(checkpoint, &vector, 1, NULL));
	if (vector.readSize != sizeof(number) || memcmp(bytes, &number, sizeof(number)) != 0) {
		printf("FAIL read: not what was written\n");
		exit(1);
	}
}

/* A checkpoint comes, is read and goes. Whether its memory was shown. */
static bool one_life(SaCkptHandleT handle, struct kept *kept, unsigned number)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 64, .retentionDuration = 0, .maxSections = 1, .maxSectionSize = 64,
		.maxSectionIdSize = 8,
	};
	SaCkptIOVectorElementT vector = {.dataBuffer = &number, .dataSize = sizeof(number)};
	SaCkptCheckpointHandleT checkpoint;
	SaNameT name;

	name_set(&name, number);
	expect("open", saCkptCheckpointOpen(handle, &name, &attributes,
		SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, SA_TIME_ONE_MINUTE, &checkpoint));
	expect("write", saCkptCheckpointWrite(checkpoint, &vector, 1, NULL));
	for (int i = 0; i < READS; i++)
		read_once(checkpoint, number);
	void *mapping = mapping_find(kept);
	if (mapping != NULL)
		kept->copies[kept->count++] = mremap(mapping, 0, 4096, MREMAP_MAYMOVE);
	expect("unlink", saCkptCheckpointUnlink(handle, &name));
	expect("close", saCkptCheckpointClose(checkpoint));
	return mapping != NULL;
}

int main(int argc, char **argv)
{
	static struct kept kept;
	const unsigned bound = argc < 2 ? 0 : (unsigned)atoi(argv[1]);
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT handle;
	unsigned number = 0;

	if (bound == 0 || bound + SLACK > sizeof(kept.copies) / sizeof(kept.copies[0]))
		return 2;
	expect("initialize", saCkptInitialize(&handle, NULL, &version));
	while (number < bound + SLACK)
		one_life(handle, &kept, number++);
	/* The lease, which all readers are shown, is one of them. */
	const bool bounded = kept.count == bound - 1;
	printf("%s keeper: keeps %u of %u, and all were read\n", bounded ? "ok  " : "FAIL", kept.count, number);
	/* What a new connection is shown counts for the same user. */
	expect("finalize", saCkptFinalize(handle));
	expect("initialize", saCkptInitialize(&handle, NULL, &version));
	const bool same = !one_life(handle, &kept, number++);
	printf("%s keeper: a new connection gets no more\n", same ? "ok  " : "FAIL");
	for (unsigned i = 0; i < kept.count; i++)
		munmap(kept.copies[i], 4096);
	kept.count = 0;
	const bool again = one_life(handle, &kept, number);
	printf("%s keeper: whoever lets go is shown memory again\n", again ? "ok  " : "FAIL");
	saCkptFinalize(handle);
	return bounded && same && again ? 0 : 1;
}
