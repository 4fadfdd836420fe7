#!/bin/bash
# A daemon is stopped for longer than its clients wait: the library tells TIMEOUT by itself. What it told is true once the daemon goes on: no lock is
# left that nobody knows of, and no open (lck_stopped.c). Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

nodes=1 # so that nothing keeps the daemon from serving at once when it goes on
. "$(dirname "$0")/common.sh"

says() { [[ $(read -r -t "$patience_s" word <&"$answers" && echo "$word") == "$1" ]]; } # WORD: the client's next

lab_up
coproc client { lab exec 1 -- lck-stopped stopped-lock stopped-open stopped-done 2>"$work/client"; }
exec {answers}<&"${client[0]}" {input}>&"${client[1]}"
own=${client[1]}
exec {own}>&- # the copy alone is the client's input now
client_pid=$client_PID
shown 'a client is ready' says 'ready'
do_step pause 1 --daemon
echo >&"$input"
shown "the library tells TIMEOUT while the daemon is stopped" says 'given up'
do_step resume 1 --daemon
shown 'the daemon goes on' lab wait --patience "$patience_s"
echo >&"$input"
shown 'the daemon has taken what it was asked meanwhile' says 'done'
shown 'what TIMEOUT was told of is not held' lab exec 1 -- ais lck run --try stopped-lock -- true
is_open() { lab exec 1 -- ais lck show "$1" >"$work/show" 2>&1; }
shown 'what was asked afterwards is open' is_open stopped-done
is_open stopped-open && not_ok 'what TIMEOUT was told of is not open' || ok 'what TIMEOUT was told of is not open'
exec {input}>&-
shown 'the client was told what it expected' wait "$client_pid"
((failed == 0)) || cat "$work/client" "$work/show"
end
