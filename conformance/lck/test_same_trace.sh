#!/bin/sh
# The same seed gives the same trace of the lck world, byte for byte.
exec "${top_srcdir:-.}/conformance/sim/same_trace.sh" ./ais-sim lck 1 2 3 4 5
