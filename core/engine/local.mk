# Files of core/engine; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-engine.la
libaisle_engine_la_SOURCES = core/engine/engine.c core/engine/engine.h core/engine/engine_answers.c core/engine/engine_barrier.c \
	core/engine/engine_catchup.c core/engine/engine_digests.c core/engine/engine_fencing.c core/engine/engine_gate.c core/engine/engine_internal.h \
	core/engine/engine_keeper.c core/engine/engine_messages.c core/engine/engine_messages.h core/engine/engine_objects.c core/engine/engine_operations.c \
	core/engine/engine_requests.c core/engine/engine_rules.c core/engine/engine_rules.h core/engine/engine_status.c \
	core/engine/engine_verdict.c core/engine/engine_verdict.h core/engine/engine_votes.c core/engine/host.h core/engine/service.h
EXTRA_DIST += core/engine/README.md
EXTRA_DIST += core/engine/tests/test_engine_pure.sh

engine_fixture = core/engine/tests/engine_fixture.c core/engine/tests/engine_fixture.h
check_PROGRAMS += core/engine/tests/test_engine_messages core/engine/tests/test_engine_verdict core/engine/tests/test_engine_answers
core_engine_tests_test_engine_messages_SOURCES = core/engine/tests/test_engine_messages.c
core_engine_tests_test_engine_messages_LDADD = libaisle-check.la libaisle-engine.la libaisle-base.la
core_engine_tests_test_engine_verdict_SOURCES = core/engine/tests/test_engine_verdict.c
core_engine_tests_test_engine_verdict_LDADD = libaisle-check.la libaisle-engine.la libaisle-base.la
core_engine_tests_test_engine_answers_SOURCES = core/engine/tests/test_engine_answers.c $(engine_fixture)
core_engine_tests_test_engine_answers_LDADD = libaisle-check.la libaisle-engine.la libaisle-base.la
TESTS += core/engine/tests/test_engine_messages core/engine/tests/test_engine_verdict core/engine/tests/test_engine_answers \
	core/engine/tests/test_engine_pure.sh

FUZZERS += core/engine/tests/fuzz_engine_messages
core_engine_tests_fuzz_engine_messages_SOURCES = core/engine/tests/fuzz_engine_messages.c $(engine_fixture)
core_engine_tests_fuzz_engine_messages_LDADD = libaisle-engine.la libaisle-base.la
core_engine_tests_fuzz_engine_messages_LDFLAGS = $(FUZZING_LDFLAGS)
