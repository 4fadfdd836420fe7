# Files of conformance/history; paths are from the top of the tree.
bin_PROGRAMS += conformance/history/ais-history
history_sources = conformance/history/history.c conformance/history/history.h conformance/history/register.c conformance/history/shrink.c
conformance_history_ais_history_SOURCES = conformance/history/ais_history.c $(history_sources) core/tools/output.c core/tools/output.h
conformance_history_ais_history_LDADD = libaisle-base.la

noinst_PROGRAMS += conformance/history/history-client
conformance_history_history_client_SOURCES = conformance/history/history_client.c
conformance_history_history_client_LDADD = libSaCkpt.la -lpthread

check_PROGRAMS += conformance/history/tests/test_history
TESTS += conformance/history/tests/test_history conformance/history/tests/ais-history.sh
conformance_history_tests_test_history_SOURCES = conformance/history/tests/test_history.c $(history_sources)
conformance_history_tests_test_history_LDADD = libaisle-base.la libaisle-check.la

FUZZERS += conformance/history/tests/fuzz_history
conformance_history_tests_fuzz_history_SOURCES = conformance/history/tests/fuzz_history.c $(history_sources)
conformance_history_tests_fuzz_history_LDADD = libaisle-base.la
conformance_history_tests_fuzz_history_LDFLAGS = $(FUZZING_LDFLAGS)

dist_man_MANS += docs/man/ais-history.1
dist_bashcompletion_DATA += conformance/history/completions/ais-history
EXTRA_DIST += conformance/history/README.md conformance/history/history-live.sh conformance/history/tests/ais-history.sh
