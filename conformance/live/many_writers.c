/* CASE-079: sixteen processes that are copies of one, so that every pointer and handle of one is also a value of the others, write sections
 * of one checkpoint at the same time. Each gets the results of its own calls, good and bad, and reads what it wrote.
 *
 *	many-writers NODE ROUNDS   its sections are those of this node; other nodes' write at the same time; exit 1: a result that is another's */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "saCkpt.h"

enum { WRITERS = 16, SECTIONS_MAX = 256, DATA_SIZE = 48 };

/* TRY_AGAIN promises that nothing was done. */
#define AGAIN(error, call) do (error) = (call); while (is_refused(error))

static bool is_refused(SaAisErrorT error)
{
	if (error == SA_AIS_ERR_TRY_AGAIN)
		nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000}, NULL);
	return error == SA_AIS_ERR_TRY_AGAIN;
}

static bool is(const char *writer, const char *call, SaAisErrorT error, SaAisErrorT wanted)
{
	if (error != wanted)
		printf("BROKEN: %s: %s: code %d, not %d\n", writer, call, (int)error, (int)wanted);
	return error == wanted;
}

static bool checkpoint_open(const char *writer, SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = SECTIONS_MAX * DATA_SIZE, .retentionDuration = 0,
		.maxSections = SECTIONS_MAX, .maxSectionSize = DATA_SIZE, .maxSectionIdSize = 16,
	};
	const SaNameT name = {.length = 7, .value = "writers"};
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT handle;
	SaAisErrorT error;

	AGAIN(error, saCkptInitialize(&handle, NULL, &version));
	if (!is(writer, "initialize", error, SA_AIS_OK))
		return false;
	AGAIN(error, saCkptCheckpointOpen(handle, &name, &attributes,
	                                  SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, SA_TIME_MAX, checkpoint));
	return is(writer, "open", error, SA_AIS_OK);
}

static bool section_create(const char *writer, SaCkptCheckpointHandleT checkpoint, SaCkptSectionIdT *id, SaAisErrorT wanted)
{
	SaCkptSectionCreationAttributesT attributes = {.sectionId = id, .expirationTime = SA_TIME_END};
	SaAisErrorT error;

	AGAIN(error, saCkptSectionCreate(checkpoint, &attributes, "", 0));
	return is(writer, "create", error, wanted);
}

static bool missing_delete(const char *writer, SaCkptCheckpointHandleT checkpoint)
{
	SaCkptSectionIdT id = {.idLen = 4, .id = (SaUint8T *)"none"};
	SaAisErrorT error;

	AGAIN(error, saCkptSectionDelete(checkpoint, &id));
	return is(writer, "delete", error, SA_AIS_ERR_NOT_EXIST);
}

/* Between writes one half asks for what exists, the other for what does not: calls are equal in number, and a code that lands with a
 * neighbour shows. */
static bool round_run(const char *writer, unsigned round, SaCkptCheckpointHandleT checkpoint, SaCkptSectionIdT *id)
{
	char data[DATA_SIZE], found[DATA_SIZE] = "";
	const SaSizeT size = (SaSizeT)snprintf(data, sizeof(data), "%s round %u", writer, round);
	SaCkptIOVectorElementT element = {.sectionId = *id, .dataBuffer = found, .dataSize = sizeof(found)};
	SaAisErrorT error;

	AGAIN(error, saCkptSectionOverwrite(checkpoint, id, data, size));
	if (!is(writer, "overwrite", error, SA_AIS_OK))
		return false;
	if (!(writer[strlen(writer) - 1] % 2 == 1 ? section_create(writer, checkpoint, id, SA_AIS_ERR_EXIST) : missing_delete(writer, checkpoint)))
		return false;
	AGAIN(error, saCkptCheckpointRead(checkpoint, &element, 1, NULL));
	if (!is(writer, "read", error, SA_AIS_OK))
		return false;
	if (element.readSize == size && memcmp(found, data, size) == 0)
		return true;
	printf("BROKEN: '%s' was written, '%.*s' is read\n", data, (int)sizeof(found), found);
	return false;
}

/* `start` ends when all are there. */
static bool writer_run(const char *writer, unsigned rounds, int there, int start)
{
	SaCkptSectionIdT id = {.idLen = (SaUint16T)strlen(writer), .id = (SaUint8T *)writer};
	char none;
	SaCkptCheckpointHandleT checkpoint;
	bool good = checkpoint_open(writer, &checkpoint) && section_create(writer, checkpoint, &id, SA_AIS_OK);

	close(there);
	if (read(start, &none, 1) != 0)
		return false;
	for (unsigned round = 0; good && round < rounds; round++)
		good = round_run(writer, round, checkpoint, &id);
	return good;
}

int main(int argc, char **argv)
{
	const unsigned node = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	const unsigned rounds = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	char name[16], none;
	int status, good = 0, there[2], start[2];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (node == 0 || node > 99 || rounds == 0) {
		fputs("usage: many-writers NODE ROUNDS\n", stderr);
		return 2;
	}
	if (pipe(there) != 0 || pipe(start) != 0)
		return 1;
	for (unsigned writer = 0; writer < WRITERS; writer++) {
		snprintf(name, sizeof(name), "n%u-w%u", node, writer);
		const pid_t pid = fork();

		if (pid == 0) {
			close(start[1]);
			exit(writer_run(name, rounds, there[1], start[0]) ? 0 : 1);
		}
		if (pid < 0)
			printf("no process for %s\n", name);
	}
	close(there[1]);
	if (read(there[0], &none, 1) != 0) /* until each has closed its end */
		return 1;
	close(start[1]);
	while (wait(&status) > 0)
		good += status == 0;
	return good == WRITERS ? 0 : 1;
}
