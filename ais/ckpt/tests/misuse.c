/* Every call of libSaCkpt, used wrongly in every way that its sheet names: NULL, lengths, sizes that overflow, flags, enums, handles of each wrong
 * kind, calls out of their order. Each has its code, nothing is written, and afterwards the same handles work. Run by test_ckpt_keeper.sh. */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saCkpt.h"

enum { SIZE = 100, ID_SIZE = 16, READ_WRITE = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, ALL = READ_WRITE | SA_CKPT_CHECKPOINT_CREATE };

static unsigned wrong, done;

#define IS(call, wanted) is(__LINE__, #call, (int)(call), wanted)

static void is(int line, const char *call, int got, int wanted)
{
	done++;
	if (got == wanted)
		return;
	wrong++;
	printf("misuse.c:%d: %.100s: code %d, not %d\n", line, call, got, wanted);
}

static const SaCkptCheckpointCreationAttributesT attributes = {
	.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 4 * SIZE, .maxSections = 4, .maxSectionSize = SIZE, .maxSectionIdSize = ID_SIZE,
};

static SaNameT name_of(const char *text)
{
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return name;
}

/* What is right in all calls, so that each is wrong in one thing alone. */
static struct {
	SaCkptHandleT handle;
	SaNameT name;
	SaCkptCheckpointHandleT checkpoint, asynchronous;
	SaCkptSectionIdT id;
	uint32_t opened, synchronized; /* callbacks */
	SaCkptCheckpointHandleT opened_checkpoint;
} right = {.id = {1, (SaUint8T *)"s"}};

static void on_open(SaInvocationT invocation, SaCkptCheckpointHandleT checkpoint, SaAisErrorT error)
{
	(void)invocation, (void)error;
	right.opened++;
	right.opened_checkpoint = checkpoint;
}

static void on_synchronize(SaInvocationT invocation, SaAisErrorT error)
{
	(void)invocation, (void)error;
	right.synchronized++;
}

static SaAisErrorT initialize(SaCkptHandleT *handle)
{
	static const SaCkptCallbacksT callbacks = {on_open, on_synchronize};
	SaVersionT version = {'B', 1, 1};

	return saCkptInitialize(handle, &callbacks, &version);
}

static SaAisErrorT open_with(const SaNameT *name, const SaCkptCheckpointCreationAttributesT *given, SaCkptCheckpointOpenFlagsT flags,
                             SaTimeT timeout)
{
	SaCkptCheckpointHandleT checkpoint;
	const SaAisErrorT error = saCkptCheckpointOpen(right.handle, name, given, flags, timeout, &checkpoint);

	if (error == SA_AIS_OK)
		saCkptCheckpointClose(checkpoint);
	return error;
}

static SaAisErrorT create(SaCkptSectionIdT id, const void *data, SaSizeT size)
{
	SaCkptSectionCreationAttributesT creation = {.sectionId = &id, .expirationTime = SA_TIME_END};

	return saCkptSectionCreate(right.checkpoint, &creation, data, size);
}

static SaAisErrorT write_one(SaCkptSectionIdT id, const void *data, SaSizeT size, SaOffsetT offset)
{
	const SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = (void *)(uintptr_t)data, .dataSize = size, .dataOffset = offset};
	SaUint32T index = 77;
	const SaAisErrorT error = saCkptCheckpointWrite(right.checkpoint, &element, 1, &index);

	if (error != SA_AIS_OK)
		IS(index, 0);
	return error;
}

static SaAisErrorT read_one(SaCkptSectionIdT id, void *data, SaSizeT size, SaOffsetT offset)
{
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = data, .dataSize = size, .dataOffset = offset};
	SaUint32T index = 77;
	const SaAisErrorT error = saCkptCheckpointRead(right.checkpoint, &element, 1, &index);

	if (error != SA_AIS_OK)
		IS(index, 0);
	if (data == NULL && error == SA_AIS_OK)
		free(element.dataBuffer);
	IS(error != SA_AIS_OK && element.dataBuffer != data, 0); /* what an error allocated is not left behind */
	return error;
}

static SaAisErrorT iterate(SaCkptCheckpointHandleT checkpoint, int chosen)
{
	SaCkptSectionIterationHandleT iteration;
	const SaAisErrorT error = saCkptSectionIterationInitialize(checkpoint, (SaCkptSectionsChosenT)chosen, 0, &iteration);

	if (error == SA_AIS_OK)
		saCkptSectionIterationFinalize(iteration);
	return error;
}

static void nulls(void)
{
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT handle;
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionCreationAttributesT without = {.expirationTime = SA_TIME_END};

	IS(saCkptInitialize(NULL, NULL, &version), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptInitialize(&handle, NULL, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSelectionObjectGet(right.handle, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(open_with(NULL, &attributes, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	IS(open_with(&right.name, NULL, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	IS(open_with(&right.name, &attributes, READ_WRITE, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointOpen(right.handle, &right.name, &attributes, ALL, SA_TIME_MAX, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointOpenAsync(right.handle, 1, NULL, &attributes, ALL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointOpenAsync(right.handle, 1, &right.name, NULL, ALL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointOpenAsync(right.handle, 1, &right.name, &attributes, READ_WRITE), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointUnlink(right.handle, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointStatusGet(right.checkpoint, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionCreate(right.checkpoint, NULL, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionCreate(right.checkpoint, &without, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(create((SaCkptSectionIdT){1, (SaUint8T *)"n"}, NULL, 1), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionDelete(right.checkpoint, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionExpirationTimeSet(right.checkpoint, NULL, SA_TIME_END), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionIterationInitialize(right.checkpoint, SA_CKPT_SECTIONS_ANY, 0, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionIterationInitialize(right.checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK);
	IS(saCkptSectionIterationNext(iteration, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionIterationFinalize(iteration), SA_AIS_OK);
	IS(saCkptCheckpointWrite(right.checkpoint, NULL, 1, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointRead(right.checkpoint, NULL, 1, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(write_one(right.id, NULL, 1, 0), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionOverwrite(right.checkpoint, NULL, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionOverwrite(right.checkpoint, &right.id, NULL, 1), SA_AIS_ERR_INVALID_PARAM);
}

/* A length without bytes, and for a generated id bytes without a length. */
static void odd_ids(void)
{
	const SaCkptSectionIdT none = {3, NULL}, empty = {0, (SaUint8T *)"x"};
	char byte;

	IS(create(none, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(create(empty, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionDelete(right.checkpoint, &none), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionExpirationTimeSet(right.checkpoint, &none, SA_TIME_END), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptSectionOverwrite(right.checkpoint, &none, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(write_one(none, "x", 1, 0), SA_AIS_ERR_INVALID_PARAM);
	IS(read_one(none, &byte, 1, 0), SA_AIS_ERR_INVALID_PARAM);
	IS(read_one(none, NULL, 0, 0), SA_AIS_ERR_INVALID_PARAM);
}

static void lengths(void)
{
	static const SaUint16T lengths[] = {0, 257, 65535};
	static SaUint8T bytes[65535];
	const SaCkptSectionIdT longer = {ID_SIZE + 1, bytes}, longest = {65535, bytes};
	SaNameT name = right.name;
	char byte;

	for (size_t i = 0; i < 3; i++) {
		name.length = lengths[i];
		IS(open_with(&name, &attributes, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
		IS(open_with(&name, NULL, READ_WRITE, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptCheckpointOpenAsync(right.handle, 1, &name, &attributes, ALL), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptCheckpointUnlink(right.handle, &name), SA_AIS_ERR_INVALID_PARAM);
	}
	IS(create(longer, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	IS(create(longest, "x", 1), SA_AIS_ERR_INVALID_PARAM);
	for (const SaCkptSectionIdT *id = &longer; id != NULL; id = id == &longer ? &longest : NULL) { /* no section can have it */
		IS(saCkptSectionDelete(right.checkpoint, id), SA_AIS_ERR_NOT_EXIST);
		IS(saCkptSectionExpirationTimeSet(right.checkpoint, id, SA_TIME_END), SA_AIS_ERR_NOT_EXIST);
		IS(saCkptSectionOverwrite(right.checkpoint, id, "x", 1), SA_AIS_ERR_NOT_EXIST);
		IS(write_one(*id, "x", 1, 0), SA_AIS_ERR_NOT_EXIST);
		IS(read_one(*id, &byte, 1, 0), SA_AIS_ERR_NOT_EXIST);
	}
	const SaCkptIOVectorElementT element = {.sectionId = right.id, .dataBuffer = &byte, .dataSize = 1};
	SaCkptIOVectorElementT read = element;
	IS(saCkptCheckpointWrite(right.checkpoint, &element, 0, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointRead(right.checkpoint, &read, 0, NULL), SA_AIS_ERR_INVALID_PARAM);
	IS(saCkptCheckpointWrite(right.checkpoint, &element, UINT32_MAX, NULL), SA_AIS_ERR_NO_RESOURCES); /* and the vector is not looked at */
	IS(saCkptCheckpointRead(right.checkpoint, &read, UINT32_MAX, NULL), SA_AIS_ERR_INVALID_PARAM);
}

static void sizes_that_overflow(void)
{
	static const SaSizeT sizes[] = {SIZE + 1, UINT32_MAX, 1ULL << 32, 1ULL << 63, UINT64_MAX};
	const SaCkptSectionIdT fresh = {1, (SaUint8T *)"f"};
	static char data[SIZE];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) { /* refused before a byte is looked at */
		IS(create(fresh, data, sizes[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptSectionOverwrite(right.checkpoint, &right.id, data, sizes[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(write_one(right.id, data, sizes[i], 0), SA_AIS_ERR_INVALID_PARAM);
		IS(write_one(right.id, data, 1, sizes[i] - 1), SA_AIS_ERR_INVALID_PARAM);
		IS(write_one(right.id, data, SIZE, UINT64_MAX - sizes[i] + 1), SA_AIS_ERR_INVALID_PARAM);
		IS(write_one(right.id, data, sizes[i], UINT64_MAX - sizes[i] + 2), SA_AIS_ERR_INVALID_PARAM); /* their sum is 1 */
		IS(read_one(right.id, data, sizes[i], 0), SA_AIS_ERR_INVALID_PARAM);
		IS(read_one(right.id, data, 1, sizes[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(read_one(right.id, NULL, 0, sizes[i]), SA_AIS_ERR_INVALID_PARAM);
	}
}

/* Above the bounds of one section and of one vector: refused whole, whatever the checkpoint's own maximum. */
static void sizes_above_the_bounds(void)
{
	const SaSizeT mib = 1024 * 1024, above = 64 * mib + 1;
	SaCkptCheckpointCreationAttributesT large = attributes;
	const SaNameT name = name_of("misuse-large");
	SaCkptSectionIdT small = {1, (SaUint8T *)"s"}, fresh = {1, (SaUint8T *)"f"};
	SaCkptSectionCreationAttributesT creation = {.sectionId = &small, .expirationTime = SA_TIME_END};
	SaCkptCheckpointHandleT checkpoint;
	SaCkptCheckpointDescriptorT status;
	char *data = calloc(1, above), kept[8] = "";
	const SaCkptIOVectorElementT whole = {.sectionId = small, .dataBuffer = data, .dataSize = above};
	const SaCkptIOVectorElementT both[] = {{.sectionId = small, .dataBuffer = data, .dataSize = 40 * mib},
	                                       {.sectionId = small, .dataBuffer = data, .dataSize = 40 * mib}};
	SaCkptIOVectorElementT read = {.sectionId = small, .dataBuffer = kept, .dataSize = sizeof kept};

	large.maxSectionSize = 128 * mib;
	large.checkpointSize = 4 * large.maxSectionSize;
	IS(data == NULL, 0);
	IS(saCkptCheckpointOpen(right.handle, &name, &large, ALL, SA_TIME_MAX, &checkpoint), SA_AIS_OK);
	IS(saCkptSectionCreate(checkpoint, &creation, "kept", 4), SA_AIS_OK);
	creation.sectionId = &fresh;
	IS(saCkptSectionCreate(checkpoint, &creation, data, above), SA_AIS_ERR_NO_RESOURCES);
	IS(saCkptSectionOverwrite(checkpoint, &small, data, above), SA_AIS_ERR_NO_RESOURCES);
	IS(saCkptCheckpointWrite(checkpoint, &whole, 1, NULL), SA_AIS_ERR_NO_RESOURCES);
	IS(saCkptCheckpointWrite(checkpoint, both, 2, NULL), SA_AIS_ERR_NO_RESOURCES);
	IS(saCkptCheckpointStatusGet(checkpoint, &status), SA_AIS_OK);
	IS(status.numberOfSections, 1);
	IS(status.memoryUsed, 4);
	IS(saCkptCheckpointRead(checkpoint, &read, 1, NULL), SA_AIS_OK);
	IS(read.readSize == 4 && memcmp(kept, "kept", 4) == 0, 1);
	IS(saCkptCheckpointClose(checkpoint), SA_AIS_OK);
	free(data);
}

static void attributes_that_make_no_sense(void)
{
	SaCkptCheckpointCreationAttributesT wrong_one = attributes;

	wrong_one.maxSections = 0;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	wrong_one = attributes;
	wrong_one.checkpointSize++;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	wrong_one.checkpointSize = UINT64_MAX;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	wrong_one = attributes;
	wrong_one.maxSectionSize = 0;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	wrong_one = attributes;
	wrong_one.retentionDuration = -1;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	wrong_one.retentionDuration = INT64_MIN;
	IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	for (unsigned bit = 4; bit < 32; bit++) {
		wrong_one = attributes;
		wrong_one.creationFlags |= 1U << bit;
		IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	}
	wrong_one = attributes;
	for (SaCkptCheckpointCreationFlagsT flags = 0; flags < 16; flags++) { /* exactly one of the three, whatever the fourth */
		wrong_one.creationFlags = flags;
		if ((flags & 7) != 1 && (flags & 7) != 2 && (flags & 7) != 4)
			IS(open_with(&right.name, &wrong_one, ALL, SA_TIME_MAX), SA_AIS_ERR_INVALID_PARAM);
	}
	/* Products that do not fit 64 bits are not computed with what is left of them. */
	const SaNameT huge = name_of("misuse-huge");
	const SaCkptCheckpointCreationAttributesT largest = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = UINT64_MAX, .retentionDuration = 0, .maxSections = UINT32_MAX,
		.maxSectionSize = UINT64_MAX, .maxSectionIdSize = UINT64_MAX,
	};
	IS(open_with(&huge, &largest, ALL, SA_TIME_MAX), SA_AIS_OK);
}

static void flags_enums_times(void)
{
	static const int enums[] = {INT32_MIN, -1, 0, 6, INT32_MAX};
	static const SaTimeT times[] = {-1, INT64_MIN, SA_TIME_UNKNOWN};

	IS(open_with(&right.name, NULL, 0, SA_TIME_MAX), SA_AIS_ERR_BAD_FLAGS);
	for (unsigned bit = 3; bit < 32; bit++) {
		IS(open_with(&right.name, NULL, READ_WRITE | 1U << bit, SA_TIME_MAX), SA_AIS_ERR_BAD_FLAGS);
		IS(saCkptCheckpointOpenAsync(right.handle, 1, &right.name, NULL, READ_WRITE | 1U << bit), SA_AIS_ERR_BAD_FLAGS);
	}
	for (size_t i = 0; i < 5; i++) {
		IS(iterate(right.checkpoint, enums[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptDispatch(right.handle, (SaDispatchFlagsT)enums[i]), SA_AIS_ERR_INVALID_PARAM);
	}
	for (size_t i = 0; i < 3; i++) {
		IS(open_with(&right.name, NULL, READ_WRITE, times[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptCheckpointSynchronize(right.asynchronous, times[i]), SA_AIS_ERR_INVALID_PARAM);
		IS(saCkptCheckpointRetentionDurationSet(right.checkpoint, times[i]), SA_AIS_ERR_INVALID_PARAM);
	}
}

static void handle_is_bad(SaCkptHandleT handle)
{
	SaSelectionObjectT descriptor;
	SaCkptCheckpointHandleT checkpoint;

	IS(saCkptSelectionObjectGet(handle, &descriptor), SA_AIS_ERR_BAD_HANDLE);
	for (int flags = SA_DISPATCH_ONE; flags <= SA_DISPATCH_BLOCKING; flags++)
		IS(saCkptDispatch(handle, (SaDispatchFlagsT)flags), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointOpen(handle, &right.name, &attributes, ALL, SA_TIME_MAX, &checkpoint), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointOpenAsync(handle, 1, &right.name, &attributes, ALL), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointUnlink(handle, &right.name), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptFinalize(handle), SA_AIS_ERR_BAD_HANDLE);
}

static void checkpoint_is_bad(SaCkptCheckpointHandleT checkpoint)
{
	SaCkptCheckpointDescriptorT status;
	SaCkptSectionIdT id = right.id;
	SaCkptSectionCreationAttributesT creation = {.sectionId = &id, .expirationTime = SA_TIME_END};
	char byte = 'x';
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = &byte, .dataSize = 1};

	IS(saCkptCheckpointRetentionDurationSet(checkpoint, 0), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptActiveReplicaSet(checkpoint), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointStatusGet(checkpoint, &status), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptSectionCreate(checkpoint, &creation, &byte, 1), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptSectionDelete(checkpoint, &id), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptSectionExpirationTimeSet(checkpoint, &id, SA_TIME_END), SA_AIS_ERR_BAD_HANDLE);
	IS(iterate(checkpoint, SA_CKPT_SECTIONS_ANY), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointWrite(checkpoint, &element, 1, NULL), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptSectionOverwrite(checkpoint, &id, &byte, 1), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointRead(checkpoint, &element, 1, NULL), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointSynchronize(checkpoint, SA_TIME_ONE_SECOND), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointSynchronizeAsync(checkpoint, 1), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptCheckpointClose(checkpoint), SA_AIS_ERR_BAD_HANDLE);
}

static void iteration_is_bad(SaCkptSectionIterationHandleT iteration)
{
	SaCkptSectionDescriptorT descriptor;

	IS(saCkptSectionIterationNext(iteration, &descriptor), SA_AIS_ERR_BAD_HANDLE);
	IS(saCkptSectionIterationFinalize(iteration), SA_AIS_ERR_BAD_HANDLE);
}

/* Never issued, of another kind, one bit away from one that is right, and those of what has ended, in every order of ending. */
static void handles(void)
{
	static const uint64_t never[] = {0, 1, 0xdeadbeef12345678, UINT64_MAX};
	SaCkptHandleT handle;
	SaCkptCheckpointHandleT checkpoint;
	SaCkptSectionIterationHandleT iteration;

	IS(initialize(&handle), SA_AIS_OK);
	IS(saCkptCheckpointOpen(handle, &right.name, &attributes, ALL, SA_TIME_MAX, &checkpoint), SA_AIS_OK);
	IS(saCkptSectionIterationInitialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK);
	for (size_t i = 0; i < 4; i++) {
		handle_is_bad(never[i]);
		checkpoint_is_bad(never[i]);
		iteration_is_bad(never[i]);
	}
	for (unsigned bit = 16; bit < 64; bit++) { /* the low ones may lead to another that is open */
		handle_is_bad(handle ^ 1ULL << bit);
		checkpoint_is_bad(checkpoint ^ 1ULL << bit);
		iteration_is_bad(iteration ^ 1ULL << bit);
	}
	handle_is_bad(checkpoint);
	handle_is_bad(iteration);
	checkpoint_is_bad(handle);
	checkpoint_is_bad(iteration);
	iteration_is_bad(handle);
	iteration_is_bad(checkpoint);

	IS(saCkptSectionIterationFinalize(iteration), SA_AIS_OK);
	iteration_is_bad(iteration);
	IS(saCkptSectionIterationInitialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK);
	IS(saCkptCheckpointClose(checkpoint), SA_AIS_OK);
	checkpoint_is_bad(checkpoint);
	iteration_is_bad(iteration);
	IS(saCkptCheckpointOpen(handle, &right.name, &attributes, ALL, SA_TIME_MAX, &checkpoint), SA_AIS_OK);
	IS(saCkptSectionIterationInitialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK);
	IS(saCkptFinalize(handle), SA_AIS_OK);
	handle_is_bad(handle);
	checkpoint_is_bad(checkpoint);
	iteration_is_bad(iteration);
}

/* An id may be any bytes: 256 of one byte each, and one of all of them. Read, and found by iteration each once. */
static void ids_of_all_bytes(void)
{
	const SaNameT name = name_of("misuse-bytes");
	const SaCkptCheckpointCreationAttributesT many = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 300, .maxSections = 300, .maxSectionSize = 1, .maxSectionIdSize = 256,
	};
	static SaUint8T bytes[256];
	const SaCkptCheckpointHandleT before = right.checkpoint;
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionDescriptorT section;
	unsigned seen[256] = {0}, whole = 0;
	SaUint8T byte;

	IS(saCkptCheckpointOpen(right.handle, &name, &many, ALL, SA_TIME_MAX, &right.checkpoint), SA_AIS_OK);
	for (unsigned i = 0; i < 256; i++) {
		bytes[i] = (SaUint8T)i;
		IS(create((SaCkptSectionIdT){1, &bytes[i]}, &bytes[i], 1), SA_AIS_OK);
	}
	IS(create((SaCkptSectionIdT){256, bytes}, "w", 1), SA_AIS_OK);
	for (unsigned i = 0; i < 256; i++) {
		IS(read_one((SaCkptSectionIdT){1, &bytes[i]}, &byte, 1, 0), SA_AIS_OK);
		IS(byte, (int)i);
	}
	IS(read_one((SaCkptSectionIdT){256, bytes}, &byte, 1, 0), SA_AIS_OK);
	IS(byte, 'w');
	IS(saCkptSectionIterationInitialize(right.checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK);
	while (saCkptSectionIterationNext(iteration, &section) == SA_AIS_OK) {
		if (section.sectionId.idLen == 1)
			seen[section.sectionId.id[0]]++;
		whole += section.sectionId.idLen == 256 && memcmp(section.sectionId.id, bytes, 256) == 0;
	}
	for (unsigned i = 0; i < 256; i++)
		IS(seen[i], 1);
	IS(whole, 1);
	IS(saCkptSectionDelete(right.checkpoint, &(SaCkptSectionIdT){1, &bytes[0]}), SA_AIS_OK);
	IS(read_one((SaCkptSectionIdT){1, &bytes[0]}, &byte, 1, 0), SA_AIS_ERR_NOT_EXIST);
	IS(read_one((SaCkptSectionIdT){1, &bytes[1]}, &byte, 1, 0), SA_AIS_OK);
	IS(saCkptCheckpointClose(right.checkpoint), SA_AIS_OK);
	right.checkpoint = before;
}

/* The daemon hears of a handle's end by another way than of the next handle's request: what its end closes is closed soon, not at once. */
static SaAisErrorT open_until_gone(const SaNameT *name)
{
	SaAisErrorT error = SA_AIS_OK;

	for (int look = 0; look < 60000 && error == SA_AIS_OK; look++) {
		error = open_with(name, NULL, READ_WRITE, SA_TIME_MAX);
		poll(NULL, 0, error == SA_AIS_OK);
	}
	return error;
}

/* An open that completes for a handle that ends before anybody dispatched it is closed again: with retention 0 its name is free. */
static void open_that_nobody_takes(void)
{
	const SaNameT name = name_of("misuse-untaken");
	SaCkptHandleT handle;
	SaSelectionObjectT descriptor;

	IS(initialize(&handle), SA_AIS_OK);
	IS(saCkptSelectionObjectGet(handle, &descriptor), SA_AIS_OK);
	IS(saCkptCheckpointOpenAsync(handle, 1, &name, &attributes, ALL), SA_AIS_OK);
	IS(poll(&(struct pollfd){.fd = (int)descriptor, .events = POLLIN}, 1, 60000), 1);
	IS(open_with(&name, NULL, READ_WRITE, SA_TIME_MAX), SA_AIS_OK);
	IS(saCkptFinalize(handle), SA_AIS_OK);
	IS(open_until_gone(&name), SA_AIS_ERR_NOT_EXIST);
	IS(right.opened, 0);
}

/* A refused asynchronous call brings no callback; what was refused has changed nothing; all goes on. */
static void nothing_has_happened(void)
{
	SaCkptCheckpointDescriptorT status;
	char data[SIZE] = "";

	IS(saCkptDispatch(right.handle, SA_DISPATCH_ALL), SA_AIS_OK);
	IS(right.opened + right.synchronized, 0);
	IS(saCkptCheckpointStatusGet(right.checkpoint, &status), SA_AIS_OK);
	IS(status.numberOfSections, 1);
	IS(status.memoryUsed, 4);
	IS(read_one(right.id, data, sizeof data, 0), SA_AIS_OK);
	IS(memcmp(data, "kept", 5), 0);
	IS(saCkptCheckpointRetentionDurationSet(right.checkpoint, SA_TIME_ONE_HOUR), SA_AIS_OK);
	IS(saCkptCheckpointStatusGet(right.checkpoint, &status), SA_AIS_OK);
	IS(status.checkpointCreationAttributes.retentionDuration == SA_TIME_ONE_HOUR, 1); /* as last set */
	IS(saCkptCheckpointUnlink(right.handle, &right.name), SA_AIS_OK);
	IS(saCkptCheckpointClose(right.checkpoint), SA_AIS_OK);
	IS(saCkptFinalize(right.handle), SA_AIS_OK);
}

int main(void)
{
	SaCkptCheckpointCreationAttributesT asynchronous = attributes;
	const SaNameT other = name_of("misuse-asynchronous");

	right.name = name_of("misuse");
	asynchronous.creationFlags = SA_CKPT_WR_ACTIVE_REPLICA;
	IS(initialize(&right.handle), SA_AIS_OK);
	IS(saCkptCheckpointOpen(right.handle, &right.name, &attributes, ALL, SA_TIME_MAX, &right.checkpoint), SA_AIS_OK);
	IS(saCkptCheckpointOpen(right.handle, &other, &asynchronous, ALL, SA_TIME_MAX, &right.asynchronous), SA_AIS_OK);
	IS(create(right.id, "kept", 4), SA_AIS_OK);
	nulls();
	odd_ids();
	lengths();
	sizes_that_overflow();
	sizes_above_the_bounds();
	attributes_that_make_no_sense();
	flags_enums_times();
	handles();
	ids_of_all_bytes();
	open_that_nobody_takes();
	nothing_has_happened();
	printf("misuse: %u calls and facts, %u of them wrong\n", done, wrong);
	return wrong != 0;
}
