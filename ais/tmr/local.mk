# Files of ais/tmr; paths are from the top of the tree.
include_HEADERS += ais/tmr/saTmr.h

lib_LTLIBRARIES += libSaTmr.la
libSaTmr_la_SOURCES = ais/tmr/tmr_client.c ais/tmr/tmr_timers.c ais/tmr/tmr_timers.h ais/tmr/tmr_messages.c ais/tmr/tmr_messages.h \
	ais/tmr/saTmr.h
libSaTmr_la_LDFLAGS = $(AM_LDFLAGS) -version-info 3:0:0 -Wl,--version-script=$(srcdir)/ais/tmr/libSaTmr.versions -Wl,-z,defs
libSaTmr_la_LIBADD = libaisle-ais.la
EXTRA_libSaTmr_la_DEPENDENCIES = ais/tmr/libSaTmr.versions

# The service: a module for the daemon, and the same objects for who links it; and the timers, for their tests.
noinst_LTLIBRARIES += libaisle-tmr.la libaisle-tmr-messages.la
libaisle_tmr_messages_la_SOURCES = ais/tmr/tmr_messages.c ais/tmr/tmr_messages.h
libaisle_tmr_la_SOURCES = ais/tmr/tmr_service.c ais/tmr/tmr_service.h ais/tmr/tmr_messages.c ais/tmr/tmr_messages.h \
	ais/tmr/tmr_timers.c ais/tmr/tmr_timers.h
pkglib_LTLIBRARIES += tmr.la
tmr_la_SOURCES = ais/tmr/tmr_service.c ais/tmr/tmr_service.h ais/tmr/tmr_messages.c ais/tmr/tmr_messages.h
tmr_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_tmr=aisle_service
tmr_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
tmr_la_LIBADD = libaisle-base.la

pkgconfig_DATA += ais/tmr/libSaTmr.pc

check_PROGRAMS += ais/tmr/tests/test_tmr_timers ais/tmr/tests/test_tmr_service ais/tmr/tests/test_tmr_client
TESTS += ais/tmr/tests/test_tmr_timers ais/tmr/tests/test_tmr_service ais/tmr/tests/test_tmr_client ais/tmr/tests/test_tmr_abi.sh
ais_tmr_tests_test_tmr_timers_SOURCES = ais/tmr/tests/test_tmr_timers.c
ais_tmr_tests_test_tmr_timers_LDADD = libaisle-tmr.la libaisle-base.la libaisle-check.la
ais_tmr_tests_test_tmr_service_SOURCES = ais/tmr/tests/test_tmr_service.c
ais_tmr_tests_test_tmr_service_LDADD = libaisle-tmr.la libaisle-config.la libaisle-base.la libaisle-check.la
ais_tmr_tests_test_tmr_client_SOURCES = ais/tmr/tests/test_tmr_client.c ais/tmr/tmr_client.c
ais_tmr_tests_test_tmr_client_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
ais_tmr_tests_test_tmr_client_LDADD = libaisle-tmr.la libaisle-base.la libaisle-check.la

EXTRA_DIST += ais/tmr/README.md ais/tmr/libSaTmr.versions ais/tmr/tests/test_tmr_abi.sh
FUZZERS += ais/tmr/tests/fuzz_tmr_messages
ais_tmr_tests_fuzz_tmr_messages_SOURCES = ais/tmr/tests/fuzz_tmr_messages.c
ais_tmr_tests_fuzz_tmr_messages_LDADD = libaisle-tmr.la libaisle-base.la
ais_tmr_tests_fuzz_tmr_messages_LDFLAGS = $(FUZZING_LDFLAGS)
