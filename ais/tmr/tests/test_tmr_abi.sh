#!/bin/sh
# The library's names and versions, the module, and purity: see conformance/check/abi.sh.
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
{
	for function in ClockTickGet Dispatch Finalize Initialize PeriodicTimerSkip SelectionObjectGet TimeGet TimerAttributesGet TimerCancel \
		TimerRemainingTimeGet TimerReschedule TimerStart; do
		echo "saTmr$function@@OPENAIS_TMR_A.01.01"
	done
} | "$top/conformance/check/abi.sh" libSaTmr.so.3 tmr.so ais/tmr/tmr_timers.lo ais/tmr/tmr_messages.lo
