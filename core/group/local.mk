# Files of core/group; paths are from the top of the tree.
