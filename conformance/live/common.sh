# What the live passes share: a lab of their own, the count of what was shown, and waiting. Sourced by them; `work` is a directory that is
# gone when they end. Every wait is for an event: progress wakes who sleeps on the account, `ais-lab wait` waits for the daemons to say so.
readonly patience_s=${LIVE_PATIENCE:-180}
readonly step=100 # acknowledged writes that show that a node goes on

passed=0 failed=0 skipped=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
not_ok() { echo "FAIL $1"; failed=$((failed + 1)); }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }
shown() { if "${@:2}"; then ok "$1"; else not_ok "$1"; fi; } # PROMISE CMD...

build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=${AIS_LAB_NAME:-live}-$$
unset AIS_LAB_DIR
lab() { "$build/core/tools/ais-lab" "$@"; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-live.XXXXXX") || exit 1
trap 'lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

account() { "$build/conformance/live/live-account" "$1" "$work/account" "${@:2}"; }

readonly nodes=${nodes:-3} # a pass that wants more says so before it sources this
readonly every=($(seq "$nodes"))
logs() { for node in "${every[@]}"; do echo "--- node $node"; lab logs "$node" 2>/dev/null | tail -n 30; done; }

# All nodes in one ring and in sync, or the end of the pass.
lab_up() # OPTION...
{
	local code
	lab up "$nodes" --patience "$patience_s" "$@"
	code=$?
	if ((code == 77)); then
		skipped=1
		finish
	elif ((code != 0)); then
		not_ok "$nodes nodes in one ring and in sync"
		logs
		finish
	fi
	ok "$nodes nodes in one ring and in sync"
}

do_step() { lab "$@" || not_ok "ais-lab $*"; }

# $checker run ACCOUNT NODE, in the node.
checker_start() # NODE
{
	lab exec "$1" -- "$checker" run "$work/account" "$1" >>"$work/checker-$1.log" 2>&1 &
	checkers[$1]=$!
}

# The node comes to stand so; ais(1) has the words. Its exit status is that of the standing.
stands() # NODE STANDING EXIT-STATUS [OPTION...]
{
	local code=0
	lab exec "$1" -- ais status --wait "$2" "${@:4}" --patience "$patience_s" >"$work/standing" 2>&1 || code=$?
	((code == $3)) || { cat "$work/standing"; false; }
}

grows() # NODE MARK BY: that mark of the node's own writer
{
	account await "$1" "$2" $(($(account get "$1" "$2") + $3)) "$patience_s"
}

# From now on every one of these nodes acknowledges writes, and answers reads.
goes_on() # WHAT NODE...
{
	local -r what=$1
	local node mark
	local -A goal
	shift
	for node in "$@"; do
		for mark in acked read; do goal[$node $mark]=$(($(account get "$node" "$mark") + step)); done
	done
	for node in "$@"; do
		for mark in acked read; do
			account await "$node" "$mark" "${goal[$node $mark]}" "$patience_s" && continue
			not_ok "$what: node $node: $mark does not grow within $patience_s s"
			lab status
			return
		done
	done
	ok "$what: nodes $* acknowledge writes and answer reads"
}

# Ends the checkers and judges what each saw in all its lives.
checkers_end()
{
	local node
	account end
	for node in "${!checkers[@]}"; do
		shown "promises kept as node $node saw it" wait "${checkers[$node]}"
		sed "/ Killed /d; s/^/     node $node: /" "$work/checker-$node.log"
		! grep -q BROKEN "$work/checker-$node.log" || not_ok "a promise was broken in a life of node $node"
	done
}

# For what nobody tells of; else its event is waited for.
wait_until() { local -r end=$((SECONDS + patience_s)); until "$@"; do ((SECONDS < end)) || return 1; sleep 0.05; done; }

# What a node says of one service: clients, calls, digests.
service_of() { lab exec "$1" -- ais status --json | tr -d ' \n' | grep -o '{"service":"'"$2"'"[^}]*}'; } # NODE SERVICE
# Of all members, which have the same clients or none.
digests_are_equal() # SERVICE NODE...
{
	local node
	local -r first=$(service_of "$2" "$1")
	for node in "${@:2}"; do [[ -n $first && $(service_of "$node" "$1") == "$first" ]] || return 1; done
}

end() { ((failed == 0)) || logs; finish; }
