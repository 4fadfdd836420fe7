# Files of ais/ckpt; paths are from the top of the tree.
