#!/bin/bash
# Clients killed at every step of every call, and with scribbled memory, beside one of three real daemons (deaths.c). LIVE_DEEP=yes: the
# long form. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

lab_up
lab exec 1 -- deaths $([[ ${LIVE_DEEP-} != yes ]] || echo --deep) >"$work/deaths"
sed '$d' "$work/deaths"
read -r p _ f _ < <(tail -n 1 "$work/deaths")
passed=$((passed + p)) failed=$((failed + f))
# What a library exports is what a client can die in, but for two that make no system call.
every_call_was_died_in()
{
	local call
	for call in $(nm -D --defined-only "$build"/.libs/libSa{Clm,Ckpt,Lck,Tmr}.so.3 | awk '$2 == "T" && $3 !~ /^(aisLckTokenCompare|saLckLimitGet)@/ { sub(/@.*/, "", $3); print $3 }' | sort -u); do
		grep -qw "$call" "$work/deaths" || { echo "     not in $call"; return 1; }
	done
}
shown 'clients died in every call that the libraries export' every_call_was_died_in
nothing_is_left()
{
	lab exec 1 -- ais ckpt list >"$work/list" && ! grep -v '^honest' "$work/list"
}
shown 'no checkpoint of the dead is left' nothing_is_left
shown 'no lock of the dead is left' eval '[[ -z $(lab exec 1 -- ais lck list | grep victim) ]]'
for service in ckpt lck; do shown "$service: replicas are equal" wait_until digests_are_equal "$service" "${every[@]}"; done
shown 'all nodes are in sync' lab wait --patience "$patience_s"
end
