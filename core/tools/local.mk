# Files of core/tools; paths are from the top of the tree.
bin_PROGRAMS += core/tools/ais
core_tools_ais_SOURCES = core/tools/ais.c core/tools/ais.h core/tools/ais_ckpt.c core/tools/ais_ckpt_copy.c core/tools/ais_ckpt_fetch.c core/tools/ais_ckpt_fetch.h \
	core/tools/ais_ckpt_watch.c core/tools/ckpt_file.c core/tools/ckpt_file.h core/tools/ais_clm.c core/tools/ais_cluster.c core/tools/ais_config.c core/tools/ais_recorder.c core/log/recorder.h core/tools/ais_node.c \
	core/tools/ais_status.c core/tools/ais_tmr.c core/tools/ais_lck.c core/tools/ais_lck_run.c core/tools/output.c core/tools/output.h
core_tools_ais_LDADD = libSaCkpt.la libSaClm.la libSaLck.la libaisle-ckpt-messages.la libaisle-lck-messages.la libaisle-tmr-messages.la libaisle-admin-messages.la libaisle-ipc-client.la libaisle-config.la libaisle-log.la libaisle-base.la

bin_SCRIPTS = core/tools/ais-lab
CLEANFILES += core/tools/ais-lab
core/tools/ais-lab: core/tools/ais-lab.sh Makefile
	$(AM_V_GEN)$(MKDIR_P) core/tools && sed -e 's|@sbindir[@]|$(sbindir)|' -e 's|@bindir[@]|$(bindir)|' -e 's|@VERSION[@]|$(VERSION)|' \
		$(srcdir)/core/tools/ais-lab.sh > $@.new && chmod +x $@.new && mv $@.new $@

dist_man_MANS += docs/man/ais.1 docs/man/ais-conformance.1 docs/man/ais-lab.1
dist_bashcompletion_DATA += core/tools/completions/ais core/tools/completions/ais-conformance core/tools/completions/ais-lab
# Of programs of the build tree, which are not installed.
EXTRA_DIST += docs/man/ais-sim.1 docs/man/ais-bench.1 core/tools/completions/ais-sim core/tools/completions/ais-bench
EXTRA_DIST += core/tools/ais-lab.sh core/tools/README.md

check_PROGRAMS += core/tools/tests/test_output
TESTS += core/tools/tests/test_output
core_tools_tests_test_output_SOURCES = core/tools/tests/test_output.c core/tools/output.c
core_tools_tests_test_output_LDADD = libaisle-base.la libaisle-check.la

check_PROGRAMS += core/tools/tests/test_ckpt_file
TESTS += core/tools/tests/test_ckpt_file
core_tools_tests_test_ckpt_file_SOURCES = core/tools/tests/test_ckpt_file.c core/tools/ckpt_file.c core/tools/ckpt_file.h
core_tools_tests_test_ckpt_file_LDADD = libaisle-ckpt-messages.la libaisle-base.la libaisle-check.la

FUZZERS += core/tools/tests/fuzz_ckpt_file
core_tools_tests_fuzz_ckpt_file_SOURCES = core/tools/tests/fuzz_ckpt_file.c core/tools/ckpt_file.c core/tools/ckpt_file.h
core_tools_tests_fuzz_ckpt_file_LDADD = libaisle-ckpt-messages.la libaisle-base.la
core_tools_tests_fuzz_ckpt_file_LDFLAGS = $(FUZZING_LDFLAGS)

# The tools on real nodes (check.sh part `tools`): not in `make check`, which needs no namespaces.
noinst_PROGRAMS += core/tools/tests/ckpt-sections
core_tools_tests_ckpt_sections_SOURCES = core/tools/tests/ckpt_sections.c core/tools/ckpt_file.c core/tools/ckpt_file.h
core_tools_tests_ckpt_sections_LDADD = libSaCkpt.la libaisle-ckpt-messages.la libaisle-base.la
# Beneath a tool: a wall clock that jumps at every look.
noinst_LTLIBRARIES += core/tools/tests/wall-jumps.la
core_tools_tests_wall_jumps_la_SOURCES = core/tools/tests/wall_jumps.c
core_tools_tests_wall_jumps_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
EXTRA_DIST += core/tools/tests/ais-ckpt.sh core/tools/tests/ais-tmr.sh

check_PROGRAMS += core/tools/tests/lck_holder
core_tools_tests_lck_holder_SOURCES = core/tools/tests/lck_holder.c
core_tools_tests_lck_holder_LDADD = libSaLck.la
TESTS += core/tools/tests/ais-lck.sh
EXTRA_DIST += core/tools/tests/ais-lck.sh core/tools/tests/json_fits.py

# The manual pages of all programs, generated ones included.
TESTS += core/tools/tests/test_man.sh
EXTRA_DIST += core/tools/tests/test_man.sh
