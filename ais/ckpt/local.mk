# Files of ais/ckpt; paths are from the top of the tree.
include_HEADERS += ais/ckpt/saCkpt.h

noinst_LTLIBRARIES += libaisle-ckpt-messages.la libaisle-ckpt.la
libaisle_ckpt_messages_la_SOURCES = ais/ckpt/ckpt_messages.c ais/ckpt/ckpt_messages.h ais/ckpt/saCkpt.h

lib_LTLIBRARIES += libSaCkpt.la
libSaCkpt_la_SOURCES = ais/ckpt/ckpt_client.c ais/ckpt/ckpt_client.h ais/ckpt/ckpt_client_openais.c ais/ckpt/ckpt_messages.c \
	ais/ckpt/ckpt_messages.h ais/ckpt/saCkpt.h
libSaCkpt_la_CPPFLAGS = $(AM_CPPFLAGS) -DCKPT_SYMBOL_VERSIONS
libSaCkpt_la_LDFLAGS = $(AM_LDFLAGS) -version-info 3:0:0 -Wl,--version-script=$(srcdir)/ais/ckpt/libSaCkpt.versions -Wl,-z,defs
libSaCkpt_la_LIBADD = libaisle-ais.la
EXTRA_libSaCkpt_la_DEPENDENCIES = ais/ckpt/libSaCkpt.versions

# The service: a module for the daemon, and the same objects for who links it.
libaisle_ckpt_la_SOURCES = ais/ckpt/ckpt_service.c ais/ckpt/ckpt_service.h ais/ckpt/ckpt_state.c ais/ckpt/ckpt_state.h \
	ais/ckpt/ckpt_open.c ais/ckpt/ckpt_open.h ais/ckpt/ckpt_checkpoint.c ais/ckpt/ckpt_checkpoint.h ais/ckpt/ckpt_section.c \
	ais/ckpt/ckpt_section.h ais/ckpt/ckpt_content.c ais/ckpt/ckpt_content.h ais/ckpt/ckpt_transfer.c ais/ckpt/ckpt_messages.c \
	ais/ckpt/ckpt_messages.h
pkglib_LTLIBRARIES += ckpt.la
ckpt_la_SOURCES = $(libaisle_ckpt_la_SOURCES)
ckpt_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_ckpt=aisle_service
ckpt_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
ckpt_la_LIBADD = libaisle-base.la

pkgconfig_DATA += ais/ckpt/libSaCkpt.pc
CLEANFILES += ais/ckpt/libSaCkpt.pc
ais/ckpt/libSaCkpt.pc: ais/ckpt/libSaCkpt.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) ais/ckpt && sed -e 's|@prefix[@]|$(prefix)|' -e 's|@exec_prefix[@]|$(exec_prefix)|' \
		-e 's|@libdir[@]|$(libdir)|' -e 's|@includedir[@]|$(includedir)|' -e 's|@VERSION[@]|$(VERSION)|' \
		$(srcdir)/ais/ckpt/libSaCkpt.pc.in > $@

check_PROGRAMS += ais/ckpt/tests/test_ckpt_state
TESTS += ais/ckpt/tests/test_ckpt_state
ais_ckpt_tests_test_ckpt_state_SOURCES = ais/ckpt/tests/test_ckpt_state.c ais/ckpt/tests/ckpt_fixture.c ais/ckpt/tests/ckpt_fixture.h
ais_ckpt_tests_test_ckpt_state_LDADD = libaisle-ckpt.la libaisle-base.la libaisle-check.la

EXTRA_DIST += ais/ckpt/README.md ais/ckpt/libSaCkpt.versions ais/ckpt/libSaCkpt.pc.in
