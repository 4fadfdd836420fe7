# Files of core/engine; paths are from the top of the tree.
