/* libSaTmr.so.3 with faults 13 to 16 and 25 to 28; see faulty.h. Each is one that a library of the field has shown, or could. */
#include "conformance/suite/faulty/faulty.h"

#include "saTmr.h"

/* 16: the minor version stays as asked. */
SaAisErrorT saTmrInitialize(SaTmrHandleT *tmrHandle, const SaTmrCallbacksT *timerCallbacks, SaVersionT *version)
{
	__typeof__(&saTmrInitialize) initialize = real("saTmrInitialize");
	const SaUint8T minor = version == NULL ? 0 : version->minorVersion;
	const SaAisErrorT error = initialize(tmrHandle, timerCallbacks, version);

	if (has_fault(16) && error == SA_AIS_OK)
		version->minorVersion = minor;
	return error;
}

/* 13: the timer may be gone already. */
SaAisErrorT saTmrTimerCancel(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, void **timerDataP)
{
	__typeof__(&saTmrTimerCancel) cancel = real("saTmrTimerCancel");
	const SaAisErrorT error = cancel(tmrHandle, timerId, timerDataP);

	return has_fault(13) && error == SA_AIS_ERR_NOT_EXIST ? SA_AIS_OK : error;
}

/* 14: a tenth too early. */
SaAisErrorT saTmrTimerStart(SaTmrHandleT tmrHandle, const SaTmrTimerAttributesT *timerAttributes, const void *timerData,
                            SaTmrTimerIdT *timerId, SaTimeT *callTime)
{
	__typeof__(&saTmrTimerStart) start = real("saTmrTimerStart");
	SaTmrTimerAttributesT spoiled;

	if (!has_fault(14) || timerAttributes == NULL || timerAttributes->type != SA_TIME_DURATION)
		return start(tmrHandle, timerAttributes, timerData, timerId, callTime);
	spoiled = *timerAttributes;
	spoiled.initialExpirationTime -= spoiled.initialExpirationTime / 10;
	return start(tmrHandle, &spoiled, timerData, timerId, callTime);
}

/* 15: whatever the id. 26: once more. */
SaAisErrorT saTmrPeriodicTimerSkip(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId)
{
	__typeof__(&saTmrPeriodicTimerSkip) skip = real("saTmrPeriodicTimerSkip");
	const SaAisErrorT error = skip(tmrHandle, timerId);

	if (has_fault(26) && error == SA_AIS_OK)
		skip(tmrHandle, timerId);
	return has_fault(15) && error == SA_AIS_ERR_NOT_EXIST ? SA_AIS_OK : error;
}

/* 25: the old schedule stays beside the new one. */
SaAisErrorT saTmrTimerReschedule(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, const SaTmrTimerAttributesT *timerAttributes, SaTimeT *callTime)
{
	__typeof__(&saTmrTimerReschedule) reschedule = real("saTmrTimerReschedule");
	__typeof__(&saTmrTimerAttributesGet) attributes_get = real("saTmrTimerAttributesGet");
	__typeof__(&saTmrTimerStart) start = real("saTmrTimerStart");
	SaTmrTimerAttributesT old;
	SaTmrTimerIdT id;
	SaTimeT at;

	if (has_fault(25) && attributes_get(tmrHandle, timerId, &old) == SA_AIS_OK)
		start(tmrHandle, &old, NULL, &id, &at);
	return reschedule(tmrHandle, timerId, timerAttributes, callTime);
}

/* 27: not what was asked for. */
SaAisErrorT saTmrTimerRemainingTimeGet(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId, SaTimeT *remainingTime)
{
	__typeof__(&saTmrTimerRemainingTimeGet) remaining_get = real("saTmrTimerRemainingTimeGet");
	const SaAisErrorT error = remaining_get(tmrHandle, timerId, remainingTime);

	if (has_fault(27) && error == SA_AIS_OK && *remainingTime > 10 * SA_TIME_ONE_SECOND)
		*remainingTime -= 10 * SA_TIME_ONE_SECOND;
	return error;
}

/* 28: the handle is gone when it returns. */
SaAisErrorT saTmrDispatch(SaTmrHandleT tmrHandle, SaDispatchFlagsT dispatchFlags)
{
	__typeof__(&saTmrDispatch) dispatch = real("saTmrDispatch");
	const SaAisErrorT error = dispatch(tmrHandle, dispatchFlags);

	return has_fault(28) && dispatchFlags == SA_DISPATCH_BLOCKING && error == SA_AIS_OK ? SA_AIS_ERR_BAD_HANDLE : error;
}
