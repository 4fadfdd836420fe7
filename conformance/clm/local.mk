# conformance/clm: the clm world of ais-sim
ais_sim_SOURCES += conformance/clm/world_clm.c conformance/clm/world_clm.h conformance/clm/facts.c conformance/clm/clients.c \
	conformance/clm/check_clm_stable.c conformance/clm/check_clm_numbers.c conformance/clm/check_clm_members.c \
	conformance/clm/check_clm_changes.c conformance/clm/check_clm_trackers.c conformance/clm/check_clm_answers.c \
	conformance/clm/check_clm_fold.c conformance/clm/check_clm_rest.c conformance/clm/mutants.c conformance/clm/mutants.h
ais_sim_LDADD += libaisle-clm.la libaisle-engine.la
MUTANT_TARGETS += mutants-clm
mutants-clm: ais-sim
	$(srcdir)/conformance/sim/mutants.sh ./ais-sim clm 300 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
.PHONY: mutants-clm
TESTS += conformance/clm/test_same_trace.sh
EXTRA_DIST += conformance/clm/README.md conformance/clm/test_same_trace.sh conformance/sim/seeds/clm.txt
