# The schedule of faults that passes with drawn faults share: how it is drawn from the seed, and the faults that they all have. Sourced, when
# `seed`, `nodes`, `patience_s`, lab(), do_step() and not_ok() are there; `started` is when faults began. What the nodes make of it is their own.
RANDOM=$seed
draw() { drawn=$((RANDOM * $1 / 32768)); } # not in a subshell: RANDOM goes on here. The upper bits: the lower ones have patterns
hold() { draw 30; sleep "$((1 + drawn / 10)).$((drawn % 10))"; } # how long a fault lasts: part of the schedule, nothing waits for it

declare -A fault_count=()
fault() # KIND WORDS...
{
	echo "     $((SECONDS - started)) s: ${*:2}"
	fault_count[$1]=$((${fault_count[$1]:-0} + 1))
}
faults_told() { local kind; for kind in "${!fault_count[@]}"; do printf ' %s %d' "$kind" "${fault_count[$kind]}"; done; }

# Memory goes with a daemon: only when all others have what is to be known, or the cluster would rightly wait for an operator.
all_in_sync() { lab wait --patience "$patience_s" || not_ok 'all nodes in sync between two faults'; }

a_partition() # into two or three parts: `partition`
{
	local node part=('' '' '') kind
	draw 3
	kind=$drawn
	for ((node = 1; node <= nodes; node++)); do
		draw $((kind == 2 ? 3 : 2))
		part[drawn]+=${part[drawn]:+,}$node
	done
	partition=$(printf '%s\n' "${part[@]}" | sed '/^$/d' | paste -sd/)
	[[ $partition == */* ]] || partition=1/$(seq -s, 2 "$nodes")
}

node_is_killed() # NODE; its programs are gone with it
{
	all_in_sync
	fault kill "node $1 killed"
	do_step kill "$1"
	hold
	do_step start "$1" --no-wait
}

daemon_is_killed() # NODE
{
	all_in_sync
	fault restart "daemon of node $1 killed and started again"
	do_step kill "$1" --daemon
	do_step start "$1" --no-wait
}

daemon_is_stopped() # NODE
{
	all_in_sync
	fault restart "daemon of node $1 stopped in order and started again"
	do_step stop "$1" --daemon
	do_step start "$1" --no-wait
}

node_is_paused() # NODE
{
	fault pause "node $1 stopped"
	do_step pause "$1"
	hold
	do_step resume "$1"
}
