#!/bin/bash
# ais-bench: what Aisle costs, measured. Starts a cluster in ais-lab, runs bench-worker in one of its nodes, prints figures and what one needs
# to read them: scheduling policy, the turn of the busy token and one IPC round trip beside each latency. A benchmark, no test: it fails
# only when it cannot measure.
set -u

usage()
{
	cat <<'TEXT'
usage: ais-bench ckpt [--size BYTES] [--clients LIST] [--seconds S] [--runs N] [--nodes N] [--against redis|etcd|corosync] [--json]
       ais-bench ckpt-read [--size BYTES] [--seconds S] [--runs N] [--nodes N] [--json]
       ais-bench ckpt-sections [--size BYTES] [--runs N] [--nodes N] [--json]
       ais-bench lck [--clients LIST] [--seconds S] [--runs N] [--nodes N] [--against etcd|zookeeper] [--session MS] [--json]
       ais-bench lck-more [--seconds S] [--runs N] [--held N] [--mode exclusive|shared] [--nodes N]
       ais-bench tmr [--seconds S] [--runs N]
       ais-bench failover [--runs N] [--nodes N] [--token MS] [--json]
       ais-bench join [--mib N] [--section BYTES] [--clients N] [--runs N] [--nodes N] [--json]

  ckpt      acknowledged section writes (default 1024 bytes; 1, 8 and 50 clients on node 1, each one write outstanding)
  ckpt-read reads of one section on node 1, from the daemon's memory and by way of the daemon
  ckpt-sections  what each call costs in a checkpoint of 100,000 sections beside one of 100: the client's time, and what the daemon of node 1
            computes for it; --runs (default 5) pairs in turn. And what that daemon's memory grows by, and is, with the former filled
  lck       exclusive locks taken and released, each client its own resource: pairs a second
  lck-more  one client with 1, 16, 128 and 512 asynchronous requests under way; hand-over between clients of all nodes; a pair beside --held (default
            100000) locks that are held, and their memory: exclusive ones, each its own resource, or --mode shared, 100 a resource; from the death of a holder, and of its node, to the grant on another node
  tmr       how late callbacks are, on the machine as it is and with four busy loops beside it; start, cancel and dispatch among 0, 1,000 and
            100,000 timers. Needs one node
  failover  from SIGKILL of a node to CLM's callback on a survivor, and the gap between two answered writes there
  join      the last node is killed and started again while --clients (default 8) write on node 1: how fast it takes over --mib MiB (default
            1024) of checkpoints in sections of --section bytes (default 16384), from its adoption of the directory to its last section; what the
            writers make meanwhile and their longest pause, and what they made before, without that node, and make after, with it; beside it what
            the link carried just before in full datagrams, a system call each, and what the ring carries for clients that write 64 KiB each

--against PEER starts that server (Debian's) on the same nodes, runs ours and the peer's work alternately, --runs pairs (default 10), and prints
both and the ratio: redis sets a key and WAITs for all replicas, etcd puts a key or takes a lock through its gateway, zookeeper takes locks by
its recipe through its own C client (libzookeeper-mt-dev, found at configure time), corosync delivers a CPG message of the same size back to its
sender in agreed order (udpu; libcpg-dev, found at configure time); nobody writes to a disk. Beside corosync each pair also has the latency of one
client's message of 64 bytes, and how many of our operations are done in that time: the unit that figures of other machines are compared by. lck then has --runs times how long one
lock takes from a holder to the next on another node, and up to 3 times how long until the lock of a killed holder is free: at the peer when its
session of --session ms (default 4000) has run out, here when the daemon sees the process end, or the others see its node end.
A run in which the peer does not answer its client is repeated, twice at most, and told.
Median and [lowest-highest] of --runs (default 3). All nodes share this machine. --json prints one object, schema 1.
Environment: those of ais-lab. Exit codes: 0 measured, 1 failed, 2 usage, 77 no namespaces here.
TEXT
}

work=${1-}
size=1024 clients=1,8,50 seconds=2 runs= nodes=3 token=1000 json=no against= held=100000 mode=exclusive session=4000 mib=1024 section=16384
[[ $# -gt 0 ]] && shift
while (($#)); do
	case $1 in
	--size) size=$2; shift ;;
	--clients) clients=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	--runs) runs=$2; shift ;;
	--nodes) nodes=$2; shift ;;
	--token) token=$2; shift ;;
	--held) held=$2; shift ;;
	--mode) mode=$2; [[ $mode == exclusive || $mode == shared ]] || { usage >&2; exit 2; }; shift ;;
	--against) against=$2; shift ;;
	--mib) mib=$2; shift ;;
	--section) section=$2; shift ;;
	--session) session=$2; shift ;;
	--json) json=yes ;;
	*) usage >&2; exit 2 ;;
	esac
	shift || { usage >&2; exit 2; }
done
case $work-$against in
ckpt- | ckpt-read- | ckpt-sections- | lck- | lck-more- | tmr- | failover- | join- | ckpt-redis | ckpt-etcd | ckpt-corosync | lck-etcd | lck-zookeeper) ;;
--help- | -h-) usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac
runs=${runs:-$(if [[ -n $against ]]; then echo 10; elif [[ $work == ckpt-sections ]]; then echo 5; else echo 3; fi)}

self=$(readlink -f "${BASH_SOURCE[0]}")
if [[ -n ${AIS_LAB_BUILD-} ]]; then
	ais_lab=$AIS_LAB_BUILD/core/tools/ais-lab
else
	ais_lab=$(dirname "$self")/../../core/tools/ais-lab
	[[ -x $ais_lab ]] || ais_lab=ais-lab
fi
export AIS_LAB_NAME=bench-$$
unset AIS_LAB_DIR
lab() { "$ais_lab" "$@"; }
trap 'lab down 2>/dev/null' EXIT
trap 'exit 1' INT TERM
fail() { echo "ais-bench: $1" >&2; exit 1; }

field() { sed -n "s/.*\"$1\": *\\(-\\{0,1\\}[0-9.]*\\).*/\\1/p" | head -n 1; }
# median [lowest-highest] of the lines on standard input
summary() { sort -n | awk '{ v[NR] = $1 } END { printf "%s [%s-%s]", v[int((NR + 1) / 2)], v[1], v[NR] }'; }

start_lab() # [CONFIG]
{
	lab up "$nodes" --token "$token" ${1:+--config "$1"}
	local -r code=$?
	((code != 77)) || exit 77
	((code == 0)) || fail 'the cluster does not come up'
}

policy() { lab exec 1 -- bench-worker policy "$(lab exec 1 -- ais status --json | field pid)"; }
counters() { lab exec 1 -- ais status --json | sed -n 's/.*"counter": "\([^"]*\)", "value": \([0-9]*\).*/\1 \2/p'; }

# One run with so many clients: the worker's object, and what node 1's daemon counted meanwhile. `agreed_us` and `ring_stable_us` are from
# handing a message to the ring to its own delivery and to its stability: the difference is the price of the promise.
ckpt_run() # CLIENTS
{
	local before begin_us result end_us
	before=$(counters)
	begin_us=${EPOCHREALTIME/[.,]/}
	result=$(lab exec 1 -- bench-worker ckpt "$1" "$size" "$seconds") || fail "no figures for $1 clients"
	end_us=${EPOCHREALTIME/[.,]/}
	{ echo "$before"; counters; } | awk -v result="${result%\}}" -v us=$((end_us - begin_us)) '
		$1 in first { change[$1] = $2 - first[$1]; next }
		{ first[$1] = $2 }
		function each(sum, count) { return change[count] > 0 ? sprintf("%.1f", change[sum] / change[count] / 1000) : "null" }
		END {
			printf "%s, \"agreed_us\": %s, \"ring_stable_us\": %s, \"token_turn_us\": %s}\n", result,
				each("totem.latency_agreed_ns", "totem.latency_samples"), each("totem.latency_stable_ns", "totem.latency_samples"),
				(change["totem.tokens_sent"] > 0 ? sprintf("%.1f", us / change["totem.tokens_sent"]) : "null")
		}'
}

# Median and spread of one field over the runs in `all`.
of_runs() { printf '%s\n' "${all[@]}" | while read -r line; do field "$1" <<<"$line"; done | summary; }

bench_ckpt()
{
	local count run all=() separator=
	start_lab
	[[ $json == yes ]] || printf '%d nodes on one machine, %d-byte writes, aisexec under %s, %d runs of %s s each\n' \
		"$nodes" "$size" "$(policy)" "$runs" "$seconds"
	[[ $json == no ]] || printf '{"schema": 1, "work": "ckpt", "nodes": %d, "size": %d, "policy": "%s", "runs": [' "$nodes" "$size" "$(policy)"
	for count in ${clients//,/ }; do
		all=()
		for ((run = 0; run < runs; run++)); do
			all+=("$(ckpt_run "$count")") || exit 1
			[[ $json == no ]] || { printf '%s\n %s' "$separator" "${all[run]}"; separator=,; }
		done
		[[ $json == yes ]] && continue
		printf '%3d clients: %s writes/s, call p50 %s us, p99 %s us\n' "$count" "$(of_runs writes_per_s)" "$(of_runs stable_p50_us)" \
			"$(of_runs stable_p99_us)"
		printf '             in the ring: agreed %s us, stable %s us; beside it: token turn %s us, IPC round trip %s us\n' \
			"$(of_runs agreed_us)" "$(of_runs ring_stable_us)" "$(of_runs token_turn_us)" "$(of_runs ipc_round_trip_p50_us)"
	done
	[[ $json == no ]] || printf ']}\n'
}

# Kills the node while a survivor watches; prints "ms to the callback, ms between two answered writes".
failover_run() # VICTIM
{
	local observer=2 killed_ms worker result ready
	[[ $1 == 2 ]] && observer=3
	ready=$(mktemp -u) && mkfifo "$ready"
	coproc worker_process { lab exec "$observer" -- bench-worker failover "$1" 60 2>"$ready"; }
	worker=$worker_process_PID
	read -r _ <"$ready"
	rm -f "$ready"
	sleep 0.5 # writes under way
	killed_ms=$((${EPOCHREALTIME/[.,]/} / 1000))
	lab kill "$1" || fail "cannot kill node $1"
	read -r result <&"${worker_process[0]}" || fail "no figures for node $1"
	wait "$worker" 2>/dev/null
	lab start "$1" >&2 && lab wait >&2 || fail "node $1 does not return"
	echo "$(($(field left_ms <<<"$result") - killed_ms)) $(($(field next_write_ms <<<"$result") - $(field last_write_ms <<<"$result")))"
}

# In a process of node 1's daemon: kB resident.
resident() { lab exec 1 -- sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(lab exec 1 -- ais status --json | field pid)/status"; }

bench_ckpt-read()
{
	local run all=()
	start_lab
	for ((run = 0; run < runs; run++)); do
		all+=("$(lab exec 1 -- bench-worker ckpt-read "$size" "$seconds")") || fail 'no figures'
	done
	if [[ $json == yes ]]; then
		printf '{"schema": 1, "work": "ckpt-read", "nodes": %d, "policy": "%s", "runs": [%s]}\n' "$nodes" "$(policy)" "$(IFS=,; echo "${all[*]}")"
		return
	fi
	printf '%d nodes on one machine, reads of %d bytes, aisexec under %s, %d runs of %s s\n' "$nodes" "$size" "$(policy)" "$runs" "$seconds"
	printf 'from memory: p50 %s us, p99 %s us; by way of the daemon: p50 %s us, p99 %s us\n' "$(of_runs mapped_p50_us)" "$(of_runs mapped_p99_us)" \
		"$(of_runs call_p50_us)" "$(of_runs call_p99_us)"
}

# The quotient of a figure of two objects.
quotient() { awk -v a="$(field "$1" <<<"$2")" -v b="$(field "$1" <<<"$3")" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }

# What the sections take of the daemon beside their content, from the object of the larger checkpoint: without what it takes when empty, and with.
memory_of() # FIELD-TO-SUBTRACT|0 OBJECT
{
	awk -v full="$(field full_kib <<<"$2")" -v empty="$([[ $1 == 0 ]] && echo 0 || field "$1" <<<"$2")" -v sections="$(field sections <<<"$2")" \
		-v size="$(field size <<<"$2")" 'BEGIN { printf "%.3f", (full - empty) * 1024 / sections / size }'
}

bench_ckpt-sections()
{
	local run few many few_all=() many_all=() all pid call
	start_lab
	pid=$(lab exec 1 -- ais status --json | field pid)
	for ((run = 0; run < runs; run++)); do
		few=$(lab exec 1 -- bench-sections 100 "$size" "$pid") && many=$(lab exec 1 -- bench-sections 100000 "$size" "$pid") || fail 'no figures'
		few_all+=("$few") many_all+=("$many")
	done
	if [[ $json == yes ]]; then
		printf '{"schema": 1, "work": "ckpt-sections", "nodes": %d, "policy": "%s", "pairs": [' "$nodes" "$(policy)"
		for ((run = 0; run < runs; run++)); do printf '%s\n {"few": %s,\n  "many": %s}' "$( ((run == 0)) || echo ,)" "${few_all[run]}" "${many_all[run]}"; done
		printf ']}\n'
		return
	fi
	printf '%d nodes on one machine, sections of %d bytes, aisexec under %s, %d pairs\n' "$nodes" "$size" "$(policy)" "$runs"
	for call in create write read iterate delete; do
		all=("${few_all[@]}")
		printf '%-8s 100 sections: %s us, the daemon %s us\n' "$call" "$(of_runs "${call}_us")" "$(of_runs "${call}_cpu_us")"
		all=("${many_all[@]}")
		printf '     100,000 sections: %s us, the daemon %s us\n' "$(of_runs "${call}_us")" "$(of_runs "${call}_cpu_us")"
		printf '                ratio: %s, the daemon %s\n' \
			"$(for ((run = 0; run < runs; run++)); do quotient "${call}_us" "${many_all[run]}" "${few_all[run]}"; echo; done | summary)" \
			"$(for ((run = 0; run < runs; run++)); do quotient "${call}_cpu_us" "${many_all[run]}" "${few_all[run]}"; echo; done | summary)"
	done
	printf 'memory of the daemon for 100,000 sections: %s times their bytes; all of itself included %s\n' \
		"$(for ((run = 0; run < runs; run++)); do memory_of empty_kib "${many_all[run]}"; echo; done | summary)" \
		"$(for ((run = 0; run < runs; run++)); do memory_of 0 "${many_all[run]}"; echo; done | summary)"
}

bench_failover()
{
	local victim run figures all separator=
	start_lab
	[[ $json == yes ]] || printf '%d nodes on one machine, token %d ms, consensus %d ms, aisexec under %s, %d runs each\n' \
		"$nodes" "$token" $((token * 12 / 10)) "$(policy)" "$runs"
	[[ $json == no ]] || printf '{"schema": 1, "work": "failover", "nodes": %d, "token_ms": %d, "policy": "%s", "runs": [' \
		"$nodes" "$token" "$(policy)"
	for victim in "$nodes" 1; do
		all=
		for ((run = 0; run < runs; run++)); do
			figures=$(failover_run "$victim") || exit 1
			all+=$figures$'\n'
			[[ $json == no ]] || printf '%s\n {"killed": %d, "callback_ms": %d, "write_gap_ms": %d}' "$separator" "$victim" $figures
			separator=,
		done
		[[ $json == yes ]] || printf 'node %d%s killed: callback after %s ms; between two answered writes %s ms\n' "$victim" \
			"$([[ $victim == 1 ]] && echo ' (ring leader)')" "$(grep . <<<"$all" | cut -d' ' -f1 | summary)" \
			"$(grep . <<<"$all" | cut -d' ' -f2 | summary)"
	done
	[[ $json == no ]] || printf ']}\n'
}

# --- catch-up ---

# What the last node gets from the first in datagrams: MB/s.
link_speed()
{
	local ready to said
	to=$(address "$nodes")
	ready=$(mktemp -u) && mkfifo "$ready"
	said=$(mktemp)
	lab exec "$nodes" -- bench-join sink "$to" 9999 2>"$ready" >"$said" &
	read -r _ <"$ready"
	lab exec 1 -- bench-join send "$to" 9999 1 || fail 'nothing can be sent'
	wait $!
	field mb_per_s <"$said"
	rm -f "$ready" "$said"
}

# What the ring carries for clients of the first node that write 64 KiB each again and again: MB/s.
ring_speed()
{
	local said
	said=$({ sleep 0.5; echo; sleep 1; echo; } | lab exec 1 -- bench-join write 8 65536 | tail -n 1) || fail 'the ring carries nothing'
	awk -v per_s="$(field writes_per_s <<<"$said")" 'BEGIN { printf "%.1f\n", per_s * 65536 / 1e6 }'
}

to_come() { lab exec "$nodes" -- ais status --json 2>/dev/null | sed -n 's/.*"bytes_to_come": *\([0-9]*\).*/\1/p' | sort -n | tail -n 1; }

# The writers' object since the last call.
writers_say() { local said; echo >&"${writers_process[1]}" && read -r said <&"${writers_process[0]}" && echo "$said"; }

# The link first, while nobody writes: both are then of the same minute.
join_run() # RING
{
	local before during after begin_us us bytes speed writers
	speed=$(link_speed) || exit 1
	coproc writers_process { lab exec 1 -- bench-join write "$clients" "$size"; }
	writers=$writers_process_PID
	lab kill "$nodes" || fail "cannot kill node $nodes"
	lab wait $(seq $((nodes - 1))) >&2 || fail 'the others do not go on'
	writers_say >/dev/null
	sleep "$seconds" # of writes without it
	before=$(writers_say)
	lab start "$nodes" >&2 || fail "node $nodes does not start"
	while bytes=$(to_come) && [[ -z $bytes || $bytes == 0 ]]; do :; done
	begin_us=${EPOCHREALTIME/[.,]/}
	lab wait >&2 || fail "node $nodes does not catch up"
	us=$((${EPOCHREALTIME/[.,]/} - begin_us))
	during=$(writers_say)
	sleep "$seconds"
	after=$(writers_say)
	exec {writers_process[1]}>&-
	wait "$writers" || fail 'a writer failed'
	awk -v bytes="$bytes" -v us=$us -v link="$speed" -v ring="$1" -v before="$(field writes_per_s <<<"$before")" -v during="$(field writes_per_s <<<"$during")" \
		-v after="$(field writes_per_s <<<"$after")" \
		-v pause="$(field longest_pause_ms <<<"$during")" 'BEGIN {
			printf "{\"bytes\": %d, \"seconds\": %.2f, \"mb_per_s\": %.1f, \"link_mb_per_s\": %.1f, \"of_link\": %.2f, \"ring_mb_per_s\": %.1f, ",
				bytes, us / 1e6, bytes / us, link, bytes / us / link, ring
			printf "\"writes_per_s_before\": %d, ", before
			printf "\"writes_per_s_during\": %d, \"writes_per_s_after\": %d, ", during, after
			printf "\"of_writes\": %.2f, \"of_writes_after\": %.2f, \"longest_pause_ms\": %.1f}\n", during / before, during / after, pause
		}'
}

bench_join()
{
	local run all=() separator= ring
	[[ $clients == 1,8,50 ]] && clients=8
	start_lab
	ring=$(ring_speed)
	lab exec 1 -- bench-join fill "$mib" "$section" || fail 'the checkpoints cannot be filled'
	[[ $json == yes ]] || printf '%d nodes on one machine, %d MiB in sections of %d bytes, %d writers of %d bytes, aisexec under %s, %d runs\n' \
		"$nodes" "$mib" "$section" "$clients" "$size" "$(policy)" "$runs"
	[[ $json == no ]] || printf '{"schema": 1, "work": "join", "nodes": %d, "mib": %d, "section": %d, "clients": %d, "policy": "%s", "runs": [' \
		"$nodes" "$mib" "$section" "$clients" "$(policy)"
	for ((run = 0; run < runs; run++)); do
		all+=("$(join_run "$ring")") || exit 1
		[[ $json == no ]] || { printf '%s\n %s' "$separator" "${all[run]}"; separator=,; }
	done
	if [[ $json == yes ]]; then
		printf ']}\n'
	else
		printf 'caught up in %s s: %s MB/s, the link %s MB/s; ratio %s; the ring for writers of 64 KiB %s MB/s\n' "$(of_runs seconds)" \
			"$(of_runs mb_per_s)" "$(of_runs link_mb_per_s)" "$(of_runs of_link)" "$(of_runs ring_mb_per_s)"
		printf 'writers: %s/s during; %s/s before on the %d others, ratio %s; %s/s after on all %d, ratio %s; longest pause %s ms\n' \
			"$(of_runs writes_per_s_during)" "$(of_runs writes_per_s_before)" $((nodes - 1)) "$(of_runs of_writes)" \
			"$(of_runs writes_per_s_after)" "$nodes" "$(of_runs of_writes_after)" "$(of_runs longest_pause_ms)"
	fi
}

# --- beside a peer ---

address() { lab exec "$1" -- ais clm nodes --json | sed -n 's/.*"node": '"$1"', .*"address": "\([^"]*\)".*/\1/p' | head -n 1; }

corosync_conf()
{
	local node
	cat <<'TEXT'
totem {
	version: 2
	cluster_name: bench
	transport: udpu
	interface {
		linknumber: 0
		mcastport: 7007
	}
}
system {
	sched_rr: no
}
logging {
	to_syslog: no
	to_stderr: yes
}
nodelist {
TEXT
	for ((node = 1; node <= nodes; node++)); do printf '\tnode {\n\t\tnodeid: %d\n\t\tring0_addr: %s\n\t}\n' "$node" "$(address "$node")"; done
	echo '}'
}

# Its nodes run in ours, so they end with the lab.
peer_start()
{
	local node peers=
	case $against in
	redis)
		for ((node = 1; node <= nodes; node++)); do
			lab exec "$node" -- redis-server --port 7001 --bind 0.0.0.0 --protected-mode no --save '' --appendonly no --dir /dev/shm \
				$( ((node == 1)) || echo "--replicaof $(address 1) 7001") >/dev/null 2>&1 &
		done
		port=7001/$((nodes - 1))
		;;
	etcd)
		for ((node = 1; node <= nodes; node++)); do peers+=${peers:+,}node-$node=http://$(address "$node"):7003; done
		for ((node = 1; node <= nodes; node++)); do
			lab exec "$node" -- etcd --name "node-$node" --data-dir /dev/shm/etcd --initial-cluster "$peers" --initial-cluster-state new \
				--listen-peer-urls "http://$(address "$node"):7003" --initial-advertise-peer-urls "http://$(address "$node"):7003" \
				--listen-client-urls "http://$(address "$node"):7002" --advertise-client-urls "http://$(address "$node"):7002" \
				--unsafe-no-fsync >/dev/null 2>&1 &
		done
		port=7002
		;;
	zookeeper)
		for ((node = 1; node <= nodes; node++)); do peers+="server.$node=$(address "$node"):7005:7006"$'\n'; done
		for ((node = 1; node <= nodes; node++)); do
			lab exec "$node" -- sh -c 'mkdir -p /dev/shm/zookeeper && echo "$1" >/dev/shm/zookeeper/myid && printf "%s\n" "tickTime=2000" \
				"initLimit=10" "syncLimit=5" "dataDir=/dev/shm/zookeeper" "clientPort=7004" "maxClientCnxns=0" "admin.enableServer=false" \
				"forceSync=no" "$2" >/dev/shm/zookeeper/zoo.cfg && exec java -Xmx256m -XX:-UsePerfData -Dzookeeper.jmx.log4j.disable=true \
				-cp /usr/share/java/zookeeper.jar org.apache.zookeeper.server.quorum.QuorumPeerMain /dev/shm/zookeeper/zoo.cfg' \
				sh "$node" "$peers" >"$scratch/server-$node" 2>&1 &
		done
		port=7004
		;;
	corosync)
		corosync_conf >"$scratch/corosync.conf"
		for ((node = 1; node <= nodes; node++)); do
			lab exec "$node" -- sh -c 'mkdir -p /var/lib/corosync && exec corosync -f -c "$1"' sh "$scratch/corosync.conf" >"$scratch/server-$node" 2>&1 &
		done
		;;
	esac
}

peer_is_here()
{
	case $against in
	redis) command -v redis-server >/dev/null || fail 'no redis here: apt-get install redis-server' ;;
	etcd) command -v etcd >/dev/null || fail 'no etcd here: apt-get install etcd-server' ;;
	corosync) command -v corosync >/dev/null || fail 'no Corosync here: apt-get install corosync' ;;
	zookeeper) [[ -e /usr/share/java/zookeeper.jar ]] && command -v java >/dev/null || fail 'no ZooKeeper here: apt-get install zookeeper' ;;
	esac
}

# Until it answers as it should, on every node whose server is asked: with all replicas, or a leader. What the tries say is of no interest, unless
# none succeeds.
peer_await()
{
	local -r until_s=$((SECONDS + 60))
	local node last=1
	[[ $work != lck ]] || last=$nodes
	for ((node = 1; node <= last; node++)); do
		until peer_run 1 0.1 "$node" >/dev/null 2>&1; do
			((SECONDS < until_s)) || { peer_run 1 0.1 "$node"; fail "$against does not answer on node $node"; }
		done
	done
}

# A peer that does not answer its client has no figure for that run, which is said and repeated: ZooKeeper 3.8.0 was seen to leave one client without
# an answer for 26 s, pings too, on a quiet machine, its heap nearly empty. What its servers were doing then is kept: see `stalled`.
again() # CMD...
{
	local try
	for try in 1 2 3; do
		"$@" && return
		echo "$try" >>"$scratch/repeated"
		echo "ais-bench: $against gave no figures for: $*; run $try of at most 3" >&2
		stalled
		peer_await >&2
	done
	return 1
}

# Java says on SIGQUIT what each of its threads does.
stalled()
{
	local node kept
	[[ $against == zookeeper ]] || return 0
	for ((node = 1; node <= nodes; node++)); do lab exec "$node" -- sh -c 'kill -QUIT $(pidof java)' 2>/dev/null; done
	sleep 1
	kept=$(mktemp -d "${TMPDIR:-/tmp}/ais-bench-stalled.XXXXXX") && cp "$scratch"/server-* "$kept" && echo "ais-bench: what its servers did: $kept" >&2
}

repeats() { cat "$scratch/repeated" 2>/dev/null | wc -l; }

load() { lab exec 1 -- bench-load "$@"; } # KIND TARGET CLIENTS SIZE SECONDS
ours_run() { load "$work" "bench-$work" "$1" "$size" "$2"; }
peer_target() { [[ $against == corosync ]] && echo "$nodes" || echo "$(address "$1"):$port"; } # NODE
peer_run() { load "$against${lock_suffix-}" "$(peer_target "${3-1}")" "$1" "$size" "$2"; } # CLIENTS SECONDS [NODE]
lone_run() { load corosync "$nodes" 1 64 "$seconds"; }
of_lines() { field "$1" <<<"$2"; }

bench_against()
{
	local count run ours peer lone ours_all peer_all ratios lone_us in_lone separator=
	[[ $work != lck ]] || lock_suffix=-lock
	peer_is_here
	start_lab
	scratch_open
	peer_start
	peer_await
	[[ $against != zookeeper ]] || peer_run 50 5 >/dev/null # what is interpreted yet is compiled then
	[[ $json == yes ]] || printf '%d nodes on one machine, %d-byte operations, aisexec under %s, %s under SCHED_OTHER 0, %d pairs of %s s each\n' \
		"$nodes" "$size" "$(policy)" "$against" "$runs" "$seconds"
	[[ $json == no ]] || printf '{"schema": 1, "work": "%s", "against": "%s", "nodes": %d, "size": %d, "policy": "%s", "pairs": [' \
		"$work" "$against" "$nodes" "$size" "$(policy)"
	for count in ${clients//,/ }; do
		ours_all=() peer_all=() ratios=() lone_us=() in_lone=()
		for ((run = 0; run < runs; run++)); do
			ours=$(ours_run "$count" "$seconds") && peer=$(again peer_run "$count" "$seconds") || fail "no figures for $count clients"
			ours_all+=("$ours") peer_all+=("$peer")
			ratios+=("$(awk -v a="$(of_lines per_s "$ours")" -v b="$(of_lines per_s "$peer")" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }')")
			if [[ $against == corosync ]]; then
				lone=$(again lone_run) || fail 'no figures for a lone message'
				lone_us+=("$(of_lines p50_us "$lone")")
				in_lone+=("$(awk -v a="$(of_lines per_s "$ours")" -v us="${lone_us[run]}" 'BEGIN { printf "%.2f", a * us / 1e6 }')")
			fi
			[[ $json == no ]] || { printf '%s\n {"ours": %s, "peer": %s%s}' "$separator" "$ours" "$peer" "${lone_us[run]+, \"lone_us\": ${lone_us[run]}}"; separator=,; }
		done
		[[ $json == yes ]] && continue
		all=("${ours_all[@]}")
		printf '%3d clients: ours  %s /s, p50 %s us, p99 %s us\n' "$count" "$(of_runs per_s)" "$(of_runs p50_us)" "$(of_runs p99_us)"
		all=("${peer_all[@]}")
		printf '             %-5s %s /s, p50 %s us, p99 %s us\n' "$against" "$(of_runs per_s)" "$(of_runs p50_us)" "$(of_runs p99_us)"
		printf '             ours is %s times as fast\n' "$(printf '%s\n' "${ratios[@]}" | summary)"
		((${#lone_us[@]} == 0)) || printf '             a lone message of 64 bytes takes Corosync %s us; ours does %s operations in that time\n' \
			"$(printf '%s\n' "${lone_us[@]}" | summary)" "$(printf '%s\n' "${in_lone[@]}" | summary)"
	done
	[[ $json == no ]] || printf ']'
	[[ $work != lck ]] || against_beyond
	[[ $json == no ]] || printf ', "repeated": %d}\n' "$(repeats)"
	[[ $json == yes || $(repeats) == 0 ]] || printf '%s did not answer its client in %d runs, which were repeated\n' "$against" "$(repeats)"
}

# Hand-over and dead holders, ours and the peer's alternately; then the holder's node, which ours sees end.
against_beyond()
{
	local run us ours_us=() peer_us=() ours_ms=() peer_ms=() node_ms=()
	local -r deaths=$((runs < 3 ? runs : 3))
	for ((run = 0; run < runs; run++)); do
		ours_us+=("$(handover_us lck)") && peer_us+=("$(again handover_us "$against-lock")") || exit 1
	done
	for ((run = 0; run < deaths; run++)); do
		ours_ms+=("$(dead_ms process lck)") && peer_ms+=("$(dead_ms process "$against-lock")") || exit 1
	done
	for ((run = 0; run < deaths; run++)); do node_ms+=("$(dead_ms node lck)") || exit 1; done
	if [[ $json == yes ]]; then
		printf ',\n "handover_us": {"ours": [%s], "peer": [%s]},\n' "$(IFS=,; echo "${ours_us[*]}")" "$(IFS=,; echo "${peer_us[*]}")"
		printf ' "session_ms": %d, "dead_ms": {"ours": [%s], "peer": [%s], "ours_node": [%s]}' "$session" "$(IFS=,; echo "${ours_ms[*]}")" \
			"$(IFS=,; echo "${peer_ms[*]}")" "$(IFS=,; echo "${node_ms[*]}")"
		return
	fi
	printf 'one lock, a client on each node, from one holder to the next: ours %s us, %s %s us; ours takes %s of it\n' \
		"$(printf '%s\n' "${ours_us[@]}" | summary)" "$against" "$(printf '%s\n' "${peer_us[@]}" | summary)" \
		"$(for ((run = 0; run < runs; run++)); do awk -v a="${ours_us[run]}" -v b="${peer_us[run]}" 'BEGIN { printf "%.2f\n", a / b }'; done | summary)"
	printf 'holder killed, granted on another node: ours after %s ms, %s after %s ms (its session: %d ms)\n' \
		"$(printf '%s\n' "${ours_ms[@]}" | summary)" "$against" "$(printf '%s\n' "${peer_ms[@]}" | summary)" "$session"
	printf 'its node killed: ours after %s ms (token %d ms)\n' "$(printf '%s\n' "${node_ms[@]}" | summary)" "$token"
}

bench_lck()
{
	local count run all separator=
	start_lab
	[[ $json == yes ]] || printf '%d nodes on one machine, aisexec under %s, %d runs of %s s each\n' "$nodes" "$(policy)" "$runs" "$seconds"
	[[ $json == no ]] || printf '{"schema": 1, "work": "lck", "nodes": %d, "policy": "%s", "runs": [' "$nodes" "$(policy)"
	for count in ${clients//,/ }; do
		all=()
		for ((run = 0; run < runs; run++)); do
			all+=("$(ours_run "$count" "$seconds")") || exit 1
			[[ $json == no ]] || { printf '%s\n %s' "$separator" "${all[run]}"; separator=,; }
		done
		[[ $json == yes ]] || printf '%3d clients: %s pairs/s, pair p50 %s us, p99 %s us\n' "$count" "$(of_runs per_s)" "$(of_runs p50_us)" \
			"$(of_runs p99_us)"
	done
	[[ $json == no ]] || printf ']}\n'
}

# What stands beside a pair: one IPC round trip, and the turn of the busy token while one client takes and releases.
lck_beside()
{
	local before begin_us end_us tokens
	printf 'beside it: IPC round trip %s us, ' "$(for ((run = 0; run < runs; run++)); do lab exec 1 -- bench-locks ipc | field ipc_p50_us; done | summary)"
	printf 'token turn %s us\n' "$(for ((run = 0; run < runs; run++)); do
		before=$(counters | sed -n 's/^totem.tokens_sent //p') begin_us=${EPOCHREALTIME/[.,]/}
		ours_run 1 "$seconds" >/dev/null
		end_us=${EPOCHREALTIME/[.,]/}
		tokens=$(($(counters | sed -n 's/^totem.tokens_sent //p') - before))
		awk -v us=$((end_us - begin_us)) -v tokens="$tokens" 'BEGIN { printf "%.1f\n", us / tokens }'
	done | summary)"
}

scratch_open() { scratch=$(mktemp -d) && trap 'lab down 2>/dev/null; rm -rf "$scratch"' EXIT; }
target_on() { [[ $2 == lck ]] && echo - || echo "$(address "$1"):$port"; } # NODE KIND: each client asks its own node's server

# Grants of all nodes' clients together: who waits is always of another node.
handover_us() # KIND
{
	local node all=0 clients=()
	for ((node = 1; node <= nodes; node++)); do
		lab exec "$node" -- bench-locks contend "$1" "$(target_on "$node" "$1")" contended "$seconds" >"$scratch/contend-$node" &
		clients+=($!)
	done
	wait "${clients[@]}"
	for ((node = 1; node <= nodes; node++)); do [[ -s $scratch/contend-$node ]] || fail "$1: the client of node $node gets no lock"; done
	for ((node = 1; node <= nodes; node++)); do all=$((all + $(field grants <"$scratch/contend-$node"))); done
	awk -v s="$seconds" -v all=$all 'BEGIN { printf "%.1f\n", s * 1e6 / all }'
}

declare -rA held_as=([exclusive]='exclusive, each its own resource' [shared]='shared, 100 a resource')
bench_held()
{
	local figures kb before_kb
	before_kb=$(resident)
	coproc holder { lab exec 1 -- bench-locks held "$held" "$mode"; }
	read -r figures <&"${holder[0]}" || fail 'no figures with held locks'
	kb=$(resident)
	printf '%s locks held (%s): a pair takes %s us, with none held %s us; taken in %s s; memory: the daemon of the client %s KiB, the client %s KiB\n' \
		"$held" "${held_as[$mode]}" "$(field pair_held_us <<<"$figures")" "$(field pair_none_us <<<"$figures")" "$(field filled_s <<<"$figures")" \
		$((kb - before_kb)) "$(field client_kb <<<"$figures")"
	local -r input=${holder[1]}
	exec {input}>&-
	wait "$holder_PID"
}

# ms from the kill to the grant on node 1: `process`: the holder on node 2; `node`: all of node 2.
dead_ms() # process|node KIND
{
	local killed_ms granted_ms holder answers
	rm -f "$scratch"/held.* "$scratch"/waits && mkfifo "$scratch/waits"
	{ sleep 600 & echo $! >"$scratch/held.sleep"; wait; } | lab exec 2 -- bench-locks hold "$2" "$(target_on 2 "$2")" dead "$session" \
		>"$scratch/held.by" 2>/dev/null &
	holder=$!
	until [[ -s $scratch/held.by ]]; do kill -0 "$holder" 2>/dev/null || fail 'the holder does not get its lock'; sleep 0.05; done
	coproc waiter { lab exec 1 -- bench-locks wait "$2" "$(target_on 1 "$2")" dead "$session" 2>"$scratch/waits"; }
	exec {answers}<&"${waiter[0]}" # of ours: bash forgets the waiter's as soon as it has ended
	read -r _ <"$scratch/waits"
	sleep 0.3 # the request is in the queue
	if [[ $1 == node ]]; then
		killed_ms=$((${EPOCHREALTIME/[.,]/} / 1000))
		lab kill 2
	else
		killed_ms=$(lab exec 2 -- sh -c 'date +%s%3N; kill -KILL "$1"' sh "$(cut -d' ' -f2 "$scratch/held.by")")
	fi
	read -r granted_ms _ <&"$answers" || fail 'nobody is granted what a dead one held'
	exec {answers}<&-
	kill "$(<"$scratch/held.sleep")" 2>/dev/null
	[[ $1 != node ]] || { lab start 2 >&2 && lab wait >&2; }
	echo $((granted_ms - killed_ms))
}

# Many locks of one client, each its own resource, are more than it may have open unless told.
lck_more_config()
{
	lab print-config "$nodes" --token "$token" || fail 'no configuration'
	((held < 65000)) || printf 'lck {\n\tclient_locks_max: %d\n\tclient_opens_max: %d\n}\n' $((held + 1000)) $((held + 1000))
}

bench_lck-more()
{
	local count run
	work=lck
	[[ $json == no ]] || fail 'lck-more prints text alone'
	scratch_open
	lck_more_config >"$scratch/lab.conf"
	start_lab "$scratch/lab.conf"
	printf '%d nodes on one machine, aisexec under %s, %d runs of %s s each\n' "$nodes" "$(policy)" "$runs" "$seconds"
	lck_beside
	for count in 1 16 128 512; do
		printf 'one client, %3d requests under way: %s pairs/s\n' "$count" \
			"$(for ((run = 0; run < runs; run++)); do lab exec 1 -- bench-locks outstanding "$count" "$seconds" | field per_s; done | summary)"
	done
	printf 'one lock, a client on each node: %s us from one holder to the next\n' "$(for ((run = 0; run < runs; run++)); do handover_us lck; done | summary)"
	bench_held
	printf 'holder killed: granted on another node after %s ms\n' "$(for ((run = 0; run < runs; run++)); do dead_ms process lck; done | summary)"
	printf 'its node killed: granted on another node after %s ms (token %d ms)\n' "$(for ((run = 0; run < runs; run++)); do dead_ms node lck; done | summary)" "$token"
}

of_timers() { printf '%s\n' "${all[@]}" | while read -r line; do field "$1" <<<"$line"; done | summary; }

late_print() # WHEN
{
	local run all=()
	for ((run = 0; run < runs; run++)); do all+=("$(lab exec 1 -- bench-timers late 200 "$seconds")"); done
	printf '%s: callbacks late by p50 %s us, p99 %s us, at most %s us\n' "$1" "$(of_timers late_p50_us)" "$(of_timers late_p99_us)" "$(of_timers late_max_us)"
}

bench_tmr()
{
	local count run all=() loops=()
	[[ $json == no ]] || fail 'tmr prints text alone'
	nodes=1
	start_lab
	printf '200 timers a second at random moments, %d runs of %s s each; load average %s\n' "$runs" "$seconds" "$(cut -d' ' -f1 /proc/loadavg)"
	late_print 'machine as it is'
	for count in 1 2 3 4; do { while :; do :; done; } & loops+=($!); done
	late_print 'four busy loops  '
	kill "${loops[@]}"
	wait "${loops[@]}" 2>/dev/null
	for count in 0 1000 100000; do
		all=()
		for ((run = 0; run < runs; run++)); do all+=("$(lab exec 1 -- bench-timers many "$count")"); done
		printf '%6d timers stand: start %s us, cancel %s us, dispatch %s us\n' "$count" "$(of_timers start_p50_us)" "$(of_timers cancel_p50_us)" \
			"$(of_timers dispatch_p50_us)"
	done
}

if [[ -n $against ]]; then bench_against; else "bench_$work"; fi
