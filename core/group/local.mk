# Files of core/group; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-group.la
libaisle_group_la_SOURCES = core/group/group.h core/group/local.c core/group/local.h

# totem: the provider on our own machine, for the daemon and the simulator
libaisle_group_la_SOURCES += core/group/totem_group.c core/group/totem_group.h
