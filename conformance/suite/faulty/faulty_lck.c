/* libSaLck.so.3 with faults 17 to 24; see faulty.h. Each is one that a library of the field has shown, or could. */
#include "conformance/suite/faulty/faulty.h"

#include "saLck.h"

/* 17: exclusive is shared. 19: no lock outlives its holder. 18: no cycle is seen: one waits to the timeout. 21: what was not granted in time
 * is still asked for. 22: the handle has the lock already, and has it again. 24: who asks twice loses what it has. */
SaAisErrorT saLckResourceLock(SaLckResourceHandleT lockResourceHandle, SaLckLockIdT *lockId, SaLckLockModeT lockMode,
                              SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal, SaTimeT timeout, SaLckLockStatusT *lockStatus)
{
	__typeof__(&saLckResourceLock) lock = real("saLckResourceLock");
	__typeof__(&saLckResourceLockAsync) lock_async = real("saLckResourceLockAsync");
	const SaLckLockModeT mode = has_fault(17) && lockMode == SA_LCK_EX_LOCK_MODE ? SA_LCK_PR_LOCK_MODE : lockMode;
	const SaLckLockFlagsT flags = has_fault(19) ? lockFlags & ~(SaLckLockFlagsT)SA_LCK_LOCK_ORPHAN : lockFlags;
	const SaAisErrorT error = lock(lockResourceHandle, lockId, mode, flags, waiterSignal, timeout, lockStatus);
	static SaLckLockIdT leaked, granted;

	if (has_fault(21) && error == SA_AIS_ERR_TIMEOUT)
		lock_async(lockResourceHandle, 0, &leaked, mode, flags, waiterSignal);
	if (has_fault(18) && error == SA_AIS_OK && *lockStatus == SA_LCK_LOCK_DEADLOCK)
		return SA_AIS_ERR_TIMEOUT;
	if (has_fault(24) && error == SA_AIS_OK && *lockStatus == SA_LCK_LOCK_DUPLICATE_EX)
		((__typeof__(&saLckResourceUnlock))real("saLckResourceUnlock"))(granted, 0);
	else if (error == SA_AIS_OK && *lockStatus == SA_LCK_LOCK_GRANTED)
		granted = *lockId;
	if (has_fault(22) && error == SA_AIS_OK && *lockStatus == SA_LCK_LOCK_DUPLICATE_EX)
		*lockStatus = SA_LCK_LOCK_GRANTED;
	return error;
}

/* 20: whatever the id. */
SaAisErrorT saLckResourceUnlock(SaLckLockIdT lockId, SaTimeT timeout)
{
	__typeof__(&saLckResourceUnlock) unlock = real("saLckResourceUnlock");
	const SaAisErrorT error = unlock(lockId, timeout);

	return has_fault(20) && error == SA_AIS_ERR_NOT_EXIST ? SA_AIS_OK : error;
}

/* 23: the id is told with the grant only. */
SaAisErrorT saLckResourceLockAsync(SaLckResourceHandleT lockResourceHandle, SaInvocationT invocation, SaLckLockIdT *lockId,
                                   SaLckLockModeT lockMode, SaLckLockFlagsT lockFlags, SaLckWaiterSignalT waiterSignal)
{
	__typeof__(&saLckResourceLockAsync) lock_async = real("saLckResourceLockAsync");
	SaLckLockIdT id;

	return lock_async(lockResourceHandle, invocation, has_fault(23) && lockId != NULL ? &id : lockId, lockMode, lockFlags, waiterSignal);
}
