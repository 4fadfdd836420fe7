/* Cluster Membership Service: the public header (SAI-AIS-CLM-B.01.01). Link with -lSaClm; pkg-config: libSaClm. */
#ifndef _SA_CLM_H
#define _SA_CLM_H

#include <saAis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef SaUint64T SaClmHandleT;
typedef SaUint32T SaClmNodeIdT;

/** The node of the caller. Unsigned on purpose. */
#define SA_CLM_LOCAL_NODE_ID 0xffffffff
#define SA_CLM_MAX_ADDRESS_LENGTH 64

typedef enum { SA_CLM_AF_INET = 1, SA_CLM_AF_INET6 = 2 } SaClmNodeAddressFamilyT;

/** A node's address as text: d.d.d.d (INET), eight hexadecimal groups x:x:x:x:x:x:x:x (INET6). */
typedef struct {
	SaClmNodeAddressFamilyT family;
	SaUint16T length; /**< octets used in `value`, no NUL counted */
	SaUint8T value[SA_CLM_MAX_ADDRESS_LENGTH];
} SaClmNodeAddressT;

typedef struct {
	SaClmNodeIdT nodeId; /**< names the node only while it is a member */
	SaClmNodeAddressT nodeAddress;
	SaNameT nodeName; /**< unique in the cluster; survives the replacement of the hardware */
	SaBoolT member;
	SaTimeT bootTimestamp;       /**< absolute time of the node's last boot, ns; one figure a boot, whatever the clock is set to later */
	SaUint64T initialViewNumber; /**< view with which the node joined; the smaller, the longer it has been a member */
} SaClmClusterNodeT;

typedef enum {
	SA_CLM_NODE_NO_CHANGE = 1,
	SA_CLM_NODE_JOINED = 2,
	SA_CLM_NODE_LEFT = 3,
	SA_CLM_NODE_RECONFIGURED = 4 /**< an attribute changed, e.g. the name */
} SaClmClusterChangesT;

typedef struct {
	SaClmClusterNodeT clusterNode;
	SaClmClusterChangesT clusterChange;
} SaClmClusterNotificationT;

typedef struct {
	SaUint64T viewNumber;    /**< of the transition that led here; only grows, with gaps, while a node stays in contact with the others */
	SaUint32T numberOfItems; /**< entries of `notification` */
	SaClmClusterNotificationT *notification;
} SaClmClusterNotificationBufferT;

/**
 * The membership, or a change of it; asked for with saClmClusterTrack(). One call a transition, in the order of the views, entries by node
 * id, each node once: who left and came back within one transition is JOINED, with its new initialViewNumber.
 *
 * @param notificationBuffer [in] valid until the callback returns. CURRENT: all members, NO_CHANGE. CHANGES: all members and those who
 *        left (LEFT, member SA_FALSE). CHANGES_ONLY: who joined, was reconfigured or left; no entry if the view changed and nobody did.
 * @param numberOfMembers [in] members of this view: not numberOfItems, which counts LEFT entries too.
 * @param error [in] SA_AIS_OK; SA_AIS_ERR_NO_MEMORY: the entries could not be built, notifications are lost: stop, track again.
 */
typedef void (*SaClmClusterTrackCallbackT)(const SaClmClusterNotificationBufferT *notificationBuffer, SaUint32T numberOfMembers,
                                           SaAisErrorT error);

/**
 * The answer to saClmClusterNodeGetAsync().
 *
 * @param invocation [in] from the request, bit-exact.
 * @param clusterNode [in] valid until the callback returns; never NULL; all zero unless error is SA_AIS_OK.
 * @param error [in] SA_AIS_OK, or SA_AIS_ERR_LIBRARY when the answer could not be read.
 */
typedef void (*SaClmClusterNodeGetCallbackT)(SaInvocationT invocation, const SaClmClusterNodeT *clusterNode, SaAisErrorT error);

/** The node-get callback comes first. A NULL member is a callback that is not registered. */
typedef struct {
	SaClmClusterNodeGetCallbackT saClmClusterNodeGetCallback;
	SaClmClusterTrackCallbackT saClmClusterTrackCallback;
} SaClmCallbacksT;

/**
 * Registers the caller with the service (3.4.1). Blocking. Each success gives another handle with callbacks of its own.
 *
 * @param clmHandle [out] the handle.
 * @param clmCallbacks [in] copied; NULL: no callbacks.
 * @param version [in,out] release B, major up to 1, any minor; on OK and on VERSION the version that this library offers, B.1.1.
 * @retval SA_AIS_OK                the handle is valid until saClmFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM clmHandle or version is NULL
 * @retval SA_AIS_ERR_VERSION       not offered; *version says what is
 * @retval SA_AIS_ERR_TRY_AGAIN     no daemon on this node, or it is not ready
 * Also NO_MEMORY, NO_RESOURCES, TIMEOUT and LIBRARY: see "Common errors" in libSaClm(7).
 */
SaAisErrorT saClmInitialize(SaClmHandleT *clmHandle, const SaClmCallbacksT *clmCallbacks, SaVersionT *version);

/**
 * Gives a descriptor for poll() or select(): readable while callbacks are pending on the handle (3.4.2). Blocking. Always the same one;
 * neither to be read nor to be closed.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @param selectionObject [out] valid until saClmFinalize().
 * @retval SA_AIS_OK                the descriptor is in *selectionObject
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM selectionObject is NULL
 * Also LIBRARY, TIMEOUT, TRY_AGAIN, NO_MEMORY and NO_RESOURCES: see libSaClm(7).
 */
SaAisErrorT saClmSelectionObjectGet(SaClmHandleT clmHandle, SaSelectionObjectT *selectionObject);

/**
 * Runs pending callbacks in the calling thread (3.4.3). Any call may be made inside a callback, also this one and saClmFinalize().
 *
 * @param clmHandle [in] from saClmInitialize().
 * @param dispatchFlags [in] SA_DISPATCH_ONE: one at most; SA_DISPATCH_ALL: all that are pending; both return at once if none is.
 *        SA_DISPATCH_BLOCKING: stays until the handle is finalized.
 * @retval SA_AIS_OK                done
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM dispatchFlags is none of the three
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone: finalize and initialize again
 * Also TIMEOUT and TRY_AGAIN: see libSaClm(7).
 */
SaAisErrorT saClmDispatch(SaClmHandleT clmHandle, SaDispatchFlagsT dispatchFlags);

/**
 * Ends the handle: stops its tracking, drops its pending callbacks, closes its selection object (3.4.4). Blocking. A callback that another
 * thread is running may still come to its end.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @retval SA_AIS_OK             the handle is no more
 * @retval SA_AIS_ERR_BAD_HANDLE not a handle, or finalized already
 * Also LIBRARY, TIMEOUT and TRY_AGAIN: see libSaClm(7).
 */
SaAisErrorT saClmFinalize(SaClmHandleT clmHandle);

/**
 * Asks for the membership now, for its changes from now on, or for both without a gap between them (3.5.1). Blocking. Changes are tracked
 * until saClmClusterTrackStop() or saClmFinalize(); a later CHANGES or CHANGES_ONLY replaces the mode for the transitions to come; CURRENT
 * alone is answered once and changes nothing.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @param trackFlags [in] SA_TRACK_CURRENT, SA_TRACK_CHANGES, SA_TRACK_CHANGES_ONLY, or CURRENT with one of the other two.
 * @param notificationBuffer [in,out] looked at with CURRENT only. NULL: one track callback brings the membership. `notification` NULL: an
 *        array is allocated, free it with free(). Otherwise the caller's array of numberOfItems entries is filled. numberOfItems holds the
 *        number of members on return, on OK and on NO_SPACE.
 * @retval SA_AIS_OK                answered, or the callback is pending; tracking runs if asked for
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_BAD_FLAGS     no flag, an unknown one, or CHANGES together with CHANGES_ONLY
 * @retval SA_AIS_ERR_INVALID_PARAM CURRENT with an array of no entries
 * @retval SA_AIS_ERR_INIT          the track callback is needed and was not registered
 * @retval SA_AIS_ERR_NO_SPACE      the array is too small: it is unchanged, tracking is neither started nor changed
 * @retval SA_AIS_ERR_TRY_AGAIN     this node has seen no view yet; nothing was done
 * Also LIBRARY, TIMEOUT, NO_MEMORY and NO_RESOURCES: see libSaClm(7).
 */
SaAisErrorT saClmClusterTrack(SaClmHandleT clmHandle, SaUint8T trackFlags, SaClmClusterNotificationBufferT *notificationBuffer);

/**
 * Stops the tracking of changes and drops the track callbacks that are pending on the handle (3.5.3). Blocking.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @retval SA_AIS_OK             no track callback follows, unless tracking is asked for again
 * @retval SA_AIS_ERR_BAD_HANDLE not a handle, or finalized
 * @retval SA_AIS_ERR_NOT_EXIST  no CHANGES or CHANGES_ONLY is in effect; a pending answer to CURRENT stays
 * Also LIBRARY, TIMEOUT, TRY_AGAIN, NO_MEMORY and NO_RESOURCES: see libSaClm(7).
 */
SaAisErrorT saClmClusterTrackStop(SaClmHandleT clmHandle);

/**
 * Gives what is known of one member (3.5.4). Blocking.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @param nodeId [in] a member's id, or SA_CLM_LOCAL_NODE_ID; the id returned is always the real one.
 * @param timeout [in] duration in ns; SA_TIME_MAX: no limit.
 * @param clusterNode [out] filled on OK; what it held before is not looked at.
 * @retval SA_AIS_OK                *clusterNode is filled
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INVALID_PARAM no member has this id; clusterNode is NULL; timeout is negative
 * @retval SA_AIS_ERR_TIMEOUT       no answer in time; always when timeout is 0
 * @retval SA_AIS_ERR_TRY_AGAIN     this node has seen no view yet
 * Also LIBRARY, NO_MEMORY and NO_RESOURCES: see libSaClm(7).
 */
SaAisErrorT saClmClusterNodeGet(SaClmHandleT clmHandle, SaClmNodeIdT nodeId, SaTimeT timeout, SaClmClusterNodeT *clusterNode);

/**
 * As saClmClusterNodeGet(); the answer comes by the node-get callback, which is pending when the call returns (3.5.5). Asynchronous.
 *
 * @param clmHandle [in] from saClmInitialize().
 * @param invocation [in] any value; the callback brings it back.
 * @param nodeId [in] a member's id, or SA_CLM_LOCAL_NODE_ID.
 * @retval SA_AIS_OK                one callback with this invocation is pending
 * @retval SA_AIS_ERR_BAD_HANDLE    not a handle, or finalized
 * @retval SA_AIS_ERR_INIT          the node-get callback was not registered
 * @retval SA_AIS_ERR_INVALID_PARAM no member has this id; no callback follows
 * @retval SA_AIS_ERR_TRY_AGAIN     this node has seen no view yet; no callback follows
 * Also LIBRARY and TIMEOUT: see libSaClm(7).
 */
SaAisErrorT saClmClusterNodeGetAsync(SaClmHandleT clmHandle, SaInvocationT invocation, SaClmNodeIdT nodeId);

#ifdef __cplusplus
}
#endif

#endif
