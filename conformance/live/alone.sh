#!/bin/bash
# All replicas but one are killed. Without quorum required the last one still has every acknowledged write and goes on; with quorum required
# it answers TRY_AGAIN and has lost nothing either. Then the others return and catch up. Last line: N passed, N failed, N skipped. Exit 1
# if one failed.
set -u

. "$(dirname "$0")/common.sh"

readonly checker=live-checker
declare -a checkers

# What is acknowledged or read may not be missing on any node; asked through libSaCkpt.
everything_is_there() # WHAT NODE...
{
	local node
	for node in "${@:2}"; do
		shown "$1: node $node reads every acknowledged write" lab exec "$node" -- live-checker judge "$work/account"
	done
}

all_return() # WHAT
{
	local node
	for node in 1 2; do
		do_step start "$node"
		checker_start "$node"
	done
	goes_on "$1: both are back" 1 2 3
	shown "$1: all are caught up in one ring" lab wait --patience "$patience_s"
	checkers_end
	everything_is_there "$1" 1 2 3
	for node in 1 2 3; do
		lab exec "$node" -- ais ckpt dump live --replica local >"$work/dump-$node" || not_ok "$1: node $node: dump"
	done
	shown "$1: replicas are equal: $(wc -l <"$work/dump-1") sections" replicas_are_equal
	echo "     $(account marks | tr '\n' ';')"
}

replicas_are_equal() { [[ -s $work/dump-1 ]] && cmp "$work/dump-1" "$work/dump-2" && cmp "$work/dump-1" "$work/dump-3"; }

start_all()
{
	local node
	rm -f "$work"/account "$work"/checker-*
	checkers=()
	for node in 1 2 3; do checker_start "$node"; done
	goes_on "$1: undisturbed" 1 2 3
}

echo '--- quorum not required'
lab_up --quorum no
start_all 'quorum not required'
do_step kill 1
do_step kill 2
shown 'quorum not required: node 3 serves alone' stands 3 caught-up 0 --members 1
goes_on 'quorum not required, two of three killed' 3
everything_is_there 'quorum not required, two of three killed' 3
all_return 'quorum not required'
do_step down

echo '--- quorum required'
lab_up --quorum yes
start_all 'quorum required'
do_step kill 1
do_step kill 2
shown 'quorum required: node 3 knows that it has no quorum' stands 3 no-quorum 4
shown 'quorum required: its calls are refused' grows 3 refused 2
acked=$(account get 3 acked)
shown 'quorum required: the last one answers TRY_AGAIN' lab exec 3 -- live-checker refused 11
shown 'quorum required: its calls are still refused' grows 3 refused 2
shown "quorum required: the last one has acknowledged nothing meanwhile ($acked before)" test "$(account get 3 acked)" = "$acked"
all_return 'quorum required'
end
