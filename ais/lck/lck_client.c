/* libSaLck: argument checks and marshalling on ais/common. A resource handle and a lock id are objects of the handle table, and their values the
 * numbers by which the daemon knows them: a lock id is there before the lock is granted, and events name it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ais/common/ais_client.h"
#include "ais/lck/aisLck.h"
#include "ais/lck/lck_messages.h"

#define API __attribute__((visibility("default")))

enum { TIMEOUT_OF_DAEMON = -1 };

/* Of one handle. */
struct lck_handle {
	_Atomic(AisLckLostCallbackT) lost;
};

/* What a resource handle stands for. */
struct opened {
	atomic_bool lost; /* with what was asked for through it: nothing of that will be granted */
};

/* What a lock id stands for. */
struct lock {
	bool async, may_be_orphan;
	SaLckResourceHandleT opened;
	pthread_mutex_t mutex; /* of what follows */
	bool granted;
	AisLckTokenT token;
};

static const char opened_type, lock_type; /* their addresses are the types of objects */

static void on_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in);
static bool is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in);

static const struct ais_library library = {
	.service = "lck",
	.version = {'B', 1, 1},
	.callbacks_size = sizeof(SaLckCallbacksT),
	.event = on_event,
	.event_is_stale = is_stale,
	.data_size = sizeof(struct lck_handle),
};

/* --- life cycle --- */

API SaAisErrorT saLckInitialize(SaLckHandleT *lckHandle, const SaLckCallbacksT *lckCallbacks, SaVersionT *version)
{
	return ais_initialize(&library, lckHandle, lckCallbacks, version);
}

API SaAisErrorT saLckSelectionObjectGet(SaLckHandleT lckHandle, SaSelectionObjectT *selectionObject)
{
	return ais_selection_object_get(&library, lckHandle, selectionObject);
}

API SaAisErrorT saLckDispatch(SaLckHandleT lckHandle, SaDispatchFlagsT dispatchFlags)
{
	return ais_dispatch(&library, lckHandle, dispatchFlags);
}

API SaAisErrorT saLckFinalize(SaLckHandleT lckHandle)
{
	return ais_finalize(&library, lckHandle);
}

/* For what the library answers by itself. */
static SaAisErrorT handle_check(SaLckHandleT lckHandle, const void *out)
{
	if (out == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, lckHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const SaAisErrorT error = ais_handle_is_lost(handle) ? SA_AIS_ERR_LIBRARY : SA_AIS_OK;
	ais_handle_put(handle);
	return error;
}

API SaAisErrorT saLckOptionCheck(SaLckHandleT lckHandle, SaLckOptionsT *lckOptions)
{
	const SaAisErrorT error = handle_check(lckHandle, lckOptions);

	if (error == SA_AIS_OK)
		*lckOptions = SA_LCK_OPT_ORPHAN_LOCKS | SA_LCK_OPT_DEADLOCK_DETECTION;
	return error;
}

/* --- calls --- */

/* Sends the request and forgets its body. The daemon's codes are the standard's. */
static SaAisErrorT call(struct ais_handle *handle, enum lck_request request, SaTimeT timeout, struct wire_writer *body,
                        struct wire_writer *answer)
{
	const SaAisErrorT error = ais_call(handle, (SaUint16T)request, timeout, body, answer);

	wire_writer_clear(body);
	return error;
}

/* The same for what a callback tells the outcome of. */
static SaAisErrorT post(struct ais_handle *handle, enum lck_request request, struct wire_writer *body)
{
	const SaAisErrorT error = ais_post(handle, (SaUint16T)request, body);

	wire_writer_clear(body);
	return error;
}

API SaAisErrorT saLckLimitGet(SaLckHandleT lckHandle, SaLckLimitIdT limitId, AisLckLimitValueT *limitValue)
{
	struct wire_writer body = {0}, answer = {0};
	struct lck_limit_answer limit;

	if (limitValue == NULL || limitId != SA_LCK_MAX_NUM_LOCKS_ID)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, lckHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	lck_limit_request_encode(&body);
	SaAisErrorT error = call(handle, LCK_REQUEST_LIMIT, TIMEOUT_OF_DAEMON, &body, &answer);
	struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
	if (error == SA_AIS_OK && !lck_limit_answer_decode(&in, &limit))
		error = SA_AIS_ERR_LIBRARY;
	if (error == SA_AIS_OK)
		limitValue->uint64Value = limit.locks.client;
	wire_writer_clear(&answer);
	ais_handle_put(handle);
	return error;
}

static SaAisErrorT call_number(struct ais_handle *handle, enum lck_request request, SaTimeT timeout, uint64_t number)
{
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = number});
	return call(handle, request, timeout, &body, NULL);
}

/* Here 0 is no limit of the caller's: the daemon has its own. */
static SaTimeT timeout_or_daemon(SaTimeT timeout)
{
	return timeout == 0 ? TIMEOUT_OF_DAEMON : timeout;
}

static const SaLckCallbacksT *callbacks_of(const struct ais_object *object)
{
	return ais_handle_callbacks(ais_object_handle(object));
}

/* Invalid from now on, if nobody was first. */
static void object_end(const void *type, uint64_t value)
{
	struct ais_object *object = ais_object_get(type, value);

	if (object == NULL)
		return;
	ais_object_remove(object);
	ais_object_put(object);
}

static void opened_lose(uint64_t value)
{
	struct ais_object *object = ais_object_get(&opened_type, value);

	if (object == NULL)
		return;
	atomic_store(&((struct opened *)ais_object_data(object))->lost, true);
	ais_object_put(object);
}

static bool opened_is_lost(uint64_t value)
{
	struct ais_object *object = ais_object_get(&opened_type, value);
	const bool lost = object != NULL && atomic_load(&((struct opened *)ais_object_data(object))->lost);

	if (object != NULL)
		ais_object_put(object);
	return lost;
}

static bool object_is_valid(const void *type, uint64_t value)
{
	struct ais_object *object = ais_object_get(type, value);

	if (object != NULL)
		ais_object_put(object);
	return object != NULL;
}

/* --- opening and closing --- */

static SaAisErrorT open_check(const SaNameT *name, SaLckResourceOpenFlagsT flags)
{
	if (!ais_name_is_valid(name))
		return SA_AIS_ERR_INVALID_PARAM;
	return (flags & ~(SaLckResourceOpenFlagsT)SA_LCK_RESOURCE_CREATE) != 0 ? SA_AIS_ERR_BAD_FLAGS : SA_AIS_OK;
}

/* 0: no memory. */
static SaLckResourceHandleT opened_new(struct ais_handle *handle)
{
	struct opened *opened = calloc(1, sizeof *opened);
	const SaLckResourceHandleT value = opened == NULL ? 0 : ais_object_add(handle, NULL, &opened_type, opened, free);

	if (value == 0)
		free(opened);
	return value;
}

/* The handle is there before the daemon knows of it; it is taken back if it never will. */
static SaAisErrorT open_call(struct ais_handle *handle, enum lck_request request, SaTimeT timeout, SaInvocationT invocation,
                             const SaNameT *name, SaLckResourceOpenFlagsT flags, SaLckResourceHandleT *value)
{
	const SaLckCallbacksT *callbacks = ais_handle_callbacks(handle);
	struct wire_writer body = {0};

	*value = opened_new(handle);
	if (*value == 0)
		return SA_AIS_ERR_NO_MEMORY;
	lck_open_request_encode(&body, &(struct lck_open_request){
		.open = *value, .invocation = invocation, .flags = flags, .has_waiter = callbacks->saLckLockWaiterCallback != NULL,
		.name = bytes_of(name->value, name->length),
	});
	const SaAisErrorT error = call(handle, request, timeout, &body, NULL);
	if (error != SA_AIS_OK)
		object_end(&opened_type, *value);
	return error;
}

API SaAisErrorT saLckResourceOpen(SaLckHandleT lckHandle, const SaNameT *lockResourceName, SaLckResourceOpenFlagsT resourceFlags,
                                  SaTimeT timeout, SaLckResourceHandleT *lockResourceHandle)
{
	SaLckResourceHandleT value;

	if (lockResourceName == NULL || lockResourceHandle == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, lckHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = timeout < 0 ? SA_AIS_ERR_INVALID_PARAM : open_check(lockResourceName, resourceFlags);
	if (error == SA_AIS_OK)
		error = open_call(handle, LCK_REQUEST_OPEN, timeout_or_daemon(timeout), 0, lockResourceName, resourceFlags, &value);
	if (error == SA_AIS_OK)
		*lockResourceHandle = value;
	ais_handle_put(handle);
	return error;
}

API SaAisErrorT saLckResourceOpenAsync(SaLckHandleT lckHandle, SaInvocationT invocation, const SaNameT *lockResourceName,
                                       SaLckResourceOpenFlagsT resourceFlags)
{
	SaLckResourceHandleT value;

	if (lockResourceName == NULL)
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_handle *handle = ais_handle_get(&library, lckHandle);
	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = open_check(lockResourceName, resourceFlags);
	if (error == SA_AIS_OK && ((const SaLckCallbacksT *)ais_handle_callbacks(handle))->saLckResourceOpenCallback == NULL)
		error = SA_AIS_ERR_INIT;
	if (error == SA_AIS_OK)
		error = open_call(handle, LCK_REQUEST_OPEN_ASYNC, TIMEOUT_OF_DAEMON, invocation, lockResourceName, resourceFlags, &value);
	ais_handle_put(handle);
	return error;
}

API SaAisErrorT saLckResourceClose(SaLckResourceHandleT lockResourceHandle)
{
	struct ais_object *object = ais_object_get(&opened_type, lockResourceHandle);
	SaAisErrorT error = SA_AIS_ERR_BAD_HANDLE;

	if (object == NULL)
		return error;
	if (ais_object_remove(object))
		error = call_number(ais_object_handle(object), LCK_REQUEST_CLOSE, TIMEOUT_OF_DAEMON, lockResourceHandle);
	ais_object_put(object);
	return error;
}

API SaAisErrorT saLckLockPurge(SaLckResourceHandleT lockResourceHandle)
{
	struct ais_object *object = ais_object_get(&opened_type, lockResourceHandle);

	if (object == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	const SaAisErrorT error = call_number(ais_object_handle(object), LCK_REQUEST_PURGE, TIMEOUT_OF_DAEMON, lockResourceHandle);
	ais_object_put(object);
	return error;
}

/* --- locking --- */

static void lock_free(void *data)
{
	struct lock *lock = data;

	pthread_mutex_destroy(&lock->mutex);
	free(lock);
}

/* The lock id; 0: no memory. */
static SaLckLockIdT lock_new(struct ais_object *opened, const struct lck_lock_request *request, bool async)
{
	struct lock *lock = calloc(1, sizeof *lock);

	if (lock == NULL)
		return 0;
	lock->async = async;
	lock->may_be_orphan = (request->flags & SA_LCK_LOCK_ORPHAN) != 0;
	lock->opened = request->open;
	pthread_mutex_init(&lock->mutex, NULL);
	const SaLckLockIdT id = ais_object_add(ais_object_handle(opened), opened, &lock_type, lock, lock_free);
	if (id == 0)
		lock_free(lock);
	return id;
}

/* False: it is gone. */
static bool lock_granted(SaLckLockIdT id, const struct lck_token *token)
{
	struct ais_object *object = ais_object_get(&lock_type, id);

	if (object == NULL)
		return false;
	struct lock *lock = ais_object_data(object);
	pthread_mutex_lock(&lock->mutex);
	lock->granted = true;
	lock->token = (AisLckTokenT){
		.lineage = token->lineage.seq, .representative = token->lineage.representative, .grant = token->number,
	};
	pthread_mutex_unlock(&lock->mutex);
	ais_object_put(object);
	return true;
}

static bool mode_is_valid(SaLckLockModeT mode)
{
	return mode == SA_LCK_PR_LOCK_MODE || mode == SA_LCK_EX_LOCK_MODE;
}

static SaAisErrorT flags_check(SaLckLockFlagsT flags)
{
	const SaLckLockFlagsT known = SA_LCK_LOCK_NO_QUEUE | SA_LCK_LOCK_ORPHAN;

	return (flags & ~known) != 0 ? SA_AIS_ERR_BAD_FLAGS : SA_AIS_OK;
}

/* A timeout of 0 is the daemons' to keep, at the place of the request in the total order. */
static SaAisErrorT lock_call(struct ais_object *opened, struct lck_lock_request *request, SaTimeT timeout, SaLckLockStatusT *status)
{
	struct wire_writer body = {0}, answer = {0};
	struct lck_answer decoded;

	request->at_once = timeout == 0;
	lck_lock_request_encode(&body, request);
	SaAisErrorT error = call(ais_object_handle(opened), LCK_REQUEST_LOCK, timeout_or_daemon(timeout), &body, &answer);
	if (error == SA_AIS_OK) {
		struct wire_reader in = wire_reader_of(wire_writer_bytes(&answer));
		if (!lck_answer_decode(&in, &decoded) || decoded.subject != LCK_SUBJECT_LOCK)
			error = SA_AIS_ERR_LIBRARY;
		else
			*status = (SaLckLockStatusT)decoded.status;
	}
	if (error == SA_AIS_OK && *status == SA_LCK_LOCK_GRANTED)
		lock_granted(request->lock, &decoded.token);
	else
		object_end(&lock_type, request->lock);
	wire_writer_clear(&answer);
	return error;
}

API SaAisErrorT saLckResourceLock(SaLckResourceHandleT lockResourceHandle, SaLckLockIdT *lockId, SaLckLockModeT lockMode,
                                  SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal, SaTimeT timeout,
                                  SaLckLockStatusT *lockStatus)
{
	struct lck_lock_request request = {.open = lockResourceHandle, .signal = waiterSignal, .mode = lockMode, .flags = lockFlags};
	SaLckLockStatusT status;

	if (lockId == NULL || lockStatus == NULL || !mode_is_valid(lockMode))
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *opened = ais_object_get(&opened_type, lockResourceHandle);
	if (opened == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = timeout < 0 ? SA_AIS_ERR_INVALID_PARAM : flags_check(lockFlags);
	if (error == SA_AIS_OK && (request.lock = lock_new(opened, &request, false)) == 0)
		error = SA_AIS_ERR_NO_MEMORY;
	if (error == SA_AIS_OK)
		error = lock_call(opened, &request, timeout, &status);
	if (error == SA_AIS_OK) {
		*lockId = request.lock;
		*lockStatus = status;
	}
	ais_object_put(opened);
	return error;
}

static SaAisErrorT lock_async_call(struct ais_object *opened, struct lck_lock_request *request, SaLckLockIdT *lockId)
{
	struct wire_writer body = {0};

	if (atomic_load(&((struct opened *)ais_object_data(opened))->lost))
		return SA_AIS_ERR_BAD_HANDLE;
	request->lock = lock_new(opened, request, true);
	if (request->lock == 0)
		return SA_AIS_ERR_NO_MEMORY;
	*lockId = request->lock; /* before the callback can run */
	lck_lock_request_encode(&body, request);
	const SaAisErrorT error = post(ais_object_handle(opened), LCK_REQUEST_LOCK_ASYNC, &body);
	if (error != SA_AIS_OK)
		object_end(&lock_type, request->lock);
	return error;
}

API SaAisErrorT saLckResourceLockAsync(SaLckResourceHandleT lockResourceHandle, SaInvocationT invocation, SaLckLockIdT *lockId,
                                       SaLckLockModeT lockMode, SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal)
{
	struct lck_lock_request request = {
		.open = lockResourceHandle, .invocation = invocation, .signal = waiterSignal, .mode = lockMode, .flags = lockFlags,
	};

	if (lockId == NULL || !mode_is_valid(lockMode))
		return SA_AIS_ERR_INVALID_PARAM;
	struct ais_object *opened = ais_object_get(&opened_type, lockResourceHandle);
	if (opened == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	SaAisErrorT error = flags_check(lockFlags);
	if (error == SA_AIS_OK && callbacks_of(opened)->saLckLockGrantCallback == NULL)
		error = SA_AIS_ERR_INIT;
	if (error == SA_AIS_OK)
		error = lock_async_call(opened, &request, lockId);
	ais_object_put(opened);
	return error;
}

/* --- unlocking --- */

/* TIMEOUT too: the daemon sees to it that the lock will go. */
static bool unlock_ends(SaAisErrorT error)
{
	return error == SA_AIS_OK || error == SA_AIS_ERR_NOT_EXIST || error == SA_AIS_ERR_TIMEOUT;
}

API SaAisErrorT saLckResourceUnlock(SaLckLockIdT lockId, SaTimeT timeout)
{
	struct ais_object *object = ais_object_get(&lock_type, lockId);
	SaAisErrorT error = SA_AIS_ERR_INVALID_PARAM;

	if (object == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (timeout >= 0)
		error = call_number(ais_object_handle(object), LCK_REQUEST_UNLOCK, timeout_or_daemon(timeout), lockId);
	if (unlock_ends(error))
		ais_object_remove(object);
	ais_object_put(object);
	return error;
}

static SaAisErrorT unlock_async_call(struct ais_object *object, SaLckLockIdT lockId, SaInvocationT invocation)
{
	const struct lock *lock = ais_object_data(object);
	struct wire_writer body = {0};

	lck_number_request_encode(&body, &(struct lck_number_request){.number = lockId, .invocation = invocation, .open = lock->opened});
	/* All else goes with its client; an orphan would stay if the client ended before the daemon took what it had posted. */
	if (lock->may_be_orphan)
		return call(ais_object_handle(object), LCK_REQUEST_UNLOCK_ASYNC, TIMEOUT_OF_DAEMON, &body, NULL);
	return post(ais_object_handle(object), LCK_REQUEST_UNLOCK_ASYNC, &body);
}

API SaAisErrorT saLckResourceUnlockAsync(SaInvocationT invocation, SaLckLockIdT lockId)
{
	struct ais_object *object = ais_object_get(&lock_type, lockId);
	SaAisErrorT error = SA_AIS_ERR_INIT;

	if (object == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	if (callbacks_of(object)->saLckResourceUnlockCallback != NULL)
		error = unlock_async_call(object, lockId, invocation);
	if (error == SA_AIS_OK || error == SA_AIS_ERR_NOT_EXIST)
		ais_object_remove(object);
	ais_object_put(object);
	return error;
}

/* --- extensions --- */

API SaAisErrorT aisLckLockTokenGet(SaLckLockIdT lockId, AisLckTokenT *token)
{
	struct ais_object *object = ais_object_get(&lock_type, lockId);

	if (object == NULL)
		return SA_AIS_ERR_NOT_EXIST;
	struct lock *lock = ais_object_data(object);
	pthread_mutex_lock(&lock->mutex);
	const SaAisErrorT error = token == NULL ? SA_AIS_ERR_INVALID_PARAM : lock->granted ? SA_AIS_OK : SA_AIS_ERR_TRY_AGAIN;
	if (error == SA_AIS_OK)
		*token = lock->token;
	pthread_mutex_unlock(&lock->mutex);
	ais_object_put(object);
	return error;
}

API int aisLckTokenCompare(const AisLckTokenT *one, const AisLckTokenT *other)
{
	if (one->lineage != other->lineage)
		return one->lineage < other->lineage ? -1 : 1;
	if (one->representative != other->representative)
		return one->representative < other->representative ? -1 : 1;
	return (one->grant > other->grant) - (one->grant < other->grant);
}

API SaAisErrorT aisLckLostCallbackSet(SaLckHandleT lckHandle, AisLckLostCallbackT lostCallback)
{
	struct ais_handle *handle = ais_handle_get(&library, lckHandle);
	struct wire_writer body = {0};

	if (handle == NULL)
		return SA_AIS_ERR_BAD_HANDLE;
	struct lck_handle *own = ais_handle_data(handle);
	const AisLckLostCallbackT before = atomic_exchange(&own->lost, lostCallback);
	lck_lost_set_request_encode(&body, &(struct lck_lost_set_request){.wanted = lostCallback != NULL});
	const SaAisErrorT error = call(handle, LCK_REQUEST_LOST_SET, TIMEOUT_OF_DAEMON, &body, NULL);
	if (error != SA_AIS_OK)
		atomic_store(&own->lost, before);
	ais_handle_put(handle);
	return error;
}

/* --- callbacks --- */

static void on_opened(const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	struct lck_opened_event event;

	if (!lck_opened_event_decode(in, &event) || callbacks->saLckResourceOpenCallback == NULL)
		return;
	if (event.error != SA_AIS_OK)
		object_end(&opened_type, event.open);
	callbacks->saLckResourceOpenCallback(event.invocation, event.error == SA_AIS_OK ? event.open : 0, (SaAisErrorT)event.error);
}

static void on_granted(const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	struct lck_granted_event event;

	if (!lck_granted_event_decode(in, &event) || callbacks->saLckLockGrantCallback == NULL)
		return;
	const bool is_held = event.error == SA_AIS_OK && event.status == SA_LCK_LOCK_GRANTED;
	if (is_held && !lock_granted(event.lock, &event.token))
		event.error = SA_AIS_ERR_NOT_EXIST; /* unlocked before this was dispatched */
	if (!is_held)
		object_end(&lock_type, event.lock);
	callbacks->saLckLockGrantCallback(event.invocation, (SaLckLockStatusT)event.status, (SaAisErrorT)event.error);
}

static void on_refused(const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	struct lck_refused_event event;

	if (!lck_refused_event_decode(in, &event) || callbacks->saLckLockGrantCallback == NULL)
		return;
	object_end(&lock_type, event.lock);
	if (event.error == SA_AIS_ERR_BAD_HANDLE)
		opened_lose(event.open);
	callbacks->saLckLockGrantCallback(event.invocation, (SaLckLockStatusT)0, (SaAisErrorT)event.error);
}

static void on_waiter(const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	struct lck_waiter_event event;

	if (lck_waiter_event_decode(in, &event) && callbacks->saLckLockWaiterCallback != NULL)
		callbacks->saLckLockWaiterCallback(event.signal, event.lock, (SaLckLockModeT)event.mode_held, (SaLckLockModeT)event.mode_requested);
}

static void on_unlocked(const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	struct lck_unlocked_event event;

	if (lck_unlocked_event_decode(in, &event) && callbacks->saLckResourceUnlockCallback != NULL)
		callbacks->saLckResourceUnlockCallback(event.invocation, (SaAisErrorT)event.error);
}

enum standing { NONE, ASKED, ASKED_ASYNC, HELD };

/* As the client knows it. */
static enum standing lock_standing(SaLckLockIdT id)
{
	struct ais_object *object = ais_object_get(&lock_type, id);

	if (object == NULL)
		return NONE;
	struct lock *lock = ais_object_data(object);
	pthread_mutex_lock(&lock->mutex);
	const enum standing standing = lock->granted ? HELD : lock->async ? ASKED_ASYNC : ASKED;
	pthread_mutex_unlock(&lock->mutex);
	ais_object_put(object);
	return standing;
}

/* What its client was not told of as granted was not lost, but is refused: the grant did not come this far. */
static void on_lost(struct ais_handle *handle, const SaLckCallbacksT *callbacks, struct wire_reader *in)
{
	const AisLckLostCallbackT lost = atomic_load(&((struct lck_handle *)ais_handle_data(handle))->lost);
	struct lck_lost_event event;

	if (!lck_lost_event_decode(in, &event))
		return;
	const enum standing standing = event.was_waiting ? ASKED_ASYNC : lock_standing(event.lock);
	object_end(&lock_type, event.lock);
	opened_lose(event.open);
	if (standing == HELD && lost != NULL)
		lost(event.lock, event.open);
	else if (standing == ASKED_ASYNC && callbacks->saLckLockGrantCallback != NULL)
		callbacks->saLckLockGrantCallback(event.invocation, (SaLckLockStatusT)0, SA_AIS_ERR_BAD_HANDLE);
}

static void on_event(struct ais_handle *handle, SaUint16T event, struct wire_reader *in)
{
	const SaLckCallbacksT *callbacks = ais_handle_callbacks(handle);

	switch ((enum lck_event)event) {
	case LCK_EVENT_OPENED: on_opened(callbacks, in); break;
	case LCK_EVENT_GRANTED: on_granted(callbacks, in); break;
	case LCK_EVENT_WAITER: on_waiter(callbacks, in); break;
	case LCK_EVENT_UNLOCKED: on_unlocked(callbacks, in); break;
	case LCK_EVENT_LOST: on_lost(handle, callbacks, in); break;
	case LCK_EVENT_REFUSED: on_refused(callbacks, in); break;
	}
}

/* Nothing comes of a resource handle that was closed. All events begin alike: the format, the open. */
static bool is_stale(struct ais_handle *handle, SaUint16T event, struct wire_reader in)
{
	struct wire_reader again = in;
	struct lck_lost_event lost;

	wire_get_format(&in, LCK_FORMAT);
	const uint64_t open = wire_get_u64(&in);
	if (in.failed || event == LCK_EVENT_OPENED)
		return false;
	if (!object_is_valid(&opened_type, open))
		return true;
	if (event == LCK_EVENT_GRANTED)
		return opened_is_lost(open); /* its callback has been told so: the request was on its way into the order when it was lost */
	if (event != LCK_EVENT_LOST || !lck_lost_event_decode(&again, &lost) || lost.was_waiting)
		return false;
	return atomic_load(&((struct lck_handle *)ais_handle_data(handle))->lost) == NULL || !object_is_valid(&lock_type, lost.lock);
}
