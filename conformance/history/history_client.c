/* The clients of one node in the live pass: threads that call libSaCkpt synchronously and write down what they asked and what they were
 * told, in the format of ais-history(1). Not here: faults, and the judgement.
 *
 *	history-client run MODE DIRECTORY LIFE SEED WRITERS READERS
 *		Client i of the life `n3.2` is n3.2.wI or n3.2.rI and keeps the file of that name in DIRECTORY. Calls nothing more when DIRECTORY/end
 *		is there, says so (`# ended`), and ends when DIRECTORY/close is there: until then what is open stays open. A life is begun once: one that ended with its node leaves calls without an answer, which is what happened.
 *	history-client settled MODE
 *		exit 0: an acknowledged write and a read on this node
 *	history-client take MODE
 *		exit 0: this node's replica is the active one
 *
 * A mode is a checkpoint of its own, `history-MODE`: `all`, `active` and `weak` as saCkpt.h calls its updates; `near` is an active one that
 * is collocated: clients that find nobody active make their own node so. Of `all` a register is promised; of the others the model
 * `asynchronous`, so their writers synchronize now and then. Who the service finds nobody active for answers NOT_EXIST, as for a section that is not
 * there: what tells them apart is the index of the element, so these are written and read with vectors.
 *
 * A call's line is written before the call and an answer's line after it, so the times that they carry enclose what happened. All clocks
 * are the host's CLOCK_MONOTONIC. A value names its client and number, so none is written twice. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "saCkpt.h"

enum { KEYS = 24, CLIENTS_MAX = 16, VALUE_SIZE = 40, RETRY_MS = 20, PAUSE_US = 2000, PAUSE_OF_OTHERS_US = 8000, INDEX_NONE = 99, LINE_SIZE = 256 };

struct mode {
	const char *name;
	SaCkptCheckpointCreationFlagsT flags;
	bool asynchronous, collocated;
	long pause_us; /* between two operations: one mode fills the ring, the others share what is left */
};

static const struct mode modes[] = {
	{"all", SA_CKPT_WR_ALL_REPLICAS, false, false, PAUSE_US},
	{"active", SA_CKPT_WR_ACTIVE_REPLICA, true, false, PAUSE_OF_OTHERS_US},
	{"weak", SA_CKPT_WR_ACTIVE_REPLICA_WEAK, true, false, PAUSE_OF_OTHERS_US},
	{"near", SA_CKPT_WR_ACTIVE_REPLICA | SA_CKPT_CHECKPOINT_COLLOCATED, true, true, PAUSE_OF_OTHERS_US},
};

struct client {
	pthread_t thread;
	const struct mode *mode;
	const char *directory;
	char name[64];
	bool writes;
	uint64_t random;
	uint64_t number; /* of its values */
	int file;
	bool failed; /* the history cannot be written */
	SaCkptHandleT library;
	SaCkptCheckpointHandleT checkpoint;
	bool open;
};

static void pause_us(long us)
{
	nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* xorshift64* */
static uint64_t chance(struct client *client, uint64_t bound)
{
	client->random ^= client->random >> 12;
	client->random ^= client->random << 25;
	client->random ^= client->random >> 27;
	return (client->random * 0x2545f4914f6cdd1du >> 33) % bound;
}

/* One write(2) a line: the death of this process leaves whole lines. */
static void note(struct client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct client *client, const char *format, ...)
{
	char line[LINE_SIZE];
	int head = snprintf(line, sizeof(line), "%" PRIu64 " %s ", now_ns(), client->name);
	va_list arguments;

	va_start(arguments, format);
	head += vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, arguments);
	va_end(arguments);
	line[head++] = '\n';
	if (write(client->file, line, (size_t)head) != head)
		client->failed = true;
}

static void session_close(struct client *client)
{
	if (client->open)
		saCkptFinalize(client->library);
	client->open = false;
}

static bool session_open(struct client *client)
{
	const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = client->mode->flags, .checkpointSize = 2 * KEYS * VALUE_SIZE, .retentionDuration = SA_TIME_ONE_DAY,
		.maxSections = 2 * KEYS, .maxSectionSize = VALUE_SIZE, .maxSectionIdSize = 16,
	};
	SaVersionT version = {'B', 1, 1};
	SaNameT name;

	if (client->open)
		return true;
	if (saCkptInitialize(&client->library, NULL, &version) != SA_AIS_OK)
		return false;
	client->open = true;
	name.length = (SaUint16T)snprintf((char *)name.value, sizeof(name.value), "history-%s", client->mode->name);
	if (saCkptCheckpointOpen(client->library, &name, &attributes,
	                         SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE, 5 * SA_TIME_ONE_SECOND,
	                         &client->checkpoint) == SA_AIS_OK)
		return true;
	session_close(client);
	return false;
}

/* NULL: an answer of the operation itself. TIMEOUT and a daemon that died leave the outcome open; any other code says that nothing was
 * done. */
static const char *refusal_text(SaAisErrorT error)
{
	switch (error) {
	case SA_AIS_OK:
	case SA_AIS_ERR_EXIST:
	case SA_AIS_ERR_NOT_EXIST: return NULL;
	case SA_AIS_ERR_TIMEOUT:
	case SA_AIS_ERR_LIBRARY: return "unknown";
	default: return "refused";
	}
}

static void note_outcome(struct client *client, SaAisErrorT error, const char *value)
{
	const char *refusal = refusal_text(error);

	if (refusal != NULL)
		note(client, "answer %s", refusal);
	else if (error == SA_AIS_ERR_EXIST)
		note(client, "answer exists");
	else if (error == SA_AIS_ERR_NOT_EXIST)
		note(client, "answer absent");
	else
		note(client, "answer ok%s%s", value == NULL ? "" : " ", value == NULL ? "" : value);
	if (error == SA_AIS_ERR_LIBRARY || error == SA_AIS_ERR_BAD_HANDLE)
		session_close(client);
	pause_us(refusal == NULL ? client->mode->pause_us : RETRY_MS * 1000);
}

/* Nobody is active: nothing was done, and nothing was seen. */
static void note_inactive(struct client *client)
{
	note(client, "answer refused");
	if (client->writes && client->mode->collocated && chance(client, 4) == 0)
		saCkptActiveReplicaSet(client->checkpoint);
	pause_us(RETRY_MS * 1000);
}

static SaAisErrorT key_read(struct client *client, SaCkptSectionIdT id, const char *key)
{
	char value[VALUE_SIZE + 1] = "";
	SaUint32T erroneous = INDEX_NONE;
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = value, .dataSize = VALUE_SIZE};

	note(client, "call read %s", key);
	const SaAisErrorT error = saCkptCheckpointRead(client->checkpoint, &element, 1, &erroneous);
	if (error == SA_AIS_OK)
		value[element.readSize < VALUE_SIZE ? element.readSize : VALUE_SIZE] = '\0';
	if (error == SA_AIS_ERR_NOT_EXIST && erroneous == INDEX_NONE)
		note_inactive(client);
	else
		note_outcome(client, error, value[0] == '\0' ? "(empty)" : value);
	return error;
}

/* Values of one size: what is written by a vector replaces the old one whole. */
static SaAisErrorT vector_write(struct client *client, SaCkptSectionIdT id, const char value[VALUE_SIZE + 1], bool *inactive)
{
	SaUint32T erroneous = INDEX_NONE;
	SaCkptIOVectorElementT element = {.sectionId = id, .dataBuffer = (void *)value, .dataSize = VALUE_SIZE};
	const SaAisErrorT error = saCkptCheckpointWrite(client->checkpoint, &element, 1, &erroneous);

	*inactive = error == SA_AIS_ERR_NOT_EXIST && erroneous == INDEX_NONE;
	return error;
}

/* What was answered before is safe. */
static void key_synchronize(struct client *client, const char *key)
{
	note(client, "call synchronize %s", key);
	const SaAisErrorT error = saCkptCheckpointSynchronize(client->checkpoint, 5 * SA_TIME_ONE_SECOND);
	if (error == SA_AIS_ERR_NOT_EXIST)
		note_inactive(client);
	else
		note_outcome(client, error, NULL);
}

static SaAisErrorT key_write(struct client *client, SaCkptSectionIdT id, const char *key, bool create)
{
	char value[VALUE_SIZE + 1] = "";
	bool inactive = false;
	SaAisErrorT error;
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	const SaSizeT size = (SaSizeT)snprintf(value, sizeof(value), "%s.%" PRIu64, client->name, ++client->number);

	note(client, "call %s %s %s", create ? "create" : "write", key, value);
	if (create)
		error = saCkptSectionCreate(client->checkpoint, &attributes, value, client->mode->asynchronous ? VALUE_SIZE : size);
	else if (client->mode->asynchronous)
		error = vector_write(client, id, value, &inactive);
	else
		error = saCkptSectionOverwrite(client->checkpoint, &id, value, size);
	if (inactive || (create && error == SA_AIS_ERR_NOT_EXIST))
		note_inactive(client);
	else
		note_outcome(client, error, NULL);
	if (error == SA_AIS_OK && client->mode->asynchronous && chance(client, 3) == 0)
		key_synchronize(client, key);
	return error;
}

static void key_delete(struct client *client, SaCkptSectionIdT id, const char *key)
{
	note(client, "call delete %s", key);
	const SaAisErrorT error = saCkptSectionDelete(client->checkpoint, &id);
	if (error == SA_AIS_ERR_NOT_EXIST && client->mode->collocated)
		note(client, "answer refused"); /* nobody is active, or it is not there: who can tell */
	else
		note_outcome(client, error, NULL);
}

static void work(struct client *client)
{
	char key[16];
	SaCkptSectionIdT id = {.idLen = (SaUint16T)snprintf(key, sizeof(key), "k%02u", (unsigned)chance(client, KEYS)), .id = (SaUint8T *)key};
	const uint64_t what = client->writes ? chance(client, 100) : 100;

	if (what < 55) {
		if (key_write(client, id, key, false) == SA_AIS_ERR_NOT_EXIST)
			key_write(client, id, key, true);
	} else if (what < 65) {
		key_write(client, id, key, true);
	} else if (what < 72) {
		key_delete(client, id, key);
	} else {
		key_read(client, id, key);
	}
}

static bool is_told(const struct client *client, const char *word)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", client->directory, word);
	return access(path, F_OK) == 0;
}

static void *client_run(void *argument)
{
	struct client *client = argument;

	static const char ended[] = "# ended\n";

	while (!client->failed && !is_told(client, "end")) {
		if (session_open(client))
			work(client);
		else
			pause_us(RETRY_MS * 1000);
	}
	if (write(client->file, ended, sizeof(ended) - 1) != (ssize_t)sizeof(ended) - 1)
		client->failed = true;
	while (!client->failed && !is_told(client, "close"))
		pause_us(RETRY_MS * 1000);
	session_close(client);
	close(client->file);
	return NULL;
}

static bool history_begin(struct client *client)
{
	const char *head = client->mode->asynchronous ? "ais-history 1 asynchronous\n" : "ais-history 1 register\n";
	const ssize_t size = (ssize_t)strlen(head);
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", client->directory, client->name);
	client->file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (client->file >= 0 && write(client->file, head, (size_t)size) == size)
		return true;
	fprintf(stderr, "history-client: %s: %s\n", path, strerror(errno));
	return false;
}

static int run(const struct mode *mode, const char *directory, const char *life, uint64_t seed, unsigned writers, unsigned readers)
{
	static struct client clients[CLIENTS_MAX];
	int code = 0;

	for (unsigned i = 0; i < writers + readers; i++) {
		struct client *client = &clients[i];

		*client = (struct client){.mode = mode, .directory = directory, .writes = i < writers, .random = seed * 0x9e3779b97f4a7c15u + i + 1};
		snprintf(client->name, sizeof(client->name), "%s.%c%u", life, i < writers ? 'w' : 'r', i < writers ? i : i - writers);
		if (!history_begin(client) || pthread_create(&client->thread, NULL, client_run, client) != 0)
			return 2;
	}
	for (unsigned i = 0; i < writers + readers; i++) {
		pthread_join(clients[i].thread, NULL);
		if (clients[i].failed)
			code = 2;
	}
	return code;
}

static int settled(const struct mode *mode)
{
	struct client client = {
		.mode = mode, .name = "settled", .random = 1, .writes = true, .file = open("/dev/null", O_WRONLY | O_CLOEXEC),
	};
	char key[] = "settled";
	const SaCkptSectionIdT id = {.idLen = sizeof(key) - 1, .id = (SaUint8T *)key};
	bool done = false;

	if (client.file >= 0 && session_open(&client)) {
		SaAisErrorT error = key_write(&client, id, key, false);

		if (error == SA_AIS_ERR_NOT_EXIST)
			error = key_write(&client, id, key, true);
		done = error == SA_AIS_OK && key_read(&client, id, key) == SA_AIS_OK;
	}
	session_close(&client);
	return done ? 0 : 1;
}

static int take(const struct mode *mode)
{
	struct client client = {.mode = mode, .name = "take"};
	const bool done = session_open(&client) && saCkptActiveReplicaSet(client.checkpoint) == SA_AIS_OK;

	session_close(&client);
	return done ? 0 : 1;
}

static const struct mode *mode_find(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc >= 3 ? mode_find(argv[2]) : NULL;

	if (mode != NULL && argc == 3 && strcmp(argv[1], "settled") == 0)
		return settled(mode);
	if (mode != NULL && argc == 3 && strcmp(argv[1], "take") == 0)
		return take(mode);
	if (mode != NULL && argc == 8 && strcmp(argv[1], "run") == 0) {
		const unsigned long writers = strtoul(argv[6], NULL, 10), readers = strtoul(argv[7], NULL, 10);

		if (writers <= CLIENTS_MAX && readers <= CLIENTS_MAX - writers && writers + readers > 0 && strlen(argv[4]) < 32)
			return run(mode, argv[3], argv[4], strtoull(argv[5], NULL, 10), (unsigned)writers, (unsigned)readers);
	}
	fputs("usage: history-client run MODE DIRECTORY LIFE SEED WRITERS READERS | settled MODE | take MODE (16 clients at most; MODE: all, active, weak,"
	      " near)\n", stderr);
	return 2;
}
