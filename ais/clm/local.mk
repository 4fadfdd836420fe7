# Files of ais/clm; paths are from the top of the tree.
include_HEADERS += ais/clm/saClm.h

lib_LTLIBRARIES += libSaClm.la
libSaClm_la_SOURCES = ais/clm/clm_client.c ais/clm/clm_messages.c ais/clm/clm_messages.h ais/clm/saClm.h
libSaClm_la_LDFLAGS = $(AM_LDFLAGS) -version-info 3:0:0 -Wl,--version-script=$(srcdir)/ais/clm/libSaClm.versions -Wl,-z,defs
libSaClm_la_LIBADD = libaisle-ais.la
EXTRA_libSaClm_la_DEPENDENCIES = ais/clm/libSaClm.versions

# The service: a module for the daemon, and the same objects for who links it.
noinst_LTLIBRARIES += libaisle-clm.la
libaisle_clm_la_SOURCES = ais/clm/clm_service.c ais/clm/clm_service.h ais/clm/clm_view.c ais/clm/clm_view.h \
	ais/clm/clm_messages.c ais/clm/clm_messages.h
pkglib_LTLIBRARIES += clm.la
clm_la_SOURCES = $(libaisle_clm_la_SOURCES)
clm_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_clm=aisle_service
clm_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
clm_la_LIBADD = libaisle-base.la

pkgconfig_DATA += ais/clm/libSaClm.pc

check_PROGRAMS += ais/clm/tests/test_clm_view ais/clm/tests/test_clm_service
TESTS += ais/clm/tests/test_clm_view ais/clm/tests/test_clm_service
ais_clm_tests_test_clm_view_SOURCES = ais/clm/tests/test_clm_view.c
ais_clm_tests_test_clm_view_LDADD = libaisle-clm.la libaisle-base.la libaisle-check.la
ais_clm_tests_test_clm_service_SOURCES = ais/clm/tests/test_clm_service.c ais/clm/clm_client.c
ais_clm_tests_test_clm_service_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
ais_clm_tests_test_clm_service_LDADD = libaisle-clm.la libaisle-base.la libaisle-check.la

EXTRA_DIST += ais/clm/README.md ais/clm/libSaClm.versions
TESTS += ais/clm/tests/test_clm_abi.sh
EXTRA_DIST += ais/clm/tests/test_clm_abi.sh
FUZZERS += ais/clm/tests/fuzz_clm_messages
ais_clm_tests_fuzz_clm_messages_SOURCES = ais/clm/tests/fuzz_clm_messages.c
ais_clm_tests_fuzz_clm_messages_LDADD = libaisle-clm.la libaisle-base.la
ais_clm_tests_fuzz_clm_messages_LDFLAGS = $(FUZZING_LDFLAGS)
