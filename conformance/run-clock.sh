#!/bin/sh
# Holds a build against the assertions that set the wall clock, where that hurts nobody: in a kernel of its own (Debian's user-mode-linux), which
# sees this machine's files and has a clock of its own. One node, as run-local.sh. Nothing outside the build tree is written.
#
#   conformance/run-clock.sh [ASSERTION]     a pattern; default: TMR-085
#
# Environment: AISLE_BUILD, else AIS_LAB_BUILD: the build tree (default: the current directory). Exit status and last line ('N passed, N failed,
# N skipped') as the suite's, but for advisory assertions: here they fail, too. 77: no user-mode-linux here; 2: it does not run.
set -u

# In that kernel, as its first process: the report is what is left.
if [ $$ -eq 1 ]; then
	mount -t proc proc /proc
	for place in /tmp /run /var/tmp; do mount -t tmpfs tmpfs $place; done
	mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm
	"$(dirname "$0")/run-local.sh" --set-clock --assertion "$AISLE_CLOCK_ASSERTION" >"$AISLE_CLOCK_REPORT" 2>&1
	sync
	echo o >/proc/sysrq-trigger
	exec sleep 60
fi

top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${AISLE_BUILD:-${AIS_LAB_BUILD:-$PWD}}" && pwd) || exit 2
command -v linux.uml >/dev/null || {
	echo 'run-clock.sh: no kernel here whose clock may be set: apt-get install user-mode-linux'
	echo '0 passed, 0 failed, 1 skipped'
	exit 77
}
case $build$top in *' '*) echo "run-clock.sh: $build, $top: a blank in a path cannot be passed on" >&2; exit 2 ;; esac
work=$(mktemp -d "$build/clock-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

timeout 300 linux.uml root=/dev/root rootfstype=hostfs rootflags=/ rw mem=256M quiet con=null con0=null uml_dir="$work/" umid=clock \
	init="$top/conformance/run-clock.sh" PATH=/usr/sbin:/usr/bin:/sbin:/bin AISLE_BUILD="$build" AISLE_CLOCK_REPORT="$work/report" \
	AISLE_CLOCK_ASSERTION="${1:-TMR-085}" </dev/null >"$work/kernel" 2>&1
[ -s "$work/report" ] || {
	echo 'run-clock.sh: the kernel has brought no report; what it said:' >&2
	cat "$work/kernel" >&2
	exit 2
}
cat "$work/report"
! grep -q '^advisory' "$work/report" || { echo '0 passed, 1 failed, 0 skipped'; exit 1; }
grep -q '^[1-9][0-9]* passed, 0 failed, 0 skipped$' "$work/report"
