#!/bin/sh
# Holds a build's libraries against the suite on a cluster of one node: starts one aisexec with directories of its own and no
# configuration, waits until it answers, runs ais-conformance, stops it. Nothing outside a temporary directory is written.
#
#   conformance/run-local.sh [OPTION-OF-AIS-CONFORMANCE...]
#
# Environment: AISLE_BUILD, else AIS_LAB_BUILD (the build tree; default: the current directory), AISLE_LIBDIR (other libraries to be
# judged). Exit status and last line ('N passed, N failed, N skipped') are the suite's; 2: the daemon did not come up.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
build=${AISLE_BUILD:-${AIS_LAB_BUILD:-$PWD}}
[ -x "$build/ais-conformance" ] && [ -x "$build/core/daemon/aisexec" ] || {
	echo "run-local.sh: $build is no build tree with aisexec and ais-conformance (set AISLE_BUILD)" >&2
	exit 2
}
build=$(cd "$build" && pwd)
libdir=${AISLE_LIBDIR:-$build/.libs}

work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-local-XXXXXX") || exit 2
daemon=
stop() {
	if [ -n "$daemon" ]; then
		kill "$daemon" 2>/dev/null
		wait "$daemon" 2>/dev/null
	fi
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

AISLE_INSTANCE=local-$$
AISLE_RUN_DIR=$work/run
AISLE_STATE_DIR=$work/state
AISLE_SOCKET=$work/ipc.sock
AISLE_PLUGIN_DIR=$build/.libs
AISLE_REAL_LIBDIR=$build/.libs
export AISLE_INSTANCE AISLE_RUN_DIR AISLE_STATE_DIR AISLE_SOCKET AISLE_PLUGIN_DIR AISLE_REAL_LIBDIR
unset AISLE_CONFIG AISLE_NODEID

mkdir "$work/include" && cp "$top"/ais/*/sa*.h "$work/include/"
"$build/core/daemon/aisexec" >"$work/aisexec.log" 2>&1 &
daemon=$!
tries=0
until "$build/ais-conformance" --libdir "$build/.libs" --assertion 'COM-007@clm' >/dev/null 2>&1; do
	tries=$((tries + 1))
	if ! kill -0 "$daemon" 2>/dev/null || [ $tries -ge 10 ]; then
		echo "run-local.sh: aisexec does not answer" >&2
		cat "$work/aisexec.log" >&2
		exit 2
	fi
done

"$build/ais-conformance" --libdir "$libdir" --include "$work/include" "$@" >"$work/report" 2>&1
status=$?
if ! kill -0 "$daemon" 2>/dev/null; then
	echo "run-local.sh: aisexec has died meanwhile; its log ends:"
	tail -n 40 "$work/aisexec.log"
	[ $status -ne 0 ] || status=1
fi
cat "$work/report"
exit $status
