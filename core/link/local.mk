# Files of core/link; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-link.la
libaisle_link_la_SOURCES = core/link/link.h core/link/link_address.c core/link/link_udpu.c
EXTRA_DIST += core/link/README.md

check_PROGRAMS += core/link/tests/test_link
core_link_tests_test_link_SOURCES = core/link/tests/test_link.c
core_link_tests_test_link_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
core_link_tests_test_link_LDADD = libaisle-check.la libaisle-link.la libaisle-base.la
TESTS += core/link/tests/test_link
