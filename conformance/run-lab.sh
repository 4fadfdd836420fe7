#!/bin/sh
# Holds a build against the whole suite on three nodes in ais-lab: assertions of several nodes run with agents and faults, the others on
# node 1. Exit status and last line are the suite's; 77: no lab is to be had here.
#
#   conformance/run-lab.sh [OPTION-OF-AIS-CONFORMANCE...]
#
# Environment: AISLE_BUILD, else AIS_LAB_BUILD: the build tree (default: the current directory).
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${AISLE_BUILD:-${AIS_LAB_BUILD:-$PWD}}" && pwd) || exit 2
lab=$build/core/tools/ais-lab
[ -x "$lab" ] && [ -x "$build/ais-conformance" ] || {
	echo "run-lab.sh: $build is no build tree with ais-lab and ais-conformance (set AISLE_BUILD)" >&2
	exit 2
}
AIS_LAB_BUILD=$build
AIS_LAB_NAME=conformance-$$
export AIS_LAB_BUILD AIS_LAB_NAME
include=$(mktemp -d "${TMPDIR:-/tmp}/aisle-include-XXXXXX") || exit 2
stop() {
	"$lab" down >/dev/null 2>&1 </dev/null
	rm -rf "$include"
}
trap stop EXIT
trap 'exit 130' INT TERM

cp "$top"/ais/*/sa*.h "$include/"
"$lab" up 3 </dev/null || {
	status=$?
	[ $status -eq 77 ] && echo "0 passed, 0 failed, 1 skipped" && exit 77
	exit 2
}
"$build/ais-conformance" --libdir "$build/.libs" --include "$include" --nodes 3 --node-exec "'$lab' exec %n --" \
	--node-control "'$lab' %v %n" "$@"
