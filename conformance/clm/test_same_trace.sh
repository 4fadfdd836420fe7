#!/bin/sh
# The same seed gives the same trace of the clm world, byte for byte.
exec "${top_srcdir:-.}/conformance/sim/same_trace.sh" ./ais-sim clm 1 2 3 4 5
