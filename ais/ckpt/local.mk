# Files of ais/ckpt; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-ckpt-messages.la
libaisle_ckpt_messages_la_SOURCES = ais/ckpt/ckpt_messages.c ais/ckpt/ckpt_messages.h ais/ckpt/saCkpt.h
