#!/bin/bash
# `ais tmr list` against programs that have timers, on a real node. Last line: N passed, N failed, N skipped.
set -u
patience_s=${AIS_TMR_PATIENCE:-60}
passed=0 failed=0 skipped=0
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }
check() { if "${@:2}"; then echo "ok   $1"; passed=$((passed + 1)); else echo "FAIL $1"; failed=$((failed + 1)); fi; }

build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=${AIS_LAB_NAME:-ais-tmr}-$$
unset AIS_LAB_DIR
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-tmr.XXXXXX") || exit 1
lab() { "$build/core/tools/ais-lab" "$@"; }
trap 'lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
listed() { lab exec 1 -- ais tmr list "$@" >"$work/list"; }
has() { listed && grep -q "$1" "$work/list"; }
wait_until() { local -r end=$((SECONDS + patience_s)); until "$@"; do ((SECONDS < end)) || { cat "$work/list"; return 1; }; sleep 0.1; done; }

{ lab print-config 1; printf 'tmr {\n\tclients_max: 2\n}\n'; } >"$work/two.conf"
lab up 1 --config "$work/two.conf" --patience "$patience_s"
code=$?
((code != 77)) || { skipped=1; finish; }
check 'a node' test $code -eq 0
check 'nobody has timers' has '^0 clients$'

# Three timers within a second: the first is told at once, all of them by the first call that comes a second later.
mkfifo "$work/hold"
lab exec 1 -- bench-timers hold 3 <"$work/hold" >"$work/pid" &
exec 3>"$work/hold"
pid_told() { [[ -s $work/pid ]]; }
check 'a program starts three timers' wait_until pid_told
pid=$(<"$work/pid")
calls_and_has() { echo >&3; has "$1"; }
check 'it is listed with its process, and a later call tells all timers' wait_until calls_and_has "^client [0-9]*, user [0-9]*, process $pid: 3 timers, next "
check 'as JSON' listed --json
check 'JSON that others read' python3 -c 'import json,sys; [c] = json.load(open(sys.argv[1]))["clients"]; assert c["pid"] == int(sys.argv[2]) and c["timers"] == 3 and c["next_ns"] > c["told_ns"] - 10**9' "$work/list" "$pid"

# As many as the daemon takes: the next is refused, and who asks takes no place.
lab exec 1 -- bench-timers block 3 <"$work/hold" >"$work/pid-2" 3>&- &
pid_2_told() { [[ -s $work/pid-2 ]]; }
check 'a program that is inside a blocking dispatch, and calls no more' wait_until pid_2_told
no_place() { ! lab exec 1 -- bench-timers hold 0 </dev/null >"$work/refused" 2>&1 && grep -qx 'bench-timers: saTmrInitialize answers 18' "$work/refused"; }
check 'at the limit the next one is refused: NO_RESOURCES' no_place
check 'at the limit the list is told' has '^2 clients$'
check 'a blocking dispatch tells all timers' wait_until has "process $(<"$work/pid-2"): 3 timers, next "
exec 3>&-
check 'both gone' wait_until has '^0 clients$'
mkfifo "$work/hold-3"
lab exec 1 -- bench-timers hold 0 <"$work/hold-3" >"$work/pid-3" &
exec 3>"$work/hold-3"
pid_3_told() { [[ -s $work/pid-3 ]]; }
check 'a program without timers' wait_until pid_3_told
check 'it is listed with its process' has "process $(<"$work/pid-3"): 0 timers, told "
exec 3>&-
check 'gone with the program' wait_until has '^0 clients$'
finish
