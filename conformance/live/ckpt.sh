#!/bin/bash
# One pass with real daemons: loss, partition, merge, kill, SIGSTOP, restart during catch-up, while checkers on every node write and read
# (README.md). Asserts safety and 'eventually'; waits for what is to happen, never for a time to pass. Last line: N passed, N failed, N
# skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

readonly bulk_mib=24 # a returning node has to catch up with
readonly checker=live-checker
declare -a checkers

# It answers: catching up, or already done with it.
answers() # NODE
{
	local code=0
	standing=$(lab exec "$1" -- ais status --wait serving --patience "$patience_s" 2>/dev/null) || code=$?
	((code == 0 || code == 7))
}

lab_up

shown "$bulk_mib MiB of content written" lab exec 3 -- live-checker fill "$bulk_mib"

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

do_step kill 1 # CASE-085: the lowest id, and nobody's master
goes_on 'node 1 killed' 2 3
do_step start 1
standing=
answers 1 || not_ok 'node 1 does not come back'
do_step kill 1
echo "     when it was killed again: $(grep -m 1 catch-up <<<"$standing")"
goes_on 'node 1 killed while it catches up' 2 3
do_step start 1
checker_start 1
goes_on 'node 1 is back' 1 2 3

checkers_end

shown 'in sync at the end' lab wait --patience "$patience_s"
for node in 1 2 3; do
	shown "node $node writes and reads" timeout "$patience_s" "$build/core/tools/ais-lab" exec "$node" -- live-checker settled $((16 + node))
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
account marks >"$work/marks"
nothing_is_missing()
{
	awk -F '[\t ]' 'NR == FNR { value[$1] = $3; next } { match($0, /floor=[0-9]+/); floor = substr($0, RSTART + 6, RLENGTH - 6) }
		value[$1] + 0 < floor + 0 { print $1 " is " value[$1] ", " floor " was promised"; bad = 1 }
		END { exit bad }' "$work/dump-live-1" "$work/marks"
}
shown 'nothing that was acknowledged or read is missing' nothing_is_missing
end
