/* libSaTmr.so.3 with faults 13 to 16; see faulty.h. Each is one that a library of the field has shown, or could. */
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

/* 15: whatever the id. */
SaAisErrorT saTmrPeriodicTimerSkip(SaTmrHandleT tmrHandle, SaTmrTimerIdT timerId)
{
	__typeof__(&saTmrPeriodicTimerSkip) skip = real("saTmrPeriodicTimerSkip");
	const SaAisErrorT error = skip(tmrHandle, timerId);

	return has_fault(15) && error == SA_AIS_ERR_NOT_EXIST ? SA_AIS_OK : error;
}
