#!/bin/bash
# The large and the many. The largest section there is, 64 MiB: written in one call, read on another node, and caught up with by one that
# comes back. A vector of 32 MiB in 2048 elements. Many writers at the same time on each node. LIVE_DEEP=yes: a
# thousand rounds of theirs rather than a hundred. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

rounds=100
[[ ${LIVE_DEEP-} != yes ]] || rounds=1000
lab_up

shown '64 MiB written in one call' lab exec 1 -- live-checker large write
shown 'node 2 reads them' lab exec 2 -- live-checker large read

# CASE-078, of the longest vector; standby.sh has the rest
shown '32 MiB in sections of 16 KiB' lab exec 1 -- live-checker fill 32
for node in 2 3; do shown "node $node reads them as one vector" lab exec "$node" -- live-checker vector 32; done

# CASE-079
writers=()
for node in 1 2 3; do
	timeout "$patience_s" "$build/core/tools/ais-lab" exec "$node" -- many-writers "$node" "$rounds" >"$work/writers-$node" 2>&1 &
	writers+=($!)
done
for node in 1 2 3; do
	shown "each of many equal processes on node $node gets its own results" wait "${writers[node - 1]}"
	cat "$work/writers-$node"
done

do_step kill 3
do_step start 3
shown 'node 3 is back and in sync' lab wait --patience "$patience_s"
shown 'node 3 reads them' lab exec 3 -- live-checker large read
end
