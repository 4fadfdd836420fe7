/* Behind the bytes that a read gives there is nothing of what it tried before: a section is overwritten with a long and a short content in turn,
 * and read meanwhile into a buffer of zeros. Run by test_ckpt_keeper.sh. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "saCkpt.h"

enum { LONG = 3000, SHORT = 10, WRITES = 4000 };

static atomic_bool written;

static SaAisErrorT checkpoint_open(SaCkptHandleT *handle, SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = LONG, .maxSections = 1, .maxSectionSize = LONG, .maxSectionIdSize = 8,
	};
	const SaNameT name = {.length = 5, .value = "tails"};
	SaVersionT version = {'B', 1, 1};
	const SaAisErrorT error = saCkptInitialize(handle, NULL, &version);

	if (error != SA_AIS_OK)
		return error;
	return saCkptCheckpointOpen(*handle, &name, &attributes,
	                            SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_READ, SA_TIME_ONE_MINUTE, checkpoint);
}

static void *write_all(void *context)
{
	static char content[LONG];
	SaCkptCheckpointHandleT checkpoint;
	SaCkptHandleT handle;
	SaCkptSectionIdT id = SA_CKPT_DEFAULT_SECTION_ID;

	(void)context;
	memset(content, 'x', sizeof content);
	if (checkpoint_open(&handle, &checkpoint) == SA_AIS_OK)
		for (int i = 0; i < WRITES; i++)
			saCkptSectionOverwrite(checkpoint, &id, content, i % 2 == 0 ? LONG : SHORT);
	atomic_store(&written, true);
	return NULL;
}

int main(void)
{
	static const char zeros[LONG];
	static char buffer[LONG];
	SaCkptCheckpointHandleT checkpoint;
	SaCkptHandleT handle;
	pthread_t writer;
	size_t reads = 0, wrong = 0;

	if (checkpoint_open(&handle, &checkpoint) != SA_AIS_OK || pthread_create(&writer, NULL, write_all, NULL) != 0)
		return 1;
	while (!atomic_load(&written)) {
		SaCkptIOVectorElementT element = {.dataBuffer = buffer, .dataSize = LONG};
		SaUint32T erroneous;

		memset(buffer, 0, sizeof buffer);
		if (saCkptCheckpointRead(checkpoint, &element, 1, &erroneous) != SA_AIS_OK)
			continue;
		reads++;
		wrong += memcmp(buffer + element.readSize, zeros, LONG - element.readSize) != 0;
	}
	pthread_join(writer, NULL);
	printf("%zu reads, %zu with something behind their end\n", reads, wrong);
	return reads == 0 || wrong > 0;
}
