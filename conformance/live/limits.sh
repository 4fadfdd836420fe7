#!/bin/bash
# A client that asks for locks, resources and timer handles without end, on three nodes: it meets the configured limit by the standard's own
# code, which every node tells, and keeps what it was granted; meanwhile one on its own node and one on another take and release their locks,
# open and close, and are never refused; when it is killed, all that was its own is gone on every node, and the daemons' memory is what it
# was. Then a reload raises a limit. LIVE_DEEP=yes: a million attempts and the limits by default. Last line: N passed, N failed, N skipped.
# Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

attempts=20000 handle_attempts=1000 locks=3000 opens=2000 handles=40
[[ ${LIVE_DEEP-} != yes ]] || attempts=1000000 handle_attempts=20000 locks=131072 opens=65536 handles=512
readonly slack=$((256 << 10)) # bytes of heap: what a daemon at work has more or less of at any moment

lab print-config 3 >"$work/base.conf"
{
	cat "$work/base.conf"
	[[ ${LIVE_DEEP-} == yes ]] ||
		printf 'lck {\n\tclient_locks_max: %d\n\tclient_opens_max: %d\n}\ntmr {\n\tclients_max: %d\n}\n' $locks $opens $handles
} >"$work/limits.conf"
lab_up --config "$work/limits.conf"
file=/tmp/ais-lab-$(id -u)/$AIS_LAB_NAME/aisle.conf

declare -a beside=()
heap() { lab exec "$1" -- ais status --json | sed -n 's/.*"counter": "daemon.heap_bytes", "value": \([0-9]*\).*/\1/p'; }       # NODE

resident() { lab exec "$1" -- sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1 KiB/p' "/proc/$(lab exec "$1" -- ais status --json | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' | head -n 1)/status"; } # NODE

declare -A before=() most=() most_resident=()
heaps_are_back()
{
	local node now back=0
	for node in "${every[@]}"; do
		now=$(heap "$node")
		echo "     node $node: heap ${before[$node]}, while it was full ${most[$node]}, afterwards $now; resident ${most_resident[$node]}, $(resident "$node")"
		((now <= before[$node] + slack)) || back=1
	done
	return $back
}

# Runs the greedy one on node 1 to its end, kills it, and judges all that was to be seen. What it holds to begin with counts.
greedy() # WHAT COUNT LIMIT TEXT
{
	local said id process node
	for node in "${every[@]}"; do before[$node]=$(heap "$node"); done
	lab exec 1 -- limits-client "$1" "$2" >"$work/said" 2>&1 &
	process=$!
	exec 4<"$work/said"
	read -r id <&4
	read -r said <&4
	shown "$4: it is refused in the end" test "$said" = full
	goes_on "$4: while it is refused again and again" 1 2
	[[ $said != full ]] || read -r said <&4 # who never was has said all
	shown "$4: $2 attempts: $said" test "$said" = "granted $3, refused $(($2 - $3)), first refused after $3"
	goes_on "$4: while it holds all that it may have" 1 2
	for node in "${every[@]}"; do most[$node]=$(heap "$node") most_resident[$node]=$(resident "$node"); done
	[[ $1 != handles ]] || shown "$4: another node has room for as many" lab exec 2 -- limits-client heir "$3"
	lab exec 1 -- sh -c 'kill -KILL "$1"' sh "$id"
	wait $process 2>/dev/null
	exec 4<&-
	if [[ $1 == handles ]]; then
		shown "$4: another takes its place" lab exec 1 -- limits-client heir "$3"
	else
		shown "$4: it is killed, and another gets what it held" lab exec 3 -- limits-client heir
	fi
	goes_on "$4: after its death" 1 2
	shown "$4: every daemon has its memory back" heaps_are_back
}

mkfifo "$work/said"
for node in 1 2; do
	lab exec $node -- limits-client pairs "$work/account" $node >"$work/beside-$node" 2>&1 &
	beside[$node]=$!
done
limit_told() { for node in "${every[@]}"; do shown "node $node tells the limit" lab exec "$node" -- limits-client told "$1"; done; } # LIMIT
limit_told $locks
goes_on 'undisturbed' 1 2
greedy locks $attempts $locks 'locks without end'
greedy opens $attempts $opens 'resources without end'
greedy handles $handle_attempts $handles 'timer handles without end'

if [[ ${LIVE_DEEP-} != yes ]]; then
	sed -i "s/client_locks_max: $locks/client_locks_max: $((locks + 100))/" "$file"
	shown 'a reload raises the limit' lab exec 3 -- ais config reload
	shown 'the new limit is shown' eval "lab exec 2 -- ais config show | grep -q 'lck.client_locks_max: $((locks + 100))'"
	limit_told $((locks + 100))
	greedy locks $((locks + 300)) $((locks + 100)) 'locks after the reload'
fi

account end
for node in 1 2; do
	shown "the one beside it on node $node was never refused" wait "${beside[$node]}"
	sed "s/^/     node $node: /" "$work/beside-$node"
done
shown 'digests are equal, nobody is left' wait_until digests_are_equal lck 1 2 3
end
