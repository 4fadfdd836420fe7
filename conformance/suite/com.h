/* What the common assertions need of a service to be held against it: its four life-cycle functions, and ways to make callbacks pending. */
#ifndef AISLE_SUITE_COM_H
#define AISLE_SUITE_COM_H

#include "conformance/suite/suite.h"

/* The callbacks of all services are reported here. `subject_calls` is what the process has seen; guarded by a lock. */
struct subject_call {
	SaInvocationT invocation;
	SaAisErrorT error;
	bool has_invocation;
	uint64_t thread;
};

enum { SUBJECT_CALLS_MAX = 64 };

/* The four functions that are alike everywhere. */
struct life_cycle {
	SaAisErrorT (*initialize)(SaUint64T *handle, const void *callbacks, SaVersionT *version);
	SaAisErrorT (*selection_object_get)(SaUint64T handle, SaSelectionObjectT *selection_object);
	SaAisErrorT (*dispatch)(SaUint64T handle, SaDispatchFlagsT flags);
	SaAisErrorT (*finalize)(SaUint64T handle);
};

struct subject {
	const char *service, *soname, *prefix; /* "ckpt", "libSaCkpt.so.3", "saCkpt" */
	SaVersionT version;                    /* what a B.01.01 library offers */
	bool pending_at_once;                  /* an asynchronous call's callback is pending when it returns */
	const void *callbacks;                 /* all registered */
	size_t callbacks_size;
	/* An asynchronous call that succeeds, and one that fails by its arguments. */
	SaAisErrorT (*ask)(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation);
	SaAisErrorT (*ask_wrongly)(struct test *test, void *library, SaUint64T handle, SaInvocationT invocation);
	/* A synchronous call after which earlier asynchronous ones have completed. */
	void (*fence)(struct test *test, void *library, SaUint64T handle);
	/* Holds an object open, named after the test, until the process ends; and: is it still held? NULL: the service has none. */
	void (*hold)(struct test *test, void *library, SaUint64T handle);
	bool (*is_held)(struct test *test, void *library, SaUint64T handle);
	bool ask_has_input; /* `ask` passes structs, and spoils them before it returns */
	/* A harmless blocking call for many threads. */
	SaAisErrorT (*work)(struct test *test, void *library, SaUint64T handle);
};

extern const struct subject *const subjects[];
extern const size_t subject_count;
const struct subject *subject_named(const char *service); /* NULL: none */

/* For the subjects' callbacks. */
void subject_called(SaInvocationT invocation, SaAisErrorT error, bool has_invocation);

#endif
