# Files of core/services; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-admin-messages.la libaisle-admin.la
libaisle_admin_messages_la_SOURCES = core/services/admin_messages.c core/services/admin_messages.h
libaisle_admin_la_SOURCES = core/services/admin_service.c core/services/admin_service.h
libaisle_admin_la_LIBADD = libaisle-admin-messages.la

check_PROGRAMS += core/services/tests/test_admin
TESTS += core/services/tests/test_admin
core_services_tests_test_admin_SOURCES = core/services/tests/test_admin.c
core_services_tests_test_admin_LDADD = libaisle-check.la libaisle-admin-messages.la libaisle-base.la
