#!/bin/sh
# The command ais-history: exit codes, the words of a violation, JSON, the place of an error. Last line: N passed, N failed, N skipped.
tool=${AIS_HISTORY:-./conformance/history/ais-history}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

expect() # WHAT CODE TEXT COMMAND...: exit code, and TEXT in what it said
{
	what=$1 code=$2 text=$3
	shift 3
	"$@" >"$work/said" 2>&1 </dev/null
	got=$?
	if [ $got -eq "$code" ] && grep -qF -e "$text" "$work/said"; then
		echo "ok   $what"
		passed=$((passed + 1))
	else
		echo "FAIL $what: exit code $got, expected $code; expected \`$text\` in:"
		cat "$work/said"
		failed=$((failed + 1))
	fi
}

printf 'ais-history 1 register\n1 w call create k a\n2 w answer ok\n3 w call write k b\n4 w answer ok\n' >"$work/writer"
printf 'ais-history 1 register\n5 r call read k\n6 r answer ok b\n' >"$work/good"
printf 'ais-history 1 register\n5 r call read k\n6 r answer ok a\n' >"$work/stale"
printf 'ais-history 1 register\n5 r call read k\n6 r answer good\n' >"$work/bad"
expect 'an explained history of two files: 0' 0 '3 operations of 2 clients on 1 key, 0 refused, 0 of unknown outcome: explained' "$tool" check "$work/writer" "$work/good"
expect 'a violated one: 1, in words' 1 'key k: stale read: r read a, but w had written b over it' "$tool" check "$work/writer" "$work/stale"
expect 'it names the line' 1 "[$work/stale:2]" "$tool" check "$work/writer" "$work/stale"
expect 'a malformed line: 2, and its place' 2 "ais-history: $work/bad:3: answer good to read: one of refused, unknown, ok, absent expected" "$tool" check "$work/bad"
printf 'ais-history 1 register\n' >"$work/silent"
printf 'ais-history 1 register\n1 w call create k a\n2 w answer refused\n3 w call create k a\n4 w answer unknown\n5 w call read k\n' >"$work/refused"
expect 'a history without an operation: 2, not explained' 2 '0 operations in 1 file, and none that was answered' "$tool" check "$work/silent"
expect 'one in which nobody was told anything: 2' 2 '3 operations in 2 files, and none that was answered' "$tool" check "$work/silent" "$work/refused"
expect 'the same as JSON: 2' 2 'nothing to judge' "$tool" check --json "$work/silent"
expect 'a silent client beside others: 0' 0 'explained' "$tool" check "$work/silent" "$work/writer"
expect 'a file that is not there: 2' 2 'No such file' "$tool" check "$work/none"
expect 'no file: 2' 2 'FILE is missing' "$tool" check
expect 'an unknown option: 2' 2 'unknown option --jason' "$tool" check --jason
expect 'no command: 2' 2 'usage:' "$tool"
expect 'help: 0' 0 'usage: ais-history check' "$tool" --help
expect 'JSON of a violation is JSON' 1 '' "$tool" check --json "$work/writer" "$work/stale"
if python3 -c 'import json,sys; v=json.load(open(sys.argv[1]))["violations"][0]; assert v["kind"]=="stale read" and v["key"]=="k" and len(v["operations"])==3' "$work/said"; then
	echo 'ok   its fields are there'; passed=$((passed + 1))
else
	echo 'FAIL its fields are there'; cat "$work/said"; failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
