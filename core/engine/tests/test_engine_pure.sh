#!/bin/sh
# The engine calls no system: its objects use memory, strings and core/base only.
exec "${top_srcdir:-.}/conformance/check/purity.sh" core/engine/engine.lo core/engine/engine_answers.lo core/engine/engine_barrier.lo \
	core/engine/engine_catchup.lo core/engine/engine_digests.lo core/engine/engine_fencing.lo core/engine/engine_gate.lo core/engine/engine_keeper.lo \
	core/engine/engine_messages.lo core/engine/engine_objects.lo core/engine/engine_operations.lo core/engine/engine_requests.lo core/engine/engine_rules.lo \
	core/engine/engine_status.lo core/engine/engine_verdict.lo core/engine/engine_votes.lo -- strdup
