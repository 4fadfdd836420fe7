#!/bin/sh
# Each numbered assertion of the ring, TOT-001 to TOT-133, is named by a test, a checker or a story, or stands in totem-later.txt with the
# reason why not. `--table` prints who names which. An assertion that is named and listed as later is a fault too, and so is an unknown number.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
later=$top/conformance/sim/totem-later.txt
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-assertions-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
cd "$top" || exit 2

# "TOT-064 to\n * -066, -123 and -124" names five.
citations() { # FILE
	tr '\n' ' ' <"$1" | sed 's/ \* / /g; s/[[:space:]]\{1,\}/ /g' |
		grep -oE 'TOT-[0-9]{3}((,| and|,? to) -[0-9]{3})*' |
		awk -v file="$1" '{
			gsub(/,/, "")
			range = 0
			for (i = 1; i <= NF; i++) {
				if ($i == "to") { range = 1; continue }
				if ($i == "and") continue
				n = $i; sub(/^(TOT)?-/, "", n); n += 0
				for (k = range ? last + 1 : n; k <= n; k++) printf "TOT-%03d %s\n", k, file
				last = n; range = 0
			}
		}'
}

for file in conformance/sim/*.[ch] conformance/sim/test_*.sh conformance/sim/stories/*.txt core/*/tests/*.c core/*/tests/*.sh conformance/live/*.sh; do
	[ -f "$file" ] && citations "$file"
done | sort -u >"$work/named"
[ "${1:-}" = --table ] && { awk '{list[$1] = list[$1] " " $2} END {for (id in list) print id ":" list[id]}' "$work/named" | sort; exit 0; }

awk 'BEGIN {for (i = 1; i <= 133; i++) printf "TOT-%03d\n", i}' >"$work/all"
cut -d' ' -f1 "$work/named" | sort -u >"$work/ids"
sed -n 's/^\(TOT-[0-9]*\) .*/\1/p' "$later" | sort >"$work/later"

passed=0
failed=0
fault() { echo "FAIL $1"; failed=$((failed + 1)); }
for id in $(cat "$work/all"); do
	if grep -q "^$id$" "$work/ids"; then
		if grep -q "^$id$" "$work/later"; then fault "$id is named by a test and still listed in totem-later.txt"; else passed=$((passed + 1)); fi
	elif grep -q "^$id$" "$work/later"; then
		passed=$((passed + 1))
	else
		fault "$id is named by no test, checker or story and has no reason in totem-later.txt"
	fi
done
for id in $(comm -13 "$work/all" "$work/ids"); do fault "$id is no assertion: $(grep "^$id " "$work/named" | cut -d' ' -f2 | tr '\n' ' ')"; done
for id in $(sort "$work/later" | uniq -d); do fault "$id is listed twice in totem-later.txt"; done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
