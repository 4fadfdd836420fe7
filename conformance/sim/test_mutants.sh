#!/bin/sh
# mutants.sh tells a catch (a checker's word, an assertion that failed) from a death by any other signal. Driven by a stand-in for ais-sim.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-test-mutants-XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# Clean without a mutation. 1: a checker speaks at seed 3. 2: SIGFPE at seed 3. 3: an assertion at seed 3. 4: nobody sees it. 5: SIGABRT, unsaid.
cat >"$work/sim" <<'EOF'
#!/bin/sh
seeds=$4
mutation=${6:-0}
last=${seeds#*-}
seed=${seeds%-*}
while [ "$seed" -le "$last" ]; do
	if [ "$seed" -eq 3 ]; then
		case $mutation in
		1) echo "toy seed 3: TOY-1 order: one before two"; exit 1 ;;
		2) kill -FPE $$ ;;
		3) echo "sim: toy.c:1: f: Assertion \`x > 0' failed." >&2; kill -ABRT $$ ;;
		5) kill -ABRT $$ ;;
		esac
	fi
	seed=$((seed + 1))
done
exit 0
EOF
chmod +x "$work/sim"

judged() { # NAME MUTATION STATUS FIRST-LINE
	said=$("$here/mutants.sh" "$work/sim" toy 20 "$2" 2>/dev/null)
	if [ $? -eq "$3" ] && [ "$(echo "$said" | head -n 1)" = "mutation $2: $4" ]; then
		echo "ok   mutants: $1"
		passed=$((passed + 1))
	else
		printf 'FAIL mutants: %s\n     %s\n' "$1" "$said"
		failed=$((failed + 1))
	fi
}

ulimit -c 0
judged "what a checker says is a catch" 1 0 "toy seed 3: TOY-1 order: one before two"
judged "a death by SIGFPE is none" 2 1 "toy seed 3: died of signal 8, and no checker or assertion said why"
judged "an assertion that fails is a catch" 3 0 "toy seed 3: sim: toy.c:1: f: Assertion \`x > 0' failed."
judged "what nobody sees is none" 4 1 "not caught by seeds 1-20"
judged "an abort without an assertion is none" 5 1 "toy seed 3: died of signal 6, and no checker or assertion said why"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
