# Files of core/log; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-log.la
libaisle_log_la_SOURCES = core/log/log.c core/log/log.h core/log/log_writer.c core/log/log_writer.h core/log/recorder.c \
	core/log/recorder.h
libaisle_log_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
libaisle_log_la_LIBADD = $(QB_LIBS) -lpthread
EXTRA_DIST += core/log/README.md

check_PROGRAMS += core/log/tests/test_log
core_log_tests_test_log_SOURCES = core/log/tests/test_log.c
core_log_tests_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
core_log_tests_test_log_LDADD = libaisle-check.la libaisle-log.la
TESTS += core/log/tests/test_log
