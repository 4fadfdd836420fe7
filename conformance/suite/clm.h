/* The membership library under test, and its descriptor for the common assertions. */
#ifndef AISLE_SUITE_CLM_H
#define AISLE_SUITE_CLM_H

#include "conformance/suite/com.h"
#include "saClm.h"

struct clm_library {
	void *library;
	__typeof__(&saClmInitialize) initialize;
	__typeof__(&saClmSelectionObjectGet) selection_object_get;
	__typeof__(&saClmDispatch) dispatch;
	__typeof__(&saClmFinalize) finalize;
	__typeof__(&saClmClusterTrack) track;
	__typeof__(&saClmClusterTrackStop) track_stop;
	__typeof__(&saClmClusterNodeGet) node_get;
	__typeof__(&saClmClusterNodeGetAsync) node_get_async;
};

struct clm_library clm_library_open(struct test *test);
/* Waits out TRY_AGAIN. */
SaAisErrorT clm_initialize(struct test *test, const struct clm_library *clm, SaClmHandleT *handle, const SaClmCallbacksT *callbacks);

extern const struct subject clm_subject;

#endif
