#!/bin/sh
# Breaks rules on purpose and demands that a checker sees it: mutants.sh AIS-SIM WORLD SEEDS MUTATION...
# Prints the first seed that caught each; one that breaks a promise without the mutation, too, has caught nothing.
# Last line: 'N passed, N failed, N skipped', one a mutation.
set -u
sim=$1
world=$2
seeds=$3
shift 3
passed=0
failed=0

# The first of seeds $1 to $2 that breaks a promise with $3 and keeps all of them without: what ais-sim said of it.
first_caught() {
	"$sim" --world "$world" --seeds "$1-$2" --mutation "$3" | sed -n "/^$world seed /p" | while read -r line; do
		seed=${line#"$world seed "}
		seed=${seed%%:*}
		if "$sim" --world "$world" --seed "$seed" >/dev/null; then
			echo "$line"
			break
		fi
	done
}

for mutation; do
	caught=
	from=1
	# Small steps, so that an easy catch is quick.
	while [ "$from" -le "$seeds" ] && [ -z "$caught" ]; do
		to=$((from + 9))
		caught=$(first_caught "$from" "$to" "$mutation")
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
