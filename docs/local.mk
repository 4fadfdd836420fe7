# Files of docs; paths are from the top of the tree.
