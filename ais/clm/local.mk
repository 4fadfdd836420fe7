# Files of ais/clm; paths are from the top of the tree.
