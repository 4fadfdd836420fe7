# Files of core/daemon; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-daemon.la
libaisle_daemon_la_SOURCES = core/daemon/access.c core/daemon/access.h core/daemon/arenas.c core/daemon/arenas.h core/daemon/cluster.c \
	core/daemon/crash.c core/daemon/crash.h core/daemon/daemon.c core/daemon/daemon.h core/daemon/host.c core/daemon/loader.c \
	core/daemon/loader.h core/daemon/paths.c core/daemon/paths.h core/daemon/privileges.c core/daemon/privileges.h \
	core/daemon/provider.c core/daemon/provider.h core/daemon/provider_local.c core/daemon/ring_store.c \
	core/daemon/ring_store.h core/daemon/settings.c core/daemon/settings.h core/daemon/status.c core/daemon/timers.c \
	core/daemon/timers.h core/daemon/worker.c core/daemon/worker.h
libaisle_daemon_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
