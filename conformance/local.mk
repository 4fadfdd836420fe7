# Files of conformance; paths are from the top of the tree.
