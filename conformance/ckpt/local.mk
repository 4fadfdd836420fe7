# conformance/ckpt: the ckpt world of ais-sim
ais_sim_SOURCES += conformance/ckpt/world_ckpt.c conformance/ckpt/world_ckpt.h conformance/ckpt/check_ckpt_writes.c \
	conformance/ckpt/check_ckpt_replicas.c conformance/ckpt/mutants.c conformance/ckpt/mutants.h \
	conformance/ckpt/readers.c
ais_sim_LDADD += libaisle-ckpt.la libaisle-engine.la
MUTANT_TARGETS += mutants-ckpt
mutants-ckpt: ais-sim
	$(srcdir)/conformance/sim/mutants.sh ./ais-sim ckpt 1000 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 \
	26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46
.PHONY: mutants-ckpt
EXTRA_DIST += conformance/ckpt/README.md
