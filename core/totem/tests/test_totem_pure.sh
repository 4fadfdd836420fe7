#!/bin/sh
# The machine calls no system: its objects use memory, strings and core/base only.
exec "${top_srcdir:-.}/conformance/check/purity.sh" core/totem/totem.lo core/totem/totem_config.lo core/totem/totem_crc.lo \
	core/totem/totem_deliver.lo core/totem/totem_flow.lo core/totem/totem_membership.lo core/totem/totem_outputs.lo \
	core/totem/totem_pack.lo core/totem/totem_packets.lo core/totem/totem_recovery.lo core/totem/totem_ring.lo \
	core/totem/totem_set.lo core/totem/totem_window.lo core/totem/totem_yield.lo core/group/totem_group.lo
