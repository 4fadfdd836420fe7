/* Lock Service: what the standard leaves out. A lock is believed by its holder until the holder is told otherwise; a holder that is cut off or
 * stopped may be told late, when another has the lock already. Two things help: to be told as soon as this node knows, and to give each
 * write the token of the lock under which it is made, to a resource that refuses a token below one it has seen. Link with -lSaLck. */
#ifndef AIS_LCK_H
#define AIS_LCK_H

#include <saLck.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A lock was lost: this node came into a view that decides nothing, or whose state is not this node's, and the cluster may have given the lock
 * to somebody else. Its id answers SA_AIS_ERR_NOT_EXIST and its resource handle SA_AIS_ERR_BAD_HANDLE from then on; stop what the lock
 * protects, then open the resource again. Called by saLckDispatch().
 *
 * @param lockId [in] of a lock that had been granted.
 * @param lockResourceHandle [in] the handle that it was held through.
 */
typedef void (*AisLckLostCallbackT)(SaLckLockIdT lockId, SaLckResourceHandleT lockResourceHandle);

/**
 * Registers the callback above for all locks of a handle, those held already included. Blocking, answered by this node's daemon alone.
 *
 * @param lckHandle [in]
 * @param lostCallback [in] NULL: none any more.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_BAD_HANDLE no handle of this process, or finalized
 * @retval SA_AIS_ERR_TIMEOUT    the daemon does not answer
 * @retval SA_AIS_ERR_LIBRARY    the daemon is gone
 * Also NO_MEMORY and NO_RESOURCES.
 */
SaAisErrorT aisLckLostCallbackSet(SaLckHandleT lckHandle, AisLckLostCallbackT lostCallback);

/** A fencing token. Of two holders of one resource the later one has the greater token, also across a cut, with quorum required. */
typedef struct {
	SaUint64T lineage;        /**< ring sequence of the view that granted: compared first */
	SaUint32T representative; /**< of that ring: compared next */
	SaUint64T grant;          /**< number of the grant: compared last */
} AisLckTokenT;

/**
 * Gives the token of a lock that has been granted.
 *
 * @param lockId [in]
 * @param token [out]
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM token is NULL
 * @retval SA_AIS_ERR_NOT_EXIST     no such lock, or unlocked
 * @retval SA_AIS_ERR_TRY_AGAIN     an asynchronous request whose grant callback has not run yet
 */
SaAisErrorT aisLckLockTokenGet(SaLckLockIdT lockId, AisLckTokenT *token);

/** Less than 0, 0, more than 0: the first is older than, the same as, younger than the second. */
int aisLckTokenCompare(const AisLckTokenT *one, const AisLckTokenT *other);

/* Of a later edition of the standard; libraries of openais export it, so programs linked against them find it here. */
typedef enum { SA_LCK_MAX_NUM_LOCKS_ID = 1 } SaLckLimitIdT;

typedef union {
	SaInt64T int64Value;
	SaUint64T uint64Value;
	SaTimeT timeValue;
	float floatValue;
	double doubleValue;
} AisLckLimitValueT;

/**
 * Tells a limit, as this node's configuration has it now (lck.client_locks_max).
 *
 * @param lckHandle [in]
 * @param limitId [in] SA_LCK_MAX_NUM_LOCKS_ID: locks, held and waiting, of one handle.
 * @param limitValue [out] uint64Value.
 * @retval SA_AIS_OK
 * @retval SA_AIS_ERR_INVALID_PARAM limitValue is NULL, another limitId
 * @retval SA_AIS_ERR_BAD_HANDLE    no handle of this process, or finalized
 * @retval SA_AIS_ERR_LIBRARY       the daemon has died
 * @retval SA_AIS_ERR_TIMEOUT       the daemon does not answer
 */
SaAisErrorT saLckLimitGet(SaLckHandleT lckHandle, SaLckLimitIdT limitId, AisLckLimitValueT *limitValue);

#ifdef __cplusplus
}
#endif

#endif
