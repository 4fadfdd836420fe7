#!/bin/bash
# Cycles of waits over four nodes and four resources (an agent of ais-conformance on each node holds and asks): who closes one is told DEADLOCK,
# and nobody else; who waits goes on waiting and gets its lock when the one before lets go; what is no cycle has no victim. Last line: N passed,
# N failed, N skipped. Exit 1 if one failed.
#
#	deadlock.sh [--rounds N]      of the round in which all ask at once
set -u

nodes=4
rounds=20
[[ ${LIVE_DEEP-} != yes ]] || rounds=500
[[ ${1-} != --rounds ]] || rounds=$2

. "$(dirname "$0")/common.sh"

readonly ok=1 timeout=5                             # SaAisErrorT
readonly PR=1 EX=2                                  # SaLckLockModeT
readonly granted=1 deadlock=2 not_queued=3 # SaLckLockStatusT
readonly no_queue=1 orphan=2                        # SaLckLockFlagsT
readonly a=0 b=1 c=2 d=3 again=4                    # an agent's numbers of its resources, and of its locks by default
readonly long_ms=$((patience_s * 1000))

# --- agents: one line in, one line out ---

declare -a to=() from=() id=() process=()
agent_start() # NODE
{
	rm -f "$work/to-$1" "$work/from-$1"
	mkfifo "$work/to-$1" "$work/from-$1"
	lab exec "$1" -- sh -c 'echo "> $$" && exec "$@"' sh "$build/ais-conformance" --libdir "$build/.libs" --agent \
		<"$work/to-$1" >"$work/from-$1" 2>>"$work/agent-$1.log" &
	process[$1]=$!
	exec {to[$1]}>"$work/to-$1" {from[$1]}<"$work/from-$1"
	answer_of "$1" && id[$1]=$answer && answer_of "$1" && [[ $answer == ready ]]
}
# Whatever it waits for. Its client dies with it.
agent_end() # NODE
{
	lab exec "$1" -- sh -c 'kill -KILL "$1"' sh "${id[$1]}" 2>/dev/null
	wait "${process[$1]}" 2>/dev/null
	exec {to[$1]}>&- {from[$1]}<&-
}
answer_of() { answer= && read -r -t "$patience_s" -u "${from[$1]}" _ answer; } # NODE
say() { echo "${*:2}" >&"${to[$1]}"; }                                     # NODE CALL
call() { say "$@" && answer_of "$1"; }                                      # NODE CALL: `answer`
is() { call "${@:2}" && [[ $answer == "$1" ]] || { echo "     node $2: ${*:3}: $answer, not $1"; false; }; } # ANSWER NODE CALL

opens() # NODE: all four, and of an orphan nothing is left
{
	local name i=0
	for name in a b c d; do is $ok "$1" "lck.open $i $name" && is $ok "$1" "lck.purge $i" || return 1; i=$((i + 1)); done
}
holds() { is "$ok $granted" "$1" "lck.lock $2 ${4:-$2} $3 0 $long_ms"; }                                      # NODE RESOURCE MODE [LOCK]
unlocks() { is $ok "$1" "lck.unlock $2"; }                                                                     # NODE LOCK
# What the agent asks for is in the order when a call behind it is answered, and so is a refusal.
asked() { is $ok "$1" "lck.purge $a"; }                                       # NODE
asks() { is $ok "$1" "lck.ask $2 ${4:-$2} $3" && asked "$1"; }             # NODE RESOURCE MODE [LOCK]
hears_nothing() { local node; for node in "$@"; do is $timeout "$node" 'lck.granted 0' || return 1; done; }
is_victim() { is "$ok $2 $deadlock" "$1" "lck.granted $long_ms"; }            # NODE LOCK
gets() { is "$ok $2 $granted" "$1" "lck.granted $long_ms"; }                  # NODE LOCK

# --- what is shown ---

# Node n holds its own resource and waits for the next one's; the last closes the ring.
one_ring()
{
	local node
	for node in "${every[@]}"; do holds $node $((node - 1)) $EX || return 1; done
	for node in 1 2 3; do asks $node $node $EX || return 1; done
	hears_nothing 1 2 3 4 && asks 4 $a $EX && is_victim 4 $a && hears_nothing 1 2 3 || return 1
	for node in 4 3 2; do
		unlocks $node $((node - 1)) && gets $((node - 1)) $((node - 1)) && unlocks $((node - 1)) $((node - 1)) || return 1
	done
	unlocks 1 $a && hears_nothing "${every[@]}"
}

# 1 and 2 share a, 3 holds b, 4 holds c. 1 waits for 3, 2 for 4, 3 for 4 and for 2 before it: what 4 asks of 1 and 2 closes three cycles at once.
cycles_that_share()
{
	holds 1 $a $PR && holds 2 $a $PR && holds 3 $b $EX && holds 4 $c $EX &&
		asks 1 $b $EX && asks 2 $c $EX && asks 3 $c $EX && hears_nothing "${every[@]}" &&
		asks 4 $a $EX && is_victim 4 $a && hears_nothing 1 2 3 &&
		unlocks 4 $c && gets 2 $c && hears_nothing 1 3 &&
		asks 4 $a $EX && hears_nothing 4 && # 2 waits for nobody now, and 1 only for 3, which waits for 2
		unlocks 2 $c && gets 3 $c && unlocks 3 $c && unlocks 3 $b && gets 1 $b && unlocks 1 $b &&
		unlocks 1 $a && hears_nothing 4 && unlocks 2 $a && gets 4 $a && unlocks 4 $a && hears_nothing "${every[@]}"
}

# 1 waits for 2 and for 3; each of these closes a cycle of its own, and each is told so.
two_cycles_of_one()
{
	holds 1 $a $EX && holds 1 $d $EX && holds 2 $b $EX && holds 3 $c $EX &&
		asks 1 $b $EX && asks 1 $c $EX && hears_nothing 1 2 3 &&
		asks 2 $a $EX && is_victim 2 $a && asks 3 $d $EX && is_victim 3 $d && hears_nothing 1 &&
		unlocks 3 $c && gets 1 $c && unlocks 2 $b && gets 1 $b &&
		unlocks 1 $a && unlocks 1 $b && unlocks 1 $c && unlocks 1 $d && hears_nothing "${every[@]}"
}

# 4 waits for 3, 3 for 2, 2 for 1, and what 1 asks of 4 it shares. An exclusive request that does not wait is no wait.
nearly_a_ring()
{
	holds 1 $a $EX && holds 2 $b $EX && holds 3 $c $EX && holds 4 $d $PR &&
		asks 2 $a $EX && asks 3 $b $EX && asks 4 $c $EX && hears_nothing "${every[@]}" &&
		is "$ok $granted" 1 "lck.lock $d $d $PR 0 $long_ms" && is "$ok $not_queued" 1 "lck.lock $d $again $EX $no_queue $long_ms" &&
		hears_nothing "${every[@]}" &&
		unlocks 1 $a && gets 2 $a && unlocks 2 $b && gets 3 $b && unlocks 3 $c && gets 4 $c &&
		unlocks 1 $d && unlocks 2 $a && unlocks 3 $b && unlocks 4 $c && unlocks 4 $d && hears_nothing "${every[@]}"
}

# What lies between 1 and 2 is an orphan, which waits for nobody.
a_ring_with_an_orphan()
{
	holds 1 $a $EX && is "$ok $granted" 2 "lck.lock $b $b $EX $orphan $long_ms" && is $ok 2 "lck.close $b" && is $ok 2 "lck.open $b b" &&
		asks 1 $b $EX && asks 2 $a $EX && holds 3 $c $EX && hears_nothing 1 2 &&
		is $ok 3 "lck.purge $b" && gets 1 $b && unlocks 1 $a && gets 2 $a &&
		unlocks 1 $b && unlocks 2 $a && unlocks 3 $c && hears_nothing "${every[@]}"
}

# All four ask at once, each for what the next one has: whoever is last in the order closes the ring, and is the one victim.
all_at_once() # FIRST: of those who ask
{
	local -r first=$1
	local node victim= told before
	for node in "${every[@]}"; do holds $node $((node - 1)) $EX || return 1; done
	for node in $first "${every[@]:first}" "${every[@]:0:first-1}"; do say $node "lck.ask $((node % nodes)) $((node % nodes)) $EX"; done
	for node in "${every[@]}"; do answer_of $node && [[ $answer == $ok ]] || return 1; done
	for node in "${every[@]}"; do asked $node || return 1; done
	for node in "${every[@]}"; do
		call $node 'lck.granted 0' || return 1
		told="$ok $((node % nodes)) $deadlock"
		[[ $answer == "$timeout" || ($answer == "$told" && -z $victim) ]] || { echo "     node $node: $answer, victim so far: ${victim:-none}"; return 1; }
		[[ $answer == "$timeout" ]] || victim=$node
	done
	[[ -n $victim ]] || { echo '     nobody is told'; return 1; }
	victims[$victim]=$((victims[victim] + 1))
	for ((node = victim; node != victim % nodes + 1; node = before)); do
		before=$(((node + nodes - 2) % nodes + 1))
		unlocks $node $((node - 1)) && gets $before $((node - 1)) && unlocks $before $((node - 1)) || return 1
	done
	unlocks $node $((node - 1)) && hears_nothing "${every[@]}"
}
again_and_again() { local round; for ((round = 0; round < rounds; round++)); do all_at_once $((round % nodes + 1)) || { echo "     round $round"; return 1; }; done; }

# 1 waits for 2, 2 for 3, which dies: 2 gets its lock, and 4, which asks of 1 then, closes nothing.
a_ring_whose_member_dies()
{
	holds 1 $a $EX && holds 2 $b $EX && holds 3 $c $EX && asks 1 $b $EX && asks 2 $c $EX && hears_nothing 1 2 || return 1
	do_step kill 3
	gets 2 $c && asks 4 $a $EX && hears_nothing 1 4 &&
		asks 2 $a $EX && is_victim 2 $a && # this one does
		unlocks 2 $b && gets 1 $b && unlocks 1 $a && gets 4 $a &&
		unlocks 1 $b && unlocks 2 $c && unlocks 4 $a && hears_nothing 1 2 4
}

# Each with agents of its own.
scene() # PROMISE WHAT
{
	local node begun=yes
	for node in "${every[@]}"; do agent_start "$node" && opens "$node" || begun=no; done
	if [[ $begun == yes ]] && "$2"; then ok "$1"; else not_ok "$1"; fi
	for node in "${every[@]}"; do agent_end "$node"; done
}

lab_up
scene 'a ring of four nodes and four resources: who closes it is told, the others get their locks' one_ring
scene 'three cycles that share nodes: one request closes them, and is the one victim' cycles_that_share
scene 'two cycles of one client: each has its victim' two_cycles_of_one
scene 'a ring that is closed by a shared lock has no victim' nearly_a_ring
scene 'a ring with an orphan in it has no victim' a_ring_with_an_orphan
declare -a victims=(0 0 0 0 0)
scene "all ask at once, $rounds times: one victim each time" again_and_again
echo "     victims by node: ${victims[*]:1}"
scene 'a ring whose member dies has no victim, the next one has' a_ring_whose_member_dies
shown 'digests are equal, nobody is left' wait_until digests_are_equal lck 1 2 4
end
