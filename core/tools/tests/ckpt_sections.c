/* Fills and changes a checkpoint for ais-ckpt.sh, through libSaCkpt.
 *
 *	ckpt-sections fill NAME COUNT    sections of which each holds every byte value, some with such an id
 *	ckpt-sections collocate NAME COUNT   the same, on this node alone
 *	ckpt-sections bulk NAME COUNT    sections of 1 MiB, on this node alone
 *	ckpt-sections default NAME       a checkpoint of the default section alone, written
 *	ckpt-sections retain NAME S      its retention duration is S seconds from now on
 *	ckpt-sections expire NAME        k0000 expires in an hour
 *	ckpt-sections expired NAME       prints an export of it, with a section that has expired, and one that never does
 *	ckpt-sections hold NAME          prints "open" when it is, and holds it until its input ends
 *	ckpt-sections check NAME COUNT   exit 1: they are not what fill wrote
 *	ckpt-sections change NAME        writes k0001, creates `new`, deletes k0002
 *	ckpt-sections unlink NAME */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/tools/ckpt_file.h"
#include "saCkpt.h"

/* The checkpoint's size is half of what they hold: it is no limit (CKPT-149), for import no more than for a program. */
enum { SIZE_MIN = 256, SIZE_MAX_ = 300, BULK_SIZE = 1 << 20, RETRY_MS = 20, TRIES = 500 };

struct sections {
	SaCkptHandleT library;
	SaCkptCheckpointHandleT checkpoint;
	SaNameT name;
	unsigned tries;
};

static int is_busy(struct sections *sections, SaAisErrorT error)
{
	if (error != SA_AIS_ERR_TRY_AGAIN || sections->tries++ == TRIES)
		return 0;
	nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
	return 1;
}

static SaAisErrorT sections_open(struct sections *sections, const char *name, bool creates, unsigned long count,
                                 SaCkptCheckpointCreationFlagsT flags)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = flags, .checkpointSize = (count + 1) * SIZE_MIN / 2, .retentionDuration = SA_TIME_ONE_HOUR,
		.maxSections = (SaUint32T)count + 1, .maxSectionSize = BULK_SIZE, .maxSectionIdSize = 16,
	};
	SaVersionT version = {'B', 1, 1};
	SaAisErrorT error;

	sections->name.length = (SaUint16T)strlen(name);
	memcpy(sections->name.value, name, sections->name.length);
	error = saCkptInitialize(&sections->library, NULL, &version);
	if (error != SA_AIS_OK)
		return error;
	do
		error = saCkptCheckpointOpen(sections->library, &sections->name, creates ? &attributes : NULL,
		                             SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | (creates ? SA_CKPT_CHECKPOINT_CREATE : 0),
		                             10 * SA_TIME_ONE_SECOND, &sections->checkpoint);
	while (is_busy(sections, error));
	return error;
}

static SaCkptSectionIdT section_id(char *text, unsigned long number)
{
	const int length = snprintf(text, 16, "k%04lu", number);

	text[length] = (char)(number & 255);
	return (SaCkptSectionIdT){.idLen = (SaUint16T)(number < 1000 ? length : length + 1), .id = (SaUint8T *)text};
}

static SaSizeT section_content(unsigned char *data, unsigned long number)
{
	const SaSizeT size = SIZE_MIN + number % (SIZE_MAX_ - SIZE_MIN);

	for (SaSizeT i = 0; i < size; i++)
		data[i] = (unsigned char)(i + number);
	return size;
}

static SaAisErrorT section_create(struct sections *sections, SaCkptSectionIdT id, const void *data, SaSizeT size)
{
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	SaAisErrorT error;

	do
		error = saCkptSectionCreate(sections->checkpoint, &attributes, data, size);
	while (is_busy(sections, error));
	return error;
}

static SaAisErrorT fill(struct sections *sections, unsigned long count)
{
	unsigned char data[SIZE_MAX_];
	char id[17];
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned long i = 0; i < count && error == SA_AIS_OK; i++) {
		const SaSizeT size = section_content(data, i);

		error = section_create(sections, section_id(id, i), data, size);
	}
	return error;
}

static SaAisErrorT check(struct sections *sections, unsigned long count)
{
	unsigned char expected[SIZE_MAX_], data[SIZE_MAX_];
	char id[17];
	SaUint32T erroneous;
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned long i = 0; i < count && error == SA_AIS_OK; i++) {
		const SaSizeT size = section_content(expected, i);
		SaCkptIOVectorElementT element = {.sectionId = section_id(id, i), .dataBuffer = data, .dataSize = sizeof(data)};

		do
			error = saCkptCheckpointRead(sections->checkpoint, &element, 1, &erroneous);
		while (is_busy(sections, error));
		if (error == SA_AIS_OK && (element.readSize != size || memcmp(data, expected, size) != 0))
			error = SA_AIS_ERR_FAILED_OPERATION;
	}
	return error;
}

static SaAisErrorT change(struct sections *sections)
{
	SaCkptSectionIdT id = {.idLen = 5, .id = (SaUint8T *)"k0001"};
	SaAisErrorT error;

	do
		error = saCkptSectionOverwrite(sections->checkpoint, &id, "changed", 7);
	while (is_busy(sections, error));
	if (error == SA_AIS_OK)
		error = section_create(sections, (SaCkptSectionIdT){.idLen = 3, .id = (SaUint8T *)"new"}, "new", 3);
	id.id = (SaUint8T *)"k0002";
	while (error == SA_AIS_OK) {
		error = saCkptSectionDelete(sections->checkpoint, &id);
		if (!is_busy(sections, error))
			break;
		error = SA_AIS_OK;
	}
	return error;
}

static SaAisErrorT bulk(struct sections *sections, unsigned long count)
{
	static const unsigned char data[BULK_SIZE];
	char id[17];
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned long i = 0; i < count && error == SA_AIS_OK; i++)
		error = section_create(sections, section_id(id, i), data, sizeof(data));
	return error;
}

static SaAisErrorT default_write(struct sections *sections)
{
	const SaCkptSectionIdT id = SA_CKPT_DEFAULT_SECTION_ID;
	SaAisErrorT error;

	do
		error = saCkptSectionOverwrite(sections->checkpoint, &id, "the default section", 19);
	while (is_busy(sections, error));
	return error;
}

static SaAisErrorT retain(struct sections *sections, unsigned long seconds)
{
	SaAisErrorT error;

	do
		error = saCkptCheckpointRetentionDurationSet(sections->checkpoint, (SaTimeT)seconds * SA_TIME_ONE_SECOND);
	while (is_busy(sections, error));
	return error;
}

static SaAisErrorT expire(struct sections *sections)
{
	char text[17];
	const SaCkptSectionIdT id = section_id(text, 0);
	SaAisErrorT error;

	do
		error = saCkptSectionExpirationTimeSet(sections->checkpoint, &id, (SaTimeT)time(NULL) * SA_TIME_ONE_SECOND + SA_TIME_ONE_HOUR);
	while (is_busy(sections, error));
	return error;
}

/* Which no export can be made to hold without waiting for a clock. */
static int expired_print(const char *name)
{
	const struct ckpt_file_section sections[] = {
		{.id = bytes_of_text("gone"), .expiry_ns = 1, .content = bytes_of_text("gone")},
		{.id = bytes_of_text("stays"), .expiry_ns = SA_TIME_END, .content = bytes_of_text("stays")},
	};
	struct ckpt_file file = {
		.name = bytes_of_text(name), .snapshot = true, .retention_ns = SA_TIME_ONE_HOUR, .section_count = 2,
		.attributes = {.creation_flags = SA_CKPT_WR_ALL_REPLICAS, .checkpoint_size = SIZE_MIN, .retention_ns = SA_TIME_ONE_HOUR,
		               .section_count_max = 2, .section_size_max = SIZE_MIN, .section_id_size_max = 16},
	};
	struct wire_writer run = {0}, bytes = {0};

	for (size_t i = 0; i < 2; i++)
		ckpt_file_section_encode(&run, &sections[i]);
	file.sections = wire_writer_bytes(&run);
	ckpt_file_encode(&bytes, &file);
	const bool is_printed = !run.failed && !bytes.failed && fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size && fflush(stdout) == 0;
	wire_writer_clear(&run);
	wire_writer_clear(&bytes);
	return is_printed ? 0 : 1;
}

static void hold(void)
{
	puts("open");
	fflush(stdout);
	while (getchar() != EOF) {
	}
}

int main(int argc, char **argv)
{
	struct sections sections = {0};
	const unsigned long count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	const char *what = argc >= 3 ? argv[1] : "";

	if (argc < 3 || strlen(argv[2]) > SA_MAX_NAME_LENGTH || count > 9999) {
		fputs("usage: ckpt-sections fill|collocate|bulk|check NAME COUNT | retain NAME SECONDS | default|expire|expired|hold|change|unlink NAME\n",
		      stderr);
		return 2;
	}
	if (strcmp(what, "expired") == 0)
		return expired_print(argv[2]);
	const bool is_bulk = strcmp(what, "bulk") == 0, collocates = is_bulk || strcmp(what, "collocate") == 0;
	const bool fills = collocates || strcmp(what, "fill") == 0, is_default = strcmp(what, "default") == 0;
	SaAisErrorT error = sections_open(&sections, argv[2], fills || is_default, fills ? count : 0,
	                                  SA_CKPT_WR_ALL_REPLICAS | (collocates ? SA_CKPT_CHECKPOINT_COLLOCATED : 0));
	if (error == SA_AIS_OK && fills)
		error = is_bulk ? bulk(&sections, count) : fill(&sections, count);
	else if (error == SA_AIS_OK && is_default)
		error = default_write(&sections);
	else if (error == SA_AIS_OK && strcmp(what, "retain") == 0)
		error = retain(&sections, count);
	else if (error == SA_AIS_OK && strcmp(what, "expire") == 0)
		error = expire(&sections);
	else if (error == SA_AIS_OK && strcmp(what, "check") == 0)
		error = check(&sections, count);
	else if (error == SA_AIS_OK && strcmp(what, "hold") == 0)
		hold();
	else if (error == SA_AIS_OK && strcmp(what, "change") == 0)
		error = change(&sections);
	else if (error == SA_AIS_OK && strcmp(what, "unlink") == 0)
		error = saCkptCheckpointUnlink(sections.library, &sections.name);
	if (error != SA_AIS_OK)
		printf("ckpt-sections %s %s: code %d\n", what, argv[2], error);
	return error == SA_AIS_OK ? 0 : 1;
}
