# Files of ais/lck; paths are from the top of the tree.
include_HEADERS += ais/lck/saLck.h ais/lck/aisLck.h

lib_LTLIBRARIES += libSaLck.la
libSaLck_la_SOURCES = ais/lck/lck_client.c ais/lck/lck_messages.c ais/lck/lck_messages.h ais/lck/saLck.h ais/lck/aisLck.h
libSaLck_la_LDFLAGS = $(AM_LDFLAGS) -version-info 3:0:0 -Wl,--version-script=$(srcdir)/ais/lck/libSaLck.versions -Wl,-z,defs
libSaLck_la_LIBADD = libaisle-ais.la
EXTRA_libSaLck_la_DEPENDENCIES = ais/lck/libSaLck.versions

# The service: a module for the daemon, and the same objects for who links it.
noinst_LTLIBRARIES += libaisle-lck.la libaisle-lck-messages.la
libaisle_lck_messages_la_SOURCES = ais/lck/lck_messages.c ais/lck/lck_messages.h
libaisle_lck_la_SOURCES = ais/lck/lck_service.c ais/lck/lck_service.h ais/lck/lck_state.c ais/lck/lck_state.h ais/lck/lck_resource.c \
	ais/lck/lck_lock.c ais/lck/lck_deadlock.c ais/lck/lck_transfer.c ais/lck/lck_messages.c ais/lck/lck_messages.h
pkglib_LTLIBRARIES += lck.la
lck_la_SOURCES = $(libaisle_lck_la_SOURCES)
lck_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_lck=aisle_service
lck_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
lck_la_LIBADD = libaisle-base.la

pkgconfig_DATA += ais/lck/libSaLck.pc

EXTRA_DIST += ais/lck/README.md ais/lck/libSaLck.versions

lck_messages_all = ais/lck/tests/lck_messages_all.c ais/lck/tests/lck_messages_all.h
check_PROGRAMS += ais/lck/tests/test_lck_state ais/lck/tests/test_lck_messages ais/lck/tests/test_lck_service \
	ais/lck/tests/test_lck_limits ais/lck/tests/test_lck_engine
TESTS += ais/lck/tests/test_lck_state ais/lck/tests/test_lck_messages ais/lck/tests/test_lck_service \
	ais/lck/tests/test_lck_limits ais/lck/tests/test_lck_engine ais/lck/tests/test_lck_abi.sh
ais_lck_tests_test_lck_state_SOURCES = ais/lck/tests/test_lck_state.c
ais_lck_tests_test_lck_state_LDADD = libaisle-lck.la libaisle-base.la libaisle-check.la
ais_lck_tests_test_lck_messages_SOURCES = ais/lck/tests/test_lck_messages.c $(lck_messages_all)
ais_lck_tests_test_lck_messages_LDADD = libaisle-lck.la libaisle-base.la libaisle-check.la
ais_lck_tests_test_lck_limits_SOURCES = ais/lck/tests/test_lck_limits.c
ais_lck_tests_test_lck_limits_LDADD = libaisle-lck.la libaisle-config.la libaisle-base.la libaisle-check.la
ais_lck_tests_test_lck_engine_SOURCES = ais/lck/tests/test_lck_engine.c $(engine_fixture)
ais_lck_tests_test_lck_engine_LDADD = libaisle-lck.la libaisle-engine.la libaisle-base.la libaisle-check.la
ais_lck_tests_test_lck_service_SOURCES = ais/lck/tests/test_lck_service.c ais/lck/lck_client.c
ais_lck_tests_test_lck_service_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
ais_lck_tests_test_lck_service_LDADD = libaisle-lck.la libaisle-base.la libaisle-check.la
EXTRA_DIST += ais/lck/tests/test_lck_abi.sh

FUZZERS += ais/lck/tests/fuzz_lck_messages ais/lck/tests/fuzz_lck_apply
ais_lck_tests_fuzz_lck_messages_SOURCES = ais/lck/tests/fuzz_lck_messages.c $(lck_messages_all)
ais_lck_tests_fuzz_lck_messages_LDADD = libaisle-lck.la libaisle-base.la
ais_lck_tests_fuzz_lck_messages_LDFLAGS = $(FUZZING_LDFLAGS)
ais_lck_tests_fuzz_lck_apply_SOURCES = ais/lck/tests/fuzz_lck_apply.c
ais_lck_tests_fuzz_lck_apply_LDADD = libaisle-lck.la libaisle-base.la
ais_lck_tests_fuzz_lck_apply_LDFLAGS = $(FUZZING_LDFLAGS)
