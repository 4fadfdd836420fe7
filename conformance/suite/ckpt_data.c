/* CKPT assertions on writing, overwriting, reading and status: CKPT-085 to -110, -149, -150. */
#include "conformance/suite/ckpt.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/suite/assertions.h"

static struct ckpt with_section(struct test *test, const char *data)
{
	struct ckpt ckpt = ckpt_begin_open(test);

	test_code(test, ckpt_section(&ckpt, "s", data), SA_AIS_OK, "saCkptSectionCreate");
	return ckpt;
}

static void bytes_are(struct ckpt *ckpt, const char *id, const void *wanted, size_t size)
{
	char data[1000];
	SaSizeT read_size = 0;

	test_code(ckpt->test, ckpt_read(ckpt, id, data, sizeof data, &read_size), SA_AIS_OK, "saCkptCheckpointRead of '%s'", id);
	test_equal(ckpt->test, read_size, size, "readSize");
	test_bytes(ckpt->test, data, wanted, size, "data");
}

/* --- Write --- */

void CKPT_085(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");

	test_code(test, ckpt_write(&ckpt, "s", 0, "abc"), SA_AIS_OK, "saCkptCheckpointWrite at 0");
	test_code(test, ckpt_write(&ckpt, "s", 5, "xy"), SA_AIS_OK, "saCkptCheckpointWrite at 5");
	ckpt_section_is(&ckpt, "s", "abc34xy789");
}

void CKPT_086(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");
	char data[1000];
	SaSizeT size = 0;

	test_code(test, ckpt_write(&ckpt, "s", 8, "abcd"), SA_AIS_OK, "saCkptCheckpointWrite over the end");
	ckpt_section_is(&ckpt, "s", "01234567abcd");
	test_code(test, ckpt_write(&ckpt, "s", 100, "end"), SA_AIS_OK, "saCkptCheckpointWrite beyond the end");
	test_code(test, ckpt_read(&ckpt, "s", data, sizeof data, &size), SA_AIS_OK, "saCkptCheckpointRead");
	test_equal(test, size, 103, "readSize");
	test_bytes(test, data + 100, "end", 3, "the end");
}

void CKPT_087(struct test *test)
{
	struct ckpt ckpt = with_section(test, "ab");
	const char wanted[] = "ab\0\0\0\0\0\0cd";

	test_code(test, ckpt_write(&ckpt, "s", 8, "cd"), SA_AIS_OK, "saCkptCheckpointWrite beyond the end");
	bytes_are(&ckpt, "s", wanted, 10);
}

void CKPT_088(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");

	test_code(test, ckpt_write(&ckpt, "s", 3, "x"), SA_AIS_OK, "saCkptCheckpointWrite inside");
	ckpt_section_is(&ckpt, "s", "012x456789");
}

void CKPT_089(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0000000000");
	const SaCkptIOVectorElementT elements[] = {
		ckpt_element("s", "aaaa", 4, 0), ckpt_element("t", "tt", 2, 1), ckpt_element("s", "bbbb", 4, 2), ckpt_element("s", "cc", 2, 3),
	};

	test_code(test, ckpt_section(&ckpt, "t", "0000"), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt.api.write(ckpt.checkpoint, elements, 4, NULL), SA_AIS_OK, "saCkptCheckpointWrite of four elements");
	ckpt_section_is(&ckpt, "s", "aabccb0000");
	ckpt_section_is(&ckpt, "t", "0tt0");
}

void CKPT_090(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");
	static char large[1001];
	const SaCkptIOVectorElementT elements[] = {ckpt_element("s", "x", 1, 0), ckpt_element("s", large, sizeof large, 0)};
	SaUint32T index = 77;

	test_code(test, ckpt.api.write(ckpt.checkpoint, elements, 2, &index), SA_AIS_ERR_INVALID_PARAM, "dataSize maxSectionSize + 1");
	test_equal(test, index, 1, "erroneousVectorIndex");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_091(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");
	static char data[1000];
	SaCkptIOVectorElementT element = ckpt_element("s", data, 500, 501);

	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, NULL), SA_AIS_ERR_INVALID_PARAM, "offset 501 and 500 bytes of 1000");
	element = ckpt_element("s", data, 2, UINT64_MAX);
	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, NULL), SA_AIS_ERR_INVALID_PARAM, "offset 2^64-1 and 2 bytes");
	ckpt_section_is(&ckpt, "s", "kept");
	element = ckpt_element("s", data, 500, 500);
	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "offset 500 and 500 bytes of 1000");
}

static SaAisErrorT write_with_missing(struct ckpt *ckpt, SaUint32T *index)
{
	const SaCkptIOVectorElementT elements[] = {
		ckpt_element("s", "x", 1, 0), ckpt_element("s", "y", 1, 1), ckpt_element("missing", "z", 1, 0),
	};

	return ckpt->api.write(ckpt->checkpoint, elements, 3, index);
}

void CKPT_092(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");
	SaUint32T index = 77;

	test_code(test, write_with_missing(&ckpt, &index), SA_AIS_ERR_NOT_EXIST, "the third of three elements names a missing section");
	test_equal(test, index, 2, "erroneousVectorIndex");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_093(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");

	test_code(test, write_with_missing(&ckpt, NULL), SA_AIS_ERR_NOT_EXIST, "the same with erroneousVectorIndex NULL");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_094(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");
	SaCkptIOVectorElementT element = ckpt_element("s", "x", 1, 0);
	SaUint32T index = 77;

	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, &index), SA_AIS_OK, "saCkptCheckpointWrite");
	test_equal(test, index, 77, "erroneousVectorIndex");
}

void CKPT_095(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");

	test_code(test, ckpt.api.write(ckpt.checkpoint, NULL, 1, NULL), SA_AIS_ERR_INVALID_PARAM, "saCkptCheckpointWrite(ioVector NULL)");
	test_code(test, ckpt.api.read(ckpt.checkpoint, NULL, 1, NULL), SA_AIS_ERR_INVALID_PARAM, "saCkptCheckpointRead(ioVector NULL)");
}

/* --- Overwrite --- */

void CKPT_096(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");

	test_code(test, ckpt_overwrite(&ckpt, "s", "abc"), SA_AIS_OK, "saCkptSectionOverwrite with less");
	ckpt_section_is(&ckpt, "s", "abc");
	test_code(test, ckpt_overwrite(&ckpt, "s", "abcdefghijklmnop"), SA_AIS_OK, "saCkptSectionOverwrite with more");
	ckpt_section_is(&ckpt, "s", "abcdefghijklmnop");
}

void CKPT_097(struct test *test)
{
	struct ckpt ckpt = with_section(test, "");

	test_code(test, ckpt_overwrite(&ckpt, "s", "first"), SA_AIS_OK, "saCkptSectionOverwrite of a section never written");
	ckpt_section_is(&ckpt, "s", "first");
}

void CKPT_098(struct test *test)
{
	struct ckpt ckpt = with_section(test, "kept");
	const SaCkptSectionIdT id = ckpt_id("s");
	static char large[1001];

	test_code(test, ckpt_overwrite(&ckpt, "missing", "x"), SA_AIS_ERR_NOT_EXIST, "saCkptSectionOverwrite of a missing section");
	test_code(test, ckpt.api.overwrite(ckpt.checkpoint, &id, large, sizeof large), SA_AIS_ERR_INVALID_PARAM, "of maxSectionSize + 1");
	test_code(test, ckpt.api.overwrite(ckpt.checkpoint, NULL, "x", 1), SA_AIS_ERR_INVALID_PARAM, "sectionId NULL");
	test_code(test, ckpt.api.overwrite(ckpt.checkpoint, &id, NULL, 1), SA_AIS_ERR_INVALID_PARAM, "dataBuffer NULL");
	ckpt_section_is(&ckpt, "s", "kept");
}

void CKPT_099(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	attributes.maxSections = 1;
	attributes.checkpointSize = attributes.maxSectionSize;
	struct ckpt ckpt = ckpt_begin_with(test, attributes);

	test_code(test, ckpt_overwrite(&ckpt, NULL, "default"), SA_AIS_OK, "saCkptSectionOverwrite of {0, NULL}");
	ckpt_section_is(&ckpt, NULL, "default");
}

/* --- Read --- */

void CKPT_100(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");
	uint8_t data[20], untouched[10];
	SaSizeT size = 0;

	memset(data, 0xa5, sizeof data);
	memset(untouched, 0xa5, sizeof untouched);
	test_code(test, ckpt_read(&ckpt, "s", data, sizeof data, &size), SA_AIS_OK, "saCkptCheckpointRead with room for 20");
	test_equal(test, size, 10, "readSize");
	test_bytes(test, data, "0123456789", 10, "data");
	test_bytes(test, data + 10, untouched, 10, "what lies behind");
}

void CKPT_101(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");
	uint8_t data[10], untouched[6];
	SaCkptIOVectorElementT element = ckpt_element("s", data, 4, 3);

	memset(data, 0xa5, sizeof data);
	memset(untouched, 0xa5, sizeof untouched);
	test_code(test, ckpt.api.read(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "saCkptCheckpointRead of 4 bytes from 3");
	test_equal(test, element.readSize, 4, "readSize");
	test_bytes(test, data, "3456", 4, "data");
	test_bytes(test, data + 4, untouched, 6, "what lies behind");
}

void CKPT_102(struct test *test)
{
	struct ckpt ckpt = with_section(test, "0123456789");
	uint8_t data[10];
	SaCkptIOVectorElementT element = ckpt_element("s", data, 4, 10);

	element.readSize = 99;
	test_code(test, ckpt.api.read(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "dataOffset = size");
	test_equal(test, element.readSize, 0, "readSize");
	element.dataOffset = 11;
	test_code(test, ckpt.api.read(ckpt.checkpoint, &element, 1, NULL), SA_AIS_ERR_INVALID_PARAM, "dataOffset > size");
}

void CKPT_103(struct test *test)
{
	static const SaSizeT sizes[] = {0, 3, UINT64_MAX};
	struct ckpt ckpt = with_section(test, "0123456789");

	for (size_t i = 0; i < 3; i++) {
		SaCkptIOVectorElementT element = ckpt_element("s", NULL, sizes[i], 2);
		test_code(test, ckpt.api.read(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "dataBuffer NULL, dataSize %llu",
		          (unsigned long long)sizes[i]);
		test_true(test, element.dataBuffer != NULL, "a buffer was supplied");
		test_equal(test, element.readSize, 8, "readSize");
		test_bytes(test, element.dataBuffer, "23456789", 8, "data");
		free(element.dataBuffer);
	}
}

void CKPT_104(struct test *test)
{
	struct ckpt ckpt = with_section(test, "");
	SaSizeT size = 99;
	char byte;

	test_code(test, ckpt_read(&ckpt, "s", &byte, 1, &size), SA_AIS_OK, "saCkptCheckpointRead of an empty section");
	test_equal(test, size, 0, "readSize");
}

void CKPT_105(struct test *test)
{
	struct ckpt ckpt = with_section(test, "x");
	char bytes[2];
	SaCkptIOVectorElementT elements[] = {ckpt_element("s", &bytes[0], 1, 0), ckpt_element("missing", &bytes[1], 1, 0)};
	SaUint32T index = 77;

	test_code(test, ckpt.api.read(ckpt.checkpoint, elements, 2, &index), SA_AIS_ERR_NOT_EXIST, "the second element's section is missing");
	test_equal(test, index, 1, "erroneousVectorIndex");
	test_code(test, ckpt.api.read(ckpt.checkpoint, elements, 2, NULL), SA_AIS_ERR_NOT_EXIST, "the same with erroneousVectorIndex NULL");
}

void CKPT_106(struct test *test)
{
	struct ckpt ckpt = with_section(test, "x");
	SaSizeT size;
	char byte;

	test_code(test, ckpt.api.close(ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	test_code(test, ckpt_read(&ckpt, "s", &byte, 1, &size), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointRead");
	test_code(test, ckpt_write(&ckpt, "s", 0, "x"), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointWrite");
}

/* --- status --- */

static SaCkptCheckpointDescriptorT status_of(struct ckpt *ckpt)
{
	SaCkptCheckpointDescriptorT status;

	memset(&status, 0xff, sizeof status);
	test_code(ckpt->test, ckpt->api.status_get(ckpt->checkpoint, &status), SA_AIS_OK, "saCkptCheckpointStatusGet");
	return status;
}

void CKPT_107(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	const SaCkptCheckpointDescriptorT before = status_of(&ckpt);
	const SaCkptCheckpointCreationAttributesT *got = &before.checkpointCreationAttributes;

	test_equal(test, got->creationFlags, ckpt.attributes.creationFlags, "creationFlags");
	test_equal(test, got->checkpointSize, ckpt.attributes.checkpointSize, "checkpointSize");
	test_equal(test, (uint64_t)got->retentionDuration, (uint64_t)ckpt.attributes.retentionDuration, "retentionDuration");
	test_equal(test, got->maxSections, ckpt.attributes.maxSections, "maxSections");
	test_equal(test, got->maxSectionSize, ckpt.attributes.maxSectionSize, "maxSectionSize");
	test_equal(test, got->maxSectionIdSize, ckpt.attributes.maxSectionIdSize, "maxSectionIdSize");
	test_equal(test, before.numberOfSections, 0, "numberOfSections");
	test_code(test, ckpt_section(&ckpt, "s", "0123456789"), SA_AIS_OK, "saCkptSectionCreate");
	const SaCkptCheckpointDescriptorT after = status_of(&ckpt);
	test_equal(test, after.numberOfSections, 1, "numberOfSections");
	test_true(test, after.memoryUsed >= before.memoryUsed + 10, "memoryUsed grew from %llu to %llu", (unsigned long long)before.memoryUsed,
	          (unsigned long long)after.memoryUsed);
}

void CKPT_108(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	struct ckpt ckpt = ckpt_begin_open(test), single = ckpt;

	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	const SaTimeT until = wall_ns() + SA_TIME_ONE_SECOND;
	test_code(test, ckpt_section_until(&ckpt, "t", "x", until), SA_AIS_OK, "saCkptSectionCreate, expires in 1 s");
	const SaUint32T both = status_of(&ckpt).numberOfSections;
	if (wall_ns() < until)
		test_equal(test, both, 2, "numberOfSections");
	ckpt_section_vanishes(&ckpt, "t", 15);
	test_equal(test, status_of(&ckpt).numberOfSections, 1, "numberOfSections after an expiry");
	test_code(test, ckpt_delete(&ckpt, "s"), SA_AIS_OK, "saCkptSectionDelete");
	test_equal(test, status_of(&ckpt).numberOfSections, 0, "numberOfSections after a delete");
	attributes.maxSections = 1;
	attributes.checkpointSize = attributes.maxSectionSize;
	single.attributes = attributes;
	single.name = test_name(test, "single");
	test_code(test, ckpt_open(&single, CKPT_ALL, &single.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen, maxSections 1");
	test_equal(test, status_of(&single).numberOfSections, 1, "numberOfSections with the default section");
}

void CKPT_109(struct test *test)
{
	struct ckpt ckpt = with_section(test, "x");
	struct {
		SaCkptCheckpointDescriptorT status;
		uint8_t canary[64];
	} out;
	uint8_t untouched[64];

	memset(&out, 0xa5, sizeof out);
	memset(untouched, 0xa5, sizeof untouched);
	test_code(test, ckpt.api.status_get(ckpt.checkpoint, &out.status), SA_AIS_OK, "saCkptCheckpointStatusGet");
	test_bytes(test, out.canary, untouched, sizeof untouched, "what lies behind the struct");
}

void CKPT_110(struct test *test)
{
	struct ckpt ckpt = ckpt_begin_open(test);
	SaCkptCheckpointDescriptorT status;

	test_code(test, ckpt.api.status_get(ckpt.checkpoint, NULL), SA_AIS_ERR_INVALID_PARAM, "saCkptCheckpointStatusGet(NULL)");
	test_code(test, ckpt.api.close(ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
	test_code(test, ckpt.api.status_get(ckpt.checkpoint, &status), SA_AIS_ERR_BAD_HANDLE, "saCkptCheckpointStatusGet afterwards");
}

/* --- sizes --- */

void CKPT_149(struct test *test)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	static char data[1000];
	attributes.checkpointSize = 1500;
	struct ckpt ckpt = ckpt_begin_with(test, attributes);
	const SaCkptSectionIdT id = ckpt_id("t");

	memset(data, 'x', sizeof data);
	test_code(test, ckpt_section(&ckpt, "s", ""), SA_AIS_OK, "saCkptSectionCreate");
	test_code(test, ckpt_section(&ckpt, "t", "kept"), SA_AIS_OK, "saCkptSectionCreate");
	const SaCkptIOVectorElementT element = ckpt_element("s", data, sizeof data, 0);
	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "1000 of 1500 bytes");
	const SaAisErrorT error = ckpt.api.overwrite(ckpt.checkpoint, &id, data, sizeof data);
	test_true(test, error == SA_AIS_OK || error == SA_AIS_ERR_NO_RESOURCES || error == SA_AIS_ERR_NO_MEMORY || error == SA_AIS_ERR_NO_SPACE ||
	          error == SA_AIS_ERR_INVALID_PARAM, "2000 of 1500 bytes: %s", code_text(error));
	if (error == SA_AIS_OK)
		bytes_are(&ckpt, "t", data, sizeof data);
	else
		ckpt_section_is(&ckpt, "t", "kept");
}

void CKPT_150(struct test *test)
{
	enum { MEBIBYTE = 1024 * 1024 };
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	uint8_t *written = malloc(MEBIBYTE), *got = calloc(1, MEBIBYTE);
	attributes.maxSectionSize = MEBIBYTE;
	attributes.checkpointSize = 2 * MEBIBYTE;
	struct ckpt ckpt = ckpt_begin_with(test, attributes);
	SaSizeT size = 0;

	for (size_t i = 0; i < MEBIBYTE; i++)
		written[i] = (uint8_t)(i * 31 + i / 4096);
	test_code(test, ckpt_section(&ckpt, "s", "x"), SA_AIS_OK, "saCkptSectionCreate");
	const SaCkptIOVectorElementT element = ckpt_element("s", written, MEBIBYTE, 0);
	test_code(test, ckpt.api.write(ckpt.checkpoint, &element, 1, NULL), SA_AIS_OK, "saCkptCheckpointWrite of 1 MiB");
	test_code(test, ckpt_read(&ckpt, "s", got, MEBIBYTE, &size), SA_AIS_OK, "saCkptCheckpointRead of 1 MiB");
	test_equal(test, size, MEBIBYTE, "readSize");
	test_bytes(test, got, written, MEBIBYTE, "data");
}

/* --- CASE-101: what a caller passes in is read, as far as it says, and never written --- */

static const SaCkptSectionIdT *id_at_edge(struct test *test, const char *text)
{
	SaCkptSectionIdT id = ckpt_id(text);

	id.id = (SaUint8T *)(uintptr_t)bytes_at_edge(test, text, id.idLen);
	return bytes_at_edge(test, &id, sizeof id);
}

static const SaCkptIOVectorElementT *vector_at_edge(struct test *test, const char *text, const char *data)
{
	const size_t size = strlen(data);
	const SaCkptIOVectorElementT element = {
		.sectionId = *id_at_edge(test, text), .dataBuffer = (void *)(uintptr_t)bytes_at_edge(test, data, size), .dataSize = size,
	};

	return bytes_at_edge(test, &element, sizeof element);
}

void CKPT_152(struct test *test)
{
	struct ckpt ckpt = ckpt_begin(test);
	const SaCkptCheckpointCreationAttributesT *attributes = bytes_at_edge(test, &ckpt.attributes, sizeof ckpt.attributes);
	const SaCkptSectionIdT *id = id_at_edge(test, "edge");
	SaCkptSectionCreationAttributesT section = {.sectionId = (SaCkptSectionIdT *)(uintptr_t)id, .expirationTime = SA_TIME_END};
	SaUint32T wrong = 0;

	test_code(test, ckpt.api.open(ckpt.handle, &ckpt.name, attributes, CKPT_ALL, test_limit_ns(test, 10), &ckpt.checkpoint), SA_AIS_OK,
	          "saCkptCheckpointOpen");
	test_code(test, ckpt.api.section_create(ckpt.checkpoint, &section, bytes_at_edge(test, "created", 7), 7), SA_AIS_OK, "saCkptSectionCreate");
	ckpt_section_is(&ckpt, "edge", "created");
	test_code(test, ckpt.api.overwrite(ckpt.checkpoint, id, bytes_at_edge(test, "over", 4), 4), SA_AIS_OK, "saCkptSectionOverwrite");
	ckpt_section_is(&ckpt, "edge", "over");
	test_code(test, ckpt.api.write(ckpt.checkpoint, vector_at_edge(test, "edge", "written"), 1, &wrong), SA_AIS_OK, "saCkptCheckpointWrite");
	ckpt_section_is(&ckpt, "edge", "written");
	test_code(test, ckpt.api.section_expiration_time_set(ckpt.checkpoint, id, SA_TIME_END), SA_AIS_OK, "saCkptSectionExpirationTimeSet");
	test_code(test, ckpt.api.section_delete(ckpt.checkpoint, id), SA_AIS_OK, "saCkptSectionDelete");
	test_code(test, ckpt.api.section_delete(ckpt.checkpoint, id), SA_AIS_ERR_NOT_EXIST, "saCkptSectionDelete again");
}
