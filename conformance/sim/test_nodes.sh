#!/bin/sh
# The number of nodes: the largest ring of the totem world keeps its promises, and a world refuses in words what it is not made for.
set -u
passed=0
failed=0
judge() { # WHAT STATUS
	if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1"; fi
}

./ais-sim --world totem --nodes 48-48 --seed 1 >/dev/null
judge 'a ring of 48 nodes is clean' $?

said=$(./ais-sim --world ckpt --nodes 3-17 2>&1)
status=$?
[ "$status" -eq 2 ] && [ "$said" = 'ais-sim: --nodes 3-17: the ckpt world has 1 to 16' ]
judge "too many nodes are refused: $status, $said" $?

said=$(./ais-sim --world engine --nodes 1-5 2>&1)
status=$?
[ "$status" -eq 2 ] && [ "$said" = 'ais-sim: --nodes 1-5: the engine world has 2 to 5' ]
judge "too few nodes are refused: $status, $said" $?

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
