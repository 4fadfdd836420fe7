#!/bin/sh
# Holds that the rings, the messages and a client as the daemon sees it make no system call: so a fuzzer can drive them.
prefix=core/ipc/libaisle_ipc_server_la
exec "${top_srcdir:-.}/conformance/check/purity.sh" $prefix-ipc_ring.lo $prefix-ipc_messages.lo $prefix-ipc_session.lo -- 'ipc_*'
