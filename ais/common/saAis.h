/**
 * Types and constants that all AIS services share (SAI-AIS, B.01.01). Each service's header includes this one.
 *
 * Layouts are those of the machine: enums have four octets, handles and times eight. They are never sent anywhere as they stand.
 */
#ifndef _SA_AIS_H
#define _SA_AIS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Integers of exactly the width in their name. */
typedef int8_t SaInt8T;
typedef int16_t SaInt16T;
typedef int32_t SaInt32T;
typedef int64_t SaInt64T;
typedef uint8_t SaUint8T;
typedef uint16_t SaUint16T;
typedef uint32_t SaUint32T;
typedef uint64_t SaUint64T;
typedef float SaFloatT;
typedef double SaDoubleT;
typedef char *SaStringT;

typedef enum { SA_FALSE = 0, SA_TRUE = 1 } SaBoolT;

/** Nanoseconds: a duration, or a time since 1970-01-01 00:00:00 UTC. Signed; the only legal negative value is SA_TIME_UNKNOWN. */
typedef SaInt64T SaTimeT;
/** Octets; 64 bits on every machine. */
typedef SaUint64T SaSizeT;
typedef SaUint64T SaOffsetT;
/** The caller's own value, echoed bit-exact in the callback of an asynchronous call. */
typedef SaUint64T SaInvocationT;
/** A file descriptor for poll() or select(): readable while callbacks are pending. */
typedef SaUint64T SaSelectionObjectT;

/** As a duration: for ever. As a time: never. */
#define SA_TIME_END ((SaTimeT)0x7FFFFFFFFFFFFFFFLL)
#define SA_TIME_MAX SA_TIME_END
#define SA_TIME_BEGIN ((SaTimeT)0)
/** The one negative value that is a time. */
#define SA_TIME_UNKNOWN ((SaTimeT)(-0x7FFFFFFFFFFFFFFFLL - 1))
#define SA_TIME_ONE_MICROSECOND ((SaTimeT)1000)
#define SA_TIME_ONE_MILLISECOND ((SaTimeT)1000000)
#define SA_TIME_ONE_SECOND ((SaTimeT)1000000000)
#define SA_TIME_ONE_MINUTE ((SaTimeT)60000000000LL)
#define SA_TIME_ONE_HOUR ((SaTimeT)3600000000000LL)
#define SA_TIME_ONE_DAY ((SaTimeT)86400000000000LL)

/** Octets in a name at most. */
#define SA_MAX_NAME_LENGTH 256

/** What a Track call is to report (overview 3.3.12). CHANGES and CHANGES_ONLY exclude each other; each goes with CURRENT. */
#define SA_TRACK_CURRENT 0x01      /**< the state now: in the caller's buffer, or by one callback */
#define SA_TRACK_CHANGES 0x02      /**< at each change, all entities */
#define SA_TRACK_CHANGES_ONLY 0x04 /**< at each change, those that changed */

/** Never a valid handle. */
#define SA_HANDLE_INVALID 0

/** A name: `length` octets of `value`, no terminator; what stands behind them is undefined. */
typedef struct {
	SaUint16T length;
	SaUint8T value[SA_MAX_NAME_LENGTH];
} SaNameT;

/** A service's version: in, what is required; out, what is served. */
typedef struct {
	SaUint8T releaseCode; /**< an ASCII capital */
	SaUint8T majorVersion; /**< from 1 */
	SaUint8T minorVersion; /**< from 1; of a required version it is ignored */
} SaVersionT;

/** What a service's Dispatch call does (overview 3.3.13). Callbacks run in the calling thread, with no lock of the library held. */
typedef enum {
	SA_DISPATCH_ONE = 1,     /**< runs one pending callback, or returns at once if there is none */
	SA_DISPATCH_ALL = 2,     /**< runs all pending callbacks, or returns at once if there is none */
	SA_DISPATCH_BLOCKING = 3 /**< runs callbacks as they come, until the handle is finalized: then SA_AIS_OK */
} SaDispatchFlagsT;

/**
 * What every call returns (overview 3.3.16). Any of them may return SA_AIS_ERR_LIBRARY, SA_AIS_ERR_TIMEOUT and
 * SA_AIS_ERR_TRY_AGAIN; any that takes a handle SA_AIS_ERR_BAD_HANDLE. Success is 1: compare with SA_AIS_OK, never with 0.
 */
typedef enum {
	SA_AIS_OK = 1,
	SA_AIS_ERR_LIBRARY = 2,              /**< the daemon is gone; the handle is good for Finalize alone, from now on */
	SA_AIS_ERR_VERSION = 3,              /**< the required version is not served; what is was written back */
	SA_AIS_ERR_INIT = 4,                 /**< a callback that this call needs was not given at Initialize */
	SA_AIS_ERR_TIMEOUT = 5,              /**< no answer in time: whether it was done is not known */
	SA_AIS_ERR_TRY_AGAIN = 6,            /**< cannot be served now, nothing was done */
	SA_AIS_ERR_INVALID_PARAM = 7,        /**< a parameter is wrong */
	SA_AIS_ERR_NO_MEMORY = 8,            /**< the library's or the daemon's memory is used up */
	SA_AIS_ERR_BAD_HANDLE = 9,           /**< not a handle, not one any more, or inherited through fork() */
	SA_AIS_ERR_BUSY = 10,                /**< the resource is in use */
	SA_AIS_ERR_ACCESS = 11,              /**< not permitted, or not opened for this */
	SA_AIS_ERR_NOT_EXIST = 12,           /**< what is named does not exist */
	SA_AIS_ERR_NAME_TOO_LONG = 13,       /**< a name is too long */
	SA_AIS_ERR_EXIST = 14,               /**< what is to be made exists already */
	SA_AIS_ERR_NO_SPACE = 15,            /**< the caller's buffer is too small, or a capacity is used up */
	SA_AIS_ERR_INTERRUPT = 16,           /**< cancelled by a timeout or an interrupt */
	SA_AIS_ERR_NAME_NOT_FOUND = 17,      /**< reserved, never returned */
	SA_AIS_ERR_NO_RESOURCES = 18,        /**< a resource other than memory is used up */
	SA_AIS_ERR_NOT_SUPPORTED = 19,       /**< the function is not supported */
	SA_AIS_ERR_BAD_OPERATION = 20,       /**< not allowed in this state */
	SA_AIS_ERR_FAILED_OPERATION = 21,    /**< it failed */
	SA_AIS_ERR_MESSAGE_ERROR = 22,       /**< a message could not be sent or received */
	SA_AIS_ERR_QUEUE_FULL = 23,          /**< (MSG) the queue has no room */
	SA_AIS_ERR_QUEUE_NOT_AVAILABLE = 24, /**< (MSG) nobody has the queue open */
	SA_AIS_ERR_BAD_FLAGS = 25,           /**< flags that are unknown or do not go together */
	SA_AIS_ERR_TOO_BIG = 26,             /**< a value above what is permitted */
	SA_AIS_ERR_NO_SECTIONS = 27          /**< (CKPT) no more sections that match */
} SaAisErrorT;

/** A limit that a service tells; which member holds it is said with the limit's name. */
typedef union {
	SaInt64T int64Value;
	SaUint64T uint64Value;
	SaTimeT timeValue;
	SaFloatT floatValue;
	SaDoubleT doubleValue;
} SaLimitValueT;

#ifdef __cplusplus
}
#endif

#endif
