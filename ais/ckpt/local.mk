# Files of ais/ckpt; paths are from the top of the tree.
include_HEADERS += ais/ckpt/saCkpt.h

noinst_LTLIBRARIES += libaisle-ckpt-messages.la libaisle-ckpt.la
ckpt_messages = ais/ckpt/ckpt_messages.c ais/ckpt/ckpt_messages.h ais/ckpt/ckpt_message_parts.h ais/ckpt/ckpt_requests.c \
	ais/ckpt/ckpt_operations.c ais/ckpt/ckpt_operator_messages.c
libaisle_ckpt_messages_la_SOURCES = $(ckpt_messages) ais/ckpt/saCkpt.h

lib_LTLIBRARIES += libSaCkpt.la
libSaCkpt_la_SOURCES = ais/ckpt/ckpt_client.c ais/ckpt/ckpt_client.h ais/ckpt/ckpt_mapping.c ais/ckpt/ckpt_mapping.h \
	ais/ckpt/ckpt_image.c ais/ckpt/ckpt_image.h ais/ckpt/ckpt_client_openais.c ais/ckpt/saCkpt.h \
	$(ckpt_messages)
libSaCkpt_la_CPPFLAGS = $(AM_CPPFLAGS) -DCKPT_SYMBOL_VERSIONS
libSaCkpt_la_LDFLAGS = $(AM_LDFLAGS) -version-info 3:0:0 -Wl,--version-script=$(srcdir)/ais/ckpt/libSaCkpt.versions -Wl,-z,defs
libSaCkpt_la_LIBADD = libaisle-ais.la
EXTRA_libSaCkpt_la_DEPENDENCIES = ais/ckpt/libSaCkpt.versions

# The service: a module for the daemon, and the same objects for who links it.
libaisle_ckpt_la_SOURCES = ais/ckpt/ckpt_service.c ais/ckpt/ckpt_service.h ais/ckpt/ckpt_held.c ais/ckpt/ckpt_held.h \
	ais/ckpt/ckpt_reads.c ais/ckpt/ckpt_reads.h ais/ckpt/ckpt_operator.c ais/ckpt/ckpt_operator.h ais/ckpt/ckpt_state.c ais/ckpt/ckpt_state.h \
	ais/ckpt/ckpt_open.c ais/ckpt/ckpt_open.h ais/ckpt/ckpt_checkpoint.c ais/ckpt/ckpt_checkpoint.h ais/ckpt/ckpt_section.c \
	ais/ckpt/ckpt_section.h ais/ckpt/ckpt_content.c ais/ckpt/ckpt_content.h ais/ckpt/ckpt_image.c ais/ckpt/ckpt_image.h \
	ais/ckpt/ckpt_transfer.c ais/ckpt/ckpt_object.c ais/ckpt/ckpt_placement.c ais/ckpt/ckpt_placement.h $(ckpt_messages)
pkglib_LTLIBRARIES += ckpt.la
ckpt_la_SOURCES = $(libaisle_ckpt_la_SOURCES)
ckpt_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_ckpt=aisle_service
ckpt_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
ckpt_la_LIBADD = libaisle-base.la

pkgconfig_DATA += ais/ckpt/libSaCkpt.pc

ckpt_fixture = ais/ckpt/tests/ckpt_fixture.c ais/ckpt/tests/ckpt_fixture.h
ckpt_chance = $(ckpt_fixture) ais/ckpt/tests/ckpt_chance.c ais/ckpt/tests/ckpt_chance.h
check_PROGRAMS += ais/ckpt/tests/test_ckpt_abi ais/ckpt/tests/test_ckpt_messages ais/ckpt/tests/test_ckpt_content \
	ais/ckpt/tests/test_ckpt_state ais/ckpt/tests/test_ckpt_placement ais/ckpt/tests/test_ckpt_transfer ais/ckpt/tests/test_ckpt_memory ais/ckpt/tests/test_ckpt_image ais/ckpt/tests/test_ckpt_versions
TESTS += ais/ckpt/tests/test_ckpt_abi ais/ckpt/tests/test_ckpt_messages ais/ckpt/tests/test_ckpt_content \
	ais/ckpt/tests/test_ckpt_state ais/ckpt/tests/test_ckpt_placement ais/ckpt/tests/test_ckpt_transfer ais/ckpt/tests/test_ckpt_memory ais/ckpt/tests/test_ckpt_image ais/ckpt/tests/test_ckpt_versions \
	ais/ckpt/tests/ckpt_is_pure.sh ais/ckpt/tests/test_ckpt_keeper.sh
check_PROGRAMS += ais/ckpt/tests/misuse ais/ckpt/tests/hostile_keeper ais/ckpt/tests/iterate_while_changed ais/ckpt/tests/read_while_changed ais/ckpt/tests/read_while_stopped
ais_ckpt_tests_misuse_SOURCES = ais/ckpt/tests/misuse.c
ais_ckpt_tests_misuse_LDADD = libSaCkpt.la
ais_ckpt_tests_read_while_changed_SOURCES = ais/ckpt/tests/read_while_changed.c
ais_ckpt_tests_read_while_changed_LDADD = libSaCkpt.la -lpthread
ais_ckpt_tests_read_while_stopped_SOURCES = ais/ckpt/tests/read_while_stopped.c
ais_ckpt_tests_read_while_stopped_LDADD = libSaCkpt.la
ais_ckpt_tests_iterate_while_changed_SOURCES = ais/ckpt/tests/iterate_while_changed.c
ais_ckpt_tests_iterate_while_changed_LDADD = libSaCkpt.la -lpthread
ais_ckpt_tests_hostile_keeper_SOURCES = ais/ckpt/tests/hostile_keeper.c
ais_ckpt_tests_hostile_keeper_LDADD = libSaCkpt.la
ais_ckpt_tests_test_ckpt_abi_SOURCES = ais/ckpt/tests/test_ckpt_abi.c
ais_ckpt_tests_test_ckpt_abi_LDADD = libaisle-check.la
ais_ckpt_tests_test_ckpt_messages_SOURCES = ais/ckpt/tests/test_ckpt_messages.c
ais_ckpt_tests_test_ckpt_messages_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_content_SOURCES = ais/ckpt/tests/test_ckpt_content.c $(ckpt_chance)
ais_ckpt_tests_test_ckpt_content_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_state_SOURCES = ais/ckpt/tests/test_ckpt_state.c $(ckpt_fixture)
ais_ckpt_tests_test_ckpt_state_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_placement_SOURCES = ais/ckpt/tests/test_ckpt_placement.c $(ckpt_fixture)
ais_ckpt_tests_test_ckpt_placement_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_transfer_SOURCES = ais/ckpt/tests/test_ckpt_transfer.c $(ckpt_chance)
ais_ckpt_tests_test_ckpt_transfer_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_image_SOURCES = ais/ckpt/tests/test_ckpt_image.c $(ckpt_fixture)
ais_ckpt_tests_test_ckpt_image_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la -lpthread
ais_ckpt_tests_test_ckpt_memory_SOURCES = ais/ckpt/tests/test_ckpt_memory.c $(ckpt_chance)
ais_ckpt_tests_test_ckpt_memory_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la
ais_ckpt_tests_test_ckpt_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc
ais_ckpt_tests_test_ckpt_versions_SOURCES = ais/ckpt/tests/test_ckpt_versions.c
ais_ckpt_tests_test_ckpt_versions_LDADD = libSaCkpt.la libaisle-check.la

FUZZERS += ais/ckpt/tests/fuzz_ckpt_messages ais/ckpt/tests/fuzz_ckpt_apply
ais_ckpt_tests_fuzz_ckpt_messages_SOURCES = ais/ckpt/tests/fuzz_ckpt_messages.c
ais_ckpt_tests_fuzz_ckpt_messages_LDADD = libaisle-ckpt.la libaisle-base.la
ais_ckpt_tests_fuzz_ckpt_messages_LDFLAGS = $(FUZZING_LDFLAGS)
ais_ckpt_tests_fuzz_ckpt_apply_SOURCES = ais/ckpt/tests/fuzz_ckpt_apply.c $(ckpt_chance)
ais_ckpt_tests_fuzz_ckpt_apply_LDADD = libaisle-ckpt.la libaisle-base.la
ais_ckpt_tests_fuzz_ckpt_apply_LDFLAGS = $(FUZZING_LDFLAGS)

EXTRA_DIST += ais/ckpt/README.md ais/ckpt/libSaCkpt.versions ais/ckpt/tests/ckpt_is_pure.sh ais/ckpt/tests/test_ckpt_keeper.sh
