/* What the standard says once for all services, on the IPC's skeleton: versions, handles and their lifetimes, the selection object,
 * dispatching, finalize while another thread dispatches, fork. A service's library on top of it is argument checks and marshalling. */
#ifndef AISLE_AIS_CLIENT_H
#define AISLE_AIS_CLIENT_H

#include "core/base/wire.h"
#include "saAis.h"

struct ais_handle; /* what Initialize made */
struct ais_object; /* what was opened through it: a checkpoint, an iteration */

/* Callbacks of a library's own making, beside the daemon's events (TMR). `data` is ais_handle_data(). */
struct ais_source {
	/* At Initialize. `events` is readable when the daemon has an event or is gone. OK, NO_MEMORY, NO_RESOURCES; on an error nothing is
	 * left to close. */
	SaAisErrorT (*open)(void *data, SaSelectionObjectT events);
	/* Nobody uses the handle any more; also in a forked child, which gives up its copies alone. */
	void (*close)(void *data);
	/* The selection object: readable exactly while `events` is or a callback of the source waits. */
	SaSelectionObjectT (*descriptor)(const void *data);
	/* Now; what waits now is what DISPATCH_ALL runs. */
	SaInt64T (*now)(void *data);
	/* Runs the next callback that waited at `until`, no lock held; false: none. */
	bool (*run)(struct ais_handle *handle, SaInt64T until);
	/* How long DISPATCH_BLOCKING may wait before it calls `run` again without a callback to run, ns; < 0: no bound. */
	SaInt64T (*patience)(void *data);
};

struct ais_library {
	const char *service;              /* the daemon's service */
	SaVersionT version;               /* the one it offers */
	size_t callbacks_size;            /* of the service's callbacks struct */
	/* Runs one callback in the dispatching thread, no lock held. */
	void (*event)(struct ais_handle *handle, SaUint16T event, struct wire_reader *in);
	/* NULL, or: was this event cancelled after the daemon queued it (TrackStop, Close)? Dispatch then takes and drops it; it runs no
	 * callback and does not count for DISPATCH_ONE. `in` is a reader of its own. */
	bool (*event_is_stale)(struct ais_handle *handle, SaUint16T event, struct wire_reader in);
	size_t data_size;                 /* of ais_handle_data(); 0: none */
	const struct ais_source *source;  /* NULL: the daemon's events are all there is; `event` may be NULL if there is one */
	/* NULL, or a first call to the daemon, at the end of Initialize, before anybody knows the handle; what it returns Initialize does. */
	SaAisErrorT (*enter)(struct ais_handle *handle);
};

/* The four calls that every service has; `callbacks` may be NULL. Initialize: OK, VERSION, INVALID_PARAM, NO_MEMORY; TRY_AGAIN:
 * no daemon, or it is not ready; NO_RESOURCES: too many clients, no descriptors, or the daemon has not got the service; ACCESS:
 * its rules shut this user out; LIBRARY: the instance's name is not usable, or a daemon of another format. */
SaAisErrorT ais_initialize(const struct ais_library *library, SaUint64T *handle, const void *callbacks, SaVersionT *version);
SaAisErrorT ais_selection_object_get(const struct ais_library *library, SaUint64T handle, SaSelectionObjectT *selection_object);
SaAisErrorT ais_dispatch(const struct ais_library *library, SaUint64T handle, SaDispatchFlagsT flags);
SaAisErrorT ais_finalize(const struct ais_library *library, SaUint64T handle);

/* Holds the handle while a call uses it; NULL: BAD_HANDLE. Each get has its put. */
struct ais_handle *ais_handle_get(const struct ais_library *library, SaUint64T handle);
void ais_handle_put(struct ais_handle *handle);
void *ais_handle_data(struct ais_handle *handle); /* the library's own, zeroed at Initialize, lives with the handle; no lock held */
const void *ais_handle_callbacks(const struct ais_handle *handle); /* the copy made at Initialize; all NULL if none were given */

/* One call to the daemon. timeout in ns, SA_TIME_MAX: no limit of the caller's; < 0: the daemon's limit. `answer` may be NULL;
 * whatever was in it is gone. `body` may be NULL: empty. How long the library itself waits: ipc_client.h. BAD_HANDLE: finalized by another
 * thread meanwhile. NO_RESOURCES: the body is longer than the daemon takes. */
SaAisErrorT ais_call(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                     struct wire_writer *answer);

/* The same for a call whose answer may come with descriptors; those that are not -1 are the caller's. */
SaAisErrorT ais_call_descriptors(struct ais_handle *handle, SaUint16T request, SaTimeT timeout, const struct wire_writer *body,
                                 struct wire_writer *answer, int descriptors[2]);

/* For what a callback tells the outcome of: OK at once, where nothing stands in its way; a refusal comes by the callback then. Else a call. */
SaAisErrorT ais_post(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body);

/* For libraries that do without a call: is the daemon gone? And a request whose answer nobody waits for; false: it was not sent
 * (no room, no memory, the daemon is gone). One that was sent may still be lost. */
bool ais_handle_is_lost(struct ais_handle *handle);
bool ais_tell(struct ais_handle *handle, SaUint16T request, const struct wire_writer *body);

/* Objects: have a handle value of their own, end with the handle (or with their parent object). `data` is malloced by the caller and
 * freed by `data_free` (may be NULL) when it is invalid and the last user has put it. `parent` may be NULL. Returns 0: no memory, or handle
 * or parent has just ended in another thread; `data` is then still the caller's. */
SaUint64T ais_object_add(struct ais_handle *handle, struct ais_object *parent, const void *type, void *data, void (*data_free)(void *));
struct ais_object *ais_object_get(const void *type, SaUint64T value); /* NULL: BAD_HANDLE; `type` is any address unique to the type */
void ais_object_put(struct ais_object *object);
/* Invalid from now on, its children too. False: another thread was first; of several that close at once one gets true. */
bool ais_object_remove(struct ais_object *object);
void *ais_object_data(const struct ais_object *object);
struct ais_handle *ais_object_handle(const struct ais_object *object);

/* SaNameT with length 1 to 256. */
bool ais_name_is_valid(const SaNameT *name);

#endif
