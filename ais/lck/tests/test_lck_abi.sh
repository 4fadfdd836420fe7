#!/bin/sh
# What a binary linked against openais 1.1 asks of libSaLck: the soname, and each function under OPENAIS_LCK_B.01.01; beside them
# the extensions of aisLck.h, nothing else. And the state, which is called pure, is. Last line: 'N passed, N failed, N skipped'.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
passed=0
failed=0
verdict() {
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

ok=no
objdump -p .libs/libSaLck.so.3 | grep -q 'SONAME *libSaLck.so.3$' && ok=yes
verdict $ok "the soname is libSaLck.so.3"

exported=$(nm -D --defined-only .libs/libSaLck.so.3 | awk '$2 != "A" {print $3}' | sort | tr '\n' ' ')
wanted=$(
	for function in Dispatch Finalize Initialize LimitGet LockPurge OptionCheck ResourceClose ResourceLock ResourceLockAsync ResourceOpen \
		ResourceOpenAsync ResourceUnlock ResourceUnlockAsync SelectionObjectGet; do
		echo "saLck$function@@OPENAIS_LCK_B.01.01"
	done
	for function in LockTokenGet LostCallbackSet TokenCompare; do
		echo "aisLck$function@@AISLE_LCK_B.01.01"
	done
)
wanted=$(echo "$wanted" | sort | tr '\n' ' ')
ok=no
[ "$exported" = "$wanted" ] && ok=yes
verdict $ok "exactly the functions of the standard and the extensions are exported: $exported"

ok=no
nm -D --defined-only .libs/lck.so | grep -q ' aisle_service$' && ok=yes
verdict $ok "the module exports aisle_service"

ok=no
"$top/conformance/check/purity.sh" ais/lck/lck_state.lo ais/lck/lck_resource.lo ais/lck/lck_lock.lo ais/lck/lck_deadlock.lo \
	ais/lck/lck_transfer.lo ais/lck/lck_messages.lo && ok=yes
verdict $ok "state and messages are pure"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
