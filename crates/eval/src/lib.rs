//! Resolves, lowers and walks the tree.
