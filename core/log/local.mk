# Files of core/log; paths are from the top of the tree.
