/* One node's part in the live pass: a writer and readers, and the account that all nodes share. Not here: faults, and who is started where.
 *
 *	live-checker run ACCOUNT WRITER   writes numbers to section WRITER (1 to 16), reads all sections, until `live-account end`; exit 1: a
 *	                                  promise broken
 *	live-checker judge ACCOUNT        every writer's number once, against what may be relied on; exit 1: one is missing
 *	live-checker refused WRITER       a write and a read are answered TRY_AGAIN; exit 1: anything else
 *	live-checker fill MIB             as much content in a checkpoint beside, so that catching up takes its time
 *	live-checker vector MIB          reads what fill wrote, as one vector, twice; exit 1: another code, or other content
 *	live-checker near write|read      opens a collocated checkpoint, writes it or reads what was written, says `open` and keeps it open until its
 *	                                  input ends; exit 1: another code, or other content
 *	live-checker settled WRITER       one acknowledged write and one read on this node, asked again while it says TRY_AGAIN; exit 1: refused
 *
 * The account (account.h) has per writer the highest number that was acknowledged, and the floor: what anybody may rely on, because its
 * write was answered or because it was read. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance/live/account.h"
#include "saCkpt.h"

enum { WRITERS_MAX = ACCOUNT_WRITERS_MAX, RETRY_MS = 20, PAUSE_MS = 1 };

struct session {
	SaCkptHandleT library;
	SaCkptCheckpointHandleT checkpoint;
	bool open;
};

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void session_close(struct session *session)
{
	if (session->open)
		saCkptFinalize(session->library);
	session->open = false;
}

static SaAisErrorT session_open(struct session *session)
{
	static const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = 1024 * 64, .retentionDuration = SA_TIME_ONE_HOUR,
		.maxSections = 1024, .maxSectionSize = 64, .maxSectionIdSize = 16,
	};
	SaVersionT version = {'B', 1, 1};
	const SaNameT name = {.length = 4, .value = "live"};
	SaAisErrorT error;

	if (session->open)
		return SA_AIS_OK;
	error = saCkptInitialize(&session->library, NULL, &version);
	if (error != SA_AIS_OK)
		return error;
	session->open = true;
	error = saCkptCheckpointOpen(session->library, &name, &attributes,
	                             SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                             5 * SA_TIME_ONE_SECOND, &session->checkpoint);
	if (error != SA_AIS_OK)
		session_close(session);
	return error;
}

static SaCkptSectionIdT section_id(char *text, size_t size, unsigned writer)
{
	const int length = snprintf(text, size, "writer-%u", writer);

	return (SaCkptSectionIdT){.idLen = (SaUint16T)length, .id = (SaUint8T *)text};
}

/* OK: acknowledged. A handle that is no longer good is given up. `exists`: the section has been written before. */
static SaAisErrorT write_number(struct session *session, unsigned writer, uint64_t number, bool exists)
{
	char key[16], value[32];
	SaCkptSectionIdT id = section_id(key, sizeof(key), writer);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	const SaSizeT size = (SaSizeT)snprintf(value, sizeof(value), "%020" PRIu64, number);
	SaAisErrorT error = session_open(session);

	if (error != SA_AIS_OK)
		return error;
	error = saCkptSectionOverwrite(session->checkpoint, &id, value, size);
	if (error == SA_AIS_ERR_NOT_EXIST && !exists)
		error = saCkptSectionCreate(session->checkpoint, &attributes, value, size);
	if (error == SA_AIS_ERR_LIBRARY || error == SA_AIS_ERR_BAD_HANDLE)
		session_close(session);
	return error;
}

static SaAisErrorT read_number(struct session *session, unsigned writer, uint64_t *number)
{
	char key[16], value[32] = "";
	SaUint32T erroneous;
	SaCkptIOVectorElementT element = {.sectionId = section_id(key, sizeof(key), writer), .dataBuffer = value, .dataSize = 20};
	SaAisErrorT error;

	*number = 0;
	error = session_open(session);
	if (error != SA_AIS_OK)
		return error;
	error = saCkptCheckpointRead(session->checkpoint, &element, 1, &erroneous);
	if (error == SA_AIS_ERR_LIBRARY || error == SA_AIS_ERR_BAD_HANDLE)
		session_close(session);
	if (error == SA_AIS_OK)
		*number = strtoull(value, NULL, 10);
	return error;
}

struct worker {
	pthread_t thread;
	struct account *account;
	unsigned writer;
	uint64_t done, refused;
	bool broken;
};

/* CASE-085: not while nodes come and go either. A daemon that is gone is LIBRARY, after which the handle is given up. */
static void worker_judge(struct worker *worker, SaAisErrorT error)
{
	if (worker->broken || (error != SA_AIS_ERR_NOT_EXIST && error != SA_AIS_ERR_BAD_HANDLE))
		return;
	printf("BROKEN: writer %u is told %s\n", worker->writer,
	       error == SA_AIS_ERR_NOT_EXIST ? "NOT_EXIST of what was written" : "BAD_HANDLE of a handle that is open");
	worker->broken = true;
}

/* Numbers go on where any earlier life of this writer may have come to. */
static void *write_run(void *argument)
{
	struct worker *worker = argument;
	struct session session = {0};

	while (!atomic_load(&worker->account->ended)) {
		const bool exists = account_get(worker->account, worker->writer, ACCOUNT_ACKED) > 0;
		const uint64_t number = account_add(worker->account, worker->writer, ACCOUNT_TRIED);
		const SaAisErrorT error = write_number(&session, worker->writer, number, exists);

		if (error == SA_AIS_OK) {
			account_raise(worker->account, worker->writer, ACCOUNT_FLOOR, number);
			account_raise(worker->account, worker->writer, ACCOUNT_ACKED, number);
			worker->done++;
			pause_ms(PAUSE_MS);
		} else {
			if (error == SA_AIS_ERR_TRY_AGAIN)
				account_add(worker->account, worker->writer, ACCOUNT_REFUSED);
			worker_judge(worker, error);
			worker->refused++;
			pause_ms(RETRY_MS);
		}
	}
	session_close(&session);
	return NULL;
}

static void *read_run(void *argument)
{
	struct worker *worker = argument;
	struct session session = {0};

	for (unsigned writer = 1; !atomic_load(&worker->account->ended); writer = writer % WRITERS_MAX + 1) {
		const uint64_t floor = account_get(worker->account, writer, ACCOUNT_FLOOR);
		uint64_t number;
		const SaAisErrorT error = read_number(&session, writer, &number);

		if (error == SA_AIS_OK || (error == SA_AIS_ERR_NOT_EXIST && session.open)) {
			if (number < floor && !worker->broken) {
				printf("BROKEN: writer %u read as %" PRIu64 " after %" PRIu64 " was acknowledged or read\n", writer, number, floor);
				worker->broken = true;
			}
			account_raise(worker->account, writer, ACCOUNT_FLOOR, number);
			account_add(worker->account, worker->writer, ACCOUNT_READ);
			worker->done++;
		} else {
			worker->refused++;
			pause_ms(RETRY_MS);
		}
		pause_ms(PAUSE_MS);
	}
	session_close(&session);
	return NULL;
}

static int run(const char *path, unsigned writer)
{
	struct account *account = account_map(path);
	struct worker writing = {.account = account, .writer = writer}, reading = {.account = account, .writer = writer};

	if (account == NULL)
		return 2;
	if (pthread_create(&writing.thread, NULL, write_run, &writing) != 0 || pthread_create(&reading.thread, NULL, read_run, &reading) != 0)
		return 2;
	pthread_join(writing.thread, NULL);
	pthread_join(reading.thread, NULL);
	printf("writer %u: %" PRIu64 " writes acknowledged, %" PRIu64 " refused; %" PRIu64 " reads, %" PRIu64 " refused\n", writer,
	       writing.done, writing.refused, reading.done, reading.refused);
	return reading.broken || writing.broken ? 1 : 0;
}

static int judge(const struct account *account)
{
	struct session session = {0};
	bool kept = true;

	for (unsigned writer = 1; writer <= WRITERS_MAX; writer++) {
		const uint64_t floor = account_get(account, writer, ACCOUNT_FLOOR);
		SaAisErrorT error;
		uint64_t number;

		while ((error = read_number(&session, writer, &number)) == SA_AIS_ERR_TRY_AGAIN)
			pause_ms(RETRY_MS);
		if ((error == SA_AIS_OK || error == SA_AIS_ERR_NOT_EXIST) && number >= floor)
			continue;
		printf("BROKEN: writer %u: code %d, %" PRIu64 " where %" PRIu64 " was promised\n", writer, error, number, floor);
		kept = false;
	}
	session_close(&session);
	return kept ? 0 : 1;
}

/* An open is a change too, so a new handle is refused before there is anything to write to: that is the answer then. */
static int refused(unsigned writer)
{
	struct session session = {0};
	uint64_t number;
	const SaAisErrorT written = write_number(&session, writer, 1, false), read = read_number(&session, writer, &number);

	session_close(&session);
	printf("write: code %d, read: code %d\n", written, read);
	return written == SA_AIS_ERR_TRY_AGAIN && read == SA_AIS_ERR_TRY_AGAIN ? 0 : 1;
}

/* In sections of 16 KiB, each of other bytes. */
enum { BULK_SIZE = 16 * 1024, BULK_PER_MIB = (1 << 20) / BULK_SIZE };

static void bulk_section(unsigned char *data, unsigned number)
{
	for (size_t k = 0; k < BULK_SIZE; k++)
		data[k] = (unsigned char)(k * 31 + number * 17 + (k >> 8));
}

static SaAisErrorT bulk_open(unsigned count, SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = (SaSizeT)count * BULK_SIZE, .retentionDuration = SA_TIME_ONE_HOUR,
		.maxSections = count, .maxSectionSize = BULK_SIZE, .maxSectionIdSize = 16,
	};
	const SaNameT name = {.length = 4, .value = "bulk"};
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT library;
	const SaAisErrorT error = saCkptInitialize(&library, NULL, &version);

	return error != SA_AIS_OK ? error : saCkptCheckpointOpen(library, &name, &attributes, SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE |
	                                                         SA_CKPT_CHECKPOINT_CREATE, 10 * SA_TIME_ONE_SECOND, checkpoint);
}

static int fill(unsigned mib)
{
	static unsigned char data[BULK_SIZE];
	const unsigned count = mib * BULK_PER_MIB;
	SaCkptCheckpointHandleT checkpoint;
	SaAisErrorT error = bulk_open(count, &checkpoint);

	for (unsigned i = 0; error == SA_AIS_OK && i < count;) {
		char key[16];
		SaCkptSectionIdT id = {.idLen = (SaUint16T)snprintf(key, sizeof(key), "%u", i), .id = (SaUint8T *)key};
		SaCkptSectionCreationAttributesT section = {.sectionId = &id, .expirationTime = SA_TIME_END};

		bulk_section(data, i);
		error = saCkptSectionCreate(checkpoint, &section, data, sizeof(data));
		if (error == SA_AIS_ERR_TRY_AGAIN) {
			pause_ms(RETRY_MS);
			error = SA_AIS_OK;
		} else {
			i++;
		}
	}
	if (error != SA_AIS_OK)
		printf("filling ended with code %d\n", error);
	return error == SA_AIS_OK ? 0 : 1;
}

/* All sections in one call, by way of the daemon and from its memory. */
static SaAisErrorT vector_read(SaCkptCheckpointHandleT checkpoint, SaCkptIOVectorElementT *elements, unsigned count)
{
	static unsigned char wanted[BULK_SIZE];
	SaUint32T erroneous = count;
	SaAisErrorT error;

	for (unsigned i = 0; i < count; i++)
		memset(elements[i].dataBuffer, 0, BULK_SIZE);
	while ((error = saCkptCheckpointRead(checkpoint, elements, count, &erroneous)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	for (unsigned i = 0; error == SA_AIS_OK && i < count; i++) {
		bulk_section(wanted, i);
		if (elements[i].readSize == BULK_SIZE && memcmp(elements[i].dataBuffer, wanted, BULK_SIZE) == 0)
			continue;
		printf("section %u is another\n", i);
		return SA_AIS_ERR_LIBRARY;
	}
	return error;
}

static int vector(unsigned mib)
{
	const unsigned count = mib * BULK_PER_MIB;
	SaCkptIOVectorElementT *elements = calloc(count, sizeof(*elements));
	unsigned char *data = malloc((size_t)count * BULK_SIZE);
	char (*keys)[16] = calloc(count, sizeof(*keys));
	SaCkptCheckpointHandleT checkpoint;
	SaAisErrorT error = elements == NULL || data == NULL || keys == NULL ? SA_AIS_ERR_NO_MEMORY : bulk_open(count, &checkpoint);

	for (unsigned i = 0; error == SA_AIS_OK && i < count; i++) {
		elements[i].sectionId.idLen = (SaUint16T)snprintf(keys[i], sizeof(keys[i]), "%u", i);
		elements[i].sectionId.id = (SaUint8T *)keys[i];
		elements[i].dataBuffer = data + (size_t)i * BULK_SIZE;
		elements[i].dataSize = BULK_SIZE;
	}
	for (int times = 0; error == SA_AIS_OK && times < 2; times++)
		error = vector_read(checkpoint, elements, count);
	printf("vector of %u elements, %u MiB: code %d\n", count, mib, error);
	free(elements);
	free(data);
	free(keys);
	return error == SA_AIS_OK ? 0 : 1;
}

/* Five active nodes, a checkpoint of many small sections each, and one standby that reads them all in blocks. */
enum { ACTIVES = 5, ACTIVE_SECTIONS = 10000, ACTIVE_SIZE = 1024, ACTIVE_BLOCK = 1000 };

static SaAisErrorT active_open(unsigned number, SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = (SaSizeT)ACTIVE_SECTIONS * ACTIVE_SIZE,
		.retentionDuration = SA_TIME_ONE_HOUR, .maxSections = ACTIVE_SECTIONS, .maxSectionSize = ACTIVE_SIZE, .maxSectionIdSize = 16,
	};
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT library;
	SaNameT name;
	const SaAisErrorT error = saCkptInitialize(&library, NULL, &version);

	name.length = (SaUint16T)snprintf((char *)name.value, sizeof(name.value), "active-%u", number);
	return error != SA_AIS_OK ? error : saCkptCheckpointOpen(library, &name, &attributes, SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE |
	                                                         SA_CKPT_CHECKPOINT_CREATE, 10 * SA_TIME_ONE_SECOND, checkpoint);
}

static void active_section(unsigned char data[ACTIVE_SIZE], unsigned number, unsigned section)
{
	for (size_t k = 0; k < ACTIVE_SIZE; k++)
		data[k] = (unsigned char)(k * 31 + section * 17 + (section >> 8) * 5 + number * 101);
}

static int active(unsigned number)
{
	unsigned char data[ACTIVE_SIZE];
	SaCkptCheckpointHandleT checkpoint;
	SaAisErrorT error = active_open(number, &checkpoint);

	for (unsigned i = 0; error == SA_AIS_OK && i < ACTIVE_SECTIONS; i++) {
		char key[16];
		SaCkptSectionIdT id = {.idLen = (SaUint16T)snprintf(key, sizeof(key), "%u", i), .id = (SaUint8T *)key};
		SaCkptSectionCreationAttributesT section = {.sectionId = &id, .expirationTime = SA_TIME_END};

		active_section(data, number, i);
		while ((error = saCkptSectionCreate(checkpoint, &section, data, sizeof(data))) == SA_AIS_ERR_TRY_AGAIN)
			pause_ms(RETRY_MS);
	}
	printf("active %u: code %d\n", number, error);
	return error == SA_AIS_OK ? 0 : 1;
}

static SaAisErrorT block_read(SaCkptCheckpointHandleT checkpoint, unsigned number, unsigned from)
{
	static SaCkptIOVectorElementT elements[ACTIVE_BLOCK];
	static unsigned char data[ACTIVE_BLOCK][ACTIVE_SIZE];
	static char keys[ACTIVE_BLOCK][16];
	unsigned char wanted[ACTIVE_SIZE];
	SaUint32T erroneous;
	SaAisErrorT error;

	for (unsigned i = 0; i < ACTIVE_BLOCK; i++)
		elements[i] = (SaCkptIOVectorElementT){
			.sectionId = {.idLen = (SaUint16T)snprintf(keys[i], sizeof(keys[i]), "%u", from + i), .id = (SaUint8T *)keys[i]},
			.dataBuffer = data[i], .dataSize = ACTIVE_SIZE,
		};
	memset(data, 0, sizeof(data));
	while ((error = saCkptCheckpointRead(checkpoint, elements, ACTIVE_BLOCK, &erroneous)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	for (unsigned i = 0; error == SA_AIS_OK && i < ACTIVE_BLOCK; i++) {
		active_section(wanted, number, from + i);
		if (elements[i].readSize != ACTIVE_SIZE || memcmp(data[i], wanted, ACTIVE_SIZE) != 0) {
			printf("active %u: section %u is another\n", number, from + i);
			error = SA_AIS_ERR_LIBRARY;
		}
	}
	return error;
}

static int standby(void)
{
	SaAisErrorT error = SA_AIS_OK;

	for (unsigned number = 1; error == SA_AIS_OK && number <= ACTIVES; number++) {
		SaCkptCheckpointHandleT checkpoint;

		while ((error = active_open(number, &checkpoint)) == SA_AIS_ERR_TRY_AGAIN)
			pause_ms(RETRY_MS);
		for (unsigned from = 0; error == SA_AIS_OK && from < ACTIVE_SECTIONS; from += ACTIVE_BLOCK)
			error = block_read(checkpoint, number, from);
	}
	printf("standby: code %d\n", error);
	return error == SA_AIS_OK ? 0 : 1;
}

/* TRY_AGAIN asks for just that: no event tells a client when. */
enum { LARGE_SIZE = 64 << 20 };

static uint64_t large_word(size_t at)
{
	return (uint64_t)at * 0x9e3779b97f4a7c15u ^ at >> 3;
}

/* One section of the largest size there is, written in one call, or read in one, twice: by way of the daemon and from its memory. */
static int large(bool writes)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = LARGE_SIZE, .retentionDuration = SA_TIME_MAX, .maxSections = 1,
		.maxSectionSize = LARGE_SIZE, .maxSectionIdSize = 8,
	};
	SaNameT name = {.length = 5, .value = "large"};
	SaVersionT version = {'B', 1, 1};
	uint64_t *words = malloc(LARGE_SIZE);
	SaCkptIOVectorElementT element = {.dataBuffer = words, .dataSize = LARGE_SIZE};
	SaCkptCheckpointHandleT checkpoint;
	SaCkptHandleT handle;
	SaAisErrorT error = words == NULL ? SA_AIS_ERR_NO_MEMORY : saCkptInitialize(&handle, NULL, &version);

	if (error == SA_AIS_OK)
		error = saCkptCheckpointOpen(handle, &name, &attributes,
		                             SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, 20 * SA_TIME_ONE_SECOND,
		                             &checkpoint);
	for (size_t i = 0; writes && i < LARGE_SIZE / sizeof(*words); i++)
		words[i] = large_word(i);
	if (error == SA_AIS_OK && writes)
		error = saCkptCheckpointWrite(checkpoint, &element, 1, NULL);
	for (int times = 0; error == SA_AIS_OK && !writes && times < 4; times++) {
		memset(words, 0, LARGE_SIZE);
		error = saCkptCheckpointRead(checkpoint, &element, 1, NULL);
		for (size_t i = 0; error == SA_AIS_OK && i < LARGE_SIZE / sizeof(*words); i++)
			if (words[i] != large_word(i) || element.readSize != LARGE_SIZE)
				error = SA_AIS_ERR_LIBRARY;
	}
	printf("%s: %d\n", writes ? "written" : "read", error);
	free(words);
	return error == SA_AIS_OK ? 0 : 1;
}

enum { NEAR_SIZE = 1 << 20 };

static SaAisErrorT near_read(SaCkptCheckpointHandleT checkpoint, SaCkptIOVectorElementT *element, const uint64_t *words)
{
	SaAisErrorT error;

	while ((error = saCkptCheckpointRead(checkpoint, element, 1, NULL)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	for (size_t i = 0; error == SA_AIS_OK && i < NEAR_SIZE / sizeof(*words); i++)
		if (words[i] != large_word(i) || element->readSize != NEAR_SIZE)
			error = SA_AIS_ERR_LIBRARY;
	return error;
}

static int near(bool writes)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED, .checkpointSize = NEAR_SIZE,
		.retentionDuration = SA_TIME_MAX, .maxSections = 1, .maxSectionSize = NEAR_SIZE, .maxSectionIdSize = 8,
	};
	const SaNameT name = {.length = 4, .value = "near"};
	SaVersionT version = {'B', 1, 1};
	static uint64_t words[NEAR_SIZE / sizeof(uint64_t)];
	SaCkptIOVectorElementT element = {.dataBuffer = words, .dataSize = NEAR_SIZE};
	SaCkptCheckpointHandleT checkpoint;
	SaCkptHandleT handle;
	SaAisErrorT error = saCkptInitialize(&handle, NULL, &version);

	if (error == SA_AIS_OK)
		error = saCkptCheckpointOpen(handle, &name, &attributes,
		                             SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE, 20 * SA_TIME_ONE_SECOND,
		                             &checkpoint);
	for (size_t i = 0; writes && i < NEAR_SIZE / sizeof(*words); i++)
		words[i] = large_word(i);
	if (error == SA_AIS_OK)
		error = writes ? saCkptCheckpointWrite(checkpoint, &element, 1, NULL) : near_read(checkpoint, &element, words);
	puts(error == SA_AIS_OK ? "open" : "failed");
	while (getchar() != EOF) {
	}
	if (error == SA_AIS_OK)
		error = saCkptFinalize(handle);
	return error == SA_AIS_OK ? 0 : 1;
}

static int settled(unsigned writer)
{
	struct session session = {0};
	uint64_t number = 0;
	SaAisErrorT error;

	while ((error = write_number(&session, writer, 1, false)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	while (error == SA_AIS_OK && (error = read_number(&session, writer, &number)) == SA_AIS_ERR_TRY_AGAIN)
		pause_ms(RETRY_MS);
	if (error != SA_AIS_OK || number != 1)
		printf("code %d, number %" PRIu64 "\n", error, number);
	session_close(&session);
	return error == SA_AIS_OK && number == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const unsigned writer = argc > 2 ? (unsigned)strtoul(argv[argc - 1], NULL, 10) : 0;
	struct account *account;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && strcmp(argv[1], "run") == 0 && writer >= 1 && writer <= WRITERS_MAX)
		return run(argv[2], writer);
	if (argc == 3 && strcmp(argv[1], "large") == 0)
		return large(strcmp(argv[2], "write") == 0);
	if (argc == 3 && strcmp(argv[1], "near") == 0)
		return near(strcmp(argv[2], "write") == 0);
	if (argc == 3 && strcmp(argv[1], "active") == 0 && writer >= 1 && writer <= ACTIVES)
		return active(writer);
	if (argc == 2 && strcmp(argv[1], "standby") == 0)
		return standby();
	if (argc == 3 && strcmp(argv[1], "fill") == 0 && writer >= 1 && writer <= 1024)
		return fill(writer);
	if (argc == 3 && strcmp(argv[1], "vector") == 0 && writer >= 1 && writer <= 1024)
		return vector(writer);
	if (argc == 3 && strcmp(argv[1], "settled") == 0 && writer > WRITERS_MAX)
		return settled(writer);
	if (argc == 3 && strcmp(argv[1], "judge") == 0 && (account = account_map(argv[2])) != NULL)
		return judge(account);
	if (argc == 3 && strcmp(argv[1], "refused") == 0 && writer >= 1 && writer <= WRITERS_MAX)
		return refused(writer);
	fputs("usage: live-checker run ACCOUNT WRITER | judge ACCOUNT | refused WRITER | fill MIB | vector MIB | large write|read | active NUMBER | standby | near write|read | settled WRITER (from 17 on)\n", stderr);
	return 2;
}
