# Files of core/daemon; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-daemon.la
libaisle_daemon_la_SOURCES = core/daemon/access.c core/daemon/access.h core/daemon/arenas.c core/daemon/arenas.h core/daemon/boot_time.c core/daemon/boot_time.h core/daemon/busy_poll.c core/daemon/busy_poll.h \
	core/daemon/shares.c core/daemon/shares.h core/daemon/cluster.c \
	core/daemon/crash.c core/daemon/crash.h core/daemon/daemon.c core/daemon/daemon.h core/daemon/host.c core/daemon/leave.c core/daemon/loader.c \
	core/daemon/loader.h core/daemon/notify.c core/daemon/notify.h core/daemon/paths.c core/daemon/paths.h core/daemon/privileges.c core/daemon/privileges.h \
	core/daemon/provider.c core/daemon/provider.h core/daemon/provider_local.c core/daemon/provider_totem.c core/daemon/ring_meter.c core/daemon/ring_meter.h core/daemon/ring_store.c \
	core/daemon/ring_store.h core/daemon/reload.c core/daemon/settings.c core/daemon/settings.h core/daemon/standing.c core/daemon/status.c core/daemon/timers.c \
	core/daemon/timers.h core/daemon/worker.c core/daemon/worker.h
libaisle_daemon_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)

sbin_PROGRAMS += core/daemon/aisexec
core_daemon_aisexec_SOURCES = core/daemon/main.c
core_daemon_aisexec_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
# Plug-ins find what they may ask (core/engine/service.h) in the daemon.
core_daemon_aisexec_LDFLAGS = $(AM_LDFLAGS) -export-dynamic
core_daemon_aisexec_LDADD = libaisle-daemon.la libaisle-admin.la libaisle-engine.la libaisle-group.la libaisle-totem.la libaisle-link.la \
	libaisle-ipc-server.la libaisle-config.la libaisle-log.la libaisle-base.la $(QB_LIBS) -lpthread -ldl

check_PROGRAMS += core/daemon/tests/test_daemon_parts
core_daemon_tests_test_daemon_parts_SOURCES = core/daemon/tests/test_daemon_parts.c
core_daemon_tests_test_daemon_parts_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS) $(QB_CFLAGS)
core_daemon_tests_test_daemon_parts_LDADD = libaisle-check.la libaisle-daemon.la libaisle-ipc-server.la libaisle-link.la libaisle-totem.la libaisle-config.la \
	libaisle-log.la libaisle-base.la -lpthread
check_PROGRAMS += core/daemon/tests/test_arenas_full
core_daemon_tests_test_arenas_full_SOURCES = core/daemon/tests/test_arenas_full.c core/daemon/arenas.c
core_daemon_tests_test_arenas_full_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
core_daemon_tests_test_arenas_full_LDADD = libaisle-check.la libaisle-base.la
core_daemon_tests_test_arenas_full_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=memfd_create -Wl,--wrap=ftruncate -Wl,--wrap=fchmod \
	-Wl,--wrap=mmap -Wl,--wrap=mremap -Wl,--wrap=calloc -Wl,--wrap=fcntl
TESTS += core/daemon/tests/test_arenas_full core/daemon/tests/test_daemon_parts core/daemon/tests/test_aisexec.sh
EXTRA_DIST += core/daemon/README.md core/daemon/tests/test_aisexec.sh
dist_man_MANS += core/daemon/aisexec.8
