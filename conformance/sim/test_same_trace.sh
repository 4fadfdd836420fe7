#!/bin/sh
# TOT-122: the same seed gives the same trace, byte for byte.
exec "${top_srcdir:-.}/conformance/sim/same_trace.sh" ./ais-sim totem 1 2 3 4 5
