#!/bin/bash
# CASE-078: five active nodes write 10,000 sections of 1 KiB each, at the same time; the sixth comes back empty, opens all five checkpoints and reads
# them in vectors of 1000, also while it takes them over. Last line: N passed, N failed, N skipped. Exit 1 if one failed.
set -u

nodes=6
. "$(dirname "$0")/common.sh"

lab_up
do_step kill 6
writers=()
for node in 1 2 3 4 5; do
	lab exec "$node" -- live-checker active "$node" >"$work/active-$node" 2>&1 &
	writers+=($!)
done
for node in 1 2 3 4 5; do shown "node $node writes its 10,000 sections" wait "${writers[node - 1]}"; done
do_step start 6 --no-wait
# Its exit status is that of a node that takes content over, or has: either will do.
lab exec 6 -- ais status --wait serving --members 6 --patience "$patience_s" >"$work/standing" 2>&1
shown 'it reads all five, in blocks of 1000' lab exec 6 -- live-checker standby
shown 'it has them all' stands 6 caught-up 0
shown 'and reads them again, from its own replica' lab exec 6 -- live-checker standby
end
