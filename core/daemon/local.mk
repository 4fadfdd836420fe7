# Files of core/daemon; paths are from the top of the tree.
