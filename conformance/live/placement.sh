#!/bin/bash
# Where content lies, on five nodes with `ckpt.replicas: 2`: two nodes hold it and the others no byte of it; all read and write; a holder
# that is killed is followed by another, which is filled, and so on until every first holder is gone, while checkers write and read. A collocated
# checkpoint lies where it is open: one opened elsewhere is filled, and lives on when the first node is killed. Last line: N passed, N
# failed, N skipped. Exit 1 if one failed.
set -u

nodes=5
. "$(dirname "$0")/common.sh"

readonly bulk_mib=16
readonly checker=live-checker
declare -a checkers

field() { # NODE CHECKPOINT EXPRESSION over `c`, what `ais ckpt show --json` says
	lab exec "$1" -- ais ckpt show "$2" --json | python3 -c "import json, sys; c = json.load(sys.stdin); print($3)"
}
holders() { field "$1" "$2" '" ".join(str(r["node"]) for r in c["replicas"] if r["complete"])'; }
holders_count() { [[ $(holders "$1" "$2" | wc -w) == "$3" ]]; } # NODE CHECKPOINT COUNT
holds_nothing() { [[ $(field "$1" "$2" 'not c["held"] and c["memory_held"] < c["memory_used"] / 16') == True ]]; }
holds_all() { [[ $(field "$1" "$2" 'c["held"] and c["complete"] and c["memory_held"] >= c["memory_used"]') == True ]]; }
is_in() { [[ " $2 " == *" $1 "* ]]; }

# Each node that is a holder has all of it, each other nothing.
lies_with() # CHECKPOINT NODES-PRESENT HOLDERS
{
	local node
	for node in $2; do
		if is_in "$node" "$3"; then
			holds_all "$node" "$1" || { echo "node $node does not hold all of $1"; return 1; }
		else
			holds_nothing "$node" "$1" || { echo "node $node holds something of $1"; return 1; }
		fi
	done
}

risks() { lab exec "$1" -- ais status | grep -F -q "$2"; } # NODE REASON
waits_for_content() { lab exec "$1" -- ais status --wait serving --members 3 --patience "$patience_s" >"$work/standing"; grep -F -q "$2" "$work/standing" || { cat "$work/standing"; false; }; } # NODE NAME
gives_up() { lab exec "$1" -- ais cluster adopt; lab exec "$1" -- live-checker settled 18; lab logs "$1" | grep content-given-up | grep -F -q "$2"; }
reads() { lab exec "$1" -- live-checker vector "$bulk_mib"; } # NODE

lab print-config "$nodes" >"$work/placement.conf"
printf 'ckpt {\n\treplicas: 2\n}\n' >>"$work/placement.conf"
lab_up --config "$work/placement.conf"

shown "$bulk_mib MiB written" lab exec 3 -- live-checker fill "$bulk_mib"
shown 'two nodes are complete' holders_count 1 bulk 2
first=$(holders 1 bulk)
shown "nodes $first hold it, the others no byte" lies_with bulk "${every[*]}" "$first"
for node in "${every[@]}"; do shown "node $node reads it" reads "$node"; done

for node in "${every[@]}"; do checker_start "$node"; done
goes_on 'undisturbed' "${every[@]}"
left="${every[*]}"
for victim in $first; do
	do_step kill "$victim"
	left=$(tr ' ' '\n' <<<"$left" | grep -vx "$victim" | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list of nodes
	goes_on "node $victim, a holder, killed" $left
	for node in $left; do shown "node $node is filled, or had nothing to take" stands "$node" caught-up 0; done
	one=${left%% *}
	shown "node $one knows of it" lab exec "$one" -- live-checker settled 17
	shown "two nodes are complete after node $victim" holders_count "$one" bulk 2
	now=$(holders "$one" bulk)
	shown "now nodes $now hold it, the others no byte" lies_with bulk "$left" "$now"
	for node in $left; do shown "node $node reads it after node $victim" reads "$node"; done
done
for victim in $first; do
	do_step start "$victim"
	checker_start "$victim"
done
goes_on 'they are back' "${every[@]}"
checkers_end
shown 'in sync' lab wait --patience "$patience_s"
shown 'nobody gave anything up for them' holders_count 1 bulk 2
account marks >"$work/marks"

# Collocated.
mkfifo "$work/in-2" "$work/out-2" "$work/in-4" "$work/out-4"
lab exec 2 -- live-checker near write <"$work/in-2" >"$work/out-2" &
exec 5>"$work/in-2"
read -r word <"$work/out-2"
shown 'node 2 opens and writes a collocated checkpoint' test "$word" = open
shown 'it lies on node 2 alone' lies_with near "${every[*]}" 2
shown 'node 2 is not safe to restart, and says why' risks 2 'ckpt: near would lose its last complete replica'
lab exec 4 -- live-checker near read <"$work/in-4" >"$work/out-4" &
exec 6>"$work/in-4"
read -r word <"$work/out-4"
shown 'node 4 opens it and reads what was written' test "$word" = open
shown 'node 4 is filled' stands 4 caught-up 0
shown 'node 1 knows of it' lab exec 1 -- live-checker settled 17
shown 'it lies on nodes 2 and 4' lies_with near "${every[*]}" '2 4'
do_step kill 2
exec 5>&-
shown 'node 4 goes on without node 2' stands 4 caught-up 0 --members 4
shown 'it lies on node 4 alone' lies_with near '1 3 4 5' 4
shown 'node 1 reads it' lab exec 1 -- live-checker near read </dev/null
do_step kill 4
exec 6>&-
shown 'with node 4 it is lost, and nothing else' waits_for_content 1 'ckpt: near'
shown 'the operator gives it up by name' gives_up 1 'ckpt: near'
shown 'node 3 opens what is left of it' lab exec 3 -- ais ckpt show near
shown 'node 1 knows of it' lab exec 1 -- live-checker settled 17
shown 'it lies on one node, all of it' holders_count 1 near 1
for node in 1 3 5; do shown "node $node reads the rest" reads "$node"; done
end
