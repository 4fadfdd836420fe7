/* Lock Service: the public header (SAI-AIS-LCK-B.01.01). Link with -lSaLck; pkg-config: libSaLck. What the standard leaves out (a lock that was
 * lost, fencing tokens) is in aisLck.h. */
#ifndef _SA_LCK_H
#define _SA_LCK_H

#include <saAis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef SaUint64T SaLckHandleT;
typedef SaUint64T SaLckResourceHandleT;
typedef SaUint64T SaLckLockIdT; /**< of one process; never 0 */
typedef SaUint64T SaLckWaiterSignalT;

#define SA_LCK_RESOURCE_CREATE 0x1
typedef SaUint32T SaLckResourceOpenFlagsT;

#define SA_LCK_LOCK_NO_QUEUE 0x1 /**< refuse rather than wait */
#define SA_LCK_LOCK_ORPHAN 0x2   /**< the lock outlives its holder, until saLckLockPurge() */
typedef SaUint32T SaLckLockFlagsT;

#define SA_LCK_OPT_ORPHAN_LOCKS 0x1
#define SA_LCK_OPT_DEADLOCK_DETECTION 0x2
typedef SaUint32T SaLckOptionsT;

/** What became of a request; meaningful only beside SA_AIS_OK. All but the first leave nothing held and nothing to unlock. */
typedef enum {
	SA_LCK_LOCK_GRANTED = 1,
	SA_LCK_LOCK_DEADLOCK = 2,    /**< waiting would have closed a cycle of waits */
	SA_LCK_LOCK_NOT_QUEUED = 3,  /**< NO_QUEUE, and it would have had to wait */
	SA_LCK_LOCK_ORPHANED = 4,    /**< asked with ORPHAN, and an orphan blocks it */
	SA_LCK_LOCK_NO_MORE = 5,     /**< the service's limit of locks is reached */
	SA_LCK_LOCK_DUPLICATE_EX = 6 /**< this resource handle holds an exclusive lock already */
} SaLckLockStatusT;

typedef enum {
	SA_LCK_PR_LOCK_MODE = 1, /**< shared: any number at a time */
	SA_LCK_EX_LOCK_MODE = 2  /**< exclusive */
} SaLckLockModeT;

/**
 * The outcome of saLckResourceOpenAsync().
 *
 * @param invocation [in] from the request, bit-exact.
 * @param lockResourceHandle [in] the handle; valid if error is SA_AIS_OK.
 * @param error [in] SA_AIS_OK; SA_AIS_ERR_NOT_EXIST: absent, and CREATE was not asked for; SA_AIS_ERR_NO_RESOURCES: a limit;
 *        SA_AIS_ERR_LIBRARY.
 */
typedef void (*SaLckResourceOpenCallbackT)(SaInvocationT invocation, SaLckResourceHandleT lockResourceHandle, SaAisErrorT error);

/**
 * The outcome of saLckResourceLockAsync(); none comes once the resource handle is closed.
 *
 * @param invocation [in] from the request, bit-exact.
 * @param lockStatus [in] meaningful if error is SA_AIS_OK.
 * @param error [in] SA_AIS_OK: see lockStatus; SA_AIS_ERR_NOT_EXIST: the lock id was unlocked before this was dispatched;
 *        SA_AIS_ERR_BAD_HANDLE: this node has lost what it held and what it waited for (a cut), and the resource handle with it;
 *        SA_AIS_ERR_TRY_AGAIN (without quorum), SA_AIS_ERR_TIMEOUT (the node was not in sync for too long), SA_AIS_ERR_NO_RESOURCES,
 *        SA_AIS_ERR_NO_MEMORY: the daemon did not take the request; nothing was done.
 */
typedef void (*SaLckLockGrantCallbackT)(SaInvocationT invocation, SaLckLockStatusT lockStatus, SaAisErrorT error);

/**
 * A lock that this process holds blocks a request. One call for each such pair, up to a bound (see "Limits" in libSaLck(7)). Nothing has to be done; the lock may be gone meanwhile.
 *
 * @param waiterSignal [in] as the request gave it, bit-exact.
 * @param lockId [in] the lock that blocks.
 * @param modeHeld [in] its mode.
 * @param modeRequested [in] that of the request.
 */
typedef void (*SaLckLockWaiterCallbackT)(SaLckWaiterSignalT waiterSignal, SaLckLockIdT lockId, SaLckLockModeT modeHeld,
                                         SaLckLockModeT modeRequested);

/**
 * The outcome of saLckResourceUnlockAsync(); none comes once the resource handle is closed.
 *
 * @param invocation [in] from the request, bit-exact.
 * @param error [in] SA_AIS_OK, or SA_AIS_ERR_NOT_EXIST: it was gone already.
 */
typedef void (*SaLckResourceUnlockCallbackT)(SaInvocationT invocation, SaAisErrorT error);

/** A NULL member is a callback that is not registered. */
typedef struct {
	SaLckResourceOpenCallbackT saLckResourceOpenCallback;
	SaLckLockGrantCallbackT saLckLockGrantCallback;
	SaLckLockWaiterCallbackT saLckLockWaiterCallback;
	SaLckResourceUnlockCallbackT saLckResourceUnlockCallback;
} SaLckCallbacksT;

/**
 * Registers the caller with the service. Blocking. Each success gives another handle; waits between two of them count as between two
 * processes.
 *
 * @param lckHandle [out] the handle.
 * @param lckCallbacks [in] copied; NULL: no callbacks.
 * @param version [in,out] release B, major up to 1, any minor; on OK and on VERSION the version that this library offers, B.1.1.
 * @retval SA_AIS_OK                the handle is valid until saLckFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM lckHandle or version is NULL
 * @retval SA_AIS_ERR_VERSION       not offered; *version says what is
 * @retval SA_AIS_ERR_TRY_AGAIN     no daemon on this node, or it is not ready
 * @retval SA_AIS_ERR_NO_RESOURCES  too many clients, or no descriptors, or a daemon without this service
 * Also NO_MEMORY, LIBRARY, and ACCESS for a user whom the daemon's rules shut out: see "Common errors" in libSaLck(7).
 */
SaAisErrorT saLckInitialize(SaLckHandleT *lckHandle, const SaLckCallbacksT *lckCallbacks, SaVersionT *version);

/**
 * Gives the descriptor that is readable exactly while a callback is pending, or the daemon is gone.
 *
 * @param lckHandle [in]
 * @param selectionObject [out] for poll(2) and the like; the same one for the handle's life; not to be read from or closed.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM selectionObject is NULL
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saLckSelectionObjectGet(SaLckHandleT lckHandle, SaSelectionObjectT *selectionObject);

/**
 * Tells what the service can do beyond the obligatory.
 *
 * @param lckHandle [in]
 * @param lckOptions [out] SA_LCK_OPT_ORPHAN_LOCKS and SA_LCK_OPT_DEADLOCK_DETECTION: both.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM lckOptions is NULL
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 */
SaAisErrorT saLckOptionCheck(SaLckHandleT lckHandle, SaLckOptionsT *lckOptions);

/**
 * Runs pending callbacks in the calling thread: one (SA_DISPATCH_ONE), all (SA_DISPATCH_ALL), or those that come until the handle is
 * finalized (SA_DISPATCH_BLOCKING). ONE and ALL do not wait.
 *
 * @param lckHandle [in]
 * @param dispatchFlags [in] one of the three.
 * @retval SA_AIS_OK                also when nothing was pending, and when BLOCKING ends by saLckFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM other flags
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saLckDispatch(SaLckHandleT lckHandle, SaDispatchFlagsT dispatchFlags);

/**
 * Ends the handle: closes all that was opened through it, as saLckResourceClose() does. Does not wait. May be called by a callback.
 *
 * @param lckHandle [in]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_BAD_HANDLE no handle of this process, or finalized
 */
SaAisErrorT saLckFinalize(SaLckHandleT lckHandle);

/**
 * Opens a lock resource. Blocking. Each open gives another handle, with locks of its own. A resource exists while somebody has it open or an
 * orphan lock is left; there is no other end of it.
 *
 * @param lckHandle [in]
 * @param lockResourceName [in] 1 to 256 octets, one name space for the whole cluster.
 * @param resourceFlags [in] SA_LCK_RESOURCE_CREATE: create it if absent; else 0.
 * @param timeout [in] ns, relative; 0 does not mean at once: the call is done, within the daemon's own limit.
 * @param lockResourceHandle [out] the handle.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM a pointer is NULL, the name is empty or too long, timeout is negative
 * @retval SA_AIS_ERR_BAD_FLAGS     another flag
 * @retval SA_AIS_ERR_NOT_EXIST     absent, and CREATE was not given
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time: not open
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * @retval SA_AIS_ERR_NO_RESOURCES  a limit of opens is reached
 * Also BAD_HANDLE, NO_MEMORY and LIBRARY.
 */
SaAisErrorT saLckResourceOpen(SaLckHandleT lckHandle, const SaNameT *lockResourceName, SaLckResourceOpenFlagsT resourceFlags,
                              SaTimeT timeout, SaLckResourceHandleT *lockResourceHandle);

/**
 * The same without waiting: SaLckResourceOpenCallbackT tells the outcome.
 *
 * @param lckHandle [in] initialized with that callback.
 * @param invocation [in] given back by the callback.
 * @param lockResourceName [in] copied.
 * @param resourceFlags [in] as above.
 * @retval SA_AIS_OK                the callback will come
 * @retval SA_AIS_ERR_INIT          no such callback
 * Also INVALID_PARAM, BAD_FLAGS, TRY_AGAIN, NO_RESOURCES, BAD_HANDLE, NO_MEMORY, TIMEOUT and LIBRARY: no callback comes.
 */
SaAisErrorT saLckResourceOpenAsync(SaLckHandleT lckHandle, SaInvocationT invocation, const SaNameT *lockResourceName,
                                   SaLckResourceOpenFlagsT resourceFlags);

/**
 * Closes a resource handle: releases the locks held through it (those taken with ORPHAN become orphans), drops its requests and its pending
 * callbacks. Does not wait. Other handles on the resource are not touched.
 *
 * @param lockResourceHandle [in]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_BAD_HANDLE no such handle, closed, or lost (see "Losing a lock" in libSaLck(7))
 * @retval SA_AIS_ERR_LIBRARY    the daemon is gone
 */
SaAisErrorT saLckResourceClose(SaLckResourceHandleT lockResourceHandle);

/**
 * Asks for a lock and waits for it. Who waits is served in the order of asking; one who holds a shared lock of the resource may get another
 * before those who wait for an exclusive one.
 *
 * @param lockResourceHandle [in]
 * @param lockId [out] names the lock, in this process; valid if OK and GRANTED.
 * @param lockMode [in] shared or exclusive.
 * @param lockFlags [in] SA_LCK_LOCK_NO_QUEUE, SA_LCK_LOCK_ORPHAN, both, or 0.
 * @param waiterSignal [in] told to those whose locks block this request, if they have a waiter callback.
 * @param timeout [in] ns, relative; 0: granted if it can be at once, else TIMEOUT; SA_TIME_MAX: no limit.
 * @param lockStatus [out] what became of the request; valid if OK.
 * @retval SA_AIS_OK                decided: see *lockStatus
 * @retval SA_AIS_ERR_TIMEOUT       not granted in time: nothing is held, and the request is withdrawn. Also when this node has lost
 *                                  what it waited for
 * @retval SA_AIS_ERR_INVALID_PARAM lockId or lockStatus is NULL, another mode, timeout is negative
 * @retval SA_AIS_ERR_BAD_FLAGS     another flag
 * @retval SA_AIS_ERR_BAD_HANDLE    no such handle, closed (by another thread meanwhile, too), or lost
 * @retval SA_AIS_ERR_TRY_AGAIN     the node is not quorate or in sync; nothing was done
 * Also NO_MEMORY, NO_RESOURCES and LIBRARY.
 */
SaAisErrorT saLckResourceLock(SaLckResourceHandleT lockResourceHandle, SaLckLockIdT *lockId, SaLckLockModeT lockMode,
                              SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal, SaTimeT timeout,
                              SaLckLockStatusT *lockStatus);

/**
 * Asks for a lock without waiting, and without limit of time: SaLckLockGrantCallbackT tells the outcome.
 *
 * @param lockResourceHandle [in] of a handle initialized with that callback.
 * @param invocation [in] given back by the callback.
 * @param lockId [out] valid on return, before the grant: unlocking it withdraws the request.
 * @param lockMode [in] as above.
 * @param lockFlags [in] as above.
 * @param waiterSignal [in] as above.
 * @retval SA_AIS_OK                the callback will come
 * @retval SA_AIS_ERR_INIT          no such callback
 * @retval SA_AIS_ERR_INVALID_PARAM lockId is NULL, another mode
 * @retval SA_AIS_ERR_BAD_FLAGS     another flag
 * Also BAD_HANDLE, TRY_AGAIN, NO_MEMORY, NO_RESOURCES, TIMEOUT and LIBRARY: no callback comes.
 *
 * While the node serves, the call only hands the request to the daemon; it waits for the daemon when many are under way. What the daemon then
 * refuses (the node has just lost its quorum, or the resource handle) comes by the callback, with TRY_AGAIN, BAD_HANDLE or another of the codes
 * above: nothing was done, and lockId is no more.
 */
SaAisErrorT saLckResourceLockAsync(SaLckResourceHandleT lockResourceHandle, SaInvocationT invocation, SaLckLockIdT *lockId,
                                   SaLckLockModeT lockMode, SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal);

/**
 * Releases a lock, or withdraws a request that waits. Any thread of the process may.
 *
 * @param lockId [in] not to be used afterwards.
 * @param timeout [in] ns, relative; 0 does not mean at once: the call is done, within the daemon's own limit.
 * @retval SA_AIS_OK             released
 * @retval SA_AIS_ERR_NOT_EXIST  no such lock, unlocked already, its resource handle closed, or lost
 * @retval SA_AIS_ERR_TIMEOUT    no answer in time: it is released, or will be
 * @retval SA_AIS_ERR_TRY_AGAIN  the node is not quorate or in sync; nothing was done
 * Also INVALID_PARAM (timeout is negative), NO_MEMORY, NO_RESOURCES and LIBRARY.
 */
SaAisErrorT saLckResourceUnlock(SaLckLockIdT lockId, SaTimeT timeout);

/**
 * The same without waiting: SaLckResourceUnlockCallbackT tells the outcome.
 *
 * @param invocation [in] given back by the callback.
 * @param lockId [in] not to be used from the return on.
 * @retval SA_AIS_OK             the callback will come
 * @retval SA_AIS_ERR_INIT       no such callback; the lock stays
 * @retval SA_AIS_ERR_NOT_EXIST  as above
 * Also TRY_AGAIN, NO_MEMORY, NO_RESOURCES, TIMEOUT and LIBRARY: no callback comes, and the lock stays.
 *
 * Handed to the daemon as by saLckResourceLockAsync(), but for a lock with SA_LCK_LOCK_ORPHAN, where the call waits until the daemon has it. What was handed over is done, whatever becomes of the node's quorum meanwhile; the callback
 * says OK, or NOT_EXIST if the lock was lost.
 */
SaAisErrorT saLckResourceUnlockAsync(SaInvocationT invocation, SaLckLockIdT lockId);

/**
 * Removes all orphan locks of a resource, whoever made them. Locks that are held stay. Blocking.
 *
 * @param lockResourceHandle [in]
 * @retval SA_AIS_OK             also when there were none
 * @retval SA_AIS_ERR_BAD_HANDLE no such handle, closed, or lost
 * @retval SA_AIS_ERR_TIMEOUT    no answer in time: it may be done
 * @retval SA_AIS_ERR_TRY_AGAIN  the node is not quorate or in sync; nothing was done
 * Also NO_MEMORY, NO_RESOURCES and LIBRARY.
 */
SaAisErrorT saLckLockPurge(SaLckResourceHandleT lockResourceHandle);

#ifdef __cplusplus
}
#endif

#endif
