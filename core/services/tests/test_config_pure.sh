#!/bin/sh
# The reload's state calls no system and reads no clock.
exec "${top_srcdir:-.}/conformance/check/purity.sh" core/services/config_state.lo core/services/config_messages.lo
