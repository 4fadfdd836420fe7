# Files of conformance; paths are from the top of the tree.

# conformance/check: the runner of unit tests and the check of purity
check_LTLIBRARIES = libaisle-check.la
libaisle_check_la_SOURCES = conformance/check/check.c conformance/check/check.h
libaisle_check_la_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
libaisle_check_la_LIBADD = $(CUNIT_LIBS)
EXTRA_DIST += conformance/check/purity.sh conformance/check/README.md

include conformance/bench/local.mk
include conformance/live/local.mk

# conformance/suite, conformance/catalogue: the conformance suite
bin_PROGRAMS += ais-conformance
conformance_catalogues = conformance/catalogue/com.xml conformance/catalogue/clm.xml conformance/catalogue/ckpt.xml
ais_conformance_SOURCES = conformance/suite/main.c conformance/suite/suite.h conformance/suite/run.c conformance/suite/run.h \
	conformance/suite/test.c conformance/suite/agent.c conformance/suite/agent_calls.c conformance/suite/agent_calls.h \
	conformance/suite/com.c conformance/suite/com.h conformance/suite/clm.c conformance/suite/clm.h \
	conformance/suite/ckpt.c conformance/suite/ckpt.h conformance/suite/ckpt_open.c \
	conformance/suite/ckpt_section.c conformance/suite/ckpt_data.c conformance/suite/ckpt_iterate.c conformance/suite/ckpt_active.c
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
EXTRA_DIST += conformance/suite/catalogue.awk $(conformance_catalogues)
EXTRA_DIST += conformance/run-local.sh
