/* What all checkpoint tests share; see ckpt.h. */
#include "conformance/suite/ckpt.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct ckpt_callbacks ckpt_callbacks;

struct ckpt_library ckpt_library_open(struct test *test)
{
	void *library = library_open(test, "libSaCkpt.so.3");

	return (struct ckpt_library){
		.library = library,
		.initialize = library_symbol(test, library, "saCkptInitialize"),
		.selection_object_get = library_symbol(test, library, "saCkptSelectionObjectGet"),
		.dispatch = library_symbol(test, library, "saCkptDispatch"),
		.finalize = library_symbol(test, library, "saCkptFinalize"),
		.open = library_symbol(test, library, "saCkptCheckpointOpen"),
		.open_async = library_symbol(test, library, "saCkptCheckpointOpenAsync"),
		.close = library_symbol(test, library, "saCkptCheckpointClose"),
		.unlink = library_symbol(test, library, "saCkptCheckpointUnlink"),
		.retention_duration_set = library_symbol(test, library, "saCkptCheckpointRetentionDurationSet"),
		.active_replica_set = library_symbol(test, library, "saCkptActiveReplicaSet"),
		.status_get = library_symbol(test, library, "saCkptCheckpointStatusGet"),
		.section_create = library_symbol(test, library, "saCkptSectionCreate"),
		.section_delete = library_symbol(test, library, "saCkptSectionDelete"),
		.section_expiration_time_set = library_symbol(test, library, "saCkptSectionExpirationTimeSet"),
		.iteration_initialize = library_symbol(test, library, "saCkptSectionIterationInitialize"),
		.iteration_next = library_symbol(test, library, "saCkptSectionIterationNext"),
		.iteration_finalize = library_symbol(test, library, "saCkptSectionIterationFinalize"),
		.write = library_symbol(test, library, "saCkptCheckpointWrite"),
		.overwrite = library_symbol(test, library, "saCkptSectionOverwrite"),
		.read = library_symbol(test, library, "saCkptCheckpointRead"),
		.synchronize = library_symbol(test, library, "saCkptCheckpointSynchronize"),
		.synchronize_async = library_symbol(test, library, "saCkptCheckpointSynchronizeAsync"),
	};
}

SaAisErrorT ckpt_initialize(struct test *test, const struct ckpt_library *ckpt, SaCkptHandleT *handle, const SaCkptCallbacksT *callbacks)
{
	const int64_t until = now_ns() + test_limit_ns(test, 10);
	SaAisErrorT error;

	do {
		SaVersionT version = {'B', 1, 1};
		error = ckpt->initialize(handle, callbacks, &version);
		if (error == SA_AIS_ERR_TRY_AGAIN)
			test_sleep(test, 0.02);
	} while (error == SA_AIS_ERR_TRY_AGAIN && now_ns() < until);
	return error;
}

static void on_open(SaInvocationT invocation, SaCkptCheckpointHandleT checkpoint, SaAisErrorT error)
{
	ckpt_callbacks.opens[ckpt_callbacks.open_count++ % CKPT_SEEN_MAX] = (struct ckpt_seen){invocation, checkpoint, error};
}

static void on_synchronize(SaInvocationT invocation, SaAisErrorT error)
{
	ckpt_callbacks.synchronizes[ckpt_callbacks.synchronize_count++ % CKPT_SEEN_MAX] = (struct ckpt_seen){invocation, 0, error};
}

SaCkptCheckpointCreationAttributesT ckpt_attributes(SaCkptCheckpointCreationFlagsT flags)
{
	return (SaCkptCheckpointCreationAttributesT){
		.creationFlags = flags, .checkpointSize = 4000, .maxSections = 4, .maxSectionSize = 1000, .maxSectionIdSize = 16,
	};
}

struct ckpt ckpt_begin(struct test *test)
{
	static const SaCkptCallbacksT callbacks = {on_open, on_synchronize};
	struct ckpt ckpt = {
		.test = test, .api = ckpt_library_open(test), .name = test_name(test, "a"), .attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS),
	};

	test_code(test, ckpt_initialize(test, &ckpt.api, &ckpt.handle, &callbacks), SA_AIS_OK, "saCkptInitialize");
	test_code(test, ckpt.api.selection_object_get(ckpt.handle, &ckpt.descriptor), SA_AIS_OK, "saCkptSelectionObjectGet");
	return ckpt;
}

struct ckpt ckpt_begin_with(struct test *test, SaCkptCheckpointCreationAttributesT attributes)
{
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.attributes = attributes;
	test_code(test, ckpt_open(&ckpt, CKPT_ALL, &ckpt.checkpoint), SA_AIS_OK, "saCkptCheckpointOpen(READ|WRITE|CREATE)");
	return ckpt;
}

struct ckpt ckpt_begin_open(struct test *test)
{
	return ckpt_begin_with(test, ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS));
}

struct ckpt ckpt_begin_process(struct test *test, const struct ckpt *parent)
{
	struct ckpt ckpt = ckpt_begin(test);

	ckpt.name = parent->name;
	ckpt.attributes = parent->attributes;
	return ckpt;
}

SaAisErrorT ckpt_open(struct ckpt *ckpt, SaCkptCheckpointOpenFlagsT flags, SaCkptCheckpointHandleT *checkpoint)
{
	return ckpt->api.open(ckpt->handle, &ckpt->name, (flags & CKPT_CREATE) != 0 ? &ckpt->attributes : NULL, flags, SA_TIME_MAX, checkpoint);
}

SaCkptSectionIdT ckpt_id(const char *text)
{
	return (SaCkptSectionIdT){.idLen = text == NULL ? 0 : (SaUint16T)strlen(text), .id = (SaUint8T *)(uintptr_t)text};
}

SaAisErrorT ckpt_section_until(struct ckpt *ckpt, const char *id, const char *data, SaTimeT expiration)
{
	SaCkptSectionIdT section = ckpt_id(id);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &section, .expirationTime = expiration};

	return ckpt->api.section_create(ckpt->checkpoint, &attributes, data, strlen(data));
}

SaAisErrorT ckpt_section(struct ckpt *ckpt, const char *id, const char *data)
{
	return ckpt_section_until(ckpt, id, data, SA_TIME_END);
}

SaCkptIOVectorElementT ckpt_element(const char *id, void *buffer, SaSizeT size, SaOffsetT offset)
{
	return (SaCkptIOVectorElementT){.sectionId = ckpt_id(id), .dataBuffer = buffer, .dataSize = size, .dataOffset = offset};
}

SaAisErrorT ckpt_write(struct ckpt *ckpt, const char *id, SaOffsetT offset, const char *data)
{
	const SaCkptIOVectorElementT element = ckpt_element(id, (void *)(uintptr_t)data, strlen(data), offset);

	return ckpt->api.write(ckpt->checkpoint, &element, 1, NULL);
}

SaAisErrorT ckpt_read(struct ckpt *ckpt, const char *id, void *buffer, SaSizeT size, SaSizeT *read_size)
{
	SaCkptIOVectorElementT element = ckpt_element(id, buffer, size, 0);
	const SaAisErrorT error = ckpt->api.read(ckpt->checkpoint, &element, 1, NULL);

	*read_size = element.readSize;
	return error;
}

SaAisErrorT ckpt_overwrite(struct ckpt *ckpt, const char *id, const char *data)
{
	const SaCkptSectionIdT section = ckpt_id(id);

	return ckpt->api.overwrite(ckpt->checkpoint, &section, data, strlen(data));
}

SaAisErrorT ckpt_delete(struct ckpt *ckpt, const char *id)
{
	const SaCkptSectionIdT section = ckpt_id(id);

	return ckpt->api.section_delete(ckpt->checkpoint, &section);
}

void ckpt_section_is(struct ckpt *ckpt, const char *id, const char *data)
{
	char buffer[1000];
	SaSizeT size = 0;

	test_code(ckpt->test, ckpt_read(ckpt, id, buffer, sizeof buffer, &size), SA_AIS_OK, "saCkptCheckpointRead of '%s'", id == NULL ? "" : id);
	test_equal(ckpt->test, size, strlen(data), "readSize");
	test_bytes(ckpt->test, buffer, data, strlen(data), "data of '%s'", id == NULL ? "" : id);
}

void ckpt_exists(struct ckpt *ckpt, bool exists)
{
	SaCkptCheckpointHandleT checkpoint;

	test_code(ckpt->test, ckpt_open(ckpt, CKPT_READ, &checkpoint), exists ? SA_AIS_OK : SA_AIS_ERR_NOT_EXIST,
	          "saCkptCheckpointOpen without CREATE");
	if (exists)
		test_code(ckpt->test, ckpt->api.close(checkpoint), SA_AIS_OK, "saCkptCheckpointClose");
}

void ckpt_section_vanishes(struct ckpt *ckpt, const char *id, double seconds)
{
	const int64_t until = now_ns() + test_limit_ns(ckpt->test, seconds);
	SaAisErrorT error;
	SaSizeT size;
	char byte;

	while ((error = ckpt_read(ckpt, id, &byte, 1, &size)) == SA_AIS_OK && now_ns() < until)
		test_sleep(ckpt->test, 0.02);
	test_code(ckpt->test, error, SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointRead of '%s' in the end", id);
}

/* An Open that still finds it, and its close, begin the retention anew: so the first comes after the time that it is meant to take. */
void ckpt_name_vanishes(struct ckpt *ckpt, double seconds)
{
	SaCkptCheckpointHandleT checkpoint;
	const int64_t until = now_ns() + test_limit_ns(ckpt->test, 20);
	SaAisErrorT error;

	test_sleep(ckpt->test, seconds);
	while ((error = ckpt_open(ckpt, CKPT_READ, &checkpoint)) == SA_AIS_OK && now_ns() < until) {
		ckpt->api.close(checkpoint);
		test_sleep(ckpt->test, 2 * seconds); /* the close began the duration again */
	}
	test_code(ckpt->test, error, SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointOpen without CREATE in the end");
}

void ckpt_dispatch_until(struct ckpt *ckpt, const size_t *counter, size_t count)
{
	while (*counter < count) {
		test_true(ckpt->test, descriptor_readable(ckpt->descriptor, test_limit_ns(ckpt->test, 10)), "a callback is pending");
		test_code(ckpt->test, ckpt->api.dispatch(ckpt->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saCkptDispatch(ALL)");
	}
}

/* An ordered call of this node, made later, was answered: what was asked before has been as well. */
static void fence(const struct ckpt_library *api, SaCkptHandleT handle, const SaNameT *name)
{
	const SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	SaCkptCheckpointHandleT checkpoint;

	if (api->open(handle, name, &attributes, CKPT_ALL, SA_TIME_MAX, &checkpoint) == SA_AIS_OK)
		api->close(checkpoint);
}

void ckpt_arrive(struct ckpt *ckpt)
{
	const SaNameT name = test_name(ckpt->test, "fence");

	fence(&ckpt->api, ckpt->handle, &name);
	test_sleep(ckpt->test, 0.1);
}

void ckpt_settle(struct ckpt *ckpt)
{
	ckpt_arrive(ckpt);
	test_code(ckpt->test, ckpt->api.dispatch(ckpt->handle, SA_DISPATCH_ALL), SA_AIS_OK, "saCkptDispatch(ALL)");
}

/* --- the descriptor for COM --- */

static void subject_open(SaInvocationT invocation, SaCkptCheckpointHandleT checkpoint, SaAisErrorT error)
{
	(void)checkpoint;
	subject_called(invocation, error, true);
}

static void subject_synchronize(SaInvocationT invocation, SaAisErrorT error)
{
	subject_called(invocation, error, true);
}

static const SaCkptCallbacksT subject_callbacks = {subject_open, subject_synchronize};

static SaAisErrorT subject_ask(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	__typeof__(&saCkptCheckpointOpenAsync) open_async = library_symbol(test, library, "saCkptCheckpointOpenAsync");
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	SaNameT name = test_name(test, "asked");
	const SaAisErrorT error = open_async(handle, invocation, &name, &attributes, CKPT_ALL);

	memset(&attributes, 0xff, sizeof attributes);
	memset(&name, 0xff, sizeof name);
	return error;
}

static SaAisErrorT subject_ask_wrongly(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation)
{
	__typeof__(&saCkptCheckpointOpenAsync) open_async = library_symbol(test, library, "saCkptCheckpointOpenAsync");
	const SaNameT name = test_name(test, "asked");

	return open_async(handle, invocation, &name, NULL, CKPT_ALL);
}

static void subject_fence(struct test *test, void *library, SaUint64T handle)
{
	struct ckpt_library api = {
		.open = library_symbol(test, library, "saCkptCheckpointOpen"), .close = library_symbol(test, library, "saCkptCheckpointClose"),
	};
	const SaNameT name = test_name(test, "fence");

	fence(&api, handle, &name);
	test_sleep(test, 0.1); /* an answer may overtake a callback on another way */
}

/* One checkpoint handle for all threads that work. */
static struct {
	pthread_mutex_t lock;
	bool is_open;
	struct ckpt_library api;
	SaCkptCheckpointHandleT checkpoint;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

static SaAisErrorT shared_open(struct test *test, SaCkptHandleT handle)
{
	SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	const SaNameT name = test_name(test, "shared");
	SaAisErrorT error = SA_AIS_OK;

	attributes.maxSections = 64;
	attributes.checkpointSize = attributes.maxSections * attributes.maxSectionSize;
	pthread_mutex_lock(&shared.lock);
	if (!shared.is_open) {
		shared.api = ckpt_library_open(test);
		error = shared.api.open(handle, &name, &attributes, CKPT_ALL, SA_TIME_MAX, &shared.checkpoint);
		shared.is_open = error == SA_AIS_OK;
	}
	pthread_mutex_unlock(&shared.lock);
	return error;
}

/* It comes once, whatever sections of other threads come and go. */
static SaAisErrorT own_section_comes(const char *own)
{
	SaCkptSectionIterationHandleT iteration;
	SaCkptSectionDescriptorT section;
	size_t found = 0;

	SaAisErrorT error = shared.api.iteration_initialize(shared.checkpoint, SA_CKPT_SECTIONS_ANY, 0, &iteration);
	if (error != SA_AIS_OK)
		return error;
	while ((error = shared.api.iteration_next(iteration, &section)) == SA_AIS_OK)
		found += section.sectionId.idLen == strlen(own) && memcmp(section.sectionId.id, own, strlen(own)) == 0;
	if (error == SA_AIS_ERR_NO_SECTIONS)
		error = shared.api.iteration_finalize(iteration);
	return error == SA_AIS_OK && found != 1 ? SA_AIS_ERR_FAILED_OPERATION : error;
}

static SaAisErrorT own_section_is(const char *own, const char *wanted)
{
	char data[64];
	SaCkptIOVectorElementT element = ckpt_element(own, data, sizeof data, 0);
	const SaAisErrorT error = shared.api.read(shared.checkpoint, &element, 1, NULL);
	const bool same = element.readSize == strlen(wanted) && memcmp(data, wanted, strlen(wanted)) == 0;

	return error == SA_AIS_OK && !same ? SA_AIS_ERR_FAILED_OPERATION : error;
}

/* Creates, writes, reads, finds and deletes a section that is the thread's own. FAILED_OPERATION: it has what another wrote. */
static SaAisErrorT section_work(void)
{
	char own[20], data[40];
	SaCkptSectionIdT id;

	snprintf(own, sizeof own, "%llx", (unsigned long long)pthread_self());
	snprintf(data, sizeof data, "written by %s", own);
	id = ckpt_id(own);
	SaCkptSectionCreationAttributesT attributes = {.sectionId = &id, .expirationTime = SA_TIME_END};
	const SaCkptIOVectorElementT element = ckpt_element(own, data, strlen(data), 0);
	SaAisErrorT error = shared.api.section_create(shared.checkpoint, &attributes, own, strlen(own));
	if (error == SA_AIS_OK)
		error = own_section_is(own, own);
	if (error == SA_AIS_OK)
		error = shared.api.write(shared.checkpoint, &element, 1, NULL);
	if (error == SA_AIS_OK)
		error = own_section_is(own, data);
	if (error == SA_AIS_OK)
		error = own_section_comes(own);
	return error == SA_AIS_OK ? shared.api.section_delete(shared.checkpoint, &id) : error;
}

static SaAisErrorT subject_work(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saCkptCheckpointOpen) open = library_symbol(test, library, "saCkptCheckpointOpen");
	__typeof__(&saCkptCheckpointClose) close = library_symbol(test, library, "saCkptCheckpointClose");
	const SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	const SaNameT name = test_name(test, "worked");
	SaCkptCheckpointHandleT checkpoint;

	SaAisErrorT error = open(handle, &name, &attributes, CKPT_ALL, SA_TIME_MAX, &checkpoint);
	if (error == SA_AIS_OK)
		error = close(checkpoint);
	if (error == SA_AIS_OK)
		error = shared_open(test, handle);
	return error == SA_AIS_OK ? section_work() : error;
}

/* The name is the same in the child that holds and in the parent that looks. */
static SaNameT held_name(const struct test *test)
{
	char text[100];

	snprintf(text, sizeof text, "suite-%s-%s-held", test->options->run, test->assertion->id);
	return name_of(text);
}

static void subject_hold(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saCkptCheckpointOpen) open = library_symbol(test, library, "saCkptCheckpointOpen");
	const SaCkptCheckpointCreationAttributesT attributes = ckpt_attributes(SA_CKPT_WR_ALL_REPLICAS);
	const SaNameT name = held_name(test);
	SaCkptCheckpointHandleT checkpoint;

	test_code(test, open(handle, &name, &attributes, CKPT_ALL, SA_TIME_MAX, &checkpoint), SA_AIS_OK, "saCkptCheckpointOpen");
}

/* Retention 0: the checkpoint is there exactly as long as somebody has it open. */
static bool subject_is_held(struct test *test, void *library, SaUint64T handle)
{
	__typeof__(&saCkptCheckpointOpen) open = library_symbol(test, library, "saCkptCheckpointOpen");
	__typeof__(&saCkptCheckpointClose) close = library_symbol(test, library, "saCkptCheckpointClose");
	const SaNameT name = held_name(test);
	SaCkptCheckpointHandleT checkpoint;
	const SaAisErrorT error = open(handle, &name, NULL, CKPT_READ, SA_TIME_MAX, &checkpoint);

	test_code_either(test, error, SA_AIS_OK, SA_AIS_ERR_NOT_EXIST, "saCkptCheckpointOpen without CREATE");
	if (error == SA_AIS_OK)
		close(checkpoint);
	return error == SA_AIS_OK;
}

const struct subject ckpt_subject = {
	.service = "ckpt", .soname = "libSaCkpt.so.3", .prefix = "saCkpt", .version = {'B', 1, 1}, .pending_at_once = false,
	.callbacks = &subject_callbacks, .callbacks_size = sizeof subject_callbacks, .ask = subject_ask,
	.ask_wrongly = subject_ask_wrongly, .fence = subject_fence, .work = subject_work, .hold = subject_hold, .is_held = subject_is_held,
	.ask_has_input = true,
};
