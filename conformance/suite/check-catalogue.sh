#!/bin/sh
# Holds catalogue and tests against each other: an assertion marked written has its test, a test has its assertion, no id is there twice.
# (The build breaks on the same: the table refers to the tests by name. This says which, and sees what a linker does not.)
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-catalogue-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
verdict() { # OK TEXT
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

cd "$top/conformance" || exit 2
sed -n 's/.*<assertion id="\([^"]*\)".* state="written".*/\1/p' catalogue/*.xml | sort >"$work/written"
sed -n 's/.*<assertion id="\([^"]*\)".*/\1/p' catalogue/*.xml | sort >"$work/all"
sed -n 's/^void \([A-Z]*\)_\([0-9][0-9][0-9]\)(struct test \*test)$/\1-\2/p' suite/*.c | sort >"$work/tests"

ok=yes
comm -23 "$work/written" "$work/tests" | while read -r id; do echo "$id is marked written and has no test"; done >"$work/faults"
[ -s "$work/faults" ] && { ok=no; cat "$work/faults"; }
verdict $ok "each of $(wc -l <"$work/written") assertions marked written has a test"

ok=yes
comm -13 "$work/written" "$work/tests" | while read -r id; do echo "$id has a test and is not marked written"; done >"$work/faults"
[ -s "$work/faults" ] && { ok=no; cat "$work/faults"; }
verdict $ok "each of $(wc -l <"$work/tests") tests has an assertion"

ok=yes
sort "$work/all" | uniq -d >"$work/faults"
sort "$work/tests" | uniq -d >>"$work/faults"
[ -s "$work/faults" ] && { ok=no; cat "$work/faults"; }
verdict $ok "no id is there twice"

ok=yes
grep -hn '<assertion' catalogue/*.xml | grep -v '^[0-9]*:	<assertion id="[A-Z]*-[0-9]*" section="[^"]*" function="[^"]*" strength="[MA]" needs="[^"]*" state="\(written\|listed\)"\( scope="service"\)\{0,1\}>[^<]*</assertion>$' && ok=no
verdict $ok "every entry has the catalogue's shape"

if command -v xmllint >/dev/null; then
	ok=yes
	xmllint --noout catalogue/*.xml || ok=no
	verdict $ok "the catalogue is XML"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
