/* Checkpoint Service: the public header (SAI-AIS-CKPT-B.01.01). Link with -lSaCkpt; pkg-config: libSaCkpt.
 *
 * Two layouts follow the standard's text where openais' header departed from it: SaCkptCheckpointDescriptorT.memoryUsed and the width of
 * saCkptSectionCreate()'s initialDataSize. Programs that were linked against openais keep their layout by the symbol's version. */
#ifndef _SA_CKPT_H
#define _SA_CKPT_H

#include <saAis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef SaUint64T SaCkptHandleT;
typedef SaUint64T SaCkptCheckpointHandleT;
typedef SaUint64T SaCkptSectionIterationHandleT;

/** Exactly one of the three SA_CKPT_WR_… modes; COLLOCATED may be added to any. ALL_REPLICAS: a change is answered when all replicas have
 * it. ACTIVE_REPLICA and …_WEAK: on the active replica's node when that has it (lost with that node, should it die before the others have
 * it, unless saCkptCheckpointSynchronize() has answered OK since); on others when all have it. Reads return what the active replica has.
 * COLLOCATED with one of these: saCkptActiveReplicaSet() says which replica is active, and none is at first. */
#define SA_CKPT_WR_ALL_REPLICAS 0x1
#define SA_CKPT_WR_ACTIVE_REPLICA 0x2
#define SA_CKPT_WR_ACTIVE_REPLICA_WEAK 0x4
#define SA_CKPT_CHECKPOINT_COLLOCATED 0x8
typedef SaUint32T SaCkptCheckpointCreationFlagsT;

/** What a checkpoint is like; fixed at its creation, but for the retention duration. */
typedef struct {
	SaCkptCheckpointCreationFlagsT creationFlags;
	SaSizeT checkpointSize;   /**< net bytes of a replica, at most maxSections * maxSectionSize: a hint, no limit */
	SaTimeT retentionDuration; /**< ns that it survives without any opener; SA_TIME_MAX: for ever */
	SaUint32T maxSections;    /**< 1: the default section exists from the start and is the only one ever */
	SaSizeT maxSectionSize;
	SaSizeT maxSectionIdSize;
} SaCkptCheckpointCreationAttributesT;

#define SA_CKPT_CHECKPOINT_READ 0x1
#define SA_CKPT_CHECKPOINT_WRITE 0x2
#define SA_CKPT_CHECKPOINT_CREATE 0x4
typedef SaUint32T SaCkptCheckpointOpenFlagsT;

/** Both are initialisers. In saCkptSectionCreate() {0, NULL} asks for a generated id, everywhere else it names the default section. */
#define SA_CKPT_DEFAULT_SECTION_ID {0, NULL}
#define SA_CKPT_GENERATED_SECTION_ID {0, NULL}

/** Any bytes, unique within the checkpoint. */
typedef struct {
	SaUint16T idLen;
	SaUint8T *id;
} SaCkptSectionIdT;

typedef struct {
	SaCkptSectionIdT *sectionId; /**< in and out */
	SaTimeT expirationTime;      /**< absolute; SA_TIME_END: never */
} SaCkptSectionCreationAttributesT;

/** CORRUPTED is never seen here: no update is ever applied in part. */
typedef enum { SA_CKPT_SECTION_VALID = 1, SA_CKPT_SECTION_CORRUPTED = 2 } SaCkptSectionStateT;

typedef struct {
	SaCkptSectionIdT sectionId;
	SaTimeT expirationTime;
	SaSizeT sectionSize;
	SaCkptSectionStateT sectionState;
	SaTimeT lastUpdate; /**< absolute, of the creation, Write or Overwrite that came last; the same on all nodes */
} SaCkptSectionDescriptorT;

typedef enum {
	SA_CKPT_SECTIONS_FOREVER = 1, /**< those that never expire, the default section among them */
	SA_CKPT_SECTIONS_LEQ_EXPIRATION_TIME = 2,
	SA_CKPT_SECTIONS_GEQ_EXPIRATION_TIME = 3,
	SA_CKPT_SECTIONS_CORRUPTED = 4,
	SA_CKPT_SECTIONS_ANY = 5
} SaCkptSectionsChosenT;

/** A part of one section, to be read or written. */
typedef struct {
	SaCkptSectionIdT sectionId;
	void *dataBuffer;
	SaSizeT dataSize;
	SaOffsetT dataOffset; /**< in the section */
	SaSizeT readSize;     /**< saCkptCheckpointRead(): bytes delivered */
} SaCkptIOVectorElementT;

typedef struct {
	SaCkptCheckpointCreationAttributesT checkpointCreationAttributes; /**< as at creation; the retention duration as last set */
	SaUint32T numberOfSections;                                       /**< the default section counts */
	SaSizeT memoryUsed;                                               /**< bytes: the sum of the section sizes */
} SaCkptCheckpointDescriptorT;

/**
 * The outcome of saCkptCheckpointOpenAsync().
 *
 * @param invocation [in] from the request, bit-exact.
 * @param checkpointHandle [in] the new handle; meaningful with SA_AIS_OK only.
 * @param error [in] SA_AIS_OK, NOT_EXIST, EXIST, NO_MEMORY, NO_RESOURCES, TRY_AGAIN, TIMEOUT or LIBRARY.
 */
typedef void (*SaCkptCheckpointOpenCallbackT)(SaInvocationT invocation, SaCkptCheckpointHandleT checkpointHandle, SaAisErrorT error);

/**
 * The outcome of saCkptCheckpointSynchronizeAsync().
 *
 * @param invocation [in] from the request, bit-exact.
 * @param error [in] SA_AIS_OK, NOT_EXIST (no active replica), BAD_OPERATION, or LIBRARY (the checkpoint is gone).
 */
typedef void (*SaCkptCheckpointSynchronizeCallbackT)(SaInvocationT invocation, SaAisErrorT error);

/** A NULL member is a callback that is not registered. */
typedef struct {
	SaCkptCheckpointOpenCallbackT saCkptCheckpointOpenCallback;
	SaCkptCheckpointSynchronizeCallbackT saCkptCheckpointSynchronizeCallback;
} SaCkptCallbacksT;

/**
 * Registers the caller with the service (3.4.1). Blocking. Each success gives another handle with callbacks of its own.
 *
 * @param ckptHandle [out] the handle.
 * @param ckptCallbacks [in] copied; NULL: no callbacks.
 * @param version [in,out] release B, major up to 1, any minor; on OK and on VERSION the version that this library offers, B.1.1.
 * @retval SA_AIS_OK                the handle is valid until saCkptFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM ckptHandle or version is NULL
 * @retval SA_AIS_ERR_VERSION       not offered; *version says what is
 * @retval SA_AIS_ERR_TRY_AGAIN     no daemon on this node, or it is not ready
 * Also NO_MEMORY, NO_RESOURCES, TIMEOUT and LIBRARY: see "Common errors" in libSaCkpt(7).
 */
SaAisErrorT saCkptInitialize(SaCkptHandleT *ckptHandle, const SaCkptCallbacksT *ckptCallbacks, SaVersionT *version);

/**
 * Gives a descriptor for poll() or select(): readable while callbacks are pending on the handle (3.4.2). Blocking. Always the same one;
 * neither to be read nor to be closed.
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @param selectionObject [out] valid until saCkptFinalize().
 * @retval SA_AIS_OK                the descriptor is in *selectionObject
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM selectionObject is NULL
 * Also LIBRARY, TIMEOUT, TRY_AGAIN, NO_MEMORY and NO_RESOURCES: see libSaCkpt(7).
 */
SaAisErrorT saCkptSelectionObjectGet(SaCkptHandleT ckptHandle, SaSelectionObjectT *selectionObject);

/**
 * Runs pending callbacks in the calling thread (3.4.3). Any call may be made inside a callback, also this one and saCkptFinalize().
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @param dispatchFlags [in] SA_DISPATCH_ONE: one at most; SA_DISPATCH_ALL: all that are pending; both return at once if none is.
 *        SA_DISPATCH_BLOCKING: stays until the handle is finalized.
 * @retval SA_AIS_OK                done
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM dispatchFlags is none of the three
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone: finalize and initialize again
 * Also TIMEOUT and TRY_AGAIN: see libSaCkpt(7).
 */
SaAisErrorT saCkptDispatch(SaCkptHandleT ckptHandle, SaDispatchFlagsT dispatchFlags);

/**
 * Ends the handle: closes every checkpoint opened through it as saCkptCheckpointClose() does, ends their iterations, drops its pending
 * callbacks, closes its selection object (3.4.4). Blocking.
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @retval SA_AIS_OK             the handle is no more
 * @retval SA_AIS_ERR_BAD_HANDLE not a handle, or finalized already
 * Also LIBRARY, TIMEOUT and TRY_AGAIN: see libSaCkpt(7).
 */
SaAisErrorT saCkptFinalize(SaCkptHandleT ckptHandle);

/**
 * Opens a checkpoint, and creates it where asked and where there is none of the name (3.5.1). Blocking. Ends a running retention.
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @param checkpointName [in] 1 to 256 octets, the same in the whole cluster.
 * @param checkpointCreationAttributes [in] with SA_CKPT_CHECKPOINT_CREATE, and NULL without. A checkpoint that exists is opened if all six
 *        are those of its creation.
 * @param checkpointOpenFlags [in] one or more of SA_CKPT_CHECKPOINT_READ, _WRITE and _CREATE.
 * @param timeout [in] duration in ns; SA_TIME_MAX: no limit; 0: the daemon's own limit. What is left of it once the checkpoint is open is given to a
 *        collocated one's new replica here, to become whole; OK is returned when it is, or at the timeout.
 * @param checkpointHandle [out] valid until saCkptCheckpointClose() or saCkptFinalize().
 * @retval SA_AIS_OK                open
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM a NULL pointer; name length 0 or above 256; attributes without CREATE or CREATE without attributes;
 *         creation flags without exactly one of the three modes, or unknown ones; checkpointSize above maxSections * maxSectionSize;
 *         maxSections 0; a negative duration
 * @retval SA_AIS_ERR_BAD_FLAGS     no open flag, or an unknown one
 * @retval SA_AIS_ERR_NOT_EXIST     no checkpoint of this name, and CREATE was not given
 * @retval SA_AIS_ERR_EXIST         it exists with other attributes
 * @retval SA_AIS_ERR_TIMEOUT       not open, and not going to be
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * @retval SA_AIS_ERR_NO_RESOURCES  a bound of the cluster or of this client is reached
 * Also LIBRARY and NO_MEMORY: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointOpen(SaCkptHandleT ckptHandle, const SaNameT *checkpointName,
                                 const SaCkptCheckpointCreationAttributesT *checkpointCreationAttributes,
                                 SaCkptCheckpointOpenFlagsT checkpointOpenFlags, SaTimeT timeout,
                                 SaCkptCheckpointHandleT *checkpointHandle);

/**
 * As saCkptCheckpointOpen(); the outcome comes by the open callback (3.5.1). Asynchronous.
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @param invocation [in] any value; the callback brings it back.
 * @param checkpointName [in] copied.
 * @param checkpointCreationAttributes [in] copied; with SA_CKPT_CHECKPOINT_CREATE, and NULL without.
 * @param checkpointOpenFlags [in] as for saCkptCheckpointOpen().
 * @retval SA_AIS_OK                one callback with this invocation follows
 * @retval SA_AIS_ERR_INIT          the open callback was not registered
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM as for saCkptCheckpointOpen()
 * @retval SA_AIS_ERR_BAD_FLAGS     as for saCkptCheckpointOpen()
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; no callback follows
 * Also LIBRARY, TIMEOUT, NO_MEMORY and NO_RESOURCES: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointOpenAsync(SaCkptHandleT ckptHandle, SaInvocationT invocation, const SaNameT *checkpointName,
                                      const SaCkptCheckpointCreationAttributesT *checkpointCreationAttributes,
                                      SaCkptCheckpointOpenFlagsT checkpointOpenFlags);

/**
 * Closes a checkpoint, ends its iterations, drops its pending callbacks (3.5.3). Blocking, but waits for nobody. If no one in the cluster
 * has the checkpoint open any more it is deleted at once when unlinked, and its retention starts otherwise.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback.
 * @retval SA_AIS_OK             the handle is no more
 * @retval SA_AIS_ERR_BAD_HANDLE not a handle, or closed
 * Also LIBRARY, TIMEOUT and TRY_AGAIN: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointClose(SaCkptCheckpointHandleT checkpointHandle);

/**
 * Takes a checkpoint's name away at once (3.5.4). Blocking. Whoever has it open keeps full use; it is deleted at the last close, or now if
 * nobody has. A new checkpoint of the name is another one.
 *
 * @param ckptHandle [in] from saCkptInitialize().
 * @param checkpointName [in] 1 to 256 octets.
 * @retval SA_AIS_OK                the name is free
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM checkpointName is NULL, or its length 0 or above 256
 * @retval SA_AIS_ERR_NOT_EXIST     no checkpoint of this name
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: unlinked or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointUnlink(SaCkptHandleT ckptHandle, const SaNameT *checkpointName);

/**
 * Sets how long the checkpoint survives its last close (3.5.5). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, in any mode.
 * @param retentionDuration [in] ns, not negative; 0: deleted right after the last close; SA_TIME_MAX: for ever.
 * @retval SA_AIS_OK                set
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM retentionDuration is negative
 * @retval SA_AIS_ERR_BAD_OPERATION the checkpoint has been unlinked
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: set or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointRetentionDurationSet(SaCkptCheckpointHandleT checkpointHandle, SaTimeT retentionDuration);

/**
 * Makes the replica on the caller's node the active one (3.5.6). Blocking. Setting it again is no error.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @retval SA_AIS_OK                active, until another is set, this node leaves, or its replica had to be replaced after a cut
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_BAD_OPERATION the checkpoint is not both asynchronous and collocated
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: set or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptActiveReplicaSet(SaCkptCheckpointHandleT checkpointHandle);

/**
 * Tells what a checkpoint is like (3.5.7). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, in any mode.
 * @param checkpointStatus [out] filled on OK.
 * @retval SA_AIS_OK                *checkpointStatus is filled
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM checkpointStatus is NULL
 * @retval SA_AIS_ERR_NOT_EXIST     no active replica is set (asynchronous collocated checkpoints)
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync
 * Also LIBRARY and TIMEOUT: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointStatusGet(SaCkptCheckpointHandleT checkpointHandle, SaCkptCheckpointDescriptorT *checkpointStatus);

/**
 * Creates a section in a checkpoint and fills it with initial data (3.6.1). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param sectionCreationAttributes [in,out] the section's id and its absolute expiration time in ns (SA_TIME_END: never; a time that has
 *        passed: the section is created and goes at once). An id of {0, NULL} asks for a generated one: *sectionId then holds it on
 *        return; free its `id` with free().
 * @param initialData [in] initialDataSize bytes, copied before the call returns; may be NULL when the size is 0.
 * @param initialDataSize [in] bytes, 0 to the checkpoint's maxSectionSize.
 * @retval SA_AIS_OK                the section exists on every replica that the creation flags promise
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM a NULL pointer; an id longer than maxSectionIdSize, or one of {0, not NULL}; too much data
 * @retval SA_AIS_ERR_EXIST         the id is in use, or maxSections is 1 (the default section is always there)
 * @retval SA_AIS_ERR_NO_SPACE      maxSections sections exist
 * @retval SA_AIS_ERR_NOT_EXIST     no active replica is set (asynchronous collocated checkpoints)
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: the section may or may not exist, ask before trying again
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * @retval SA_AIS_ERR_NO_RESOURCES  the cluster's bound on checkpoint data is reached
 * Also NO_MEMORY and LIBRARY: see "Common errors" in libSaCkpt(7).
 */
SaAisErrorT saCkptSectionCreate(SaCkptCheckpointHandleT checkpointHandle,
                                SaCkptSectionCreationAttributesT *sectionCreationAttributes, const void *initialData,
                                SaSizeT initialDataSize);

/**
 * Deletes a section (3.6.2). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param sectionId [in] any but the default section of a checkpoint whose maxSections is 1.
 * @retval SA_AIS_OK                it is gone
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM a NULL pointer, or the default section
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_NOT_EXIST     no such section, or no active replica
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: deleted or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionDelete(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId);

/**
 * Moves a section's expiration time (3.6.3). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param sectionId [in] any but the default section of a checkpoint whose maxSections is 1.
 * @param expirationTime [in] absolute, ns; SA_TIME_END: never; a time that has passed: it goes at once.
 * @retval SA_AIS_OK                moved
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM a NULL pointer, or the default section
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_NOT_EXIST     no such section, or no active replica
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: moved or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionExpirationTimeSet(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId,
                                           SaTimeT expirationTime);

/**
 * Starts an iteration over a checkpoint's sections (3.6.4). Blocking. Several may run at once.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, in any mode.
 * @param sectionsChosen [in] which sections.
 * @param expirationTime [in] looked at for LEQ and GEQ only, both of which include the time itself.
 * @param sectionIterationHandle [out] valid until saCkptSectionIterationFinalize() or the checkpoint's close.
 * @retval SA_AIS_OK                started
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM sectionIterationHandle is NULL, or sectionsChosen none of the five
 * @retval SA_AIS_ERR_NOT_EXIST     no active replica is set
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync, or memory is short
 * Also LIBRARY and TIMEOUT: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionIterationInitialize(SaCkptCheckpointHandleT checkpointHandle, SaCkptSectionsChosenT sectionsChosen,
                                             SaTimeT expirationTime, SaCkptSectionIterationHandleT *sectionIterationHandle);

/**
 * Gives the next section (3.6.5). Blocking. One that exists from before the iteration's start to its end is given exactly once; one that
 * is created or deleted meanwhile may be given or not.
 *
 * @param sectionIterationHandle [in] from saCkptSectionIterationInitialize().
 * @param sectionDescriptor [out] filled on OK. The memory of its sectionId.id is the library's and valid until the next call with this
 *        iteration or its end; it is not to be freed.
 * @retval SA_AIS_OK                *sectionDescriptor is filled
 * @retval SA_AIS_ERR_NO_SECTIONS   there is no further one
 * @retval SA_AIS_ERR_BAD_HANDLE    not an iteration, or it has ended
 * @retval SA_AIS_ERR_INVALID_PARAM sectionDescriptor is NULL
 * @retval SA_AIS_ERR_NOT_EXIST     no active replica is set
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync
 * Also LIBRARY and TIMEOUT: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionIterationNext(SaCkptSectionIterationHandleT sectionIterationHandle,
                                       SaCkptSectionDescriptorT *sectionDescriptor);

/**
 * Ends an iteration (3.6.6). Blocking, but waits for nobody.
 *
 * @param sectionIterationHandle [in] from saCkptSectionIterationInitialize().
 * @retval SA_AIS_OK             ended
 * @retval SA_AIS_ERR_BAD_HANDLE not an iteration, or it has ended
 * Also LIBRARY, TIMEOUT and TRY_AGAIN: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionIterationFinalize(SaCkptSectionIterationHandleT sectionIterationHandle);

/**
 * Writes parts of sections, all of them or, on any error, none (3.7.1). Blocking. Writing behind a section's end makes it grow, a gap
 * reads as zeros; no section shrinks.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param ioVector [in] applied in its order; readSize is not looked at.
 * @param numberOfElements [in] 1 or more.
 * @param erroneousVectorIndex [out] may be NULL; the first element that caused an error; unchanged otherwise.
 * @retval SA_AIS_OK                written on every replica that the creation flags promise
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM ioVector is NULL or empty; an element beyond maxSectionSize, or without a buffer for its bytes
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_NOT_EXIST     an element's section does not exist, or no active replica is set
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: all written, or nothing
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * @retval SA_AIS_ERR_NO_RESOURCES  the cluster's bound on checkpoint data is reached
 * Also NO_MEMORY and LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointWrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptIOVectorElementT *ioVector,
                                  SaUint32T numberOfElements, SaUint32T *erroneousVectorIndex);

/**
 * Replaces a section's content and size (3.7.2). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param sectionId [in] {0, NULL}: the default section.
 * @param dataBuffer [in] dataSize bytes.
 * @param dataSize [in] 0 to the checkpoint's maxSectionSize.
 * @retval SA_AIS_OK                replaced on every replica that the creation flags promise
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM a NULL pointer, or too much data
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_NOT_EXIST     no such section, or no active replica
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: replaced or not
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * @retval SA_AIS_ERR_NO_RESOURCES  the cluster's bound on checkpoint data is reached
 * Also NO_MEMORY and LIBRARY: see libSaCkpt(7).
 */
SaAisErrorT saCkptSectionOverwrite(SaCkptCheckpointHandleT checkpointHandle, const SaCkptSectionIdT *sectionId,
                                   const void *dataBuffer, SaSizeT dataSize);

/**
 * Reads parts of sections (3.7.3). Blocking. No answered write before the call is missing. What is read was on all replicas; on the node of
 * an asynchronous checkpoint's active replica it was on that one.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_READ.
 * @param ioVector [in,out] an element's dataBuffer of dataSize bytes is filled from its start, readSize says how far: a section that ends
 *        earlier is no error. With dataBuffer NULL dataSize is not looked at: the library allocates, up to the section's end; free it with
 *        free(). On an error nothing of that stays allocated.
 * @param numberOfElements [in] 1 or more.
 * @param erroneousVectorIndex [out] may be NULL; the first element that caused an error; unchanged otherwise.
 * @retval SA_AIS_OK                read
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM ioVector is NULL or empty; dataSize above maxSectionSize; dataOffset behind the section's end
 * @retval SA_AIS_ERR_ACCESS        not opened for reading
 * @retval SA_AIS_ERR_NOT_EXIST     an element's section does not exist, or no active replica is set
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync
 * Also LIBRARY and TIMEOUT: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointRead(SaCkptCheckpointHandleT checkpointHandle, SaCkptIOVectorElementT *ioVector,
                                 SaUint32T numberOfElements, SaUint32T *erroneousVectorIndex);

/**
 * Brings all earlier updates of an asynchronous checkpoint to all replicas (3.7.4). Blocking.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param timeout [in] duration in ns; SA_TIME_MAX: no limit.
 * @retval SA_AIS_OK                they are there
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INVALID_PARAM timeout is negative
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_BAD_OPERATION the checkpoint is SA_CKPT_WR_ALL_REPLICAS
 * @retval SA_AIS_ERR_NOT_EXIST     no active replica is set
 * @retval SA_AIS_ERR_TIMEOUT       not in time; always when timeout is 0
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync
 * Also LIBRARY, NO_MEMORY and NO_RESOURCES: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointSynchronize(SaCkptCheckpointHandleT checkpointHandle, SaTimeT timeout);

/**
 * As saCkptCheckpointSynchronize(); the outcome comes by the synchronize callback of the handle with which the checkpoint was opened
 * (3.7.4). Asynchronous.
 *
 * @param checkpointHandle [in] from saCkptCheckpointOpen() or its callback, opened with SA_CKPT_CHECKPOINT_WRITE.
 * @param invocation [in] any value; the callback brings it back.
 * @retval SA_AIS_OK                one callback with this invocation follows, unless the checkpoint is closed before
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or closed
 * @retval SA_AIS_ERR_INIT          the synchronize callback was not registered
 * @retval SA_AIS_ERR_ACCESS        not opened for writing
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; no callback follows
 * Also LIBRARY, TIMEOUT, NO_MEMORY and NO_RESOURCES: see libSaCkpt(7).
 */
SaAisErrorT saCkptCheckpointSynchronizeAsync(SaCkptCheckpointHandleT checkpointHandle, SaInvocationT invocation);

#ifdef __cplusplus
}
#endif

#endif
