# conformance/lck: the lck world of ais-sim
ais_sim_SOURCES += conformance/lck/world_lck.c conformance/lck/world_lck.h conformance/lck/picture.c conformance/lck/clients.c \
	conformance/lck/check_lck_exclusion.c conformance/lck/check_lck_limits.c conformance/lck/check_lck_tokens.c conformance/lck/check_lck_order.c \
	conformance/lck/check_lck_deadlock.c conformance/lck/check_lck_orphans.c conformance/lck/check_lck_answers.c \
	conformance/lck/check_lck_replicas.c conformance/lck/check_lck_rest.c conformance/lck/mutants.c conformance/lck/mutants.h
ais_sim_LDADD += libaisle-lck.la libaisle-engine.la
MUTANT_TARGETS += mutants-lck
mutants-lck: ais-sim
	$(srcdir)/conformance/sim/mutants.sh ./ais-sim lck 1000 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25
.PHONY: mutants-lck
TESTS += conformance/lck/test_same_trace.sh
EXTRA_DIST += conformance/lck/README.md conformance/lck/test_same_trace.sh conformance/sim/seeds/lck.txt
