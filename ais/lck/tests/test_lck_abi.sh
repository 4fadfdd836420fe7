#!/bin/sh
# The library's names and versions, the module, and purity: see conformance/check/abi.sh.
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
{
	for function in Dispatch Finalize Initialize LimitGet LockPurge OptionCheck ResourceClose ResourceLock ResourceLockAsync ResourceOpen \
		ResourceOpenAsync ResourceUnlock ResourceUnlockAsync SelectionObjectGet; do
		echo "saLck$function@@OPENAIS_LCK_B.01.01"
	done
	for function in LockTokenGet LostCallbackSet TokenCompare; do
		echo "aisLck$function@@AISLE_LCK_B.01.01"
	done
} | "$top/conformance/check/abi.sh" libSaLck.so.3 lck.so ais/lck/lck_state.lo ais/lck/lck_resource.lo ais/lck/lck_lock.lo ais/lck/lck_deadlock.lo \
	ais/lck/lck_transfer.lo ais/lck/lck_messages.lo
