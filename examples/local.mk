# Files of examples; paths are from the top of the tree.
