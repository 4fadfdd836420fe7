# Files of core/ipc; paths are from the top of the tree.
# Neither holds libaisle-base.la: who links one of them links that too (and the server $(QB_LIBS)).
noinst_LTLIBRARIES += libaisle-ipc-client.la libaisle-ipc-server.la
libaisle_ipc_client_la_SOURCES = core/ipc/ipc_client.c core/ipc/ipc_client.h core/ipc/ipc_messages.c core/ipc/ipc_messages.h \
	core/ipc/ipc_path.c core/ipc/ipc_path.h core/ipc/ipc_ring.c core/ipc/ipc_ring.h core/ipc/ipc_clock.c core/ipc/ipc_clock.h core/ipc/ipc_yield.c core/ipc/ipc_yield.h
libaisle_ipc_server_la_SOURCES = core/ipc/ipc_server.c core/ipc/ipc_server.h core/ipc/ipc_session.c core/ipc/ipc_session.h \
	core/ipc/ipc_messages.c core/ipc/ipc_messages.h core/ipc/ipc_path.c core/ipc/ipc_path.h core/ipc/ipc_ring.c core/ipc/ipc_ring.h \
	core/ipc/ipc_clock.c core/ipc/ipc_clock.h core/ipc/ipc_yield.c core/ipc/ipc_yield.h
libaisle_ipc_server_la_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS)

noinst_PROGRAMS += core/ipc/tests/bench_ipc
core_ipc_tests_bench_ipc_SOURCES = core/ipc/tests/bench_ipc.c core/ipc/tests/echo_server.c core/ipc/tests/echo_server.h
core_ipc_tests_bench_ipc_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS)
core_ipc_tests_bench_ipc_LDADD = libaisle-ipc-server.la libaisle-ipc-client.la libaisle-base.la $(QB_LIBS) -lpthread
EXTRA_DIST += core/ipc/README.md

check_PROGRAMS += core/ipc/tests/test_ipc
TESTS += core/ipc/tests/test_ipc
core_ipc_tests_test_ipc_SOURCES = core/ipc/tests/test_ipc.c core/ipc/tests/echo_server.c core/ipc/tests/echo_server.h
core_ipc_tests_test_ipc_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(CUNIT_CFLAGS)
core_ipc_tests_test_ipc_LDADD = libaisle-check.la libaisle-ipc-server.la libaisle-ipc-client.la libaisle-base.la $(QB_LIBS) -lpthread
check_PROGRAMS += core/ipc/tests/test_ipc_hostile
TESTS += core/ipc/tests/test_ipc_hostile
core_ipc_tests_test_ipc_hostile_SOURCES = core/ipc/tests/test_ipc_hostile.c core/ipc/tests/echo_server.c core/ipc/tests/echo_server.h
core_ipc_tests_test_ipc_hostile_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(CUNIT_CFLAGS)
core_ipc_tests_test_ipc_hostile_LDADD = $(core_ipc_tests_test_ipc_LDADD)
check_PROGRAMS += core/ipc/tests/test_ipc_full
TESTS += core/ipc/tests/test_ipc_full
core_ipc_tests_test_ipc_full_SOURCES = core/ipc/tests/test_ipc_full.c core/ipc/tests/echo_server.c core/ipc/tests/echo_server.h
core_ipc_tests_test_ipc_full_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(CUNIT_CFLAGS)
core_ipc_tests_test_ipc_full_LDADD = $(core_ipc_tests_test_ipc_LDADD)
core_ipc_tests_test_ipc_full_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=memfd_create -Wl,--wrap=ftruncate -Wl,--wrap=fcntl -Wl,--wrap=mmap -Wl,--wrap=socketpair

FUZZERS += core/ipc/tests/fuzz_ipc_greeting core/ipc/tests/fuzz_ipc_session
core_ipc_tests_fuzz_ipc_greeting_SOURCES = core/ipc/tests/fuzz_ipc_greeting.c
core_ipc_tests_fuzz_ipc_greeting_LDADD = libaisle-ipc-client.la libaisle-base.la
core_ipc_tests_fuzz_ipc_greeting_LDFLAGS = $(FUZZING_LDFLAGS)
core_ipc_tests_fuzz_ipc_session_SOURCES = core/ipc/tests/fuzz_ipc_session.c
core_ipc_tests_fuzz_ipc_session_LDADD = libaisle-ipc-server.la libaisle-base.la $(QB_LIBS)
core_ipc_tests_fuzz_ipc_session_LDFLAGS = $(FUZZING_LDFLAGS)

TESTS += core/ipc/tests/test_ipc_purity.sh
EXTRA_DIST += core/ipc/tests/test_ipc_purity.sh
