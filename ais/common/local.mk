# Files of ais/common; paths are from the top of the tree.
# Holds all that a libSa*.so needs beside its own files: the skeleton, the client's end of the IPC, core/base.
noinst_LTLIBRARIES += libaisle-ais.la
libaisle_ais_la_SOURCES = ais/common/ais_client.c ais/common/ais_client.h ais/common/ais_version.c ais/common/ais_version.h \
	ais/common/saAis.h
libaisle_ais_la_LIBADD = libaisle-ipc-client.la libaisle-base.la
include_HEADERS += ais/common/saAis.h
EXTRA_DIST += ais/common/README.md
