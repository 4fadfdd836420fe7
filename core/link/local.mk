# Files of core/link; paths are from the top of the tree.
