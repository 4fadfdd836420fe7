/* See directory.h. */
#include "directory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "saCkpt.h"

enum { RETRY_FIRST_MS = 5, RETRY_MAX_MS = 100, OPEN_TIMEOUT_S = 5, RECORDS_MAX = 65536, SESSIONS_KEPT = 64 };

struct session {
	struct session *next;
	SaCkptHandleT library;
	SaCkptCheckpointHandleT checkpoint;
};

struct directory {
	SaNameT name;
	int64_t patience_ms;
	pthread_mutex_t lock; /* of what follows */
	struct session *idle;
	unsigned idle_count;
};

/* A call in progress: its session, and how long it may still try. */
struct attempt {
	struct directory *directory;
	struct session *session; /* NULL: to be opened */
	int64_t end_ms;
	int64_t pause_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

struct directory *directory_new(const char *checkpoint, int64_t patience_ms)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL || strlen(checkpoint) > SA_MAX_NAME_LENGTH) {
		free(directory);
		return NULL;
	}
	directory->name.length = (SaUint16T)strlen(checkpoint);
	memcpy(directory->name.value, checkpoint, directory->name.length);
	directory->patience_ms = patience_ms;
	pthread_mutex_init(&directory->lock, NULL);
	return directory;
}

/* Never unlinked, and kept for an hour when the last server has gone: a whole set of servers may be restarted. */
static SaAisErrorT session_open(const struct directory *directory, struct session *session)
{
	static const SaCkptCheckpointCreationAttributesT attributes = {
		.creationFlags = SA_CKPT_WR_ALL_REPLICAS,
		.checkpointSize = (SaSizeT)RECORDS_MAX * 1024,
		.retentionDuration = SA_TIME_ONE_HOUR,
		.maxSections = RECORDS_MAX,
		.maxSectionSize = DIRECTORY_VALUE_SIZE_MAX,
		.maxSectionIdSize = DIRECTORY_KEY_SIZE_MAX,
	};
	SaVersionT version = {'B', 1, 1};
	SaAisErrorT error = saCkptInitialize(&session->library, NULL, &version);

	if (error != SA_AIS_OK)
		return error;
	error = saCkptCheckpointOpen(session->library, &directory->name, &attributes,
	                             SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
	                             OPEN_TIMEOUT_S * SA_TIME_ONE_SECOND, &session->checkpoint);
	if (error != SA_AIS_OK)
		saCkptFinalize(session->library);
	return error;
}

static void session_close(struct session *session)
{
	if (session == NULL)
		return;
	saCkptFinalize(session->library);
	free(session);
}

static struct session *session_take(struct directory *directory)
{
	pthread_mutex_lock(&directory->lock);
	struct session *session = directory->idle;
	if (session != NULL) {
		directory->idle = session->next;
		directory->idle_count--;
	}
	pthread_mutex_unlock(&directory->lock);
	return session;
}

static void session_give_back(struct directory *directory, struct session *session)
{
	if (session == NULL)
		return;
	pthread_mutex_lock(&directory->lock);
	const bool keep = directory->idle_count < SESSIONS_KEPT;
	if (keep) {
		session->next = directory->idle;
		directory->idle = session;
		directory->idle_count++;
	}
	pthread_mutex_unlock(&directory->lock);
	if (!keep)
		session_close(session);
}

static struct attempt attempt_begin(struct directory *directory)
{
	return (struct attempt){.directory = directory, .session = session_take(directory),
	                        .end_ms = now_ms() + directory->patience_ms, .pause_ms = RETRY_FIRST_MS};
}

static enum directory_outcome attempt_end(struct attempt *attempt, enum directory_outcome outcome)
{
	session_give_back(attempt->directory, attempt->session);
	return outcome;
}

static void attempt_drop_session(struct attempt *attempt)
{
	session_close(attempt->session);
	attempt->session = NULL;
}

/* A pause before the next try. False: patience is over. */
static bool attempt_again(struct attempt *attempt)
{
	const struct timespec pause = {.tv_sec = attempt->pause_ms / 1000, .tv_nsec = attempt->pause_ms % 1000 * 1000000};

	if (now_ms() + attempt->pause_ms > attempt->end_ms)
		return false;
	nanosleep(&pause, NULL);
	attempt->pause_ms = attempt->pause_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : attempt->pause_ms * 2;
	return true;
}

/* True: there is a session to call with. */
static bool attempt_ready(struct attempt *attempt)
{
	while (attempt->session == NULL) {
		struct session *session = calloc(1, sizeof(*session));

		if (session != NULL && session_open(attempt->directory, session) == SA_AIS_OK) {
			attempt->session = session;
			return true;
		}
		free(session);
		if (!attempt_again(attempt))
			return false;
	}
	return true;
}

static SaCkptSectionIdT section_id(const char *key)
{
	return (SaCkptSectionIdT){.idLen = (SaUint16T)strlen(key), .id = (SaUint8T *)key};
}

/* Creates the section, or overwrites the one that is there. Nobody deletes sections, so the two cannot chase each other. */
static SaAisErrorT section_put(const struct session *session, const char *key, const char *value, size_t value_size)
{
	SaCkptSectionIdT id = section_id(key);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	const SaAisErrorT error = saCkptSectionCreate(session->checkpoint, &attributes, value, value_size);

	return error == SA_AIS_ERR_EXIST ? saCkptSectionOverwrite(session->checkpoint, &id, value, value_size) : error;
}

enum directory_outcome directory_put(struct directory *directory, const char *key, const char *value, size_t value_size)
{
	struct attempt attempt = attempt_begin(directory);

	while (attempt_ready(&attempt)) {
		switch (section_put(attempt.session, key, value, value_size)) {
		case SA_AIS_OK:
			return attempt_end(&attempt, DIRECTORY_DONE);
		case SA_AIS_ERR_NO_SPACE:
			return attempt_end(&attempt, DIRECTORY_FULL);
		case SA_AIS_ERR_TIMEOUT:
			return attempt_end(&attempt, DIRECTORY_UNKNOWN);
		case SA_AIS_ERR_LIBRARY: /* the daemon went while it had our call */
			attempt_drop_session(&attempt);
			return DIRECTORY_UNKNOWN;
		case SA_AIS_ERR_BAD_HANDLE: /* the open did not survive; nothing was done */
			attempt_drop_session(&attempt);
			break;
		default: /* TRY_AGAIN, NO_RESOURCES: nothing was done */
			break;
		}
		if (!attempt_again(&attempt))
			break;
	}
	return attempt_end(&attempt, DIRECTORY_UNAVAILABLE);
}

/* After an error of a reading call: true, it is worth trying again. A read that timed out has changed nothing. */
static bool read_again(struct attempt *attempt, SaAisErrorT error)
{
	if (error == SA_AIS_ERR_LIBRARY || error == SA_AIS_ERR_BAD_HANDLE)
		attempt_drop_session(attempt);
	return attempt_again(attempt);
}

enum directory_outcome directory_get(struct directory *directory, const char *key, char *value, size_t *value_size)
{
	struct attempt attempt = attempt_begin(directory);
	SaAisErrorT error = SA_AIS_OK;

	while (attempt_ready(&attempt)) {
		SaCkptIOVectorElementT element = {.sectionId = section_id(key), .dataBuffer = value, .dataSize = DIRECTORY_VALUE_SIZE_MAX};
		SaUint32T erroneous;

		error = saCkptCheckpointRead(attempt.session->checkpoint, &element, 1, &erroneous);
		if (error == SA_AIS_OK) {
			*value_size = element.readSize;
			return attempt_end(&attempt, DIRECTORY_DONE);
		}
		if (error == SA_AIS_ERR_NOT_EXIST)
			return attempt_end(&attempt, DIRECTORY_NONE);
		if (!read_again(&attempt, error))
			break;
	}
	return attempt_end(&attempt, DIRECTORY_UNAVAILABLE);
}

enum directory_outcome directory_count(struct directory *directory, uint32_t *count)
{
	struct attempt attempt = attempt_begin(directory);

	while (attempt_ready(&attempt)) {
		SaCkptCheckpointDescriptorT status;
		const SaAisErrorT error = saCkptCheckpointStatusGet(attempt.session->checkpoint, &status);

		if (error == SA_AIS_OK) {
			*count = status.numberOfSections;
			return attempt_end(&attempt, DIRECTORY_DONE);
		}
		if (!read_again(&attempt, error))
			break;
	}
	return attempt_end(&attempt, DIRECTORY_UNAVAILABLE);
}
