# Files of core/totem; paths are from the top of the tree.
