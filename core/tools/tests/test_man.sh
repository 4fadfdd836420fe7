#!/bin/bash
# The manual pages: they render without a warning, and programs and pages name the same options. Starts nothing but `PROGRAM --help`.
set -u
top=${top_srcdir:-.}
passed=0 failed=0 skipped=0

check() # PROMISE, status of the test before it
{
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1)) && echo "ok   man: $1"
  else
    failed=$((failed + 1)) && echo "FAIL man: $1"
  fi
}

options() # of a text: each once
{
  grep -oE -- '(^|[^A-Za-z0-9-])--[a-z][a-z-]*[a-z]' | grep -oE -- '--[a-z-]+' | sort -u
}

options_of_page()
{
  sed -e 's/\\-/-/g' -e 's/\\f[BIRP]//g' -e 's/"//g' "$1" | options
}

pages=("$top"/docs/man/*.[1-8] "$top"/core/daemon/*.8 core/config/aisle.conf.5)
[ ${#pages[@]} -gt 5 ] && [ -s core/config/aisle.conf.5 ]
check "the pages are found" $?
for page in "${pages[@]}"; do
  if ! command -v groff >/dev/null; then
    skipped=$((skipped + 1)) && echo "skip man: ${page##*/} needs groff"
    continue
  fi
  said=$(groff -ww -t -man -Tutf8 "$page" 2>&1 >/dev/null)
  [ -z "$said" ]
  check "${page##*/} renders without a warning" $?
  [ -z "$said" ] || echo "$said"
done

# Every option that --help names stands in the page.
while read -r program page; do
  help=$("./$program" --help 2>&1 | options)
  missing=$(comm -23 <(echo "$help") <(options_of_page "$top/$page"))
  [ -n "$help" ] && [ -z "$missing" ]
  check "${page##*/} has every option of ${program##*/} --help" $?
  [ -z "$missing" ] || echo "     not there: ${missing//$'\n'/ }"
done <<LIST
core/tools/ais docs/man/ais.1
core/tools/ais-lab docs/man/ais-lab.1
core/daemon/aisexec core/daemon/aisexec.8
ais-conformance docs/man/ais-conformance.1
conformance/history/ais-history docs/man/ais-history.1
LIST

for program in core/tools/ais core/tools/ais-lab core/daemon/aisexec ais-conformance conformance/history/ais-history; do
  "./$program" --version | grep -qxE "${program##*/} \(Aisle\) [0-9]+\.[0-9]+\.[0-9]+"
  check "${program##*/} --version says name and version" $?
done

# And the other way round, where --help has them all (ais and ais-lab tell a command's own options in the page alone).
while read -r program page; do
  unknown=$(comm -13 <("./$program" --help 2>&1 | options) <(options_of_page "$top/$page"))
  [ -z "$unknown" ]
  check "${page##*/} has no option that ${program##*/} --help does not know" $?
  [ -z "$unknown" ] || echo "     unknown: ${unknown//$'\n'/ }"
done <<LIST
core/daemon/aisexec core/daemon/aisexec.8
ais-conformance docs/man/ais-conformance.1
conformance/history/ais-history docs/man/ais-history.1
LIST

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
