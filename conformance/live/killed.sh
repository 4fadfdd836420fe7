#!/bin/bash
# A daemon is killed with SIGKILL while programs sleep in poll() and in Dispatch BLOCKING of all libraries: all are woken and told LIBRARY, and
# once it is back others are served (daemon_killed.c; CASE-111). Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

nodes=1
. "$(dirname "$0")/common.sh"

lab_up
coproc program { timeout "$patience_s" "$build/core/tools/ais-lab" exec 1 -- daemon-killed; }
program_pid=$program_PID
exec {answers}<&"${program[0]}" {input}>&"${program[1]}"
own=${program[1]}
exec {own}>&- # the copy alone is the program's input now
says() { local word; read -r -t "$patience_s" word <&"$answers" && [[ $word == "$1" ]] || { echo "said: ${word-nothing}"; cat <&"$answers"; false; }; }

shown 'programs sleep in poll() and in Dispatch of four libraries' says waiting
do_step kill 1 --daemon
exec {input}>&-
shown 'all are woken when the daemon is killed, and told LIBRARY' says 'all woken'
shown 'they end' wait "$program_pid"
do_step start 1
shown 'the node serves again' lab wait --patience "$patience_s"
shown 'who comes then is served' lab exec 1 -- clm-trackers members 1
end
