# Files of core/config; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-config.la
libaisle_config_la_SOURCES = core/config/config.c core/config/config.h core/config/config_check.c core/config/config_file.c \
	core/config/config_file.h core/config/config_keys.c core/config/config_keys.h core/config/config_print.c core/config/config_print.h core/config/config_problems.c \
	core/config/config_problems.h
libaisle_config_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
libaisle_config_la_LIBADD = $(QB_LIBS)
