# conformance/engine: the engine world of ais-sim, and the service that it runs
engine_world = conformance/engine/world.c conformance/engine/world.h conformance/engine/oracle.c conformance/engine/nodes.c \
	conformance/engine/toy.c conformance/engine/toy_box.c conformance/engine/toy_box.h conformance/engine/toy_messages.c \
	conformance/engine/toy.h conformance/engine/check_digests.c conformance/engine/check_identities.c \
	conformance/engine/check_locks.c conformance/engine/check_objects.c conformance/engine/check_promises.c conformance/engine/check_reads.c \
	conformance/engine/check_rest.c
ais_sim_SOURCES += conformance/engine/world_engine.c $(engine_world)
ais_sim_LDADD += libaisle-engine.la
# the same service as a plug-in, for tests of the daemon; not installed
noinst_LTLIBRARIES += conformance/engine/toy.la
conformance_engine_toy_la_SOURCES = conformance/engine/toy.c conformance/engine/toy_box.c conformance/engine/toy_box.h conformance/engine/toy_messages.c conformance/engine/toy.h
conformance_engine_toy_la_CPPFLAGS = $(AM_CPPFLAGS) -Daisle_service_toy=aisle_service
conformance_engine_toy_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath $(pkglibdir)
conformance_engine_toy_la_LIBADD = libaisle-base.la
# stories: golden text, `engine-stories --rewrite FILE...` renews it
noinst_PROGRAMS += engine-stories
engine_stories_SOURCES = conformance/check/story.c conformance/check/story.h conformance/engine/stories.c $(engine_world)
engine_stories_LDADD = libaisle-engine.la libaisle-base.la
STORY_TARGETS += check-stories-engine
.PHONY: check-stories-engine mutants-engine
check-stories-engine: engine-stories
	./engine-stories $(srcdir)/conformance/engine/stories/*.txt
# every rule switched off is caught by a seed; most have a story that tells how, with the rule and without
MUTANT_TARGETS += mutants-engine
mutants-engine: ais-sim engine-stories
	./engine-stories $(srcdir)/conformance/engine/stories/rule-*.txt
	$(srcdir)/conformance/sim/mutants.sh ./ais-sim engine 20000 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
TESTS += conformance/engine/test_same_trace.sh
EXTRA_DIST += conformance/engine/README.md conformance/engine/test_same_trace.sh conformance/engine/stories conformance/sim/seeds/engine.txt
