#!/bin/bash
# `ais lck list` and `ais lck show` on one real daemon. Last line: N passed, N failed, N skipped.
set -u
passed=0 failed=0 skipped=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
not_ok() { echo "FAIL $1"; failed=$((failed + 1)); }
check() { local -r what=$1; shift; if "$@"; then ok "$what"; else not_ok "$what: $*"; fi; }
ends_with() { local -r code=$1; shift; "$@" >"$work/said" 2>&1; local -r got=$?; ((got == code)) || { cat "$work/said"; echo "exit code $got"; return 1; }; }
says() { [ "$(eval "$2" 2>&1)" = "$1" ] || { echo "says: $(eval "$2" 2>&1)"; return 1; }; }

eventually() { local -r end=$((SECONDS + 60)); until says "$@" >/dev/null; do ((SECONDS < end)) || { says "$@"; return 1; }; sleep 0.1; done; }

build=${AISLE_BUILD:-$PWD}
sources=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-lck-XXXXXX") || exit 1
export AISLE_INSTANCE=ais-lck-$$ AISLE_RUN_DIR=$work/run AISLE_STATE_DIR=$work/state AISLE_SOCKET=$work/ipc.sock AISLE_PLUGIN_DIR=$build/.libs
unset AISLE_CONFIG AISLE_NODEID
daemon=
trap 'exec 7>&- 8>&-; [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; }; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
ais() { "$build/core/tools/ais" "$@"; }

check 'no daemon: 3' ends_with 3 ais lck list
check 'run without a daemon: 3, and says so' eval "ends_with 3 ais lck run free true && grep -q \"no lock 'free'\" '$work/said'"
check 'run --quiet without a daemon: 3, without a word' eval "ends_with 3 ais lck run --quiet free true && test ! -s '$work/said'"
check 'run --try and --wait exclude each other: usage' eval "ends_with 2 ais lck run --try --wait 1 free true && grep -q -- --wait '$work/said'"
"$build/core/daemon/aisexec" >"$work/aisexec.log" 2>&1 &
daemon=$!
ais status --wait serving --patience 60 >/dev/null || { not_ok "the daemon serves: $(tail -n 5 "$work/aisexec.log")"; exit 1; }

# Holds until its input, descriptor $1, ends.
holder() # DESCRIPTOR ARGUMENT...
{
	local -r descriptor=$1 fifo=$work/holder.$1
	shift
	mkfifo "$fifo" "$fifo.said"
	"$build/core/tools/tests/lck_holder" "$@" <"$fifo" >"$fifo.said" &
	eval "exec $descriptor>\"\$fifo\""
	read -r word <"$fifo.said" && [ "$word" = ready ]
}

check 'nothing there' says '' 'ais lck list'
check 'no lock of that name: 8' ends_with 8 ais lck show none
check 'and it says so' grep -q 'no lock none' "$work/said"
check 'an empty name: usage' ends_with 2 ais lck show ''
check 'a name too long: usage' ends_with 2 ais lck show "$(printf 'x%.0s' {1..257})"
check 'shared locks, orphans to be, and exclusive requests that wait' holder 7 many 600 300 2 40
check 'list: all resources, page by page' says 601 'ais lck list | wc -l'
check 'list: who holds, waits and has it open' says 'many: shared, 302 held, 40 waiting, 2 opens' "ais lck list | grep '^many:'"
check 'list: what is free' says 'many-0007: free, 0 waiting, 1 open' "ais lck list | grep '^many-0007:'"
check 'show: held ones and those that wait, page by page' says 342 'ais lck show many | wc -l'
check 'show: held first' says '302 40' "ais lck show many | awk '/^held/ && waits == 0 {held++} /^waits/ {waits++} END {print held, waits}'"
check 'show: each with a token of its own' says 302 "ais lck show many | sed -n 's/.*token //p' | sort -u | wc -l"
check 'run --try of one that is held: 9, and says so' eval "ends_with 9 ais lck run --try many true && grep -q 'somebody holds' '$work/said'"
check 'run --try --quiet: without a word' eval "ends_with 9 ais lck run --try --quiet many true && test ! -s '$work/said'"
check 'show: what becomes an orphan' says 2 "ais lck show many | grep -c 'becomes an orphan'"
check 'list as JSON' says '601 302 40' "ais lck list --json | python3 -c 'import json, sys; r = json.load(sys.stdin)[\"resources\"]; print(len(r), r[0][\"held\"], r[0][\"waiting\"])'"
check 'show as JSON' says '342 many held waits' "ais lck show many --json | python3 -c 'import json, sys; d = json.load(sys.stdin); l = d[\"locks\"]; print(len(l), d[\"name\"], l[0][\"state\"], l[-1][\"state\"])'"

fits() { ais "$@" --json >"$work/json"; python3 "$sources/core/tools/tests/json_fits.py" "$sources/docs/schema/ais-1.json" "$1${2:+ $2}" "$work/json"; }
check 'list --json is as its schema says' fits lck list
check 'status --json of one node is as its schema says' fits status
check 'show --json is as its schema says' eval "ais lck show many --json >'$work/show' && python3 '$sources/core/tools/tests/json_fits.py' '$sources/docs/schema/ais-1.json' 'lck show' '$work/show'"
printf '{"schema": 2, "resources": [{"id": 1}], "more": 0}' >"$work/wrong"
check 'what is not as the schema says is found' ends_with 1 python3 "$sources/core/tools/tests/json_fits.py" "$sources/docs/schema/ais-1.json" 'lck list' "$work/wrong"
check 'number, kind, lacking and unnamed members' test "$(grep -c 'none of 1\|is no string\|no held\|does not name' "$work/said")" -eq 4
exec 7>&-
check 'the holder has gone' eventually 'many: shared, 2 held, 2 of them orphans, 0 waiting, 0 opens' "ais lck list | grep '^many:'"
check 'another holder behind the orphans' holder 8 many 0 1 0 0
check 'orphans stay, and only they' says 'many: shared, 3 held, 2 of them orphans, 0 waiting, 2 opens' "ais lck list | grep '^many:'"
check 'show: orphans' says 2 "ais lck show many | grep -c '^orphan  shared     left by node'"
check 'arguments that are none: 2' ends_with 2 ais lck list more
check '--help' ends_with 0 ais lck show --help
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
