#!/bin/bash
# One leader on three nodes, whatever dies: started in ais-lab, its command, its node and its network taken away. And a job as cron would start it,
# on all nodes at once, that runs on one. Asserts what it shows. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
readonly patience_s=120
build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=${AIS_LAB_NAME:-singleton}-$$
unset AIS_LAB_DIR
lab() { if [[ -x $build/core/tools/ais-lab ]]; then "$build/core/tools/ais-lab" "$@"; else ais-lab "$@"; fi; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-singleton.XXXXXX") || exit 1
trap 'lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

declare -a jobs=()
passed=0 failed=0 skipped=0
shown() { if "${@:2}"; then echo "ok   $1"; passed=$((passed + 1)); else echo "FAIL $1"; failed=$((failed + 1)); fi; }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }
wait_until() { local -r end=$((SECONDS + patience_s)); until "$@"; do ((SECONDS < end)) || return 1; sleep 0.1; done; }

lab up 3
case $? in 0) ;; 77) skipped=1; finish ;; *) failed=1; finish ;; esac

# The same line on every node; whoever has the lock runs the worker, the others wait. --again: also after a loss.
candidate() { lab exec "$1" -- ais lck run --again leader -- "$here/worker.sh" "$work/ledger" 2>>"$work/words" & }
last() { tail -n 1 "$work/ledger" 2>/dev/null; }
leader() { last | sed 's/.* node-\([0-9]*\) .*/\1/'; }
leads_another() { local -r now=$(leader); [[ -n $now && $now != "$1" ]]; }
for node in 1 2 3; do candidate $node; done
shown 'somebody leads' wait_until leads_another 0

before=$(leader)
echo "     node $before leads; its worker and its tool are killed"
read -r _ _ _ worker tool < <(last)
lab exec "$before" -- kill -KILL "$tool" "$worker" 2>/dev/null # the worker may be gone with the tool already
shown 'another leads' wait_until leads_another "$before"
candidate "$before"

before=$(leader)
echo "     node $before leads; the node is killed"
lab kill "$before"
shown 'another leads' wait_until leads_another "$before"
lab start "$before"
candidate "$before"
shown 'all nodes are in sync again' lab wait

before=$(leader)
echo "     node $before leads; it is cut off"
lab cut "$before"
shown 'another leads' wait_until leads_another "$before"
shown 'who was cut off is told' wait_until grep -q 'is lost' "$work/words"
lab heal
shown 'all nodes are in sync again' lab wait

ledger_is_in_order() { cut -d' ' -f1 "$work/ledger" | sort -t. -n -k1,1 -k2,2 -k3,3 -c; }
shown "the ledger: $(cut -d' ' -f1 "$work/ledger" | uniq | wc -l) leaders in $(wc -l <"$work/ledger") lines, no line from an older one behind a younger" ledger_is_in_order

# cron, at one moment on every node: the lock is held as long as the job runs, and who does not get it does nothing.
for node in 1 2 3; do
	lab exec $node -- ais lck run --try --quiet nightly -- sh -c 'echo "$(hostname)" >>"$0"; until [ -e "$0.end" ]; do sleep 0.1; done' "$work/nightly" &
	jobs[node]=$!
done
two_have_ended() { local count=0 job; for job in "${jobs[@]}"; do kill -0 "$job" 2>/dev/null || count=$((count + 1)); done; ((count == 2)); }
shown 'two of three jobs have nothing to do' wait_until two_have_ended
: >"$work/nightly.end"
codes=
for node in 1 2 3; do wait "${jobs[node]}"; codes+="$?"$'\n'; done
codes=$(sort -n <<<"$codes" | xargs)
shown "one job ran, on $(<"$work/nightly"); exit codes $codes: 9 says that somebody else has the lock" test "$codes $(wc -l <"$work/nightly")" = '0 9 9 1'
finish
