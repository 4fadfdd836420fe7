#!/bin/sh
# What a binary linked against openais 1.1 asks of libSaClm: the soname, and each function under OPENAIS_CLM_B.01.01; nothing else is
# exported. And clm_view, which is called pure, is. Last line: 'N passed, N failed, N skipped'.
set -u
top=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
passed=0
failed=0
verdict() {
	if [ "$1" = yes ]; then passed=$((passed + 1)); echo "ok   $2"; else failed=$((failed + 1)); echo "FAIL $2"; fi
}

ok=no
objdump -p .libs/libSaClm.so.3 | grep -q 'SONAME *libSaClm.so.3$' && ok=yes
verdict $ok "the soname is libSaClm.so.3"

exported=$(nm -D --defined-only .libs/libSaClm.so.3 | awk '$2 != "A" {print $3}' | sort | tr '\n' ' ')
wanted=
for function in ClusterNodeGet ClusterNodeGetAsync ClusterTrack ClusterTrackStop Dispatch Finalize Initialize SelectionObjectGet; do
	wanted="${wanted}saClm$function@@OPENAIS_CLM_B.01.01 "
done
ok=no
[ "$exported" = "$wanted" ] && ok=yes
verdict $ok "exactly the eight functions are exported: $exported"

ok=no
nm -D --defined-only .libs/clm.so | grep -q ' aisle_service$' && ok=yes
verdict $ok "the module exports aisle_service"

ok=no
"$top/conformance/check/purity.sh" ais/clm/clm_view.lo ais/clm/clm_messages.lo -- inet_pton && ok=yes
verdict $ok "views and messages are pure"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
