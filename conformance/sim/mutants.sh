#!/bin/sh
# Breaks rules on purpose and demands that a checker sees it: mutants.sh AIS-SIM WORLD SEEDS MUTATION...
# Prints the first seed that caught each; one that breaks a promise without the mutation, too, has caught nothing. An assertion of our own that
# fails is a checker as good as any. A death by another signal is not: nobody said what was wrong, so the mutation has failed.
# Last line: 'N passed, N failed, N skipped', one a mutation.
set -u
sim=$1
world=$2
seeds=$3
shift 3
passed=0
failed=0
said=$(mktemp "${TMPDIR:-/tmp}/aisle-mutants-XXXXXX") || exit 2
trap 'rm -f "$said"' EXIT
trap 'exit 2' HUP INT TERM
SIGNALLED=128 # and above: the shell's exit status of who died of a signal
ABORTED=134   # of SIGABRT

# What ais-sim says of seeds $1 (with mutation $2, if given) goes to $said.
run() {
	"$sim" --world "$world" --seeds "$1" ${2:+--mutation "$2"} >"$said" 2>&1
}

# One seed with mutation $2, which died: prints why that is no catch, or what caught it.
death_judge() {
	run "$1" "$2"
	status=$?
	if [ "$status" -eq "$ABORTED" ] && grep -q 'Assertion .* failed' "$said"; then
		echo "caught $world seed $1: $(sed -n '/Assertion .* failed/p' "$said" | head -n 1)"
	elif [ "$status" -gt "$SIGNALLED" ]; then
		echo "died $world seed $1: died of signal $((status - SIGNALLED)), and no checker or assertion said why"
	else
		sed -n "s/^$world seed /caught &/p" "$said"
	fi
}

# The first of seeds $1 to $2 that breaks a promise with mutation $3 and keeps all of them without: "caught" or "died", and what was said of it.
first_caught() {
	run "$1-$2" "$3"
	if [ $? -gt "$SIGNALLED" ]; then # which seed it was is found one by one
		seed=$1
		while [ "$seed" -le "$2" ]; do
			death_judge "$seed" "$3"
			seed=$((seed + 1))
		done
	else
		sed -n "s/^$world seed /caught &/p" "$said"
	fi | while read -r line; do
		seed=${line#* "$world seed "}
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
	case $caught in
	"caught "*)
		echo "mutation $mutation: ${caught#caught }"
		passed=$((passed + 1))
		;;
	"died "*)
		echo "mutation $mutation: ${caught#died }"
		failed=$((failed + 1))
		;;
	*)
		echo "mutation $mutation: not caught by seeds 1-$seeds"
		failed=$((failed + 1))
		;;
	esac
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
