#!/bin/bash
# `ais lck run` on three nodes: exactly one runs at a time, another takes over when the command, the tool, the daemon or the node dies or the
# network is cut, the command's whole process group is ended when the lock is lost, --again takes it back, and each exit code. Last line:
# N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

# Its lines: TOKEN NODE PID PARENT CHILD. One that is stubborn hears no SIGTERM; the child shows whether the group is ended.
cat >"$work/worker" <<'TEXT'
#!/bin/bash
[[ $2 != stubborn ]] || trap '' TERM
sleep 1000 &
child=$!
[[ $2 == stubborn ]] || trap 'echo "stopped $AIS_LCK_TOKEN" >>"$1.stops"; kill $child; exit 0' TERM
echo "$AIS_LCK_TOKEN $(hostname) $$ $PPID $child" >>"$1"
while wait $child; (($? > 128)) && kill -0 $child 2>/dev/null; do :; done
TEXT
chmod +x "$work/worker"
ledger=$work/ledger
: >"$ledger"

declare -a tools=()
candidate() # NODE [OPTION...]: waits for the lock, and for it again
{
	lab exec "$1" -- ais lck run --again --grace 1 "${@:2}" leader -- "$work/worker" "$ledger" "$manner" 2>>"$work/words-$1" &
	tools[$1]=$!
}
count() { wc -l <"$ledger"; }
started() { (($(count) >= $1)); }
takes_over() # WHAT: one more line, of another node
{
	shown "$1: another runs" wait_until started $((lines + 1))
	shown "$1: one of another node, and one alone" test "$(count)" = $((lines + 1)) -a "$(leader)" != "$led"
}
leader() { tail -n 1 "$ledger" | sed 's/.* node-\([0-9]*\) .*/\1/'; }
look() { lines=$(count) led=$(leader); read -r _ _ worker tool child < <(tail -n 1 "$ledger"); }
alive() { lab exec "$1" -- kill -0 "$2" 2>/dev/null; }
dead() { ! alive "$@"; }
ends_with() { local code=0; "${@:2}" >"$work/said" 2>&1 || code=$?; ((code == $1)) || { cat "$work/said"; echo "exit code $code"; false; }; }
run_ends() { lab exec "$led" -- kill -KILL "$tool" "$worker" "$child" 2>/dev/null; } # the end of one may be the end of the next
says_pass() { "$@" >"$work/said" 2>&1; grep -q "^pass " "$work/said" || { cat "$work/said"; false; }; }
run() { local -r node=$1; shift; lab exec "$node" -- ais lck run "$@"; }

# With little room for callbacks that nobody fetches: what a client that does not dispatch is told is bounded, not the client.
{ lab print-config 3; printf 'aisle {\n\tclient_ring_size: 16\n\tclient_pending_size_max: 64\n}\n'; } >"$work/small.conf"
lab_up --config "$work/small.conf"
shown 'a holder that dispatches nothing keeps its lock' says_pass lab exec 1 -- "$build/ais-conformance" --libdir "$build/.libs" --assertion LCK-116
manner=polite
for node in "${every[@]}"; do candidate "$node"; done
shown 'one runs' wait_until started 1
look
shown 'the others wait' test "$lines" = 1

do_step exec "$led" -- kill -KILL "$worker"
wait "${tools[led]}"
shown 'the command is killed: 137' test $? = 137
takes_over 'the command is killed'
lab exec "$led" -- kill "$child" 2>/dev/null # a command that is killed leaves its children to itself
candidate "$led"

look
do_step exec "$led" -- kill -KILL "$tool"
takes_over 'the tool is killed'
shown 'the tool is killed: its command is dead' wait_until dead "$led" "$worker"
shown 'the tool is killed: and what the command has started' wait_until dead "$led" "$child"
candidate "$led"

look
do_step exec "$led" -- kill -TERM "$tool"
wait "${tools[led]}"
shown 'the tool is asked to end: the exit status is the command'"'"'s' test $? = 0
shown 'the tool is asked to end: the command ended in order' grep -q . "$ledger.stops"
takes_over 'the tool is asked to end'
candidate "$led"

look
do_step kill "$led" --daemon
takes_over 'the daemon is killed'
shown 'the daemon is killed: the command is dead' wait_until dead "$led" "$worker"
shown 'the daemon is killed: what it had started, too' wait_until dead "$led" "$child"
do_step start "$led"
shown 'all nodes are in sync' lab wait --patience "$patience_s"

look
do_step kill "$led"
takes_over 'the node is killed'
do_step start "$led"
shown 'all nodes are in sync' lab wait --patience "$patience_s"
manner=stubborn
candidate "$led"

# The stubborn one is made to run: the others stand behind it.
for node in "${every[@]}"; do
	[[ $node != "$led" ]] || continue
	look_tool=$(lab exec "$node" -- pgrep -f 'lck run --again' | head -n 1)
	do_step exec "$node" -- kill -TERM "$look_tool"
	wait "${tools[node]}"
done
stubborn=$led
shown 'the last candidate runs' wait_until eval '[[ $(leader) == $stubborn ]]'
for node in "${every[@]}"; do [[ $node == "$stubborn" ]] || candidate "$node"; done

look
shown 'held: --try says 9' ends_with 9 run "$(((led % 3) + 1))" --try leader true
do_step cut "$led"
takes_over 'cut off'
shown 'cut off: a command that does not hear SIGTERM is killed' wait_until dead "$led" "$worker"
shown 'cut off: what it had started, too' wait_until dead "$led" "$child"
shown 'cut off: the operator is told' grep -q "the lock 'leader' is lost" "$work/words-$led"
shown 'cut off: nothing is decided there, 4' ends_with 4 run "$led" --try other true
before=$led
do_step heal
shown 'all nodes are in sync' lab wait --patience "$patience_s"
while [[ $(leader) != "$before" ]]; do # the ones before it in line end
	look
	run_ends
	wait_until started $((lines + 1)) || break
done
shown 'healed: --again has taken it back' test "$(leader)" = "$before"
look
run_ends
tokens_grow() { cut -d' ' -f1 "$ledger" >"$work/tokens"; sort -t. -n -u -k1,1 -k2,2 -k3,3 "$work/tokens" | cmp - "$work/tokens"; }
shown "tokens grow from each of $(count) holders to the next" tokens_grow

echo '--- exit codes'
shown "the command's own" ends_with 7 run 1 code sh -c 'exit 7'
shown 'of a signal: 143' ends_with 143 run 1 code sh -c 'kill -TERM $$'
shown 'no such command: 127' ends_with 127 run 1 code /nowhere/command
shown 'not to be executed: 126' ends_with 126 run 1 code /etc/passwd
shown 'usage: 2' ends_with 2 run 1 --wait soon code true
shown 'no command: 2' ends_with 2 run 1 code
shown 'its environment' ends_with 0 run 1 code sh -c '[ "$AIS_LCK_NAME" = code ] && echo "$AIS_LCK_TOKEN" | grep -qx "[0-9]*\.[0-9]*\.[0-9]*"'
mkfifo "$work/held"
run 2 code sh -c 'echo >"$0"; exec sleep 1000' "$work/held" 2>"$work/words" &
holder=$!
read -r _ <"$work/held"
shown 'held on another node, --try: 9' ends_with 9 run 1 --try code true
shown '--wait runs out: 9' ends_with 9 run 1 --wait 0.3 code true
shown '--quiet says nothing' test -z "$(run 1 --try --quiet code true 2>&1)"
do_step cut 2
wait $holder
shown 'lost by a cut: 10' test $? = 10
do_step heal
shown 'all nodes are in sync' lab wait --patience "$patience_s"

# One that waits, without --again, where there is no quorum for a while, twice: it waits on.
run 1 code sh -c 'echo >"$0"; read -r _ <"$0"' "$work/held" 2>"$work/words" &
holder=$!
read -r _ <"$work/held"
run 2 code sh -c 'echo ran >"$0"' "$work/ran" 2>"$work/waits" &
waiter=$!
waits_behind() { lab exec 1 -- ais lck list --json | grep -q '"waiting": 1'; }
for round in 1 2; do
	shown "waits, before cut $round" wait_until waits_behind
	do_step cut 2
	shown 'its node has no quorum' stands 2 no-quorum 4
	shown 'its request is gone' wait_until eval '! waits_behind'
	do_step heal
	shown 'all nodes are in sync' lab wait --patience "$patience_s"
done
shown 'it waits on' wait_until waits_behind
echo >"$work/held"
wait $holder
shown 'the holder ends' test $? = 0
wait $waiter
shown 'the one that waited has run' test $? = 0 -a -s "$work/ran"
do_step kill 3 --daemon
shown 'no daemon: 3' ends_with 3 run 3 code true
end
