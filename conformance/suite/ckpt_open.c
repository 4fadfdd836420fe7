/* CKPT assertions on opening, closing, retention and unlinking: CKPT-001 to -058. */
#include "conformance/suite/ckpt.h"

#include <string.h>

#include "conformance/suite/assertions.h"

void CKPT_001(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saAis.h>\n#include <saCkpt.h>\n"
	              "#define IS(name, value) _Static_assert(SA_CKPT_##name == value, #name)\n"
	              "IS(WR_ALL_REPLICAS, 1); IS(WR_ACTIVE_REPLICA, 2); IS(WR_ACTIVE_REPLICA_WEAK, 4); IS(CHECKPOINT_COLLOCATED, 8);\n"
	              "IS(CHECKPOINT_READ, 1); IS(CHECKPOINT_WRITE, 2); IS(CHECKPOINT_CREATE, 4); IS(SECTION_VALID, 1); IS(SECTION_CORRUPTED, 2);\n"
	              "IS(SECTIONS_FOREVER, 1); IS(SECTIONS_LEQ_EXPIRATION_TIME, 2); IS(SECTIONS_GEQ_EXPIRATION_TIME, 3);\n"
	              "IS(SECTIONS_CORRUPTED, 4); IS(SECTIONS_ANY, 5);\n"
	              "SaCkptSectionIdT first = SA_CKPT_DEFAULT_SECTION_ID, second = SA_CKPT_GENERATED_SECTION_ID;\n");
}

void CKPT_002(struct test *test)
{
	probe_compile(test, "#include <stddef.h>\n#include <saAis.h>\n#include <saCkpt.h>\n"
	              "#define SIZE(type, size) _Static_assert(sizeof(SaCkpt##type) == size, #type)\n"
	              "#define AT(type, field, offset) _Static_assert(offsetof(SaCkpt##type, field) == offset, #type \".\" #field)\n"
	              "SIZE(HandleT, 8); SIZE(CheckpointHandleT, 8); SIZE(SectionIterationHandleT, 8);\n"
	              "SIZE(CheckpointCreationFlagsT, 4); SIZE(CheckpointOpenFlagsT, 4);\n"
	              "#if defined __LP64__\n"
	              "SIZE(CheckpointCreationAttributesT, 48); AT(CheckpointCreationAttributesT, checkpointSize, 8);\n"
	              "AT(CheckpointCreationAttributesT, retentionDuration, 16); AT(CheckpointCreationAttributesT, maxSections, 24);\n"
	              "AT(CheckpointCreationAttributesT, maxSectionSize, 32); AT(CheckpointCreationAttributesT, maxSectionIdSize, 40);\n"
	              "SIZE(SectionIdT, 16); AT(SectionIdT, id, 8); SIZE(SectionCreationAttributesT, 16);\n"
	              "AT(SectionCreationAttributesT, expirationTime, 8); SIZE(SectionDescriptorT, 48);\n"
	              "AT(SectionDescriptorT, expirationTime, 16); AT(SectionDescriptorT, sectionSize, 24);\n"
	              "AT(SectionDescriptorT, sectionState, 32); AT(SectionDescriptorT, lastUpdate, 40); SIZE(IOVectorElementT, 48);\n"
	              "AT(IOVectorElementT, dataBuffer, 16); AT(IOVectorElementT, dataSize, 24); AT(IOVectorElementT, dataOffset, 32);\n"
	              "AT(IOVectorElementT, readSize, 40); SIZE(CheckpointDescriptorT, 64); AT(CheckpointDescriptorT, numberOfSections, 48);\n"
	              "AT(CheckpointDescriptorT, memoryUsed, 56); SIZE(CallbacksT, 16);\n"
	              "AT(CallbacksT, saCkptCheckpointSynchronizeCallback, 8);\n"
	              "#elif defined __i386__\n"
	              "SIZE(CheckpointCreationAttributesT, 40); SIZE(SectionIdT, 8); SIZE(SectionCreationAttributesT, 12);\n"
	              "SIZE(SectionDescriptorT, 36); SIZE(IOVectorElementT, 36); SIZE(CheckpointDescriptorT, 52); SIZE(CallbacksT, 8);\n"
	              "#endif\n");
}

/* --- names --- */

/* CASE-101 */
void CKPT_151(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);
	const SaNameT empty = {.length = 0}, longer = {.length = SA_MAX_NAME_LENGTH + 1}, longest = {.length = UINT16_MAX};
	const SaNameT *wrong[] = {name_at_edge(test, &empty, 0), name_at_edge(test, &longer, 0), name_at_edge(test, &longest, 0)};
	SaNameT name = ckpt.name;
	SaCkptCheckpointHandleT checkpoint;

	name.length = (SaUint16T)(name.length & ~1u); /* so that it can end with the page */
	const SaNameT *edge = name_at_edge(test, &name, name.length);
	test_code(test, ckpt.api.open(ckpt.handle, edge, &ckpt.attributes, CKPT_ALL, test_limit_ns(test, 10), &checkpoint), SA_AIS_OK,
	          "saCkptCheckpointOpen");
	test_code(test, ckpt.api.open_async(ckpt.handle, 1, edge, &ckpt.attributes, CKPT_ALL), SA_AIS_OK, "saCkptCheckpointOpenAsync");
	ckpt_settle(&ckpt);
	test_code(test, ckpt.api.unlink(ckpt.handle, edge), SA_AIS_OK, "saCkptCheckpointUnlink");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const unsigned length = wrong[i]->length;
		test_code(test, ckpt.api.open(ckpt.handle, wrong[i], &ckpt.attributes, CKPT_ALL, test_limit_ns(test, 10), &checkpoint),
		          SA_AIS_ERR_INVALID_PARAM, "saCkptCheckpointOpen, length %u", length);
		test_code(test, ckpt.api.open_async(ckpt.handle, 2, wrong[i], &ckpt.attributes, CKPT_ALL), SA_AIS_ERR_INVALID_PARAM,
		          "saCkptCheckpointOpenAsync, length %u", length);
		test_code_either(test, ckpt.api.unlink(ckpt.handle, wrong[i]), SA_AIS_ERR_INVALID_PARAM, SA_AIS_ERR_NOT_EXIST,
		                 "saCkptCheckpointUnlink, length %u", length);
	}
}

/* --- Open --- */

/* In the other process; the context is the name. */
static void other_creates(struct test *test, void *context)
{
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.name = *(const SaNameT *)context;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen in another process");
	test_code(test, ckpt_section(&ckpt, "s", "theirs"), SA_AIS_OK, "saCkptSectionCreate there");
}

void CKPT_003(struct test *test)
{
	SaNameT name = test_name(test, "shared");
	struct process other = process_start(test, other_creates, &name);
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.name = name;
	test_code(test, ckpt_open(&ckpt, CKPT_READ, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen without CREATE");
	ckpt_section_is(&ckpt, "s", "theirs");
	process_end(&other);
}

void CKPT_004(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt_open(&ckpt, CKPT_READ, &ckpt.checkpoint), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointOpen of a missing name");
}

void CKPT_005(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt.api.open(ckpt.handle, &ckpt.name, NULL, CKPT_ALL, SA_TIME_MAX, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM,
	          "CREATE with attributes NULL");
}

void CKPT_006(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt.api.open(ckpt.handle, &ckpt.name, &ckpt.attributes, CKPT_READ, SA_TIME_MAX, &ckpt.checkpoint),
	          SA_AIS_ERR_INVALID_PARAM, "attributes without CREATE");
}

void CKPT_007(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.attributes.checkpointSize = ckpt.attributes.maxSections * ckpt.attributes.maxSectionSize + 1;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM, "checkpointSize above the product");
	ckpt.attributes.checkpointSize--;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "checkpointSize equal to the product");
}

void CKPT_008(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.attributes.maxSections = 2;
	ckpt.attributes.maxSectionSize = 1ULL << 63;
	ckpt.attributes.checkpointSize = 1;
	const SaAisErrorT error = ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint);
	test_true(test, error != SA_AIS_ERR_INVALID_PARAM, "maxSections 2, maxSectionSize 2^63, checkpointSize 1: %s", code_text(error));
}

void CKPT_009(struct test *test)
{
	static const SaCkptCheckpointOpenFlagsT flags[] = {0x8, 0x80000000};
	struct ckpt ckpt = ckpt_begin(test);

	for (size_t i = 0; i < 2; i++) {
		test_code(test, ckpt_open(&ckpt, flags[i], &ckpt.checkpoint), SA_AIS_ERR_BAD_FLAGS, "open flags 0x%x", flags[i]);
		test_code(test, ckpt_open(&ckpt, flags[i] | CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_BAD_FLAGS, "open flags 0x%x", flags[i] | CKPT_ALL);
	}
}

void CKPT_010(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt_open(&ckpt, 0, &ckpt.checkpoint), SA_AIS_ERR_BAD_FLAGS, "open flags 0");
}

static void creation_flags_refused(struct test *test, const SaCkptCheckpointCreationFlagsT *flags, size_t count)
{
	struct ckpt ckpt = ckpt_begin(test);

	for (size_t i = 0; i < count; i++) {
		ckpt.attributes.creationFlags = flags[i];
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM, "creationFlags 0x%x", flags[i]);
	}
}

void CKPT_011(struct test *test)
{
	static const SaCkptCheckpointCreationFlagsT flags[] = {0x3, 0x5, 0x6};

	creation_flags_refused(test, flags, 3);
}

void CKPT_012(struct test *test)
{
	static const SaCkptCheckpointCreationFlagsT flags[] = {0, SA_CKPT_CHECKPOINT_COLLOCATED, 0x10, 0x11};

	creation_flags_refused(test, flags, 4);
}

void CKPT_013(struct test *test)
{
	static const SaCkptCheckpointCreationFlagsT flags[] = {
		SA_CKPT_WR_ALL_REPLICAS, SA_CKPT_WR_ACTIVE_REPLICA, SA_CKPT_WR_ACTIVE_REPLICA_WEAK,
	};
	struct ckpt ckpt = ckpt_begin(test);

	for (size_t i = 0; i < 3; i++) {
		char suffix[] = {'m', (char)('0' + i), '\0'};
		ckpt.name = test_name(test, suffix);
		ckpt.attributes.creationFlags = flags[i] | SA_CKPT_CHECKPOINT_COLLOCATED;
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "creationFlags 0x%x", ckpt.attributes.creationFlags);
	}
}

void CKPT_014(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt.api.open(ckpt.handle, NULL, &ckpt.attributes, CKPT_ALL, SA_TIME_MAX, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM,
	          "name NULL");
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, NULL), SA_AIS_ERR_INVALID_PARAM, "checkpointHandle NULL");
}

void CKPT_015(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);
	const SaUint16T length = ckpt.name.length;

	memset(ckpt.name.value + length, 'x', sizeof ckpt.name.value - length);
	ckpt.name.length = 0;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM, "name of 0 octets");
	ckpt.name.length = 257;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_INVALID_PARAM, "name of 257 octets");
	ckpt.name.length = 256;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "name of 256 octets");
}

void CKPT_016(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptCheckpointHandleT first = ckpt.checkpoint;

	test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "CREATE again with equal attributes");
	test_true(test, first != ckpt.checkpoint, "another handle");
	ckpt_section_is(&ckpt, "s", "kept");
}

static void attributes_differ(struct test *test, SaCkptCheckpointCreationAttributesT attributes)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptCheckpointHandleT second;

	ckpt.attributes = attributes;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &second), SA_AIS_ERR_EXIST, "CREATE with one attribute different");
}

void CKPT_017(struct test *test)
{
	attributes_differ(test, ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED));
}

void CKPT_018(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.checkpointSize--;
	attributes_differ(test, attributes);
}

void CKPT_019(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.maxSections++;
	attributes_differ(test, attributes);
}

void CKPT_020(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.maxSectionSize++;
	attributes_differ(test, attributes);
}

void CKPT_021(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.maxSectionIdSize++;
	attributes_differ(test, attributes);
}

void CKPT_022(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.retentionDuration++;
	attributes_differ(test, attributes);
}

void CKPT_023(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptCheckpointCreationAttributesT wanted = ckpt.attributes;
	SaCkptCheckpointHandleT second;

	memset(&ckpt.attributes, 0xff, sizeof ckpt.attributes);
	ckpt.attributes.creationFlags = wanted.creationFlags;
	ckpt.attributes.checkpointSize = wanted.checkpointSize;
	ckpt.attributes.retentionDuration = wanted.retentionDuration;
	ckpt.attributes.maxSections = wanted.maxSections;
	ckpt.attributes.maxSectionSize = wanted.maxSectionSize;
	ckpt.attributes.maxSectionIdSize = wanted.maxSectionIdSize;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &second), SA_AIS_OK, "equal attributes, other padding");
}

void CKPT_024(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptCheckpointHandleT second;

	test_code(test, ckpt.api.retention_duration_set(ckpt.checkpoint, SA_TIME_ONE_SECOND), SA_AIS_OK, "RetentionDurationSet(1 s)");
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &second), SA_AIS_OK, "CREATE with the attributes of the creation");
	test_code(test, ckpt.api.retention_duration_set(ckpt.checkpoint, 0), SA_AIS_OK, "RetentionDurationSet(0)");
}

void CKPT_025(struct test *test)
{
	struct ckpt first = ckpt_begin_open(test), second = ckpt_begin(test), third = ckpt_begin(test);

	test_code(test, ckpt_section(&first, "s", "first"), SA_AIS_OK, "saCkptSectionCreate");
	second.name.value[0] = 'S';
	third.name.value[third.name.length++] = '+';
	ckpt_exists(&second, false);
	ckpt_exists(&third, false);
	test_code(test, ckpt_open(&second, CKPT_ALL, &second.checkpoint), SA_AIS_OK, "a name that differs in case");
	test_code(test, ckpt_section(&second, "s", "second"), SA_AIS_OK, "saCkptSectionCreate there");
	test_code(test, ckpt_open(&third, CKPT_ALL, &third.checkpoint), SA_AIS_OK, "a name that goes on");
	test_code(test, ckpt_section(&third, "s", "third"), SA_AIS_OK, "saCkptSectionCreate there");
	ckpt_section_is(&first, "s", "first");
}

void CKPT_026(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	memset(ckpt.name.value + ckpt.name.length, 0xa5, sizeof ckpt.name.value - ckpt.name.length);
	ckpt_exists(&ckpt, true);
}

void CKPT_027(struct test *test)
{
	struct ckpt first = ckpt_begin_open(test), second = first;

	test_code(test, ckpt_open(&second, CKPT_READ | CKPT_WRITE, &second.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen again");
	test_true(test, first.checkpoint != second.checkpoint, "two handles");
	test_code(test, ckpt_section(&first, "s", "one"), SA_AIS_OK, "saCkptSectionCreate through the first");
	ckpt_section_is(&second, "s", "one");
	test_code(test, first.api.close(first.checkpoint), SA_AIS_OK, "saCkptCheckpointClose of the first");
	test_code(test, ckpt_overwrite(&second, "s", "two"), SA_AIS_OK, "saCkptSectionOverwrite through the second");
	ckpt_section_is(&second, "s", "two");
}

void CKPT_028(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);
	const SaCkptHandleT handle = ckpt.handle;

	ckpt.handle = 0xdeadbeef12345678;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
	test_code(test, ckpt.api.finalize(handle), SA_AIS_OK, "saCkptFinalize");
	ckpt.handle = handle;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_ERR_BAD_HANDLE, "a finalized handle");
}

void CKPT_029(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt.api.open(ckpt.handle, &ckpt.name, &ckpt.attributes, CKPT_ALL, 0, &ckpt.checkpoint), SA_AIS_OK, "timeout 0");
	test_code(test, ckpt_section(&ckpt, "s", "works"), SA_AIS_OK, "saCkptSectionCreate");
}

/* --- OpenAsync --- */

static SaAisErrorT open_async(struct ckpt *ckpt, SaInvocationT invocation, const SaCkptCheckpointCreationAttributesT *attributes,
                              SaCkptCheckpointOpenFlagsT flags)
{
	return ckpt->api.open_async(ckpt->handle, invocation, &ckpt->name, attributes, flags);
}

void CKPT_030(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, open_async(&ckpt, 0x123456789abcdef0, &ckpt.attributes, CKPT_ALL), SA_AIS_OK, "saCkptCheckpointOpenAsync");
	ckpt_dispatch_until(&ckpt, &ckpt_callbacks.open_count, 1);
	test_code(test, ckpt_callbacks.opens[0].error, SA_AIS_OK, "the callback's error");
	test_true(test, ckpt_callbacks.opens[0].invocation == 0x123456789abcdef0, "the invocation came back");
	ckpt.checkpoint = ckpt_callbacks.opens[0].checkpoint;
	test_code(test, ckpt_section(&ckpt, "s", "works"), SA_AIS_OK, "saCkptSectionCreate");
	ckpt_section_is(&ckpt, "s", "works");
}

/* CASE-084; its descriptor is COM-024's */
void CKPT_031(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt_initialize(test, &ckpt.api, &ckpt.handle, NULL), SA_AIS_OK, "saCkptInitialize without callbacks");
	test_code(test, open_async(&ckpt, 1, &ckpt.attributes, CKPT_ALL), SA_AIS_ERR_INIT, "saCkptCheckpointOpenAsync");
}

/* From the call, or from the callback. */
static void async_refused(struct ckpt *ckpt, SaAisErrorT returned, SaAisErrorT wanted)
{
	if (returned != SA_AIS_OK) {
		test_code(ckpt->test, returned, wanted, "from the call");
		ckpt_settle(ckpt);
		test_equal(ckpt->test, ckpt_callbacks.open_count, 0, "callbacks after the refusal");
		return;
	}
	ckpt_dispatch_until(ckpt, &ckpt_callbacks.open_count, 1);
	test_code(ckpt->test, ckpt_callbacks.opens[0].error, wanted, "from the callback");
}

void CKPT_032(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	async_refused(&ckpt, open_async(&ckpt, 1, NULL, CKPT_READ), SA_AIS_ERR_NOT_EXIST);
}

void CKPT_033(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	ckpt.attributes.maxSections++;
	async_refused(&ckpt, open_async(&ckpt, 1, &ckpt.attributes, CKPT_ALL), SA_AIS_ERR_EXIST);
}

void CKPT_034(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	async_refused(&ckpt, open_async(&ckpt, 1, &ckpt.attributes, CKPT_ALL | 0x8), SA_AIS_ERR_BAD_FLAGS);
}

void CKPT_035(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, open_async(&ckpt, 1, NULL, CKPT_ALL), SA_AIS_ERR_INVALID_PARAM, "CREATE with attributes NULL");
}

/* --- Close --- */

/* Every call that takes a checkpoint handle. */
static void all_are_bad(struct ckpt *ckpt)
{
	struct test *test = ckpt->test;
	const struct ckpt_library *api = &ckpt->api;
	SaCkptCheckpointDescriptorT status;
	SaCkptSectionIterationHandleT iteration;
	const SaCkptSectionIdT section = ckpt_id("s");
	SaSizeT size;
	char byte;

	test_code(test, ckpt_section(ckpt, "s", "x"), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionCreate");
	test_code(test, ckpt_delete(ckpt, "s"), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionDelete");
	test_code(test, ckpt_write(ckpt, "s", 0, "x"), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointWrite");
	test_code(test, ckpt_read(ckpt, "s", &byte, 1, &size), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointRead");
	test_code(test, ckpt_overwrite(ckpt, "s", "x"), SA_AIS_ERR_BAD_HANDLE, "saCkptSectionOverwrite");
	test_code(test, api->section_expiration_time_set(ckpt->checkpoint, &section, SA_TIME_END), SA_AIS_ERR_BAD_HANDLE, "ExpirationTimeSet");
	test_code(test, api->status_get(ckpt->checkpoint, &status), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointStatusGet");
	test_code(test, api->retention_duration_set(ckpt->checkpoint, 0), SA_AIS_ERR_BAD_HANDLE, "RetentionDurationSet");
	test_code(test, api->active_replica_set(ckpt->checkpoint), SA_AIS_ERR_BAD_HANDLE, "saCkptActiveReplicaSet");
	test_code(test, api->synchronize(ckpt->checkpoint, SA_TIME_ONE_SECOND), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointSynchronize");
	test_code(test, api->synchronize_async(ckpt->checkpoint, 1), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointSynchronizeAsync");
	test_code(test, api->iteration_initialize(ckpt->checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_ERR_BAD_HANDLE,
	          "saCkptSectionIterationInitialize");
	test_code(test, api->close(ckpt->checkpoint), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointClose");
}

void CKPT_036(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt.api.close(ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	all_are_bad(&ckpt);
}

void CKPT_037(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt.api.close(0), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointClose(0)");
	test_code(test, ckpt.api.close(0xdeadbeef12345678), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointClose of a handle never issued");
	test_code(test, ckpt.api.close(ckpt.handle), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointClose of a ckptHandle");
}

void CKPT_038(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test), other = ckpt_begin(test);

	test_code(test, ckpt.api.finalize(ckpt.handle), SA_AIS_OK, "saCkptFinalize");
	all_are_bad(&ckpt);
	other.name = ckpt.name;
	ckpt_name_vanishes(&other, 0); /* retention 0 began, and ended */
}

void CKPT_039(struct test *test)
{
	struct ckpt first = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA)), second = first;

	second.name = test_name(test, "b");
	test_code(test, ckpt_open(&second, CKPT_ALL, &second.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen of another");
	test_code(test, first.api.synchronize_async(first.checkpoint, 1), SA_AIS_OK, "saCkptCheckpointSynchronizeAsync on the first");
	test_code(test, second.api.synchronize_async(second.checkpoint, 2), SA_AIS_OK, "saCkptCheckpointSynchronizeAsync on the second");
	test_true(test, descriptor_readable(first.descriptor, test_limit_ns(test, 10)), "a callback is pending");
	ckpt_arrive(&first); /* both are: the close has something to take away */
	test_code(test, first.api.close(first.checkpoint), SA_AIS_OK, "saCkptCheckpointClose of the first");
	ckpt_dispatch_until(&second, &ckpt_callbacks.synchronize_count, 1);
	ckpt_settle(&second);
	test_equal(test, ckpt_callbacks.synchronize_count, 1, "callbacks");
	test_equal(test, ckpt_callbacks.synchronizes[0].invocation, 2, "its invocation");
}

/* --- retention --- */

static struct ckpt retained(struct test *test, SaTimeT retention)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.retentionDuration = retention;
	struct ckpt ckpt = ckpt_begin_with(test, attributes);
	test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	return ckpt;
}

/* Closes, waits, reopens. False: the machine stalled, and the retention may rightly have run out. */
static bool survives(struct ckpt *ckpt, double seconds, SaTimeT retention)
{
	const int64_t closing = now_ns();

	test_code(ckpt->test, ckpt->api.close(ckpt->checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	test_sleep(ckpt->test, seconds);
	const SaAisErrorT error = ckpt_open(ckpt, CKPT_READ | CKPT_WRITE, &ckpt->checkpoint);
	if (error == SA_AIS_ERR_NOT_EXIST && now_ns() - closing >= retention)
		return false;
	test_code(ckpt->test, error, SA_AIS_OK, "saCkptCheckpointOpen %.1f s after the close", seconds);
	ckpt_section_is(ckpt, "s", "kept");
	return true;
}

static void closed(struct ckpt *ckpt)
{
	test_code(ckpt->test, ckpt->api.close(ckpt->checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
}

static void reopened(struct ckpt *ckpt)
{
	test_code(ckpt->test, ckpt_open(ckpt, CKPT_READ | CKPT_WRITE, &ckpt->checkpoint), SA_AIS_OK, "saCkptCheckpointOpen without CREATE");
	ckpt_section_is(ckpt, "s", "kept");
}

static void unlinked(struct ckpt *ckpt)
{
	test_code(ckpt->test, ckpt->api.unlink(ckpt->handle, &ckpt->name), SA_AIS_OK, "saCkptCheckpointUnlink");
}

void CKPT_040(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_ONE_MINUTE);

	closed(&ckpt);
	reopened(&ckpt);
	unlinked(&ckpt);
}

void CKPT_041(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_ONE_SECOND);

	closed(&ckpt);
	ckpt_name_vanishes(&ckpt, 1.2);
}

/* The time of the first close is over when the last one comes; counted from there, it is gone at once. */
static bool counts_from_the_last_close(struct ckpt *first)
{
	struct ckpt last = *first;

	test_code(first->test, ckpt_open(&last, CKPT_READ, &last.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen again");
	closed(first);
	test_sleep(first->test, 1.5);
	ckpt_section_is(&last, "s", "kept");
	const bool survived = survives(&last, 0.4, SA_TIME_ONE_SECOND);
	first->checkpoint = last.checkpoint;
	return survived;
}

void CKPT_042(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_ONE_SECOND);

	while (!counts_from_the_last_close(&ckpt)) {
		test_observe(test, "the machine stalled: once more");
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(CREATE)");
		test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	}
	closed(&ckpt);
	ckpt_name_vanishes(&ckpt, 1.2);
}

/* Twice 1.2 s is more than the retention: the second close has begun it anew. */
void CKPT_043(struct test *test)
{
	struct ckpt ckpt = retained(test, 2 * SA_TIME_ONE_SECOND);

	while (!survives(&ckpt, 1.2, 2 * SA_TIME_ONE_SECOND) || !survives(&ckpt, 1.2, 2 * SA_TIME_ONE_SECOND)) {
		test_observe(test, "the machine stalled: once more");
		test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(CREATE)");
		test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	}
	closed(&ckpt);
	ckpt_name_vanishes(&ckpt, 2.2);
}

void CKPT_044(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	closed(&ckpt);
	ckpt_exists(&ckpt, false);
}

void CKPT_045(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_MAX);

	closed(&ckpt);
	test_sleep(test, 1);
	ckpt_exists(&ckpt, true);
	unlinked(&ckpt);
	ckpt_exists(&ckpt, false);
}

void CKPT_046(struct test *test)
{
	struct ckpt shorter = retained(test, SA_TIME_ONE_HOUR), longer = ckpt_begin(test);

	longer.name = test_name(test, "longer");
	test_code(test, ckpt_open(&longer, CKPT_ALL, &longer.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen with retention 0");
	test_code(test, ckpt_section(&longer, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, longer.api.retention_duration_set(longer.checkpoint, SA_TIME_ONE_HOUR), SA_AIS_OK, "RetentionDurationSet(1 h)");
	test_code(test, shorter.api.retention_duration_set(shorter.checkpoint, SA_TIME_ONE_SECOND), SA_AIS_OK, "RetentionDurationSet(1 s)");
	closed(&longer);
	closed(&shorter);
	ckpt_name_vanishes(&shorter, 1.2);
	reopened(&longer);
	unlinked(&longer);
}

void CKPT_047(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	unlinked(&ckpt);
	test_code(test, ckpt.api.retention_duration_set(ckpt.checkpoint, SA_TIME_ONE_SECOND), SA_AIS_ERR_BAD_OPERATION,
	          "RetentionDurationSet after Unlink");
}

void CKPT_048(struct test *test)
{
	struct ckpt ckpt = retained(test, 0), reader = ckpt;

	test_code(test, ckpt_open(&reader, CKPT_READ, &reader.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(READ)");
	test_code(test, reader.api.retention_duration_set(reader.checkpoint, 0), SA_AIS_OK, "RetentionDurationSet through it");
}

void CKPT_049(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	test_code(test, ckpt.api.retention_duration_set(ckpt.checkpoint, -1), SA_AIS_ERR_INVALID_PARAM, "RetentionDurationSet(-1)");
}

/* The other process holds one with retention 0, one with an hour, and one that it has unlinked; the context is the first two's names. */
static void other_holds_three(struct test *test, void *context)
{
	const SaNameT *names = context;
	struct ckpt brief = ckpt_begin(test), kept = brief, gone = brief;

	brief.name = names[0];
	kept.name = names[1];
	kept.attributes.retentionDuration = SA_TIME_ONE_HOUR;
	test_code(test, ckpt_open(&brief, CKPT_ALL, &brief.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen in another process, retention 0");
	test_code(test, ckpt_open(&kept, CKPT_ALL, &kept.checkpoint), SA_AIS_OK, "of one with an hour");
	test_code(test, ckpt_section(&kept, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate there");
	test_code(test, ckpt_open(&gone, CKPT_ALL, &gone.checkpoint), SA_AIS_OK, "and of one more");
	test_code(test, gone.api.unlink(gone.handle, &gone.name), SA_AIS_OK, "saCkptCheckpointUnlink of that");
}

/* That an unlinked one vanishes has no witness from outside but that its name is free; that retention runs is seen of the others: what has none
 * is gone, and then the death is known, and what has an hour is still there. */
void CKPT_050(struct test *test)
{
	SaNameT names[2] = {test_name(test, "brief"), test_name(test, "kept")};
	struct process other = process_start(test, other_holds_three, names);
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.name = names[0];
	ckpt_exists(&ckpt, true);
	process_kill(&other);
	test_observe(test, "the other process was killed");
	ckpt_name_vanishes(&ckpt, 0.1);
	ckpt.name = names[1];
	reopened(&ckpt);
	unlinked(&ckpt);
	closed(&ckpt);
	ckpt_exists(&ckpt, false);
}

/* --- Unlink --- */

void CKPT_051(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	unlinked(&ckpt);
	ckpt_exists(&ckpt, false);
}

void CKPT_052(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	unlinked(&ckpt);
	ckpt_section_is(&ckpt, "s", "kept");
	test_code(test, ckpt_overwrite(&ckpt, "s", "changed"), SA_AIS_OK, "saCkptSectionOverwrite");
	test_code(test, ckpt_section(&ckpt, "t", "new"), SA_AIS_OK, "saCkptSectionCreate");
	ckpt_section_is(&ckpt, "s", "changed");
	ckpt_section_is(&ckpt, "t", "new");
}

static struct ckpt created_anew(struct ckpt *old)
{
	struct ckpt ckpt = *old;

	test_code(old->test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(CREATE) of the same name");
	test_code(old->test, ckpt_section(&ckpt, "s", "young"), SA_AIS_OK, "saCkptSectionCreate there");
	return ckpt;
}

void CKPT_053(struct test *test)
{
	struct ckpt old = retained(test, 0);

	unlinked(&old);
	struct ckpt young = created_anew(&old);
	ckpt_section_is(&old, "s", "kept");
	test_code(test, ckpt_overwrite(&old, "s", "old"), SA_AIS_OK, "saCkptSectionOverwrite of the old one");
	ckpt_section_is(&young, "s", "young");
}

void CKPT_054(struct test *test)
{
	struct ckpt ckpt = retained(test, 0);

	unlinked(&ckpt);
	test_code(test, ckpt.api.unlink(ckpt.handle, &ckpt.name), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointUnlink again");
	ckpt.name = test_name(test, "never");
	test_code(test, ckpt.api.unlink(ckpt.handle, &ckpt.name), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointUnlink of a missing name");
}

void CKPT_055(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_ONE_HOUR), other = ckpt_begin(test);

	closed(&ckpt);
	other.name = ckpt.name;
	test_code(test, other.api.unlink(other.handle, &other.name), SA_AIS_OK, "saCkptCheckpointUnlink by who never opened it");
	ckpt_exists(&other, false);
	test_code(test, ckpt_open(&other, CKPT_ALL, &other.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(CREATE) of the name");
	SaSizeT size;
	char byte;
	test_code(test, ckpt_read(&other, "s", &byte, 1, &size), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointRead of the old section");
}

void CKPT_056(struct test *test)
{
	struct ckpt ckpt = retained(test, SA_TIME_ONE_HOUR);

	closed(&ckpt);
	unlinked(&ckpt);
	ckpt_exists(&ckpt, false);
}

void CKPT_057(struct test *test)
{
	struct ckpt old = retained(test, 0);

	unlinked(&old);
	struct ckpt young = created_anew(&old);
	closed(&old);
	ckpt_section_is(&young, "s", "young");
	ckpt_exists(&young, true);
}

void CKPT_058(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);

	test_code(test, ckpt.api.unlink(ckpt.handle, NULL), SA_AIS_ERR_INVALID_PARAM, "saCkptCheckpointUnlink(NULL)");
	test_code(test, ckpt.api.unlink(0xdeadbeef12345678, &ckpt.name), SA_AIS_ERR_BAD_HANDLE, "a handle never issued");
	test_code(test, ckpt.api.finalize(ckpt.handle), SA_AIS_OK, "saCkptFinalize");
	test_code(test, ckpt.api.unlink(ckpt.handle, &ckpt.name), SA_AIS_ERR_BAD_HANDLE, "a finalized handle");
}
