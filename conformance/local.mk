# Files of conformance; paths are from the top of the tree.

# conformance/check: the runner of unit tests and the check of purity
check_LTLIBRARIES = libaisle-check.la
libaisle_check_la_SOURCES = conformance/check/check.c conformance/check/check.h conformance/check/fault.c conformance/check/fault.h
libaisle_check_la_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
libaisle_check_la_LIBADD = $(CUNIT_LIBS)
EXTRA_DIST += conformance/check/abi.sh conformance/check/purity.sh conformance/check/README.md

include conformance/bench/local.mk
include conformance/history/local.mk
include conformance/live/local.mk

# conformance/suite, conformance/catalogue: the conformance suite
bin_PROGRAMS += ais-conformance
conformance_catalogues = conformance/catalogue/com.xml conformance/catalogue/clm.xml conformance/catalogue/ckpt.xml conformance/catalogue/lck.xml \
	conformance/catalogue/tmr.xml
ais_conformance_SOURCES = conformance/suite/main.c conformance/suite/suite.h conformance/suite/run.c conformance/suite/run.h \
	conformance/suite/report.c conformance/suite/report.h conformance/suite/report_html.c \
	conformance/suite/test.c conformance/suite/agent.c conformance/suite/agent_calls.c conformance/suite/agent_calls.h \
	conformance/suite/cluster.c conformance/suite/cluster.h conformance/suite/clm_cluster.c conformance/suite/ckpt_cluster.c \
	conformance/suite/com.c conformance/suite/com.h conformance/suite/clm.c conformance/suite/clm.h \
	conformance/suite/ckpt.c conformance/suite/ckpt.h conformance/suite/ckpt_open.c \
	conformance/suite/ckpt_section.c conformance/suite/ckpt_data.c conformance/suite/ckpt_iterate.c conformance/suite/ckpt_active.c \
	conformance/suite/lck.c conformance/suite/lck.h conformance/suite/lck_peer.c conformance/suite/lck_open.c conformance/suite/lck_lock.c \
	conformance/suite/lck_waiter.c conformance/suite/lck_purge.c conformance/suite/lck_extension.c conformance/suite/lck_cluster.c \
	conformance/suite/tmr.c conformance/suite/tmr.h conformance/suite/tmr_start.c conformance/suite/tmr_calls.c
nodist_ais_conformance_SOURCES = conformance/suite/assertions.c conformance/suite/assertions.h
ais_conformance_LDADD = -ldl -lpthread
$(ais_conformance_OBJECTS): conformance/suite/assertions.h
conformance/suite/assertions.h: $(conformance_catalogues) conformance/suite/catalogue.awk
	$(AM_V_GEN)$(MKDIR_P) conformance/suite && cd $(srcdir) && awk -v mode=header -f conformance/suite/catalogue.awk \
		$(conformance_catalogues) > $(abs_builddir)/$@.new && mv $(abs_builddir)/$@.new $(abs_builddir)/$@
conformance/suite/assertions.c: $(conformance_catalogues) conformance/suite/catalogue.awk
	$(AM_V_GEN)$(MKDIR_P) conformance/suite && cd $(srcdir) && awk -v mode=table -f conformance/suite/catalogue.awk \
		$(conformance_catalogues) > $(abs_builddir)/$@.new && mv $(abs_builddir)/$@.new $(abs_builddir)/$@
CLEANFILES += conformance/suite/assertions.c conformance/suite/assertions.h
EXTRA_DIST += conformance/suite/catalogue.awk $(conformance_catalogues) conformance/README.md conformance/catalogue/README.md
TESTS += conformance/suite/check-catalogue.sh conformance/suite/faulty/faulty.sh
EXTRA_DIST += conformance/run-local.sh conformance/run-lab.sh conformance/run-clock.sh conformance/suite/README.md conformance/suite/check-catalogue.sh conformance/suite/faulty/faulty.sh \
	conformance/suite/faulty/faulty.h conformance/suite/faulty/faulty_clm.c conformance/suite/faulty/faulty_ckpt.c conformance/suite/faulty/faulty_lck.c \
	conformance/suite/faulty/faulty_tmr.c

# conformance/sim: the simulator and its worlds; a world adds its files and libraries here and its line in ais_sim.c
noinst_PROGRAMS += ais-sim
ais_sim_SOURCES = conformance/sim/ais_sim.c conformance/sim/sim.c conformance/sim/sim.h conformance/sim/sim_stack.c \
	conformance/sim/sim_stack.h conformance/sim/sim_course.c conformance/sim/sim_course.h
ais_sim_LDADD =
# the totem world
ais_sim_SOURCES += conformance/sim/world_totem.c conformance/sim/totem_history.c conformance/sim/totem_history.h \
	conformance/sim/check_evs_delivery.c conformance/sim/check_evs_order.c conformance/sim/check_membership.c \
	conformance/sim/check_safe.c conformance/sim/check_stable.c conformance/sim/check_totem_inside.c \
	conformance/sim/check_totem_inside.h conformance/sim/totem_tell.c conformance/sim/totem_tell.h
# its tests: replay is exact, and each rule broken on purpose is caught
EXTRA_DIST += conformance/sim/README.md conformance/sim/mutants.sh conformance/sim/same_trace.sh conformance/sim/test_same_trace.sh conformance/sim/test_mutants.sh conformance/sim/test_nodes.sh
TESTS += conformance/sim/test_same_trace.sh conformance/sim/totem-assertions.sh conformance/sim/test_mutants.sh conformance/sim/test_nodes.sh
EXTRA_DIST += conformance/sim/totem-assertions.sh conformance/sim/totem-later.txt conformance/cases-later.txt
# stories: golden text, `totem-stories --rewrite FILE...` renews it
noinst_PROGRAMS += totem-stories
totem_stories_SOURCES = conformance/sim/totem_stories.c conformance/check/story.c conformance/check/story.h conformance/sim/sim.c \
	conformance/sim/sim.h conformance/sim/sim_stack.c conformance/sim/sim_stack.h conformance/sim/totem_tell.c conformance/sim/totem_tell.h
totem_stories_LDADD = libaisle-engine.la libaisle-group.la libaisle-totem.la libaisle-base.la
STORY_TARGETS += check-stories-totem
.PHONY: check-stories-totem
check-stories-totem: totem-stories
	./totem-stories $(srcdir)/conformance/sim/stories/*.txt
EXTRA_DIST += conformance/sim/stories
MUTANT_TARGETS += mutants-totem
.PHONY: mutants-totem
mutants-totem: ais-sim totem-stories
	$(srcdir)/conformance/sim/mutants.sh ./ais-sim totem 1000 1 2 3 5 6 7 8 9 10 11 12 13 14 15 16 18 19 \
		22 24 31 35 36 37 38 39 40 41 42 43 44 45 46 48 50 51 52 53 54 55 56 57
	cd $(srcdir)/conformance/sim/stories && $(abs_builddir)/totem-stories `grep -l '^again mutation' *.txt`
include conformance/clm/local.mk
include conformance/ckpt/local.mk
include conformance/lck/local.mk
include conformance/engine/local.mk
# libraries last, the lowest room at the end
ais_sim_LDADD += libaisle-group.la libaisle-totem.la libaisle-base.la
