/* CKPT assertions on the default section, creating, deleting and expiring sections, and open modes: CKPT-059 to -084. */
#include "conformance/suite/ckpt.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/suite/assertions.h"

static struct ckpt with_default_section(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);

	attributes.maxSections = 1;
	attributes.checkpointSize = attributes.maxSectionSize;
	return ckpt_begin_with(test, attributes);
}

void CKPT_059(struct test *test)
{
	struct ckpt ckpt = with_default_section(test);
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionDescriptorT section;

	test_code(test, ckpt.api.iteration_initialize(ckpt.checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK, "IterationInitialize");
	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_OK, "IterationNext");
	test_equal(test, section.sectionId.idLen, 0, "idLen");
	test_equal(test, section.sectionSize, 0, "sectionSize");
	test_true(test, section.expirationTime == SA_TIME_END, "it never expires");
	test_equal(test, section.sectionState, SA_CKPT_SECTION_VALID, "sectionState");
	test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_ERR_NO_SECTIONS, "IterationNext again");
	ckpt_section_is(&ckpt, NULL, "");
}

void CKPT_060(struct test *test)
{
	struct ckpt ckpt = with_default_section(test);

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_ERR_EXIST, "saCkptSectionCreate with maxSections 1");
}

void CKPT_061(struct test *test)
{
	struct ckpt ckpt = with_default_section(test);

	test_code(test, ckpt_delete(&ckpt, NULL), SA_AIS_ERR_INVALID_PARAM, "saCkptSectionDelete of the default section");
	ckpt_section_is(&ckpt, NULL, "");
}

void CKPT_062(struct test *test)
{
	struct ckpt ckpt = with_default_section(test);
	const SaCkptSectionIdT id = SA_CKPT_DEFAULT_SECTION_ID;

	test_code(test, ckpt.api.section_expiration_time_set(ckpt.checkpoint, &id, wall_ns() + SA_TIME_ONE_HOUR), SA_AIS_ERR_INVALID_PARAM,
	          "saCkptSectionExpirationTimeSet of the default section");
}

void CKPT_063(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_write(&ckpt, NULL, 0, "x"), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointWrite to {0, NULL}");
}

/* --- SectionCreate --- */

void CKPT_064(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", "initial data"), SA_AIS_OK, "saCkptSectionCreate");
	ckpt_section_is(&ckpt, "s", "initial data");
}

void CKPT_065(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", "first"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_section(&ckpt, "s", "second"), SA_AIS_ERR_EXIST, "saCkptSectionCreate with a used id");
	ckpt_section_is(&ckpt, "s", "first");
}

void CKPT_066(struct test *test)
{
	static const char *const ids[] = {"a", "b", "c", "d"};
	struct ckpt ckpt = ckpt_begin_open(test);

	for (size_t i = 0; i < 4; i++)
		test_code(test, ckpt_section(&ckpt, ids[i], "x"), SA_AIS_OK, "saCkptSectionCreate %zu", i + 1);
	test_code(test, ckpt_section(&ckpt, "e", "x"), SA_AIS_ERR_NO_SPACE, "saCkptSectionCreate 5 of 4");
	test_code(test, ckpt_delete(&ckpt, "b"), SA_AIS_OK, "saCkptSectionDelete");
	test_code(test, ckpt_section(&ckpt, "e", "x"), SA_AIS_OK, "saCkptSectionCreate after it");
}

static SaAisErrorT create_of_size(struct ckpt *ckpt, const char *id, const void *data, SaSizeT size)
{
	SaCkptSectionIdT section = ckpt_id(id);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &section, .expirationTime = SA_TIME_END};

	return ckpt->api.section_create(ckpt->checkpoint, &attributes, data, size);
}

void CKPT_067(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const uint8_t data[1001] = {0};

	test_code(test, create_of_size(&ckpt, "s", data, 1001), SA_AIS_ERR_INVALID_PARAM, "initialDataSize maxSectionSize + 1");
	test_code(test, create_of_size(&ckpt, "s", data, 1000), SA_AIS_OK, "initialDataSize maxSectionSize");
}

void CKPT_068(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "12345678901234567", "x"), SA_AIS_ERR_INVALID_PARAM, "idLen maxSectionIdSize + 1");
	test_code(test, ckpt_section(&ckpt, "1234567890123456", "x"), SA_AIS_OK, "idLen maxSectionIdSize");
	ckpt_section_is(&ckpt, "1234567890123456", "x");
}

/* CASE-081 */
void CKPT_069(struct test *test)
{
	static uint8_t ids[3][4] = {{'a', 0, 'b', 0}, {'a', 0, 'c', 0}, {'a', 0, 0, 0}};
	static const uint16_t sizes[3] = {3, 3, 2};
	struct ckpt ckpt = ckpt_begin_open(test);

	for (size_t i = 0; i < 3; i++) {
		SaCkptSectionIdT id = {.idLen = sizes[i], .id = ids[i]};
		SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
		const uint8_t data = (uint8_t)('0' + i);
		test_code(test, ckpt.api.section_create(ckpt.checkpoint, &attributes, &data, 1), SA_AIS_OK, "saCkptSectionCreate %zu", i);
	}
	for (size_t i = 0; i < 3; i++) {
		uint8_t data = 0;
		SaCkptIOVectorElementT element = {.sectionId = {sizes[i], ids[i]}, .dataBuffer = &data, .dataSize = 1};
		test_code(test, ckpt.api.read(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "saCkptCheckpointRead %zu", i);
		test_equal(test, data, '0' + i, "its byte");
	}
}

void CKPT_070(struct test *test)
{
	struct ckpt first = ckpt_begin_open(test), second = first;

	second.name = test_name(test, "b");
	test_code(test, ckpt_open(&second, CKPT_ALL, &second.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen of another");
	test_code(test, ckpt_section(&first, "s", "first"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_section(&second, "s", "second"), SA_AIS_OK, "saCkptSectionCreate in the other");
	ckpt_section_is(&first, "s", "first");
	test_code(test, ckpt_delete(&first, "s"), SA_AIS_OK, "saCkptSectionDelete");
	ckpt_section_is(&second, "s", "second");
}

static SaCkptSectionIdT generated(struct ckpt *ckpt, const char *data)
{
	SaCkptSectionIdT id = SA_CKPT_GENERATED_SECTION_ID;
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	char read[10];

	test_code(ckpt->test, ckpt->api.section_create(ckpt->checkpoint, &attributes, data, strlen(data)), SA_AIS_OK,
	          "saCkptSectionCreate with a generated id");
	test_true(ckpt->test, id.idLen > 0 && id.id != NULL, "an id of %u bytes", id.idLen);
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = read, .dataSize = sizeof read};
	test_code(ckpt->test, ckpt->api.read(ckpt->checkpoint, &element, 1, NULL), SA_AIS_OK, "saCkptCheckpointRead with it");
	test_equal(ckpt->test, element.readSize, strlen(data), "readSize");
	test_bytes(ckpt->test, read, data, strlen(data), "data");
	return id;
}

void CKPT_071(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptSectionIdT first = generated(&ckpt, "one"), second = generated(&ckpt, "two");

	test_true(test, first.idLen != second.idLen || memcmp(first.id, second.id, first.idLen) != 0, "the ids differ");
}

void CKPT_072(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptSectionIdT id = generated(&ckpt, "x");

	test_true(test, id.idLen <= ckpt.attributes.maxSectionIdSize, "the id's %u bytes are within maxSectionIdSize", id.idLen);
	free(id.id); /* glibc ends the process if this was not malloc's */
	test_observe(test, "free() took it");
}

void CKPT_073(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = NULL, .expirationTime = SA_TIME_END};

	test_code(test, ckpt.api.section_create(ckpt.checkpoint, NULL, "x", 1), SA_AIS_ERR_INVALID_PARAM, "attributes NULL");
	test_code(test, ckpt.api.section_create(ckpt.checkpoint, &attributes, "x", 1), SA_AIS_ERR_INVALID_PARAM, "sectionId NULL");
}

void CKPT_074(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, create_of_size(&ckpt, "s", NULL, 0), SA_AIS_OK, "initialData NULL, size 0");
	test_code(test, create_of_size(&ckpt, "t", NULL, 1), SA_AIS_ERR_INVALID_PARAM, "initialData NULL, size 1");
}

/* --- open modes --- */

static SaCkptCheckpointHandleT opened(struct ckpt *ckpt, SaCkptCheckpointOpenFlagsT flags)
{
	SaCkptCheckpointHandleT checkpoint;

	test_code(ckpt->test, ckpt_open(ckpt, flags, &checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(0x%x)", flags);
	return checkpoint;
}

void CKPT_075(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED));
	const SaCkptSectionIdT id = ckpt_id("s");

	test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_OK, "saCkptActiveReplicaSet");
	test_code(test, ckpt_section(&ckpt, "s", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	ckpt.checkpoint = opened(&ckpt, CKPT_READ);
	test_code(test, ckpt_section(&ckpt, "t", "x"), SA_AIS_ERR_ACCESS, "saCkptSectionCreate through READ");
	test_code(test, ckpt_delete(&ckpt, "s"), SA_AIS_ERR_ACCESS, "saCkptSectionDelete");
	test_code(test, ckpt.api.section_expiration_time_set(ckpt.checkpoint, &id, SA_TIME_END), SA_AIS_ERR_ACCESS, "ExpirationTimeSet");
	test_code(test, ckpt_write(&ckpt, "s", 0, "x"), SA_AIS_ERR_ACCESS, "saCkptCheckpointWrite");
	test_code(test, ckpt_overwrite(&ckpt, "s", "x"), SA_AIS_ERR_ACCESS, "saCkptSectionOverwrite");
	test_code(test, ckpt.api.active_replica_set(ckpt.checkpoint), SA_AIS_ERR_ACCESS, "saCkptActiveReplicaSet");
	test_code(test, ckpt.api.synchronize(ckpt.checkpoint, SA_TIME_ONE_MINUTE), SA_AIS_ERR_ACCESS, "saCkptCheckpointSynchronize");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_076(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaSizeT size;
	char byte;

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	ckpt.checkpoint = opened(&ckpt, CKPT_WRITE);
	test_code(test, ckpt_read(&ckpt, "s", &byte, 1, &size), SA_AIS_ERR_ACCESS, "saCkptCheckpointRead through WRITE");
}

void CKPT_077(struct test *test)
{
	static const SaCkptCheckpointOpenFlagsT flags[] = {CKPT_READ, CKPT_WRITE};
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	for (size_t i = 0; i < 2; i++) {
		const SaCkptCheckpointHandleT checkpoint = opened(&ckpt, flags[i]);
		SaCkptCheckpointDescriptorT status;
		SaCkptSectionIterationHandleT iteration;
		SaCkptSectionDescriptorT section;
		test_code(test, ckpt.api.status_get(checkpoint, &status), SA_AIS_OK, "saCkptCheckpointStatusGet");
		test_code(test, ckpt.api.iteration_initialize(checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration), SA_AIS_OK, "IterationInitialize");
		test_code(test, ckpt.api.iteration_next(iteration, &section), SA_AIS_OK, "IterationNext");
	}
}

/* --- deleting and expiring --- */

static void section_is_gone(struct ckpt *ckpt, const char *id)
{
	SaSizeT size;
	char byte;

	test_code(ckpt->test, ckpt_read(ckpt, id, &byte, 1, &size), SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointRead of '%s'", id);
}

void CKPT_078(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_delete(&ckpt, "s"), SA_AIS_OK, "saCkptSectionDelete");
	section_is_gone(&ckpt, "s");
	test_code(test, ckpt_delete(&ckpt, "s"), SA_AIS_ERR_NOT_EXIST, "saCkptSectionDelete again");
}

static SaTimeT soon(void)
{
	return wall_ns() + SA_TIME_ONE_SECOND;
}

void CKPT_079(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaTimeT until = soon();
	SaSizeT size;
	char byte;

	test_code(test, ckpt_section_until(&ckpt, "s", "x", until), SA_AIS_OK, "saCkptSectionCreate, expires in 1 s");
	const SaAisErrorT before = ckpt_read(&ckpt, "s", &byte, 1, &size);
	if (wall_ns() < until)
		test_code(test, before, SA_AIS_OK, "saCkptCheckpointRead before its time");
	ckpt_section_vanishes(&ckpt, "s", 15);
	test_true(test, wall_ns() >= until, "not before its time");
}

/* While closed, it has a witness: a section of another checkpoint that expires a second later is gone, so it has to be at the first look. */
void CKPT_080(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	attributes.retentionDuration = SA_TIME_ONE_HOUR;
	struct ckpt ckpt = ckpt_begin_with(test, attributes), witness = ckpt;

	test_code(test, ckpt_section_until(&ckpt, "open", "x", soon()), SA_AIS_OK, "saCkptSectionCreate, expires while open");
	ckpt_section_vanishes(&ckpt, "open", 15);
	witness.name = test_name(test, "witness");
	witness.attributes.retentionDuration = 0;
	test_code(test, ckpt_open(&witness, CKPT_ALL, &witness.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen of another");
	const SaTimeT until = soon();
	test_code(test, ckpt_section_until(&ckpt, "closed", "x", until), SA_AIS_OK, "saCkptSectionCreate, expires while closed");
	test_code(test, ckpt_section_until(&witness, "later", "x", until + SA_TIME_ONE_SECOND), SA_AIS_OK, "saCkptSectionCreate, a second later");
	test_code(test, ckpt.api.close(ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	ckpt_section_vanishes(&witness, "later", 15);
	ckpt.checkpoint = opened(&ckpt, CKPT_READ);
	test_code(test, ckpt.api.unlink(ckpt.handle, &ckpt.name), SA_AIS_OK, "saCkptCheckpointUnlink");
	section_is_gone(&ckpt, "closed");
}

static void expires(struct ckpt *ckpt, const char *id, SaTimeT time, SaAisErrorT wanted)
{
	const SaCkptSectionIdT section = ckpt_id(id);

	test_code(ckpt->test, ckpt->api.section_expiration_time_set(ckpt->checkpoint, &section, time), wanted,
	          "saCkptSectionExpirationTimeSet of '%s'", id);
}

void CKPT_081(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaTimeT until = wall_ns() + 3 * SA_TIME_ONE_SECOND;

	test_code(test, ckpt_section_until(&ckpt, "later", "x", until), SA_AIS_OK, "saCkptSectionCreate, expires in 3 s");
	test_code(test, ckpt_section_until(&ckpt, "never", "x", until), SA_AIS_OK, "saCkptSectionCreate, expires in 3 s");
	test_code(test, ckpt_section_until(&ckpt, "earlier", "x", wall_ns() + SA_TIME_ONE_HOUR), SA_AIS_OK, "saCkptSectionCreate, in 1 h");
	expires(&ckpt, "later", wall_ns() + SA_TIME_ONE_HOUR, SA_AIS_OK);
	expires(&ckpt, "never", SA_TIME_END, SA_AIS_OK);
	expires(&ckpt, "earlier", until, SA_AIS_OK);
	ckpt_section_vanishes(&ckpt, "earlier", 15);
	test_true(test, wall_ns() >= until, "not before its time");
	ckpt_section_is(&ckpt, "later", "x");
	ckpt_section_is(&ckpt, "never", "x");
}

void CKPT_082(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	expires(&ckpt, "missing", SA_TIME_END, SA_AIS_ERR_NOT_EXIST);
}

void CKPT_083(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaAisErrorT error = ckpt_section_until(&ckpt, "s", "x", wall_ns() - SA_TIME_ONE_MINUTE);

	test_code_either(test, error, SA_AIS_OK, SA_AIS_ERR_INVALID_PARAM, "saCkptSectionCreate with a past time");
	ckpt_section_vanishes(&ckpt, "s", 1);
}

void CKPT_084(struct test *test)
{
	static const char *const ids[] = {"a", "b", "c"};
	struct ckpt ckpt = ckpt_begin_open(test);

	for (size_t i = 0; i < 3; i++)
		test_code(test, ckpt_section(&ckpt, ids[i], "x"), SA_AIS_OK, "saCkptSectionCreate %zu", i + 1);
	test_code(test, ckpt_section_until(&ckpt, "d", "x", soon()), SA_AIS_OK, "saCkptSectionCreate 4, expires in 1 s");
	ckpt_section_vanishes(&ckpt, "d", 15);
	test_code(test, ckpt_section(&ckpt, "e", "x"), SA_AIS_OK, "saCkptSectionCreate in its place");
}
