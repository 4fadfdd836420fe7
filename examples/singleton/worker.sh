#!/bin/bash
# A worker of which one runs in the cluster: every 200 ms it enters a line into a ledger that all nodes can reach. Started by `ais lck run`, which
# says under which token it works. Ends in order when it is told to (SIGTERM), and at once when the ledger has a younger token.
#
#	worker.sh LEDGER
set -u
ledger=$1

# NUMBER.NUMBER.NUMBER compared part by part: the first is older than the second.
older() { [[ $1 != "$2" && $(printf '%s\n' "$1" "$2" | sort -t. -n -k1,1 -k2,2 -k3,3 | head -n 1) == "$1" ]]; }

# What is protected must refuse who is late: the check and the line are one step.
enter() # WORD: false when refused
{
	(
		flock 9
		last=$(tail -n 1 "$ledger" | cut -d' ' -f1)
		[[ -z $last ]] || ! older "$AIS_LCK_TOKEN" "$last" || exit 1
		echo "$AIS_LCK_TOKEN $(hostname) $1 $$ $PPID" >>"$ledger"
	) 9>>"$ledger.lock"
}

trap 'enter stop; exit 0' TERM
enter start || exit 1
while enter work; do
	sleep 0.2 &
	wait $!
done
echo "$(hostname): somebody has a younger token than $AIS_LCK_TOKEN" >&2
exit 1
