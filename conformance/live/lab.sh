#!/bin/bash
# ais-lab itself: nothing of the host is written, `up` returns when all nodes are in one ring and in sync, and every command does what its man
# page says, as root and as an ordinary user. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

[[ -e $build/core/tools/ais-lab ]] || { echo "lab.sh: $build is no build tree (set AIS_LAB_BUILD)" >&2; exit 1; }

as=() # how the lab is started: as whom
lab() { "${as[@]}" "$build/core/tools/ais-lab" "$@"; }
code_of() { local code=0; "$@" >"$work/output" 2>&1 || code=$?; echo "$code"; }
ends_with() { local -r code=$(code_of "${@:2}"); [[ $code == "$1" ]] || { echo "exit code $code"; cat "$work/output"; false; }; } # CODE CMD...
says() { ends_with 2 lab "${@:2}" && grep -q -- "$1" "$work/output"; } # TEXT ARGUMENT...: usage, refused with that word

# All that a daemon, libqb, the lab or a program of this test would leave there; other programs of the host write beside them meanwhile.
host_paths() { find /dev/shm /run /var/lib /etc -xdev 2>/dev/null | grep -E "/aisle/aisle|/qb-|ais-lab|lab-test-$$" | sort; }
one_ring() # N
{
	local node
	for node in $(seq "$1"); do
		lab exec "$node" -- ais status --json >"$work/status-$node" || return 1 # 0: serves, caught up
		[[ $(grep -c '"joined"' "$work/status-$node") == "$1" ]] || return 1
	done
	[[ $(grep -h '^ *"ring":' "$work"/status-[1-"$1"] | sort -u | wc -l) == 1 ]]
}
json_has() { lab status --json | python3 -c "import json, sys; d = json.load(sys.stdin); sys.exit(not ($1))"; } # EXPRESSION on d
own_places() # what node 1 writes to its own places is neither in the host nor in node 2
{
	local place
	for place in /dev/shm /run /var/lib; do
		lab exec 1 -- touch "$place/lab-test-$$" && [[ ! -e $place/lab-test-$$ ]] &&
			! lab exec 2 -- test -e "$place/lab-test-$$" && lab exec 1 -- test -e "$place/lab-test-$$" || return 1
	done
}
own_spaces()
{
	local space
	for space in user pid net mnt uts ipc; do
		[[ $space == user && ${as[*]:-root} == root ]] && [[ $(<"$lab_dir/user-namespaces") == no ]] && continue
		[[ $(lab exec 1 -- readlink "/proc/self/ns/$space") != $(readlink "/proc/self/ns/$space") ]] || { echo "$space is the host's"; return 1; }
		[[ $space == user || $(lab exec 1 -- readlink "/proc/self/ns/$space") != $(lab exec 2 -- readlink "/proc/self/ns/$space") ]] ||
			{ echo "$space is shared by nodes"; return 1; }
	done
}
in_own_directory() { local -r said=$(cd "$work" && lab exec 2 -- pwd); [[ $said == "$work" ]] || { echo "$said"; false; }; }
carrier() { lab exec "$1" -- ip -o link show "eth$2" | grep -q NO-CARRIER; } # NODE RING: it has none

commands_hold() # WHO
{
	local who=$1
	host_paths >"$work/before"
	shown "$who: up returns 0" ends_with 0 lab up 3 --rings 2 --patience "$patience_s"
	shown "$who: and all are in one ring and in sync then" one_ring 3
	host_paths >"$work/during"
	shown "$who: nothing of the host is written while it runs" diff "$work/before" "$work/during"
	shown "$who: /dev/shm, /run and /var/lib are a node's own" own_places
	shown "$who: user, process, network, mount, host name and IPC namespaces are a node's own" own_spaces
	shown "$who: a lab that is up is not started twice" ends_with 3 lab up 2
	shown "$who: exec runs in the caller's directory" in_own_directory
	shown "$who: and in / where that is a node's own" test "$(cd /var/lib && lab exec 1 -- pwd)" = /
	shown "$who: a device is written to" lab exec 1 -- sh -c 'echo >/dev/null'
	shown "$who: but not replaced" eval "! lab exec 1 -- sh -c 'touch /dev/lab-test && mv /dev/lab-test /dev/full' 2>/dev/null"
	shown "$who: the services are those that are installed" json_has '[s["service"] for s in d["nodes"][0]["status"]["services"]] == ["admin", "config", "clm", "ckpt", "lck", "tmr"]'
	shown "$who: exec ends with the command's own code" ends_with 42 lab exec 2 -- sh -c 'exit 42'
	shown "$who: a node that does not exist is a usage error" ends_with 2 lab exec 4 -- true
	shown "$who: status --json has all nodes up" json_has 'len(d["nodes"]) == 3 and all(n["state"] == "up" and n["status"]["caught_up"] for n in d["nodes"])'

	lab ring 2 1 down
	shown "$who: a pulled cable has no carrier" carrier 2 1
	shown "$who: and the ring goes on, for it uses the other network" ends_with 0 lab wait
	shown "$who: status --json names it" json_has 'd["rings_down"] == [{"node": 2, "ring": 1}]'
	lab ring 2 1 up
	lab ring 2 0 down
	shown "$who: without its cable to ring 0 a node is excluded" stands 1 caught-up 0 --members 2
	lab ring 2 0 up
	shown "$who: plugged in, it comes back" ends_with 0 lab wait

	lab cut 1/2,3
	shown "$who: a node that is cut off has no quorum" stands 1 no-quorum 4
	lab lose 3 12.5
	shown "$who: status --json names cut and loss" json_has 'd["cut"] == "1/2,3" and d["loss"] == [{"node": 3, "percent": 12.5}]'
	lab heal
	shown "$who: healed, all are back" ends_with 0 lab wait

	lab kill 3
	shown "$who: a killed node is down" json_has 'd["nodes"][2]["state"] == "down"'
	shown "$who: what is down cannot be killed" ends_with 3 lab kill 3
	shown "$who: in what is down nothing can be run" ends_with 3 lab exec 3 -- true
	lab start 3
	shown "$who: started, it comes back" ends_with 0 lab wait
	lab kill 3 --daemon
	shown "$who: the death of a daemon alone leaves its node up" json_has 'd["nodes"][2]["state"] == "up" and d["nodes"][2]["daemon"].startswith("ended")'
	shown "$who: a wait for a daemon that has ended ends at once" ends_with 4 lab wait
	lab start 3
	lab stop 2
	shown "$who: stop ends aisexec in order" grep -q 'aisexec ended with code 0' <(lab logs 2)
	lab start 2
	shown "$who: all are back" ends_with 0 lab wait

	lab pause 3
	shown "$who: a paused node is shown" json_has 'd["nodes"][2]["state"] == "paused"'
	shown "$who: and is excluded" stands 1 caught-up 0 --members 2
	lab resume 3
	shown "$who: resumed, it comes back" ends_with 0 lab wait
	shown "$who: down returns 0" ends_with 0 lab down
	shown "$who: there is nothing to end twice" ends_with 3 lab down
	host_paths >"$work/after"
	shown "$who: nothing of the host was written" diff "$work/before" "$work/after"
}

shown '--secure is refused in words' says 'no encryption' up 2 --secure
shown 'knet is refused in words' says 'has udpu alone' up 2 --transport knet
shown 'udp is refused in words' says 'has udpu alone' up 2 --transport udp
shown 'an unknown transport is refused in words' says 'no such transport' up 2 --transport carrier-pigeon
shown 'three networks are refused' says 'is 1 or 2' up 2 --rings 3
shown 'an IPv6 lab has no IPv4 address' eval "lab print-config 2 --ipv6 | grep -q 'ring0_addr: fd00:77::2\$' && ! lab print-config 2 --ipv6 | grep -q 10.77"
shown 'no nodes are refused' says 'number of nodes' up 0
shown 'an unknown command is refused' says 'unknown command' dance
shown '--help says all' ends_with 0 lab --help

lab_dir=/tmp/ais-lab-$EUID/$AIS_LAB_NAME
if [[ $(code_of lab up 1 --no-wait) == 77 ]]; then
	skipped=$((skipped + 1))
	finish
fi
lab down
if ((EUID == 0)); then
	commands_hold root
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups env "HOME=$work")
	chmod 755 "$work"
	lab_dir=/tmp/ais-lab-65534/$AIS_LAB_NAME
	if "${as[@]}" unshare --user --map-root-user --net --mount --pid --fork true 2>/dev/null && "${as[@]}" test -r "$build/core/tools/ais-lab"; then
		commands_hold 'ordinary user'
	else
		echo 'skip ordinary user: it may have no user namespaces here, or not read the build tree'
		skipped=$((skipped + 1))
	fi
else
	commands_hold 'ordinary user'
fi
finish
