/* libSaCkpt: argument checks and marshalling on ais/common. Frames are small: callers run on stacks of 16 KiB. The order of checks is
 * NULL pointers and enums, handle, flags, timeout, missing callback, open mode, values; the rest is the daemon's to judge. */
#include <pthread.h>
#include <stdlib.h>

#include "ais_client.h"
#include "ckpt_client.h"
#include "ckpt_mapping.h"
#include "ckpt_messages.h"

enum { TIMEOUT_OF_DAEMON = -1 };

#ifdef CKPT_SYMBOL_VERSIONS
/* In the library, two names exist twice; these are what a program that is linked today finds. */
__asm__(".symver saCkptCheckpointStatusGet, saCkptCheckpointStatusGet@@@AISLE_CKPT_B.01.01");
__asm__(".symver saCkptSectionCreate, saCkptSectionCreate@@@AISLE_CKPT_B.01.01");
#endif

/* What a checkpoint handle stands for. */
struct opened {
	uint64_t number; /* the daemon's */
	uint32_t flags;
	uint64_t section_size_max;
	struct ckpt_mapping mapping;
};

/* What an iteration handle stands for: a place in the key order, and descriptors fetched ahead. */
struct iteration {
	pthread_mutex_t lock; /* two threads may ask for the next at once */
	uint64_t open;
	uint32_t chosen;
	int64_t expiry_ns;
	bool started, end;
	struct wire_writer resume; /* the last key looked at */
	struct wire_writer batch;  /* the daemon's last answer; the ids given out lie in it */
	struct wire_reader descriptors;
};

static const char opened_type, iteration_type; /* their addresses are the types of objects */

static void on_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in);
static bool is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in);

static const struct ais_library library = {
	.service = "ckpt",
	.version = {.releaseCode = 'B', .majorVersion = 1, .minorVersion = 1},
	.callbacks_size = sizeof(SaCkptCallbacksT),
	.event = on_event,
	.event_is_stale = is_stale,
};

/* --- Life cycle. --- */

SaAisErrorT saCkptInitialize(SaCkptHandleT *ckptHandle, const SaCkptCallbacksT *ckptCallbacks, SaVersionT *version)
{
	return ais_initialize(&library, ckptHandle, ckptCallbacks, version);
}

SaAisErrorT saCkptSelectionObjectGet(SaCkptHandleT ckptHandle, SaSelectionObjectT *selectionObject)
{
	return ais_selection_object_get(&library, ckptHandle, selectionObject);
}

SaAisErrorT saCkptDispatch(SaCkptHandleT ckptHandle, SaDispatchFlagsT dispatchFlags)
{
	return ais_dispatch(&library, ckptHandle, dispatchFlags);
}

SaAisErrorT saCkptFinalize(SaCkptHandleT ckptHandle)
{
	return ais_finalize(&library, ckptHandle);
}

/* --- Calls. --- */

/* Sends the request and forgets its body. The daemon's codes are the standard's. */
static SaAisErrorT call(struct ais_handle *handle, enum ckpt_request request, SaTimeT timeout, struct wire_writer *body,
                        struct wire_writer *answer)
{
	const SaAisErrorT error = body->failed ? SA_AIS_ERR_NO_MEMORY : ais_call(handle, request, timeout, body, answer);

	wire_writer_clear(body);
	return error;
}

/* The same on an open checkpoint, which is put. */
static SaAisErrorT call_and_put(struct ais_object *object, enum ckpt_request request, SaTimeT timeout, struct wire_writer *body,
                                struct wire_writer *answer)
{
	const SaAisErrorT error = call(ais_object_handle(object), request, timeout, body, answer);

	ais_object_put(object);
	return error;
}

static struct ais_object *opened_get(SaCkptCheckpointHandleT checkpointHandle)
{
	return ais_object_get(&opened_type, checkpointHandle);
}

/* The checkpoint, if it is open with `flag`; else NULL and the error. */
static struct ais_object *opened_get_with(SaCkptCheckpointHandleT checkpointHandle, SaUint32T flag, SaAisErrorT *error)
{
	struct ais_object *object = opened_get(checkpointHandle);

	*error = object == NULL ? SA_AIS_ERR_BAD_HANDLE : SA_AIS_OK;
	if (object != NULL && (((struct opened *)ais_object_data(object))->flags & flag) == 0) {
		*error = SA_AIS_ERR_ACCESS;
		ais_object_put(object);
		object = NULL;
	}
	return object;
}

static uint64_t opened_number(const struct ais_object *object)
{
	return ((const struct opened *)ais_object_data(object))->number;
}

/* A request that consists of the open alone. */
static SaAisErrorT call_number(struct ais_object *object, enum ckpt_request request, SaTimeT timeout, SaInvocationT invocation,
                               SaUint64T cookie, struct wire_writer *answer)
{
	struct wire_writer body = {0};

	ckpt_open_number_encode(&body, &(struct ckpt_open_number){
		.open = opened_number(object), .invocation = invocation, .cookie = cookie,
	});
	return call_and_put(object, request, timeout, &body, answer);
}

static bool id_is_valid(const SaCkptSectionIdT *id)
{
	return id->idLen == 0 || id->id != NULL;
}

static struct bytes id_bytes(const SaCkptSectionIdT *id)
{
	return bytes_of(id->id, id->idLen);
}

/* --- Opening and closing. --- */

static void attributes_take(struct ckpt_attributes *attributes, const SaCkptCheckpointCreationAttributesT *given)
{
	*attributes = (struct ckpt_attributes){
		.creation_flags = given->creationFlags, .checkpoint_size = given->checkpointSize,
		.retention_ns = given->retentionDuration, .section_count_max = given->maxSections,
		.section_size_max = given->maxSectionSize, .section_id_size_max = given->maxSectionIdSize,
	};
}

/* What can be judged without the daemon: flags, and whether flags and attributes fit. */
static SaAisErrorT open_arguments_check(const SaCkptCheckpointCreationAttributesT *given, SaCkptCheckpointOpenFlagsT flags)
{
	const SaUint32T known = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE;
	struct ckpt_attributes attributes;

	if (flags == 0 || (flags & ~known) != 0)
		return SA_AIS_ERR_BAD_FLAGS;
	if ((given != NULL) != ((flags & SA_CKPT_CHECKPOINT_CREATE) != 0))
		return SA_AIS_ERR_INVALID_PARAM;
	if (given == NULL)
		return SA_AIS_OK;
	attributes_take(&attributes, given);
	return ckpt_attributes_are_valid(&attributes) ? SA_AIS_OK : SA_AIS_ERR_INVALID_PARAM;
}

static void open_request_write(struct wire_writer *body, SaInvocationT invocation, const SaNameT *name,
                               const SaCkptCheckpointCreationAttributesT *given, SaCkptCheckpointOpenFlagsT flags)
{
	struct ckpt_open_request request = {
		.invocation = invocation, .name = bytes_of(name->value, name->length), .flags = flags, .creates = given != NULL,
	};

	if (given != NULL)
		attributes_take(&request.attributes, given);
	ckpt_open_request_encode(body, &request);
}

static void opened_free(void *data)
{
	ckpt_mapping_clear(&((struct opened *)data)->mapping);
	free(data);
}

/* The daemon's open as a handle of ours; without memory for it the open is closed again. */
static SaAisErrorT opened_add(struct ais_handle *handle, const struct ckpt_open_answer *answer, SaUint32T flags,
                              SaCkptCheckpointHandleT *checkpointHandle)
{
	struct opened *opened = malloc(sizeof(*opened));

	*checkpointHandle = 0;
	if (opened != NULL) {
		*opened = (struct opened){.number = answer->open, .flags = flags, .section_size_max = answer->section_size_max};
		ckpt_mapping_init(&opened->mapping);
		*checkpointHandle = ais_object_add(handle, NULL, &opened_type, opened, opened_free);
	}
	if (*checkpointHandle != 0)
		return SA_AIS_OK;
	if (opened != NULL)
		opened_free(opened);
	struct wire_writer body = {0};
	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = answer->open});
	call(handle, CKPT_REQUEST_CLOSE, TIMEOUT_OF_DAEMON, &body, NULL);
	return SA_AIS_ERR_NO_MEMORY;
}

static int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SA_TIME_ONE_SECOND + now.tv_nsec;
}

/* A replica that the open made is to be as the others are (3.5.1). Whatever comes of the waiting, the checkpoint is open: its content can be
 * read, and one that takes longer to come than any timeout could else never be opened. */
static void filled_await(struct ais_handle *handle, uint64_t open, SaTimeT timeout, int64_t begun_ns)
{
	const int64_t gone_ns = monotonic_ns() - begun_ns;
	struct wire_writer body = {0};

	if (timeout >= 0 && gone_ns >= timeout)
		return;
	ckpt_open_number_encode(&body, &(struct ckpt_open_number){.open = open});
	call(handle, CKPT_REQUEST_FILLED, timeout < 0 ? timeout : timeout - gone_ns, &body, NULL);
}

static SaAisErrorT open_call(struct ais_handle *handle, const SaNameT *name, const SaCkptCheckpointCreationAttributesT *given,
                             SaCkptCheckpointOpenFlagsT flags, SaTimeT timeout, SaCkptCheckpointHandleT *checkpointHandle)
{
	struct wire_writer body = {0}, answer_body = {0};
	const int64_t begun_ns = monotonic_ns();
	struct ckpt_open_answer answer;

	open_request_write(&body, 0, name, given, flags);
	SaAisErrorT error = call(handle, CKPT_REQUEST_OPEN, timeout, &body, &answer_body);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer_body));
	if (error == SA_AIS_OK && !ckpt_open_answer_decode(&in, &answer))
		error = SA_AIS_ERR_LIBRARY;
	if (error == SA_AIS_OK)
		error = opened_add(handle, &answer, flags, checkpointHandle);
	if (error == SA_AIS_OK && (given == NULL || (given->creationFlags & SA_CKPT_CHECKPOINT_COLLOCATED) != 0))
		filled_await(handle, answer.open, timeout, begun_ns);
	wire_writer_clear(&answer_body);
	return error;
}

SaAisErrorT saCkptCheckpointOpen(SaCkptHandleT ckptHandle, const SaNameT *checkpointName,
                                 const SaCkptCheckpointCreationAttributesT *checkpointCreationAttributes,
                                 SaCkptCheckpointOpenFlagsT checkpointOpenFlags, SaTimeT timeout,
                                 SaCkptCheckpointHandleT *checkpointHandle)
{
	if (checkpointName == NULL || checkpointHandle == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, ckptHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = open_arguments_check(checkpointCreationAttributes, checkpointOpenFlags);
	if (error == SA_AIS_OK && (timeout < 0 || !ais_name_is_valid(checkpointName)))
		error = SA_AIS_ERR_INVALID_PARAM;
	if (error == SA_AIS_OK)
		error = open_call(handle, checkpointName, checkpointCreationAttributes, checkpointOpenFlags,
		                  timeout == 0 ? TIMEOUT_OF_DAEMON : timeout, checkpointHandle); /* CKPT-029: 0 is no poll */
	ais_handle_put(handle);
	return error;
}

static const SaCkptCallbacksT *callbacks_of(const struct ais_handle *handle)
{
	return ais_handle_callbacks(handle);
}

SaAisErrorT saCkptCheckpointOpenAsync(SaCkptHandleT ckptHandle, SaInvocationT invocation, const SaNameT *checkpointName,
                                      const SaCkptCheckpointCreationAttributesT *checkpointCreationAttributes,
                                      SaCkptCheckpointOpenFlagsT checkpointOpenFlags)
{
	struct wire_writer body = {0};

	if (checkpointName == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, ckptHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = open_arguments_check(checkpointCreationAttributes, checkpointOpenFlags);
	if (error == SA_AIS_OK && !ais_name_is_valid(checkpointName))
		error = SA_AIS_ERR_INVALID_PARAM;
	if (error == SA_AIS_OK && callbacks_of(handle)->saCkptCheckpointOpenCallback == NULL)
		error = SA_AIS_ERR_INIT;
	if (error == SA_AIS_OK) {
		open_request_write(&body, invocation, checkpointName, checkpointCreationAttributes, checkpointOpenFlags);
		error = call(handle, CKPT_REQUEST_OPEN_ASYNC, TIMEOUT_OF_DAEMON, &body, NULL);
	}
	ais_handle_put(handle);
	return error;
}

SaAisErrorT saCkptCheckpointClose(SaCkptCheckpointHandleT checkpointHandle)
{
	struct ais_object *object = opened_get(checkpointHandle);

	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	ais_object_remove(object);
	return call_number(object, CKPT_REQUEST_CLOSE, TIMEOUT_OF_DAEMON, 0, 0, NULL);
}

SaAisErrorT saCkptCheckpointUnlink(SaCkptHandleT ckptHandle, const SaNameT *checkpointName)
{
	struct wire_writer body = {0};
	SaAisErrorT error = SA_AIS_ERR_INVALID_PARAM;

	if (checkpointName == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, ckptHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (ais_name_is_valid(checkpointName)) {
		ckpt_unlink_request_encode(&body, &(struct ckpt_unlink_request){
			.name = bytes_of(checkpointName->value, checkpointName->length),
		});
		error = call(handle, CKPT_REQUEST_UNLINK, TIMEOUT_OF_DAEMON, &body, NULL);
	}
	ais_handle_put(handle);
	return error;
}

/* --- The checkpoint as a whole. --- */

SaAisErrorT saCkptCheckpointRetentionDurationSet(SaCkptCheckpointHandleT checkpointHandle, SaTimeT retentionDuration)
{
	struct wire_writer body = {0};
	struct ais_object *object = opened_get(checkpointHandle);

	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	ckpt_retention_set_request_encode(&body, &(struct ckpt_retention_set_request){
		.open = opened_number(object), .retention_ns = retentionDuration,
	});
	return call_and_put(object, CKPT_REQUEST_RETENTION_SET, TIMEOUT_OF_DAEMON, &body, NULL);
}

SaAisErrorT saCkptActiveReplicaSet(SaCkptCheckpointHandleT checkpointHandle)
{
	SaAisErrorT error;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);

	return object == NULL ? error : call_number(object, CKPT_REQUEST_ACTIVE_SET, TIMEOUT_OF_DAEMON, 0, 0, NULL);
}

static void attributes_give(SaCkptCheckpointCreationAttributesT *given, const struct ckpt_attributes *attributes)
{
	given->creationFlags = attributes->creation_flags;
	given->checkpointSize = attributes->checkpoint_size;
	given->retentionDuration = attributes->retention_ns;
	given->maxSections = attributes->section_count_max;
	given->maxSectionSize = attributes->section_size_max;
	given->maxSectionIdSize = attributes->section_id_size_max;
}

SaAisErrorT saCkptCheckpointStatusGet(SaCkptCheckpointHandleT checkpointHandle, SaCkptCheckpointDescriptorT *checkpointStatus)
{
	struct wire_writer body = {0};
	struct ckpt_status_answer answer;

	if (checkpointStatus == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get(checkpointHandle);
	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = call_number(object, CKPT_REQUEST_STATUS, TIMEOUT_OF_DAEMON, 0, 0, &body);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&body));
	if (error == SA_AIS_OK && !ckpt_status_answer_decode(&in, &answer))
		error = SA_AIS_ERR_LIBRARY;
	if (error == SA_AIS_OK) {
		attributes_give(&checkpointStatus->checkpointCreationAttributes, &answer.attributes);
		checkpointStatus->numberOfSections = answer.section_count;
		checkpointStatus->memoryUsed = answer.memory_used;
	}
	wire_writer_clear(&body);
	return error;
}

static SaAisErrorT synchronize_check(SaCkptCheckpointHandleT checkpointHandle, SaTimeT timeout, struct ais_object **object)
{
	SaAisErrorT error = SA_AIS_OK;

	*object = opened_get(checkpointHandle);
	if (*object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (timeout <= 0)
		error = timeout < 0 ? SA_AIS_ERR_INVALID_PARAM : SA_AIS_ERR_TIMEOUT;
	else if ((((struct opened *)ais_object_data(*object))->flags & SA_CKPT_CHECKPOINT_WRITE) == 0)
		error = SA_AIS_ERR_ACCESS;
	if (error != SA_AIS_OK)
		ais_object_put(*object);
	return error;
}

SaAisErrorT saCkptCheckpointSynchronize(SaCkptCheckpointHandleT checkpointHandle, SaTimeT timeout)
{
	struct ais_object *object;
	const SaAisErrorT error = synchronize_check(checkpointHandle, timeout, &object);

	return error != SA_AIS_OK ? error : call_number(object, CKPT_REQUEST_SYNCHRONIZE, timeout, 0, 0, NULL);
}

SaAisErrorT saCkptCheckpointSynchronizeAsync(SaCkptCheckpointHandleT checkpointHandle, SaInvocationT invocation)
{
	struct ais_object *object = opened_get(checkpointHandle);

	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	if (callbacks_of(ais_object_handle(object))->saCkptCheckpointSynchronizeCallback == NULL) {
		ais_object_put(object);
		return SA_AIS_ERR_INIT;
	}
	if ((((struct opened *)ais_object_data(object))->flags & SA_CKPT_CHECKPOINT_WRITE) == 0) {
		ais_object_put(object);
		return SA_AIS_ERR_ACCESS;
	}
	return call_number(object, CKPT_REQUEST_SYNCHRONIZE_ASYNC, TIMEOUT_OF_DAEMON, invocation, checkpointHandle, NULL);
}

/* --- Sections. --- */

static SaAisErrorT section_create_check(const struct opened *opened, const SaCkptSectionIdT *id, const void *initialData,
                                        SaSizeT initialDataSize)
{
	const bool id_is_odd = (id->idLen == 0) != (id->id == NULL);
	const bool data_is_odd = initialData == NULL && initialDataSize > 0;

	if (id_is_odd || data_is_odd || initialDataSize > opened->section_size_max)
		return SA_AIS_ERR_INVALID_PARAM;
	return initialDataSize > CKPT_SECTION_SIZE_MAX ? SA_AIS_ERR_NO_RESOURCES : SA_AIS_OK;
}

/* The memory of a generated id is the caller's, to be freed with free(). */
static SaAisErrorT generated_id_give(SaCkptSectionIdT *id, struct bytes generated)
{
	if (generated.size == 0 || generated.size > UINT16_MAX)
		return SA_AIS_ERR_LIBRARY;
	SaUint8T *copy = malloc(generated.size);
	if (copy == NULL)
		return SA_AIS_ERR_NO_MEMORY;
	memcpy(copy, generated.data, generated.size);
	id->idLen = (SaUint16T)generated.size;
	id->id = copy;
	return SA_AIS_OK;
}

SaAisErrorT saCkptSectionCreate(SaCkptCheckpointHandleT checkpointHandle,
                                SaCkptSectionCreationAttributesT *sectionCreationAttributes, const void *initialData,
                                SaSizeT initialDataSize)
{
	struct wire_writer body = {0}, answer = {0};
	SaAisErrorT error;

	if (sectionCreationAttributes == NULL || sectionCreationAttributes->sectionId == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	SaCkptSectionIdT *id = sectionCreationAttributes->sectionId;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);
	if (object == NULL)
		return error;
	error = section_create_check(ais_object_data(object), id, initialData, initialDataSize);
	if (error != SA_AIS_OK) {
		ais_object_put(object);
		return error;
	}
	ckpt_section_create_request_encode(&body, &(struct ckpt_section_create_request){
		.open = opened_number(object), .expiry_ns = sectionCreationAttributes->expirationTime, .id = id_bytes(id),
		.initial = bytes_of(initialData, initialDataSize),
	});
	error = call_and_put(object, CKPT_REQUEST_SECTION_CREATE, TIMEOUT_OF_DAEMON, &body, &answer);
	if (error == SA_AIS_OK && id->idLen == 0)
		error = generated_id_give(id, wire_writer_bytes(&answer));
	wire_writer_clear(&answer);
	return error;
}

SaAisErrorT saCkptSectionDelete(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId)
{
	struct wire_writer body = {0};
	SaAisErrorT error;

	if (sectionId == NULL || !id_is_valid(sectionId))
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);
	if (object == NULL)
		return error;
	ckpt_section_delete_request_encode(&body, &(struct ckpt_section_delete_request){
		.open = opened_number(object), .id = id_bytes(sectionId),
	});
	return call_and_put(object, CKPT_REQUEST_SECTION_DELETE, TIMEOUT_OF_DAEMON, &body, NULL);
}

SaAisErrorT saCkptSectionExpirationTimeSet(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId,
                                           SaTimeT expirationTime)
{
	struct wire_writer body = {0};
	SaAisErrorT error;

	if (sectionId == NULL || !id_is_valid(sectionId))
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);
	if (object == NULL)
		return error;
	ckpt_expiration_set_request_encode(&body, &(struct ckpt_expiration_set_request){
		.open = opened_number(object), .expiry_ns = expirationTime, .id = id_bytes(sectionId),
	});
	return call_and_put(object, CKPT_REQUEST_EXPIRATION_SET, TIMEOUT_OF_DAEMON, &body, NULL);
}

/* --- Iteration. --- */

static void iteration_free(void *data)
{
	struct iteration *iteration = data;

	pthread_mutex_destroy(&iteration->lock);
	wire_writer_clear(&iteration->resume);
	wire_writer_clear(&iteration->batch);
	free(iteration);
}

/* Fetches up to `count_max` descriptors behind the last key. */
static SaAisErrorT iteration_fetch(struct ais_handle *handle, struct iteration *iteration, uint32_t count_max)
{
	struct wire_writer body = {0};
	struct ckpt_iterate_answer answer;

	ckpt_iterate_request_encode(&body, &(struct ckpt_iterate_request){
		.open = iteration->open, .chosen = iteration->chosen, .expiry_ns = iteration->expiry_ns,
		.started = iteration->started, .after = wire_writer_bytes(&iteration->resume), .count_max = count_max,
	});
	wire_writer_reset(&iteration->batch);
	iteration->descriptors = (struct wire_reader){0};
	const SaAisErrorT error = call(handle, CKPT_REQUEST_ITERATE, TIMEOUT_OF_DAEMON, &body, &iteration->batch);
	if (error != SA_AIS_OK)
		return error == SA_AIS_ERR_NO_MEMORY ? SA_AIS_ERR_TRY_AGAIN : error; /* memory is no listed code here */
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&iteration->batch));
	if (!ckpt_iterate_answer_decode(&in, &answer))
		return SA_AIS_ERR_LIBRARY;
	if (count_max == 0)
		return SA_AIS_OK;
	wire_writer_reset(&iteration->resume);
	wire_put_raw(&iteration->resume, answer.resume.data, answer.resume.size);
	if (iteration->resume.failed)
		return SA_AIS_ERR_TRY_AGAIN;
	iteration->started = true;
	iteration->end = answer.end;
	iteration->descriptors = wire_reader_of(answer.descriptors);
	return SA_AIS_OK;
}

static struct iteration *iteration_new(const struct ais_object *object, SaCkptSectionsChosenT chosen, SaTimeT expirationTime)
{
	struct iteration *iteration = calloc(1, sizeof(*iteration));

	if (iteration == NULL)
		return NULL;
	pthread_mutex_init(&iteration->lock, NULL);
	iteration->open = opened_number(object);
	iteration->chosen = chosen;
	iteration->expiry_ns = expirationTime;
	return iteration;
}

SaAisErrorT saCkptSectionIterationInitialize(SaCkptCheckpointHandleT checkpointHandle, SaCkptSectionsChosenT sectionsChosen,
                                             SaTimeT expirationTime, SaCkptSectionIterationHandleT *sectionIterationHandle)
{
	if (sectionIterationHandle == NULL || (int)sectionsChosen < SA_CKPT_SECTIONS_FOREVER || sectionsChosen > SA_CKPT_SECTIONS_ANY)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get(checkpointHandle);
	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	struct iteration *iteration = iteration_new(object, sectionsChosen, expirationTime);
	SaAisErrorT error = SA_AIS_ERR_TRY_AGAIN;
	if (iteration != NULL)
		error = iteration_fetch(ais_object_handle(object), iteration, 0);
	if (error == SA_AIS_OK) {
		*sectionIterationHandle =
			ais_object_add(ais_object_handle(object), object, &iteration_type, iteration, iteration_free);
		if (*sectionIterationHandle == 0)
			error = SA_AIS_ERR_TRY_AGAIN;
	}
	if (error != SA_AIS_OK && iteration != NULL)
		iteration_free(iteration);
	ais_object_put(object);
	return error;
}

static void descriptor_give(SaCkptSectionDescriptorT *given, const struct ckpt_descriptor *descriptor)
{
	given->sectionId.idLen = (SaUint16T)descriptor->id.size;
	given->sectionId.id = descriptor->id.size == 0 ? NULL : (SaUint8T *)descriptor->id.data;
	given->expirationTime = descriptor->expiry_ns;
	given->sectionSize = descriptor->size;
	given->sectionState = SA_CKPT_SECTION_VALID;
	given->lastUpdate = descriptor->last_update_ns;
}

/* An answer may be empty without being the end: the daemon looks at so many sections at a time. */
static SaAisErrorT iteration_next(struct ais_handle *handle, struct iteration *iteration, SaCkptSectionDescriptorT *given)
{
	struct ckpt_descriptor descriptor;

	while (!ckpt_descriptor_next(&iteration->descriptors, &descriptor)) {
		if (iteration->end)
			return SA_AIS_ERR_NO_SECTIONS;
		const SaAisErrorT error = iteration_fetch(handle, iteration, CKPT_DESCRIPTORS_MAX);
		if (error != SA_AIS_OK)
			return error;
	}
	descriptor_give(given, &descriptor);
	return SA_AIS_OK;
}

SaAisErrorT saCkptSectionIterationNext(SaCkptSectionIterationHandleT sectionIterationHandle,
                                       SaCkptSectionDescriptorT *sectionDescriptor)
{
	if (sectionDescriptor == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = ais_object_get(&iteration_type, sectionIterationHandle);
	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	struct iteration *iteration = ais_object_data(object);
	pthread_mutex_lock(&iteration->lock);
	const SaAisErrorT error = iteration_next(ais_object_handle(object), iteration, sectionDescriptor);
	pthread_mutex_unlock(&iteration->lock);
	ais_object_put(object);
	return error;
}

SaAisErrorT saCkptSectionIterationFinalize(SaCkptSectionIterationHandleT sectionIterationHandle)
{
	struct ais_object *object = ais_object_get(&iteration_type, sectionIterationHandle);

	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	ais_object_remove(object);
	ais_object_put(object);
	return SA_AIS_OK;
}

/* --- Data. --- */

/* On an error that one element causes the daemon names it. */
static void index_take(const struct wire_writer *answer, SaUint32T *erroneousVectorIndex)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	uint32_t index;

	if (erroneousVectorIndex != NULL && ckpt_index_decode(&in, &index))
		*erroneousVectorIndex = index;
}

static bool write_element_is_valid(const struct opened *opened, const SaCkptIOVectorElementT *element)
{
	const uint64_t size_max = opened->section_size_max;

	return id_is_valid(&element->sectionId) && (element->dataBuffer != NULL || element->dataSize == 0) &&
	       element->dataSize <= size_max && element->dataOffset <= size_max - element->dataSize;
}

static SaAisErrorT elements_write(const struct opened *opened, const SaCkptIOVectorElementT *vector, SaUint32T count,
                                  SaUint32T *erroneousVectorIndex, struct wire_writer *elements)
{
	for (SaUint32T i = 0; i < count; i++) {
		if (!write_element_is_valid(opened, &vector[i])) {
			if (erroneousVectorIndex != NULL)
				*erroneousVectorIndex = i;
			return SA_AIS_ERR_INVALID_PARAM;
		}
		if (vector[i].dataSize > CKPT_SECTION_SIZE_MAX)
			return SA_AIS_ERR_NO_RESOURCES;
		ckpt_element_encode(elements, &(struct ckpt_element){
			.id = id_bytes(&vector[i].sectionId), .offset = vector[i].dataOffset,
			.data = bytes_of(vector[i].dataBuffer, vector[i].dataSize),
		});
	}
	return elements->failed ? SA_AIS_ERR_NO_MEMORY : SA_AIS_OK;
}

SaAisErrorT saCkptCheckpointWrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptIOVectorElementT *ioVector,
                                  SaUint32T numberOfElements, SaUint32T *erroneousVectorIndex)
{
	struct wire_writer elements = {0}, body = {0}, answer = {0};
	SaAisErrorT error;

	if (ioVector == NULL || numberOfElements == 0)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);
	if (object == NULL)
		return error;
	error = numberOfElements > CKPT_VECTOR_MAX ? SA_AIS_ERR_NO_RESOURCES :
		elements_write(ais_object_data(object), ioVector, numberOfElements, erroneousVectorIndex, &elements);
	if (error == SA_AIS_OK) {
		ckpt_write_request_encode(&body, &(struct ckpt_write_request){
			.open = opened_number(object), .count = numberOfElements, .elements = wire_writer_bytes(&elements),
		});
		error = call(ais_object_handle(object), CKPT_REQUEST_WRITE, TIMEOUT_OF_DAEMON, &body, &answer);
		if (error != SA_AIS_OK)
			index_take(&answer, erroneousVectorIndex);
	}
	ais_object_put(object);
	wire_writer_clear(&elements);
	wire_writer_clear(&answer);
	return error;
}

SaAisErrorT saCkptSectionOverwrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId,
                                   const void *dataBuffer, SaSizeT dataSize)
{
	struct wire_writer body = {0};
	SaAisErrorT error;

	if (sectionId == NULL || !id_is_valid(sectionId) || dataBuffer == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_WRITE, &error);
	if (object == NULL)
		return error;
	error = dataSize > ((struct opened *)ais_object_data(object))->section_size_max ? SA_AIS_ERR_INVALID_PARAM :
		dataSize > CKPT_SECTION_SIZE_MAX ? SA_AIS_ERR_NO_RESOURCES : SA_AIS_OK;
	if (error != SA_AIS_OK) {
		ais_object_put(object);
		return error;
	}
	ckpt_overwrite_request_encode(&body, &(struct ckpt_overwrite_request){
		.open = opened_number(object), .id = id_bytes(sectionId), .data = bytes_of(dataBuffer, dataSize),
	});
	return call_and_put(object, CKPT_REQUEST_OVERWRITE, TIMEOUT_OF_DAEMON, &body, NULL);
}

static SaAisErrorT read_vector_check(const struct opened *opened, const SaCkptIOVectorElementT *vector, SaUint32T count,
                                     SaUint32T *erroneousVectorIndex)
{
	for (SaUint32T i = 0; i < count; i++) {
		const bool whole = vector[i].dataBuffer == NULL;

		if (id_is_valid(&vector[i].sectionId) && (whole || vector[i].dataSize <= opened->section_size_max))
			continue;
		if (erroneousVectorIndex != NULL)
			*erroneousVectorIndex = i;
		return SA_AIS_ERR_INVALID_PARAM;
	}
	return SA_AIS_OK;
}

static SaAisErrorT read_elements_write(const SaCkptIOVectorElementT *vector, SaUint32T count, struct wire_writer *elements)
{
	for (SaUint32T i = 0; i < count; i++) {
		const bool whole = vector[i].dataBuffer == NULL;

		ckpt_read_element_encode(elements, &(struct ckpt_read_element){
			.id = id_bytes(&vector[i].sectionId), .offset = vector[i].dataOffset,
			.size = whole ? 0 : vector[i].dataSize, .whole = whole,
		});
	}
	return elements->failed ? SA_AIS_ERR_TRY_AGAIN : SA_AIS_OK;
}

/* Memory for the elements that have none, `buffers` of them; false: the answer is not one to this vector, or no memory. */
static SaAisErrorT buffers_allocate(const SaCkptIOVectorElementT *vector, SaUint32T count, struct wire_reader in, void **buffers)
{
	for (SaUint32T i = 0; i < count; i++) {
		const struct bytes data = wire_get_bytes(&in, CKPT_SECTION_SIZE_MAX);

		if (in.failed || (vector[i].dataBuffer != NULL && data.size > vector[i].dataSize))
			return SA_AIS_ERR_LIBRARY;
		if (vector[i].dataBuffer != NULL)
			continue;
		buffers[i] = malloc(data.size + 1);
		if (buffers[i] == NULL)
			return SA_AIS_ERR_TRY_AGAIN; /* no memory code is listed for reads */
	}
	return wire_finish(&in) ? SA_AIS_OK : SA_AIS_ERR_LIBRARY;
}

/* All buffers are had before the first element is touched, so an error leaves nothing allocated. */
static SaAisErrorT data_give(SaCkptIOVectorElementT *vector, SaUint32T count, const struct wire_writer *answer)
{
	struct wire_reader in = wire_reader_of(wire_writer_bytes(answer));
	void **buffers = calloc(count, sizeof(*buffers));

	if (buffers == NULL)
		return SA_AIS_ERR_TRY_AGAIN;
	const SaAisErrorT error = buffers_allocate(vector, count, in, buffers);
	for (SaUint32T i = 0; i < count; i++) {
		if (error != SA_AIS_OK) {
			free(buffers[i]);
			continue;
		}
		const struct bytes data = wire_get_bytes(&in, CKPT_SECTION_SIZE_MAX);
		if (buffers[i] != NULL)
			vector[i].dataBuffer = buffers[i];
		if (data.size > 0)
			memcpy(vector[i].dataBuffer, data.data, data.size);
		vector[i].readSize = data.size;
	}
	free(buffers);
	return error;
}

/* By way of the daemon. */
static SaAisErrorT read_call(const struct ais_object *object, SaCkptIOVectorElementT *vector, SaUint32T count,
                             SaUint32T *erroneousVectorIndex)
{
	struct wire_writer elements = {0}, body = {0}, answer = {0};
	SaAisErrorT error = read_elements_write(vector, count, &elements);

	if (error == SA_AIS_OK) {
		ckpt_read_request_encode(&body, &(struct ckpt_read_request){
			.open = opened_number(object), .count = count, .elements = wire_writer_bytes(&elements),
		});
		error = call(ais_object_handle(object), CKPT_REQUEST_READ, TIMEOUT_OF_DAEMON, &body, &answer);
		if (error == SA_AIS_ERR_NO_MEMORY)
			error = SA_AIS_ERR_TRY_AGAIN;
		if (error == SA_AIS_OK)
			error = data_give(vector, count, &answer);
		else
			index_take(&answer, erroneousVectorIndex);
	}
	wire_writer_clear(&elements);
	wire_writer_clear(&answer);
	return error;
}

SaAisErrorT saCkptCheckpointRead(SaCkptCheckpointHandleT checkpointHandle, SaCkptIOVectorElementT *ioVector,
                                 SaUint32T numberOfElements, SaUint32T *erroneousVectorIndex)
{
	SaAisErrorT error;

	if (ioVector == NULL || numberOfElements == 0 || numberOfElements > CKPT_VECTOR_MAX)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *object = opened_get_with(checkpointHandle, SA_CKPT_CHECKPOINT_READ, &error);
	if (object == NULL)
		return error;
	struct opened *opened = ais_object_data(object);
	error = read_vector_check(opened, ioVector, numberOfElements, erroneousVectorIndex);
	if (error == SA_AIS_OK && !ckpt_mapping_read(&opened->mapping, ais_object_handle(object), opened->number, ioVector, numberOfElements))
		error = read_call(object, ioVector, numberOfElements, erroneousVectorIndex);
	ais_object_put(object);
	return error;
}

/* --- Callbacks. --- */

static void opened_event(struct ais_handle *handle, struct wire_reader *in)
{
	SaCkptCheckpointHandleT checkpointHandle = 0;
	struct ckpt_opened_event event;

	if (!ckpt_opened_event_decode(in, &event))
		return;
	SaAisErrorT error = event.error;
	if (error == SA_AIS_OK)
		error = opened_add(handle, &event.answer, event.flags, &checkpointHandle);
	callbacks_of(handle)->saCkptCheckpointOpenCallback(event.invocation, checkpointHandle, error);
}

static void synchronized_event(struct ais_handle *handle, struct wire_reader *in)
{
	struct ckpt_synchronized_event event;

	if (ckpt_synchronized_event_decode(in, &event))
		callbacks_of(handle)->saCkptCheckpointSynchronizeCallback(event.invocation, event.error);
}

static void on_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in)
{
	if (event == CKPT_EVENT_OPENED && callbacks_of(handle)->saCkptCheckpointOpenCallback != NULL)
		opened_event(handle, in);
	else if (event == CKPT_EVENT_SYNCHRONIZED && callbacks_of(handle)->saCkptCheckpointSynchronizeCallback != NULL)
		synchronized_event(handle, in);
}

/* CKPT-039: a close takes the pending synchronize callbacks of its handle with it, and nobody else's. */
static bool is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in)
{
	struct ckpt_synchronized_event synchronized;

	(void)handle;
	if (event != CKPT_EVENT_SYNCHRONIZED || !ckpt_synchronized_event_decode(&in, &synchronized))
		return false;
	struct ais_object *object = opened_get(synchronized.cookie);
	if (object != NULL)
		ais_object_put(object);
	return object == NULL;
}
