#!/bin/sh
# The same seed gives the same trace of the engine world, byte for byte.
exec "${top_srcdir:-.}/conformance/sim/same_trace.sh" ./ais-sim engine 1 2 3 4 5
