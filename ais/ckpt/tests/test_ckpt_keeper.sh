#!/bin/bash
# On a cluster of one node: a hostile reader keeps whatever memory it is shown (hostile_keeper.c), all filters iterate while sections come and go
# (iterate_while_changed.c), a section is read while it is overwritten (read_while_changed.c) and while the daemon is stopped
# (read_while_stopped.c), and every call is used wrongly (misuse.c). Waits for events alone.
set -u
build=$PWD
dir=$(mktemp -d "${TMPDIR:-/tmp}/test_ckpt_keeper.XXXXXX")
unset AISLE_CONFIG AISLE_NODEID
export AISLE_INSTANCE=keeper-$$ AISLE_RUN_DIR=$dir/run AISLE_STATE_DIR=$dir/state AISLE_SOCKET=$dir/ipc.sock AISLE_PLUGIN_DIR=$build/.libs
mkfifo "$dir/ready"
AISLE_READY_FD=7 "$build/core/daemon/aisexec" >"$dir/log" 2>&1 7>"$dir/ready" &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 143' TERM INT
read -r ready <"$dir/ready"
[ "${ready-}" = READY=1 ] || { cat "$dir/log"; echo '0 passed, 1 failed, 0 skipped'; exit 1; }
passed=0 failed=0
count() { if [ "$2" -eq 0 ]; then passed=$((passed + 1)); echo "ok   $1"; else failed=$((failed + 1)); echo "FAIL $1"; tail -n 20 "$dir/log"; fi; }

"$build/ais/ckpt/tests/hostile_keeper" 1024
count 'keeper: bounded, and nothing else happens to it' $?
[ "$(grep -c 'mappings-kept: user [0-9]* has 102[34] mappings' "$dir/log")" -eq 1 ]
count 'keeper: the log says so, once' $?
"$build/ais/ckpt/tests/iterate_while_changed"
count "iteration: all five filters hold while others change" $?
"$build/ais/ckpt/tests/read_while_changed"
count "reading: nothing of a try that failed stands behind the answer" $?
"$build/ais/ckpt/tests/read_while_stopped" "$pid"
count "reading: answered while the daemon is stopped" $?
"$build/ais/ckpt/tests/misuse"
count "misuse: every wrong call has its code, and changes nothing" $?
kill -TERM "$pid" && wait "$pid"
count 'keeper: the daemon is well, and ends with status 0' $?
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
