# Files of conformance/bench; paths are from the top of the tree.
bench_samples_sources = conformance/bench/samples.c conformance/bench/samples.h
noinst_PROGRAMS += conformance/bench/bench-worker
conformance_bench_bench_worker_SOURCES = conformance/bench/bench_worker.c $(bench_samples_sources)
conformance_bench_bench_worker_LDADD = libSaCkpt.la libSaClm.la -lpthread

noinst_SCRIPTS = conformance/bench/ais-bench
CLEANFILES += conformance/bench/ais-bench
conformance/bench/ais-bench: conformance/bench/ais-bench.sh Makefile
	$(AM_V_GEN)$(MKDIR_P) conformance/bench && cp $(srcdir)/conformance/bench/ais-bench.sh $@.new && chmod +x $@.new && mv $@.new $@
EXTRA_DIST += conformance/bench/ais-bench.sh conformance/bench/README.md

noinst_PROGRAMS += conformance/bench/bench-load
bench_lock_sources = conformance/bench/lock.c conformance/bench/lock.h conformance/bench/lock_ours.c conformance/bench/lock_etcd.c \
	conformance/bench/lock_zookeeper.c conformance/bench/stream.c conformance/bench/stream.h
conformance_bench_bench_load_SOURCES = conformance/bench/bench_load.c conformance/bench/load_corosync.c conformance/bench/load.c conformance/bench/load.h \
	$(bench_samples_sources) $(bench_lock_sources)
conformance_bench_bench_load_CPPFLAGS = $(AM_CPPFLAGS) $(ZOOKEEPER_CPPFLAGS) $(CPG_CPPFLAGS)
conformance_bench_bench_load_LDADD = libSaCkpt.la libSaLck.la $(ZOOKEEPER_LIBS) $(CPG_LIBS) -lpthread
noinst_PROGRAMS += conformance/bench/bench-timers conformance/bench/bench-locks
conformance_bench_bench_locks_SOURCES = conformance/bench/bench_locks.c $(bench_samples_sources) $(bench_lock_sources)
conformance_bench_bench_locks_CPPFLAGS = $(AM_CPPFLAGS) $(ZOOKEEPER_CPPFLAGS)
conformance_bench_bench_locks_LDADD = libSaLck.la $(ZOOKEEPER_LIBS) -lpthread
conformance_bench_bench_timers_SOURCES = conformance/bench/bench_timers.c
conformance_bench_bench_timers_LDADD = libSaTmr.la
noinst_PROGRAMS += conformance/bench/bench-join
conformance_bench_bench_join_SOURCES = conformance/bench/bench_join.c
conformance_bench_bench_join_LDADD = libSaCkpt.la -lpthread
noinst_PROGRAMS += conformance/bench/bench-sections
conformance_bench_bench_sections_SOURCES = conformance/bench/bench_sections.c $(bench_samples_sources)
conformance_bench_bench_sections_LDADD = libSaCkpt.la
