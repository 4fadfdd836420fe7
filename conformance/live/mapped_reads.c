/* Reads of a checkpoint whose replica is on this node leave the daemon alone: many of them, between two looks at what the daemon counts. The
 * node is to be alone in its ring, where what was read is stable at once and its lease does not end: no read has a reason to ask.
 *
 *	mapped-reads READS
 *
 * Last line: N passed, N failed, N skipped. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ipc/ipc_client.h"
#include "core/services/admin_messages.h"
#include "saCkpt.h"

enum {
	SECTION_SIZE = 512,
	CALL_S = 60,
	READS_FIRST = 2,   /* the first may ask for the mapping, and is answered by the daemon */
	WAKES_OF_LOOKS = 3, /* the second look's, and one that either client sent as the daemon was awake already */
};

/* All that the daemon could notice of a read. */
struct noticed {
	uint64_t requests, wakes, messages;
};

static struct {
	SaCkptHandleT ckpt;
	SaCkptCheckpointHandleT checkpoint;
	struct ipc_client *admin;
	unsigned char written[SECTION_SIZE];
} reader;

static bool counter_find(const struct admin_status *status, const char *name, uint64_t *value)
{
	for (uint32_t i = 0; i < status->counter_count; i++) {
		if (!bytes_equal(status->counters[i].name, bytes_of_text(name)))
			continue;
		*value = status->counters[i].value;
		return true;
	}
	printf("FAIL the daemon counts no %s\n", name);
	return false;
}

static bool noticed_take(struct noticed *noticed)
{
	static struct admin_status status;
	struct wire_writer body = {0}, answer = {0};

	admin_plain_encode(&body);
	const uint32_t result = ipc_client_call(reader.admin, ADMIN_REQUEST_STATUS, -1, wire_writer_bytes(&body), &answer);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	const bool taken = result == RESULT_OK && admin_status_decode(&in, &status) &&
	                   counter_find(&status, "ipc.requests", &noticed->requests) && counter_find(&status, "ipc.wakes", &noticed->wakes) &&
	                   counter_find(&status, "totem.messages_sent", &noticed->messages);
	wire_writer_clear(&body);
	wire_writer_clear(&answer);
	return taken;
}

static bool reader_open(void)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS | SA_CKPT_CHECKPOINT_COLLOCATED, .checkpointSize = SECTION_SIZE,
		.retentionDuration = 0, .maxSections = 1, .maxSectionSize = SECTION_SIZE, .maxSectionIdSize = 1};
	SaNameT name = {.length = 6, .value = "mapped"};
	SaVersionT version = {'B', 1, 1};
	SaCkptIOVectorElementT element = {.dataBuffer = reader.written, .dataSize = SECTION_SIZE};
	SaUint32T erroneous;

	memset(reader.written, 0xa5, SECTION_SIZE);
	return ipc_client_connect(ADMIN_SERVICE_NAME, &reader.admin) == RESULT_OK &&
	       saCkptInitialize(&reader.ckpt, NULL, &version) == SA_AIS_OK &&
	       saCkptCheckpointOpen(reader.ckpt, &name, &attributes,
	                            SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                            CALL_S * SA_TIME_ONE_SECOND, &reader.checkpoint) == SA_AIS_OK &&
	       saCkptCheckpointWrite(reader.checkpoint, &element, 1, &erroneous) == SA_AIS_OK;
}

static bool read_all(unsigned long reads)
{
	unsigned char buffer[SECTION_SIZE];
	SaUint32T erroneous;

	for (unsigned long i = 0; i < reads; i++) {
		SaCkptIOVectorElementT element = {.dataBuffer = buffer, .dataSize = SECTION_SIZE};

		memset(buffer, 0, sizeof(buffer));
		if (saCkptCheckpointRead(reader.checkpoint, &element, 1, &erroneous) != SA_AIS_OK || element.readSize != SECTION_SIZE ||
		    memcmp(buffer, reader.written, SECTION_SIZE) != 0)
			return false;
	}
	return true;
}

static int failures;

static void shown(bool is_so, const char *what, uint64_t figure)
{
	printf("%s %s (%llu)\n", is_so ? "ok  " : "FAIL", what, (unsigned long long)figure);
	failures += !is_so;
}

int main(int count, char **arguments)
{
	const unsigned long reads = count == 2 ? strtoul(arguments[1], NULL, 10) : 0;
	struct noticed before, after;

	if (reads == 0 || !reader_open() || !read_all(READS_FIRST) || !noticed_take(&before)) {
		puts("FAIL a checkpoint to read\n0 passed, 1 failed, 0 skipped");
		return 1;
	}
	const bool read = read_all(reads);
	if (!noticed_take(&after)) {
		puts("FAIL a second look at the daemon\n0 passed, 1 failed, 0 skipped");
		return 1;
	}
	shown(read, "reads find what was written", reads);
	shown(after.requests - before.requests == 1, "the daemon took one request meanwhile, which asks how many", after.requests - before.requests);
	shown(after.wakes - before.wakes <= WAKES_OF_LOOKS, "nobody woke it but for that", after.wakes - before.wakes);
	shown(after.messages == before.messages, "nothing was sent to the ring", after.messages - before.messages);
	printf("%d passed, %d failed, 0 skipped\n", 4 - failures, failures);
	return failures > 0;
}
