# Files of core/group; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-group.la
libaisle_group_la_SOURCES = core/group/group.h core/group/local.c core/group/local.h
