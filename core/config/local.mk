# Files of core/config; paths are from the top of the tree.
