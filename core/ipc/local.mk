# Files of core/ipc; paths are from the top of the tree.
