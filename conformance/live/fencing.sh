#!/bin/bash
# Fencing, expected votes and leaving in good order, on three real daemons. A node that departs without a word keeps its locks from the others
# until somebody says that it is fenced, or it is back; one that leaves with a word does not. Last line: N passed, N failed, N skipped.
# Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

status_of() { lab exec "$1" -- ais status; } # its exit status is the standing's
json_of() { lab exec "$1" -- ais status --json | tr -d ' \n'; }
says() { # EXIT-STATUS TEXT CMD...
	local code=0
	"${@:3}" >"$work/said" 2>&1 || code=$?
	((code == $1)) && { [[ -z $2 ]] || grep -qF -- "$2" "$work/said"; } || { echo "     status $code:"; cat "$work/said"; false; }
}

# Takes the lock and keeps it; returns when it is held. What runs under it writes one word into the pipe.
holder_start() # NODE
{
	local word
	lab exec "$1" -- ais lck run live -- sh -c 'echo held >"$0"; exec sleep infinity' "$work/holder" >>"$work/holder.log" 2>&1 &
	read -r word <"$work/holder"
	[[ $word == held ]]
}

# Queues for the lock; what it writes when it has it stands in the file `order`, after what was done before.
follower_start() # NODE
{
	lab exec "$1" -- ais lck run live -- sh -c 'echo granted >>"$0/order"; echo granted >"$0/follower"' "$work" >>"$work/follower.log" 2>&1 &
	follower=$!
}
follower_waits() { lab exec "$1" -- ais lck run --try live -- true >/dev/null 2>&1; (($? == 9)); } # somebody holds it

mkfifo "$work/holder" "$work/follower"
lab print-config 3 | sed 's/^quorum {$/&\n\tfencing: yes/' >"$work/fencing.conf"
grep -q 'fencing: yes' "$work/fencing.conf" || not_ok 'the configuration asks for fencing'
lab_up --config "$work/fencing.conf"
shown 'status says that fencing is required' says 0 'fencing required' status_of 1
shown 'nobody waits for the fencing of a member' says 8 'nobody waits for the fencing of node 2' lab exec 1 -- ais cluster fenced 2

# A node with a lock is killed.
shown 'a program on node 3 holds the lock' holder_start 3
shown 'it is not to be had elsewhere' follower_waits 1
follower_start 1
do_step kill 3
shown 'node 1 waits for fencing' stands 1 fencing 12 --members 2
shown 'node 2 waits for fencing' stands 2 fencing 12 --members 2
shown 'status names the node' says 12 'node 3 is to be fenced' status_of 2
shown 'so does its JSON' eval 'json_of 2 | grep -q "\"gate\":\[\"fencing\"\],\"unfenced\":\[3\]"'
shown 'another node is not taken for it' says 8 'nobody waits' lab exec 2 -- ais cluster fenced 4
echo said >>"$work/order"
shown 'an operator on node 2 says that it is fenced' says 0 'every member knows that node 3 is fenced' lab exec 2 -- ais cluster fenced 3
read -r _ <"$work/follower"
shown 'the lock is granted, and was not before that' diff <(printf 'said\ngranted\n') "$work/order"
wait "$follower"
shown 'the gate is open' stands 1 caught-up 0 --members 2
do_step start 3
shown 'node 3 is back' lab wait --patience "$patience_s"

# One that is back needs no fencing: it was told that it holds nothing.
do_step kill 3
shown 'node 1 waits again' stands 1 fencing 12 --members 2
do_step start 3
shown 'node 3 is back, nobody waits any more' lab wait --patience "$patience_s"

# With a word: by the operator's command, and by the service manager's signal.
shown 'a program on node 2 holds the lock' holder_start 2
shown 'node 2 leaves' says 0 'node 2 has left, its daemon has ended' lab exec 2 -- ais node leave
shown 'the others go on without a fencing' stands 1 caught-up 0 --members 2
shown 'its daemon is not there any more' says 3 '' lab exec 2 -- ais status
shown 'its lock is free' says 0 '' lab exec 1 -- ais lck run --try live -- true
shown 'node 2 ended with status 0, drained' eval 'lab logs 2 | grep "when its clients have their answers" && lab logs 2 | grep "ended with status 0" && ! lab logs 2 | grep -e not-drained -e farewell-unheard'

# Two of three are left: one more would take the quorum.
shown 'a leave that would cost the quorum waits, and is refused' says 13 'the quorum would be lost; --force leaves all the same' \
	lab exec 1 -- ais node leave --patience 1
shown 'the node is where it was' stands 1 caught-up 0 --members 2
shown 'fewer votes than members are refused' says 1 'could both have a majority' lab exec 1 -- ais cluster expected-votes 1
shown 'more than leave a majority are refused' says 1 'could both have a majority' lab exec 1 -- ais cluster expected-votes 4
shown 'the expected votes are changed' says 0 '2 votes are expected from the next view on' lab exec 1 -- ais cluster expected-votes 2
shown 'the other member knows it' says 0 '2 of 3 votes, of 2 from the next view on' status_of 3
do_step start 2 --no-wait
shown 'they count in the next view, which is that of three' stands 1 caught-up 0 --members 3
shown 'and say so' says 0 '3 of 2 votes' status_of 1
shown 'an operator sets them back' says 0 '3 votes' lab exec 3 -- ais cluster expected-votes 3
do_step stop 3 --daemon
shown 'a daemon that ended by SIGTERM needs no fencing' stands 1 caught-up 0 --members 2
end
