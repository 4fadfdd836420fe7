#!/bin/bash
# What the libraries write into their callers' memory, under valgrind (CASE-108): they never look at what it held before, write all of it, and leave no
# memory behind. One daemon, not under valgrind. Skipped where there is no valgrind. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

nodes=1
. "$(dirname "$0")/common.sh"

if ! command -v valgrind >/dev/null; then
	echo 'skip no valgrind here'
	skipped=1
	finish
fi
lab_up
# libtool's wrapper would be what valgrind sees; it has libtool start the program itself.
runs() # fresh|filled
{
	lab exec 1 -- "$build/libtool" --mode=execute valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible --track-origins=yes "$build/conformance/live/outputs" "$1" >"$work/$1" 2>"$work/$1.valgrind" && return
	grep FAIL "$work/$1"
	head -n 60 "$work/$1.valgrind"
	return 1
}
shown 'into memory as malloc gives it: OK, written, nothing read before, no leak' runs fresh
shown 'into memory full of 0xFF: OK, no leak' runs filled
shown 'the same was written into both' diff "$work/fresh" "$work/filled"
end
