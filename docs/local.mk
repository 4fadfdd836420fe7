# Files of docs; paths are from the top of the tree.
dist_man_MANS += docs/man/libSaCkpt.7 docs/man/libSaClm.7 docs/man/libSaLck.7 docs/man/libSaTmr.7
EXTRA_DIST += docs/README.md docs/guarantees.md docs/performance.md
