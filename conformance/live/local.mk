# Files of conformance/live; paths are from the top of the tree.
noinst_PROGRAMS += conformance/live/live-account conformance/live/live-checker conformance/live/toy-checker conformance/live/deaths \
	conformance/live/many-writers conformance/live/clm-trackers
live_account = conformance/live/account.c conformance/live/account.h
conformance_live_live_account_SOURCES = conformance/live/live_account.c $(live_account)
conformance_live_live_checker_SOURCES = conformance/live/live_checker.c $(live_account)
conformance_live_live_checker_LDADD = libSaCkpt.la -lpthread
conformance_live_many_writers_SOURCES = conformance/live/many_writers.c
conformance_live_many_writers_LDADD = libSaCkpt.la
conformance_live_clm_trackers_SOURCES = conformance/live/clm_trackers.c
conformance_live_clm_trackers_LDADD = libSaClm.la
conformance_live_toy_checker_SOURCES = conformance/live/toy_checker.c conformance/engine/toy_messages.c conformance/engine/toy.h $(live_account)
conformance_live_toy_checker_LDADD = libaisle-ipc-client.la libaisle-base.la -lpthread
EXTRA_DIST += conformance/live/live.sh conformance/live/common.sh conformance/live/schedule.sh conformance/live/ckpt.sh conformance/live/join.sh conformance/live/placement.sh conformance/live/large.sh conformance/live/standby.sh conformance/live/toy.sh \
	conformance/live/alone.sh conformance/live/deaths.sh conformance/live/fencing.sh conformance/live/config.sh conformance/live/lab.sh conformance/live/README.md
conformance_live_deaths_SOURCES = conformance/live/deaths.c conformance/live/deaths_lck_tmr.c conformance/live/deaths_scribble.c conformance/live/deaths.h
conformance_live_deaths_LDADD = libSaClm.la libSaCkpt.la libSaLck.la libSaTmr.la libaisle-admin-messages.la libaisle-ipc-client.la libaisle-base.la -lpthread
noinst_PROGRAMS += conformance/live/outputs
conformance_live_outputs_SOURCES = conformance/live/outputs.c
conformance_live_outputs_LDADD = libSaClm.la libSaCkpt.la libSaLck.la libSaTmr.la
EXTRA_DIST += conformance/live/outputs.sh
noinst_PROGRAMS += conformance/live/lck-recorder conformance/live/lck-competitor
lck_recorder = conformance/live/recorder.c conformance/live/recorder.h
conformance_live_lck_recorder_SOURCES = conformance/live/lck_recorder.c $(lck_recorder)
conformance_live_lck_competitor_SOURCES = conformance/live/lck_competitor.c $(lck_recorder)
conformance_live_lck_competitor_LDADD = libSaLck.la libSaClm.la
noinst_PROGRAMS += conformance/live/lck-stopped
conformance_live_lck_stopped_SOURCES = conformance/live/lck_stopped.c
conformance_live_lck_stopped_LDADD = libSaLck.la -lpthread
noinst_PROGRAMS += conformance/live/daemon-killed
conformance_live_daemon_killed_SOURCES = conformance/live/daemon_killed.c
conformance_live_daemon_killed_LDADD = libSaClm.la libSaCkpt.la libSaLck.la libSaTmr.la -lpthread
noinst_PROGRAMS += conformance/live/mapped-reads
conformance_live_mapped_reads_SOURCES = conformance/live/mapped_reads.c
conformance_live_mapped_reads_LDADD = libSaCkpt.la libaisle-admin-messages.la libaisle-ipc-client.la libaisle-base.la
EXTRA_DIST += conformance/live/killed.sh conformance/live/mapped.sh
EXTRA_DIST += conformance/live/lck.sh conformance/live/lckrun.sh conformance/live/stopped.sh
EXTRA_DIST += conformance/live/clm.sh conformance/live/layouts.sh conformance/live/layouts/program.c conformance/live/layouts/openais_ckpt.h \
	conformance/live/layouts/openais_library.c conformance/live/layouts/openais.versions
noinst_PROGRAMS += conformance/live/limits-client
conformance_live_limits_client_SOURCES = conformance/live/limits_client.c conformance/live/account.c conformance/live/account.h
conformance_live_limits_client_LDADD = libSaLck.la libSaTmr.la
EXTRA_DIST += conformance/live/limits.sh conformance/live/deadlock.sh
