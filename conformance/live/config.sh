#!/bin/bash
# The configuration reloaded on three real daemons, each with a file of its own (CASE-056, CASE-063): a bad file on one node changes
# nothing anywhere, and is named; good ones change all, and every change is told once. Last line: N passed, N failed, N skipped. Exit 1 if one
# failed.
set -u

. "$(dirname "$0")/common.sh"

says() { # EXIT-STATUS TEXT CMD...
	local code=0
	"${@:3}" >"$work/said" 2>&1 || code=$?
	((code == $1)) && { [[ -z $2 ]] || grep -qF -- "$2" "$work/said"; } || { echo "     status $code:"; cat "$work/said"; false; }
}
reload() { lab exec "$1" -- ais config reload; }

# Until every daemon has told so often of a reload that was made, or was not. A node makes it when it knows that all have decided it, which
# may be later than where it was asked for.
reloaded=0 refused=0
all_tell() # TEXT COUNT
{
	local node
	for node in 1 2 3; do
		(($(grep -c -m "$2" -- "$1" < <(exec timeout "$patience_s" tail -q --pid=$$ -n +1 -F "${file%/*}/node-$node/log" 2>/dev/null)) == $2)) || return 1
	done
}
is_made() { reloaded=$((reloaded + 1)) && says 0 'reloaded on all nodes' reload "$1" && all_tell 'config reloaded:' $reloaded; } # NODE
is_refused() { refused=$((refused + 1)) && says 1 "$2" reload "$1" && all_tell 'config not-reloaded:' $refused; }           # NODE TEXT

# Every node sees its own file under the name that it was started with.
files_split()
{
	local node
	for node in 1 2 3; do
		cp "$work/base.conf" "$work/node-$node.conf"
		lab exec "$node" -- mount --bind "$work/node-$node.conf" "$file" || return 1
	done
}
write() { cat >"$work/node-$1.conf"; } # NODE: the file's content, in place

# What the daemons run with, and what they told of changes.
state_of() { for node in 1 2 3; do lab exec "$node" -- ais config show; done; }
told() { lab logs "$1" | grep -c -- "$2"; } # NODE TEXT
unchanged() { state_of >"$work/after"; cmp "$work/before" "$work/after" && (($(told 1 'config changed:') + $(told 2 'config changed:') + $(told 3 'config changed:') == $1)); }

lab print-config 3 >"$work/base.conf"
sed 's/^\tto_stderr: yes$/&\n\tdebug: on/' "$work/base.conf" >"$work/debug.conf"
grep -q 'debug: on' "$work/debug.conf" || not_ok 'the changed configuration is made'
lab_up --config "$work/base.conf"
file=/tmp/ais-lab-$(id -u)/$AIS_LAB_NAME/aisle.conf
shown 'each node has a file of its own' files_split
state_of >"$work/before"
shown 'a default is shown as one' grep -q '^# logging.debug: off$' "$work/before"
shown 'JSON says which keys a reload may change' says 0 '"at_run_time": true' lab exec 1 -- ais config show --json
shown 'nothing changed, nothing is told' is_made 2
shown 'nothing is changed by that' unchanged 0

# One bad file of three, wherever it is asked for.
for node in 1 2; do write $node <"$work/debug.conf"; done
sed 's/debug: on/debug: lots/' "$work/debug.conf" | write 3
line=$(grep -n 'debug: lots' "$work/node-3.conf" | cut -d: -f1)
shown 'a bad value on one node is refused, with node, file, line and key' is_refused 1 'node 3 refuses its file'
shown 'its line and key are named' grep -q "aisle.conf:$line: logging.debug: expected one of off, on, trace; found 'lots'" "$work/said"
shown 'no node has changed anything' unchanged 0
shown 'asked for on the node itself' is_refused 3 'node 3 refuses its file'
sed 's/token: 1000/token: 2000/' "$work/debug.conf" | write 2
write 3 <"$work/debug.conf"
shown 'a key that needs a restart is refused, old and new value named' is_refused 1 'totem.token: was 1000, is 2000; only a restart can change it'
shown 'still no node has changed anything' unchanged 0
lab exec 2 -- umount "$file"
sed 's/debug: on/debag: on/' "$work/debug.conf" >"$file"
shown 'a slip is told with what may have been meant' is_refused 3 'did you mean logging.debug?'
shown 'still nothing is changed' unchanged 0

# All are good.
cat "$work/debug.conf" >"$file"
{ cat "$work/debug.conf"; printf 'aisle {\n\tclients_max: 77\n}\nuidgid {\n\tuid: 65534\n\tservices: clm\n}\n'; } | write 3
shown 'good files are taken' is_made 1
for node in 1 2 3; do
	shown "node $node runs with the new value" says 0 'logging.debug: on' lab exec "$node" -- ais config show
	shown "node $node told of the change once" test "$(told "$node" 'config changed: logging.debug: not set -> on')" = 1
done
shown 'what one node alone has changed is changed there' says 0 'aisle.clients_max: 77' lab exec 3 -- ais config show
shown 'so is the list of who may connect' says 0 'uidgid.0.uid: 65534' lab exec 3 -- ais config show
shown 'and there alone' says 0 '# aisle.clients_max: 1024' lab exec 1 -- ais config show
write 1 <"$work/base.conf"
write 3 <"$work/base.conf"
cat "$work/base.conf" >"$file"
shown 'taken back' is_made 2
state_of >"$work/after"
shown 'all is as it was' cmp "$work/before" "$work/after"
shown 'that is told once, too' test "$(told 1 'config changed: logging.debug: on -> not set')" = 1

# Without a majority nothing is decided.
do_step cut 1/2,3
shown 'node 1 has no quorum' stands 1 no-quorum 4
shown 'a reload is refused there' says 6 'the cluster does not serve' reload 1
do_step heal
shown 'all are in one ring again' lab wait --patience "$patience_s"
shown 'and reload again' is_made 1
end
