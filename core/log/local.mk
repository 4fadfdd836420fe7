# Files of core/log; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-log.la
libaisle_log_la_SOURCES = core/log/log.c core/log/log.h core/log/log_writer.c core/log/log_writer.h core/log/recorder.c \
	core/log/recorder.h
libaisle_log_la_CPPFLAGS = $(AM_CPPFLAGS) $(QB_CFLAGS)
libaisle_log_la_LIBADD = $(QB_LIBS) -lpthread
