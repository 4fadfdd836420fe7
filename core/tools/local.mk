# Files of core/tools; paths are from the top of the tree.
bin_SCRIPTS = core/tools/ais-lab
CLEANFILES += core/tools/ais-lab
EXTRA_DIST += core/tools/ais-lab.sh core/tools/README.md

core/tools/ais-lab: core/tools/ais-lab.sh Makefile
	$(AM_V_GEN)$(MKDIR_P) core/tools && sed -e 's|@sbindir[@]|$(sbindir)|' -e 's|@bindir[@]|$(bindir)|' \
		$(srcdir)/core/tools/ais-lab.sh > $@.new && chmod +x $@.new && mv $@.new $@
