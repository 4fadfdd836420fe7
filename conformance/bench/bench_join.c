/* What a node's catch-up is measured with, run inside the nodes by ais-bench join. Not here: starting, killing, comparing.
 *
 *	bench-join fill MIB SECTION             checkpoints of 64 MiB with sections of SECTION bytes, together MIB MiB, kept for an hour
 *	bench-join write CLIENTS SIZE           overwrites until standard input ends; a line on it prints what was since the last: a JSON object
 *	bench-join sink ADDRESS PORT            takes datagrams until one of a single byte comes, prints bytes and seconds
 *	bench-join send ADDRESS PORT SECONDS    full datagrams, a system call each, then the last one
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "saCkpt.h"

enum { CHECKPOINT_MIB = 64, CLIENTS_MAX = 64, DATAGRAM = 1472, SINK_BUFFER = 8 << 20 };

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int complain(const char *what, SaAisErrorT error)
{
	fprintf(stderr, "bench-join: %s: error %d\n", what, (int)error);
	return 1;
}

static SaAisErrorT checkpoint_open(SaCkptHandleT ckpt, const char *text, SaSizeT sections, SaSizeT section, SaCkptCheckpointHandleT *checkpoint)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS, .checkpointSize = sections * section, .retentionDuration = 3600 * SA_TIME_ONE_SECOND,
		.maxSections = (SaUint32T)sections, .maxSectionSize = section, .maxSectionIdSize = 16,
	};
	SaNameT name = {.length = (SaUint16T)strlen(text)};

	memcpy(name.value, text, name.length);
	return saCkptCheckpointOpen(ckpt, &name, &attributes, SA_CKPT_CHECKPOINT_CREATE | SA_CKPT_CHECKPOINT_WRITE, 10 * SA_TIME_ONE_SECOND, checkpoint);
}

static SaAisErrorT section_create(SaCkptCheckpointHandleT checkpoint, uint64_t number, const void *data, SaSizeT size)
{
	char text[17];
	SaCkptSectionIdT id = {.id = (SaUint8T *)text, .idLen = (SaUint16T)snprintf(text, sizeof text, "%" PRIu64, number)};
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	SaAisErrorT error;

	while ((error = saCkptSectionCreate(checkpoint, &attributes, data, size)) == SA_AIS_ERR_TRY_AGAIN)
		usleep(1000);
	return error;
}

static int run_fill(SaSizeT mib, SaSizeT section)
{
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT ckpt;
	const SaSizeT sections = ((SaSizeT)CHECKPOINT_MIB << 20) / section;
	uint8_t *data = malloc(section);
	SaAisErrorT error = saCkptInitialize(&ckpt, NULL, &version);

	memset(data, 'x', section);
	for (SaSizeT at = 0; at < mib && error == SA_AIS_OK; at += CHECKPOINT_MIB) {
		char name[32];
		SaCkptCheckpointHandleT checkpoint;

		snprintf(name, sizeof name, "bench-join-%llu", (unsigned long long)at);
		error = checkpoint_open(ckpt, name, sections, section, &checkpoint);
		for (uint64_t i = 0; i < sections && error == SA_AIS_OK; i++)
			error = section_create(checkpoint, i, data, section);
		if (error == SA_AIS_OK)
			error = saCkptCheckpointClose(checkpoint);
	}
	free(data);
	return error == SA_AIS_OK ? 0 : complain("fill", error);
}

/* --- write --- */

struct writing {
	atomic_bool ends;
	atomic_uint_fast64_t writes, again, last_ns, pause_ns; /* when one was answered last, and the widest gap between two since the last line */
	SaSizeT size;
};

struct writer {
	pthread_t thread;
	struct writing *writing;
	unsigned number;
	SaAisErrorT error;
};

static void answered(struct writing *writing)
{
	const uint64_t now = (uint64_t)monotonic_ns(), last = atomic_exchange(&writing->last_ns, now), gap = now > last ? now - last : 0;
	uint64_t widest = atomic_load(&writing->pause_ns);

	while (gap > widest && !atomic_compare_exchange_weak(&writing->pause_ns, &widest, gap))
		;
	atomic_fetch_add(&writing->writes, 1);
}

static void *writer_run(void *argument)
{
	struct writer *writer = argument;
	struct writing *writing = writer->writing;
	SaVersionT version = {'B', 1, 1};
	SaCkptHandleT ckpt;
	SaCkptCheckpointHandleT checkpoint;
	char text[16], name[40], *data = calloc(1, writing->size);
	SaCkptSectionIdT id = {.id = (SaUint8T *)text, .idLen = (SaUint16T)snprintf(text, sizeof text, "%u", writer->number)};
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = data, .dataSize = writing->size};

	snprintf(name, sizeof name, "bench-join-writers-%llu", (unsigned long long)writing->size);
	writer->error = saCkptInitialize(&ckpt, NULL, &version);
	if (writer->error == SA_AIS_OK)
		writer->error = checkpoint_open(ckpt, name, CLIENTS_MAX, writing->size, &checkpoint);
	if (writer->error == SA_AIS_OK)
		writer->error = section_create(checkpoint, writer->number, data, writing->size);
	if (writer->error == SA_AIS_ERR_EXIST) /* an earlier run's */
		writer->error = SA_AIS_OK;
	while (writer->error == SA_AIS_OK && !atomic_load(&writing->ends)) {
		const SaAisErrorT error = saCkptCheckpointWrite(checkpoint, &element, 1, NULL);

		if (error == SA_AIS_OK)
			answered(writing);
		else if (error == SA_AIS_ERR_TRY_AGAIN || error == SA_AIS_ERR_TIMEOUT)
			atomic_fetch_add(&writing->again, 1), usleep(1000);
		else
			writer->error = error;
	}
	free(data);
	return NULL;
}

static int run_write(unsigned clients, SaSizeT size)
{
	struct writing writing = {.size = size};
	struct writer writers[CLIENTS_MAX];
	char line[64];
	SaAisErrorT error = SA_AIS_OK;

	atomic_store(&writing.last_ns, (uint64_t)monotonic_ns());
	for (unsigned i = 0; i < clients; i++) {
		writers[i] = (struct writer){.writing = &writing, .number = i};
		if (pthread_create(&writers[i].thread, NULL, writer_run, &writers[i]) != 0)
			return complain("no thread", 0);
	}
	int64_t since_ns = monotonic_ns();
	while (fgets(line, sizeof line, stdin) != NULL) {
		const int64_t now_ns = monotonic_ns();

		printf("{\"writes_per_s\": %.0f, \"longest_pause_ms\": %.1f, \"try_again\": %" PRIu64 "}\n",
		       (double)atomic_exchange(&writing.writes, 0) * 1e9 / (double)(now_ns - since_ns),
		       (double)atomic_exchange(&writing.pause_ns, 0) / 1e6, (uint64_t)atomic_exchange(&writing.again, 0));
		fflush(stdout);
		since_ns = now_ns;
	}
	atomic_store(&writing.ends, true);
	for (unsigned i = 0; i < clients; i++) {
		pthread_join(writers[i].thread, NULL);
		if (writers[i].error != SA_AIS_OK)
			error = writers[i].error;
	}
	return error == SA_AIS_OK ? 0 : complain("write", error);
}

/* --- the link --- */

static int socket_at(const char *address, int port, struct sockaddr_in *out)
{
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return inet_pton(AF_INET, address, &out->sin_addr) == 1 ? socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
}

static int run_sink(const char *address, int port)
{
	struct sockaddr_in own;
	const int size = SINK_BUFFER, descriptor = socket_at(address, port, &own);
	uint8_t datagram[DATAGRAM];
	int64_t first_ns = 0, bytes = 0;

	if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&own, sizeof own) != 0)
		return complain("no socket", 0);
	setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	fputs("ready\n", stderr);
	for (;;) {
		const ssize_t got = recv(descriptor, datagram, sizeof datagram, 0);

		if (got < 0 && errno != EINTR)
			return complain("nothing can be received", 0);
		if (got >= 0 && got <= 1 && first_ns != 0)
			break;
		if (got <= 1) /* an interrupt, or an earlier run's end */
			continue;
		if (first_ns == 0)
			first_ns = monotonic_ns();
		bytes += got;
	}
	printf("{\"bytes\": %" PRId64 ", \"mb_per_s\": %.1f}\n", bytes, (double)bytes * 1e3 / (double)(monotonic_ns() - first_ns));
	return 0;
}

static int run_send(const char *address, int port, double seconds)
{
	struct sockaddr_in to;
	const int descriptor = socket_at(address, port, &to);
	static const uint8_t datagram[DATAGRAM];
	const int64_t until_ns = monotonic_ns() + (int64_t)(seconds * 1e9);

	if (descriptor < 0)
		return complain("no socket", 0);
	while (monotonic_ns() < until_ns)
		(void)sendto(descriptor, datagram, sizeof datagram, 0, (struct sockaddr *)&to, sizeof to);
	for (int i = 0; i < 20; i++) { /* one of them arrives */
		usleep(10000);
		(void)sendto(descriptor, datagram, 1, 0, (struct sockaddr *)&to, sizeof to);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "fill") == 0 && atol(argv[2]) >= 1 && atol(argv[3]) >= 1)
		return run_fill((SaSizeT)atol(argv[2]), (SaSizeT)atol(argv[3]));
	if (argc == 4 && strcmp(argv[1], "write") == 0 && atoi(argv[2]) >= 1 && atoi(argv[2]) <= CLIENTS_MAX && atol(argv[3]) >= 1)
		return run_write((unsigned)atoi(argv[2]), (SaSizeT)atol(argv[3]));
	if (argc == 4 && strcmp(argv[1], "sink") == 0)
		return run_sink(argv[2], atoi(argv[3]));
	if (argc == 5 && strcmp(argv[1], "send") == 0)
		return run_send(argv[2], atoi(argv[3]), atof(argv[4]));
	fputs("usage: bench-join fill MIB SECTION | write CLIENTS SIZE | sink ADDRESS PORT | send ADDRESS PORT SECONDS\n", stderr);
	return 2;
}
