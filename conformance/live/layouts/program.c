/* One program, compiled against a layout: OPENAIS_LAYOUT is openais' header, else the standard's text; BY_DLSYM takes the functions from dlsym()
 * as a program does that loads the library itself. It creates a checkpoint, and holds what the calls that depend on the layout say and touch
 * against what it did. Called by layouts.sh with a name; says what is wrong, and exits with 1 then. */
#ifdef OPENAIS_LAYOUT
#include "openais_ckpt.h"
#else
#include <saAis.h>
#include <saCkpt.h>
#endif

#ifdef BY_DLSYM
#include <dlfcn.h>
#endif
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SECTIONS_MAX = 7, SECTION_SIZE_MAX = 1000 };

static SaAisErrorT (*status_get)(SaCkptCheckpointHandleT, SaCkptCheckpointDescriptorT *);
/* The last argument as a whole register: a caller that knows 32 bits of it leaves in the others what was there. */
static SaAisErrorT (*section_create)(SaCkptCheckpointHandleT, SaCkptSectionCreationAttributesT *, const void *, uint64_t);

static bool functions_find(void)
{
#ifdef BY_DLSYM
	void *library = dlopen("libSaCkpt.so.3", RTLD_NOW);

	if (library == NULL)
		return false;
	*(void **)&status_get = dlsym(library, "saCkptCheckpointStatusGet");
	*(void **)&section_create = dlsym(library, "saCkptSectionCreate");
	return status_get != NULL && section_create != NULL;
#else
	status_get = saCkptCheckpointStatusGet;
	*(void **)&section_create = (void *)saCkptSectionCreate;
	return true;
#endif
}

static bool is(const char *what, uint64_t got, uint64_t wanted)
{
	if (got != wanted)
		printf("%s is %" PRIu64 ", expected %" PRIu64 "\n", what, got, wanted);
	return got == wanted;
}

static const SaCkptCheckpointCreationAttributesT attributes = {
	.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = SECTIONS_MAX * SECTION_SIZE_MAX, .retentionDuration = 0,
	.maxSections = SECTIONS_MAX, .maxSectionSize = SECTION_SIZE_MAX, .maxSectionIdSize = 33,
};

static bool opens(SaCkptHandleT *handle, const char *text, SaCkptCheckpointHandleT *checkpoint)
{
	SaVersionT version = {'B', 1, 1};
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return is("saCkptInitialize", saCkptInitialize(handle, NULL, &version), SA_AIS_OK) &&
	       is("saCkptCheckpointOpen", saCkptCheckpointOpen(*handle, &name, &attributes, SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE |
	          SA_CKPT_CHECKPOINT_CREATE, 10 * SA_TIME_ONE_SECOND, checkpoint), SA_AIS_OK);
}

/* The struct lies between two canaries; all that it says is known. */
static bool status_is(SaCkptCheckpointHandleT checkpoint, uint32_t sections, uint64_t memory)
{
	struct {
		uint8_t before[32];
		SaCkptCheckpointDescriptorT status;
		uint8_t behind[32];
	} out;
	uint8_t canary[32];
	const SaCkptCheckpointCreationAttributesT *got = &out.status.checkpointCreationAttributes;

	memset(&out, 0xa5, sizeof out);
	memset(canary, 0xa5, sizeof canary);
	return is("saCkptCheckpointStatusGet", status_get(checkpoint, &out.status), SA_AIS_OK) &&
	       is("numberOfSections", out.status.numberOfSections, sections) && is("memoryUsed", out.status.memoryUsed, memory) &&
	       is("creationFlags", got->creationFlags, attributes.creationFlags) &&
	       is("checkpointSize", got->checkpointSize, attributes.checkpointSize) &&
	       is("maxSections", got->maxSections, attributes.maxSections) &&
	       is("maxSectionSize", got->maxSectionSize, attributes.maxSectionSize) &&
	       is("maxSectionIdSize", got->maxSectionIdSize, attributes.maxSectionIdSize) &&
	       is("a byte before the struct differs, which", (uint64_t)memcmp(out.before, canary, sizeof canary), 0) &&
	       is("a byte behind the struct differs, which", (uint64_t)memcmp(out.behind, canary, sizeof canary), 0);
}

/* `size` is all of the register. */
static bool creates(SaCkptCheckpointHandleT checkpoint, const char *id, const char *data, uint64_t size)
{
	SaCkptSectionIdT section = {.idLen = (SaUint16T)strlen(id), .id = (SaUint8T *)(uintptr_t)id};
	SaCkptSectionCreationAttributesT creation = {.sectionId = &section, .expirationTime = SA_TIME_END};

	return is("saCkptSectionCreate", section_create(checkpoint, &creation, data, size), SA_AIS_OK);
}

static bool reads(SaCkptCheckpointHandleT checkpoint, const char *id, const char *wanted)
{
	char data[100];
	SaCkptIOVectorElementT element = {
		.sectionId = {(SaUint16T)strlen(id), (SaUint8T *)(uintptr_t)id}, .dataBuffer = data, .dataSize = sizeof data,
	};

	return is("saCkptCheckpointRead", saCkptCheckpointRead(checkpoint, &element, 1, NULL), SA_AIS_OK) &&
	       is("readSize", element.readSize, strlen(wanted)) && is("the data differ, which", memcmp(data, wanted, strlen(wanted)) != 0, 0);
}

static bool layout_holds(SaCkptCheckpointHandleT checkpoint)
{
	const uint64_t left_there = sizeof(((SaCkptCheckpointDescriptorT *)0)->memoryUsed) == 4 ? 0xdeadbeef00000000 : 0;
	const SaCkptSectionIdT second = {6, (SaUint8T *)(uintptr_t)"second"};

	return status_is(checkpoint, 0, 0) && creates(checkpoint, "first", "0123456789", 10) && status_is(checkpoint, 1, 10) &&
	       creates(checkpoint, "second", "abcde", left_there | 5) && status_is(checkpoint, 2, 15) && reads(checkpoint, "first", "0123456789") &&
	       reads(checkpoint, "second", "abcde") &&
	       is("saCkptSectionOverwrite", saCkptSectionOverwrite(checkpoint, &second, "changed", 7), SA_AIS_OK) &&
	       reads(checkpoint, "second", "changed") && status_is(checkpoint, 2, 17);
}

int main(int argc, char **argv)
{
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc != 2 || !functions_find()) {
		printf("usage: program NAME, with libSaCkpt.so.3 in reach\n");
		return 2;
	}
	if (!opens(&handle, argv[1], &checkpoint) || !layout_holds(checkpoint))
		return 1;
	printf("a descriptor of %zu bytes, all fields right\n", sizeof(SaCkptCheckpointDescriptorT));
	return saCkptFinalize(handle) == SA_AIS_OK ? 0 : 1;
}
