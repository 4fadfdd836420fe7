# Files of core/services; paths are from the top of the tree.
noinst_LTLIBRARIES += libaisle-admin-messages.la libaisle-admin.la
libaisle_admin_messages_la_SOURCES = core/services/admin_messages.c core/services/admin_messages.h core/services/config_messages.c \
	core/services/config_messages.h
libaisle_admin_la_SOURCES = core/services/admin_service.c core/services/admin_service.h core/services/config_service.c core/services/config_service.h \
	core/services/config_state.c core/services/config_state.h
libaisle_admin_la_LIBADD = libaisle-admin-messages.la

check_PROGRAMS += core/services/tests/test_admin
TESTS += core/services/tests/test_admin
core_services_tests_test_admin_SOURCES = core/services/tests/test_admin.c
core_services_tests_test_admin_LDADD = libaisle-check.la libaisle-admin-messages.la libaisle-base.la

check_PROGRAMS += core/services/tests/test_config_state
TESTS += core/services/tests/test_config_state core/services/tests/test_config_pure.sh
core_services_tests_test_config_state_SOURCES = core/services/tests/test_config_state.c
core_services_tests_test_config_state_LDADD = libaisle-check.la libaisle-admin.la libaisle-base.la
EXTRA_DIST += core/services/tests/test_config_pure.sh
