# Files of core/group; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-group.la
libaisle_group_la_SOURCES = core/group/group.h core/group/local.c core/group/local.h

# totem: the provider on our own machine, for the daemon and the simulator
libaisle_group_la_SOURCES += core/group/totem_group.c core/group/totem_group.h

# one suite for all providers
check_PROGRAMS += core/group/tests/test_providers
core_group_tests_test_providers_SOURCES = core/group/tests/test_providers.c core/group/tests/provider_worlds.c \
	core/group/tests/provider_world.h
core_group_tests_test_providers_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
core_group_tests_test_providers_LDADD = libaisle-check.la libaisle-group.la libaisle-totem.la libaisle-base.la
TESTS += core/group/tests/test_providers
EXTRA_DIST += core/group/README.md
