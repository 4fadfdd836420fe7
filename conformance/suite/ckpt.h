/* The checkpoint library under test, its descriptor for the common assertions, and what all checkpoint tests share. */
#ifndef AISLE_SUITE_CKPT_H
#define AISLE_SUITE_CKPT_H

#include "conformance/suite/com.h"
#include "saCkpt.h"

struct ckpt_library {
	void *library;
	__typeof__(&saCkptInitialize) initialize;
	__typeof__(&saCkptSelectionObjectGet) selection_object_get;
	__typeof__(&saCkptDispatch) dispatch;
	__typeof__(&saCkptFinalize) finalize;
	__typeof__(&saCkptCheckpointOpen) open;
	__typeof__(&saCkptCheckpointOpenAsync) open_async;
	__typeof__(&saCkptCheckpointClose) close;
	__typeof__(&saCkptCheckpointUnlink) unlink;
	__typeof__(&saCkptCheckpointRetentionDurationSet) retention_duration_set;
	__typeof__(&saCkptActiveReplicaSet) active_replica_set;
	__typeof__(&saCkptCheckpointStatusGet) status_get;
	__typeof__(&saCkptSectionCreate) section_create;
	__typeof__(&saCkptSectionDelete) section_delete;
	__typeof__(&saCkptSectionExpirationTimeSet) section_expiration_time_set;
	__typeof__(&saCkptSectionIterationInitialize) iteration_initialize;
	__typeof__(&saCkptSectionIterationNext) iteration_next;
	__typeof__(&saCkptSectionIterationFinalize) iteration_finalize;
	__typeof__(&saCkptCheckpointWrite) write;
	__typeof__(&saCkptSectionOverwrite) overwrite;
	__typeof__(&saCkptCheckpointRead) read;
	__typeof__(&saCkptCheckpointSynchronize) synchronize;
	__typeof__(&saCkptCheckpointSynchronizeAsync) synchronize_async;
};

/* One handle with both callbacks, and a checkpoint opened through it. */
struct ckpt {
	struct test *test;
	struct ckpt_library api;
	SaCkptHandleT handle;
	SaSelectionObjectT descriptor;
	SaNameT name;
	SaCkptCheckpointCreationAttributesT attributes;
	SaCkptCheckpointHandleT checkpoint;
};

enum {
	CKPT_READ = SA_CKPT_CHECKPOINT_READ,
	CKPT_WRITE = SA_CKPT_CHECKPOINT_WRITE,
	CKPT_CREATE = SA_CKPT_CHECKPOINT_CREATE,
	CKPT_ALL = SA_CKPT_CHECKPOINT_READ | SA_CKPT_CHECKPOINT_WRITE | SA_CKPT_CHECKPOINT_CREATE,
};

struct ckpt_library ckpt_library_open(struct test *test);
SaAisErrorT ckpt_initialize(struct test *test, const struct ckpt_library *ckpt, SaCkptHandleT *handle, const SaCkptCallbacksT *callbacks);

/* The sheet's default: ALL_REPLICAS, 4 sections of at most 1000 bytes, ids of at most 16, retention 0. */
SaCkptCheckpointCreationAttributesT ckpt_attributes(SaCkptCheckpointCreationFlagsT flags);
struct ckpt ckpt_begin(struct test *test);                                                    /* the handle alone */
struct ckpt ckpt_begin_open(struct test *test);                                               /* and the default checkpoint */
struct ckpt ckpt_begin_with(struct test *test, SaCkptCheckpointCreationAttributesT attributes); /* and one like this */
struct ckpt ckpt_begin_process(struct test *test, const struct ckpt *parent);                 /* in a child: same name and attributes */

/* Short forms: one call, no expectation. */
SaAisErrorT ckpt_open(struct ckpt *ckpt, SaCkptCheckpointOpenFlagsT flags, SaCkptCheckpointHandleT *checkpoint);
SaAisErrorT ckpt_section(struct ckpt *ckpt, const char *id, const char *data); /* SectionCreate, never expires */
SaAisErrorT ckpt_section_until(struct ckpt *ckpt, const char *id, const char *data, SaTimeT expiration);
SaAisErrorT ckpt_write(struct ckpt *ckpt, const char *id, SaOffsetT offset, const char *data);
SaAisErrorT ckpt_read(struct ckpt *ckpt, const char *id, void *buffer, SaSizeT size, SaSizeT *read_size);
SaAisErrorT ckpt_overwrite(struct ckpt *ckpt, const char *id, const char *data);
SaAisErrorT ckpt_delete(struct ckpt *ckpt, const char *id);
SaCkptSectionIdT ckpt_id(const char *text); /* NULL: {0, NULL} */
SaCkptIOVectorElementT ckpt_element(const char *id, void *buffer, SaSizeT size, SaOffsetT offset);

/* With expectation. */
void ckpt_section_is(struct ckpt *ckpt, const char *id, const char *data); /* Read brings exactly this */
void ckpt_exists(struct ckpt *ckpt, bool exists);                          /* Open without CREATE: OK or NOT_EXIST; closes again */
/* Waits until the section, or the checkpoint's name, is gone. */
void ckpt_section_vanishes(struct ckpt *ckpt, const char *id, double seconds);
void ckpt_name_vanishes(struct ckpt *ckpt, double seconds);

/* What the two callbacks saw. */
struct ckpt_seen {
	SaInvocationT invocation;
	SaCkptCheckpointHandleT checkpoint;
	SaAisErrorT error;
};
enum { CKPT_SEEN_MAX = 32 };
struct ckpt_callbacks {
	struct ckpt_seen opens[CKPT_SEEN_MAX], synchronizes[CKPT_SEEN_MAX];
	size_t open_count, synchronize_count;
};
extern struct ckpt_callbacks ckpt_callbacks;
void ckpt_dispatch_until(struct ckpt *ckpt, const size_t *counter, size_t count);
void ckpt_arrive(struct ckpt *ckpt); /* what was on its way has come, and is pending */
void ckpt_settle(struct ckpt *ckpt); /* what was on its way has come and was dispatched */

extern const struct subject ckpt_subject;

#endif
