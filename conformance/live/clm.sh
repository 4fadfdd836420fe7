#!/bin/bash
# The membership as 200 trackers on two of three real daemons are told of it, on IPv4 and on IPv6: a node that leaves and returns is two callbacks,
# one whose daemon dies and is back before anybody missed it is one with one entry, and all are told the same in the same order. Names are the
# configuration's; every node tells the same of all. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

readonly trackers=50 # a process; two processes on each of nodes 1 and 2
readonly boot_ns=(0 1111000000000000001 1222000000000000002 1333000000000000003)
declare -A tracking

# Every node's boot is another, which one machine has no way to show: the daemon finds the time that it is to tell where it keeps it.
boots_differ()
{
	local node
	for node in "${every[@]}"; do
		lab stop "$node" --daemon && lab exec "$node" -- sed -i -E "s/ [0-9]+\$/ ${boot_ns[node]}/" /run/aisle/aisle/boot && lab start "$node" || return 1
	done
	whole
}
# The membership has all three on every node: a view is told when it is stable, which comes after `serving`.
whole()
{
	local node
	for node in "${every[@]}"; do timeout "$patience_s" "$build/core/tools/ais-lab" exec "$node" -- clm-trackers members 3 || return 1; done
}
all_tell_the_same()
{
	local node
	for node in "${every[@]}"; do lab exec "$node" -- ais clm nodes --json >"$work/nodes-$node" || return 1; done
	cmp "$work/nodes-1" "$work/nodes-2" && cmp "$work/nodes-1" "$work/nodes-3"
}
tells() # NODE NAME ADDRESS
{
	grep -q "\"node\": $1, \"name\": \"$2\", \"address\": \"$3\", \"member\": true, \"initial_view\": [0-9]*, \"boot_ns\": ${boot_ns[$1]}}" "$work/nodes-1" ||
		{ cat "$work/nodes-1"; false; }
}

all_are_told() # CHANGES
{
	local output
	for output in "$work"/trackers-{1,2}-{1,2}; do
		(($(grep -m 1 -c -x "changes $1" < <(exec timeout "$patience_s" tail -q --pid=$$ -n +1 -F "$output" 2>/dev/null)))) || { cat "$output"; return 1; }
	done
}
trackers_start() # CHANGES
{
	local node process
	mkdir "$work/told" && chmod 777 "$work/told"
	for node in 1 2; do
		for process in 1 2; do
			timeout $((4 * patience_s)) "$build/core/tools/ais-lab" exec "$node" -- clm-trackers track "$work/told" $trackers 3 "$1" >"$work/trackers-$node-$process" &
			tracking[$node $process]=$!
		done
	done
	all_are_told 0
}
trackers_end()
{
	local key good=0
	for key in "${!tracking[@]}"; do
		wait "${tracking[$key]}" || { good=1; cat "$work/trackers-${key/ /-}"; }
	done
	return $good
}
# From the view on in which the last of them began.
same_for_all() # all|only
{
	local -r views=$(head -q -n 1 "$work/told/$1".* | cut -d ' ' -f 1)
	local -r begun=$(sort -n <<<"$views" | tail -n 1)
	local file
	(($(wc -l <<<"$views") == trackers * 2)) || return 1
	(($(for file in "$work/told/$1".*; do awk -v begun="$begun" '$1 > begun' "$file" | sha256sum; done | sort -u | wc -l) == 1))
}
# What the first tracker of that kind was told of node 3, one word a callback that names it with a change: 2 joined, 3 left.
told_of_3() { cut -d ' ' -f 3- "$(ls "$work/told/$1".1.* | head -n 1)" | grep -o '\(^\| \)3:[^ ]*' | awk -F : '$(NF - 2) != 1 { print $(NF - 2) }' | tr '\n' ' '; }
is_told() { local -r got=$(told_of_3 "$1"); [[ $got == "$2 " ]] || { echo "     told $got"; cat "$(ls "$work/told/$1".1.* | head -n 1)"; false; }; }

stopped_daemon()
{
	local line good=1
	coproc CLIENT { lab exec 1 -- clm-trackers stopped; }
	local -r client=$CLIENT_PID
	read -r line <&"${CLIENT[0]}" && [[ $line == ready ]] && lab pause 1 --daemon && echo >&"${CLIENT[1]}" &&
		read -r line <&"${CLIENT[0]}" && [[ $line == timeout ]] && good=0
	lab resume 1 --daemon
	((good == 0)) && echo >&"${CLIENT[1]}" && read -r line <&"${CLIENT[0]}" && [[ $line == answered ]] && wait "$client" || { echo "     it says $line"; false; }
}

pass() # WHAT OPTION...
{
	local -r what=$1
	local node address
	local addresses=(0 10.77.0.1 10.77.0.2 10.77.0.3)
	[[ $what == IPv4 ]] || addresses=(0 fd00:77:0:0:0:0:0:1 fd00:77:0:0:0:0:0:2 fd00:77:0:0:0:0:0:3)

	# Nobody is missed before five seconds: a daemon that was killed and started again is to be told by its own return.
	lab print-config 3 --token 5000 "${@:2}" | sed 's/name: node-1$/name: first.example/; s/name: node-3$/name: third/' >"$work/$what.conf"
	lab_up --config "$work/$what.conf" "${@:2}"
	shown "$what: each node has a boot of its own" boots_differ
	shown "$what: all nodes tell the same view number, names, addresses, boots and first views" all_tell_the_same
	for node in "${every[@]}"; do
		address=${addresses[node]}
		shown "$what: node $node is told with its configured name, $address and its boot" tells "$node" "$(sed -n "s/^.*name: //p" "$work/$what.conf" | sed -n "$((node + 1))p")" "$address"
	done
	for node in "${every[@]}"; do shown "$what: on node $node NodeGet and NodeGetAsync bring every member" lab exec "$node" -- clm-trackers get; done

	shown "$what: $((trackers * 4)) trackers in four processes track" trackers_start 3
	do_step stop 3
	shown "$what: all are told that node 3 left" all_are_told 1
	do_step start 3
	shown "$what: all are told that it is back" all_are_told 2
	do_step kill 3 --daemon
	do_step start 3
	shown "$what: all are told that it was restarted" all_are_told 3
	shown "$what: each tracker's callbacks add up, in ascending views" trackers_end
	shown "$what: all CHANGES trackers on both nodes were told the same in the same order" same_for_all all
	shown "$what: so were all CHANGES_ONLY trackers" same_for_all only
	shown "$what: leaving and returning was two callbacks, a restart that nobody missed one, with one entry" is_told all '3 2 2'
	shown "$what: CHANGES_ONLY tells no more of it" is_told only '3 2 2'
	do_step down
	rm -rf "$work/told" "$work"/trackers-*
}

pass IPv4
shown 'IPv4: NodeGet of a stopped daemon ends with its timeout, and answers later' eval 'lab_up && stopped_daemon'
do_step down
if [[ -e /proc/net/if_inet6 ]]; then
	pass IPv6 --ipv6
else
	echo 'skip IPv6: this kernel has none'
	skipped=$((skipped + 1))
fi
end
