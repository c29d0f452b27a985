//! Prints a tree in one style.
