#!/bin/bash
# Five nodes, and programs on each that compete for a few locks in all the ways there are (lck_competitor.c), while nodes and daemons are killed, stopped in
# order, stopped and let go on, and the network is cut, by a seed. A recorder of its own (lck_recorder.c) takes what they write under their
# locks and judges. LIVE_DEEP=yes: ten minutes. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
#
#	lck.sh [--seconds N] [--seed N]
set -u

nodes=5
readonly clients=3 resources=3
seconds=30 seed=${LIVE_SEED:-1}
[[ ${LIVE_DEEP-} != yes ]] || seconds=600
while (($#)); do
	case $1 in
	--seconds) seconds=$2; shift ;;
	--seed) seed=$2; shift ;;
	*) echo "lck.sh: $1: unknown (--seconds N, --seed N)" >&2; exit 2 ;;
	esac
	shift
done

. "$(dirname "$0")/common.sh"

recorder() { "$build/conformance/live/lck-recorder" "$1" "$work/recorder" "${@:2}"; }
declare -a competitors=() life=(0 0 0 0 0 0)
competitors_start() # NODE
{
	life[$1]=$((life[$1] + 1))
	lab exec "$1" -- lck-competitor run "$work/recorder" "$1" $clients $resources $((seed * 1000 + life[$1])) >>"$work/competitors-$1" 2>&1 &
	competitors[$1]=$!
}

. "$(dirname "$0")/schedule.sh"

# Once a node says that it has no quorum, its ring has granted nothing and never will: a grant's token names the ring that made it.
minorities_tell() # of `partition`
{
	local part node members ring
	for part in ${partition//\// }; do
		members=${part//,/}
		((${#members} <= nodes / 2)) || continue
		node=${part%%,*}
		stands "$node" no-quorum 4 || { not_ok "the part $part knows that it has no quorum"; continue; }
		ring=$(lab exec "$node" -- ais status --json | tr -d '\n' | sed -n 's/.*"standing": "no quorum".*"ring_id": *{ *"representative": *\([0-9]*\), *"seq": *\([0-9]*\).*/\2 \1/p')
		[[ -n $ring ]] || { not_ok "the part $part, which has no quorum, names its ring"; continue; }
		recorder inquorate $ring
	done
}

one_fault()
{
	local node
	draw $nodes
	node=$((drawn + 1))
	draw 8
	case $drawn in
	0 | 1)
		node_is_killed "$node"
		competitors_start "$node"
		;;
	2) daemon_is_killed "$node" ;;
	3) daemon_is_stopped "$node" ;;
	4) node_is_paused "$node" ;;
	5)
		fault pause "daemon of node $node stopped, its clients go on"
		do_step pause "$node" --daemon
		hold
		do_step resume "$node" --daemon
		;;
	6 | 7)
		a_partition
		fault cut "network cut: $partition"
		do_step cut "$partition"
		minorities_tell
		hold
		do_step heal
		;;
	esac
}

# --- the course ---

lab_up
echo "     seed $seed, $seconds s"
mkfifo "$work/listening"
"$build/conformance/live/lck-recorder" run "$work/recorder" "$work/writes" >"$work/listening" 2>&1 &
recorder_process=$!
exec 3<"$work/listening"
read -r _ <&3
cat <&3 >"$work/recorded" &
for node in "${every[@]}"; do competitors_start "$node"; done
shown 'undisturbed, every client of every node gets a lock again and again' recorder await $nodes $clients 3 "$patience_s"

started=$SECONDS
while ((SECONDS - started < seconds)); do
	one_fault
	hold
done

# What was drawn may have had no part without quorum, and the claim of such rings would rest on none.
all_in_sync
partition=1,2/3,4,5
fault cut "network cut: $partition"
do_step cut "$partition"
minorities_tell
hold
lab heal
shown 'the faults are over: every client of every node gets a lock again' recorder await $nodes $clients 3 "$patience_s"

recorder finish
for node in "${every[@]}"; do
	shown "clients of node $node end" wait "${competitors[$node]}"
	! grep -v Killed "$work/competitors-$node" || not_ok "clients of node $node complain"
done
shown 'all nodes are in sync' lab wait --patience "$patience_s"

# What was left behind with ORPHAN is there until a purge, and what is not held any more is not.
shown 'orphans are purged, and with them the last of each resource goes' lab exec 1 -- lck-competitor purge $resources

# Nothing leaks: no open, no lock and no orphan is left, or the resource would be there.
for node in "${every[@]}"; do shown "node $node: no resource is left" lab exec "$node" -- lck-competitor absent $resources; done
service_of 1 lck >"$work/lck"
shown "no client is left and digests are equal: $(<"$work/lck")" wait_until digests_are_equal lck "${every[@]}"
shown 'no client is left' grep -q '"clients":0,"calls":0,' "$work/lck"

recorder quit
recorder_judges() { wait "$recorder_process"; local -r code=$?; wait; return $code; }
shown 'the recorder: one holder in a view, no grant without quorum, who lost is told' recorder_judges
sed 's/^/     /' "$work/recorded"
shown 'there were rings without quorum' grep -q 'rings without quorum [1-9]' "$work/recorded"
every_kind_was_seen() { grep -q '^orphans left behind' "$work/recorded" && ! grep '^orphans left behind' "$work/recorded" | grep -E '(^|, )[^,]* 0(,|$)'; }
shown 'each kind of request, answer and callback was there' every_kind_was_seen

# The writes as logged, one order for all: between an accepted begin and its accepted end no other has an accepted line for that resource, and
# the tokens of what is accepted never fall.
writes_do_not_interleave()
{
	awk '
		function broken(what) { print "line " NR ": " what ": " $0; bad = 1 }
		$1 != "accepted" { next }
		{
			if ($4 < a[$3] || ($4 == a[$3] && ($5 < b[$3] || ($5 == b[$3] && $6 < c[$3])))) broken("an older token is accepted")
			a[$3] = $4; b[$3] = $5; c[$3] = $6
		}
		$2 == "begin" { writer[$3] = $7 " " $4 " " $5 " " $6; writes++ }
		$2 == "end" && writer[$3] != $7 " " $4 " " $5 " " $6 { broken("an end is accepted after the begin of another") }
		END { print "     accepted writes: " writes; exit bad || !writes }' "$work/writes"
}
shown 'accepted writes never interleave' writes_do_not_interleave
echo "     faults:$(faults_told)"
end
