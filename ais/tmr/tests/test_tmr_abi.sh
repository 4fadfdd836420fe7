#!/bin/sh
# What a binary linked against openais 1.1 asks of libSaTmr: the soname, and each function under OPENAIS_TMR_A.01.01; nothing else is
# exported. And tmr_timers, which is called pure, is. Last line: 'N passed, N failed, N skipped'.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
passed=0
failed=0
verdict() {
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

ok=no
objdump -p .libs/libSaTmr.so.3 | grep -q 'SONAME *libSaTmr.so.3$' && ok=yes
verdict $ok "the soname is libSaTmr.so.3"

exported=$(nm -D --defined-only .libs/libSaTmr.so.3 | awk '$2 != "A" {print $3}' | sort | tr '\n' ' ')
wanted=
for function in ClockTickGet Dispatch Finalize Initialize PeriodicTimerSkip SelectionObjectGet TimeGet TimerAttributesGet TimerCancel \
	TimerRemainingTimeGet TimerReschedule TimerStart; do
	wanted="${wanted}saTmr$function@@OPENAIS_TMR_A.01.01 "
done
ok=no
[ "$exported" = "$wanted" ] && ok=yes
verdict $ok "exactly the twelve functions are exported: $exported"

ok=no
nm -D --defined-only .libs/tmr.so | grep -q ' aisle_service$' && ok=yes
verdict $ok "the module exports aisle_service"

ok=no
"$top/conformance/check/purity.sh" ais/tmr/tmr_timers.lo ais/tmr/tmr_messages.lo && ok=yes
verdict $ok "timers and messages are pure"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
