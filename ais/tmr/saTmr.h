/* Timer Service: the public header (SAI-AIS-TMR-A.01.01). Link with -lSaTmr; pkg-config: libSaTmr. */
#ifndef _SA_TMR_H
#define _SA_TMR_H

#include <saAis.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef SaUint64T SaTmrHandleT;
typedef SaUint64T SaTmrTimerIdT; /**< never 0; known to the handle that started the timer and to no other */

/** How the first expiration is given. Not durations, for all that their names begin like those of saAis.h. */
typedef enum {
	SA_TIME_ABSOLUTE = 1, /**< a time since 1970-01-01 00:00:00 UTC; follows the wall clock when that is set */
	SA_TIME_DURATION = 2  /**< from the call on; does not */
} SaTmrTimeTypeT;

typedef struct {
	SaTmrTimeTypeT type;           /**< of the next field */
	SaTimeT initialExpirationTime; /**< the first expiration, ns */
	SaTimeT timerPeriodDuration;   /**< 0: a single event timer; > 0: one more expiration each so many ns, always a duration */
} SaTmrTimerAttributesT;

/**
 * A timer has expired. Called by saTmrDispatch(), in the order of expirations. However many expirations of one timer have passed without
 * a dispatch, they make one call. A single event timer exists no more when its callback begins.
 *
 * @param timerId [in] as saTmrTimerStart() gave it.
 * @param timerData [in] as given to saTmrTimerStart(), bit-exact.
 * @param expirationCount [in] expirations since the timer was started, this one and those that were merged into it included, skipped ones not.
 */
typedef void (*SaTmrTimerExpiredCallbackT)(SaTmrTimerIdT timerId, const void *timerData, SaUint64T expirationCount);

/** A NULL member is a callback that is not registered. */
typedef struct {
	SaTmrTimerExpiredCallbackT saTmrTimerExpiredCallback;
} SaTmrCallbacksT;

/**
 * Registers the caller with the service. Blocking. Each success gives another handle with timers of its own. The daemon on this node must
 * run: it counts the clients; timers themselves are the library's and ask nobody, quorate or not.
 *
 * @param tmrHandle [out] the handle.
 * @param timerCallbacks [in] copied; NULL: no callback, then no timer can be started.
 * @param version [in,out] release A, major up to 1, any minor; on OK and on VERSION the version that this library offers, A.1.1.
 * @retval SA_AIS_OK                the handle is valid until saTmrFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM tmrHandle or version is NULL
 * @retval SA_AIS_ERR_VERSION       not offered; *version says what is. The release of this service is A, not B
 * @retval SA_AIS_ERR_TRY_AGAIN     no daemon on this node, or it is not ready
 * @retval SA_AIS_ERR_NO_RESOURCES  too many clients, or no descriptors, or a daemon without this service
 * @retval SA_AIS_ERR_NO_MEMORY     no memory
 * @retval SA_AIS_ERR_ACCESS        the daemon's rules shut this user out
 * @retval SA_AIS_ERR_LIBRARY       AISLE_INSTANCE is not usable, or the daemon speaks another format
 */
SaAisErrorT saTmrInitialize(SaTmrHandleT *tmrHandle, const SaTmrCallbacksT *timerCallbacks, SaVersionT *version);

/**
 * Gives the descriptor that is readable exactly while an expiration waits for a dispatch, or the daemon is gone. The same one for the
 * handle's life; not to be read from or closed.
 *
 * @param tmrHandle [in]
 * @param selectionObject [out] for poll(2) and the like.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM selectionObject is NULL
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrSelectionObjectGet(SaTmrHandleT tmrHandle, SaSelectionObjectT *selectionObject);

/**
 * Runs callbacks in the calling thread: the oldest one that waits (SA_DISPATCH_ONE), all that wait as the call begins (SA_DISPATCH_ALL), or
 * those that come until the handle is finalized (SA_DISPATCH_BLOCKING). ONE and ALL do not wait.
 *
 * @param tmrHandle [in]
 * @param dispatchFlags [in] one of the three.
 * @retval SA_AIS_OK                also when nothing waited, and when BLOCKING ends by saTmrFinalize()
 * @retval SA_AIS_ERR_INVALID_PARAM other flags
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrDispatch(SaTmrHandleT tmrHandle, SaDispatchFlagsT dispatchFlags);

/**
 * Ends the handle and all its timers; no callback begins after it. May be called by a callback.
 *
 * @param tmrHandle [in]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_BAD_HANDLE no handle of this process, or finalized
 */
SaAisErrorT saTmrFinalize(SaTmrHandleT tmrHandle);

/**
 * Starts a timer. No expiration comes before its time; how much later depends on the machine and on who dispatches. The k-th expiration
 * of a periodic timer is due k - 1 periods after the first one, however late any was handed out.
 *
 * @param tmrHandle [in] initialized with the callback.
 * @param timerAttributes [in] copied. ABSOLUTE: a time to come (SA_TIME_MAX: never); DURATION: more than 0, and not beyond SA_TIME_MAX
 *        from now.
 * @param timerData [in] given back by the callback and by saTmrTimerCancel(); never looked at; may be NULL.
 * @param timerId [out] the timer; stored before its callback can run.
 * @param callTime [out] the time of the call, ns since 1970.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INIT          the handle has no callback
 * @retval SA_AIS_ERR_INVALID_PARAM a pointer but timerData is NULL, or the attributes are none of those above
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_NO_MEMORY     no memory
 * @retval SA_AIS_ERR_NO_RESOURCES  no descriptor for the wall clock: the handle's first ABSOLUTE timer needs one
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 * On an error nothing is stored.
 */
SaAisErrorT saTmrTimerStart(SaTmrHandleT tmrHandle, const SaTmrTimerAttributesT *timerAttributes, const void *timerData,
                            SaTmrTimerIdT *timerId, SaTimeT *callTime);

/**
 * Gives a timer another first expiration and period. Its id, its data and its count of expirations stay; an expiration of a periodic timer
 * that waits for a dispatch is counted and not handed out.
 *
 * @param tmrHandle [in]
 * @param timerId [in]
 * @param timerAttributes [in] as for saTmrTimerStart(); a periodic timer stays periodic, a single event timer one.
 * @param callTime [out] the time of the call, ns since 1970.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM a pointer is NULL, or the attributes are not such
 * @retval SA_AIS_ERR_NOT_EXIST     no such timer of this handle, or a single event timer that has expired: its callback comes
 * @retval SA_AIS_ERR_NO_RESOURCES  as with saTmrTimerStart()
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrTimerReschedule(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, const SaTmrTimerAttributesT *timerAttributes,
                                 SaTimeT *callTime);

/**
 * Ends a timer. OK means that its callback does not begin any more, even if it had expired.
 *
 * @param tmrHandle [in]
 * @param timerId [in]
 * @param timerDataP [out] what saTmrTimerStart() was given, for the caller to free.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM timerDataP is NULL; the timer runs on
 * @retval SA_AIS_ERR_NOT_EXIST     no such timer of this handle, or a single event timer whose callback has begun; nothing is stored
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrTimerCancel(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, void **timerDataP);

/**
 * Leaves out the next expiration of a periodic timer; later ones keep their times. n calls leave out n. One that waits for a dispatch is
 * counted and not handed out, and the next one is left out.
 *
 * @param tmrHandle [in]
 * @param timerId [in]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_NOT_EXIST  no such timer of this handle, or a single event timer
 * @retval SA_AIS_ERR_BAD_HANDLE no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY    the daemon is gone
 */
SaAisErrorT saTmrPeriodicTimerSkip(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId);

/**
 * Tells how long it is until a timer expires next.
 *
 * @param tmrHandle [in]
 * @param timerId [in]
 * @param remainingTime [out] ns; 0 while an expiration waits for a dispatch.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM remainingTime is NULL
 * @retval SA_AIS_ERR_NOT_EXIST     no such timer of this handle; nothing is stored
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrTimerRemainingTimeGet(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, SaTimeT *remainingTime);

/**
 * Gives a timer's attributes as they were last set, not as they stand after expirations and skips.
 *
 * @param tmrHandle [in]
 * @param timerId [in]
 * @param timerAttributes [out]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM timerAttributes is NULL
 * @retval SA_AIS_ERR_NOT_EXIST     no such timer of this handle; nothing is stored
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrTimerAttributesGet(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, SaTmrTimerAttributesT *timerAttributes);

/**
 * Tells the time on the clock of ABSOLUTE timers and of callTime.
 *
 * @param tmrHandle [in]
 * @param currentTime [out] ns since 1970-01-01 00:00:00 UTC.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM currentTime is NULL
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrTimeGet(SaTmrHandleT tmrHandle, SaTimeT *currentTime);

/**
 * Tells how fine the service's clock is.
 *
 * @param tmrHandle [in]
 * @param clockTick [out] ns, more than 0.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM clockTick is NULL
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon is gone
 */
SaAisErrorT saTmrClockTickGet(SaTmrHandleT tmrHandle, SaTimeT *clockTick);

#ifdef __cplusplus
}
#endif

#endif
