#!/bin/bash
# Five nodes in ais-lab, eight writers and eight readers on them, faults by a seed; then ais-history judges what the clients wrote down, and
# the nodes' replicas are compared. Asserts safety, and that all goes on when the faults are over; no number of views, no duration. Last line: N passed, N failed, N skipped.
#
#	history-live.sh [--seconds N] [--seed N] [--keep DIRECTORY]
set -u

readonly patience_s=${HISTORY_PATIENCE:-180}
readonly writers=(0 2 2 2 1 1) readers=(0 2 2 2 1 1) nodes=5
seconds=40 seed=${HISTORY_SEED:-1} keep=
while (($#)); do
	case $1 in
	--seconds) seconds=$2; shift ;;
	--seed) seed=$2; shift ;;
	--keep) keep=$2; shift ;;
	--help | -h) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "history-live.sh: $1: unknown (--seconds N, --seed N, --keep DIRECTORY)" >&2; exit 2 ;;
	esac
	shift
done

passed=0 failed=0 skipped=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
not_ok() { echo "FAIL $1"; failed=$((failed + 1)); }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }

build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=${AIS_LAB_NAME:-history-$$}
unset AIS_LAB_DIR
lab() { "$build/core/tools/ais-lab" "$@"; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-history.XXXXXX") || exit 1
mkdir "$work/h" || exit 1
keep_or_remove() { if [[ -n $keep ]]; then mkdir -p "$keep" && cp -a "$work"/. "$keep"; fi; rm -rf "$work"; }
trap 'lab down 2>/dev/null; keep_or_remove' EXIT
trap 'exit 1' INT TERM

wait_until()
{
	local -r end=$((SECONDS + patience_s))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

declare -a life=(0 0 0 0 0 0) process=()
clients_start() # NODE
{
	life[$1]=$((life[$1] + 1))
	lab exec "$1" -- history-client run "$work/h" "n$1.${life[$1]}" $((seed * 1000 + $1 * 100 + life[$1])) "${writers[$1]}" "${readers[$1]}" \
		>>"$work/clients-$1.log" 2>&1 &
	process[$1]=$!
}

do_step() { lab "$@" || not_ok "ais-lab $*"; }
. "$(dirname "$0")/../live/schedule.sh"

one_fault()
{
	local node other
	draw $nodes
	node=$((drawn + 1))
	draw 8
	case $drawn in
	0)
		node_is_killed "$node"
		clients_start "$node"
		;;
	1)
		all_in_sync
		draw $((nodes - 1))
		other=$(((node + drawn) % nodes + 1))
		fault kill "nodes $node and $other killed"
		do_step kill "$node"
		do_step kill "$other"
		hold
		do_step start "$other" --no-wait
		do_step start "$node" --no-wait
		clients_start "$other"
		clients_start "$node"
		;;
	2) daemon_is_killed "$node" ;;
	3) daemon_is_stopped "$node" ;;
	4) node_is_paused "$node" ;;
	5 | 6)
		a_partition
		fault partition "network cut: $partition"
		do_step cut "$partition"
		hold
		do_step heal
		;;
	7)
		draw 25
		fault loss "node $node loses $((drawn + 5)) percent"
		do_step lose "$node" $((drawn + 5))
		hold
		draw 2
		((drawn == 0)) || { a_partition; fault partition "and the network is cut: $partition"; do_step cut "$partition"; hold; }
		do_step heal
		;;
	esac
}

lab up $nodes --token 1000 --patience "$patience_s"
code=$?
if ((code == 77)); then
	skipped=1
	finish
elif ((code != 0)); then
	not_ok 'five nodes in one ring and in sync'
	finish
fi
ok 'five nodes in one ring and in sync'

echo "     seed $seed, $seconds s"
started=$SECONDS
for node in 1 2 3 4 5; do clients_start "$node"; done
while ((SECONDS - started < seconds)); do
	one_fault
	hold
done
lab heal
settled() { lab exec "$1" -- history-client settled; }
for node in 1 2 3 4 5; do
	if wait_until settled "$node"; then ok "node $node writes and reads when the faults are over"; else not_ok "node $node writes and reads"; fi
done
: >"$work/h/end"
for node in 1 2 3 4 5; do
	wait "${process[$node]}" || not_ok "clients of node $node: $(tail -n 3 "$work/clients-$node.log")"
done

if lab wait --patience "$patience_s"; then ok 'in sync at the end'; else not_ok 'in sync at the end'; fi
for node in 1 2 3 4 5; do
	lab exec "$node" -- ais ckpt dump history --replica local >"$work/dump-$node" || not_ok "node $node: dump"
done
equal=yes
for node in 2 3 4 5; do cmp "$work/dump-1" "$work/dump-$node" || equal=no; done
if [[ $equal == yes ]]; then ok "replicas of all nodes are equal: $(wc -l <"$work/dump-1") sections"; else not_ok 'replicas of all nodes are equal'; fi

echo "     faults:$(faults_told)"
rm "$work/h/end"
if "$build/conformance/history/ais-history" check "$work"/h/*; then ok 'the history has an explanation'; else not_ok "the history has no explanation (seed $seed)"; fi
((failed == 0)) || for node in 1 2 3 4 5; do echo "--- node $node"; lab logs "$node" | tail -n 20; done
finish
