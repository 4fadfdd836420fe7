#!/bin/bash
# The live passes, one after the other; each prints its own 'N passed, N failed, N skipped'. Exit 1 if one failed.
#
#   conformance/live/live.sh [PASS...]     PASS: toy clm ckpt mapped join placement layouts large standby alone lck lckrun limits deadlock stopped killed deaths outputs fencing config lab; none: all
set -u

here=$(dirname "$0")
status=0
[[ $# != 0 ]] || set -- toy clm ckpt mapped join placement layouts large standby alone lck lckrun limits deadlock stopped killed deaths outputs fencing config lab
for pass in "$@"; do
	[[ -x $here/$pass.sh ]] || { echo "live.sh: there is no pass $pass" >&2; exit 2; }
	echo "== $pass"
	"$here/$pass.sh" || status=1
done
exit $status
