#!/bin/bash
# ais-lab: clusters on one machine. Responsible for nodes as namespaces (user, PID, network, mount, IPC, host name), for the network
# between them and its faults, and for killing, stopping and starting them. It knows nothing of what runs in a node but how to start
# aisexec there and how to ask `ais status` whether all are in one ring and in sync.
#
# A lab is one process, its keeper: first process of the lab's own PID namespace, owner of the network namespace with the bridge. Nodes
# are its children, each with namespaces of its own, so whatever happens, the death of the keeper ends all of it. A node is its
# init: the first process of the node's PID namespace. Both take one-line commands from a fifo in the lab's directory. Nothing
# outside that directory is written; the kernel forgets the rest with the last process.
set -u
shopt -s extglob

readonly nets=(10.77.0. 10.78.0.) # of ring 0, of ring 1
readonly nets_ipv6=(fd00:77:: fd00:78::)
readonly bridge_node=254 # the bridge's own address, as if it were a node
readonly veths=(v w) # v3: node 3 on ring 0
readonly nodes_max=64
readonly exit_usage=2 exit_state=3 exit_patience=4 exit_skip=77

self=$(readlink -f "${BASH_SOURCE[0]}")
readonly self
readonly installed_sbindir='@sbindir@' installed_bindir='@bindir@'

usage()
{
	cat <<'TEXT'
usage: ais-lab [--name NAME] COMMAND [ARGUMENT...]

  up N                     start a lab of N nodes; returns when all are in one ring and in sync
    --transport T            udpu (default; this release has no other)
    --rings 1|2              networks between the nodes (default 1); with 2 each node has 10.78.0.N on a second one. This release's
                             aisexec uses ring 0 alone
    --ipv6                   the networks are IPv6 alone: nodes are fd00:77::1, fd00:77::2, ... (and fd00:78::N)
    --config F               use F instead of the generated configuration (nodes are 10.77.0.1, 10.77.0.2, ...)
    --token MS               token timeout of the generated configuration (default 1000)
    --quorum yes|no          whether the generated configuration requires quorum (default yes)
    --patience S             how long to wait for the ring (default 60)
    --no-wait                return when the daemons are started
  print-config N           print what `up N` would generate; takes --transport, --rings, --ipv6, --token, --quorum
  wait [NODE...]           wait until these nodes (default: all that are up) are in one ring and in sync; --patience S
  exec NODE -- CMD...      run CMD in a node; NODE `lab` is the lab's own network, which reaches all nodes and is never cut
  status [--json]          what each node is doing
  kill NODE [--daemon]     SIGKILL to all of the node in one step; --daemon: to aisexec alone
  stop NODE [--daemon]     orderly end: SIGTERM to aisexec, then the node goes down; --daemon: aisexec alone
  start NODE [--no-wait]   start a node that is down, or aisexec in one that is up, with its /var/lib as it was left; returns when it
                           takes clients, or at once
  pause NODE [--daemon]    SIGSTOP to every process of the node; --daemon: to aisexec alone
  resume NODE [--daemon]   SIGCONT to them
  cut A,B/C,D              partition; nodes that are not named form one more part
  lose NODE PERCENT        lose that share of the packets to and from the node; 0: none
  ring NODE 0|1 down|up    pull the node's cable to that network, plug it in again; kept over a restart of the node
  heal                     end the partition and all losses; cables stay as they are
  logs NODE [--follow]     what the node's aisexec wrote
  down                     end the lab and remove its directory
  --version                say which ais-lab this is

A NODE is 1, 2, ... or node-1, node-2, ...
Environment: AIS_LAB_NAME (`default`), AIS_LAB_DIR (/tmp/ais-lab-UID/NAME), AIS_LAB_BUILD (a build tree to take programs, libraries
and plug-ins from; default: the tree this script stands in, else the installed ones), AISLE_PLUGIN_PATH (with `up`: more directories
with services), AIS_LAB_AISEXEC (another daemon to start).
Exit codes: 0 done, 1 failed, 2 usage, 3 the lab or the node is not in a state for that, 4 patience ran out, 77 neither user
namespaces nor root are to be had; `exec`: the command's own.
TEXT
}

complain() { printf 'ais-lab: %s\n' "$*" >&2; }
fail() { complain "$1"; exit "${2:-1}"; }

# Waits for a condition, for so many seconds: false when patience runs out.
wait_until()
{
	local -r end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# --- processes and namespaces -----------------------------------------------------------------------------------------------------

# User namespaces where they are allowed, else root's own rights. A lab keeps to what it was started with.
namespaces_choose()
{
	if [[ -e $lab/user-namespaces ]]; then
		new_user=() enter_user=()
		[[ $(<"$lab/user-namespaces") == no ]] || { new_user=(--user --map-root-user); enter_user=(--user --preserve-credentials); }
		return
	fi
	if unshare --user --map-root-user --net --mount --pid --fork true 2>/dev/null; then
		new_user=(--user --map-root-user)
		enter_user=(--user --preserve-credentials)
	elif [[ $EUID == 0 ]] && unshare --net --mount --pid --fork true 2>/dev/null; then
		new_user=()
		enter_user=()
	else
		fail 'neither user namespaces nor root are to be had here' $exit_skip
	fi
}

# A process id with its start time, so that a reused id is not taken for the process.
process_identity()
{
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	read -ra stat <<<"${stat##*) }"
	[[ ${stat[0]} != Z && ${stat[0]} != X ]] && echo "$1 ${stat[19]}"
}

# Prints the process id kept in the file; false if that process is gone.
process_alive()
{
	local identity
	{ identity=$(<"$1"); } 2>/dev/null || return 1
	[[ -n $identity && $(process_identity "${identity%% *}") == "$identity" ]] && echo "${identity%% *}"
}

process_gone() { ! process_alive "$1" >/dev/null; }

# Processes of the node of this init; with `ns/pid*` also those outside that wait for one inside (exec).
node_processes() # INIT ns/pid|ns/pid*
{
	local space
	space=$(readlink "/proc/$1/ns/pid") || return 1
	space=${space#pid:[} # -lname takes a pattern: the brackets are to be none of it
	find /proc -maxdepth 3 -path "/proc/[0-9]*/$2" -lname "pid:?${space%]}?" 2>/dev/null | sed 's,^/proc/\([0-9]*\)/.*,\1,' | sort -un
}

process_stopped()
{
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	stat=${stat##*) }
	[[ ${stat:0:1} == [Tt] ]]
}

none_stopped() # PROCESS...: wakes those that are; an exec stops itself, a little later, when what it waits for is stopped
{
	local process stopped=0
	for process in "$@"; do
		process_stopped "$process" || continue
		kill -CONT "$process" 2>/dev/null
		stopped=1
	done
	((stopped == 0))
}

init_kill() # INIT FILE: what waits outside is woken, for the kernel ends a PID namespace when all in it have been waited for
{
	local -r processes=$(node_processes "$1" 'ns/pid*')
	kill -KILL "$1"
	wait_until 20 init_is_gone "$2" $processes
}

init_is_gone()
{
	local -r file=$1
	shift
	none_stopped "$@"
	process_gone "$file"
}

keeper() { process_alive "$lab/keeper"; }
keeper_need() { keeper >/dev/null || fail "lab $lab is not up" $exit_state; ipv6=$(<"$lab/ipv6"); }
node_init() { process_alive "$lab/node-$1/init"; }

in_lab() # CMD...: in the lab's network, host's process ids
{
	nsenter --target "$(keeper)" "${enter_user[@]}" --net -- "$@"
}

in_node_net() # NODE CMD...
{
	local -r init=$(node_init "$1")
	shift
	nsenter --target "$init" "${enter_user[@]}" --net -- "$@"
}

node_number()
{
	local -r node=${1#node-}
	[[ $node == +([0-9]) ]] && ((node >= 1 && node <= $(<"$lab/nodes"))) || fail "no node $1 in this lab" $exit_usage
	echo $((10#$node))
}

node_need_up() { node_init "$1" >/dev/null || fail "node-$1 is down" $exit_state; }

address() { if [[ $ipv6 == yes ]]; then echo "${nets_ipv6[$1]}$2"; else echo "${nets[$1]}$2"; fi; } # RING NODE

# For `ip addr add`. Nobody looks for duplicates, for an IPv6 address would be of no use meanwhile.
address_words() { if [[ $ipv6 == yes ]]; then echo "$(address "$1" "$2")/64 nodad"; else echo "$(address "$1" "$2")/24"; fi; } # RING NODE

lab_rings() { seq 0 $(($(<"$lab/rings") - 1)); }
all_nodes() { seq "$(<"$lab/nodes")"; }
up_nodes() { local n; for n in $(all_nodes); do node_init "$n" >/dev/null && echo "$n"; done; }

# --- what runs as the keeper and as a node's init ---------------------------------------------------------------------------------

# The host's view: /proc is still the host's. Sets `identity`.
own_identity()
{
	local pid
	read -r pid _ </proc/self/stat && identity=$(process_identity "$pid")
}

# Commands come one a line. The shell reaps what ends meanwhile.
serve_commands() # FIFO FUNCTION
{
	local line
	exec 9<>"$1"
	while read -r line <&9; do
		[[ -n $line ]] && "$2" $line
	done
}

keeper_main()
{
	local identity
	local ring
	ip link set lo up || exit 1
	for ring in $(lab_rings); do
		ip link add "br$ring" type bridge stp_state 0 forward_delay 0 && ip addr add $(address_words "$ring" $bridge_node) dev "br$ring" &&
			ip link set "br$ring" up || exit 1
	done
	[[ ! -e /etc/hosts ]] || mount --bind "$lab/hosts" /etc/hosts
	own_identity && echo "$identity" >"$lab/keeper.new" && mv "$lab/keeper.new" "$lab/keeper"
	serve_commands "$lab/control" keeper_command
}

keeper_command() # node N
{
	setsid unshare "${new_user[@]}" --mount --net --pid --uts --ipc --fork --kill-child=SIGKILL -- \
		"$BASH" "$self" --internal-node "$2" </dev/null >>"$lab/node-$2/init.log" 2>&1 9<&- &
}

node_main()
{
	local -r home=$lab/node-$1
	local identity
	own_identity || exit 1
	mount -t proc proc /proc || complain 'no /proc of its own: the host allows none, programs here see the host'
	{ mount --rbind /dev /dev && mount -o remount,bind,ro /dev; } || complain "the host's /dev is not read-only here: devices can be replaced"
	mount -t tmpfs -o mode=755 run /run && mount -t tmpfs -o mode=1777 shm /dev/shm && mount --bind "$home/var-lib" /var/lib || exit 1
	[[ ! -e /etc/hosts ]] || mount --bind "$lab/hosts" /etc/hosts
	echo "node-$1" >/proc/sys/kernel/hostname
	ip link set lo up
	node=$1
	echo "$identity" >"$home/init.new" && mv "$home/init.new" "$home/init"
	serve_commands "$home/control" node_command
}

node_command() # daemon: start aisexec | stop: SIGTERM to it | kill: SIGKILL to it | pause, resume
{
	local -r home=$lab/node-$node
	case $1 in
	daemon) node_daemon 9<&- & ;;
	stop) kill -TERM "$(<"$home/daemon.pid")" ;;
	kill) kill -KILL "$(<"$home/daemon.pid")" ;;
	esac
}

# Runs aisexec and notes how it ended. A mark in the log tells the runs apart.
node_daemon()
{
	local -r home=$lab/node-$node
	local code=0 pid
	source "$lab/env"
	export AIS_LAB_NODE=$node HOME=/root
	cd / || exit 1
	printf -- '--- %(%F %T)T aisexec starts in node-%d\n' -1 "$node" >>"$home/log"
	exec 6>"$home/starting"
	flock 6
	exec 7> >(read -r) # it holds the lock too, and ends with READY=1 or with the daemon
	AISLE_READY_FD=7 "$AIS_LAB_AISEXEC" --config "$lab/aisle.conf" </dev/null >>"$home/log" 2>&1 6>&- &
	pid=$!
	exec 6>&- 7>&-
	echo "$pid" >"$home/daemon.pid"
	wait "$pid" || code=$?
	printf -- '--- %(%F %T)T aisexec ended with code %d\n' -1 "$code" >>"$home/log"
	echo "$code" >"$home/daemon.exit"
}

# --- configuration, programs ------------------------------------------------------------------------------------------------------

print_config() # N
{
	local n ring
	cat <<TEXT
# Written by ais-lab: $1 nodes on one machine.
totem {
	version: 2
	cluster_name: ais-lab
	transport: $transport
	token: $token_ms
}

quorum {
	required: $quorum
	expected_votes: $1
}

nodelist {
TEXT
	for n in $(seq "$1"); do
		printf '\tnode {\n\t\tnodeid: %d\n\t\tname: node-%d\n' "$n" "$n"
		for ((ring = 0; ring < rings; ring++)); do printf '\t\tring%d_addr: %s\n' "$ring" "$(address "$ring" "$n")"; done
		printf '\t}\n'
	done
	cat <<'TEXT'
}

logging {
	to_stderr: yes
	to_syslog: no
}
TEXT
}

# The build tree to take programs from; empty: the installed ones.
find_build()
{
	if [[ -n ${AIS_LAB_BUILD-} ]]; then
		readlink -f "$AIS_LAB_BUILD"
	elif [[ -e $(dirname "$self")/../../config.status ]]; then
		readlink -f "$(dirname "$self")/../.."
	fi
}

# What every process of a node gets. In a build tree libtool's wrappers are passed by: the real programs lie in .libs, and find their
# libraries through LD_LIBRARY_PATH.
print_env()
{
	local -r build=$(find_build)
	local libs programs

	[[ -z ${AISLE_PLUGIN_PATH-} ]] || printf 'export AISLE_PLUGIN_PATH=%q\n' "$AISLE_PLUGIN_PATH"
	echo 'unset AISLE_INSTANCE AISLE_CONFIG AISLE_STATE_DIR AISLE_RUN_DIR AISLE_NODEID AISLE_SOCKET'
	if [[ -n $build ]]; then
		libs=$(find "$build" -maxdepth 4 -type d -name .libs -printf '%p:')
		programs=$(find "$build/core/daemon" "$build/core/tools" "$build/examples" "$build/conformance" -maxdepth 2 -type d \
			! -name .libs ! -name .deps -printf '%p:' 2>/dev/null)
		printf 'export AIS_LAB_BUILD=%q AISLE_PLUGIN_PATH=%q${AISLE_PLUGIN_PATH:+:$AISLE_PLUGIN_PATH}\n' "$build" "$build/.libs"
		printf 'export LD_LIBRARY_PATH=%q${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\n' "${libs%:}"
		printf 'export PATH=%q:$PATH:/usr/sbin:/sbin\n' "$libs${programs%:}"
	else
		printf 'export PATH=%q:$PATH:/usr/sbin:/sbin\n' "$installed_sbindir:$installed_bindir"
	fi
	printf 'export AIS_LAB_AISEXEC=%q\n' "${AIS_LAB_AISEXEC:-aisexec}"
}

# --- the network ------------------------------------------------------------------------------------------------------------------

# The interface's address is the node's for ever, so that a restarted node is found at once by those that knew it.
node_connect()
{
	local ring mac
	for ring in $(lab_rings); do
		mac=$(printf '02:a1:5e:00:%02x:%02x' "$ring" "$1")
		in_lab ip link add "${veths[ring]}$1" type veth peer name "eth$ring" address "$mac" netns "$(node_init "$1")" &&
			in_lab ip link set "${veths[ring]}$1" master "br$ring" && cable_apply "$1" "$ring" &&
			in_node_net "$1" ip addr add $(address_words "$ring" "$1") dev "eth$ring" &&
			in_node_net "$1" ip link set "eth$ring" up || return 1
	done
	in_node_net "$1" ip route add default via "$(address 0 $bridge_node)"
}

cable_pulled() { grep -qx "$1 $2" "$lab/cables"; } # NODE RING

# The bridge's end goes down: the node's own interface stays up, without carrier, as with a pulled cable.
cable_apply()
{
	if cable_pulled "$1" "$2"; then
		in_lab ip link set "${veths[$2]}$1" down
	else
		in_lab ip link set "${veths[$2]}$1" up
	fi
}

interfaces() # NODE...: those of all rings, as nftables has a set
{
	local n ring list=
	for n in "$@"; do
		for ring in $(lab_rings); do list+="\"${veths[ring]}$n\", "; done
	done
	echo "{ ${list%, } }"
}

# Partition and losses are rules on the bridge, which nodes cannot see and a node's restart does not touch. All are replaced in one step.
apply_faults()
{
	local part node percent
	{
		printf 'table bridge faults {}\ndelete table bridge faults\ntable bridge faults {\n chain forward {\n'
		printf '  type filter hook forward priority 0; policy accept;\n'
		if [[ -s $lab/cut ]]; then
			local -ra parts=($(<"$lab/cut"))
			for part in "${parts[@]}"; do
				printf '  iifname %s oifname != %s drop\n' "$(interfaces ${part//,/ })" "$(interfaces ${part//,/ })"
			done
		fi
		while read -r node percent; do
			printf '  iifname %s numgen random mod 10000 < %d drop\n' "$(interfaces "$node")" "$percent"
			printf '  oifname %s numgen random mod 10000 < %d drop\n' "$(interfaces "$node")" "$percent"
		done <"$lab/loss"
		printf ' }\n}\n'
	} | in_lab nft -f -
}

# --- readiness --------------------------------------------------------------------------------------------------------------------

node_status_json() { (command_exec "$1" -- timeout 5 ais status --json 2>/dev/null); }
json_text() { sed -n "s/.*\"$1\": *\"\\([^\"]*\\)\".*/\\1/p" | head -n 1; }

# All of these nodes serve and are caught up in one and the same ring of exactly that many. The daemons say when: a shared lock on
# `starting` is had once aisexec is ready, and it answers `ais status --wait` once it is so.
in_sync() # PATIENCE NODE...
{
	local -r patience_s=$(($1 > 0 ? $1 : 1))
	local node status ring first_ring=
	shift
	for node in "$@"; do
		daemon_ready "$node" "$patience_s" || return 1
		status=$(command_exec "$node" -- timeout $((patience_s + 10)) \
			ais status --json --wait caught-up --members $# --patience "$patience_s" 2>/dev/null) || return 1 # exit code 0: it is so
		ring=$(json_text ring <<<"$status")
		: "${first_ring:=$ring}"
		[[ -n $ring && $ring == "$first_ring" ]] || return 1
	done
}

# It does not come back by itself.
any_ended() { local node; for node in "$@"; do [[ $(daemon_state "$node") == ended* ]] && return; done; false; }

# Again when a view changed between two answers, or a daemon was not to be reached: one that leaves the ring and comes back, or that is
# stopped, tells nobody when its door opens again, so here, and here alone, there is a pause before the next look.
wait_in_sync() # PATIENCE NODE...
{
	local -r patience_s=$1 end=$((SECONDS + $1))
	shift
	until in_sync $((end - SECONDS)) "$@"; do
		if ((SECONDS >= end)) || any_ended "$@"; then
			complain "no ring of nodes $* in sync after $((SECONDS - end + patience_s)) s:"
			print_status >&2
			exit $exit_patience
		fi
		sleep 0.1
	done
}

# --- commands ---------------------------------------------------------------------------------------------------------------------

node_boot()
{
	local -r home=$lab/node-$1
	rm -f "$home/init" "$home/daemon.pid" "$home/daemon.exit"
	printf 'node %d\n' "$1" 1<>"$lab/control"
	wait_until 20 node_init "$1" >/dev/null || fail "node-$1 does not start: $(tail -n 3 "$home/init.log")"
	node_connect "$1" || fail "node-$1 cannot be connected"
	node_daemon_start "$1"
}

node_daemon_start()
{
	rm -f "$lab/node-$1/daemon.pid" "$lab/node-$1/daemon.exit"
	printf 'daemon\n' 1<>"$lab/node-$1/control"
	wait_until 20 test -s "$lab/node-$1/daemon.pid" || fail "node-$1: its init does not answer"
	[[ $wait == no ]] || daemon_ready "$1" "$patience" || fail "aisexec in node-$1 takes no clients after $patience s" $exit_patience
}

# Its lock is let go of when aisexec says that it takes clients, or ends.
daemon_ready() { flock --shared --timeout "$2" "$lab/node-$1/starting" true; } # NODE PATIENCE

up_directory() # N
{
	local n
	rm -rf "${lab:?}"/*
	if ((${#new_user[@]})); then echo yes; else echo no; fi >"$lab/user-namespaces"
	echo "$1" >"$lab/nodes"
	: >"$lab/cut"
	: >"$lab/loss"
	: >"$lab/cables"
	echo "$rings" >"$lab/rings"
	echo "$ipv6" >"$lab/ipv6"
	mkfifo "$lab/control"
	{
		printf '127.0.0.1\tlocalhost\n%s\tlab\n' "$(address 0 $bridge_node)"
		for n in $(seq "$1"); do printf '%s\tnode-%d\n' "$(address 0 "$n")" "$n"; done
	} >"$lab/hosts"
	if [[ -n $config ]]; then cp -- "$config" "$lab/aisle.conf" || exit 1; else print_config "$1" >"$lab/aisle.conf"; fi
	print_env >"$lab/env"
	for n in $(seq "$1"); do
		mkdir -p "$lab/node-$n/var-lib" && mkfifo "$lab/node-$n/control"
		: >"$lab/node-$n/log"
	done
}

command_up()
{
	local n
	[[ ${1-} == +([0-9]) ]] && (($1 >= 1 && $1 <= nodes_max)) || fail "up: a number of nodes from 1 to $nodes_max, please" $exit_usage
	[[ -z $config || -r $config ]] || fail "up: cannot read $config" $exit_usage
	! keeper >/dev/null || fail "lab $lab is up already; 'ais-lab down' ends it" $exit_state
	[[ $ipv6 == no || -e /proc/net/if_inet6 ]] || fail 'up: --ipv6: this kernel has no IPv6'
	for n in ip nft nsenter; do
		PATH=$PATH:/usr/sbin:/sbin command -v $n >/dev/null || fail "up: $n is missing (packages iproute2, nftables, util-linux)"
	done
	up_directory "$1"
	setsid unshare "${new_user[@]}" --mount --net --pid --fork --kill-child=SIGKILL -- \
		"$BASH" "$self" --internal-keeper </dev/null >"$lab/keeper.log" 2>&1 &
	disown
	wait_until 20 keeper >/dev/null || fail "the lab does not start: $(<"$lab/keeper.log")"
	((rings == 1)) || complain 'two networks are there; aisexec of this release uses ring 0 alone'
	for n in $(seq "$1"); do node_boot "$n"; done
	[[ $wait == no ]] || wait_in_sync "$patience" $(seq "$1")
}

command_wait()
{
	local -a nodes=()
	local n
	for n in "$@"; do nodes+=("$(node_number "$n")") || exit; done
	[[ $# != 0 ]] || nodes=($(up_nodes))
	wait_in_sync "$patience" "${nodes[@]}"
}

# The caller's directory, where a node has it too: what node_main mounts is the node's own.
own_directory()
{
	case $PWD/ in
	/proc/* | /run/* | /dev/shm/* | /var/lib/*) echo / ;;
	*) if [[ -d $PWD ]]; then echo "$PWD"; else echo /; fi ;;
	esac
}

command_exec() # NODE -- CMD...: becomes the command
{
	local node=${1-} init
	shift
	[[ ${1-} != -- ]] || shift
	[[ $# != 0 ]] || fail 'exec: what shall I run?' $exit_usage
	if [[ $node == lab ]]; then
		source "$lab/env"
		exec nsenter --target "$(keeper)" "${enter_user[@]}" --net --mount --wdns="$(own_directory)" -- "$@"
	fi
	node=$(node_number "$node") || exit
	init=$(node_init "$node") || fail "node-$node is down" $exit_state
	source "$lab/env"
	export AIS_LAB_NODE=$node AISLE_CONFIG=$lab/aisle.conf HOME=/root
	exec nsenter --target "$init" "${enter_user[@]}" --mount --net --pid --uts --ipc --wdns="$(own_directory)" -- "$@"
}

node_state()
{
	local init
	init=$(node_init "$1") || { echo down; return; }
	if process_stopped "$init"; then echo paused; else echo up; fi
}

daemon_state()
{
	local -r home=$lab/node-$1
	if ! node_init "$1" >/dev/null || [[ ! -s $home/daemon.pid ]]; then
		echo none
	elif [[ -s $home/daemon.exit ]]; then
		echo "ended $(<"$home/daemon.exit")"
	else
		echo running
	fi
}

# One line a node: `ais status` says the rest on its first line.
print_status()
{
	local node state daemon
	for node in $(all_nodes); do
		state=$(node_state "$node")
		daemon=$(daemon_state "$node")
		printf 'node-%-3d %-12s %-7s aisexec %s' "$node" "$(address 0 "$node")" "$state" "$daemon"
		[[ $state != up || $daemon != running ]] || printf ': %s' "$(command_exec "$node" -- timeout 5 ais status 2>&1 | head -n 1)"
		echo
	done
	[[ ! -s $lab/cut ]] || echo "cut: $(tr ' ' '/' <"$lab/cut")"
	while read -r node state; do
		printf 'node-%d loses %d.%02d %%\n' "$node" $((state / 100)) $((state % 100))
	done <"$lab/loss"
	while read -r node state; do
		printf 'node-%d: ring %d is down\n' "$node" "$state"
	done <"$lab/cables"
}

print_status_json()
{
	local node state daemon status separator=
	printf '{"schema": 1, "lab": "%s", "nodes": [' "$lab"
	for node in $(all_nodes); do
		state=$(node_state "$node")
		daemon=$(daemon_state "$node")
		status=
		[[ $state != up || $daemon != running ]] || status=$(node_status_json "$node")
		printf '%s\n  {"node": %d, "name": "node-%d", "address": "%s", "state": "%s", "daemon": "%s", "status": %s}' \
			"$separator" "$node" "$node" "$(address 0 "$node")" "$state" "$daemon" "${status:-null}"
		separator=,
	done
	printf '],\n "cut": "%s", "loss": [' "$(tr ' ' '/' <"$lab/cut" | tr -d '\n')"
	separator=
	while read -r node state; do
		printf '%s{"node": %d, "percent": %d.%02d}' "$separator" "$node" $((state / 100)) $((state % 100))
		separator=', '
	done <"$lab/loss"
	printf '], "rings": %d, "rings_down": [' "$(<"$lab/rings")"
	separator=
	while read -r node state; do
		printf '%s{"node": %d, "ring": %d}' "$separator" "$node" "$state"
		separator=', '
	done <"$lab/cables"
	printf ']}\n'
}

command_status() { if [[ $json == yes ]]; then print_status_json; else print_status; fi; }

# To its init: the kernel kills all of the node in one step.
command_kill()
{
	local node init
	node=$(node_number "${1-}") || exit
	init=$(node_init "$node") || fail "node-$node is down" $exit_state
	if [[ $daemon_only == yes ]]; then
		daemon_end "$node" kill
		return
	fi
	init_kill "$init" "$lab/node-$node/init" || fail "node-$node does not die"
}

daemon_end() # NODE stop|kill
{
	[[ $(daemon_state "$1") == running ]] || fail "no aisexec runs in node-$1" $exit_state
	printf '%s\n' "$2" 1<>"$lab/node-$1/control"
	wait_until "$patience" test -s "$lab/node-$1/daemon.exit"
}

# Sent from within its PID namespace, where its number in the file holds.
daemon_signal() # NODE SIGNAL
{
	[[ $(daemon_state "$1") == running ]] || fail "no aisexec runs in node-$1" $exit_state
	nsenter --target "$(node_init "$1")" "${enter_user[@]}" --pid -- "$BASH" -c 'kill -s "$1" "$2"' - "$2" "$(<"$lab/node-$1/daemon.pid")" ||
		fail "aisexec of node-$1 cannot be sent SIG$2"
}

command_stop()
{
	local node init
	node=$(node_number "${1-}") || exit
	init=$(node_init "$node") || fail "node-$node is down" $exit_state
	if [[ $(daemon_state "$node") == running ]]; then
		daemon_end "$node" stop || fail "aisexec in node-$node does not end within $patience s" $exit_patience
	elif [[ $daemon_only == yes ]]; then
		fail "no aisexec runs in node-$node" $exit_state
	fi
	[[ $daemon_only == yes ]] || init_kill "$init" "$lab/node-$node/init" || fail "node-$node does not die"
}

command_start()
{
	local node
	node=$(node_number "${1-}") || exit
	if ! node_init "$node" >/dev/null; then
		node_boot "$node"
	elif [[ $(daemon_state "$node") == running ]]; then
		fail "node-$node runs already" $exit_state
	else
		node_daemon_start "$node"
	fi
}

# Again until nobody new has been born meanwhile.
command_pause()
{
	local node init process before= now
	node=$(node_number "${1-}") || exit
	init=$(node_init "$node") || fail "node-$node is down" $exit_state
	if [[ $daemon_only == yes ]]; then
		daemon_signal "$node" STOP
		return
	fi
	now=$(node_processes "$init" ns/pid)
	while [[ $now != "$before" ]]; do
		for process in $now; do kill -STOP "$process" 2>/dev/null; done
		before=$now
		now=$(node_processes "$init" ns/pid)
	done
}

command_resume()
{
	local node init
	node=$(node_number "${1-}") || exit
	init=$(node_init "$node") || fail "node-$node is down" $exit_state
	if [[ $daemon_only == yes ]]; then
		daemon_signal "$node" CONT
		return
	fi
	wait_until 20 none_stopped $(node_processes "$init" 'ns/pid*') || fail "node-$node cannot be resumed"
}

command_cut()
{
	local -A seen=()
	local part node parts=() rest= numbers
	[[ -n ${1-} ]] || fail 'cut: which nodes from which? (cut 1,2/3)' $exit_usage
	for part in ${1//\// }; do
		numbers=
		for node in ${part//,/ }; do
			node=$(node_number "$node") || exit
			[[ -z ${seen[$node]-} ]] || fail "cut: node $node is named twice" $exit_usage
			seen[$node]=1
			numbers+=$node,
		done
		parts+=("${numbers%,}")
	done
	for node in $(all_nodes); do [[ -n ${seen[$node]-} ]] || rest+=$node,; done
	[[ -z $rest ]] || parts+=("${rest%,}")
	echo "${parts[*]}" >"$lab/cut"
	apply_faults
}

command_lose() # NODE PERCENT
{
	local node
	node=$(node_number "${1-}") || exit
	[[ ${2-} =~ ^([0-9]{1,3})(\.([0-9]{1,2}))?$ ]] || fail 'lose: how many percent? (lose 2 5)' $exit_usage
	local fraction=${BASH_REMATCH[3]}00
	local -r share=$((10#${BASH_REMATCH[1]} * 100 + 10#${fraction:0:2}))
	((share <= 10000)) || fail 'lose: at most 100 percent' $exit_usage
	sed -i "/^$node /d" "$lab/loss"
	((share == 0)) || echo "$node $share" >>"$lab/loss"
	apply_faults
}

command_ring() # NODE RING down|up
{
	local node
	node=$(node_number "${1-}") || exit
	[[ ${2-} == [01] && (${3-} == down || ${3-} == up) ]] || fail 'ring: which, and how is it to be? (ring 2 1 down)' $exit_usage
	(($2 < $(<"$lab/rings"))) || fail "ring: this lab has one network; 'ais-lab up N --rings 2' makes two" $exit_state
	sed -i "/^$node $2\$/d" "$lab/cables"
	[[ $3 == up ]] || echo "$node $2" >>"$lab/cables"
	! node_init "$node" >/dev/null || cable_apply "$node" "$2"
}

command_heal()
{
	: >"$lab/cut"
	: >"$lab/loss"
	apply_faults
}

command_logs()
{
	local node
	node=$(node_number "${1-}") || exit
	if [[ $follow == yes ]]; then tail -n +1 -f "$lab/node-$node/log"; else cat "$lab/node-$node/log"; fi
}

command_down()
{
	local pid node
	if pid=$(keeper); then
		for node in $(up_nodes); do init_kill "$(node_init "$node")" "$lab/node-$node/init"; done
		init_kill "$pid" "$lab/keeper" || fail 'the lab does not die'
	fi
	rm -rf "${lab:?}"
}

# --- the command line -------------------------------------------------------------------------------------------------------------

name=${AIS_LAB_NAME:-default}
config= transport=udpu rings=1 ipv6=no token_ms=1000 quorum=yes patience=60 wait=yes json=no daemon_only=no follow=no

option_value() { [[ $# -ge 2 ]] || fail "$1 needs a value" $exit_usage; }
option_number() { option_value "$@"; [[ $2 == +([0-9]) ]] || fail "$1 needs a number, not '$2'" $exit_usage; }

# Fills `arguments`. Behind `--` (and behind exec's node) everything is the user's own.
parse()
{
	arguments=()
	while (($#)); do
		case $1 in
		--name) option_value "$@"; name=$2; shift ;;
		--config) option_value "$@"; config=$2; shift ;;
		--transport) option_value "$@"; transport=$2; shift ;;
		--ipv6) ipv6=yes ;;
		--rings) option_value "$@"; rings=$2; shift ;;
		--secure) fail '--secure: this release has no encryption on the ring; keep it on a network of its own' $exit_usage ;;
		--token) option_number "$@"; token_ms=$2; shift ;;
		--quorum) option_value "$@"; quorum=$2; shift ;;
		--patience) option_number "$@"; patience=$2; shift ;;
		--no-wait) wait=no ;;
		--json) json=yes ;;
		--daemon) daemon_only=yes ;;
		--follow) follow=yes ;;
		--help | -h) usage; exit 0 ;;
		--version) echo 'ais-lab (Aisle) @VERSION@'; exit 0 ;;
		--) arguments+=("$@"); return ;;
		-*) fail "unknown option $1; see ais-lab --help" $exit_usage ;;
		*)
			arguments+=("$1")
			if [[ ${arguments[0]} == exec && ${#arguments[@]} == 2 ]]; then
				shift
				arguments+=("$@")
				return
			fi
			;;
		esac
		shift
	done
	[[ $quorum == yes || $quorum == no ]] || fail "--quorum is yes or no" $exit_usage
	case $transport in
	udpu) ;;
	udp | knet) fail "--transport $transport: this release's aisexec has udpu alone" $exit_usage ;;
	*) fail "--transport $transport: no such transport; udpu is the one there is" $exit_usage ;;
	esac
	[[ $rings == [12] ]] || fail '--rings is 1 or 2' $exit_usage
	[[ $name != */* && $name != .* && -n $name ]] || fail "--name '$name': a plain word, please" $exit_usage
}

# One change of a lab at a time. The descriptor is closed before anything that lives on is started.
locked()
{
	(umask 077 && mkdir -p "$lab") || fail "cannot make $lab"
	[[ -O $lab && ! -L $lab && -O $(dirname "$lab") ]] || [[ -O $lab && -n ${lab_is_chosen-} ]] || fail "$lab is somebody else's"
	exec 8>"$lab/.lock"
	flock 8
	"$@" 8>&-
}

main()
{
	parse "$@"
	lab_is_chosen=${AIS_LAB_DIR-}
	lab=${AIS_LAB_DIR:-/tmp/ais-lab-$EUID/$name}
	export AIS_LAB_DIR=$lab
	local -r command=${arguments[0]-}
	set -- "${arguments[@]:1}"
	case $command in '' | help | print-config) ;; *) namespaces_choose ;; esac
	case $command in
	'') usage >&2; exit $exit_usage ;;
	help) usage ;;
	print-config) [[ ${1-} == +([0-9]) ]] || fail 'print-config: how many nodes?' $exit_usage; print_config "$1" ;;
	up) locked command_up "$@" ;;
	down) [[ -e $lab/nodes ]] || fail "lab $lab is not up" $exit_state; locked command_down ;;
	kill | stop | start | pause | resume | cut | lose | ring | heal) keeper_need; locked "command_$command" "$@" ;;
	exec | status | wait | logs) keeper_need; "command_$command" "$@" ;;
	*) fail "unknown command $command; see ais-lab --help" $exit_usage ;;
	esac
}

case ${1-} in
--internal-keeper) lab=$AIS_LAB_DIR ipv6=$(<"$AIS_LAB_DIR/ipv6"); namespaces_choose; keeper_main ;;
--internal-node) lab=$AIS_LAB_DIR; node_main "$2" ;;
*) main "$@" ;;
esac
