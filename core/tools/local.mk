# Files of core/tools; paths are from the top of the tree.
