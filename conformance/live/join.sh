#!/bin/bash
# Nodes that come back and take over content while checkpoints are written: two at once; then the donor, the joiner or the network between
# them fails as soon as content is on its way. Asserts that everybody is complete in the end, replicas equal, and nothing acknowledged is missing.
# LIVE_DEEP=yes: three rounds of four times the content. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

readonly deep=${LIVE_DEEP:-no}
readonly bulk_mib=$([[ $deep == yes ]] && echo 192 || echo 48) rounds=$([[ $deep == yes ]] && echo 3 || echo 1)
readonly checker=live-checker
declare -a checkers

to_come() { lab exec "$1" -- ais status --json 2>/dev/null | sed -n 's/.*"service": "ckpt".*"bytes_to_come": *\([0-9]*\).*/\1/p'; } # NODE

# The node has begun to take content over; it says how much is still to come, since it may be done before anybody can look.
is_under_way() # NODE
{
	local code=0
	lab exec "$1" -- ais status --wait serving --patience "$patience_s" >"$work/standing" 2>&1 || code=$?
	((code == 0 || code == 7)) || { cat "$work/standing"; return 1; }
	echo "     node $1 serves; bytes still to come: $(to_come "$1")"
}

# Everybody is complete, and the bytes are the same everywhere.
whole() # WHAT
{
	local checkpoint node
	shown "$1: all are complete" lab wait --patience "$patience_s"
	for checkpoint in bulk live; do
		for node in 1 2 3; do
			lab exec "$node" -- ais ckpt dump "$checkpoint" --replica local >"$work/dump-$checkpoint-$node" ||
				not_ok "node $node: dump of $checkpoint"
		done
		[[ $checkpoint == live ]] && continue # it is being written; compared when that has ended
		if cmp "$work/dump-bulk-1" "$work/dump-bulk-2" && cmp "$work/dump-bulk-1" "$work/dump-bulk-3" && cmp "$work/dump-bulk-1" "$work/bulk"; then
			ok "$1: replicas are equal, and as they were written: $(wc -l <"$work/bulk") sections"
		else
			not_ok "$1: replicas are equal, and as they were written"
		fi
	done
}

killed() { do_step kill "$1"; }
returns() # NODE...
{
	local node
	for node in "$@"; do do_step start "$node"; done
}

one_round()
{
	# Without a quorum the one that stays answers nobody, and goes on as soon as another is back: its writers write while both take over.
	killed 2
	killed 3
	returns 2 3
	shown 'two at once: node 2 takes over' is_under_way 2
	shown 'two at once: node 3 takes over' is_under_way 3
	checker_start 2
	checker_start 3
	goes_on 'two at once' 1 2 3
	whole 'two at once'

	killed 3
	returns 3
	shown 'a joiner is killed: it takes over' is_under_way 3
	killed 3
	goes_on 'a joiner is killed' 1 2
	returns 3
	checker_start 3
	goes_on 'a joiner is killed, and is back' 1 2 3
	whole 'a joiner is killed, and is back'

	killed 3
	returns 3
	shown 'a donor is killed: node 3 takes over' is_under_way 3
	killed 1 # the lowest that is complete: it gives
	returns 1
	checker_start 1
	checker_start 3
	goes_on 'a donor is killed, and is back' 1 2 3
	whole 'a donor is killed, and is back'

	killed 3
	returns 3
	shown 'the network is cut: node 3 takes over' is_under_way 3
	do_step cut 1,2/3
	goes_on 'the network is cut' 1 2
	do_step heal
	checker_start 3
	goes_on 'the network is healed' 1 2 3
	whole 'the network is healed'
}

lab_up

shown "$bulk_mib MiB of content written" lab exec 2 -- live-checker fill "$bulk_mib"
lab exec 1 -- ais ckpt dump bulk --replica local >"$work/bulk" || not_ok 'dump of what was written'
for node in 1 2 3; do checker_start "$node"; done
goes_on 'undisturbed' 1 2 3
for ((round = 0; round < rounds; round++)); do one_round; done
checkers_end

whole 'at the end'
if cmp "$work/dump-live-1" "$work/dump-live-2" && cmp "$work/dump-live-1" "$work/dump-live-3"; then
	ok 'what was written meanwhile is equal on all'
else
	not_ok 'what was written meanwhile is equal on all'
fi
for node in 1 2 3; do
	shown "node $node writes and reads" timeout "$patience_s" "$build/core/tools/ais-lab" exec "$node" -- live-checker settled $((16 + node))
done
end
