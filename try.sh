#!/bin/bash
# The main job on a bare Debian 12 machine, one command: a highly available directory server on three nodes, the whole IEEE registry loaded
# into it, its active node killed half way, and proof afterwards that nothing which was acknowledged is missing on any replica.
#
#   ./try.sh            installs what it needs (apt, sudo only if not root), builds, runs
#   ./try.sh --hard     also a second kill while the returned node catches up, and a run with the network cut instead of the kill
#   ./try.sh --short    the first 16,000 records only, from the build tree in $AIS_LAB_BUILD if that is set (used by check.sh)
#
# Last line: `32530 acknowledged, 32530 verified on 3 of 3 replicas`. Exit 0: that; 1: anything else; 77: neither user namespaces nor
# root are to be had, shown on one node what one node can show.
set -u
cd "$(dirname "$0")" || exit 1

readonly csv=/usr/share/ieee-data/oui.csv
readonly token_ms=1000 consensus_ms=1200
readonly patience_s=${TRY_PATIENCE:-180}
readonly packages=(gcc make libc6-dev autoconf automake libtool pkg-config libqb-dev ieee-data python3 util-linux iproute2 nftables)

mode=normal limit=0
for option in "$@"; do
	case $option in
	--hard) mode=hard ;;
	--short) limit=16000 ;;
	--help | -h) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "try.sh: unknown option $option; see ./try.sh --help" >&2; exit 2 ;;
	esac
done

fail() { echo "try.sh: $1" >&2; exit 1; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

install_packages()
{
	local missing=() package as_root=()
	for package in "${packages[@]}"; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
	done
	[[ ${#missing[@]} == 0 ]] && return
	[[ $EUID == 0 ]] || as_root=(sudo)
	echo "installing ${missing[*]}"
	"${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || fail "apt-get cannot install ${missing[*]}"
}

build()
{
	local -r log=$PWD/build/try-build.log
	export AIS_LAB_BUILD=$PWD/build
	mkdir -p build
	echo "building in $AIS_LAB_BUILD"
	(
		{ [[ -e configure ]] || autoreconf -fi; } && cd build && { [[ -e config.status ]] || ../configure; } && make -j"$(nproc)"
	) >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "the build failed; all of it: $log"; }
}

# --- three nodes ------------------------------------------------------------------------------------------------------------------

lab() { "$AIS_LAB_BUILD/core/tools/ais-lab" "$@"; }
from_lab() { lab exec lab -- "$@"; }
address() { echo "10.77.0.$1"; }

server_start() # NODE
{
	lab exec "$1" -- subscribers-server >>"$work/server-$1.log" 2>&1 &
}

says_caught_up() { lab exec "$1" -- ais status 2>/dev/null | grep -q 'caught up'; }
# It answers, catching up or just done with it: what it says is in `standing`.
says_anything()
{
	local code=0
	standing=$(lab exec "$1" -- ais status 2>/dev/null | head -n 1; exit "${PIPESTATUS[0]}") || code=$?
	((code == 0 || code == 7))
}

wait_until() # CONDITION ARGUMENT: no longer than patience_s
{
	local -r end=$((SECONDS + patience_s))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

node_return() # NODE
{
	lab start "$1" || return 1
	server_start "$1"
}

# What the old active answers behind the cut, and that a standby's view of it does not matter: it must be ERR.
probe_old_active()
{
	local answer
	answer=$(from_lab timeout 20 bash -c "exec 3<>/dev/tcp/$(address "$1")/7700 && echo 'PUT behind-the-cut x' >&3 && read -r a <&3 && echo \"\$a\"")
	echo "the old active, node $1, behind the cut: ${answer:-no answer}"
	[[ $answer == ERR* ]]
}

# Half way the active node is killed (or cut off); when five eighths are acknowledged it is brought back. Sets `victim`.
hurt_and_return() # FAULT: kill | cut; reads the loader's account on standard input
{
	local line acked total node returned=no
	victim=
	while read -r line; do
		[[ $line == progress* ]] || { echo "$line"; continue; }
		read -r _ acked total _ node <<<"$line"
		if [[ -z $victim ]] && ((acked * 2 >= total)); then
			victim=$node
			fault_ms=$(now_ms)
			lab "$1" "$victim" || failed="cannot $1 node $victim"
			done_ms=$(now_ms)
			echo "at $acked: $1 of node $victim, the active one"
		elif [[ -n $victim && $returned == no && $node != "$victim" ]] && ((acked * 8 >= total * 5)); then
			returned=yes
			bring_back "$1"
		fi
	done
	[[ $returned == yes ]] || bring_back "$1"
}

bring_back()
{
	if [[ $1 == cut ]]; then
		probe_old_active "$victim" || failed='the old active did not answer ERR behind the cut'
		lab heal || failed='cannot heal'
		echo 'the network is whole again'
		return
	fi
	local standing
	node_return "$victim" || failed="node $victim does not start"
	echo "node $victim starts again"
	if [[ $mode == hard ]]; then
		wait_until says_anything "$victim" || failed="node $victim does not come back"
		lab kill "$victim" && echo "killed a second time, when it said: $standing"
		node_return "$victim" || failed="node $victim does not start"
		echo "node $victim starts again"
	fi
}

verify_node() # NODE
{
	local get dump code=0
	get=$(from_lab subscribers-loader verify "$work/acked.tsv" "$(address "$1")" 2>&1) || code=1
	lab exec "$1" -- ais ckpt dump subscribers --replica local --json >"$work/dump-$1.json" || code=1
	dump=$(python3 examples/subscribers/expected.py "$csv" "$work/dump-$1.json" "$limit") || code=1
	echo "node $1: GET: ${get##*$'\n'}; its memory: $dump"
	((code == 0)) && replicas=$((replicas + 1))
	get=${get##*verified }
	get=${get%%[!0-9]*}
	((${get:-0} >= verified)) || verified=${get:-0}
}

# From the times of all OKs: the rate, and the widest gap that ends after the fault.
timeline()
{
	sort -n "$work/times" | awk -F '\t' -v fault="$fault_ms" -v done="$done_ms" -v name="$1" -v token=$token_ms -v consensus=$consensus_ms '
		NR == 1 { first = $1 }
		NR > 1 && $1 > fault && $1 - last > gap { gap = $1 - last; before = last; after = $1; node = $2 }
		{ last = $1 }
		END {
			printf "timeline  %8.3f s  first OK\n", 0
			printf "          %8.3f s  %s asked for, done by %.3f s\n", (fault - first) / 1000, name, (done - first) / 1000
			printf "          %8.3f s  last OK before it took effect\n", (before - first) / 1000
			printf "          %8.3f s  first OK after it, from node %d\n", (after - first) / 1000, node
			printf "          %8.3f s  last OK; %d OKs, %.0f a second with the outage, %.0f without\n", (last - first) / 1000, NR,
				NR * 1000 / (last - first + 1), NR * 1000 / (last - first - gap + 1)
			printf "outage    %8.3f s  of which token %.3f + consensus %.3f = %.3f s are timers (less the age of the last token)\n",
				gap / 1000, token / 1000, consensus / 1000, (token + consensus) / 1000
		}'
}

# One run. Its last line is the claim; true if that is what it should be.
run() # FAULT
{
	local node code loader acked total victim='' failed='' fault_ms=0 done_ms=0
	replicas=0 verified=999999999

	echo
	echo "== three nodes, quorum required, expected votes 3, token $token_ms ms; half way: $1"
	lab up 3 --token $token_ms --patience "$patience_s"
	code=$?
	((code == 77)) && return 77
	((code == 0)) || fail 'the lab does not come up'
	for node in 1 2 3; do server_start "$node"; done

	rm -f "$work"/progress "$work"/dump-*
	mkfifo "$work/progress"
	from_lab subscribers-loader --csv "$csv" --times "$work/times" --count "$limit" load "$work/acked.tsv" \
		"1=$(address 1)" "2=$(address 2)" "3=$(address 3)" >"$work/progress" &
	loader=$!
	hurt_and_return "$1" <"$work/progress"
	wait "$loader" || failed='the loader gave up'
	acked=$(wc -l <"$work/acked.tsv")
	cut -f 2 "$work/times" | grep -qvx "$victim" || failed="the load was over before the $1 took effect: it shows nothing"

	for node in 1 2 3; do [[ $node == "$victim" ]] || verify_node "$node"; done
	if [[ -n $victim ]] && wait_until says_caught_up "$victim"; then
		echo "ais status on node $victim: $(lab exec "$victim" -- ais status | head -n 1)"
		verify_node "$victim"
	else
		failed="node ${victim:-?} is not caught up after $patience_s s"
	fi
	timeline "$1"
	[[ -z $failed ]] || { echo "FAILED: $failed"; lab status; }
	lab down
	wait
	total=$(python3 -c 'import csv, sys; n = len(list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))) - 1
print(min(n, int(sys.argv[2])) if int(sys.argv[2]) else n)' "$csv" "$limit")
	((verified < 999999999)) || verified=0
	claim="$acked acknowledged, $verified verified on $replicas of 3 replicas"
	echo "$claim"
	[[ -z $failed && $acked == "$total" && $verified == "$total" && $replicas == 3 ]]
}

# --- one node ---------------------------------------------------------------------------------------------------------------------

# Where no namespaces are to be had: the same load and the same proof on the one-node cluster that aisexec is when nothing is configured.
run_alone()
{
	local libs programs daemon server replicas=0
	libs=$(find "$AIS_LAB_BUILD" -maxdepth 4 -type d -name .libs -printf '%p:')
	programs=$AIS_LAB_BUILD/core/daemon:$AIS_LAB_BUILD/core/tools:$AIS_LAB_BUILD/examples/subscribers
	export PATH=$libs$programs:$PATH LD_LIBRARY_PATH=$libs AISLE_PLUGIN_PATH=$AIS_LAB_BUILD/.libs AISLE_INSTANCE=try-$$
	export XDG_RUNTIME_DIR=$work/run XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
	mkdir -p -m 700 "$XDG_RUNTIME_DIR" "$XDG_STATE_HOME" "$XDG_CONFIG_HOME"
	echo '== one node: neither user namespaces nor root are to be had here'
	aisexec >"$work/aisexec.log" 2>&1 &
	daemon=$!
	subscribers-server 7700 >"$work/server.log" 2>&1 &
	server=$!
	subscribers-loader --csv "$csv" --count "$limit" load "$work/acked.tsv" 1=127.0.0.1 >"$work/account" &&
		subscribers-loader verify "$work/acked.tsv" 127.0.0.1 &&
		ais ckpt dump subscribers --replica local --json >"$work/dump-1.json" &&
		python3 examples/subscribers/expected.py "$csv" "$work/dump-1.json" "$limit" && replicas=1
	kill "$server" "$daemon"
	wait
	tail -n 1 "$work/account"
	echo 'not shown: replicas on other nodes, the kill of the active node, its return. These need namespaces.'
	((replicas == 1)) || exit 1
	echo "$(wc -l <"$work/acked.tsv") acknowledged, $(wc -l <"$work/acked.tsv") verified on 1 of 1 replicas"
	exit 77
}

# ----------------------------------------------------------------------------------------------------------------------------------

if [[ -z ${AIS_LAB_BUILD-} ]]; then
	install_packages
	build
fi
export AIS_LAB_NAME=try-$$
unset AIS_LAB_DIR
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-try.XXXXXX") || exit 1
trap 'lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

run kill
code=$?
((code == 77)) && run_alone
((code == 0)) || exit 1
if [[ $mode == hard ]]; then
	run cut || exit 1
fi
exit 0
