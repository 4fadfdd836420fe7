# Files of conformance; paths are from the top of the tree.

# conformance/check: the runner of unit tests and the check of purity
check_LTLIBRARIES = libaisle-check.la
libaisle_check_la_SOURCES = conformance/check/check.c conformance/check/check.h
libaisle_check_la_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
libaisle_check_la_LIBADD = $(CUNIT_LIBS)
EXTRA_DIST += conformance/check/purity.sh conformance/check/README.md
