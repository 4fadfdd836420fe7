#!/bin/bash
# One pass with real daemons: loss, partition, merge, kill, SIGSTOP, restart during catch-up, while checkers on every node write and read
# (README.md). Asserts safety and 'eventually'; waits for what is to happen, never for a time to pass. Last line: N passed, N failed, N
# skipped. Exit 1 if one failed.
set -u

readonly patience_s=${LIVE_PATIENCE:-180}
readonly bulk_mib=24 # a returning node has to catch up with
readonly step=100 # acknowledged writes that show that a node goes on

passed=0 failed=0 skipped=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
not_ok() { echo "FAIL $1"; failed=$((failed + 1)); }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }

build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=live-$$
unset AIS_LAB_DIR
lab() { "$build/core/tools/ais-lab" "$@"; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-live.XXXXXX") || exit 1
trap 'lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

wait_until()
{
	local -r end=$((SECONDS + patience_s))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

checker_start() # NODE
{
	lab exec "$1" -- live-checker run "$work/account" "$1" >>"$work/checker-$1.log" 2>&1 &
	checker[$1]=$!
}

acked() { "$build/conformance/live/live-checker" marks "$work/account" | sed -n "s/^writer-$1 [0-9]* //p"; }
acked_beyond() { (($(acked "$1") >= $2)); }

# From now on every one of these nodes acknowledges writes.
goes_on() # WHAT NODE...
{
	local -r what=$1
	local -A goal
	local node
	shift
	for node in "$@"; do goal[$node]=$(($(acked "$node") + step)); done
	for node in "$@"; do
		if ! wait_until acked_beyond "$node" "${goal[$node]}"; then
			not_ok "$what: node $node acknowledges nothing after $patience_s s"
			lab status
			return
		fi
	done
	ok "$what: nodes $* acknowledge writes"
}

do_step() { lab "$@" || not_ok "ais-lab $*"; }
# It answers: catching up, or already done with it.
answers()
{
	local code=0
	standing=$(lab exec "$1" -- ais status 2>/dev/null; exit "${PIPESTATUS[0]}") || code=$?
	((code == 0 || code == 7))
}

lab up 3 --token 1000 --patience "$patience_s"
code=$?
if ((code == 77)); then
	skipped=1
	finish
elif ((code != 0)); then
	not_ok 'three nodes in one ring and in sync'
	for node in 1 2 3; do echo "--- node $node"; lab logs "$node" 2>/dev/null | tail -n 20; done
	finish
fi
ok 'three nodes in one ring and in sync'

if lab exec 3 -- live-checker fill "$bulk_mib"; then ok "$bulk_mib MiB of content written"; else not_ok "$bulk_mib MiB of content written"; fi

declare -a checker
for node in 1 2 3; do checker_start "$node"; done
goes_on 'undisturbed' 1 2 3

do_step lose 2 5
goes_on 'node 2 loses every twentieth packet' 1 2 3
do_step heal

do_step cut 1/2,3
goes_on 'node 1 cut off' 2 3
do_step heal
goes_on 'merged' 1 2 3

do_step kill 2
goes_on 'node 2 killed' 1 3
do_step start 2
checker_start 2
goes_on 'node 2 is back' 1 2 3

do_step pause 3
goes_on 'node 3 stopped' 1 2
do_step resume 3
goes_on 'node 3 goes on' 1 2 3

do_step kill 1
goes_on 'node 1 killed' 2 3
do_step start 1
standing=
wait_until answers 1 || not_ok 'node 1 does not come back'
do_step kill 1
echo "     when it was killed again: $(grep -m 1 catch-up <<<"$standing")"
goes_on 'node 1 killed while it catches up' 2 3
do_step start 1
checker_start 1
goes_on 'node 1 is back' 1 2 3

"$build/conformance/live/live-checker" end "$work/account"
for node in 1 2 3; do
	if wait "${checker[$node]}"; then ok "promises kept as node $node saw it"; else not_ok "promises as node $node saw it"; fi
	sed "/ Killed /d; s/^/     node $node: /" "$work/checker-$node.log"
	! grep -q BROKEN "$work/checker-$node.log" || not_ok "a promise was broken in an earlier life of node $node"
done

if lab wait --patience "$patience_s"; then ok 'in sync at the end'; else not_ok 'in sync at the end'; fi
settled() { lab exec "$1" -- live-checker settled $((16 + $1)); }
for node in 1 2 3; do
	if wait_until settled "$node"; then ok "node $node writes and reads"; else not_ok "node $node writes and reads"; fi
done
for checkpoint in live bulk; do
	for node in 1 2 3; do
		lab exec "$node" -- ais ckpt dump "$checkpoint" --replica local >"$work/dump-$checkpoint-$node" || not_ok "node $node: dump of $checkpoint"
	done
	if cmp "$work/dump-$checkpoint-1" "$work/dump-$checkpoint-2" && cmp "$work/dump-$checkpoint-1" "$work/dump-$checkpoint-3"; then
		ok "replicas of $checkpoint are equal: $(wc -l <"$work/dump-$checkpoint-1") sections, $(wc -c <"$work/dump-$checkpoint-1") bytes as text"
	else
		not_ok "replicas of $checkpoint are equal"
	fi
done
"$build/conformance/live/live-checker" marks "$work/account" >"$work/marks"
if awk -F '[\t ]' 'NR == FNR { value[$1] = $3; next } value[$1] + 0 < $2 { print $1 " is " value[$1] ", " $2 " was promised"; bad = 1 }
		END { exit bad }' "$work/dump-live-1" "$work/marks"; then
	ok 'nothing that was acknowledged or read is missing'
else
	not_ok 'nothing that was acknowledged or read is missing'
fi
((failed == 0)) || for node in 1 2 3; do echo "--- node $node"; lab logs "$node" | tail -n 30; done
finish
