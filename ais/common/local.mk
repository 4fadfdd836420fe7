# Files of ais/common; paths are from the top of the tree.
