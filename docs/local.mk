# Files of docs; paths are from the top of the tree.
dist_man_MANS += docs/man/libSaCkpt.7 docs/man/libSaClm.7 docs/man/libSaLck.7 docs/man/libSaTmr.7
schemadir = $(datadir)/aisle/schema
dist_schema_DATA = docs/schema/ais-1.json
EXTRA_DIST += docs/README.md docs/guarantees.md docs/performance.md
