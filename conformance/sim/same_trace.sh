#!/bin/sh
# The same seed traced twice is byte-equal: same_trace.sh AIS-SIM WORLD SEED...
set -u
sim=$1
world=$2
shift 2
passed=0
failed=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
for seed; do
	"$sim" --world "$world" --seed "$seed" --trace > "$scratch/one"
	"$sim" --world "$world" --seed "$seed" --trace > "$scratch/two"
	if [ -s "$scratch/one" ] && cmp "$scratch/one" "$scratch/two"; then
		passed=$((passed + 1))
	else
		echo "seed $seed: two traces differ"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
