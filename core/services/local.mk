# Files of core/services; paths are from the top of the tree.
