# Files of core/base; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-base.la
libaisle_base_la_SOURCES = core/base/bytes.h core/base/effects.c core/base/effects.h core/base/handle.c core/base/handle.h \
	core/base/hash.c core/base/hash.h core/base/identity.c core/base/identity.h core/base/list.h core/base/result.h \
	core/base/tree.c core/base/tree.h core/base/wire.c core/base/wire.h
EXTRA_DIST += core/base/README.md

check_PROGRAMS += core/base/tests/test_base
core_base_tests_test_base_SOURCES = core/base/tests/test_base.c
core_base_tests_test_base_LDADD = libaisle-check.la libaisle-base.la
TESTS += core/base/tests/test_base
