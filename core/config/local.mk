# Files of core/config; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-config.la
libaisle_config_la_SOURCES = core/config/config.c core/config/config.h core/config/config_check.c core/config/config_file.c \
	core/config/config_file.h core/config/config_keys.c core/config/config_keys.h core/config/config_print.c core/config/config_print.h core/config/config_problems.c core/config/config_reload.c core/config/config_reload.h \
	core/config/config_problems.h
libaisle_config_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
libaisle_config_la_LIBADD = $(QB_LIBS)
EXTRA_DIST += core/config/README.md

check_PROGRAMS += core/config/tests/test_config
core_config_tests_test_config_SOURCES = core/config/tests/test_config.c
core_config_tests_test_config_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
core_config_tests_test_config_LDADD = libaisle-check.la libaisle-config.la libaisle-base.la
TESTS += core/config/tests/test_config
CONFIG_TEST_NAMES = bindnetaddr-alone blank-line brace-missing brace-on-next-line brace-too-many brace-twice colon-before-brace \
	crlf-and-comments current-ip deep device empty-key empty-number indented ipv6-multicast kept long-line members no-blank \
	not-indented openais-logging openais-service placeholders remarks same-twice slips sub-section trailing-colons two-rings \
	two-rings-one-address wrong-bracket zero-byte
EXTRA_DIST += $(CONFIG_TEST_NAMES:%=core/config/tests/%.conf) $(CONFIG_TEST_NAMES:%=core/config/tests/%.expected)

FUZZERS += core/config/tests/fuzz_config
core_config_tests_fuzz_config_SOURCES = core/config/tests/fuzz_config.c
core_config_tests_fuzz_config_LDADD = libaisle-config.la libaisle-base.la
core_config_tests_fuzz_config_LDFLAGS = $(FUZZING_LDFLAGS)

# aisle.conf(5) is made from the table of keys.
noinst_PROGRAMS += core/config/config_man
core_config_config_man_SOURCES = core/config/config_man.c
core_config_config_man_LDADD = libaisle-config.la libaisle-base.la
man_MANS = core/config/aisle.conf.5
CLEANFILES += core/config/aisle.conf.5
core/config/aisle.conf.5: core/config/config_man$(EXEEXT)
	$(AM_V_GEN)core/config/config_man$(EXEEXT) > $@.new && mv $@.new $@
