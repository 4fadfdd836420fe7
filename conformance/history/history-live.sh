#!/bin/bash
# Five nodes in ais-lab, writers and readers on them, faults by a seed; then ais-history judges what the clients wrote down, and the replicas
# are compared. Asserts safety, and that all goes on when the faults are over; no number of views, no duration. Last line: N passed, N failed, N skipped.
#
#	history-live.sh [--seconds N] [--seed N] [--keep DIRECTORY] [--replicas N] [--modes 'all active weak near']
#
# A mode is a checkpoint with clients of its own (history_client.c). --replicas: ckpt.replicas of all nodes. What an active replica answered may be
# taken back when that is lost, so this pass writes down when it may have been: from one moment at which all was quiet to the next, if another
# node has the role then, or the one who has it was restarted, did not serve, or took another's state over meanwhile.
set -u

readonly patience_s=${HISTORY_PATIENCE:-180}
readonly writers=(0 2 2 2 1 1) readers=(0 2 2 2 1 1) nodes=5
seconds=40 seed=${HISTORY_SEED:-1} keep= replicas=0 modes='all active weak near'
while (($#)); do
	case $1 in
	--seconds) seconds=$2; shift ;;
	--seed) seed=$2; shift ;;
	--keep) keep=$2; shift ;;
	--replicas) replicas=$2; shift ;;
	--modes) modes=$2; shift ;;
	--help | -h) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "history-live.sh: $1: unknown (--seconds N, --seed N, --keep DIRECTORY, --replicas N, --modes MODES)" >&2; exit 2 ;;
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
for mode in $modes; do mkdir "$work/$mode" || exit 1; done
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
	local mode counts
	life[$1]=$((life[$1] + 1))
	process[$1]=
	for mode in $modes; do
		counts='1 1'
		[[ $mode != all ]] || counts="${writers[$1]} ${readers[$1]}"
		# shellcheck disable=SC2086 # two words
		lab exec "$1" -- history-client run "$mode" "$work/$mode" "n$1.${life[$1]}" $((seed * 1000 + $1 * 100 + life[$1])) $counts \
			>>"$work/clients-$1.log" 2>&1 &
		process[$1]+="$! "
	done
}

# --- When an active replica may have been lost. ---

now_ns() { python3 -c 'import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC))'; } # the clients' clock
shown() { lab exec "$1" -- ais ckpt show "history-$2" --json 2>/dev/null | python3 -c "import json, sys; c = json.load(sys.stdin); print($3)"; }
# What each node's daemon has been through: a change of it is no quiet time for the node.
trouble() { lab logs "$1" 2>/dev/null | grep -c -e 'barrier-ended.*not serving' -e 'barrier-ended.*takes the state over'; }

mark_ns=0
declare -A active=() expected=()
declare -a troubles=(0 0 0 0 0 0) restarted=(0 0 0 0 0 0)
lost_count=0
# All is quiet. What was lost since the last mark is written down, for each mode.
mark()
{
	local -r begin_ns=$(now_ns)
	local node mode is end_ns
	local -a was=("${troubles[@]}")
	local -A before=()
	for node in 1 2 3 4 5; do troubles[node]=$(trouble "$node"); done
	for mode in $modes; do
		[[ $mode == all ]] && continue
		before[$mode]=${expected[$mode]:-${active[$mode]:-0}}
		active[$mode]=$(shown 1 "$mode" 'c["active_node"]') || active[$mode]=0
	done
	end_ns=$(now_ns)
	for mode in $modes; do
		[[ $mode == all ]] && continue
		is=${active[$mode]:-0}
		if ((mark_ns != 0)) && { ((is == 0 || is != before[$mode] || restarted[is])) || [[ ${troubles[is]} != "${was[is]}" ]]; }; then
			printf '%s loss.%d call lost\n%s loss.%d answer ok\n' "$mark_ns" "$lost_count" "$end_ns" "$lost_count" >>"$work/$mode/losses"
			lost_count=$((lost_count + 1))
			echo "     $((SECONDS - started)) s: $mode: the active replica of node ${before[$mode]} may have been lost; now node $is"
		fi
	done
	mark_ns=$begin_ns restarted=(0 0 0 0 0 0) expected=()
}

# A checkpoint on some nodes alone is everywhere that it is to be: nothing is lost with any one of them.
is_filled() # MODE
{
	[[ $1 == near ]] || (($(shown 1 "$1" 'sum(r["complete"] for r in c["replicas"])') == replicas))
}
all_filled()
{
	local mode
	for mode in $modes; do is_filled "$mode" || return 1; done
}

do_step() { lab "$@" || not_ok "ais-lab $*"; }
. "$(dirname "$0")/../live/schedule.sh"
all_in_sync()
{
	lab wait --patience "$patience_s" || not_ok 'all nodes in sync between two faults'
	((replicas == 0)) || wait_until all_filled || not_ok "all content on $replicas nodes between two faults"
}
restarts() { restarted[$1]=1; "$2" "$1"; } # NODE FAULT

# The first three are a kill, a pause and a partition, whatever else is drawn; the seed says in which order.
readonly begun_with=(0 4 5)
faults=0
one_fault()
{
	local node other
	draw $nodes
	node=$((drawn + 1))
	draw 8
	((faults >= 3)) || drawn=${begun_with[(seed + faults) % 3]}
	faults=$((faults + 1))
	case $drawn in
	0)
		restarts "$node" node_is_killed
		clients_start "$node"
		;;
	1)
		if ((replicas != 0)); then # two may be all that hold it
			restarts "$node" node_is_killed
			clients_start "$node"
			return
		fi
		all_in_sync
		draw $((nodes - 1))
		other=$(((node + drawn) % nodes + 1))
		restarted[node]=1 restarted[other]=1
		fault kill "nodes $node and $other killed"
		do_step kill "$node"
		do_step kill "$other"
		hold
		do_step start "$other" --no-wait
		do_step start "$node" --no-wait
		clients_start "$other"
		clients_start "$node"
		;;
	2) restarts "$node" daemon_is_killed ;;
	3) restarts "$node" daemon_is_stopped ;;
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

# Nothing is lost where a role is handed over: who takes it has all that the one before had answered.
hand_over()
{
	[[ " $modes " == *' near '* ]] || return 0
	draw $nodes
	if lab exec $((drawn + 1)) -- history-client take near; then
		fault handover "node $((drawn + 1)) takes the active role of the collocated one"
		expected[near]=$((drawn + 1))
	fi
}

lab print-config $nodes --token 1000 >"$work/aisle.conf" || exit 1
((replicas == 0)) || printf 'ckpt {\n\treplicas: %d\n}\n' "$replicas" >>"$work/aisle.conf"
for mode in $modes; do [[ $mode == all ]] || echo 'ais-history 1 asynchronous' >"$work/$mode/losses"; done
lab up $nodes --config "$work/aisle.conf" 1000 --patience "$patience_s"
code=$?
if ((code == 77)); then
	skipped=1
	finish
elif ((code != 0)); then
	not_ok 'five nodes in one ring and in sync'
	finish
fi
ok 'five nodes in one ring and in sync'

echo "     seed $seed, $seconds s, $([[ $replicas == 0 ]] && echo 'content on all nodes' || echo "content on $replicas nodes")"
started=$SECONDS
for node in 1 2 3 4 5; do clients_start "$node"; done
settled() { lab exec "$1" -- history-client settled "$2"; } # NODE MODE
for mode in $modes; do wait_until settled 1 "$mode" || not_ok "$mode: node 1 writes and reads at first"; done
all_in_sync
mark
while ((faults < 3 || SECONDS - started < seconds)); do
	one_fault
	all_in_sync
	mark
	hand_over
	hold
	mark
done
lab heal
for mode in $modes; do
	for node in 1 2 3 4 5; do
		if wait_until settled "$node" "$mode"; then ok "$mode: node $node writes and reads when the faults are over"; else not_ok "$mode: node $node writes and reads"; fi
	done
done
clients_count() { [[ $1 == all ]] && echo $(($(tr ' ' + <<<"${writers[*]} ${readers[*]}"))) || echo $((2 * nodes)); } # MODE
ended() { (($(grep -l '^# ended' "$work/$1"/n* | wc -l) == $(clients_count "$1"))); } # MODE: of those that run
for mode in $modes; do : >"$work/$mode/end"; done
for mode in $modes; do wait_until ended "$mode" || not_ok "$mode: clients end"; done
all_in_sync
mark
ok 'in sync at the end'

holders() { [[ $replicas == 0 && $1 != near ]] && echo 1 2 3 4 5 || shown 1 "$1" '" ".join(str(r["node"]) for r in c["replicas"] if r["complete"])'; } # MODE
replicas_equal() # MODE
{
	local node first= count=0
	for node in $(holders "$1"); do
		lab exec "$node" -- ais ckpt dump "history-$1" --replica local >"$work/dump-$1-$node" || return 1
		first=${first:-$work/dump-$1-$node} count=$((count + 1))
		cmp "$first" "$work/dump-$1-$node" || return 1
	done
	dumped="$count replicas, $(wc -l <"$first") sections"
	if [[ $1 == near || $replicas == 0 ]]; then ((count == nodes)); else ((count == replicas)); fi
}
for mode in $modes; do
	if replicas_equal "$mode"; then ok "$mode: replicas are equal: $dumped"; else not_ok "$mode: replicas are equal"; fi
done

for mode in $modes; do : >"$work/$mode/close"; done
for node in 1 2 3 4 5; do
	for id in ${process[$node]}; do
		wait "$id" || not_ok "clients of node $node: $(tail -n 3 "$work/clients-$node.log")"
	done
done

for kind in kill pause partition; do ((${fault_count[$kind]:-0} > 0)) || not_ok "a $kind is among the faults"; done
echo "     faults:$(faults_told); active replicas may have been lost $lost_count times"
for mode in $modes; do
	rm "$work/$mode/end" "$work/$mode/close"
	if "$build/conformance/history/ais-history" check "$work/$mode"/*; then ok "$mode: the history has an explanation"; else not_ok "$mode: the history has no explanation (seed $seed)"; fi
done
((failed == 0)) || for node in 1 2 3 4 5; do echo "--- node $node"; lab logs "$node" | tail -n 20; done
finish
