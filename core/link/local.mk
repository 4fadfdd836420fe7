# Files of core/link; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-link.la
libaisle_link_la_SOURCES = core/link/link.h core/link/link_address.c core/link/link_udpu.c
