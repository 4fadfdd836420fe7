#!/bin/bash
# Three real daemons with the toy counter survive kill, cut and SIGSTOP. On every node a checker adds, reads and locks meanwhile
# (toy_checker.c); after each fault all counters and digests are equal, and hold all that was acknowledged. Last line: N passed, N failed,
# N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

export AISLE_PLUGIN_PATH=$build/conformance/engine/.libs # toy.so, which no other lab has
readonly checker=toy-checker
declare -a checkers

# The toy's digests, as the engine compares them; asked for when no write is on its way.
digests() # NODE
{
	lab exec "$1" -- ais status --json | tr -d ' \n' | grep -o '{"service":"toy"[^}]*}' | grep -o '"[a-z]*_digest":"[0-9a-f]*"' | tr '\n' ' '
}

# Ends the checkers, waits until all are caught up, and holds every node against the account and against the others; then all go on.
all_is_there() # AFTER-WHAT
{
	local node
	checkers_end
	shown "$1: all are caught up in one ring" lab wait --patience "$patience_s"
	for node in 1 2 3; do
		shown "$1: node $node has every acknowledged add, none twice, and the lock" \
			lab_judge "$node" "$work/judged-$node"
	done
	shown "$1: counters of nodes 1 and 2 are equal" diff "$work/judged-1" "$work/judged-2"
	shown "$1: counters of nodes 1 and 3 are equal" diff "$work/judged-1" "$work/judged-3"
	for node in 1 2 3; do digests "$node" >"$work/digests-$node"; done
	shown "$1: digests are equal: $(<"$work/digests-1")" digests_are_equal
	echo "     $(account marks | tr '\n' ';')"
}

lab_judge() { lab exec "$1" -- toy-checker judge "$work/account" "$1" >"$2" || { cat "$2"; false; }; }
digests_are_equal()
{
	[[ $(wc -w <"$work/digests-1") == 2 ]] && cmp "$work/digests-1" "$work/digests-2" && cmp "$work/digests-1" "$work/digests-3"
}

checkers_go_on()
{
	local node
	account again
	for node in 1 2 3; do checker_start "$node"; done
}

lab_up
checkers_go_on
goes_on 'undisturbed' 1 2 3
account faults

do_step kill 2
goes_on 'node 2 killed' 1 3
do_step start 2
checker_start 2
goes_on 'node 2 is back' 1 2 3
all_is_there 'after the kill'

# From the minority's view on nothing is acknowledged there: what it tried before has had its answer when two later calls are refused.
checkers_go_on
goes_on 'before the cut' 1 2 3
do_step cut 1/2,3
shown 'node 1, cut off, knows that it has no quorum' stands 1 no-quorum 4
shown 'its calls are refused' grows 1 refused 2
acked=$(account get 1 acked)
goes_on 'node 1 cut off' 2 3
shown 'its calls are still refused' grows 1 refused 2
shown "the minority has acknowledged nothing meanwhile ($acked adds before)" test "$(account get 1 acked)" = "$acked"
do_step heal
goes_on 'merged' 1 2 3
all_is_there 'after the cut'

# The daemon alone is stopped, its clients ask on; then, once the others have gone on without it, readers that are connected and were silent.
checkers_go_on
goes_on 'before the stop' 1 2 3
do_step pause 3 --daemon
shown 'node 3 is excluded' stands 1 caught-up 0 --members 2
goes_on 'aisexec of node 3 stopped' 1 2
asked=$(account get 3 asked)
account question
shown 'a reader asks the stopped daemon' account await 3 asked $((asked + 1)) "$patience_s"
do_step resume 3 --daemon
goes_on 'node 3 goes on' 1 2 3
all_is_there 'after the stop of a daemon'

checkers_go_on
goes_on 'before all of a node is stopped' 1 2 3
do_step pause 3
shown 'node 3 is excluded' stands 1 caught-up 0 --members 2
goes_on 'node 3 stopped, clients and all' 1 2
do_step resume 3
goes_on 'node 3 goes on' 1 2 3
all_is_there 'after the stop of a node'
end
