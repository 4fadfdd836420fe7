#!/bin/sh
# Breaks rules on purpose and demands that a checker sees it: mutants.sh AIS-SIM WORLD SEEDS MUTATION...
# Prints the first seed that caught each. Last line: 'N passed, N failed, N skipped', one a mutation.
set -u
sim=$1
world=$2
seeds=$3
shift 3
passed=0
failed=0
for mutation; do
	caught=
	from=1
	# Small steps, so that an easy catch is quick.
	while [ "$from" -le "$seeds" ] && [ -z "$caught" ]; do
		to=$((from + 9))
		caught=$("$sim" --world "$world" --seeds "$from-$to" --mutation "$mutation" | sed -n "/^$world seed /{p;q;}")
		from=$((to + 1))
	done
	if [ -n "$caught" ]; then
		echo "mutation $mutation: $caught"
		passed=$((passed + 1))
	else
		echo "mutation $mutation: not caught by seeds 1-$seeds"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
