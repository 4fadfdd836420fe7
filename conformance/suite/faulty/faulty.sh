#!/bin/sh
# Does the suite see? Libraries with one fault each, and for each the assertion that must fail, which holds for the library
# without it. Then all at once: the run is red. Last line: 'N passed, N failed, N skipped'.
set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=${AISLE_BUILD:-$PWD}
build=$(cd "$build" && pwd) && export AISLE_BUILD="$build"
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-faulty-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

library() { # FAULT clm|ckpt|lck|tmr Clm|Ckpt|Lck|Tmr
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O1 -shared -fPIC -DFAULT="$1" -I"$top" -I"$top/ais/common" -I"$top/ais/clm" -I"$top/ais/ckpt" -I"$top/ais/lck" -I"$top/ais/tmr" \
		"$top/conformance/suite/faulty/faulty_$2.c" -Wl,-soname,"libFaulty$3.so" -Wl,--no-as-needed -Wl,-rpath,"$build/.libs" \
		"$build/.libs/libSa$3.so.3" -o "$work/$1/libSa$3.so.3"
}

verdict() { # OK TEXT
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

run() { # LIBDIR GLOB PATIENCE [OPTION...]
	libdir=$1 glob=$2 patience=$3
	shift 3
	AISLE_LIBDIR=$libdir "$top/conformance/run-local.sh" --assertion "$glob" --patience "$patience" "$@" >"$work/report" 2>&1
}

while read -r fault service name assertion what; do
	mkdir "$work/$fault" && library "$fault" "$service" "$name" || { verdict no "fault $fault: its library does not compile"; continue; }
	run "$work/$fault" "$assertion" 0.2
	status=$?
	ok=no
	[ $status -eq 1 ] && grep -q "^FAIL *$assertion " "$work/report" && ok=yes
	verdict $ok "fault $fault ($what) is caught by $assertion: $(sed -n '/^FAIL/{n;s/^ *//;p;q}' "$work/report")"
	run "$build/.libs" "$assertion" 1
	ok=no
	[ $? -eq 0 ] && grep -q "^pass *$assertion " "$work/report" && ok=yes
	verdict $ok "without it $assertion holds"
	[ $ok = yes ] || cat "$work/report"
done <<'LIST'
1 clm Clm CLM-008 members told as joined
2 clm Clm CLM-030 a second TrackStop is fine
3 clm Clm CLM-054 an unknown node is OK
4 clm Clm CLM-023 no flag is taken
5 clm Clm COM-034@clm DISPATCH_ONE runs all
6 ckpt Ckpt CKPT-065 a used id is overwritten
7 ckpt Ckpt CKPT-101 data lands at the offset
8 ckpt Ckpt CKPT-092 a failed vector is half written
9 ckpt Ckpt CKPT-109 a byte behind the struct
10 ckpt Ckpt COM-010@ckpt the version is not written back
11 ckpt Ckpt CKPT-036 a crash
12 ckpt Ckpt COM-032@ckpt a hang
13 tmr Tmr TMR-057 a cancelled timer can be cancelled
14 tmr Tmr TMR-016 a timer expires too early
15 tmr Tmr TMR-067 an unknown timer is skipped
16 tmr Tmr COM-009@tmr minor version as asked
17 lck Lck LCK-069 exclusive locks are shared
18 lck Lck LCK-044 no deadlock is seen
19 lck Lck LCK-092 an orphan ends with its handle
20 lck Lck LCK-061 an unknown lock is unlocked
21 lck Lck LCK-036 a timeout leaks the request
22 lck Lck LCK-043 exclusive twice on one handle
23 lck Lck LCK-051 no id before the grant
24 lck Lck LCK-048 a refusal takes away what was held
25 tmr Tmr TMR-044 a rescheduled timer expires at its old time, too
26 tmr Tmr TMR-064 one skip skips two
27 tmr Tmr TMR-071 ten seconds fewer remain
28 tmr Tmr TMR-012 a dispatch that was ended by Finalize says BAD_HANDLE
LIST

mkdir "$work/0" && library 0 clm Clm && library 0 ckpt Ckpt && run "$work/0" 'C*-0[0-3]?*' 0.2
status=$?
ok=no
[ $status -eq 1 ] && grep -q '^FAIL' "$work/report" && ok=yes
verdict $ok "all at once the run is red: $(tail -n 1 "$work/report")"

# The four forms of a red report tell the same.
run "$work/0" 'CLM-0[0-3]?' 0.2
failures=$(grep -c '^FAIL' "$work/report")
tell() { # FORM PATTERN [CHECK...]
	form=$1 pattern=$2
	shift 2
	run "$work/0" 'CLM-0[0-3]?' 0.2 --report "$form"
	status=$?
	ok=no
	[ $status -eq 1 ] && [ "$failures" -gt 0 ] && [ "$(grep -c "$pattern" "$work/report")" -eq "$failures" ] && ok=yes
	if [ $# -gt 0 ] && command -v xmllint >/dev/null; then
		"$@" "$work/report" 2>"$work/faults" || { ok=no; head -n 5 "$work/faults"; }
	fi
	verdict $ok "the report as $form tells the same $failures failures"
}
tell tap '^not ok [^#]*$'
tell junit '<failure ' xmllint --noout
tell html 'class="v fails"' xmllint --noout
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
