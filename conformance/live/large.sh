#!/bin/bash
# The largest section there is, 64 MiB: written in one call, read on another node, and caught up with by one that comes back. Last line: N passed,
# N failed, N skipped. Exit 1 if one failed.
set -u

. "$(dirname "$0")/common.sh"

lab_up

shown '64 MiB written in one call' lab exec 1 -- live-checker large write
shown 'node 2 reads them' lab exec 2 -- live-checker large read
do_step kill 3
do_step start 3
shown 'node 3 is back and in sync' lab wait --patience "$patience_s"
shown 'node 3 reads them' lab exec 3 -- live-checker large read
end
