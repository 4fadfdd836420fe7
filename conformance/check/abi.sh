#!/bin/sh
# What a binary linked against another AIS stack asks of a library: its soname, and each function under its version; nothing else is exported.
# And the service's module has what the loader looks for, and what is called pure is. Run in the build tree; the wanted `function@@version`
# on standard input, a line each. Last line: 'N passed, N failed, N skipped'.
#
#   abi.sh LIBRARY MODULE OBJECT... [-- SYMBOL...]     libSaClm.so.3 clm.so, and what purity.sh takes
set -u
here=$(dirname "$0")
library=$1 module=$2
shift 2
passed=0
failed=0
verdict() {
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

ok=no
[ "$(objdump -p ".libs/$library" | sed -n 's/ *SONAME *//p')" = "$library" ] && ok=yes
verdict $ok "the soname is $library"

wanted=$(sort)
exported=$(nm -D --defined-only ".libs/$library" | awk '$2 != "A" {print $3}' | sort)
ok=no
[ -n "$wanted" ] && [ "$exported" = "$wanted" ] && ok=yes
verdict $ok "exactly the $(echo "$wanted" | wc -l) functions are exported, each under its version"
[ $ok = yes ] || printf 'wanted:\n%s\nexported:\n%s\n' "$wanted" "$exported"

ok=no
nm -D --defined-only ".libs/$module" | grep -q ' aisle_service$' && ok=yes
verdict $ok "the module exports aisle_service"

ok=no
"$here/purity.sh" "$@" >purity.$$ && ok=yes
[ $ok = yes ] || cat purity.$$
rm -f purity.$$
verdict $ok "what is called pure is"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
