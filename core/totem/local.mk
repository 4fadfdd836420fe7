# Files of core/totem; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-totem.la
libaisle_totem_la_SOURCES = core/totem/totem.c core/totem/totem.h core/totem/totem_config.c core/totem/totem_crc.c \
	core/totem/totem_crc.h core/totem/totem_deliver.c core/totem/totem_flow.c core/totem/totem_flow.h core/totem/totem_internal.h \
	core/totem/totem_membership.c core/totem/totem_outputs.c core/totem/totem_outputs.h core/totem/totem_pack.c \
	core/totem/totem_pack.h core/totem/totem_packets.c core/totem/totem_packets.h core/totem/totem_recovery.c \
	core/totem/totem_ring.c core/totem/totem_set.c core/totem/totem_set.h core/totem/totem_window.c core/totem/totem_window.h \
	core/totem/totem_yield.c 	core/group/group.h
EXTRA_DIST += core/totem/README.md core/totem/tests/test_totem_pure.sh

check_PROGRAMS += core/totem/tests/test_totem core/totem/tests/test_totem_packets core/totem/tests/test_totem_pack
core_totem_tests_test_totem_SOURCES = core/totem/tests/test_totem.c
core_totem_tests_test_totem_LDADD = libaisle-check.la libaisle-totem.la libaisle-base.la
core_totem_tests_test_totem_packets_SOURCES = core/totem/tests/test_totem_packets.c
core_totem_tests_test_totem_packets_LDADD = libaisle-check.la libaisle-totem.la libaisle-base.la
core_totem_tests_test_totem_pack_SOURCES = core/totem/tests/test_totem_pack.c
core_totem_tests_test_totem_pack_LDADD = libaisle-check.la libaisle-totem.la libaisle-base.la
TESTS += core/totem/tests/test_totem core/totem/tests/test_totem_packets core/totem/tests/test_totem_pack \
	core/totem/tests/test_totem_pure.sh

FUZZERS += core/totem/tests/fuzz_packets
core_totem_tests_fuzz_packets_SOURCES = core/totem/tests/fuzz_packets.c
core_totem_tests_fuzz_packets_LDADD = libaisle-totem.la libaisle-base.la
core_totem_tests_fuzz_packets_LDFLAGS = $(FUZZING_LDFLAGS)
