# Files of examples; paths are from the top of the tree. What is built here uses the public headers and libraries alone.
noinst_PROGRAMS += examples/subscribers/subscribers-server examples/subscribers/subscribers-loader
examples_subscribers_subscribers_server_SOURCES = examples/subscribers/server.c examples/subscribers/directory.c \
	examples/subscribers/directory.h examples/subscribers/role.c examples/subscribers/role.h
examples_subscribers_subscribers_server_LDADD = libSaCkpt.la libSaClm.la -lpthread
examples_subscribers_subscribers_loader_SOURCES = examples/subscribers/loader.c examples/subscribers/records.c \
	examples/subscribers/records.h examples/subscribers/sha256.c examples/subscribers/sha256.h
EXTRA_DIST += examples/singleton/README.md examples/singleton/demo.sh examples/singleton/worker.sh
EXTRA_DIST += examples/README.md examples/subscribers/README.md examples/subscribers/expected.py

check_PROGRAMS += examples/subscribers/tests/test_records
TESTS += examples/subscribers/tests/test_records
examples_subscribers_tests_test_records_SOURCES = examples/subscribers/tests/test_records.c examples/subscribers/records.c examples/subscribers/sha256.c
examples_subscribers_tests_test_records_LDADD = libaisle-check.la
