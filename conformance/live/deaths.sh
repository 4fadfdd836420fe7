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
nothing_is_left()
{
	lab exec 1 -- ais ckpt list >"$work/list" && ! grep -v '^honest' "$work/list"
}
shown 'no checkpoint of the dead is left' nothing_is_left
shown 'no lock of the dead is left' eval '[[ -z $(lab exec 1 -- ais lck list | grep victim) ]]'
shown 'all nodes are in sync' lab wait --patience "$patience_s"
end
