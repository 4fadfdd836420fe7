# Files of core/engine; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-engine.la
libaisle_engine_la_SOURCES = core/engine/engine.c core/engine/engine.h core/engine/engine_answers.c core/engine/engine_barrier.c \
	core/engine/engine_catchup.c core/engine/engine_digests.c core/engine/engine_gate.c core/engine/engine_internal.h \
	core/engine/engine_keeper.c core/engine/engine_messages.c core/engine/engine_messages.h core/engine/engine_operations.c \
	core/engine/engine_requests.c core/engine/engine_rules.c core/engine/engine_rules.h core/engine/engine_status.c \
	core/engine/engine_verdict.c core/engine/engine_verdict.h core/engine/host.h core/engine/service.h
EXTRA_DIST += core/engine/README.md
