# conformance/engine: the engine world of ais-sim, and the service that it runs
engine_world = conformance/engine/world.c conformance/engine/world.h conformance/engine/oracle.c conformance/engine/nodes.c \
	conformance/engine/toy.c conformance/engine/toy.h conformance/engine/check_digests.c conformance/engine/check_identities.c \
	conformance/engine/check_locks.c conformance/engine/check_promises.c conformance/engine/check_reads.c \
	conformance/engine/check_rest.c
ais_sim_SOURCES += conformance/engine/world_engine.c $(engine_world)
ais_sim_LDADD += libaisle-engine.la
# the same service as a plug-in, for tests of the daemon; not installed
noinst_LTLIBRARIES += toy.la
toy_la_SOURCES = conformance/engine/toy.c conformance/engine/toy.h
toy_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_toy=aisle_service
toy_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath $(pkglibdir)
toy_la_LIBADD = libaisle-base.la
