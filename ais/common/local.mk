# Files of ais/common; paths are from the top of the tree.
# Holds all that a libSa*.so needs beside its own files: the skeleton, the client's end of the IPC, core/base.
noinst_LTLIBRARIES += libaisle-ais.la
libaisle_ais_la_SOURCES = ais/common/ais_client.c ais/common/ais_client.h ais/common/ais_version.c ais/common/ais_version.h \
	ais/common/saAis.h
libaisle_ais_la_LIBADD = libaisle-ipc-client.la libaisle-base.la
include_HEADERS += ais/common/saAis.h
EXTRA_DIST += ais/common/README.md

check_PROGRAMS += ais/common/tests/test_ais_common
TESTS += ais/common/tests/test_ais_common
ais_common_tests_test_ais_common_SOURCES = ais/common/tests/test_ais_common.c core/ipc/tests/echo_server.c core/ipc/tests/echo_server.h
ais_common_tests_test_ais_common_CFLAGS = $(AM_CFLAGS) $(QB_CFLAGS) $(CUNIT_CFLAGS)
ais_common_tests_test_ais_common_LDADD = libaisle-check.la libaisle-ais.la libaisle-ipc-server.la libaisle-base.la $(QB_LIBS) -lpthread
