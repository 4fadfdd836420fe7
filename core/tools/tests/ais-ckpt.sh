#!/bin/bash
# `ais ckpt export`, `import`, `watch` and `ais clm watch` on three real nodes. Last line: N passed, N failed, N skipped.
set -u
patience_s=60
passed=0 failed=0 skipped=0
ok() { echo "ok   $1"; passed=$((passed + 1)); }
not_ok() { echo "FAIL $1"; failed=$((failed + 1)); }
finish() { echo "$passed passed, $failed failed, $skipped skipped"; exit $((failed > 0)); }
check() { local -r what=$1; shift; if "$@"; then ok "$what"; else not_ok "$what: $*"; fi; }
ends_with() { local -r code=$1; shift; "$@" >"$work/said" 2>&1; local -r got=$?; ((got == code)) || { cat "$work/said"; echo "exit code $got"; return 1; }; }

build=${AIS_LAB_BUILD:-$PWD}
export AIS_LAB_BUILD=$build AIS_LAB_NAME=${AIS_LAB_NAME:-ais-ckpt-$$}
unset AIS_LAB_DIR
work=$(mktemp -d "${TMPDIR:-/tmp}/aisle-ckpt.XXXXXX") || exit 1
lab() { "$build/core/tools/ais-lab" "$@"; }
watchers=() importers=() codes=()
end_watchers() { ((${#watchers[@]} == 0)) || kill "${watchers[@]}" 2>/dev/null; }
trap 'end_watchers; lab down 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

wait_until()
{
	local -r end=$((SECONDS + patience_s))
	until "$@"; do ((SECONDS < end)) || return 1; sleep 0.1; done
}
node() { local -r n=$1; shift; lab exec "$n" -- "$@"; }

# What a command prints with --json is what docs/schema says of it.
schema=$(dirname "$0")/../../../docs/schema/ais-1.json
as_schema() { python3 "$(dirname "$0")/json_fits.py" "$schema" "$@"; } # COMMAND [FILE]
fits() { local -r n=$1 command=$2; shift 2; node "$n" ais $command "$@" --json >"$work/json"; as_schema "$command" "$work/json"; } # NODE COMMAND [ARGUMENT]

lab up 3 --patience "$patience_s"
code=$?
((code != 77)) || { skipped=1; finish; }
((code == 0)) || { not_ok 'three nodes in sync'; finish; }

# Three are no view of two: patience runs out, whatever the standing.
check 'what does not come to be so: 14' ends_with 14 node 1 ais status --wait caught-up --members 2 --patience 1
check 'one line says what was to be, and what is' grep -q -x 'ais: not caught-up with 2 members within 1 s; now: serving, caught up, 3 members' "$work/said"
check 'and what there is, is printed' grep -q '^node 1 (node-1): serving, caught up, .* 3 members$' "$work/said"
check 'another standing does not come either: 14' ends_with 14 node 1 ais status --json --wait no-quorum --patience 1
check 'and says so' grep -q -x 'ais: not no-quorum within 1 s; now: serving, caught up, 3 members' "$work/said"
check 'ais-lab does not take two of three for a ring: 4' ends_with 4 lab wait 1 2 --patience 1

# 2,000 sections that together hold every byte value at every place.
check 'a checkpoint of 2,000 sections of all byte values' node 1 ckpt-sections fill many 2000
check 'export' ends_with 0 node 2 ais ckpt export many "$work/many"
grep -q '^many: 2000 sections' "$work/said" || not_ok "export says: $(cat "$work/said")"
due() { node 1 ais ckpt show many --json | grep -o '"retention_due_ns": [0-9]*'; }
check 'nobody has it open: its end is dated' wait_until eval '[[ $(due) != *" 9223372036854775807" ]]'
due=$(due)
check 'import into a name that exists: 11' ends_with 11 node 3 ais ckpt import "$work/many"
check 'which is not even touched: it goes when it would have' test "$due" = "$(due)"
check 'import under another name' ends_with 0 node 3 ais ckpt import "$work/many" copy
for n in 1 2 3; do
	check "node $n has the copy, byte for byte" cmp <(node "$n" ais ckpt dump many) <(node "$n" ais ckpt dump copy)
done
for command in status 'clm nodes' 'ckpt list' 'config show' 'tmr list' 'lck list'; do
	check "$command --json is as its schema says" fits 2 "$command"
done
for command in 'ckpt show' 'ckpt dump'; do
	check "$command --json is as its schema says" fits 2 "$command" copy
done
check 'the copy is what was filled' node 1 ckpt-sections check copy 2000
check 'its attributes are the original'"'"'s' cmp <(node 1 ais ckpt show many | grep -v '^name\|^id\|^opens\|^goes') <(node 1 ais ckpt show copy | grep -v '^name\|^id\|^opens\|^goes')

# Expiry, the retention duration as last set, the default section, and the attributes of the creation: a program that creates it finds them.
expiries() { node 1 ais ckpt dump "$1" --json | grep -o '"expiry_ns": [0-9]*'; }
check 'sections, one of which expires' eval 'node 1 ckpt-sections fill few 3 && node 1 ckpt-sections expire few'
check 'and a retention that was changed' node 1 ckpt-sections retain few 1800
check 'are exported' ends_with 0 node 1 ais ckpt export few "$work/few"
check 'and imported' ends_with 0 node 1 ais ckpt import "$work/few" few-again
check 'import says when it goes' grep -q '^few-again: 3 sections; goes after 1800.000 s unless it is opened$' "$work/said"
check 'each section expires when it would have' eval '[[ $(expiries few) == "$(expiries few-again)" && $(expiries few | sort -u | wc -l) -eq 2 ]]'
check 'the retention is the one last set' eval 'node 1 ais ckpt show few-again | grep -q "^retention      1800.000 s$"'
node 1 ckpt-sections expired expired >"$work/expired"
check 'a file with a section that has expired' ends_with 0 node 1 ais ckpt import "$work/expired"
check 'is imported without it' grep -q '^expired: 1 section, 1 more had expired; ' "$work/said"
check 'and holds the other' eval '[[ $(node 1 ais ckpt dump expired) == "stays	5	stays" ]]'
check 'the default section alone' eval 'node 1 ckpt-sections default single && node 1 ckpt-sections retain single 1800'
check 'is exported' ends_with 0 node 1 ais ckpt export single "$work/single"
check 'and imported' ends_with 0 node 1 ais ckpt import "$work/single" single-again
check 'and is the same' eval '[[ $(node 1 ais ckpt dump single-again) == "	19	the default section" ]]'
check 'a program that creates it opens it' node 1 ckpt-sections default single-again

# One whose retention duration is 0 goes with its last close, so an import would go as it ends.
node 1 ckpt-sections fill brief 3
coproc holder { node 1 ckpt-sections hold brief; }
read -r said <&"${holder[0]}"
check 'a retention of 0, while it is held open' node 1 ckpt-sections retain brief 0
check 'is exported' ends_with 0 node 1 ais ckpt export brief "$work/brief"
exec {holder[1]}>&-
wait "$holder_PID" 2>/dev/null
check 'and gone when it is closed' wait_until ends_with 8 node 1 ais ckpt show brief
check 'its import is refused: 2' ends_with 2 node 1 ais ckpt import "$work/brief"
check 'and says the way out' grep -q 'nothing was done. With --retention SECONDS' "$work/said"
check 'and nothing is there' ends_with 8 node 1 ais ckpt show brief
check 'with a retention of its own it is imported' ends_with 0 node 1 ais ckpt import "$work/brief" --retention 1800
check 'and stays so long' eval 'node 1 ais ckpt show brief | grep -q "^retention      1800.000 s$"'
check 'or for ever' ends_with 0 node 1 ais ckpt import --retention forever "$work/brief" long
check 'as it says' eval 'node 1 ais ckpt show long | grep -q "^retention      for ever$"'
check 'usage: no retention at all' ends_with 2 node 1 ais ckpt import "$work/brief" longer --retention 0

head -c -1 "$work/many" >"$work/short"
check 'a truncated file: refused' ends_with 1 node 1 ais ckpt import "$work/short" short
check 'and nothing is there' ends_with 8 node 1 ais ckpt show short
check 'a foreign file: refused' ends_with 1 node 1 ais ckpt import /bin/true foreign
check 'and nothing is there' ends_with 8 node 1 ais ckpt show foreign
check 'no such checkpoint: 8' ends_with 8 node 1 ais ckpt export none "$work/none"
check 'and no file' test ! -e "$work/none"
check 'a directory that is not there: 1' ends_with 1 node 1 ais ckpt export many "$work/nowhere/many"
cp "$work/many" "$work/before"
check 'export over a file that cannot be replaced: 1' ends_with 1 node 1 ais ckpt export many "$work"
ln -s "$work/many" "$work/link"
mkfifo "$work/fifo"
for path in "$work/fifo" "$work/link"; do
	check "export over what is no regular file: 1" ends_with 1 node 1 ais ckpt export many "$path"
done
check 'a fifo is still one, a link too' test -p "$work/fifo" -a -L "$work/link"
check 'nothing is left beside it' test -z "$(find "$(dirname "$work")" -maxdepth 1 -name "$(basename "$work").??????")"
mkdir "$work/all"
check 'export --all' ends_with 0 node 1 ais ckpt export --all "$work/all"
check 'each in its file' test -s "$work/all/many.ckpt" -a -s "$work/all/copy.ckpt"
check 'usage: --all with a name' ends_with 2 node 1 ais ckpt export many --all "$work/all"
check 'usage: one argument' ends_with 2 node 1 ais ckpt export many

# What lies on another node alone is exported through this one, and nothing moves for it.
check 'a collocated checkpoint' node 2 ckpt-sections collocate local 300
lies_on_2() { node 3 ais ckpt show local | grep -q '^complete on    node 2$'; }
check 'lies on its node alone' wait_until lies_on_2
check 'a node without it exports it' ends_with 0 node 3 ais ckpt export local "$work/local"
check 'all of it, of one moment' eval "grep -q '^local: 300 sections' '$work/said' && ! grep -q 'different moments' '$work/said'"
check 'and has no replica of it then' lies_on_2
check 'it is imported under another name' ends_with 0 node 2 ais ckpt import "$work/local" brought
check 'and is the same, byte for byte' cmp <(node 2 ais ckpt dump local) <(node 2 ais ckpt dump brought)
# Who opens it gets a replica, and it is whole when the open returns.
check 'a larger one' node 2 ckpt-sections bulk larger 64
node 3 ais ckpt show larger | grep -q '^complete on    node 2$' || not_ok 'it lies on its node alone'
coproc holder { node 1 ckpt-sections hold larger; }
read -r said <&"${holder[0]}"
check 'the open returns with the replica whole' eval "[ '$said' = open ] && node 1 ais ckpt show larger | grep -q '^complete on    node 1'"
exec {holder[1]}>&-
wait "$holder_PID" 2>/dev/null
node 2 ckpt-sections unlink larger

lab cut 2/1,3
node 3 ais status --wait serving --members 2 --patience "$patience_s" >/dev/null
check 'with its node out of reach: 7' ends_with 7 node 3 ais ckpt export local "$work/unreachable"
check 'and says that no node has it' grep -q 'no node has all of them now' "$work/said"
check 'and no file' test ! -e "$work/unreachable"
lab heal
for n in 1 2 3; do node "$n" ais status --wait serving --members 3 --patience "$patience_s" >/dev/null; done

# An import that is interrupted takes back what it began.
check 'a large checkpoint' node 1 ckpt-sections fill large 6000
check 'is exported' ends_with 0 node 1 ais ckpt export large "$work/large"
# As its own process id says: ais-lab stands between. Its daemon is stopped when it has begun, so that it cannot be at its end.
node 1 sh -c 'echo $$ >"$1"; exec ais ckpt import "$2" half' - "$work/pid" "$work/large" 2>"$work/half" &
importer=$!
check 'an import begins' wait_until eval 'node 2 ais ckpt show half >/dev/null 2>&1'
lab pause 1 --daemon
node 1 kill -TERM "$(<"$work/pid")"
lab resume 1 --daemon
wait "$importer"
check 'interrupted, it ends by the signal' test $? -eq 143
check 'and says so' grep -q 'not imported, nothing is left of it: interrupted' "$work/half"
check 'and takes back what it began' ends_with 8 node 2 ais ckpt show half

# What was begun is unlinked for as long as that takes, or until a second signal. The node decides nothing meanwhile, so it takes long.
node 1 sh -c 'echo $$ >"$1"; exec ais ckpt import "$2" left' - "$work/pid" "$work/large" 2>"$work/left" &
importer=$!
check 'an import begins' wait_until eval 'node 2 ais ckpt show left >/dev/null 2>&1'
lab pause 1 --daemon
lab cut 1/2,3
lab resume 1 --daemon
node 1 ais status --wait no-quorum --patience "$patience_s" >/dev/null
node 1 kill -TERM "$(<"$work/pid")"
check 'interrupted, it says what is left if it is interrupted again' \
	wait_until grep -q 'interrupted; unlinks what was begun: if that is interrupted, the checkpoint is left with [0-9]* of 6000 sections' "$work/left"
node 1 kill -TERM "$(<"$work/pid")"
wait "$importer"
check 'interrupted again, it ends by the signal' test $? -eq 143
check 'at once, and not when its patience is over' eval "! grep -q 'not imported' '$work/left'"
lab heal
node 1 ais status --wait serving --members 3 --patience "$patience_s" >/dev/null
check 'and left what was begun' ends_with 0 node 2 ais ckpt show left
node 1 ckpt-sections unlink left

# Two at once, of equal attributes: one creates it, and fills it alone.
lab cut 1/2/3
for n in 1 2; do
	node "$n" ais status --wait no-quorum --patience "$patience_s" >/dev/null
	node "$n" ais ckpt import "$work/single" both >"$work/both.$n" 2>&1 &
	importers[n]=$!
done
for n in 1 2; do check "the import on node $n waits" wait_until grep -q 'tries for [0-9]* s more' "$work/both.$n"; done
lab heal
for n in 1 2; do wait "${importers[n]}"; codes[n]=$?; done
check 'of two imports at once one is done, the other refused' eval "[[ '${codes[*]}' == '0 11' || '${codes[*]}' == '11 0' ]]"
check 'before it did anything' eval "grep -q 'a checkpoint of that name exists.*nothing was done' '$work'/both.*"
for n in 1 2 3; do node "$n" ais status --wait serving --members 3 --patience "$patience_s" >/dev/null; done

# An import on a node that decides nothing says what it waits for, and goes on when the node decides again.
check 'a checkpoint of one section' node 1 ckpt-sections fill one 1
check 'is exported' ends_with 0 node 1 ais ckpt export one "$work/one"
check 'one section is no plural' grep -q '^one: 1 section, ' "$work/said"
lab cut 1/2,3
node 1 ais status --wait no-quorum --patience "$patience_s" >/dev/null
check 'status --json without quorum is as its schema says' fits 1 status
check 'and says so' grep -q '"standing": "no quorum"' "$work/json"
node 1 ais ckpt import "$work/one" late >"$work/late" 2>&1 &
late=$!
node 1 env LD_PRELOAD="$build/core/tools/tests/.libs/wall-jumps.so" ais ckpt import "$work/one" jumped >"$work/jumped" 2>&1 &
jumped=$!
script -qfec "$build/core/tools/ais-lab exec 1 -- ais ckpt import $work/one shown" "$work/shown" >/dev/null </dev/null &
shown=$!
check 'an import without quorum says what it waits for' wait_until grep -q 'this node decides nothing now; `ais status` says why; tries for [0-9]* s more' "$work/late"
check 'and on a terminal how long it still does' wait_until eval "[ \$(grep -ao 'tries for [0-9]* s more' '$work/shown' | sort -u | wc -l) -ge 2 ]"
check 'under a wall clock that jumps it waits as long' wait_until grep -q 'tries for [0-9]* s more' "$work/jumped"
lab heal
wait "$jumped"
check 'which ends well' test $? -eq 0
wait "$late"
check 'with quorum it is done' test $? -eq 0
check 'and said once what it waited for' test "$(wc -l <"$work/late")" -eq 2
check 'and what it imported' grep -q '^late: 1 section' "$work/late"
wait "$shown"
check 'on the terminal too' test $? -eq 0

# Whose reader is gone, ends: before the next change, which may never come.
check 'a small checkpoint' node 1 ckpt-sections fill small 1
for watch in 'clm watch' 'ckpt watch small'; do
	check "the reader of $watch goes, and it ends" eval "timeout 20 $build/core/tools/ais-lab exec 1 -- ais $watch | head -n 1 | grep -q .; ((PIPESTATUS[0] != 124))"
done
check 'a word that many commands begin with has a help' eval "node 1 ais ckpt --help | grep -q 'ckpt watch'"

node 2 ais ckpt watch copy >"$work/watch" &
watchers+=($!)
node 2 ais ckpt watch copy --json >"$work/watch.json" &
watchers+=($!)
node 2 ais clm watch >"$work/clm" &
watchers+=($!)
node 2 ais clm watch --json >"$work/clm.json" &
watchers+=($!)
# Sooner than the watch asks by itself: it is the daemon's notice that tells it.
patience_s=20
check 'watch shows what is there' wait_until grep -q -a '^created	' "$work/watch"
check 'and as JSON' wait_until grep -q '"change": "created"' "$work/watch.json"
check 'a section written, one made and one deleted on another node' node 3 ckpt-sections change copy
for change in 'changed	k0001	' 'created	new	' 'deleted	k0002	'; do
	check "watch tells: ${change//	/ }" wait_until grep -q -a "^$change" "$work/watch"
done
check 'as JSON too' wait_until grep -q '"change": "deleted", "id": "k0002"' "$work/watch.json"
check 'every line is as its schema says' as_schema 'ckpt watch' "$work/watch.json"

patience_s=60
check 'clm watch shows the members' wait_until grep -q 'node 3 node-3 .* member, 3 members' "$work/clm"
lab kill 3
check 'who leaves' wait_until grep -q 'node 3 node-3 .* left, 2 members' "$work/clm"
check 'the replicas are those of the members' wait_until eval "node 1 ais ckpt show copy | grep -q '^complete on    node 1 2\$'"
lab start 3
check 'who joins' wait_until grep -q 'node 3 node-3 .* joined, 3 members' "$work/clm"

# The last line may still be on its way to the file until it is whole.
tells() { grep -q "\"change\": \"$1\", \"node\": 3, \"name\": \"node-3\", \"address\": \"10.77.0.3\", \"members\": $2}\$" "$work/clm.json"; } # CHANGE MEMBERS
check 'clm watch --json tells who leaves' wait_until tells left 2
check 'and who joins' wait_until tells joined 3
check 'every line of it is as its schema says' as_schema 'clm watch' "$work/clm.json"
# First all members of one view, then a view each for who left and who joined: numbers never go back.
views_follow()
{
	python3 - "$1" <<'PY'
import json, sys
told = [json.loads(line) for line in open(sys.argv[1])]
views = [line["view"] for line in told]
first = [line for line in told if line["view"] == views[0]]
assert [(line["node"], line["change"], line["members"]) for line in first] == [(n, "member", 3) for n in (1, 2, 3)], first
changed = [(line["node"], line["change"], line["members"]) for line in told[len(first):]]
assert changed == [(3, "left", 2), (3, "joined", 3)], changed
assert views == sorted(views) and len(set(views)) == 3, views
PY
}
check 'members first, then one line a change, and view numbers grow' views_follow "$work/clm.json"

for n in 1 2 3; do
	check "node $n knows all three replicas to be complete" wait_until eval "node $n ais ckpt show copy | grep -q '^complete on    node 1 2 3\$'"
done
check 'as JSON' wait_until eval "node 2 ais ckpt show copy --json | grep -q '\"node\": 3, \"complete\": true'"

node 1 ckpt-sections unlink copy
check 'the watch of a checkpoint that goes ends' wait_until eval "! kill -0 ${watchers[0]} 2>/dev/null"
wait "${watchers[0]}"
check 'with 8' test $? -eq 8
finish
