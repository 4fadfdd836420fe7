/* One table of everything that has a handle value: what Initialize made, and the objects opened through it. One lock guards the
 * table and the counts; it is never held while a callback runs or while the daemon is asked. */
#include "ais/common/ais_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "ais/common/ais_version.h"
#include "core/base/handle.h"
#include "core/base/list.h"
#include "core/ipc/ipc_client.h"

_Static_assert((int)RESULT_OK == (int)SA_AIS_OK, "result.h");
_Static_assert((int)RESULT_LIBRARY == (int)SA_AIS_ERR_LIBRARY, "result.h");
_Static_assert((int)RESULT_VERSION == (int)SA_AIS_ERR_VERSION, "result.h");
_Static_assert((int)RESULT_INIT == (int)SA_AIS_ERR_INIT, "result.h");
_Static_assert((int)RESULT_TIMEOUT == (int)SA_AIS_ERR_TIMEOUT, "result.h");
_Static_assert((int)RESULT_TRY_AGAIN == (int)SA_AIS_ERR_TRY_AGAIN, "result.h");
_Static_assert((int)RESULT_INVALID_PARAM == (int)SA_AIS_ERR_INVALID_PARAM, "result.h");
_Static_assert((int)RESULT_NO_MEMORY == (int)SA_AIS_ERR_NO_MEMORY, "result.h");
_Static_assert((int)RESULT_BAD_HANDLE == (int)SA_AIS_ERR_BAD_HANDLE, "result.h");
_Static_assert((int)RESULT_BUSY == (int)SA_AIS_ERR_BUSY, "result.h");
_Static_assert((int)RESULT_ACCESS == (int)SA_AIS_ERR_ACCESS, "result.h");
_Static_assert((int)RESULT_NOT_EXIST == (int)SA_AIS_ERR_NOT_EXIST, "result.h");
_Static_assert((int)RESULT_NAME_TOO_LONG == (int)SA_AIS_ERR_NAME_TOO_LONG, "result.h");
_Static_assert((int)RESULT_EXIST == (int)SA_AIS_ERR_EXIST, "result.h");
_Static_assert((int)RESULT_NO_SPACE == (int)SA_AIS_ERR_NO_SPACE, "result.h");
_Static_assert((int)RESULT_INTERRUPT == (int)SA_AIS_ERR_INTERRUPT, "result.h");
_Static_assert((int)RESULT_NO_RESOURCES == (int)SA_AIS_ERR_NO_RESOURCES, "result.h");
_Static_assert((int)RESULT_NOT_SUPPORTED == (int)SA_AIS_ERR_NOT_SUPPORTED, "result.h");
_Static_assert((int)RESULT_BAD_OPERATION == (int)SA_AIS_ERR_BAD_OPERATION, "result.h");
_Static_assert((int)RESULT_FAILED_OPERATION == (int)SA_AIS_ERR_FAILED_OPERATION, "result.h");
_Static_assert((int)RESULT_BAD_FLAGS == (int)SA_AIS_ERR_BAD_FLAGS, "result.h");
_Static_assert((int)RESULT_TOO_BIG == (int)SA_AIS_ERR_TOO_BIG, "result.h");
_Static_assert((int)RESULT_NO_SECTIONS == (int)SA_AIS_ERR_NO_SECTIONS, "result.h");
_Static_assert(sizeof(SaNameT) == 258 && offsetof(SaNameT, value) == 2 && sizeof(SaVersionT) == 3, "layouts of the standard");
_Static_assert(sizeof(SaBoolT) == 4 && sizeof(SaAisErrorT) == 4 && sizeof(SaDispatchFlagsT) == 4, "layouts of the standard");

enum { DISPATCH_BUFFER_KEPT_MAX = 64 << 10 };

/* What a value in the table stands for. */
struct entry {
	const void *type;     /* an ais_library, or the type of an object */
	SaUint64T value;      /* 0: not valid any more */
	SaUint32T users;      /* and one more for being valid */
	struct list link;     /* in its parent's children, or in ais.handles */
	struct list children; /* valid objects that end with this one */
};

struct ais_handle {
	struct entry entry;
	const struct ais_library *library;
	struct ipc_client *client;
	void *callbacks, *data;
	bool has_source;   /* its source is open */
	bool is_finalized; /* atomic */
};

struct ais_object {
	struct entry entry;
	struct ais_handle *handle; /* which it is a user of */
	void *data;
	void (*data_free)(void *);
};

/* The one mutable state of the library at file scope: the standard's calls name a handle and nothing else. */
static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	struct handle_table table;
	struct list handles;
	SaUint64T key; /* drawn once, so that another library's or process's values are none of ours */
} ais = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the table; all of these hold the lock --- */

static bool entry_add(struct entry *entry, const void *type, struct list *siblings)
{
	SaUint64T value = handle_table_add(&ais.table, entry);

	if (value == ais.key) { /* would be 0 */
		handle_table_remove(&ais.table, value);
		value = handle_table_add(&ais.table, entry);
	}
	if (value == 0)
		return false;
	*entry = (struct entry){.type = type, .value = value ^ ais.key, .users = 1};
	list_init(&entry->children);
	list_append(siblings, &entry->link);
	return true;
}

static struct entry *entry_find(const void *type, SaUint64T value)
{
	struct entry *entry = value == 0 ? NULL : handle_table_get(&ais.table, value ^ ais.key);

	return entry == NULL || entry->type != type ? NULL : entry;
}

/* It and all below it are invalid from now on. Those that nobody uses are put into `unused`. */
static void entry_end(struct entry *entry, struct list *unused)
{
	while (!list_is_empty(&entry->children))
		entry_end(container_of(entry->children.next, struct entry, link), unused);
	list_remove(&entry->link);
	handle_table_remove(&ais.table, entry->value ^ ais.key);
	entry->value = 0;
	if (--entry->users == 0)
		list_append(unused, &entry->link);
}

/* --- */

static void handle_free(struct ais_handle *handle)
{
	if (handle->has_source)
		handle->library->source->close(handle->data);
	ipc_client_close(handle->client);
	free(handle->callbacks);
	free(handle->data);
	free(handle);
}

void ais_handle_put(struct ais_handle *handle)
{
	pthread_mutex_lock(&ais.lock);
	const bool is_unused = --handle->entry.users == 0;
	pthread_mutex_unlock(&ais.lock);
	if (is_unused)
		handle_free(handle);
}

static void object_free(struct ais_object *object)
{
	if (object->data_free != NULL)
		object->data_free(object->data);
	ais_handle_put(object->handle);
	free(object);
}

static void objects_free(struct list *unused)
{
	while (!list_is_empty(unused)) {
		struct ais_object *object = container_of(unused->next, struct ais_object, entry.link);
		list_remove(&object->entry.link);
		object_free(object);
	}
}

static void fork_prepare(void)
{
	pthread_mutex_lock(&ais.lock);
}

static void fork_parent(void)
{
	pthread_mutex_unlock(&ais.lock);
}

/* The child has no handles: it gives up its copies of their descriptors, so that the daemon notices the parent's death. What a
 * thread of the parent is inside of stays, for the forking thread may come back to it. */
static void fork_child(void)
{
	struct list unused, ended;

	list_init(&unused);
	list_init(&ended);
	while (!list_is_empty(&ais.handles)) {
		struct ais_handle *handle = container_of(ais.handles.next, struct ais_handle, entry.link);
		__atomic_store_n(&handle->is_finalized, true, __ATOMIC_RELEASE);
		ipc_client_forked(handle->client);
		handle->entry.users++;
		entry_end(&handle->entry, &unused);
		list_append(&ended, &handle->entry.link);
	}
	pthread_mutex_unlock(&ais.lock);
	objects_free(&unused);
	while (!list_is_empty(&ended)) {
		struct ais_handle *handle = container_of(ended.next, struct ais_handle, entry.link);
		list_remove(&handle->entry.link);
		ais_handle_put(handle);
	}
}

static void table_open(void)
{
	SaUint32T key = 0x5a17c0de;

	(void)!getrandom(&key, sizeof key, GRND_NONBLOCK);
	pthread_mutex_lock(&ais.lock);
	ais.key = (SaUint64T)key << 32;
	list_init(&ais.handles);
	pthread_mutex_unlock(&ais.lock);
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

struct ais_handle *ais_handle_get(const struct ais_library *library, SaUint64T handle)
{
	pthread_mutex_lock(&ais.lock);
	struct entry *entry = entry_find(library, handle);
	if (entry != NULL)
		entry->users++;
	pthread_mutex_unlock(&ais.lock);
	return entry == NULL ? NULL : container_of(entry, struct ais_handle, entry);
}

void *ais_handle_data(struct ais_handle *handle)
{
	return handle->data;
}

const void *ais_handle_callbacks(const struct ais_handle *handle)
{
	return handle->callbacks;
}

static struct ais_handle *handle_new(const struct ais_library *library, const void *callbacks)
{
	struct ais_handle *handle = calloc(1, sizeof *handle);

	if (handle == NULL)
		return NULL;
	handle->library = library;
	handle->callbacks = calloc(1, library->callbacks_size + 1);
	handle->data = calloc(1, library->data_size + 1);
	if (handle->callbacks == NULL || handle->data == NULL) {
		handle_free(handle);
		return NULL;
	}
	if (callbacks != NULL)
		memcpy(handle->callbacks, callbacks, library->callbacks_size);
	return handle;
}

/* Initialize may not say everything that connecting can end with. ACCESS stays, though the standard does not list it there: it
 * is the truth for a user whom the daemon's rules shut out, and no other user meets it. */
static SaAisErrorT initialize_error(SaUint32T code)
{
	switch (code) {
	case RESULT_NOT_EXIST:
		return SA_AIS_ERR_NO_RESOURCES; /* a daemon without this service */
	case RESULT_VERSION:
		return SA_AIS_ERR_LIBRARY; /* a daemon that speaks another format; the standard's versions have nothing to do with it */
	default:
		return (SaAisErrorT)code;
	}
}

static SaAisErrorT handle_connect(struct ais_handle *handle)
{
	const struct ais_library *library = handle->library;
	const SaUint32T code = ipc_client_connect(library->service, &handle->client);

	if (code != RESULT_OK)
		return initialize_error(code);
	if (library->source != NULL) {
		const SaAisErrorT error =
			library->source->open(handle->data, (SaSelectionObjectT)ipc_client_event_descriptor(handle->client));
		handle->has_source = error == SA_AIS_OK;
		if (error != SA_AIS_OK)
			return error;
	}
	return library->enter == NULL ? SA_AIS_OK : library->enter(handle);
}

SaAisErrorT ais_initialize(const struct ais_library *library, SaUint64T *handle_out, const void *callbacks, SaVersionT *version)
{
	if (handle_out == NULL || version == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	SaVersionT agreed = *version;
	if (!ais_version_negotiate(&library->version, 1, &agreed)) {
		*version = agreed;
		return SA_AIS_ERR_VERSION;
	}
	struct ais_handle *handle = handle_new(library, callbacks);
	if (handle == NULL)
		return SA_AIS_ERR_NO_MEMORY;
	const SaAisErrorT error = handle_connect(handle);
	if (error != SA_AIS_OK) {
		handle_free(handle);
		return error;
	}

	pthread_once(&ais.once, table_open);
	pthread_mutex_lock(&ais.lock);
	const bool is_added = entry_add(&handle->entry, library, &ais.handles);
	const SaUint64T value = handle->entry.value;
	pthread_mutex_unlock(&ais.lock);
	if (!is_added) {
		handle_free(handle);
		return SA_AIS_ERR_NO_MEMORY;
	}
	*handle_out = value;
	*version = agreed;
	return SA_AIS_OK;
}

SaAisErrorT ais_selection_object_get(const struct ais_library *library, SaUint64T handle_value, SaSelectionObjectT *selection_object)
{
	if (selection_object == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(library, handle_value);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const bool is_lost = ipc_client_is_lost(handle->client);
	if (!is_lost && handle->has_source)
		*selection_object = library->source->descriptor(handle->data);
	else if (!is_lost)
		*selection_object = (SaSelectionObjectT)ipc_client_event_descriptor(handle->client);
	ais_handle_put(handle);
	return is_lost ? SA_AIS_ERR_LIBRARY : SA_AIS_OK;
}

/* Whoever is inside a call or a dispatch of the handle finds out and leaves; the last of them frees it. Never waits. */
SaAisErrorT ais_finalize(const struct ais_library *library, SaUint64T handle_value)
{
	struct list unused;
	struct ais_handle *handle = NULL;

	list_init(&unused);
	pthread_mutex_lock(&ais.lock);
	struct entry *entry = entry_find(library, handle_value);
	if (entry != NULL) {
		handle = container_of(entry, struct ais_handle, entry);
		entry->users++; /* our own use */
		__atomic_store_n(&handle->is_finalized, true, __ATOMIC_RELEASE);
		entry_end(entry, &unused);
	}
	pthread_mutex_unlock(&ais.lock);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	ipc_client_shutdown(handle->client);
	objects_free(&unused);
	ais_handle_put(handle);
	return SA_AIS_OK;
}

/* --- dispatching --- */

static bool handle_is_finalized(const struct ais_handle *handle)
{
	return __atomic_load_n(&handle->is_finalized, __ATOMIC_ACQUIRE);
}

/* Runs the next callback that the daemon has sent. False: none is pending. */
static bool dispatch_event(struct ais_handle *handle, struct wire_writer *body)
{
	const struct ais_library *library = handle->library;
	SaUint16T event;

	while (ipc_client_event_take(handle->client, &event, body)) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(body));
		if (handle_is_finalized(handle))
			return false;
		if (library->event_is_stale != NULL && library->event_is_stale(handle, event, in))
			continue;
		if (library->event != NULL)
			library->event(handle, event, &in);
		if (body->capacity > DISPATCH_BUFFER_KEPT_MAX)
			wire_writer_clear(body);
		return true;
	}
	return false;
}

static SaInt64T dispatch_until(const struct ais_handle *handle)
{
	return handle->has_source ? handle->library->source->now(handle->data) : 0;
}

/* Runs the next callback. False: none is pending; of the library's own, none that was so at `until`. */
static bool dispatch_next(struct ais_handle *handle, struct wire_writer *body, SaInt64T until)
{
	if (dispatch_event(handle, body))
		return true;
	return handle->has_source && !handle_is_finalized(handle) && !ipc_client_is_lost(handle->client) &&
	       handle->library->source->run(handle, until);
}

static void dispatch_wait(struct ais_handle *handle)
{
	const struct ais_source *source = handle->library->source;

	if (handle->has_source)
		ipc_client_wait(handle->client, (int)source->descriptor(handle->data), source->patience(handle->data));
	else
		ipc_client_event_wait(handle->client);
}

static SaAisErrorT dispatch_end(const struct ais_handle *handle)
{
	return ipc_client_is_lost(handle->client) && !handle_is_finalized(handle) ? SA_AIS_ERR_LIBRARY : SA_AIS_OK;
}

static SaAisErrorT dispatch(struct ais_handle *handle, SaDispatchFlagsT flags, struct wire_writer *body)
{
	if (flags == SA_DISPATCH_ONE) {
		dispatch_next(handle, body, dispatch_until(handle));
		return dispatch_end(handle);
	}
	for (;;) {
		const SaInt64T until = dispatch_until(handle);
		while (dispatch_next(handle, body, until))
			;
		if (flags == SA_DISPATCH_ALL || handle_is_finalized(handle) || ipc_client_is_lost(handle->client))
			return dispatch_end(handle);
		dispatch_wait(handle);
	}
}

SaAisErrorT ais_dispatch(const struct ais_library *library, SaUint64T handle_value, SaDispatchFlagsT flags)
{
	struct wire_writer body = {0};

	if (flags != SA_DISPATCH_ONE && flags != SA_DISPATCH_ALL && flags != SA_DISPATCH_BLOCKING)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(library, handle_value);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const SaAisErrorT code = dispatch(handle, flags, &body);
	wire_writer_clear(&body);
	ais_handle_put(handle);
	return code;
}

/* --- calls --- */

static SaAisErrorT error_of(struct ais_handle *handle, SaUint32T code)
{
	return code == RESULT_LIBRARY && handle_is_finalized(handle) ? SA_AIS_ERR_BAD_HANDLE : (SaAisErrorT)code;
}

SaAisErrorT ais_call(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                     struct wire_writer *answer)
{
	if (body != NULL && body->failed)
		return SA_AIS_ERR_NO_MEMORY;
	const struct bytes bytes = body == NULL ? (struct bytes){0} : wire_writer_bytes(body);
	return error_of(handle, ipc_client_call(handle->client, request, timeout, bytes, answer));
}

SaAisErrorT ais_call_descriptors(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                                 struct wire_writer *answer, int descriptors[2])
{
	descriptors[0] = descriptors[1] = -1;
	if (body->failed)
		return SA_AIS_ERR_NO_MEMORY;
	return error_of(handle, ipc_client_call_descriptors(handle->client, request, timeout, wire_writer_bytes(body), answer, descriptors));
}

SaAisErrorT ais_post(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body)
{
	if (!body->failed && ipc_client_post(handle->client, request, wire_writer_bytes(body)))
		return SA_AIS_OK;
	return ais_call(handle, request, -1, body, NULL);
}

bool ais_handle_is_lost(struct ais_handle *handle)
{
	return ipc_client_is_gone(handle->client);
}

bool ais_tell(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body)
{
	return !body->failed && ipc_client_tell(handle->client, request, wire_writer_bytes(body));
}

/* --- objects --- */

SaUint64T ais_object_add(struct ais_handle *handle, struct ais_object *parent, const void *type, void *data, void (*data_free)(void *))
{
	struct ais_object *object = calloc(1, sizeof *object);
	struct entry *above = parent == NULL ? &handle->entry : &parent->entry;
	SaUint64T value = 0;

	if (object == NULL)
		return 0;
	object->handle = handle;
	object->data = data;
	object->data_free = data_free;
	pthread_mutex_lock(&ais.lock);
	/* Nothing is added below what has just ended. */
	if (above->value != 0 && entry_add(&object->entry, type, &above->children)) {
		handle->entry.users++;
		value = object->entry.value;
	}
	pthread_mutex_unlock(&ais.lock);
	if (value == 0)
		free(object);
	return value;
}

struct ais_object *ais_object_get(const void *type, SaUint64T value)
{
	pthread_mutex_lock(&ais.lock);
	struct entry *entry = entry_find(type, value);
	if (entry != NULL)
		entry->users++;
	pthread_mutex_unlock(&ais.lock);
	return entry == NULL ? NULL : container_of(entry, struct ais_object, entry);
}

void ais_object_put(struct ais_object *object)
{
	pthread_mutex_lock(&ais.lock);
	const bool is_unused = --object->entry.users == 0;
	pthread_mutex_unlock(&ais.lock);
	if (is_unused)
		object_free(object);
}

bool ais_object_remove(struct ais_object *object)
{
	struct list unused;

	list_init(&unused);
	pthread_mutex_lock(&ais.lock);
	const bool is_ours = object->entry.value != 0;
	if (is_ours)
		entry_end(&object->entry, &unused);
	pthread_mutex_unlock(&ais.lock);
	objects_free(&unused);
	return is_ours;
}

void *ais_object_data(const struct ais_object *object)
{
	return object->data;
}

struct ais_handle *ais_object_handle(const struct ais_object *object)
{
	return object->handle;
}

bool ais_name_is_valid(const SaNameT *name)
{
	return name->length >= 1 && name->length <= SA_MAX_NAME_LENGTH;
}
