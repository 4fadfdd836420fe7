# Files of conformance/live; paths are from the top of the tree.
noinst_PROGRAMS += conformance/live/live-checker
conformance_live_live_checker_SOURCES = conformance/live/live_checker.c
conformance_live_live_checker_LDADD = libSaCkpt.la -lpthread
EXTRA_DIST += conformance/live/live.sh conformance/live/README.md
