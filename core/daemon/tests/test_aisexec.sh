#!/bin/bash
# The daemon as a program: starting, refusing, ending. Needs no root and no network; with root the first part runs as another user.
# Waits for events alone: a line READY=1, an end of process.
set -u
aisexec=$PWD/core/daemon/aisexec
ais=$PWD/core/tools/ais
[ -x "$aisexec" ] || { echo "no $aisexec"; exit 1; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/test_aisexec.XXXXXX")
chmod 755 "$dir"
passed=0 failed=0 skipped=0
pids=()
unset AISLE_CONFIG AISLE_INSTANCE AISLE_NODEID AISLE_SOCKET XDG_RUNTIME_DIR XDG_STATE_HOME NOTIFY_SOCKET
export AISLE_PLUGIN_DIR=$dir/no-plugins
mkdir "$AISLE_PLUGIN_DIR"

cleanup()
{
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null
  done
  rm -rf "$dir"
}
trap cleanup EXIT
trap "exit 143" TERM INT

check() # PROMISE, status of the test before it
{
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1)) && echo "ok   aisexec: $1"
  else
    failed=$((failed + 1)) && echo "FAIL aisexec: $1"
    [ -z "${log-}" ] || tail -n 20 "$log"
  fi
}

# Starts a daemon and waits until it is ready or has ended; its process is $pid, what it wrote in $log. Environment and options: "$@".
start() # NAME [VAR=VALUE]... [-- OPTION]...
{
  local name=$1 ready
  shift
  log=$dir/$name.log
  local env=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    env+=("$1") && shift
  done
  [ $# -gt 0 ] && shift
  mkfifo "$dir/ready.$name"
  env "${env[@]}" AISLE_READY_FD=7 ${as[@]+"${as[@]}"} "$aisexec" "$@" >"$log" 2>&1 7>"$dir/ready.$name" &
  pid=$!
  pids+=("$pid")
  read -r ready <"$dir/ready.$name"
  rm -f "$dir/ready.$name"
  [ "${ready-}" = READY=1 ] && { [ -n "${silent-}" ] || await 1 'daemon ready: ' "$log"; } # a thread of the daemon's writes the log
}

stop() # [SIGNAL]; $code is the status
{
  kill "-${1:-TERM}" "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  code=$?
}

await() # COUNT, PATTERN, LOG: until so many lines have matched; fails after a minute
{
  [ "$(grep -m "$1" -c -e "$2" < <(exec timeout 60 tail -q --pid=$$ -n +1 -F "$3" 2>/dev/null))" -eq "$1" ]
}

places() # NAME: what keeps an instance's files below $dir
{
  echo "AISLE_STATE_DIR=$dir/$1/state AISLE_RUN_DIR=$dir/$1/run"
}

# One user without rights, without a home, without configuration.
as=()
if [ "$(id -u)" -eq 0 ]; then
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
mkdir -p "$dir/user" && chmod 777 "$dir/user"
start bare HOME=/nonexistent XDG_RUNTIME_DIR="$dir/user" PATH="$PATH"
check "starts without configuration, root and network" $?
await 1 'provider local' "$log"
check "without configuration the provider is local" $?
grep -q "loader no-services: no service in $AISLE_PLUGIN_DIR: .*AISLE_PLUGIN_DIR says where" "$log"
check "a daemon that finds no service says so, and where it looked" $?
stop
[ "$code" -eq 0 ] && grep -q 'ended with status 0' "$log"
check "SIGTERM ends it with status 0" $?
[ -z "$(find "$dir/user" -name 'ipc.sock' -o -name recorder)" ]
check "leaves no socket and no recorder behind" $?
said=$(AISLE_INSTANCE=nobody AISLE_SOCKET=$dir/none.sock "$PWD/core/tools/ais" status 2>&1)
[ $? -eq 3 ] && [[ $said == "ais: no daemon of instance nobody answers at $dir/none.sock: start aisexec, or name another instance in AISLE_INSTANCE"* ]]
check "a tool that finds no daemon says where it asked and what to do" $?
said=$(AISLE_INSTANCE=../x "$PWD/core/tools/ais" status 2>&1)
[ $? -eq 3 ] && [[ $said == 'ais: AISLE_INSTANCE is no instance'* ]]
check "a tool refuses what is no instance's name" $?
start bare2 HOME=/nonexistent XDG_RUNTIME_DIR="$dir/user"
stop INT
[ "$code" -eq 0 ]
check "SIGINT ends it with status 0" $?
as=()

# What the daemon asks of the system, and what it gives up.
status_of() # FIELD: of the daemon
{
  sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status" | tr -s '\t ' ' '
}

as=(prlimit --memlock=65536:65536 --rtprio=0:0)
[ "$(id -u)" -ne 0 ] || as+=(setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all)
start poor HOME=/nonexistent XDG_RUNTIME_DIR="$dir/user"
[ $? -eq 0 ] && grep -q 'memory: memory is not locked: the limit (RLIMIT_MEMLOCK) is 64 KiB' "$log" && [ "$(status_of VmLck)" = '0 kB' ]
check "without the right to lock memory it runs, and says so" $?
grep -q 'scheduling: no real-time scheduling (Operation not permitted)' "$log" && chrt -p "$pid" | grep -q 'SCHED_OTHER$'
check "without the right to real-time scheduling it runs, and says so" $?
stop
as=()
if [ "$(id -u)" -eq 0 ] && unshare --net ip link set lo up; then
  cat >"$dir/low.conf" <<CONF
totem {
	version: 2
	interface {
		mcastport: 700
	}
}
nodelist {
	node {
		nodeid: 1
		ring0_addr: 127.0.0.1
	}
}
system {
	user: nobody
}
CONF
  as=(unshare --net sh -c 'ip link set lo up && exec "$0" "$@"')
  start low $(places low) -- --config "$dir/low.conf" --node 1
  [ $? -eq 0 ] && grep -q 'runs as user 65534' "$log"
  check "started as root it binds its ports as root and then becomes the user" $?
  [ "$(status_of Uid)/$(status_of Gid)/$(status_of Groups)" = '65534 65534 65534 65534/65534 65534 65534 65534/' ]
  check "nothing of root's ids and groups is left" $?
  [ "$(status_of CapPrm)/$(status_of CapEff)/$(status_of CapInh)/$(status_of CapAmb)" = \
    0000000000804400/0000000000804400/0000000000000000/0000000000000000 ]
  check "it keeps CAP_IPC_LOCK and CAP_SYS_NICE alone, and for a port below 1024 CAP_NET_BIND_SERVICE" $?
  [ "$(cat /proc/"$pid"/task/*/status | grep -c '^CapPrm:.0000000000000000$')" -eq "$(($(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l) - 1))" ]
  check "its other threads keep none" $?
  # The kernel gives a process' files in /proc to its user only if its memory may be dumped.
  [ "$(stat -c %u "/proc/$pid/environ")" = 65534 ]
  check "its core can be dumped" $?
  find "/proc/$pid/fd" -lname '/*' -printf '%l\n' | grep -v -e '^/dev/null$' -e "^$dir/low/" -e "^$log\$" >"$dir/low.files"
  [ -e "/proc/$pid/fd/0" ] && [ ! -s "$dir/low.files" ]
  check "no file is open but its own" $?
  [ -z "$(find "$dir/low" -mindepth 2 ! -user 65534 ! -name lock)" ]
  check "its files are that user's" $?
  if chrt -p "$pid" | grep -q 'SCHED_RR'; then
    grep -q 'scheduling: real-time scheduling: SCHED_RR 50' "$log"
  else
    grep -q 'scheduling: no real-time scheduling' "$log"
  fi
  check "the log says which scheduling it has" $?
  if [ "$(status_of VmLck)" != '0 kB' ]; then
    grep -q 'memory: memory is locked as it is touched' "$log"
  else
    grep -q 'memory: memory is not locked: ' "$log"
  fi
  check "the log says whether its memory is locked" $?
  stop
  [ "$code" -eq 0 ] && [ -z "$(find "$dir/low/run" -name 'ipc.sock' -o -name recorder)" ]
  check "as that user it ends as clean as it began" $?
  printf 'system {\n\tuser: nobody\n}\n' >"$dir/nobody.conf"
  as=(unshare --user --map-root-user)
  if "${as[@]}" true 2>/dev/null; then
    start unmapped $(places unmapped) -- --config "$dir/nobody.conf"
    [ $? -eq 0 ] && grep -q "user 'nobody' is not mapped in this user namespace: goes on as root" "$log"
    check "where the user is not mapped it says so and goes on" $?
    stop
  else
    skipped=$((skipped + 1)) && echo "skip aisexec: user namespaces are not to be had here"
  fi
  as=()
else
  skipped=$((skipped + 1)) && echo "skip aisexec: becoming a user needs root and a network namespace"
fi

# CASE-032. It dies by its own fault: the recorder's content is left behind, the signal takes its course.
start killed $(places killed)
stop KILL
"$ais" recorder show "$dir/killed/run/recorder" >"$dir/killed.said" 2>&1 && grep -q 'daemon ready: node 1' "$dir/killed.said"
check "the recorder of a daemon that was killed is read by ais recorder show" $?
"$ais" recorder show "$dir/nowhere" >"$dir/killed.said" 2>&1
[ $? -eq 1 ] && grep -q "$dir/nowhere: No such file" "$dir/killed.said"
check "a recorder that is not there is said" $?
for signal in SEGV ABRT BUS FPE ILL; do
  start "fault$signal" $(places "fault$signal")
  stop "$signal"
  crash=$dir/fault$signal/state/recorder-$pid-crash.log
  [ "$code" -eq $((128 + $(kill -l "$signal"))) ] && grep -q 'daemon ready: node 1' "$crash" && grep -q "$crash" "$log" &&
    [ "$(stat -c %a "$crash")" = 600 ]
  check "SIG$signal writes the recorder to the state directory and ends the daemon by that signal" $?
done

# The configuration is read anew by order: who may connect changes with it.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env AISLE_SOCKET="$dir/reload/run/ipc.sock" "$ais" "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  chmod 711 "$dir"
  echo 'system {' >"$dir/reload.conf" && echo '}' >>"$dir/reload.conf"
  start reload $(places reload) -- --config "$dir/reload.conf"
  chmod 755 "$dir/reload" "$dir/reload/run"
  as_nobody status >"$dir/reload.said" 2>&1
  [ $? -eq 1 ] && grep -q 'not allowed' "$dir/reload.said"
  check "a user without a rule is refused" $?
  printf 'uidgid {\n\tuid: 65534\n\tservices: admin\n}\nlogging {\n\tdebug: on\n}\n' >"$dir/reload.conf"
  AISLE_SOCKET=$dir/reload/run/ipc.sock "$ais" config reload >"$dir/reload.said" 2>&1
  check "one node alone reloads its configuration" $?
  as_nobody status | grep -q '^node 1'
  check "a rule of the new configuration lets the user in" $?
  as_nobody config show >"$dir/reload.said" 2>&1
  [ $? -eq 1 ]
  check "to the services that it names" $?
  await 1 'config reloaded: 3 keys changed' "$log" && [ "$(grep -c 'config changed: ' "$log")" -eq 3 ]
  check "the log names each key that changed once" $?
  printf 'uidgid {\n\tuid: nobody-of-that-name\n}\n' >"$dir/reload.conf"
  AISLE_SOCKET=$dir/reload/run/ipc.sock "$ais" config reload >"$dir/reload.said" 2>&1
  [ $? -eq 1 ] && grep -q "reload.conf:2: uidgid.0.uid: no user 'nobody-of-that-name' on this host" "$dir/reload.said"
  check "a user that is not there is refused, with file, line and key" $?
  as_nobody status | grep -q '^node 1'
  check "a refused configuration changes nothing" $?
  rm "$dir/reload.conf"
  AISLE_SOCKET=$dir/reload/run/ipc.sock "$ais" config reload >"$dir/reload.said" 2>&1
  [ $? -eq 1 ] && grep -q 'reload.conf: ' "$dir/reload.said"
  check "a file that is gone is refused" $?
  stop
  [ "$code" -eq 0 ]
  check "it ends as well as ever after that" $?
  start reload2 $(places reload)
  AISLE_SOCKET=$dir/reload/run/ipc.sock "$ais" config reload >"$dir/reload.said" 2>&1
  [ $? -eq 1 ] && grep -q 'started without a configuration file' "$dir/reload.said"
  check "without a configuration there is nothing to reload, it says" $?
  stop
else
  skipped=$((skipped + 1)) && echo "skip aisexec: rules for other users need root"
fi
printf 'totem {\n\ttransprot: udpu\n}\n' >"$dir/bad.conf"
"$ais" config check "$dir/bad.conf" >"$dir/check.said" 2>&1
[ $? -eq 1 ] && grep -q 'bad.conf:2: totem.transprot: .*did you mean totem.transport' "$dir/check.said"
check "ais config check names file, line, key and what was meant" $?

# The service manager, played by a script: every datagram is a line.
listen() # SOCKET FILE: datagrams sent to SOCKET become lines of FILE; returns when they can be sent
{
  mkfifo "$2.bound"
  python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
os.close(os.open(sys.argv[2] + ".bound", os.O_WRONLY))
out = open(sys.argv[2], "w", buffering=1)
while True:
    out.write(s.recv(65536).decode(errors="replace").strip() + "\n")
' "$1" "$2" &
  pids+=($!)
  disown # its end is no news
  : <"$2.bound"
}
for socket in "$dir/notify.sock" "@test_aisexec.$$"; do
  notified=$dir/notified.${#pids[@]}
  listen "$socket" "$notified"
  start "notify${#pids[@]}" $(places "notify${#pids[@]}") NOTIFY_SOCKET="$socket"
  await 1 '^READY=1$' "$notified"
  check "the service manager at ${socket%%[.]*} is told that clients are taken" $?
  stop
  await 1 '^STOPPING=1$' "$notified" && [ "$(head -n 1 "$notified")" = READY=1 ]
  check "the service manager at ${socket%%[.]*} is told of the end, once, and after that" $?
done

# syslog, played by the same script in a /dev of its own.
if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
  printf 'logging {\n\tto_syslog: yes\n\tto_stderr: no\n}\n' >"$dir/syslog.conf"
  mkdir "$dir/dev"
  listen "$dir/dev/log" "$dir/syslog.lines"
  as=(unshare --mount sh -c 'mkdir "$0/up" && mount -t tmpfs none "$0/up" &&
    touch "$0/up/null" "$0/up/log" "$0/up/urandom" && mount --bind /dev/null "$0/up/null" && mount --bind /dev/urandom "$0/up/urandom" &&
    ln -s /proc/self/fd "$0/up/fd" && mount --bind "$0/log" "$0/up/log" && mount --rbind "$0/up" /dev && exec "$@"' "$dir/dev")
  silent=yes start syslog $(places syslog) -- --config "$dir/syslog.conf"
  await 1 'aisexec.*daemon ready: node 1' "$dir/syslog.lines" && grep -q '^<2[0-9]>' "$dir/syslog.lines" && [ ! -s "$log" ]
  check "with to_syslog its log goes to syslog, facility daemon, and nowhere else" $?
  stop
  as=()
else
  skipped=$((skipped + 1)) && echo "skip aisexec: syslog needs root and a mount namespace"
fi

# Two of one instance; the state.
# shellcheck disable=SC2046
start first $(places one)
first=$pid
env $(places one) "$aisexec" >"$dir/second.log" 2>&1
[ $? -eq 3 ] && grep -q "runs already (process $first" "$dir/second.log"
check "a second daemon of the instance is refused with status 3 and the first one's process" $?
kill -0 "$first"
check "the first daemon does not mind" $?
kill -USR2 "$first"
await 1 'recorder-dumped' "$log" && grep -q 'daemon ready' "$dir"/one/state/recorder-*-signal.log
check "SIGUSR2 writes the recorder to the state directory" $?
seq_of() { od -An -tu8 -j14 -N8 "$dir/one/state/ring-1" | tr -d ' '; }
before=$(seq_of)
pid=$first stop KILL
start again $(places one)
[ $? -eq 0 ] && grep -q 'ended without a word' "$log" && [ -e "$dir/one/run/recorder.previous" ]
check "after SIGKILL it starts again and keeps what was recorded" $?
[ "$(seq_of)" -gt "$before" ]
check "the ring sequence has grown" $?
stop
printf 'torn' >"$dir/one/state/ring-1"
start torn $(places one)
[ $? -eq 0 ] && grep -q 'ring sequence is damaged' "$log" && [ "$(seq_of)" -gt "$before" ]
check "a torn ring sequence is seen, and what follows is above it" $?
stop

# CASE-031: killed again and again, with clients that are killed as well, it leaves no more than it left the first time.
lives=4
for ((life = 1; life <= lives; life++)); do
  start "life$life" $(places lives) AISLE_PLUGIN_DIR="$PWD/.libs"
  clients=()
  for client in 1 2 3 4 5; do
    AISLE_SOCKET=$dir/lives/run/ipc.sock "$ais" clm watch >"$dir/client$life.$client" 2>&1 &
    clients+=($!)
    pids+=($!)
    await 1 ' member, 1 member$' "$dir/client$life.$client" || echo "client $client is not there" >>"$log"
  done
  cat "/proc/$pid/maps" "/proc/${clients[0]}/maps" >"$dir/maps$life"
  kill -KILL "${clients[0]}" "${clients[1]}"
  stop KILL
  wait "${clients[@]}" 2>/dev/null # the others see its death
  find "$dir/lives" | sort >"$dir/left$life"
done
! grep -q 'is not there' "$log" && grep -q "$dir/lives/run/ipc.sock" "$dir/left2" && cmp "$dir/left2" "$dir/left$lives"
check "whatever daemons and clients are killed, the files of the instance stay the same few" $?
! cat "$dir"/maps* | grep -q ' /dev/shm/'
check "neither has memory in /dev/shm that would outlive it" $?

# CASE-035: clients that are there before the daemon are told TRY_AGAIN, and nothing else, until they are let in.
early=()
for client in 1 2 3 4 5; do
  for service in clm ckpt lck tmr; do
    AISLE_SOCKET=$dir/early/run/ipc.sock "$PWD/ais-conformance" --libdir "$PWD/.libs" --patience 6 --assertion "COM-007@$service" \
      >"$dir/early.$service.$client" 2>&1 &
    early+=($!)
    pids+=($!)
  done
done
start early $(places early) AISLE_PLUGIN_DIR="$PWD/.libs"
AISLE_SOCKET=$dir/early/run/ipc.sock "$ais" clm nodes >"$dir/early.said" 2>&1
check "a client that comes when READY has been said is served at its first call" $?
refused=0
for process in "${early[@]}"; do
  wait "$process" || refused=$((refused + 1))
done
[ "$refused" -eq 0 ] || cat "$dir"/early.*.*
[ "$refused" -eq 0 ] && [ "$(cat "$dir"/early.*.[1-5] | grep -c '^1 passed')" -eq "${#early[@]}" ]
check "twenty clients that were there before the daemon hear no code but TRY_AGAIN before they are let in" $?
stop

# Refusals.
printf 'totem {\n\ttransprot: udpu\n\ttokn: 5\n}\n' >"$dir/typo.conf"
env $(places typo) "$aisexec" --config "$dir/typo.conf" >"$dir/typo.log" 2>&1
[ $? -eq 2 ] && grep -q "typo.conf:2: totem.transprot: unknown key, did you mean totem.transport?" "$dir/typo.log" &&
  grep -q "typo.conf:3: totem.tokn: " "$dir/typo.log" && grep -q 'not started, nothing changed; 2 errors' "$dir/typo.log" && [ ! -e "$dir/typo" ]
check "a typo ends with status 2, all of them told, and nothing was started" $?
"$aisexec" --config "$dir/none.conf" --check-config 2>"$dir/none.log"
[ $? -eq 2 ] && grep -q 'none.conf: cannot be read' "$dir/none.log"
check "a configuration that was named has to be there" $?
"$aisexec" --check-config >/dev/null 2>&1 && "$aisexec" --version | grep -q Aisle && "$aisexec" --help | grep -q -- --print-config
check "--check-config, --version, --help" $?
"$aisexec" --nonsense 2>/dev/null
[ $? -eq 2 ]
check "an unknown option ends with status 2" $?
"$aisexec" --instance ../x 2>/dev/null
[ $? -eq 2 ]
check "an instance that is no name ends with status 2" $?
if [ "$(id -u)" -eq 0 ]; then
  mkdir -p "$dir/ro/run" && chmod 777 "$dir/ro/run"
  env AISLE_STATE_DIR=/proc/none AISLE_RUN_DIR="$dir/ro/run" "$aisexec" >"$dir/ro.log" 2>&1
else
  env AISLE_STATE_DIR=/none AISLE_RUN_DIR="$dir/ro/run" "$aisexec" >"$dir/ro.log" 2>&1
fi
[ $? -eq 1 ] && grep -q 'state directory .* cannot be written' "$dir/ro.log"
check "a state directory that cannot be written is told" $?

# A cluster of three on one host.
port=$((20000 + $$ % 10000))
cat >"$dir/three.conf" <<CONF
totem {
	version: 2
	cluster_name: test
	interface {
		mcastport: $port
	}
}
quorum {
	required: yes
	expected_votes: 3
}
nodelist {
	node {
		nodeid: 1
		name: alpha
		ring0_addr: 127.0.0.1
	}
	node {
		nodeid: 2
		name: beta
		ring0_addr: 127.0.0.2
	}
	node {
		nodeid: 3
		name: gamma
		ring0_addr: 127.0.0.3
	}
}
system {
	sched_rr: no
	mlock: no
	user: nobody
}
CONF
"$aisexec" --config "$dir/three.conf" --check-config 2>"$dir/which.log"
[ $? -eq 2 ] && grep -q 'says which node this is' "$dir/which.log"
check "which node this is must be clear" $?
nodes=()
for n in 1 2 3; do
  start "node$n" $(places "n$n") AISLE_INSTANCE="n$n" -- --config "$dir/three.conf" --node "$n"
  nodes+=("$pid")
  [ "$n" -eq 1 ] || continue
  await 1 'daemon gate-shut: 1 of 3 votes; missing: node 2 (beta, 127.0.0.2:[0-9]*), node 3 (gamma, 127.0.0.3:[0-9]*); no quorum: .* reconnect the missing' "$dir/node1.log"
  check "without quorum the log says who is missing and what to do" $?
done
serving='barrier-ended.*3 members.*serving, primary'
await 1 "$serving" "$dir/node1.log" && await 1 "$serving" "$dir/node2.log" && await 1 "$serving" "$dir/node3.log"
check "three daemons form one serving view" $?
grep -q 'totem ring-formed: ring .*: 3 members (1 2 3), [12] joined, 0 left' "$dir/node1.log"
check "and the log says who is in it" $?
env $(places taken) AISLE_INSTANCE=taken "$aisexec" --config "$dir/three.conf" --node 2 >"$dir/taken.log" 2>&1
[ $? -eq 1 ] && grep -q '127.0.0.2:.* cannot be bound: .*another daemon' "$dir/taken.log"
check "a port in use is told" $?
printf 'garbage' >"/dev/udp/127.0.0.1/$port"
await 1 'foreign-packet: packets from 127.0.0.1' "$dir/node1.log"
check "a packet from nobody that is listed is dropped and told" $?
await 1 'daemon gate-open: 3 of 3 votes; calls are served' "$dir/node1.log"
check "and when calls are served again" $?
pid=${nodes[2]} stop KILL
await 1 'barrier-ended.*2 members.*serving, primary' "$dir/node1.log"
check "two go on when the third is killed" $?
grep -q 'totem member-lost: node 3 (gamma, 127.0.0.3:[0-9]*) lost: no token for [0-9]* ms; ring 1\.[0-9]*: 1 2$' "$dir/node1.log"
check "the log says which node was lost, where it is, how long the token was away and who is left" $?
[ "$(grep -c 'daemon gate-' "$dir/node1.log")" -eq "$(grep -c -e 'gate-shut: 1 of' -e 'gate-shut: 2 of 3 votes.*remember' -e 'gate-open: 3' "$dir/node1.log")" ]
check "the loss of one of three is no change of the gate" $?
start node3b $(places n3) AISLE_INSTANCE=n3 -- --config "$dir/three.conf" --node 3
nodes[2]=$pid
await 2 "$serving" "$dir/node1.log"
check "it comes back and is taken in" $?
# A node that cannot keep its ring sequence must not form rings: it leaves, and is back as soon as it can.
mv "$dir/n2/state" "$dir/n2/state.away"
pid=$pid stop KILL
await 1 'daemon leaving: .*the ring sequence cannot be stored' "$dir/node2.log"
check "without a place for the ring sequence the node leaves and says so" $?
mv "$dir/n2/state.away" "$dir/n2/state"
# It has forgotten everything, and one of three with memory decides nothing: they meet, and wait.
await 2 'barrier-ended.*2 members' "$dir/node1.log" && await 1 '2 members.*not serving, this node takes' "$dir/node2.log"
check "it comes back by itself as a joiner when it has one" $?
unset 'nodes[2]'
codes=
for pid in "${nodes[@]}"; do
  stop
  codes=$codes$code
done
[ "$codes" = 00 ] && grep -q 'left as announced' "$dir/node2.log"
check "each leaves with a word and status 0" $?

# Two nodes whose ids are not in the order of the list (CASE-157), their status for machines (CASE-156), a flood (CASE-007, CASE-021) and a stop (CASE-015).
printf 'totem {\n token: 3000\n interface {\n  mcastport: %s\n }\n}\nquorum {\n required: no\n}\nnodelist {\n node {\n  nodeid: 7\n  ring0_addr: 127.0.0.7\n }\n node {\n  nodeid: 6\n  ring0_addr: 127.0.0.6\n }\n}\nsystem {\n sched_rr: no\n mlock: no\n}\n' \
  $((port + 1)) >"$dir/two.conf"
status_json() { AISLE_SOCKET="$dir/n$1/run/ipc.sock" "$ais" status --json "${@:2}" >"$dir/status.$1.${2:-now}"; } # NODE [OPTION]...
judged() # PYTHON FILE...: an assertion on d, each file's object
{
  python3 - "$@" <<'PY' || return 1
import json, sys
for name in sys.argv[2:]:
    d = json.load(open(name))
    assert eval(sys.argv[1]), (name, d)
PY
}
start node7 $(places n7) AISLE_INSTANCE=n7 -- --config "$dir/two.conf" --node 7
seven=$pid
status_json 7
cp "$dir/status.7.now" "$dir/status.alone" # too few members remember the state: the exit status says so
start node6 $(places n6) AISLE_INSTANCE=n6 -- --config "$dir/two.conf" --node 6
six=$pid
for n in 7 6; do
  status_json $n --wait serving --members 2 --patience 60 && judged "[m['node'] for m in d['members'] if m['local']] == [$n] == [d['node_id']]" "$dir/status.$n.--wait"
  check "node $n of 7 and 6 marks itself, not its place in the list" $?
done
judged "d['ring'] == '%d.%d' % (d['ring_id']['representative'], d['ring_id']['seq']) and int(d['ring_id']['seq_hex'], 16) == d['ring_id']['seq'] and d['schema'] == 1" \
  "$dir/status.alone" "$dir/status.7.--wait"
check "a ring's id is text and structured fields, alone and with others" $?
python3 -c 'import json,sys; a, b = (json.load(open(n)) for n in sys.argv[1:]); sys.exit(list(a) != list(b))' "$dir/status.alone" "$dir/status.7.--wait"
check "the same fields in every state" $?
counters() { python3 - "$@" <<'PY'
import json, sys
old, new = (json.load(open(name)) for name in sys.argv[1:])
was, now = ({c["counter"]: c["value"] for c in d["counters"]} for d in (old, new))
up_ns = new["wall_ns"] - new["started_ns"] + 10**9
assert was.keys() <= now.keys() and all(now[k] >= was[k] for k in was), (was, now)
assert now["daemon.late_max_us"] * 1000 <= up_ns and now["totem.latency_agreed_ns"] <= now["totem.latency_samples"] * up_ns, (up_ns, now)
PY
}
counters "$dir/status.alone" "$dir/status.7.--wait"
check "counters only grow, and no time in them is longer than the daemon has run (CASE-016)" $?
rss() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
before=$(rss $seven)
python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000): s.sendto(os.urandom(i % 1400), ("127.0.0.7", int(sys.argv[1])))' $((port + 1))
status_json 7 --wait serving --members 2 --patience 60 && judged "d['ring'] == '$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["ring"])' "$dir/status.6.--wait")'" "$dir/status.7.--wait"
check "20000 packets of nobody change no view" $?
[ "$(grep -c 'foreign-packet: ' "$dir/node7.log")" -le 2 ] && [ $(($(rss $seven) - before)) -lt 5120 ]
check "take two lines in the log at most, and no memory" $?
kill -STOP $six
await 1 'totem member-lost: node 6' "$dir/node7.log"
kill -CONT $six
await 1 'daemon late: the loop was [0-9]* ms late: the process was stopped' "$dir/node6.log" && status_json 6 --wait serving --members 2 --patience 60
check "a node that was stopped says for how long, and comes back" $?
for pid in $seven $six; do
  stop
done

# IPv6, and a daemon that comes back while the clock is another: the node is told with all eight groups, and with one time of its boot.
as=()
clm() { env AISLE_SOCKET="$dir/six/run/ipc.sock" "$PWD/core/tools/ais" clm nodes --json; }
if grep -q ' lo$' /proc/net/if_inet6 2>/dev/null; then
  printf 'totem {\n version: 2\n transport: udpu\n}\nquorum {\n required: no\n}\nnodelist {\n node {\n  nodeid: 7\n  name: six\n  ring0_addr: ::1\n }\n}\n' >"$dir/six.conf"
  start six $(places six) AISLE_PLUGIN_DIR="$PWD/.libs" -- --config "$dir/six.conf" && clm >"$dir/six.first"
  check "a node on IPv6 takes clients" $?
  grep -q '"node": 7, "name": "six", "address": "0:0:0:0:0:0:0:1", "member": true' "$dir/six.first"
  check "its name is the configuration's and its address has eight groups" $?
  stop
  # What a clock that was set looks like to the next start: the kept time is not what the clock says now.
  sed -i -E 's/ [0-9]+$/ 86400000000000/' "$dir/six/run/boot"
  start six2 $(places six) AISLE_PLUGIN_DIR="$PWD/.libs" -- --config "$dir/six.conf" && clm | grep -q '"boot_ns": 86400000000000}'
  check "the time of its boot is the one that was told first" $?
  stop
else
  skipped=$((skipped + 3)) && echo "skip aisexec: a node on IPv6: this host has none"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
