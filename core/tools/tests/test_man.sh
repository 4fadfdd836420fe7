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

# A program's --help, and with `ais` that of each of its commands.
commands_of_ais()
{
  ./core/tools/ais --help | sed -n 's/^  \([a-z]*\( [a-z][a-z-]*\)\{0,1\}\)[ A-Z].*/\1/p' | while read -r one two; do
    [ "$one" = status ] && two=
    echo "$one${two:+ $two}"
  done
}

help_of() # PROGRAM
{
  "./$1" --help 2>&1
  [ "${1##*/}" = ais ] && commands_of_ais | while read -r words; do ./core/tools/ais $words --help 2>&1; done
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
  help=$(help_of "$program" | options)
  missing=$(comm -23 <(echo "$help") <(options_of_page "$top/$page"))
  [ -n "$help" ] && [ -z "$missing" ]
  check "${page##*/} has every option of ${program##*/} --help" $?
  [ -z "$missing" ] || echo "     not there: ${missing//$'\n'/ }"
done <<LIST
core/tools/ais docs/man/ais.1
core/tools/ais-lab docs/man/ais-lab.1
core/daemon/aisexec core/daemon/aisexec.8
ais-conformance docs/man/ais-conformance.1
ais-sim docs/man/ais-sim.1
conformance/bench/ais-bench docs/man/ais-bench.1
conformance/history/ais-history docs/man/ais-history.1
LIST

for program in core/tools/ais core/tools/ais-lab core/daemon/aisexec ais-conformance conformance/history/ais-history; do
  "./$program" --version | grep -qxE "${program##*/} \(Aisle\) [0-9]+\.[0-9]+\.[0-9]+"
  check "${program##*/} --version says name and version" $?
done

# And the other way round.
while read -r program page; do
  unknown=$(comm -13 <(help_of "$program" | options) <(options_of_page "$top/$page"))
  [ -z "$unknown" ]
  check "${page##*/} has no option that ${program##*/} --help does not know" $?
  [ -z "$unknown" ] || echo "     unknown: ${unknown//$'\n'/ }"
done <<LIST
core/tools/ais docs/man/ais.1
core/tools/ais-lab docs/man/ais-lab.1
core/daemon/aisexec core/daemon/aisexec.8
ais-conformance docs/man/ais-conformance.1
ais-sim docs/man/ais-sim.1
conformance/bench/ais-bench docs/man/ais-bench.1
conformance/history/ais-history docs/man/ais-history.1
LIST

# Every command of ais has its paragraph, and its words are completed.
commands_of_ais | while read -r words; do
  grep -qE "^\\.BI? \"?ais $words( |\$)" <(sed 's/\\-/-/g; s/"//g' "$top/docs/man/ais.1")
  check "ais.1 has the command '$words'" $?
  for word in $words; do
    grep -qwF -- "$word" "$top/core/tools/completions/ais"
    check "'$word' is completed" $?
  done
done >"$$.commands"
cat "$$.commands"
passed=$((passed + $(grep -c '^ok ' "$$.commands"))) failed=$((failed + $(grep -c '^FAIL ' "$$.commands")))
rm -f "$$.commands"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
